"""Pictures and scanned pages: their text is found, and nothing else is indexed."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from pypdfium2 import PdfDocument

from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.parse.read import needs_process, read_bytes
from semsearch.corpus.readers.nested import Limited
from semsearch.corpus.readers.pictures import ocr
from semsearch.corpus.readers.pictures.images import read_picture
from semsearch.corpus.readers.pictures.recognizer import Written
from semsearch.errors import SourceUnreadable
from semsearch.indexing.scan.versions import Versions
from semsearch.settings import Settings
from semsearch.types.documents import Parsed
from tests.formats.make_files import column, pdf
from tests.formats.make_pictures import encoded, giant_png, no_recognizer, paged_tiff, pictured_pdf, written
from tests.formats.reading import blocks

LINES = ("The ferry to the island leaves at seven", "and comes back before the lights go out.")
TEXT = "\n".join(LINES)


def read(data: bytes, name: str = "a.png", settings: Settings | None = None) -> Parsed:
    return read_bytes(Path(name), data, settings or Settings())


def reason(data: bytes, name: str = "a.png", settings: Settings | None = None) -> str:
    with pytest.raises(SourceUnreadable) as caught:
        read(data, name, settings)
    return str(caught.value)


def sixteen_bits() -> Image.Image:
    grey = np.asarray(written(*LINES, mode="L", paper=255, ink=0), dtype=np.uint16)
    return Image.fromarray(grey * 12 + 500)


def transparent(ink: str) -> Image.Image:
    return written(*LINES, mode="RGBA", paper=(0, 0, 0, 0), ink=ink)


def exif_of(fields: dict[int, object]) -> Image.Exif:
    exif = Image.Exif()
    for number, value in fields.items():
        exif[number] = value
    return exif


PICTURES = {
    "a.png": encoded(written(*LINES)),
    "a.jpg": encoded(written(*LINES), "JPEG"),
    "a.JPEG": encoded(written(*LINES), "JPEG", quality=20),
    "a.tif": encoded(written(*LINES), "TIFF"),
    "a.webp": encoded(written(*LINES), "WEBP"),
    "a.bmp": encoded(written(*LINES), "BMP"),
    "a.gif": encoded(written(*LINES), "GIF"),
    "one bit.tiff": encoded(written(*LINES).convert("1"), "TIFF", compression="group4"),
    "16 bits.tiff": encoded(sixteen_bits(), "TIFF"),
    "for print.jpg": encoded(written(*LINES).convert("CMYK"), "JPEG"),
    "black on nothing.png": encoded(transparent("black")),
    "white on nothing.png": encoded(transparent("white")),
    "palette.png": encoded(written(*LINES).quantize(16)),
    "white on black.png": encoded(written(*LINES, paper="black", ink="white")),
    "another name.png": encoded(written(*LINES), "JPEG"),
    "upside down.png": encoded(written(*LINES).rotate(180)),
    "turned.png": encoded(written(*LINES).rotate(90, expand=True)),
    "turned by its head.jpg": encoded(written(*LINES).rotate(90, expand=True), "JPEG", exif=exif_of({274: 6})),
    "blurred.png": encoded(written(*LINES).filter(ImageFilter.GaussianBlur(1.2))),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_text_in_a_picture_is_read(name: str) -> None:
    assert read(PICTURES[name], name).text == TEXT


def test_letters_of_other_languages_are_read() -> None:
    said = ("Die Fähre fährt um sieben Uhr über das größere Meer", "et l'été dernier le garçon était déjà né à l'île")
    data = pdf([column(*said, size=12, step=18)]).replace(b"/Helvetica", b"/Helvetica/Encoding/WinAnsiEncoding")
    page = PdfDocument(data)[0]  # Pillow's own font has no such letters
    assert read(encoded(page.render(scale=2, crop=(0, 700, 0, 0)).to_pil())).text == "\n".join(said)


def test_small_letters_on_a_large_screen_are_read() -> None:
    screen = written(*LINES, size=16, width=2560, height=1440, at=(1200, 700))
    assert read(encoded(screen)).text == TEXT


def test_paragraphs_have_anchors_and_hyphenated_words_are_joined() -> None:
    picture = written("The old bridge was closed for re-", "pairs in the spring.", width=900, height=400)
    picture.paste(written("A second paragraph stands far below."), (0, 250))
    parsed = read(encoded(picture))
    assert blocks(parsed) == [
        ("paragraph", "¶1", "The old bridge was closed for repairs\nin the spring."),
        ("paragraph", "¶2", "A second paragraph stands far below."),
    ]


def test_columns_are_read_one_after_the_other() -> None:
    left = [f"the left column has a line {word} here" for word in ("one", "two", "three", "four")]
    right = [f"while the right column goes on {word} more" for word in ("five", "six", "seven", "eight")]
    page = written(*left, width=1500)
    page.paste(written(*right, width=700), (750, 0))
    words = read(encoded(page)).text.split()
    assert words.index("four") < words.index("five")
    assert len(words) == len(" ".join(left + right).split())


def test_a_very_long_picture_is_read_in_pieces() -> None:
    lines = [f"line {number} of the long conversation" for number in range(10)]
    long = Image.new("RGB", (400, 9000), "white")
    for number, line in enumerate(lines):
        long.paste(written(line, width=400, size=16), (0, 900 * number))
    assert [line for line in read(encoded(long)).text.splitlines() if line] == lines


def test_pages_of_a_tiff_are_anchors() -> None:
    parsed = read(
        paged_tiff([written("first page of three"), Image.new("RGB", (300, 300)), written("the last page")]), "a.tif"
    )
    assert blocks(parsed) == [("paragraph", "p.1", "first page of three"), ("paragraph", "p.3", "the last page")]
    assert parsed.metadata["pages"] == 3
    assert parsed.remark == ""


def test_the_first_of_many_pages_are_read_and_the_rest_is_reported() -> None:
    pages = paged_tiff([written(f"page number {number}") for number in range(1, 5)])
    parsed = read(pages, "a.tif", Settings(max_pages=2))
    assert [anchor for _, anchor, _ in blocks(parsed)] == ["p.1", "p.2"]
    assert parsed.remark == "pages 3-4 left out: too many, or too slow to read"


def test_no_page_is_begun_when_the_time_is_over() -> None:
    asked: list[int] = []

    def slow(pixels: ocr.Pixels) -> list[Written]:
        asked.append(len(pixels))
        return [Written("some words", 0.99, 0, 0, 100, 20)]

    pages = paged_tiff([written("x"), written("y")])
    parsed = read_picture(pages, slow, max_pages=10, max_pixels=10**7, seconds=-1)
    assert len(asked) == 1
    assert parsed.remark.startswith("page 2 left out")


def test_the_first_frame_of_an_animation_is_read() -> None:
    other = written("something else later", height=written(*LINES).height)
    data = encoded(written(*LINES), "GIF", save_all=True, append_images=[other])
    assert read(data, "a.gif").text == TEXT


def test_the_header_has_size_title_author_and_date() -> None:
    exif = exif_of({270: "The  ferry\0", 315: "Ada Quill", 306: "2024:03:05 10:11:12"})
    parsed = read(encoded(written(*LINES), "JPEG", exif=exif), "a.jpg")
    assert parsed.title == "The ferry"
    assert parsed.metadata == {"width": 900, "height": 144, "author": "Ada Quill", "date": "2024-03-05T10:11:12"}


def test_a_damaged_header_loses_only_its_fields() -> None:
    data = encoded(written(*LINES), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40)
    assert read(data, "a.jpg").text == TEXT


def without_text() -> dict[str, Image.Image]:
    made = random.Random(1)
    shapes = Image.new("RGB", (600, 400), "beige")
    draw = ImageDraw.Draw(shapes)
    for _ in range(30):
        x, y = made.randrange(600), made.randrange(400)
        draw.ellipse((x, y, x + made.randrange(99), y + made.randrange(99)), outline="black", fill="teal")
    strokes = Image.new("RGB", (1280, 960), "white")
    draw = ImageDraw.Draw(strokes)
    for _ in range(400):
        x, y = made.randrange(1280), made.randrange(960)
        draw.line((x, y, x + made.randrange(-40, 40), y + made.randrange(-40, 40)), "black", made.randrange(1, 5))
    return {
        "strokes": strokes,
        "white": Image.new("L", (300, 200), 255),
        "noise": Image.frombytes("RGB", (300, 200), made.randbytes(300 * 200 * 3)),
        "shapes": shapes,
        "fractal": Image.effect_mandelbrot((400, 300), (-2, -1.2, 1, 1.2), 60),
        "a line": Image.new("L", (300, 3)),
        "a dot": Image.new("L", (1, 1)),
        "one letter": written("x"),
    }


@pytest.mark.parametrize("name", without_text())
def test_pictures_without_text_are_not_indexed(name: str) -> None:
    assert reason(encoded(without_text()[name])) == "no text found"


def test_text_of_low_confidence_is_left_out() -> None:
    def unsure(pixels: ocr.Pixels) -> list[Written]:
        return [
            Written("the heron stands in the reeds", 0.97, 10, 10, 300, 30),
            Written("Nitt z ts mt tt", 0.6, 10, 40, 300, 60),
            Written("    .    .   ", 0.93, 10, 70, 300, 90),
        ]

    limits = {"max_pages": 1, "max_pixels": 10**7, "seconds": 9.0}
    assert read_picture(encoded(written("x")), unsure, **limits).text == "the heron stands in the reeds"  # type: ignore[arg-type]


def test_broken_pictures_have_correct_reasons() -> None:
    whole = encoded(written(*LINES))
    assert reason(b"") == "empty"
    assert reason(whole[: len(whole) // 2]).startswith("broken picture: ")
    assert reason(encoded(written(*LINES), "JPEG")[:600], "a.jpg").startswith("broken picture: ")
    assert reason(b"no picture at all, but a line of text") == "broken picture: unknown format"
    assert reason(whole[:20]).startswith("broken picture: ")
    tiff = bytearray(encoded(written(*LINES), "TIFF"))
    head = int.from_bytes(tiff[4:8], "little")
    following = head + 2 + 12 * int.from_bytes(tiff[head : head + 2], "little")
    tiff[following : following + 4] = len(tiff).to_bytes(4, "little")  # to a page that says nothing of itself
    assert reason(bytes(tiff) + b"\1\0" + bytes(16), "a.tif").startswith("broken picture: ")
    assert reason(b"%!PS-Adobe-3.0 EPSF-3.0\n(x) show\n", "a.tif") == "broken picture: unknown format"


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (8_000, 8_000), (13_000, 13_000)])
def test_giant_pictures_are_rejected_before_they_are_decoded(width: int, height: int) -> None:
    with pytest.raises(Limited, match=r"^too many pixels"):
        read(giant_png(width, height))


def test_the_limit_on_pixels_is_a_setting() -> None:
    data = encoded(written(*LINES))
    assert reason(data, settings=Settings(max_pixels=100_000)) == "too many pixels (900 x 144 > 0.1 million)"
    limited = Limited("too many pixels")
    one, other = (Versions(Settings(max_pixels=n)).unread(Path("a.png"), limited) for n in (10**5, 10**6))
    assert one != other


def test_a_picture_is_read_in_a_separate_process() -> None:
    data = encoded(written(*LINES))
    assert needs_process(Path("a.png"), data)
    with closing(Parsers(Settings(), count=1, memory=10**9)) as parsers:
        assert parsers.submit(Path("a.png"), data).result().text == TEXT


def test_too_little_memory_is_reported() -> None:
    with closing(Parsers(Settings(), count=1, memory=250_000_000)) as parsers:
        future = parsers.submit(Path("a.png"), encoded(written(*LINES, width=2000, height=2000)))
        with pytest.raises(Limited, match=r"takes more than 250 MB of memory"):
            future.result()


def test_without_the_extra_the_reason_says_how_to_install_it() -> None:
    with no_recognizer():
        hint = 'a picture: pip install "semsearch[ocr]" makes its text searchable'
        assert reason(PICTURES["a.png"]) == hint
        assert reason(b"") == "empty"
        parsed = read(zipped({"a.png": PICTURES["a.png"], "a.txt": b"A line of text."}), "a.zip")
        assert {m.name: m.reason for m in parsed.members} == {"a.png": hint, "a.txt": ""}
        assert reason(pictured_pdf([written(*LINES)]), "a.pdf") == "no text: scanned?"


def test_pictures_are_skipped_when_ocr_is_off() -> None:
    off = Settings(ocr=False)
    assert reason(PICTURES["a.png"], settings=off) == "a picture, and OCR is off: index --ocr"
    assert reason(pictured_pdf([written(*LINES)]), "a.pdf", off) == "no text: scanned?"


def test_files_with_pictures_are_read_again_when_ocr_is_enabled() -> None:
    off = Versions(Settings(ocr=False))
    with no_recognizer():
        on = Versions(Settings())
        assert [on.document(Path(n)) for n in ("a.pdf", "a.zip", "a.txt")] == [Settings().version] * 3
    now = Versions(Settings())
    for name in ("a.pdf", "a.zip", "a.eml", "a.png"):
        assert now.document(Path(name)) != off.document(Path(name)), name
        assert now.unread(Path(name), SourceUnreadable("x")) != off.unread(Path(name), SourceUnreadable("x")), name
    assert now.document(Path("a.txt")) == off.document(Path("a.txt"))


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def texts(parsed: Parsed) -> dict[str, str]:
    return {m.name: m.parsed.text if m.parsed else f"[{m.reason}]" for m in parsed.members}


def test_pictures_inside_archives_and_mails_are_read() -> None:
    files = {"a.png": PICTURES["a.png"], "b.png": encoded(Image.new("L", (200, 200)))}
    assert texts(read(zipped(files), "a.zip")) == {"a.png": TEXT, "b.png": "[no text found]"}
    mail = EmailMessage()
    mail["Subject"] = "The ferry"
    mail.set_content("See the picture.")
    mail.add_attachment(PICTURES["a.jpg"], maintype="image", subtype="jpeg", filename="scan.jpg")
    assert texts(read(mail.as_bytes(), "a.eml")) == {"scan.jpg": TEXT}


def test_pictures_inside_a_file_leave_time_for_the_text_beside_them() -> None:
    files = {"a.png": PICTURES["a.png"], "b.png": PICTURES["a.png"], "c.txt": b"A line of text."}
    found = texts(read(zipped(files), "a.zip", Settings(file_seconds=0.2)))
    assert found["b.png"] in ("[reading the pictures inside takes longer than 0.07 s]",) or "longer" in found["b.png"]


def test_scanned_pages_are_read_and_reported() -> None:
    pages = [written(*LINES), Image.new("RGB", (900, 144), "white"), written("The last page of all.")]
    parsed = read(pictured_pdf(pages), "a.pdf")
    assert [anchor for _, anchor, _ in blocks(parsed)] == ["p.1", "p.3"]
    assert parsed.text == f"{TEXT}\n\nThe last page of all."
    assert parsed.remark == "2 pages read by OCR; 1 page without text"


def test_garbled_pages_are_read_by_ocr() -> None:
    lines = [f"the pump in the cellar runs at night and stops when the tank is warm {word}" for word in ("one", "two")]
    meanings = {letter: chr(ord(letter) - 29) for letter in "abcdefghijklmnopqrstuvwxyz"}
    data = pdf([column(*lines, *lines, top=800)], meanings=meanings)
    assert reason(data, "a.pdf", Settings(ocr=False)).startswith("garbled text")
    parsed = read(data, "a.pdf")
    assert parsed.text.split() == " ".join([*lines, *lines]).split()
    assert parsed.remark == "1 page read by OCR"


def test_a_pdf_without_text_in_its_pictures_is_reported() -> None:
    shapes = without_text()["shapes"]
    assert reason(pictured_pdf([shapes, shapes]), "a.pdf") == "no text found"
