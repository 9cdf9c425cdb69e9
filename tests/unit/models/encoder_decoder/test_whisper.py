"""Whisper in a separate process: its transcripts, no hallucinations, and failures of that process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semsearch.errors import ModelUnavailable, SourceUnreadable
from semsearch.models.encoder_decoder.audio import decoded, facts, speeches
from semsearch.models.encoder_decoder.whisper import ListenerLost, WhisperTranscriber, load_transcriber
from semsearch.models.weights.resolve import model_folder
from semsearch.settings import DEFAULT_TRANSCRIBER
from semsearch.types.models import Role, Utterance
from tests.formats.recordings import write_wav
from tests.formats.speech import RATE, chords, drums, noise, pause, say, talk, tone
from tests.formats.word_errors import word_error_rate, words

SENTENCES = (
    "Please bring two blankets and a warm coat for the night.",
    "The train to the mountains was late because of the snow.",
    "Turn left after the church and follow the river.",
    "A strong wind blew the roof off the old barn.",
)


@pytest.fixture(scope="module")
def whisper() -> Iterator[WhisperTranscriber]:
    transcriber = load_transcriber(DEFAULT_TRANSCRIBER)
    yield transcriber
    transcriber.close()


def test_word_errors_are_counted() -> None:
    assert word_error_rate("one two three four", "One, two; three - four!") == 0
    assert word_error_rate("one two three four", "one too three") == 0.5
    assert word_error_rate("one two", "one one two two") == 1
    assert word_error_rate("one two", "") == 1


def test_sentences_are_transcribed_with_their_times(whisper: WhisperTranscriber, tmp_path: Path) -> None:
    silences = (1.0, 4.0, 15.0, 0.0)
    sound = talk(*(part for pair in zip(SENTENCES, silences, strict=True) for part in pair))
    heard = list(whisper.transcribe(os.fspath(write_wav(tmp_path / "a.wav", sound))))
    assert word_error_rate(" ".join(SENTENCES), " ".join(u.text for u in heard)) <= 0.15
    assert len(heard) == len(SENTENCES)
    at = 0.0
    for utterance, sentence, silence in zip(heard, SENTENCES, silences, strict=True):
        length = len(say(sentence)) / RATE
        assert abs(utterance.start - at) < 1
        assert abs(utterance.stop - at - length) < 1.5
        at += length + silence


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_hallucinated(whisper: WhisperTranscriber, tmp_path: Path, seed: int) -> None:
    sounds = {
        "silence": pause(10),
        "noise": noise(10, loudness=0.01 * 10**seed / 3, seed=seed),
        "tone": tone(10, 110 * 2**seed),
        "chords": chords(20, seed),
        "drums": drums(20, seed),
        "both": chords(20, seed) // 2 + drums(20, seed) // 2,
    }
    for name, sound in sounds.items():
        assert not list(whisper.transcribe(os.fspath(write_wav(tmp_path / f"{name}.wav", sound)))), name


def test_only_the_sentence_after_music_is_transcribed(whisper: WhisperTranscriber, tmp_path: Path) -> None:
    sound = np.concatenate([chords(20), pause(1), say(SENTENCES[2]), pause(1), drums(10)])
    heard = list(whisper.transcribe(os.fspath(write_wav(tmp_path / "a.wav", sound))))
    assert len(words(" ".join(u.text for u in heard))) <= len(words(SENTENCES[2])) + 2
    assert heard[0].start >= 19.5
    assert word_error_rate(SENTENCES[2], " ".join(u.text for u in heard)) <= 0.4


def test_no_word_is_split_at_the_end_of_a_block(tmp_path: Path) -> None:
    sound = talk(*(part for sentence in SENTENCES for part in (sentence, 0.7)))
    path = os.fspath(write_wav(tmp_path / "a.wav", sound))
    whole = list(speeches(decoded(path), lambda: None))
    for seconds in (3, 5, 7):
        parts = list(speeches(decoded(path, seconds), lambda: None))
        covered = [(s.start + a, s.start + b) for s in parts for a, b in s.voiced]
        expected = [(s.start + a, s.start + b) for s in whole for a, b in s.voiced]
        assert len(covered) == len(expected)
        assert np.abs(np.array(covered) - np.array(expected)).max() < 0.4
        assert all(len(s.sound) <= 30 * 16_000 for s in parts)


def test_two_requests_at_once_fail_in_one_thread_and_wait_in_two(whisper: WhisperTranscriber, tmp_path: Path) -> None:
    path = os.fspath(write_wav(tmp_path / "a.wav", talk(SENTENCES[0], 3.0, SENTENCES[1])))
    expected = list(whisper.transcribe(path))
    first = whisper.transcribe(path)
    assert next(first) == expected[0]
    with pytest.raises(RuntimeError, match="before the next request"):
        next(whisper.transcribe(path))
    others: list[Utterance] = []
    thread = threading.Thread(target=lambda: others.extend(whisper.transcribe(path)))
    thread.start()
    assert list(first) == expected[1:]
    thread.join()
    assert others == expected
    left = whisper.transcribe(path)
    next(left)
    whisper.close()
    del left
    assert list(whisper.transcribe(path)) == expected


def test_a_crash_costs_one_recording(whisper: WhisperTranscriber, tmp_path: Path) -> None:
    path = os.fspath(write_wav(tmp_path / "a.wav", talk(SENTENCES[0])))
    fifo = tmp_path / "b.wav"
    os.mkfifo(fifo)
    first = list(whisper.transcribe(path))
    pid = whisper.worker.pid
    assert pid is not None
    killer = threading.Timer(0.5, os.kill, (pid, signal.SIGSEGV))
    killer.start()
    with pytest.raises(ListenerLost, match=r"the transcribing process was lost .it was killed by signal 11"):
        list(whisper.transcribe(os.fspath(fifo)))
    assert list(whisper.transcribe(path)) == first
    assert whisper.worker.pid != pid


def test_a_hang_costs_one_recording(tmp_path: Path) -> None:
    folder, _ = model_folder(DEFAULT_TRANSCRIBER, Role.TRANSCRIBER)
    whisper = WhisperTranscriber("it", folder)
    whisper.start()
    whisper.worker._stall = 1.0
    fifo = tmp_path / "b.wav"
    os.mkfifo(fifo)  # opening it waits for a writer that never comes
    with pytest.raises(ListenerLost, match="did nothing for 1 s"):
        list(whisper.transcribe(os.fspath(fifo)))
    assert whisper.worker.pid is None


def test_the_process_ends_with_its_owner() -> None:
    whisper = load_transcriber(DEFAULT_TRANSCRIBER)
    pid = whisper.worker.pid
    assert pid is not None
    del whisper
    until = time.monotonic() + 20
    while time.monotonic() < until and Path(f"/proc/{pid}").exists():
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_header_is_not_trusted(tmp_path: Path) -> None:
    data = bytearray(write_wav(tmp_path / "a.wav", talk(SENTENCES[0])).read_bytes())
    data[40:44] = (2 * RATE * 36_000).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    assert facts(os.fspath(tmp_path / "a.wav")) == {"duration": round((len(data) - 44) / 2 / RATE)}


def test_a_playlist_opens_nothing(tmp_path: Path, whisper: WhisperTranscriber) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(1)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        (tmp_path / "a.mp4").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{address}\n#EXT-X-ENDLIST\n")
        with pytest.raises(SourceUnreadable, match="broken, or not a recording"):
            list(whisper.transcribe(os.fspath(tmp_path / "a.mp4")))
        with pytest.raises(TimeoutError):
            server.accept()


def test_models_that_cannot_run_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"is a bi-encoder and token-encoder, not a transcriber"):
        load_transcriber("all-MiniLM-L6-v2")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnavailable, match=r"empty lacks model.safetensors \(or model.onnx, model.bin, a .gguf\)"):
        load_transcriber(os.fspath(tmp_path / "empty"))
    folder, _ = model_folder(DEFAULT_TRANSCRIBER, Role.TRANSCRIBER)
    damaged = tmp_path / "damaged"
    shutil.copytree(folder, damaged)
    (damaged / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1_000_000])
    with pytest.raises(ModelUnavailable, match=r"model.bin is not a valid CTranslate2 model \(it is truncated\)"):
        load_transcriber(os.fspath(damaged))
    with pytest.raises(ModelUnavailable, match="offline mode is on"):
        load_transcriber("Systran/faster-whisper-no-such", offline=True)


def test_no_connection_is_made(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def forbid(event, arguments):\n"
        "    if event.startswith('socket.') and event != 'socket.gethostname':\n"
        "        os.write(2, b'CONNECTION'); os._exit(77)\n"
        "sys.addaudithook(forbid)\n"
        f"open({os.fspath(tmp_path)!r} + f'/{{os.getpid()}}.started', 'w').close()\n"
    )
    path = os.fspath(write_wav(tmp_path / "a.wav", talk(SENTENCES[0])))
    script = (
        "import sys; from semsearch.models.encoder_decoder.whisper import load_transcriber\n"
        f"t = load_transcriber({DEFAULT_TRANSCRIBER!r}, offline=True)\n"
        f"print(*(u.text for u in t.transcribe({path!r})))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.fspath(tmp_path), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert word_error_rate(SENTENCES[0], done.stdout) < 0.2
    assert len(list(tmp_path.glob("*.started"))) == 2, "the hook was in both processes"
