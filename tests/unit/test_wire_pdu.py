"""The PDU codec: exact bytes, round trips, and decoding that never raises (PS3.8 9.3)."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scansim.wire import parse
from scansim.wire import pdu as p

BYTE = st.integers(0, 255)
TITLE = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=16)
UID = st.from_regex(r"\A[1-9][0-9]{0,8}(\.[1-9][0-9]{0,8}){1,4}\Z")
ROLE = st.builds(p.RoleSelection, UID, st.integers(0, 1), st.integers(0, 1))
USER = st.builds(
    p.UserInformation,
    st.none() | st.integers(0, 2**32 - 1),
    st.none() | UID,
    st.none() | TITLE,
    st.lists(ROLE, max_size=3).map(tuple),
    st.none() | st.tuples(st.integers(0, 65535), st.integers(0, 65535)),
    st.lists(st.tuples(st.integers(0x56, 0x5F), st.binary(max_size=20)), max_size=2).map(tuple),
)


def associate(kind, context, few, user, name):
    """A-ASSOCIATE-RQ or -AC with `few` contexts or more."""
    contexts = st.lists(context, min_size=few, max_size=4).map(tuple)
    return st.builds(kind, TITLE, TITLE, contexts, user, name, st.integers(0, 65535))


def proposed(few):
    return st.builds(p.ProposedContext, BYTE, UID, st.lists(UID, min_size=few, max_size=3).map(tuple))


RQ = associate(p.AssociateRQ, proposed(0), 0, USER, st.none() | UID)
AC = associate(p.AssociateAC, st.builds(p.ContextResult, BYTE, BYTE, st.none() | UID), 0, USER, st.none() | UID)
#: Of what has to be there, nothing is missing, and nothing stands there twice.
LEGAL_USER = st.builds(
    p.UserInformation,
    st.integers(0, 2**32 - 1),
    UID,
    st.none() | TITLE,
    st.lists(ROLE, max_size=3, unique_by=lambda role: role.sop_class_uid).map(tuple),
    st.none() | st.tuples(st.integers(0, 65535), st.integers(0, 65535)),
    st.lists(
        st.tuples(st.just(0x56), UID.map(lambda uid: struct.pack(">H", len(uid)) + uid.encode() + b"\1")),
        max_size=2,
        unique=True,
    ).map(tuple),
)
LEGAL_RQ = associate(p.AssociateRQ, proposed(1), 1, LEGAL_USER, UID)
LEGAL_AC = associate(p.AssociateAC, st.builds(p.ContextResult, BYTE, BYTE, UID), 1, LEGAL_USER, UID)
PDV = st.builds(p.PDV, BYTE, st.booleans(), st.booleans(), st.binary(max_size=40))
OTHERS = st.one_of(
    st.builds(p.AssociateRJ, BYTE, BYTE, BYTE),
    st.builds(p.PData, st.lists(PDV, min_size=1, max_size=4).map(tuple)),
    st.just(p.ReleaseRQ()),
    st.just(p.ReleaseRP()),
    st.builds(p.Abort, BYTE, BYTE),
)
PDUS = st.one_of(RQ, AC, OTHERS)


def decode(data: bytes) -> tuple[p.PDU, tuple[p.Problem, ...]]:
    kind, length = struct.unpack_from(">BxI", data)
    assert length == len(data) - 6
    return parse.decode(kind, data[6:])


@settings(max_examples=60, deadline=None)
@given(st.one_of(LEGAL_RQ, LEGAL_AC, OTHERS))
def test_what_is_encoded_decodes_to_the_same_value_without_a_problem(pdu):
    assert decode(p.encode(pdu)) == (pdu, ())


@settings(max_examples=60, deadline=None)
@given(PDUS)
def test_what_breaks_the_rules_decodes_to_the_same_value_too(pdu):
    assert decode(p.encode(pdu))[0] == pdu


@settings(max_examples=60, deadline=None)
@given(BYTE, st.binary(max_size=200), st.integers(0, 300))
def test_any_body_decodes_to_some_pdu(kind, body, elided):
    pdu, problems = parse.decode(kind, body, elided)
    assert isinstance(pdu, p.PDU)
    assert all(0 <= problem.offset <= len(body) + elided for problem in problems)


@settings(max_examples=60, deadline=None)
@given(PDUS, st.data())
def test_a_valid_pdu_with_bytes_changed_cut_or_added_never_raises(pdu, data):
    body = bytearray(p.encode(pdu)[6:])
    for _ in range(data.draw(st.integers(1, 3))):
        if body:
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(BYTE)
    cut = data.draw(st.integers(0, len(body)))
    parse.decode(p.encode(pdu)[0], bytes(body[:cut]) + data.draw(st.binary(max_size=8)))


@settings(max_examples=60, deadline=None)
@given(AC, st.data())
def test_a_shortened_acceptance_is_told_of(pdu, data):
    body = p.encode(pdu)[6:]
    _, problems = parse.decode(p.ASSOCIATE_AC, body[: data.draw(st.integers(0, len(body) - 1))])
    assert problems


def test_exact_bytes_of_the_short_pdus():
    assert p.encode(p.ReleaseRQ()) == bytes.fromhex("0500 00000004 00000000")
    assert p.encode(p.ReleaseRP()) == bytes.fromhex("0600 00000004 00000000")
    assert p.encode(p.Abort(2, 6)) == bytes.fromhex("0700 00000004 00000206")
    assert p.encode(p.AssociateRJ(1, 1, 7)) == bytes.fromhex("0300 00000004 00010107")


def test_exact_bytes_of_a_pdata_with_command_and_last_bits():
    pdvs = (p.PDV(3, True, True, b"ab"), p.PDV(3, False, False, b"cdef"))
    assert p.encode(p.PData(pdvs)) == bytes.fromhex("0400 00000012 00000004 03 03 6162 00000006 03 00 63646566")


def test_associate_titles_are_padded_to_16_and_read_without_their_padding():
    rq = p.AssociateRQ("PACS", "CT", (p.ProposedContext(1, "1.2", ("1.3",)),))
    data = p.encode(rq)
    assert data[10:42] == b"PACS            CT              "
    assert decode(data)[0] == rq
    padded = data[:10] + b"  PACS\0\0\0\0\0\0\0\0\0\0" + data[26:]
    assert decode(padded)[0].called_ae == "PACS"


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        (p.ASSOCIATE_AC, bytes(67), "associate-truncated"),
        (p.ASSOCIATE_AC, bytes(68), "item-missing"),
        (p.ASSOCIATE_AC, bytes(68) + bytes.fromhex("5000 0000 77"), "item-header-truncated"),
        (p.ASSOCIATE_AC, bytes(68) + bytes.fromhex("5000 0009 51000004 00004000"), "item-length"),
        (p.ASSOCIATE_AC, bytes(68) + bytes.fromhex("5000 0006 51000002 4000"), "item-fields"),
        (p.ASSOCIATE_AC, bytes(68) + bytes.fromhex("5000 0008 54000004 0009 0101"), "item-fields"),
        (p.ASSOCIATE_AC, bytes(68) + bytes.fromhex("7700 0000 5000 0000"), "item-undefined"),
        (p.ASSOCIATE_RJ, bytes(3), "pdu-length"),
        (p.ABORT, bytes(5), "pdu-length"),
        (p.P_DATA_TF, b"", "pdata-empty"),
        (p.P_DATA_TF, bytes(5), "pdv-header-truncated"),
        (p.P_DATA_TF, bytes.fromhex("00000001 0103"), "pdv-length"),
        (p.P_DATA_TF, bytes.fromhex("00000009 0103 0000"), "pdv-length"),
        (p.P_DATA_TF, bytes.fromhex("00000004 0107 0000"), "pdv-header"),
        (0x2A, b"x", "pdu-type"),
    ],
)
def test_what_is_wrong_gets_its_code(kind, body, code):
    assert code in [problem.code for problem in parse.decode(kind, body)[1]]


def test_an_absent_item_is_reported_as_absent_and_never_as_a_default():
    user = parse.decode(p.ASSOCIATE_AC, bytes(68) + bytes.fromhex("50000000"))[0].user
    assert user == p.UserInformation(None, None, None, (), None, ())


def test_a_pdv_length_of_gigabytes_takes_only_what_is_there():
    pdu, problems = parse.decode(p.P_DATA_TF, bytes.fromhex("FFFFFFFF 0102 4142"))
    assert pdu == p.PData((p.PDV(1, False, True, b"AB"),))
    assert [problem.code for problem in problems] == ["pdv-length"]


def test_elided_bytes_count_and_cannot_be_encoded():
    pdu, problems = parse.decode(p.P_DATA_TF, bytes.fromhex("0000000A 0102 4142"), 6)
    assert not problems
    assert pdu.pdvs[0].length == 8
    with pytest.raises(ValueError, match="not kept"):
        p.encode(pdu)


def test_exact_bytes_of_a_request():
    user = p.UserInformation(16384, "1.2.3", "VERSION", (p.RoleSelection("1.9", 0, 1),), (3, 4), ((0x56, b"ab"),))
    rq = p.AssociateRQ("PACS", "CT", (p.ProposedContext(1, "1.2", ("1.4", "1.5")),), user, "1.7", 1)
    body = (
        "0001 0000 50414353202020202020202020202020 43542020202020202020202020202020"
        + "00" * 32
        + "1000 0003 312E37"
        + "2000 0019 01000000 3000 0003 312E32 4000 0003 312E34 4000 0003 312E35"
        + "5000 0035 5100 0004 00004000 5200 0005 312E322E33 5300 0004 0003 0004 5400 0007 0003 312E39 00 01"
        + "5500 0007 56455253494F4E 5600 0002 6162"
    )
    data = bytes.fromhex(body)
    assert p.encode(rq) == struct.pack(">BxI", 1, len(data)) + data


def test_exact_bytes_of_an_acceptance():
    contexts = (p.ContextResult(1, 0, "1.4"), p.ContextResult(3, 4, None))
    ac = p.AssociateAC("PACS", "CT", contexts, p.UserInformation(0, None), None, 1)
    body = (
        "0001 0000 50414353202020202020202020202020 43542020202020202020202020202020"
        + "00" * 32
        + "2100 000B 01000000 4000 0003 312E34"
        + "2100 0004 03000400"
        + "5000 0008 5100 0004 00000000"
    )
    data = bytes.fromhex(body)
    assert p.encode(ac) == struct.pack(">BxI", 2, len(data)) + data


@pytest.mark.parametrize("title", ["A" * 17, "A" * 16])
def test_a_title_has_16_bytes(title):
    assert p.encode(p.AssociateRQ(title, title, ()))[10:42] == b"A" * 32


def test_what_is_no_ascii_does_not_stop_a_request():
    rq = p.AssociateRQ("PÄCS", "CÜ", (p.ProposedContext(1, "1.Ä", ()),), p.UserInformation(1, "1.Ö", "Ü"), "1.ß")
    data = p.encode(rq)
    assert (data[10:14], data[26:28]) == (b"P?CS", b"C?")
    assert data.count(b"1.?") == 3


HEAD = bytes.fromhex("0001 0000") + bytes(64)


@pytest.mark.parametrize(
    ("kind", "body", "problems"),
    [
        (p.ASSOCIATE_RQ, HEAD[:67], [("associate-truncated", 0)]),
        (p.ASSOCIATE_RJ, bytes(4), []),
        (p.ASSOCIATE_RJ, bytes(5), [("pdu-length", 0)]),
        (p.RELEASE_RQ, bytes(3), [("pdu-length", 0)]),
        (p.P_DATA_TF, bytes.fromhex("00000002 0103"), []),
        (p.P_DATA_TF, bytes.fromhex("00000001 0103"), [("pdv-length", 0)]),
        (p.P_DATA_TF, bytes.fromhex("00000002 0103 00000002 01"), [("pdv-header-truncated", 6)]),
        (p.P_DATA_TF, bytes.fromhex("00000002 0103 00000001 0103"), [("pdv-length", 6)]),
        (p.P_DATA_TF, bytes.fromhex("00000002 0103 00000004 0103 00"), [("pdv-length", 6)]),
        (p.P_DATA_TF, bytes.fromhex("00000002 0103 00000002 0104"), [("pdv-header", 11)]),
        (p.P_DATA_TF, b"", [("pdata-empty", 0)]),
    ],
)
def test_every_problem_is_told_once_with_its_place(kind, body, problems):
    assert [(problem.code, problem.offset) for problem in parse.decode(kind, body)[1]] == problems


def test_the_fields_of_short_pdus_are_where_they_belong():
    assert parse.decode(p.ASSOCIATE_RJ, bytes((9, 1, 2, 3)))[0] == p.AssociateRJ(1, 2, 3)
    assert parse.decode(p.ABORT, bytes((9, 9, 2, 3)))[0] == p.Abort(2, 3)
    assert parse.decode(p.ASSOCIATE_RJ, b"\0\1")[0] == p.AssociateRJ(1, 0, 0)
    assert parse.decode(0x2A, b"x")[0] == p.Unknown(0x2A, b"x")


def test_a_context_without_abstract_syntax_has_none():
    body = HEAD + bytes.fromhex("2000 0004 07000000")
    assert parse.decode(p.ASSOCIATE_RQ, body)[0].contexts == (p.ProposedContext(7, "", ()),)


def test_what_is_missing_is_missing_at_the_end_of_what_it_is_missing_in():
    body = HEAD + bytes.fromhex("1000 0003 312E32 2000 000C 01000000 3000 0004 312E3200 5000 0008 5100 0004 00004000")
    problems = parse.decode(p.ASSOCIATE_RQ, body)[1]
    assert sorted((problem.item, problem.offset) for problem in problems) == [(0x40, 68 + 7 + 16), (0x52, len(body))]


@pytest.mark.parametrize(
    ("control", "command", "last"), [(0, False, False), (1, True, False), (2, False, True), (3, True, True)]
)
def test_the_bits_of_the_message_control_header(control, command, last):
    pdu, problems = parse.decode(p.P_DATA_TF, bytes.fromhex("00000004 05") + bytes((control,)) + b"ab")
    assert (pdu.pdvs, problems) == ((p.PDV(5, command, last, b"ab"),), ())
