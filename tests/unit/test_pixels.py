"""Pixel Data byte by byte; that others read the same pixels from it is in tests/integration/test_pixel_readers.py."""

from __future__ import annotations

import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from struct import pack, unpack
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from scansim.images.pixels import deflate, encapsulate, encode_frames
from scansim.vocabulary.syntaxes import SYNTAXES
from tests.support.others import package

ITEM = b"\xfe\xff\x00\xe0"
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
COMPRESSED = [name for name, syntax in SYNTAXES.items() if syntax.encapsulated]


def gradient(*shape: int, dtype: str = "uint16") -> NDArray[Any]:
    return (np.arange(np.prod(shape)) % 251).reshape(shape).astype(dtype)


def items(value: bytes) -> list[bytes]:
    """Split a value into its items; nothing may be left but the delimiter."""
    found, position = [], 0
    while value[position:] != DELIMITER:
        tag, length = unpack("<4sI", value[position : position + 8])
        assert tag == ITEM
        found.append(value[position + 8 : position + 8 + length])
        position += 8 + length
    return found


# --- native


@pytest.mark.parametrize("name", ["implicit", "explicit", "deflated"])
def test_native_pixels_are_little_endian_words(name: str) -> None:
    encoded = encode_frames(np.array([[[1, -2, 3]]], "int16"), SYNTAXES[name], bits_stored=16)
    assert (encoded.pixel_data, encoded.vr) == (b"\1\0\xfe\xff\3\0", "OW")
    assert encoded.changes == Dataset()


def test_big_endian_swaps_words_but_not_bytes() -> None:
    words = encode_frames(np.array([[[1, 0x0203]]], "uint16"), SYNTAXES["big-endian"], bits_stored=16)
    assert (words.pixel_data, words.vr) == (b"\0\1\2\3", "OW")
    octets = encode_frames(np.array([[[1, 2]]], "uint8"), SYNTAXES["big-endian"], bits_stored=8)
    assert (octets.pixel_data, octets.vr) == (b"\1\2", "OB")


@pytest.mark.parametrize(("name", "vr"), [("implicit", "OW"), ("explicit", "OB"), ("deflated", "OB")])
def test_an_odd_number_of_bytes_is_padded(name: str, vr: str) -> None:
    encoded = encode_frames(np.array([[[1, 2, 3]]], "uint8"), SYNTAXES[name], bits_stored=8)
    assert (encoded.pixel_data, encoded.vr) == (b"\1\2\3\0", vr)


def test_input_of_another_byte_order_or_layout_is_the_same_image() -> None:
    frames = gradient(2, 40, 33)
    for other in (frames.astype(">u2"), np.asfortranarray(frames), np.repeat(frames, 2, axis=1)[:, ::2]):
        for name in ("explicit", "big-endian", "rle", "jpegls", "j2k"):
            ours = encode_frames(frames, SYNTAXES[name], bits_stored=12)
            assert encode_frames(other, SYNTAXES[name], bits_stored=12).pixel_data == ours.pixel_data


@pytest.mark.parametrize("size", range(20, 40))
def test_a_deflated_data_set_is_raw_and_of_even_length(size: int) -> None:
    data = bytes(range(size))
    deflated = deflate(data)
    assert len(deflated) % 2 == 0
    stream = zlib.decompressobj(wbits=-15)
    assert stream.decompress(deflated) + stream.flush() == data
    assert stream.unused_data in (b"", b"\0")


# --- encapsulated


@pytest.mark.parametrize("name", COMPRESSED)
def test_threads_encode_what_one_of_them_would(name: str) -> None:
    """An encoder that is not safe in threads makes other bytes, or ends the process."""
    if SYNTAXES[name].needs_extra is not None:
        package("imagecodecs", "imagecodecs")
    bits, dtype = (8, np.uint8) if name == "jpeg" else (12, np.uint16)
    noise = np.random.default_rng(1).integers(0, 250, (20, 1, 256, 256), dtype)

    def encode(frames: NDArray[Any]) -> bytes:
        return encode_frames(frames, SYNTAXES[name], bits_stored=bits).pixel_data

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(encode, noise)) == [encode(frames) for frames in noise]


def test_a_basic_offset_table_points_to_the_first_item_of_each_frame() -> None:
    value, tables = encapsulate([b"abcd", b"efg", b"hi"])
    assert value == b"".join(
        [ITEM, pack("<I3I", 12, 0, 12, 24)]
        + [ITEM + pack("<I", len(item)) + item for item in (b"abcd", b"efg\0", b"hi")]
        + [DELIMITER]
    )
    assert tables == Dataset()


def test_an_empty_basic_offset_table_is_an_item_without_value() -> None:
    value, tables = encapsulate([b"abcd", b"ef"], offset_table="empty")
    assert items(value) == [b"", b"abcd", b"ef"]
    assert tables == Dataset()


