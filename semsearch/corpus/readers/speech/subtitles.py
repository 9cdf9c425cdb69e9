"""Subtitles, SRT and WebVTT: the spoken text, anchored at its seconds as in a recording."""

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
"""Seconds after a cue within which its lines count as still shown, not repeated."""
_SPEAKER = re.compile(r"<v(?:\.[\w.-]*)?[ \t]+([^<> \t][^<>]*)>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_FACT = re.compile(r"(Language|Title)[ \t]*:[ \t]*(\S.*)", re.IGNORECASE)


def read(data: bytes) -> Parsed:
    """Read subtitles in any encoding."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse subtitles; a text without time codes stays a text."""
    lines = text.split("\n")
    cues = list(_cues(lines))
    return recording.read(cues, _facts(lines)) if cues else plain_text.parse(text)


def _cues(lines: list[str]) -> Iterator[Utterance]:
    """Yield the cues; a line that the previous cue has shown already, as in rolling captions, is not repeated."""
    at, until = 0, 0.0
    shown: set[str] = set()
    while at < len(lines):
        times = _TIMES.fullmatch(lines[at]) if "->" in lines[at] else None
        at += 1
        if not times:
            continue
        spoken = []
        while at < len(lines) and lines[at].strip() and not ("->" in lines[at] and _TIMES.fullmatch(lines[at])):
            spoken.append(_plain(lines[at]))
            at += 1
        if at < len(lines) and spoken and spoken[-1].isdecimal() and "->" in lines[at]:
            spoken.pop()  # the number of the next cue, without a blank line before it
        spoken = [line for line in spoken if line]
        start, stop = _seconds(times, 1), _seconds(times, 5)
        fresh = [line for line in spoken if line not in shown or start > until + _ROLLING]
        shown, until = set(spoken) or shown, stop
        if fresh:
            yield Utterance(start, stop, " ".join(fresh))


def _seconds(times: re.Match[str], first: int) -> float:
    hours, minutes, seconds, part = (times[first + number] or "0" for number in range(4))
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(part.ljust(3, "0")) / 1000


def _plain(line: str) -> str:
    line = _TAG.sub("", _SPEAKER.sub(r"\1: ", line))
    return " ".join(html.unescape(line).split())


def _facts(lines: list[str]) -> dict[str, Value]:
    """Return the metadata in the header of a WebVTT file."""
    if not lines[0].startswith("WEBVTT"):
        return {}
    facts: dict[str, Value] = {}
    if title := lines[0][len("WEBVTT") :].strip(" \t-:"):
        facts["title"] = title
    for line in lines[1:20]:
        if not line.strip():
            break
        if fact := _FACT.fullmatch(line.strip()):
            facts[fact[1].lower()] = fact[2]
    return facts
