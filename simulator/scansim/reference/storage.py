"""Storage Service Class, C-STORE (PS3.4 Annex B)."""

from __future__ import annotations

import errno

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.tag import Tag
from pydicom.uid import UID
from pynetdicom.dsutils import create_file_meta

from scansim.reference.connection import Request
from scansim.reference.mpps import is_uid
from scansim.reference.skim import TooMuchError, Walk
from scansim.reference.state import Target
from scansim.reference.store import Instance
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import decode

SUCCESS, COERCED, OUT_OF_RESOURCES, DOES_NOT_MATCH, CANNOT_UNDERSTAND = 0x0000, 0xB000, 0xA700, 0xA900, 0xC000
INVALID_INSTANCE = 0x0117
DISCARDED, PATIENT_DIFFERS = 0xB006, 0xA779  # for planted defects

_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_WANTED = frozenset(int(Tag(name)) for name in ("SpecificCharacterSet", *_IDENTITY, "PatientID", "Modality"))
_LONGEST_VALUE = 4096  # bytes of an element of those
#: Bytes of a data set, and of an inflated one; the first are counted when they come in.
_LONGEST = {False: 1 << 40, True: 1 << 28}
_MOST_ELEMENTS = 2_000_000  # elements and items: 20,000 frames have 40 each


def store(target: Target, request: Request) -> None:
    """Answer a C-STORE. The file keeps the received bytes behind a File Meta Information of our own."""
    sop_class, uid = str(request.message.AffectedSOPClassUID), str(request.message.AffectedSOPInstanceUID)
    if target.planted("storage-refuses"):
        return request.respond(OUT_OF_RESOURCES, ErrorComment="planted defect: no room today")
    if target.planted("storage-refuses-patient"):
        return request.respond(PATIENT_DIFFERS, ErrorComment="planted defect: the patient is another one")
    if target.planted("commitment-of-lost"):
        return request.respond(COERCED, OffendingElement=Tag("PatientID"), ErrorComment="planted defect: and lost")
    if not is_uid(uid):
        return request.respond(INVALID_INSTANCE)
    try:
        ds = _identity(request)
    except TooMuchError as error:
        return request.respond(OUT_OF_RESOURCES, ErrorComment=f"data set: {error}")
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
                _instance(target, ds, str(request.transfer_syntax)),
                _preamble(request, sop_class, uid),
                request.stream(),
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


def _preamble(request: Request, sop_class: str, uid: str) -> bytes:
    """What stands before the data set in a file (PS3.10 7.1)."""
    meta = create_file_meta(
        sop_class_uid=UID(sop_class), sop_instance_uid=UID(uid), transfer_syntax=request.transfer_syntax
    )
    buffer = DicomBytesIO()
    write_file_meta_info(buffer, meta)
    return bytes(128) + b"DICM" + buffer.getvalue()


def _identity(request: Request) -> Dataset:
    """Read what says of whom and what an instance is, having walked over all of it.

    MalformedError when the data set does not end with an element's end, TooMuchError when it holds more than is taken.
    """
    syntax = request.transfer_syntax
    walk = Walk(request.stream(), syntax, longest=_LONGEST[syntax.is_deflated], most=_MOST_ELEMENTS)
    data = b"".join(raw for tag, raw in walk.elements(_LONGEST_VALUE) if raw and tag in _WANTED)
    return decode(data, EXPLICIT_LITTLE if syntax.is_deflated or syntax.is_encapsulated else syntax)


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
