"""Coded entries: one of three values, and the designator that goes with two of them (PS3.3 8.8)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.logic import has_no_value
from scanproof.iod.tables.words import named
from scansim.wire.dataset import DataSet

_CLAUSE = "PS3.3 Table 8.8-1 (2026b)"
_OF_2020 = "PS3.3 Table 8.8-1 (2020)"
_VALUES = ("CodeValue", "LongCodeValue", "URNCodeValue")
_MACRO = "the Code Sequence Macro wants"


def code_findings(item: DataSet, path: str) -> Iterator[IodFinding]:
    """Judge the conditional attributes of a coded entry; its Type 1 and 3 ones are judged like any other's.

    An item without any of the three values gives one finding, not three.
    """
    here = [name for name in _VALUES if name in item]
    if not here:
        text = "a coded entry with none of Code Value, Long Code Value and URN Code Value"
        yield IodFinding("condition-missing", IodLevel.ERROR, f"{path}CodeValue", text, _CLAUSE)
    for name in here:
        if has_no_value(item, name):
            text = f"empty; {_MACRO} a value when it is there (Type 1C)"
            yield IodFinding("type1-empty", IodLevel.ERROR, f"{path}{name}", text, _CLAUSE)
    if here and here != ["URNCodeValue"]:
        if "CodingSchemeDesignator" not in item:
            text = f"absent, though {named(here[0])} is present; {_MACRO} it then (Type 1C)"
            yield IodFinding("condition-missing", IodLevel.ERROR, f"{path}CodingSchemeDesignator", text, _CLAUSE)
        elif has_no_value(item, "CodingSchemeDesignator"):
            text = f"empty, though {named(here[0])} is present; {_MACRO} a value then (Type 1C)"
            yield IodFinding("type1-empty", IodLevel.ERROR, f"{path}CodingSchemeDesignator", text, _CLAUSE)
    identified = "ContextIdentifier" in item
    for name in ("ContextGroupVersion", "MappingResource"):
        if identified and name not in item:
            text = f"absent, though Context Identifier is present; {_MACRO} it then (Type 1C)"
            yield IodFinding("condition-missing", IodLevel.ERROR, f"{path}{name}", text, _OF_2020)
        elif name in item and not identified:
            text = (
                "present, though Context Identifier is absent; the Code Sequence Macro does not allow it then (Type 1C)"
            )
            yield IodFinding("condition-forbidden", IodLevel.ERROR, f"{path}{name}", text, _OF_2020)
    if item.text("ContextGroupExtensionFlag") == "Y":
        text = f"absent, though Context Group Extension Flag is Y; {_MACRO} it then (Type 1C)"
        for name in ("ContextGroupLocalVersion", "ContextGroupExtensionCreatorUID"):
            if name not in item:
                yield IodFinding("condition-missing", IodLevel.ERROR, f"{path}{name}", text, _OF_2020)
