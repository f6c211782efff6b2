"""Ultrasound Multi-frame Image (PS3.3 A.7): a cine loop of a curved array that looks into a breathing phantom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from math import cos, pi, radians, sin
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydicom.dataset import Dataset
from pydicom.uid import UltrasoundMultiFrameImageStorage

from scansim.identity import carried as exam
from scansim.images.anatomy import Phantom
from scansim.images.geometry import Plane
from scansim.images.instance import Instance, Whole
from scansim.images.noise import blurred
from scansim.images.protocol import Acquisition, Maker
from scansim.images.tissue import NAMES
from scansim.inputs import Strict
from scansim.vocabulary.values import decimal

Floats = NDArray[np.float32]
Index = NDArray[np.intp]

_PAUSE = timedelta(seconds=20)
_LINES, _SAMPLES = 256, 640  # beams, and samples of each
_HALF_ANGLE = radians(34)
_ARRAY_RADIUS = 55.0  # of the curved array, in mm
_BULGE = _ARRAY_RADIUS * (1 - cos(_HALF_ANGLE))  # how far the array's middle is pressed in, in mm
_BREATH = 12.0  # how far the organs move along z, in mm
_BREATHING = 4.0  # s
_DYNAMIC_RANGE = 52.0  # dB
_HEADER = 24  # rows above the sector
_FREQUENCY = 3500  # kHz
_MARK = (60, 200, 90)

#: Backscatter in dB of the brightest tissue, and attenuation in dB/mm that the gain does not make up for.
_ECHO: Mapping[str, tuple[float, float]] = {
    "air": (-60, 0.0),
    "gas": (0, 2.5),
    "lung": (-4, 2.0),
    "bone": (0, 2.0),
    "spongy bone": (-6, 1.0),
    "fat": (-16, 0.0),
    "muscle": (-30, 0.0),
    "liver": (-23, 0.0),
    "spleen": (-22, 0.0),
    "kidney": (-33, 0.0),
    "blood": (-60, -0.05),
    "fluid": (-60, -0.08),
    "lesion": (-36, 0.0),
}
_OTHER = (-22, 0.0)


class Series(Strict):
    """One series: cine loops of one view."""

    description: str = Field("", max_length=64, description="Series Description")
    clips: int = Field(1, ge=1, le=1000, description="cine loops, an instance each")
    frames: int = Field(30, ge=2, le=1000)
    frame_ms: float = Field(40, ge=5, le=1000, description="time from frame to frame in ms")
    timing: Literal["constant", "vector"] = Field("constant", description="Frame Time, or Frame Time Vector")
    rows: int = Field(480, ge=96, le=1200)
    columns: int = Field(640, ge=96, le=1600)
    colour: bool = Field(True, description="RGB as consoles write it, or MONOCHROME2")
    depth: float = Field(160, ge=30, le=300, description="depth in mm")
    plane: Literal["sagittal", "axial"] = "sagittal"
    place: tuple[float, float] = Field((-66, 15), description="x and z of the probe on the patient's front, in mm")


def make(acquisition: Acquisition, series: Series) -> Iterator[Instance]:
    """Make the cine loops of one series."""
    common = acquisition.common(UltrasoundMultiFrameImageStorage, series.description or f"US {series.plane}")
    for keyword in ("FrameOfReferenceUID", "PositionReferenceIndicator"):  # a hand-held probe knows no place
        del common[keyword]
    common.update(_picture(series))
    for index in range(series.clips):
        ds = Dataset()
        ds.update(common)
        ds.SOPInstanceUID = acquisition.instance_uid(index)
        ds.InstanceNumber = ds.AcquisitionNumber = str(index + 1)
        ds.AcquisitionDate, ds.AcquisitionTime = exam.date_time(acquisition.now)
        acquisition.now += timedelta(milliseconds=series.frames * series.frame_ms)
        ds.ContentDate, ds.ContentTime = exam.date_time(acquisition.now)
        ds.InstanceCreationDate, ds.InstanceCreationTime = ds.ContentDate, ds.ContentTime
        acquisition.now += _PAUSE
        yield Whole(ds, _loop(acquisition, series, acquisition.uid("speckle", acquisition.number, index)))


def _picture(series: Series) -> Dataset:
    """Image Pixel, Cine, Multi-frame, US Region Calibration and US Image attributes."""
    ds = Dataset()
    ds.ImageType = ["ORIGINAL", "PRIMARY", "ABDOMINAL", "0001"]  # 0001: 2D imaging (PS3.3 C.8.5.6.1.1)
    ds.PatientOrientation = ""
    ds.SamplesPerPixel = 3 if series.colour else 1
    ds.PhotometricInterpretation = "RGB" if series.colour else "MONOCHROME2"
    if series.colour:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = series.rows, series.columns
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.LossyImageCompression = "00"
    ds.BurnedInAnnotation = "NO"
    ds.UltrasoundColorDataPresent = 0
    ds.TransducerType = "CURVED LINEAR"
    ds.DepthOfScanField = str(round(series.depth))
    ds.NumberOfFrames = str(series.frames)
    if series.timing == "constant":
        ds.FrameTime = decimal(series.frame_ms)
        ds.FrameIncrementPointer = 0x00181063
    else:
        ds.FrameTimeVector = ["0", *[decimal(series.frame_ms)] * (series.frames - 1)]
        ds.FrameIncrementPointer = 0x00181065
    rate = str(max(1, round(1000 / series.frame_ms)))
    ds.CineRate = ds.RecommendedDisplayFrameRate = rate
    ds.StartTrim, ds.StopTrim = "1", str(series.frames)
    ds.SequenceOfUltrasoundRegions = [_region(series)]
    return ds


def _region(series: Series) -> Dataset:
    """The sector, calibrated in cm (PS3.3 C.8.5.5)."""
    top, left, bottom, right = _sector(series)
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 2  # 2D, tissue, opaque
    region.RegionLocationMinX0, region.RegionLocationMinY0 = left, top
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = right, bottom
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # cm
    region.PhysicalDeltaX = region.PhysicalDeltaY = _spacing(series) / 10
    # the middle of the array, counted from the region's corner
    region.ReferencePixelX0, region.ReferencePixelY0 = (right - left) // 2, round(_BULGE / _spacing(series))
    region.ReferencePixelPhysicalValueX = region.ReferencePixelPhysicalValueY = 0.0
    region.TransducerFrequency = _FREQUENCY
    return region


def _spacing(series: Series) -> float:
    """Distance between pixels in mm: the sector fills the screen in height or in width."""
    width = 2 * (_ARRAY_RADIUS + series.depth) * sin(_HALF_ANGLE)
    return max((series.depth + _BULGE) / (series.rows - 2 * _HEADER), width / (series.columns - 8))


def _sector(series: Series) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of the sector on the screen; its edges belong to it."""
    half = (_ARRAY_RADIUS + series.depth) * sin(_HALF_ANGLE) / _spacing(series)
    middle = series.columns // 2
    bottom = _HEADER + round((_BULGE + series.depth) / _spacing(series))
    return _HEADER, int(middle - half), min(series.rows - 1, bottom), int(middle + half)


