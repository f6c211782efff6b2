"""How claims about worklist queries are observed: by the worklist battery, and by a case for each key that it has not.

The cases ask for one patient. Where orders can be placed, one of them has a value for each claimed key; else any item
that the worklist holds will do, for what a worklist item has anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanproof.observing import Made, observing
from scanproof.observing.key_values import askings, paths_of, there, values_for, vr_of, worded
from scanproof.standard.mwl_table import SINGLE_VALUE
from scanproof.statements import Claim
from scansim.vocabulary.uids import VERIFICATION, WORKLIST

_BATTERY = "worklist-battery"
_STEP = "ScheduledProcedureStepSequence"

#: What every worklist item has a value for, ours and those of a real worklist.
_GIVEN = (
    *("AccessionNumber", "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID"),
    *("RequestedProcedureID", "RequestedProcedureDescription"),
    *(f"{_STEP}.{name}" for name in ("Modality", "ScheduledStationAETitle", "ScheduledProcedureStepID")),
    *(f"{_STEP}.{name}" for name in ("ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime")),
    *(f"{_STEP}.ScheduledProcedureStepDescription", _STEP),
)
#: Of those, what is not to be set: it is made up, or says when and where the order is.
_MADE_UP = (
    *("StudyInstanceUID", "PatientBirthDate", "PatientSex", "PatientName"),
    *(path for path in _GIVEN if path.startswith(_STEP)),
)

#: Rows of tables of the battery, by attribute: single values, wild cards.
_SINGLE = frozenset(
    (
        *("PatientID", "PatientName", "AccessionNumber", "StudyInstanceUID", "RequestedProcedureID", "AdmissionID"),
        *("RequestedProcedureDescription", "RequestedProcedurePriority", "RequestingPhysician"),
        *("ReferringPhysicianName", "CurrentPatientLocation", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"),
        *("PatientWeight", "PatientTransportArrangements", "ConfidentialityConstraintOnPatientDataDescription"),
        *("PatientState", "PregnancyStatus"),
        *(f"{_STEP}.{name}" for name in ("ScheduledStationAETitle", "Modality", "ScheduledPerformingPhysicianName")),
        *(f"{_STEP}.{name}" for name in ("ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime")),
        *(f"{_STEP}.{name}" for name in ("ScheduledProcedureStepDescription", "ScheduledProcedureStepID")),
        *(f"{_STEP}.{name}" for name in ("ScheduledStationName", "ScheduledProcedureStepLocation")),
    )
)
_WILD = frozenset(
    (
        *("PatientName", "AccessionNumber", "RequestedProcedureID", "RequestedProcedureDescription"),
        *(f"{_STEP}.{name}" for name in ("ScheduledPerformingPhysicianName", "ScheduledProcedureStepID")),
        *(f"{_STEP}.{name}" for name in ("ScheduledProcedureStepDescription", "ScheduledStationName")),
    )
)
_ZERO_LENGTH = frozenset(
    (
        *("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID", "RequestedProcedureID"),
        *("PatientBirthDate", "PatientSex", "ReferringPhysicianName", "RequestedProcedureCodeSequence"),
        *(f"{_STEP}.{name}" for name in ("ScheduledStationAETitle", "Modality", "ScheduledPerformingPhysicianName")),
        *(f"{_STEP}.{name}" for name in ("ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime")),
        *(f"{_STEP}.{name}" for name in ("ScheduledProcedureStepID", "ScheduledProtocolCodeSequence")),
    )
)
_OTHERS = {
    ("StudyInstanceUID", "UID"): ("uid-list", "uid-list[one-of-two]"),
    (f"{_STEP}.ScheduledProcedureStepStartDate", "RANGE"): ("date-range[from-to]", "date-range[one-day]"),
    (f"{_STEP}.ScheduledProcedureStepStartTime", "RANGE"): ("time-range[from-to]", "time-range[at-the-ends]"),
    (_STEP, "SEQUENCE"): ("single-value[Modality]", "no-match[Modality]"),
    (_STEP, "UNIVERSAL"): ("sequence-empty", "sequence-universal"),
    ("RequestedProcedureCodeSequence", "SEQUENCE"): ("code-sequence[RequestedProcedureCodeSequence]",),
    (f"{_STEP}.ScheduledProtocolCodeSequence", "SEQUENCE"): (f"code-sequence[{_STEP}.ScheduledProtocolCodeSequence]",),
}


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _of_battery(*cases: str) -> tuple[str, ...]:
    return tuple(f"{_BATTERY}/{case}" for case in cases)


def _key_cases(claim: Claim) -> Iterable[str]:
    """Cases of the battery that ask by a key in the way that is claimed."""
    path, matching = str(claim.data["path"]), str(claim.data["matching"])
    if matching == "SINGLE_VALUE" and path in _SINGLE:
        return _of_battery(f"single-value[{_last(path)}]")
    if matching == "WILDCARD" and path in _WILD:
        return _of_battery(f"wildcard[{_last(path)}]")
    if matching == "UNIVERSAL" and path in _ZERO_LENGTH:
        return _of_battery(f"universal[{path}]")
    return _of_battery(*_OTHERS.get((path, matching), ()))


def ORDERS(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """An order that any item stands for, and one with a value for every claimed key, in letters of either case."""
    paths = paths_of(claims, "worklist-key", "worklist-return-key", "worklist-case-sensitive")
    values = values_for(paths, _MADE_UP)
    return [
        {"id": "plain"},
        {"id": "full", "set": {"PatientID": there("PatientID"), "PatientName": there("PatientName"), **values}},
        {"id": "other"},
    ]


def _query(keys: dict[str, Any], order: str, *, odd: bool = False) -> dict[str, Any]:
    """A query for one patient, or for a value of the run where that is the key itself."""
    narrowed = {} if "PatientID" in keys else {"PatientID": f"${order}.PatientID"}
    step = {"scope": "all", "keys": {**narrowed, **keys}}
    return {"query-worklist": step | ({"means": "worklist.malformed-key"} if odd else {})}


def _keys_made(claims: Sequence[Claim]) -> Iterator[Made]:
    """A case for each key and matching; those of zero length together.

    A wild card in a key that Table K.6-1 has matched by single value only is odd.
    """
    for claim in claims:
        path, matching = str(claim.data["path"]), str(claim.data["matching"])
        order = "plain" if path in _GIVEN else "full"
        keys = [*askings(path, matching, f"${order}.{path}", known=order == "full")]
        odd = matching == "WILDCARD" and path.replace(".", ">") in SINGLE_VALUE
        if keys:
            document = {
                "id": f"worklist-{worded(path)}-{matching.lower().replace('_', '-')}",
                "title": f"{_last(path)} of a worklist query, {matching}",
                "steps": [_query(each, order, odd=odd) for each in keys],
            }
            yield Made(document | ({"odd": True} if odd else {}), (claim.id,))
    universal = [each for each in claims if each.data["matching"] == "UNIVERSAL" and each.data["path"] != "PatientID"]
    yield from _returned(universal, "worklist-universal", "Worklist keys of zero length")


def _returned(claims: Sequence[Claim], name: str, title: str) -> Iterator[Made]:
    """One case that asks for all attributes of an item that any has, and one for the others."""
    for order, what in (("plain", "that every item has"), ("full", "of an order that has them all")):
        those = [each for each in claims if (str(each.data["path"]) in _GIVEN) is (order == "plain")]
        keys = {str(each.data["path"]): None for each in those if each.data["path"] != "PatientID"}
        keys.pop(_STEP, None)  # stands with the keys in it
        if those:
            document = {"id": f"{name}-{order}", "title": f"{title}, {what}", "steps": [_query(keys, order)]}
            yield Made(document, tuple(each.id for each in those))


def _returns_made(claims: Sequence[Claim]) -> Iterator[Made]:
    yield from _returned(claims, "worklist-returned", "Return keys of the worklist")


def _case_made(claims: Sequence[Claim]) -> Iterator[Made]:
    """A value of the order with all keys, in capitals."""
    for claim in claims:
        path = str(claim.data["path"])
        value = there(path) if path not in _MADE_UP or path == "PatientName" else None
        if (
            isinstance(value, str)
            and vr_of(path) in ("LO", "LT", "PN", "SH", "ST", "UC", "UT")
            and value != _upper(value)
        ):
            document = {
                "id": f"worklist-{worded(path)}-case",
                "title": f"{_last(path)} of a worklist query in capitals",
                "steps": [_query({path: value}, "full"), _query({path: _upper(value)}, "full")],
            }
            yield Made(document, (claim.id,))


def _upper(value: str) -> str:
    """A text in capitals, but for the word that stands for the run."""
    return value.upper().replace("$RUN", "$run")


def _case_cases(claim: Claim) -> Iterable[str]:
    path = str(claim.data["path"])
    if path == "PatientName":
        return _of_battery("name-case[as-it-is]", "name-case[lower]", "name-case[upper]")
    return _of_battery(f"other-case[{path}]") if path in ("PatientID", "AccessionNumber") else ()


def _negotiation_made(claims: Sequence[Claim]) -> Iterator[Made]:
    """An association that proposes everything that may be negotiated of a worklist (PS3.4 K.5.1)."""
    aspects = [each for each in claims if each.data["aspect"] != "date_time_matching"]
    if aspects:
        yield Made(proposing("worklist-negotiation", "worklist queries", WORKLIST), tuple(each.id for each in aspects))


def proposing(name: str, of: str, sop_class: str) -> dict[str, Any]:
    """A case that proposes extended negotiation of a query class, every aspect of it."""
    contexts = [{"id": 1, "abstract": VERIFICATION}, {"id": 3, "abstract": sop_class}]
    extended = [{"sop_class": sop_class, "information": "01010101"}]
    step = {"at": "$at", "contexts": contexts, "user": {"extended": extended}, "means": "valid"}
    return {"id": name, "title": f"Extended negotiation of {of}", "steps": [{"associate": step}]}


_STATUSES = {
    "0000": ("single-value[PatientID]",),
    "FF00": ("single-value[PatientID]",),
    "FF01": ("extra-keys[patient-module]",),
    "FE00": ("cancel-early", "cancel-late"),
}
#: What a failure may be the answer to: odd ones.
_FAILURES = ("two-steps", "odd-key")


def _status_cases(claim: Claim) -> Iterable[str]:
    code = str(claim.data["code"]).upper()
    return _of_battery(*(_FAILURES if code[:1] in ("A", "C", "0") and code != "0000" else _STATUSES.get(code, ())))


def _ranges(claim: Claim) -> Iterable[str]:
    return _of_battery("range-combined[from-to]") if claim.data["aspect"] == "date_time_matching" else ()


observing("worklist-key", built_in=_key_cases, made=_keys_made)
observing("worklist-return-key", made=_returns_made)
observing("worklist-case-sensitive", built_in=_case_cases, made=_case_made)
observing("worklist-cancel", built_in=lambda claim: _of_battery("cancel-early", "cancel-late"))
observing("worklist-negotiation", built_in=_ranges, made=_negotiation_made)
observing("worklist-status", built_in=_status_cases)
