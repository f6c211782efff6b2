"""Storage: what becomes of what was stored, by what came back of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanproof.evidence.differences import Difference, Kind
from scanproof.evidence.read_back import Returned
from scanproof.probe import contexts
from scanproof.probe.asking import STUDY
from scanproof.probe.lines import Line, unknown
from scanproof.probe.seen import Seen, cite
from scansim.network.transcript import Operation
from scansim.vocabulary.services import STORAGE
from scansim.vocabulary.status import is_success

_PLACE = ("services", "storage", "scp")
_NOT_STORED = "nothing was stored: --store"
#: What befalls an attribute that the target did not keep.
_GONE = (Kind.LOST, Kind.EMPTIED, Kind.ITEM_LOST)
_CHANGES = {Kind.CHANGED: "MODIFIED", Kind.ADDED: "ADDED", Kind.FILLED: "ADDED"}


def chapter(seen: Seen) -> Iterator[Line]:
    """Lines of Storage; none where no class is taken."""
    if not contexts.takes(contexts.accepted(seen), STORAGE.name):
        return
    evidence = seen.case(STUDY)
    back = [each for each in evidence.read_back if each.is_clean and each.versions == 1] if evidence is not None else []
    why = _NOT_STORED if evidence is None else "nothing came back"
    yield _level(back, why)
    yield unknown((*_PLACE, "level_of_digital_signature_support"), "not tried")
    yield from _duplicates(seen)
    yield from _coercion(back, why)


def _told(back: list[Returned]) -> tuple[str, ...]:
    return tuple(cite(STUDY, each.request.id) for each in back[:1])


def _level(back: list[Returned], why: str) -> Line:
    """Level of conformance (PS3.4 B.4.1): whether all attributes were kept, private ones too."""
    place = (*_PLACE, "level_of_conformance")
    if not back:
        return unknown(place, why)
    gone = [difference for each in back for difference in each.differences if difference.kind in _GONE]
    if gone:
        return unknown(place, f"attributes were lost, so it is not 2: {', '.join(_names(gone))}", *_told(back))
    return Line(place, 2, _told(back), "all that was stored came back, a private attribute too")


def _names(gone: Sequence[Difference]) -> list[str]:
    return list(dict.fromkeys(each.path for each in gone))[:5]


def _coercion(back: list[Returned], why: str) -> Iterator[Line]:
    """Attributes that came back changed or added; the values are not told."""
    place = (*_PLACE, "attribute_coercion")
    if not back:
        yield unknown(place, why)
        return
    changed = {
        difference.path: _CHANGES[difference.kind]
        for each in back
        for difference in each.differences
        if difference.kind in _CHANGES
    }
    if not changed:
        yield Line(place, [], _told(back), "nothing came back changed")
    for number, (path, change) in enumerate(changed.items()):
        value = {"attribute": path, "sop_class": "ALL", "type_of_change": change, "condition": "?"}
        yield Line((*place, number), value, _told(back))


_KEPT = {1: "keep_first", 2: "replace"}


def _duplicates(seen: Seen) -> Iterator[Line]:
    """What becomes of an instance that is there already: of the same content, and of other content under its UID."""
    evidence = seen.case(STUDY)
    place = (*_PLACE, "duplicate_sop_instance")
    stores = evidence.stores if evidence is not None else ()
    for content, again in zip(("same", "other"), _again(stores), strict=True):
        where = (*place, f"{content}_content")
        if not again or evidence is None:
            yield unknown(where, _NOT_STORED if content == "same" else f"{_NOT_STORED} and --odd-data")
            continue
        told, final = (cite(STUDY, again[-1].request.id),), again[-1].final
        status = final.command.status if final is not None else None
        if not is_success(status):
            yield Line(where, "refuse", told)
            yield Line((*place, f"{content}_content_status"), f"{status:04X}", told)
        elif content == "same":
            yield unknown(where, "it was taken; which of two that are alike is kept cannot be seen", *told)
        else:
            versions = [each for each in evidence.read_back if each.versions > 1]
            kept = _KEPT.get(versions[-1].version) if versions else None
            if kept is None:
                yield unknown(where, "it was taken; which is kept was not seen", *told)
            else:
                yield Line(where, kept, (*told, cite(STUDY, versions[-1].request.id)))


def _again(stores: Sequence[Operation]) -> tuple[list[Operation], list[Operation]]:
    """C-STOREs of what had been stored before: as it was, and changed."""
    before: set[str] = set()
    same, other = list[Operation](), list[Operation]()
    for each in stores:
        uid = each.request.command.sop_instance_uid or ""
        if uid in before:
            (other if each.request.intent is not None else same).append(each)
        before.add(uid)
    return same, other
