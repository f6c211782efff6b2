"""Clients that are wrong in what they send: instances, performed steps, commitment requests, and whose they are.

Each is one exam with one thing wrong in it (`tests.support.client_exam`); the checks that are named notice it, and no
others. What is right, or left open, stands in `RIGHT`.
"""

from __future__ import annotations

from collections.abc import Callable

from pydicom.dataset import Dataset

from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support import exam_messages as right
from tests.support.building import COMMITMENT, CT_IMAGE, MPPS, Story, encode
from tests.support.client_defect import Defects
from tests.support.client_exam import INSTANCES, MPPS_UID, SERIES_UID, Change, Exam, another, put, remove

CLIENT_DEFECTS = Defects()
#: What a client may do: each has to be without fault and without warning.
RIGHT: dict[str, Callable[[Exam], object]] = {}

_SCHEDULED = "ScheduledStepAttributesSequence"
_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
_OTHER_UID = "2.25.7999"


def planted(name: str, *noticed: str) -> Callable[[Callable[[Exam], object]], None]:
    """One wrong client, told as an exam."""

    def register(tell: Callable[[Exam], object]) -> None:
        def whole(story: Story) -> None:
            tell(Exam(story))

        CLIENT_DEFECTS.as_story(name, *noticed)(whole)

    return register


def fine(name: str) -> Callable[[Callable[[Exam], object]], None]:
    """One client that is right, or does what the standard leaves to it."""

    def register(tell: Callable[[Exam], object]) -> None:
        RIGHT[name] = tell

    return register


# --- instances --------------------------------------------------------------------------------------------------------

for _name, _change in {
    "image-type-1-missing": remove("ImagePositionPatient"),
    "image-type-2-missing": remove("PatientBirthDate"),
    "image-enumerated": put("PatientSex", "X"),
    "image-uid-malformed": put("FrameOfReferenceUID", "1.2.03"),
    "image-character-set": put("SpecificCharacterSet", "UTF8"),
    "image-private-without-creator": lambda ds: ds.add_new(0x00091001, "LO", "x"),
}.items():
    planted(_name, "client.iod")(lambda exam, change=_change: exam.whole(images=[change]))


def _as_code_string(ds: Dataset) -> None:
    del ds.PatientName
    ds.add_new(0x00100010, "CS", "DOE^JANE")


planted("image-name-as-code-string", "client.iod")(lambda exam: exam.store(INSTANCES[0], changes=[_as_code_string]))


@planted("image-with-file-meta", "dataset.no-command-groups")
def _(exam: Exam) -> None:
    """What checks of every data set tell is not told of instances once more."""
    link = exam.open(CT_IMAGE)
    data = encode(right.whole_image(INSTANCES[0]), EXPLICIT_LITTLE)
    head = b"\2\0\x10\0UI\x14\0" + EXPLICIT_LITTLE.encode() + b"\0"
    exam.say(link, "C-STORE-RQ", head + data, AffectedSOPInstanceUID=INSTANCES[0])
    link.release()


@planted("image-out-of-order", "dimse.dataset-well-formed")
def _(exam: Exam) -> None:
    link = exam.open(CT_IMAGE)
    data = encode(right.whole_image(INSTANCES[0]), EXPLICIT_LITTLE)
    exam.say(link, "C-STORE-RQ", data + b"\x18\0\0\x10LO\2\0AB", AffectedSOPInstanceUID=INSTANCES[0])
    link.release()


@planted("image-once-faulty", "client.iod")
def _(exam: Exam) -> None:
    """One of several instances has a value at fault: it disagrees with the others for that."""
    exam.store(INSTANCES[0])
    exam.store(INSTANCES[1], changes=[put("StudyDate", "2026-01-02")])


@planted("two-names", "client.instance-named")
def _(exam: Exam) -> None:
    exam.store(INSTANCES[0], named=_OTHER_UID)


@planted("two-classes", "client.instance-named")
def _(exam: Exam) -> None:
    exam.store(INSTANCES[0], changes=[put("SOPClassUID", _MR_IMAGE)])


