"""The worklist battery as a file: what it asks, which orders it asks about, and which of its cases a site can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.plan import planned
from scanproof.standard import mwl_table
from scansim.exam.cases import exams
from scansim.exam.scenario import Case, Scenario
from scansim.exam.scenario_files import find_scenarios, load_scenario
from scansim.exam.selection import Selection, select
from scansim.inputs import InputError
from scansim.site import Site, single_target
from scansim.steps.query_worklist import QueryWorklist

STEP = mwl_table.STEP
#: What keeps the answers few at a worklist that heeds no other key, the day of a plain item too.
NARROW = ("PatientID", "PatientName", f"{STEP}.ScheduledProcedureStepStartDate", f"{STEP}.ScheduledStationAETitle")


@pytest.fixture(scope="module")
def battery() -> Scenario:
    return find_scenarios(["worklist-battery"])[0]


def chosen(
    battery: Scenario, *only: str, heavy: bool = False, places: bool = True
) -> tuple[list[Case], dict[str, str]]:
    """The cases that are run, and those that are not with the reason."""
    selection = Selection(only=only, odd=True, heavy=heavy)
    run, others = select(exams([battery]), selection, site(), places_orders=places)
    return [each for each in run if isinstance(each, Case)], {each.label: each.reason for each in others}


def site() -> Site:
    return single_target("RIS", "127.0.0.1", 11112)


def queries(case: Case) -> list[QueryWorklist]:
    return [step for step in case.steps if isinstance(step, QueryWorklist)]


def test_each_required_key_has_its_cases(battery: Scenario) -> None:
    """Single value, no match, and universal of each; wild cards of names, ranges of date and time."""
    labels = {case.id for case in battery.cases}
    names = [path.rpartition(".")[2] for path in (*mwl_table.REQUIRED_ROOT_KEYS, *mwl_table.REQUIRED_STEP_KEYS)]
    for name in names:
        inside = name if name in mwl_table.REQUIRED_ROOT_KEYS else f"{STEP}.{name}"
        assert {f"single-value[{name}]", f"universal[{inside}]"} <= labels
        if name != "ScheduledProcedureStepStartTime":
            assert f"no-match[{name}]" in labels
        if name.endswith("Name"):
            assert {f"wildcard[{name}]", f"universal-star[{inside}]"} <= labels


def test_each_form_of_a_range_has_its_case(battery: Scenario) -> None:
    labels = {case.id for case in battery.cases}
    for form in ("from-to", "from", "to"):
        assert {f"date-range[{form}]", f"time-range[{form}]", f"range-combined[{form}]"} <= labels
        for other in ("from-to", "from", "to"):
            assert form == other or f"range-combined[{form}+{other}]" in labels
    assert {"range-combined[date+from-to]", "range-combined[from-to+time]"} <= labels


def test_no_query_brings_a_whole_worklist(battery: Scenario) -> None:
    """Where a real worklist is asked, what it holds for a station, a patient or a day has to be enough."""
    for case in chosen(battery, heavy=True)[0]:
        for query in queries(case):
            given = {path for path, value in {**query.keys, **query.set}.items() if value is not None}
            taken = {*query.remove, *query.empty, *(path for path, value in query.keys.items() if value is None)}
            console = [f"{STEP}.{name}" for name in ("ScheduledStationAETitle", "ScheduledProcedureStepStartDate")]
            if query.scope == "console" and not query.only_keys and STEP not in taken:
                given |= {path for path in console if not (path.endswith("Date") and query.day == "any")}
            assert (given - taken) & {*NARROW}, (case.label, query)


def test_orders_of_heavy_cases_are_placed_with_them_alone(battery: Scenario) -> None:
    run, others = chosen(battery)
    assert {len(case.orders) for case in run} == {len(battery.orders) - 1}
    assert "many" not in {order.id for order in run[0].orders}
    assert others["worklist-battery/many"] == "it is heavy: --heavy"
    run, others = chosen(battery, heavy=True)
    assert others == {}
    assert {len(case.orders) for case in run} == {len(battery.orders)}
    (few,) = chosen(battery, "worklist-battery/no-match[PatientID]", heavy=True)[0]
    assert [order.id for order in few.orders] == [order.id for order in battery.orders if order.id != "many"]


def test_the_plan_counts_the_orders_that_are_placed(battery: Scenario) -> None:
    for heavy, number in ((False, len(battery.orders) - 1), (True, len(battery.orders) + 499)):
        run, others = select(exams([battery]), Selection(odd=True, heavy=heavy), None, places_orders=True)
        assert f"  puts {number} orders into the worklist\n" in planned([battery], run, others, places_orders=True)


def test_what_a_worklist_with_orders_of_its_own_is_asked(battery: Scenario) -> None:
    run, others = chosen(battery, places=False)
    assert (run[0].label, run[0].survey) == ("worklist-battery/survey", True)
    labels = {case.label.partition("/")[2] for case in run}
    assert {"single-value[Modality]", "date-range[from]", "universal[PatientName]", "cancel-early"} <= labels
    of_ours = {
        label.partition("/")[2].partition("[")[0] for label, why in others.items() if "it needs the order" in why
    }
    assert {"wildcard", "one-of-several", "name-case", "charset", "code-sequence"} <= of_ours
    assert "it needs the order wild-1 (" in others["worklist-battery/wildcard[PatientName]"]
    assert "with orders.folder in the site file it is placed" in others["worklist-battery/charset[kanji]"]


def test_what_is_asked_of_a_live_system(battery: Scenario) -> None:
    """Without --odd-data everything is run but the cases about keys that no console sends."""
    run, others = select(exams([battery]), Selection(), site(), places_orders=True)
    odd = {each.label.partition("/")[2].partition("[")[0] for each in others if "odd data" in each.reason}
    assert odd == {"odd-key", "two-steps"}
    assert len(run) > 140


def test_a_case_needs_orders_that_there_are(battery: Scenario) -> None:
    known = {order.id for order in battery.orders}
    assert all({*case.needs} <= known for case in battery.cases)


def test_a_case_that_needs_an_order_that_there_is_not(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "id: mine\ntitle: Mine\nmodality: CT\n"
        "procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}\n"
        "orders: [{id: plain}]\n"
        "cases:\n"
        "  - id: asks\n    title: Asks\n    needs: [plane]\n    steps: [query-worklist]\n"
    )
    with pytest.raises(InputError, match=r"mine\.yaml:9: needs: no order 'plane'"):
        load_scenario(path)
