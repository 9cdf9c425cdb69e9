"""Subtitles: the spoken text with its times."""

from __future__ import annotations

from tests.formats.reading import blocks, read

SRT = """\ufeff1
00:00:01,500 --> 00:00:03,000
{\\an8}<i>The well</i>
is deep.

2
00:00:03,200 --> 00:00:04,000 X1:40
&amp; old.
3
00:00:07,000 --> 00:00:08,000
No.

4
01:00:20,000 --> 01:00:21,000
No.
"""


def test_srt() -> None:
    parsed = read("a.srt", SRT.replace("\n", "\r\n"))
    assert blocks(parsed) == [
        ("paragraph", "00:01-00:03", "The well is deep."),
        ("paragraph", "00:03-00:04", "& old."),
        ("paragraph", "00:07-00:08", "No."),
        ("heading", "1:00:20-1:00:21", ""),
        ("paragraph", "1:00:20-1:00:21", "No."),
    ]
    assert parsed.text == "The well is deep.\n& old.\n\nNo.\n\nNo."


def test_webvtt() -> None:
    text = (
        "WEBVTT - Wells\nKind: captions\nLanguage: en\n\nNOTE not\nthis\n\nSTYLE\n::cue {}\n\n"
        "intro\n00:01.000 --> 00:02.500 align:start\n<v Ida>The <b>well</b>\n\n"
        "00:02.500 --> 00:03.500\n<v Ida>The <b>well</b>\nis<00:03.000> deep\n"
    )
    parsed = read("a.vtt", text)
    assert blocks(parsed) == [
        ("paragraph", "00:01-00:03", "Ida: The well"),
        ("paragraph", "00:02-00:04", "is deep"),
    ]
    assert (parsed.title, parsed.metadata) == ("Wells", {"language": "en"})


def test_what_is_not_a_subtitle_stays_text() -> None:
    parsed = read("a.srt", "Only a note.\n\n1 --> 2\n")
    assert blocks(parsed) == [("paragraph", "L1", "Only a note."), ("paragraph", "L3", "1 --> 2")]
