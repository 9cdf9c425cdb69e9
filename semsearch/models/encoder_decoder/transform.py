"""A text-to-text encoder-decoder: T5, BART, Pegasus, Marian, and any other that AutoModelForSeq2SeqLM opens.

The encoder reads an input once, in both directions; the decoder writes one token at a time and reads the encoder's
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
"""Tokens of inputs, padding included, in one pass through the encoder."""
BATCH_ROWS = 16


def load_seq2seq(name: str, *, offline: bool | None = None, progress: ProgressCallback | None = None) -> EncoderDecoder:
    """Return the encoder-decoder of a folder, a hub repository `owner/name`, or a catalogue name.

    Raises ModelUnavailable when it is unavailable, incomplete, or not a text-to-text encoder-decoder; StorageFull.
    """
    folder, entry = model_folder(name, Role.SEQ2SEQ, offline=offline, progress=progress)
    shown = entry.name if entry else shown_name(name, folder)
    return EncoderDecoder(open_folder(folder, shown), shown, folder)


class EncoderDecoder:
    """Maps a text to a text. Thread-safe; calls run one at a time."""

    def __init__(self, opened: Opened, name: str, path: Path, manner: TaskPrompt | None = None) -> None:
        """Wrap a loaded folder; `load_seq2seq` loads one."""
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
        """Return the same model for another task: one that its configuration names under `task_specific_params`.

        When the configuration does not name the task, `prefix` is put before every input.
        """
        return self._with_prompt(for_task(self._opened.config, name, prefix))

    def translator(self, source: str, target: str) -> EncoderDecoder:
        """Return the same model for a translation between two languages (ISO 639-1).

        Raises InvalidQuery when its files exclude that.
        """
        opened = self._opened
        return self._with_prompt(for_translation(opened.config, opened.tokenizer, source, target, self.name))

    def knows(self, token: str) -> bool:
        """Return whether a text is a single token of the model's vocabulary, such as `<hl>`."""
        return token in self._opened.tokenizer.get_vocab()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, special tokens and the task's prefix included."""
        return [len(row) for row in self._rows(texts)]

    def transform(self, texts: Sequence[str], *, max_new_tokens: int = 128) -> list[str]:
        """Return the output for each input by greedy decoding, at most `max_new_tokens` tokens each.

        Raises InvalidQuery for an input longer than `max_tokens`, or when memory does not suffice.
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

    def _with_prompt(self, manner: TaskPrompt) -> EncoderDecoder:
        other = EncoderDecoder(self._opened, self.name, self.path, manner)
        other._guard = self._guard
        return other

    def _rows(self, texts: Sequence[str]) -> list[list[int]]:
        """Return token ids, without truncation."""
        if not texts:
            return []
        tokenizer, manner = self._opened.tokenizer, self._manner
        with self._guard:
            if manner.source:
                tokenizer.src_lang = manner.source
            encoded = tokenizer(clean([manner.prefix + text for text in texts]), truncation=False, verbose=False)
        return [list(ids) for ids in encoded["input_ids"]]

    def _decoded(self, rows: list[list[int]], room: int) -> list[str]:
        """Run one batch; one that does not fit into memory is halved."""
        try:
            written = self._run(rows, room)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            if len(rows) == 1:
                raise InvalidQuery(
                    f"a text of {len(rows[0])} tokens does not fit into memory with {self.name}: "
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
    """Yield the row numbers of each batch, longest rows first, so that rows of a batch need little padding."""
    order = sorted(range(len(rows)), key=lambda at: (-len(rows[at]), at))
    while order:
        most = max(1, min(BATCH_ROWS, BATCH_TOKENS // max(1, len(rows[order[0]]))))
        yield order[:most]
        order = order[most:]
