"""Conditions and values of radiotherapy, segmentations, presentation states, volumes and encapsulated documents.

Each row changes the minimal instance of a class, which has no error: what has to be found then, or that nothing is.
"""

from __future__ import annotations

from functools import cache

import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from scanproof.iod.judgement.pixel_presence import Carried
from scanproof.iod.judgement.structure import judge_structure
from scanproof.iod.judgement.values import judge_element
from scanproof.iod.tables.conditions import WRITTEN_FOR
from scanproof.iod.tables.knowledge import load_knowledge
from scansim.images import minimal
from scansim.wire.dataset import EXPLICIT_LITTLE, read
from tests.support.iod_data import _dataset, errors
from tests.support.minimal_files import made

_STORAGE = "1.2.840.10008.5.1.4.1.1"
RT_IMAGE, RT_DOSE, RT_STRUCT = f"{_STORAGE}.481.1", f"{_STORAGE}.481.2", f"{_STORAGE}.481.3"
RT_PLAN, RT_ION_PLAN = f"{_STORAGE}.481.5", f"{_STORAGE}.481.8"
SEG, LABEL_MAP, SURFACE, PM = f"{_STORAGE}.66.4", f"{_STORAGE}.66.7", f"{_STORAGE}.66.5", f"{_STORAGE}.30"
GSPS, COLOR_STATE, BLENDING, XA_STATE = (f"{_STORAGE}.11.{number}" for number in (1, 2, 4, 5))
US_VOLUME, PDF, CDA, STL = f"{_STORAGE}.6.2", f"{_STORAGE}.104.1", f"{_STORAGE}.104.2", f"{_STORAGE}.104.3"
SLIDES, PHOTOGRAPH = f"{_STORAGE}.77.1.6", f"{_STORAGE}.77.1.5.1"
REGISTRATION, PET, XA = f"{_STORAGE}.66.1", f"{_STORAGE}.130", f"{_STORAGE}.12.1.1"


@cache
def _good(sop_class):
    return made(sop_class).dataset()


def changed(sop_class, changes):
    """The minimal instance with attributes set, or taken out (...); a path such as ``Sequence>Keyword`` goes inside."""
    whole = Dataset()
    whole.update(_copied(_good(sop_class)))
    if "PixelData" in minimal.content(sop_class):  # they stand apart
        whole.PixelData = b"\0\0"
    for path, value in changes.items():
        *around, name = path.split(">")
        level = whole
        for sequence in around:
            level = level[sequence].value[0]
        if value is ...:
            if name in level:
                delattr(level, name)
        elif isinstance(value, list) and (not value or isinstance(value[0], dict)):
            setattr(level, name, [_dataset(_stripped(item)) for item in value])
        else:
            setattr(level, name, value)
    out = DicomBytesIO()
    out.is_little_endian, out.is_implicit_VR = True, False
    write_dataset(out, whole)
    return read(out.getvalue(), EXPLICIT_LITTLE)


def _stripped(item):
    """An item without what is to be taken out of it, at any depth."""
    return {
        name: [_stripped(inner) for inner in value]
        if isinstance(value, list) and value and isinstance(value[0], dict)
        else value
        for name, value in item.items()
        if value is not ...
    }


def _copied(dataset):
    copy = Dataset()
    for element in dataset:
        if element.VR == "SQ":
            setattr(copy, element.keyword, [_copied(item) for item in element.value])
        else:
            copy.add_new(element.tag, element.VR, element.value)
    return copy


def found(sop_class, changes):
    """(rule, path) of the errors of structure and values; pixels that were taken away are those of a header alone."""
    decoded = changed(sop_class, changes)
    carried = Carried(headers="PixelData" not in decoded)
    structure = judge_structure(load_knowledge(), sop_class, decoded, complete=True, carried=carried)
    values = [finding for element in decoded.elements.values() for finding in judge_element(decoded, element)]
    return errors((*structure, *values))


