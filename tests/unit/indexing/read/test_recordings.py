"""Recordings in an indexing run: transcribed once, again only if that could change something, never lost."""

from __future__ import annotations

import importlib.abc
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from semsearch.api.index import Index
from semsearch.errors import ModelUnavailable
from semsearch.indexing.control.indexing_run import IndexingRun, RunOptions
from semsearch.indexing.run import index_sources
from semsearch.models.encoder_decoder.whisper import ListenerLost
from semsearch.types.documents import AnchorKind
from semsearch.types.models import Utterance
from semsearch.types.reports import Progress, Summary
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.tone_transcriber import ToneTranscriber, sung
from tests.formats.recordings import write_wav
from tests.formats.speech import pause

HINT = 'a recording: pip install "semsearch[audio]" makes it searchable'


class Listener(ToneTranscriber):
    """Counts its calls."""

    def __init__(self) -> None:
        self.loaded = 0
        self.heard: list[str] = []

    def load(self) -> Listener:
        self.loaded += 1
        return self

    def transcribe(self, recording: str) -> Iterator[Utterance]:
        self.heard.append(Path(recording).name)
        return super().transcribe(recording)


class Unavailable(Listener):
    def load(self) -> Listener:
        super().load()
        raise ModelUnavailable("no model to be had")


class Killed(Listener):
    """Its process fails on every recording, after the first words."""

    def transcribe(self, recording: str) -> Iterator[Utterance]:
        yield next(super().transcribe(recording))
        raise ListenerLost("the transcribing process was lost (it was killed by signal 9)")


class Unstartable(Listener):
    """Its process has failed, and cannot be started again."""

    def transcribe(self, recording: str) -> Iterator[Utterance]:
        self.heard.append(Path(recording).name)
        raise ModelUnavailable("it cannot be loaded")


