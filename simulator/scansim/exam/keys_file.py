"""Files of keys beside a scenario: paths to values, or a list of return keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scansim.exam.step import Step
from scansim.inputs import Document, InputError, Location, load, validate


def keys_of_file(model: type[Step], name: str, document: Document, at: Location) -> dict[str, Any]:
    """Read the keys of a file that a step of `model` names, as seen from the scenario.

    Raises
    ------
    InputError
        When it cannot be read, or holds what are no keys.
    """
    try:
        file = load(document.path.parent / name)
        names = file.data if isinstance(file.data, list) else None
        if not isinstance(file.data, dict) and not (names and all(isinstance(each, str) for each in names)):
            raise file.error((), "a mapping of paths to values is wanted, or a list of paths")
        raw = file.data if names is None else dict.fromkeys(names)
        lines = {_place(place, names): line for place, line in file.lines.items()}
        return dict(validate(model, Document(file.path, raw, lines), {"keys": raw}).model_dump()["keys"])
    except InputError as error:
        text = "; ".join(str(error).splitlines()[:3])
        raise document.error((*at, "keys_file"), f"keys_file: {text}") from None


def _place(place: Location, names: Sequence[str] | None) -> Location:
    """Where a place of a file of keys is in the parameters of the step."""
    if names is not None and place:
        return ("keys", names[int(place[0])], *place[1:])
    return ("keys", *place)
