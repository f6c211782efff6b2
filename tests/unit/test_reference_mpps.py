"""MPPS of the reference target: every status that PS3.4 F.7 asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scansim.reference.store import Store
from scansim.vocabulary.uids import MPPS_RETRIEVE
from scansim.wire.stream import Message
from tests.support.reference_client import MPPS, Running, Scu, decode, target
from tests.support.reference_mpps import change, completed, series, step


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with target(tmp_path_factory.mktemp("mpps")) as running:
        yield running


@pytest.fixture
def scu(running: Running) -> Iterator[Scu]:
    with Scu(running.port, (MPPS,)) as scu:
        yield scu


@pytest.fixture
def uid(request: pytest.FixtureRequest) -> str:
    return f"2.25.{abs(hash(request.node.nodeid)) + 1}"


def create(scu: Scu, uid: str | None, ds: Dataset | None = None) -> Message:
    return scu.ask(MPPS, "N-CREATE-RQ", ds or step(), AffectedSOPInstanceUID=uid)[0]


def change_to(scu: Scu, uid: str, ds: Dataset) -> Message:
    return scu.ask(MPPS, "N-SET-RQ", ds, RequestedSOPInstanceUID=uid)[0]


def test_a_whole_step(running: Running, scu: Scu, uid: str) -> None:
    created = create(scu, uid)
    assert (created.command.status, created.command.sop_instance_uid) == (0, uid)
    assert change_to(scu, uid, change("IN PROGRESS", PerformedSeriesSequence=[series()])).command.status == 0
    done = change_to(scu, uid, completed())
    assert (done.command.status, done.command.sop_instance_uid) == (0, uid)
    store = Store(running.folder)
    kept = store.step(uid)
    store.close()
    assert kept is not None
    assert kept.PatientName == "Synthetic-Süß^Jane"
    assert kept.PerformedProcedureStepStatus == "COMPLETED"
    assert len(kept.PerformedSeriesSequence) == 1


def test_a_step_without_uid_gets_one(scu: Scu) -> None:
    created = create(scu, None)
    assert created.command.status == 0
    uid = created.command.sop_instance_uid
    assert uid
    assert change_to(scu, uid, completed("DISCONTINUED")).command.status == 0


def test_a_second_create_is_a_duplicate(scu: Scu, uid: str) -> None:
    assert create(scu, uid).command.status == 0
    assert create(scu, uid).command.status == 0x0111


def test_an_unknown_step(scu: Scu, uid: str) -> None:
    assert change_to(scu, uid, completed()).command.status == 0x0112


@pytest.mark.parametrize("status", ["COMPLETED", "DISCONTINUED", "SCHEDULED"])
def test_a_step_begins_in_progress(scu: Scu, uid: str, status: str) -> None:
    ds = step()
    ds.PerformedProcedureStepStatus = status
    assert create(scu, uid, ds).command.status == 0x0106


def _without(keyword: str) -> Callable[[Dataset], None]:
    return lambda ds: ds.__delattr__(keyword)


@pytest.mark.parametrize(
    ("keyword", "spoil"),
    [
        ("PerformedProcedureStepID", _without("PerformedProcedureStepID")),
        ("PatientSex", _without("PatientSex")),
        ("PerformedSeriesSequence", _without("PerformedSeriesSequence")),
        ("AccessionNumber", lambda ds: ds.ScheduledStepAttributesSequence[0].__delattr__("AccessionNumber")),
        ("StudyInstanceUID", lambda ds: setattr(ds, "ScheduledStepAttributesSequence", [Dataset()])),
    ],
)
def test_a_create_that_lacks_an_attribute(scu: Scu, uid: str, keyword: str, spoil: Callable[[Dataset], None]) -> None:
    ds = step()
    spoil(ds)
    refused = create(scu, uid, ds)
    assert refused.command.status == 0x0120
    named = refused.command.values["AttributeIdentifierList"]
    assert isinstance(named, tuple)
    assert int(Tag(keyword)) in named


@pytest.mark.parametrize("keyword", ["PerformedProcedureStepID", "Modality", "ScheduledStepAttributesSequence"])
def test_a_create_with_an_empty_type_1_attribute(scu: Scu, uid: str, keyword: str) -> None:
    ds = step()
    setattr(ds, keyword, [] if keyword.endswith("Sequence") else "")
    assert create(scu, uid, ds).command.status == 0x0121


@pytest.mark.parametrize("status", ["COMPLETED", "DISCONTINUED"])
@pytest.mark.parametrize("late", ["COMPLETED", "IN PROGRESS"])
def test_a_step_that_has_ended_stays_as_it_is(scu: Scu, uid: str, status: str, late: str) -> None:
    create(scu, uid)
    assert change_to(scu, uid, completed(status)).command.status == 0
    refused = change_to(scu, uid, completed(late))
    assert refused.command.status == 0x0110
    assert refused.command.number("ErrorID") == 0xA710
    assert "no longer be updated" in str(refused.command.text("ErrorComment"))


@pytest.mark.parametrize("keyword", ["PatientID", "PerformedProcedureStepStartDate", "Modality", "StudyID"])
def test_what_a_set_may_not_touch(scu: Scu, uid: str, keyword: str) -> None:
    create(scu, uid)
    refused = change_to(scu, uid, change(**{keyword: "20260101"[: 8 if "Date" in keyword else 2]}))
    assert refused.command.status == 0x0105
    assert refused.command.values["AttributeIdentifierList"] == (int(Tag(keyword)),)


def test_what_was_not_created_is_not_set(scu: Scu, uid: str) -> None:
    create(scu, uid)
    refused = change_to(scu, uid, change("IN PROGRESS", CommentsOnThePerformedProcedureStep="late"))
    assert refused.command.status == 0x0105
    assert refused.command.values["AttributeIdentifierList"] == (int(Tag("CommentsOnThePerformedProcedureStep")),)


def test_an_item_without_an_attribute(scu: Scu, uid: str) -> None:
    ds = step()
    ds.ProcedureCodeSequence = [Dataset()]
    assert create(scu, uid, ds).command.status == 0x0110


@pytest.fixture
def reader(running: Running) -> Iterator[Scu]:
    with Scu(running.port, (MPPS, MPPS_RETRIEVE)) as scu:
        yield scu


def read(scu: Scu, uid: str, *keywords: str) -> tuple[int | None, Dataset]:
    tags = {"AttributeIdentifierList": tuple(int(Tag(name)) for name in keywords)} if keywords else {}
    (answer,) = scu.ask(MPPS_RETRIEVE, "N-GET-RQ", None, RequestedSOPInstanceUID=uid, **tags)
    return answer.command.status, decode(answer.dataset)


def test_a_step_is_read_whole_or_in_part(reader: Scu, uid: str) -> None:
    create(reader, uid)
    assert change_to(reader, uid, completed()).command.status == 0
    status, whole = read(reader, uid)
    assert (status, whole.PerformedProcedureStepStatus, whole.PatientName) == (0, "COMPLETED", "Synthetic-Süß^Jane")
    status, part = read(reader, uid, "PatientID", "PerformedSeriesSequence")
    assert status == 0
    assert [element.keyword for element in part] == ["SpecificCharacterSet", "PatientID", "PerformedSeriesSequence"]


def test_a_step_that_nobody_created_is_not_read(reader: Scu, uid: str) -> None:
    assert read(reader, uid)[0] == 0x0112


def test_a_status_that_does_not_exist(scu: Scu, uid: str) -> None:
    create(scu, uid)
    assert change_to(scu, uid, completed("READY")).command.status == 0x0106


def test_completion_needs_the_final_attributes(scu: Scu, uid: str) -> None:
    create(scu, uid)
    assert change_to(scu, uid, change("COMPLETED")).command.status == 0x0121
    hollow = completed()
    hollow.PerformedSeriesSequence = [Dataset()]
    assert change_to(scu, uid, hollow).command.status == 0x0120
    assert change_to(scu, uid, completed()).command.status == 0, "refused changes leave the step as it was"


def test_a_uid_that_is_none(scu: Scu) -> None:
    assert create(scu, "1.02.x").command.status == 0x0117


def test_character_sets_of_create_and_set_may_differ(running: Running, scu: Scu, uid: str) -> None:
    ds = step()
    ds.CommentsOnThePerformedProcedureStep = ""
    create(scu, uid, ds)
    late = change("IN PROGRESS", SpecificCharacterSet="ISO_IR 192", CommentsOnThePerformedProcedureStep="検査")
    assert change_to(scu, uid, late).command.status == 0
    store = Store(running.folder)
    kept = store.step(uid)
    store.close()
    assert kept is not None
    assert (kept.PatientName, kept.CommentsOnThePerformedProcedureStep) == ("Synthetic-Süß^Jane", "検査")


def test_steps_outlive_the_target(tmp_path: Path) -> None:
    for expected in (0x0000, 0x0111):
        with target(tmp_path) as running, Scu(running.port, (MPPS,)) as scu:
            assert create(scu, "2.25.77").command.status == expected
