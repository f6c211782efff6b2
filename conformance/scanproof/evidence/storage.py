"""Instances that the target said it stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanproof.evidence.associations import called_ae, succeeded
from scansim.network.transcript import Operation
from scansim.vocabulary.status import SUCCESS
from scansim.wire.dataset import DataSet


@dataclass(frozen=True)
class Stored:
    """One instance that was answered with Success or with a warning (PS3.4 B.2.3); UIDs of it, its data set, and the
    C-STORE.
    """

    sop_class_uid: str
    sop_instance_uid: str
    series: str
    study: str
    status: int | None
    dataset: DataSet
    operation: Operation

    @property
    def clean(self) -> bool:
        """Whether it was stored as it was sent: no warning."""
        return self.status == SUCCESS

    def is_at(self, other: Operation) -> bool:
        """Whether the AE that took it is the one that another operation was asked of."""
        return _place(self.operation) == _place(other)


def _place(operation: Operation) -> tuple[str, ...]:
    facts = operation.association.facts
    return (called_ae(operation.association), str(facts.get("host")), str(facts.get("port")))


def stored_instances(stores: Iterable[Operation]) -> Iterator[Stored]:
    """Yield what was stored by some C-STOREs, in order; an instance that was sent twice, twice."""
    for operation in stores:
        command, dataset, answer = operation.request.command, operation.request.dataset, succeeded(operation)
        if answer is not None and dataset is not None:
            yield Stored(
                command.sop_class_uid or "",
                command.sop_instance_uid or "",
                dataset.text("SeriesInstanceUID"),
                dataset.text("StudyInstanceUID"),
                answer.command.status,
                dataset,
                operation,
            )
