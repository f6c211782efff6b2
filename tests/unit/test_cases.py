"""The exams of a run: scenarios, their cases, and who the patient of each is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scanproof.claimed import claimed_character_sets
from scanproof.declarations import Bound, Declarations
from scanproof.statements import Statement
from scansim.exam.cases import COMMON, case_name, exams
from scansim.exam.scenario import Case, Scenario
from scansim.exam.scenario_files import builtin_scenarios, find_scenarios, load_scenario
from scansim.identity.chosen import Choice
from scansim.inputs import InputError
from scansim.wire import charsets
from tests.support.building import stated


def names() -> list[Scenario]:
    return find_scenarios(["names"])


def sets(cases: list[Scenario]) -> list[str | None]:
    return [case.character_set for case in cases]


def test_a_scenario_without_a_table_is_one_exam() -> None:
    (scenario,) = find_scenarios(["ct-routine"])
    assert exams([scenario]) == [scenario]
    assert scenario.label == "ct-routine"


def test_common_character_sets_are_the_cases_when_nothing_is_claimed() -> None:
    cases = exams(names())
    assert sets(cases) == list(COMMON)
    assert [case.label for case in cases[:3]] == ["names/ISO_IR_100", "names/ISO_IR_101", "names/ISO_IR_144"]
    for case in cases:
        assert isinstance(case, Case)
        assert (case.id, case.each, case.steps) == ("names", None, names()[0].steps)


def test_claimed_terms_are_the_cases() -> None:
    claimed = ["ISO_IR 144", "ISO 2022 IR 6", "ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149", "GBK"]
    assert sets(exams(names(), claimed=claimed)) == [
        *("ISO_IR 144", r"ISO 2022 IR 6\ISO 2022 IR 87", r"\ISO 2022 IR 87", r"\ISO 2022 IR 87\ISO 2022 IR 159"),
        *(r"\ISO 2022 IR 149", "GBK"),
    ]
    assert sets(exams(names(), claimed=["ISO 2022 IR 100"])) == [r"\ISO 2022 IR 100"]
    assert sets(exams(names(), claimed=["ISO 2022 IR 100", "ISO 2022 IR 101"])) == [
        *(r"ISO 2022 IR 100\ISO 2022 IR 101", r"ISO 2022 IR 101\ISO 2022 IR 100"),
    ]
    assert sets(exams(names(), claimed=[])) == ["ISO_IR 6"]
    for case in exams(names(), claimed=list(charsets.TERMS)):
        assert case.character_set is not None
        charsets.check(case.character_set)


def test_a_list_of_its_own(tmp_path: Path) -> None:
    data = yaml.safe_load(builtin_scenarios()["names"].read_text())
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**data, "id": "mine", "each": {"character_set": ["GBK", "ISO_IR 6"]}}))
    assert [case.label for case in exams([load_scenario(path)], claimed=["ISO_IR 100"])] == [
        "mine/GBK",
        "mine/ISO_IR_6",
    ]


def test_the_command_line_comes_before_the_site_and_that_before_the_scenario() -> None:
    line, site = Choice(character_set="GBK"), Choice(character_set="ISO_IR 144", patient="single-name")
    (case,) = exams(names(), line, site)
    assert (case.label, case.character_set, case.patient) == ("names/GBK", "GBK", "single-name")
    (scenario,) = exams(find_scenarios(["ct-routine"]), Choice(), site)
    assert (scenario.label, scenario.character_set, scenario.patient) == ("ct-routine", "ISO_IR 144", "single-name")


def test_a_patient_that_a_case_cannot_hold() -> None:
    with pytest.raises(InputError, match=r"^scenario names: kanji-5c cannot be written in ISO_IR 100: "):
        exams(names(), Choice(patient="kanji-5c"))


def test_no_two_character_sets_have_one_name() -> None:
    named = [case_name(name) for name in charsets.CHARACTER_SETS]
    assert len(set(named)) == len(named)
    assert {case_name(""), case_name("ISO_IR 6")} == {"ISO_IR_6"}


def statement(**sets_of: list[str]) -> Statement:
    context = {"sop_classes": ["Verification"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}
    entities = [
        {"ae": ae, "presentation_contexts": [context], "character_sets": terms} for ae, terms in sets_of.items()
    ]
    return stated({"product": {"name": "P", "version": "1"}, "application_entities": entities})


def test_what_all_aes_of_a_site_claim() -> None:
    site = {"worklist": "RIS@127.0.0.1:104", "query": "PACS@127.0.0.1:104"}

    def claimed(*statements: Statement) -> tuple[str, ...] | None:
        return claimed_character_sets(Declarations(tuple(map(Bound, statements)), site))

    assert claimed() is None
    assert claimed(statement(RIS=[], PACS=[])) is None
    assert claimed(statement(RIS=["ISO_IR 100", "ISO_IR 192"], PACS=["ISO_IR 192"])) == ("ISO_IR 192",)
    assert claimed(statement(RIS=["ISO_IR 100"]), statement(PACS=["ISO_IR 100", "GBK"])) == ("ISO_IR 100",)
    assert claimed(statement(RIS=["ISO_IR 100"], OTHER=["ISO_IR 192"])) == ("ISO_IR 100",)
    assert claimed(statement(RIS=["ISO_IR 100"], PACS=["ISO_IR 192"])) == ()