@lru_cache(maxsize=4)
def _grids(series: Series) -> tuple[Index, Index, NDArray[np.bool_]]:
    """Return the pixel that each sample of the beams lies in, the sample that each pixel shows, and the sector."""
    spacing = _spacing(series)
    apex_row, apex_column = _HEADER - (_ARRAY_RADIUS - _BULGE) / spacing, series.columns / 2
    angle = np.linspace(-_HALF_ANGLE, _HALF_ANGLE, _LINES)[None, :]
    radius = (_ARRAY_RADIUS + np.linspace(0, series.depth, _SAMPLES)[:, None]) / spacing
    row = np.clip(apex_row + radius * np.cos(angle), 0, series.rows - 1).astype(np.intp)
    column = np.clip(apex_column + radius * np.sin(angle), 0, series.columns - 1).astype(np.intp)
    y = (np.arange(series.rows)[:, None] - apex_row) * spacing
    x = (np.arange(series.columns)[None, :] - apex_column) * spacing
    beam = (np.arctan2(x, y) / _HALF_ANGLE + 1) / 2
    sample = (np.hypot(x, y) - _ARRAY_RADIUS) / series.depth
    line = np.clip(beam * (_LINES - 1) + 0.5, 0, _LINES - 1).astype(np.intp)
    depth = np.clip(sample * (_SAMPLES - 1) + 0.5, 0, _SAMPLES - 1).astype(np.intp)
    shown = (beam >= 0) & (beam <= 1) & (sample >= 0) & (sample <= 1)
    return row * series.columns + column, depth * _LINES + line, shown


