"""Whisper as a transcriber: a speech-to-text encoder-decoder (Radford et al. 2022), run by CTranslate2.

It needs the extra `semsearch[audio]`. Decoding and transcription happen in a separate process, which takes one second
to start and is kept for the next recording; a file that makes it crash or hang costs that file only.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from semsearch.errors import ModelUnavailable, SourceUnreadable
from semsearch.models.shared.threads import thread_count
from semsearch.models.weights.fingerprint import file_sha256
from semsearch.models.weights.resolve import model_folder
from semsearch.processes.json_worker import Worker, WorkerLost
from semsearch.types.documents import Value
from semsearch.types.models import FetchProgress, Role, Utterance

__all__ = ["INSTALL", "ListenerLost", "WhisperTranscriber", "installed", "load_transcriber"]

INSTALL = 'pip install "semsearch[audio]"'
STALL_SECONDS = 300.0
"""Far longer than the largest Whisper needs for its window of 30 seconds on two cores: beyond it, the process hangs."""
_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without its tokenizer faster-whisper would download one."""
_OFFLINE = {"HF_HUB_OFFLINE": "1"}


class ListenerLost(SourceUnreadable):
    """The transcribing process was killed or hung; the recording may or may not be the cause."""


def installed() -> bool:
    """Return whether the extra is installed; nothing is imported."""
    try:
        return importlib.util.find_spec("faster_whisper") is not None
    except (ImportError, ValueError):
        return False


def load_transcriber(
    name: str, *, offline: bool | None = None, progress: FetchProgress | None = None
) -> WhisperTranscriber:
    """Return a Whisper model by its catalogue name, its folder (CTranslate2 format) or its hub repository.

    Raises ModelUnavailable when the extra is missing, or when the model is unavailable or cannot be loaded.
    """
    if not installed():
        raise ModelUnavailable(f"recordings need an extra: {INSTALL}")
    folder, _ = model_folder(name, Role.TRANSCRIBER, offline=offline, progress=progress)
    missing = [file for file in _FILES if not (folder / file).is_file()]
    if missing:
        raise ModelUnavailable(
            f"{name} is no Whisper model that can be run here: {', '.join(missing)} is missing; "
            "name one in CTranslate2's format, such as whisper-tiny.en or Systran/faster-whisper-small"
        )
    transcriber = WhisperTranscriber(name, folder)
    transcriber.start()
    return transcriber


class WhisperTranscriber:
    """A Whisper model in a separate process. Thread-safe; callers wait for each other."""

    def __init__(self, name: str, folder: Path, *, stall_seconds: float = STALL_SECONDS) -> None:
        """Bind a model's folder; `start` loads it."""
        self.name = name
        self._folder = folder
        self.worker = Worker(
            "semsearch.models.encoder_decoder.whisper_process",
            [str(folder), str(thread_count())],
            environment=_OFFLINE,
            stall_seconds=stall_seconds,
        )

    @cached_property
    def fingerprint(self) -> str:
        """Identifies the weights and how they are run."""
        return f"whisper {file_sha256(self._folder / 'model.bin')} int8 beam5 silero-vad"

    def start(self) -> None:
        """Load the model unless it is loaded. Raises ModelUnavailable."""
        try:
            answer = self.worker.start()
        except WorkerLost as error:
            raise ModelUnavailable(f"{self.name} cannot be loaded: {error}") from error
        if "end" in answer:
            self.worker.close()
            raise ModelUnavailable(f"{self.name} cannot be loaded: {answer['end']}")

    def transcribe(self, recording: str) -> Iterator[Utterance]:
        """Yield what is said, in order; nothing for silence or music.

        Raises SourceUnreadable when it is not a recording, ListenerLost when the process dies over it, and
        ModelUnavailable when a lost process cannot be restarted.
        """
        for answer in self._ask({"listen": recording}):
            if "text" in answer:
                yield Utterance(answer["start"], answer["stop"], answer["text"])

    def facts(self, recording: str) -> Mapping[str, Value]:
        """Return the `title` and `author` of a recording, if it has them, and its `duration` in whole seconds."""
        facts = [dict(answer) for answer in self._ask({"facts": recording})][-1]
        return {key: value for key, value in facts.items() if key != "end"}

    def close(self) -> None:
        """End the process; the next recording starts a new one."""
        self.worker.close()

    def _ask(self, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        self.start()
        try:
            for answer in self.worker.ask(request):
                if answer.get("end"):
                    raise SourceUnreadable(str(answer["end"]))
                yield answer
        except WorkerLost as error:
            raise ListenerLost(f"the transcribing process was lost ({error})") from error
