"""docs/verdicts.md says what the batteries find on real targets: they find that, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scanproof.finding import Finding, Level, Verdict
from scanproof.results import Results, ScenarioResult, Tool
from tests.support.others import missing
from tools import verdicts
from tools.verdicts_targets import TARGETS, Target, tables

TOLD = verdicts.PAGE.read_text(encoding="utf-8")
#: What README's tests run; CI runs all.
SAMPLE = ("storescp-xa",)
AGAIN = "tools/verdicts rewrites docs/verdicts.md; look at each verdict before it goes in"


@pytest.mark.peer
@pytest.mark.long
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in SAMPLE else [pytest.mark.whole]) for name in TARGETS]
)
def test_a_target_comes_to_what_the_page_says(name: str) -> None:
    told = verdicts.read(TOLD, name)
    assert told is not None, f"docs/verdicts.md has nothing of {name}; {AGAIN}"
    product = TARGETS[name].product()
    if product != told.product:
        missing(f"docs/verdicts.md is of {told.product}, and here is {product}; {AGAIN}")
    different = verdicts.differences(told, verdicts.ran(name)[name])
    assert not different, "\n".join([*different, AGAIN])


# --- the page itself ---


def finding(check: str, verdict: Verdict, case: str, actual: str, **more: object) -> Finding:
    facts = {"level": Level.SHALL, "clause": "PS3.4 K", "title": "", "expected": "", "scenario": "some", "group": check}
    return Finding.model_validate({**facts, "check": check, "verdict": verdict, "case": case, "actual": actual, **more})


def case(label: str, verdict: Verdict, *findings: Finding, not_run: str = "") -> ScenarioResult:
    return ScenarioResult(
        id="some", case=label, title="", verdict=verdict, steps=[], findings=list(findings), not_run=not_run
    )


def results(*cases: ScenarioResult) -> Results:
    tool = Tool(version="0", edition="")
    return Results(tool=tool, started="", seed=1, date="", target=[], statement=None, summary={}, scenarios=list(cases))


HEAVY = "it is heavy: --heavy"
LATE = "worklist-battery/cancel-late"
FOUND = verdicts.outcome(
    "Product 1.2",
    [
        results(
            case(
                "some/a",
                Verdict.FAIL,
                finding(
                    "worklist.warns",
                    Verdict.WARN,
                    "some/a",
                    "a | b\nin 0.31 s of 2.25.815, 1.2.03.2358855, 47114711-ANN at RIS@127.0.0.1:11112, within 6 s.",
                ),
                finding("worklist.fails", Verdict.FAIL, "some/a", "UID 1.2.840.10008.1.1.5", tag="PatientID"),
                finding("worklist.follows", Verdict.FAIL, "some/a", "no cause of its own", root="worklist.fails"),
                finding("worklist.right", Verdict.PASS, "some/a", "nothing"),
            ),
            case("some/b[x]", Verdict.WARN, finding("worklist.warns", Verdict.WARN, "some/b[x]", "again")),
            case("some/c", Verdict.NOT_TESTED, not_run="it needs the order a (day 1); with a folder it is placed"),
            case("some/d", Verdict.NOT_TESTED, not_run="it needs the order b (day 2); with a folder it is placed"),
            case(LATE, Verdict.FAIL, finding("worklist.cancel", Verdict.FAIL, LATE, "too late")),
            case("some/many", Verdict.NOT_TESTED, not_run=HEAVY),
        ),
        results(
            case(
                "some/many",
                Verdict.FAIL,
                finding("worklist.fails", Verdict.FAIL, "some/many", "UID 1.2.840.10008.1.1.7", tag="PatientID"),
            )
        ),
    ],
)


def test_a_cause_is_one_line_without_what_is_new_in_each_run() -> None:
    assert FOUND.lines == (
        "FAIL `worklist.fails` (PS3.4 K): PatientID: UID UID. In `some/a`, `some/many`.",
        "WARN `worklist.warns` (PS3.4 K): a \\| b in N s of UID, UID, RUN-ANN at RIS, within N s."
        " In `some/a`, `some/b[x]`.",
    )
    assert FOUND.not_run == {"it needs an order of its own; with a folder it is placed": 2}


def test_a_case_has_the_numbers_of_its_causes() -> None:
    """What depends on the moment has none, and what another run is for is taken from there."""
    assert FOUND.marks == {
        "some/a": "**FAIL** 1, 2",
        "some/b[x]": "WARN 2",
        "some/c": "·",
        "some/d": "·",
        "some/many": "**FAIL** 1",
    }


@pytest.mark.parametrize("name", ["wlmscpfs", "orthanc"])
def test_what_is_read_from_a_page_is_what_was_written(name: str) -> None:
    nothing = verdicts.Outcome("Other 3", {"some/a": "pass", "some/e": "–"}, ())
    text = verdicts.page({"wlmscpfs": FOUND, "orthanc": nothing}, "## Closing\n\n1. Words of a person.\n")
    read = verdicts.read(text, name)
    assert read is not None
    wanted = {"wlmscpfs": FOUND, "orthanc": nothing}[name]
    assert (read.product, dict(read.marks), read.lines) == (wanted.product, wanted.marks, wanted.lines)
    assert read.not_run == wanted.not_run
    assert verdicts.read(text, "stub-worklist") is None
    assert text.endswith("Words of a person.\n")


def test_a_difference_is_told_from_both_sides() -> None:
    told = verdicts.Outcome("Product 1.2", {"some/a": "pass", "some/b[x]": "WARN 1", "some/f": "pass"}, ("WARN gone",))
    assert verdicts.differences(FOUND, FOUND) == []
    assert verdicts.differences(told, FOUND) == [
        "some/a: was pass, is **FAIL**",
        "some/f: was pass, is no such case",
        "some/c: was no such case, is ·",
        "some/d: was no such case, is ·",
        "some/many: was no such case, is **FAIL**",
        "is told and was not found: WARN gone",
        *(f"was found and is not told: {line}" for line in FOUND.lines),
    ]


def test_the_page_has_every_target_and_no_other() -> None:
    assert [name for name in TARGETS if verdicts.read(TOLD, name) is None] == []
    assert TOLD.endswith(verdicts.CLOSING.read_text(encoding="utf-8"))


def test_the_page_has_every_battery() -> None:
    assert [names for names in tables() if f"\n### {', '.join(names)}\n" not in TOLD] == []


def test_a_target_runs_the_batteries_that_it_serves() -> None:
    """Each by itself, so that what one leaves behind is nothing of the next one; the embedded target runs all."""
    assert list(tables()) == TARGETS["reference"].runs()[:-1]
    assert ("worklist-battery",) in TARGETS["reference"].runs()
    assert TARGETS["lenient-manager"].runs() == [("mpps-battery",)]
    assert TARGETS["stub-worklist"].runs() == [("worklist-battery",), ("names",)]
    quota = TARGETS["dcmqrscp-quota"].runs()
    assert {("ct-routine", "mr-routine"), ("names",)} <= set(quota)
    assert quota[-1][-1] == "storage-battery"
    assert ("storage-battery",) not in quota


def test_runs_side_by_side_come_to_what_each_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the targets and of their runs, whichever ended first."""
    later = threading.Event()

    def run(name: str, options: Sequence[str]) -> Results:
        if (name, options[-1]) == ("lenient-manager", "mpps-battery"):
            assert later.wait(10)
        else:
            later.set()
        label = f"{options[-1]}/{name}"
        return results(case(label, Verdict.PASS))

    monkeypatch.setattr(verdicts, "_run", run)
    for name in ("lenient-manager", "stub-worklist"):
        monkeypatch.setitem(TARGETS, name, replace(TARGETS[name], product=lambda: "Product 1.2"))
    found = verdicts.ran("lenient-manager", "stub-worklist")
    assert {name: dict(its.marks) for name, its in found.items()} == {
        "lenient-manager": {"mpps-battery/lenient-manager": "pass"},
        "stub-worklist": {"worklist-battery/stub-worklist": "pass", "names/stub-worklist": "pass"},
    }


def test_a_run_of_which_nothing_came_is_made_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[Results] = []

    class Late(Target):
        def run(self, *options: str | Path) -> Results:
            if not came:
                came.append(results())
                raise RuntimeError("not ready within 10 s")
            return came[0]

    monkeypatch.setitem(TARGETS, "late", Late(lambda: "Product 1.2", "too late"))
    assert verdicts._run("late", ["names"]) is came[0]


def test_what_cannot_be_run_twice_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Never(Target):
        def run(self, *options: str | Path) -> Results:
            raise RuntimeError("not ready within 10 s")

    monkeypatch.setitem(TARGETS, "never", Never(lambda: "Product 1.2", "never"))
    with pytest.raises(RuntimeError, match="not ready"):
        verdicts._run("never", ["names"])
