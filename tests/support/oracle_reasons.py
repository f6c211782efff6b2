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
    on the attribute of the line, ``told`` that it has an error on the attribute that was changed. ``example`` is the
    key of an IOD and a mutant of its minimal instance. Of "dciodvfy" the checker lacks something: these are the misses.
    """

    example: tuple[str, str]
    right: Who
    why: str
    line: str = ""
    case: str = ""
    level: str = ""
    told: bool = False

    def explains(self, line: str, case: str, findings: Iterable[IodFinding]) -> bool:
        """Whether an error on a mutant is of this kind."""
        if not (re.search(self.line, line) and re.search(self.case, case)):
            return False
        if self.told and re.split(r" > | ", case)[-1] not in named(findings):
            return False
        return not self.level or bool(attributes(line) & named(findings, self.level))


_CT, _DX = "ct-image", "digital-x-ray-image"
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
    "type-3-sequence": Reason(
        (_CT, "emptied SourceImageSequence"),
        "checker",
        "a Type 3 sequence without an item is an error; it may be empty (PS3.5 7.4.5), and is a warning",
        line=r"Bad Sequence number of Items 0|Bad attribute Value Multiplicity Type 3 Optional Element=<\w+Sequence>",
        level="warning",
    ),
    "consequence": Reason(
        (_CT, "deleted Rows"),
        "checker",
        "what the checker tells of the changed attribute has consequences elsewhere: one fault, one finding",
        told=True,
    ),
}

#: Images.
OF_IMAGES: dict[str, Reason] = {}

#: Others.
OF_OTHERS: dict[str, Reason] = {
    "empty-item": Reason(
        (_MAP, "deleted SharedFunctionalGroupsSequence > ParametricMapFrameTypeSequence > FrameType"),
        "checker",
        "an item without an attribute lacks each that it needs; the item is empty: one fault, one finding",
        line=r"Missing attribute .*Element=<(FrameType|ReferencedSegmentNumber|DimensionOrganizationUID|PixelSpacing|"
        r"SliceThickness|Image(Position|Orientation)Patient)>",
        case=r"^deleted .*Sequence > \w+$",
    ),
    "allowed-empty": Reason(
        ("segmentation", "emptied PerFrameFunctionalGroupsSequence > FrameContentSequence > StackID"),
        "checker",
        "an attribute that is empty though its condition does not hold; no clause says that it needs a value then",
        line=r"present but empty \(no value\) even though condition not satisfied",
        level="warning",
    ),
    "frames-told": Reason(
        (_MAP, "other NumberOfFrames"),
        "checker",
        "frames below 1 are told of where they disagree with the items of the frames; no length of pixels follows",
        line="PixelData has incorrect value length",
        case="other NumberOfFrames",
    ),
    "synchronization-of-derived": Reason(
        (_MAP, "added RespiratoryMotionCompensationTechnique"),
        "checker",
        "of a map, which is derived, no signal source is asked for, and a technique may be there (C.7.6.18)",
        line="Element=<(RespiratorySignalSource|BulkMotionCompensationTechnique)>",
    ),
    "review-without-status": Reason(
        ("rt-plan", "added ReviewDate"),
        "checker",
        "Approval Status is missing, which says whether a review may be there: one fault, one finding",
        line="Attribute present .*Element=<Review(Date|Time|erName)>",
        case="added Review",
    ),
    "shutter-without-shape": Reason(
        (_STATE, "added RadiusOfCircularShutter"),
        "checker",
        "Shutter Shape is missing, which says what describes it: one fault, one finding",
        line=r"Attribute present .*Element=<(RadiusOfCircularShutter|Shutter\w+Edge)>",
        case=r"added (RadiusOfCircularShutter|Shutter\w+Edge)",
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
    "frame-time": Reason(
        ("rt-image", "added FrameTime"),
        "undecided",
        "Frame Time without a Frame Increment Pointer that names it; without the pointer the condition is not decided",
        line=r"Attribute present .*Element=<FrameTime(Vector)?>",
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
    "modality-of-models": Reason(
        ("encapsulated-stl", "other Modality"),
        "undecided",
        "M3D is the only modality of an encapsulated model; C.24.1 of 2020 has defined terms",
        line="enumerated value .*<Modality>",
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
