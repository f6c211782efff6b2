"""Storage Commitment: on which association the result comes, how soon, and what is said of what is not there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from scanproof.evidence.commitment import Transaction
from scanproof.probe import contexts
from scanproof.probe.asking import STUDY
from scanproof.probe.lines import Line, unknown
from scanproof.probe.seen import Seen, cite
from scansim.inputs import Location
from scansim.vocabulary.services import COMMITMENT

_PLACE = ("services", "storage_commitment", "scp")
_NOT_STORED = "nothing was stored: --store"
_MEANINGS = {
    0x0110: "processing failure",
    0x0112: "no such object instance",
    0x0119: "class and instance conflict",
    0x0122: "SOP Class not supported",
    0x0131: "duplicate Transaction UID",
    0x0213: "resource limitation",
}


def chapter(seen: Seen) -> Iterator[Line]:
    """Lines of Storage Commitment; none where it is not served."""
    if not contexts.takes(contexts.accepted(seen), COMMITMENT.name):
        return
    evidence = seen.case(STUDY)
    transactions = evidence.transactions if evidence is not None else ()
    why = _NOT_STORED if evidence is None else "no report came"
    yield from _delivery(transactions, (*_PLACE, "n_event_report"), why)
    yield from _reasons(transactions, (*_PLACE, "failure_reasons"), why)
    yield _retrieve_ae(transactions, (*_PLACE, "retrieve_ae_title"), why)


def _told(*transactions: Transaction) -> tuple[str, ...]:
    return tuple(cite(STUDY, each.action.request.id) for each in transactions)


def _delivery(transactions: Sequence[Transaction], place: Location, why: str) -> Iterator[Line]:
    """On which association the report comes while that of the request is held, and when."""
    held = next((each for each in transactions if each.came_on is not None), None)
    where = (*place, "same_association")
    if held is None:
        yield unknown(where, why, *_told(*transactions[:1]))
    else:
        yield Line(where, "Y" if held.came_on == "same" else "N", _told(held))
    waits = [(each.waited, each) for each in transactions if each.waited is not None]
    where = (*place, "typical_delay_s")
    if not waits:
        yield unknown(where, why)
        return
    seconds, slowest = max(waits, key=lambda each: each[0])
    yield Line(where, max(1, math.ceil(seconds)), _told(slowest), f"the longest of {len(waits)}, rounded up")


def _reasons(transactions: Sequence[Transaction], place: Location, why: str) -> Iterator[Line]:
    """Failure Reasons of an instance that was never sent."""
    for each in transactions:
        content = each.content
        codes = [item.values("FailureReason") for item in content.items("FailedSOPSequence")] if content else []
        for code in dict.fromkeys(value for values in codes for value in values):
            if code.isdecimal():
                number = int(code)
                yield Line(
                    (*place, f"{number:04X}"), _MEANINGS.get(number, "an instance that was never sent"), _told(each)
                )
                return
    yield unknown(place, why if not any(each.report for each in transactions) else "nothing was reported as failed")


def _retrieve_ae(transactions: Sequence[Transaction], place: Location, why: str) -> Line:
    """Whether a report says where to retrieve from: at its root, or in its items."""
    reported = [each for each in transactions if each.content is not None and each.listed("ReferencedSOPSequence")]
    if not reported:
        return unknown(place, why)
    content = reported[0].content
    assert content is not None
    present = "RetrieveAETitle" in content or any(
        "RetrieveAETitle" in item for item in content.items("ReferencedSOPSequence")
    )
    return Line(place, "present" if present else "absent", _told(reported[0]))
