"""Command sets that are wrong, and messages whose parts do not fit."""

from __future__ import annotations

import struct

from scansim.wire.stream import Message
from tests.hostile.correct import PENDING, worklist_item
from tests.hostile.peers import (
    Act,
    Line,
    answer,
    behaviour,
    command,
    elements_of_answer,
    pdata,
)

RECEIVED = "dimse.response-received"
ENCODING = "dimse.command-set-encoding"
BAD_PDU = "association.pdu-well-formed"
FIELD = "dimse.command-field"
STATUS = "dimse.status-legal"
REQUIRED = "dimse.required-elements"


def element(tag: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def answers_with(**changes: object) -> Act:
    def act(line: Line, request: Message) -> None:
        line.say(answer(request, **changes))  # type: ignore[arg-type]

    return act


# --- single elements --------------------------------------------------------------------------------------------------


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["dimse.message-id"])
def answers_another_message(line: Line, request: Message) -> None:
    line.say(answer(request, MessageIDBeingRespondedTo=0xFFFF))


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["dimse.message-id", REQUIRED])
def answers_no_message(line: Line, request: Message) -> None:
    line.say(answer(request, MessageIDBeingRespondedTo=None))


@behaviour("C-ECHO-RQ", "echo", "FAIL", [REQUIRED], may=["verification.success", RECEIVED])
def answers_without_status(line: Line, request: Message) -> None:
    line.say(answer(request, None))


@behaviour("C-FIND-RQ", "worklist", "FAIL", [REQUIRED], may=["worklist.query-accepted", RECEIVED])
def ends_a_query_without_status(line: Line, request: Message) -> None:
    line.say(answer(request, None))


@behaviour("C-STORE-RQ", "store", "FAIL", [REQUIRED], may=["storage.accepted", RECEIVED])
def stores_without_status(line: Line, request: Message) -> None:
    line.say(answer(request, None))


def status_of(number: int) -> Act:
    def act(line: Line, request: Message) -> None:
        line.say(answer(request, number))

    return act


for _request, _run, _accepted in (
    ("C-ECHO-RQ", "echo", "verification.success"),
    ("C-FIND-RQ", "worklist", "worklist.query-accepted"),
    ("C-STORE-RQ", "store", "storage.accepted"),
    ("N-CREATE-RQ", "mpps", "mpps.create-accepted"),
    ("N-ACTION-RQ", "commit", "commitment.request-accepted"),
):
    behaviour(
        _request, _run, "FAIL", [STATUS], may=[_accepted], shared="status_of",
        name=f"status_of_all_bits_for_{_request[:-3].lower()}",
    )(status_of(0xFFFF))  # fmt: skip


@behaviour("C-STORE-RQ", "store", "FAIL", [STATUS], may=["storage.accepted"])
def cancels_an_image(line: Line, request: Message) -> None:
    line.say(answer(request, 0xFE00))


@behaviour("C-FIND-RQ", "worklist", "FAIL", ["worklist.no-unsolicited-cancel"], may=["worklist.query-accepted"])
def cancels_a_query_by_itself(line: Line, request: Message) -> None:
    line.say(answer(request, 0xFE00))


@behaviour("C-ECHO-RQ", "echo", "FAIL", [FIELD])
def answers_an_echo_as_a_store(line: Line, request: Message) -> None:
    line.say(answer(request, CommandField=0x8001))


@behaviour("C-STORE-RQ", "store", "FAIL", [FIELD])
def answers_a_store_as_a_find(line: Line, request: Message) -> None:
    line.say(answer(request, CommandField=0x8020))


@behaviour("C-ECHO-RQ", "echo", "FAIL", [FIELD])
def answers_by_a_field_that_is_none(line: Line, request: Message) -> None:
    line.say(answer(request, CommandField=0xFFFF))


@behaviour("C-ECHO-RQ", "echo", "FAIL", may=[FIELD, RECEIVED, REQUIRED, ENCODING], fails=[])
def answers_by_no_field(line: Line, request: Message) -> None:
    line.say(answer(request, CommandField=None))
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [RECEIVED])
def answers_by_the_request(line: Line, request: Message) -> None:
    line.say(answer(request, CommandField=0x0030, MessageID=1))
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["dimse.presentation-context"])
def answers_on_another_context(line: Line, request: Message) -> None:
    line.say(answer(request, context=99))


