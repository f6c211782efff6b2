"""Numbers and names inside one data set that refer to another place of it: beams, segments, surfaces, layers.

What is referred to has to be there, what identifies has to be unique, and what counts items has to count them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.places import along, first, whole
from scansim.wire.dataset import DataSet


@dataclass(frozen=True)
class Identified:
    """What has an identifier: the sequence, the attribute that identifies its items, and whoever names them.

    Parameters
    ----------
    sequence, keyword : str
        Items, and the attribute that identifies each.
    named_by : tuple of (str, str)
        Path of the items that refer to one of them, and the attribute that does.
    clause : str
        Where it stands.
    from_one : bool
        Whether they count from 1 on, one by one.
    needed : bool
        Whether a reference is at fault, too, when the sequence is absent.
    """

    sequence: str
    keyword: str
    named_by: tuple[tuple[str, str], ...]
    clause: str
    from_one: bool = False
    needed: bool = True


@dataclass(frozen=True)
class Counted:
    """An attribute that says how many items a sequence beside it has."""

    path: str
    keyword: str
    sequence: str
    clause: str


_ROI = "PS3.3 Tables C.8-41, C.8-42, C.8-44 (2020)"
_BEAMS, _IONS, _FRACTIONS = "PS3.3 Table C.8-50 (2020)", "PS3.3 Table C.8.8.25-1 (2020)", "PS3.3 Table C.8-49 (2020)"
_SEGMENTS, _SURFACES = "PS3.3 C.8.20.2.4 (2020)", "PS3.3 Table C.27-1 (2020)"
_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_layers = Identified(
    "GraphicLayerSequence",
    "GraphicLayer",
    (("GraphicAnnotationSequence", "GraphicLayer"),),
    "PS3.3 Tables C.10-5, C.10-7 (2020)",
)
_segments = Identified(
    "SegmentSequence",
    "SegmentNumber",
    tuple((f"{groups}>SegmentIdentificationSequence", "ReferencedSegmentNumber") for groups in _GROUPS),
    _SEGMENTS,
    from_one=True,
)


def _plan(beams: str, points: str, clause: str) -> tuple[Identified, ...]:
    return (
        Identified(
            beams, "BeamNumber", (("FractionGroupSequence>ReferencedBeamSequence", "ReferencedBeamNumber"),), clause
        ),
        Identified("FractionGroupSequence", "FractionGroupNumber", (), _FRACTIONS),
        Identified(
            "PatientSetupSequence",
            "PatientSetupNumber",
            ((beams, "ReferencedPatientSetupNumber"),),
            clause,
            needed=False,
        ),
        Identified(
            "DoseReferenceSequence",
            "DoseReferenceNumber",
            (
                ("FractionGroupSequence>ReferencedDoseReferenceSequence", "ReferencedDoseReferenceNumber"),
                (f"{beams}>ReferencedDoseReferenceSequence", "ReferencedDoseReferenceNumber"),
                (f"{beams}>{points}>ReferencedDoseReferenceSequence", "ReferencedDoseReferenceNumber"),
            ),
            clause,
            needed=False,
        ),
    )


_IDENTIFIED: dict[str, tuple[Identified, ...]] = {
    "rt-structure-set": (
        Identified(
            "StructureSetROISequence",
            "ROINumber",
            (
                ("ROIContourSequence", "ReferencedROINumber"),
                ("RTROIObservationsSequence", "ReferencedROINumber"),
                ("RTROIObservationsSequence>RTRelatedROISequence", "ReferencedROINumber"),
            ),
            _ROI,
        ),
        Identified("RTROIObservationsSequence", "ObservationNumber", (), _ROI),
    ),
    "rt-plan": (
        *_plan("BeamSequence", "ControlPointSequence", _BEAMS),
        Identified(
            "ToleranceTableSequence",
            "ToleranceTableNumber",
            (("BeamSequence", "ReferencedToleranceTableNumber"),),
            _BEAMS,
            needed=False,
        ),
        Identified(
            "ApplicationSetupSequence",
            "ApplicationSetupNumber",
            (
                (
                    "FractionGroupSequence>ReferencedBrachyApplicationSetupSequence",
                    "ReferencedBrachyApplicationSetupNumber",
                ),
            ),
            _FRACTIONS,
        ),
    ),
    "rt-ion-plan": _plan("IonBeamSequence", "IonControlPointSequence", _IONS),
    "segmentation": (_segments,),
    "surface-segmentation": (
        Identified(
            "SurfaceSequence",
            "SurfaceNumber",
            (("SegmentSequence>ReferencedSurfaceSequence", "ReferencedSurfaceNumber"),),
            _SURFACES,
            from_one=True,
        ),
        Identified("SegmentSequence", "SegmentNumber", (), _SEGMENTS, from_one=True),
    ),
    **{
        f"{kind}-softcopy-presentation-state": (_layers,)
        for kind in ("grayscale", "color", "pseudo-color", "blending", "xa-xrf-grayscale", "variable-modality-lut")
    },
}


def _beam_counts(beams: str, points: str, clause: str, *more: tuple[str, str]) -> tuple[Counted, ...]:
    return (
        Counted("FractionGroupSequence", "NumberOfBeams", "ReferencedBeamSequence", _FRACTIONS),
        Counted(beams, "NumberOfControlPoints", points, clause),
        Counted(beams, "NumberOfBoli", "ReferencedBolusSequence", clause),
        *(Counted(beams, keyword, sequence, clause) for keyword, sequence in more),
    )


_COUNTED: dict[str, tuple[Counted, ...]] = {
    "rt-plan": _beam_counts(
        "BeamSequence",
        "ControlPointSequence",
        _BEAMS,
        ("NumberOfWedges", "WedgeSequence"),
        ("NumberOfCompensators", "CompensatorSequence"),
        ("NumberOfBlocks", "BlockSequence"),
    ),
    "rt-ion-plan": _beam_counts(
        "IonBeamSequence",
        "IonControlPointSequence",
        _IONS,
        ("NumberOfWedges", "IonWedgeSequence"),
        ("NumberOfCompensators", "IonRangeCompensatorSequence"),
        ("NumberOfBlocks", "IonBlockSequence"),
        ("NumberOfRangeShifters", "RangeShifterSequence"),
        ("NumberOfLateralSpreadingDevices", "LateralSpreadingDeviceSequence"),
        ("NumberOfRangeModulators", "RangeModulatorSequence"),
    ),
    "surface-segmentation": (
        Counted("", "NumberOfSurfaces", "SurfaceSequence", _SURFACES),
        Counted("SegmentSequence", "SurfaceCount", "ReferencedSurfaceSequence", "PS3.3 Table C.8.23-1 (2020)"),
    ),
}


def judge_references(iod: str, root: DataSet, *, complete: bool) -> Iterator[IodFinding]:
    """Judge what refers, identifies and counts inside one data set.

    Parameters
    ----------
    iod : str
        Key of the IOD.
    root : DataSet
        The data set.
    complete : bool
        False when the bytes end early: what is missing then is not judged.
    """
    for identified in _IDENTIFIED.get(iod, ()):
        if identified is _segments and first(root, "SegmentationType") == "LABELMAP":
            # its segment numbers are pixel values, and may be any
            yield from _unique(identified, root, from_one=False)
        else:
            yield from _unique(identified, root, from_one=identified.from_one)
        if complete:
            yield from _named(identified, root)
    for counted in _COUNTED.get(iod, ()):
        yield from _counts(counted, root)


def _unique(identified: Identified, root: DataSet, *, from_one: bool) -> Iterator[IodFinding]:
    items = list(along(root, identified.sequence))
    found = Counter(first(item, identified.keyword) for _, item in items)
    seen: set[str] = set()
    for number, (path, item) in enumerate(items, 1):
        value = first(item, identified.keyword)
        here = f"{path}{identified.keyword}"
        if value and value in seen:
            text = f"{value!r} identifies {found[value]} items of {identified.sequence}, where each has its own"
            yield IodFinding("identifier-twice", IodLevel.ERROR, here, text, identified.clause)
        elif from_one and value.isdigit() and int(value) != number:
            text = f"{value}, where the items are numbered from 1 on, one by one: this is number {number}"
            yield IodFinding("identifier-order", IodLevel.ERROR, here, text, identified.clause)
        seen.add(value)


def _named(identified: Identified, root: DataSet) -> Iterator[IodFinding]:
    known = {first(item, identified.keyword) for _, item in along(root, identified.sequence)} - {""}
    if not known and not identified.needed:
        return
    for path, keyword in identified.named_by:
        for here, item in along(root, path):
            value = first(item, keyword)
            if value and value not in known:
                shown = ", ".join(sorted(known)[:8]) or "none"
                text = f"no item of {identified.sequence} has {identified.keyword} {value!r}; there is {shown}"
                yield IodFinding("reference-missing", IodLevel.ERROR, f"{here}{keyword}", text, identified.clause)


def _counts(counted: Counted, root: DataSet) -> Iterator[IodFinding]:
    for path, item in along(root, counted.path):
        stated, found = whole(item, counted.keyword), len(item.items(counted.sequence))
        # a sequence that is absent is a finding of its condition
        if stated is not None and found and stated != found:
            text = f"{stated}, and {counted.sequence} has {found} items"
            yield IodFinding("count-disagrees", IodLevel.ERROR, f"{path}{counted.keyword}", text, counted.clause)
