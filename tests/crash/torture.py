"""`make torture`: kill -9 at random moments of real indexing runs over real text, with a reader beside them.

After every kill the index must open, `doctor` must be clean, every passage must be searchable; the reader in another
process must never have failed. In the end the index must hold the same passages, spans, metadata and ids as one that
was made without a disturbance, with vectors of cosine >= .9999.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from semsearch import Index
from semsearch.stores.local.view import View
from tests.benchmarks.material import collection

START = 1.5
"""Seconds that a run takes before it writes."""
PER_ROUND = 15

READER = """
import sys
from semsearch import Index
with Index.open(sys.argv[1]) as index:
    while True:
        results = index.search(sys.argv[2], floor=False)
        assert all(h.passage.text for h in results.hits), results
        print(len(results.hits), flush=True)
"""


def write_corpus(folder: Path, count: int) -> None:
    """Write real abstracts as files in a few folders."""
    folder.mkdir()
    with (collection("scifact") / "corpus.jsonl").open() as lines:
        for number, line in zip(range(count), lines, strict=False):
            record = json.loads(line)
            file = folder / f"part{number % 7}" / f"{record['_id']}.md"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"# {record['title']}\n\n{record['text']}\n")


def edit(folder: Path, chance: random.Random) -> None:
    """Change, move, copy and remove some files."""
    files = sorted(folder.rglob("*.md"))
    chance.shuffle(files)
    for file in files[:20]:
        file.write_text(file.read_text() + "\n\n## Later\n\nA remark that was added afterwards.\n")
    for file in files[20:40]:
        file.rename(file.with_name("moved-" + file.name))
    for file in files[40:50]:
        shutil.copy(file, file.with_name("copy-of-" + file.name))
    for file in files[50:70]:
        file.unlink()


def content(path: Path) -> tuple[dict[int, Any], np.ndarray]:
    """Return everything an index holds, by passage id, and its vectors in the order of the ids."""
    with Index.open(path) as index, index._opened.view() as view:
        infos = {d.id: d for d in index.documents()}
        numbers = {d: view.document_number(d) for d in infos}
        ids = [i for (i,) in view.rows("SELECT id FROM passages ORDER BY id")]
        passages = view.fetch(ids)
        found = {
            p.id: (numbers[p.document_id], Path(p.document_id).name, p.start, p.stop, str(p.anchor), p.heading, p.text)
            for p in passages
        }
        return found, view.vectors(np.array(ids, dtype=np.int64))


def check_searchable(view: View) -> None:
    """Every passage that the index reports is found by its own vector and lies in the lexical index."""
    ids = np.array([i for (i,) in view.rows("SELECT id FROM passages ORDER BY id")], dtype=np.int64)
    if not len(ids):
        return
    vectors = view.vectors(ids)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-2)
    for place in range(0, len(ids), max(1, len(ids) // 50)):
        assert ids[place] in view.dense(vectors[place], 20).ids
    rows = {r for (r,) in view.rows("SELECT row FROM passages")}
    assert rows <= set(view.state.lexical.all_rows().tolist())


def kill_once(index: Path, docs: Path, delay: float, environment: dict[str, str]) -> bool:
    """Start an indexing run and kill it; return whether it had ended before."""
    command = [sys.executable, "-m", "semsearch", "index", str(docs), "-i", str(index)]
    run = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        run.wait(delay)
    except subprocess.TimeoutExpired:
        run.kill()
        run.wait()
        return False
    assert run.returncode == 0, run.returncode
    return True


def check_index(index: Path) -> None:
    """Open it, let doctor look, search for everything."""
    with Index.open(index) as opened:
        diagnosis = opened.doctor()
        assert diagnosis.ok, diagnosis.problems
        with opened._opened.view() as view:
            check_searchable(view)


def main() -> None:
    """Run it all; exit with 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="semsearch-torture-") as name:
        torture(Path(name), options.kills, options.documents, chance)


def torture(folder: Path, kills: int, documents: int, chance: random.Random) -> None:
    """Make the undisturbed index, then the other one under fire: from nothing, then after every round of edits."""
    environment = os.environ | {"SEMSEARCH_DATA": str(folder / "data")}
    docs, twin, index = folder / "docs", folder / "twin", folder / "index"
    write_corpus(docs, documents)
    reader: subprocess.Popen[str] | None = None
    done = rounds = 0
    while done < kills:
        if rounds:
            edit(docs, chance)
        started = time.monotonic()
        with Index.create(twin, exist_ok=True) as made:
            made.index([docs])
        span = time.monotonic() - started + START
        wanted = min(kills - done, PER_ROUND) if rounds else kills // 2
        done += fire(index, docs, wanted, span, chance, environment, from_nothing=not rounds)
        rounds += 1
        with Index.open(index) as last:
            last.index([docs])
        check_index(index)
        compare(twin, index)
        if reader is None:
            command = [sys.executable, "-c", READER, str(index), "cell growth"]
            reader = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert reader.poll() is None, reader.communicate()
        sys.stdout.write(f"round {rounds}: {done} kills, the same passages, spans, metadata and ids as undisturbed\n")
        sys.stdout.flush()
    assert reader is not None
    assert reader.poll() is None, reader.communicate()
    reader.kill()
    reader.communicate()
    sys.stdout.write(f"{done} kills survived\n")


def fire(
    index: Path,
    docs: Path,
    kills: int,
    span: float,
    chance: random.Random,
    environment: dict[str, str],
    *,
    from_nothing: bool,
) -> int:
    """Kill runs at random moments of their whole length; return how many were killed.

    When one ends before it is killed this is over or, `from_nothing`, begins again with an empty place.
    """
    done = 0
    while done < kills:
        if kill_once(index, docs, chance.uniform(0.2, span), environment):
            if not from_nothing:
                break
            shutil.rmtree(index)
            continue
        done += 1
        if (index / "catalog.sqlite").exists():
            check_index(index)
    return done


def compare(twin: Path, index: Path) -> None:
    """Assert that two indexes hold the same."""
    expected, wanted = content(twin)
    found, vectors = content(index)
    assert found == expected, "other passages, spans or ids"
    cosines = np.einsum("ij,ij->i", wanted, vectors)
    cosines /= np.linalg.norm(wanted, axis=1) * np.linalg.norm(vectors, axis=1)
    assert cosines.min() >= 0.9999, cosines.min()


if __name__ == "__main__":
    main()
