"""Presence, types, modules, items, private elements and what is outside the IOD."""

from __future__ import annotations

import pytest

from tests.support.iod_data import CT, GOOD, MR, SC, elements, errors, structure, warned

CODE = {"CodeValue": "P1", "CodingSchemeDesignator": "99SCANSIM", "CodeMeaning": "Phantom"}


def with_(sop_class, **more):
    return GOOD[sop_class] | more


def without(sop_class, *names):
    return {name: value for name, value in GOOD[sop_class].items() if name not in names}


@pytest.mark.parametrize("sop_class", GOOD)
def test_good_data_sets_have_no_finding(sop_class):
    assert [f for f in structure(GOOD[sop_class]) if f.level != "info"] == []
    assert elements(GOOD[sop_class]) == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [("Modality", "type1-missing"), ("PatientID", "type2-missing"), ("RescaleSlope", "type1-missing")],
)
def test_missing_attributes_are_errors_with_a_clause(name, rule):
    (finding,) = [f for f in structure(without(CT, name)) if f.level == "error"]
    assert (finding.rule, finding.tag) == (rule, name)
    assert finding.clause.startswith("PS3.3 Table C.")
    assert "2026b" in finding.clause


def test_type_1_may_not_be_empty_and_type_2_may():
    assert errors(structure(with_(CT, Modality="", PatientID="", PixelSpacing=None))) == [
        ("type1-empty", "Modality"),
        ("type1-empty", "PixelSpacing"),
    ]


def test_binary_zero_is_a_value_and_zero_length_is_none():
    assert errors(structure(with_(CT, PixelRepresentation=0))) == []
    assert errors(structure(with_(CT, PixelRepresentation=None))) == [("type1-empty", "PixelRepresentation")]


def test_what_is_missing_from_an_incomplete_data_set_is_not_judged():
    assert errors(structure(without(CT, "PixelSpacing", "Rows"), complete=False)) == []


def test_nested_attributes_have_their_path():
    reference = {"ReferencedSOPClassUID": CT}
    found = errors(
        structure(with_(CT, SourceImageSequence=[reference | {"ReferencedSOPInstanceUID": "2.25.9"}, reference]))
    )
    assert found == [("type1-missing", "SourceImageSequence[2] > ReferencedSOPInstanceUID")]


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (CODE, []),
        ({"LongCodeValue": "A-LONG-CODE-INDEED", "CodingSchemeDesignator": "99X", "CodeMeaning": "x"}, []),
        ({"URNCodeValue": "urn:oid:2.25.1", "CodeMeaning": "x"}, []),
        ({"CodingSchemeDesignator": "99X", "CodeMeaning": "x"}, [("condition-missing", " > CodeValue")]),
        ({"CodeValue": "P1", "CodeMeaning": "x"}, [("condition-missing", " > CodingSchemeDesignator")]),
        ({"CodeValue": "P1", "CodingSchemeDesignator": "99X"}, [("type1-missing", " > CodeMeaning")]),
        ({}, [("item-empty", "")]),
        (
            CODE | {"ContextIdentifier": "29"},
            [("condition-missing", " > ContextGroupVersion"), ("condition-missing", " > MappingResource")],
        ),
    ],
)
def test_a_code_item_has_one_of_three_values_and_one_finding_for_a_fault(item, found):
    expected = [(rule, f"ProcedureCodeSequence[1]{path}") for rule, path in found]
    assert errors(structure(with_(CT, ProcedureCodeSequence=[item]))) == expected


def test_a_type_3_sequence_without_item_is_a_warning():
    findings = structure(with_(CT, ProcedureCodeSequence=[]))
    assert errors(findings) == []
    assert warned(findings) == [("sequence-no-item", "ProcedureCodeSequence")]


def test_a_sequence_of_one_item_has_not_two():
    findings = structure(with_(CT, AnatomicRegionSequence=[CODE, CODE]))
    assert errors(findings) == [("item-count", "AnatomicRegionSequence")]


def test_an_optional_module_is_judged_when_an_attribute_of_its_own_is_there():
    lone = structure(with_(CT, ContrastBolusVolume="10"))
    assert (errors(lone), warned(lone)) == ([], [("type2-missing", "ContrastBolusAgent")])
    assert errors(structure(with_(CT, SynchronizationTrigger="SOURCE"))) == [
        ("type1-missing", "AcquisitionTimeSynchronized"),
        ("type1-missing", "SynchronizationFrameOfReferenceUID"),
    ]


