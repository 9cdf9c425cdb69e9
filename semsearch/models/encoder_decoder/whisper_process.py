"""`python -m semsearch.models.encoder_decoder.whisper_process FOLDER THREADS`: Whisper in a separate process.

A request is `{"facts": path}` or `{"listen": path}`. The answers to the second are `{"start", "stop", "text"}`, and
`{"alive"}` now and then; the last answer has `end`: null, or why the file cannot be transcribed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from semsearch.models.encoder_decoder.audio import NoSound, Speech, decoded, facts, speeches

__all__ = ["Whisper", "main"]

PRECISION = "int8"
"""Of the matrices: as accurate as float32 on our speech, in about half the time (tests/benchmarks/recordings.py)."""
BEAM = 5
TEMPERATURES = (0.0, 0.2, 0.4)
"""The next one is tried when an output repeats itself or is improbable; seeded, so results are reproducible."""
COMPRESSION_RATIO = 2.4
LOG_PROBABILITY = -1.0
NO_SPEECH = 0.8
"""Limits beyond which an output counts as hallucinated. The first two are Whisper's own (Radford et al. 2022, 4.5)."""
SURE = 0.5
_SOUND_WORDS = re.compile(r"[\[(*♪♫][^\])*♪♫]*[\])*♪♫]")
"""Sounds described in subtitles: [Music], (applause), *sighs*."""
_WORD = re.compile(r"\w")


class Whisper:
    """A CTranslate2 Whisper model from a folder. A multilingual one keeps the language of the first speech."""

    def __init__(self, folder: str, threads: int, *, precision: str = PRECISION, beam: int = BEAM) -> None:
        """Load the weights; `precision` is a compute type of CTranslate2."""
        from faster_whisper import WhisperModel

        self._beam = beam
        self._model = WhisperModel(
            folder, device="cpu", compute_type=precision, cpu_threads=threads, local_files_only=True
        )

    def listen(self, path: str, alive: Callable[[], None]) -> Iterator[dict[str, Any]]:
        """Yield what is said in a file; `alive` is called after every step. Raises NoSound."""
        language = None if self._model.model.is_multilingual else "en"
        for speech in speeches(decoded(path), alive):
            detected, segments = self._transcribe(speech, language)
            language = language or detected
            alive()
            yield from segments

    def _transcribe(self, speech: Speech, language: str | None) -> tuple[str | None, list[dict[str, Any]]]:
        """Return the language, if its probability is high enough, and what is said."""
        import ctranslate2

        ctranslate2.set_random_seed(0)
        segments, info = self._model.transcribe(
            speech.sound,
            language=language,
            beam_size=self._beam,
            temperature=list(TEMPERATURES),
            compression_ratio_threshold=COMPRESSION_RATIO,
            log_prob_threshold=LOG_PROBABILITY,
            condition_on_previous_text=False,
            vad_filter=False,
        )
        out = []
        for segment in segments:
            text = _SOUND_WORDS.sub(" ", segment.text)
            if _hallucinated(segment) or not _WORD.search(text):
                continue
            start, stop = speech.clipped(segment.start, segment.end)
            out.append({"start": start, "stop": stop, "text": " ".join(text.split())})
        return info.language if info.language_probability > SURE else None, out


def _hallucinated(segment: Any) -> bool:
    return bool(
        segment.no_speech_prob > NO_SPEECH
        or segment.compression_ratio > COMPRESSION_RATIO
        or segment.avg_logprob < LOG_PROBABILITY
    )


def main(folder: str, threads: str) -> None:
    """Load the model, report that, and answer requests until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # keep the output of libraries out of the answers

    def send(**answer: Any) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    try:
        whisper = Whisper(folder, int(threads))
    except Exception as error:  # noqa: BLE001 - report whatever a damaged model raises
        send(end=_reason(error))
        return
    send(ready=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "facts" in request:
                send(**facts(request["facts"]), end=None)
                continue
            for utterance in whisper.listen(request["listen"], lambda: send(alive=True)):
                send(**utterance)
            send(end=None)
        except NoSound as error:
            send(end=str(error))
        except Exception as error:  # noqa: BLE001 - a decoder's error costs one file, never the run
            send(end=f"broken: {_reason(error)}")


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


if __name__ == "__main__":
    main(*sys.argv[1:])
