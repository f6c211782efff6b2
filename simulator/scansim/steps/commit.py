"""commit: N-ACTION, then the N-EVENT-REPORT on whichever association (PS3.4 Annex J)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydicom.uid import CTImageStorage, SecondaryCaptureImageStorage

from scansim.exam.commitment import ReportWait, Request, action_dataset
from scansim.exam.edited import Edited
from scansim.exam.performed_step import told
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Thing
from scansim.identity.ledger import InstanceRecord
from scansim.network.manner import Manner, Way
from scansim.network.reports import Expectation
from scansim.site import Address, AeTitle
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success, shown
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.pdu import RoleSelection

_UNKNOWN = "commitment.unknown-instance"
#: Deviations after which an SCP that takes the request has to report all the same.
_REPORTED = (_UNKNOWN, "commitment.wrong-class", "commitment.duplicates")
_LIST = "ReferencedSOPSequence"


class Commit(Edited):
    """Storage Commitment N-ACTION for every stored instance, then wait for the N-EVENT-REPORT.

    Where none was stored it is asked for one instance that was never sent, which has to be reported as failed.
    """

    verb = "commit"
    service = services.COMMITMENT
    listens = True
    without = (Thing.STORED,)
    takes = 0.5

    add_unknown: int = Field(0, ge=0, le=100, description="instances that were never sent, to be reported as failed")
    instances: Literal["stored", "acquired", "never-sent", "wrong-class", "twice", "none"] = Field(
        "stored",
        description="what is to be committed; acquired: what was made, whether it was stored or not; never-sent: one "
        "that was not; wrong-class: the stored ones, the first with another SOP Class; twice: the first of them twice; "
        "none: an empty list",
    )
    transaction: Literal["new", "again"] = Field(
        "new", description="again: under the Transaction UID of the request before, which is no longer active"
    )
    association: Literal["stays", "released"] = Field(
        "stays",
        description="whether the N-ACTION's association is held for a while, as timeouts.hold says, or released at "
        "once, so that the report has to come on a new one",
    )
    calling_ae: AeTitle | None = Field(None, description="AE title to ask as, such as one that the target cannot know")
    listener: Way = Field(
        Way.UP,
        description="how our listener behaves, once, then it is as always: down-then-up: its port is closed; "
        "rejecting: the first association is rejected (transient); slow: the first report is answered late; failing: "
        "with a failure status; silent: not at all, and then its association is aborted; no-role: the SCP role is not "
        "confirmed on the first association. On the N-ACTION's own association, slow, failing and silent hold as well",
    )
    lasts: float = Field(
        1.0,
        gt=0,
        le=600,
        description="how long, in s: the port is closed behind the N-ACTION-RSP, a response or an abort comes late, or "
        "a report is waited for that was answered with a failure",
    )

    def needs(self) -> tuple[Thing, ...]:
        """What is to be committed, unless that is only what was never sent."""
        if self.instances in ("acquired", "never-sent", "none") or self.add_unknown:
            return (Thing.INSTANCES,) if self.instances == "acquired" else ()
        return (Thing.STORED,)

    @property
    def odd(self) -> bool:
        """Whether it asks for what no scanner should."""
        return super().odd or self.instances in ("wrong-class", "twice", "none") or self.transaction == "again"

    @property
    def alone(self) -> bool:
        """Whether our listener, which exams share, is not to behave as always."""
        return self.listener is not Way.UP

    @property
    def looks_like(self) -> str | None:
        """The deviation that the parameters make of it."""
        names = {"wrong-class": "wrong-class", "twice": "duplicates", "none": "empty-list"}
        found = (
            ("wrong-action-type", "ActionTypeID" in self.command),
            ("wrong-instance", "RequestedSOPInstanceUID" in self.command),
            ("wrong-requested-class", "RequestedSOPClassUID" in self.command),
            ("no-transaction", "TransactionUID" in (*self.remove, *self.empty)),
            ("no-list", _LIST in self.remove),
            ("empty-list", _LIST in self.empty),
            ("item-lacks-mandatory", any(path.startswith(_LIST) for path in (*self.remove, *self.empty))),
            ("transaction-again", self.transaction == "again"),
            (names.get(self.instances, ""), self.instances in names),
            ("unknown-requester", self.calling_ae is not None),
        )
        return next((f"commitment.{name}" for name, holds in found if holds), None)


def _chosen(exam: Exam, step: Commit) -> tuple[list[InstanceRecord], bool]:
    """The instances of the request, and whether one of them was never stored."""
    made = exam.known().instances
    stored = [record for record in made if is_success(record.stored)]
    wanted = {"acquired": [*made], "never-sent": [], "none": []}.get(step.instances, stored)
    sop_class = next((record.sop_class_uid for record in (*wanted, *made)), CTImageStorage)
    many = step.add_unknown or (0 if wanted or step.instances == "none" else 1)
    unknown = [InstanceRecord(sop_class, exam.identity.uid("never sent", index), "") for index in range(many)]
    wanted = [*wanted, *unknown]
    if step.instances == "wrong-class":
        first = wanted[0]
        if not is_success(first.stored):
            raise Stopped("nothing was stored whose class could be another one", Cause.BLOCKED, _blame(exam))
        other = SecondaryCaptureImageStorage if first.sop_class_uid != SecondaryCaptureImageStorage else CTImageStorage
        wanted[0] = InstanceRecord(other, first.sop_instance_uid, first.series_instance_uid, first.stored)
    if step.instances == "twice":
        wanted.append(wanted[0])
    return wanted, any(not is_success(record.stored) for record in wanted)


def _blame(exam: Exam) -> int:
    """The step that was to store something."""
    return exam.missing.get(Thing.STORED, 0)


def _request(exam: Exam, step: Commit, transaction_uid: str, wanted: list[InstanceRecord], unknown: bool) -> Request:
    looks_like = step.looks_like or (_UNKNOWN if unknown else None)
    command: dict[str, Value] = {
        "CommandField": FIELD_OF["N-ACTION-RQ"],
        "RequestedSOPClassUID": COMMITMENT,
        "RequestedSOPInstanceUID": COMMITMENT_INSTANCE,
        "ActionTypeID": 1,
    }
    intent = step.intent(looks_like, step.first_path or ("ReferencedSOPSequence" if looks_like else ""))
    purpose = {} if step.listener is Way.UP else {"listener": step.listener.value, "lasts": f"{step.lasts:g}"}
    return Request(
        step.commanded(exam, command),
        step.edit(exam, action_dataset(transaction_uid, wanted)),
        intent,
        owed=intent is None or intent.deviation in _REPORTED,
        held=step.association == "stays",
        calling_ae=step.calling_ae or "",
        purpose=purpose,
    )


@step(Commit)
def commit(exam: Exam, step: Commit) -> str:
    """Ask for commitment, of every stored instance where nothing else is said, and wait for the report.

    It is waited for as long as the site file says; one that nobody owes us, because the request deviates, for a moment.
    """
    ledger = exam.known()
    address = exam.address(services.COMMITMENT)
    if exam.listener is None and step.listener is not Way.UP:
        raise Stopped(f"our listener is to be {step.listener}, and there is none", Cause.SETUP)
    again = step.transaction == "again"
    if again and not ledger.transaction_uid:
        raise Stopped("there was no request before whose Transaction UID could be used again", Cause.BLOCKED)
    wanted, unknown = _chosen(exam, step)
    alone = "nothing was stored, so one instance was asked for that was never sent; "
    alone = alone if step.instances == "stored" and not any(is_success(each.stored) for each in wanted) else ""
    transaction_uid = ledger.transaction_uid if again else exam.identity.uid("transaction", len(exam.opened))
    ledger.transaction_uid = transaction_uid
    request = _request(exam, step, transaction_uid, wanted, unknown)
    instances = frozenset(record.sop_instance_uid for record in wanted)
    if exam.listener is not None:
        expectation = exam.listener.expect(transaction_uid, instances, exam.writer)
    else:
        expectation = Expectation(transaction_uid, instances, exam.writer)
    wait = ReportWait(exam, expectation, Manner(step.listener, step.lasts, expectation))
    try:
        with wait.waiting():
            return alone + _asked(exam, address, wait, request)
    except Stopped as stopped:
        if stopped.cause is Cause.REJECTED and request.calling_ae:
            return f"{stopped}"  # whom an SCP does not know, it may turn away before anything is asked
        raise


def _asked(exam: Exam, address: Address, wait: ReportWait, request: Request) -> str:
    """Send the request and wait for its report; returns how that came."""
    roles = [RoleSelection(COMMITMENT, 1, 0)]
    how = ""
    with exam.use(services.COMMITMENT, COMMITMENT, roles, request.calling_ae) as (association, agreed):
        answer = wait.ask(association, agreed, request)
        if not is_success(answer.command.status):
            if request.intent is None or request.intent.deviation == _UNKNOWN:
                raise Stopped(f"N-ACTION was answered {shown(answer.command.status)}", Cause.TARGET)
            return f"N-ACTION was answered {told(answer)}"
        if request.held:
            how = wait.here(association, agreed, address)
    if wait.crossed(association, agreed) and not how:
        how = "the report crossed our release of the association"
    return how or wait.elsewhere(address, owed=request.owed)
