"""Whoever calls our listener: what is right, and the stage on which a stranger and the target meet it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset

from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF
from scansim.wire.encoding import encode
from tests.hostile.peers import Gone, Line, Peer, message

CONTEXT = p.ProposedContext(1, COMMITMENT, (IMPLICIT_LITTLE,))
ECHO_CONTEXT = p.ProposedContext(3, VERIFICATION, (IMPLICIT_LITTLE,))


@dataclass
class Stage:
    """A listener that waits for a report; ``content`` is what the report has to say.

    ``lines`` are connections to it, which are closed at the end.
    """

    port: int
    peer: Peer
    content: Dataset
    ending: threading.Event
    lines: list[Line] = field(default_factory=list)

    def call(self) -> Line:
        """Connect."""
        if self.ending.is_set():
            raise Gone
        try:
            sock = socket.create_connection(("127.0.0.1", self.port), 2)
        except OSError:
            raise Gone from None
        line = Line(sock, self.peer)
        self.lines.append(line)
        return line

    def request(self, **changes: Any) -> p.AssociateRQ:
        """The A-ASSOCIATE-RQ of a target that wants to report, with some of its fields changed."""
        user = p.UserInformation(16384, "1.2.3.4", "HOSTILE", (p.RoleSelection(COMMITMENT, 0, 1),))
        fields = {"called_ae": "SCANPROOF", "calling_ae": "HOSTILE", "contexts": (CONTEXT, ECHO_CONTEXT), "user": user}
        return p.AssociateRQ(**{**fields, **changes})

    def associate(self, **changes: Any) -> Line:
        """Open an association, and read the answer."""
        line = self.call()
        line.say(self.request(**changes))
        line.hear()
        return line

    def report(self, number: int = 1, *, context: int = 1, syntax: str = IMPLICIT_LITTLE, **changes: Any) -> bytes:
        """The N-EVENT-REPORT-RQ that is right, with some of its elements changed."""
        dataset = changes.pop("dataset", None)
        values = {
            "AffectedSOPClassUID": COMMITMENT,
            "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
            "CommandField": FIELD_OF["N-EVENT-REPORT-RQ"],
            "MessageID": number,
            "EventTypeID": 2,
            **changes,
        }
        return message(context, values, encode(self.content, syntax) if dataset is None else dataset)

    def right(self) -> None:
        """Report as a correct target does, on an association of its own."""
        line = self.associate()
        line.say(self.report())
        line.hear()
        line.say(p.ReleaseRQ())
        line.hear()
        line.close()

    def close(self) -> None:
        """Close every connection."""
        for line in self.lines:
            with contextlib.suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)
            line.sock.close()


@dataclass(frozen=True)
class Caller:
    """What somebody does to our listener, and what is right to say of it.

    A stranger calls before the target reports, which it does all the same; a reporter is the target, whose report it
    is. ``fails`` are the checks that have to say FAIL, ``may`` those that may; ``verdict`` is the exam's.
    """

    name: str
    act: Callable[[Stage], None]
    reports: bool
    verdict: str
    fails: frozenset[str]
    may: frozenset[str]
    heavy: bool
    early: bool
    xfail: str


CALLERS: dict[str, Caller] = {}
Act = Callable[[Stage], None]


def stranger(
    *, verdict: str = "PASS", may: Sequence[str] = (), heavy: bool = False, name: str = ""
) -> Callable[[Act], Act]:
    """Register what a stranger does: the exam passes, and nobody but the stranger is told of."""

    def register(act: Act) -> Act:
        called = _name(name or act.__name__)
        CALLERS[called] = Caller(called, act, False, verdict, frozenset(), frozenset(may), heavy, False, "")
        return act

    return register


def reporter(
    verdict: str = "FAIL",
    fails: Sequence[str] = (),
    *,
    may: Sequence[str] = (),
    heavy: bool = False,
    early: bool = False,
    xfail: str = "",
) -> Callable[[Act], Act]:
    """Register how a target reports; `early` ones do so before they answer the N-ACTION."""

    def register(act: Act) -> Act:
        called = _name(act.__name__)
        CALLERS[called] = Caller(called, act, True, verdict, frozenset(fails), frozenset(may), heavy, early, xfail)
        return act

    return register


def _name(of: str) -> str:
    called = of.replace("_", "-")
    assert called not in CALLERS, called
    return called
