"""Checks of instances, data sets and the exam: a spoiled transcript is noticed, a right one is not."""

from __future__ import annotations

import copy

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from scanproof.checks import all_checks, datasets, iod
from scanproof.finding import Verdict
from scansim.mutants import mutate
from scansim.wire.dataset import read
from tests.support import exam_messages as exam
from tests.support.building import (
    COMMITMENT,
    CT_IMAGE,
    MPPS,
    STUDY_ROOT_FIND,
    WORKLIST,
    Story,
    deviations,
    observe,
    verdict,
)
from tests.support.iod_data import opened
from tests.support.small_exam import small_exam

CHECKS = [name for name in all_checks() if name.split(".")[0] in ("iod", "dataset", "exam")]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return small_exam("ct", tmp_path_factory.mktemp("ct"))


def said(story):
    """(verdict, tag) of every deviation of our checks, by check."""
    evidence = story.evidence()
    found = {name: deviations(name, evidence) for name in CHECKS}
    return {name: seen for name, seen in found.items() if seen}


# --- instances --------------------------------------------------------------------------------------------------------


def stored(folder, *sent, received=(), ledger=None):
    story = Story(folder, ledger=ledger or {})
    for files, by_target in ((sent, False), (received, True)):
        if files:
            link = story.associate(CT_IMAGE, service="storage", by_target=by_target)
            for number, data in enumerate(files):
                # of what we send the transcript keeps no pixels, what the target sends it keeps whole
                pixels = len(data) if by_target else data.rindex(b"\xe0\x7f\x10\x00OW") + 12
                syntax, dataset = opened(data[:pixels])
                elided, uid = len(data) - pixels, read(dataset, syntax).text("SOPInstanceUID") or f"2.25.{number}"
                link.ask("C-STORE-RQ", dataset, sent=not by_target, elided=elided, AffectedSOPInstanceUID=uid)
                link.answer(sent=by_target)
            link.release()
    return story


def test_right_instances(tmp_path, files):
    story = stored(tmp_path, *files, received=files)
    assert said(story) == {}
    evidence = story.evidence()
    assert {name: verdict(name, evidence) for name in ("iod.ours", "iod.received", "exam.instances")} == {
        "iod.ours": Verdict.PASS,
        "iod.received": Verdict.PASS,
        "exam.instances": Verdict.PASS,
    }


@pytest.mark.parametrize("mutant", ["type1-missing-modality", "da-dashes", "element-order", "private-creator-missing"])
def test_a_wrong_instance_of_ours_is_our_defect(tmp_path, files, mutant):
    assert said(stored(tmp_path, mutate(mutant, files[1]))) == {"iod.ours": [("INCONCLUSIVE", None)]}


@pytest.mark.parametrize(
    ("mutant", "expected"),
    [
        ("da-dashes", ("FAIL", "StudyDate")),
        ("charset-term-utf-8", ("FAIL", "SpecificCharacterSet")),
        ("defined-term-patient-position", ("WARN", "PatientPosition")),
    ],
)
def test_a_wrong_instance_of_the_target_is_its_own(tmp_path, files, mutant, expected):
    found = said(stored(tmp_path, files[1], received=[mutate(mutant, files[1])]))
    assert list(found) == ["iod.received"]
    assert expected in found["iod.received"]


def test_what_was_wrong_when_we_sent_it_is_not_the_targets(tmp_path, files):
    spoiled = mutate("type1-missing-modality", files[1])
    found = said(stored(tmp_path, spoiled, received=[mutate("da-dashes", spoiled)]))
    assert found["iod.received"] == [("FAIL", "StudyDate")]


def test_what_somebody_else_may_have_stored_is_not_judged(tmp_path, files):
    assert said(stored(tmp_path, received=[mutate("da-dashes", files[1])])) == {}


def test_what_is_lost_is_told_as_that(tmp_path, files):
    told = stored(tmp_path, files[1], received=[mutate("type1-missing-modality", files[1])])
    assert said(told) == {}


def test_nothing_received_is_nothing_said(tmp_path, files):
    assert verdict("iod.received", stored(tmp_path, *files).evidence()) is Verdict.NOT_APPLICABLE


