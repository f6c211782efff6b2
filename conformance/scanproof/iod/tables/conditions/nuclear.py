"""Conditions of PET and Nuclear Medicine images (PS3.3 C.8.9, C.8.4)."""

from __future__ import annotations

from scanproof.iod.tables.logic import ALWAYS, Condition, points_to, present, required_if, value_is

_gated = value_is("SeriesType", "GATED", index=1)
_whole_body = value_is("ImageType", "WHOLE BODY", index=3)
_transmission = value_is("ImageType", "TRANSMISSION", index=4, anywhere=True)
_TOMOGRAPHIC = ("TOMO", "GATED TOMO", "RECON TOMO", "RECON GATED TOMO")

#: Attributes of NM that are there for each vector that Frame Increment Pointer names.
_BY_VECTOR = {
    "EnergyWindowVector": (),
    "DetectorVector": (),
    "PhaseVector": ("NumberOfPhases",),
    "RotationVector": (),
    "RRIntervalVector": ("NumberOfRRIntervals",),
    "TimeSlotVector": ("NumberOfTimeSlots",),
    "SliceVector": ("NumberOfSlices",),
    "AngularViewVector": (),
    "TimeSliceVector": (),
}

NUCLEAR: dict[tuple[str, str], Condition] = {
    # --- PET ---
    ("pet-series", "ReprojectionMethod"): required_if(value_is("SeriesType", "REPROJECTION", index=2)),
    ("pet-series", "NumberOfRRIntervals"): required_if(_gated),
    ("pet-series", "NumberOfTimeSlots"): required_if(_gated),
    ("pet-series", "NumberOfTimeSlices"): required_if(value_is("SeriesType", "DYNAMIC", index=1)),
    ("pet-image", "TriggerTime"): required_if(_gated),
    ("pet-image", "FrameTime"): required_if(_gated),
    ("pet-image", "LowRRValue"): required_if(_gated & value_is("BeatRejectionFlag", "Y")),
    ("pet-image", "HighRRValue"): required_if(_gated & value_is("BeatRejectionFlag", "Y")),
    ("pet-image", "DecayFactor"): required_if(~value_is("DecayCorrection", "NONE")),
    # --- NM ---
    **{
        ("nm-multi-frame", keyword): required_if(points_to(vector))
        for vector, numbers in _BY_VECTOR.items()
        for keyword in (vector, *numbers)
    },
    ("nm-multi-frame", "NumberOfRotations"): required_if(value_is("ImageType", *_TOMOGRAPHIC, index=3)),
    ("nm-image", "ActualFrameDuration"): required_if(value_is("ImageType", "WHOLE BODY", "STATIC", index=3)),
    ("nm-image", "ScanVelocity"): required_if(_whole_body),
    ("nm-image", "ScanLength"): required_if(_whole_body),
    ("nm-detector", "DetectorInformationSequence>DistanceSourceToDetector"): required_if(
        _transmission & ~value_is("ImageType", *_TOMOGRAPHIC, index=3, anywhere=True)
    ),
    ("nm-tomo-acquisition", "RotationInformationSequence>DistanceSourceToDetector"): required_if(_transmission),
    ("nm-multi-gated-acquisition", "GatedInformationSequence"): required_if(points_to("RRIntervalVector")),
    ("nm-phase", "PhaseInformationSequence"): required_if(points_to("PhaseVector")),
    # the vector stands beside the number, in the item
    ("nm-phase", "PhaseInformationSequence>NumberOfTriggersInPhase"): required_if(present("TriggerVector")),
}

_NM, _PET = "nuclear-medicine-image", "positron-emission-tomography-image"
#: Modules of usage C, by IOD (PS3.3 Tables A.5-1 and A.21.3-1).
NUCLEAR_MODULES: dict[tuple[str, str], Condition] = {
    (_PET, "pet-multi-gated-acquisition"): required_if(_gated),
    (_NM, "nm-tomo-acquisition"): required_if(value_is("ImageType", *_TOMOGRAPHIC, index=3)),
    (_NM, "nm-multi-gated-acquisition"): required_if(
        value_is("ImageType", "GATED", "GATED TOMO", "RECON GATED TOMO", index=3)
    ),
    (_NM, "nm-phase"): required_if(value_is("ImageType", "DYNAMIC", index=3)),
    (_NM, "nm-reconstruction"): required_if(value_is("ImageType", "RECON TOMO", "RECON GATED TOMO", index=3), ALWAYS),
}
