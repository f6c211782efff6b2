"""An instance in any transfer syntax: templated where that can be, by way of pydicom and the codecs elsewhere."""

from __future__ import annotations

from struct import pack
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from scansim.images.instance import Instance
from scansim.images.pixels import deflate, encode_frames
from scansim.images.template import pixel_data_header
from scansim.vocabulary.syntaxes import SYNTAXES, Syntax
from scansim.wire.encoding import encode

_PIXEL_DATA_BIG = b"\x7f\xe0\x00\x10"
_UNDEFINED = 0xFFFFFFFF


def syntax_for(instance: Instance, wanted: Syntax) -> Syntax:
    """Transfer syntax of an instance: what has no pixels cannot be compressed and stays in Explicit VR."""
    return wanted if instance.is_image or not wanted.encapsulated else SYNTAXES["explicit"]


def encoded(instance: Instance, syntax: Syntax) -> tuple[bytes, bytes]:
    """Encode an instance: everything up to the value of Pixel Data, and that value, as `painted` does."""
    return painted(instance, syntax)[:2]


def painted(instance: Instance, syntax: Syntax) -> tuple[bytes, bytes, bytes | None]:
    """Encode an instance, and keep the pixels that were compressed.

    Returns
    -------
    tuple of bytes
        Everything up to the value of Pixel Data, and that value; for Deflated Explicit VR Little Endian the whole
        data set, and nothing. Then the pixels as they are in Explicit VR Little Endian, where a codec keeps them; None
        where they are in the value itself, and where it changes them.

    Raises
    ------
    ValueError
        When the transfer syntax cannot hold the image, or its encoder is not installed.
    """
    if syntax.uid in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        return (*instance.encode(syntax.uid), None)
    if syntax.name == "deflated":
        return deflate(b"".join(instance.encode(ExplicitVRLittleEndian))), b"", None
    ds = instance.dataset()
    if not instance.is_image:
        return encode(ds, syntax.uid), b"", None
    native = instance.pixels()
    made = encode_frames(
        frames(ds, native),
        syntax,
        bits_stored=int(ds.BitsStored),
        photometric_interpretation=str(ds.PhotometricInterpretation),
    )
    ds.update(made.changes)
    if syntax.uid == ExplicitVRBigEndian:
        vr = made.vr.encode("ascii") + b"\0\0"
        header = _PIXEL_DATA_BIG + vr + pack(">I", len(made.pixel_data))
    else:
        header = pixel_data_header(_UNDEFINED, False, made.vr.encode("ascii"))
    explicit = syntax.uid if syntax.uid == ExplicitVRBigEndian else ExplicitVRLittleEndian
    kept = native if syntax.encapsulated and not syntax.lossy else None
    return encode(ds, explicit) + header, made.pixel_data, kept


def frames(ds: Dataset, pixels: bytes) -> NDArray[Any]:
    """Samples of native little endian Pixel Data, shape (frames, rows, columns) or (frames, rows, columns, samples)."""
    kind = "i" if ds.PixelRepresentation else "u"
    shape = (int(ds.get("NumberOfFrames", 1)), int(ds.Rows), int(ds.Columns))
    samples = int(ds.SamplesPerPixel)
    if samples > 1:
        shape = (*shape, samples)  # type: ignore[assignment]  # colour by pixel
    count = int(np.prod(shape))
    values = np.frombuffer(pixels, f"<{kind}{int(ds.BitsAllocated) // 8}", count)
    return values.astype(values.dtype.newbyteorder("="), copy=False).reshape(shape)
