"""Hits for people: where a passage stands, what it says with the matching words marked, and how sure the search is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from semsearch.cli.terminal.screen import Screen, safe_name, safe_text
from semsearch.cli.terminal.wrap import WrappedLine, layout, unbroken, width_of, window
from semsearch.types.documents import Anchor, AnchorKind, clock
from semsearch.types.search import Hit, WordMatch

__all__ = ["Look", "explanation", "meaning", "place", "render_hit", "shortened", "shown_path"]

_INDENT = "    "
_LINES = 6
_MORE = 5
_FOLDED = 3
_FLOOR = 0.5  # a score below it is no better than noise on this index
_LISTS = ("dense", "lexical", "rerank")
# Kinds of files whose line breaks are only a matter of width; those of every other kind are kept.
_PROSE = frozenset(
    ["", "docx", "htm", "html", "ipynb", "markdown", "md", "odt", "pdf", "rst", "rtf", "text", "txt", "xhtml"]
)


class Look(NamedTuple):
    """How hits are shown: the screen, the folder that paths are relative to, and what is added to each hit."""

    screen: Screen
    cwd: Path
    explain: bool = False


def shown_path(path: str, cwd: Path) -> str:
    """Return a path as the user would type it: relative when it is below the current folder."""
    if not Path(path).is_absolute():
        return path
    try:
        return str(Path(path).relative_to(cwd))
    except ValueError:
        return path


def _holder(path: str) -> str:
    """Return the file on disk that holds a document, empty for one that is a file itself."""
    at = path.find("!/")
    while at > 0:
        if Path(path[:at]).is_file():
            return path[:at]
        at = path.find("!/", at + 1)
    return ""


def place(anchor: Anchor, path: str, look: Look) -> str:
    """Return where something stands, as a link to its line or page where the terminal has links."""
    screen = look.screen
    name = safe_name(shown_path(path, look.cwd))
    holder = _holder(path) if screen.links else ""
    if holder:
        return screen.link(screen.path(name), holder) + (f" {screen.dim(str(anchor))}" if str(anchor) else "")
    if anchor.kind is AnchorKind.LINE:
        return screen.link(screen.path(f"{name}:{anchor.start}"), path, str(anchor.start))
    if anchor.kind is AnchorKind.TIME:
        return screen.link(screen.path(f"{name}@{clock(anchor.start)}"), path, f"t={anchor.start}")
    fragment = f"page={anchor.start}" if anchor.kind is AnchorKind.PAGE else ""
    within = f" {screen.dim(str(anchor))}" if str(anchor) else ""
    return screen.link(screen.path(name), path, fragment) + within


def _is_prose(hit: Hit) -> bool:
    kind = hit.metadata.get("type")
    suffix = kind if isinstance(kind, str) and kind else Path(hit.path).suffix.lstrip(".")
    return hit.passage.anchor.kind is AnchorKind.TIME or suffix.lower() in _PROSE


def _shown(text: str) -> str:
    return safe_text(unbroken(text))


def _painted(text: str, line: WrappedLine, hit: Hit, screen: Screen) -> str:
    """Return one line with its marked words bold, and those that are only near in meaning underlined."""
    parts = []
    at = line.start
    near = [(span, screen.underlined) for span in _near(hit)]
    for (a, b), paint in sorted([*((mark, screen.bold) for mark in hit.marks), *near], key=lambda one: one[0]):
        a, b = max(a, at), min(b, line.stop)
        if a < b:
            parts += [_shown(text[at:a]), paint(_shown(text[a:b]))]
            at = b
    parts.append(_shown(text[at : line.stop]))
    return "".join(parts)


def _near(hit: Hit) -> set[tuple[int, int]]:
    """Return the words that are near one of the query in meaning, without those that are marked as they stand."""
    exact = {position for start, stop in hit.marks for position in range(start, stop)}
    return {match.passage for match in hit.matches if match.passage[0] not in exact}


def _repeats_heading(line: str, heading: Sequence[str]) -> bool:
    """Whether a line at the top of a passage is one of the headings that are shown above it, or its underline."""
    bare = line.strip("#=-~^*+ \t")
    return bool(heading) and (not bare or bare in heading)


def _body(hit: Hit, look: Look, limit: int | None) -> Iterator[str]:
    text, marks = hit.passage.text, sorted({*hit.marks, *_near(hit)})
    width = look.screen.width - len(_INDENT) - 2  # room for the sign that the passage goes on
    lines = layout(text, width, reflow=_is_prose(hit))
    while len(lines) > 1 and _repeats_heading(text[lines[0].start : lines[0].stop], hit.passage.heading):
        lines = lines[1:]
    first, last = window(text, lines, marks, limit) if limit else (0, len(lines))
    shown = lines[first:last]
    margin = min((line.indent for line in shown), default=0)
    ellipsis = look.screen.dim("…")
    for number, line in enumerate(shown, first):
        lead = f"  {ellipsis} " if number == first and first > 0 else _INDENT
        tail = f" {ellipsis}" if number == last - 1 and last < len(lines) else ""
        yield lead + " " * (line.indent - margin) + _painted(text, line, hit, look.screen) + tail


def _context(text: str, hit: Hit, look: Look) -> Iterator[str]:
    for line in layout(text, look.screen.width - len(_INDENT), reflow=_is_prose(hit)):
        yield _INDENT + " " * line.indent + look.screen.dim(_shown(text[line.start : line.stop]))


def _headline(hit: Hit, room: int) -> str:
    """Return the path of headings, the inner ones where room is short; a document without any is named by its title."""
    title = hit.metadata.get("title")
    steps = [safe_name(step) for step in hit.passage.heading] or [safe_name(title) if isinstance(title, str) else ""]
    reported = " › ".join(steps)
    while width_of(reported) > room and len(steps) > 1:
        steps = steps[1:]
        reported = " › ".join(["…", *steps])
    return shortened(reported, room)


def _also(hit: Hit, look: Look) -> Iterator[str]:
    if hit.more:
        places = [str(p.anchor) or "another passage" for p in hit.more]
        rest = f", and {len(places) - _MORE} more" if len(places) > _MORE else ""
        yield f"also {', '.join(dict.fromkeys(places[:_MORE]))}{rest}"
    if hit.folded:
        names = [safe_name(shown_path(name, look.cwd)) for name in hit.folded[:_FOLDED]]
        rest = ", ..." if len(hit.folded) > _FOLDED else ""
        noun = "file" if Path(hit.path).is_absolute() else "document"
        plural = "" if len(hit.folded) == 1 else "s"
        yield f"same text in {len(hit.folded)} more {noun}{plural}: {', '.join(names)}{rest}"


def explanation(scores: Mapping[str, float], ranks: Mapping[str, int]) -> str:
    """Return the rank and the score in each list, on one line."""
    known = [name for name in _LISTS if name in scores or name in ranks]
    reported = []
    for name in known:
        rank = f"rank {ranks[name]}" if name in ranks else "not in the list"
        reported.append(f"{name}: {rank}" + (f", score {scores[name]:.3f}" if name in scores else ""))
    return " · ".join(reported)


def meaning(query: str, hit: Hit, room: int) -> str:
    """Return on one line the words of the query and those of the passage that stand for them, the nearest first."""
    near = _near(hit)
    reported: dict[str, None] = {}
    for match in sorted(hit.matches, key=lambda match: -match.weight):
        if match.passage in near:
            asked, found = (_shown(text[slice(*span)]) for text, span in _pair(query, hit, match))
            reported[f"{asked} ~ {found} {match.similarity:.2f}"] = None
    line = ""
    for number, one in enumerate(reported):
        longer = f"{line} · {one}" if number else f"near in meaning: {one}"
        if number and width_of(longer) > room:
            break
        line = longer
    return line


def _pair(query: str, hit: Hit, match: WordMatch) -> tuple[tuple[str, tuple[int, int]], tuple[str, tuple[int, int]]]:
    return (query, match.query), (hit.passage.text, match.passage)


def shortened(text: str, room: int) -> str:
    """Cut a line to a number of columns."""
    if width_of(text) <= room:
        return text
    while width_of(text) >= room:
        text = text[:-1]
    return text.rstrip() + "…"


def render_hit(hit: Hit, look: Look, context: tuple[str, str] | None = None, query: str = "") -> Iterable[str]:
    """Yield the lines of one hit; with `context` the passage is shown whole, between the lines around it.

    `query` is the text that the hit's `matches` point into.
    """
    screen = look.screen
    score = f"{hit.score:.2f}" if hit.score >= _FLOOR else screen.dim(f"{hit.score:.2f}")
    yield f"{screen.dim(f'{hit.rank:>2}.')} {place(hit.passage.anchor, hit.path, look)}  {score}"
    headline = _headline(hit, screen.width - len(_INDENT))
    if headline:
        yield _INDENT + screen.dim(headline)
    before, after = context or ("", "")
    yield from _context(before, hit, look)
    yield from _body(hit, look, None if context else _LINES)
    yield from _context(after, hit, look)
    for line in _also(hit, look):
        yield _INDENT + screen.dim(line)
    if look.explain:
        yield _INDENT + screen.dim(explanation(hit.scores, hit.ranks))
        if line := meaning(query, hit, screen.width - len(_INDENT)):
            yield _INDENT + screen.dim(line)
