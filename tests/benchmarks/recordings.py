"""Recordings: word error rate on espeak-ng's voices, seconds of work a second of sound, and words that nobody said.

Whisper tiny.en in 8 bits against float32, and a beam against the most probable token. Speech of a synthesizer is not
what Whisper was trained on: people are heard better than this.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from semsearch.models.encoder_decoder.audio import decoded
from semsearch.models.encoder_decoder.whisper import load_transcriber
from semsearch.models.encoder_decoder.whisper_process import Whisper
from semsearch.models.shared.threads import thread_count
from semsearch.models.weights.resolve import model_folder
from semsearch.settings import DEFAULT_TRANSCRIBER
from semsearch.types.models import Role
from tests.benchmarks.report import table
from tests.formats import speech
from tests.formats.recordings import write_wav
from tests.formats.word_errors import word_error_rate, words

SENTENCES = (
    "The ferry to the island leaves at seven in the morning.",
    "Please bring two blankets and a warm coat for the night.",
    "Our neighbour has painted the garden fence dark green.",
    "The bread must rest for one hour before it goes into the oven.",
    "She wrote a long letter to her brother in Canada.",
    "The train to the mountains was late because of the snow.",
    "We counted eleven swans on the lake last Sunday.",
    "The old bridge was closed for repairs in the spring.",
    "Turn left after the church and follow the river.",
    "He keeps his tools in a wooden box under the stairs.",
    "The doctor asked me to drink more water every day.",
    "Children under the age of ten may enter without a ticket.",
    "They sold the blue car and bought a small red van.",
    "The meeting begins at half past nine in the big room.",
    "A strong wind blew the roof off the old barn.",
    "My sister plays the piano better than anybody I know.",
    "The library opens again on the second of January.",
    "Nobody could explain why the lights went out.",
    "We need new batteries for the radio in the kitchen.",
    "The farmer drove his sheep across the road.",
)
VOICES = ("en-us", "en-gb-x-rp", "en-us+m3")
SPEEDS = (150, 170)


def sounds(folder: Path, count: int) -> dict[tuple[str, int], Path]:
    """Say the sentences in every voice at every speed, a second of silence after each."""
    said: list[str | float] = [part for sentence in SENTENCES[:count] for part in (sentence, 1.0)]
    return {
        (voice, speed): write_wav(folder / f"{voice}-{speed}.wav", speech.talk(*said, voice=voice, speed=speed))
        for voice, speed in itertools.product(VOICES, SPEEDS)
    }


def nothing_said(folder: Path, seconds: float) -> dict[str, Path]:
    """Write sounds without a word."""
    made = {
        "silence": speech.pause(seconds),
        "quiet noise": speech.noise(seconds, loudness=0.01),
        "loud noise": speech.noise(seconds, loudness=0.3),
        "a tone of 110 Hz": speech.tone(seconds, 110),
        "a tone of 440 Hz": speech.tone(seconds, 440),
        "chords": np.concatenate([speech.chords(seconds / 3, seed) for seed in range(3)]),
        "drums": speech.drums(seconds),
        "chords and drums": speech.chords(seconds) // 2 + speech.drums(seconds) // 2,
    }
    return {name: write_wav(folder / f"{name}.wav", sound) for name, sound in made.items()}


def heard(whisper: Whisper, path: Path) -> str:
    return " ".join(said["text"] for said in whisper.listen(str(path), lambda: None))


def compared(folder: str, paths: dict[tuple[str, int], Path], count: int) -> Iterator[tuple[object, ...]]:
    said = " ".join(SENTENCES[:count])
    length = sum(len(block) for path in paths.values() for block in decoded(str(path))) / 16_000
    for precision, beam in (("int8", 1), ("int8", 5), ("float32", 1), ("float32", 5)):
        start = time.perf_counter()
        whisper = Whisper(folder, thread_count(), precision=precision, beam=beam)
        loaded = time.perf_counter()
        processor = time.process_time()
        rates = [word_error_rate(said, heard(whisper, path)) for path in paths.values()]
        spent = time.process_time() - processor
        seconds = time.perf_counter() - loaded
        yield (
            precision,
            beam,
            f"{np.mean(rates):.3f}",
            f"{min(rates):.3f} to {max(rates):.3f}",
            f"{seconds / length:.3f}",
            f"{spent / length:.3f}",
            f"{loaded - start:.1f}",
        )


def invented(folder: str, paths: dict[str, Path]) -> Iterator[tuple[object, ...]]:
    whisper = Whisper(folder, thread_count())
    for name, path in paths.items():
        text = heard(whisper, path)
        yield name, len(words(text)), text or "-"


def long_recording(folder: Path, minutes: int, count: int) -> Iterator[tuple[object, ...]]:
    """Measure a recording of many minutes in the process that `index` starts."""
    hour = np.tile(np.concatenate([speech.talk(*SENTENCES[:count]), speech.pause(20)]), 200)
    path = write_wav(folder / "long.wav", hour[: minutes * 60 * speech.RATE])
    start = time.perf_counter()
    transcriber = load_transcriber(DEFAULT_TRANSCRIBER)
    loaded = time.perf_counter()
    utterances = sum(1 for _ in transcriber.transcribe(os.fspath(path)))
    seconds = time.perf_counter() - loaded
    status = Path(f"/proc/{transcriber.worker.pid}/status").read_text(encoding="ascii")
    most = int(status.partition("VmHWM:")[2].split()[0]) / 1024  # getrusage would count this process's own, by fork
    transcriber.close()
    yield f"{minutes} min", utterances, f"{loaded - start:.1f}", f"{seconds / minutes / 60:.3f}", f"{most:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=len(SENTENCES))
    parser.add_argument("--minutes", type=int, default=30)
    arguments = parser.parse_args()
    model = str(model_folder(DEFAULT_TRANSCRIBER, Role.TRANSCRIBER)[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = sounds(folder, arguments.sentences)
        header = ("precision", "beam", "word error rate", "each", "s a second", "CPU s a second", "load (s)")
        title = f"{DEFAULT_TRANSCRIBER}, {arguments.sentences} sentences, {len(paths)} voices and speeds"
        table(title, header, compared(model, paths, arguments.sentences))
        quiet = nothing_said(folder, 60)
        table("A minute in which nobody speaks", ("sound", "words", "text"), invented(model, quiet))
        header = ("length", "utterances", "start (s)", "seconds a second", "most memory of the process (MB)")
        table("One long recording", header, long_recording(folder, arguments.minutes, arguments.sentences))


if __name__ == "__main__":
    main()
