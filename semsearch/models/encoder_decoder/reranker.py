"""An encoder-decoder as a reranker: the probability of "true" as the first token that the decoder writes.

monoT5 (Nogueira, Jiang, Pradeep and Lin 2020, "Document ranking with a pretrained sequence-to-sequence model"): the
encoder processes `Query: ... Document: ... Relevant:` once, the decoder takes one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.tokenizer import clean, windows
from semsearch.models.encoder_decoder.folder import Opened
from semsearch.models.encoder_decoder.greedy import Rules
from semsearch.models.shared.pooling import token_spans
from semsearch.models.shared.quiet import quiet_libraries

if TYPE_CHECKING:
    from semsearch.types.arrays import Scores

__all__ = ["Seq2SeqReranker"]

_PROMPT = "Query: {query} Document: {passage} Relevant:"
_LEAST_ROOM = 8


class Seq2SeqReranker:
    """Implements `CrossEncoder` with an encoder-decoder: the log probability of "true" against "false"."""

    def __init__(self, opened: Opened, name: str) -> None:
        """Take an opened folder. ModelUnavailable when its vocabulary has no tokens for true and false."""
        self.name = name
        self._opened = opened
        self._rules = Rules.read(opened.model, {})
        self._true, self._false = self._first_token("true"), self._first_token("false")
        self._room = opened.context - len(self._row("", ""))
        self.query_tokens = max(_LEAST_ROOM, self._room // 2)
        unknown = opened.tokenizer.unk_token_id
        if self._true == self._false or unknown in (self._true, self._false):
            raise ModelUnavailable(f"{name} has no separate tokens for true and false, so it cannot rerank")

    def truncated(self, query: str) -> bool:
        """Return whether a query is cut off."""
        return len(token_spans(self._opened.tokenizer, [query])[0]) > self.query_tokens

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 log probabilities, higher is better; a long passage gets that of its best window.

        A query is cut off so that a passage has at least half of the room.
        """
        import numpy as np

        tokenizer = self._opened.tokenizer
        spans = token_spans(tokenizer, [query])[0]
        if len(spans) > self.query_tokens:
            query, spans = query[: spans[self.query_tokens - 1][1]], spans[: self.query_tokens]
        left = max(_LEAST_ROOM, self._room - len(spans))
        scores = np.empty(len(passages), dtype=np.float32)
        for at, (passage, own) in enumerate(zip(passages, token_spans(tokenizer, passages), strict=True)):
            scores[at] = max(self._probability(query, part) for part in windows(passage, own, left))
        return scores

    def _probability(self, query: str, passage: str) -> float:
        import torch

        ids = torch.tensor([self._row(query, passage)])
        with torch.inference_mode():
            start = torch.tensor([[self._rules.start]])
            out = self._opened.model(input_ids=ids, attention_mask=torch.ones_like(ids), decoder_input_ids=start)
            pair = out.logits[0, 0, [self._true, self._false]].float()
            return float(torch.log_softmax(pair, dim=0)[0])

    def _row(self, query: str, passage: str) -> list[int]:
        text = clean([_PROMPT.format(query=query, passage=passage)])[0]
        with quiet_libraries():
            return list(self._opened.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def _first_token(self, word: str) -> int:
        return int(self._opened.tokenizer(word, add_special_tokens=False)["input_ids"][0])
