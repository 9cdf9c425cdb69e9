"""A transcriber of its own small language: every word is a tone, and silence is silence."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from semsearch.errors import SourceUnreadable
from semsearch.types.models import Utterance
from tests.formats.speech import RATE, Sound, pause, tone

__all__ = ["TONES", "ToneTranscriber", "sung"]

TONES = {"harbour": 400, "lantern": 500, "orchard": 600, "winter": 700, "letter": 800, "bridge": 900}
"""Word -> its frequency in hertz."""
STEP = 0.25
"""Seconds of a word."""


def sung(text: str) -> Sound:
    """Return the sound of words; a full stop is two seconds of silence."""
    parts = [pause(2) if word == "." else tone(STEP, TONES[word]) for word in text.split()]
    return np.concatenate(parts)


class ToneTranscriber:
    """Finds the strongest frequency of every quarter of a second."""

    fingerprint = "tones 1"

    def transcribe(self, recording: str) -> Iterator[Utterance]:
        """Yield words until a silence. Raises SourceUnreadable for what is no WAV file."""
        try:
            with wave.open(str(Path(recording))) as file:
                sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        except (wave.Error, EOFError, OSError) as error:
            raise SourceUnreadable("broken, or not a recording") from error
        size = round(STEP * RATE)
        heard: list[str] = []
        start = 0.0
        for number in range(len(sound) // size + 1):
            word = self._word(sound[number * size : (number + 1) * size])
            if word and not heard:
                start = number * STEP
            if word:
                heard.append(word)
            elif heard:
                yield Utterance(start, number * STEP, " ".join(heard))
                heard = []

    def _word(self, sound: Sound) -> str | None:
        if len(sound) < 100 or np.abs(sound.astype(np.int32)).max() < 100:
            return None
        spectrum = np.abs(np.fft.rfft(sound))
        loudest = np.fft.rfftfreq(len(sound), 1 / RATE)[int(spectrum.argmax())]
        share = spectrum.max() ** 2 / np.square(spectrum).sum()
        word = min(TONES, key=lambda name: abs(TONES[name] - loudest))
        return word if share > 0.3 and abs(TONES[word] - loudest) < 10 else None