_EXPOSURE = {"ReferencedFrameNumber": 1, "NumberOfBlocks": 0}
_CORNERS = {"BoundingBoxTopLeftHandCorner": [0, 0], "BoundingBoxBottomRightHandCorner": [1, 1]}
_BOX = {**_CORNERS, "BoundingBoxAnnotationUnits": "PIXEL", "BoundingBoxTextHorizontalJustification": "LEFT"}
_LAYER = {"GraphicLayer": "ONE", "GraphicLayerOrder": 1}


def _text(**item):
    return {
        "GraphicLayerSequence": [_LAYER],
        "GraphicAnnotationSequence": [
            {"GraphicLayer": "ONE", "TextObjectSequence": [{"UnformattedTextValue": "SYNTHETIC", **item}]}
        ],
    }


_at = "GraphicAnnotationSequence[1] > TextObjectSequence[1] > "

MISSING = [
    # --- radiotherapy ---
    (RT_IMAGE, {"PixelIntensityRelationship": "LIN"}, "PixelIntensityRelationshipSign"),
    (RT_IMAGE, {"ImageType": ["DERIVED", "SECONDARY", "PORTAL"]}, "ReportedValuesOrigin"),
    (RT_IMAGE, {"ImageType": ["DERIVED", "SECONDARY", "FLUENCE"]}, "FluenceMapSequence"),
    (RT_IMAGE, {"RTImagePlane": "NON_NORMAL"}, "RTImageOrientation"),
    (RT_IMAGE, {"IsocenterPosition": [0, 0, 0]}, "PatientPosition"),
    (
        RT_IMAGE,
        {"ImageType": ["DERIVED", "SECONDARY", "SIMULATOR"], "ExposureSequence": [_EXPOSURE]},
        "ExposureSequence[1] > KVP",
    ),
    (RT_IMAGE, {"ApprovalStatus": "APPROVED"}, "ReviewDate"),
    (RT_DOSE, {"DoseSummationType": "PLAN", "ReferencedRTPlanSequence": ...}, "ReferencedRTPlanSequence"),
    (RT_DOSE, {"DoseSummationType": "RECORD"}, "ReferencedTreatmentRecordSequence"),
    (RT_DOSE, {"SpatialTransformOfDose": "RIGID"}, "ReferencedSpatialRegistrationSequence"),
    (RT_DOSE, {"PixelData": b"\0\0", "BitsAllocated": 16}, "DoseGridScaling"),
    (RT_PLAN, {"RTPlanGeometry": "PATIENT"}, "ReferencedStructureSetSequence"),
    (
        RT_PLAN,
        {"DoseReferenceSequence": [{"DoseReferenceNumber": 1, "DoseReferenceStructureType": "COORDINATES"}]},
        "DoseReferenceSequence[1] > DoseReferencePointCoordinates",
    ),
    (RT_PLAN, {"PatientSetupSequence": [{"PatientSetupNumber": 1}]}, "PatientSetupSequence[1] > PatientPosition"),
    (
        RT_PLAN,
        {"FractionGroupSequence": [{"FractionGroupNumber": 1, "NumberOfBeams": 2}]},
        "FractionGroupSequence[1] > ReferencedBeamSequence",
    ),
    (RT_PLAN, {"BeamSequence": [{"NumberOfWedges": 1}]}, "BeamSequence[1] > WedgeSequence"),
    (
        RT_PLAN,
        {"BeamSequence": [{"ControlPointSequence": [{"ControlPointIndex": 0}]}]},
        "BeamSequence[1] > ControlPointSequence[1] > GantryAngle",
    ),
    (
        RT_PLAN,
        {"BeamSequence": [{"ControlPointSequence": [{"CumulativeMetersetWeight": 0}]}]},
        "BeamSequence[1] > FinalCumulativeMetersetWeight",
    ),
    (RT_ION_PLAN, {"IonBeamSequence": [{"RadiationType": "ION"}]}, "IonBeamSequence[1] > RadiationMassNumber"),
    (RT_ION_PLAN, {"IonBeamSequence": [{"NumberOfRangeShifters": 1}]}, "IonBeamSequence[1] > RangeShifterSequence"),
    (
        RT_ION_PLAN,
        {"IonBeamSequence": [{"ScanMode": "MODULATED", "IonControlPointSequence": [{"ControlPointIndex": 0}]}]},
        "IonBeamSequence[1] > IonControlPointSequence[1] > ScanSpotPositionMap",
    ),
    # --- segmentations, parametric maps ---
    (SEG, {"SegmentationType": "FRACTIONAL"}, "MaximumFractionalValue"),
    (SEG, {"SegmentSequence>TrackingID": "SYN"}, "SegmentSequence[1] > TrackingUID"),
    (SEG, {"SegmentSequence>SegmentAlgorithmType": "AUTOMATIC"}, "SegmentSequence[1] > SegmentAlgorithmName"),
    (SURFACE, {"SurfaceSequence>SurfaceProcessing": "YES"}, "SurfaceSequence[1] > SurfaceProcessingRatio"),
    (PM, {"PixelPresentation": "COLOR_RANGE"}, "ICCProfile"),
    (PM, {"PixelData": b"\0\0", "BitsStored": ...}, "BitsStored"),
    # --- presentation states ---
    (GSPS, {"PresentationLUTShape": ...}, "PresentationLUTShape"),
    (GSPS, {"ShutterShape": "RECTANGULAR"}, "ShutterPresentationValue"),
    (COLOR_STATE, {"ShutterShape": "RECTANGULAR"}, "ShutterPresentationColorCIELabValue"),
    (
        GSPS,
        {"DisplayedAreaSelectionSequence>PresentationSizeMode": "MAGNIFY"},
        "DisplayedAreaSelectionSequence[1] > PresentationPixelMagnificationRatio",
    ),
    (
        GSPS,
        {"MaskSubtractionSequence": [{"MaskOperation": "AVG_SUB"}]},
        "MaskSubtractionSequence[1] > MaskFrameNumbers",
    ),
    (GSPS, _text(), f"{_at}BoundingBoxTopLeftHandCorner"),
    (GSPS, _text(AnchorPoint=[0, 0], AnchorPointAnnotationUnits="PIXEL"), f"{_at}AnchorPointVisibility"),
    (GSPS, _text(**_BOX | {"BoundingBoxAnnotationUnits": ...}), f"{_at}BoundingBoxAnnotationUnits"),
    (BLENDING, {"BlendingSequence": [{"BlendingPosition": "UNDERLYING"}]}, "BlendingSequence[1] > RescaleIntercept"),
    # --- the others ---
    (US_VOLUME, {"UltrasoundAcquisitionGeometry": "APEX", "ApexPosition": ...}, "ApexPosition"),
    (US_VOLUME, {"LossyImageCompression": "01"}, "LossyImageCompressionRatio"),
    (US_VOLUME, {"PatientFrameOfReferenceSource": "TABLE"}, "TableFrameOfReferenceUID"),
    (CDA, {"HL7InstanceIdentifier": ...}, "HL7InstanceIdentifier"),
    (REGISTRATION, {"RegistrationSequence>FrameOfReferenceUID": ...}, "RegistrationSequence[1] > FrameOfReferenceUID"),
]


