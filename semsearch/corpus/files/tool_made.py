"""Recognize folders and files made by tools: dependencies, build outputs, caches, lock files.

A name alone is evidence only where people do not use it (`__pycache__`); otherwise something that the tool leaves
beside or inside the folder has to exist, so that a user's own `target`, `build` or `vendor` is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection

__all__ = ["MADE", "SIGNS", "made_beside", "made_file", "made_inside"]

MADE = "made by a tool"
"""The beginning of every reason."""

_NAMES = frozenset(
    {
        *("__pycache__", "__pypackages__", ".tox", ".nox", ".eggs", ".hypothesis", ".ipynb_checkpoints"),
        *(".mypy_cache", ".ruff_cache", ".pytest_cache"),
        *("bower_components", "jspm_packages", ".pnpm-store", ".parcel-cache", ".turbo", ".docusaurus"),
        *(".gradle", ".bloop", ".metals", ".terraform", ".terragrunt-cache"),
        *(".stack-work", "dist-newstyle", "elm-stuff", ".dart_tool", ".zig-cache", "zig-cache"),
    }
)
"""Names that only tools give to folders."""

_BUILD_GRADLE = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
_DOTNET = (".csproj", ".fsproj", ".vbproj")
_PACKAGE_JSON = ("package.json",)
_BESIDE: dict[str, tuple[str, ...]] = {
    "node_modules": ("package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"),
    ".yarn": _PACKAGE_JSON,
    ".next": _PACKAGE_JSON,
    ".nuxt": _PACKAGE_JSON,
    ".output": _PACKAGE_JSON,
    ".svelte-kit": _PACKAGE_JSON,
    ".angular": _PACKAGE_JSON,
    "storybook-static": _PACKAGE_JSON,
    "target": ("Cargo.toml", "pom.xml", "build.sbt", "project.clj"),
    "build": _BUILD_GRADLE,
    "Pods": ("Podfile",),
    "Carthage": ("Cartfile",),
    "DerivedData": ("Package.swift", ".xcodeproj", ".xcworkspace"),
    ".build": ("Package.swift",),
    "_build": ("mix.exs", "dune-project", "dune-workspace", "rebar.config", "conf.py"),
    "deps": ("mix.exs",),
    "zig-out": ("build.zig",),
    "_site": ("_config.yml", "_config.yaml"),
    "CMakeFiles": ("CMakeCache.txt", "cmake_install.cmake"),
}
"""By a folder's name: what is beside it when a tool made it; `.csproj` is any name that ends so."""

_WITHIN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "vendor": (("go.mod", "composer.json", "Gemfile"), ("modules.txt", "autoload.php", "bundle")),
    "node_modules": ((), (".package-lock.json", ".yarn-integrity", ".modules.yaml", ".bin")),
    "obj": (_DOTNET, ("project.assets.json", "Debug", "Release")),
    "bin": (_DOTNET, ("Debug", "Release")),
    "coverage": (_PACKAGE_JSON, ("lcov.info", "lcov-report", "coverage-final.json")),
    "htmlcov": ((), ("status.json",)),
    "Library": (("ProjectSettings",), ("ArtifactDB", "PackageCache", "ScriptAssemblies")),
}
"""By a folder's name: what is beside it (if required), and what a tool leaves in it; one of each suffices."""

_INSIDE = {
    "pyvenv.cfg": "a virtual environment",
    "conda-meta": "a conda environment",
    "CMakeCache.txt": "a build folder of CMake",
    "meson-private": "a build folder of Meson",
    ".cargo-checksum.json": "a vendored crate",
    "CACHEDIR.TAG": "a cache",
}
"""By a name inside a folder of any name: what that folder is."""
_ANY_INSIDE = frozenset(_INSIDE)
_TAG = "CACHEDIR.TAG"
_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
"""The beginning of a tag (Cache Directory Tagging Specification); other files of that name are not tags."""

_LOCKS = frozenset(
    {
        *(
            "package-lock.json",
            "npm-shrinkwrap.json",
            "yarn.lock",
            "pnpm-lock.yaml",
            "bun.lock",
            "bun.lockb",
            "deno.lock",
        ),
        *("poetry.lock", "pdm.lock", "uv.lock", "pixi.lock", "Pipfile.lock", "conda-lock.yml", "pylock.toml"),
        *(
            "Cargo.lock",
            "go.sum",
            "go.work.sum",
            "composer.lock",
            "Gemfile.lock",
            "mix.lock",
            "rebar.lock",
            "pubspec.lock",
        ),
        *("Podfile.lock", "Package.resolved", "Cartfile.resolved", "packages.lock.json"),
        *("gradle.lockfile", "buildscript-gradle.lockfile", "stack.yaml.lock", "cabal.project.freeze"),
        *("flake.lock", "renv.lock", "MODULE.bazel.lock", "buf.lock", "Chart.lock", ".terraform.lock.hcl"),
    }
)
_MINIFIED = (
    *(".min.js", ".min.mjs", ".min.cjs", ".min.css", ".chunk.js", ".chunk.css"),
    *(".js.map", ".mjs.map", ".cjs.map", ".css.map", ".ts.map"),
)
_ENDS = frozenset(suffix[-3:] for suffix in _MINIFIED)
"""Endings of these names, checked first for speed, since this runs for every file of a walk."""

SIGNS = _ANY_INSIDE.union(*_BESIDE.values(), *(names for pair in _WITHIN.values() for names in pair))
"""Names whose appearance may change how their folder, or a folder beside them, is classified."""


def made_beside(name: str, path: str, names: Collection[str]) -> str | None:
    """Return the evidence that a tool made the folder `path` named `name`, in a folder that holds `names`."""
    if name in _NAMES:
        return f"{MADE}: {name}"
    if (signs := _BESIDE.get(name)) and (sign := _first_present(signs, names)):
        return f"{MADE}: {name} beside {sign}"
    if (within := _WITHIN.get(name)) and (not within[0] or _first_present(within[0], names)):
        sign = next((sign for sign in within[1] if os.path.lexists(f"{path}/{sign}")), None)
        return f"{MADE}: {name} with {sign}" if sign else None
    return None


def _first_present(signs: Collection[str], names: Collection[str]) -> str | None:
    for sign in signs:
        if sign in names:
            return sign
        if sign.startswith(".") and (found := next((name for name in names if name.endswith(sign)), None)):
            return found
    return None


def made_inside(folder: str, names: Collection[str]) -> str | None:
    """Return the evidence that a tool made a folder that holds `names`, whatever its own name."""
    if _ANY_INSIDE.isdisjoint(names):
        return None
    for sign, what in _INSIDE.items():
        if sign not in names or (sign == "CMakeCache.txt" and "CMakeLists.txt" in names):  # built among its sources
            continue
        if sign != _TAG or _is_tag(f"{folder}/{sign}"):
            return f"{MADE}: {what} with {sign}"
    return None


def _is_tag(path: str) -> bool:
    """Return whether a file begins like a cache tag, without waiting on what may have replaced it."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        number = os.open(path, flags)
        try:
            return os.read(number, len(_SIGNATURE)) == _SIGNATURE
        finally:
            os.close(number)
    except OSError:
        return False


def made_file(name: str) -> str | None:
    """Return the reason for a file that a tool writes and nobody reads, by its name."""
    if name in _LOCKS:
        return f"{MADE}: a lock file"
    if name[-3:] in _ENDS and name.endswith(_MINIFIED):
        return f"{MADE}: a minified bundle or its map"
    return None
