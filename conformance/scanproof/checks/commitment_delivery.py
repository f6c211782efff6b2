"""Checks of how a Storage Commitment report comes: its address, role and AE titles (PS3.4 J.3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Evidence, Observation, check, fail, ok, warn
from scanproof.checks.commitment import reported
from scanproof.finding import Level
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE
from scansim.wire import pdu as p


@check(
    "commitment.well-known-instance",
    title="The report names the well-known SOP Instance",
    clause="PS3.4 J.3.4, J.3.5 (2018-2024)",
    level=Level.SHALL,
    expected=f"Affected SOP Class UID {COMMITMENT}, Affected SOP Instance UID {COMMITMENT_INSTANCE}",
    hint="The report is about the well-known instance, not about an image.",
    service="commitment",
)
def well_known_instance(evidence: Evidence) -> Iterator[Observation]:
    """The N-EVENT-REPORT is addressed with the class and the well-known instance of Storage Commitment Push Model.

    A modality that dispatches by instance drops the report.

    Affected SOP Class UID and Affected SOP Instance UID of each report's command set are read.
    """
    for _, report in reported(evidence):
        command = report.request.command
        got = (command.text("AffectedSOPClassUID"), command.text("AffectedSOPInstanceUID"))
        if got == (COMMITMENT, COMMITMENT_INSTANCE):
            yield ok("well-known instance", report.request)
        else:
            yield fail(f"class {got[0] or 'absent'}, instance {got[1] or 'absent'}", report.request)


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
    for _, report in reported(evidence):
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
    expected="calling AE title = the AE that we sent the N-ACTION to; called AE title = ours, or that of our listener",
    hint="Many modalities accept reports only from the AE title that they know; configure the target to use it.",
    service="commitment",
)
def calling_ae(evidence: Evidence) -> Iterator[Observation]:
    """On the association that it opens, the SCP uses the AE title it had before and calls the AE that asked; the text
    is a note, so a difference warns.

    Modalities check the calling AE title of incoming associations, and reject the report of an unknown one.

    The AE titles of the A-ASSOCIATE-RQ that brought the report are compared with those of the N-ACTION's association.
    """
    listener = evidence.transcript.scenario.get("listener") or {}
    for transaction, report in reported(evidence):
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
        elif theirs.called_ae not in (asked.calling_ae, listener.get("ae")):
            yield warn(
                f"called AE title {theirs.called_ae}", report.request, expected=f"called AE title {asked.calling_ae}"
            )
        else:
            yield ok(f"{theirs.calling_ae} calls {theirs.called_ae}", report.request)
