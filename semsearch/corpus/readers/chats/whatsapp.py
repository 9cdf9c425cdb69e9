"""WhatsApp's exported chats, of Android and iOS, in the forms of date and time of any country.

They are text files whose names tell little; a log or a diary with dates is none of them.
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
"""Characters by which a file is known as a chat."""
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
    """A line that begins with a date and a time, and those below it that do not."""

    numbers: tuple[str, str, str]
    clock: tuple[int, int, int]
    half: str
    """What is written before or after the time: `AM`, `p. m.`, or nothing."""
    text: str
    brackets: bool
    first: int
    last: int


def read(data: bytes, path: Path) -> Parsed:
    """Read an exported chat; what turns out to be none is a text."""
    text = decode(data)
    if not is_chat(text[: text.find("\n", _SAMPLE) + 1 or len(text)], path.name):
        return plain_text.parse(text)
    return talk(_messages(list(_lines(text))), _title(path))


def is_chat(text: str, name: str) -> bool:
    """Return whether a text, or its beginning, is an exported chat: its lines are stamped in one form, people speak.

    Its name or a line that only WhatsApp writes is enough then; without either, two people have to take turns.
    """
    begin = text.lstrip("\ufeff\u200e\u200f \n")[:100]
    if not _stamp(begin.split("\n", 1)[0], 1):
        return False
    found = list(_lines(text))
    if len({one.brackets for one in found}) > 1:
        return False
    spoken = [_SPEAKER.fullmatch(bare(one.text)) for one in found]
    names = Counter(one[1].strip() for one in spoken if one)
    if not names or any(map(_LEVELS.fullmatch, names)) or not _in_order(found):
        return False
    if _NAMED.search(name) or any(map(_NOTICE.search, (one.text for one in found[:5]))) or _marked(text):
        return True
    enough = len(found) >= 4 and len(names) >= 2 and sum(names.values()) * 10 >= 9 * len(found)
    turns = sum(a != b for a, b in pairwise(one[1] if one else "" for one in spoken))
    return enough and turns >= 2 and len(names) * 2 <= len(found) and not _like_a_log(found)


def _marked(text: str) -> bool:
    """Return whether lines have the mark that WhatsApp on iOS writes before what it says itself."""
    return bool(re.search(r"^\u200e?\[[^\]\n]+\] [^:\n]+: \u200e|^\u200e\[", text, re.MULTILINE))


def _like_a_log(found: Sequence[_Stamped]) -> bool:
    """Return whether the stamps have what Android never writes, or the names look like programs."""
    seconds = not found[0].brackets and any(one.clock[2] for one in found)
    names = [one[1] for one in map(_SPEAKER.fullmatch, (bare(one.text) for one in found)) if one]
    return seconds or any(re.search(r"[\[\]/\\_=<>{}()]|\w\.\w", name) for name in names)


def _in_order(found: Sequence[_Stamped]) -> bool:
    """Return whether the years and the times of a chat go on, and not back, but for a message that came late."""
    times = [when for one in _messages(found) if (when := one.when) is not None]
    back = sum(later < before for before, later in pairwise(times))
    return len(times) * 2 > len(found) and back * 10 <= len(times)


def _lines(text: str) -> Iterator[_Stamped]:
    """Yield the stamped lines with what stands below them; what comes before the first does not belong to a chat."""
    open_: _Stamped | None = None
    below: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        stamped = _stamp(line, number)
        if stamped is None:
            below.append(line)
            continue
        if open_ is not None:
            yield _with(open_, below)
        open_, below = stamped, []
    if open_ is not None:
        yield _with(open_, below)


def _with(stamped: _Stamped, below: list[str]) -> _Stamped:
    """Return a message with the lines that it goes on in, blank ones at its end left out."""
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
    found = _BRACKETS.fullmatch(line) or _DASH.fullmatch(line)
    if not found:
        return None
    one, two, three, before, hour, minute, second, after, text = found.groups()
    half = " ".join(filter(None, (before, after))).strip()
    if half and not (_NOON.fullmatch(half) or _MORNING.fullmatch(half) or half.lower() in _OCLOCK):
        return None
    if int(hour) > 23 or int(minute) > 59:
        return None
    clock = int(hour), int(minute), min(59, int(second or 0))
    return _Stamped((one, two, three), clock, half, text, line.startswith("["), number, number)


def _messages(found: Sequence[_Stamped]) -> list[ChatMessage]:
    order = _order(found)
    out = []
    for number, one in enumerate(found):
        text = bare(one.text)
        spoken = _SPEAKER.fullmatch(text)
        author = spoken[1].strip() if spoken else ""
        said = spoken[2].strip() if spoken else text
        if _NOTICE.search(said) and (number == 0 or not spoken):
            author = said = ""
        said = "\n".join(line for line in map(bare, said.split("\n")) if not _OMITTED.fullmatch(line))
        out.append(ChatMessage(author, _when(one, order), said.strip("\n"), one.first, one.last))
    return out


def _order(found: Sequence[_Stamped]) -> str:
    """Return how a date is written, `dmy`, `mdy` or `ymd`, as far as the dates of a chat tell.

    Where no number is beyond 12, the order in which time goes on tells, then the marks of the country.
    """
    dates = list(dict.fromkeys(one.numbers for one in found))
    if any(len(one) == 4 for one, _, _ in dates):
        return "ymd"
    if any(int(one) > 12 for one, _, _ in dates):
        return "dmy" if all(int(two) <= 12 for _, two, _ in dates) and not _years_first(dates) else "ymd"
    if any(int(two) > 12 for _, two, _ in dates):
        return "mdy"
    back = {order: _back(dates, order) for order in ("dmy", "mdy")}
    likely = "mdy" if any(one.half and one.half[0] in "AaPp" and "." not in one.half for one in found) else "dmy"
    other = "dmy" if likely == "mdy" else "mdy"
    return other if back[other] < back[likely] else likely


def _years_first(dates: Sequence[tuple[str, str, str]]) -> bool:
    """Return whether dates of two digits each begin with the year: it changes least, the day most."""
    return any(int(one) > 31 for one, _, _ in dates) or (
        len({one for one, _, _ in dates}) == 1 and len({three for _, _, three in dates}) > 3
    )


def _back(dates: Sequence[tuple[str, str, str]], order: str) -> int:
    """Count how often the dates go back, read in this order."""
    read_ = [_date(numbers, order) for numbers in dates]
    return sum(later < before for before, later in pairwise(read_))


def _date(numbers: tuple[str, str, str], order: str) -> tuple[int, int, int]:
    named = dict(zip(order, map(int, numbers), strict=True))
    year = named["y"]
    return (year + 2000 if year < 100 else year), named["m"], named["d"]


def _when(one: _Stamped, order: str) -> datetime | None:
    hour, minute, second = one.clock
    if _NOON.fullmatch(one.half):
        hour = hour % 12 + 12
    elif _MORNING.fullmatch(one.half):
        hour %= 12
    try:
        return datetime(*_date(one.numbers, order), hour, minute, second)
    except ValueError:
        return None


def _title(path: Path) -> str:
    """Return whom a chat is with, where its file says so, or its folder: on iOS all files have one name."""
    for stem in (path.stem, path.parent.name):
        title = _TITLE.sub("", stem, count=1) if stem.lower().startswith("whatsapp") else stem
        if stem is path.stem and title.lower().strip("_ ") in ("chat", ""):
            continue
        return title.strip("_ ") if stem is path.stem or title != stem else ""
    return ""
