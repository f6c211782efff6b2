"""Conditions: three-valued logic, those of each module, functional groups, SR content."""

from __future__ import annotations

import pytest

from scanproof.iod.tables.logic import ALWAYS, UNKNOWN, number, present, required_if, value_is
from tests.support.iod_data import (
    BASIC_SR,
    COMPREHENSIVE_SR,
    CR,
    CT,
    DX,
    ENHANCED_CT,
    ENHANCED_MR,
    GOOD,
    KO,
    MR,
    SC,
    US,
    dataset,
    errors,
    structure,
    warned,
)

# --- logic ------------------------------------------------------------------------------------------------------------

SCOPE = (dataset({"Modality": "CT", "ScanningSequence": ["SE", "EP"], "SamplesPerPixel": 3, "StudyID": ""}),)
TRUE, FALSE = present("Modality"), present("PatientID")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (TRUE & FALSE, False),
        (TRUE & UNKNOWN, None),
        (FALSE & UNKNOWN, False),
        (TRUE | UNKNOWN, True),
        (FALSE | UNKNOWN, None),
        (~UNKNOWN, None),
        (value_is("ScanningSequence", "EP"), True),
        (value_is("ScanningSequence", "EP", index=1), False),
        (value_is("ScanningSequence", "EP", index=3), None),
        (value_is("StudyID", "1"), None),
        (value_is("PatientID", "1"), None),
        (number("SamplesPerPixel", lambda value: value > 1, "is more than 1"), True),
        (number("Modality", lambda value: value > 1, "is more than 1"), None),
    ],
)
def test_expressions_are_true_false_or_unknown(expression, expected):
    assert expression.decide(SCOPE) is expected


def test_only_what_is_neither_required_nor_allowed_is_forbidden():
    assert required_if(FALSE).forbids(SCOPE)
    assert not required_if(FALSE, ALWAYS).forbids(SCOPE)
    assert not required_if(FALSE, UNKNOWN).forbids(SCOPE)
    assert not required_if(UNKNOWN).forbids(SCOPE)
    assert not required_if(TRUE).forbids(SCOPE)


# --- modules ----------------------------------------------------------------------------------------------------------

