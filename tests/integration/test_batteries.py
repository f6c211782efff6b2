"""Batteries on a target: which cases are run and why others are not, what is sent, and a target that dies meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

import junitparser
import pytest
from pydicom.dataset import Dataset

from scanproof.results import Results
from scansim.exam.state import Exam
from scansim.identity.ids import Identity
from scansim.identity.orders import Procedure, order
from scansim.network.exchange import Exchange
from scansim.network.transcript import load_transcript
from scansim.reference.config import ReferenceConfig
from tests.support import reference_thread
from tests.support.command_line import main, results
from tests.support.processes import free_port

HEAD = """\
id: mine
title: Mine
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
proves: [worklist]
leaves: what a test leaves
"""
QUERY = "  - {id: %s, title: Case %s, steps: [{query-worklist: {keys: {PatientID: %s}}}]}\n"


class Door:
    """Stands before a target, and counts who comes; shuts for good, or for a while, when a text is carried in."""

    def __init__(self, port: int, shuts_at: bytes = b"", opens_after: float | None = None, turns_away: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.calls = self.turned_away = 0
        self.shut = threading.Event()
        self._target, self._shuts_at, self._opens_after, self._turns_away = port, shuts_at, opens_after, turns_away
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.calls += 1
            if self._turns_away and self.shut.is_set():
                self._turns_away -= 1
                self.turned_away += 1
                client.close()
                continue
            self._open.append(client)
            threading.Thread(target=self._carry_in, args=(client,), daemon=True).start()

    def _carry_in(self, client: socket.socket) -> None:
        while self.shut.is_set() and self._opens_after is not None:
            time.sleep(0.01)
        try:
            with client, socket.create_connection(("127.0.0.1", self._target)) as server:
                self._open.append(server)
                threading.Thread(target=_carry, args=(server, client), daemon=True).start()
                while data := client.recv(1 << 16):
                    if self._shuts_at and self._shuts_at in data and not self.shut.is_set():
                        self.shut.set()
                        self._close()
                        return
                    server.sendall(data)
        except OSError:
            return

    def _close(self) -> None:
        if self._opens_after is not None:
            time.sleep(self._opens_after)
            self.shut.clear()
            self._shuts_at = b""
            return
        if not self._turns_away:
            self.close()

    def close(self) -> None:
        """Nobody is let in any more, and who is in is thrown out."""
        for each in (self.listener, *self._open):
            with contextlib.suppress(OSError):  # it is shut already
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.close()
    except OSError:
        return


@dataclass
class Place:
    """A target behind a door, with a site file that names it."""

    folder: Path
    target: reference_thread.Here
    door: Door
    runs: int = 0
    argv: list[str] = field(default_factory=list)

    def battery(self, cases: str, orders: str = "", name: str = "mine") -> Path:
        path = self.folder / f"{name}.yaml"
        path.write_text(HEAD.replace("id: mine", f"id: {name}") + orders + "cases:\n" + cases)
        return path

    def site(
        self, services: str = "worklist, mpps", more: str = "orders: {existing: true}", patience: float = 10
    ) -> Path:
        times = f"{{connect: {patience}, associate: {patience}, response: {patience}, again: 0.1}}"
        lines = [
            f"  {name}: {{ae: REFERENCE, host: 127.0.0.1, port: {self.door.port}, timeouts: {times}}}"
            for name in services.split(", ")
        ]
        path = self.folder / "site.yaml"
        path.write_text("\n".join(["listener: {port: 0}", "services:", *lines, more, ""]))
        return path

    def run(self, *argv: str | Path | int, code: int = 0) -> Results:
        self.runs += 1
        out = self.folder / f"out{self.runs}"
        done = main("run", "--out", out, *argv)
        assert done.returncode == code, done.stdout + done.stderr
        self.stdout = done.stdout
        return results(out)

    @property
    def out(self) -> Path:
        return self.folder / f"out{self.runs}"


@pytest.fixture
def shuts_at() -> tuple[bytes, float | None, int]:
    return b"", None, 0


@pytest.fixture
def place(tmp_path: Path, shuts_at: tuple[bytes, float | None, int]) -> Iterator[Place]:
    with reference_thread.start(ReferenceConfig()) as target:
        door = Door(target.port, *shuts_at)
        try:
            yield Place(tmp_path, target, door)
        finally:
            door.close()


def labels(of: Results) -> list[str]:
    return [scenario.label for scenario in of.scenarios if not scenario.not_run]


def not_run(of: Results) -> dict[str, str]:
    return {scenario.label: scenario.not_run for scenario in of.scenarios if scenario.not_run}


# --- a target that dies, or is silent for a while ---------------------------------------------------------------------

FIVE = "".join(QUERY % (name, name, text) for name, text in zip("abcde", ("A", "B", "KILL", "D", "E"), strict=True))
MANY = "".join(QUERY % (f"c{number}", number, "KILL" if number == 6 else "A") for number in range(24))


def plain(place: Place) -> Path:
    path = place.folder / "plain.yaml"
    path.write_text(HEAD.replace("id: mine", "id: plain") + "steps: [verify, query-worklist]\n")
    return path


@pytest.mark.parametrize("shuts_at", [(b"KILL", None, 0), (b"KILL", None, 1000)], ids=["gone", "closes at once"])
def test_a_target_that_dies_ends_its_battery(place: Place) -> None:
    of = place.run(place.battery(FIVE), plain(place), "--site", place.site(), code=1)
    assert labels(of) == ["mine/survey", "mine/a", "mine/b", "mine/c", "plain"]
    assert list(not_run(of)) == ["mine/d", "mine/e"]
    (why,) = set(not_run(of).values())
    assert why.startswith("the target does not answer any more since mine/c: ")
    assert of.complete  # nobody interrupted it
    verdicts = {scenario.label: scenario.verdict for scenario in of.scenarios}
    assert (verdicts["mine/c"], verdicts["mine/d"], verdicts["plain"] != "PASS") == ("FAIL", "NOT_TESTED", True)
    told = " ".join(place.stdout.split())
    assert f"not run 2 cases, such as mine/d: {why}" in told


@pytest.mark.parametrize("shuts_at", [(b"KILL", None, 0)])
def test_one_that_dies_of_a_request_for_an_association_ends_a_battery_of_no_service(place: Place) -> None:
    cases = "".join(
        f"  - {{id: {name}, title: Case {name}, steps: [{{associate: {{called: {title}}}}}]}}\n"
        for name, title in (("a", "WRONG"), ("b", "KILL"), ("c", "WRONG"))
    )
    of = place.run(place.battery(cases), "--site", place.site(), "--odd-data", code=1)
    assert labels(of) == ["mine/a", "mine/b"]
    assert [(each.check, each.case) for each in of.all_findings if each.verdict == "FAIL" and each.root is None] == [
        ("association.served-after", "mine/b")
    ]
    assert not_run(of)["mine/c"].startswith("the target does not answer any more since mine/b: ")


@pytest.mark.parametrize("shuts_at", [(b"KILL", None, 0)])
def test_side_by_side_it_is_told_who_was_there(place: Place) -> None:
    of = place.run(place.battery(MANY), plain(place), "--site", place.site(), "-j", 4, code=1)
    assert sorted([*labels(of), *not_run(of)]) == sorted(["mine/survey", "plain", *(f"mine/c{n}" for n in range(24))])
    assert len(not_run(of)) >= 4
    (why,) = set(not_run(of).values())
    named = re.findall("mine/c[0-9]+", why)
    assert set(named) <= {*labels(of)}
    assert "mine/c6" in named or re.search("since|after", why)


@pytest.mark.parametrize("shuts_at", [(b"KILL", 1.9, 0), (b"KILL", None, 1)], ids=["silent", "begins anew"])
@pytest.mark.long
def test_one_that_comes_back_does_not(place: Place) -> None:
    of = place.run(place.battery(FIVE), "--site", place.site(patience=1), code=1)
    assert labels(of) == ["mine/survey", *(f"mine/{name}" for name in "abcde")]
    verdicts = {scenario.label: scenario.verdict for scenario in of.scenarios}
    assert verdicts.pop("mine/c") == "FAIL"
    assert "FAIL" not in verdicts.values()
    last = next(scenario for scenario in of.scenarios if scenario.label == "mine/c").steps[-1]
    assert (last.verb, last.outcome) == ("verify", "done")
    if place.door.turned_away:
        assert "does not answer at first, then answers" in last.detail


def test_one_that_was_never_there(place: Place) -> None:
    place.door.close()
    of = place.run(place.battery(FIVE), "--site", place.site(), code=3)
    assert labels(of) == ["mine/survey"]
    assert {why.partition(":")[0] for why in not_run(of).values()} == {
        "the target does not answer any more since mine/survey"
    }


def test_an_ae_that_no_case_uses_ends_nothing(place: Place) -> None:
    site = place.site()
    site.write_text(site.read_text() + f"  storage: {{ae: GONE, host: 127.0.0.1, port: {free_port()}}}\n")
    text = site.read_text().replace("orders: {existing: true}\n", "") + "orders: {existing: true}\n"
    site.write_text(text)
    of = place.run(place.battery(FIVE), "--site", site)
    assert not not_run(of)
    assert {scenario.verdict for scenario in of.scenarios} <= {"PASS", "NOT_TESTED"}


# --- which cases are run ----------------------------------------------------------------------------------------------

ORDERS = """\
orders:
  - {id: plain}
  - {id: kanji, patient: kanji-5c}