@planted("uid-twice-other-values", "client.instance-once")
def _(exam: Exam) -> None:
    exam.store(INSTANCES[0])
    exam.store(INSTANCES[0], changes=[put("KVP", "80")])


@planted("uid-twice-other-pixels", "client.instance-once")
def _(exam: Exam) -> None:
    exam.store(INSTANCES[0])
    link = exam.open(CT_IMAGE)
    exam.image(link, right.image(INSTANCES[0]), INSTANCES[0], pixel=b"\1\0")
    link.release()


@planted("uid-twice-other-patient", "client.instance-once")
def _(exam: Exam) -> None:
    exam.store(INSTANCES[0])
    exam.store(INSTANCES[0], changes=[put("PatientName", "Else^Somebody")])


for _name, _change in {
    "two-patients-in-a-study": put("PatientID", "OTHER"),
    "two-accessions-in-a-study": put("AccessionNumber", "OTHER"),
    "two-devices-in-a-series": put("DeviceSerialNumber", "OTHER"),
    "two-frames-of-reference": put("FrameOfReferenceUID", "2.25.7801"),
    "uid-of-study-and-series": put("StudyInstanceUID", SERIES_UID),
}.items():

    def _two(exam: Exam, change: Change = _change) -> None:
        exam.store(INSTANCES[0])
        exam.store(INSTANCES[1], changes=[change])

    _also = ("client.iod",) if _name == "uid-of-study-and-series" else ()
    planted(_name, "client.instances-agree", *_also)(_two)


@fine("again after a failure")
def _(exam: Exam) -> None:
    exam.store(INSTANCES[0])
    exam.store(INSTANCES[0])


@fine("two studies of two patients")
def _(exam: Exam) -> None:
    exam.store(INSTANCES[0])
    other = [put("PatientID", "OTHER"), put("PatientName", "Other"), put("StudyInstanceUID", "2.25.1"),
             put("SeriesInstanceUID", "2.25.2"), put("FrameOfReferenceUID", "2.25.3")]  # fmt: skip
    exam.store(INSTANCES[1], changes=other)


# --- performed steps --------------------------------------------------------------------------------------------------

for _name, _change in {
    "create-lacks-type-1": remove("Modality"),
    "create-lacks-type-2": remove("PerformedStationName"),
    "create-empty-type-1": put("PerformedProcedureStepID", ""),
    "create-schedule-lacks-type-2": remove(f"{_SCHEDULED}.RequestedProcedureDescription"),
    "create-schedule-without-codes": remove(f"{_SCHEDULED}.ScheduledProtocolCodeSequence"),
    "create-without-schedule": remove(_SCHEDULED),
    "create-hollow-item": put("PerformedSeriesSequence", [Dataset()]),
    "create-no-state": put("PerformedProcedureStepStatus", "READY"),
}.items():
    planted(_name, "client.mpps-create")(lambda exam, change=_change: exam.create(change))


@planted("create-completed", "client.mpps-create")
def _(exam: Exam) -> None:
    exam.create(put("PerformedProcedureStepStatus", "COMPLETED"), status=0x0106)


@planted("create-without-uid", "client.mpps-create")
def _(exam: Exam) -> None:
    exam.create(uid=None)


@planted("create-without-data-set", "client.mpps-create")
def _(exam: Exam) -> None:
    link = exam.open(MPPS)
    exam.say(link, "N-CREATE-RQ", None, AffectedSOPInstanceUID=MPPS_UID, status=0x0120)
    link.release()


for _name, _change in {
    "set-patient": put("PatientID", "OTHER"),
    "set-start": put("PerformedProcedureStepStartTime", "080000"),
    "set-not-created": put("CommentsOnThePerformedProcedureStep", "x"),
    "set-other-character-set": put("SpecificCharacterSet", "ISO_IR 192"),
    "set-series-without-protocol": put("PerformedSeriesSequence.ProtocolName", ""),
    "set-series-lacks-type-2": remove("PerformedSeriesSequence.OperatorsName"),
    "set-no-state": put("PerformedProcedureStepStatus", "DONE"),
}.items():

    def _changed(exam: Exam, change: Change = _change) -> None:
        exam.create()
        exam.set("IN PROGRESS", change)

    planted(_name, "client.mpps-set")(_changed)

