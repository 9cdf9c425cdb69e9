"""Export and import of an index as one file: a zstd-compressed tar of the files of one committed state."""

from __future__ import annotations

import os
import re
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import zstandard

from semsearch.disk import atomic_write, remove, sync_folder
from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.stores.local.catalog import schema as catalog
from semsearch.stores.local.catalog.generations import forget_all
from semsearch.stores.local.create import make_generation
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import WriterLock
from semsearch.stores.local.seal import seal
from semsearch.stores.local.upkeep.checks import check
from semsearch.stores.local.writer import storage_errors

__all__ = ["export_index", "import_index"]

_MEMBER = re.compile(r"catalog\.sqlite|vectors-\d+\.f16|ann-\d+-\d+\.faiss|lexical-\d+/[A-Za-z0-9._-]+")


def export_index(layout: Layout, target: Path, *, wait: float = 10.0) -> int:
    """Write the index to one file, atomically; return its size in bytes.

    Holds the write lock meanwhile (IndexBusy). Raises StorageFull.
    """
    try:
        with (
            storage_errors(layout),
            WriterLock(layout, wait),
            tempfile.TemporaryDirectory(prefix=".semsearch-", dir=target.resolve().parent) as folder,
        ):
            copy = Path(folder) / "catalog.sqlite"
            with closing(catalog.connect(layout, write=False)) as source, closing(sqlite3.connect(copy)) as into:
                source.backup(into)
                into.execute("PRAGMA journal_mode=DELETE")
                _only_serving(into)
                meta = catalog.get_meta(source)
            _write_archive(layout, meta, copy, target)
    except FileNotFoundError as error:
        raise SemsearchError(f"cannot write {target} ({error.strerror}); does its folder exist?") from None
    return target.stat().st_size


def _only_serving(copy: sqlite3.Connection) -> None:
    """Remove an unfinished move and the state before the last one, whose files are not exported."""
    if forget_all(copy):
        catalog.put_meta(copy, "crc", catalog.meta_crc(copy))
        copy.commit()
        copy.execute("VACUUM")


def _ann_files(layout: Layout, meta: dict[str, Any]) -> list[Path]:
    """Return the file of the catalogue's approximate index, if it exists."""
    stored = meta.get("ann") or {}
    path = layout.ann(int(meta["generation"]), int(stored["rows"])) if stored.get("rows") else None
    return [path] if path is not None and path.exists() else []


def _write_archive(layout: Layout, meta: dict[str, Any], copy: Path, target: Path) -> None:
    generation = int(meta["generation"])
    lexical = layout.lexical(generation)
    members = [(copy, "catalog.sqlite"), (layout.vectors(generation), layout.vectors(generation).name)]
    members += [(p, f"{lexical.name}/{p.name}") for p in sorted(lexical.iterdir()) if not p.name.endswith(".lock")]
    members += [(p, p.name) for p in _ann_files(layout, meta)]
    with (
        atomic_write(target) as out,
        zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(out, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        for path, name in members:
            archive.add(path, name, recursive=False, filter=_anonymous)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Remove the owner of a file."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def import_index(source: Path, path: Path) -> Layout:
    """Unpack an exported index into a temporary folder, verify it and move it to `path`.

    Raises SemsearchError when the file is not an export or the folder is taken, IndexDamaged when it does not match its
    checksums.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise SemsearchError(f"{path} exists and is not empty; choose another place for the index")
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".semsearch-", dir=path.parent))
    try:
        layout = Layout(folder)
        with storage_errors(Layout(path)):
            _unpack(source, folder)
            with closing(catalog.connect(layout, write=False)) as connection:
                make_generation(layout, int(catalog.get_meta(connection)["generation"]))
        problems = check(layout)
        if problems:
            raise IndexDamaged(f"{source} is damaged ({problems[0].detail}); export it again")
        with closing(catalog.connect(layout, write=True)) as connection:
            seal(layout, connection)
        if path.exists():
            path.rmdir()
        folder.replace(path)
        sync_folder(path.parent)
    except BaseException:
        remove(folder)
        raise
    return Layout(path)


def _unpack(source: Path, folder: Path) -> None:
    try:
        with (
            source.open("rb") as handle,
            zstandard.ZstdDecompressor().stream_reader(handle) as packed,
            tarfile.open(fileobj=packed, mode="r|") as archive,
        ):
            for member in archive:
                if not member.isfile() or not _MEMBER.fullmatch(member.name):
                    raise SemsearchError(f"{source} contains {member.name!r}, which is not part of an index")
                target = folder / member.name
                target.parent.mkdir(mode=0o700, exist_ok=True)
                content = archive.extractfile(member)
                assert content is not None
                with target.open("wb") as out:
                    while piece := content.read(1 << 20):
                        out.write(piece)
                    out.flush()
                    os.fsync(out.fileno())
            while packed.read(1 << 20):  # read on to the checksum of the whole stream
                pass
    except FileNotFoundError:
        raise SemsearchError(f"no such file: {source}") from None
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise SemsearchError(f"{source} is not an exported index, or is truncated ({error})") from None
