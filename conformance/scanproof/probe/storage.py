"""Storage: what becomes of what was stored, by what came back of it."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.evidence.differences import Kind
from scanproof.evidence.read_back import Returned
from scanproof.probe import contexts
from scanproof.probe.asking import STUDY
from scanproof.probe.lines import Line, unknown
from scanproof.probe.seen import Seen, cite
from scansim.vocabulary.services import STORAGE

_PLACE = ("services", "storage", "scp")
#: What befalls an attribute that the target did not keep.
_GONE = (Kind.LOST, Kind.EMPTIED, Kind.ITEM_LOST)
_CHANGES = {Kind.CHANGED: "MODIFIED", Kind.ADDED: "ADDED", Kind.FILLED: "ADDED"}


def chapter(seen: Seen) -> Iterator[Line]:
    """Lines of Storage; none where no class is taken."""
    if not contexts.takes(contexts.accepted(seen), STORAGE.name):
        return
    evidence = seen.case(STUDY)
    back = [each for each in evidence.read_back if each.is_clean and each.versions == 1] if evidence is not None else []
    why = "needs --store" if evidence is None else "nothing came back"
    yield _level(back, why)
    yield unknown((*_PLACE, "level_of_digital_signature_support"), "not tried")
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


def _names(gone: list) -> list[str]:  # type: ignore[type-arg]
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
