"""Limits of the checker are none of the file: what is beyond is a note, and the rest is judged as it stands."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import pytest

from scanproof.iod import Checker
from scanproof.iod.engine import limits
from scanproof.iod.judgement.values import judge_element
from scansim.wire.dataset import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, DataSet, Element
from tests.support.iod_data import CT, GOOD, encode, part10_head

ENDLESS = 0xFFFFFFFF
CONTENT = 0x0040A730
MIB = 1 << 20
HEAD = part10_head(DEFLATED_LITTLE)


def told(checked):
    return [(f.rule, f.level.value, f.tag) for f in checked.findings]


def deflated(*pieces):
    packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    return b"".join(map(packer.compress, pieces)) + packer.flush()


def big(frames):
    """The head of a CT with so many frames of one MiB each, without its pixels."""
    attributes = GOOD[CT] | {"Rows": 1024, "Columns": 512}
    head = encode({name: value for name, value in attributes.items() if name != "PixelData"})
    return head + struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, frames * MIB)


def test_a_long_deflated_data_set_is_read_and_judged(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEPT", 1 << 16)
    checker = Checker()
    data = deflated(big(1), bytes(MIB))
    assert told(checker.check_bytes(HEAD + data)) == []
    short = deflated(big(2), bytes(MIB))
    assert [rule for rule, _, _ in told(checker.check_bytes(HEAD + short))] == ["element-truncated"]
    wrong = deflated(big(2), bytes(2 * MIB))
    assert told(checker.check_bytes(HEAD + wrong)) == [("pixel-length", "error", "PixelData")]
    assert ("deflate", "error", "") in told(checker.check_bytes(HEAD + data[:-20]))


def test_what_is_not_kept_and_no_pixels_is_told_of(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEPT", 1 << 14)
    long = encode({"(0009,0010)": ("LO", "X"), "(0009,1001)": ("OB", bytes(1 << 15))})
    data = deflated(encode({"SOPClassUID": CT, "SOPInstanceUID": "2.25.3"}), long)
    assert told(Checker().check_bytes(HEAD + data)) == [("checker-limit", "info", "")]


def test_a_bomb_takes_no_memory(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEPT", MIB)
    monkeypatch.setattr(limits, "MOST_INFLATED", 40 * MIB)
    bomb = deflated(big(4000), *[bytes(MIB)] * 60)
    tracemalloc.start()
    try:
        found = told(Checker().check_bytes(HEAD + bomb))
        assert tracemalloc.get_traced_memory()[1] < 12 * MIB
    finally:
        tracemalloc.stop()
    assert ("checker-limit", "info", "") in found
    assert not [rule for rule, level, _ in found if level == "error" and rule != "pixel-length"]


def _nested(levels, syntax, endless):
    """A sequence of so many levels, in a data set of its own."""
    little = syntax != EXPLICIT_BIG
    order, explicit = "<" if little else ">", syntax != IMPLICIT_LITTLE

    def head(tag, vr, length):
        if explicit and tag >> 16 != 0xFFFE:
            return struct.pack(f"{order}HH2sHI", tag >> 16, tag & 0xFFFF, vr, 0, length)
        return struct.pack(f"{order}HHI", tag >> 16, tag & 0xFFFF, length)

    data = b""
    for _ in range(levels):
        if endless:
            data = head(0xFFFEE000, b"", ENDLESS) + data + head(0xFFFEE00D, b"", 0)
            data = head(CONTENT, b"SQ", ENDLESS) + data + head(0xFFFEE0DD, b"", 0)
        else:
            data = head(0xFFFEE000, b"", len(data)) + data
            data = head(CONTENT, b"SQ", len(data)) + data
    return data


@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG])
@pytest.mark.parametrize("endless", [True, False])
def test_deep_nesting_is_a_note_and_what_stands_behind_it_is_judged(syntax, endless):
    before = {"SOPClassUID": "2.25.9", "SOPInstanceUID": "2.25.3"}
    behind = encode({"(0050,0004)": ("CS", "no")}, syntax)
    rules = {}
    for levels in (63, 64, 500):
        data = encode(before, syntax) + _nested(levels, syntax, endless) + behind
        rules[levels] = [(f.rule, f.level) for f in Checker().check_dataset(data, syntax).findings]
    assert ("checker-limit", "info") not in rules[63]
    assert rules[500].count(("checker-limit", "info")) == 1
    for found in rules.values():
        assert ("enumerated-value", "error") in found
        assert not {"sequence-truncated", "element-length", "truncated"} & {rule for rule, _ in found}


def test_very_many_elements_are_a_note(monkeypatch):
    for room in ("elements", "structures"):
        monkeypatch.setattr(f"scanproof.iod.engine.{room}.MOST_ELEMENTS", 200)
    items = [{"CodeValue": "1", "CodingSchemeDesignator": "99X", "CodeMeaning": "x"}] * 300
    found = told(Checker().check_dataset(encode(GOOD[CT] | {"ProcedureCodeSequence": items}), EXPLICIT_LITTLE))
    assert ("checker-limit", "info", "") in found
    assert not [rule for rule, level, _ in found if level == "error"]


@pytest.mark.parametrize(("vm", "found"), [(30_000, []), (30_001, ["vm"])])
def test_a_long_list_of_numbers_is_counted_to_its_end(vm, found):
    value = b"\\".join([b"-1.25e-01"] * vm)
    element = Element(0x30060050, "DS", value + b" " * (len(value) % 2), 0)  # Contour Data, VM 3-3n
    assert [finding.rule for finding in judge_element(DataSet({element.tag: element}), element)] == found
    broken = element._replace(value=b"1\\x\\3\\" + element.value)
    rules = [finding.rule for finding in judge_element(DataSet({element.tag: broken}), broken)]
    assert rules == [*found, "vr-grammar-ds"]
