"""What is asked of a TCP socket: a connection that is given up as soon as the run is to end, buffers, a farewell."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import math
import os
import queue
import select
import socket
import struct
import termios
import threading
import time
from typing import Any

from scansim.stopping import GLANCE, Flag
from scansim.wire.dimse import Buffer

#: How long a peer may take to close the connection after A-ABORT, in s.
_FAREWELL = 0.5


def connect(host: str, port: int, seconds: float, stop: Flag) -> socket.socket:
    """Connect to the first of the host's addresses that takes it.

    Raises
    ------
    OSError
        Of the last address; TimeoutError after `seconds`.
    KeyboardInterrupt
        As soon as `stop` is raised.
    """
    until = time.monotonic() + seconds
    failure: OSError = TimeoutError()
    for family, kind, protocol, _, address in _addresses(host, port, until, stop):
        sock = socket.socket(family, kind, protocol)
        try:
            _connect(sock, address, until, stop)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


def _addresses(host: str, port: int, until: float, stop: Flag) -> list[Any]:
    """What the host's name stands for; a resolver may take minutes and hears no signal, so it has its own thread."""
    with contextlib.suppress(OSError):  # a literal address
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            found.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except OSError as error:
            found.put(error)

    threading.Thread(target=resolve, name="resolver", daemon=True).start()
    while True:
        stop.check()
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        with contextlib.suppress(queue.Empty):
            answer = found.get(timeout=min(left, GLANCE))
            if isinstance(answer, OSError):
                raise answer
            return answer


def _connect(sock: socket.socket, address: Any, until: float, stop: Flag) -> None:
    sock.setblocking(False)
    code = sock.connect_ex(address)
    if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
        raise OSError(code, os.strerror(code))
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    while True:
        stop.check()
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if poll.poll(math.ceil(min(left, GLANCE) * 1000)):
            break
    if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(code, os.strerror(code))


def behind(parts: list[Buffer], count: int) -> list[Buffer]:
    """What is left of some buffers behind their first `count` bytes."""
    for index, part in enumerate(parts):
        if count < len(part):
            return [memoryview(part)[count:], *parts[index + 1 :]]
        count -= len(part)
    return []


def queued(sock: socket.socket) -> int:
    """Bytes that the peer has not acknowledged yet; 0 where the system does not tell."""
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0])
    except OSError:
        return 0


def part_with(sock: socket.socket, last: bytes) -> bytes:
    """Send the last bytes without waiting for room, and give the peer a moment to close; returns what was sent.

    What it still sends is read and ignored: a connection that is closed with something unread is reset, and the peer
    might never see the last bytes.
    """
    sent = 0
    with contextlib.suppress(OSError):
        sent = sock.send(last)
        sock.shutdown(socket.SHUT_WR)
        poll, until = select.poll(), time.monotonic() + _FAREWELL
        poll.register(sock, select.POLLIN)
        while (left := until - time.monotonic()) > 0 and poll.poll(math.ceil(left * 1000)):
            if not sock.recv(1 << 16):
                break
    return last[:sent]
