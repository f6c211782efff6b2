"""Conditions and values of images, class by class: PET, NM, X-ray, mammography, US, multi-frame Secondary Capture.

Each row is a class, what makes a data set right beside its minimal instance, what makes it wrong, and the finding.
"""

from __future__ import annotations

import re

import pytest

from scanproof.iod import Checker
from scansim.images import minimal
from tests.support.minimal_files import file_of, made

_STORAGE = "1.2.840.10008.5.1.4.1.1"
CT, MR, CR, DX, MG = (f"{_STORAGE}.{end}" for end in ("2", "4", "1", "1.1", "1.2"))
SC, BIT, BYTE, WORD, COLOR = (f"{_STORAGE}.7{end}" for end in ("", ".1", ".2", ".3", ".4"))
US, US_FRAMES = f"{_STORAGE}.6.1", f"{_STORAGE}.3.1"
XA, RF, NM, PET = (f"{_STORAGE}.{end}" for end in ("12.1", "12.2", "20", "128"))
BTO, PROJECTION = f"{_STORAGE}.13.1.3", f"{_STORAGE}.13.1.4"
MISSING, FORBIDDEN, VALUE, COUNT, VM = (
    "condition-missing",
    "condition-forbidden",
    "enumerated-value",
    "frame-count",
    "vm",
)

_GATED = {"SeriesType": ["GATED", "IMAGE"]}
_GATED_PET = _GATED | {
    "NumberOfRRIntervals": 1,
    "NumberOfTimeSlots": 1,
    "TriggerTime": "0",
    "FrameTime": "50",
    "BeatRejectionFlag": "Y",
    "LowRRValue": 500,
    "HighRRValue": 900,
}
_TOMO = {
    "ImageType": ["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"],
    "FrameIncrementPointer": [0x00540010, 0x00540020, 0x00540050, 0x00540090],
    "ActualFrameDuration": ...,
    "RotationVector": 1,
    "AngularViewVector": 1,
    "NumberOfRotations": 1,
    "RotationInformationSequence": [],
    "TypeOfDetectorMotion": "CONTINUOUS",
}
_BIPLANE = {"ImageType": ["ORIGINAL", "PRIMARY", "BIPLANE A"]}
_REFERENCE = [{"ReferencedSOPClassUID": XA, "ReferencedSOPInstanceUID": "2.25.9"}]
_MASK = {"RecommendedViewingMode": "SUB"}
_CINE = {"NumberOfFrames": "2", "FrameIncrementPointer": 0x00181063, "FrameTime": "40", "PositionerMotion": "STATIC"}

