"""Verdicts and findings: what a judge says, and on what it rests."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from scansim.inputs import Strict


class Verdict(StrEnum):
    """What a check says of what was observed."""

    PASS = "PASS"
    FAIL = "FAIL"
    WARN = "WARN"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    NOT_DECLARED = "NOT_DECLARED"


#: From worst to best: the verdict of a scenario is the first of these that one of its findings has.
SEVERITY = (
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.WARN,
    Verdict.NOT_DECLARED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


class Level(StrEnum):
    """What a check's requirement rests on: the standard's shall or should, the target's own statement, or neither."""

    SHALL = "SHALL"
    SHOULD = "SHOULD"
    DECLARED = "DECLARED"
    INFO = "INFO"


class Finding(Strict):
    """One verdict of one check, in one scenario or in the whole run."""

    check: str = Field(description="stable id of the check")
    verdict: Verdict
    level: Level
    clause: str = Field(description="clause and edition of the standard that the requirement stands in")
    title: str = Field(description="the requirement in one line")
    expected: str
    actual: str
    scenario: str = Field(description="its id; of a finding of the run: that of the message, or empty")
    exchange: str | None = Field(None, description="id of the message that it rests on, such as a03.r2")
    tag: str | None = Field(None, description="path of the attribute concerned")
    claim: str | None = Field(None, description="id of the Conformance Statement's claim concerned")
    hint: str = Field("", description="what to do about it")
    count: int = Field(1, ge=1, description="how many observations this finding stands for")


def worst(verdicts: list[Verdict]) -> Verdict:
    """Worst of some verdicts; NOT_APPLICABLE when there are none."""
    return next((verdict for verdict in SEVERITY if verdict in verdicts), Verdict.NOT_APPLICABLE)
