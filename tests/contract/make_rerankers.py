"""Write tiny rerankers for tests: `python -m tests.contract.make_rerankers FOLDER`; a process of its own, for torch.

FOLDER/cross       a CrossEncoder of sentence-transformers: two BERT layers with random weights and one output
FOLDER/plain       the same as transformers saves it
FOLDER/prompted    a CrossEncoder that puts a prompt before every pair: only torch runs it
FOLDER/classes     a classifier of three classes
FOLDER/late        a MultiVectorEncoder with prompts, a projection, query expansion and a skip list
FOLDER/reference.json  logits, and MaxSim, of PAIRS by the library itself
"""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path

import torch
from sentence_transformers import CrossEncoder, MultiVectorEncoder
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
)

from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.fetch import fetch
from semsearch.settings import DEFAULT_MODEL

QUERY = "how long do cats sleep"
PASSAGES = ("Cats sleep for most of the day.", "A river, and two bridges over it!", "x", "")
SEES = 64


def tokenizer(**more: str) -> PreTrainedTokenizerFast:
    file = fetch(CATALOG[DEFAULT_MODEL], offline=False) / "tokenizer.json"
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    names |= {"mask_token": "[MASK]", **more}
    made = PreTrainedTokenizerFast(tokenizer_file=str(file), model_max_length=SEES, **names)
    made.backend_tokenizer.no_truncation()
    made.backend_tokenizer.no_padding()
    return made


def bert(labels: int) -> BertConfig:
    return BertConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=labels,
        initializer_range=0.5,
    )


def main(folder: Path) -> None:
    torch.manual_seed(0)
    plain, classes, base = (folder / name for name in ("plain", "classes", "base"))
    for where in (plain, classes, base):
        tokenizer().save_pretrained(where)
    BertForSequenceClassification(bert(1)).save_pretrained(plain)
    BertForSequenceClassification(bert(3)).save_pretrained(classes)
    BertModel(bert(1)).save_pretrained(base)
    prompts = {"query": "find: "}
    CrossEncoder(str(plain), device="cpu", prompts=prompts, default_prompt_name="query").save(str(folder / "prompted"))
    cross = CrossEncoder(str(plain), device="cpu")
    cross.save(str(folder / "cross"))
    transformer = Transformer(str(base), query_expansion={"strategy": "min", "length": 16}, document_length=48)
    late = MultiVectorEncoder(
        modules=[
            transformer,
            Dense(16, 8, bias=False, activation_function=torch.nn.Identity(), module_input_name="token_embeddings"),
            MultiVectorMask(skiplist_words=list(string.punctuation)),
        ],
        device="cpu",
        prompts={"query": "search: ", "document": "text: "},
    )
    late.save(str(folder / "late"))
    logits = cross.predict([(QUERY, p) for p in PASSAGES], activation_fn=torch.nn.Identity(), show_progress_bar=False)
    maxsim = late.similarity(late.encode_query([QUERY]), late.encode_document(list(PASSAGES)))[0]
    reference = {"logits": logits.tolist(), "maxsim": maxsim.tolist(), "query": QUERY, "passages": PASSAGES}
    (folder / "reference.json").write_text(json.dumps(reference))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
