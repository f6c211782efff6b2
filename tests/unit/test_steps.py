"""Steps of an exam that end before a socket opens. What they do at a target is in tests/integration."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scansim.exam.scenario_files import find_scenarios
from scansim.exam.state import Exam, Stopped
from scansim.identity.ids import Identity
from scansim.identity.ledger import InstanceRecord, Ledger
from scansim.network.recording import TranscriptWriter
from scansim.site import single_target
from scansim.steps.acquire import Acquire, acquire_images
from scansim.steps.commit import Commit, commit
from scansim.steps.query_study import QueryStudy, query_study
from tests.support.building import CT_IMAGE

DAY = date(2026, 1, 2)


def exam_with(folder: Path, *stored: int | None) -> Exam:
    """An exam whose instances were answered with these statuses, None for one that was not answered."""
    (scenario,) = find_scenarios(["ct-routine"])
    exam = Exam(
        scenario,
        single_target("TARGET", "127.0.0.1", 1),
        DAY,
        Identity(1, DAY, "steps"),
        TranscriptWriter(folder / "transcript", {"id": "steps"}),
        None,
        None,
    )
    exam.ledger = Ledger("CT", "SCAN1", datetime(2026, 1, 2, 9), Dataset(), True, "2.25.1", "PPS1")
    exam.ledger.instances = [InstanceRecord(CT_IMAGE, f"2.25.{n}", "2.25.9", status) for n, status in enumerate(stored)]
    return exam


@pytest.mark.parametrize("stored", [(), (None,), (0xA700, 0x0110), (0x0000,), (0xB000, 0xA700)])
def test_the_archive_is_asked_whatever_was_stored(tmp_path: Path, stored: tuple[int | None, ...]) -> None:
    """Nobody listens at this address, which is as far as it gets."""
    exam = exam_with(tmp_path, *stored)
    for run, step in ((commit, Commit()), (query_study, QueryStudy())):
        with pytest.raises(Stopped, match=r"no connection|did not answer before"):
            run(exam, step)


@pytest.mark.parametrize(("wanted", "count"), [(None, 13), ("all", 85), (3, 3)])
def test_an_exam_is_short_unless_all_of_it_is_wanted(tmp_path: Path, wanted: int | str | None, count: int) -> None:
    exam = exam_with(tmp_path)
    acquire_images(exam, Acquire.model_validate({"protocol": "ct-abdomen", "instances": wanted}))
    assert exam.ledger is not None
    assert len(exam.ledger.instances) == count
    places = [float(i.view().ImagePositionPatient[2]) for i in exam.instances if i.view().ImageType[2] == "AXIAL"]
    assert {round(above - below, 3) for above, below in pairwise(places)} <= {5.0}  # neighbours
    assert sum(places) / len(places) == pytest.approx(-40)  # in the middle
