"""The upper layer of an acceptor: pynetdicom's, with a reading side that nothing can block, fill or bring down.

pynetdicom reads whole PDUs of whatever length, waits for them where nothing else can be done meanwhile, and raises in
its thread where the state machine of PS3.8 9.2 has an answer. Here bytes are taken as they come, PDUs are looked at
before they are decoded, and what is wrong with them ends the association as the table says.
"""

from __future__ import annotations

import logging
import struct
import time
from contextlib import suppress
from typing import Any

from pynetdicom.association import Association
from pynetdicom.dul import DULServiceProvider
from pynetdicom.fsm import TRANSITION_TABLE, StateMachine
from pynetdicom.pdu import A_ASSOCIATE_AC
from pynetdicom.pdu_primitives import A_P_ABORT

from scansim.network.tap import Tap
from scansim.reference.incoming import Assembler, Limits
from scansim.reference.request_guard import look_at
from scansim.reference.spoil_states import Spoiled
from scansim.vocabulary.outcome import Happening
from scansim.wire import parse
from scansim.wire import pdu as p

_LOG = logging.getLogger("scansim.reference")

_CHUNK = 1 << 18  # bytes
_LONGEST_ASSOCIATE = 1 << 18  # bytes of an A-ASSOCIATE-RQ: 128 contexts of 40 syntaxes, and a ticket, take 200,000
_SEND_TIMEOUT = 60.0  # s that a peer may not read for
_STALLED = 2.0  # times ARTIM, that a PDU or message which has begun may stop for
_BUSY, _QUIET, _SILENT = 0.001, 0.004, 0.02  # s between two looks at a connection: of late, on and without association
_SOON = 0.2  # s that a connection is looked at often after something came

#: Reasons of A-ABORT by the provider (PS3.8 Table 9-26).
UNRECOGNIZED_PDU, UNEXPECTED_PDU, INVALID_VALUE = 1, 2, 6

_EVENTS = {
    p.ASSOCIATE_AC: "Evt3",
    p.ASSOCIATE_RJ: "Evt4",
    p.ASSOCIATE_RQ: "Evt6",
    p.P_DATA_TF: "Evt10",
    p.RELEASE_RQ: "Evt12",
    p.RELEASE_RP: "Evt13",
    p.ABORT: "Evt16",
}
_FROM_USER = frozenset(("Evt1", "Evt7", "Evt8", "Evt9", "Evt11", "Evt14", "Evt15"))
_WITHOUT_ASSOCIATION = frozenset(("Sta2", "Sta13"))
_WITH_PDU = frozenset(("AR-2", "AA-3"))  # actions of an acceptor that look at what was received
_TELLING = frozenset(("AR-2", "AA-3", "AA-4"))  # actions that tell the user something
_TRANSFER = frozenset(("Sta6", "Sta7"))


