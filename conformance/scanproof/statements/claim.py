"""One thing that a Conformance Statement says, and what kinds of such things there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scansim.vocabulary.uids import uid_keyword

#: In which role an Application Entity promises; "" for what holds of it whatever its role is.
Role = Literal["SCU", "SCP", ""]


@dataclass(frozen=True)
class Claim:
    """One thing that the statement says of an Application Entity.

    Parameters
    ----------
    id : str
        Stable: made of what is claimed, not of where it stands; ``ARCHIVE.scp.CTImageStorage.JPEGBaseline8Bit``.
    text : str
        In one line, as it is told to people.
    kind : str
        One of :data:`scanproof.statements.kinds.KINDS`, which says what ``data`` holds.
    ae : str
        AE title of the entity.
    role : str
        SCP, SCU, or empty.
    data : mapping
        The facts, plain values.
    line : int
        Line of the file; 0 when it is of none.
    option : str
        The option that has to be on for the claim to hold, and is not: nothing is tested then. Else empty.
    """

    id: str
    text: str
    kind: str
    ae: str
    role: Role = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0
    option: str = ""


def context_claim_id(ae: str, role: str, sop_class: str, transfer_syntax: str) -> str:
    """Id of the claim that an AE takes a SOP Class in a role with a Transfer Syntax."""
    return f"{ae}.{role.lower()}.{uid_keyword(sop_class)}.{uid_keyword(transfer_syntax)}"


def commitment_claim_id(ae: str, kind: str) -> str:
    """Id of a claim about the results of Storage Commitment."""
    return f"{ae}.commitment.{kind}"


def character_set_claim_id(ae: str, term: str) -> str:
    """Id of the claim that an AE supports a term of Specific Character Set."""
    return f"{ae}.character-set.{term.replace(' ', '_')}"
