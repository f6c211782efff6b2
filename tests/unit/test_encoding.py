"""pydicom data sets to bytes and back in the native transfer syntaxes."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from scansim.identity.ids import Identity
from scansim.identity.people import SPECIAL, Person, patient_for
from scansim.wire import charsets
from scansim.wire import dataset as wire_dataset
from scansim.wire.charsets import CHARACTER_SETS, CharacterSetError
from scansim.wire.encoding import TRANSFER_SYNTAXES, decode, encode, shown, terms_of, unread

NATIVE = [wire_dataset.IMPLICIT_LITTLE, wire_dataset.EXPLICIT_LITTLE, wire_dataset.EXPLICIT_BIG]


def example() -> Dataset:
    out = Dataset()
    out.SpecificCharacterSet = "ISO_IR 192"
    out.PatientName = "Prüfling^Öde"
    out.Rows = 512
    item = Dataset()
    item.ScheduledStationAETitle = "CT1"
    out.ScheduledProcedureStepSequence = [item]
    return out


@pytest.mark.parametrize("syntax", NATIVE)
def test_there_and_back(syntax):
    assert decode(encode(example(), syntax), syntax) == example()


@pytest.mark.parametrize("syntax", NATIVE)
def test_the_lenient_reader_reads_the_same(syntax):
    found = wire_dataset.read(encode(example(), syntax), syntax)
    assert found.problems == ()
    assert (found.text("PatientName"), found.text("Rows")) == ("Prüfling^Öde", "512")


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(NATIVE))
def test_bytes_that_are_no_data_set_raise_nothing_but_value_error(data, syntax):
    with contextlib.suppress(ValueError):
        assert isinstance(decode(data, syntax), Dataset)


def test_what_we_propose_has_the_default_syntax_in_it():
    assert wire_dataset.IMPLICIT_LITTLE in TRANSFER_SYNTAXES


IDENTITY = Identity(1, date(2026, 1, 2), "encoding")
PATIENTS = {name: patient_for(chosen.terms, IDENTITY, name) for name, chosen in CHARACTER_SETS.items()}
PATIENTS |= {name: make(IDENTITY) for name, make in SPECIAL.items()}
STEP_NAME = "ScheduledPerformingPhysicianName"


def about(patient: Person) -> Dataset:
    out, step = Dataset(), Dataset()
    if patient.charset:
        out.SpecificCharacterSet = list(patient.charset)
    out.PatientName, out.Allergies = patient.name, patient.allergies
    step.ScheduledPerformingPhysicianName = patient.name
    out.ScheduledProcedureStepSequence = [step]
    return out


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("patient", PATIENTS.values(), ids=PATIENTS)
def test_text_is_exact_and_survives(patient, syntax):
    made = about(patient)
    encoded = encode(made, syntax)
    found = wire_dataset.read(encoded, syntax)
    assert found.problems == ()
    name = charsets.encode(patient.name, "PN", patient.charset)
    for level, keyword in ((found, "PatientName"), (found.items("ScheduledProcedureStepSequence")[0], STEP_NAME)):
        assert level.element(keyword).value.rstrip(b" ") == name
        assert level.values(keyword) == (patient.name,)
    carried = decode(encoded, syntax)
    assert carried == made
    assert encode(carried, syntax) == encoded
    assert encode(unread(encoded, syntax), wire_dataset.EXPLICIT_LITTLE) == encode(made, wire_dataset.EXPLICIT_LITTLE)


def test_an_item_may_have_its_own_character_set():
    out, item = about(PATIENTS["GB18030"]), about(PATIENTS["ISO_IR 144"])
    out.ReferencedPatientSequence = [item]
    encoded = encode(out, wire_dataset.EXPLICIT_LITTLE)
    assert charsets.encode(item.PatientName.alphabetic, "PN", "ISO_IR 144") in encoded
    assert decode(encoded, wire_dataset.EXPLICIT_LITTLE) == out


def test_what_the_set_cannot_encode_is_named_with_its_attribute():
    out = example()
    out.SpecificCharacterSet, out.PatientName = "ISO_IR 101", "Synthetic-Ж"
    with pytest.raises(CharacterSetError, match=r"PatientName .*ISO_IR 101 cannot encode 'Ж'"):
        encode(out, wire_dataset.EXPLICIT_LITTLE)
    out.SpecificCharacterSet = "ISO_IR 999"
    with pytest.raises(CharacterSetError, match=r"PatientName .*ISO_IR 999"):
        encode(out, wire_dataset.EXPLICIT_LITTLE)
    out.PatientName = "Plain^Text"  # is so under every set
    assert b"Plain^Text" in encode(out, wire_dataset.EXPLICIT_LITTLE)


def test_a_yen_sign_is_no_backslash():
    out = Dataset()
    out.SpecificCharacterSet, out.PatientComments, out.PatientID = "ISO_IR 13", "100¥ ‾", "A\\B"
    encoded = encode(out, wire_dataset.EXPLICIT_LITTLE)
    assert b"100\\ ~" in encoded
    assert decode(encoded, wire_dataset.EXPLICIT_LITTLE) == out
    assert wire_dataset.read(encoded, wire_dataset.EXPLICIT_LITTLE).values("PatientComments") == ("100¥ ‾",)


def test_what_cannot_be_read_is_shown_and_not_sent_on_as_control_characters():
    data = b"\x10\0\x10\0PN\x08\0A\0B\x07\xffC\xe4D" + b"\x10\0\0\x40LT\x04\0a\r\nb"
    head = b"\x08\0\x05\0CS\x0a\0ISO_IR 192"
    found = decode(head + data, wire_dataset.EXPLICIT_LITTLE)
    assert (found.PatientName, found.PatientComments) == ("A B \ufffdC\ufffdD", "a\r\nb")
    assert encode(unread(head + data, wire_dataset.EXPLICIT_LITTLE), wire_dataset.EXPLICIT_LITTLE) == head + data


@pytest.mark.parametrize(
    ("vr", "text", "seen"),
    [
        ("LO", " a  ", " a"),
        ("PN", "A^B \\ C ", "A^B\\ C"),
        ("LO", "a\tb\rc", "a b c"),
        ("LT", " a\r\n\tb\fc  ", " a\r\n\tb\fc"),
        ("ST", "a\\b ", "a\\b"),
        ("UT", "a\x0b\x1b\x7f\x85b", "a    b"),
    ],
)
def test_text_is_shown_without_padding_and_controls(vr, text, seen):
    assert shown(text, vr) == seen


def test_group_lengths_are_not_written():
    data = Dataset()
    data.add_new(0x00080000, "UL", 4)
    data.PatientID = "A"
    assert encode(data, wire_dataset.EXPLICIT_LITTLE) == b"\x10\0\x20\0LO\2\0A "


@pytest.mark.parametrize("syntax", NATIVE)
def test_several_values_and_none_and_bytes(syntax):
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 100"
    data.OtherPatientNames = ["Ä^B", "", "C"]
    data.PatientID = None
    data.PatientComments = "a\\b"
    found = wire_dataset.read(encode(data, syntax), syntax)
    assert found.problems == ()
    assert found.values("OtherPatientNames") == ("Ä^B", "", "C")
    assert (found.is_empty("PatientID"), found.values("PatientComments")) == (True, ("a\\b",))


@pytest.mark.parametrize(
    ("value", "terms"),
    [
        (None, ("",)),
        ("", ("",)),
        ("ISO_IR 100", ("ISO_IR 100",)),
        (["", "ISO 2022 IR 87"], ("", "ISO 2022 IR 87")),
    ],
)
def test_terms_of_a_data_set_and_of_what_is_around_it(value, terms):
    outside, data = ("ISO_IR 192",), Dataset()
    assert terms_of(data, outside) == outside
    data.SpecificCharacterSet = value
    assert terms_of(data, outside) == terms
