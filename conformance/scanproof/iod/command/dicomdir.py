"""The records of a DICOMDIR."""

from __future__ import annotations

from scanproof.iod.command.sources import Source
from scanproof.iod.finding import IodFinding

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"


def judge_directory(source: Source) -> list[IodFinding]:
    """stub"""
    return []
