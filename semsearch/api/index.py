"""The index as an app holds it: every method is documented here, and calls what does its work."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack
from warnings import warn

from semsearch.api import argument_checks as checks
from semsearch.api.arguments import SETTINGS, checked, options_of, several
from semsearch.api.open_index import OpenIndex
from semsearch.search.options import SearchOptions
from semsearch.stores.open import open_store
from semsearch.types.answers import Answer
from semsearch.types.search import Mode, RerankMode, Results

if TYPE_CHECKING:
    import threading

    from semsearch.answer.generate import Event
    from semsearch.api.keywords import (
        AnswerKeywords,
        ListKeywords,
        OpenKeywords,
        RerankKeywords,
        SearchKeywords,
        SettingsKeywords,
    )
    from semsearch.api.labels import IndexLabels
    from semsearch.api.model_move import IndexModels
    from semsearch.api.rewrites import Rewrites
    from semsearch.api.saved_queries import SavedQueries
    from semsearch.conditions import Condition
    from semsearch.explore.near_duplicates import NearDuplicate
    from semsearch.settings import Settings
    from semsearch.stores.base import Store
    from semsearch.types.arrays import Embeddings
    from semsearch.types.documents import Document, Passage
    from semsearch.types.reports import (
        Diagnosis,
        DocumentInfo,
        Evaluation,
        FieldInfo,
        Followed,
        Plan,
        ProgressCallback,
        SourceInfo,
        Status,
        Summary,
    )
    from semsearch.types.search import Qrels, WhyNot

__all__ = ["Index"]


_MOVED = {
    "apply_labels": "labels.apply",
    "diff": "saved_queries.diff",
    "learn_label": "labels.learn",
    "learn_label_file": "labels.learn_file",
    "move_to": "models.move_to",
    "new_matches": "saved_queries.new_matches",
    "questions": "rewrites.questions",
    "remove_label": "labels.remove",
    "remove_query": "saved_queries.remove",
    "rollback": "models.rollback",
    "save_query": "saved_queries.save",
    "seen_matches": "saved_queries.mark_seen",
    "summarize": "rewrites.summarize",
    "translate": "rewrites.translate",
}
"""What methods were called in 0.1."""


def _store(name: str, value: Any) -> Any:
    known = callable(getattr(value, "snapshot", None)) and callable(getattr(value, "writer", None))
    return value if known else checks.refuse(name, value, "a store; `Index.open` and `Index.create` take a path")


class Index:
    """A searchable index in a folder. Use `open` or `create`; it is a context manager, and many threads may share it.

    `encoder` may be any object of the `BiEncoder` protocol; without one, the model named in the index's settings is
    loaded when it is first needed.
    """

    @checked(store=_store)
    def __init__(self, store: Store, **options: Unpack[OpenKeywords]) -> None:
        """Wrap an index that is there; apps use `open` and `create`."""
        self._opened = OpenIndex(store, **options)

    @classmethod
    @checked()
    def open(cls, path: str | Path, **options: Unpack[OpenKeywords]) -> Self:
        """Open the index at `path`.

        `encoder` is for an index that was made with one; else the model is loaded when it is first needed. `offline`
        allows no connection (None: as SEMSEARCH_OFFLINE says); `fetch_progress` is called with what is done, bytes done
        and bytes in all. A writer waits `wait` seconds (10) for another one. Raises IndexNotFound, IndexIncompatible,
        IndexDamaged, and ModelMismatch for an encoder of another model.
        """
        return cls(open_store(Path(path)), **options)

    @classmethod
    @checked()
    def create(
        cls,
        path: str | Path,
        *,
        settings: Settings | None = None,
        exist_ok: bool = False,
        **options: Unpack[OpenKeywords],
    ) -> Self:
        """Make an empty index at `path` and open it; `exist_ok` opens the one that is there.

        The other arguments are those of `open`. The model is loaded, and fetched when it is not here. Raises
        SemsearchError when there is an index already or the folder holds something else, InvalidQuery for settings that
        cannot be, ModelUnavailable when no model is available.
        """
        from semsearch.api.create import ensure_index

        store = open_store(Path(path))
        loaded = ensure_index(store, settings, exist_ok=exist_ok, **options)
        index = cls(store, **options)
        if loaded is not None:
            index._opened.hold(loaded)
        return index

    @property
    def path(self) -> Path:
        """The folder of the index."""
        return self._opened.path

    @property
    def settings(self) -> Settings:
        """How it reads and splits; `configure` changes that."""
        return self._opened.settings

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._opened.closed

    def close(self) -> None:
        """Let files and models go. What is running ends by itself, what is begun afterwards raises IndexClosed.

        Running are searches and writes of other threads, an iteration over documents, and an answer whose search has
        been made; a `watch` ends after the batch that it is at. To close again does nothing.
        """
        self._opened.close()

    def __enter__(self) -> Self:
        """Return the index. Raises IndexClosed."""
        self._opened.check_open()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    # What has more methods of its own.

    @property
    def labels(self) -> IndexLabels:
        """Labels: heads learned from a few labelled documents, which fill a field of all."""
        from semsearch.api.labels import IndexLabels

        return IndexLabels(self._opened)

    @property
    def saved_queries(self) -> SavedQueries:
        """Saved queries: what has changed in their hits, and which new passages match them."""
        from semsearch.api.saved_queries import SavedQueries

        return SavedQueries(self._opened)

    @property
    def models(self) -> IndexModels:
        """The model of the index: moving to another one, and back."""
        from semsearch.api.model_move import IndexModels

        return IndexModels(self._opened)

    @property
    def rewrites(self) -> Rewrites:
        """What an encoder-decoder writes: summaries, translations, questions."""
        from semsearch.api.rewrites import Rewrites

        return Rewrites(self._opened)

    if not TYPE_CHECKING:  # or type checkers would take any name for one that is here

        def __getattr__(self, name: str) -> Any:
            """Return a method by the name that it had in 0.1, with a warning."""
            if name not in _MOVED:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            warn(f"`Index.{name}` is `Index.{_MOVED[name]}` now", DeprecationWarning, stacklevel=2)
            return attrgetter(_MOVED[name])(self)

    # Facts.

    def status(self) -> Status:
        """Describe the index and how its sources have changed since the last run."""
        from semsearch.api.index_status import status_of

        return status_of(self._opened.store)

    def sources(self) -> list[SourceInfo]:
        """Return the files and folders that the index follows."""
        from semsearch.api.index_status import source_infos

        with self._opened.store.snapshot() as state:
            return source_infos(state)

    def fields(self) -> dict[str, FieldInfo]:
        """Return every field that a filter may name: types, how many documents have it, examples of its values."""
        with self._opened.view() as view:
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
        from semsearch.api.documents import list_documents

        return list_documents(self._opened, filters, within)

    @checked()
    def document(self, document_id: str) -> Document:
        """Return a document with its whole text. Raises InvalidQuery when it is not here, IndexDamaged."""
        from semsearch.api.documents import whole_document

        return whole_document(self._opened, document_id)

    @checked()
    def passages(self, document_id: str) -> list[Passage]:
        """Return the passages of a document, in order. Raises InvalidQuery when it is not here."""
        from semsearch.api.documents import passages_of

        return passages_of(self._opened, document_id)

    @checked()
    def context(self, passage: Passage, lines: int) -> tuple[str, str]:
        """Return up to `lines` lines before and after a passage, as they were when it was indexed."""
        from semsearch.api.documents import context

        return context(self._opened, passage, lines)

    def vectors(self, ids: Sequence[int]) -> Embeddings:
        """Return the stored vectors of passages: (n, dim) float32, unit rows to the precision they are stored in.

        `ids` are those of `Passage.id`, in any order and as often as wanted; the rows are in that order. Nothing is
        encoded, no model is loaded. Raises NotInIndex for an id that is not here, IndexDamaged.
        """
        from semsearch.api.explore import vectors

        return vectors(self._opened, ids)

    @checked()
    def document_vectors(self, document_ids: Sequence[str | Path]) -> Embeddings:
        """Return one vector for each document, the mean direction of its passages: (n, dim) float32, unit rows.

        The row of a document without any passage is zero. Raises NotInIndex for a document that is not here.
        """
        from semsearch.api.explore import document_vectors

        return document_vectors(self._opened, document_ids)

    @checked(document_id=checks.path)
    def near_duplicates(
        self, document_id: str | Path, threshold: float | None = None, *, k: int = 10
    ) -> tuple[NearDuplicate, ...]:
        """Return up to k documents that are nearly the same as one of the index, the most similar first.

        `similarity` is a mean of cosines over the passages of both (see `NearDuplicate`) and at least `threshold`, .85
        by default; 1 are copies. What was only found to be about the same is lower. Works on stored vectors, so that
        no model is loaded. Raises NotInIndex, InvalidQuery for a threshold or k that cannot mean anything.
        """
        from semsearch.api.explore import near_duplicates

        return near_duplicates(self._opened, str(document_id), threshold, k)

    # Writing.

    @checked(**SETTINGS)
    def configure(self, **changes: Unpack[SettingsKeywords]) -> Settings:
        """Change stored settings (fields of `Settings`); what they shape is made again by the next `index`.

        Raises InvalidQuery for a value that a setting cannot have, ModelMismatch for another model: `models.move_to`
        makes its vectors first. Then nothing is changed.
        """
        from semsearch.api.documents import configure

        return configure(self._opened, **changes)

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
        from semsearch.api.indexing import index_paths

        return index_paths(self._opened, several(paths), prune=prune, progress=progress, max_memory=max_memory)

    @checked(**SETTINGS)
    def plan(
        self, paths: str | Path | Sequence[str | Path] = (), *, max_memory: int = 0, **changes: Unpack[SettingsKeywords]
    ) -> Plan:
        """Predict what `index` would do and cost, from a sample that is read, split and encoded; nothing is written.

        `changes` are fields of `Settings` to plan with. Raises SourceUnreadable for a path that is not there,
        InvalidQuery for too little memory, ModelUnavailable.
        """
        from semsearch.api.planning import plan_known

        return plan_known(self._opened, several(paths), max_memory, **changes)

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
        from semsearch.api.indexing import add_documents

        return add_documents(self._opened, documents, progress)

    @checked()
    def remove(self, targets: str | Path | Sequence[str | Path]) -> int:
        """Remove documents by id, file, folder or source root; return how many. Files themselves stay.

        Raises InvalidQuery for a target that is not here; then nothing is removed.
        """
        from semsearch.api.documents import remove

        return remove(self._opened, several(targets))

    def compact(self) -> None:
        """Rewrite the index without what was removed, and forget what `models.rollback` goes back
        to.

        Readers go on meanwhile; an unfinished move to another model stays.
        """
        from semsearch.api.documents import compact

        compact(self._opened)

    @checked()
    def doctor(self, *, repair: bool = False) -> Diagnosis:
        """Check every part of the index; with `repair`, rebuild, encode and read again just what is lost."""
        from semsearch.api.check_and_repair import examine_open

        return examine_open(self._opened, lambda _: self.index(), repair)

    @checked()
    def export(self, file: str | Path) -> int:
        """Write the whole index as one file and return its bytes; `import_index` makes an index of it."""
        return self._opened.store.export(Path(file), wait=self._opened.wait)

    @checked()
    def watch(
        self,
        paths: str | Path | Sequence[str | Path] = (),
        *,
        once: bool = False,
        alerts: str | Sequence[str] = (),
        rescan: float = 600.0,
        stop: threading.Event | None = None,
        progress: ProgressCallback | None = None,
    ) -> Generator[Followed, None, None]:
        """Catch up with files and folders, then follow them until `stop` is set, reporting every batch.

        Without paths it follows every source that the index knows, those that come meanwhile too; paths that are new
        become sources. A batch looks at what has changed only; every `rescan` seconds everything is looked at, for
        what the system does not report (network disks). The writer's lock is held for a batch at a time, and waited for
        as long as another process holds it. A source that has vanished keeps its documents. With `once` it catches up
        and ends. `alerts` are names of saved queries: new passages that match them come with the batch that brought
        them, once, also those that came while nobody watched. Ctrl-C while a batch is written ends it as `index` does
        (`Summary.interrupted`). Raises what `index` raises, IndexBusy with `once` only; InvalidQuery for an alert that
        is not saved.
        """
        from semsearch.api.watch import watch

        folders = [Path(path) for path in several(paths)]
        return watch(
            self._opened, folders, once=once, alerts=several(alerts), rescan=rescan, stop=stop, progress=progress
        )

    # Searching.

    @checked()
    def search(self, query: str = "", **options: Unpack[SearchKeywords]) -> Results:
        """Find the `k` (10) documents that answer a query best.

        Quoted parts of the query are exact phrases. `mode` is hybrid, dense or lexical. With `fuzzy` a misspelled word
        that stands nowhere is searched as the word of the index that is spelled most like it (`Results.corrected`).
        `filters` (`type=pdf or type=docx`, `not language=de`) and `within` (paths) apply before ranking. `like` and
        `unlike` name files or document ids to be near to and far from. Without `floor` hits are returned even when
        nothing stands above the index's noise floor, else `Results.near_misses`; `exact` leaves approximate indexes
        out, `fold=False` shows near copies one by one, and a document is shown with `per_document` (3) passages. With
        `rerank` a cross-encoder (`reranker`: a name, a folder, or an object of that protocol) reads the query with the
        first `rerank_top` (20) documents, some .1 s each on two cores; its order is fused with the lists', or replaces
        it (`rerank_mode`). Raises InvalidQuery, InvalidFilter, ModelUnavailable, ModelMismatch, IndexDamaged.
        """
        return self.search_with([query], options_of(options))[0]

    @checked()
    def search_many(self, queries: Sequence[str], **options: Unpack[SearchKeywords]) -> list[Results]:
        """Answer several queries on one state of the index, encoded together; `options` are those of `search`."""
        return self.search_with(queries, options_of(options))

    @checked()
    def search_with(self, queries: Sequence[str], options: SearchOptions) -> list[Results]:
        """Answer several queries as `search_many` does, with options that are one object."""
        from semsearch.api.searching import search_with

        return search_with(self._opened, queries, options)

    @checked()
    def rank_many(
        self, queries: Sequence[str], *, k: int = 10, mode: Mode | str = Mode.HYBRID, **options: Unpack[RerankKeywords]
    ) -> list[list[str]]:
        """Return the ids of the first k documents of each query, best first: what an evaluation needs, and no more.

        Every text is taken as it stands: quotes are no phrases. No noise floor, no folding of near copies. `options`
        are those of `search` that begin with `rerank`.
        """
        from semsearch.api.searching import rank_many

        return rank_many(self._opened, queries, options_of({"k": k, "mode": mode, **options}, literal=True))

    @checked()
    def why_not(self, query: str, path: str | Path, **options: Unpack[ListKeywords]) -> WhyNot:
        """Return why a file is not among the hits of a query, or its rank in each list; `options` as in `search`.

        Raises InvalidQuery, InvalidFilter, ModelUnavailable, ModelMismatch.
        """
        from semsearch.api.searching import why_not

        return why_not(self._opened, query, str(path), options_of(options))

    @checked(results=checks.instance(Results, "what `search` returned"))
    def explain(self, results: Results) -> Results:
        """Return the same results, each hit with its `matches`: which of its words carry the match in meaning.

        The index's own encoder encodes the query and every passage again, word by word (late interaction). Results of
        a query without text or of the lexical mode come back as they are. Raises ModelUnavailable, ModelMismatch.
        """
        from semsearch.api.rerankers import explain

        return explain(self._opened, results)

    @checked(queries=lambda name, value: value)  # texts by their ids: looked at together with the judgements
    def evaluate(
        self,
        queries: Mapping[str, str],
        qrels: Qrels,
        *,
        modes: Sequence[Mode | str] = tuple(Mode),
        measures: Sequence[str] | None = None,
        rerank: bool = False,
        rerank_mode: RerankMode | str = RerankMode.FUSE,
        rerank_top: int = 20,
        reranker: Any = None,
    ) -> Evaluation:
        """Measure how well this index ranks: `queries` by their ids, and what was judged relevant to each.

        `qrels` is {query id: {document id or path: grade}}, a grade above 0 meaning relevant; queries without
        judgements are left out, and judged documents that are not here count as not found (`Evaluation.missing`).
        `measures` are names that ir-measures knows, `("nDCG@10", "RR@10", "R@10", "R@100")` by default. With `rerank`
        the hybrid search with a reranker is a mode of its own, `rerank`; its options are those of a search. Raises
        InvalidQuery for a judged query without text, for no judgement at all and for an unknown measure or mode, and
        what `search` raises.
        """
        from semsearch.api.evaluation import evaluate_index

        options = {"rerank_mode": rerank_mode, "rerank_top": rerank_top, "reranker": reranker}
        chosen = [Mode(mode) for mode in modes]
        return evaluate_index(self._opened, queries, qrels, chosen, measures, rerank=rerank, **options)

    # Answering.

    @checked()
    def answer(self, question: str, **options: Unpack[AnswerKeywords]) -> Answer:
        """Answer a question from the documents, each sentence with where it stands.

        Without a model the answer is extractive: up to `sentences` (3) of the documents' own sentences. With
        `generator` (an object of that role, or a model's name; `openai:MODEL` is asked at `base_url`) a decoder writes
        it from the best `passages` (5), as `sampling` says; with `seq2seq` (True, a name, an object) an encoder-decoder
        sums those up. What a model writes is checked sentence by sentence: one that no document supports has no
        citations and a `doubt`, and `strict` leaves it out. A cross-encoder reads the hits first, which takes some .1 s
        for each of ten documents on two cores and finds more; `rerank=False` is faster.

        The other options are those of `search`, or `results` are what a search has found already. `Answer.found` is
        False, and there are no sentences, when nothing in the hits answers; a citation's `quote` is the document's
        `text[start:stop]`. Raises InvalidQuery (an empty question, two models), InvalidFilter, ModelUnavailable,
        ModelMismatch, IndexDamaged.
        """
        last: Answer | None = None
        for event in self.answer_stream(question, **options):
            last = event if isinstance(event, Answer) else last
        assert last is not None
        return last

    @checked()
    def answer_stream(self, question: str, **options: Unpack[AnswerKeywords]) -> Iterator[Event]:
        """Yield what comes of an answer: tokens, finished sentences with their verdict, the answer at the end.

        Options and errors are those of `answer`.
        """
        from semsearch.api.answers import answer_stream

        return answer_stream(self._opened, question, **options)
