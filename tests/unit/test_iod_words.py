"""What is said of conditions: the part that decides, with the values that were found, in plain words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.meant import rewritten
from scanproof.iod.rules import RULES, advise, levels_of
from scanproof.iod.tables.logic import (
    ALWAYS,
    NEVER,
    UNKNOWN,
    Expression,
    filled,
    in_item,
    number,
    present,
    required_if,
    value_is,
)
from tests.support.iod_data import CT, GOOD, MR, dataset, elements, structure

SOURCES = Path(__file__).parents[2] / "conformance" / "scanproof" / "iod"
SCOPE = (
    dataset(
        {
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4",
            "ScanningSequence": ["SE", "EP"],
            "SamplesPerPixel": 1,
            "StudyID": "",
            "ViewCodeSequence": [{"CodeValue": "R-1"}],
        }
    ),
)
IR, EP = value_is("ScanningSequence", "IR"), value_is("ScanningSequence", "EP")


@pytest.mark.parametrize(
    ("required", "allowed", "why"),
    [
        (IR, NEVER, "Scanning Sequence is SE and EP, not IR"),
        (~EP, NEVER, "Scanning Sequence is EP"),
        (value_is("ScanningSequence", "IR", index=2), NEVER, "value 2 of Scanning Sequence is EP, not IR"),
        (EP & present("StudyID"), NEVER, "Scanning Sequence is EP and Study ID is present"),
        # of what is false because of several parts, one is enough; of what is true because of one, that one
        (IR & filled("StudyID"), NEVER, "Scanning Sequence is SE and EP, not IR"),
        (IR | filled("StudyID"), NEVER, "Scanning Sequence is SE and EP, not IR and Study ID has no value"),
        (IR | EP | UNKNOWN, ALWAYS, "Scanning Sequence is EP"),
        (~(IR | filled("StudyID")), NEVER, "Scanning Sequence is SE and EP, not IR and Study ID has no value"),
        (number("SamplesPerPixel", lambda value: value > 1, "is more than 1"), NEVER,
         "Samples per Pixel is 1, not more than 1"),
        (in_item(("ViewCodeSequence",), value_is("CodeValue", "R-1")), NEVER,
         "Code Value is R-1 in View Code Sequence"),
        (value_is("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"), NEVER, "the SOP Class is MR Image Storage"),
        (value_is("ScanningSequence", *"ABCDEFGH"), NEVER,
         "Scanning Sequence is SE and EP, not A, B, C, D, E or 3 others"),
        # what has to fail besides is said only when it is another reason
        (IR, filled("StudyID"), "Scanning Sequence is SE and EP, not IR and Study ID has no value"),
        (IR, IR & EP, "Scanning Sequence is SE and EP, not IR"),
        (Expression(lambda scope: False, frozenset(), "the tree has leaves"), NEVER,
         "it is not so that the tree has leaves"),
        (Expression(lambda scope: False, frozenset(), "the tree has leaves", "the tree is bare"), NEVER,
         "the tree is bare"),
        (UNKNOWN, NEVER, ""),
    ],
)  # fmt: skip
def test_a_condition_says_what_made_it_so(required, allowed, why):
    assert required_if(required, allowed).why(SCOPE) == why


def test_an_expression_has_words_of_its_own_and_of_its_contrary():
    both = EP & (present("StudyID") | present("StudyDate"))
    assert both.text == "Scanning Sequence is EP and either Study ID is present or Study Date is present"
    assert (~both).text == "Scanning Sequence is not EP or Study ID is absent and Study Date is absent"
    assert (~~both).text == both.text
    assert (EP & UNKNOWN).text == EP.text


@pytest.mark.parametrize(
    ("attributes", "tag", "message", "clause"),
    [
        (
            {**GOOD[MR], "InversionTime": "4"},
            "InversionTime",
            "present, though Scanning Sequence is SE, not IR; the MR Image Module does not allow it then (Type 2C)",
            "PS3.3 Table C.8-4 (2020)",
        ),
        (
            {**GOOD[MR], "ScanningSequence": "IR"},
            "InversionTime",
            "absent, while Scanning Sequence is IR; the MR Image Module wants it then (Type 2C)",
            "PS3.3 Table C.8-4 (2020)",
        ),
        (
            {**GOOD[CT], "StudyID": ...},
            "StudyID",
            "absent; the General Study Module wants it, if only empty (Type 2)",
            "PS3.3 Table C.7-3 (2024b; types of 2026b)",
        ),
        (
            {**GOOD[CT], "ProcedureCodeSequence": [{"CodeValue": "1", "CodingSchemeDesignator": "L"}]},
            "ProcedureCodeSequence[1] > CodeMeaning",
            "absent; the Code Sequence Macro wants it with a value (Type 1)",
            "PS3.3 Table 8.8-1 (2024b; types of 2026b)",
        ),
    ],
)
def test_messages_say_what_is_there_and_what_is_wanted(attributes, tag, message, clause):
    kept = {name: value for name, value in attributes.items() if value is not ...}
    (found,) = [finding for finding in structure(kept) if finding.tag == tag]
    assert (found.message, found.clause) == (message, clause)


# --- tags, advice and levels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "number"),
    [
        ("Modality", "(0008,0060)"),
        ("SourceImageSequence[2] > ReferencedSOPInstanceUID", "(0008,2112)[2] > (0008,1155)"),
        ("(0009,1001)", "(0009,1001)"),
        ("(0009,1001)[1] > Rows", "(0009,1001)[1] > (0028,0010)"),
        ("", ""),
    ],
)
def test_a_finding_has_its_path_in_tags(tag, number):
    assert IodFinding("vm", IodLevel.ERROR, tag, "", "").number == number


def test_advice_is_that_of_the_finding_else_of_the_rule_with_the_name():
    def advice(rule, tag="PatientSex", **more):
        return advise(IodFinding(rule, IodLevel.ERROR, tag, "", "", **more))

    assert advice("type2-missing") == "Write Patient's Sex, with zero length when nothing is known."
    assert (
        advice("type1-missing", "Sequence[1] > StudyDate")
        == "Write Study Date with its value where the object is made."
    )
    assert advice("type1-missing", "") == RULES["type1-missing"].hint
    assert advice("uid-reuse") == RULES["uid-reuse"].hint
    assert advice("vm", advice="Do that.") == "Do that."
    assert advice("no-such-rule") == ""


@pytest.mark.parametrize(("value", "meant"), [("m", "M"), ("F.", "F"), ("X", "")])
def test_a_value_that_is_like_a_listed_one_is_named(value, meant):
    found = [f for f in elements({"PatientSex": value}) if f.rule == "enumerated-value"]
    assert [f.advice for f in found] == [f"If {meant} is meant, write just that." if meant else ""]


@pytest.mark.parametrize(
    ("attributes", "message", "advice"),
    [
        ({"StudyDate": "2025-12-31"}, "", "If 20251231 is meant, write just that."),
        ({"StudyDate": "31.12.2025"}, "", "Write the date without separators, as 20251231"),
        ({"StudyTime": "11:25:01"}, "", "If 112501 is meant, write just that."),
        ({"StudyDate": "00000000"}, "no day of the calendar", "or nothing where it is not known."),
        ({"PatientAge": "56Y"}, "", "If 056Y is meant, write just that."),
        ({"SliceThickness": "89.95920557505781"}, "17 bytes, more than 16", "Round the number"),
        ({"PatientOrientation": ["L"]}, "1 value, where VM is 2", "Write the values that are missing"),
    ],
)
def test_advice_fits_what_was_found(attributes, message, advice):
    found = elements(attributes)
    assert any(message in each.message and advice in advise(each) for each in found), found


def test_one_value_alone_is_no_list():
    shallow = {"SOPClassUID": CT, "BitsAllocated": 8}
    found = next(each for each in structure(shallow) if each.tag == "BitsAllocated" and each.rule == "enumerated-value")
    assert found.message == "value 1 is '8', where 16 is wanted"
    assert advise(found) == "Write BitsAllocated with a value of the message, and with it whatever it describes."


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        *(("DA", "2025-13-31"), ("CS", "?"), ("CS", "a" * 17), ("TM", "25:00")),
        *(("DS", "1,2,3"), ("UI", "1.02")),
    ],
)
def test_of_what_has_no_plain_meaning_none_is_made_up(vr, value):
    assert rewritten(vr, value) == ""
    assert rewritten("DS", "2,5") == "If 2.5 is meant, write just that."
    assert rewritten("IS", "4.000") == "If 4 is meant, write just that."


def emitted():
    """(rule, level) of the findings whose rule and level stand in the code."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("IodFinding", "SeriesFinding"):
                rule, level = node.args[:2]
                if isinstance(rule, ast.Constant) and isinstance(level, ast.Attribute):
                    yield rule.value, level.attr.lower()


@pytest.mark.long
def test_the_catalogue_tells_the_levels_that_the_code_gives():
    found = list(emitted())
    assert len(found) > 40
    assert [(rule, level) for rule, level in found if level not in levels_of(rule)] == []
    assert all(levels_of(rule) for rule in RULES)
