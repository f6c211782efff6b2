"""The process that decodes: what ends a decoder ends neither the run nor the next stream."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from scanproof.codecs import RLE
from scanproof.decoder import Decoder, DecoderError
from scanproof.decoding import Form, NotDecoded, pixels
from scansim.images.pixels import encode_frames
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire.encapsulated import taken_apart

FRAME = np.arange(64 * 64, dtype="<u2").reshape((64, 64))
ABOUT = {"rows": 64, "columns": 64, "samples": 1, "allocated": 16}
VALUE = encode_frames(FRAME[np.newaxis], SYNTAXES["rle"], bits_stored=16).pixel_data
STREAM = b"".join(taken_apart(VALUE).fragments)


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.close()


def test_a_stream_that_a_decoder_breaks_over_is_told_and_the_next_is_decoded(decoder: Decoder) -> None:
    smaller = {**ABOUT, "rows": 8}
    with pytest.raises(DecoderError):
        decoder.decode(RLE, smaller, STREAM)  # more pixels than there is room for: a panic of its decoder
    assert (decoder.decode(RLE, ABOUT, STREAM) == FRAME).all()


def test_a_panic_of_a_decoder_is_no_crash_of_ours() -> None:
    form = Form(1, 8, 64, 1, 16, 16, False, False, "MONOCHROME2")
    with pytest.raises(NotDecoded, match="RLE Lossless: "):
        pixels(form, VALUE, SYNTAXES["rle"].uid)


def test_a_decoder_that_died_is_begun_anew(decoder: Decoder) -> None:
    assert (decoder.decode(RLE, ABOUT, STREAM) == FRAME).all()
    process = decoder._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait(5)
    assert (decoder.decode(RLE, ABOUT, STREAM) == FRAME).all()
    assert decoder._process is not process


def test_a_decoder_that_comes_to_no_end_is_ended() -> None:
    hasty = Decoder(seconds=0.001)
    with pytest.raises(DecoderError, match=r"came to no end within 0.001 s"):
        hasty.decode(RLE, ABOUT, STREAM)
    assert hasty._process is None


def test_a_codec_that_there_is_not_is_told(decoder: Decoder) -> None:
    with pytest.raises(DecoderError, match="KeyError"):
        decoder.decode("no-codec", ABOUT, b"")
