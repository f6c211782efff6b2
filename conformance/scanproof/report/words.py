"""Words that every report shares: the verdict in a sentence, what is to be done in which order, text made harmless."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from scanproof.claim_counts import ROLES, claim_counts, in_words, role_of
from scanproof.finding import SEVERITY, Finding, Level, Verdict, worst
from scanproof.results import ClaimOutcome, LeftOpen, Results, ScenarioResult, ServiceState
from scansim.exam.scenario_set import NOT_BEGUN
from scansim.vocabulary.outcome import END_OPEN_STEP, Outcome

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

#: What consequences are called.
CONSEQUENCE = {
    Verdict.FAIL: "further faults that follow from it",
    Verdict.INCONCLUSIVE: "that could not be judged",
    Verdict.WARN: "warnings that follow from it",
    Verdict.NOT_TESTED: "not tested behind it",
}

BASIS = {
    Level.SHALL: "required by the standard",
    Level.SHOULD: "recommended by the standard",
    Level.DECLARED: "declared in the Conformance Statement",
    Level.SITE: "promised by the site file or the command line",
    Level.EXPECTED: "expected by this test",
    Level.INFO: "for information",
}

# C0 and C1 controls but tab and line feed, lone surrogates and non-characters: XML 1.0 forbids most of them, and a
# terminal would obey the others. Bidirectional overrides could make a report read other than it is.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class Numbered(NamedTuple):
    """One entry to act on, with the number that it has in every report of the run: one cause, one thing to do.

    ``scenario`` is None for an entry of the whole run. ``finding`` is the first one, ``others`` are further ones of the
    same cause, ``consequences`` what it explains.
    """

    number: int
    scenario: ScenarioResult | None
    finding: Finding
    others: tuple[Finding, ...] = ()
    consequences: tuple[Finding, ...] = ()

    @property
    def times(self) -> int:
        """How many times it was seen."""
        return sum(finding.count for finding in (self.finding, *self.others))


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
    """Entries to act on, worst first; among equals what has consequences, for it is what to mend first."""
    entries: dict[str, list[tuple[ScenarioResult | None, Finding]]] = {}
    consequences: dict[str, list[Finding]] = {}
    of_scenario = [(scenario, finding) for scenario in results.scenarios for finding in scenario.findings]
    everything: list[tuple[ScenarioResult | None, Finding]] = [
        *of_scenario,
        *((None, each) for each in results.findings),
    ]
    for index, (scenario, finding) in enumerate(everything):
        if finding.root is not None:
            consequences.setdefault(finding.root, []).append(finding)
        elif finding.verdict in TO_DO:
            entries.setdefault(finding.group or f"#{index}", []).append((scenario, finding))

    def rank(entry: str) -> tuple[int, int]:
        verdict = entries[entry][0][1].verdict
        return SEVERITY.index(verdict), -min(1, len(consequences.get(entry, ())))

    return [
        Numbered(
            number,
            entries[entry][0][0],
            entries[entry][0][1],
            tuple(finding for _, finding in entries[entry][1:]),
            tuple(consequences.get(entry, ())),
        )
        for number, entry in enumerate(sorted(entries, key=rank), start=1)
    ]


def seen_elsewhere(entry: Numbered) -> str:
    """Where else an entry was seen: further attributes and scenarios; empty when it is one finding."""
    if not entry.others:
        return ""
    findings = (entry.finding, *entry.others)
    tags = list(dict.fromkeys(each.tag for each in entry.others if each.tag and each.tag != entry.finding.tag))
    scenarios = list(dict.fromkeys(each.label for each in findings if each.scenario))
    parts = []
    if tags:
        parts.append(f"also {', '.join(tags[:6])}{f' and {len(tags) - 6} more' if len(tags) > 6 else ''}")
    if len(scenarios) > 1:
        parts.append(f"in {', '.join(scenarios[:4])}{f' and {len(scenarios) - 4} more' if len(scenarios) > 4 else ''}")
    return "; ".join(parts) or f"{len(findings)} findings alike"


def explained(entry: Numbered) -> str:
    """What an entry explains, in one line; empty when nothing."""
    counts = Counter(finding.verdict for finding in entry.consequences)
    parts = [
        f"{number} {CONSEQUENCE.get(verdict, word(verdict))}"
        for verdict in SEVERITY
        if (number := counts.get(verdict, 0))
    ]
    return ", ".join(parts)


def of_the_run(results: Results) -> Verdict:
    """Verdict of what only all scenarios together show."""
    return worst([finding.verdict for finding in results.findings if finding.root is None])


def place(finding: Finding) -> str:
    """Where a finding rests: scenario and message, or ``the run`` when it is of nothing in particular."""
    return "/".join(filter(None, (finding.label, finding.exchange))) or "the run"


def overall(results: Results) -> Verdict:
    """Verdict of the run: the worst of all its scenarios and of what is found of the run.

    One that was cut short and found no fault is INCONCLUSIVE, and so is one that exercised nothing but Verification.
    What was not tested is said beside the verdict, unless nothing was tested at all.
    """
    verdict = worst([*(scenario.verdict for scenario in results.scenarios), of_the_run(results)])
    if verdict is not Verdict.FAIL and not results.complete:
        return Verdict.INCONCLUSIVE
    if verdict is Verdict.PASS and results.services and not results.exercised:
        return Verdict.INCONCLUSIVE
    return verdict


def headline(results: Results) -> str:
    """Return the verdict of the run, with what it covers, in one sentence."""
    if results.recorded:
        return _of_clients(results)
    verdict = overall(results)
    counts = {each: results.summary.get(each, 0) for each in Verdict}
    failed, open_, warned = (counts[each] for each in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN))
    met = counts[Verdict.PASS] - _met_in_part(results)
    others = [
        f"{number} {text}" for number, text in ((open_, "could not be judged"), (warned, "gave a warning")) if number
    ]
    if verdict is Verdict.FAIL:
        text = "; ".join([_failed(results, failed), *others])
    elif not results.complete:
        text = "; ".join([f"No verdict: {met} met and no fault found until then", *others])
    elif verdict is Verdict.INCONCLUSIVE and not open_:
        text = f"No verdict: nothing but Verification was exercised; {met} met"
    elif verdict is Verdict.INCONCLUSIVE:
        rest = f"; {warned} gave a warning" if warned else ""
        text = f"No verdict: {plural(open_, 'requirement')} could not be judged; {met} met, no fault found{rest}"
    elif verdict is Verdict.WARN:
        text = f"Passed with {plural(warned, 'warning')}: {plural(met, 'requirement')} met, no fault found"
    elif verdict is Verdict.NOT_DECLARED:
        extra = counts[Verdict.NOT_DECLARED]
        text = f"Passed: {plural(met, 'requirement')} met; {plural(extra, 'thing')} worked that nobody declared"
    elif verdict is Verdict.PASS:
        text = f"Passed: {plural(met, 'requirement')} met, no fault found"
    elif verdict is Verdict.NOT_TESTED:
        text = "Nothing was tested of what was to be proved"
    else:
        text = "Nothing was judged: no requirement applied to what was run"
    partial = "" if results.complete else f"Partial result, {why_partial(results)}. "
    return f"{partial}{'; '.join([text, *_covered(results)])}."


#: Clients that a headline tells of one by one.
_CLIENTS_TOLD = 6


def _of_clients(results: Results) -> str:
    """What a recording comes to: each client with what it did and what was found, those with faults first."""
    if not results.scenarios:
        return "Nothing was judged: no client came."
    in_order = sorted(results.scenarios, key=lambda each: SEVERITY.index(each.verdict))
    told = [f"{client_name(each)}: {each.title}: {found_in_short(each)}" for each in in_order[:_CLIENTS_TOLD]]
    more = len(in_order) - _CLIENTS_TOLD
    return "; ".join([*told, *([f"and {plural(more, 'more client')}"] if more > 0 else [])]) + "."


def client_name(client: ScenarioResult) -> str:
    """AE title and host of a client of a recording."""
    return client.id.removeprefix("client:")


def found_in_short(scenario: ScenarioResult) -> str:
    """How many faults and warnings one scenario, or client, has, each cause once."""
    entries = {(each.group, each.verdict) for each in scenario.findings if each.root is None}
    counts = Counter(verdict for _, verdict in entries)
    open_ = counts[Verdict.INCONCLUSIVE]
    parts = [plural(counts[verdict], noun) for verdict, noun in ((Verdict.FAIL, "fault"), (Verdict.WARN, "warning"))]
    told = [part for part in parts if not part.startswith("0 ")] + ([f"{open_} could not be judged"] if open_ else [])
    return ", ".join(told) or ("nothing to judge" if scenario.verdict is not Verdict.PASS else "no fault")


def why_partial(results: Results) -> str:
    """Why a run is not whole."""
    damaged = any("its transcript lacks" in note for note in results.notes)
    return "a part of the transcript is missing" if damaged else "the run was interrupted"


def _met_in_part(results: Results) -> int:
    """How many requirements were met in one place and not in another: these are not met."""
    roots = [finding for finding in results.all_findings if finding.root is None]
    not_met = {finding.check for finding in roots if finding.verdict in TO_DO}
    return len({finding.check for finding in roots if finding.verdict is Verdict.PASS} & not_met)


def _failed(results: Results, failed: int) -> str:
    bad = {scenario.label for scenario in results.scenarios if scenario.verdict is Verdict.FAIL}
    bad |= {each.label for each in results.findings if _is_root_fail(each)} - {""}
    levels = {finding.level for finding in results.all_findings if _is_root_fail(finding)}
    if levels and levels <= {Level.SITE}:
        text = f"What the site file promises is not there: {plural(failed, 'promise')} not kept"
    else:
        text = f"The target failed: {plural(failed, 'requirement')} not met"
    begun = [scenario for scenario in results.scenarios if not scenario.not_run]
    of_cases = {bool(scenario.case) for scenario in begun}
    one = "exam" if len(of_cases) > 1 else "case" if True in of_cases else "scenario"
    return text + (f" in {len(bad)} of {plural(len(begun), one)}" if bad else "")


def _is_root_fail(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL and finding.root is None


def _no_time_left(results: Results) -> str:
    """How many cases were not begun because the time of the run was over, and which time."""
    late = [each.not_run.removeprefix(NOT_BEGUN) for each in results.scenarios if each.not_run.startswith(NOT_BEGUN)]
    return f", {len(late)} of them because {' and '.join(dict.fromkeys(late))}" if late else ""


def _covered(results: Results) -> list[str]:
    """What the verdict covers, and what it does not."""
    parts = []
    refused = [each for each in results.services if each.state is ServiceState.REFUSED and not each.promised_by]
    if refused:
        tested = [each.name for each in results.services if each.state is ServiceState.EXERCISED]
        parts.append(f"tested: {', '.join(tested) or 'nothing'}")
        parts.append(f"refused: {', '.join(each.name for each in refused)}")
    coverage = results.coverage
    if left_out := sum(bool(scenario.not_run) for scenario in results.scenarios):
        parts.append(f"{plural(left_out, 'case')} not run{_no_time_left(results)}")
    if coverage.not_tested:
        text = f"{coverage.not_tested} that {'applies was' if coverage.not_tested == 1 else 'apply were'} not tested"
        if coverage.try_scenarios:
            names = " ".join(coverage.try_scenarios)
            text += f": 'scanproof run {names}' tests {coverage.would_test} of them"
        parts.append(text)
    if coverage.blocked:
        parts.append(f"{coverage.blocked} could not be tested behind what went wrong")
    parts += [f"{role}: {told}" for role, told in claims_by_role(results)]
    if any("--accession" in note.text for scenario in results.scenarios for note in scenario.notes):
        parts.append("several worklist items fit: name one with --accession")
    return parts


def claims_by_role(results: Results) -> list[tuple[str, str]]:
    """How many claims of each role were decided; results of before have them uncounted."""
    return in_words(results.claim_counts or claim_counts(results.claims))


def contradicted(results: Results, entries: Sequence[Numbered]) -> list[str]:
    """How many claims of each role were contradicted, and which entries tell why: one cause is one entry."""
    of = {claim.id: role_of(claim) for claim in results.claims}
    numbers: dict[str, list[str]] = {}
    for entry in entries:
        claims = [each.claim for each in (entry.finding, *entry.others) if each.claim in of]
        if entry.finding.verdict is Verdict.FAIL and claims:
            numbers.setdefault(of[claims[0]], []).append(str(entry.number))
    counts = Counter(role_of(claim) for claim in results.claims if claim.outcome is ClaimOutcome.CONTRADICTED)
    return [
        f"{plural(counts[role], 'claim')}{f' as {role}' if role else ''} contradicted"
        + (f", told by {', '.join(numbers[role])} above" if role in numbers else "")
        for role in ROLES
        if counts[role]
    ]


def left_open(step: LeftOpen) -> str:
    """What became of a performed step that a scenario left IN PROGRESS."""
    told = f"performed step {step.uid} at {step.ae} was left IN PROGRESS: {step.why}; "
    if step.ended:
        return f"{told}it was ended as DISCONTINUED afterwards ({step.detail})"
    return f"{told}if it is still open there, it has to be ended by hand ({step.detail})"


def steps_in_words(scenario: ScenarioResult) -> str:
    """Return how far the steps of a scenario got, and why the first one that stopped did; or why it was not run."""
    if scenario.not_run:
        return f"not run: {scenario.not_run}"
    if scenario.is_client:
        return found_in_short(scenario)
    steps = [step for step in scenario.steps if step.verb != END_OPEN_STEP]
    done = sum(step.outcome is Outcome.DONE for step in steps)
    text = f"{done} of {plural(len(steps), 'step')} done"
    told = {Outcome.BLOCKED: "blocked", Outcome.REFUSED: "refused", Outcome.NOT_OFFERED: "out of scope"}
    for outcome, told_as in told.items():
        number = sum(step.outcome == outcome for step in steps)
        if number:
            text += f", {number} {told_as}"
    stopped = next((step for step in steps if step.outcome is Outcome.STOPPED), None)
    if stopped:
        text += f"; stopped at step {stopped.number} {stopped.verb}"
        text += f": {stopped.detail}" if stopped.detail else ""
    return text
