"""Digital X-Ray Image - For Presentation (PS3.3 A.26) and Computed Radiography (A.2): projections of a phantom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from math import log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydicom.dataset import Dataset
from pydicom.uid import ComputedRadiographyImageStorage, DigitalXRayImageStorageForPresentation

from scansim.identity import carried as exam
from scansim.images.anatomy import PHANTOMS
from scansim.images.geometry import ORIENTATIONS, Plane
from scansim.images.instance import Instance, Whole
from scansim.images.noise import blurred
from scansim.images.protocol import Acquisition, Maker
from scansim.images.rays import doubled, halved, integrals
from scansim.images.sr_content import Code, coded
from scansim.images.tissue import TISSUES
from scansim.inputs import Strict
from scansim.vocabulary.codes import REGIONS
from scansim.vocabulary.values import decimal

Pixels = NDArray[np.float32]

_PAUSE = timedelta(seconds=45)  # the patient turns round
_PROCESSING = timedelta(seconds=4)
_DEPTH = 400.0  # mm that the rays go through
_BITS = 12
_TO_DETECTOR, _TO_PATIENT = 1800, 1550  # from the source, in mm
_TARGET_INDEX = 250  # exposure index as IEC 62494-1 scales it
_WATER = 0.0206  # linear attenuation in 1/mm at about 60 keV
_BONE_FACTOR = 1.5  # of bone to what its CT value says, for its calcium
_PHOTONS = 5e4  # to a pixel without patient, at 1 mAs

_ERECT: Code = ("C86043", "NCIt", "Erect")


@dataclass(frozen=True)
class _View:
    """One view: View Position, View Code (PS3.16 CID 4010), Patient Orientation, the film's plane, the usual mAs."""

    position: str
    code: Code
    orientation: tuple[str, str]
    plane: str
    usual_mas: float


_VIEWS: Mapping[str, _View] = {
    "pa": _View("PA", ("272479007", "SCT", "postero-anterior"), ("L", "F"), "coronal", 2.5),
    "lateral": _View("LL", ("399173006", "SCT", "left lateral"), ("P", "F"), "sagittal", 6.0),
}


class Series(Strict):
    """One series: a view, exposed once or several times."""

    view: Literal["pa", "lateral"]
    description: str = Field("", max_length=64, description="Series Description")
    images: int = Field(1, ge=1, le=1000)
    rows: int = Field(1024, ge=64, le=4096)
    columns: int = Field(1024, ge=64, le=4096)
    spacing: float = Field(0.4, gt=0, le=5, description="Imager Pixel Spacing in mm")
    kvp: float = Field(120, ge=40, le=150, description="tube voltage in kV")
    current: int = Field(250, ge=1, le=1000, description="tube current in mA")
    exposure_ms: int = Field(10, ge=1, le=5000, description="exposure time in ms")
    photometric: Literal["MONOCHROME1", "MONOCHROME2"] = "MONOCHROME2"


def make(acquisition: Acquisition, series: Series) -> Iterator[Instance]:
    """Make the Digital X-Ray images of one view."""
    for index, ds in enumerate(_exposures(acquisition, series, DigitalXRayImageStorageForPresentation)):
        ds.PresentationIntentType = "FOR PRESENTATION"
        ds.AnatomicRegionSequence = [coded(REGIONS[acquisition.phantom.body_part])]
        ds.ImageLaterality = "U"  # unpaired
        ds.DetectorType = "SCINTILLATOR"
        ds.DetectorConfiguration = "AREA"
        ds.DetectorID = f"DET-{acquisition.ledger.station_ae}"
        ds.DetectorConditionsNominalFlag = "YES"
        ds.FieldOfViewShape = "RECTANGLE"
        ds.FieldOfViewDimensions = [str(round(size * series.spacing)) for size in (series.rows, series.columns)]
        ds.EstimatedRadiographicMagnificationFactor = decimal(_TO_DETECTOR / _TO_PATIENT)
        ds.ViewCodeSequence = [coded(_VIEWS[series.view].code)]
        ds.PatientOrientationCodeSequence = [coded(_ERECT)]
        ds.PositionerType = "NONE"
        ds.Grid = ["FIXED", "FOCUSED"]
        ds.AcquisitionContextSequence = []
        ds.PixelIntensityRelationship = "LOG"
        # 1: a low value stands for little X-ray, as where a film of MONOCHROME1 is white (PS3.3 C.8.11.3.1.2)
        ds.PixelIntensityRelationshipSign = 1 if series.photometric == "MONOCHROME1" else -1
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
        ds.PresentationLUTShape = "INVERSE" if series.photometric == "MONOCHROME1" else "IDENTITY"
        exposure_index = round(_TARGET_INDEX * _mas(series) / _VIEWS[series.view].usual_mas * (series.kvp / 120) ** 2)
        ds.ExposureIndex, ds.TargetExposureIndex = str(exposure_index), str(_TARGET_INDEX)
        ds.DeviationIndex = decimal(10 * log10(exposure_index / _TARGET_INDEX), 1)
        yield _image(acquisition, series, index, ds)


