"""CT Image Storage (PS3.3 A.3): 512 x 512 Hounsfield units, a frontal scout and axial slices."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from scansim.images.phantom import ORGANS, Pixels, Plane, section
from scansim.images.series import Scanner

_AIR = -1000  # HU
_HU = tuple(organ.hu for organ in ORGANS)


def _describe(plane: Plane) -> Dataset:
    axial = plane.kind == "axial"
    ds = Dataset()
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL" if axial else "LOCALIZER"]
    ds.ScanOptions = "HELICAL MODE" if axial else "SCOUT MODE"
    ds.KVP = "120"
    ds.DataCollectionDiameter = "500"
    ds.ReconstructionDiameter = f"{plane.size * plane.spacing:g}"
    ds.DistanceSourceToDetector = "1040"
    ds.DistanceSourceToPatient = "570"
    ds.GantryDetectorTilt = "0"
    ds.TableHeight = "150"
    ds.RotationDirection = "CW"
    ds.ExposureTime = "500" if axial else "2500"  # ms
    ds.XRayTubeCurrent = "200" if axial else "40"  # mA
    ds.Exposure = "100"  # mAs
    ds.FilterType = "BODY FILTER"
    ds.ConvolutionKernel = "STANDARD"
    ds.FocalSpots = "1.2"
    ds.BitsAllocated = 16
    ds.BitsStored = 16
    ds.HighBit = 15
    ds.PixelRepresentation = 1
    ds.RescaleIntercept = "0"
    ds.RescaleSlope = "1"
    ds.RescaleType = "HU" if axial else "US"  # a projection is not in HU (PS3.3 C.8.2.1)
    ds.WindowCenter = "40" if axial else "-200"
    ds.WindowWidth = "400" if axial else "1200"
    return ds


def _render(plane: Plane) -> Pixels:
    return section(plane, _HU, _AIR) if plane.kind == "axial" else _scout(plane.size, plane.spacing)


@lru_cache(maxsize=2)
def _scout(size: int, spacing: float) -> Pixels:
    """Return the mean along y, as rays from front to back give it: it does not depend on where the plane lies."""
    plane = Plane("localizer", size, spacing, thickness=0, step=0, offset=0)
    depths = range(-108, 109, 4)  # mm, through the whole phantom
    cuts = [section(replace(plane, offset=depth), _HU, _AIR) for depth in depths]
    mean: Pixels = np.stack(cuts).mean(axis=0).astype(np.int16)
    return mean


SCANNER = Scanner(
    sop_class_uid=CTImageStorage,
    size=512,
    spacing={"localizer": 1.0, "axial": 0.78125},
    localizer_thickness=0.6,
    pace=0.5,
    noise=12.0,
    describe=_describe,
    render=_render,
    lowest=-1024,
)
