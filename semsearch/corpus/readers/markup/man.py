"""Manual pages: troff with the macros of man or mdoc, as printed lines; `.so` is not followed.

Files named `.1` to `.9` that are not manual pages are plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from semsearch.corpus.readers import text as plain_text
from semsearch.corpus.readers.dates import iso_date
from semsearch.corpus.readers.markup import mdoc
from semsearch.corpus.readers.markup.troff import arguments, plain
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.corpus.text.decode import decode
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed, Value

__all__ = ["is_page", "parse", "read"]

_HEAD = 30_000
"""Characters in which the macros of a page must occur; the preamble of Perl's tools is long."""
_PAGE = re.compile(r"^[.'][ \t]*(?:TH|Dt|Dd|SH|Sh)\b", re.MULTILINE)
_LINK = re.compile(r"\s*(?:[.']\\\".*\n\s*)*[.']so\s+(\S+)\s*")
_REQUEST = re.compile(r"[.'][ \t]*(\\\"|[^\s\\]*)[ \t]*(.*)")
_FONTS = {"B", "I", "R", "SM", "SB"}
_MIXED = {"BR", "RB", "BI", "IB", "IR", "RI"}
_PARAGRAPHS = {
    *("PP", "LP", "P", "RS", "RE", "sp", "br", "Pp", "Lp", "HP", "SY", "YS", "bp", "ce", "in", "ti", "El", "Bl"),
}
_LITERAL = {"nf", "EX", "Vb"}
_FILLED = {"fi", "EE", "Ve", "Ed"}
_DEFINITIONS = {"de", "de1", "am", "am1", "dei", "ig"}
_TRUE = re.compile(r"n\b|\\n\(\.g|\\n\[\.g\]|1\b")


def read(data: bytes) -> Parsed:
    """Read a manual page, or plain text that has the name of one."""
    return parse(decode(data))


def is_page(text: str) -> bool:
    """Return whether a text is the source of a manual page."""
    return bool(_PAGE.search(text[:_HEAD]) or _LINK.fullmatch(text[:1000]))


def parse(text: str) -> Parsed:
    """Parse a manual page; its title is `name(section) - purpose`, date and section are metadata."""
    if not is_page(text):
        return plain_text.parse(text)
    if link := _LINK.fullmatch(text[:1000]):
        raise SourceUnreadable(f"only a link to {link[1][:80]}")
    return _Page(text).read()


