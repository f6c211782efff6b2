"""Claims of Conformance Statements for a page: contexts as a table, others by section; never a row for each pair.

In the table of contexts the columns are Transfer Syntaxes that came out alike for every SOP Class, the rows SOP Classes
that came out alike for every column: thousands of claims are a few cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from scanproof.claim_counts import ROLES, claim_counts, context_of, drives, in_words, role_of, section_of, stated
from scanproof.results import ClaimOutcome, ClaimResult, QuestionView, Results
from scansim.vocabulary.uids import uid_name

#: From what to look at first: what was contradicted, what is open, what was seen.
ORDER = (ClaimOutcome.CONTRADICTED, ClaimOutcome.NOT_TESTED, ClaimOutcome.OBSERVED)
#: Reasons of one cell, and names of one row, that are told at once.
_REASONS, _NAMES = 2, 3

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Told:
    """One claim with its anchor."""

    anchor: str
    claim: ClaimResult


@dataclass(frozen=True)
class Named:
    """Several things as they are shown: by their names, or behind a count when they are many."""

    names: tuple[str, ...]
    noun: str

    @property
    def short(self) -> str:
        """What is shown at once: the names of few, the count of many with the first of them."""
        if len(self.names) <= _NAMES:
            return ", ".join(self.names)
        return f"{len(self.names)} {self.noun}, such as {self.names[0]}"

    @property
    def folded(self) -> tuple[str, ...]:
        """The names that stand behind it."""
        return self.names if len(self.names) > _NAMES else ()


@dataclass(frozen=True)
class Cell:
    """What became of the claims of some SOP Classes in some Transfer Syntaxes.

    ``outcome`` is None where nothing is claimed; ``told`` how far the contexts were tried, or why they were not;
    ``evidence`` where the first of them is seen.
    """

    anchor: str
    outcome: ClaimOutcome | None
    count: int = 0
    told: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Row:
    """SOP Classes that came out alike."""

    classes: Named
    cells: tuple[Cell, ...]

    @property
    def outcome(self) -> ClaimOutcome:
        """What is to be looked at first in it."""
        found = {cell.outcome for cell in self.cells}
        return next(outcome for outcome in ORDER if outcome in found)


@dataclass(frozen=True)
class Contexts:
    """The Presentation Contexts that one AE claims in one role; ``folded`` are rows that were seen to be so."""

    ae: str
    role: str
    columns: tuple[Named, ...]
    rows: tuple[Row, ...]
    folded: tuple[Row, ...]


@dataclass(frozen=True)
class Section:
    """The other claims of one section and role: contradicted ones, open ones by their reason, those that were seen."""

    name: str
    role: str
    contradicted: tuple[Told, ...]
    open: tuple[tuple[str, tuple[Told, ...]], ...]
    observed: tuple[Told, ...]


@dataclass(frozen=True)
class ClaimsBlock:
    """All there is to say of claims; ``counts`` is a line for each role, ``anchors`` where each claim is by its id."""

    counts: tuple[tuple[str, str], ...]
    no_driver: int
    contexts: tuple[Contexts, ...]
    sections: tuple[Section, ...]
    undeclared: tuple[Told, ...]
    questions: tuple[QuestionView, ...]
    anchors: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.anchors or self.questions)


def lay_out(results: Results, make: Callable[..., str]) -> ClaimsBlock:
    """Lay out the claims of a run.

    Parameters
    ----------
    results : Results
        What was found.
    make : callable
        Makes an anchor of some names.
    """
    anchors: dict[str, str] = {}
    of_contexts: dict[tuple[str, str], dict[tuple[str, str], ClaimResult]] = {}
    others: dict[tuple[str, str], list[ClaimResult]] = {}
    for claim in stated(results.claims):
        if any(context := context_of(claim)):
            key = (_ae(claim), role_of(claim))
            of_contexts.setdefault(key, {})[context] = claim
        else:
            others.setdefault((section_of(claim), role_of(claim)), []).append(claim)
    tables = [_contexts(ae, role, claims, make, anchors) for (ae, role), claims in of_contexts.items()]
    sections = [_section(name, role, claims, make, anchors) for (name, role), claims in others.items()]
    undeclared = [claim for claim in results.claims if claim.outcome is ClaimOutcome.NOT_DECLARED]
    return ClaimsBlock(
        tuple(in_words(claim_counts(results.claims))),
        sum(not drives(claim) for claim in results.claims),
        tuple(sorted(tables, key=lambda each: ROLES.index(each.role))),
        tuple(sorted(sections, key=_place)),
        tuple(_told(claim, make, anchors) for claim in undeclared),
        tuple(results.questions),
        anchors,
    )


def _place(section: Section) -> tuple[bool, bool, int]:
    """What nothing drives comes last, what was contradicted first."""
    told = [*section.contradicted, *section.observed, *(each for _, several in section.open for each in several)]
    return not any(drives(each.claim) for each in told), not section.contradicted, ROLES.index(section.role)


def _ae(claim: ClaimResult) -> str:
    """AE title of a claim; of results of before by its id."""
    return claim.ae or claim.id.partition(f".{role_of(claim).lower()}.")[0]


def _told(claim: ClaimResult, make: Callable[..., str], anchors: dict[str, str]) -> Told:
    anchor = anchors[claim.id] = make("claim", claim.id)
    return Told(anchor, claim)


def _alike(things: Iterable[Key], looks: Callable[[Key], Hashable]) -> list[list[Key]]:
    """The things in groups of what looks alike, in the order of the first of each."""
    found: dict[Hashable, list[Key]] = {}
    for thing in things:
        found.setdefault(looks(thing), []).append(thing)
    return list(found.values())


def _contexts(
    ae: str,
    role: str,
    claims: Mapping[tuple[str, str], ClaimResult],
    make: Callable[..., str],
    anchors: dict[str, str],
) -> Contexts:
    by_syntax: dict[str, dict[str, ClaimOutcome]] = {}
    by_class: dict[str, dict[str, ClaimOutcome]] = {}
    for (sop_class, syntax), claim in claims.items():
        by_syntax.setdefault(syntax, {})[sop_class] = by_class.setdefault(sop_class, {})[syntax] = claim.outcome
    columns = _alike(by_syntax, lambda syntax: frozenset(by_syntax[syntax].items()))
    rows = []
    for number, classes in enumerate(_alike(by_class, lambda name: frozenset(by_class[name].items())), 1):
        cells = []
        for letter, syntaxes in enumerate(columns, 1):
            own = [claims[pair] for name in classes for syntax in syntaxes if (pair := (name, syntax)) in claims]
            anchor = make("claims", ae, role, str(number), str(letter)) if own else ""
            anchors.update(dict.fromkeys((claim.id for claim in own), anchor))
            cells.append(_cell(anchor, own))
        rows.append(Row(_named(classes, "SOP Classes"), tuple(cells)))
    rows.sort(key=lambda row: ORDER.index(row.outcome))
    seen = [row for row in rows if row.outcome is ClaimOutcome.OBSERVED]
    named = tuple(_named(syntaxes, "Transfer Syntaxes") for syntaxes in columns)
    return Contexts(ae, role, named, tuple(row for row in rows if row not in seen), tuple(seen))


def _named(uids: Sequence[str], noun: str) -> Named:
    names = Counter(map(uid_name, uids))
    return Named(tuple(f"{name} ({uid})" if names[name := uid_name(uid)] > 1 else name for uid in uids), noun)


def _cell(anchor: str, claims: Sequence[ClaimResult]) -> Cell:
    if not claims:
        return Cell(anchor, None)
    outcome = claims[0].outcome
    untested = outcome is ClaimOutcome.NOT_TESTED
    counts = Counter(claim.reason if untested else claim.depth for claim in claims)
    parts = [
        text if len(counts) == 1 else f"{number:,}{':' if untested else ''} {text}"
        for text, number in counts.most_common()
        if text
    ]
    more = len(parts) - _REASONS
    told = "; ".join([*parts[:_REASONS], *([f"and {more} other reasons"] if more > 0 else [])])
    return Cell(anchor, outcome, len(claims), told, next((each.evidence for each in claims if each.evidence), ""))


def _section(
    name: str, role: str, claims: Sequence[ClaimResult], make: Callable[..., str], anchors: dict[str, str]
) -> Section:
    told = [_told(claim, make, anchors) for claim in claims]
    of = {outcome: [each for each in told if each.claim.outcome is outcome] for outcome in ORDER}
    open_: dict[str, list[Told]] = {}
    for each in of[ClaimOutcome.NOT_TESTED]:
        open_.setdefault(each.claim.reason, []).append(each)
    return Section(
        name,
        role,
        tuple(of[ClaimOutcome.CONTRADICTED]),
        tuple((reason, tuple(several)) for reason, several in open_.items()),
        tuple(of[ClaimOutcome.OBSERVED]),
    )
