"""Planted defects: the registry, and that each of them shows on the wire."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scansim.reference
from scansim.identity.orders import code
from scansim.reference import DEFECTS, ReferenceConfig
from scansim.reference.admission_defects import ADMISSION_DEFECTS
from scansim.reference.commitment_defects import COMMITMENT_DEFECTS
from scansim.reference.context_defects import CONTEXT_DEFECTS
from scansim.reference.pair_defects import PAIR_DEFECTS
from scansim.reference.query_defects import QUERY_DEFECTS
from scansim.reference.readback_defects import READBACK_DEFECTS
from scansim.reference.retrieve_defects import RETRIEVE_DEFECTS
from scansim.reference.state_defects import STATE_DEFECTS
from scansim.reference.storage_defects import KEPT_DEFECTS, STORAGE_DEFECTS
from scansim.reference.worklist_defects import WORKLIST_DEFECTS
from scansim.vocabulary.uids import MPPS_RETRIEVE, PATIENT_STUDY_ONLY_FIND
from scansim.wire import pdu as p
from scansim.wire.dataset import read
from scansim.wire.stream import Message
from tests.support.processes import free_port
from tests.support.reference_client import (
    COMMITMENT,
    CT,
    EXPLICIT,
    MPPS,
    STUDY_FIND,
    VERIFICATION,
    WORKLIST,
    Scu,
    decode,
    instance,
    target,
)
from tests.support.reference_commitment import Requester, ask_for, request
from tests.support.reference_mpps import change, completed, deviate, step
from tests.support.reference_queries import add, level, order
from tests.support.sample import sample

SOURCE = Path(scansim.reference.__file__).parent

CLASSES = (VERIFICATION, WORKLIST, MPPS, MPPS_RETRIEVE, CT, STUDY_FIND, COMMITMENT, PATIENT_STUDY_ONLY_FIND, "1.2.3.4")


def test_every_defect_has_a_name_and_a_summary() -> None:
    assert all(name == defect.name and defect.summary for name, defect in DEFECTS.items())


def test_every_defect_is_planted_somewhere_and_nothing_else_is() -> None:
    code = {path.name: path.read_text() for path in SOURCE.glob("*.py") if "defect" not in path.name}
    for defect in DEFECTS.values():
        files = {name for name, text in code.items() if f'"{defect.name}"' in text}
        assert files, defect.name
        assert (files <= {"rewrite.py", "endless.py", "spoil_admission.py"}) is defect.rewrites, defect.name
    named = {name for text in code.values() for name in re.findall(r'planted\(\s*"([\w-]+)"', text)}
    assert named <= set(DEFECTS)


def test_a_defect_that_is_not_known() -> None:
    with pytest.raises(ValueError, match="no-such-defect"):
        ReferenceConfig(defect="no-such-defect")
    with pytest.raises(KeyError):
        ReferenceConfig().planted("no-such-defect")


def test_the_registry_needs_no_pynetdicom() -> None:
    code = "import sys, scansim.reference; print([m for m in sys.modules if m.startswith('pynetdicom')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == "[]"


# --- each of them on the wire -----------------------------------------------------------------------------------------


#: Steps of an exam that a defect can show in, by the first word of its name; all of them for other words.
CONCERNS = {
    "echo": ("first",),
    "worklist": ("worklist",),
    "mpps": ("mpps", "mpps that deviates"),
    "storage": ("storage", "commitment"),
    "commitment": ("storage", "commitment"),
    "query": ("storage", "commitment"),
    "association": ("first", "worklist"),
    "verification": ("first",),
    "stray": ("storage", "commitment"),
    "dimse": ("first", "worklist", "mpps", "storage"),
}


#: So many responses are enough to see that there is no end of them.
_MANY = 20
_ENDLESS = ("dimse-pending-for-ever", "dimse-store-pending", "dimse-requests-instead")
CYRILLIC = "Synthetic-Проба^Анна"


class Exam:
    """A short exam: what came, by step, within `wait` seconds each time. It goes on after a step that failed."""

    def __init__(self, folder: Path, defect: str | None, wait: float = 5) -> None:
        self.wait = wait
        self.seen: dict[str, Any] = {}
        self.pdus: list[Any] = []
        self.defect = defect
        port = free_port()
        self.requester = Requester(port)
        with target(folder, defect=defect, peers={"SCANPROOF": ("127.0.0.1", port)}, commitment_delay=0.0) as running:
            self.port = running.port
            first = order(1, character_set="ISO_IR 100", PatientWeight=None)
            first.RequestedProcedureCodeSequence = [code("CTABD", "99SCANPROOF", "CT abdomen")]
            add(running, first, order(2, "MR"), order(3, "CT", "ISO_IR 144"))
            steps = {
                "first": self._first,
                "worklist": self._worklist,
                "mpps": self._mpps,
                "storage": self._storage,
                "commitment": self._commitment,
                "mpps that deviates": lambda scu: deviate(
                    lambda name, *what, **fields: self.ask(name, scu, *what, **fields)
                ),
            }
            for name in CONCERNS.get((defect or "").partition("-")[0], steps):
                if name == "first" or self.seen.get("associated", True):
                    self.step(name, steps[name])
        self.requester.close()

    def step(self, name: str, run: Callable[[Scu], None]) -> None:
        user = p.UserInformation(16384, "2.25.1")
        try:
            with Scu(self.port, CLASSES, user=user) as scu:
                self.seen.setdefault("answer", scu.answer)
                self.seen.setdefault("answer problems", scu.answer_problems)
                try:
                    run(scu)
                finally:
                    self.pdus += scu.pdus
                scu.sock.settimeout(self.wait)
                if self.defect in _ENDLESS:
                    scu.open = False  # nobody would answer A-RELEASE-RQ
                elif scu.open:
                    scu.sock.sendall(p.encode(p.ReleaseRQ()))
                    scu.open = False
                    self.seen.setdefault("release", scu.pdu())
                    if self.defect == "association-aborts-after-release":
                        self.seen["more"] = scu.pdu()
        except (OSError, AssertionError, StopIteration, IndexError) as error:
            self.seen[f"{name} failed"] = type(error).__name__
            self.seen.setdefault("associated", False)

    def ask(self, name: str, scu: Scu, *arguments: Any, **fields: Any) -> list[Message]:
        """Like `Scu.ask`, but it asserts nothing and waits a short time for more."""
        sop_class, kind, *_ = arguments
        named = "RequestedSOPClassUID" if kind in ("N-SET-RQ", "N-ACTION-RQ", "N-GET-RQ") else "AffectedSOPClassUID"
        scu.send(*arguments, **({named: sop_class} | fields))
        answers = self.seen[name] = [scu.message(self.wait)]
        while answers[-1].command.status in (0xFF00, None) and len(answers) < _MANY:
            answers.append(scu.message(self.wait))
        return answers

    def _first(self, scu: Scu) -> None:
        self.seen["associated"] = isinstance(scu.answer, p.AssociateAC)
        self.ask("echo", scu, VERIFICATION, "C-ECHO-RQ")

    def _worklist(self, scu: Scu) -> None:
        codes = ("RequestedProcedureCodeSequence",)
        root = ("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID", "RequestedProcedureID")
        more = ("RequestingPhysician", "ReferringPhysicianName", "PregnancyStatus", "SpecialNeeds", "PatientSex")
        inner = ("Modality", "ScheduledStationAETitle", "ScheduledProcedureStepStartDate", "ScheduledProcedureStepID")
        for name, keys, step_keys in (
            ("first query", {}, {"Modality": "CT"}),
            ("second query", {}, {"Modality": "CT"}),
            ("by station", {}, {"ScheduledStationAETitle": "OTHER"}),
            ("by date", {}, {"ScheduledProcedureStepStartDate": "20260103"}),
            ("by id", {"PatientID": "SYN-1"}, {}),
            ("by name", {"PatientName": "*-2*"}, {}),
        ):
            item = Dataset()
            for keyword in (*inner, "ScheduledProcedureStepDescription"):
                setattr(item, keyword, step_keys.get(keyword, ""))
            ds = Dataset()
            for keyword in (*root, *more, *codes):
                setattr(ds, keyword, keys.get(keyword))
            ds.ScheduledProcedureStepSequence = [item]
            self.ask(name, scu, WORKLIST, "C-FIND-RQ", ds, Priority=0)

    def _mpps(self, scu: Scu) -> None:
        for name in ("create", "duplicate"):
            self.ask(name, scu, MPPS, "N-CREATE-RQ", step(), AffectedSOPInstanceUID="2.25.7")
        for name, ds in (("progress", change("IN PROGRESS")), ("final", completed()), ("late", completed())):
            self.ask(name, scu, MPPS, "N-SET-RQ", ds, RequestedSOPInstanceUID="2.25.7")
        self.ask("unknown", scu, MPPS, "N-SET-RQ", completed(), RequestedSOPInstanceUID="2.25.8")

    def _storage(self, scu: Scu) -> None:
        for number in (1001, 1002):
            more = {"SpecificCharacterSet": "ISO_IR 144", "PatientName": CYRILLIC} if number == 1002 else {}
            ds = instance(f"2.25.{number}", study=f"2.25.{number - 1000}", **more)
            names = {"AffectedSOPInstanceUID": str(ds.SOPInstanceUID), "Priority": 0}
            self.ask("store", scu, CT, "C-STORE-RQ", ds, **names)
        names = {"PatientID": "", "PatientName": "", "StudyID": ""}
        keys = level("STUDY", StudyInstanceUID="", StudyDate="", AccessionNumber="", **names)
        self.ask("study query", scu, STUDY_FIND, "C-FIND-RQ", keys, Priority=0)
        keys = level("STUDY", SpecificCharacterSet="ISO_IR 144", StudyInstanceUID="", PatientName=CYRILLIC)
        self.ask("study by name", scu, STUDY_FIND, "C-FIND-RQ", keys, Priority=0)
        keys = level("IMAGE", StudyInstanceUID="2.25.1", SeriesInstanceUID="2.25.2", SOPInstanceUID="", SOPClassUID="")
        keys.InstanceNumber = None
        self.ask("image query", scu, STUDY_FIND, "C-FIND-RQ", keys, Priority=0)

    def _commitment(self, scu: Scu) -> None:
        unknown = [(CT, "2.25.1003")] if self.defect == "commitment-commits-unknown" else []
        wanted = request((CT, "2.25.1001"), (CT, "2.25.1002"), *unknown)
        asked = time.monotonic()
        self.seen["action"] = [ask_for(scu, wanted)]
        same = scu.message(self.wait) if self.defect == "commitment-same-association" else None
        self.seen["report on the same association"] = same is not None and same.command.name
        if self.requester.done.wait(10 * self.wait if self.defect == "commitment-late" else self.wait):
            self.seen["report after"] = time.monotonic() - asked
            assert self.requester.rq is not None
            self.seen["report from"] = self.requester.rq.calling_ae
            self.seen["report roles"] = self.requester.rq.user.roles
            self.seen["requests"] = self.requester.requests
            self.seen["report"] = self.requester.message
            self.seen["named"] = self.requester.message is not None and self.requester.message.dataset is not None

    # -- what to look at

    def status(self, name: str) -> int | None:
        return self.seen[name][-1].command.status

    def items(self, name: str) -> list[Dataset]:
        return [decode(message.dataset) for message in self.seen[name] if message.command.status == 0xFF00]

    @property
    def report(self) -> Dataset:
        return decode(self.seen["report"].dataset)

    @property
    def ac(self) -> p.AssociateAC:
        assert isinstance(self.seen["answer"], p.AssociateAC)
        return self.seen["answer"]


def _pdvs(exam: Exam) -> list[p.PDV]:
    return [pdv for event in exam.pdus if isinstance(event.pdu, p.PData) for pdv in event.pdu.pdvs]


def _odd(exam: Exam) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.item) for problem in exam.seen["answer problems"]]


def _sps(exam: Exam) -> Any:
    return exam.items("first query")[0].ScheduledProcedureStepSequence


def _failed(exam: Exam) -> list[tuple[str, int]]:
    return [(item.ReferencedSOPInstanceUID, item.FailureReason) for item in exam.report.get("FailedSOPSequence", [])]


def _committed(exam: Exam) -> list[str]:
    return [item.ReferencedSOPInstanceUID for item in exam.report.get("ReferencedSOPSequence", [])]


def _step(exam: Exam) -> Dataset:
    return decode(exam.seen["read"][0].dataset)


def _tags(exam: Exam, name: str) -> set[int]:
    return {element.tag for element in exam.items(name)[0]}


def _private(exam: Exam, name: str) -> tuple[bool, bool]:
    """Whether an answer has the private attribute, and its creator."""
    tags = _tags(exam, name)
    return 0x00091001 in tags, 0x00090010 in tags


BOTH = ["2.25.1001", "2.25.1002"]

RP, JPEG = p.ReleaseRP(), "1.2.840.10008.1.2.4.50"

#: What each defect shows in an exam; none of it is true of the plain target.
SHOWS: dict[str, Callable[[Exam], Any]] = {
    "association-undefined-rejection": lambda e: e.seen["answer"] == p.AssociateRJ(1, 1, 5),
    "association-ac-empty": lambda e: e.seen["answer"] == p.Unknown(p.ASSOCIATE_AC, b""),
    "association-ac-cut": lambda e: e.seen["first failed"] == "ConnectionError",
    "association-ac-false-length": lambda e: e.seen["first failed"] == "TimeoutError",
    "association-ac-release": lambda e: e.seen["answer"] == p.ReleaseRQ(),
    "association-release-asked-back": lambda e: e.seen["release"] == p.ReleaseRQ(),
    "association-context-dropped": lambda e: len(e.ac.contexts) == len(CLASSES) - 1,
    "association-context-doubled": lambda e: len(e.ac.contexts) == len(CLASSES) + 1,
    "association-syntax-not-offered": lambda e: e.ac.contexts[-1].transfer_syntax == "1.2.840.10008.1.2.4.106",
    "association-rejected-item-bare": lambda e: e.ac.contexts[-1].transfer_syntax is None,
    "association-undefined-result": lambda e: e.ac.contexts[-1].result == 7,
    "association-no-implementation-class": lambda e: e.ac.user.implementation_class_uid is None,
    "association-long-version": lambda e: len(e.ac.user.implementation_version or "") > 16,
    "association-no-max-length": lambda e: e.ac.user.max_length is None,
    "association-async-unasked": lambda e: e.ac.user.async_window == (1, 1),
    "association-role-unasked": lambda e: e.ac.user.roles,
    "association-other-application-context": lambda e: e.ac.application_context != p.APPLICATION_CONTEXT,
    "association-malformed": lambda e: _odd(e) == [("item-header-truncated", None)],
    "association-two-transfer-syntaxes": lambda e: _odd(e) == [("item-doubled", 0x40)],
    "association-abstract-syntax-answered": lambda e: _odd(e) == [("item-unexpected", 0x30)],
    "association-two-application-contexts": lambda e: _odd(e) == [("item-doubled", 0x10)],
    "association-context-proposed-back": lambda e: _odd(e) == [("item-unexpected", 0x20)],
    "association-two-user-informations": lambda e: _odd(e) == [("item-doubled", 0x50)],
    "association-items-out-of-order": lambda e: _odd(e) == [("item-order", 0x21)],
    "association-two-max-lengths": lambda e: _odd(e) == [("item-doubled", 0x51)],
    "association-common-negotiation-answered": lambda e: _odd(e) == [("item-unexpected", 0x57)],
    "association-pdu-too-long": lambda e: any(event.length - 6 > 16384 for event in e.pdus),
    "association-pdu-mixes-messages": lambda e: any(
        sum(pdv.is_command for pdv in event.pdu.pdvs) > 1 for event in e.pdus if isinstance(event.pdu, p.PData)
    ),
    "association-empty-pdv": lambda e: any(not pdv.length for pdv in _pdvs(e)),
    "association-odd-pdv": lambda e: any(pdv.length % 2 for pdv in _pdvs(e)),
    "association-release-unanswered": lambda e: "release" not in e.seen and "first failed" in e.seen,
    "association-aborts": lambda e: e.seen["release"] == p.Abort(0, 0) or "worklist failed" in e.seen,
    "association-closes": lambda e: "release" not in e.seen,
    "commitment-closes-idle": lambda e: e.status("action") == 0 and "commitment failed" in e.seen,
    "association-extended-unasked": lambda e: [kind for kind, _ in e.ac.user.other] == [0x56],
    "association-identity-unasked": lambda e: [kind for kind, _ in e.ac.user.other] == [0x59],
    "commitment-extended-answered": lambda e: [kind for kind, _ in e.ac.user.other] == [0x56],
    "association-max-length-2": lambda e: e.ac.user.max_length == 2,
    "association-version-2": lambda e: e.ac.protocol_version == 2,
    "association-titles-not-echoed": lambda e: e.ac.called_ae == "",
    "association-default-syntax-refused": lambda e: e.ac.contexts[-1].result == 4,
    "association-aborts-owing": lambda e: "first failed" in e.seen and "echo" not in e.seen,
    "association-aborts-release": lambda e: e.seen["release"] == p.Abort(0, 0),
    "association-aborts-undefined": lambda e: e.seen["release"] == p.Abort(1, 3),
    "association-aborts-after-release": lambda e: (
        e.seen["release"] == p.ReleaseRP() and e.seen["more"] == p.Abort(0, 0)
    ),
    "verification-refused": lambda e: (1, 3) in [(c.context_id, c.result) for c in e.ac.contexts],
    "slots-not-freed": lambda e: "commitment failed" in e.seen and "storage failed" not in e.seen,
    "titles-forgotten": lambda e: "commitment failed" in e.seen and "storage failed" not in e.seen,
    "commitment-explicit-only": lambda e: e.seen["requests"][0].contexts[0].transfer_syntaxes == (EXPLICIT,),
    "commitment-jpeg-only": lambda e: e.seen["requests"][0].contexts[0].transfer_syntaxes == (JPEG,),
    "stray-doubled-ids": lambda e: [c.context_id for c in e.seen["requests"][0].contexts] == [1, 1],
    "stray-even-id": lambda e: [c.context_id for c in e.seen["requests"][0].contexts] == [2],
    "stray-max-length-2": lambda e: e.seen["requests"][0].user.max_length == 2,
    "stray-without-contexts": lambda e: e.seen["requests"][0].contexts == (),
    "stray-other-title": lambda e: e.seen["requests"][0].called_ae == "SOMEBODY",
    "stray-without-role": lambda e: (len(e.seen["requests"]), e.seen["requests"][0].user.roles) == (2, ()),
    "stray-nameless-report": lambda e: e.seen["report"].command.name == "N-EVENT-REPORT-RQ" and not e.seen["named"],
    "stray-silent": lambda e: len(e.seen["requests"]) == 2,
    "dimse-group-length": lambda e: [x.code for x in e.seen["echo"][0].command.problems] == ["group-length"],
    "dimse-order": lambda e: [x.code for x in e.seen["echo"][0].command.problems] == ["order"],
    "dimse-command-field": lambda e: e.seen["echo"][0].command.name == "C-FIND-RSP",
    "dimse-message-id": lambda e: e.seen["echo"][0].command.number("MessageIDBeingRespondedTo") == 2,
    "dimse-no-message-id": lambda e: e.seen["echo"][0].command.number("MessageIDBeingRespondedTo") is None,
    "dimse-sop-class": lambda e: e.seen["echo"][0].command.sop_class_uid != VERIFICATION,
    "dimse-sop-instance": lambda e: e.seen["progress"][0].command.sop_instance_uid != "2.25.7",
    "dimse-dataset-type": lambda e: e.seen["store"][0].problems[0].code == "stray-dataset",
    "dimse-undefined-status": lambda e: e.status("first query") == 0x7777,
    "dimse-two-finals": lambda e: [m.command.status for m in e.seen["second query"]] == [0],
    "dimse-long-comment": lambda e: len(e.seen["echo"][0].command.text("ErrorComment") or "") > 64,
    "dimse-silent": lambda e: e.seen["worklist failed"] == "TimeoutError",
    "dimse-pending-for-ever": lambda e: [m.command.status for m in e.seen["first query"]] == [0xFF00] * _MANY,
    "dimse-store-pending": lambda e: [m.command.status for m in e.seen["store"]] == [0xFF00] * _MANY,
    "dimse-requests-instead": lambda e: {m.command.name for m in e.seen["first query"][2:]} == {"C-ECHO-RQ"},
    "dimse-release-instead": lambda e: e.seen["worklist failed"] == "ConnectionError",
    "dimse-other-context": lambda e: e.seen["echo"][0].context_id != 1,
    "dimse-dataset-cut": lambda e: read(e.seen["first query"][0].dataset, EXPLICIT).problems,
    "echo-fails": lambda e: e.status("echo") == 0x0122,
    "worklist-refuses": lambda e: e.status("first query") == 0xA700,
    "worklist-pending-without-identifier": lambda e: e.seen["first query"][0].dataset is None,
    "worklist-final-with-identifier": lambda e: e.seen["first query"][-1].dataset,
    "worklist-unsolicited-cancel": lambda e: e.status("first query") == 0xFE00,
    "worklist-sps-missing": lambda e: "ScheduledProcedureStepSequence" not in e.items("first query")[0],
    "worklist-sps-two-items": lambda e: len(_sps(e)) == 2,
    "worklist-sps-flat": lambda e: e.items("first query")[0].get("ScheduledProcedureStepID") == "S1",
    "worklist-type1-missing": lambda e: "RequestedProcedureID" not in e.items("first query")[0],
    "worklist-type1-empty": lambda e: not e.items("first query")[0].RequestedProcedureID,
    "worklist-code-bare": lambda e: (
        "CodingSchemeDesignator" not in e.items("first query")[0].RequestedProcedureCodeSequence[0]
    ),
    "worklist-unlabelled-text": lambda e: (
        b"Gr\xfcn" in e.seen["first query"][0].dataset and b"ISO" not in e.seen["first query"][0].dataset
    ),
    "worklist-mislabelled-text": lambda e: (
        b"Gr\xfcn" in e.seen["first query"][0].dataset and b"ISO_IR 192" in e.seen["first query"][0].dataset
    ),
    "worklist-type2-missing": lambda e: "ReferringPhysicianName" not in e.items("first query")[0],
    "worklist-type1c-missing": lambda e: "ScheduledProcedureStepDescription" not in _sps(e)[0],
    "worklist-unrequested": lambda e: "PatientComments" in e.items("first query")[0],
    "worklist-ignores-modality": lambda e: len(e.items("first query")) == 3,
    "worklist-ignores-station": lambda e: len(e.items("by station")) == 3,
    "worklist-ignores-date": lambda e: len(e.items("by date")) == 3,
    "worklist-ignores-patient-id": lambda e: len(e.items("by id")) == 3,
    "worklist-ignores-patient-name": lambda e: len(e.items("by name")) == 3,
    "worklist-skips-a-match": lambda e: len(e.items("first query")) == 1,
    "worklist-bad-date": lambda e: b"2026-01-02" in e.seen["first query"][0].dataset,
    "worklist-undefined-character-set": lambda e: b"ISO_IR 149" in e.seen["first query"][0].dataset,
    "worklist-undeclared-character-set": lambda e: b"ISO 2022 IR 101" in e.seen["first query"][0].dataset,
    "worklist-unlisted-pregnancy": lambda e: e.items("first query")[0].PregnancyStatus == 0,
    "worklist-long-procedure-id": lambda e: b"PLANTED-0123456789AB" in e.seen["first query"][0].dataset,
    "worklist-study-letters": lambda e: b"STUDY.1.2." in e.seen["first query"][0].dataset,
    "worklist-study-too-long": lambda e: b"1" * 45 in e.seen["first query"][0].dataset,
    "worklist-study-leading-zero": lambda e: b"3680043.007\0" in e.seen["first query"][0].dataset,
    "worklist-study-empty": lambda e: not e.items("first query")[0].StudyInstanceUID,
    "worklist-sex-x": lambda e: e.items("first query")[0].PatientSex == "X",
    "worklist-name-outside-set": lambda e: b"Gr\xfcn" in e.seen["first query"][0].dataset,
    "mpps-create-refused": lambda e: e.status("create") == 0x0110,
    "mpps-create-other-uid": lambda e: e.seen["create"][0].command.sop_instance_uid != "2.25.7",
    "mpps-progress-refused": lambda e: (e.status("progress"), e.status("final")) == (0x0110, 0),
    "mpps-final-refused": lambda e: (e.status("progress"), e.status("final")) == (0, 0x0110),
    "mpps-final-not-final": lambda e: e.status("late") == 0,
    "mpps-final-without-detail": lambda e: (
        e.status("late") == 0x0110 and e.seen["late"][0].command.number("ErrorID") is None
    ),
    "mpps-duplicate-create-accepted": lambda e: e.status("duplicate") == 0,
    "mpps-unknown-step-failure": lambda e: e.status("unknown") == 0x0110,
    "mpps-unknown-step-accepted": lambda e: e.status("unknown") == 0,
    "mpps-missing-accepted": lambda e: e.status("lacks") == 0,
    "mpps-empty-accepted": lambda e: e.status("empty") == 0,
    "mpps-item-missing-accepted": lambda e: e.status("no protocol") == 0,
    "mpps-item-empty-accepted": lambda e: e.status("empty protocol") == 0,
    "mpps-first-status-accepted": lambda e: e.status("first status") == 0,
    "mpps-empty-item-accepted": lambda e: e.status("empty item") == 0,
    "mpps-any-uid-accepted": lambda e: e.status("no uid") == 0,
    "mpps-any-status-accepted": lambda e: e.status("status") == 0,
    "mpps-patient-changed": lambda e: (e.status("patient"), _step(e).PatientID) == (0, "OTHER"),
    "mpps-list-names-another": lambda e: e.seen["lacks"][0].command.values["AttributeIdentifierList"] == (0x00400241,),
    "mpps-invalid-names-another": lambda e: "Modality" in decode(e.seen["first status"][0].dataset),
    "mpps-refused-create-done": lambda e: (e.status("lacks"), e.status("mended")) == (0x0120, 0x0111),
    "mpps-refused-end-done": lambda e: (
        (e.status("no end"), _step(e).PerformedProcedureStepStatus) == (0x121, "COMPLETED")
    ),
    "mpps-refused-patient-changed": lambda e: (e.status("patient"), _step(e).PatientID) == (0x0105, "OTHER"),
    "mpps-duplicate-overwrites": lambda e: (
        (e.status("other content"), _step(e).PerformedProcedureStepDescription) == (0x0111, "OTHER")
    ),
    "mpps-get-refused": lambda e: e.status("read") == 0x0110,
    "mpps-get-leaves-out": lambda e: "PerformedStationAETitle" not in _step(e),
    "mpps-get-other-value": lambda e: _step(e).PatientID == "SYN-1-2",
    "mpps-mixes-character-sets": lambda e: b"?????" in e.seen["read text"][0].dataset,
    "mpps-get-unknown": lambda e: e.status("read unknown") == 0,
    "storage-refuses": lambda e: e.status("store") == 0xA700,
    "storage-warns": lambda e: e.status("store") == 0xB000,
    "storage-forgets": lambda e: (e.status("store"), _failed(e)) == (0, [(uid, 0x0112) for uid in BOTH]),
    "query-forgets": lambda e: (len(e.items("study query")), _committed(e)) == (1, BOTH),
    "query-late": lambda e: (len(e.items("study query")), len(e.items("image query"))) == (2, 0),
    "query-refuses": lambda e: e.status("study query") == 0xA700,
    "query-empty-accession": lambda e: not e.items("study query")[0].AccessionNumber,
    "query-empty-key": lambda e: not e.items("image query")[0].SOPInstanceUID,
    "query-other-class": lambda e: e.items("image query")[0].SOPClassUID != CT,
    "query-other-level": lambda e: e.items("study query")[0].QueryRetrieveLevel == "PATIENT",
    "query-other-series": lambda e: e.items("image query")[0].SeriesInstanceUID.startswith("2.25.3333"),
    "query-retired-model": lambda e: e.ac.contexts[CLASSES.index(PATIENT_STUDY_ONLY_FIND)].result == 0,
    "query-dotted-date": lambda e: b"2026.01.02" in e.seen["study query"][0].dataset,
    "commitment-refuses": lambda e: e.status("action") == 0x0110,
    "commitment-no-report": lambda e: e.status("action") == 0 and "report" not in e.seen,
    "commitment-other-transaction": lambda e: e.report.TransactionUID != "2.25.5001",
    "commitment-event-type": lambda e: e.seen["report"].command.number("EventTypeID") == 2 and not _failed(e),
    "commitment-undefined-event": lambda e: e.seen["report"].command.number("EventTypeID") == 3,
    "commitment-commits-unknown": lambda e: "2.25.1003" in _committed(e),
    "commitment-drops-instance": lambda e: _committed(e) == BOTH[:1],
    "commitment-overlap": lambda e: _committed(e) == BOTH and _failed(e) == [(BOTH[0], 0x0110)],
    "commitment-undefined-reason": lambda e: _failed(e) == [(BOTH[0], 0xA700)],
    "commitment-fails-stored": lambda e: _failed(e) == [(BOTH[0], 0x0110)] and _committed(e) == BOTH[1:],
    "commitment-role-missing": lambda e: e.seen["report roles"] == (),
    "commitment-calling-ae": lambda e: e.seen["report from"] == "SOMEONE",
    "commitment-called-ae": lambda e: e.seen["requests"][0].called_ae == "SOMEBODY",
    "commitment-reports-refused": lambda e: e.status("action") == 0x0110 and "report" in e.seen,
    "commitment-other-instance": lambda e: e.seen["report"].command.sop_instance_uid != "1.2.840.10008.1.20.1.1",
    "commitment-same-association": lambda e: e.seen["report on the same association"] == "N-EVENT-REPORT-RQ",
    "commitment-late": lambda e: e.seen["report after"] > 2.5,
    "commitment-other-class": lambda e: e.report.ReferencedSOPSequence[0].ReferencedSOPClassUID != CT,
    "commitment-two-places": lambda e: "RetrieveAETitle" in e.report.ReferencedSOPSequence[0],
    "commitment-long-title": lambda e: len(e.report.RetrieveAETitle) > 16,
    "commitment-item-without-instance": lambda e: "ReferencedSOPInstanceUID" not in e.report.ReferencedSOPSequence[-1],
    "worklist-other-patient": lambda e: e.items("first query")[0].PatientID == "PLANTED-OTHER-ID",
    "worklist-unstable": lambda e: (
        [e.items(n)[0].AccessionNumber for n in ("first query", "second query")] == ["A1", "PLANTED2"]
    ),
    "worklist-comment-in-item": lambda e: 0x00000902 in _tags(e, "first query"),
    "query-file-group": lambda e: 0x00020010 in _tags(e, "study query"),
    "commitment-comment-in-dataset": lambda e: (
        e.status("action") == 0x0110 and b"planted defect" in (e.seen["action"][0].dataset or b"")
    ),
    "worklist-empty-character-set": lambda e: e.items("first query")[0]["SpecificCharacterSet"].is_empty,
    "worklist-empty-time-zone": lambda e: e.items("first query")[0]["TimezoneOffsetFromUTC"].is_empty,
    "query-empty-character-set": lambda e: e.items("study query")[0]["SpecificCharacterSet"].is_empty,
    "worklist-private": lambda e: _private(e, "first query") == (True, True),
    "worklist-private-without-creator": lambda e: _private(e, "first query") == (True, False),
    "query-unrequested": lambda e: "PatientComments" in e.items("study query")[0],
    "query-private": lambda e: _private(e, "study query") == (True, True),
    "query-private-without-creator": lambda e: _private(e, "study query") == (True, False),
    "query-required-missing": lambda e: "StudyID" not in e.items("study query")[0],
    "query-empty-series": lambda e: not e.items("image query")[0].SeriesInstanceUID,
    "query-decimal-number": lambda e: b"3.0" in e.seen["image query"][0].dataset,
    "query-question-marks": lambda e: "??" in str(e.items("study query")[0].PatientName),
    "query-cuts-ids": lambda e: len(e.items("study query")[0].PatientID) == 3,
    "query-other-accession": lambda e: e.items("study query")[0].AccessionNumber == "PLANTED",
    "commitment-empty-list": lambda e: e.report["ReferencedSOPSequence"].is_empty and len(_failed(e)) == 2,
    "query-pending-without-identifier": lambda e: e.seen["study query"][0].dataset is None,
    "query-final-with-identifier": lambda e: e.seen["study query"][-1].dataset,
    "storage-discards": lambda e: e.status("store") == 0xB006,
    "storage-refuses-patient": lambda e: e.status("store") == 0xA779,
    "worklist-new-procedure": lambda e: (
        [e.items(n)[0].RequestedProcedureID for n in ("first query", "second query")][1] == "PLANTED2"
    ),
    "worklist-upper-names": lambda e: str(e.items("first query")[0].PatientName).isupper(),
    "query-other-patient": lambda e: e.items("study query")[0].PatientID == "PLANTED-OTHER-ID",
    "query-drops-letters": lambda e: e.items("study query")[1].PatientName == "Synthetic-^",
    "query-empty-name": lambda e: not e.items("study query")[1].PatientName,
    "query-ascii-names": lambda e: not e.items("study by name"),
    "worklist-relabels": lambda e: e.items("first query")[1].SpecificCharacterSet == "ISO_IR 100",
}


def test_every_defect_is_looked_at() -> None:
    of_storage = (*STORAGE_DEFECTS, *KEPT_DEFECTS)
    of_archives = (*of_storage, *QUERY_DEFECTS, *RETRIEVE_DEFECTS, *READBACK_DEFECTS)
    of_associations = (*ADMISSION_DEFECTS, *CONTEXT_DEFECTS, *PAIR_DEFECTS, *STATE_DEFECTS)
    apart = {defect.name for defect in (*WORKLIST_DEFECTS, *of_archives, *of_associations)}
    apart |= {each.name for each in COMMITMENT_DEFECTS if each.cases}
    assert set(SHOWS) == set(DEFECTS) - apart, "those are in files of their own"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Exam:
    return Exam(tmp_path_factory.mktemp("plain"), None)


def test_the_plain_target_shows_none_of_them(plain: Exam) -> None:
    assert not [name for name in plain.seen if "failed" in name]
    for defect, shows in SHOWS.items():
        with contextlib.suppress(KeyError, IndexError):  # what is looked at is not there
            assert not shows(plain), defect


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:Unknown encoding")
@pytest.mark.parametrize("defect", sample(SHOWS, every=4, kind=lambda name: name.partition("-")[0]))
def test_each_defect_shows(tmp_path: Path, defect: str) -> None:
    for wait in (0.4, 5):  # where nothing comes, a moment tells it; on a machine that is busy what comes is late
        folder = tmp_path / str(wait)
        folder.mkdir()
        if _is_shown(defect, Exam(folder, defect, wait)):
            return
    pytest.fail("it does not show")


def _is_shown(defect: str, exam: Exam) -> bool:
    with contextlib.suppress(KeyError, IndexError):  # what is looked at is not there
        return bool(SHOWS[defect](exam))
    return False
