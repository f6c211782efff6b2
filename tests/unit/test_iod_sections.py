"""Where rows stand in PS3.3: the module or macro of an attribute, its table, and the edition that was read."""

from __future__ import annotations

import re

import pytest

from scanproof.iod.tables.clauses import (
    facts,
    has_changed,
    keyword_clause,
    origin,
    source,
    text_clause,
    type_clause,
)
from scanproof.iod.tables.knowledge import Knowledge
from scanproof.iod.tables.unread import UNREAD
from tools import sections

CT_GROUPS = "enhanced-ct-image-multi-frame-functional-groups"
FRAMES = "PerFrameFunctionalGroupsSequence"


@pytest.mark.parametrize(
    ("module", "path", "of", "table"),
    [
        ("general-study", "StudyDate", "the General Study Module", "C.7-3"),
        ("general-study", "ProcedureCodeSequence>CodeMeaning", "the Code Sequence Macro", "8.8-1"),
        (
            "general-study",
            "ReferringPhysicianIdentificationSequence>PersonIdentificationCodeSequence>CodeValue",
            "the Code Sequence Macro",
            "8.8-1",
        ),
        (
            "general-study",
            "ReferringPhysicianIdentificationSequence>InstitutionName",
            "the Person Identification Macro",
            "10-1",
        ),
        (
            "general-study",
            "ReferencedStudySequence>ReferencedSOPInstanceUID",
            "the SOP Instance Reference Macro",
            "10-11",
        ),
        ("image-pixel", "Rows", "the Image Pixel Description Macro", "C.7-11c"),
        ("general-image", "IconImageSequence>BitsStored", "the Image Pixel Description Macro", "C.7-11c"),
        ("voi-lut", "WindowCenter", "the VOI LUT Macro", "C.11-2b"),
        (CT_GROUPS, f"{FRAMES}>PixelMeasuresSequence>PixelSpacing", "the Pixel Measures Macro", "C.7.6.16-2"),
        (CT_GROUPS, f"{FRAMES}>CTExposureSequence", "the CT Exposure Macro", "C.8-124"),
        (CT_GROUPS, FRAMES, "the Multi-frame Functional Groups Module", "C.7.6.16-1"),
        # sequences that are newer than 2020: by their structure
        ("ct-image", "ReferencedRTPlanSequence>ReferencedSOPClassUID", "the SOP Instance Reference Macro", "10-11"),
    ],
)
def test_an_attribute_is_of_the_table_that_has_its_row(module, path, of, table):
    assert origin(module, path) == of
    assert f"Table {table} (" in type_clause(module, path, "2026b")
    assert f"Table {table} (" in text_clause(module, path)


def test_every_module_and_macro_has_a_table_or_is_said_to_have_none():
    knowledge = Knowledge()
    modules = {module for rows in knowledge._iods.values() for module, *_ in rows}
    without = {module for module in modules if "Table" not in type_clause(module, "", knowledge.edition)}
    # of IODs that are newer than 2024b; "PS3.3 (2026b), X Module" then
    assert len(without) < 15
    assert all("waveform" in name or "montage" in name or name not in facts().modules for name in without)
    assert all(
        re.fullmatch(r"[\dA-F][\w.-]*", number) for row in facts().macros.values() for number in row[1:] if number
    )


def test_a_keyword_is_cited_by_the_tables_that_most_iods_have():
    assert keyword_clause("PatientSex") == "PS3.3 Table C.7-1 (2020)"
    assert keyword_clause("PhotometricInterpretation").startswith("PS3.3 Table C.7-11c, ")
    assert keyword_clause("NoSuchKeyword") == "PS3.3 Annex C (2026b)"


def written(knowledge):
    """Rows of conditional attributes whose condition is written, and of lists, with the clause that they have."""
    for rows in knowledge._iods.values():
        for module, *_ in rows:
            for node in every(knowledge._attributes(module)):
                if node.condition is not None and node.type in ("1C", "2C"):
                    yield source(module, node.path), node.condition.clause
                if node.listed is not None:
                    yield source(module, node.path), node.listed.clause


def every(nodes):
    for node in nodes.values():
        yield node
        yield from every(node.children)


@pytest.mark.long
def test_no_condition_is_cited_by_words_that_have_changed_since():
    found = dict(written(Knowledge()))
    changed = {row for row, clause in found.items() if has_changed(row) and re.fullmatch(r"|.*\(2020\)", clause)}
    known = UNREAD.keys()
    assert changed - known == set(), "read them again: clause= with the edition, or tables/unread.py"
    assert known - changed == set(), "tables/unread.py names rows that need it no more"
    for row in UNREAD:
        if row[0] == "module":
            assert "type alone read" in text_clause(row[1], row[2])


# --- the tool ---------------------------------------------------------------------------------------------------------


def rows(*tags, module="m"):
    return [
        {"moduleId": module, "path": f"{module}:{tag}", "type": kind, "description": f"<p>{words}</p>"}
        for tag, kind, words in tags
    ]


MACRO = [sections.Row("CodeValue", "1C", "a"), sections.Row("CodeMeaning", "1", "b")]


def test_a_macro_is_found_by_its_rows():
    levels = sections.levels_of(
        rows(("00080100", "1C", "a"), ("00080104", "1", "b"), ("00081030", "3", "c")), "moduleId"
    )
    assert sections.included(levels["m"][""], {"code": MACRO}) == ["code"]
    other = sections.levels_of(rows(("00080100", "1C", "a"), ("00080104", "1", "other words")), "moduleId")
    assert sections.included(other["m"][""], {"code": MACRO}) == []
    nested = sections.levels_of(rows(("00081032", "3", "s"), ("00081032:60xx0010", "1", "x")), "moduleId")
    assert list(nested["m"]) == ["", "ProcedureCodeSequence"]


def test_a_macro_is_found_by_its_structure_where_no_row_is_left():
    tree = {"CodeValue": ["1C", {}], "CodeMeaning": ["1", {}], "StudyID": ["2", {}]}
    assert sections.like(tree, {"code": MACRO, "single": MACRO[:1]}) == ["code"]
    assert sections.like({"CodeValue": ["3", {}], "CodeMeaning": ["1", {}]}, {"code": MACRO}) == []


def source_of(table):
    return {"id": "m", "name": "M", "linkToStandard": f"http://x/part03/sect_C.1.html#table_{table}"}


def test_what_has_changed_is_told_by_type_and_place():
    of_2020 = {
        "modules": [source_of("C.1-1"), {**source_of("C.7.6.16-1"), "id": "multi-frame-functional-groups"}],
        "macros": [],
        "ciods": [source_of("A.1-1")],
        "module_to_attributes": rows(("00080020", "2", "a"), ("00080030", "2", "b")),
        "macro_to_attributes": [],
        "ciod_to_fg_macros": [],
    }
    of_2024 = {"modules": [source_of("C.1-2")], "macros": [], "ciods": [], "ciod_to_func_group_macros": []}
    tree = {"StudyDate": ["2", {}], "StudyTime": ["1", {}], "StudyID": ["2", {}]}
    structure = sections.Structure({"m": tree}, sections.Counter({"m": 1}))
    made = sections.Tables(of_2020, of_2024, structure).facts()
    assert made["iods"]["m"] == ["M", "A.1-1", ""]
    assert made["modules"]["m"] == ["M", "C.1-1", "C.1-2"]
    assert made["changed"] == {"module m": {"StudyTime": ["2", "1"], "StudyID": ["", "2"]}}
    assert made["homes"]["StudyID"] == ["module m"]
