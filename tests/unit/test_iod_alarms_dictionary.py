"""The repeating groups (PS3.5 7.6) are in the dictionary: keyword, tag, VR and VM of each of their groups."""

from __future__ import annotations

import pytest

from scanproof.iod.encoded.dictionary import attribute_of, vrs_of
from scanproof.iod.judgement.values import judge_element
from scansim.wire.dataset import DataSet, Element, keyword, tag_of


@pytest.mark.parametrize(
    ("tag", "name", "vrs", "retired"),
    [
        (0x60000010, "OverlayRows", ("US",), False),
        (0x60020010, "OverlayRows(6002,0010)", ("US",), False),
        (0x601E3000, "OverlayData(601E,3000)", ("OB", "OW"), False),
        (0x50000020, "TypeOfData", ("CS",), True),
        (0x00203100, "SourceImageIDs", ("CS",), True),
        (0x00203105, "SourceImageIDs(0020,3105)", ("CS",), True),
        (0x7F020010, "VariablePixelData(7F02,0010)", ("OB", "OW"), True),
    ],
)
def test_attributes_of_repeating_groups_have_a_name_of_their_own(tag, name, vrs, retired):
    attribute = attribute_of(tag)
    assert keyword(tag) == attribute.keyword == name
    assert tag_of(name) == tag
    assert attribute.vrs == vrs
    assert attribute.retired is retired


@pytest.mark.parametrize("tag", [0x60010010, 0x50011234, 0x7F030010, 0x60001234])
def test_private_groups_between_them_and_gaps_in_them_are_not(tag):
    assert attribute_of(tag) is None
    assert vrs_of(tag) == ()
    assert tag_of(keyword(tag)) == tag


def test_a_name_that_no_dictionary_has_is_none():
    for name in ("OverlayRow", "(6000,001)", "OverlayRows(6000)"):
        with pytest.raises(KeyError):
            tag_of(name)


def test_their_values_are_judged_like_any_other():
    def rules(tag, vr, value):
        element = Element(tag, vr, value, 0)
        return [finding.rule for finding in judge_element(DataSet({tag: element}), element)]

    assert rules(0x60020010, "US", b"\x10\0") == []
    assert rules(0x60020010, "US", b"\x10\0\x10\0") == ["vm"]
    assert rules(0x60000050, "US", b"\1\0\1\0") == ["vr-mismatch"]
    assert rules(0x60003000, "OW", b"\0\0") == rules(0x60003000, "OB", b"\0\0") == []
    assert rules(0x50000020, "CS", b"ecg ") == ["attribute-retired", "vr-grammar-cs"]
    assert rules(0x60001234, "US", b"\x10\0") == ["attribute-unknown"]
