"""References of content trees beside the evidence of their documents (PS3.3 C.17.2.3, C.17.6.2)."""

from __future__ import annotations

import pytest

from tests.support.iod_data import COMPREHENSIVE_SR, CT, KO, MR, errors, structure

CURRENT, OTHER = "CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"
FIRST = "ContentSequence[1] > ReferencedSOPSequence[1]"


def reference(uid, sop_class=CT, **more):
    return {"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": uid} | more


def evidence(*references):
    series = {"SeriesInstanceUID": "2.25.2", "ReferencedSOPSequence": list(references)}
    return [{"StudyInstanceUID": "2.25.1", "ReferencedSeriesSequence": [series]}]


def found(*references, sop_class=COMPREHENSIVE_SR, **sequences):
    content = [
        {"RelationshipType": "CONTAINS", "ValueType": "IMAGE", "ReferencedSOPSequence": [each]} for each in references
    ]
    attributes = {
        "SOPClassUID": sop_class,
        "ValueType": "CONTAINER",
        "ContinuityOfContent": "SEPARATE",
        "ContentSequence": content,
    }
    told = errors(structure(attributes | sequences))
    return [each for each in told if each[0] == "sr-evidence" or each[1].startswith((CURRENT, OTHER))]


@pytest.mark.parametrize(
    "sequences",
    [
        {CURRENT: evidence(reference("2.25.9"))},
        {OTHER: evidence(reference("2.25.9"))},  # of another procedure: then there need not be current evidence
        {CURRENT: evidence(reference("2.25.8")), OTHER: evidence(reference("2.25.9"))},
    ],
)
def test_either_evidence_sequence_names_what_is_referenced(sequences):
    assert found(reference("2.25.9"), **sequences) == []


def test_without_references_there_need_be_no_evidence():
    assert found() == []


def test_a_reference_without_any_evidence_is_told_of_once():
    assert found(reference("2.25.9"), reference("2.25.8")) == [("condition-missing", CURRENT)]
    assert found(reference("2.25.9"), **{OTHER: evidence(reference("2.25.7"))}) == [("condition-missing", CURRENT)]


@pytest.mark.parametrize("sop_class", [COMPREHENSIVE_SR, KO])
def test_a_reference_that_neither_names_is_at_fault_and_many_are_once(sop_class):
    told = found(
        reference("2.25.7"), reference("2.25.8"), sop_class=sop_class, **{CURRENT: evidence(reference("2.25.9"))}
    )
    assert told == [("sr-evidence", f"{FIRST} > ReferencedSOPInstanceUID")]


def test_what_an_image_is_shown_with_is_evidence_too():
    shown = reference("2.25.9", ReferencedSOPSequence=[reference("2.25.8", "1.2.840.10008.5.1.4.1.1.11.1")])
    told = found(shown, **{CURRENT: evidence(reference("2.25.9"))})
    assert told == [("sr-evidence", f"{FIRST} > ReferencedSOPSequence[1] > ReferencedSOPInstanceUID")]


def test_an_instance_has_one_class():
    told = found(reference("2.25.9", MR), **{CURRENT: evidence(reference("2.25.9", CT))})
    assert told == [("sr-evidence", f"{FIRST} > ReferencedSOPClassUID")]


def test_an_instance_is_evidence_of_one_kind():
    both = evidence(reference("2.25.9"))
    assert found(reference("2.25.9"), **{CURRENT: both, OTHER: both}) == [("sr-evidence", OTHER)]
