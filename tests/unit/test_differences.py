"""Data sets that were sent and that came back: what only the encoding makes is no difference, all else is one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from scanproof.evidence.differences import Kind, differences
from scansim.generate import Order, choose, exam_instances
from scansim.images import Instance
from scansim.images.coding import encoded
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire import dataset as wire
from scansim.wire.charsets import CHARACTER_SETS
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, DataSet
from scansim.wire.encoding import encode

NATIVE = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG)


def a_data_set() -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.PatientName = "Müller^Jürgen"
    ds.PatientID = "4711"
    ds.StudyDescription = "Schädel"
    ds.StudyTime = "093000"
    ds.StudyID = ""
    ds.SliceThickness = "5.0"
    ds.SeriesNumber = "7"
    ds.Rows = 512
    ds.AcquisitionMatrix = [0, 256, 256, 0]
    ds.FrameIncrementPointer = 0x00181063
    ds.RescaleSlope = "1"
    ds.add_new(0x00189073, "FD", 1.25)
    ds.RequestAttributesSequence = [an_item("A"), an_item("B"), an_item("C")]
    ds.add_new(0x00090010, "LO", "ACME 1.0")
    ds.add_new(0x00091001, "LO", "Größe")
    ds.add_new(0x00091002, "US", 513)
    ds.add_new(0x00091003, "SQ", Sequence([an_item("P")]))
    ds.add_new(0x00091004, "OB", b"\x01\x02\x03\x00")
    return ds


def an_item(name: str) -> Dataset:
    item = Dataset()
    item.ScheduledProcedureStepID = name
    item.RequestedProcedureDescription = f"Übersicht {name}"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = name, "99ACME", f"Gerät {name}"
    item.ScheduledProtocolCodeSequence = [code]
    return item


def read(ds: Dataset, syntax: str = EXPLICIT_LITTLE) -> DataSet:
    return wire.read(encode(ds, syntax), syntax)


def seen(ours: Dataset, theirs: Dataset, syntax: str = EXPLICIT_LITTLE) -> list[tuple[str, Kind]]:
    return [(each.path, each.kind) for each in differences(read(ours), read(theirs, syntax))]


# --- what is none -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("came", NATIVE)
@pytest.mark.parametrize("sent", NATIVE)
def test_another_native_transfer_syntax_is_no_difference(sent: str, came: str) -> None:
    assert differences(read(a_data_set(), sent), read(a_data_set(), came)) == ()


def first_image(character_set: str = "") -> Instance:
    order = Order(choose("mr", "mr-small", None), seed=1, day=date(2026, 1, 2), character_set=character_set)
    return next(exam_instances(order))


@pytest.mark.parametrize("name", [name for name, syntax in SYNTAXES.items() if not syntax.needs_extra])
def test_what_we_send_in_a_transfer_syntax_is_what_we_send_in_another(name: str) -> None:
    instance = first_image()
    plain = wire.read(b"".join(encoded(instance, SYNTAXES["implicit"])), IMPLICIT_LITTLE)
    found = differences(plain, wire.read(b"".join(encoded(instance, SYNTAXES[name])), SYNTAXES[name].uid))
    of_the_codec = {"PlanarConfiguration", "PhotometricInterpretation"}
    lossy = {f"LossyImageCompression{end}" for end in ("", "Ratio", "Method")} if SYNTAXES[name].lossy else set()
    assert {each.path for each in found} <= of_the_codec | lossy
    assert lossy <= {each.path for each in found}


@pytest.mark.parametrize("name", CHARACTER_SETS)
def test_text_in_another_character_set_is_no_difference(name: str) -> None:
    ds = first_image(name).dataset()
    converted = copy.deepcopy(ds)
    converted.SpecificCharacterSet = "ISO_IR 192"
    assert seen(ds, converted, IMPLICIT_LITTLE) == []


def relabelled(ds: Dataset) -> bytes:
    data = encode(ds, EXPLICIT_LITTLE)
    label = str(ds.SpecificCharacterSet).encode()
    assert len(label) == 10
    return data.replace(label, b"ISO_IR 144", 1)


def test_text_under_another_label_is_a_difference() -> None:
    found = differences(read(a_data_set()), wire.read(relabelled(a_data_set()), EXPLICIT_LITTLE))
    assert {"PatientName", "StudyDescription", "(0009,1001)"} <= {each.path for each in found}
    assert "RequestAttributesSequence[2] > ScheduledProtocolCodeSequence[1] > CodeMeaning" in {f.path for f in found}


def test_text_whose_bytes_are_none_of_its_character_set_is_a_difference() -> None:
    ds = Dataset()
    ds.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    ds.PatientName = "Yamada^Tarou=山田^太郎"
    data = encode(ds, EXPLICIT_LITTLE)
    assert differences(read(ds), wire.read(data, EXPLICIT_LITTLE)) == ()
    (found,) = differences(
        read(ds), wire.read(data.replace(b"\\ISO 2022 IR 87 ", b"ISO_IR 100      "), EXPLICIT_LITTLE)
    )
    assert (found.path, found.unreadable) == ("PatientName", True)


def put(keyword: str, value: object) -> Callable[[Dataset], None]:
    def change(ds: Dataset) -> None:
        setattr(ds, keyword, value)

    return change


def moved(ds: Dataset) -> None:
    """The private block gets another number."""
    for number in (1, 2, 3, 4):
        element = ds.pop(0x00091000 + number)
        ds[0x00091100 + number] = DataElement(0x00091100 + number, element.VR, element.value)
    del ds[0x00090010]
    ds.add_new(0x00090011, "LO", "ACME 1.0")


@pytest.mark.parametrize(
    "change",
    [
        put("SliceThickness", "5"),
        put("SliceThickness", "+5.00"),
        put("SeriesNumber", "007"),
        put("StudyTime", "0930"),
        put("StudyTime", "093000.000000"),
        put("PatientName", "Müller^Jürgen^^"),
        put("PatientName", "Mu\u0308ller^Ju\u0308rgen"),
        put("PatientID", " 4711 "),
        put("ReferencedStudySequence", []),
        put("PatientComments", ""),
        moved,
    ],
)
def test_another_form_of_the_same_is_no_difference(change: Callable[[Dataset], None]) -> None:
    changed = a_data_set()
    changed.SpecificCharacterSet = "ISO_IR 192"
    change(changed)
    assert seen(a_data_set(), changed) == []


def test_group_lengths_and_trailing_padding_are_no_difference() -> None:
    data = encode(a_data_set(), EXPLICIT_LITTLE)
    padded = data + b"\xfc\xff\xfc\xffOB\0\0\x04\0\0\0\0\0\0\0"
    length = b"\x08\0\0\0UL\x04\0\x10\0\0\0"
    assert differences(read(a_data_set()), wire.read(length + padded, EXPLICIT_LITTLE)) == ()


def test_a_private_sequence_is_read_where_implicit_vr_does_not_tell_of_it() -> None:
    changed = a_data_set()
    changed[0x00091003].value[0].ScheduledProcedureStepID = "Q"
    (found,) = differences(read(a_data_set()), read(changed, IMPLICIT_LITTLE))
    assert (found.path, found.wanted, found.got) == ("(0009,1003)[1] > ScheduledProcedureStepID", "P", "Q")


# --- what is one ------------------------------------------------------------------------------------------------------


def everywhere(ds: Dataset) -> list[tuple[Dataset, DataElement]]:
    """Every element with a value, nested ones too, but those that text and private blocks are read by."""
    found = []
    for element in ds:
        apart = element.tag.is_private_creator or element.keyword == "SpecificCharacterSet"
        if element.value not in ("", None) and not apart:
            found.append((ds, element))
        for item in element.value if element.VR == "SQ" else ():
            found += everywhere(item)
    return found


@pytest.mark.parametrize("syntax", NATIVE)
def test_each_element_is_missed(syntax: str) -> None:
    for number in range(len(everywhere(a_data_set()))):
        lacking = a_data_set()
        level, element = everywhere(lacking)[number]
        del level[element.tag]
        (found,) = differences(read(a_data_set()), read(lacking, syntax))
        assert (found.tag, found.kind) == (element.tag, Kind.LOST)


@pytest.mark.parametrize("syntax", NATIVE)
def test_each_change_of_a_value_is_seen(syntax: str) -> None:
    others = {"US": 3, "FD": 2.5, "AT": 0x00181065, "SQ": Sequence(), "OB": b"\x09\0", "DS": "8", "IS": "8"}
    for number in range(len(everywhere(a_data_set()))):
        changed = a_data_set()
        _, element = everywhere(changed)[number]
        element.value = [3, 4, 5, 6] if element.keyword == "AcquisitionMatrix" else others.get(element.VR, "111111")
        (found,) = differences(read(a_data_set()), read(changed, syntax))
        assert (found.tag, found.kind) == (element.tag, Kind.EMPTIED if element.VR == "SQ" else Kind.CHANGED)


def test_a_zero_is_a_value() -> None:
    ours = a_data_set()
    ours.PixelRepresentation = 0
    assert seen(ours, a_data_set()) == [("PixelRepresentation", Kind.LOST)]


def test_an_empty_attribute_that_is_gone_is_told_apart() -> None:
    lacking = a_data_set()
    del lacking.StudyID
    assert seen(a_data_set(), lacking) == [("StudyID", Kind.DROPPED)]


def test_a_value_that_is_new_is_added_or_filled() -> None:
    more = a_data_set()
    more.StudyID, more.InstitutionName = "7", "Elsewhere"
    assert seen(a_data_set(), more) == [("StudyID", Kind.FILLED), ("InstitutionName", Kind.ADDED)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("ABC", []),
        ("AC", [("RequestAttributesSequence[2]", Kind.ITEM_LOST)]),
        ("ABCD", [("RequestAttributesSequence[4]", Kind.ITEM_ADDED)]),
        ("CAB", [("RequestAttributesSequence", Kind.ORDER)]),
        ("", [("RequestAttributesSequence", Kind.EMPTIED)]),
    ],
)
def test_items_are_found_again(order: str, expected: list[tuple[str, Kind]]) -> None:
    changed = a_data_set()
    changed.RequestAttributesSequence = [an_item(name) for name in order]
    assert seen(a_data_set(), changed) == expected


def test_words_are_swapped_in_big_endian() -> None:
    little = b"\x28\0\x01\x12OW\0\0\x04\0\0\0\1\2\3\4"
    big = b"\0\x28\x12\x01OW\0\0\0\0\0\x04\2\1\4\3"
    sent = wire.read(little, EXPLICIT_LITTLE)
    assert differences(sent, wire.read(big, EXPLICIT_BIG)) == ()
    assert [each.swapped for each in differences(sent, wire.read(big[:12] + b"\1\2\3\4", EXPLICIT_BIG))] == [True]


def test_swapped_bytes_are_told_from_another_number() -> None:
    swapped, other = a_data_set(), a_data_set()
    swapped.Rows, other.Rows = 2, 513
    assert [each.swapped for each in differences(read(a_data_set()), read(swapped))] == [True]
    assert [each.swapped for each in differences(read(a_data_set()), read(other))] == [False]


def test_a_creator_that_is_gone_is_told_once() -> None:
    lacking = a_data_set()
    del lacking[0x00090010]
    assert seen(a_data_set(), lacking) == [("(0009,0010)", Kind.LOST)]


# --- what the archive says of it --------------------------------------------------------------------------------------


def recorded(ds: Dataset, **before: object) -> Dataset:
    modified, item = Dataset(), Dataset()
    for keyword, value in before.items():
        setattr(modified, keyword, value)
    item.ModifiedAttributesSequence = [modified]
    ds.OriginalAttributesSequence = [item]
    return ds


def test_a_change_is_recorded_with_the_value_that_was_sent() -> None:
    for before, expected in (("4711", True), ("", True), ("4712", False)):
        changed = a_data_set()
        changed.PatientID = "X"
        found = differences(read(a_data_set()), read(recorded(changed, PatientID=before)))
        assert [each.recorded for each in found if each.path == "PatientID"] == [expected]
        assert all(each.recorded for each in found if each.path != "PatientID")


def test_a_change_inside_a_sequence_is_recorded_by_the_sequence() -> None:
    changed = a_data_set()
    changed.RequestAttributesSequence[1].ScheduledProcedureStepID = "X"
    recorded(changed, RequestAttributesSequence=a_data_set().RequestAttributesSequence)
    found = differences(read(a_data_set()), read(changed))
    assert {each.recorded for each in found} == {True}
