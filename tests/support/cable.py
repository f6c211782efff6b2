"""A reference target behind a cable that is cut, or that dies itself, when the n-th request of a name comes.

``python -m tests.support.cable PORT NAME N link|program`` in a network namespace of its own: ``link`` takes its
loopback interface down, ``program`` ends this process.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from scansim.wire.stream import MessageAssembler, PduDecoder
from tests.support.reference_client import target


def forward(client: socket.socket, port: int, name: str, left: list[int], how: str) -> None:
    """Carry one connection to the target, up to the request that ends it all."""
    server = socket.create_connection(("127.0.0.1", port))
    threading.Thread(target=_carry, args=(server, client), daemon=True).start()
    decoder, assembler = PduDecoder(), MessageAssembler()
    while data := client.recv(1 << 18):
        for event in decoder.feed(data, 0):
            left[0] -= sum(message.command.name == name for message in assembler.feed(event))
        if left[0] <= 0:
            if how == "program":
                os._exit(0)
            subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
            time.sleep(3600)  # nothing gets through any more
        server.sendall(data)
    server.close()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    while data := source.recv(1 << 18):
        sink.sendall(data)
    sink.close()


def main(port: str, name: str, number: str, how: str) -> None:
    """Listen until the process is ended."""
    left = [int(number)]
    with (
        tempfile.TemporaryDirectory() as folder,
        target(Path(folder)) as running,
        socket.create_server(("127.0.0.1", int(port))) as listener,
    ):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=forward, args=(client, running.port, name, left, how), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
