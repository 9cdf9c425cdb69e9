"""Records of any file format: whether each is a separate document, and the document it becomes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from semsearch.corpus.readers.markup.front_matter import plain_value
from semsearch.corpus.text.blocks import TextBuilder, join_values
from semsearch.corpus.text.machine_data import is_vector
from semsearch.types.documents import Anchor, AnchorKind, Member, Parsed, Value

__all__ = ["MOST", "TYPE", "DataRecord", "documents", "text_fields"]

TYPE = "record"
"""The type of a document that is a record of a file."""
MOST = 100_000
"""Above this number of records they are rows of one document."""
_SAMPLE = 400
_LONGEST_FACT = 200
_MOST_STRINGS = 10_000
_IDS = (
    *("_id", "id", "doc_id", "docid", "document_id", "uid", "uuid", "guid", "pid", "key", "identifier", "slug"),
    *("number", "no", "nr", "doi", "isbn", "url", "link", "path", "filename", "file"),
)
_TITLES = ("title", "name", "subject", "headline", "heading", "label", "summary_title", "topic")
_TEXTS = {
    *("text", "body", "content", "contents", "abstract", "description", "summary", "message", "comment", "comments"),
    *("review", "question", "answer", "passage", "transcript", "note", "notes", "article", "document", "paragraph"),
    *("paragraphs", "sentence", "context", "instruction", "output", "response", "prompt", "query", "post"),
    *(
        "quote",
        "story",
        "messages",
        "conversation",
        "conversations",
        "caption",
        "definition",
        "synopsis",
        "excerpt",
        "details",
        "input",
    ),
}
_ALIASES = {"authors": "author", "creator": "author", "keywords": "tags", "labels": "tags", "lang": "language"}
_LOG = ({"level", "severity", "loglevel", "log_level"}, {"ts", "time", "timestamp", "@timestamp", "datetime", "date"})
_SPACES = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True, slots=True)
class DataRecord:
    """The fields of a record, in order, and its lines in the file, from 1."""

    fields: Mapping[str, Any]
    first: int
    last: int
    name: str = ""
    """Its name in the file, when that is not one of its fields."""


def text_fields(records: Sequence[DataRecord]) -> list[str]:
    """Return the fields that contain sentences, in order; none when the records are rows and not documents.

    A field named like text needs four words on average, any other eight; lines of a log are rows.
    """
    step = max(1, len(records) // _SAMPLE)
    sample = records[::step]
    if not sample:
        return []
    seen: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for record in sample:
        for field, value in record.fields.items():
            if value not in (None, "", [], {}):
                seen[field] += 1
                words[field] += _words(value)
    names = {field.lower() for field in seen}
    if all(group & names for group in _LOG):
        return []
    return [field for field in seen if _is_text(field, seen[field] / len(sample), words[field] / seen[field])]


def _is_text(field: str, share: float, words: float) -> bool:
    """Return whether a field is text, by the share of records that have it and its average number of words."""
    name = field.lower()
    return share >= 0.4 and name not in _TITLES and words >= (4 if name in _TEXTS else 8)


def _members(records: Sequence[DataRecord], texts: Sequence[str]) -> tuple[Member, ...]:
    """Return a document for each record: `texts` are the fields that form its text, as in `text_fields`."""
    names, field = _names(records)
    out = []
    for record, name in zip(records, names, strict=True):
        parsed = _document(record, texts, named_by=field)
        out.append(Member(name, TYPE, parsed, "" if parsed else "empty"))
    return tuple(out)


def _names(records: Sequence[DataRecord]) -> tuple[list[str], str]:
    """Return a name for each record, and the field it is from.

    It is its name in the file, that of an id field that all have and no two share, or its number.
    """
    if records[0].name:
        return [record.name for record in records], ""
    lower = {field.lower(): field for field in records[0].fields}
    for wanted in _IDS:
        if wanted not in lower:
            continue
        names = [_id(record.fields.get(lower[wanted])) for record in records]
        if all(names) and len(set(names)) == len(names):
            return names, lower[wanted]
    return [str(number) for number in range(1, len(records) + 1)], ""


def _id(value: Any) -> str:
    """Return a field's value as the name of its record; empty when unsuitable."""
    name = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return name if len(name) <= _LONGEST_FACT and "\n" not in name else ""


def _document(record: DataRecord, texts: Sequence[str], *, named_by: str) -> Parsed | None:
    title, used = _title(record.fields, texts)
    used.add(named_by)
    facts: dict[str, Value] = {}
    bodies = [(field, "\n\n".join(_strings(record.fields.get(field)))) for field in texts]
    for field, value in record.fields.items():
        if field in used:
            continue
        fact = _fact(value)
        if isinstance(fact, str) and len(fact) > _LONGEST_FACT:
            bodies.append((field, fact))
        elif fact not in (None, ""):
            facts[_ALIASES.get(field.lower(), field.lower())] = fact
    bodies = [(field, body.strip()) for field, body in bodies if body.strip()]
    builder = TextBuilder()
    for field, body in bodies or [("", title)]:
        labelled = f"{field}: {body}" if len(bodies) > 1 and field.lower() != "text" else body
        for paragraph in _SPACES.split(labelled):
            builder.add(paragraph, Anchor(AnchorKind.LINE, record.first, record.last))
    parsed = builder.parsed(title, facts)
    return parsed if parsed.text.strip() else None


def _title(fields: Mapping[str, Any], texts: Sequence[str]) -> tuple[str, set[str]]:
    """Return the title of a record, and the fields already used: those of the title and the text."""
    lower = {field.lower(): field for field in fields if field not in texts}
    for wanted in _TITLES:
        value = fields[lower[wanted]] if wanted in lower else None
        if isinstance(value, str) and value.strip():
            return " ".join(value.split()), {*texts, lower[wanted]}
    return "", set(texts)


def _fact(value: Any) -> Value:
    """Return a field as metadata; nested or long values become text, however long."""
    if isinstance(value, str):
        return plain_value(value.strip())
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return join_values(list(_strings(value)))


def _words(value: Any) -> int:
    return sum(len(text.split()) if " " in text.strip() else 1 for text in _strings(value))


def _strings(value: Any) -> Iterator[str]:
    """Yield the texts and numbers in a value, nested ones in order, up to a limit."""
    waiting, left = [value], _MOST_STRINGS
    while waiting and left and len(waiting) < 10 * _MOST_STRINGS:
        left -= 1
        item = waiting.pop()
        if isinstance(item, str):
            if item.strip():
                yield item
        elif isinstance(item, Mapping):
            waiting.extend(reversed(list(item.values())))
        elif isinstance(item, (list, tuple)) and not is_vector(item):
            waiting.extend(reversed(item))
        elif isinstance(item, (int, float)) and not isinstance(item, bool):
            yield str(item)


def documents(found: Sequence[DataRecord], otherwise: Callable[[], Parsed]) -> Parsed:
    """Return a file as one document per record, without text of its own; `otherwise` reads it as rows."""
    texts = text_fields(found) if len(found) > 1 else []
    if not texts:
        return otherwise()
    if len(found) > MOST:
        return replace(otherwise(), remark=f"more than {MOST:,} records: read as one document")
    vectors = sum(is_vector(value) for record in found for value in record.fields.values())
    remark = f"{vectors:,} vectors of numbers left out" if vectors else ""
    return Parsed("", (), metadata={"records": len(found)}, members=_members(found, texts), remark=remark)
