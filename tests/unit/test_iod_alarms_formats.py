"""What is no DICOM file is not taken for one: the beginnings of other formats, raw pixels, any bytes."""

from __future__ import annotations

import random
import struct

import pytest

from scanproof.iod import Checker
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.iod_data import CT, GOOD, encode

NIFTI = struct.pack("<i", 348) + bytes(36) + struct.pack("<8h", 3, 64, 64, 30, 1, 1, 1, 1) + bytes(296)
OTHERS = {
    "nifti": NIFTI + bytes(5000),
    "nifti with a type": struct.pack("<i10s18sih", 348, b"dsr      \0", b"db_name", 16384, 0) + b"r" + bytes(4000),
    "nifti big endian": struct.pack(">i", 348) + bytes(4000),
    "nifti 2": struct.pack("<i8s", 540, b"n+2\0\r\n\x1a\n") + bytes(5000),
    "analyze": struct.pack("<i10s", 348, b"dsr") + bytes(334),
    "nrrd": b"NRRD0004\ntype: short\ndimension: 3\n",
    "mhd": b"ObjectType = Image\nNDims = 3\nBinaryData = True\n",
    "mgh": struct.pack(">7i", 1, 256, 256, 256, 1, 3, 1) + bytes(500),
    "minc": b"CDF\1" + bytes(400),
    "hdf": b"\x89HDF\r\n\x1a\n" + bytes(400),
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + bytes(400),
    "jpeg 2000": b"\xff\x4f\xff\x51\0\x2f\0\0" + bytes(400),
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(400),
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(400),
    "tiff": b"II*\0\x08\0\0\0\x12\0\0\1\3\0\1\0\0\0\0\2\0\0" + bytes(400),
    "tiff big endian": b"MM\0*\0\0\0\x08\0\x12\1\0\0\3\0\0\0\1\0\0\2\0" + bytes(400),
    "bmp": b"BM" + struct.pack("<IHHI", 5000, 0, 0, 54) + bytes(400),
    "gif": b"GIF89a\x10\0\x10\0" + bytes(400),
    "zip": b"PK\3\4\x14\0\0\0\x08\0" + bytes(400),
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bytes(400),
    "7z": b"7z\xbc\xaf\x27\x1c\0\4" + bytes(400),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "mp4": b"\0\0\0\x18ftypmp42" + bytes(400),
    "avi": b"RIFF\x24\x08\0\0AVI " + bytes(400),
    "elf": b"\x7fELF\2\1\1\0" + bytes(400),
    "exe": b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + bytes(400),
    "office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(400),
    "sqlite": b"SQLite format 3\0" + bytes(400),
    "numpy": b"\x93NUMPY\1\0v\0{'descr': '<i2', " + bytes(400),
    "stl": bytes(80) + struct.pack("<I", 12) + bytes(600),
    "json": b'{"00080018": {"vr": "UI", "Value": ["2.25.3"]}}',
    "xml": b'<?xml version="1.0" encoding="utf-8"?>\n<a/>\n',
    "text": b"Patient: Synthetic\nExam of 2026\n",
    "text like a curve": b" P\x10\0 and then some more text, as it comes",
    "a mac's": b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(400),
    "raw zeros": bytes(100_000),
    "raw air": struct.pack("<h", -1024) * 50_000,
    "raw dark": b"".join(struct.pack("<4H", 0x18, 0x50, 0x30, 0) for _ in range(5000)),
    "raw low": b"".join(struct.pack("<H", 8 + value % 40) for value in range(50_000)),
    "raw of 1010H": b"\x10" * 5000,
    "raw bytes": bytes(range(256)) * 40,
}


@pytest.fixture(scope="module")
def checker():
    return Checker()


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_are_not_dicom(name, checker, tmp_path):
    (tmp_path / name).write_bytes(OTHERS[name])
    checked = checker.check_file(tmp_path / name)
    assert [finding.rule for finding in checked.findings] == ["not-dicom"]
    assert not checked.is_dicom


def test_random_bytes_are_not_dicom(checker):
    draw = random.Random(14)
    for number in range(3000):
        data = draw.randbytes(draw.choice((1, 8, 12, 40, 400)))
        assert not checker.check_bytes(data).is_dicom, number
    for number in range(1500):  # small numbers, as raw pixels are
        most = draw.choice((12, 40, 300))
        data = b"".join(struct.pack("<H", draw.randrange(most)) for _ in range(200))
        assert not checker.check_bytes(data).is_dicom, number


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG])
@pytest.mark.parametrize(
    "before", [{}, {"(0008,0000)": ("UL", 100)}, {"(0008,0001)": ("UL", 5000)}, {"SpecificCharacterSet": "ISO_IR 100"}]
)
def test_bare_data_sets_are_read_as_before(syntax, before, checker):
    checked = checker.check_bytes(encode(before | GOOD[CT], syntax))
    assert checked.is_dicom
    assert checked.sop_class == CT
    assert not checked.errors
    patient = encode({"PatientName": "Synthetic^Test", "PatientID": "SYN-1"}, syntax)
    assert checker.check_bytes(patient).is_dicom
