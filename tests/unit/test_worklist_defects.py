"""Planted defects of worklist queries on the wire, each seen by the oracle: what is missing, what is too much."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scanproof.evidence.known import held_of
from scanproof.evidence.oracle import Oracle, Outcome, known
from scansim.reference.worklist_defects import WORKLIST_DEFECTS
from scansim.wire.dataset import read
from scansim.wire.dimse import FIELD_OF, NO_DATASET
from tests.support.reference_client import EXPLICIT, VERIFICATION, WORKLIST, Scu, encode, target
from tests.support.reference_queries import add, order

STATION, DATE, TIME = "ScheduledStationAETitle", "ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime"
PERFORMER = "ScheduledPerformingPhysicianName"
IN_STEP = ("Modality", STATION, DATE, TIME, PERFORMER)


def placed() -> list[Dataset]:
    """Four orders: SYN-1 to SYN-4, at 9 to 12 o'clock, the last one on the next day and of two stations."""
    orders = [order(number) for number in range(1, 5)]
    steps = [each.ScheduledProcedureStepSequence[0] for each in orders]
    for step in steps[:3]:
        step.ScheduledPerformingPhysicianName = "Synthetic-Performer^Pia"
    steps[2].ScheduledPerformingPhysicianName = "Synthetic-Other^Paul"
    steps[3].ScheduledProcedureStepStartDate = "20260103"
    steps[3].ScheduledStationAETitle = ["EAST", "WEST"]
    orders[0].PatientName, orders[1].PatientName, orders[2].PatientName = (
        "Wildcard^Anna",
        "Wildcart^Anna",
        "Wildcartel^B",
    )
    orders[3].AccessionNumber = ""
    return orders


def keys(**values: object) -> Dataset:
    """A query for everything but for some values."""
    ds, step = Dataset(), Dataset()
    for keyword in ("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID"):
        setattr(ds, keyword, values.get(keyword, ""))
    for keyword in (*IN_STEP, "ScheduledProcedureStepID"):
        setattr(step, keyword, values.get(keyword, ""))
    ds.ScheduledProcedureStepSequence = values.get("step", [step])
    return ds


def differences(folder: Path, defect: str | None, identifier: Dataset) -> tuple[list[str], list[str], list[str]]:
    """Patient IDs that are missing, that ought not to be there, and that are there more than once."""
    orders = placed()
    with target(folder, defect=defect) as running:
        add(running, *orders)
        with Scu(running.port, (WORKLIST,)) as scu:
            items, final = scu.find(identifier)
    assert final.command.status == 0
    oracle = Oracle(read(encode(identifier), EXPLICIT))
    came = Counter(str(item.PatientID) for item in items)
    said = {
        str(each.PatientID): oracle.outcome(known(held_of(read(encode(each), EXPLICIT)), whole=True)) for each in orders
    }
    return (
        [name for name, outcome in said.items() if outcome >= Outcome.LIKELY and not came[name]],
        [name for name in came if said[name] <= Outcome.UNLIKELY],
        [name for name, count in came.items() if count > 1],
    )


ALL = ["SYN-1", "SYN-2", "SYN-3", "SYN-4"]
UIDS = ["2.25.101", "2.25.999", "2.25.103"]

#: What is asked, what is missing, and what is too much.
SETS: dict[str, tuple[Dataset, list[str], list[str]]] = {
    "worklist-range-end-ignored": (keys(**{DATE: "20260101-20260102"}), [], ALL[3:]),
    "worklist-range-end-excluded": (keys(**{DATE: "20260101-20260103"}), ALL[3:], []),
    "worklist-open-range": (keys(**{TIME: "1100-"}), ALL[3:], []),
    "worklist-dates-and-times-apart": (keys(**{DATE: "20260101-20260103", TIME: "1130-1230"}), ALL[:3], []),
    "worklist-times-as-text": (keys(**{TIME: "100000-110000"}), ALL[1:2], []),
    "worklist-ignores-time": (keys(**{TIME: "1000-1100"}), [], [ALL[0], ALL[3]]),
    "worklist-ignores-performer": (keys(**{PERFORMER: "Synthetic-Performer^Pia"}), [], ALL[2:]),
    "worklist-unknown-matches": (keys(**{PERFORMER: "Synthetic-Performer^Pia"}), [], ALL[3:]),
    "worklist-other-case": (keys(PatientID="syn-1"), [], ALL[:1]),
    "worklist-question-mark": (keys(PatientName="Wildcar?^*"), [], ALL[2:3]),
    "worklist-by-sound": (keys(PatientName="Wildkard^Ana"), [], ALL[:2]),
    "worklist-names-to-the-letter": (keys(PatientName="Wildcar*"), ALL[:3], []),
    "worklist-first-station": (keys(**{STATION: "WEST"}), ALL[3:], []),
    "worklist-uid-list": (keys(StudyInstanceUID=UIDS), ALL[2:3], []),
    "worklist-zero-length": (keys(), ALL[:3], []),
    "worklist-empty-item": (keys(step=[Dataset()]), ALL, []),
    "worklist-lone-star": (keys(PatientName="*"), ALL, []),
    "worklist-item-twice": (keys(), [], []),
}


