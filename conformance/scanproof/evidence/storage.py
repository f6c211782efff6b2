"""Instances that the target said it stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from sys import intern

from scanproof.evidence.associations import called_ae, succeeded
from scanproof.iod import Checked, SeriesChecker
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import SUCCESS
from scansim.wire.dataset import DataSet


@dataclass(frozen=True, slots=True)
class Stored:
    """One instance that was answered with Success or with a warning (PS3.4 B.2.3), with its C-STORE.

    SOP Class and instance are as the command set has them, ``instance`` as well as series and study as the data set.
    """

    sop_class_uid: str
    sop_instance_uid: str
    instance: str
    series: str
    study: str
    status: int | None
    operation: Operation

    @property
    def dataset(self) -> DataSet:
        """Its data set, decoded when it is asked for."""
        dataset = self.operation.request.dataset
        assert dataset is not None
        return dataset

    @property
    def clean(self) -> bool:
        """Whether it was stored as it was sent: no warning."""
        return self.status == SUCCESS


def place_asked(operation: Operation) -> tuple[str, ...]:
    """AE title, host and port that an operation was asked of."""
    facts = operation.association.facts
    return (called_ae(operation.association), str(facts.get("host")), str(facts.get("port")))


#: Different values by attribute.
Values = Mapping[str, Mapping[tuple[str, ...], None]]


class Instances:
    """The instances that we sent, compared with each other as they come; the same one may be sent again."""

    def __init__(self) -> None:
        self.series = SeriesChecker()
        self.last: Exchange | None = None
        self._seen: set[str] = set()

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, checked: Checked, store: Exchange) -> None:
        """Take one C-STORE."""
        uid = store.command.sop_instance_uid or ""
        if uid not in self._seen:
            self._seen.add(uid)
            self.series.add(checked, store.id)
            self.last = store


@dataclass(frozen=True)
class Entity:
    """A study, series or instance of which images were stored, in the order in which they were."""

    images: tuple[Stored, ...]

    @cached_property
    def announced(self) -> int:
        """The warning that one of the images was answered with; 0 when all were stored with Success."""
        return next((image.status or 0 for image in self.images if not image.clean), 0)

    @cached_property
    def places(self) -> frozenset[tuple[str, ...]]:
        """Where the images were stored."""
        return frozenset(place_asked(image.operation) for image in self.images)

    @cached_property
    def instances(self) -> int:
        """How many different instances they are."""
        return len({image.sop_instance_uid for image in self.images})

    def values(self, names: Sequence[str], of: Callable[[DataSet, str], tuple[str, ...]]) -> Values:
        """Every different value of some attributes, as `of` reads them; that of the first image first."""
        if not self._values:
            for image in self.images:  # each is decoded once
                for name in names:
                    self._values.setdefault(name, {}).setdefault(of(image.dataset, name))
        return self._values

    @cached_property
    def _values(self) -> dict[str, dict[tuple[str, ...], None]]:
        return {}


def entities(stored: Iterable[Stored]) -> dict[tuple[str, str], Entity]:
    """What was stored by Query/Retrieve Level and UID."""
    found: dict[tuple[str, str], list[Stored]] = {}
    for image in stored:
        for level, uid in (("STUDY", image.study), ("SERIES", image.series), ("IMAGE", image.instance)):
            if uid:
                found.setdefault((level, uid), []).append(image)
    return {key: Entity(tuple(images)) for key, images in found.items()}


def stored_instances(stores: Iterable[Operation]) -> Iterator[Stored]:
    """Yield what was stored by some C-STOREs, in order; an instance that was sent twice, twice."""
    for operation in stores:
        command, dataset, answer = operation.request.command, operation.request.dataset, succeeded(operation)
        if answer is not None and dataset is not None:
            yield Stored(
                command.sop_class_uid or "",
                command.sop_instance_uid or "",
                intern(dataset.text("SOPInstanceUID")),
                intern(dataset.text("SeriesInstanceUID")),
                intern(dataset.text("StudyInstanceUID")),
                answer.command.status,
                operation,
            )
