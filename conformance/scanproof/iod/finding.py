"""What the IOD checker says of one data set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IodLevel(StrEnum):
    """How sure and how bad: ``error`` breaks the standard, ``warning`` is allowed or left open, ``info`` is a note."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class IodFinding:
    """One finding.

    Parameters
    ----------
    rule : str
        Stable id of the rule, such as ``type1-missing``; `scanproof check --explain RULE` tells more.
    level : IodLevel
        How bad.
    tag : str
        Path of the attribute, such as ``SourceImageSequence[1] > ReferencedSOPInstanceUID``; empty for the whole file.
    message : str
        What was found, and what was wanted.
    clause : str
        Clause of the standard with its edition.
    offset : int or None
        Where it stands in the bytes that were checked, when that helps.
    """

    rule: str
    level: IodLevel
    tag: str
    message: str
    clause: str
    offset: int | None = None
