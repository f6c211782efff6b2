"""What a retrieval sends and says, where a planted defect has it wrong."""

from __future__ import annotations

import time

from pydicom.dataset import Dataset

from scansim.reference.query import selected
from scansim.reference.state import Target
from scansim.reference.store import Instance

_SUCCESS, _SOME_FAILED, _CANCEL = 0x0000, 0xB000, 0xFE00
_INDEXED_AFTER = 0.3  # s that the stale index of a planted defect is behind
_MOST = 6  # instances of other studies that a planted defect sends


def chosen(target: Target, identifier: Dataset, level: str) -> list[Instance]:
    """Instances to send for an identifier."""
    found = selected(target, identifier, level)
    if target.planted("retrieve-ignores-series") and level in ("SERIES", "IMAGE"):
        return selected(target, identifier, "STUDY")
    if target.planted("retrieve-other-study") and found:
        others = [each for each in target.store.instances() if each.study != found[0].study]
        return [*found, *others[:_MOST]]
    if target.planted("retrieve-one-too-few"):
        return found[:-1]
    if target.planted("retrieve-one-twice"):
        return [*found, *found[-1:]]
    if target.planted("retrieve-stale-index"):
        return [each for each in found if time.time() - each.path.stat().st_mtime > _INDEXED_AFTER]
    return found


def priority_of(target: Target, number: int) -> int:
    """Priority of a sub-operation."""
    if target.planted("retrieve-priority-undefined"):
        return 7
    return number % 2 if target.planted("retrieve-priorities-differ") else 0


def spoiled_status(target: Target, status: int, completed: int, warned: int, failed: int) -> int:
    """The final status, of what became of the sub-operations, where a defect has another."""
    good = completed + warned
    if failed and not good:
        if target.planted("retrieve-all-failed-success"):
            return _SUCCESS
        if target.planted("retrieve-all-failed-warning"):
            return _SOME_FAILED
    if failed and good and target.planted("retrieve-some-failed-success"):
        return _SUCCESS
    if warned and not failed and target.planted("retrieve-warned-success"):
        return _SUCCESS
    if good and not failed and target.planted("retrieve-ends-as-cancelled"):
        return _CANCEL
    return status
