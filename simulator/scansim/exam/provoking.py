"""What a `disturb` step sends: half requests, PDUs without a place, fragments that no writer of messages makes."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping

from pydicom.dataset import Dataset

from scansim.exam.state import Exam
from scansim.network.association import Agreed, Proposal
from scansim.vocabulary import services
from scansim.vocabulary.disturbances import PDUS
from scansim.vocabulary.uids import STUDY_ROOT_FIND, VERIFICATION, WORKLIST
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, Value, encode_command
from scansim.wire.encoding import TRANSFER_SYNTAXES, encode

#: A request with a data set: its context, and both parts encoded.
Request = tuple[Agreed, bytes, bytes]

#: Secondary Capture Image Storage (PS3.4 B.5).
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
#: C-ECHO, and a request with a data set of each service that has one which does no harm.
ECHO = Proposal(VERIFICATION, TRANSFER_SYNTAXES)
_OF_SERVICES = {
    services.WORKLIST.name: WORKLIST,
    services.QUERY.name: STUDY_ROOT_FIND,
    services.STORAGE.name: CAPTURE,
}

_HAS_DATASET = 1
_SIZE = 16  # rows and columns of an image


def proposals(names: Collection[str]) -> list[Proposal]:
    """What is proposed to an AE that offers the services of these names: some accept more contexts than they serve."""
    others = [Proposal(uid, TRANSFER_SYNTAXES) for name, uid in _OF_SERVICES.items() if name in names]
    return [ECHO, *others]


def pdu_named(name: str, request: p.AssociateRQ) -> bytes:
    """The bytes of a PDU by its name in `PDUS`, each well formed but the one of a type that there is none of."""
    kind = PDUS[name]
    match name:
        case "a-associate-rq":
            return p.encode(request)
        case "a-associate-ac":
            results = tuple(p.ContextResult(each.context_id, 0, each.transfer_syntaxes[0]) for each in request.contexts)
            return p.encode(p.AssociateAC(request.called_ae, request.calling_ae, results, request.user))
        case "a-associate-rj":
            return p.encode(p.AssociateRJ(1, 1, 1))
        case "p-data-tf":
            return p.encode(p.PData((p.PDV(1, True, True, echo_command(1)),)))
        case "a-abort":
            return p.encode(p.Abort(0, 0))
        case _:
            return struct.pack(">BxI", kind, 4) + bytes(4)


def echo_command(number: int) -> bytes:
    """The command set of a C-ECHO-RQ."""
    return command(number, {"CommandField": FIELD_OF["C-ECHO-RQ"], "AffectedSOPClassUID": VERIFICATION}, data=False)


def command(number: int, values: Mapping[str, Value], *, data: bool) -> bytes:
    """A command set with its Message ID."""
    kind = _HAS_DATASET if data else NO_DATASET
    return encode_command({**values, "MessageID": number, "CommandDataSetType": kind})


def of_fragments(context_id: int, *pieces: tuple[bool, bool, bytes]) -> bytes:
    """One P-DATA-TF of fragments: whether each is of the command set, whether it is the last, and its bytes."""
    return p.encode(p.PData(tuple(p.PDV(context_id, of_command, last, data) for of_command, last, data in pieces)))


def restated(pdu: bytes, *, pdu_by: int = 0, fragment_by: int = 0) -> bytes:
    """A P-DATA-TF of one fragment whose length, or its fragment's, is so many bytes more than there are."""
    kind, length, fragment = struct.unpack_from(">BxII", pdu)
    return struct.pack(">BxII", kind, length + pdu_by, fragment + fragment_by) + pdu[10:]


def question(exam: Exam, contexts: Mapping[str, Agreed], number: int) -> Request | None:
    """A query that finds nothing: its context, command set and data set; None where no query is taken."""
    agreed = contexts.get(WORKLIST) or contexts.get(STUDY_ROOT_FIND)
    if agreed is None:
        return None
    keys = Dataset()
    if agreed.abstract_syntax == WORKLIST:
        keys.AccessionNumber = f"N{exam.identity.number(12, 'disturb', exam.identity.run)}"
        keys.PatientID = f"NONE{exam.identity.number(12, 'disturb', exam.identity.run)}"
    else:
        keys.QueryRetrieveLevel = "STUDY"
        keys.StudyInstanceUID = exam.identity.uid("disturb", "nowhere")
    values: dict[str, Value] = {
        "CommandField": FIELD_OF["C-FIND-RQ"],
        "AffectedSOPClassUID": agreed.abstract_syntax,
        "Priority": 0,
    }
    return agreed, command(number, values, data=True), encode(keys, agreed.transfer_syntax)


def image(exam: Exam, contexts: Mapping[str, Agreed], number: int, least: int = 0) -> Request | None:
    """A C-STORE of an image that has `least` bytes at least; None where no Secondary Capture is taken."""
    agreed = contexts.get(CAPTURE)
    if agreed is None:
        return None
    ds = _capture(exam, number, max(_SIZE * _SIZE, least))
    values: dict[str, Value] = {
        "CommandField": FIELD_OF["C-STORE-RQ"],
        "AffectedSOPClassUID": CAPTURE,
        "AffectedSOPInstanceUID": str(ds.SOPInstanceUID),
        "Priority": 0,
    }
    return agreed, command(number, values, data=True), encode(ds, agreed.transfer_syntax)


def _capture(exam: Exam, number: int, size: int) -> Dataset:
    """An image as PS3.3 A.8.1 wants it, of one column for all that is beyond a square."""
    of = ("disturb", exam.number, len(exam.opened), number)
    ds = Dataset()
    ds.SOPClassUID = CAPTURE
    ds.SOPInstanceUID = exam.identity.uid(*of, "instance")
    ds.StudyDate = exam.day.strftime("%Y%m%d")
    ds.StudyTime = "090000"
    ds.AccessionNumber = None
    ds.Modality = "OT"
    ds.ConversionType = "SYN"
    ds.ReferringPhysicianName = None
    ds.PatientName = "Synthetic-Disturbed^Dora"
    ds.PatientID = f"D{exam.identity.number(8, 'disturb', exam.identity.run)}"
    ds.PatientBirthDate = ds.PatientSex = None
    ds.StudyInstanceUID = exam.identity.uid(*of, "study")
    ds.SeriesInstanceUID = exam.identity.uid(*of, "series")
    ds.StudyID = None
    ds.SeriesNumber = ds.InstanceNumber = "1"
    ds.PatientOrientation = None
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Columns = 64 if size > _SIZE * _SIZE else _SIZE
    ds.Rows = -(-size // ds.Columns)
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.add_new("PixelData", "OB", bytes(ds.Rows * ds.Columns))
    return ds
