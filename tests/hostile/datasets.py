"""Data sets that answer a worklist query: nested, endless, broken, or full of what does not belong there."""

from __future__ import annotations

import struct
import zlib

from pydicom.dataset import Dataset

from scansim.wire.stream import Message
from tests.hostile.correct import PENDING, item, worklist_item
from tests.hostile.peers import Act, Line, answer, behaviour

AT = "C-FIND-RQ"
BAD = "dimse.dataset-well-formed"
VALUES = "worklist.value-syntax"
CHARSET = "worklist.character-set"
TERMS = "worklist.character-set-terms"
#: What an item in which hardly anything can be read lacks.
LACKS = (
    "worklist.return-type1", "worklist.return-type2", "worklist.return-type1c", "worklist.sps-sequence",
    "worklist.matches-keys", "worklist.only-requested", "worklist.sps-not-flat", "worklist.order-returned",
)  # fmt: skip


def give(line: Line, request: Message, *items: bytes) -> None:
    """Answer the query with these items."""
    line.say(*(answer(request, PENDING, item) for item in items), answer(request))


def short(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return head + struct.pack("<H", len(value) if length is None else length) + value


def long(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    head = struct.pack("<HH2s2x", tag >> 16, tag & 0xFFFF, vr.encode())
    return head + struct.pack("<I", len(value) if length is None else length) + value


ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
ITEM_END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
STEP = 0x00400100


def nested(depth: int, *, closed: bool) -> bytes:
    opening = (long(STEP, "SQ", b"", 0xFFFFFFFF) + ITEM) * depth
    return opening + (ITEM_END + SEQUENCE_END) * depth * closed


# --- structure --------------------------------------------------------------------------------------------------------


@behaviour(AT, "item", "FAIL", may=[BAD, *LACKS], fails=[])
def nests_a_thousand_deep(line: Line, request: Message) -> None:
    give(line, request, worklist_item(line, request), nested(1000, closed=True))


@behaviour(AT, "item", "FAIL", may=[BAD, *LACKS], fails=[])
def nests_a_hundred_thousand_deep(line: Line, request: Message) -> None:
    give(line, request, nested(100_000, closed=True))


@behaviour(AT, "item", "FAIL", [BAD], may=LACKS)
def nests_and_never_ends(line: Line, request: Message) -> None:
    give(line, request, nested(3000, closed=False))


@behaviour(AT, "item", "FAIL", [BAD], may=LACKS)
def a_sequence_of_undefined_length_without_end(line: Line, request: Message) -> None:
    give(line, request, long(STEP, "SQ", ITEM, 0xFFFFFFFF))


@behaviour(AT, "item", "FAIL", [BAD], may=LACKS)
def text_of_undefined_length(line: Line, request: Message) -> None:
    give(line, request, worklist_item(line, request) + long(0x00400400, "LT", b"abcd", 0xFFFFFFFF))


@behaviour(AT, "item", "FAIL", [BAD], may=LACKS)
def an_element_longer_than_the_item(line: Line, request: Message) -> None:
    give(line, request, short(0x00100010, "PN", b"AB", 0xFFFE))


@behaviour(AT, "item", "FAIL", [BAD], may=[*LACKS, VALUES])
def an_element_of_odd_length(line: Line, request: Message) -> None:
    give(line, request, short(0x00080050, "SH", b"ABC") + short(0x00100010, "PN", b"ABC"))


@behaviour(AT, "item", "FAIL", [BAD], may=[*LACKS, VALUES])
def elements_in_falling_order(line: Line, request: Message) -> None:
    give(
        line, request, short(0x00100020, "LO", b"ID") + short(0x00100010, "PN", b"AB") + short(0x00080050, "SH", b"AB")
    )


@behaviour(AT, "item", "FAIL", [BAD], may=[*LACKS, VALUES])
def the_same_element_two_thousand_times(line: Line, request: Message) -> None:
    give(line, request, short(0x00100020, "LO", b"ID") * 2000)


@behaviour(AT, "item", "FAIL", [BAD], may=LACKS)
def an_item_that_stops_in_a_header(line: Line, request: Message) -> None:
    give(line, request, worklist_item(line, request)[:-4])


@behaviour(AT, "item", "FAIL", [BAD], may=LACKS)
def an_item_of_noise(line: Line, request: Message) -> None:
    give(line, request, bytes((index * 97) % 256 for index in range(3000)))


@behaviour(AT, "item", "FAIL", may=[BAD, *LACKS, VALUES], fails=[])
def an_item_in_implicit_vr(line: Line, request: Message) -> None:
    give(line, request, struct.pack("<HHI", 0x0010, 0x0010, 8) + b"DOE^JOHN")


@behaviour(AT, "item", "FAIL", may=[BAD, *LACKS, VALUES], fails=[])
def an_item_that_was_deflated(line: Line, request: Message) -> None:
    give(line, request, zlib.compress(bytes(1 << 20), 9)[2:-4] + b"\0")


@behaviour(AT, "item", "FAIL", may=[BAD, *LACKS, "dataset.no-command-groups", "dataset.worklist-response"], fails=[])
def an_item_with_a_file_in_front(line: Line, request: Message) -> None:
    give(line, request, bytes(128) + b"DICM" + worklist_item(line, request))


@behaviour(AT, "item", "FAIL", may=[BAD, VALUES, "dataset.worklist-response", *LACKS])
def text_under_a_vr_for_numbers(line: Line, request: Message) -> None:
    give(line, request, worklist_item(line, request).replace(b"\x10\0\x20\0LO", b"\x10\0\x20\0FD"))


@behaviour(AT, "item", "FAIL", may=[BAD, VALUES, *LACKS], fails=[])
def a_vr_that_is_none(line: Line, request: Message) -> None:
    give(line, request, worklist_item(line, request).replace(b"\x10\0\x10\0PN", b"\x10\0\x10\0zz"))


@behaviour(AT, "item", "FAIL", may=["dataset.worklist-response", "worklist.only-requested"], fails=[])
def private_elements_of_nobody(line: Line, request: Message) -> None:
    give(
        line,
        request,
        worklist_item(line, request) + short(0x00410010, "LO", b"") + short(0x00411001, "UN"[:2], b"ab")[:0],
    )


@behaviour(AT, "item", "FAIL", ["dataset.no-command-groups"], may=[BAD, "worklist.only-requested"])
def command_elements_in_an_item(line: Line, request: Message) -> None:
    give(line, request, short(0x00000100, "US", b"\x20\x80") + worklist_item(line, request))


@behaviour(AT, "item", "WARN", may=["worklist.only-requested", "dataset.worklist-response"])
def pixels_in_an_item(line: Line, request: Message) -> None:
    give(line, request, worklist_item(line, request) + long(0x7FE00010, "OW", bytes(100_000)))


@behaviour(AT, "item", "FAIL", may=["worklist.sps-sequence"], fails=["worklist.sps-sequence"])
def a_step_twice_in_one_item(line: Line, request: Message) -> None:
    give(
        line,
        request,
        worklist_item(line, request, ScheduledProcedureStepSequence=[item().ScheduledProcedureStepSequence[0]] * 2),
    )


@behaviour(AT, "item", "FAIL", ["worklist.sps-sequence"], may=LACKS)
def no_step_in_an_item(line: Line, request: Message) -> None:
    give(line, request, worklist_item(line, request, ScheduledProcedureStepSequence=[]))


@behaviour(AT, "item", "FAIL", may=["worklist.only-requested", *LACKS, VALUES, BAD], fails=[], heavy=True)
def ten_thousand_protocol_codes(line: Line, request: Message) -> None:
    step = Dataset()
    step.update(item().ScheduledProcedureStepSequence[0])
    step.ScheduledProtocolCodeSequence = [item().RequestedProcedureCodeSequence[0]] * 2
    whole = worklist_item(line, request, ScheduledProcedureStepSequence=[step])
    opening = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    code = whole[whole.index(b"\x08\0\0\x01SH") :]
    code = code[: code.index(b"\xfe\xff")]
    sequence = long(0x00400008, "SQ", b"".join([struct.pack("<HHI", 0xFFFE, 0xE000, len(code)) + code] * 10_000))
    inner = short(0x00080060, "CS", b"CT") + sequence + short(0x00400009, "SH", b"SPS1")
    outer = long(STEP, "SQ", opening + inner + ITEM_END + SEQUENCE_END, 0xFFFFFFFF)
    give(line, request, outer)


@behaviour(AT, "item", "INCONCLUSIVE")
def a_worklist_of_nothing(line: Line, request: Message) -> None:
    give(line, request)


@behaviour(AT, "item", "FAIL", may=LACKS, fails=["association.pdv-not-empty"])
def an_item_of_no_bytes(line: Line, request: Message) -> None:
    give(line, request, b"")


# --- values -----------------------------------------------------------------------------------------------------------


def named(**changes: object) -> Act:
    def act(line: Line, request: Message) -> None:
        give(line, request, worklist_item(line, request, **changes))

    return act


def patched(line: Line, request: Message, tag: int, vr: str, value: bytes) -> None:
    """The item with one value in bytes as they are, whatever its VR lets there be."""
    value += (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
    whole = worklist_item(line, request)
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    at = whole.index(head)
    (length,) = struct.unpack_from("<H", whole, at + 6)
    give(line, request, whole[:at] + short(tag, vr, value) + whole[at + 8 + length :])


@behaviour(AT, "item", "FAIL", [VALUES])
def a_name_of_60000_letters(line: Line, request: Message) -> None:
    patched(line, request, 0x00100010, "PN", b"N" * 60_000)


@behaviour(AT, "item", "FAIL", [CHARSET], may=[VALUES])
def a_name_in_terminal_escapes(line: Line, request: Message) -> None:
    patched(line, request, 0x00100010, "PN", b"\x1b[31m\x1b]0;owned\x07^TEST")


@behaviour(AT, "item", "PASS", may=[])
def a_name_in_markup(line: Line, request: Message) -> None:
    patched(line, request, 0x00100010, "PN", b"<script>alert(1)</script>^<b>\"'&")


@behaviour(AT, "item", "FAIL", may=["dataset.worklist-response", VALUES, CHARSET, "worklist.return-type1"])
def a_name_of_nul(line: Line, request: Message) -> None:
    patched(line, request, 0x00100010, "PN", bytes(16))


@behaviour(AT, "item", "FAIL", may=[VALUES, CHARSET], fails=[])
def a_name_in_bytes_of_no_character_set(line: Line, request: Message) -> None:
    patched(line, request, 0x00100010, "PN", b"\xff\xfe\xc0\xaf\xed\xa0\x80\x81^\x80\x9f")


@behaviour(AT, "item", "FAIL", [VALUES])
def a_study_uid_that_is_a_path(line: Line, request: Message) -> None:
    patched(line, request, 0x0020000D, "UI", b"../../../../../../tmp/hostile-uid\0")


@behaviour(AT, "item", "FAIL", [VALUES])
def a_study_uid_of_500_digits(line: Line, request: Message) -> None:
    patched(line, request, 0x0020000D, "UI", b"1." + b"9" * 498)


@behaviour(AT, "item", "FAIL", may=[VALUES, "worklist.return-type1", "dataset.worklist-response"], fails=[])
def study_uids_by_the_hundred(line: Line, request: Message) -> None:
    patched(line, request, 0x0020000D, "UI", b"\\".join([b"1.2.3"] * 300) + b"\0")


@behaviour(AT, "item", "FAIL", may=[VALUES, "worklist.return-type1"], fails=[])
def no_study_uid(line: Line, request: Message) -> None:
    patched(line, request, 0x0020000D, "UI", b"")


@behaviour(AT, "item", "FAIL", [VALUES])
def a_birth_date_of_no_calendar(line: Line, request: Message) -> None:
    patched(line, request, 0x00100030, "DA", b"99991399")


@behaviour(AT, "item", "FAIL", [VALUES])
def a_birth_date_in_sql(line: Line, request: Message) -> None:
    patched(line, request, 0x00100030, "DA", b"'; DROP TABLE patients;-- ")


@behaviour(AT, "item", "FAIL", may=[VALUES, "dataset.worklist-response"], fails=[VALUES])
def a_weight_that_is_no_number(line: Line, request: Message) -> None:
    patched(line, request, 0x00101030, "DS", b"NaN;Infinity;1e999")


@behaviour(AT, "item", "PASS")
def a_weight_beyond_all_numbers(line: Line, request: Message) -> None:
    patched(line, request, 0x00101030, "DS", b"1e999999")


@behaviour(AT, "item", "FAIL", may=["dataset.worklist-response", VALUES], fails=[])
def a_sex_of_emoji(line: Line, request: Message) -> None:
    patched(line, request, 0x00100040, "CS", "\N{PILE OF POO}".encode())


@behaviour(AT, "item", "FAIL", may=[VALUES], fails=[VALUES])
def a_patient_id_with_line_feeds(line: Line, request: Message) -> None:
    patched(line, request, 0x00100020, "LO", b"ID\r\nSet-Cookie: x=1\r\n")


@behaviour(AT, "item", "FAIL", may=[VALUES], fails=[VALUES])
def an_accession_of_40_letters(line: Line, request: Message) -> None:
    patched(line, request, 0x00080050, "SH", b"A" * 40)


def character_set(value: bytes) -> Act:
    def act(line: Line, request: Message) -> None:
        patched(line, request, 0x00080005, "CS", value)

    return act


for _case, _value, _fails in (
    ("unheard_of", b"ISO_IR 666", [TERMS]),
    ("a_path", b"../../etc/passwd", [TERMS]),
    ("empty_at_length", b"\\" * 500, []),
    ("one_alone_among_others", b"ISO_IR 192\\ISO 2022 IR 87", [TERMS]),
    ("a_python_codec", b"rot13 ", [TERMS]),
):
    behaviour(
        AT,
        "item",
        "FAIL" if _fails else "WARN|FAIL",
        _fails,
        may=[CHARSET, VALUES, TERMS],
        name=f"character_set_{_case}",
        shared="character_set",
    )(character_set(_value))


@behaviour(AT, "item", "FAIL", ["worklist.no-empty-character-set"])
def a_character_set_of_nothing(line: Line, request: Message) -> None:
    patched(line, request, 0x00080005, "CS", b"")


@behaviour(AT, "item", "FAIL", may=[VALUES, *LACKS], fails=["worklist.matches-keys"])
def a_station_of_another(line: Line, request: Message) -> None:
    step = Dataset()
    step.update(item().ScheduledProcedureStepSequence[0])
    step.ScheduledStationAETitle = "OTHERSCANNER"
    give(line, request, worklist_item(line, request, ScheduledProcedureStepSequence=[step]))


@behaviour(AT, "exam", "PASS")
def a_name_that_stays_in_markup_all_through_an_exam(line: Line, request: Message) -> None:
    patched(line, request, 0x00100010, "PN", b"<img src=x onerror=alert(1)>^A&amp;B ")


@behaviour(AT, "exam", "FAIL", [CHARSET], may=[VALUES, "worklist.matches-keys"])
def a_patient_id_of_escapes_all_through_an_exam(line: Line, request: Message) -> None:
    patched(line, request, 0x00100020, "LO", b"\x1b[2J\x1b[1;1HPASS\x07")
