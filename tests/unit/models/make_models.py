"""Write tiny sentence-transformers folders for tests: `python make_models.py FOLDER`; a separate process, for torch.

FOLDER/prompted        two BERT layers with random weights, mean pooling, a dense layer, and query and passage prompts
FOLDER/reference.json  {"query": [...], "document": [...]}: vectors of TEXTS by the library
FOLDER/static          a table of word vectors: it has no transformer, so it does not export
"""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

TEXTS = ("Where do cats sleep?", "On 3 mats.")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def make_tokenizer() -> Tokenizer:
    letters = string.ascii_lowercase + string.digits + string.punctuation
    words = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def main(folder: Path) -> None:
    torch.manual_seed(0)
    base = folder / "base"
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=make_tokenizer(), model_max_length=48, **names).save_pretrained(base)
    config = BertConfig(
        vocab_size=141, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )
    BertModel(config).save_pretrained(base)
    modules = [Transformer(str(base)), Pooling(32), Dense(32, 16)]
    prompts = {"query": "query: ", "document": "passage: "}
    model = SentenceTransformer(modules=modules, device="cpu", prompts=prompts)
    model.save(str(folder / "prompted"))
    reference = {
        "query": model.encode_query(list(TEXTS), normalize_embeddings=True).tolist(),
        "document": model.encode_document(list(TEXTS), normalize_embeddings=True).tolist(),
    }
    (folder / "reference.json").write_text(json.dumps(reference))
    SentenceTransformer(modules=[StaticEmbedding(make_tokenizer(), embedding_dim=24)], device="cpu").save(
        str(folder / "static")
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