"""
MIXED = """\
  - id: by-id
    title: A query by Patient ID
    steps: [{query-worklist: {station: any, day: any, modality: any, keys: {PatientID: $plain.PatientID}}}]
  - id: by-name
    title: A query by a name in kanji
    steps: [{query-worklist: {keys: {PatientName: $kanji.PatientName}}}]
  - id: step
    title: A performed step
    steps: [{create-mpps: {order: plain}}, {set-mpps: {status: COMPLETED}}]
  - id: lacks
    title: An N-CREATE without $attribute
    odd: true
    each: {attribute: [Modality, PerformedProcedureStepID]}
    steps: [{create-mpps: {order: plain, remove: [$attribute]}}]
  - id: big
    title: A big one
    heavy: true
    steps: [query-worklist]
"""
ODD = "it sends odd data: --odd-data, or odd_data: true in the site file"


def test_what_is_not_run_is_told_in_every_report(place: Place) -> None:
    battery = place.battery(MIXED, ORDERS)
    skip = ["--skip", "mine/step=it hangs, ticket 471", "--skip", "mine/big"]
    of = place.run(battery, "--site", place.site(), *skip)
    assert labels(of) == ["mine/survey"]  # nothing is there that stands for the plain order
    needs = "it needs the order kanji (patient kanji-5c); with orders.folder in the site file it is placed"
    assert not_run(of) == {
        "mine/by-name": needs,
        "mine/step": "skipped: it hangs, ticket 471",
        "mine/lacks[Modality]": ODD,
        "mine/lacks[PerformedProcedureStepID]": ODD,
        "mine/big": "skipped by --skip",
        "mine/by-id": "it needs the order plain, and the worklist holds none",
    }
    assert {scenario.verdict for scenario in of.scenarios if scenario.not_run} == {"NOT_TESTED"}
    html, told = (place.out / "report.html").read_text(), " ".join(place.stdout.split())
    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(place.out / "junit.xml"))}
    for label, why in not_run(of).items():
        assert f"{label if why != ODD else 'not run 2 cases, such as mine/lacks[Modality]'}: {why}" in told
        assert f"not run: {why}" in html.replace("&#39;", "'")
        (case,) = suites[label]
        (skipped,) = case.result
        assert isinstance(skipped, junitparser.Skipped)
        assert skipped.message == f"NOT TESTED: {why}"
    judged = main("judge", place.out, "--out", place.folder / "judged", "--fail-on", "not-tested")
    assert judged.returncode == 1
    assert not_run(results(place.folder / "judged")) == not_run(of)


def test_where_nothing_is_run_nothing_is_green(place: Place) -> None:
    of = place.run(place.battery(MIXED, ORDERS), "--site", place.site(), "--only", "mine/lacks", code=3)
    assert labels(of) == []
    assert place.door.calls == 0
    assert "Nothing was tested" in place.stdout


def test_odd_and_heavy_data_are_sent_where_somebody_allows_it(place: Place) -> None:
    battery = place.battery(MIXED, ORDERS)
    odd = ["mine/lacks[Modality]", "mine/lacks[PerformedProcedureStepID]"]
    target = ("--target", f"REFERENCE@127.0.0.1:{place.door.port}", "--listen", 0)
    only = ("--only", "mine/lacks", "--only", "mine/big", battery)
    assert list(not_run(place.run(*only, *target, code=3))) == [*odd, "mine/big"]
    assert labels(place.run(*only, *target, "--odd-data", "--heavy")) == ["mine/survey", *odd, "mine/big"]
    assert labels(place.run(*only, "--site", place.site(more="odd_data: true"))) == odd


@pytest.mark.usefixtures("on_a_thread")
def test_the_embedded_target_is_sent_odd_data_and_its_orders_are_placed(place: Place) -> None:
    of = place.run(place.battery(MIXED, ORDERS))
    assert list(not_run(of)) == ["mine/big"]
    assert len(labels(of)) == 5


def test_a_plan_sends_and_writes_nothing(place: Place) -> None:
    battery, site = place.battery(MIXED, ORDERS), place.site()
    before = sorted(place.folder.rglob("*"))
    for where in (("--site", site), ("--target", f"R@127.0.0.1:{place.door.port}"), ("--target", "R@127.0.0.1:1"), ()):
        done = main("run", battery, "--plan", *where, "--out", place.folder / "never")
        assert done.returncode == 0, done.stderr
        first, *lines, total, last = done.stdout.splitlines()
        assert first.startswith("mine: Mine, ")
        assert first.endswith(" about 1 s")
        assert "  leaves what a test leaves" in lines
        assert re.fullmatch("[0-9] exams in all, about 1 s where the target answers at once; [0-9] not run", total)
        assert last == "nothing was sent"
        assert all(len(line) < 200 and line.isprintable() for line in lines)
        assert ("  puts 2 orders into the worklist" in lines) == (not where)
        told = {line.split()[0]: " ".join(line.split()[1:]) for line in lines[1:]}
        assert told["mine/step"] == "A performed step (leaves 1 performed procedure step)"
        assert lines[lines.index("  not run: it is heavy: --heavy") + 1] == "    mine/big"
        if where:
            assert lines[lines.index(f"  not run: {ODD}") + 1] == "    mine/lacks (2 cases)"
        else:
            assert told["mine/lacks[Modality]"].startswith("An N-CREATE without Modality (odd; ")
    assert place.door.calls == 0
    assert sorted(place.folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--only", "mine/by-idd"], "--only 'mine/by-idd': no scenario or case of that id; did you mean mine/by-id?"),
        (["--only", "by-id"], "--only 'by-id': no scenario or case of that id; did you mean mine/by-id?"),
        (["--skip", "mine/lack=x"], "--skip 'mine/lack': no scenario or case of that id; did you mean mine/lacks"),
        (["--only", "ct-routine"], "--only 'ct-routine': no scenario or case of that id; --plan shows them"),
    ],
)
def test_an_unknown_id_is_refused(place: Place, argv: list[str], told: str) -> None:
    done = main("run", place.battery(MIXED, ORDERS), "--site", place.site(), "--out", place.folder / "out", *argv)
    assert done.returncode == 2
    assert told in done.stderr.replace("\n", " ")
    assert place.door.calls == 0
    assert not (place.folder / "out").exists()


def test_without_a_scenario_the_ids_name_it() -> None:
    assert main("run", "--plan", "--only", "names/GB18030").stdout.startswith("names: ")
    done = main("run", "--plan", "--only", "nmaes/GB18030")
    assert done.returncode == 2
    assert "nmaes: no such scenario, file or folder; did you mean names?" in done.stderr.replace("\n", " ")


# --- a worklist that is not ours --------------------------------------------------------------------------------------

DAY = date(2026, 3, 4)


def ordered(place: Place, count: int) -> list[Dataset]:
    """Items that stand in the worklist already, for our station today."""
    procedure = Procedure("C", "99SCANSIM", "M", "M", "P", "PM")
    found = []
    for number in range(count):
        identity = Identity(number, DAY, "others")
        begin = datetime.combine(DAY, time_of_day(9))
        found.append(order(identity, modality="CT", station_ae="SCANPROOF", start=begin, procedure=procedure))
        place.target.add_order(found[-1])
    return found


def exchanges(place: Place, label: str) -> list[Exchange]:
    transcript = load_transcript(place.out / "transcript" / label)
    return [each for association in transcript.associations for each in association.exchanges]


def sent(place: Place, label: str) -> list[str]:
    """Names of the messages that were sent in a case."""
    return [each.name for each in exchanges(place, label) if each.sent]


def test_a_plain_order_is_any_that_the_worklist_holds(place: Place) -> None:
    items = ordered(place, 3)
    of = place.run(place.battery(MIXED, ORDERS), "--site", place.site(), "--date", DAY)
    assert labels(of) == ["mine/survey", "mine/by-id", "mine/step"]
    assert sent(place, "mine/survey") == ["C-FIND-RQ"]
    assert sent(place, "mine/by-id") == ["C-ECHO-RQ", "C-FIND-RQ", "C-ECHO-RQ"]
    found = exchanges(place, "mine/by-id")
    (asked,) = [each.dataset.text("PatientID") for each in found if each.name == "C-FIND-RQ" and each.dataset]
    assert asked in {item.PatientID for item in items}
    facts = json.loads((place.out / "transcript" / "mine" / "orders.json").read_bytes())
    assert [(each["id"], each["placed"]) for each in facts["orders"]] == [("plain", False), ("kanji", False)]


STEPS = """\
  - id: step
    title: A performed step
    steps: [{create-mpps: {order: plain}}, {set-mpps: {status: COMPLETED}}]
  - id: both
    title: A step of two orders
    steps: [{create-mpps: {order: [plain, kanji]}}]
  - id: taken
    title: A step of an item that is taken
    steps: [query-worklist, choose-item, create-mpps, {set-mpps: {status: DISCONTINUED}}]
  - id: named
    title: A step of the item of an order
    steps: [query-worklist, {choose-item: {order: plain}}, create-mpps]
  - id: another
    title: A step that names the study of an order
    steps: [{create-mpps: {set: {ScheduledStepAttributesSequence.StudyInstanceUID: $plain.StudyInstanceUID}}}]
