"""Tiny encoder-decoders with random weights, each a real Hugging Face folder: BART, Pegasus, Marian, mBART, T5."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semsearch.errors import InvalidQuery
from semsearch.models.shared.quiet import quiet_libraries

WORDS = [
    "the", "a", "red", "blue", "green", "box", "bag", "holds", "keys", "coins", "two", "three", "seven", ".", ",", "?",
    ":", "not", "and", "under", "over", "old", "new",
]  # fmt: skip
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
SIZE = {"encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
WIDTH = {"d_model": 32, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "init_std": 0.6}
POSITIONS = 96


@dataclass
class Reversing:
    """A real, tiny implementation of the role: a token is a word, and the output is the words from last to first."""

    name: str = "reversing"
    max_tokens: int = 12
    seen: list[str] = field(default_factory=list)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 1 for text in texts]

    def transform(self, texts: Sequence[str], *, max_new_tokens: int = 128) -> list[str]:
        for text, count in zip(texts, self.count_tokens(texts), strict=True):
            if count > self.max_tokens:
                raise InvalidQuery(f"too long: {text}")
        self.seen += texts
        return [" ".join(text.split()[::-1][:max_new_tokens]) for text in texts]


def word_tokenizer(extra: Sequence[str] = (), begin: bool = True) -> Any:
    """Return a tokenizer with a token for each word, and BART's special tokens around a text."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate((*SPECIAL, *WORDS, *extra))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>" if begin else "$A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )


def _save(folder: Path, model: Any, tokenizer: Any) -> Path:
    with quiet_libraries():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


def _common(tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": POSITIONS,
        "bos_token_id": 0,
        "pad_token_id": 1,
        "eos_token_id": 2,
        "forced_eos_token_id": None,
        **SIZE,
        **WIDTH,
    }


def make_bart(folder: Path) -> Path:
    """A BART: starts with </s>, then <s> is forced; three tokens are never written twice."""
    from transformers import BartConfig, BartForConditionalGeneration

    tokenizer = word_tokenizer()
    config = BartConfig(**_common(tokenizer), decoder_start_token_id=2)
    model = BartForConditionalGeneration(config)
    model.generation_config.forced_bos_token_id = 0
    model.generation_config.forced_eos_token_id = None
    model.generation_config.no_repeat_ngram_size = 3
    return _save(folder, model, tokenizer)


def make_pegasus(folder: Path) -> Path:
    """A Pegasus: starts with padding; sinusoidal positions."""
    from transformers import PegasusConfig, PegasusForConditionalGeneration

    tokenizer = word_tokenizer(begin=False)
    config = PegasusConfig(**_common(tokenizer), decoder_start_token_id=1)
    model = PegasusForConditionalGeneration(config)
    model.generation_config.forced_eos_token_id = None
    return _save(folder, model, tokenizer)


def make_marian(folder: Path, languages: Sequence[str] = ()) -> Path:
    """A Marian with its own tokenizer of two SentencePiece models; the padding it starts with is never written."""
    import sentencepiece
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(WORDS[at:]) for at in range(len(WORDS))]),
        model_writer=trained,
        vocab_size=50,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    for side in ("source.spm", "target.spm"):
        (folder / side).write_bytes(trained.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    own = [pieces.id_to_piece(n) for n in range(pieces.get_piece_size())]
    words = dict.fromkeys(["</s>", "<unk>", *own, *languages, "<pad>"])
    (folder / "vocab.json").write_text(json.dumps({word: n for n, word in enumerate(words)}))
    pair = {} if languages else {"source_lang": "eng", "target_lang": "deu"}
    with quiet_libraries():  # it recommends a package that is not needed
        tokenizer = MarianTokenizer.from_pretrained(str(folder), **pair)
    pad = len(words) - 1
    common = {**_common(tokenizer), "vocab_size": len(words), "pad_token_id": pad, "eos_token_id": 0}
    model = MarianMTModel(MarianConfig(**common, decoder_start_token_id=pad))
    model.final_logits_bias[:, pad] = 50.0  # it would write nothing but padding, were that not forbidden
    model.generation_config.bad_words_ids = [[pad]]
    model.generation_config.forced_eos_token_id = None
    return _save(folder, model, tokenizer)


def make_t5(folder: Path) -> Path:
    """A T5 with random weights, no prefixes and no limit but the tokenizer's."""
    from transformers import T5Config, T5ForConditionalGeneration

    tokenizer = word_tokenizer(begin=False)
    tokenizer.model_max_length = POSITIONS
    config = T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2, initializer_factor=3.0,
        pad_token_id=1, eos_token_id=2, decoder_start_token_id=1, forced_eos_token_id=None,
    )  # fmt: skip
    return _save(folder, T5ForConditionalGeneration(config), tokenizer)


def make_mbart(folder: Path) -> Path:
    """An mBART-like model: its tokenizer has tokens of languages, and its output begins with one."""
    from transformers import MBartConfig, MBartForConditionalGeneration

    tokenizer = word_tokenizer(extra=("en_XX", "de_DE", "fr_XX"))
    config = MBartConfig(**_common(tokenizer), decoder_start_token_id=2)
    model = MBartForConditionalGeneration(config)
    model.generation_config.forced_eos_token_id = None
    return _save(folder, model, tokenizer)


def make_decoder(folder: Path) -> Path:
    """A decoder alone: no encoder-decoder."""
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = word_tokenizer()
    config = GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=2, n_positions=POSITIONS)
    return _save(folder, GPT2LMHeadModel(config), tokenizer)


MAKERS: dict[str, Callable[[Path], Path]] = {
    "bart": make_bart,
    "pegasus": make_pegasus,
    "marian": make_marian,
    "t5": make_t5,
}
