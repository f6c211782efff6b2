"""Edits of a data set before it is sent: what a case of a battery takes away, empties, sets or adds, by path.

A path is keywords joined by dots, ``ScheduledStepAttributesSequence.StudyInstanceUID``; ``[2]`` behind a sequence is
its second item, without a number every item is meant. A tag stands for a keyword, with a VR where the dictionary has
none: ``(0009,1001) LO``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator
from pydicom import config
from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.valuerep import VR

from scansim.inputs import did_you_mean
from scansim.wire.dimse import Value

_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)(?: ([A-Z]{2}))?")
_VRS = tuple(vr.value for vr in VR if len(vr.value) == 2)
_PART = re.compile(r"(?P<name>\([^)]*\)(?: [A-Z]{2})?|[A-Za-z][A-Za-z0-9]*)(?:\[(?P<item>[1-9][0-9]*)\])?")

#: Finds the value that a reference such as ``$plain.PatientID`` stands for.
Lookup = Callable[[str], Any]


@dataclass(frozen=True)
class Part:
    """One element of a path: tag and VR, and which item of it is meant; 0 for every one."""

    tag: int
    vr: str
    item: int = 0


def parts(path: str) -> tuple[Part, ...]:
    """Read a path; ValueError says what is wrong with it."""
    found: list[Part] = []
    rest = path
    while rest:
        match = _PART.match(rest)
        if match is None:
            raise ValueError(f"{path!r}: a path is keywords joined by dots, such as {_EXAMPLE}")
        found.append(Part(*_tag(match["name"], path), int(match["item"] or 0)))
        rest = rest[match.end() :]
        if rest and (not rest.startswith(".") or len(rest) == 1):
            raise ValueError(f"{path!r}: a path is keywords joined by dots, such as {_EXAMPLE}")
        rest = rest[1:]
    for part in found[:-1]:
        if part.vr != "SQ":
            raise ValueError(f"{path!r}: what stands before a dot has to be a sequence")
    if not found:
        raise ValueError("a path is needed")
    if found[-1].item and found[-1].vr != "SQ":
        raise ValueError(f"{path!r}: a number in brackets stands behind a sequence; a list has several values")
    return tuple(found)


_EXAMPLE = "ScheduledStepAttributesSequence.StudyInstanceUID or (0009,1001) LO"


def _tag(name: str, path: str) -> tuple[int, str]:
    if name.startswith("("):
        match = _TAG.fullmatch(name)
        if match is None:
            raise ValueError(f"{path!r}: {name} is no tag: (gggg,eeee), with a VR behind it: (0009,1001) LO")
        if match[3] is not None and match[3] not in _VRS:
            raise ValueError(f"{path!r}: there is no VR {match[3]}; allowed: {', '.join(_VRS)}")
        tag = Tag(int(match[1], 16), int(match[2], 16))
        if match[3]:
            return tag, match[3]
        if dictionary_has_tag(tag):
            return tag, dictionary_VR(tag)
        creator = tag.is_private and 0x10 <= tag.element <= 0xFF
        if not creator:
            raise ValueError(f"{path!r}: the dictionary does not have {name}; write its VR behind it: {name} LO")
        return tag, "LO"
    known = tag_for_keyword(name)
    if known is None:
        from pydicom._dicom_dict import DicomDictionary

        raise ValueError(
            f"{path!r}: no attribute {name}{did_you_mean(name, (row[4] for row in DicomDictionary.values()))}"
        )
    return Tag(known), dictionary_VR(known).split(" ")[0]


def _is_path(path: str) -> str:
    parts(path)
    return path


Path = Annotated[str, AfterValidator(_is_path)]


def _fits(path: str, value: Any) -> None:
    """ValueError for a value that an attribute of the path's VR cannot be given."""
    last = parts(path)[-1]
    several = isinstance(value, list | tuple)
    if several and last.item:
        raise ValueError(f"{path}: one item is meant, and a list has several")
    for one in value if several else [value]:
        if one is None or (isinstance(one, str) and _REFERENCE.fullmatch(one)):
            continue
        if last.vr == "SQ":
            if not isinstance(one, Mapping):
                raise ValueError(f"{path}: {one!r} is no item of a sequence: that is a mapping of paths to values")
            _fit(one)
        elif not isinstance(one, str | int | float) or isinstance(one, bool):
            what = "text, a number, null for no value, or a list of those"
            raise ValueError(f"{path}: {one!r} is no value of an attribute of VR {last.vr}: {what}")
        elif last.vr in _NUMBERS and isinstance(one, str):
            raise ValueError(f"{path}: {one!r} is no number, and its VR is {last.vr}")
        elif last.vr in _WHOLE and not (isinstance(one, int) and one in _WHOLE[last.vr]):
            low, high = _WHOLE[last.vr][0], _WHOLE[last.vr][-1]
            raise ValueError(f"{path}: {one!r} is no whole number from {low} to {high}, and its VR is {last.vr}")


