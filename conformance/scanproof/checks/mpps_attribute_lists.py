"""Checks of what MPPS responses say about single attributes beside their status (PS3.7 C.4.2, C.4.3, C.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanproof.check import Observation, check, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.mpps import StepRequest
from scanproof.evidence.performed_steps import asked_for
from scanproof.evidence.source import plain
from scanproof.finding import Level
from scanproof.standard import mpps_table as table
from scansim.vocabulary.status import shown
from scansim.wire.dataset import DataSet, keyword, tag_of

_UNRECOGNIZED = (table.NO_SUCH_ATTRIBUTE, table.ATTRIBUTE_LIST_ERROR)
_WITH_VALUES = (table.INVALID_VALUE, table.OUT_OF_RANGE, table.MISSING_VALUE)
_CHARACTER_SET = 0x00080005
#: What the tables say of wherever it may stand; the rest an SCP may miss at a place where they say nothing.
_JUDGED = frozenset(tag_of(path.rpartition(">")[2]) for path in (*table.CREATE, *table.IN_ITEMS)) - {
    tag_of(name) for name in ("PatientID", "ReferencedSOPClassUID", "ReferencedSOPInstanceUID")
}


@check(
    "mpps.attribute-list",
    title="What a response names as wrong is what was wrong",
    clause="PS3.7 C.4.2 (2014a, 2025b), C.4.3, C.5.11, C.5.13, C.5.14, C.5.17 (2018-2024)",
    level=Level.SHOULD,
    service="mpps",
    expected="no list, or the attributes that are missing, not recognized or invalid",
    hint="Fill (0000,1005), and the data set beside 0106H, 0116H and 0121H, from what the request was refused for; "
    "leave them out where that is not known.",
)
def attribute_list(evidence: Evidence) -> Iterator[Observation]:
    """Beside 0105H, 0107H and 0120H a response may list the attributes that were not recognized or are missing; beside
    0106H, 0116H and 0121H it may carry the values that are invalid, or attributes that have none. Both are optional,
    and speak of nothing else.

    A service engineer looks for the attribute that the message names: when that one is right, for days.

    Lists and values that come along are compared with the request. An attribute that is said to be missing and is
    there, that is said not to be recognized and was not sent, or a value that was not sent or is right, warns; so does
    a list without the one that is wrong. A response without them is right, and so is whatever is said of an item that
    has no attributes.
    """
    for request, _ in evidence.performed_steps:
        if evidence.asked(request.operation).deviation == "mpps.create-empty-item":
            continue  # whatever its table has may be called missing
        wrong = {tag for fault in evidence.asked(request.operation).faults for tag in _tags(fault.path)}
        said = _named(request)
        if said is not None:
            text = f"{shown(request.answer.command.status)} names {_names(said)}"
            mistake = _mistaken(request, said, wrong)
            yield warn(f"{text}: {mistake}", request.answer) if mistake else ok(text, request.answer)
        values = request.answer.dataset
        if values is not None and request.answer.command.status in _WITH_VALUES:
            untrue = sorted(set(_untrue(values, request.operation.request.dataset, wrong)))
            text = f"{shown(request.answer.command.status)} comes with {_names(values.elements)}"
            mistake = f"{_names(untrue)} was not wrong, or not sent so" if untrue else ""
            yield warn(f"{text}: {mistake}", request.answer) if mistake else ok(text, request.answer)


def _named(request: StepRequest) -> tuple[int, ...] | None:
    tags = request.answer.command.values.get("AttributeIdentifierList")
    status = request.answer.command.status
    if not isinstance(tags, tuple) or not tags or status not in (*_UNRECOGNIZED, table.MISSING_ATTRIBUTE):
        return None
    return tuple(map(int, tags))


def _mistaken(request: StepRequest, said: tuple[int, ...], wrong: set[int]) -> str:
    """What is wrong with a list; empty when it is right."""
    status, dataset = request.answer.command.status, request.operation.request.dataset
    sent = {element.tag for _, _, element in dataset.walk()} if dataset is not None else set()
    if request.operation.request.name == "N-GET-RQ":
        wanted = asked_for(request.operation)
        strange = [tag for tag in said if wanted is not None and tag not in wanted]
        return f"{_names(strange)} was not asked for" if strange else ""
    if status == table.MISSING_ATTRIBUTE:
        strange = [tag for tag in said if tag in sent & _JUDGED and tag not in wrong]
        if strange:
            return f"{_names(strange)} is there"
    else:
        strange = [tag for tag in said if tag not in sent]
        if strange:
            return f"{_names(strange)} was not sent"
        if status == table.ATTRIBUTE_LIST_ERROR:
            return ""  # which optional attributes it recognizes is the target's affair
    return f"what is wrong is {_names(sorted(wrong))}" if wrong and not wrong & set(said) else ""


def _untrue(values: DataSet, sent: DataSet | None, wrong: set[int]) -> Iterator[int]:
    """Attributes of a response's data set that were not wrong in the request, or did not have that value there."""
    there: dict[int, list[tuple[str, ...]]] = {}
    for _, level, element in sent.walk() if sent is not None else ():
        there.setdefault(element.tag, []).append(level.values_of(element))
    for _, level, element in values.walk():
        if element.tag == _CHARACTER_SET:
            continue
        if element.items:
            continue  # what is in its items tells
        if (wrong and element.tag not in wrong) or level.values_of(element) not in there.get(element.tag, [()]):
            yield element.tag


def _tags(path: str) -> Iterator[int]:
    """Tags of a path: that of the attribute, and those of the sequences around it."""
    for name in plain(path).split(">"):
        try:
            yield tag_of(name)
        except KeyError:
            continue  # private, or about the command set


def _names(tags: Iterable[int]) -> str:
    return ", ".join(f"'{keyword(tag)}'" for tag in tags)
