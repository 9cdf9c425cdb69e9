"""What is put into files that are mutated: extreme numbers, odd bytes, what opens without end, names of encodings."""

from __future__ import annotations

__all__ = ["CHARSETS", "EXTREME", "LETTERS", "NESTED", "ODD"]

_WHOLE = (0, 1, 2, 127, 255, 256, 1023, 16_384, 16_385, 32_768, 65_535, 65_536, 1_048_576, 1_048_577, 9_999_999)
EXTREME = [
    *(b"%d" % n for n in _WHOLE),
    *(b"%d" % (n + 2**bits) for bits in (31, 32, 63, 64) for n in (-1, 0, 1)),
    *(b"-1", b"-2147483649", b"1e308", b"1e999", b"-1e-999", b"NaN", b"inf", b"0x7fffffff", b"1.5", b"00000", b""),
    *(b"9" * 400, b"9" * 5000, "٣".encode(), "²".encode(), b"+", b"1,2"),
]
LETTERS = [b"A", b"XFD", b"XFE", b"ZZZ", b"ZZZZZZZZZZ", b""]
"""Columns of a sheet."""
ODD = [
    *(b"\0", b"\0" * 16, b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc0\x80", b"\x93caf\xe9\x94"),
    *(b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80", "\u2028\u0085\x0b\x0c\x1c\u200b\ufeff\u202e".encode()),
    *(
        "\U0010ffff\ufffe\ue000".encode(),
        "e\u0301ﬁ\u0130ß".encode(),
        "井戸".encode("utf-16-le"),
        "井戸".encode("cp932"),
    ),
    *(b"\r", b"\r\n\n\r", b"\x1b[31m", b"\t" * 50, b" " * 5000, b"\n" * 3000),
    *(b"&#xD800;", b"&#0;", b"&#1114112;", b"&#x110000;", b"&amp;#0;", b"&nosuch;"),
    *(b"_x0000_", b"_xD800_", b"_xFFFF_", b"\\ud800", b"\\u0000", b"\\uDFFF", b"%00", b"%s%n"),
    *(b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?x", b"<!DOCTYPE r [<!ENTITY a 'b'>]>"),
    *(b'"', b"'", b"`", b"```", b"$$", b"\\", b"\\\n", b"{", b"}", b"[", b"]", b"(", b")", b"|"),
    *(b"---\n", b"===\n", b"..\n", b"...\n"),
]
NESTED = [
    *((b"<div>", b"</div>"), (b"<b><i>", b"</i></b>"), (b"<table><tr><td>", b""), (b"<ul><li>", b"</li></ul>")),
    *((b"<a>", b""), (b"<!--", b""), (b"<x y='", b""), (b"<", b""), (b"&", b""), (b"<<", b">>")),
    *((b"[", b"]"), (b"{", b"}"), (b"(", b")"), (b'{"a":', b"}"), (b"${", b"}"), (b"/*", b"*/"), (b"![", b"](a)")),
    *((b"> ", b""), (b"- ", b""), (b"* ", b""), (b"1. ", b""), (b"#", b""), (b"[^", b"]"), (b"\t", b"\n")),
    *((b"*", b"*"), (b"_a", b"_"), (b"`", b""), (b"~", b""), (b"|", b""), (b"\\", b""), (b"-", b""), (b"a.", b"")),
    *((b"{\\b ", b"}"), (b"\\begin{a}", b"\\end{a}"), (b"\\emph{", b"}"), (b'"', b""), (b"'''", b"")),
    *((b".nf\n", b".fi\n"), (b".RS\n", b".RE\n"), (b".ie n \\{\\\n", b".\\}\n")),
    *(
        (b" ", b""),
        (b" ", b""),
        (b" \t", b"x"),
        (b"=", b""),
        (b":", b""),
        (b".", b""),
        (b",", b""),
        (b"%", b""),
        (b"@", b""),
    ),
    *((b"+", b""), (b"w ", b""), (b"w", b""), (b"=: ", b""), (b"1", b""), (b"\n ", b""), (b" -", b""), (b"\\\n", b"")),
    *((b"if x {\n", b"}\n"), (b"a ? b : ", b""), (b"def f():\n", b""), (b"x = lambda: ", b"")),
]
"""What opens something, and what closes it."""
CHARSETS = [
    *(b"utf-7", b"utf-16", b"utf-32", b"idna", b"punycode", b"hex", b"zlib_codec", b"rot13", b"raw_unicode_escape"),
    *(b"undefined", b"unicode_escape", b"x\0y", b"", b"latin-1; x", b"cp65001", b"mbcs", b"base64", b"8bit"),
    *(b"quoted-printable", b"x-uuencode"),
]
