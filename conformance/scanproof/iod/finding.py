"""What the IOD checker says of one data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scansim.wire.dataset import EXPLICIT_LITTLE, tag_of


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
    advice : str
        What to do about just this one; empty where the rule's own advice is all there is to say
        (`scanproof.iod.rules.advise` gives the one or the other).
    """

    rule: str
    level: IodLevel
    tag: str
    message: str
    clause: str
    offset: int | None = None
    advice: str = field(default="", kw_only=True)

    @property
    def number(self) -> str:
        """The path in tags, such as ``(0008,2112)[1] > (0008,1155)``; what is no attribute stays as it is."""
        return " > ".join(map(_numbered, self.tag.split(" > ")))


def _numbered(step: str) -> str:
    """One step of a path as a tag, with the number of its item."""
    name, bracket, item = step.partition("[")
    if not name:  # the dictionary has an entry whose keyword is empty
        return step
    try:
        tag = tag_of(name)
    except KeyError:
        return step
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X}){bracket}{item}"


Findings = tuple[IodFinding, ...]


@dataclass(frozen=True)
class Checked:
    """One checked data set.

    Parameters
    ----------
    sop_class : str
        SOP Class UID; empty when there is none.
    findings : tuple of IodFinding
        What is wrong with it, or worth a note.
    facts : mapping of str to bytes
        Raw values by keyword, as checks across instances need them.
    charset : bytes
        The encoded element Specific Character Set; empty when there is none.
    transfer_syntax : str
        How the data set is encoded.
    """

    sop_class: str
    findings: Findings
    facts: Mapping[str, bytes] = field(default_factory=dict)
    charset: bytes = b""
    transfer_syntax: str = EXPLICIT_LITTLE

    @property
    def is_dicom(self) -> bool:
        """Whether there was a data set to check at all."""
        return not any(finding.rule == "not-dicom" for finding in self.findings)

    @property
    def errors(self) -> Findings:
        """Findings of level error."""
        return tuple(finding for finding in self.findings if finding.level is IodLevel.ERROR)