CONDITIONS = [
    # --- CT and MR ---
    (MR, {"ScanOptions": ["CG", "FS"], "TriggerTime": "1"}, {"TriggerTime": ...}, MISSING, "TriggerTime"),
    (MR, {"ScanOptions": ["FS", "PFP"]}, {"TriggerTime": "1"}, FORBIDDEN, "TriggerTime"),
    (MR, {"ScanOptions": "", "TriggerTime": "1"}, {"ScanOptions": "RG"}, FORBIDDEN, "TriggerTime"),
    (MR, {"ScanOptions": "MY_GATE", "TriggerTime": "1"}, {"ScanOptions": "SP"}, FORBIDDEN, "TriggerTime"),
    (
        CT,
        {},
        {"ClinicalTrialProtocolEthicsCommitteeName": "none"},
        FORBIDDEN,
        "ClinicalTrialProtocolEthicsCommitteeName",
    ),
    (CT, {"PatientSpeciesDescription": "rat"}, {"PatientBreedDescription": "Wistar"}, MISSING, "ResponsiblePerson"),
    (SC, {}, {"RescaleSlope": "1"}, FORBIDDEN, "RescaleSlope"),
    # --- PET ---
    (PET, _GATED_PET, {"NumberOfRRIntervals": ...}, MISSING, "NumberOfRRIntervals"),
    (PET, _GATED_PET, {"NumberOfTimeSlots": ...}, MISSING, "NumberOfTimeSlots"),
    (PET, _GATED_PET, {"TriggerTime": ...}, MISSING, "TriggerTime"),
    (PET, _GATED_PET, {"FrameTime": ...}, MISSING, "FrameTime"),
    (PET, _GATED_PET, {"LowRRValue": ...}, MISSING, "LowRRValue"),
    (PET, _GATED_PET, {"BeatRejectionFlag": "N"}, FORBIDDEN, "HighRRValue"),
    (PET, {}, {"TriggerTime": "1"}, FORBIDDEN, "TriggerTime"),
    (PET, {}, {"NumberOfTimeSlices": 3}, FORBIDDEN, "NumberOfTimeSlices"),
    (
        PET,
        {"SeriesType": ["DYNAMIC", "IMAGE"], "NumberOfTimeSlices": 3},
        {"NumberOfTimeSlices": ...},
        MISSING,
        "NumberOfTimeSlices",
    ),
    (
        PET,
        {"SeriesType": ["STATIC", "REPROJECTION"], "ReprojectionMethod": "SUM"},
        {"ReprojectionMethod": ...},
        MISSING,
        "ReprojectionMethod",
    ),
    (PET, {"DecayCorrection": "START", "DecayFactor": "1.2"}, {"DecayFactor": ...}, MISSING, "DecayFactor"),
    (PET, {"DecayCorrection": "START", "DecayFactor": "1.2"}, {"DecayCorrection": "NONE"}, FORBIDDEN, "DecayFactor"),
    # --- NM ---
    (NM, {}, {"EnergyWindowVector": ...}, MISSING, "EnergyWindowVector"),
    (NM, {}, {"PhaseVector": 1}, FORBIDDEN, "PhaseVector"),
    (NM, {}, {"NumberOfSlices": 1}, FORBIDDEN, "NumberOfSlices"),
    (NM, {}, {"ActualFrameDuration": ...}, MISSING, "ActualFrameDuration"),
    (NM, {}, {"ScanVelocity": "1"}, FORBIDDEN, "ScanVelocity"),
    (NM, {}, {"ScanLength": 1}, FORBIDDEN, "ScanLength"),
    (NM, _TOMO, {"NumberOfRotations": ...}, MISSING, "NumberOfRotations"),
    (NM, _TOMO, {"AngularViewVector": ...}, MISSING, "AngularViewVector"),
    (NM, _TOMO, {"RotationInformationSequence": ...}, "type2-missing", "RotationInformationSequence"),
    # --- XA and XRF ---
    (
        XA,
        _BIPLANE | {"ReferencedImageSequence": _REFERENCE},
        {"ReferencedImageSequence": ...},
        MISSING,
        "ReferencedImageSequence",
    ),
    (XA, {"Exposure": "3"}, {"Exposure": ..., "ExposureTime": ...}, MISSING, "Exposure"),
    (XA, _CINE, {"FrameIncrementPointer": ...}, MISSING, "FrameIncrementPointer"),
    (XA, _CINE, {"PositionerMotion": ...}, MISSING, "PositionerMotion"),
    (XA, _CINE, {"FrameTimeVector": ["0", "40"]}, FORBIDDEN, "FrameTimeVector"),
    (
        XA,
        {"PositionerMotion": "STATIC"},
        {"PositionerPrimaryAngleIncrement": "1"},
        FORBIDDEN,
        "PositionerPrimaryAngleIncrement",
    ),
    (XA, {"TableMotion": "STATIC"}, {"TableLateralIncrement": "1"}, FORBIDDEN, "TableLateralIncrement"),
    (
        XA,
        {"MaskSubtractionSequence": [{"MaskOperation": "AVG_SUB", "MaskFrameNumbers": 1}], **_MASK},
        {"MaskSubtractionSequence": [{"MaskOperation": "AVG_SUB"}]},
        MISSING,
        "MaskSubtractionSequence > MaskFrameNumbers",
    ),
    (
        XA,
        {"MaskSubtractionSequence": [{"MaskOperation": "TID", "TIDOffset": 1}], **_MASK},
        {"MaskSubtractionSequence": [{"MaskOperation": "AVG_SUB", "TIDOffset": 1}]},
        FORBIDDEN,
        "MaskSubtractionSequence > TIDOffset",
    ),
    # --- mammography and tomosynthesis ---
    (BTO, {}, {"BreastImplantPresent": ...}, MISSING, "BreastImplantPresent"),
    (BTO, {}, {"PartialView": "YES"}, MISSING, "PartialViewCodeSequence"),
    (PROJECTION, {}, {"ExposureInmAs": ..., "ExposureTimeInms": ...}, MISSING, "ExposureInmAs"),
    # --- US ---
    (US, {"IVUSGatedRate": ...}, {"IVUSGatedRate": 1.0}, FORBIDDEN, "IVUSGatedRate"),
    (
        US,
        {"StageNumber": "1", "NumberOfStages": "2", "NumberOfViewsInStage": "1"},
        {"NumberOfStages": ...},
        MISSING,
        "NumberOfStages",
    ),
    # --- multi-frame Secondary Capture ---
    (BYTE, {}, {"RescaleSlope": ...}, MISSING, "RescaleSlope"),
    (BIT, {}, {"RescaleIntercept": "0"}, FORBIDDEN, "RescaleIntercept"),
    (BYTE, {}, {"PageNumberVector": "1"}, FORBIDDEN, "PageNumberVector"),
    (
        BYTE,
        {"ConversionType": "DF", "NominalScannedPixelSpacing": ["1", "1"]},
        {"ConversionType": "DI"},
        FORBIDDEN,
        "NominalScannedPixelSpacing",
    ),
    (BIT, {}, {"WindowCenter": "1", "WindowWidth": "2"}, FORBIDDEN, "WindowCenter"),
]

