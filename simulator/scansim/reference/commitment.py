"""Storage Commitment Push Model: N-ACTION, and the N-EVENT-REPORT that follows it (PS3.4 Annex J)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import PresentationContext, build_context, build_role

from scansim.reference import spoil, strays
from scansim.reference.connection import Request, Session, UndecodableError
from scansim.reference.sending import Primitive, await_response, encode_dataset, outgoing, send
from scansim.reference.spoil_answers import comment
from scansim.reference.state import Target
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE

SUCCESS, PROCESSING_FAILURE, NO_SUCH_INSTANCE = 0x0000, 0x0110, 0x0112
MISSING_ATTRIBUTE, MISSING_VALUE, NO_SUCH_ACTION = 0x0120, 0x0121, 0x0123

#: Failure Reason (0008,1197), PS3.3 C.14.1.1.
NO_SUCH_OBJECT_INSTANCE, CLASS_INSTANCE_CONFLICT, DUPLICATE_TRANSACTION = 0x0112, 0x0119, 0x0131

_ALL_COMMITTED, _SOME_FAILED = 1, 2
_REPORT_TIMEOUT = 5.0  # s, for the response to a report
_ATTEMPTS, _RETRY_DELAY = 4, 0.5  # associations for one report, and s between them

_LATE = 3.0  # s, a planted defect
_LOG = logging.getLogger("scansim.reference")


def act(target: Target, request: Request) -> None:
    """Answer an N-ACTION; success means that the request was taken, not that anything is committed (J.3.2.1.3)."""
    message = request.message
    if target.planted("commitment-refuses"):
        return request.respond(PROCESSING_FAILURE, ErrorComment="planted defect: no promises today")
    if target.planted("commitment-comment-in-dataset"):
        return request.respond(PROCESSING_FAILURE, comment("planted defect: no promises today"), ActionTypeID=1)
    well_known = str(message.RequestedSOPInstanceUID) == COMMITMENT_INSTANCE
    if not (well_known or target.planted("commitment-takes-any-instance")):
        return request.respond(NO_SUCH_INSTANCE)
    if message.ActionTypeID != 1 and not target.planted("commitment-takes-any-action"):
        other = target.planted("commitment-other-refusal")
        return request.respond(PROCESSING_FAILURE if other else NO_SUCH_ACTION, ActionTypeID=message.ActionTypeID)
    try:
        wanted = request.dataset()
    except UndecodableError as error:
        return request.respond(PROCESSING_FAILURE, ErrorComment=f"action information: {error}")
    lack = _lack(wanted)
    if lack is not None and _is_taken(target, wanted):
        return request.respond(SUCCESS, ActionTypeID=1)
    if lack is not None:
        return request.respond(lack)
    if target.planted("commitment-drops-unknown") and request.requester not in target.config.peers:
        return request.session.abort(block=False)
    if target.config.commitment == "new" and request.requester not in target.config.peers:
        return request.respond(PROCESSING_FAILURE, ErrorComment=f"no address known for AE {request.requester}")
    if target.planted("commitment-reports-refused"):
        _Report(target, request.requester, wanted, True).deliver()
        return request.respond(PROCESSING_FAILURE, ErrorComment="planted defect: no promises, and yet they are kept")
    if (status := _refusal(target, wanted)) is not None:
        return request.respond(status, ActionTypeID=1)
    fresh = target.store.begin_commitment(wanted.TransactionUID, request.requester, wanted)
    request.respond(SUCCESS, ActionTypeID=1)
    if target.planted("commitment-no-report"):
        return None
    report = _Report(target, request.requester, wanted, fresh)
    same = target.config.commitment == "same" or target.planted("commitment-same-association")
    same = same or target.planted("commitment-same-only")
    return report.schedule(request.session if same else None, request.context_id)


def _lack(wanted: Dataset) -> int | None:
    """Status for a request that lacks a Type 1 attribute (PS3.4 Table J.3-1, 5.4.2.1), or None."""
    items = wanted.get("ReferencedSOPSequence")
    names = [(wanted, "TransactionUID"), (wanted, "ReferencedSOPSequence")]
    for item in items or ():
        names += [(item, "ReferencedSOPClassUID"), (item, "ReferencedSOPInstanceUID")]
    if any(name not in ds for ds, name in names):
        return MISSING_ATTRIBUTE
    if any(ds[name].is_empty for ds, name in names):
        return MISSING_VALUE
    return None


def _is_taken(target: Target, wanted: Dataset) -> bool:
    """Whether a defect takes a request that lacks something; there is nothing to report of it then."""
    listed = wanted.get("ReferencedSOPSequence")
    return (
        (target.planted("commitment-takes-no-transaction") and not wanted.get("TransactionUID"))
        or (target.planted("commitment-takes-no-list") and listed is None)
        or (target.planted("commitment-takes-empty-list") and listed is not None and not listed)
        or (target.planted("commitment-takes-bare-items") and bool(listed))
    )


def _refusal(target: Target, wanted: Dataset) -> int | None:
    """Status that a defect refuses a right request with; None to take it."""
    if target.planted("commitment-reason-as-status") and target.store.commitment_known(wanted.TransactionUID):
        return DUPLICATE_TRANSACTION
    if target.planted("commitment-refuses-unknown"):
        uids = {str(item.ReferencedSOPInstanceUID) for item in wanted.ReferencedSOPSequence}
        return NO_SUCH_INSTANCE if len(target.store.instances(uid=uids)) < len(uids) else None
    return None


def resume(target: Target) -> None:
    """Report what an earlier run of the target left unreported."""
    for requester, wanted in target.store.open_commitments():
        if requester in target.config.peers:
            _Report(target, requester, wanted, True).schedule(None, 0)


class _Report:
    """One N-EVENT-REPORT on its way."""

    def __init__(self, target: Target, requester: str, wanted: Dataset, fresh: bool) -> None:
        self.target = target
        self.requester = requester
        self.wanted = wanted
        self.fresh = fresh

    def schedule(self, session: Session | None, context_id: int) -> None:
        """Send the report after the configured delay: on `session` while it is open, else on a new association."""
        late = _LATE if self.target.planted("commitment-late") else 0.0
        self.target.later(self.target.config.commitment_delay + late, lambda: self._send(session, context_id))

    def deliver(self) -> None:
        """Send the report now, on a new association."""
        self._send(None, 0)

    def _send(self, session: Session | None, context_id: int) -> None:
        event_type, information = self._judge()
        event_type = spoil.report(self.target, event_type, information)
        command = {
            "AffectedSOPClassUID": COMMITMENT,
            "CommandField": 0x0100,
            "AffectedSOPInstanceUID": spoil.reported_instance(self.target, COMMITMENT_INSTANCE),
            "EventTypeID": event_type,
        }
        on_same = session is not None and self._send_same(session, context_id, command, information)
        only_there = self.target.planted("commitment-same-only")
        if on_same or (not only_there and self._send_new(command, information)):
            if self.target.planted("commitment-reports-twice"):
                self._send_new(command, information)
            if self.fresh:
                self.target.store.end_commitment(self.wanted.TransactionUID)
        else:
            _LOG.warning("commitment report for %s could not be delivered", self.requester)

    def _judge(self) -> tuple[int, Dataset]:
        """Look at each instance of the request and return Event Type ID and Event Information (Table J.3-2)."""
        items = self.wanted.ReferencedSOPSequence
        wanted = [str(item.ReferencedSOPInstanceUID) for item in items]
        held = {instance.uid: instance for instance in self.target.store.instances(uid=wanted)}
        committed: list[Dataset] = []
        failed: list[Dataset] = []
        for item in {str(item.ReferencedSOPInstanceUID): item for item in items}.values():  # each once
            answer = Dataset()
            answer.ReferencedSOPClassUID = item.ReferencedSOPClassUID
            answer.ReferencedSOPInstanceUID = item.ReferencedSOPInstanceUID
            instance = held.get(str(item.ReferencedSOPInstanceUID))
            if not self.fresh:
                answer.FailureReason = DUPLICATE_TRANSACTION
            elif self.target.planted("commitment-early") or self.target.planted("commitment-of-lost"):
                pass
            elif instance is None or not instance.path.is_file():
                answer.FailureReason = NO_SUCH_OBJECT_INSTANCE
            elif instance.sop_class != item.ReferencedSOPClassUID and not self.target.planted("commitment-class-blind"):
                answer.FailureReason = CLASS_INSTANCE_CONFLICT
            (failed if "FailureReason" in answer else committed).append(answer)
        information = Dataset()
        information.TransactionUID = self.wanted.TransactionUID
        if committed:
            information.RetrieveAETitle = self.target.config.ae
            information.ReferencedSOPSequence = committed
        if failed:
            information.FailedSOPSequence = failed
        return _SOME_FAILED if failed else _ALL_COMMITTED, information

    def _send_same(self, session: Session, context_id: int, command: Mapping[str, Any], information: Dataset) -> bool:
        """Send on the association of the request; False when it has ended or gives no response in time."""
        answered = threading.Event()

        def arrived(_: Primitive) -> None:
            answered.set()

        syntax = session._accepted_cx[context_id].transfer_syntax[0]
        data = encode_dataset(information, syntax)
        if not session.post(context_id, dict(command), data, arrived):
            return False
        for _ in range(int(_REPORT_TIMEOUT / 0.05)):
            if answered.wait(0.05):
                return True
            if self.target.stopping.is_set() or not session.is_established:
                return answered.is_set()
        return False

    def _send_new(self, command: Mapping[str, Any], information: Dataset) -> bool:
        """Send on an association of our own, a few times if need be; False when nobody took the report."""
        address = self.target.config.peers.get(self.requester)
        if address is not None:
            strays.open_one(self.target, self.requester, address)
        most = 1 if self.target.planted("commitment-no-retry") else _ATTEMPTS
        for attempt in range(most if address is not None else 0):
            if attempt:
                spoil.retry(self.target, information)
            if attempt and self.target.stopping.wait(_RETRY_DELAY):
                break
            if address is not None and self._attempt(address, command, information, again=attempt > 0):
                return True
        return False

    def _context(self) -> PresentationContext:
        """What is proposed; the default transfer syntax is among it (PS3.5 10.1)."""
        if self.target.planted("commitment-explicit-only"):
            return build_context(COMMITMENT, [ExplicitVRLittleEndian])
        if self.target.planted("commitment-jpeg-only"):
            return build_context(COMMITMENT, [JPEGBaseline8Bit])
        return build_context(COMMITMENT)

    def _attempt(
        self, address: tuple[str, int], command: Mapping[str, Any], information: Dataset, *, again: bool
    ) -> bool:
        # we are the requestor and the SCP: that has to be negotiated (J.3.3.1.2, PS3.7 D.3.3.4)
        roles: list[SCP_SCU_RoleSelectionNegotiation] = []
        lost = again and self.target.planted("commitment-retries-without-role")
        if not (lost or self.target.planted("commitment-role-missing")):
            roles.append(build_role(COMMITMENT, scu_role=False, scp_role=True))
        calling = "SOMEONE" if self.target.planted("commitment-calling-ae") else self.target.config.ae
        called = "SOMEBODY" if self.target.planted("commitment-called-ae") else self.requester
        with outgoing(calling, called, address, [self._context()], roles, self.target.recording) as association:
            if association is None or not association.accepted_contexts:
                return False
            context = association.accepted_contexts[0]
            if roles and not context.as_scp and not self.target.planted("commitment-unconfirmed-role"):
                _LOG.warning("%s does not accept us as SCP of Storage Commitment", self.requester)
                return False
            syntax = context.transfer_syntax[0]
            number = int(context.context_id or 1)
            data = encode_dataset(information, syntax)
            send(association, number, {**command, "MessageID": 1}, data)
            return await_response(association, 1, _REPORT_TIMEOUT, lambda message, cx: None) is not None
