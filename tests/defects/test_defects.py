"""Each planted defect of the reference target is noticed by exactly the checks that claim it."""

from __future__ import annotations

import json

import pytest

from scanproof.check import Proof
from scanproof.checks import all_checks
from scanproof.selftest import Row, batteries_of, matrix, show, try_defect
from scansim.inputs import InputError
from scansim.reference.defects import DEFECTS
from tests.support.command_line import main, scanproof
from tests.support.sample import sample, spread

BY_DEFECTS = {check.id for check in all_checks().values() if check.proven_by is Proof.DEFECTS}
_OTHERS = len(all_checks()) - len(BY_DEFECTS)
_PROVEN = f"{len(BY_DEFECTS)} checks proven by defects, {_OTHERS} others by mutated transcripts"


@pytest.mark.whole
@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_the_correct_target_is_clean() -> None:
    row = try_defect(None)
    assert row.noticed == ()
    assert row.inconclusive == ()
    assert row.proved


def _place(name: str) -> object:
    """The service that a defect is of, and in which scenario it shows."""
    return name.partition("-")[0], DEFECTS[name].scenario


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
@pytest.mark.parametrize("name", sample(DEFECTS, every=5, kind=_place))
def test_a_defect_is_noticed_by_exactly_the_checks_that_claim_it(name: str) -> None:
    row = try_defect(name)
    if not row.proved and name.startswith("state-"):
        row = try_defect(name)  # time is part of these: a busy machine may look away at the wrong moment
    assert row.claimed
    assert set(row.noticed) == set(row.claimed)
    assert row.proved


_IN_BATTERIES = [name for name in DEFECTS if batteries_of(name)]


def _tried(name: str) -> object:
    """The service that a defect is of, and the batteries that are to stay quiet about it."""
    return name.partition("-")[0], *batteries_of(name)


#: Each takes from 8 to 25 seconds of a processor, so that one of each kind is tried: of what a worklist answers
#: wrongly, of what an archive gives back wrongly. `scanproof selftest` has all others' own cases.
_TRIED = spread(_IN_BATTERIES, every=60, kind=_tried)


@pytest.mark.long
@pytest.mark.whole
@pytest.mark.usefixtures("on_a_thread")
@pytest.mark.parametrize("name", _TRIED)
def test_in_the_whole_battery_no_other_check_is_tripped(name: str) -> None:
    row = try_defect(name, whole=True)
    tripped = set(row.noticed) - {*row.claimed, *DEFECTS[name].also}
    if tripped:  # in hundreds of cases a busy machine may keep one answer back: what is told every time counts
        tripped &= set(try_defect(name, whole=True).noticed)
    assert tripped == set()


def test_every_check_is_proven_by_defects_or_marked() -> None:
    """The marked ones are proven in tests/checks/test_mutated_transcripts.py."""
    claimed = {check for defect in DEFECTS.values() for check in defect.checks}
    others = {all_checks()[check].proven_by for check in claimed - BY_DEFECTS}
    assert others <= {Proof.SET_UP}
    assert claimed >= BY_DEFECTS


@pytest.mark.long
@pytest.mark.whole
def test_the_command_line_shows_the_matrix() -> None:
    done = scanproof("selftest", "mpps-final-not-final", "worklist-ignores-date")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    none, *caught, summary, proven = done.stdout.splitlines()
    assert " ".join(none.split()) == "ok (none) nothing noticed, as it should be"
    assert [line.split() for line in caught] == [
        ["ok", "mpps-final-not-final", "caught", "by", "mpps.final-is-final"],
        ["ok", "worklist-ignores-date", "caught", "by", "worklist.matches-keys"],
    ]
    assert summary == "2 of 2 defects caught by exactly the checks that claim them"
    assert proven == f"2 of {_PROVEN}"


@pytest.mark.long
@pytest.mark.whole
@pytest.mark.usefixtures("on_a_thread")
def test_the_command_line_gives_the_matrix_as_json() -> None:
    done = main("selftest", "echo-fails", "--json", "-j", "1")
    assert done.returncode == 0
    none, row = json.loads(done.stdout)
    assert (none["defect"], none["claimed"], none["noticed"], none["proved"]) == ("(none)", [], [], True)
    assert (row["defect"], row["claimed"], row["noticed"]) == ("echo-fails", ["verification.success"], row["claimed"])


def test_the_command_line_lists_defects_with_checks_that_exist() -> None:
    done = main("list", "defects", "--json")
    assert done.returncode == 0
    rows = json.loads(done.stdout)
    assert [row["name"] for row in rows] == list(DEFECTS)
    for row in rows:
        assert row["summary"]
        assert row["checks"]
        assert set(row["checks"]) <= set(all_checks())


def test_a_defect_that_nobody_knows() -> None:
    done = main("selftest", "no-such-defect")
    assert done.returncode == 2
    assert done.stderr.startswith("scanproof: no such defect: no-such-defect; there are: association-")
    with pytest.raises(InputError, match="no such defect"):
        matrix(["echo-fails", "nothing"], jobs=1)


def test_a_row_that_is_not_proved_says_what_is_wrong() -> None:
    rows = [
        Row("one", ("mpps.create-uid",), (), ()),
        Row("two", ("mpps.create-uid",), ("mpps.create-uid", "mpps.unknown-step"), ()),
        Row("three", ("mpps.create-uid",), ("mpps.create-uid",), ()),
        Row("(none)", (), ("mpps.unknown-step",), ()),
    ]
    assert [row.proved for row in rows] == [False, False, True, False]
    assert show(rows).splitlines() == [
        "FAIL one     MISSED by mpps.create-uid",
        "FAIL two     ALSO noticed by mpps.unknown-step",
        "ok   three   caught by mpps.create-uid",
        "FAIL (none)  ALSO noticed by mpps.unknown-step",
        "1 of 3 defects caught by exactly the checks that claim them",
        f"1 of {_PROVEN}",
    ]
