"""docs/cases.md: a row for each disputed point and each field case, and what the rows name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanproof.checks import all_checks
from scanproof.iod.rules import RULES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
POINTS, CASES = ([line for line in part.splitlines() if line.startswith("| ")][1:] for part in TEXT.split("\n## ")[1:])


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_there_is_a_row_for_each() -> None:
    assert len(POINTS) == 66
    assert [cells(row)[0].split()[0] for row in CASES] == [f"R2-{number:02}" for number in range(1, 21)]
    assert len({cells(row)[0] for row in POINTS}) == len(POINTS)


@pytest.mark.parametrize("row", [*POINTS, *CASES], ids=lambda row: cells(row)[0][:40])
def test_what_a_row_names_exists(row: str) -> None:
    _, verdict, check, test = cells(row)
    assert verdict
    checks, tests = re.findall(r"`([^`]+)`", check), re.findall(r"`([^`]+)`", test)
    assert set(checks) <= {*all_checks(), *RULES}
    assert checks or check.startswith("must not")
    assert tests
    for name in tests:
        path, _, function = name.partition("::")
        assert f"\ndef {function}(" in (ROOT / path).read_text(encoding="utf-8"), name
