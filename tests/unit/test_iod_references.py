"""What refers, identifies, counts and draws inside one data set: each rule with what breaks it and what does not."""

from __future__ import annotations

import pytest

from scanproof.iod.judgement.drawn import judge_beams, judge_points
from scanproof.iod.judgement.kinds import judge_kinds
from scanproof.iod.judgement.references import judge_references
from scanproof.iod.rules import RULES
from tests.support.iod_data import dataset


def judged(iod, attributes, *, complete=True):
    """Rule, path and level of everything that is said."""
    root = dataset(attributes)
    findings = (
        *judge_references(iod, root, complete=complete),
        *judge_points(iod, root),
        *judge_beams(iod, root),
        *judge_kinds(iod, root),
    )
    assert {finding.rule for finding in findings} <= RULES.keys()
    return [(finding.rule, finding.tag) for finding in findings]


def contour(kind="CLOSED_PLANAR", points=3, data=9):
    return {
        "ContourGeometricType": kind,
        "NumberOfContourPoints": points,
        "ContourData": [str(number) for number in range(data)],
    }


def structures(*contours, roi=1, observed=1):
    return {
        "StructureSetROISequence": [{"ROINumber": 1}, {"ROINumber": 2}],
        "ROIContourSequence": [{"ReferencedROINumber": roi, "ContourSequence": list(contours)}],
        "RTROIObservationsSequence": [{"ObservationNumber": 1, "ReferencedROINumber": observed}],
    }


def plan(beam=None, points=None, **group):
    weights = [{"ControlPointIndex": 0, "CumulativeMetersetWeight": "0"}]
    weights += [{"ControlPointIndex": 1, "CumulativeMetersetWeight": "1"}]
    return {
        "FractionGroupSequence": [
            {"FractionGroupNumber": 1, "NumberOfBeams": 1, "ReferencedBeamSequence": [{"ReferencedBeamNumber": 1}]}
            | group
        ],
        "BeamSequence": [
            {
                "BeamNumber": 1,
                "NumberOfControlPoints": 2,
                "FinalCumulativeMetersetWeight": "1",
                "ControlPointSequence": points or weights,
            }
            | (beam or {})
        ],
    }


def leaves(boundaries=3, positions=4, kind="MLCX"):
    device = {"RTBeamLimitingDeviceType": "MLCX", "NumberOfLeafJawPairs": 2}
    device |= {"LeafPositionBoundaries": [str(number) for number in range(boundaries)]}
    position = {"RTBeamLimitingDeviceType": kind, "LeafJawPositions": [str(number) for number in range(positions)]}
    first = {"ControlPointIndex": 0, "CumulativeMetersetWeight": "0", "BeamLimitingDevicePositionSequence": [position]}
    last = {"ControlPointIndex": 1, "CumulativeMetersetWeight": "1"}
    return plan({"BeamLimitingDeviceSequence": [device]}, [first, last])


def segments(*numbers, shown=1, kind="BINARY", bits=1):
    group = {"SegmentIdentificationSequence": [{"ReferencedSegmentNumber": shown}]}
    return {
        "SegmentationType": kind,
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "SegmentSequence": [{"SegmentNumber": number} for number in numbers],
        "PerFrameFunctionalGroupsSequence": [group],
    }


def drawing(kind, points, data, layer="ONE"):
    graphic = {"GraphicType": kind, "NumberOfGraphicPoints": points, "GraphicData": [float(n) for n in range(data)]}
    return {
        "GraphicLayerSequence": [{"GraphicLayer": "ONE"}],
        "GraphicAnnotationSequence": [{"GraphicLayer": layer, "GraphicObjectSequence": [graphic]}],
    }


def weights(*values, final="1"):
    points = [{"ControlPointIndex": at, "CumulativeMetersetWeight": value} for at, value in enumerate(values)]
    return plan({"NumberOfControlPoints": len(values), "FinalCumulativeMetersetWeight": final}, points)


