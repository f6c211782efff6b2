"""How lines of a draft are put together, and what asks for a key."""

from __future__ import annotations

import pytest

from scanproof.probe.keys import Pair, pairs
from scanproof.probe.lines import Line, assembled, numbered, unknown


def test_lines_become_data_in_their_order_with_comments_at_their_places() -> None:
    lines = [
        Line(("a", "b"), "Y", ("probe/x a01", "probe/x a02", "probe/y a01")),
        unknown(("a", "c"), "needs --store"),
        *numbered(("a", "rows"), [Line((), {"n": 1}), Line((), {"n": 2}, ("probe/x a03",), "why")]),
        Line(("a", "deep", 0, "k"), 1),
    ]
    draft = assembled(lines, "head")
    assert draft.data == {"a": {"b": "Y", "c": "?", "rows": [{"n": 1}, {"n": 2}], "deep": [{"k": 1}]}}
    assert draft.comments == {
        ("a", "b"): "probe/x a01, a02, probe/y a01",
        ("a", "c"): "needs --store",
        ("a", "rows", 1): "probe/x a03; why",
    }


def test_of_many_citations_the_first_and_the_last_are_told() -> None:
    line = Line(("a",), 1, tuple(f"probe/x a{number:02d}" for number in range(1, 9)))
    assert line.comment == "probe/x a01 to a08"


def test_a_place_is_said_once() -> None:
    with pytest.raises(AssertionError, match="twice"):
        assembled([Line(("a",), 1), Line(("a",), 2)])


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("PatientID", "AB123", [Pair("SINGLE_VALUE", "AB123", "QXQX"), Pair("WILDCARD", "AB12*", "QXQ*")]),
        ("PatientName", "Doe^J", [Pair("SINGLE_VALUE", "Doe^J", "Qxqx^Nobody"), Pair("WILDCARD", "Do*", "Qxq*")]),
        ("InstanceNumber", "1", [Pair("SINGLE_VALUE", "1", "987654321")]),
        ("ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime", "0303", [
            Pair("SINGLE_VALUE", "0303", "040404"),
            Pair("RANGE", "0303-0303", "040404-040404"),
        ]),
        ("PatientID", "", []),
        ("PatientID", "A*", []),
        ("PatientID", "$x", []),
        ("PatientName", "Ängström^A", []),
    ],
)  # fmt: skip
def test_a_key_is_asked_for_by_what_is_there_and_by_what_is_not(path: str, value: str, expected: list[Pair]) -> None:
    assert list(pairs(path, value)) == expected
