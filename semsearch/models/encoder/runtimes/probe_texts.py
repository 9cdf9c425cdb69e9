"""Texts on which runtimes are measured and compared: queries, and texts of passage length, in several scripts."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

__all__ = ["PROBES", "passages"]

PROBES = (
    "",
    "Why?",
    "a cat sat on the mat",
    "SHOUTED WORDS, Mixed Case and punctuation; (parentheses) -- dashes!",
    "Crème brûlée, naïve façade, Ångström, straße",
    "def encode(texts: list[str]) -> np.ndarray:\n    return model(texts)  # 3.14 % of 2**10",
    "日本語の文章、한국어 문장, русский текст, العربية",
    "emoji 👩‍👩‍👧 and zero\u200bwidth \u00ad characters \ufffd",
    "The mitochondrion is the organelle in which most of the cell's energy is set free. " * 4,
    "Interest rates rose while the currency fell against a basket of others. " * 12,
    "A long text runs past what the encoder sees, and both sides must cut it at the same token. " * 40,
)
"""Short, long and too long, several scripts; their lengths differ, so batches are padded."""

_SENTENCES = (
    "The committee met on Tuesday and agreed to postpone the vote until the figures had been checked.",
    "Mix the flour with the butter, add two eggs, and leave the dough in a cool place for an hour.",
    "Patients who were given the higher dose reported fewer headaches after twelve weeks (p = 0.03).",
    "Error 503: the upstream server did not answer within 30 seconds, so the request was tried again.",
    "In 1848 the river froze so hard that a market was held on it, with stalls, music and a roast ox.",
    "Interest is calculated daily on the outstanding balance and charged on the last day of the month.",
    "She closed the window, looked once more at the letter, and put it back into the drawer unread.",
    "The enzyme binds to the receptor and lowers the concentration of calcium inside the cell.",
    "Run the installer as an administrator, restart the computer, and open the settings of the network.",
    "Under this agreement either party may terminate with ninety days' notice given in writing.",
    "The orchestra played the slow movement a little faster than usual, which suited the hall.",
    "Snow is expected above 900 metres, with gusts of up to 80 km/h on exposed ridges and passes.",
    "A hash table answers a lookup in constant time on average, at the price of some empty memory.",
    "Their defence held until the 88th minute, when a corner was headed in at the far post.",
    "Glaciers in the eastern range have lost a third of their volume since measurements began.",
    "The applicant shall submit three copies of the drawings together with proof of ownership.",
)


def passages(fits: Callable[[str], bool], count: int = 32) -> Sequence[str]:
    """Return passages of real sentences, up to the longest that `fits`; most are long, as real passages are."""
    chance = random.Random(0)
    texts = []
    for _ in range(count):
        wanted = chance.triangular(20, 260, 220)
        text = chance.choice(_SENTENCES)
        while text.count(" ") < wanted:
            longer = f"{text} {chance.choice(_SENTENCES)}"
            if not fits(longer):
                break
            text = longer
        texts.append(text if fits(text) else "a cat sat")
    return texts
