"""Command sets and their fragments (PS3.7 6.3, Annex E; PS3.8 Annex E)."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_has_tag, dictionary_is_retired, dictionary_VR, keyword_for_tag
from pynetdicom.dimse_messages import _MESSAGE_TYPES

from scansim.wire import dimse as d

US = st.integers(0, 0xFFFF)
BY_VR = {
    "US": US,
    "UL": st.integers(0, 2**32 - 1),
    "AT": st.lists(st.integers(0, 2**32 - 1), max_size=3).map(tuple),
    "UI": st.from_regex(r"\A[1-9][0-9]{0,8}(\.[1-9][0-9]{0,8}){0,4}\Z"),
    "AE": st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=16),
    "LO": st.text(st.characters(categories=("L", "N")), max_size=64),
}
COMMAND = st.fixed_dictionaries(
    {},
    optional={
        keyword: BY_VR[vr] for keyword, vr in (d.ELEMENTS[tag] for tag in d.ELEMENTS) if keyword != "CommandGroupLength"
    },
)


def element(tag: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def whole(body: bytes) -> bytes:
    return element(0, struct.pack("<I", len(body))) + body


@settings(max_examples=60, deadline=None)
@given(COMMAND)
def test_a_command_set_decodes_to_what_was_encoded(values):
    command = d.decode_command(d.encode_command(values))
    assert command.problems == ()
    assert {keyword: value for keyword, value in command.values.items() if keyword != "CommandGroupLength"} == values


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_decode_to_some_command(data):
    command = d.decode_command(data)
    assert isinstance(command.name, str)
    assert command.is_response in (True, False)
    assert command.has_dataset in (True, False)


@settings(max_examples=60, deadline=None)
@given(COMMAND, st.data())
def test_a_changed_or_cut_command_set_never_raises(values, data):
    encoded = bytearray(d.encode_command(values))
    for _ in range(data.draw(st.integers(0, 4))):
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    command = d.decode_command(bytes(encoded[: data.draw(st.integers(0, len(encoded)))]))
    assert isinstance(command.status, int | None)
    assert isinstance(command.sop_class_uid, str | None)


def test_exact_bytes_of_an_echo():
    encoded = d.encode_command(
        {"CommandField": 0x0030, "MessageID": 7, "AffectedSOPClassUID": "1.2.840.10008.1.1", "CommandDataSetType": 257}
    )
    assert encoded == bytes.fromhex(
        "0000 0000 04000000 38000000"
        "0000 0200 12000000 312E322E3834302E31303030382E312E3100"
        "0000 0001 02000000 3000 0000 1001 02000000 0700 0000 0008 02000000 0101"
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (whole(element(0x100, b"\x30")), "value-length"),
        (whole(element(0x100, b"\x30")), "odd-length"),
        (whole(element(0x100, b"\x30\0\0\0")), "value-length"),
        (whole(element(0x901, b"\x30\0")), "value-length"),
        (whole(element(0x900, b"\0\0") + element(0x100, b"\x30\x80")), "order"),
        (whole(element(0x100, b"\x30\x80") * 2), "order"),
        (whole(element(0x00080018, b"1\0")), "not-group-0000"),
        (whole(element(0x900, b"\0\0", 0xFFFFFFFE)), "element-length"),
        (whole(b"\0\0\0"), "element-truncated"),
        (element(0x100, b"\x30\0"), "group-length"),
        (element(0, struct.pack("<I", 99)) + element(0x100, b"\x30\0"), "group-length"),
    ],
)
def test_what_is_wrong_gets_its_code(data, code):
    assert code in [problem.code for problem in d.decode_command(data).problems]


def test_an_unknown_element_is_kept_and_is_no_problem():
    command = d.decode_command(whole(element(0x5010, b"ab")))
    assert command.problems == ()
    assert command.values["(0000,5010)"] == "6162"


@pytest.mark.parametrize(
    ("code", "name", "response"),
    [(0x8001, "C-STORE-RSP", True), (0x0FFF, "C-CANCEL-RQ", False), (0x8765, "command 8765H", True)],
)
def test_names(code, name, response):
    command = d.Command({"CommandField": code})
    assert (command.name, command.is_response) == (name, response)


def test_a_command_without_field_has_a_name_and_no_data_set():
    assert d.Command({}).name == "command without Command Field"
    assert not d.Command({}).has_dataset
    assert d.Command({"CommandDataSetType": 0x0102}).has_dataset


def test_an_unknown_keyword_is_refused():
    with pytest.raises(KeyError):
        d.encode_command({"PatientName": "X"})


SIZES = st.sampled_from([0, 8, 9, 15, 16, 100, 101, 4096, 16384])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5), SIZES, st.booleans())
def test_fragments_keep_to_the_limit_are_even_and_hold_every_byte(parts, limit, is_command):
    total = b"".join(parts)
    out, lasts = b"", []
    for header, views in d.fragments(5, is_command, parts, limit):
        kind, pdu_length, pdv_length, context, control = struct.unpack(">BxIIBB", header)
        data = b"".join(views)
        assert (kind, context, control & 1) == (4, 5, is_command)
        assert pdu_length == pdv_length + 4 == len(data) + 6
        assert not limit or pdu_length <= limit
        assert len(data) % 2 == 0 or len(out) + len(data) == len(total)
        out += data
        lasts.append(bool(control & 2))
    assert out == total
    assert lasts[-1]
    assert not any(lasts[:-1])


def test_no_limit_means_large_pieces_and_not_negative_ones():
    sizes = [sum(len(view) for view in views) for _, views in d.fragments(1, False, [bytes(3 << 20)], 0)]
    assert sizes == [1 << 20] * 3


def test_fragments_are_views_and_not_copies():
    data = bytearray(b"abcd")
    ((_, views),) = list(d.fragments(1, False, [data], 16384))
    assert isinstance(views[0], memoryview)
    assert views[0].obj is data


@pytest.mark.parametrize("limit", [1, 6, 7])
def test_a_limit_without_room_is_refused(limit):
    with pytest.raises(ValueError, match="no room"):
        list(d.fragments(1, False, [b"abcd"], limit))


def test_elements_are_those_of_the_dictionary():
    current = [tag for tag in range(0x10000) if dictionary_has_tag(tag) and not dictionary_is_retired(tag)]
    assert {tag: (keyword_for_tag(tag), dictionary_VR(tag)) for tag in current} == d.ELEMENTS
    assert {keyword_for_tag(tag): tag for tag in d.ELEMENTS} == d.TAGS


def test_command_fields_are_those_that_pynetdicom_has():
    assert {field: name for field, (name, _) in _MESSAGE_TYPES.items()} == d.COMMAND_FIELDS
    assert {name: field for field, (name, _) in _MESSAGE_TYPES.items()} == d.FIELD_OF


@pytest.mark.parametrize(
    ("keyword", "value", "encoded"),
    [
        ("MessageID", 0x0102, b"\x10\1\2\0\0\0\2\1"),
        ("CommandGroupLength", 1, b""),  # made, not taken
        ("OffendingElement", 0x00100020, b"\1\x09\4\0\0\0\x10\0\x20\0"),
        ("OffendingElement", (0x00100020, 0x7FE00010), b"\1\x09\x08\0\0\0\x10\0\x20\0\xe0\x7f\x10\0"),
        ("ErrorComment", "odd", b"\2\x09\4\0\0\0odd "),
        ("ErrorComment", "é", b"\2\x09\2\0\0\0\xc3\xa9"),
        ("MoveDestination", "A", b"\0\6\2\0\0\0A "),
        ("AffectedSOPClassUID", "1.2", b"\2\0\4\0\0\0001.2\0"),
    ],
)
def test_exact_bytes_of_a_value(keyword, value, encoded):
    body = b"\0\0" + encoded if encoded else b""
    assert d.encode_command({keyword: value}) == whole(body)


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"", [("group-length", 0)]),
        (whole(b""), []),
        (whole(element(0x100, b"\x30\0") + element(0x900, b"")), [("value-length", 22)]),
        (whole(element(0x100, b"\x30\0\0")), [("odd-length", 12), ("value-length", 12)]),
        (whole(element(0x120, b"\0\0") + element(0x110, b"\0\0")), [("order", 22)]),
        (whole(element(0x110, b"\0\0") * 2), [("order", 22)]),
        (whole(element(0x00080018, b"1\0")), [("not-group-0000", 12)]),
        (whole(element(0x902, b"ab", 4)), [("element-length", 12)]),
        (whole(element(0x902, b"ab") + b"1234567"), [("element-truncated", 22)]),
        (whole(element(0x902, b"ab"))[:12] + element(0x902, b"abcd"), [("group-length", 0)]),
        (element(0, b"\0\0"), [("value-length", 0), ("group-length", 0)]),
    ],
)
def test_every_problem_is_told_once_with_its_place(data, problems):
    assert [(problem.code, problem.offset) for problem in d.decode_command(data).problems] == problems


@pytest.mark.parametrize(
    ("raw", "text"), [(b" A B \0", " A B"), (b"caf\xc3\xa9", "café"), (b"caf\xe9", "caf\ufffd"), (b"", "")]
)
def test_text_of_a_comment_is_utf_8_without_padding(raw, text):
    assert d.decode_command(whole(element(0x902, raw))).text("ErrorComment") == text.strip()


def test_text_of_a_uid_is_read_byte_for_byte():
    assert d.decode_command(whole(element(0x2, b"1.\xe9\0"))).text("AffectedSOPClassUID") == "1.é"


def test_a_number_is_no_text_and_a_text_no_number():
    command = d.decode_command(whole(element(0x2, b"1.2\0") + element(0x110, b"\7\0")))
    assert (command.text("MessageID"), command.number("MessageID")) == (None, 7)
    assert (command.text("AffectedSOPClassUID"), command.number("AffectedSOPClassUID")) == ("1.2", None)
    assert command.status is None


@pytest.mark.parametrize("kind", ["Class", "Instance"])
def test_the_affected_uid_comes_before_the_requested_one(kind):
    both = {f"AffectedSOP{kind}UID": "1.1", f"RequestedSOP{kind}UID": "1.2"}
    requested = {f"RequestedSOP{kind}UID": "1.2"}
    for values, wanted in ((both, "1.1"), (requested, "1.2"), ({}, None)):
        command = d.Command(values)
        assert (command.sop_class_uid, command.sop_instance_uid) == (
            (wanted, None) if kind == "Class" else (None, wanted)
        )


def test_without_data_there_is_one_empty_fragment():
    ((header, views),) = list(d.fragments(3, True, [b""], 16384))
    assert (header, views) == (struct.pack(">BxIIBB", 4, 6, 2, 3, 3), [])
