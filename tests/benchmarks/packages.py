"""Debian packages whose files the benchmarks read: fetched with apt and unpacked once, never installed."""

from __future__ import annotations

import os
import random
import subprocess
from collections import defaultdict
from pathlib import Path

from semsearch.corpus.parse.file_types import document_type
from tests.benchmarks.material import cache_folder

PYTHON = (
    "python3.11-doc",
    "python-django-doc",
    "python-sqlalchemy-doc",
    "docutils-doc",
    "sphinx-doc",
)
DEBIAN = (
    *("apt-doc", "aptitude-doc-en", "debian-faq", "debian-handbook", "debian-kernel-handbook", "debian-policy"),
    *("debian-reference-en", "debmake-doc", "developers-reference", "doc-debian", "installation-guide-amd64"),
    *("maint-guide", "manpages", "manpages-de", "manpages-dev"),
)
OTHERS = (
    *("apache2-doc", "asciidoctor-doc", "bash-doc", "bind9-doc", "cmake-doc", "exim4-doc-html", "git-doc"),
    *("libgtk-3-doc", "linux-doc-6.1", "nginx-doc", "perl-doc", "postfix-doc", "postgresql-doc-15"),
    *("r-doc-html", "r-doc-pdf", "sqlite3-doc", "vim-doc"),
)
RARE = 400
"""A kind with no more files than this is taken whole."""
_SEED = 20_260_101


def unpacked(package: str) -> Path:
    """Return the folder that a package's files lie in."""
    folder = cache_folder() / "packages" / package
    if not folder.is_dir():
        fetched = folder.with_name(f"{package}.fetched")
        fetched.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=fetched, check=True)
        archive = next(fetched.glob("*.deb"))
        beside = folder.with_name(f"{package}.{os.getpid()}")
        subprocess.run(["dpkg-deb", "-x", archive, beside], check=True)
        beside.rename(folder)
        archive.unlink()
        fetched.rmdir()
    return folder


def documentation_files(count: int) -> list[Path]:
    """Return so many files of all the packages: those of rare kinds, and a draw of the others, the same each time.

    No hidden ones: an index passes them over.
    """
    kinds: dict[str, list[Path]] = defaultdict(list)
    for package in sorted((*PYTHON, *DEBIAN, *OTHERS)):
        for path in sorted(unpacked(package).rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                kinds[kind_of(path)].append(path)
    chosen = [path for files in kinds.values() if len(files) <= RARE for path in files]
    others = [path for files in kinds.values() if len(files) > RARE for path in files]
    drawn = random.Random(_SEED).sample(others, max(0, min(len(others), count - len(chosen))))
    return sorted((chosen + drawn)[:count])


def kind_of(path: Path) -> str:
    """Return the type of a file by its name, that of what is packed for one that is compressed."""
    return document_type(path.with_suffix("") if path.suffix in (".gz", ".xz", ".bz2") else path)