def make_cr(acquisition: Acquisition, series: Series) -> Iterator[Instance]:
    """Make the Computed Radiography images of one view: the same picture, with what a plate reader tells of it."""
    for index, ds in enumerate(_exposures(acquisition, series, ComputedRadiographyImageStorage)):
        ds.PlateType = "SYNTHETIC"
        ds.PlateID = f"PLATE{acquisition.identity.number(4, 'plate', acquisition.number, index)}"
        ds.Sensitivity = "200"
        yield _image(acquisition, series, index, ds)


def _exposures(acquisition: Acquisition, series: Series, sop_class_uid: str) -> Iterator[Dataset]:
    """Yield what DX and CR say alike of each exposure; the clock moves on."""
    view = _VIEWS[series.view]
    common = acquisition.common(sop_class_uid, series.description or f"{acquisition.phantom.body_part} {view.position}")
    for keyword in ("FrameOfReferenceUID", "PositionReferenceIndicator"):  # a projection lies in no frame of reference
        del common[keyword]
    common.ImageType = ["ORIGINAL", "PRIMARY", ""]
    common.ViewPosition = view.position
    common.PatientOrientation = list(view.orientation)
    common.KVP = decimal(series.kvp)
    common.XRayTubeCurrent, common.ExposureTime = str(series.current), str(series.exposure_ms)
    common.Exposure = str(round(_mas(series)))
    common.ExposureInuAs = str(series.current * series.exposure_ms)
    common.DistanceSourceToDetector, common.DistanceSourceToPatient = str(_TO_DETECTOR), str(_TO_PATIENT)
    common.FilterType = "NONE"
    common.FocalSpots = "1.2"
    common.SamplesPerPixel = 1
    common.PhotometricInterpretation = series.photometric
    common.Rows, common.Columns = series.rows, series.columns
    common.ImagerPixelSpacing = [decimal(series.spacing)] * 2
    common.BitsAllocated, common.BitsStored, common.HighBit, common.PixelRepresentation = 16, _BITS, _BITS - 1, 0
    common.WindowCenter, common.WindowWidth = str(2 ** (_BITS - 1)), str(2**_BITS)
    common.BurnedInAnnotation = "NO"
    common.LossyImageCompression = "00"
    for index in range(series.images):
        ds = Dataset()
        ds.update(common)
        ds.SOPInstanceUID = acquisition.instance_uid(index)
        ds.InstanceNumber = ds.AcquisitionNumber = str(index + 1)
        ds.IrradiationEventUID = acquisition.irradiation_uid(acquisition.number, index)
        ds.AcquisitionDate, ds.AcquisitionTime = exam.date_time(acquisition.now)
        ds.ContentDate, ds.ContentTime = exam.date_time(acquisition.now + _PROCESSING)
        ds.InstanceCreationDate, ds.InstanceCreationTime = ds.ContentDate, ds.ContentTime
        acquisition.now += _PROCESSING + _PAUSE
        yield ds


def _image(acquisition: Acquisition, series: Series, index: int, ds: Dataset) -> Instance:
    key = acquisition.uid("noise", acquisition.number, index)
    phantom, identity = acquisition.phantom.name, acquisition.identity

    def pixels() -> bytes:
        path = _attenuation(phantom, series.view, series.rows, series.columns, series.spacing)
        photons = _PHOTONS * _mas(series) * np.exp(-path)
        noise = identity.rng("dx noise", key).standard_normal(path.shape, dtype=np.float32) / np.sqrt(photons)
        low, high = 0.2, float(np.percentile(path, 99.5))
        full = 2**_BITS - 1
        white = np.rint(np.clip((path + noise - low) / (high - low), 0, 1) * full).astype("<u2")
        stored: bytes = (full - white if series.photometric == "MONOCHROME1" else white).tobytes()
        return stored

    return Whole(ds, pixels)


@lru_cache(maxsize=8)
def _attenuation(phantom: str, view: str, rows: int, columns: int, spacing: float) -> Pixels:
    """Return the line integral of the attenuation along parallel rays, of rays twice as far apart as the pixels."""
    along, down = ORIENTATIONS[_VIEWS[view].plane]
    film = Plane((0, 0, 0), along, down, (rows, columns), (spacing, spacing), 1.0)
    relative = np.array([1 + tissue.hu / 1000 for tissue in TISSUES.values()], dtype=np.float32)
    table = _WATER * np.where(relative > 1.15, relative * _BONE_FACTOR, relative).astype(np.float32)
    return doubled(blurred(integrals(PHANTOMS[phantom], table, halved(film), _DEPTH), 0.25), film.shape)


def _mas(series: Series) -> float:
    return series.current * series.exposure_ms / 1000


def resize(series: Sequence[Series], instances: int) -> Sequence[Series]:
    """As many images in all: fewer views, or the last view exposed again."""
    kept = [plan.model_copy(update={"images": 1}) for plan in series[:instances]]
    return [*kept[:-1], kept[-1].model_copy(update={"images": instances - len(kept) + 1})]


MAKER = Maker(object="dx", modality="DX", model=Series, make=make, resize=resize)
CR_MAKER = Maker(object="cr", modality="CR", model=Series, make=make_cr, resize=resize)
