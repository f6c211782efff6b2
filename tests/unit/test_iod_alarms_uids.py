"""UIDs that no list has: a note and nothing else; how data set and pixels are encoded is seen from the bytes."""

from __future__ import annotations

import struct
import zlib

import pytest

from scanproof.iod import Checker
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.iod_data import CT, GOOD, encode, part10_head

#: Deflated Image Frame Compression, JPEG XL; then one that nobody has registered, a private one.
LATER = ["1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.4.111"]
UNLISTED = "1.2.840.10008.1.2.99.7"
PRIVATE = "1.2.840.113619.5.2"


def _file(syntax, attributes=GOOD[CT], encoding=EXPLICIT_LITTLE, packed=False, sop_class=CT, vr=b"OB"):
    attributes = attributes | {"SOPClassUID": sop_class}
    if not packed:
        return part10_head(syntax, sop_class) + encode(attributes, encoding)
    rest = encode({name: value for name, value in attributes.items() if name != "PixelData"}, encoding)
    fragment = struct.pack("<HHI", 0xFFFE, 0xE000, 4) + b"\1\2\3\0"
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) + fragment + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return part10_head(syntax, sop_class) + rest + b"\xe0\x7f\x10\x00" + vr + b"\0\0\xff\xff\xff\xff" + items


def told(data):
    return [(f.rule, f.level.value, f.tag) for f in Checker().check_bytes(data).findings]


@pytest.mark.parametrize("uid", LATER)
def test_transfer_syntaxes_that_came_after_the_list_are_known(uid):
    assert told(_file(uid, packed=True)) == []
    assert told(_file(uid)) == [("encapsulation", "error", "PixelData")]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("more", [{}, {"Rows": 7}])
def test_one_that_no_list_has_is_a_note_and_its_pixels_are_taken_as_they_are(packed, more):
    found = told(_file(UNLISTED, GOOD[CT] | more, packed=packed))
    assert found == [("transfer-syntax-unknown", "info", "TransferSyntaxUID")]
    assert told(_file(PRIVATE, GOOD[CT] | more, packed=packed)) == []


@pytest.mark.parametrize("encoding", [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG])
def test_how_its_data_set_is_encoded_is_seen_from_the_bytes(encoding):
    assert told(_file(UNLISTED, encoding=encoding)) == [("transfer-syntax-unknown", "info", "TransferSyntaxUID")]
    assert told(_file(PRIVATE, encoding=encoding)) == []


def test_what_is_wrong_in_it_is_found_all_the_same():
    assert ("type1-empty", "error", "Modality") in told(_file(UNLISTED, GOOD[CT] | {"Modality": ""}, packed=True))
    assert ("encapsulation", "error", "PixelData") in told(_file(UNLISTED, packed=True)[:-8])


def test_the_uid_of_something_else_is_an_error():
    assert ("transfer-syntax-unknown", "error", "TransferSyntaxUID") in told(_file(CT))


def test_a_retired_transfer_syntax_is_one():
    assert told(_file("1.2.840.10008.1.2.4.52", packed=True)) == []


def test_a_sop_class_that_no_list_has_is_a_note():
    later = "1.2.840.10008.5.1.4.1.1.999"
    notes = [("iod-not-checked", "info", "SOPClassUID"), ("sop-class-unknown", "info", "SOPClassUID")]
    assert told(_file(EXPLICIT_LITTLE, sop_class=later)) == notes
    assert told(_file(EXPLICIT_LITTLE, sop_class="2.25.77")) == notes[:1]
    assert ("sop-class-unknown", "error", "SOPClassUID") in told(_file(EXPLICIT_LITTLE, sop_class=EXPLICIT_LITTLE))


@pytest.mark.parametrize("last", ["92", "100", "102.1", "108"])
def test_frames_of_one_stream_have_no_fragment_each(last):
    frames = GOOD[CT] | {"NumberOfFrames": "30"}
    assert "encapsulation" not in [
        rule for rule, _, _ in told(_file(f"1.2.840.10008.1.2.4.{last}", frames, packed=True))
    ]
    found = [rule for rule, _, _ in told(_file("1.2.840.10008.1.2.4.90", frames, packed=True))]
    assert "encapsulation" in found


def test_the_data_set_of_jpip_is_deflated_where_its_transfer_syntax_says_so():
    rest = encode({name: value for name, value in GOOD[CT].items() if name != "PixelData"}, EXPLICIT_LITTLE)
    for last in ("95", "205"):
        squeezed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = part10_head(f"1.2.840.10008.1.2.4.{last}") + squeezed.compress(rest) + squeezed.flush()
        assert "element-truncated" not in [rule for rule, _, _ in told(data)]
        assert Checker().check_bytes(data).facts["SOPInstanceUID"] == b"2.25.3"
