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
    NOT_DECLARED = "NOT_DECLARED"  #: it works, and nobody declared it
    NOT_TESTED = "NOT_TESTED"  #: it applies here, and nothing in this run exercised it
    NOT_APPLICABLE = "NOT_APPLICABLE"  #: out of scope

    @classmethod
    def _missing_(cls, value: object) -> Verdict | None:
        """What results of before called it."""
        return {"UNTESTED": cls.NOT_TESTED, "UNDECLARED": cls.NOT_DECLARED}.get(str(value).upper())


#: From worst to best: the verdict of a scenario is the first of these that one of its findings has.
SEVERITY = (
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.WARN,
    Verdict.NOT_DECLARED,
    Verdict.PASS,
    Verdict.NOT_TESTED,
    Verdict.NOT_APPLICABLE,
)


#: Verdicts that say of nothing that it was looked at.
QUIET = (Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)


class Level(StrEnum):
    """What a finding rests on: the standard's shall or should, the target's own statement, or what the user said."""

    SHALL = "SHALL"
    SHOULD = "SHOULD"
    DECLARED = "DECLARED"
    SITE = "SITE"  #: a promise of the site file; no clause
    EXPECTED = "EXPECTED"  #: the purpose of the test; no clause
    INFO = "INFO"

    @property
    def cites(self) -> bool:
        """Whether what rests on it cites a clause."""
        return self not in (Level.SITE, Level.EXPECTED)


class Finding(Strict):
    """One verdict of one check, in one scenario or in the whole run."""

    check: str = Field(description="stable id of the check")
    verdict: Verdict
    level: Level
    clause: str = Field(
        description="clause and edition of the standard that the requirement stands in; empty for SITE and EXPECTED"
    )
    title: str = Field(description="the requirement in one line")
    expected: str
    actual: str
    scenario: str = Field(description="its id; of a finding of the run: that of the message, or empty")
    case: str = Field("", description="id of the case of the scenario, such as names/ISO_IR_100")
    party: str = Field("", description="whom it is about: service and AE title with address, our own side, or the site")
    exchange: str | None = Field(None, description="id of the message that it rests on, such as a03.r2")
    tag: str | None = Field(None, description="path of the attribute concerned")
    claim: str | None = Field(None, description="id of the Conformance Statement's claim concerned")
    hint: str = Field("", description="what to do about it")
    count: int = Field(1, ge=1, description="how many observations this finding stands for")
    group: str = Field("", description="id of the entry that it belongs to: one cause is one entry")
    root: str | None = Field(
        None, description="the entry that explains it: it is a consequence and does not count; empty for a root"
    )
    again: list[str] = Field(
        default_factory=list,
        description="command lines that show a root that is FAIL or INCONCLUSIVE again: ours, and findscu's of a query",
    )

    @property
    def label(self) -> str:
        """The case or the scenario that it is of; empty for one of the run alone."""
        return self.case or self.scenario


class Note(Strict):
    """A fact worth telling that is no verdict and is not counted."""

    text: str
    exchange: str | None = Field(None, description="id of the message that it rests on")
    party: str = ""
    clause: str = ""


def worst(verdicts: list[Verdict]) -> Verdict:
    """Worst of some verdicts; NOT_APPLICABLE when there are none."""
    return next((verdict for verdict in SEVERITY if verdict in verdicts), Verdict.NOT_APPLICABLE)
