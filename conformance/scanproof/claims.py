"""What the run says of each claim of the Conformance Statements: observed, contradicted, not tested, not declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scanproof.check import Kept
from scanproof.claim_cases import ClaimCases, claim_cases
from scanproof.context_causes import listed
from scanproof.declarations import Declarations
from scanproof.evidence import RunEvidence
from scanproof.evidence.contexts import ContextSeen, Negotiated
from scanproof.finding import Finding, Verdict
from scanproof.results import ClaimOutcome, ClaimResult, QuestionView
from scanproof.statements import ApplicationEntity, Claim
from scansim.vocabulary.uids import uid_keyword, uid_name


@dataclass(frozen=True)
class _Shown:
    """What was seen of one claim, and where; ``depth`` is how far a Presentation Context was tried."""

    outcome: ClaimOutcome
    place: str
    depth: str = ""


#: What outweighs what: a contradiction every observation, an exchange a mere negotiation.
_WEIGHT = {(ClaimOutcome.CONTRADICTED, ""): 3, (ClaimOutcome.OBSERVED, "exchanged"): 2, (ClaimOutcome.OBSERVED, ""): 1}


def evaluate(
    run: RunEvidence,
    kept: Iterable[tuple[str, Kept]],
    findings: Iterable[Finding],
    not_run: Mapping[str, str] | None = None,
) -> list[ClaimResult]:
    """Say of each claim what the run showed, and of each thing that works unclaimed that it does.

    Parameters
    ----------
    run : RunEvidence
        Without a statement there are no claims.
    kept : iterable of tuple
        What the checks saw of claims, each with the label of its scenario.
    findings : iterable of Finding
        Of all scenarios and of the run; a FAIL that names a claim contradicts it.
    not_run : mapping, optional
        Why cases of the run were not run, by their labels.

    Returns
    -------
    list of ClaimResult
        The claims in the order of the statements, then what is not declared. One contradiction outweighs every
        observation. A Transfer Syntax that was offered beside the one that the target chose is not tested: the choice
        is the acceptor's (PS3.8 7.1.1.14).
    """
    seen: dict[str, _Shown] = {}
    for label, each in kept:
        outcome = ClaimOutcome.OBSERVED if each.kept else ClaimOutcome.CONTRADICTED
        place = each.exchange.id if each.exchange is not None else each.where
        _note(seen, each.claim, _Shown(outcome, f"{label}/{place}" if place else label, each.depth))
    for finding in findings:
        if finding.verdict is Verdict.FAIL and finding.claim is not None:
            place = f"{finding.label}/{finding.exchange}" if finding.exchange else finding.label
            _note(seen, finding.claim, _Shown(ClaimOutcome.CONTRADICTED, place))
    offers = {id(each.entity): _Offers.of(each) for each in run.negotiated}
    results = []
    cases = _Cases(claim_cases(run.declarations), [evidence.label for evidence in run.scenarios], not_run or {})
    for entity, claim in run.declarations.claims():
        told = seen.get(claim.id) if not claim.option else None
        own = cases.of(claim.id)
        reason = "" if told is not None else _not_tested(cases, entity, claim, offers.get(id(entity)))
        results.append(
            ClaimResult(
                id=claim.id,
                text=claim.text,
                outcome=told.outcome if told is not None else ClaimOutcome.NOT_TESTED,
                evidence=told.place if told is not None else None,
                reason=reason,
                kind=claim.kind,
                role=claim.role,
                depth=told.depth if told is not None else "",
                ae=claim.ae,
                cases=list(own),
                sop_class=str(claim.data.get("sop_class", "")) if claim.kind == "context" else "",
                transfer_syntax=str(claim.data.get("transfer_syntax", "")) if claim.kind == "context" else "",
            )
        )
    unstated = {each.id: each for each in _unstated(run)}
    return results + [unstated[key] for key in sorted(unstated)]


@dataclass(frozen=True)
class _Offers:
    """What was offered to an Application Entity: what was chosen of it, by SOP Class and Transfer Syntax offered."""

    chosen: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, seen: Negotiated) -> _Offers:
        """Of everything that was proposed to it; empty text where nothing was chosen."""
        found: dict[tuple[str, str], str] = {}
        for located in seen.contexts:
            context = located.context
            for syntax in context.proposed:
                key = (context.sop_class, syntax)
                found[key] = found.get(key) or context.agreed
        return cls(found)


def _note(seen: dict[str, _Shown], claim: str, shown: _Shown) -> None:
    """Keep what weighs more; of equal weight what came first."""
    before = seen.get(claim)
    if before is None or _weight(shown) > _weight(before):
        seen[claim] = shown


def _weight(shown: _Shown) -> int:
    return _WEIGHT.get((shown.outcome, shown.depth), _WEIGHT[(shown.outcome, "")])


class _Cases:
    """The cases that can observe claims, and what became of them in a run."""

    def __init__(self, cases: ClaimCases, run: Sequence[str], not_run: Mapping[str, str]) -> None:
        self.reasons, self.elsewhere = cases.reasons, cases.elsewhere
        self._built_in, self._made = cases.built_in, cases.by_claim()
        self._labels = frozenset(case.label for case in cases.made)
        self._run = {name for label in run for name in _names(label)}
        self._not_run = {name: reason for label, reason in not_run.items() for name in _names(label)}

    def of(self, claim: str) -> tuple[str, ...]:
        """Ids of the cases that can observe a claim."""
        return (*self._built_in.get(claim, ()), *(case.label for case in self._made.get(claim, ())))

    def untried(self, claim: str) -> str:
        """How a claim is tested that was not; empty when all that can observe it was run, or nothing can."""
        left = [name for name in self.of(claim) if name not in self._run]
        reasons = {name: self._not_run[name] for name in left if name in self._not_run}
        for option, what in (("--odd-data", "odd data"), ("--heavy", "heavy")):
            if (name := next((name for name, reason in reasons.items() if option in reason), None)) is not None:
                return f"{what}: scanproof run {self._only(name)} {option} tests it"
        if reasons:
            return next(f"{name} was not run: {reason}" for name, reason in reasons.items())
        stored = {case.label for case in self._made.get(claim, ()) if case.store}
        name = min(left, key=lambda name: name in stored, default="")
        return f"scanproof run {self._only(name)}{' --store' if name in stored else ''} tests it" if name else ""

    def _only(self, name: str) -> str:
        """The options that choose a case; one that is made for the statement is there with the statement alone."""
        made = name in self._labels or name.partition("[")[0] in self._labels
        return f"{'--statement FILE ' if made else ''}--only {name}"


def _names(label: str) -> tuple[str, ...]:
    """What an id may mean that is a case's: itself, the table that it is a row of, its scenario."""
    return label, label.partition("[")[0], label.partition("/")[0]


