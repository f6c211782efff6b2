"""`scanproof probe` on the embedded target: what it drafts, and what a wrong behaviour changes in it."""

from __future__ import annotations

import difflib
import os
import re
import signal
from datetime import date, datetime, time
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scanproof.declarations import Bound, Declarations
from scanproof.evidence import Evidence, RunEvidence
from scanproof.judge import judge, judge_run
from scanproof.probe import asking
from scanproof.probe.asking import Wanted
from scanproof.probe.drafting import drafted
from scanproof.probe.keys import value_at
from scanproof.probe.lines import Draft
from scanproof.probe.seen import Seen
from scanproof.probing import Probe
from scanproof.session import open_session
from scanproof.statements import read_statement
from scanproof.statements.writing import written
from scansim.identity.ids import Identity
from scansim.identity.orders import Procedure, order
from scansim.vocabulary.uids import uid_keyword
from scansim.wire import pdu as p
from tests.support.command_line import main
from tests.support.sample import sample

DAY = date(2026, 11, 29)
MODEL = "StudyRootQueryRetrieveInformationModel"
#: What is negotiated, so that a chapter is probed, and whether a study is stored.
CHAPTERS = {
    "association": (["Verification", "CTImageStorage", f"{MODEL}Find"], False),
    "worklist": (["Verification", "ModalityWorklistInformationModelFind"], False),
    "query": (["Verification", "CTImageStorage", f"{MODEL}Find"], True),
    "storage": (["Verification", "CTImageStorage", f"{MODEL}Get", f"{MODEL}Move"], True),
    "commitment": (["Verification", "CTImageStorage", "StorageCommitmentPushModel"], True),
}
_ALL = [
    {
        "sop_classes": sorted({name for names, _ in CHAPTERS.values() for name in names}),
        "transfer_syntaxes": ["ImplicitVRLittleEndian"],
    }
]
IDENTITY = Identity(5, DAY, "planted", "probe")
ORDERED = Procedure("CTABD", "99SCANPROOF", "CT abdomen", "CT abdomen", "CTABD-N", "CT abdomen native")
#: Planted defects, each with its chapter and what its line then says, and what it says else.
DEFECTS = [
    ("association", "association-other-application-context", "application_context_name"),
    ("association", "association-no-implementation-class", 'implementation_class_uid: "?"'),
    ("association", "association-async-unasked", "asynchronous_operations_window"),
    ("association", "admission-other-reason", "reason: 3, condition: application context"),
    ("association", "verification-refused", ""),
    ("association", "echo-fails", 'scp: "?"'),
    ("association", "association-no-max-length", 'receive: "?"'),
    ("worklist", "worklist-ignores-patient-id", "{attribute: PatientID, matching: [UNIVERSAL]}"),
    ("worklist", "worklist-ignores-performer", "{attribute: ScheduledPerformingPhysicianName, matching: [UNIVERSAL]}"),
    ("worklist", "worklist-uid-list", "{attribute: StudyInstanceUID, matching: [SINGLE_VALUE]}"),
    ("query", "query-ignores-accession", "{attribute: AccessionNumber, matching: [UNIVERSAL]}"),
    ("query", "query-ignores-modality", "{attribute: Modality, matching: [UNIVERSAL]}"),
    ("query", "query-ignores-instance-number", "{attribute: InstanceNumber, matching: [UNIVERSAL]}"),
    ("storage", "readback-loses-private", 'level_of_conformance: "?"'),
    ("storage", "retrieve-unknown-destination-taken", 'status_unknown_destination: "0000"'),
    ("commitment", "commitment-same-association", "same_association: Y"),
    ("commitment", "commitment-wrong-reason", '"0119": class and instance conflict'),
]