class UpperLayer(DULServiceProvider):
    """The service provider of one association that a peer opened."""

    def __init__(self, session: Association, limits: Limits) -> None:
        super().__init__(session)
        self.daemon = True
        self.state_machine: _Machine = _Machine(self)
        self._limits = limits
        self._assembler = Assembler(session, limits)
        self._buffer = bytearray()
        self._lost = False  # no PDU can be told from the next any more
        self._began = self._heard = time.monotonic()
        self.reason = 0  # of the A-ABORT that answers an invalid PDU
        self.user_abort = False  # whether it is a message that was wrong, and the user who aborts
        self.rejection: p.AssociateRJ | None = None
        self._echoed = b""  # bytes 11 to 74 of the A-ASSOCIATE-RQ, which the answer has as well (PS3.8 Table 9-17)

    @property
    def artim(self) -> float:
        """Time of the ARTIM timer, in s."""
        return self._limits.artim

    # --- bytes to PDUs ------------------------------------------------------------------------------------------------

    def run_reactor(self) -> None:
        """Serve the connection; whatever happens, it is closed at the end, and whoever waits for it is told."""
        wrapper = self.socket
        try:
            if wrapper is not None and wrapper.socket is not None:
                wrapper.socket.settimeout(_SEND_TIMEOUT)
            super().run_reactor()
        except Exception as error:
            _LOG.error("the upper layer broke down: %s: %s", type(error).__name__, error)
        finally:
            if wrapper is not None and wrapper.socket is not None:
                wrapper._shutdown_socket()
            self._assembler.end()
            gone = A_P_ABORT()
            gone.provider_reason = 0x00
            self.to_user_queue.put(gone)
            self.assoc._dul_ready.set()
            self.wake()

    def _is_transport_event(self) -> bool:
        """Take what has come; whether anything has."""
        if self.socket is None or not self.event_queue.empty():
            return False
        state = self.state_machine.current_state
        if not self._assembler.full and self._next_pdu():
            return True
        if state in _TRANSFER and self._assembler.full:
            self._heard = time.monotonic()  # it is the peer that waits
            return False
        if not self.socket.ready:
            self._idle(state)
            return False
        self._run_loop_delay, self._heard = _BUSY, time.monotonic()
        taken = 0
        while taken < 64 * _CHUNK and self._read():
            taken += _CHUNK
            if self._next_pdu() or not self.to_provider_queue.empty() or self._assembler.full or not self.socket.ready:
                break
        return True

    def _idle(self, state: str) -> None:
        now = time.monotonic()
        if now - self._heard > _SOON:
            self._run_loop_delay = _SILENT if state in _WITHOUT_ASSOCIATION else _QUIET
        if self._limits.spoiled.idle(self, state, now - self._heard):
            return
        patience = _STALLED * self._limits.artim
        if now - self._heard > patience and state in _TRANSFER and (self._buffer or self._assembler.unfinished):
            self.note_timeout("the rest of a message", patience)
            self._refuse(0)

    def _read(self) -> bool:
        """Take bytes from the connection; False when it has ended."""
        sock = self.socket.socket if self.socket is not None else None
        try:
            data = sock.recv(_CHUNK) if sock is not None else b""
        except OSError:
            data = b""
        if not data:
            self.event_queue.put("Evt17")
        elif not self._lost:
            self._buffer += data
        return bool(data)

    def _next_pdu(self) -> bool:
        """Take PDUs out of the buffer up to one that makes an event; whether there was one."""
        while not self._lost and len(self._buffer) >= 6:
            kind, length = struct.unpack_from(">BxI", self._buffer)
            state = self.state_machine.current_state
            if kind not in _EVENTS:
                return self._lose(UNRECOGNIZED_PDU)
            if length > self._longest(kind, state):
                return self._lose(INVALID_VALUE)
            if len(self._buffer) < 6 + length:
                return False
            body = bytes(self._buffer[6 : 6 + length])
            del self._buffer[: 6 + length]
            if kind != p.P_DATA_TF or state not in _TRANSFER:
                self._control(kind, body, state)
                return True
            decoded, problems = parse.decode(kind, body)
            if not isinstance(decoded, p.PData) or any(one.grade is p.Grade.FAULT for one in problems):
                return self._refuse(INVALID_VALUE)
            if self._limits.spoiled.refused(decoded.pdvs):
                return self._refuse(INVALID_VALUE)
            if self._limits.spoiled.unread(decoded.pdvs):
                continue
            wrong = self._assembler.feed(decoded.pdvs)
            if wrong is not None:
                self.user_abort = not wrong.source
                return self._refuse(wrong.reason)
            if self._assembler.full:
                return False
        return False

    def _longest(self, kind: int, state: str) -> int:
        if kind == p.P_DATA_TF:
            return self._limits.pdu
        if kind == p.ASSOCIATE_RQ or state in _WITHOUT_ASSOCIATION:
            return _LONGEST_ASSOCIATE
        return _LONGEST_ASSOCIATE if kind == p.ASSOCIATE_AC else 4

    def _control(self, kind: int, body: bytes, state: str) -> None:
        """Make an event of a PDU that is no P-DATA-TF, or of one that does not belong here."""
        if kind in (p.ASSOCIATE_RJ, p.RELEASE_RQ, p.RELEASE_RP, p.ABORT) and len(body) != 4:
            self._refuse(INVALID_VALUE)
            return
        if kind == p.ASSOCIATE_RQ and state == "Sta2":
            answer, self._echoed = look_at(body), body[4:68]
            if isinstance(answer, p.Abort):
                self._refuse(INVALID_VALUE)
                return
            if isinstance(answer, p.AssociateRJ):
                self.rejection = answer
            else:
                self._recv_pdu.put(answer)
        elif TRANSITION_TABLE.get((_EVENTS[kind], state)) in _WITH_PDU:
            if kind == p.ABORT:
                body = bytes((0, 0, 2 if body[2] else 0, 0))  # nothing here depends on why
            self._recv_pdu.put(self._decode_pdu(bytearray(p.encode(p.Unknown(kind, body))))[0])
        self.event_queue.put(_EVENTS[kind])

    def _refuse(self, reason: int) -> bool:
        """Have the association aborted because of what was received."""
        self.reason = reason
        self._assembler.end()
        self.event_queue.put("Evt19")
        return True

    def _lose(self, reason: int) -> bool:
        """Give up telling one PDU from the next; what else comes is thrown away."""
        self._lost = True
        self._buffer.clear()
        return self._refuse(reason)

    # --- answers ------------------------------------------------------------------------------------------------------

    def _send(self, pdu: Any) -> None:
        """Send a PDU of pynetdicom's, an A-ASSOCIATE-AC with the fields that are to be as they were received."""
        if isinstance(pdu, A_ASSOCIATE_AC) and self.socket is not None:
            encoded = pdu.encode()
            self.socket.send(encoded[:10] + self._echoed + encoded[74:])
        else:
            super()._send(pdu)

    def put(self, pdu: p.PDU) -> None:
        """Send a PDU that is not pynetdicom's to make."""
        if self.socket is not None and self.socket.socket is not None:
            self.socket.send(p.encode(pdu))

    def note_timeout(self, waiting: str, seconds: float) -> None:
        """Note in the recording, if there is one, what was waited for in vain."""
        sock: Any = self.socket.socket if self.socket is not None else None
        if isinstance(sock, Tap):
            sock.event(Happening.TIMEOUT, waiting=waiting, seconds=seconds)

    @property
    def begun(self) -> bool:
        """Whether a PDU has begun to come, and has no end yet."""
        return bool(self._buffer)

    @property
    def spoiled(self) -> Spoiled:
        """Planted defects."""
        return self._limits.spoiled

    def close(self) -> None:
        """End the connection without a word, and tell the user."""
        self._assembler.end()
        if self.socket is not None:
            self.socket.close()

    def wake(self) -> None:
        """Let the association look at what has become of it, which waits for messages."""
        self.assoc.dimse.msg_queue.put((None, None))

    def forget(self, event: str) -> None:
        """Take back what the user wanted sent when it was too late for it."""
        if event in _FROM_USER:
            with suppress(Exception):  # queue.Empty
                self.to_provider_queue.get(block=False)


