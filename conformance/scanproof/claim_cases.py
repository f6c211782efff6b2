"""Which cases can observe each claim of a run's statements, at a site: those that come with us, and those made for it.

A pure function of what is declared, and of where the site's services are: a plan is made of it, and the results tell by
it what tests what was not tested.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scanproof.declarations import Declarations
from scanproof.observing import Made, all_observing, all_storing
from scanproof.statements import KINDS, ApplicationEntity, Claim
from scansim.vocabulary.services import ADDRESSED, MPPS, QUERY, RETRIEVE, SERVICES, STORAGE, WORKLIST

#: Batteries of a plan: what needs neither orders nor studies, what asks for orders, what looks for studies.
PLAIN, OF_ORDERS, OF_STUDIES = "claims", "claims-worklist", "claims-query"
BATTERIES = (PLAIN, OF_ORDERS, OF_STUDIES)
#: Cases that are put into one battery, which may have 500; what is more goes into ``claims-2``.
ROOM = 400
OF = {WORKLIST.name: OF_ORDERS, MPPS.name: OF_ORDERS, QUERY.name: OF_STUDIES, RETRIEVE.name: OF_STUDIES}

#: In the steps of a made case: a service of the site whose AE the claims are about.
_AT = "$at"


#: Why no case observes a claim of which nobody tells more, and one of what the target does as SCU.
_NO_CASE = "no case observes it yet"
_UNOBSERVED = {"SCU": "the target would have to act as SCU, and no case brings that about"}


@dataclass(frozen=True)
class MadeCase:
    """One case that is made for claims of an AE.

    ``battery`` is the one that it stands in, ``of`` what that is for; ``document`` is as a battery file has it,
    ``claims`` are the ids of what it can observe; ``store`` says that it is run only where every claimed pair is
    stored.
    """

    battery: str
    of: str
    document: Mapping[str, Any]
    claims: tuple[str, ...]
    store: bool = False

    @property
    def label(self) -> str:
        """Its id in a run, such as ``claims/maximum-pdu``."""
        return f"{self.battery}/{self.document['id']}"


@dataclass(frozen=True)
class ClaimCases:
    """Which cases can observe each claim.

    ``built_in`` has the ids of cases and scenarios that come with us by the claim's id, ``reasons`` tell why nothing
    observes a claim here, ``elsewhere`` that the site has a context's service at another AE, ``reached`` has the claims
    of each AE that something may observe.
    """

    made: tuple[MadeCase, ...] = ()
    built_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    reached: tuple[tuple[Claim, ...], ...] = ()

    def by_claim(self) -> dict[str, list[MadeCase]]:
        """The made cases that can observe each claim, by its id."""
        found: dict[str, list[MadeCase]] = {}
        for case in self.made:
            for claim in case.claims:
                found.setdefault(claim, []).append(case)
        return found


def out_of_reach(declarations: Declarations, entity: ApplicationEntity, claim: Claim) -> str:
    """Why no case of this site can be about a claim; empty when one can."""
    kind = KINDS[claim.kind]
    if not kind.driver:
        return "no driver yet"
    if claim.option:
        return f"it holds with the option {claim.option}, which is not on"
    if declarations.site and not declarations.stands_for(entity):
        return f"the site names no AE that the statement's {entity.ae} stands for"
    return _elsewhere(declarations, entity, kind.service)


def _elsewhere(declarations: Declarations, entity: ApplicationEntity, service: str) -> str:
    """Why a service is not asked of an entity; empty when it is, or when no site says where it is."""
    if not declarations.site or service not in ADDRESSED or declarations.of_service(service) is entity:
        return ""
    there = declarations.site.get(service)
    named = f"names {there.rpartition('@')[0]} for {service}" if there else f"names no AE for {service}"
    return f"the site {named}"


def _service(claim: Claim) -> str:
    """The service that cases of our own ask of an entity for a claim; of a context that of its SOP Class."""
    sop_class = str(claim.data.get("sop_class", "")) if claim.kind == "context" else ""
    return KINDS[claim.kind].service or next((name for name, each in SERVICES.items() if each.has(sop_class)), "")


def claim_cases(declarations: Declarations) -> ClaimCases:
    """Say which cases can observe each claim."""
    made: list[MadeCase] = []
    built_in: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    every: list[tuple[Claim, ...]] = []
    making = _Making(declarations)
    observing, storing = all_observing(), all_storing()
    for each in declarations.bound:
        for entity in each.statement.application_entities:
            within: dict[str, list[Claim]] = {}
            reached: dict[str, str] = {}  # alike for all claims of a kind whose option is on
            for claim in entity.claims():
                key = claim.option or claim.kind
                if key not in reached:
                    reached[key] = out_of_reach(declarations, entity, claim)
                if reached[key]:
                    reasons[claim.id] = reached[key]
                else:
                    within.setdefault(claim.kind, []).append(claim)
            every.append(tuple(claim for claims in within.values() for claim in claims))
            for name in filter(within.__contains__, KINDS):
                how, claims, service = observing.get(name), within[name], KINDS[name].service
                if how is not None:
                    away = {each.id: _elsewhere(declarations, entity, _service(each)) for each in claims}
                    elsewhere.update(away if name == "context" else {})
                    asked = (claim for claim in claims if not away[claim.id])
                    built_in.update({claim.id: found for claim in asked if (found := tuple(how.built_in(claim)))})
                    made += [making.case(case, entity, service) for case in how.made(claims)]
                if name in storing and not _elsewhere(declarations, entity, STORAGE.name):
                    stored = storing[name](claims)
                    made += [making.case(case, entity, STORAGE.name, store=True) for case in stored]
                why = how.reason if how is not None else ""
                reasons.update({claim.id: why or _UNOBSERVED.get(claim.role, _NO_CASE) for claim in claims})
    seen = {*built_in, *(claim for case in made for claim in case.claims)}
    reasons = {claim: why for claim, why in reasons.items() if claim not in seen}
    return ClaimCases(tuple(made), built_in, reasons, elsewhere, tuple(every))


class _Making:
    """Made cases as a site has them, each under an id that no other one of the plan has."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations
        self._taken: set[str] = set()
        self._sizes: Counter[str] = Counter()

    def case(self, made: Made, entity: ApplicationEntity, service: str, *, store: bool = False) -> MadeCase:
        """The case of a kind of claims that is about a service, aimed at the entity."""
        site = self._declarations.site
        own = [name for name in ADDRESSED if name in site and self._declarations.of_service(name) is entity]
        document = _filled(made.document, (own or [*ADDRESSED])[0])
        of = OF.get(service, PLAIN)
        self._sizes[of] += _rows(document)
        number = (self._sizes[of] - 1) // ROOM + 1
        document = {**document, "id": self._id(str(document["id"]), entity)}
        return MadeCase(f"{of}-{number}" if number > 1 else of, of, document, made.claims, store)

    def _id(self, wanted: str, entity: ApplicationEntity) -> str:
        wanted = _words(wanted)
        name, number = wanted, 1
        if name in self._taken:
            name = wanted = f"{wanted}-{_words(entity.ae) or 'ae'}"
        while name in self._taken:
            number += 1
            name = f"{wanted}-{number}"
        self._taken.add(name)
        return name


def _words(text: str) -> str:
    """Lower case words joined by hyphens, as ids of cases are, of a keyword or a title; 50 characters at most."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text).lower()
    return re.sub(r"[^a-z0-9]+", "-", apart)[:50].strip("-")


def _rows(document: Mapping[str, Any]) -> int:
    """How many cases the table of a case makes; 1 without one."""
    each = document.get("each")
    values = next(iter(each.values()), ()) if isinstance(each, Mapping) else each
    return len(values) if isinstance(values, list) else 1


def _filled(document: Mapping[str, Any], service: str) -> dict[str, Any]:
    def put(raw: Any) -> Any:
        if isinstance(raw, Mapping):
            return {key: put(value) for key, value in raw.items()}
        if isinstance(raw, list | tuple):
            return [put(one) for one in raw]
        return service if raw == _AT else raw

    return {key: put(value) for key, value in document.items()}