for _name, _change in {
    "end-without-date": put("PerformedProcedureStepEndDate", ""),
    "end-without-time": remove("PerformedProcedureStepEndTime"),
    "end-without-series": put("PerformedSeriesSequence", []),
    "end-lacks-series": remove("PerformedSeriesSequence"),
}.items():
    for _state in ("COMPLETED", "DISCONTINUED"):

        def _ended(exam: Exam, change: Change = _change, state: str = _state) -> None:
            exam.create()
            exam.set(state, change)

        planted(f"{_name}-{_state.lower()}", "client.mpps-end")(_ended)


@planted("set-after-end", "client.mpps-sequence")
def _(exam: Exam) -> None:
    exam.create()
    exam.set("COMPLETED")
    exam.set("DISCONTINUED")


@planted("set-after-end-again", "client.mpps-sequence")
def _(exam: Exam) -> None:
    exam.create()
    exam.set("COMPLETED")
    exam.set("COMPLETED")


@planted("set-before-create", "client.mpps-sequence")
def _(exam: Exam) -> None:
    exam.set("IN PROGRESS")
    exam.create()


@planted("create-twice", "client.mpps-sequence")
def _(exam: Exam) -> None:
    exam.create()
    exam.create(put("PerformedProcedureStepID", "PPS2"))


@planted("series-lost", "client.mpps-sequence")
def _(exam: Exam) -> None:
    exam.create()
    exam.set("IN PROGRESS")
    exam.set("COMPLETED", put("PerformedSeriesSequence.SeriesInstanceUID", "2.25.7003"))


@planted("images-lost", "client.mpps-sequence", "client.step-instances")
def _(exam: Exam) -> None:
    exam.create()
    exam.store(*INSTANCES)
    exam.set("IN PROGRESS")
    exam.set("COMPLETED", instances=INSTANCES[:1])


@planted("named-in-another-series", "client.step-instances")
def _(exam: Exam) -> None:
    exam.create()
    exam.store(*INSTANCES)
    exam.set("COMPLETED", put("PerformedSeriesSequence.SeriesInstanceUID", "2.25.7003"))


@planted("named-with-another-class", "client.step-instances")
def _(exam: Exam) -> None:
    exam.create()
    exam.store(*INSTANCES)
    exam.set("COMPLETED", put("PerformedSeriesSequence.ReferencedImageSequence.ReferencedSOPClassUID", _MR_IMAGE))


@planted("image-not-named", "client.step-instances")
def _(exam: Exam) -> None:
    exam.create()
    exam.store(*INSTANCES)
    exam.set("COMPLETED", instances=INSTANCES[:1])


@planted("create-date-malformed", "client.values")
def _(exam: Exam) -> None:
    exam.create(put("PerformedProcedureStepStartDate", "2026-01-02"))


@planted("set-text-too-long", "client.values")
def _(exam: Exam) -> None:
    exam.create()
    exam.set("IN PROGRESS", put("PerformedSeriesSequence.SeriesDescription", "x" * 65))


@planted("commit-uid-malformed", "client.values")
def _(exam: Exam) -> None:
    exam.commit(transaction="1.2.03")


@fine("a step that is never ended")
def _(exam: Exam) -> None:
    exam.worklist()
    exam.create()
    exam.set("IN PROGRESS")


@fine("a step that was created before the record began")
def _(exam: Exam) -> None:
    exam.set("IN PROGRESS")
    exam.set("COMPLETED")


@fine("a step that was refused at first")
def _(exam: Exam) -> None:
    exam.create(status=0x0110)
    exam.create()
    exam.set("COMPLETED")


@fine("a step of which no image was made")
def _(exam: Exam) -> None:
    exam.create()
    exam.set("DISCONTINUED", instances=())


