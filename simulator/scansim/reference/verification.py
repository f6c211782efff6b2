"""Verification Service Class (PS3.4 Annex A)."""

from __future__ import annotations

from scansim.reference.connection import Request
from scansim.reference.state import Target


def echo(target: Target, request: Request) -> None:
    """Answer a C-ECHO; it carries no SOP Instance UID (PS3.7 9.3.5.2)."""
    request.respond(0x0122 if target.planted("echo-fails") else 0x0000)
