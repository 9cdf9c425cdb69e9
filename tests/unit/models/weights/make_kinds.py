"""Write one tiny folder of every kind with the libraries' own `save_pretrained`: `python make_kinds.py FOLDER`.

The folders are named by numbers, so that names give nothing away; FOLDER/kinds.json says what each is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import transformers as t
from safetensors import safe_open

BERT = {
    "vocab_size": 141,
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 48,
}
BART = {
    "vocab_size": 90,
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": 40,
}
T5 = {"vocab_size": 90, "d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
LLAMA = {
    "vocab_size": 90,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 64,
}
WHISPER = {
    **{key: value for key, value in BART.items() if key != "max_position_embeddings"},
    "num_mel_bins": 8,
    "max_source_positions": 20,
    "max_target_positions": 30,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
}
ENCODES = ["bi-encoder", "token-encoder"]
KINDS: list[tuple[Any, str, list[str]]] = [
    (t.BertModel(t.BertConfig(**BERT)), "encoder", ENCODES),
    (t.BertForMaskedLM(t.BertConfig(**BERT)), "encoder", ENCODES),
    (t.BertForSequenceClassification(t.BertConfig(**BERT, num_labels=1)), "encoder", ["cross-encoder"]),
    (t.BertForSequenceClassification(t.BertConfig(**BERT, num_labels=3)), "encoder", []),
    (t.BertForTokenClassification(t.BertConfig(**BERT)), "encoder", []),
    (t.BertLMHeadModel(t.BertConfig(**BERT, is_decoder=True)), "decoder", ["generator"]),
    (t.GPT2LMHeadModel(t.GPT2Config(vocab_size=90, n_embd=16, n_layer=1, n_head=2)), "decoder", ["generator"]),
    (t.LlamaForCausalLM(t.LlamaConfig(**LLAMA)), "decoder", ["generator"]),
    (t.LlamaModel(t.LlamaConfig(**LLAMA)), "decoder", ENCODES),
    (
        t.LlamaForSequenceClassification(t.LlamaConfig(**LLAMA, num_labels=1, pad_token_id=0)),
        "decoder",
        ["cross-encoder"],
    ),
    (t.T5ForConditionalGeneration(t.T5Config(**T5)), "encoder-decoder", ["seq2seq"]),
    (t.T5EncoderModel(t.T5Config(**T5)), "encoder", ENCODES),
    (t.BartForConditionalGeneration(t.BartConfig(**BART)), "encoder-decoder", ["seq2seq"]),
    (t.PegasusForConditionalGeneration(t.PegasusConfig(**BART)), "encoder-decoder", ["seq2seq"]),
    (
        t.MarianMTModel(t.MarianConfig(**BART, pad_token_id=0, decoder_start_token_id=0)),
        "encoder-decoder",
        ["seq2seq"],
    ),
    (t.WhisperForConditionalGeneration(t.WhisperConfig(**WHISPER)), "encoder-decoder", ["transcriber"]),
]


def main(folder: Path) -> None:
    facts = {}
    for number, (model, architecture, roles) in enumerate(KINDS):
        model.save_pretrained(folder / str(number))
        with safe_open(folder / str(number) / "model.safetensors", "pt") as stored:
            names = set(stored.keys())  # sinusoidal positions are computed, not stored
        count = sum(parameter.numel() for name, parameter in model.named_parameters() if name in names)
        facts[number] = [type(model).__name__, architecture, roles, count]
    (folder / "kinds.json").write_text(json.dumps(facts))
    from transformers.models.auto import modeling_auto as auto

    families = {
        "causal": sorted(auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES),
        "masked": sorted(auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES),
        "seq2seq": sorted(auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES),
    }
    (folder / "families.json").write_text(json.dumps(families))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
