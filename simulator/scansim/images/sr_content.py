"""Structured report documents: content items made by hand, and the modules around a content tree (PS3.3 C.17)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from scansim.identity import carried as exam
from scansim.images.protocol import Acquisition, SeriesRecord
from scansim.vocabulary.values import decimal

#: Code Value, Coding Scheme Designator and Code Meaning.
Code = tuple[str, str, str]
Relation = Literal["CONTAINS", "HAS OBS CONTEXT", "HAS CONCEPT MOD", "HAS PROPERTIES"]

#: From the end of the scan to the document.
WRITING = timedelta(seconds=3)

#: General Series and Frame of Reference: a document's series has neither (PS3.3 A.35.4.3, A.35.8.3).
_NOT_IN_DOCUMENTS = (
    "BodyPartExamined",
    "FrameOfReferenceUID",
    "OperatorsName",
    "PatientPosition",
    "PerformedProcedureStepDescription",
    "PerformedProcedureStepID",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "PerformedProtocolCodeSequence",
    "PerformingPhysicianName",
    "PositionReferenceIndicator",
    "ProtocolName",
    "RequestAttributesSequence",
)
_REQUEST = (
    "AccessionNumber",
    "IssuerOfAccessionNumberSequence",
    "PlacerOrderNumberImagingServiceRequest",
    "FillerOrderNumberImagingServiceRequest",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
)
_REQUEST_TYPE_3 = ("IssuerOfAccessionNumberSequence",)


def coded(code: Code) -> Dataset:
    """Return the item of a code sequence (PS3.3 Table 8.8-1)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def _item(relation: Relation, value_type: str, name: Code | None, children: Iterable[Dataset]) -> Dataset:
    item = Dataset()
    item.RelationshipType = relation
    item.ValueType = value_type
    if name is not None:
        item.ConceptNameCodeSequence = [coded(name)]
    if inside := list(children):
        item.ContentSequence = inside
    return item


def container(name: Code, *children: Dataset, relation: Relation = "CONTAINS") -> Dataset:
    """CONTAINER; its children belong to it by themselves, not as a continuous text."""
    item = _item(relation, "CONTAINER", name, children)
    item.ContinuityOfContent = "SEPARATE"
    return item


def code(name: Code, value: Code, *children: Dataset, relation: Relation = "CONTAINS") -> Dataset:
    """CODE."""
    item = _item(relation, "CODE", name, children)
    item.ConceptCodeSequence = [coded(value)]
    return item


def text(name: Code, value: str, *children: Dataset, relation: Relation = "CONTAINS") -> Dataset:
    """TEXT."""
    item = _item(relation, "TEXT", name, children)
    item.TextValue = value
    return item


def num(name: Code, value: float, unit: tuple[str, str], *children: Dataset) -> Dataset:
    """NUM, contained in its parent; `unit` is a code of UCUM and its meaning."""
    item = _item("CONTAINS", "NUM", name, children)
    measured = Dataset()
    measured.NumericValue = decimal(value)
    measured.MeasurementUnitsCodeSequence = [coded((unit[0], "UCUM", unit[1]))]
    item.MeasuredValueSequence = [measured]
    return item


def uidref(name: Code, uid: str, relation: Relation = "CONTAINS") -> Dataset:
    """UIDREF."""
    item = _item(relation, "UIDREF", name, ())
    item.UID = uid
    return item


def date_time(name: Code, moment: datetime, relation: Relation = "CONTAINS") -> Dataset:
    """DATETIME."""
    item = _item(relation, "DATETIME", name, ())
    item.DateTime = "".join(exam.date_time(moment))
    return item


