"""Storage Commitment with the reference target: requests, and whoever takes the report."""

from __future__ import annotations

import socket
import threading

from pydicom.dataset import Dataset

from scansim.wire import pdu as p
from scansim.wire.stream import Message, MessageAssembler, PduDecoder
from tests.support.reference_client import COMMITMENT, EXPLICIT, Scu

WELL_KNOWN = "1.2.840.10008.1.20.1.1"


def request(*items: tuple[str, str], transaction: str = "2.25.5001") -> Dataset:
    ds = Dataset()
    ds.TransactionUID = transaction
    ds.ReferencedSOPSequence = []
    for sop_class, uid in items:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid
        ds.ReferencedSOPSequence.append(item)
    return ds


def ask_for(scu: Scu, ds: Dataset, **fields: object) -> Message:
    return scu.ask(
        COMMITMENT, "N-ACTION-RQ", ds, **({"RequestedSOPInstanceUID": WELL_KNOWN, "ActionTypeID": 1} | fields)
    )[0]


def answer_report(scu: Scu, message: Message) -> None:
    scu.put(
        message.context_id,
        {
            "CommandField": 0x8100,
            "MessageIDBeingRespondedTo": message.command.number("MessageID"),
            "AffectedSOPClassUID": COMMITMENT,
            "AffectedSOPInstanceUID": WELL_KNOWN,
            "Status": 0,
            "CommandDataSetType": 0x0101,
        },
        None,
    )


class Requester:
    """Takes one association with one report, and remembers what came; the first `unanswered` reports get no answer."""

    def __init__(self, port: int, accept_role: bool = True, unanswered: int = 0) -> None:
        self.accept_role = accept_role
        self.unanswered = unanswered
        self.messages: list[Message] = []
        self.rq: p.AssociateRQ | None = None
        self.requests: list[p.AssociateRQ] = []
        self.message: Message | None = None
        self.attempts = 0
        self.done = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.attempts += 1
            with sock:
                self._converse(sock)

    def _converse(self, sock: socket.socket) -> None:
        decoder, assembler = PduDecoder(), MessageAssembler()
        while data := sock.recv(65536):
            for event in decoder.feed(data, 0):
                match event.pdu:
                    case p.AssociateRQ() as rq:
                        self.rq = rq
                        self.requests.append(rq)
                        results = tuple(p.ContextResult(c.context_id, 0, EXPLICIT) for c in rq.contexts)
                        roles = rq.user.roles if self.accept_role else ()
                        user = p.UserInformation(16384, "2.25.1", None, roles)
                        sock.sendall(p.encode(p.AssociateAC(rq.called_ae, rq.calling_ae, results, user)))
                    case p.ReleaseRQ():
                        sock.sendall(p.encode(p.ReleaseRP()))
                        self.done.set()
                for message in assembler.feed(event):
                    self.message = message
                    self.messages.append(message)
                    if len(self.messages) <= self.unanswered:
                        return
                    scu = Scu(0)
                    scu.sock = sock
                    answer_report(scu, message)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
