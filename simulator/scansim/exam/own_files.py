"""Files of the user's own that a case sends: DICOM files of a folder, looked at before anything is sent.

Whose they are nobody here can know: they may be real people's, so sending them has to be allowed.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import _read_file_meta_info, read_dataset, read_preamble
from pydicom.tag import Tag
from pydicom.uid import UID

from scansim.inputs import InputError

_WANTED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID", "PatientName")
_META = ("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID", "TransferSyntaxUID")
_PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_DIRECTORY = "1.2.840.10008.1.3.10"
_CHUNK = 1 << 20  # bytes
_MOST_INFLATED = 1 << 28  # bytes of a data set that was deflated
#: So many files that cannot be sent are named.
_MOST_NAMED = 5


@dataclass(frozen=True)
class OwnFile:
    """One file: what it is by its File Meta Information, whose by its data set, and where its data set is.

    ``data`` is where the data set begins, ``pixels`` where the value of Pixel Data does, both in bytes; ``end`` is the
    length of the file. What is deflated has no pixels that could be told from the rest.
    """

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    study_instance_uid: str
    series_instance_uid: str
    patient_id: str
    patient_name: str
    data: int
    pixels: int
    end: int

    @property
    def whose(self) -> tuple[str, str]:
        """What tells its patient from others."""
        return self.patient_id, self.patient_name

    def head(self) -> bytes:
        """The data set up to the value of Pixel Data."""
        with self.path.open("rb") as file:
            file.seek(self.data)
            return file.read(self.pixels - self.data)

    def chunks(self) -> Iterator[bytes]:
        """Yield the value of Pixel Data with what stands behind it."""
        left = self.end - self.pixels
        with self.path.open("rb") as file:
            file.seek(self.pixels)
            while left and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk


@lru_cache(maxsize=8)
def read_folder(folder: Path) -> tuple[OwnFile, ...]:
    """Look at the files of a folder and those below it, in the order of their names; a DICOMDIR is passed over.

    Raises
    ------
    InputError
        When it is no folder, has no file, or has some that cannot be sent: each with the reason, the first few of many.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder")
    found: list[OwnFile] = []
    wrong: list[str] = []
    passed_over = False
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir() and not path.name.startswith(".")):
        try:
            one = _read(path)
        except (InputError, OSError) as error:
            wrong.append(f"{path.relative_to(folder)}: {getattr(error, 'strerror', None) or error}")
        else:
            is_directory = one.sop_class_uid == _DIRECTORY
            passed_over |= is_directory
            found += [] if is_directory else [one]
    if wrong:
        more = f"; and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
        raise InputError(f"{'; '.join(wrong[:_MOST_NAMED])}{more}")
    if not found:
        raise InputError(f"{folder} has no file" + (", but a DICOMDIR, which is not sent" if passed_over else ""))
    return tuple(found)


def told(files: tuple[OwnFile, ...]) -> str:
    """How many files of how many patients."""
    patients = len({file.whose for file in files})
    return f"{len(files)} own file{'s' * (len(files) > 1)} of {patients} patient{'s' * (patients > 1)}"


def _read(path: Path) -> OwnFile:
    """Read what has to be known of a file; InputError says why it cannot be sent."""
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        if not end:
            raise InputError("an empty file")
        try:
            if read_preamble(file, force=False) is None:
                raise InputError("no DICOM file: nothing stands before the data set")
        except (InvalidDicomError, EOFError):
            raise InputError("no DICOM file: no DICM after a preamble") from None
        meta = _dataset(lambda: _read_file_meta_info(file), "its File Meta Information")
        texts = {name: _text(meta, name) for name in _META}
        if missing := [name for name, text in texts.items() if not text]:
            raise InputError(f"its File Meta Information has no {' and no '.join(missing)}")
        syntax, data = UID(texts["TransferSyntaxUID"]), file.tell()
        ds = _head(file, syntax)
        pixels = end if syntax.is_deflated else _value_at(file, syntax, end)
    values = {name: _text(ds, name) for name in _WANTED}
    return OwnFile(
        path,
        texts["MediaStorageSOPClassUID"],
        texts["MediaStorageSOPInstanceUID"],
        str(syntax),
        values["StudyInstanceUID"],
        values["SeriesInstanceUID"],
        values["PatientID"],
        values["PatientName"],
        data,
        pixels,
        end,
    )


def _head(file: Any, syntax: UID) -> Dataset:
    """The data set up to Pixel Data, where the file stands then."""
    if syntax.is_private:
        return Dataset()
    if syntax.is_deflated:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        file = BytesIO(inflater.decompress(file.read(), _MOST_INFLATED))

    def at_pixels(tag: Any, _vr: str | None, _length: int) -> bool:
        return int(tag) in _PIXELS

    def read() -> Dataset:
        return read_dataset(file, syntax.is_implicit_VR, syntax.is_little_endian, stop_when=at_pixels)

    return _dataset(read, "its data set")


def _value_at(file: Any, syntax: UID, end: int) -> int:
    """Where the value of Pixel Data begins, of which the header is next; the end where there is none."""
    at = int(file.tell())
    header = file.read(12)
    if len(header) < 12 or syntax.is_private:
        return end
    long = not syntax.is_implicit_VR
    return at + (12 if long else 8)


def _dataset(read: Any, what: str) -> Dataset:
    try:
        found: Dataset = read()
    except Exception as error:  # pydicom raises a dozen kinds for what it cannot read
        raise InputError(f"{what} cannot be read: {error}") from None
    return found


def _text(ds: Dataset, name: str) -> str:
    try:
        return str(ds.get(Tag(name)).value or "") if Tag(name) in ds else ""
    except Exception:  # the same
        return ""
