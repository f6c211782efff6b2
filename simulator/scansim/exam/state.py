"""One exam while it runs: what the steps share."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock
from functools import cached_property
from typing import Any

from pydicom.dataset import Dataset

from scansim.exam.edits import order_of, resolve
from scansim.exam.open_steps import OpenSteps
from scansim.exam.order_book import NoOrder, OrderBook, word
from scansim.exam.scenario import Scenario
from scansim.exam.step import Thing
from scansim.exam.study_book import StudyBook
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.orders import CODING_SCHEME, Procedure
from scansim.identity.people import Person, person
from scansim.images import Acquired, Acquisition
from scansim.inputs import InputError
from scansim.network.association import Agreed, Association, Proposal, propose
from scansim.network.bounds import Bounds, Budget
from scansim.network.failures import REJECTED_TRANSIENT, AssociationError, Rejected, Silent, Unreachable
from scansim.network.listener import Listener
from scansim.network.recording import TranscriptWriter
from scansim.site import Address, Site
from scansim.stopping import Flag
from scansim.vocabulary.outcome import Cause, Initiator
from scansim.vocabulary.services import STORAGE, Service
from scansim.vocabulary.uids import VERIFICATION, uid_name
from scansim.wire.encoding import TRANSFER_SYNTAXES
from scansim.wire.pdu import RoleSelection


class Stopped(Exception):
    """A step cannot go on; ``by`` is the number of the earlier step that is to blame, 0 for none."""

    def __init__(self, reason: str, cause: Cause, by: int = 0) -> None:
        super().__init__(reason)
        self.cause = cause
        self.by = by


@dataclass(frozen=True)
class Unscheduled:
    """Why an exam is of no worklist item, and by which step; ``step`` is 0 when no step is to blame."""

    reason: str
    cause: Cause
    step: int


@dataclass
class Exam:
    """State of one running exam.

    ``orders`` puts an order into the worklist, or is None when what is there is used; ``patient`` gives the one whom
    the order is for, where it is not to be any. ``down`` holds the addresses that did not answer at all, with the step
    that found out: nothing more is tried there, but for the last look whether they are back. ``number`` is that of the
    step that runs, ``missing`` what it has to do without, with the step that was to give it; ``unscheduled`` tells why
    no worklist item was taken, ``ended`` is the step that ended the exam as the scenario wants it, else 0.
    ``stored_in`` holds the transfer syntaxes that instances were stored in, by SOP Class, ``stored_bytes`` how much was
    sent to be stored; ``pictures`` by SOP Instance UID the lossy transfer syntax that an instance was stored in, empty
    where its pixels are as they were made.
    ``answered`` are the addresses at which C-ECHO was answered.
    ``budget`` is what targets may send in the whole run; ``step_began`` stands on the monotonic clock.
    ``book`` holds the orders of the battery that the exam is a case of, ``studies`` what is stored for its queries,
    ``ledgers`` the ledger of each performed step
    that is not of the exam's own item.
    ``brought_by`` names the message of each of the ``items``; ``open_steps`` are performed procedure steps that are to
    be ended. ``stop`` and ``hurry`` are the run's: every wait looks at the first one, what is put in order afterwards
    at the second.
    """

    scenario: Scenario
    site: Site
    day: date
    identity: Identity
    writer: TranscriptWriter
    listener: Listener | None
    orders: Callable[[Dataset], None] | None
    patient: Callable[[Identity], Person] | None = None
    order: Dataset | None = None
    items: list[Dataset] = field(default_factory=list)
    brought_by: list[str] = field(default_factory=list)
    ledger: Ledger | None = None
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    book: OrderBook | None = None
    studies: StudyBook | None = None
    instances: Acquired = field(default_factory=Acquired)
    acquisition: Acquisition | None = None
    opened: list[str] = field(default_factory=list)
    stored_in: dict[str, list[str]] = field(default_factory=dict)
    stored_bytes: int = 0
    pictures: dict[str, str] = field(default_factory=dict)
    down: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    answered: set[tuple[str, int]] = field(default_factory=set)
    number: int = 0
    missing: dict[Thing, int] = field(default_factory=dict)
    unscheduled: Unscheduled | None = None
    ended: int = 0
    open_steps: OpenSteps = field(default_factory=OpenSteps)
    budget: Budget = field(default_factory=Budget)
    step_began: float = field(default_factory=time.monotonic)
    stop: Flag = field(default_factory=Flag)
    hurry: Flag = field(default_factory=Flag)
    progress: Callable[[str, int, int], None] = lambda _what, _done, _total: None

    def procedure(self) -> Procedure:
        """What the scenario orders."""
        codes = self.scenario.procedure
        return Procedure(
            codes.code, CODING_SCHEME, codes.meaning, codes.meaning, codes.protocol_code, codes.protocol_meaning
        )

    def address(self, service: Service) -> Address:
        """Address of a service; Stopped when the site does not offer it or it did not answer before."""
        address = self.site.address(service)
        if address is None:
            raise Stopped(f"the site names no {service.name} service", Cause.NOT_OFFERED)
        gone = self.down.get((address.host, address.port))
        if gone is not None:
            reason, step = gone
            raise Stopped(f"{address} did not answer before: {reason}", Cause.BLOCKED, step)
        return address

    def note_stored(self, sop_class: str, transfer_syntax: str) -> None:
        """Note in what an instance was stored."""
        syntaxes = self.stored_in.setdefault(sop_class, [])
        if transfer_syntax not in syntaxes:
            syntaxes.append(transfer_syntax)

    def known(self) -> Ledger:
        """The exam's ledger; an exam of which no worklist item was chosen is an unscheduled one."""
        if self.ledger is None:
            self.ledger = unscheduled(self)
        return self.ledger

    def resolved(self, value: Any, *, others: bool = False) -> Any:
        """A value with what it refers to put in: an order's, the day's; Stopped when that is not in the worklist.

        With `others`, an item that the worklist holds may stand for a plain order that we did not place.
        """

        def lookup(reference: str) -> Any:
            if self.studies is not None and self.studies.has(order_of(reference)):
                return self.studies.lookup(reference)
            if self.book is None and not order_of(reference):
                return word(reference, self.site, self.day, self.identity)
            return self._book.lookup(reference, self._stand_ins if others else {})

        try:
            return resolve(value, lookup)
        except NoOrder as error:
            raise Stopped(str(error), Cause.SETUP) from None

    def ordered(self, name: str) -> Dataset | None:
        """An order of the battery by its id, as it stands in the worklist; None when it does not stand there."""
        return self._book.order(name)

    @cached_property
    def _stand_ins(self) -> dict[str, Dataset]:
        return self._book.stand_ins(self.scenario.steps)

    @property
    def _book(self) -> OrderBook:
        if self.book is None:
            raise InputError(f"scenario {self.scenario.label}: only a battery has orders")
        return self.book

    @contextlib.contextmanager
    def use(
        self, service: Service, sop_class: str, roles: Sequence[RoleSelection] = (), calling_ae: str = ""
    ) -> Iterator[tuple[Association, Agreed]]:
        """Open an association for one SOP Class of a service, and give it with the context that was agreed on.

        `calling_ae` is our AE title there, when it is not that of the site.

        Raises
        ------
        Stopped
            When the site does not offer the service, the target does not accept the SOP Class, or the association
            does not come about or cannot go on.
        """
        address = self.address(service)
        proposals = [Proposal(sop_class, TRANSFER_SYNTAXES)]
        with self.association(address, service, proposals, roles, calling_ae) as association:
            agreed = association.contexts.get(sop_class)
            if agreed is None:
                text = f"{address} accepts no Presentation Context for {uid_name(sop_class)}"
                raise Stopped(text, Cause.REFUSED)
            yield association, agreed

    @contextlib.contextmanager
    def association(
        self,
        address: Address,
        service: Service,
        proposals: Sequence[Proposal],
        roles: Sequence[RoleSelection] = (),
        calling_ae: str = "",
        beside: int = 0,
        optional: Sequence[str] = (),
    ) -> Iterator[Association]:
        """Open an association for a service, and release it; `beside` is how many of ours are open there.

        SOP Classes that are `optional` may be refused in the form in which they are proposed, by whoever stores them.

        Verification is proposed along with it: some SCPs reject an association of which they know nothing, and a
        refused Presentation Context says more than that.

        Raises
        ------
        Stopped
            When there is none, or when it cannot go on, with the reason.
        """
        facts = {name: value for name, value in (("beside", beside), ("optional", [*optional])) if value}
        calling = calling_ae or self.site.calling(address)
        association = self._associate(address, service, proposals, roles, calling, facts)
        try:
            yield association
        except (KeyboardInterrupt, InputError):
            # a release would wait for its answer, and might stand in the middle of a message
            with contextlib.suppress(InputError):  # a full disk: the bytes went out
                association.abort()
            raise
        except AssociationError as error:
            raise Stopped(f"{address}: {error}", error.cause) from None
        finally:
            association.release()
            if service is STORAGE:
                self.stored_bytes += association.bytes_sent

    def _associate(
        self,
        address: Address,
        service: Service,
        proposals: Sequence[Proposal],
        roles: Sequence[RoleSelection],
        calling_ae: str,
        facts: Mapping[str, Any],
    ) -> Association:
        wanted = [*proposals]
        beside = "beside" in facts
        again = not beside  # one more than others are open: that it is not let in is what is asked
        if all(proposal.abstract_syntax != VERIFICATION for proposal in wanted):
            wanted.append(Proposal(VERIFICATION, TRANSFER_SYNTAXES))
        rq = propose(address.ae, calling_ae, wanted, roles)
        while True:
            recorder = self.writer.recorder(
                initiator=Initiator.HARNESS,
                service=service.name,
                host=address.host,
                port=address.port,
                called_ae=address.ae,
                calling_ae=calling_ae,
                **facts,
            )
            self.opened.append(recorder.name)
            try:
                bounds = Bounds(self.budget, self.step_began + address.timeouts.step, str(address), self.stop)
                return Association.request(address.host, address.port, rq, recorder, address.timeouts, bounds)
            except (Unreachable, Silent) as error:
                if not beside:
                    self.down[address.host, address.port] = str(error), self.number
                raise Stopped(f"{address}: {error}", Cause.UNREACHABLE) from None
            except Rejected as error:
                if again and error.pdu.result == REJECTED_TRANSIENT:
                    again = False
                    self.stop.sleep(address.timeouts.again)
                    continue
                raise Stopped(f"{address}: {error}", Cause.REJECTED) from None
            except AssociationError as error:
                raise Stopped(f"{address}: {error}", error.cause) from None