MISSING = [
    (CT, {"PatientIdentityRemoved": "YES"}, "DeidentificationMethod"),
    (CT, {"ResponsiblePerson": "Synthetic^Owner"}, "ResponsiblePersonRole"),
    (CT, {"PatientBirthDateInAlternativeCalendar": "S45"}, "PatientAlternativeCalendar"),
    (CT, {"WindowCenter": "40"}, "WindowWidth"),
    (CT, {"PixelPaddingRangeLimit": 1}, "PixelPaddingValue"),
    (CT, {"MultienergyCTAcquisition": "YES"}, "RescaleType"),
    (CT, {"BodyPartExamined": "KNEE"}, "Laterality"),
    (MR, {"ScanningSequence": "IR"}, "InversionTime"),
    (MR, {"ScanOptions": "CG"}, "TriggerTime"),
    (MR, {"RepetitionTime": ...}, "RepetitionTime"),
    (MR, {"PatientPosition": ...}, "PatientPosition"),
    (SC, {"PatientOrientation": ...}, "PatientOrientation"),
    (SC, {"RescaleIntercept": "0", "RescaleType": "US"}, "RescaleSlope"),
    (CR, {"ShutterShape": ["CIRCULAR"], "RadiusOfCircularShutter": "4"}, "CenterOfCircularShutter"),
    (SC, {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "PlanarConfiguration"),
]
FORBIDDEN = [
    (CT, {"ResponsiblePersonRole": "OWNER"}, "ResponsiblePersonRole"),
    (CT, {"PlanarConfiguration": 0}, "PlanarConfiguration"),
    (CT, {"PixelAspectRatio": ["1", "1"]}, "PixelAspectRatio"),
    (MR, {"InversionTime": "100"}, "InversionTime"),
    (MR, {"PatientOrientationCodeSequence": [{}]}, "PatientPosition"),
    (SC, {"PatientPosition": "HFS", "PatientOrientationCodeSequence": [{}]}, "PatientPosition"),
    (SC, {"RescaleIntercept": "0", "RescaleSlope": "1", "RescaleType": "US", "ModalityLUTSequence": []}, None),
]
#: Undecidable, or allowed in so many words: nothing is said (cases.md IOD-02).
SILENT = [
    (CT, {"PatientSpeciesDescription": "Synthetic rat"}),
    (CT, {"Laterality": "L"}),
    (CT, {"BodyPartExamined": "ABDOMEN"}),
    (CT, {"PatientIdentityRemoved": "NO", "DeidentificationMethod": "synthetic"}),
    (CT, {"ContentDate": "20260102", "RescaleType": "HU"}),
    (MR, {"ScanningSequence": "EP", "RepetitionTime": "500", "TriggerTime": "1"}),
    (MR, {"ScanOptions": "FS"}),
    (SC, {"PatientPosition": "HFS"}),
    (CR, {"PixelSpacing": ["1", "1"]}),
    (CT, {"LossyImageCompression": "01"}),
]


def changed(sop_class, attributes):
    both = GOOD[sop_class] | attributes
    return {name: value for name, value in both.items() if value is not ...}


@pytest.mark.parametrize(("sop_class", "attributes", "name"), MISSING)
def test_conditions_that_hold_require(sop_class, attributes, name):
    assert ("condition-missing", name) in errors(structure(changed(sop_class, attributes)))


@pytest.mark.parametrize(("sop_class", "attributes", "name"), FORBIDDEN)
def test_conditions_that_do_not_hold_forbid(sop_class, attributes, name):
    name = name or "RescaleIntercept"
    assert ("condition-forbidden", name) in errors(structure(changed(sop_class, attributes)))


@pytest.mark.parametrize(("sop_class", "attributes"), SILENT)
def test_what_is_not_decidable_or_allowed_has_no_error(sop_class, attributes):
    assert errors(structure(changed(sop_class, attributes))) == []


def test_of_two_alternatives_one_finding():
    findings = structure(GOOD[CT] | {"IssuerOfAccessionNumberSequence": [{"UniversalEntityIDType": "ISO"}]})
    assert errors(findings) == [
        ("condition-missing", "IssuerOfAccessionNumberSequence[1] > LocalNamespaceEntityID"),
        ("condition-forbidden", "IssuerOfAccessionNumberSequence[1] > UniversalEntityIDType"),
    ]


def test_the_window_of_a_dx_image_goes_with_its_intent():
    window = {"SOPClassUID": DX, "Modality": "DX", "WindowCenter": "1", "WindowWidth": "2"}
    processing = structure(window | {"PresentationIntentType": "FOR PROCESSING"}, complete=False)
    assert ("condition-forbidden", "WindowCenter") in errors(processing)
    presentation = structure(window | {"PresentationIntentType": "FOR PRESENTATION"}, complete=False)
    assert "condition-forbidden" not in [rule for rule, _ in errors(presentation)]


def test_ultrasound_components_go_with_their_organization():
    region = {"PixelComponentOrganization": 1, "PixelComponentMask": 255}
    found = errors(structure({"SOPClassUID": US, "SequenceOfUltrasoundRegions": [region]}))
    here = "SequenceOfUltrasoundRegions[1] > "
    assert ("condition-forbidden", f"{here}PixelComponentMask") in found
    assert ("condition-missing", f"{here}PixelComponentRangeStart") in found
    assert ("condition-missing", f"{here}TableOfParameterValues") not in found


def test_frame_increment_pointer_points_to_something():
    pointing = {"SOPClassUID": US, "FrameIncrementPointer": 0x00181065, "NumberOfFrames": "2"}
    assert ("pointer", "FrameIncrementPointer") in errors(structure(pointing))
    assert ("pointer", "FrameIncrementPointer") not in errors(structure(pointing | {"FrameTimeVector": ["0", "1"]}))


# --- functional groups ------------------------------------------------------------------------------------------------

FRAME_TYPE = {
    "FrameType": ["ORIGINAL", "PRIMARY", "M", "NONE"],
    "PixelPresentation": "MONOCHROME",
    "VolumetricProperties": "VOLUME",
    "VolumeBasedCalculationTechnique": "NONE",
    "ComplexImageComponent": "MAGNITUDE",
    "AcquisitionContrast": "T1",
}
AVERAGES = {"NumberOfAverages": 1.0}


def enhanced(shared, *frames, sop_class=ENHANCED_MR, image_type="ORIGINAL", **more):
    """Findings in the functional groups alone."""
    attributes = {
        "SOPClassUID": sop_class,
        "ImageType": [image_type, "PRIMARY", "M", "NONE"],
        "NumberOfFrames": str(len(frames)),
        "SharedFunctionalGroupsSequence": [shared],
        "PerFrameFunctionalGroupsSequence": list(frames),
    }
    findings = structure(attributes | more)
    return [(rule, path) for rule, path in errors(findings) if "FunctionalGroups" in path]


def frame(kind, **more):
    return {"MRImageFrameTypeSequence": [FRAME_TYPE | {"FrameType": [kind, "PRIMARY", "M", "NONE"]}]} | more


def test_a_shared_macro_is_judged_with_the_frame_type_of_each_frame():
    """The case IOD-01: the controlling value sits per frame."""
    shared = {"MRAveragesSequence": [{}]}
    path = "SharedFunctionalGroupsSequence[1] > MRAveragesSequence[1] > NumberOfAverages"
    assert ("condition-missing", path) in enhanced(shared, frame("ORIGINAL"), frame("DERIVED"))
    assert ("condition-missing", path) not in enhanced(shared, frame("DERIVED"), frame("DERIVED"))
    assert path not in [p for _, p in enhanced({"MRAveragesSequence": [AVERAGES]}, frame("ORIGINAL"))]


def test_a_macro_stands_in_the_shared_groups_or_in_those_of_the_frames():
    found = enhanced({"MRAveragesSequence": [AVERAGES]}, frame("ORIGINAL", MRAveragesSequence=[AVERAGES]))
    assert ("functional-group-twice", "PerFrameFunctionalGroupsSequence[1] > MRAveragesSequence") in found


def test_a_missing_macro_is_one_finding_however_many_frames():
    found = [path for rule, path in enhanced({}, *[frame("ORIGINAL")] * 5) if rule == "functional-group-missing"]
    assert len(found) == len(set(found))
    assert "PerFrameFunctionalGroupsSequence[1] > MRAveragesSequence" in found
    assert not any("MRDiffusionSequence" in path for path in found)
    assert not any("MRAveragesSequence" in path for _, path in enhanced({}, frame("DERIVED"), image_type="DERIVED"))


def test_diffusion_is_demanded_when_some_frame_is_of_diffusion():
    diffusion = frame("ORIGINAL")
    diffusion["MRImageFrameTypeSequence"] = [FRAME_TYPE | {"AcquisitionContrast": "DIFFUSION"}]
    missing = ("functional-group-missing", "PerFrameFunctionalGroupsSequence[1] > MRDiffusionSequence")
    assert missing in enhanced({}, frame("ORIGINAL"), diffusion)


def test_the_number_of_frames_is_that_of_the_items():
    found = enhanced({}, frame("ORIGINAL"), NumberOfFrames="2")
    assert ("frame-count", "PerFrameFunctionalGroupsSequence") in found


@pytest.mark.parametrize(("values", "dimensions", "right"), [(1, 1, True), (2, 2, True), (2, 1, False), (1, 2, False)])
def test_each_frame_has_an_index_value_for_each_dimension(values, dimensions, right):
    content = {"FrameContentSequence": [{"DimensionIndexValues": [1] * values}]}
    found = enhanced({}, frame("ORIGINAL", **content), NumberOfFrames="1", DimensionIndexSequence=[{}] * dimensions)
    path = "PerFrameFunctionalGroupsSequence[1] > FrameContentSequence[1] > DimensionIndexValues"
    assert (("dimension-count", path) in found) is not right


@pytest.mark.parametrize(("values", "right"), [([1, 7], True), ([0, 1], False), ([3, 0], False)])
def test_the_index_values_of_a_frame_count_from_one(values, right):
    content = {"FrameContentSequence": [{"DimensionIndexValues": values}]}
    found = enhanced({}, frame("ORIGINAL", **content), NumberOfFrames="1", DimensionIndexSequence=[{}] * 2)
    path = "PerFrameFunctionalGroupsSequence[1] > FrameContentSequence[1] > DimensionIndexValues"
    assert (("dimension-count", path) in found) is not right


def test_what_is_wrong_with_the_indices_of_every_frame_is_said_once():
    frames = [frame("ORIGINAL", FrameContentSequence=[{"DimensionIndexValues": [0, 1]}])] * 3
    found = enhanced({}, *frames, NumberOfFrames="3", DimensionIndexSequence=[{}] * 2)
    path = "PerFrameFunctionalGroupsSequence[1] > FrameContentSequence[1] > DimensionIndexValues"
    assert [where for rule, where in found if rule == "dimension-count"] == [path]


def test_allowed_in_a_derived_frame_only_when_the_other_half_holds():
    path = "PerFrameFunctionalGroupsSequence[1] > MRModifierSequence[1] > InversionTimes"
    for kind in ("ORIGINAL", "DERIVED"):
        with_times = {"InversionRecovery": "NO", "InversionTimes": [100.0]}
        assert ("condition-forbidden", path) in enhanced({}, frame(kind, MRModifierSequence=[with_times]))
    recovered = {"InversionRecovery": "YES"}
    assert ("condition-missing", path) in enhanced({}, frame("ORIGINAL", MRModifierSequence=[recovered]))
    assert ("condition-missing", path) not in enhanced({}, frame("DERIVED", MRModifierSequence=[recovered]))


def test_ct_conditions_look_into_another_macro_of_the_frame():
    def ct(acquisition, **dynamics):
        groups = {
            "CTImageFrameTypeSequence": [FRAME_TYPE],
            "CTAcquisitionTypeSequence": [{"AcquisitionType": acquisition}],
            "CTTableDynamicsSequence": [{"TableSpeed": 1.0} | dynamics],
        }
        return enhanced({}, groups, sop_class=ENHANCED_CT)

    path = "PerFrameFunctionalGroupsSequence[1] > CTTableDynamicsSequence[1] > SpiralPitchFactor"
    assert ("condition-missing", path) in ct("SPIRAL")
    assert ("condition-missing", path) not in ct("SEQUENCED")
    assert ("condition-forbidden", path) in ct("SEQUENCED", SpiralPitchFactor=1.0)


def test_evidence_is_demanded_by_references_inside_functional_groups():
    derivation = {"DerivationImageSequence": [{"SourceImageSequence": [{"ReferencedSOPClassUID": CT}]}]}
    attributes = {"SOPClassUID": ENHANCED_MR, "PerFrameFunctionalGroupsSequence": [derivation]}
    assert ("condition-missing", "SourceImageEvidenceSequence") in errors(structure(attributes))
    assert ("condition-missing", "ReferencedImageEvidenceSequence") not in errors(structure(attributes))


# --- SR content -------------------------------------------------------------------------------------------------------

NAME = {"CodeValue": "121111", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Summary"}


def tree(*items, sop_class=COMPREHENSIVE_SR, **more):
    """Findings in the content tree alone."""
    attributes = {
        "SOPClassUID": sop_class,
        "ValueType": "CONTAINER",
        "ContinuityOfContent": "SEPARATE",
        "ConceptNameCodeSequence": [NAME],
        "ContentSequence": list(items),
    }
    findings = structure({name: value for name, value in (attributes | more).items() if value is not ...})
    return [found for found in errors(findings) if found[1].startswith(("Content", "ValueType", "ConceptName"))
            and found[1] not in ("ContentDate", "ContentTime") and not found[0].startswith("sr-template")]  # fmt: skip


def item(value_type, relationship="CONTAINS", **more):
    return {"RelationshipType": relationship, "ValueType": value_type, "ConceptNameCodeSequence": [NAME]} | more


UNITS = {"CodeValue": "mm", "CodingSchemeDesignator": "UCUM", "CodeMeaning": "mm"}
IMAGE = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "2.25.9"}
SELECTED = {"ContentSequence": [item("IMAGE", "SELECTED FROM", ReferencedSOPSequence=[IMAGE])]}


@pytest.mark.parametrize(
    "content",
    [
        item("TEXT", TextValue="Synthetic"),
        item("CODE", ConceptCodeSequence=[NAME]),
        item("NUM", MeasuredValueSequence=[{"NumericValue": "1", "MeasurementUnitsCodeSequence": [UNITS]}]),
        item("NUM", MeasuredValueSequence=[]),
        item("DATE", Date="20260102"),
        item("TIME", Time="1200"),
        item("DATETIME", DateTime="20260102"),
        item("UIDREF", UID="2.25.1"),
        item("PNAME", PersonName="Synthetic^A"),
        item("SCOORD", GraphicType="POINT", GraphicData=[0.0, 0.0], **SELECTED),  # zero is a value
        item("IMAGE", ReferencedSOPSequence=[IMAGE]),
        item("CONTAINER", ContinuityOfContent="SEPARATE"),
    ],
)
def test_each_value_type_needs_its_own_attributes_and_no_others(content):
    assert tree(content) == []


@pytest.mark.parametrize(
    ("content", "rule", "name"),
    [
        (item("TEXT"), "type1-missing", "TextValue"),
        (item("TEXT", TextValue=""), "type1-empty", "TextValue"),
        (item("CODE"), "type1-missing", "ConceptCodeSequence"),
        (item("CODE", ConceptCodeSequence=[{}]), "item-empty", "ConceptCodeSequence[1]"),
        (item("NUM"), "type2-missing", "MeasuredValueSequence"),
        (
            item("NUM", MeasuredValueSequence=[{"NumericValue": "1"}]),
            "type1-missing",
            "MeasuredValueSequence[1] > MeasurementUnitsCodeSequence",
        ),
        (item("IMAGE"), "type1-missing", "ReferencedSOPSequence"),
        (item("SCOORD", GraphicData=[1.0, 1.0], **SELECTED), "type1-missing", "GraphicType"),
        (item("SCOORD", GraphicType="POLYGON", GraphicData=[1.0, 1.0], **SELECTED), "enumerated-value", "GraphicType"),
        (item("SCOORD", GraphicType="POINT", GraphicData=[1.0, 1.0]), "sr-coordinates", "ContentSequence"),
        (item("TCOORD", TemporalRangeType="POINT"), "condition-missing", "ReferencedDateTime"),
        (item("CONTAINER"), "type1-missing", "ContinuityOfContent"),
        (item("PICTURE"), "enumerated-value", "ValueType"),
        (item("TEXT", "HOLDS", TextValue="x"), "enumerated-value", "RelationshipType"),
        ({"RelationshipType": "CONTAINS"}, "type1-missing", "ValueType"),
        (
            {"ValueType": "TEXT", "TextValue": "x", "ConceptNameCodeSequence": [NAME]},
            "type1-missing",
            "RelationshipType",
        ),
    ],
)
def test_faults_of_content_items(content, rule, name):
    assert tree(content) == [(rule, f"ContentSequence[1] > {name}")]


def test_value_types_need_a_concept_name_and_images_do_not():
    unnamed = {"RelationshipType": "CONTAINS", "ValueType": "TEXT", "TextValue": "x"}
    assert tree(unnamed) == [("condition-missing", "ContentSequence[1] > ConceptNameCodeSequence")]
    image = {"RelationshipType": "CONTAINS", "ValueType": "IMAGE", "ReferencedSOPSequence": [IMAGE]}
    assert tree(image) == []


def test_an_attribute_of_another_value_type_is_a_warning():
    attributes = {
        "SOPClassUID": COMPREHENSIVE_SR,
        "ValueType": "CONTAINER",
        "ContinuityOfContent": "SEPARATE",
        "ContentSequence": [item("TEXT", TextValue="x", ContinuityOfContent="SEPARATE")],
    }
    found = warned(structure(attributes, complete=False))
    assert found == [("sr-value-extra", "ContentSequence[1] > ContinuityOfContent")]


def test_the_value_of_another_value_type_is_forbidden():
    found = tree(item("TEXT", TextValue="x", PersonName="Synthetic^A"))
    assert found == [("condition-forbidden", "ContentSequence[1] > PersonName")]


@pytest.mark.parametrize(("sop_class", "expected"), [(CT, 1), (ENHANCED_CT, 0)])
def test_an_image_of_one_frame_has_no_frame_number(sop_class, expected):
    frame = IMAGE | {"ReferencedSOPClassUID": sop_class, "ReferencedFrameNumber": "1"}
    here = "ContentSequence[1] > ReferencedSOPSequence[1] > ReferencedFrameNumber"
    assert tree(item("IMAGE", ReferencedSOPSequence=[frame])) == [("condition-forbidden", here)] * expected


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (item("TEXT", TextValue="x"), item("TEXT", TextValue="x")),
        (item("TEXT", TextValue="x"), item("IMAGE", "SELECTED FROM", ReferencedSOPSequence=[IMAGE])),
        (item("TEXT", TextValue="x"), item("IMAGE", "HAS CONCEPT MOD", ReferencedSOPSequence=[IMAGE])),
    ],
)
def test_relationships_have_their_sources_and_targets(parent, child):
    found = tree(parent | {"ContentSequence": [child]})
    assert found == [("sr-relationship", "ContentSequence[1] > ContentSequence[1] > RelationshipType")]