FORBIDDEN = [
    (RT_IMAGE, {"PixelIntensityRelationshipSign": 1}, "PixelIntensityRelationshipSign"),
    (RT_PLAN, {"ApprovalStatus": "UNAPPROVED", "ReviewTime": "1010"}, "ReviewTime"),
    (RT_DOSE, {"DoseSummationType": "RECORD", "ReferencedRTPlanSequence": [{}]}, "ReferencedRTPlanSequence"),
    (SEG, {"SegmentationType": "BINARY", "MaximumFractionalValue": 255}, "MaximumFractionalValue"),
    (GSPS, _text(**_BOX, AnchorPointVisibility="Y"), f"{_at}AnchorPointVisibility"),
    (
        GSPS,
        {
            "DisplayedAreaSelectionSequence>PresentationPixelSpacing": [1, 1],
            "DisplayedAreaSelectionSequence>PresentationPixelAspectRatio": [1, 1],
        },
        "DisplayedAreaSelectionSequence[1] > PresentationPixelAspectRatio",
    ),
    (PDF, {"HL7InstanceIdentifier": "2.25.1"}, "HL7InstanceIdentifier"),
    (PDF, {"ContinuityOfContent": "SEPARATE"}, "ContinuityOfContent"),
    (PM, {"PaletteColorLookupTableUID": "2.25.1"}, "PaletteColorLookupTableUID"),
    (RT_DOSE, {"DoseGridScaling": 1}, "DoseGridScaling"),
    (PM, {"FloatPixelData": bytes(4), "PixelData": ..., "BitsStored": 32}, "BitsStored"),
]
_PER_FRAME = "PerFrameFunctionalGroupsSequence[1]"
#: Allowed in so many words, or left open: nothing is said.
SILENT = [
    (RT_IMAGE, {"PatientPosition": "HFS"}),
    (RT_IMAGE, {"RTImageOrientation": [1, 0, 0, 0, 1, 0]}),
    (RT_DOSE, {"DoseSummationType": "PLAN_OVERVIEW", "ReferencedRTPlanSequence": ...}),
    (GSPS, _text(**_BOX)),
    (GSPS, _text(AnchorPoint=[0, 0], AnchorPointAnnotationUnits="PIXEL", AnchorPointVisibility="N")),
    (SEG, {"SegmentSequence>TrackingID": "SYN", "SegmentSequence>TrackingUID": "2.25.9"}),
    (CDA, {}),
    (PM, {}),
    (US_VOLUME, {"PositionMeasuringDeviceUsed": "RIGID"}),
    (LABEL_MAP, {f"{_PER_FRAME[:-3]}>SegmentIdentificationSequence": [{"ReferencedSegmentNumber": 1}]}),
]
#: An enumerated value that is none: where.
VALUES = [
    (RT_IMAGE, {"RTImagePlane": "OBLIQUE"}, "RTImagePlane"),
    (RT_IMAGE, {"PrimaryDosimeterUnit": "NP"}, "PrimaryDosimeterUnit"),
    (RT_DOSE, {"DoseUnits": "CGY"}, "DoseUnits"),
    (RT_PLAN, {"ApprovalStatus": "MAYBE"}, "ApprovalStatus"),
    (SEG, {"SegmentationType": "TERNARY"}, "SegmentationType"),
    (SEG, {"PixelRepresentation": 1}, "PixelRepresentation"),
    (SEG, {"ImageType": ["ORIGINAL", "PRIMARY"]}, "ImageType"),
    (PM, {"ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]}, "ImageType"),
    (GSPS, {"PresentationLUTShape": "LIN OD"}, "PresentationLUTShape"),
    (US_VOLUME, {"DimensionOrganizationType": "TILED_FULL"}, "DimensionOrganizationType"),
]
GROUPS = [
    (SEG, "SegmentIdentificationSequence"),
    (PM, "RealWorldValueMappingSequence"),
    (PET, "FrameVOILUTSequence"),
    (XA, "FramePixelDataPropertiesSequence"),
    (US_VOLUME, "USImageDescriptionSequence"),
]


_GRAY = {"PhotometricInterpretation": "MONOCHROME2", "SamplesPerPixel": 1, "PlanarConfiguration": ...}
_NO_IDENTITY = {"PresentationLUTShape": ..., "RescaleSlope": ..., "RescaleIntercept": ...}
MISSING += [
    (SLIDES, _GRAY | _NO_IDENTITY, "PresentationLUTShape"),
    (SLIDES, _GRAY | _NO_IDENTITY, "RescaleSlope"),
    (SLIDES, {"LossyImageCompression": "01"}, "LossyImageCompressionRatio"),
    (SLIDES, {"ExtendedDepthOfField": "YES"}, "NumberOfFocalPlanes"),
    (SLIDES, {"DimensionOrganizationType": "TILED_FULL", "NumberOfOpticalPaths": ...}, "NumberOfOpticalPaths"),
    (PHOTOGRAPH, {"ImageType": ["ORIGINAL", "PRIMARY"], "AcquisitionDateTime": ...}, "AcquisitionDateTime"),
]
SILENT += [
    (SLIDES, {"NumberOfOpticalPaths": 1}),
    (PHOTOGRAPH, {"ImageType": ["DERIVED", "PRIMARY"], "SourceImageSequence": [], "AcquisitionDateTime": "20260102"}),
]


@pytest.mark.parametrize(("sop_class", "changes", "name"), MISSING)
def test_conditions_that_hold_require(sop_class, changes, name):
    assert ("condition-missing", name) in found(sop_class, changes)


@pytest.mark.parametrize(("sop_class", "changes", "name"), FORBIDDEN)
def test_conditions_that_do_not_hold_forbid(sop_class, changes, name):
    assert ("condition-forbidden", name) in found(sop_class, changes)


@pytest.mark.parametrize(("sop_class", "changes"), SILENT)
def test_what_is_allowed_or_left_open_has_no_error(sop_class, changes):
    assert found(sop_class, changes) == []


@pytest.mark.parametrize(("sop_class", "changes", "name"), VALUES)
def test_values_outside_the_enumerated_ones(sop_class, changes, name):
    assert ("enumerated-value", name) in found(sop_class, changes)


@pytest.mark.parametrize(("sop_class", "group"), GROUPS)
def test_functional_groups_that_an_iod_demands(sop_class, group):
    """Where the group stands, shared or of the frame, it is taken away."""
    good = _good(sop_class)
    names = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
    changes = {f"{name}>{group}": ... for name in names if group in good[name].value[0]}
    assert ("functional-group-missing", f"{_PER_FRAME} > {group}") in found(sop_class, changes)


@pytest.mark.parametrize(
    ("sop_class", "path", "where"),
    [
        (SEG, "SegmentSequence>SegmentedPropertyTypeCodeSequence", "SegmentSequence[1] > "),
        (RT_PLAN, "ReferencedStructureSetSequence", ""),
    ],
)
def test_sequences_of_a_single_item(sop_class, path, where):
    code = {"CodeValue": "1", "CodingSchemeDesignator": "99SYN", "CodeMeaning": "Synthetic"}
    assert ("item-count", f"{where}{path.rpartition('>')[2]}") in found(sop_class, {path: [code, code]})


@pytest.mark.parametrize(
    ("sop_class", "modality"), [(RT_ION_PLAN, "RTDOSE"), (US_VOLUME, "CT"), (XA_STATE, "XA"), (SLIDES, "SC")]
)
def test_the_modality_is_that_of_the_class(sop_class, modality):
    assert ("modality-sop-class", "Modality") in found(sop_class, {"Modality": modality})


def test_concatenations_have_all_their_numbers():
    errors_found = found(SEG, {"ConcatenationUID": "2.25.8"})
    assert ("condition-missing", "InConcatenationNumber") in errors_found
    assert ("condition-missing", "ConcatenationFrameOffsetNumber") in errors_found


def test_label_maps_need_no_segment_for_each_frame():
    assert found(LABEL_MAP, {}) == []


def test_modules_that_the_data_ask_for():
    group = {"FractionGroupNumber": 1, "NumberOfBeams": 1}
    plan = found(RT_PLAN, {"FractionGroupSequence": [group], "BeamSequence": ...})
    assert ("type1-missing", "BeamSequence") in plan
    annotated = {name: value for name, value in _text(**_BOX).items() if name != "GraphicLayerSequence"}
    assert ("type1-missing", "GraphicLayerSequence") in found(GSPS, annotated)


def test_the_iods_are_told_to_be_written():
    for sop_class in (RT_IMAGE, RT_DOSE, RT_STRUCT, RT_PLAN, SEG, PM, GSPS, XA_STATE, US_VOLUME, PDF, STL):
        assert load_knowledge().iod(sop_class).key in WRITTEN_FOR
