"""`semsearch label` as a user meets it: what is learned, listed, asked for, refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Workplace

TOPICS = {
    "bread": ["knead the dough", "flour and yeast", "bake the loaf", "a crust from a hot oven", "sourdough starter"],
    "boats": ["hoist the sail", "the hull and the keel", "steer past the buoy", "the tide at anchor", "rig the mast"],
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    root = tmp_path_factory.mktemp("label")
    place = Workplace(root, root / "notes")
    place.corpus.mkdir()
    for topic, texts in TOPICS.items():
        for number, text in enumerate(texts):
            (place.corpus / f"{topic}{number}.txt").write_text(f"{text}, a note on {topic}.\n", encoding="utf-8")
    done = place.call("index", ".")
    assert done.code == 0, done.err
    return place


def table(place: Workplace, name: str, *lines: str) -> Path:
    file = place.root / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def topics(place: Workplace, *extra: str) -> Path:
    return table(place, "t.csv", "path,topic", *(f"{t}{n}.txt,{t}" for t in TOPICS for n in range(4)), *extra)


def test_a_label_from_file_to_filter(library: Workplace) -> None:
    learned = library.call("label", "learn", topics(library))
    assert learned.code == 0, learned.err
    assert (
        "topic  10 documents labelled, from 8 labelled documents in 2 categories\n  accuracy 1.000 0.6" in learned.out
    )
    assert "always the largest category: 0.500" in learned.out
    listed = library.call("list", "--filter", "topic=boats")
    assert [line.split("  ")[-2:] for line in listed.out.splitlines()] == [
        [f"boats{n}.txt", "topic=boats (1.00)"] if n < 4 else ["boats4.txt", listed.out.split("  ")[-1].strip()]
        for n in range(5)
    ]
    found = library.call("query", "--json", "--filter", "topic=bread", "--no-floor", "an anchor").json()
    assert {hit["metadata"]["topic"] for hit in found["hits"]} == {"bread"}
    (library.corpus / "late.txt").write_text("The tide turns and the hull swings at its anchor, a note on boats.\n")
    assert library.call("index").code == 0
    assert "late.txt" in library.call("list", "-l", "--filter", "topic=boats").out
    assert library.call("label", "list").out.startswith("topic  11 documents labelled")
    (record,) = library.call("label", "list", "--json").json()
    assert (record["field"], record["metric"], record["examples"], record["stale"]) == ("topic", "accuracy", 8, False)
    assert library.call("label", "apply", "--json").json()["labels"] == 0
    removed = library.call("label", "remove", "topic")
    assert (removed.code, removed.err.startswith("label topic removed")) == (0, True)
    assert library.call("label", "list").code == 1
    assert library.call("list", "--filter", "topic=boats").code == 2


def test_numbers_and_a_name_of_ones_own(library: Workplace) -> None:
    lines = [f"bread{n}.txt,x,1" for n in range(4)] + [f"boats{n}.txt,y,5" for n in range(4)]
    file = table(library, "n.csv", "path,topic,stars", *lines)
    record = library.call("label", "learn", file, "--column", "stars", "--field", "rating", "--json").json()
    assert (record["field"], record["kind"], record["metric"], record["better"]) == ("rating", "number", "r2", True)
    found = library.call("list", "-l", "--filter", "rating>=3", "--filter", "type=txt").out.splitlines()
    assert set(found) >= {f"boats{n}.txt" for n in range(5)}
    assert not set(found) & {f"bread{n}.txt" for n in range(4)}
    assert "rating=5 (±0)" in library.call("list").out
    wrong = library.call("label", "remove", "rating", "nothing")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert "no label 'nothing'; the labels here are rating" in wrong.err
    assert library.call("label", "remove", "rating").code == 0


def test_what_the_figures_cannot_tell_is_said(library: Workplace) -> None:
    lines = [f"{t}{n}.txt,{'ab'[n % 2]}" for t in TOPICS for n in range(4)]
    done = library.call("label", "learn", table(library, "w.csv", "path,half", *lines, "bread4.txt,\x1b[31malone"))
    assert done.code == 0
    assert "half: no better than always saying the same" in done.err
    assert "half: one labelled document only of \\x1b[31malone" in done.err
    assert "\x1b" not in done.out + done.err
    shown = library.call("list")
    assert "half=␛[31malone (1.00)" in shown.out
    assert "\x1b" not in shown.out
    assert library.call("label", "remove", "half").code == 0


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "is empty"),
        (("path,topic",), "no labelled document"),
        (("file,topic", "bread0.txt,x"), "no column `path` or `id`"),
        (("path,topic", "bread0.txt,x", "bread1.txt,x"), "only one category (x)"),
        (("path,topic", "bread0.txt,x", "boats1.txt,y"), "no category has two documents"),
        (("path,topic", "bread0.txt,x", "bread0.txt,y"), "two labels"),
        (("path,topic", "bread0.txt,x", "none.txt,y"), "1 labelled document is not in the index: none.txt"),
        (("path,title", "bread0.txt,x", "boats1.txt,y"), "a field `title` of their own"),
        (("path,n", "bread0.txt,1", "boats1.txt,nan"), "'nan' is not a finite number"),
        (("path,my topic", "bread0.txt,1", "boats1.txt,2"), "cannot name a field"),
    ],
)  # fmt: skip
def test_files_that_say_nothing_are_refused_in_one_line(library: Workplace, lines: tuple[str, ...], told: str) -> None:
    done = library.call("label", "learn", table(library, "bad.csv", *lines))
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.count("\n") == 1
    assert library.call("label", "list").code == 1


def test_an_index_that_cannot_be_written(library: Workplace, tmp_path: Path) -> None:
    file = topics(library)
    copy = tmp_path / "copy"
    shutil.copytree(library.root / "data" / "indexes" / "default", copy)
    run = [sys.executable, "-m", "semsearch", "label", "learn", str(file), "-i", str(copy)]
    if os.geteuid() == 0:
        mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/x" 2>/dev/null && exec "$@"'
        run = ["unshare", "-m", "sh", "-c", mount, str(copy), *run]
    else:
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o500 if path.is_dir() else 0o400)
    done = subprocess.run(run, capture_output=True, check=False, text=True, cwd=library.corpus, env=library.environ({}))
    assert done.returncode == 2
    assert done.stderr.startswith("semsearch: error: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert str(copy) in done.stderr


def test_help_of_a_subcommand_loads_nothing_heavy(library: Workplace) -> None:
    code = (
        "import sys\nfrom semsearch.cli.main import main\n"
        "try:\n    main(['label', 'learn', '--help'])\nexcept SystemExit:\n    pass\n"
        "assert not {'numpy', 'sklearn', 'torch'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
