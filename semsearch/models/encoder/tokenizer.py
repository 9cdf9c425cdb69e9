"""An encoder's tokenizer: the positions of tokens in a text, and the part of a text that the encoder sees."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from semsearch.models.weights.fingerprint import Recipe
from semsearch.types.models import Row, Tokenized

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

__all__ = ["Placed", "Tokens", "clean", "windows"]

SURROGATES = re.compile("[\ud800-\udfff]")
_UNKNOWN = ("[UNK]", "<unk>")
"""Names of the unknown token; some tokenizers declare it themselves."""


class Placed(NamedTuple):
    """The token ids of one text as the encoder receives them, and the positions of the text's own tokens."""

    ids: list[int]
    rows: list[int]
    """Indices in `ids` of the text's own tokens: no special token, no prompt."""
    spans: tuple[tuple[int, int], ...]
    """The (start, stop) characters of the text for each of `rows`."""


class Tokens:
    """The tokenizer of one encoder, with the encoder's limit and prompts."""

    def __init__(self, tokenizer: Tokenizer, recipe: Recipe) -> None:
        """Take over `tokenizer`, switching off truncation and padding."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._recipe = recipe
        self._around: tuple[Row, Row] | None = None
        self._room = recipe.max_seq_length - tokenizer.num_special_tokens_to_add(is_pair=False)
        prompt = len(self._plain([recipe.passage_prompt])[0]) + 1 if recipe.passage_prompt else 0
        self.max_tokens = self._room - prompt
        """Tokens of a passage that the encoder sees, without special tokens and the passage prompt."""
        self.joins = not recipe.passage_prompt and _ends_words_at_blanks(tokenizer)

    def spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return for each text the (start, stop) characters of its tokens, without truncation.

        Starts never decrease. Several tokens may share a character: a letter that is decomposed, such as a Hangul
        syllable, is one token for each part.
        """
        return [encoding.offsets for encoding in self._plain(texts)]

    def tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        """Return the tokens of each text, without truncation."""
        return [Tokenized(encoding.ids, encoding.offsets) for encoding in self._plain(texts)]

    def pieces(self, texts: Sequence[str]) -> list[list[str | None]]:
        """Return the vocabulary pieces of each text, None for one that the vocabulary lacks."""
        unknown = {*_UNKNOWN, getattr(self._tokenizer.model, "unk_token", None)}
        return [[None if t in unknown else t for t in encoding.tokens] for encoding in self._plain(texts)]

    def row(self, ids: Sequence[int]) -> Row:
        """Return the row of a passage without prompt that has these tokens, surrounded by special tokens."""
        if self._around is None:
            around = self._tokenizer.post_process(self._plain(["a"])[0])
            own = [place for place, special in enumerate(around.special_tokens_mask) if not special]
            self._around = array("i", around.ids[: own[0]]), array("i", around.ids[own[-1] + 1 :])
        return self._around[0] + array("i", ids) + self._around[1]

    def truncated(self, query: str) -> bool:
        """Return whether the encoder would see only the beginning of a query."""
        return len(self._plain([self._recipe.query_prompt + query])[0]) > self._room

    def query_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return token ids of queries, prompt and special tokens included, truncated to the encoder's limit."""
        rows = []
        for encoding in self._plain([self._recipe.query_prompt + text for text in texts]):
            encoding.truncate(self._room)
            rows.append(self._tokenizer.post_process(encoding).ids)
        return rows

    def passage_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return token ids of passages, prompt and special tokens included; ValueError for one that is too long."""
        prompted = [self._recipe.passage_prompt + text for text in texts] if self._recipe.passage_prompt else texts
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean(prompted))]
        for text, row in zip(texts, rows, strict=True):
            if len(row) > self._recipe.max_seq_length:
                limit = self._recipe.max_seq_length
                raise ValueError(f"a passage of {len(row)} tokens where the encoder sees {limit}: {text[:60]!r}")
        return rows

    def placed_queries(self, texts: Sequence[str]) -> list[Placed]:
        """Return the tokens of queries, truncated to the encoder's limit."""
        return self._placed(texts, self._recipe.query_prompt)

    def placed_passages(self, texts: Sequence[str]) -> list[Placed]:
        """Return the tokens of passages, truncated to the encoder's limit."""
        return self._placed(texts, self._recipe.passage_prompt)

    def _placed(self, texts: Sequence[str], prompt: str) -> list[Placed]:
        placed = []
        for encoding in self._plain([prompt + text for text in texts]):
            encoding.truncate(self._room)
            whole = self._tokenizer.post_process(encoding)
            own = [
                (row, (max(0, start - len(prompt)), stop - len(prompt)))
                for row, (special, (start, stop)) in enumerate(
                    zip(whole.special_tokens_mask, whole.offsets, strict=True)
                )
                if not special and stop > max(start, len(prompt))
            ]
            placed.append(Placed(whole.ids, [row for row, _ in own], tuple(span for _, span in own)))
        return placed

    def _plain(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch(clean(texts), add_special_tokens=False)


def _ends_words_at_blanks(tokenizer: Tokenizer) -> bool:
    """Return whether a tokenizer splits at blanks first, drops them, and tokenizes each word alone, as BERT's does."""
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    added = tokenizer.get_added_tokens_decoder().values()
    return (
        isinstance(tokenizer.pre_tokenizer, BertPreTokenizer)
        and isinstance(tokenizer.normalizer, BertNormalizer)
        and not any(a.lstrip or a.rstrip or a.single_word or len(a.content.split()) > 1 for a in added)
    )


def clean(texts: Sequence[str]) -> list[str]:
    """Replace each lone surrogate by one character: it is not valid text, and the tokenizer rejects it."""
    return [text if text.isascii() else SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text) for text in texts]


def windows(text: str, spans: Sequence[tuple[int, int]], room: int) -> list[str]:
    """Return a text in windows of at most `room` tokens, by their `spans`; a text that fits is returned whole.

    Neighbours share a quarter of their tokens, so that a sentence cut in one is whole in the next.
    """
    if len(spans) <= room:
        return [text]
    firsts = range(0, len(spans) - room // 4, room - room // 4)
    return [text[spans[first][0] : spans[min(first + room, len(spans)) - 1][1]] for first in firsts]
