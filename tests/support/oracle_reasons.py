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
OF_OTHERS: dict[str, Reason] = {}

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
