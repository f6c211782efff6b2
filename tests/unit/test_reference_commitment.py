"""Storage Commitment of the reference target, on either association."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from scansim.reference.store import Store
from scansim.wire import pdu as p
from scansim.wire.stream import Message
from tests.support.processes import free_port
from tests.support.reference_client import COMMITMENT, CT, SC, Scu, decode, instance, target
from tests.support.reference_commitment import WELL_KNOWN, Requester, answer_report, ask_for, request


def contents(message: Message, transaction: str = "2.25.5001") -> tuple[int | None, list[str], list[tuple[str, int]]]:
    ds = decode(message.dataset)
    assert ds.TransactionUID == transaction
    return (
        message.command.number("EventTypeID"),
        [item.ReferencedSOPInstanceUID for item in ds.get("ReferencedSOPSequence", [])],
        [(item.ReferencedSOPInstanceUID, item.FailureReason) for item in ds.get("FailedSOPSequence", [])],
    )


def test_report_on_a_new_association(tmp_path: Path) -> None:
    port = free_port()
    requester = Requester(port)
    with target(tmp_path, peers={"SCANPROOF": ("127.0.0.1", port)}) as running:
        with Scu(running.port, (CT, COMMITMENT)) as scu:
            scu.store(instance())
            wanted = request((CT, "2.25.1001"), (CT, "2.25.404"), (SC, "2.25.1001"))
            wanted.ReferencedSOPSequence.pop()
            assert ask_for(scu, wanted).command.status == 0
        assert requester.done.wait(3)
        store = Store(tmp_path)
        deadline = time.monotonic() + 2
        while store.open_commitments() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert store.open_commitments() == []
        store.close()
    requester.close()
    assert requester.rq is not None
    assert (requester.rq.calling_ae, requester.rq.called_ae) == ("REFERENCE", "SCANPROOF")
    assert requester.rq.user.roles == (p.RoleSelection(COMMITMENT, 0, 1),)
    assert requester.message is not None
    assert contents(requester.message) == (2, ["2.25.1001"], [("2.25.404", 0x0112)])
    assert requester.attempts == 1


def test_report_on_the_same_association(tmp_path: Path) -> None:
    with target(tmp_path, commitment="same") as running, Scu(running.port, (CT, COMMITMENT)) as scu:
        scu.store(instance())
        scu.store(instance("2.25.1002"))
        # the target may still have the first transaction open when the second request comes
        for transaction, items, expected in (
            ("2.25.5001", ((CT, "2.25.1001"), (CT, "2.25.1002")), (1, ["2.25.1001", "2.25.1002"], [])),
            ("2.25.5002", ((SC, "2.25.1001"),), (2, [], [("2.25.1001", 0x0119)])),
        ):
            assert ask_for(scu, request(*items, transaction=transaction)).command.status == 0
            report = scu.message()
            assert report.command.name == "N-EVENT-REPORT-RQ"
            assert contents(report, transaction) == expected
            answer_report(scu, report)
            assert scu.store(instance()).command.status == 0, "the association goes on"


def test_reports_on_the_same_association_between_other_requests(tmp_path: Path) -> None:
    """Reports come whenever they like, and no response is lost or torn."""
    config = {"commitment": "same", "commitment_delay": 0.001}
    with target(tmp_path, **config) as running, Scu(running.port, (CT, COMMITMENT)) as scu:
        reports = 0
        for number in range(40):
            wanted = request((CT, "2.25.404"))
            number_of = scu.send(
                COMMITMENT,
                "N-ACTION-RQ",
                wanted,
                RequestedSOPClassUID=COMMITMENT,
                RequestedSOPInstanceUID=WELL_KNOWN,
                ActionTypeID=1,
            )
            answered = False
            wanted_reports = number + 1
            while not answered or (number % 5 == 4 and reports < wanted_reports):
                message = scu.message()
                assert not message.problems
                if message.command.is_response:
                    assert message.command.number("MessageIDBeingRespondedTo") == number_of
                    answered = True
                else:
                    reports += 1
                    answer_report(scu, message)
        assert reports == 40


def test_a_released_association_falls_back_to_a_new_one(tmp_path: Path) -> None:
    port = free_port()
    requester = Requester(port)
    peers = {"SCANPROOF": ("127.0.0.1", port)}
    with target(tmp_path, commitment="same", commitment_delay=0.2, peers=peers) as running:
        with Scu(running.port, (COMMITMENT,)) as scu:
            assert ask_for(scu, request((CT, "2.25.404"))).command.status == 0
        assert requester.done.wait(3)
    requester.close()
    assert requester.message is not None
    assert contents(requester.message) == (2, [], [("2.25.404", 0x0112)])


def test_no_report_where_the_role_is_refused(tmp_path: Path) -> None:
    port = free_port()
    requester = Requester(port, accept_role=False)
    with target(tmp_path, peers={"SCANPROOF": ("127.0.0.1", port)}) as running:
        with Scu(running.port, (COMMITMENT,)) as scu:
            assert ask_for(scu, request((CT, "2.25.404"))).command.status == 0
        assert requester.done.wait(3)
        time.sleep(0.1)
        assert requester.message is None
    requester.close()


@pytest.mark.parametrize("kind", ["nobody listens", "connection closed"])
def test_a_report_is_tried_again(tmp_path: Path, kind: str) -> None:
    port = free_port()
    attempts = []

    def close_at_once(listener: socket.socket) -> None:
        sock, _ = listener.accept()
        attempts.append(1)
        sock.close()
        listener.close()

    if kind == "connection closed":
        threading.Thread(target=close_at_once, args=(socket.create_server(("127.0.0.1", port)),), daemon=True).start()
    with target(tmp_path, peers={"SCANPROOF": ("127.0.0.1", port)}) as running:
        with Scu(running.port, (COMMITMENT,)) as scu:
            assert ask_for(scu, request((CT, "2.25.404"))).command.status == 0
        time.sleep(0.2)
        requester = Requester(port)
        assert requester.done.wait(4)
        requester.close()
    assert requester.message is not None
    assert len(attempts) == (kind == "connection closed")


def test_what_was_left_unreported_is_reported_after_a_restart(tmp_path: Path) -> None:
    port = free_port()
    peers = {"SCANPROOF": ("127.0.0.1", port)}
    with target(tmp_path, peers=peers, commitment_delay=60) as running, Scu(running.port, (COMMITMENT,)) as scu:
        assert ask_for(scu, request((CT, "2.25.404"))).command.status == 0
    requester = Requester(port)
    with target(tmp_path, peers=peers):
        assert requester.done.wait(3)
    requester.close()
    assert requester.message is not None


def test_a_transaction_in_use(tmp_path: Path) -> None:
    config = {"commitment": "same", "commitment_delay": 0.1}
    with target(tmp_path, **config) as running, Scu(running.port, (COMMITMENT,)) as scu:
        for _ in range(2):
            assert ask_for(scu, request((CT, "2.25.404"))).command.status == 0
        reasons = []
        for _ in range(2):
            report = scu.message()
            reasons.append(contents(report)[2][0][1])
            answer_report(scu, report)
    assert sorted(reasons) == [0x0112, 0x0131]


def test_requests_that_are_refused(tmp_path: Path) -> None:
    good = request((CT, "2.25.1001"))
    no_transaction, no_sequence, hollow = (request((CT, "2.25.1001")) for _ in range(3))
    del no_transaction.TransactionUID
    del no_sequence.ReferencedSOPSequence
    del hollow.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    empty_transaction = request((CT, "2.25.1001"), transaction="")
    with target(tmp_path, commitment="same") as running, Scu(running.port, (COMMITMENT,)) as scu:
        for ds, fields, status in (
            (no_transaction, {}, 0x0120),
            (no_sequence, {}, 0x0120),
            (hollow, {}, 0x0120),
            (empty_transaction, {}, 0x0121),
            (request(), {}, 0x0121),
            (good, {"ActionTypeID": 2}, 0x0123),
            (good, {"RequestedSOPInstanceUID": "2.25.3"}, 0x0112),
        ):
            assert ask_for(scu, ds, **fields).command.status == status
        with pytest.raises(TimeoutError):
            scu.message(timeout=0.2)
    with target(tmp_path / "new") as running, Scu(running.port, (COMMITMENT,)) as scu:
        refused = ask_for(scu, good)
        assert refused.command.status == 0x0110
        assert "SCANPROOF" in str(refused.command.text("ErrorComment"))
