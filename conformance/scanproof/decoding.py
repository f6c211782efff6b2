"""Pixels of an instance as numbers: decoded as far as that can be done here, by none of what encodes ours.

A canonical form makes them comparable: little endian, one frame behind the other, colour by pixel, no padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import UID

from scanproof.codecs import J2K, JPEG, JPEG_LS, RLE
from scanproof.decoder import DECODER, DecoderError
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire.dataset import EXPLICIT_BIG, DataSet
from scansim.wire.encapsulated import Encapsulated, taken_apart

Samples = NDArray[Any]

#: Bytes that the pixels of one instance may take.
_MOST = 1 << 28
#: Codec of each compressed transfer syntax that can be decoded, by its UID.
_CODEC_OF = {
    **{SYNTAXES[name].uid: RLE for name in ("rle",)},
    **{SYNTAXES[name].uid: J2K for name in ("j2k", "j2k-lossy", "htj2k")},
    **{SYNTAXES[name].uid: JPEG_LS for name in ("jpegls", "jpegls-near")},
    **{SYNTAXES[name].uid: JPEG for name in ("jpeg", "jpeg-lossless")},
    "1.2.840.10008.1.2.4.57": JPEG,
    "1.2.840.10008.1.2.4.202": J2K,
}
#: What a frame of each of them begins with, where that is told by its first bytes.
_BEGINS = {J2K: b"\xff\x4f", JPEG_LS: b"\xff\xd8", JPEG: b"\xff\xd8"}


class NotDecoded(ValueError):
    """Why pixels cannot be decoded here; no fault of whoever sent them is meant by it."""


@dataclass(frozen=True)
class Form:
    """What the attributes of an image say of its pixels (PS3.3 C.7.6.3)."""

    frames: int
    rows: int
    columns: int
    samples: int
    allocated: int
    stored: int
    signed: bool
    planar: bool
    photometric: str

    @classmethod
    def of(cls, dataset: DataSet) -> Form:
        """Read them; NotDecoded for what makes no image."""

        def number(name: str, otherwise: int | None = None) -> int:
            value = dataset.text(name) or ("" if otherwise is None else str(otherwise))
            if not value.isdecimal() or len(value) > 9:
                raise NotDecoded(f"{name} is {value!r}")
            return int(value)

        form = cls(
            number("NumberOfFrames", 1),
            number("Rows"),
            number("Columns"),
            number("SamplesPerPixel", 1),
            number("BitsAllocated"),
            number("BitsStored"),
            number("PixelRepresentation", 0) == 1,
            number("PlanarConfiguration", 0) == 1,
            dataset.text("PhotometricInterpretation"),
        )
        if form.allocated not in (8, 16, 32) or not 1 <= form.stored <= form.allocated or form.samples not in (1, 3):
            raise NotDecoded(f"{form.allocated} bits allocated, {form.stored} stored, {form.samples} samples")
        if not 0 < form.length <= _MOST:
            raise NotDecoded(f"{form.frames} frames of {form.rows} x {form.columns}")
        return form

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of all frames, colour by pixel."""
        return (self.frames, self.rows, self.columns, *([self.samples] if self.samples > 1 else []))

    @property
    def length(self) -> int:
        """Bytes of native Pixel Data without padding."""
        return self.frames * self.rows * self.columns * self.samples * self.allocated // 8

    @property
    def dtype(self) -> str:
        """Type of one sample, little endian."""
        return f"<{'i' if self.signed else 'u'}{self.allocated // 8}"


def is_compressed(transfer_syntax: str) -> bool:
    """Whether a transfer syntax encapsulates Pixel Data; one that nobody knows does."""
    uid = UID(transfer_syntax)
    return bool(uid.is_encapsulated) if uid.is_transfer_syntax and not uid.is_private else True


def is_lossy(transfer_syntax: str) -> bool | None:
    """Whether a transfer syntax is for lossy compression alone; None where it may hold either."""
    known = next((syntax for syntax in SYNTAXES.values() if syntax.uid == transfer_syntax), None)
    if known is not None and known.name == "j2k-lossy":
        return None  # JPEG 2000 of that UID may be reversible as well (PS3.5 A.4.4)
    if known is not None:
        return known.lossy
    if transfer_syntax == "1.2.840.10008.1.2.4.203":
        return None
    if transfer_syntax == "1.2.840.10008.1.2.4.51":
        return True
    return False if not is_compressed(transfer_syntax) or transfer_syntax in _CODEC_OF else None


