"""Whether a target serves scanners right behind a request that a case describes, or a disturbance, and who tells it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import scanproof.checks.admitting
import scanproof.checks.answered
import scanproof.checks.negotiation
import scanproof.checks.served_after
import scanproof.checks.site
import scanproof.checks.unasked  # noqa: F401 - importing registers
from scansim.vocabulary.disturbances import FOLLOWS, Way
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p
from tests.support.building import VERIFICATION, Link, Story, observe

AFTER, PROPERLY, REACHABLE = "association.served-after", "association.answered-properly", "site.reachable"
DEVIATING, VALID = "association.deviating-request", "association.valid-request"
VERSION, WINDOW = "association.accepted-version", "association.async-window"
PASS, WARN, FAIL = "PASS", "WARN", "FAIL"
REFUSED = "Connection refused"

Next = Callable[[Story], object]


def served(story: Story, seconds: float = 0.0, **facts: object) -> Link:
    link = story.associate(VERIFICATION, service="verification", **facts)
    story.wait(seconds)
    link.ask("C-ECHO-RQ")
    link.answer()
    link.release()
    return link


def described(story: Story, **rq: object) -> Link:
    """An A-ASSOCIATE-RQ of a case, to which nothing has come yet."""
    return story.associate(VERIFICATION, service="verification", answered=False, edited=True, rq=rq)


def unreachable(story: Story, reason: str = REFUSED, **facts: object) -> None:
    recorder = story.writer.recorder(
        initiator="harness", service="verification", host="127.0.0.1", port=104, called_ae="TARGET", **facts
    )
    recorder.event(Happening.CONNECT_FAILED, reason=reason)
    recorder.close()


def silent(story: Story) -> None:
    link = story.associate(VERIFICATION, service="verification", answered=False)
    link.event(Happening.TIMEOUT, waiting="A-ASSOCIATE-AC", seconds=2)


def closed(story: Story) -> None:
    story.associate(VERIFICATION, service="verification", answered=False).event(Happening.CLOSED_BY_PEER)


def rejected(story: Story) -> None:
    story.associate(VERIFICATION, service="verification", answer=p.AssociateRJ(2, 3, 2))


def verdicts(check: str, story: Story) -> list[str]:
    return [each.verdict.value for each in observe(check, story.evidence())]


@pytest.mark.parametrize(
    ("following", "after", "others"),
    [
        ([served], [PASS], []),
        ([unreachable, unreachable], [FAIL], []),
        ([silent], [FAIL], []),
        ([closed, closed], [FAIL], []),
        ([unreachable, served], [PASS], []),  # in less than a second
        ([rejected], [], []),  # others may have its places
    ],
)
def test_what_follows_a_request_that_ended_the_target(
    tmp_path: Path, following: list[Next], after: list[str], others: list[str]
) -> None:
    story = Story(tmp_path)
    served(story)
    described(story, called_ae="").event(Happening.CLOSED_BY_PEER)
    for each in following:
        each(story)
    assert verdicts(AFTER, story) == after
    told_beside = [each for check in (PROPERLY, REACHABLE) for each in verdicts(check, story) if each != PASS]
    assert told_beside == others


def test_where_nobody_was_served_before_nothing_is_said(tmp_path: Path) -> None:
    story = Story(tmp_path)
    described(story, called_ae="").event(Happening.CLOSED_BY_PEER)
    unreachable(story)
    assert verdicts(AFTER, story) == []
    assert "INCONCLUSIVE" in verdicts(REACHABLE, story)


def test_a_target_that_is_always_slow_is_served_as_soon_as_before(tmp_path: Path) -> None:
    """Two seconds for an answer are its own pace, whatever came before; four where it took none before are not."""
    for pace, behind, says in ((2.0, 4.0, PASS), (0.0, 4.0, WARN)):
        story = Story(tmp_path)
        served(story, pace)
        described(story, protocol_version=2).pdu(p.AssociateRJ(1, 2, 2), sent=False)
        served(story, behind)
        assert verdicts(AFTER, story) == [says]


def test_what_comes_later_than_a_disturbance_is_one_entry_with_it(tmp_path: Path) -> None:
    story = Story(tmp_path)
    served(story)
    recorder = story.writer.recorder(
        initiator="harness",
        service="verification",
        host="127.0.0.1",
        port=104,
        called_ae="TARGET",
        disturbance=Way.CLOSE_AT_ONCE,
    )
    recorder.event(Happening.DISTURBANCE, way=Way.CLOSE_AT_ONCE)
    recorder.event(Happening.CLOSED_BY_US, how="close")
    recorder.close()
    unreachable(story, **{FOLLOWS: recorder.name})
    unreachable(story)
    seen = observe(AFTER, story.evidence())
    assert [each.verdict.value for each in seen] == [FAIL, FAIL]
    assert len({each.actual for each in seen}) == 1
    assert set(verdicts(REACHABLE, story)) == {PASS}


def test_an_unusual_request_is_told_with_what_it_has(tmp_path: Path) -> None:
    story = Story(tmp_path)
    user = p.UserInformation(0, "2.25.1", "TEST", async_window=(0, 0))
    described(story, user=user).event(Happening.CLOSED_BY_PEER)
    served(story)
    (found,) = [each for each in observe(PROPERLY, story.evidence()) if each.verdict.value == FAIL]
    assert "Maximum Length 0, an Asynchronous Operations Window of 0/0" in found.actual


@pytest.mark.parametrize(("asked", "answered", "says"), [(1, 1, PASS), (1, 3, PASS), (1, 2, FAIL), (1, 0, FAIL)])
def test_the_version_of_an_answer(tmp_path: Path, asked: int, answered: int, says: str) -> None:
    story = Story(tmp_path)
    story.associate(VERIFICATION, rq={"protocol_version": asked}, ac={"protocol_version": answered})
    assert verdicts(VERSION, story) == [says]


def test_of_the_version_of_an_answer_to_none_nothing_is_said(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.associate(VERIFICATION, rq={"protocol_version": 2}, ac={"protocol_version": 2})
    assert verdicts(VERSION, story) == []


def test_a_target_that_ends_a_moment_later_is_told_once(tmp_path: Path) -> None:
    """It serves right behind, and is not there when the next one comes; a network that is gone decides nothing."""
    for reason, says in ((REFUSED, [PASS, FAIL, FAIL]), ("No route to host", [PASS])):
        story = Story(tmp_path)
        served(story)
        described(story, called_ae="").event(Happening.CLOSED_BY_PEER)
        served(story)
        unreachable(story, reason)
        unreachable(story, reason)
        assert verdicts(AFTER, story) == says
        assert ("INCONCLUSIVE" in verdicts(REACHABLE, story)) is (len(says) == 1)


@pytest.mark.parametrize("kind", [0x53, 0x54])
def test_what_answers_a_sub_item_that_nobody_can_read_is_not_unasked(tmp_path: Path, kind: int) -> None:
    story = Story(tmp_path)
    roles = (p.RoleSelection(VERIFICATION, 1, 1),) if kind == 0x54 else ()
    answer = p.UserInformation(16384, "2.25.1", "TEST", async_window=(1, 1) if kind == 0x53 else None, roles=roles)
    asked = p.UserInformation(16384, "2.25.1", "TEST", other=((kind, b"\0\1"),))
    story.associate(VERIFICATION, rq={"user": asked}, ac={"user": answer})
    assert verdicts(WINDOW if kind == 0x53 else "association.role-selection", story) == []