@pytest.mark.parametrize("defect", SETS)
@pytest.mark.long
def test_what_a_defect_makes_of_a_query(tmp_path: Path, defect: str) -> None:
    identifier, missing, too_much = SETS[defect]
    twice = ALL if defect == "worklist-item-twice" else []
    assert differences(tmp_path, defect, identifier) == (missing, too_much, twice)


def test_the_plain_target_makes_nothing_of_the_kind(tmp_path: Path) -> None:
    orders = placed()
    with target(tmp_path) as running:
        add(running, *orders)
        with Scu(running.port, (WORKLIST,)) as scu:
            for defect, (identifier, _, _) in SETS.items():
                came = [str(item.PatientID) for item in scu.find(identifier)[0]]
                oracle = Oracle(read(encode(identifier), EXPLICIT))
                said = [
                    str(each.PatientID)
                    for each in orders
                    if oracle.outcome(known(held_of(read(encode(each), EXPLICIT)), whole=True)) >= Outcome.LIKELY
                ]
                assert came == said, defect


def cancel(scu: Scu) -> None:
    command = {"CommandField": FIELD_OF["C-CANCEL-RQ"], "MessageIDBeingRespondedTo": scu.number}
    scu.put(1, {**command, "CommandDataSetType": NO_DATASET}, None)


def cancelled(folder: Path, defect: str | None) -> tuple[int, int | None, float]:
    """Items of 60 that came although the query was cancelled at once, how it ended, and how long that took."""
    with target(folder, defect=defect) as running:
        add(running, *(order(1 + number % 9, PatientID=f"SYN-{number}") for number in range(60)))
        with Scu(running.port, (WORKLIST,)) as scu:
            scu.send(WORKLIST, "C-FIND-RQ", keys(), AffectedSOPClassUID=WORKLIST, Priority=0)
            cancel(scu)
            begun = time.monotonic()
            statuses = [scu.message().command.status]
            while statuses[-1] == 0xFF00 and len(statuses) < 6:
                statuses.append(scu.message().command.status)
            while defect != "worklist-cancel-ignored" and statuses[-1] == 0xFF00:
                statuses.append(scu.message().command.status)
            scu.open = False
            return len(statuses) - 1, statuses[-1], time.monotonic() - begun


CANCELS: dict[str, Callable[[int, int | None, float], bool]] = {
    "worklist-cancel-ignored": lambda items, status, seconds: items == 5 and status == 0xFF00 and seconds > 0.4,
    "worklist-cancel-refused": lambda items, status, seconds: items < 60 and status == 0xA700,
    "worklist-cancel-success": lambda items, status, seconds: items < 60 and status == 0,
}


@pytest.mark.parametrize("defect", CANCELS)
@pytest.mark.long
def test_what_a_defect_makes_of_a_cancel(tmp_path: Path, defect: str) -> None:
    assert CANCELS[defect](*cancelled(tmp_path, defect))


def test_the_plain_target_heeds_a_cancel(tmp_path: Path) -> None:
    items, status, _ = cancelled(tmp_path, None)
    assert (items < 60, status) == (True, 0xFE00)


@pytest.mark.parametrize(("defect", "answered"), [("worklist-cancel-answered", True), (None, False)])
def test_a_cancel_behind_the_end(tmp_path: Path, defect: str | None, answered: bool) -> None:
    with target(tmp_path, defect=defect) as running, Scu(running.port, (WORKLIST, VERIFICATION)) as scu:
        add(running, *placed())
        scu.find(keys())
        cancel(scu)
        scu.send(VERIFICATION, "C-ECHO-RQ", AffectedSOPClassUID=VERIFICATION)
        statuses = [scu.message().command.status for _ in range(2 if answered else 1)]
        assert statuses == ([0xFE00, 0] if answered else [0])


def test_each_of_them_is_looked_at() -> None:
    assert {*SETS, *CANCELS, "worklist-cancel-answered"} == {defect.name for defect in WORKLIST_DEFECTS}
