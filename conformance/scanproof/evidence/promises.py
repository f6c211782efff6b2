"""What was promised of the target, by whom, and what the site names at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanproof.declarations import Declarations
from scansim.network.transcript import AssociationRecord
from scansim.site import endpoint
from scansim.vocabulary.outcome import Promiser
from scansim.vocabulary.services import STORAGE


def promised(scenario: Mapping[str, Any]) -> dict[str, Promiser]:
    """Who promised each service, by its name, from the facts of a scenario."""
    facts = scenario.get("promised")
    known = {each.value for each in Promiser}
    pairs = facts.items() if isinstance(facts, dict) else ()
    return {str(name): Promiser(by) for name, by in pairs if by in known}


def named(scenario: Mapping[str, Any]) -> dict[str, tuple[str, str, int]]:
    """AE title, host and port of each service that the site names."""
    site = scenario.get("site")
    found = {}
    for name, facts in site.items() if isinstance(site, dict) else ():
        if isinstance(facts, dict):
            found[str(name)] = (str(facts.get("ae", "")), str(facts.get("host", "")), int(facts.get("port") or 0))
    return found


def services_at(association: AssociationRecord, scenario: Mapping[str, Any]) -> list[str]:
    """Services that the site names at the address of an association of ours."""
    facts = association.facts
    address = (str(facts.get("called_ae", "")), str(facts.get("host", "")), int(facts.get("port") or 0))
    return [name for name, where in named(scenario).items() if where == address]


def promiser_of(association: AssociationRecord, scenario: Mapping[str, Any]) -> Promiser | None:
    """Who promised what an association of ours was opened for; of Verification, what is promised of its address."""
    by = promised(scenario)
    if association.service in by:
        return by[association.service]
    here = [by[name] for name in services_at(association, scenario) if name in by]
    return here[0] if association.service == "verification" and here else None


def is_elsewhere(service: str, scenario: Mapping[str, Any], declarations: Declarations) -> bool:
    """Whether a service is at another AE than storage, from the facts of a scenario.

    AEs of one statement are one system, which has what any of them took.
    """
    where = named(scenario)
    storage, other = where.get(STORAGE.name), where.get(service)
    if storage is None or other is None or storage == other:
        return False
    declared = [declarations.statement_of(ae, endpoint(host, port)) for ae, host, port in (storage, other)]
    return declared[0] is None or declared[0] is not declared[1]
