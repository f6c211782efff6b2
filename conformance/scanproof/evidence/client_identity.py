"""What differs between worklist item, performed step and instances of a client: which values, and how."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydicom.datadict import dictionary_VR, tag_for_keyword

from scanproof.evidence.client_exam import PATIENT
from scanproof.standard.text_damage import damage, folded
from scansim.vocabulary import values as value_form


class How(StrEnum):
    """What befell a value on its way: ``FORM`` is another way to write the same."""

    LOST = "has no value"
    DAMAGED = "was damaged"
    FORM = "is written in another way"
    PART = "is a part of it"
    OTHER = "is another one"


@dataclass(frozen=True)
class Differs:
    """One attribute with another value than where it came from; ``why`` says how it was damaged."""

    name: str
    how: How
    wanted: str
    got: str
    why: str = ""


def differing(
    wanted: Mapping[str, tuple[str, ...]], got: Mapping[str, tuple[str, ...]], names: Iterable[str] = PATIENT
) -> tuple[Differs, ...]:
    """Compare values by keyword; what had none, and what is not in the second at all, differs in nothing."""
    return tuple(
        _of(name, wanted.get(name, ()), got[name]) for name in names if name in got and _is_other(name, wanted, got)
    )


def _is_other(name: str, wanted: Mapping[str, tuple[str, ...]], got: Mapping[str, tuple[str, ...]]) -> bool:
    one = wanted.get(name, ())
    return any(one) and _normal(name, one) != _normal(name, got[name])


def _of(name: str, wanted: tuple[str, ...], got: tuple[str, ...]) -> Differs:
    one, other = "\\".join(_normal(name, wanted)), "\\".join(_normal(name, got))
    how, why = _how(name, one, other)
    return Differs(name, how, one, other, why)


def _how(name: str, wanted: str, got: str) -> tuple[How, str]:
    if not got:
        return How.LOST, ""
    if folded(_plain(name, wanted)) == folded(_plain(name, got)):
        return How.FORM, ""
    if name == "PatientName" and _is_part(wanted, got):
        return How.PART, ""
    if dictionary_VR(tag_for_keyword(name) or 0) in ("PN", "LO", "SH") and (why := damage(wanted, got)):
        return How.DAMAGED, why
    return How.OTHER, ""


def _plain(name: str, value: str) -> str:
    """A value without what is only its form: outer and double blanks, and how names separate their components."""
    text = value.replace("^", " ") if name == "PatientName" else value
    return " ".join(text.split())


def _is_part(wanted: str, got: str) -> bool:
    """Whether a name is the other one without whole component groups, or without what stands behind the given name."""
    groups, others = ([folded(each) for each in name.split("=")] for name in (wanted, got))
    pairs = [(one, other) for one, other in zip(groups, others, strict=False) if other]
    if not pairs or len(others) > len(groups):
        return False
    return all(one == other or _is_shortened(one, other) for one, other in pairs)


def _is_shortened(group: str, other: str) -> bool:
    components, left = group.split("^"), other.split("^")
    return len(left) >= 2 and components[: len(left)] == left


def _normal(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    vr = dictionary_VR(tag_for_keyword(name) or 0)
    return tuple(unicodedata.normalize("NFC", value_form.normal(vr, value)) for value in values)


def told(differs: Differs) -> str:
    """A difference in words."""
    why = f" ({differs.why})" if differs.why else ""
    return f"{differs.got!r}{why}, where {differs.wanted!r}" if differs.got else f"no value, where {differs.wanted!r}"
