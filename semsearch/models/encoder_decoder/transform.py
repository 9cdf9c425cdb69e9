"""An encoder-decoder from text to text: T5, BART, Pegasus, Marian, and whatever AutoModelForSeq2SeqLM opens.

The encoder reads an input once, in both directions; the decoder writes one token at a time and looks at the encoder's
states through cross-attention (Vaswani et al. 2017; Raffel et al. 2020, T5; Lewis et al. 2020, BART).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.models.encoder.tokenizer import clean
from semsearch.models.encoder_decoder.folder import Opened, open_folder
from semsearch.models.encoder_decoder.greedy import Rules, decode
from semsearch.models.encoder_decoder.tasks import TaskPrompt, for_task, for_translation
from semsearch.models.shared.memory import out_of_memory
from semsearch.models.weights.fetch import ProgressCallback
from semsearch.models.weights.resolve import model_folder, shown_name
from semsearch.types.models import Role

__all__ = ["EncoderDecoder", "load_seq2seq"]

BATCH_TOKENS = 2048
"""Tokens of inputs, padding included, that go through the encoder together."""
BATCH_ROWS = 16


def load_seq2seq(name: str, *, offline: bool | None = None, progress: ProgressCallback | None = None) -> EncoderDecoder:
    """Return the encoder-decoder of a folder, a hub repository `owner/name`, or a name of the catalogue.

    Raises ModelUnavailable when it cannot be had, is not whole, or is no encoder-decoder from text to text;
    StorageFull.
    """
    folder, entry = model_folder(name, Role.SEQ2SEQ, offline=offline, progress=progress)
    shown = entry.name if entry else shown_name(name, folder)
    return EncoderDecoder(open_folder(folder, shown), shown, folder)


class EncoderDecoder:
    """A text in, a text out. Safe to use from many threads, one at a time."""

    def __init__(self, opened: Opened, name: str, path: Path, manner: TaskPrompt | None = None) -> None:
        """Wrap what a folder holds; `load_seq2seq` opens one."""
        self.name, self.path = name, path
        self.max_tokens = opened.context
        """Tokens of one input that the encoder sees, special tokens and the task's prefix included."""
        self._opened = opened
        self._manner = manner or TaskPrompt()
        self._guard = threading.RLock()
        try:
            self._rules = Rules.read(opened.model, self._manner.settings, self._manner.first)
        except KeyError as error:
            raise ModelUnavailable(
                f"the configuration of {name} names no {error.args[0]}: its decoder needs one"
            ) from error

    def task(self, name: str, prefix: str = "") -> EncoderDecoder:
        """Return the same model, asked for a task: what its configuration names under `task_specific_params`.

        Of a model that names no such task, every input begins with `prefix`.
        """
        return self._asked(for_task(self._opened.config, name, prefix))

    def translator(self, source: str, target: str) -> EncoderDecoder:
        """Return the same model, asked to translate between two languages (ISO 639-1).

        Raises InvalidQuery when its files say that it does not.
        """
        opened = self._opened
        return self._asked(for_translation(opened.config, opened.tokenizer, source, target, self.name))

    def knows(self, token: str) -> bool:
        """Return whether a text is one token of the model's own, such as `<hl>`."""
        return token in self._opened.tokenizer.get_vocab()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, special tokens and the task's prefix included."""
        return [len(row) for row in self._rows(texts)]

    def transform(self, texts: Sequence[str], *, max_new_tokens: int = 128) -> list[str]:
        """Return the output for each input, each the most probable token after token, at most `max_new_tokens` of them.

        Raises InvalidQuery for an input that is longer than `max_tokens`, or when memory is not enough.
        """
        if max_new_tokens < 1:
            raise InvalidQuery(f"max_new_tokens is {max_new_tokens}: give at least 1")
        rows = self._rows(texts)
        for row, text in zip(rows, texts, strict=True):
            if len(row) > self.max_tokens:
                raise InvalidQuery(
                    f"a text of {len(row)} tokens where {self.name} sees {self.max_tokens}: {text[:40]!r}...; split it"
                )
        room = min(max_new_tokens, self._opened.most - 1) if self._opened.most else max_new_tokens
        outputs = [""] * len(rows)
        for batch in _batches(rows):
            for at, written in zip(batch, self._decoded([rows[at] for at in batch], room), strict=True):
                outputs[at] = written
        return outputs

    def _asked(self, manner: TaskPrompt) -> EncoderDecoder:
        other = EncoderDecoder(self._opened, self.name, self.path, manner)
        other._guard = self._guard
        return other

    def _rows(self, texts: Sequence[str]) -> list[list[int]]:
        """Return token ids, nothing cut off."""
        if not texts:
            return []
        tokenizer, manner = self._opened.tokenizer, self._manner
        with self._guard:
            if manner.source:
                tokenizer.src_lang = manner.source
            found = tokenizer(clean([manner.prefix + text for text in texts]), truncation=False, verbose=False)
        return [list(ids) for ids in found["input_ids"]]

    def _decoded(self, rows: list[list[int]], room: int) -> list[str]:
        """Run one batch; a batch that does not fit into memory is halved."""
        try:
            written = self._run(rows, room)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            if len(rows) == 1:
                raise InvalidQuery(
                    f"a text of {len(rows[0])} tokens needs more memory for {self.name} than there is: "
                    "close other programs, or name a smaller model with --seq2seq"
                ) from error
            half = len(rows) // 2
            return self._decoded(rows[:half], room) + self._decoded(rows[half:], room)
        texts: list[str] = self._opened.tokenizer.batch_decode(written, skip_special_tokens=True)
        return [text.strip() for text in texts]

    def _run(self, rows: list[list[int]], room: int) -> list[list[int]]:
        import torch

        longest = max(map(len, rows))
        pad = self._rules.pad
        inputs = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        with self._guard:
            return decode(self._opened.model, inputs, mask, self._rules, room=room)


def _batches(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the places of rows that go together, long ones first: of like length, so that little is padding."""
    order = sorted(range(len(rows)), key=lambda at: (-len(rows[at]), at))
    while order:
        most = max(1, min(BATCH_ROWS, BATCH_TOKENS // max(1, len(rows[order[0]]))))
        yield order[:most]
        order = order[most:]
