"""Languages: by script, by common words, by the classifier, and no answer when there is too little evidence."""

from __future__ import annotations

import subprocess
import sys

import pytest

from semsearch.corpus.text.language import detect

TEXTS = {
    "en": "The pump is in the cellar and it runs at night when there is no sun on the roof",
    "de": "Die Pumpe steht im Keller und läuft nachts, wenn keine Sonne auf das Dach scheint",
    "fr": "La pompe est dans la cave et elle tourne la nuit quand il n'y a pas de soleil sur le toit",
    "es": "La bomba está en el sótano y funciona por la noche cuando no hay sol en el tejado",
    "it": "La pompa è nella cantina e funziona di notte quando non c'è il sole sul tetto della casa",
    "pt": "A bomba está na cave e funciona à noite quando não há sol no telhado da casa",
    "nl": "De pomp staat in de kelder en draait 's nachts als er geen zon op het dak schijnt",
    "sv": "Pumpen står i källaren och går på natten när det inte är sol på taket",
    "ru": "Насос стоит в подвале и работает ночью, когда на крыше нет солнца",
    "ja": "地下室給水設備点検記録の概要",
    "zh": "水泵在地下室,夜间运行。",
    "ko": "펌프는 지하실에 있고 밤에 작동합니다.",
    "el": "Η αντλία βρίσκεται στο υπόγειο",
    "th": "ปั๊มอยู่ในห้องใต้ดิน",
    "ar": "المضخة في القبو وتعمل ليلا",
}


@pytest.mark.parametrize("language", TEXTS)
def test_sentences(language: str) -> None:
    assert detect(TEXTS[language]) == language


@pytest.mark.parametrize(
    "text",
    ["", "   ", "42", "x = 1\ny = 2", "hello", "pip install semsearch", "http://example.org/a/b", "C | Si | Mn | d"],
)
def test_too_little_to_tell(text: str) -> None:
    assert detect(text) == ""


def test_a_longer_text_without_listed_words_is_given_to_the_classifier() -> None:
    vietnamese = (
        "Máy bơm nằm dưới tầng hầm và chạy vào ban đêm khi mái nhà không có ánh nắng mặt trời. Nước được bơm từ giếng "
        "sâu lên bể chứa, rồi chảy xuống vườn rau mỗi buổi sáng sớm. Người hàng xóm thường sang giúp đỡ chúng tôi "
        "kiểm tra đường ống nước trước mùa mưa hằng năm."
    )
    assert detect(vietnamese) == "vi"


def test_a_long_text_is_sampled_in_three_places() -> None:
    assert detect("1 2 3 " * 10_000 + (TEXTS["de"] + ". ") * 300) == "de"


def test_english_and_queries_load_no_classifier() -> None:
    code = (
        "import sys\n"
        "from semsearch.corpus.text.language import detect\n"
        f"assert detect({TEXTS['en'] * 50!r}) == 'en'\n"
        "assert detect('varroa oxalic acid dribble winter') == ''\n"
        "assert not {'py3langid', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
