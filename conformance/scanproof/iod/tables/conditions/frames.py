"""Conditions inside functional groups (PS3.3 C.7.6.16, C.8.13.5, C.8.15.3), by macro sequence and keyword.

Their controlling values stand in other groups of the same frame, shared or its own: the scope of a condition is the
macro's item, the frame's groups merged, and the data set (cases.md IOD-01).
"""

from __future__ import annotations

from scanproof.iod.tables.logic import (
    ALWAYS,
    UNKNOWN,
    Condition,
    Expression,
    filled,
    in_item,
    number,
    present,
    required_if,
    value_is,
)

_FRAME_TYPES = (
    *("MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "XRay3DFrameTypeSequence", "USImageDescriptionSequence"),
    *("PETFrameTypeSequence", "FramePixelDataPropertiesSequence"),
)
original = in_item(_FRAME_TYPES, value_is("FrameType", "ORIGINAL", index=1))
_volumetric = in_item(_FRAME_TYPES, value_is("VolumetricProperties", "VOLUME", "SAMPLED"))
_undistorted = in_item(_FRAME_TYPES, ~value_is("VolumetricProperties", "DISTORTED"))
_unsampled = in_item(_FRAME_TYPES, ~value_is("VolumetricProperties", "DISTORTED", "SAMPLED"))
_multi_energy = value_is("MultienergyCTAcquisition", "YES", anywhere=True)

#: Required in an original frame, allowed in another.
_OF_ORIGINALS = {
    "CTAcquisitionDetailsSequence": (
        *("DataCollectionDiameter", "GantryDetectorTilt", "SingleCollimationWidth", "TableHeight"),
        "TotalCollimationWidth",
    ),
    "CTAcquisitionTypeSequence": ("AcquisitionType", "ConstantVolumeFlag", "FluoroscopyFlag"),
    "CTExposureSequence": (
        *("CTDIvol", "ExposureInmAs", "ExposureModulationType", "ExposureTimeInms", "XRayTubeCurrentInmA"),
    ),
    "CTGeometrySequence": ("DistanceSourceToDataCollectionCenter", "DistanceSourceToDetector"),
    "CTPositionSequence": ("DataCollectionCenterPatient", "ReconstructionTargetCenterPatient", "TablePosition"),
    "CTReconstructionSequence": (
        *("ConvolutionKernel", "ImageFilter", "ReconstructionAlgorithm", "ReconstructionAngle"),
        "ReconstructionPixelSpacing",
    ),
    "CTXRayDetailsSequence": ("FilterType", "FocalSpots", "KVP"),
    "MRAveragesSequence": ("NumberOfAverages",),
    "MRDiffusionSequence": ("DiffusionBValue", "DiffusionDirectionality"),
    "DiffusionGradientDirectionSequence": ("DiffusionGradientOrientation",),
    "MREchoSequence": ("EffectiveEchoTime",),
    "MRFOVGeometrySequence": (
        *("InPlanePhaseEncodingDirection", "MRAcquisitionFrequencyEncodingSteps", "PercentPhaseFieldOfView"),
        *("MRAcquisitionPhaseEncodingStepsInPlane", "PercentSampling"),
    ),
    "MRImagingModifierSequence": (
        *("BloodSignalNulling", "MagnetizationTransfer", "PixelBandwidth", "Tagging", "TransmitterFrequency"),
    ),
    "MRArterialSpinLabelingSequence": ("ASLContext",),
    "MRMetaboliteMapSequence": ("MetaboliteMapDescription",),
    "MRModifierSequence": (
        *("FlowCompensation", "InversionRecovery", "ParallelAcquisition", "PartialFourier", "SpatialPresaturation"),
        *("SpectrallySelectedExcitation", "T2Preparation"),
    ),
    "MRReceiveCoilSequence": (
        *("QuadratureReceiveCoil", "ReceiveCoilManufacturerName", "ReceiveCoilName", "ReceiveCoilType"),
    ),
    "MRTimingAndRelatedParametersSequence": (
        *("EchoTrainLength", "FlipAngle", "GradientEchoTrainLength", "RFEchoTrainLength", "RepetitionTime"),
    ),
    "MRTransmitCoilSequence": ("TransmitCoilManufacturerName", "TransmitCoilName", "TransmitCoilType"),
    "MRVelocityEncodingSequence": (
        *("VelocityEncodingDirection", "VelocityEncodingMaximumValue", "VelocityEncodingMinimumValue"),
    ),
}

_rotating = in_item(("CTAcquisitionTypeSequence",), ~value_is("AcquisitionType", "CONSTANT_ANGLE"))
_spiral = in_item(("CTAcquisitionTypeSequence",), value_is("AcquisitionType", "SPIRAL"))
_moving = in_item(("CTAcquisitionTypeSequence",), value_is("AcquisitionType", "SPIRAL", "CONSTANT_ANGLE"))
_parallel = value_is("ParallelAcquisition", "YES")
_spoiled = value_is("EchoPulseSequence", "GRADIENT", "BOTH", anywhere=True)
_lines, _grid = value_is("Tagging", "GRID", "LINE"), value_is("Tagging", "GRID")

#: Required in an original frame when the expression holds, allowed in another when it holds.
_WHEN: dict[str, Expression] = {
    "CTAcquisitionDetailsSequence>RevolutionTime": _rotating,
    "CTAcquisitionDetailsSequence>RotationDirection": _rotating,
    "CTTableDynamicsSequence>SpiralPitchFactor": _spiral,
    "CTTableDynamicsSequence>TableFeedPerRotation": _spiral,
    "CTTableDynamicsSequence>TableSpeed": _moving,
    "CTReconstructionSequence>ReconstructionFieldOfView": ~present("ReconstructionDiameter"),
    "MRImagingModifierSequence>TagAngleFirstAxis": _lines,
    "MRImagingModifierSequence>TagSpacingFirstDimension": _lines,
    "MRImagingModifierSequence>TagThickness": _lines,
    "MRImagingModifierSequence>TagAngleSecondAxis": _grid,
    "MRImagingModifierSequence>TagSpacingSecondDimension": _grid,
    "MRModifierSequence>FlowCompensationDirection": ~value_is("FlowCompensation", "NONE"),
    "MRModifierSequence>InversionTimes": value_is("InversionRecovery", "YES"),
    "MRModifierSequence>ParallelAcquisitionTechnique": _parallel,
    "MRModifierSequence>ParallelReductionFactorInPlane": _parallel,
    "MRModifierSequence>ParallelReductionFactorOutOfPlane": _parallel,
    "MRModifierSequence>PartialFourierDirection": value_is("PartialFourier", "YES"),
    "MRModifierSequence>Spoiling": _spoiled,
    "MRReceiveCoilSequence>MultiCoilDefinitionSequence": value_is("ReceiveCoilType", "MULTICOIL"),
}

_breathing = value_is("RespiratoryTriggerType", "AMPLITUDE", "BOTH", anywhere=True)
_cardiac = value_is("CardiacSynchronizationTechnique", "NONE", "REALTIME", anywhere=True)

#: Legacy Converted Enhanced CT, MR and PET: what the single frames did not have is not asked of them.
_LEGACY = ("1.2.840.10008.5.1.4.1.1.2.2", "1.2.840.10008.5.1.4.1.1.4.4", "1.2.840.10008.5.1.4.1.1.128.1")
_WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.130"
_SPECTROSCOPY = "1.2.840.10008.5.1.4.1.1.4.2"
not_legacy = ~value_is("SOPClassUID", *_LEGACY, anywhere=True)
#: Of what is not converted from single frames.
NOT_CONVERTED = required_if(not_legacy, ALWAYS)
_timed = original & ~value_is("SOPClassUID", *_LEGACY, _WHOLE_SLIDE, anywhere=True)
_repeated = value_is("SOPClassUID", _ENHANCED_PET, anywhere=True) | present("FunctionalMRSequence", anywhere=True)

FRAMES: dict[str, Condition] = {
    **{
        f"{macro}>{keyword}": required_if(original, ALWAYS)
        for macro, keywords in _OF_ORIGINALS.items()
        for keyword in keywords
    },
    **{path: required_if(original & when, ~original & when) for path, when in _WHEN.items()},
    **{
        f"FrameContentSequence>{keyword}": required_if(_timed, ALWAYS)
        for keyword in ("FrameAcquisitionDateTime", "FrameAcquisitionDuration", "FrameReferenceDateTime")
    },
    # Of images it is not asked for, "only required for MR Spectroscopy"; nor does anything forbid it there.
    "MRModifierSequence>ParallelReductionFactorSecondInPlane": required_if(
        original & _parallel & value_is("SOPClassUID", _SPECTROSCOPY, anywhere=True), ALWAYS
    ),
    "FrameContentSequence>StackID": required_if(_repeated, ALWAYS),
    "FrameContentSequence>TemporalPositionIndex": required_if(_repeated, ALWAYS),
    "CTXRayDetailsSequence>FilterMaterial": required_if(original & ~value_is("FilterType", "NONE"), ALWAYS),
    "CTReconstructionSequence>ConvolutionKernelGroup": required_if(present("ConvolutionKernel"), ALWAYS),
    "CTAcquisitionDetailsSequence>ReferencedPathIndex": required_if(_multi_energy, ALWAYS),
    "CTExposureSequence>ReferencedXRaySourceIndex": required_if(_multi_energy, ALWAYS),
    "CTExposureSequence>WaterEquivalentDiameterCalculationMethodCodeSequence": required_if(
        present("WaterEquivalentDiameter"), ALWAYS
    ),
    "MRFOVGeometrySequence>MRAcquisitionPhaseEncodingStepsOutOfPlane": required_if(
        original & value_is("MRAcquisitionType", "3D", anywhere=True), ALWAYS
    ),
    "MRDiffusionSequence>DiffusionBMatrixSequence": required_if(value_is("DiffusionDirectionality", "BMATRIX")),
    "MRDiffusionSequence>DiffusionGradientDirectionSequence": required_if(
        value_is("DiffusionDirectionality", "DIRECTIONAL"), value_is("DiffusionDirectionality", "BMATRIX")
    ),
    "MRDiffusionSequence>DiffusionAnisotropyType": required_if(
        in_item(_FRAME_TYPES, value_is("FrameType", "DIFFUSION_ANISO", index=4)), ALWAYS
    ),
    "MRArterialSpinLabelingSequence>ASLBolusCutoffTimingSequence": required_if(value_is("ASLBolusCutoffFlag", "YES")),
    "MRArterialSpinLabelingSequence>ASLCrusherDescription": required_if(value_is("ASLCrusherFlag", "YES")),
    "MRArterialSpinLabelingSequence>ASLCrusherFlowLimit": required_if(value_is("ASLCrusherFlag", "YES")),
    "MRArterialSpinLabelingSequence>ASLSlabSequence": required_if(value_is("ASLContext", "CONTROL", "LABEL"), ALWAYS),
    "FunctionalMRSequence>SettlingPhaseFrame": required_if(
        value_is("FunctionalSettlingPhaseFramesPresent", "YES", anywhere=True), ALWAYS
    ),
    # whether a system calculates its output is told by either of the two
    "MRTimingAndRelatedParametersSequence>GradientOutput": required_if(present("GradientOutputType") | UNKNOWN),
    "MRTimingAndRelatedParametersSequence>GradientOutputType": required_if(present("GradientOutput") | UNKNOWN),
    "CardiacSynchronizationSequence>ActualCardiacTriggerDelayTime": required_if(
        number("IntervalsAcquired", lambda value: value == 1, "is 1", anywhere=True), ALWAYS
    ),
    "CardiacSynchronizationSequence>RRIntervalTimeNominal": required_if(~_cardiac, ALWAYS),
    "RespiratorySynchronizationSequence>StartingRespiratoryAmplitude": required_if(_breathing, ALWAYS),
    "RespiratorySynchronizationSequence>EndingRespiratoryAmplitude": required_if(_breathing, ALWAYS),
    "RespiratorySynchronizationSequence>StartingRespiratoryPhase": required_if(
        present("StartingRespiratoryAmplitude"), ALWAYS
    ),
    "RespiratorySynchronizationSequence>EndingRespiratoryPhase": required_if(
        present("EndingRespiratoryAmplitude"), ALWAYS
    ),
    "FrameContentSequence>DimensionIndexValues": required_if(filled("DimensionIndexSequence", anywhere=True), ALWAYS),
    "FrameContentSequence>InStackPositionNumber": required_if(
        present("StackID") | present("FunctionalMRSequence", anywhere=True)
    ),
    "MRImageFrameTypeSequence>AcquisitionContrast": NOT_CONVERTED,
    "MRImageFrameTypeSequence>ComplexImageComponent": NOT_CONVERTED,
    "DerivationImageSequence>DerivationCodeSequence": NOT_CONVERTED,
    "ReferencedImageSequence>PurposeOfReferenceCodeSequence": NOT_CONVERTED,
    "SourceImageSequence>PurposeOfReferenceCodeSequence": NOT_CONVERTED,
    "PixelMeasuresSequence>PixelSpacing": required_if(_undistorted & _unsampled, ALWAYS),
    "PixelMeasuresSequence>SliceThickness": required_if(_volumetric, ALWAYS),
    "PlaneOrientationSequence>ImageOrientationPatient": required_if(original & _undistorted, ALWAYS),
    "PlanePositionSequence>ImagePositionPatient": required_if(original & _undistorted, ALWAYS),
}
