"""Files with one SOP Instance UID in a folder: copies and other encodings are notes, changed ones an error."""

from __future__ import annotations

import zipfile
import zlib

import pytest

from scanproof.iod import Checker, SeriesChecker
from scanproof.iod.command.sources import same_instance
from scansim.wire.dataset import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.iod_data import CT, GOOD, encode, part10_head

JPEG_LOSSLESS, JPEG_2000, BASELINE = (f"1.2.840.10008.1.2.4.{last}" for last in (70, 90, 50))
IMAGE = GOOD[CT] | {
    "PatientName": "Synthetic^Test",
    "ReferencedImageSequence": [{"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "2.25.8"}],
    "SmallestImagePixelValue": 3,
    "PixelData": b"\1\2",
    "(0009,0010)": ("LO", "SCANSIM"),
    "(0009,1001)": ("SH", "private"),
}


def written(folder, name, syntax=EXPLICIT_LITTLE, attributes=IMAGE, frame=None):
    encoding = syntax if syntax in (IMPLICIT_LITTLE, EXPLICIT_BIG) else EXPLICIT_LITTLE
    if frame is None:
        data = encode(attributes, encoding)
    else:
        fragment = b"\xfe\xff\x00\xe0" + len(frame).to_bytes(4, "little") + frame
        data = encode({key: value for key, value in attributes.items() if key != "PixelData"}, encoding)
        data += b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\0\0\0\0" + fragment
        data += b"\xfe\xff\xdd\xe0\0\0\0\0"
    if syntax == DEFLATED_LITTLE:
        data = zlib.compress(data, wbits=-zlib.MAX_WBITS)
    path = folder / name
    path.write_bytes(part10_head(syntax) + data)
    return str(path)


def told(*paths):
    checker, series = Checker(), SeriesChecker(lambda first, second: False, same_instance)
    for path in paths:
        series.add(checker.check_file(path), path)
    return [(finding.rule, finding.level) for finding in series.findings()]


NOTE = [("instance-recoded", "info")]


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED_LITTLE])
def test_the_same_instance_in_another_native_encoding_is_a_note(syntax, tmp_path):
    assert told(written(tmp_path, "a"), written(tmp_path, "b", syntax)) == NOTE


@pytest.mark.parametrize("syntax", [JPEG_LOSSLESS, JPEG_2000])
def test_so_is_a_lossless_compression(syntax, tmp_path):
    changed = IMAGE | {"PhotometricInterpretation": "MONOCHROME2"}
    assert told(written(tmp_path, "a"), written(tmp_path, "b", syntax, changed, b"\xff\xd8\xff\xd9")) == NOTE


def test_three_of_them_are_one_note(tmp_path):
    paths = [
        written(tmp_path, name, syntax)
        for name, syntax in zip("abc", (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG), strict=True)
    ]
    assert told(*paths) == NOTE


@pytest.mark.parametrize(
    "change",
    [
        {"PatientName": "Synthetic^Other"},
        {"WindowCenter": "40", "WindowWidth": "400"},
        {"SmallestImagePixelValue": 4},
        {"ReferencedImageSequence": [{"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "2.25.9"}]},
        {"ReferencedImageSequence": []},
    ],
)
@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG])
def test_an_instance_that_was_changed_is_another_one(change, syntax, tmp_path):
    found = told(written(tmp_path, "a"), written(tmp_path, "b", syntax, IMAGE | change))
    assert ("uid-reuse", "error") in found
    assert NOTE[0] not in found


def test_other_pixels_are_another_instance(tmp_path):
    other = written(tmp_path, "b", IMPLICIT_LITTLE, IMAGE | {"PixelData": b"\7\7"})
    assert told(written(tmp_path, "a"), other) == [("uid-reuse", "error")]
    packed = [written(tmp_path, name, JPEG_2000, frame=frame) for name, frame in (("c", b"\1\1"), ("d", b"\2\2"))]
    assert told(*packed) == [("uid-reuse", "error")]


def test_what_only_a_lossy_compression_makes_is_another_instance_but_where_both_were_lossy_before(tmp_path):
    assert told(written(tmp_path, "a"), written(tmp_path, "b", BASELINE, frame=b"\1\1")) == [("uid-reuse", "error")]
    lossy = IMAGE | {"LossyImageCompression": "01"}
    one, other = written(tmp_path, "c", attributes=lossy), written(tmp_path, "d", BASELINE, lossy, b"\1\1")
    assert told(one, other) == NOTE


def test_what_cannot_be_read_is_not_the_same(tmp_path):
    assert same_instance(written(tmp_path, "a"), str(tmp_path / "absent")) is False
    (tmp_path / "b").write_bytes(b"no DICOM")
    assert same_instance(str(tmp_path / "a"), str(tmp_path / "b")) is False


def test_instances_in_an_archive_are_compared_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "exam.zip", "w") as archive:
        for name, syntax in (("a", EXPLICIT_LITTLE), ("b", IMPLICIT_LITTLE)):
            archive.write(written(tmp_path, name, syntax), name)
    assert same_instance(f"{tmp_path}/exam.zip!/a", f"{tmp_path}/exam.zip!/b") is True
    assert same_instance(f"{tmp_path}/exam.zip!/a", f"{tmp_path}/exam.zip!/c") is False
