"""What mutants of the image classes beside dciodvfy showed: each row changes a minimal instance, which has no error.

A path is that of a keyword, or one inside the first items of sequences; a value is that of a Dataset, ... takes it out.
"""

from __future__ import annotations

import copy
from functools import cache
from io import BytesIO

import pydicom
import pytest
from pydicom.sequence import Sequence

from scanproof.iod import Checker
from tests.support.minimal_files import file_of, made

_STORAGE = "1.2.840.10008.5.1.4.1.1"
CT, PET, SC = (f"{_STORAGE}.{number}" for number in ("2", "128", "7"))
ENHANCED_CT, ENHANCED_MR, ENHANCED_XA = f"{_STORAGE}.2.1", f"{_STORAGE}.4.1", f"{_STORAGE}.12.1.1"
XA, US, US_VOLUME, TOMO = f"{_STORAGE}.12.1", f"{_STORAGE}.6.1", f"{_STORAGE}.6.2", f"{_STORAGE}.13.1.3"
DX, TRUE_COLOR, OPHTHALMIC = f"{_STORAGE}.1.1", f"{_STORAGE}.7.4", f"{_STORAGE}.77.1.5.4"
SHARED, PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
WINDOW, MEASURES = f"{SHARED}>FrameVOILUTSequence", f"{SHARED}>PixelMeasuresSequence"
ANATOMY = f"{SHARED}>FrameAnatomySequence"
X_RAY = f"{SHARED}>FramePixelDataPropertiesSequence"


@cache
def _minimal(sop_class):
    return pydicom.dcmread(BytesIO(file_of(made(sop_class))))


def errors(sop_class, changes, checker):
    """(rule, last keyword) of the errors of the minimal instance with changes."""
    ds = copy.deepcopy(_minimal(sop_class))
    for path, value in changes.items():
        *steps, name = path.split(">")
        level = ds
        for step in steps:
            level = getattr(level, step)[0]
        if value is ...:
            delattr(level, name)
        elif value == "twice":
            setattr(level, name, Sequence([*getattr(level, name), *copy.deepcopy(getattr(level, name))]))
        else:
            setattr(level, name, value)
    out = BytesIO()
    ds.save_as(out)
    found = checker.check(out.getvalue()).errors
    return {(each.rule, each.tag.split(" > ")[-1].split("[")[0]) for each in found}


@pytest.fixture(scope="module")
def checker():
    return Checker()


