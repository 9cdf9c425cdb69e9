"""Frames: what is packed comes out again, what is not a frame is refused, and nobody can make the other side wait."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.daemon.wire import WireError, pack, receive, unpack


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_fields_come_out_as_they_went_in(fields: list[bytes]) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.sendall(pack(fields))
        assert receive(far, 1 << 20, 5) == fields


@given(st.binary(max_size=60))
def test_any_bytes_are_fields_or_refused(data: bytes) -> None:
    try:
        fields = unpack(data)
    except WireError:
        return
    assert pack(fields)[8:] == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"smsh",
        b"smsX\0\0\0\x05\0\0\0\x01a",
        b"smsh\0\0\0\0",
        b"smsh\0\0\0\x03\0\0\0",
        b"smsh\0\0\0\x04\0\0\0\x01",
        b"smsh\x7f\xff\xff\xff",
        pack([b"a" * 100])[:-1],
    ],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    near, far = socket.socketpair()
    with far:
        near.sendall(data)
        near.close()
        with pytest.raises(WireError):
            receive(far, 1000, 5)


def test_a_frame_beyond_the_limit_is_not_read() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.sendall(pack([b"x" * 100]))
        with pytest.raises(WireError):
            receive(far, 99, 5)


def test_one_that_sends_a_byte_now_and_then_is_given_up() -> None:
    near, far = socket.socketpair()
    done = threading.Event()

    def drip() -> None:
        for byte in pack([b"x" * 100]):
            if done.wait(0.05):
                return
            near.sendall(bytes([byte]))

    with near, far:
        thread = threading.Thread(target=drip)
        thread.start()
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            receive(far, 1000, 0.3)
        assert time.monotonic() - start < 3
        done.set()
        thread.join()
