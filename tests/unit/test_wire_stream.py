"""One direction of a connection: PDUs and messages come out the same whatever the cut and the packing."""

from __future__ import annotations

import struct
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command, fragments
from scansim.wire.stream import LONGEST_PDU, Message, MessageAssembler, PduDecoder, PduEvent


def command(name: str = "C-FIND-RSP", dataset: bool = False, **values) -> bytes:
    kind = 0x0001 if dataset else NO_DATASET
    return encode_command({"CommandField": FIELD_OF[name], "CommandDataSetType": kind, **values})


def decode(chunks: list[bytes]) -> tuple[list[PduEvent], list[Message], PduDecoder, MessageAssembler]:
    decoder, assembler = PduDecoder(), MessageAssembler()
    events, messages = [], []
    for time, chunk in enumerate(chunks):
        for event in decoder.feed(chunk, time):
            events.append(event)
            messages += assembler.feed(event)
    return events, messages, decoder, assembler


def timeless(events: list[PduEvent]) -> list[PduEvent]:
    """Without times; the body of the bytes that broke the stream is what had arrived by then."""
    return [
        replace(e, began=0, ended=0, length=0, pdu=p.Unknown(e.pdu_type, b""))
        if isinstance(e.pdu, p.Unknown) and e.problems[0].code == "not-a-pdu"
        else replace(e, began=0, ended=0)
        for e in events
    ]


def message_bytes(name: str, dataset: bytes | None, max_length: int, context: int = 1) -> bytes:
    out = b"".join(
        head + b"".join(views)
        for head, views in fragments(context, True, [command(name, dataset is not None, MessageID=1)], max_length)
    )
    if dataset is not None:
        out += b"".join(h + b"".join(v) for h, v in fragments(context, False, [dataset], max_length))
    return out


USER = p.UserInformation(16384, "2.25.1")
STREAM = st.lists(
    st.one_of(
        st.builds(
            message_bytes,
            st.sampled_from(["C-FIND-RSP", "N-EVENT-REPORT-RQ"]),
            st.none() | st.binary(max_size=60),
            st.sampled_from([0, 16, 30, 4096]),
        ),
        st.sampled_from([p.encode(p.ReleaseRQ()), p.encode(p.Abort(0, 0)), p.encode(p.AssociateRJ(1, 1, 1))]),
        st.just(p.encode(p.AssociateRQ("A", "B", (p.ProposedContext(1, "1.2", ("1.2",)),), USER))),
    ),
    max_size=4,
).map(b"".join)


def cuts(data: bytes, at: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in at)})
    return [data[a:b] for a, b in pairwise(edges)]


@settings(max_examples=120, deadline=None)
@given(STREAM, st.lists(st.integers(0, 10_000), max_size=12), st.data())
def test_mutated_streams_never_raise_and_cutting_does_not_change_the_result(stream, at, data):
    changed = bytearray(stream)
    for _ in range(data.draw(st.integers(0, 3)) if stream else 0):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    whole = decode([bytes(changed)])
    cut = decode(cuts(bytes(changed), at))
    assert timeless(cut[0]) == timeless(whole[0])
    assert [replace(m, began=0, ended=0) for m in cut[1]] == [replace(m, began=0, ended=0) for m in whole[1]]
    assert (cut[2].broken, cut[2].pending) == (whole[2].broken, whole[2].pending)
    assert cut[3].unfinished == whole[3].unfinished


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=100), st.lists(st.integers(0, 100), max_size=8))
def test_arbitrary_bytes_never_raise_and_cutting_does_not_change_the_result(data, at):
    whole, cut = decode([data]), decode(cuts(data, at))
    assert timeless(cut[0]) == timeless(whole[0])
    assert cut[2].broken == whole[2].broken


