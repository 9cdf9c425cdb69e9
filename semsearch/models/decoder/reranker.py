"""A decoder as a reranker: the log odds of "yes" against "no" when asked whether a passage answers a query.

The pointwise relevance generation of Liang et al. 2022 ("Holistic evaluation of language models"): only the first
token of the answer is used, so a pair costs one pass over its prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from semsearch.errors import ModelUnavailable
from semsearch.models.decoder.generate import Decoder
from semsearch.models.encoder.tokenizer import clean, windows
from semsearch.models.shared.pooling import token_spans
from semsearch.types.models import Message

if TYPE_CHECKING:
    from semsearch.types.arrays import Scores

__all__ = ["DecoderReranker"]

_TASK = "You judge whether a passage answers a query. Answer with one word: yes or no."
_PROMPT = "Query: {query}\n\nPassage: {passage}\n\nDoes the passage answer the query? Answer yes or no."
_LONGEST = 512
"""Tokens of a passage in one prompt; a longer one is scored by its best window."""
_LEAST_ROOM = 8
_FORMS = ("{}", " {}")


class DecoderReranker:
    """Implements `CrossEncoder` with a causal language model: the log odds of yes against no."""

    def __init__(self, decoder: Decoder) -> None:
        """Take a loaded decoder. ModelUnavailable when it has no distinct tokens for yes and no."""
        self.name = decoder.name
        self._decoder = decoder
        self._yes, self._no = self._first_tokens("yes"), self._first_tokens("no")
        whole = decoder.context - decoder.count_tokens(_messages("", ""))
        self._room = whole // 2
        """Tokens of query and passage together: half of what is left, since blank tokens are not counted."""
        self.query_tokens = min(_LONGEST, self._room // 2)
        if self.query_tokens < _LEAST_ROOM:
            raise ModelUnavailable(f"{self.name} sees {decoder.context} tokens, too few for a query and a passage")
        if not self._yes or not self._no or self._yes & self._no:
            raise ModelUnavailable(f"{self.name} has no separate tokens for yes and no: take another decoder")

    def truncated(self, query: str) -> bool:
        """Return whether a query is cut off."""
        return len(token_spans(self._decoder.tokenizer, [query])[0]) > self.query_tokens

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 log odds, higher is better; a passage that is too long gets those of its best window."""
        import numpy as np

        tokenizer = self._decoder.tokenizer
        (query,) = clean([query])
        spans = token_spans(tokenizer, [query])[0][: self.query_tokens]
        query = query[: spans[-1][1]] if spans else ""
        room = min(_LONGEST, self._room - len(spans))
        scores = np.empty(len(passages), dtype=np.float32)
        for at, passage in enumerate(clean(passages)):
            parts = windows(passage, token_spans(tokenizer, [passage])[0], room)
            scores[at] = max(self._odds(query, part) for part in parts)
        return scores

    def _odds(self, query: str, passage: str) -> float:
        import torch

        logits = self._decoder.first_logits(_messages(query, passage)).float()
        yes, no = (torch.logsumexp(logits[sorted(tokens)], dim=0) for tokens in (self._yes, self._no))
        return float(yes - no)

    def _first_tokens(self, word: str) -> set[int]:
        """Return the tokens that an answer consisting of a word may begin with, in all spellings."""
        spelled = [form.format(case) for form in _FORMS for case in (word, word.capitalize(), word.upper())]
        rows: list[list[Any]] = [
            self._decoder.tokenizer(text, add_special_tokens=False)["input_ids"] for text in spelled
        ]
        return {int(row[0]) for row in rows if len(row) == 1}


def _messages(query: str, passage: str) -> list[Message]:
    return [Message("system", _TASK), Message("user", _PROMPT.format(query=query, passage=passage))]
