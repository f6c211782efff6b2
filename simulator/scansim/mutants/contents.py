"""Mutants of what is no CT or MR image: numbers, names and points that refer to each other, content trees, tables.

They are made of the small instances of `scansim.images.minimal`, which get what the defect needs put in first.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from functools import partial

from scansim.mutants.bases import code
from scansim.mutants.facts import Mutant, unchanged
from scansim.mutants.surgery import Change, Element, both, delete, edit, insert, insert_element, number, sequence, value
from scansim.wire.dataset import tag_of

_STORAGE = "1.2.840.10008.5.1.4.1.1"
PLAN, STRUCTURES, DOSE = f"{_STORAGE}.481.5", f"{_STORAGE}.481.3", f"{_STORAGE}.481.2"
SEGMENTATION, STATE, PSEUDO_COLOR = f"{_STORAGE}.66.4", f"{_STORAGE}.11.1", f"{_STORAGE}.11.3"
KEY_OBJECTS, MAPPING = f"{_STORAGE}.88.59", f"{_STORAGE}.67"
#: Names of the classes in documentation and messages.
NAMES = {
    PLAN: "RT Plan",
    STRUCTURES: "RT Structure Set",
    DOSE: "RT Dose",
    SEGMENTATION: "Segmentation",
    STATE: "GSPS",
    PSEUDO_COLOR: "Pseudo-Color GSPS",
    KEY_OBJECTS: "Key Object",
    MAPPING: "Real World Value Mapping",
}


def _item(name: str, content: dict[str, str | Element], *more: dict[str, str | Element]) -> dict[str, str | Element]:
    """A sequence as an entry of an item."""
    return {name: sequence(name, content, *more)}


def _number_of(keyword: str, count: int) -> Change:
    """Put in an attribute of VR US."""
    return insert(keyword, struct.pack("<H", count), "US")


# --- radiotherapy -----------------------------------------------------------------------------------------------------

_leaves = {"RTBeamLimitingDeviceType": "X", "LeafJawPositions": "-5\\5"}
_first: dict[str, str | Element] = {
    "ControlPointIndex": "0",
    "CumulativeMetersetWeight": "0",
    "NominalBeamEnergy": "6",
    **_item("BeamLimitingDevicePositionSequence", {**_leaves}),
    **dict.fromkeys(("GantryAngle", "BeamLimitingDeviceAngle", "PatientSupportAngle", "TableTopEccentricAngle"), "0"),
    **dict.fromkeys(
        (
            *("GantryRotationDirection", "BeamLimitingDeviceRotationDirection", "PatientSupportRotationDirection"),
            "TableTopEccentricRotationDirection",
        ),
        "NONE",
    ),
    **dict.fromkeys(("TableTopVerticalPosition", "TableTopLongitudinalPosition", "TableTopLateralPosition"), ""),
    "IsocenterPosition": "",
}
_last: dict[str, str | Element] = {"ControlPointIndex": "1", "CumulativeMetersetWeight": "1"}
_beam: dict[str, str | Element] = {
    "BeamNumber": "1",
    "BeamType": "STATIC",
    "RadiationType": "PHOTON",
    "TreatmentMachineName": "",
    "SourceAxisDistance": "1000",
    **_item("BeamLimitingDeviceSequence", {"RTBeamLimitingDeviceType": "X", "NumberOfLeafJawPairs": "1"}),
    **dict.fromkeys(("NumberOfWedges", "NumberOfCompensators", "NumberOfBoli", "NumberOfBlocks"), "0"),
    "FinalCumulativeMetersetWeight": "1",
    "NumberOfControlPoints": "2",
    **_item("ControlPointSequence", _first, _last),
}
_fractions: dict[str, str | Element] = {
    "FractionGroupNumber": "1",
    "NumberOfFractionsPlanned": "1",
    "NumberOfBeams": "1",
    "NumberOfBrachyApplicationSetups": "0",
    **_item("ReferencedBeamSequence", {"ReferencedBeamNumber": "1"}),
}
_with_beam = both(
    insert_element("FractionGroupSequence", sequence("FractionGroupSequence", _fractions)),
    insert_element("BeamSequence", sequence("BeamSequence", _beam)),
)
_POINTS = "BeamSequence[1] > ControlPointSequence"


def _named(number_: str, name: str) -> dict[str, str | Element]:
    return {
        "ROINumber": number_,
        "ReferencedFrameOfReferenceUID": "1.2.3.4",
        "ROIName": name,
        "ROIGenerationAlgorithm": "MANUAL",
    }


def _observed(number_: str) -> dict[str, str | Element]:
    return {
        "ObservationNumber": number_,
        "ReferencedROINumber": number_,
        "RTROIInterpretedType": "ORGAN",
        "ROIInterpreter": "",
    }


_contour: dict[str, str | Element] = {
    "ContourGeometricType": "CLOSED_PLANAR",
    "NumberOfContourPoints": "3",
    "ContourData": "0\\0\\0\\10\\0\\0\\10\\10\\0",
}
_with_structures = both(
    insert_element("StructureSetROISequence", sequence("StructureSetROISequence", _named("1", "A"), _named("2", "B"))),
    insert_element(
        "ROIContourSequence",
        sequence("ROIContourSequence", {"ReferencedROINumber": "1", **_item("ContourSequence", _contour)}),
    ),
    insert_element("RTROIObservationsSequence", sequence("RTROIObservationsSequence", _observed("1"), _observed("2"))),
)
_with_offsets = both(
    *(
        _number_of(keyword, count)
        for keyword, count in (
            *(("SamplesPerPixel", 1), ("Rows", 2), ("Columns", 2), ("BitsAllocated", 16), ("BitsStored", 16)),
            *(("HighBit", 15), ("PixelRepresentation", 0)),
        )
    ),
    insert("InstanceNumber", "1"),
    insert("PatientOrientation"),
    insert("SliceThickness", "3"),
    insert("ImagePositionPatient", "0\\0\\0"),
    insert("ImageOrientationPatient", "1\\0\\0\\0\\1\\0"),
    insert("PhotometricInterpretation", "MONOCHROME2"),
    insert("NumberOfFrames", "3"),
    insert("FrameIncrementPointer", b"\x04\x30\x0c\x00"),
    insert("PixelSpacing", "3\\3"),
    insert("GridFrameOffsetVector", "0\\3\\6"),
    insert("DoseGridScaling", "0.001"),
    value("DoseType", "PHYSICAL"),
    insert("PixelData", bytes(24), "OW"),
)

# --- presentation -----------------------------------------------------------------------------------------------------

_drawn: dict[str, str | Element] = {
    "GraphicAnnotationUnits": "PIXEL",
    "GraphicDimensions": Element(tag_of("GraphicDimensions"), "US", b"\2\0"),
    "NumberOfGraphicPoints": Element(tag_of("NumberOfGraphicPoints"), "US", b"\2\0"),
    "GraphicData": Element(tag_of("GraphicData"), "FL", struct.pack("<4f", 1, 1, 9, 9)),
    "GraphicType": "POLYLINE",
}
_with_graphic = both(
    insert_element(
        "GraphicLayerSequence", sequence("GraphicLayerSequence", {"GraphicLayer": "ONE", "GraphicLayerOrder": "1"})
    ),
    insert_element(
        "GraphicAnnotationSequence",
        sequence("GraphicAnnotationSequence", {"GraphicLayer": "ONE", **_item("GraphicObjectSequence", _drawn)}),
    ),
)
_DRAWN = "GraphicAnnotationSequence[1] > GraphicObjectSequence[1]"
_SHOWN = "PerFrameFunctionalGroupsSequence[1] > SegmentIdentificationSequence[1] > ReferencedSegmentNumber"
_ITEM = "ContentSequence[1]"


def _of(
    sop_class: str, base: Change, name: str, rule: str, path: str, change: Change, summary: str, clause: str
) -> Mutant:
    return Mutant(name, summary, rule, clause, "error", path, change, (sop_class,), base=base)


def _with_comment(element: Element) -> Element:
    """The content with a remark behind it."""
    remark = sequence(
        "ContentSequence",
        {
            "RelationshipType": "CONTAINS",
            "ValueType": "TEXT",
            "ConceptNameCodeSequence": code("ConceptNameCodeSequence", "121106", "DCM", "Comment"),
            "TextValue": "Synthetic",
        },
    )
    return replace(element, items=(*(element.items or ()), *(remark.items or ())))


_plan = partial(_of, PLAN, _with_beam)
_structures = partial(_of, STRUCTURES, _with_structures)
_dose = partial(_of, DOSE, _with_offsets)
_state = partial(_of, STATE, _with_graphic)
_segmentation, _palette, _selection, _mapping = (
    partial(_of, sop_class, unchanged) for sop_class in (SEGMENTATION, PSEUDO_COLOR, KEY_OBJECTS, MAPPING)
)

_BEAMS, _FRACTIONS, _WEIGHTS = "PS3.3 Table C.8-50 (2020)", "PS3.3 Table C.8-49 (2020)", "PS3.3 C.8.8.14.1 (2020)"
_ROI, _CONTOURS, _GRAPHICS = "PS3.3 Table C.8-41 (2020)", "PS3.3 C.8.8.6.1 (2020)", "PS3.3 C.10.5.1.2 (2020)"
_EVIDENCE = "CurrentRequestedProcedureEvidenceSequence"

MUTANTS = (
    _plan(
        "plan-beam-missing",
        "reference-missing",
        "FractionGroupSequence[1] > ReferencedBeamSequence[1] > ReferencedBeamNumber",
        value("FractionGroupSequence[1] > ReferencedBeamSequence[1] > ReferencedBeamNumber", "7"),
        "a fraction group irradiates a beam that the plan does not have",
        _FRACTIONS,
    ),
    _plan(
        "plan-fraction-group-twice",
        "identifier-twice",
        "FractionGroupSequence[2] > FractionGroupNumber",
        insert_element("FractionGroupSequence", sequence("FractionGroupSequence", _fractions, _fractions)),
        "two fraction groups have the same number",
        _FRACTIONS,
    ),
    _plan(
        "plan-points-from-one",
        "identifier-order",
        f"{_POINTS}[1] > ControlPointIndex",
        both(value(f"{_POINTS}[1] > ControlPointIndex", "1"), value(f"{_POINTS}[2] > ControlPointIndex", "2")),
        "control points that count from 1 on",
        _BEAMS,
    ),
    _plan(
        "plan-points-disagree",
        "count-disagrees",
        "BeamSequence[1] > NumberOfControlPoints",
        value("BeamSequence[1] > NumberOfControlPoints", "3"),
        "a beam with more control points than it has items for",
        _BEAMS,
    ),
    _plan(
        "plan-weight-begins-late",
        "meterset",
        f"{_POINTS}[1] > CumulativeMetersetWeight",
        value(f"{_POINTS}[1] > CumulativeMetersetWeight", "0.5"),
        "the first control point of a beam has a weight already",
        _WEIGHTS,
    ),
    _plan(
        "plan-weight-not-final",
        "meterset",
        f"{_POINTS}[2] > CumulativeMetersetWeight",
        value(f"{_POINTS}[2] > CumulativeMetersetWeight", "0.8"),
        "the last control point stops short of the final weight of its beam",
        _WEIGHTS,
    ),
    _plan(
        "plan-jaws-missing",
        "point-count",
        f"{_POINTS}[1] > BeamLimitingDevicePositionSequence[1] > LeafJawPositions",
        value(f"{_POINTS}[1] > BeamLimitingDevicePositionSequence[1] > LeafJawPositions", "5"),
        "one position of a pair of jaws",
        _BEAMS,
    ),
    _structures(
        "structure-region-missing",
        "reference-missing",
        "ROIContourSequence[1] > ReferencedROINumber",
        value("ROIContourSequence[1] > ReferencedROINumber", "9"),
        "contours of a region that the structure set does not have",
        _ROI,
    ),
    _structures(
        "structure-region-twice",
        "identifier-twice",
        "StructureSetROISequence[2] > ROINumber",
        both(
            value("StructureSetROISequence[2] > ROINumber", "1"),
            value("RTROIObservationsSequence[2] > ReferencedROINumber", "1"),
        ),
        "two regions have the same number",
        _ROI,
    ),
    _structures(
        "structure-contour-cut",
        "point-count",
        "ROIContourSequence[1] > ContourSequence[1] > ContourData",
        value("ROIContourSequence[1] > ContourSequence[1] > ContourData", "0\\0\\0\\10\\0\\0"),
        "a contour with fewer points than it states",
        _CONTOURS,
    ),
    _dose(
        "dose-planes-unordered",
        "grid-offsets",
        "GridFrameOffsetVector",
        value("GridFrameOffsetVector", "0\\6\\3"),
        "planes of a dose that go up and down again",
        "PS3.3 C.8.8.3.2 (2020)",
    ),
    _segmentation(
        "segment-from-two",
        "identifier-order",
        "SegmentSequence[1] > SegmentNumber",
        both(number("SegmentSequence[1] > SegmentNumber", 2), number(_SHOWN, 2)),
        "segments that count from 2 on",
        "PS3.3 C.8.20.2.4 (2020)",
    ),
    _segmentation(
        "segment-missing",
        "reference-missing",
        _SHOWN,
        number(_SHOWN, 3),
        "a frame shows a segment that nobody describes",
        "PS3.3 C.8.20.2.4 (2020)",
    ),
    _state(
        "graphic-layer-missing",
        "reference-missing",
        "GraphicAnnotationSequence[1] > GraphicLayer",
        value("GraphicAnnotationSequence[1] > GraphicLayer", "OTHER"),
        "an annotation on a layer that is not there",
        "PS3.3 Table C.10-5 (2020)",
    ),
    _state(
        "graphic-points-disagree",
        "point-count",
        f"{_DRAWN} > GraphicData",
        number(f"{_DRAWN} > NumberOfGraphicPoints", 3),
        "a line with fewer points than it states",
        _GRAPHICS,
    ),
    _palette(
        "palette-cut",
        "lut-length",
        "RedPaletteColorLookupTableData",
        value("RedPaletteColorLookupTableData", bytes(128)),
        "a palette with fewer entries than its descriptor says",
        "PS3.3 C.7.6.3.1.5 (2020)",
    ),
    _mapping(
        "reference-of-no-series",
        "condition-missing",
        "ReferencedSeriesSequence",
        delete("ReferencedSeriesSequence"),
        "images are referred to, and no series of theirs is named",
        "PS3.3 Table C.12-8 (2020)",
    ),
    _selection(
        "evidence-of-another",
        "sr-evidence",
        f"{_ITEM} > ReferencedSOPSequence[1] > ReferencedSOPInstanceUID",
        value(f"{_ITEM} > ReferencedSOPSequence[1] > ReferencedSOPInstanceUID", "1.2.3.4"),
        "a key object that selects an instance that its evidence does not name",
        "PS3.3 C.17.6.2.1 (2020)",
    ),
    _selection(
        "selection-says-more",
        "sr-template-extra",
        "ContentSequence[2]",
        edit("ContentSequence", _with_comment),
        "a key object with a content item that TID 2010, which is not extensible, does not have",
        "PS3.16 TID 2010 (2020)",
    ),
    _selection(
        "selection-as-property",
        "sr-relationship",
        f"{_ITEM} > RelationshipType",
        value(f"{_ITEM} > RelationshipType", "HAS PROPERTIES"),
        "a key object whose selection is a property of its title",
        "PS3.3 Table C.17.6-3 (2020)",
    ),
)
