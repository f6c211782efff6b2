"""What comes in on an association: fragments put together to messages, within bounds.

Data sets are kept in a file as soon as they are long, so that no peer can fill the memory. A message that is none ends
the association; one whose command set can be answered, and is wrong, gets its answer by `Session`.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from pynetdicom import dimse_primitives
from pynetdicom.association import Association
from pynetdicom.dimse_messages import _MESSAGE_TYPES
from pynetdicom.dsutils import decode

from scansim.reference.sending import send
from scansim.reference.spoil_states import Spoiled
from scansim.reference.spoil_storage import answer_to
from scansim.wire import pdu as p
from scansim.wire.dimse import COMMAND_FIELDS, Command, decode_command

_LOG = logging.getLogger("scansim.reference")

_IN_MEMORY = 1 << 20  # bytes of a data set that are not worth a file
_LONGEST_COMMAND = 1 << 16  # bytes
LONGEST_IDENTIFIER = 1 << 25  # bytes of a data set that is not stored but read
_MOST_WAITING = 8  # messages that were not served yet
_MOST_CANCELS = 10

_DATASETS = {
    "C_STORE": "DataSet",
    "C_FIND": "Identifier",
    "C_MOVE": "Identifier",
    "C_GET": "Identifier",
    "N_SET": "ModificationList",
    "N_ACTION": "ActionInformation",
    "N_CREATE": "AttributeList",
}
#: Faults of a command set that leave it readable, and wrong.
_FLAWS = frozenset(("group-length", "value-length", "not-group-0000"))
_UNREADABLE = frozenset(("element-truncated", "element-length"))

#: What is wrong with a fragment (PS3.8 9.3.8: invalid parameter value), and with a message, which the user aborts.
INVALID_FRAGMENT, NO_MESSAGE = p.Abort(2, 6), p.Abort(0, 0)


@dataclass(frozen=True)
class Limits:
    """What one association may take: where long data sets are kept, and their length; ``pdu`` is Maximum Length.

    ``trouble`` is told what could not be written. ``early`` is a planted defect: C-STORE is answered when its
    data set begins to come, ``spoiled`` those of the state machine.
    """

    folder: Path
    stored: int
    pdu: int
    artim: float
    trouble: Callable[[str], None]
    early: bool = False
    spoiled: Spoiled = field(default_factory=lambda: Spoiled(None))


class Received:
    """A data set as it was received. ``failed`` says why it could not be kept, empty when it was.

    ``answered`` says that the request has its response already, by a planted defect.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(limits.folder))  # noqa: SIM115 - closed with its message
        self.length = 0
        self.failed = ""
        self.answered = False

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self.length += len(data)
        if not self.failed:
            try:
                self._file.write(data)
            except OSError as error:
                self.failed = str(error.strerror)
                self._limits.trouble(f"{self._limits.folder}: {self.failed}")
                self.close()

    def open(self) -> BinaryIO:
        """The data set from its beginning."""
        self._file.seek(0)
        return cast(BinaryIO, self._file)

    def close(self) -> None:
        """Forget the data set."""
        self._file.close()


