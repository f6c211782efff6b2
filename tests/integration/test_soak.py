"""Many exams at the same time against one target and one listener: nothing is lost, and all are judged alike."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scanproof.judge import judge
from scanproof.session import open_session
from scansim.exam.run import RunSettings, run_scenario
from scansim.exam.scenario_files import find_scenarios
from scansim.network.transcript import Transcript, load_transcript

EXAMS, ROUNDS = 8, 3
DAY = date(2026, 3, 4)
INSTANCES = 10
EXAM = f"""\
id: soak
title: One of many exams
modality: CT
procedure: {{code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}}
steps:
  - verify
  - query-worklist
  - choose-item
  - create-mpps
  - acquire: {{protocol: ct-scout, instances: {INSTANCES}}}
  - store
  - set-mpps: {{status: COMPLETED}}
  - commit
  - query-study
  - query-worklist
  - verify
"""


@pytest.mark.long
@pytest.mark.whole
def test_eight_exams_at_a_time_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "soak.yaml").write_text(EXAM)
    (scenario,) = find_scenarios([str(tmp_path / "soak.yaml")])
    began = time.monotonic()
    with open_session(None) as session, ThreadPoolExecutor(EXAMS) as pool:

        def exam(seed: int) -> None:
            settings = RunSettings(session.site, seed, DAY, session.listener, session.orders)
            run_scenario(scenario, settings, tmp_path / f"{seed:02d}")

        for number in range(ROUNDS):
            list(pool.map(exam, range(number * EXAMS, (number + 1) * EXAMS)))
        assert session.listener is not None
        assert session.listener.strays == ()
    print(f"{EXAMS * ROUNDS} exams took {time.monotonic() - began:.1f} s")
    transcripts = [load_transcript(tmp_path / f"{seed:02d}") for seed in range(EXAMS * ROUNDS)]
    for transcript in transcripts:
        _nothing_is_lost(transcript)
    studies = {transcript.ledger["study_instance_uid"] for transcript in transcripts}
    assert len(studies) == EXAMS * ROUNDS
    verdicts = [
        tuple((finding.check, finding.verdict) for finding in judge(Evidence(transcript)).findings)
        for transcript in transcripts
    ]
    assert len(set(verdicts)) == 1
    assert {verdict for _, verdict in verdicts[0]} == {Verdict.PASS, Verdict.NOT_APPLICABLE}


def _nothing_is_lost(transcript: Transcript) -> None:
    assert [(step.verb, step.detail) for step in transcript.steps if step.outcome != "done"] == []
    assert [operation.request.name for operation in transcript.operations if operation.final is None] == []
    details = {step.verb: step.detail for step in transcript.steps}
    assert details["store"] == f"{INSTANCES} instances answered 0000H"
    assert details["query-study"] == f"1 study, {INSTANCES} instances found"
    assert details["commit"] == "the report came on a new association"
    mine = {record["sop_instance_uid"] for record in transcript.ledger["instances"]}
    assert len(mine) == INSTANCES
    reports = [operation for operation in transcript.operations if operation.request.name == "N-EVENT-REPORT-RQ"]
    (report,) = reports
    content = report.request.dataset
    assert content is not None
    assert content.text("TransactionUID") == transcript.ledger["transaction_uid"]
    assert {item.text("ReferencedSOPInstanceUID") for item in content.items("ReferencedSOPSequence")} == mine
    # each message of the target that came is here once, its answer too
    for association in transcript.associations:
        ids = Counter((exchange.sent, exchange.number) for exchange in association.exchanges)
        assert set(ids.values()) <= {1}
        assert association.event("timeout") is None
