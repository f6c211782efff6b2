"""Processes of our own: what they import from, and a port for them."""

from __future__ import annotations

import os
import socket
import sys


def environment(**more: str) -> dict[str, str]:
    """Return our environment for a process that imports from where this one does, installed or not."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}


def free_port() -> int:
    """Return a TCP port that nobody listens on, on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
