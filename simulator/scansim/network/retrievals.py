"""Retrievals: how we take the instances that a target sends us, and which exam waits for those at our listener.

What is sent by C-MOVE says in each C-STORE-RQ whose request it carries out, by Move Originator AE Title and Message ID
(PS3.7 9.1.1.1); where that names none of ours, or several, the instance does, which only this run made. What neither
says belongs to nobody, and is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scansim.network.recording import Recorder
from scansim.network.reports import Expectation, Expectations
from scansim.vocabulary.services import RETRIEVE
from scansim.vocabulary.status import SUCCESS
from scansim.vocabulary.uids import is_storage_class
from scansim.wire import dataset as wire_dataset
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF
from scansim.wire.stream import Message

#: How we answer a C-STORE-RQ that we do not want to succeed (PS3.4 Table B.2-1), and one that nobody waits for.
_FAILURE, _WARNING, _NOT_AUTHORIZED, _NO_SUCH_CLASS = 0xA700, 0xB000, 0x0124, 0x0122
#: Native transfer syntaxes, what we like best first.
UNCOMPRESSED = (wire_dataset.EXPLICIT_LITTLE, wire_dataset.IMPLICIT_LITTLE, wire_dataset.EXPLICIT_BIG)
#: How long an answer is held back until C-CANCEL has gone out, in s.
_HELD = 3.0


class Answers(StrEnum):
    """What we answer to the instances that come."""

    ALL = "all"
    FAIL_ALL = "fail-all"
    FAIL_SOME = "fail-some"
    WARN_ALL = "warn-all"
    WARN_SOME = "warn-some"


class Accept(StrEnum):
    """What we accept of what is to be sent."""

    ANY = "any"
    UNCOMPRESSED = "uncompressed"
    NONE = "none"
    NO_ROLE = "no-role"


@dataclass
class Taking:
    """How the instances of one retrieval are taken: what is accepted, what is answered, and when it is cancelled.

    ``stored_in`` are transfer syntaxes by SOP Class that instances were stored in, which are liked best. After
    ``cancel_after`` instances, 0 for never, no answer is given until ``cancelled`` is set; ``reached`` is set then.
    ``count`` is how many have come. ``expected_bytes`` may come beyond what everybody may send.
    """

    accept: Accept = Accept.ANY
    answers: Answers = Answers.ALL
    stored_in: Mapping[str, Iterable[str]] = field(default_factory=dict)
    cancel_after: int = 0
    expected_bytes: int = 0
    count: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def chosen(self, context: p.ProposedContext) -> p.ContextResult:
        """What becomes of a Presentation Context for a Storage SOP Class."""
        if self.accept is Accept.NONE:
            return p.ContextResult(context.context_id, 3, wire_dataset.IMPLICIT_LITTLE)
        liked = [] if self.accept is Accept.UNCOMPRESSED else [*self.stored_in.get(context.abstract_syntax, ())]
        offered = context.transfer_syntaxes
        found = next((uid for uid in (*liked, *UNCOMPRESSED) if uid in offered), None)
        if found is None and self.accept is Accept.ANY:
            found = next(iter(offered), None)
        if found is None:
            return p.ContextResult(context.context_id, 4, wire_dataset.IMPLICIT_LITTLE)
        return p.ContextResult(context.context_id, 0, found)

    def answer(self, message: Message) -> dict[str, int | str]:
        """Command set of the C-STORE-RSP to the next instance."""
        self.count += 1
        wrong = self.answers in (Answers.FAIL_ALL, Answers.WARN_ALL) or (
            self.answers in (Answers.FAIL_SOME, Answers.WARN_SOME) and self.count % 2 == 1
        )
        bad = _FAILURE if self.answers in (Answers.FAIL_ALL, Answers.FAIL_SOME) else _WARNING
        return store_response(message, bad if wrong else SUCCESS)

    @property
    def is_time_to_cancel(self) -> bool:
        """Whether as many have come as there were to be before C-CANCEL; the next one has not been answered."""
        return 0 < self.cancel_after <= self.count and not self.cancelled.is_set()

    def hold(self) -> None:
        """Wait with an answer until C-CANCEL has gone out on the association of the request, where it is to."""
        if self.is_time_to_cancel:
            self.reached.set()
            self.cancelled.wait(_HELD)


def store_response(message: Message, status: int) -> dict[str, int | str]:
    """Command set of the C-STORE-RSP to `message` (PS3.7 9.3.1.2)."""
    command = message.command
    values: dict[str, int | str] = {
        "CommandField": FIELD_OF["C-STORE-RSP"],
        "MessageIDBeingRespondedTo": command.number("MessageID") or 0,
        "Status": status,
    }
    for keyword in ("AffectedSOPClassUID", "AffectedSOPInstanceUID"):
        if (uid := command.text(keyword)) is not None:
            values[keyword] = uid
    return values


def refused(message: Message, *, known: bool) -> dict[str, int | str]:
    """The answer to an instance that nobody waits for, or that came where the SCP role is not ours."""
    return store_response(message, _NO_SUCH_CLASS if known else _NOT_AUTHORIZED)


@dataclass
class Awaited(Expectation):
    """Instances that an exam has asked for by C-MOVE, and what brought them.

    ``asked`` is the AE title that was asked, ``originator`` ours, ``message_id`` that of the request; ``instances`` are
    those that this run stored there. ``taking`` is how they are taken.
    """

    asked: str = ""
    originator: str = ""
    message_id: int = 0
    taking: Taking = field(default_factory=Taking)


class Retrievals:
    """Every C-MOVE to our listener that exams of the run wait for, or have waited for. Safe to use from many threads.

    An association that proposes Storage SOP Classes is taken only while one of them waits, and by its manners.
    """

    def __init__(self, expectations: Expectations) -> None:
        self._records = expectations
        self._lock = threading.Lock()
        self._all: list[Awaited] = []
        self._reached: set[str] = set()

    def add(self, awaited: Awaited) -> None:
        """Say that instances will come."""
        with self._lock:
            self._all.append(awaited)

    def waiting(self, calling_ae: str) -> Awaited | None:
        """The retrieval that an association may be for: one that asked the AE which calls, else any; None for none."""
        with self._lock:
            open_ = [each for each in self._all if each.waiting]
            return next((each for each in open_ if each.asked == calling_ae), open_[0] if open_ else None)

    def whose(self, message: Message) -> Awaited | None:
        """Whose instance it is that a C-STORE-RQ brings; None when it is nobody's, or could be of several exams."""
        command = message.command
        named = (command.text("MoveOriginatorApplicationEntityTitle"), command.number("MoveOriginatorMessageID"))
        uid = command.text("AffectedSOPInstanceUID") or ""
        with self._lock:
            open_ = [each for each in self._all if each.waiting]
            called = [each for each in open_ if (each.originator, each.message_id) == named]
            made = [each for each in called if uid in each.instances]
            late = [each for each in self._all if uid in each.instances]
            for candidates in (made, called, [each for each in open_ if uid in each.instances], late):
                if len({each.writer.folder for each in candidates}) == 1:
                    return candidates[-1]
        return None

    def bring(self, awaited: Awaited, recorder: Recorder) -> bool:
        """Note that the target opened an association for it; False when too many have been."""
        with self._lock:
            self._reached.add(awaited.asked)
        return self._records.bring(awaited, recorder, service=RETRIEVE.name)

    @property
    def reached(self) -> frozenset[str]:
        """AE titles that were asked, and have found us so far."""
        with self._lock:
            return frozenset(self._reached)

    def forget_all(self) -> None:
        """Take over what has not been yet, and wait for nothing more."""
        with self._lock:
            everything, self._all = self._all, []
        for awaited in everything:
            self._records.forget(awaited)
            awaited.records = []


def proposes_storage(rq: p.AssociateRQ) -> bool:
    """Whether a request is about Storage SOP Classes: something is to be sent to us."""
    return any(is_storage_class(context.abstract_syntax) for context in rq.contexts)