@fine("images that went elsewhere")
def _(exam: Exam) -> None:
    exam.create()
    exam.set("COMPLETED")


@fine("an unscheduled exam, Type 2 empty")
def _(exam: Exam) -> None:
    def unscheduled(ds: Dataset) -> None:
        for name in ("AccessionNumber", "RequestedProcedureID", "ScheduledProcedureStepID"):
            put(f"{_SCHEDULED}.{name}", "")(ds)
        put(f"{_SCHEDULED}.StudyInstanceUID", "2.25.7500")(ds)
        for name in ("PatientID", "PatientName"):
            put(name, "UNKNOWN")(ds)

    def image(ds: Dataset) -> None:
        put("AccessionNumber", "")(ds)
        put("StudyInstanceUID", "2.25.7500")(ds)
        put("PatientID", "UNKNOWN")(ds)
        put("PatientName", "UNKNOWN")(ds)
        del ds.RequestAttributesSequence

    exam.worklist()
    exam.create(unscheduled)
    exam.store(*INSTANCES, changes=[image])
    exam.set("COMPLETED")


# --- commitment -------------------------------------------------------------------------------------------------------

for _name, _change in {
    "commit-without-transaction": remove("TransactionUID"),
    "commit-empty-transaction": put("TransactionUID", ""),
    "commit-without-list": remove("ReferencedSOPSequence"),
    "commit-empty-list": put("ReferencedSOPSequence", []),
    "commit-item-without-class": remove("ReferencedSOPSequence.ReferencedSOPClassUID"),
    "commit-item-without-instance": put("ReferencedSOPSequence.ReferencedSOPInstanceUID", ""),
    "commit-another-class": put("ReferencedSOPSequence.ReferencedSOPClassUID", _MR_IMAGE),
    "commit-twice": lambda ds: ds.ReferencedSOPSequence.append(ds.ReferencedSOPSequence[0]),
}.items():

    def _asked(exam: Exam, change: Change = _change) -> None:
        exam.store(*INSTANCES)
        exam.commit(change)

    planted(_name, "client.commitment-request")(_asked)


@planted("commit-another-requested-instance", "client.commitment-request")
def _(exam: Exam) -> None:
    exam.commit(RequestedSOPInstanceUID="1.2.840.10008.1.20.1.2")


@planted("commit-transaction-again", "client.commitment-request")
def _(exam: Exam) -> None:
    exam.commit()
    exam.commit(instances=INSTANCES[:1])


@planted("commit-transaction-again-after-refusal", "client.commitment-request")
def _(exam: Exam) -> None:
    exam.commit(status=0x0110)
    exam.commit()


@planted("commit-without-data-set", "client.commitment-request")
def _(exam: Exam) -> None:
    link = exam.open(COMMITMENT)
    exam.say(link, "N-ACTION-RQ", None, status=0x0120)
    link.release()


@fine("commitment of what was sent before the record began")
def _(exam: Exam) -> None:
    exam.commit()


# --- identity ---------------------------------------------------------------------------------------------------------

_ITEM = right.item()
_NAME = "Müller^Jürgen"


def _code(value: str) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, "99TEST", "other"
    return ds


def _latin(ds: Dataset) -> None:
    """An item, or an image, of somebody with an umlaut."""
    ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 100", _NAME


for _name, _change in {
    "step-of-another-patient": put("PatientID", "OTHER"),
    "step-of-another-name": put("PatientName", "Else^Somebody"),
    "step-without-patient": put("PatientID", ""),
    "step-of-another-birth-date": put("PatientBirthDate", "19010101"),
    "step-of-another-study": put(f"{_SCHEDULED}.StudyInstanceUID", "2.25.7501"),
    "step-of-another-accession": put(f"{_SCHEDULED}.AccessionNumber", "OTHER"),
    "step-of-another-step": put(f"{_SCHEDULED}.ScheduledProcedureStepID", "OTHER"),
    "step-of-another-procedure": put(f"{_SCHEDULED}.RequestedProcedureID", "OTHER"),
    "step-of-another-code": put(f"{_SCHEDULED}.ScheduledProtocolCodeSequence", [_code("OTHER")]),
}.items():

    def _performed(exam: Exam, change: Change = _change) -> None:
        exam.worklist()
        exam.create(change)

    planted(_name, "client.item-performed")(_performed)


