"""Wrong behaviours of Storage that a SOP Class or a Transfer Syntax has by itself: accepted, and then not stored."""

from __future__ import annotations

from pydicom.uid import JPEGLSLossless, MRImageStorage

from scansim.reference.connection import Request
from scansim.reference.state import Target


def refused_pair(target: Target, request: Request) -> tuple[int, str | None, int | None] | None:
    """What an instance is refused with for its SOP Class, or its Transfer Syntax; None where neither is."""
    if target.planted("storage-refuses-class") and request.sop_class == MRImageStorage:
        return 0xC000, "planted defect: no such images here", None
    if target.planted("storage-refuses-syntax") and request.transfer_syntax == JPEGLSLossless:
        return 0xC002, "planted defect: no such codec here", None
    return None
