"""Models as a user handles them: which there are, fetching, adding and removing them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semsearch import settings
from semsearch.api.argument_checks import text
from semsearch.api.arguments import checked
from semsearch.errors import ModelUnavailable
from semsearch.types.models import FetchProgress

if TYPE_CHECKING:
    from semsearch.models.manage.add_remove import Removed
    from semsearch.models.manage.details import ModelDetails
    from semsearch.models.manage.inventory import ModelInfo
    from semsearch.types.models import Generator

__all__ = ["add_model", "fetch_model", "list_models", "load_generator", "remove_model", "show_model"]


def list_models() -> list[ModelInfo]:
    """Return every model that is known by name: the catalogue's, the user's own, and fetched hub repositories.

    Opens no connection and reads no weights. Raises ModelUnavailable when the list of added models is damaged.
    """
    from semsearch.models.manage import inventory

    return inventory.list_models()


@checked()
def show_model(name: str, *, measure: bool = False) -> ModelDetails:
    """Return everything about one model, its files checked. Raises ModelUnavailable when there is no such model.

    `measure` compares the runtimes of a bi-encoder here again: some seconds. InvalidQuery for another model.
    """
    from semsearch.models.manage import details

    return details.show_model(name, measure=measure)


@checked()
def fetch_model(name: str, *, offline: bool | None = None, fetch_progress: FetchProgress | None = None) -> ModelInfo:
    """Bring a model here: a name of the catalogue, or a hub repository `owner/name` or `owner/name@revision`.

    Nothing happens when it is here with the right bytes. `fetch_progress` is called as in `Index.open`; `offline`
    allows no connection, by default SEMSEARCH_OFFLINE decides.

    Raises ModelUnavailable when no source delivers it, StorageFull when it does not fit on the disk.
    """
    from semsearch.models.manage.inventory import describe
    from semsearch.models.weights.catalog import find
    from semsearch.models.weights.user_models import added_models

    forbidden = settings.offline() if offline is None else offline
    if entry := find(name):
        from semsearch.models.weights.fetch import fetch
        from semsearch.models.weights.resolve import check_role

        folder = fetch(entry, offline=forbidden, progress=fetch_progress)
        if not entry.files:
            check_role(name, folder, entry.roles[0])
    elif (added := added_models().get(name)) is not None:
        if not Path(added.path).is_dir():
            raise ModelUnavailable(
                f"the folder of {name}, {added.path}, no longer exists: restore it, or `semsearch models remove {name}`"
            )
    elif not settings.user_path(name).is_dir():
        from semsearch.models.weights.resolve import fetch_named_repository

        fetch_named_repository(name, offline=forbidden, progress=fetch_progress)
    return describe(name)


@checked(name=text)
def add_model(name: str, path: str | Path) -> ModelInfo:
    """Give a name to the model in a folder, which stays where it is.

    Any Hugging Face or sentence-transformers folder will do, also one of ONNX, GGUF or CTranslate2 files only; what
    it is comes from its own configuration.

    Raises InvalidQuery for a name that is taken or cannot be one, ModelUnavailable when the folder holds no model
    that has a role here, or when its files are missing, damaged, or do not fit together.
    """
    from semsearch.models.manage import add_remove as custody
    from semsearch.models.manage.inventory import describe

    custody.add_model(name, path)
    return describe(name)


@checked(name=text)
def remove_model(name: str) -> Removed:
    """Free what was fetched of a model and made of it; a model of the user's own is only taken off the list.

    What needs the model fetches it again. Raises ModelUnavailable when there is no such model.
    """
    from semsearch.models.manage import add_remove as custody

    return custody.remove_model(name)


@checked()
def load_generator(
    name: str,
    *,
    base_url: str | None = None,
    offline: bool | None = None,
    progress: FetchProgress | None = None,
) -> Generator:
    """Return a generator: of the catalogue, a folder or hub repository of a causal language model, or `openai:MODEL`.

    `openai:MODEL` is a model behind any OpenAI-compatible endpoint at `base_url`; its key comes from the environment.
    Raises ModelUnavailable, with what to do, when it cannot be had; InvalidQuery for a `base_url` that is invalid.
    """
    from semsearch.models.decoder import generate as decoder

    return decoder.load_generator(name, base_url=base_url, offline=offline, progress=progress)
