"""HTTP to one endpoint, as far as a streamed answer needs it: send JSON, read server-sent events, by httpx2.

What is ours: the key is sent nowhere but to the endpoint (redirects are not followed), what a server says back is shown
without the key, and an answer without an end is given up.
"""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from semsearch.errors import InvalidQuery, ModelUnavailable

if TYPE_CHECKING:
    import httpx2

__all__ = ["Endpoint", "Failure", "Place", "place_of"]

MAX_EVENT = 4_000_000
"""Bytes of one event; more is no token."""
_ERROR_BYTES = 20_000


class Failure(Exception):
    """An answer that is none: its status, the seconds to wait before another try (or None), and what was said."""

    def __init__(self, status: int, said: str, wait: float | None = None) -> None:
        """Take what the server said, already free of the key."""
        super().__init__(said)
        self.status, self.said, self.wait = status, said, wait


@dataclass(frozen=True, slots=True)
class Place:
    """Where an endpoint is: the parts of its URL."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, as messages name it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether it is this computer itself."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def private(self) -> bool:
        """Whether nobody in between can read what is sent there."""
        return self.secure or self.loopback


def place_of(url: str) -> Place:
    """Return the parts of a base URL. Raises InvalidQuery when it is none, or holds a password or a query."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\x00-\x20\x7f]", url.strip()):
        raise InvalidQuery("--base-url is no URL: write it like http://localhost:11434/v1")
    if not (_is_host(parts.hostname) and parts.path.isascii()):
        raise InvalidQuery("--base-url is no URL: check the name of the host, and write %XX for what is not ASCII")
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidQuery("--base-url takes no password, ? or #: a key comes from SEMSEARCH_API_KEY")
    secure = parts.scheme == "https"
    return Place(secure, parts.hostname, port or (443 if secure else 80), parts.path.rstrip("/"))


def _is_host(name: str) -> bool:
    """Return whether a name can be looked up at all: no part of it may be empty, or longer than 63 characters."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


@dataclass(slots=True)
class Endpoint:
    """Posts JSON to paths below one place. `key` is sent as a bearer token, and only where nobody can read it."""

    place: Place
    key: str = field(repr=False)
    connect_seconds: float
    read_seconds: float
    """Between two pieces of an answer."""

    def events(self, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the objects of a streamed answer; one object when the server does not stream.

        Raises Failure for an error status, ModelUnavailable when there is no connection, or no answer of the protocol.
        """
        import httpx2

        timeout = httpx2.Timeout(self.read_seconds, connect=self.connect_seconds)
        # The environment names proxies; this computer itself needs none.
        with self._errors(), httpx2.Client(timeout=timeout, trust_env=not self.place.loopback) as client:
            content = json.dumps(body).encode("utf-8")
            with client.stream("POST", self._url(path), content=content, headers=self._headers()) as response:
                if response.status_code != 200:
                    raise self._failure(response)
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if kind == "text/event-stream":
                    yield from self._stream(response)
                elif kind == "application/json":
                    yield self._object(self._beginning(response, MAX_EVENT))
                else:
                    raise ModelUnavailable(
                        f"{self.place.authority} answers with {kind}, which is not a model's answer: "
                        "check --base-url (it often ends in /v1)"
                    )

    def _url(self, path: str) -> str:
        return f"{'https' if self.place.secure else 'http'}://{self.place.authority}{self.place.path}{path}"

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream, application/json",
            "Accept-Encoding": "identity",
        }
        if self.key and self.place.private:
            headers["Authorization"] = f"Bearer {self.key}"
        return headers

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what goes wrong on a connection into ModelUnavailable; Failure and our own errors pass."""
        import httpx2

        where = self.place.authority
        try:
            yield
        except httpx2.ConnectTimeout as error:
            raise ModelUnavailable(
                f"{where} did not answer in {self.connect_seconds:g} s: is the server running?"
            ) from error
        except httpx2.TimeoutException as error:
            raise ModelUnavailable(f"{where} sent nothing for {self.read_seconds:g} s") from error
        except httpx2.SSEError as error:
            raise ModelUnavailable(f"{where} sends an event without an end: which is not a model's answer") from error
        except (httpx2.ConnectError, httpx2.ProxyError) as error:
            raise ModelUnavailable(_unreachable(where, error)) from error
        except httpx2.HTTPError as error:
            raise ModelUnavailable(f"the connection to {where} broke off") from error

    def _failure(self, response: httpx2.Response) -> Failure:
        try:
            error = json.loads(self._beginning(response, _ERROR_BYTES))
            error = error.get("error", error)
            said = error.get("message") or error.get("detail") or error if isinstance(error, dict) else error
        except (ValueError, AttributeError):
            said = ""  # a page for people: its status says as much
        if 300 <= response.status_code < 400:
            said = f"it moved to {response.headers.get('Location', 'another place')}"
        return Failure(response.status_code, self.redacted(said), _seconds(response.headers.get("Retry-After")))

    def redacted(self, said: object) -> str:
        """Return what a server said as one short line, without the key."""
        text = said if isinstance(said, str) else json.dumps(said)
        text = " ".join((text.replace(self.key, "[key]") if self.key else text).split())
        return text if len(text) <= 200 else text[:197] + "..."

    def _stream(self, response: httpx2.Response) -> Iterator[dict[str, Any]]:
        """Yield the data of server-sent events until `[DONE]`, without the key: it is printed and saved."""
        import httpx2

        for event in httpx2.EventSource(response, MAX_EVENT):
            data = event.data.strip()
            if data == "[DONE]":
                return
            if data:
                yield self._object(data.replace(self.key, "[key]") if self.key else data)
        raise _BrokeOff

    def _beginning(self, response: httpx2.Response, most: int) -> bytes:
        """Return the first bytes of an answer."""
        data = b""
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) >= most:
                break
        return data[:most]

    def _object(self, data: str | bytes) -> dict[str, Any]:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise ModelUnavailable(f"{self.place.authority} sends something other than JSON objects: check --base-url")
        return value


class _BrokeOff(ConnectionError):
    """The stream ended without its last event."""


def _unreachable(where: str, error: BaseException) -> str:
    """Say why there is no connection: the cause is below the errors of the client."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return f"{where} has no trusted certificate ({cause.reason})"
        if isinstance(cause, OSError):
            return f"{where} cannot be reached ({cause.strerror or cause}): is the server running?"
        cause = cause.__cause__ or cause.__context__
    return f"{where} cannot be reached ({error}): is the server running?"


def _seconds(header: str | None) -> float | None:
    """Return how long Retry-After asks to wait: seconds, or an HTTP date (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", header.strip()):
        return float(header)
    import time
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