def test_the_root_is_a_container_with_a_title():
    assert tree(ValueType="TEXT", TextValue="x", ContentSequence=...)[0] == ("enumerated-value", "ValueType")
    assert tree(ConceptNameCodeSequence=..., ContentSequence=...) == [("condition-missing", "ConceptNameCodeSequence")]


@pytest.mark.parametrize("sop_class", [BASIC_SR, KO])
def test_an_iod_narrows_the_value_types(sop_class):
    scoord = item("SCOORD", GraphicType="POINT", GraphicData=[1.0, 1.0])
    assert tree(scoord, sop_class=sop_class) == [("sr-value-type", "ContentSequence[1] > ValueType")]


@pytest.mark.parametrize(("completion", "expected"), [("COMPLETE", 0), ("PARTIAL", 1)])
def test_only_complete_documents_are_verified(completion, expected):
    flags = {"SOPClassUID": COMPREHENSIVE_SR, "CompletionFlag": completion, "VerificationFlag": "VERIFIED"}
    found = errors(structure(flags | {"ValueType": "CONTAINER", "ContinuityOfContent": "SEPARATE"}))
    assert found.count(("sr-verified", "VerificationFlag")) == expected


def test_references_in_the_tree_demand_evidence_and_verified_documents_an_observer():
    report = {
        "SOPClassUID": COMPREHENSIVE_SR,
        "ValueType": "CONTAINER",
        "ContinuityOfContent": "SEPARATE",
        "VerificationFlag": "VERIFIED",
        "ContentSequence": [item("IMAGE", ReferencedSOPSequence=[IMAGE])],
    }
    found = errors(structure(report))
    assert ("condition-missing", "CurrentRequestedProcedureEvidenceSequence") in found
    assert ("condition-missing", "VerifyingObserverSequence") in found
