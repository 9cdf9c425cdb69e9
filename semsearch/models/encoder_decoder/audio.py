"""Decode audio for Whisper: any container that FFmpeg knows, block by block; and detect the speech in it.

Used in a separate process (`whisper_process.py`): a broken file may crash or hang a decoder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[np.float32]
    """(samples,), one channel at RATE, from -1 to 1."""

__all__ = ["RATE", "NoSound", "Speech", "decoded", "facts", "speeches"]

RATE = 16_000
"""Samples per second."""
BLOCK_SECONDS = 300
"""Audio decoded at once: 19 MB, however long the recording is."""
WINDOW_SECONDS = 29.0
"""Whisper processes 30 seconds at a time, whether they are full or not."""
PAUSE_SECONDS = 2.0
"""A longer silence ends a stretch: in a window with little speech the decoder hallucinates."""
LONGEST_TAG = 2000
# Without this list FFmpeg would open what a playlist named like a recording refers to, addresses included.
_DEMUXERS = "aac,aiff,amr,asf,avi,caf,flac,matroska,mov,mp3,mp4,mpeg,mpegts,ogg,w64,wav,webm"
_OPTIONS = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"}


class NoSound(Exception):
    """There is no audio; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch of speech that fits Whisper's window: its audio, its start, and the spans with speech (seconds)."""

    start: float
    sound: Samples
    voiced: tuple[tuple[float, float], ...]

    def clipped(self, start: float, stop: float) -> tuple[float, float]:
        """Convert a span within the stretch to one within the recording, without silence at both ends."""
        begins = next((a for a, b in self.voiced if b > start), start)
        ends = next((b for a, b in reversed(self.voiced) if a < stop), stop)
        first = self.start + max(start, begins)
        return first, max(first, self.start + min(stop, ends))


def facts(path: str) -> dict[str, str | int]:
    """Return the title and the author from the tags of a file, and its seconds by counting its packets.

    The length in the header is not trusted. Raises NoSound.
    """
    with _opened(path) as container:
        stream = _stream(container)
        tags = {key.lower(): value for key, value in {**stream.metadata, **container.metadata}.items()}
        known: dict[str, str | int] = {}
        for name, keys in (("title", ("title",)), ("author", ("artist", "author", "album_artist"))):
            value = next((tags[key] for key in keys if tags.get(key, "").strip()), "")
            if value:
                known[name] = value[:LONGEST_TAG]
        known["duration"] = round(_length(container, stream))
        return known


def _length(container: Any, stream: Any) -> float:
    """Return the duration of a stream's packets in seconds, without a damaged end."""
    import av

    first: float | None = None
    last = 0.0
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                begin = float(packet.pts * packet.time_base)
                first = begin if first is None else min(first, begin)
                last = max(last, begin + float((packet.duration or 0) * packet.time_base))
    except av.FFmpegError:
        pass
    return last - (first or 0.0)


def decoded(path: str, seconds: float = BLOCK_SECONDS) -> Iterator[Samples]:
    """Yield the audio of a file in blocks of `seconds`, without damaged packets. Raises NoSound."""
    import numpy as np

    parts: list[Samples] = []
    size = 0
    for piece in _pieces(path):
        parts.append(piece)
        size += len(piece)
        while size >= seconds * RATE:
            whole = np.concatenate(parts)
            cut = round(seconds * RATE)
            yield whole[:cut]
            parts, size = [whole[cut:]], len(whole) - cut
    if size:
        yield np.concatenate(parts)


def _pieces(path: str) -> Iterator[Samples]:
    import av

    with _opened(path) as container:
        stream = _stream(container)
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        decoded_any = False
        for frame in _frames(container, stream):
            for out in resampler.resample(frame):
                decoded_any = True
                yield out.to_ndarray().reshape(-1)
        if not decoded_any:
            raise NoSound("broken: no audio can be decoded")
        for out in resampler.resample(None):
            yield out.to_ndarray().reshape(-1)


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Yield the frames that can be decoded; of a file that breaks off, those before the break."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        yield from frames


def _opened(path: str) -> Any:
    import av

    try:
        return av.open(path, options=_OPTIONS, metadata_errors="replace")
    except av.FFmpegError as error:
        raise NoSound("broken, or not a recording") from error


def _stream(container: Any) -> Any:
    if not container.streams.audio:
        raise NoSound("it has no audio" if container.streams.video else "broken, or not a recording")
    return container.streams.audio[0]


def speeches(blocks: Iterator[Samples], alive: Callable[[], None]) -> Iterator[Speech]:
    """Yield the stretches of speech, in order, each within Whisper's window.

    Silero VAD, which faster-whisper includes, separates speech from noise and music; without it Whisper hallucinates
    phrases such as "thanks for watching" over a melody. Speech at the end of a block is processed again with the next
    one. `alive` is called after every block.
    """
    import numpy as np

    carried = np.zeros(0, np.float32)
    offset = 0
    block = next(blocks, None)
    while block is not None:
        following = next(blocks, None)
        alive()
        sound = np.concatenate([carried, block])
        stretches = _stretches(_voiced(sound))
        cut = len(sound)
        if following is not None:
            cut = stretches.pop()[0][0] if stretches else len(sound) - RATE
        for stretch in stretches:
            start, stop = stretch[0][0], stretch[-1][1]
            voiced = tuple(((a - start) / RATE, (b - start) / RATE) for a, b in stretch)
            yield Speech((offset + start) / RATE, sound[start:stop], voiced)
        carried, offset, block = sound[cut:], offset + cut, following


def _voiced(sound: Samples) -> list[tuple[int, int]]:
    """Return (start, stop) samples of speech, in order."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=500, speech_pad_ms=200, max_speech_duration_s=WINDOW_SECONDS)
    found: Sequence[Mapping[str, int]] = get_speech_timestamps(sound, options)
    return [(part["start"], part["end"]) for part in found]


def _stretches(voiced: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Join neighbours that have no long pause between them and fit Whisper's window together."""
    out: list[list[tuple[int, int]]] = []
    for start, stop in voiced:
        near = out and start - out[-1][-1][1] <= PAUSE_SECONDS * RATE
        if near and stop - out[-1][0][0] <= WINDOW_SECONDS * RATE:
            out[-1].append((start, stop))
        else:
            out.append([(start, stop)])
    return out
