"""SR content trees: what a content item needs by its Value Type and Relationship Type (PS3.3 C.17.3, C.18).

The tables of the structure are flat here: every macro's Type 1 attributes look required in every item. So these rules
take their place.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.coded_entry import code_findings
from scanproof.iod.judgement.coordinates import coordinate_findings
from scanproof.iod.tables.clauses import iod_named
from scanproof.iod.tables.logic import has_no_value
from scanproof.iod.tables.relationships import may_relate, value_types
from scansim.wire.dataset import DataSet

_FILLED = "it is to have a value (Type 1)"
_CODES = "PS3.3 Table 8.8-1 (2026b)"
_CLAUSE = "PS3.3 Table C.17-5 (2020)"
_RELATIONSHIPS = "PS3.3 Table C.17.3-8 and the relationships of the IOD in A.35 (2020)"
_MACROS = "PS3.3 C.18 (2020)"
_SELECT = "Reference the image, SELECTED FROM, in an item below the coordinates."
_SELECTED = "PS3.3 Table C.17.3-7 (2020)"
_TEMPLATE = "PS3.3 Table C.18.8-1 (2020)"

#: Value Type to the attributes that hold its value, with their types; those of other Value Types do not belong.
_VALUE = {
    "TEXT": {"TextValue": "1"},
    "NUM": {"MeasuredValueSequence": "2"},
    "CODE": {"ConceptCodeSequence": "1"},
    "DATETIME": {"DateTime": "1"},
    "DATE": {"Date": "1"},
    "TIME": {"Time": "1"},
    "UIDREF": {"UID": "1"},
    "PNAME": {"PersonName": "1"},
    "COMPOSITE": {"ReferencedSOPSequence": "1"},
    "IMAGE": {"ReferencedSOPSequence": "1"},
    "WAVEFORM": {"ReferencedSOPSequence": "1"},
    "SCOORD": {"GraphicType": "1", "GraphicData": "1"},
    "SCOORD3D": {"GraphicType": "1", "GraphicData": "1", "ReferencedFrameOfReferenceUID": "1"},
    "TCOORD": {"TemporalRangeType": "1"},
    "CONTAINER": {"ContinuityOfContent": "1"},
    "TABLE": {"TabulatedValuesSequence": "1"},
}
_OF_VALUES = tuple(dict.fromkeys(name for names in _VALUE.values() for name in names))
#: Type 1C in the macro of every content item, required for one Value Type, and not allowed otherwise.
_ALONE = ("TextValue", "DateTime", "Date", "Time", "PersonName", "UID")
_NAMED = ("TEXT", "NUM", "CODE", "DATETIME", "DATE", "TIME", "UIDREF", "PNAME")
_TEMPORAL = ("ReferencedSamplePositions", "ReferencedTimeOffsets", "ReferencedDateTime")
_RELATIONSHIP_TYPES = (
    *("CONTAINS", "HAS PROPERTIES", "HAS OBS CONTEXT", "HAS ACQ CONTEXT", "INFERRED FROM", "SELECTED FROM"),
    "HAS CONCEPT MOD",
)
#: Images that cannot have frames: CR, DX, CT, MR, US, SC, and PET.
_SINGLE_FRAME = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in ("1", "1.1", "1.1.1", "2", "4", "6.1", "7", "128")
)
#: Attributes of the content module that belong to content items, and are judged here.
ATTRIBUTES = frozenset(
    (
        *_OF_VALUES,
        *_TEMPORAL,
        *("ValueType", "ConceptNameCodeSequence", "ContentSequence", "ContentTemplateSequence", "FiducialUID"),
        *("PixelOriginInterpretation", "NumericValueQualifierCodeSequence", "ObservationDateTime", "ObservationUID"),
    )
)


def judge(iod: str, root: DataSet, *, complete: bool) -> Iterator[IodFinding]:
    """Judge the whole tree; `complete` is False when its end is missing."""
    value_type = root.text("ValueType")
    if value_type and value_type != "CONTAINER":
        text = f"{value_type!r}: the root is a CONTAINER"
        yield IodFinding("enumerated-value", IodLevel.ERROR, "ValueType", text, "PS3.3 C.17.3.1 (2020)")
    if root.text("VerificationFlag") == "VERIFIED" and root.text("CompletionFlag") == "PARTIAL":
        text = "VERIFIED, though Completion Flag is PARTIAL: only what is COMPLETE is verified"
        yield IodFinding("sr-verified", IodLevel.ERROR, "VerificationFlag", text, "PS3.3 Table C.17-2 (2020)")
    if complete and value_type == "CONTAINER" and "ConceptNameCodeSequence" not in root:
        yield _missing("ConceptNameCodeSequence", "the root of a document has a title (Type 1C)")
    yield from _item(iod, root, "", complete)


def _missing(here: str, why: str, rule: str = "condition-missing", clause: str = _CLAUSE) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, here, f"absent; {why}", clause)


def _empty(here: str, text: str, clause: str = _CLAUSE) -> IodFinding:
    return IodFinding("type1-empty", IodLevel.ERROR, here, text, clause)


def _item(iod: str, item: DataSet, path: str, complete: bool) -> Iterator[IodFinding]:
    value_type = item.text("ValueType")
    if not value_type:
        if complete and "ReferencedContentItemIdentifier" not in item:
            yield _missing(
                f"{path}ValueType", "a content item that is not by reference has it (Type 1)", "type1-missing"
            )
    elif value_type not in _VALUE:
        known = ", ".join(_VALUE)
        text = f"{value_type!r}, not one of {known}"
        yield IodFinding("enumerated-value", IodLevel.ERROR, f"{path}ValueType", text, "PS3.3 C.17.3.2.1 (2020)")
    else:
        yield from _value(item, path, value_type, complete)
        allowed = value_types(iod)
        if complete and value_type == "SCOORD" and (not allowed or value_type in allowed) and not _selected(item):
            text = "nothing is SELECTED FROM: the image that the coordinates are of"
            yield IodFinding(
                "sr-coordinates", IodLevel.ERROR, f"{path}ContentSequence", text, _SELECTED, advice=_SELECT
            )
        if allowed and value_type not in allowed and value_type != "TABLE":
            text = f"{value_type} is no Value Type of the {iod_named(iod)}"
            yield IodFinding("sr-value-type", IodLevel.ERROR, f"{path}ValueType", text, "PS3.3 A.35 (2020)")
    for name in ("ConceptNameCodeSequence", "ConceptCodeSequence"):
        yield from _codes(item, name, path, complete)
    for name in ("ConceptNameCodeSequence", "ContentSequence", "ContentTemplateSequence"):
        if has_no_value(item, name):
            yield _empty(f"{path}{name}", "empty; it has an item when it is there (Type 1C)")
    yield from _template(item, path, complete)
    for number, child in enumerate(item.items("ContentSequence"), 1):
        inside = f"{path}ContentSequence[{number}] > "
        if child.elements:
            yield from _relationship(iod, child, inside, value_type, complete)
            yield from _item(iod, child, inside, complete)
        else:
            text = "a content item without a single attribute"
            yield IodFinding("item-empty", IodLevel.ERROR, inside.removesuffix(" > "), text, _CLAUSE)


def _selected(item: DataSet) -> bool:
    return any(child.text("RelationshipType") == "SELECTED FROM" for child in item.items("ContentSequence"))


def _relationship(iod: str, child: DataSet, path: str, source: str, complete: bool) -> Iterator[IodFinding]:
    relationship, target = child.text("RelationshipType"), child.text("ValueType")
    here = f"{path}RelationshipType"
    if not relationship:
        if complete:
            yield _missing(here, "every content item but the root has one (Type 1)", "type1-missing", _RELATIONSHIPS)
        return
    if relationship not in _RELATIONSHIP_TYPES:
        text = f"{relationship!r}, not one of {', '.join(_RELATIONSHIP_TYPES)}"
        yield IodFinding("enumerated-value", IodLevel.ERROR, here, text, "PS3.3 C.17.3.2.4 (2020)")
    elif source in _VALUE and target in _VALUE and target != "TABLE":
        wrong = _wrong(relationship, source, target)
        known = {source, target} <= value_types(iod)
        if not wrong and known and not may_relate(iod, source, relationship, target):
            wrong = f"a {source} has no {target} under this relationship in this document ({iod})"
        if wrong:
            yield IodFinding("sr-relationship", IodLevel.ERROR, here, wrong, _RELATIONSHIPS)


def _wrong(relationship: str, source: str, target: str) -> str:
    """What no document allows."""
    if relationship == "CONTAINS" and source != "CONTAINER":
        return f"a {source} cannot contain: that is for a CONTAINER"
    if relationship == "SELECTED FROM" and source not in ("SCOORD", "TCOORD"):
        return f"a {source} is not selected from anything: that is for SCOORD and TCOORD"
    if relationship == "HAS CONCEPT MOD" and target not in ("TEXT", "CODE"):
        return f"a concept is modified by TEXT or CODE, not by {target}"
    return ""


def _value(item: DataSet, path: str, value_type: str, complete: bool) -> Iterator[IodFinding]:
    wanted = _VALUE[value_type]
    for name, kind in wanted.items():
        if name not in item:
            if complete:
                rule = "type1-missing" if kind == "1" else "type2-missing"
                yield _missing(
                    f"{path}{name}", f"a content item of Value Type {value_type} has it (Type {kind})", rule, _MACROS
                )
        elif kind == "1" and has_no_value(item, name):
            text = f"empty; a content item of Value Type {value_type} has a value here (Type 1)"
            yield _empty(f"{path}{name}", text, _MACROS)
    for name in _OF_VALUES:
        if name in item and name not in wanted:
            text = f"present, and no content item of Value Type {value_type} has it"
            if name in _ALONE:
                yield IodFinding("condition-forbidden", IodLevel.ERROR, f"{path}{name}", text, _CLAUSE)
            else:
                yield IodFinding("sr-value-extra", IodLevel.WARNING, f"{path}{name}", text, _MACROS)
    if complete and value_type in _NAMED and "ConceptNameCodeSequence" not in item:
        yield _missing(f"{path}ConceptNameCodeSequence", f"a content item of Value Type {value_type} has it (Type 1C)")
    if complete and value_type == "TCOORD" and not any(name in item for name in _TEMPORAL):
        yield _missing(f"{path}ReferencedDateTime", "a TCOORD has positions, offsets or times", clause=_MACROS)
    yield from coordinate_findings(item, path, value_type)
    yield from _references(item, path, complete)
    yield from _measured(item, path, complete)


def _type_1(
    level: DataSet, names: tuple[str, ...], path: str, complete: bool, clause: str = _MACROS
) -> Iterator[IodFinding]:
    for name in names:
        if name not in level and complete:
            yield _missing(f"{path}{name}", _FILLED, "type1-missing", clause)
        elif has_no_value(level, name):
            yield _empty(f"{path}{name}", f"empty; {_FILLED}", clause)


def _references(item: DataSet, path: str, complete: bool) -> Iterator[IodFinding]:
    references = item.items("ReferencedSOPSequence")
    if len(references) > 1:
        text = f"{len(references)} items, where one is allowed"
        yield IodFinding("item-count", IodLevel.ERROR, f"{path}ReferencedSOPSequence", text, _MACROS)
    for number, reference in enumerate(references, 1):
        inside = f"{path}ReferencedSOPSequence[{number}] > "
        yield from _type_1(reference, ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"), inside, complete)
        if "ReferencedFrameNumber" in reference and reference.text("ReferencedSOPClassUID") in _SINGLE_FRAME:
            text = "present, though instances of the referenced SOP Class have a single frame"
            here = f"{inside}ReferencedFrameNumber"
            yield IodFinding("condition-forbidden", IodLevel.ERROR, here, text, "PS3.3 Table 10-3 (2020)")


def _measured(item: DataSet, path: str, complete: bool) -> Iterator[IodFinding]:
    count = len(item.items("MeasuredValueSequence"))
    if count > 1:
        text = f"{count} items, where one is allowed"
        yield IodFinding("item-count", IodLevel.ERROR, f"{path}MeasuredValueSequence", text, _MACROS)
    for number, measured in enumerate(item.items("MeasuredValueSequence"), 1):
        inside = f"{path}MeasuredValueSequence[{number}] > "
        yield from _type_1(measured, ("NumericValue", "MeasurementUnitsCodeSequence"), inside, complete)
        yield from _codes(measured, "MeasurementUnitsCodeSequence", inside, complete)
        if len(measured.values("NumericValue")) > 1:
            text = f"{len(measured.values('NumericValue'))} values, where one is allowed"
            yield IodFinding("vm", IodLevel.ERROR, f"{inside}NumericValue", text, _MACROS)
    yield from _codes(item, "NumericValueQualifierCodeSequence", path, complete)


def _template(item: DataSet, path: str, complete: bool) -> Iterator[IodFinding]:
    templates = item.items("ContentTemplateSequence")
    if len(templates) > 1:
        text = f"{len(templates)} items, where one is allowed"
        yield IodFinding("item-count", IodLevel.ERROR, f"{path}ContentTemplateSequence", text, _TEMPLATE)
    for number, template in enumerate(templates, 1):
        inside = f"{path}ContentTemplateSequence[{number}] > "
        yield from _type_1(template, ("MappingResource", "TemplateIdentifier"), inside, complete, _TEMPLATE)


def _codes(item: DataSet, name: str, path: str, complete: bool) -> Iterator[IodFinding]:
    codes = item.items(name)
    if len(codes) > 1:
        text = f"{len(codes)} items, where one is allowed"
        yield IodFinding("item-count", IodLevel.ERROR, f"{path}{name}", text, _CLAUSE)
    for number, code in enumerate(codes, 1):
        inside = f"{path}{name}[{number}]"
        if not code.elements:
            text = "a coded entry without a single attribute"
            yield IodFinding("item-empty", IodLevel.ERROR, inside, text, _CODES)
        elif complete:
            yield from code_findings(code, f"{inside} > ")
            if "CodeMeaning" in code:
                if has_no_value(code, "CodeMeaning"):
                    yield _empty(f"{inside} > CodeMeaning", f"empty; {_FILLED}", _CODES)
            else:
                yield _missing(
                    f"{inside} > CodeMeaning",
                    _FILLED,
                    "type1-missing",
                    _CODES,
                )
