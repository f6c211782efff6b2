"""X-Ray Radiation Dose SR of a CT exam (PS3.3 A.35.8, PS3.16 TID 10011), and the irradiation events in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import XRayRadiationDoseSRStorage

from scansim.images import sr_content as sr
from scansim.images.instance import Instance, Whole
from scansim.images.protocol import Acquisition, SeriesRecord
from scansim.vocabulary.codes import REGIONS

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
        Pitch factor: of the spiral, or of the steps between rotations; 0 of a localizer.
    edges : (float, float)
        Top and bottom of what was reconstructed along z, in mm.
    length : float
        Scanning length in mm, which the dose length product is of.
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
    edges: tuple[float, float]
    length: float
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
        if ds.get("Modality") == "CT" and "ORIGINAL" in ds.get("ImageType", ()) and value(ds, "KVP") is not None:
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


def _edges(record: SeriesRecord, upright: bool) -> tuple[float, float]:
    """Top and bottom of what was reconstructed, in mm; an upright image has its rows along z."""
    ds = record.first
    if upright:
        first, spacing = float(value(ds, "ImagePositionPatient")[2]), float(value(ds, "PixelSpacing")[0])
        return first + spacing / 2, first - (int(ds.Rows) - 0.5) * spacing
    frames = record.last.get("PerFrameFunctionalGroupsSequence")
    last = (frames[-1].PlanePositionSequence[0] if frames else record.last).ImagePositionPatient
    places = [_middle(ds, corner) for corner in (value(ds, "ImagePositionPatient"), last)]
    half = _number(ds, "SliceThickness") / 2
    return max(places) + half, min(places) - half


def _middle(ds: Dataset, corner: Sequence[float]) -> float:
    """Z of the middle of an image in mm: under a tilted gantry its first pixel lies elsewhere on the table."""
    directions, (rows, columns) = value(ds, "ImageOrientationPatient"), value(ds, "PixelSpacing")
    right, down = (int(ds.Columns) - 1) / 2 * float(columns), (int(ds.Rows) - 1) / 2 * float(rows)
    return float(corner[2]) + float(directions[2]) * right + float(directions[5]) * down


def _event(acquisition: Acquisition, record: SeriesRecord) -> Event:
    ds, kind = record.first, _kind(record.first)
    top, bottom = _edges(record, kind == _CONSTANT_ANGLE)
    # A localizer names no collimation: it is as narrow as its slice.
    pitch, total = _number(ds, "SpiralPitchFactor"), _number(ds, "TotalCollimationWidth", "SliceThickness")
    rotation, length = _number(ds, "RevolutionTime"), top - bottom
    if kind == _CONSTANT_ANGLE:
        pitch, rotation, exposed = 0.0, 0.0, _number(ds, "ExposureTimeInms", "ExposureTime") / 1000
    elif kind == _SPIRAL:  # half a rotation more at either end, so that the outermost slices are complete
        length += pitch * total
        exposed = length / (pitch * total) * rotation
    else:  # rotation by rotation, side by side
        rotations = ceil(round(length / total, 6))
        length, exposed = rotations * total, rotations * rotation
        pitch = 1.0  # the table moves on by the collimation (PS3.16 TID 10013 row 12)
    length, ctdi, phantom = round(length, 3), _number(ds, "CTDIvol"), value(ds, "CTDIPhantomTypeCodeSequence")
    usual = _HEAD_PHANTOM if acquisition.phantom.body_part == "HEAD" else _BODY_PHANTOM
    return Event(
        label=record.description,
        uid=str(value(ds, "IrradiationEventUID") or acquisition.uid("irradiation event", record.number)),
        kind=kind,
        begin=_begin(ds),
        exposure_time=round(exposed, 3),
        rotation_time=rotation,
        kvp=_number(ds, "KVP"),
        current=_number(ds, "XRayTubeCurrentInmA", "XRayTubeCurrent"),
        collimation=(_number(ds, "SingleCollimationWidth", "SliceThickness"), total),
        pitch=pitch,
        edges=(round(top, 3), round(bottom, 3)),
        length=length,
        ctdi=ctdi,
        dlp=round(ctdi * length / 10, 2),
        phantom=_as_code(phantom[0]) if phantom else usual,
    )


def _begin(ds: Dataset) -> datetime:
    """When the acquisition of a data set began."""
    whole = value(ds, "AcquisitionDateTime", "FrameAcquisitionDateTime")
    text = str(whole) if whole is not None else f"{ds.AcquisitionDate}{ds.AcquisitionTime}"
    return datetime.strptime(text, "%Y%m%d%H%M%S.%f" if "." in text else "%Y%m%d%H%M%S")


def _as_code(item: Dataset) -> sr.Code:
    return str(item.CodeValue), str(item.CodingSchemeDesignator), str(item.CodeMeaning)


def make(acquisition: Acquisition) -> Iterator[Instance]:
    """Report the dose of what is ``finished``; nothing when nothing irradiated.

    The caller has given the report's series its number, as before `Maker.make`.
    """
    irradiated = events(acquisition)
    if not irradiated:
        return
    ended = max(event.end for event in irradiated)
    acquisition.now = max(acquisition.now, ended)
    content = sr.root(
        ("113701", "DCM", "X-Ray Radiation Dose Report"),
        "10011",
        sr.code(
            ("121058", "DCM", "Procedure reported"),
            ("77477000", "SCT", "Computed Tomography X-Ray"),
            sr.code(("363703001", "SCT", "Has Intent"), _intent(acquisition), relation="HAS CONCEPT MOD"),
            relation="HAS CONCEPT MOD",
        ),
        *sr.observer(acquisition),
        sr.date_time(
            ("113809", "DCM", "Start of X-Ray Irradiation"),
            min(event.begin for event in irradiated),
            "HAS OBS CONTEXT",
        ),
        sr.date_time(("113810", "DCM", "End of X-Ray Irradiation"), ended, "HAS OBS CONTEXT"),
        sr.code(
            ("113705", "DCM", "Scope of Accumulation"),
            ("113014", "DCM", "Study"),
            sr.uidref(("110180", "DCM", "Study Instance UID"), acquisition.ledger.study_instance_uid, "HAS PROPERTIES"),
            relation="HAS OBS CONTEXT",
        ),
        _accumulated(irradiated),
        *(_irradiation(acquisition, event) for event in irradiated),
        sr.code(("113854", "DCM", "Source of Dose Information"), ("113856", "DCM", "Automated Data Collection")),
    )
    ds = sr.document(acquisition, XRayRadiationDoseSRStorage, "SR", "Dose report", content)
    ds.CompletionFlag = "COMPLETE"
    ds.VerificationFlag = "UNVERIFIED"
    ds.PerformedProcedureCodeSequence = acquisition.shared.get("ProcedureCodeSequence", [])
    ds.CurrentRequestedProcedureEvidenceSequence = sr.evidence(acquisition, acquisition.finished)
    yield Whole(ds)


def _intent(acquisition: Acquisition) -> sr.Code:
    if acquisition.phantom.body_part == "PHANTOM":
        return ("113680", "DCM", "Quality Control Intent")
    return ("261004008", "SCT", "Diagnostic Intent")


def _accumulated(irradiated: Sequence[Event]) -> Dataset:
    """PS3.16 TID 10012."""
    return sr.container(
        ("113811", "DCM", "CT Accumulated Dose Data"),
        sr.num(("113812", "DCM", "Total Number of Irradiation Events"), len(irradiated), ("{events}", "events")),
        sr.num(("113813", "DCM", "CT Dose Length Product Total"), sum(event.dlp for event in irradiated), _MGY_CM),
    )


def _irradiation(acquisition: Acquisition, event: Event) -> Dataset:
    """PS3.16 TID 10013."""
    shared = acquisition.shared
    dose = [_dose(event)] if event.ctdi else []
    device = ("113859", "DCM", "Irradiating Device")
    return sr.container(
        ("113819", "DCM", "CT Acquisition"),
        sr.text(("125203", "DCM", "Acquisition Protocol"), event.label or acquisition.protocol.title),
        sr.code(("123014", "DCM", "Target Region"), REGIONS[acquisition.phantom.body_part]),
        sr.code(("113820", "DCM", "CT Acquisition Type"), event.kind),
        sr.uidref(("113769", "DCM", "Irradiation Event UID"), event.uid),
        sr.date_time(("111526", "DCM", "DateTime Started"), event.begin),
        _parameters(acquisition, event),
        *dose,
        sr.code(
            ("113876", "DCM", "Device Role in Procedure"),
            device,
            sr.text(("113877", "DCM", "Device Name"), str(shared.StationName), relation="HAS PROPERTIES"),
            sr.text(("113878", "DCM", "Device Manufacturer"), str(shared.Manufacturer), relation="HAS PROPERTIES"),
            sr.text(
                ("113879", "DCM", "Device Model Name"), str(shared.ManufacturerModelName), relation="HAS PROPERTIES"
            ),
            sr.text(
                ("113880", "DCM", "Device Serial Number"), str(shared.DeviceSerialNumber), relation="HAS PROPERTIES"
            ),
            sr.uidref(("121012", "DCM", "Device Observer UID"), sr.device_uid(acquisition), "HAS PROPERTIES"),
        ),
    )


def _parameters(acquisition: Acquisition, event: Event) -> Dataset:
    """Technique of one event: PS3.16 TID 10013 from row 7, with the lengths of TID 10014."""
    spiral, rotates = event.kind == _SPIRAL, event.kind != _CONSTANT_ANGLE
    top, bottom = event.edges
    exposed = [sr.num(("113899", "DCM", "Exposed Range"), event.length, _MM)] if spiral else []
    pitch = [sr.num(("113828", "DCM", "Pitch Factor"), event.pitch, ("{ratio}", "ratio"))] if event.pitch else []
    rotation = [sr.num(("113834", "DCM", "Exposure Time per Rotation"), event.rotation_time, _S)] if rotates else []
    single, total = event.collimation
    return sr.container(
        ("113822", "DCM", "CT Acquisition Parameters"),
        sr.num(("113824", "DCM", "Exposure Time"), event.exposure_time, _S),
        sr.num(("113825", "DCM", "Scanning Length"), event.length, _MM),
        sr.num(("113893", "DCM", "Length of Reconstructable Volume"), top - bottom, _MM),
        *exposed,
        sr.num(("113895", "DCM", "Top Z Location of Reconstructable Volume"), top, _MM),
        sr.num(("113896", "DCM", "Bottom Z Location of Reconstructable Volume"), bottom, _MM),
        sr.uidref(("112227", "DCM", "Frame of Reference UID"), str(acquisition.shared.FrameOfReferenceUID)),
        sr.num(("113826", "DCM", "Nominal Single Collimation Width"), single, _MM),
        sr.num(("113827", "DCM", "Nominal Total Collimation Width"), total, _MM),
        *pitch,
        sr.num(("113823", "DCM", "Number of X-Ray Sources"), 1, ("{X-Ray sources}", "X-Ray sources")),
        sr.container(
            ("113831", "DCM", "CT X-Ray Source Parameters"),
            sr.text(("113832", "DCM", "Identification of the X-Ray Source"), "1"),
            sr.num(("113733", "DCM", "KVP"), event.kvp, ("kV", "kV")),
            sr.num(("113833", "DCM", "Maximum X-Ray Tube Current"), event.current, ("mA", "mA")),
            sr.num(("113734", "DCM", "X-Ray Tube Current"), event.current, ("mA", "mA")),
            *rotation,
        ),
    )


def _dose(event: Event) -> Dataset:
    """Dose of one event: PS3.16 TID 10013 from row 21; not required of a localizer."""
    return sr.container(
        ("113829", "DCM", "CT Dose"),
        sr.num(("113830", "DCM", "Mean CTDIvol"), event.ctdi, _MGY),
        sr.code(("113835", "DCM", "CTDIw Phantom Type"), event.phantom),
        sr.num(("113838", "DCM", "DLP"), event.dlp, _MGY_CM),
    )
