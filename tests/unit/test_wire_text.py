"""Lenient text: what was most likely meant, and U+FFFD where nothing can be made of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scansim.wire.charsets import TERMS, check
from scansim.wire.text import CHARSET_VRS, UNANNOUNCED, encodings_of, read_text

KANJI = ("", "ISO 2022 IR 87")


@pytest.mark.parametrize(
    ("terms", "meant"),
    [
        ((), UNANNOUNCED),
        (("",), UNANNOUNCED),
        (("ISO_IR 6",), UNANNOUNCED),
        (("ISO 2022 IR 6",), UNANNOUNCED),
        (("ISO_IR 149",), UNANNOUNCED),
        (("utf-8",), UNANNOUNCED),
        (("ISO_IR 100",), ("ISO_IR 100",)),
        (KANJI, KANJI),
        (("ISO 2022 IR 87",), KANJI),
        (("ISO 2022 IR 100",), ("ISO_IR 100",)),
        (("ISO_IR 13", "ISO 2022 IR 87"), ("ISO 2022 IR 13", "ISO 2022 IR 87")),
        (("ISO_IR 6", "ISO 2022 IR 87"), KANJI),
        (("", "ISO 2022 IR 87", ""), KANJI),
        (("ISO 2022 IR 87", "ISO 2022 IR 6"), (*KANJI, "ISO 2022 IR 6")),
        (("GB18030", "ISO_IR 192"), ("GB18030",)),
        (("", "ISO_IR 192"), ("ISO_IR 192",)),
        (("ISO_IR 100", "ISO_IR 192"), ("ISO_IR 100",)),
    ],
)
def test_illegal_terms_are_read_as_they_were_meant(terms, meant):
    assert encodings_of(terms) == meant


@given(st.lists(st.sampled_from([*TERMS, "", "ISO_IR 6", "ISO_IR 149", "UTF8"]), max_size=5))
def test_whatever_the_terms_are_it_is_legal_what_they_are_read_as(terms):
    meant = encodings_of(tuple(terms))
    assert meant == UNANNOUNCED or check(meant) == meant


@pytest.mark.parametrize(
    ("raw", "vr", "terms", "text"),
    [
        (b"M\xfcller", "PN", UNANNOUNCED, "Müller"),
        (b"M\xfcller", "PN", ("ISO_IR 192",), "M\ufffdller"),
        (b"M\x80ller", "PN", ("ISO_IR 100",), "M\ufffdller"),
        (b"A^B\\C", "LO", ("ISO_IR 100",), "A^B\\C"),
        # 3DH and 5EH inside kanji, and an ideographic group without the escape sequence back
        (b"A=\x1b$B=P\x1b(B^\x1b$B==\x1b(B", "PN", KANJI, "A=出^十"),
        (b"A=\x1b$B=P", "PN", KANJI, "A=出"),
        # an escape sequence in the first group, one that is not declared, one that does not exist, half a character
        (b"\x1b$B=P\x1b(B^B", "PN", KANJI, "出^B"),
        (b"A=\x1b$)C\xb1\xe8", "PN", KANJI, "A=김"),
        (b"A=\x1b%G\xb1", "PN", KANJI, "A=\ufffd%G\ufffd"),
        (b"A=\x1b$B=", "PN", KANJI, "A=\ufffd"),
        (b"A\x01B\xe4", "LO", ("ISO_IR 100",), "A\x01Bä"),
        # the second byte of a GB 18030 character is no delimiter
        (b"A=\xd5\x5c^\xd3\x5e", "PN", ("GB18030",), "A=誠^觀"),
        (b"100\x5c \x7e", "LT", ("ISO_IR 13",), "100¥ ‾"),
    ],
)
def test_what_lenient_reading_makes_of_bytes(raw, vr, terms, text):
    assert read_text(raw, vr, terms) == text


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from([b"\x1b$B", b"\x1b(B", b"\x1b$)C", b"\x1b-A", b"=P"]), st.binary(max_size=4))),
    st.sampled_from(sorted(CHARSET_VRS)),
    st.lists(st.sampled_from([*TERMS, ""]), max_size=3),
)
def test_no_bytes_raise(pieces, vr, terms):
    assert isinstance(read_text(b"".join(pieces), vr, encodings_of(tuple(terms))), str)


@pytest.mark.parametrize(
    ("vr", "text"),
    [("LO", "a\\b"), ("SH", "a\\b"), ("UC", "a\\b"), ("PN", "a\\b"), ("LT", "a¥b"), ("ST", "a¥b"), ("UT", "a¥b")],
)
def test_5ch_divides_values_and_is_a_yen_sign_where_there_is_one_value(vr, text):
    """ISO-IR 14 has the yen sign at 5CH; the byte behind keeps the value from being read strictly."""
    assert read_text(b"a\\b\x81", vr, ("ISO_IR 13",)) == text + "\ufffd"


@pytest.mark.parametrize("end", [b"\\", b"^", b"=", b"\r", b"\n", b"\t"])
def test_behind_a_delimiter_the_sets_are_those_of_value_1(end):
    """An escape sequence in the first component group is not allowed, which is what makes it lenient."""
    raw = b"\x1b-F\xe1" + end + b"\xe1"
    assert read_text(raw, "PN", ("ISO 2022 IR 100", "ISO 2022 IR 126")) == f"α{end.decode()}á"
    assert read_text(b"\x1b-F\xe1!\xe1", "PN", ("ISO 2022 IR 100", "ISO 2022 IR 126")) == "α!α"
    assert read_text(b"\x1b-F\xe1 \xe1", "PN", ("ISO 2022 IR 100", "ISO 2022 IR 126")) == "α α"
