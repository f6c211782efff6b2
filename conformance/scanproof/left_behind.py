"""What a scenario leaves behind at the target: what it created there, and steps that it left IN PROGRESS."""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.beside import Beside
from scanproof.evidence.associations import called_ae, succeeded
from scanproof.results import CreatedUid, LeftOpen
from scanproof.standard.mpps_table import FINAL_STATES, NO_LONGER_UPDATABLE
from scanproof.view import json_text
from scansim.network.transcript import Operation, Transcript
from scansim.vocabulary.outcome import END_OPEN_STEP, Cause, Outcome
from scansim.vocabulary.status import is_success
from scansim.vocabulary.status import shown as shown_status
from scansim.vocabulary.uids import COMMITMENT, MPPS


def _ours(transcript: Transcript, *names: str, sop_class: str = MPPS) -> list[Operation]:
    """Our requests of some names, in the order of time."""
    found = [
        each
        for each in transcript.operations
        if each.request.sent and each.request.name in names and each.request.abstract_syntax == sop_class
    ]
    return sorted(found, key=lambda operation: operation.request.message.ended)


def created_uids(transcript: Transcript) -> list[CreatedUid]:
    """What exists at the target because of this scenario: what it said that it took."""
    ledger = transcript.ledger
    created = []
    if (order := ledger.get("order")) and transcript.scenario.get("orders") is not True:
        created.append(CreatedUid(kind="Order", uid=json_text(order, "0020000D"), detail=json_text(order, "00080050")))
    steps = [_created(each) for each in _ours(transcript, "N-CREATE-RQ") if succeeded(each) is not None]
    created += [
        CreatedUid(kind="Modality Performed Procedure Step", uid=uid) for uid in dict.fromkeys(filter(None, steps))
    ]
    stored = [record for record in ledger.get("instances", ()) if is_success(record["stored"])]
    if stored:
        created.append(CreatedUid(kind="Study", uid=ledger["study_instance_uid"]))
        series = dict.fromkeys(record["series_instance_uid"] for record in stored)
        created += [CreatedUid(kind="Series", uid=uid) for uid in series]
    created += [
        CreatedUid(kind="Instance", uid=record["sop_instance_uid"], detail=f"C-STORE {shown_status(record['stored'])}")
        for record in stored
    ]
    created += _studies(transcript)
    asked = [each for each in _ours(transcript, "N-ACTION-RQ", sop_class=COMMITMENT) if succeeded(each) is not None]
    transactions = (each.request.dataset.text("TransactionUID") for each in asked if each.request.dataset is not None)
    kind = "Storage Commitment transaction"
    return [*created, *(CreatedUid(kind=kind, uid=uid) for uid in dict.fromkeys(filter(None, transactions)))]


def _studies(transcript: Transcript) -> list[CreatedUid]:
    """Studies that a battery stored for its cases, which no ledger of an exam has."""
    if "store-studies" not in (transcript.scenario.get("verbs") or ()):
        return []
    taken = [
        (each.request.dataset, each.final)
        for each in transcript.operations
        if each.request.sent and each.request.name == "C-STORE-RQ" and succeeded(each) is not None
    ]
    found: dict[tuple[str, str], str] = {}
    for dataset, final in taken:
        if dataset is not None and final is not None:
            found.setdefault(("Study", dataset.text("StudyInstanceUID")), "")
            found.setdefault(("Series", dataset.text("SeriesInstanceUID")), "")
            told = f"C-STORE {shown_status(final.command.status)}"
            found.setdefault(("Instance", dataset.text("SOPInstanceUID")), told)
    return [CreatedUid(kind=kind, uid=uid, detail=detail) for (kind, uid), detail in found.items()]


def ordered_uids(transcript: Transcript) -> list[CreatedUid]:
    """Orders that were put into the worklist for all the cases of the battery that a scenario is one of."""
    beside = Beside.of(transcript)
    placed = [each["item"] for each in beside.orders() if each.get("placed") is True] if beside is not None else []
    return [
        CreatedUid(kind="Order", uid=json_text(item, "0020000D"), detail=json_text(item, "00080050"))
        for item in placed
        if isinstance(item, dict)
    ]


def _created(operation: Operation) -> str:
    """UID of the step that an N-CREATE made: that of the answer, where the SCP gave it another one."""
    answer = operation.final
    given = answer.command.sop_instance_uid if answer is not None else None
    return given or operation.request.command.sop_instance_uid or ""


# --- steps that are left open -----------------------------------------------------------------------------------------


@dataclass
class _Step:
    """A step that is open, or may be: whose it is, and what became of the request that was to end it."""

    ae: str
    why: str = ""


def left_open(transcript: Transcript) -> list[LeftOpen]:
    """Steps that the exam left IN PROGRESS, as far as the answers tell, and whether they were ended afterwards."""
    open_steps: dict[str, _Step] = {}
    for operation in _ours(transcript, "N-CREATE-RQ", "N-SET-RQ"):
        if operation.association.facts.get("purpose") != END_OPEN_STEP:
            _follow(open_steps, operation)
    afterwards = {
        step.detail.partition(": ")[0]: (step.outcome is Outcome.DONE, step.detail.partition(": ")[2])
        for step in transcript.steps
        if step.verb == END_OPEN_STEP
    }
    found = []
    for uid, step in open_steps.items():
        ended, detail = afterwards.get(uid, (False, "nothing was tried, for the run broke off"))
        why = step.why or _why_not_ended(transcript)
        found.append(LeftOpen(uid=uid, ae=step.ae, why=why, ended=ended, detail=detail))
    return found


def _follow(open_steps: dict[str, _Step], operation: Operation) -> None:
    """Take one request with its answer into account."""
    request, answer = operation.request, operation.final
    status = request.dataset.text("PerformedProcedureStepStatus") if request.dataset is not None else ""
    uid, final = request.command.sop_instance_uid or "", status in FINAL_STATES
    done = answer is not None and is_success(answer.command.status)
    if request.name == "N-CREATE-RQ":
        uid = _created(operation)
        if final or uid in open_steps:
            return
        if answer is None:
            open_steps[uid] = _Step(called_ae(operation.association), "its N-CREATE was not answered: it may be there")
        elif done:
            open_steps[uid] = _Step(called_ae(operation.association))
    elif final and uid in open_steps:
        if done or (answer is not None and answer.command.number("ErrorID") == NO_LONGER_UPDATABLE):
            del open_steps[uid]
        elif answer is None:
            open_steps[uid].why = f"the N-SET {status} was not answered"
        else:
            open_steps[uid].why = f"the N-SET {status} was answered {shown_status(answer.command.status or 0)}"


def _why_not_ended(transcript: Transcript) -> str:
    """Why no final N-SET was sent, by the steps."""
    steps = [step for step in transcript.steps if step.verb != END_OPEN_STEP]
    for step in steps:
        if step.cause is Cause.INTERRUPTED:
            return f"the run was interrupted in step {step.number}, {step.verb}"
    verbs = transcript.scenario.get("verbs")
    if isinstance(verbs, list) and len(steps) < len(verbs):
        last = f" after step {steps[-1].number}, {steps[-1].verb}" if steps else ""
        return f"the run ended{last}"
    for step in steps:
        if step.verb == "set-mpps" and step.outcome is not Outcome.DONE:
            return f"step {step.number}, {step.verb}: {step.detail}"
    return "the scenario does not end it"
