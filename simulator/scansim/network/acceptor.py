"""How we answer who calls us: whom we let in, and for what."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from dataclasses import dataclass
from functools import cached_property

from scansim import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scansim.network.association import OUR_MAX_LENGTH
from scansim.network.retrievals import Taking
from scansim.site import Site, is_loopback
from scansim.vocabulary.services import COMMITMENT as COMMITMENT_SERVICE
from scansim.vocabulary.services import RETRIEVE as RETRIEVE_SERVICE
from scansim.vocabulary.uids import COMMITMENT, VERIFICATION, is_storage_class
from scansim.wire import dataset as wire_dataset
from scansim.wire import pdu as p

#: What we take, and in which roles (SCU, SCP) its requestor may be: it reports to us and asks us whether we are there.
_ROLES = {COMMITMENT: (0, 1), VERIFICATION: (1, 0)}
_SYNTAXES = (wire_dataset.EXPLICIT_LITTLE, wire_dataset.IMPLICIT_LITTLE, wire_dataset.EXPLICIT_BIG)


@dataclass(frozen=True)
class Names:
    """Who we are, and who is to report to us.

    ``ours`` are AE titles that we have; ``reporters`` those of the AEs that are asked for commitment or for images,
    ``hosts`` where they are.
    """

    ours: frozenset[str]
    reporters: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of_site(cls, site: Site) -> Names:
        """Names of a site."""
        asked = [site.address(service) for service in (COMMITMENT_SERVICE, RETRIEVE_SERVICE)]
        those = [address for address in asked if address is not None]
        return cls(site.titles, frozenset(each.ae for each in those), frozenset(each.host for each in those))

    def reports(self, calling_ae: str, host: str) -> bool:
        """Whether a caller is one that is to report, by its title or by its host, whose name may have to be looked up.

        On this machine anybody may call, so that its address says nothing.
        """
        return self.seem_to_report(calling_ae, host) or (not is_loopback(host) and host in self._addresses)

    def seem_to_report(self, calling_ae: str, host: str) -> bool:
        """The same as far as it can be said without looking a name up, which may take its time."""
        return calling_ae in self.reporters or (not is_loopback(host) and host in self.hosts)

    @cached_property
    def _addresses(self) -> frozenset[str]:
        found = set(self.hosts)
        for host in self.hosts:
            with contextlib.suppress(OSError, UnicodeError):
                found |= {plain_host(str(entry[4][0])) for entry in socket.getaddrinfo(host, None)}
        return frozenset(found)


def plain_host(host: str) -> str:
    """An address as people write it: that of IPv4 not in the clothes of IPv6, which a listener on ``::`` sees."""
    try:
        mapped = getattr(ipaddress.ip_address(host.partition("%")[0]), "ipv4_mapped", None)
    except ValueError:
        return host
    return host if mapped is None else str(mapped)


def rejection(rq: p.AssociateRQ, names: Names, host: str) -> p.AssociateRJ | None:
    """How to reject a request that cannot be answered, or that calls somebody else (PS3.8 9.3.2, Table 9-21).

    None for one that we take: it calls us, or it comes from who is to report, whose report is better seen than refused.
    """
    ids = [context.context_id for context in rq.contexts]
    if not rq.protocol_version & 1:
        return p.AssociateRJ(1, 2, 2)
    if not ids or len(set(ids)) < len(ids):
        return p.AssociateRJ(1, 2, 1)
    if rq.called_ae not in names.ours and not names.reports(rq.calling_ae, host):
        return p.AssociateRJ(1, 1, 7)
    return None


def acceptance(rq: p.AssociateRQ, taking: Taking | None = None) -> p.AssociateAC:
    """The A-ASSOCIATE-AC to a request: what we take of its contexts, and the roles as far as we have the other one.

    Storage is taken while an exam waits for a retrieval, as that is `taking` it, and by who sends as SCU.
    """
    roles_of = dict(_ROLES)
    results = []
    for context in rq.contexts:
        if taking is not None and is_storage_class(context.abstract_syntax):
            roles_of[context.abstract_syntax] = (1, 0)
            results.append(taking.chosen(context))
            continue
        syntax = next((uid for uid in _SYNTAXES if uid in context.transfer_syntaxes), None)
        if context.abstract_syntax not in _ROLES:
            results.append(p.ContextResult(context.context_id, 3, wire_dataset.IMPLICIT_LITTLE))
        elif syntax is None:
            results.append(p.ContextResult(context.context_id, 4, wire_dataset.IMPLICIT_LITTLE))
        else:
            results.append(p.ContextResult(context.context_id, 0, syntax))
    roles: dict[str, p.RoleSelection] = {}  # one answer for each SOP Class, also where it was proposed twice
    for role in rq.user.roles:
        if role.sop_class_uid in roles_of:
            scu, scp = roles_of[role.sop_class_uid]
            granted = p.RoleSelection(role.sop_class_uid, min(role.scu, scu), min(role.scp, scp))
            roles.setdefault(role.sop_class_uid, granted)
    user = p.UserInformation(
        OUR_MAX_LENGTH, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, tuple(roles.values())
    )
    return p.AssociateAC(rq.called_ae, rq.calling_ae, tuple(results), user)
