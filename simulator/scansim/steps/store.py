"""store: C-STORE of the acquired instances, or of files, on one association or on several (PS3.4 Annex B)."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydicom.dataset import Dataset

from scansim.ahead import ahead
from scansim.exam import own_files
from scansim.exam.offers import PRIVATE, chosen, fillers, holds, picture, proposals, uid_of
from scansim.exam.own_files import OwnFile
from scansim.exam.parcels import Alteration, Parcel, Ready, ready
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.storing import UIDS, Store
from scansim.identity.ledger import InstanceRecord
from scansim.images.altered import turned, with_defect
from scansim.images.cine import Cine
from scansim.images.instance import Instance
from scansim.mutants import MutantError
from scansim.network.association import Agreed, Association, Proposal
from scansim.network.failures import AssociationError
from scansim.site import Address
from scansim.vocabulary import services
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success, shown
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.vocabulary.uids import PRIVATE_STORAGE, uid_name
from scansim.wire.dataset import read
from scansim.wire.dimse import FIELD_OF, Value


@step(Store)
def store(exam: Exam, step: Store) -> str:
    """C-STORE every instance; a refused one is noted and the next is sent, a broken association ends the step."""
    address = exam.address(services.STORAGE)
    others: Sequence[OwnFile | Cine] = own_files.read_folder(Path(step.files)) if step.files else ()
    if not others and not len(exam.instances):
        raise Stopped("no images were acquired", Cause.BLOCKED)
    if step.frames:
        others = [_cine(exam, step.frames)]
    _take_over(exam, others)
    sending = _Sending(exam, step, address, others)
    return sending.alone() if step.associations == 1 else sending.side_by_side()


class _Lost(Exception):
    """An association that was lost with an instance that is not as it should be."""

    def __init__(self, parcel: Parcel, reason: str) -> None:
        super().__init__(reason)
        self.parcel = parcel


class _Sending:
    """One store step: what it sends, in which contexts, and what was answered."""

    def __init__(self, exam: Exam, step: Store, address: Address, others: Sequence[OwnFile | Cine]) -> None:
        self._exam, self._step, self._address = exam, step, address
        self._answers: Counter[str] = Counter()
        self._forms: Counter[str] = Counter()
        self._wanted = [uid_of(name) for name in step.syntax if name != PRIVATE]
        self._others = others
        self._count, self._first = self._extent()
        alters = step.edits or step.mutant or step.again
        self._odd = {parcel.index: parcel for parcel in self._all() if parcel.alteration is not None} if alters else {}
        self._sent = 0
        self._lock = threading.Lock()
        self._optional: list[str] = []

    def alone(self) -> str:
        """Send everything on one association."""
        behind, lost = -1, ""
        while behind < self._first + self._count:
            wanted = self._proposals()
            with self._exam.association(
                self._address, services.STORAGE, wanted, optional=self._optional
            ) as association:
                if refused := self._refused(association):
                    return f"{refused}, as it may"
                try:
                    self._send(association, (each for each in self._parcels() if each.index > behind))
                except _Lost as error:  # a scanner goes on with the rest
                    behind, lost = error.parcel.index, f"; {error}, and another association was opened"
                    continue
            break
        return self._told() + lost

    def side_by_side(self) -> str:
        """Open the associations, all before anything is sent, and send a share on each that was let in."""
        step, exam = self._step, self._exam
        with contextlib.ExitStack() as stack:
            opened: list[Association] = []
            refused = False
            for number in range(step.associations):
                try:
                    wanted = self._proposals()
                    opening = exam.association(
                        self._address, services.STORAGE, wanted, beside=number, optional=self._optional
                    )
                    opened.append(stack.enter_context(opening))
                except Stopped as error:
                    if not opened or error.cause not in (Cause.REJECTED, Cause.UNREACHABLE):
                        raise
                    refused = True
                    break
            if none := self._refused(opened[0]):
                return f"{none}, as it may"
            parcels = list(self._parcels())
            shares = [parcels[number :: len(opened)] for number in range(len(opened))]
            with ThreadPoolExecutor(len(opened)) as pool:
                sent = [pool.submit(self._send, *each) for each in zip(opened, shares, strict=True)]
            for each in sent:
                each.result()
        told = f"{len(opened)} associations at a time{', one more was not let in' if refused else ''}"
        return f"{told}: {self._told()}"

    # --- what is proposed ---------------------------------------------------------------------------------------------

    def _proposals(self) -> list[Proposal]:
        syntaxes = [uid_of(name) for name in self._step.syntax]
        found: list[Proposal] = []
        for sop_class, able in self._able().items():
            mine = [uid for uid in syntaxes if uid in able]
            if mine or not (syntaxes and self._step.offer == "alone"):
                found += proposals(sop_class, mine, self._step.offer)
        for parcel in self._all() if self._step.files or self._step.mutant else ():
            more = Proposal(parcel.sop_class, (parcel.syntax,))
            if parcel.syntax and more not in found:
                found.append(more)
        others = fillers(found, self._step.contexts) if self._step.contexts else []
        self._optional = [each.abstract_syntax for each in (found if self._may_be_refused else others)]
        found += others
        if len(found) > 127:
            raise Stopped(f"{len(found)} Presentation Contexts are needed, and an association has 128", Cause.SETUP)
        return found

    def _able(self) -> dict[str, list[str]]:
        """By SOP Class the transfer syntaxes that can hold its first instance."""
        found: dict[str, list[str]] = {}
        if not self._step.syntax:
            named = self._exam.known().instances[self._first :]
            return {self._class_of(each.sop_class_uid): [] for each in named}
        for instance in self._exam.instances:
            sop_class = self._class_of(instance.sop_class_uid)
            if sop_class in found:
                continue
            try:
                able = [
                    uid_of(name) for name in self._step.syntax if name == PRIVATE or holds(instance, SYNTAXES[name])
                ]
            except ValueError as error:  # an encoder that is an extra: what needs it is not tested
                raise Stopped(str(error), Cause.BLOCKED) from None
            found[sop_class] = able
        if not any(found.values()):
            names = ", ".join(self._step.syntax)
            raise Stopped(f"no image can be encoded in {names}", Cause.SETUP)
        return found

    def _class_of(self, sop_class: str) -> str:
        return PRIVATE_STORAGE if self._step.sop_class == "private" else sop_class

    @property
    def _may_be_refused(self) -> bool:
        """Whether what is proposed, or its form, is nothing that an archive of the exam's images need take."""
        return self._step.offer == "alone" or self._step.sop_class == "private" or self._step.frames > 0

    def _refused(self, association: Association) -> str:
        """That no context was accepted for anything, where it may be so; Stopped where it may not."""
        wanted = dict.fromkeys(
            self._class_of(each.sop_class_uid) for each in self._exam.known().instances[self._first :]
        )
        if not any(uid in association.contexts for uid in wanted):
            names = ", ".join(map(uid_name, wanted))
            text = f"{self._address} accepts no Presentation Context for {names}"
            if not self._may_be_refused:
                raise Stopped(text, Cause.REFUSED)
            return text
        return ""

    # --- what is sent -------------------------------------------------------------------------------------------------

    def _extent(self) -> tuple[int, int]:
        """How many instances may be sent, and which is the first in the ledger."""
        ledger = self._exam.known()
        count = len(self._others)
        return (count, len(ledger.instances) - count) if count else (len(self._exam.instances), 0)

    def _all(self) -> Iterator[Parcel]:
        """Every instance that is sent, with what is changed of it."""
        step, ledger = self._step, self._exam.known()
        for number, what in enumerate(self._others or self._exam.instances, 1):
            index = self._first + number - 1
            named = ledger.instances[index]
            meant = step.chosen(number, self._count)
            if (step.again and not meant) or (step.only == "new" and is_success(named.stored)):
                continue
            if step.again and not is_success(named.stored):
                raise Stopped("it was not stored, so it cannot be stored once more", Cause.BLOCKED)
            parcel = self._plain(index, named, what)
            yield self._altered(parcel) if meant and (step.edits or step.mutant or step.again) else parcel

    def _parcels(self) -> Iterator[Parcel]:
        """The same, with those that are altered as they were made before."""
        return (self._odd.get(parcel.index, parcel) for parcel in self._all()) if self._odd else self._all()

    def _plain(self, index: int, named: InstanceRecord, what: Instance | OwnFile | Cine) -> Parcel:
        sop_class = self._class_of(named.sop_class_uid)
        command: dict[str, Value] = {
            "CommandField": FIELD_OF["C-STORE-RQ"],
            "AffectedSOPClassUID": sop_class,
            "AffectedSOPInstanceUID": named.sop_instance_uid,
            "Priority": 0,
        }
        private = Alteration(edit=partial(_in_class, sop_class)) if sop_class != named.sop_class_uid else None
        again = Intent.of("storage.same-instance-again") if is_success(named.stored) else None
        purpose = {"file": what.path.name} if isinstance(what, OwnFile) else None
        return Parcel(index, named, what, sop_class, command, private, again, again is None, purpose)

    def _altered(self, parcel: Parcel) -> Parcel:
        step, exam, what = self._step, self._exam, parcel.what
        assert not isinstance(what, OwnFile | Cine)
        intent = step.intent(step.looks_like, step.first_path)
        before = parcel.alteration.edit if parcel.alteration is not None and parcel.alteration.edit else _as_it_is
        parcel = replace(parcel, purpose={"altered": step.mutant or "edited"} if not step.again else None)
        pixels = "PixelData" not in step.remove
        alteration = Alteration(lambda ds: step.edit(exam, before(ds)), part=step.data, pixels=pixels)
        if step.again == "pixels":
            alteration = replace(alteration, repaint=turned(int(what.view().get("BitsAllocated", 16))))
        elif step.again == "identity":
            alteration = replace(alteration, edit=partial(_of_another, exam))
        elif step.mutant is not None:
            try:
                alteration = Alteration(encoded=with_defect(step.mutant, what))
            except MutantError as error:
                raise Stopped(f"the mutant cannot be made: {error}", Cause.SETUP) from None
            return _named_by_itself(replace(parcel, alteration=alteration, intent=intent))
        command = step.commanded(exam, parcel.command)
        kept = intent is None or intent.deviation == "storage.faulty-object"
        own = all(command.get(name) == parcel.command[name] for name in UIDS.values())
        recorded = kept and own and parcel.recorded and not step.again
        return replace(parcel, command=command, alteration=alteration, intent=intent, recorded=recorded)

    def _send(self, association: Association, parcels: Iterator[Parcel] | Sequence[Parcel]) -> None:
        """Send parcels one after the other; what no accepted context can take is passed over."""
        todo = self._with_contexts(association, parcels)
        # A second painter would take the interpreter's lock from the first one and from the sender.
        with ahead(ready, todo, threads=1) as prepared:
            for each in prepared:
                self._send_one(association, each)

    def _with_contexts(
        self, association: Association, parcels: Iterator[Parcel] | Sequence[Parcel]
    ) -> Iterator[tuple[Parcel, Sequence[Agreed]]]:
        for parcel in parcels:
            wanted = [parcel.syntax] if parcel.syntax else self._wanted
            mine = chosen(association.accepted, parcel.sop_class, wanted, parcel.index)
            contexts = [each for each in mine if not parcel.syntax or each.transfer_syntax == parcel.syntax]
            same = [each for each in contexts if self._same_picture(parcel, each)]
            if same:
                yield parcel, same
            elif contexts:
                self._answers[
                    "not sent: lossy compression makes it another picture than the one that is stored under its UID"
                ] += 1
            else:
                self._answers["not sent, for want of a context"] += 1

    def _same_picture(self, parcel: Parcel, agreed: Agreed) -> bool:
        """Whether an instance would be sent with the pixels that it was stored with; else it needs another UID.

        PS3.3 C.7.6.1.1.5.
        """
        before = self._exam.pictures.get(parcel.named.sop_instance_uid)
        own = isinstance(parcel.what, OwnFile | Cine) or not parcel.what.is_image or self._step.again == "pixels"
        return before is None or own or before == picture(agreed.transfer_syntax)

    def _send_one(self, association: Association, each: Ready) -> None:
        parcel, ledger, exam = each.parcel, self._exam.known(), self._exam
        try:
            answer = association.response(
                each.agreed,
                parcel.command,
                each.head,
                each.pixels,
                parcel.intent,
                purpose=parcel.purpose,
                pause=self._step.pause,
            )
        except AssociationError as error:
            if parcel.intent is not None and parcel.alteration is not None and self._step.associations == 1:
                raise _Lost(parcel, str(error)) from None
            stored = sum(is_success(record.stored) for record in ledger.instances)
            what = f"after {stored} of {len(ledger.instances)} instances: {error}"
            raise Stopped(f"{self._address}: {what}", error.cause) from None
        status = answer.command.status
        with self._lock:
            if parcel.recorded:  # what was taken once stays stored, whatever a repeat is answered
                ledger.instances[parcel.index] = replace(parcel.named, stored=status)
            self._answers[f"answered {shown(status)}"] += 1
            if self._wanted:
                self._forms[uid_name(each.agreed.transfer_syntax)] += 1
            if is_success(status):
                if parcel.recorded:
                    exam.pictures[parcel.named.sop_instance_uid] = picture(each.agreed.transfer_syntax)
                exam.note_stored(each.agreed.abstract_syntax, each.agreed.transfer_syntax)
            self._sent += 1
        exam.progress("store", self._sent, self._count)

    def _told(self) -> str:
        """What was answered, and in which transfer syntaxes things were sent where that was the question."""
        text = ", ".join(f"{count} instances {what}" for what, count in self._answers.items()) or "nothing to send"
        forms = ", ".join(f"{count} in {name}" for name, count in self._forms.items())
        return f"{text} ({forms})" if forms else text