class _Page:
    """One pass over the lines of a page."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.at = 0
        self.builder = TextBuilder()
        self.printed: list[tuple[int, str]] = []
        self.kind, self.level, self.literal = BlockKind.PARAGRAPH, 0, False
        self.tag = False
        """The next printed line is the term of an item."""
        self.strings: dict[str, str] = {}
        self.facts: dict[str, Value] = {}
        self.name = ""
        self.took_if = True
        self.depth = 0
        """Open braces of a false condition."""
        self.unended: set[str] = set()
        self.actions = self._actions()

    def read(self) -> Parsed:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if self.depth:
                self.depth += line.count("\\{") - line.count("\\}")
            else:
                self._line(line)
        self._flush()
        named = f"{self.name}({self.facts.get('section', '')})" if self.name else ""
        body = self.builder.parsed()
        heads = [at for at, block in enumerate(body.blocks) if block.kind is BlockKind.HEADING]
        first = body.blocks[heads[0] + 1] if heads and heads[0] + 1 < len(body.blocks) else None
        about = body.text[first.start : first.stop] if first and first.kind is BlockKind.PARAGRAPH else ""
        purpose = re.split(r"\s+[-–—\N{MINUS SIGN}]+\s+", " ".join(about[:500].split()), maxsplit=1)[1:]
        return self.builder.parsed(" - ".join(filter(None, [named, *purpose])), self.facts)

    def _line(self, line: str) -> None:
        request = _REQUEST.fullmatch(line) if line[:1] in (".", "'") else None
        if request:
            if action := self.actions.get(request[1]):
                action(request[2])
        elif not line.strip():
            if self.literal:
                self.printed.append((self.at, ""))
            else:
                self._flush()
        else:
            self._print(plain(line, self.strings))

    def _print(self, text: str) -> None:
        text = text.rstrip() if self.literal else " ".join(text.split())
        if not text.strip():
            return
        if self.tag:
            self._flush()
            self.kind, self.tag = BlockKind.LIST, False
            text = "- " + text
        self.printed.append((self.at, text))

    def _actions(self) -> dict[str, Callable[[str], None]]:
        """Return the handlers of requests, by name."""
        return {
            **{name: partial(self._heading, level=1) for name in ("SH", "Sh")},
            **{name: partial(self._heading, level=2) for name in ("SS", "Ss")},
            **{name: partial(self._font, between="") for name in _MIXED},
            **{name: partial(self._font, between=" ") for name in _FONTS},
            **{name: partial(self._macro, name) for name in mdoc.MACROS},
            **dict.fromkeys(_DEFINITIONS, self._skip_definition),
            **dict.fromkeys(_PARAGRAPHS, self._paragraph),
            **{name: partial(self._fill, literal=True) for name in _LITERAL},
            **{name: partial(self._fill, literal=False) for name in _FILLED},
            **dict.fromkeys(("TP", "TQ"), self._tagged),
            **dict.fromkeys(("UR", "MT"), self._url),
            **dict.fromkeys(("D1", "Dl"), self._code),
            **{"TH": self._th, "Dt": self._dt, "Dd": self._dd, "ds": self._string, "if": self._if, "ie": self._if},
            **{"el": self._else, "TS": self._table, "IP": self._item, "It": self._it, "Bd": self._display},
            **{"OP": self._option, "Nd": self._purpose, "Ex": self._exits},
        }

    def _macro(self, name: str, rest: str) -> None:
        words = [name, *(plain(word, self.strings) for word in arguments(rest))]
        if name == "Nm" and not self.name and len(words) > 1:
            self.name = words[1]
        self._print(mdoc.printed(words, self.name))

    def _paragraph(self, _rest: str) -> None:
        if not self.literal:
            self._flush()

    def _tagged(self, _rest: str) -> None:
        self._flush()
        self.tag = True

    def _th(self, rest: str) -> None:
        words = [plain(word, self.strings) for word in arguments(rest)]
        self.name, section, date, source, *_ = [*words, *[""] * 4]
        self.name = self.name.lower() if self.name.isupper() else self.name
        self.facts |= {"section": section, "date": iso_date(date), "source": source}

    def _dt(self, rest: str) -> None:
        words = [*arguments(rest), "", ""]
        self.name = words[0].lower() if words[0].isupper() else words[0]
        self.facts["section"] = words[1]

    def _dd(self, rest: str) -> None:
        date = re.sub(r"\$Mdocdate:?|\$", "", " ".join(arguments(rest))).strip()
        self.facts["date"] = iso_date(date)

    def _string(self, rest: str) -> None:
        name, _, value = rest.partition(" ")
        value = plain(value.strip().removeprefix('"'), {})
        self.strings[name] = value[:200]

    def _if(self, rest: str) -> None:
        """Evaluate a condition as a terminal would: `n` is true, and so are tests for groff."""
        condition, _, command = rest.partition(" ")
        self.took_if = bool(_TRUE.match(condition))
        self._branch(command, taken=self.took_if)

    def _else(self, rest: str) -> None:
        self._branch(rest, taken=not self.took_if)

    def _branch(self, command: str, *, taken: bool) -> None:
        if not taken:
            self.depth = max(0, command.count("\\{") - command.count("\\}"))
        elif command := command.lstrip().removeprefix("\\{").removesuffix("\\").strip():
            self._line(command.replace("\\}", ""))

    def _heading(self, rest: str, *, level: int) -> None:
        self._flush()
        self.literal = self.tag = False
        words = arguments(rest)
        line = self.at
        if not words and self.at < len(self.lines) and self.lines[self.at][:1] not in (".", "'"):
            words = [self.lines[self.at]]
            self.at += 1
        text = " ".join(plain(" ".join(words), self.strings).split())
        if text:
            anchor = Anchor(AnchorKind.LINE, line, self.at)
            self.builder.add(text, anchor, BlockKind.HEADING, level=level)

    def _font(self, rest: str, *, between: str) -> None:
        if words := arguments(rest):
            self._print(plain(between.join(words), self.strings))

    def _skip_definition(self, rest: str) -> None:
        words = rest.split()
        ending = "." + (words[1] if len(words) > 1 else ".")
        if ending in self.unended:
            return
        for number in range(self.at, len(self.lines)):
            if self.lines[number].rstrip() == ending:
                self.at = number + 1
                return
        self.unended.add(ending)

    def _fill(self, _rest: str, *, literal: bool) -> None:
        if literal != self.literal and not self.tag:
            self._flush()
        self.literal = literal

    def _display(self, rest: str) -> None:
        self._fill(rest, literal="-literal" in rest or "-unfilled" in rest)

    def _item(self, rest: str) -> None:
        self._flush()
        words = arguments(rest)
        term = plain(words[0], self.strings).strip() if words else ""
        self.tag = bool(term)
        if term and not re.fullmatch(r"[-–—•*o·∗]|\\?\(bu", term):
            self._print(term)

    def _it(self, rest: str) -> None:
        self._flush()
        self.tag = True
        if words := [plain(word, self.strings) for word in arguments(rest)]:
            self._print(mdoc.printed(words, self.name))

    def _url(self, rest: str) -> None:
        self._print(" ".join(arguments(rest)))

    def _option(self, rest: str) -> None:
        self._print("[" + plain(" ".join(arguments(rest)), self.strings) + "]")

    def _purpose(self, rest: str) -> None:
        self._print("- " + mdoc.printed([plain(word, self.strings) for word in arguments(rest)], self.name))

    def _exits(self, _rest: str) -> None:
        self._print(f"The {self.name} utility exits 0 on success, and >0 if an error occurs.")

    def _code(self, rest: str) -> None:
        self._flush()
        self._print(mdoc.printed([plain(word, self.strings) for word in arguments(rest)], self.name))
        self.kind = BlockKind.CODE
        self._flush()

    def _table(self, rest: str) -> None:
        """Read a tbl table: a row is a block, with readable separators between its cells."""
        self._flush()
        tab, body = "\t", False
        row: list[str] = []
        inside = 0
        """Number of open text blocks."""
        while self.at < len(self.lines) and not self.lines[self.at].startswith(".TE"):
            line = self.lines[self.at]
            self.at += 1
            if not body:
                if match := re.search(r"\btab\s*\((.)\)", line):
                    tab = match[1]
                body = line.rstrip().endswith(".") and not line.startswith(".")
                continue
            if line.startswith((".", "'")) or not line.strip("_= \t"):
                body = body and not line.startswith(".T&")
                continue
            row.append(line)
            inside += line.count("T{") - line.count("T}")
            if inside > 0:
                continue
            whole = " ".join(row)
            cells = (re.sub(r"^T\{|T\}$", "", plain(cell, self.strings).strip()).strip() for cell in whole.split(tab))
            row, inside = [], 0
            if text := " | ".join(filter(None, cells)):
                self.printed.append((self.at, text))
                self.kind = BlockKind.TABLE
                self._flush()

    def _flush(self) -> None:
        while self.printed and not self.printed[-1][1]:
            self.printed.pop()
        if self.printed:
            text = "\n".join(line for _, line in self.printed).strip("\n")
            first = next(number for number, line in self.printed if line)
            kind = BlockKind.CODE if self.literal and self.kind is BlockKind.PARAGRAPH else self.kind
            before = self.builder.blocks[-1].kind if self.builder.blocks else None
            close = kind is before and kind in (BlockKind.LIST, BlockKind.TABLE)
            anchor = Anchor(AnchorKind.LINE, first, self.printed[-1][0])
            self.builder.add(text, anchor, kind, separator="\n" if close else "\n\n")
        self.printed = []
        self.kind = BlockKind.PARAGRAPH
