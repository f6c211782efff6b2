"""Functional group macros and pulse sequence of Enhanced MR images (PS3.3 C.8.13.3 to C.8.13.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset

from scansim.images import mr_signal
from scansim.images.mr import DB_DT, absorption_rate
from scansim.images.mr_scan import Block, Series
from scansim.vocabulary.values import decimal

#: Macros that `EnhancedSeries.layout` moves (PS3.3 C.8.13.5): they condition on the Frame Type of each frame, which in
#: the shared layout stands per frame, so that a reader has to merge both to judge them.
MODIFIERS = (
    "MRTimingAndRelatedParametersSequence",
    "MRFOVGeometrySequence",
    "MRModifierSequence",
    "MRImagingModifierSequence",
    "MRReceiveCoilSequence",
    "MRTransmitCoilSequence",
    "MRAveragesSequence",
)

_PULSE_SEQUENCE_NAMES = {
    "spin-echo": "se2d",
    "turbo-spin-echo": "tse2d",
    "gradient-echo": "fl2d",
    "inversion-recovery": "tir2d",
    "diffusion": "ep2d_diff",
}


def item(**elements: Any) -> Dataset:
    """Return a data set of these elements, by keyword; what is None is left out."""
    made = Dataset()
    for keyword, value in elements.items():
        if value is not None:
            setattr(made, keyword, value)
    return made


def contrast(series: Series, block: Block) -> str:
    """Acquisition Contrast (0008,9209) of a block (PS3.3 C.8.13.3.1.2)."""
    if series.sequence == "diffusion":
        return "DIFFUSION"
    if series.sequence == "inversion-recovery":
        return "FLUID_ATTENUATED" if series.ti > 1000 else "STIR" if series.ti < 300 else "T1"
    if series.sequence == "gradient-echo":
        return "T2_STAR" if block.te > 12 else "T1"
    return "T2" if block.te > 60 else "PROTON_DENSITY" if series.tr > 1500 else "T1"


def acquisition_macros(series: Series) -> dict[str, Dataset]:
    """Return the items of `MODIFIERS` for an acquired series."""
    gradient, planar = series.sequence == "gradient-echo", series.sequence == "diffusion"
    inverted = series.sequence == "inversion-recovery"
    timing = item(
        RepetitionTime=decimal(series.tr),
        FlipAngle=decimal(series.flip),
        EchoTrainLength=str(series.train),
        RFEchoTrainLength=0 if gradient else series.echo_train,
        GradientEchoTrainLength=1 if gradient else series.train if planar else 0,
        SpecificAbsorptionRateSequence=[
            item(
                SpecificAbsorptionRateDefinition="IEC_WHOLE_BODY",
                SpecificAbsorptionRateValue=round(absorption_rate(series), 3),
            )
        ],
        GradientOutputType="DB_DT",
        GradientOutput=DB_DT[series.sequence],
        OperatingModeSequence=[
            item(OperatingModeType=kind, OperatingMode="IEC_NORMAL") for kind in ("STATIC FIELD", "RF", "GRADIENT")
        ],
    )
    geometry = item(
        InPlanePhaseEncodingDirection="ROW" if series.phase == "row" else "COLUMN",
        MRAcquisitionFrequencyEncodingSteps=series.matrix,
        MRAcquisitionPhaseEncodingStepsInPlane=series.matrix,
        PercentSampling="100",
        PercentPhaseFieldOfView="100",
    )
    modifier = item(
        InversionRecovery="YES" if inverted else "NO",
        InversionTimes=[series.ti] if inverted else None,
        FlowCompensation="NONE",
        Spoiling="RF_AND_GRADIENT" if gradient else "NONE" if planar else None,
        T2Preparation="NO",
        SpectrallySelectedExcitation="NONE",
        SpatialPresaturation="NONE",
        PartialFourier="NO",
        ParallelAcquisition="NO",
    )
    imaging = item(
        MagnetizationTransfer="NONE",
        BloodSignalNulling="NO",
        Tagging="NONE",
        TransmitterFrequency=mr_signal.FIELD * mr_signal.LARMOR,
        PixelBandwidth=decimal(series.bandwidth),
    )
    receiver = item(
        ReceiveCoilName="PHANTOM-8",
        ReceiveCoilManufacturerName="scanproof",
        ReceiveCoilType="VOLUME",
        QuadratureReceiveCoil="YES",
    )
    transmitter = item(TransmitCoilName="BODY", TransmitCoilManufacturerName="scanproof", TransmitCoilType="BODY")
    averages = item(NumberOfAverages=str(series.averages))
    return dict(zip(MODIFIERS, (timing, geometry, modifier, imaging, receiver, transmitter, averages), strict=True))


def pulse_sequence(series: Series) -> Dataset:
    """Return the MR Pulse Sequence Module (PS3.3 C.8.13.4)."""
    gradient, planar = series.sequence == "gradient-echo", series.sequence == "diffusion"
    return item(
        PulseSequenceName=_PULSE_SEQUENCE_NAMES[series.sequence],
        MRAcquisitionType="2D",
        EchoPulseSequence="GRADIENT" if gradient else "BOTH" if planar else "SPIN",
        MultipleSpinEcho=None if gradient else "YES" if series.echo_train > 1 else "NO",
        MultiPlanarExcitation="NO",
        PhaseContrast="NO",
        TimeOfFlightContrast="NO",
        SteadyStatePulseSequence="NONE",
        EchoPlanarPulseSequence="YES" if planar else "NO",
        SaturationRecovery="NO",
        SpectrallySelectedSuppression="FAT" if series.fat_saturation else "NONE",
        OversamplingPhase="NONE",
        GeometryOfKSpaceTraversal="RECTILINEAR",
        RectilinearPhaseEncodeReordering="LINEAR",
        SegmentedKSpaceTraversal="FULL" if planar else "PARTIAL" if series.echo_train > 1 else "SINGLE",
        NumberOfKSpaceTrajectories=1,
    )


def frame_type(image_type: Sequence[str], acquired: str) -> Dataset:
    """Return the item of MR Image Frame Type Sequence (PS3.3 C.8.13.5.1)."""
    return item(FrameType=list(image_type), **characteristics(acquired))


def characteristics(acquired: str) -> dict[str, str]:
    """Common CT/MR and MR Image Description Macros: the same of the image and of its frames."""
    return {
        "PixelPresentation": "MONOCHROME",
        "VolumetricProperties": "VOLUME",
        "VolumeBasedCalculationTechnique": "NONE",
        "ComplexImageComponent": "MAGNITUDE",
        "AcquisitionContrast": acquired,
    }


def diffusion(block: Block) -> Dataset:
    """Return the item of MR Diffusion Sequence of an acquired frame (PS3.3 C.8.13.5.9)."""
    if block.direction is None:
        return item(DiffusionBValue=block.b, DiffusionDirectionality="NONE")
    return item(
        DiffusionBValue=block.b,
        DiffusionDirectionality="DIRECTIONAL",
        DiffusionGradientDirectionSequence=[item(DiffusionGradientOrientation=list(block.direction))],
    )
