"""Checks of the exchange around Storage Commitment: the request is taken, its report comes, and how (PS3.4 J.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.acceptance import acceptance, deviating
from scanproof.check import Fact, Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.associations import called_ae, place_of
from scanproof.evidence.commitment import REPORTED, transaction_uid
from scanproof.finding import Level
from scanproof.statements import commitment_claim_id
from scansim.network.transcript import Operation
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import shown
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p

_WORDS = {"same": "the same", "new": "a new"}
_LATE = "Let timeouts.commitment of the site file be longer, or the target report sooner."


@check(
    "commitment.request-accepted",
    title="A valid N-ACTION is answered with Success",
    clause="",
    level=Level.EXPECTED,
    expected="N-ACTION-RSP with 0000H",
    hint="Error Comment and the target's log should tell why; an archive that does not know our AE title can report to "
    "nobody: register the title with this machine's address and the listener's port there.",
    service="commitment",
)
def request_accepted(evidence: Evidence) -> Iterator[Observation]:
    """The SCP answers a request whose Action Information is complete with Success, which says only that it was
    received; what becomes of the instances is told by the report, and of one that it does not have as well.

    Without it the modality never may delete, and its disk is full on Friday evening.

    The status of each N-ACTION-RSP is read; whatever code a refusal has is no second fault. It is right where the
    Conformance Statement says that requesters have to be known, and ours may not be.
    """
    for operation in evidence.requests("N-ACTION-RQ", COMMITMENT):
        declared = _known_only(evidence, operation)
        again = evidence.repeated
        seen = acceptance(evidence.asked(operation), "N-ACTION", declared=declared, there_already=again)
        yield from () if seen is None else (seen,)


def _known_only(evidence: Evidence, action: Operation) -> str:
    """What the target's statement says of requesters that it does not know; empty when it says nothing."""
    entity = evidence.declarations.entity(called_ae(action.association), place_of(action.association))
    known = entity is not None and entity.commitment is not None and entity.commitment.known_requesters_only
    return "it takes requests of requesters that it knows, and of no others" if known else ""


