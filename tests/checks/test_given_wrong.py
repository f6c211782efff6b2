"""Values of a worklist item that are at fault, and whoever is asked to take them: the RIS alone is to blame, once.

Each fault is carried into MPPS, images and queries as a scanner carries it, by somebody who takes it, by somebody who
refuses it, by somebody who aborts. Whatever they do, one entry fails in the end: the RIS's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scanproof.causes import attributed
from scanproof.evidence import Evidence
from scanproof.evidence.fault import Whose
from scanproof.finding import Finding, Verdict
from scanproof.judge import judge
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import encode
from tests.support import exam_messages as exam
from tests.support.building import CT_IMAGE, MPPS, STUDY_ROOT_FIND, Link, Story

LONG = b"1.2.826.0.1.3680043." + b"1" * 45
#: Keyword, VR, value, and the check that tells of it.
FAULTS = {
    "an Accession Number of 20 characters": ("AccessionNumber", "SH", b"PLANTED-0123456789AB", "worklist.value-syntax"),
    "letters in the study": ("StudyInstanceUID", "UI", b"STUDY.1.2.3", "worklist.value-syntax"),
    "a study of 65 characters": ("StudyInstanceUID", "UI", LONG, "worklist.value-syntax"),
    "a leading zero in the study": ("StudyInstanceUID", "UI", b"1.2.826.007", "worklist.value-syntax"),
    "sex X": ("PatientSex", "CS", b"X", "dataset.worklist-response"),
    "a name outside its character set": ("PatientName", "PN", b"M\xfcller^Hans", "worklist.character-set"),
    "a procedure ID of 20 characters": (
        "RequestedProcedureID",
        "SH",
        b"PLANTED-0123456789AB",
        "worklist.value-syntax",
    ),
}
#: Under another name in what is made of the item.
ALSO = {"RequestedProcedureID": "StudyID"}
ORIGIN = {
    "exchange": "a01.r1",
    "requests": {
        "N-CREATE-RQ": {
            "ScheduledStepAttributesSequence>StudyInstanceUID": "StudyInstanceUID",
            "ScheduledStepAttributesSequence>AccessionNumber": "AccessionNumber",
            "PatientSex": "PatientSex",
            "PatientName": "PatientName",
            "StudyID": "RequestedProcedureID",
        },
        "C-STORE-RQ": {
            "StudyInstanceUID": "StudyInstanceUID",
            "AccessionNumber": "AccessionNumber",
            "PatientSex": "PatientSex",
            "PatientName": "PatientName",
            "StudyID": "RequestedProcedureID",
        },
    },
}
QUIET = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED)


def spoil(ds: Dataset, keyword: str, vr: str, value: bytes) -> Dataset:
    """Give each attribute of a data set that carries the value it as bytes, whatever its VR allows."""
    if vr == "PN":
        ds.SpecificCharacterSet = "ISO_IR 192"
    padded = value + (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
    for level in _levels(ds):
        for name in (keyword, ALSO.get(keyword, "")):
            if name and name in level:
                level[Tag(name)] = RawDataElement(Tag(name), vr, len(padded), padded, 0, False, True)
    return ds


def _levels(ds: Dataset) -> Iterator[Dataset]:
    yield ds
    for name in ("ScheduledStepAttributesSequence", "RequestAttributesSequence"):
        yield from ds.get(name) or ()


class Spoiled:
    """An exam whose worklist item has one fault."""

    def __init__(self, folder: Path, fault: str, **ledger: Any) -> None:
        self.how = FAULTS[fault][:3]
        study = FAULTS[fault][2].decode("latin-1") if self.how[0] == "StudyInstanceUID" else exam.ORDER.StudyInstanceUID
        facts = {"order": None, "item": None, "origin": ORIGIN, "study_instance_uid": study, **ledger}
        self.story = Story(folder, ledger=exam.ledger(**facts))
        exam.worklist(self.story, [self.spoiled(exam.item())])

    def spoiled(self, ds: Dataset) -> bytes:
        """The data set with the fault in it, as bytes, which nothing decodes and encodes anew."""
        return encode(spoil(ds, *self.how), EXPLICIT_LITTLE)

    def create(self, status: int | None, **answer: Any) -> None:
        link = self.story.associate(MPPS, service="mpps")
        link.ask("N-CREATE-RQ", self.spoiled(exam.performed()), AffectedSOPInstanceUID=exam.MPPS_UID)
        self._end(link, status, **answer)

    def store(self, status: int | None) -> None:
        for uid in exam.INSTANCES:
            link = self.story.associate(CT_IMAGE, service="storage")
            ds = exam.image(uid)
            data, length = self.spoiled(ds), ds.Rows * ds.Columns * 2
            head = b"\xe0\x7f\x10\x00OW\0\0" + length.to_bytes(4, "little")
            link.ask("C-STORE-RQ", data + head, elided=length, AffectedSOPInstanceUID=uid)
            self._end(link, status)

    def query(self, change: Callable[[Dataset], Any] = lambda _: None, status: int = 0x0000) -> None:
        """Ask for the study; the answer has what was stored, changed."""
        link = self.story.associate(STUDY_ROOT_FIND, service="query")
        ds = Dataset()
        ds.QueryRetrieveLevel, ds.StudyInstanceUID = "STUDY", exam.ORDER.StudyInstanceUID
        ds.AccessionNumber = ds.PatientName = ds.PatientID = ds.StudyID = None
        link.ask("C-FIND-RQ", self.spoiled(ds) if self.how[0] == "StudyInstanceUID" else ds)
        if not status:
            answer = spoil(exam.study_answer(), *self.how)
            change(answer)
            link.answer(0xFF00, encode(answer, EXPLICIT_LITTLE))
        link.answer(status)
        link.release()

    def _end(self, link: Link, status: int | None, **answer: Any) -> None:
        if status is None:
            link.abort(source=2)
            return
        link.answer(status, **answer)
        link.release()


def entries(evidence: Evidence) -> list[Finding]:
    """Findings that are no consequence of others, but those that pass."""
    judgement = judge(evidence)
    assert judgement.crashed == ()
    found = [each.finding for each in attributed(judgement.judged, [evidence])]
    return [finding for finding in found if finding.root is None and finding.verdict not in QUIET]


def only_the_ris(evidence: Evidence, fault: str) -> None:
    found = entries(evidence)
    assert [(each.check, each.verdict, each.tag) for each in found] == [(FAULTS[fault][3], "FAIL", FAULTS[fault][0])]
    assert found[0].party.startswith("worklist ")
    ours = [fault for operation in evidence.operations for fault in evidence.asked(operation).of(Whose.OURS)]
    assert ours == []


def test_the_same_exam_without_a_fault_is_clean(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger(origin=ORIGIN, order=None))
    exam.worklist(story, [exam.item()])
    exam.mpps(story, "N-CREATE-RQ", exam.performed())
    exam.store(story)
    exam.find(story, [exam.study_answer()], "STUDY")
    assert entries(story.evidence()) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_taken_and_echoed(tmp_path: Path, fault: str) -> None:
    spoiled = Spoiled(tmp_path, fault)
    spoiled.create(0x0000)
    spoiled.store(0x0000)
    spoiled.query()
    only_the_ris(spoiled.story.evidence(), fault)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("step", "image"), [(0x0106, 0xA900), (0x0110, 0xC000), (0x0117, 0x0110), (0x0122, 0xA700)])
def test_a_fault_that_is_refused(tmp_path: Path, fault: str, step: int, image: int) -> None:
    spoiled = Spoiled(tmp_path, fault)
    spoiled.create(step, ErrorComment="value")
    spoiled.store(image)
    if spoiled.how[0] == "StudyInstanceUID":
        spoiled.query(status=0xA900)
    evidence = spoiled.story.evidence()
    found = [
        each for each in entries(evidence) if each.check != "dimse.status-legal"
    ]  # the form is judged all the same
    assert [(each.check, each.verdict) for each in found] == [(FAULTS[fault][3], "FAIL")]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("who", ["create", "store"])
def test_a_fault_that_is_answered_by_an_abort(tmp_path: Path, fault: str, who: str) -> None:
    spoiled = Spoiled(tmp_path, fault)
    getattr(spoiled, who)(None)
    only_the_ris(spoiled.story.evidence(), fault)


def test_silence_and_an_abort_behind_the_answer(tmp_path: Path) -> None:
    """A crash is excused by what was asked last and never answered, and by nothing else."""
    fault = "letters in the study"
    for what in ("silence", "Pending for ever", "an abort behind the answer"):
        spoiled = Spoiled(tmp_path / what, fault)
        link = spoiled.story.associate(MPPS, service="mpps")
        link.ask("N-CREATE-RQ", spoiled.spoiled(exam.performed()), AffectedSOPInstanceUID=exam.MPPS_UID)
        if what == "silence":
            link.event("timeout", waiting="the response", seconds=5)
        elif what == "Pending for ever":
            link.answer(0xFF00)
            link.event("overrun", waiting="the response", bound="operation", seconds=5.0, messages=1, bytes=90)
            link.pdu(p.Abort(0, 0), sent=True)
        else:
            link.answer()
            link.abort(source=2)
        found = {each.check for each in entries(spoiled.story.evidence())}
        assert found == {FAULTS[fault][3], *(("association.no-abort",) if "abort" in what else ())}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_comes_back_mended_or_cut(tmp_path: Path, fault: str) -> None:
    keyword = ALSO.get(FAULTS[fault][0], FAULTS[fault][0])
    for number, value in enumerate(
        ("", {"UI": "1.2.3", "PN": "M?ller^Hans"}.get(FAULTS[fault][1], "PLANTED-01234567"))
    ):
        spoiled = Spoiled(tmp_path / str(number), fault)
        spoiled.store(0x0000)

        def mend(answer: Dataset, value: str = value) -> None:
            if keyword in answer:
                del answer[keyword]
                setattr(answer, keyword, value)

        if value or keyword != "StudyInstanceUID":  # a unique key is never empty, whatever it was
            spoiled.query(mend)
        only_the_ris(spoiled.story.evidence(), fault)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_refused_or_changed_without_a_fault_is_not_excused(tmp_path: Path, fault: str) -> None:
    """The item has a fault; this exam's messages have none, or another value is at fault as well."""
    spoiled = Spoiled(tmp_path, fault)
    exam.mpps(spoiled.story, "N-CREATE-RQ", exam.performed(), 0x0110, uid="2.25.5")
    spoiled.store(0x0000)
    spoiled.query(lambda ds: setattr(ds, "PatientID", "OTHER"))
    found = {(each.check, each.verdict) for each in entries(spoiled.story.evidence())}
    assert ("mpps.create-accepted", Verdict.FAIL) in found
    assert ("storage.coercion-announced", Verdict.FAIL) in found