def unscheduled(exam: Exam) -> Ledger:
    """Register a patient of whom no worklist item was taken, as a scanner does in an emergency.

    The item that the ledger holds has the shape of a worklist item: the patient, no Accession Number, and the Study
    Instance UID that the scanner made.
    """
    patient = exam.patient(exam.identity) if exam.patient is not None else person(exam.identity, "unscheduled")
    item = Dataset()
    if patient.charset:
        item.SpecificCharacterSet = list(patient.charset)
    item.PatientName = patient.name
    item.PatientID = patient.patient_id
    item.IssuerOfPatientID = patient.issuer
    item.PatientBirthDate = patient.dicom_birth_date
    item.PatientSex = patient.sex
    item.AccessionNumber = ""
    item.StudyInstanceUID = exam.identity.uid("study")
    return ledger_of(exam, item, scheduled=False, station_ae=exam.site.calling_ae)


def ledger_of(exam: Exam, item: Dataset, *, scheduled: bool, station_ae: str) -> Ledger:
    """Begin an exam's ledger for a worklist item, or for what stands in its place.

    An item without Study Instance UID breaks Type 1; the exam goes on with its own so that the rest is seen.
    """
    begin = datetime.combine(exam.day, clock(8)) + timedelta(
        seconds=int(exam.identity.rng("begin").integers(0, 8 * 3600))
    )
    return Ledger(
        modality=exam.scenario.modality,
        station_ae=station_ae,
        begin=begin,
        item=item,
        scheduled=scheduled,
        study_instance_uid=text_of(item, "StudyInstanceUID") or exam.identity.uid("study"),
        pps_id=f"PPS{exam.identity.number(8, 'pps')}",
        order=exam.order,
        source=next((name for each, name in zip(exam.items, exam.brought_by, strict=False) if each is item), ""),
    )


def text_of(item: Dataset, keyword: str) -> str:
    """A value as text; empty for none, and for one that cannot be decoded."""
    try:
        return str(item.get(keyword) or "")
    except Exception:  # a value that pydicom cannot decode raises a dozen kinds; it identifies nothing
        return ""
