"""Transcripts: what was recorded is what is loaded, cut off anywhere or not, and damage is told with its path."""

from __future__ import annotations

import json
import time
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scansim.inputs import InputError
from scansim.network.recording import Recorder, TranscriptWriter
from scansim.network.transcript import MAGIC, RECORD_HEAD, _AssociationReader, load_transcript, read_association
from scansim.vocabulary.deviations import DEVIATIONS, Intent
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command, fragments
from tests.support.building import Story

FIND = "1.2.840.10008.5.1.4.31"
NAME = b"\x10\0\x10\0PN\x06\0A^TEST"


def message(name: str, dataset: bytes | None = None, **values: int | str) -> bytes:
    command = {"CommandField": FIELD_OF[name], "CommandDataSetType": NO_DATASET if dataset is None else 1, **values}
    out = b"".join(h + b"".join(v) for h, v in fragments(1, True, [encode_command(command)], 16384))
    if dataset is not None:
        out += b"".join(h + b"".join(v) for h, v in fragments(1, False, [dataset], 16384))
    return out


def fill(recorder: Recorder) -> None:
    """An ordinary association: a query with one match, an image of which not all was kept, a release."""
    context = (p.ProposedContext(1, FIND, (EXPLICIT_LITTLE,)),)
    user = p.UserInformation(16384, "2.25.1")
    recorder.sent([p.encode(p.AssociateRQ("B", "A", context, user))])
    recorder.received(p.encode(p.AssociateAC("B", "A", (p.ContextResult(1, 0, EXPLICIT_LITTLE),), user)))
    recorder.sent([message("C-FIND-RQ", NAME, MessageID=1)])
    both = message("C-FIND-RSP", NAME, Status=0xFF00) + message("C-FIND-RSP", Status=0)
    recorder.received(both[:50])
    recorder.received(both[50:])
    recorder.sent([message("C-STORE-RQ", NAME + bytes(100), MessageID=2)[:-100]])
    recorder.gap(100)
    recorder.digest(b"\xab" * 32)
    recorder.received(message("C-STORE-RSP", Status=0))
    recorder.sent([p.encode(p.ReleaseRQ())])
    recorder.received(p.encode(p.ReleaseRP()))
    recorder.event("closed-by-peer")
    recorder.close()


@pytest.fixture(scope="module")
def wire(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("wire") / "a07.wire"
    fill(Recorder(path, time.perf_counter_ns(), {"initiator": "harness", "service": "worklist", "host": "h"}))
    return path


def write(folder: Path) -> TranscriptWriter:
    writer = TranscriptWriter(folder / "exam", {"id": "exam", "title": "t"})
    fill(writer.recorder(initiator="harness"))
    step = {"number": 1, "verb": "verify", "service": "", "outcome": "done", "detail": "", "cause": ""}
    writer.step(**step, began=0.0, ended=1.0, associations=["a01"])
    writer.ledger({"study_instance_uid": "1.2"})
    return writer


def test_what_was_recorded_is_what_is_loaded(wire):
    record = read_association(wire)
    assert (record.id, record.ours, record.service, record.facts["host"]) == ("a07", True, "worklist", "h")
    assert [exchange.id for exchange in record.exchanges] == ["a07.s1", "a07.r1", "a07.r2", "a07.s2", "a07.r3"]
    assert [e.name for e in record.exchanges][:3] == ["C-FIND-RQ", "C-FIND-RSP", "C-FIND-RSP"]
    assert {e.abstract_syntax for e in record.exchanges} == {FIND}
    assert {e.transfer_syntax for e in record.exchanges} == {EXPLICIT_LITTLE}
    assert [e.dataset and e.dataset.text("PatientName") for e in record.exchanges][:3] == ["A^TEST", "A^TEST", None]
    assert (record.exchanges[3].message.elided, record.exchanges[3].digest) == (100, "ab" * 32)
    assert isinstance(record.answer.pdu, p.AssociateAC)
    assert record.accepted is record.answer.pdu
    assert record.request.pdu.called_ae == "B"
    assert record.event("closed-by-peer").time > 0
    assert (record.unparsed, record.unfinished) == (b"", False)
    assert not any(event.problems for event in (*record.sent, *record.received))


def test_operations_pair_requests_with_their_responses(wire):
    find, store = read_association(wire).operations
    assert [rsp.id for rsp in find.responses] == ["a07.r1", "a07.r2"]
    assert [rsp.id for rsp in find.pending] == ["a07.r1"]
    assert (find.final.id, store.final.id) == ("a07.r2", "a07.r3")


def test_a_file_cut_off_at_any_byte_loads(wire, tmp_path):
    data = wire.read_bytes()
    whole = [exchange.id for exchange in read_association(wire).exchanges]
    path, counts = tmp_path / "a07.wire", []
    for end in range(len(data)):
        path.write_bytes(data[:end])
        found = [exchange.id for exchange in read_association(path).exchanges]
        assert found == whole[: len(found)]
        counts.append(len(found))
    assert counts == sorted(counts)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_file_with_bytes_changed_loads_or_is_told_to_be_damaged(wire, tmp_path_factory, data):
    changed = bytearray(wire.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = wire.with_name("a08.wire")
    path.write_bytes(changed)
    try:
        read_association(path)
    except InputError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017 - either outcome is right


def record(kind: bytes, payload: bytes, length: int | None = None) -> bytes:
    return RECORD_HEAD.pack(kind, 5, len(payload) if length is None else length) + payload


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x03\x04", "not a transcript of an association"),
        (b"SPWIRE2\n", "not a transcript of an association"),
        (MAGIC + record(b"X", b"abc"), "damaged: a record of kind 'X'"),
        (MAGIC + record(b"E", b"{not json"), "damaged: "),
        (MAGIC + record(b"E", b"\xff\xfe\xfa"), "damaged: "),
        (MAGIC + record(b"E", b"[1]"), "damaged: an event without a name"),
        (MAGIC + record(b"E", b"7"), "damaged: an event without a name"),
        (MAGIC + record(b"E", b"{}"), "damaged: an event without a name"),
        (MAGIC + record(b"E", b'{"event": 1}'), "damaged: an event without a name"),
        (MAGIC + record(b"E", b"[" * 100_000), "damaged: "),
    ],
)
def test_damage_is_told_with_its_path(tmp_path, data, told):
    path = tmp_path / "a01.wire"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_association(path)
    assert str(caught.value).startswith(f"{path}: {told}")


