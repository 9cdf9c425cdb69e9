"""A decoder behind an OpenAI-compatible endpoint: Llama on Ollama or vLLM, Cohere Command, GPT-4 and the like."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.models.decoder.http_stream import Endpoint, Failure, place_of
from semsearch.models.decoder.sampling import check_sampling
from semsearch.types.models import Message, Sampling, Token

__all__ = ["DEFAULT_BASE_URL", "RemoteGenerator"]

DEFAULT_BASE_URL = "https://api.openai.com/v1"
CONNECT_SECONDS = 10.0
READ_SECONDS = 180.0
"""Until the next piece: a server that has to load a large model first takes a minute or two."""
TRIES = 3
MAX_WAIT_SECONDS = 30.0
"""When a server asks for a longer wait, that is reported to the user instead."""
_TRANSIENT = {408, 429, 500, 502, 503, 504}
_TURN_MARKERS = re.compile(r"<\|[^\s|<>]{1,40}\|>|<(?:start|end)_of_turn>|\[/?INST\]|</?s>")
"""Turn markers of common chat templates: neutralized in messages, since not every server does so."""


class RemoteGenerator:
    """Streams chat completions. The key is read from the environment, and kept out of every message."""

    context = 0
    """Unknown: the protocol does not report it."""

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """Bind a model; nothing is connected yet. Raises InvalidQuery for an invalid URL or key."""
        if not model.strip():
            raise InvalidQuery("--generator openai: names no model: write openai:MODEL")
        self.model = model.strip()
        self.name = f"openai:{self.model}"
        self._endpoint = Endpoint(place_of(base_url or DEFAULT_BASE_URL), _key(), connect_seconds, read_seconds)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return an upper estimate: nearly always, a token of any script has two bytes of UTF-8 or more."""
        return sum(len(m.content.encode("utf-8", "replace")) // 2 + 8 for m in messages)

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[Token]:
        """Yield tokens as the server sends them, with probabilities where it reports them.

        ModelUnavailable when the endpoint fails; when it breaks off, after the tokens received. InvalidQuery when it
        rejects the prompt as too long.
        """
        check_sampling(sampling)
        if not messages:
            raise InvalidQuery("there are no messages to answer")
        return self._tokens(self._body(messages, sampling), sampling.max_tokens)

    def _body(self, messages: Sequence[Message], sampling: Sampling) -> dict[str, Any]:
        turns = [{"role": m.role, "content": _neutralized(m.content)} for m in messages]
        body: dict[str, Any] = {"model": self.model, "messages": turns, "stream": True, "logprobs": True}
        body |= {"max_tokens": sampling.max_tokens, "temperature": sampling.temperature}
        if sampling.top_p < 1:
            body["top_p"] = sampling.top_p
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        return body

    def _tokens(self, body: dict[str, Any], limit: int) -> Iterator[Token]:
        received, finished = 0, False
        try:
            for event in self._events(body):
                for token in self._read(event):
                    received += 1
                    yield token
                finished = finished or _finished(event)
                if received >= limit:  # a server that ignores the limit
                    return
        except ModelUnavailable as error:
            if finished:  # some servers close without the last event
                return
            raise ModelUnavailable(f"{error}; {received} tokens received" if received else str(error)) from error
        except ConnectionError as error:
            if not finished:
                raise ModelUnavailable(f"{self._where} broke off its answer; {received} tokens received") from error
        if not received and not finished:
            raise ModelUnavailable(f"{self._where} sent an empty answer: check --base-url and the model's name")

    @property
    def _where(self) -> str:
        return self._endpoint.place.authority

    def _events(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Retry after transient failures, at most twice; and without fields that an older or newer server rejects."""
        tries = 0
        while True:
            try:
                yield from self._endpoint.events("/chat/completions", body)
                return
            except Failure as failure:
                adapted = _adapted(body, failure)
                if adapted is not None:
                    body = adapted
                    continue
                tries += 1
                wait = failure.wait if failure.wait is not None else 0.5 * 2**tries
                if failure.status not in _TRANSIENT or tries >= TRIES or wait > MAX_WAIT_SECONDS:
                    raise self._error(failure) from failure
            time.sleep(wait)

    def _error(self, failure: Failure) -> Exception:
        detail = f" ({failure.said})" if failure.said else ""
        status, where = failure.status, self._where
        if status in (401, 403):
            return ModelUnavailable(f"{where} denies access{detail}: {self._about_key()}")
        if status == 404:
            return ModelUnavailable(f"{where} has no model {self.model!r}{detail}: check it and --base-url")
        if 300 <= status < 400:
            return ModelUnavailable(f"{where} cannot be used: {failure.said}; give that as --base-url if you trust it")
        if status == 413 or (status == 400 and re.search(r"context|too long|too many tokens", failure.said, re.I)):
            return InvalidQuery(f"{self.name} rejects the prompt as too long{detail}: shorten it")
        if status == 429:
            again = f"; it asks to wait {failure.wait:.0f} s" if failure.wait is not None else ""
            return ModelUnavailable(f"{where} has too many requests{detail}{again}: try again later")
        return ModelUnavailable(f"{where} failed with status {status}{detail}: try again later, or check its log")

    def _about_key(self) -> str:
        if not self._endpoint.key:
            return "set SEMSEARCH_API_KEY (or OPENAI_API_KEY) to your key"
        if not self._endpoint.place.private:
            return "the key was not sent, since the connection is not encrypted: use https://"
        return "check the key in SEMSEARCH_API_KEY (or OPENAI_API_KEY)"

    def _read(self, event: Mapping[str, Any]) -> Iterator[Token]:
        """Yield the tokens of one event; ModelUnavailable for an error event."""
        if event.get("error"):
            error = event["error"]
            said = error.get("message", error) if isinstance(error, dict) else error
            raise ModelUnavailable(f"{self._where} failed: {self._endpoint.redacted(said)}")
        choice = _choice(event)
        part = choice.get("delta") or choice.get("message") or {}
        text = part.get("content") if isinstance(part, dict) else None
        if isinstance(text, str) and text:
            yield from _split(text, choice.get("logprobs"))


def _choice(event: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _finished(event: Mapping[str, Any]) -> bool:
    return bool(_choice(event).get("finish_reason"))


def _split(text: str, logprobs: Any) -> Iterator[Token]:
    """Yield the tokens of a piece of text, with probabilities if the reported tokens make up exactly this text."""
    entries = logprobs.get("content") if isinstance(logprobs, dict) else None
    try:
        reported = [(str(entry["token"]), math.exp(float(entry["logprob"]))) for entry in entries or ()]
    except (KeyError, TypeError, ValueError, OverflowError):
        reported = []
    if reported and "".join(token for token, _ in reported) == text:
        yield from (Token(_clean(token), min(1.0, probability)) for token, probability in reported)
    else:
        yield Token(_clean(text), min(1.0, reported[0][1]) if len(reported) == 1 else None)


def _clean(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _neutralized(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _TURN_MARKERS.sub(lambda match: f"{match.group()[0]} {match.group()[1:]}", text)


def _adapted(body: dict[str, Any], failure: Failure) -> dict[str, Any] | None:
    """Return the request without the field that a server rejects by name; None when the failure has another reason."""
    if failure.status not in (400, 422):
        return None
    if "max_tokens" in body and "max_completion_tokens" in failure.said:
        rest = {name: value for name, value in body.items() if name != "max_tokens"}
        return {**rest, "max_completion_tokens": body["max_tokens"]}
    for name, ours in (("logprobs", True), ("temperature", 0.0)):
        if name in failure.said and body.get(name) == ours:  # our choice, not the user's
            return {field: value for field, value in body.items() if field != name}
    return None


def _key() -> str:
    """Return the key from the environment, or an empty string. InvalidQuery, without the key, when it cannot be one."""
    for name in ("SEMSEARCH_API_KEY", "OPENAI_API_KEY"):
        key = os.environ.get(name, "").strip()
        if key and not re.fullmatch(r"[\x21-\x7e]+", key):
            raise InvalidQuery(f"{name} contains characters that no key has: set it again")
        if key:
            return key
    return ""