VALUES = [
    (BTO, {}, {"ImageType": ["DERIVED", "PRIMARY", "VOLUME"]}, VM, "ImageType"),
    (BTO, {}, {"Modality": "DX"}, "modality-sop-class", "Modality"),
    (MR, {}, {"ImageType": ["ORIGINAL", "PRIMARY"]}, VM, "ImageType"),
    (PET, {}, {"SeriesType": ["WHOLE_BODY", "IMAGE"]}, VALUE, "SeriesType"),
    (PET, {}, {"CountsSource": "BOTH"}, VALUE, "CountsSource"),
    (PET, {"SUVType": "BW"}, {"SUVType": "SUV"}, VALUE, "SUVType"),
    (PET, {}, {"BitsStored": 12, "HighBit": 11}, VALUE, "BitsStored"),
    (PET, {}, {"RescaleIntercept": "-7"}, VALUE, "RescaleIntercept"),
    (NM, {}, {"ImageType": ["ORIGINAL", "PRIMARY", "PLANAR", "EMISSION"]}, VALUE, "ImageType"),
    (NM, {}, {"ImageType": ["ORIGINAL", "PRIMARY"]}, VM, "ImageType"),
    (NM, {}, {"BitsStored": 12, "HighBit": 11}, "bits-contradiction", "BitsStored"),
    (NM, {}, {"FrameIncrementPointer": [0x00540020, 0x00540010]}, VALUE, "FrameIncrementPointer"),
    (NM, {}, {"EnergyWindowVector": [1, 1]}, COUNT, "EnergyWindowVector"),
    (NM, {}, {"DetectorVector": 2}, COUNT, "DetectorVector"),
    (NM, {}, {"DetectorVector": 0}, COUNT, "DetectorVector"),
    (NM, {}, {"EnergyWindowInformationSequence": [{}, {}]}, COUNT, "EnergyWindowInformationSequence"),
    (XA, {}, {"ImageType": ["ORIGINAL", "PRIMARY", "PLANE A"]}, VALUE, "ImageType"),
    (XA, {}, {"BitsStored": 9, "HighBit": 8}, VALUE, "BitsStored"),
    (XA, {}, {"RadiationSetting": "XX"}, VALUE, "RadiationSetting"),
    (XA, _CINE | {"FrameLabelVector": ["A", "B"]}, {"FrameLabelVector": "A"}, COUNT, "FrameLabelVector"),
    (RF, {}, {"PhotometricInterpretation": "MONOCHROME1"}, VALUE, "PhotometricInterpretation"),
    (MG, {}, {"OrganExposed": "CHEST"}, VALUE, "OrganExposed"),
    (MG, {}, {"PositionerType": "CARM"}, VALUE, "PositionerType"),
    (PROJECTION, {}, {"BurnedInAnnotation": "YES"}, VALUE, "BurnedInAnnotation"),
    (US, {}, {"PixelRepresentation": 1}, VALUE, "PixelRepresentation"),
    (US, {}, {"BitsAllocated": 16, "BitsStored": 16, "HighBit": 15}, VALUE, "BitsAllocated"),
    (BIT, {}, {"PhotometricInterpretation": "MONOCHROME1"}, VALUE, "PhotometricInterpretation"),
    (WORD, {}, {"BitsStored": 8, "HighBit": 7}, VALUE, "BitsStored"),
    (COLOR, {}, {"PlanarConfiguration": 1}, VALUE, "PlanarConfiguration"),
    (
        CR,
        {"PatientOrientation": ["L", "F"]},
        {"PatientOrientation": ["L", "L"]},
        "geometry-orientation",
        "PatientOrientation",
    ),
    (
        CR,
        {"PatientOrientation": ["AL", "F"]},
        {"PatientOrientation": ["X", "F"]},
        "geometry-orientation",
        "PatientOrientation",
    ),
    (
        CR,
        {"PatientOrientation": ["AL", "F"]},
        {"PatientOrientation": ["LR", "F"]},
        "geometry-orientation",
        "PatientOrientation",
    ),
]

