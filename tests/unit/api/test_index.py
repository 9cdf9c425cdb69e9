"""The public object: opening, adding, removing, searching, whole-index files, and every refusal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import semsearch
from semsearch import Document, Index, Settings
from tests.contract.hashing_encoder import HashingEncoder

TEXTS = {
    "heron": "The heron stands in the shallow water and waits for a fish to pass.",
    "otter": "Otters sleep holding hands so that the current does not part them.",
    "lynx": "A lynx has tufts on its ears and hunts alone at dusk.",
    "code": "Error ERR_4521 means that the flux capacitor is unplugged.",
}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashingEncoder())
    made.add(Document(name, text, metadata={"animal": name, "length": len(text)}) for name, text in TEXTS.items())
    return made


def ids(results: semsearch.Results) -> list[str]:
    return [hit.passage.document_id for hit in results.hits]


def test_documents_of_the_caller(index: Index) -> None:
    assert {d.id for d in index.documents()} == TEXTS.keys()
    document = index.document("otter")
    assert document.text == TEXTS["otter"]
    assert document.metadata["animal"] == "otter"
    again = index.add([Document("otter", TEXTS["otter"], metadata={"animal": "otter", "length": len(TEXTS["otter"])})])
    assert (again.unchanged, again.encoded) == (1, 0)
    changed = index.add([Document("otter", "Otters are gone.")])
    assert (changed.changed, changed.added) == (1, 0)
    assert index.document("otter").text == "Otters are gone."
    assert index.remove(["otter"]) == 1
    assert "otter" not in {d.id for d in index.documents()}
    with pytest.raises(semsearch.InvalidQuery, match="not in the index"):
        index.document("otter")


@pytest.mark.parametrize("mode", list(semsearch.Mode))
def test_each_mode_finds_its_words(index: Index, mode: semsearch.Mode) -> None:
    assert ids(index.search("the heron waits for a fish", mode=mode, floor=False))[0] == "heron"


def test_filters_phrases_and_likeness(index: Index) -> None:
    assert ids(index.search("water", filters=["animal=lynx"], floor=False)) == ["lynx"]
    assert ids(index.search("water", filters=["length>66"], floor=False, k=9)) != []
    assert ids(index.search('"tufts on its ears"')) == ["lynx"]
    assert ids(index.search('"tufts on my ears"', floor=False)) == []
    assert ids(index.search(like=["heron"], floor=False, k=1)) != ["heron"]
    with pytest.raises(semsearch.InvalidFilter, match="animal"):
        index.search("x", filters=["colour=red"])
    with pytest.raises(semsearch.InvalidQuery, match="neither"):
        index.search(like=["nothing-like-that"])


def test_an_evaluation_takes_quotes_as_they_stand(index: Index) -> None:
    (ranked,) = index.rank_many(['"tufts on my ears"'])
    assert ranked[0] == "lynx"


@pytest.mark.parametrize(
    "text",
    [
        "AND OR NOT",
        'un"balanced',
        "a:b^2 ~ * ? [x TO y] {z}",
        "((((",
        '""',
        "\\",
        "+-!",
        "\0\x1b[31m",
        "\ud800",
        "wort " * 20_000,
        "的" * 5000,
        "to be or not",
    ],
)  # fmt: skip
def test_any_text_is_a_query(index: Index, text: str) -> None:
    for mode in semsearch.Mode:
        assert index.search(text, mode=mode, floor=False).mode is mode


def test_what_cannot_be_asked(index: Index) -> None:
    with pytest.raises(semsearch.InvalidQuery, match="empty"):
        index.search("   ")
    with pytest.raises(semsearch.InvalidQuery, match="k is 0"):
        index.search("heron", k=0)
    with pytest.raises(semsearch.InvalidQuery, match="mode"):
        index.search("heron", mode="psychic")
    assert len(index.search("heron", k=10_000, floor=False).hits) == 4


def test_opening(tmp_path: Path, index: Index) -> None:
    with pytest.raises(semsearch.IndexNotFound, match="semsearch index"):
        Index.open(tmp_path / "nowhere")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(semsearch.IndexNotFound):
        Index.open(folder)
    (folder / "mine.txt").write_text("a file of mine")
    with pytest.raises(semsearch.SemsearchError, match="not empty"):
        Index.create(folder, encoder=HashingEncoder())
    assert (folder / "mine.txt").read_text() == "a file of mine"
    with pytest.raises(semsearch.SemsearchError, match="already"):
        Index.create(index.path, encoder=HashingEncoder())
    (folder / "catalog.sqlite").write_text("this is no database, whatever it is called")
    with pytest.raises(semsearch.IndexDamaged, match="doctor"):
        Index.open(folder)


def test_another_model_is_refused(index: Index) -> None:
    with pytest.raises(semsearch.ModelMismatch, match="hashing"):
        Index.open(index.path, encoder=HashingEncoder(dim=32))
    with pytest.raises(semsearch.ModelMismatch, match="another place"):
        index.configure(model="bge-small-en-v1.5-int8")


def test_a_newer_format_is_refused_by_name(index: Index) -> None:
    import sqlite3

    index.close()
    connection = sqlite3.connect(index.path / "catalog.sqlite")
    connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    connection.commit()
    connection.close()
    with pytest.raises(semsearch.IndexIncompatible, match="format 99"):
        Index.open(index.path, encoder=HashingEncoder())


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path, index: Index) -> None:
    """On a file system mounted read-only, which stops root as well; by permissions where mounting is not allowed."""
    index.close()
    script = (
        "import sys; from semsearch import Index; from tests.contract.hashing_encoder import HashingEncoder\n"
        "with Index.open(sys.argv[1], encoder=HashingEncoder()) as index:\n"
        "    print([h.path for h in index.search('heron fish', floor=False, k=1).hits])\n"
        "    print([h.path for h in index.search('heron fish', floor=False, k=1, mode='lexical').hits])\n"
    )
    run = [sys.executable, "-c", script, str(index.path)]
    flags = "-m" if os.geteuid() == 0 else "-rm"
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/x" 2>/dev/null && exec "$@"'
    mounted = ["unshare", flags, "sh", "-c", mount, str(index.path)]
    can_mount = (
        shutil.which("unshare") and not subprocess.run([*mounted, "true"], check=False, capture_output=True).returncode
    )
    if can_mount:
        done = subprocess.run([*mounted, *run], check=False, capture_output=True, text=True)
    else:
        for path in [index.path, *index.path.rglob("*")]:
            path.chmod(0o500 if path.is_dir() else 0o400)
        done = subprocess.run(run, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['heron']\n['heron']\n"


def test_export_and_import(tmp_path: Path, index: Index) -> None:
    before = index.search("heron fish", floor=False)
    file = tmp_path / "backup.semsearch"
    assert index.export(file) == file.stat().st_size
    imported = semsearch.import_index(file, tmp_path / "copy")
    with Index.open(imported.path, encoder=HashingEncoder()) as copy:
        after = copy.search("heron fish", floor=False)
        assert [(h.passage, h.score) for h in after.hits] == [(h.passage, h.score) for h in before.hits]
        assert copy.doctor().ok
    with pytest.raises(semsearch.SemsearchError, match="not empty"):
        semsearch.import_index(file, tmp_path / "copy")
    data = bytearray(file.read_bytes())
    file.write_bytes(bytes(data[: len(data) // 2]))
    with pytest.raises(semsearch.SemsearchError, match=r"truncated|not an exported"):
        semsearch.import_index(file, tmp_path / "half")
    assert not (tmp_path / "half").exists()
    for place in range(20, len(data), len(data) // 40):
        flipped = bytearray(data)
        flipped[place] ^= 16
        file.write_bytes(bytes(flipped))
        target = tmp_path / f"flipped-{place}"
        try:
            semsearch.import_index(file, target)
        except semsearch.SemsearchError:
            assert not target.exists()
        else:  # a bit that the compressed stream does not need: the same bytes came out
            assert (target / "vectors-0.f16").read_bytes() == (index.path / "vectors-0.f16").read_bytes()
            assert semsearch.doctor(target).ok
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".semsearch")] == []


def test_an_archive_cannot_write_elsewhere(tmp_path: Path) -> None:
    import io
    import tarfile

    import zstandard

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        member = tarfile.TarInfo("../evil.txt")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"evil"))
    file = tmp_path / "evil.semsearch"
    file.write_bytes(zstandard.compress(raw.getvalue()))
    with pytest.raises(semsearch.SemsearchError, match="not part of an index"):
        semsearch.import_index(file, tmp_path / "index")
    assert not (tmp_path / "evil.txt").exists()


def test_a_filter_that_keeps_one_in_ten_thousand(tmp_path: Path) -> None:
    with Index.create(tmp_path / "large", encoder=HashingEncoder(dim=16)) as index:
        index.add(
            Document(f"d{i}", f"the common words of every text and number {i}", metadata={"lucky": i == 7777})
            for i in range(10_000)
        )
        for mode in semsearch.Mode:
            found = index.search("common words", mode=mode, filters=["lucky=true"], floor=False)
            assert ids(found) == ["d7777"], mode
        wide = index.search("common words", mode="lexical", filters=["lucky=false"], floor=False, k=50, fold=False)
        assert len(wide.hits) == 50


def test_cjk_is_searched_by_words(index: Index) -> None:
    index.add([Document("ja", "日本語の文章を検索するエンジンです。"), Document("zh", "中文搜索引擎可以找到文章。")])
    assert ids(index.search("検索エンジン", mode="lexical", floor=False))[0] == "ja"
    assert ids(index.search("搜索引擎", mode="lexical", floor=False))[0] == "zh"
    assert ids(index.search('"検索する"', floor=False)) == ["ja"]


def test_threads_share_an_index(index: Index) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for name, text in list(TEXTS.items()) * 5:
                assert ids(index.search(text, floor=False))[0] == name
        except BaseException as error:  # noqa: BLE001  (told to the main thread)
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for number in range(10):
        index.add([Document(f"more{number}", f"a further text about badgers {number}")])
    for thread in threads:
        thread.join()
    assert failures == []
    assert index.status().documents == 14


def test_another_process_sees_what_is_committed(index: Index) -> None:
    other = Index.open(index.path, encoder=HashingEncoder())
    assert "new" not in ids(other.search("wolverine", floor=False))
    index.add([Document("new", "The wolverine digs in the snow.")])
    assert ids(other.search("wolverine snow", floor=False))[0] == "new"
    index.remove(["new"])
    assert "new" not in ids(other.search("wolverine snow", floor=False))
    other.close()


def test_why_not(index: Index, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in {
        "a.txt": "a badger digs\n",
        "b.txt": "",
        "c.log": "a badger log\n",
        ".hidden": "badger\n",
    }.items():
        (docs / name).write_text(text)
    (docs / ".semsearchignore").write_text("*.log\n")
    index.index([docs])
    (docs / "late.txt").write_text("a late badger\n")
    reasons = {
        name: index.why_not("badger", docs / name).reason.value
        for name in ("a.txt", "b.txt", "c.log", ".hidden", "late.txt", "none.txt")
    }
    assert reasons == {
        "a.txt": "ranked",
        "b.txt": "empty",
        "c.log": "ignored",
        ".hidden": "ignored",
        "late.txt": "not indexed yet",
        "none.txt": "not in a source",
    }
    assert index.why_not("badger", tmp_path / "elsewhere.txt").reason.value == "not in a source"
    assert index.why_not("badger", docs / "a.txt", filters=["type=pdf"]).reason.value == "filtered out"
    assert "dense" in index.why_not("badger", docs / "a.txt").ranks


@pytest.mark.parametrize(
    "bad",
    [
        Document("", "no id"),
        Document("nan", "text", metadata={"x": float("nan")}),
        Document("\ud800", "text"),
        Document("surrogate", "text", metadata={"x": "\udcff"}),
        Document("list", "text", metadata={"x": [["a"]]}),  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_a_bad_document_costs_no_other(index: Index, bad: Document) -> None:
    summary = index.add([Document("before", "a text before"), bad, Document("after", "a text after")])
    assert (summary.added, len(summary.skipped)) == (2, 1)
    assert {"before", "after"} <= {d.id for d in index.documents()}
    assert index.search("text", filters=["animal="], floor=False).hits
    assert index.doctor().ok


def test_damaged_settings_are_damage(index: Index) -> None:
    import sqlite3

    index.close()
    connection = sqlite3.connect(index.path / "catalog.sqlite")
    connection.execute("UPDATE meta SET value = '{not json' WHERE key = 'settings'")
    connection.commit()
    connection.close()
    for action in (lambda: Index.open(index.path), lambda: semsearch.status(index.path)):
        with pytest.raises(semsearch.IndexDamaged, match="doctor"):
            action()


def test_settings_are_stored(tmp_path: Path) -> None:
    settings = Settings(hidden=True, language="de")
    made = Index.create(tmp_path / "index", settings=settings, encoder=HashingEncoder())
    assert Index.open(made.path, encoder=HashingEncoder()).settings.hidden
    assert Index.open(made.path, encoder=HashingEncoder()).settings.language == "de"


def test_a_moved_index_still_knows_its_files(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "docs").mkdir(parents=True)
    (project / "docs" / "a.txt").write_text("a marten climbs the spruce\n")
    with Index.create(project / "indexes" / "mine", encoder=HashingEncoder()) as index:
        index.index([project / "docs"])
    moved = tmp_path / "moved"
    shutil.move(project, moved)
    with Index.open(moved / "indexes" / "mine", encoder=HashingEncoder()) as index:
        assert index.search("marten", floor=False).hits[0].path == str(moved / "docs" / "a.txt")
        summary = index.index()
        assert (summary.encoded, summary.missing_sources) == (0, ())
