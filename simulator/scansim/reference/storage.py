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
from scansim.reference.spoil_pairs import refused_pair
from scansim.reference.spoil_storage import Answer, kept, note_again, note_refusal, stubborn
from scansim.reference.state import Target
from scansim.reference.store import Instance
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import decode

SUCCESS, COERCED, OUT_OF_RESOURCES, DOES_NOT_MATCH, CANNOT_UNDERSTAND = 0x0000, 0xB000, 0xA700, 0xA900, 0xC000
INVALID_INSTANCE = 0x0117
DISCARDED = 0xB006  # for planted defects

_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_WANTED = frozenset(int(Tag(name)) for name in ("SpecificCharacterSet", *_IDENTITY, "PatientID", "Modality"))
_LONGEST_VALUE = 4096  # bytes of an element of those
#: Bytes of a data set, and of an inflated one; the first are counted when they come in.
_LONGEST = {False: 1 << 40, True: 1 << 28}
_MOST_ELEMENTS = 2_000_000  # elements and items: 20,000 frames have 40 each


def store(target: Target, request: Request) -> None:
    """Answer a C-STORE. The file keeps the received bytes behind a File Meta Information of our own."""
    sop_class, uid = str(request.message.AffectedSOPClassUID), str(request.message.AffectedSOPInstanceUID)
    refusal = stubborn(target, id(request.session)) or refused_pair(target, request)
    status, comment, element = refusal if refusal is not None else _keep(target, request, sop_class, uid)
    if status not in (SUCCESS, COERCED, DISCARDED):
        note_refusal(target, id(request.session))
    request.respond(status, ErrorComment=comment, OffendingElement=element)


def _keep(target: Target, request: Request, sop_class: str, uid: str) -> Answer:
    """Store an instance: the status, a comment on it, and what it is about."""
    if not is_uid(uid):
        return INVALID_INSTANCE, None, None
    try:
        ds = _identity(request)
    except TooMuchError as error:
        return OUT_OF_RESOURCES, f"data set: {error}", None
    except Exception as error:
        # whatever pydicom stumbles over: we cannot read it either
        return CANNOT_UNDERSTAND, f"data set: {error}", None
    any_uid = target.planted("storage-uid-conflict-accepted")
    for keyword, expected in zip(_IDENTITY, (sop_class, None if any_uid else uid, None, None), strict=True):
        value = str(ds.get(keyword) or "")
        if not value or (expected is not None and value != expected):
            comment = f"{keyword} is not that of the command" if value else f"{keyword} has no value"
            return DOES_NOT_MATCH, comment, Tag(keyword)
    if target.planted("commitment-of-lost"):
        return COERCED, "planted defect: and lost", Tag("PatientID")
    note_again(target, uid)
    try:
        if not target.planted("storage-forgets"):
            target.store.add_instance(
                _instance(target, ds, str(request.transfer_syntax)),
                _preamble(request, sop_class, uid),
                kept(target.planted, request.stream(), request.transfer_syntax),
            )
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return OUT_OF_RESOURCES, "disk full" if full else f"cannot write: {error.strerror}", None
    if target.planted("storage-warns"):
        return COERCED, "planted defect: coerced", Tag("PatientID")
    if target.planted("storage-discards"):
        return DISCARDED, "planted defect: private elements dropped", None
    return SUCCESS, None, None


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
