"""Content trees: relationships by IOD, items by reference, coordinates (PS3.3 A.35, C.17.3, C.18)."""

from __future__ import annotations

import pytest

from scanproof.iod.judgement.content_references import reference_findings
from scanproof.iod.judgement.coordinates import coordinate_findings
from scanproof.iod.tables.relationships import by_reference, may_relate, value_types
from tests.support.iod_data import dataset
from tests.support.sr_data import content

COMPREHENSIVE, DOSE, KEYS = "comprehensive-sr", "x-ray-radiation-dose-sr", "key-object-selection-document"


@pytest.mark.parametrize(
    ("iod", "source", "relation", "target", "allowed"),
    [
        (COMPREHENSIVE, "CONTAINER", "CONTAINS", "SCOORD", True),
        (COMPREHENSIVE, "NUM", "INFERRED FROM", "SCOORD", True),
        (COMPREHENSIVE, "IMAGE", "HAS PROPERTIES", "TEXT", False),
        ("enhanced-sr", "CODE", "HAS OBS CONTEXT", "TEXT", False),
        ("basic-text-sr", "CODE", "HAS PROPERTIES", "TEXT", False),
        (DOSE, "CODE", "HAS PROPERTIES", "UIDREF", True),
        (DOSE, "NUM", "CONTAINS", "NUM", False),
        (KEYS, "CONTAINER", "CONTAINS", "CODE", False),
        (KEYS, "CONTAINER", "HAS CONCEPT MOD", "CODE", True),
        ("procedure-log", "TEXT", "HAS PROPERTIES", "NUM", True),
        ("procedure-log", "CONTAINER", "HAS PROPERTIES", "NUM", False),
        ("extensible-sr", "IMAGE", "HAS PROPERTIES", "NUM", True),  # any with any
        ("waveform-annotation-sr", "IMAGE", "HAS PROPERTIES", "NUM", True),  # no table was read
    ],
)
def test_what_stands_under_what(iod, source, relation, target, allowed):
    assert may_relate(iod, source, relation, target) is allowed


def test_value_types_follow_from_the_relationships():
    assert {"SCOORD3D", "TCOORD"} & value_types(COMPREHENSIVE) == {"TCOORD"}
    assert "SCOORD" not in value_types(DOSE)
    assert value_types("waveform-annotation-sr") == frozenset()


# --- by reference -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("iod", "relation", "allowed"),
    [
        (COMPREHENSIVE, "INFERRED FROM", True),
        (COMPREHENSIVE, "CONTAINS", False),
        (COMPREHENSIVE, "HAS CONCEPT MOD", False),
        ("enhanced-sr", "INFERRED FROM", False),
        (DOSE, "INFERRED FROM", False),
        ("chest-cad-sr", "SELECTED FROM", True),
        ("chest-cad-sr", "HAS OBS CONTEXT", False),
        ("extensible-sr", "CONTAINS", True),
    ],
)
def test_documents_allow_relationships_by_reference(iod, relation, allowed):
    assert by_reference(iod, relation) is allowed


def referring(*place, relation="INFERRED FROM", iod=COMPREHENSIVE):
    """A NUM, second in the root, that is inferred from the item at a place."""
    pointer = {"RelationshipType": relation, "ReferencedContentItemIdentifier": list(place)}
    number = content("NUM", "99X:1", "CONTAINS", pointer)
    tree = {"ContentSequence": [content("TEXT", "99X:1"), number]}
    return [(finding.rule, finding.tag) for finding in reference_findings(iod, dataset(tree))]


HERE = ("sr-reference", "ContentSequence[2] > ContentSequence[1] > ReferencedContentItemIdentifier")


def test_an_item_by_reference_points_into_its_tree_and_not_around_itself():
    assert referring(1, 1) == []
    for place in [(1, 3), (1, 1, 1), (2, 1), (1,), (1, 2)]:
        assert referring(*place) == [HERE], place
    assert referring(1, 2, iod="colon-cad-sr") == []  # which says nothing of loops
    assert referring(1, 1, iod=DOSE) == [HERE]


