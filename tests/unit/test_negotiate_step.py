"""The verb negotiate: what it proposes, in which associations, and what it does about those that do not come about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from scansim.exam.proposing import ROOM, in_associations
from scansim.exam.state import Stopped
from scansim.network.association import Proposal
from scansim.site import Address
from scansim.steps import negotiate as module
from scansim.steps.negotiate import Negotiate
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.uids import SOP_CLASSES, TRANSFER_SYNTAXES
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.command_line import main, results

JPEG = "1.2.840.10008.1.2.4.50"
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
IMAGES = {
    "sop_classes": ["CTImageStorage", MR],
    "transfer_syntaxes": ["ExplicitVRLittleEndian", "ImplicitVRLittleEndian", JPEG],
}


def test_each_pair_is_a_context_and_the_default_syntax_comes_first() -> None:
    syntaxes = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, JPEG)
    assert Negotiate(contexts=[IMAGES]).proposals == [Proposal(uid, (each,)) for uid in (CT, MR) for each in syntaxes]


def test_groups_of_one_class_are_put_together() -> None:
    twice = Negotiate(contexts=[IMAGES, {"sop_classes": [CT], "transfer_syntaxes": [JPEG, "RLELossless"]}]).proposals
    assert len(twice) == len(set(twice)) == 7


def test_together_is_a_context_a_class_in_the_order_given() -> None:
    proposals = Negotiate(contexts=[IMAGES], offer="together").proposals
    assert proposals == [Proposal(uid, (EXPLICIT_LITTLE, IMPLICIT_LITTLE, JPEG)) for uid in (CT, MR)]


def test_turned_has_each_syntax_in_front_and_each_pair_both_ways_round() -> None:
    orders = [
        each.transfer_syntaxes for each in Negotiate(contexts=[IMAGES], offer="together", orders="turned").proposals
    ]
    assert {order[0] for order in orders} == {EXPLICIT_LITTLE, IMPLICIT_LITTLE, JPEG}
    assert {frozenset(order) for order in orders} == {frozenset((EXPLICIT_LITTLE, IMPLICIT_LITTLE, JPEG))}
    assert len(orders) == len({*orders}) * 2  # of two classes


def test_all_is_every_class_in_every_syntax() -> None:
    proposals = Negotiate(contexts="all").proposals
    assert len(proposals) == len({*proposals}) == len(SOP_CLASSES) * len(TRANSFER_SYNTAXES)


def test_an_association_has_room_for_so_many_and_each_class_in_the_default_syntax() -> None:
    batches = list(in_associations(Negotiate(contexts="all").proposals, ROOM))
    assert max(map(len, batches)) <= ROOM
    for batch in batches:
        assert {each.abstract_syntax for each in batch} == {
            each.abstract_syntax for each in batch if each.transfer_syntaxes == (IMPLICIT_LITTLE,)
        }
    assert len(batches) <= len(SOP_CLASSES) * len(TRANSFER_SYNTAXES) // ROOM + 3


def test_what_is_not_asked_for_in_the_default_syntax_is_not_proposed_in_it() -> None:
    (batch,) = in_associations([Proposal(CT, (JPEG,))], ROOM)
    assert batch == [Proposal(CT, (JPEG,))]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"contexts": [{**IMAGES, "sop_classes": ["CTImageStorag"]}]}, "did you mean CTImageStorage"),
        ({"contexts": [{**IMAGES, "sop_classes": [JPEG]}]}, "where a SOP Class belongs"),
        ({"contexts": [{**IMAGES, "transfer_syntaxes": [CT]}]}, "where a Transfer Syntax belongs"),
        ({"contexts": [{**IMAGES, "transfer_syntaxes": ["1.02"]}]}, "neither a UID"),
        ({"contexts": [{**IMAGES, "sop_classes": []}]}, "at least 1 item"),
        ({"contexts": []}, "at least 1 item"),
        ({"contexts": [IMAGES], "orders": "turned"}, "goes with offer: together"),
    ],
)
def test_what_is_wrong_is_told_at_load(given: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Negotiate(**given)


# --- associations that do not come about ------------------------------------------------------------------------------


def asked(monkeypatch: pytest.MonkeyPatch, answers: Callable[[int], int], count: int = 300) -> tuple[Any, list[int]]:
    """Sizes of the associations that are asked for, of a target that `answers` with how many it accepts, or raises."""
    sizes: list[int] = []

    def accepted(_exam: Any, _address: Any, batch: Sequence[Proposal], _roles: Any) -> int:
        sizes.append(len(batch))
        return answers(len(batch))

    monkeypatch.setattr(module, "_accepted", accepted)
    classes = [f"1.2.{number}" for number in range(count)]
    step = Negotiate(contexts=[{"sop_classes": classes, "transfer_syntaxes": [EXPLICIT_LITTLE]}])
    address = Address(ae="TARGET", host="127.0.0.1", port=104)
    return module._ask(SimpleNamespace(), step, address), sizes  # type: ignore[arg-type]


def rejecting_more_than(most: int) -> Callable[[int], int]:
    def answer(size: int) -> int:
        if size > most:
            raise Stopped("rejected", Cause.REJECTED)
        return size

    return answer


def test_whoever_takes_fewer_contexts_is_asked_in_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    told, sizes = asked(monkeypatch, rejecting_more_than(100))
    assert sizes == [127, 64, 63, 63, 64, 46] or max(sizes[1:]) <= 64
    assert told.proposed == told.accepted == 300
    assert len(told.failed) == 1
    assert "1 did not come about: rejected" in str(told)


def test_whoever_takes_nobody_is_not_asked_a_hundred_times(monkeypatch: pytest.MonkeyPatch) -> None:
    told, sizes = asked(monkeypatch, rejecting_more_than(0), count=5000)
    assert sizes == [127, 64, 63]
    assert told.associations == 0


def test_one_that_fails_now_and_then_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(100))

    def answer(size: int) -> int:
        if next(numbers) == 1:
            raise Stopped("aborted", Cause.TARGET)
        return size

    told, _ = asked(monkeypatch, answer)
    assert told.proposed == 300


@pytest.mark.long
def test_it_is_judged_on_the_embedded_target(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(
        """\
