"""Recordings: whatever a client does is recorded within bounds, and the target serves on."""

from __future__ import annotations

import socket
import stat
import time
from contextlib import suppress
from pathlib import Path

import pytest

from scanproof.collected_clients import collect_recording
from scanproof.finding import Finding, Verdict
from scanproof.judged_clients import judged_client
from scanproof.recording import load, read_facts
from scanproof.results import Results
from scansim.inputs import InputError
from scansim.network import tap
from scansim.network.tap import Recording
from scansim.network.transcript import read_association, records
from scansim.reference.association_defects import ASSOCIATION_DEFECTS
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p
from tests.support.building import VERIFICATION
from tests.support.clients import deviations, recorded, target_that_records
from tests.support.raw_client import associated, command, connected, request
from tests.support.reference_client import COMMITMENT, CT, STUDY_MOVE, Scu, instance
from tests.support.reference_commitment import Requester, ask_for
from tests.support.reference_commitment import request as commitment_request
from tests.support.sample import sample

COMMITMENT_ROLE = p.UserInformation(16384, "2.25.1", None, (p.RoleSelection(COMMITMENT, 1, 0),))


def echo(port: int, title: str = "MODSIM") -> None:
    with Scu(port, calling=title) as scu:
        assert scu.echo() == 0


def store(port: int) -> None:
    with Scu(port, (CT,), calling="MODSIM") as scu:
        assert scu.store(instance(uid="2.25.9001")).command.status == 0


def faults_of_the_protocol(results: Results) -> list[Finding]:
    """What is wrong, but for the images, which are no whole ones here."""
    return [each for each in results.all_findings if each.verdict is Verdict.FAIL and each.check != "client.iod"]


def test_files_are_private(tmp_path: Path) -> None:
    at = recorded(tmp_path, echo)
    assert stat.S_IMODE(at.folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(each.stat().st_mode) for each in at.folder.iterdir()}
    assert modes == {0o600}


def test_headers_alone_unless_whole(tmp_path: Path) -> None:
    for whole, elided in ((False, 512), (True, 0)):
        at = recorded(tmp_path, store, whole=whole)
        record = read_association(at.folder / "a01.wire")
        request_ = record.operations[0].request
        assert (request_.message.elided, bool(request_.digest)) == (elided, not whole)
        assert request_.message.dataset_length == len(record.operations[0].request.encoded or b"") + elided
        told = [note for note in at.results().notes if "Pixel Data were not kept" in note]
        assert bool(told) is not whole


def test_a_class_that_nobody_knows_is_stored(tmp_path: Path) -> None:
    def drive(port: int) -> None:
        private = instance(uid="2.25.9002")
        private.SOPClassUID = "1.2.840.113619.4.26"
        with Scu(port, ("1.2.840.113619.4.26", "1.2.840.10008.5.1.1.9"), calling="MODSIM") as scu:
            assert isinstance(scu.answer, p.AssociateAC)
            assert [context.result for context in scu.answer.contexts] == [0, 3]  # printing is no storage
            assert scu.store(private).command.status == 0

    assert recorded(tmp_path, drive).results().scenarios[0].title == "1 association, 1 C-STORE"


def test_strict_takes_whom_it_knows(tmp_path: Path) -> None:
    answers = {}

    def drive(port: int) -> None:
        for calling, called in (("CT1", "REFERENCE"), ("CT2", "REFERENCE"), ("CT1", "ANOTHER")):
            with connected(port) as raw:
                answers[calling, called] = raw.associate(request(calling_ae=calling, called_ae=called))

    at = recorded(tmp_path, drive, admits="known", peers={"CT1": ("127.0.0.1", 1)})
    titles = {each.id: each.title for each in at.results().scenarios}
    assert titles["client:CT2@127.0.0.1"] == "1 association, 1 of them rejected by our target"
    assert isinstance(answers["CT1", "REFERENCE"], p.AssociateAC)
    assert answers["CT2", "REFERENCE"] == p.AssociateRJ(1, 1, 3)
    assert answers["CT1", "ANOTHER"] == p.AssociateRJ(1, 1, 7)


