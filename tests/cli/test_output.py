"""What may reach a terminal, and when it is coloured or linked."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.cli.terminal.screen import Screen, safe_name, safe_text, screen_of

DANGEROUS = [chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x2028, 0xDCFF)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("char", DANGEROUS, ids=[f"U+{ord(c):04X}" for c in DANGEROUS])
def test_no_control_character_passes(char: str) -> None:
    assert char not in safe_text(f"a{char}b")
    assert char not in safe_name(f"a{char}b")


def test_an_escape_sequence_is_shown_not_obeyed() -> None:
    assert safe_text("\x1b[2Jx\ty") == "␛[2Jx y"
    assert safe_name("a\x1b[2J\nb") == r"a\x1b[2J\x0ab"


def test_a_byte_that_is_not_utf8_is_shown_as_the_byte() -> None:
    assert safe_name(os.fsdecode(b"caf\xe9.txt")) == r"caf\xe9.txt"


@given(st.text())
def test_safe_text_keeps_every_position(text: str) -> None:
    safe = safe_text(text)
    assert len(safe) == len(text)
    safe.encode("utf-8")
    assert all(a == b for a, b in zip(safe, text, strict=True) if a.isalnum())


@pytest.mark.parametrize(
    ("environ", "stream", "coloured"),
    [
        ({}, Terminal(), True),
        ({}, io.StringIO(), False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"NO_COLOR": ""}, Terminal(), True),
        ({"TERM": "dumb"}, Terminal(), False),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
        ({"FORCE_COLOR": "0"}, io.StringIO(), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(), False),
    ],
)
def test_when_output_is_coloured(environ: dict[str, str], stream: io.StringIO, coloured: bool) -> None:
    screen = screen_of(stream, environ)
    assert screen.colour is coloured
    assert ("\x1b[" in screen.bold("x")) is coloured


def test_links_only_on_a_terminal_and_only_to_files() -> None:
    assert not screen_of(io.StringIO(), {"FORCE_COLOR": "1"}).links
    assert screen_of(Terminal(), {}).links
    screen = Screen(links=True)
    linked = screen.link("a b.md:3", "/docs/a b\x1b.md", "3")
    assert linked.startswith("\x1b]8;;file://")
    assert "/docs/a%20b%1B.md#3\x1b\\a b.md:3\x1b]8;;\x1b\\" in linked
    assert screen.link("t-17", "t-17") == "t-17"
    assert Screen(links=False).link("x", "/x") == "x"


def _bytes_written(path: str, null: bool) -> bytes:
    code = f"from semsearch.cli.terminal.screen import write_path; write_path({path!a}, null={null})"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("path", "null", "expected"),
    [
        ("docs/a.md", False, b"docs/a.md\n"),
        ("caf\udce9", False, b"caf\xe9\n"),
        ("caf\udce9\n", True, b"caf\xe9\n\0"),
        ("a\n\x1b[2J", False, b"a\\x0a\\x1b[2J\n"),
        ("id\ud800", True, b"id\\ud800\0"),
    ],
)
def test_paths_for_other_programs(path: str, null: bool, expected: bytes) -> None:
    assert _bytes_written(path, null) == expected
