"""Our own SCP: takes the associations that a target opens to us, for Storage Commitment results."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scansim import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scansim.files import TemporaryFolder
from scansim.inputs import InputError
from scansim.network.association import OUR_MAX_LENGTH
from scansim.network.channel import Channel
from scansim.network.failures import AssociationError
from scansim.network.recording import Recorder, TranscriptWriter
from scansim.site import ListenerAddress, Timeouts
from scansim.vocabulary.outcome import Initiator
from scansim.vocabulary.services import COMMITMENT as COMMITMENT_SERVICE
from scansim.vocabulary.status import SUCCESS
from scansim.vocabulary.uids import COMMITMENT, VERIFICATION
from scansim.wire import dataset as wire_dataset
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF
from scansim.wire.stream import Message

#: What we take, and in which roles (SCU, SCP) its requestor may be: it reports to us and asks us whether we are there.
_ROLES = {COMMITMENT: (0, 1), VERIFICATION: (1, 0)}
_SYNTAXES = (wire_dataset.EXPLICIT_LITTLE, wire_dataset.IMPLICIT_LITTLE, wire_dataset.EXPLICIT_BIG)
_IDLE = 60.0
#: How often to look whether the listener is to close, in seconds.
_GLANCE = 0.25


def event_report_response(message: Message, status: int = SUCCESS) -> dict[str, int | str]:
    """Command set of the N-EVENT-REPORT-RSP to `message` (PS3.7 10.3.1.2)."""
    command = message.command
    values: dict[str, int | str] = {
        "CommandField": FIELD_OF["N-EVENT-REPORT-RSP"],
        "MessageIDBeingRespondedTo": command.number("MessageID") or 0,
        "Status": status,
    }
    for keyword in ("AffectedSOPClassUID", "AffectedSOPInstanceUID"):
        if (uid := command.text(keyword)) is not None:
            values[keyword] = uid
    if (event_type := command.number("EventTypeID")) is not None:
        values["EventTypeID"] = event_type
    return values


def transaction_of(message: Message, transfer_syntax: str) -> tuple[str, frozenset[str]]:
    """Transaction UID and every Referenced SOP Instance UID of a commitment report."""
    if message.dataset is None:
        return "", frozenset()
    report = wire_dataset.read(message.dataset, transfer_syntax)
    items = [*report.items("ReferencedSOPSequence"), *report.items("FailedSOPSequence")]
    return report.text("TransactionUID"), frozenset(item.text("ReferencedSOPInstanceUID") for item in items)


def _rejection(rq: p.AssociateRQ) -> p.AssociateRJ | None:
    """How to reject a request that cannot be answered; None for one that can (PS3.8 9.3.2, Table 9-21)."""
    ids = [context.context_id for context in rq.contexts]
    if not rq.protocol_version & 1:
        return p.AssociateRJ(1, 2, 2)
    if not ids or len(set(ids)) < len(ids):
        return p.AssociateRJ(1, 2, 1)
    return None


@dataclass
class Expectation:
    """A report that an exam waits for, or has waited for.

    ``came`` is set when it is here, ``closed`` when the association that brought it has ended and been recorded;
    ``waiting`` until the exam waits no longer; ``recorders`` are those of associations that brought one and are not
    taken over into the exam's transcript yet.
    """

    transaction_uid: str
    instances: frozenset[str]
    writer: TranscriptWriter
    came: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    recorders: list[Recorder] = field(default_factory=list)
    waiting: bool = True


@dataclass
class _Stray:
    """An association that has brought no report of the run; ``told`` what came of it, empty while it is open.

    ``reported`` says which report it brought, if any.
    """

    recorder: Recorder
    peer: str
    calling_ae: str = ""
    reported: str = ""
    told: str = ""

    def __str__(self) -> str:
        who = f"{self.calling_ae}@{self.peer}" if self.calling_ae else self.peer
        told = self.told or "has an association open that brought no awaited report"
        return f"{who} {told}{self.reported}"


class Listener:
    """Accept associations until closed; each one is recorded, and goes to the exam that its report belongs to.

    What belongs to no exam is kept until `hand_over_strays`.

    Raises
    ------
    InputError
        When the port cannot be had.
    """

    def __init__(self, address: ListenerAddress, timeouts: Timeouts | None = None) -> None:
        self.ae = address.ae
        self._timeouts = timeouts or Timeouts()
        self._lock = threading.Lock()
        self._expected: list[Expectation] = []
        self._strays: list[_Stray] = []
        self._turned_away: list[str] = []
        self._spool = TemporaryFolder("scanproof-listener-")
        self._count = 0
        self._began = time.perf_counter_ns()
        self._closing = threading.Event()
        self._socket = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((address.host, address.port))
            self._socket.listen(64)
        except OSError as error:
            self._socket.close()
            self._spool.cleanup()
            raise InputError(
                f"the listener cannot have {address.host}:{address.port}: {error.strerror}; "
                "another program listens there? give listener.port another value (0: any free port)"
            ) from None
        self.port: int = self._socket.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, name="listener", daemon=True)
        self._accepting.start()

    @property
    def trouble(self) -> str:
        """What could not be recorded because of our own disk: then a report that is missing is nobody's fault."""
        return self._spool.trouble

    @property
    def strays(self) -> tuple[str, ...]:
        """What came that no exam asked for and that has ended, a line each."""
        with self._lock:
            return (*self._turned_away, *(str(stray) for stray in self._strays if stray.told))

    def expect(self, transaction_uid: str, instances: frozenset[str], writer: TranscriptWriter) -> Expectation:
        """Say that a report will come; it is taken for `writer`'s exam, also when it comes too late."""
        expectation = Expectation(transaction_uid, instances, writer)
        with self._lock:
            self._expected.append(expectation)
        return expectation

    def forget(self, expectation: Expectation) -> None:
        """Wait no longer; a report whose association is still open is taken over as far as it has been recorded."""
        with self._lock:
            expectation.waiting = False
            for recorder in [*expectation.recorders]:
                self._hand_over(expectation, recorder)

    def hand_over_strays(self, folder: Path, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Put the records of associations that belong to no exam into a transcript of their own, and forget the exams.

        Returns
        -------
        tuple of str
            What came that no exam asked for, a line each.

        Raises
        ------
        InputError
            When `folder`, which is made only when there is something to put there, cannot be written.
        """
        with self._lock:
            strays, told = self._strays, (*self._turned_away, *map(str, self._strays))
            for expectation in self._expected:  # a late report whose association is still open
                for recorder in [*expectation.recorders]:
                    self._hand_over(expectation, recorder)
            self._strays, self._turned_away, self._expected = [], [], []
            if strays:
                writer = TranscriptWriter(folder, facts)
                writer.began = self._began
                for stray in strays:
                    stray.recorder.flush()
                    writer.adopt(stray.recorder.path)
            return told

    def close(self) -> None:
        """Stop accepting, end what is open, and free the port."""
        self._closing.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._accepting.join(2)
        for thread in self._threads:
            thread.join(2)
        self._spool.cleanup()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @staticmethod
    def _hand_over(expectation: Expectation, recorder: Recorder) -> None:
        """Put the record of an association that brought a report into its exam's transcript, once."""
        if recorder in expectation.recorders:
            recorder.flush()
            expectation.writer.adopt(recorder.path)
            expectation.recorders.remove(recorder)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, peer = self._socket.accept()
            except OSError:
                return
            with self._lock:
                self._count += 1
                path = Path(self._spool.name) / f"l{self._count:05d}.wire"
            thread = threading.Thread(target=self._serve, args=(sock, peer, path), name=path.stem, daemon=True)
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]
            thread.start()

    def _serve(self, sock: socket.socket, peer: tuple[str, int], path: Path) -> None:
        facts = {"initiator": Initiator.TARGET, "service": COMMITMENT_SERVICE.name, "host": peer[0], "port": peer[1]}
        try:
            recorder = Recorder(path, 0, facts)
        except InputError as error:
            sock.close()
            with self._lock:
                self._turned_away.append(f"{peer[0]}:{peer[1]} was turned away: {error}")
            return
        channel = Channel(sock, recorder, self._timeouts)
        taken: list[Expectation] = []
        stray = _Stray(recorder, f"{peer[0]}:{peer[1]}")
        with self._lock:
            self._strays.append(stray)

        def take(message: Message, transfer_syntax: str) -> Expectation | None:
            found = self._match(message, transfer_syntax, recorder)
            if found is None:
                named = transaction_of(message, transfer_syntax)[0]
                stray.reported = f", but one of {f'transaction {named}' if named else 'no transaction'}"
            elif found not in taken:
                taken.append(found)
                with self._lock:
                    self._strays = [each for each in self._strays if each is not stray]
            return found

        try:
            self._converse(channel, stray, take)
        except (AssociationError, InputError):
            pass
        finally:
            with contextlib.suppress(InputError):
                channel.close()
            with self._lock:
                for expectation in taken:
                    with contextlib.suppress(InputError):  # `forget` tries again, and fails in the exam's own thread
                        self._hand_over(expectation, recorder)
                    expectation.closed.set()
                stray.told = stray.told or "opened an association that brought no awaited report"

    def _converse(self, channel: Channel, stray: _Stray, take: Callable[[Message, str], Expectation | None]) -> None:
        rq = channel.next_pdu(self._timeouts.associate, "A-ASSOCIATE-RQ")
        if not isinstance(rq, p.AssociateRQ):
            channel.send_pdu(p.Abort(0, 0))  # PS3.8 9.2.3, AA-1
            return
        stray.calling_ae = rq.calling_ae
        rejection = _rejection(rq)
        if rejection is not None:
            channel.send_pdu(rejection)
            with contextlib.suppress(AssociationError):  # the requestor closes, AE-4
                channel.next_pdu(self._timeouts.associate, "the end of the connection")
            stray.told = f"was rejected: {p.describe_rejection(rejection)}"
            return
        answer = self._answer(rq)
        syntaxes = {c.context_id: c.transfer_syntax or "" for c in answer.contexts if c.result == 0}
        channel.peer_max_length = rq.user.max_length or 0
        channel.send_pdu(answer)
        until = time.monotonic() + _IDLE
        while True:
            message = channel.next_message(_GLANCE)
            if message is not None:
                self._respond(channel, message, syntaxes, take)
                until = time.monotonic() + _IDLE
            elif channel.release_asked:
                channel.send_pdu(p.ReleaseRP())
                return
            elif channel.unexpected or self._closing.is_set() or time.monotonic() > until:
                channel.send_pdu(p.Abort(0, 0))
                return

    def _answer(self, rq: p.AssociateRQ) -> p.AssociateAC:
        results = []
        for context in rq.contexts:
            syntax = next((uid for uid in _SYNTAXES if uid in context.transfer_syntaxes), None)
            if context.abstract_syntax not in _ROLES:
                results.append(p.ContextResult(context.context_id, 3, wire_dataset.IMPLICIT_LITTLE))
            elif syntax is None:
                results.append(p.ContextResult(context.context_id, 4, wire_dataset.IMPLICIT_LITTLE))
            else:
                results.append(p.ContextResult(context.context_id, 0, syntax))
        roles: dict[str, p.RoleSelection] = {}  # one answer for each SOP Class, also where it was proposed twice
        for role in rq.user.roles:
            if role.sop_class_uid in _ROLES:
                scu, scp = _ROLES[role.sop_class_uid]
                granted = p.RoleSelection(role.sop_class_uid, min(role.scu, scu), min(role.scp, scp))
                roles.setdefault(role.sop_class_uid, granted)
        user = p.UserInformation(
            OUR_MAX_LENGTH, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, tuple(roles.values())
        )
        return p.AssociateAC(rq.called_ae, rq.calling_ae, tuple(results), user)

    def _respond(
        self,
        channel: Channel,
        message: Message,
        syntaxes: dict[int, str],
        take: Callable[[Message, str], Expectation | None],
    ) -> None:
        name = message.command.name
        if name == "N-EVENT-REPORT-RQ":
            found = take(message, syntaxes.get(message.context_id) or wire_dataset.IMPLICIT_LITTLE)
            try:
                channel.send_message(message.context_id, event_report_response(message))
            finally:
                if found is not None:
                    found.came.set()  # behind the answer, so that whoever waited finds it in the record
        elif name == "C-ECHO-RQ":
            channel.send_message(
                message.context_id,
                {
                    "AffectedSOPClassUID": VERIFICATION,
                    "CommandField": FIELD_OF["C-ECHO-RSP"],
                    "MessageIDBeingRespondedTo": message.command.number("MessageID") or 0,
                    "Status": SUCCESS,
                },
            )
        elif not message.command.is_response:
            channel.send_pdu(p.Abort(0, 0))  # an operation that was never negotiated
            raise AssociationError(f"{name} on an association that was not opened for it")

    def _match(self, message: Message, transfer_syntax: str, recorder: Recorder) -> Expectation | None:
        """Whose report it is: that of the Transaction UID it names, else of its instances; else it is a stray.

        Where several exams asked for the same, it is that of one which still waits.
        """
        transaction_uid, instances = transaction_of(message, transfer_syntax)
        with self._lock:
            named = [expectation for expectation in self._expected if expectation.transaction_uid == transaction_uid]
            sharing = [expectation for expectation in self._expected if expectation.instances & instances]
            candidates = named or sharing
            candidates = [each for each in candidates if each.waiting and not each.came.is_set()] or candidates
            if len({each.writer.folder for each in candidates}) != 1:
                return None
            found = candidates[-1]
            if recorder not in found.recorders:
                found.recorders.append(recorder)
            return found
