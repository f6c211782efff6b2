"""Times of operations, from hand-made records whose clock is ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scanproof.evidence.times import Pattern
from scanproof.results import OperationTimes
from scanproof.timings import times_of
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command, fragments
from tests.support.building import COMMITMENT, CT_IMAGE, VERIFICATION, WORKLIST, Link, Story


def keys() -> Dataset:
    ds = Dataset()
    ds.PatientID = ""
    return ds


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def rows(story: Story) -> dict[str, OperationTimes]:
    return {each.operation: each for each in times_of([story.evidence()]).operations}


def echoes(story: Story, seconds: Sequence[float]) -> Link:
    link = story.associate(VERIFICATION, service="verification")
    for each in seconds:
        link.ask("C-ECHO-RQ")
        story.wait(each)
        link.answer()
    return link


def test_count_median_and_worst_with_its_place(story: Story) -> None:
    echoes(story, [0.1, 0.5, 0.2]).release()
    echo = rows(story)["C-ECHO"]
    assert (echo.count, echo.worst_at, echo.party) == (3, "unit/a01.r2", "TARGET@127.0.0.1:104")
    assert echo.median == pytest.approx(0.2, abs=0.02)
    assert echo.worst == pytest.approx(0.5, abs=0.02)


def test_a_query_is_measured_to_its_first_answer_and_to_its_end(story: Story) -> None:
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", keys())
    story.wait(0.1)
    link.answer(0xFF00, keys())
    story.wait(0.3)
    link.answer(0x0000)
    link.release()
    found = rows(story)
    assert found["C-FIND first answer"].median == pytest.approx(0.1, abs=0.02)
    assert found["C-FIND"].median == pytest.approx(0.4, abs=0.02)
    assert {each.service for each in found.values()} == {"worklist"}


def test_a_query_that_we_cancelled_says_nothing_of_its_end(story: Story) -> None:
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", keys())
    link.answer(0xFF00, keys())
    link.ask("C-CANCEL-RQ")
    story.wait(1)
    link.answer(0xFE00)
    link.release()
    assert set(rows(story)) == {"association", "C-FIND first answer"}


def test_what_was_not_answered_has_no_time(story: Story) -> None:
    link = story.associate(VERIFICATION, service="verification")
    link.ask("C-ECHO-RQ")
    story.wait(1)
    link.abort()
    assert set(rows(story)) == {"association"}


def test_a_rejected_association_was_not_opened(story: Story) -> None:
    story.associate(VERIFICATION, service="verification", answer=p.AssociateRJ(1, 1, 1)).recorder.close()
    assert rows(story) == {}


@pytest.mark.parametrize("before", [False, True])
def test_the_delay_of_a_commitment_runs_from_the_response(story: Story, before: bool) -> None:
    ds = Dataset()
    ds.TransactionUID, item = "1.2.3", Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT_IMAGE, "1.2.4"
    ds.ReferencedSOPSequence = [item]
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", ds)
    if not before:
        link.answer()
    story.wait(0.7)
    link.ask("N-EVENT-REPORT-RQ", ds, sent=False)
    link.answer(sent=True)
    if before:
        link.answer()
    link.release()
    waited = rows(story)["N-EVENT-REPORT"].median
    assert waited == 0 if before else waited == pytest.approx(0.7, abs=0.02)


def test_images_of_a_step_with_their_bytes(story: Story) -> None:
    for step in range(2):
        link = story.associate(CT_IMAGE, service="storage")
        for number in range(4):
            link.ask("C-STORE-RQ", keys(), elided=1_000_000, AffectedSOPInstanceUID=f"1.2.{step}{number}")
            story.wait(0.5)
            link.answer()
        link.release()
        story.step("store", "storage", associations=[link.recorder.name])
    first, second = times_of([story.evidence()]).storage
    assert (first.step, second.step, first.images) == (1, 2, 4)
    assert first.bytes == pytest.approx(4_000_000, abs=100)
    assert first.seconds == pytest.approx(2, abs=0.1)
    assert first.images_per_second == pytest.approx(2, abs=0.2)
    assert first.megabytes_per_second == pytest.approx(2, abs=0.2)


# --- the 40 ms pattern ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "seen"),
    [
        ([0.0405] * 10, True),
        ([0.0402, 0.0807, 0.121, 0.0411, 0.0815, 0.1603, 0.0409, 0.0808], True),  # sent in chunks
        ([0.003] * 5 + [0.041] * 5, True),
        ([0.0405] * 5, False),  # too few
        ([0.005 + 0.01 * each for each in range(40)], False),  # anything from 5 to 395 ms
        ([0.030, 0.034, 0.038, 0.042, 0.046, 0.050, 0.054, 0.058, 0.062], False),  # 40 ms and more, with a spread
        ([0.2] * 3 + [0.01] * 20, False),
        ([0.5] * 20, False),
        ([0.002] * 20, False),
    ],
)
def test_answers_that_look_like_delayed_acknowledgements(seconds: list[float], seen: bool) -> None:
    pattern = Pattern()
    for each in seconds:
        pattern.answered(each, min(each, 0.001))
    assert (pattern.seen, pattern.inside) == (seen, False)


@pytest.mark.parametrize(
    ("pauses", "seen"),
    [
        ([0.0404] * 5, True),
        ([0.0002] * 50 + [0.0404] * 6, True),
        ([0.0404] * 4, False),
        ([0.0405, 0.0441, 0.043, 0.0498, 0.0412, 0.0504], True),  # as measured on a busy machine
        ([0.0404] * 5 + [0.1, 0.2, 0.3, 0.07], False),  # a slow network pauses anywhere
    ],
)
def test_pauses_inside_messages(pauses: list[float], seen: bool) -> None:
    pattern = Pattern()
    for each in pauses:
        pattern.paused(each)
        pattern.answered(0.25 + each, 0.002)
    assert (pattern.seen, pattern.inside) == (seen, seen)


def test_a_long_way_to_the_target_is_no_pattern() -> None:
    pattern = Pattern()
    for _ in range(20):
        pattern.answered(0.0405, 0.0405)
        pattern.paused(0.0405)
    assert not pattern.seen


def in_two_parts(story: Story, link: Link, number: int, seconds: float) -> None:
    """A C-ECHO-RSP whose head comes before the rest."""
    response = {
        "AffectedSOPClassUID": VERIFICATION,
        "CommandField": FIELD_OF["C-ECHO-RQ"] | 0x8000,
        "MessageIDBeingRespondedTo": number,
        "CommandDataSetType": NO_DATASET,
        "Status": 0,
    }
    ((head, views),) = fragments(1, True, [encode_command(response)], 16384)
    link.raw(head, sent=False)
    story.wait(seconds)
    link.raw(b"".join(views), sent=False)


def test_the_report_names_the_pattern_and_what_to_do(story: Story) -> None:
    link = story.associate(VERIFICATION, service="verification")
    for number in range(1, 10):
        link.ask("C-ECHO-RQ")
        in_two_parts(story, link, number, 0.0405)
    link.release()
    times = times_of([story.evidence()])
    (echo,) = (each for each in times.operations if each.operation == "C-ECHO")
    assert echo.held_back
    (note,) = times.notes
    assert "TARGET@127.0.0.1:104 shows the 40 ms pattern (C-ECHO)" in note.text
    assert "9 answers came in parts about 40 ms apart" in note.text
    assert "TCP_NODELAY" in note.text
    assert "Nagle" in note.text
    assert "no time that the target needs" in note.text


def test_answers_that_come_whole_after_40_ms_only_look_like_it(story: Story) -> None:
    link = story.associate(VERIFICATION, service="verification")
    for _ in range(10):
        link.ask("C-ECHO-RQ")
        story.wait(0.0403)
        link.answer()
    link.release()
    (note,) = times_of([story.evidence()]).notes
    assert "TARGET@127.0.0.1:104 looks like the 40 ms pattern (C-ECHO): 10 of 11 answers" in note.text
    assert "if nothing changes, something else takes that long" in note.text


def test_a_target_that_takes_its_time_shows_no_pattern(story: Story) -> None:
    echoes(story, [0.02 + 0.003 * each for each in range(15)]).release()
    times = times_of([story.evidence()])
    assert times.notes == []
    assert not any(each.held_back for each in times.operations)


def test_the_judge_gives_the_same_times_again(story: Story) -> None:
    echoes(story, [0.1, 0.2]).release()
    assert times_of([story.evidence()]) == times_of([story.evidence()])
