"""Worklist, storage and query of the reference target."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from scansim.reference.incoming import Received
from scansim.wire import pdu as p
from scansim.wire.dataset import read
from tests.support.reference_client import (
    CT,
    EXPLICIT,
    IMPLICIT,
    JPEG_LOSSLESS,
    MPPS,
    SC,
    STUDY_FIND,
    STUDY_MOVE,
    WORKLIST,
    Running,
    Scu,
    decode,
    encode,
    instance,
    target,
)
from tests.support.reference_queries import add, level, order, query

DEFLATED = "1.2.840.10008.1.2.1.99"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with target(tmp_path) as running:
        yield running


# --- worklist ---------------------------------------------------------------------------------------------------------


def test_orders_can_be_added_while_the_target_runs(running: Running) -> None:
    with Scu(running.port, (WORKLIST,)) as scu:
        found, final = scu.find(query())
        assert (found, final.command.status, final.dataset) == ([], 0, None)
        add(running, order(1), order(2, "MR"))
        found, final = scu.find(query())
        assert [item.AccessionNumber for item in found] == ["A1", "A2"]
        assert (final.command.status, final.dataset) == (0, None)
        found, _ = scu.find(query({"Modality": "MR"}))
        assert [item.AccessionNumber for item in found] == ["A2"]
        assert found[0].ScheduledProcedureStepSequence[0].ScheduledProcedureStepStatus == "SCHEDULED"


@pytest.mark.parametrize(
    ("character_set", "name"),
    [
        ("ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("ISO_IR 100", "Süß^Anna"),
        ("ISO_IR 144", "Люкceмбypг"),
        ("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동"),
    ],
)
def test_items_keep_their_character_set(running: Running, character_set: str, name: str) -> None:
    item = order(1, character_set=character_set, PatientName=name)
    add(running, item)
    with Scu(running.port, (WORKLIST,)) as scu:
        request = query(PatientName=name.split("=")[-1])
        request.SpecificCharacterSet = "ISO_IR 192"
        answers = scu.ask(WORKLIST, "C-FIND-RQ", request, Priority=0)
        assert len(answers) == 2
        sent, held = (read(data or b"", EXPLICIT).element("PatientName") for data in (answers[0].dataset, encode(item)))
        assert sent is not None
        assert held is not None
        assert sent.value == held.value, "byte for byte"
        found = decode(answers[0].dataset)
        assert found.PatientName == name
        assert found.SpecificCharacterSet == item.SpecificCharacterSet


def test_bad_identifiers(running: Running) -> None:
    two = query()
    two.ScheduledProcedureStepSequence = [Dataset(), Dataset()]
    with Scu(running.port, (WORKLIST, STUDY_FIND)) as scu:
        for ds, sop_class in ((two, WORKLIST), (query(), STUDY_FIND)):
            answers = scu.ask(sop_class, "C-FIND-RQ", ds, Priority=0)
            assert [(m.command.status, m.dataset) for m in answers] == [(0xA900, None)]


def test_cancel_ends_a_query(running: Running) -> None:
    add(running, *(order(number % 12) for number in range(300)))
    with Scu(running.port, (WORKLIST,)) as scu:
        number = scu.send(WORKLIST, "C-FIND-RQ", query(), AffectedSOPClassUID=WORKLIST, Priority=0)
        scu.message()
        command = {"CommandField": 0x0FFF, "MessageIDBeingRespondedTo": number, "CommandDataSetType": 0x0101}
        scu.put(1, command, None)
        count = 1
        while (message := scu.message()).command.status == 0xFF00:
            count += 1
        assert (message.command.status, message.dataset) == (0xFE00, None)
        assert count < 300


# --- storage and query ------------------------------------------------------------------------------------------------


def test_received_bytes_are_kept(running: Running) -> None:
    ds = instance()
    ds.add_new(0x00091001, "UN", b"private?")
    with Scu(running.port, (CT,)) as scu:
        assert scu.store(ds).command.status == 0
        assert scu.store(ds).command.status == 0, "the same instance again"
    path = running.folder / "instances" / "2.25.1001.dcm"
    assert path.read_bytes().endswith(encode(ds))
    assert dcmread(path).file_meta.TransferSyntaxUID == EXPLICIT


def test_deflated_instances(running: Running) -> None:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    data = deflate.compress(encode(instance())) + deflate.flush()
    with Scu(running.port, (CT,), syntaxes=(DEFLATED,)) as scu:
        names = {"AffectedSOPInstanceUID": "2.25.1001", "Priority": 0}
        for good, status in ((data + b"\0" * (len(data) % 2), 0), (encode(instance()), 0xC000)):
            assert scu.ask(CT, "C-STORE-RQ", good, **names)[0].command.status == status
    assert dcmread(running.folder / "instances" / "2.25.1001.dcm").PatientID == "SYN-1"


def test_what_is_not_stored(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scu(running.port, (CT, SC)) as scu:
        assert scu.store(instance(), AffectedSOPInstanceUID="2.25.9").command.status == 0xA900
        assert scu.store(instance(), AffectedSOPClassUID=SC, on=SC).command.status == 0xA900
        assert scu.store(instance(StudyInstanceUID="")).command.status == 0xA900
        for data in (encode(instance())[:-4], b"\xff" * 64, b"\1\2"):
            names = {"AffectedSOPInstanceUID": "2.25.1001", "Priority": 0}
            assert scu.ask(CT, "C-STORE-RQ", data, **names)[0].command.status == 0xC000

        def full(source: str, destination: str) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "replace", full)
        assert scu.store(instance()).command.status == 0xA700
        monkeypatch.undo()
    assert list((running.folder / "instances").iterdir()) == []


def test_what_cannot_be_kept_while_it_comes_in(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(received: Received, data: bytes) -> None:
        received.failed = "No space left on device"

    monkeypatch.setattr(Received, "add", full)
    with Scu(running.port, (CT, WORKLIST, MPPS)) as scu:
        assert scu.store(instance()).command.status == 0xA700
        assert scu.find(query())[1].command.status == 0xA700
        create = scu.ask(MPPS, "N-CREATE-RQ", instance(), AffectedSOPInstanceUID="2.25.9")
        assert create[0].command.status == 0x0213
        monkeypatch.undo()
        assert scu.store(instance()).command.status == 0


def test_an_empty_patient_id_is_welcome(running: Running) -> None:
    with Scu(running.port, (CT,)) as scu:
        assert scu.store(instance(PatientID="")).command.status == 0


def test_queries(running: Running) -> None:
    with Scu(running.port, (CT, STUDY_FIND)) as scu:
        for number in range(4):
            ds = instance(f"2.25.{1001 + number}", study=f"2.25.{1 + number // 2}", series=f"2.25.{20 + number // 2}")
            assert scu.store(ds).command.status == 0
        studies, _ = scu.find(
            level("STUDY", StudyInstanceUID="", PatientName="synthetic*", NumberOfStudyRelatedInstances=""), STUDY_FIND
        )
        assert [(ds.StudyInstanceUID, ds.NumberOfStudyRelatedInstances) for ds in studies] == [
            *(("2.25.1", 2), ("2.25.2", 2))
        ]
        assert {ds.RetrieveAETitle for ds in studies} == {"REFERENCE"}
        none, _ = scu.find(level("STUDY", StudyInstanceUID="", StudyDate="20260103-"), STUDY_FIND)
        assert none == []
        wanted = level("IMAGE", StudyInstanceUID="2.25.2", SeriesInstanceUID="2.25.21", SOPInstanceUID="")
        images, _ = scu.find(wanted, STUDY_FIND)
        assert [ds.SOPInstanceUID for ds in images] == ["2.25.1003", "2.25.1004"]
        refused = scu.ask(STUDY_FIND, "C-FIND-RQ", level("PATIENT", PatientID=""), Priority=0)
        assert refused[0].command.status == 0xA900


def test_a_move_needs_a_known_destination_and_a_unique_key(running: Running) -> None:
    with Scu(running.port, (STUDY_MOVE,)) as scu:
        fields = {"Priority": 0, "MoveDestination": "NOBODY"}
        wanted = level("STUDY", StudyInstanceUID="2.25.1")
        assert scu.ask(STUDY_MOVE, "C-MOVE-RQ", wanted, **fields)[0].command.status == 0xA801
        wanted = level("STUDY", StudyInstanceUID="")
        assert scu.ask(STUDY_MOVE, "C-MOVE-RQ", wanted, **fields)[0].command.status == 0xA900


def test_all_storage_classes_in_compressed_syntaxes(running: Running) -> None:
    with Scu(running.port, (CT, SC, "1.2.840.10008.5.1.4.1.1.88.11"), syntaxes=(JPEG_LOSSLESS, IMPLICIT)) as scu:
        assert isinstance(scu.answer, p.AssociateAC)
        assert [context.transfer_syntax for context in scu.answer.contexts] == [IMPLICIT] * 3
    with Scu(running.port, (CT,), syntaxes=(JPEG_LOSSLESS,)) as scu:
        assert isinstance(scu.answer, p.AssociateAC)
        assert scu.answer.contexts[0].result == 0
