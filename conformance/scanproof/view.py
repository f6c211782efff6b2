"""A transcript as a reader sees it: associations, messages and elements in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from scanproof.evidence import Evidence
from scanproof.evidence.associations import place_of
from scanproof.evidence.item_course import sightings
from scanproof.gathered import cut
from scanproof.results import AssociationView, ExchangeView, Sighting, StepResult
from scansim.network.transcript import AssociationRecord, Exchange, Transcript
from scansim.vocabulary.outcome import Happening, Initiator
from scansim.vocabulary.status import shown as shown_status
from scansim.wire import pdu as p
from scansim.wire.dataset import DataSet, keyword
from scansim.wire.dimse import COMMAND_FIELDS, TAGS, Command

_LONGEST_VALUE = 200
_LONGEST_COMMAND_VALUE = 1000
_STORES_SHOWN = 3
#: Messages of one name on one association that are listed, beside the last one and those that findings rest on.
_ALIKE_SHOWN = 200
_PROBLEMS_SHOWN = 20
_CONTEXTS_SHOWN = 128
#: Lines of one data set, and of all of a scenario together before each is shown by its first few.
_LINES_SHOWN, _LINES_OF_ALL, _FEW_LINES = 1000, 20_000, 40


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
        if len(text := str(shown)) > _LONGEST_COMMAND_VALUE:
            shown = text[:_LONGEST_COMMAND_VALUE] + "…"
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


def _first_lines(dataset: DataSet, most: int) -> list[str]:
    """The lines of a data set, or the first of them and how many elements it has at its root."""
    walked = dataset_lines(dataset)
    lines = list(islice(walked, most))
    if next(walked, None) is not None:
        lines.append(f"… and more: {len(dataset.elements)} elements at the root, not all of which are shown here")
    return lines


def _exchange(exchange: Exchange, whole: bool, most: int) -> ExchangeView:
    message = exchange.message
    status = exchange.command.status
    problems = [*exchange.command.problems, *message.problems]
    lines: list[str] = []
    if whole and exchange.dataset is not None:
        problems += exchange.dataset.problems
        lines = _first_lines(exchange.dataset, most)
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

    Of many C-STOREs on one association, only the first few and the wanted ones are listed; of very many others of one
    name the first ones, the last and the wanted ones.
    """
    whole = set(wanted)
    if whole:
        for operation in transcript.operations:
            if any(response.id in wanted for response in operation.responses):
                whole.add(operation.request.id)
    views: list[ExchangeView] = []
    lines = 0
    for association in transcript.associations:
        counts: Counter[str] = Counter()
        last = {exchange.name: exchange for exchange in association.exchanges}
        for exchange in association.exchanges:
            kind = "C-STORE" if exchange.name in ("C-STORE-RQ", "C-STORE-RSP") else exchange.name
            counts[kind] += 1
            few = counts[kind] <= (2 * _STORES_SHOWN if kind == "C-STORE" else _ALIKE_SHOWN)
            is_whole = exchange.id in whole
            if not few and not is_whole and (kind == "C-STORE" or exchange is not last[exchange.name]):
                continue
            views.append(_exchange(exchange, is_whole, _LINES_SHOWN if lines < _LINES_OF_ALL else _FEW_LINES))
            lines += len(views[-1].dataset)
    return views


def _overran(association: AssociationRecord) -> str:
    """What came instead of what was waited for, in words; empty when nothing was too much."""
    event = association.overrun
    if event is None:
        return ""
    facts = event.facts
    what = f"{facts.get('messages', 0)} messages and {facts.get('bytes', 0)} bytes in {facts.get('seconds', '?')} s"
    return f"{what}, and not {facts.get('waiting', 'an end')}"


def _ending(association: AssociationRecord) -> str:
    answer = association.answer.pdu if association.answer else None
    if isinstance(answer, p.AssociateRJ):
        return f"rejected (result {answer.result}, source {answer.source}, reason {answer.reason})"
    failed = association.event(Happening.CONNECT_FAILED)
    if failed is not None:
        return f"no connection: {failed.facts.get('reason')}"
    if association.came(p.Abort):
        return "aborted by the target"
    if association.went(p.Abort):
        overran = _overran(association)
        return f"aborted by the harness{f': {overran}' if overran else ''}"
    if association.came(p.ReleaseRP) or association.went(p.ReleaseRP):
        return "released"
    if association.overrun is not None:
        return f"closed by the harness: {_overran(association)}"
    if association.closed_by_peer is not None:
        return "closed by the target"
    if association.lost is not None:
        return "the connection broke"
    return "no answer" if answer is None else "not released"


def _pdu_problems(association: AssociationRecord) -> Iterator[str]:
    if overran := _overran(association):
        yield f"no end: {overran}"
    if (event := association.not_kept) is not None:
        yield f"what came after {event.time / 1e9:.1f} s is not in the record, which was long enough"
    for passed in association.received:
        for problem in passed.problems:
            yield f"{passed.name}, byte {problem.offset}: {problem.text} ({problem.grade.value})"


def association_views(transcript: Transcript) -> list[AssociationView]:
    """Each association: who with whom, what was negotiated, how it ended."""
    views = []
    for association in transcript.associations:
        rq = association.request.pdu if association.request else None
        contexts = []
        if isinstance(rq, p.AssociateRQ):
            results = {c.context_id: c for c in (association.accepted.contexts if association.accepted else ())}
            for proposed in rq.contexts[:_CONTEXTS_SHOWN]:
                result = results.get(proposed.context_id)
                shown = "not answered" if result is None else f"result {result.result}"
                if result is not None and result.result == 0:
                    shown = f"accepted with {result.transfer_syntax}"
                contexts.append(f"{proposed.context_id}: {proposed.abstract_syntax} {shown}")
        views.append(
            AssociationView(
                id=association.id,
                initiator=Initiator.HARNESS if association.ours else Initiator.TARGET,
                peer=place_of(association),
                calling_ae=rq.calling_ae if isinstance(rq, p.AssociateRQ) else "",
                called_ae=rq.called_ae if isinstance(rq, p.AssociateRQ) else "",
                ended=_ending(association),
                service=association.service,
                seconds=round(association.events[0].time / 1e9, 6) if association.events else 0.0,
                messages=len(association.exchanges),
                contexts=contexts,
                problems=[cut(text) for text in list(dict.fromkeys(_pdu_problems(association)))[:_PROBLEMS_SHOWN]],
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


def item_course(evidence: Evidence) -> list[Sighting]:
    """Which query brought an item of the exam when; nothing where only one moment was looked at."""
    seen = list(sightings(evidence))
    moments: dict[str, set[str]] = {}
    for each in seen:
        moments.setdefault(each.item, set()).add(each.when)
    return [
        Sighting(item=each.item, query=each.query, when=each.when, present=each.present, exchange=each.exchange.id)
        for each in seen
        if len(moments[each.item]) > 1
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