def image(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    """IMAGE without a purpose, contained in its parent."""
    item = _item("CONTAINS", "IMAGE", None, ())
    item.ReferencedSOPSequence = [reference(sop_class_uid, sop_instance_uid)]
    return item


def reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    """Return a reference to one SOP Instance (PS3.3 Table 10-11)."""
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def observer(acquisition: Acquisition) -> tuple[Dataset, ...]:
    """Return the observer context of a device: the scanner itself (PS3.16 TID 1002, TID 1004)."""
    shared = acquisition.shared
    context: Relation = "HAS OBS CONTEXT"
    return (
        code(("121005", "DCM", "Observer Type"), ("121007", "DCM", "Device"), relation=context),
        uidref(("121012", "DCM", "Device Observer UID"), device_uid(acquisition), context),
        text(("121013", "DCM", "Device Observer Name"), str(shared.StationName), relation=context),
        text(("121014", "DCM", "Device Observer Manufacturer"), str(shared.Manufacturer), relation=context),
        text(("121015", "DCM", "Device Observer Model Name"), str(shared.ManufacturerModelName), relation=context),
        text(("121016", "DCM", "Device Observer Serial Number"), str(shared.DeviceSerialNumber), relation=context),
    )


def device_uid(acquisition: Acquisition) -> str:
    """UID of the scanner: the same in all its exams of a run."""
    return acquisition.identity.uid("device", acquisition.ledger.station_ae)


def root(title: Code, template: str, *children: Dataset) -> Dataset:
    """Return a document's root content item, made by a template of PS3.16."""
    item = container(title, *children)
    del item.RelationshipType
    made_by = Dataset()
    made_by.MappingResource = "DCMR"
    made_by.TemplateIdentifier = template
    item.ContentTemplateSequence = [made_by]
    return item


def document(
    acquisition: Acquisition, sop_class_uid: str, modality: str, description: str, content: Dataset
) -> Dataset:
    """Return a document of the exam in a series of its own, written a little after what was done last.

    ``acquisition.number`` is the number of the document's series; ``acquisition.now`` moves forward.
    """
    acquisition.now += WRITING
    ds = acquisition.common(sop_class_uid, description)
    for keyword in _NOT_IN_DOCUMENTS:
        if keyword in ds:
            del ds[keyword]
    if "ReferencedPerformedProcedureStepSequence" not in ds:
        ds.ReferencedPerformedProcedureStepSequence = []
    ds.Modality = modality
    ds.SOPInstanceUID = acquisition.instance_uid(0)
    ds.InstanceNumber = "1"
    ds.ContentDate, ds.ContentTime = exam.date_time(acquisition.now)
    ds.InstanceCreationDate, ds.InstanceCreationTime = ds.ContentDate, ds.ContentTime
    if acquisition.ledger.scheduled:
        ds.ReferencedRequestSequence = [_request(acquisition)]
    ds.update(content)
    return ds


def evidence(acquisition: Acquisition, series: Sequence[SeriesRecord]) -> Items:
    """Return the value of Current Requested Procedure Evidence Sequence that names all of `series` (PS3.3 C.17.2)."""
    study = Dataset()
    study.StudyInstanceUID = acquisition.ledger.study_instance_uid
    study.ReferencedSeriesSequence = []
    for record in series:
        item = Dataset()
        item.SeriesInstanceUID = record.uid
        item.ReferencedSOPSequence = [reference(*instance) for instance in record.instances]
        study.ReferencedSeriesSequence.append(item)
    return Items([study])


def _request(acquisition: Acquisition) -> Dataset:
    """Return the item of Referenced Request Sequence (PS3.3 Table C.17-2): the request that the exam fulfils."""
    shared, item = acquisition.shared, Dataset()
    item.StudyInstanceUID = acquisition.ledger.study_instance_uid
    for keyword in _REQUEST:
        element = exam.carried(acquisition.ledger.item, keyword)
        if element is not None:
            item[keyword] = element
        elif keyword not in _REQUEST_TYPE_3:
            setattr(item, keyword, "")
    item.ReferencedStudySequence = shared.get("ReferencedStudySequence", [])
    item.RequestedProcedureCodeSequence = shared.get("ProcedureCodeSequence", [])
    return item
