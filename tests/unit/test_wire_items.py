"""Every kind of item in every place of an A-ASSOCIATE PDU: doubled, missing, misplaced, out of order (PS3.8 9.3)."""

from __future__ import annotations

import struct
from bisect import bisect
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scansim.wire import parse
from scansim.wire import pdu as p
from scansim.wire.pdu import Grade, Problem, encode_item

FAULT, NOTE = Grade.FAULT, Grade.NOTE
RQ, AC = p.ASSOCIATE_RQ, p.ASSOCIATE_AC
IMPLICIT, EXPLICIT = b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1"


def counted(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def context(head: str, *kinds: int) -> bytes:
    return bytes.fromhex(head) + b"".join(encode_item(kind, VALUES[kind]) for kind in kinds)


VALUES = {
    0x10: p.APPLICATION_CONTEXT.encode(),
    0x30: b"1.2.840.10008.1.1",
    0x40: IMPLICIT,
    0x51: struct.pack(">I", 16384),
    0x52: b"2.25.1",
    0x53: struct.pack(">HH", 1, 1),
    0x54: counted(b"1.2.3") + b"\1\0",
    0x55: b"VERSION",
    0x56: counted(b"1.2.3") + b"\1\1\1",
    0x57: counted(b"1.2.3") + counted(b"1.2.4") + counted(b""),
    0x58: b"\1\0" + counted(b"user") + counted(b""),
    0x59: counted(b""),
}
VALUES[0x20], VALUES[0x21] = context("03000000", 0x30, 0x40), context("03000000", 0x40)
VALUES[0x50] = encode_item(0x51, VALUES[0x51]) + encode_item(0x52, VALUES[0x52])
UNDEFINED = (0x05, 0x22, 0x5A, 0xFF)

#: What the standard lets stand where: once, once or more, at most once, at most once for each SOP Class.
ONE, SOME, OPTIONAL, PER_CLASS = "one", "some", "optional", "per class"
BOTH = {0x51: ONE, 0x52: ONE, 0x53: OPTIONAL, 0x54: PER_CLASS, 0x55: OPTIONAL, 0x56: PER_CLASS}
PLACES = {
    (RQ, "pdu"): {0x10: ONE, 0x20: SOME, 0x50: ONE},
    (AC, "pdu"): {0x10: ONE, 0x21: SOME, 0x50: ONE},
    (RQ, "context"): {0x30: ONE, 0x40: SOME},
    (AC, "context"): {0x40: ONE},
    (RQ, "user"): {**BOTH, 0x57: PER_CLASS, 0x58: OPTIONAL},
    (AC, "user"): {**BOTH, 0x59: OPTIONAL},
}
Place = tuple[int, str]


def needed(place: Place) -> list[int]:
    return sorted(kind for kind, often in PLACES[place].items() if often in (ONE, SOME))


def build(place: Place, kinds: Sequence[int | bytes], result: int = 0) -> bytes:
    """The body of a PDU that is as it should be but for the items of one place; bytes are whole items."""
    pdu_type, where = place
    raw = b"".join(kind if isinstance(kind, bytes) else encode_item(kind, VALUES[kind]) for kind in kinds)
    head = struct.pack(">H2x16s16s32x", 1, b"CALLED", b"CALLING")
    if where == "pdu":
        return head + raw
    mine = 0x20 if pdu_type == RQ else 0x21
    contexts = (
        encode_item(mine, bytes((1, 0, result, 0)) + raw) if where == "context" else encode_item(mine, VALUES[mine])
    )
    user = encode_item(0x50, raw if where == "user" else VALUES[0x50])
    return head + encode_item(0x10, VALUES[0x10]) + contexts + user


def problems(place: Place, kinds: Sequence[int | bytes], result: int = 0) -> tuple[Problem, ...]:
    body = build(place, kinds, result)
    found = parse.decode(place[0], body)[1]
    for problem in found:  # they point at the item that they are about
        if problem.code in ("item-unexpected", "item-undefined", "item-doubled", "item-order"):
            assert body[problem.offset] == problem.item
    return found


def codes(place: Place, kinds: Sequence[int | bytes], result: int = 0) -> list[tuple[str, int | None, Grade]]:
    return [(problem.code, problem.item, problem.grade) for problem in problems(place, kinds, result)]


def inserted(place: Place, *more: int) -> list[int]:
    kinds = needed(place)
    for kind in more:
        kinds.insert(bisect(kinds, kind), kind)
    return kinds


EVERYWHERE = [(place, kind) for place in PLACES for kind in (*VALUES, *UNDEFINED)]
VALUES |= dict.fromkeys(UNDEFINED, b"?")


def of_one_more(place: Place, kind: int) -> list[tuple[str, int | None, Grade]]:
    """What one more item of a kind brings about, by the table above."""
    if kind in UNDEFINED:
        return [("item-undefined", kind, NOTE)]
    often = PLACES[place].get(kind)
    if often is None:
        return [("item-unexpected", kind, FAULT)]
    return [("item-doubled", kind, FAULT)] if often == ONE else []


@pytest.mark.parametrize("place", PLACES)
def test_what_has_to_stand_there_is_enough(place):
    assert codes(place, needed(place)) == []


@pytest.mark.parametrize(("place", "kind"), EVERYWHERE)
def test_one_more_item_of_each_kind_in_each_place(place, kind):
    assert codes(place, inserted(place, kind)) == of_one_more(place, kind)


@pytest.mark.parametrize("place", PLACES)
def test_what_is_there_twice_too_often_is_told_once(place):
    for kind, often in PLACES[place].items():
        assert codes(place, inserted(place, kind, kind, kind)) == (
            [] if often == SOME else [("item-doubled", kind, FAULT)]
        )


@pytest.mark.parametrize("place", PLACES)
def test_what_is_missing(place):
    for kind in needed(place):
        without = [other for other in needed(place) if other != kind]
        assert codes(place, without) == [("item-missing", kind, FAULT)]


def test_what_is_optional_may_stand_together():
    for place, allowed in PLACES.items():
        assert codes(place, sorted(allowed)) == []


@pytest.mark.parametrize("kind", [0x54, 0x56, 0x57])
def test_sub_items_of_two_sop_classes_are_no_doubles(kind):
    other = encode_item(kind, VALUES[kind].replace(b"1.2.3", b"1.2.9"))
    assert codes((RQ, "user"), [0x51, 0x52, kind, other]) == []
    (problem,) = problems((RQ, "user"), [0x51, 0x52, kind, other, kind])
    assert (problem.code, problem.item) == ("item-doubled", kind)
    assert "for 1.2.3 stands 2 times" in problem.text


@pytest.mark.parametrize(("kind", "doubled"), [(0x51, True), (0x53, True), (0x54, False), (0x56, False)])
def test_of_broken_sub_items_it_cannot_be_said_whether_they_are_of_one_class(kind, doubled):
    others = [other for other in needed((RQ, "user")) if other != kind]
    broken = encode_item(kind, b"\0\x09")
    found = codes((RQ, "user"), [*others, broken, broken])
    assert found.count(("item-fields", kind, FAULT)) == 2
    assert (("item-doubled", kind, FAULT) in found) is doubled


@pytest.mark.parametrize(
    ("place", "kinds", "late"),
    [
        ((AC, "pdu"), (0x10, 0x50, 0x21), 0x21),
        ((AC, "pdu"), (0x10, 0x50, 0x21, 0x21, 0x21), 0x21),
        ((AC, "pdu"), (0x21, 0x10, 0x50), 0x10),
        ((AC, "pdu"), (0x50, 0x10, 0x21), 0x10),
        ((RQ, "pdu"), (0x10, 0x50, 0x20), 0x20),
        ((RQ, "pdu"), (0x20, 0x10, 0x20, 0x50), 0x10),
        ((RQ, "context"), (0x40, 0x30), 0x30),
        ((RQ, "context"), (0x40, 0x30, 0x40), 0x30),
    ],
)
def test_items_that_are_out_of_order_are_told_once(place, kinds, late):
    assert codes(place, kinds) == [("item-order", late, FAULT)]


def test_sub_items_of_the_user_information_stand_in_any_order():
    """PS3.8 9.3.2.3 and 9.3.3.3, notes."""
    for place in ((RQ, "user"), (AC, "user")):
        assert codes(place, sorted(PLACES[place], reverse=True)) == []


def test_results_stand_in_any_order_of_their_ids():
    """PS3.8 7.1.1.14: and which IDs there are is no matter of form."""
    items = [encode_item(0x21, bytes((number, 0, 0, 0)) + encode_item(0x40, IMPLICIT)) for number in (5, 1, 3, 3, 2)]
    assert codes((AC, "pdu"), [0x10, *items, 0x50]) == []


def test_an_item_that_is_no_item_of_the_place_is_out_of_no_order():
    assert codes((AC, "pdu"), [0xFF, 0x10, 0x21, 0x50]) == [("item-undefined", 0xFF, NOTE)]
    assert codes((AC, "pdu"), [0x10, 0x51, 0x21, 0x50]) == [("item-unexpected", 0x51, FAULT)]
    assert codes((AC, "pdu"), [0x10, 0x21, 0x50, 0x10]) == [("item-doubled", 0x10, FAULT)]


@pytest.mark.parametrize("result", [1, 2, 3, 4, 5, 255])
def test_whatever_stands_in_a_rejected_result_is_a_note(result):
    """PS3.8 9.3.3.2: not significant, and not to be tested."""
    place = (AC, "context")
    for kind in (*VALUES, *UNDEFINED):
        expected = of_one_more(place, kind)
        assert codes(place, inserted(place, kind), result) == [(code, item, NOTE) for code, item, _ in expected]
    assert codes(place, [], result) == [("item-missing", 0x40, NOTE)]
    for broken in (b"\x40", bytes.fromhex("4000 0009 312E"), b"\0\0\0\0\0\0\0"):
        found = codes(place, [broken], result)
        assert found
        assert {grade for _, _, grade in found} == {NOTE}


@pytest.mark.parametrize("kind", [0x20, 0x21, 0x51, 0x53, 0x54, 0x56, 0x57, 0x58, 0x59])
def test_fields_that_do_not_fill_their_item(kind):
    place = next(place for place, allowed in PLACES.items() if kind in allowed)
    short = {0x20: b"\1\0\0", 0x21: b"\1\0\0", 0x56: VALUES[kind][:3], 0x57: VALUES[kind][:-1]}
    for value in (b"", short.get(kind, VALUES[kind][:-1])):
        others = [other for other in needed(place) if other != kind]
        kinds = sorted([*others, kind])
        broken = [encode_item(kind, value) if other == kind else other for other in kinds]
        assert codes(place, broken) == [("item-fields", kind, FAULT)]
    if kind in (0x51, 0x53, 0x54, 0x58, 0x59):
        longer = [encode_item(kind, VALUES[kind] + b"\0") if other == kind else other for other in kinds]
        assert codes(place, longer) == [("item-fields", kind, FAULT)]


@pytest.mark.parametrize("place", PLACES)
def test_what_a_cut_has_taken_is_not_missing_as_well(place):
    whole = build(place, needed(place))
    for length in range(68, len(whole)):
        found = parse.decode(place[0], whole[:length])[1]
        truncated = [problem for problem in found if problem.code in ("item-length", "item-header-truncated")]
        if truncated:
            assert {problem.code for problem in found} <= {"item-length", "item-header-truncated"}
        else:
            assert {problem.code for problem in found} == {"item-missing"}


def test_of_what_stands_twice_the_first_counts():
    twice = [encode_item(0x40, EXPLICIT), encode_item(0x40, IMPLICIT)]
    ac = parse.decode(AC, build((AC, "context"), twice))[0]
    assert ac.contexts == (p.ContextResult(1, 0, EXPLICIT.decode()),)
    classes = [encode_item(0x30, uid) for uid in (b"1.2.1", b"1.2.2")]
    rq = parse.decode(RQ, build((RQ, "context"), [*classes, *twice]))[0]
    assert rq.contexts == (p.ProposedContext(1, "1.2.1", (EXPLICIT.decode(), IMPLICIT.decode())),)
    second = {0x51: b"\0\0\0\7", 0x52: b"2.25.2", 0x53: b"\0\2\0\2", 0x55: b"SECOND"}
    first = [0x51, 0x52, 0x53, 0x55]
    user = parse.decode(AC, build((AC, "user"), [*first, *(encode_item(*each) for each in second.items())]))[0].user
    assert user == p.UserInformation(16384, "2.25.1", "VERSION", (), (1, 1))
    names = [encode_item(0x10, uid) for uid in (b"1.2.1", b"1.2.2")]
    users = [encode_item(0x50, encode_item(0x52, uid)) for uid in (b"2.25.1", b"2.25.2")]
    ac = parse.decode(AC, build((AC, "pdu"), [*names, 0x21, *users]))[0]
    assert (ac.application_context, ac.user.implementation_class_uid) == ("1.2.1", "2.25.1")


def test_the_text_names_item_and_place():
    (problem,) = problems((AC, "context"), [0x30, 0x40])
    assert problem.text == "Abstract Syntax sub-item (30H) has no place in a Presentation Context result"
    (problem,) = problems((AC, "user"), [0x51, 0x51, 0x52])
    assert problem.text == (
        "Maximum Length sub-item (51H) stands 2 times in the User Information of an A-ASSOCIATE-AC; once is allowed"
    )
    (problem,) = problems((AC, "pdu"), [0x10, 0x50, 0x21])
    assert problem.text == (
        "Presentation Context item (21H) stands after User Information item (50H); the order is that of the types"
    )


KINDS = st.sampled_from(sorted(VALUES)) | st.integers(0, 255)
TREES = st.recursive(
    st.tuples(KINDS, st.binary(max_size=12)) | st.sampled_from([(kind, value) for kind, value in VALUES.items()]),
    lambda inner: st.tuples(
        KINDS,
        st.tuples(st.sampled_from([b"", b"\1\0\0\0", b"\1\0\3\0"]), st.lists(inner, max_size=4)).map(
            lambda each: each[0] + b"".join(encode_item(*item) for item in each[1])
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([RQ, AC]), st.lists(TREES, max_size=6), st.data())
def test_items_of_any_kind_in_any_place_never_raise(pdu_type, trees, data):
    body = bytes(68) + b"".join(encode_item(*item) for item in trees)
    cut = data.draw(st.integers(68, len(body)))
    for each in (body, body[:cut]):
        pdu, found = parse.decode(pdu_type, each)
        assert isinstance(pdu, p.AssociateRQ if pdu_type == RQ else p.AssociateAC)
        assert all(0 <= problem.offset <= len(each) for problem in found)
        assert list(found) == sorted(found, key=lambda problem: problem.offset)
        p.encode(pdu)
