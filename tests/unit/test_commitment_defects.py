"""Planted defects of Storage Commitment that the battery comes across, each looked at by itself on the wire."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scansim.reference.commitment_defects import COMMITMENT_DEFECTS
from scansim.wire import pdu as p
from scansim.wire.stream import Message
from tests.support.processes import free_port
from tests.support.reference_client import COMMITMENT, CT, SC, Scu, decode, instance, target
from tests.support.reference_commitment import Requester, ask_for, request

HERE, NEVER = "2.25.1001", "2.25.404"
DEFECTS = [defect.name for defect in COMMITMENT_DEFECTS if defect.cases]


@dataclass
class Case:
    """What is asked for, after one instance was stored, and how the requester takes reports; `wait` is for how many."""

    ds: Dataset = field(default_factory=lambda: request((CT, NEVER)))
    command: dict[str, Any] = field(default_factory=dict)
    calling: str = "SCANPROOF"
    again: bool = False
    accept_role: bool = True
    unanswered: int = 0
    wait: int = 1


@dataclass
class Seen:
    """The status of the last N-ACTION, None for an association that ended; the reports, and who brought them."""

    stored: int | None
    status: int | None
    reports: list[Message]
    requests: list[p.AssociateRQ]
    attempts: int

    def content(self, index: int = 0) -> Dataset:
        return decode(self.reports[index].dataset)

    def failed(self, index: int = 0) -> list[tuple[str, int]]:
        items = self.content(index).get("FailedSOPSequence", [])
        return [(item.ReferencedSOPInstanceUID, item.FailureReason) for item in items]

    @property
    def committed(self) -> list[str]:
        return [item.ReferencedSOPInstanceUID for item in self.content().get("ReferencedSOPSequence", [])]


def without(keyword: str) -> Dataset:
    ds = request((CT, NEVER))
    del ds[keyword]
    return ds


def empty_list() -> Dataset:
    return request()


def bare_item() -> Dataset:
    ds = request((CT, NEVER))
    del ds.ReferencedSOPSequence[0].ReferencedSOPClassUID
    return ds


ROLE = (p.RoleSelection(COMMITMENT, 0, 1),)
#: What is done, what the defect shows, and what the right target shows.
CASES: dict[str, tuple[Case, Callable[[Seen], object], Callable[[Seen], object]]] = {
    "commitment-takes-empty-list": (Case(empty_list(), wait=0), lambda s: s.status == 0, lambda s: s.status == 0x0121),
    "commitment-takes-no-list": (
        Case(without("ReferencedSOPSequence"), wait=0),
        lambda s: s.status == 0,
        lambda s: s.status == 0x0120,
    ),
    "commitment-takes-no-transaction": (
        Case(without("TransactionUID"), wait=0),
        lambda s: s.status == 0,
        lambda s: s.status == 0x0120,
    ),
    "commitment-takes-bare-items": (Case(bare_item(), wait=0), lambda s: s.status == 0, lambda s: s.status == 0x0120),
    "commitment-takes-any-action": (
        Case(command={"ActionTypeID": 2}),
        lambda s: (s.status, s.failed()) == (0, [(NEVER, 0x0112)]),
        lambda s: s.status == 0x0123,
    ),
    "commitment-other-refusal": (
        Case(command={"ActionTypeID": 2}, wait=0),
        lambda s: s.status == 0x0110,
        lambda s: s.status == 0x0123,
    ),
    "commitment-takes-any-instance": (
        Case(command={"RequestedSOPInstanceUID": "1.2.3"}),
        lambda s: s.status == 0,
        lambda s: s.status == 0x0112,
    ),
    "commitment-reason-as-status": (
        Case(again=True),
        lambda s: s.status == 0x0131,
        lambda s: s.status == 0,
    ),
    "commitment-refuses-unknown": (Case(wait=0), lambda s: s.status == 0x0112, lambda s: s.status == 0),
    "commitment-drops-unknown": (
        Case(calling="WHOISTHIS", wait=0),
        lambda s: s.status is None,
        lambda s: s.status == 0x0110,
    ),
    "commitment-early": (Case(), lambda s: s.committed == [NEVER], lambda s: s.failed() == [(NEVER, 0x0112)]),
    "commitment-class-blind": (
        Case(request((SC, HERE))),
        lambda s: s.committed == [HERE],
        lambda s: s.failed() == [(HERE, 0x0119)],
    ),
    "commitment-wrong-reason": (
        Case(),
        lambda s: s.failed() == [(NEVER, 0x0119)],
        lambda s: s.failed() == [(NEVER, 0x0112)],
    ),
    "commitment-always-in-use": (
        Case(),
        lambda s: s.failed() == [(NEVER, 0x0131)],
        lambda s: s.failed() == [(NEVER, 0x0112)],
    ),
    "commitment-of-lost": (
        Case(request((CT, HERE))),
        lambda s: (s.stored, s.committed) == (0xB000, [HERE]),
        lambda s: (s.stored, s.committed) == (0, [HERE]),
    ),
    "commitment-same-only": (Case(), lambda s: s.attempts == 0, lambda s: len(s.reports) == 1),
    "commitment-no-retry": (
        Case(unanswered=1, wait=2),
        lambda s: len(s.reports) == 1,
        lambda s: len(s.reports) == 2,
    ),
    "commitment-unconfirmed-role": (
        Case(accept_role=False),
        lambda s: len(s.reports) == 1,
        lambda s: s.reports == [] and s.attempts > 1,
    ),
    "commitment-reports-twice": (Case(wait=2), lambda s: len(s.reports) == 2, lambda s: len(s.reports) == 1),
    "commitment-changes-its-mind": (
        Case(unanswered=1, wait=2),
        lambda s: [s.failed(0), s.failed(1)] == [[(NEVER, 0x0112)], [(NEVER, 0x0110)]],
        lambda s: s.failed(0) == s.failed(1),
    ),
    "commitment-retries-as-another": (
        Case(unanswered=1, wait=2),
        lambda s: [s.content(at).TransactionUID == "2.25.5001" for at in (0, 1)] == [True, False],
        lambda s: [s.content(at).TransactionUID == "2.25.5001" for at in (0, 1)] == [True, True],
    ),
    "commitment-retries-without-role": (
        Case(unanswered=1, wait=2),
        lambda s: [rq.user.roles for rq in s.requests] == [ROLE, ()],
        lambda s: [rq.user.roles for rq in s.requests] == [ROLE, ROLE],
    ),
}


def ask(folder: Path, case: Case, defect: str | None) -> Seen:
    port = free_port()
    requester = Requester(port, case.accept_role, case.unanswered)
    peers = {"SCANPROOF": ("127.0.0.1", port)}
    status = None
    with target(folder, defect=defect, peers=peers, commitment_delay=0.0) as running:
        with (
            suppress(ConnectionError, TimeoutError),
            Scu(running.port, (CT, COMMITMENT), calling=case.calling) as scu,
        ):
            stored = scu.store(instance()).command.status
            if case.again:
                ask_for(scu, case.ds)
                _came(requester, 1)
            status = ask_for(scu, case.ds, **case.command).command.status
        _came(requester, case.wait + case.again, requester.attempts)
    requester.close()
    return Seen(stored, status, requester.messages, requester.requests, requester.attempts)


def _came(requester: Requester, count: int, _before: int = 0) -> None:
    """Wait for so many reports, or until it is plain that they do not come."""
    until = time.monotonic() + (1.0 if count else 0.0)
    while len(requester.messages) < count and time.monotonic() < until:
        time.sleep(0.01)
    requester.done.wait(0.2 if count else 0.0)


def test_each_is_looked_at() -> None:
    assert CASES.keys() == set(DEFECTS)


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_what_it_shows(tmp_path: Path, name: str) -> None:
    case, shows, right = CASES[name]
    for defect, seen in ((name, shows), (None, right)):
        (folder := tmp_path / str(defect)).mkdir()
        assert seen(ask(folder, case, defect)), defect
