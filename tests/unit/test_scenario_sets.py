"""Sets of scenarios: their files, what they come to, and how long they may take together."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
import yaml

from scanproof import course
from scanproof.catalogue import catalogue, show
from scanproof.cli.called import command
from scanproof.course import Course
from scanproof.plan import within_lines
from scanproof.report import words
from scansim.exam.cases import exams
from scansim.exam.run import Gone, RunSettings
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import (
    Named,
    builtin_scenarios,
    builtin_sets,
    find_named,
    find_scenarios,
    json_schema,
)
from scansim.exam.scenario_set import NOT_BEGUN, Limit, span
from scansim.exam.selection import Selection, select
from scansim.inputs import InputError
from scansim.site import single_target
from tests.unit.test_cli import invoke

SITE = single_target("TARGET", "127.0.0.1", 1)
PROCEDURE = "procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}"


def scenario(folder: Path, name: str, cases: int = 0) -> Path:
    listed = "".join(f"  - {{id: c{number}, title: T, steps: [verify]}}\n" for number in range(cases))
    what = f"cases:\n{listed}" if cases else "steps: [verify]\n"
    path = folder / f"{name}.yaml"
    path.write_text(f"id: {name}\ntitle: T\nmodality: CT\n{PROCEDURE}\n{what}")
    return path


def several(folder: Path, name: str, *members: str, within: str = "") -> Path:
    path = folder / f"{name}.yaml"
    lines = [f"id: {name}", "title: T", *([f"within: {within}"] if within else []), "scenarios:"]
    path.write_text("\n".join([*lines, *(f"  - {member}" for member in members), ""]))
    return path


# --- files ---


def test_full_is_every_scenario_and_no_scenario_itself() -> None:
    named = find_named(["full"])
    assert sorted(each.id for each in named.scenarios) == sorted(builtin_scenarios())
    assert (named.files, list(named.sets), [each.told for each in named.limits]) == (
        {},
        ["full"],
        ["the 20 minutes of full"],
    )
    assert not set(builtin_sets()) & set(builtin_scenarios())


def test_a_set_has_built_in_ones_files_beside_it_and_other_sets(tmp_path: Path) -> None:
    """Each once, where it is named first; whoever names a set by its id means all that is in it."""
    scenario(tmp_path, "own")
    several(tmp_path, "inner", "names", "own.yaml", within="90 s")
    path = several(tmp_path, "mine", "own.yaml", "inner.yaml", "ct-routine", within="1 h")
    named = find_named([str(path), "names"])
    assert [each.id for each in named.scenarios] == ["own", "names", "ct-routine"]
    assert named.sets == {"inner": ("names", "own"), "mine": ("own", "names", "ct-routine")}
    assert named.files == {"own": tmp_path / "own.yaml"}
    assert [(each.told, each.holds("ct-routine")) for each in named.limits] == [
        ("the 90 seconds of inner", False),
        ("the 1 hour of mine", True),
    ]
    assert named.each(["inner", "names/GB18030"]) == ("names", "own", "names/GB18030")
    assert find_scenarios([str(path)]) == [*named.scenarios]


@pytest.mark.long
def test_a_set_promises_nothing_of_what_is_in_it() -> None:
    assert find_named(["full"]).promising == ()
    assert [scenario.id for scenario in find_named(["full", "ct-routine"]).promising] == ["ct-routine"]
    assert [scenario.id for scenario in find_named(["mr-routine"]).promising] == ["mr-routine"]


def test_the_time_of_the_command_line_stands_for_those_of_sets() -> None:
    (limit,) = find_named(["full", "names"], span("30")).limits
    assert (limit.told, limit.holds("anything")) == ("the 30 minutes of --within", True)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("scenarios: [ct-rotine]", 3, "scenarios: no scenario 'ct-rotine'; did you mean ct-routine? a file beside"),
        ("scenarios:\n  - ct-routine\n  - gone.yaml", 5, "scenarios: no scenario 'gone.yaml'; a file beside mine.yaml"),
        ("scenarios: [mine.yaml]", 3, "scenarios: a set cannot hold itself: mine holds mine"),
        ("scenarios: [other.yaml]", 3, "scenarios: a set cannot hold itself: other holds mine holds other"),
        ("scenarios: []", 3, "scenarios: Tuple should have at least 1 item"),
        ("scenarios: names", 3, "scenarios: a list is wanted here, not 'names'"),
        (
            "scenarios: [names]\nsteps: [verify]",
            4,
            "steps: unknown key; allowed here: id, made, only, scenarios, title, within",
        ),
        ("scenarios: [names]\nwithin: soon", 4, "within: a time such as '10 min', '90 s' or '1 h', or a number of min"),
        ("scenarios: [names]\nwithin: 0", 4, "within: a time such as"),
        ("scenarios: [names]\nwithin: -5", 4, "within: a time such as"),
        ("scenarios: [names]\nwithin: [1]", 4, "within: a time such as"),
        ("scenarios: [names]\nwithin: true", 4, "within: a time such as"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, told: str, tmp_path: Path) -> None:
    several(tmp_path, "other", "mine.yaml")
    path = tmp_path / "mine.yaml"
    path.write_text(f"id: mine\ntitle: T\n{text}\n")
    with pytest.raises(InputError) as error:
        find_named([str(path)])
    if "other" in told:  # it stands in the other one's file
        assert str(error.value).startswith(f"{tmp_path / 'other.yaml'}:4: scenarios: a set cannot hold itself: mine")
    else:
        assert str(error.value).startswith(f"{path}:{line}: {told}")


def test_an_id_is_of_one_thing(tmp_path: Path) -> None:
    path = several(tmp_path, "other", "names")
    path.write_text(path.read_text().replace("id: other", "id: names"))
    with pytest.raises(InputError, match="id 'names' is not the file's name 'other'"):
        find_named([str(path)])
    with pytest.raises(InputError, match=r"names\.yaml: the id 'names' is taken"):
        find_named([str(several(tmp_path, "names", "names"))])
    several(tmp_path, "mine", "ct-routine")
    (tmp_path / "below").mkdir()
    with pytest.raises(InputError, match=r"mine\.yaml: the id 'mine' is taken"):
        find_named([str(tmp_path / "mine.yaml"), str(scenario(tmp_path / "below", "mine"))])


def test_a_folder_may_have_sets(tmp_path: Path) -> None:
    scenario(tmp_path, "b")
    scenario(tmp_path, "c")
    several(tmp_path, "a", "c.yaml", within="5")
    assert [each.id for each in find_scenarios([str(tmp_path)])] == ["c", "b"]


@pytest.mark.parametrize("what", ["", "within", "scenarios", "title", "more"])
def test_the_schema_refuses_what_loading_refuses(what: str, tmp_path: Path) -> None:
    data = {"id": "mine", "title": "T", "within": "10 min", "scenarios": ["names"]}
    wrong = {"": {}, "within": {"within": "soon"}, "scenarios": {"scenarios": []}, "title": {"title": ""}}
    data |= wrong.get(what, {what: 1})
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(data) is not bool(what)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(data))
    if what:
        with pytest.raises(InputError):
            find_named([str(tmp_path / "mine.yaml")])
    else:
        assert find_named([str(tmp_path / "mine.yaml")]).sets == {"mine": ("names",)}


@pytest.mark.parametrize("path", builtin_sets().values(), ids=lambda path: path.stem)
def test_shipped_sets_fit_the_schema(path: Path) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(yaml.safe_load(path.read_text()))


# --- time ---


@pytest.mark.parametrize(
    ("written", "seconds", "told"),
    [
        ("10 min", 600, "10 minutes"),
        ("10min", 600, "10 minutes"),
        (10, 600, "10 minutes"),
        (0.5, 30, "0.5 minutes"),
        ("1", 60, "1 minute"),
        ("90 s", 90, "90 seconds"),
        ("1 h", 3600, "1 hour"),
    ],
)
def test_a_time_as_people_write_it(written: str | float, seconds: float, told: str) -> None:
    assert (span(written).seconds, span(written).told) == (seconds, told)


@pytest.mark.parametrize("written", ["", "0", "0.0 min", "-1", "ten", "1e3", "nan", "inf", "1 day", None, True, [], {}])
def test_what_is_no_time(written: object) -> None:
    with pytest.raises(ValueError, match="a time such as"):
        span(written)


def test_the_time_counts_from_the_first_of_its_scenarios_on() -> None:
    limit = Limit("mine", span("1 min"), frozenset({"a", "b"}))
    assert limit.over("other", 5) == ""
    assert limit.over("a", 100) == ""
    assert limit.over("b", 159.9) == ""
    assert limit.over("b", 160) == f"{NOT_BEGUN}the 1 minute of mine was over"
    assert limit.over("other", 1000) == ""


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_has_not_begun_in_time_is_not_run_and_nothing_is_cut(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clock for cases and exams; whatever has begun comes to its end, and what is of no set has its time."""
    scenario(tmp_path, "a", 2)
    scenario(tmp_path, "b")
    path = several(tmp_path, "mine", "a.yaml", "b.yaml", within="10 s")
    named = find_named([str(path), str(scenario(tmp_path, "c"))])
    run, _ = select(exams(named.scenarios), Selection(), SITE, places_orders=False)
    clock = SimpleNamespace(monotonic=lambda: 100.0 if not ended else 111.0)
    ended: list[str] = []

    def runner(exam: Scenario, _settings: RunSettings, _folder: Path) -> Gone | None:
        ended.append(exam.label)
        return None

    monkeypatch.setattr(course, "run_scenario", runner)
    monkeypatch.setattr(course, "time", clock)
    whole = Course(run, RunSettings(SITE, 1, date(2026, 3, 4), None), Path("t"), named.limits)
    if jobs > 1:
        monkeypatch.setattr(course, "_side_by_side", lambda others, its, _jobs: [its._run(each) for each in others])
    whole.run(jobs)
    assert ended == ["a/c0", "c"]
    assert {each.label: each.reason for each in whole.not_run} == dict.fromkeys(
        ["a/c1", "b"], "not begun: the 10 seconds of mine were over"
    )


