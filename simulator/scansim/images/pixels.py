"""Pixel Data in every transfer syntax that we write: compressed, encapsulated, and with the attributes that tell of it.

The caller writes the data set and the header of Pixel Data (7FE0,0010): VR `Encoded.vr`, and an undefined length when
the transfer syntax encapsulates (PS3.5 A.4). It adds or replaces what `Encoded.changes` holds.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from struct import pack
from typing import Any, Literal

import jpeg_ls
import numpy as np
import openjpeg.utils
import rle.utils
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from scansim.vocabulary.syntaxes import Syntax

#: Samples of one frame or of all: (frames, rows, columns) or (frames, rows, columns, samples).
Pixels = NDArray[Any]
OffsetTable = Literal["basic", "empty", "extended"]

_ITEM = b"\xfe\xff\x00\xe0"
_SEQUENCE_DELIMITER = b"\xfe\xff\xdd\xe0" + bytes(4)
_DTYPES = ("uint8", "uint16", "int16")
_SAMPLES = {"MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3}
_JPEG_QUALITY = 90
#: pylibjpeg-openjpeg spoils the memory of the process when two threads are in it.
_OPENJPEG = threading.Lock()
#: OpenJPH made other bytes once when eight threads began in it at the same time.
_OPENJPH = threading.Lock()
_J2K_SMALLEST = 32  # rows and columns: pylibjpeg-openjpeg always makes six resolutions, each half of the one before


@dataclass(frozen=True)
class Encoded:
    """Pixel Data of one instance.

    Parameters
    ----------
    pixel_data : bytes
        The value of Pixel Data (7FE0,0010), of even length; encapsulated: all items and the sequence delimiter.
    vr : str
        Value representation of Pixel Data in this transfer syntax.
    changes : pydicom.dataset.Dataset
        Attributes that the instance gets in this transfer syntax. The Extended Offset Table precedes Pixel Data.
    """

    pixel_data: bytes
    vr: Literal["OB", "OW"]
    changes: Dataset


@dataclass(frozen=True)
class _Image:
    """What the frames of an image have in common, and how much may be lost."""

    photometric: str
    bits: int
    signed: bool
    near: int
    ratio: float

    @property
    def range(self) -> tuple[int, int]:
        """The lowest and the highest value that the bits stored can hold."""
        lowest = -(1 << self.bits - 1) if self.signed else 0
        return lowest, lowest + (1 << self.bits) - 1


def encode_frames(
    frames: Pixels,
    syntax: Syntax,
    *,
    bits_stored: int,
    photometric_interpretation: str | None = None,
    fragments: int = 1,
    offset_table: OffsetTable = "basic",
    near: int = 2,
    ratio: float = 10.0,
) -> Encoded:
    """Encode the frames of one instance.

    Image Type is not among the changes: the scanner compresses what it has just acquired, no other instance precedes,
    and the image stays ORIGINAL. Who sends an instance lossless and lossy makes the second one DERIVED, with a SOP
    Instance UID of its own (PS3.3 C.7.6.1.1.5 (2020a)).

    Parameters
    ----------
    frames : numpy.ndarray
        uint8, uint16 or int16; (frames, rows, columns), or (frames, rows, columns, 3) for colour.
    syntax : Syntax
        One of `scansim.vocabulary.syntaxes.SYNTAXES`.
    bits_stored : int
        Bits Stored (0028,0101); High Bit is one less, Bits Allocated and Pixel Representation follow from the type.
    photometric_interpretation : str, optional
        MONOCHROME1, MONOCHROME2 (the default), PALETTE COLOR or, for colour, RGB.
    fragments : int
        Fragments per frame; a frame of fewer words is split into its words. RLE Lossless takes one (PS3.5 A.4.2
        (2024d)), and so does an Extended Offset Table (PS3.3 C.7.6.3).
    offset_table : str
        ``basic`` for a filled Basic Offset Table, ``empty`` for one without value, ``extended`` for an Extended one.
    near : int
        JPEG-LS near-lossless: by how much a stored value may change at most.
    ratio : float
        JPEG 2000 lossy: how many times smaller than its allocated bits an image becomes, at least.

    Raises
    ------
    ValueError
        When the transfer syntax cannot hold this image, or its encoder is not installed.
    """
    frames = frames.astype(frames.dtype.newbyteorder("="), copy=False)
    image = _described(frames, bits_stored, photometric_interpretation, near, ratio)
    changes = Dataset()
    if frames.ndim == 4:
        changes.PhotometricInterpretation = _COLOUR.get(syntax.name, "RGB")
        # what most colour IODs demand; readers ignore it where the codec has an order of its own (PS3.3 C.7.6.3.1.3)
        changes.PlanarConfiguration = 0
    if not syntax.encapsulated:
        order: Literal["<", ">"] = ">" if syntax.uid == ExplicitVRBigEndian else "<"
        native = frames.astype(frames.dtype.newbyteorder(order), copy=False).tobytes()
        # OB is never byte-swapped; Implicit VR knows OW only (PS3.5 A.1)
        bytewise = frames.dtype.itemsize == 1 and syntax.uid != ImplicitVRLittleEndian
        return Encoded(_even(native), "OB" if bytewise else "OW", changes)
    _check(frames, syntax, image, fragments)
    codec = _CODECS[syntax.name]
    try:
        coded = [codec(np.ascontiguousarray(frame), image) for frame in frames]
    except ImportError as error:
        raise ValueError(
            f"{syntax.name} needs {error.name}, which is not installed: pip install 'scanproof[{syntax.needs_extra}]'"
        ) from None
    except RuntimeError as error:  # what every one of these encoders raises
        raise ValueError(f"{syntax.name} cannot encode an image of {frames.shape[1:]}: {error}") from None
    if syntax.lossy_method is not None:
        changes.LossyImageCompression = "01"
        changes.LossyImageCompressionRatio = f"{frames.nbytes / sum(map(len, coded)):.4g}"
        changes.LossyImageCompressionMethod = syntax.lossy_method
    pixel_data, tables = encapsulate(coded, fragments=fragments, offset_table=offset_table)
    changes.update(tables)
    return Encoded(pixel_data, "OB", changes)


def encapsulate(
    frames: Sequence[bytes], *, fragments: int = 1, offset_table: OffsetTable = "basic"
) -> tuple[bytes, Dataset]:
    """Encapsulate compressed frames (PS3.5 A.4).

    A frame of odd length gets one NUL after its end, which all codecs allow (PS3.5 A.4 (2020a)). Extended Offset Table
    Lengths (7FE0,0002) are those of the items, with that NUL.

    Returns
    -------
    tuple of bytes and pydicom.dataset.Dataset
        The value of Pixel Data, and the Extended Offset Table if there is to be one.

    Raises
    ------
    ValueError
        For less than one fragment per frame, or more with an Extended Offset Table.
    """
    if fragments < 1:
        raise ValueError(f"{fragments} fragments per frame: at least 1 is allowed")
    if offset_table == "extended" and fragments > 1:
        raise ValueError("an Extended Offset Table needs one fragment per frame (PS3.3 C.7.6.3)")
    items = [_items(_even(frame), fragments) for frame in frames]
    offsets = [0, *accumulate(len(item) for item in items)][:-1]
    basic = pack(f"<{len(offsets)}I", *offsets) if offset_table == "basic" else b""
    tables = Dataset()
    if offset_table == "extended":
        tables.ExtendedOffsetTable = pack(f"<{len(offsets)}Q", *offsets)
        tables.ExtendedOffsetTableLengths = pack(f"<{len(items)}Q", *(len(item) - 8 for item in items))
    return b"".join([_item(basic), *items, _SEQUENCE_DELIMITER]), tables


def deflate(encoded: bytes) -> bytes:
    """Deflate a data set that was encoded as Explicit VR Little Endian, whole (PS3.5 A.5 (2025b))."""
    # level 3 makes noisy images as small as the usual 6 does, three times as fast; negative bits: RFC 1951 alone
    stream = zlib.compressobj(3, wbits=-zlib.MAX_WBITS)
    return _even(stream.compress(encoded) + stream.flush())


def _items(frame: bytes, fragments: int) -> bytes:
    words = len(frame) // 2
    count = min(fragments, words)
    bounds = [2 * (words * index // count) for index in range(count + 1)]
    return b"".join(_item(frame[start:stop]) for start, stop in pairwise(bounds))


def _item(value: bytes) -> bytes:
    return _ITEM + pack("<I", len(value)) + value


def _even(value: bytes) -> bytes:
    return value + b"\0" if len(value) % 2 else value


# --- what an image is, and what a transfer syntax can hold


def _described(frames: Pixels, bits: int, photometric: str | None, near: int, ratio: float) -> _Image:
    if frames.dtype.name not in _DTYPES:
        raise ValueError(f"pixels of type {frames.dtype}: allowed are {', '.join(_DTYPES)}")
    if frames.ndim not in (3, 4) or frames.size == 0:
        raise ValueError(f"pixels of shape {frames.shape}: (frames, rows, columns[, 3]) is allowed")
    photometric = photometric or ("RGB" if frames.ndim == 4 else "MONOCHROME2")
    samples = frames.shape[3] if frames.ndim == 4 else 1
    if _SAMPLES.get(photometric) != samples:
        raise ValueError(f"{photometric} with {samples} samples per pixel")
    image = _Image(photometric, bits, frames.dtype.kind == "i", near, ratio)
    if image.signed and samples > 1:
        raise ValueError("colour is unsigned")
    if not 1 <= bits <= 8 * frames.dtype.itemsize:
        raise ValueError(f"{bits} bits stored in {frames.dtype}")
    lowest, highest = image.range
    if frames.min() < lowest or frames.max() > highest:
        raise ValueError(f"pixels from {frames.min()} to {frames.max()} do not fit into {bits} bits")
    return image


def _check(frames: Pixels, syntax: Syntax, image: _Image, fragments: int) -> None:
    """Raise ValueError when an encapsulated transfer syntax cannot hold the image."""
    bits, wide = image.bits, frames.dtype.itemsize == 2
    if syntax.name == "rle":
        if fragments > 1:
            raise ValueError("RLE Lossless takes one fragment per frame (PS3.5 A.4.2 (2024d))")
        return
    # a decoder makes bytes of up to 8 bits, and then Bits Allocated 16 would not be consistent (PS3.5 8.2)
    if bits < (9 if wide else 2) or (syntax.name == "jpeg" and (wide or bits != 8)):
        raise ValueError(f"{bits} bits stored in {frames.dtype} are not possible with {syntax.name}")
    if syntax.lossy and image.photometric == "PALETTE COLOR":
        raise ValueError(f"indices into a palette would change with {syntax.name}")
    if syntax.name in ("j2k", "j2k-lossy") and min(frames.shape[1:3]) < _J2K_SMALLEST:
        raise ValueError(f"{syntax.name} needs at least {_J2K_SMALLEST} rows and columns")
    if syntax.name == "j2k-lossy" and image.ratio < 1:
        raise ValueError(f"a compression ratio of {image.ratio}: at least 1 is allowed")
    if syntax.name == "jpegls-near":
        lowest, highest = image.range
        if not 1 <= image.near <= min(255, highest - lowest >> 1):
            raise ValueError(f"a near-lossless error of {image.near} with {bits} bits stored")
        # JPEG-LS knows no sign, so a signed value near one end of the range could come back at the other
        lowest, highest = lowest + image.near, highest - image.near
        if image.signed and (frames.min() < lowest or frames.max() > highest):
            raise ValueError(f"signed pixels must be from {lowest} to {highest} for jpegls-near and {bits} bits stored")


# --- the codecs: each takes a frame and returns its compressed bit stream


def _unsigned(frame: Pixels, image: _Image) -> Pixels:
    """Return the bits stored as an unsigned number: what a codec that knows no sign is given (PS3.5 8.2)."""
    if not image.signed:
        return frame
    bits: Pixels = frame.view(np.uint16) & np.uint16((1 << image.bits) - 1)
    return bits


def _rle(frame: Pixels, image: _Image) -> bytes:
    rows, columns = frame.shape[:2]
    samples, allocated = _SAMPLES[image.photometric], 8 * frame.dtype.itemsize
    data = frame.astype(frame.dtype.newbyteorder("<"), copy=False).tobytes()
    return rle.utils.encode_pixel_data(
        data, byteorder="<", rows=rows, columns=columns, samples_per_pixel=samples, bits_allocated=allocated
    )


def _jpeg_ls(frame: Pixels, image: _Image, near: int = 0) -> bytes:
    coded = jpeg_ls.encode_pixel_data(
        _unsigned(frame, image).tobytes(),
        lossy_error=near,
        rows=frame.shape[0],
        columns=frame.shape[1],
        samples_per_pixel=_SAMPLES[image.photometric],
        bits_stored=image.bits,
        planar_configuration=0,
    )
    return bytes(coded)


def _jpeg_ls_near(frame: Pixels, image: _Image) -> bytes:
    return _jpeg_ls(frame, image, image.near)


def _j2k(frame: Pixels, image: _Image, ratios: list[float] | None = None) -> bytes:
    colour = image.photometric == "RGB"
    with _OPENJPEG:
        return openjpeg.utils.encode_array(
            frame,
            bits_stored=image.bits,
            photometric_interpretation=1 if colour else 2,
            use_mct=colour,
            compression_ratios=ratios,
        )


def _j2k_lossy(frame: Pixels, image: _Image) -> bytes:
    # OpenJPEG counts from the bits stored
    return _j2k(frame, image, [max(1.0, image.ratio * image.bits / (8 * frame.dtype.itemsize))])


def _htj2k(frame: Pixels, image: _Image) -> bytes:
    import imagecodecs

    # OpenJPH is given 16 signed bits, and the SIZ segment is told the truth afterwards: the bits stored and the sign
    # must agree with the bit stream (PS3.5 8.2). All that a decoder does with them is to undo the level shift.
    shift = 0 if image.signed else 1 << image.bits - 1
    samples = (frame.astype(np.int32) - shift).astype(np.int16)
    with _OPENJPH:
        coded = bytearray(imagecodecs.htj2k_encode(samples, reversible=True, rgb=image.photometric == "RGB"))
    # SOC, then SIZ: Csiz is at 40, Ssiz of the first component at 42, and each component has 3 bytes
    for component in range(coded[41]):
        coded[42 + 3 * component] = image.bits - 1 | (0x80 if image.signed else 0)
    return bytes(coded)


def _jpeg(frame: Pixels, image: _Image) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.jpeg8_encode(frame, level=_JPEG_QUALITY, subsampling="422"))


def _jpeg_lossless(frame: Pixels, image: _Image) -> bytes:
    import imagecodecs

    samples = _unsigned(frame, image)
    return bytes(imagecodecs.jpeg8_encode(samples, lossless=True, predictor=1, bitspersample=image.bits))


_CODECS: dict[str, Callable[[Pixels, _Image], bytes]] = {
    "rle": _rle,
    "jpeg": _jpeg,
    "jpeg-lossless": _jpeg_lossless,
    "jpegls": _jpeg_ls,
    "jpegls-near": _jpeg_ls_near,
    "j2k": _j2k,
    "j2k-lossy": _j2k_lossy,
    "htj2k": _htj2k,
}
#: Photometric Interpretation of RGB after the colour transform of the codec (PS3.3 C.7.6.3.1.2).
_COLOUR = {"jpeg": "YBR_FULL_422", "j2k": "YBR_RCT", "j2k-lossy": "YBR_ICT", "htj2k": "YBR_RCT"}
