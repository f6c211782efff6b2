"""Edits of a data set before it is sent: what a case of a battery takes away, empties, sets or adds, by path.

A path is keywords joined by dots, ``ScheduledStepAttributesSequence.StudyInstanceUID``; ``[2]`` behind a sequence is
its second item, without a number every item is meant. A tag stands for a keyword, with a VR where the dictionary has
none: ``(0009,1001) LO``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator
from pydicom import config
from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from scansim.inputs import did_you_mean
from scansim.wire.dimse import Value

_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)(?: ([A-Z]{2}))?")
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
    return tuple(found)


_EXAMPLE = "ScheduledStepAttributesSequence.StudyInstanceUID or (0009,1001) LO"


def _tag(name: str, path: str) -> tuple[int, str]:
    if name.startswith("("):
        match = _TAG.fullmatch(name)
        if match is None:
            raise ValueError(f"{path!r}: {name} is no tag: (gggg,eeee), with a VR behind it: (0009,1001) LO")
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


def _is_value(value: Any) -> Any:
    """Allow text, numbers, null, lists of those, and items as mappings of paths; ValueError for anything else."""
    if isinstance(value, Mapping):
        for path, inner in value.items():
            parts(str(path))
            _is_value(inner)
    elif isinstance(value, list | tuple):
        for one in value:
            _is_value(one)
    elif value is not None and not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no value: text, a number, null for no value, or a list of those")
    return value


AnyValue = Annotated[Any, AfterValidator(_is_value)]


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
            held = list(inner[last.tag].value or ()) if last.tag in inner else []
            inner[last.tag] = DataElement(last.tag, "SQ", Sequence([*held, _item(item)]))
        else:
            value = inner[last.tag].value if last.tag in inner else None
            many = [] if value in (None, "") else list(value) if isinstance(value, list) else [value]
            inner[last.tag] = _element(last, [*map(str, many), item])


def value_at(ds: Dataset, path: str) -> Any:
    """The value that a path names, of first items; None when there is none."""
    *way, last = parts(path)
    inner = next(iter(_inside(ds, way)), None)
    element = inner.get(last.tag) if inner is not None else None
    return None if element is None or element.is_empty else element.value


def _inside(ds: Dataset, way: list[Part], *, make: bool = False) -> list[Dataset]:
    here = [ds]
    for part in way:
        deeper: list[Dataset] = []
        for one in here:
            if part.tag not in one and not make:
                continue
            items = one[part.tag].value if part.tag in one else None
            if make and (not items or len(items) < part.item):
                items = Sequence([*(items or ()), Dataset()])
                one[part.tag] = DataElement(part.tag, "SQ", items)
            if part.item:
                deeper += [items[part.item - 1]] if items and len(items) >= part.item else []
            else:
                deeper += list(items or ())
        here = deeper
    return here


def _element(part: Part, value: Any) -> DataElement:
    if part.vr == "SQ":
        items = [] if value is None else value if isinstance(value, list | tuple) else [value]
        return DataElement(part.tag, "SQ", Sequence([_item(item) for item in items]))
    if isinstance(value, list | tuple):
        value = [str(one) if isinstance(one, str) else one for one in value]
    if part.vr not in _NUMBERS and value is not None:
        value = [str(one) for one in value] if isinstance(value, list) else str(value)
    return DataElement(part.tag, part.vr, value, validation_mode=config.IGNORE)


_NUMBERS = ("US", "UL", "SS", "SL", "FL", "FD", "UV", "SV", "AT")


def _item(item: Any) -> Dataset:
    if isinstance(item, Dataset):
        return item
    ds = Dataset()
    for path, value in (item or {}).items():
        put(ds, str(path), value)
    return ds


def edited_command(command: Mapping[str, Value], changes: Mapping[str, Any]) -> dict[str, Value]:
    """A command set with elements replaced; null takes one away."""
    found: dict[str, Value] = {**command, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in found.items() if name not in changes or changes[name] is not None}
