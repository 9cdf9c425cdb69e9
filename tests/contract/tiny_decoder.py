"""A tiny Llama with random weights and a word for each token: for what must be true of any decoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# fmt: off
WORDS = (
    "user", "assistant", "system", "query", "passage", "does", "the", "answer", "or", "yes", "no", "a", "word", "with",
    "one", "you", "judge", "whether", "an", "answers", "red", "blue", "green", "box", "tin", "holds", "keys", "coins",
    "stones", ":", ",", ".", "?", "!",
)
# fmt: on


def make_tokenizer() -> Any:
    """Return a tokenizer that lower-cases, with a token for each word and sign."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: place for place, word in enumerate(WORDS, 3)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )


def make(folder: Path) -> Path:
    """Save the model and its tokenizer as a Hugging Face folder, and return it."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
