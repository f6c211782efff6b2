"""Small data sets for the tests of the IOD checker, written by keyword."""

from __future__ import annotations

import struct
import warnings

from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from scanproof.iod.judgement.structure import judge_structure
from scanproof.iod.judgement.values import judge_element
from scanproof.iod.tables.knowledge import load_knowledge
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, read

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_CT, ENHANCED_MR = f"{CT}.1", f"{MR}.1"
SC, CR, DX = "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"
US, KO = "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.88.59"
BASIC_SR, COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.33"

_PATIENT = {
    **dict.fromkeys(("PatientName", "PatientID", "PatientBirthDate", "PatientSex"), ""),
    **dict.fromkeys(("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID"), ""),
    "StudyInstanceUID": "2.25.1",
    "SeriesInstanceUID": "2.25.2",
    "SOPInstanceUID": "2.25.3",
    **dict.fromkeys(("SeriesNumber", "Manufacturer", "InstanceNumber"), ""),
}
_PIXELS = {
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": 1,
    "Columns": 1,
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
    "PixelData": bytes(2),
}
_PLANE = {
    "FrameOfReferenceUID": "2.25.4",
    "PositionReferenceIndicator": "",
    "PatientPosition": "HFS",
    "PixelSpacing": [1, 1],
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "ImagePositionPatient": [0, 0, 0],
    "SliceThickness": 1,
}
#: Attributes of good data sets, as few as their IODs allow.
GOOD = {
    CT: {
        "SOPClassUID": CT,
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        **(_PATIENT | _PLANE | _PIXELS),
        "RescaleIntercept": 0,
        "RescaleSlope": 1,
        "KVP": "",
        "AcquisitionNumber": "",
    },
    MR: {
        "SOPClassUID": MR,
        "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
        **(_PATIENT | _PLANE | _PIXELS),
        "ScanningSequence": "SE",
        "SequenceVariant": "NONE",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": 500,
        "EchoTime": 12,
        "EchoTrainLength": 1,
    },
    SC: {
        "SOPClassUID": SC,
        "Modality": "OT",
        "ConversionType": "WSD",
        "PatientOrientation": "",
        **(_PATIENT | _PIXELS),
    },
    CR: {
        "SOPClassUID": CR,
        "Modality": "CR",
        "PatientOrientation": "",
        "BodyPartExamined": "",
        "ViewPosition": "",
        **(_PATIENT | _PIXELS),
    },
}


def encode(attributes, syntax=EXPLICIT_LITTLE):
    """Bytes of a data set, not deflated; a list of mappings is a sequence."""
    out = DicomBytesIO()
    out.is_little_endian, out.is_implicit_VR = syntax != EXPLICIT_BIG, syntax == IMPLICIT_LITTLE
    with disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of character sets that are wrong on purpose
        write_dataset(out, _dataset(attributes))
    return out.getvalue()


def _dataset(attributes):
    dataset = Dataset()
    for keyword, value in attributes.items():
        if isinstance(value, list) and (not value or isinstance(value[0], dict)):
            value = [_dataset(item) for item in value]
        if keyword.startswith("("):
            group, element = keyword.strip("()").split(",")
            dataset.add_new((int(group, 16), int(element, 16)), *value)
        else:
            setattr(dataset, keyword, value)
    return dataset


def dataset(attributes):
    """The data set as the checker reads it."""
    return read(encode(attributes), EXPLICIT_LITTLE)


def part10_head(syntax, sop_class=CT, instance="2.25.3"):
    """Preamble, prefix and File Meta Information of a file."""

    def row(number, vr, value):
        value += b"\0" * (len(value) % 2)
        long = b"\0\0" + struct.pack("<I", len(value)) if vr == b"OB" else struct.pack("<H", len(value))
        return struct.pack("<HH", 2, number) + vr + long + value

    rows = (
        row(1, b"OB", b"\0\1")
        + row(2, b"UI", sop_class.encode())
        + row(3, b"UI", instance.encode())
        + row(0x10, b"UI", syntax.encode())
        + row(0x12, b"UI", b"2.25.9")
    )
    return bytes(128) + b"DICM" + row(0, b"UL", struct.pack("<I", len(rows))) + rows


def structure(attributes, *, complete=True):
    """Findings of the structure, by level."""
    decoded = dataset(attributes)
    return judge_structure(load_knowledge(), decoded.text("SOPClassUID"), decoded, complete=complete)


def elements(attributes):
    """Findings of the elements, each by itself."""
    decoded = dataset(attributes)
    return [finding for element in decoded.elements.values() for finding in judge_element(decoded, element)]


def errors(findings):
    """(rule, path) of the errors."""
    return [(finding.rule, finding.tag) for finding in findings if finding.level == "error"]


def warned(findings):
    """(rule, path) of the warnings."""
    return [(finding.rule, finding.tag) for finding in findings if finding.level == "warning"]


def opened(data):
    """(Transfer Syntax UID, encoded data set) of a file, broken as it may be behind its File Meta Information."""
    at, syntax = 132, EXPLICIT_LITTLE
    while data[at : at + 2] == b"\x02\x00":
        long = data[at + 4 : at + 6] in (b"OB", b"UN")
        head, form = (12, "<I") if long else (8, "<H")
        (length,) = struct.unpack_from(form, data, at + head - struct.calcsize(form))
        if data[at + 2 : at + 4] == b"\x10\x00":
            syntax = data[at + head : at + head + length].rstrip(b"\0").decode()
        at += head + length
    return syntax, data[at:]
