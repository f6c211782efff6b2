"""The reference target's upper layer and DIMSE, seen by a plain SCU over the project's own codec."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scansim.wire import pdu as p
from scansim.wire.stream import MessageAssembler, PduDecoder
from tests.support.reference_client import (
    BIG_ENDIAN,
    COMMITMENT,
    CT,
    EXPLICIT,
    IMPLICIT,
    MPPS,
    STUDY_FIND,
    VERIFICATION,
    Scu,
    instance,
    target,
)


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
