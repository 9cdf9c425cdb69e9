"""The index as an app holds it: add, search, look after. Many threads may read while one process writes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.api.answering import Answering
from semsearch.api.arguments import several
from semsearch.api.following import Following
from semsearch.api.labelling import Labelling, refresh_labels
from semsearch.api.moving import Moving
from semsearch.caller import absolute
from semsearch.errors import ModelMismatch, SemsearchError
from semsearch.index.catalog import connect
from semsearch.index.layout import Layout
from semsearch.settings import Settings
from semsearch.types import (
    Document,
    Filter,
    Mode,
    Passage,
    RerankMode,
    Results,
    WhyNot,
)

if TYPE_CHECKING:
    from semsearch.reports import (
        Diagnosis,
        DocumentInfo,
        FieldInfo,
        Plan,
        ProgressCallback,
        SourceInfo,
        Status,
        Summary,
    )
    from semsearch.roles import CrossEncoder

__all__ = ["Index"]


class Index(Answering, Labelling, Moving, Following):
    """A searchable index in a folder. Use `open` or `create`; it is a context manager.

    `encoder` may be any object of the `BiEncoder` protocol; without one, the model named in the index's settings is
    loaded when it is first needed.
    """

    @classmethod
    def open(cls, path: str | Path, **options: Any) -> Index:
        """Open the index at `path`; `options` are `encoder`, `offline`, `wait` (seconds) and `fetch_progress`.

        Raises IndexNotFound, IndexIncompatible, IndexDamaged, and ModelMismatch for an encoder of another model.
        """
        return cls(Layout(Path(path)), **options)

    @classmethod
    def create(
        cls, path: str | Path, *, settings: Settings | None = None, exist_ok: bool = False, **options: Any
    ) -> Index:
        """Make an empty index at `path` and open it; `exist_ok` opens the one that is there.

        `options` are those of `open`. The model is loaded, and fetched when it is not here. Raises SemsearchError when
        there is an index already or the folder holds something else, ModelUnavailable when no model is to be had.
        """
        from semsearch.api.location import trust
        from semsearch.api.precision import chosen_precision, own_precision
        from semsearch.index.create import create_index

        layout = Layout(Path(path))
        if layout.is_index:
            if not exist_ok:
                raise SemsearchError(f"there is an index at {path} already; open it, or choose another place")
            return cls(layout, **options)
        settings = settings or Settings()
        encoder = options.get("encoder")
        if encoder is None:
            from semsearch.models.load import load_encoder

            encoder = load_encoder(
                settings.model, offline=options.get("offline"), progress=options.get("fetch_progress")
            )
            precision = chosen_precision(encoder)
        else:
            settings = replace(settings, model=str(getattr(encoder, "name", encoder.fingerprint)))
            precision = own_precision(encoder)
        wait = float(options.get("wait", 10.0))
        own = options.get("encoder") is not None
        create_index(
            layout.root,
            settings=settings,
            fingerprint=encoder.fingerprint,
            dim=encoder.dim,
            wait=wait,
            own=own,
            precision=precision,
        )
        trust(layout)
        index = cls(layout, **options)
        index._loaded = encoder
        return index

    # Facts.

    def status(self) -> Status:
        """Describe the index and how its sources have changed since the last run."""
        from semsearch.api.overview import status

        return status(self.path)

    def sources(self) -> list[SourceInfo]:
        """Return the files and folders that the index follows."""
        from semsearch.api.overview import source_infos

        with closing(connect(self._layout, write=False)) as connection:
            return source_infos(self._layout, connection)

    def fields(self) -> dict[str, FieldInfo]:
        """Return every field that a filter may name: types, how many documents have it, examples of its values."""
        from semsearch.api.fields import fields

        with self._view() as view:
            return fields(view)

    def documents(
        self, *, filters: Sequence[str | Filter] = (), within: Sequence[str | Path] = ()
    ) -> Generator[DocumentInfo, None, None]:
        """Iterate over the documents, in the order in which they came. Raises InvalidFilter."""
        from semsearch.api.documents import documents
        from semsearch.search.filters import parse_filters

        with self._view() as view:
            yield from documents(view, parse_filters(several(filters)), _prefixes(several(within)))

    def document(self, document_id: str) -> Document:
        """Return a document with its whole text. Raises InvalidQuery when it is not here, IndexDamaged."""
        from semsearch.api.documents import document

        with self._view() as view:
            return document(view, self._known_id(view, document_id))

    def passages(self, document_id: str) -> list[Passage]:
        """Return the passages of a document, in order. Raises InvalidQuery when it is not here."""
        with self._view() as view:
            return view.fetch(view.passages_of(self._known_id(view, document_id)).tolist())

    def context(self, passage: Passage, lines: int) -> tuple[str, str]:
        """Return up to `lines` lines before and after a passage, as they were when it was indexed."""
        from semsearch.api.documents import context

        with self._view() as view:
            return context(view, passage, lines)

    # Writing.

    def configure(self, **changes: Any) -> Settings:
        """Change stored settings (fields of `Settings`); what they shape is made anew by the next `index`.

        Raises ModelMismatch for another model: `move_to` makes its vectors first.
        """
        settings = replace(self.settings, **changes)
        if settings.model != self.settings.model:
            raise ModelMismatch(
                f"{self.path} was made with {self.settings.model}; `move_to` (semsearch index --model "
                f"{settings.model}) moves it, --index names another place"
            )
        if settings != self.settings:
            with self._writer() as writer:
                writer.set_meta("settings", settings.to_dict())
                writer.commit()
            self.settings = settings
        return settings

    def index(
        self,
        paths: Sequence[str | Path] = (),
        *,
        prune: bool = False,
        progress: ProgressCallback | None = None,
        max_memory: int = 0,
    ) -> Summary:
        """Bring the index up to date with files and folders; without paths, with every source it knows.

        Only what is new or has changed is read, and only text without a vector is encoded. Ctrl-C ends the run after
        the passages at hand (`Summary.interrupted`); what is done stays, and the next run continues. A source that has
        vanished keeps its documents unless `prune`. `max_memory` bounds the bytes that this process and those that
        parse files take together; a file that does not fit is left out and named. Raises SourceUnreadable for a path
        that is not there, InvalidQuery for too little memory, IndexBusy, ModelUnavailable, ModelMismatch, StorageFull.
        """
        from semsearch.pipeline.run import index_sources

        with self._run(progress) as run:
            run.limit_memory(max_memory)
            summary = index_sources(run, [Path(p) for p in several(paths)], prune=prune)
            if not summary.interrupted:
                refresh_labels(run.writer)
            return summary

    def plan(self, paths: Sequence[str | Path] = (), *, max_memory: int = 0, **changes: Any) -> Plan:
        """Predict what `index` would do and cost, from a sample that is read, split and encoded; nothing is written.

        `changes` are fields of `Settings` to plan with. Raises SourceUnreadable for a path that is not there,
        InvalidQuery for too little memory, ModelUnavailable.
        """
        from semsearch.api.planning import plan_known

        settings = replace(self.settings, **changes)
        return plan_known(self._layout, paths, settings, self._encoder, max_memory)

    def add(self, documents: Iterable[Document], *, progress: ProgressCallback | None = None) -> Summary:
        """Add or replace the caller's own documents, by id. The iterable is read as it is needed.

        Raises IndexBusy, ModelUnavailable, ModelMismatch, StorageFull.
        """
        from semsearch.pipeline.run import index_documents

        with self._run(progress) as run:
            summary = index_documents(run, documents)
            if not summary.interrupted:
                refresh_labels(run.writer)
            return summary

    def remove(self, targets: Sequence[str | Path]) -> int:
        """Remove documents by id, file, folder or source root; return how many. Files themselves stay.

        Raises InvalidQuery for a target that is not here; then nothing is removed.
        """
        from semsearch.api.documents import remove

        with self._writer() as writer:
            return remove(writer, several(targets))

    def compact(self) -> None:
        """Write the index anew without what was removed, and forget what `rollback` goes back to.

        Readers go on meanwhile; an unfinished move to another model stays.
        """
        from semsearch.corpus.passages import embedded_text
        from semsearch.index.compaction import compact
        from semsearch.index.kept import PREVIOUS
        from semsearch.index.staging import give_up

        with self._writer() as writer:
            give_up(writer, PREVIOUS)
            compact(writer, embedded_text, self._step)
            writer.shrink()

    def doctor(self, *, repair: bool = False) -> Diagnosis:
        """Check every part of the index; with `repair`, rebuild, encode and read again just what is lost."""
        from semsearch.api.health import doctor

        return doctor(self.path, repair=repair, encoder=self._own_encoder, offline=self._offline, wait=self._wait)

    def export(self, file: str | Path) -> int:
        """Write the whole index as one file and return its bytes; `import_index` makes an index of it."""
        from semsearch.index.archive import export_index

        return export_index(self._layout, Path(file), wait=self._wait)

    # Searching.

    def search(
        self,
        query: str = "",
        *,
        k: int = 10,
        mode: Mode | str = Mode.HYBRID,
        filters: Sequence[str | Filter] = (),
        within: Sequence[str | Path] = (),
        like: Sequence[str | Path] = (),
        unlike: Sequence[str | Path] = (),
        floor: bool = True,
        exact: bool = False,
        fold: bool = True,
        fuzzy: bool = True,
        per_document: int = 3,
        rerank: bool = False,
        rerank_mode: RerankMode | str = RerankMode.FUSE,
        rerank_top: int = 20,
        reranker: str | CrossEncoder | None = None,
    ) -> Results:
        """Find the k documents that answer a query best.

        Quoted parts of the query are exact phrases. With `fuzzy` a misspelled word that stands nowhere is searched as
        the word of the index that is spelled most like it (`Results.corrected`). `filters` (`type=pdf`,
        `modified>=2025-01-01`) and `within` (paths) apply before ranking. `like` and `unlike` name files or document
        ids to be near to and far from. Without `floor` hits are returned even when nothing stands above the index's
        noise floor; `exact` leaves approximate indexes out. With `rerank` a cross-encoder (`reranker`: a name, a
        model's folder, or an object of that protocol) reads the query with the first `rerank_top` documents, some .1 s
        each on two cores; its order is fused with that of the lists, or replaces it (`rerank_mode`).
        Raises InvalidQuery, InvalidFilter, ModelUnavailable, ModelMismatch, IndexDamaged.
        """
        return self.search_many(
            [query],
            k=k,
            mode=mode,
            filters=filters,
            within=within,
            like=like,
            unlike=unlike,
            floor=floor,
            exact=exact,
            fold=fold,
            fuzzy=fuzzy,
            per_document=per_document,
            rerank=rerank,
            rerank_mode=rerank_mode,
            rerank_top=rerank_top,
            reranker=reranker,
        )[0]

    def search_many(self, queries: Sequence[str], **options: Any) -> list[Results]:
        """Answer several queries on one state of the index, encoded together; `options` are those of `search`."""
        from semsearch.api.searching import search_many

        reranker, rest = self._take_reranker(options)
        with self._view() as view:
            return search_many(view, queries, self._provider(view), self.settings, reranker, **rest)

    def rank_many(
        self, queries: Sequence[str], *, k: int = 10, mode: Mode | str = Mode.HYBRID, **options: Any
    ) -> list[list[str]]:
        """Return the ids of the first k documents of each query, best first: what an evaluation needs, and no more.

        Every text is taken as it stands: quotes are no phrases. No noise floor, no folding of near copies. `options`
        are those of `search` that begin with `rerank`.
        """
        from semsearch.api.searching import rank_many

        reranker, rest = self._take_reranker(options)
        with self._view() as view:
            return rank_many(
                view, queries, self._provider(view), self.settings, k=k, mode=Mode(mode), reranker=reranker, **rest
            )

    def why_not(self, query: str, path: str | Path, **options: Any) -> WhyNot:
        """Tell why a file is not among the hits of a query, or its rank in each list; `options` as in `search`."""
        from semsearch.api.searching import why_not

        with self._view() as view:
            return why_not(view, query, str(path), self._provider(view), self.settings, **options)


def _prefixes(within: Sequence[str | Path]) -> list[str]:
    """Return what `within` may mean: a path from here, or the beginning of the caller's own ids."""
    return [form for path in within for form in (absolute(path), str(path))]
