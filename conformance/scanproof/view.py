"""A transcript as a reader sees it: associations, messages and elements in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from scanproof.results import AssociationView, ExchangeView, StepResult
from scansim.network.transcript import AssociationRecord, Exchange, Transcript
from scansim.vocabulary.outcome import Happening, Initiator
from scansim.vocabulary.status import shown as shown_status
from scansim.wire import pdu as p
from scansim.wire.dataset import DataSet, keyword
from scansim.wire.dimse import COMMAND_FIELDS, TAGS, Command

_LONGEST_VALUE = 200
_STORES_SHOWN = 3
_PROBLEMS_SHOWN = 20


def command_lines(command: Command) -> list[str]:
    """Return one line for each element of a command set."""
    lines = []
    for name, value in command.values.items():
        tag = TAGS.get(name)
        shown: Any = value
        if name == "CommandField" and isinstance(value, int):
            shown = f"{shown_status(value)} {COMMAND_FIELDS.get(value, '')}".strip()
        elif name in ("Status", "CommandDataSetType", "ErrorID") and isinstance(value, int):
            shown = shown_status(value)
        elif isinstance(value, tuple):
            shown = ", ".join(f"({item >> 16:04X},{item & 0xFFFF:04X})" for item in value)
        number = f"(0000,{tag & 0xFFFF:04X}) " if tag is not None else ""
        lines.append(f"{number}{name}: {shown}")
    return lines


def dataset_lines(dataset: DataSet, depth: int = 0) -> Iterator[str]:
    """Yield one line for each element, nested ones indented."""
    for element in dataset.elements.values():
        head = f"{'  ' * depth}({element.tag >> 16:04X},{element.tag & 0xFFFF:04X}) {element.vr} {keyword(element.tag)}"
        if element.items is None:
            value = "\\".join(dataset.values_of(element))
            shown = value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
            yield f"{head}: {shown or '(empty)'}"
            continue
        yield f"{head}: {len(element.items)} item{'s' if len(element.items) != 1 else ''}"
        for number, item in enumerate(element.items, 1):
            yield f"{'  ' * depth}  item {number}"
            yield from dataset_lines(item, depth + 2)


def _exchange(exchange: Exchange, whole: bool) -> ExchangeView:
    message = exchange.message
    status = exchange.command.status
    problems = [*exchange.command.problems, *message.problems]
    lines: list[str] = []
    if whole and exchange.dataset is not None:
        problems += exchange.dataset.problems
        lines = list(dataset_lines(exchange.dataset))
        if message.elided:
            kept = f", SHA-256 {exchange.digest}" if exchange.digest else ""
            lines.append(f"… {message.elided} bytes of Pixel Data were sent and not kept here{kept}")
    return ExchangeView(
        id=exchange.id,
        name=exchange.name,
        direction="sent" if exchange.sent else "received",
        association=exchange.association,
        seconds=round(message.ended / 1e9, 6),
        status=None if status is None else shown_status(status),
        command=command_lines(exchange.command) if whole else [],
        dataset=lines,
        problems=[f"byte {problem.offset}: {problem.text}" for problem in problems],
    )


def exchange_views(transcript: Transcript, wanted: Collection[str]) -> list[ExchangeView]:
    """Every message by name and status; those in `wanted`, and their requests, with all their elements.

    Of many C-STOREs on one association, only the first few and the wanted ones are listed.
    """
    whole = set(wanted)
    for operation in transcript.operations:
        if any(response.id in wanted for response in operation.responses):
            whole.add(operation.request.id)
    views = []
    for association in transcript.associations:
        stores = 0
        for exchange in association.exchanges:
            if exchange.name in ("C-STORE-RQ", "C-STORE-RSP"):
                stores += 1
                if stores > 2 * _STORES_SHOWN and exchange.id not in whole:
                    continue
            views.append(_exchange(exchange, exchange.id in whole))
    return views


def _ending(association: AssociationRecord) -> str:
    answer = association.answer.pdu if association.answer else None
    if isinstance(answer, p.AssociateRJ):
        return f"rejected (result {answer.result}, source {answer.source}, reason {answer.reason})"
    failed = association.event(Happening.CONNECT_FAILED)
    if failed is not None:
        return f"no connection: {failed.facts.get('reason')}"
    everything = (*association.sent, *association.received)
    if any(isinstance(event.pdu, p.Abort) for event in association.received):
        return "aborted by the target"
    if any(isinstance(event.pdu, p.Abort) for event in association.sent):
        return "aborted by the harness"
    if any(isinstance(event.pdu, p.ReleaseRP) for event in everything):
        return "released"
    if association.closed_by_peer is not None:
        return "closed by the target"
    if association.lost is not None:
        return "the connection broke"
    return "no answer" if answer is None else "not released"


def _pdu_problems(association: AssociationRecord) -> Iterator[str]:
    for event in association.received:
        for problem in event.problems:
            yield f"{event.name}, byte {problem.offset}: {problem.text} ({problem.grade.value})"


def association_views(transcript: Transcript) -> list[AssociationView]:
    """Each association: who with whom, what was negotiated, how it ended."""
    views = []
    for association in transcript.associations:
        rq = association.request.pdu if association.request else None
        contexts = []
        if isinstance(rq, p.AssociateRQ):
            results = {c.context_id: c for c in (association.accepted.contexts if association.accepted else ())}
            for proposed in rq.contexts:
                result = results.get(proposed.context_id)
                shown = "not answered" if result is None else f"result {result.result}"
                if result is not None and result.result == 0:
                    shown = f"accepted with {result.transfer_syntax}"
                contexts.append(f"{proposed.context_id}: {proposed.abstract_syntax} {shown}")
        views.append(
            AssociationView(
                id=association.id,
                initiator=Initiator.HARNESS if association.ours else Initiator.TARGET,
                peer=f"{association.facts.get('host')}:{association.facts.get('port')}",
                calling_ae=rq.calling_ae if isinstance(rq, p.AssociateRQ) else "",
                called_ae=rq.called_ae if isinstance(rq, p.AssociateRQ) else "",
                ended=_ending(association),
                service=association.service,
                seconds=round(association.events[0].time / 1e9, 6) if association.events else 0.0,
                messages=len(association.exchanges),
                contexts=contexts,
                problems=list(dict.fromkeys(_pdu_problems(association)))[:_PROBLEMS_SHOWN],
            )
        )
    return views


def step_results(transcript: Transcript) -> list[StepResult]:
    """Each step as it went."""
    return [
        StepResult.model_validate(
            {
                "number": step.number,
                "verb": step.verb,
                "outcome": step.outcome,
                "detail": step.detail,
                "seconds": round(step.ended - step.began, 3),
                "associations": list(step.associations),
            }
        )
        for step in transcript.steps
    ]


def json_text(item: Any, tag: str) -> str:
    """First value of an attribute of a data set in the DICOM JSON model (PS3.18 F); empty when it has none."""
    element = item.get(tag) if isinstance(item, dict) else None
    values = element.get("Value") if isinstance(element, dict) else None
    value = values[0] if isinstance(values, list) and values else ""
    return str(value.get("Alphabetic", "")) if isinstance(value, dict) else str(value)


def patient(transcript: Transcript) -> str:
    """Whose exam it was."""
    item = transcript.ledger.get("item")
    name, patient_id = json_text(item, "00100010"), json_text(item, "00100020")
    return f"{name} ({patient_id})" if name or patient_id else ""