def test_attributes_outside_the_iod_are_a_note():
    findings = structure(with_(CT, RetrieveAETitle="ARCHIVE", DataSetTrailingPadding=bytes(4)))
    assert [(f.rule, f.tag, f.level) for f in findings] == [("standard-extended", "RetrieveAETitle", "info")]


def test_retired_attributes_are_a_warning_at_any_depth():
    found = warned(elements(with_(CT, StudyComments="x", ProcedureCodeSequence=[CODE | {"StudyComments": "x"}])))
    assert sorted(found) == [
        ("attribute-retired", "ProcedureCodeSequence[1] > StudyComments"),
        ("attribute-retired", "StudyComments"),
    ]


@pytest.mark.parametrize(
    ("uid", "rules"),
    [
        ("2.25.31415", ["iod-not-checked"]),
        ("1.2.840.10008.5.1.4.1.1.6", ["iod-not-checked"]),
        ("1.2.840.10008.5.1.4.1.1.2.99", ["iod-not-checked"]),
        ("", ["type1-empty", "iod-not-checked"]),
    ],
)
def test_sop_classes_without_tables(uid, rules):
    assert [finding.rule for finding in structure(GOOD[CT] | {"SOPClassUID": uid})] == rules


def test_a_directory_has_its_class_in_the_file_meta_alone():
    assert errors(structure({"FileSetID": "SYNTHETIC"})) == []


@pytest.mark.parametrize("length_of_uid", ["absent"])
def test_no_sop_class_at_all(length_of_uid):
    assert errors(structure(without(CT, "SOPClassUID"))) == [("type1-missing", "SOPClassUID")]


def test_other_iods_say_that_conditions_are_not_checked():
    rules = [finding.rule for finding in structure(GOOD[CT] | {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.5.1"})]
    assert "conditions-not-checked" in rules
    assert "conditions-not-checked" not in [finding.rule for finding in structure(GOOD[MR])]


def test_an_image_without_pixels_is_an_error():
    assert errors(structure(without(SC, "PixelData"))) == [("pixel-data-missing", "PixelData")]


def private(*rows):
    return GOOD[CT] | {f"(0009,{element:04X})": (vr, value) for element, vr, value in rows}


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        (private((0x10, "LO", "SCANSIM"), (0x1001, "LO", "x")), []),
        (private((0xFF, "LO", "SCANSIM"), (0xFF01, "LO", "x")), []),
        (private((0x1001, "LO", "x")), [("private-creator-missing", "(0009,1001)")]),
        (private((0x10, "LO", ""), (0x1001, "LO", "x")), [("private-creator-empty", "(0009,0010)")]),
        (private((0x10, "LO", "    "), (0x1001, "LO", "x")), [("private-creator-empty", "(0009,0010)")]),
        (private((0x10, "LO", "SCANSIM"), (0x1101, "LO", "x")), [("private-creator-missing", "(0009,1101)")]),
        (private((0x02, "LO", "x")), [("private-element-low", "(0009,0002)")]),
        # one fault of a block, however many elements stand in it
        (private((0x1001, "LO", "x"), (0x1002, "LO", "x")), [("private-creator-missing", "(0009,1001)")]),
        (
            private((0x1001, "LO", "x"), (0x1101, "LO", "x")),
            [("private-creator-missing", "(0009,1001)"), ("private-creator-missing", "(0009,1101)")],
        ),
    ],
)
def test_private_blocks(attributes, found):
    assert errors(structure(attributes)) == found


def test_a_private_creator_twice_in_a_group_is_a_warning():
    findings = structure(private((0x10, "LO", "A"), (0x11, "LO", "A")))
    assert (errors(findings), warned(findings)) == ([], [("private-creator-twice", "(0009,0011)")])


def test_an_item_has_private_blocks_of_its_own():
    inside = CODE | {"(0009,1001)": ("LO", "lost")}
    found = errors(structure(private((0x10, "LO", "SCANSIM")) | {"ProcedureCodeSequence": [inside]}))
    assert found == [("private-creator-missing", "ProcedureCodeSequence[1] > (0009,1001)")]
