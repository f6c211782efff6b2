from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanproof.view import (
    association_views,
    command_lines,
    dataset_lines,
    exchange_views,
    json_text,
    patient,
    step_results,
)
from scansim.network.recording import Recorder, TranscriptWriter
from scansim.network.transcript import StepRecord, Transcript, load_transcript
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, read
from scansim.wire.dimse import FIELD_OF, NO_DATASET, Command, Value, encode_command, fragments

CT = "1.2.840.10008.5.1.4.1.1.2"
USER = p.UserInformation(16384, "2.25.1", "TEST")
RQ = p.AssociateRQ(
    "TARGET",
    "SCANNER",
    (
        p.ProposedContext(1, CT, (EXPLICIT_LITTLE,)),
        p.ProposedContext(3, "1.2.3", (EXPLICIT_LITTLE,)),
        p.ProposedContext(5, "1.2.4", (EXPLICIT_LITTLE,)),
    ),
    USER,
)
AC = p.AssociateAC(
    "TARGET", "SCANNER", (p.ContextResult(1, 0, EXPLICIT_LITTLE), p.ContextResult(3, 3, EXPLICIT_LITTLE)), USER
)
NAME = b"\x10\x00\x10\x00PN\x0c\x00Synthetic^A "


@pytest.fixture
def writer(tmp_path: Path) -> TranscriptWriter:
    return TranscriptWriter(tmp_path / "t", {"id": "unit", "title": "unit"})


def opened(writer: TranscriptWriter, **facts: Any) -> Recorder:
    return writer.recorder(**{"initiator": "harness", "service": "storage", "host": "127.0.0.1", "port": 104, **facts})


def say(recorder: Recorder, sent: bool, *pdus: p.PDU) -> None:
    for pdu in pdus:
        (recorder.sent([p.encode(pdu)]) if sent else recorder.received(p.encode(pdu)))


def message(recorder: Recorder, sent: bool, dataset: bytes = b"", **command: Value) -> None:
    command = {**command, "CommandDataSetType": 1 if dataset else NO_DATASET}
    for is_command, data in ((True, encode_command(command)), (False, dataset)):
        if data:
            for head, views in fragments(1, is_command, [data], 16384):
                whole = head + b"".join(views)
                (recorder.sent([whole]) if sent else recorder.received(whole))


def stored(recorder: Recorder, number: int, status: int = 0) -> None:
    command: dict[str, Value] = {"CommandField": FIELD_OF["C-STORE-RQ"], "MessageID": number}
    message(recorder, True, NAME, **command, AffectedSOPInstanceUID=f"1.2.{number}")
    message(recorder, False, CommandField=FIELD_OF["C-STORE-RSP"], MessageIDBeingRespondedTo=number, Status=status)


def loaded(writer: TranscriptWriter, *recorders: Recorder) -> Transcript:
    for recorder in recorders:
        recorder.close()
    return load_transcript(writer.folder)


# --- lines ------------------------------------------------------------------------------------------------------------


def test_a_command_set_in_words() -> None:
    command = Command(
        {
            "AffectedSOPClassUID": CT,
            "CommandField": 0x8140,
            "MessageIDBeingRespondedTo": 7,
            "CommandDataSetType": 0x0101,
            "Status": 0x0110,
            "OffendingElement": (0x00100020, 0x00400241),
            "ErrorComment": "no longer",
            "ErrorID": 0xA710,
            "(0000,5011)": "retired",
        }
    )
    assert command_lines(command) == [
        f"(0000,0002) AffectedSOPClassUID: {CT}",
        "(0000,0100) CommandField: 8140H N-CREATE-RSP",
        "(0000,0120) MessageIDBeingRespondedTo: 7",
        "(0000,0800) CommandDataSetType: 0101H",
        "(0000,0900) Status: 0110H",
        "(0000,0901) OffendingElement: (0010,0020), (0040,0241)",
        "(0000,0902) ErrorComment: no longer",
        "(0000,0903) ErrorID: A710H",
        "(0000,5011): retired",
    ]
    assert command_lines(Command({"CommandField": 0x7777})) == ["(0000,0100) CommandField: 7777H"]


def element(tag: tuple[int, int], vr: bytes, value: bytes) -> bytes:
    return tag[0].to_bytes(2, "little") + tag[1].to_bytes(2, "little") + vr + len(value).to_bytes(2, "little") + value


def sequence(tag: tuple[int, int], *items: bytes) -> bytes:
    content = b"".join(b"\xfe\xff\x00\xe0" + len(item).to_bytes(4, "little") + item for item in items)
    head = tag[0].to_bytes(2, "little") + tag[1].to_bytes(2, "little") + b"SQ\0\0"
    return head + len(content).to_bytes(4, "little") + content