@behaviour("C-FIND-RQ", "worklist", "FAIL", ["dimse.presentation-context"], may=["dimse.dataset-well-formed"])
def answers_on_the_context_of_verification(line: Line, request: Message) -> None:
    line.say(answer(request, PENDING, worklist_item(line, request), context=3), answer(request, context=3))


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["dimse.presentation-context"])
def answers_on_context_zero(line: Line, request: Message) -> None:
    line.say(answer(request, context=0))


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["dimse.affected-sop-class"])
def answers_for_a_class_that_is_a_path(line: Line, request: Message) -> None:
    line.say(answer(request, AffectedSOPClassUID="../../../etc/passwd"))


@behaviour("C-STORE-RQ", "store", "FAIL", ["dimse.affected-sop-instance"])
def answers_for_an_instance_in_markup(line: Line, request: Message) -> None:
    line.say(answer(request, AffectedSOPInstanceUID="<script>alert(1)</script>"))


@behaviour("N-CREATE-RQ", "mpps", "FAIL", may=["dimse.affected-sop-instance", "mpps.create-uid"], fails=[])
def creates_a_step_of_another_name(line: Line, request: Message) -> None:
    line.say(answer(request, AffectedSOPInstanceUID="1.2.3.4.5"))


@behaviour("C-ECHO-RQ", "echo", "WARN")
def comments_at_length(line: Line, request: Message) -> None:
    line.say(answer(request, ErrorComment="x" * 12_000))


@behaviour("C-STORE-RQ", "store", "FAIL", ["storage.accepted"])
def comments_in_escapes_and_markup(line: Line, request: Message) -> None:
    line.say(answer(request, 0xA700, ErrorComment="\x1b[2J</td><script>alert('pwned')</script>\x1b]52;c;AAAA\x07"))


@behaviour("C-STORE-RQ", "store", "FAIL", ["storage.accepted"])
def comments_in_nothing_but_nul(line: Line, request: Message) -> None:
    line.say(answer(request, 0xC000, ErrorComment="\0\r\n\0\0‮\0"))


@behaviour("C-STORE-RQ", "store", "FAIL", may=["storage.accepted"], fails=["storage.accepted"])
def blames_elements_that_are_none(line: Line, request: Message) -> None:
    line.say(answer(request, 0xA900, OffendingElement=tuple(range(0x00081111, 0x00081111 + 3000))))


# --- data sets that are there or not ----------------------------------------------------------------------------------


@behaviour("C-ECHO-RQ", "echo", "FAIL", [RECEIVED], may=["dimse.data-set-type"])
def announces_a_data_set_that_never_comes(line: Line, request: Message) -> None:
    line.say(answer(request, CommandDataSetType=1))
    line.listen()


@behaviour("C-FIND-RQ", "worklist", "FAIL", ["dimse.data-set-type"], may=["worklist.pending-has-identifier"])
def announces_an_item_and_sends_the_end(line: Line, request: Message) -> None:
    line.say(answer(request, PENDING, CommandDataSetType=1), answer(request))


@behaviour(
    "C-ECHO-RQ",
    "echo",
    "FAIL",
    ["dimse.data-set-type"],
    may=["dimse.dataset-well-formed", "dimse.one-final-response", ENCODING, "dimse.presentation-context"],
)
def sends_a_data_set_that_nobody_announced(line: Line, request: Message) -> None:
    line.say(answer(request), pdata(request.context_id, False, b"\x10\0\x10\0\x04\0\0\0TEST"))


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["dimse.data-set-type"], may=[RECEIVED, "dimse.dataset-well-formed"])
def sends_a_data_set_without_a_command(line: Line, request: Message) -> None:
    line.say(pdata(request.context_id, False, bytes(200)))
    line.listen()


