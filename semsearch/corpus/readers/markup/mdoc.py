"""The macros of mdoc, used in BSD manual pages: what each prints on its line."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["MACROS", "printed"]

_ENCLOSING = {
    **{"Op": ("[", "]"), "Oo": ("[", ""), "Oc": ("", "]"), "Aq": ("<", ">"), "Ao": ("<", ""), "Ac": ("", ">")},
    **{"Bq": ("[", "]"), "Bo": ("[", ""), "Bc": ("", "]"), "Brq": ("{", "}"), "Bro": ("{", ""), "Brc": ("", "}")},
    **{"Pq": ("(", ")"), "Po": ("(", ""), "Pc": ("", ")"), "Dq": ("“", "”"), "Do": ("“", ""), "Dc": ("", "”")},
    **{"Sq": ("‘", "’"), "So": ("‘", ""), "Sc": ("", "’"), "Qq": ('"', '"'), "Qo": ('"', ""), "Qc": ("", '"')},
    **{"Ql": ("‘", "’"), "In": ("<", ">"), "Fo": ("", "("), "Fc": ("", ")")},
}
_NAMES = {
    **{"Bx": "BSD", "Fx": "FreeBSD", "Nx": "NetBSD", "Ox": "OpenBSD", "Dx": "DragonFly", "Ux": "UNIX"},
    "At": "AT&T UNIX",
}
_SILENT = {
    *("Ar", "Cm", "Pa", "Em", "Sy", "Li", "No", "Fa", "Ft", "Vt", "Va", "Dv", "Ev", "Er", "Ic", "Ad", "An", "Mt", "Tn"),
    *("Fd", "Lb", "Ms", "Cd", "Lk", "St", "Sx", "Os", "Ta", "Bf", "Ef", "Eo", "Ec", "Tg", "Xo", "Xc", "It", "Nd", "Dl"),
    *("D1", "%A", "%B", "%C", "%D", "%I", "%J", "%N", "%O", "%P", "%Q", "%R", "%T", "%U", "%V"),
}
MACROS = {*_ENCLOSING, *_NAMES, *_SILENT, "Fl", "Xr", "Nm", "Ns", "Ap", "Fn", "Ex", "Rv", "Pf"}
_CLOSING = {".", ",", ":", ";", ")", "]", "?", "!"}
_OPENING = {"(", "["}


def printed(words: Sequence[str], name: str) -> str:
    """Return the printed text of a line of macros and arguments; `name` is the page's own, for `Nm`."""
    line = _Line(name)
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        if word in MACROS:
            line.macro(word, waiting)
        else:
            line.word(word)
    return line.finished()


class _Line:
    def __init__(self, name: str) -> None:
        self.name = name
        self.text = ""
        self.close: list[str] = []
        self.joined = True
        self.dash = False

    def macro(self, macro: str, waiting: list[str]) -> None:
        following = waiting[-1] if waiting else ""
        bare = not following or following in MACROS or following in _CLOSING
        self.dash = False
        if macro in _ENCLOSING:
            self._enclose(*_ENCLOSING[macro])
        elif macro == "Fl":
            self.dash = not bare
            if bare:
                self.word("-")
                self.joined = following not in _CLOSING
        elif macro in ("Ns", "Ap"):
            self.joined = True
            self.text += "'" if macro == "Ap" else ""
        elif macro in _NAMES or (macro == "Nm" and bare):
            self.word(_NAMES.get(macro, self.name))
        elif waiting and macro in ("Xr", "Fn", "Pf"):
            self._called(macro, waiting)

    def _enclose(self, opening: str, closing: str) -> None:
        if opening:
            self.word(opening)
            self.joined = True
            if closing:
                self.close.append(closing)
        else:
            self.text += closing

    def _called(self, macro: str, waiting: list[str]) -> None:
        self.word(waiting.pop())
        if macro == "Pf":
            self.joined = True
        else:
            self.text += f"({', '.join(self._until_macro(waiting)[: 1 if macro == 'Xr' else None])})"

    @staticmethod
    def _until_macro(waiting: list[str]) -> list[str]:
        arguments = []
        while waiting and waiting[-1] not in MACROS and waiting[-1] not in _CLOSING:
            arguments.append(waiting.pop())
        return arguments

    def word(self, word: str) -> None:
        if word in _CLOSING:
            while self.close:
                self.text += self.close.pop()
            self.text += word
            self.dash = False
            return
        self.text += ("" if self.joined else " ") + ("-" if self.dash and word not in _OPENING else "") + word
        self.joined = word in _OPENING

    def finished(self) -> str:
        while self.close:
            self.text += self.close.pop()
        return self.text
