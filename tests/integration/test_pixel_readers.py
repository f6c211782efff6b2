"""Pixel Data as others read it: pydicom, GDCM, DCMTK and Orthanc find the pixels that were encoded."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
)

from scansim.identity.ids import Identity
from scansim.images.pixels import OffsetTable, deflate, encode_frames
from scansim.vocabulary.syntaxes import SYNTAXES, Syntax
from scansim.wire import part10
from scansim.wire.encoding import encode
from tests.support.orthanc_round_trip import meta_length
from tests.support.others import package, require
from tests.support.peers import Peer

NEAR = 3
CLASSES = {
    1: MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    2: MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    3: MultiFrameTrueColorSecondaryCaptureImageStorage,
}


@dataclass(frozen=True)
class Image:
    """Frames to encode; sizes are odd, so that frames and compressed frames are of odd length as well."""

    dtype: str
    bits: int
    shape: tuple[int, ...]

    @property
    def frames(self) -> NDArray[Any]:
        """A smooth image with noise that uses the whole range, but for what near-lossless cannot have."""
        count, rows, columns, *samples = self.shape
        rng = np.random.default_rng(self.bits)
        plane = np.hypot(*np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j])
        smooth = np.stack([np.cos(3 * plane + frame) for frame in range(count)])
        if samples:
            smooth = np.stack([smooth, -smooth, smooth**2], axis=-1)
        highest = 2**self.bits - 1 - 2 * NEAR
        stored = NEAR + (smooth + 1) / 2 * highest + rng.normal(0, highest / 400, self.shape)
        stored = stored.clip(NEAR, NEAR + highest).round()
        frames: NDArray[Any] = stored - (2 ** (self.bits - 1) if self.dtype == "int16" else 0)
        return frames.astype(self.dtype)


IMAGES = {
    "unsigned 16 bit": Image("uint16", 16, (1, 33, 47)),
    "signed 16 bit": Image("int16", 16, (1, 33, 47)),
    "unsigned 12 bit, 3 frames": Image("uint16", 12, (3, 35, 33)),
    "signed 12 bit, 2 frames": Image("int16", 12, (2, 35, 33)),
    "8 bit, 3 frames": Image("uint8", 8, (3, 35, 33)),
    "RGB, 2 frames": Image("uint8", 8, (2, 35, 33, 3)),
    "RGB, 1 frame": Image("uint8", 8, (1, 45, 51, 3)),
}
#: By how much a stored value may differ at most, as a part of the range; the PSNR in dB that must be reached.
LOSSY = {"jpeg": (0.25, 30), "j2k-lossy": (0.2, 30)}
FRAGMENTED: list[tuple[int, OffsetTable]] = [(1, "empty"), (3, "basic"), (3, "empty"), (1, "extended")]


def data_set(image: Image, syntax: Syntax, fragments: int = 1, offset_table: OffsetTable = "basic") -> bytes:
    """Encode a Secondary Capture instance the way that a caller of `encode_frames` does."""
    frames = image.frames
    encoded = encode_frames(
        frames,
        syntax,
        bits_stored=image.bits,
        fragments=fragments,
        offset_table=offset_table,
        near=NEAR,
        ratio=4,
    )
    ds = Dataset()
    ds.SOPClassUID = CLASSES[3 if frames.ndim == 4 else frames.dtype.itemsize]
    ds.SOPInstanceUID = sop_instance_uid(syntax)
    ds.PatientName, ds.PatientID = "SYNTHETIC^PIXELS", "SYN-PIXELS"
    ds.StudyInstanceUID = Identity(1, date(2026, 1, 2), "pixels").uid("study")
    ds.SeriesInstanceUID = Identity(1, date(2026, 1, 2), "pixels").uid("series")
    ds.Modality, ds.ConversionType, ds.NumberOfFrames = "OT", "SYN", str(len(frames))
    ds.StudyDate = ds.StudyTime = ds.StudyID = ds.AccessionNumber = ""
    ds.SeriesNumber = ds.InstanceNumber = "1"
    ds.SamplesPerPixel = 3 if frames.ndim == 4 else 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = frames.shape[1:3]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8 * frames.dtype.itemsize, image.bits, image.bits - 1
    ds.PixelRepresentation = int(frames.dtype.kind == "i")
    ds.update(encoded.changes)
    order = ">" if syntax.name == "big-endian" else "<"
    vr = b"" if syntax.name == "implicit" else encoded.vr.encode() + b"\0\0"
    length = 0xFFFFFFFF if syntax.encapsulated else len(encoded.pixel_data)
    header = pack(f"{order}2H", 0x7FE0, 0x0010) + vr + pack(f"{order}I", length)
    if syntax.name == "deflated":
        return deflate(encode(ds, ExplicitVRLittleEndian) + header + encoded.pixel_data)
    explicit = ExplicitVRLittleEndian if syntax.encapsulated else syntax.uid
    return encode(ds, explicit) + header + encoded.pixel_data


def sop_instance_uid(syntax: Syntax) -> str:
    return Identity(1, date(2026, 1, 2), "pixels").uid(syntax.name)


def write(folder: Path, image: Image, syntax: Syntax, fragments: int = 1, offset_table: OffsetTable = "basic") -> Path:
    if syntax.needs_extra:
        package("imagecodecs", "imagecodecs")
    file = folder / f"{syntax.name}.dcm"
    sop_class_uid = CLASSES[3 if len(image.shape) == 4 else np.dtype(image.dtype).itemsize]
    meta = part10.preamble(sop_class_uid, sop_instance_uid(syntax), syntax.uid)
    part10.write(file, meta, data_set(image, syntax, fragments, offset_table))
    return file


def assert_same(read: NDArray[Any], image: Image, syntax: Syntax) -> None:
    """Compare what was read with what was encoded, as closely as the transfer syntax allows."""
    expected = image.frames
    read = read.reshape(expected.shape)
    assert read.dtype.newbyteorder("=") == expected.dtype
    if read.dtype.kind == "i":  # what stands above the high bit is not part of the pixel (PS3.5 8.1.1)
        read = read << 16 - image.bits >> 16 - image.bits
    error = np.abs(read.astype(int) - expected.astype(int))
    if syntax.name == "jpegls-near":
        assert 0 < error.max() <= NEAR
    elif syntax.lossy:
        largest, psnr = LOSSY[syntax.name]
        assert error.max() <= largest * 2**image.bits
        assert 10 * np.log10((2.0**image.bits - 1) ** 2 / np.mean(error.astype(float) ** 2)) >= psnr
    else:
        assert error.max() == 0


def cases(names: Iterable[str]) -> pytest.MarkDecorator:
    """Every image in every transfer syntax of `names` that can hold it: JPEG Baseline has 8 bits."""
    return pytest.mark.parametrize(
        ("image", "syntax"),
        [
            pytest.param(image, SYNTAXES[name], id=f"{name}: {title}")
            for name in names
            for title, image in IMAGES.items()
            if name != "jpeg" or image.bits == 8
        ],
    )


several_frames = pytest.mark.parametrize(
    "syntax",
    [syntax for name, syntax in SYNTAXES.items() if syntax.encapsulated and name != "rle"],
    ids=lambda s: s.name,
)


# --- pydicom, with the decoders of pylibjpeg, pyjpegls and, for JPEG, GDCM


def with_pydicom(file: Path) -> NDArray[Any]:
    ds = pydicom.dcmread(file)
    if UID(ds.file_meta.TransferSyntaxUID) in (SYNTAXES["jpeg"].uid, SYNTAXES["jpeg-lossless"].uid):
        package("gdcm", "python-gdcm")
    return ds.pixel_array


@cases(SYNTAXES)
def test_pydicom_reads_the_same_pixels(image: Image, syntax: Syntax, tmp_path: Path) -> None:
    assert_same(with_pydicom(write(tmp_path, image, syntax)), image, syntax)


@pytest.mark.parametrize(("fragments", "offset_table"), FRAGMENTED)
@several_frames
def test_pydicom_finds_frames(syntax: Syntax, fragments: int, offset_table: OffsetTable, tmp_path: Path) -> None:
    image = IMAGES["8 bit, 3 frames"]
    assert_same(with_pydicom(write(tmp_path, image, syntax, fragments, offset_table)), image, syntax)


# --- GDCM


def with_gdcm(file: Path, image: Image) -> NDArray[Any]:
    gdcm = package("gdcm", "python-gdcm")
    reader = gdcm.ImageReader()
    reader.SetFileName(str(file))
    assert reader.Read()
    decoded = reader.GetImage()
    pixels = np.frombuffer(decoded.GetBuffer().encode("utf-8", "surrogateescape"), image.dtype)
    if decoded.GetPhotometricInterpretation().GetString().startswith("YBR_FULL"):  # GDCM leaves that to its caller
        return convert_color_space(pixels.reshape(image.shape), "YBR_FULL", "RGB")
    return pixels


@cases(SYNTAXES)
def test_gdcm_reads_the_same_pixels(image: Image, syntax: Syntax, tmp_path: Path) -> None:
    assert_same(with_gdcm(write(tmp_path, image, syntax), image), image, syntax)


# --- DCMTK


def with_dcmtk(program: str, file: Path, *options: str) -> NDArray[Any]:
    """Decode to Explicit VR Little Endian, and read that."""
    native = file.with_suffix(".native")
    dcmtk(program, *options, file, native)
    ds = pydicom.dcmread(native)
    assert ds.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    return ds.pixel_array


def dcmtk(program: str, *arguments: str | Path) -> str:
    argv = [require(program, "dcmtk"), *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


DCMTK = {
    "implicit": ("dcmconv", "+te"),
    "explicit": ("dcmconv", "+te"),
    "deflated": ("dcmconv", "+te"),
    "big-endian": ("dcmconv", "+te"),
    "rle": ("dcmdrle",),
    "jpeg": ("dcmdjpeg",),
    "jpeg-lossless": ("dcmdjpeg",),
    "jpegls": ("dcmdjpls",),
    "jpegls-near": ("dcmdjpls",),
}


@pytest.mark.peer
@cases(DCMTK)
def test_dcmtk_reads_the_same_pixels(image: Image, syntax: Syntax, tmp_path: Path) -> None:
    program, *options = DCMTK[syntax.name]
    assert_same(with_dcmtk(program, write(tmp_path, image, syntax), *options), image, syntax)


@pytest.mark.peer
@pytest.mark.parametrize("offset_table", ["basic", "empty", "extended"])
@pytest.mark.parametrize("name", [name for name, syntax in SYNTAXES.items() if syntax.encapsulated])
def test_dcmtk_finds_an_item_per_frame(name: str, offset_table: OffsetTable, tmp_path: Path) -> None:
    file = write(tmp_path, IMAGES["8 bit, 3 frames"], SYNTAXES[name], 1, offset_table)
    printed = dcmtk("dcmdump", "+L", file)
    assert "(7fe0,0010) OB (PixelSequence #=4)" in printed  # the offset table is the first
    assert printed.count("(fffe,e000) pi") == 4
    assert ("(7fe0,0001) OV" in printed) == (offset_table == "extended")
    assert "(fffe,e0dd)" in printed


@pytest.mark.peer
@pytest.mark.parametrize(("fragments", "offset_table"), FRAGMENTED)
@pytest.mark.parametrize("name", ["jpeg", "jpeg-lossless", "jpegls", "jpegls-near"])
def test_dcmtk_finds_frames(name: str, fragments: int, offset_table: OffsetTable, tmp_path: Path) -> None:
    image, syntax = IMAGES["8 bit, 3 frames"], SYNTAXES[name]
    file = write(tmp_path, image, syntax, fragments, offset_table)
    assert_same(with_dcmtk(DCMTK[name][0], file), image, syntax)


# --- Orthanc: stores what we send, keeps it as it is, and decodes what it can

#: Debian's Orthanc has no decoder for JPEG 2000, and does not know HTJ2K (1.10.1).
NOT_DECODED_BY_ORTHANC = {"j2k", "j2k-lossy", "htj2k"}


def orthanc_image(syntax: Syntax) -> Image:
    return IMAGES["8 bit, 3 frames" if syntax.name == "jpeg" else "unsigned 12 bit, 3 frames"]


def data_set_of(file: bytes, syntax: Syntax) -> bytes:
    """Return the encoded data set of a file; Orthanc deflates anew, with other parameters, so inflate that."""
    data = file[meta_length(file) :]
    return zlib.decompress(data, wbits=-15) if syntax.name == "deflated" else data


@pytest.mark.peer
def test_orthanc_stores_and_returns_the_same_pixels(orthanc_peer: Peer, tmp_path: Path) -> None:
    for syntax in SYNTAXES.values():
        write(tmp_path, orthanc_image(syntax), syntax)
    argv = [sys.executable, "-m", "tests.support.orthanc_round_trip", tmp_path, *sorted(NOT_DECODED_BY_ORTHANC)]
    done = orthanc_peer.run(*argv, timeout=60)
    assert done.returncode == 0, f"{done.stderr}\n{orthanc_peer.logs()}"
    stored = json.loads(done.stdout)
    assert {name for name, answer in stored.items() if answer != "0000"} <= {"htj2k"}, stored
    for name in (name for name, answer in stored.items() if answer == "0000"):
        image, syntax = orthanc_image(SYNTAXES[name]), SYNTAXES[name]
        sent, fetched = (tmp_path / f"{name}.dcm").read_bytes(), (tmp_path / f"{name}.fetched").read_bytes()
        assert data_set_of(fetched, syntax) == data_set_of(sent, syntax), name
        (tmp_path / "fetched.dcm").write_bytes(fetched)
        assert_same(with_pydicom(tmp_path / "fetched.dcm"), image, syntax)
        if name not in NOT_DECODED_BY_ORTHANC:
            pixels = np.frombuffer((tmp_path / f"{name}.pam").read_bytes(), ">u2")
            assert_same(pixels.astype(image.dtype), image, syntax)