GSPS = "grayscale-softcopy-presentation-state"
_contour = "ROIContourSequence[1] > ContourSequence[1] > ContourData"
_graphic = "GraphicAnnotationSequence[1] > GraphicObjectSequence[1] > GraphicData"
_beam, _points = "BeamSequence[1] > ", "BeamSequence[1] > ControlPointSequence"
_shown = "PerFrameFunctionalGroupsSequence[1] > SegmentIdentificationSequence[1] > ReferencedSegmentNumber"

WRONG = [
    ("rt-structure-set", structures(roi=3), "reference-missing", "ROIContourSequence[1] > ReferencedROINumber"),
    (
        "rt-structure-set",
        structures(observed=9),
        "reference-missing",
        "RTROIObservationsSequence[1] > ReferencedROINumber",
    ),
    (
        "rt-structure-set",
        {"StructureSetROISequence": [{"ROINumber": 1}, {"ROINumber": 1}]},
        "identifier-twice",
        "StructureSetROISequence[2] > ROINumber",
    ),
    ("rt-structure-set", structures(contour(data=8)), "point-count", _contour),
    ("rt-structure-set", structures(contour(points=4)), "point-count", _contour),
    ("rt-structure-set", structures(contour("POINT")), "point-count", _contour),
    ("rt-structure-set", structures(contour(points=2, data=6)), "point-count", _contour),
    (
        "rt-plan",
        plan(ReferencedBeamSequence=[{"ReferencedBeamNumber": 7}]),
        "reference-missing",
        "FractionGroupSequence[1] > ReferencedBeamSequence[1] > ReferencedBeamNumber",
    ),
    ("rt-plan", plan(NumberOfBeams=2), "count-disagrees", "FractionGroupSequence[1] > NumberOfBeams"),
    ("rt-plan", plan({"NumberOfControlPoints": 3}), "count-disagrees", f"{_beam}NumberOfControlPoints"),
    (
        "rt-plan",
        {"PatientSetupSequence": [{"PatientSetupNumber": 1}], **plan({"ReferencedPatientSetupNumber": 2})},
        "reference-missing",
        f"{_beam}ReferencedPatientSetupNumber",
    ),
    ("rt-plan", weights("0.5", "1"), "meterset", f"{_points}[1] > CumulativeMetersetWeight"),
    ("rt-plan", weights("0", "0.7", "0.5", "1"), "meterset", f"{_points}[3] > CumulativeMetersetWeight"),
    ("rt-plan", weights("0", "1", final="100"), "meterset", f"{_points}[2] > CumulativeMetersetWeight"),
    (
        "rt-plan",
        plan(points=[{"ControlPointIndex": 1}, {"ControlPointIndex": 2}]),
        "identifier-order",
        f"{_points}[1] > ControlPointIndex",
    ),
    ("rt-plan", leaves(boundaries=2), "point-count", f"{_beam}BeamLimitingDeviceSequence[1] > LeafPositionBoundaries"),
    (
        "rt-plan",
        leaves(positions=3),
        "point-count",
        f"{_points}[1] > BeamLimitingDevicePositionSequence[1] > LeafJawPositions",
    ),
    (
        "rt-plan",
        leaves(kind="ASYMX"),
        "reference-missing",
        f"{_points}[1] > BeamLimitingDevicePositionSequence[1] > RTBeamLimitingDeviceType",
    ),
    (
        "rt-ion-plan",
        {"IonBeamSequence": [{"BeamNumber": 1}, {"BeamNumber": 1}]},
        "identifier-twice",
        "IonBeamSequence[2] > BeamNumber",
    ),
    (
        "rt-dose",
        {"NumberOfFrames": 3, "GridFrameOffsetVector": ["0", "2"]},
        "frame-count",
        "GridFrameOffsetVector",
    ),
    ("rt-dose", {"GridFrameOffsetVector": ["0", "2", "1"]}, "grid-offsets", "GridFrameOffsetVector"),
    ("rt-dose", {"BitsAllocated": 32, "BitsStored": 16}, "enumerated-value", "BitsStored"),
    ("rt-dose", {"DoseType": "PHYSICAL", "PixelRepresentation": 1}, "enumerated-value", "PixelRepresentation"),
    ("rt-dose", {"DoseType": "ERROR", "PixelRepresentation": 0}, "enumerated-value", "PixelRepresentation"),
    (
        "rt-dose",
        {"DVHSequence": [{"DVHNumberOfBins": 2, "DVHData": ["1", "2", "3"]}]},
        "point-count",
        "DVHSequence[1] > DVHData",
    ),
    ("segmentation", segments(1, shown=2), "reference-missing", _shown),
    ("segmentation", segments(1, 1), "identifier-twice", "SegmentSequence[2] > SegmentNumber"),
    ("segmentation", segments(1, 3), "identifier-order", "SegmentSequence[2] > SegmentNumber"),
    ("segmentation", segments(1, bits=8), "enumerated-value", "BitsAllocated"),
    ("segmentation", segments(1, kind="FRACTIONAL"), "enumerated-value", "HighBit"),
    (
        "surface-segmentation",
        {"SurfaceSequence": [{"SurfaceNumber": 1}], "NumberOfSurfaces": 2},
        "count-disagrees",
        "NumberOfSurfaces",
    ),
    (GSPS, drawing("POLYLINE", 2, 4, layer="TWO"), "reference-missing", "GraphicAnnotationSequence[1] > GraphicLayer"),
    (GSPS, drawing("POLYLINE", 3, 4), "point-count", _graphic),
    (GSPS, drawing("POLYLINE", 2, 5), "point-count", _graphic),
    (GSPS, drawing("CIRCLE", 3, 6), "point-count", _graphic),
    (GSPS, drawing("ELLIPSE", 2, 4), "point-count", _graphic),
    ("parametric-map", {"BitsAllocated": 16, "FloatPixelData": bytes(4)}, "enumerated-value", "BitsAllocated"),
    (
        "encapsulated-pdf",
        {"MIMETypeOfEncapsulatedDocument": "text/XML"},
        "enumerated-value",
        "MIMETypeOfEncapsulatedDocument",
    ),
]
RIGHT = [
    ("rt-structure-set", structures(contour(), contour("POINT", 1, 3), contour("OPEN_NONPLANAR", 2, 6))),
    ("rt-structure-set", structures({"ContourGeometricType": "POINT", "NumberOfContourPoints": 1})),
    ("rt-plan", plan()),
    ("rt-plan", plan({"ReferencedPatientSetupNumber": 4})),  # whose setups are not told
    ("rt-plan", weights("0", "0", "100", final="100.0001")),
    ("rt-plan", weights("0", "")),
    ("rt-plan", leaves()),
    ("rt-dose", {"NumberOfFrames": 2, "GridFrameOffsetVector": ["0", "-2"], "DoseType": "PHYSICAL"}),
    ("rt-dose", {"DoseType": "SYNTHETIC", "PixelRepresentation": 1}),
    ("segmentation", segments(1, 2, shown=2)),
    ("segmentation", segments(7, 3, shown=3, kind="LABELMAP", bits=16)),
    (GSPS, drawing("POLYLINE", 2, 4)),
    (GSPS, drawing("POINT", 1, 2)),
    (GSPS, drawing("SYNTHETIC", 3, 6)),
    ("parametric-map", {"BitsAllocated": 64, "DoubleFloatPixelData": bytes(8)}),
    ("encapsulated-cda", {"MIMETypeOfEncapsulatedDocument": "text/xml"}),
    ("ct-image", {"SegmentSequence": [{"SegmentNumber": 5}]}),
]


@pytest.mark.parametrize(("iod", "attributes", "rule", "path"), WRONG)
def test_what_contradicts_itself_is_found(iod, attributes, rule, path):
    assert (rule, path) in judged(iod, attributes)


@pytest.mark.parametrize(("iod", "attributes"), RIGHT)
def test_what_agrees_or_is_left_open_is_not(iod, attributes):
    assert judged(iod, attributes) == []


def test_what_is_missing_behind_a_broken_end_is_no_missing_reference():
    assert judged("rt-structure-set", {"ROIContourSequence": [{"ReferencedROINumber": 1}]}, complete=False) == []
