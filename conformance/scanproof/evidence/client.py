"""What one client did at our target: one record, seen from both ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scanproof.evidence.client_exam import ClientExam
from scanproof.evidence.client_given import Given
from scanproof.evidence.scenario import Evidence


@dataclass(frozen=True)
class ClientEvidence:
    """Every association that a client opened to our target, and those that our target opened to it.

    Both views have the same ids of associations and messages, those of the record. Nothing is known of what the client
    was meant to do: its requests are judged by their bytes, and by what our target said before.

    Attributes
    ----------
    received : Evidence
        As our target saw it: what the client sent is what was received, PDUs and time-outs among it.
    asked : Evidence
        As the client saw it, a capture: its requests are those that were sent, our target's answers what was received.
        ``asked.asked(operation)`` says what is wrong with one of them.
    """

    received: Evidence
    asked: Evidence

    @property
    def client(self) -> str:
        """AE title and address."""
        return self.received.label

    @cached_property
    def given(self) -> Given:
        """What our target gave the client to take over."""
        return Given(self.asked.worklist_queries)

    @cached_property
    def exam(self) -> ClientExam:
        """The performed steps and the instances that the client sent."""
        return ClientExam(self.asked)
