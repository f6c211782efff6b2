"""What a step of a scenario is: a verb with its parameters, what it needs and what it hands on."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar, Self

from scansim.exam.edits import order_of, references
from scansim.inputs import Document, Location, Strict
from scansim.vocabulary.services import Service


class Thing(StrEnum):
    """What one step hands on to others."""

    ITEMS = "worklist items"
    PERFORMED_STEP = "a performed procedure step"
    INSTANCES = "instances"
    STORED = "stored instances"


class Step(Strict):
    """One step as a scenario file has it; its docstring and the descriptions of its fields are its documentation.

    ``verb`` is its key in the file. ``service`` is what it uses of the target. ``gives`` is what later steps find
    when it has been done. ``listens`` says that our listener is needed. ``without`` are things that it can do without
    when the step that was to give them did not come about: it then does what can still be done. ``writes`` says what it
    leaves at the target, in the singular, ``takes`` how long it takes on one that answers at once, in s; ``seconds`` is
    for those where that depends on what they do. ``only_asks`` says that it may be about what others have at the
    target, for it changes nothing.
    """

    verb: ClassVar[str]
    service: ClassVar[Service | None] = None
    gives: ClassVar[tuple[Thing, ...]] = ()
    listens: ClassVar[bool] = False
    without: ClassVar[tuple[Thing, ...]] = ()
    writes: ClassVar[str] = ""
    takes: ClassVar[float] = 0.02
    only_asks: ClassVar[bool] = False

    @property
    def seconds(self) -> float:
        """About how long it takes on a target that answers at once, in s."""
        return self.takes

    def needs(self) -> tuple[Thing, ...]:
        """What an earlier step has to give; a scenario that has no such step can never run and is refused."""
        return ()

    def orders_needed(self) -> Iterator[str]:
        """Yield the id of each order of its battery that it means nothing without."""
        yield from filter(None, map(order_of, references(self.model_dump())))

    def orders_named(self) -> Iterator[str]:
        """Yield the id of each order of its battery that it names at all."""
        yield from self.orders_needed()

    @property
    def odd(self) -> bool:
        """Whether it sends what no scanner should, whatever its case says of itself."""
        return False

    @property
    def own(self) -> str:
        """What of the user's own it sends, such as ``2 own files of 1 patient``; empty for nothing."""
        return ""

    @property
    def alone(self) -> bool:
        """Whether no other exam may run meanwhile, because it changes what exams share."""
        return False

    @property
    def leaves(self) -> str:
        """What it leaves at the target, as ``writes`` says; empty for nothing."""
        return self.writes

    @property
    def named(self) -> str:
        """What later steps of the same service call it; empty for nothing."""
        return ""

    @property
    def refers_to(self) -> str:
        """What it calls an earlier step of the same service; empty where it means none."""
        return ""

    def resolved(self, document: Document, at: Location, modality: object) -> Self:
        """Return the step with what its parameters name found.

        Parameters
        ----------
        document : Document
            The scenario file; files that are named stand beside it.
        at : tuple
            Where the step stands in the file.
        modality : object
            The scenario's Modality as it is written there.

        Raises
        ------
        InputError
            When something is not there, or does not fit the scenario.
        """
        return self