def test_a_data_set_in_lines_with_its_nesting() -> None:
    code = element((0x0008, 0x0100), b"SH", b"CTABD ")
    step = element((0x0040, 0x0001), b"AE", b"A ") + sequence((0x0040, 0x0008), code, code)
    data = (
        element((0x0008, 0x0005), b"CS", b"ISO_IR 100")
        + element((0x0010, 0x0010), b"PN", "Müller^J".encode("latin-1"))
        + element((0x0010, 0x0020), b"LO", b"")
        + element((0x0010, 0x4000), b"LT", b"x" * 300)
        + sequence((0x0040, 0x0100), step)
        + sequence((0x0040, 0x0340))
    )
    assert list(dataset_lines(read(data, EXPLICIT_LITTLE))) == [
        "(0008,0005) CS SpecificCharacterSet: ISO_IR 100",
        "(0010,0010) PN PatientName: Müller^J",
        "(0010,0020) LO PatientID: (empty)",
        "(0010,4000) LT PatientComments: " + "x" * 200 + "…",
        "(0040,0100) SQ ScheduledProcedureStepSequence: 1 item",
        "  item 1",
        "    (0040,0001) AE ScheduledStationAETitle: A",
        "    (0040,0008) SQ ScheduledProtocolCodeSequence: 2 items",
        "      item 1",
        "        (0008,0100) SH CodeValue: CTABD",
        "      item 2",
        "        (0008,0100) SH CodeValue: CTABD",
        "(0040,0340) SQ PerformedSeriesSequence: 0 items",
    ]


# --- messages ---------------------------------------------------------------------------------------------------------


def test_a_wanted_response_is_shown_whole_with_its_request(writer: TranscriptWriter) -> None:
    recorder = opened(writer)
    say(recorder, True, RQ)
    say(recorder, False, AC)
    for number in (1, 2):
        stored(recorder, number)
    views = {view.id: view for view in exchange_views(loaded(writer, recorder), {"a01.r2"})}
    assert list(views) == ["a01.s1", "a01.r1", "a01.s2", "a01.r2"]
    assert views["a01.s1"].command == views["a01.r1"].command == []
    assert views["a01.r2"].command[-1] == "(0000,0900) Status: 0000H"
    assert views["a01.s2"].dataset == ["(0010,0010) PN PatientName: Synthetic^A"]
    assert (views["a01.s2"].name, views["a01.s2"].direction, views["a01.s2"].status) == ("C-STORE-RQ", "sent", None)
    assert (views["a01.r2"].direction, views["a01.r2"].status) == ("received", "0000H")


def test_of_many_images_a_few_are_listed_and_every_wanted_one(writer: TranscriptWriter) -> None:
    recorder = opened(writer)
    say(recorder, True, RQ)
    say(recorder, False, AC)
    for number in range(1, 31):
        stored(recorder, number, 0xA700 if number == 20 else 0)
    shown = [view.id for view in exchange_views(loaded(writer, recorder), {"a01.r20"})]
    assert shown == ["a01.s1", "a01.r1", "a01.s2", "a01.r2", "a01.s3", "a01.r3", "a01.s20", "a01.r20"]


def test_pixels_that_were_not_kept_are_told_with_their_digest(writer: TranscriptWriter) -> None:
    recorder = opened(writer)
    say(recorder, True, RQ)
    say(recorder, False, AC)
    pixels = element((0x7FE0, 0x0010), b"OW", b"")[:6] + b"\0\0" + (4000).to_bytes(4, "little")
    command = {"CommandField": FIELD_OF["C-STORE-RQ"], "MessageID": 1, "CommandDataSetType": 1}
    message_bytes = NAME + pixels
    (head, _), *_ = fragments(1, False, [message_bytes, bytes(4000)], 16384)
    for command_head, views in fragments(1, True, [encode_command(command)], 16384):
        recorder.sent([command_head, *views])
    recorder.sent([head, message_bytes])
    recorder.gap(4000)
    recorder.digest(b"\xab" * 32)
    (view,) = exchange_views(loaded(writer, recorder), {"a01.s1"})
    assert view.dataset[0] == "(0010,0010) PN PatientName: Synthetic^A"
    assert view.dataset[-1] == f"… 4000 bytes of Pixel Data were sent and not kept here, SHA-256 {'ab' * 32}"
    assert view.problems == []


def test_what_does_not_add_up_is_shown_with_its_offset(writer: TranscriptWriter) -> None:
    recorder = opened(writer)
    say(recorder, True, RQ)
    say(recorder, False, AC)
    message(recorder, False, NAME[:-4], CommandField=FIELD_OF["C-FIND-RSP"], MessageIDBeingRespondedTo=1, Status=0xFF00)
    (view,) = exchange_views(loaded(writer, recorder), {"a01.r1"})
    assert view.problems
    assert all(problem.startswith("byte ") for problem in view.problems)


# --- associations -----------------------------------------------------------------------------------------------------


