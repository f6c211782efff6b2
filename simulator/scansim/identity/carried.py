"""What an exam's images take from the worklist item and the ledger (PS3.4 Annex F, IHE RAD TF-2 Appendix A).

Whatever a target put into its item, nothing here raises: text is carried over as it came; a value that cannot be read,
or that a closed list or the form of a date or number forbids, counts as absent: a scanner could not use it either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydicom import config
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.valuerep import PersonName

from scansim.identity.ledger import Ledger
from scansim.vocabulary.uids import MPPS
from scansim.wire.charsets import CharacterSetError, check
from scansim.wire.encoding import encode_text, shown
from scansim.wire.text import CHARSET_VRS

_STEP = "ScheduledProcedureStepSequence"

_TEXT = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")

#: A DS value without its padding (PS3.5 6.2): float() takes more, such as nan and 7_0.
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

#: Type 2 of PS3.3 Patient and General Study Module: present in every image, empty when the item gives nothing.
_TYPE_2 = ("AccessionNumber", "ReferringPhysicianName", "PatientName", "PatientID", "PatientBirthDate", "PatientSex")

#: Carried over when the item gives them.
_TYPE_3 = (
    "IssuerOfAccessionNumberSequence",
    "IssuerOfPatientID",
    "IssuerOfPatientIDQualifiersSequence",
    "OtherPatientIDs",
    "OtherPatientIDsSequence",
    "PatientSize",
    "PatientWeight",
)


class Carried(DataElement):
    """An element whose value came out of the worklist item; ``source`` is the path of keywords where it stood there."""

    source: str = ""


def taken(ds: Dataset, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path here, path in the item) of each value of a data set that was carried over; keywords joined by >.

    What is below a sequence that was carried over whole stands in the item below the same sequence.
    """
    for element in ds:
        here = path + element.keyword
        if isinstance(element, Carried):
            yield here, element.source
        elif element.VR == "SQ":
            for item in element.value:
                yield from taken(item, f"{here}>")


def scheduled_step(ledger: Ledger) -> Dataset:
    """Return the item's Scheduled Procedure Step; empty when there is none that can be read."""
    try:
        step = ledger.step
    except Exception:  # as in carried()
        return Dataset()
    return step if isinstance(step, Dataset) else Dataset()


def study_uid(ledger: Ledger) -> DataElement:
    """Return the exam's Study Instance UID: the item's, or else its own."""
    element = carried(ledger.item, "StudyInstanceUID") if ledger.source else None
    if element is not None and str(element.value) == ledger.study_instance_uid:
        return element
    return DataElement("StudyInstanceUID", "UI", ledger.study_instance_uid, validation_mode=config.IGNORE)


def attributes(ledger: Ledger) -> Dataset:
    """Return the attributes that every image of the exam shares: patient, study, equipment and performed step."""
    item, step = ledger.item, scheduled_step(ledger)
    ds = Dataset()
    ds["SpecificCharacterSet"] = DataElement("SpecificCharacterSet", "CS", character_set(item))
    for keyword in _TYPE_2:
        _put(ds, keyword, carried(item, keyword), empty=True)
    for keyword in _TYPE_3:
        _put(ds, keyword, carried(item, keyword))
    if not _is_date(str(ds.PatientBirthDate)):
        ds.PatientBirthDate = ""
    if ds.PatientSex not in ("M", "F", "O"):
        ds.PatientSex = ""
    ds.PatientComments = "SYNTHETIC TEST DATA - NOT A PATIENT"
    _put(ds, "StudyInstanceUID", study_uid(ledger))
    _put(ds, "StudyID", carried(item, "RequestedProcedureID", "StudyID"), empty=True)
    ds.StudyDate, ds.StudyTime = date_time(ledger.begin)
    _put(ds, "StudyDescription", carried(item, "RequestedProcedureDescription", "StudyDescription"))
    _put(ds, "ReferencedStudySequence", _references(item, "ReferencedStudySequence"))
    _put(ds, "ProcedureCodeSequence", _codes(item, "RequestedProcedureCodeSequence", "ProcedureCodeSequence"))
    _put(ds, "PerformingPhysicianName", carried(step, "ScheduledPerformingPhysicianName", "PerformingPhysicianName"))
    ds.OperatorsName = "Synthetic-Operator^Otto"
    ds.Modality = ledger.modality
    ds.Manufacturer = "scanproof"
    ds.ManufacturerModelName = f"scansim {ledger.modality}"
    ds.InstitutionName = "SYNTHETIC - NOT A PATIENT"
    ds.DeviceSerialNumber = f"SN-{ledger.station_ae}"
    ds.SoftwareVersions = "scansim 0.1"
    ds.StationName = ledger.station_ae
    _put(ds, "ProtocolName", protocol_name(ledger))
    ds.update(performed_step(ledger))
    if ledger.scheduled and len(request := _request(item, step)):
        ds.RequestAttributesSequence = [request]
    if ledger.mpps_uid:
        reference = Dataset()
        reference.ReferencedSOPClassUID = MPPS
        reference.ReferencedSOPInstanceUID = ledger.mpps_uid
        ds.ReferencedPerformedProcedureStepSequence = [reference]
    return ds