def _loop(acquisition: Acquisition, series: Series, key: str) -> Callable[[], bytes]:
    """Return what makes the frames of one loop when they are asked for."""
    phantom, identity = acquisition.phantom, acquisition.identity

    def frames() -> bytes:
        speckle = _speckle(identity.rng("us speckle", key))
        still = _view(phantom, series)
        made = []
        for index in range(series.frames):
            moved = _BREATH * sin(2 * pi * index * series.frame_ms / 1000 / _BREATHING)
            x, y, z = still.centre
            labels = phantom.labels(replace(still, centre=(x, y, z - moved)))
            drift = round(moved / (2 * _HALF_ANGLE * (_ARRAY_RADIUS + series.depth / 2)) * _LINES)
            made.append(_screen(series, _echoes(series, labels, np.roll(speckle, -drift, axis=1))))
        return np.stack(made).tobytes()

    return frames


def _view(phantom: Phantom, series: Series) -> Plane:
    """Return the plane of the screen's pixels, with the probe on the skin; head or right side of the patient left."""
    x, z = series.place
    depth = np.flatnonzero(phantom.labels(Plane((x, 0, z), (0, 0, 1), (0, 1, 0), (500, 1), (1, 1), 1)))
    skin = float(depth[0]) - 249.5 if len(depth) else 0.0
    along = (0.0, 0.0, -1.0) if series.plane == "sagittal" else (1.0, 0.0, 0.0)
    spacing = _spacing(series)
    y = skin + ((series.rows - 1) / 2 - _HEADER) * spacing
    return Plane((x, y, z), along, (0.0, 1.0, 0.0), (series.rows, series.columns), (spacing, spacing), 1)


def _speckle(rng: np.random.Generator) -> Floats:
    """Return the interference of many scatterers in dB, of Rayleigh distributed amplitude; wider than it is deep."""
    parts = rng.standard_normal((2, _SAMPLES, _LINES), dtype=np.float32)
    real, imaginary = (blurred(blurred(part, 0.25), 0.25) for part in parts)
    amplitude = np.hypot(real, imaginary)
    decibels: Floats = 20 * np.log10(np.maximum(amplitude / np.sqrt((amplitude**2).mean()), 1e-3))
    return decibels


def _echoes(series: Series, labels: NDArray[np.uint8], speckle: Floats) -> Floats:
    """Return the brightness of each sample of the beams, 0 to 1: backscatter, interfaces, shadows and speckle."""
    tissue = labels.reshape(-1)[_grids(series)[0]]
    brightness, loss = _tables()
    echo = brightness[tissue] + speckle
    echo[1:] += np.where(tissue[1:] != tissue[:-1], np.float32(9), np.float32(0))  # a smooth surface reflects
    shadow = np.cumsum(loss[tissue], axis=0, dtype=np.float32) * np.float32(series.depth / _SAMPLES)
    return np.clip((echo - shadow) / np.float32(_DYNAMIC_RANGE) + 1, 0, 1)


@lru_cache(maxsize=1)
def _tables() -> tuple[Floats, Floats]:
    """Return backscatter and attenuation of every tissue, in the order of label images."""
    table = np.array([_ECHO.get(name, _OTHER) for name in NAMES], dtype=np.float32)
    return table[:, 0], table[:, 1]


def _screen(series: Series, echoes: Floats) -> NDArray[np.uint8]:
    """Return one frame: the sector, a grey bar left of it, a tick for each cm of depth right of it."""
    _, samples, shown = _grids(series)
    screen = np.where(shown, np.rint(echoes.reshape(-1)[samples] * 255), 0).astype(np.uint8)
    top, _, bottom, _ = _sector(series)
    screen[top:bottom, 4:10] = np.linspace(255, 0, bottom - top).astype(np.uint8)[:, None]
    ticks = top + np.arange(_BULGE, _BULGE + series.depth + 1e-6, 10) / _spacing(series)
    screen[np.minimum(ticks.round().astype(int), series.rows - 1), -8:-3] = 200
    if not series.colour:
        return screen
    coloured = np.repeat(screen[:, :, None], 3, axis=2)
    middle = series.columns // 2
    coloured[top - 12 : top - 6, middle - 40 : middle - 34] = _MARK  # the side of the probe's mark
    return coloured


def resize(series: Sequence[Series], instances: int) -> Sequence[Series]:
    """As many loops in all: fewer series, or more loops of the last one."""
    kept = [plan.model_copy(update={"clips": 1}) for plan in series[:instances]]
    return [*kept[:-1], kept[-1].model_copy(update={"clips": instances - len(kept) + 1})]


MAKER = Maker(object="us", modality="US", model=Series, make=make, resize=resize)
