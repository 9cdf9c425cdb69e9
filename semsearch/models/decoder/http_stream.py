"""HTTP to one endpoint, as far as a streamed answer needs it: connect, send JSON, read server-sent events.

The standard library is enough for this, and leaves it to us that the key is sent nowhere but to the endpoint: redirects
are not followed, nothing is logged, and what a server says back is shown without the key.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from semsearch.errors import InvalidQuery, ModelUnavailable

__all__ = ["Endpoint", "Failure", "Place", "place_of"]

MAX_LINE = 4_000_000
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
    """Tell whether a name can be looked up at all: no part of it may be empty, or longer than 63 characters."""
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
        connection = self._connect()
        try:
            with self._errors():
                self._send(connection, path, json.dumps(body).encode("utf-8"))
                response = connection.getresponse()
                if response.status != 200:
                    raise self._failure(response)
                kind = response.headers.get_content_type()
            if kind == "text/event-stream":
                yield from self._stream(response)
            elif kind == "application/json":
                yield self._whole(response)
            else:
                raise ModelUnavailable(
                    f"{self.place.authority} answers with {kind}, which is no model's answer: "
                    "check --base-url (it often ends in /v1)"
                )
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        place, proxy = self.place, _proxy(self.place)
        host, port = (proxy.host, proxy.port) if proxy else (place.host, place.port)
        connection: http.client.HTTPConnection
        if place.secure:
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, timeout=self.connect_seconds, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self.connect_seconds)
        if proxy and place.secure:
            connection.set_tunnel(place.host, place.port)
        try:
            connection.connect()
        except ssl.SSLError as error:
            raise ModelUnavailable(f"{place.authority} has no trusted certificate ({error.reason})") from error
        except TimeoutError as error:
            raise ModelUnavailable(
                f"{place.authority} did not answer in {self.connect_seconds:g} s: is the server running?"
            ) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise ModelUnavailable(f"{place.authority} cannot be reached ({reason}): is the server running?") from error
        assert connection.sock is not None
        connection.sock.settimeout(self.read_seconds)
        return connection

    def _send(self, connection: http.client.HTTPConnection, path: str, body: bytes) -> None:
        target = self.place.path + path
        if not self.place.secure and _proxy(self.place):
            target = f"http://{self.place.authority}{target}"
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        if self.key and self.place.private:
            headers["Authorization"] = f"Bearer {self.key}"
        connection.request("POST", target, body=body, headers=headers)

    def _errors(self) -> Any:
        return _Translated(self.place.authority, self.read_seconds)

    def _failure(self, response: http.client.HTTPResponse) -> Failure:
        raw = response.read(_ERROR_BYTES)
        try:
            error = json.loads(raw)
            error = error.get("error", error)
            said = error.get("message") or error.get("detail") or error if isinstance(error, dict) else error
        except (ValueError, AttributeError):
            said = ""  # a page for people: its status says as much
        if 300 <= response.status < 400:
            said = f"it moved to {response.headers.get('Location', 'another place')}"
        return Failure(response.status, self.redacted(said), _seconds(response.headers.get("Retry-After")))

    def redacted(self, said: object) -> str:
        """Return what a server said as one short line, without the key."""
        text = said if isinstance(said, str) else json.dumps(said)
        text = " ".join((text.replace(self.key, "[key]") if self.key else text).split())
        return text if len(text) <= 200 else text[:197] + "..."

    def _withheld(self, data: bytes) -> bytes:
        """Return an event without the key: what a server says back is printed and saved."""
        return data.replace(self.key.encode(), b"[key]") if self.key else data

    def _stream(self, response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
        """Yield the `data:` of server-sent events (WHATWG HTML, section 9.2) until `[DONE]`."""
        data = b""
        for line in self._lines(response):
            if line.startswith(b"data:"):
                data += line[5:].strip()
                if len(data) > MAX_LINE:
                    raise self._endless()
            elif not line and data:
                if data == b"[DONE]":
                    return
                yield self._object(self._withheld(data))
                data = b""
        if data and data != b"[DONE]":
            yield self._object(self._withheld(data))
        if data != b"[DONE]":
            raise _BrokeOff

    def _lines(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        rest = b""
        while True:
            with self._errors():
                chunk = response.read1(65_536)
            if not chunk:
                break
            *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
            yield from (line.rstrip(b"\r") for line in lines)
            if len(rest) > MAX_LINE:
                raise self._endless()
        if rest:
            yield rest

    def _endless(self) -> ModelUnavailable:
        return ModelUnavailable(f"{self.place.authority} sends an event without an end: it is no model's answer")

    def _whole(self, response: http.client.HTTPResponse) -> dict[str, Any]:
        with self._errors():
            return self._object(response.read(MAX_LINE))

    def _object(self, data: bytes) -> dict[str, Any]:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise ModelUnavailable(f"{self.place.authority} sends what is no JSON object: check --base-url")
        return value


class _BrokeOff(ConnectionError):
    """The stream ended without its last event."""


class _Translated:
    """Turns what goes wrong on a connection into ModelUnavailable; Failure and our own errors pass."""

    def __init__(self, authority: str, seconds: float) -> None:
        self._authority, self._seconds = authority, seconds

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TimeoutError):
            raise ModelUnavailable(f"{self._authority} sent nothing for {self._seconds:g} s") from error
        if isinstance(error, OSError | http.client.HTTPException):
            raise ModelUnavailable(f"the connection to {self._authority} broke off") from error


def _proxy(place: Place) -> Place | None:
    """Return the proxy that the environment names for a place; this computer itself needs none."""
    if place.loopback or urllib.request.proxy_bypass(place.host):
        return None
    url = urllib.request.getproxies().get("https" if place.secure else "http", "")
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        return Place(False, parts.hostname, parts.port or 80, "") if url and parts.hostname else None
    except ValueError:
        return None


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
