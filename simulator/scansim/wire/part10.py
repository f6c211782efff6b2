"""DICOM files (PS3.10 7): preamble and File Meta Information, and files that appear whole or not at all."""

from __future__ import annotations

import os
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID

from scansim import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME


def preamble(sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str) -> bytes:
    """Return everything that precedes the data set in a file: preamble, prefix and File Meta Information."""
    before, after = _around(sop_class_uid, transfer_syntax, len(sop_instance_uid))
    return before + sop_instance_uid.encode("ascii") + after


@lru_cache(maxsize=64)
def _around(sop_class_uid: str, transfer_syntax: str, length: int) -> tuple[bytes, bytes]:
    """Encode the preamble with a SOP Instance UID of some length, and return what stands before and after it."""
    standing_in = "1" + "0" * (length - 1)
    before, _, after = _encoded(sop_class_uid, standing_in, transfer_syntax).partition(standing_in.encode("ascii"))
    return before, after


def _encoded(sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str) -> bytes:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    buffer = BytesIO()
    write_file_meta_info(DicomIO(buffer), meta)
    return bytes(128) + b"DICM" + buffer.getvalue()


def write(path: Path, *chunks: bytes) -> None:
    """Write `chunks` to `path` at once: a reader sees the old file or the new one, never a part.

    Raises
    ------
    OSError
        As the file system gave it; no temporary file is left behind.
    """
    # The suffix keeps the unfinished file out of the sight of servers that look for *.wl or *.dcm.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.writelines(chunks)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