id: all
title: What is taken
modality: CT
procedure: {code: A, meaning: a, protocol_code: A, protocol_meaning: a}
cases:
  - id: pairs
    title: Pairs
    steps:
      - negotiate:
          contexts:
            - sop_classes: [CTImageStorage, ModalityWorklistInformationModelFind, AutorefractionMeasurementsStorage]
              transfer_syntaxes: [ImplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless]
      - negotiate:
          at: storage
          offer: together
          orders: turned
          contexts:
            - {sop_classes: [CTImageStorage], transfer_syntaxes: [ImplicitVRLittleEndian, ExplicitVRLittleEndian]}
"""
    )
    statement = Path(__file__).parents[2] / "scenarios" / "statements" / "reference.yaml"
    done = main("run", tmp_path / "all.yaml", "--statement", statement, "--out", tmp_path / "out")
    found = results(tmp_path / "out")
    (each,) = found.scenarios
    assert {step.outcome for step in each.steps} == {"done"}, done.stdout
    assert each.verdict.value == "PASS"
    assert "of 9 contexts accepted, 1 associations" in each.steps[1].detail
    assert each.steps[2].detail.endswith("2 of 2 contexts accepted, 1 associations")
    assert not [finding for finding in found.findings if finding.verdict.value in ("FAIL", "WARN")]
    outcomes = {claim.id: claim.outcome.value for claim in found.claims}
    assert outcomes["REFERENCE.scp.CTImageStorage.JPEGBaseline8Bit"] == "observed"
    unstated = [claim.id for claim in found.claims if claim.outcome.value == "not_declared"]
    assert unstated == ["REFERENCE.scp.AutorefractionMeasurementsStorage"]
