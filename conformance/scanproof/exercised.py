"""Which checks each built-in scenario exercises on a correct target: what to run for what was not tested.

The table is made by ``tools/regenerate``, which runs every scenario against the embedded reference target.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from importlib import resources


@cache
def table() -> dict[str, tuple[str, ...]]:
    """Ids of the checks that each built-in scenario exercises, by the scenario's id."""
    text = resources.files("scanproof").joinpath("exercised.json").read_text(encoding="utf-8")
    return {name: tuple(checks) for name, checks in json.loads(text).items()}


def tests_most(wanted: Collection[str], already: Collection[str], services: Collection[str]) -> tuple[list[str], int]:
    """Return built-in scenarios that test what is wanted, fewest first, and how much of it they test together.

    Parameters
    ----------
    wanted : collection of str
        Ids of checks.
    already : collection of str
        Scenarios that were run: what they test of a correct target and did not here, no other one will.
    services : collection of str
        Services that the site names: checks of another one cannot be tested whatever is run.
    """
    from scanproof.checks import all_checks

    known = all_checks()
    tried = {check for name in already for check in table().get(name, ())}
    left = {name for name in wanted if name in known and known[name].service in ("", *services)} - tried
    chosen: list[str] = []
    total = 0
    while left:
        others = {name: left & set(checks) for name, checks in table().items() if name not in already}
        best = max(sorted(others), key=lambda name: len(others[name]), default="")
        gained = others.get(best, set())
        if not gained:
            break
        chosen.append(best)
        total += len(gained)
        left -= gained
    return chosen, total
