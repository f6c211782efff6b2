"""The results of a recording: each client as an entry, and what the AE titles of one host only tell together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from scanproof import __version__
from scanproof.client_hosts import judged_hosts, kinds_of
from scanproof.finding import Finding, Verdict
from scanproof.judged_clients import JudgedClient, client_for_target, judged_client
from scanproof.profile import Profile, told
from scanproof.recording import Recording, did, load
from scanproof.results import EDITION, AssociationView, Results, ScenarioResult, Tool
from scanproof.view import association_views, exchange_views

_QUIET = (Verdict.PASS, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)


def collect_recording(folder: Path, profile: Profile | None = None) -> Results:
    """Judge every client of a recording, and put the results together.

    Raises
    ------
    InputError
        When there is no recording, or it cannot be read.
    """
    recording, profile = load(folder), profile or Profile.DICOM
    notes = _notes(recording)
    scenarios: list[ScenarioResult] = []
    entries_before: Counter[str] = Counter()
    kinds: dict[str, frozenset[int]] = {}
    for client in recording.evidence():
        found = _apart(judged_client(client, profile), entries_before)
        notes += [f"{client.client}: check {check} failed itself" for check in found.crashed]
        scenarios.append(result_of(found))
        kinds[client.client.removeprefix("client:")] = kinds_of(client)
    findings = [each for scenario in scenarios for each in scenario.findings]
    known = {(each.check, each.tag, each.exchange) for each in findings}
    for found in judged_hosts(recording, kinds, known):
        together = result_of(_apart(found, entries_before))
        scenarios.append(_of_findings(together))
        findings += together.findings
    counts = Counter(verdict for _, verdict in {(each.group, each.verdict) for each in findings if each.root is None})
    consequences = sum(each.root is not None for each in findings)
    started = str(recording.facts.get("started", ""))
    return Results(
        tool=Tool(version=__version__, edition=EDITION),
        recorded=True,
        started=started,
        seed=0,
        date=started[:10],
        target=[recording.target],
        profile=profile.value,
        complete=True,
        summary={verdict: counts[verdict] for verdict in Verdict},
        consequences=consequences,
        scenarios=scenarios,
        notes=[*told(profile), *notes],
    )


def _apart(found: JudgedClient, before: Counter[str]) -> JudgedClient:
    """What was found of one client in entries of its own: what two clients do is two things; `before` counts them."""
    names: dict[str, str] = {}
    for each in found.findings:
        if each.group and each.group not in names:
            before[each.check] += 1
            names[each.group] = f"{each.check}#{before[each.check]}"

    def renamed(finding: Finding) -> Finding:
        root = names.get(finding.root, finding.root) if finding.root is not None else None
        return finding.model_copy(update={"group": names.get(finding.group or "", finding.group), "root": root})

    return replace(found, findings=tuple(map(renamed, found.findings)))


def _notes(recording: Recording) -> list[str]:
    """What a reader has to know of the recording."""
    facts, notes = recording.facts, list[str]()
    if not recording.clients:
        notes.append("no client came while this was recorded")
    if not facts.get("ended"):
        notes.append("the target has not ended, or was killed: what follows is what had been recorded by now")
    if facts.get("not_kept"):
        notes.append(f"{facts['not_kept']} more connections were not recorded: there were more than are kept")
    if facts.get("defect"):
        notes.append(
            f"our own target had the defect {facts['defect']} planted: what a client made of its answers decides little"
        )
    if not facts.get("whole"):
        notes.append("Pixel Data were not kept, but for their length and digest: --whole records them")
    notes.append("this folder holds what clients sent, people's data if it was of people: keep it for yourself")
    return notes


def result_of(found: JudgedClient) -> ScenarioResult:
    """One client as an entry of the results."""
    client = found.evidence
    transcript = client.received.transcript
    deviations = {each.exchange for each in found.findings if each.exchange is not None and each.verdict not in _QUIET}
    return ScenarioResult(
        id=client.client,
        title=did(client),
        verdict=found.verdict,
        steps=[],
        findings=list(found.findings),
        notes=list(found.notes),
        associations=[_seen_as(view) for view in association_views(transcript)],
        exchanges=exchange_views(transcript, deviations),
    )


def _of_findings(result: ScenarioResult) -> ScenarioResult:
    """An entry without what stands in those of its clients: the associations that nothing was found on."""
    wanted = {(each.exchange or "").partition(".")[0] for each in result.findings}
    kept = [each for each in result.exchanges if each.id.partition(".")[0] in wanted]
    associations = [each for each in result.associations if each.id in wanted]
    return result.model_copy(update={"exchanges": kept, "associations": associations})


def _seen_as(view: AssociationView) -> AssociationView:
    ended = view.ended.replace("the target", "the client").replace("the harness", "our target")
    problems = [client_for_target(text) for text in view.problems]
    return view.model_copy(update={"ended": ended, "problems": problems})
