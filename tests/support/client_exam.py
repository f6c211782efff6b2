"""One right exam of a client as our target records it, to be spoiled: worklist, step, images, commitment.

::

    exam = ClientExam(story)
    exam.worklist()
    exam.create(remove("StationName"))
    exam.store(*INSTANCES)
    exam.set("COMPLETED")
    exam.commit()
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support import exam_messages as right
from tests.support.building import COMMITMENT, CT_IMAGE, MPPS, WORKLIST, Link, Story, encode
from tests.support.exam_messages import INSTANCES, MPPS_UID, SERIES_UID, STEP, TRANSACTION_UID

Change = Callable[[Dataset], object]


def created(*changes: Change) -> Dataset:
    """The N-CREATE of a client that took everything over from the item."""
    ds, item = right.performed(), right.item()
    scheduled, step = ds.ScheduledStepAttributesSequence[0], item[STEP].value[0]
    for name in ("RequestedProcedureID", "RequestedProcedureDescription"):
        setattr(scheduled, name, item.get(name, ""))
    for name in ("ScheduledProcedureStepID", "ScheduledProcedureStepDescription"):
        setattr(scheduled, name, step.get(name, ""))
    for change in changes:
        change(ds)
    return ds


def put(path: str, value: Any) -> Change:
    """Set what a path of keywords names, in the first item of each sequence on the way, unvalidated."""

    def change(ds: Dataset) -> None:
        *way, name = path.split(".")
        for sequence in way:
            ds = ds[sequence].value[0]
        setattr(ds, name, None)
        ds[name]._value = PersonName(value) if ds[name].VR == "PN" else value

    return change


def remove(path: str) -> Change:
    """Take away what a path names."""

    def change(ds: Dataset) -> None:
        *way, name = path.split(".")
        for sequence in way:
            ds = ds[sequence].value[0]
        del ds[name]

    return change


@dataclass
class Exam:
    """What a client says at our target, and what that answers; `syntaxes` are the classes of the images."""

    story: Story
    answers: Mapping[str, int] = field(default_factory=dict)

    def open(self, syntax: str) -> Link:
        return self.story.associate(syntax, by_target=True)

    def say(self, link: Link, name: str, dataset: Dataset | bytes | None, **how: Any) -> None:
        status = how.pop("status", 0x0000)
        link.ask(name, dataset, sent=False, **how)
        link.answer(status, sent=True)

    def worklist(self, *items: Dataset) -> None:
        """A query that our target answers with some items: those of the order when none is given."""
        link = self.open(WORKLIST)
        link.ask("C-FIND-RQ", right.keys(), sent=False)
        for item in items or (right.item(),):
            link.answer(0xFF00, item, sent=True)
        link.answer(0x0000, sent=True)
        link.release()

    def create(self, *changes: Change, uid: str | None = MPPS_UID, status: int = 0x0000) -> None:
        """An N-CREATE."""
        link = self.open(MPPS)
        self.say(link, "N-CREATE-RQ", created(*changes), AffectedSOPInstanceUID=uid, status=status)
        link.release()

    def set(self, state: str, *changes: Change, uid: str = MPPS_UID, instances: Sequence[str] = INSTANCES) -> None:
        """An N-SET with its series."""
        ds = right.modification(state, instances)
        for change in changes:
            change(ds)
        link = self.open(MPPS)
        self.say(link, "N-SET-RQ", ds, RequestedSOPInstanceUID=uid)
        link.release()

    def store(self, *uids: str, changes: Sequence[Change] = (), named: str = "", sop_class: str = CT_IMAGE) -> None:
        """C-STOREs of images; `named` is another SOP Instance UID in the command set."""
        link = self.open(sop_class)
        for uid in uids:
            self.image(link, right.image(uid, *changes), named or uid)
        link.release()

    def image(self, link: Link, ds: Dataset, uid: str, pixel: bytes = b"\0\0") -> None:
        """The C-STORE of one image, of as few pixels as show a defect."""
        ds.Rows = ds.Columns = 4
        data = encode(ds, EXPLICIT_LITTLE) + b"\xe0\x7f\x10\x00OW\0\0\x20\0\0\0" + pixel * 16
        self.say(link, "C-STORE-RQ", data, AffectedSOPInstanceUID=uid)

    def commit(
        self,
        *changes: Change,
        transaction: str = TRANSACTION_UID,
        instances: Sequence[str] = INSTANCES,
        status: int = 0x0000,
        **command: Any,
    ) -> None:
        """An N-ACTION."""
        ds = right.action(transaction, instances)
        for change in changes:
            change(ds)
        link = self.open(COMMITMENT)
        self.say(link, "N-ACTION-RQ", ds, status=status, **command)
        link.release()

    def whole(
        self, *, create: Sequence[Change] = (), images: Sequence[Change] = (), item: Sequence[Change] = ()
    ) -> None:
        """The whole exam, with changes in its item, its N-CREATE and all of its images."""
        given = right.item()
        for change in item:
            change(given)
        self.worklist(given)
        self.create(*create)
        self.store(*INSTANCES, changes=images)
        self.set("COMPLETED")
        self.commit()


def another(item: Dataset, *changes: Change) -> Dataset:
    """A copy of an item with changes."""
    ds = copy.deepcopy(item)
    for change in changes:
        change(ds)
    return ds


__all__ = ["INSTANCES", "MPPS_UID", "SERIES_UID", "TRANSACTION_UID", "Exam", "another", "created", "put", "remove"]
