"""Labels: a head learned from a few labelled documents fills a metadata field of all of them."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.api.argument_checks import optional, word
from semsearch.api.arguments import checked
from semsearch.errors import InvalidQuery
from semsearch.indexing.derive.apply_labels import apply_heads, features, fill
from semsearch.label.examples import check_field, kind_of, read_label_file, typed
from semsearch.label.learn import learn, refuse
from semsearch.stores.document_fields import FACTS, FILE, OWN, reserved
from semsearch.types.labels import Example, Head, HeadKind
from semsearch.types.reports import LabelInfo

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex
    from semsearch.stores.base import Labels, StoreWriter
__all__ = ["IndexLabels", "refresh_labels"]

_NAMED = 3
"""Documents that an error names."""


class IndexLabels:
    """The labels of an index: heads learned on its vectors, and what they say of its documents."""

    def __init__(self, opened: OpenIndex) -> None:
        """Learn nothing yet."""
        self._opened = opened

    @checked()
    def learn(
        self,
        field: str,
        examples: Mapping[str, str | int | float],
        *,
        kind: HeadKind | str | None = None,
        skip_unknown: bool = False,
    ) -> LabelInfo:
        """Learn a head from {document id or path: label} and fill `field` for every document, new ones included.

        Numbers are learned by ridge regression, everything else as categories by multinomial logistic regression,
        unless `kind` says otherwise. The labelled documents keep the label that they were given. A field that has a
        head already is learned again. Raises InvalidQuery when a document is not here (`skip_unknown` leaves it out),
        the field is one that documents have of their own, or the labels are too few; IndexBusy.
        """
        check_field(field)
        if not examples:
            raise InvalidQuery("no labelled document; give some with their labels")
        chosen = _kind(kind) if kind else kind_of(examples)
        values = typed(examples, chosen)
        with self._opened.writer() as writer:
            _refuse_own(writer, field)
            known, unknown = _resolve(writer, values)
            if unknown and not skip_unknown:
                named = ", ".join(unknown[:_NAMED]) + (", ..." if len(unknown) > _NAMED else "")
                count = f"{len(unknown)} labelled document{'s are' if len(unknown) > 1 else ' is'} not in the index"
                raise InvalidQuery(f"{count}: {named}; index them first, or skip what is unknown")
            if not known:
                raise InvalidQuery("none of the labelled documents is in the index; `semsearch list` shows what is")
            head = _learn(writer, field, chosen, known)
            _store(writer, head)
            return _info(writer.snapshot.labels, head, writer.meta, skipped=len(unknown))

    @checked(field=optional(word))
    def learn_file(
        self,
        file: str | Path,
        *,
        column: str | None = None,
        field: str | None = None,
        kind: HeadKind | str | None = None,
        skip_unknown: bool = False,
    ) -> LabelInfo:
        """Learn a head from a CSV file with a column `path` or `id` and a column of labels, which names the field.

        `column` says which one where there are several, `field` gives the field another name; else as `learn`.
        """
        found = read_label_file(Path(file), column)
        return self.learn(field or found.column, found.values, kind=kind, skip_unknown=skip_unknown)

    def all(self) -> list[LabelInfo]:
        """Return what is known of every head, by field. Raises IndexDamaged."""
        with self._opened.view() as view:
            return [_info(view.labels, head, view.meta) for head in view.labels.heads()]

    __call__ = all  # as it was called in 0.1

    def apply(self) -> int:
        """Fill what labels are missing, and learn heads again whose model the index has left; return labels written."""
        with self._opened.writer() as writer:
            return refresh_labels(writer) + apply_heads(writer)

    @checked()
    def remove(self, field: str) -> None:
        """Remove a head and its field from every document. Raises InvalidQuery when there is none."""
        with self._opened.writer() as writer:
            names = [head.field for head in writer.snapshot.labels.heads()]
            if field not in names:
                reported = (
                    f"the labels here are {', '.join(names)}" if names else "there is none; `label learn` makes one"
                )
                raise InvalidQuery(f"there is no label {field!r}; {reported}")
            writer.remove_head(field)
            writer.commit()


def refresh_labels(writer: StoreWriter) -> int:
    """Learn again, from the same labelled documents, every head whose model the index has left.

    Returns how many labels were written. A head that cannot be learned any more (too few of its documents are left)
    stays with what it said; `all` tells so.
    """
    written = 0
    labels = writer.snapshot.labels
    for head in labels.heads():
        if head.fingerprint == writer.meta_value("fingerprint"):
            continue
        examples = labels.present(head)
        try:
            new = _learn(writer, head.field, head.kind, examples)
        except InvalidQuery:
            continue
        written += _store(writer, new)
    return written


def _kind(kind: HeadKind | str) -> HeadKind:
    try:
        return HeadKind(kind)
    except ValueError:
        raise InvalidQuery(f"there is no kind {kind!r}; choose {', '.join(k.value for k in HeadKind)}") from None


def _refuse_own(writer: StoreWriter, field: str) -> None:
    """Raise InvalidQuery for a field that documents have of their own."""
    if reserved(field):
        raise InvalidQuery(f"filters use names that begin with {FILE} or {OWN}; give the label another one")
    if field in FACTS.keys() | writer.snapshot.documents.own_fields():
        raise InvalidQuery(f"documents have a field `{field}` of their own; give the label another name")


def _resolve(writer: StoreWriter, values: Mapping[str, str | int | float]) -> tuple[list[Example], list[str]]:
    """Return the labelled documents that are here, and the names of those that are not."""
    documents = writer.snapshot.documents
    found: dict[int, Example] = {}
    unknown = []
    for name, value in values.items():
        forms = (name, os.path.abspath(name))  # noqa: PTH100
        number = next((n for form in forms if (n := documents.number(form)) is not None), None)
        known = documents.with_number(number) if number is not None else None
        if number is None or known is None:
            unknown.append(name)
        elif number in found and found[number].value != value:
            raise InvalidQuery(f"{name} has two labels ({found[number].value} and {value}); leave one")
        else:
            found[number] = Example(number, known.source, known.path, value)
    return list(found.values()), unknown


def _learn(writer: StoreWriter, field: str, kind: HeadKind, examples: Sequence[Example]) -> Head:
    refuse([e.value for e in examples], kind)
    by_number = {e.number: e for e in examples}
    numbers, found = features(writer, sorted(by_number))
    used = [by_number[n] for n in numbers.tolist()]
    learned = learn(found, [e.value for e in used], kind)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    report = learned.report | {"learned": now, "model": writer.meta_value("settings")["model"]}
    fingerprint = str(writer.meta_value("fingerprint"))
    return Head(
        field, kind, fingerprint, learned.weights, learned.bias, learned.classes, tuple(used), learned.error, report
    )


def _store(writer: StoreWriter, head: Head) -> int:
    """Store a head and what it says of every document, as one committed state; return how many labels."""
    writer.put_head(head)
    written = fill(writer, head, writer.snapshot.labels.unlabelled(head.field, anew=True))
    writer.commit()
    return written


def _info(labels: Labels, head: Head, meta: Mapping[str, Any], *, skipped: int = 0) -> LabelInfo:
    """Describe a head: what it was learned from, how good it is, and whether it knows the vectors of this index."""
    report = head.report
    low, high = report["interval"]
    baseline = float(report["baseline"])
    counts = {str(k): int(v) for k, v in report["counts"].items()}

    return LabelInfo(
        field=head.field,
        kind=head.kind.value,
        metric=str(report["metric"]),
        value=float(report["value"]),
        interval=(float(low), float(high)),
        baseline=baseline,
        better=float(low) > baseline,
        error=head.error,
        examples=len(head.examples),
        counts=counts,
        singles=tuple(name for name, count in counts.items() if count < 2),
        documents=labels.count(head.field),
        stale=head.fingerprint != meta["fingerprint"],
        model=str(report["model"]),
        learned=str(report["learned"]),
        skipped=skipped,
    )
