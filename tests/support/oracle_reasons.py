"""Why dciodvfy has an error on an automatic mutant of a class that the checker has not, and who is right.

Each reason is told in docs/iod-disagreements.md under its name. Its example is tried: one that no longer explains
anything must go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from scanproof.iod import IodFinding
from tests.support.dciodvfy import attributes, named

Who = Literal["checker", "both", "undecided", "dciodvfy"]


@dataclass(frozen=True)
class Reason:
    """What of dciodvfy's errors it explains, who is right, and why.

    ``line`` is a pattern of the line, ``case`` of the mutant; ``level`` says that the checker has a warning (or a note)
    on the attribute of the line, ``rule`` that it has a finding of this rule, ``told`` that it has an error on the
    attribute that was changed. ``example`` is the key of an IOD and a mutant of its minimal instance, or of one
    that is ``generated``. Of "dciodvfy" the checker lacks something: these are the misses.
    """

    example: tuple[str, str]
    right: Who
    why: str
    line: str = ""
    case: str = ""
    level: str = ""
    rule: str = ""
    told: bool = False
    generated: bool = False

    def explains(self, line: str, case: str, findings: tuple[IodFinding, ...]) -> bool:
        """Whether an error on a mutant is of this kind."""
        if not (re.search(self.line, line) and re.search(self.case, case)):
            return False
        if self.rule and all(finding.rule != self.rule for finding in findings):
            return False
        if self.told and re.split(r" > | ", case)[-1] not in named(findings):
            return False
        return not self.level or bool(attributes(line) & named(findings, self.level))


_CT, _DX, _ENHANCED_MR = "ct-image", "digital-x-ray-image", "enhanced-mr-image"
_MAP, _STATE = "parametric-map", "grayscale-softcopy-presentation-state"
_COLORED = "pseudo-color-softcopy-presentation-state"

#: What is of no class: said of whatever has the attribute.
OF_ALL: dict[str, Reason] = {
    "summary-lines": Reason(
        (_CT, "garbled SOPClassUID"),
        "both",
        "says once more that there were errors, or gives up, and names no attribute",
        line=r"contains invalid data values|Dicom dataset read failed|Information Object Not found",
    ),
    "lone-optional": Reason(
        (_CT, "added ClinicalTrialTimePointDescription"),
        "checker",
        "a Type 3 attribute of an optional module does not prove that the module is in use; what it lacks is a warning",
        line="Missing attribute",
        level="warning",
    ),
    "alternatives": Reason(
        (_CT, "added ClinicalTrialSiteID"),
        "checker",
        "of alternatives that are all missing, the first alone is asked for: one fault, one finding",
        line=r"Missing attribute .*Element=<(VOILUTSequence|LongCodeValue|URNCodeValue|ClinicalTrialSubjectReadingID|"
        r"DeidentificationMethodCodeSequence|PatientSpeciesCodeSequence)>",
    ),
    "laterality": Reason(
        (_CT, "deleted BodyPartExamined"),
        "checker",
        "an unknown body part counts as a paired one; the condition is not decidable then (PS3.3 C.7.3.1)",
        line="Element=<Laterality>",
    ),
    "species": Reason(
        (_CT, "added PatientSpeciesDescription"),
        "checker",
        "whoever has a species counts as an animal; Homo sapiens may be written as well (PS3.3 C.7.1.1)",
        line=r"Element=<(PatientBreed\w+|BreedRegistrationSequence|Responsible(Person|Organization))>",
        case="added PatientSpeciesDescription",
    ),
    "study-of-animals": Reason(
        (_CT, "added StrainDescription"),
        "checker",
        "Patient's Sex Neutered is asked for, though nothing of the Patient Study Module, which is optional, is there",
        line="Element=<PatientSexNeutered>",
    ),
    "cut-off": Reason(
        ("rt-plan", "added BrachyTreatmentType"),
        "checker",
        "where a file ends too early, what is missing behind is told of at once, in one finding",
        line="Missing attribute",
        rule="truncated",
    ),
    "length-of-nothing": Reason(
        ("rt-dose", "added PixelData"),
        "checker",
        "without rows, columns and bits no length of pixels is computed: what is missing is told of",
        line="PixelData has incorrect value length - expected 0 dec",
    ),
    "consequence": Reason(
        (_CT, "added PixelDataProviderURL"),
        "checker",
        "what the checker tells of the changed attribute has consequences elsewhere: one fault, one finding",
        told=True,
    ),
}

#: Images.
OF_IMAGES: dict[str, Reason] = {
    "shape-of-nothing": Reason(
        (_DX, "added RadiusOfCircularShutter"),
        "checker",
        "without a Shutter Shape, which is an error, it is not decided which measures of a shutter belong to it",
        line=r"present when condition unsatisfied .*Element=<(RadiusOfCircularShutter|Shutter\w+Edge)>",
        case=r"added (\w+Edge|RadiusOfCircularShutter)$",
    ),
    "modality-of-conversion": Reason(
        ("secondary-capture-image", "emptied Modality"),
        "checker",
        "Modality is Type 3 in the SC Equipment Module, which overrides General Series (PS3.3 C.8.6.1)",
        line="present but empty .*Element=<Modality>",
    ),
    "defined-terms": Reason(
        (_ENHANCED_MR, "other AcquisitionContrast"),
        "checker",
        "what the text has as Defined Terms counts as enumerated; another value is a warning",
        line="Unrecognized (enumerated value|bitmap)",
        level="warning",
    ),
    "empty-besides": Reason(
        (
            "enhanced-ct-image",
            "emptied SharedFunctionalGroupsSequence > PlaneOrientationSequence > ImageOrientationPatient",
        ),
        "checker",
        "what is of Type 3, or of Type 1C and may be there besides, is there without a value or an item: a warning",
        line="no value|Empty attribute|number of Items 0|Multiplicity Type 3 Optional Element=<\\w+Sequence>",
        level="warning",
    ),
    "empty-item": Reason(
        ("enhanced-ct-image", "deleted DimensionOrganizationSequence > DimensionOrganizationUID"),
        "checker",
        "an item without an attribute lacks each that it needs; the checker says so once, at the item",
        line="Missing attribute",
        rule="item-empty",
    ),
    "staged": Reason(
        ("ultrasound-image", "added ViewNumber"),
        "undecided",
        "a view has a number or a name outside of a protocol in stages as well (PS3.3 C.8.5.6)",
        line="Element=<NumberOf(ViewsInStage|Stages)>",
        case="added View",
    ),
    "anatomy-known": Reason(
        (_DX, "emptied AnatomicRegionSequence"),
        "checker",
        "Anatomic Region Sequence may be empty (Type 2); that Body Part Examined has a value forbids nothing there",
        line="AnatomicRegionSequence is only permitted to be empty",
    ),
    "position-of-series": Reason(
        (_DX, "added PatientPosition"),
        "checker",
        "Patient Position is of General Series, too, and does not prove that the DX Positioning Module is in use",
        line="Element=<PositionerType>",
        case="added PatientPosition",
    ),
    "gating-unknown": Reason(
        ("mr-image", "added TriggerTime"),
        "undecided",
        "without a value of Scan Options it is not known whether a heart gated (PS3.3 C.8.3.1)",
        line="Element=<TriggerTime>",
        case="added TriggerTime",
    ),
    "besides-originals": Reason(
        (_ENHANCED_MR, "added PulseSequenceName"),
        "checker",
        "the text adds 'may be present otherwise' (PS3.3 C.8.13.4, C.7.6.18.3)",
        line=r"present when condition unsatisfied .*Element=<(BulkMotionCompensationTechnique|MRAcquisitionType|"
        r"PulseSequenceName)>",
    ),
    "derived-breath": Reason(
        ("enhanced-ct-image", "added RespiratoryMotionCompensationTechnique"),
        "checker",
        "Respiratory Signal Source is asked for of original and mixed images alone (PS3.3 C.7.6.18.2)",
        line="Element=<Respiratory(SignalSource|SynchronizationSequence)>",
        case="added RespiratoryMotionCompensationTechnique",
    ),
    "fewer-in-the-vector": Reason(
        ("nuclear-medicine-image", "other NumberOfDetectors"),
        "undecided",
        "a vector that names fewer than there are: no clause says that each has a frame (PS3.3 C.8.4.8)",
        line="Specified number of vector values does not match",
    ),
    "two-empty-values": Reason(
        ("nuclear-medicine-image", "doubled PixelSpacing"),
        "undecided",
        "two empty values of a Type 2 attribute are read as zeros",
        line="Value is zero .*<Pixel Spacing>",
        case="doubled PixelSpacing",
    ),
    "derived-frames": Reason(
        (
            "enhanced-us-volume",
            "deleted PerFrameFunctionalGroupsSequence > FrameContentSequence > FrameAcquisitionDateTime",
        ),
        "checker",
        "dates and durations are asked for of frames whose own Frame Type is ORIGINAL (PS3.3 C.7.6.16.2.2)",
        line="Element=<Frame(Acquisition|Reference)D",
    ),
    "capable-system": Reason(
        (
            _ENHANCED_MR,
            "deleted SharedFunctionalGroupsSequence > MRTimingAndRelatedParametersSequence > OperatingModeSequence",
        ),
        "undecided",
        "what law asks for and what a system can calculate are not known (PS3.3 C.8.13.5.2)",
        line="Element=<(OperatingModeSequence|SpecificAbsorptionRateSequence|GradientOutput(Type)?)>",
        generated=True,
    ),
    "logical-index": Reason(
        (_ENHANCED_MR, "other PerFrameFunctionalGroupsSequence > FrameContentSequence > InStackPositionNumber"),
        "checker",
        "index values are independent of the values of the attribute that they index (PS3.3 C.7.6.17.1)",
        line="DimensionIndexValue for InStackPositionNumber",
        generated=True,
    ),
    "two-units": Reason(
        (_CT, "other Exposure"),
        "undecided",
        "two attributes have one quantity in two units; no clause says how near to each other they are",
        line="Scaled numeric values for same concept are inconsistent",
        generated=True,
    ),
    "position-beside-codes": Reason(
        (_DX, "added PatientPosition"),
        "checker",
        "the DX Positioning Module has both Patient Position and its codes (PS3.3 C.8.11.5)",
        line="when PatientOrientationCodeSequence is present",
        generated=True,
    ),
    "placed-volume": Reason(
        ("enhanced-us-volume", "deleted PatientOrientation"),
        "undecided",
        "whether a volume in space of its own asks for Patient Orientation is not said (PS3.3 C.7.6.1)",
        line="Element=<PatientOrientation>",
    ),
}

#: Others.
OF_OTHERS: dict[str, Reason] = {
    "undistorted-segment": Reason(
        ("segmentation", "deleted SharedFunctionalGroupsSequence > PixelMeasuresSequence > SliceThickness"),
        "undecided",
        "no frame type says whether a segmentation is distorted, on which these conditions depend (C.7.6.16.2)",
        line="Element=<(PixelSpacing|SliceThickness|Image(Position|Orientation)Patient)>",
        case="^deleted .*Sequence > ",
    ),
    "review-without-status": Reason(
        ("rt-plan", "added ReviewDate"),
        "checker",
        "Approval Status is missing, which says whether a review may be there: one fault, one finding",
        line="Attribute present .*Element=<Review(Date|Time|erName)>",
        case="added Review",
    ),
    "corners": Reason(
        (_STATE, "garbled DisplayedAreaSelectionSequence > DisplayedAreaTopLeftHandCorner"),
        "dciodvfy",
        "corners of the displayed area that lie the wrong way around; they may where the image is turned or flipped",
        line="DisplayedAreaSelectionSequence is internally inconsistent",
    ),
    "palette-named": Reason(
        (_COLORED, "other RedPaletteColorLookupTableDescriptor"),
        "both",
        "of descriptor and data that disagree, names the one; the checker names the data",
        line="LookupTableData has wrong length",
    ),
    "palette-values": Reason(
        (_COLORED, "garbled RedPaletteColorLookupTableData"),
        "undecided",
        "entries of 16 bits that are all small; nothing says how much of its range a palette has to use",
        line="LookupTableData bad - .* but maximum LUT Data value is",
    ),
    "dose-without-grid": Reason(
        ("rt-dose", "added InstanceNumber"),
        "checker",
        "an attribute of an image makes the dose a grid; that it is one is told by its pixels (A.18.3)",
        line="Missing attribute .*Module=<(GeneralImage|Image(Pixel|Plane)|ImagePixelDescriptionMacro)>",
        case=r"^added (InstanceNumber|SliceThickness|Rows|Columns)$",
    ),
    "range-without-pixels": Reason(
        ("rt-dose", "added PixelPaddingRangeLimit"),
        "checker",
        "Pixel Padding Value goes with Pixel Data or their URL, of which there is neither (C.7.5.1.1.2)",
        line="Missing attribute .*Element=<PixelPaddingValue>",
        case="added PixelPaddingRangeLimit",
    ),
    "spacing-of-zero": Reason(
        ("rt-image", "doubled ImagePlanePixelSpacing"),
        "undecided",
        "a spacing of 0 is an error; no clause of RT Image forbids it",
        line="Value is zero .*<Image Plane Pixel Spacing>",
    ),
    "signed-portal": Reason(
        ("rt-image", "other PixelRepresentation"),
        "checker",
        "signed pixels are an error; they are where 8 bits are allocated (C.8.8.2.6.6, 2025a)",
        line="enumerated value <0x1> .*<Pixel Representation>",
    ),
    "position-allowed": Reason(
        ("rt-image", "added PatientPosition"),
        "checker",
        "Patient Position without an isocenter is an error; it may be present otherwise (Table C.8-39)",
        line="Attribute present .*Element=<PatientPosition> Module=<RTImage>",
    ),
    "relationship-terms": Reason(
        ("rt-image", "added PixelIntensityRelationship"),
        "undecided",
        "LIN and LOG are the only values of RT Image; Table C.8-39 of 2020 names none",
        line="enumerated value .*<Pixel Intensity Relationship>",
    ),
    "planes-of-no-type": Reason(
        ("segmentation", "deleted SharedFunctionalGroupsSequence > PixelMeasuresSequence > PixelSpacing"),
        "undecided",
        "planes are measured where frames are original or make a volume; a segmentation says neither (C.7.6.16.2)",
        line="Element=<(PixelSpacing|SliceThickness|Image(Position|Orientation)Patient)>",
        case=r"^deleted \w+FunctionalGroupsSequence > P(ixelMeasures|lanePosition|laneOrientation)Sequence > ",
    ),
}

REASONS: Mapping[str, Reason] = {**OF_ALL, **OF_IMAGES, **OF_OTHERS}


def unexplained(
    lines: Iterable[str], before: Set[str], case: str, findings: tuple[IodFinding, ...], used: dict[str, int]
) -> tuple[int, list[str]]:
    """Errors of dciodvfy that are new on a mutant: how many there are on attributes of our errors, and which have no
    reason; `used` counts by reason what has one.
    """
    ours, same, lacking = named(findings), 0, []
    for line in lines:
        if line in before:
            continue
        if attributes(line) & ours:
            same += 1
            continue
        reason = next((name for name, each in REASONS.items() if each.explains(line, case, findings)), None)
        if reason is None:
            lacking.append(line)
        else:
            used[reason] = used.get(reason, 0) + 1
    return same, lacking
