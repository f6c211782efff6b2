"""What a Conformance Statement says of C-MOVE and C-GET, against what they do (PS3.2 N.5.2.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scanproof.check import Kept, Observation, Proof, check, fail, ok, told
from scanproof.claimed_queries import entity_of, responses_of, statuses
from scanproof.evidence import Evidence
from scanproof.evidence.retrieves import GET, MOVE, Retrieval, SubOperation
from scanproof.finding import Level
from scanproof.statements import Claim
from scanproof.statements.codes import fits
from scansim.network.transcript import Operation
from scansim.vocabulary.uids import PATIENT_ROOT

_CLAUSE = "PS3.2 N.5.2.7 (2024d), A.4.2 (2019d)"
#: Of what there is an association each, by the word of the statement; a sub-operation has a value of it.
_EACH: dict[str, Callable[[SubOperation], str]] = {
    "one_per_request": lambda _: "",
    "one_per_study": lambda sub: sub.value("StudyInstanceUID"),
    "one_per_series": lambda sub: sub.value("SeriesInstanceUID"),
    "one_per_instance": lambda sub: sub.uid,
}


def _claim(evidence: Evidence, operation: Operation, kind: str) -> Claim | None:
    """The claim of a kind about the information model of a retrieval."""
    entity = entity_of(evidence, operation.association)
    model = "patient_root" if operation.request.abstract_syntax.startswith(PATIENT_ROOT) else "study_root"
    said = entity.of(kind) if entity is not None else ()
    return next((each for each in said if each.data["model"] == model), None)


@check(
    "statement.move-association",
    title="C-MOVE opens associations as stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="retrieve",
    proven_by=Proof.STATEMENTS,
    expected="one association for all instances of a request, or one for each, as the statement says",
    hint="correct the Conformance Statement, or the archive's setting for C-MOVE",
)
def move_association(evidence: Evidence) -> Iterator[Observation | Kept]:
    """The sub-operations of a C-MOVE use one association for a request, a study, a series or an instance, as stated.

    A receiver that takes an association for the end of a study begins to read after the first image.

    The associations are counted that brought the instances of a C-MOVE with two or more of them, where all were taken
    at the first attempt. Other words of the statement than these decide nothing.
    """
    for retrieval in evidence.retrievals:
        claim = _claim(evidence, retrieval.operation, "move-association") if retrieval.is_move else None
        said = str(claim.data["association"]) if claim is not None else ""
        if claim is None or said not in _EACH or not _is_plain(retrieval):
            continue
        used = len({sub.request.association for sub in retrieval.subs})
        wanted = len(set(map(_EACH[said], retrieval.subs)))
        if used == wanted == 1 and said != "one_per_request":
            continue  # as it would be with one for the request
        text = f"{len(retrieval.subs)} instances came on {used} associations"
        yield Kept(claim.id, retrieval.final, kept=used == wanted)
        if used == wanted:
            yield ok(text, retrieval.final)
        else:
            yield fail(text, retrieval.final, expected=f"{said.replace('_', ' ')}: {wanted}", claim=claim.id)


def _is_plain(retrieval: Retrieval) -> bool:
    """Whether nothing but the archive's own way of sending tells how many associations there were."""
    if retrieval.final is None or retrieval.unsure or not retrieval.watched or retrieval.is_cancelled:
        return False
    once = len(retrieval.came) == len(retrieval.subs)
    return len(retrieval.subs) > 1 and once and not retrieval.failed and not retrieval.hindered


@check(
    "statement.move-unknown-destination",
    title="A Move Destination that nobody knows is answered as stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="retrieve",
    proven_by=Proof.STATEMENTS,
    expected="the status that the statement gives for it",
    hint="correct the Conformance Statement, or the archive's status",
)
def move_unknown_destination(evidence: Evidence) -> Iterator[Observation | Kept]:
    """A C-MOVE to an AE title that the archive does not know is answered with the stated status.

    Whoever programs a workstation shows "unknown destination" for that code, and "failed" for any other.

    The final status of each C-MOVE to an AE title that nobody has is compared with the statement's.
    """
    for operation in evidence.requests(MOVE):
        claim, final = _claim(evidence, operation, "move-unknown-destination"), operation.final
        status = final.command.status if final is not None else None
        if claim is None or final is None or status is None:
            continue
        if evidence.asked(operation).deviation != "retrieve.unknown-destination":
            continue
        code = str(claim.data["code"])
        kept = fits(code, status)
        yield Kept(claim.id, final, kept=kept)
        if kept:
            yield ok(told(final), final)
        else:
            yield fail(f"it was answered {told(final)}", final, expected=f"{code}H", claim=claim.id)


@check(
    "statement.retrieve-status",
    title="Statuses of C-MOVE and C-GET are stated",
    clause="PS3.2 N.7.3 (2024d), A.4.2 (2019d)",
    level=Level.DECLARED,
    service="retrieve",
    proven_by=Proof.STATEMENTS,
    expected="statuses of the table of the Conformance Statement",
    hint="add the status to the table, with its meaning",
)
def retrieve_status(evidence: Evidence) -> Iterator[Observation | Kept]:
    """The statuses that C-MOVE and C-GET are answered with stand in the statement's table.

    What a workstation shows of a failure is programmed by that table.

    Each response is looked up. One that is not there is told as not declared, which is no fault; under which condition
    a status came is not for a test to say.
    """
    asked = (operation for name in (MOVE, GET) for operation in evidence.requests(name))
    yield from statuses(responses_of(evidence, asked), "retrieve-status", "a retrieval")
