"""Which cases of a run are run: by the user's choice, by what may be sent, and by the orders that can be had."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from scansim.exam.cases import exams
from scansim.exam.scenario import Case, Scenario
from scansim.exam.scenario_files import find_scenarios, load_scenario
from scansim.exam.selection import NotRun, Selection, select
from scansim.inputs import InputError
from scansim.site import ListenerAddress, Orders, Site, single_target
from scansim.steps.query_worklist import QueryWorklist

HEAD = """\
id: mine
title: Mine
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
orders: [{id: plain}, {id: kanji, patient: kanji-5c}]
"""
CASES = """\
  - {id: asks, title: T, steps: [query-worklist]}
  - {id: by-id, title: T, steps: [{query-worklist: {keys: {PatientID: $plain.PatientID}}}]}
  - {id: by-name, title: T, steps: [{query-worklist: {keys: {PatientID: $kanji.PatientID}}}]}
  - {id: performs, title: T, steps: [{create-mpps: {order: kanji}}]}
  - {id: takes, title: T, steps: [query-worklist, {choose-item: {order: plain}}]}
  - {id: names, title: T, steps: [{create-mpps: {means: valid, set: {PatientID: $plain.PatientID}}}]}
  - {id: odd, title: T, odd: true, each: {v: [a, b]}, steps: [{create-mpps: {set: {PatientID: $v}}}]}
  - {id: big, title: T, heavy: true, steps: [query-worklist]}
  - {id: both, title: T, odd: true, heavy: true, steps: [query-worklist]}
"""
EVERY = ["asks", "by-id", "by-name", "performs", "takes", "names", "odd[a]", "odd[b]", "big", "both"]
SITE = single_target("TARGET", "127.0.0.1", 1, listener=ListenerAddress(port=0))
MPPS_ALONE = SITE.model_copy(update={"services": {"mpps": SITE.services["mpps"]}})
ACCESSION = SITE.model_copy(update={"orders": Orders(existing=True, accession="A1")})


@pytest.fixture
def mine(tmp_path: Path) -> list[Scenario]:
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + "cases:\n" + CASES)
    return exams([load_scenario(path)])


def chosen(
    every: list[Scenario], *only: str, site: Site | None = SITE, places: bool = False, **more: object
) -> tuple[list[str], dict[str, str]]:
    """Labels without the battery's id of what is run, and reasons of what is not."""
    selection = Selection(only, **more)  # type: ignore[arg-type]
    run, others = select(every, selection, site, places_orders=places)
    assert not {exam.label for exam in run} & {each.label for each in others}
    return [exam.label.removeprefix("mine/") for exam in run], {
        each.label.removeprefix("mine/"): each.reason for each in others
    }


ODD = "it sends odd data: --odd-data, or odd_data: true in the site file"
HEAVY = "it is heavy: --heavy"
PLACE = "with orders.folder in the site file it is placed"
PLAIN = f"it needs the order plain; {PLACE}"
KANJI = f"it needs the order kanji (patient kanji-5c); {PLACE}"


def test_where_orders_are_placed_all_are_run_that_may_be(mine: list[Scenario]) -> None:
    run, others = chosen(mine, places=True)
    assert run == EVERY[:6]
    assert others == {"odd[a]": ODD, "odd[b]": ODD, "big": HEAVY, "both": ODD}
    assert chosen(mine, places=True, odd=True, heavy=True) == (EVERY, {})
    assert chosen(mine, places=True, odd=True)[1] == {"big": HEAVY, "both": HEAVY}
    assert chosen(mine, places=True, heavy=True)[1] == {"odd[a]": ODD, "odd[b]": ODD, "both": ODD}


def test_where_they_are_not_a_survey_comes_first(mine: list[Scenario]) -> None:
    run, others = chosen(mine)
    assert run == ["survey", "asks", "by-id", "performs"]
    assert {name: reason for name, reason in others.items() if reason not in (ODD, HEAVY)} == {
        "by-name": KANJI,
        "takes": PLAIN,
        "names": PLAIN,
    }
    first = select(mine, Selection(), SITE, places_orders=False)[0][0]
    assert isinstance(first, Case)
    assert (first.survey, first.of_battery, first.id, first.needs, first.leaves) == (True, True, "mine", (), "")
    (step,) = first.steps
    assert isinstance(step, QueryWorklist)
    assert (step.scope, step.cancel, step.cancel_after) == ("all", "late", 500)
    assert not step.keys


def test_an_item_that_the_user_names_may_be_taken(mine: list[Scenario]) -> None:
    run, others = chosen(mine, site=ACCESSION)
    assert run == ["survey", "asks", "by-id", "performs", "takes"]
    assert others["names"] == PLAIN


def test_a_service_that_the_site_does_not_name_needs_no_order(mine: list[Scenario]) -> None:
    run, others = chosen(mine, site=MPPS_ALONE)
    assert run == ["asks", "by-id", "by-name", "performs", "takes"]  # out of scope, which they say themselves
    assert others["names"] == PLAIN


def test_a_survey_is_made_only_for_whoever_asks(mine: list[Scenario]) -> None:
    assert chosen(mine, "mine/performs")[0] == ["performs"]
    assert chosen(mine, "mine/asks")[0] == ["survey", "asks"]
    assert chosen(mine, "mine/by-name") == ([], {"by-name": KANJI})
    assert chosen(mine, "mine/survey")[0] == ["survey"]
    assert chosen(mine, skip={"mine/survey": ""})[1]["survey"] == "skipped by --skip"


