"""Subtitles, SRT and WebVTT: what is said, anchored at its seconds as in a recording."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from semsearch.corpus.readers import text as plain_text
from semsearch.corpus.readers.speech import transcript as recording
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Parsed, Value
from semsearch.types.models import Utterance

__all__ = ["parse", "read"]

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"[ \t]*{_CLOCK}[ \t]*--+>[ \t]*{_CLOCK}(?:[ \t].*)?")
_ROLLING = 0.1
"""Seconds after a cue in which what it showed is still being shown, not said again."""
_SPEAKER = re.compile(r"<v(?:\.[\w.-]*)?[ \t]+([^<> \t][^<>]*)>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_FACT = re.compile(r"(Language|Title)[ \t]*:[ \t]*(\S.*)", re.IGNORECASE)


def read(data: bytes) -> Parsed:
    """Read subtitles in any encoding."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse subtitles; a text without any time code stays a text."""
    lines = text.split("\n")
    cues = list(_cues(lines))
    return recording.read(cues, _facts(lines)) if cues else plain_text.parse(text)


def _cues(lines: list[str]) -> Iterator[Utterance]:
    """Yield the cues; a line that the cue before has shown already, as rolling captions do, is said once."""
    at, until = 0, 0.0
    shown: set[str] = set()
    while at < len(lines):
        times = _TIMES.fullmatch(lines[at]) if "->" in lines[at] else None
        at += 1
        if not times:
            continue
        said = []
        while at < len(lines) and lines[at].strip() and not ("->" in lines[at] and _TIMES.fullmatch(lines[at])):
            said.append(_plain(lines[at]))
            at += 1
        if at < len(lines) and said and said[-1].isdecimal() and "->" in lines[at]:
            said.pop()  # the number of the next cue, which no blank line parts from this one
        said = [line for line in said if line]
        start, stop = _seconds(times, 1), _seconds(times, 5)
        fresh = [line for line in said if line not in shown or start > until + _ROLLING]
        shown, until = set(said) or shown, stop
        if fresh:
            yield Utterance(start, stop, " ".join(fresh))


def _seconds(times: re.Match[str], first: int) -> float:
    hours, minutes, seconds, part = (times[first + number] or "0" for number in range(4))
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(part.ljust(3, "0")) / 1000


def _plain(line: str) -> str:
    line = _TAG.sub("", _SPEAKER.sub(r"\1: ", line))
    return " ".join(html.unescape(line).split())


def _facts(lines: list[str]) -> dict[str, Value]:
    """Return what the head of a WebVTT file says of it."""
    if not lines[0].startswith("WEBVTT"):
        return {}
    found: dict[str, Value] = {}
    if title := lines[0][len("WEBVTT") :].strip(" \t-:"):
        found["title"] = title
    for line in lines[1:20]:
        if not line.strip():
            break
        if fact := _FACT.fullmatch(line.strip()):
            found[fact[1].lower()] = fact[2]
    return found