class Assembler:
    """Puts the fragments of an association together (PS3.8 Annex E, PS3.7 6.3.1)."""

    def __init__(self, session: Association, limits: Limits) -> None:
        self._session = session
        self._limits = limits
        self._begin()

    def _begin(self) -> None:
        self._context_id: int | None = None
        self._command_bytes = bytearray()
        self._command: Command | None = None
        self._received: Received | None = None

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._context_id is not None

    @property
    def full(self) -> bool:
        """Whether enough messages wait: a peer that does not wait for answers has to wait here."""
        return self._session.dimse.msg_queue.qsize() >= _MOST_WAITING

    def end(self) -> None:
        """Forget what was begun."""
        if self._received is not None:
            self._received.close()
        self._begin()

    def feed(self, pdvs: Sequence[p.PDV]) -> p.Abort | None:
        """Take the fragments of one P-DATA-TF; returns what the association is to be aborted with, if it is."""
        for pdv in pdvs:
            wrong = self._take(pdv)
            if wrong is not None:
                return wrong
        return None

    def _take(self, pdv: p.PDV) -> p.Abort | None:
        if pdv.context_id not in self._session._accepted_cx or self._context_id not in (None, pdv.context_id):
            return INVALID_FRAGMENT
        if pdv.is_command == (self._command is not None):
            return NO_MESSAGE  # a data set that was not announced, or one announced that does not come
        self._context_id = pdv.context_id
        if not pdv.is_command:
            return self._take_data(pdv)
        self._command_bytes += pdv.data
        if len(self._command_bytes) > _LONGEST_COMMAND:
            return NO_MESSAGE
        if not pdv.is_last:
            return None
        self._command = command = decode_command(bytes(self._command_bytes))
        if not _is_answerable(command):
            return NO_MESSAGE
        if not command.has_dataset:
            return self._finish()
        self._received = Received(self._limits)
        return None

    def _take_data(self, pdv: p.PDV) -> p.Abort | None:
        received, command = self._received, self._command
        assert received is not None
        assert command is not None
        received.add(pdv.data)
        if self._limits.early and not pdv.is_last and command.name == "C-STORE-RQ" and not received.answered:
            received.answered = True
            send(self._session, pdv.context_id, answer_to(command), None)
        longest = self._limits.stored if command.name == "C-STORE-RQ" else LONGEST_IDENTIFIER
        if received.length > longest:
            return NO_MESSAGE
        return self._finish() if pdv.is_last else None

    def _finish(self) -> p.Abort | None:
        """Hand the message over to whoever waits for it."""
        context_id, command, received = self._context_id, self._command, self._received
        assert command is not None
        message = self._primitive(command, received)
        raw = bytes(self._command_bytes)
        self._begin()
        if message is None:
            _LOG.info("a %s that cannot be taken: %s", command.name, raw.hex())
            return NO_MESSAGE
        dimse = self._session.dimse
        if isinstance(message, dimse_primitives.C_CANCEL):
            if len(dimse.cancel_req) < _MOST_CANCELS:
                dimse.cancel_req[int(message.MessageIDBeingRespondedTo or 0)] = message
            return None
        if not command.is_response:
            dimse.cancel_req = {}  # those that came before were for an earlier request, which had ended already
        message.received, message.is_response = received, command.is_response
        dimse.msg_queue.put((int(context_id or 0), message))
        return None

    def _primitive(self, command: Command, received: Received | None) -> Any:
        """Make pynetdicom's message; of a request that is wrong, one with its Message ID alone, which is not valid."""
        message = _MESSAGE_TYPES[command.number("CommandField") or 0][1]()
        kind = type(message).__name__.rpartition("_R")[0]
        message.context_id = self._context_id
        message.data_set = BytesIO()
        primitive: Any = None
        if not any(problem.code in _FLAWS for problem in command.problems):
            try:
                message.command_set = decode(BytesIO(self._command_bytes), True, True)
                primitive = message.message_to_primitive()
            except Exception as error:  # pynetdicom checks values, and raises what comes to its mind
                _LOG.info("%s: %s", command.name, error)
        if primitive is not None:
            if received is None and kind in _DATASETS and not command.is_response:
                setattr(primitive, _DATASETS[kind], None)
            return primitive
        if command.is_response or command.name == "C-CANCEL-RQ":
            return None
        primitive = getattr(dimse_primitives, kind)()
        primitive.MessageID = command.number("MessageID")
        return primitive


def _is_answerable(command: Command) -> bool:
    """Whether it is known what a command set wants, whether a data set follows, and what it can be answered with."""
    if any(problem.code in _UNREADABLE for problem in command.problems):
        return False
    if command.number("CommandField") not in COMMAND_FIELDS or command.number("CommandDataSetType") is None:
        return False
    answers = command.is_response or command.name == "C-CANCEL-RQ"
    return command.number("MessageIDBeingRespondedTo" if answers else "MessageID") is not None