@pytest.mark.parametrize(
    ("sop_class", "changes", "rule", "keyword"),
    [
        (ENHANCED_CT, {"InConcatenationNumber": 1}, "condition-forbidden", "InConcatenationNumber"),
        (TOMO, {"ConcatenationUID": "1.2.3"}, "condition-missing", "ConcatenationFrameOffsetNumber"),
        (ENHANCED_MR, {"InConcatenationTotalNumber": 1}, "frame-count", "InConcatenationTotalNumber"),
        (ENHANCED_CT, {"NumberOfFrames": -7}, "frame-count", "NumberOfFrames"),
        (ENHANCED_CT, {"LossyImageCompressionRatio": 3}, "condition-forbidden", "LossyImageCompressionRatio"),
        (ENHANCED_XA, {f"{WINDOW}>WindowWidth": -7}, "geometry-window", "WindowWidth"),
        (ENHANCED_CT, {f"{MEASURES}>SpacingBetweenSlices": -7}, "geometry-spacing", "SpacingBetweenSlices"),
        (ENHANCED_MR, {f"{ANATOMY}>AnatomicRegionSequence": "twice"}, "item-count", "AnatomicRegionSequence"),
        (US_VOLUME, {"ViewCodeSequence": "twice"}, "item-count", "ViewCodeSequence"),
        (ENHANCED_CT, {"BitsStored": 14, "HighBit": 13}, "enumerated-value", "BitsStored"),
        (ENHANCED_MR, {"BitsStored": 14, "HighBit": 13}, "enumerated-value", "BitsStored"),
        (ENHANCED_MR, {"PhotometricInterpretation": "MONOCHROME1"}, "enumerated-value", "PhotometricInterpretation"),
        (ENHANCED_XA, {"ImageType": ["ORIGINAL", "PRIMARY", "SINGLE", "MAXIMUM"]}, "enumerated-value", "ImageType"),
        (ENHANCED_XA, {f"{X_RAY}>GeometricalProperties": "EVEN"}, "enumerated-value", "GeometricalProperties"),
        (ENHANCED_XA, {"Modality": "CT"}, "modality-sop-class", "Modality"),
        (ENHANCED_XA, {"PlaneIdentification": ...}, "condition-missing", "PlaneIdentification"),
        (TRUE_COLOR, {"PhotometricInterpretation": "ZZZ"}, "enumerated-value", "PhotometricInterpretation"),
        (TRUE_COLOR, {"PatientOrientation": ...}, "condition-missing", "PatientOrientation"),
        (XA, {"PatientOrientation": ...}, "condition-missing", "PatientOrientation"),
        (XA, {"FrameTime": 33}, "condition-forbidden", "FrameTime"),
        (XA, {"PositionerPrimaryAngleIncrement": 1}, "condition-forbidden", "PositionerPrimaryAngleIncrement"),
        (PET, {"PatientPosition": "HFS"}, "condition-forbidden", "PatientPosition"),
        (US, {"NumberOfStages": 2}, "condition-missing", "NumberOfViewsInStage"),
        (US_VOLUME, {"StageNumber": 1}, "condition-forbidden", "StageNumber"),
        (US_VOLUME, {"TableFrameOfReferenceUID": "1.2.3"}, "condition-forbidden", "TableFrameOfReferenceUID"),
        (CT, {"SliceProgressionDirection": "UPWARDS"}, "enumerated-value", "SliceProgressionDirection"),
        (CT, {"ExtendedOffsetTable": bytes(8)}, "pixel-data-place", "ExtendedOffsetTable"),
    ],
)
def test_what_is_found(sop_class, changes, rule, keyword, checker):
    assert (rule, keyword) in errors(sop_class, changes, checker)


@pytest.mark.parametrize(
    ("sop_class", "changes"),
    [
        (ENHANCED_CT, {f"{MEASURES}>SpacingBetweenSlices": 0}),
        (ENHANCED_XA, {f"{WINDOW}>WindowWidth": 1}),
        (ENHANCED_XA, {f"{WINDOW}>WindowWidth": 0.5, f"{WINDOW}>VOILUTFunction": "LINEAR_EXACT"}),
        (ENHANCED_CT, {"BitsStored": 16, "HighBit": 15}),
        (ENHANCED_MR, {f"{ANATOMY}>AnatomicRegionSequence>AnatomicRegionModifierSequence": Sequence()}),
        (
            XA,
            {
                "PositionerMotion": "DYNAMIC",
                "PositionerPrimaryAngleIncrement": 1,
                "PositionerSecondaryAngleIncrement": 0,
            },
        ),
        (SC, {"PatientPosition": "HFS"}),
        (DX, {"PatientPosition": "HFS", "PositionerType": ""}),
        (US, {"NumberOfStages": 2, "NumberOfViewsInStage": 3}),
        (US, {"ViewName": "apical"}),
        (CT, {"SliceProgressionDirection": "APEX_TO_BASE"}),
        (TRUE_COLOR, {"PatientOrientation": ["L", "P"]}),
        (OPHTHALMIC, {}),  # which states one part of a concatenation
    ],
)
def test_what_is_allowed(sop_class, changes, checker):
    wrong = errors(sop_class, changes, checker)
    assert not {each for each in wrong if each[1] in {path.split(">")[-1] for path in changes} or not changes}, wrong


def test_a_window_in_a_frame_is_judged_whatever_the_structure_remembers(checker):
    assert errors(ENHANCED_XA, {f"{WINDOW}>WindowWidth": 4000}, checker) == set()
    assert errors(ENHANCED_XA, {f"{WINDOW}>WindowWidth": 0}, checker) == {("geometry-window", "WindowWidth")}
