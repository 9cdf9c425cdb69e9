"""Frozen settings of an index, and the user's folders. An index is always read with its own stored settings."""

from __future__ import annotations

import os
import zlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import platformdirs

__all__ = [
    "DEFAULT_GENERATOR",
    "DEFAULT_MODEL",
    "DEFAULT_RERANKER",
    "DEFAULT_SEQ2SEQ",
    "DEFAULT_TRANSCRIBER",
    "MAX_PAGES",
    "MAX_TEXT",
    "NO_TRANSCRIBER",
    "Settings",
    "cache_dir",
    "data_dir",
    "default_translator",
    "offline",
    "user_path",
]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_RERANKER = "ms-marco-MiniLM-L-12-v2-int8"
DEFAULT_GENERATOR = "SmolLM2-135M-Instruct"
DEFAULT_TRANSCRIBER = "whisper-tiny.en"
NO_TRANSCRIBER = "none"
"""Instead of a transcriber's name: skip recordings."""
MAX_PAGES = 5_000
MAX_TEXT = 20_000_000
DEFAULT_SEQ2SEQ = "google/flan-t5-small"


def default_translator(source: str, target: str) -> str:
    """Return the hub model that translates between two languages (ISO 639-1).

    T5 was trained on three of the pairs, and its repository has safetensors weights.
    """
    if source == "en" and target in ("de", "fr", "ro"):
        return "google-t5/t5-small"
    return f"Helsinki-NLP/opus-mt-{source}-{target}"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that determine an index's content; stored in it and used whenever it is read or refreshed."""

    model: str = DEFAULT_MODEL
    language: str = "auto"
    """Stemming and stop words: an ISO 639-1 code, or `auto` to detect it for every document."""
    passage_tokens: int = 0
    """Maximum length of a passage in the encoder's tokens, headings included; 0: the encoder's limit, 512 at most."""
    max_file_bytes: int = 50_000_000
    max_recording_bytes: int = 2_000_000_000
    file_seconds: float = 120.0
    """Timeout for parsing one file, in seconds."""
    max_members: int = 10_000
    """Maximum number of documents inside one file: an archive's files, a mailbox's messages."""
    max_expanded_bytes: int = 200_000_000
    """Maximum total size of everything inside one file, unpacked."""
    max_nesting: int = 5
    """Maximum nesting of files inside each other: 1 for an archive's own files."""
    max_pages: int = MAX_PAGES
    """Maximum pages read of a PDF or TIFF; the rest is left out, and the summary says so."""
    max_text: int = MAX_TEXT
    """Maximum characters of text of one document; the rest is left out, and the summary says so."""
    ocr: bool = True
    """Whether to read text in pictures, if the extra `ocr` is installed."""
    max_pixels: int = 50_000_000
    """Maximum pixels of a picture."""
    transcriber: str = DEFAULT_TRANSCRIBER
    """The model that transcribes recordings; `none` skips them."""
    hidden: bool = False
    """Whether to read hidden files and folders."""
    ignore_files: bool = True
    """Whether to honour .gitignore, .ignore and .semsearchignore, and to skip generated files of tools."""
    recall: float = 0.98
    """Recall@10, against exact search, that approximate search must reach; below it, search is exact."""
    splitter: int = 4
    """Version of the readers and the splitter; the next `index` splits documents of an older one again."""

    @property
    def version(self) -> int:
        """A number, stored with each document, that changes when documents must be split or analyzed again."""
        shape = f"{self.splitter} {self.passage_tokens} {self.language}"
        if (self.max_pages, self.max_text) != (MAX_PAGES, MAX_TEXT):
            shape += f" {self.max_pages} {self.max_text}"
        return zlib.crc32(shape.encode())

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able copy."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Build from a stored dict. Unknown keys are ignored, and so is `splitter`, which the code sets."""
        known = {f.name for f in fields(cls)} - {"splitter"}
        return cls(**{k: v for k, v in values.items() if k in known})


def data_dir() -> Path:
    """Return the folder of the default index and the ids of trusted indexes; `SEMSEARCH_DATA` overrides it."""
    override = os.environ.get("SEMSEARCH_DATA")
    return Path(override) if override else Path(platformdirs.user_data_dir("semsearch", appauthor=False))


def cache_dir() -> Path:
    """Return the folder of weights and compiled models; `SEMSEARCH_CACHE` overrides it."""
    override = os.environ.get("SEMSEARCH_CACHE")
    return Path(override) if override else Path(platformdirs.user_cache_dir("semsearch", appauthor=False))


def offline() -> bool:
    """Return whether network access is off: `SEMSEARCH_OFFLINE`, `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE`."""
    names = ("SEMSEARCH_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(os.environ.get(n, "").lower() not in ("", "0", "false", "no") for n in names)


def user_path(text: str | Path) -> Path:
    """Return a path typed by a user with `~` expanded; `~name` of an unknown user stays as it is."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser raises RuntimeError for an unknown user