@pytest.mark.parametrize("kind", [b"S", b"R", b"G", b"D"])
def test_lengths_of_gigabytes_and_gaps_out_of_place_do_no_harm(tmp_path, kind):
    path = tmp_path / "a01.wire"
    path.write_bytes(MAGIC + record(kind, b"", 0xFFFFFFFF) + record(b"R", p.encode(p.ReleaseRP())))
    assert read_association(path).exchanges == ()


def test_a_file_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"a01\.wire: cannot be read"):
        read_association(tmp_path / "a01.wire")


def test_a_whole_transcript(tmp_path):
    transcript = load_transcript(write(tmp_path).folder)
    assert transcript.scenario["id"] == "exam"
    assert transcript.ledger == {"study_instance_uid": "1.2"}
    (step,) = transcript.steps
    assert (step.verb, step.associations, step.ended) == ("verify", ("a01",), 1.0)
    assert len(transcript.operations) == 2


def test_associations_come_in_the_order_of_their_numbers(tmp_path):
    writer = TranscriptWriter(tmp_path / "exam", {"id": "exam"})
    for _ in range(101):
        writer.recorder().close()
    ids = [association.id for association in load_transcript(writer.folder).associations]
    assert ids == [f"a{number:02d}" for number in range(1, 102)]


def test_a_run_that_was_killed_at_once_is_a_transcript_too(tmp_path):
    (tmp_path / "scenario.json").write_text('{"id": "x"}')
    (tmp_path / "a01.wire").write_bytes(b"")
    transcript = load_transcript(tmp_path)
    assert (transcript.steps, transcript.ledger) == ((), {})
    assert transcript.associations[0].exchanges == ()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("scenario.json", None, "no transcript here: scenario.json is missing"),
        ("scenario.json", "{", "scenario.json: not JSON"),
        ("scenario.json", "\udcff", "scenario.json: not JSON"),
        ("scenario.json", "[" * 100_000, "scenario.json: not JSON"),
        ("scenario.json", "[]", "scenario.json: damaged"),
        ("scenario.json", "{}", "scenario.json: damaged"),
        ("scenario.json", '{"id": 7}', "scenario.json: damaged"),
        ("steps.json", "nope", "steps.json: not JSON"),
        ("steps.json", "7", "steps.json: damaged"),
        ("steps.json", "[7]", "steps.json: damaged"),
        ("steps.json", "[{}]", "steps.json: damaged"),
        ("steps.json", '[{"associations": 1}]', "steps.json: damaged"),
        ("steps.json", '[{"associations": [], "colour": 1}]', "steps.json: damaged"),
        ("ledger.json", "[]", "ledger.json: damaged"),
        ("ledger.json", "}", "ledger.json: not JSON"),
        ("a01.wire", "no", "a01.wire: not a transcript"),
    ],
)
def test_a_damaged_file_is_told_with_its_path(tmp_path, name, text, told):
    folder = write(tmp_path).folder
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        load_transcript(folder)
    assert str(caught.value).startswith(str(folder))
    assert told in str(caught.value)


