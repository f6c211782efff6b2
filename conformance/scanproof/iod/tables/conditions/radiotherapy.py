"""Conditions of RT Image, RT Dose, RT Structure Set, RT Plan and RT Ion Plan (PS3.3 C.8.8)."""

from __future__ import annotations

from scanproof.iod.tables.conditions.shorthand import of
from scanproof.iod.tables.logic import (
    ALWAYS,
    UNKNOWN,
    Condition,
    Expression,
    Scope,
    Truth,
    filled,
    has_no_value,
    number,
    present,
    required_if,
    value_is,
)

_SEGMENTATION, _FIDUCIALS = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.2"


def _more_than_none(keyword: str) -> Expression:
    return number(keyword, lambda value: value > 0, "is more than 0")


def _first_of(sequence: str) -> Expression:
    """Whether this is the first item of a sequence; of a later one nothing is known of what changes."""

    def decide(scope: Scope) -> Truth:
        items = scope[1].items(sequence) if len(scope) > 1 else ()
        return True if items and items[0] is scope[0] else None

    return Expression(decide, frozenset(), f"it is the first item of {sequence}")


def _any_item(sequence: str, keyword: str) -> Expression:
    """Whether some item of a sequence has a value of an attribute."""

    def decide(scope: Scope) -> Truth:
        items = scope[0].items(sequence)
        return any(keyword in item and not has_no_value(item, keyword) for item in items)

    return Expression(decide, frozenset(), f"an item of {sequence} has {keyword}")


def _any_group(keyword: str) -> Expression:
    """Whether the number of some fraction group is above zero."""

    def decide(scope: Scope) -> Truth:
        counts = [group.text(keyword) for group in scope[-1].items("FractionGroupSequence")]
        return any(count.isdigit() and int(count) > 0 for count in counts)

    return Expression(decide, frozenset(), f"{keyword} of a fraction group is more than 0")


def _several(sequence: str) -> Expression:
    """Whether a sequence around has more than one item."""
    return Expression(
        lambda scope: any(len(level.items(sequence)) > 1 for level in scope),
        frozenset(),
        f"{sequence} has several items",
    )


def _kind(*kinds: str) -> Expression:
    return value_is("ImageType", *kinds, index=3, anywhere=True)


_frames = number("NumberOfFrames", lambda value: value > 1, "is more than 1", anywhere=True)
# Of a header alone, which has its rows and not its pixels, nothing is known.
_grid = present("PixelData") | present("Rows") & UNKNOWN
_leaves = value_is("RTBeamLimitingDeviceType", "MLCX", "MLCY")
_non_standard = value_is("FluenceMode", "NON_STANDARD")
_square_or_circle = value_is("ApplicatorApertureShape", "SYM_SQUARE", "SYM_CIRCULAR")
_rectangle = value_is("ApplicatorApertureShape", "SYM_RECTANGLE")
_exposure = "ExposureSequence"
_reviewed = required_if(value_is("ApprovalStatus", "APPROVED", "REJECTED"))

IMAGE: dict[tuple[str, str], Condition] = {
    **of("rt-image", required_if(present("PixelIntensityRelationship")), "PixelIntensityRelationshipSign"),
    **of("rt-image", required_if(_kind("SIMULATOR", "PORTAL")), "ReportedValuesOrigin"),
    **of("rt-image", required_if(value_is("RTImagePlane", "NON_NORMAL"), ALWAYS), "RTImageOrientation"),
    **of("rt-image", required_if(_kind("FLUENCE")), "FluenceMapSequence"),
    **of("rt-image", required_if(present("IsocenterPosition"), ALWAYS), "PatientPosition"),
    **of("rt-image", required_if(_several(_exposure) & _frames, ALWAYS), f"{_exposure}>ReferencedFrameNumber"),
    **of("rt-image", required_if(_kind("PORTAL", "SIMULATOR", "RADIOGRAPH"), ALWAYS), f"{_exposure}>KVP"),
    **of(
        "rt-image",
        required_if(_kind("SIMULATOR", "RADIOGRAPH"), ALWAYS),
        f"{_exposure}>XRayTubeCurrent",
        f"{_exposure}>ExposureTime",
    ),
    **of("rt-image", required_if(_kind("PORTAL"), ALWAYS), f"{_exposure}>MetersetExposure"),
    **of("rt-image", required_if(_more_than_none("NumberOfBlocks"), ALWAYS), f"{_exposure}>BlockSequence"),
    **of("approval", _reviewed, "ReviewDate", "ReviewTime", "ReviewerName"),
}

