"""Attributes with a value for each frame, and what counts the things that they tell apart (NM, multi-frame SC, XA)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Vector:
    """An attribute with a value for each frame; ``numbers`` names the attribute that says how many there are."""

    clause: str
    numbers: str = ""
    single: bool = False


_NM, _INCREMENT = "PS3.3 C.8.4.8.1.{} (2020)", "PS3.3 C.8.7.5.1.3 (2020)"
#: Vectors wherever their modules are used (NM, multi-frame SC, XA); one with `single` may have one value for all.
VECTORS: dict[str, Vector] = {
    "EnergyWindowVector": Vector(_NM.format(2), "NumberOfEnergyWindows"),
    "DetectorVector": Vector(_NM.format(3), "NumberOfDetectors"),
    "PhaseVector": Vector(_NM.format(4), "NumberOfPhases"),
    "RotationVector": Vector(_NM.format(5), "NumberOfRotations"),
    "RRIntervalVector": Vector(_NM.format(6), "NumberOfRRIntervals"),
    "TimeSlotVector": Vector(_NM.format(7), "NumberOfTimeSlots"),
    "SliceVector": Vector(_NM.format(8), "NumberOfSlices"),
    "AngularViewVector": Vector(_NM.format(9)),
    "TimeSliceVector": Vector(_NM.format(10)),
    "FrameTimeVector": Vector("PS3.3 C.7.6.5.1.2 (2020)"),
    "FrameLabelVector": Vector("PS3.3 Table C.8-26 (2020)"),
    "PositionerPrimaryAngleIncrement": Vector(_INCREMENT, single=True),
    "PositionerSecondaryAngleIncrement": Vector(_INCREMENT, single=True),
}
#: IODs in which every bit that is allocated is stored, and where they say so.
ALL_BITS = {
    "nuclear-medicine-image": "PS3.3 Table C.8-6 (2020)",
    "ultrasound-image": "PS3.3 C.8.5.6.1.14 (2020)",
    "ultrasound-multi-frame-image": "PS3.3 C.8.5.6.1.14 (2020)",
}
#: Sequences with an item for each of a number of things, unless they are empty (NM).
COUNTED = {
    "EnergyWindowInformationSequence": ("NumberOfEnergyWindows", "PS3.3 Table C.8-10 (2020)"),
    "DetectorInformationSequence": ("NumberOfDetectors", "PS3.3 Table C.8-11 (2020)"),
    "RotationInformationSequence": ("NumberOfRotations", "PS3.3 Table C.8-12 (2020)"),
    "GatedInformationSequence": ("NumberOfRRIntervals", "PS3.3 Table C.8-13 (2020)"),
    "PhaseInformationSequence": ("NumberOfPhases", "PS3.3 Table C.8-14 (2020)"),
}
#: Every attribute that these tables look at, but for those that conditions look at as well.
LOOKED_AT = (
    *("BitsAllocated", "BitsStored"),
    *VECTORS,
    *(vector.numbers for vector in VECTORS.values() if vector.numbers),
)