@check(
    "commitment.invalid-request",
    title="An N-ACTION that is not valid is refused",
    clause="PS3.4 5.4.2.1 (c. 2020; 2024d, 2026b in part); PS3.7 C.5.24 (2018-2024)",
    level=Level.SHALL,
    expected="a failure; 0123H for an action that there is none of",
    hint="Check Action Type, Transaction UID and Referenced SOP Sequence before the request is taken on.",
    service="commitment",
)
def invalid_request(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A request without a Transaction UID or a list of instances, with an empty one, or for another action than to
    commit is refused.

    Taken for a request about everything, it has made archives search their whole database; taken for a success, it
    makes a modality delete.

    Requests that were meant to deviate so, and do, are looked at. Of what is missing the parts of the standard name
    different codes, so any failure is right; nothing obliges an SCP to look at the well-known instance.
    """
    for operation in evidence.requests("N-ACTION-RQ", COMMITMENT):
        asked = evidence.asked(operation)
        seen = deviating(asked, f"N-ACTION ({asked.deviation})")
        yield from () if seen is None else (seen,)


@check(
    "commitment.report-received",
    title="The result of an accepted request is reported",
    clause="PS3.4 J.3.3.1.2, J.3.3.1.3 (2013); PS3.2 N.5.2.6.2 (2024c)",
    level=Level.SHALL,
    expected="an N-EVENT-REPORT on the same association or on a new one to our listener",
    hint="Is our listener's AE title known to the target with this machine's address and the listener's port?",
    service="commitment",
)
def report_received(evidence: Evidence) -> Iterator[Observation | Fact]:
    """For each accepted request the SCP sends an N-EVENT-REPORT, on the association of the request while that is open
    or on one that it opens; it must be able to do the latter.

    A lost report means images that stay on the scanner for ever, or that are deleted on trust.

    The associations are searched for a report. When none has come in the site file's time, only a Conformance Statement
    that names a maximum makes that a deviation; without one nobody knows how long to wait. One that came later, while
    the run went on, warns. Reports of other transactions, such as an earlier run asked for, are told and held against
    nobody.
    """
    repeats = {each.request.id for transaction in evidence.transactions for each in transaction.repeats}
    for report in evidence.other_reports:
        if report.request.id not in repeats:  # commitment.reported-once tells
            yield Fact(_of_another(evidence, report), report.request)
    for transaction in evidence.transactions:
        final = transaction.action.final
        waited = float(evidence.transcript.scenario.get("site", {}).get("commitment", {}).get("commitment", 0))
        if transaction.report is not None:
            came_on = transaction.came_on
            where = f"on {_WORDS[came_on]} association" if came_on else "on another association of ours"
            late = transaction.waited is not None and transaction.waited > waited > 0
            if late and transaction.waited is not None and not transaction.hindered:
                text = f"{where}, after {transaction.waited:.1f} s; we waited {waited:g} s"
                yield warn(text, transaction.report.request, level=Level.EXPECTED, hint=_LATE)
            else:
                yield ok(where, transaction.report.request)
            continue
        if transaction.hindered:
            continue  # commitment.sent-again tells
        deviation = evidence.asked(transaction.action).deviation
        if deviation not in REPORTED:
            yield Fact(f"the request ({deviation}) was answered with Success, and not reported", final)
            continue
        if evidence.steps.broken_off(transaction.action.association):
            yield inconclusive("none before the run was broken off", final, hint="Run again, to the end.")
            continue
        step = evidence.steps.of(transaction.action.association)
        if step is not None and step.cause in (Cause.SETUP, Cause.HARNESS):
            yield inconclusive(step.detail, final)
            continue
        entity = transaction.entity
        maximum = entity.commitment.max_seconds if entity is not None and entity.commitment is not None else None
        opened = sum(not association.ours for association in evidence.associations)
        note = f"; {opened} associations that were opened to us brought none" if opened else ""
        if evidence.other_reports:
            note += f"; {len(evidence.other_reports)} reports of other transactions came"
        if maximum is not None and waited >= maximum:
            claim = commitment_claim_id(entity.ae, "maximum") if entity is not None else None
            expected = f"a report within {maximum:g} s, as declared"
            yield fail(f"none within {waited:g} s{note}", final, expected=expected, claim=claim)
        else:
            yield inconclusive(f"none within {waited:g} s, and no shorter maximum is declared{note}", final)


def _of_another(evidence: Evidence, report: Operation) -> str:
    named = transaction_uid(report)
    where = "our own association" if report.association.ours else "an association of the target"
    if any(named == transaction.uid for transaction in evidence.transactions):
        return f"another report of transaction {named} came, on {where}"
    of = f"transaction {named}" if named else "no transaction"
    return f"a report of {of} came on {where}, which is none of this exam's; it was answered, and the wait went on"


@check(
    "commitment.refused-not-reported",
    title="What is reported is a request that was accepted, none that was refused",
    clause="PS3.4 J.3.2.1.2, J.3.2.1.3 (2013; 2018-2024)",
    level=Level.SHALL,
    expected="no N-EVENT-REPORT that names the transaction of an N-ACTION with a failure status",
    hint="Refuse a request before it is taken on, or answer Success and report each instance as failed.",
    service="commitment",
)
def refused_not_reported(evidence: Evidence) -> Iterator[Observation]:
    """A failure status of the N-ACTION-RSP says that the request is not processed, and ends its transaction.

    The modality has forgotten the transaction: what is committed all the same stays on its disk, and it asks again.

    The request of each report is looked at. No sentence forbids to report a refused one in so many words, so it warns.
    """
    for _, report in evidence.reported:
        yield ok("accepted, and reported", report.request)
    for action, named in evidence.refused_actions:
        if named is not None:
            status = shown(action.final.command.status) if action.final is not None else ""
            yield warn(f"refused with {status}, and reported", named.request)


@check(
    "commitment.role-selection",
    title="On an association of its own, the target proposes the SCP role for Storage Commitment",
    clause="PS3.7 D.3.3.4 (2013, 2024e); PS3.4 J.3.3.1.2 note 1 (2013)",
    level=Level.SHALL,
    expected=f"a role item for {COMMITMENT} with SCP role 1",
    hint="Without the item, the side that opens the association is SCU only, and may not send the report.",
    service="commitment",
)
def role_selection(evidence: Evidence) -> Iterator[Observation]:
    """Without role selection the requestor of an association is SCU. An SCP that opens one to report therefore proposes
    the SCP role for Storage Commitment Push Model.

    Strict modalities refuse the report; tolerant ones hide the fault until one of them is replaced.

    The A-ASSOCIATE-RQ of the association that brought the report is searched for the role item; a report on the
    N-ACTION's own association needs none.
    """
    for _, report in evidence.every_report:
        association = report.association
        if association.ours:
            yield ok("same association: roles as negotiated", report.request)
            continue
        request = association.request.pdu if association.request is not None else None
        roles = request.user.roles if isinstance(request, p.AssociateRQ) else ()
        mine = next((role for role in roles if role.sop_class_uid == COMMITMENT), None)
        if mine is None:
            yield fail("no role item", report.request)
        elif mine.scp != 1:
            yield fail(f"SCU {mine.scu}, SCP {mine.scp}", report.request)
        else:
            yield ok(f"SCU {mine.scu}, SCP {mine.scp}", report.request)


@check(
    "commitment.calling-ae",
    title="The report comes from the AE that was asked, and calls ours",
    clause="PS3.4 J.3.3.1.2 note 2 (2013)",
    level=Level.SHOULD,
    expected="calling AE title = the AE that we sent the N-ACTION to; called AE title = one of ours",
    hint="Many modalities accept reports only from the AE title that they know; configure the target to use it.",
    service="commitment",
)
def calling_ae(evidence: Evidence) -> Iterator[Observation]:
    """On the association that it opens, the SCP uses the AE title it had before and calls the AE that asked; the text
    is a note, so a difference warns.

    Modalities check the calling AE title of incoming associations, and reject the report of an unknown one.

    The AE titles of the A-ASSOCIATE-RQ that brought the report are compared with those of the N-ACTION's association,
    and with our others.
    """
    listener = evidence.transcript.scenario.get("listener") or {}
    for transaction, report in evidence.every_report:
        if report.association.ours:
            yield ok("same association", report.request)
            continue
        theirs = report.association.request.pdu if report.association.request is not None else None
        asked = transaction.action.association.request.pdu if transaction.action.association.request else None
        if not isinstance(theirs, p.AssociateRQ) or not isinstance(asked, p.AssociateRQ):
            continue
        if theirs.calling_ae != asked.called_ae:
            yield warn(
                f"calling AE title {theirs.calling_ae}", report.request, expected=f"calling AE title {asked.called_ae}"
            )
        elif theirs.called_ae not in (asked.calling_ae, listener.get("ae"), *listener.get("titles", ())):
            yield warn(
                f"called AE title {theirs.called_ae}", report.request, expected=f"called AE title {asked.calling_ae}"
            )
        else:
            yield ok(f"{theirs.calling_ae} calls {theirs.called_ae}", report.request)
