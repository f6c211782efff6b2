"""A TCP proxy before a server, that changes what the server sends the way one defect wants it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from scansim.network.tap import Recording, accepted
from scansim.reference.link import Link
from scansim.reference.rewrite import rewrite_message, rewrite_pdu
from scansim.reference.spoil_admission import forwarded
from scansim.wire import pdu as p
from scansim.wire.stream import MessageAssembler, PduDecoder

_CHUNK = 1 << 18  # bytes

#: Forwards one direction of a connection: (client, server, link).
_Forward = Callable[[socket.socket, socket.socket, Link], None]


class Proxy:
    """Listens at one address and forwards each connection to another one.

    It can stand before any server, not just the reference target.

    Parameters
    ----------
    address : (str, int)
        Where it listens; port 0 takes a free one, see ``port``.
    server : (str, int)
        The server behind it.
    defect : str
        Name of a defect that rewrites.
    recording : Recording, optional
        What records the clients' side.
    """

    def __init__(
        self,
        address: tuple[str, int],
        server: tuple[str, int],
        defect: str,
        recording: Recording | None = None,
    ) -> None:
        self._recording = recording
        self._server = server
        self._defect = defect
        self._open: set[socket.socket] = set()
        self._spent: set[str] = set()
        self._listener = socket.create_server(address, backlog=64)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="rewriting-proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sock in (self._listener, *self._open):
            _close(sock)

    def _accept(self) -> None:
        while True:
            try:
                client, where = self._listener.accept()
            except OSError:  # closed
                return
            try:
                server = socket.create_connection(self._server, timeout=5)
            except OSError:
                _close(client)
                continue
            server.settimeout(None)
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.add(sock)
            client = accepted(self._recording, client, where)
            link = Link(spent=self._spent)
            for forward in (self._requests, self._responses):
                threading.Thread(target=self._run, args=(forward, client, server, link), daemon=True).start()

    def _run(self, forward: _Forward, client: socket.socket, server: socket.socket, link: Link) -> None:
        with suppress(OSError):
            forward(client, server, link)
        for sock in (client, server):
            _close(sock)
            self._open.discard(sock)

    def _requests(self, client: socket.socket, server: socket.socket, link: Link) -> None:
        """Forward what the client sends, having looked at its A-ASSOCIATE-RQ, which few defects change."""
        decoder: PduDecoder | None = PduDecoder()
        first = True
        while data := client.recv(_CHUNK):
            if decoder is not None:
                for event in decoder.feed(data, 0):
                    if isinstance(event.pdu, p.AssociateRQ):
                        link.request = event.pdu
                    decoder = None
                    break
            server.sendall(forwarded(self._defect, data) if first else data)
            first = False

    def _responses(self, client: socket.socket, server: socket.socket, link: Link) -> None:
        """Forward what the server sends, rewritten."""
        decoder, assembler = PduDecoder(), MessageAssembler()
        while data := server.recv(_CHUNK):
            for event in decoder.feed(data, 0):
                if isinstance(event.pdu, p.PData):
                    for message in assembler.feed(event):
                        client.sendall(rewrite_message(self._defect, link, message))
                else:
                    client.sendall(rewrite_pdu(self._defect, link, event.pdu))
                if link.repeated is not None:
                    data, pause = link.repeated
                    while True:  # until the client closes, whatever it says
                        client.sendall(data)
                        time.sleep(pause)
                if link.closing:
                    client.shutdown(socket.SHUT_WR)
                    client.settimeout(2)  # s for the peer to close, as after any A-ABORT or A-ASSOCIATE-RJ
                    while client.recv(_CHUNK):
                        pass
                    return


def _close(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
