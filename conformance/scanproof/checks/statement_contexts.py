"""The Conformance Statement against negotiation: what is accepted, what is refused, and what was never stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanproof.check import Depth, Fact, Kept, Observation, Proof, Scope, check, fail, ok, warn
from scanproof.context_causes import causes, listed
from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.associations import called_ae
from scanproof.evidence.contexts import Located, Negotiated
from scanproof.evidence.parties import address_of, party_of
from scanproof.finding import Level, Verdict
from scanproof.statements import Claim, context_claim_id
from scansim.vocabulary.services import SERVICES
from scansim.vocabulary.uids import SOP_CLASSES, uid_name
from scansim.wire.dataset import IMPLICIT_LITTLE

_CLAUSE = "PS3.2 A.4.2 (2019d)"


@check(
    "statement.context-accepted",
    title="A declared SOP Class is accepted",
    clause=_CLAUSE,
    level=Level.DECLARED,
    expected="the Presentation Context is accepted with one of the Transfer Syntaxes that the statement lists",
    judges=Scope.RUN,
    hint="correct the Conformance Statement, or switch on in the target's configuration what it claims",
)
def context_accepted(run: RunEvidence) -> Iterator[Observation | Kept]:
    """The target accepts each SOP Class that its Conformance Statement lists with the role SCP, in each Transfer Syntax
    that it lists for it.

    A purchase rests on the statement; a class that is refused on the day of installation means that a modality's
    images, worklist or reports go nowhere.

    Each Presentation Context that the harness proposed with at least one declared Transfer Syntax is looked up in the
    A-ASSOCIATE-AC; contexts without any declared one may be refused, and of several that were offered together the one
    that is chosen says nothing of the others. What is refused is told by its cause: the claims that it contradicts are
    with the claims.
    """
    for each in run.negotiated:
        yield from _accepted(each)
        yield from _refused(each)


def _accepted(seen: Negotiated) -> Iterator[Observation | Kept]:
    for located in seen.contexts:
        context, label = located.context, located.label
        if context.result == 0 and any(syntax in context.declared for syntax in context.proposed):
            if context.chosen in context.declared:
                worked = context.worked
                depth: Depth = "exchanged" if worked is not None else "negotiated"
                claim = context.claim(context.chosen)
                yield Kept(claim, worked, where=located.where, scenario=label, depth=depth)
            yield ok(f"{uid_name(context.sop_class)} is accepted", where=located.where, scenario=label)


def _refused(seen: Negotiated) -> Iterator[Observation | Kept]:
    claimed = {pair: times for pair, times in seen.refused.items() if pair[1] in seen.entity.transfer_syntaxes(pair[0])}
    results = {pair: times[0].context.result or 0 for pair, times in claimed.items()}
    taken = {pair: 0 for pair in seen.accepted if pair not in results}
    for cause in causes({**taken, **results}):
        claims = [context_claim_id(seen.entity.ae, "SCP", *pair) for pair in cause.pairs]
        for pair, claim in zip(cause.pairs, claims, strict=True):
            first = claimed[pair][0]
            yield Kept(claim, where=first.where, scenario=first.label, kept=False, depth="negotiated")
        several = f"each of the {len(claims)} pairs" if len(claims) > 1 else "the pair"
        for (label, where), times in _by_association(claimed[pair] for pair in cause.pairs).items():
            expected = f"{several} of SOP Class and Transfer Syntax that the statement claims is accepted"
            # whichever service's AE it was asked of, what is refused is of many
            party = f"negotiation {address_of(party_of(claimed[cause.pairs[0]][0].context.association))}"
            yield fail(
                cause.text,
                expected=expected,
                claim=claims[0],
                where=where,
                scenario=label,
                party=party,
                times=times,
            )


def _by_association(refused: Iterator[Sequence[Located]]) -> Mapping[tuple[str, str], int]:
    """How many contexts were refused on each association, by the scenario and its id."""
    found: dict[tuple[str, str], set[int]] = {}
    for times in refused:
        for each in times:
            found.setdefault((each.label, each.where), set()).add(id(each.context))
    return {place: len(contexts) for place, contexts in found.items()}


@check(
    "statement.not-supported",
    title="What the statement says is not supported is refused",
    clause=_CLAUSE,
    level=Level.DECLARED,
    expected="no Presentation Context of the SOP Class is accepted, or proposed by the target, in that role",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    hint="correct the Conformance Statement, or switch the SOP Class off: nobody tests what is said not to be there",
)
def not_supported(run: RunEvidence) -> Iterator[Observation | Kept]:
    """A SOP Class that the statement says is not supported as SCP is accepted in no Presentation Context; one that is
    not supported as SCU the target does not propose.

    What is said not to be there is tested by nobody, and gets data all the same: a modality sends whatever is taken.

    Contexts that the harness proposed, and those that the target proposed on associations of its own, are compared with
    what the statement says is not there. A class is seen to be refused when it was proposed and never accepted.
    """
    for each in run.negotiated:
        claims = {
            str(claim.data["sop_class"]): claim for claim in each.entity.of("not-supported") if claim.role != "SCU"
        }
        wrong: dict[str, Located] = {}
        refused: dict[str, Located] = {}
        for located in each.contexts:
            uid = located.context.sop_class
            if uid in claims and located.context.result is not None:
                (refused if located.context.result else wrong).setdefault(uid, located)
        for uid, first in refused.items():
            if uid not in wrong:
                yield Kept(claims[uid].id, where=first.where, scenario=first.label, depth="negotiated")
                yield ok(f"{uid_name(uid)} is refused", where=first.where, scenario=first.label)
        if wrong:
            for uid, first in wrong.items():
                yield Kept(claims[uid].id, where=first.where, scenario=first.label, kept=False, depth="negotiated")
            text = f"{listed([*wrong], 'SOP Classes')} {_is([*wrong])} accepted, which the statement says"
            yield _broken(text + f" {_is([*wrong])} not supported", claims, wrong)
    yield from _not_proposed(run)


def _broken(text: str, claims: Mapping[str, Claim], wrong: Mapping[str, Located]) -> Observation:
    uid, first = next(iter(wrong.items()))
    return fail(text, claim=claims[uid].id, where=first.where, scenario=first.label, times=len(wrong))


def _not_proposed(run: RunEvidence) -> Iterator[Observation | Kept]:
    """What the target proposes as SCU though its statement says that it is none."""
    wrong: dict[str, tuple[Claim, str, str]] = {}
    for label, where, acted in run.acted:
        if acted.role != "SCU":
            continue
        claims = (each for each in acted.entity.of("not-supported") if each.role == "SCU")
        claim = next((each for each in claims if each.data["sop_class"] == acted.sop_class), None)
        if claim is not None:
            wrong.setdefault(claim.id, (claim, label, where))
    for claim, label, where in wrong.values():
        yield Kept(claim.id, where=where, scenario=label, kept=False, depth="negotiated")
    if wrong:
        first, label, where = next(iter(wrong.values()))
        classes = [str(claim.data["sop_class"]) for claim, *_ in wrong.values()]
        text = (
            f"{listed(classes, 'SOP Classes')} {_is(classes)} proposed by the target as SCU, which the statement says"
        )
        yield fail(
            f"{text} {_is(classes)} not supported", claim=first.id, where=where, scenario=label, times=len(classes)
        )


@check(
    "statement.closed-list",
    title="Nothing is accepted that a closed list leaves out",
    clause=_CLAUSE,
    level=Level.DECLARED,
    expected="SOP Classes and Transfer Syntaxes that the statement does not list are refused",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    hint="list it in the Conformance Statement, call the list open, or refuse it",
)
def closed_list(run: RunEvidence) -> Iterator[Observation | Kept]:
    """Where the statement says that its list of SOP Classes and Transfer Syntaxes is closed, whatever it does not list
    is refused.

    Who plans by a closed list relies on an archive that takes nothing it cannot show or migrate.

    Each Presentation Context that was accepted is looked up in the list. The list is seen to be closed when every SOP
    Class of PS3.6 that it leaves out was proposed, in the default Transfer Syntax among others, and refused.
    """
    for each in run.negotiated:
        claim = each.entity.one("closed-list")
        if claim is None:
            continue
        for text, found in _beyond(each, each.beyond):
            uid, syntaxes = next(iter(found.items()))
            first = each.accepted[uid, syntaxes[0]]
            yield Kept(claim.id, where=first.where, scenario=first.label, kept=False, depth="negotiated")
            times = sum(map(len, found.values()))
            yield fail(text, claim=claim.id, where=first.where, scenario=first.label, times=times)
        if not each.beyond:
            owed = [(uid, IMPLICIT_LITTLE) for uid in SOP_CLASSES if not each.entity.transfer_syntaxes(uid)]
            if owed and all(pair in each.refused for pair in owed):
                last = each.refused[owed[-1]][0]
                yield Kept(claim.id, where=last.where, scenario=last.label, depth="negotiated")
                text = f"all of the {len(owed)} SOP Classes that are not listed are refused"
                yield ok(text, where=last.where, scenario=last.label)


def _beyond(
    seen: Negotiated, accepted: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Mapping[str, Sequence[str]]]]:
    """Tell of what is accepted beyond the statement: classes that it does not list, and further syntaxes of others."""
    unlisted = {uid: syntaxes for uid, syntaxes in accepted.items() if not seen.entity.transfer_syntaxes(uid)}
    further = {uid: syntaxes for uid, syntaxes in accepted.items() if uid not in unlisted}
    if unlisted:
        yield (
            f"{listed([*unlisted], 'SOP Classes')} {_is([*unlisted])} accepted, which the statement does not list",
            unlisted,
        )
    if further:
        syntaxes = [*dict.fromkeys(syntax for each in further.values() for syntax in each)]
        of = (
            f"{listed([*further], 'SOP Classes')} {_is([*further])} accepted in {listed(syntaxes, 'Transfer Syntaxes')}"
        )
        yield f"{of}, beyond those that the statement lists", further


def _is(uids: Sequence[str]) -> str:
    return "is" if len(uids) == 1 else "are"


@check(
    "statement.undeclared",
    title="What works is declared",
    clause=_CLAUSE,
    level=Level.DECLARED,
    expected="every SOP Class that works as SCP is in the Conformance Statement",
    judges=Scope.RUN,
    hint="declare the SOP Class, or switch it off: what is not declared is tested and supported by nobody",
)
def undeclared(run: RunEvidence) -> Iterator[Observation | Fact]:
    """Each SOP Class that works on a target is listed in its Conformance Statement with the role SCP.

    A service that nobody claims can vanish with the next release, and a hospital that relied on it has no case.

    Each accepted Presentation Context on which an operation succeeded is looked up in the statement of its AE; an AE
    that no statement stands for is left out. A service of which nothing is declared is told once, and judged by the
    standard all the same. More than declared is no violation of the standard, so this never fails; what is accepted
    and was not tried is told as a note, all of it together.
    """
    for evidence in run.scenarios:
        for context in evidence.contexts:
            if context.worked is None or context.entity is None:
                continue
            name = uid_name(context.sop_class)
            if context.declared:
                yield ok(f"{name} works and is declared", context.worked, scenario=evidence.label)
                continue
            service = next((each for each in SERVICES.values() if each.has(context.sop_class)), None)
            if service is not None and not context.entity.offers(service.name):
                name = service.title
            text = f"{name} works at {called_ae(context.association)}, undeclared"
            yield Observation(Verdict.NOT_DECLARED, text, context.worked, scenario=evidence.label)
    for each in run.negotiated:
        if each.entity.one("closed-list") is not None:
            continue
        worked = {located.context.sop_class for located in each.contexts if located.context.worked is not None}
        beyond = {uid: syntaxes for uid, syntaxes in each.beyond.items() if uid not in worked}
        for text, found in _beyond(each, beyond):
            uid, syntaxes = next(iter(found.items()))
            yield Fact(f"{each.entity.ae}: {text}", scenario=each.accepted[uid, syntaxes[0]].label)


@check(
    "statement.transfer-syntax",
    title="The Transfer Syntax that is chosen is declared",
    clause=_CLAUSE,
    level=Level.DECLARED,
    expected="one of the Transfer Syntaxes that the statement lists for the SOP Class",
    hint="declare the Transfer Syntax, or do not accept it",
    proven_by=Proof.STATEMENTS,
)
def transfer_syntax(evidence: Evidence) -> Iterator[Observation]:
    """Of the Transfer Syntaxes that are offered, the target accepts one that its statement lists for that SOP Class.

    The choice decides how images travel and are kept; who plans an archive by the statement is surprised by another
    one.

    The Transfer Syntax of each accepted Presentation Context of a declared SOP Class is compared with the statement,
    where a declared one was among those offered. The standard leaves the choice to the acceptor, so this warns and
    never fails; what a closed list leaves out is for statement.closed-list to tell.
    """
    for context in evidence.contexts:
        if not context.agreed or not any(syntax in context.declared for syntax in context.proposed):
            continue
        name = uid_name(context.sop_class)
        if context.agreed in context.declared:
            yield ok(f"{name} is accepted in {uid_name(context.agreed)}", where=context.association.id)
        elif not (context.chosen and context.entity is not None and context.entity.one("closed-list")):
            yield warn(
                f"{name} is accepted in {uid_name(context.agreed)}, undeclared",
                expected=f"{name} is accepted in {' or '.join(map(uid_name, context.declared))}",
                where=context.association.id,
            )
