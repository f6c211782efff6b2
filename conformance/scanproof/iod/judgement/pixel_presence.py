"""Whether the pixels of an image are there, in the attribute that its IOD and its Transfer Syntax have for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.clauses import iod_named
from scanproof.iod.tables.knowledge import Iod, Module
from scanproof.iod.tables.logic import known_values
from scansim.wire.dataset import DataSet

_CLAUSE = "PS3.3 Table C.7-11a (2020)"
_URL, _FRAMES = "PixelDataProviderURL", "NumberOfFrames"
#: Module of an IOD to the attribute that it has for pixels.
_BY_MODULE = {
    "image-pixel": "PixelData",
    "floating-point-image-pixel": "FloatPixelData",
    "double-floating-point-image-pixel": "DoubleFloatPixelData",
}
#: Those attributes: `presence_findings` says which of them is missing.
ATTRIBUTES = frozenset(_BY_MODULE.values())
#: JPIP Referenced, and Referenced Deflate, for JPEG 2000 and for HTJ2K: a URL in place of the pixels (PS3.5 A.6, A.7).
JPIP = frozenset(f"1.2.840.10008.1.2.4.{last}" for last in (94, 95, 204, 205))


@dataclass(frozen=True)
class Carried:
    """How a data set came: by a JPIP Transfer Syntax, by one of native pixels, with headers alone.

    Of headers alone the pixels were left out on purpose.
    """

    jpip: bool = False
    headers: bool = False
    native: bool = False


#: Whole, and in a Transfer Syntax that carries its pixels.
WHOLE = Carried()


def presence_findings(iod: Iod, root: DataSet, used: frozenset[str], carried: Carried) -> Iterator[IodFinding]:
    """Judge an image without pixels, with pixels in a place that its IOD does not have, or in two.

    Parameters
    ----------
    iod : Iod
        The IOD.
    root : DataSet
        The data set.
    used : frozenset of str
        Keys of the modules that are in use.
    carried : Carried
        How it came.
    """
    modules = [module for module in iod.modules if module.key in _BY_MODULE]
    there = [name for name in _BY_MODULE.values() if name in root]
    places = [*there, _URL] if _URL in root else there
    if len(places) > 1:
        text = f"{places[0]} is there as well; an image has its pixels in one place"
        yield _wrong("pixel-data-place", places[1], text, "PS3.5 8.2 (2020)")
    elif _URL in root and not carried.jpip:
        text = "a URL of the pixels, which only the JPIP Transfer Syntaxes have"
        yield _wrong("pixel-data-place", _URL, text, _CLAUSE)
    for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if carried.native and name in root:
            text = "present, though the Transfer Syntax does not encapsulate pixels, into which it points"
            yield _wrong("pixel-data-place", name, text, _CLAUSE)
    if not modules:
        return
    yield from _frames(iod, root)
    if _URL in root or not _is_asked_for(modules, used):
        return
    wanted = [_BY_MODULE[module.key] for module in modules]
    if any(name in there for name in wanted):
        if carried.jpip:
            text = "absent, though the Transfer Syntax is of JPIP, which has it in place of Pixel Data"
            yield _wrong("pixel-data-missing", _URL, text, _CLAUSE)
    elif carried.headers:
        text = "headers alone were given: pixels are not judged"
        yield IodFinding("header-only", IodLevel.INFO, "PixelData", text, _CLAUSE)
    else:
        beside = f"; {there[0]} is of other IODs" if there else ""
        text = f"absent: an image of the {iod_named(iod.key)} has {' or '.join(wanted)}{beside}"
        yield _wrong("pixel-data-missing", _URL if carried.jpip else wanted[0], text, _CLAUSE)


def _frames(iod: Iod, root: DataSet) -> Iterator[IodFinding]:
    """Several frames of a class whose images have one: pixels that its readers do not expect."""
    stated = known_values(root, _FRAMES)[:1]
    if not stated or not stated[0].isdigit() or int(stated[0]) < 2:
        return
    if not any(_FRAMES in module.attributes for module in iod.modules):
        text = f"{stated[0]} frames, where an image of the {iod_named(iod.key)} has one"
        yield _wrong("frames-of-single", _FRAMES, text, "PS3.3 Annex A, the IOD's modules (2020); PS3.4 B.4.1")


def _is_asked_for(modules: list[Module], used: frozenset[str]) -> bool:
    """Whether one of the modules that have pixels has to be there: it is mandatory, or in use, or one of several is."""
    return len(modules) > 1 or any(module.usage == "M" or module.key in used for module in modules)


def _wrong(rule: str, path: str, text: str, clause: str) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, path, text, clause)