def pixels(form: Form, value: bytes, transfer_syntax: str, *, vr: str = "OW", only: int | None = None) -> Samples:
    """Decode Pixel Data: all frames, or `only` one, counted from 0.

    Raises
    ------
    NotDecoded
        When that cannot be done here.
    """
    chosen = slice(None) if only is None else slice(only, only + 1)
    if not is_compressed(transfer_syntax):
        return _native(form, value, transfer_syntax == EXPLICIT_BIG and vr == "OW")[chosen]
    codec = _CODEC_OF.get(transfer_syntax)
    if codec is None:
        raise NotDecoded(f"nothing here decodes {UID(transfer_syntax).name}")
    streams = list(_streams(form, taken_apart(value), codec))[chosen]
    about = {"rows": form.rows, "columns": form.columns, "samples": form.samples, "allocated": form.allocated}
    try:
        decoded = [DECODER.decode(codec, about, stream) for stream in streams]
    except DecoderError as error:
        raise NotDecoded(f"{UID(transfer_syntax).name}: {error}") from None
    try:
        found = np.stack(decoded).reshape((len(decoded), *form.shape[1:]))
    except ValueError:
        raise NotDecoded("its stream holds another size than the attributes say") from None
    return _extended(form, found)


def _native(form: Form, value: bytes, swapped: bool) -> Samples:
    length = form.length
    if len(value) < length:
        raise NotDecoded(f"{len(value)} bytes of {length}")
    width = form.allocated // 8
    # of 8 bits in OW each word is swapped, of more each sample (PS3.5 A.3, 8.1.1)
    if swapped and width == 1:
        value = np.frombuffer(value[: len(value) // 2 * 2], ">u2").astype("<u2").tobytes()
    dtype = form.dtype.replace("<", ">") if swapped and width > 1 else form.dtype
    flat = np.frombuffer(value[:length], dtype).astype(form.dtype, copy=False)
    if form.samples > 1 and form.planar:
        return flat.reshape((form.frames, form.samples, form.rows, form.columns)).transpose((0, 2, 3, 1))
    return flat.reshape(form.shape)


def _extended(form: Form, samples: Samples) -> Samples:
    """Samples whose bits above those stored are what the sign makes of them: a codec need not keep them."""
    unsigned = samples.astype(f"<u{form.allocated // 8}")
    unused = form.allocated - form.stored
    if not unused:
        return unsigned.view(form.dtype)
    shifted = (unsigned << unused).view(form.dtype)
    return shifted >> unused


def forms(form: Form, samples: Samples) -> Iterator[bytes]:
    """The bytes that native Pixel Data of these samples may have: as they are, sign extended, padded."""
    plain = np.ascontiguousarray(samples.astype(form.dtype, copy=False)).tobytes()
    extended = np.ascontiguousarray(_extended(form, samples)).tobytes()
    for data in dict.fromkeys((plain, extended)):
        yield data
        if len(data) % 2:
            yield data + b"\0"


def _streams(form: Form, parts: Encapsulated, codec: str) -> Iterator[bytes]:
    """The compressed stream of each frame."""
    fragments = parts.fragments
    if form.frames == 1:
        yield b"".join(fragments)
        return
    starts: Sequence[int] = range(len(fragments))
    if len(fragments) != form.frames:
        offsets = [int.from_bytes(parts.table[at : at + 4], "little") for at in range(0, len(parts.table), 4)]
        if len(offsets) == form.frames and set(offsets) <= set(parts.offsets):
            starts = [parts.offsets.index(offset) for offset in offsets]
        elif codec in _BEGINS:
            starts = [n for n, fragment in enumerate(fragments) if fragment[:2] == _BEGINS[codec]]
    if len(starts) != form.frames:
        raise NotDecoded(f"{len(fragments)} fragments for {form.frames} frames")
    for start, stop in zip(starts, [*starts[1:], len(fragments)], strict=True):
        yield b"".join(fragments[start:stop])
