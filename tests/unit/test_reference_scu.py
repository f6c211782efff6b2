"""The reference target's upper layer and DIMSE, seen by a plain SCU over the project's own codec.

`Scu` and `target` serve the other test modules of the reference target too.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
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
        kind = "RequestedSOPClassUID" if name in ("N-SET-RQ", "N-ACTION-RQ") else "AffectedSOPClassUID"
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


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def instance(uid: str = "2.25.1001", study: str = "2.25.1", series: str = "2.25.2", **more: Any) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = CT, uid, study, series
    ds.PatientID, ds.PatientName, ds.Modality, ds.AccessionNumber = "SYN-1", "Synthetic-Doe^Jane", "CT", "A1"
    ds.StudyDate, ds.StudyTime, ds.PatientSex = "20260102", "103000", ""
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    ds.add_new(0x7FE00010, "OW", bytes(512))
    return ds


# --- tests ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with target(tmp_path_factory.mktemp("scu")) as running:
        yield running.port


def test_echo_and_release(port: int) -> None:
    with Scu(port) as scu:
        assert scu.echo() == 0x0000
        assert isinstance(scu.release(), p.ReleaseRP)


def test_called_ae_is_checked_and_calling_is_not(port: int) -> None:
    with Scu(port, called="NOBODY") as scu:
        assert scu.answer == p.AssociateRJ(1, 1, 7)
    with Scu(port, called=" REFERENCE ", calling="some one") as scu:
        assert isinstance(scu.answer, p.AssociateAC)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"application_context": "1.2.3"}, p.AssociateRJ(1, 1, 2)),
        ({"protocol_version": 2}, p.AssociateRJ(1, 2, 2)),
        ({"protocol_version": 3}, None),
    ],
)
def test_other_requests_for_an_association(port: int, change: dict[str, Any], expected: p.PDU | None) -> None:
    rq = replace(p.AssociateRQ("REFERENCE", "SCANPROOF", (p.ProposedContext(1, VERIFICATION, (IMPLICIT,)),)), **change)
    scu = Scu(port)
    scu.sock = socket.create_connection(("127.0.0.1", port), timeout=5)
    scu.decoder, scu.assembler, scu.pdus, scu.messages = PduDecoder(), MessageAssembler(), [], []
    answer = scu.associate(rq)
    scu.sock.close()
    assert answer == expected if expected is not None else isinstance(answer, p.AssociateAC)


def test_negotiation(port: int) -> None:
    roles = (p.RoleSelection(CT, 0, 1), p.RoleSelection(MPPS, 1, 0), p.RoleSelection(COMMITMENT, 1, 1))
    user = p.UserInformation(16384, "2.25.1", None, roles, (4, 4))
    with Scu(port, (VERIFICATION, "1.2.3.4", CT, MPPS, COMMITMENT), user=user) as scu:
        ac = scu.answer
        assert isinstance(ac, p.AssociateAC)
        assert [(context.context_id, context.result) for context in ac.contexts] == [
            *((1, 0), (5, 0), (7, 0), (9, 0), (3, 3))
        ]
        assert ac.contexts[0].transfer_syntax == EXPLICIT
        assert set(ac.user.roles) == {
            p.RoleSelection(MPPS, 1, 0),
            p.RoleSelection(COMMITMENT, 1, 0),
            p.RoleSelection(CT, 0, 1),
        }
        assert ac.user.async_window in (None, (1, 1))
        assert ac.user.implementation_class_uid


def test_unsupported_transfer_syntax_is_rejected(port: int) -> None:
    with Scu(port, (VERIFICATION,), syntaxes=(BIG_ENDIAN,)) as scu:
        assert isinstance(scu.answer, p.AssociateAC)
        assert scu.answer.contexts[0].result == 4


def test_requests_that_no_service_takes_on(port: int) -> None:
    with Scu(port, (VERIFICATION, MPPS, CT)) as scu:
        wrong_class = scu.ask(VERIFICATION, "C-ECHO-RQ", AffectedSOPClassUID=CT)[0]
        wrong_operation = scu.ask(VERIFICATION, "C-FIND-RQ", instance(), Priority=0)[0]
        wrong_n_class = scu.ask(
            MPPS, "N-SET-RQ", instance(), RequestedSOPClassUID=COMMITMENT, RequestedSOPInstanceUID="2.25.7"
        )[0]
        assert [m.command.status for m in (wrong_class, wrong_operation, wrong_n_class)] == [0x0122, 0x0211, 0x0118]
        assert scu.echo() == 0


def test_fragments_are_even_and_short_enough_for_an_odd_maximum_length(tmp_path: Path) -> None:
    with target(tmp_path) as running:
        user = p.UserInformation(127, "2.25.1")
        with Scu(running.port, (CT, STUDY_FIND), user=user) as scu:
            assert scu.store(instance()).command.status == 0
            query = Dataset()
            query.QueryRetrieveLevel, query.StudyInstanceUID, query.PatientName = "STUDY", "", ""
            query.ModalitiesInStudy = query.SOPClassesInStudy = query.StudyDate = query.StudyTime = ""
            found, _ = scu.find(query, STUDY_FIND)
            assert len(found) == 1
            data = [event for event in scu.pdus if isinstance(event.pdu, p.PData)]
            assert all(event.length - 6 <= 127 for event in data)
            lengths = [pdv.length for event in data for pdv in event.pdu.pdvs]
            assert len(data) > 4
            assert all(length and length % 2 == 0 for length in lengths)


def test_responses_do_not_wait_for_delayed_acknowledgements(port: int) -> None:
    with Scu(port) as scu:
        scu.echo()
        began = time.perf_counter()
        for _ in range(10):
            scu.echo()
        assert time.perf_counter() - began < 0.3  # Nagle's algorithm would make it 0.4 s


def test_an_abrupt_end_harms_nobody_else(port: int) -> None:
    with Scu(port) as scu:
        scu.sock.close()
        scu.open = False
    with Scu(port) as scu:
        assert scu.echo() == 0


def test_open_associations_are_aborted_when_the_target_ends(tmp_path: Path) -> None:
    with target(tmp_path) as running:
        scu = Scu(running.port).__enter__()
        began = time.perf_counter()
    assert time.perf_counter() - began < 2
    assert isinstance(scu.pdu(), p.Abort)
    scu.sock.close()


def test_many_associations_at_once_lose_nothing(tmp_path: Path) -> None:
    failures: list[str] = []

    def exam(number: int) -> None:
        with Scu(running.port, (VERIFICATION, CT, STUDY_FIND)) as scu:
            for turn in range(8):
                uid = f"2.25.{1000 + 100 * number + turn}"
                statuses = [scu.store(instance(uid, study=f"2.25.{number + 1}")).command.status, scu.echo()]
                query = Dataset()
                query.QueryRetrieveLevel, query.StudyInstanceUID = "STUDY", f"2.25.{number + 1}"
                query.NumberOfStudyRelatedInstances = ""
                found, _ = scu.find(query, STUDY_FIND)
                if statuses != [0, 0] or [ds.NumberOfStudyRelatedInstances for ds in found] != [turn + 1]:
                    failures.append(f"{number}/{turn}: {statuses} {found}")

    with target(tmp_path) as running:
        threads = [threading.Thread(target=exam, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()
    assert failures == []
    assert len(list((tmp_path / "instances").iterdir())) == 80
