"""Extended negotiation of queries: what an offer of everything is answered with (PS3.4 C.5.1.1, K.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.probe.asking import NEGOTIATION
from scanproof.probe.lines import Line, unknown
from scanproof.probe.seen import Seen, cite
from scansim.inputs import Location
from scansim.wire import pdu as p

#: Bytes of the application information of a query, in their order.
ASPECTS = ("relational_queries", "date_time_matching", "fuzzy_matching", "timezone_adjustment")
#: Type of the sub-item SOP Class Extended Negotiation (PS3.7 D.3.3.5).
_EXTENDED = 0x56


def extended(seen: Seen, case: str, sop_class: str, place: Location, told: Sequence[str]) -> Line:
    """What is supported of what was offered; without an answer nothing is (PS3.7 D.3.3.5)."""
    label = f"{NEGOTIATION}/{case}"
    association = next((each for each in seen.associations(label) if each.accepted is not None), None)
    if association is None or association.accepted is None:
        return unknown(place, "an offer of every extension was not accepted")
    flags = _information(association.accepted, sop_class)
    value = {name: "Y" if flags[at : at + 1] == b"\x01" else "N" for at, name in enumerate(ASPECTS) if name in told}
    return Line(place, value, (cite(label, association),), "" if flags else "all were offered, and not answered")


def _information(answer: p.AssociateAC, sop_class: str) -> bytes:
    """Application information of an answer for a SOP Class; empty without one."""
    for kind, value in answer.user.other:
        if kind == _EXTENDED and len(value) >= 2:
            end = 2 + int.from_bytes(value[:2], "big")
            if value[2:end].decode("latin-1").rstrip("\0 ") == sop_class:
                return value[end:]
    return b""
