"""What the run says of each claim of the Conformance Statements: observed, contradicted, not tested, not declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scanproof.check import Kept
from scanproof.context_causes import listed
from scanproof.evidence import RunEvidence
from scanproof.evidence.contexts import ContextSeen, Negotiated
from scanproof.finding import Finding, Verdict
from scanproof.results import ClaimOutcome, ClaimResult
from scanproof.statements import KINDS, ApplicationEntity, Claim
from scansim.vocabulary.services import SERVICES
from scansim.vocabulary.uids import uid_keyword, uid_name


@dataclass(frozen=True)
class _Shown:
    """What was seen of one claim, and where; ``depth`` is how far a Presentation Context was tried."""

    outcome: ClaimOutcome
    place: str
    depth: str = ""


#: What outweighs what: a contradiction every observation, an exchange a mere negotiation.
_WEIGHT = {(ClaimOutcome.CONTRADICTED, ""): 3, (ClaimOutcome.OBSERVED, "exchanged"): 2, (ClaimOutcome.OBSERVED, ""): 1}


def evaluate(run: RunEvidence, kept: Iterable[tuple[str, Kept]], findings: Iterable[Finding]) -> list[ClaimResult]:
    """Say of each claim what the run showed, and of each thing that works unclaimed that it does.

    Parameters
    ----------
    run : RunEvidence
        Without a statement there are no claims.
    kept : iterable of tuple
        What the checks saw of claims, each with the label of its scenario.
    findings : iterable of Finding
        Of all scenarios and of the run; a FAIL that names a claim contradicts it.

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
    for entity, claim in run.declarations.claims():
        told = seen.get(claim.id) if not claim.option else None
        reason = "" if told is not None else _not_tested(run, entity, claim, offers.get(id(entity)))
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


def _not_tested(run: RunEvidence, entity: ApplicationEntity, claim: Claim, seen: _Offers | None) -> str:
    """Why nothing was observed of a claim."""
    kind = KINDS[claim.kind]
    if not kind.driver:
        return "no driver yet"
    if claim.option:
        return f"it holds with the option {claim.option}, which is not on"
    declarations = run.declarations
    addresses = declarations.stands_for(entity)
    if declarations.site and not addresses:
        return f"the site names no AE that the statement's {entity.ae} stands for"
    sop_class = str(claim.data.get("sop_class", ""))
    service = kind.service
    if claim.kind == "context":
        service = next((name for name, each in SERVICES.items() if each.has(sop_class)), "")
    if service and SERVICES[service].addressed and declarations.site and declarations.of_service(service) is not entity:
        there = declarations.site.get(service)
        named = f"names {there.rpartition('@')[0]} for {service}" if there else f"names no AE for {service}"
        return f"the site {named}"
    if seen is None:
        return f"no association with {entity.ae} came about in this run"
    return _not_shown(seen, sop_class, claim) if claim.kind == "context" else "nothing in this run showed it"


def _not_shown(seen: _Offers, sop_class: str, claim: Claim) -> str:
    """Why the contexts that were proposed to an entity say nothing of a claim about one."""
    if claim.role == "SCU":
        return "nothing in this run has the target as SCU of it"
    chosen = seen.chosen.get((sop_class, str(claim.data["transfer_syntax"])))
    if chosen is None:
        return "nothing in this run offered it"
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
    )


def _undeclared(context: ContextSeen, place: str) -> ClaimResult:
    text = f"{context.ae} works as SCP of {uid_name(context.sop_class)} in {uid_name(context.agreed)}, unclaimed"
    return ClaimResult(
        id=context.claim(context.agreed), text=text, outcome=ClaimOutcome.NOT_DECLARED, evidence=place, kind="context"
    )
