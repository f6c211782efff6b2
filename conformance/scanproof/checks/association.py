"""Checks of what an association carries: its PDUs and fragments (PS3.8 9.3, Annex D and E)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.apart import spoken
from scanproof.evidence.breaks import closed_midway
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord, Exchange
from scansim.wire import pdu as p

#: What the A-ASSOCIATE-AC that answers us may lack, and negotiation's checks tell of: Application Context, Presentation
#: Contexts, Transfer Syntax, Maximum Length (a broken one too) and Implementation Class UID.
_TOLD_BY_NEGOTIATION = {("item-missing", kind) for kind in (0x10, 0x21, 0x40, 0x51, 0x52)} | {("item-fields", 0x51)}


def _established(evidence: Evidence) -> Iterator[AssociationRecord]:
    """Associations that came about, whoever asked for them."""
    for association in evidence.associations:
        if association.accepted is not None:
            yield association


def _given_twice(association: AssociationRecord) -> frozenset[int | None]:
    """Types of items that a request of ours had too often: an answer has one for each of them, if it likes."""
    request = association.request
    problems = request.problems if request is not None else ()
    return frozenset(problem.item for problem in problems if problem.code == "item-doubled")


def _spoke(evidence: Evidence) -> Iterator[AssociationRecord]:
    """Associations on which the target sent a PDU of PS3.8."""
    for association in spoken(evidence.transcript):
        if association.received and not isinstance(association.received[0].pdu, p.Unknown):
            yield association


@check(
    "association.pdu-well-formed",
    title="Every PDU of the target is well formed",
    clause="PS3.8 9.3.1 to 9.3.8 (2013; 2024d), D.1 (2019a); PS3.7 D.3.3 (2020; 2024)",
    level=Level.SHALL,
    expected="PDUs of a defined type whose lengths add up, each item where it belongs, as often as it may be there",
    hint="The offset counts from the first byte after the PDU's 6-byte header; the transcript holds the bytes.",
)
def pdu_well_formed(evidence: Evidence) -> Iterator[Observation]:
    """A PDU has a defined type, a length that is the length of what follows, and inside it items whose own lengths fill
    it exactly. The items of A-ASSOCIATE-RQ and -AC stand in the order of their types, sub-items of User Information in
    any order: one Application Context, Presentation Contexts of the right kind, one User Information; a result has one
    Transfer Syntax and nothing else; no sub-item comes twice, or twice for one SOP Class.

    One implementation reads over a wrong length, or takes the first of two transfer syntaxes; the next one ends the
    association, or takes the last: the fault shows only with the second vendor.

    Each received byte stream is cut into PDUs and items; what does not add up is shown with its offset. A PDU that the
    peer began and did not finish counts when it closed the connection itself. Undefined items, whatever stands in a
    rejected result, and what answers an item that a request of ours had twice on purpose, are no fault. What is missing
    from an A-ASSOCIATE-AC other checks of negotiation tell.
    """
    for association in _spoke(evidence):
        for event in association.received:
            answers_us = association.ours and event is association.answer
            given = _given_twice(association) if answers_us else frozenset()
            faults = [each for each in event.problems if each.grade is p.Grade.FAULT and each.item not in given]
            for problem in faults:
                if not answers_us or (problem.code, problem.item) not in _TOLD_BY_NEGOTIATION:
                    what = f"{event.name}, byte {problem.offset}: {problem.text}"
                    yield fail(what, where=association.id, times=event.times)
            if not faults:
                yield ok("well formed", where=association.id, times=event.times)
        broken = any(isinstance(event.pdu, p.Unknown) for event in association.received)
        if association.unparsed and not broken and closed_midway(association):
            yield fail(f"{len(association.unparsed)} bytes of a PDU that never came to its end", where=association.id)


@check(
    "association.pdu-length-limit",
    title="P-DATA-TF of the target keep to the Maximum Length that we announced",
    clause="PS3.8 D.1 (2013; 2020a)",
    level=Level.SHALL,
    expected="a PDU-length field not above our Maximum Length",
    hint="The limit is that of the receiver, not the smaller of both sides; it counts the variable field of the PDU.",
)
def pdu_length_limit(evidence: Evidence) -> Iterator[Observation]:
    """Each side says how long the variable field of the P-DATA-TFs sent to it may be; the other side keeps to it. The
    two directions are independent, 0 is no limit.

    A console with a small receive buffer loses the association in the middle of a long worklist.

    The PDU-length field of each received P-DATA-TF is compared with the Maximum Length in our A-ASSOCIATE-RQ or -AC,
    that of one without end too.
    """
    for association in _established(evidence):
        ours = association.request if association.ours else association.answer
        if ours is None or not isinstance(ours.pdu, p.AssociateRQ | p.AssociateAC):
            continue
        limit = ours.pdu.user.max_length or 0
        pdata = association.came(p.PData)
        lengths = [(event.length - 6, event.times) for event in pdata] + [(each, 1) for each in _begun(association)]
        for length, times in lengths:
            if limit and length > limit:
                yield fail(f"{length} bytes where {limit} were announced", where=association.id, times=times)
            else:
                yield ok(f"{length} bytes, {limit or 'no limit'} announced", where=association.id, times=times)


def _begun(association: AssociationRecord) -> Iterator[int]:
    """What a P-DATA-TF that has begun and not ended states as its length."""
    data = association.unparsed
    if len(data) >= 6 and data[0] == p.P_DATA_TF and not association.came(p.Unknown):
        yield int.from_bytes(data[2:6])


@check(
    "association.pdata-one-message",
    title="A P-DATA-TF carries fragments of one message only",
    clause="PS3.8 E.1 (2013, 2024e)",
    level=Level.SHALL,
    expected="every PDV of a P-DATA-TF belongs to the same message",
    hint="Command and data set of one message may share a P-DATA-TF; the next message begins in a new one.",
)
def pdata_one_message(evidence: Evidence) -> Iterator[Observation]:
    """Command set and data set of one message may travel in one P-DATA-TF, but fragments of two messages may not, and
    messages do not interleave.

    Worklist servers that pack several responses together make consoles hang: they read the first one and wait.

    Each received message's byte range is compared with that of the message before it; sharing a PDU is a deviation.
    Changing the Presentation Context inside a message is one too.
    """
    for association in _established(evidence):
        previous = None
        for exchange in association.exchanges:
            if exchange.sent:
                continue
            mixed = [problem for problem in exchange.message.problems if problem.code == "context-changed"]
            if mixed:
                yield fail(mixed[0].text, exchange)
            elif previous is not None and _ends(previous) and exchange.message.offset < previous.message.end:
                yield fail(f"{previous.name} and {exchange.name} share a P-DATA-TF", exchange)
            else:
                yield ok("its own P-DATA-TFs", exchange)
            previous = exchange


def _ends(exchange: Exchange) -> bool:
    """Whether a message has an end of its own; one whose data set never came ends where the next one begins."""
    return all(problem.code != "dataset-missing" for problem in exchange.message.problems)


@check(
    "association.pdv-not-empty",
    title="No fragment is empty",
    clause="PS3.8 E.1 (2013)",
    level=Level.SHALL,
    expected="at least one byte behind each Message Control Header",
    hint="Do not send a PDV that has only its control header; mark the last one that has data as last instead.",
)
def pdv_not_empty(evidence: Evidence) -> Iterator[Observation]:
    """A PDV that holds nothing but its Message Control Header is not to be sent, though receivers should bear it.

    Receivers that wait for data of that fragment stall until a timeout.

    The length of each received PDV is read.
    """
    for association, pdv, times in _pdvs(evidence):
        if pdv.length:
            yield ok("has data", where=association.id, times=times)
        else:
            kind = "command" if pdv.is_command else "data set"
            yield fail(f"a {kind} fragment of zero bytes", where=association.id, times=times)


def _pdvs(evidence: Evidence) -> Iterator[tuple[AssociationRecord, p.PDV, int]]:
    """Received fragments, those that are alike once with their number."""
    for association in _established(evidence):
        for event in association.received:
            if isinstance(event.pdu, p.PData):
                for pdv in event.pdu.pdvs:
                    yield association, pdv, pdv.times * event.times


@check(
    "association.pdv-even",
    title="Fragments have an even length",
    clause="PS3.8 E.1 (2013)",
    level=Level.SHALL,
    expected="an even number of bytes in each fragment",
    hint="Cut data sets at even offsets, and pad values to even length (PS3.5 7.1.1).",
)
def pdv_even(evidence: Evidence) -> Iterator[Observation]:
    """Each fragment of a command set or data set has an even number of bytes.

    Some receivers abort on the odd one, which is the last of a series as often as not.

    The data length of each received PDV is read.
    """
    for association, pdv, times in _pdvs(evidence):
        if pdv.length % 2:
            yield fail(f"a fragment of {pdv.length} bytes", where=association.id, times=times)
        else:
            yield ok(f"{pdv.length} bytes", where=association.id, times=times)


@check(
    "association.implementation-version",
    title="The Implementation Version Name, if sent, has 1 to 16 characters",
    clause="PS3.7 D.3.3.2.3, D.3.3.2.4 (2013)",
    level=Level.SHALL,
    expected="absent, or 1 to 16 characters of the ISO 646 basic G0 set",
    hint="Shorten the version name to 16 characters.",
)
def implementation_version(evidence: Evidence) -> Iterator[Observation]:
    """The version name is optional; when it is sent, it has 1 to 16 printable characters.

    Fixed 16-byte fields in older software overflow, or the name is cut where it distinguishes two releases.

    Sub-item 55H of each A-ASSOCIATE-AC and -RQ of the target is read. A longer one is only warned of, as it hinders
    nobody by itself.
    """
    for association in _established(evidence):
        theirs = association.answer if association.ours else association.request
        if theirs is None or not isinstance(theirs.pdu, p.AssociateRQ | p.AssociateAC):
            continue
        name = theirs.pdu.user.implementation_version
        if name is None:
            yield ok("absent", where=association.id)
        elif 1 <= len(name) <= 16 and name.isascii() and name.isprintable():
            yield ok(name, where=association.id)
        else:
            yield warn(f"{name!r}, {len(name)} characters", where=association.id)
