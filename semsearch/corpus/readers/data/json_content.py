"""JSON by its content, whatever its name: a notebook, canvas, chat, bibliography or map; else records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semsearch.corpus.readers.bibliography import csl
from semsearch.corpus.readers.chats import exports
from semsearch.corpus.readers.data import canvas
from semsearch.corpus.readers.data.data_records import DataRecord, documents
from semsearch.corpus.readers.data.json_yaml import outer, parse_json
from semsearch.corpus.readers.markup import notebook
from semsearch.corpus.readers.nested import Beside
from semsearch.corpus.text.decode import decode
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

__all__ = ["read"]


def read(data: bytes, path: Path, beside: Beside | None = None) -> Parsed:
    """Read a JSON file; user names of a Slack channel are in files beside `path`, on disk or in its archive."""
    text = decode(data)
    try:
        values, lists = outer(text)
    except (ValueError, RecursionError):  # damaged, or not JSON: read as text with entries
        return parse_json(text)
    parsed = _of_list(lists.get("", ()), path, beside, text) if "" in lists else _of_object(values, lists, data, text)
    return parsed if parsed is not None else parse_json(text)


def _of_list(records: Sequence[DataRecord], path: Path, beside: Beside | None, text: str) -> Parsed | None:
    if exports.is_slack(records):
        return exports.slack(records, path, beside)
    if exports.is_discord_package(records):
        return exports.package(records)
    return csl.parse(records, text) if csl.is_library(records) else None


def _of_object(
    values: Mapping[str, Any], lists: Mapping[str, Sequence[DataRecord]], data: bytes, text: str
) -> Parsed | None:
    if isinstance(values.get("mappings"), str) and isinstance(values.get("version"), int):
        raise SourceUnreadable("generated: a source map")
    if notebook.is_notebook(values, lists):
        return notebook.read(data)
    if canvas.is_canvas([record.fields for record in lists.get("nodes", ())]):
        return canvas.parse(text)
    messages = lists.get("messages", ())
    if exports.is_discord(values, messages):
        return exports.discord(values, messages)
    if exports.is_telegram(values, messages):
        return exports.telegram(values, messages)
    for name in ("items", "references"):
        if csl.is_library(lists.get(name, ())):
            return csl.parse(lists[name], text)
    features = lists.get("features", ())
    if values.get("type") == "FeatureCollection" and features:
        return documents([_place(record) for record in features], lambda: parse_json(text))
    return None


def _place(feature: DataRecord) -> DataRecord:
    """Return the properties of a GeoJSON feature, without its coordinates."""
    properties = feature.fields.get("properties")
    fields = dict(properties) if isinstance(properties, dict) else {}
    if "id" in feature.fields:
        fields.setdefault("id", feature.fields["id"])
    return DataRecord(fields, feature.first, feature.last)
