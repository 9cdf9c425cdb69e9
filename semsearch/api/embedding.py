"""Vectors of texts of one's own: one for the whole of each text, or one for each of its tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from semsearch.api.argument_checks import one_of
from semsearch.api.argument_checks import texts as several_texts
from semsearch.api.arguments import ENCODER, checked
from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.models.shared.vectors import encode_passages, encode_queries
from semsearch.settings import DEFAULT_MODEL
from semsearch.types.models import BiEncoder, FetchProgress, TokenEncoder, Tokenizing, TokenVectors

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["Side", "embed", "embed_tokens"]


class Side(StrEnum):
    """Which prompt of the model goes before a text: a question's, or that of what is searched."""

    QUERY = "query"
    PASSAGE = "passage"


def _texts(name: str, value: Any) -> list[str]:
    return [value] if isinstance(value, str) else several_texts(name, value)


@checked(texts=_texts, model=ENCODER, side=one_of(Side, "side"))
def embed(
    texts: str | Sequence[str],
    *,
    model: str | BiEncoder = DEFAULT_MODEL,
    side: Side | str = Side.PASSAGE,
    offline: bool | None = None,
    fetch_progress: FetchProgress | None = None,
) -> Embeddings:
    """Return one unit vector for each text: (n, dim), float32; for a text alone (1, dim).

    `model` is a name as `semsearch models` lists them, a folder, a hub repository, or an encoder that is loaded
    already. `side` decides the model's prompt. Vectors of passages are those that an index of this model holds.

    Raises InvalidQuery for a text that is longer than the model sees (nothing is cut off silently), ModelUnavailable,
    StorageFull.
    """
    texts, side = list(texts), Side(side)
    encoder = _encoder(model, offline, fetch_progress)
    _check_lengths(encoder, texts, side)
    encode = encode_queries if side is Side.QUERY else encode_passages
    return encode(encoder, texts)


@checked(texts=_texts, model=ENCODER, side=one_of(Side, "side"))
def embed_tokens(
    texts: str | Sequence[str],
    *,
    model: str | BiEncoder = DEFAULT_MODEL,
    side: Side | str = Side.PASSAGE,
    offline: bool | None = None,
    fetch_progress: FetchProgress | None = None,
) -> list[TokenVectors]:
    """Return for each text one unit vector for each token and the characters where it stands.

    Special tokens and the prompt are left out, though every token has seen them. Arguments and errors are those of
    `embed`; an encoder without token vectors raises ModelUnavailable.
    """
    texts, side = list(texts), Side(side)
    encoder = _encoder(model, offline, fetch_progress)
    if not isinstance(encoder, TokenEncoder):
        raise ModelUnavailable("this encoder gives no vectors of tokens: take another model")
    _check_lengths(encoder, texts, side)
    encode: Callable[[Sequence[str]], list[TokenVectors]]
    encode = encoder.encode_query_tokens if side is Side.QUERY else encoder.encode_passage_tokens
    return encode(texts)


def _encoder(model: str | BiEncoder, offline: bool | None, progress: FetchProgress | None) -> BiEncoder:
    if not isinstance(model, str):
        return model
    from semsearch.models.encoder.load import load_encoder

    return load_encoder(model, offline=offline, progress=progress)


def _check_lengths(encoder: BiEncoder, texts: Sequence[str], side: Side) -> None:
    """Refuse what the encoder would see only the beginning of."""
    if not isinstance(encoder, Tokenizing):
        return
    truncated: Any = getattr(encoder, "truncated", None)
    for number, (text, spans) in enumerate(zip(texts, encoder.token_spans(texts), strict=True), 1):
        asks = side is Side.QUERY and truncated is not None
        too_long = truncated(text) if asks else len(spans) > encoder.max_tokens
        if too_long:
            name = getattr(encoder, "name", "the encoder")
            raise InvalidQuery(
                f"text {number} has {len(spans)} tokens, of which {name} sees {encoder.max_tokens}: "
                "split it, or take a model with a longer context"
            )
