"""The line of headings that is embedded above a passage: `Title > Heading > Subheading`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from semsearch.corpus.split.file_names import name_text
from semsearch.corpus.split.token_count import count
from semsearch.types.models import Tokenizing

__all__ = ["embedded_text", "fitted"]

_CUT = "…"
_OPENING = 1000
"""Characters at the start of a passage in which its headings are looked for."""


def embedded_text(title: str, heading: Sequence[str], text: str) -> str:
    """Return exactly the text that is encoded for a passage: its title and headings on one line, then its text.

    The title is omitted when the first heading equals it or, ending in `…`, is its beginning; so are headings that the
    text itself starts with. Without a text it is a name: see `name_text`.
    """
    if not text:
        return name_text(title, heading)
    prefix = _prefix(_without_repeats(_path(title, heading), text))
    return f"{prefix}\n{text}" if prefix else text


def _path(title: str, heading: Sequence[str]) -> list[str]:
    parts = list(heading)
    if title and not (parts and _repeats(parts[0], title)):
        parts.insert(0, title)
    return [part for part in parts if part not in ("", _CUT)]


def _repeats(heading: str, title: str) -> bool:
    return heading.casefold() == title.casefold() or (heading.endswith(_CUT) and title.startswith(heading[:-1]))


def _prefix(path: Sequence[str]) -> str:
    return " > ".join(path)


def _without_repeats(path: list[str], text: str) -> list[str]:
    if not path:
        return path
    opening = [letters for line in text[:_OPENING].split("\n")[:16] if (letters := _letters(line))]
    for size in range(min(len(path), len(opening)), 0, -1):
        if [_letters(part) for part in path[-size:]] == opening[:size]:
            return path[:-size]
    return path


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def fitted(
    title: str, paths: Iterable[tuple[str, ...]], tokens: Tokenizing, budget: int
) -> dict[tuple[str, ...], tuple[tuple[str, ...], int]]:
    """Return for each path of headings the path to store, and the tokens that title and path take before a text.

    A path takes at most a quarter of the budget: headings are dropped from the outside in, then words of the last one
    and of the title.
    """
    distinct = list(dict.fromkeys(paths))
    prefixes = [_prefix(_path(title, path)) for path in distinct]
    nonempty = [prefix for prefix in prefixes if prefix]
    counts = dict(zip(nonempty, count(tokens, nonempty), strict=True))
    most = budget // 4
    out = {}
    for path, prefix in zip(distinct, prefixes, strict=True):
        size = counts.get(prefix, 0)
        out[path] = (path, size) if size <= most else _shortened(title, path, tokens, most)
    return out


def _shortened(title: str, path: tuple[str, ...], tokens: Tokenizing, most: int) -> tuple[tuple[str, ...], int]:
    candidates = [path[at:] for at in range(1, len(path))]
    last = path[-1:]
    if path and not _repeats(path[0], title):
        candidates.append((_beginning(title, tokens, most // 2), *(_beginning(p, tokens, most // 2 - 1) for p in last)))
    candidates += [(_beginning(title or path[0], tokens, most - 1),), (_CUT,)]
    sizes = count(tokens, [_prefix(_path(title, candidate)) or " " for candidate in candidates])
    return next((pair for pair in zip(candidates, sizes, strict=True) if pair[1] <= most), ((_CUT,), 0))


def _beginning(text: str, tokens: Tokenizing, most: int) -> str:
    """Return the first tokens of a text, with an ellipsis when it is cut."""
    spans = tokens.token_spans([text])[0]
    if len(spans) <= most:
        return text
    return (text[: spans[most - 1][1]].rstrip() if most > 0 else "") + _CUT
