"""Dose page: the irradiation events of a CT exam as a table of text, in a Secondary Capture image (PS3.3 A.8.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import SecondaryCaptureImageStorage

from scansim.identity import carried as exam
from scansim.images.dose_report import Event, events
from scansim.images.instance import Instance, Whole
from scansim.images.protocol import Acquisition

#: Seven rows of five dots each, a row per character: 0 to 9 and A to V for 0 to 31, the leftmost dot counts 16.
_DOTS = (
    "EHJLPHE 4C4444E EH1248V V2421HE 26AIV22 VGU11HE 68GUHHE V124888 EHHEHHE EHHF12C EHHHVHH UHHUHHU EHGGGHE "
    "SIHHHIS VGGUGGV VGGUGGG EHGNHHF HHHVHHH E44444E 72222IC HIKOKIH GGGGGGV HRLLHHH HHPLJHH EHHHHHE UHHUGGG "
    "EHHHLID UHHUKIH FGGE11U V444444 HHHHHHE HHHHHA4 HHHLLLA HHA4AHH HHHA444 V1248GV 00000CC 0000C48 0CC0CC0 "
    "000V000 044V440 01248G0 2488842 8422248 04LEL40 00V0V00 OP248J3 000000V 4AH0000 CC48000"
)
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.,:-+/()*=%_^'"
_GLYPHS: Mapping[str, str] = dict(zip(_CHARACTERS, _DOTS.split(), strict=True)) | {" ": "0000000"}
_UNKNOWN = "VHHHHHV"
_SCALE = 2  # dots of the image for one of a glyph
_ADVANCE, _LEADING, _MARGIN = 6, 11, 12
_SIZE = (512, 768)
_INK, _PAPER = 230, 16
_COLUMNS = "{:<2} {:<14} {:<10} {:>4} {:>4} {:>6} {:>7} {:>6}"
_WIDEST = (_SIZE[1] // _SCALE - 2 * _MARGIN) // _ADVANCE
_MOST_ROWS = (_SIZE[0] // _SCALE - 2 * _MARGIN) // _LEADING


def make(acquisition: Acquisition) -> Iterator[Instance]:
    """Show the dose of what is ``finished``; nothing when nothing irradiated.

    The caller has given the page's series its number, as before `Maker.make`.
    """
    irradiated = events(acquisition)
    if not irradiated:
        return
    acquisition.now = max(acquisition.now, *(event.end for event in irradiated)) + timedelta(seconds=2)
    ds = acquisition.common(SecondaryCaptureImageStorage, "Dose page")
    for keyword in ("FrameOfReferenceUID", "PositionReferenceIndicator"):  # a page lies nowhere in the patient
        del ds[keyword]
    ds.SOPInstanceUID = acquisition.instance_uid(0)
    ds.InstanceNumber = "1"
    ds.ImageType = ["DERIVED", "SECONDARY", "SCREEN SAVE"]
    ds.ContentDate, ds.ContentTime = exam.date_time(acquisition.now)
    ds.InstanceCreationDate, ds.InstanceCreationTime = ds.ContentDate, ds.ContentTime
    ds.ConversionType = "WSD"
    ds.SecondaryCaptureDeviceManufacturer = ds.Manufacturer
    ds.SecondaryCaptureDeviceManufacturerModelName = ds.ManufacturerModelName
    ds.SecondaryCaptureDeviceSoftwareVersions = ds.SoftwareVersions
    ds.PatientOrientation = ""
    ds.BurnedInAnnotation = "YES"
    ds.LossyImageCompression = "00"
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = _SIZE
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit = 7
    ds.PixelRepresentation = 0
    ds.WindowCenter, ds.WindowWidth = "128", "256"
    lines = _lines(acquisition, irradiated)
    yield Whole(ds, lambda: draw(lines).tobytes())


def _lines(acquisition: Acquisition, irradiated: Sequence[Event]) -> list[str]:
    ledger, shared = acquisition.ledger, acquisition.shared
    table = [
        _COLUMNS.format(
            number,
            event.label[:14],
            event.kind[2].split()[0],
            f"{event.kvp:.0f}",
            f"{event.current:.0f}",
            f"{event.length:.1f}",
            f"{event.ctdi:.2f}" if event.ctdi else "-",
            f"{event.dlp:.1f}" if event.ctdi else "-",
        )
        for number, event in enumerate(irradiated, 1)
    ]
    lines = [
        "SYNTHETIC TEST DATA - NOT A PATIENT",
        "",
        "Dose page",
        f"Patient  {shared.PatientName}   ID {shared.PatientID}",
        f"Study    {ledger.begin:%Y-%m-%d %H:%M}   Accession {shared.AccessionNumber}",
        f"Scanner  {shared.ManufacturerModelName}   {shared.StationName}",
        "",
        _COLUMNS.format("No", "Series", "Type", "kV", "mA", "mm", "CTDIvol", "DLP"),
        "-" * _WIDEST,
    ]
    foot = [
        "-" * _WIDEST,
        f"Total DLP {sum(event.dlp for event in irradiated):.1f} mGy*cm   CTDIvol in mGy",
        *dict.fromkeys(f"Phantom: {event.phantom[2]}" for event in irradiated if event.ctdi),
    ]
    room = _MOST_ROWS - len(lines) - len(foot)
    if len(table) > room:
        table = [*table[: room - 1], f"and {len(table) - room + 1} more"]
    return lines + table + foot


def draw(lines: Sequence[str]) -> NDArray[np.uint8]:
    """Draw text, light on dark, shape (512, 768); capitals without accents, a box for what has no glyph."""
    small = np.zeros((_SIZE[0] // _SCALE, _SIZE[1] // _SCALE), dtype=bool)
    for row, line in enumerate(lines):
        plain = "".join(c for c in unicodedata.normalize("NFKD", line.upper()) if not unicodedata.combining(c))
        top = _MARGIN + row * _LEADING
        for column, character in enumerate(plain[:_WIDEST]):
            left = _MARGIN + column * _ADVANCE
            small[top : top + 7, left : left + 5] = _glyph(character)
    return np.where(small, np.uint8(_INK), np.uint8(_PAPER)).repeat(_SCALE, 0).repeat(_SCALE, 1)


def _glyph(character: str) -> NDArray[np.bool_]:
    rows = np.array([int(row, 32) for row in _GLYPHS.get(character, _UNKNOWN)])
    dots: NDArray[np.bool_] = (rows[:, None] >> np.arange(4, -1, -1)) & 1 == 1
    return dots
