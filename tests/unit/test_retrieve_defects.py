"""Planted defects of retrieval on the wire, each seen by a plain SCU: what is sent, and what is said of it."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scansim.reference.retrieve_defects import RETRIEVE_DEFECTS
from scansim.vocabulary.uids import STUDY_ROOT_GET, STUDY_ROOT_MOVE
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command, fragments
from scansim.wire.stream import Message, MessageAssembler, PduDecoder
from tests.support.reference_client import CT, EXPLICIT, IMPLICIT, Scu, instance, target
from tests.support.sample import sample

STUDY, SERIES = "2.25.1", "2.25.2"
UIDS = ("2.25.1001", "2.25.1002", "2.25.1003")
OTHER = "2.25.1009"
SUCCESS, FAILURE, WARNING, PENDING, CANCEL = 0x0000, 0xA700, 0xB000, 0xFF00, 0xFE00


@dataclass
class Seen:
    """What one retrieval brought: C-STORE-RQs, responses, and the target's A-ASSOCIATE-RQ for a C-MOVE."""

    stores: list[Message] = field(default_factory=list)
    responses: list[Message] = field(default_factory=list)
    proposed: list[p.AssociateRQ] = field(default_factory=list)

    @property
    def final(self) -> Message:
        return self.responses[-1]

    @property
    def status(self) -> int | None:
        return self.final.command.status

    @property
    def pending(self) -> list[Message]:
        return self.responses[:-1]

    @property
    def uids(self) -> list[str | None]:
        return [each.command.text("AffectedSOPInstanceUID") for each in self.stores]

    def count(self, name: str, response: Message | None = None) -> int | None:
        return (response or self.final).command.number(f"NumberOf{name}Suboperations")


def put(sock: socket.socket, context_id: int, command: dict[str, Any]) -> None:
    for header, views in fragments(context_id, True, [encode_command(command)], 16384):
        sock.sendall(header + b"".join(views))


def answer(store: Message, status: int) -> dict[str, Any]:
    return {
        "CommandField": FIELD_OF["C-STORE-RSP"],
        "MessageIDBeingRespondedTo": store.command.number("MessageID"),
        "CommandDataSetType": NO_DATASET,
        "Status": status,
    }


class Destination:
    """Whoever a C-MOVE sends to: takes everything, and answers with some statuses, the last one for ever."""

    def __init__(self, seen: Seen, statuses: Sequence[int]) -> None:
        self.seen, self.statuses = seen, list(statuses)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.server.accept()
                with sock:
                    self.talk(sock)

    def talk(self, sock: socket.socket) -> None:
        decoder, assembler = PduDecoder(), MessageAssembler()
        while data := sock.recv(1 << 18):
            for event in decoder.feed(data, 0):
                if isinstance(event.pdu, p.AssociateRQ):
                    self.seen.proposed.append(event.pdu)
                    results = tuple(
                        p.ContextResult(each.context_id, 0, each.transfer_syntaxes[0]) for each in event.pdu.contexts
                    )
                    rq = event.pdu
                    accept = p.AssociateAC(rq.called_ae, rq.calling_ae, results, p.UserInformation(16384, "2.25.1"))
                    sock.sendall(p.encode(accept))
                elif isinstance(event.pdu, p.ReleaseRQ):
                    sock.sendall(p.encode(p.ReleaseRP()))
                for message in assembler.feed(event):
                    self.seen.stores.append(message)
                    status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
                    put(sock, message.context_id, answer(message, status))


@dataclass
class Archive:
    """A target with two studies, and where it sends to."""

    port: int
    seen: Seen
    destination: Destination

    def get(self, *statuses: int, role: bool = True, cancel: bool = False, **keys: str) -> Seen:
        """A C-GET whose instances are answered with some statuses; with `cancel` C-CANCEL comes before the first."""
        roles = (p.RoleSelection(CT, 0, 1),) if role else ()
        user = p.UserInformation(16384, "2.25.1", roles=roles)
        left = list(statuses) or [SUCCESS]
        with Scu(self.port, (STUDY_ROOT_GET, CT), calling="SCANPROOF", user=user) as scu:
            named = {"AffectedSOPClassUID": STUDY_ROOT_GET, "Priority": 0}
            number = scu.send(STUDY_ROOT_GET, "C-GET-RQ", wanted(**keys), **named)
            while not self.seen.responses or self.seen.status == PENDING:
                message = scu.message()
                if message.command.name != "C-STORE-RQ":
                    self.seen.responses.append(message)
                    continue
                self.seen.stores.append(message)
                if cancel and len(self.seen.stores) == 1:
                    command = {"CommandField": FIELD_OF["C-CANCEL-RQ"], "MessageIDBeingRespondedTo": number}
                    put(scu.sock, 1, {**command, "CommandDataSetType": NO_DATASET})
                status = left.pop(0) if len(left) > 1 else left[0]
                put(scu.sock, message.context_id, answer(message, status))
        return self.seen

    def move(self, *statuses: int, to: str = "SCANPROOF", **keys: str) -> Seen:
        """A C-MOVE."""
        self.destination.statuses = list(statuses) or [SUCCESS]
        with Scu(self.port, (STUDY_ROOT_MOVE,), calling="SCANPROOF") as scu:
            self.seen.responses += scu.ask(STUDY_ROOT_MOVE, "C-MOVE-RQ", wanted(**keys), Priority=0, MoveDestination=to)
        return self.seen


def wanted(level: str = "STUDY", **keys: str) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID = level, STUDY
    for name, value in keys.items():
        setattr(ds, name, value)
    return ds


