"""Words that every report shares: the verdict in a sentence, what is to be done in which order, text made harmless."""

from __future__ import annotations

import re
from typing import NamedTuple

from scanproof.finding import SEVERITY, Finding, Level, Verdict, worst
from scanproof.results import Results, ScenarioResult
from scansim.vocabulary.outcome import Outcome

#: Verdicts that somebody has to act on, worst first.
TO_DO = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN)

MEANING = {
    Verdict.FAIL: "not met",
    Verdict.INCONCLUSIVE: "could not be judged",
    Verdict.WARN: "allowed, but worth attention",
    Verdict.NOT_DECLARED: "works, but is not declared",
    Verdict.PASS: "met",
    Verdict.NOT_TESTED: "applies here, and nothing exercised it",
    Verdict.NOT_APPLICABLE: "did not apply",
}

BASIS = {
    Level.SHALL: "required by the standard",
    Level.SHOULD: "recommended by the standard",
    Level.DECLARED: "declared in the Conformance Statement",
    Level.SITE: "promised by the site file",
    Level.EXPECTED: "expected by this test",
    Level.INFO: "for information",
}

# C0 and C1 controls but tab and line feed, lone surrogates and non-characters: XML 1.0 forbids most of them, and a
# terminal would obey the others. Bidirectional overrides could make a report read other than it is.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class Numbered(NamedTuple):
    """A finding to act on, with the number that it has in every report of the run.

    ``scenario`` is None for a finding of the whole run. ``others`` are further checks that could not judge anything for
    the very same reason: one thing to do, not many.
    """

    number: int
    scenario: ScenarioResult | None
    finding: Finding
    others: tuple[Finding, ...] = ()


def printable(text: str) -> str:
    """Replace every character that XML forbids or that could steer a terminal by U+FFFD.

    >>> printable("DOE^JANE\\x1b[2J")
    'DOE^JANE\ufffd[2J'
    """
    return _HARMFUL.sub("\ufffd", text.replace("\r\n", "\n"))


def word(verdict: Verdict) -> str:
    """Return the verdict as a word for the reader."""
    return verdict.value.replace("_", " ")


def plural(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> plural(1, "step"), plural(2, "step")
    ('1 step', '2 steps')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def to_do(results: Results) -> list[Numbered]:
    """Findings to act on: by scenario and those of the run, the worst of these and in it the worst finding first.

    What is INCONCLUSIVE for one reason is one entry: a wrong AE title leaves eighty checks without anything to judge,
    and some of them may be of the run.
    """
    of_run = list(results.findings)
    blocks: list[tuple[Verdict, ScenarioResult | None, list[Finding]]] = []
    for scenario in results.scenarios:
        reasons = {_reason(each) for each in scenario.findings if each.verdict is Verdict.INCONCLUSIVE}
        same = [each for each in of_run if each.verdict is Verdict.INCONCLUSIVE and _reason(each) in reasons]
        of_run = [each for each in of_run if each not in same]
        blocks.append((scenario.verdict, scenario, [*scenario.findings, *same]))
    blocks.append((worst([each.verdict for each in of_run]), None, of_run))
    found: list[tuple[ScenarioResult | None, list[Finding]]] = []
    for _, block, findings in sorted(blocks, key=lambda block: SEVERITY.index(block[0])):
        groups: dict[tuple[object, ...], list[Finding]] = {}
        for verdict in TO_DO:
            for finding in findings:
                if finding.verdict is verdict:
                    one = _reason(finding) if verdict is Verdict.INCONCLUSIVE else (id(finding),)
                    groups.setdefault(one, []).append(finding)
        found += [(block, group) for group in groups.values()]
    return [
        Numbered(number, scenario, first, tuple(others))
        for number, (scenario, (first, *others)) in enumerate(found, start=1)
    ]


def _reason(finding: Finding) -> tuple[object, ...]:
    return finding.scenario, finding.exchange, finding.actual, finding.hint


def title(finding: Finding, others: tuple[Finding, ...]) -> str:
    """Title of an entry: the requirement, or how many could not be judged for one reason."""
    return f"{len(others) + 1} requirements could not be judged" if others else finding.title


def of_the_run(results: Results) -> Verdict:
    """Verdict of what only all scenarios together show."""
    return worst([finding.verdict for finding in results.findings])


def place(finding: Finding) -> str:
    """Where a finding rests: scenario and message, or ``the run`` when it is of nothing in particular."""
    return "/".join(filter(None, (finding.scenario, finding.exchange))) or "the run"


def overall(results: Results) -> Verdict:
    """Verdict of the run: the worst of all its findings; one that was cut short and found no fault is INCONCLUSIVE."""
    verdict = worst([*(scenario.verdict for scenario in results.scenarios), of_the_run(results)])
    return verdict if results.complete or verdict is Verdict.FAIL else Verdict.INCONCLUSIVE


def headline(results: Results) -> str:
    """Return the verdict of the run in one sentence."""
    verdict = overall(results)
    counts = {each: results.summary.get(each, 0) for each in Verdict}
    failed, open_, warned, met = (
        counts[each] for each in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.PASS)
    )
    others = [
        f"{number} {text}" for number, text in ((open_, "could not be judged"), (warned, "gave a warning")) if number
    ]
    if verdict is Verdict.FAIL:
        bad = {scenario.id for scenario in results.scenarios if scenario.verdict is Verdict.FAIL}
        bad |= {finding.scenario for finding in results.findings if finding.verdict is Verdict.FAIL} - {""}
        text = f"The target failed: {plural(failed, 'requirement')} not met"
        text += f" in {len(bad)} of {plural(len(results.scenarios), 'scenario')}" if bad else ""
        text = "; ".join([text, *others])
    elif not results.complete:
        text = f"No verdict: {met} met and no fault found until then"
        text = "; ".join([text, *others])
    elif verdict is Verdict.INCONCLUSIVE:
        text = f"No verdict: {plural(open_, 'requirement')} could not be judged; no fault was found in the others"
    elif verdict is Verdict.WARN:
        text = f"Passed with {plural(warned, 'warning')}: {plural(met, 'requirement')} met, no fault found"
    elif verdict is Verdict.NOT_DECLARED:
        extra = counts[Verdict.NOT_DECLARED]
        text = f"Passed: {plural(met, 'requirement')} met; {plural(extra, 'thing')} worked that nobody declared"
    elif verdict is Verdict.PASS:
        text = f"Passed: {plural(met, 'requirement')} met, no fault found"
    else:
        text = "Nothing was judged: no requirement applied to what was run"
    partial = "" if results.complete else "Partial result, the run was interrupted. "
    return f"{partial}{text}."


def steps_in_words(scenario: ScenarioResult) -> str:
    """Return how far the steps of a scenario got, and why the first one that stopped did."""
    done = sum(step.outcome is Outcome.DONE for step in scenario.steps)
    text = f"{done} of {plural(len(scenario.steps), 'step')} done"
    for outcome in (Outcome.BLOCKED, Outcome.NOT_OFFERED):
        number = sum(step.outcome == outcome for step in scenario.steps)
        if number:
            text += f", {number} {outcome.replace('-', ' ')}"
    stopped = next((step for step in scenario.steps if step.outcome is Outcome.STOPPED), None)
    if stopped:
        text += f"; stopped at step {stopped.number} {stopped.verb}"
        text += f": {stopped.detail}" if stopped.detail else ""
    return text
