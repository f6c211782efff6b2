"""Associations that the target opens and that belong to no exam: kept, judged, told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from scanproof.finding import Verdict
from scanproof.report import html, junit
from scanproof.results import Results
from scanproof.session import collect, open_session
from scanproof.strays import STRAYS
from scansim.exam.scenario_files import find_scenarios
from scansim.network.transcript import load_transcript
from scansim.site import Timeouts

DAY = date(2026, 1, 2)
QUICK = Timeouts(connect=5, associate=2, response=5, commitment=1.5, hold=0.2)


def run(folder: Path, *scenarios: str, defect: str | None = None, timeouts: Timeouts = QUICK) -> Results:
    with open_session(None, defect=defect, timeouts=timeouts) as session:
        assert session.run(find_scenarios(scenarios), folder, seed=1, day=DAY)
    return collect(folder)


def told(results: Results) -> set[tuple[str, Verdict]]:
    quiet = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED, Verdict.INCONCLUSIVE)
    return {(each.check, each.verdict) for each in results.all_findings if each.verdict not in quiet}


@pytest.mark.long
def test_a_run_without_strays_leaves_none(tmp_path: Path) -> None:
    results = run(tmp_path / "t", "ct-routine")
    assert not (tmp_path / "t" / STRAYS).exists()
    assert (told(results), results.notes) == (set(), [])


@pytest.mark.long
def test_a_stray_is_kept_and_judged_and_told(tmp_path: Path) -> None:
    results = run(tmp_path / "t", "ct-routine", defect="stray-silent")
    assert told(results) == {("association.brings-something", Verdict.WARN)}
    (finding,) = [each for each in results.findings if each.verdict is Verdict.WARN]
    assert finding.actual == "nothing, for Storage Commitment Push Model SOP Class"
    assert (finding.scenario, finding.exchange) == ("", "_strays/a01")
    assert finding.party == "commitment REFERENCE@127.0.0.1"
    (note,) = results.notes
    assert note.startswith("listener: REFERENCE@127.0.0.1:")
    (stray,) = load_transcript(tmp_path / "t" / STRAYS).associations
    assert stray.accepted is not None
    assert not stray.ours
    assert collect(tmp_path / "t") == results  # judging is the same later


@pytest.mark.long
def test_an_association_that_offers_jpeg_alone_is_judged(tmp_path: Path) -> None:
    """It was thrown away as a stray once, and the missing report had no cause."""
    patient = QUICK.model_copy(update={"commitment": 5.0})  # the target tries four times before we go
    results = run(tmp_path / "t", "ct-routine", defect="commitment-jpeg-only", timeouts=patient)
    assert told(results) == {("association.default-syntax-proposed", Verdict.FAIL)}
    (finding,) = [each for each in results.findings if each.verdict is Verdict.FAIL]
    assert "JPEG Baseline (Process 1) only" in finding.actual
    assert finding.count == 4  # attempts, and one entry


@pytest.mark.long
def test_reports_can_show_what_is_of_no_scenario(tmp_path: Path) -> None:
    results = run(tmp_path / "t", "ct-routine", defect="stray-doubled-ids")
    assert told(results) == {("association.proposed-ids", Verdict.FAIL)}
    for text in (html.render(results), junit.render(results)):
        assert b"association.proposed-ids" in text


@pytest.mark.long
@pytest.mark.parametrize("all_aes", [False, True])
def test_that_the_site_file_names_all_aes_travels_in_the_transcript(tmp_path: Path, all_aes: bool) -> None:
    with open_session(None, timeouts=QUICK, defect="verification-refused") as session:
        site = session.site.model_copy(update={"all_aes": all_aes})
        whole = type(session)(site, session.listener, session.orders)
        assert whole.run(find_scenarios(["ct-routine"]), tmp_path / "t", seed=1, day=DAY)
    facts = json.loads((tmp_path / "t" / "ct-routine" / "scenario.json").read_bytes())
    assert facts["all_aes"] is all_aes
    expected = Verdict.FAIL if all_aes else Verdict.WARN
    assert ("verification.offered", expected) in told(collect(tmp_path / "t"))