def performed_step(ledger: Ledger) -> Dataset:
    """Return what images and MPPS say alike of the performed step: ID, start, description and protocol codes."""
    step = scheduled_step(ledger)
    ds = Dataset()
    ds.PerformedProcedureStepID = ledger.pps_id
    ds.PerformedProcedureStepStartDate, ds.PerformedProcedureStepStartTime = date_time(ledger.begin)
    description = carried(step, "ScheduledProcedureStepDescription", "PerformedProcedureStepDescription") or carried(
        ledger.item, "RequestedProcedureDescription", "PerformedProcedureStepDescription"
    )
    ds.PerformedProcedureStepDescription = f"{ledger.modality} test exam"
    _put(ds, "PerformedProcedureStepDescription", description)
    _put(
        ds,
        "PerformedProtocolCodeSequence",
        _codes(step, "ScheduledProtocolCodeSequence", "PerformedProtocolCodeSequence"),
    )
    return ds


def scheduled_protocol_codes(ledger: Ledger) -> list[str]:
    """Return the Code Values of the step's Scheduled Protocol Code Sequence: what chooses a protocol."""
    codes = _codes(scheduled_step(ledger), "ScheduledProtocolCodeSequence", "ScheduledProtocolCodeSequence")
    return [str(item.CodeValue) for item in codes.value if "CodeValue" in item] if codes is not None else []


def protocol_name(ledger: Ledger) -> DataElement:
    """Return the Protocol Name (0018,1030): Type 1 in an MPPS series, and the same in the images."""
    step = scheduled_step(ledger)
    codes = _codes(step, "ScheduledProtocolCodeSequence", "PerformedProtocolCodeSequence")
    if codes is not None:
        return _first(codes.value[0]["CodeMeaning"], f"{_place('ScheduledProtocolCodeSequence')}>CodeMeaning")
    described = carried(step, "ScheduledProcedureStepDescription", "ProtocolName")
    if described is not None:
        return _first(described, _place("ScheduledProcedureStepDescription"))
    return DataElement("ProtocolName", "LO", f"{ledger.modality} phantom")


def _first(element: DataElement, source: str) -> DataElement:
    """Return the first value of what should have one: a backslash in a target's text makes two of it."""
    value = element.value
    one = str(value if isinstance(value, str) else value[0])
    return _carried("ProtocolName", "LO", shown(one, "LO"), source)


def _place(keyword: str) -> str:
    """Return the path of an attribute of the item: what is scheduled stands in its step."""
    return f"{_STEP}>{keyword}" if keyword.startswith("Scheduled") and keyword != _STEP else keyword


def character_set(item: Dataset) -> list[str]:
    """Return the Specific Character Set for images and MPPS made from `item`: its own where that holds its text.

    An item without one was decoded as Latin-1, which ISO_IR 100 says. Where its own is not a legal one, or its text
    is not in it, ISO_IR 192 holds whatever was decoded.
    """
    return _character_set(item)[0]


def character_set_note(item: Dataset) -> str:
    """Say why `character_set` is not that of the item; empty when it is."""
    terms, why = _character_set(item)
    return f"images and MPPS are in {terms[0]} ({why})" if why else ""


def _character_set(item: Dataset) -> tuple[list[str], str]:
    element = carried(item, "SpecificCharacterSet")
    named = [] if element is None else [element.value] if isinstance(element.value, str) else list(element.value)
    terms = tuple(map(str, named)) or ("ISO_IR 100",)
    try:
        check(terms)
        for keyword, vr, text in _texts(item):
            try:
                encode_text(text, vr, terms)
            except CharacterSetError as error:
                raise CharacterSetError(f"{keyword}: {error}") from None
    except CharacterSetError as error:
        return ["ISO_IR 192"], str(error)
    return list(terms), ""


def _texts(item: Dataset) -> Iterator[tuple[str, str, str]]:
    """Yield keyword, VR and text of everything readable that may be carried over, nested items included."""
    for tag in item.keys():  # noqa: SIM118 - as in _item()
        keyword = keyword_for_tag(tag)
        element = carried(item, keyword) if keyword and dictionary_VR(tag) in (*_TEXT, "SQ") else None
        if element is None:
            continue
        if element.VR == "SQ":
            for nested in element.value:
                yield from _texts(nested)
        elif element.VR in CHARSET_VRS:
            values = [element.value] if isinstance(element.value, str | PersonName) else element.value
            yield keyword, element.VR, "\\".join(map(str, values))