def _not_tested(cases: _Cases, entity: ApplicationEntity, claim: Claim, seen: _Offers | None) -> str:
    """Why nothing was observed of a claim, and what tests it."""
    own, untried = cases.of(claim.id), cases.untried(claim.id)
    if claim.id in cases.reasons and not own:
        return cases.reasons[claim.id]
    if seen is None:
        why = cases.elsewhere.get(claim.id) or f"no association with {entity.ae} came about in this run"
    elif claim.kind == "context":
        why = _not_shown(seen, claim, cases.elsewhere.get(claim.id, ""))
    elif own and not untried:
        why = "what can observe it was run, and showed nothing of it"
    else:
        why = "nothing in this run showed it"
    return "; ".join(filter(None, (why, untried)))


def _not_shown(seen: _Offers, claim: Claim, elsewhere: str) -> str:
    """Why the contexts that were proposed to an entity say nothing of a claim about one."""
    if claim.role == "SCU":
        return "nothing in this run has the target as SCU of it"
    chosen = seen.chosen.get((str(claim.data["sop_class"]), str(claim.data["transfer_syntax"])))
    if chosen is None:
        return elsewhere or "nothing in this run offered it"
    return f"offered, and the target chose {uid_name(chosen)}" if chosen else "no answer told of it"


def _unstated(run: RunEvidence) -> Iterator[ClaimResult]:
    """What was seen and is not stated: each context that worked, and by SOP Class what was accepted or proposed."""
    for negotiated in run.negotiated:
        worked: set[tuple[str, str]] = set()
        for located in negotiated.contexts:
            context = located.context
            pair = (context.sop_class, context.agreed)
            if context.worked is not None and context.agreed not in context.declared and pair not in worked:
                worked.add(pair)
                yield _undeclared(context, f"{located.label}/{context.worked.id}")
        for sop_class, syntaxes in negotiated.beyond.items():
            rest = [syntax for syntax in syntaxes if (sop_class, syntax) not in worked]
            if rest:
                first = negotiated.accepted[sop_class, rest[0]]
                of = f"{uid_name(sop_class)} in {listed(rest, 'Transfer Syntaxes')}"
                yield _seen(negotiated.entity, "SCP", sop_class, f"accepts {of} as SCP", f"{first.label}/{first.where}")
    for label, where, acted in run.acted:
        if acted.transfer_syntax not in acted.entity.transfer_syntaxes(acted.sop_class, acted.role):
            text = f"acts as {acted.role} of {uid_name(acted.sop_class)}"
            place = f"{label}/{where}" if label else where
            yield _seen(acted.entity, acted.role, acted.sop_class, text, place)


def _seen(entity: ApplicationEntity, role: str, sop_class: str, text: str, place: str) -> ClaimResult:
    return ClaimResult(
        id=f"{entity.ae}.{role.lower()}.{uid_keyword(sop_class)}",
        text=f"{entity.ae} {text}, unclaimed",
        outcome=ClaimOutcome.NOT_DECLARED,
        evidence=place,
        kind="context",
        role=role,
        depth="negotiated",
        ae=entity.ae,
    )


def _undeclared(context: ContextSeen, place: str) -> ClaimResult:
    text = f"{context.ae} works as SCP of {uid_name(context.sop_class)} in {uid_name(context.agreed)}, unclaimed"
    return ClaimResult(
        id=context.claim(context.agreed),
        text=text,
        outcome=ClaimOutcome.NOT_DECLARED,
        evidence=place,
        kind="context",
        role="SCP",
        ae=context.ae,
    )


def questions(declarations: Declarations) -> list[QuestionView]:
    """What the statements leave to their vendors."""
    return [
        QuestionView(statement=each.statement.title, place=question.place, line=question.line)
        for each in declarations.bound
        for question in each.statement.questions
    ]
