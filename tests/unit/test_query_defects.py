"""Planted defects of queries of the archive on the wire, by what the first of two or three studies makes of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scansim.reference.query_defects import QUERY_DEFECTS
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND
from scansim.wire.dimse import FIELD_OF, NO_DATASET
from tests.support.reference_client import VERIFICATION, Scu, instance, target
from tests.support.reference_queries import level

CT = "1.2.840.10008.5.1.4.1.1.2"
ALL = ("2.25.1", "2.25.2", "2.25.3")


def stored() -> list[Dataset]:
    """Two studies of P1, on two days, the first of two series with three images; one of P2, without an accession."""
    first = {
        "study": ALL[0],
        "PatientID": "P1",
        "AccessionNumber": "A1",
        "StudyDate": "20260101",
        "StudyTime": "120000",
    }
    first |= {"PatientName": "Wildcard^Anna", "StudyID": "S1", "PatientBirthDate": "19600102"}
    second = {**first, "study": ALL[1], "AccessionNumber": "A2", "StudyDate": "20260102", "StudyTime": "1930"}
    second |= {"PatientName": "Wildcart^Anna", "StudyID": "S12"}
    third = {"study": ALL[2], "PatientID": "P2", "AccessionNumber": "", "StudyDate": "20260103", "StudyTime": "2015"}
    third |= {"PatientName": "Иванов^Иван", "StudyID": "S13", "SpecificCharacterSet": "ISO_IR 144"}
    return [
        instance("2.25.11", series="2.25.21", Modality="CT", InstanceNumber="1", **first),
        instance("2.25.12", series="2.25.21", Modality="CT", InstanceNumber="2", **first),
        instance("2.25.13", series="2.25.22", Modality="MR", InstanceNumber="1", **first),
        instance("2.25.14", series="2.25.23", Modality="CT", InstanceNumber="1", **second),
        instance("2.25.15", series="2.25.24", Modality="CT", InstanceNumber="1", **third),
    ]


def ask(folder: Path, defect: str | None, keys: Dataset, model: str = STUDY_ROOT_FIND) -> list[Dataset]:
    """What a query brings."""
    with target(folder, defect=defect) as running, Scu(running.port, (CT, model)) as scu:
        for each in stored():
            assert scu.store(each).command.status == 0
        answers, final = scu.find(keys, model)
        assert final.command.status == 0
    return answers


def study(**keys: str | None) -> Dataset:
    ds = level(
        "STUDY", **dict.fromkeys(("StudyInstanceUID", "PatientID", "AccessionNumber", "StudyID", "PatientName"), "")
    )
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


def studies(answers: list[Dataset]) -> list[str]:
    return [str(answer.StudyInstanceUID) for answer in answers]


SERIES = level("SERIES", StudyInstanceUID=ALL[0], SeriesInstanceUID="", Modality="")
IMAGE = level("IMAGE", StudyInstanceUID=ALL[0], SeriesInstanceUID="2.25.21", SOPInstanceUID="", InstanceNumber="")
#: What is asked, the studies that come of it, and those that are right.
SETS: dict[str, tuple[Dataset, tuple[str, ...], tuple[str, ...]]] = {
    "query-range-end-ignored": (study(StudyDate="20260101-20260102"), ALL, ALL[:2]),
    "query-range-end-excluded": (study(StudyDate="20260101-20260102"), ALL[:1], ALL[:2]),
    "query-open-range": (study(StudyDate="20260102-"), ALL[1:2], ALL[1:]),
    "query-times-as-text": (study(StudyTime="193000-200000"), (), ALL[1:2]),
    "query-dates-and-times-together": (
        study(StudyDate="20251231-20260103", StudyTime="193000-210000"),
        ALL,
        ALL[1:],
    ),
    "query-ignores-accession": (study(AccessionNumber="A1", PatientID="P1"), ALL[:2], ALL[:1]),
    "query-ignores-time": (study(StudyTime="120000"), ALL, ALL[:1]),
    "query-ignores-name": (study(PatientName="Wildcard^Anna"), ALL, ALL[:1]),
    "query-uid-list": (study(StudyInstanceUID=["2.25.9", *ALL]), (), ALL),  # type: ignore[arg-type]
    "query-unknown-matches-none": (study(AccessionNumber="A1"), ALL[:1], (ALL[0], ALL[2])),
    "query-zero-length": (study(), (), ALL),
    "query-lone-star": (study(PatientName="*"), (), ALL),
    "query-first-modality": (study(ModalitiesInStudy="MR"), (), ALL[:1]),
    "query-by-beginning": (study(StudyID="S1"), ALL, ALL[:1]),
    "query-other-case": (study(PatientID="p1"), ALL[:2], ()),
    "query-wild-cards-as-letters": (study(PatientID="P*"), (), ALL),
    "query-question-mark": (study(StudyID="S?"), ALL, ALL[:1]),
    "query-names-to-the-letter": (study(PatientName="Wildcar*"), (), ALL[:2]),
    "query-by-sound": (study(PatientName="Wildkard^Ana"), ALL[:2], ()),
    "query-twice": (study(PatientID="P2"), (ALL[2], ALL[2]), ALL[2:]),
}


@pytest.mark.long
@pytest.mark.parametrize("defect", SETS)
def test_which_studies_come(tmp_path: Path, defect: str) -> None:
    keys, wrong, right = SETS[defect]
    assert tuple(studies(ask(tmp_path / "defect", defect, keys))) == wrong
    assert tuple(studies(ask(tmp_path / "plain", None, keys))) == right


def values(answers: list[Dataset], keyword: str) -> list[str]:
    return [str(answer.get(keyword, "absent")) for answer in answers]


PATIENT = level("PATIENT", PatientID="P1", PatientName="")
#: What is asked, in Patient Root where it is a patient; the attribute that is looked at, its wrong and right values.
SHOWS: dict[str, tuple[Dataset, str, list[str], list[str]]] = {
    "query-ignores-modality": (level("SERIES", StudyInstanceUID=ALL[0], SeriesInstanceUID="", Modality="MR"),
        "SeriesInstanceUID", ["2.25.21", "2.25.22"], ["2.25.22"]),
    "query-ignores-instance-number": (
        level("IMAGE", StudyInstanceUID=ALL[0], SeriesInstanceUID="2.25.21", SOPInstanceUID="", InstanceNumber="2"),
        "SOPInstanceUID", ["2.25.11", "2.25.12"], ["2.25.12"]),
    "query-patient-per-study": (PATIENT, "PatientID", ["P1", "P1"], ["P1"]),
    "query-ignores-level": (SERIES, "SeriesInstanceUID", ["2.25.21"], ["2.25.21", "2.25.22"]),
    "query-index-stale": (study(StudyInstanceUID=ALL[0], NumberOfStudyRelatedInstances=None),
        "NumberOfStudyRelatedInstances", ["2"], ["3"]),
    "query-mixes-up": (study(PatientID="P1"), "AccessionNumber", ["A1", "A1"], ["A1", "A2"]),
    "query-birth-date-lost": (study(StudyInstanceUID=ALL[0], PatientBirthDate=None),
        "PatientBirthDate", [""], ["19600102"]),
    "query-relabels": (study(PatientID="P2"), "SpecificCharacterSet", ["ISO_IR 100"], ["ISO_IR 144"]),
    "query-odd-availability": (IMAGE, "InstanceAvailability", ["SOMETIMES"] * 2, ["absent"] * 2),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("defect", SHOWS)
def test_what_answers_say(tmp_path: Path, defect: str) -> None:
    keys, keyword, wrong, right = SHOWS[defect]
    model = PATIENT_ROOT_FIND if keys.QueryRetrieveLevel == "PATIENT" else STUDY_ROOT_FIND
    assert values(ask(tmp_path / "defect", defect, keys, model), keyword) == wrong
    assert values(ask(tmp_path / "plain", None, keys, model), keyword) == right


def cancel(scu: Scu) -> None:
    command = {"CommandField": FIELD_OF["C-CANCEL-RQ"], "MessageIDBeingRespondedTo": scu.number}
    scu.put(3, {**command, "CommandDataSetType": NO_DATASET}, None)


def cancelled(folder: Path, defect: str | None) -> tuple[int, int | None, float]:
    """Answers of 40 that came although the query was cancelled at once, how it ended, and how long that took."""
    with target(folder, defect=defect) as running, Scu(running.port, (CT, STUDY_ROOT_FIND)) as scu:
        for number in range(40):
            scu.store(instance(f"2.25.{100 + number}"))
        keys = level("IMAGE", StudyInstanceUID="2.25.1", SeriesInstanceUID="2.25.2", SOPInstanceUID="")
        scu.send(STUDY_ROOT_FIND, "C-FIND-RQ", keys, AffectedSOPClassUID=STUDY_ROOT_FIND, Priority=0)
        cancel(scu)
        begun = time.monotonic()
        statuses = [scu.message().command.status]
        while statuses[-1] == 0xFF00 and len(statuses) < 6:
            statuses.append(scu.message().command.status)
        while defect != "query-cancel-ignored" and statuses[-1] == 0xFF00:
            statuses.append(scu.message().command.status)
        scu.open = False
        return len(statuses) - 1, statuses[-1], time.monotonic() - begun


CANCELS: dict[str | None, Callable[[int, int | None, float], bool]] = {
    "query-cancel-ignored": lambda answers, status, seconds: answers == 5 and status == 0xFF00 and seconds > 0.4,
    "query-cancel-refused": lambda answers, status, seconds: answers < 40 and status == 0xA700,
    "query-cancel-success": lambda answers, status, seconds: answers < 40 and status == 0,
    None: lambda answers, status, seconds: answers < 40 and status == 0xFE00,
}


@pytest.mark.long
@pytest.mark.parametrize("defect", CANCELS)
def test_what_becomes_of_a_cancel(tmp_path: Path, defect: str | None) -> None:
    assert CANCELS[defect](*cancelled(tmp_path, defect))


@pytest.mark.long
@pytest.mark.parametrize(("defect", "answered"), [("query-cancel-answered", True), (None, False)])
def test_a_cancel_behind_the_end(tmp_path: Path, defect: str | None, answered: bool) -> None:
    models = (CT, STUDY_ROOT_FIND, VERIFICATION)
    with target(tmp_path, defect=defect) as running, Scu(running.port, models) as scu:
        scu.find(study(PatientID="P1"), STUDY_ROOT_FIND)
        cancel(scu)
        scu.send(VERIFICATION, "C-ECHO-RQ", AffectedSOPClassUID=VERIFICATION)
        statuses = [scu.message().command.status for _ in range(2 if answered else 1)]
        assert statuses == ([0xFE00, 0] if answered else [0])


def test_each_of_them_is_looked_at() -> None:
    looked_at = {*SETS, *SHOWS, *filter(None, CANCELS), "query-cancel-answered"}
    assert looked_at == {defect.name for defect in QUERY_DEFECTS}
