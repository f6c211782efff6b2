"""What has one cause by what happened on the wire: endings alike, a target that is gone, an interrupted step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scanproof.causes import attributed
from scanproof.conclude import conclude
from scanproof.evidence import RunEvidence
from scanproof.finding import Finding, Level, Verdict
from scanproof.gathered import Judged
from scanproof.judge import judge, judge_run
from scansim.vocabulary.outcome import Cause, Happening, Outcome
from scansim.wire import pdu as p
from tests.support import exam_messages as exam
from tests.support.building import MPPS, VERIFICATION, WORKLIST, Link, Story

SOP_CLASSES = {"verification": VERIFICATION, "worklist": WORKLIST, "mpps": MPPS}
REQUESTS = {"verification": "C-ECHO-RQ", "worklist": "C-FIND-RQ", "mpps": "N-CREATE-RQ"}


def begun(story: Story, service: str) -> Link:
    link = story.associate(SOP_CLASSES[service], service=service)
    link.ask(REQUESTS[service], None if service == "verification" else b"")
    return link


def roots(story: Story, verdict: Verdict = Verdict.FAIL) -> list[Finding]:
    evidence = story.evidence()
    found = conclude([(evidence, judge(evidence))], judge_run(RunEvidence((evidence,))))
    return [each for each in found.of_scenario[evidence.label] if each.verdict is verdict and each.root is None]


def endings(story: Story) -> list[str]:
    return [each.group for each in roots(story) if each.check in ("association.no-abort", "dimse.response-received")]


@pytest.mark.parametrize(
    ("aborted", "entries"),
    [
        (("verification", "worklist", "mpps"), 1),  # whatever is asked
        (("worklist", "mpps"), 2),  # it can answer, so each is a fault of its own
        (("worklist",), 1),
    ],
)
def test_a_target_that_aborts_whatever_is_asked(tmp_path: Path, aborted: Sequence[str], entries: int) -> None:
    story = Story(tmp_path)
    for service in SOP_CLASSES:
        link = begun(story, service)
        if service in aborted:
            link.abort(source=2)
        else:
            link.answer(0x0000)
            link.release()
    assert len(endings(story)) == len(aborted)
    assert len(set(endings(story))) == entries


def test_a_target_that_never_answers(tmp_path: Path) -> None:
    story = Story(tmp_path)
    for service in SOP_CLASSES:
        begun(story, service).event(Happening.TIMEOUT, waiting="response", seconds=2)
    assert len(set(endings(story))) == 1


@pytest.mark.parametrize("back", [False, True])
def test_a_target_that_broke_off_and_is_gone(tmp_path: Path, back: bool) -> None:
    story = Story(tmp_path)
    begun(story, "worklist").event(Happening.CLOSED_BY_PEER)
    if back:
        link = begun(story, "mpps")
        link.answer(0x0000)
        link.release()
    gone = story.associate(VERIFICATION, service="verification", answered=False)
    gone.event(Happening.CONNECT_FAILED, reason="Connection refused")
    unreachable = [each.check for each in roots(story, Verdict.INCONCLUSIVE)]
    assert unreachable.count("site.reachable") == back  # what was well meanwhile is gone for a reason of its own


@pytest.mark.parametrize(("reason", "fault"), [("timed out", False), ("No route to host", False), ("refused", True)])
def test_what_the_network_cut_is_a_consequence_of_what_cannot_be_reached(
    tmp_path: Path, reason: str, fault: bool
) -> None:
    """Issue 9: the one root is that nobody could be reached; a host that refuses is there, and its program is gone."""
    story = Story(tmp_path)
    link = begun(story, "worklist")
    link.event(Happening.TIMEOUT, waiting="the response", seconds=2)
    link.pdu(p.ReleaseRQ(), sent=True)
    link.event(Happening.TIMEOUT, waiting="A-RELEASE-RP", seconds=2)
    gone = story.associate(VERIFICATION, service="verification", answered=False)
    gone.event(Happening.CONNECT_FAILED, reason=reason)
    failed = {each.check for each in roots(story)}
    assert failed == ({"dimse.response-received"} if fault else set())  # the release failed because nobody was there
    undecided = [each.check for each in roots(story, Verdict.INCONCLUSIVE) if each.check != "site.steps"]
    assert undecided == ["site.reachable"]


def test_an_interrupted_step_has_nobody_else_to_blame(tmp_path: Path) -> None:
    story = Story(tmp_path, verbs=["query-worklist", "verify"], services=["worklist"])
    begun(story, "worklist").abort(sent=True)
    cause, told = Cause.INTERRUPTED, "interrupted by the user"
    story.step("query-worklist", "worklist", Outcome.STOPPED, told, cause, ["a01"])
    assert [(each.check, each.party) for each in roots(story, Verdict.INCONCLUSIVE)] == [("site.steps", "scanproof")]
    assert roots(story) == []


def test_text_that_cannot_be_read_is_no_other_value_as_well(tmp_path: Path) -> None:
    """The bytes are of a character set that the answer does not declare: what they say is a consequence."""
    name = "Синтетик^Пётр"
    data = name.encode("iso8859_5") + b" "
    raw = RawDataElement(Tag("PatientName"), "PN", len(data), data, 0, False, True)

    def cyrillic(ds: Dataset) -> None:
        ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 144", name

    before = Story(tmp_path, orders=True)
    exam.store(before, None, cyrillic)
    exam.find(before, [exam.image_answer(uid) for uid in exam.INSTANCES], "IMAGE")
    before.transcript()
    before.writer.folder.rename(tmp_path / "stored")
    case = Story(tmp_path, orders=True)
    exam.find(case, [exam.study_answer(lambda ds: ds.update({raw.tag: raw}))], "STUDY")
    evidence = case.evidence()
    found = conclude([(evidence, judge(evidence))], judge_run(RunEvidence((evidence,)))).of_scenario[evidence.label]
    wrong = {each.check: each for each in found if each.verdict is Verdict.FAIL}
    assert wrong["query.values"].root == wrong["dataset.query-response"].group
    assert wrong["dataset.query-response"].root is None


@pytest.mark.parametrize(("claims", "entries"), [(("PACS.mpps.status.0210",) * 2, 1), (("PACS.a", "PACS.b"), 2)])
def test_a_claim_is_contradicted_once_however_it_was_seen(claims: Sequence[str], entries: int) -> None:
    found = [
        Finding(
            check="statement.mpps-status",
            verdict=Verdict.FAIL,
            level=Level.DECLARED,
            clause="PS3.2",
            title="statuses",
            expected="0210",
            actual=f"0111H to {asked}",
            scenario="mpps-battery",
            claim=claim,
        )
        for asked, claim in zip(("create-again", "create-again-changed"), claims, strict=True)
    ]
    assert len({each.finding.group for each in attributed([*map(Judged, found)], ())}) == entries
