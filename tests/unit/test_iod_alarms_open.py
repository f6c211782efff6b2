"""What an edition before allowed, or what a text leaves open, is no error."""

from __future__ import annotations

import pytest

from scanproof.iod.tables import conditions
from scanproof.iod.tables.listed import MODULES
from tests.support.iod_data import CT, GOOD, SC, dataset, errors, structure

SPACED = {"SOPClassUID": CT, "PixelAspectRatio": ["2", "1"]}
GRAY = {"SOPClassUID": CT, "PhotometricInterpretation": "MONOCHROME2"}
PALETTE = {
    "SOPClassUID": CT,
    "PhotometricInterpretation": "PALETTE COLOR",
    "SegmentedRedPaletteColorLookupTableData": b"\0\0",
}


@pytest.mark.parametrize(
    ("module", "path", "content", "forbidden"),
    [
        ("image-pixel", "PixelAspectRatio", SPACED | {"PixelSpacing": ["2", "1"]}, True),
        ("image-pixel", "PixelAspectRatio", SPACED | {"NominalScannedPixelSpacing": ["2", "1"]}, False),
        ("image-pixel", "RedPaletteColorLookupTableData", PALETTE, False),
        ("image-pixel", "RedPaletteColorLookupTableData", GRAY, True),
        # headers of a dose grid and of a map of integers, whose pixels were taken out
        ("rt-dose", "DoseGridScaling", {"Rows": 4}, False),
        ("rt-dose", "DoseGridScaling", {}, True),
        ("parametric-map-image", "BitsStored", {}, False),
        ("parametric-map-image", "BitsStored", {"FloatPixelData": bytes(4)}, True),
    ],
)
def test_what_the_text_leaves_open_is_not_forbidden(module, path, content, forbidden):
    condition = conditions.find(module, path)
    assert condition is not None
    assert condition.forbids((dataset(content),)) is forbidden


@pytest.mark.parametrize(("sop_class", "found"), [(SC, []), (CT, [("condition-forbidden", "PixelAspectRatio")])])
def test_a_ratio_stands_beside_the_spacing_of_a_scanned_film_alone(sop_class, found):
    content = SPACED | GOOD[sop_class] | ({"NominalScannedPixelSpacing": ["2", "1"]} if sop_class == SC else {})
    assert errors(structure(content)) == found


_WEDGE = "WedgePositionSequence>WedgePosition"
_MATRIX = "MatrixRegistrationSequence>FrameOfReferenceTransformationMatrixType"


@pytest.mark.parametrize(
    ("module", "path", "enumerated"),
    [
        ("rt-beams", f"BeamSequence>ControlPointSequence>{_WEDGE}", True),
        ("c-arm-photon-electron-beam", f"CArmPhotonElectronControlPointSequence>{_WEDGE}", None),
        ("deformable-spatial-registration", f"DeformableRegistrationSequence>PreDeformation{_MATRIX}", True),
        ("deformable-spatial-registration", f"DeformableRegistrationSequence>PostDeformation{_MATRIX}", False),
    ],
)
def test_a_list_is_enumerated_where_its_own_table_says_so(module, path, enumerated):
    listed = MODULES.get((module, path))
    assert (listed and listed.enumerated) is enumerated
