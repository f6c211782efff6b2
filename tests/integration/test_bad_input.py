"""What goes wrong before and during a run: a message that says what to do, the right exit code, and no traceback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from scanproof.cli.runs import ROUTINE
from scanproof.finding import Finding
from scanproof.results import Results, ScenarioResult
from scansim.exam.scenario_files import builtin_scenarios, builtin_sets
from scansim.wire import pdu as p
from scansim.wire.stream import PduDecoder
from tests.support.command_line import TIMEOUT, command, deviations, main, results, target
from tests.support.processes import environment, free_port

#: In s. Nothing that stays silent holds a run up for longer than a few of these.
QUICK = "{connect: 1, associate: 1, response: 2, commitment: 2, hold: 0.2}"

#: The target does not know where our listener is, whose port is another one each time.
WITHOUT_COMMITMENT = "worklist mpps storage query"

CT = """\
id: many
title: CT with many images
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
steps:
  - verify
  - query-worklist
  - choose-item
  - create-mpps
  - acquire: {instances: 120}
  - store
  - set-mpps: {status: COMPLETED}
  - commit
  - query-study
  - verify
"""


def site(tmp_path: Path, address: str, *, listener: int = 0, orders: str = "{existing: true}", only: str = "") -> Path:
    """Write a site file whose services are all at AET@127.0.0.1:PORT, with short timeouts."""
    ae, _, port = address.partition("@127.0.0.1:")
    names = only.split() or ["worklist", "mpps", "storage", "commitment", "query"]
    lines = [f"listener: {{port: {listener}}}", f"orders: {orders}", "services:"]
    lines += [f"  {name}: {{ae: {ae}, host: 127.0.0.1, port: {port}, timeouts: {QUICK}}}" for name in names]
    path = tmp_path / "site.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.yaml"
    path.write_text(CT)
    return path


def untested(out: Path) -> ScenarioResult:
    """The only scenario of a run that found nothing wrong, and could not test everything; its reports are there."""
    of = results(out)
    assert (out / "junit.xml").is_file()
    assert "INCONCLUSIVE" in (out / "report.html").read_text()
    assert {verdict for _, verdict in deviations(of)} == {"INCONCLUSIVE"}
    (scenario,) = of.scenarios
    assert scenario.verdict == "INCONCLUSIVE"
    return scenario


def the_entry(done: subprocess.CompletedProcess[str], out: Path, *, warns: int = 0) -> Finding:
    """The first finding of the one entry of a run to act on: it is counted once, and what it explains is told so.

    Whatever else was found is a consequence of it, or says that nothing was looked at; the terminal has one number.
    """
    of = results(out)
    roots = [each for each in of.all_findings if each.root is None and each.verdict in ("FAIL", "INCONCLUSIVE")]
    assert len({(each.group, each.verdict) for each in roots}) == 1, [(e.check, e.verdict, e.actual) for e in roots]
    assert (of.summary["FAIL"] + of.summary["INCONCLUSIVE"], of.summary["WARN"]) == (1, warns)
    behind = [each for each in of.all_findings if each.root is not None]
    assert {each.root for each in behind} <= {roots[0].group}
    assert {each.verdict for each in behind} <= {"INCONCLUSIVE", "NOT_TESTED"}  # nothing is accused behind it
    assert of.consequences == len(behind)
    blocked = [each for each in of.all_findings if each.verdict == "NOT_TESTED" and each.actual.startswith("step ")]
    assert all(each.root == roots[0].group for each in blocked)
    assert f"{roots[0].verdict.value} 1. " in done.stdout
    assert f" {2 + warns}. " not in done.stdout
    assert all(each.again for each in roots)
    assert not any(each.again for each in of.all_findings if each.root is not None or each.verdict == "PASS")
    return roots[0]


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What a run printed, without the ends of its lines."""
    return " ".join(done.stdout.replace("\\\n", " ").split())


def details(scenario: ScenarioResult) -> dict[str, str]:
    """What the first step of each verb said."""
    return {step.verb: step.detail for step in reversed(scenario.steps)}