def test_ids_with_and_without_what_is_in_brackets(mine: list[Scenario]) -> None:
    assert chosen(mine, "mine/odd", odd=True) == (["odd[a]", "odd[b]"], {})
    assert chosen(mine, "mine/odd[b]", odd=True) == (["odd[b]"], {})
    assert chosen(mine, "mine", places=True, odd=True, heavy=True) == (EVERY, {})
    assert chosen(mine, "mine/odd[b]", "mine/asks", places=True, odd=True) == (["asks", "odd[b]"], {})
    # naming a case is no permission
    assert chosen(mine, "mine/odd[b]") == ([], {"odd[b]": ODD})


def test_what_is_skipped_says_why(mine: list[Scenario]) -> None:
    skip = {"mine/odd": "it hangs, ticket 471", "mine/asks": ""}
    run, others = chosen(mine, skip=skip, places=True, odd=True, heavy=True)
    assert run == [each for each in EVERY if each not in ("asks", "odd[a]", "odd[b]")]
    reason = "skipped: it hangs, ticket 471"
    assert others == {"asks": "skipped by --skip", "odd[a]": reason, "odd[b]": reason}
    assert chosen(mine, "mine/odd", skip=skip, odd=True) == ([], {"odd[a]": reason, "odd[b]": reason})
    assert chosen(mine, skip={"mine": "not today"}, places=True)[0] == []


def test_scenarios_are_chosen_as_well(mine: list[Scenario]) -> None:
    every = [*exams(find_scenarios(["ct-routine", "names"])), *mine]
    assert chosen(every, "ct-routine", "names/GB18030", places=True)[0] == ["ct-routine", "names/GB18030"]
    assert len(chosen(every, "names", places=True)[0]) == 8
    assert "ct-routine" in chosen(every, skip={"ct-routine": "x"}, places=True)[1]
    assert chosen(every)[0][0] == "ct-routine"  # a survey is one of a battery


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mine/by-idd", "did you mean mine/by-id?"),
        ("by-id", "did you mean mine/by-id?"),
        ("odd", "did you mean mine/odd?"),
        ("mine/odd[c]", "did you mean mine/odd"),
        ("mien", "did you mean mine?"),
        ("", "--plan shows them"),
        ("zzz", "--plan shows them"),
    ],
)
def test_what_nothing_is_called_is_refused(mine: list[Scenario], name: str, hint: str) -> None:
    for selection, option in ((Selection((name,)), "--only"), (Selection(skip={name: "x"}), "--skip")):
        with pytest.raises(InputError) as caught:
            select(mine, selection, SITE, places_orders=True)
        assert str(caught.value).startswith(f"{option} {name!r}: no scenario or case of that id; {hint}")


def test_each_exam_is_run_or_told_of_once(mine: list[Scenario]) -> None:
    for odd, heavy, places, site in itertools.product(
        (True, False), (True, False), (True, False), (None, SITE, ACCESSION, MPPS_ALONE)
    ):
        run, others = select(mine, Selection(odd=odd, heavy=heavy), site, places_orders=places)
        labels = [exam.label for exam in run if not (isinstance(exam, Case) and exam.survey)]
        assert sorted([*labels, *(each.label for each in others)]) == sorted(f"mine/{name}" for name in EVERY)


@pytest.mark.parametrize(
    ("step", "odd"),
    [
        ("create-mpps", False),
        ("create-mpps: {again: true}", False),
        ("create-mpps: {again: changed}", True),
        ("create-mpps: {uid: none}", True),
        ("create-mpps: {remove: [Modality]}", True),
        ("create-mpps: {empty: [Modality]}", True),
        ("create-mpps: {set: {Modality: CT}}", True),
        ("create-mpps: {add: {PerformedSeriesSequence: {}}}", True),
        ("create-mpps: {command: {Priority: 7}}", True),
        ("create-mpps: {set: {Modality: CT}, means: mpps.create-again}", True),
        ("create-mpps: {set: {Modality: CT}, means: valid}", False),
        ("set-mpps: {status: COMPLETED, remove: [PerformedSeriesSequence]}", True),
        ("set-mpps: {status: COMPLETED, step: unknown}", False),
        ("query-worklist: {keys: {PatientID: A}, remove: [PatientName], set: {PatientSex: M}}", False),
        ("query-worklist: {command: {Priority: 7}}", True),
    ],
)
def test_an_edited_request_is_odd_by_itself(tmp_path: Path, step: str, odd: bool) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"{HEAD}cases:\n  - id: a\n    title: T\n    steps:\n      - create-mpps\n      - {step}\n")
    others = chosen(exams([load_scenario(path)]), places=True)[1]
    assert others == ({"a": ODD} if odd else {})
    path.write_text(HEAD.partition("orders:")[0] + f"steps:\n  - create-mpps\n  - {step}\n")
    assert chosen(exams([load_scenario(path)]), places=True)[1] == ({"mine": ODD} if odd else {})


def test_facts_are_what_the_run_writes() -> None:
    told = NotRun("mine/a[b]", "mine", "T", "why").facts
    assert told == {"label": "mine/a[b]", "scenario": "mine", "title": "T", "reason": "why"}
