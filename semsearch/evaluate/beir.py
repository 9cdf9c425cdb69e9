"""Collections in BEIR format: a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.errors import SemsearchError
from semsearch.types.documents import Document, Value
from semsearch.types.search import Qrels

__all__ = ["Collection", "load"]


@dataclass(frozen=True, slots=True)
class Collection:
    """The judged queries, in the order of queries.jsonl, and the qrels; documents are read on demand."""

    folder: Path
    queries: Mapping[str, str]
    qrels: Qrels

    def documents(self) -> Iterator[Document]:
        """Read corpus.jsonl, one document per line. Raises SemsearchError with file and line."""
        seen: set[str] = set()
        for where, record in _records(self.folder / "corpus.jsonl"):
            name = _text(record, "_id", where)
            if name in seen:
                raise SemsearchError(f"{where}: duplicate document id {name!r}")
            seen.add(name)
            metadata = record.get("metadata")
            yield Document(
                name,
                _text(record, "text", where),
                title=_text(record, "title", where, missing=""),
                metadata=_metadata(metadata) if isinstance(metadata, dict) else {},
            )


def load(folder: Path) -> Collection:
    """Open a collection; qrels are those of the test split, and `.gz` files are not supported.

    Raises SemsearchError, with file and line, for missing or malformed data, and if there are no qrels.
    """
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        if not (folder / name).is_file():
            raise SemsearchError(
                f"{folder / name} is missing; a BEIR collection has corpus.jsonl, queries.jsonl and qrels/test.tsv"
            )
    qrels = _read_qrels(folder / "qrels" / "test.tsv")
    queries = {_text(r, "_id", at): _text(r, "text", at) for at, r in _records(folder / "queries.jsonl")}
    unknown = next((q for q in qrels if q not in queries), None)
    if unknown is not None:
        raise SemsearchError(f"{folder / 'queries.jsonl'}: no query {unknown!r}, which is in qrels/test.tsv")
    if not qrels:
        raise SemsearchError(f"{folder / 'qrels' / 'test.tsv'} has no judgements")
    return Collection(folder, {q: text for q, text in queries.items() if q in qrels}, qrels)


def _records(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, line in _lines(file):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise SemsearchError(f"{where}: not JSON ({error})") from None
        if not isinstance(record, dict):
            raise SemsearchError(f"{where}: not a JSON object")
        yield where, record


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    """Yield (`file:line`, line) for every line that is not blank."""
    try:
        with file.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield f"{file}:{number}", line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise SemsearchError(f"{file} is not UTF-8 ({error.reason}); save it as UTF-8") from None
    except OSError as error:
        raise SemsearchError(f"{file} cannot be read: {error.strerror}") from None


def _text(record: dict[str, Any], key: str, where: str, *, missing: str | None = None) -> str:
    value = record.get(key, missing)
    if isinstance(value, int) and not isinstance(value, bool) and key == "_id":
        return str(value)
    if not isinstance(value, str) or (key == "_id" and not value):
        raise SemsearchError(f"{where}: `{key}` must be a string" + (", not empty" if key == "_id" else ""))
    return value


def _metadata(values: dict[str, Any]) -> dict[str, Value]:
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return {k: v for k, v in given.items() if all(map(_is_plain, v if isinstance(v, tuple) else (v,)))}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float))


def _read_qrels(file: Path) -> Qrels:
    qrels: dict[str, dict[str, int]] = {}
    for number, (where, line) in enumerate(_lines(file)):
        cells = line.split("\t")
        if number == 0 and cells[-1].strip().lower() == "score":
            continue
        try:
            query, document, grade = cells
            qrels.setdefault(query, {})[document] = int(grade)
        except ValueError:
            raise SemsearchError(f"{where}: not `query-id<TAB>corpus-id<TAB>score` with an integer score") from None
    return qrels