def test_an_extended_offset_table_stands_outside() -> None:
    value, tables = encapsulate([b"abcd", b"efg", b"hi"], offset_table="extended")
    assert items(value) == [b"", b"abcd", b"efg\0", b"hi"]
    assert tables.ExtendedOffsetTable == pack("<3Q", 0, 12, 24)
    assert tables.ExtendedOffsetTableLengths == pack("<3Q", 4, 4, 2)


@pytest.mark.parametrize("fragments", [1, 2, 3, 4, 5, 100])
def test_fragments_are_even_and_the_table_counts_frames(fragments: int) -> None:
    frames = [bytes(range(1, 18)), b"ab", bytes(range(30))]
    found = items(encapsulate(frames, fragments=fragments)[0])
    assert all(len(item) % 2 == 0 and item for item in found)
    counts = [min(fragments, words) for words in (9, 1, 15)]
    assert len(found) == 1 + sum(counts)
    first = [sum(counts[:index]) for index in range(3)]
    offsets = [sum(8 + len(item) for item in found[1 : 1 + start]) for start in first]
    assert found[0] == pack("<3I", *offsets)
    for frame, (start, stop) in zip(frames, pairwise([*first, sum(counts)]), strict=True):
        assert b"".join(found[1 + start : 1 + stop]) == frame + b"\0" * (len(frame) % 2)


def test_tables_and_fragments_that_the_standard_excludes_are_refused() -> None:
    with pytest.raises(ValueError, match="Extended Offset Table needs one fragment per frame"):
        encapsulate([b"abcd"], fragments=2, offset_table="extended")
    with pytest.raises(ValueError, match="RLE Lossless takes one fragment per frame"):
        encode_frames(gradient(1, 4, 4), SYNTAXES["rle"], bits_stored=16, fragments=2)
    with pytest.raises(ValueError, match="0 fragments per frame"):
        encapsulate([b"abcd"], fragments=0)


def test_the_precision_of_a_bit_stream_is_bits_stored() -> None:
    package("imagecodecs", "imagecodecs")
    for dtype, sign in (("uint16", 0), ("int16", 0x80)):
        streams = {}
        for name in ("j2k", "htj2k", "jpegls", "jpeg-lossless"):
            encoded = encode_frames(gradient(1, 33, 33, dtype=dtype), SYNTAXES[name], bits_stored=12)
            streams[name] = items(encoded.pixel_data)[1]
        assert streams["j2k"][42] == streams["htj2k"][42] == sign | 11  # Ssiz
        for name, marker in (("jpegls", b"\xff\xf7"), ("jpeg-lossless", b"\xff\xc3")):
            assert streams[name][streams[name].index(marker) + 4] == 12  # P of the frame header


@pytest.mark.parametrize("name", ["j2k", "j2k-lossy", "htj2k"])
def test_a_bit_stream_has_the_colour_transform_that_the_attribute_tells_of(name: str) -> None:
    if SYNTAXES[name].needs_extra:
        package("imagecodecs", "imagecodecs")
    for shape, transform in (((1, 40, 40, 3), 1), ((1, 40, 40), 0)):
        encoded = encode_frames(gradient(*shape, dtype="uint8"), SYNTAXES[name], bits_stored=8)
        stream = items(encoded.pixel_data)[1]
        assert stream[stream.index(b"\xff\x52") + 8] == transform  # the last byte of SGcod
        assert ("PhotometricInterpretation" in encoded.changes) == bool(transform)


@pytest.mark.parametrize("name", ["jpegls", "jpegls-near", "jpeg-lossless"])
def test_a_codec_without_sign_is_given_the_bits_stored(name: str) -> None:
    if SYNTAXES[name].needs_extra:
        package("imagecodecs", "imagecodecs")
    signed = gradient(1, 40, 40, dtype="int16") - 100
    unsigned = (signed & 0xFFF).astype("uint16")
    encoded = encode_frames(signed, SYNTAXES[name], bits_stored=12)
    assert encoded.pixel_data == encode_frames(unsigned, SYNTAXES[name], bits_stored=12).pixel_data


# --- attributes


@pytest.mark.parametrize(
    ("name", "photometric"),
    [
        ("explicit", "RGB"),
        ("rle", "RGB"),
        ("jpeg", "YBR_FULL_422"),
        ("jpeg-lossless", "RGB"),
        ("jpegls", "RGB"),
        ("jpegls-near", "RGB"),
        ("j2k", "YBR_RCT"),
        ("j2k-lossy", "YBR_ICT"),
        ("htj2k", "YBR_RCT"),
    ],
)
def test_colour_changes_its_photometric_interpretation(name: str, photometric: str) -> None:
    if SYNTAXES[name].needs_extra:
        package("imagecodecs", "imagecodecs")
    changes = encode_frames(gradient(1, 40, 40, 3, dtype="uint8"), SYNTAXES[name], bits_stored=8).changes
    assert (changes.PhotometricInterpretation, changes.PlanarConfiguration) == (photometric, 0)


