"""retrieve: C-GET, or C-MOVE to our listener, of what was stored (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator
from pydicom.dataset import Dataset

from scansim.exam.edited import Edited
from scansim.exam.pictures import keep_thumbnails
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped, text_of
from scansim.exam.step import Thing
from scansim.identity.carried import character_set
from scansim.identity.ledger import InstanceRecord, Ledger
from scansim.network.association import Agreed, Association, Proposal
from scansim.network.retrievals import Accept, Answers, Awaited, Taking, refused
from scansim.site import Address
from scansim.vocabulary import services, uids
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import SUCCESS, is_success, shown
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.encoding import TRANSFER_SYNTAXES, encode
from scansim.wire.pdu import RoleSelection
from scansim.wire.stream import Message

#: Unique keys from the top (PS3.4 C.6.1, C.6.2).
_KEYS = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
_CLASSES = {
    ("patient-root", "get"): uids.PATIENT_ROOT_GET,
    ("patient-root", "move"): uids.PATIENT_ROOT_MOVE,
    ("study-root", "get"): uids.STUDY_ROOT_GET,
    ("study-root", "move"): uids.STUDY_ROOT_MOVE,
}
#: A destination that no target knows.
UNKNOWN_DESTINATION = "NOBODY-KNOWS-ME"
#: C-MOVE-RSP: Move Destination unknown (PS3.4 Table C.4-2).
_DESTINATION_UNKNOWN = 0xA801
#: How long to wait between two retrievals of what is not found yet, and for the end of associations to us, in s.
_AGAIN, _ENDING = 0.5, 2.0
#: What comes back may be so many times as large as what was stored: decompressed, or sent twice.
_GROWS = 3
_POLL = 0.02


class Retrieve(Edited):
    """C-GET or C-MOVE of what the exam stored; C-MOVE to our listener, whose AE title and address a target has to know.

    What is not found at once is asked for again until it is there, as long as ``timeouts.settle`` of the site says.
    Where nothing was stored, a study is asked for that was never sent, which has to bring nothing. A request without
    any unique key is not sent, whatever the edits: an archive may answer it with all that it has.
    """

    verb = "retrieve"
    service = services.RETRIEVE
    listens = True
    without = (Thing.STORED,)
    takes = 0.3

    by: Literal["get", "move"] = Field(description="C-GET on our own association, or C-MOVE to our listener")
    model: Literal["study-root", "patient-root"] = Field("study-root", description="information model")
    level: Literal["PATIENT", "STUDY", "SERIES", "IMAGE"] = Field("STUDY", description="Query/Retrieve Level")
    which: Literal["all", "one", "several", "unknown", "mixed"] = Field(
        "all",
        description="what is asked for at its level: all that was stored; the first series or instance; the first two, "
        "as a list of UIDs; one that was never sent; or one of each",
    )
    destination: Literal["ours", "unknown"] = Field(
        "ours", description="of C-MOVE: our listener, or an AE title that nobody has"
    )
    accept: Accept = Field(
        Accept.ANY,
        description="what we take of what is to be sent: any syntax, preferably that of storage; uncompressed only; no "
        "Storage SOP Class; no-role, of C-GET: the SOP Classes, without being their SCP",
    )
    answers: Answers = Field(
        Answers.ALL,
        description="how we answer to the instances: Success to all; a failure or a warning to all, or to the first, "
        "third, … (some)",
    )
    cancel: bool = Field(False, description="true: C-CANCEL goes out right behind the request")
    cancel_after: int = Field(
        0, ge=0, le=1000, description="C-CANCEL goes out when so many instances have come, before the last is answered"
    )

    def needs(self) -> tuple[Thing, ...]:
        """What is retrieved, unless that was never sent."""
        return () if self.which == "unknown" else (Thing.STORED,)

    @property
    def odd(self) -> bool:
        """Whether it is edited, or asks Study Root for a patient."""
        return super().odd or (self.level == "PATIENT" and self.model == "study-root")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.level == "PATIENT" and self.which in ("several", "mixed"):
            raise ValueError("at PATIENT level one patient is asked for: which is all or unknown")
        if self.level in ("PATIENT", "STUDY") and self.which in ("one", "several"):
            raise ValueError("an exam has one study: which is all, unknown or mixed")
        if self.level == "PATIENT" and self.model == "study-root" and self.means is None:
            raise ValueError("Study Root has no PATIENT level: say means, or take patient-root")
        if self.by == "get" and self.destination != "ours":
            raise ValueError("C-GET has no destination")
        if self.by == "move" and self.accept is Accept.NO_ROLE:
            raise ValueError("no-role goes with C-GET: who receives by C-MOVE is the acceptor, and SCP without it")
        if self.cancel and self.cancel_after:
            raise ValueError("give cancel or cancel_after")
        return self


@step(Retrieve)
def retrieve(exam: Exam, step: Retrieve) -> str:
    """Ask for what was stored, take what comes, and say what did."""
    ledger = exam.known()
    address = exam.address(services.RETRIEVE)
    stored = [record for record in ledger.instances if is_success(record.stored)]
    keys, wanted = _wanted(exam, step, ledger, stored)
    ds = step.edit(exam, _identifier(exam, step, ledger, keys))
    if not any(_is_one(ds, name) for name in _KEYS.values()):
        raise Stopped("it has no value of a unique key: an archive may send all that it has", Cause.SETUP)
    retrieval = _Retrieval(exam, step, address, ds, wanted)
    if wanted:
        keep_thumbnails(exam)
    told = retrieval.run()
    until = time.monotonic() + address.timeouts.settle
    while wanted and retrieval.found_nothing and time.monotonic() < until:
        exam.stop.sleep(min(_AGAIN, until - time.monotonic()))
        told = f"{retrieval.run()}, asked again"
    return told


def _wanted(
    exam: Exam, step: Retrieve, ledger: Ledger, stored: list[InstanceRecord]
) -> tuple[list[str], list[InstanceRecord]]:
    """Values of the unique key that are asked for, and the stored instances that they stand for."""
    never = exam.identity.uid("never stored", exam.number)
    if step.level == "PATIENT":
        never = f"NEVER{exam.identity.number(8, 'never stored')}"
    if step.which == "unknown" or not stored:
        return [never], []
    values = {
        "PATIENT": [text_of(ledger.item, "PatientID")],
        "STUDY": [ledger.study_instance_uid],
        "SERIES": [record.series_instance_uid for record in stored],
        "IMAGE": [record.sop_instance_uid for record in stored],
    }[step.level]
    values = list(dict.fromkeys(values))
    chosen = {"one": values[:1], "several": values[:2], "mixed": [*values[:1], never]}.get(step.which, values)
    of = {"SERIES": "series_instance_uid", "IMAGE": "sop_instance_uid"}.get(step.level, "")
    return chosen, [record for record in stored if not of or getattr(record, of) in chosen]


def _is_one(ds: Dataset, name: str) -> bool:
    """Whether an Identifier has a value of a unique key that does not stand for everything."""
    return bool(text := str(ds.get(name) or "").strip()) and not set(text) <= set("*?")


def _identifier(exam: Exam, step: Retrieve, ledger: Ledger, keys: list[str]) -> Dataset:
    """Identifier of the request: the level, and unique keys down to it (PS3.4 C.4.2.1.4.1, C.4.2.2.1)."""
    ds = Dataset()
    ds.QueryRetrieveLevel = step.level
    above = list(_KEYS)[(0 if step.model == "patient-root" else 1) : list(_KEYS).index(step.level)]
    for level in above:
        if level == "PATIENT":
            ds.PatientID = text_of(ledger.item, "PatientID")
        elif level == "STUDY":
            ds.StudyInstanceUID = ledger.study_instance_uid
        else:
            named = [each.series_instance_uid for each in ledger.instances if each.sop_instance_uid in keys]
            ds.SeriesInstanceUID = named[0] if named else exam.identity.uid("never stored", "series")
    setattr(ds, _KEYS[step.level], keys)
    if not text_of(ds, "PatientID").isascii():
        ds.SpecificCharacterSet = character_set(ledger.item)
    return ds


class _Retrieval:
    """One C-GET or C-MOVE as a step wants it, which may have to be asked again."""

    def __init__(self, exam: Exam, step: Retrieve, address: Address, ds: Dataset, wanted: list[InstanceRecord]) -> None:
        self._exam = exam
        self._step = step
        self._address = address
        self._ds = ds
        self._wanted = wanted
        self._taking = Taking()
        self._final: Message | None = None

    def run(self) -> str:
        """Ask once; says how it went."""
        step, exam = self._step, self._exam
        sop_class = _CLASSES[step.model, step.by]
        expected = _GROWS * exam.stored_bytes if self._wanted else 0
        exam.budget.allow(expected)
        self._taking = Taking(step.accept, step.answers, dict(exam.stored_in), step.cancel_after, expected)
        storage = self._storage() if step.by == "get" else []
        roles = [RoleSelection(proposal.abstract_syntax, 0, 1) for proposal in storage]
        roles = [] if step.accept is Accept.NO_ROLE else list(dict.fromkeys(roles))
        # Every class of the service is proposed: that one of them is not offered does not say that none is.
        others = [uid for uid in _CLASSES.values() if uid != sop_class]
        proposals = [Proposal(uid, TRANSFER_SYNTAXES) for uid in (sop_class, *others)]
        with exam.association(self._address, services.RETRIEVE, [*proposals, *storage], roles) as association:
            agreed = association.contexts.get(sop_class)
            if agreed is None:
                text = f"{self._address} accepts no Presentation Context for {uids.uid_name(sop_class)}"
                raise Stopped(text, Cause.REFUSED)
            return self._get(association, agreed) if step.by == "get" else self._move(association, agreed)

    @property
    def found_nothing(self) -> bool:
        """Whether the target said that it had done it all, and nothing was to be done: it may not have indexed it."""
        command = self._final.command if self._final is not None else None
        return command is not None and command.status == SUCCESS and not self._taking.count

    def _storage(self) -> list[Proposal]:
        """Contexts for what may be sent on our association: in what it was stored in, and native."""
        if self._step.accept is Accept.NONE:
            return []
        found = []
        for sop_class in dict.fromkeys(record.sop_class_uid for record in self._exam.known().instances):
            if self._step.accept is not Accept.UNCOMPRESSED:
                liked = [uid for uid in self._exam.stored_in.get(sop_class, ()) if uid not in TRANSFER_SYNTAXES]
                found += [Proposal(sop_class, (uid,)) for uid in liked]
            found.append(Proposal(sop_class, TRANSFER_SYNTAXES))
        return found[:100]

    def _get(self, association: Association, agreed: Agreed) -> str:
        taking = self._taking

        def take(message: Message) -> None:
            if message.command.name != "C-STORE-RQ":
                return
            role = association.roles.get(message.command.sop_class_uid or "")
            if role is None or role.scp != 1:
                association.send_message(message.context_id, refused(message, known=True))
                return
            answer = taking.answer(message)
            if taking.is_time_to_cancel:
                association.cancel(agreed)
                taking.cancelled.set()
            association.send_message(message.context_id, answer)

        association.on_request = take
        with self._listening(association):  # where nothing of it has a place, and is seen when it comes
            return self._ask(association, agreed, {"CommandField": FIELD_OF["C-GET-RQ"]})

    def _move(self, association: Association, agreed: Agreed) -> str:
        exam, listener = self._exam, self._exam.listener
        destination = listener.ae if listener is not None else exam.site.listener.ae
        if self._step.destination == "unknown":
            destination = UNKNOWN_DESTINATION
        elif listener is None:
            raise Stopped("there is no listener that instances could be sent to", Cause.SETUP)
        command: dict[str, Value] = {"CommandField": FIELD_OF["C-MOVE-RQ"], "MoveDestination": destination}
        with self._listening(association) as awaited:
            told = self._ask(association, agreed, command)
            if awaited is not None:
                self._settle(awaited)
        final = self._final.command.status if self._final is not None else None
        unknown = listener is not None and destination == listener.ae and not listener.is_known_to(self._address.ae)
        if final == _DESTINATION_UNKNOWN and listener is not None and unknown:
            where = f"{destination} at port {listener.port} of this machine"
            raise Stopped(f"{self._address} knows no C-MOVE destination {destination}: register {where}", Cause.SETUP)
        return told

    @contextlib.contextmanager
    def _listening(self, association: Association) -> Iterator[Awaited | None]:
        """Have our listener take what comes of the request that is to be sent; None without one."""
        exam, listener = self._exam, self._exam.listener
        if listener is None:
            yield None
            return
        known = exam.known().instances
        awaited = Awaited(
            "",
            frozenset(record.sop_instance_uid for record in known),
            exam.writer,
            most_records=len(known) + 20,
            asked=self._address.ae,
            originator=exam.site.calling(self._address),
            message_id=association.upcoming_id,
            taking=self._taking,
        )
        listener.expect_instances(awaited)
        try:
            yield awaited
        finally:
            listener.forget(awaited)

    def _settle(self, awaited: Awaited) -> None:
        """Wait for what is said to have been sent and is still to come, and for the end of what brought it."""
        exam, taking = self._exam, self._taking
        final = self._final.command if self._final is not None else None
        sent = (final.number("NumberOfCompletedSuboperations") if final is not None else 0) or 0
        until = time.monotonic() + self._address.timeouts.settle
        while taking.count < min(sent, len(self._wanted)) and time.monotonic() < until:
            exam.stop.sleep(_POLL)
        until = time.monotonic() + _ENDING
        while awaited.records and time.monotonic() < until:
            exam.stop.sleep(_POLL)

    def _ask(self, association: Association, agreed: Agreed, command: Mapping[str, Value]) -> str:
        """Send the request and wait for its final response."""
        step, taking, exam = self._step, self._taking, self._exam
        values = {"AffectedSOPClassUID": agreed.abstract_syntax, "Priority": 0, **command}
        before = 0

        def meanwhile() -> bool:
            nonlocal before
            if taking.reached.is_set() and not taking.cancelled.is_set():
                association.cancel(agreed)
                taking.cancelled.set()
            before, came = taking.count, taking.count > before
            return came

        self._final = None
        for response in association.operation(
            agreed,
            step.commanded(exam, values),
            [encode(self._ds, agreed.transfer_syntax)],
            intent=step.intent(self._looks_like, step.first_path),
            expected=4 * len(self._wanted) + 20,
            expected_bytes=taking.expected_bytes,
            cancel=step.cancel,
            meanwhile=meanwhile if step.by == "move" else None,
        ):
            self._final = response
        status = shown(self._final.command.status) if self._final is not None else "nothing"
        name = "C-GET" if step.by == "get" else "C-MOVE"
        return f"{name} was answered {status}, {taking.count} of {len(self._wanted)} instances came"

    @property
    def _looks_like(self) -> str | None:
        step = self._step
        if step.destination == "unknown":
            return "retrieve.unknown-destination"
        return "retrieve.never-stored" if not self._wanted else None
