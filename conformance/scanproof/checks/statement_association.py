"""The Conformance Statement against the beginning of associations: who a target says it is, and what it agrees to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scanproof.check import Kept, Observation, Proof, check, fail, ok
from scanproof.evidence import Evidence
from scanproof.evidence.stated_associations import Announced, announced
from scanproof.finding import Level
from scanproof.statements import Claim
from scansim.wire import pdu as p

Seen = Iterator[Observation | Kept]


def _compared(
    evidence: Evidence, kind: str, said: Callable[[Announced], Any], fits: Callable[[Claim, Any], bool], words: str
) -> Seen:
    """Hold what entities announce against the claim of a kind; what they do not announce is for other checks."""
    for each in announced(evidence):
        claim = each.entity.one(kind)
        value = said(each) if claim is not None else None
        if claim is None or value is None:
            continue
        where, role = each.association.id, "A-ASSOCIATE-AC" if each.as_acceptor else "A-ASSOCIATE-RQ"
        kept = fits(claim, value)
        yield Kept(claim.id, where=where, kept=kept)
        text = f"its {role} has the {words} {value}"
        if kept:
            yield ok(text, where=where)
        else:
            yield fail(text, where=where, claim=claim.id, expected=claim.text)


@check(
    "statement.application-context",
    title="The application context is the declared one",
    clause="PS3.2 N.7.1 (2024c); PS3.8 Annex A (2013)",
    level=Level.DECLARED,
    proven_by=Proof.STATEMENTS,
    expected="the Application Context Name that the statement gives",
    hint="correct the Conformance Statement: DICOM has one Application Context Name, 1.2.840.10008.3.1.1.1",
)
def application_context(evidence: Evidence) -> Seen:
    """An Application Entity uses the Application Context Name that its statement gives.

    Who believes the statement and checks the name on its side rejects every association.

    The name of each A-ASSOCIATE-AC that answers a request with DICOM's name, and of each A-ASSOCIATE-RQ of the target,
    is compared with the statement.
    """
    yield from _compared(
        evidence,
        "application-context",
        lambda each: each.pdu.application_context,
        lambda claim, name: name == claim.data["uid"],
        "application context",
    )


@check(
    "statement.implementation",
    title="The implementation is the declared one",
    clause="PS3.2 N.7.1 (2024c)",
    level=Level.DECLARED,
    proven_by=Proof.STATEMENTS,
    expected="the Implementation Class UID and the Implementation Version Name that the statement gives",
    hint="does the statement belong to this version? A library's own UID and name are left in more often than not",
)
def implementation(evidence: Evidence) -> Seen:
    """An Application Entity has the Implementation Class UID and Version Name that its statement gives.

    They stand in every file and in every log: whoever looks for the cause of a fault, or excuses a known one, goes by
    them.

    Both are read in each A-ASSOCIATE-AC, and in each A-ASSOCIATE-RQ of the target. One that is left out is judged by
    the standard: association.implementation-class-uid. A version name that is stated and never sent is no claim that
    can be seen.
    """
    yield from _compared(
        evidence,
        "implementation-class-uid",
        lambda each: each.pdu.user.implementation_class_uid,
        lambda claim, uid: uid == claim.data["uid"],
        "Implementation Class UID",
    )
    yield from _compared(
        evidence,
        "implementation-version-name",
        lambda each: each.pdu.user.implementation_version,
        lambda claim, name: str(name).strip() == str(claim.data["name"]).strip(),
        "Implementation Version Name",
    )


@check(
    "statement.maximum-pdu",
    title="The Maximum Length that a target receives is the declared one",
    clause="PS3.2 N.7.1 (2024c); PS3.8 D.1 (2018-2024)",
    level=Level.DECLARED,
    proven_by=Proof.STATEMENTS,
    expected="the A-ASSOCIATE-AC announces the Maximum Length that the statement gives",
    hint="correct the Conformance Statement, or the setting of the target",
)
def maximum_pdu(evidence: Evidence) -> Seen:
    """The Maximum Length that an acceptor announces is the one that its statement gives; 0 means that there is none.

    Throughput on a slow line is planned by it; a smaller one than was promised takes more round trips.

    The Maximum Length of each A-ASSOCIATE-AC is compared with the statement, where our own request was an ordinary one:
    some acceptors answer with no more than they are offered.
    """
    yield from _compared(
        evidence,
        "maximum-pdu",
        lambda each: each.pdu.user.max_length if each.as_acceptor else None,
        lambda claim, length: length == (claim.data["bytes"] or 0),
        "Maximum Length",
    )


def _window(each: Announced) -> tuple[int, int] | None:
    """The window that was agreed, as the A-ASSOCIATE-AC has it, where we offered one; without the item it is 1/1."""
    request = each.request
    if not isinstance(each.pdu, p.AssociateAC) or request is None or request.user.async_window is None:
        return None
    return each.pdu.user.async_window or (1, 1)


def _agreed(offered: int, stated: int) -> int:
    """What two sides come to; 0 is no limit (PS3.7 D.3.3.3)."""
    return min(offered, stated) if offered and stated else offered or stated


@check(
    "statement.asynchronous-window",
    title="The asynchronous operations window is the declared one",
    clause="PS3.2 N.7.1 (2024c); PS3.7 D.3.3.3 (2024d)",
    level=Level.DECLARED,
    proven_by=Proof.STATEMENTS,
    expected="the window that the statement gives, or as much of it as was offered",
    hint="correct the Conformance Statement; an A-ASSOCIATE-AC without the item means one operation at a time",
)
def asynchronous_window(evidence: Evidence) -> Seen:
    """Who is offered an Asynchronous Operations Window agrees to the one of its statement, as far as it was offered.

    A sender that relies on several operations at a time gets one, or the other way round overruns its receiver.

    Where our A-ASSOCIATE-RQ offered a window, the one of the A-ASSOCIATE-AC is compared with the statement; without the
    item it is 1/1. Invoked and performed are the other side's performed and invoked, and statements differ in whose
    they give: either order fits. An offer of no more than 1/1 tells nothing of a wider one.
    """
    for each in announced(evidence):
        claim, window = each.entity.one("asynchronous-window"), _window(each)
        if claim is None or window is None or each.request is None or each.request.user.async_window is None:
            continue
        stated = tuple(1 if claim.data[name] is None else int(claim.data[name]) for name in ("invoked", "performed"))
        offered = each.request.user.async_window
        wanted = {tuple(map(_agreed, offered, order)) for order in (stated, stated[::-1])}
        where = each.association.id
        text = f"offered {offered[0]}/{offered[1]}, it agreed to {window[0]}/{window[1]}"
        if tuple(window) not in wanted:
            yield Kept(claim.id, where=where, kept=False)
            yield fail(text, where=where, claim=claim.id, expected=claim.text)
        elif stated == (1, 1) or wanted != {(1, 1)}:
            yield Kept(claim.id, where=where)
            yield ok(text, where=where)
