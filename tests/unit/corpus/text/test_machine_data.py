"""Machine data inside texts is removed; what people write never is."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import random
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.text.machine_data import machine_data
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed

BYTES = random.Random(3).randbytes
PICTURE = base64.b64encode(BYTES(6_000)).decode()
WRAPPED = "\n".join(PICTURE[at : at + 76] for at in range(0, len(PICTURE), 76))
FOLDED = "\n ".join(PICTURE[at : at + 70] for at in range(0, len(PICTURE), 70))
KEY = f"-----BEGIN PRIVATE KEY-----\n{WRAPPED[:1600]}\n-----END PRIVATE KEY-----\n"
LINES = WRAPPED.split("\n")[:40]
OUTLINE = "M1.5,2.25 " + "".join(f"L{x / 7:.2f},{x * x / 11:.2f} c.5-1 2,3 4 5z" for x in range(90))
ROWS = [BYTES(16) for _ in range(60)]
DUMP = "\n".join(f"{at * 16:08x}: {row.hex(' ', 2)}  {'.' * 16}" for at, row in enumerate(ROWS))
DUMP_C = "\n".join(f"{at * 16:08x}  {row.hex(' ')}  |{'.' * 16}|" for at, row in enumerate(ROWS))
OCTETS = ", ".join(f"0x{octet:02x}" for octet in BYTES(900))
UUENCODED = "".join(binascii.b2a_uu(BYTES(45)).decode() for _ in range(60))
VECTOR = [round(random.Random(n).uniform(-1, 1), 6) for n in range(96)]


BASES = "\n".join("".join(random.Random(n).choices("ACGT", k=70)) for n in range(40))
PROTEIN = "\n".join("".join(random.Random(n).choices("ACDEFGHIKLMNPQRSTVWY", k=60)) for n in range(9)) + "\nMKV*\n"


MAP = f"data:application/json;charset=utf-8;base64,{PICTURE}"


def read(name: str, text: str) -> Parsed:
    return read_bytes(Path(name), text.encode(), Settings())


def everything(parsed: Parsed) -> str:
    return parsed.text + "".join(everything(m.parsed) for m in parsed.members if m.parsed is not None)


NOTES = {
    "uri.md": f"# Boat\n\nThe hull leaks.\n\n![hull](data:image/png;base64,{PICTURE})\n\nAsk Ines.",
    "reference.md": f"# Boat\n\nThe hull leaks.\n\n![][p]\n\nAsk Ines.\n\n[p]: <data:image/png;base64,{PICTURE}>\n",
    "page.html": f"<p>The hull leaks.</p><img src='data:image/png;base64,{PICTURE}'><p>Ask Ines.</p>",
    "markup.md": f'The hull leaks.\n\n<img src="data:image/svg+xml,{"%3Cpath%20d=%22M1" * 40}">\n\nAsk Ines.',
    "drawing.md": f"The hull leaks.\n\nAsk Ines.\n\n```compressed-json\n{WRAPPED}\n```\n",
    "key.txt": f"The hull leaks.\n\n-----BEGIN CERTIFICATE-----\n{WRAPPED}\n-----END CERTIFICATE-----\n\nAsk Ines.",
    "card.vcf": f"BEGIN:VCARD\nNOTE:The hull leaks. Ask Ines.\nPHOTO;ENCODING=b;TYPE=PNG:{FOLDED}\nEND:VCARD\n",
    "note.enex": f"<note><content>The hull leaks. Ask Ines.</content><resource><data>\n{WRAPPED}\n</data>"
    "</resource></note>",
    "icon.py": f'"""The hull leaks. Ask Ines."""\n\nICON = "{PICTURE}"\n',
    "genes.fasta": f">sp|P1 The hull leaks.\n{BASES}\nCATTAG\n\n>sp|P2 Ask Ines.\n{PROTEIN}",
    "genes.md": f"The hull leaks.\n\n```\n{BASES.lower()}\n```\n\nAsk Ines.",
    "bundle.js": f"// The hull leaks. Ask Ines.\nrun();\n//# sourceMappingURL={MAP}\n",
    "bundle.css": f"/* The hull leaks. Ask Ines. */\nb {{ color: red }}\n/*# sourceMappingURL={MAP} */\n",
    "hex.txt": f"The hull leaks.\n\n{BYTES(900).hex()}\n\nAsk Ines.",
    "packed.txt": "The hull leaks.\n\n" + "function(a){return+b(a)};" * 200 + "\n\nAsk Ines.",
    "vector.txt": f"The hull leaks.\n\n{json.dumps(VECTOR)}\n\nAsk Ines.",
    "spread.txt": f"The hull leaks.\n\n{json.dumps(VECTOR, indent=8)}\n\nAsk Ines.",
    "words.txt": f"The hull leaks.\n\nking {' '.join(f'{x:.5f}' for x in VECTOR)}\n\nAsk Ines.",
    "deep.yaml": f"note: The hull leaks. Ask Ines.\na:\n  b:\n    c:\n      key: |\n{textwrap.indent(KEY, ' ' * 8)}",
    "quoted.md": f"The hull leaks.\n\n{textwrap.indent(KEY, '> ')}\nAsk Ines.",
    "account.md": f"The hull leaks.\n\n```json\n{json.dumps({'private_key': KEY})}\n```\n\nAsk Ines.",
    "joined.py": '"""The hull leaks. Ask Ines."""\n\nICON = (\n'
    + "\n".join(f'    b"{line}"' for line in LINES)
    + "\n)\n",
    "joined.js": "// The hull leaks. Ask Ines.\nconst icon = " + " +\n".join(f"    '{line}'" for line in LINES) + ";\n",
    "icon.md": f'The hull leaks.\n\n<svg><path d="{OUTLINE}"/></svg>\n\nAsk Ines.',
    "icon.jsx": f"// The hull leaks. Ask Ines.\nexport const Icon = () => <path d='{OUTLINE}' />;\n",
    "dump.md": f"The hull leaks.\n\n```\n{DUMP}\n```\n\nAsk Ines.",
    "dump.txt": f"The hull leaks.\n\n{DUMP_C}\n\nAsk Ines.",
    "icon.c": f"/* The hull leaks. Ask Ines. */\nchar icon[] = {{\n{OCTETS}\n}};\n",
    "old.txt": f"The hull leaks.\n\nbegin 644 hull.jpg\n{UUENCODED}`\nend\n\nAsk Ines.",
    "accent.txt": "The hull leaks.\n\n" + "function(a){return+b(a)};" * 200 + "t='für';\n\nAsk Ines.",
    "records.jsonl": "\n".join(
        json.dumps({"id": n, "text": f"Boat {n}: the hull leaks. Ask Ines.", "embedding": VECTOR}) for n in range(3)
    ),
    "cells.ipynb": json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": "markdown", "metadata": {}, "source": ["The hull leaks."]},
                {
                    "cell_type": "code",
                    "metadata": {},
                    "source": [f"icon = '{PICTURE}'  # Ask Ines.\n"],
                    "outputs": [
                        {"output_type": "display_data", "metadata": {}, "data": {"image/png": PICTURE}},
                        {"output_type": "stream", "name": "stdout", "text": [f"data:image/png;base64,{PICTURE}\n"]},
                    ],
                },
            ],
        }
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_encoded_data_is_left_out_and_reported(name: str) -> None:
    parsed = read(name, NOTES[name])
    text = everything(parsed)
    assert "hull leaks" in text
    assert "Ask Ines" in text
    assert len(text) < 700, text[:900]
    assert name == "page.html" or "left out" in parsed.remark


@pytest.mark.parametrize("name", ["uri.md", "key.txt", "drawing.md", "icon.py", "hex.txt"])
def test_lines_are_still_those_of_the_file(name: str) -> None:
    parsed = read(name, NOTES[name])
    assert parsed.text.count("\n") == NOTES[name].rstrip().count("\n") or NOTES[name].endswith("\n")
    lines = NOTES[name].split("\n")
    for block in parsed.blocks:
        assert parsed.text[block.start : block.stop].strip()
        first = parsed.text[block.start : block.stop].split("\n")[0].strip()
        assert lines[block.anchor.start - 1].strip().startswith(first[:6])


def test_a_file_of_encoded_data_only_is_reported() -> None:
    with pytest.raises(SourceUnreadable, match=r"^no text: only encoded data$"):
        read("blob.txt", PICTURE)


@pytest.mark.parametrize("name", ["a.map", "a.json", "unnamed"])
def test_a_source_map_is_reported(name: str) -> None:
    made = {"version": 3, "sources": ["a.ts"], "names": ["run"], "mappings": "AAAA,SAAS;" * 40, "file": "a.js"}
    with pytest.raises(SourceUnreadable, match=r"^generated: a source map$"):
        read(name, json.dumps(made))
    drawn = {"version": 3, "mappings": ["hull", "keel"], "text": "The hull leaks and the keel is tarred."}
    assert "hull leaks" in everything(read(name, json.dumps(drawn)))


KEPT = [
    hashlib.sha256(b"a").hexdigest(),
    hashlib.sha512(b"a").hexdigest(),
    "https://example.org/" + "a-long/path_with/words-in/it/" * 20,
    f"https://example.org/share?token={PICTURE[:400]}",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 6,
    "0.5, 1.25, 3.50, 12.00, 7.99, 100, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23",
    "| 1 | 2 | 3 |\n" * 200,
    "今日は良い天気ですから散歩に行きましょう。" * 60,
    "ภาษาไทยไม่มีช่องว่างระหว่างคำ" * 60,
    r"\sum_{i=1}^{n} x_{i}^{2} = \frac{1}{2} \left( \alpha + \beta \right) " * 20,
    "+----------------------------------------------+\n" * 30,
    "=" * 300,
    f"{'xo' * 40}\n" * 9,
    "INVOICE OF THE HARBOUR OFFICE FOR THE BOAT THAT LEAKS AND WAS TARRED TWICE IN SPRING\n" * 9,
    "GGATCCAAGCTTGAATTCGGATCCAAGCTTGAATTC",
    "renderCustomerInvoiceTableWithHeaderAndFooter_and_another_long_name " * 8,
    "/usr/share/doc/package-name/examples/one/two/three.txt\n" * 40,
    "\n".join(f"/home/ines/Documents/Boats2031/Report_Q{n % 4}/Annex-{n:02d}/FinalVersion_v{n}" for n in range(40)),
    "\n".join(f"how-to-tar-{n}-boats-in-5-easy-steps-2031-edition-part-{n}" for n in range(30)),
    "[next](../" + "/".join(f"Chapter{n:02d}-Part_A" for n in range(20)) + ".md)",
    "\n".join(f"{1990 + n} 12 34 56 78 90 12 34 56" for n in range(40)),
    "\n".join(f"{n * 16:04d} metres: the hull leaks" for n in range(40)),
    "\n".join(f"{n / 7:.4f} {n / 11:.4f} {n / 13:.4f} {n / 17:.4f}" for n in range(40)),
    "Please begin 644 steps from the harbour\nand end\n" * 9,
    ", ".join(f"0x{n:02X}" for n in range(40)),
]


@pytest.mark.parametrize("text", KEPT, ids=range(len(KEPT)))
def test_text_that_people_write_or_search_for_stays(text: str) -> None:
    assert machine_data(text) == []


WORDS = st.text(st.characters(categories=("Ll", "Lu", "Lo", "Mn")), min_size=1, max_size=20)
PROSE = st.lists(WORDS, max_size=120).map(" ".join)


@given(PROSE)
def test_words_of_any_script_stay(text: str) -> None:
    assert machine_data(text) == []


@given(PROSE, PROSE, st.integers(250, 900))
def test_nothing_around_it_is_lost(before: str, after: str, size: int) -> None:
    run = base64.b64encode(random.Random(size).randbytes(size)).decode().rstrip("=")
    text = f"{before}\n{run}\n{after}"
    assert machine_data(text) == [(len(before) + 1, len(before) + 1 + len(run))]
