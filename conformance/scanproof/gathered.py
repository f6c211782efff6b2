"""Observations of one check as findings: those that are alike are one, and of very many only the first are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanproof.check import Check, Observation
from scanproof.evidence import Evidence
from scanproof.evidence.parties import address_of
from scanproof.finding import Finding, Verdict
from scansim.network.transcript import Exchange

#: Findings of one wording that are told one by one, and those of one check, verdict, level, party and claim.
MOST_ALIKE, MOST_OF_CHECK = 40, 100
#: Messages of one finding by which another one may name it as its cause.
MOST_PLACES = 10_000
#: Characters of a text of a finding.
LONGEST_TEXT = 2000

#: Verdicts of which several are one entry when their cause is one.
DEVIATIONS = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.NOT_DECLARED)
#: Checks that tell causes apart within a claim, or name the first of the claims that one cause breaks.
_BY_CAUSE = ("statement.closed-list", "statement.context-accepted", "statement.context-works")


@dataclass(frozen=True)
class Judged:
    """One finding with what it takes to find its root.

    ``label`` is the scenario's, or the case's; empty for a finding of no scenario. ``because`` is the message whose own
    finding explains this one; ``step`` the number of the step that is to blame for what was not tested, else 0;
    ``associations`` are all that it was seen on, ``exchanges`` the messages of a deviation. ``wording`` is what
    several deviations of an entry have in common; empty for what its own text says.
    """

    finding: Finding
    label: str = ""
    because: Exchange | None = None
    step: int = 0
    associations: frozenset[str] = frozenset()
    exchanges: frozenset[str] = frozenset()
    wording: str = ""

    @property
    def places(self) -> frozenset[str]:
        """Every message that the finding rests on; it names the first."""
        return self.exchanges | ({self.finding.exchange} if self.finding.exchange else set())


def likeness(each: Judged) -> Iterator[tuple[object, ...]]:
    """What a finding has in common with those that belong to its entry, as keys: any one of them is enough."""
    finding = each.finding
    if finding.verdict is Verdict.PASS:  # one requirement that is met, wherever it was
        yield finding.check, finding.verdict
    if finding.verdict is Verdict.NOT_APPLICABLE:  # for one reason, in however many scenarios
        yield finding.check, finding.verdict, finding.actual
    if finding.verdict not in DEVIATIONS:
        return
    same = (finding.check, finding.verdict, finding.level, address_of(finding.party), finding.claim)
    yield (*same, "wording", each.wording or plain(finding.actual))
    if finding.claim is not None and finding.check not in _BY_CAUSE:  # a statement is wrong in it once, however seen
        yield finding.check, finding.verdict, finding.claim, "claim"
    if finding.tag:
        yield (*same, "attribute", re.sub(r"\[\d+\]", "", finding.tag))


def plain(text: str) -> str:
    """A wording without what differs from one time to the next: numbers, and values in quotes."""
    return re.sub(r"\"[^\"]*\"|'[^']*'|\d+(\.\d+)*", "#", text)


def cut(text: str) -> str:
    """A text as long as somebody may want to read it."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"


@dataclass(slots=True)
class _Group:
    """What is alike, so far: the first observation, and whatever the others add to it."""

    first: Observation
    of: Evidence | None
    party: str
    place: str
    times: int = 0
    parties: dict[str, None] = field(default_factory=dict)
    associations: set[str] = field(default_factory=set)
    exchanges: set[str] = field(default_factory=set)
    wording: str = ""

    @property
    def label(self) -> str:
        return self.of.label if self.of is not None else ""

    @property
    def deviates(self) -> bool:
        return self.first.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)

    def add(self, seen: Observation, of: Evidence | None, party: str, place: str) -> None:
        self.times += seen.times
        if party:
            self.parties.setdefault(party)
        if of is self.of:
            self.associations.add(place.partition(".")[0])
            if self.deviates and "." in place and len(self.exchanges) < MOST_PLACES:
                self.exchanges.add(place)


class Groups:
    """What one check has seen: all passes as one, and each different deviation with every time that it was seen.

    Of very many deviations of a kind the first are kept, and all others together as one more of that kind.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self._groups: dict[tuple[object, ...], _Group] = {}
        self._alike: dict[tuple[object, ...], int] = {}
        self._wordings: dict[tuple[object, ...], str] = {}

    def __bool__(self) -> bool:
        return bool(self._groups)

    def add(self, seen: Observation, of: Evidence | None) -> None:
        """Take one observation; `of` is the scenario that it is of."""
        place = seen.exchange.id if seen.exchange is not None else seen.where
        party = seen.party or (of.party(place) if of is not None else "")
        if seen.verdict is Verdict.PASS:
            key: tuple[object, ...] = (seen.verdict, seen.claim)
        else:
            because = seen.because.id if seen.because is not None else ""
            key = (seen.verdict, seen.level, seen.expected, seen.actual, seen.tag, seen.claim, because)
            key = (*key, address_of(party))
        group = self._groups.get(key)
        if group is None:
            group = self._new(key, seen, of, party, place)
        group.add(seen, of, party, place)

    def _new(self, key: tuple[object, ...], seen: Observation, of: Evidence | None, party: str, place: str) -> _Group:
        """Begin a group, or find the one that is for all others of the kind."""
        if seen.verdict is not Verdict.PASS:
            label = of.label if of is not None else ""
            kind = (seen.verdict, seen.level, seen.claim, address_of(party), label, seen.because is not None)
            if self._alike.get(kind, 0) >= MOST_OF_CHECK:
                wording = self._wordings[kind]
                return self._groups.setdefault(("more", *kind), _Group(seen, of, party, place, wording=wording))
            wording = plain(cut(seen.actual)) or "nothing"
            self._wordings.setdefault(kind, wording)
            alike = (*kind, wording, re.sub(r"\d+", "", cut(seen.tag or "")))
            if self._alike.get(alike, 0) >= MOST_ALIKE:
                return self._groups.setdefault(("more", *alike), _Group(seen, of, party, place, wording=wording))
            for each in (kind, alike):
                self._alike[each] = self._alike.get(each, 0) + 1
        return self._groups.setdefault(key, _Group(seen, of, party, place))

    def judged(self) -> Iterator[Judged]:
        """The findings; no pass beside a deviation."""
        everything = list(self._groups.values())
        deviations = [each for each in everything if each.first.verdict is not Verdict.PASS]
        for group in deviations or everything:
            yield Judged(
                self._finding(group),
                group.label,
                group.first.because,
                associations=frozenset(group.associations),
                exchanges=frozenset(group.exchanges),
                wording=group.wording,
            )

    def _finding(self, group: _Group) -> Finding:
        first, of, check = group.first, group.of, self._check
        level = first.level or check.level
        # a pass may be of several parties, which are told together; a deviation is of one
        addresses = {address_of(each): each for each in reversed(group.parties)}
        party = group.party if group.deviates else "; ".join(reversed(addresses.values()))
        actual = cut(first.actual)
        return Finding(
            check=check.id,
            verdict=first.verdict,
            level=level,
            clause=(first.clause or check.clause) if level.cites else "",
            title=check.title,
            expected=cut(first.expected or check.expected),
            actual=f"{group.times} more like these: {actual}" if group.wording else actual,
            scenario=of.scenario if of is not None else first.scenario,
            case=of.case if of is not None else "",
            party=party,
            exchange=group.place or None,
            tag=None if first.tag is None else cut(first.tag),
            claim=first.claim,
            hint=(cut(first.hint) or check.hint) if group.deviates else "",
            count=group.times,
        )
