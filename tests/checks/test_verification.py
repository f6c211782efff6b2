"""The check of Verification against hand-made conversations."""

from __future__ import annotations

import pytest

from scanproof.checks import verification as module
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from tests.support.building import VERIFICATION, WORKLIST, Story, deviations, verdict

CHECK = "verification.success"


def echo(story: Story, status: int | None) -> None:
    link = story.associate(VERIFICATION, service="verification")
    link.ask("C-ECHO-RQ")
    link.answer(status)
    link.release()


def test_success_passes(tmp_path):
    story = Story(tmp_path)
    echo(story, 0)
    assert module.success is not None
    assert (deviations(CHECK, story.evidence()), verdict(CHECK, story.evidence())) == ([], Verdict.PASS)


@pytest.mark.parametrize("status", [0x0122, 0x0110, 0xA700, None])
def test_any_other_answer_fails(tmp_path, status):
    story = Story(tmp_path)
    echo(story, 0)
    echo(story, status)
    assert [seen for seen, _ in deviations(CHECK, story.evidence())] == ["FAIL"]


def test_a_target_that_offers_no_verification_breaks_nothing(tmp_path):
    story = Story(tmp_path)
    refused = {"contexts": (p.ContextResult(1, 0, "1.2.840.10008.1.2"), p.ContextResult(3, 3, "1.2.840.10008.1.2"))}
    story.associate(WORKLIST, VERIFICATION, ac=refused).release()
    assert verdict(CHECK, story.evidence()) is Verdict.NOT_APPLICABLE


def test_silence_is_told_by_the_check_of_responses(tmp_path):
    story = Story(tmp_path)
    link = story.associate(VERIFICATION)
    link.ask("C-ECHO-RQ")
    link.event("timeout", waiting="the response", seconds=1)
    assert verdict(CHECK, story.evidence()) is Verdict.NOT_APPLICABLE
    assert verdict("dimse.response-received", story.evidence()) is Verdict.FAIL
