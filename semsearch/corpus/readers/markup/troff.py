"""The escapes of troff: fonts and motions are dropped, named characters are replaced."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

__all__ = ["arguments", "plain"]

_ESCAPE = re.compile(
    r"""\\(?:
      (?P<comment>["\#].*)
    | [fFgkMmnYV](?:\((?:..)|\[[^\]]{0,200}\]|[+-]?[^\[(])
    | s(?:[+-]?\d{1,2}|\([+-]?\d\d|[+-]?\[[^\]]{0,200}\]|[+-]?'[^']{0,200}'|)
    | [hvwlLDXxNRHSbCZAoB]'(?P<drawn>[^']{0,200})'
    | \((?P<two>..) | \[(?P<long>[^\]]{0,200})\]
    | \*(?:\((?P<string2>..)|\[(?P<string>[^\]]{0,200})\]|(?P<string1>.))
    | (?P<one>.) | \Z
    )""",
    re.VERBOSE,
)
_ONE = {
    **{"-": "-", "e": "\\", "E": "\\", "\\": "\\", "'": "´", "`": "`", ".": ".", "_": "_"},
    **dict.fromkeys(" ~0", " "),
    "t": "\t",
}
_NAMES = (
    "em — en – hy - bu • co © rg ® tm ™ lq “ rq ” oq ‘ cq ’ aq ' dq \" Bq „ bq ‚ Fo « Fc » fo ‹ fc › mu × di ÷ +- ± "
    "-> → <- ← <> ↔ => ⇒ rA ⇒ lA ⇐ ua ↑ da ↓ <= ≤ >= ≥ != ≠ == ≡ ~= ≈ ap ∼ if ∞ de ° ba | br | bv | or | ul _ ru _ "
    "ga ` ha ^ ti ~ rs \\ sl / at @ sh # Do $ Eu € Po £ ct ¢ Ye ¥ dg † dd ‡ sc § ps ¶ 14 ¼ 12 ½ 34 ¾ S1 ¹ S2 ² S3 ³ "
    "lC { rC } lB [ rB ] la ⟨ ra ⟩ pl + mi − eq = ** ∗ ci ○ sq □ ss ß ae æ AE Æ oe œ OE Œ o/ ø O/ Ø oa å oA Å -D Ð "
    "Tp þ TP Þ r! ¡ r? ¿ OK ✓ *a α *b β *g γ *d δ *e ε *z ζ *h θ *y η *l λ *m μ *p π *r ρ *s σ *t τ *f φ *q ψ *w ω "
    "*D Δ *S Σ *W Ω *P Π *L Λ"
)
_CHARACTERS = dict(zip(_NAMES.split()[::2], _NAMES.split()[1::2], strict=True)) | {"R": "®", "Tm": "™"}
_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", ":": "\u0308", "~": "\u0303", ",": "\u0327", "v": "\u030c"}
_STRINGS = {"R": "®", "Tm": "™", "lq": "“", "rq": "”", "L": '"', 'L"': '"', 'R"': '"', "C'": "", "C`": "", "--": "–"}
_UNICODE = re.compile(r"u([0-9A-F]{4,6})")
_ARGUMENT = re.compile(r'(?<![ \t])[ \t]*(?:"((?:[^"]|"")*)(?:"|\Z)|([^\s"]\S*(?:\\ \S*)*))')


def plain(text: str, strings: Mapping[str, str]) -> str:
    """Return a line as printed; `strings` are those defined by the page."""
    if "\\" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        if match["one"] is not None:
            return _ONE.get(match["one"], "")
        if name := match["two"] or match["long"]:
            return _character(name)
        name = match["string2"] or match["string"] or match["string1"]
        if name:
            return strings.get(name, _STRINGS.get(name, "")) if "\\*" not in strings.get(name, "") else ""
        return ""

    return _ESCAPE.sub(replaced, text)


def _character(name: str) -> str:
    if name in _CHARACTERS:
        return _CHARACTERS[name]
    if code := _UNICODE.fullmatch(name):
        number = int(code[1], 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    if len(name) == 2 and name[0] in _ACCENTS and name[1].isalpha():
        return unicodedata.normalize("NFC", name[1] + _ACCENTS[name[0]])
    return ""


def arguments(text: str) -> list[str]:
    """Return the arguments of a request: words, or strings in double quotes; a comment ends them."""
    text = re.split(r'(?<!\\)\\"', text, maxsplit=1)[0]
    return [(match[1].replace('""', '"') if match[1] is not None else match[2]) for match in _ARGUMENT.finditer(text)]
