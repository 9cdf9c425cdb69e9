"""Open the folder of an encoder-decoder: its configuration, weights and tokenizer, checked against each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.errors import ModelUnavailable
from semsearch.models.shared.quiet import quiet_libraries

__all__ = ["Opened", "open_folder"]

DEFAULT_CONTEXT = 512
"""T5's training length; its positions are relative, so its files need not name a limit."""
_TOKENIZERS = ("tokenizer.json", "*.model", "*.spm", "vocab.json", "vocab.txt")
"""A tokenizer has at least one of these files; without them the library creates an empty one."""
_NO_LIMIT = 1_000_000
"""A tokenizer without a limit reports a number far above this one."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A loaded folder: `config` is its config.json unchanged, `context` the tokens that the encoder sees.

    `most` is the number of decoder positions; 0 when positions are relative.
    """

    config: Mapping[str, Any]
    model: Any
    tokenizer: Any
    context: int
    most: int


def open_folder(folder: Path, name: str) -> Opened:
    """Load a text encoder-decoder on the CPU, only from files of this folder; no code in it is run.

    Raises ModelUnavailable, in one line, for a folder that lacks files, whose files do not match, whose weights are
    pickled, or that holds another architecture.
    """
    config = _configuration(folder, name)
    with quiet_libraries():
        _check_architecture(folder, config, name)
        if not any(folder.glob("*.safetensors")):
            raise ModelUnavailable(
                f"{name} has no weights in safetensors: pickled ones (pytorch_model.bin) can run code and are not "
                "opened; name another model with --seq2seq, or save this one with safetensors first"
            )
        model = _weights(folder, name)
        tokenizer = _tokenizer(folder, name)
    _check_fit(model, tokenizer, name)
    return Opened(config, model, tokenizer, _context(config, tokenizer), _places(config))


def _configuration(folder: Path, name: str) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelUnavailable(f"{name} has no config.json: give the folder of a Hugging Face model") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"the config.json of {name} cannot be read: {_line(error)}") from error
    if not isinstance(config, dict):
        raise ModelUnavailable(f"the config.json of {name} is not the configuration of a model")
    return config


def _check_architecture(folder: Path, config: Mapping[str, Any], name: str) -> None:
    """Reject a model whose configuration is not that of a text encoder-decoder."""
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES

    try:
        known = AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(f"the config.json of {name} names no known model: {_line(error)}") from error
    kind = config.get("model_type", "?")
    if not known.is_encoder_decoder:
        raise ModelUnavailable(
            f"{name} is not an encoder-decoder: its config.json says model_type {kind!r} without is_encoder_decoder; "
            "name a T5, BART, Pegasus or Marian model"
        )
    if kind not in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES:
        raise ModelUnavailable(f"{name} is an encoder-decoder, but not for text (model_type {kind!r})")


def _weights(folder: Path, name: str) -> Any:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSeq2SeqLM

    try:
        model, info = AutoModelForSeq2SeqLM.from_pretrained(
            str(folder),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,  # why: docs/decisions.md
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelUnavailable(f"the weights of {name} cannot be loaded: {_line(error)}") from error
    except MemoryError as error:
        raise ModelUnavailable(f"{name} does not fit into memory: name a smaller model with --seq2seq") from error
    absent = sorted(map(str, info["missing_keys"]))
    if absent or info["mismatched_keys"]:
        key = absent[0] if absent else str(next(iter(info["mismatched_keys"]))[0])
        raise ModelUnavailable(f"the weights of {name} are incomplete: {key} is missing or of another shape")
    return model.eval()


def _tokenizer(folder: Path, name: str) -> Any:
    from transformers import AutoTokenizer

    if not any(True for pattern in _TOKENIZERS for _ in folder.glob(pattern)):
        raise ModelUnavailable(f"{name} has no tokenizer (tokenizer.json): a file of the model is missing")
    try:
        return AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as error:  # tokenizers has no class of its own below Exception
        raise ModelUnavailable(f"the tokenizer of {name} cannot be loaded: {_line(error)}") from error


def _check_fit(model: Any, tokenizer: Any, name: str) -> None:
    """Reject a tokenizer with tokens that the model has no embedding for."""
    rows = int(model.get_input_embeddings().weight.shape[0])
    most = max(tokenizer.get_vocab().values(), default=-1)
    if most >= rows:
        raise ModelUnavailable(
            f"the tokenizer of {name} does not match its weights: token ids reach {most}, but it has {rows} embeddings"
        )


def _context(config: Mapping[str, Any], tokenizer: Any) -> int:
    """Return the tokens that the encoder sees, by the model's positions and the tokenizer's limit."""
    limits = [tokenizer.model_max_length, config.get("n_positions"), config.get("max_position_embeddings")]
    limits.append(config.get("max_encoder_position_embeddings"))
    known = [int(limit) for limit in limits if limit and limit < _NO_LIMIT]
    return min(known, default=DEFAULT_CONTEXT)


def _places(config: Mapping[str, Any]) -> int:
    places = config.get("max_decoder_position_embeddings") or config.get("max_position_embeddings")
    return int(places or 0)


def _line(error: BaseException) -> str:
    """Return a library's message on one line, at most 200 characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
