"""What every transcriber must do: the tests' own, whose words are tones, and Whisper."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from semsearch.errors import SourceUnreadable
from semsearch.models.encoder_decoder.whisper import load_transcriber
from semsearch.settings import DEFAULT_TRANSCRIBER
from semsearch.types.models import Transcriber
from tests.contract.tone_transcriber import ToneTranscriber, sung
from tests.formats.recordings import write_wav
from tests.formats.speech import Sound, noise, pause, talk
from tests.formats.word_errors import word_error_rate


@dataclass(frozen=True)
class Case:
    transcriber: Transcriber
    said: str
    sound: Callable[[str], Sound]
    most_errors: float


@pytest.fixture(scope="module", params=["tones", DEFAULT_TRANSCRIBER])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "tones":
        yield Case(ToneTranscriber(), "harbour lantern . winter letter bridge", sung, 0.0)
        return
    whisper = load_transcriber(DEFAULT_TRANSCRIBER)
    yield Case(whisper, "Please bring two blankets and a warm coat for the night.", talk, 0.2)
    whisper.close()


def test_what_is_said_is_heard_in_order_and_in_time(case: Case, tmp_path: Path) -> None:
    sound = case.sound(case.said)
    path = write_wav(tmp_path / "a.wav", sound)
    heard = list(case.transcriber.transcribe(os.fspath(path)))
    assert word_error_rate(case.said.replace(" .", ""), " ".join(u.text for u in heard)) <= case.most_errors
    times = [time for u in heard for time in (u.start, u.stop)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= len(sound) / 22_050 + 0.5
    assert all(u.text.strip() == u.text != "" for u in heard)


def test_the_same_recording_is_heard_the_same_again(case: Case, tmp_path: Path) -> None:
    path = os.fspath(write_wav(tmp_path / "a.wav", case.sound(case.said)))
    assert list(case.transcriber.transcribe(path)) == list(case.transcriber.transcribe(path))


def test_nothing_is_heard_where_nobody_speaks(case: Case, tmp_path: Path) -> None:
    for number, sound in enumerate((pause(4), noise(4), pause(0.1))):
        assert list(case.transcriber.transcribe(os.fspath(write_wav(tmp_path / f"{number}.wav", sound)))) == []


def test_what_is_no_recording_is_refused_and_the_next_one_heard(case: Case, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("This is a note.")
    (tmp_path / "b.wav").write_bytes(b"RIFF\xff\xff\xff\x7fWAVEfmt ")
    for name in ("a.wav", "b.wav", "missing.wav"):
        with pytest.raises(SourceUnreadable, match="broken, or not a recording"):
            list(case.transcriber.transcribe(os.fspath(tmp_path / name)))
    path = os.fspath(write_wav(tmp_path / "c.wav", case.sound(case.said)))
    assert list(case.transcriber.transcribe(path))


def test_one_that_is_heard_in_part_leaves_the_next_one_alone(case: Case, tmp_path: Path) -> None:
    path = os.fspath(write_wav(tmp_path / "a.wav", case.sound(case.said)))
    whole = list(case.transcriber.transcribe(path))
    part = case.transcriber.transcribe(path)
    assert next(part) == whole[0]
    del part
    assert list(case.transcriber.transcribe(path)) == whole


def test_the_fingerprint_stays(case: Case) -> None:
    assert case.transcriber.fingerprint == case.transcriber.fingerprint != ""
