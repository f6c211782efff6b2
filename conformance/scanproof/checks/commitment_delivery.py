"""Checks of how a Storage Commitment report gets to a listener that is not at its best, and how often (PS3.4 J.3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.commitment import LISTS, Transaction, answered
from scanproof.evidence.commitment_attempts import has_role, met_at, waited_since
from scanproof.finding import Level
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import SUCCESS, shown
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p
from scansim.wire.dataset import DataSet

#: What our listener did, in words, by its way.
_WAYS = {
    "down-then-up": "our port was closed for {lasts} s",
    "rejecting": "we rejected its first association for the moment",
    "silent": "we did not answer its first report, and aborted",
    "no-role": "we did not confirm its SCP role on its first association",
}
_WAIT_LONGER = "Let timeouts.commitment of the site file be longer than what is declared."
#: Attributes that two reports of one transaction are compared in, beside the lists.
_SAME = ("RetrieveAETitle",)


@check(
    "commitment.role-confirmed",
    title="No report on an association whose acceptor did not confirm the SCP role",
    clause="PS3.4 J.2.1 (2018-2024); PS3.7 D.3.3.4 (2013, 2024e)",
    level=Level.SHALL,
    expected=f"no report where the A-ASSOCIATE-AC has no role item for {COMMITMENT} with SCP role 1",
    hint="Look at the role item of the answer: without it the requestor is SCU only, whatever it proposed.",
    service="commitment",
)
def role_confirmed(evidence: Evidence) -> Iterator[Observation]:
    """The roles of an association are those that its acceptor confirms. Where it turns the SCP role down, or returns no
    role item, the requestor is SCU, and an SCU sends no report.

    A modality that refuses the role means it: the report goes to whoever does not know it, and the SCP takes it for
    delivered.

    On each association of the target that proposed the role and brought a report, the answer is searched for the role
    item. A report in spite of an item with SCP role 0 is a deviation. Where no item was returned it warns: the
    requestor is SCU by default then, but support of the negotiation is mandatory for who accepts as well (PS3.4 J.2.1),
    so that the deviation is not the target's alone. Where none was proposed, commitment.role-selection tells.
    """
    for report in evidence.reports:
        association = report.association
        request = association.request.pdu if association.request is not None else None
        if association.ours or not isinstance(request, p.AssociateRQ) or not has_role(request.user):
            continue
        if association.accepted is None or has_role(association.accepted.user):
            yield ok("the SCP role was confirmed", report.request)
        elif any(role.sop_class_uid == COMMITMENT for role in association.accepted.user.roles):
            yield fail("the SCP role was proposed and turned down, and the report came all the same", report.request)
        else:
            yield warn("the SCP role was proposed and not confirmed, and the report came all the same", report.request)


@check(
    "commitment.sent-again",
    title="A report that could not be delivered is sent again",
    clause="",
    level=Level.EXPECTED,
    expected="the report once more, when the listener takes it",
    hint="Let the target try again, a few times over some hours: scanners are switched off at night.",
    service="commitment",
)
def sent_again(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An SCP whose report did not get through sends it again: because the listener was down, rejected the association
    for the moment, did not confirm the role, or did not answer.

    A scanner that was switched off when the only report came keeps its images for ever, or asks for all of them again.

    No text of the standard obliges an SCP to it, so this warns; only where its Conformance Statement promises to try
    again within some time, and that has passed, it is a deviation. Our listener is put into each of these states once,
    and takes everything afterwards. What an SCP does about a report that was answered with a failure is its own affair,
    and told.
    """
    for transaction in evidence.transactions:
        if transaction.listener == "failing":
            yield from _after_failure(transaction)
            continue
        met = met_at(evidence, transaction) if transaction.listener in _WAYS else None
        if met is None:
            continue
        lasts = transaction.action.request.purpose.get("lasts", "")
        what = _WAYS[transaction.listener].format(lasts=lasts)
        delivered = transaction.delivered
        if delivered is not None:
            again = delivered.request.message.ended - met
            yield ok(f"{what}; the report came {max(0.0, again / 1e9):.1f} s after that", delivered.request)
            continue
        if evidence.steps.broken_off(transaction.action.association):
            final = transaction.action.final
            yield inconclusive(f"{what}; none came before the run was broken off", final, hint="Run again, to the end.")
            continue
        yield _in_vain(evidence, transaction, what, met)


