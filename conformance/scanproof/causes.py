"""One entry for one cause: which findings belong together, and which are consequences of another.

A root is found

- by the blocking step: what it stopped was not tested, and why it stopped is told by a finding that rests on its
  associations;
- by origin: a finding that names the message whose own finding explains it;
- by the same association: what could not be judged there after a fault, and a target that is gone from then on; where
  the network is gone, that is the root of what was not answered before;
- by the same attribute: a value whose encoding is at fault does not read as what it should be;
- by the exam that became unscheduled: what refuses it then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from scanproof.evidence import Evidence
from scanproof.evidence.parties import address_of
from scanproof.finding import SEVERITY, Finding, Level, Verdict
from scanproof.judge import Judged
from scansim.network.transcript import StepRecord
from scansim.vocabulary.outcome import Cause, Outcome
from scansim.vocabulary.services import WORKLIST

#: Verdicts of which several are one entry when their cause is one.
_DEVIATIONS = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.NOT_DECLARED)
#: Verdicts that a root of something blocked may have.
_BLOCKS = (Verdict.FAIL, Verdict.INCONCLUSIVE)
#: The check that tells of every step that stopped.
STEPS = "site.steps"
#: The check that tells of every AE that cannot be reached.
REACHABLE = "site.reachable"
#: Checks whose faults leave the rest of an association without a verdict.
_OF_THE_ASSOCIATION = ("association.", "dimse.")
#: Those of them that say how an association broke off under a request.
_BREAKS = ("association.no-abort", "dimse.operation-ends", "dimse.response-received")
#: Checks of what a value says, and endings of those of how it is encoded.
_READS, _ENCODING = "identity.", (".character-set", ".value-syntax")


def attributed(judged: Sequence[Judged], scenarios: Iterable[Evidence]) -> list[Judged]:
    """Return the same findings, each with its entry and, for a consequence, with the entry of its root."""
    by_label = {evidence.label: evidence for evidence in scenarios}
    entries = _entries(judged, _whatever_was_asked(judged, by_label.values()))
    roots: dict[int, str] = {}
    for index, each in enumerate(judged):
        evidence = by_label.get(each.label)
        root = _root_of(index, judged, evidence) if evidence is not None else None
        if root is not None and entries[root] != entries[index]:
            roots[index] = entries[root]
    explained_by = _roots_by_entry(roots, entries)
    found = []
    for index, each in enumerate(judged):
        root_entry = _last(roots.get(index), entries[index], explained_by)
        finding = each.finding.model_copy(update={"group": entries[index], "root": root_entry})
        found.append(replace(each, finding=finding))
    return found


def _roots_by_entry(roots: Mapping[int, str], entries: Sequence[str]) -> dict[str, set[str | None]]:
    """What explains the findings of each entry; None for a finding that nothing explains."""
    found: dict[str, set[str | None]] = defaultdict(set)
    for index, entry in enumerate(entries):
        found[entry].add(roots.get(index))
    return found


def _last(entry: str | None, own: str, explained_by: Mapping[str, set[str | None]]) -> str | None:
    """Follow consequences of consequences to the root of all, as far as that is no circle."""
    seen = {own}
    while entry is not None and entry not in seen:
        seen.add(entry)
        following = explained_by[entry]
        step = next(iter(following)) if len(following) == 1 else None
        if step is None or step in seen:
            return entry
        entry = step
    return entry


# --- entries ----------------------------------------------------------------------------------------------------------


def _entries(judged: Sequence[Judged], alike: Mapping[int, str]) -> list[str]:
    """Id of each finding's entry: deviations of one check, verdict and party that share an attribute or a wording.

    `alike` holds what findings, by their index, have in common beside that.
    """
    entry: list[int] = list(range(len(judged)))

    def find(index: int) -> int:
        while entry[index] != index:
            index = entry[index]
        return index

    first: dict[tuple[object, ...], int] = {}
    for index, each in enumerate(judged):
        for key in (*_likeness(each), *([(each.finding.check, "alike", alike[index])] if index in alike else ())):
            other = first.setdefault(key, index)
            low, high = sorted((find(other), find(index)))
            entry[high] = low
    numbers: dict[str, dict[int, int]] = defaultdict(dict)
    names = []
    for index, each in enumerate(judged):
        known = numbers[each.finding.check]
        names.append(f"{each.finding.check}#{known.setdefault(find(index), len(known) + 1)}")
    return names


def _whatever_was_asked(judged: Sequence[Judged], scenarios: Iterable[Evidence]) -> dict[int, str]:
    """Findings of an ending that every association with an AE had, whatever was asked on it, with that AE."""
    accepted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for evidence in scenarios:
        for each in evidence.associations:
            if each.ours and each.accepted is not None:
                accepted[address_of(evidence.party(each.id))].add((evidence.label, each.id))
    found: dict[int, str] = {}
    for check in _BREAKS:
        broke = {i: e for i, e in enumerate(judged) if e.finding.check == check and e.finding.verdict is Verdict.FAIL}
        for address, all_of_it in accepted.items():
            here = {i: e for i, e in broke.items() if address_of(e.finding.party) == address and e.because is None}
            if all_of_it <= {(each.label, name) for each in here.values() for name in each.associations}:
                found.update(dict.fromkeys(here, address))
    return found


def _likeness(each: Judged) -> Iterable[tuple[object, ...]]:
    finding = each.finding
    if finding.verdict is Verdict.PASS:  # one requirement that is met, wherever it was
        yield finding.check, finding.verdict
    if finding.verdict not in _DEVIATIONS:
        return
    same = (finding.check, finding.verdict, finding.level, address_of(finding.party), finding.claim)
    yield (*same, "wording", _plain(finding.actual))
    if finding.tag:
        yield (*same, "attribute", re.sub(r"\[\d+\]", "", finding.tag))


def _plain(text: str) -> str:
    """A wording without what differs from one time to the next: numbers, and values in quotes."""
    return re.sub(r"'[^']*'|\d+(\.\d+)*", "#", text)


# --- roots ------------------------------------------------------------------------------------------------------------


def _root_of(index: int, judged: Sequence[Judged], evidence: Evidence) -> int | None:
    """Index of the finding that explains another one of the same scenario."""
    each = judged[index]
    finding = each.finding
    if each.because is not None:
        return _at_source(each, judged)
    if each.step:
        step = next((step for step in evidence.steps.begun if step.number == each.step), None)
        return _of_step(step, judged, each.label) if step is not None else None
    if finding.check == STEPS and finding.verdict is Verdict.INCONCLUSIVE:
        stopped = (step for step in evidence.steps.begun if step.outcome is Outcome.STOPPED)
        step = next((step for step in stopped if _tells_of(finding, step)), None)
        root = _of_step(step, judged, each.label) if step is not None else None
        return root if root != index else None
    if finding.check == REACHABLE and finding.verdict is Verdict.INCONCLUSIVE:
        return _broke_off(each, judged, evidence)
    if finding.verdict is Verdict.INCONCLUSIVE and finding.exchange:
        association = finding.exchange.partition(".")[0]
        for step in evidence.steps.begun:
            if step.cause is Cause.INTERRUPTED and association in step.associations:
                return _of_step(step, judged, each.label)
        unreachable = _unreachable_after(association, judged, evidence)
        return unreachable if unreachable is not None else _fault_on(association, judged, each.label)
    if finding.verdict is Verdict.FAIL and finding.check.startswith(_READS):
        return _misread(each, judged)
    if finding.verdict is Verdict.FAIL and finding.level is Level.EXPECTED and finding.check.endswith("-accepted"):
        return _not_scheduled(each, judged, evidence)
    return None


def _unreachable_after(association: str, judged: Sequence[Judged], evidence: Evidence) -> int | None:
    """The finding that nobody could be reached after an association that the network may have cut."""
    cut = evidence.cuts.get(association)
    if cut is None or cut.unreachable is None:
        return None
    for index, other in enumerate(judged):
        told = other.finding.check == REACHABLE and other.finding.verdict is Verdict.INCONCLUSIVE
        if told and other.label == evidence.label and cut.unreachable.id in other.associations:
            return index
    return None


def _broke_off(each: Judged, judged: Sequence[Judged], evidence: Evidence) -> int | None:
    """Why nobody can be reached: the last association there broke off under a request, and then all was silent."""
    address, before = address_of(each.finding.party), ""
    for association in evidence.associations:
        if association.id == each.finding.exchange:
            break
        if association.ours and address_of(evidence.party(association.id)) == address:
            before = association.id if association.lost is not None else ""
    return _fault_on(before, judged, each.label) if before else None


def _misread(each: Judged, judged: Sequence[Judged]) -> int | None:
    """A fault in the encoding of the attribute that reads as another value than it should."""
    name = (each.finding.tag or "").rpartition(">")[2].strip()
    for index, other in enumerate(judged):
        there = other.label == each.label and bool(other.associations & each.associations)
        same = name and (other.finding.tag or "").rpartition(">")[2].strip() == name
        if there and same and other.finding.verdict is Verdict.FAIL and other.finding.check.endswith(_ENCODING):
            return index
    return None


def _not_scheduled(each: Judged, judged: Sequence[Judged], evidence: Evidence) -> int | None:
    """Why the exam is unscheduled, where a service refuses it and a fault of the worklist has made it so."""
    why = evidence.ledger.get("unscheduled")
    if each.finding.check.startswith("worklist.") or not isinstance(why, dict) or not why.get("step"):
        return None
    asked = {association.id for association in evidence.associations if association.service == WORKLIST.name}
    found = [
        index
        for index, other in enumerate(judged)
        if other.label == each.label
        and other.finding.verdict in _BLOCKS
        and other.associations & asked
        and other.because is None
    ]
    return min(found, key=lambda index: SEVERITY.index(judged[index].finding.verdict), default=None)


def _at_source(each: Judged, judged: Sequence[Judged]) -> int | None:
    """The finding at the message that a fault came from: of the same attribute if there is one."""
    assert each.because is not None
    there = [
        index
        for index, other in enumerate(judged)
        if other.label == each.label
        and each.because.id in other.places
        and other.finding.verdict in (*_BLOCKS, Verdict.WARN)
        and other.because is None
    ]
    name = (each.finding.tag or "").rpartition(">")[2].strip()
    same = [index for index in there if name and (judged[index].finding.tag or "").endswith(name)]
    return min(same or there, key=lambda index: SEVERITY.index(judged[index].finding.verdict), default=None)


def _of_step(step: StepRecord, judged: Sequence[Judged], label: str) -> int | None:
    """The finding that tells why a step stopped: on its last association, what came last and is worst.

    One that is a consequence itself leads on to its root: a refusal of what another gave. A step that the user
    interrupted has nobody else to blame.
    """
    candidates = []
    for index, other in enumerate(judged):
        finding = other.finding
        if other.label != label or finding.verdict not in _BLOCKS or other.step:
            continue
        own = finding.check == STEPS and _tells_of(finding, step)
        message = (finding.exchange or "").partition(".")[2]
        places = [step.associations.index(name) for name in other.associations if name in step.associations]
        if not own and (finding.check == STEPS or not places or step.cause is Cause.INTERRUPTED):
            continue
        place = max(places, default=-1)
        number = int(re.sub(r"\D", "", message) or 0)
        # what speaks of the association as a whole tells more of why it ended than one message of it
        rank = (
            not own,
            finding.check.startswith("site."),
            place,
            finding.verdict is Verdict.FAIL,
            number or 10**9,
        )
        candidates.append((rank, -index))
    return -max(candidates)[1] if candidates else None


def _tells_of(finding: Finding, step: StepRecord) -> bool:
    """Whether a finding of `STEPS` is of this one."""
    return finding.actual.startswith(f"step {step.number}, ")


def _fault_on(association: str, judged: Sequence[Judged], label: str) -> int | None:
    """A fault of the same association: what could not be judged there is its consequence."""
    for index, other in enumerate(judged):
        finding = other.finding
        broke = finding.verdict is Verdict.FAIL and finding.check.startswith(_OF_THE_ASSOCIATION)
        here = other.label == label and association in other.associations
        if here and broke and other.because is None:
            return index
    return None