@settings(max_examples=60, deadline=None)
@given(STREAM)
def test_every_byte_belongs_to_one_pdu(stream):
    events, _, decoder, _ = decode([stream])
    assert [event.offset for event in events] == [sum(e.length for e in events[:i]) for i in range(len(events))]
    assert sum(event.length for event in events) == len(stream)
    assert decoder.pending == b""
    assert not any(event.problems for event in events)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=80), st.data())
def test_pdvs_packed_in_any_way_reassemble(dataset, data):
    """Command and data set of one message cut anywhere, several PDVs a PDU or one (PS3.8 E.1)."""
    encoded = command("C-FIND-RSP", True, Status=0xFF00)
    pdvs = []
    for is_command, value in ((True, encoded), (False, dataset)):
        pieces = cuts(value, data.draw(st.lists(st.integers(0, 200), max_size=4)))
        pdvs += [p.PDV(9, is_command, i == len(pieces) - 1, piece) for i, piece in enumerate(pieces)]
    stream = b""
    while pdvs:
        count = data.draw(st.integers(1, len(pdvs)))
        stream += p.encode(p.PData(tuple(pdvs[:count])))
        pdvs = pdvs[count:]
    events, (message,), _, assembler = decode([stream])
    assert (message.command_bytes, message.dataset, message.context_id) == (encoded, dataset, 9)
    assert message.problems == ()
    assert (message.offset, message.end) == (0, len(stream))
    assert not assembler.unfinished
    assert events


def test_two_messages_in_one_pdu_both_come_out():
    one, two = command("C-FIND-RSP", True, Status=0xFF00), command("C-FIND-RSP", Status=0)
    pdvs = (p.PDV(1, True, True, one), p.PDV(1, False, True, b"ab"), p.PDV(1, True, True, two))
    _, messages, _, _ = decode([p.encode(p.PData(pdvs))])
    assert [message.command.status for message in messages] == [0xFF00, 0]
    assert messages[1].offset < messages[0].end


def test_an_empty_fragment_is_borne():
    pdvs = (p.PDV(1, True, False, b""), p.PDV(1, True, True, command(Status=0)))
    _, (message,), _, _ = decode([p.encode(p.PData(pdvs))])
    assert message.command.status == 0


@pytest.mark.parametrize(
    ("pdvs", "code"),
    [
        ([p.PDV(1, False, True, b"ab")], "stray-dataset"),
        ([p.PDV(1, True, True, command("C-FIND-RSP", True)), p.PDV(1, True, True, command())], "dataset-missing"),
        ([p.PDV(1, True, True, command("C-FIND-RSP", True)), p.PDV(3, False, True, b"ab")], "context-changed"),
    ],
)
def test_what_is_wrong_gets_its_code(pdvs, code):
    _, messages, _, _ = decode([p.encode(p.PData(tuple(pdvs)))])
    assert code in [problem.code for problem in messages[0].problems]


def test_an_announced_data_set_that_does_not_come_leaves_the_message_unfinished():
    _, messages, _, assembler = decode([p.encode(p.PData((p.PDV(1, True, True, command("C-FIND-RSP", True)),)))])
    assert not messages
    assert assembler.unfinished


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 400 Bad Request", b"\x15\x03\x03\x00\x02\x02\x32", b"\x04\0\x7f\xff\xff\xff"]
)
def test_bytes_of_another_protocol_break_the_stream_and_stay_readable(start):
    events, _, decoder, _ = decode([start[:6], start[6:], b"more"])
    assert len(events) == 1
    assert events[0].problems[0].code == "not-a-pdu"
    assert decoder.broken
    assert decoder.pending == start + b"more"


def test_a_length_just_below_the_limit_is_waited_for_without_being_allocated():
    tracemalloc.start()
    try:
        decoder = PduDecoder()
        assert list(decoder.feed(struct.pack(">BxI", 4, LONGEST_PDU) + b"abc", 0)) == []
        assert not decoder.broken
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_times_are_those_of_first_and_last_byte():
    data = p.encode(p.ReleaseRQ())
    events, _, _, _ = decode([data[:3], data[3:], data])
    assert [(event.began, event.ended) for event in events] == [(0, 1), (2, 2)]