def test_what_our_target_opens_is_recorded_and_belongs_to_the_client(tmp_path: Path) -> None:
    requester = Requester(0)
    port = requester.listener.getsockname()[1]

    def drive(target: int) -> None:
        with Scu(target, (CT, COMMITMENT), calling="MODSIM", user=COMMITMENT_ROLE) as scu:
            scu.store(instance(uid="2.25.9003"))
            assert ask_for(scu, commitment_request((CT, "2.25.9003"))).command.status == 0
        assert requester.done.wait(10)

    at = recorded(tmp_path, drive, peers={"MODSIM": ("localhost", port)}, commitment_delay=0.0)
    requester.close()
    (client,) = at.clients()
    assert [each.ours for each in client.received.associations] == [False, True]
    assert [each.ours for each in client.asked.associations] == [True, False]
    assert [each.request.name for each in client.received.associations[1].operations] == ["N-EVENT-REPORT-RQ"]
    assert at.results().scenarios[0].title == "1 association, 1 opened by our target, 1 C-STORE, 1 N-ACTION"


def test_a_destination_that_is_not_there_leaves_no_record(tmp_path: Path) -> None:
    """The sub-operations of a C-MOVE fail, and nothing but the client's own association is there."""

    def drive(target: int) -> None:
        with Scu(target, (CT, STUDY_MOVE), calling="MODSIM") as scu:
            scu.store(instance(uid="2.25.9004"))
            keys = instance()
            for keyword in [element.keyword for element in keys if element.keyword != "StudyInstanceUID"]:
                del keys[keyword]
            keys.QueryRetrieveLevel = "STUDY"
            answers = scu.ask(STUDY_MOVE, "C-MOVE-RQ", keys, Priority=0, MoveDestination="MODSIM")
            assert answers[-1].command.status == 0xA702

    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert len(recorded(tmp_path, drive, peers={"MODSIM": ("127.0.0.1", port)}).clients()) == 1


# --- what no client should do -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: pacs\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"\x01\x00\xff\xff\xff\xff" + bytes(2000),
        b"\x01",
        b"",
        p.encode(request())[:100],
        p.encode(request()) + b"\x04\x00\x00\x00",
    ],
)
def test_garbage_is_recorded_and_the_target_serves_on(data: bytes, tmp_path: Path) -> None:
    def drive(port: int) -> None:
        with connected(port) as raw:
            raw.send(data)
            with suppress(OSError):
                raw.sock.shutdown(socket.SHUT_WR)
            raw.ended()
        echo(port)

    at = recorded(tmp_path, drive)
    wire = (at.folder / "a01.wire").read_bytes()
    assert b"".join(payload for kind, _, _, payload in records(wire) if kind == "R") == data
    results = at.results()
    assert len(results.scenarios) == 2
    assert all(not note.endswith("failed itself") for note in results.notes)


def test_whoever_says_nothing_is_waited_for_and_that_is_recorded(tmp_path: Path) -> None:
    def drive(port: int) -> None:
        with connected(port) as raw:
            raw.ended()

    at = recorded(tmp_path, drive, artim=0.2)
    (event,) = (e for e in read_association(at.folder / "a01.wire").events if e.name == Happening.TIMEOUT)
    assert event.facts == {"waiting": "an A-ASSOCIATE-RQ", "seconds": 0.2}


def test_no_more_is_kept_than_there_is_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "_MOST_HEADERS", 1000)
    monkeypatch.setattr(tap, "_MOST_ASSOCIATIONS", 2)

    def drive(port: int) -> None:
        with Scu(port, (CT,), calling="MODSIM") as scu:
            for number in range(5):
                assert scu.store(instance(uid=f"2.25.91{number}")).command.status == 0
        echo(port)
        echo(port)

    at = recorded(tmp_path, drive)
    assert len(list(at.folder.glob("*.wire"))) == 2
    record = read_association(at.folder / "a01.wire")
    assert record.not_kept is not None
    assert (at.folder / "a01.wire").stat().st_size < 2500
    results = at.results()
    assert "1 more connections were not recorded: there were more than are kept" in results.notes
    assert not faults_of_the_protocol(results)


def test_a_flood_of_garbage_is_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "_MOST_GARBAGE", 5000)

    def drive(port: int) -> None:
        with connected(port) as raw:
            for _ in range(50):
                raw.send(b"garbage!" * 1000)
            raw.sock.shutdown(socket.SHUT_WR)
            raw.ended()

    at = recorded(tmp_path, drive)
    assert (at.folder / "a01.wire").stat().st_size < 10_000


