"""The worklist battery on the embedded target: what its queries bring, and that nothing wrong is said of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import pytest
import yaml

from scanproof.results import Results
from scansim.identity.ids import Identity
from scansim.identity.orders import PROCEDURES, order, write_worklist_file
from scansim.network.exchange import Exchange
from scansim.network.transcript import load_transcript
from scansim.wire import charsets
from tests.support.command_line import deviations, main, results
from tests.support.peers import Peer

DAY = date(2026, 3, 4)
#: Of each case the steps that ask, by what they bring: counted by hand from the orders in the file.
BROUGHT = {
    "single-value[PatientID]": ["1 items"],
    "single-value[ScheduledStationAETitle]": ["13 items"],
    "wildcard[PatientName]": ["3 items", "1 items", "2 items"],
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
    "nothing-known": ["1 items"],
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
    done = main("run", "worklist-battery", *only, "--out", out, "--seed", 5, "--date", DAY.isoformat())
    assert done.returncode == 0, done.stdout
    return Run(out, results(out))


@pytest.mark.long
def test_what_each_query_brings(some: Run) -> None:
    own = {case: [*steps] for case, steps in some.brought().items() if case in BROUGHT}
    early, wanted = own.pop("cancel-early"), {case: steps for case, steps in BROUGHT.items() if case != "cancel-early"}
    assert own == wanted
    assert early[0].endswith((", then FE00H", ", then 0000H"))  # how far it came by then, the moment decides


@pytest.mark.long
def test_nothing_wrong_is_told(some: Run) -> None:
    assert deviations(some.results) == set()
    assert {case.verdict.value for case in some.results.scenarios} == {"PASS"}
    told = [note.text for case in some.results.scenarios for note in case.notes if "malformed" in note.text]
    assert told == ["a query (worklist.malformed-key) was answered 0000H"]


@pytest.mark.long
def test_what_is_asked_beside_the_key(some: Run) -> None:
    """A console's station, day and modality where a case is not about something else, and no day before all cases."""
    (wide,) = some.messages("single-value[PatientID]", "C-FIND-RQ")
    (narrow,) = some.messages("extra-keys[private]", "C-FIND-RQ")
    for message, expected in ((wide, ("", "", "")), (narrow, ("SCANPROOF", "20260304", "CT"))):
        assert message.dataset is not None
        (step,) = message.dataset.items("ScheduledProcedureStepSequence")
        names = ("ScheduledStationAETitle", "ScheduledProcedureStepStartDate", "Modality")
        assert tuple(step.text(name) for name in names) == expected


@pytest.mark.long
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


@pytest.mark.long
def test_orders_that_nobody_asks_about_are_not_placed(some: Run) -> None:
    facts = json.loads((some.out / "transcript" / "worklist-battery" / "orders.json").read_bytes())
    names = [order["id"] for order in facts["orders"]]
    assert "plain" in names
    assert not any(name.startswith("many") for name in names)


@pytest.mark.whole
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


# --- real servers -----------------------------------------------------------------------------------------------------


def asked(peer: Peer) -> tuple[dict[str, set[str]], Run]:
    """Of each check that says FAIL the cases in which it does; and the run."""
    done = peer.scanproof("run", "worklist-battery", "--site", peer.site, "--out", peer.folder / "out", "--odd-data")
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    found = results(peer.folder / "out")
    failed: dict[str, set[str]] = {}
    for finding in found.all_findings:
        if finding.verdict.value == "FAIL":
            failed.setdefault(finding.check, set()).add(finding.case.partition("/")[2])
    return failed, Run(peer.folder / "out", found)


def charset(*names: str) -> set[str]:
    return {f"charset[{name}]" for name in names}