def test_a_target_that_is_gone_is_the_better_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = find_named([str(scenario(tmp_path, "a", 2))], span("1 s"))
    begun: list[str] = []

    def runner(exam: Scenario, _settings: RunSettings, _folder: Path) -> Gone | None:
        begun.append(exam.label)
        return Gone("it is gone", before=False)

    monkeypatch.setattr(course, "run_scenario", runner)
    monkeypatch.setattr(course, "time", SimpleNamespace(monotonic=lambda: 9.0 if begun else 0.0))
    whole = Course(exams(named.scenarios), RunSettings(SITE, 1, date(2026, 3, 4), None), Path("t"), named.limits)
    whole.run(1)
    assert [each.reason for each in whole.not_run] == ["the target does not answer any more since a/c0: it is gone"]


# --- what is told ---


def test_the_plan_says_whether_there_is_time_for_it(tmp_path: Path) -> None:
    named = find_named(["ct-routine", "names"], span("1 s"))
    (line,) = within_lines(named.limits, exams(named.scenarios))
    assert line.endswith("within the 1 second of --within, which is too little: what comes last will not be tested")
    code, text = invoke("run", "ct-routine", "--within", "2 h", "--plan")
    told = "about 1 s where the target answers at once, within the 2 hours of --within; what has not begun by then is"
    assert (code, text.splitlines()[0]) == (0, f"{told} not tested")


