"""Whom an association was with: the party that a finding names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanproof.evidence.associations import called_ae, calling_ae
from scansim.network.transcript import AssociationRecord
from scansim.site import endpoint

#: The party of what we did wrong ourselves, and of what the site file promised and several AEs did not keep.
OURSELVES, THE_SITE = "scanproof", "site"


def party_of(association: AssociationRecord) -> str:
    """Service, AE title and address of the other end, such as ``worklist RIS@127.0.0.1:11112``."""
    facts = association.facts
    address = endpoint(facts.get("host", "?"), facts.get("port", "?"))
    if association.ours:
        return f"{association.service} {called_ae(association)}@{address}"
    calling = calling_ae(association) or "unknown"
    # the port that it calls from is another one each time
    return f"{association.service or 'requestor'} {calling}@{facts.get('host', '?')}"


def address_of(party: str) -> str:
    """The party without the service that it was asked for: what is one AE."""
    return party.partition(" ")[2] or party


def titles_of(facts: Mapping[str, Any], associations: Iterable[AssociationRecord]) -> frozenset[str]:
    """Our AE titles in a scenario of these facts: those that our listener knows, and the one that we call with.

    Where there was no listener, those that we called with. Of a capture, in which nobody is us, there are none.
    """
    if facts.get("capture"):
        return frozenset()
    listener = facts.get("listener")
    if isinstance(listener, dict):
        titles = listener.get("titles")
        found = [listener.get("ae"), *(titles if isinstance(titles, list) else [])]
    else:
        found = [each.facts.get("calling_ae") for each in associations if each.ours]
    return frozenset(str(name) for name in (facts.get("calling_ae"), *found) if name)
