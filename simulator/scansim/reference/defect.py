"""What a planted defect is: a named wrong behaviour, and the checks that must notice it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """One wrong behaviour.

    Parameters
    ----------
    name : str
        What switches it on.
    summary : str
        What the target does then.
    checks : tuple of str
        Ids of the checks that must fail (or warn, where that is their level) in an exam that comes across it.
        Others may fail as well, where an exam cannot go on.
    rewrites : bool
        Whether it is made by changing messages on their way out (`proxy`), and not in a service.
    scenario : str
        Id of the scenario that comes across it.
    also : tuple of str
        Ids of checks that notice it as well where more is asked than its cases do.
    cases : tuple of str
        Ids of the cases of a battery that come across it, such as ``mpps-battery/lacks``, in place of the scenario.
    """

    name: str
    summary: str
    checks: tuple[str, ...]
    rewrites: bool = False
    scenario: str = "refusals"
    cases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Ids of the scenarios that are run to come across it."""
        return tuple(dict.fromkeys(case.partition("/")[0] for case in self.cases)) or (self.scenario,)


def behaviour(name: str, check: str, summary: str, *more: str) -> Defect:
    """A defect that a service shows."""
    return Defect(name, summary, (check, *more))


def of_names(name: str, check: str, summary: str, *more: str) -> Defect:
    """A defect that only the scenario of names comes across."""
    return Defect(name, summary, (check, *more), scenario="names")


def rewrite(name: str, check: str, summary: str, *more: str) -> Defect:
    """A defect that the proxy makes."""
    return Defect(name, summary, (check, *more), rewrites=True)