#: Where the standard leaves room nothing is said.
SILENT = [
    (MR, {"ScanOptions": "", "TriggerTime": "12"}),
    (SC, {"Modality": ...}),
    (BYTE, {"FrameIncrementPointer": ..., "FrameTime": ..., "NumberOfFrames": "1"}),
    (DX, {"ImageType": ["ORIGINAL", "PRIMARY"]}),
    (MG, {"ImageType": ["DERIVED", "PRIMARY", "A_NEW_TERM"]}),
    (CR, {"PatientOrientation": ["LE", "D"], "AnatomicalOrientationType": "QUADRUPED"}),
    (CR, {"PatientOrientation": ["L", ""]}),
    (NM, {"EnergyWindowInformationSequence": []}),
    (CT, {"PatientSpeciesDescription": "Homo sapiens"}),
    (
        XA,
        {
            "PositionerMotion": "DYNAMIC",
            "PositionerPrimaryAngleIncrement": "1",
            "PositionerSecondaryAngleIncrement": "",
        },
    ),
]


@pytest.fixture(scope="module")
def checker():
    return Checker()


def errors(checker, sop_class, *changes):
    """(rule, path without numbers of items) of the errors of a minimal instance that was changed."""
    content = dict(minimal.content(sop_class))
    for change in changes:
        content |= change
    content = {name: value for name, value in content.items() if value is not ...}
    found = checker.check_bytes(file_of(made(sop_class, content))).errors
    return {(each.rule, re.sub(r"\[\d+\]", "", each.tag)) for each in found}


@pytest.mark.parametrize(("sop_class", "right", "wrong", "rule", "path"), CONDITIONS + VALUES)
def test_what_is_wrong_is_an_error_and_what_is_right_is_none(checker, sop_class, right, wrong, rule, path):
    assert (rule, path) not in errors(checker, sop_class, right)
    assert (rule, path) in errors(checker, sop_class, right, wrong)


GROUPS = (
    *("PixelMeasuresSequence", "FrameAnatomySequence", "PixelValueTransformationSequence", "FrameVOILUTSequence"),
    *("PlanePositionSequence", "PlaneOrientationSequence", "XRay3DFrameTypeSequence", "DerivationImageSequence"),
)


@pytest.mark.parametrize("group", GROUPS)
def test_a_tomosynthesis_has_its_functional_groups(checker, group):
    content = minimal.content(BTO)
    names = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
    less = {
        name: [{key: value for key, value in item.items() if key != group} for item in content[name]] for name in names
    }
    path = f"PerFrameFunctionalGroupsSequence > {group}"
    assert ("functional-group-missing", path) not in errors(checker, BTO)
    assert ("functional-group-missing", path) in errors(checker, BTO, less)


@pytest.mark.parametrize(("sop_class", "change"), SILENT)
def test_where_the_standard_leaves_room_nothing_is_an_error(checker, sop_class, change):
    assert errors(checker, sop_class, change) <= errors(checker, sop_class)
