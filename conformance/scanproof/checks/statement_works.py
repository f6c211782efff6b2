"""The Conformance Statement against storage: of each pair that is claimed an instance is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scanproof.check import Kept, Observation, Proof, Scope, check, fail, ok, told
from scanproof.evidence import RunEvidence
from scanproof.evidence.associations import called_ae, place_of, succeeded
from scanproof.finding import Level
from scanproof.statements import ApplicationEntity, context_claim_id
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import is_listed, shown, within
from scansim.vocabulary.uids import uid_name

#: Out of resources, and not authorized: both are of the day, and say nothing of the SOP Class or the Transfer Syntax.
_OF_THE_DAY = "0124 0213 A700-A7FF"
#: So many are named.
_SHOWN = 3

Pair = tuple[str, str]


@dataclass
class _Stored:
    """What became of the C-STOREs at one AE, by SOP Class and Transfer Syntax; the first refusal of each pair."""

    entity: ApplicationEntity
    taken: dict[Pair, tuple[Exchange, str]] = field(default_factory=dict)
    refused: dict[Pair, tuple[Exchange, str]] = field(default_factory=dict)


@check(
    "statement.context-works",
    title="An instance of each declared SOP Class is stored in each declared Transfer Syntax",
    clause="PS3.2 A.4.2 (2019d)",
    level=Level.DECLARED,
    expected="a valid instance that is sent in an accepted context is stored",
    judges=Scope.RUN,
    hint="correct the Conformance Statement, or find out in the log why what was negotiated cannot be stored",
    proven_by=Proof.STATEMENTS,
)
def context_works(run: RunEvidence) -> Iterator[Observation | Kept]:
    """The target stores a valid instance of each pair of SOP Class and Transfer Syntax that its statement claims.

    What is accepted in negotiation is not yet stored: where a codec or an IOD is missing, images are refused one by one
    after the association stood, and the modality's disk fills.

    Of each claimed pair in which instances were sent, the final statuses are looked at. An instance that is at fault or
    was meant to be, a refusal for want of resources or of authorization, a status that PS3.4 B.2.3 does not list, and
    a refusal of a pair in which another instance was stored decide nothing. What is refused is told by its cause.
    """
    for each in _by_entity(run):
        for pair, (final, label) in each.taken.items():
            yield Kept(_claim(each, pair), final, scenario=label, depth="exchanged")
        if each.taken:
            final, label = next(iter(each.taken.values()))
            text = f"instances of {len(each.taken)} claimed pairs are stored"
            yield ok(text, final, scenario=label)
        refused = {pair: found for pair, found in each.refused.items() if pair not in each.taken}
        for pair, (final, label) in refused.items():
            yield Kept(_claim(each, pair), final, scenario=label, kept=False, depth="exchanged")
        for text, pairs in _causes(refused, each.taken):
            final, label = refused[pairs[0]]
            statuses = dict.fromkeys(shown(refused[pair][0].command.status or 0) for pair in pairs)
            said = told(final) if len(statuses) == 1 else ", ".join(statuses)
            yield fail(f"{text}: {said}", final, claim=_claim(each, pairs[0]), scenario=label, times=len(pairs))


def _claim(each: _Stored, pair: Pair) -> str:
    return context_claim_id(each.entity.ae, "SCP", *pair)


def _by_entity(run: RunEvidence) -> Iterable[_Stored]:
    """The C-STOREs of claimed pairs that decide something, by the AE that was called."""
    found: dict[int, _Stored] = {}
    for evidence in run.scenarios:
        for operation in evidence.stores:
            association = operation.association
            entity = run.declarations.entity(called_ae(association), place_of(association))
            if entity is None or operation.final is None:
                continue
            pair = (operation.request.abstract_syntax or "", operation.request.transfer_syntax or "")
            if pair[1] not in entity.transfer_syntaxes(pair[0]):
                continue
            each = found.setdefault(id(entity), _Stored(entity))
            if (final := succeeded(operation)) is not None:
                each.taken.setdefault(pair, (final, evidence.label))
                continue
            asked = evidence.asked(operation)
            if asked.deviation or asked.faults or not _decides(operation, evidence.repeated):
                continue
            each.refused.setdefault(pair, (operation.final, evidence.label))
    return found.values()


def _decides(operation: Operation, repeated: bool) -> bool:
    """Whether a refusal is of what was sent; ``repeated``: an earlier run may have left the same UID there."""
    assert operation.final is not None
    status = operation.final.command.status
    if status is None or not is_listed("C-STORE-RSP", status) or within(status, _OF_THE_DAY):
        return False
    return not repeated or within(status, "A900-A9FF")


def _causes(refused: Mapping[Pair, object], taken: Mapping[Pair, object]) -> Iterator[tuple[str, Sequence[Pair]]]:
    """Put refused pairs together: syntaxes that nothing is stored in, classes of which nothing is, then the others."""
    left = [*refused]
    classes_taken, syntaxes_taken = {pair[0] for pair in taken}, {pair[1] for pair in taken}
    if not taken and len(left) > 1:
        yield f"no instance is stored, of {len(left)} claimed pairs", left
        return
    several = {pair[1] for pair in left if sum(other[1] == pair[1] for other in left) > 1}
    of_syntax = [pair for pair in left if pair[1] in several - syntaxes_taken]
    if of_syntax:
        yield f"nothing is stored in {_listed(pair[1] for pair in of_syntax)}", of_syntax
    left = [pair for pair in left if pair not in set(of_syntax)]
    of_class = [pair for pair in left if pair[0] not in classes_taken]
    if of_class:
        yield f"no instance of {_listed(pair[0] for pair in of_class)} is stored", of_class
    rest = [pair for pair in left if pair[0] in classes_taken]
    if rest:
        classes, syntaxes = _listed(pair[0] for pair in rest), _listed(pair[1] for pair in rest)
        yield f"instances of {classes} are refused in {syntaxes}", rest


def _listed(uids: Iterable[str]) -> str:
    names = [uid_name(uid) for uid in dict.fromkeys(uids)]
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
