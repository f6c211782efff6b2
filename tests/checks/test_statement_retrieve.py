"""Claims about C-MOVE: how many associations it opens, and what an unknown destination is answered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanproof.observing import all_observing
from scanproof.statements import Claim
from scansim.vocabulary.uids import STUDY_ROOT_MOVE
from tests.support.stated import Outcome, outcome, recorded, run_of, stated

MOVE = "study_root"


def of(folders: list[Path], claims: list[tuple[str, Mapping[str, Any]]]) -> Outcome:
    """What the checks of retrieval claims see, of moves and of statuses."""
    run = run_of(folders, stated(claims, STUDY_ROOT_MOVE), ("retrieve", "storage"))
    moves, statuses = outcome(run, "statement.move"), outcome(run, "statement.retrieve")
    return Outcome(moves.kept | statuses.kept, moves.broken | statuses.broken, (*moves.fails, *statuses.fails))


def said(association: str, code: str, *codes: str) -> list[tuple[str, Mapping[str, Any]]]:
    rows = [("retrieve-status", {"status": "", "code": each, "condition": "", "operation": "C-MOVE"}) for each in codes]
    return [
        ("move-association", {"model": MOVE, "association": association}),
        ("move-unknown-destination", {"model": MOVE, "code": code}),
        *rows,
    ]


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_the_reference_target(tmp_path: Path) -> None:
    folder, claims = tmp_path / "t", said("one_per_request", "A801", "0000", "A801", "FF00")
    with recorded(folder, "retrieve-battery", ("study[move]", "unknown-destination")) as folders:
        found = of(folders, claims)
        assert (found.broken, found.fails) == (frozenset(), ())
        assert len(found.kept) == len(claims)
        # one claim after the other that is not so: each is broken by itself
        other = of(folders, said("one_per_instance", "A801"))
        assert other.broken == {"move-association study_root one_per_instance"}
        assert [each.check for each in other.fails] == ["statement.move-association"]
        other = of(folders, said("one_per_series", "A702"))
        assert other.broken == {"move-unknown-destination study_root A702"}  # one series: nothing tells
        assert [each.check for each in other.fails] == ["statement.move-unknown-destination"]
        other = of(folders, said("kept_open", "Axxx", "0000"))
        assert other.broken == frozenset()
        assert {each.verdict.value for each in other.fails} == {"NOT_DECLARED"}
        assert other.kept == {"move-unknown-destination study_root Axxx", "retrieve-status  0000  C-MOVE"}


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_a_destination_that_is_taken_though_nobody_knows_it(tmp_path: Path) -> None:
    claims = said("one_per_request", "A801")
    with recorded(
        tmp_path / "t", "retrieve-battery", ("unknown-destination",), "retrieve-unknown-destination-taken"
    ) as folders:
        found = of(folders, claims)
    assert found.broken == {"move-unknown-destination study_root A801"}


def test_cases_of_both_models() -> None:
    for model in ("study_root", "patient_root"):
        claim = Claim("x", "x", "move-unknown-destination", "X", "SCP", {"model": model, "code": "A801"})
        how = all_observing()["move-unknown-destination"]
        assert [*how.built_in(claim), *how.made([claim])]