def test_instances_that_do_not_belong_together_are_our_defect(tmp_path, files):
    other = files[2]
    name = other.index(b"\x10\x00\x20\x00LO") + 8
    other = other[:name] + b"ZZ" + other[name + 2 :]
    assert said(stored(tmp_path, files[1], other)) == {"exam.instances": [("INCONCLUSIVE", None)]}


# --- the exam ---------------------------------------------------------------------------------------------------------


def with_images(folder, *changes):
    story = Story(folder, ledger=exam.ledger())
    exam.store(story, None, *changes)
    return story.evidence()


def test_images_as_the_item_says(tmp_path):
    evidence = with_images(tmp_path)
    assert deviations("exam.images", evidence) == []
    assert verdict("exam.images", evidence) is Verdict.PASS


@pytest.mark.parametrize(
    ("name", "value"), [("PatientID", "OTHER"), ("AccessionNumber", "A-OTHER"), ("StudyInstanceUID", "2.25.99")]
)
def test_images_that_differ_from_the_item_are_our_defect(tmp_path, name, value):
    evidence = with_images(tmp_path, lambda ds: setattr(ds, name, value))
    assert deviations("exam.images", evidence) == [("INCONCLUSIVE", None)] * 2


def test_images_are_compared_with_nothing_when_no_item_was_chosen(tmp_path):
    story = Story(tmp_path)
    exam.store(story)
    assert observe("exam.images", story.evidence()) == []


def test_of_many_differences_three_are_told(tmp_path):
    def change(ds):
        ds.PatientID, ds.AccessionNumber, ds.StudyInstanceUID, ds.PatientName = "A", "B", "2.25.9", "C"

    evidence = with_images(tmp_path, change)
    assert [seen.actual.count("; ") for seen in observe("exam.images", evidence)] == [2, 2]


def test_a_step_under_another_series_or_class_is_our_defect(tmp_path):
    def performed(change):
        story = Story(tmp_path, ledger=exam.ledger())
        exam.store(story)
        dataset = exam.modification("COMPLETED")
        change(dataset)
        exam.mpps(story, "N-SET-RQ", dataset)
        return deviations("exam.performed", story.evidence())

    assert performed(lambda ds: None) == []
    series = "PerformedSeriesSequence"
    assert performed(lambda ds: setattr(ds[series][0], "SeriesInstanceUID", "2.25.9")) == [("INCONCLUSIVE", None)]
    reference = "ReferencedSOPClassUID"
    assert performed(lambda ds: setattr(ds[series][0].ReferencedImageSequence[0], reference, "1.2.3")) == [
        ("INCONCLUSIVE", None)
    ]


# --- queries ----------------------------------------------------------------------------------------------------------


def query(folder, change):
    keys = exam.keys()
    change(keys)
    story = Story(folder, ledger=exam.ledger())
    exam.worklist(story, [exam.item()], identifier=keys)
    return deviations("dataset.worklist-request", story.evidence())


def step(name, value):
    return lambda keys: setattr(keys.ScheduledProcedureStepSequence[0], name, value)


def two_steps(keys):
    keys.ScheduledProcedureStepSequence = [copy.deepcopy(keys.ScheduledProcedureStepSequence[0]) for _ in range(2)]


def document(keys):
    inner = Dataset()
    inner.ReferencedSOPInstanceUID = "1.2.3"
    keys.PertinentDocumentsSequence = [inner]


