"""Turn messages into the token ids of a prompt, by the model's own chat template or by a plain one.

The plain template, for a model without one (a base model), is one paragraph per message:

    <the system's text>

    User: <text>

    Assistant: <text>

and ends with `Assistant:`; the answer ends where the model itself begins a line `User:`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from semsearch.errors import ModelUnavailable
from semsearch.types.models import Message

__all__ = ["PLAIN_STOPS", "ChatTemplate"]

PLAIN_STOPS = ("\nUser:", "\nAssistant:")
_MARK = "semsearch0answer0ends0here"


class ChatTemplate:
    """The prompt format of one model."""

    def __init__(self, tokenizer: Any, name: str) -> None:
        """Inspect the tokenizer of a model."""
        self._tokenizer = tokenizer
        self._name = name
        self.has_template = bool(getattr(tokenizer, "chat_template", None))
        specials = sorted({text for text in map(str, tokenizer.all_special_tokens) if len(text) > 1})
        self._specials = re.compile("|".join(map(re.escape, specials))) if specials else None

    @property
    def stops(self) -> tuple[str, ...]:
        """Strings that end an answer; a chat template has a token for that."""
        return () if self.has_template else PLAIN_STOPS

    def ids(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of a prompt. Messages are plain text: special tokens in them are neutralized."""
        turns = [{"role": m.role, "content": self._neutralized(m.content)} for m in messages]
        if not self.has_template:
            return list(self._tokenizer(_plain(turns), add_special_tokens=True)["input_ids"])
        text = self._render(turns, add_generation_prompt=True)
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def end_tokens(self) -> set[int]:
        """Return the special tokens that end an answer, found by rendering the chat template."""
        if not self.has_template:
            return set()
        turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": _MARK}]
        _, _, tail = self._render(turns, add_generation_prompt=False).rpartition(_MARK)
        ids = self._tokenizer(tail, add_special_tokens=False)["input_ids"]
        return {ids[0]} & set(self._tokenizer.all_special_ids) if ids else set()

    def _neutralized(self, text: str) -> str:
        text = text.encode("utf-8", "replace").decode("utf-8")
        if self._specials is None:
            return text
        return self._specials.sub(lambda match: f"{match.group()[0]} {match.group()[1:]}", text)

    def _render(self, turns: Sequence[dict[str, str]], **options: Any) -> str:
        from jinja2.exceptions import TemplateError

        def render(chosen: Sequence[dict[str, str]]) -> str:
            return str(self._tokenizer.apply_chat_template(list(chosen), tokenize=False, **options))

        try:
            return render(turns)
        except TemplateError as error:
            joined = _without_system(turns)
            if joined == turns:
                raise ModelUnavailable(
                    f"the chat template of {self._name} does not accept these messages ({str(error)[:120]}): "
                    "take another model"
                ) from error
        try:
            return render(joined)  # some templates have no system role
        except TemplateError as error:
            raise ModelUnavailable(
                f"the chat template of {self._name} is damaged ({str(error)[:120]}): take another model"
            ) from error


def _without_system(turns: Sequence[dict[str, str]]) -> Sequence[dict[str, str]]:
    """Prepend the system message to the first user message."""
    if len(turns) < 2 or turns[0]["role"] != "system" or turns[1]["role"] != "user":
        return turns
    first = {"role": "user", "content": f"{turns[0]['content']}\n\n{turns[1]['content']}"}
    return [first, *turns[2:]]


def _plain(turns: Sequence[dict[str, str]]) -> str:
    names = {"user": "User: ", "assistant": "Assistant: ", "system": ""}
    paragraphs = [f"{names[turn['role']]}{turn['content'].strip()}" for turn in turns]
    return "\n\n".join([*paragraphs, "Assistant:"])
