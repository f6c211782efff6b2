"""The lenient reader against pydicom, and against bytes that nobody should send (PS3.5 7)."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, STANDARD_VR

from scanproof.view import dataset_lines
from scansim.wire import dataset as wire_dataset
from scansim.wire.dataset import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    LONGEST_INFLATED,
    PIXEL_DATA,
    DataSet,
    Element,
    encodings_of,
    keyword,
    read,
    tag_of,
)

SYNTAXES = [
    IMPLICIT_LITTLE,
    EXPLICIT_LITTLE,
    EXPLICIT_BIG,
    DEFLATED_LITTLE,
]
TEXT = st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=16)
SIMPLE = {
    "PatientName": st.sampled_from(["Test^Anna", "Müller^Jörg", "", "山田^太郎=やまだ^たろう"]),
    "PatientID": TEXT,
    "AccessionNumber": TEXT,
    "Modality": st.sampled_from(["CT", "MR", ""]),
    "StudyInstanceUID": st.sampled_from(["1.2.3", "1.2.34", ""]),
    "ScheduledStationAETitle": st.lists(TEXT.filter(bool), max_size=3),
    "PatientComments": st.sampled_from(["a\\b", "free text", ""]),
    "PatientWeight": st.sampled_from(["71.5", ""]),
    "Rows": st.integers(0, 65535),
    "FailureReason": st.integers(0, 65535),
    "SimpleFrameList": st.lists(st.integers(0, 2**32 - 1), max_size=3),
    "TableTopVerticalPosition": st.just("12.5"),
    "RealWorldValueSlope": st.floats(allow_nan=False),
    "DataPointRows": st.integers(0, 2**32 - 1),
    "FrameIncrementPointer": st.sampled_from([0x00181063, 0x00540010]),
}
SEQUENCES = ("ScheduledProcedureStepSequence", "ReferencedSOPSequence", "ProcedureCodeSequence")


def make(values: dict[str, object]) -> Dataset:
    out = Dataset()
    for name, value in values.items():
        if name in SEQUENCES:
            items, undefined, items_undefined = value
            sequence = Sequence([make(item) for item in items])
            for item in sequence:
                item.is_undefined_length_sequence_item = items_undefined
            setattr(out, name, sequence)
            out[name].is_undefined_length = undefined
        else:
            setattr(out, name, value)
    return out


DATASETS = st.recursive(
    st.fixed_dictionaries({}, optional=SIMPLE),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            **SIMPLE,
            **{name: st.tuples(st.lists(inner, max_size=2), st.booleans(), st.booleans()) for name in SEQUENCES},
        },
    ),
    max_leaves=4,
).map(make)


def encode(dataset: Dataset, syntax: str) -> bytes:
    dataset.SpecificCharacterSet = "ISO_IR 192"
    buffer = BytesIO()
    stream = DicomIO(buffer)
    stream.is_implicit_VR = syntax == IMPLICIT_LITTLE
    stream.is_little_endian = syntax != EXPLICIT_BIG
    write_dataset(stream, dataset)
    data = buffer.getvalue()
    if syntax != DEFLATED_LITTLE:
        return data
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(data) + packer.flush()
    return packed + bytes(len(packed) % 2)


def plain(dataset: Dataset) -> dict[int, object]:
    """What pydicom holds, as the reader tells it: sequences as lists, values as text."""
    out: dict[int, object] = {}
    for element in dataset:
        if element.VR == "SQ":
            out[int(element.tag)] = [plain(item) for item in element.value]
            continue
        value = element.value
        if element.is_empty:
            out[int(element.tag)] = ()
            continue
        values = value if element.VM > 1 and element.VR != "LT" else [value]
        if element.VR == "AT":
            out[int(element.tag)] = tuple(f"({int(v) >> 16:04X},{int(v) & 0xFFFF:04X})" for v in values)
        else:
            out[int(element.tag)] = tuple(str(v) for v in values)
    return out


def read_plain(dataset: DataSet) -> dict[int, object]:
    return {
        tag: [read_plain(item) for item in element.items] if element.items is not None else dataset.values_of(element)
        for tag, element in dataset.elements.items()
    }


@settings(max_examples=60, deadline=None)
@given(DATASETS, st.sampled_from(SYNTAXES))
def test_values_equal_those_of_pydicom(dataset, syntax):
    data = encode(dataset, syntax)
    found = read(data, syntax)
    assert found.problems == ()
    assert read_plain(found) == plain(dataset)
    assert list(dataset_lines(found))


@settings(max_examples=60, deadline=None)
@given(DATASETS, st.sampled_from(SYNTAXES), st.data())
def test_changed_and_cut_data_sets_never_raise(dataset, syntax, data):
    encoded = bytearray(encode(dataset, syntax))
    for _ in range(data.draw(st.integers(0, 4))):
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    found = read(bytes(encoded[: data.draw(st.integers(0, len(encoded)))]), syntax)
    assert list(dataset_lines(found)) or not found.elements
    for _ in found.walk():
        pass


HEAD = st.sampled_from(
    [
        bytes.fromhex("08000500"), bytes.fromhex("10001000"), bytes.fromhex("40000001"), bytes.fromhex("feff00e0"),
        bytes.fromhex("feff0de0"), bytes.fromhex("feffdde0"), bytes.fromhex("e07f1000"), bytes.fromhex("09001000"),
        b"SQ\0\0", b"UN\0\0", b"PN\x04\0", b"CS\x06\0", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x08\0\0\0",
        b"ISO_IR", b"\\ISO 2022 IR 87", b"\x1b$B;3\x1b(B", b"=^\\",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(HEAD, st.binary(max_size=6)), max_size=14).map(b"".join), st.sampled_from(SYNTAXES))
def test_arbitrary_bytes_never_raise(data, syntax):
    found = read(data, syntax)
    list(dataset_lines(found))
    for _, owner, element in found.walk():
        assert isinstance(owner.values_of(element), tuple)


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=24), st.binary(min_size=0, max_size=24), st.sampled_from(["PN", "LO", "UT", "DS", "AT", "FD"])
)
def test_any_character_set_and_any_value_read_as_something(terms, value, vr):
    found = DataSet({}, encodings=encodings_of(tuple(terms.decode("latin-1").split("\\"))))
    assert isinstance(found.values_of(Element(0x00100010, vr, value, 0)), tuple)


TERMS = ["ISO 2022 IR 87", "ISO 2022 IR 159", "ISO_IR 149", "GB18030", "UTF8", "ISO_IR 192", "utf-16", "idna", "rot13"]


@pytest.mark.parametrize("terms", [(), ("",), *[(term,) for term in TERMS], *[("", term) for term in TERMS]])
@pytest.mark.parametrize("value", [b"\x1b$B;3ED\x1b(B", b"\x1b$B;", b"\xff\xfe\xfd", b"\x1b", b"A^B=C", b"xn--\xff"])
def test_terms_and_escapes_of_all_kinds(terms, value):
    found = DataSet({}, encodings=encodings_of(terms))
    assert isinstance(found.values_of(Element(0x00100010, "PN", value, 0)), tuple)


def explicit(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    length = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    if vr in (b"OB", b"SQ", b"UN", b"UT", b"OW"):
        return head + struct.pack("<HI", 0, length) + value
    return head + struct.pack("<H", length) + value


def implicit(tag: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def item(value: bytes, length: int | None = None) -> bytes:
    return implicit(0xFFFEE000, value, length)


ITEM_END, SEQUENCE_END = implicit(0xFFFEE00D, b""), implicit(0xFFFEE0DD, b"")
SPS, ENDLESS = 0x00400100, 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x10\0\x10\0PN", "element-truncated"),
        (explicit(SPS, b"SQ", b"")[:10], "element-truncated"),
        (explicit(0x00100010, b"P1", b"ab"), "vr-unknown"),
        (explicit(0x00100010, b"PN", b"ab", 6), "element-length"),
        (explicit(0x00100010, b"PN", b"abc"), "odd-length"),
        (explicit(0x00100020, b"LO", b"ab") + explicit(0x00100010, b"PN", b"ab"), "element-order"),
        (explicit(0x00100020, b"LO", b"ab") * 2, "element-order"),
        (ITEM_END, "delimiter-unexpected"),
        (explicit(SPS, b"SQ", item(b"")[:6]), "item-truncated"),
        (explicit(SPS, b"SQ", ITEM_END), "item-expected"),
        (explicit(SPS, b"SQ", item(b"", 4)), "item-length"),
        (explicit(SPS, b"SQ", item(b"", ENDLESS)), "item-not-closed"),
        (explicit(SPS, b"SQ", b"", ENDLESS), "sequence-not-closed"),
    ],
)
def test_what_is_wrong_gets_its_code(data, code):
    assert code in [problem.code for problem in read(data, EXPLICIT_LITTLE).problems]


def test_a_length_of_gigabytes_takes_what_is_there_without_allocating_it():
    data = explicit(0x00091001, b"OB", b"ab", 0xFFFFFFFE) + bytes(8)
    tracemalloc.start()
    try:
        found = read(data, EXPLICIT_LITTLE)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert found.elements[0x00091001].value == b"ab" + bytes(8)
    assert [problem.code for problem in found.problems] == ["element-length"]


def test_nesting_is_bounded():
    found = read((explicit(SPS, b"SQ", b"", ENDLESS) + item(b"", ENDLESS)) * 5000, EXPLICIT_LITTLE)
    assert "too-deep" in [problem.code for problem in found.problems]
    assert len(list(dataset_lines(found))) < 200


def test_a_deflated_bomb_is_not_inflated_whole(monkeypatch):
    monkeypatch.setattr(wire_dataset, "LONGEST_INFLATED", 1 << 20)
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    bomb = packer.compress(explicit(0x00091001, b"OB", b"", 0x7FFFFFFE) + bytes(64 << 20)) + packer.flush()
    assert len(bomb) < 1 << 17
    tracemalloc.start()
    try:
        found = read(bomb, DEFLATED_LITTLE)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert found.problems[0].code == "deflate-too-long"


def test_the_limit_is_far_above_any_message_and_below_the_memory():
    assert 1 << 26 <= LONGEST_INFLATED <= 1 << 28


def test_a_deflated_data_set_that_was_cut_or_never_deflated_is_told_of():
    dataset = make({"PatientID": "SYN-1"})
    packed = encode(dataset, DEFLATED_LITTLE)
    assert [p.code for p in read(packed[:-8], DEFLATED_LITTLE).problems][:1] == ["deflate-truncated"]
    assert [p.code for p in read(encode(dataset, EXPLICIT_LITTLE), DEFLATED_LITTLE).problems] == ["deflate"]


def test_a_sequence_sent_as_un_is_read_as_implicit_little_endian():
    """PS3.5 6.2.2: UN of undefined length holds items in Implicit VR Little Endian."""
    inside = item(implicit(0x00100020, b"SYN1"), ENDLESS) + ITEM_END + SEQUENCE_END
    data = explicit(0x00091010, b"UN", inside, ENDLESS) + explicit(0x00100020, b"LO", b"OUTS")
    found = read(data, EXPLICIT_LITTLE)
    assert found.problems == ()
    assert found.elements[0x00091010].items[0].text("PatientID") == "SYN1"
    assert found.text("PatientID") == "OUTS"


def test_private_elements_in_implicit_have_their_creator_as_text():
    data = implicit(0x00090010, b"ACME CO ") + implicit(0x00091001, b"\x01\x02")
    found = read(data, IMPLICIT_LITTLE)
    assert [element.vr for element in found.elements.values()] == ["LO", "UN"]
    assert found.values_of(found.elements[0x00090010]) == ("ACME CO",)


def test_pixel_data_may_end_early_as_transcripts_cut_it():
    found = read(explicit(PIXEL_DATA, b"OW", b"ab", 1000), EXPLICIT_LITTLE)
    assert found.problems == ()
    encapsulated = explicit(PIXEL_DATA, b"OB", item(b"") + item(b"ab") + SEQUENCE_END, ENDLESS)
    assert read(encapsulated, "1.2.840.10008.1.2.4.70").problems == ()


def test_an_item_may_have_its_own_character_set():
    name = explicit(0x00100010, b"PN", "é ".encode())
    inner = explicit(0x00080005, b"CS", b"ISO_IR 192") + name
    outer = explicit(SPS, b"SQ", item(inner))
    found = read(explicit(0x00080005, b"CS", b"ISO_IR 100") + outer, EXPLICIT_LITTLE)
    assert found.items("ScheduledProcedureStepSequence")[0].text("PatientName") == "é"


def test_absent_and_empty_are_told_apart():
    found = read(explicit(0x00100010, b"PN", b"") + explicit(SPS, b"SQ", b""), EXPLICIT_LITTLE)
    assert ("PatientName" in found, found.is_empty("PatientName"), found.text("PatientName")) == (True, True, "")
    assert ("PatientID" in found, found.is_empty("PatientID")) == (False, False)
    assert found.is_empty("ScheduledProcedureStepSequence")
    assert found.items("PatientName") == ()


def test_paths_name_every_parent():
    data = explicit(SPS, b"SQ", item(b"") + item(explicit(0x00400001, b"AE", b"CT")))
    assert [path for path, _, _ in read(data, EXPLICIT_LITTLE).walk()] == [
        "ScheduledProcedureStepSequence",
        "ScheduledProcedureStepSequence[2] > ScheduledStationAETitle",
    ]


def test_keywords_and_tags():
    assert keyword(0x00100010) == "PatientName"
    assert keyword(0x00091001) == "(0009,1001)"
    with pytest.raises(KeyError):
        tag_of("PatientNickname")


@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE, EXPLICIT_BIG])
@pytest.mark.parametrize(
    ("vr", "form", "values"),
    [
        ("US", "H", (1, 65535)),
        ("SS", "h", (-2, 300)),
        ("UL", "I", (1, 2**32 - 1)),
        ("SL", "i", (-2, 2**31 - 1)),
        ("FL", "f", (0.5, -2.0)),
        ("FD", "d", (0.1, 1e300)),
        ("SV", "q", (-(2**63), 5)),
        ("UV", "Q", (2**64 - 1, 5)),
    ],
)
def test_binary_numbers_in_both_byte_orders(syntax, vr, form, values):
    order = ">" if syntax == EXPLICIT_BIG else "<"
    value = struct.pack(f"{order}2{form}", *values)
    head = struct.pack(order + "HH", 0x0009, 0x1001) + vr.encode()
    long = vr in ("SV", "UV")
    length = struct.pack(order + "xxI", len(value)) if long else struct.pack(order + "H", len(value))
    found = read(head + length + value, syntax)
    element = found.elements[0x00091001]
    assert (element.vr, element.value, found.problems) == (vr, value, ())
    assert found.values_of(element) == tuple(str(value) for value in values)
    # what is left over of a value is no number
    assert found.values_of(Element(0x00091001, vr, value[:-1], 0)) == (str(values[0]),)


@pytest.mark.parametrize("order", ["<", ">"])
def test_tags_as_values_in_both_byte_orders(order):
    found = DataSet({}, little=order == "<")
    value = struct.pack(order + "4H", 0x0018, 0x1063, 0x0054, 0x0010)
    assert found.values_of(Element(0x00280009, "AT", value, 0)) == ("(0018,1063)", "(0054,0010)")
    assert found.values_of(Element(0x00280009, "AT", value[:-1], 0)) == ("(0018,1063)",)
    assert found.values_of(Element(0x00280009, "AT", value[:3], 0)) == ()


@pytest.mark.parametrize("vr", sorted(STANDARD_VR))
def test_each_vr_has_its_own_length_of_header(vr):
    """PS3.5 Table 7.1-1 and 7.1-2."""
    value = b"" if vr == "SQ" else b"12345678"
    long = vr in EXPLICIT_VR_LENGTH_32
    length = struct.pack("<xxI" if long else "<H", len(value))
    data = struct.pack("<HH", 0x0009, 0x1001) + vr.encode() + length + value
    found = read(data, EXPLICIT_LITTLE)
    assert [(e.tag, e.vr, e.value) for e in found.elements.values()] == [(0x00091001, vr, value)]
    assert found.problems == ()
    for cut in range(4, len(data) - len(value)):
        assert [problem.code for problem in read(data[:cut], EXPLICIT_LITTLE).problems] == ["element-truncated"]


@pytest.mark.parametrize("vr", ["ST", "LT", "UT", "UR"])
def test_text_of_one_value_keeps_its_backslashes_and_leading_blanks(vr):
    assert DataSet({}).values_of(Element(0x00104000, vr, b" a\\b \0", 0)) == (" a\\b",)


@pytest.mark.parametrize("vr", ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "PN", "SH", "TM", "UC", "UI"])
def test_text_of_several_values_is_split_and_each_without_padding(vr):
    assert DataSet({}).values_of(Element(0x00104000, vr, b" a \\\\b\0", 0)) == ("a", "", "b")


@pytest.mark.parametrize("vr", ["OB", "OD", "OF", "OL", "OV", "OW", "UN"])
def test_bytes_are_shown_by_their_first_32(vr):
    found = DataSet({})
    assert found.values_of(Element(0x00091001, vr, b"", 0)) == ()
    assert found.values_of(Element(0x00091001, vr, bytes(32), 0)) == ("00" * 32,)
    assert found.values_of(Element(0x00091001, vr, bytes(33), 0)) == ("00" * 32 + "…",)


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (0x0009000F, "UN"),
        (0x00090010, "LO"),
        (0x000900FF, "LO"),
        (0x00090100, "UN"),
        (0x00090000, "UL"),
        (0x00080000, "UL"),
        (0x00081111, "SQ"),
        (0x000A0010, "UN"),
        (0x7FE00010, "OB"),
        (0x00280106, "US"),
    ],
)
def test_the_vr_in_implicit_is_that_of_the_dictionary(tag, vr):
    """Of several, the first; private creators are LO (PS3.5 7.8.1), group lengths UL."""
    assert [e.vr for e in read(implicit(tag, b""), IMPLICIT_LITTLE).elements.values()] == [vr]


@pytest.mark.parametrize(
    ("value", "empty"), [(b"", True), (b"  ", True), (b"\0\0", True), (b" \0", True), (b"0 ", False)]
)
def test_padding_alone_is_empty(value, empty):
    assert read(explicit(0x00100020, b"LO", value), EXPLICIT_LITTLE).is_empty("PatientID") is empty


NAME, ID = explicit(0x00100010, b"PN", b"ab"), explicit(0x00100020, b"LO", b"ab")


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (NAME + ID, []),
        (ID + NAME, [("element-order", 10)]),
        (NAME + ID[:7], [("element-truncated", 10)]),
        (NAME + explicit(0x00100020, b"L0", b"ab"), [("vr-unknown", 14)]),
        (NAME + explicit(0x00100020, b"LO", b"abc"), [("odd-length", 10)]),
        (NAME + explicit(0x00100020, b"LO", b"ab", 3), [("element-length", 10)]),
        (NAME + item(b""), [("delimiter-unexpected", 10)]),
        (NAME + explicit(SPS, b"SQ", item(NAME) + item(ID)), []),
        (NAME + explicit(SPS, b"SQ", item(ID + NAME)), [("element-order", 40)]),
        (NAME + explicit(SPS, b"SQ", item(NAME) + item(NAME, 11)), [("item-length", 40)]),
        (explicit(SPS, b"SQ", item(NAME) + item(b"")[:7]), [("odd-length", 0), ("item-truncated", 30)]),
        (explicit(SPS, b"SQ", item(NAME) + ITEM_END), [("item-expected", 30)]),
        (explicit(SPS, b"SQ", item(NAME) + SEQUENCE_END), [("item-expected", 30)]),
        (explicit(SPS, b"SQ", item(NAME, ENDLESS) + ITEM_END + SEQUENCE_END, ENDLESS), []),
        (explicit(SPS, b"SQ", item(NAME, ENDLESS) + ITEM_END, ENDLESS), [("sequence-not-closed", 38)]),
        (explicit(SPS, b"SQ", item(NAME, ENDLESS)), [("item-not-closed", 30)]),
        (explicit(SPS, b"SQ", item(NAME + ITEM_END)), [("delimiter-unexpected", 30)]),
    ],
)
def test_every_problem_is_told_once_with_its_place(data, problems):
    found = read(data, EXPLICIT_LITTLE)
    assert [(each.code, each.offset) for each in found.problems] == problems


def test_nesting_is_read_to_64_levels():
    def nested(levels: int) -> bytes:
        data = b""
        for _ in range(levels):
            data = explicit(SPS, b"SQ", item(data))
        return data

    assert read(nested(64), EXPLICIT_LITTLE).problems == ()
    assert [p.code for p in read(nested(65), EXPLICIT_LITTLE).problems] == ["too-deep"]


def test_offsets_count_from_the_start_of_the_data_set():
    found = read(NAME + explicit(SPS, b"SQ", item(ID)), EXPLICIT_LITTLE)
    assert [element.offset for _, _, element in found.walk()] == [0, 10, 30]


def test_a_length_up_to_the_end_is_right():
    assert read(explicit(0x00091001, b"OB", bytes(10)), EXPLICIT_LITTLE).problems == ()


def test_encapsulated_pixels_in_an_item_end_with_the_item():
    pixels = item(b"") + item(b"ab") + SEQUENCE_END
    icon = explicit(0x00880200, b"SQ", item(explicit(PIXEL_DATA, b"OB", pixels, ENDLESS)))
    found = read(icon + explicit(0x00880904, b"LO", b"ab"), EXPLICIT_LITTLE)
    assert found.problems == ()
    assert found.items("IconImageSequence")[0].element("PixelData").value == pixels
    assert found.text("TopicTitle") == "ab"


def test_what_is_out_of_order_is_told_from_what_stands_twice():
    for data, what in ((ID + NAME, "PatientName stands out of ascending order"), (ID + ID, "PatientID stands twice")):
        assert [problem.text for problem in read(data, EXPLICIT_LITTLE).problems] == [what]


def test_of_what_stands_behind_a_stray_delimiter_nothing_is_taken():
    found = read(NAME + item(b"ab") + ID, EXPLICIT_LITTLE)
    assert list(found.elements) == [0x00100010]