_BY_DELIVERY = ("FRACTION", "BEAM", "BRACHY", "FRACTION_SESSION", "BEAM_SESSION", "BRACHY_SESSION", "CONTROL_POINT")
#: What the editions after 2020 add is not decided.
_SUMMATIONS = ("PLAN", "MULTI_PLAN", *_BY_DELIVERY, "RECORD")
_plan, _fraction = "ReferencedRTPlanSequence", "ReferencedRTPlanSequence>ReferencedFractionGroupSequence"


def _summed(*types: str) -> Condition:
    known = value_is("DoseSummationType", *_SUMMATIONS, anywhere=True)
    return required_if(value_is("DoseSummationType", *types, anywhere=True), ~known)


_multi_frame = number("NumberOfFrames", lambda value: value > 1, "is more than 1")
_by_offsets = value_is("FrameIncrementPointer", "(3004,000C)")

DOSE: dict[tuple[str, str], Condition] = {
    **of(
        "rt-dose",
        required_if(_grid),
        *("SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit"),
        *("PixelRepresentation", "DoseGridScaling"),
    ),
    **of("rt-dose", required_if(_grid & _multi_frame & _by_offsets, ALWAYS), "GridFrameOffsetVector"),
    **of("rt-dose", _summed("PLAN", "MULTI_PLAN", *_BY_DELIVERY), _plan),
    **of("rt-dose", _summed(*_BY_DELIVERY), _fraction),
    **of("rt-dose", _summed("BEAM", "BEAM_SESSION", "CONTROL_POINT"), f"{_fraction}>ReferencedBeamSequence"),
    **of("rt-dose", _summed("CONTROL_POINT"), f"{_fraction}>ReferencedBeamSequence>ReferencedControlPointSequence"),
    **of("rt-dose", _summed("BRACHY", "BRACHY_SESSION"), f"{_fraction}>ReferencedBrachyApplicationSetupSequence"),
    **of("rt-dose", _summed("RECORD"), "ReferencedTreatmentRecordSequence"),
    **of(
        "rt-dose",
        required_if(value_is("SpatialTransformOfDose", "RIGID", "NON_RIGID"), ALWAYS),
        "ReferencedSpatialRegistrationSequence",
    ),
}

_source = "StructureSetROISequence>DefinitionSourceSequence"
_property = "RTROIObservationsSequence>ROIPhysicalPropertiesSequence"
STRUCTURES: dict[tuple[str, str], Condition] = {
    **of(
        "structure-set",
        required_if(value_is("ReferencedSOPClassUID", _SEGMENTATION), ALWAYS),
        f"{_source}>ReferencedSegmentNumber",
    ),
    **of(
        "structure-set",
        required_if(value_is("ReferencedSOPClassUID", _FIDUCIALS), ALWAYS),
        f"{_source}>ReferencedFiducialUID",
    ),
    **of(
        "rt-roi-observations",
        required_if(value_is("ROIPhysicalProperty", "ELEM_FRACTION")),
        f"{_property}>ROIElementalCompositionSequence",
    ),
}

_group, _beam, _reference = "FractionGroupSequence", "BeamSequence", "FractionGroupSequence>ReferencedBeamSequence"
_setup = "ApplicationSetupSequence>ChannelSequence"
_point, _ion, _ion_point = "ControlPointSequence", "IonBeamSequence", "IonControlPointSequence"
_material = filled("MaterialID")
_applicator = present("SourceApplicatorNumber")
_length = present("ChannelEffectiveLength")
#: Before the enhanced beam limiting devices came, every beam had the others (2020).
_plain_devices = required_if(~present("EnhancedRTBeamLimitingDeviceSequence"), ALWAYS)
_position = "BeamLimitingDevicePositionSequence"

