"""How scenarios are called on a command line that runs them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scansim.exam.scenario import Scenario
    from scansim.exam.scenario_files import Named


def command(
    named: Named,
    names: Sequence[str],
    options: Mapping[str, Sequence[object]],
    flags: Sequence[str],
    scenarios: Sequence[Scenario],
) -> str:
    """The command line that runs some of the `named` scenarios again, which the user called by `names`.

    Their UIDs are new each time. What ran within a time is run so again, by the name of its set.
    """
    from scanproof.again import command_line

    if len(scenarios) == 1:
        labels = [each.label for each in scenarios if each.label != each.id or each.id in named.within]
        options = {**options, "--only": labels, "--skip": [], "--within": []}
    of_sets = named.sets and len(scenarios) > 1
    called = names if of_sets else [name for each in scenarios if (name := _name(named, each.id))]
    given = [word for name, values in options.items() for each in values if each is not None for word in (name, each)]
    return command_line("scanproof", ["run", *dict.fromkeys(called), *map(str, given), *flags])


def _name(named: Named, scenario: str) -> str:
    """What a scenario is called by: one that stands in a set by the set's file, that of a plan by nothing."""
    if scenario in named.within:
        return str(_shown(Path(named.within[scenario]))) if named.within[scenario] else ""
    return str(_shown(named.files.get(scenario)) or scenario)


def _shown(file: Path | None) -> Path | None:
    """The path of a file as somebody in this folder calls it."""
    here = Path.cwd()
    return file.relative_to(here) if file is not None and file.is_relative_to(here) else file
