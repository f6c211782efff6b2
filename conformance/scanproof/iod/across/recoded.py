"""One instance in two encodings: whether two files differ in nothing but how they are encoded.

A lossless Transfer Syntax leaves an instance what it is: the text asks for a new SOP Instance UID where a lossy one has
changed the pixels (PS3.3 C.7.6.1.1.5), or where a difference affects what is read from the image (C.12.4.1.1).
"""

from __future__ import annotations

from typing import NamedTuple

from scanproof.iod.encoded.encoding import EXPLICIT
from scanproof.iod.encoded.pixels import DEFLATED, NATIVE, PIXEL_DATA, read_pixels
from scanproof.iod.engine import limits
from scanproof.iod.engine.part10 import HeaderReader
from scansim.wire import dataset as wire

#: Specific Character Set (text is compared in its own), what compression may change, and padding.
_OF_ENCODING = frozenset((0x00080005, 0x00280004, 0x00280006, 0xFFFCFFFC))
_PIXEL_GROUP = 0x7FE0
_BYTES = ("OB", "OD", "OF", "OL", "OV", "OW", "UN")
#: Transfer Syntaxes that nothing survives unchanged: JPEG Baseline and Extended, and video.
_LOSSY = tuple(f"1.2.840.10008.1.2.4.{last}" for last in ("50", "51", "10"))


class _Read(NamedTuple):
    dataset: wire.DataSet
    transfer_syntax: str
    pixels: bytes | None

    @property
    def is_native(self) -> bool:
        """Whether its pixels are not encapsulated."""
        return self.transfer_syntax in NATIVE


def same_but_encoding(first: bytes, second: bytes) -> bool:
    """Whether the bytes of two files hold one instance, as far as that is seen without decoding its pixels."""
    one, other = _read(first), _read(second)
    if one is None or other is None or not _agree(one.dataset, other.dataset):
        return False
    if one.transfer_syntax == other.transfer_syntax or (one.is_native and other.is_native):
        comparable = one.dataset.little == other.dataset.little
        return not comparable or one.pixels == other.pixels
    lossy = one.transfer_syntax.startswith(_LOSSY) or other.transfer_syntax.startswith(_LOSSY)
    return not lossy or one.dataset.text("LossyImageCompression") == "01"


def _read(data: bytes) -> _Read | None:
    header = HeaderReader().read(data)
    if header.encoding is None:
        return None
    at = header.dataset_at
    if header.transfer_syntax in DEFLATED:
        data, at = limits.inflate(data, at, limits.MOST_KEPT).data, 0
    dataset = wire.read(data[at:], header.encoding.transfer_syntax)
    element = dataset.elements.get(PIXEL_DATA)
    return _Read(dataset, header.transfer_syntax, None if element is None else _stream(element))


def _stream(element: wire.Element) -> bytes:
    """The pixels without what packs them: of encapsulated ones the fragments, joined."""
    value = element.value
    if value[:4] != b"\xfe\xff\x00\xe0":
        return value
    pixels = read_pixels(value, 0, PIXEL_DATA, b"OB", 0xFFFFFFFF, 0, len(value), 0, EXPLICIT)
    places = pixels.fragments.places if pixels.fragments is not None else ()
    return b"".join(value[at : at + length] for at, length in places).rstrip(b"\0")


def _agree(one: wire.DataSet, other: wire.DataSet) -> bool:
    mine, theirs = _compared(one), _compared(other)
    if mine.keys() != theirs.keys():
        return False
    return all(_equal(one, element, other, theirs[tag]) for tag, element in mine.items())


def _compared(dataset: wire.DataSet) -> dict[int, wire.Element]:
    """The standard attributes but for those of the encoding: what VR private ones have, implicit VR does not tell."""
    return {
        tag: element
        for tag, element in dataset.elements.items()
        if not tag >> 16 & 1 and tag & 0xFFFF and tag not in _OF_ENCODING and tag >> 16 != _PIXEL_GROUP
    }


def _equal(one: wire.DataSet, mine: wire.Element, other: wire.DataSet, theirs: wire.Element) -> bool:
    if mine.items is not None and theirs.items is not None:
        pairs = zip(mine.items, theirs.items, strict=False)
        return len(mine.items) == len(theirs.items) and all(_agree(*pair) for pair in pairs)
    if mine.vr in _BYTES or theirs.vr in _BYTES or mine.items != theirs.items:
        if mine.items != theirs.items or one.little != other.little:
            return True  # not to be compared byte for byte
        return mine.value.rstrip(b"\0 ") == theirs.value.rstrip(b"\0 ")
    return one.values_of(mine) == other.values_of(theirs)
