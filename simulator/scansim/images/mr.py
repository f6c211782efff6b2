"""MR Image Storage (PS3.3 A.4): 256 x 256, a coronal gradient echo localizer and axial spin echo slices."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage

from scansim.images.phantom import ORGANS, Pixels, Plane, section
from scansim.images.series import Scanner

_SIGNAL = tuple(organ.signal for organ in ORGANS)


def _describe(plane: Plane) -> Dataset:
    axial = plane.kind == "axial"
    ds = Dataset()
    # OTHER: none of the listed characteristics fits a plain magnitude image (PS3.3 C.8.3.1.1.1).
    ds.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    ds.ScanningSequence = "SE" if axial else "GR"
    ds.SequenceVariant = "SK" if axial else "SP"
    ds.ScanOptions = ""
    ds.MRAcquisitionType = "2D"
    ds.SequenceName = "se2d1" if axial else "fl2d1"
    ds.RepetitionTime = "500" if axial else "8.6"  # ms
    ds.EchoTime = "12" if axial else "4"  # ms
    ds.NumberOfAverages = "1"
    ds.ImagingFrequency = "63.865"  # MHz
    ds.ImagedNucleus = "1H"
    ds.EchoNumbers = "1"
    ds.MagneticFieldStrength = "1.5"  # T
    ds.SpacingBetweenSlices = f"{plane.step:g}"
    ds.NumberOfPhaseEncodingSteps = str(plane.size)
    ds.EchoTrainLength = "1"
    ds.PercentSampling = "100"
    ds.PercentPhaseFieldOfView = "100"
    ds.PixelBandwidth = "130" if axial else "320"  # Hz
    ds.ReceiveCoilName = "BODY"
    ds.AcquisitionMatrix = [0, plane.size, plane.size, 0]
    ds.InPlanePhaseEncodingDirection = "ROW"
    ds.FlipAngle = "90" if axial else "20"  # degrees
    ds.BitsAllocated = 16
    ds.BitsStored = 12
    ds.HighBit = 11
    ds.PixelRepresentation = 0
    ds.WindowCenter = "500"
    ds.WindowWidth = "1000"
    return ds


def _render(plane: Plane) -> Pixels:
    return section(plane, _SIGNAL, 0)


SCANNER = Scanner(
    sop_class_uid=MRImageStorage,
    size=256,
    spacing={"localizer": 2.0, "axial": 1.5625},
    localizer_thickness=8.0,
    pace=1.5,
    noise=8.0,
    describe=_describe,
    render=_render,
    lowest=0,
)
