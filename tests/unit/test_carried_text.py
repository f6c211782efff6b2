"""Text of a worklist item in images and MPPS: in the item's character set, or in UTF-8 when that cannot hold it."""

from __future__ import annotations

from datetime import date, datetime
from struct import pack

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from scansim.exam.performed_step import create_dataset
from scansim.identity.carried import attributes, character_set, character_set_note
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.people import SPECIAL
from scansim.wire.charsets import TERMS
from scansim.wire.dataset import EXPLICIT_LITTLE, DataSet, read
from scansim.wire.encoding import decode, encode

IDENTITY = Identity(1, date(2026, 1, 2), "carried")


def item(terms: bytes | None, name: bytes, vr: bytes = b"PN") -> Dataset:
    elements = [(0x0008, 0x0005, b"CS", terms)] if terms is not None else []
    elements += [(0x0008, 0x0050, b"SH", b"A1"), (0x0010, 0x0010, vr, name)]
    padded = [(group, number, vr, value + b" " * (len(value) % 2)) for group, number, vr, value in elements]
    data = b"".join(pack("<HH2sH", group, number, vr, len(value)) + value for group, number, vr, value in padded)
    return decode(data, EXPLICIT_LITTLE)


def sent(chosen: Dataset) -> list[DataSet]:
    """What images and N-CREATE say of it."""
    ledger = Ledger("CT", "SCAN1", datetime(2026, 1, 2, 9), chosen, True, "2.25.1", "PPS1")
    made = (attributes(ledger), create_dataset(ledger))
    return [read(encode(ds, EXPLICIT_LITTLE), EXPLICIT_LITTLE) for ds in made]


@pytest.mark.parametrize(
    ("terms", "name", "chosen", "text", "note"),
    [
        (None, b"M\xfcller", "ISO_IR 100", "Müller", ""),
        (b"ISO_IR 13", b"\xd4\xcf\xc0\xde^~", "ISO_IR 13", "ﾔﾏﾀﾞ^‾", ""),
        (b"\\ISO 2022 IR 87", b"A=\x1b$B=P\x1b(B", "\\ISO 2022 IR 87", "A=出", ""),
        (b"ISO_IR 149", b"Kim", "ISO_IR 192", "Kim", "'ISO_IR 149' is not a defined term"),
        (b"ISO_IR 6", b"Kim", "ISO_IR 192", "Kim", "'ISO_IR 6' is not a defined term"),
        (b"ISO_IR 100", b"M\x80ller", "ISO_IR 192", "M\ufffdller", "PatientName: ISO_IR 100 cannot encode"),
        # an escape sequence in the first component group can be read, but not written so
        (b"\\ISO 2022 IR 87", b"\x1b$B=P\x1b(B", "ISO_IR 192", "出", "PatientName: value 1, alone allowed"),
    ],
)
def test_the_character_set_holds_what_is_carried(terms, name, chosen, text, note):
    given_item = item(terms, name)
    assert "\\".join(character_set(given_item)) == chosen
    said = character_set_note(given_item)
    assert (note in said) if note else not said
    for message in sent(given_item):
        assert (message.text("SpecificCharacterSet"), message.text("PatientName")) == (chosen, text)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.none(), st.lists(st.sampled_from([*TERMS, "", "ISO_IR 149"]), max_size=3).map("\\".join)),
    st.lists(
        st.one_of(st.sampled_from([b"\x1b$B", b"\x1b(B", b"=P", b"^", b"\r\n"]), st.binary(max_size=4)), max_size=6
    ),
    st.sampled_from([b"PN", b"LO", b"ST", b"CS", b"AE", b"UI"]),
)
@example("ISO_IR 13", [b"\r\n\xb1"], b"ST")
@example(None, [b"\x85\xe4"], b"CS")
def test_nothing_in_an_item_keeps_the_exam_from_going_on(terms, pieces, vr):
    for message in sent(item(None if terms is None else terms.encode(), b"".join(pieces), vr)):
        assert message.problems == ()


@pytest.mark.parametrize("key", SPECIAL)
def test_special_patients_are_in_their_own_character_set(key):
    patient = SPECIAL[key](IDENTITY)
    made = Dataset()
    made.SpecificCharacterSet = list(patient.charset)
    made.PatientName = patient.name
    assert character_set(made) == list(patient.charset)
