"""The pixels of an instance that came back beside those that were sent: by digest, or decoded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from scanproof import decoding
from scansim.network.transcript import Exchange
from scansim.wire.dataset import EXPLICIT_BIG, DataSet, Element
from scansim.wire.encapsulated import taken_apart

#: Where pixels stand (PS3.3 C.7.6.3, C.7.6.24).
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
#: Colour of three samples that a codec makes of RGB, and gives back as RGB (PS3.3 C.7.6.3.1.2).
_OF_A_CODEC = ("YBR_RCT", "YBR_ICT")


#: What the bytes of pixels are read by (PS3.3 C.7.6.3.1); Bits Stored and High Bit leave the samples as they are.
MEANING = ("PhotometricInterpretation", "PixelRepresentation", "SamplesPerPixel", "BitsAllocated", "Rows", "Columns")
#: Of these no codec makes another one: the samples are compared as they are.
_GREY = frozenset(("MONOCHROME1", "MONOCHROME2"))


class Pixels(StrEnum):
    """What became of pixels; ``OTHER_STREAM`` is a lossy one that was changed, of which nobody knows the pixels."""

    NONE = "none"
    SAME = "the same"
    CHANGED = "changed"
    LOST = "lost"
    ADDED = "added"
    OTHER_STREAM = "another stream"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True, slots=True)
class PixelsBack:
    """What became of the pixels of one instance.

    ``how`` says by what it is known, or why not. ``lossy`` says that they were compressed lossily since they were sent;
    ``recoded`` that they came in another transfer syntax of pixels. ``described`` is the attribute that alone makes
    other pixels of the same bytes.
    """

    state: Pixels
    how: str = ""
    lossy: str = ""
    recoded: bool = False
    described: str = ""


def _meant(ours: DataSet, theirs: DataSet) -> str:
    """The attribute by which the same bytes are other pixels; empty where there is none."""
    for name in MEANING:
        mine, its = ours.values(name), theirs.values(name)
        if any(mine) and any(its) and mine != its:
            return name
    return ""


def compare(sent: Exchange, ours: DataSet, received: Exchange, theirs: DataSet) -> PixelsBack:
    """Compare the pixels of two C-STOREs of one instance."""
    mine, its = _element(ours), _element(theirs)
    if mine is None:
        return PixelsBack(Pixels.NONE if its is None else Pixels.ADDED)
    if its is None:
        return PixelsBack(Pixels.LOST)
    before, after = sent.transfer_syntax, received.transfer_syntax
    recoded = before != after and (decoding.is_compressed(before) or decoding.is_compressed(after))
    lossy = _made_lossy(ours, before, theirs, after)
    wanted = _digest(sent, mine)
    if not wanted:
        return PixelsBack(Pixels.NOT_COMPARED, "the record has no digest of what was sent", lossy, recoded)
    if _sha(its.value) == wanted and not recoded:
        if other := _meant(ours, theirs):
            return PixelsBack(Pixels.CHANGED, f"the same bytes, of which {other} says something else", described=other)
        return PixelsBack(Pixels.SAME, "the same bytes", lossy)
    if lossy:
        return PixelsBack(Pixels.NOT_COMPARED, "they were compressed lossily", lossy, recoded)
    if before == after and decoding.is_compressed(after) and sent.stream:
        if taken_apart(its.value).digest().hex() == sent.stream:
            return PixelsBack(Pixels.SAME, "the same fragments", lossy)
        if not sent.pixels:
            return PixelsBack(Pixels.OTHER_STREAM, "another stream than was sent", lossy)
    return _decoded(sent, ours, wanted, received, theirs, its, recoded)


def _decoded(
    sent: Exchange, ours: DataSet, wanted: str, received: Exchange, theirs: DataSet, its: Element, recoded: bool
) -> PixelsBack:
    """Compare what a codec, or another byte order, made of the same pixels."""
    before = sent.transfer_syntax
    compressed = decoding.is_compressed(before)
    if compressed and not sent.pixels:
        return PixelsBack(Pixels.NOT_COMPARED, "they were sent compressed lossily", recoded=recoded)
    try:
        form, other = decoding.Form.of(ours), decoding.Form.of(theirs)
        is_native = not compressed and not decoding.is_compressed(received.transfer_syntax)
        if _colour(form) != _colour(other) and is_native:
            return PixelsBack(Pixels.CHANGED, f"by their bytes, and they came as {other.photometric}")
        if _colour(form) != _colour(other) and not {_colour(form), _colour(other)} <= _GREY:
            return PixelsBack(Pixels.NOT_COMPARED, f"they came as {other.photometric}", recoded=recoded)
        value = its.value
        samples = decoding.pixels(other, value, received.transfer_syntax, vr=its.vr)
    except decoding.NotDecoded as error:
        if not decoding.is_compressed(received.transfer_syntax) and not compressed:
            return PixelsBack(Pixels.CHANGED, str(error))
        return PixelsBack(Pixels.NOT_COMPARED, str(error), recoded=recoded)
    known = {sent.pixels} if compressed else {wanted}
    how = "decoded" if decoding.is_compressed(received.transfer_syntax) or compressed else "by their bytes"
    for data in decoding.forms(other, samples):
        swapped = _big(data, form.allocated // 8) if before == EXPLICIT_BIG and not compressed else data
        if _sha(swapped) in known or _sha(data) in known:
            return PixelsBack(Pixels.SAME, how, recoded=recoded)
    return PixelsBack(Pixels.CHANGED, how, recoded=recoded)


def _colour(form: decoding.Form) -> str:
    """Colour space that the decoded samples are in."""
    return "RGB" if form.photometric in _OF_A_CODEC else form.photometric


def _made_lossy(ours: DataSet, before: str, theirs: DataSet, after: str) -> str:
    """How it is known that pixels were compressed lossily on their way; empty when it is not."""
    if ours.text("LossyImageCompression") == "01" or decoding.is_lossy(before):
        return ""
    if decoding.is_lossy(after):
        return "its transfer syntax is lossy"
    return "Lossy Image Compression is 01" if theirs.text("LossyImageCompression") == "01" else ""


def _element(dataset: DataSet) -> Element | None:
    return next((found for name in _PIXELS if (found := dataset.element(name)) is not None), None)


def _digest(sent: Exchange, element: Element) -> str:
    """SHA-256 of the value that was sent; empty when nobody knows it."""
    return sent.digest if sent.message.elided else _sha(element.value)


def _sha(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


def _big(data: bytes, width: int) -> bytes:
    """Samples in big endian."""
    swapped = bytearray(data)
    for byte in range(width):
        swapped[byte::width] = data[width - 1 - byte :: width]
    return bytes(swapped)
