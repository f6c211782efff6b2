"""A client that sends bytes, and says what came back until the connection ended."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command
from scansim.wire.stream import Message, MessageAssembler, PduDecoder
from tests.support.reference_client import EXPLICIT, IMPLICIT, VERIFICATION

VERSION = "2.25.1"


def request(*classes: str, syntaxes: tuple[str, ...] = (EXPLICIT, IMPLICIT), **changes: Any) -> p.AssociateRQ:
    """A good A-ASSOCIATE-RQ with contexts 1, 3, 5 and so on, but for `changes`."""
    contexts = tuple(
        p.ProposedContext(2 * number + 1, uid, syntaxes) for number, uid in enumerate(classes or (VERIFICATION,))
    )
    user = p.UserInformation(16384, VERSION)
    return replace(p.AssociateRQ("REFERENCE", "STRANGER", contexts, user), **changes)


def raw_request(*items: bytes) -> bytes:
    """An A-ASSOCIATE-RQ of the given items."""
    body = p.encode(request())[6:74] + b"".join(items)
    return struct.pack(">BxI", p.ASSOCIATE_RQ, len(body)) + body


def items_of(rq: p.AssociateRQ) -> list[bytes]:
    """The items of an A-ASSOCIATE-RQ: Application Context, the contexts, User Information."""
    data, found = p.encode(rq)[74:], []
    while data:
        length = 4 + int.from_bytes(data[2:4])
        found.append(data[:length])
        data = data[length:]
    return found


def pdata(*pdvs: tuple[int, int, bytes]) -> bytes:
    """A P-DATA-TF of fragments: Presentation Context ID, message control header, data."""
    body = b"".join(struct.pack(">IBB", len(data) + 2, context, header) + data for context, header, data in pdvs)
    return struct.pack(">BxI", p.P_DATA_TF, len(body)) + body


def command(name: str, sop_class: str = VERIFICATION, dataset: bool = False, **fields: Any) -> bytes:
    """A command set; None leaves an element out."""
    kind = "RequestedSOPClassUID" if name in ("N-SET-RQ", "N-ACTION-RQ") else "AffectedSOPClassUID"
    values = {kind: sop_class, "CommandField": FIELD_OF[name], "MessageID": 1}
    values["CommandDataSetType"] = 1 if dataset else NO_DATASET
    return encode_command({key: value for key, value in (values | fields).items() if value is not None})


class Raw:
    """One connection."""

    def __init__(self, port: int, timeout: float = 5) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._decoder, self._assembler = PduDecoder(), MessageAssembler()
        self._pdus: list[p.PDU] = []
        self._messages: list[Message] = []
        self.closed = False

    def send(self, data: bytes) -> None:
        """Send what the peer still takes."""
        with suppress(ConnectionError):
            self.sock.sendall(data)

    def _receive(self) -> bool:
        try:
            data = self.sock.recv(1 << 18)
        except ConnectionError:
            data = b""
        self.closed = not data
        for event in self._decoder.feed(data, 0):
            if isinstance(event.pdu, p.PData):
                self._messages += self._assembler.feed(event)
            else:
                self._pdus.append(event.pdu)
        return not self.closed

    def look(self) -> None:
        """Take what has come already."""
        with suppress(TimeoutError):
            self.sock.settimeout(0.0001)
            self._receive()
        self.sock.settimeout(5)

    def pdu(self) -> p.PDU | None:
        """The next PDU that is no P-DATA-TF; None when the connection ends before."""
        while not self._pdus and self._receive():
            pass
        return self._pdus.pop(0) if self._pdus else None

    def message(self) -> Message | None:
        """The next message; None when the connection ends before, or another PDU comes."""
        while not self._messages and not self._pdus and self._receive():
            pass
        return self._messages.pop(0) if self._messages else None

    def status(self) -> int | None:
        """Status of the next message that is final, None when none comes."""
        while (message := self.message()) is not None:
            if message.command.status not in (0xFF00, 0xFF01):
                return message.command.status
        return None

    def ended(self) -> float:
        """Wait for the end of the connection; how long that took, in s."""
        began = time.monotonic()
        while self._receive():
            pass
        return time.monotonic() - began

    def associate(self, rq: p.AssociateRQ) -> p.PDU | None:
        """Send an A-ASSOCIATE-RQ and return what comes back."""
        self.send(p.encode(rq))
        return self.pdu()

    def ask(self, context_id: int, command_set: bytes, dataset: bytes | None = None) -> int | None:
        """Send a message and return the final status, None when there is none."""
        self.send(pdata((context_id, 3, command_set)))
        for start in range(0, len(dataset or b""), 16000):
            piece = (dataset or b"")[start : start + 16000]
            self.send(pdata((context_id, 2 if start + 16000 >= len(dataset or b"") else 0, piece)))
        return self.status()


@contextmanager
def connected(port: int) -> Iterator[Raw]:
    """A connection."""
    raw = Raw(port)
    try:
        yield raw
    finally:
        raw.sock.close()


@contextmanager
def associated(port: int, *classes: str, **options: Any) -> Iterator[Raw]:
    """An association with contexts 1, 3, 5 and so on."""
    with connected(port) as raw:
        assert isinstance(raw.associate(request(*classes, **options)), p.AssociateAC)
        yield raw