"""


def test_no_step_of_an_order_that_is_not_ours_is_performed(place: Place) -> None:
    (item,) = ordered(place, 1)
    of = place.run(place.battery(STEPS, ORDERS), "--site", place.site(), "--date", DAY, "--odd-data")
    assert labels(of) == ["mine/survey", "mine/step", "mine/both", "mine/taken"]
    assert list(not_run(of)) == ["mine/named", "mine/another"]
    steps = place.target.store.steps()
    assert len(steps) == 3
    for step in steps:
        for scheduled in step.ScheduledStepAttributesSequence:
            assert scheduled.StudyInstanceUID != item.StudyInstanceUID
            assert not scheduled.AccessionNumber
        assert step.PatientID != item.PatientID
    (took,) = [scenario for scenario in of.scenarios if scenario.label == "mine/taken"]
    assert took.steps[2].detail == "unscheduled exam: no order of this battery was to be taken"
    assert {step.PerformedProcedureStepStatus for step in steps} == {"COMPLETED", "DISCONTINUED"}  # "both" was ended


def test_one_that_the_user_names_may_be_taken(place: Place) -> None:
    item, _ = ordered(place, 2)
    named = ("--accession", item.AccessionNumber, "--only", "mine/named", "--only", "mine/taken")
    of = place.run(place.battery(STEPS, ORDERS), "--site", place.site(), "--date", DAY, *named)
    assert labels(of) == ["mine/survey", "mine/taken", "mine/named"]
    studies = {step.ScheduledStepAttributesSequence[0].StudyInstanceUID for step in place.target.store.steps()}
    assert studies == {item.StudyInstanceUID}


def test_a_survey_takes_so_many_items_and_no_more(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scansim.exam.selection.MOST_ITEMS", 5)
    ordered(place, 8)
    of = place.run(place.battery(MIXED, ORDERS), "--site", place.site(), "--only", "mine/survey", "--date", DAY)
    assert labels(of) == ["mine/survey"]
    assert sent(place, "mine/survey") == ["C-FIND-RQ", "C-CANCEL-RQ"]


# --- orders that are placed -------------------------------------------------------------------------------------------


def test_orders_are_placed_and_written_once(place: Place) -> None:
    orders = "orders:\n  - {id: many, count: 60}\n"
    case = "  - {id: c%d, title: Case %d, steps: [{query-worklist: {keys: {PatientID: '$many[%d].PatientID'}}}]}\n"
    folder = place.folder / "orders"
    folder.mkdir()
    battery = place.battery("".join(case % (n, n, n) for n in range(1, 5)), orders)
    of = place.run(
        battery, "--site", place.site(more=f"orders: {{folder: {folder}}}"), code=1
    )  # that target does not read it
    assert labels(of) == [f"mine/c{n}" for n in range(1, 5)]
    transcript = place.out / "transcript"
    facts = json.loads((transcript / "mine" / "orders.json").read_bytes())
    assert [each["id"] for each in facts["orders"]] == [f"many[{n}]" for n in range(1, 61)]
    assert all(each["placed"] for each in facts["orders"])
    assert [path.parent.name for path in transcript.rglob("orders.json")] == ["mine"]
    rest = sum(path.stat().st_size for path in transcript.rglob("*") if path.is_file() and path.name != "orders.json")
    assert rest < 4 * 20_000
    assert not list(folder.iterdir())  # what was put there for the run is gone after it
    told = [each.kind for each in of.scenarios[0].created]
    assert told == ["Order"] * 60
    assert not any(each.created for each in of.scenarios[1:])


# --- the same again ---------------------------------------------------------------------------------------------------


def verdicts(of: Results) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Verdict of each case, and its findings by check.

    What has to be in an answer is left out: a step that another case performed before need not be.
    """
    order_decides = {("worklist.matches-complete", "PASS")}
    return {
        scenario.label: (
            scenario.verdict,
            sorted({(each.check, each.verdict) for each in scenario.findings} - order_decides),
        )
        for scenario in of.scenarios
    }


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_side_by_side_the_verdicts_are_the_same(place: Place) -> None:
    battery = place.battery(MIXED + STEPS.replace("id: step", "id: other-step"), ORDERS)
    argv = (battery, "--seed", 5, "--skip", "mine/both", "--skip", "mine/another")  # requests that are not right
    one, four = place.run(*argv), place.run(*argv, "-j", 4)
    assert verdicts(one) == verdicts(four)
    suite = junitparser.JUnitXml.fromfile(str(place.out / "junit.xml"))
    names = [(case.classname, case.name) for each in suite for case in each]
    assert len(set(names)) == len(names)


