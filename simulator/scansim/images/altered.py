"""An instance as a case of a battery wants it sent: with edits, with other pixels, or with one defect of a mutant."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from scansim.images.coding import frames
from scansim.images.instance import Instance
from scansim.images.pixels import deflate, encode_frames
from scansim.images.template import pixel_data_header
from scansim.mutants import mutate, prepare
from scansim.mutants.surgery import parse
from scansim.vocabulary.syntaxes import SYNTAXES, Syntax
from scansim.wire import part10
from scansim.wire.dataset import read
from scansim.wire.encoding import encode

#: What makes other content of a data set, and of the value of Pixel Data.
Edit = Callable[[Dataset], Dataset]
Repaint = Callable[[bytes], bytes]

_PIXEL_DATA_BIG = b"\x7f\xe0\x00\x10"
_UNDEFINED = 0xFFFFFFFF
_BEFORE_META = 144  # preamble, prefix, and Group Length with its value (PS3.10 7.1)


def as_it_is(pixels: bytes) -> bytes:
    """Leave the pixels alone."""
    return pixels


def turned(bits_allocated: int) -> Repaint:
    """Turn the image upside down: another picture of the same values."""
    kind = f"<u{max(1, bits_allocated // 8)}"
    return lambda pixels: np.frombuffer(pixels, kind)[::-1].tobytes()


def altered(instance: Instance, syntax: Syntax, edit: Edit, repaint: Repaint | None = as_it_is) -> tuple[bytes, bytes]:
    """Encode an instance with its data set edited and its pixels painted over, or without them.

    Pixels are described and compressed before the data set is edited, so that an edit may take away or change whatever
    tells of them.

    Returns
    -------
    tuple of bytes
        As `scansim.images.coding.encoded` does.

    Raises
    ------
    ValueError
        When the transfer syntax cannot hold the image, or its encoder is not installed.
    """
    if syntax.name == "deflated":
        return deflate(b"".join(altered(instance, SYNTAXES["explicit"], edit, repaint))), b""
    ds = instance.dataset()
    uid = ExplicitVRLittleEndian if syntax.encapsulated else syntax.uid
    if not instance.is_image or repaint is None:
        return encode(edit(ds), uid), b""
    made = encode_frames(
        frames(ds, repaint(instance.pixels())),
        syntax,
        bits_stored=int(ds.BitsStored),
        photometric_interpretation=str(ds.PhotometricInterpretation),
    )
    ds.update(made.changes)
    length = _UNDEFINED if syntax.encapsulated else len(made.pixel_data)
    if syntax.uid == ExplicitVRBigEndian:
        header = _PIXEL_DATA_BIG + made.vr.encode("ascii") + struct.pack(">HI", 0, length)
    else:
        header = pixel_data_header(length, syntax.name == "implicit", made.vr.encode("ascii"))
    return encode(edit(ds), uid) + header, made.pixel_data


def with_defect(mutant: str, instance: Instance) -> tuple[str, bytes]:
    """The transfer syntax, as its file says it, and the data set of an instance with one defect of the mutants.

    Raises
    ------
    scansim.mutants.MutantError
        When the mutant cannot be made of this instance.
    """
    head, pixels = instance.encode(ExplicitVRLittleEndian)
    before = part10.preamble(instance.sop_class_uid, instance.sop_instance_uid, ExplicitVRLittleEndian)
    file = before + head + pixels
    data = mutate(mutant, file)
    (length,) = struct.unpack_from("<I", data, _BEFORE_META - 4)
    start = _BEFORE_META + length
    said = read(data[_BEFORE_META:start], ExplicitVRLittleEndian).text("TransferSyntaxUID")
    if said not in {syntax.uid for syntax in SYNTAXES.values()}:
        said = parse(prepare(mutant, file)).get("TransferSyntaxUID").value.rstrip(b"\0 ").decode("ascii")
    return said, data[start:]
