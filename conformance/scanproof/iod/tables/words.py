"""Words for what conditions look at: names of attributes and of SOP Classes, lists of values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_description, tag_for_keyword

#: So many values are told one by one.
_TOLD = 6


@lru_cache(maxsize=4096)
def named(keyword: str) -> str:
    """Name of an attribute, such as ``Patient's Sex``; what is no keyword stays as it is."""
    tag = tag_for_keyword(keyword)
    return keyword if tag is None else dictionary_description(tag)


def value_named(value: str) -> str:
    """A value as a sentence has it: of a UID of the standard its name."""
    known = UID_dictionary.get(value)
    return known[0] if known is not None else value or "empty"


def one_of(values: Sequence[str], last: str = "or") -> str:
    """Values in a row: ``A, B or C``; of very many the first."""
    shown = [value_named(value) for value in values]
    if len(shown) > _TOLD:
        return f"{', '.join(shown[: _TOLD - 1])} {last} {len(shown) - _TOLD + 1} others"
    return joined(shown, last)


def joined(parts: Sequence[str], last: str = "and") -> str:
    """Parts of a sentence in a row: ``A, B and C``."""
    return "".join(parts) if len(parts) < 2 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
