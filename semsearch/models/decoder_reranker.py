"""A decoder as a reranker: asked whether a passage answers a query, how much more probable is "yes" than "no"?

The pointwise relevance generation of Liang et al. 2022 ("Holistic evaluation of language models"): only the first token
of the answer is looked at, so a pair costs one pass over its prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from semsearch.errors import ModelUnavailable
from semsearch.models.decoder import Decoder
from semsearch.models.states import token_spans
from semsearch.models.tokens import windows
from semsearch.roles import Message

if TYPE_CHECKING:
    from semsearch.types import Scores

__all__ = ["DecoderReranker"]

_TASK = "You judge whether a passage answers a query. Answer with one word: yes or no."
_PROMPT = "Query: {query}\n\nPassage: {passage}\n\nDoes the passage answer the query? Answer yes or no."
_LONGEST = 512
"""Tokens of a passage that are read at once; a longer one is scored by its best window."""
_FORMS = ("{}", " {}")


class DecoderReranker:
    """Implements `CrossEncoder` with a causal language model: the log odds of yes against no."""

    def __init__(self, decoder: Decoder) -> None:
        """Take a loaded decoder. ModelUnavailable when its tokens for yes and no cannot be told apart."""
        self.name = decoder.name
        self._decoder = decoder
        self._yes, self._no = self._first_tokens("yes"), self._first_tokens("no")
        if not self._yes or not self._no or self._yes & self._no:
            raise ModelUnavailable(f"{self.name} has no tokens of their own for yes and no: take another decoder")

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 log odds, higher is better; of a passage that is too long those of its best window."""
        import numpy as np

        found = np.empty(len(passages), dtype=np.float32)
        for at, passage in enumerate(passages):
            parts = windows(passage, token_spans(self._decoder.tokenizer, [passage])[0], _LONGEST)
            found[at] = max(self._odds(query, part) for part in parts)
        return found

    def _odds(self, query: str, passage: str) -> float:
        import torch

        question = Message("user", _PROMPT.format(query=query, passage=passage))
        logits = self._decoder.first_logits([Message("system", _TASK), question]).float()
        yes, no = (torch.logsumexp(logits[sorted(tokens)], dim=0) for tokens in (self._yes, self._no))
        return float(yes - no)

    def _first_tokens(self, word: str) -> set[int]:
        """Return the tokens that an answer may begin with when it says a word, in any of its spellings."""
        spelled = [form.format(case) for form in _FORMS for case in (word, word.capitalize(), word.upper())]
        rows: list[list[Any]] = [
            self._decoder.tokenizer(text, add_special_tokens=False)["input_ids"] for text in spelled
        ]
        return {int(row[0]) for row in rows if len(row) == 1}
