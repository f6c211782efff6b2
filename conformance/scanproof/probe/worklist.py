"""The worklist: which keys are matched and returned, as far as what is scheduled today shows; no value is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from scanproof.evidence.cancels import Cancelled, cancelled
from scanproof.evidence.queries import Query
from scanproof.probe.asking import CANCEL_AFTER, KEYS, WORKLIST
from scanproof.probe.extensions import ASPECTS, extended
from scanproof.probe.keys import found, named, pairs, value_at
from scanproof.probe.lines import Line, unknown
from scanproof.probe.seen import Seen, cite
from scansim.vocabulary import uids
from scansim.vocabulary.status import CANCEL, SUCCESS
from scansim.wire.dataset import DataSet

_STEP = "ScheduledProcedureStepSequence"
#: Keys that are tried, those of the step behind those at the root (PS3.4 Table K.6-1).
_ROOT = (
    *("PatientName", "PatientID", "AccessionNumber", "RequestedProcedureID", "ReferringPhysicianName"),
    *("RequestingPhysician", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "AdmissionID"),
    *("RequestedProcedureDescription", "RequestedProcedurePriority", "CurrentPatientLocation"),
)
_OF_STEP = (
    *("ScheduledStationAETitle", "Modality", "ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime"),
    *("ScheduledPerformingPhysicianName", "ScheduledProcedureStepID", "ScheduledProcedureStepDescription"),
    *("ScheduledStationName", "ScheduledProcedureStepLocation"),
)
PATHS = (*_ROOT, *(f"{_STEP}.{name}" for name in _OF_STEP))
_DATE = f"{_STEP}.ScheduledProcedureStepStartDate"
#: Items behind a C-CANCEL that may have been under way.
_UNDER_WAY = 100
_LABEL = f"{KEYS}-worklist"
_PLACE = ("services", "basic_worklist_management", "scp")


def _items(seen: Seen) -> list[DataSet]:
    """What came for today, up to as many as were asked for."""
    query = seen.asked(WORKLIST).get("today")
    return [answer for _, answer in query.answers][:CANCEL_AFTER] if query is not None else []


def asked(seen: Seen, day: date) -> list[dict[str, Any]]:
    """Queries for each key, of items of today: beside each stands today's date, where that is not the key.

    Values are of the item with the most of them among the keys, the first of equal ones on every run; where its value
    cannot be a key, of the next one whose value can.
    """
    items = sorted(_items(seen), key=lambda item: -sum(bool(value_at(item, path)) for path in PATHS))
    found: list[dict[str, Any]] = []
    today = day.strftime("%Y%m%d")
    for path in PATHS:
        tried = (list(pairs(path, value_at(item, path))) for item in items)
        for pair in next(filter(None, tried), []):
            for which, value in (("hit", pair.hit), ("miss", pair.miss)):
                keys = {path: value} if path == _DATE else {_DATE: today, path: value}
                found.append(_query(keys, named(path, pair, which)))
    if (cancels := [each for _, each in _cancels(seen)]) and not any(_status(each) == CANCEL for each in cancels):
        early = {"station": "any", "day": "today", "modality": "any", "cancel": "early", "name": "cancelled"}
        found.append({"query-worklist": early})
    return found


def _query(keys: dict[str, Any], name: str) -> dict[str, Any]:
    more = {"cancel": "late", "cancel_after": CANCEL_AFTER, "means": "valid"}
    return {"query-worklist": {"scope": "all", "keys": keys, "name": name, **more}}


def chapter(seen: Seen) -> Iterator[Line]:
    """Lines of the worklist; none where it is not served."""
    if seen.case(WORKLIST) is None:
        return
    queries, items = seen.asked(_LABEL), _items(seen)
    number = 0
    for path in _ROOT:
        yield _key(seen, (*_PLACE, "keys", number), path, path, queries, items)
        number += 1
    place = (*_PLACE, "keys", number)
    yield Line((*place, "in"), _STEP)
    for index, name in enumerate(_OF_STEP):
        yield _key(seen, (*place, "attributes", index), name, f"{_STEP}.{name}", queries, items)
    yield from _cancel(seen)
    yield extended(seen, "worklist", uids.WORKLIST, (*_PLACE, "extended_negotiation"), ASPECTS[1:])


def _key(seen: Seen, place: Any, name: str, path: str, queries: dict[str, Query], items: list[DataSet]) -> Line:
    known = found(path, _LABEL, queries)
    today = seen.asked(WORKLIST).get("today")
    if known.works or known.ignored:
        return Line(place, {"attribute": name, "matching": known.matching}, known.cites, known.why)
    if any(value_at(item, path) for item in items) and today is not None:
        cites = known.cites or (cite(WORKLIST, today.operation.association),)
        why = known.why or "no value that came can be asked for"
        return Line(place, {"attribute": name, "matching": known.matching}, cites, why)
    return Line(place, {"attribute": name, "matching": known.matching}, known.cites, known.why or "no value came")


def _cancels(seen: Seen) -> Iterator[tuple[str, Cancelled]]:
    """C-CANCELs of worklist queries that came before their end, each with its case."""
    for label in (WORKLIST, _LABEL):
        evidence = seen.case(label)
        operations = [query.operation for query in evidence.worklist_queries] if evidence is not None else []
        yield from ((label, each) for each in cancelled(operations) if each.in_time)


def _status(cancel: Cancelled) -> int | None:
    final = cancel.operation.final
    return final.command.status if final is not None else None


def _cancel(seen: Seen) -> Iterator[Line]:
    """What becomes of C-CANCEL, of the first query that tells.

    Who sends all items at once may have sent them when C-CANCEL comes behind the first ones: whether it is ignored, the
    one tells that was there before any item.
    """
    place = (*_PLACE, "c_find_cancel")
    cancels = [*_cancels(seen)]
    for label, each in cancels:
        if _status(each) == CANCEL:
            yield Line(place, "honoured", (cite(label, each.cancel.id),))
            return
    for label, each in cancels:
        if each.early and _status(each) == SUCCESS and each.further > _UNDER_WAY:
            yield Line(place, "ignored", (cite(label, each.cancel.id),))
            return
    yield unknown(place, f"no query had more than {CANCEL_AFTER} answers, or all were on their way when C-CANCEL came")