def probed(chapter: str, defect: str | None = None, orders: int = 0) -> tuple[Draft, Seen]:
    """Probe one chapter of the embedded target, with so many orders of that day in its worklist."""
    classes, store = CHAPTERS[chapter]
    syntaxes = ["ImplicitVRLittleEndian", "ExplicitVRLittleEndian"]
    wanted = Wanted(store, odd=True, contexts=[{"sop_classes": classes, "transfer_syntaxes": syntaxes}])
    with TemporaryDirectory() as folder, open_session(None, defect=defect) as session:
        for number in range(orders):
            assert session.orders is not None
            start = datetime.combine(DAY, time(9))
            key = f"planted {number}"
            session.orders(
                order(IDENTITY, modality="CT", station_ae="ELSEWHERE", start=start, procedure=ORDERED, key=key)
            )
        made = Probe(session, Path(folder) / "out", wanted, 7, DAY, "probe-1")
        seen = made.run()
        assert made.complete
        draft = drafted(seen.run, ae="REFERENCE", day=DAY.isoformat())
        return draft, seen


@cache
def correct(chapter: str) -> tuple[Draft, Seen]:
    """The draft of a correct target, and what was seen of it."""
    return probed(chapter)


def text_of(draft: Draft) -> str:
    return written(draft.data, behind=draft.comments, head=draft.head)


def told(text: str) -> list[str]:
    """Lines without comments."""
    lines = [re.sub(r"\s+# .*$", "", line) for line in text.splitlines()]
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.long
@pytest.mark.parametrize("planted", sample(DEFECTS, every=len(DEFECTS)))
def test_a_defect_changes_one_line(planted: tuple[str, str, str]) -> None:
    chapter, defect, line = planted
    before, after = (told(text_of(draft)) for draft, _ in (correct(chapter), probed(chapter, defect)))
    changes = [each for each in difflib.ndiff(before, after) if each[0] in "+-"]
    gone, come = ([each[2:] for each in changes if each[0] == sign] for sign in "-+")
    assert (len(gone), len(come)) in ((1, 1), (1, 0)), changes
    assert line in "".join(come)


@pytest.mark.long
def test_the_same_target_twice_gives_the_same_draft_which_loads() -> None:
    draft, _ = probed("association")
    assert text_of(draft) == text_of(correct("association")[0])
    with TemporaryDirectory() as folder:
        file = Path(folder) / "draft.yaml"
        file.write_text(text_of(draft))
        statement = read_statement(file)
    assert not statement.mistakes
    kinds = {claim.kind for claim in statement.claims()}
    assert {"context", "application-context", "maximum-pdu", "called-title-checked", "rejection"} <= kinds


@pytest.mark.long
def test_associations_that_a_probe_holds_are_all_released(tmp_path: Path) -> None:
    case, _, _ = asking.limits()["cases"]
    case["steps"][0]["disturb"]["count"] = 5
    with open_session(None) as session:
        made = Probe(session, tmp_path / "out", Wanted(), 7, DAY, "probe-1")
        made._phase("4-limits", {**asking.limits(), "cases": [case]})
    ours = made.seen.disturbed("probe-limits/associations")
    assert len(ours) == 5 + 5 + 1
    assert all(each.went(p.ReleaseRQ) and not each.went(p.Abort) for each in ours)


@pytest.mark.long
@pytest.mark.parametrize("chapter", sample(CHAPTERS, every=len(CHAPTERS)))
def test_every_line_cites_what_shows_it(chapter: str) -> None:
    draft, seen = correct(chapter)
    for place, comment in draft.comments.items():
        cited = comment.partition(";")[0]
        value = draft.data
        for key in place:
            value = value[key]
        if not cited.startswith("probe"):
            assert place == ("cover_page",) or "?" in str(value), (place, comment)
            continue
        label = ""
        for part in re.split(", | to ", cited):
            named, _, found = part.rpartition(" ")
            label = named or label
            shown = seen.case(label)
            assert shown is not None, (place, comment)
            association = next(each for each in shown.transcript.associations if each.id == found.partition(".")[0])
            if "." in found:
                assert found in [each.id for each in association.exchanges], (place, comment)
            if isinstance(value, dict) and "attribute" in value:
                asked = [query for query in seen.asked(label).values() if query.operation.association == association]
                assert [query for query in asked if f"{value['attribute']} " in query.name], (place, comment)
            if isinstance(value, dict) and "sop_class" in value:
                taken = [each for each in shown.contexts if each.association == association and each.result == 0]
                assert value["sop_class"] in [uid_keyword(each.sop_class) for each in taken], (place, comment)