@pytest.mark.parametrize(
    ("change", "right"),
    [
        (lambda keys: None, True),
        (step("ScheduledProcedureStepStartDate", "20260101-"), True),
        (step("ScheduledProcedureStepStartDate", "20260101-20260103"), True),
        (step("ScheduledProcedureStepStartTime", "08-1200"), True),
        (lambda keys: setattr(keys, "PatientName", "Synth*"), True),
        (lambda keys: setattr(keys, "StudyInstanceUID", ["1.2", "1.3"]), True),
        (lambda keys: setattr(keys, "SpecificCharacterSet", ["", "ISO 2022 IR 87"]), True),
        (step("ScheduledProcedureStepStartDate", "2026013"), False),
        (step("ScheduledProcedureStepStartDate", "20260199-"), False),
        (step("ScheduledProcedureStepStartDate", "-"), False),
        (lambda keys: setattr(keys, "PatientBirthDate", "20260230"), False),
        (step("ScheduledProcedureStepStartDate", "2026-01-02"), False),
        (step("ScheduledProcedureStepStartDate", "202601*"), False),
        (step("Modality", "C*"), False),
        (step("ScheduledStationAETitle", "SCAN?"), False),
        (step("Modality", ["CT", "MR"]), False),
        (lambda keys: setattr(keys, "PatientID", "P*"), False),
        (two_steps, False),
        (document, False),
    ],
)
def test_keys_of_a_worklist_query(tmp_path, change, right):
    assert query(tmp_path, change) == ([] if right else [("INCONCLUSIVE", None)])


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ({}, True),
        ({"QueryRetrieveLevel": "PATIENT"}, False),
        ({"QueryRetrieveLevel": "SERIES", "StudyInstanceUID": ""}, False),
        ({"QueryRetrieveLevel": "SERIES", "SeriesInstanceUID": ""}, True),
        ({"StudyDate": "2026?101"}, False),
        ({"RetrieveAETitle": "PACS*"}, True),
        ({"StudyDescription": "Head?"}, True),
        ({"ModalitiesInStudy": "C*"}, True),
    ],
)
def test_keys_of_a_query_of_the_archive(tmp_path, change, right):
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID = "STUDY", "1.2"
    for name, value in change.items():
        setattr(ds, name, value)
    story = Story(tmp_path)
    link = story.associate(STUDY_ROOT_FIND, service="query")
    link.ask("C-FIND-RQ", ds)
    link.answer()
    assert deviations("dataset.query-request", story.evidence()) == ([] if right else [("INCONCLUSIVE", None)])


# --- what the target returns ------------------------------------------------------------------------------------------


def returned(folder, change, keys=None):
    item = exam.item()
    change(item)
    story = Story(folder, ledger=exam.ledger())
    exam.worklist(story, [item], identifier=keys)
    return deviations("dataset.worklist-response", story.evidence())


def test_a_right_worklist_item(tmp_path):
    assert returned(tmp_path, lambda item: None) == []


def private(item):
    item.add_new(0x00091001, "LO", "nobody's")


@pytest.mark.parametrize(
    ("change", "tag"),
    [
        (lambda item: setattr(item, "PatientSex", "X"), "PatientSex"),
        (lambda item: setattr(item, "PregnancyStatus", 9), "PregnancyStatus"),
        (private, "(0009,1001)"),
    ],
)
def test_values_of_a_worklist_item(tmp_path, change, tag):
    assert returned(tmp_path, change) == [("FAIL", tag)]


def test_items_of_optional_sequences(tmp_path):
    keys = exam.keys()
    keys.PertinentDocumentsSequence = []

    def documented(**values):
        def change(item):
            inner = Dataset()
            inner.ReferencedSOPClassUID, inner.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.104.1", "2.25.7"
            inner.PurposeOfReferenceCodeSequence, inner.DocumentTitle = Sequence(), ""
            for name, value in values.items():
                if value is None:
                    del inner[name]
                else:
                    setattr(inner, name, value)
            item.PertinentDocumentsSequence = [inner]

        return returned(tmp_path, change, keys)

    assert documented() == []
    assert documented(ReferencedSOPInstanceUID="") == [
        ("FAIL", "PertinentDocumentsSequence[1] > ReferencedSOPInstanceUID")
    ]
    assert documented(DocumentTitle=None) == [("FAIL", "PertinentDocumentsSequence[1] > DocumentTitle")]


def test_what_is_missing_is_told_from_what_is_empty(tmp_path):
    for change, what in (
        (drop("TransactionUID"), "absent"),
        (lambda ds: setattr(ds, "TransactionUID", ""), "without a value"),
    ):
        story = Story(tmp_path, ledger=exam.ledger())
        link = story.associate(COMMITMENT, service="commitment")
        ds = Dataset()
        ds.TransactionUID, ds.ReferencedSOPSequence = "2.25.5", [exam._reference(exam.INSTANCES[0])]
        change(ds)
        link.ask("N-ACTION-RQ", ds)
        link.answer()
        (seen,) = observe("dataset.commitment-request", story.evidence())
        assert seen.actual.startswith("N-ACTION-RQ: TransactionUID")
        assert what in seen.actual


