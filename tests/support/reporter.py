"""A target that reports: an association to our listener, with its own record."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset

from scansim.network.association import Association
from scansim.network.listener import Listener
from scansim.network.recording import Recorder
from scansim.site import Timeouts
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF

PATIENT = Timeouts(connect=1, associate=5, response=5)
WELL_KNOWN = "1.2.840.10008.1.20.1.1"


class Reporter:
    """A target that reports: an association to the listener, with its own record."""

    def __init__(
        self, listener: Listener, folder: Path, *contexts: tuple[str, tuple[str, ...]], role: bool = True
    ) -> None:
        wanted = contexts or ((COMMITMENT, (IMPLICIT_LITTLE, EXPLICIT_LITTLE)),)
        roles = (p.RoleSelection(COMMITMENT, 0, 1),) if role else ()
        rq = p.AssociateRQ(
            "SCANPROOF",
            "PACS",
            tuple(p.ProposedContext(2 * i + 1, uid, syntaxes) for i, (uid, syntaxes) in enumerate(wanted)),
            p.UserInformation(16384, "1.2", roles=roles),
        )
        self.path = folder / f"peer{len(list(folder.glob('peer*.wire')))}.wire"
        recorder = Recorder(self.path, 0, {})
        self.association = Association.request("127.0.0.1", listener.port, rq, recorder, PATIENT)

    def report(
        self, transaction_uid: str, *instances: str, event_type: int | None = 1, sequence: str = "ReferencedSOPSequence"
    ) -> int | None:
        ds = Dataset()
        ds.TransactionUID = transaction_uid
        items = []
        for uid in instances:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.3", uid
            items.append(item)
        setattr(ds, sequence, items)
        buffer = BytesIO()
        stream = DicomIO(buffer)
        agreed = self.association.context(COMMITMENT)
        stream.is_implicit_VR, stream.is_little_endian = agreed.transfer_syntax == IMPLICIT_LITTLE, True
        write_dataset(stream, ds)
        command = {
            "CommandField": FIELD_OF["N-EVENT-REPORT-RQ"],
            "AffectedSOPClassUID": COMMITMENT,
            "AffectedSOPInstanceUID": WELL_KNOWN,
            **({} if event_type is None else {"EventTypeID": event_type}),
        }
        answer = self.association.response(agreed, command, [buffer.getvalue()])
        assert answer.command.sop_class_uid == COMMITMENT
        assert answer.command.number("MessageIDBeingRespondedTo") == self.association._message_id
        assert answer.command.number("EventTypeID") == event_type
        assert answer.dataset is None
        return answer.command.status