@pytest.mark.parametrize("name", COMPRESSED)
def test_only_what_lost_something_says_so(name: str) -> None:
    if SYNTAXES[name].needs_extra:
        package("imagecodecs", "imagecodecs")
    frames = gradient(2, 64, 64, dtype="uint8")
    encoded = encode_frames(frames, SYNTAXES[name], bits_stored=8, ratio=5)
    methods = {"jpeg": "ISO_10918_1", "jpegls-near": "ISO_14495_1", "j2k-lossy": "ISO_15444_1"}
    if name not in methods:
        assert encoded.changes == Dataset()
        return
    assert encoded.changes.LossyImageCompression == "01"
    assert encoded.changes.LossyImageCompressionMethod == methods[name]
    compressed = sum(len(item) for item in items(encoded.pixel_data)[1:])
    assert float(encoded.changes.LossyImageCompressionRatio) == pytest.approx(frames.nbytes / compressed, rel=0.01)
    assert "ImageType" not in encoded.changes


@pytest.mark.parametrize(("dtype", "bits"), [("uint8", 8), ("uint16", 12), ("int16", 16)])
def test_the_ratio_counts_from_allocated_bits(dtype: str, bits: int) -> None:
    noise = np.random.default_rng(1).integers(0, 200, (1, 256, 256)).astype(dtype)
    changes = encode_frames(noise, SYNTAXES["j2k-lossy"], bits_stored=bits, ratio=8).changes
    assert float(changes.LossyImageCompressionRatio) == pytest.approx(8, rel=0.05)


# --- what cannot be


@pytest.mark.parametrize(
    ("frames", "bits", "name", "message"),
    [
        (gradient(1, 4, 4, dtype="int32"), 16, "explicit", "pixels of type int32"),
        (gradient(4, 4), 16, "explicit", r"pixels of shape \(4, 4\)"),
        (gradient(1, 0, 4), 16, "explicit", r"pixels of shape \(1, 0, 4\)"),
        (gradient(1, 4, 4, 2, dtype="uint8"), 8, "explicit", "RGB with 2 samples per pixel"),
        (gradient(1, 4, 4, 3, dtype="int16"), 16, "explicit", "colour is unsigned"),
        (gradient(1, 4, 4, dtype="uint8"), 9, "explicit", "9 bits stored in uint8"),
        (np.full((1, 4, 4), 4096, "uint16"), 12, "jpegls", "from 4096 to 4096 do not fit into 12 bits"),
        (np.full((1, 4, 4), -2049, "int16"), 12, "rle", "from -2049 to -2049 do not fit into 12 bits"),
        (gradient(1, 4, 4), 8, "jpegls", "8 bits stored in uint16 are not possible with jpegls"),
        (gradient(1, 4, 4), 12, "jpeg", "12 bits stored in uint16 are not possible with jpeg"),
        (gradient(1, 31, 64), 12, "j2k", "j2k needs at least 32 rows and columns"),
        (np.full((1, 4, 4), 2047, "int16"), 12, "jpegls-near", "must be from -2046 to 2045"),
        (gradient(1, 1, 1), 12, "jpegls", r"jpegls cannot encode an image of \(1, 1\)"),
    ],
)
def test_an_image_that_does_not_fit_is_refused(frames: NDArray[Any], bits: int, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_frames(frames, SYNTAXES[name], bits_stored=bits)


def test_options_out_of_range_are_refused() -> None:
    frames = gradient(1, 32, 32)
    with pytest.raises(ValueError, match="near-lossless error of 0"):
        encode_frames(frames, SYNTAXES["jpegls-near"], bits_stored=16, near=0)
    with pytest.raises(ValueError, match=r"ratio of 0\.5"):
        encode_frames(frames, SYNTAXES["j2k-lossy"], bits_stored=16, ratio=0.5)
    with pytest.raises(ValueError, match="indices into a palette would change"):
        encode_frames(frames, SYNTAXES["j2k-lossy"], bits_stored=16, photometric_interpretation="PALETTE COLOR")
    with pytest.raises(ValueError, match="YBR_FULL with 1 samples"):
        encode_frames(frames, SYNTAXES["rle"], bits_stored=16, photometric_interpretation="YBR_FULL")


@pytest.mark.parametrize("name", ["htj2k", "jpeg", "jpeg-lossless"])
def test_an_encoder_that_is_missing_names_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    extra = SYNTAXES[name].needs_extra
    with pytest.raises(ValueError, match=rf"needs imagecodecs, .* pip install 'scanproof\[{extra}\]'"):
        encode_frames(gradient(1, 32, 32, dtype="uint8"), SYNTAXES[name], bits_stored=8)


def test_syntaxes_have_the_names_of_the_standard() -> None:
    assert SYNTAXES["deflated"].title == "Deflated Explicit VR Little Endian"
    assert [name for name, syntax in SYNTAXES.items() if syntax.lossy] == ["jpeg", "jpegls-near", "j2k-lossy"]
    assert len({syntax.uid for syntax in SYNTAXES.values()}) == len(SYNTAXES)