def _fit(values: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Allow what each attribute can be given; ValueError for anything else."""
    for path, value in values.items():
        _fits(str(path), value)
    return values


#: Path to value: text, a number, null, a list of those, or items as mappings of paths to values.
Values = Annotated[Mapping[Path, Any], AfterValidator(_fit)]


def references(value: Any) -> Iterator[str]:
    """Yield the references in a value: each text that begins with a dollar sign."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from references(one)
    elif isinstance(value, str):
        yield from (match[0] for match in _REFERENCE.finditer(value))


#: ``$plain.PatientID`` is a value of the order `plain`, ``$many[3].PatientID`` of the third of those called `many`;
#: ``$today``, ``$today+1`` the day of the run or another one; ``$station`` our AE title, ``$run`` the run's id.
_REFERENCE = re.compile(
    r"\$(?:today(?:[+-][0-9]+)?|station|run)(?![A-Za-z0-9._])"
    r"|\$[a-z][a-z0-9-]*(?:\[[0-9]+\])?\.[A-Za-z(][A-Za-z0-9.\[\](),]*(?<=[A-Za-z0-9)\]])"
)
#: What a reference may name beside orders.
WORDS = ("today", "station", "run")


_DOLLAR = re.compile(r"\$[A-Za-z_][A-Za-z0-9_-]*")


def unknown_words(text: str) -> list[str]:
    """What follows a dollar sign in a text and stands for nothing."""
    return _DOLLAR.findall(_REFERENCE.sub("", text))


def check_reference(reference: str) -> None:
    """ValueError for a reference whose path is none."""
    if order_of(reference):
        parts(reference.partition(".")[2])


def order_of(reference: str) -> str:
    """Id of the order that a reference names, with its number in brackets; empty for another word."""
    return reference[1:].partition(".")[0] if "." in reference else ""


def resolve(value: Any, lookup: Lookup) -> Any:
    """Return a value with its references replaced: one that is the whole text by the value itself."""
    if isinstance(value, Mapping):
        return {path: resolve(inner, lookup) for path, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(one, lookup) for one in value]
    if isinstance(value, str):
        if (match := _REFERENCE.fullmatch(value)) is not None:
            return lookup(match[0])
        return _REFERENCE.sub(lambda match: str(lookup(match[0])), value)
    return value


def put(ds: Dataset, path: str, value: Any) -> None:
    """Set what a path names; sequences and items on the way are made where they are not there."""
    *way, last = parts(path)
    for inner in _inside(ds, way, make=True):
        if last.item:
            items = _items(inner, last)
            items[last.item - 1] = _item(value)
            inner[last.tag] = DataElement(last.tag, "SQ", Sequence(items))
        else:
            inner[last.tag] = _element(last, value)


def take_away(ds: Dataset, path: str) -> bool:
    """Take away what a path names; whether it was there."""
    *way, last = parts(path)
    found = False
    for inner in _inside(ds, way):
        if last.item:
            items = inner[last.tag].value if last.tag in inner else []
            if len(items) >= last.item:
                del items[last.item - 1]
                found = True
        elif last.tag in inner:
            del inner[last.tag]
            found = True
    return found


def append(ds: Dataset, path: str, item: Any) -> None:
    """Put one more item behind those of a sequence, or one more value behind those of another attribute."""
    *way, last = parts(path)
    for inner in _inside(ds, way, make=True):
        if last.vr == "SQ":
            items = [*_items(inner, last, 0), *map(_item, item if isinstance(item, list | tuple) else [item])]
            inner[last.tag] = DataElement(last.tag, "SQ", Sequence(items))
        else:
            held = inner.get(last.tag)
            many = [] if held is None or held.is_empty else list(held.value) if held.VM > 1 else [held.value]
            added = list(item) if isinstance(item, list | tuple) else [item]
            inner[last.tag] = _element(last, [*many, *added])


def element_at(ds: Dataset, path: str) -> DataElement | None:
    """The element that a path names, of first items; None when there is none."""
    *way, last = parts(path)
    inner = next(iter(_inside(ds, way)), None)
    return inner.get(last.tag) if inner is not None else None


def _inside(ds: Dataset, way: list[Part], *, make: bool = False) -> list[Dataset]:
    here = [ds]
    for part in way:
        deeper: list[Dataset] = []
        for one in here:
            if part.tag not in one and not make:
                continue
            items = one[part.tag].value if part.tag in one else None
            if make and len(items or ()) < max(part.item, 1):
                items = Sequence(_items(one, part))
                one[part.tag] = DataElement(part.tag, "SQ", items)
            if part.item:
                deeper += [items[part.item - 1]] if items and len(items) >= part.item else []
            else:
                deeper += list(items or ())
        here = deeper
    return here


def _items(ds: Dataset, part: Part, at_least: int = 1) -> list[Dataset]:
    """The items of a sequence, with empty ones behind them up to the one that is meant."""
    held = list(ds[part.tag].value or ()) if part.tag in ds else []
    return held + [Dataset() for _ in range(max(part.item, at_least) - len(held))]


def _element(part: Part, value: Any) -> DataElement:
    if part.vr == "SQ":
        items = [] if value is None else value if isinstance(value, list | tuple) else [value]
        return DataElement(part.tag, "SQ", Sequence([_item(item) for item in items]))
    if value is None or part.vr in _NUMBERS:
        found = value
    elif part.vr in _BYTES:
        found = "".join(map(str, value)).encode() if isinstance(value, list | tuple) else str(value).encode()
    else:
        found = [_text(one) for one in value] if isinstance(value, list | tuple) else _text(value)
    return DataElement(part.tag, part.vr, found, validation_mode=config.IGNORE)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


#: Numbers of binary VRs (PS3.5 6.2).
_WHOLE = {
    **{vr: range(1 << 8 * size) for vr, size in (("US", 2), ("UL", 4), ("AT", 4), ("UV", 8))},
    **{vr: range(-1 << 8 * size - 1, 1 << 8 * size - 1) for vr, size in (("SS", 2), ("SL", 4), ("SV", 8))},
}
_NUMBERS = (*_WHOLE, "FL", "FD")
_BYTES = ("OB", "OD", "OF", "OL", "OV", "OW", "UN")


def _item(item: Any) -> Dataset:
    if isinstance(item, Dataset):
        return deepcopy(item)
    ds = Dataset()
    for path, value in (item or {}).items():
        put(ds, str(path), value)
    return ds


def edited_command(command: Mapping[str, Value], changes: Mapping[str, Any]) -> dict[str, Value]:
    """A command set with elements replaced; null takes one away."""
    found: dict[str, Value] = {**command, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in found.items() if name not in changes or changes[name] is not None}