@planted("name-damaged", "client.item-performed")
def _(exam: Exam) -> None:
    exam.worklist(another(_ITEM, _latin))
    exam.create(put("PatientName", "M?ller^J?rgen"))


@planted("name-read-in-another-character-set", "client.item-performed", "client.text-in-its-set")
def _(exam: Exam) -> None:
    wrong = put("PatientName", _NAME.encode("utf-8").decode("latin-1"))
    exam.worklist(another(_ITEM, _latin))
    exam.create(_latin, wrong)


@planted("description-damaged", "client.item-performed")
def _(exam: Exam) -> None:
    def described(ds: Dataset) -> None:
        ds.SpecificCharacterSet, ds.RequestedProcedureDescription = "ISO_IR 100", "Schädel"

    exam.worklist(another(_ITEM, described))
    exam.create(put(f"{_SCHEDULED}.RequestedProcedureDescription", "Sch?del"))


@planted("issuer-changed", "client.item-images")
def _(exam: Exam) -> None:
    exam.worklist(another(_ITEM, put("IssuerOfPatientID", "HOSPITAL")))
    exam.store(*INSTANCES, changes=[put("IssuerOfPatientID", "OTHER")])


@planted("name-cut", "client.item-images")
def _(exam: Exam) -> None:
    exam.worklist()
    exam.store(*INSTANCES, changes=[put("PatientName", str(_ITEM.PatientName)[:10])])


for _name, _change in {
    "image-of-another-patient": put("PatientID", "OTHER"),
    "image-without-patient": put("PatientID", ""),
    "image-of-another-birth-date": put("PatientBirthDate", "19010101"),
    "image-of-another-accession": put("AccessionNumber", "OTHER"),
    "image-without-accession": put("AccessionNumber", ""),
}.items():

    def _unperformed(exam: Exam, change: Change = _change) -> None:
        exam.worklist()
        exam.store(*INSTANCES, changes=[change])

    planted(_name, "client.item-images")(_unperformed)

for _name, _change in {
    "images-of-another-patient-than-the-step": put("PatientID", "OTHER"),
    "images-of-another-study-than-the-step": put("StudyInstanceUID", "2.25.7501"),
    "images-of-another-accession-than-the-step": put("AccessionNumber", "OTHER"),
    "images-of-another-scheduled-step": put("RequestAttributesSequence.ScheduledProcedureStepID", "OTHER"),
}.items():
    planted(_name, "client.step-images")(lambda exam, change=_change: exam.whole(images=[change]))


@fine("a name in another character set than in the item")
def _(exam: Exam) -> None:
    def utf_8(ds: Dataset) -> None:
        ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 192", _NAME

    exam.worklist(another(_ITEM, _latin))
    exam.create(utf_8)
    exam.store(*INSTANCES, changes=[utf_8])


@fine("one order with two steps, performed one after the other")
def _(exam: Exam) -> None:
    second = put("ScheduledProcedureStepSequence.ScheduledProcedureStepID", "SPS2")
    exam.worklist(_ITEM, another(_ITEM, second))
    exam.create()
    exam.create(put(f"{_SCHEDULED}.ScheduledProcedureStepID", "SPS2"), uid=_OTHER_UID)


@fine("one step of two orders, images in a study of its own")
def _(exam: Exam) -> None:
    def group(ds: Dataset) -> None:
        ds[_SCHEDULED].value.append(another(ds[_SCHEDULED].value[0], put("StudyInstanceUID", "2.25.7601"),
                                            put("AccessionNumber", "SECOND")))  # fmt: skip

    other = another(_ITEM, put("StudyInstanceUID", "2.25.7601"), put("AccessionNumber", "SECOND"))
    exam.worklist(_ITEM, other)
    exam.create(group)
    exam.store(*INSTANCES, changes=[put("StudyInstanceUID", "2.25.7602"), put("AccessionNumber", "")])


