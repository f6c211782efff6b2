"""The plan of a statement's claims: what is in it, whom it is aimed at, and that `run` takes it as it is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from scanproof import claim_cases as of_claims
from scanproof import claim_plan as of_plans
from scanproof import observing
from scanproof.claim_cases import OF_ORDERS, OF_STUDIES, PLAIN, ROOM, claim_cases
from scanproof.claim_plan import PLAN, claim_plan
from scanproof.claim_plan_text import _Dumper
from scanproof.declarations import Bound, Declarations, of_site
from scanproof.observing import Made, Observing
from scanproof.statements import ApplicationEntity, Claim, Statement
from scansim.builtin_files import builtin_folder
from scansim.exam.battery import MOST_CASES
from scansim.exam.cases import exams
from scansim.exam.scenario_files import find_named
from scansim.exam.selection import Selection, select
from scansim.inputs import InputError, load
from tests.unit.test_cli import invoke

REFERENCE = builtin_folder() / "statements" / "reference.yaml"
#: The archive stores and answers queries, the other one has the worklist.
SITE = {"worklist": "RIS@127.0.0.1:104", "storage": "PACS@127.0.0.1:105", "query": "PACS@127.0.0.1:105"}


def claim(name: str, kind: str, ae: str = "PACS", option: str = "") -> Claim:
    return Claim(f"{ae}.{name}", name, kind, ae, "SCP", {"path": "PatientID"}, option=option)


def declared(*claims: Claim, site: dict[str, str] = SITE) -> Declarations:
    titles = dict.fromkeys(each.ae for each in claims)
    entities = [ApplicationEntity(title, tuple(each for each in claims if each.ae == title)) for title in titles]
    return Declarations((Bound(Statement("P", "1", tuple(entities))),), site)


def asks(name: str, claims: Sequence[Claim], at: str = "$at", **more: object) -> Made:
    step = {"associate": {"at": at, "then": "echo"}}
    return Made({"id": name, "title": "T", "steps": [step], **more}, tuple(each.id for each in claims))


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Observing]:
    """How claims are observed in a test, in place of how they are; no kind is stored."""
    found: dict[str, Observing] = {}
    monkeypatch.setattr(of_claims, "all_observing", lambda: found)
    monkeypatch.setattr(of_claims, "all_storing", dict)
    monkeypatch.setattr(of_plans, "laid_out", lambda name, claims: [{"id": name.lower()}])
    return found


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_a_case_is_aimed_at_the_ae_that_its_claims_are_about(makers: dict[str, Observing]) -> None:
    makers["maximum-pdu"] = Observing("maximum-pdu", made=lambda claims: [asks("pdu", claims)])
    declarations = declared(claim("pdu", "maximum-pdu"), claim("pdu", "maximum-pdu", "RIS"))
    plan = claim_plan(declarations)
    (battery,) = plan.data["made"]
    assert battery["id"] == PLAIN
    assert [(each["id"], each["steps"][0]["associate"]["at"]) for each in battery["cases"]] == [
        ("pdu", "storage"),
        ("pdu-ris", "worklist"),
    ]
    assert [(case.label, case.claims) for case in plan.cases.made] == [
        ("claims/pdu", ("PACS.pdu",)),
        ("claims/pdu-ris", ("RIS.pdu",)),
    ]


def test_ids_are_words(makers: dict[str, Observing]) -> None:
    names = ["lacks-PerformedSeriesSequence", "AE TITLE (1)", "a" * 90, "a" * 91]
    makers["rejection"] = Observing("rejection", made=lambda claims: [asks(name, claims) for name in names])
    made = claim_cases(declared(claim("a", "rejection"))).made
    assert [case.document["id"] for case in made] == [
        "lacks-performed-series-sequence",
        "ae-title-1",
        "a" * 50,
        f"{'a' * 50}-pacs",
    ]


def test_what_the_site_asks_of_another_ae_is_left_out_with_the_reason(makers: dict[str, Observing]) -> None:
    makers["worklist-key"] = Observing("worklist-key", made=lambda claims: [asks("keys", claims)])
    makers["mpps-duplicate"] = Observing("mpps-duplicate", built_in=lambda each: ["mpps-battery/duplicate"])
    mine, other = claim("key", "worklist-key", "RIS"), claim("key", "worklist-key")
    nowhere, nobody = claim("twice", "mpps-duplicate", "RIS"), claim("pdu", "maximum-pdu", "OTHER")
    off, undriven = claim("off", "worklist-key", "RIS", "--more"), claim("tls", "undriven")
    plan = claim_plan(declared(mine, other, nowhere, nobody, off, undriven))
    assert [case.claims for case in plan.cases.made] == [("RIS.key",)]
    assert plan.cases.reasons == {
        "PACS.key": "the site names RIS for worklist",
        "RIS.twice": "the site names no AE for mpps",
        "OTHER.pdu": "the site names no AE that the statement's OTHER stands for",
        "RIS.off": "it holds with the option --more, which is not on",
        "PACS.tls": "no driver yet",
    }
    assert plan.data["scenarios"] == [OF_ORDERS]


def test_orders_and_studies_are_laid_out_where_cases_are_about_them(makers: dict[str, Observing]) -> None:
    for kind in ("maximum-pdu", "worklist-key", "query-key"):
        makers[kind] = Observing(kind, made=lambda claims: [asks(claims[0].kind, claims)])
    claims = [claim("a", "maximum-pdu"), claim("b", "query-key"), claim("c", "worklist-key", "RIS")]
    made = {each["id"]: each for each in claim_plan(declared(*claims)).data["made"]}
    assert {name: [key for key in ("orders", "studies") if key in each] for name, each in made.items()} == {
        PLAIN: [],
        OF_ORDERS: ["orders"],
        OF_STUDIES: ["studies"],
    }
    assert made[OF_ORDERS]["orders"] == [{"id": "orders"}]
    assert list(made) == [each["id"] for each in claim_plan(declared(*claims[::-1])).data["made"]]


def test_built_in_cases_are_chosen_once_and_no_row_beside_its_table(makers: dict[str, Observing]) -> None:
    wanted = {
        "maximum-pdu": ["mpps-battery/duplicate", "names", "mpps-battery/lacks[Modality]"],
        "artim-timeout": ["mpps-battery/lacks", "mpps-battery/duplicate", "names/GB18030"],
    }
    for kind in wanted:
        makers[kind] = Observing(kind, built_in=lambda each: wanted[each.kind])
    plan = claim_plan(declared(*(claim(kind, kind) for kind in wanted)))
    assert plan.data["scenarios"] == ["mpps-battery", "names"]
    assert plan.data["only"] == ["mpps-battery/duplicate", "mpps-battery/lacks", "names"]
    assert "made" not in plan.data
    assert plan.cases.built_in["PACS.artim-timeout"] == tuple(wanted["artim-timeout"])


def test_pairs_are_stored_only_where_that_is_wanted(
    makers: dict[str, Observing], monkeypatch: pytest.MonkeyPatch
) -> None:
    makers["context"] = Observing("context", made=lambda claims: [asks("contexts", claims)])
    monkeypatch.setattr(of_claims, "all_storing", lambda: {"context": lambda claims: [asks("stored", claims)]})
    declarations = declared(claim("a", "context"), claim("b", "context", "RIS"))

    def labels(store: bool) -> list[str]:
        made = claim_plan(declarations, store=store).data["made"]
        return [case["id"] for each in made for case in each["cases"]]

    assert labels(False) == ["contexts", "contexts-ris"]
    assert labels(True) == ["contexts", "stored", "contexts-ris"]  # storage is asked of the archive
    assert [case.store for case in claim_plan(declarations).unstored] == [True]
    assert claim_plan(declarations, store=True).unstored == ()


def test_what_nothing_observes_has_its_reason(makers: dict[str, Observing]) -> None:
    told = "nothing on the wire shows it"
    makers["commitment-retention"] = Observing("commitment-retention", reason=told)
    makers["rejection"] = Observing("rejection", built_in=lambda each: ["names"] if "a" in each.id else [], reason="no")
    claims = [claim("keeps", "artim-timeout"), claim("a", "rejection"), claim("b", "rejection")]
    sends = Claim("PACS.sends", "T", "context", "PACS", "SCU")
    assert claim_cases(declared(*claims, sends)).reasons == {
        "PACS.keeps": "no case observes it yet",
        "PACS.b": "no",
        "PACS.sends": "the target would have to act as SCU, and no case brings that about",
    }
    assert claim_plan(declared(claims[0])).data == {}
    assert claim_plan(declared(claims[0])).why_not == ["no case observes it yet"]


def test_more_cases_than_a_battery_has_go_into_another_one(makers: dict[str, Observing]) -> None:
    rows = [{"id": f"r{number}", "at": "storage"} for number in range(ROOM - 1)]
    table = {"each": rows, "steps": [{"associate": {"at": "$at"}}]}
    makers["rejection"] = Observing(
        "rejection", made=lambda claims: [asks("table", claims, **table), asks("one", claims), asks("two", claims)]
    )
    assert ROOM <= MOST_CASES
    assert [case.label for case in claim_cases(declared(claim("a", "rejection"))).made] == [
        "claims/table",
        "claims/one",
        "claims-2/two",
    ]


# --- what run makes of it ---------------------------------------------------------------------------------------------


def built_in() -> Iterator[Path]:
    yield from sorted((builtin_folder() / "statements").glob("*.yaml"))


@pytest.mark.long
@pytest.mark.parametrize("store", [False, True])
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in built_in()])
def test_the_plan_of_each_statement_of_ours_can_be_run(path: Path, store: bool) -> None:
    plan = claim_plan(of_site(None, [path]), store=store)
    named = find_named([PLAN], known=plan.known)  # each case that is made, and each that is chosen, is there
    assert [each.id for each in named.scenarios] == [*plan.data["scenarios"]]
    labels = {exam.label for exam in exams(named.scenarios)}
    run, _ = select(
        exams(named.scenarios), Selection(odd=True, heavy=True, of_sets=named.only), None, places_orders=True
    )
    assert {exam.label for exam in run} <= labels | {f"{each.id}/stored" for each in named.scenarios}
    made = {case.label for case in plan.cases.made if store or not case.store}
    assert made <= {exam.label.partition("[")[0] for exam in run}


@pytest.mark.long
def test_what_is_printed_is_what_is_run(tmp_path: Path) -> None:
    code, printed = invoke("run", "--statement", REFERENCE, "--plan")
    assert code == 0
    assert printed.startswith("# ")
    plan = tmp_path / "under another name.yaml"
    plan.write_text(printed)
    assert load(plan).data == json.loads(json.dumps(claim_plan(of_site(None, [REFERENCE])).data))
    code, lines = invoke("run", plan, "--statement", REFERENCE, "--plan")
    assert code == 0
    assert f"{printed.split()[1]} exams in all" in lines
    assert "claims/contexts" in lines


def test_numbers_and_words_come_back_as_they_were(tmp_path: Path) -> None:
    text = [
        "1.5e3",
        "0110",
        "1.10",
        "no",
        "12:30",
        "2026-01-02",
        "~",
        ".5e1",
        "007",
        "1",
        "true",
        "$at",
        "a: b",
        "1.2.840",
    ]
    written = yaml.dump({"set": text}, Dumper=_Dumper)
    path = tmp_path / "x.yaml"
    path.write_text(written)
    assert load(path).data == {"set": text}


def test_one_case_of_the_plan_is_run_by_its_id() -> None:
    code, lines = invoke("run", "--statement", REFERENCE, "--only", "claims/contexts", "--plan")
    assert code == 0
    assert "1 exam in all" in lines
    code, told = invoke("run", "--statement", REFERENCE, "--only", "claims/context", "--plan")
    assert code == 2
    assert "did you mean claims/contexts?" in told


def test_scenarios_that_are_named_are_run_alone() -> None:
    code, lines = invoke("run", "refusals", "--statement", REFERENCE, "--plan")
    assert code == 0
    assert "claims" not in lines
    code, told = invoke("run", "refusals", "--statement", REFERENCE, "--store", "--plan")
    assert (code, told) == (2, "scanproof: --store goes with the plan of a statement: give one, and name no scenario")


def test_without_a_statement_the_routine_is_run() -> None:
    code, lines = invoke("run", "--plan")
    assert code == 0
    assert lines.startswith("ct-routine: ")
    assert invoke("run", "--plan", "--store")[0] == 2


def test_a_time_stands_in_the_plan(makers: dict[str, Observing]) -> None:
    makers["rejection"] = Observing("rejection", made=lambda claims: [asks("one", claims)])
    plan = claim_plan(declared(claim("a", "rejection")), within="10 min")
    assert [each.told for each in find_named([PLAN], known=plan.known).limits] == ["the 10 minutes of plan"]


def test_a_statement_of_which_nothing_can_be_tested_is_refused(makers: dict[str, Observing]) -> None:
    code, told = invoke("run", "--statement", REFERENCE)
    assert code == 2
    assert told.startswith("scanproof: nothing that the statement claims can be tested here: no driver yet; ")


def test_a_maker_registers_a_kind_once() -> None:
    with pytest.raises(ValueError, match="no kind of claims"):
        observing.storing("nothing", lambda claims: ())
    assert set(observing.all_storing()) <= {"context"}


def test_a_plan_names_none_that_is_not_there(makers: dict[str, Observing]) -> None:
    makers["rejection"] = Observing("rejection", built_in=lambda each: ["mpps-battery/gone"])
    plan = claim_plan(declared(claim("a", "rejection")))
    with pytest.raises(InputError, match="only: none of its scenarios has a case 'mpps-battery/gone'"):
        find_named([PLAN], known=plan.known)
