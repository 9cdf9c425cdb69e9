"""Two writers: the second waits, then says who holds the index. Many threads read while another process writes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from semsearch.errors import IndexBusy
from semsearch.stores.local.catalog.generations import NEWEST, next_generation
from semsearch.stores.local.catalog.schema import get_meta
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.upkeep.checks import check
from semsearch.stores.local.upkeep.compaction import compact
from semsearch.stores.local.writer import Writer
from tests.crash.build import ENCODER, embedded_text, new_index, number_of, put, text_of
from tests.crash.test_steps import snapshot

HOLD = """
import sys
from pathlib import Path
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.writer import Writer
with Writer(Layout(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_the_second_writer_waits_and_then_names_the_first(tmp_path: Path) -> None:
    layout = new_index(tmp_path / "index")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(layout.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(IndexBusy, match=f"process {holder.pid}"):
            Writer(layout, wait=0.2)
        release = threading.Timer(0.3, lambda: (holder.stdin.write("\n"), holder.stdin.flush()))
        release.start()
        with Writer(layout, wait=30.0) as writer:
            put(writer, "second", "the second writer had to wait\n")
            writer.commit()
        release.join()
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()
    assert check(layout) == []


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    layout = new_index(tmp_path / "index")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(layout.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    with Writer(layout, wait=0.0) as writer:
        put(writer, "d", "nobody holds the lock\n")
        writer.commit()


def test_threads_read_one_state_each_while_a_process_writes(tmp_path: Path) -> None:
    """Every search finds exactly the passages of one committed state: counts never go back, texts are never missing."""
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        put(writer, "d0", text_of(0))
        writer.commit()
    reader = Reader(layout)
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        vector = ENCODER.encode_queries(["line tells of the otter"])[0]
        last = 0
        try:
            while not stop.is_set():
                with reader.view() as view:
                    ranking = view.dense(vector, 1000)
                    passages = view.fetch(ranking.ids.tolist())
                    assert len(passages) == len(ranking.ids) == view.passages.count()
                    assert (
                        len(view.lexical("otter lynx heron badger kestrel", 1000).ranking.ids) == view.passages.count()
                    )
                    assert view.passages.count() >= last
                    last = view.passages.count()
                    assert all(p.text for p in passages)
        except BaseException as error:  # noqa: BLE001  (told to the main thread)
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    done = subprocess.run([sys.executable, "-m", "tests.crash.test_writers", str(layout.root)], check=False)
    stop.set()
    for thread in threads:
        thread.join()
    reader.close()
    assert done.returncode == 0
    assert failures == []
    assert check(layout) == []


def main() -> None:
    """Write many small batches with compactions between them."""
    layout = Layout(Path(sys.argv[1]))
    with Writer(layout) as writer:
        for number in range(1, 40):
            put(writer, f"d{number}", text_of(number))
            writer.commit()
            if number % 10 == 0:
                put(writer, f"d{number}", text_of(number) + f"another line of the lynx {number}\n")
                writer.commit()
                compact(writer, embedded_text)


if __name__ == "__main__":
    main()


def test_others_write_while_a_compaction_copies(tmp_path: Path) -> None:
    """New, edited and removed documents of another writer are all there when the new generation serves."""
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        for i in range(8):
            put(writer, f"d{i}", text_of(i))
        writer.commit()
        writer.delete([number_of(writer, "d0")])
        writer.commit()
    wrote: list[str] = []

    def write_beside(step: str) -> None:
        if step not in ("compact-log-written", "compact-lexical-written"):
            return
        with Writer(layout, wait=0.0) as other:
            put(other, f"new-{step}", text_of(20 + len(wrote)))
            put(other, "d1", text_of(1) + f"one more line about the wolverine {step}\n")
            other.delete([number_of(other, f"d{2 + len(wrote)}")])
            other.commit()
        wrote.append(step)

    with Writer(layout) as writer:
        writer.step = write_beside
        assert compact(writer, embedded_text)
        assert layout.vectors(1).exists()
        assert not layout.vectors(0).exists()
        put(writer, "after", "what is written afterwards\n")
        writer.commit()
    assert len(wrote) == 2
    found = {p[0] for p in snapshot(layout).values()}
    assert found == {"d1", "d4", "d5", "d6", "d7", "after", *(f"new-{step}" for step in wrote)}
    assert sum("wolverine" in p[3] for p in snapshot(layout).values()) == 1
    assert check(layout) == []


def test_a_number_that_a_move_took_while_a_compaction_copied_is_not_used_again(tmp_path: Path) -> None:
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        put(writer, "d0", text_of(0))
        writer.commit()

    def begin_beside(step: str) -> None:
        if step == "compact-log-written":
            with Writer(layout, wait=0.0) as other:
                assert next_generation(layout, get_meta(other.connection)) == 2
                other.set_meta(NEWEST, 2)
                other.commit()

    with Writer(layout) as writer:
        writer.step = begin_beside
        assert compact(writer, embedded_text)
        assert next_generation(layout, get_meta(writer.connection)) == 3


def test_of_two_compactions_the_second_gives_way(tmp_path: Path) -> None:
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        for i in range(4):
            put(writer, f"d{i}", text_of(i))
        writer.commit()

    def compact_beside(step: str) -> None:
        if step == "compact-log-written":
            with Writer(layout, wait=0.0) as other:
                assert compact(other, embedded_text)

    before = snapshot(layout)
    with Writer(layout) as writer:
        writer.step = compact_beside
        assert not compact(writer, embedded_text)
        put(writer, "after", "what is written afterwards\n")
        writer.commit()
        writer.delete([number_of(writer, "after")])
        writer.commit()
    assert snapshot(layout) == before
    assert sorted(layout.generations()) == [2]
    assert check(layout) == []
