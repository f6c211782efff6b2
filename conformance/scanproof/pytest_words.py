"""What the pytest plugin says of a scenario that did not pass. It imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanproof.finding import Finding
    from scanproof.results import ScenarioResult


def why_not(result: ScenarioResult) -> str:
    """Why nothing of a scenario was tested, by its steps."""
    from scansim.vocabulary.outcome import Outcome

    if result.not_run:
        return f"not run: {result.not_run}"
    reasons = dict.fromkeys(
        f"{step.verb}: {step.detail}" for step in result.steps if step.outcome in (Outcome.REFUSED, Outcome.NOT_OFFERED)
    )
    word = "not applicable" if result.verdict.value == "NOT_APPLICABLE" else "not tested"
    return f"{word}: {'; '.join(reasons) or 'no check found anything to judge'}"


def failure(result: ScenarioResult, failed: list[Finding], undecided: list[Finding], reproduction: str) -> str:
    """One paragraph for each cause: its first finding, and how much else belongs to it or follows from it."""
    entries: dict[str, list[Finding]] = {}
    for finding in [*failed, *undecided]:
        entries.setdefault(finding.group, []).append(finding)
    names = ("FAIL", "INCONCLUSIVE")
    numbers = [sum(each[0].verdict.value == name for each in entries.values()) for name in names]
    counts = [f"{number} {name}" for number, name in zip(numbers, names, strict=True) if number]
    lines = [f"{result.id}: {', '.join(counts)}"]
    for group, (finding, *others) in entries.items():
        count = sum(each.count for each in (finding, *others))
        times = f" ({count} times)" if count > 1 else ""
        lines += ["", f"{finding.verdict.value} {finding.check}: {finding.title}{times}"]
        explained = sum(each.root == group for each in result.findings)
        tags = dict.fromkeys(each.tag for each in (finding, *others) if each.tag)
        facts = {
            "party": finding.party,
            "expected": finding.expected,
            "actual": finding.actual,
            "clause": f"{finding.clause} ({finding.level.value})".strip(),
            "at": " ".join(
                filter(None, (finding.case, finding.exchange, ", ".join([*tags][:6]), "…" if len(tags) > 6 else ""))
            ),
            "claim": finding.claim or "",
            "explains": f"{explained} further findings" if explained else "",
            "hint": finding.hint,
        }
        lines += [f"    {name + ':':9} {value}" for name, value in facts.items() if value]
    return "\n".join([*lines, "", reproduction])
