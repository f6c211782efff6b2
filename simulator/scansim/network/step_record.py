"""The steps of a transcript as they went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scansim.vocabulary.outcome import Cause, Outcome


@dataclass(frozen=True)
class StepRecord:
    """One step as it went; times in seconds since the scenario began.

    ``root`` is the number of the step that is to blame when it was not done, or not all of it; 0 when it was.
    """

    number: int
    verb: str
    service: str
    outcome: Outcome
    detail: str
    cause: Cause
    began: float
    ended: float
    associations: tuple[str, ...]
    root: int = 0


def steps_in(raw: Iterable[Any]) -> tuple[StepRecord, ...]:
    """Steps as ``steps.json`` has them; TypeError, KeyError or ValueError when it does not."""
    return tuple(
        StepRecord(
            **{
                **step,
                "associations": tuple(step["associations"]),
                "outcome": Outcome(step["outcome"]),
                "cause": Cause(step["cause"]),
            }
        )
        for step in raw
    )
