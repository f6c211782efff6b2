"""What is left behind at the target, by the messages: what it took, and steps that were left IN PROGRESS."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scanproof.judge import judge
from scanproof.left_behind import created_uids, left_open
from tests.support.building import COMMITMENT, MPPS, Story

CT = "1.2.840.10008.5.1.4.1.1.2"
VERBS = ["create-mpps", "store", "set-mpps"]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path, verbs=VERBS)


def status(value: str) -> Dataset:
    ds = Dataset()
    ds.PerformedProcedureStepStatus = value
    return ds


def create(story: Story, answer: int | None = 0, uid: str = "1.2", **more: Any) -> None:
    """N-CREATE and its answer; None for none."""
    link = story.associate(MPPS, service="mpps")
    link.ask("N-CREATE-RQ", status("IN PROGRESS"), AffectedSOPInstanceUID=uid)
    if answer is not None:
        link.answer(answer, **more)
        link.release()


def end(story: Story, answer: int | None = 0, to: str = "COMPLETED", purpose: str = "", **more: Any) -> None:
    link = story.associate(MPPS, service="mpps", **({"purpose": purpose} if purpose else {}))
    link.ask("N-SET-RQ", status(to), RequestedSOPInstanceUID="1.2")
    if answer is not None:
        link.answer(answer, **more)
        link.release()


def steps(story: Story, *causes: str) -> None:
    for verb, cause in zip(VERBS, causes, strict=False):
        story.step(verb, "", "stopped" if cause else "done", f"{verb} went so", cause)


def told(story: Story) -> list[tuple[str, str, bool, str]]:
    return [(each.ae, each.why, each.ended, each.detail) for each in left_open(story.transcript())]


NOTHING = "nothing was tried, for the run broke off"


def test_a_step_that_was_ended_is_not_open(story: Story) -> None:
    create(story)
    end(story, to="IN PROGRESS")
    end(story)
    assert told(story) == []


def test_a_step_that_the_target_had_ended_is_not_open(story: Story) -> None:
    create(story)
    end(story, 0x0110, ErrorID=0xA710)
    assert told(story) == []


def test_a_step_that_the_target_gave_its_uid_is_ended_under_that(story: Story) -> None:
    create(story, uid="", AffectedSOPInstanceUID="1.2")
    end(story)
    assert told(story) == []


def test_a_step_that_was_refused_is_not_open(story: Story) -> None:
    create(story, 0x0110)
    assert told(story) == []


def test_a_step_of_which_nobody_knows(story: Story) -> None:
    create(story, None)
    assert told(story) == [("TARGET", "its N-CREATE was not answered: it may be there", False, NOTHING)]


@pytest.mark.parametrize(
    ("answer", "why"),
    [(0x0110, "the N-SET COMPLETED was answered 0110H"), (None, "the N-SET COMPLETED was not answered")],
)
def test_a_final_request_that_ended_nothing(answer: int | None, why: str, story: Story) -> None:
    create(story)
    end(story, answer)
    assert told(story) == [("TARGET", why, False, NOTHING)]


@pytest.mark.parametrize(
    ("causes", "why"),
    [
        (["", "interrupted"], "the run was interrupted in step 2, store"),
        ([""], "the run ended after step 1, create-mpps"),
        ([], "the run ended"),
        (["", "target", "unreachable"], "step 3, set-mpps: set-mpps went so"),
        (["", "", ""], "the scenario does not end it"),
    ],
)
def test_why_it_was_not_ended(causes: Sequence[str], why: str, story: Story) -> None:
    create(story)
    steps(story, *causes)
    assert told(story) == [("TARGET", why, False, NOTHING)]


@pytest.mark.parametrize("answer", [0x0000, 0x0110])
def test_what_was_put_in_order_afterwards_is_told_and_not_judged(answer: int, story: Story) -> None:
    create(story)
    steps(story, "", "interrupted")
    before = judge(story.evidence()).findings
    end(story, answer, "DISCONTINUED", purpose="end-open-step")
    outcome, cause = ("done", "") if answer == 0 else ("stopped", "target")
    story.step("end-open-step", "mpps", outcome, "1.2: N-SET DISCONTINUED was answered so", cause, ["a02"])
    why = "the run was interrupted in step 2, store"
    assert told(story) == [("TARGET", why, answer == 0, "N-SET DISCONTINUED was answered so")]
    evidence = story.evidence()
    assert judge(evidence).findings == before
    assert [step.verb for step in evidence.steps.begun] == ["create-mpps", "store"]
    assert len(evidence.associations) == 1


# --- what the target took ---------------------------------------------------------------------------------------------


def instance(uid: str, series: str, stored: int | None) -> dict[str, Any]:
    return {"sop_class_uid": CT, "sop_instance_uid": uid, "series_instance_uid": series, "stored": stored}


def committed(story: Story, uid: str, answer: int | None) -> None:
    ds = Dataset()
    ds.TransactionUID = uid
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", ds)
    if answer is not None:
        link.answer(answer)


def test_what_exists_at_the_target_now(tmp_path: Path) -> None:
    story = Story(
        tmp_path,
        ledger={
            "order": {"0020000D": {"vr": "UI", "Value": ["1.1"]}, "00080050": {"vr": "SH", "Value": ["A1"]}},
            "study_instance_uid": "1.1",
            "mpps_uid": "1.2",
            "transaction_uid": "1.31",
            "instances": [
                instance("1.5", "1.4", 0),
                instance("1.6", "1.4", 0xB000),
                instance("1.7", "1.8", 0xA700),
                instance("1.9", "1.8", None),
            ],
        },
    )
    create(story, 0x0000, AffectedSOPInstanceUID="1.22")  # the SCP gave it another UID, wrongly
    create(story, 0x0111)
    create(story, None, "1.23")
    committed(story, "1.30", 0x0000)
    committed(story, "1.31", 0x0110)
    committed(story, "1.32", None)
    assert [(entry.kind, entry.uid, entry.detail) for entry in created_uids(story.transcript())] == [
        ("Order", "1.1", "A1"),
        ("Modality Performed Procedure Step", "1.22", ""),
        ("Study", "1.1", ""),
        ("Series", "1.4", ""),  # a series of which nothing was taken is not there
        ("Instance", "1.5", "C-STORE 0000H"),
        ("Instance", "1.6", "C-STORE B000H"),
        ("Storage Commitment transaction", "1.30", ""),
    ]


def test_nothing_was_taken(story: Story) -> None:
    assert created_uids(story.transcript()) == []
