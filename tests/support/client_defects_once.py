"""Wrong clients whose one fault shows in many places, and such as were missed at first: each is one entry."""

from __future__ import annotations

import struct
import zlib

from pydicom.dataset import Dataset

from scansim.vocabulary.uids import STUDY_ROOT_GET
from scansim.wire import pdu as p
from scansim.wire.dataset import DEFLATED_LITTLE, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, encode_command
from tests.support import exam_messages as right
from tests.support.building import COMMITMENT, CT_IMAGE, MPPS, VERIFICATION, WORKLIST, Story, encode
from tests.support.client_defect import Defects
from tests.support.client_drives import (
    TITLES,
    asks,
    associated,
    client,
    command_set,
    echo,
    leave,
    reporting,
    store,
    study_keys,
)
from tests.support.client_exam import INSTANCES, MPPS_UID, Exam, another, created, put, remove
from tests.support.raw_client import pdata

CLIENT_DEFECTS = Defects()
at_target, as_story = CLIENT_DEFECTS.at_target, CLIENT_DEFECTS.as_story

_SCHEDULED = "ScheduledStepAttributesSequence"
_WELL_KNOWN = "1.2.840.10008.1.20.1.1"
_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"

# --- Affected for Requested, and the other way round ------------------------------------------------------------------


@at_target("set-with-affected-uids", "client.required-fields")
def _(port: int) -> None:
    uids = {"RequestedSOPClassUID": None, "AffectedSOPClassUID": MPPS, "AffectedSOPInstanceUID": MPPS_UID}
    with client(port, MPPS) as raw:
        made = command_set("N-CREATE-RQ", MPPS, dataset=True, AffectedSOPInstanceUID=MPPS_UID)
        raw.ask(1, made, encode(created(), EXPLICIT_LITTLE))
        ended = encode(right.modification("COMPLETED", INSTANCES), EXPLICIT_LITTLE)
        raw.ask(1, command_set("N-SET-RQ", MPPS, dataset=True, **uids), ended)


@at_target("create-with-requested-uids", "client.required-fields")
def _(port: int) -> None:
    uids = {"AffectedSOPClassUID": None, "RequestedSOPClassUID": MPPS, "RequestedSOPInstanceUID": MPPS_UID}
    asks(port, "N-CREATE-RQ", MPPS, created(), **uids)


@at_target("commit-with-affected-uids", "client.required-fields")
def _(port: int) -> None:
    uids = {"RequestedSOPClassUID": None, "AffectedSOPClassUID": COMMITMENT, "AffectedSOPInstanceUID": _WELL_KNOWN}
    asks(port, "N-ACTION-RQ", COMMITMENT, right.action(), ActionTypeID=1, **uids)


@at_target("echo-with-requested-class", "client.required-fields")
def _(port: int) -> None:
    asks(port, "C-ECHO-RQ", VERIFICATION, AffectedSOPClassUID=None, RequestedSOPClassUID=VERIFICATION)


# --- command sets -----------------------------------------------------------------------------------------------------


