"""One entry for one cause: which findings belong together, and which are consequences of another.

A root is found

- by the blocking step: what it stopped was not tested, and why it stopped is told by a finding that rests on its
  associations;
- by origin: a finding that names the message whose own finding explains it;
- by the same association: what could not be judged there after a fault, a release that goes wrong behind a request
  that was never answered, and a target that is gone from then on; where the network is gone, that is the root of what
  was not answered before;
- by the same message, or attribute of an association: a claim that is broken by what breaks the standard;
- by the same attribute: a value whose encoding is at fault does not read as what it should be;
- by the same attribute again: a value that an archive has changed is another one in its answers and in its images;
- by the exam that became unscheduled: what refuses it then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from pydicom.datadict import dictionary_VR, tag_for_keyword

from scanproof.evidence import Evidence
from scanproof.evidence.parties import address_of
from scanproof.finding import SEVERITY, Finding, Level, Verdict
from scanproof.gathered import DEVIATIONS, Judged, likeness
from scanproof.standard.value_grammar import TEXT_VRS
from scansim.network.transcript import StepRecord
from scansim.vocabulary.outcome import Cause, Outcome
from scansim.vocabulary.services import WORKLIST

#: Verdicts that a root of something blocked may have.
_BLOCKS = (Verdict.FAIL, Verdict.INCONCLUSIVE)
#: The check that tells of every step that stopped.
STEPS = "site.steps"
#: The check that tells of every AE that cannot be reached.
REACHABLE = "site.reachable"
#: Endings of the checks that tell of a request that was refused, or ended as nobody can tell how.
_REFUSALS = ("-accepted", ".status-legal")
#: Checks whose faults leave the rest of an association without a verdict.
_OF_THE_ASSOCIATION = ("association.", "dimse.")
#: Those of them that say how an association broke off under a request.
_BREAKS = ("association.no-abort", "dimse.operation-ends", "dimse.response-received")
#: An answer that never came, and what then goes wrong on the same association when we leave it.
_UNANSWERED, _LEAVING = "dimse.response-received", "association.release"
#: Checks of what a value says, and endings of those of how it is encoded.
_READS, _ENCODING = ("identity.", "query.values"), (".character-set", ".value-syntax")
#: How the checks of what a Conformance Statement says are named.
_OF_STATEMENTS = "statement."
#: How the rules of a data set's text are named, in the findings of checks that have many rules.
_TEXT_RULES = "(charset-"
#: Checks of what an archive gives back, and of what it answers: a value that it has changed is one cause.
_GIVEN_BACK = ("retrieve.coercion-announced", "retrieve.text-kept", "retrieve.attribute-unchanged")
_ANSWERED = ("storage.coercion-announced", "identity.text-kept", "identity.study")
#: Endings of those of the terms of a character set, which every text depends on.
_TERMS, _ANY = ".character-set-terms", "*"


def attributed(judged: Sequence[Judged], scenarios: Iterable[Evidence]) -> list[Judged]:
    """Return the same findings, each with its entry and, for a consequence, with the entry of its root."""
    by_label = {evidence.label: evidence for evidence in scenarios}
    entries = _entries(judged, _whatever_was_asked(judged, by_label.values()))
    known = _known(judged, by_label)
    roots: dict[int, str] = {}
    for index, each in enumerate(judged):
        of = known.get(each.label)
        root = of.root_of(index) if of is not None else None
        if root is not None and entries[root] != entries[index]:
            roots[index] = entries[root]
    _of_one_claim(judged, entries, roots)
    explained_by = _roots_by_entry(roots, entries)
    found = []
    for index, each in enumerate(judged):
        root_entry = _last(roots.get(index), entries[index], explained_by)
        finding = each.finding.model_copy(update={"group": entries[index], "root": root_entry})
        found.append(replace(each, finding=finding))
    return found


def _of_one_claim(judged: Sequence[Judged], entries: Sequence[str], roots: dict[int, str]) -> None:
    """What explains that a claim is broken once explains it wherever it is broken in that way."""
    of_claims = {
        i
        for i, each in enumerate(judged)
        if each.finding.check.startswith(_OF_STATEMENTS) and each.finding.claim is not None
    }
    known = {entries[index]: root for index, root in roots.items() if index in of_claims}
    roots |= {i: known[entries[i]] for i in of_claims if entries[i] in known and i not in roots}


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
    """Id of each finding's entry: deviations of one check, verdict and party that share attribute, wording or claim.

    `alike` holds what findings, by their index, have in common beside that.
    """
    entry: list[int] = list(range(len(judged)))

    def find(index: int) -> int:
        while entry[index] != index:
            entry[index] = entry[entry[index]]
            index = entry[index]
        return index

    first: dict[tuple[object, ...], int] = {}
    for index, each in enumerate(judged):
        for key in (*likeness(each), *([(each.finding.check, "alike", alike[index])] if index in alike else ())):
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


# --- roots ------------------------------------------------------------------------------------------------------------


def _known(judged: Sequence[Judged], by_label: Mapping[str, Evidence]) -> dict[str, _OfScenario]:
    """The findings of each scenario, put where they are looked for."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for each in judged:
        if each.because is not None:
            wanted[each.label].add(each.because.id)
    found = {label: _OfScenario(evidence, judged, wanted[label]) for label, evidence in by_label.items()}
    for index, each in enumerate(judged):
        if each.label in found:
            found[each.label].take(index, each)
    return found


