"""results.json: the whole model, written the same way every time."""

from __future__ import annotations

import json
import re

from scanproof.finding import SEVERITY, Finding
from scanproof.results import Results


def _natural(text: str | None) -> list[tuple[int, str]]:
    """Sort key in which a03.r10 comes after a03.r2."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text or "") if part]


def _order(finding: Finding) -> tuple[object, ...]:
    return (
        finding.check,
        _natural(finding.exchange),
        finding.tag or "",
        finding.claim or "",
        finding.verdict,
        finding.title,
        finding.expected,
        finding.actual,
    )


def ordered(results: Results) -> Results:
    """Return the same results, sorted where order has no meaning: findings, claims, the summary.

    Steps, associations, messages and created UIDs keep their order: it is the order in which they came.
    """
    scenarios = [
        scenario.model_copy(update={"findings": sorted(scenario.findings, key=_order)})
        for scenario in results.scenarios
    ]
    summary = {verdict: results.summary[verdict] for verdict in SEVERITY if verdict in results.summary}
    claims = sorted(results.claims, key=lambda claim: _natural(claim.id))
    findings = sorted(results.findings, key=_order)
    return results.model_copy(
        update={"scenarios": scenarios, "findings": findings, "claims": claims, "summary": summary}
    )


def render(results: Results) -> bytes:
    """Return results.json: UTF-8, two spaces of indent, a line feed at the end."""
    text = json.dumps(ordered(results).model_dump(mode="json"), indent=2, ensure_ascii=False)
    # a lone surrogate has no UTF-8; backslashreplace writes it as \udXXX, which is how JSON spells it
    return (text + "\n").encode("utf-8", errors="backslashreplace")
