"""
How fast the stand-in is itself: what it answers to clients that do nothing with it.

What is measured against it means something as long as it stays well below this.
"""

from __future__ import annotations

import socket
import time

__all__ = ["ceiling"]

_AT_ONCE = 16
_BUFFER = 1 << 20


def ceiling(port: int, target: str, seconds: float = 0.5, at_once: int = _AT_ONCE) -> float:
    """
    Ask for one page again and again over one connection, and throw it away.

    :param target: path and query of the page.
    :param seconds: for so long.
    :param at_once: requests sent before the first of their answers has come; 1 for none ahead.
    :return: answers a second.
    """
    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request)
        length = _length(connection)
        buffer = memoryview(bytearray(_BUFFER))
        began_s = time.perf_counter()
        answers = 0
        while time.perf_counter() - began_s < seconds:
            connection.sendall(request * at_once)
            missing = length * at_once
            while missing:
                missing -= connection.recv_into(buffer, min(missing, _BUFFER))
            answers += at_once
        return answers / (time.perf_counter() - began_s)


def _length(connection: socket.socket) -> int:
    """Read one answer; return how long it was. All answers to one request are of the same length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(_BUFFER)
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    missing = int(fields[b"content-length"]) - len(body)
    total = len(received) + missing
    while missing:
        missing -= len(connection.recv(missing))
    return total
