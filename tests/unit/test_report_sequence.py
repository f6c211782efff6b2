from __future__ import annotations

from scanproof.finding import Verdict
from scanproof.report import sequence
from scanproof.report.sequence import Mark, Picture, draw
from scanproof.results import ScenarioResult
from tests.support import report_example


def picture(scenario: ScenarioResult, **marks: list[Mark]) -> Picture:
    drawn = draw(scenario, {name.replace("_", "."): mark for name, mark in marks.items()})
    assert drawn is not None
    return drawn


def spoken(drawn: Picture) -> list[str]:
    return [" ".join(row.lines) for row in drawn.rows]


def test_the_conversation_in_order_with_repetitions_folded() -> None:
    assert spoken(picture(report_example.routine())) == [
        "Step 1: verify",
        "Association a01 (verification)",
        "rejected by the target: permanent, service user, no reason given",
        "Step 2: query-worklist",
        "Association a02 (worklist)",
        "C-FIND-RQ",
        "C-FIND-RSP × 3 FF00H Pending",
        "C-FIND-RSP 0000H Success",
        "released by the harness",
        "Step 4: create-mpps",
        "Association a03 (mpps)",
        "N-CREATE-RQ",
        "N-CREATE-RSP 0000H Success",
        "released by the harness",
        "Step 6: store",
        "Association a04 (storage)",
        "C-STORE-RQ × 40",
        "C-STORE-RSP × 40 0000H Success",
        "160 more messages, not drawn",
        "released by the harness",
        "Step 7: set-mpps",
        "Association a05 (mpps)",
        "N-SET-RQ × 2",
        "N-SET-RSP × 2 0000H Success",
        "released by the harness",
        "Step 8: commit",
        "Association a06 (commitment)",
        "N-ACTION-RQ",
        "N-ACTION-RSP 0000H Success",
        "released by the harness",
        "Association a07 opened by the target (commitment)",
        "N-EVENT-REPORT-RQ",
        "N-EVENT-REPORT-RSP 0000H Success",
        "released by the target",
    ]


def test_a_marked_message_stands_alone_and_carries_its_findings() -> None:
    marks = [Mark(Verdict.WARN, 4, "w"), Mark(Verdict.FAIL, 9, "f")]
    drawn = picture(report_example.routine(), a02_r2=marks)
    rows = [row for row in drawn.rows if row.status.startswith("FF00H")]
    assert [(row.exchange, row.repeats, row.verdict, row.badge) for row in rows] == [
        ("a02.r1", 1, "", ""),
        ("a02.r2", 1, "fail", "FAIL 9, 4"),
        ("a02.r3", 1, "", ""),
    ]


def test_a_finding_whose_message_was_not_kept_marks_its_association() -> None:
    drawn = picture(report_example.routine(), a03_r77=[Mark(Verdict.FAIL, 1, "f")], a01=[Mark(Verdict.WARN, 2, "w")])
    assert {row.association: row.badge for row in drawn.rows if row.marks} == {"a01": "WARN 2", "a03": "FAIL 1"}


def test_a_target_that_calls_back_is_the_same_partner() -> None:
    drawn = picture(report_example.routine())
    assert [lane.title[-1] for lane in drawn.lanes] == ["ARCHIVE", "RIS_WORKLIST01"]
    back = next(row for row in drawn.rows if row.association == "a07")
    assert (back.lane, back.outgoing) == (0, False)


def test_a_connection_that_failed_belongs_to_the_partner_of_its_address() -> None:
    scenario = report_example.stopped()
    (first,) = scenario.associations
    failed = first.model_copy(
        update={"id": "a02", "called_ae": "", "calling_ae": "", "ended": "no connection: refused"}
    )
    drawn = picture(scenario.model_copy(update={"associations": [first, failed]}))
    assert len(drawn.lanes) == 1
    alone = picture(scenario.model_copy(update={"associations": [failed], "exchanges": []}))
    assert alone.lanes[0].title == ("storage", "target")


def test_not_released_is_broken() -> None:
    scenario = report_example.stopped()
    left = scenario.associations[0].model_copy(update={"ended": "not released"})
    drawn = picture(scenario.model_copy(update={"associations": [left]}))
    assert [row.broken for row in drawn.rows if row.kind == "end"] == [True]


def test_an_abort_is_broken_and_a_release_is_not() -> None:
    ends = [row.broken for row in picture(report_example.routine()).rows if row.kind == "end"]
    assert ends == [True, False, False, False, False, False, False]


