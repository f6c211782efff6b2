"""A peer made of raw bytes: it converses as it should, but for the one behaviour that a test is about.

A `Behaviour` is a small function that takes the place of what a correct peer does at one point of a conversation: when
a connection is opened, when an A-ASSOCIATE-RQ has come, a request of some kind, or an A-RELEASE-RQ. When it returns,
the conversation goes on correctly, unless the connection is over.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE
from scansim.wire.dimse import NO_DATASET, Command, encode_command
from scansim.wire.stream import Message, MessageAssembler, PduDecoder

#: After so many seconds a peer ends whatever still goes on: a conversation that is there then has no bound of its own.
PATIENCE = 12.0
#: Maximum Length that a correct peer states.
ROOM = 16384


class Gone(Exception):
    """The other side has closed the connection, or the peer is to end."""


class Line:
    """One connection, as the peer sees it."""

    def __init__(self, sock: socket.socket, peer: Peer) -> None:
        self.sock = sock
        self.peer = peer
        self.rq = p.AssociateRQ("", "", ())
        self.heard: list[p.PDU | Message] = []
        self.over = False
        self._decoder = PduDecoder()
        self._assembler = MessageAssembler()
        sock.settimeout(peer.patience)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # -- hearing -------------------------------------------------------------------------------------------------------

    def read(self, most: int = 1 << 16) -> bytes:
        """Some bytes, which are not decoded; raises Gone at the end."""
        try:
            data = self.sock.recv(most)
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        return data

    def hear(self) -> p.PDU | Message:
        """The next PDU, or whole message in the place of its P-DATA-TFs; raises Gone at the end."""
        while not self.heard:
            for event in self._decoder.feed(self.read(), 0):
                self.heard += self._assembler.feed(event) if isinstance(event.pdu, p.PData) else [event.pdu]
        return self.heard.pop(0)

    def listen(self) -> None:
        """Say nothing more, but answer a release as one should."""
        while not isinstance(self.hear(), p.ReleaseRQ):
            pass
        self.say(p.ReleaseRP())
        self.over = True

    def silence(self) -> None:
        """Say nothing more, and read until the other side closes."""
        while True:
            self.read()

    def wait(self, seconds: float) -> None:
        """Do nothing for a while; raises Gone when the peer is to end."""
        if self.peer.ending.wait(seconds):
            raise Gone

    # -- saying --------------------------------------------------------------------------------------------------------

    def say(self, *parts: p.PDU | bytes) -> None:
        """Send bytes and PDUs in one go; raises Gone when nobody takes them."""
        data = b"".join(part if isinstance(part, bytes) else p.encode(part) for part in parts)
        try:
            self.sock.sendall(data)
        except OSError:
            raise Gone from None

    def trickle(self, data: bytes, seconds: float = 0.01, at_once: int = 1) -> None:
        """Send bytes a few at a time."""
        for at in range(0, len(data), at_once):
            self.say(data[at : at + at_once])
            self.wait(seconds)

    def for_ever(self, what: bytes | p.PDU | Callable[[], bytes], seconds: float = 0.0) -> None:
        """Send the same again and again, until nobody takes it."""
        while True:
            self.say(what() if callable(what) else what)
            self.wait(seconds)

    def close(self) -> None:
        """Close with FIN."""
        self.over = True
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def reset(self) -> None:
        """Close with RST."""
        self.over = True
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    # -- what is right -------------------------------------------------------------------------------------------------

    def ac(self, **changes: Any) -> p.AssociateAC:
        """The A-ASSOCIATE-AC that is right, with some of its fields changed."""
        contexts = tuple(p.ContextResult(c.context_id, 0, c.transfer_syntaxes[0]) for c in self.rq.contexts)
        user = p.UserInformation(ROOM, "1.2.3.4", "HOSTILE", self.rq.user.roles)
        right = p.AssociateAC(self.rq.called_ae, self.rq.calling_ae, contexts, user)
        return replace(right, **changes)

    def user(self, **changes: Any) -> p.AssociateAC:
        """The A-ASSOCIATE-AC that is right, but for its user information."""
        ac = self.ac()
        return replace(ac, user=replace(ac.user, **changes))

    def syntax(self, context_id: int) -> str:
        """The transfer syntax that `ac` accepts for a context."""
        found = (c.transfer_syntaxes[0] for c in self.rq.contexts if c.context_id == context_id)
        return next(found, IMPLICIT_LITTLE)


def command(values: dict[str, Any], dataset: bytes | None = None) -> bytes:
    """A command set that says whether a data set follows; an element that is None is left out."""
    kind = NO_DATASET if dataset is None else 1
    return encode_command({k: v for k, v in {"CommandDataSetType": kind, **values}.items() if v is not None})


def pdata(context_id: int, is_command: bool, data: bytes, room: int = ROOM, *, whole: bool = True) -> bytes:
    """P-DATA-TFs of one command or data set; when it is not `whole`, its last fragment is not there."""
    pieces = [data[at : at + room - 6] for at in range(0, len(data), room - 6)] or [b""]
    last = len(pieces) - 1 if whole else len(pieces)
    return b"".join(
        p.encode(p.PData((p.PDV(context_id, is_command, index == last, piece),))) for index, piece in enumerate(pieces)
    )


def message(context_id: int, values: dict[str, Any], dataset: bytes | None = None) -> bytes:
    """A message as bytes."""
    head = pdata(context_id, True, command(values, dataset))
    return head if dataset is None else head + pdata(context_id, False, dataset)


def answer(request: Message, status: int | None = 0, dataset: bytes | None = None, **changes: Any) -> bytes:
    """The response to a request; `changes` to its elements, None to leave one out, and ``context``."""
    context = changes.pop("context", request.context_id)
    return message(context, elements_of_answer(request, status) | changes, dataset)


def elements_of_answer(request: Message, status: int | None = 0) -> dict[str, Any]:
    """What stands in the command set of a response."""
    asked: Command = request.command
    return {
        "AffectedSOPClassUID": asked.sop_class_uid,
        "AffectedSOPInstanceUID": asked.sop_instance_uid if (asked.number("CommandField") or 0) != 0x20 else None,
        "CommandField": (asked.number("CommandField") or 0) | 0x8000,
        "MessageIDBeingRespondedTo": asked.number("MessageID"),
        "Status": status,
        **({"ActionTypeID": 1} if asked.name == "N-ACTION-RQ" else {}),
    }


def raw(kind: int, body: bytes = b"", *, length: int | None = None) -> bytes:
    """A PDU of any type, whose length may be a lie."""
    return struct.pack(">BxI", kind, len(body) if length is None else length) + body


# --- behaviours -------------------------------------------------------------------------------------------------------

Act = Callable[[Line, Any], None]


@dataclass(frozen=True)
class Behaviour:
    """What a peer does wrong, where, and what is right to say of it.

    ``at`` is the point where it takes over: "connect", "A-ASSOCIATE-RQ", "A-RELEASE-RQ", or the name of a request.
    ``run`` are the steps of the exam. ``fails`` are the checks that have to say FAIL, ``may`` those that may as well;
    no other may. ``verdict`` is the worst that is found. ``heavy`` ones are measured in a process of their own.
    """

    name: str
    at: str
    act: Act
    run: str
    verdict: str
    fails: frozenset[str]
    may: frozenset[str]
    shared: str
    heavy: bool
    xfail: str


ALL: dict[str, Behaviour] = {}


def behaviour(
    at: str,
    run: str,
    verdict: str = "FAIL",
    fails: Sequence[str] = (),
    *,
    may: Sequence[str] = (),
    heavy: bool = False,
    xfail: str = "",
    name: str = "",
    shared: str = "",
) -> Callable[[Act], Act]:
    """Register a behaviour under the name of its function; `shared` names the function that several are made of."""

    def register(act: Act) -> Act:
        called = (name or act.__name__).replace("_", "-")
        assert called not in ALL, called
        wrong, also = frozenset(fails), frozenset(may)
        ALL[called] = Behaviour(called, at, act, run, verdict, wrong, also, shared, heavy, xfail)
        return act

    return register


def variants(at: str, run: str, verdict: str, fails: Sequence[str], make: Callable[..., Act], /, **cases: Any) -> None:
    """Register behaviours that one function makes, a value each; a tuple of three has verdict and checks of its own."""
    for case, value in cases.items():
        other = isinstance(value, tuple) and len(value) == 3 and value[1] in ("FAIL", "WARN", "PASS", "INCONCLUSIVE")
        value, worst, checks = value if other else (value, verdict, fails)
        name = f"{make.__name__}-{case}"
        behaviour(at, run, worst, checks, name=name, shared=make.__name__)(make(value))


# --- the server -------------------------------------------------------------------------------------------------------


@dataclass
class Peer:
    """A server on a port of its own that converses correctly (`right`), but where the behaviour takes over."""

    right: Callable[[Line, Message], None]
    at: str = ""
    act: Act | None = None
    patience: float = PATIENCE
    ending: threading.Event = field(default_factory=threading.Event)
    stored: dict[str, str] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    failures: list[BaseException] = field(default_factory=list)
    reports: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=16)
        self._lines: list[Line] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._server.getsockname()[1]
        self._begin(self._accept)
        self._timer = threading.Timer(self.patience, self.end)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.end()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive(), "the peer does not end"

    def end(self) -> None:
        """End every conversation."""
        self.ending.set()
        for sock in (self._server, *(line.sock for line in self._lines)):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _begin(self, what: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=what, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.ending.is_set():
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            line = Line(sock, self)
            self._lines.append(line)
            self._begin(self._serve, line)

    def _serve(self, line: Line) -> None:
        try:
            self._converse(line)
        except (Gone, OSError):
            pass
        except BaseException as error:
            self.failures.append(error)
        finally:
            line.close()

    def _takes_over(self, line: Line, at: str, what: object) -> bool:
        """Whether the behaviour was asked, instead of what is right."""
        self.times[at] = self.times.get(at, 0) + 1
        if at != self.at or self.act is None:
            return False
        self.act(line, what)
        return True

    def _converse(self, line: Line) -> None:
        self._takes_over(line, "connect", None)
        while not line.over:
            heard = line.hear()
            if isinstance(heard, p.AssociateRQ):
                line.rq = heard
                if not self._takes_over(line, "A-ASSOCIATE-RQ", heard):
                    line.say(line.ac())
            elif isinstance(heard, p.ReleaseRQ):
                if not self._takes_over(line, "A-RELEASE-RQ", heard):
                    line.say(p.ReleaseRP())
                    return
            elif isinstance(heard, p.Abort):
                return
            elif isinstance(heard, Message) and not self._takes_over(line, heard.command.name, heard):
                self.right(line, heard)
