"""Who saw the worklist item when: a table, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scanproof.finding import Verdict
from scanproof.judge import judge
from scanproof.report.tables import courses
from scanproof.results import ScenarioResult
from scanproof.view import item_course
from tests.support import exam_messages as exam
from tests.support.building import Story

OTHER = {"ScheduledStationAETitle": "OTHER"}


def asked(story: Story, items: Sequence[Dataset], keys: Mapping[str, str] | None = None) -> None:
    identifier = exam.keys()
    for keyword, value in (keys or {}).items():
        exam.put(keyword, value)(identifier)
    exam.worklist(story, list(items), identifier=identifier)


def table(story: Story) -> list[tuple[str, ...]]:
    """The only table, its moments first; of a query only the station."""
    seen = item_course(story.evidence())
    result = ScenarioResult(id="unit", title="unit", verdict=Verdict.PASS, steps=[], findings=[], item_course=seen)
    found = courses(result)
    if not found:
        return []
    (course,) = found
    return [("", *course.moments), *((query.split(",")[0], *cells) for query, cells in course.rows)]


def test_every_moment_is_a_column_and_every_query_a_row(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger={**exam.ledger(), "station_ae": "CT1"})
    ours = exam.keys().ScheduledProcedureStepSequence[0].ScheduledStationAETitle
    steps = (
        lambda: exam.mpps(story, "N-CREATE-RQ", exam.performed()),
        lambda: exam.mpps(story, "N-SET-RQ", exam.modification("IN PROGRESS")),
        lambda: exam.mpps(story, "N-SET-RQ", exam.modification("COMPLETED")),
    )
    asked(story, [exam.item()])
    asked(story, [], OTHER)
    for step, there in zip(steps, (True, True, False), strict=True):
        step()
        asked(story, [exam.item()] if there else [])
    asked(story, [], OTHER)
    moments, first, second = table(story)
    assert moments == ("", "before N-CREATE", "after N-CREATE", "after IN PROGRESS", "after COMPLETED")
    assert first[1:] == ("in the list", "in the list", "in the list", "not in the list")
    assert ours in first[0] or first[0] == "station any"
    assert second == ("station OTHER", "not in the list", "", "", "not in the list")


def test_the_list_may_change_within_a_moment(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    asked(story, [exam.item()])
    exam.mpps(story, "N-CREATE-RQ", exam.performed())
    for items in ([exam.item()], [exam.item()], []):
        asked(story, items)
    assert table(story)[1][2] == "in the list, then not in the list"


def test_a_wild_card_that_brought_the_item_once_counts_when_it_does_not(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    wild = {"PatientName": "*"}
    asked(story, [exam.item()], wild)
    exam.mpps(story, "N-CREATE-RQ", exam.performed())
    asked(story, [], wild)
    assert table(story)[1][1:] == ("in the list", "not in the list")


def test_what_the_item_does_not_answer_to_is_no_row(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    asked(story, [exam.item()])
    exam.mpps(story, "N-CREATE-RQ", exam.performed())
    asked(story, [exam.item()])
    for keys in ({"Modality": "MR"}, {"PatientID": "OTHER"}, {"ScheduledProcedureStepStartDate": "20260103-"}):
        asked(story, [], keys)
    assert len(table(story)) == 2


def test_one_moment_is_no_course(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    asked(story, [exam.item()])
    asked(story, [])
    assert table(story) == []


@pytest.mark.parametrize("there", [True, False])
def test_no_check_makes_a_verdict_of_it(tmp_path: Path, there: bool) -> None:
    """clauses.md 13: an SCP may drop the item, or keep it, whatever it was told."""
    story = Story(tmp_path, ledger=exam.ledger())
    asked(story, [exam.item()])
    exam.mpps(story, "N-CREATE-RQ", exam.performed())
    asked(story, [exam.item()] if there else [])
    bad = [each.check for each in judge(story.evidence()).findings if each.verdict in (Verdict.FAIL, Verdict.WARN)]
    usual = Story(tmp_path, ledger=exam.ledger())
    asked(usual, [exam.item()])
    exam.mpps(usual, "N-CREATE-RQ", exam.performed())
    before = [each.check for each in judge(usual.evidence()).findings if each.verdict in (Verdict.FAIL, Verdict.WARN)]
    assert set(bad) <= set(before)