@contextlib.contextmanager
def archive(folder: Path, defect: str | None) -> Iterator[Archive]:
    seen = Seen()
    destination = Destination(seen, [SUCCESS])
    peers = {"SCANPROOF": ("127.0.0.1", destination.port)}
    with target(folder, defect=defect, peers=peers) as running:
        with Scu(running.port, (CT,)) as scu:
            for uid in UIDS:
                scu.store(instance(uid, STUDY, SERIES if uid != UIDS[2] else "2.25.3"))
            scu.store(instance(OTHER, "2.25.8", "2.25.9"))
        for path in (path for path in folder.rglob("*") if path.is_file()):
            os.utime(path, (time.time() + 60,) * 2)  # what is found after a moment only is not, however slow we are
        yield Archive(running.port, seen, destination)
    destination.server.close()


def listed(message: Message) -> bool:
    return message.dataset is not None and b"\x08\x00\x58\x00" in message.dataset


SHOWS: dict[str, Callable[[Archive], bool]] = {
    "retrieve-refused": lambda a: a.get().status == 0xC000,
    "retrieve-all-failed-success": lambda a: a.get(FAILURE).status == SUCCESS,
    "retrieve-all-failed-warning": lambda a: a.move(FAILURE).status == WARNING,
    "retrieve-some-failed-success": lambda a: a.get(FAILURE, SUCCESS).status == SUCCESS,
    "retrieve-warned-success": lambda a: a.get(WARNING).status == SUCCESS,
    "retrieve-unknown-destination-taken": lambda a: a.move(to="NOBODY").status == SUCCESS,
    "retrieve-odd-identifier-taken": lambda a: a.get(level="FRAME").status == SUCCESS,
    "retrieve-cancel-ignored": lambda a: a.get(cancel=True).status == SUCCESS,
    "retrieve-ends-as-cancelled": lambda a: a.get().status == CANCEL,
    "retrieve-one-too-few": lambda a: len(a.get().stores) == 2,
    "retrieve-stale-index": lambda a: not a.get().stores,
    "retrieve-ignores-series": lambda a: len(a.get(level="SERIES", SeriesInstanceUID=SERIES).stores) == 3,
    "retrieve-other-study": lambda a: OTHER in a.get().uids,
    "retrieve-one-twice": lambda a: len(a.move().stores) == 4,
    "retrieve-get-elsewhere": lambda a: bool(a.get().proposed),
    "retrieve-role-ignored": lambda a: bool(a.get(role=False).stores),
    "retrieve-explicit-only": lambda a: all(
        IMPLICIT not in context.transfer_syntaxes for context in a.move().proposed[0].contexts
    ),
    "retrieve-no-originator": lambda a: a.move().stores[0].command.number("MoveOriginatorMessageID") is None,
    "retrieve-another-originator": lambda a: (
        a.move().stores[0].command.text("MoveOriginatorApplicationEntityTitle") == "REFERENCE"
    ),
    "retrieve-priority-undefined": lambda a: a.get().stores[0].command.number("Priority") == 7,
    "retrieve-priorities-differ": lambda a: len({each.command.number("Priority") for each in a.get().stores}) > 1,
    "retrieve-pending-lacks-remaining": lambda a: a.seen.count("Remaining", a.get().pending[0]) is None,
    "retrieve-final-lacks-counts": lambda a: a.move().count("Completed") is None,
    "retrieve-cancel-lacks-counts": lambda a: a.get(cancel=True).count("Completed") is None,
    "retrieve-final-remaining": lambda a: a.get().count("Remaining") == 0,
    "retrieve-counts-ahead": lambda a: a.seen.count("Completed", a.get().pending[0]) == 2,
    "retrieve-counts-failed-as-completed": lambda a: a.get(FAILURE, SUCCESS).count("Failed") == 0,
    "retrieve-without-list": lambda a: not listed(a.get(FAILURE, SUCCESS).final),
    "retrieve-list-of-the-others": lambda a: UIDS[0].encode() not in (a.get(FAILURE, SUCCESS).final.dataset or b""),
    "retrieve-list-in-pending": lambda a: listed(a.get(FAILURE, SUCCESS).pending[0]),
    "retrieve-empty-list-in-success": lambda a: listed(a.get().final),
    "retrieve-list-with-character-set": lambda a: b"ISO_IR 100" in (a.get(FAILURE).final.dataset or b""),
}


def test_every_defect_is_looked_at() -> None:
    assert set(SHOWS) == {defect.name for defect in RETRIEVE_DEFECTS}


def test_the_plain_target_sends_what_is_asked_for(tmp_path: Path) -> None:
    with archive(tmp_path, None) as plain:
        seen = plain.move()
        assert (seen.uids, seen.status, seen.count("Completed"), seen.count("Remaining")) == ([*UIDS], SUCCESS, 3, None)
        assert EXPLICIT in seen.proposed[0].contexts[0].transfer_syntaxes
        assert [seen.count("Remaining", each) for each in seen.pending] == [2, 1, 0]


@pytest.mark.long
@pytest.mark.parametrize("defect", sample(SHOWS, every=4))
def test_the_plain_target_shows_none(tmp_path: Path, defect: str) -> None:
    with archive(tmp_path, None) as plain, contextlib.suppress(IndexError):  # what is looked at is not there
        assert not SHOWS[defect](plain)


@pytest.mark.long
@pytest.mark.parametrize("defect", sample(SHOWS, every=4))
def test_each_defect_shows(tmp_path: Path, defect: str) -> None:
    with archive(tmp_path, defect) as spoiled:
        assert SHOWS[defect](spoiled)
