"""The catalogue: the SQLite database that is the source of truth of an index; its commit is the commit point."""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from semsearch.errors import IndexDamaged, IndexIncompatible, IndexNotFound
from semsearch.stores.local.files.layout import FORMAT, Layout

__all__ = ["SCHEMA", "connect", "crc", "get_meta", "pack_path", "put_meta", "unnoticed", "unpack_path", "upgrade"]

SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources(id INTEGER PRIMARY KEY AUTOINCREMENT, path NOT NULL UNIQUE, crc INTEGER NOT NULL);
CREATE TABLE documents(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source INTEGER NOT NULL,          -- 0: added by the caller, not from a file
  path NOT NULL,                    -- below its source; the caller's id for added documents
  title TEXT NOT NULL, type TEXT NOT NULL, language TEXT NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
  scanned_ns INTEGER NOT NULL, content BLOB NOT NULL, metadata TEXT NOT NULL,  -- of content see `members`
  chars INTEGER NOT NULL, splitter INTEGER NOT NULL, crc INTEGER NOT NULL,
  UNIQUE(source, path));
CREATE INDEX documents_content ON documents(content);
CREATE TABLE texts(
  document INTEGER NOT NULL, block INTEGER NOT NULL, start INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(document, block));
CREATE TABLE passages(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document INTEGER NOT NULL, ordinal INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
  anchor TEXT NOT NULL, anchor_start INTEGER NOT NULL, anchor_stop INTEGER NOT NULL,
  heading TEXT NOT NULL, hash BLOB NOT NULL, row INTEGER NOT NULL, crc INTEGER NOT NULL);
CREATE INDEX passages_document ON passages(document, ordinal);
CREATE INDEX passages_row ON passages(row);
CREATE INDEX passages_hash ON passages(hash);
CREATE TABLE blocks(start INTEGER PRIMARY KEY, stop INTEGER NOT NULL, checksum BLOB NOT NULL);
CREATE TABLE tombstones(row INTEGER PRIMARY KEY);
CREATE TABLE unread(
  source INTEGER NOT NULL, path NOT NULL, reason TEXT NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
  scanned_ns INTEGER NOT NULL, splitter INTEGER NOT NULL, PRIMARY KEY(source, path));
