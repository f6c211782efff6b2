"""Pixels that come back: decoded in every transfer syntax that we write, and taken for what they are elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from scanproof.decoding import Form, NotDecoded, forms, is_compressed, is_lossy, pixels
from scansim.images.pixels import encapsulate, encode_frames
from scansim.network.elided import Elided
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire import dataset as wire
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encapsulated import taken_apart
from scansim.wire.encoding import encode
from tests.support.others import package

IMAGES = {
    "grey of 12 bits": ("uint16", 12, (2, 33, 35)),
    "signed of 12 bits": ("int16", 12, (2, 34, 33)),
    "signed of 16 bits": ("int16", 16, (1, 33, 33)),
    "bytes": ("uint8", 8, (3, 33, 33)),
    "colour": ("uint8", 8, (2, 33, 34, 3)),
}
LOSSLESS = [name for name, syntax in SYNTAXES.items() if not syntax.lossy]


def an_image(name: str) -> tuple[NDArray[Any], Form]:
    dtype, bits, shape = IMAGES[name]
    low = -(1 << bits - 1) if dtype == "int16" else 0
    frames = np.random.default_rng(bits).integers(low, low + (1 << bits), shape).astype(dtype)
    samples = shape[3] if len(shape) == 4 else 1
    photometric = "RGB" if samples == 3 else "MONOCHROME2"
    width = 8 * frames.dtype.itemsize
    return frames, Form(shape[0], shape[1], shape[2], samples, width, bits, dtype == "int16", False, photometric)


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_what_was_encoded_is_what_is_decoded(name: str, syntax: str) -> None:
    if SYNTAXES[syntax].needs_extra:
        package("imagecodecs", "imagecodecs")
    frames, form = an_image(name)
    made = encode_frames(frames, SYNTAXES[syntax], bits_stored=form.stored)
    uid = SYNTAXES[syntax].uid
    found = pixels(form, made.pixel_data, uid, vr=made.vr)
    native = frames.astype(frames.dtype.newbyteorder("<")).tobytes()
    assert any(data.startswith(native) for data in forms(form, found))
    assert (pixels(form, made.pixel_data, uid, vr=made.vr, only=form.frames - 1)[0] == found[-1]).all()


@pytest.mark.parametrize("table", ["basic", "empty"])
def test_frames_of_several_fragments_are_told_apart(table: str) -> None:
    frames, form = an_image("grey of 12 bits")
    made = encode_frames(frames, SYNTAXES["jpegls"], bits_stored=12, fragments=3, offset_table=table)  # type: ignore[arg-type]
    assert (pixels(form, made.pixel_data, SYNTAXES["jpegls"].uid) == frames).all()


def test_colour_by_plane_is_the_same_colour() -> None:
    frames, form = an_image("colour")
    by_plane = np.ascontiguousarray(frames.transpose((0, 3, 1, 2))).tobytes()
    assert (pixels(replace(form, planar=True), by_plane, EXPLICIT_LITTLE) == frames).all()


def test_what_stands_above_the_high_bit_is_no_pixel() -> None:
    form = Form(1, 1, 2, 1, 16, 12, True, False, "MONOCHROME2")
    zeros, signs = np.array([[[0x0FFF, 1]]], "<u2").tobytes(), np.array([[[-1, 1]]], "<i2").tobytes()
    assert signs in list(forms(form, pixels(form, zeros, EXPLICIT_LITTLE)))


@pytest.mark.parametrize(
    ("value", "syntax"),
    [
        (b"", "explicit"),
        (b"", "rle"),
        (b"nonsense", "jpegls"),
        (encapsulate([b"nonsense"])[0], "jpegls"),
        (encapsulate([b"nonsense"])[0], "j2k"),
        (encapsulate([b"nonsense"])[0], "rle"),
        (encapsulate([b"nonsense"] * 3)[0], "rle"),
    ],
)
def test_what_cannot_be_decoded_says_so(value: bytes, syntax: str) -> None:
    with pytest.raises(NotDecoded):
        pixels(an_image("grey of 12 bits")[1], value, SYNTAXES[syntax].uid)


def test_a_transfer_syntax_that_nobody_knows_is_not_decoded() -> None:
    assert is_compressed("1.2.3")
    assert is_lossy("1.2.3") is None
    with pytest.raises(NotDecoded):
        pixels(an_image("bytes")[1], b"", "1.2.3")


def test_of_which_syntaxes_it_is_known_that_they_lose_something() -> None:
    known = {name: is_lossy(syntax.uid) for name, syntax in SYNTAXES.items()}
    assert {name for name, lossy in known.items() if lossy} == {"jpeg", "jpegls-near"}
    assert {name for name, lossy in known.items() if lossy is None} == {"j2k-lossy"}


@pytest.mark.parametrize("wrong", [{"Rows": 0}, {"BitsAllocated": 12}, {"SamplesPerPixel": 4}, {"NumberOfFrames": "x"}])
def test_attributes_that_make_no_image_are_told(wrong: dict[str, object]) -> None:
    ds = Dataset()
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.SamplesPerPixel = 2, 2, 16, 12, 1
    assert Form.of(wire.read(encode(ds, EXPLICIT_LITTLE), EXPLICIT_LITTLE)).length == 8
    for keyword, value in wrong.items():
        ds.add_new(keyword, "CS" if isinstance(value, str) else "US", value)
    with pytest.raises(NotDecoded):
        Form.of(wire.read(encode(ds, EXPLICIT_LITTLE), EXPLICIT_LITTLE))


# --- fragments, and the digests that the record has of them -----------------------------------------------------------


def test_fragments_are_one_stream_however_they_are_cut() -> None:
    frames = [bytes(range(100)), bytes(range(100, 199))]
    digests = {
        taken_apart(encapsulate(frames, fragments=count, offset_table=table)[0]).digest()
        for count, table in ((1, "basic"), (1, "empty"), (4, "basic"))
    }
    assert len(digests) == 1
    whole = taken_apart(encapsulate(frames)[0])
    assert (whole.whole, len(whole.fragments), whole.offsets) == (True, 2, (0, 108))
    assert taken_apart(encapsulate(frames[:1])[0]).digest() not in digests


@pytest.mark.parametrize("cut", [0, 3, 8, 12, 40])
def test_a_value_that_breaks_off_is_taken_apart_as_far_as_it_goes(cut: int) -> None:
    found = taken_apart(encapsulate([bytes(100)])[0][:cut])
    assert not found.whole
    assert found.fragments == ()


def test_native_pixels_have_one_digest_and_compressed_ones_three() -> None:
    plain = Elided.of(bytes(100))
    assert (plain.pixels, plain.stream) == (b"", b"")
    frames, _ = an_image("bytes")
    value = encode_frames(frames, SYNTAXES["rle"], bits_stored=8).pixel_data
    coded = Elided.of(value, frames.tobytes())
    assert coded.pixels == Elided.of(frames.tobytes()).sha256
    assert len({coded.sha256, coded.pixels, coded.stream}) == 3
    assert Elided.of(value).pixels == b""
