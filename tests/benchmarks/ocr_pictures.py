"""Pictures whose text is known: pages of real PDFs as a scanner or a screen shows them, and pictures made here.

The text of a page is what PDFium finds in it; pages with less than some words, or with pictures, are left out.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import matplotlib
import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFilter, ImageFont

LEAST_WORDS = 40
PAGES = 3
"""Of one PDF."""
SENTENCES = {
    "English": "The ferry to the island leaves at seven in the morning. Please bring two blankets and a warm coat.\n"
    "Our neighbour has painted the garden fence dark green (see page 47), and it cost him $128.50.\n"
    "Nobody could explain why the lights went out; the old bridge was closed for repairs in the spring.",
    "German": "Die Fähre zur Insel fährt um sieben Uhr früh. Bitte zwei Decken und einen dicken Mantel mitbringen.\n"
    "Unser Nachbar hat den Gartenzaun dunkelgrün gestrichen, das kostete ihn 128,50 €.\n"
    "Niemand wusste, weshalb das Licht ausging; die alte Brücke müsste größer und höher sein.",
    "French": "Le bateau pour l'île part à sept heures du matin. Apportez deux couvertures et un manteau chaud.\n"
    "Notre voisin a repeint la clôture en vert foncé, ça lui a coûté 128,50 €. Où êtes-vous né ?\n"
    "Personne n'a su pourquoi la lumière s'est éteinte; le vieux pont était fermé après l'hiver.",
    "Polish": "Prom na wyspę odpływa o siódmej rano. Proszę zabrać dwa koce i ciepły płaszcz.\n"
    "Nasz sąsiad pomalował płot na ciemnozielono; kosztowało go to 128 złotych.\n"
    "Nikt nie umiał wyjaśnić, dlaczego zgasło światło. Stary most był zamknięty wiosną.",
    "Russian": "Паром на остров отходит в семь часов утра. Возьмите два одеяла и тёплое пальто.\n"
    "Наш сосед покрасил забор в тёмно-зелёный цвет, это обошлось ему в 128 рублей.\n"
    "Никто не мог объяснить, почему погас свет; старый мост был закрыт весной.",
}


@dataclass(frozen=True)
class Picture:
    """A picture as the bytes of a file, and the text that it shows."""

    name: str
    data: bytes
    text: str


def scanned(folder: Path, dpi: int) -> Iterator[Picture]:
    """Yield pages of the PDFs of a folder in grey, at so many dots an inch."""
    for path in sorted(folder.glob("*.pdf")):
        try:
            document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError:
            continue
        for number in range(min(len(document), PAGES)):
            page = document[number]
            text = page.get_textpage().get_text_bounded()
            pictured = any(True for _ in page.get_objects([pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
            if len(text.split()) >= LEAST_WORDS and not pictured:
                picture = page.render(scale=dpi / 72, grayscale=True).to_pil()
                yield Picture(f"{path.name} {number + 1}", _bytes(picture), text)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", size)


def written(text: str, size: int, ink: object = "black", paper: object = "white") -> Image.Image:
    """Write a text in lines, letters so many pixels high."""
    font = _font(size)
    width = max(math.ceil(font.getlength(line)) for line in text.split("\n"))
    lines = text.split("\n")
    picture = Image.new("RGB", (width + 4 * size, int(len(lines) * size * 1.5) + 3 * size), paper)
    ImageDraw.Draw(picture).multiline_text((2 * size, size), text, ink, font, spacing=size // 3)
    return picture


def in_languages(size: int = 24) -> Iterator[Picture]:
    for language, text in SENTENCES.items():
        yield Picture(language, _bytes(written(text, size)), text)


def in_conditions() -> Iterator[Picture]:
    """Yield the English text as screens, cameras and bad scans show it."""
    text = SENTENCES["English"]
    plain = written(text, 24)
    draw = random.Random(0)
    dotted = plain.copy()
    for _ in range(dotted.width * dotted.height // 40):
        at = draw.randrange(dotted.width), draw.randrange(dotted.height)
        dotted.putpixel(at, (draw.randrange(256),) * 3)
    gradient = Image.linear_gradient("L").resize(plain.size)
    made = {
        "12 pixels": written(text, 12),
        "16 pixels": written(text, 16),
        "60 pixels": written(text, 60),
        "white on dark blue": written(text, 24, "white", "#102040"),
        "grey on grey": written(text, 24, "#707070", "#b0b0b0"),
        "over a gradient": Image.composite(
            Image.merge("RGB", (gradient, gradient, gradient)), plain, plain.convert("1").point(lambda v: v)
        ),
        "turned by 3 degrees": plain.rotate(3, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC),
        "turned by 90 degrees": plain.rotate(90, expand=True),
        "upside down": plain.rotate(180),
        "blurred": plain.filter(ImageFilter.GaussianBlur(1.5)),
        "dotted": dotted,
    }
    for name, picture in made.items():
        yield Picture(name, _bytes(picture), text)
    yield Picture("JPEG of quality 15", _bytes(plain, "JPEG", quality=15), text)


def without_text() -> Iterator[Picture]:
    """Yield pictures without a letter."""
    draw = random.Random(0)
    noise = Image.frombytes("RGB", (640, 480), draw.randbytes(640 * 480 * 3))
    clouds = noise.resize((40, 30)).filter(ImageFilter.GaussianBlur(2)).resize((1280, 960), Image.Resampling.BICUBIC)
    shapes = Image.new("RGB", (1280, 960), "#e0d8c8")
    pen = ImageDraw.Draw(shapes)
    for _ in range(60):
        x, y, size = draw.randrange(1280), draw.randrange(960), draw.randrange(10, 200)
        kind = draw.choice((pen.ellipse, pen.rectangle))
        kind((x, y, x + size, y + draw.randrange(10, 200)), outline="black", fill=tuple(draw.randbytes(3)))
    lines = Image.new("RGB", (1280, 960), "white")
    pen = ImageDraw.Draw(lines)
    for _ in range(400):
        x, y = draw.randrange(1280), draw.randrange(960)
        pen.line((x, y, x + draw.randrange(-40, 40), y + draw.randrange(-40, 40)), "black", draw.randrange(1, 5))
    bars = Image.new("L", (1280, 400), 255)
    pen = ImageDraw.Draw(bars)
    x = 40
    while x < 1200:
        wide = draw.randrange(2, 12)
        pen.rectangle((x, 40, x + wide, 360), fill=0)
        x += wide + draw.randrange(2, 12)
    made = {
        "noise": noise,
        "clouds": clouds,
        "shapes": shapes,
        "strokes": lines,
        "a bar code": bars,
        "fractal": Image.effect_mandelbrot((800, 600), (-2, -1.2, 1, 1.2), 100),
        "grain": Image.effect_noise((800, 600), 60),
        "gradient": Image.radial_gradient("L").resize((900, 700)),
        "white": Image.new("L", (800, 600), 255),
    }
    for name, picture in made.items():
        yield Picture(name, _bytes(picture), "")


def _bytes(picture: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