# --- coordinates ------------------------------------------------------------------------------------------------------


def coordinates(value_type, **attributes):
    found = coordinate_findings(dataset(attributes), "", value_type)
    return [(finding.rule, finding.level.value) for finding in found]


ERROR, WARNING = ("sr-coordinates", "error"), ("sr-coordinates", "warning")


@pytest.mark.parametrize(
    ("value_type", "shape", "values", "expected"),
    [
        ("SCOORD", "POINT", 2, []),
        ("SCOORD", "POINT", 4, [ERROR]),
        ("SCOORD", "POINT", 3, [ERROR]),
        ("SCOORD", "MULTIPOINT", 6, []),
        ("SCOORD", "POLYLINE", 10, []),
        ("SCOORD", "POLYLINE", 2, [WARNING]),
        ("SCOORD", "CIRCLE", 4, []),
        ("SCOORD", "CIRCLE", 6, [ERROR]),
        ("SCOORD", "ELLIPSE", 8, []),
        ("SCOORD", "ELLIPSE", 6, [ERROR]),
        ("SCOORD", "ELLIPSOID", 12, [("enumerated-value", "error")]),
        ("SCOORD3D", "POINT", 3, []),
        ("SCOORD3D", "POINT", 2, [ERROR]),
        ("SCOORD3D", "ELLIPSE", 12, []),
        ("SCOORD3D", "ELLIPSOID", 18, []),
        ("SCOORD3D", "ELLIPSOID", 12, [ERROR]),
        ("SCOORD3D", "CIRCLE", 6, [("enumerated-value", "error")]),
        ("TEXT", "POINT", 9, []),
    ],
)
def test_a_shape_has_its_points(value_type, shape, values, expected):
    assert coordinates(value_type, GraphicType=shape, GraphicData=[1.0] * values) == expected


def test_positions_in_an_image_begin_at_0_and_those_in_space_do_not():
    assert coordinates("SCOORD", GraphicType="POINT", GraphicData=[0.0, 0.0]) == []
    assert coordinates("SCOORD", GraphicType="POINT", GraphicData=[-0.5, 1.0]) == [ERROR]
    assert coordinates("SCOORD3D", GraphicType="POINT", GraphicData=[-0.5, 1.0, 1.0]) == []


def test_a_polygon_is_closed():
    square = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0]
    assert coordinates("SCOORD3D", GraphicType="POLYGON", GraphicData=[*square, 0.0, 0.0, 0.0]) == []
    assert coordinates("SCOORD3D", GraphicType="POLYGON", GraphicData=square) == [ERROR]


@pytest.mark.parametrize(
    ("kind", "attributes", "expected"),
    [
        ("POINT", {"ReferencedSamplePositions": [1]}, []),
        ("POINT", {"ReferencedSamplePositions": [1, 2]}, [ERROR]),
        ("SEGMENT", {"ReferencedTimeOffsets": [1, 2]}, []),
        ("SEGMENT", {"ReferencedTimeOffsets": [1]}, [ERROR]),
        ("MULTISEGMENT", {"ReferencedTimeOffsets": [1, 2, 3]}, [ERROR]),
        ("MULTIPOINT", {"ReferencedTimeOffsets": [1, 2, 3]}, []),
        ("BEGIN", {"ReferencedDateTime": ["20260102", "20260103"]}, [ERROR]),
        ("SPAN", {"ReferencedDateTime": ["20260102"]}, [("enumerated-value", "error")]),
        (
            "POINT",
            {"ReferencedTimeOffsets": [1], "ReferencedDateTime": ["20260102"]},
            [("condition-forbidden", "error")],
        ),
    ],
)
def test_a_range_of_time_has_its_points(kind, attributes, expected):
    assert coordinates("TCOORD", TemporalRangeType=kind, **attributes) == expected