PLAN: dict[tuple[str, str], Condition] = {
    **of("rt-general-plan", required_if(value_is("RTPlanGeometry", "PATIENT")), "ReferencedStructureSetSequence"),
    **of(
        "rt-prescription",
        required_if(value_is("DoseReferenceStructureType", "POINT", "VOLUME"), ALWAYS),
        "DoseReferenceSequence>ReferencedROINumber",
    ),
    **of(
        "rt-prescription",
        required_if(value_is("DoseReferenceStructureType", "COORDINATES"), ALWAYS),
        "DoseReferenceSequence>DoseReferencePointCoordinates",
    ),
    # of two alternatives the first alone is asked for: one fault, one finding
    **of(
        "rt-patient-setup",
        required_if(~present("PatientAdditionalPosition"), ALWAYS),
        "PatientSetupSequence>PatientPosition",
    ),
    **of("rt-fraction-scheme", required_if(_more_than_none("NumberOfBeams")), _reference),
    **of(
        "rt-fraction-scheme",
        required_if(_more_than_none("NumberOfBrachyApplicationSetups")),
        f"{_group}>ReferencedBrachyApplicationSetupSequence",
    ),
    **of("rt-fraction-scheme", required_if(present("AlternateBeamDose"), ALWAYS), f"{_reference}>BeamDoseType"),
    **of("rt-fraction-scheme", required_if(present("AlternateBeamDose")), f"{_reference}>AlternateBeamDoseType"),
    # --- beams ---
    **of("rt-beams", _plain_devices, f"{_beam}>BeamLimitingDeviceSequence"),
    **{
        ("rt-beams", f"{_beam}>{sequence}"): required_if(_more_than_none(count))
        for sequence, count in (
            ("WedgeSequence", "NumberOfWedges"),
            ("CompensatorSequence", "NumberOfCompensators"),
            ("ReferencedBolusSequence", "NumberOfBoli"),
            ("BlockSequence", "NumberOfBlocks"),
        )
    },
    **of(
        "rt-beams",
        required_if(ALWAYS),  # its sequence is there when there are compensators
        f"{_beam}>CompensatorSequence>CompensatorNumber",
        f"{_beam}>CompensatorSequence>MaterialID",
    ),
    **of("rt-beams", required_if(~_material, ALWAYS), f"{_beam}>CompensatorSequence>CompensatorTransmissionData"),
    **of("rt-beams", required_if(_material, ALWAYS), f"{_beam}>CompensatorSequence>CompensatorThicknessData"),
    **of("rt-beams", required_if(_material, ALWAYS), f"{_beam}>BlockSequence>BlockThickness"),
    **of("rt-beams", required_if(~_material, ALWAYS), f"{_beam}>BlockSequence>BlockTransmission"),
    **of(
        "rt-beams",
        required_if(_material & value_is("CompensatorMountingPosition", "DOUBLE_SIDED"), ALWAYS),
        f"{_beam}>CompensatorSequence>SourceToCompensatorDistance",
    ),
    **of(
        "rt-beams",
        required_if(_any_item(_point, "CumulativeMetersetWeight")),
        f"{_beam}>FinalCumulativeMetersetWeight",
    ),
    **of(
        "rt-beams",
        required_if(_first_of(_point), ALWAYS),
        *(
            f"{_beam}>{_point}>{keyword}"
            for keyword in (
                *("GantryAngle", "GantryRotationDirection", "BeamLimitingDeviceAngle"),
                *("BeamLimitingDeviceRotationDirection", "PatientSupportAngle", "PatientSupportRotationDirection"),
                *("TableTopEccentricAngle", "TableTopEccentricRotationDirection", "TableTopVerticalPosition"),
                *("TableTopLongitudinalPosition", "TableTopLateralPosition", "IsocenterPosition"),
            )
        ),
    ),
    **of(
        "rt-beams",
        required_if(_first_of(_point) & ~present("EnhancedRTBeamLimitingOpeningSequence"), ALWAYS),
        f"{_beam}>{_point}>{_position}",
    ),
    **of(
        "rt-beams",
        required_if(
            _first_of(_point) & number("NumberOfWedges", lambda value: value > 0, "is more than 0", anywhere=True),
            ALWAYS,
        ),
        f"{_beam}>{_point}>WedgePositionSequence",
    ),
    # --- brachytherapy ---
    **of(
        "rt-brachy-application-setups",
        required_if(value_is("BrachyTreatmentType", "PDR", anywhere=True)),
        f"{_setup}>NumberOfPulses",
        f"{_setup}>PulseRepetitionInterval",
    ),
    **of(
        "rt-brachy-application-setups",
        required_if(_applicator),
        f"{_setup}>SourceApplicatorID",
        f"{_setup}>SourceApplicatorType",
        f"{_setup}>SourceApplicatorLength",
    ),
    **of("rt-brachy-application-setups", required_if(_applicator, ALWAYS), f"{_setup}>ReferencedROINumber"),
    **of(
        "rt-brachy-application-setups",
        required_if(_length, ALWAYS),
        f"{_setup}>SourceApplicatorTipLength",
        f"{_setup}>ChannelInnerLength",
    ),
    **of(
        "rt-brachy-application-setups",
        required_if(value_is("SourceMovementType", "STEPWISE")),
        f"{_setup}>SourceApplicatorStepSize",
    ),
    **of(
        "rt-brachy-application-setups",
        required_if(filled("TransferTubeNumber"), ALWAYS),
        f"{_setup}>TransferTubeLength",
    ),
    **of(
        "rt-brachy-application-setups",
        required_if(_any_item("BrachyControlPointSequence", "CumulativeTimeWeight")),
        f"{_setup}>FinalCumulativeTimeWeight",
    ),
}

