"""Make the recording of the sample corpus: `python -m tests.golden.make_recording`, by espeak-ng from what stands here."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from tests.formats.speech import RATE, Sound, pause, say

SAID = (
    "This is a message about the boat, for everybody in the family.",
    "The spare key for the cabin is now in the blue box under the left seat.",
    "I put a new battery into the smoke alarm.",
    "The water in the harbour will be switched off on Thursday morning.",
    "Please fill both tanks before Wednesday evening.",
    "The small pump makes a strange noise, so please do not let it run for long.",
    "On Sunday we will meet at nine o'clock and paint the rudder.",
)
PAUSE = 0.6
"""Seconds after a sentence."""
TARGET = Path(__file__).parents[2] / "sample_corpus" / "docs" / "boat" / "message-for-the-crew.ogg"
TAGS = {"title": "Message for the crew", "artist": "Marit Oyelaran", "date": "2025"}
BITS = 24_000
"""A second."""


def sound() -> Sound:
    """Return all that is said."""
    parts = [part for sentence in SAID for part in (say(sentence, voice="en-gb-x-rp", speed=155), pause(PAUSE))]
    return np.concatenate(parts)


def main() -> None:
    """Write the file: Opus, one channel."""
    with av.open(str(TARGET), "w") as container:
        container.metadata.update(TAGS)
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = BITS
        frame = av.AudioFrame.from_ndarray(sound().reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48_000, frame_size=960)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    main()