@pytest.mark.peer
@pytest.mark.long
def test_wlmscpfs(wlmscpfs_peer: Peer) -> None:
    failed, run = asked(wlmscpfs_peer)
    texts = charset("accents", "polish", "cyrillic", "greek", "utf-8", "kanji", "korean", "chinese", "katakana")
    # Without -csk it drops (0008,0005) of its files, and what the texts read then follows from that.
    assert failed.pop("worklist.character-set") == texts | charset("gb-2312", "two-sets")
    assert failed.pop("identity.order-item") == texts | charset("gb-2312", "two-sets")
    assert failed == {}
    brought = run.brought()
    # It matches the required keys, Accession Number and Requested Procedure ID, and takes no notice of other optional
    # ones, as an SCP may; names with their case, as C.2.2.2.1.1 leaves it.
    assert brought["wildcard[AccessionNumber]"] == ["3 items", "2 items", "2 items"]
    assert brought["wildcard[ScheduledStationName]"] == ["12 items"] * 3
    assert brought["name-case[lower]"] == ["0 items"]
    assert brought["range-combined[from-to]"] == ["2 items"]
    assert brought["nothing-known"] == ["1 items"]
    refused = {case for case, steps in brought.items() if any("A900H" in step for step in steps)}
    assert {"two-steps", "odd-key[modality-in-lower-case]", "odd-key[date-with-wild-card]"} <= refused
    # keys with escape sequences it calls an invalid repertoire, see test_real_peers.py
    assert {case for case in refused if not case.startswith(("two-steps", "odd-key"))} == {
        *charset("kanji", "korean", "gb-2312"),
        *("name-group[ideographic]", "name-group[phonetic]"),
    }


@pytest.mark.peer
@pytest.mark.long
def test_orthanc(orthanc_peer: Peer) -> None:
    failed, run = asked(orthanc_peer)
    # It answers with the attributes that the file has, and no more; and keeps escape sequences as they are in what it
    # calls Latin-1.
    assert failed.pop("worklist.return-type2") == {"nothing-known"}
    assert failed.pop("worklist.character-set") == charset("korean", "katakana", "gb-2312", "two-sets")
    # The Cancel has the last item with it, when it comes in time.
    assert failed.pop("worklist.final-no-identifier", set()) <= {"cancel-early", "cancel-late"}
    brought = run.brought()
    # Of several values it looks at none, of date and time at each by itself, and at a time as it is written.
    assert brought["one-of-several[ScheduledStationAETitle]"] == ["0 items"] * 2
    assert brought["range-combined[from-to]"] == ["0 items"]
    assert brought["range-combined[from]"] == ["1 items"]
    assert brought["time-range[at-the-ends]"] == ["2 items"]
    assert brought["two-steps"] == ["0 items, then C000H"]
    assert brought["odd-key[uid-with-wild-card]"] == ["0 items, then C000H"]
    assert brought["odd-key[modality-in-lower-case]"] == ["0 items, then 0000H"]
    assert failed.pop("worklist.matches-complete") == {
        *("one-of-several[ScheduledStationAETitle]", "time-range[at-the-ends]"),
        *(f"range-combined[{form}]" for form in ("from-to", "three-days", "from", "to")),
    }
    # What a text lost in Latin-1 makes it no other item; no clause says which sets a worklist supports.
    lost = charset("polish", "cyrillic", "greek", "utf-8", "kanji", "korean", "chinese", "katakana", "gb-2312")
    assert failed.pop("identity.order-item") == lost
    assert failed == {}


@pytest.mark.peer
@pytest.mark.long
def test_a_worklist_with_items_of_its_own(wlmscpfs_peer: Peer) -> None:
    """Nothing is placed: what is there is found out first, and the battery asks about that."""
    for number in range(8):
        item = order(
            Identity(7, DAY, "their worklist"),
            modality="MR" if number == 0 else "CT",
            station_ae="SCANPROOF" if number < 5 else "OTHER",
            start=datetime.combine(DAY, time(9 + number)),
            procedure=PROCEDURES["CT"],
            key=f"item {number}",
        )
        write_worklist_file(item, wlmscpfs_peer.server.folder)
    site = yaml.safe_load(wlmscpfs_peer.site.read_text())
    wlmscpfs_peer.site.write_text(yaml.safe_dump({**site, "orders": {"existing": True}}))
    out = wlmscpfs_peer.folder / "out"
    argv = ("--site", wlmscpfs_peer.site, "--out", out, "--date", DAY.isoformat())
    done = wlmscpfs_peer.scanproof("run", "worklist-battery", *argv)
    assert done.returncode == 0, done.stdout
    run = Run(out, results(out))
    assert deviations(run.results) == set()
    brought = run.brought()
    assert brought["survey"] == ["8 items, then 0000H"]
    assert brought["single-value[PatientID]"] == ["1 items"]
    assert brought["date-range[day]"] == ["4 items"]
    verdicts = {case.case.partition("/")[2]: case.verdict.value for case in run.results.scenarios}
    assert {verdicts[case] for case in ("wildcard[PatientName]", "charset[kanji]", "uid-list")} == {"NOT_TESTED"}