@pytest.mark.long
def test_options_take_a_set_for_all_that_is_in_it(tmp_path: Path) -> None:
    several(tmp_path, "inner", "ct-routine")
    path = several(tmp_path, "mine", "inner.yaml", "mr-routine", "final-state")
    code, text = invoke("run", path, "--skip", "inner=known", "--only", "inner", "--only", "final-state", "--plan")
    assert code == 0
    assert [line.partition(":")[0] for line in text.splitlines()][:4] == [
        "ct-routine",
        "  not run",
        "    ct-routine",
        "final-state",
    ]
    assert "skipped: known" in text
    assert invoke("run", "--only", "full", "--plan") == invoke("run", "full", "--plan")


@pytest.mark.parametrize("written", ["0", "soon"])
def test_what_is_no_time_on_the_command_line(written: str) -> None:
    code, text = invoke("run", "ct-routine", "--within", written)
    assert (code, text.startswith("scanproof: --within: a time such as '10 min'")) == (2, True)


def test_a_run_of_a_set_is_run_again_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scenario(tmp_path, "own", 2)
    path = several(tmp_path, "mine", "own.yaml", "names")
    named = find_named([str(path)], span("5"))
    run = exams(named.scenarios)
    options = {"--seed": [1], "--within": ["5"]}
    assert command(named, ["mine.yaml"], options, [], run) == "scanproof run mine.yaml --seed 1 --within 5"
    assert command(named, ["mine.yaml"], options, [], run[:1]) == "scanproof run own.yaml --seed 1 --only own/c0"
    (last,) = (each for each in run if each.label == "names/GB18030")
    assert command(named, ["mine.yaml"], options, [], [last]) == "scanproof run names --seed 1 --only names/GB18030"
    plain: Named = find_named(["names", "own.yaml"])
    assert command(plain, ["names"], {}, [], exams(plain.scenarios)) == "scanproof run names own.yaml"


def test_the_catalogue_has_sets_behind_the_scenarios() -> None:
    rows = catalogue("scenarios")
    assert [row["id"] for row in rows] == [*builtin_scenarios(), *builtin_sets()]
    full = rows[-1]
    assert (full["within"], sorted(full["scenarios"])) == (1200, sorted(builtin_scenarios()))
    assert full["cases"] > 600
    assert full["seconds"] < full["within"]
    assert "within 20 min" in show("scenarios", [full])
    json.dumps(rows)


