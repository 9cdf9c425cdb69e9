"""Tokens with the probabilities that a decoder gave them."""

from __future__ import annotations

import json

from semsearch.cli.terminal.screen import Screen, safe_text
from semsearch.types.models import Token

__all__ = ["token_line"]

_BAR = 10
_SURE, _UNSURE = 0.8, 0.3


def token_line(token: Token, screen: Screen) -> str:
    """Return one token with the probability that the model gave it, on a line of its own.

    On a terminal with a bar, the blank in front of a word made visible; else `probability TAB "token"`, the token as a
    JSON string, for other programs. A dash stands where a remote model does not tell, `""` for a token that only begins
    a character.
    """
    known = token.probability
    if not screen.terminal:
        return f"{'-' if known is None else format(known, '.4f')}\t{json.dumps(token.text)}"
    text = safe_text(token.text.replace("\n", "⏎").replace(" ", "·"))
    if known is None:
        return f"     -  {' ' * _BAR}  {text}"
    bar = ("█" * round(known * _BAR)).ljust(_BAR)
    paint = screen.good if known >= _SURE else screen.bad if known < _UNSURE else screen.dim
    return f"{known:6.1%}".rjust(6) + f"  {paint(bar)}  {text}"
