"""What our target gave a client in worklist items: what the client may have taken over, right and wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from scanproof.evidence.known import held_of
from scanproof.evidence.ledger import Held
from scanproof.evidence.queries import Query
from scanproof.evidence.source import Source
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import Exchange

_STEP = "ScheduledProcedureStepSequence"
_CODES = f"{_STEP}>ScheduledProtocolCodeSequence"
#: Where a client's data sets have what an item has elsewhere; other sequences keep their names.
_TAKEN = {
    "ScheduledStepAttributesSequence>ReferencedStudySequence": "ReferencedStudySequence",
    "ScheduledStepAttributesSequence>ScheduledProtocolCodeSequence": _CODES,
    "RequestAttributesSequence>ReferencedStudySequence": "ReferencedStudySequence",
    "RequestAttributesSequence>ScheduledProtocolCodeSequence": _CODES,
    "RequestAttributesSequence>RequestedProcedureCodeSequence": "RequestedProcedureCodeSequence",
    "ScheduledStepAttributesSequence>RequestedProcedureCodeSequence": "RequestedProcedureCodeSequence",
    "PerformedProtocolCodeSequence": _CODES,
    "ProcedureCodeSequence": "RequestedProcedureCodeSequence",
    "ReferencedStudySequence": "ReferencedStudySequence",
    "ReferencedPatientSequence": "ReferencedPatientSequence",
}
_REQUESTS = ("N-CREATE-RQ", "N-SET-RQ", "C-STORE-RQ", "N-ACTION-RQ")


@dataclass(frozen=True, slots=True)
class Ids:
    """What tells which item of a worklist is meant; damaged UIDs tell nothing."""

    study: str
    accession: str
    procedure: str
    step: str


@dataclass(frozen=True)
class GivenItem:
    """One worklist item that our target gave, in the message that brought it first."""

    held: Held
    exchange: Exchange

    @property
    def step(self) -> Held:
        """Its scheduled procedure step."""
        return next(iter(self.held.items.get(_STEP, ())), Held({}, {}))

    @cached_property
    def ids(self) -> Ids:
        """What tells it from others."""
        study = self.held.first("StudyInstanceUID")
        return Ids(
            study if is_uid(study) else "",
            self.held.first("AccessionNumber"),
            self.held.first("RequestedProcedureID"),
            self.step.first("ScheduledProcedureStepID"),
        )

    @cached_property
    def faulty(self) -> frozenset[str]:
        """Attributes that have a value with a fault: nobody could take them over as they are."""
        return Source(self.exchange, {}).keywords


class Given:
    """The worklist items that our target gave one client."""

    def __init__(self, asked: Sequence[Query]) -> None:
        self._asked = asked
        self._explained: dict[tuple[str, str, str], Exchange | None] = {}

    @cached_property
    def items(self) -> tuple[GivenItem, ...]:
        """Each item as often as it had another content, in the order of time."""
        found: dict[bytes, GivenItem] = {}
        for query in self._asked:
            for response, item in query.answers:
                key = (response.encoded or b"") + response.transfer_syntax.encode()
                if key not in found:
                    found[key] = GivenItem(held_of(item), response)
        return tuple(found.values())

    @cached_property
    def _sources(self) -> tuple[Source, ...]:
        taken: Mapping[str, Mapping[str, str]] = dict.fromkeys(_REQUESTS, _TAKEN)
        return tuple(Source(each.exchange, taken) for each in self.items)

    def explains(self, request: Exchange, path: str, rule: str, message: str) -> Exchange | None:
        """The message of ours in which what is wrong with a client's request stands as well; None when none has it.

        Parameters
        ----------
        request : Exchange
            The client's.
        path, rule, message : str
            Where, by which rule, and in words what is wrong.
        """
        key = (path, rule, message)
        if key not in self._explained:
            before = (each for each in self._sources if each.exchange.message.ended <= request.message.ended)
            name = request.name if request.name in _REQUESTS else "N-CREATE-RQ"
            by = (each.exchange for each in before if each.explains(name, path, rule or "value", message))
            self._explained[key] = next(by, None)
        return self._explained[key]

    def meant(self, wanted: Ids, patient: str, when: int) -> tuple[GivenItem, ...]:
        """The items that a client may have meant, of those given by then; none for an exam without one.

        By Study Instance UID or Accession Number, and where those have several steps by Scheduled Procedure Step ID.
        By the ID of the step alone only together with that of the procedure or of the patient: it is a short number.
        """
        there = [each for each in self.items if each.exchange.message.ended <= when]
        found = [each for each in there if wanted.study and each.ids.study == wanted.study]
        if not found:
            found = [each for each in there if wanted.accession and each.ids.accession == wanted.accession]
        if not found and wanted.step:
            found = [
                each
                for each in there
                if each.ids.step == wanted.step
                and (_both(each.ids.procedure, wanted.procedure) or _both(each.held.first("PatientID"), patient))
            ]
        return tuple([each for each in found if wanted.step and each.ids.step == wanted.step] or found)


def _both(one: str, other: str) -> bool:
    return bool(one) and one == other


def steps_of(items: Iterable[GivenItem]) -> frozenset[tuple[str, str]]:
    """Which different steps some items are, by Study Instance UID and Scheduled Procedure Step ID."""
    return frozenset((each.ids.study, each.ids.step) for each in items)
