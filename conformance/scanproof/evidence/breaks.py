"""Where an association broke off: whether the peer closed it, whether the network may have, and what was half there."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from scanproof.evidence.associations import place_of
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p

#: What the system says where the network keeps a connection from coming about, or cuts one. "Connection refused" is the
#: word of a host that is there.
_OF_THE_NETWORK = (
    "timed out",
    "no route to host",
    "network is unreachable",
    "network is down",
    "host is down",
    "cannot assign requested address",
)


#: Of what has been silent for less than this part of the time that it had, the next piece may be about to come.
_STILL = 0.25


@dataclass(frozen=True)
class Cut:
    """A connection that the network may have cut: ``text`` names what speaks for it.

    ``unreachable`` is the association that could not be opened afterwards, None when nothing was tried any more.
    """

    text: str
    unreachable: AssociationRecord | None = None


def cuts_of(associations: Sequence[AssociationRecord]) -> dict[str, Cut]:
    """Associations that the network may have cut, by their ids; `associations` are all of a scenario, in their order.

    Two things speak for it: the connection broke without a word of the peer's; it fell silent, and the next one to the
    same address, or else to the same host, came to nothing for a reason of the network's.
    """
    found: dict[str, Cut] = {}
    after: dict[object, AssociationRecord] = {}  # the next of ours, by address and by host
    for association in reversed(associations):
        host, place = association.facts.get("host"), place_of(association)
        cut = _cut(association, after.get(place) or after.get((host,)))
        if cut is not None:
            found[association.id] = cut
        if association.ours:
            after[place] = after[(host,)] = association
    return found


def _cut(association: AssociationRecord, after: AssociationRecord | None) -> Cut | None:
    """What speaks for a cut of one association, with the next one there; None when the peer closed it, or nothing."""
    broken = association.event(Happening.CONNECTION_LOST)
    silent = [association.event(each) for each in (Happening.TIMEOUT, Happening.SEND_TIMEOUT, Happening.OVERRUN)]
    if association.closed_by_peer is not None or not any((broken, *silent)):
        return None
    failed = after.event(Happening.CONNECT_FAILED) if after is not None else None
    why = str(failed.facts.get("reason")) if failed is not None else ""
    parts = [f"the connection broke ({broken.facts.get('reason')})"] if broken is not None else []
    if after is None or not any(word in why.casefold() for word in _OF_THE_NETWORK):
        return Cut(parts[0]) if parts else None
    return Cut(", and ".join([*parts, f"then there was no connection to {place_of(after)} ({why})"]), after)


def closed_midway(association: AssociationRecord) -> bool:
    """Whether the peer closed the connection (FIN) of its own accord: what it had begun to send will never end.

    What our own time-out, a bound of ours or the network cut off says nothing of that.
    """
    closed = association.event(Happening.CLOSED_BY_PEER)
    if closed is None or association.overrun is not None or not all_kept(association):
        return False
    return not any(isinstance(event.pdu, p.Abort) and event.began < closed.time for event in association.sent)


def all_kept(association: AssociationRecord) -> bool:
    """Whether the record holds all that came: where it does not, what is missing there may have come."""
    return association.event(Happening.NOT_KEPT) is None


def half_come(association: AssociationRecord) -> str:
    """What had come of a PDU or a message that has no end, in words; empty for nothing."""
    data = association.unparsed
    if not all_kept(association):
        return ""
    if data and not any(isinstance(event.pdu, p.Unknown) for event in association.received):
        if len(data) < _HEADER.size:
            return f"{len(data)} bytes of a PDU had come"
        kind, length = _HEADER.unpack_from(data)
        name = p.PDU_NAMES.get(kind, f"PDU of type {kind:02X}H")
        article = "an" if name.startswith("A") else "a"
        return f"{len(data):,} of {_HEADER.size + length:,} bytes of {article} {name} had come"
    return "a message had begun to come" if association.unfinished else ""


def still_coming(association: AssociationRecord) -> bool:
    """Whether an answer was still on its way, piece by piece, when our own time-out cut it off: slow, not silent."""
    waited = association.event(Happening.TIMEOUT)
    if waited is None or not half_come(association):
        return False
    seconds = waited.facts.get("seconds")
    return isinstance(seconds, int | float) and waited.time - association.heard < _STILL * seconds * 1e9


_HEADER = struct.Struct(">BxI")  # PDU-type and PDU-length (PS3.8 9.3)
