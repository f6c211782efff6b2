"""What identifiers the reference target refuses: malformed values, and keys that the hierarchy does not allow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scansim.reference.key_values import KeyValueError, check
from tests.support.reference_client import CT, STUDY_FIND, STUDY_MOVE, WORKLIST, Scu, instance, target
from tests.support.reference_queries import add, level, order
from tests.support.reference_queries import query as worklist_query

PATIENT_FIND, PATIENT_MOVE, STUDY_GET = (
    *("1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.1.2.1.2"),
    "1.2.840.10008.5.1.4.1.2.2.3",
)

KEYS = {
    "AE": "ScheduledStationAETitle",
    "AS": "PatientAge",
    "CS": "Modality",
    "DA": "StudyDate",
    "DT": "AcquisitionDateTime",
    "LO": "PatientID",
    "PN": "PatientName",
    "TM": "StudyTime",
    "UI": "StudyInstanceUID",
}


def _identifier(vr: str, value: str) -> Dataset:
    ds = Dataset()
    with config.disable_value_validation():
        ds.add_new(Tag(KEYS[vr]), vr, value.split("\\"))
    return ds


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        *(("DA", value) for value in ("20260102", "2026.01.02", "20260101-20260131", "20260101-", "-20260131", "")),
        *(("DA", value) for value in ("2026.01.01-2026.01.31", "20240229", "20260131-20260101", "20260101\\20260102")),
        *(
            ("TM", value)
            for value in ("10", "1030", "103000", "235960", "103000.5", "10:30:00.25", "10-11", "-12", "10-")
        ),
        *(("DT", value) for value in ("2026", "202601", "20260102103000.5+0100", "2026-", "-2026", "2025-2026")),
        *(("DT", value) for value in ("20260102-0500", "20260102-0500-20260103-0500", "20260102103000-")),
        *(("CS", value) for value in ("CT", "C*", "?T", "*", "CT\\MR", "MY_OWN 1", "*AAAAAAAAAAAAAAAA*")),
        *(("AE", value) for value in ("STATION", "my station", "ST*", "a.b-c_d", "?" * 16)),
        *(("UI", value) for value in ("1.2.3", "1.2.3\\1.2.4", "", "2.25." + "9" * 59)),
        ("AS", "031Y"),
        *(("LO", value) for value in ("anything at all" * 20, "*" * 100, "ümläut")),
        *(("PN", value) for value in ("Doe^*", "=山田^太郎")),
    ],
)
def test_legal_keys(vr: str, value: str) -> None:
    check(_identifier(vr, value))


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        *(
            ("DA", value)
            for value in ("2026-01-01", "2026", "202601", "20261301", "20260230", "01012026", "today", "2026*")
        ),
        *(("DA", value) for value in ("-", "2026010a-20260201", "20260101-2026020", "20260101-20260102-20260103", "*")),
        *(
            ("TM", value)
            for value in ("99", "24", "1", "103", "1060", "10:30:00-abc", "103000.1234567", "-", "noon", "*")
        ),
        *(("DT", value) for value in ("20", "20261301", "20260102T10", "-", "20260102103000+2500")),
        *(("CS", value) for value in ("ct", "C-T", "ABCDEFGHIJKLMNOPQ", "Ü", "CT\\mr", "CT.")),
        *(("AE", value) for value in ("A" * 17, "Ä", "A" * 17 + "*", "tab\there")),
        *(("UI", value) for value in ("1.2.*", "*", "1.2.?", "abc", "1..2", "2.25." + "9" * 60, "1.2.3\\x", ".1")),
        *(("AS", value) for value in ("31Y", "31 years")),
        *(("LO", value) for value in ("*" * 20_000, "\\".join(["a*"] * 600))),
        *(("PN", value) for value in ("\\".join(["a"] * 600),)),
        *(("DA", value) for value in ("\\".join(["20260102"] * 600),)),
    ],
)
def test_malformed_keys(vr: str, value: str) -> None:
    with pytest.raises(KeyValueError) as caught:
        check(_identifier(vr, value))
    assert caught.value.tag == Tag(KEYS[vr])


def test_what_is_nested_is_looked_at_too_and_what_is_no_key_is_not() -> None:
    ds = _identifier("CS", "CT")
    ds.ScheduledProcedureStepSequence = [_identifier("DA", "2026-01-01")]
    with pytest.raises(KeyValueError):
        check(ds)
    ds = Dataset()
    with config.disable_value_validation():
        ds.QueryRetrieveLevel, ds.SpecificCharacterSet = "STUDY", "whatever this is"
        ds.add_new(0x00090010, "LO", "US")
        ds.add_new(0x00091001, "CS", "a private matter")
    check(ds)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with target(tmp_path_factory.mktemp("keys")) as running:
        add(running, order(1))
        with Scu(running.port, (CT,)) as scu:
            for number in range(2):
                assert scu.store(instance(f"2.25.{1001 + number}")).command.status == 0
        yield running.port


def asked(name: str, **keys: object) -> Dataset:
    with config.disable_value_validation():
        return level(name, **keys)  # type: ignore[arg-type]


def worklist(step: dict[str, str] | None = None, **root: str) -> Dataset:
    with config.disable_value_validation():
        return worklist_query(step, **root)


ABOVE = {"StudyInstanceUID": "2.25.1", "SeriesInstanceUID": "2.25.2"}


@pytest.mark.parametrize(
    ("sop_class", "identifier", "offending"),
    [
        # no level, or one that there is not
        (STUDY_FIND, worklist(), "QueryRetrieveLevel"),
        (STUDY_FIND, asked("", StudyInstanceUID=""), "QueryRetrieveLevel"),
        (STUDY_FIND, asked("INSTANCE", **ABOVE, SOPInstanceUID=""), "QueryRetrieveLevel"),
        (STUDY_FIND, asked("PATIENT", PatientID=""), "QueryRetrieveLevel"),
        # without the unique keys of the levels above (C.4.1.2.1)
        (STUDY_FIND, asked("SERIES", SeriesInstanceUID=""), "StudyInstanceUID"),
        (STUDY_FIND, asked("SERIES", StudyInstanceUID="", SeriesInstanceUID=""), "StudyInstanceUID"),
        (STUDY_FIND, asked("IMAGE", StudyInstanceUID="2.25.1", SOPInstanceUID=""), "SeriesInstanceUID"),
        (STUDY_FIND, asked("IMAGE", SeriesInstanceUID="2.25.2", SOPInstanceUID=""), "StudyInstanceUID"),
        (STUDY_FIND, asked("SERIES", StudyInstanceUID=["2.25.1", "2.25.3"], SeriesInstanceUID=""), "StudyInstanceUID"),
        (PATIENT_FIND, asked("STUDY", StudyInstanceUID=""), "PatientID"),
        (PATIENT_FIND, asked("STUDY", PatientID="SYN-*", StudyInstanceUID=""), "PatientID"),
        (PATIENT_FIND, asked("SERIES", StudyInstanceUID="2.25.1", SeriesInstanceUID=""), "PatientID"),
        # with other keys of the levels above
        (STUDY_FIND, asked("SERIES", StudyInstanceUID="2.25.1", SeriesInstanceUID="", StudyDate=""), "StudyDate"),
        (STUDY_FIND, asked("SERIES", StudyInstanceUID="2.25.1", SeriesInstanceUID="", PatientID="SYN-1"), "PatientID"),
        (STUDY_FIND, asked("IMAGE", **ABOVE, SOPInstanceUID="", Modality="CT"), "Modality"),
        (PATIENT_FIND, asked("STUDY", PatientID="SYN-1", StudyInstanceUID="", PatientName="*"), "PatientName"),
        # with malformed values
        (STUDY_FIND, asked("STUDY", StudyInstanceUID="", StudyDate="2026-01-01"), "StudyDate"),
        (STUDY_FIND, asked("STUDY", StudyInstanceUID="", StudyTime="99"), "StudyTime"),
        (STUDY_FIND, asked("STUDY", StudyInstanceUID="1.2.*"), "StudyInstanceUID"),
        (WORKLIST, worklist({"Modality": "ct"}), "Modality"),
        (WORKLIST, worklist(StudyInstanceUID="1.2.*"), "StudyInstanceUID"),
        # retrievals without them (C.4.2.2.1)
        (STUDY_MOVE, asked("SERIES", SeriesInstanceUID="2.25.2"), "StudyInstanceUID"),
        (STUDY_MOVE, asked("IMAGE", SOPInstanceUID="2.25.1001"), "StudyInstanceUID"),
        (STUDY_MOVE, asked("STUDY", PatientID="SYN-1"), "StudyInstanceUID"),
        (STUDY_MOVE, asked("STUDY", StudyInstanceUID="*"), "StudyInstanceUID"),
        (PATIENT_MOVE, asked("STUDY", StudyInstanceUID="2.25.1"), "PatientID"),
        (PATIENT_MOVE, asked("PATIENT", PatientID="*"), "PatientID"),
        (PATIENT_MOVE, asked("PATIENT", PatientID=["SYN-1", "SYN-2"]), "PatientID"),
        (STUDY_GET, asked("IMAGE", StudyInstanceUID="2.25.1", SOPInstanceUID="2.25.1001"), "SeriesInstanceUID"),
    ],
)
def test_what_is_refused(port: int, sop_class: str, identifier: Dataset, offending: str) -> None:
    with Scu(port, (sop_class,)) as scu:
        if sop_class in (STUDY_FIND, PATIENT_FIND, WORKLIST):
            answers = scu.ask(sop_class, "C-FIND-RQ", identifier, Priority=0)
        elif sop_class == STUDY_GET:
            answers = scu.ask(sop_class, "C-GET-RQ", identifier, Priority=0)
        else:
            answers = scu.ask(sop_class, "C-MOVE-RQ", identifier, Priority=0, MoveDestination="NOBODY")
    values = [(answer.command.status, answer.dataset) for answer in answers]
    assert values == [(0xA900, None)]
    assert answers[0].command.values["OffendingElement"] == (int(Tag(offending)),)
    assert 0 < len(str(answers[0].command.values["ErrorComment"])) <= 64


@pytest.mark.parametrize(
    ("sop_class", "identifier", "found"),
    [
        (STUDY_FIND, asked("STUDY", StudyInstanceUID="", PatientName="*", StudyDate="2026.01.02", PatientID="S*"), 1),
        (STUDY_FIND, asked("STUDY", StudyInstanceUID=["2.25.1", "2.25.9"], StudyTime="1030-1031"), 1),
        (STUDY_FIND, asked("SERIES", StudyInstanceUID="2.25.1", SeriesInstanceUID="", Modality="C?"), 1),
        (STUDY_FIND, asked("SERIES", StudyInstanceUID="2.25.9", SeriesInstanceUID=""), 0),
        (STUDY_FIND, asked("IMAGE", **ABOVE, SOPInstanceUID=""), 2),
        (STUDY_FIND, asked("IMAGE", **ABOVE, SOPInstanceUID=["2.25.1002", "2.25.7"]), 1),
        (PATIENT_FIND, asked("PATIENT", PatientID="SYN*", PatientName=""), 1),
        (PATIENT_FIND, asked("STUDY", PatientID="SYN-1", StudyInstanceUID="", StudyDate="20260101-"), 1),
        (PATIENT_FIND, asked("IMAGE", PatientID="SYN-1", **ABOVE, SOPInstanceUID=""), 2),
        # attributes below the level mean nothing there, their values neither
        (STUDY_FIND, asked("STUDY", StudyInstanceUID="", SeriesInstanceUID="", InstanceNumber="7"), 1),
    ],
)
def test_what_is_answered(port: int, sop_class: str, identifier: Dataset, found: int) -> None:
    with Scu(port, (sop_class,)) as scu:
        matches, final = scu.find(identifier, sop_class)
    assert (len(matches), final.command.status) == (found, 0)