def test_what_was_not_asked_for_binds_nobody(tmp_path):
    keys = exam.keys()
    inner = Dataset()
    inner.ReferencedSOPClassUID = None
    keys.PertinentDocumentsSequence = [inner]

    def change(item):
        given = Dataset()
        given.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.104.1"
        item.PertinentDocumentsSequence = [given]

    assert returned(tmp_path, change, keys) == []


def test_attributes_of_a_newer_edition_are_not_wrong(tmp_path):
    def change(item):
        item.add_new(0x00100014, "SQ", [])  # of a later edition than the tables
        item.add_new(0x00100FF0, "LO", "new")

    assert returned(tmp_path, change) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda ds: None, []),
        (lambda ds: setattr(ds, "PatientID", "P" * 70), [("FAIL", "PatientID")]),
        (private, [("FAIL", "(0009,1001)")]),
        (lambda ds: ds.add_new(0x00080020, "LO", "20260102"), [("FAIL", "StudyDate")]),
    ],
)
def test_answers_of_the_archive(tmp_path, change, expected):
    answer = exam.study_answer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pydicom.config.settings.writing_validation_mode", 0)
        patch.setattr("pydicom.config.settings.reading_validation_mode", 0)
        change(answer)
        story = Story(tmp_path, ledger=exam.ledger())
        exam.find(story, [answer], "STUDY")
        assert deviations("dataset.query-response", story.evidence()) == expected


# --- performed procedure steps and commitment -------------------------------------------------------------------------


def final(ds):
    series = ds.PerformedSeriesSequence[0]
    series.PerformingPhysicianName = series.OperatorsName = series.SeriesDescription = series.RetrieveAETitle = ""
    series.ProtocolName, series.ReferencedNonImageCompositeSOPInstanceSequence = "Head", Sequence()
    ds.PerformedProcedureStepEndDate, ds.PerformedProcedureStepEndTime = "20260102", "100000"


def step_of(folder, create=lambda ds: None, change=lambda ds: None, status="COMPLETED"):
    story = Story(folder, ledger=exam.ledger())
    exam.mpps(story, "N-CREATE-RQ", exam.performed(create))
    dataset = exam.modification(status)
    final(dataset)
    change(dataset)
    exam.mpps(story, "N-SET-RQ", dataset)
    return deviations("dataset.mpps-request", story.evidence())


def drop(name):
    return lambda ds: ds.pop(name)


@pytest.mark.parametrize(
    ("create", "change", "status", "right"),
    [
        (lambda ds: None, lambda ds: None, "COMPLETED", True),
        (lambda ds: None, lambda ds: setattr(ds, "PerformedSeriesSequence", []), "DISCONTINUED", False),
        (
            lambda ds: None,
            lambda ds: setattr(ds.PerformedSeriesSequence[0], "ReferencedImageSequence", []),
            "DISCONTINUED",
            True,
        ),  # a series without images is legal where none were made
        (drop("PatientSex"), lambda ds: None, "COMPLETED", False),
        (lambda ds: None, lambda ds: setattr(ds, "PatientID", "P1"), "COMPLETED", False),
        (lambda ds: None, drop("PerformedProcedureStepEndTime"), "COMPLETED", False),
        (lambda ds: None, lambda ds: setattr(ds, "PerformedSeriesSequence", []), "COMPLETED", False),
        (lambda ds: None, lambda ds: ds.PerformedSeriesSequence[0].pop("ProtocolName"), "COMPLETED", False),
        (lambda ds: None, drop("PerformedProcedureStepEndTime"), "IN PROGRESS", True),
    ],
)
def test_performed_procedure_steps(tmp_path, create, change, status, right):
    assert step_of(tmp_path, create, change, status) == ([] if right else [("INCONCLUSIVE", None)])


def test_a_step_is_compared_with_the_images_that_were_stored(tmp_path):
    story = Story(tmp_path, ledger=exam.ledger())
    exam.store(story, dict.fromkeys(exam.INSTANCES, 0xA700))
    exam.mpps(story, "N-SET-RQ", exam.modification("COMPLETED"))
    assert observe("exam.performed", story.evidence()) == []
    exam.store(story)
    assert [seen.verdict for seen in observe("exam.performed", story.evidence())] == [Verdict.PASS]