def _in_vain(evidence: Evidence, transaction: Transaction, what: str, met: int) -> Observation:
    """What it means that nothing came which we could take, since the target had `met` what our listener did."""
    action = transaction.action
    declared = transaction.entity.commitment if transaction.entity is not None else None
    limit = declared.retry_seconds if declared is not None else None
    where = transaction.report.request if transaction.report is not None else action.final
    waited = waited_since(evidence, transaction, met)
    text = f"none came within {waited:.1f} s that we could take, after {what!r}"  # one cause, however it shows
    if limit is None:
        return warn(text, where)
    if waited < limit:
        return inconclusive(f"{text}; within {limit:g} s it is declared to be sent again", where, hint=_WAIT_LONGER)
    return fail(text, where, level=Level.DECLARED, expected=f"it is sent again within {limit:g} s, as declared")


def _after_failure(transaction: Transaction) -> Iterator[Fact]:
    refused = next((each for each in _all(transaction) if answered(each) not in (None, SUCCESS)), None)
    if refused is not None and (status := answered(refused)) is not None:
        after = transaction.delivered
        came = "it came again, and was taken" if after is not None else "it did not come again while we waited"
        yield Fact(f"a report was answered {shown(status)}; {came}", (after or refused).request)


def _all(transaction: Transaction) -> tuple[Operation, ...]:
    return (transaction.report, *transaction.repeats) if transaction.report is not None else ()


@check(
    "commitment.reported-once",
    title="A report that was answered with Success is not sent again",
    clause="PS3.4 J.3.3.1.2 (2013)",
    level=Level.SHOULD,
    expected="no further report of a transaction whose report was answered 0000H",
    hint="Take the N-EVENT-REPORT-RSP for the end of the transaction.",
    service="commitment",
)
def reported_once(evidence: Evidence) -> Iterator[Observation]:
    """After its report has been sent, a transaction is no longer active. What was answered with Success is known.

    A modality that has closed the transaction takes the second report for one of somebody else's, and raises an alarm
    or refuses it.

    Reports that name a transaction are looked at, those behind the first that we answered 0000H. No text forbids them
    in so many words, so they warn. One that was sent again because we had not answered it is right.
    """
    for transaction, report in evidence.reported:
        delivered = transaction.delivered
        if delivered is None:
            continue
        taken = _ended(delivered)
        late = [each for each in _all(transaction) if each.request.message.began > taken]
        if late:
            text = f"the report came {len(late) + 1} times; {delivered.request.id} was answered 0000H"
            yield warn(text, late[0].request, because=_of_parts(transaction))
        else:
            yield ok("reported once", report.request)


def _of_parts(transaction: Transaction) -> Exchange | None:
    """The first report of a transaction whose result comes in several, no one of which is whole; else None."""
    reports = _all(transaction)
    parts = [{uid for name in LISTS for uid in _named(report, name)} for report in reports]
    whole = set(transaction.requested)
    if any(part == whole for part in parts) or set().union(*parts) != whole:
        return None
    return reports[0].request


def _named(report: Operation, sequence: str) -> list[str]:
    content = report.request.dataset
    return [item.text("ReferencedSOPInstanceUID") for item in (content.items(sequence) if content is not None else ())]


def _ended(report: Operation) -> int:
    return report.final.message.ended if report.final is not None else report.request.message.ended


@check(
    "commitment.same-report",
    title="A report that is sent again says the same",
    clause="PS3.4 J.3.3.1.2 (2013)",
    level=Level.SHOULD,
    expected="Event Type, both lists and the Failure Reasons of the report before",
    hint="Keep the result of a transaction until it has been delivered, and send that.",
    service="commitment",
)
def same_report(evidence: Evidence) -> Iterator[Observation]:
    """The result of a transaction is determined once; a report of it that is sent again says the same as before.

    A modality that has seen both does not know which to believe, and the wrong choice deletes images.

    Event Type ID, Retrieve AE Title and the items of both lists, in any order, are compared with those of the first
    report of the transaction. Its Transaction UID has a check of its own.
    """
    for transaction, report in evidence.reported:
        for repeat in transaction.repeats:
            different = _differences(report.request, repeat.request)
            if different:
                text = f"other than in {report.request.id}: {', '.join(different)}"
                yield warn(text, repeat.request, because=_of_parts(transaction))
            else:
                yield ok("the same as before", repeat.request)


def _differences(first: Exchange, second: Exchange) -> list[str]:
    one, other = _told(first), _told(second)
    return [name for name in one if one[name] != other[name]]


def _told(report: Exchange) -> dict[str, object]:
    content = report.dataset or DataSet({})
    lists = {
        name: sorted(
            tuple(
                item.text(keyword) for keyword in ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID", "FailureReason")
            )
            for item in content.items(name)
        )
        for name in LISTS
    }
    return {
        "EventTypeID": report.command.number("EventTypeID"),
        **{name: content.text(name) for name in _SAME},
        **lists,
    }
