"""Storage Service Class, C-STORE (PS3.4 Annex B)."""

from __future__ import annotations

import errno
import warnings
from io import BytesIO

from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.tag import Tag
from pydicom.uid import UID
from pynetdicom.dsutils import create_file_meta

from scansim.reference.mpps import is_uid
from scansim.reference.session import Request
from scansim.reference.store import Instance
from scansim.reference.target import Target

SUCCESS, COERCED, OUT_OF_RESOURCES, DOES_NOT_MATCH, CANNOT_UNDERSTAND = 0x0000, 0xB000, 0xA700, 0xA900, 0xC000
INVALID_INSTANCE = 0x0117

_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


class _TruncatedError(Exception):
    """The data set ends inside an element."""


def store(target: Target, request: Request) -> None:
    """Answer a C-STORE. The file keeps the received bytes behind a File Meta Information of our own."""
    sop_class, uid = str(request.message.AffectedSOPClassUID), str(request.message.AffectedSOPInstanceUID)
    if target.planted("storage-refuses"):
        return request.respond(OUT_OF_RESOURCES, ErrorComment="planted defect: no room today")
    if not is_uid(uid):
        return request.respond(INVALID_INSTANCE)
    part10 = _part10(request, sop_class, uid)
    try:
        ds = _read(part10)
    except Exception as error:
        # whatever pydicom stumbles over: we cannot read it either
        return request.respond(CANNOT_UNDERSTAND, ErrorComment=f"data set: {error}")
    for keyword, expected in zip(_IDENTITY, (sop_class, uid, None, None), strict=True):
        value = str(ds.get(keyword) or "")
        if not value or (expected is not None and value != expected):
            return request.respond(
                DOES_NOT_MATCH,
                OffendingElement=Tag(keyword),
                ErrorComment=f"{keyword} is not that of the command" if value else f"{keyword} has no value",
            )
    try:
        if not target.planted("storage-forgets"):
            target.store.add_instance(_instance(target, ds, str(request.transfer_syntax)), part10)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return request.respond(
            OUT_OF_RESOURCES, ErrorComment="disk full" if full else f"cannot write: {error.strerror}"
        )
    if target.planted("storage-warns"):
        return request.respond(COERCED, OffendingElement=Tag("PatientID"), ErrorComment="planted defect: coerced")
    return request.respond(SUCCESS)


def _part10(request: Request, sop_class: str, uid: str) -> bytes:
    meta = create_file_meta(
        sop_class_uid=UID(sop_class), sop_instance_uid=UID(uid), transfer_syntax=request.transfer_syntax
    )
    buffer = DicomBytesIO()
    write_file_meta_info(buffer, meta)
    return bytes(128) + b"DICM" + buffer.getvalue() + request.data


def _read(part10: bytes) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # such as an end inside an element
        ds = dcmread(BytesIO(part10))
    last = ds.get_item(max(ds.keys()))
    if isinstance(last, RawDataElement) and last.length != 0xFFFFFFFF and len(last.value or b"") != last.length:
        raise _TruncatedError(f"{last.tag} states {last.length} bytes, {len(last.value or b'')} are left")
    return ds


def _instance(target: Target, ds: Dataset, transfer_syntax: str) -> Instance:
    uid = str(ds.SOPInstanceUID)
    return Instance(
        uid,
        str(ds.SOPClassUID),
        str(ds.SeriesInstanceUID),
        str(ds.StudyInstanceUID),
        str(ds.get("PatientID") or ""),
        str(ds.get("Modality") or ""),
        transfer_syntax,
        target.store.path_for(uid),
    )