@contextmanager
def peer(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen on a free port and let `serve` have each connection, one after the other."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.settimeout(20)
                    serve(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"TARGET@127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


# --- the target -------------------------------------------------------------------------------------------------------


def test_nobody_listens_on_the_port(tmp_path: Path) -> None:
    address = f"TARGET@127.0.0.1:{free_port()}"
    done = main("run", "ct-routine", "--site", site(tmp_path, address), "--out", tmp_path / "out")
    assert done.returncode == 3
    entry = the_entry(done, tmp_path / "out")
    assert (entry.check, entry.verdict, entry.party) == ("site.reachable", "INCONCLUSIVE", f"verification {address}")
    assert entry.hint == "Check host, port and firewall, and that the service is running; then run again."
    of = results(tmp_path / "out")
    assert f"scanproof run ct-routine --site {tmp_path}/site.yaml --seed {of.seed} --date {of.date}" in said(done)
    assert entry.again == [f"scanproof run ct-routine --site {tmp_path}/site.yaml --seed {of.seed} --date {of.date}"]
    assert of.summary["PASS"] == 0  # nobody was there of whom anything could be seen
    assert "No verdict: 1 requirement could not be judged; 0 met" in said(done)
    scenario = untested(tmp_path / "out")
    assert "Connection refused" in details(scenario)["verify"]
    assert "did not answer before" in details(scenario)["query-worklist"]  # asked once, not once a step
    assert len(scenario.associations) == 2  # the first look and the last one


@pytest.mark.long
def test_a_port_that_takes_connections_and_says_nothing(tmp_path: Path) -> None:
    with peer(_drain) as address:
        began = time.monotonic()
        done = main("run", "ct-routine", "--site", site(tmp_path, address), "--out", tmp_path / "out")
    assert done.returncode == 3
    assert time.monotonic() - began < 20
    scenario = untested(tmp_path / "out")
    assert "no A-ASSOCIATE-AC or A-ASSOCIATE-RJ within 1 s" in details(scenario)["verify"]
    entry = the_entry(done, tmp_path / "out")
    assert (entry.check, entry.party) == ("association.answered-properly", f"verification {address}")
    assert "another program, or a node that takes only TLS" in entry.hint


def _drain(connection: socket.socket) -> None:
    while connection.recv(1 << 16):
        pass


def test_a_web_server_on_the_port(tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\n<html></html>\r\n")

    with peer(serve) as address:
        done = main("run", "ct-routine", "--site", site(tmp_path, address), "--out", tmp_path / "out")
    assert done.returncode == 3
    untested(tmp_path / "out")
    entry = the_entry(done, tmp_path / "out")
    assert entry.check == "association.answered-properly"
    assert "another program (a web server?) listens there" in entry.hint
    assert "not with DICOM" in entry.actual
    assert "HTTP/1.1 400" in done.stdout


def test_a_called_ae_title_that_the_target_does_not_have(tmp_path: Path) -> None:
    with target("--orders", 2) as (address, _):
        wrong = address.replace("REFERENCE@", "WRONG@")
        done = main("run", "ct-routine", "--site", site(tmp_path, wrong), "--out", tmp_path / "out")
    assert done.returncode == 1  # the site file promises it
    entry = the_entry(done, tmp_path / "out")
    assert (entry.check, entry.verdict, entry.level) == ("site.association-accepted", "FAIL", "SITE")
    assert (entry.party, entry.clause) == (f"verification {wrong}", "")
    told = "called AE title not recognized (result 1, source 1, reason 7)"
    services = "commitment, mpps, query, storage and worklist"
    rejects = "WRONG rejects the association of SCANPROOF"
    assert entry.actual == f"the site file names WRONG for {services}; {rejects}: {told}"
    at = wrong.partition("@")[2]
    assert entry.hint == f"Ask for the AE title of what listens at {at}: WRONG is none of its own."
    assert "What the site file promises is not there: 1 promise not kept" in said(done)
    (scenario,) = results(tmp_path / "out").scenarios
    assert details(scenario)["verify"].endswith(told)
    assert details(scenario)["query-worklist"].endswith(told)
    judged = {finding.check: finding for finding in scenario.findings}
    assert judged["association.answered-properly"].verdict == "PASS"  # to reject it is right


@pytest.mark.parametrize("promised", [True, False])
def test_a_target_that_rejects_us(promised: bool, tmp_path: Path) -> None:
    def reject(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(p.encode(p.AssociateRJ(1, 1, 3)))
        _drain(connection)

    with peer(reject) as address:
        where = ("--site", site(tmp_path, address)) if promised else ("--target", address, "--listen", free_port())
        done = main("run", "ct-routine", *where, "--out", tmp_path / "out")
    assert done.returncode == (1 if promised else 3)
    entry = the_entry(done, tmp_path / "out")
    assert (entry.check, entry.verdict) == ("site.association-accepted", "FAIL" if promised else "INCONCLUSIVE")
    assert "calling AE title not recognized (result 1, source 1, reason 3)" in entry.actual
    assert entry.hint.startswith("Register SCANPROOF with this machine's address at the target")
    assert " ".join(map(str, where)) in entry.again[0]


def test_a_target_that_aborts_what_it_does_not_know(tmp_path: Path) -> None:
    def abort(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(p.encode(p.Abort(2, 0)))
        _drain(connection)

    with peer(abort) as address:
        done = main("run", "ct-routine", "--site", site(tmp_path, address), "--out", tmp_path / "out")
    assert done.returncode == 3
    entry = the_entry(done, tmp_path / "out", warns=1)  # an abort is no way to reject
    assert (entry.check, entry.verdict) == ("site.association-accepted", "INCONCLUSIVE")
    assert entry.actual == "TARGET aborts the association of SCANPROOF instead of answering"
    assert entry.hint.startswith("Our AE title SCANPROOF may have to be registered at the target")


@pytest.mark.long
def test_a_rejection_with_a_reserved_reason_is_a_finding(tmp_path: Path) -> None:
    with target("--defect", "association-undefined-rejection") as (address, _):
        done = main("run", "ct-routine", "--site", site(tmp_path, address), "--out", tmp_path / "out")
    assert done.returncode == 1
    entry = the_entry(done, tmp_path / "out")
    assert (entry.check, entry.verdict, entry.level) == ("association.answered-properly", "FAIL", "SHALL")
    assert entry.party.startswith("verification REFERENCE@127.0.0.1:")


def test_an_abort_in_the_middle_of_an_exam(tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        """Accept everything, and abort at the first message."""
        _answer(connection)
        connection.recv(1 << 16)
        connection.sendall(p.encode(p.Abort(2, 0)))
        _drain(connection)

    with peer(serve) as address:
        done = main("run", "ct-routine", "--site", site(tmp_path, address), "--out", tmp_path / "out")
    assert done.returncode == 1
    of = results(tmp_path / "out")
    entry = the_entry(done, tmp_path / "out")  # whatever is asked, it aborts: that is one cause
    assert (entry.check, entry.verdict, entry.party) == ("association.no-abort", "FAIL", f"verification {address}")
    assert entry.actual == "A-ABORT, source 2, reason 0, before C-ECHO-RQ was answered"
    of_worklist = next(each for each in of.all_findings if each.group == entry.group and "C-FIND" in each.actual)
    assert of_worklist.again[1].startswith("findscu -W -aet SCANPROOF -aec TARGET 127.0.0.1 ")
    (scenario,) = of.scenarios
    (left,) = scenario.left_open  # its N-CREATE may have come about
    assert (left.why, left.ended) == ("its N-CREATE was not answered: it may be there", False)
    assert f"performed step {left.uid} at TARGET was left IN PROGRESS" in said(done)
    told = "the target aborted the association (service provider, reason 0)"
    assert details(scenario)["verify"].endswith(told)
    assert details(scenario)["query-worklist"].endswith(told)
    assert details(scenario)["choose-item"] == "unscheduled exam: the worklist query did not come about"


def _answer(connection: socket.socket) -> None:
    (event,) = PduDecoder().feed(connection.recv(1 << 16), 0)
    request = event.pdu
    assert isinstance(request, p.AssociateRQ)
    contexts = tuple(p.ContextResult(c.context_id, 0, c.transfer_syntaxes[0]) for c in request.contexts)
    user = p.UserInformation(16384, "1.2.3.4", "PEER")
    connection.sendall(p.encode(p.AssociateAC(request.called_ae, request.calling_ae, contexts, user)))


class Relay:
    """Stands between a run and ``scanproof target``, and kills that target when `when` says so.

    `when` is asked with the number of connections that have ended and the bytes that the open one has sent.
    """

    def __init__(self, address: str, process: subprocess.Popen[str], when: Callable[[int, int], bool]) -> None:
        self._target = int(address.rpartition(":")[2])
        self._process, self._when = process, when
        self._ended = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"REFERENCE@127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for sock in (client, server):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                back = threading.Thread(target=self._pump, args=(server, client, False), daemon=True)
                back.start()
                self._pump(client, server, True)
                back.join(10)
                client.close()
                server.close()
                self._ended += 1
                self._look(0)

    def _pump(self, source: socket.socket, sink: socket.socket, ours: bool) -> None:
        sent = 0
        with suppress(OSError):
            while data := source.recv(1 << 16):
                sent += len(data)
                if ours:
                    self._look(sent)
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _look(self, sent: int) -> None:
        if self._process.poll() is None and self._when(self._ended, sent):
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._listener.shutdown(socket.SHUT_RDWR)  # as nobody listens there any more
            self._listener.close()


def test_the_target_dies_between_two_associations(tmp_path: Path) -> None:
    with target("--orders", 2) as (address, process):
        relay = Relay(address, process, lambda ended, sent: ended == 3)  # C-ECHO, C-FIND, N-CREATE
        done = main("run", "ct-routine", "--site", site(tmp_path, relay.address), "--out", tmp_path / "out")
    assert done.returncode == 3
    entry = the_entry(done, tmp_path / "out")
    assert (entry.check, entry.party) == ("site.reachable", f"storage {relay.address}")
    scenario = untested(tmp_path / "out")
    outcomes = [(step.verb, step.outcome) for step in scenario.steps]
    assert outcomes[:5] == [
        (verb, "done") for verb in ("verify", "query-worklist", "choose-item", "create-mpps", "acquire")
    ]
    assert outcomes[5:] == [
        *(("store", "stopped"), ("set-mpps", "blocked"), ("commit", "blocked"), ("query-study", "blocked")),
        *(("query-worklist", "blocked"), ("verify", "stopped"), ("end-open-step", "stopped")),
    ]
    judged = {finding.check: finding for finding in scenario.findings}
    assert judged["mpps.create-accepted"].verdict == "PASS"  # what was seen before stays seen
    for check in ("storage.accepted", "mpps.final-accepted"):
        assert (judged[check].verdict, judged[check].root) == ("NOT_TESTED", entry.group)
    (left,) = scenario.left_open
    assert not left.ended
    assert f"performed step {left.uid} at REFERENCE was left IN PROGRESS: step 7, set-mpps:" in said(done)
    assert f"step {left.uid} at REFERENCE" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.long
def test_the_target_dies_in_the_middle_of_the_images(tmp_path: Path) -> None:
    with target("--orders", 2) as (address, process):
        relay = Relay(address, process, lambda ended, sent: ended == 3 and sent > 5_000_000)
        done = main("run", many(tmp_path), "--site", site(tmp_path, relay.address), "--out", tmp_path / "out")
    assert done.returncode == 1
    of = results(tmp_path / "out")
    # it dropped the association: that was seen. What it did not live to answer is not held against it.
    entry = the_entry(done, tmp_path / "out")
    assert (entry.check, entry.verdict, entry.party) == (
        "dimse.response-received",
        "FAIL",
        f"storage {relay.address}",
    )
    assert entry.hint.startswith("Look in the target's log whether it ended, or crashed, at this request")
    gone = next(each for each in of.all_findings if each.check == "site.reachable" and each.verdict == "INCONCLUSIVE")
    assert gone.root == entry.group
    assert f"scanproof run {tmp_path}/many.yaml --site" in said(done)
    (scenario,) = of.scenarios
    store = next(step for step in scenario.steps if step.verb == "store")
    assert store.outcome == "stopped"
    assert " of 120 instances: the target closed the connection" in store.detail
    *_, verify, ending = scenario.steps
    assert (verify.verb, ending.verb) == ("verify", "end-open-step")
    assert "Connection refused" in verify.detail
    assert "Connection refused" in ending.detail
    stored = [entry for entry in scenario.created if entry.kind == "Instance"]
    assert 0 < len(stored) < 120  # the report names what is at the target now


@pytest.mark.long
def test_a_target_that_stops_answering_in_the_middle(tmp_path: Path) -> None:
    with target("--defect", "dimse-silent") as (address, _):
        began = time.monotonic()
        done = main("run", "ct-routine", "--site", site(tmp_path, address), "--out", tmp_path / "out")
    assert time.monotonic() - began < 30
    assert done.returncode == 1
    of = results(tmp_path / "out")
    assert {check for check, verdict in deviations(of) if verdict == "FAIL"} == {"dimse.response-received"}
    assert details(of.scenarios[0])["query-worklist"].endswith("no response within 2 s")


# --- the worklist -----------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_an_empty_worklist(tmp_path: Path) -> None:
    with target("--orders", 0) as (address, _):
        where = site(tmp_path, address, only=WITHOUT_COMMITMENT)
        done = main("run", "ct-routine", "--site", where, "--out", tmp_path / "out")
    assert done.returncode == 3
    entry = the_entry(done, tmp_path / "out")
    assert (entry.check, entry.party, entry.level) == ("site.worklist-item", f"worklist {address}", "EXPECTED")
    assert "the worklist holds no item for station SCANPROOF, modality CT, date" in entry.actual
    assert entry.actual.endswith("; asked for any station, modality and date, it has none either")
    assert entry.hint.startswith("Schedule one for this station, date and modality")
    _, query = entry.again
    assert query.startswith("findscu -W -aet SCANPROOF -aec REFERENCE 127.0.0.1 ")
    assert "-k '(0040,0100)[0].(0008,0060)=CT' -k '(0040,0100)[0].(0040,0001)=SCANPROOF'" in query
    assert query in said(done)
    scenario = untested(tmp_path / "out")
    assert {step.outcome for step in scenario.steps if step.verb != "commit"} == {"done"}  # it went on, unscheduled
    judged = {finding.check: finding.verdict.value for finding in scenario.findings}
    for check in ("worklist.query-accepted", "storage.accepted", "mpps.final-accepted", "query.study-found"):
        assert judged[check] == "PASS"


@pytest.mark.long
def test_two_items_that_match_and_how_to_name_one(tmp_path: Path) -> None:
    with target("--orders", 3) as (address, _):  # CT, MR, CT
        where = site(tmp_path, address, only=WITHOUT_COMMITMENT)
        done = main("run", "ct-routine", "--site", where, "--out", tmp_path / "out")
        assert done.returncode == 0, done.stdout  # no fault of anybody, and no verdict: the exam goes on unscheduled
        of = results(tmp_path / "out")
        assert deviations(of) == set()
        told = details(of.scenarios[0])["choose-item"]
        assert told.startswith("unscheduled exam: 2 items match station SCANPROOF, modality CT, date ")
        assert "none is named by --accession or the site file" in told
        assert [note.text for note in of.scenarios[0].notes if "2 items match" in note.text]
        assert "several worklist items fit: name one with --accession." in said(done)
        accession = told.rpartition(": ")[2].split()[0]
        done = main("run", "ct-routine", "--site", where, "--accession", accession, "--out", tmp_path / "one")
        assert done.returncode == 0, done.stdout
        assert details(results(tmp_path / "one").scenarios[0])["choose-item"].startswith(f"{accession} (")
        assert "several worklist items fit" not in said(done)
        none = site(tmp_path, address, orders="{existing: true, accession: NOSUCH}", only=WITHOUT_COMMITMENT)
        done = main("run", "ct-routine", "--site", none, "--out", tmp_path / "none")
        assert done.returncode == 3
        entry = the_entry(done, tmp_path / "none")
        assert (entry.check, entry.party) == ("site.worklist-item", f"worklist {address}")
        assert "the worklist holds no item with Accession Number NOSUCH for station" in entry.actual
        assert "it has none with that number either" in entry.actual
        assert entry.hint.startswith("Name one of those that it holds with --accession")


# --- files and places -------------------------------------------------------------------------------------------------


def refused(*argv: str | Path, told: str) -> None:
    """The command ends at once with exit code 2 and one message."""
    done = main(*argv)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert done.stderr.startswith("scanproof: ")
    assert done.stdout == "" or done.stdout.startswith("seed ")


@pytest.mark.long
def test_a_listener_port_that_is_taken(tmp_path: Path) -> None:
    with target("--orders", 2) as (address, _), socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = f"the listener cannot have 127.0.0.1:{port}: Address already in use; another program listens there? "
        where = site(tmp_path, address, listener=port)
        refused("run", "ct-routine", "--site", where, "--out", tmp_path / "out", told=told)
        # a site without commitment needs no listener
        without = site(tmp_path, address, listener=port, only="worklist storage")
        assert main("run", "ct-routine", "--site", without, "--out", tmp_path / "out").returncode == 0


@pytest.mark.long
def test_an_out_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path / "file", tmp_path / "file" / "below", Path("/dev/full"), Path("/proc/nowhere")):
        refused("run", "ct-routine", "--out", out, told="cannot be ")
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.long
def test_a_folder_for_the_reports_of_judge_that_cannot_be_made(tmp_path: Path) -> None:
    assert main("run", "ct-routine", "--out", tmp_path / "out").returncode == 0
    (tmp_path / "file").write_text("in the way")
    refused("judge", tmp_path / "out", "--out", tmp_path / "file", told="cannot be ")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("many.yaml", "id: many\nsteps: [\n", "many.yaml:3: not YAML: "),
        ("many.yaml", CT.replace("- store", "- stroe"), "many.yaml:11: unknown step 'stroe'; did you mean store?"),
        ("many.yaml", CT.replace("modality: CT", "modality: XX"), "many.yaml:3: modality: "),
        ("many.yaml", CT.replace("id: many", "id: few"), "id 'few' is not the file's name 'many'"),
        ("many.yaml", "", "many.yaml:1: the file is empty"),
    ],
)
def test_a_scenario_file_that_cannot_be_used(name: str, text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    refused("run", tmp_path / name, "--out", tmp_path / "out", told=told)
    assert not (tmp_path / "out").exists()


def test_a_scenario_that_nobody_knows(tmp_path: Path) -> None:
    refused("run", "ct-rutine", told="ct-rutine: no such scenario, file or folder; did you mean ct-routine?")
    refused("run", "nothing", told=f"built in: {', '.join([*builtin_scenarios(), *builtin_sets()])}\n")
    (tmp_path / "empty").mkdir()
    refused("run", tmp_path / "empty", told="no scenario (*.yaml) in this folder")


def test_a_site_file_that_cannot_be_used(tmp_path: Path) -> None:
    refused("run", "--site", tmp_path / "none.yaml", told="none.yaml: cannot be read: No such file or directory")
    where = site(tmp_path, f"TARGET@127.0.0.1:{free_port()}")
    good = where.read_text()
    for wrong, told in (
        (
            good.replace("worklist:", "worklsit:"),
            "site.yaml:4: services.worklsit: unknown service; allowed here: commitment",
        ),
        (good.replace("127.0.0.1", "192.0.2.1"), "is not this machine; to send there on purpose"),
        (good.replace("ae: TARGET", "ae: MORE_THAN_SIXTEEN"), "is no AE title: 1 to 16 characters"),
        (good.replace("{existing: true}", "{folder: orders}"), "is no folder; create it"),
        (good.replace("connect: 1,", "connect: soon,"), "not 'soon'"),
    ):
        where.write_text(wrong)
        refused("run", "--site", where, "--out", tmp_path / "out", told=told)
    assert not (tmp_path / "out").exists()


def test_a_statement_that_cannot_be_used(tmp_path: Path) -> None:
    refused("run", "--statement", tmp_path / "none.yaml", told="none.yaml: cannot be read: No such file or directory")
    refused("run", "--statement", tmp_path, told="cannot be read: Is a directory")
    (tmp_path / "pacs.yaml").write_text("product: {name: PACS}\n")
    refused("run", "--statement", tmp_path / "pacs.yaml", "--out", tmp_path / "out", told="pacs.yaml:1: ")
    (tmp_path / "pacs.yaml").write_bytes(b"product: {name: \xff}\n")
    refused("run", "--statement", tmp_path / "pacs.yaml", "--out", tmp_path / "out", told="byte 16 is not UTF-8")
    assert not (tmp_path / "out").exists()


# --- a transcript that was damaged ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("recorded") / "out"
    assert main("run", "ct-routine", "--out", out).returncode == 0
    return out


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: shutil.rmtree(folder), "no transcript of a run here"),
        (lambda folder: (folder / "run.json").unlink(), "no transcript of a run here"),
        (lambda folder: _cut(folder / "run.json"), "run.json: damaged: not JSON"),
        (
            lambda folder: (folder / "run.json").write_text("[]"),
            "run.json: damaged: seed is not what a run writes there",
        ),
        (lambda folder: (folder / "run.json").write_text('{"seed": "x"}'), "run.json: damaged: seed"),
        (lambda folder: _cut(folder / "ct-routine" / "scenario.json"), "scenario.json: not JSON"),
        (lambda folder: (folder / "ct-routine" / "scenario.json").write_text("{}"), "the scenario's id is not in it"),
        (lambda folder: _cut(folder / "ct-routine" / "steps.json"), "steps.json: not JSON"),
        (lambda folder: (folder / "ct-routine" / "steps.json").write_text('[{"a": 1}]'), "steps.json: damaged"),
        (lambda folder: (folder / "ct-routine" / "ledger.json").write_text("[]"), "ledger.json: damaged"),
        (lambda folder: (folder / "ct-routine" / "a02.wire").write_bytes(b"no wire"), "a02.wire: not a transcript"),
        (lambda folder: (folder / "statement-01.yaml").write_text("product: ["), "not YAML"),
    ],
)
@pytest.mark.long
def test_judging_a_transcript_that_was_damaged(
    damage: Callable[[Path], object], told: str, recorded: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(recorded, tmp_path / "out"))
    damage(out / "transcript")
    refused("judge", out, told=told)


@pytest.mark.long
def test_what_a_damaged_transcript_still_holds_is_judged(recorded: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(recorded, tmp_path / "out"))
    folder = out / "transcript" / "ct-routine"
    for name in ("a04.wire", "a05.wire"):  # as after a power cut
        _cut(folder / name)
    (folder / "steps.json").unlink()
    done = main("judge", out)
    assert done.returncode == 3  # what is not there was not judged, and nobody is accused of it
    of = results(out / "judged")
    assert of.scenarios[0].steps == []
    assert not of.complete
    assert {verdict for _, verdict in deviations(of)} <= {"INCONCLUSIVE"}
    assert "ct-routine: its transcript lacks the end of a04.wire, the end of a05.wire, 11 of 11 steps" in of.notes
    assert "INCONCLUSIVE: Partial result, a part of the transcript is missing. No verdict: " in said(done)
    assert "A part of the transcript is missing: " in (out / "judged" / "junit.xml").read_text()


def test_a_scenario_that_is_gone_from_a_transcript_is_no_pass(recorded: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(recorded, tmp_path / "out"))
    shutil.rmtree(out / "transcript" / "ct-routine")
    done = main("judge", out)
    assert done.returncode == 3
    assert "ct-routine was not begun" in results(out / "judged").notes


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.long
def test_judging_random_damage_ends_in_a_report_or_a_message(seed: int, recorded: Path, tmp_path: Path) -> None:
    import random

    chance = random.Random(seed)
    out = Path(shutil.copytree(recorded, tmp_path / "out"))
    files = sorted((out / "transcript" / "ct-routine").iterdir())
    for path in chance.sample(files, 5):
        data = bytearray(path.read_bytes())
        for _ in range(1 + len(data) // 400):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
    done = main("judge", out)
    assert done.returncode in (0, 1, 2, 3)
    assert (done.returncode == 2) == ("scanproof: " in done.stderr)
    assert (out / "judged" / "results.json").is_file() == (done.returncode != 2)


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


def _start(*argv: str | Path | int) -> subprocess.Popen[str]:
    """Start the command line tool as a terminal does: in a session of its own, with what it starts."""
    return subprocess.Popen(
        command(*argv),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a shell lets what it runs in the background ignore Ctrl-C, and every child of that inherits it
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def _session(leader: int) -> list[str]:
    """Command lines of the processes of a session."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(entry.name)) == leader:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def _ctrl_c(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Press Ctrl-C, which goes to the whole process group of the terminal; nothing is left behind."""
    os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    assert time.monotonic() - began < 10
    assert "Traceback" not in stdout + stderr, stderr
    assert _session(process.pid) == []
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def _interrupt(out: Path, moment: Callable[[Path], bool], *argv: str | Path | int) -> Results:
    """Press Ctrl-C as soon as `moment` has come, and look at what is there then."""
    process = _start("run", "--out", out, *argv)
    deadline = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < deadline and not moment(out / "transcript"):
        time.sleep(0.005)
    done = _ctrl_c(process)
    assert done.returncode == 3, done.stdout + done.stderr
    of = results(out)
    assert not of.complete
    assert any("interrupted by the user" in note for note in of.notes)
    assert "interrupted by the user" in (out / "report.html").read_text()
    assert (out / "junit.xml").is_file()
    # nothing is held against the target: a step that was interrupted is our own doing, what was not come to not tested
    broken = [step for scenario in of.scenarios for step in scenario.steps if step.outcome == "stopped"]
    assert {step.detail for step in broken} <= {"interrupted by the user"}
    assert deviations(of) == ({("site.steps", "INCONCLUSIVE")} if broken else set())
    assert {each.party for each in of.all_findings if each.verdict == "INCONCLUSIVE" and each.root is None} <= {
        "scanproof"
    }
    assert "INCONCLUSIVE: Partial result, the run was interrupted. No verdict: " in said(done)
    return of


@pytest.mark.long
@pytest.mark.parametrize(("jobs", "record"), [(1, "a05"), (2, "a04")])
def test_ctrl_c_leaves_a_report_of_what_was_seen(jobs: int, record: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    of = _interrupt(out, lambda folder: (folder / "ct-routine" / f"{record}.wire").exists(), "-j", jobs)
    assert of.scenarios[0].id == "ct-routine"
    assert main("judge", out, "--out", tmp_path / "judged").returncode == 3
    assert (tmp_path / "judged" / "results.json").read_bytes() == (out / "results.json").read_bytes()


@pytest.mark.long
def test_ctrl_c_while_images_are_sent(tmp_path: Path) -> None:
    def sending(folder: Path) -> bool:
        record = folder / "many" / "a04.wire"
        return record.exists() and record.stat().st_size > 50_000

    (scenario,) = _interrupt(tmp_path / "out", sending, many(tmp_path)).scenarios
    *_, store, ending = scenario.steps
    assert (store.verb, store.detail) == ("store", "interrupted by the user")
    assert (ending.verb, ending.outcome) == ("end-open-step", "done")
    assert [link.ended for link in scenario.associations[-2:]] == ["aborted by the harness", "released"]
    assert 0 < sum(entry.kind == "Instance" for entry in scenario.created) < 120


@pytest.mark.long
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_does_not_wait_for_a_target_that_is_silent(jobs: int, tmp_path: Path) -> None:
    with peer(_drain) as address:
        where = site(tmp_path, address)
        where.write_text(where.read_text().replace("associate: 1,", "associate: 600,"))
        begun = "ct-routine/a01.wire"
        of = _interrupt(
            tmp_path / "out", lambda folder: (folder / begun).exists(), *ROUTINE, "--site", where, "-j", jobs
        )
    assert of.scenarios[0].id == "ct-routine"


def test_ctrl_c_before_anything_was_seen(tmp_path: Path) -> None:
    process = _start("run", "--out", tmp_path / "out")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("seed ")  # the embedded target is started next, which takes a while
    done = _ctrl_c(process)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == "scanproof: interrupted"
    assert not (tmp_path / "out").exists()
