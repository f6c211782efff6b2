"""The Conformance Statement against an MPPS manager: what it asks for, and what it answers (PS3.2 N.5.2.2, N.7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Kept, Observation, Proof, check, fail, ok
from scanproof.evidence import Evidence
from scanproof.evidence.mpps import Kind, StepRequest
from scanproof.evidence.performed_steps import PerformedStep
from scanproof.evidence.requests import Asked
from scanproof.evidence.stated_answers import creates, entity_of, faulty_paths, lacks, names, sets
from scanproof.finding import Level
from scanproof.standard.mpps_table import MISSING_ATTRIBUTE, MISSING_VALUE
from scanproof.stated_statuses import statuses
from scanproof.statements import Claim
from scanproof.statements.codes import fits
from scansim.vocabulary.status import shown
from scansim.wire.dataset import tag_of

Seen = Iterator[Observation | Kept]


@check(
    "statement.mpps-attributes",
    title="An MPPS manager asks for the attributes that its statement calls required, and for no others",
    clause="PS3.2 N.5.2.2 Table N.5-5 (2023a); PS3.4 5.4.2.1 (2024d)",
    level=Level.DECLARED,
    service="mpps",
    proven_by=Proof.STATEMENTS,
    expected="a step without a required attribute is refused with 0120H, one without another attribute is taken",
    hint="correct the table of attributes in the Conformance Statement, or the manager",
)
def attributes(evidence: Evidence) -> Seen:
    """An MPPS manager refuses a request without an attribute that its statement calls required, and takes one without
    an attribute that it calls not required.

    A scanner's vendor fills in what the statement asks for, and on the day of installation every step is refused for
    something that it does not mention.

    Each N-CREATE, and each N-SET that ends a step, is looked at for the attributes that it lacks, by its bytes. One
    that is taken contradicts every required one among them; one that is refused with 0120H or 0121H, and names a single
    missing attribute or has no other fault, contradicts a claim that it is not required. What a step was given before
    is not missing at its end, and what stands in a sequence without items has no place.
    """
    for request, held in evidence.performed_steps:
        entity = entity_of(evidence, request.operation)
        operation = request.operation.request.name.removesuffix("-RQ")
        if entity is None or request.kind not in (Kind.CREATE, Kind.FINAL):
            continue
        claims = [claim for claim in entity.of("mpps-required") if claim.data["operation"] == operation]
        if claims:
            yield from _attributes(claims, request, held, evidence.asked(request.operation))


def _attributes(claims: list[Claim], request: StepRequest, held: PerformedStep, asked: Asked) -> Seen:
    dataset, answer = request.operation.request.dataset, request.answer
    if dataset is None:
        return
    absent = [claim for claim in claims if lacks(dataset, str(claim.data["path"]))]
    if request.kind is Kind.FINAL:
        absent = [claim for claim in absent if not _was_given(held, str(claim.data["path"]))]
    missing = answer.command.status in (MISSING_ATTRIBUTE, MISSING_VALUE)
    others = bool(faulty_paths(asked) - {str(claim.data["path"]) for claim in absent})
    for claim in absent:
        path, required = str(claim.data["path"]), bool(claim.data["required"])
        named = names(answer, path)
        if request.done:
            kept = not required
        elif missing and (named or (named is None and len(absent) == 1 and not others)):
            kept = required
        else:
            continue  # it may be refused for something else
        yield Kept(claim.id, answer, kept=kept)
        text = f"without {path}: {shown(answer.command.status)}"
        yield ok(text, answer) if kept else fail(text, answer, tag=path, claim=claim.id, expected=claim.text)


def _was_given(held: PerformedStep, path: str) -> bool:
    """Whether a step has a value of an attribute at its top; what stands in a sequence is replaced with it."""
    _, element = held.values.get(tag_of(path), (None, None)) if "." not in path else (None, None)
    return element is not None and not element.is_empty


def _single(evidence: Evidence, kind: str, wanted: Kind) -> Seen:
    """Hold the status of requests of a kind against the one code that is stated for them."""
    for request in evidence.step_requests:
        entity = entity_of(evidence, request.operation)
        claim = entity.one(kind) if entity is not None else None
        status = request.answer.command.status
        if claim is None or status is None or request.kind is not wanted or not claim.data["code"]:
            continue
        kept = fits(str(claim.data["code"]), status)
        yield Kept(claim.id, request.answer, kept=kept)
        if kept:
            yield ok(shown(status), request.answer)
        else:
            yield fail(shown(status), request.answer, claim=claim.id, expected=claim.text)


@check(
    "statement.mpps-after-final",
    title="A step that has ended is refused with the declared status",
    clause="PS3.2 N.7.3.2 (2023a); PS3.4 F.7.2.2.3 (2024e)",
    level=Level.DECLARED,
    service="mpps",
    proven_by=Proof.STATEMENTS,
    expected="the status that the statement gives for an N-SET of a step that has ended",
    hint="correct the Conformance Statement, or the manager",
)
def after_final(evidence: Evidence) -> Seen:
    """An N-SET of a step that is COMPLETED or DISCONTINUED is answered with the status that the statement gives.

    A scanner tells by the status whether to try again or to give up.

    The status of each N-SET that comes after the manager took the final state is compared with the statement.
    """
    yield from _single(evidence, "mpps-after-final", Kind.AFTER_FINAL)


@check(
    "statement.mpps-duplicate",
    title="A step that is created twice is answered with the declared status",
    clause="PS3.2 N.7.3.2 (2023a); PS3.7 10.1.5.1.6 (c. 2020)",
    level=Level.DECLARED,
    service="mpps",
    proven_by=Proof.STATEMENTS,
    expected="the status that the statement gives for an N-CREATE of a step that exists",
    hint="correct the Conformance Statement, or the manager",
)
def duplicate(evidence: Evidence) -> Seen:
    """An N-CREATE under the UID of a step that exists is answered with the status that the statement gives.

    A scanner that did not get the first answer sends its N-CREATE once more, and goes on only where it knows what the
    second answer means.

    The status of each N-CREATE of a step that the manager had created is compared with the statement.
    """
    yield from _single(evidence, "mpps-duplicate", Kind.CREATE_AGAIN)


@check(
    "statement.mpps-status",
    title="An MPPS manager answers with the statuses that its statement lists",
    clause="PS3.2 N.7.3.2 (2023a); PS3.7 C (2018-2024)",
    level=Level.DECLARED,
    service="mpps",
    proven_by=Proof.STATEMENTS,
    expected="for a condition that the statement lists, the status that it gives",
    hint="correct the table of statuses in the Conformance Statement, or the manager",
)
def status(evidence: Evidence) -> Iterator[Observation | Kept | Fact]:
    """What the statement lists as the statuses of N-CREATE and N-SET is what the manager answers.

    Scanners react to a status by the table in the statement.

    The status of each answer is looked up. For a condition whose words leave no doubt and that we brought about, such
    as a step that is created twice, another failure contradicts it. A status that no row has is a note.
    """
    yield from statuses(creates(evidence), "mpps-status", "N-CREATE")
    yield from statuses(sets(evidence), "mpps-status", "N-SET")
