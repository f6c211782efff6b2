"""The Conformance Statement against what the target chooses, and against what it proposes itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scanproof.check import Depth, Fact, Kept, Observation, Proof, Scope, check, fail, ok
from scanproof.context_causes import listed
from scanproof.evidence import RunEvidence
from scanproof.evidence.contexts import Acted, Located, Negotiated
from scanproof.finding import Level
from scanproof.statements import ApplicationEntity
from scansim.vocabulary.uids import uid_name

_CLAUSE = "PS3.2 A.4.2 (2019d)"
#: The two ways of choosing that a statement may tell of.
_FIRST, _OWN = "first_proposed", "own_preference"


@dataclass
class _Choices:
    """Of two Transfer Syntaxes that are both taken, which one was chosen; ``passed`` over what stood before it.

    ``over`` holds for each set that was offered, what was chosen over what.
    """

    count: int = 0
    passed: list[tuple[str, str, str, Located]] = field(default_factory=list)
    over: dict[tuple[frozenset[str], str, str], Located] = field(default_factory=dict)

    @property
    def followed(self) -> list[tuple[str, str, str, Located]]:
        """Cases in which another order of the same set led to another choice."""
        return [
            (sop_class, one, other, located)
            for (offered, one, other), located in self.over.items()
            if (offered, other, one) in self.over
            for sop_class in [located.context.sop_class]
        ]

    def against(self, order: Sequence[str]) -> list[tuple[str, str, str, Located]]:
        """Cases in which another one was chosen than comes first in an order."""
        place = {syntax: number for number, syntax in enumerate(order)}
        return [
            (located.context.sop_class, chosen, other, located)
            for (_, chosen, other), located in self.over.items()
            if chosen in place and other in place and place[other] < place[chosen]
        ]


def _choices(seen: Negotiated) -> dict[str, _Choices]:
    """How the target chose, by SOP Class, where it had a choice between what it takes for sure."""
    taken: dict[str, set[str]] = {}
    for sop_class, syntax in seen.accepted:
        taken.setdefault(sop_class, set()).add(syntax)
    found: dict[str, _Choices] = {}
    for located in seen.contexts:
        context = located.context
        if not context.chosen:
            continue
        able = [syntax for syntax in context.proposed if syntax in taken[context.sop_class]]
        if len(able) < 2:
            continue
        choices = found.setdefault(context.sop_class, _Choices())
        choices.count += 1
        if able[0] != context.chosen:
            choices.passed.append((context.sop_class, context.chosen, able[0], located))
        for other in able:
            if other != context.chosen:
                choices.over.setdefault((frozenset(context.proposed), context.chosen, other), located)
    return found


@check(
    "statement.syntax-selection",
    title="The Transfer Syntax is chosen as the statement says",
    clause=_CLAUSE,
    level=Level.DECLARED,
    expected="of several Transfer Syntaxes that are taken the target chooses by the rule that its statement gives",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    hint="correct the rule in the Conformance Statement, or the target's preference",
)
def syntax_selection(run: RunEvidence) -> Iterator[Observation | Kept]:
    """Of the Transfer Syntaxes of a Presentation Context that it takes, the target chooses the first one, or the one
    that it prefers itself, as its statement says.

    A modality puts the compressed syntax in front to save the line; whether that helps depends on the rule.

    The choice is compared with the order in which they were proposed. The first one is passed over when a syntax that
    stood before the chosen one is accepted elsewhere in the run; the order decided when the same set in another order
    led to another choice; an order of preference that is stated is held against each choice. Where nothing was seen,
    nothing is said: one choice alone fits both rules.
    """
    for seen in run.negotiated:
        claim = seen.entity.one("syntax-selection")
        rule = claim.data.get("rule") if claim is not None else None
        if claim is None or rule not in (_FIRST, _OWN):
            continue
        choices = _choices(seen)
        passed = [each for of in choices.values() for each in of.passed]
        followed = [each for of in choices.values() for each in of.followed]
        against, fitting = (passed, followed) if rule == _FIRST else (followed, passed)
        behind = "though it stood behind" if rule == _FIRST else "where the order was another than when it chose"
        if rule == _OWN and not against and (order := claim.data.get("order")):
            against = [each for of in choices.values() for each in of.against([*map(str, order)])]
            behind = "though the stated order has it behind"
        if against:
            sop_class, chosen, other, first = against[0]
            classes = [*dict.fromkeys(each[0] for each in against)]
            more = f", and so for {len(classes) - 1} more SOP Classes" if len(classes) > 1 else ""
            text = f"{uid_name(sop_class)}: {uid_name(chosen)} was chosen {behind} {uid_name(other)}{more}"
            yield Kept(claim.id, where=first.where, scenario=first.label, kept=False)
            yield fail(text, claim=claim.id, where=first.where, scenario=first.label, times=len(against))
        elif fitting:
            first = fitting[0][3]
            yield Kept(claim.id, where=first.where, scenario=first.label)
            count = sum(of.count for of in choices.values())
            yield ok(f"{count} choices, each by the rule", where=first.where, scenario=first.label)


@check(
    "statement.requestor",
    title="What the target proposes as requestor is declared",
    clause=_CLAUSE,
    level=Level.DECLARED,
    expected="the SOP Classes and Transfer Syntaxes that the target proposes are in its Conformance Statement",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    hint="declare with the role SCU what the target proposes",
)
def requestor(run: RunEvidence) -> Iterator[Observation | Kept | Fact]:
    """What the target proposes on associations that it opens, and what it sends on ours, is in its Conformance
    Statement in that role.

    Who lets a system call in by its statement wants to know what will come.

    The contexts of the target's own A-ASSOCIATE-RQ are looked up in its statement: those of the sub-operations of
    C-MOVE and of commitment reports, whose role selection says which role it takes, and of C-GET what was stored. What
    is not stated is told as a note, all of it together: more than declared is no violation of the standard.
    """
    unstated: dict[int, tuple[ApplicationEntity, str, dict[tuple[str, str], None]]] = {}
    for label, where, acted in run.acted:
        if acted.transfer_syntax in acted.entity.transfer_syntaxes(acted.sop_class, acted.role):
            depth: Depth = "exchanged" if acted.worked is not None else "negotiated"
            yield Kept(acted.claim, acted.worked, where=where, scenario=label, depth=depth)
            text = f"{uid_name(acted.sop_class)} is proposed as {acted.role} in {uid_name(acted.transfer_syntax)}"
            yield ok(text, where=where, scenario=label)
        elif not _denied(acted):
            of = unstated.setdefault(id(acted.entity), (acted.entity, label, {}))
            of[2].setdefault((acted.role, acted.sop_class))
    for entity, label, seen in unstated.values():
        for role, classes in _by_role(seen).items():
            text = f"{entity.ae} proposes {listed(classes, 'SOP Classes')} as {role}, which its statement does not say"
            yield Fact(text, scenario=label)


def _denied(acted: Acted) -> bool:
    """Whether the statement says that the class is not supported in the role: that is another check's."""
    return any(
        claim.role == acted.role and claim.data["sop_class"] == acted.sop_class
        for claim in acted.entity.of("not-supported")
    )


def _by_role(seen: Mapping[tuple[str, str], None]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for role, sop_class in seen:
        found.setdefault(role, []).append(sop_class)
    return found
