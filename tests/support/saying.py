"""Statements that say what a test needs, in claims, whatever form a file of them has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scanproof.check import _CHECKS, Kept, Observation, Scope
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Verdict
from scanproof.statements import KINDS, ApplicationEntity, Claim, Statement
from tests.support.building import Story


def claim(kind: str, data: Mapping[str, Any], number: int = 0, ae: str = "TARGET") -> Claim:
    """One claim; its id ends with its kind, and with a number from the second of a kind on."""
    assert kind in KINDS
    assert set(data) <= set(KINDS[kind].data), f"{kind} has {KINDS[kind].data}"
    whole = {**dict.fromkeys(KINDS[kind].data), **data}
    name = f"{kind}#{number + 1}" if number else kind
    return Claim(f"{ae}.{name}", f"{ae} says {kind} {dict(data)}", kind, ae, "", whole)


def saying(
    ae: str = "TARGET", contexts: Sequence[tuple[str, str]] = (), **claims: Mapping[str, Any] | list[Any]
) -> Statement:
    """A statement of one entity: the data of its claims by their kind, several in a list.

    ``contexts`` are pairs of SOP Class and Transfer Syntax that it is SCP of.
    """
    claimed = [
        Claim(f"{ae}.scp.{uid}.{syntax}", uid, "context", ae, "SCP", {"sop_class": uid, "transfer_syntax": syntax})
        for uid, syntax in contexts
    ]
    for kind, data in claims.items():
        rows = data if isinstance(data, list) else [data]
        claimed += [claim(kind, row, number, ae) for number, row in enumerate(rows)]
    return Statement("P", "1", (ApplicationEntity(ae, tuple(claimed)),))


def seen(check: str, evidence: Evidence) -> tuple[list[Verdict], list[tuple[str, bool]]]:
    """What a check says, but for passes, and of which claims, by the end of their ids, it saw that they are kept."""
    found = _CHECKS[check]
    judged = RunEvidence((evidence,), evidence.declarations) if found.judges is Scope.RUN else evidence
    told = list(found.function(judged))
    kept = [(each.claim.rpartition(".")[2], each.kept) for each in told if isinstance(each, Kept)]
    others = [each for each in told if isinstance(each, Observation) and each.verdict is not Verdict.PASS]
    assert all(each.claim for each in others if each.verdict is Verdict.FAIL)
    return [each.verdict for each in others], kept


def said(story: Story, check: str, **claims: Any) -> tuple[list[Verdict], list[tuple[str, bool]]]:
    """What a check says of a story, given claims by their kinds with ``_`` for ``-``."""
    named = {name.replace("_", "-"): data for name, data in claims.items()}
    return seen(check, story.evidence(saying(**named)))


def result(kind: str, kept: bool | None) -> tuple[list[Verdict], list[tuple[str, bool]]]:
    """What is said of one claim: that it is broken, kept, or nothing."""
    return [Verdict.FAIL] if kept is False else [], [] if kept is None else [(kind, kept)]