def test_the_headline_says_what_there_was_no_time_for(tmp_path: Path) -> None:
    from scanproof.finding import Verdict
    from scanproof.results import Results, ScenarioResult, Tool

    def result(name: str, why: str) -> ScenarioResult:
        return ScenarioResult(id=name, title="T", verdict=Verdict.NOT_TESTED, steps=[], findings=[], not_run=why)

    reasons = ["it is heavy: --heavy", *[f"{NOT_BEGUN}the 10 minutes of full were over"] * 2]
    results = Results(
        tool=Tool(version="0", edition=""),
        started="",
        seed=1,
        date="",
        target=[],
        statement=None,
        summary={},
        scenarios=[result(f"s{number}", why) for number, why in enumerate(reasons)],
    )
    assert "3 cases not run, 2 of them because the 10 minutes of full were over" in words.headline(results)


# --- sets that choose cases, and hold scenarios ---

MADE = """\
id: any-name
title: T
scenarios: [own, names, battery.yaml]
only: [battery/c1, names/GB18030]
made:
  - id: own
    title: Made
    modality: CT
    procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
    cases:
      - {id: a, title: T, steps: [verify]}
      - {id: b, title: T, each: {key: [PatientID, PatientName]}, steps: [{query-worklist: {keys: {$key: X}}}]}
"""


def made(folder: Path, text: str = MADE) -> Path:
    scenario(folder, "battery", 3)
    path = folder / "plan.yaml"
    path.write_text(text)
    return path


def test_a_set_holds_scenarios_and_chooses_cases(tmp_path: Path) -> None:
    path = made(tmp_path)
    named = find_named([str(path)])
    assert [each.id for each in named.scenarios] == ["own", "names", "battery"]
    assert (named.only, named.within) == (("battery/c1", "names/GB18030"), {"own": str(path)})
    assert named.files == {"battery": tmp_path / "battery.yaml"}
    every = exams(named.scenarios)
    run, _ = select(every, Selection(of_sets=named.only), SITE, places_orders=True)
    labels = ["own/a", "own/b[PatientID]", "own/b[PatientName]", "names/GB18030", "battery/c1"]
    assert [each.label for each in run] == labels
    run, _ = select(every, Selection(("own/b", "battery/c1"), of_sets=named.only), SITE, places_orders=True)
    assert [each.label for each in run] == [labels[1], labels[2], labels[4]]
    with pytest.raises(InputError, match="--only 'battery/c2': no scenario or case of that id"):
        select(every, Selection(("battery/c2",), of_sets=named.only), SITE, places_orders=True)


def test_a_case_that_stands_in_a_set_is_run_again_by_the_set(tmp_path: Path) -> None:
    path = made(tmp_path)
    named = find_named([str(path)])
    case = next(exam for exam in exams(named.scenarios) if exam.label == "own/a")
    assert command(named, [str(path)], {}, [], [case]) == f"scanproof run {path} --only own/a"
    assert command(named, [str(path)], {}, [], exams(named.scenarios)) == f"scanproof run {path}"


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        ("battery/c1", "battery/c9", 4, "only: none of its scenarios has a case 'battery/c9'; did you mean battery/c"),
        ("battery/c1", "'own/b[Modality]'", 4, "only: none of its scenarios has a case 'own/b[Modality]'; "),
        ("battery/c1", "ct-routine", 4, "only: none of its scenarios has a case 'ct-routine'; scenarios: own, names"),
        ("[own, names", "[names", 6, "made: 'own' stands nowhere in scenarios: it is not run"),
        ("- id: own", "- id: names", 6, "made: the id 'names' is that of one that is built in"),
        ("- id: own", "- name: own", 6, "made: a scenario as its file has it is wanted here, with its id"),
        ("steps: [verify]", "steps: [verifi]", 11, "unknown step 'verifi'; did you mean verify?"),
        ("modality: CT", "modality: XX", 8, "modality: Input should be 'CT'"),
        ("title: Made", "titel: Made", 7, "titel: unknown key"),
        ("  - id: own", "  - 5\n  - id: own", 6, "made.0: a mapping is wanted here, not 5"),
    ],
)
def test_a_mistake_within_a_set_is_told_with_its_line(
    before: str, after: str, line: int, told: str, tmp_path: Path
) -> None:
    path = made(tmp_path, MADE.replace(before, after))
    with pytest.raises(InputError) as error:
        find_named([str(path)])
    assert f"{path}:{line}: {told}" in str(error.value)


def test_the_schema_takes_a_set_with_scenarios(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    data = yaml.safe_load(MADE)
    assert list(validator.iter_errors(data)) == []
    data["made"][0]["modality"] = "XX"
    assert not validator.is_valid(data)