def date_time(moment: datetime) -> tuple[str, str]:
    """Return `moment` as DA and TM values, to the microsecond where it has any (PS3.5 6.2)."""
    return moment.strftime("%Y%m%d"), moment.strftime("%H%M%S.%f" if moment.microsecond else "%H%M%S")


def carried(source: Dataset, keyword: str, target: str = "") -> DataElement | None:
    """Return the element `keyword` of `source`, called `target`, or None if it is absent, empty or unreadable."""
    try:
        value = source[keyword].value  # decodes the element, which is where ill-formed values raise
        return _element(target or keyword, value, _place(keyword))
    except Exception:  # pydicom raises a dozen kinds for ill-formed values; every one means "not usable" here
        return None


def _element(keyword: str, value: Any, source: str) -> DataElement | None:
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    vr = dictionary_VR(tag)
    if vr == "SQ":
        items = [item for item in map(_item, value) if len(item)]
        return _carried(tag, vr, Sequence(items), source) if items else None
    values = [value] if isinstance(value, str | PersonName | int | float) else list(value or ())
    # A target may send another VR than the dictionary's; what is not text by then is of no use.
    texts = [v if isinstance(v, PersonName) else str(v) for v in values if not isinstance(v, bytes | Dataset)]
    if vr in CHARSET_VRS:
        texts = [shown(str(text), vr) for text in texts]
    if not any(str(text).strip() for text in texts):
        return None
    if vr == "DS" and not all(len(text) <= 16 and _DECIMAL.fullmatch(text.strip(" ")) for text in map(str, texts)):
        return None
    # The value is the target's: it is judged elsewhere and carried as it is, so no validation here.
    return _carried(tag, vr, texts if len(texts) > 1 else texts[0], source)


def _carried(tag: int | str, vr: str, value: Any, source: str) -> Carried:
    element = Carried(tag, vr, value, validation_mode=config.IGNORE)
    element.source = source
    return element


def _item(source: Dataset) -> Dataset:
    """Return the readable text and sequences of one sequence item."""
    item = Dataset()
    for tag in source.keys():  # noqa: SIM118 - iterating the data set itself decodes each element, and may raise
        keyword = keyword_for_tag(tag)
        if keyword and dictionary_VR(tag) in (*_TEXT, "SQ"):
            _put(item, keyword, carried(source, keyword))
    return item


def _put(ds: Dataset, keyword: str, element: DataElement | None, *, empty: bool = False) -> None:
    if element is not None:
        ds[keyword] = element
    elif empty:
        setattr(ds, keyword, "")


def _codes(source: Dataset, keyword: str, target: str) -> DataElement | None:
    """Return a code sequence's usable items: a code needs its scheme, and in images a meaning (PS3.3 Table 8.8-1)."""
    element = carried(source, keyword, target)
    usable = []
    for item in element.value if element is not None else ():
        code = item.get("CodeValue") or item.get("LongCodeValue") or item.get("URNCodeValue")
        if code and ("CodingSchemeDesignator" in item or "URNCodeValue" in item):
            if "CodeMeaning" not in item:  # optional in a worklist item, Type 1 in an image
                _put(item, "CodeMeaning", _element("CodeMeaning", code, ""))
            usable.append(item)
    return _carried(target, "SQ", Sequence(usable), _place(keyword)) if usable else None


def _references(source: Dataset, keyword: str) -> DataElement | None:
    """Return a reference sequence's complete items: both UIDs are Type 1 (PS3.3 Table 10-11)."""
    element = carried(source, keyword)
    items = element.value if element is not None else ()
    whole = [item for item in items if "ReferencedSOPClassUID" in item and "ReferencedSOPInstanceUID" in item]
    return _carried(keyword, "SQ", Sequence(whole), _place(keyword)) if whole else None


def _request(item: Dataset, step: Dataset) -> Dataset:
    """Return the one item of Request Attributes Sequence (PS3.3 Table 10-9)."""
    request = Dataset()
    for source, keyword in (
        (item, "RequestedProcedureID"),
        (item, "RequestedProcedureDescription"),
        (step, "ScheduledProcedureStepID"),
        (step, "ScheduledProcedureStepDescription"),
    ):
        _put(request, keyword, carried(source, keyword))
    keyword = "ScheduledProtocolCodeSequence"
    _put(request, keyword, _codes(step, keyword, keyword))
    return request


def _is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return False
    return re.fullmatch("[0-9]{8}", text) is not None  # strptime takes a blank for a leading zero
