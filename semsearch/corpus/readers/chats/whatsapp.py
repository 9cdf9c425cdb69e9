"""WhatsApp chat exports, of Android and iOS, in the date and time formats of any country.

They are text files whose names say little; logs and diaries with dates must not match.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from semsearch.corpus.readers import text as plain_text
from semsearch.corpus.readers.chats.talk import ChatMessage, bare, talk
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Parsed

__all__ = ["is_chat", "read"]

_DATE = r"(\d{1,4})[./-] ?(\d{1,2})[./-] ?(\d{1,4})\.?(?: ?г\.)?[,،]?"
_TIME = (
    r"(?:(?P<before>[^\W\d_]{1,3}) ?)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?"
    r"(?:[ \u00a0\u202f]?(?P<after>[^\d\]\-–:]{1,8}?))?"
)
_BRACKETS = re.compile(rf"\[{_DATE} {_TIME}\] (.*)", re.DOTALL)
_DASH = re.compile(rf"{_DATE} (?:um |at |à |às |kl\. )?{_TIME} [-–] (.*)", re.DOTALL)
_SPEAKER = re.compile(r"(?:~[ \u00a0\u202f]*)?([^\n:]{1,60}?): ?(.*)", re.DOTALL)
_SAMPLE = 50_000
"""Characters that are examined to recognize a chat."""
_MARKS = "\u200e\u200f\ufeff"
_NOON = re.compile(r"p\.?[ \u00a0\u202f]?m\.?|下午|오후|午後|μ\.?μ\.?|م", re.IGNORECASE)
_MORNING = re.compile(r"a\.?[ \u00a0\u202f]?m\.?|上午|오전|午前|π\.?μ\.?|ص", re.IGNORECASE)
_OCLOCK = ("uhr", "h", "u", "klo", "ч.")
_OMITTED = re.compile(
    r"<[^<>\n]{3,40}>|(?:image|video|audio|sticker|GIF|document|Contact card|photo|voice message) omitted"
    r"|(?:Bild|Video|Audio|Sticker|GIF|Dokument) weggelassen"
    r"|(?:image|vidéo|audio|sticker|GIF|document) (?:absente?|omise?)"
    r"|(?:imagen|video|audio|sticker|GIF|documento) omitid[oa]|null"
    r"|(?:This message was deleted|You deleted this message)\.?"
)
_NOTICE = re.compile(
    r"end[- ]to[- ]end|Ende-zu-Ende|de extremo a extremo|de bout en bout|de ponta a ponta|端到端|сквозн", re.IGNORECASE
)
_LEVELS = re.compile(r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|FATAL|CRITICAL|SEVERE)\b.*", re.IGNORECASE)
_NAMED = re.compile(r"(?:WhatsApp|_chat\b).*", re.IGNORECASE)
_TITLE = re.compile(
    r"WhatsApp[ _-]*(?:Chatverlauf|Chat|Discussion|Conversación|Conversa)?[ _-]*(?:(?:with|mit|avec|con|com) )?", re.I
)


@dataclass(frozen=True, slots=True)
class _Stamped:
    """A line that begins with a date and a time, with the lines below it that do not."""

    numbers: tuple[str, str, str]
    clock: tuple[int, int, int]
    half: str
    """The text before or after the time: `AM`, `p. m.`, or nothing."""
    text: str
    brackets: bool
    first: int
    last: int


def read(data: bytes, path: Path) -> Parsed:
    """Read a chat export; what is not one after all is read as plain text."""
    text = decode(data)
    if not is_chat(text[: text.find("\n", _SAMPLE) + 1 or len(text)], path.name):
        return plain_text.parse(text)
    return talk(_messages(list(_lines(text))), _title(path))


def is_chat(text: str, name: str) -> bool:
    """Return whether a text, or its beginning, is a chat export: lines have stamps of one format, and speakers.

    In addition either its name or a line that only WhatsApp writes is needed, or two people who take turns.
    """
    begin = text.lstrip("\ufeff\u200e\u200f \n")[:100]
    if not _stamp(begin.split("\n", 1)[0], 1):
        return False
    lines = list(_lines(text))
    if len({line.brackets for line in lines}) > 1:
        return False
    spoken = [_SPEAKER.fullmatch(bare(line.text)) for line in lines]
    names = Counter(match[1].strip() for match in spoken if match)
    if not names or any(map(_LEVELS.fullmatch, names)) or not _in_order(lines):
        return False
    if _NAMED.search(name) or any(map(_NOTICE.search, (line.text for line in lines[:5]))) or _marked(text):
        return True
    enough = len(lines) >= 4 and len(names) >= 2 and sum(names.values()) * 10 >= 9 * len(lines)
    turns = sum(a != b for a, b in pairwise(match[1] if match else "" for match in spoken))
    return enough and turns >= 2 and len(names) * 2 <= len(lines) and not _like_a_log(lines)


def _marked(text: str) -> bool:
    """Return whether lines have the mark that WhatsApp on iOS puts before its own messages."""
    return bool(re.search(r"^\u200e?\[[^\]\n]+\] [^:\n]+: \u200e|^\u200e\[", text, re.MULTILINE))


def _like_a_log(lines: Sequence[_Stamped]) -> bool:
    """Return whether the stamps have a form that Android never writes, or names look like programs."""
    seconds = not lines[0].brackets and any(line.clock[2] for line in lines)
    names = [match[1] for match in map(_SPEAKER.fullmatch, (bare(line.text) for line in lines)) if match]
    return seconds or any(re.search(r"[\[\]/\\_=<>{}()]|\w\.\w", name) for name in names)


def _in_order(lines: Sequence[_Stamped]) -> bool:
    """Return whether the times of a chat are ascending, except for a few late messages."""
    times = [when for message in _messages(lines) if (when := message.when) is not None]
    back = sum(later < before for before, later in pairwise(times))
    return len(times) * 2 > len(lines) and back * 10 <= len(times)


def _lines(text: str) -> Iterator[_Stamped]:
    """Yield the stamped lines with the lines below them; lines above the first stamp are dropped."""
    current: _Stamped | None = None
    below: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        stamped = _stamp(line, number)
        if stamped is None:
            below.append(line)
            continue
        if current is not None:
            yield _with(current, below)
        current, below = stamped, []
    if current is not None:
        yield _with(current, below)


def _with(stamped: _Stamped, below: list[str]) -> _Stamped:
    """Return a message with its continuation lines, without blank ones at the end."""
    while below and not below[-1].strip():
        below.pop()
    return (
        replace(stamped, text="\n".join((stamped.text, *below)), last=stamped.last + len(below)) if below else stamped
    )


def _stamp(line: str, number: int) -> _Stamped | None:
    begin = line[:8].lstrip(_MARKS)
    if not begin[:2].lstrip("[")[:1].isdigit():
        return None
    line = bare(line).replace("\u202f", " ").replace("\u00a0", " ")
    match = _BRACKETS.fullmatch(line) or _DASH.fullmatch(line)
    if not match:
        return None
    one, two, three, before, hour, minute, second, after, text = match.groups()
    half = " ".join(filter(None, (before, after))).strip()
    if half and not (_NOON.fullmatch(half) or _MORNING.fullmatch(half) or half.lower() in _OCLOCK):
        return None
    if int(hour) > 23 or int(minute) > 59:
        return None
    clock = int(hour), int(minute), min(59, int(second or 0))
    return _Stamped((one, two, three), clock, half, text, line.startswith("["), number, number)


def _messages(lines: Sequence[_Stamped]) -> list[ChatMessage]:
    order = _order(lines)
    out = []
    for number, line in enumerate(lines):
        text = bare(line.text)
        spoken = _SPEAKER.fullmatch(text)
        author = spoken[1].strip() if spoken else ""
        words = spoken[2].strip() if spoken else text
        if _NOTICE.search(words) and (number == 0 or not spoken):
            author = words = ""
        words = "\n".join(part for part in map(bare, words.split("\n")) if not _OMITTED.fullmatch(part))
        out.append(ChatMessage(author, _when(line, order), words.strip("\n"), line.first, line.last))
    return out


def _order(lines: Sequence[_Stamped]) -> str:
    """Return the order of a date's parts, `dmy`, `mdy` or `ymd`, as far as the dates of a chat show it.

    When no number is above 12, the ascending order of time decides, then the conventions of the country.
    """
    dates = list(dict.fromkeys(line.numbers for line in lines))
    if any(len(one) == 4 for one, _, _ in dates):
        return "ymd"
    if any(int(one) > 12 for one, _, _ in dates):
        return "dmy" if all(int(two) <= 12 for _, two, _ in dates) and not _years_first(dates) else "ymd"
    if any(int(two) > 12 for _, two, _ in dates):
        return "mdy"
    back = {order: _back(dates, order) for order in ("dmy", "mdy")}
    likely = "mdy" if any(line.half and line.half[0] in "AaPp" and "." not in line.half for line in lines) else "dmy"
    other = "dmy" if likely == "mdy" else "mdy"
    return other if back[other] < back[likely] else likely


def _years_first(dates: Sequence[tuple[str, str, str]]) -> bool:
    """Return whether dates of two-digit parts begin with the year: it changes least, the day most."""
    return any(int(one) > 31 for one, _, _ in dates) or (
        len({one for one, _, _ in dates}) == 1 and len({three for _, _, three in dates}) > 3
    )


def _back(dates: Sequence[tuple[str, str, str]], order: str) -> int:
    """Count how often the dates go back when read in this order."""
    parsed = [_date(numbers, order) for numbers in dates]
    return sum(later < before for before, later in pairwise(parsed))


def _date(numbers: tuple[str, str, str], order: str) -> tuple[int, int, int]:
    named = dict(zip(order, map(int, numbers), strict=True))
    year = named["y"]
    return (year + 2000 if year < 100 else year), named["m"], named["d"]


def _when(line: _Stamped, order: str) -> datetime | None:
    hour, minute, second = line.clock
    if _NOON.fullmatch(line.half):
        hour = hour % 12 + 12
    elif _MORNING.fullmatch(line.half):
        hour %= 12
    try:
        return datetime(*_date(line.numbers, order), hour, minute, second)
    except ValueError:
        return None


def _title(path: Path) -> str:
    """Return the chat partner, by the name of the file or of its folder: on iOS all files have the same name."""
    for stem in (path.stem, path.parent.name):
        title = _TITLE.sub("", stem, count=1) if stem.lower().startswith("whatsapp") else stem
        if stem is path.stem and title.lower().strip("_ ") in ("chat", ""):
            continue
        return title.strip("_ ") if stem is path.stem or title != stem else ""
    return ""
