"""Check that a tokenizer belongs to the weights beside it: with another model's, results are silently wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.fingerprint import read_json
from semsearch.models.weights.formats import embedding_rows

__all__ = ["check_tokenizer"]

_SPECIAL = ("pad_token", "bos_token", "eos_token")
"""Special tokens whose ids config.json names too."""
_NAMED = (*_SPECIAL, "cls_token", "sep_token", "unk_token", "mask_token")


def check_tokenizer(folder: Path) -> None:
    """Compare tokenizer.json with the embedding matrix, with config.json and with the other tokenizer files.

    Raises ModelUnavailable when the vocabulary is larger than the matrix, when a special token is missing or has
    another id than in the model, or when vocab.txt has another number of tokens. A folder without tokenizer.json
    (SentencePiece and the like) is left to the library that reads it.
    """
    try:
        tokenizer = read_json(folder / "tokenizer.json")
        vocabulary = _vocabulary(tokenizer)
        added = {int(token["id"]) for token in tokenizer.get("added_tokens") or ()}
        problem = next(_problems(folder, vocabulary, added), "") if vocabulary else ""
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelUnavailable(f"{folder}/tokenizer.json is invalid ({error}): fetch the model again") from error
    if problem:
        raise ModelUnavailable(f"the tokenizer in {folder} does not match its model: {problem}; fetch the model again")


def _vocabulary(tokenizer: Mapping[str, Any]) -> dict[str, int]:
    """Return the id of every token of a tokenizer.json."""
    if not tokenizer:
        return {}
    model = tokenizer["model"]["vocab"]
    ids = dict(model) if isinstance(model, dict) else {token: number for number, (token, _) in enumerate(model)}
    return ids | {token["content"]: int(token["id"]) for token in tokenizer.get("added_tokens") or ()}


def _problems(folder: Path, vocabulary: Mapping[str, int], added: Collection[int]) -> Iterator[str]:
    rows = embedding_rows(folder)
    size = max(vocabulary.values()) + 1
    if rows is not None and size > rows:
        yield f"its vocabulary of {size:,} tokens is larger than the embedding matrix of {rows:,} rows"
    words = _lines(folder / "vocab.txt")
    if words is not None and words > size:
        yield f"tokenizer.json has {size:,} tokens, vocab.txt {words:,}"
    settings = {**read_json(folder / "special_tokens_map.json"), **read_json(folder / "tokenizer_config.json")}
    config = read_json(folder / "config.json")
    for key in _NAMED:
        token = settings.get(key)
        token = token.get("content") if isinstance(token, dict) else token
        if not isinstance(token, str):
            continue
        if token not in vocabulary:
            yield f"it lacks {token!r}, which its own configuration names as {key}"
            continue
        wanted = config.get(f"{key}_id") if key in _SPECIAL else None
        if key == "eos_token" and wanted in added:  # chat models have two end tokens and name one
            continue
        if isinstance(wanted, int) and 0 <= wanted != vocabulary[token]:
            yield f"its {key} {token!r} has the id {vocabulary[token]}, the model's has {wanted}"


def _lines(path: Path) -> int | None:
    try:
        with path.open("rb") as file:
            return sum(1 for line in file if line.strip(b"\r\n"))
    except OSError:
        return None