def gapped(gaps: list[int]) -> tuple[list[PduEvent], list[Message], PduDecoder]:
    """A message whose data set is `gaps` P-DATA-TFs of 4 kept bytes and some that were not kept."""
    decoder, assembler = PduDecoder(), MessageAssembler()
    events = list(decoder.feed(p.encode(p.PData((p.PDV(1, True, True, command("C-STORE-RQ", True)),))), 0))
    for index, gap in enumerate(gaps):
        last = 2 if index == len(gaps) - 1 else 0
        head = struct.pack(">BxIIBB", 4, gap + 10, gap + 6, 1, last)
        events += decoder.feed(head + b"KEPT", 1)
        events += decoder.gap(gap, 2)
    messages = [message for event in events for message in assembler.feed(event)]
    return events, messages, decoder


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=3))
def test_a_gap_ends_its_pdu_and_counts_as_elided(gaps):
    events, (message,), decoder = gapped(gaps)
    assert len(events) == len(gaps) + 1
    assert message.dataset == b"KEPT" * len(gaps)
    assert message.elided == sum(gaps)
    assert message.dataset_length == sum(gaps) + 4 * len(gaps)
    assert decoder.pending == b""
    assert sum(event.length for event in events) == message.end
    assert not any(event.problems for event in events)


def test_a_gap_longer_than_its_pdu_does_not_shift_what_follows():
    decoder = PduDecoder()
    list(decoder.feed(struct.pack(">BxI", 4, 4), 0))
    assert len(list(decoder.gap(1 << 31, 0))) == 1
    assert [type(event.pdu) for event in decoder.feed(p.encode(p.ReleaseRQ()), 0)] == [p.ReleaseRQ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=30), st.integers(0, 2**32 - 1)), max_size=8))
def test_any_mix_of_bytes_and_gaps_never_raises(parts):
    decoder, assembler = PduDecoder(), MessageAssembler()
    for part in parts:
        events = decoder.gap(part, 0) if isinstance(part, int) else decoder.feed(part, 0)
        for event in events:
            list(assembler.feed(event))


RELEASE = p.encode(p.ReleaseRQ())


def test_a_pdu_has_the_times_of_its_first_and_last_byte():
    decoder = PduDecoder()
    assert list(decoder.feed(RELEASE[:3], 5)) == []
    (first,) = decoder.feed(RELEASE[3:] + RELEASE[:1], 7)
    (second,) = decoder.feed(RELEASE[1:], 9)
    (third,) = decoder.feed(RELEASE, 11)
    assert [(e.began, e.ended, e.offset, e.length) for e in (first, second, third)] == [
        (5, 7, 0, 10),
        (7, 9, 10, 10),
        (11, 11, 20, 10),
    ]