@pytest.mark.long
def test_nothing_is_sent_that_was_not_consented_to(tmp_path: Path) -> None:
    with open_session(None) as session:
        seen = Probe(session, tmp_path / "out", Wanted(contexts=_ALL), 7, DAY, "probe-1").run()
    ours = [each for evidence in seen.run.scenarios for each in evidence.transcript.associations if each.ours]
    sent = [each for association in ours for each in association.exchanges if each.sent]
    assert {each.name for each in sent} == {"C-ECHO-RQ", "C-FIND-RQ"}
    assert not [each for each in sent if each.intent is not None]
    date = "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate"
    for query in (query for evidence in seen.run.scenarios for query in evidence.worklist_queries):
        asked = value_at(query.keys, date)
        assert query.name == "station" or query.name.startswith(date) or asked == f"{DAY:%Y%m%d}", query.name
    requests = [event.pdu for each in ours for event in each.went(p.AssociateRQ)]
    assert {(each.calling_ae, each.called_ae) for each in requests} == {("SCANPROOF", "REFERENCE")}
    spans = sorted((each.events[0].time, each.events[-1].time) for each in ours)
    assert all(before[1] <= after[0] for before, after in pairwise(spans)), "one association at a time"


@pytest.mark.long
@pytest.mark.whole
def test_no_value_of_a_patient_is_in_a_draft_and_more_than_fifty_items_are_cancelled() -> None:
    draft, seen = probed("worklist", orders=120)
    text = text_of(draft)
    assert "c_find_cancel: honoured" in text
    names = ("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID", "ReferringPhysicianName")
    values = {
        part
        for evidence in seen.run.scenarios
        for query in evidence.worklist_queries
        for _, answer in query.answers
        for name in names
        for part in re.split(r"[\^= ]", answer.text(name))
        if len(part) > 2
    }
    assert values
    assert not [value for value in values if value in text]


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-o", "d.yaml"], 2, "AET@HOST:PORT or --site"),
        (["PACS", "-o", "d.yaml"], 2, "the form is AET@HOST:PORT"),
        (["PACS@127.0.0.1:11112"], 2, "-o FILE"),
        (["PACS@192.0.2.1:11112", "-o", "d.yaml"], 2, "--allow-remote"),
        (["PACS@127.0.0.1:1", "-o", "there.yaml"], 2, "--force"),
        (["PACS@127.0.0.1:1", "-o", "d.yaml"], 3, "nothing was written"),
    ],
)
def test_what_cannot_be_probed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.yaml").write_text("mine\n")
    done = main("probe", *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert (tmp_path / "there.yaml").read_text() == "mine\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.yaml"]


@pytest.mark.long
def test_what_was_found_before_an_interruption_is_drafted(tmp_path: Path) -> None:
    def interrupt(name: str, verb: str, done: int, total: int) -> None:
        if name == "probe/called-title":
            os.kill(os.getpid(), signal.SIGINT)

    asked = {"sop_classes": ["Verification"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}
    wanted = Wanted(contexts=[asked], odd=True)
    with open_session(None) as session:
        made = Probe(session, tmp_path / "out", wanted, 7, DAY, "probe-1", interrupt)
        seen = made.run()
    assert not made.complete
    assert seen.reached
    text = text_of(drafted(seen.run, ae="REFERENCE", day=DAY.isoformat(), partial="interrupted"))
    assert "# PARTIAL: interrupted." in text
    assert "verification: {transfer_syntax_sets: [A], scp: Y}" in text
    assert 'calling_ae_title_checked: "?"' in text


@pytest.mark.long
def test_the_draft_of_a_target_without_a_fault_passes_lint_and_is_not_contradicted(tmp_path: Path) -> None:
    draft, seen = correct("association")
    file = tmp_path / "draft.yaml"
    file.write_text(text_of(draft))
    done = main("statement", "lint", file)
    assert done.returncode == 0, done.stdout
    statement = read_statement(file)
    bound = Declarations((Bound(statement),), {"storage": "REFERENCE@127.0.0.1:1"})
    run = RunEvidence(tuple(Evidence(each.transcript, bound) for each in seen.run.scenarios), bound)
    judged = [*(judge(evidence) for evidence in run.scenarios), judge_run(run)]
    kept = [each for judgement in judged for _, each in judgement.kept]
    assert kept
    assert not [each for each in kept if not each.kept]
