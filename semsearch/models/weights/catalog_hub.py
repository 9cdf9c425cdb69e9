"""Models on the hub only: no package of the package index contains them, and their bytes were never seen here.

The facts are those of their model cards and file lists: the licence, the context, and a revision with safetensors.
Parameters are counted once a model is fetched, and its files are pinned to those of the first fetch.
"""

from __future__ import annotations

from semsearch.models.weights.catalog_entry import Entry
from semsearch.types.models import Architecture, Role

__all__ = ["HUB_ENTRIES"]


def _entry(
    name: str, role: Role, repository: str, context: int, licence: str, languages: str, *, dim: int = 0
) -> Entry:
    hub, _, revision = repository.partition("@")
    roles = (Role.BI_ENCODER, Role.TOKEN_ENCODER) if role is Role.BI_ENCODER else (role,)
    architecture = Architecture.ENCODER if role is Role.BI_ENCODER else Architecture.ENCODER_DECODER
    return Entry(
        name=name,
        architecture=architecture,
        roles=roles,
        context=context,
        files={},
        packages=(),
        languages=tuple(languages.split()),
        licence=licence,
        hub=hub,
        revision=revision,
        dim=dim,
    )


HUB_ENTRIES = (
    _entry(
        "bge-small-en-v1.5",
        Role.BI_ENCODER,
        "BAAI/bge-small-en-v1.5@35baf7769a878409ff46ec41bf2e8f8ae9cc335a",
        512,
        "MIT",
        "en",
        dim=384,
    ),
    _entry("flan-t5-small", Role.SEQ2SEQ, "google/flan-t5-small", 512, "Apache-2.0", "en"),
    # The main branches of these hold pickles only; safetensors are on the branch of a conversion.
    _entry("distilbart-cnn-12-6", Role.SEQ2SEQ, "sshleifer/distilbart-cnn-12-6@refs/pr/18", 1024, "Apache-2.0", "en"),
    _entry("opus-mt-en-de", Role.SEQ2SEQ, "Helsinki-NLP/opus-mt-en-de@refs/pr/4", 512, "CC-BY-4.0", "en de"),
    _entry(
        "opus-mt-de-en",
        Role.SEQ2SEQ,
        "Helsinki-NLP/opus-mt-de-en@6f6b23ef5ef8a586414ad9d2b7dda64ca5352935",
        512,
        "Apache-2.0",
        "de en",
    ),
    _entry(
        "whisper-small.en",
        Role.TRANSCRIBER,
        "Systran/faster-whisper-small.en@d1d751a5f8271d482d14ca55d9e2deeebbae577f",
        448,
        "MIT",
        "en",
    ),
    _entry(
        "whisper-small",
        Role.TRANSCRIBER,
        "Systran/faster-whisper-small@536b0662742c02347bc0e980a01041f333bce120",
        448,
        "MIT",
        "",
    ),
)