def test_a_message_has_the_times_and_places_of_its_pdus():
    decoder, assembler = PduDecoder(), MessageAssembler()
    lead = p.encode(p.AssociateRJ(1, 1, 1))
    chunks = [lead, *(message_bytes("C-FIND-RSP", b"abcdef", 30)[i : i + 9] for i in range(0, 400, 9))]
    messages = [
        message
        for time, chunk in enumerate(filter(None, chunks), 10)
        for event in decoder.feed(chunk, time)
        for message in assembler.feed(event)
    ]
    (message,) = messages
    size = len(message_bytes("C-FIND-RSP", b"abcdef", 30))
    assert (message.offset, message.end) == (len(lead), len(lead) + size)
    assert (message.began, message.ended) == (11, 11 + (size - 1) // 9)
    assert (message.dataset_length, message.elided) == (6, 0)


def test_a_length_that_can_be_is_waited_for_and_a_longer_one_breaks():
    decoder = PduDecoder()
    assert list(decoder.feed(struct.pack(">BxI", 4, LONGEST_PDU), 0)) == []
    assert not decoder.broken
    decoder = PduDecoder()
    (event,) = decoder.feed(struct.pack(">BxI", 4, LONGEST_PDU + 1) + b"ab", 3)
    assert decoder.broken
    assert event.pdu == p.Unknown(4, b"ab")
    assert (event.name, event.offset, event.length, event.began, event.ended) == ("P-DATA-TF", 0, 8, 3, 3)
    assert [(problem.code, problem.offset) for problem in event.problems] == [("not-a-pdu", 0)]
    assert list(decoder.feed(RELEASE, 4)) == []
    assert list(decoder.gap(5, 4)) == []
    assert decoder.pending.endswith(RELEASE)


@pytest.mark.parametrize("kind", [0, 8, 0x47, 255])
def test_a_type_that_is_none_breaks_with_its_number(kind):
    decoder = PduDecoder()
    assert [event.name for event in decoder.feed(RELEASE, 0)] == ["A-RELEASE-RQ"]
    assert list(decoder.feed(bytes((kind,)), 1)) == []
    (event,) = decoder.feed(bytes(5), 2)
    assert (event.name, event.offset, event.began) == (f"PDU type {kind:02X}H", 10, 1)
    assert f"{kind:02X}H" in event.problems[0].text


def test_bytes_that_were_not_kept_belong_to_the_pdu_that_has_begun():
    pdv = struct.pack(">BxIIBB", 4, 6 + 100, 102, 1, 2)
    decoder = PduDecoder()
    assert list(decoder.feed(pdv + bytes(20), 0)) == []
    assert list(decoder.gap(79, 1)) == []
    (event,) = decoder.gap(1, 2)
    assert (event.length, event.offset, event.ended) == (112, 0, 2)
    (fragment,) = event.pdu.pdvs
    assert (fragment.data, fragment.elided) == (bytes(20), 80)
    assert event.problems == ()
    (after,) = decoder.feed(RELEASE, 3)
    assert (after.offset, after.began) == (112, 3)


def test_a_message_with_bytes_that_were_not_kept_counts_them():
    decoder, assembler = PduDecoder(), MessageAssembler()
    stream = p.encode(p.PData((p.PDV(1, True, True, command(dataset=True)),)))
    for event in decoder.feed(stream, 0):
        assert list(assembler.feed(event)) == []
    assert assembler.unfinished
    for last, gap in ((0, 10), (2, 30)):
        list(decoder.feed(struct.pack(">BxIIBB", 4, 8 + gap, 4 + gap, 1, last) + b"ab", 1))
        (event,) = decoder.gap(gap, 1)
        messages = list(assembler.feed(event))
    (message,) = messages
    assert (message.dataset, message.elided, message.dataset_length) == (b"abab", 40, 44)


def told(*pdvs: p.PDV) -> list[tuple[list[str], bytes | None]]:
    _, messages, _, _ = decode([p.encode(p.PData((pdv,))) for pdv in pdvs])
    return [([problem.code for problem in message.problems], message.dataset) for message in messages]


def test_what_is_wrong_in_the_order_of_fragments():
    with_set, without = command(dataset=True), command()
    assert told(p.PDV(1, True, True, without), p.PDV(1, False, True, b"ab")) == [([], None), (["stray-dataset"], b"ab")]
    assert told(p.PDV(1, True, True, with_set), p.PDV(3, False, True, b"ab")) == [(["context-changed"], b"ab")]
    again = [p.PDV(1, True, True, with_set), p.PDV(1, False, False, b"ab"), p.PDV(1, True, True, without)]
    assert told(*again) == [(["dataset-missing"], b"ab"), ([], None)]
    two_parts = [p.PDV(1, True, False, without[:10]), p.PDV(1, True, True, without[10:])]
    assert told(*two_parts) == [([], None)]
