"""Headers of files: what is missing, what does not agree, and what is no DICOM at all."""

from __future__ import annotations

import struct

import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from scanproof.iod.engine.part10 import HeaderReader
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.iod_data import CT, GOOD


def encoded(transfer_syntax=EXPLICIT_LITTLE):
    ds = Dataset()
    for name, value in GOOD[CT].items():
        setattr(ds, name, value)
    ds["PixelData"].VR = "OW"
    buffer = DicomBytesIO()
    buffer.is_implicit_VR = transfer_syntax == IMPLICIT_LITTLE
    buffer.is_little_endian = transfer_syntax != EXPLICIT_BIG
    write_dataset(buffer, ds)
    return buffer.getvalue()


def element(number, vr, value):
    value += b"" if len(value) % 2 == 0 else b" " if vr == b"SH" else b"\0"
    size = b"\0\0" + struct.pack("<I", len(value)) if vr == b"OB" else struct.pack("<H", len(value))
    return struct.pack("<HH", 2, number) + vr + size + value


GOOD_META = {
    0x0001: (b"OB", b"\0\1"),
    0x0002: (b"UI", CT.encode()),
    0x0003: (b"UI", b"2.25.3"),
    0x0010: (b"UI", EXPLICIT_LITTLE.encode()),
    0x0012: (b"UI", b"2.25.99"),
    0x0013: (b"SH", b"TEST"),
}


def file(changes=None, body=None, prefix=b"DICM", group_length=True):
    meta = {**GOOD_META, **(changes or {})}
    rest = b"".join(element(number, *each) for number, each in sorted(meta.items()) if each is not None)
    head = element(0, b"UL", struct.pack("<I", len(rest))) if group_length else b""
    return bytes(128) + prefix + head + rest + (encoded() if body is None else body)


def read(data):
    header = HeaderReader().read(data)
    return header, [(finding.rule, finding.tag) for finding in header.findings]


def test_a_good_header_has_no_finding():
    header, found = read(file())
    assert found == []
    assert header.transfer_syntax == EXPLICIT_LITTLE
    assert header.meta["MediaStorageSOPInstanceUID"] == b"2.25.3"
    assert file()[header.dataset_at :] == encoded()


@pytest.mark.parametrize(
    ("number", "tag"),
    [
        (0x0001, "FileMetaInformationVersion"),
        (0x0002, "MediaStorageSOPClassUID"),
        (0x0003, "MediaStorageSOPInstanceUID"),
        (0x0010, "TransferSyntaxUID"),
        (0x0012, "ImplementationClassUID"),
    ],
)
def test_what_is_missing_or_empty_is_found(number, tag):
    assert read(file({number: None}))[1] == [("type1-missing", tag)]
    if number != 0x0001:
        assert read(file({number: (b"UI", b"")}))[1] == [("type1-empty", tag)]


def test_the_version_name_may_be_missing():
    assert read(file({0x0013: None}))[1] == []


def test_group_length():
    assert read(file(group_length=False))[1] == [("type1-missing", "FileMetaInformationGroupLength")]
    data = file()
    wrong = data.replace(data[140:144], struct.pack("<I", 999), 1)
    assert read(wrong)[1] == [("meta-group-length", "FileMetaInformationGroupLength")]


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG])
def test_another_encoding_than_the_stated_one_is_found_and_read(syntax):
    for stated in (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG):
        header, found = read(file({0x0010: (b"UI", stated.encode())}, encoded(syntax)))
        assert found == ([] if stated == syntax else [("meta-mismatch", "TransferSyntaxUID")])
        assert header.encoding.transfer_syntax == syntax
    header, found = read(file({0x0010: None}, encoded(syntax)))
    assert found == [("type1-missing", "TransferSyntaxUID")]
    assert header.transfer_syntax == syntax


def test_what_is_no_transfer_syntax_is_found():
    header, found = read(file({0x0010: (b"UI", CT.encode())}, encoded(IMPLICIT_LITTLE)))
    assert found == [("transfer-syntax-unknown", "TransferSyntaxUID")]
    assert header.transfer_syntax == IMPLICIT_LITTLE


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG])
def test_how_a_transfer_syntax_that_no_list_has_is_encoded_is_seen_from_the_bytes(syntax):
    for uid, rules in (("1.2.840.10008.1.2.77", ["transfer-syntax-unknown"]), ("1.2.840.113619.5.2", [])):
        header = HeaderReader().read(file({0x0010: (b"UI", uid.encode())}, encoded(syntax)))
        assert [(finding.rule, finding.level) for finding in header.findings] == [(rule, "info") for rule in rules]
        assert header.encoding.transfer_syntax == syntax
        assert header.meta["TransferSyntaxUID"].decode() == uid


def test_prefix_and_preamble():
    assert read(file(prefix=b"dicm"))[1] == [("meta-prefix", "(prefix)")]
    header, found = read(file()[132:])
    assert found == [("meta-prefix", "(prefix)")]
    assert header.transfer_syntax == EXPLICIT_LITTLE


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG])
def test_a_bare_data_set_is_read_in_its_encoding(syntax):
    header, found = read(encoded(syntax))
    assert found == [("no-part10", "")]
    assert header.transfer_syntax == syntax
    assert header.dataset_at == 0


@pytest.mark.parametrize("data", [b"", b"x", b"just a text of some length, no DICOM at all", bytes(500), b"\xff" * 500])
def test_what_is_no_dicom_is_said_so(data):
    header, found = read(data)
    assert found == [("not-dicom", "")]
    assert header.encoding is None


def test_a_broken_group_is_found_with_its_offset():
    header = HeaderReader().read(file()[:200])
    broken = [finding for finding in header.findings if finding.rule == "meta-broken"]
    assert len(broken) == 1
    assert 132 < broken[0].offset < 200


def test_grammar_of_uids_and_bits_of_the_version():
    assert read(file({0x0012: (b"UI", b"1.02.3")}))[1] == [("uid-grammar", "ImplementationClassUID")]
    assert read(file({0x0001: (b"OB", b"\0\2")}))[1] == [("meta-version", "FileMetaInformationVersion")]


def test_an_element_is_looked_at_once_whatever_stands_before_it():
    reader = HeaderReader()
    for _ in range(3):
        assert [finding.rule for finding in reader.read(file({0x0012: (b"UI", b"1.02.3")})).findings] == ["uid-grammar"]
        assert reader.read(file()).findings == ()
