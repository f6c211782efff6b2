"""The Conformance Statement against Storage Commitment: for whom, how often, with which reasons and statuses."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Kept, Observation, Proof, check, fail, ok
from scanproof.evidence import Evidence
from scanproof.evidence.commitment import Transaction, answered
from scanproof.evidence.commitment_attempts import met_at, waited_since
from scanproof.evidence.kept import failed_items, stored_classes, stored_statuses
from scanproof.evidence.stated_answers import actions, entity_of
from scanproof.evidence.stated_associations import turned
from scanproof.finding import Level
from scanproof.stated_statuses import statuses
from scanproof.statements import Claim
from scansim.network.transcript import Exchange
from scansim.vocabulary.services import COMMITMENT
from scansim.vocabulary.status import is_success, shown
from scansim.vocabulary.uids import COMMITMENT as COMMITMENT_CLASS
from scansim.wire import pdu as p

Seen = Iterator[Observation | Kept]

#: PS3.8 Table 9-21: rejected for good, because the Calling AE title is not recognized.
_UNKNOWN_CALLER = (1, 1, 3)
_UNKNOWN_REQUESTER = "commitment.unknown-requester"
#: How much longer than stated the next try may take: the target's timers, and both machines, are in it.
_LONGER, _BESIDE = 1.5, 2.0
#: Of the stated interval, how much has to pass for a try to show it.
_SOONER = 0.5
#: What a Failure Reason is for (PS3.3 C.14.1.1), as far as we can bring it about.
_NOT_THERE, _OTHER_CLASS = "0112", "0119"


@check(
    "statement.commitment-requesters",
    title="Storage Commitment is for the requesters that are declared",
    clause="PS3.2 N.5.2.6.2 (2024c)",
    level=Level.DECLARED,
    service="commitment",
    proven_by=Proof.STATEMENTS,
    expected="a request of an AE title that the target was not told of is refused, or taken, as stated",
    hint="correct the Conformance Statement, or the list of requesters in the target",
)
def requesters(evidence: Evidence) -> Seen:
    """An SCP refuses the N-ACTION of an AE title whose address it does not know where its statement says so, and takes
    it where the statement says that anybody may ask.

    A report goes to a configured address: the request of a scanner that nobody entered is taken, and never reported.

    The answer to a request under an AE title that nobody was told of is compared with the statement; a rejection of its
    association for that title is a refusal as well. An A-ABORT in place of an answer takes nothing either: that it is
    no answer is for association.no-abort to tell.
    """
    for operation in evidence.requests("N-ACTION-RQ", COMMITMENT_CLASS):
        entity, asked, final = entity_of(evidence, operation), evidence.asked(operation), operation.final
        claim = entity.one("commitment-known-requesters") if entity is not None else None
        named = {fault.deviation for fault in asked.faults} | {asked.deviation}
        if claim is None or named - {""} != {_UNKNOWN_REQUESTER}:
            continue
        status = final.command.status if final is not None else None
        if final is not None and status is not None:
            yield from _requester(claim, not is_success(status), shown(status), exchange=final)
        elif claim.data["only"] and operation.association.came(p.Abort):
            yield from _requester(claim, True, "A-ABORT", exchange=operation.request)
    for other in turned(evidence):
        claim = other.entity.one("commitment-known-requesters")
        calling = str(other.association.facts.get("calling_ae") or "")
        stranger = bool(evidence.our_titles) and calling not in evidence.our_titles
        of_commitment = other.association.service == COMMITMENT.name
        if claim is not None and of_commitment and stranger and other.numbers == _UNKNOWN_CALLER:
            yield from _requester(claim, True, other.told, where=other.association.id)


def _requester(claim: Claim, refused: bool, text: str, *, exchange: Exchange | None = None, where: str = "") -> Seen:
    kept = refused == bool(claim.data["only"])
    yield Kept(claim.id, exchange, where=where, kept=kept)
    if kept:
        yield ok(text, exchange, where=where)
    else:
        yield fail(text, exchange, where=where, claim=claim.id, expected=claim.text)


@check(
    "statement.commitment-retries",
    title="A report that could not be delivered is sent again as often and as soon as declared",
    clause="PS3.2 N.5.2.6.2 (2024c)",
    level=Level.DECLARED,
    service="commitment",
    proven_by=Proof.STATEMENTS,
    expected="another try within the stated interval; none where no retry is stated",
    hint="correct the Conformance Statement, or the setting of the target",
)
def retries(evidence: Evidence) -> Seen:
    """A report that did not get through is sent again within the interval that the statement gives, or not at all where
    it says so.

    Scanners are switched off at night: whether the report of the evening is there in the morning rests on this.

    Where our listener did not take the first report, what came afterwards is compared with the statement: one that came
    within the interval, half of it and 2 s, keeps it; one that came in less than half of it decides nothing. A report
    that came again keeps one retry and contradicts none: of more, nobody sees how many would have come. That none came
    although the interval has passed is told by commitment.sent-again.
    """
    for transaction in evidence.transactions:
        entity = transaction.entity
        met = met_at(evidence, transaction) if transaction.listener else None
        if entity is None or met is None or evidence.steps.broken_off(transaction.action.association):
            continue
        count, interval = entity.one("commitment-retries"), entity.one("commitment-retry-interval")
        seconds = float(interval.data["seconds"] or 0) if interval is not None else 0.0
        delivered = transaction.delivered
        if delivered is None:
            yield from _in_vain(evidence, transaction, met, count, interval, seconds)
            continue
        exchange, again = delivered.request, max(0.0, (delivered.request.message.ended - met) / 1e9)
        if interval is not None and seconds and again + _BESIDE >= seconds * _SOONER:
            yield from _held(interval, again <= seconds * _LONGER + _BESIDE, f"again after {again:.1f} s", exchange)
        # behind a closed port, the first try may be the one that came
        stated = count.data["count"] if count is not None else None
        if count is not None and stated is not None and int(stated) <= 1 and _has_failed(transaction):
            yield from _held(count, int(stated) == 1, "it was sent again", exchange)


def _has_failed(transaction: Transaction) -> bool:
    """Whether a try went before that is known to have failed: one behind a closed port leaves no trace."""
    if transaction.listener == "down-then-up":
        return False
    return transaction.listener != "silent" or (transaction.report is not None and answered(transaction.report) is None)


def _held(claim: Claim, kept: bool, text: str, exchange: Exchange | None) -> Seen:
    yield Kept(claim.id, exchange, kept=kept)
    if kept:
        yield ok(text, exchange)
    else:
        yield fail(text, exchange, claim=claim.id, expected=claim.text)


def _in_vain(
    evidence: Evidence,
    transaction: Transaction,
    met: int,
    count: Claim | None,
    interval: Claim | None,
    seconds: float,
) -> Seen:
    """What it means that no report came any more."""
    final, waited = transaction.action.final, waited_since(evidence, transaction, met)
    stated = count.data["count"] if count is not None else None
    if count is not None and stated == 0 and _has_failed(transaction):
        yield Kept(count.id, final)
        yield ok(f"none came again within {waited:.1f} s", final)
    elif seconds and waited >= seconds:
        for claim in (count, interval):
            if claim is not None and (claim is interval or stated):
                yield Kept(claim.id, final, kept=False)  # commitment.sent-again has the finding


@check(
    "statement.commitment-reasons",
    title="What cannot be committed is reported with the declared Failure Reasons",
    clause="PS3.2 N.5.2.6.2 Table N.5-16 (2024c); PS3.3 C.14.1.1 (2020a)",
    level=Level.DECLARED,
    service="commitment",
    proven_by=Proof.STATEMENTS,
    expected="0112H for what is not there, 0119H for what has another SOP Class, where the statement lists them",
    hint="correct the list of Failure Reasons in the Conformance Statement, or the target",
)
def reasons(evidence: Evidence) -> Iterator[Observation | Kept | Fact]:
    """The Failure Reasons of reports are those that the statement lists, each for what it stands for.

    By the reason a scanner decides whether to send again or to alarm somebody, and its vendor reads the statement.

    The reason of each failed instance is looked up. What was never sent has to be reported with 0112H where that is
    listed, what was asked for under another SOP Class with 0119H; a code that is stated as not supported contradicts
    that when it comes. A reason that is not listed is a note.
    """
    classes = stored_classes(evidence)
    for transaction, report in evidence.reported:
        listed = transaction.entity.of("commitment-failure") if transaction.entity is not None else ()
        if not listed:
            continue
        stored = stored_statuses(evidence, report.request.message.ended)
        failed = [(uid, f"{int(reason):04X}") for uid, reason in failed_items(transaction.content) if reason.isdigit()]
        for uid, code in failed:
            wanted = _wanted(transaction, uid, classes, stored)
            yield from _reason(listed, code, wanted, report.request)
        for uid, _ in transaction.listed("ReferencedSOPSequence"):
            claim = next((each for each in listed if each.data["code"] == _OTHER_CLASS), None)
            if claim is not None and claim.data["supported"] and _conflicts(transaction, uid, classes):
                yield from _held(claim, False, f"{uid} is committed under another SOP Class", report.request)


def _conflicts(transaction: Transaction, uid: str, classes: dict[str, str]) -> bool:
    named = transaction.requested.get(uid)
    return named is not None and classes.get(uid, named) != named


def _wanted(transaction: Transaction, uid: str, classes: dict[str, str], stored: dict[str, int]) -> str:
    """The code that fits what is wrong with an instance; empty where we do not know, or where several do."""
    if uid not in transaction.requested or transaction.reused:
        return ""
    if _conflicts(transaction, uid, classes):
        return _OTHER_CLASS
    return "" if uid in stored else _NOT_THERE


def _reason(listed: tuple[Claim, ...], code: str, wanted: str, report: Exchange) -> Iterator[Observation | Kept | Fact]:
    came = next((each for each in listed if str(each.data["code"]).upper() == code), None)
    owed = next((each for each in listed if each.data["code"] == wanted and each.data["supported"]), None)
    if came is not None and not came.data["supported"]:
        yield from _held(came, False, f"Failure Reason {code}H", report)
    elif owed is not None and code != wanted:
        words = "an instance that was never sent" if wanted == _NOT_THERE else "an instance of another SOP Class"
        yield from _held(owed, False, f"Failure Reason {code}H for {words}", report)
    elif came is not None:
        if wanted in ("", code) or code not in (_NOT_THERE, _OTHER_CLASS):
            yield from _held(came, True, f"Failure Reason {code}H", report)
    else:
        yield Fact(f"seen, not stated: Failure Reason {code}H", report)


@check(
    "statement.commitment-retrieve-ae",
    title="Reports name a Retrieve AE Title where that is declared",
    clause="PS3.2 N.5.2.6.2 (2024c); PS3.4 Table J.3-2 (2013)",
    level=Level.DECLARED,
    service="commitment",
    proven_by=Proof.STATEMENTS,
    expected="Retrieve AE Title in the report, or none, as stated",
    hint="correct the Conformance Statement, or the target",
)
def retrieve_ae(evidence: Evidence) -> Seen:
    """A report says from which AE the committed instances can be retrieved, or does not, as the statement says.

    Who deletes images has to know where to get them back from.

    Reports that commit something are searched for Retrieve AE Title, at their root and in each committed item.
    """
    for transaction, report in evidence.reported:
        claim = transaction.entity.one("commitment-retrieve-ae") if transaction.entity is not None else None
        content = transaction.content
        committed = content.items("ReferencedSOPSequence") if content is not None else ()
        if claim is None or content is None or not committed:
            continue
        in_items = [bool(item.text("RetrieveAETitle")) for item in committed]
        present = bool(content.text("RetrieveAETitle")) or all(in_items)
        if not present and any(in_items):
            continue  # neither the one nor the other
        kept = present == bool(claim.data["present"])
        text = "Retrieve AE Title is there" if present else "there is no Retrieve AE Title"
        yield from _held(claim, kept, text, report.request)


@check(
    "statement.commitment-status",
    title="An N-ACTION is answered with the statuses that the statement lists",
    clause="PS3.2 N.7.3.2 (2024d); PS3.7 C (2018-2024)",
    level=Level.DECLARED,
    service="commitment",
    proven_by=Proof.STATEMENTS,
    expected="for a condition that the statement lists, the status that it gives",
    hint="correct the table of statuses in the Conformance Statement, or the target",
)
def status(evidence: Evidence) -> Iterator[Observation | Kept | Fact]:
    """What the statement lists as the statuses of N-ACTION is what the SCP answers.

    A scanner that is refused shows its operator what the statement says of that status.

    The status of each N-ACTION is looked up. For a condition whose words leave no doubt and that we brought about,
    another failure contradicts it. A status that no row has is a note. What an SCP does about our answers to its
    reports is not seen on the wire.
    """
    yield from statuses(actions(evidence), "commitment-status", "N-ACTION")