FAULTY = """\
  - id: final
    title: A change after $status
    odd: true
    each: {status: [COMPLETED, DISCONTINUED]}
    steps: [create-mpps, {set-mpps: {status: $status}}, {set-mpps: {status: IN PROGRESS}}]
  - id: right
    title: A performed step
    steps: [create-mpps, {set-mpps: {status: COMPLETED}}]
"""


def test_a_finding_of_a_case_tells_how_to_see_it_again(tmp_path: Path) -> None:
    with reference_thread.start(ReferenceConfig(defect="mpps-final-not-final")) as target:
        door = Door(target.port)
        place = Place(tmp_path, target, door)
        of = place.run(place.battery(FAULTY), "--site", place.site(), "--odd-data", "--skip", "mine/right=x", code=1)
        bad = {each.case: each for each in of.all_findings if each.verdict == "FAIL" and each.root is None}
        assert [*bad] == ["mine/final[COMPLETED]", "mine/final[DISCONTINUED]"]
        program, *argv = shlex.split(bad["mine/final[DISCONTINUED]"].again[0])
        assert program == "scanproof"
        assert argv[-3:] == ["--only", "mine/final[DISCONTINUED]", "--odd-data"]
        assert "--skip" not in argv
        again = place.run(*argv[1:], code=1)
        assert labels(again) == ["mine/final[DISCONTINUED]"]
        assert {each.check for each in again.all_findings if each.verdict == "FAIL"} == {
            bad["mine/final[DISCONTINUED]"].check
        }
        facts = json.loads((tmp_path / "out1" / "transcript" / "run.json").read_bytes())
        assert "--skip mine/right=x --odd-data" in facts["again"][""]
        door.close()


