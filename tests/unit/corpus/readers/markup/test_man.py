"""Manual pages in the macros of man and of mdoc, and plain text under their names."""

from __future__ import annotations

import pytest

from semsearch.errors import SourceUnreadable
from tests.formats.reading import blocks, read

MAN = r"""'\" t
.\" a comment
.de Sp
never printed
..
.ds Ws Wells\-R
.TH WELL 1 "March 5, 2024" "wells 2.1" "User Commands"
.SH NAME
well \- dig a hole
.SH "SEE ALSO"
.B well
[\fB\-d\fR \fIdepth\fP]
.RI [ file ]
.PP
The \*(Ws is \(lqdeep\(rq.\" never
It costs 5\ \[Eu].
.TP
.BR \-d ", " \-\-depth
How deep.
More of it.
.IP \(bu 2
Point.
.IP name
Named.
.nf
  code  here

  more
.fi
.ie n \{\
shown
.\}
.el \{\
hidden
.\}
.SS
Next line
.TS
tab(:);
l l.
Depth:T{
12
metres
T}
_
Age:80
.TE
"""


def test_man() -> None:
    parsed = read("well.1", MAN)
    assert blocks(parsed) == [
        ("heading", "L8", "NAME"),
        ("paragraph", "L9", "well - dig a hole"),
        ("heading", "L10", "SEE ALSO"),
        ("paragraph", "L11-13", "well\n[-d depth]\n[file]"),
        ("paragraph", "L15-16", "The Wells-R is “deep”.\nIt costs 5 €."),
        ("list", "L18-20", "- -d, --depth\nHow deep.\nMore of it."),
        ("list", "L22", "- Point."),
        ("list", "L23-24", "- name\nNamed."),
        ("code", "L26-28", "  code  here\n\n  more"),
        ("paragraph", "L31", "shown"),
        ("heading", "L36-37", "Next line"),
        ("table", "L44", "Depth | 12 metres"),
        ("table", "L46", "Age | 80"),
    ]
    assert parsed.title == "well(1) - dig a hole"
    assert parsed.metadata == {"section": "1", "date": "2024-03-05", "source": "wells 2.1"}


MDOC = r""".Dd March 5, 2024
.Dt WELL 8
.Os
.Sh NAME
.Nm well ,
.Nm pump
.Nd dig a hole
.Sh SYNOPSIS
.Nm
.Op Fl ab
.Op Fl d Ar depth | Cm all
.Sh DESCRIPTION
The
.Nm
utility calls
.Fn dig "int depth" "int width"
and see
.Xr shovel 1 .
It is
.Dq very deep ,
.Pq Em sic .
.Bl -tag -width x
.It Fl a
All of
.Pa /dev/well Ns s .
.El
.Bd -literal
$ well   -a
.Ed
.Ex -std
"""


def test_mdoc() -> None:
    parsed = read("well.8", MDOC)
    assert blocks(parsed) == [
        ("heading", "L4", "NAME"),
        ("paragraph", "L5-7", "well,\npump\n- dig a hole"),
        ("heading", "L8", "SYNOPSIS"),
        ("paragraph", "L9-11", "well\n[-ab]\n[-d depth | all]"),
        ("heading", "L12", "DESCRIPTION"),
        (
            "paragraph",
            "L13-21",
            "The\nwell\nutility calls\ndig(int depth, int width)\nand see\nshovel(1).\nIt is\n“very deep”,\n(sic).",
        ),
        ("list", "L23-25", "- -a\nAll of\n/dev/wells."),
        ("code", "L28", "$ well   -a"),
        ("paragraph", "L30", "The well utility exits 0 on success, and >0 if an error occurs."),
    ]
    assert parsed.title == "well(8) - dig a hole"
    assert parsed.metadata == {"section": "8", "date": "2024-03-05"}


def test_text_under_the_name_of_a_page_stays_text() -> None:
    text = "Version 1 of my notes.\n\n.hidden is a file, and .SHOUT is none\n"
    for name in ("notes.1", "app.log.2", "notes.3pm"):
        parsed = read(name, text)
        assert parsed.text == text
        assert [anchor for _, anchor, _ in blocks(parsed)] == ["L1", "L3"]


def test_a_link_is_reported() -> None:
    with pytest.raises(SourceUnreadable, match=r"only a link to man1/well\.1"):
        read("pump.1", ".so man1/well.1\n")


def test_nothing_has_to_be_closed() -> None:
    parsed = read("a.1", ".TH A 1\n.SH NAME\na \\- b\n.TS\nl.\nx\n")
    assert parsed.title == "a(1) - b"
    assert read("a.1", ".TH A 1\n.de X\n.de Y\n.if t \\{\n.SH NAME\nText\n.\\}\nShown\n").text == "Shown"
