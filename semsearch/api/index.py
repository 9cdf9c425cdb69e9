"""The index as an app holds it: add, search, look after. Many threads may read while one process writes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from semsearch.api.answers import Answering
from semsearch.api.arguments import SETTINGS, checked, lost_paths, prefixes, several
from semsearch.api.explore import Exploring
from semsearch.api.following import Following
from semsearch.api.keywords import ListKeywords, RerankKeywords, SearchKeywords, SettingsKeywords
from semsearch.api.labels import Labelling, refresh_labels
from semsearch.api.model_move import Moving
from semsearch.conditions import Condition
from semsearch.errors import ModelMismatch, NotInIndex, SemsearchError
from semsearch.search.options import SearchOptions
from semsearch.settings import Settings
from semsearch.stores.open import open_store
from semsearch.stores.records import PREVIOUS
from semsearch.types.documents import Document, Passage
from semsearch.types.search import Mode, RerankMode, Results, WhyNot

if TYPE_CHECKING:
    from semsearch.types.models import BiEncoder, CrossEncoder, FetchProgress
    from semsearch.types.reports import (
        Diagnosis,
        DocumentInfo,
        FieldInfo,
        Plan,
        ProgressCallback,
        SourceInfo,
        Status,
        Summary,
    )

__all__ = ["Index"]


class Index(Answering, Labelling, Moving, Following, Exploring):
    """A searchable index in a folder. Use `open` or `create`; it is a context manager.

    `encoder` may be any object of the `BiEncoder` protocol; without one, the model named in the index's settings is
    loaded when it is first needed.
    """

    @classmethod
    @checked()
    def open(
        cls,
        path: str | Path,
        *,
        encoder: BiEncoder | None = None,
        offline: bool | None = None,
        wait: float = 10.0,
        fetch_progress: FetchProgress | None = None,
    ) -> Index:
        """Open the index at `path`.

        `encoder` is for an index that was made with one; else the model is loaded when it is first needed. `offline`
        allows no connection (None: as SEMSEARCH_OFFLINE says); `fetch_progress` is called with what is done, bytes done
        and bytes in all. A writer waits `wait` seconds for another one. Raises IndexNotFound, IndexIncompatible,
        IndexDamaged, and ModelMismatch for an encoder of another model.
        """
        return cls(open_store(Path(path)), encoder=encoder, offline=offline, wait=wait, fetch_progress=fetch_progress)

    @classmethod
    @checked()
    def create(
        cls,
        path: str | Path,
        *,
        settings: Settings | None = None,
        exist_ok: bool = False,
        encoder: BiEncoder | None = None,
        offline: bool | None = None,
        wait: float = 10.0,
        fetch_progress: FetchProgress | None = None,
    ) -> Index:
        """Make an empty index at `path` and open it; `exist_ok` opens the one that is there.

        The other arguments are those of `open`. The model is loaded, and fetched when it is not here. Raises
        SemsearchError when there is an index already or the folder holds something else, InvalidQuery for settings that
        cannot be, ModelUnavailable when no model is to be had.
        """
        store = open_store(Path(path))
        loaded: BiEncoder | None = None
        if not store.exists:
            from semsearch.api.create import make_index

            loaded = make_index(
                store.root, settings or Settings(), encoder, offline=offline, wait=wait, fetch_progress=fetch_progress
            )
        elif not exist_ok:
            raise SemsearchError(f"there is an index at {path} already; open it, or choose another place")
        index = cls(store, encoder=encoder, offline=offline, wait=wait, fetch_progress=fetch_progress)
        index._loaded = loaded or encoder
        return index

    # Facts.

    def status(self) -> Status:
        """Describe the index and how its sources have changed since the last run."""
        from semsearch.api.index_status import status_of

        return status_of(self._open_store)

    def sources(self) -> list[SourceInfo]:
        """Return the files and folders that the index follows."""
        from semsearch.api.index_status import source_infos

        with self._open_store.snapshot() as state:
            return source_infos(state)

    def fields(self) -> dict[str, FieldInfo]:
        """Return every field that a filter may name: types, how many documents have it, examples of its values."""
        with self._view() as view:
            return view.fields()

    @checked()
    def documents(
        self,
        *,
        filters: str | Condition | Sequence[str | Condition] = (),
        within: str | Path | Sequence[str | Path] = (),
    ) -> Generator[DocumentInfo, None, None]:
        """Iterate over the documents, in the order in which they came.

        Raises InvalidFilter, and NotInIndex for a path of `within` that is neither there nor in the index.
        """
        from semsearch.search.filters import parse_filters

        with self._view() as view:
            within = several(within)
            if (gone := next((path for path, there in lost_paths(view, within) if not there), None)) is not None:
                raise NotInIndex(f"{gone} is not there, and the index holds nothing below it")
            chosen = parse_filters(several(filters))
            yield from view.documents.infos(chosen, [form for path in within for form in prefixes(path)])

    @checked()
    def document(self, document_id: str) -> Document:
        """Return a document with its whole text. Raises InvalidQuery when it is not here, IndexDamaged."""
        with self._view() as view:
            return view.documents.whole(self._known_id(view, document_id))

    @checked()
    def passages(self, document_id: str) -> list[Passage]:
        """Return the passages of a document, in order. Raises InvalidQuery when it is not here."""
        with self._view() as view:
            return view.fetch(view.passages_of(self._known_id(view, document_id)).tolist())

    @checked()
    def context(self, passage: Passage, lines: int) -> tuple[str, str]:
        """Return up to `lines` lines before and after a passage, as they were when it was indexed."""
        from semsearch.api.documents import context

        with self._view() as view:
            return context(view, passage, lines)

    # Writing.

    @checked(**SETTINGS)
    def configure(self, **changes: Unpack[SettingsKeywords]) -> Settings:
        """Change stored settings (fields of `Settings`); what they shape is made anew by the next `index`.

        Raises InvalidQuery for a value that a setting cannot have, ModelMismatch for another model: `move_to` makes its
        vectors first. Then nothing is changed.
        """
        settings = replace(self.settings, **changes)
        if settings.model != self.settings.model:
            raise ModelMismatch(
                f"{self.path} was made with {self.settings.model}; move it to {settings.model} "
                f"(`move_to`, or `semsearch index --model {settings.model}`), or index into another place"
            )
        if settings != self.settings:
            with self._writer() as writer:
                writer.set_meta("settings", settings.to_dict())
                writer.commit()
            self.settings = settings
        return settings

    @checked()
    def index(
        self,
        paths: str | Path | Sequence[str | Path] = (),
        *,
        prune: bool = False,
        progress: ProgressCallback | None = None,
        max_memory: int = 0,
    ) -> Summary:
        """Bring the index up to date with files and folders; without paths, with every source it knows.

        Only what is new or has changed is read, and only text without a vector is encoded. Ctrl-C ends the run after
        the passages at hand and is not raised: `Summary.interrupted` tells of it, what is done stays, and the next run
        continues. (A second Ctrl-C ends at once and is raised; so is one outside the main thread.) A source that has
        vanished keeps its documents unless `prune`. `max_memory` bounds the bytes that this process and those that
        parse files take together; a file that does not fit is left out and named. Raises SourceUnreadable for a path
        that is not there, InvalidQuery for too little memory, IndexBusy, ModelUnavailable, ModelMismatch, StorageFull.
        """
        from semsearch.indexing.run import index_sources

        with self._run(progress) as run:
            run.limit_memory(max_memory)
            summary = index_sources(run, [Path(p) for p in several(paths)], prune=prune)
            if not summary.interrupted:
                refresh_labels(run.writer)
            return summary

    @checked(**SETTINGS)
    def plan(
        self, paths: str | Path | Sequence[str | Path] = (), *, max_memory: int = 0, **changes: Unpack[SettingsKeywords]
    ) -> Plan:
        """Predict what `index` would do and cost, from a sample that is read, split and encoded; nothing is written.

        `changes` are fields of `Settings` to plan with. Raises SourceUnreadable for a path that is not there,
        InvalidQuery for too little memory, ModelUnavailable.
        """
        from semsearch.api.planning import plan_known

        settings = replace(self.settings, **changes)
        return plan_known(self._open_store, several(paths), settings, self._encoder, max_memory)

    @checked()
    def add(self, documents: Iterable[Document], *, progress: ProgressCallback | None = None) -> Summary:
        """Add or replace the caller's own documents, by id; one that is there with the same content costs nothing.

        The iterable is read as it is needed, so that a generator over millions of documents takes no more memory than
        one over ten; what is done is committed every few seconds. `progress` is called with a `Progress`, a few times a
        second. Searches go on meanwhile, on the state committed last.

        Every field of `metadata` is kept and can be filtered by: texts, numbers, truth values, None, and lists of texts
        and numbers. Their names never collide with the facts of a document (`file.size`, ...).

        One bad item costs that item: what is no `Document`, or has no id, or metadata that cannot be stored (names that
        begin with `file.` or `own.` included), is named in `Summary.skipped` with its reason and its position, from 0.
        What the iterable itself raises is raised here unchanged, with a note that names the position, once everything
        before it is committed. Ctrl-C ends the run after the passages at hand, commits what is done and raises
        KeyboardInterrupt, so that it ends the caller's loop too; the same call again continues.

        Raises InvalidQuery for what is no iterable, IndexBusy, ModelUnavailable, ModelMismatch (also for an encoder of
        one's own that returns what are no unit vectors), StorageFull; what was committed before stays.
        """
        from semsearch.indexing.run import index_documents

        with self._run(progress) as run:
            summary = index_documents(run, documents)
            if not summary.interrupted:
                refresh_labels(run.writer)
        if summary.interrupted:
            stopped = KeyboardInterrupt()
            done = f"{summary.added} documents were added and {summary.changed} replaced"
            stopped.add_note(f"semsearch: {done} before the interruption; they are committed")
            raise stopped
        return summary

    @checked()
    def remove(self, targets: str | Path | Sequence[str | Path]) -> int:
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
        from semsearch.corpus.split.passages import embedded_text

        with self._writer() as writer:
            writer.moves.give_up(PREVIOUS)
            writer.compact(embedded_text)
            writer.shrink()

    @checked()
    def doctor(self, *, repair: bool = False) -> Diagnosis:
        """Check every part of the index; with `repair`, rebuild, encode and read again just what is lost."""
        from semsearch.api.check_and_repair import examine

        return examine(
            self._open_store,
            lambda _: self.index(),
            repair,
            self._own_encoder,
            offline=self._offline,
            wait=self._wait,
            fetch_progress=self._fetch_progress,
        )

    @checked()
    def export(self, file: str | Path) -> int:
        """Write the whole index as one file and return its bytes; `import_index` makes an index of it."""
        return self._open_store.export(Path(file), wait=self._wait)

    # Searching.

    @checked()
    def search(
        self,
        query: str = "",
        *,
        k: int = 10,
        mode: Mode | str = Mode.HYBRID,
        filters: str | Condition | Sequence[str | Condition] = (),
        within: str | Path | Sequence[str | Path] = (),
        like: str | Path | Sequence[str | Path] = (),
        unlike: str | Path | Sequence[str | Path] = (),
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
        the word of the index that is spelled most like it (`Results.corrected`). `filters` (`type=pdf or type=docx`,
        `not language=de`) and `within` (paths) apply before ranking. `like` and `unlike` name files or document ids to
        be near to and far from. Without `floor` hits are returned even when nothing stands above the index's noise
        floor, else `Results.near_misses`; `exact` leaves approximate indexes out. With `rerank` a cross-encoder
        (`reranker`: a name, a folder, or an object of that protocol) reads the query with the first `rerank_top`
        documents, some .1 s each on two cores; its order is fused with the lists', or replaces it (`rerank_mode`).
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

    @checked()
    def search_many(self, queries: Sequence[str], **options: Unpack[SearchKeywords]) -> list[Results]:
        """Answer several queries on one state of the index, encoded together; `options` are those of `search`."""
        return self.search_with(queries, SearchOptions.of(options))

    @checked()
    def search_with(self, queries: Sequence[str], options: SearchOptions) -> list[Results]:
        """Answer several queries as `search_many` does, with options that are one object."""
        from semsearch.api.searching import search_many

        reranker = self._reranker_for(options)
        with self._view() as view:
            return search_many(view, queries, options, self._provider(view), self.settings, reranker)

    @checked()
    def rank_many(
        self, queries: Sequence[str], *, k: int = 10, mode: Mode | str = Mode.HYBRID, **options: Unpack[RerankKeywords]
    ) -> list[list[str]]:
        """Return the ids of the first k documents of each query, best first: what an evaluation needs, and no more.

        Every text is taken as it stands: quotes are no phrases. No noise floor, no folding of near copies. `options`
        are those of `search` that begin with `rerank`.
        """
        from semsearch.api.searching import rank_many

        asked = SearchOptions.of(options, k=k, mode=mode, literal=True)
        reranker = self._reranker_for(asked)
        with self._view() as view:
            return rank_many(view, queries, asked, self._provider(view), self.settings, reranker)

    @checked()
    def why_not(self, query: str, path: str | Path, **options: Unpack[ListKeywords]) -> WhyNot:
        """Tell why a file is not among the hits of a query, or its rank in each list; `options` as in `search`.

        Raises InvalidQuery, InvalidFilter, ModelUnavailable, ModelMismatch.
        """
        from semsearch.api.searching import why_not

        asked = SearchOptions.of(options)
        with self._view() as view:
            return why_not(view, query, str(path), asked, self._provider(view), self.settings)