def test_the_command_of_a_run_keeps_what_was_chosen(place: Place) -> None:
    place.run(
        place.battery(MIXED, ORDERS), "--site", place.site(), "--only", "mine/lacks", "--only", "mine/by-id", code=0
    )
    facts = json.loads((place.out / "transcript" / "run.json").read_bytes())
    assert "--only mine/lacks --only mine/by-id" in facts["again"][""]
    assert facts["again"]["mine/survey"].count("--only") == 1


# --- interrupted ------------------------------------------------------------------------------------------------------

OPEN = "".join(
    f"  - {{id: c{n}, title: Case {n}, steps: [create-mpps, query-worklist, {{set-mpps: {{status: COMPLETED}}}}]}}\n"
    for n in range(8)
)


@pytest.mark.parametrize("jobs", [1, 4])
def test_an_interrupted_battery_is_told_in_part_and_leaves_no_step_open(
    place: Place, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scansim.steps import query_worklist

    asked = query_worklist.query_keys
    count = []

    def interrupting(exam: Exam, step: Any) -> Dataset:
        count.append(1)
        if len(count) == 3 + 1:  # the survey is one
            os.kill(os.getpid(), signal.SIGINT)
            until = time.monotonic() + 10
            while not exam.stop.is_set() and time.monotonic() < until:  # the main thread takes it
                time.sleep(0.01)
        return asked(exam, step)

    monkeypatch.setattr(query_worklist, "query_keys", interrupting)
    of = place.run(place.battery(OPEN), "--site", place.site(), "-j", jobs, code=3)
    assert not of.complete
    assert not not_run(of)
    assert any("interrupted by the user" in note for note in of.notes)
    assert any(note.endswith("was not begun") for note in of.notes)
    assert 3 <= len(labels(of)) <= 4 + jobs
    states = [step.PerformedProcedureStepStatus for step in place.target.store.steps()]
    assert "DISCONTINUED" in states
    assert "IN PROGRESS" not in states
    left = [entry for scenario in of.scenarios for entry in scenario.left_open]
    assert left
    assert all(entry.ended for entry in left)
    assert "FAIL" not in {scenario.verdict for scenario in of.scenarios}
    assert main("judge", place.out, "--out", place.folder / "judged").returncode == 3
    assert (place.folder / "judged" / "results.json").read_bytes() == (place.out / "results.json").read_bytes()


def test_a_battery_of_a_service_that_the_site_does_not_name_sends_nothing(tmp_path: Path) -> None:
    """It would store images for nothing: here nobody is there to take any."""
    site = tmp_path / "site.yaml"
    site.write_text(f"services: {{storage: {{ae: NOBODY, host: 127.0.0.1, port: {free_port()}}}}}\n")
    done = main(
        "run", "retrieve-battery", "--only", "retrieve-battery/study", "--site", site, "--out", tmp_path / "out"
    )
    found = results(tmp_path / "out")
    assert done.returncode == 3, "nothing was tested"
    assert {case.verdict.value for case in found.scenarios} == {"NOT_APPLICABLE"}
    assert not any(case.associations for case in found.scenarios)
    assert {step.detail for case in found.scenarios for step in case.steps} == {"the site names no retrieve service"}