def test_an_association_in_words(writer: TranscriptWriter) -> None:
    recorder = opened(writer)
    say(recorder, True, RQ)
    say(recorder, False, AC)
    stored(recorder, 1)
    say(recorder, True, p.ReleaseRQ())
    say(recorder, False, p.ReleaseRP())
    (view,) = association_views(loaded(writer, recorder))
    assert (view.id, view.initiator, view.peer, view.service) == ("a01", "harness", "127.0.0.1:104", "storage")
    assert (view.calling_ae, view.called_ae, view.ended, view.messages) == ("SCANNER", "TARGET", "released", 2)
    assert view.contexts == [
        f"1: {CT} accepted with {EXPLICIT_LITTLE}",
        "3: 1.2.3 result 3",
        "5: 1.2.4 not answered",
    ]


def test_what_is_odd_in_pdus_of_the_target_is_shown_with_its_grade(writer: TranscriptWriter) -> None:
    recorder = opened(writer)
    say(recorder, True, RQ)
    odd = replace(AC, contexts=(p.ContextResult(1, 4, None),), application_context=None)
    say(recorder, False, odd)
    end = len(p.encode(odd)) - 6
    recorder.received(bytes.fromhex("0600 00000005 0000000000"))
    (view,) = association_views(loaded(writer, recorder))
    assert view.problems == [
        "A-ASSOCIATE-AC, byte 76: no Transfer Syntax sub-item (40H) in a Presentation Context result (note)",
        f"A-ASSOCIATE-AC, byte {end}: no Application Context item (10H) in the A-ASSOCIATE-AC (fault)",
        "A-RELEASE-RP, byte 0: A-RELEASE-RP has 4 bytes, here are 5 (fault)",
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "event", "ended"),
    [
        ([], [], "connect-failed", "no connection: Connection refused"),
        ([RQ], [], "timeout", "no answer"),
        ([RQ], [p.AssociateRJ(1, 1, 7)], "", "rejected (result 1, source 1, reason 7)"),
        ([RQ], [AC], "", "not released"),
        ([RQ], [AC, p.Abort(2, 0)], "", "aborted by the target"),
        ([RQ, p.Abort(0, 0)], [AC], "", "aborted by the harness"),
        ([RQ], [AC], "closed-by-peer", "closed by the target"),
        ([RQ], [AC], "connection-lost", "the connection broke"),
        ([RQ, p.ReleaseRQ()], [AC, p.ReleaseRP()], "closed-by-peer", "released"),
    ],
)
def test_how_an_association_ended(
    ours: list[p.PDU], theirs: list[p.PDU], event: str, ended: str, writer: TranscriptWriter
) -> None:
    recorder = opened(writer)
    say(recorder, True, *ours)
    say(recorder, False, *theirs)
    if event:
        recorder.event(event, reason="Connection refused", waiting="A-ASSOCIATE-AC", seconds=1)
    (view,) = association_views(loaded(writer, recorder))
    assert view.ended == ended


def test_an_association_that_the_target_opened(writer: TranscriptWriter) -> None:
    recorder = opened(writer, initiator="target", service="commitment")
    say(recorder, False, RQ)
    say(recorder, True, AC)
    (view,) = association_views(loaded(writer, recorder))
    assert (view.initiator, view.calling_ae, view.called_ae) == ("target", "SCANNER", "TARGET")


# --- steps, patient ---------------------------------------------------------------------------------------------------


def a_transcript(ledger: Any, *steps: StepRecord) -> Transcript:
    return Transcript(Path("nowhere"), {"id": "unit", "title": "unit"}, steps, ledger, ())


def test_steps_with_their_duration() -> None:
    step = StepRecord(2, "store", "storage", "stopped", "refused", "target", 1.25, 2.7504, ("a04", "a05"))
    (result,) = step_results(a_transcript({}, step))
    assert (result.number, result.verb, result.outcome, result.detail) == (2, "store", "stopped", "refused")
    assert (result.seconds, result.associations) == (1.5, ["a04", "a05"])


def test_the_first_value_of_an_attribute_in_json() -> None:
    item = {"00100010": {"vr": "PN", "Value": [{"Alphabetic": "Synthetic^A"}]}, "00200013": {"vr": "IS", "Value": [3]}}
    assert json_text(item, "00100010") == "Synthetic^A"
    assert json_text(item, "00200013") == "3"
    for other in (None, [], {}, {"00100020": {"vr": "LO"}}, {"00100020": {"vr": "LO", "Value": []}}, {"00100020": 3}):
        assert json_text(other, "00100020") == ""


def test_whose_exam_it_was() -> None:
    item = {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Synthetic^A"}]},
        "00100020": {"vr": "LO", "Value": ["SP1"]},
    }
    assert patient(a_transcript({"item": item})) == "Synthetic^A (SP1)"
    assert patient(a_transcript({})) == ""
    assert patient(a_transcript({"item": {"unreadable": "x"}})) == ""
