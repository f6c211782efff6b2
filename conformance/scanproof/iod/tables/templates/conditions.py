"""What the conditions of templates look at: content items beside a row, around it, and anywhere in the document."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.iod.tables.templates.codes import code_of, value_of
from scanproof.iod.tables.templates.rows import Place, Truth, When
from scansim.wire.dataset import DataSet


def there(concept: str, up: int = 0, value_type: str = "") -> When:
    """Whether a concept stands beside the row (`up` is 0) or so many levels above; of a Value Type, where it is named.

    A level that the document has not got does not decide.
    """
    code = code_of(concept)

    def decide(place: Place) -> Truth:
        if len(place.levels) <= up:
            return None
        found = place.levels[up].children.get(code, ())
        return any(not value_type or item.text("ValueType") == value_type for item in found)

    what = f"{value_type} {code}".strip()
    return When(decide, f"{what} is there", f"{what} is absent")


def valued(concept: str, *values: str, up: int = 0) -> When:
    """Whether a CODE beside the row or above has one of the values; an item that is not there does not decide."""
    code, wanted = code_of(concept), tuple(map(code_of, values))

    def decide(place: Place) -> Truth:
        if len(place.levels) <= up:
            return None
        found = [value_of(item) for item in place.levels[up].children.get(code, ())]
        return any(value in wanted for value in found) if found and all(found) else None

    listed = " or ".join(wanted)
    return When(decide, f"{code} is {listed}", f"{code} is not {listed}")


def own_value(*values: str) -> When:
    """Whether the content item that the row stands under, a CODE, has one of the values."""
    wanted = tuple(map(code_of, values))

    def decide(place: Place) -> Truth:
        value = value_of(place.levels[0].item)
        return value in wanted if value else None

    listed = " or ".join(wanted)
    return When(decide, f"the item around it is {listed}", f"the item around it is not {listed}")


def in_document(concept: str, *values: str) -> When:
    """Whether a CODE anywhere in the document has one of the values, or with none is there at all."""
    code, wanted = code_of(concept), tuple(map(code_of, values))

    def decide(place: Place) -> Truth:
        found = place.document.get(code, ())
        return bool(found) and (not wanted or any(value in wanted for value in found))

    if not wanted:
        return When(decide, f"the document has {code}", f"the document has no {code}")
    listed = " or ".join(wanted)
    return When(decide, f"{code} of the document is {listed}", f"{code} of the document is not {listed}")


def other_than(concept: str, *values: str) -> When:
    """Whether a CODE anywhere in the document has a value besides these; None when the document has no such item."""
    code, left_out = code_of(concept), tuple(map(code_of, values))

    def decide(place: Place) -> Truth:
        found = place.document.get(code, ())
        return any(value not in left_out for value in found) if found and all(found) else None

    listed = " or ".join(left_out)
    return When(decide, f"{code} of the document is another than {listed}", f"{code} of the document is {listed}")


def absent(*those: When) -> When:
    """None of these is there, or holds."""

    def decide(place: Place) -> Truth:
        found = [each.decide(place) for each in those]
        return False if True in found else None if None in found else True

    return When(decide, _joined("and", [each.contrary for each in those]), _joined("or", [each.text for each in those]))


def either(*those: When) -> When:
    """One of these holds."""
    nothing = absent(*those)

    def decide(place: Place) -> Truth:
        found = nothing.decide(place)
        return None if found is None else not found

    return When(decide, nothing.contrary, nothing.text)


def both(*those: When) -> When:
    """All of these hold."""

    def decide(place: Place) -> Truth:
        found = [each.decide(place) for each in those]
        return False if False in found else None if None in found else True

    return When(decide, _joined("and", [each.text for each in those]), _joined("or", [each.contrary for each in those]))


def _joined(word: str, texts: Sequence[str]) -> str:
    return f" {word} ".join(texts)


def there_is(value_type: str) -> When:
    """Whether an item of a Value Type stands beside the row."""

    def decide(place: Place) -> Truth:
        return any(item.text("ValueType") == value_type for item in place.levels[0].item.items("ContentSequence"))

    return When(decide, f"a content item {value_type} is there", f"no content item {value_type} is there")


def template_of(item: DataSet) -> str:
    """Number of the template of PS3.16 that a content item says that it follows; empty when it names none."""
    for template in item.items("ContentTemplateSequence")[:1]:
        if template.text("MappingResource") == "DCMR":
            return template.text("TemplateIdentifier")
    return ""
