"""Each wrong client is noticed by exactly the checks that claim it, and a right one by none."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from scanproof.check import Proof, Scope
from scanproof.checks import all_checks
from scanproof.evidence import ClientEvidence, Evidence
from scanproof.judged_clients import FITTING, JudgedClient, judged_client
from scansim.network.transcript import Transcript, read_association
from tests.support.client_defect import ClientDefect
from tests.support.clients import deviations
from tests.support.command_line import main
from tests.support.sample import sample

_NAMES = [f"tests.support.client_defects_{table}" for table in ("net", "course", "kinds", "data", "once")]
DEFECTS: dict[str, ClientDefect] = {
    name: defect
    for table in _NAMES
    if find_spec(table) is not None
    for name, defect in import_module(table).CLIENT_DEFECTS.items()
}


def _kind(name: str) -> object:
    """What notices it."""
    return DEFECTS[name].noticed


BY_HAND = [name for name, defect in DEFECTS.items() if defect.by_hand]
AT_TARGET = [name for name in DEFECTS if name not in BY_HAND]


@pytest.mark.parametrize("name", sample(BY_HAND, kind=_kind))
def test_a_wrong_client_by_hand_is_noticed_by_exactly_the_checks_that_claim_it(name: str, tmp_path: Path) -> None:
    _is_noticed(name, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", sample(AT_TARGET, kind=_kind))
def test_a_wrong_client_at_our_target_is_noticed_by_exactly_the_checks_that_claim_it(name: str, tmp_path: Path) -> None:
    _is_noticed(name, tmp_path)


def _is_noticed(name: str, tmp_path: Path) -> None:
    defect = DEFECTS[name]
    found = defect.judge(tmp_path)
    assert found.crashed == ()
    told = [f"{each.check} {each.verdict}: {each.actual}" for each in deviations(found)]
    assert {each.check for each in deviations(found)} == defect.noticed, told
    assert all(each.party.startswith("client ") and each.hint for each in deviations(found)), told


def test_every_check_of_clients_has_a_wrong_client_and_is_marked() -> None:
    of_clients = {check.id for check in all_checks().values() if check.judges is Scope.CLIENT}
    assert {check.id for check in all_checks().values() if check.proven_by is Proof.CLIENTS} == of_clients
    noticed = frozenset[str]().union(*(defect.noticed for defect in DEFECTS.values()))
    assert noticed == of_clients | FITTING


def seen_from_the_target(transcript: Path) -> JudgedClient:
    """What is found of whoever ran an exam, as our target would have recorded it."""
    paths = sorted(transcript.glob("a*.wire"))
    facts = {"id": "client", "title": "client", "party": "client SCANNER@127.0.0.1", "services": [], "verbs": []}
    received = tuple(read_association(path, mirrored=True) for path in paths)
    asked = tuple(map(read_association, paths))
    client = ClientEvidence(
        Evidence(Transcript(transcript, facts, (), {}, received)),
        Evidence(Transcript(transcript, {**facts, "capture": True}, (), {}, asked)),
    )
    return judged_client(client)


def _found(folder: Path) -> list[str]:
    found = seen_from_the_target(folder)
    assert found.crashed == ()
    return [f"{each.check} {each.verdict}: {each.actual}" for each in deviations(found)]


#: Exams of ours in which every service is asked, in right ways.
RUNS = {
    "exams": ("ct-routine", "exam-discontinued"),
    "queries": ("query-battery", "--only", "query-battery/required-key", "--only", "query-battery/counts"),
    "retrievals": ("retrieve-battery", "--only", "retrieve-battery/study", "--only", "retrieve-battery/series"),
}


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
@pytest.mark.parametrize("run", RUNS)
def test_our_own_exams_have_no_fault(run: str, tmp_path: Path) -> None:
    done = main("run", *RUNS[run], "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    folders = sorted({path.parent for path in (tmp_path / "out" / "transcript").rglob("a*.wire")})
    assert folders
    told = {str(folder.relative_to(tmp_path)): found for folder in folders if (found := _found(folder))}
    assert told == {}