@fine("what our own worklist gave wrongly")
def _(exam: Exam) -> None:
    wrong = put("PatientBirthDate", "1970-01-01")
    exam.worklist(another(_ITEM, wrong))
    exam.create(wrong)
    exam.store(*INSTANCES, changes=[wrong])


@fine("what our own worklist gave wrongly, in the step alone")
def _(exam: Exam) -> None:
    exam.whole(item=[put("PatientSex", "X")], create=[put("PatientSex", "X")], images=[put("PatientSex", "")])


@fine("what our own worklist gave wrongly, left out")
def _(exam: Exam) -> None:
    exam.worklist(another(_ITEM, put("PatientSex", "X")))
    exam.create(put("PatientSex", ""))


@fine("an append case: a second step goes on with the series of the first")
def _(exam: Exam) -> None:
    refer = Dataset()
    refer.ReferencedSOPClassUID, refer.ReferencedSOPInstanceUID = MPPS, _OTHER_UID
    exam.worklist()
    exam.create()
    exam.store(INSTANCES[0])
    exam.set("COMPLETED", instances=INSTANCES[:1])
    exam.create(uid=_OTHER_UID)
    exam.store(INSTANCES[1], changes=[put("ReferencedPerformedProcedureStepSequence", [refer])])
    exam.set("COMPLETED", uid=_OTHER_UID, instances=INSTANCES[1:])


@fine("a patient whose name was corrected in the worklist meanwhile")
def _(exam: Exam) -> None:
    married = put("PatientName", "Married^Gregory")
    exam.worklist()
    exam.worklist(another(_ITEM, married))
    exam.create(married)
    exam.store(*INSTANCES, changes=[married])
    exam.set("COMPLETED")


@fine("a group case: one step of two orders, images without an accession")
def _(exam: Exam) -> None:
    second = {"AccessionNumber": "SECOND", "RequestedProcedureID": "RP2", "ScheduledProcedureStepID": "SPS2"}

    def group(ds: Dataset) -> None:
        changes = [put(name, value) for name, value in second.items()]
        ds[_SCHEDULED].value.append(another(ds[_SCHEDULED].value[0], *changes))

    step = put("ScheduledProcedureStepSequence.ScheduledProcedureStepID", "SPS2")
    more = [put("AccessionNumber", "SECOND"), put("RequestedProcedureID", "RP2"), step]
    exam.worklist(_ITEM, another(_ITEM, *more))
    exam.create(group)
    exam.store(*INSTANCES, changes=[put("AccessionNumber", "")])
    exam.set("COMPLETED")


@fine("names in many character sets, each announced")
def _(exam: Exam) -> None:
    names = {
        "ISO_IR 100": "\u00c4neas^R\u00fcdiger",
        "ISO_IR 101": "Wa\u0142\u0119sa^\u0143",
        "ISO_IR 126": "\u0394\u03b9\u03bf\u03bd\u03c5\u03c3\u03b9\u03bf\u03c2",
        "ISO_IR 144": "\u041b\u044e\u043a\u0441\u0435\u043c\u0431\u0443\u0440\u0433^\u0423\u041c",
        "GB18030": "\u738b^\u5c0f\u4e1c",
    }
    for number, (term, name) in enumerate(names.items()):
        who = [put("SpecificCharacterSet", term), put("PatientName", name), put("PatientID", f"P{number}")]
        where = [put(f"{what}InstanceUID", f"2.25.76{number}{len(what)}") for what in ("Study", "Series")]
        frame = put("FrameOfReferenceUID", f"2.25.77{number}")
        exam.store(f"2.25.78{number}", changes=[*who, *where, frame, _unasked])


def _unasked(ds: Dataset) -> None:
    if "RequestAttributesSequence" in ds:
        del ds.RequestAttributesSequence
