"""One small valid instance of every storage SOP Class whose IOD is known in tables, of `minimal.zip`.

The archive is made by ``tools/minimal_instances.py``: what an instance of a class has to have (PS3.3), but for who and
when. This module puts patient, study and UIDs of a run in, and pixels of a pattern. Nothing of it shows anything: such
an instance is for asking whether somebody takes the class in a transfer syntax.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from importlib import resources
from typing import Any

import numpy as np
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset

from scansim.images.coding import frames
from scansim.images.instance import Whole
from scansim.images.pixels import encode_frames
from scansim.vocabulary.syntaxes import SYNTAXES

#: What is the run's own wherever a class has it: whose it is, and of which study.
_OF_THE_EXAM = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime"),
    *("StudyID", "AccessionNumber", "ReferringPhysicianName"),
)
_UID, _BYTES = "uid:", "hex:"
_BY_UID = {syntax.uid: syntax for syntax in SYNTAXES.values()}
#: What decides whether a transfer syntax can hold pixels.
_DECISIVE = (
    *("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "PixelRepresentation"),
    "PhotometricInterpretation",
)


@cache
def sop_classes() -> frozenset[str]:
    """Every SOP Class that there is an instance of, by UID."""
    with _archive() as archive:
        return frozenset(archive.namelist())


@lru_cache(maxsize=16)
def content(sop_class: str) -> Mapping[str, Any]:
    """What an instance of a SOP Class has: keywords, and values as JSON holds them."""
    with _archive() as archive:
        found: dict[str, Any] = json.loads(archive.read(sop_class))
    return found


def instance(made: Mapping[str, Any], exam: Dataset, uid: Callable[[str], str]) -> Whole:
    """Make an instance of a content.

    Parameters
    ----------
    made : mapping
        What `content` gives.
    exam : Dataset
        Patient and study; what the content does not have is not taken, for some classes are of no patient.
    uid : callable
        Gives the UID for a name: SOPInstanceUID, SeriesInstanceUID, and what else the content has.
    """
    ds = _filled({name: value for name, value in made.items() if name != "PixelData"}, uid)
    for name in _OF_THE_EXAM:
        if name in made and name in exam:
            ds[name] = exam[name]
    if "PatientName" in made and "SpecificCharacterSet" in exam:
        ds["SpecificCharacterSet"] = exam["SpecificCharacterSet"]
    if "PatientName" in made:
        ds.PatientComments = "SYNTHETIC TEST DATA - NOT A PATIENT"
    return Whole(ds, partial(_pattern, ds) if "PixelData" in made else None)


def obstacle(sop_class: str, transfer_syntax: str) -> str:
    """Why an instance of a SOP Class cannot be made in a transfer syntax, both by UID; empty when it can."""
    if sop_class not in sop_classes():
        return "no instance of the SOP Class is made"
    syntax = _BY_UID.get(transfer_syntax)
    if syntax is None:
        return "nothing is encoded in the transfer syntax"
    if syntax.uid in (SYNTAXES["explicit"].uid, SYNTAXES["implicit"].uid) or syntax.name == "deflated":
        return ""
    made = content(sop_class)
    if "PixelData" not in made:
        return "it has no pixels to compress" if syntax.encapsulated else ""
    return _pixels_do_not_fit(syntax.name, tuple(made[name] for name in _DECISIVE))


@lru_cache(maxsize=512)
def _pixels_do_not_fit(syntax: str, decisive: tuple[Any, ...]) -> str:
    """Why pixels cannot be encoded, found by encoding a frame of such."""
    ds = Dataset()
    for name, value in zip(_DECISIVE, decisive, strict=True):
        setattr(ds, name, value)
    if ds.BitsAllocated < 8:
        return "its pixels of a single bit are written as they are"
    try:
        encode_frames(
            frames(ds, _pattern(ds)),
            SYNTAXES[syntax],
            bits_stored=ds.BitsStored,
            photometric_interpretation=ds.PhotometricInterpretation,
        )
    except ValueError as error:
        return str(error)
    return ""


def _archive() -> zipfile.ZipFile:
    return zipfile.ZipFile((resources.files("scansim.images") / "minimal.zip").open("rb"))


def _filled(made: Mapping[str, Any], uid: Callable[[str], str]) -> Dataset:
    ds = Dataset()
    for name, value in made.items():
        if dictionary_VR(name) == "SQ":
            setattr(ds, name, [_filled(item, uid) for item in value or ()])
        elif isinstance(value, list):
            setattr(ds, name, [_one(name, one, uid) for one in value])
        else:
            setattr(ds, name, _one(name, value, uid))
    return ds


def _one(name: str, value: Any, uid: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        if value.startswith(_UID):
            return uid(value.removeprefix(_UID))
        if value.startswith(_BYTES):
            return bytes.fromhex(value.removeprefix(_BYTES))
    return value


def _pattern(ds: Dataset) -> bytes:
    """Pixel Data of all frames: a slope, within the bits that are stored."""
    rows, columns, samples = int(ds.Rows), int(ds.Columns), int(ds.SamplesPerPixel)
    count = int(ds.get("NumberOfFrames") or 1)
    if int(ds.BitsAllocated) == 1:
        bits = np.add.outer(np.arange(count * rows), np.arange(columns)) % 8 < 4
        packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
        return packed + bytes(len(packed) % 2)
    step = np.add.outer(np.arange(count * rows), np.arange(columns)) % 32
    largest = (1 << int(ds.BitsStored) - int(ds.PixelRepresentation)) - 1
    values = (step * min(largest // 32, 64)).astype(f"<u{int(ds.BitsAllocated) // 8}")
    native = np.repeat(values[..., None], samples, axis=-1).tobytes()
    return native + bytes(len(native) % 2)