_ions = value_is("RadiationType", "ION")
_scanned = value_is("ScanMode", "MODULATED", "MODULATED_SPEC", anywhere=True)
_compensator = f"{_ion}>IonRangeCompensatorSequence"

ION_PLAN: dict[tuple[str, str], Condition] = {
    **of(
        "rt-ion-beams",
        required_if(_ions, ALWAYS),
        *(f"{_ion}>{keyword}" for keyword in ("RadiationMassNumber", "RadiationAtomicNumber", "RadiationChargeState")),
    ),
    **of("rt-ion-beams", required_if(value_is("ScanMode", "MODULATED_SPEC")), f"{_ion}>ModulatedScanModeType"),
    **of(
        "rt-ion-beams",
        required_if(value_is("ReferenceDoseDefinition", "CENTER"), ALWAYS),
        f"{_ion}>DepthDoseParametersSequence>NominalRangeModulatedRegionDepths",
    ),
    **of("rt-ion-beams", required_if(_leaves, ALWAYS), f"{_ion}>IonBeamLimitingDeviceSequence>LeafPositionBoundaries"),
    **{
        ("rt-ion-beams", f"{_ion}>{sequence}"): required_if(_more_than_none(count))
        for sequence, count in (
            ("IonWedgeSequence", "NumberOfWedges"),
            ("IonRangeCompensatorSequence", "NumberOfCompensators"),
            ("ReferencedBolusSequence", "NumberOfBoli"),
            ("IonBlockSequence", "NumberOfBlocks"),
            ("RangeShifterSequence", "NumberOfRangeShifters"),
            ("LateralSpreadingDeviceSequence", "NumberOfLateralSpreadingDevices"),
            ("RangeModulatorSequence", "NumberOfRangeModulators"),
        )
    },
    **of(
        "rt-ion-beams",
        required_if(value_is("CompensatorMountingPosition", "PATIENT_SIDE", "SOURCE_SIDE"), ALWAYS),
        f"{_compensator}>IsocenterToCompensatorTrayDistance",
    ),
    **of(
        "rt-ion-beams",
        required_if(value_is("RangeModulatorType", "WHL_MODWEIGHTS"), ALWAYS),
        f"{_ion}>RangeModulatorSequence>BeamCurrentModulationID",
    ),
    **of(
        "rt-ion-beams",
        required_if(_any_item(_ion_point, "CumulativeMetersetWeight")),
        f"{_ion}>FinalCumulativeMetersetWeight",
    ),
    **of(
        "rt-ion-beams",
        required_if(_first_of(_ion_point) & ~present("KVP"), ALWAYS),
        f"{_ion}>{_ion_point}>NominalBeamEnergy",
    ),
    **of(
        "rt-ion-beams",
        required_if(_first_of(_ion_point), ALWAYS),
        *(
            f"{_ion}>{_ion_point}>{keyword}"
            for keyword in (
                *("GantryAngle", "GantryRotationDirection", "BeamLimitingDeviceAngle", "GantryPitchAngle"),
                *("BeamLimitingDeviceRotationDirection", "PatientSupportAngle", "PatientSupportRotationDirection"),
                *("TableTopPitchAngle", "TableTopPitchRotationDirection", "TableTopRollAngle", "SnoutPosition"),
                *("TableTopRollRotationDirection", "TableTopVerticalPosition", "TableTopLongitudinalPosition"),
                *("TableTopLateralPosition", "IsocenterPosition", "GantryPitchRotationDirection"),
            )
        ),
    ),
    **of(
        "rt-ion-beams",
        required_if(_first_of(_ion_point) & present("IonBeamLimitingDeviceSequence", anywhere=True), ALWAYS),
        f"{_ion}>{_ion_point}>{_position}",
    ),
    **{
        ("rt-ion-beams", f"{_ion}>{_ion_point}>{sequence}"): required_if(
            _first_of(_ion_point) & number(count, lambda value: value > 0, "is more than 0", anywhere=True), ALWAYS
        )
        for sequence, count in (
            ("IonWedgePositionSequence", "NumberOfWedges"),
            ("RangeShifterSettingsSequence", "NumberOfRangeShifters"),
            ("LateralSpreadingDeviceSettingsSequence", "NumberOfLateralSpreadingDevices"),
            ("RangeModulatorSettingsSequence", "NumberOfRangeModulators"),
        )
    },
    **of(
        "rt-ion-beams",
        required_if(_scanned, ALWAYS),
        *(
            f"{_ion}>{_ion_point}>{keyword}"
            for keyword in (
                *("ScanSpotTuneID", "NumberOfScanSpotPositions", "ScanSpotPositionMap", "ScanSpotMetersetWeights"),
                "NumberOfPaintings",
            )
        ),
    ),
}