def _named_by_itself(parcel: Parcel) -> Parcel:
    """Name an instance in the command set as its data set does, where it does: that was changed, maybe."""
    assert parcel.alteration is not None
    assert parcel.alteration.encoded is not None
    syntax, encoded = parcel.alteration.encoded
    named = read(encoded, syntax)
    given = {affected: named.text(name) for name, affected in UIDS.items()}
    command = {**parcel.command, **{affected: uid for affected, uid in given.items() if uid}}
    own = command == parcel.command
    sop_class = str(command["AffectedSOPClassUID"])
    return replace(parcel, command=command, sop_class=sop_class, recorded=parcel.recorded and own)


def _in_class(sop_class: str, ds: Dataset) -> Dataset:
    ds.SOPClassUID = sop_class
    return ds


def _as_it_is(ds: Dataset) -> Dataset:
    return ds


def _of_another(exam: Exam, ds: Dataset) -> Dataset:
    """Give an instance to another patient."""
    ds.PatientID = f"SYN-OTHER-{exam.identity.number(6, 'another')}"
    ds.PatientName = "Synthetic-Other^Otto"
    return ds


def _cine(exam: Exam, frames: int) -> Cine:
    still = next(iter(exam.instances))
    return Cine(still, frames, exam.identity.uid("cine", exam.number), exam.identity.uid("cine series", exam.number))


def _take_over(exam: Exam, others: Sequence[OwnFile | Cine]) -> None:
    """Have the ledger know what is stored in place of its images; the study of the first file is the exam's."""
    ledger = exam.known()
    first = others[0] if others else None
    if isinstance(first, OwnFile) and not ledger.instances:
        ledger.study_instance_uid = first.study_instance_uid or ledger.study_instance_uid
        ledger.item.PatientID, ledger.item.PatientName = first.patient_id, first.patient_name
        ledger.item.StudyInstanceUID = ledger.study_instance_uid
    ledger.instances += [
        InstanceRecord(
            each.sop_class_uid,
            each.sop_instance_uid,
            each.series_instance_uid,
            study_instance_uid=each.study_instance_uid if isinstance(each, OwnFile) else "",
        )
        for each in others
    ]
