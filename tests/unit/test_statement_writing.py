"""The writer of statement files: what it writes loads as the same data, and reads well."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.statements.writing import WIDTH, put, scalar, written
from scansim.inputs import InputError, load

SAMPLE = {
    "conformance_statement": "1",
    "cover_page": {"product": "Small Archive", "versions": ["2.4.1"], "date": "2026-11-01"},
    "overview": {
        "content_and_transfer": {
            "transfer_syntax_sets": {"A": ["ImplicitVRLittleEndian", "ExplicitVRLittleEndian"]},
            "storage_sop_classes": [
                {"sop_class": "CTImageStorage", "uid": "1.2.840.10008.5.1.4.1.1.2", "dimse": {"scu": "Y", "scp": "N"}},
            ],
        }
    },
    "services": {
        "storage_commitment": {"scp": {"failure_reasons": {"0112": "unknown", "0131": "?"}}},
        "query": {"keys": [{"in": "ScheduledProcedureStepSequence", "attributes": [{"attribute": "Modality"}]}]},
    },
    "iods": [],
}


@pytest.fixture
def loaded(tmp_path):
    def loaded(text: str):
        path = tmp_path / "statement.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path).data

    return loaded


def test_sample_as_text(loaded):
    text = written(SAMPLE)
    assert loaded(text) == SAMPLE
    assert text == (
        'conformance_statement: "1"\n'
        'cover_page: {product: Small Archive, versions: ["2.4.1"], date: "2026-11-01"}\n'
        "overview:\n"
        "  content_and_transfer:\n"
        "    transfer_syntax_sets: {A: [ImplicitVRLittleEndian, ExplicitVRLittleEndian]}\n"
        "    storage_sop_classes:\n"
        '      - {sop_class: CTImageStorage, uid: "1.2.840.10008.5.1.4.1.1.2", dimse: {scu: Y, scp: N}}\n'
        "services:\n"
        "  storage_commitment:\n"
        '    scp: {failure_reasons: {"0112": unknown, "0131": "?"}}\n'
        "  query:\n"
        "    keys:\n"
        "      - in: ScheduledProcedureStepSequence\n"
        "        attributes:\n"
        "          - {attribute: Modality}\n"
        "iods: []\n"
    )


def test_comments_stand_behind_and_above(loaded):
    keys = ("services", "query", "keys", 0, "attributes")
    behind = {(*keys, 0): "a03.r2", ("cover_page", "date"): "today", ("iods",): "none seen", ("services",): "two"}
    text = written(SAMPLE, behind, {("services", "query"): "of the study\nand below"}, head="a draft\n\nof ours")
    assert loaded(text) == SAMPLE
    assert text.startswith("# a draft\n#\n# of ours\nconformance_statement")
    assert "\n          - {attribute: Modality}  # a03.r2\n" in text
    assert '\n  date: "2026-11-01"  # today\n' in text
    assert "\niods: []  # none seen\n" in text
    assert "\nservices:  # two\n" in text
    assert "\n  # of the study\n  # and below\n  query:\n" in text


def test_a_comment_without_room_stands_above(loaded):
    data = {"a": "b" * 100}
    text = written(data, {("a",): "x" * 30})
    assert loaded(text) == data
    assert text == f"# {'x' * 30}\na: {'b' * 100}\n"


def test_a_comment_cannot_end_its_line(loaded):
    text = written({"a": "b"}, {("a",): "evil\u2028: x\x1b[31m\x85y: 1"})
    assert loaded(text) == {"a": "b"}
    assert "\x1b" not in text


def test_comment_of_a_broken_list_stands_at_its_end(loaded):
    data = {"sets": {"A": [f"JPEG2000Lossless{number}" for number in range(20)]}}
    text = written(data, {("sets", "A"): "a01"})
    assert loaded(text) == data
    assert text.endswith("]  # a01\n")
    assert max(map(len, text.splitlines())) <= WIDTH


def test_long_text_is_folded_and_read_as_it_was(loaded):
    data = {"a": [{"condition": "words  and blanks " * 20 + " ", "code": "A700"}, "one \\ two " * 30]}
    text = written(data)
    assert loaded(text) == data
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize("text", ["A700", "0112", "Cxxx", "1.2.840.10008.1.2", "yes", "No", "on", "null", "~", "1e5",
                                  "0x10", "12:30", "2026-11-01", "?", "", " a", "a ", "a: b", "a #b", "=", "<<", "-",
                                  "a,b", "[x]", "true", ".inf", "1_000", "0o17", "!x", "&x", "*x"])  # fmt: skip
def test_what_would_be_misread_is_in_quotes(text):
    assert scalar(text) == f'"{text}"'
    for value in (yaml.safe_load(scalar(text)), yaml.safe_load(f"[{scalar(text)}]")[0]):
        assert value == text


@pytest.mark.parametrize("text", ["Y", "N", "ARCHIVE", "ISO_IR 100", "SINGLE_VALUE", "ImplicitVRLittleEndian",
                                  "stored on disk", "Müller", "first_proposed", "one (or two)", "CT"])  # fmt: skip
def test_words_need_no_quotes(text):
    assert scalar(text) == text
    assert yaml.safe_load(f"[{text}]") == [text]


def test_numbers_stay_numbers(loaded):
    data = {"a": [1, -2, 0.5, 1e16, 1e-7, True, False, None, 0]}
    assert loaded(written(data)) == data


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"x"])
def test_what_no_file_can_hold_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        written({"a": value})


def test_nothing_is_overwritten(tmp_path):
    out = tmp_path / "statement.yaml"
    put("a: b\n", out)
    assert out.read_text() == "a: b\n"
    with pytest.raises(InputError, match="there already"):
        put("c: d\n", out)
    assert [each.name for each in tmp_path.iterdir()] == ["statement.yaml"]
    assert out.read_text() == "a: b\n"


LEAVES = st.text(max_size=200) | st.integers(-5, 10**6) | st.booleans() | st.none() | st.floats(0, 1e9)
TREES = st.recursive(
    LEAVES,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=20), inside, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=12), TREES, min_size=1, max_size=4))
@settings(max_examples=10, deadline=None, derandomize=True, database=None)
def test_whatever_is_written_is_read_as_it_was(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(written(data, {(next(iter(data)),): "note"}), encoding="utf-8")
    assert load(path).data == data
