"""Commitment reports: which exam waits for one, and whose one is that came.

A report belongs to the transaction that it names; one that names none of the run, to that whose instances it lists. On
the association of an N-ACTION, one that could be of no other transaction belongs to that request as well.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from scansim.network.recording import Recorder, TranscriptWriter
from scansim.vocabulary.outcome import BROUGHT_ELSEWHERE
from scansim.vocabulary.status import SUCCESS
from scansim.wire import dataset as wire_dataset
from scansim.wire.dimse import FIELD_OF
from scansim.wire.stream import Message

#: Associations that bring reports of one transaction: a target that is not answered in time may send again.
_MOST_RECORDS = 20


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


@dataclass(frozen=True)
class Told:
    """What a report names: its transaction, empty for none, and every instance."""

    transaction_uid: str
    instances: frozenset[str]

    @classmethod
    def by(cls, message: Message, transfer_syntax: str) -> Told:
        """Read it from a report's data set."""
        if message.dataset is None:
            return cls("", frozenset())
        report = wire_dataset.read(message.dataset, transfer_syntax)
        items = [*report.items("ReferencedSOPSequence"), *report.items("FailedSOPSequence")]
        named = frozenset(item.text("ReferencedSOPInstanceUID") for item in items)
        return cls(report.text("TransactionUID"), named - {""})

    @property
    def of_another(self) -> bool:
        """Whether it may be of a transaction that is none of the run, as one of an earlier run is."""
        return bool(self.transaction_uid and self.instances)


@dataclass
class Expectation:
    """A report that an exam waits for, or has waited for.

    ``came`` is set when it is here, ``closed`` when the association that brought it has ended and been recorded;
    ``waiting`` until the exam waits no longer. ``records`` holds the record of each association that brought one and is
    open, with what it is called in the exam's transcript by now; ``brought`` counts them all, up to ``most_records``.
    """

    transaction_uid: str
    instances: frozenset[str]
    writer: TranscriptWriter
    came: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    waiting: bool = True
    records: list[_Record] = field(default_factory=list)
    brought: int = 0
    most_records: int = _MOST_RECORDS

    @property
    def busy(self) -> bool:
        """Whether an association that the target opened for it has not ended yet."""
        return any(not record.facts for record in self.records)

    def is_answered_by(self, told: Told) -> bool:
        """Whether a report on the request's own association is its report."""
        mine = told.transaction_uid == self.transaction_uid or bool(self.instances & told.instances)
        return mine or not told.of_another


@dataclass
class _Record:
    """The record of an association that brought a report; ``facts`` are added to its own."""

    recorder: Recorder
    began: int
    facts: dict[str, Any]
    name: str = ""


class Expectations:
    """Every report that exams of the run wait for, or have waited for. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._all: list[Expectation] = []

    def add(self, expectation: Expectation) -> None:
        """Say that a report will come."""
        with self._lock:
            self._all.append(expectation)

    def whose(self, told: Told) -> Expectation | None:
        """Whose report it is; None when it is of nobody, or could be of several exams.

        Where several requests asked for the same, it is that of one which still waits.
        """
        with self._lock:
            named = [each for each in self._all if each.transaction_uid == told.transaction_uid]
            candidates = named or [each for each in self._all if each.instances & told.instances]
            candidates = [each for each in candidates if each.waiting and not each.came.is_set()] or candidates
            return candidates[-1] if len({each.writer.folder for each in candidates}) == 1 else None

    def bring(self, expectation: Expectation, recorder: Recorder, **facts: Any) -> bool:
        """Note that the target opened an association that brings the report; False when too many have done so.

        `facts` are added to what the begin of its record says.
        """
        return self._bring(expectation, _Record(recorder, 0, facts))

    def lend(self, expectation: Expectation, recorder: Recorder, writer: TranscriptWriter) -> None:
        """Note that the report came on an association of another exam, whose transcript is `writer`'s."""
        if expectation.writer is not writer:
            self._bring(expectation, _Record(recorder, writer.began, {"purpose": BROUGHT_ELSEWHERE}))
        expectation.came.set()
        expectation.closed.set()  # two exams that got each other's would wait for each other

    def _bring(self, expectation: Expectation, record: _Record) -> bool:
        with self._lock:
            known = any(each.recorder is record.recorder for each in expectation.records)
            if not known and expectation.brought < expectation.most_records:
                expectation.brought += 1
                expectation.records.append(record)
                known = True
            return known

    def ended(self, expectation: Expectation, recorder: Recorder) -> None:
        """Put the record of an association that has ended into the exam's transcript."""
        with self._lock:
            try:
                self._hand_over(expectation, recorder)
                expectation.records = [each for each in expectation.records if each.recorder is not recorder]
            finally:
                expectation.closed.set()

    def forget(self, expectation: Expectation) -> None:
        """Wait no longer; a report whose association is still open is taken over as far as it has been recorded."""
        with self._lock:
            expectation.waiting = False
            self._hand_over(expectation)

    def forget_all(self) -> None:
        """Take over what has not been yet, and wait for nothing more."""
        with self._lock:
            for expectation in self._all:
                self._hand_over(expectation)
                expectation.records = []  # what is judged from now on changes no more
            self._all = []

    @staticmethod
    def _hand_over(expectation: Expectation, recorder: Recorder | None = None) -> None:
        """Put the records into the exam's transcript, under the same name again when they are there already.

        An exam that outlives its run gets nothing more.
        """
        if expectation.writer.sealed:
            return
        for record in expectation.records:
            if recorder is None or record.recorder is recorder:
                record.recorder.flush()
                record.name = expectation.writer.adopt(
                    record.recorder.path, began=record.began, name=record.name, **record.facts
                )
