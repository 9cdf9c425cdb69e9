"""Recordings as a user meets them: with the real Whisper, in the formats that people have, and without the extra."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Workplace
from tests.formats.recordings import CODECS, write_recording, write_silent_film, write_wav
from tests.formats.speech import chords, pause, talk
from tests.formats.word_errors import word_error_rate

BLANKETS = "Please bring two blankets and a warm coat for the night."
BARN = "A strong wind blew the roof off the old barn."
HINT = 'pip install "semsearch[audio]"'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A user with recordings of one talk in every format, and files that only look like recordings."""
    root = tmp_path_factory.mktemp("recordings")
    made = Workplace(root, root / "corpus")
    made.corpus.mkdir()
    sound = talk(BLANKETS, 12.0, BARN)
    for suffix in ("wav", *CODECS):
        write_recording(made.corpus / f"talk.{suffix}", sound, {"title": "Before the storm", "artist": "Ann Bell"})
    mp3, m4a = (made.corpus / name for name in ("talk.mp3", "talk.m4a"))
    (made.corpus / "cut.mp3").write_bytes(mp3.read_bytes()[:60_000])
    (made.corpus / "cut.m4a").write_bytes(m4a.read_bytes()[:60_000])
    (made.corpus / "renamed.wav").write_bytes(m4a.read_bytes())
    (made.corpus / "zero.mp3").touch()
    (made.corpus / "text.ogg").write_text("This is a note.")
    write_silent_film(made.corpus / "film.mp4")
    write_recording(made.corpus / "music.mp3", chords(15))
    write_wav(made.corpus / "silence.wav", pause(5))
    done = made.call("index", ".", "--json")
    assert done.code == 0, done.err
    (root / "summary.json").write_text(done.out)
    return made


def test_every_format_is_heard(place: Workplace) -> None:
    documents = {Path(d["path"]).name: d for d in place.call("list", "--json").json()}
    expected = {f"talk.{suffix}" for suffix in ("wav", *CODECS)} | {"cut.mp3", "renamed.wav"}
    assert set(documents) == expected
    for name in expected - {"talk.wav", "cut.mp3"}:
        assert documents[name]["title"] == "Before the storm"


def test_what_cannot_be_heard_is_named(place: Workplace) -> None:
    skipped = json.loads((place.root / "summary.json").read_text())["skipped"]
    assert {Path(s["path"]).name: s["reason"] for s in skipped} == {
        "cut.m4a": "broken, or not a recording",
        "text.ogg": "broken, or not a recording",
        "zero.mp3": "empty",
        "film.mp4": "it has no audio",
        "music.mp3": "no speech",
        "silence.wav": "no speech",
    }
    told = place.call("why-not", "blankets", "music.mp3")
    assert "no speech" in told.out
    assert "up to date" in place.call("status").out


def test_a_hit_leads_to_the_second(place: Workplace) -> None:
    options = ("--filter", "type=mp3", "--filter", "author=Ann*", "--filter", "duration>=15")
    hits = place.call("query", "roof of the barn in a storm", *options, "--json").json()["hits"]
    best = next(hit for hit in hits if hit["path"].endswith("talk.mp3"))
    start = len(talk(BLANKETS, 12.0)) / 22_050
    assert best["time_start"] <= start + 0.5
    assert best["time_start"] >= start - 1.5
    assert best["time_end"] >= start + 2
    assert (best["line_start"], best["line_end"], best["page"]) == (None, None, None)
    assert word_error_rate(BARN, best["text"]) <= 0.3
    shown = place.call("query", "roof of the barn in a storm", *options).out
    assert f"talk.mp3@00:{best['time_start']:02d}  " in shown
    files = place.call("query", "roof of the barn in a storm", *options, "-l").out
    assert "talk.mp3" in files.split()


def test_a_query_like_a_recording(place: Workplace) -> None:
    assert place.call("query", "--like", "talk.opus", "--no-floor").code == 0
    outside = write_wav(place.root / "outside.wav", pause(1))
    told = place.call("query", "--like", outside)
    assert told.code == 2
    assert "a recording: only `semsearch index` transcribes it" in told.err


def test_without_the_extra(tmp_path: Path) -> None:
    place = Workplace(tmp_path, tmp_path / "corpus")
    place.corpus.mkdir()
    (place.corpus / "note.txt").write_text("The heron stands in the reeds.\n")
    write_wav(place.corpus / "talk.wav", talk(BARN))
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('faster_whisper', 'ctranslate2', 'av'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    without = os.pathsep.join([str(hidden), os.environ.get("PYTHONPATH", "")])
    done = place.run("index", ".", PYTHONPATH=without)
    assert done.code == 0
    assert f"skipped 1 file, a recording: {HINT} makes it searchable: talk.wav" in done.err + done.out
    assert HINT in place.run("why-not", "barn", "talk.wav", PYTHONPATH=without).out
    assert place.run("query", "heron", PYTHONPATH=without).code == 0
    assert "1 new" in place.call("status").out
    done = place.call("index", "--json")
    assert (done.json()["added"], done.json()["skipped"]) == (1, [])
    assert "up to date" in place.run("status", PYTHONPATH=without).out


def test_the_transcriber_is_a_setting(tmp_path: Path) -> None:
    place = Workplace(tmp_path, tmp_path / "corpus")
    place.corpus.mkdir()
    write_wav(place.corpus / "talk.wav", talk(BARN))
    done = place.call("index", ".", "--transcriber", "none")
    assert "listening is switched off" in done.err + done.out
    assert place.call("status", "--json").json()["settings"]["transcriber"] == "none"
    done = place.call("index", "--transcriber", "no-such-model")
    assert done.code == 0
    assert "no model 'no-such-model': give a name (whisper-tiny.en" in done.err + done.out
    done = place.call("index", "--transcriber", "whisper-tiny.en", "--max-recording-size", "1k")
    assert "too large" in done.err + done.out
    done = place.call("index", "--max-recording-size", "1M")
    assert "1 new" in done.err + done.out
