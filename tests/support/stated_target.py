"""The reference target, with a defect or without, as a statement of its services says that it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from scanproof.check import Proof
from scanproof.checks import all_checks
from scanproof.declarations import Bound, Declarations
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Verdict
from scanproof.judge import judge, judge_run
from scanproof.session import open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.exam.selection import Selection
from scansim.network.transcript import load_transcript
from scansim.reference.sending import MAXIMUM_LENGTH
from scansim.site import Timeouts
from tests.support.saying import saying

TIMEOUTS = Timeouts(connect=5, associate=3, response=4, commitment=6, hold=0.5, settle=0.6, again=0.1, operation=7)


def _codes(*rows: tuple[str, str, str, str]) -> list[dict[str, Any]]:
    return [
        {"operation": operation, "status": status, "code": code, "condition": condition}
        for operation, status, code, condition in rows
    ]


def _required(operation: str, required: bool, *paths: str) -> list[dict[str, Any]]:
    return [{"operation": operation, "path": path, "required": required} for path in paths]


#: What the reference target is, by the kinds of claims.
SAID: dict[str, Any] = {
    "application-context": {"uid": "1.2.840.10008.3.1.1.1"},
    "maximum-pdu": {"bytes": MAXIMUM_LENGTH},
    "asynchronous-window": {"invoked": 1, "performed": 1},
    "maximum-associations": {"count": 3},
    "called-title-checked": {"checked": True},
    "calling-title-checked": {"checked": False},
    "rejection": [
        {"result": 1, "source": 1, "reason": 7, "condition": "unknown called AE title"},
        {"result": 1, "source": 1, "reason": 2, "condition": "application context that is not DICOM's"},
        {"result": 1, "source": 2, "reason": 2, "condition": "protocol version without bit 0"},
    ],
    "mpps-required": [
        *_required("N-CREATE", True, "Modality", "PatientSex", "ScheduledStepAttributesSequence.AccessionNumber"),
        *_required("N-CREATE", False, "Laterality"),
        *_required("N-SET", True, "PerformedProcedureStepEndTime", "PerformedSeriesSequence.ProtocolName"),
    ],
    "mpps-after-final": {"code": "0110"},
    "mpps-duplicate": {"code": "0111"},
    "mpps-status": _codes(
        ("N-CREATE", "Success", "0000", "created"),
        ("N-CREATE", "Failure", "0111", "duplicate SOP Instance"),
        ("N-CREATE", "Failure", "0120", "missing attribute"),
        ("N-SET", "Success", "0000", "set"),
        ("N-SET", "Failure", "0112", "no such SOP Instance"),
        ("N-SET", "Failure", "0110", "the step may no longer be updated"),
    ),
    "storage-level": {"level": 2},
    "storage-duplicate": [
        {"content": "same", "does": "keep_first", "code": "0000"},
        {"content": "other", "does": "keep_first", "code": None},
    ],
    "storage-no-coercion": {},
    "storage-status": [
        {"status": "Success", "code": "0000", "condition": "stored"},
        {"status": "Failure", "code": "A9xx", "condition": "data set does not match SOP Class"},
        {"status": "Failure", "code": "0117", "condition": "malformed SOP Instance UID"},
    ],
    "commitment-known-requesters": {"only": True},
    "commitment-retries": {"count": 3},
    "commitment-retry-interval": {"seconds": 2},
    "commitment-failure": [
        {"code": "0112", "condition": "not stored", "supported": True},
        {"code": "0119", "condition": "another SOP Class", "supported": True},
        {"code": "0213", "condition": "", "supported": False},
    ],
    "commitment-retrieve-ae": {"present": True},
    "commitment-status": _codes(
        ("N-ACTION", "Success", "0000", "taken"),
        ("N-ACTION", "Failure", "0110", "unknown requester"),
        ("N-ACTION", "Failure", "0123", "no such action"),
    ),
}

#: Services that the checks look for in a statement.
_OFFERED = (
    "1.2.840.10008.1.1",
    "1.2.840.10008.3.1.2.3.3",
    "1.2.840.10008.1.20.1",
    "1.2.840.10008.5.1.4.1.1.2",
)


def told(
    folder: Path,
    cases: Sequence[str],
    defect: str | None = None,
    said: dict[str, Any] | None = None,
    battery: Path | None = None,
) -> tuple[set[str], set[str], set[str]]:
    """Run cases against the embedded target: ids of claims that are kept and broken, and of checks that fail.

    `battery` is a file that all cases are of.
    """
    transcripts = folder / "transcript"
    names = list(dict.fromkeys(case.partition("/")[0] for case in cases)) if battery is None else [str(battery)]
    with open_session(None, defect=defect, timeouts=TIMEOUTS) as session:
        session.run(
            find_scenarios(names),
            transcripts,
            seed=3,
            day=date(2026, 1, 2),
            selection=Selection(tuple(cases), odd=True, heavy=True),
        )
    contexts = [(uid, "1.2.840.10008.1.2.1") for uid in _OFFERED]
    statement = saying("REFERENCE", contexts, **(SAID if said is None else said))
    evidences = []
    for path in sorted(transcripts.rglob("scenario.json")):
        loaded = load_transcript(path.parent)
        site = loaded.scenario.get("site", {})
        addresses = {name: f"{each['ae']}@{each['host']}:{each['port']}" for name, each in site.items()}
        evidences.append(Evidence(loaded, Declarations((Bound(statement),), addresses)))
    run = RunEvidence(tuple(evidences), evidences[0].declarations)
    checks = [check for check in all_checks().values() if check.proven_by is Proof.STATEMENTS]
    judgements = [*(judge(each, checks) for each in evidences), judge_run(run, checks)]
    seen = [kept for judgement in judgements for _, kept in judgement.kept]
    short = {each.claim: each.claim.partition(".")[2] for each in seen}
    failed = {
        finding.check for judgement in judgements for finding in judgement.findings if finding.verdict is Verdict.FAIL
    }
    assert not [name for judgement in judgements for name in judgement.crashed]
    broken = {short[each.claim] for each in seen if not each.kept}
    return {short[each.claim] for each in seen if each.kept}, broken, failed
