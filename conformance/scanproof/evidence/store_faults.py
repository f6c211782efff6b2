"""What is wrong with a C-STORE of ours: with its data set, and where it contradicts its command set and its context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanproof.evidence.fault import Found
from scanproof.iod import Checked, IodLevel
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import AssociationRecord, Exchange
from scansim.vocabulary.outcome import Happening

_FAULTY, _UID, _CLASS = "storage.faulty-object", "storage.uid-conflict", "storage.class-conflict"
_INCOMPLETE, _NO_DATA, _MALFORMED = "storage.command-incomplete", "storage.no-data-set", "storage.malformed-uid"

#: Deviations of an instance that comes with others: whoever means one of them need not mean what follows from it.
STORAGE = frozenset((_FAULTY, _UID, _CLASS, _INCOMPLETE, _NO_DATA, _MALFORMED, "storage.changed-again"))
_REQUIRED = ("AffectedSOPClassUID", "AffectedSOPInstanceUID", "Priority")


def of_own_file(found: Iterable[Found]) -> str:
    """The deviation that a file of the user's own is: it is sent as it is, and nobody's defect here."""
    names = {each.deviation for each in found}
    return next((name for name in (_UID, _CLASS, _MALFORMED, "storage.changed-again", _FAULTY) if name in names), "")


def is_own_file(request: Exchange) -> bool:
    """Whether a request of ours carries a file of the user's own."""
    return "file" in request.purpose


def is_meant_wrong(request: Exchange) -> bool:
    """Whether a C-STORE of ours is spoiled on purpose."""
    return request.intent is not None and request.intent.deviation in STORAGE


def began_wrong(association: AssociationRecord) -> bool:
    """Whether a request that did not go out whole is a C-STORE that is spoiled on purpose."""
    begun = association.event(Happening.INTENT)
    return begun is not None and str(begun.facts.get("deviation")) in STORAGE


def is_apart(request: Exchange) -> bool:
    """Whether a C-STORE of ours is no instance as the exam made it: a file of the user's, or altered on purpose."""
    return is_own_file(request) or "altered" in request.purpose or is_meant_wrong(request)


def store_faults(request: Exchange, checked: Checked | None) -> Iterator[Found]:
    """Yield what is wrong with a C-STORE by itself, each with the deviation that it is when it was meant."""
    command, dataset = request.command, request.dataset
    for name in _REQUIRED if request.intent is not None else _REQUIRED[:2]:
        if name not in command.values:
            yield Found(name, "is not in the command set", deviation=_INCOMPLETE)
    if dataset is None:
        yield Found("", "there is no data set", deviation=_NO_DATA)
        return
    least = IodLevel.WARNING if request.intent is not None else IodLevel.ERROR
    for finding in checked.findings if checked is not None else ():
        if finding.level is IodLevel.ERROR or finding.level is least:
            yield Found(finding.tag, finding.message, finding.rule, deviation=_FAULTY)
    sop_class, uid = command.sop_class_uid or "", command.sop_instance_uid or ""
    if uid and not is_uid(uid):
        yield Found("SOPInstanceUID", f"{uid} is no UID", deviation=_MALFORMED)
    yield from _conflicts(request, sop_class, uid)


def contradicts(request: Exchange) -> bool:
    """Whether a C-STORE names two instances, or two SOP Classes."""
    return any(_conflicts(request, request.command.sop_class_uid or "", request.command.sop_instance_uid or ""))


def _conflicts(request: Exchange, sop_class: str, uid: str) -> Iterator[Found]:
    dataset = request.dataset
    if dataset is None or not dataset.elements:
        return
    for name, named, deviation in (("SOPClassUID", sop_class, _CLASS), ("SOPInstanceUID", uid, _UID)):
        own = dataset.text(name)
        if own and named and own != named:
            yield Found(name, f"{own} in the data set, {named} in the command set", deviation=deviation)
    if sop_class and request.abstract_syntax and sop_class != request.abstract_syntax:
        what = f"{sop_class} on a Presentation Context for {request.abstract_syntax}"
        yield Found("SOPClassUID", what, deviation=_CLASS)