class _Machine(StateMachine):
    """pynetdicom's state machine, with the reasons of Table 9-26, and nothing it raises for."""

    dul: UpperLayer

    def __init__(self, dul: UpperLayer) -> None:
        super().__init__(dul)

    def do_action(self, event: str) -> None:
        """Do what Table 9-10 has for an event in the current state."""
        dul, action = self.dul, TRANSITION_TABLE.get((event, self.current_state))
        if event == "Evt18":
            before = self.current_state == "Sta2"
            dul.note_timeout("an A-ASSOCIATE-RQ" if before else "the end of the connection", dul.artim)
        if dul.spoiled.instead(dul, event, action, self.current_state):
            return
        if action is None:
            dul.forget(event)
        elif event == "Evt6" and action == "AE-6" and dul.rejection is not None:
            dul.put(dul.rejection)
            self._wait_for_the_end()
        elif action == "AA-1" and event != "Evt15":
            dul.put(p.Abort(0, 0))  # as the table has it before there is an association
            self._wait_for_the_end()
        elif action == "AA-7":
            dul.put(p.Abort(2, self._reason(event)))
        elif action == "AA-8":
            dul.put(p.Abort(0, 0) if dul.user_abort and event == "Evt19" else p.Abort(2, self._reason(event)))
            gone: Any = A_P_ABORT()
            gone.provider_reason = self._reason(event)
            dul.to_user_queue.put(gone)
            dul.wake()
            self._wait_for_the_end()
        elif action == "AA-6":
            pass
        else:
            try:
                super().do_action(event)
                if action in _TELLING:
                    dul.wake()
            except Exception as error:
                _LOG.error("%s in %s: %s: %s", action, self.current_state, type(error).__name__, error)
                dul.kill_dul()

    def _reason(self, event: str) -> int:
        return self.dul.reason if event == "Evt19" else UNEXPECTED_PDU

    def _wait_for_the_end(self) -> None:
        """Leave closing to the peer, as long as ARTIM allows."""
        self.dul.artim_timer.restart()
        self.transition("Sta13")
