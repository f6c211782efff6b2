"""One right retrieval as messages, to be spoiled by the tests: images that were stored, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.uids import STUDY_ROOT_GET, STUDY_ROOT_MOVE
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support.building import CT_IMAGE, Link, Story

STUDY, SERIES, PATIENT = "2.25.9001", "2.25.9002", "PATIENT1"
UIDS = ("2.25.9101", "2.25.9102", "2.25.9103")
STRANGE = "2.25.9999"
COUNTS = ("Remaining", "Completed", "Failed", "Warning")


def image(uid: str, **values: Any) -> Dataset:
    """An image as far as retrieval looks at it."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CT_IMAGE, uid
    ds.PatientID, ds.StudyInstanceUID, ds.SeriesInstanceUID = PATIENT, STUDY, SERIES
    for name, value in values.items():
        setattr(ds, name, value)
    return ds


def identifier(level: str = "STUDY", **keys: Any) -> Dataset:
    """An Identifier for the study, or with other keys."""
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    ds.StudyInstanceUID = STUDY
    for name, value in keys.items():
        setattr(ds, name, value)
    return ds


def numbers(*values: int | None) -> dict[str, int | None]:
    """Remaining, completed, failed and warned sub-operations as elements of a command set."""
    return {f"NumberOf{name}Suboperations": value for name, value in zip(COUNTS, values, strict=True)}


def failed(*uids: str, **values: Any) -> Dataset:
    """A Failed SOP Instance UID List."""
    ds = Dataset()
    ds.FailedSOPInstanceUIDList = list(uids)
    for name, value in values.items():
        setattr(ds, name, value)
    return ds


class Retrieved:
    """A story in which three images were stored, and are asked for by C-GET or C-MOVE."""

    def __init__(
        self,
        folder: Path,
        *,
        move: bool = False,
        role: bool = True,
        stored: int = 0,
        stored_in: str = EXPLICIT_LITTLE,
        **scenario: Any,
    ) -> None:
        listener = {"ae": "SCANNER", "port": 11113, "titles": ["SCANNER"]}
        self.story = Story(folder, **{"listener": listener, **scenario})
        self.move = move
        store = self.story.associate(CT_IMAGE, service="storage", transfer_syntax=stored_in)
        for uid in UIDS:
            store.ask("C-STORE-RQ", image(uid), AffectedSOPInstanceUID=uid)
            store.answer(stored)
        store.release()
        if move:
            self.asked = self.story.associate(STUDY_ROOT_MOVE, service="retrieve")
            self.sent: Link | None = None
        else:
            roles = (p.RoleSelection(CT_IMAGE, 0, 1),) if role else ()
            user = {"user": p.UserInformation(16384, "2.25.1", "TEST", roles)}
            self.asked = self.story.associate(STUDY_ROOT_GET, CT_IMAGE, service="retrieve", rq=user, ac=user)
            self.sent = self.asked
        self.store_context = 1 if move else 3

    def ask(self, ds: Dataset | None = None, *, destination: str = "SCANNER", meant: str = "", **command: Any) -> None:
        """The C-GET or C-MOVE."""
        intent = Intent.of(meant) if meant else None
        ds = identifier() if ds is None else ds
        if self.move:
            self.asked.ask("C-MOVE-RQ", ds, intent=intent, MoveDestination=destination, **command)
        else:
            self.asked.ask("C-GET-RQ", ds, intent=intent, **command)

    def open(self, **how: Any) -> Link:
        """The target's association for a C-MOVE."""
        self.sent = self.story.associate(CT_IMAGE, service="retrieve", by_target=True, **how)
        return self.sent

    def send(
        self, uid: str, status: int = 0, ds: Dataset | None = None, *, link: Link | None = None, **command: Any
    ) -> None:
        """One sub-operation, and our answer."""
        if self.sent is None:
            self.open()
        link = link or self.sent
        assert link is not None
        if self.move:
            mine = {"MoveOriginatorApplicationEntityTitle": "SCANNER", "MoveOriginatorMessageID": 1}
            command = {**mine, **command}
        ds = image(uid) if ds is None else ds
        named = {"AffectedSOPInstanceUID": uid, **command}
        link.ask("C-STORE-RQ", ds, sent=False, context=self.store_context, **named)
        link.answer(status, sent=True)

    def tell(self, status: int, *counts: int | None, ds: Dataset | None = None) -> None:
        """A response of the target."""
        self.asked.answer(status, ds, AffectedSOPInstanceUID=None, **(numbers(*counts) if counts else {}))

    def all(self, statuses: Sequence[int] = (0, 0, 0)) -> None:
        """Every image with a Pending response behind it."""
        done = {"Completed": 0, "Failed": 0, "Warning": 0}
        for number, (uid, status) in enumerate(zip(UIDS, statuses, strict=True), 1):
            self.send(uid, status)
            done["Completed" if status == 0 else "Warning" if status >> 12 == 0xB else "Failed"] += 1
            self.tell(0xFF00, len(UIDS) - number, *done.values())
