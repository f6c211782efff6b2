"""Storage Service Class, C-STORE (PS3.4 Annex B)."""

from __future__ import annotations

import errno
import zlib
from io import BytesIO

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import data_element_generator
from pydicom.filewriter import write_file_meta_info
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID
from pynetdicom.dsutils import create_file_meta

from scansim.reference.connection import Request
from scansim.reference.mpps import is_uid
from scansim.reference.state import Target
from scansim.reference.store import Instance
from scansim.wire.encoding import decoded

SUCCESS, COERCED, OUT_OF_RESOURCES, DOES_NOT_MATCH, CANNOT_UNDERSTAND = 0x0000, 0xB000, 0xA700, 0xA900, 0xC000
INVALID_INSTANCE = 0x0117
DISCARDED, PATIENT_DIFFERS = 0xB006, 0xA779  # for planted defects

_UNDEFINED = 0xFFFFFFFF  # length
_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


class _TruncatedError(Exception):
    """The data set ends inside an element."""


def store(target: Target, request: Request) -> None:
    """Answer a C-STORE. The file keeps the received bytes behind a File Meta Information of our own."""
    sop_class, uid = str(request.message.AffectedSOPClassUID), str(request.message.AffectedSOPInstanceUID)
    if target.planted("storage-refuses"):
        return request.respond(OUT_OF_RESOURCES, ErrorComment="planted defect: no room today")
    if target.planted("storage-refuses-patient"):
        return request.respond(PATIENT_DIFFERS, ErrorComment="planted defect: the patient is another one")
    if not is_uid(uid):
        return request.respond(INVALID_INSTANCE)
    try:
        ds = _read(request.data, request.transfer_syntax)
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
            target.store.add_instance(
                _instance(target, ds, str(request.transfer_syntax)), _part10(request, sop_class, uid)
            )
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return request.respond(
            OUT_OF_RESOURCES, ErrorComment="disk full" if full else f"cannot write: {error.strerror}"
        )
    if target.planted("storage-warns"):
        return request.respond(COERCED, OffendingElement=Tag("PatientID"), ErrorComment="planted defect: coerced")
    if target.planted("storage-discards"):
        return request.respond(DISCARDED, ErrorComment="planted defect: private elements dropped")
    return request.respond(SUCCESS)


def _part10(request: Request, sop_class: str, uid: str) -> bytes:
    meta = create_file_meta(
        sop_class_uid=UID(sop_class), sop_instance_uid=UID(uid), transfer_syntax=request.transfer_syntax
    )
    buffer = DicomBytesIO()
    write_file_meta_info(buffer, meta)
    return bytes(128) + b"DICM" + buffer.getvalue() + request.data


def _read(data: bytes, syntax: UID) -> Dataset:
    """Read a data set without decoding its values; an exception when it does not end with an element's end."""
    if syntax.is_deflated:
        data = zlib.decompress(data, -zlib.MAX_WBITS)
    stream = BytesIO(data)
    elements: dict[BaseTag, RawDataElement | DataElement] = {}
    at = 0
    for element in data_element_generator(stream, syntax.is_implicit_VR, syntax.is_little_endian):
        elements[element.tag] = element
        at = stream.tell()
        if isinstance(element, RawDataElement) and element.length not in (_UNDEFINED, len(element.value or b"")):
            raise _TruncatedError(f"{element.tag} states {element.length} bytes, {len(element.value or b'')} are left")
    # a deflated data set may be followed by one NUL (PS3.5 A.5)
    if at != len(data) and not (syntax.is_deflated and data[at:] == b"\0"):
        raise _TruncatedError(f"{len(data) - at} bytes at the end are no element")
    return Dataset(elements)


def _instance(target: Target, received: Dataset, transfer_syntax: str) -> Instance:
    wanted = ("SpecificCharacterSet", *_IDENTITY, "PatientID", "Modality")
    ds = decoded(Dataset({Tag(name): received.get_item(name) for name in wanted if name in received}))
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
