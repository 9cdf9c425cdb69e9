"""Speech for tests: espeak-ng, from the package `espeakng-loader`, says given sentences; nothing has to be installed.

The sound is the same on every run, so what is heard in it may be compared with what was said.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TypeAlias

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

__all__ = ["RATE", "Sound", "chords", "drums", "noise", "pause", "say", "talk", "tone"]

RATE = 22_050
"""Samples a second."""
Sound: TypeAlias = NDArray[np.int16]
"""(samples,), one channel."""

# Numbers of speak_lib.h.
_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_RATE, _PITCH = 1, 3
_UTF8 = 1
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Voice:
    """The library keeps one state for the process: it is set up once."""

    def __init__(self) -> None:
        self.parts: list[Sound] = []
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        assert self.library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT) == RATE
        self.callback = _Callback(self._take)
        self.library.espeak_SetSynthCallback(self.callback)

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _: int) -> int:
        if samples and count > 0:
            self.parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, text: str, voice: str, speed: int, pitch: int) -> Sound:
        self.parts = []
        assert self.library.espeak_SetVoiceByName(voice.encode()) == 0, f"no voice {voice}"
        self.library.espeak_SetParameter(_RATE, speed, 0)
        self.library.espeak_SetParameter(_PITCH, pitch, 0)
        data = text.encode()
        assert self.library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None) == 0
        self.library.espeak_Synchronize()
        return np.concatenate(self.parts)


@cache
def _library() -> _Voice:
    return _Voice()


def say(text: str, *, voice: str = "en-us", speed: int = 150, pitch: int = 50) -> Sound:
    """Return what is said; `speed` in words a minute, `pitch` from 0 to 99."""
    return _library().say(text, voice, speed, pitch)


def pause(seconds: float) -> Sound:
    """Return digital silence."""
    return np.zeros(round(seconds * RATE), np.int16)


def talk(*parts: str | float, voice: str = "en-us", speed: int = 150) -> Sound:
    """Return sentences one after the other, with silences of so many seconds where a number stands."""
    sounds = [say(part, voice=voice, speed=speed) if isinstance(part, str) else pause(part) for part in parts]
    return np.concatenate(sounds)


def noise(seconds: float, *, loudness: float = 0.1, seed: int = 0) -> Sound:
    """Return white noise; `loudness` is its standard deviation, of 1 at full scale."""
    drawn = np.random.default_rng(seed).normal(0, loudness, round(seconds * RATE))
    return _sound(drawn)


def tone(seconds: float, hertz: float = 440.0) -> Sound:
    """Return a sine."""
    return _sound(0.5 * np.sin(2 * np.pi * hertz * _times(seconds)))


def chords(seconds: float, seed: int = 0) -> Sound:
    """Return music: a chord of four notes with overtones every half second, struck and fading."""
    random = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE))
    for start in np.arange(0, seconds, 0.5):
        t = _times(min(0.5, seconds - start))
        root = 110 * 2 ** (random.integers(0, 12) / 12)
        struck = sum(
            np.sin(2 * np.pi * root * ratio * overtone * t) / overtone
            for ratio in (1, 1.25, 1.5, 2)
            for overtone in (1, 2, 3, 4)
        )
        at = round(start * RATE)
        out[at : at + len(t)] += 0.08 * struck * np.exp(-3 * t)
    return _sound(out)


def drums(seconds: float, seed: int = 0) -> Sound:
    """Return a beat: a falling sine on every beat, a burst of noise on every other one."""
    random = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE))
    for beat, start in enumerate(np.arange(0, seconds, 0.4)):
        t = _times(min(0.3, seconds - start))
        hit = np.sin(2 * np.pi * (40 * t + 8 * np.exp(-20 * t))) * np.exp(-10 * t)
        if beat % 2:
            hit = hit + 0.5 * random.normal(0, 1, len(t)) * np.exp(-25 * t)
        at = round(start * RATE)
        out[at : at + len(t)] += 0.5 * hit
    return _sound(out)


def _times(seconds: float) -> NDArray[np.float64]:
    return np.arange(round(seconds * RATE)) / RATE


def _sound(samples: NDArray[np.float64]) -> Sound:
    return (np.clip(samples, -1, 1) * 32_767).astype(np.int16)