@behaviour("C-FIND-RQ", "worklist", "FAIL", ["worklist.final-no-identifier"])
def ends_with_an_item(line: Line, request: Message) -> None:
    line.say(answer(request, 0, worklist_item(line, request)))


@behaviour("C-STORE-RQ", "store", "FAIL", ["dimse.data-set-type"])
def answers_an_image_with_a_data_set(line: Line, request: Message) -> None:
    line.say(answer(request, 0, b"\x08\0\x18\0UI\x04\x001.2\0"))


# --- encodings --------------------------------------------------------------------------------------------------------


def in_bytes(line: Line, request: Message, body: bytes) -> None:
    line.say(pdata(request.context_id, True, body))


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ENCODING])
def lies_about_the_group(line: Line, request: Message) -> None:
    right = bytearray(command(elements_of_answer(request)))
    right[8:12] = struct.pack("<I", 0xFFFFFFFF)
    in_bytes(line, request, bytes(right))


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ENCODING])
def leaves_the_group_length_out(line: Line, request: Message) -> None:
    in_bytes(line, request, command(elements_of_answer(request))[12:])


@behaviour(
    "C-ECHO-RQ",
    "echo",
    "FAIL",
    [ENCODING],
    may=[FIELD, RECEIVED, REQUIRED, STATUS, "dimse.message-id", "verification.success"],
)
def answers_in_big_endian(line: Line, request: Message) -> None:
    body = b"".join(
        struct.pack(">HHIH", 0, tag, 2, value)
        for tag, value in ((0x100, 0x8030), (0x120, 1), (0x800, 0x101), (0x900, 0))
    )
    in_bytes(line, request, struct.pack(">HHII", 0, 0, 4, len(body)) + body)
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ENCODING])
def answers_in_another_order(line: Line, request: Message) -> None:
    body = element(0x900, b"\0\0") + element(0x800, b"\1\1") + element(0x120, b"\1\0") + element(0x100, b"\x30\x80")
    in_bytes(line, request, element(0, struct.pack("<I", len(body))) + body)


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ENCODING], may=[REQUIRED, RECEIVED, "verification.success"])
def answers_in_elements_beyond_the_end(line: Line, request: Message) -> None:
    body = (
        element(0x100, b"\x30\x80")
        + element(0x120, b"\1\0")
        + element(0x800, b"\1\1")
        + element(0x900, b"", 0xFFFFFFFF)
    )
    in_bytes(line, request, element(0, struct.pack("<I", len(body))) + body)
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ENCODING])
def answers_the_status_twice(line: Line, request: Message) -> None:
    body = (
        element(0x100, b"\x30\x80") + element(0x120, b"\1\0") + element(0x800, b"\1\1")
        + element(0x900, b"\0\0") + element(0x900, b"\0\0")
    )  # fmt: skip
    in_bytes(line, request, element(0, struct.pack("<I", len(body))) + body)


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ENCODING], may=[REQUIRED, RECEIVED, "verification.success", STATUS])
def answers_the_status_in_four_bytes(line: Line, request: Message) -> None:
    body = element(0x100, b"\x30\x80") + element(0x120, b"\1\0") + element(0x800, b"\1\1") + element(0x900, bytes(4))
    in_bytes(line, request, element(0, struct.pack("<I", len(body))) + body)
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ENCODING], may=[REQUIRED, RECEIVED, FIELD, "dimse.message-id"])
def answers_in_noise_for_a_command(line: Line, request: Message) -> None:
    in_bytes(line, request, bytes(range(256)) * 40)
    line.listen()


@behaviour(
    "C-ECHO-RQ",
    "echo",
    "FAIL",
    may=[ENCODING, REQUIRED, RECEIVED, FIELD, "association.pdv-not-empty", "dimse.message-id"],
    fails=["association.pdv-not-empty"],
)
def answers_by_an_empty_command(line: Line, request: Message) -> None:
    in_bytes(line, request, b"")
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ENCODING], heavy=True)
def answers_in_20000_elements(line: Line, request: Message) -> None:
    body = command(elements_of_answer(request))[12:] + element(0x1021, b"\0\0") * 20_000
    in_bytes(line, request, element(0, struct.pack("<I", len(body))) + body)
