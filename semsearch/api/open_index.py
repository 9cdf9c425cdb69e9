"""An open index: its settings, its encoder, and how its files are opened for reading and for writing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from semsearch.api.arguments import checked
from semsearch.api.checks import instance
from semsearch.client_context import absolute
from semsearch.errors import IndexClosed, ModelMismatch, NotInIndex
from semsearch.settings import Settings
from semsearch.stores.base import Step, Store, StoreView, StoreWriter, no_step
from semsearch.types.models import BiEncoder, CrossEncoder, FetchProgress, Generator

if TYPE_CHECKING:
    from semsearch.indexing.run import Run
    from semsearch.models.encoder_decoder.whisper import WhisperTranscriber
    from semsearch.types.reports import ProgressCallback

__all__ = ["Handle"]


class Handle:
    """What every part of `Index` stands on. Many threads may use one."""

    @checked(store=instance(Store, "a store; `Index.open` and `Index.create` take a path"))
    def __init__(
        self,
        store: Store,
        *,
        encoder: BiEncoder | None = None,
        offline: bool | None = None,
        wait: float = 10.0,
        fetch_progress: FetchProgress | None = None,
        step: Step = no_step,
    ) -> None:
        """Wrap an index that is there; apps use `open` and `create`."""
        self._store = store
        self._closed = False
        self._own_encoder = encoder
        self._loaded = encoder
        self._offline = offline
        self._wait = wait
        self._fetch_progress = fetch_progress
        self._step = step
        self._guard = threading.Lock()
        self._loading = threading.Lock()
        self._recorded = False
        self._rerankers: dict[str, CrossEncoder] = {}
        self._generators: dict[tuple[str, str | None], Generator] = {}
        self._meta = self._read_meta()
        self.settings = Settings.from_dict(self._meta["settings"])
        if encoder is not None:
            self._check(encoder, self._meta)

    @property
    def path(self) -> Path:
        """The folder of the index."""
        return self._store.root

    def close(self) -> None:
        """Let files and models go. What is running ends by itself, what is begun afterwards raises IndexClosed.

        Running are searches and writes of other threads, an iteration over documents, and an answer whose search has
        been made; a `watch` ends after the batch that it is at. To close again does nothing.
        """
        with self._guard:
            self._closed = True
        self._store.close()
        self._loaded = None
        self._rerankers, self._generators = {}, {}

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def _open_store(self) -> Store:
        self._check_open()
        return self._store

    def _read_meta(self) -> dict[str, Any]:
        with self._open_store.snapshot() as state:
            return state.meta

    def _check_open(self) -> None:
        if self._closed:
            raise IndexClosed(f"this object was closed; open {self.path} again")

    def __enter__(self) -> Self:
        """Return the index. Raises IndexClosed."""
        self._check_open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    @contextmanager
    def _view(self) -> Iterator[StoreView]:
        with self._open_store.view() as view:
            self._follow(view.meta)
            yield view

    def _writer(self, wait: float | None = None) -> StoreWriter:
        writer = self._open_store.writer(wait=self._wait if wait is None else wait, step=self._step)
        self._record()
        return writer

    def _record(self) -> None:
        """Record that this user writes to the index, which is a word that it may be opened unasked; once is enough."""
        if not self._recorded:
            from semsearch.api.trust import trust

            trust(self._store.root)
            self._recorded = True

    @contextmanager
    def _run(self, progress: ProgressCallback | None, wait: float | None = None) -> Iterator[Run]:
        from semsearch.indexing.run import Run

        loaded: list[WhisperTranscriber] = []

        def listener() -> WhisperTranscriber:
            from semsearch.models.encoder_decoder.whisper import load_transcriber

            name = self.settings.transcriber
            loaded.append(load_transcriber(name, offline=self._offline, progress=self._fetch_progress))
            return loaded[-1]

        try:
            with self._writer(wait) as writer:
                self._follow(writer.meta)
                encoder = cache(partial(self._encoder_for, writer.meta))  # asked for with every document
                yield Run(writer, encoder, self.settings, progress, listener)
        finally:
            for transcriber in loaded:
                transcriber.close()

    def _follow(self, meta: dict[str, Any]) -> None:
        """Take over the settings of a state that has another model: someone has moved the index."""
        if meta["fingerprint"] != self._meta["fingerprint"] and meta["state"] >= self._meta["state"]:
            self._meta = meta
            self.settings = Settings.from_dict(meta["settings"])

    def _adopt(self, own: BiEncoder | None, loaded: BiEncoder | None) -> None:
        """Go on with another model after a move that this object made; `own` is an encoder of the caller's."""
        with self._loading:
            self._own_encoder, self._loaded = own, loaded
        self._meta = self._read_meta()
        self.settings = Settings.from_dict(self._meta["settings"])

    def _provider(self, view: StoreView) -> Callable[[], BiEncoder]:
        """Return the way to the encoder of exactly the state that a view has pinned."""
        return partial(self._encoder_for, view.meta)

    def _encoder(self) -> BiEncoder:
        """Return the encoder of the newest state that this object has seen; a view's own comes from `_provider`."""
        return self._encoder_for(self._meta)

    def _encoder_for(self, meta: dict[str, Any]) -> BiEncoder:
        """Return the encoder whose vectors a state holds, loaded once and again when the index has moved."""
        from semsearch.api.precision import as_stored

        with self._loading:
            if self._own_encoder is not None:
                self._check(self._own_encoder, meta)
                return as_stored(self._own_encoder, meta, self._fetch_progress)
            held = self._loaded
            if held is not None and (held.fingerprint, held.dim) == (meta["fingerprint"], meta["dim"]):
                return as_stored(held, meta, self._fetch_progress)
            model = str(meta["settings"]["model"])
            if meta.get("own_encoder"):
                raise ModelMismatch(
                    f"{self.path} was made with an encoder of one's own ({model}): open it with "
                    "`encoder=`, or search by words alone (the lexical mode)"
                )
            encoder = self._new_encoder(model)
            self._check(encoder, meta)
            self._loaded = encoder
            return as_stored(encoder, meta, self._fetch_progress)

    def _new_encoder(self, model: str) -> BiEncoder:
        """Load a model by its name. Raises ModelUnavailable."""
        from semsearch.models.encoder.load import load_encoder

        return load_encoder(model, offline=self._offline, progress=self._fetch_progress)

    def _check(self, encoder: BiEncoder, meta: dict[str, Any]) -> None:
        stored = (meta["fingerprint"], meta["dim"])
        if (encoder.fingerprint, encoder.dim) != stored:
            name = str(getattr(encoder, "name", encoder.fingerprint))
            model = str(meta["settings"]["model"])
            raise ModelMismatch(
                f"{self.path} holds vectors of {model} ({stored[0][:40]}), not of {name} "
                f"({encoder.fingerprint[:40]}), {encoder.dim} dimensions instead of {stored[1]}; move it with "
                f"`move_to` or `semsearch index --model {name}`, or index into another place"
            )

    def _known_id(self, view: StoreView, document_id: str) -> str:
        for candidate in (document_id, absolute(document_id)):
            if view.document_number(candidate) is not None:
                return candidate
        raise NotInIndex(f"{document_id} is not in the index")
