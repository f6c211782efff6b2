"""The plan that tests what the Conformance Statements claim: a set of scenarios, as plain data that `run` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scanproof.claim_cases import BATTERIES, OF, OF_ORDERS, OF_STUDIES, PLAIN, ClaimCases, MadeCase, claim_cases
from scanproof.declarations import Declarations
from scanproof.observing import laid_out
from scanproof.statements import KINDS
from scansim.exam.scenario_files import builtin_scenarios
from scansim.inputs import Document

#: What a plan is called; its batteries by what they are made for.
PLAN = "plan"
_TITLES = {
    PLAIN: "What the statement claims",
    OF_ORDERS: "What the statement claims of the worklist and of performed steps",
    OF_STUDIES: "What the statement claims of queries and retrievals",
}
_PROCEDURE = {
    "code": "CTABD",
    "meaning": "CT abdomen",
    "protocol_code": "CTABD-N",
    "protocol_meaning": "CT abdomen native",
}


@dataclass(frozen=True)
class ClaimPlan:
    """What is run for claims.

    ``data`` is the set of scenarios as its file has it; empty when no case observes any claim. ``unstored`` are the
    cases that --store adds.
    """

    data: Mapping[str, Any]
    cases: ClaimCases
    unstored: tuple[MadeCase, ...] = ()

    @property
    def why_not(self) -> list[str]:
        """Why claims cannot be observed, each reason once."""
        return list(dict.fromkeys(self.cases.reasons.values())) or ["it claims nothing"]

    @property
    def known(self) -> dict[str, Document]:
        """The plan and each battery that it makes, by their names, as `scansim.exam.scenario_files` takes them."""
        if not self.data:
            return {}
        plan = Document(Path(PLAN), self.data, {})
        made = {each["id"]: plan.part(("made", index)) for index, each in enumerate(self.data.get("made", ()))}
        return {PLAN: plan, **made}


def claim_plan(declarations: Declarations, *, store: bool = False, within: str | None = None) -> ClaimPlan:
    """Plan what observes the claims of a site's statements.

    Parameters
    ----------
    declarations : Declarations
        The statements, and where the site's services are.
    store : bool
        Whether every claimed pair of SOP Class and Transfer Syntax is stored.
    within : str, optional
        How long what is run may take, as --within has it.
    """
    cases = claim_cases(declarations)
    wanted = [each for each in cases.made if store or not each.store]
    made = [battery for name in BATTERIES if (battery := _batteries(name, wanted, cases))]
    batteries = [each for several in made for each in several]
    chosen = _compact(name for names in cases.built_in.values() for name in names)
    builtin = [*dict.fromkeys(name.partition("/")[0] for name in chosen)]
    scenarios = [*(each["id"] for each in batteries), *builtin]
    data: dict[str, Any] = {}
    if scenarios:
        data = {"id": PLAN, "title": f"What tests the claims of {declarations.title}"[:200], "scenarios": scenarios}
        data |= {"within": within} if within is not None else {}
        data |= {"only": chosen} if chosen else {}
        data |= {"made": batteries} if batteries else {}
    return ClaimPlan(data, cases, () if store else tuple(each for each in cases.made if each.store))


def _compact(names: Any) -> list[str]:
    """Ids of built-in cases, each once, in the order of the scenarios; a row of a table not beside the whole table."""
    order = list(builtin_scenarios())
    every = dict.fromkeys(names)
    kept = [
        name
        for name in every
        if not any(part in every for part in (name.partition("/")[0], name.partition("[")[0]) if part != name)
    ]
    return sorted(kept, key=lambda name: order.index(name.partition("/")[0]))


def _batteries(of: str, cases: Sequence[MadeCase], every: ClaimCases) -> list[dict[str, Any]]:
    """The batteries of one sort, with what its cases are about."""
    own = [case for case in cases if case.of == of]
    found = []
    for name in dict.fromkeys(case.battery for case in own):
        battery: dict[str, Any] = {
            "id": name,
            "title": _TITLES[of],
            "modality": "CT",
            "procedure": dict(_PROCEDURE),
        }
        battery |= _laid_out(of, every)
        battery["cases"] = [dict(case.document) for case in own if case.battery == name]
        found.append(battery)
    return found


def _laid_out(of: str, cases: ClaimCases) -> dict[str, Any]:
    """The orders and studies of a battery, one of each id."""
    keys: dict[str, tuple[Literal["ORDERS", "STUDIES"], str]]
    keys = {OF_ORDERS: ("ORDERS", "orders"), OF_STUDIES: ("STUDIES", "studies")}
    if of not in keys:
        return {}
    name, key = keys[of]
    found: dict[str, dict[str, Any]] = {}
    for claims in cases.reached:
        own = [claim for claim in claims if OF.get(KINDS[claim.kind].service) == of]
        for each in laid_out(name, own) if own else ():
            found.setdefault(str(each.get("id")), each)
    return {key: list(found.values())} if found else {}