RADIOTHERAPY: dict[tuple[str, str], Condition] = {**IMAGE, **DOSE, **STRUCTURES, **PLAN, **ION_PLAN}

#: By the sequence around, wherever a beam is described.
BEAM_MACROS: dict[str, Condition] = {
    "PrimaryFluenceModeSequence>FluenceModeID": required_if(_non_standard),
    "BeamLimitingDeviceSequence>LeafPositionBoundaries": required_if(_leaves, ALWAYS),
    "ApplicatorGeometrySequence>ApplicatorOpening": required_if(_square_or_circle),
    "ApplicatorGeometrySequence>ApplicatorOpeningX": required_if(_rectangle),
    "ApplicatorGeometrySequence>ApplicatorOpeningY": required_if(_rectangle),
}

#: Modules of usage C, by IOD.
RADIOTHERAPY_MODULES: dict[tuple[str, str], Condition] = {
    ("rt-image", "multi-frame"): required_if(_multi_frame, ALWAYS),
    **{("rt-dose", module): required_if(_grid, ALWAYS) for module in ("general-image", "image-plane", "image-pixel")},
    ("rt-dose", "multi-frame"): required_if(_grid & _multi_frame, ALWAYS),
    ("rt-plan", "rt-beams"): required_if(_any_group("NumberOfBeams"), ALWAYS),
    ("rt-plan", "rt-brachy-application-setups"): required_if(_any_group("NumberOfBrachyApplicationSetups"), ALWAYS),
    ("rt-ion-plan", "rt-ion-beams"): required_if(_any_group("NumberOfBeams"), ALWAYS),
}
