"""Which AEs are one implementation: those of one statement, else those of one host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanproof.declarations import Declarations
from scanproof.evidence.associations import called_ae, place_of
from scanproof.evidence.scenario import Evidence
from scanproof.statements import ApplicationEntity, Statement
from scansim.network.transcript import AssociationRecord
from scansim.site import is_loopback
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire import pdu as p


@dataclass(frozen=True)
class Implementation:
    """One implementation, by its product or host: what each AE of it answered where we proposed Verification.

    ``asked`` has (scenario, association, AE title, taken) of each association that was accepted; ``whole`` says that
    these are all the AEs it has, by the site file or because no other one of the statement serves anything.
    """

    name: str
    asked: tuple[tuple[Evidence, AssociationRecord, str, bool], ...]
    whole: bool

    @property
    def titles(self) -> tuple[str, ...]:
        """AE titles that took an association."""
        return tuple(dict.fromkeys(title for _, _, title, _ in self.asked))


def _verification(association: AssociationRecord) -> bool | None:
    """Whether Verification was accepted; None when it was not proposed or there was no association."""
    request = association.request.pdu if association.request is not None else None
    if not association.ours or association.accepted is None or not isinstance(request, p.AssociateRQ):
        return None
    mine = {each.context_id for each in request.contexts if each.abstract_syntax == VERIFICATION}
    if not mine:
        return None
    return any(each.context_id in mine and each.result == 0 for each in association.accepted.contexts)


def implementations(scenarios: Sequence[Evidence], declarations: Declarations) -> Iterator[Implementation]:
    """Yield each implementation that took an association on which Verification was proposed."""
    found: dict[str, list[tuple[Evidence, AssociationRecord, str, bool]]] = {}
    for evidence in scenarios:
        for association in evidence.associations:
            taken = _verification(association)
            if taken is None:
                continue
            title = called_ae(association)
            host = str(association.facts.get("host", ""))
            statement = declarations.statement_of(title, place_of(association))
            name = statement.title if statement is not None else _machine(host)
            found.setdefault(name, []).append((evidence, association, title, taken))
    for name, asked in found.items():
        told = any(evidence.transcript.scenario.get("all_aes") is True for evidence, *_ in asked)
        called = {(title, place_of(association)) for _, association, title, _ in asked}
        statement = declarations.statement_of(*min(called))
        served = statement is not None and _all_seen(statement, [declarations.entity(*each) for each in called])
        yield Implementation(name, tuple(asked), told or served)


def _machine(host: str) -> str:
    """The host, whatever it is called; this machine has several names."""
    return "this machine" if is_loopback(host) else host.casefold()


def _all_seen(statement: Statement, entities: Sequence[ApplicationEntity | None]) -> bool:
    """Whether each entity of the statement that serves something is among those called."""
    serving = [each for each in statement.application_entities if any(role == "SCP" for role, _ in each.sop_classes)]
    return all(entity in entities for entity in serving)
