"""The packaged tables against their source, and the hand-written ones against the tables."""

from __future__ import annotations

import importlib.util
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword

from scanproof.iod.tables import listed
from scanproof.iod.tables.clauses import type_clause
from scanproof.iod.tables.conditions import (
    GROUPS,
    MODULES,
    documents,
    enhanced,
    frames,
    images,
    macros,
    patient,
)
from scanproof.iod.tables.knowledge import Knowledge, load_knowledge
from tests.support.others import missing, package

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "iod_tables.py"
PACKAGED = ROOT / "conformance" / "scanproof" / "iod" / "tables" / "iods.zip"


@pytest.fixture(scope="module")
def knowledge():
    return Knowledge()


@pytest.mark.long
def test_the_package_has_what_its_source_has(tmp_path):
    package("highdicom", "highdicom==0.28.2")
    spec = importlib.util.spec_from_file_location("iod_tables", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    if not version("highdicom").startswith(f"{tool.VERSION}."):
        missing(f"highdicom {version('highdicom')} is not the pinned {tool.VERSION}.x")
    tool.write(tool.build(tool.read_source()), tmp_path / "iods.zip")
    assert (tmp_path / "iods.zip").read_bytes() == PACKAGED.read_bytes()


def test_the_edition_is_named(knowledge):
    assert re.fullmatch(r"20\d\d[a-e]", knowledge.edition)
    assert knowledge.edition in type_clause("patient", "PatientName", knowledge.edition)
    assert knowledge.edition in type_clause("no-such-module", "PatientName", knowledge.edition)


def paths(nodes):
    for node in nodes.values():
        yield node.path, node
        yield from paths(node.children)


@pytest.fixture(scope="module")
def nodes(knowledge):
    """(module, path) to node, of every module."""
    found = {}
    for uid in knowledge._sop_classes:
        for module in knowledge.iod(uid).modules:
            if (module.key, "") not in found:
                found[module.key, ""] = None
                found |= {(module.key, path): node for path, node in paths(module.attributes)}
    return {key: node for key, node in found.items() if node is not None}


CONDITIONS = {**patient.PATIENT, **images.IMAGES, **documents.DOCUMENTS, **enhanced.ENHANCED}


def test_conditions_are_of_conditional_attributes_of_their_module(nodes):
    assert CONDITIONS
    for key, condition in CONDITIONS.items():
        assert nodes[key].type in ("1C", "2C"), key
        assert nodes[key].condition is condition, key


def test_conditions_of_macros_meet_a_conditional_attribute(nodes):
    conditional = [f">{path}" for (_, path), node in nodes.items() if node.type in ("1C", "2C")]
    keys = [*macros.MACROS, *frames.FRAMES]
    unmet = [key for key in keys if not any(path.endswith(f">{key}") for path in conditional)]
    assert keys
    assert unmet == [], "no module has them under these names"


def test_lists_of_modules_are_of_attributes_of_their_module(nodes):
    assert listed.MODULES
    assert listed.MODULES.keys() - nodes.keys() == set()


def test_lists_have_values_that_their_vr_allows():
    assert listed.ANYWHERE
    for keyword, named in listed.ANYWHERE.items():
        assert tag_for_keyword(keyword) is not None, keyword
        vr = dictionary_VR(keyword)
        assert named.values, keyword
        if vr == "CS":
            assert all(re.fullmatch(r"[A-Z0-9 _]{1,16}", value) for value in named.values), keyword
        elif vr in ("US", "DS", "IS"):
            assert all(re.fullmatch(r"-?\d+", value) for value in named.values), keyword


def test_modules_and_groups_are_of_their_iods(knowledge):
    by_key = {iod.key: iod for iod in map(knowledge.iod, knowledge._sop_classes)}
    for key, module in MODULES:
        assert module in [each.key for each in by_key[key].modules]
    for key, groups in GROUPS.items():
        (holder,) = [m for m in by_key[key].modules if "PerFrameFunctionalGroupsSequence" in m.attributes]
        assert groups.keys() <= holder.attributes["PerFrameFunctionalGroupsSequence"].children.keys()


def test_every_value_that_conditions_look_at_is_remembered(knowledge):
    for keyword in ("ScanningSequence", "PatientIdentityRemoved", "FrameType", "ValueType", "ImageType", "Modality"):
        assert tag_for_keyword(keyword) in knowledge.controls
    assert 0x00090010 in knowledge.controls, "private creators"
    for keyword in ("PatientName", "SOPInstanceUID", "ImagePositionPatient", "InstanceNumber", "WindowCenter"):
        assert tag_for_keyword(keyword) not in knowledge.controls, "it would spoil the memo of the structure"


def test_the_tables_are_opened_once():
    assert load_knowledge() is load_knowledge()
