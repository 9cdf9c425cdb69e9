"""Recordings for tests: sound and, where it is wanted, a picture, written in the containers that people have."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.formats.speech import RATE, Sound

__all__ = ["CODECS", "write_recording", "write_silent_film", "write_wav"]

CODECS = {
    "mp3": "libmp3lame",
    "m4a": "aac",
    "ogg": "libopus",
    "opus": "libopus",
    "flac": "flac",
    "mp4": "aac",
    "mov": "aac",
    "webm": "libopus",
    "mkv": "libopus",
}
"""Suffix -> the codec of its sound; mp4 gets a picture as well."""


def write_wav(path: Path, sound: Sound) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    return path


def write_recording(path: Path, sound: Sound, tags: Mapping[str, str] | None = None) -> Path:
    """Write a sound in the format of the path's suffix; wav has no tags here."""
    suffix = path.suffix[1:]
    if suffix == "wav":
        return write_wav(path, sound)
    with av.open(str(path), "w") as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(CODECS[suffix], rate=48_000, layout="mono")
        picture = _picture_stream(container) if suffix == "mp4" else None
        resampler = av.AudioResampler(
            format=stream.format, layout="mono", rate=48_000, frame_size=stream.codec_context.frame_size or 1024
        )
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
        if picture is not None:
            _film(container, picture, len(sound) / RATE)
    return path


def write_silent_film(path: Path, seconds: float = 2.0) -> Path:
    """Write a video without a sound track."""
    with av.open(str(path), "w") as container:
        _film(container, _picture_stream(container), seconds)
    return path


def _picture_stream(container: av.container.OutputContainer) -> av.video.stream.VideoStream:
    stream = container.add_stream("mpeg4", rate=5)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    return stream


def _film(container: av.container.OutputContainer, stream: av.video.stream.VideoStream, seconds: float) -> None:
    for number in range(round(seconds * 5)):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number % 250, np.uint8), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 5)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
