"""X-Ray Radiation Dose SR of a CT exam (PS3.3 A.35.8, PS3.16 TID 10011), and the irradiation events that it tells of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import XRayRadiationDoseSRStorage

from scansim.images import sr_content as sr
from scansim.images.instance import Instance, Whole
from scansim.images.protocol import Acquisition, SeriesRecord

_SPIRAL = ("116152004", "SCT", "Spiral Acquisition")
_SEQUENCED = ("113804", "DCM", "Sequenced Acquisition")
_STATIONARY = ("113806", "DCM", "Stationary Acquisition")
_CONSTANT_ANGLE = ("113805", "DCM", "Constant Angle Acquisition")
#: Acquisition Type (0018,9302) of Enhanced CT, as PS3.16 CID 10013 codes it.
_TYPES: Mapping[str, sr.Code] = {
    "SPIRAL": _SPIRAL,
    "SEQUENCED": _SEQUENCED,
    "STATIONARY": _STATIONARY,
    "CONSTANT_ANGLE": _CONSTANT_ANGLE,
}
_BODY_PHANTOM = ("113691", "DCM", "IEC Body Dosimetry Phantom")
_HEAD_PHANTOM = ("113690", "DCM", "IEC Head Dosimetry Phantom")

#: Body Part Examined to a code of PS3.16 CID 4030.
_REGIONS: Mapping[str, sr.Code] = {
    "HEAD": ("69536005", "SCT", "Head"),
    "CHEST": ("816094009", "SCT", "Chest"),
    "ABDOMEN": ("818981001", "SCT", "Abdomen"),
    "PHANTOM": ("706342009", "SCT", "Phantom"),
}
_MM, _S, _MGY, _MGY_CM = ("mm", "mm"), ("s", "s"), ("mGy", "mGy"), ("mGy.cm", "mGy.cm")


@dataclass(frozen=True)
class Event:
    """One irradiation event, as the images that were reconstructed of it tell.

    Parameters
    ----------
    label : str
        Series Description of the first series that shows it.
    uid : str
        Irradiation Event UID (0008,3010).
    kind : Code
        CT Acquisition Type (PS3.16 CID 10013).
    begin : datetime.datetime
        When the tube was loaded.
    exposure_time, rotation_time : float
        Of the whole event and of one rotation, in s; a localizer has no rotation: 0.
    kvp, current : float
        Tube voltage in kV and tube current in mA.
    collimation : (float, float)
        Nominal width of one detector row and of all, in mm.
    pitch : float
        Pitch factor; 0 when the table does not move in the scan.
    covered, length : float
        What was reconstructed, and the scanning length, in mm.
    top, bottom : float
        Outer edges of what was reconstructed along z, in mm.
    ctdi, dlp : float
        Mean CTDIvol in mGy and dose length product in mGy.cm; 0 when the images tell none.
    phantom : Code
        Phantom that the CTDI refers to (PS3.16 CID 4052).
    """

    label: str
    uid: str
    kind: sr.Code
    begin: datetime
    exposure_time: float
    rotation_time: float
    kvp: float
    current: float
    collimation: tuple[float, float]
    pitch: float
    covered: float
    length: float
    top: float
    bottom: float
    ctdi: float
    dlp: float
    phantom: sr.Code

    @property
    def end(self) -> datetime:
        """When the tube was switched off."""
        return self.begin + timedelta(seconds=self.exposure_time)


def events(acquisition: Acquisition) -> list[Event]:
    """Return the irradiation events of an exam: its original CT series, one event per Irradiation Event UID."""
    found: dict[str, Event] = {}
    for record in acquisition.finished:
        ds = record.first
        original = str((ds.get("ImageType") or [""])[0]) == "ORIGINAL"
        if original and value(ds, "KVP") is not None:
            event = _event(acquisition, record)
            found.setdefault(event.uid, event)
    return list(found.values())


def value(ds: Dataset, *keywords: str) -> Any:
    """Return the first of `keywords` that a data set has with a value, also in its functional groups; else None.

    The groups are the shared ones and those of the first frame, where an Enhanced CT has its technique (PS3.3 A.38).
    """
    places = [ds]
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in ds.get(groups, ())[:1]:
            places += [item for macro in group if macro.VR == "SQ" for item in macro.value[:1]]
    for keyword in keywords:
        for place in places:
            if place.get(keyword) not in (None, ""):
                return place[keyword].value
    return None


def _number(ds: Dataset, *keywords: str) -> float:
    found = value(ds, *keywords)
    return 0.0 if found is None else float(found)


def _kind(ds: Dataset) -> sr.Code:
    told = value(ds, "AcquisitionType")
    if told is not None:
        return _TYPES[str(told)]
    if "LOCALIZER" in ds.ImageType:
        return _CONSTANT_ANGLE
    return _SPIRAL if _number(ds, "SpiralPitchFactor") else _SEQUENCED


def _heights(record: SeriesRecord) -> tuple[float, float]:
    """Z of the first and of the last image or frame, in mm."""
    frames = record.last.get("PerFrameFunctionalGroupsSequence")
    last = frames[-1].PlanePositionSequence[0] if frames else record.last
    return float(value(record.first, "ImagePositionPatient")[2]), float(last.ImagePositionPatient[2])


def _event(acquisition: Acquisition, record: SeriesRecord) -> Event:
    ds, kind = record.first, _kind(record.first)
    first, last = _heights(record)
    thickness = _number(ds, "SliceThickness")
    pitch = _number(ds, "SpiralPitchFactor") if kind == _SPIRAL else 0.0
    rotation = 0.0 if kind == _CONSTANT_ANGLE else _number(ds, "RevolutionTime")
    total = _number(ds, "TotalCollimationWidth")
    if kind == _CONSTANT_ANGLE:  # an upright image: its rows lie along z
        spacing, middle = float(value(ds, "PixelSpacing")[0]), first - (int(ds.Rows) - 1) / 2 * _spacing(ds)
        covered = int(ds.Rows) * spacing
        top, bottom = middle + covered / 2, middle - covered / 2
        length, exposed = covered, _number(ds, "ExposureTimeInms", "ExposureTime") / 1000
    else:
        top, bottom = max(first, last) + thickness / 2, min(first, last) - thickness / 2
        covered = top - bottom
        if kind == _SPIRAL:  # half a rotation more at either end, so that the outermost slices are complete
            feed = pitch * total
            length = covered + feed
            exposed = length / feed * rotation if feed else 0.0
        else:
            length, exposed = covered, len(record.instances) * rotation
    ctdi = _number(ds, "CTDIvol")
    phantom = value(ds, "CTDIPhantomTypeCodeSequence")
    head = acquisition.phantom.body_part == "HEAD"
    return Event(
        label=record.description,
        uid=str(value(ds, "IrradiationEventUID") or acquisition.uid("irradiation event", record.number)),
        kind=kind,
        begin=_begin(ds),
        exposure_time=round(exposed, 3),
        rotation_time=rotation,
        kvp=_number(ds, "KVP"),
        current=_number(ds, "XRayTubeCurrentInmA", "XRayTubeCurrent"),
        collimation=(_number(ds, "SingleCollimationWidth"), total),
        pitch=pitch,
        covered=round(covered, 3),
        length=round(length, 3),
        top=round(top, 3),
        bottom=round(bottom, 3),
        ctdi=round(ctdi, 4),
        dlp=round(ctdi * length / 10, 2),
        phantom=_as_code(phantom[0]) if phantom else _HEAD_PHANTOM if head else _BODY_PHANTOM,
    )
