"""What a peer sends by the ten thousand is told once with its number, and costs no more than it is long."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import pytest

import scansim.network.wire_file as wire_file
from scanproof.check import Observation
from scanproof.checks import all_checks
from scanproof.finding import Level, Verdict
from scanproof.gathered import LONGEST_TEXT, MOST_ALIKE, MOST_OF_CHECK, Groups
from scanproof.judge import judge
from scanproof.view import association_views, dataset_lines, exchange_views
from scansim.network.transcript import load_transcript
from scansim.vocabulary.uids import WORKLIST
from scansim.wire import dataset as wire_dataset
from scansim.wire import parse
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.dimse import decode_command
from scansim.wire.problems import MOST, Problems
from scansim.wire.stream import Passed, PduDecoder
from tests.support.building import Story

AC = p.encode(p.AssociateAC("A", "B", (p.ContextResult(1, 0, EXPLICIT_LITTLE),), p.UserInformation(16384, "2.25.1")))[
    6:
]


def item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(value)) + value


def pdata(*pdvs: bytes) -> bytes:
    body = b"".join(pdvs)
    return struct.pack(">BxI", 4, len(body)) + body


def pdv(data: bytes, control: int = 1) -> bytes:
    return struct.pack(">IBB", len(data) + 2, 1, control) + data


# --- problems ---------------------------------------------------------------------------------------------------------


def test_of_many_problems_of_a_code_the_first_are_told_and_how_many_more() -> None:
    problems = Problems()
    for at in range(100):
        problems.append(p.Problem("odd", at, f"number {at}"))
    problems.append(p.Problem("odd", 100, "a note", p.Grade.NOTE))
    told = problems.told()
    assert [each.offset for each in told[:MOST]] == [*range(MOST)]
    assert told[MOST].grade is p.Grade.NOTE
    assert told[MOST + 1 :] == (p.Problem("odd", MOST, f"{100 - MOST} more like the {MOST} before: odd"),)


def test_a_problem_of_another_item_is_always_told() -> None:
    problems = Problems()
    for at in range(100):
        problems.append(p.Problem("item-fields", at, "wrong", item=0x51))
    problems.append(p.Problem("item-fields", 100, "wrong", item=0x52))
    told = problems.told()
    assert told[MOST].item == 0x52
    assert (told[-1].item, told[-1].text) == (0x51, f"{100 - MOST} more like the {MOST} before: item-fields")


def test_an_acceptance_with_20000_unknown_and_20000_faulty_items() -> None:
    body = AC + item(0x90, b"abc") * 20_000 + item(0x53, b"ab") * 20_000
    _, problems = parse.decode(p.ASSOCIATE_AC, body)
    assert len(problems) < 4 * MOST
    assert any("more like the" in problem.text for problem in problems if problem.grade is p.Grade.FAULT)


def test_items_beyond_the_limit_are_not_read_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "MOST_ITEMS", 10)
    pdu, problems = parse.decode(p.ASSOCIATE_AC, AC + item(0x90, b"") * 20)
    assert isinstance(pdu, p.AssociateAC)
    assert [problem.grade for problem in problems if problem.code == "items-too-many"] == [p.Grade.NOTE]


def test_a_command_set_of_very_many_elements() -> None:
    command = decode_command(
        struct.pack("<HHI", 0x0011, 1, 1000) + bytes(1000) + struct.pack("<HHI", 0x0011, 1, 0) * 9000
    )
    assert len(command.values) == 1
    assert len(command.problems) < 4 * MOST
    many = decode_command(b"".join(struct.pack("<HHI", 0, 0x3000 + at, 0) for at in range(9000)))
    assert len(many.values) <= 101


# --- P-DATA-TFs -------------------------------------------------------------------------------------------------------


def passed(data: bytes) -> tuple[tuple[str, int], ...]:
    decoder, found = PduDecoder(), Passed()
    for event in decoder.feed(data, 0):
        found.add(event)
    return tuple((event.name, event.times) for event in found.events())


def test_p_data_tfs_that_are_alike_are_one_between_two_other_pdus() -> None:
    release = p.encode(p.ReleaseRQ())
    data = (pdata(pdv(b"ab")) + pdata(pdv(b"abcd"))) * 500 + release + pdata(pdv(b"ab")) * 3
    assert passed(data) == (("P-DATA-TF", 500), ("P-DATA-TF", 500), ("A-RELEASE-RQ", 1), ("P-DATA-TF", 3))


def test_an_event_of_several_tells_where_the_last_one_began_and_ended() -> None:
    decoder, found = PduDecoder(), Passed()
    for time in (10, 20, 30):
        for event in decoder.feed(pdata(pdv(b"ab")), time):
            found.add(event)
    (event,) = found.events()
    size = len(pdata(pdv(b"ab")))
    assert (event.offset, event.began, event.last_offset, event.ended, event.times) == (0, 10, 2 * size, 30, 3)
    assert isinstance(event.pdu, p.PData)
    assert [(each.data, each.length, each.times) for each in event.pdu.pdvs] == [(b"", 2, 1)]


def test_problems_of_p_data_tfs_that_are_alike_are_kept_once() -> None:
    assert passed(pdata(pdv(b"ab", 0x81)) * 100 + pdata(pdv(b"ab")) * 100) == (("P-DATA-TF", 100),) * 2


def test_a_p_data_tf_of_very_many_fragments_is_walked_again_each_time() -> None:
    number = parse.MOST_PDVS + 100
    pdu, problems = parse.decode(p.P_DATA_TF, pdv(b"") * number + pdv(b"ab", 2))
    assert isinstance(pdu, p.PData)
    assert (len(pdu.pdvs), sum(1 for _ in pdu.pdvs), problems) == (number + 1, number + 1, ())
    assert (pdu.pdvs[-1].data, len(pdu.pdvs[-2:]), pdu.pdvs[0].data) == (b"ab", 2, b"")
    assert passed(pdata(pdv(b"") * number)) == (("P-DATA-TF", 1),)


def test_fragments_count_as_often_as_they_came(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST)
    link.raw(pdata(pdv(b"", 0), pdv(b"", 0), pdv(b"abc", 0)) * 7, sent=False)
    found = {each.check: each for each in judge(story.evidence()).findings}
    assert (found["association.pdv-not-empty"].count, found["association.pdv-even"].count) == (14, 7)


# --- data sets --------------------------------------------------------------------------------------------------------


def element(tag: int, vr: bytes, value: bytes = b"") -> bytes:
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def sequence(tag: int, items: bytes) -> bytes:
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, b"SQ", 0, len(items)) + items


def test_elements_beyond_the_limit_are_not_read_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_dataset, "MOST_ELEMENTS", 1000)
    flat = b"".join(element(0x00110000 + at, b"LO") for at in range(5000))
    inner = element(0x00400001, b"AE", b"AB")
    items = sequence(0x00400100, (struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner) * 5000)
    for data in (flat, items):
        found = wire_dataset.read(data, EXPLICIT_LITTLE)
        assert [(each.code, each.grade) for each in found.problems] == [("too-many", p.Grade.NOTE)]
        assert sum(1 for _ in found.walk()) <= 1000


def test_deep_nesting_ends(tmp_path: Path) -> None:
    begun = struct.pack("<HH2sHI", 0x0040, 0x0100, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    found = wire_dataset.read(begun * 10_000, EXPLICIT_LITTLE)
    assert {each.code for each in found.problems} >= {"too-deep"}
    assert len(list(dataset_lines(found))) < 300


def test_a_very_long_value_is_read_in_part() -> None:
    found = wire_dataset.read(
        struct.pack("<HH2sHI", 0x0010, 0x4000, b"UC", 0, 4_000_000) + b"\\" * 4_000_000, EXPLICIT_LITTLE
    )
    assert len(found.values("PatientComments")) <= wire_dataset.LONGEST_VALUE + 1
    (line,) = dataset_lines(found)
    assert len(line) < 300


def test_problems_of_a_data_set_are_told_up_to_a_number() -> None:
    found = wire_dataset.read(element(0x00100010, b"PN") * 1000, EXPLICIT_LITTLE)
    assert len(found.problems) == MOST + 1


# --- messages that stay in the file -----------------------------------------------------------------------------------


def test_data_sets_beyond_the_first_megabytes_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST)
    link.max_length = 64
    for number in range(5):
        link.ask("C-STORE-RQ", b"KEYS" * (10 + number), elided=100)
        link.answer(0, b"DATA" * (20 + number))
    whole = story.transcript()
    monkeypatch.setattr(wire_file, "_HELD", 100)
    filed = load_transcript(whole.folder)
    pairs = list(zip(whole.associations[0].exchanges, filed.associations[0].exchanges, strict=True))
    assert sum(there.place is not None for _, there in pairs) >= 6
    for here, there in pairs:
        assert (here.encoded, here.dataset) == (there.encoded, there.dataset)
        assert here.message.dataset_length == there.message.dataset_length
        assert (here.message.dataset is None) == (there.message.dataset is None)


# --- findings ---------------------------------------------------------------------------------------------------------


def gathered(*seen: Observation) -> Groups:
    groups = Groups(next(iter(all_checks().values())))
    for each in seen:
        groups.add(each, None)
    return groups


def test_findings_of_one_wording_are_told_up_to_a_number() -> None:
    seen = [Observation(Verdict.FAIL, f"value {number}", where="a01") for number in range(1000)]
    found = [each.finding for each in gathered(*seen).judged()]
    assert len(found) == MOST_ALIKE + 1
    assert sum(each.count for each in found) == 1000
    assert found[-1].actual == f"{1000 - MOST_ALIKE} more like these: value {MOST_ALIKE}"


def test_findings_of_one_check_are_told_up_to_a_number_and_each_level_by_itself() -> None:
    words = [chr(ord("a") + number // 26) + chr(ord("a") + number % 26) for number in range(600)]
    seen = [Observation(Verdict.WARN, word, level=level) for word in words for level in (Level.SHALL, Level.SHOULD)]
    found = [each.finding for each in gathered(*seen).judged()]
    assert Counter(each.level for each in found) == {Level.SHALL: MOST_OF_CHECK + 1, Level.SHOULD: MOST_OF_CHECK + 1}
    assert sum(each.count for each in found) == 1200


def test_what_is_seen_again_counts_for_the_finding_that_tells_it() -> None:
    seen = [Observation(Verdict.FAIL, f"value {number}") for number in range(1000)]
    found = [each.finding for each in gathered(*seen, *seen).judged()]
    assert found[0].count == 2
    assert sum(each.count for each in found) == 2000


def test_a_very_long_text_is_cut() -> None:
    (found,) = gathered(Observation(Verdict.FAIL, "x" * 10**6, expected="y" * 10**6, tag="z" * 10**6)).judged()
    assert all(len(text or "") < LONGEST_TEXT + 100 for text in (found.finding.actual, found.finding.expected))
    assert len(found.finding.tag or "") < LONGEST_TEXT + 100


def test_the_reports_of_a_flood_are_small(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", element(0x00100020, b"LO"))
    for number in range(1500):
        surplus = b"".join(element(0x00410000 + 97 * number % 60_000 + at, b"LO", b"\xff\x00") for at in range(4))
        link.answer(0xFF00, element(0x00100020, b"LO", b"%04d" % number) + surplus, MessageIDBeingRespondedTo=number)
    link.answer(0)
    evidence = story.evidence()
    findings = judge(evidence).findings
    assert max(Counter(each.check for each in findings).values()) <= 3 * (MOST_OF_CHECK + 1)
    views = exchange_views(evidence.transcript, {each.exchange or "" for each in findings})
    assert len(views) < 700
    assert views[-1].id == "a01.r1501"


# --- what happened beside the bytes -----------------------------------------------------------------------------------


def test_behind_what_was_not_kept_nothing_is_known(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", element(0x00100020, b"LO"))
    link.answer(0xFF00, element(0x00100020, b"LO", b"1 "))
    link.raw(pdata(pdv(b"half a command", 0)) + b"\x04\x00\x00", sent=False)
    link.event("not-kept", bytes=1000)
    link.raw(b"the rest of what nobody has the beginning of", sent=False)
    link.event("closed-by-peer")
    record = story.transcript().associations[0]
    assert (record.unparsed, record.unfinished) == (b"", False)
    assert [each.id for each in record.exchanges] == ["a01.s1", "a01.r1"]
    assert record.not_kept is not None
    (view,) = association_views(story.transcript())
    assert [text for text in view.problems if "not in the record" in text]
    found = {each.check: each for each in judge(story.evidence()).findings}
    assert found["dimse.response-received"].verdict is Verdict.INCONCLUSIVE


def test_an_operation_without_end_is_told_in_words(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", element(0x00100020, b"LO"))
    facts = {"waiting": "a final C-FIND-RSP", "bound": "operation", "seconds": 60.0, "messages": 7, "bytes": 900}
    link.event("overrun", **facts, limit=60.0)
    link.pdu(p.Abort(0, 0), sent=True)
    (view,) = association_views(story.transcript())
    told = "7 messages and 900 bytes in 60.0 s, and not a final C-FIND-RSP"
    assert view.ended == f"aborted by the harness: {told}"
    assert view.problems == [f"no end: {told}"]


def test_of_an_operation_without_end_the_first_answers_are_looked_at_and_the_end(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", element(0x00100020, b"LO"))
    for _ in range(700):
        link.answer(0xFF00, element(0x00100020, b"LO"))
    link.event("overrun", waiting="x", bound="answers", seconds=1.0, messages=700, bytes=9000, limit=600)
    link.ask("C-CANCEL-RQ")
    link.answer(0xFE00)
    exchanges = story.transcript().associations[0].exchanges
    assert [each.id for each in exchanges if each.sent] == ["a01.s1", "a01.s2"]
    assert [each.id for each in exchanges if not each.sent] == [f"a01.r{n}" for n in (*range(1, 501), 700, 701)]
    (find, _) = story.transcript().associations[0].operations
    assert find.final is not None
    assert find.final.id == "a01.r701"


def test_answers_to_requests_without_end_go_with_them(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", element(0x00100020, b"LO"))
    for _ in range(400):
        link.ask("C-ECHO-RQ", sent=False)
        link.answer(0, sent=True)
    link.event("overrun", waiting="x", bound="answers", seconds=1.0, messages=400, bytes=9000, limit=300)
    exchanges = story.transcript().associations[0].exchanges
    assert len([each for each in exchanges if not each.sent]) == 250
    assert len([each for each in exchanges if each.sent]) == 251


def test_a_flood_before_any_message(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.associate(WORKLIST, service="worklist").event("overrun", waiting="x", bound="bytes", seconds=1.0)
    assert story.transcript().associations[0].exchanges == ()
