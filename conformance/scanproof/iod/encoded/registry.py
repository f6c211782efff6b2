"""The registry of UIDs (PS3.6 A), as far as it is known here: a UID that it lacks may be one of a later edition."""

from __future__ import annotations

from typing import NamedTuple

from pydicom._uid_dict import UID_dictionary

#: Edition of the list, and of what was added to it here.
EDITION = "2024c"
#: The root of all UIDs that the standard registers.
ROOT = "1.2.840.10008."
#: Transfer Syntaxes that came after the list (PS3.5 A.4.4 of 2024d, A.4.13 of 2025a): all of them encapsulate.
_LATER = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
}
_TRANSFER_SYNTAX = "Transfer Syntax"


class Registered(NamedTuple):
    """What the registry says of a UID: its name, what it is a UID of, and whether it is retired."""

    name: str
    kind: str
    retired: bool

    @property
    def is_transfer_syntax(self) -> bool:
        """Whether it is the UID of a Transfer Syntax."""
        return self.kind == _TRANSFER_SYNTAX

    @property
    def is_sop_class(self) -> bool:
        """Whether it is the UID of a SOP Class."""
        return self.kind == "SOP Class"


def registered(uid: str) -> Registered | None:
    """What the registry says of a UID; None when it lacks it, be it private, of a later edition, or a mistake."""
    entry = UID_dictionary.get(uid)
    if entry is not None:
        return Registered(entry[0], entry[1], entry[3] == "Retired")
    return Registered(_LATER[uid], _TRANSFER_SYNTAX, False) if uid in _LATER else None


def name_of(uid: str) -> str:
    """Name of a UID in the registry, else the UID."""
    entry = registered(uid)
    return entry.name if entry is not None else uid


def unlisted(uid: str) -> str:
    """Words for a UID under the root of the standard that the list lacks: a later one cannot be told from a mistake."""
    return f"{uid} is not in the list of edition {EDITION}: one of a later edition, or a mistake"
