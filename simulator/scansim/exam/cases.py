"""The exams of a run: each scenario with the patient that was chosen for it, or its cases, one for each table row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scansim.exam.battery import CLAIMED, BatteryCase
from scansim.exam.scenario import Case, Scenario
from scansim.identity.chosen import Chooses, merged
from scansim.inputs import InputError
from scansim.wire.charsets import TERMS

#: Character sets that hospitals use, for each way in which text is encoded: one byte a character, code extension in G0
#: and in G1, a code of its own; three component groups, two, and one.
COMMON = (
    *("ISO_IR 100", "ISO_IR 101", "ISO_IR 144", "ISO_IR 126", "ISO_IR 192"),
    *(r"\ISO 2022 IR 87", r"\ISO 2022 IR 149", "GB18030"),
)


def exams(scenarios: Sequence[Scenario], *choices: Chooses, claimed: Sequence[str] | None = None) -> list[Scenario]:
    """Return what a run consists of: scenarios and cases, with the patient, character set and locale of each.

    Parameters
    ----------
    scenarios : sequence of Scenario
        As they were loaded.
    *choices
        What comes before a scenario's own choice, the strongest first: the command line, then the site file.
    claimed : sequence of str, optional
        Terms of Specific Character Set that the target claims to support; None when it says nothing.

    Raises
    ------
    InputError
        When a chosen patient cannot be written in a chosen character set.
    """
    found: list[Scenario] = []
    for scenario in scenarios:
        for case in scenario.cases:
            found += _battery_case(scenario, case, choices, claimed)
        if scenario.cases:
            continue
        above = merged(*choices)
        table: Sequence[str | None] = [None]
        if scenario.each is not None and above.character_set is not None:
            table = [above.character_set]
        elif scenario.each is not None:
            named = scenario.each.character_set
            table = _claimed(claimed) if named == CLAIMED else named
        for character_set in table:
            parts = _chosen(scenario, scenario.id, choices, character_set)
            if character_set is None:
                found.append(scenario.model_copy(update=parts))
            else:
                found.append(_case(scenario, f"{scenario.id}/{case_name(character_set)}", parts))
    return found


def _battery_case(
    scenario: Scenario, case: BatteryCase, choices: Sequence[Chooses], claimed: Sequence[str] | None
) -> Iterator[Case]:
    """Yield a case of a battery, for every claimed character set if it wants that."""
    of_claimed = case.character_set == CLAIMED
    for character_set in _claimed(claimed) if of_claimed else [case.character_set]:
        label = f"{scenario.id}/{case.id}"
        if of_claimed and character_set is not None:
            label += f"[{case_name(character_set)}]"
        parts = {
            **_chosen(scenario, label, choices, character_set),
            "title": case.title,
            "steps": (*scenario.between, *case.steps, *scenario.between),
            "leaves": case.leaves,
            "of_battery": True,
            "first": len(scenario.between),
            "odd": case.odd or any(step.odd for step in case.steps),
            "heavy": case.heavy,
            "needs": tuple(dict.fromkeys(case.needs_orders)),
            "between": (),
            "cases": (),
        }
        yield _case(scenario, label, parts)


def _case(scenario: Scenario, label: str, parts: Mapping[str, Any]) -> Case:
    fields = {name: getattr(scenario, name) for name in Scenario.model_fields}
    return Case.model_construct(**{**fields, **parts, "each": None, "case": label})


def _chosen(scenario: Scenario, label: str, choices: Sequence[Chooses], character_set: str | None) -> dict[str, object]:
    """Patient, character set and locale of an exam; InputError when they do not go together."""
    own = merged(*choices, scenario)
    if character_set is not None:
        own = own.model_copy(update={"character_set": character_set})
    if why := own.refused():
        raise InputError(f"scenario {label}: {why}")
    return {"patient": own.patient, "character_set": own.character_set, "locale": own.locale}


def case_name(character_set: str) -> str:
    """Name of a case by its character set: ``ISO_IR_144``; an empty value 1 is told where another could stand."""
    first, *others = character_set.split("\\")
    ambiguous = not first and len(others) > 1 and not TERMS[others[0]].multi_byte
    return "+".join([first, *others] if first or ambiguous else others).replace(" ", "_") or "ISO_IR_6"


def _claimed(terms: Sequence[str] | None) -> Sequence[str]:
    if terms is None:
        return COMMON
    return tuple(dict.fromkeys(_values(terms))) or ("ISO_IR 6",)


def _values(terms: Sequence[str]) -> Iterator[str]:
    """Yield a value of Specific Character Set for each claimed term; with code extension a term needs company."""
    extending = [term for term in terms if term.startswith("ISO 2022")]
    for term in terms:
        if term not in extending:
            yield term
        elif term == "ISO 2022 IR 159" and "ISO 2022 IR 87" in extending:
            yield r"\ISO 2022 IR 87\ISO 2022 IR 159"  # the supplementary kanji come beside the common ones
        elif TERMS[term].multi_byte:
            yield f"\\{term}"
        else:  # its own letters may stand in the first component group only as value 1
            other = next((each for each in extending if each != term and TERMS[each].multi_byte), None)
            other = other or next((each for each in extending if each != term), None)
            yield f"{term}\\{other}" if other is not None else f"\\{term}"
