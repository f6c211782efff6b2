"""One rule of the IOD checker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One rule.

    Parameters
    ----------
    id : str
        Stable id; never renamed, never reused.
    requirement : str
        What is demanded, in our own words.
    reason : str
        Why it matters in a hospital.
    clause : str
        Where it stands, with the edition in which it was read.
    hint : str
        What to do about it.
    """

    id: str
    requirement: str
    reason: str
    clause: str
    hint: str
