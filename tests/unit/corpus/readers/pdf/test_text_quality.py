"""The text quality of PDFs: scans, garbled pages, limits, and remarks on them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.pdf.text_quality import GARBLED, text_quality
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed
from tests.formats.make_files import Text, column, pdf

PROSE = [
    "The pump in the cellar runs at night, when power is cheap,",
    "and it stops as soon as the tank is warm enough for the",
    "whole of the next day. It is the only machine in the house",
    "that makes a sound, and nobody ever hears it upstairs.",
]


def shifted(line: str) -> str:
    """Return the codes of a font without a character table: all of them 29 too low."""
    return "".join(chr(ord(letter) - 29) if letter > "=" else letter for letter in line)


def page(number: int, *, garbled: bool = False) -> list[Text]:
    lines = [*PROSE, f"This is page {number} of it."]
    return column(*map(shifted, lines) if garbled else lines, top=600)


def read(data: bytes, settings: Settings | None = None) -> Parsed:
    return read_bytes(Path("a.pdf"), data, settings or Settings(ocr=False))


LANGUAGES = {
    "en": "The well behind the barn is older than the house, and its water is cold in every season of the year.",
    "de": "Der Brunnen hinter der Scheune ist älter als das Haus, und sein Wasser bleibt zu jeder Jahreszeit kalt.",
    "fr": "Le puits derrière la grange est plus vieux que la maison, et son eau reste froide en toute saison.",
    "es": "El pozo detrás del granero es más viejo que la casa, y su agua está fría en todas las estaciones.",
    "it": "Il pozzo dietro il fienile è più vecchio della casa, e la sua acqua è fredda in ogni stagione.",
    "pt": "O poço atrás do celeiro é mais velho do que a casa, e a sua água é fria em todas as estações.",
    "nl": "De put achter de schuur is ouder dan het huis, en het water blijft in elk jaargetijde koud.",
    "sv": "Brunnen bakom ladan är äldre än huset, och dess vatten är kallt under alla årstider.",
    "fi": "Ladon takana oleva kaivo on vanhempi kuin talo, ja sen vesi on kylmää kaikkina vuodenaikoina.",
    "pl": "Studnia za stodołą jest starsza niż dom, a woda w niej jest zimna o każdej porze roku i bardzo czysta.",
    "cs": "Studna za stodolou je starší než dům a její voda je studená v každém ročním období, i v létě.",
    "hu": "A pajta mögötti kút régebbi, mint a ház, és a vize minden évszakban hideg marad, nyáron is.",
    "tr": "Ahırın arkasındaki kuyu evden daha eskidir ve suyu yılın her mevsiminde soğuk ve temiz kalır.",
    "ro": "Fântâna din spatele hambarului este mai veche decât casa, iar apa ei este rece în orice anotimp.",
    "id": "Sumur di belakang lumbung itu lebih tua daripada rumah, dan airnya tetap dingin sepanjang tahun.",
    "vi": "Cái giếng phía sau kho thóc lâu đời hơn ngôi nhà, và nước của nó luôn lạnh quanh năm suốt tháng.",
    "cy": "Mae'r ffynnon y tu ôl i'r ysgubor yn hŷn na'r tŷ, ac mae ei dŵr yn oer ym mhob tymor o'r flwyddyn.",
    "hr": "Bunar iza staje stariji je od kuće, a njegova je voda hladna u svako godišnje doba, pa i ljeti.",
    "ru": "Колодец за сараем старше дома, и вода в нём холодная в любое время года, даже летом в жару.",
    "el": "Το πηγάδι πίσω από τον αχυρώνα είναι παλιότερο από το σπίτι και το νερό του είναι πάντα κρύο.",
    "ja": "納屋の裏の井戸は家よりも古く、その水は一年中とても冷たいです。夏でも冷たいままなので、そこで瓜を冷やします。"
    * 2,
    "zh": "谷仓后面的水井比房子还要古老，井水一年四季都很冰凉，夏天也是如此，所以我们在那里冰镇西瓜和啤酒。" * 2,
    "ko": "헛간 뒤의 우물은 집보다 오래되었고 물은 일 년 내내 차갑습니다. 여름에도 차가워서 수박을 식힙니다." * 2,
    "ar": "البئر خلف الحظيرة أقدم من البيت، وماؤها بارد في كل فصول السنة حتى في الصيف عندما يشتد الحر.",
    "hi": "खलिहान के पीछे का कुआँ घर से पुराना है और उसका पानी साल के हर मौसम में ठंडा रहता है और साफ़ भी।" * 2,
    "th": "บ่อน้ำหลังโรงนาเก่าแก่กว่าตัวบ้าน และน้ำในบ่อเย็นตลอดทั้งปีแม้ในฤดูร้อนที่อากาศร้อนจัดมาก" * 2,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_prose_in_any_language_is_text(language: str) -> None:
    quality = text_quality(LANGUAGES[language])
    assert quality is not None
    assert quality >= (0.6 if language == "cy" else 0.9)
    assert text_quality(LANGUAGES[language].upper()) == quality


def scrambled(seed: int) -> str:
    """Return prose with every letter replaced by another one, as in fonts with their own encoding."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    mixed = list(letters)
    random.Random(seed).shuffle(mixed)
    return " ".join(PROSE * 2).lower().translate(str.maketrans(letters, "".join(mixed)))