"""

LABEL_TABLES = """
CREATE TABLE IF NOT EXISTS heads(
  field TEXT PRIMARY KEY,           -- the metadata field that the head fills
  head TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS labels(
  document INTEGER NOT NULL, field TEXT NOT NULL, value NOT NULL, confidence REAL NOT NULL,
  PRIMARY KEY(document, field)) WITHOUT ROWID;
"""
"""Since format 2. Derived data: the labels of a head can always be computed again."""
MOVE_TABLES = """
CREATE TABLE IF NOT EXISTS kept_rows(
  generation INTEGER NOT NULL, row INTEGER NOT NULL,
  passage INTEGER NOT NULL,         -- that had this row when its generation served, or 0
  hash BLOB NOT NULL,
  language TEXT NOT NULL,           -- of its terms in the lexical index of its generation, empty for none
  crc INTEGER NOT NULL, PRIMARY KEY(generation, row)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept_rows_hash ON kept_rows(generation, hash, passage);
CREATE TABLE IF NOT EXISTS kept_blocks(
  generation INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, checksum BLOB NOT NULL,
  PRIMARY KEY(generation, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept_passages(
  generation INTEGER NOT NULL, id INTEGER NOT NULL, document INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  start INTEGER NOT NULL, stop INTEGER NOT NULL,
  anchor TEXT NOT NULL, anchor_start INTEGER NOT NULL, anchor_stop INTEGER NOT NULL,
  heading TEXT NOT NULL, hash BLOB NOT NULL,
  content BLOB NOT NULL, splitter INTEGER NOT NULL,  -- of the document when these were its passages
  crc INTEGER NOT NULL, PRIMARY KEY(generation, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept_passages_document ON kept_passages(generation, document);
"""
"""Since format 2: vectors kept beside the serving ones, of the model that an index moves to or came from."""

DOCUMENT = (
    "id", "source", "path", "title", "type", "language", "size", "mtime_ns", "ctime_ns", "inode",
    "scanned_ns", "content", "metadata", "chars", "splitter",
)  # fmt: skip
PASSAGE = (
    "id", "document", "ordinal", "start", "stop", "anchor", "anchor_start", "anchor_stop", "heading", "hash", "row",
)  # fmt: skip


def crc(values: Iterable[Any]) -> int:
    """Return the CRC-32 of a row's values, stored with them so that `doctor` detects a flipped bit."""
    return zlib.crc32(repr(tuple(values)).encode("utf-8", "surrogatepass"))


def pack_path(path: str) -> str | bytes:
    """Return a path as stored in SQLite: bytes if it is not valid UTF-8."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def unpack_path(stored: str | bytes) -> str:
    """Undo `pack_path`."""
    return os.fsdecode(stored) if isinstance(stored, bytes) else stored


def connect(layout: Layout, *, write: bool) -> sqlite3.Connection:
    """Open the catalogue of an index.

    A reader's connection is read-only. In a read-only folder without a write-ahead log the file is opened as
    immutable. Raises IndexNotFound, IndexIncompatible and IndexDamaged.
    """
    if not layout.catalog.is_file() and layout.is_index:
        raise IndexDamaged(f"the catalogue of {layout.root} is missing; run `semsearch doctor --repair`")
    if not layout.catalog.is_file():
        raise IndexNotFound(f"no index at {layout.root}; make one with `semsearch index PATH`")
    last: Exception | None = None
    for uri in _uris(layout.catalog, write):
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=10.0, isolation_level=None, check_same_thread=False)
            if write:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
            else:
                connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA cell_size_check=ON")
            connection.execute("PRAGMA trusted_schema=OFF")  # the file may come from someone else
            _check_format(layout, connection)
        except sqlite3.Error as error:
            last = error
            if connection is not None:
                connection.close()
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        else:
            return connection
    raise IndexDamaged(f"the catalogue of {layout.root} cannot be read ({last}); run `semsearch doctor --repair`")


def create(layout: Layout, meta: dict[str, Any]) -> None:
    """Create a catalogue with the given meta values, atomically."""
    temporary = layout.catalog.with_name("catalog.sqlite.tmp")
    temporary.unlink(missing_ok=True)
    connection = sqlite3.connect(temporary, isolation_level=None)
    try:
        connection.executescript(SCHEMA + LABEL_TABLES + MOVE_TABLES)
        connection.execute("BEGIN")
        for key, value in meta.items():
            put_meta(connection, key, value)
        connection.execute("COMMIT")
    finally:
        connection.close()
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    temporary.replace(layout.catalog)


def upgrade(connection: sqlite3.Connection) -> None:
    """Upgrade the catalogue of an older format in one transaction; the caller holds the write lock."""
    meta = get_meta(connection)
    if meta["format"] == FORMAT:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in (LABEL_TABLES + MOVE_TABLES).split(";"):
            connection.execute(statement)
        put_meta(connection, "format", FORMAT)
        put_meta(connection, "state", int(meta["state"]) + 1)
        put_meta(connection, "crc", meta_crc(connection))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def get_meta(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return all meta values. Raises IndexDamaged when they cannot be read or a required one is missing."""
    try:
        meta = {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM meta")}
        needed = ("format", "index_id", "settings", "fingerprint", "dim", "generation", "state", "languages")
        missing = [key for key in needed if key not in meta]
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        raise IndexDamaged(
            f"the settings of an index cannot be read ({error}); run `semsearch doctor --repair`"
        ) from None
    if missing:
        raise IndexDamaged(f"an index has no {missing[0]} in its settings; run `semsearch doctor --repair`")
    return meta


def put_meta(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Set one meta value, inside the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value, sort_keys=True)))


def meta_crc(connection: sqlite3.Connection) -> int:
    """Return the CRC of all meta rows except the CRC itself."""
    rows = connection.execute("SELECT key, value FROM meta WHERE key != 'crc' ORDER BY key").fetchall()
    return crc(rows)


def _uris(path: Path, write: bool) -> list[str]:
    quoted = path.resolve().as_uri()
    if write or _writable(path):
        return [f"{quoted}?mode=rw"]
    return [f"{quoted}?mode=ro"] if _has_wal(path) else [f"{quoted}?immutable=1"]


def unnoticed(path: Path) -> tuple[int, ...]:
    """Return file facts that show changes which an open connection misses, as one to an immutable file does.

    Empty for a catalogue that this user may write, which is never opened as immutable. Raises OSError.
    """
    if _writable(path):
        return ()
    facts = path.stat()
    return (facts.st_size, facts.st_mtime_ns, _has_wal(path))


def _writable(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)


def _has_wal(path: Path) -> bool:
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except OSError:
        return False


def _check_format(layout: Layout, connection: sqlite3.Connection) -> None:
    row = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    try:
        version = json.loads(row[0]) if row else None
    except ValueError:
        version = None
    if not isinstance(version, int) or version < 1:
        raise IndexDamaged(f"the catalogue of {layout.root} has no format version; run `semsearch doctor --repair`")
    if version > FORMAT:
        raise IndexIncompatible(
            f"{layout.root} has format {version}, and this semsearch reads up to {FORMAT}; upgrade semsearch to open it"
        )