# --- what cannot be written -------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image.dcm").touch()
    with pytest.raises(InputError, match="is not empty; give another --record"):
        Recording(tmp_path, {})


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a file is in the way: move it, or give another place with --record"):
        Recording(tmp_path / "file" / "recorded", {})


def test_a_full_disk_ends_the_target_with_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(recorder: object, *_: object) -> None:
        raise InputError(
            "a01.wire: cannot be written: No space left on device; make room there, or give another place with --out"
        )

    with target_that_records(tmp_path) as at:
        echo(at.port)
        monkeypatch.setattr(tap.Recorder, "received", full)
        with suppress(OSError, AssertionError):
            echo(at.port)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", at.port), timeout=1).close()
            except OSError:
                break
        assert time.monotonic() < deadline, "it serves on without a record"
    assert collect_recording(at.folder).scenarios[0].verdict is Verdict.PASS


# --- reading it -------------------------------------------------------------------------------------------------------


def test_a_recording_that_is_being_made_can_be_judged(tmp_path: Path) -> None:
    with target_that_records(tmp_path) as at, Scu(at.port, calling="MODSIM") as scu:
        scu.echo()
        results = at.results()
        assert results.scenarios[0].title == "1 association, 1 C-ECHO"
        assert any(note.startswith("the target has not ended, or was killed") for note in results.notes)
    assert not any("killed" in note for note in at.results().notes)


def test_a_record_that_was_cut_off_anywhere_can_be_judged(tmp_path: Path) -> None:
    at = recorded(tmp_path, store)
    path = at.folder / "a01.wire"
    data = path.read_bytes()
    for length in range(0, len(data), 97):
        path.write_bytes(data[:length])
        assert not faults_of_the_protocol(at.results()), length


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ("[]", "damaged: this is no recording of a target"),
        ("{", "damaged: not JSON"),
        ('{"format": "scanproof-recording/9"}', "is scanproof-recording/9, which this version does not know"),
        ('{"format": "scanproof-recording/1", "ae": 1}', "damaged: a value is not what the target writes there"),
    ],
)
def test_what_is_no_recording_is_refused(facts: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "recording.json").write_text(facts)
    with pytest.raises(InputError, match=told):
        load(tmp_path)


def test_it_says_of_itself_what_it_is(tmp_path: Path) -> None:
    facts = read_facts(recorded(tmp_path, echo).folder)
    assert (facts["format"], facts["ae"], facts["whole"]) == ("scanproof-recording/1", "REFERENCE", False)
    assert facts["ended"]


def test_results_are_a_pure_function_of_the_recording(tmp_path: Path) -> None:
    at = recorded(tmp_path, store)
    assert at.results().model_dump_json() == at.results().model_dump_json()


# --- our own faults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("defect", sample((each.name for each in ASSOCIATION_DEFECTS), every=6))
def test_a_defect_of_our_own_target_is_never_charged_to_the_client(defect: str, tmp_path: Path) -> None:
    """The client is right, and gives up as it may when it is answered wrongly."""

    def drive(port: int) -> None:
        with connected(port) as raw:
            raw.sock.settimeout(1)
            with suppress(OSError):
                answer = raw.associate(request(VERIFICATION, calling_ae="MODSIM"))
                if isinstance(answer, p.AssociateAC):
                    raw.ask(1, command("C-ECHO-RQ"))
                    raw.send(p.encode(p.ReleaseRQ()))
                    raw.pdu()

    (client,) = recorded(tmp_path, drive, defect=defect).clients()
    assert [
        f"{f.check}: {f.actual}" for f in deviations(judged_client(client)) if f.verdict is not Verdict.INCONCLUSIVE
    ] == []


def test_associations_side_by_side_are_told_apart(tmp_path: Path) -> None:
    def drive(port: int) -> None:
        with associated(port, VERIFICATION, calling_ae="CT1") as one, associated(port, CT, calling_ae="MR1") as two:
            assert one.ask(1, command("C-ECHO-RQ")) == 0
            two.send(p.encode(p.ReleaseRQ()))
            assert isinstance(two.pdu(), p.ReleaseRP)
            one.send(p.encode(p.ReleaseRQ()))
            assert isinstance(one.pdu(), p.ReleaseRP)

    titles = {each.id: each.title for each in recorded(tmp_path, drive).results().scenarios}
    assert titles == {"client:CT1@127.0.0.1": "1 association, 1 C-ECHO", "client:MR1@127.0.0.1": "1 association"}
