"""Checks of Verification (PS3.4 Annex A, PS3.7 9.1.5)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, Scope, check, fail, ok, warn
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Level
from scansim.vocabulary.status import SUCCESS, shown


@check(
    "verification.success",
    title="C-ECHO is answered with Success",
    clause="PS3.7 9.1.5.1.4 (2018-2024); PS3.4 A.4",
    level=Level.SHALL,
    expected="C-ECHO-RSP with 0000H",
    hint="An AE that accepts the Verification SOP Class has to answer; look in its log.",
    service="verification",
)
def success(evidence: Evidence) -> Iterator[Observation]:
    """An AE that accepts a Presentation Context for Verification answers C-ECHO with Success.

    It is the first thing that an engineer tries; when it fails, the visit ends there.

    The status of each C-ECHO-RSP is read. Of an AE that refuses the context verification.offered tells.
    """
    for operation in evidence.requests("C-ECHO-RQ"):
        if operation.final is None:
            continue
        status = operation.final.command.status
        if status == SUCCESS:
            yield ok("0000H", operation.final)
        else:
            yield fail(shown(status), operation.final)


@check(
    "verification.offered",
    title="An implementation that takes associations takes Verification",
    clause="PS3.2 7.1 (2020, 2022c)",
    level=Level.SHALL,
    expected="the Verification SOP Class accepted by at least one AE of the implementation",
    hint="Switch Verification on for the AE; if another AE of the same system takes it, put that into the site file.",
    judges=Scope.RUN,
)
def offered(run: RunEvidence) -> Iterator[Observation]:
    """An implementation that accepts any association accepts Verification as an SCP; which of its AEs does is its own
    affair.

    Consoles ping before they send, and one that gets no answer sends nothing.

    Verification is proposed on every association. AEs of one statement, else of one host, count as one implementation;
    one of them that takes it is enough. Where all refuse it is a deviation only when these are known to be all there
    are, by all_aes of the site file or by the statement; else it warns, as one more AE may take it.
    """
    for implementation in run.implementations:
        taken = next((each for each in implementation.asked if each[3]), None)
        if taken is not None:
            yield ok(f"{taken[2]} takes it", where=taken[1].id, scenario=taken[0].label)
            continue
        evidence, association, *_ = implementation.asked[0]
        text = f"refused by {', '.join(implementation.titles)} of {implementation.name}"
        if implementation.whole:
            yield fail(f"{text}, which has no other AE", where=association.id, scenario=evidence.label)
        else:
            yield warn(text, where=association.id, scenario=evidence.label)