def test_a_fault_that_the_item_does_not_have_is_ours(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger(origin=ORIGIN, order=None))
    exam.worklist(story, [exam.item()])
    exam.mpps(story, "N-CREATE-RQ", spoil(exam.performed(), "AccessionNumber", "SH", b"OURS-0123456789ABCDE"), 0x0106)
    seen = [each for each in entries(story.evidence()) if each.check == "mpps.create-accepted"]
    assert [each.verdict for each in seen] == [Verdict.INCONCLUSIVE]
    assert "not to blame" in seen[0].hint


def test_an_item_of_a_sequence_that_lacks_a_reference_is_the_givers(tmp_path: Path) -> None:
    """A scanner carries the sequence over whole; what is missing in it was missing before."""
    for given, whose in ((True, Whose.CARRIED), (False, Whose.OURS)):
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.1.1", "2.25.3"
        item = exam.item()
        item.ReferencedPatientSequence = [reference]
        if given:
            reference.ReferencedSOPInstanceUID = ""
        paths = {"ReferencedPatientSequence": "ReferencedPatientSequence"}
        origin = {"exchange": "a01.r1", "requests": {"N-CREATE-RQ": paths}}
        story = Story(tmp_path, ledger=exam.ledger(origin=origin, order=None))
        exam.worklist(story, [item])
        bare = Dataset()
        bare.ReferencedSOPClassUID = reference.ReferencedSOPClassUID
        bare.ReferencedSOPInstanceUID = ""
        ds = exam.performed()
        ds.ReferencedPatientSequence = [bare]
        exam.mpps(story, "N-CREATE-RQ", ds, 0x0121)
        evidence = story.evidence()
        (create,) = evidence.requests("N-CREATE-RQ")
        assert [fault.whose for fault in evidence.asked(create).faults] == [whose]


def test_a_vr_is_never_carried(tmp_path: Path) -> None:
    item = exam.item()
    item[Tag("AccessionNumber")] = RawDataElement(Tag("AccessionNumber"), "LO", 4, b"A123", 0, False, True)
    story = Story(tmp_path, ledger=exam.ledger(origin=ORIGIN, order=None))
    exam.worklist(story, [item])
    ds = exam.performed()
    ds.ScheduledStepAttributesSequence[0][Tag("AccessionNumber")] = item.get_item(Tag("AccessionNumber"))
    exam.mpps(story, "N-CREATE-RQ", ds)
    evidence = story.evidence()
    (create,) = evidence.requests("N-CREATE-RQ")
    assert [fault.whose for fault in evidence.asked(create).faults] == [Whose.OURS]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_transcript_without_origin_is_judged_by_its_bytes(tmp_path: Path, fault: str) -> None:
    spoiled = Spoiled(tmp_path, fault, origin=None)
    spoiled.create(0x0106)
    evidence = spoiled.story.evidence()
    (create,) = evidence.requests("N-CREATE-RQ")
    assert {each.whose for each in evidence.asked(create).faults} == {Whose.CARRIED}
    assert evidence.asked(create).because is not None
