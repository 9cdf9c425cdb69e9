"""Another model for an index: the old state serves until the new one is whole, and is kept to go back to."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from semsearch.api.arguments import ENCODER, checked
from semsearch.api.labels import refresh_labels
from semsearch.api.precision import KEY, as_stored, chosen_precision, own_precision, stored_precision
from semsearch.errors import IndexBusy, ModelMismatch, StorageFull
from semsearch.indexing.move.move_index import Mover, go_back, move
from semsearch.settings import Settings
from semsearch.stores.records import MOVE, PREVIOUS, Kept, MoveTarget
from semsearch.types.models import BiEncoder, Precision
from semsearch.types.reports import Move

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex
    from semsearch.types.reports import ProgressCallback

__all__ = ["IndexModels"]


class IndexModels:
    """The model of an index: moving to another one, and back."""

    def __init__(self, opened: OpenIndex) -> None:
        """Move nothing yet."""
        self._opened = opened

    @checked(model=ENCODER)
    def move_to(self, model: str | BiEncoder, *, progress: ProgressCallback | None = None) -> Move:
        """Give the index the vectors of another model: a name that can be loaded, or an encoder of one's own.

        Searches and other runs go on meanwhile with the model that is there; Ctrl-C or a crash keeps what is done, and
        the same call goes on. Passages keep their ids, unless the new model does not see them whole. The state before
        is kept for `rollback`, until the next move or `compact`. Moving to the model that is here gives up an
        unfinished move. Raises ModelUnavailable, ModelMismatch (a model that sees too little), IndexBusy, StorageFull.
        """
        opened = self._opened
        encoder = opened.new_encoder(model) if isinstance(model, str) else model
        own = not isinstance(model, str)
        name = str(getattr(encoder, "name", encoder.fingerprint))
        meta = opened.read_meta()
        serving, back = Kept.serving(meta), Kept.of(meta, PREVIOUS)
        asked = (encoder.fingerprint, encoder.dim)
        if asked == (serving.fingerprint, serving.dim):
            return self._stay(serving)
        precision = self._precision_of_move(meta, encoder, own)
        encoder = as_stored(encoder, {KEY: precision})
        mover = self._mover(meta, encoder, progress)
        if back is not None and asked == (back.fingerprint, back.dim):
            made = go_back(mover, serving)
        else:
            target = MoveTarget(name, encoder.fingerprint, encoder.dim, own, precision)
            made = move(mover, target, serving, lambda: opened.encoder_for(meta))
        return made if made.interrupted else self._settle(made, encoder if own else None, encoder)

    @checked()
    def rollback(self, *, encoder: BiEncoder | None = None, progress: ProgressCallback | None = None) -> Move:
        """Go back to the model before the last move; the same call again goes forward.

        At once when nothing has changed since: with the very vectors, floor and approximate index of then. What is new
        since is encoded with that model (`encoder`, when it is one of the caller's own). Raises SemsearchError when
        there is nothing to go back to, IndexDamaged when what was kept is damaged, IndexBusy, StorageFull.
        """
        opened = self._opened
        meta = opened.read_meta()
        back = Kept.of(meta, PREVIOUS)
        if back is not None and encoder is not None and not _fits(encoder, back):
            raise ModelMismatch(f"{opened.path} goes back to {back.model}, not to the encoder that was given")
        if back is not None and encoder is None and opened.own_encoder is not None and _fits(opened.own_encoder, back):
            encoder = opened.own_encoder  # someone else has moved the index away from it
        if back is not None and encoder is not None:
            encoder = as_stored(encoder, back.facts)
        made = go_back(self._mover(meta, encoder, progress, back), Kept.serving(meta))
        return made if made.interrupted else self._settle(made, encoder, encoder)

    def _settle(self, made: Move, own: BiEncoder | None, loaded: BiEncoder | None) -> Move:
        """Go on with the model that serves now; labels are learned again on its vectors.

        The move is done by now: where another process writes, or the disk is full, the next run sees to the labels.
        """
        opened = self._opened
        if opened.closed:
            return made  # labels wait for the next run
        opened.adopt(own, loaded)
        with suppress(IndexBusy, StorageFull), opened.writer() as writer:
            refresh_labels(writer)
        return made

    def _mover(
        self,
        meta: dict[str, Any],
        encoder: BiEncoder | None,
        progress: ProgressCallback | None,
        back: Kept | None = None,
    ) -> Mover:
        opened = self._opened
        loaded: list[BiEncoder] = [encoder] if encoder is not None else []

        def provide() -> BiEncoder:
            if not loaded:
                assert back is not None
                loaded.append(self._kept_encoder(back))
            return loaded[0]

        settings = Settings.from_dict(meta["settings"])
        return Mover(opened.store, opened.writer, provide, settings, progress)

    def _kept_encoder(self, back: Kept) -> BiEncoder:
        """Load the model of the state before the last move."""
        opened = self._opened
        if back.own:
            raise ModelMismatch(
                f"{opened.path} has new text since it moved away from {back.model}, an encoder of one's own: give it "
                "with `encoder=`"
            )
        found = opened.new_encoder(back.model)
        if (found.fingerprint, found.dim) != (back.fingerprint, back.dim):
            raise ModelMismatch(f"{back.model} has other weights now than when {opened.path} moved away from it")
        return as_stored(found, back.facts, opened.fetch_progress)

    def _precision_of_move(self, meta: dict[str, Any], encoder: BiEncoder, own: bool) -> Precision:
        """Return what passages are encoded in: as begun, or as kept to go back to, else what is fastest here."""
        for one in (Kept.of(meta, PREVIOUS), Kept.of(meta, MOVE)):
            if one is not None and _fits(encoder, one):
                return stored_precision(one.facts)
        return own_precision(encoder) if own else chosen_precision(encoder)

    def _stay(self, serving: Kept) -> Move:
        """Report that the model is here already; an unfinished move to another one is given up."""
        opened = self._opened
        with opened.writer() as writer:
            ended = writer.moves.give_up(MOVE)
            count = writer.snapshot.passages.count()
        return Move(serving.model, serving.model, count, 0, 0, None, "", 0.0, abandoned=ended)


def _fits(encoder: BiEncoder, one: Kept) -> bool:
    return (encoder.fingerprint, encoder.dim) == (one.fingerprint, one.dim)