def test_font_codes_are_not_text() -> None:
    lost = [text for seed in range(40) if (text_quality(text := scrambled(seed)) or 0) < GARBLED]
    assert len(lost) >= 30  # some alphabets happen to look like words
    for garbled in (
        shifted(" ".join(PROSE)),
        "".join(chr(0xE000 + ord(letter)) for letter in " ".join(PROSE)),
        "\ufffd" * 50 + " a few words ",
        "".join(chr(1 + at % 8) for at in range(200)),
        "!\"#$ %&'( )*+, -./: ;<=> ?@[\\ ]^_` " * 5,
        LANGUAGES["ru"].encode().decode("latin-1"),
    ):
        assert (text_quality(garbled) or 0) < GARBLED, garbled


def test_other_than_prose_is_not_garbled() -> None:
    for text in (
        "",
        "12.5 13.7 1,200 1,999 2024-03-01 (7) 17 % " * 10,
        "." * 200 + " 17 " + "_" * 300,
        "SN 4471-B  QX 9 / PT 100  +49 30 1234",
        "RES 10K 0603 CAP 100N SMD " * 2,
    ):
        quality = text_quality(text)
        assert quality is None or quality >= GARBLED, text
    code = "for item in items: total += item.price * (1 + rate)\nreturn round(total, 2)\n" * 3
    assert (text_quality(code) or 0) >= 0.8


def test_pages_without_text_are_counted() -> None:
    parsed = read(pdf([page(1), [], page(3), [], []], pictures={2, 4}))  # the last one is blank
    assert parsed.remark == "2 pages without text: scanned?"
    assert parsed.metadata["text_quality"] == 0.5
    assert parsed.metadata["pages"] == 5


def test_a_scanners_stamp_is_not_text() -> None:
    pages: list[list[Text]] = [[(200, 20, 8, "Scanned by a phone")] for _ in range(4)]
    assert read(pdf([page(1), *pages], pictures=range(2, 6))).remark == "3 pages without text: scanned?"


def test_garbled_pages_are_left_out_and_reported() -> None:
    pages = [page(n, garbled=n in (2, 3, 4, 7)) for n in range(1, 9)]
    parsed = read(pdf(pages))
    assert parsed.remark == "pages 2-4, 7 are garbled: left out"
    assert parsed.text.count("The pump") == 4
    assert shifted("pump") not in parsed.text
    assert parsed.metadata["text_quality"] == 0.5
    assert [str(block.anchor) for block in parsed.blocks if "page 8" in parsed.text[block.start : block.stop]] == [
        "p.8"
    ]


def test_nothing_but_garbled_or_scanned_pages() -> None:
    with pytest.raises(SourceUnreadable, match=r"^garbled text: "):
        read(pdf([page(1, garbled=True), [(70, 700, 10, shifted("little"))], page(3, garbled=True)]))
    with pytest.raises(SourceUnreadable, match=r"^no text: scanned\?$"):
        read(pdf([[], []], pictures={1, 2}))


def test_a_table_of_numbers_is_text() -> None:
    rows = [(70 + 100 * x, 700 - 12 * y, 10, f"{x * y * 17}.{y}") for y in range(20) for x in range(3)]
    parsed = read(pdf([rows]))
    assert parsed.metadata["text_quality"] == 1.0
    assert not parsed.remark


def test_limits_on_pages_and_text() -> None:
    data = pdf([page(n) for n in range(1, 8)])
    parsed = read(data, Settings(max_pages=3))
    assert parsed.remark == "pages 4-7 left out: too much text or too many pages"
    assert "page 3 of it" in parsed.text
    assert "page 4 of it" not in parsed.text
    assert parsed.metadata["pages"] == 7
    short = read(data, Settings(max_text=500))
    assert len(short.text) <= 500
    assert "left out" in short.remark
    assert max(block.stop for block in short.blocks) <= 500
    lines = read_bytes(Path("a.txt"), b"one line\n" * 100, Settings(max_text=50))
    assert (len(lines.text), lines.remark) == (50, "text beyond 50 characters left out")


def test_documents_are_read_again_when_a_limit_on_their_text_changes() -> None:
    assert Settings().version != Settings(max_pages=10).version
    assert Settings().version != Settings(max_text=10).version
    assert Settings().version == Settings(max_file_bytes=10).version


def test_dates_and_tags() -> None:
    info = (
        "/Title (Wells and pumps) /Author (Ida) /Subject (How to dig) /Keywords (water; wells, pumps)"
        " /CreationDate (D:20240305120000+01'00') /ModDate (D:2024)"
    )
    parsed = read(pdf([page(1)], info=info))
    assert parsed.title == "Wells and pumps"
    assert parsed.metadata == {
        "pages": 1,
        "author": "Ida",
        "description": "How to dig",
        "tags": "water, wells, pumps",
        "date": "2024-03-05",
        "modified": "2024",
        "text_quality": 1.0,
    }
