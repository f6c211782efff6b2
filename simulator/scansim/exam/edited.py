"""Steps that send a request which a case may deviate in: the parameters that they share, and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydicom.dataset import Dataset

from scansim.exam import edits
from scansim.exam.edits import Path, Values
from scansim.exam.state import Exam
from scansim.exam.step import Step
from scansim.inputs import did_you_mean
from scansim.vocabulary.deviations import DEVIATIONS, Intent
from scansim.wire.dimse import ELEMENTS, TAGS, Value

#: What a request is meant to be when it deviates in nothing.
VALID = "valid"


def _meant(name: str) -> str:
    if name != VALID and name not in DEVIATIONS:
        hint = did_you_mean(name, DEVIATIONS) or ";"
        raise ValueError(f"no deviation {name!r}{hint} allowed: {VALID}, {', '.join(DEVIATIONS)}")
    return name


def _elements(command: Mapping[str, int | str | None]) -> Mapping[str, int | str | None]:
    for name, value in command.items():
        vr = ELEMENTS[TAGS[name]][1] if name in TAGS else ""
        if not vr:
            hint = did_you_mean(name, TAGS) or ";"
            raise ValueError(f"no element {name!r} of a command set{hint} allowed: {', '.join(TAGS)}")
        if name == "CommandField" and value is None:
            raise ValueError("CommandField cannot be left out: it says what the message is")
        if name == "CommandGroupLength" or vr == "AT":
            raise ValueError(f"{name} cannot be changed")
        if vr == "US" and value is not None and not (isinstance(value, int) and 0 <= value <= 0xFFFF):
            raise ValueError(f"{name}: {value!r} is no number from 0 to 65535")
        if vr != "US" and isinstance(value, int):
            raise ValueError(f"{name}: {value!r} is no text, and its VR is {vr}")
    return command


class Edited(Step):
    """Parameters of a step that sends a request: edits of its data set and command set, and what they are meant as."""

    remove: tuple[Path, ...] = Field(
        (), description="paths of what is left out; keywords joined by dots, [2] behind a sequence for its second item"
    )
    empty: tuple[Path, ...] = Field((), description="paths of what is sent without a value, a sequence without items")
    set: Values = Field({}, description="path to value of what is sent so, whatever it would be else")
    add: Values = Field(
        {},
        description="path to what stands behind the items or values that are there; {} is an item without attributes",
    )
    command: Annotated[Mapping[str, int | str | None], AfterValidator(_elements)] = Field(
        {}, description="elements of the command set by keyword; null leaves one out"
    )
    means: Annotated[str, AfterValidator(_meant)] | None = Field(
        None, description="what the request is meant to be: valid, or a deviation; left out: as the edits look"
    )

    @property
    def odd(self) -> bool:
        """Whether it is edited and not said to be right all the same; a query may well have other keys."""
        edits = (self.command,) if self.only_asks else (self.remove, self.empty, self.set, self.add, self.command)
        return any(edits) and self.means != VALID

    def edit(self, exam: Exam, ds: Dataset) -> Dataset:
        """Edit a data set, which is changed, and return it."""
        for path in self.remove:
            edits.take_away(ds, path)
        for path in self.empty:
            edits.put(ds, path, None)
        for path, value in self.set.items():
            edits.put(ds, path, exam.resolved(value, others=self.only_asks))
        for path, value in self.add.items():
            edits.append(ds, path, exam.resolved(value, others=self.only_asks))
        return ds

    def commanded(self, exam: Exam, command: Mapping[str, Value]) -> dict[str, Value]:
        """A command set with what the step changes in it."""
        return edits.edited_command(command, exam.resolved(self.command, others=self.only_asks))

    def intent(self, looks_like: str | None, path: str = "") -> Intent | None:
        """What the request is meant to be: as ``means`` says, or else as it looks; None for a valid one."""
        name = self.means or looks_like or VALID
        return None if name == VALID else Intent.of(name, path)

    @property
    def first_path(self) -> str:
        """The path of the first edit, in the form of the judge's tables."""
        named: list[Any] = [*self.remove, *self.empty, *self.set, *self.add]
        return str(named[0]).replace(".", ">") if named else ""
