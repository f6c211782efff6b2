"""What a probe asks: scenarios as plain data, in phases of which each knows what those before it showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scansim.vocabulary.uids import PRIVATE_STORAGE, uid_keyword

#: Ids of the scenarios of a probe.
CONTACT, SELECTION, STUDY, WORKLIST = "probe", "probe-selection", "probe-study", "probe-worklist"
NEGOTIATION, KEYS, LIMITS = "probe-negotiation", "probe-keys", "probe-limits"
#: AE titles that nobody has.
NOBODY, STRANGER = "SCANPROOF-NOBODY", "SCANPROOF-PROBE"
#: An Application Context Name that is not DICOM's.
OTHER_CONTEXT = "1.2.840.10008.3.1.1.2"
#: Answers after which a query is ended by C-CANCEL.
CANCEL_AFTER = 50
#: Associations that are held at once, and how long silence is kept, in s.
MOST_ASSOCIATIONS, MOST_SILENCE = 64, 60

_PROCEDURE = {
    "code": "CTABD",
    "meaning": "CT abdomen",
    "protocol_code": "CTABD-N",
    "protocol_meaning": "CT abdomen native",
}


@dataclass(frozen=True)
class Wanted:
    """What a probe may do: store a study, send edited requests, try limits.

    ``contexts`` are what is negotiated, as the step has it.
    """

    store: bool = False
    odd: bool = False
    limits: bool = False
    contexts: Any = "all"


def _document(name: str, title: str, **parts: Any) -> dict[str, Any]:
    return {"id": name, "title": title, "modality": "CT", "procedure": _PROCEDURE, **parts}


def _case(name: str, title: str, *steps: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": title, "steps": list(steps), **more}


def contact(contexts: Any = "all") -> dict[str, Any]:
    """Verification, the Presentation Contexts, and whom the target lets in."""
    return _document(
        CONTACT,
        "What a target accepts, and whom",
        cases=[
            _case("verification", "Verification", "verify"),
            _case(
                "window",
                "An asynchronous window of eight operations",
                {"associate": {"user": {"async_window": [8, 8]}, "then": "echo", "means": "valid"}},
            ),
            _case("contexts", "Each SOP Class with each Transfer Syntax", {"negotiate": {"contexts": contexts}}),
            _case(
                "private-class",
                "A SOP Class that nobody else knows",
                {
                    "associate": {
                        "contexts": [{"id": 1, "abstract": PRIVATE_STORAGE}],
                        "means": "association.unknown-classes",
                    }
                },
            ),
            _case(
                "called-title",
                "A Called-AE-title that is none of the target's",
                {"associate": {"called": NOBODY, "means": "association.called-title"}},
            ),
            _case(
                "calling-title",
                "A Calling-AE-title that nobody told the target",
                {"associate": {"calling": STRANGER, "then": "echo", "means": "association.calling-title"}},
            ),
            _case(
                "application-context",
                "An Application Context Name that is not DICOM's",
                {"associate": {"application_context": OTHER_CONTEXT, "means": "association.application-context"}},
            ),
            _case(
                "protocol-version",
                "A Protocol-version without bit 0",
                {"associate": {"protocol_version": 2, "means": "association.protocol-version"}},
            ),
        ],
    )


def selection(sop_class: str, syntaxes: Sequence[str]) -> dict[str, Any]:
    """One context with several Transfer Syntaxes, each in front once; of a class that takes them all."""
    names = [uid_keyword(each) for each in syntaxes]
    wanted = {"sop_classes": [uid_keyword(sop_class)], "transfer_syntaxes": names}
    step = {"negotiate": {"contexts": [wanted], "offer": "together", "orders": "turned"}}
    cases = [_case("turned", "Each in front once", step)]
    return _document(SELECTION, "Which of several Transfer Syntaxes is taken", cases=cases)


def worklist() -> dict[str, Any]:
    """What is scheduled today, and what is scheduled for us; more is never asked for."""
    late = {"cancel": "late", "cancel_after": CANCEL_AFTER, "modality": "any"}
    return _document(
        WORKLIST,
        "What the worklist has for today, and for us",
        steps=[
            {"query-worklist": {**late, "station": "any", "day": "today", "name": "today"}},
            {"query-worklist": {**late, "station": "ours", "day": "any", "name": "station"}},
        ],
    )


def negotiation(sop_classes: Mapping[str, str]) -> dict[str, Any]:
    """Every extension of the queries of some SOP Classes, by what their cases are called (PS3.4 C.5.1.1)."""
    cases = []
    for name, sop_class in sop_classes.items():
        extended = [{"sop_class": sop_class, "information": "01010101"}]
        step = {"contexts": [{"id": 1, "abstract": sop_class}], "user": {"extended": extended}, "means": "valid"}
        cases.append(_case(name, f"Every extension of {uid_keyword(sop_class)}", {"associate": step}))
    return _document(NEGOTIATION, "Which extensions of queries are supported", cases=cases)


#: Values of the study that is stored, so that there is one for each key; of who ordered it nothing is known.
_VALUES = {
    "AccessionNumber": "$run",
    "StudyID": "$run",
    "StudyDescription": "Probe of keys",
    "ReferringPhysicianName": "Synthetic-Referrer^Rita",
    "SeriesDescription": "Probe of keys",
    "(0009,0010)": "SCANPROOF PROBE",
    "(0009,1001) LO": "kept or not",
}


def study(*, find: bool, gets: Sequence[str], moves: Sequence[str], commitment: bool, odd: bool) -> dict[str, Any]:
    """One small study: stored, found, committed in both ways, given back, stored once more.

    ``gets`` and ``moves`` are the information models in which it can be retrieved, as steps call them.
    """
    store = {"which": "all", "set": _VALUES, "means": "valid"}
    steps: list[Any] = [{"acquire": {"protocol": "ct-scout", "instances": 2}}, {"store": store}]
    if find:
        steps += ["query-study"]
    if commitment:
        steps += [{"commit": {"association": how}} for how in ("stays", "released")]
        steps += [{"commit": {"instances": "never-sent"}}]
    back: list[Any] = [{"retrieve": {"by": "get", "model": model}} for model in gets[:1]]
    steps += back
    steps += [{"retrieve": {"by": "move", "model": model}} for model in moves]
    steps += [{"retrieve": {"by": "move", "model": model, "destination": "unknown"}} for model in moves]
    steps += [{"store": {**store, "which": "first", "again": True}}]
    if odd:
        steps += [{"store": {"which": "last", "set": _VALUES, "again": "pixels"}}, *back]
    return _document(STUDY, "One study is stored, found, committed and given back", steps=steps)


def queries(name: str, title: str, asked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Queries of the worklist or the archive, one after the other."""
    return _document(name, title, steps=list(asked))


def limits() -> dict[str, Any]:
    """How many associations are let in at once, and how long silence is borne."""
    held = {"way": "slots", "count": MOST_ASSOCIATIONS, "ends": "release"}
    return _document(
        LIMITS,
        "How much a target bears",
        cases=[
            _case("associations", f"{MOST_ASSOCIATIONS} associations at once", {"disturb": held}),
            _case(
                "artim",
                "A connection without a request",
                {"disturb": {"way": "idle-before-request", "wait": MOST_SILENCE}},
            ),
            _case(
                "idle",
                "An association without a message",
                {"disturb": {"way": "idle-established", "wait": MOST_SILENCE}},
            ),
        ],
    )