def test_a_place_that_is_no_folder_is_an_input_error(tmp_path):
    (tmp_path / "x").touch()
    for place in (tmp_path / "x", tmp_path / "nowhere"):
        with pytest.raises(InputError, match=place.name):
            load_transcript(place)


def read(*parts: tuple[bytes, bytes]) -> list[tuple[str, list[str]]]:
    found = _AssociationReader("a01").read(BytesIO(MAGIC + b"".join(record(kind, data) for kind, data in parts)))
    return [(op.request.name, [rsp.id for rsp in op.responses]) for op in found.operations]


def test_responses_after_a_cancel_belong_to_the_query():
    """PS3.7 9.3.2.3: a C-CANCEL has no response; the final one answers the C-FIND."""
    assert read(
        (b"S", message("C-FIND-RQ", NAME, MessageID=1)),
        (b"R", message("C-FIND-RSP", NAME, Status=0xFF00)),
        (b"S", message("C-CANCEL-RQ", MessageIDBeingRespondedTo=1)),
        (b"R", message("C-FIND-RSP", NAME, Status=0xFF00)),
        (b"R", message("C-FIND-RSP", Status=0xFE00)),
    ) == [("C-FIND-RQ", ["a01.r1", "a01.r2", "a01.r3"]), ("C-CANCEL-RQ", [])]


def test_a_report_between_request_and_response_is_an_operation_of_its_own():
    assert read(
        (b"S", message("N-ACTION-RQ", NAME, MessageID=1)),
        (b"R", message("N-EVENT-REPORT-RQ", NAME, MessageID=1)),
        (b"R", message("N-ACTION-RSP", Status=0)),
        (b"S", message("N-EVENT-REPORT-RSP", Status=0)),
    ) == [("N-ACTION-RQ", ["a01.r2"]), ("N-EVENT-REPORT-RQ", ["a01.s2"])]


def test_a_response_without_any_request_is_in_no_operation():
    assert read((b"R", message("C-ECHO-RSP", Status=0))) == []


def test_numbering_is_linear_in_the_number_of_messages():
    store = record(b"S", message("C-STORE-RQ", MessageID=1)) + record(b"R", message("C-STORE-RSP", Status=0))
    began = time.process_time()
    found = _AssociationReader("a01").read(BytesIO(MAGIC + store * 3000))
    assert found.exchanges[-1].id == "a01.r3000"
    assert time.process_time() - began < 2


def test_scenario_facts_survive_any_text(tmp_path):
    TranscriptWriter(tmp_path / "exam", {"id": "x", "title": "Prüfung 検査"})
    assert json.loads((tmp_path / "exam" / "scenario.json").read_text())["title"] == "Prüfung 検査"


def test_an_intent_is_of_the_next_request_alone(tmp_path):
    story = Story(tmp_path)
    link = story.associate("1.2.840.10008.1.1")
    link.ask("C-ECHO-RQ", intent=Intent("mpps.create-again", "Modality", "PS3.5 9"))
    link.answer()
    link.ask("C-ECHO-RQ")
    link.answer()
    link.event("intent", deviation="one of a later release", more=1)
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(sent=True)
    link.ask("C-ECHO-RQ")
    (association,) = story.transcript().associations
    meant = [exchange.intent for exchange in association.exchanges]
    later = Intent("one of a later release")
    assert meant == [Intent("mpps.create-again", "Modality", "PS3.5 9"), None, None, None, None, None, later]
    assert association.event("intent") is None


def test_every_deviation_says_what_it_goes_against():
    assert all(Intent.of(name).clause for name in DEVIATIONS)
    with pytest.raises(KeyError):
        Intent.of("mpps.no-such")
    assert Intent.read(Intent.of("mpps.create-again", "PatientSex").facts) == Intent.of(
        "mpps.create-again", "PatientSex"
    )
