"""Associations that the target opened to us: those that brought a report to an exam, and those that brought none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanproof.declarations import Declarations
from scanproof.evidence.parties import party_of
from scanproof.evidence.scenario import Evidence
from scansim.network.transcript import AssociationRecord
from scansim.site import is_loopback
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p


@dataclass(frozen=True)
class Opened:
    """One association that the target opened; ``stray`` when it brought no report that an exam of the run asked for."""

    evidence: Evidence
    association: AssociationRecord
    request: p.AssociateRQ
    stray: bool

    @property
    def party(self) -> str:
        """Who opened it."""
        return party_of(self.association)

    @property
    def scenario(self) -> str:
        """Label of the scenario that it belongs to; empty for a stray."""
        return "" if self.stray else self.evidence.label

    @property
    def where(self) -> str:
        """Its id within the scenario; of a stray, its place in the transcript."""
        return f"{self.evidence.scenario}/{self.association.id}" if self.stray else self.association.id

    @property
    def brought(self) -> tuple[str, ...]:
        """Names of the requests that it brought."""
        return tuple(each.request.name for each in self.association.operations if not each.request.sent)

    @property
    def turned_away(self) -> bool:
        """Whether we rejected it, or ended it, so that it could bring nothing more."""
        ended = self.association.overrun or self.association.event(Happening.TURNED_AWAY)
        return self.association.accepted is None or ended is not None

    @property
    def may_report(self) -> bool:
        """Whether the SCP role of Storage Commitment was proposed, and confirmed by us."""
        accept = self.association.accepted
        roles = accept.user.roles if accept is not None else ()
        return any(role.sop_class_uid == COMMITMENT and role.scp == 1 for role in roles)

    @property
    def granted(self) -> tuple[str, ...]:
        """Abstract syntaxes that our listener accepted."""
        accept = self.association.accepted
        taken = {each.context_id for each in accept.contexts if each.result == 0} if accept is not None else set()
        return tuple(each.abstract_syntax for each in self.request.contexts if each.context_id in taken)


def opened_by_target(
    scenarios: Sequence[Evidence], strays: Evidence | None, declarations: Declarations
) -> Iterator[Opened]:
    """Yield the associations that came from the target, as far as they had an A-ASSOCIATE-RQ.

    One that brought a report is the target's. Of the others nobody knows, unless the calling AE title is one of the
    site or of the statement, or the host one of the site and not this machine, where anybody may be.
    """
    for evidence in scenarios:
        for association in evidence.associations:
            request = association.request.pdu if association.request is not None else None
            if not association.ours and isinstance(request, p.AssociateRQ):
                yield Opened(evidence, association, request, False)
    if strays is None:
        return
    addresses = [address for evidence in (*scenarios, strays) for address in _site(evidence).values()]
    titles = {str(address.get("ae")) for address in addresses} | declarations.titles
    hosts = {str(address.get("host")) for address in addresses}
    for association in strays.associations:
        request = association.request.pdu if association.request is not None else None
        if isinstance(request, p.AssociateRQ):
            host = str(association.facts.get("host"))
            if request.calling_ae in titles or (host in hosts and not is_loopback(host)):
                yield Opened(strays, association, request, True)


def _site(evidence: Evidence) -> Mapping[str, Mapping[str, Any]]:
    site = evidence.transcript.scenario.get("site")
    return {name: each for name, each in site.items() if isinstance(each, dict)} if isinstance(site, dict) else {}
