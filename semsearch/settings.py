"""Frozen settings of an index, and where this user's data is. An index is read with its own stored settings."""

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
"""Instead of a transcriber's name: recordings are skipped."""
MAX_PAGES = 5_000
MAX_TEXT = 20_000_000
DEFAULT_SEQ2SEQ = "google/flan-t5-small"


def default_translator(source: str, target: str) -> str:
    """Return the hub's model that translates between two languages (ISO 639-1).

    T5 was trained on three pairs of them, and its repository has its weights in safetensors.
    """
    if source == "en" and target in ("de", "fr", "ro"):
        return "google-t5/t5-small"
    return f"Helsinki-NLP/opus-mt-{source}-{target}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What shapes the content of an index; stored in it and used whenever it is read or refreshed."""

    model: str = DEFAULT_MODEL
    language: str = "auto"
    """Stemming and stop words: an ISO 639-1 code, or `auto` to detect it for every document."""
    passage_tokens: int = 0
    """Upper bound of a passage in the encoder's tokens, headings included; 0: what the encoder sees, 512 at most."""
    max_file_bytes: int = 50_000_000
    max_recording_bytes: int = 2_000_000_000
    file_seconds: float = 120.0
    """How long one file may take to be parsed."""
    max_members: int = 10_000
    """How many documents may come from inside one file: an archive's files, a mailbox's messages."""
    max_expanded_bytes: int = 200_000_000
    """How large everything inside one file may be together, unpacked."""
    max_nesting: int = 5
    """How deep files may lie inside each other: 1 for an archive's own files."""
    max_pages: int = MAX_PAGES
    """How many pages of a PDF or a TIFF are read; the rest is left out, and the summary says so."""
    max_text: int = MAX_TEXT
    """How many characters of text one document may have; the rest is left out, and the summary says so."""
    ocr: bool = True
    """Whether text in pictures is read, where the extra `ocr` is installed."""
    max_pixels: int = 50_000_000
    """How many pixels a picture may have."""
    transcriber: str = DEFAULT_TRANSCRIBER
    """Which model listens to recordings; `none` passes them over."""
    hidden: bool = False
    """Whether hidden files and folders are read."""
    ignore_files: bool = True
    """Whether .gitignore, .ignore and .semsearchignore are honoured, and what tools made is left out."""
    recall: float = 0.98
    """Share of the exact best ten that a search of a large index has to find; what is less is searched exactly."""
    splitter: int = 4
    """Version of the readers and the splitter; a newer one splits again at the next `index`."""

    @property
    def version(self) -> int:
        """A number that changes when documents must be split or analyzed again: stored with each of them."""
        shape = f"{self.splitter} {self.passage_tokens} {self.language}"
        if (self.max_pages, self.max_text) != (MAX_PAGES, MAX_TEXT):
            shape += f" {self.max_pages} {self.max_text}"
        return zlib.crc32(shape.encode())

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able copy."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Build from a stored dict; keys of other versions are ignored, and so is the splitter's: it is the code's."""
        known = {f.name for f in fields(cls)} - {"splitter"}
        return cls(**{k: v for k, v in values.items() if k in known})


def data_dir() -> Path:
    """Where this user's default index and the ids of trusted indexes lie; `SEMSEARCH_DATA` overrides it."""
    override = os.environ.get("SEMSEARCH_DATA")
    return Path(override) if override else Path(platformdirs.user_data_dir("semsearch", appauthor=False))


def cache_dir() -> Path:
    """Where weights and compiled models lie; `SEMSEARCH_CACHE` overrides it."""
    override = os.environ.get("SEMSEARCH_CACHE")
    return Path(override) if override else Path(platformdirs.user_cache_dir("semsearch", appauthor=False))


def offline() -> bool:
    """Whether no connection may be made: `SEMSEARCH_OFFLINE`, `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE`."""
    names = ("SEMSEARCH_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(os.environ.get(n, "").lower() not in ("", "0", "false", "no") for n in names)


def user_path(text: str | Path) -> Path:
    """Return a path as a user types it, `~` being their home; that of a user who is not there stays as it is."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser raises RuntimeError for such a user
