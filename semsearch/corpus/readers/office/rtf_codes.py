"""The control words of RTF, and the code pages of its fonts (RTF specification 1.9.1)."""

from __future__ import annotations

import codecs
import re

__all__ = [
    "CHARACTERS",
    "CONTENTS",
    "HANDLED",
    "INFO",
    "NEUTRAL",
    "RUNNING",
    "SKIPPED",
    "TOKEN",
    "code_page",
    "font_page",
]

TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?"
    rb"|\\'(?P<hex>[0-9a-fA-F]{2})"
    rb"|\\(?P<symbol>[^a-zA-Z])"
    rb"|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}\r\n]+)"
    rb"|[\r\n]+|\\"
)
CHARACTERS = {
    **{b"tab": " ", b"line": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’"},
    **{b"ldblquote": "“", b"rdblquote": "”", b"emspace": " ", b"enspace": " ", b"qmspace": " "},
    **{b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"lbr": "\n", b"nestcell": " | ", b"nestrow": "; "},
}
SKIPPED = frozenset(
    b"colortbl pict nonshppict filetbl listtable listoverridetable revtbl rsidtbl generator fldinst datafield "
    b"listtext pntext pnseclvl objdata objclass sp xe tc themedata colorschememapping latentstyles datastore "
    b"xmlnstbl bkmkstart bkmkend atnid atndate atnref atrfstart atrfend ftnsep ftnsepc aftnsep aftnsepc "
    b"template private mmathPr operator company manager category hlinkbase userprops picprop".split()
)
"""Groups that contain no text of the document."""
NEUTRAL = frozenset(b"shpinst shptxt shprslt ud moMath moMathPara objresult docfmt".split())
"""Unknown groups that may be skipped by definition, but contain text."""
INFO = frozenset(b"title author subject keywords doccomm creatim revtim".split())
RUNNING = frozenset(b"header headerl headerr headerf footer footerl footerr footerf".split())

CONTENTS = frozenset(b"footnote annotation atnauthor info fonttbl stylesheet".split())
"""Groups whose text is kept separate for special use."""
HANDLED = (
    SKIPPED
    | NEUTRAL
    | INFO
    | RUNNING
    | CONTENTS
    | frozenset(CHARACTERS)
    | frozenset(
        b"u bin upr par sect page cell row pard s outlinelevel intbl ls f fcharset ansicpg mac pc pca uc v deleted "
        b"plain deff sbasedon yr mo dy".split()
    )
)
"""All other words concern formatting; outside groups that begin with `\\*` they are skipped at once."""

_CHARSETS = {
    **{77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5", 161: "cp1253"},
    **{162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874"},
    **{238: "cp1250", 254: "cp437", 255: "cp850"},
}
_PAGES = {10000: "mac_roman", 10001: "shift_jis", 10007: "mac_cyrillic", 932: "cp932", 936: "gbk", 65001: "utf-8"}


def code_page(number: int) -> str:
    """Return the encoding of a Windows code page, the Western one when it is unknown."""
    name = _PAGES.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


def font_page(charset: int, usual: str) -> str:
    """Return the encoding of a font by its character set; `usual` is that of the document."""
    return _CHARSETS.get(charset, usual)