def test_rows_go_down_and_stay_inside() -> None:
    drawn = picture(report_example.routine())
    heights = [row.y for row in drawn.rows]
    assert heights == sorted(set(heights))
    assert heights[-1] < drawn.height
    assert all(lane.x < drawn.badge_x for lane in drawn.lanes)


def test_a_long_conversation_keeps_what_findings_rest_on() -> None:
    scenario = report_example.routine()
    exchanges = [
        report_example.exchange("C-STORE-RSP", f"a04.r{number}", 2 + number / 1000, f"{number:04X}H")
        for number in range(1, 3001)
    ]
    scenario = scenario.model_copy(update={"exchanges": exchanges})
    drawn = picture(scenario, a04_r2900=[Mark(Verdict.FAIL, 1, "f")])
    assert len(drawn.rows) < sequence.MOST_ROWS + 20
    assert [row.exchange for row in drawn.rows if row.marks] == ["a04.r2900"]
    left_out = sum(row.repeats for row in drawn.rows if row.kind == "more")
    assert left_out + sum(row.kind == "message" for row in drawn.rows) == 3000


def test_a_message_of_an_association_that_nobody_described_is_drawn() -> None:
    scenario = report_example.stopped().model_copy(update={"associations": []})
    drawn = picture(scenario)
    assert "C-STORE-RQ" in spoken(drawn)
    assert [(lane.title, lane.address) for lane in drawn.lanes] == [(("target",), ())]


def test_no_association_no_picture() -> None:
    assert draw(report_example.stopped().model_copy(update={"associations": [], "exchanges": []}), {}) is None


def test_a_picture_has_as_many_rows_as_it_may() -> None:
    """90 with what has to be drawn; a line for what was left out comes on top."""
    scenario = report_example.routine()
    exchanges = [
        report_example.exchange("C-STORE-RSP", f"a04.r{number}", 2 + number / 1000, f"{number:04X}H")
        for number in range(1, 201)
    ]
    (association,) = [each for each in scenario.associations if each.id == "a04"]
    alone = scenario.model_copy(
        update={"associations": [association.model_copy(update={"messages": 200})], "exchanges": exchanges, "steps": []}
    )
    for marks in ({}, {"a04_r150": [Mark(Verdict.FAIL, 1, "f")]}):
        kinds = [row.kind for row in picture(alone, **marks).rows]
        assert kinds.count("message") == 88
        assert (kinds[0], kinds[-1]) == ("open", "end")


def test_associations_that_stood_at_the_same_time_are_drawn_in_the_order_of_time() -> None:
    scenario = report_example.routine()
    first, second = (each for each in scenario.associations if each.id in ("a05", "a06"))
    exchanges = [
        report_example.exchange("N-SET-RQ", "a05.s1", 4.0),
        report_example.exchange("N-SET-RSP", "a05.r1", 5.5),
        report_example.exchange("N-ACTION-RQ", "a06.s1", 5.0),
        report_example.exchange("N-ACTION-RSP", "a06.r1", 6.0),
    ]
    update = {"associations": [first, second], "exchanges": exchanges, "steps": []}
    rows = picture(scenario.model_copy(update=update)).rows
    assert [(row.association, row.label or row.kind) for row in rows if row.kind == "message"] == [
        ("a05", "N-SET-RQ"),
        ("a06", "N-ACTION-RQ"),
        ("a05", "N-SET-RSP"),
        ("a06", "N-ACTION-RSP"),
    ]


def test_repetitions_that_break_off_in_the_middle() -> None:
    scenario = report_example.routine()
    (association,) = (each for each in scenario.associations if each.id == "a04")
    messages = [("C-STORE-RQ", "s"), ("C-STORE-RSP", "r")] * 3
    for count, wanted in (
        (3, ["C-STORE-RQ", "C-STORE-RSP", "C-STORE-RQ"]),
        (5, ["C-STORE-RQ × 2", "C-STORE-RSP × 2", "C-STORE-RQ"]),
    ):
        exchanges = [
            report_example.exchange(name, f"a04.{way}{number}", 2 + number / 10)
            for number, (name, way) in enumerate(messages[:count])
        ]
        ended = association.model_copy(update={"ended": "", "messages": count})
        update = {"associations": [ended], "exchanges": exchanges, "steps": []}
        assert spoken(picture(scenario.model_copy(update=update)))[1:] == wanted