def _explicit(element: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", 0, element, vr, len(value)) + value


@at_target("command-set-in-explicit-vr", "dimse.command-set-encoding")
def _(port: int) -> None:
    rest = _explicit(2, b"UI", b"1.2.840.10008.1.1\0") + _explicit(0x100, b"US", b"\x30\0")
    rest += _explicit(0x110, b"US", b"\1\0") + _explicit(0x800, b"US", b"\1\1")
    with client(port, VERIFICATION) as raw:
        raw.ask(1, _explicit(0, b"UL", struct.pack("<I", len(rest))) + rest)


@at_target("data-element-in-a-command-set", "dimse.command-set-encoding")
def _(port: int) -> None:
    command = command_set("C-ECHO-RQ", VERIFICATION) + struct.pack("<HHI", 8, 5, 4) + b"ABCD"
    with client(port, VERIFICATION) as raw:
        raw.ask(1, command[:8] + struct.pack("<I", len(command) - 12) + command[12:])


@at_target("uid-padded-with-a-blank", "client.field-values")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.ask(1, command_set("C-ECHO-RQ", VERIFICATION).replace(b"10008.1.1\0", b"10008.1.1 "))


@at_target("store-with-letters-in-its-uid", "client.field-values")
def _(port: int) -> None:
    store(port, AffectedSOPInstanceUID="2.25.ABC")


@at_target("store-of-another-class-than-its-context", "client.sop-class-of-context")
def _(port: int) -> None:
    store(port, AffectedSOPClassUID=_MR_IMAGE)


@at_target("data-set-that-was-not-announced", "dimse.data-set-type")
def _(port: int) -> None:
    with client(port, CT_IMAGE) as raw:
        command = command_set("C-STORE-RQ", CT_IMAGE, AffectedSOPInstanceUID="2.25.7101")
        raw.ask(1, command, encode(right.whole_image("2.25.7101"), EXPLICIT_LITTLE))


@at_target("messages-that-are-mixed", "association.pdata-one-message")
def _(port: int) -> None:
    one, other = command_set("C-ECHO-RQ", VERIFICATION), command_set("C-FIND-RQ", WORKLIST, dataset=True)
    with client(port, VERIFICATION, WORKLIST) as raw:
        raw.send(pdata((1, 1, one[:20])) + pdata((3, 1, other)) + pdata((1, 3, one[20:])))
        raw.status()


@at_target("deletes-a-step", "client.operation")
def _(port: int) -> None:
    uids = {"RequestedSOPClassUID": MPPS, "RequestedSOPInstanceUID": MPPS_UID}
    fields = {"CommandField": FIELD_OF["N-DELETE-RQ"], "MessageID": 1, "CommandDataSetType": 0x0101}
    with client(port, MPPS) as raw:
        raw.ask(1, encode_command({**fields, **uids}))


@at_target("reads-a-step-where-it-was-made", "client.operation")
def _(port: int) -> None:
    asks(port, "N-GET-RQ", MPPS, RequestedSOPInstanceUID=MPPS_UID)


@at_target("answers-what-nobody-asked", "client.answers-asked")
def _(port: int) -> None:
    fields = {"AffectedSOPClassUID": VERIFICATION, "MessageIDBeingRespondedTo": 1, "Status": 0}
    answer = {"CommandField": FIELD_OF["C-ECHO-RSP"], "CommandDataSetType": 0x0101}
    with client(port, VERIFICATION) as raw:
        raw.send(pdata((1, 3, encode_command({**fields, **answer}))))
        raw.ask(1, command_set("C-ECHO-RQ", VERIFICATION))


# --- ends -------------------------------------------------------------------------------------------------------------


@at_target("asks-for-release-twice", "client.pdu-in-place")
def _(port: int) -> None:
    with associated(port, VERIFICATION, **TITLES) as raw:
        raw.send(echo(1))
        raw.status()
        raw.send(p.encode(p.ReleaseRQ()) * 2)
        raw.pdu()


@at_target("aborts-in-the-middle-of-an-image", "client.no-abort")
def _(port: int) -> None:
    with associated(port, CT_IMAGE, **TITLES) as raw:
        command = command_set("C-STORE-RQ", CT_IMAGE, dataset=True, AffectedSOPInstanceUID="2.25.7101")
        raw.send(pdata((1, 3, command)) + pdata((1, 0, bytes(500))))
        leave(raw)


# --- data sets that cannot be read ------------------------------------------------------------------------------------


def _stored(name: str, syntax: str, data: bytes, *noticed: str) -> None:
    @as_story(name, *noticed)
    def _(story: Story) -> None:
        contexts = {"rq": {"contexts": (p.ProposedContext(1, CT_IMAGE, (syntax, IMPLICIT_LITTLE)),)}}
        link = story.associate(CT_IMAGE, by_target=True, ac={"contexts": (p.ContextResult(1, 0, syntax),)}, **contexts)
        Exam(story).say(link, "C-STORE-RQ", data, AffectedSOPInstanceUID="2.25.7101")
        link.release()


_BYTES = "dimse.dataset-well-formed"
_EXPLICIT = encode(right.whole_image("2.25.7101"), EXPLICIT_LITTLE)
_stored("image-not-deflated", DEFLATED_LITTLE, _EXPLICIT, _BYTES)
_stored("image-with-zlib-header", DEFLATED_LITTLE, zlib.compress(_EXPLICIT) + b"\0", _BYTES)
_stored("image-in-implicit-vr", EXPLICIT_LITTLE, encode(right.whole_image("2.25.7101"), IMPLICIT_LITTLE), _BYTES)
_stored("image-with-odd-value", EXPLICIT_LITTLE, _EXPLICIT.replace(b"CS\2\0CT", b"CS\3\0CT "), _BYTES)


@as_story("image-in-undeclared-utf-8", "client.text-in-its-set")
def _(story: Story) -> None:
    latin = put("SpecificCharacterSet", "ISO_IR 100")
    Exam(story).store("2.25.7101", changes=[latin, put("StudyDescription", "K\u00c3\u00b6ln")])


@as_story("image-in-undeclared-utf-8-that-is-no-latin", "client.iod")
def _(story: Story) -> None:
    latin = put("SpecificCharacterSet", "ISO_IR 100")
    Exam(story).store("2.25.7101", changes=[latin, put("StudyDescription", "Gr\u00c3\u00b6\u00c3\u009fe")])


# --- one fault of step and images -------------------------------------------------------------------------------------


def _step(name: str, *noticed: str, **changes: object) -> None:
    @as_story(name, *noticed)
    def _(story: Story) -> None:
        Exam(story).whole(**changes)  # type: ignore[arg-type]


_CREATE = "client.mpps-create"
for _name in ("StudyInstanceUID", "AccessionNumber", "RequestedProcedureID", "ScheduledProcedureStepID"):
    _step(f"create-schedule-without-{_name}", _CREATE, create=[remove(f"{_SCHEDULED}.{_name}")])
_step("create-state-in-small-letters", _CREATE, create=[put("PerformedProcedureStepStatus", "in progress")])
_step("create-accession-too-long", "client.values", create=[put(f"{_SCHEDULED}.AccessionNumber", "A" * 20)])
_step("step-alone-of-another-study", "client.item-performed", create=[put(f"{_SCHEDULED}.StudyInstanceUID", "2.25.99")])
_step("step-alone-of-another-accession", "client.item-performed", create=[put(f"{_SCHEDULED}.AccessionNumber", "X1")])
_step("images-without-the-accession-of-the-step", "client.step-images", images=[put("AccessionNumber", "")])
_step("step-of-another-modality", "client.step-images", create=[put("Modality", "MR")])


def _of_step(uid: str) -> Dataset:
    ds = Dataset()
    ds.ReferencedSOPClassUID, ds.ReferencedSOPInstanceUID = MPPS, uid
    return ds


@as_story("images-of-a-step-that-another-one-names", "client.step-instances")
def _(story: Story) -> None:
    refer = put("ReferencedPerformedProcedureStepSequence", [_of_step("2.25.4444")])
    Exam(story).whole(images=[refer])


@as_story("one-image-of-another-patient", "client.step-images")
def _(story: Story) -> None:
    exam = Exam(story)
    exam.worklist()
    exam.create()
    exam.store(INSTANCES[0])
    exam.store(INSTANCES[1], changes=[put("PatientID", "ELSE"), put("PatientName", "Else^Who")])
    exam.set("COMPLETED")


@as_story("end-without-series-of-images", "client.mpps-end")
def _(story: Story) -> None:
    exam = Exam(story)
    exam.worklist()
    exam.create()
    refer = put("ReferencedPerformedProcedureStepSequence", [_of_step(MPPS_UID)])
    exam.store(*INSTANCES, changes=[refer])
    exam.set("COMPLETED", remove("PerformedSeriesSequence"))


@as_story("accession-of-another-patient", "client.item-images")
def _(story: Story) -> None:
    exam = Exam(story)
    theirs = [put("PatientID", "P2"), put("PatientName", "Other^One"), put("StudyInstanceUID", "2.25.55")]
    exam.worklist(right.item(), another(right.item(), *theirs, put("AccessionNumber", "ACC55")))
    exam.store(*INSTANCES, changes=[put("AccessionNumber", "ACC55")])


@as_story("physician-damaged-in-the-images", "client.step-images")
def _(story: Story) -> None:
    name = "ReferringPhysicianName"
    Exam(story).whole(item=[put(name, "Jäger^Hans")], images=[put(name, "J?ger^Hans")])


@as_story("images-of-another-patient-and-study-than-the-step", "client.step-images")
def _(story: Story) -> None:
    exam = Exam(story)
    exam.create()
    theirs = [put("PatientID", "B"), put("PatientName", "B^B"), put("StudyInstanceUID", "2.25.5")]
    exam.store(*INSTANCES, changes=theirs)
    exam.set("COMPLETED")


# --- queries and answers ----------------------------------------------------------------------------------------------


@at_target("worklist-range-that-ends-before-it-begins", "client.query-keys")
def _(port: int) -> None:
    keys = right.keys()
    put("ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", "20260102-20260101")(keys)
    asks(port, "C-FIND-RQ", WORKLIST, keys)


@at_target("gets-what-it-cannot-take", "client.role")
def _(port: int) -> None:
    asks(port, "C-GET-RQ", STUDY_ROOT_GET, study_keys(), Priority=0)


@as_story("report-answered-with-another-event", "client.answers-well")
def _(story: Story) -> None:
    link = reporting(story)
    link.ask("N-EVENT-REPORT-RQ", right.action(), EventTypeID=1)
    link.answer(EventTypeID=2)
    link.release()


@as_story("report-answered-with-no-status-that-there-is", "dimse.status-legal")
def _(story: Story) -> None:
    link = reporting(story)
    link.ask("N-EVENT-REPORT-RQ", right.action())
    link.answer(0xFFFF)
    link.release()


@at_target("sets-a-step-that-nobody-created", "client.mpps-sequence")
def _(port: int) -> None:
    asks(port, "N-SET-RQ", MPPS, right.modification("COMPLETED", INSTANCES), RequestedSOPInstanceUID="2.25.4321")


@at_target("creates-wrongly-and-goes-on", "client.mpps-create")
def _(port: int) -> None:
    with client(port, MPPS) as raw:
        made = command_set("N-CREATE-RQ", MPPS, dataset=True, AffectedSOPInstanceUID=MPPS_UID)
        raw.ask(1, made, encode(created(remove("PatientName")), EXPLICIT_LITTLE))
        ended = command_set("N-SET-RQ", MPPS, dataset=True, RequestedSOPInstanceUID=MPPS_UID)
        raw.ask(1, ended, encode(right.modification("COMPLETED", INSTANCES), EXPLICIT_LITTLE))
