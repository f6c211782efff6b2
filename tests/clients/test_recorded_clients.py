"""Clients at a target that records: what is kept of them, who is judged, and what is never charged to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scanproof.checks import all_checks
from scanproof.finding import Level, Verdict
from scanproof.judged_clients import FITTING
from scansim.wire import pdu as p
from tests.support import exam_messages
from tests.support.building import CT_IMAGE, MPPS, VERIFICATION, encode
from tests.support.client_drives import client, command_set
from tests.support.client_exam import MPPS_UID, created
from tests.support.clients import deviations, judged, recorded
from tests.support.raw_client import Raw, associated, command, connected
from tests.support.reference_client import EXPLICIT


def echo(port: int, calling_ae: str = "MODSIM") -> None:
    with associated(port, VERIFICATION, calling_ae=calling_ae) as raw:
        assert raw.ask(1, command("C-ECHO-RQ")) == 0
        release(raw)


def release(raw: Raw) -> None:
    raw.send(p.encode(p.ReleaseRQ()))
    assert isinstance(raw.pdu(), p.ReleaseRP)


def test_a_right_client_has_no_fault(tmp_path: Path) -> None:
    found = judged(tmp_path, echo)
    assert found.verdict is Verdict.PASS
    assert deviations(found) == []
    assert found.evidence.client == "client:MODSIM@127.0.0.1"
    assert {each.party for each in found.findings} == {"client MODSIM@127.0.0.1"}


def test_clients_are_told_apart_by_title_and_each_is_an_entry(tmp_path: Path) -> None:
    def drive(port: int) -> None:
        for title in ("CT1", "MR1", "CT1"):
            echo(port, title)
        with connected(port) as raw:
            raw.send(b"GET / HTTP/1.1\r\n\r\n")
            raw.pdu()

    results = recorded(tmp_path, drive).results()
    told = {scenario.id: scenario.title for scenario in results.scenarios}
    assert told == {
        "client:CT1@127.0.0.1": "2 associations, 2 C-ECHO",
        "client:MR1@127.0.0.1": "1 association, 1 C-ECHO",
        "client:(no A-ASSOCIATE-RQ)@127.0.0.1": "1 connection without A-ASSOCIATE-RQ",
    }


def test_what_a_client_sends_is_judged_and_named(tmp_path: Path) -> None:
    def drive(port: int) -> None:
        with associated(port, VERIFICATION, calling_ae="MODSIM") as raw:
            odd = command("C-ECHO-RQ") + b"\0"
            raw.ask(1, odd)

    found = judged(tmp_path, drive)
    assert {each.check for each in found.faults} == {"dimse.command-set-encoding"}
    assert "association.pdv-even" in {each.check for each in found.findings if each.root}
    assert all("target" not in each.title for each in found.findings)


def test_what_fits_a_client_is_a_check() -> None:
    assert set(all_checks()) >= FITTING
    assert all(all_checks()[check].level is not Level.DECLARED for check in FITTING)


def test_what_two_clients_do_is_two_entries(tmp_path: Path) -> None:
    def drive(port: int) -> None:
        for title in ("CT1", "CT2"):
            with associated(port, VERIFICATION, calling_ae=title) as raw:
                raw.ask(1, command("C-ECHO-RQ", AffectedSOPClassUID=None))
                raw.send(p.encode(p.ReleaseRQ()))
                raw.pdu()

    results = recorded(tmp_path, drive).results()
    faults = [each for each in results.all_findings if each.verdict is Verdict.FAIL]
    assert [each.party for each in faults] == ["client CT1@127.0.0.1", "client CT2@127.0.0.1"]
    assert len({each.group for each in faults}) == 2
    assert results.summary[Verdict.FAIL] == 2


@pytest.mark.long
@pytest.mark.parametrize(("name", "noticed"), [("", set()), ("Else^Who", {"client.step-images"})])
def test_one_scanner_with_two_titles_is_of_one_patient(name: str, noticed: set[str], tmp_path: Path) -> None:
    """It makes its step under one title, and stores under another."""

    def drive(port: int) -> None:
        with client(port, MPPS, calling_ae="CT_RIS") as raw:
            made = command_set("N-CREATE-RQ", MPPS, dataset=True, AffectedSOPInstanceUID=MPPS_UID)
            assert raw.ask(1, made, encode(created(), EXPLICIT)) == 0
        image = exam_messages.whole_image("2.25.7101")
        refer = Dataset()
        refer.ReferencedSOPClassUID, refer.ReferencedSOPInstanceUID = MPPS, MPPS_UID
        image.ReferencedPerformedProcedureStepSequence = [refer]
        image.PatientName = name or created().PatientName
        with client(port, CT_IMAGE, calling_ae="CT_STORE") as raw:
            stored = command_set("C-STORE-RQ", CT_IMAGE, dataset=True, AffectedSOPInstanceUID="2.25.7101")
            assert raw.ask(1, stored, encode(image, EXPLICIT)) == 0

    results = recorded(tmp_path, drive).results()
    found = [each for each in results.all_findings if each.verdict is Verdict.FAIL]
    assert {each.check for each in found} == noticed
    assert all(each.party == "client CT_RIS, CT_STORE@127.0.0.1" for each in found)