def test_a_final_state_that_was_refused_is_asked_to_be_complete_too(tmp_path):
    """That it was not is why an SCP may have refused it."""
    story = Story(tmp_path, ledger=exam.ledger())
    exam.mpps(story, "N-CREATE-RQ", exam.performed())
    bare = exam.modification("COMPLETED")
    del bare.PerformedProcedureStepEndDate, bare.PerformedSeriesSequence
    for status in (0x0106, 0x0000):
        exam.mpps(story, "N-SET-RQ", bare, status)
    wrong = [each for each in observe("dataset.mpps-request", story.evidence()) if each.verdict is not Verdict.PASS]
    assert [each.actual.partition(":")[0] for each in wrong] == ["N-SET-RQ"] * 2
    assert all("PerformedProcedureStepEndDate" in each.actual for each in wrong)
    assert verdict("mpps.final-accepted", story.evidence()) is Verdict.INCONCLUSIVE


def request(folder, change):
    ds = Dataset()
    ds.TransactionUID = "2.25.5"
    ds.ReferencedSOPSequence = [exam._reference(uid) for uid in exam.INSTANCES]
    change(ds)
    story = Story(folder, ledger=exam.ledger())
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", ds)
    link.answer()
    return deviations("dataset.commitment-request", story.evidence())


@pytest.mark.parametrize(
    ("change", "right"),
    [
        (lambda ds: None, True),
        (drop("TransactionUID"), False),
        (lambda ds: setattr(ds, "ReferencedSOPSequence", []), False),
        (lambda ds: ds.ReferencedSOPSequence[0].pop("ReferencedSOPClassUID"), False),
        (lambda ds: ds.ReferencedSOPSequence.append(exam._reference(exam.INSTANCES[0])), False),
    ],
)
def test_commitment_requests(tmp_path, change, right):
    assert request(tmp_path, change) == ([] if right else [("INCONCLUSIVE", None)])


def report(folder, change):
    story = Story(folder, ledger=exam.ledger())
    exam.commit(story)
    ds = Dataset()
    ds.TransactionUID, ds.RetrieveAETitle = exam.TRANSACTION_UID, "ARCHIVE"
    ds.ReferencedSOPSequence = [exam._reference(uid) for uid in exam.INSTANCES]
    change(ds)
    link = story.associate(COMMITMENT, service="commitment", by_target=True)
    link.ask("N-EVENT-REPORT-RQ", ds, sent=False)
    link.answer(sent=True)
    return deviations("dataset.commitment-report", story.evidence())


@pytest.mark.parametrize(
    ("change", "tag"),
    [
        (lambda ds: None, None),
        (lambda ds: ds.ReferencedSOPSequence[1].pop("ReferencedSOPInstanceUID"), "ReferencedSOPSequence[2] > "
         "ReferencedSOPInstanceUID"),
        (lambda ds: setattr(ds.ReferencedSOPSequence[0], "RetrieveAETitle", "OTHER"), "RetrieveAETitle"),
        (lambda ds: ds.add_new(0x00080054, "LO", "ARCHIVE"), "RetrieveAETitle"),
        (private, "(0009,1001)"),
    ],
)  # fmt: skip
def test_commitment_reports(tmp_path, change, tag):
    assert report(tmp_path, change) == ([("FAIL", tag)] if tag else [])


def test_a_report_without_a_data_set_has_no_form(tmp_path):
    story = Story(tmp_path, ledger=exam.ledger())
    exam.commit(story)
    link = story.associate(COMMITMENT, service="commitment", by_target=True)
    link.ask("N-EVENT-REPORT-RQ", None, sent=False)
    link.answer(sent=True)
    assert observe("dataset.commitment-report", story.evidence()) == []


def test_services_of_the_checks():
    of_service = {name: check.service for name, check in all_checks().items() if name in CHECKS}
    assert len(of_service) == 14
    assert set(of_service.values()) == {"", "worklist", "query", "mpps", "storage", "commitment", "retrieve"}
    assert datasets.OUR_DEFECT == iod.OUR_DEFECT
    assert {WORKLIST, MPPS} == {datasets.WORKLIST, datasets.MPPS}
