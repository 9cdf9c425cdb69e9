"""When there is a warning, and above all when there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from semsearch.search.language_warning import language_warning


def says(code: str) -> Callable[[str], str]:
    return lambda text: code


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("где библиотека", "Cyrillic"),
        ("東京の天気", "Japanese"),
        ("如何更换机油", "Chinese"),
        ("كيف أصنع الخبز", "Arabic"),
        ("Πού είναι", "Greek"),
        ("서울 날씨", "Hangul"),
        ("ש", "Hebrew"),
        ("आज का मौसम", "Devanagari"),
        ("กรุงเทพ", "Thai"),
    ],
)
def test_a_script_the_encoder_does_not_know(text: str, script: str) -> None:
    warning = language_warning(text, ["en"])
    assert warning is not None
    assert script in warning
    assert "English" in warning
    assert "\n" not in warning


@pytest.mark.parametrize(("text", "language"), [("где библиотека", "ru"), ("東京の天気", "ja"), ("如何更换机油", "zh")])
def test_a_script_the_encoder_knows(text: str, language: str) -> None:
    assert language_warning(text, ["en", language], says("xx")) is None


def test_another_latin_language() -> None:
    warning = language_warning("wie funktioniert eine Wärmepumpe im Winter", ["en"], says("de"))
    assert warning is not None
    assert "German" in warning


def test_no_declared_languages_means_any() -> None:
    assert language_warning("где библиотека", []) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "12345",
        "heat pump",
        "Müller Dvořák García",
        "how does a heat pump work",
        "α-synuclein aggregation in the neurons of mice",
        "ERR_4521 foo.bar() x=1 camelCase snake_case",
        "kubectl get pods -n kube-system",
        "résumé café the naïve",
        "find the Москва office",
        "αβγ аб 東京 x",
    ],
)
def test_not_warned_even_when_the_detector_is_wrong(text: str) -> None:
    assert language_warning(text, ["en"], says("de")) is None


def test_not_warned_when_unsure_or_without_a_detector() -> None:
    text = "vier Wörter oder auch mehr"
    assert language_warning(text, ["en"], says("")) is None
    assert language_warning(text, ["en"], says("en")) is None
    assert language_warning(text, ["en"]) is None
    assert language_warning(text, ["de"], says("de")) is None


def test_a_long_query_costs_no_more() -> None:
    assert language_warning("а" * 1_000_000, ["en"]) is not None
