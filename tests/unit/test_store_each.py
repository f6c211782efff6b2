"""store-each as a scenario has it, and the cases that a plan makes with it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from scanproof.observing import all_storing
from scanproof.observing.stored import not_made
from scanproof.statements import Claim
from scansim.steps.store_each import StoreEach

CT, PDF, PRIVATE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.104.1", "1.2.3.4"
EXPLICIT, J2K, MPEG2 = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.100"


def claim(sop_class, syntax, role="SCP"):
    return Claim(f"{sop_class} {syntax}", "", "context", "A", role, {"sop_class": sop_class, "transfer_syntax": syntax})


def test_it_says_how_many_it_leaves():
    one = {"sop_classes": ["CTImageStorage"], "transfer_syntaxes": ["ExplicitVRLittleEndian"]}
    assert StoreEach(contexts=[one]).leaves == "small instance"
    two = {**one, "transfer_syntaxes": ["ExplicitVRLittleEndian", "JPEG2000Lossless", "MPEG2MPML"]}
    assert StoreEach(contexts=[two]).leaves == "study of 2 small instances"
    assert not StoreEach(contexts=[two]).odd
    assert StoreEach(contexts=[{**one, "sop_classes": ["Verification"]}]).leaves == ""


@pytest.mark.parametrize("wrong", [[], "every", [{"sop_classes": ["CTImage"], "transfer_syntaxes": ["all"]}]])
def test_bad_contexts_are_refused(wrong):
    with pytest.raises(ValidationError):
        StoreEach(contexts=wrong)


@pytest.mark.long
def test_all_are_more_than_a_thousand():
    step = StoreEach(contexts="all")
    assert len(step.pairs) > 1000
    assert {each.abstract_syntax for each in step.pairs} >= {CT, PDF}


def test_a_plan_stores_what_can_be_made_and_no_more():
    claims = [claim(CT, EXPLICIT), claim(CT, J2K), claim(CT, MPEG2), claim(PDF, EXPLICIT), claim(PRIVATE, EXPLICIT)]
    (case,) = all_storing()["context"]([*claims, claim(CT, EXPLICIT, "SCU")])
    assert case.claims == (claims[0].id, claims[1].id, claims[3].id)
    assert case.document["leaves"] == "a study of 3 small instances"
    (step,) = case.document["steps"]
    assert len(StoreEach(**step["store-each"]).pairs) == 3
    assert [*all_storing()["context"]([claim(PRIVATE, EXPLICIT)])] == []


def test_why_a_claim_is_not_stored():
    assert not_made(claim(CT, EXPLICIT)) == ""
    assert "not SCP" in not_made(claim(CT, EXPLICIT, "SCU"))
    assert "nothing is encoded" in not_made(claim(CT, MPEG2))
    assert "no instance" in not_made(claim(PRIVATE, EXPLICIT))
