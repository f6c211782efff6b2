"""The worklist battery on the embedded target: what its queries bring, and that nothing wrong is said of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanproof.results import Results
from scansim.network.exchange import Exchange
from scansim.network.transcript import load_transcript
from scansim.wire import charsets
from tests.support.command_line import deviations, main, results

#: Of each case the steps that ask, by what they bring: counted by hand from the orders in the file.
BROUGHT = {
    "single-value[PatientID]": ["1 items"],
    "single-value[ScheduledStationAETitle]": ["13 items"],
    "wildcard[PatientName]": ["3 items", "2 items", "2 items"],
    "wildcard[AccessionNumber]": ["3 items", "2 items", "2 items"],
    "uid-list": ["2 items"],
    "date-range[from-to]": ["13 items"],
    "time-range[at-the-ends]": ["3 items"],
    "range-combined[from-to]": ["2 items"],  # late and early, and nothing of the two days between nine and five
    "range-combined[three-days]": ["15 items"],
    "range-combined[from]": ["3 items"],
    "range-combined[date+from-to]": ["1 items"],
    "universal[ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate]": ["15 items", "15 items"],
    "universal-star[PatientName]": ["12 items", "12 items"],
    "sequence-empty": ["1 items"],
    "sequence-universal": ["1 items"],
    "no-match[PatientID]": ["0 items"],
    "unknown-value": ["7 items"],
    "one-of-several[ScheduledStationAETitle]": ["1 items", "1 items"],
    "other-case[PatientID]": ["0 items"],
    "charset[kanji]": ["1 items", "1 items"],
    "extra-keys[private]": ["12 items"],
    "cancel-early": ["0 items, then FE00H"],
    "parallel": ["12 items"],
    "odd-key[date-in-words]": ["0 items, then A900H"],
    "odd-key[modality-with-wild-card]": ["12 items, then 0000H"],
    "two-steps": ["0 items, then A900H"],
}


@dataclass(frozen=True)
class Run:
    out: Path
    results: Results

    def brought(self) -> dict[str, list[str]]:
        """What the queries of each case say that they brought."""
        return {
            case.case.partition("/")[2]: [step.detail for step in case.steps if step.verb == "query-worklist"]
            for case in self.results.scenarios
        }

    def messages(self, case: str, name: str) -> list[Exchange]:
        """All messages of a kind in one case."""
        transcript = load_transcript(self.out / "transcript" / "worklist-battery" / case)
        return [
            message
            for association in transcript.associations
            for message in association.exchanges
            if message.name == name and message.dataset is not None
        ]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Cases of each kind."""
    out = tmp_path_factory.mktemp("worklist") / "out"
    only = [word for case in BROUGHT for word in ("--only", f"worklist-battery/{case}")]
    done = main("run", "worklist-battery", *only, "--out", out, "--seed", 5, "--date", "2026-03-04")
    assert done.returncode == 0, done.stdout
    return Run(out, results(out))


def test_what_each_query_brings(some: Run) -> None:
    own = {case: [*steps] for case, steps in some.brought().items() if case in BROUGHT}
    early, wanted = own.pop("cancel-early"), {case: steps for case, steps in BROUGHT.items() if case != "cancel-early"}
    assert own == wanted
    assert early[0].endswith((", then FE00H", ", then 0000H"))  # how far it came by then, the moment decides


def test_nothing_wrong_is_told(some: Run) -> None:
    assert deviations(some.results) == set()
    assert {case.verdict.value for case in some.results.scenarios} == {"PASS"}
    told = [note.text for case in some.results.scenarios for note in case.notes if "malformed" in note.text]
    assert told == ["a query (worklist.malformed-key) was answered 0000H"]


def test_what_is_asked_beside_the_key(some: Run) -> None:
    """A console's station, day and modality where a case is not about something else, and no day before all cases."""
    (wide,) = some.messages("single-value[PatientID]", "C-FIND-RQ")
    (narrow,) = some.messages("extra-keys[private]", "C-FIND-RQ")
    for message, expected in ((wide, ("", "", "")), (narrow, ("SCANPROOF", "20260304", "CT"))):
        assert message.dataset is not None
        (step,) = message.dataset.items("ScheduledProcedureStepSequence")
        names = ("ScheduledStationAETitle", "ScheduledProcedureStepStartDate", "Modality")
        assert tuple(step.text(name) for name in names) == expected


def test_text_with_two_values_comes_back_to_the_byte(some: Run) -> None:
    terms = r"\ISO 2022 IR 87"
    by_name, by_text = some.messages("charset[kanji]", "C-FIND-RQ")
    assert by_name.dataset is not None
    assert by_text.dataset is not None
    assert by_name.dataset.values("SpecificCharacterSet") == ("", "ISO 2022 IR 87")
    key = by_text.dataset.element("Allergies")
    assert key is not None
    assert key.value.rstrip(b" ") == charsets.encode("日本蕎麦", "LO", terms)
    for answer in some.messages("charset[kanji]", "C-FIND-RSP"):
        assert answer.dataset is not None
        held = answer.dataset.element("Allergies")
        assert held is not None
        both = b"\\".join(charsets.encode(text, "LO", terms) for text in ("花粉", "日本蕎麦"))
        assert held.value.rstrip(b" ") == both


def test_orders_that_nobody_asks_about_are_not_placed(some: Run) -> None:
    facts = json.loads((some.out / "transcript" / "worklist-battery" / "orders.json").read_bytes())
    names = [order["id"] for order in facts["orders"]]
    assert "plain" in names
    assert not any(name.startswith("many") for name in names)


@pytest.mark.long
def test_the_whole_battery_passes(tmp_path: Path) -> None:
    done = main("run", "worklist-battery", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    found = results(tmp_path / "out")
    assert deviations(found) == set()
    verdicts = {case.case: case.verdict.value for case in found.scenarios}
    assert {case for case, verdict in verdicts.items() if verdict != "PASS"} == {
        f"worklist-battery/many{which}" for which in ("", "[cancel]", "[parallel]")
    }
