"""Codes as they are compared: scheme and value, old SNOMED codes as those of today, meanings and versions left out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from scansim.wire.dataset import DataSet

#: Scheme and value, such as ``DCM:113701``; empty for none.
Code = str

#: Designators under which SNOMED's codes with letters have been written (PS3.16 8.1).
_OLD_SNOMED = ("SRT", "SNM3", "99SDM")


@lru_cache(maxsize=1)
def _today() -> Mapping[str, str]:
    """SNOMED codes with letters to those with digits alone."""
    from pydicom.sr._snomed_dict import mapping

    return mapping["SRT"]


def code_of(text: str) -> Code:
    """The code that a table writes: of DCM where no scheme stands before a colon."""
    return text if ":" in text or not text else f"DCM:{text}"


def code_in(item: DataSet, sequence: str) -> Code:
    """The code in a code sequence of an item; empty when there is none that can be read."""
    for code in item.items(sequence)[:1]:
        value = next(filter(None, map(code.text, ("CodeValue", "LongCodeValue", "URNCodeValue"))), "")
        scheme = code.text("CodingSchemeDesignator")
        if scheme in _OLD_SNOMED:
            known = _today().get(value)
            scheme, value = ("SCT", known) if known else ("SRT", value)
        return f"{scheme}:{value}" if value else ""
    return ""


def concept_of(item: DataSet) -> Code:
    """The concept name of a content item."""
    return code_in(item, "ConceptNameCodeSequence")


def value_of(item: DataSet) -> Code:
    """The value of a content item of Value Type CODE."""
    return code_in(item, "ConceptCodeSequence")


@lru_cache(maxsize=1)
def _meanings() -> Mapping[Code, str]:
    from pydicom.sr._concepts_dict import concepts

    by_scheme: Mapping[str, Mapping[str, Mapping[str, tuple[str, object]]]] = concepts  # type: ignore[assignment]
    return {
        f"{scheme}:{value}": str(meaning)
        for scheme, keywords in by_scheme.items()
        for values in keywords.values()
        for value, (meaning, _) in values.items()
    }


def shown_code(code: Code) -> str:
    """A code for a message: (113838, DCM, "DLP"); without a meaning where none is known."""
    scheme, _, value = code.partition(":")
    meaning = _meanings().get(code)
    return f'({value}, {scheme}, "{meaning}")' if meaning else f"({value}, {scheme})"