@dataclass
class _OfScenario:
    """The findings of one scenario by what they are looked for: each by its index among all.

    ``wanted`` are the messages that explain some finding; ``at`` holds the findings that rest on them.
    """

    evidence: Evidence
    judged: Sequence[Judged]
    wanted: set[str]
    at: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    broke: dict[str, int] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)
    unreachable: dict[str, int] = field(default_factory=dict)
    misread: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    broken: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    blocks: list[int] = field(default_factory=list)
    of_step: dict[int, int | None] = field(default_factory=dict)

    def take(self, index: int, each: Judged) -> None:
        """Put one finding where it is looked for."""
        finding = each.finding
        refused = finding.verdict is Verdict.WARN and finding.check.endswith(_REFUSALS)
        if finding.verdict in _BLOCKS or refused:  # what may be refused stops a step all the same
            self.blocks.append(index)
        if self.wanted and finding.verdict in (*_BLOCKS, Verdict.WARN) and each.because is None:
            for place in each.places & self.wanted:
                self.at[place].append(index)
        if finding.check in _ANSWERED and finding.verdict in (Verdict.FAIL, Verdict.WARN) and each.because is None:
            self.answered[_attribute(finding)].append(index)
        if finding.check == REACHABLE and finding.verdict is Verdict.INCONCLUSIVE:
            self.unreachable.update(dict.fromkeys(each.associations, index))
        tells = finding.verdict in (Verdict.FAIL, Verdict.WARN) and each.because is None
        if tells and not finding.check.startswith((_OF_STATEMENTS, "site.")):
            for place in each.places:
                self.broken[place].append(index)
            for association in each.associations:
                self.broken[f"{association} {_attribute(finding)}"].append(index)
        if finding.verdict is not Verdict.FAIL:
            return
        if finding.check.startswith(_OF_THE_ASSOCIATION) and each.because is None:
            for association in each.associations:
                self.broke.setdefault(association, index)
                if finding.check == _UNANSWERED:
                    self.unanswered.setdefault(association, index)
        if finding.check.endswith(_ENCODING) or (finding.tag and _TEXT_RULES in finding.actual):
            self.misread[_attribute(finding)].append(index)
        if finding.check.endswith(_TERMS):  # nobody can tell what any text says
            self.misread[_ANY].append(index)

    def root_of(self, index: int) -> int | None:
        """Index of the finding that explains another one."""
        each, steps = self.judged[index], self.evidence.steps
        finding = each.finding
        if each.because is not None:
            found = self._at_source(each)
            itself = found is not None and self.judged[found].finding.check == finding.check
            return self._misread(each) if itself else found
        if finding.check.startswith(_OF_STATEMENTS) and finding.verdict in DEVIATIONS:
            return self._broken_too(each, index)
        if finding.check in _GIVEN_BACK and finding.verdict in (Verdict.FAIL, Verdict.WARN):
            known = self.answered.get(_attribute(finding), ())
            return next((i for i in known if self._same_party(i, index)), None)
        if each.step:
            return self._of_step(next((step for step in steps.begun if step.number == each.step), None))
        if finding.check == STEPS and finding.verdict is Verdict.INCONCLUSIVE:
            stopped = (step for step in steps.begun if step.outcome is Outcome.STOPPED)
            root = self._of_step(next((step for step in stopped if _tells_of(finding, step)), None))
            return root if root != index else None
        if finding.check == REACHABLE and finding.verdict is Verdict.INCONCLUSIVE:
            return self._broke_off(each)
        if finding.verdict is Verdict.INCONCLUSIVE and finding.exchange:
            association = finding.exchange.partition(".")[0]
            if (step := self._interrupted.get(association)) is not None:
                return self._of_step(step)
            cut = self.evidence.cuts.get(association)
            if cut is not None and cut.unreachable is not None and cut.unreachable.id in self.unreachable:
                return self.unreachable[cut.unreachable.id]
            return self.broke.get(association)
        if finding.verdict is Verdict.FAIL and finding.check == _LEAVING:
            return next((self.unanswered[one] for one in each.associations if one in self.unanswered), None)
        if finding.check.startswith(_READS):
            # another case or accent is a warning, and comes of bytes that are misread as well
            read = finding.verdict is Verdict.FAIL or (finding.verdict is Verdict.WARN and _is_text(finding))
            return self._misread(each) if read else None
        if finding.verdict is Verdict.FAIL and finding.level is Level.EXPECTED and finding.check.endswith("-accepted"):
            return self._not_scheduled if not finding.check.startswith("worklist.") else None
        return None

    def _broken_too(self, each: Judged, index: int) -> int | None:
        """What breaks the standard, and no less, where a claim was seen to be broken."""
        name = _attribute(each.finding)
        of_name = [f"{association} {name}" for association in sorted(each.associations)] if name else []
        known = [other for place in (*sorted(each.places), *of_name) for other in self.broken.get(place, ())]
        root = self._worst([other for other in known if self._same_party(other, index)])
        least = SEVERITY.index(each.finding.verdict)
        return root if root is not None and self._rank(root) <= least else None

    def _same_party(self, index: int, other: int) -> bool:
        one, two = (address_of(self.judged[each].finding.party) for each in (index, other))
        return one == two

    @cached_property
    def _interrupted(self) -> Mapping[str, StepRecord]:
        """The step that was interrupted, by the associations that it used."""
        found: dict[str, StepRecord] = {}
        for step in self.evidence.steps.begun:
            if step.cause is Cause.INTERRUPTED:
                for association in step.associations:
                    found.setdefault(association, step)
        return found

    def _broke_off(self, each: Judged) -> int | None:
        """Why nobody can be reached: the last association there broke off under a request, and then all was silent."""
        address, before = address_of(each.finding.party), ""
        for association in self.evidence.associations:
            if association.id == each.finding.exchange:
                break
            if association.ours and address_of(self.evidence.party(association.id)) == address:
                before = association.id if association.lost is not None else ""
        return self.broke.get(before) if before else None

    def _misread(self, each: Judged) -> int | None:
        """A fault in the encoding of the attribute that reads as another value than it should."""
        name = _attribute(each.finding)
        known = (*(self.misread.get(name, ()) if name else ()), *self.misread.get(_ANY, ()))
        there = (index for index in known if self.judged[index].associations & each.associations)
        return next(there, None)

    @cached_property
    def _not_scheduled(self) -> int | None:
        """Why the exam is unscheduled, where a service refuses it and a fault of the worklist has made it so."""
        why = self.evidence.ledger.get("unscheduled")
        if not isinstance(why, dict) or not why.get("step"):
            return None
        asked = {each.id for each in self.evidence.associations if each.service == WORKLIST.name}
        found = [
            index
            for index in self.blocks
            if self.judged[index].because is None and self.judged[index].associations & asked
        ]
        return self._worst(found)

    def _at_source(self, each: Judged) -> int | None:
        """The finding at the message that a fault came from: of the same attribute if there is one."""
        assert each.because is not None
        there, name = self.at.get(each.because.id, []), _attribute(each.finding)
        same = [index for index in there if name and (self.judged[index].finding.tag or "").endswith(name)]
        return self._worst(same or there)

    def _worst(self, found: Sequence[int]) -> int | None:
        return min(found, key=self._rank, default=None)

    def _rank(self, index: int) -> int:
        return SEVERITY.index(self.judged[index].finding.verdict)

    def _of_step(self, step: StepRecord | None) -> int | None:
        if step is None:
            return None
        if step.number not in self.of_step:
            self.of_step[step.number] = self._why_stopped(step)
        return self.of_step[step.number]

    def _why_stopped(self, step: StepRecord) -> int | None:
        """The finding that tells why a step stopped: on its last association, what came last and is worst.

        One that is a consequence itself leads on to its root: a refusal of what another gave. A step that the user
        interrupted has nobody else to blame.
        """
        order = {name: place for place, name in reversed([*enumerate(step.associations)])}
        candidates = []
        for index in self.blocks:
            other = self.judged[index]
            finding = other.finding
            if other.step:
                continue
            own = finding.check == STEPS and _tells_of(finding, step)
            message = (finding.exchange or "").partition(".")[2]
            places = [order[name] for name in other.associations if name in order]
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


def _attribute(finding: Finding) -> str:
    """The keyword at the end of a finding's path; empty when it is of none."""
    return (finding.tag or "").rpartition(">")[2].strip()


def _is_text(finding: Finding) -> bool:
    """Whether a finding is of an attribute that is text."""
    tag = tag_for_keyword(_attribute(finding))
    return tag is not None and dictionary_VR(tag) in TEXT_VRS


def _tells_of(finding: Finding, step: StepRecord) -> bool:
    """Whether a finding of `STEPS` is of this one."""
    return finding.actual.startswith(f"step {step.number}, ")
