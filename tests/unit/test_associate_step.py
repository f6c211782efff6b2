"""The verb associate: what its parameters make of an A-ASSOCIATE-RQ, byte by byte, and what is refused at load."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from pydantic import ValidationError

from scansim.exam.cases import exams
from scansim.exam.scenario_files import find_scenarios
from scansim.exam.selection import Selection, select
from scansim.network.association import Proposal, propose
from scansim.site import single_target
from scansim.steps.associate import Associate
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire import parse
from scansim.wire import pdu as p
from scansim.wire.encoding import TRANSFER_SYNTAXES


def body(**parameters: Any) -> bytes:
    made = Associate(**parameters).body("TARGET", "SCANNER")
    assert made is not None
    return made


def decoded(**parameters: Any) -> p.AssociateRQ:
    pdu, _ = parse.decode(p.ASSOCIATE_RQ, body(**parameters))
    assert isinstance(pdu, p.AssociateRQ)
    return pdu


def test_without_parameters_it_is_what_an_exam_sends() -> None:
    ours = propose("TARGET", "SCANNER", [Proposal(VERIFICATION, TRANSFER_SYNTAXES)])
    assert p.encode(p.Unknown(p.ASSOCIATE_RQ, body())) == p.encode(ours)
    assert not Associate().is_edited
    assert not Associate(then="abort", at="storage").is_edited


@pytest.mark.parametrize(
    ("called", "field"),
    [
        ("", b" " * 16),
        ("Sixteen bytes ..", b"Sixteen bytes .."),
        ("T\0", b"T\0" + b" " * 14),
        ("R\xd6", b"R\xd6" + b" " * 14),
        ({}, b"TARGET          "),
        ({"case": "lower"}, b"target          "),
        ({"before": 2}, b"  TARGET        "),
        ({"pad": "nul"}, b"TARGET" + bytes(10)),
        ({"text": "Other", "case": "upper", "before": 1}, b" OTHER          "),
    ],
)
def test_a_title_is_sixteen_bytes(called: Any, field: bytes) -> None:
    assert body(called=called)[4:20] == field
    assert Associate(calling=called).body("OTHER", "TARGET") == b"\0\1\0\0OTHER           " + field + body()[36:]


@pytest.mark.parametrize(
    ("own", "wanted"), [("SIXTEEN-LETTERS1", {"before": 1}), ("lower", {"case": "lower"}), ("A" * 16, {"pad": "nul"})]
)
def test_a_form_that_the_site_s_title_has_no_room_for_is_none(own: str, wanted: Any) -> None:
    assert Associate(called=wanted).body(own, "SCANNER") is None


def test_fixed_fields() -> None:
    assert body(protocol_version=0x8002)[:2] == b"\x80\x02"
    assert body(reserved="FF00FE")[36:68] == b"\xff\0\xfe" + bytes(29)


def test_contexts_are_as_they_are_written() -> None:
    contexts = [{"id": 2, "abstract": None, "transfer": []}, {"id": 2, "abstract": "1.2", "transfer": ["1..3", ""]}]
    made = decoded(contexts=contexts).contexts
    assert made == (p.ProposedContext(2, "", ()), p.ProposedContext(2, "1.2", ("1..3", "")))
    assert decoded(contexts=[]).contexts == ()


def test_repeated_contexts_have_the_odd_numbers_and_begin_anew_behind_the_last_one() -> None:
    assert [each.context_id for each in decoded(repeat=128).contexts] == [*range(1, 256, 2)]
    assert [each.context_id for each in decoded(repeat=129).contexts][-1] == 1
    two = [{"id": 1}, {"id": 3}]
    assert [each.context_id for each in decoded(contexts=two, repeat=2).contexts] == [1, 3, 5, 7]


def test_user_information() -> None:
    user = decoded(
        user={
            "max_length": 4294967295,
            "implementation_class": None,
            "version_name": "",
            "async_window": [0, 8],
            "roles": [{"scu": 0, "scp": 2}],
            "extended": [{"sop_class": "1.2", "information": "0102"}],
            "common_extended": [{"sop_class": "1.3", "service_class": "1.4", "related": ["1.5"]}],
            "identity": {"type": 2, "response": 1, "primary": "a", "secondary": "bc"},
            "add": [{"type": "FFH", "value": "00"}],
        }
    ).user
    assert user == p.UserInformation(
        max_length=4294967295,
        implementation_version="",
        roles=(p.RoleSelection(VERIFICATION, 0, 2),),
        async_window=(0, 8),
        other=(
            (0x56, b"\0\x031.2\1\2"),
            (0x57, b"\0\x031.3\0\x031.4\0\5\0\x031.5"),
            (0x58, b"\2\1\0\1a\0\2bc"),
            (0xFF, b"\0"),
        ),
    )


def test_what_is_left_out_and_the_order() -> None:
    def kinds(data: bytes) -> list[int]:
        found = []
        while data:
            found.append(data[0])
            data = data[4 + struct.unpack_from(">H", data, 2)[0] :]
        return found

    assert kinds(body(application_context=None)[68:]) == [0x20, 0x50]
    assert kinds(body(user=None)[68:]) == [0x10, 0x20]
    assert kinds(body(order=["50H"], add=[{"type": "60H"}])[68:]) == [0x50, 0x10, 0x20, 0x60]
    user = body(user={"order": ["55H", "52H"]}, application_context=None, contexts=[])[72:]
    assert kinds(user) == [0x55, 0x52, 0x51]


def test_an_item_may_state_another_length_and_bytes_may_stand_for_all_items() -> None:
    assert body(add=[{"type": "60H", "value": "AB", "length": 9}]).endswith(b"\x60\0\0\x09\xab")
    assert body(raw="01ff")[68:] == b"\1\xff"


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"called": "seventeen letters"}, "16"),
        ({"user": {"max_length": 7}, "then": "echo"}, "max_length of 7"),
        ({"means": "association.wrong-title"}, "no deviation 'association.wrong-title'"),
        ({"means": "mpps.set-after-final"}, "no deviation"),
        ({"add": [{"type": "5G"}]}, "two hexadecimal digits and an H"),
        ({"raw": "0"}, "hex"),
        ({"at": "verification"}, "at"),
        ({"reserved": "00" * 33}, "64"),
        ({"contexts": [{"id": 256}]}, "255"),
    ],
)
def test_a_mistake_is_told_before_anything_is_sent(parameters: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Associate(**parameters)


def test_what_a_live_system_is_asked() -> None:
    """Without leave nothing goes out that deviates."""
    site = single_target("PACS", "127.0.0.1", 104)
    run, others = select(exams(find_scenarios(["association-battery"])), Selection(), site, places_orders=True)
    described = [each for each in run if any(isinstance(step, Associate) for step in each.steps)]
    assert {each.label.partition("/")[2].partition("[")[0] for each in described} == {
        *("title-before", "more-versions", "reserved-bytes", "contexts", "full", "unknown-class", "max-length"),
        *(
            "version-name-left-out",
            "async-window",
            "role",
            "role-of-scp-alone",
            "extended",
            "later-items",
            "sub-items-in-any-order",
        ),
        *("role-of-scp-alone", "user-identity", "ends"),
    }
    assert len(others) > 40


@pytest.mark.parametrize(
    ("parameters", "odd"),
    [
        ({}, False),
        ({"called": "X"}, True),
        ({"called": "X", "means": "association.called-title"}, True),
        ({"user": {"async_window": [1, 1]}, "means": "valid"}, False),
        ({"user": {"identity": {}}, "means": "association.unknown-user"}, False),
        ({"contexts": [{"abstract": "1.2"}], "means": "association.unknown-classes"}, False),
        ({"user": {"max_length": 1}, "means": "association.no-room"}, True),
    ],
)
def test_what_is_edited_and_not_said_to_be_right_is_odd(parameters: Any, odd: bool) -> None:
    assert Associate(**parameters).odd is odd


def test_what_is_edited_has_the_target_to_itself() -> None:
    """Side by side nobody could say which request ended it."""
    assert Associate(protocol_version=3, means="valid").alone
    assert not Associate().alone
