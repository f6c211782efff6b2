"""The reference target in a thread, and a plain SCU over the project's own codec."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from scansim.reference.config import ReferenceConfig
from scansim.reference.server import serve
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command, fragments
from scansim.wire.stream import Message, MessageAssembler, PduDecoder

IMPLICIT, EXPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
VERIFICATION, WORKLIST, MPPS = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.31", "1.2.840.10008.3.1.2.3.3"
COMMITMENT, CT, SC = "1.2.840.10008.1.20.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"
STUDY_FIND, STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2"


def encode(ds: Dataset) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = False, True
    write_dataset(buffer, ds)
    return buffer.getvalue()


def decode(data: bytes | None) -> Dataset:
    ds = read_dataset(BytesIO(data or b""), is_implicit_VR=False, is_little_endian=True)
    ds.decode()
    return ds


@dataclass
class Scu:
    """A synchronous SCU that says exactly what it is told to, on contexts 1, 3, 5, …"""

    port: int
    classes: tuple[str, ...] = (VERIFICATION,)
    called: str = "REFERENCE"
    calling: str = "SCANPROOF"
    syntaxes: tuple[str, ...] = (EXPLICIT, IMPLICIT)
    user: p.UserInformation = field(default_factory=lambda: p.UserInformation(16384, "2.25.1"))
    answer: p.PDU | None = None
    answer_problems: tuple[p.Problem, ...] = ()

    def __enter__(self) -> Scu:
        self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.decoder, self.assembler = PduDecoder(), MessageAssembler()
        self.pdus: list[Any] = []
        self.messages: list[Message] = []
        self.number = 0
        self.open = True
        contexts = tuple(p.ProposedContext(2 * index + 1, uid, self.syntaxes) for index, uid in enumerate(self.classes))
        self.answer = self.associate(p.AssociateRQ(self.called, self.calling, contexts, self.user))
        return self

    def __exit__(self, *_: object) -> None:
        if self.open and isinstance(self.answer, p.AssociateAC):
            self.release()
        self.sock.close()

    def associate(self, rq: p.AssociateRQ) -> p.PDU:
        self.sock.sendall(p.encode(rq))
        return self.pdu()

    def _receive(self) -> None:
        data = self.sock.recv(1 << 18)
        if not data:
            self.open = False
            raise ConnectionError("closed")
        for event in self.decoder.feed(data, 0):
            self.pdus.append(event)
            self.messages += self.assembler.feed(event)

    def pdu(self) -> p.PDU:
        """The next PDU that is no P-DATA-TF."""
        while True:
            for event in self.pdus:
                if not isinstance(event.pdu, p.PData):
                    self.pdus.remove(event)
                    self.answer_problems = event.problems
                    return event.pdu
            self._receive()

    def message(self, timeout: float = 5) -> Message:
        """The next message."""
        self.sock.settimeout(timeout)
        while not self.messages:
            self._receive()
        return self.messages.pop(0)

    def send(self, sop_class: str, name: str, ds: Dataset | bytes | None = None, **fields: Any) -> int:
        """Send a request and return its Message ID."""
        self.number += 1
        data = encode(ds) if isinstance(ds, Dataset) else ds
        command = {"CommandField": FIELD_OF[name], "MessageID": self.number}
        command["CommandDataSetType"] = NO_DATASET if data is None else 1
        self.put(2 * self.classes.index(sop_class) + 1, command | fields, data)
        return self.number

    def put(self, context_id: int, command: dict[str, Any], data: bytes | None) -> None:
        command = {keyword: value for keyword, value in command.items() if value is not None}
        for part, is_command in ((encode_command(command), True), (data, False)):
            if part is not None:
                for header, views in fragments(context_id, is_command, [part], 16384):
                    self.sock.sendall(header + b"".join(views))

    def ask(self, sop_class: str, name: str, ds: Dataset | bytes | None = None, **fields: Any) -> list[Message]:
        """Send a request and return all its responses."""
        kind = "RequestedSOPClassUID" if name in ("N-SET-RQ", "N-ACTION-RQ", "N-GET-RQ") else "AffectedSOPClassUID"
        number = self.send(sop_class, name, ds, **({kind: sop_class} | fields))
        answers = [self.message()]
        while answers[-1].command.status in (0xFF00, 0xFF01):
            answers.append(self.message())
        assert all(answer.command.number("MessageIDBeingRespondedTo") == number for answer in answers)
        assert all(not answer.problems and not answer.command.problems for answer in answers)
        return answers

    def echo(self) -> int | None:
        return self.ask(VERIFICATION, "C-ECHO-RQ")[0].command.status

    def find(self, ds: Dataset, sop_class: str = WORKLIST) -> tuple[list[Dataset], Message]:
        *pending, final = self.ask(sop_class, "C-FIND-RQ", ds, Priority=0)
        return [decode(message.dataset) for message in pending], final

    def store(self, ds: Dataset, **fields: Any) -> Message:
        names = {"AffectedSOPClassUID": str(ds.SOPClassUID), "AffectedSOPInstanceUID": str(ds.SOPInstanceUID)}
        sop_class = fields.pop("on", str(ds.SOPClassUID))
        return self.ask(sop_class, "C-STORE-RQ", ds, **({"Priority": 0} | names | fields))[0]

    def release(self) -> p.PDU:
        self.sock.settimeout(5)
        self.sock.sendall(p.encode(p.ReleaseRQ()))
        self.open = False
        return self.pdu()


@dataclass(frozen=True)
class Running:
    """A reference target in a thread of this process."""

    port: int
    folder: Path


@contextmanager
def target(folder: Path, **options: Any) -> Iterator[Running]:
    ready, stop, lines = threading.Event(), threading.Event(), []

    def came_up(line: str) -> None:
        lines.append(line)
        ready.set()

    config = ReferenceConfig(folder=folder, **options)
    thread = threading.Thread(target=serve, args=(config, came_up, stop), daemon=True)
    thread.start()
    try:
        assert ready.wait(5)
        yield Running(int(lines[0].rpartition(":")[2]), folder)
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def instance(uid: str = "2.25.1001", study: str = "2.25.1", series: str = "2.25.2", **more: Any) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = CT, uid, study, series
    ds.PatientID, ds.PatientName, ds.Modality, ds.AccessionNumber = "SYN-1", "Synthetic-Doe^Jane", "CT", "A1"
    ds.StudyDate, ds.StudyTime, ds.PatientSex = "20260102", "103000", ""
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    ds.add_new(0x7FE00010, "OW", bytes(512))
    return ds
