"""An open index: its store, its settings, and the models that it has loaded; every function of `api/` takes one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from semsearch.client_context import absolute
from semsearch.errors import IndexClosed, ModelMismatch, NotInIndex
from semsearch.settings import Settings
from semsearch.stores.commit_steps import Step, no_step

if TYPE_CHECKING:
    from pathlib import Path

    from semsearch.indexing.control.indexing_run import IndexingRun
    from semsearch.models.encoder_decoder.whisper import WhisperTranscriber
    from semsearch.stores.base import Store, StoreView, StoreWriter
    from semsearch.types.models import BiEncoder, FetchProgress
    from semsearch.types.reports import ProgressCallback

__all__ = ["OpenIndex"]


class OpenIndex:
    """A store with the settings and the encoder that fit it. Many threads may use one."""

    def __init__(
        self,
        store: Store,
        *,
        encoder: BiEncoder | None = None,
        offline: bool | None = None,
        wait: float = 10.0,
        fetch_progress: FetchProgress | None = None,
    ) -> None:
        """Read what is stored of the index; an encoder of the caller's must be of its model."""
        self._store = store
        self.closed = False
        self.own_encoder = encoder
        self.offline = offline
        self.wait = wait
        self.fetch_progress = fetch_progress
        self.step: Step = no_step
        self.shared_encoder: Callable[[str], BiEncoder] | None = None
        self._loaded = encoder
        self._loading = threading.Lock()
        self._models: dict[tuple[object, ...], Any] = {}
        self._trusted = False
        self._meta = self.read_meta()
        self.settings = Settings.from_dict(self._meta["settings"])
        if encoder is not None:
            self._check(encoder, self._meta)

    @property
    def path(self) -> Path:
        """The folder of the index."""
        return self._store.root

    @property
    def store(self) -> Store:
        """The store. Raises IndexClosed."""
        self.check_open()
        return self._store

    def check_open(self) -> None:
        """Raise IndexClosed after `close`."""
        if self.closed:
            raise IndexClosed(f"this object was closed; open {self.path} again")

    def close(self) -> None:
        """Let files and models go."""
        self.closed = True
        self._store.close()
        self._loaded = None
        self._models = {}

    def read_meta(self) -> dict[str, Any]:
        """Return what is stored of the index as a whole. Raises IndexDamaged."""
        with self.store.snapshot() as state:
            return state.meta

    @contextmanager
    def view(self) -> Iterator[StoreView]:
        """Pin the newest state for searches."""
        with self.store.view() as view:
            self._follow(view.meta)
            yield view

    def writer(self, wait: float | None = None) -> StoreWriter:
        """Open the one writer, and trust the index that this user writes to. Raises IndexBusy."""
        writer = self.store.writer(wait=self.wait if wait is None else wait, step=self.step)
        if not self._trusted:
            from semsearch.api.trust import trust

            trust(self.path)
            self._trusted = True
        return writer

    @contextmanager
    def run(
        self, progress: ProgressCallback | None, wait: float | None = None, *, max_memory: int = 0
    ) -> Iterator[IndexingRun]:
        """Open the writer for an indexing run, with the settings that the index has now. Raises IndexBusy."""
        from semsearch.indexing.control.indexing_run import IndexingRun, RunOptions

        loaded: list[WhisperTranscriber] = []

        def listener() -> WhisperTranscriber:
            from semsearch.models.encoder_decoder.whisper import load_transcriber

            name = self.settings.transcriber
            loaded.append(load_transcriber(name, offline=self.offline, progress=self.fetch_progress))
            return loaded[-1]

        try:
            with self.writer(wait) as writer:
                self._follow(writer.meta)
                self.settings = Settings.from_dict(writer.meta["settings"])  # another process may have changed them
                encoder = cache(partial(self.encoder_for, writer.meta))  # asked for with every document
                yield IndexingRun(writer, encoder, RunOptions(self.settings, listener, max_memory), progress)
        finally:
            for transcriber in loaded:
                transcriber.close()

    def known_id(self, view: StoreView, document_id: str) -> str:
        """Return the id of a document that is named by it or by its path. Raises NotInIndex."""
        for candidate in (document_id, absolute(document_id)):
            if view.document_number(candidate) is not None:
                return candidate
        raise NotInIndex(f"{document_id} is not in the index")

    # Models.

    def loaded(self, key: tuple[object, ...], load: Callable[[], Any]) -> Any:
        """Return a model beside the encoder, loaded once for the life of this object."""
        with self._loading:
            if key not in self._models:
                self._models[key] = load()
            return self._models[key]

    def encoder(self) -> BiEncoder:
        """Return the encoder of the newest state that this object has seen; a view's own comes from `encoder_for`."""
        return self.encoder_for(self._meta)

    def encoder_for(self, meta: dict[str, Any]) -> BiEncoder:
        """Return the encoder whose vectors a state holds, loaded once and again when the index has moved.

        Raises ModelMismatch and ModelUnavailable.
        """
        from semsearch.api.precision import as_stored

        with self._loading:
            if self.own_encoder is not None:
                self._check(self.own_encoder, meta)
                return as_stored(self.own_encoder, meta, self.fetch_progress)
            held = self._loaded
            if held is not None and (held.fingerprint, held.dim) == (meta["fingerprint"], meta["dim"]):
                return as_stored(held, meta, self.fetch_progress)
            model = str(meta["settings"]["model"])
            if meta.get("own_encoder"):
                raise ModelMismatch(
                    f"{self.path} was made with an encoder of one's own ({model}): open it with "
                    "`encoder=`, or search by words alone (the lexical mode)"
                )
            encoder = self.new_encoder(model)
            self._check(encoder, meta)
            self._loaded = encoder
            return as_stored(encoder, meta, self.fetch_progress)

    def new_encoder(self, model: str) -> BiEncoder:
        """Return the model of a name: `shared_encoder` has it, or it is loaded. Raises ModelUnavailable."""
        if self.shared_encoder is not None:
            return self.shared_encoder(model)
        from semsearch.models.encoder.load import load_encoder

        return load_encoder(model, offline=self.offline, progress=self.fetch_progress)

    def hold(self, encoder: BiEncoder) -> None:
        """Use an encoder that is loaded already."""
        self._loaded = encoder

    def adopt(self, own: BiEncoder | None, loaded: BiEncoder | None) -> None:
        """Go on with another model after a move that this object made; `own` is an encoder of the caller's."""
        with self._loading:
            self.own_encoder, self._loaded = own, loaded
        self._meta = self.read_meta()
        self.settings = Settings.from_dict(self._meta["settings"])

    def _follow(self, meta: dict[str, Any]) -> None:
        """Take over the settings of a state that has another model: someone has moved the index."""
        if meta["fingerprint"] != self._meta["fingerprint"] and meta["state"] >= self._meta["state"]:
            self._meta = meta
            self.settings = Settings.from_dict(meta["settings"])

    def _check(self, encoder: BiEncoder, meta: dict[str, Any]) -> None:
        stored = (meta["fingerprint"], meta["dim"])
        if (encoder.fingerprint, encoder.dim) != stored:
            name = str(getattr(encoder, "name", encoder.fingerprint))
            model = str(meta["settings"]["model"])
            raise ModelMismatch(
                f"{self.path} holds vectors of {model} ({stored[0][:40]}), not of {name} "
                f"({encoder.fingerprint[:40]}), {encoder.dim} dimensions instead of {stored[1]}; move it with "
                f"`models.move_to` or `semsearch index --model {name}`, or index into another place"
            )
