"""The name of a public type, and that of a file, mean one thing in the whole house."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import semsearch

PACKAGE = Path(semsearch.__file__).parent
SAME_THING = {
    "add": "a model, or documents, is added by the command of that name",
    "answers": "the types of answers, and what makes one",
    "base": "the protocols of a room",
    "command": "the command of its folder",
    "compare": "models on a judged collection",
    "create": "an index is made",
    "documents": "the documents of an index",
    "embedder": "an architecture in the role of a bi-encoder",
    "fetch": "weights are fetched",
    "fields": "the fields of documents",
    "generate": "a decoder writes",
    "labels": "labels of documents",
    "late_interaction": "the method of that name",
    "models": "models, their roles and what is known of them",
    "model_move": "a move of an index to another model",
    "noise_floor": "the noise floor of an index",
    "passages": "passages",
    "plan": "what an indexing run would cost",
    "properties": "the properties of a document that its format keeps",
    "reader": "the reader of a family of formats",
    "remove": "a model, or documents, is removed by the command of that name",
    "reranker": "an architecture in the role of a cross-encoder",
    "saved_queries": "saved queries",
    "snapshot": "one committed state: the protocol, and that of the local store",
    "sources": "the roots of documents",
    "tables": "tables inside documents",
    "trust": "which indexes are opened unasked",
    "watch": "changes of files are followed",
}
"""File names that stand in several rooms, and the one thing that they mean there."""


def test_a_public_type_has_a_name_of_its_own() -> None:
    homes = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_a_file_name_in_two_rooms_means_one_thing() -> None:
    names = [path.stem for path in PACKAGE.rglob("*.py") if not path.stem.startswith("__")]
    assert {name for name in names if names.count(name) > 1} == SAME_THING.keys()
