"""A RIS whose items are at fault; MPPS manager and archive are innocent, whatever they do: one entry fails.

The RIS is one reference target, MPPS manager and archive are another, which takes what it is given or refuses it.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scanproof.finding import Finding, Verdict
from scanproof.selftest import SCENARIO
from scanproof.session import collect, open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.identity.ids import Identity
from scansim.identity.orders import PROCEDURES, order
from scansim.reference import mpps, storage
from scansim.reference.given_wrong import GIVEN_WRONG
from scansim.site import Address, ListenerAddress, Site
from tests.support.reference_client import target
from tests.support.reference_queries import add

pytestmark = pytest.mark.usefixtures("on_a_thread")

QUIET = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED)
DAY = date(2026, 1, 2)


def roots(folder: Path) -> list[Finding]:
    return [each for each in collect(folder).all_findings if each.root is None and each.verdict not in QUIET]


@pytest.mark.long
@pytest.mark.parametrize("defect", GIVEN_WRONG)
def test_one_entry_fails_and_it_is_the_worklists(tmp_path: Path, defect: str) -> None:
    folder = tmp_path / "transcript"
    with open_session(None, defect=defect) as session:
        session.run(find_scenarios([SCENARIO]), folder, seed=7, day=DAY)
    found = roots(folder)
    assert {(each.check, each.verdict) for each in found} == {(GIVEN_WRONG[defect].check, Verdict.FAIL)}
    assert len({each.group for each in found}) == 1
    assert all(each.party.startswith("worklist ") for each in found)


def refuse_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpps, "lacking", lambda *_, **__: ([], [0x0020000D]))


def refuse_images(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any) -> Dataset:
        raise ValueError("a value that cannot be")

    monkeypatch.setattr(storage, "_identity", read)


def nothing(_: pytest.MonkeyPatch) -> None:
    pass


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("defect", "how"),
    [
        (defect, how)
        for defect in ("an accession of 20 characters", "worklist-study-letters", "worklist-sex-x")
        for how in (refuse_steps, refuse_images, nothing)
        # our images leave out a sex that there is not: nobody may refuse them
        if (defect, how) != ("worklist-sex-x", refuse_images)
    ],
)
def test_refusals_by_others_follow_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defect: str, how: Any
) -> None:
    how(monkeypatch)
    made = order(
        Identity(1, DAY, "ris"),
        modality="CT",
        station_ae="SCANPROOF",
        start=datetime(2026, 1, 2, 9),
        procedure=PROCEDURES["CT"],
    )
    planted = defect if defect in GIVEN_WRONG else None
    if planted is None:
        made["AccessionNumber"]._value = "PLANTED-0123456789AB"
    with target(tmp_path / "ris", ae="RIS", defect=planted) as ris, target(tmp_path / "pacs", ae="PACS") as pacs:
        add(ris, made)
        services = {"worklist": ris} | dict.fromkeys(("mpps", "storage", "query"), pacs)
        where = {
            name: Address(ae="RIS" if at is ris else "PACS", host="127.0.0.1", port=at.port)
            for name, at in services.items()
        }
        site = Site(services=where, listener=ListenerAddress(port=0))
        with open_session(site) as session:
            session.run(find_scenarios(["ct-routine"]), tmp_path / "transcript", seed=7, day=DAY)
    found = roots(tmp_path / "transcript")
    assert [(each.party.partition("@")[0], each.verdict) for each in found] == [("worklist RIS", Verdict.FAIL)]
