"""LaTeX: the printed text, by source lines; comments and the preamble are dropped, `\\input` is not followed.

Nothing is expanded. An unknown command loses its name and keeps the text in its braces, so text with custom macros
keeps its words. Formulas keep their structure: `\\frac{a}{b} \\leq x_{ij}` is `(a)/(b) ≤ x_(ij)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain

from semsearch.corpus.readers.dates import iso_date
from semsearch.corpus.readers.markup.latex_commands import ACCENTS, DROPPED, KEYS, SECTIONS, SYMBOLS, accented
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed, Value

__all__ = ["parse", "read"]

_TOKEN = re.compile(r"\\([A-Za-z@]+)\*?[ \t]*|\\(.|\n|\Z)|([{}$&%~\n])|([^\\{}$&%~\n]+)", re.DOTALL)
_OPTION = re.compile(r"\[([^\[\]\n]*)\]")
_LETTER = re.compile(r"\{[ \t]*(\\[ij]\b|[^\W\d_])[ \t]*\}|[ \t]*(\\[ij]\b|[^\W\d_])")
_VERB = re.compile(r"([^\w\s*])(.*?)\1")
_ENVIRONMENT = re.compile(r"\{([A-Za-z]+)\*?\}")
_COMMENT = re.compile(r"%[^\n]*")
_BLANKS = re.compile(r"[ \t]*")
_RAW_HEAD = re.compile(r"(?:\[[^\[\]\n]*\])?(?:\{[\w+#-]*\}(?=[ \t]*\n))?")
_VERBATIM = {"verbatim", "Verbatim", "lstlisting", "minted", "alltt", "BVerbatim", "semiverbatim"}
_PICTURES = {"tikzpicture", "pgfpicture", "picture", "asy", "comment", "filecontents", "pspicture", "luacode"}
_MATH = {"equation", "align", "gather", "multline", "eqnarray", "displaymath", "math", "flalign", "alignat", "split"}
_TABLES = {"tabular": 1, "tabularx": 2, "tabulary": 2, "longtable": 1, "array": 1, "supertabular": 1, "tabu": 1}
_NAMED = {"abstract": "Abstract", "thebibliography": "References"}
_STATEMENTS = {
    *("theorem", "lemma", "proof", "corollary", "definition", "proposition", "example", "remark", "claim", "exercise"),
}
_ARGUMENTS = {"minipage": 1, "wrapfigure": 2, "multicols": 1, "adjustbox": 1, "thebibliography": 1, "alignat": 1}
_CHARACTERS = {
    **{",": " ", ";": " ", ":": " ", "!": "", " ": " ", "/": "", "-": "", "@": "", "\n": " ", "": ""},
    **dict.fromkeys("()[]", ""),
    "|": "‖",
}
_QUOTES = (("``", "“"), ("''", "”"), ("---", "—"), ("--", "–"))
_SINGLE = re.compile(r"(?<=[_^])\((\w)\)|\((\w)\)(?=/)|(?<=/)\((\w)\)")


def read(data: bytes) -> Parsed:
    """Read a LaTeX file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse LaTeX; `\\title`, `\\author` and `\\date` are metadata."""
    return _Source(text).read()


@dataclass(slots=True)
class _Group:
    """A pair of braces: the text that replaces them, or the role of their content; and the text around it."""

    opening: str = ""
    closing: str = ""
    takes: str = ""
    around: list[str] = field(default_factory=list)
    line: int = 0
    following: list[_Group] = field(default_factory=list)
    """The remaining arguments after this one."""


class _Source:
    """One pass over the tokens of a source."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.builder = TextBuilder()
        self.at, self.line = 0, 1
        self.first = self.last = 0
        self.parts: list[str] = []
        self.kind, self.level = BlockKind.PARAGRAPH, 0
        self.groups: list[_Group] = []
        self.waiting: list[_Group] = []
        """The roles of the next groups: arguments of the last command."""
        self.taking = 0
        """Number of open groups whose text is taken out of the running text."""
        self.math = self.rows = 0
        self.bare = True
        """Whether only blanks occurred on this line so far."""
        self.begun = "\\begin{document}" not in text
        self.fields: dict[str, str] = {}
        self.unclosed: set[str] = set()

    def read(self) -> Parsed:
        """Return the document."""
        while self.at < len(self.text):
            token = _TOKEN.match(self.text, self.at)
            assert token  # every character begins a token
            self.at = token.end()
            if token[1] is not None:
                self._command(token[1])
            elif token[2] is not None:
                self._escaped(token[2])
            elif token[3] is not None:
                self._special(token[3])
            else:
                self._write(token[4])
        self._abandon_groups()
        self._flush()
        fields: dict[str, Value] = {name: text for name, text in self.fields.items() if name != "title"}
        heads = [block for block in self.builder.blocks[:1] if block.kind is BlockKind.HEADING]
        first = "".join(self.builder.parsed().text[block.start : block.stop] for block in heads)
        return self.builder.parsed(self.fields.get("title", "") or first, fields)

    def _write(self, text: str) -> None:
        if not text.isspace():
            self.bare = False
            self.waiting.clear()
            if not self.taking:
                self.first = self.first or self.line
                self.last = self.line
        self.parts.append(text)

    def _special(self, mark: str) -> None:
        if mark == "\n":
            self._newline()
        elif mark == "%":
            self._comment()
        elif mark == "{":
            self._open()
        elif mark == "}":
            self._close()
        elif mark == "$":
            self.at += self.text.startswith("$", self.at)
            self.math = 0 if self.math else 1
        elif mark == "~":
            self._write(" ")
        elif self.rows:
            self._write(" | ")
        self.bare = self.bare and mark in "\n%"

    def _newline(self) -> None:
        if self.bare and not self.rows:
            self._abandon_groups()
            self.math = 0
            self._flush()
        else:
            self.parts.append(" " if self.rows else "\n")
        self.line += 1
        self.bare = True

    def _comment(self) -> None:
        """Drop a comment; a line with nothing else is dropped too, and does not end a paragraph."""
        comment = _COMMENT.match(self.text, self.at - 1)
        self.at = comment.end() if comment else self.at
        if self.bare and self.at < len(self.text):
            self.at += 1
            self.line += 1
            blanks = _BLANKS.match(self.text, self.at)
            self.at = blanks.end() if blanks else self.at

    def _open(self) -> None:
        group = self.waiting.pop(0) if self.waiting else _Group()
        if self.math and not group.opening and not group.takes and self.parts and self.parts[-1][-1:] in ("_", "^"):
            group = _Group("(", ")")
        group.line = self.line
        group.following, self.waiting = self.waiting, []
        if group.takes:
            self.taking += 1
            group.around, self.parts = self.parts, []
        else:
            self.parts.append(group.opening)
        self.groups.append(group)

    def _close(self) -> None:
        group = self.groups.pop() if self.groups else _Group()
        self.waiting = group.following
        if not group.takes:
            self.parts.append(group.closing)
            return
        self.taking -= 1
        text = " ".join(self._cleaned().split())
        self.parts = group.around
        if group.takes == "heading" and text and self.begun and not self.taking:
            self._add(text, BlockKind.HEADING, group.line, self.line, self.level)
        elif group.takes in ("title", "author", "date"):
            text = iso_date(text) if group.takes == "date" else text.replace(" ,", ",")
            self.fields.setdefault(group.takes, text)

    def _abandon_groups(self) -> None:
        """Close the arguments still open at a blank line or the end: a closing brace is missing."""
        self.waiting.clear()
        if self.taking:
            taken = [group for group in self.groups if group.takes]
            self.parts = [*chain.from_iterable(group.around for group in taken), *self.parts]
            self.first, self.last, self.taking = self.first or taken[0].line, self.line, 0
        self.groups.clear()

    def _escaped(self, character: str) -> None:
        """Handle a command of one character that is not a letter."""
        self.bare = False
        if character in ACCENTS and not self.math and (letter := _LETTER.match(self.text, self.at)):
            self.at = letter.end()
            self._write(accented(character, letter[1] or letter[2]))
        elif character == "\\":
            self._line_break()
        elif character in "[]()":
            self.math = 1 if character in "[(" else 0
            if character in "[]":
                self._flush()
        else:
            self._write(_CHARACTERS.get(character, character))
        self.line += character == "\n"

    def _line_break(self) -> None:
        option = _OPTION.match(self.text, self.at)
        self.at = option.end() if option else self.at
        if self.rows:
            self._flush()
        else:
            self.parts.append(" ")

    def _command(self, name: str) -> None:
        self.bare = False
        if name in ("begin", "end"):
            environment = _ENVIRONMENT.match(self.text, self.at)
            if environment:
                self.at = environment.end()
                (self._begin if name == "begin" else self._end)(environment[1])
            return
        if name == "verb":
            if verb := _VERB.match(self.text, self.at):
                self.at = verb.end()
                self._write(verb[2])
            return
        option = "" if self.math else self._option()
        if name in ACCENTS and not self.math and (letter := _LETTER.match(self.text, self.at)):
            self.at = letter.end()
            self._write(accented(name, letter[1] or letter[2]))
        elif name in ("item", "bibitem"):
            self._item(option, keyed=name == "bibitem")
        elif name in SYMBOLS:
            joined = not self.math and len(SYMBOLS[name]) == 1 and SYMBOLS[name].isalpha()
            blank = self.text[self.at - 1] in " \t" and not joined
            self._write(SYMBOLS[name] + " " if blank else SYMBOLS[name])
            if self.text.startswith("{}", self.at):
                self.at += 2
        else:
            self._structure(name)

    def _structure(self, name: str) -> None:
        """Handle a command that determines the roles of its arguments."""
        self.waiting.clear()
        if name in SECTIONS:
            self._flush()
            self.level = SECTIONS[name]
            self.waiting = [_Group(takes="heading")]
        elif name in ("title", "author", "date"):
            self.waiting = [_Group(takes=name)]
        elif name in DROPPED:
            self.waiting = [_Group(takes="nothing") for _ in range(DROPPED[name])]
        elif name in KEYS:
            self.waiting = [_Group("[", "]")]
        elif name == "footnote":
            self.waiting = [_Group(" (", ")")]
        elif name in ("frac", "dfrac", "tfrac"):
            self.waiting = [_Group("(", ")/"), _Group("(", ")")]
        elif name == "caption":
            self._flush()

    def _option(self) -> str:
        option = _OPTION.match(self.text, self.at)
        self.at = option.end() if option else self.at
        return option[1] if option else ""

    def _item(self, option: str, *, keyed: bool) -> None:
        self._flush()
        self.kind = BlockKind.LIST
        if keyed:
            self.waiting = [_Group(takes="nothing")]
        elif option:
            self._write(option.strip() + ": ")

    def _begin(self, name: str) -> None:
        if name == "document":
            self.begun, self.parts, self.first = True, [], 0
        elif name in _VERBATIM or name in _PICTURES:
            self._raw(name)
        elif self.math:
            self.waiting = [_Group(takes="nothing")] if name in ("array", "alignedat") else []
        else:
            self._flush()
            option = self._option()
            arguments = _TABLES.get(name, _ARGUMENTS.get(name, 0))
            self.waiting = [_Group(takes="nothing") for _ in range(arguments)]
            self.rows += name in _TABLES
            self.math = int(name in _MATH)
            if name in _NAMED and self.begun:
                self._add(_NAMED[name], BlockKind.HEADING, self.line, self.line, SECTIONS["section"])
            elif name in _STATEMENTS:
                self._write(f"{name.capitalize()} ({option}). " if option else f"{name.capitalize()}. ")

    def _end(self, name: str) -> None:
        if self.math and name not in _MATH:
            return
        self._flush()
        self.begun = self.begun and name != "document"
        self.math = 0
        self.rows = max(0, self.rows - (name in _TABLES))

    def _raw(self, name: str) -> None:
        """Handle an environment whose content is not LaTeX: keep code as it is, drop pictures."""
        end = -1 if name in self.unclosed else self.text.find(f"\\end{{{name}", self.at)
        if end < 0:
            self.unclosed.add(name)
            return
        self._flush()
        if name in _VERBATIM:
            head = _RAW_HEAD.match(self.text, self.at)
            body = self.text[head.end() if head else self.at : end]
            inner = body.strip("\n").rstrip()
            first = self.line + len(body) - len(body.lstrip("\n"))
            if inner.strip() and self.begun:
                self._add(inner, BlockKind.CODE, first, first + inner.count("\n"))
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def _cleaned(self) -> str:
        """Return the text collected so far as printed, with the line breaks of the source."""
        text = re.sub(r"[ \t]{2,}", " ", "".join(self.parts))  # first, to avoid quadratic time on runs of blanks
        text = re.sub(r"[ \t]?\n[ \t\n]*", "\n", text).strip()
        for written, printed in _QUOTES:
            text = text.replace(written, printed)
        return _SINGLE.sub(lambda match: match[1] or match[2] or match[3], text)

    def _flush(self) -> None:
        if self.taking:
            self.parts.append(" ")
            return
        text = self._cleaned()
        kind = BlockKind.TABLE if self.rows else self.kind
        if text.strip(" |") and self.begun and self.first:
            self._add("- " + text if kind is BlockKind.LIST else text, kind, self.first, self.last)
        self.parts, self.first = [], 0
        self.kind = BlockKind.PARAGRAPH

    def _add(self, text: str, kind: BlockKind, first: int, last: int, level: int = 0) -> None:
        before = self.builder.blocks[-1].kind if self.builder.blocks else None
        close = kind is before and kind in (BlockKind.LIST, BlockKind.TABLE)
        anchor = Anchor(AnchorKind.LINE, first, max(first, last))
        self.builder.add(text, anchor, kind, level=level, separator="\n" if close else "\n\n")
