"""How long steps say that they take: by the number of what they do, where that is what takes the time."""

from __future__ import annotations

from typing import Any

import pytest

from scansim.exam.disturbing import Disturb
from scansim.exam.step import Step
from scansim.steps.negotiate import Negotiate
from scansim.steps.store_each import StoreEach

ONE = {"sop_classes": ["CTImageStorage"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}
TWO = {**ONE, "sop_classes": ["CTImageStorage", "MRImageStorage"]}
ALL = {"sop_classes": "all", "transfer_syntaxes": ["ImplicitVRLittleEndian", "ExplicitVRLittleEndian"]}


@pytest.mark.parametrize(
    ("kind", "says", "least", "most"),
    [
        (Negotiate, {"contexts": [ONE]}, 0.0, 0.1),
        (Negotiate, {"contexts": "all"}, 2.0, 20.0),
        (Negotiate, {"contexts": [ALL], "offer": "together"}, 0.05, 0.2),
        (StoreEach, {"contexts": [ONE]}, 0.0, 0.1),
        (StoreEach, {"contexts": [ALL]}, 2.0, 30.0),
        (Disturb, {"way": "idle-before-request", "wait": 60}, 60.0, 61.0),
        (Disturb, {"way": "close-at-once"}, 0.5, 0.5),
    ],
)
def test_a_step_takes_as_long_as_its_work(kind: type[Step], says: dict[str, Any], least: float, most: float) -> None:
    assert least <= kind.model_validate(says).seconds <= most


@pytest.mark.parametrize("kind", [Negotiate, StoreEach])
def test_more_takes_longer(kind: type[Step]) -> None:
    one, two = (kind.model_validate({"contexts": [pairs]}).seconds for pairs in (ONE, TWO))
    assert one < two