class Hidden(importlib.abc.MetaPathFinder):
    """Hides a package as if it were not installed."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if name.partition(".")[0] == "faster_whisper":
            raise ModuleNotFoundError(name)


@pytest.fixture
def no_extra() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in sys.modules if name.partition(".")[0] == "faster_whisper"]:
            patch.delitem(sys.modules, name)
        patch.setattr(sys, "meta_path", [Hidden(), *sys.meta_path])
        yield patch


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    write_wav(folder / "a.wav", sung("harbour lantern . winter letter"))
    write_wav(folder / "b.wav", sung("orchard bridge"))
    (folder / "note.md").write_text("# Note\n\nThe heron stands in the reeds.\n")
    age(folder)
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.create(tmp_path / "index", encoder=HashingEncoder())


def age(folder: Path) -> None:
    """Make files old enough for their dates to be reliable."""
    past = time.time_ns() - 100 * 10**9
    for file in folder.iterdir():
        os.utime(file, ns=(past, past))


def run(index: Index, listener: Listener, *paths: Path, progress: object = None) -> Summary:
    with index._opened.writer() as writer:
        options = RunOptions(index.settings, listener.load)
        made = IndexingRun(writer, index._opened.encoder, options, progress)  # type: ignore[arg-type]
        return index_sources(made, paths)


def reasons(summary: Summary) -> dict[str, str]:
    return {Path(s.path).name: s.reason for s in summary.skipped}


def names(index: Index) -> list[str]:
    return [Path(d.path).name for d in index.documents()]


def test_a_recording_is_found_at_its_time(index: Index, docs: Path) -> None:
    run(index, Listener(), docs)
    hit = index.search("winter letter", floor=False).hits[0]
    assert (Path(hit.path).name, hit.metadata["type"], hit.passage.text) == (
        "a.wav",
        "wav",
        "harbour lantern\n\nwinter letter",
    )
    assert (hit.passage.anchor.kind, hit.passage.anchor.start, hit.passage.anchor.stop) == (AnchorKind.TIME, 0, 3)


def test_nothing_is_transcribed_twice(index: Index, docs: Path) -> None:
    listener = Listener()
    run(index, listener, docs)
    assert (listener.loaded, listener.heard) == (1, ["a.wav", "b.wav"])
    (docs / "a.wav").rename(docs / "moved.wav")
    os.utime(docs / "b.wav")
    again = Listener()
    summary = run(index, again)
    assert (summary.moved, summary.unchanged) == (1, 2)
    assert again.heard == []
    assert sorted(names(index)) == ["b.wav", "moved.wav", "note.md"]


def test_without_recordings_no_transcriber_is_loaded(index: Index, docs: Path) -> None:
    listener = Listener()
    for file in docs.glob("*.wav"):
        file.unlink()
    (docs / "empty.mp3").touch()
    assert reasons(run(index, listener, docs)) == {"empty.mp3": "empty"}
    assert listener.loaded == 0


def test_another_transcriber_transcribes_again_and_nothing_else_is_read(index: Index, docs: Path) -> None:
    run(index, Listener(), docs)
    index.configure(transcriber="another")
    listener = Listener()
    summary = run(index, listener)
    assert listener.heard == ["a.wav", "b.wav"]
    assert (summary.changed, summary.unchanged, summary.encoded) == (2, 1, 0)


def test_recordings_can_be_switched_off_and_on(index: Index, docs: Path) -> None:
    run(index, Listener(), docs)
    index.configure(transcriber="none")
    listener = Listener()
    summary = run(index, listener)
    off = "a recording, and listening is switched off: index --transcriber NAME"
    assert reasons(summary) == {"a.wav": off, "b.wav": off}
    assert (listener.loaded, summary.removed, names(index)) == (0, 2, ["note.md"])
    assert index.status().fresh
    index.configure(transcriber="whisper-tiny.en")
    assert run(index, listener).added == 2


def test_without_the_extra_there_is_a_hint_and_with_it_a_retry(index: Index, docs: Path) -> None:
    listener = Listener()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "meta_path", [Hidden(), *sys.meta_path])
        for name in [name for name in sys.modules if name.partition(".")[0] == "faster_whisper"]:
            patch.delitem(sys.modules, name)
        for _ in range(2):
            summary = run(index, listener, docs)
            assert reasons(summary) == {"a.wav": HINT, "b.wav": HINT}
            assert index.status().fresh
        assert index.why_not("harbour", docs / "a.wav").detail == f"when it was last read: {HINT}"
    assert (listener.loaded, listener.heard) == (0, [])
    assert index.status().changed["new"] == 2
    summary = run(index, listener)
    assert (summary.added, summary.unchanged, summary.skipped) == (2, 1, ())


def test_documents_stay_when_the_extra_is_gone(index: Index, docs: Path, no_extra: pytest.MonkeyPatch) -> None:
    with no_extra.context() as patch:
        patch.setattr(sys, "meta_path", [f for f in sys.meta_path if not isinstance(f, Hidden)])
        run(index, Listener(), docs)
    index.configure(transcriber="another")
    summary = run(index, Listener())
    assert reasons(summary) == {"a.wav": HINT, "b.wav": HINT}
    assert summary.removed == 0
    assert sorted(names(index)) == ["a.wav", "b.wav", "note.md"]


def test_an_unavailable_model_is_requested_once_per_run(index: Index, docs: Path) -> None:
    missing = Unavailable()
    for attempt in (1, 2):
        summary = run(index, missing, docs)
        assert reasons(summary) == dict.fromkeys(("a.wav", "b.wav"), "a recording: no model to be had")
        assert missing.loaded == attempt
    assert run(index, Listener()).added == 2
    index.configure(transcriber="another")
    run(index, missing)
    assert sorted(names(index)) == ["a.wav", "b.wav", "note.md"]


@pytest.mark.parametrize(
    ("listener", "message"),
    [(Killed, "the transcribing process was lost (it was killed by signal 9)"), (Unstartable, "it cannot be loaded")],
)
def test_a_failed_transcriber_costs_no_document_and_is_retried(
    index: Index, docs: Path, listener: type[Listener], message: str
) -> None:
    reason = f"a recording: {message}; the next index tries again"
    for _ in range(2):
        lost = listener()
        assert reasons(run(index, lost, docs)) == {"a.wav": reason, "b.wav": reason}
        assert lost.heard == ["a.wav", "b.wav"]
    assert names(index) == ["note.md"]
    assert run(index, Listener()).added == 2
    index.configure(transcriber="another")
    for _ in range(2):
        lost = listener()
        summary = run(index, lost)
        assert reasons(summary) == {"a.wav": reason, "b.wav": reason}
        assert (summary.removed, lost.heard) == (0, ["a.wav", "b.wav"])
        assert sorted(names(index)) == ["a.wav", "b.wav", "note.md"]
    assert run(index, Listener()).changed == 2


def test_silent_broken_and_huge_ones_are_named(index: Index, docs: Path) -> None:
    write_wav(docs / "silent.wav", pause(3))
    (docs / "note.wav").write_text("This is a note.")
    (docs / "note.txt").write_bytes((docs / "a.wav").read_bytes())
    index.configure(max_recording_bytes=150_000)
    write_wav(docs / "long.wav", pause(4))
    age(docs)
    expected = {
        "silent.wav": "no speech",
        "note.wav": "broken, or not a recording",
        "note.txt": "binary",
        "long.wav": "too large (176 kB, the limit is 150 kB)",
    }
    assert reasons(run(index, Listener(), docs)) == expected
    again = Listener()
    assert reasons(run(index, again)) == expected
    assert again.heard == []
    index.configure(max_recording_bytes=1_000_000)
    assert reasons(run(index, again))["long.wav"] == "no speech"


def test_an_interruption_between_utterances_loses_nothing(index: Index, docs: Path) -> None:
    stages: list[str] = []
    with index._opened.writer() as writer:
        made = IndexingRun(writer, index._opened.encoder, RunOptions(index.settings, Listener().load))

        def progress(told: Progress) -> None:
            stages.append(told.stage)
            made.interruption.requested = told.stage == "listen" and told.files_done == 1

        made.progress = progress
        summary = index_sources(made, [docs])
    assert summary.interrupted
    assert stages[-1] == "listen"
    assert names(index) == []
    run(index, Listener(), docs)
    assert sorted(names(index)) == ["a.wav", "b.wav", "note.md"]


def test_a_recording_that_grows_meanwhile_waits_for_the_next_run(index: Index, docs: Path) -> None:
    class Growing(Listener):
        def transcribe(self, recording: str) -> Iterator[Utterance]:
            with Path(recording).open("ab") as file:
                file.write(bytes(100))
            return super().transcribe(recording)

    summary = run(index, Growing(), docs)
    assert set(reasons(summary).values()) == {"cannot be read (it changed while being transcribed)"}
    assert names(index) == ["note.md"]
    assert run(index, Listener()).added == 2
