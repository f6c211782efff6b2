"""Checks of Verification (PS3.4 Annex A, PS3.7 9.1.5)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok
from scanproof.evidence import Evidence
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

    The status of each C-ECHO-RSP is read. An AE that refuses the context does not offer Verification, which is no
    deviation.
    """
    for operation in evidence.requests("C-ECHO-RQ"):
        if operation.final is None:
            continue
        status = operation.final.command.status
        if status == SUCCESS:
            yield ok("0000H", operation.final)
        else:
            yield fail(shown(status), operation.final)
