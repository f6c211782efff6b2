"""Specific Character Set: terms, exact bytes, strictness, and agreement with the standard's examples and pydicom."""

from __future__ import annotations

import codecs
from functools import cache

import pytest
from faker.config import AVAILABLE_LOCALES
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.charset import convert_encodings
from pydicom.valuerep import PersonName

from scansim.wire.charsets import (
    CHARACTER_SETS,
    TERMS,
    CharacterSetError,
    characters,
    check,
    decode,
    encode,
    locale_for,
)

KANJI = r"\ISO 2022 IR 87"
KATAKANA = r"ISO 2022 IR 13\ISO 2022 IR 87"
CHINESE = r"\ISO 2022 IR 58"
KOREAN = r"\ISO 2022 IR 149"


def columns(text: str) -> bytes:
    """Bytes as the standard prints them, column/row."""
    return bytes(int(column) * 16 + int(row) for column, row in (pair.split("/") for pair in text.split()))


YAMADA = columns("05/09 06/01 06/13 06/01 06/04 06/01 5/14 05/04 06/01 07/02 06/15 07/05")
HALF_WIDTH = columns("13/04 12/15 12/00 13/14 05/14 12/00 13/11 11/03")
H3 = (
    "03/13 01/11 02/04 04/02 03/11 03/03 04/05 04/04 01/11 02/08 {0} 05/14 01/11 02/04 04/02 04/02 04/00 04/15 03/10 "
    "01/11 02/08 {0} 03/13 01/11 02/04 04/02 02/04 06/04 02/04 05/14 02/04 04/00 01/11 02/08 {0} 05/14 01/11 02/04 "
    "04/02 02/04 03/15 02/04 06/13 02/04 02/06 01/11 02/08 {0}"
)
#: Examples of PS3.5: where, terms, VR, text, bytes.
EXAMPLES = [
    ("H.3-1 (2013)", KANJI, "PN", "Yamada^Tarou=山田^太郎=やまだ^たろう", YAMADA + columns(H3.format("04/02"))),
    ("H.3-2 (2020a)", KATAKANA, "PN", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", HALF_WIDTH + columns(H3.format("04/10"))),
    (
        "I.2-1 (2024d)",
        KOREAN,
        "PN",
        "Hong^Gildong=洪^吉洞=홍^길동",
        b"Hong^Gildong=\x1b$)C\373\363^\x1b$)C\321\316\324\327=\x1b$)C\310\253^\x1b$)C\261\346\265\277",
    ),
    (
        "J.3-1 (2019e)",
        "GB18030",
        "PN",
        "Wang^XiaoDong=王^小东=",
        bytes.fromhex("57616e675e5869616f446f6e673dcdf55ed0a1b6ab3d"),
    ),
    (
        "J.2-1 (2024d), one line",
        "ISO_IR 192",
        "LT",
        "The first line includes中文.\r\n",
        b"The first line includes\xe4\xb8\xad\xe6\x96\x87.\r\n",
    ),
    (
        "K.2-1 (2024e)",
        CHINESE,
        "PN",
        "Zhang^XiaoDong=张^小东= ",
        bytes.fromhex("5A68616E675E5869616F446F6E673D1B242941D5C55E1B242941D0A1B6AB3D20"),
    ),
    (
        "K.3-1 (2024e)",
        CHINESE,
        "LT",
        "1.第一行文字。\r\n2.第二行文字。\r\n",
        bytes.fromhex("312e1B242941B5DAD2BBD0D0CEC4D7D6A1A30D0A322e1B242941B5DAB6FED0D0CEC4D7D6A1A30D0A"),
    ),
]


@pytest.mark.parametrize(("terms", "vr", "text", "data"), [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES])
def test_examples_of_the_standard_byte_for_byte(terms, vr, text, data):
    assert encode(text, vr, terms) == data
    assert decode(data, vr, terms) == text


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ("ISO_IR 149", "not a defined term"),
        ("ISO IR 192", "not a defined term"),
        ("UTF8", "not a defined term"),
        ("ISO 2022 IR 100", "only value"),
        (r"GB18030\ISO_IR 192", "must be the only value"),
        (r"ISO_IR 13\ISO 2022 IR 87", "must be the only value"),
        (r"ISO 2022 IR 100\ISO_IR 101", "must be the only value"),
        (r"ISO 2022 IR 87\ISO 2022 IR 13", "cannot be value 1"),
        (r"ISO 2022 IR 100\\ISO 2022 IR 87", "value 2"),
    ],
)
def test_illegal_values_are_refused(terms, why):
    with pytest.raises(CharacterSetError, match=why):
        check(terms)


def test_default_repertoire_is_no_value_or_one_empty():
    assert check("") == check([]) == check([""]) == ()
    assert encode("Doe^Kim", "PN", ()) == b"Doe^Kim"


def test_every_defined_term_is_in_a_named_set_and_has_its_characters():
    named = {term for chosen in CHARACTER_SETS.values() for term in chosen.terms if term}
    assert named == set(TERMS)
    assert {"ISO_IR 203", "ISO 2022 IR 203", "ISO 2022 IR 6", "GBK"} <= named
    assert all(check(chosen.terms) == chosen.terms for chosen in CHARACTER_SETS.values())
    sizes = {element.number: len(characters(element)) for term in TERMS.values() for element in term.elements}
    assert sizes == {
        6: 95, 14: 95, 13: 63, 100: 96, 101: 96, 109: 89, 110: 96, 144: 96, 127: 51, 126: 90, 138: 58, 148: 96, 203: 96,
        166: 87, 87: 6879, 159: 6067, 149: 8224, 58: 7445,
    }  # fmt: skip


def test_two_byte_sets_are_those_of_the_escape_based_codecs():
    for number, codec in ((87, "iso2022_jp"), (159, "iso2022_jp_2"), (149, "iso2022_kr")):
        element = next(e for term in TERMS.values() for e in term.elements if e.number == number)
        table = characters(element)
        for code in list(table)[::37]:
            if number == 149:
                data = b"\x1b$)C\x0e" + bytes(byte & 0x7F for byte in code) + b"\x0f"
            else:
                data = element.escape + code + b"\x1b(B"
            assert codecs.decode(data, codec) == table[code]


@pytest.mark.parametrize(
    ("terms", "text", "char", "index"),
    [
        ("ISO_IR 100", "Synthetic-Wałęsa", "ł", 12),
        ("ISO_IR 203", "½", "½", 0),
        ("ISO_IR 126", "5 €", "€", 2),
        ("ISO_IR 13", "~", "~", 0),
        ("ISO_IR 13", "1 ¥", "¥", 2),
        (r"\ISO 2022 IR 13\ISO 2022 IR 87", "Kim=¥", "¥", 4),
        ("", "é", "é", 0),
        ("GBK", "a😀", "😀", 1),
        (KANJI, "Kim=漢^한", "한", 6),
        (KANJI, "山田^太郎", "山", 0),
        (KOREAN, "Kim=뷁", "뷁", 4),
        ("ISO_IR 192", "a\ud800", "\ud800", 1),
    ],
)
def test_the_first_character_that_does_not_fit_is_named(terms, text, char, index):
    with pytest.raises(CharacterSetError, match=rf"U\+{ord(char):04X}.*index {index}$"):
        encode(text, "PN", terms)


def test_first_component_group_takes_no_escape_but_the_first_group_of_each_value_does_not_see_it():
    with pytest.raises(CharacterSetError, match="first component group"):
        encode("A=漢\\漢", "PN", KANJI)
    with pytest.raises(CharacterSetError, match="first component group"):
        decode(b"\x1b$B4A\x1b(B", "PN", KANJI)
    assert encode("漢", "LO", KANJI) == b"\x1b$B4A\x1b(B"


@pytest.mark.parametrize(
    ("terms", "vr", "text", "data"),
    [
        # G1 of value 1 comes back where another set took its place, and G0 where it was designated anew.
        (r"ISO 2022 IR 100\ISO 2022 IR 149", "PN", "é=홍é^é", b"\xe9=\x1b$)C\xc8\xab\x1b-A\xe9^\xe9"),
        (r"ISO 2022 IR 100\ISO 2022 IR 149", "LO", "홍\\a", b"\x1b$)C\xc8\xab\x1b-A\\a"),
        (r"ISO 2022 IR 100\ISO 2022 IR 87", "LO", "漢a", b"\x1b$B4A\x1b(Ba"),
        # Under an empty value 1 a set in G1 stays, and ASCII stands beside it without escapes.
        (KOREAN, "LO", "홍a홍\\홍", b"\x1b$)C\xc8\xaba\xc8\xab\\\x1b$)C\xc8\xab"),
        (KANJI, "LT", "漢\t漢\r\n漢", b"\x1b$B4A\x1b(B\t\x1b$B4A\x1b(B\r\n\x1b$B4A\x1b(B"),
        (KANJI, "LT", "漢^=\\漢", b"\x1b$B4A\x1b(B^=\\\x1b$B4A\x1b(B"),
        (r"\ISO 2022 IR 87\ISO 2022 IR 149", "LO", "漢홍a", b"\x1b$B4A\x1b(B\x1b$)C\xc8\xaba"),
        (r"ISO 2022 IR 13\ISO 2022 IR 100", "LO", "~a", b"\x1b(B~a\x1b(J"),
        (r"ISO 2022 IR 6\ISO 2022 IR 203", "LO", "5 €", b"5 \x1b-b\xa4"),
        ("ISO_IR 13", "LT", "¥‾", b"\x5c\x7e"),
        ("GB18030", "LO", "誠觀\\😀", b"\xd5\x5c\xd3\x5e\\\x94\x39\xfc\x36"),
    ],
)
def test_escapes_stand_where_the_clause_wants_them(terms, vr, text, data):
    assert encode(text, vr, terms) == data
    assert decode(data, vr, terms) == text


@pytest.mark.parametrize(
    ("terms", "vr", "data", "why"),
    [
        (KANJI, "PN", b"A=\x1b$B4A^", "G0 still holds ISO-IR 87|no character"),
        (KANJI, "LO", b"\x1b$B4A", "the end: G0 still holds ISO-IR 87"),
        (KANJI, "LT", b"\x1b$B4A\r\n", "G0 still holds ISO-IR 87 before delimiter 0DH"),
        (KANJI, "LO", b"\x1b$B4", "no character of ISO-IR 87"),
        (KATAKANA, "LO", b"\x1b$B4A\x1b(B", "no escape sequence that"),
        (r"ISO 2022 IR 13\ISO 2022 IR 100", "LO", b"\x1b(B~", "G0 still holds ISO-IR 6"),
        (r"ISO 2022 IR 100\ISO 2022 IR 149", "LO", b"\x1b$)C\xc8\xab", "G1 still holds ISO-IR 149"),
        (KOREAN, "PN", b"A=\x1b$)C\xc8\xab^\xc8\xab", "no set is designated to G1"),
        (KOREAN, "LO", b"\xc8\xab", "no set is designated to G1"),
        (KOREAN, "LO", b"\x1b$B4A\x1b(B", "no escape sequence that"),
        ("ISO_IR 100", "LO", b"\x1b-B\xe9", "no escape sequence that"),
        ("ISO_IR 100", "LO", b"\x85", "no character of ISO-IR 100"),
        ("ISO_IR 126", "LO", b"\xa4", "no character of ISO-IR 126"),
        ("ISO_IR 100", "LO", b"a\r\n", "no character"),
        ("ISO_IR 192", "LO", b"a\xff", "offset 1: not ISO_IR 192"),
        ("ISO_IR 192", "LO", b"a\x1b", "control character"),
        ("GBK", "LO", b"\xd5", "not GBK"),
    ],
)
def test_wrong_bytes_are_refused_with_the_reason(terms, vr, data, why):
    with pytest.raises(CharacterSetError, match=why):
        decode(data, vr, terms)


def test_bytes_of_delimiters_inside_two_byte_characters_do_not_divide():
    data = encode("A=十本五^a", "PN", KANJI)
    assert data == b"A=\x1b$B\x3d\x3d\x4b\x5c\x38\x5e\x1b(B^a"
    assert decode(data, "PN", KANJI) == "A=十本五^a"


def test_two_byte_characters_of_nothing_but_delimiter_bytes_can_be_encoded():
    text = b"\xdc\xde\xde\xbd".decode("euc_jp")
    assert encode(f"A={text}", "PN", KANJI) == b"A=\x1b$B\x5c\x5e\x5e\x3d\x1b(B"
    assert decode(encode(f"A={text}", "PN", KANJI), "PN", KANJI) == f"A={text}"


def test_controls_and_foreign_vrs_are_refused():
    with pytest.raises(CharacterSetError, match=r"U\+000A"):
        encode("a\n", "LO", "ISO_IR 100")
    with pytest.raises(CharacterSetError, match=r"U\+001B"):
        encode("a\x1b", "LT", KANJI)
    with pytest.raises(CharacterSetError, match=r"U\+0085"):
        encode("a\x85", "LT", "ISO_IR 192")
    with pytest.raises(CharacterSetError, match="'UI'"):
        encode("1.2", "UI", "")


def test_a_locale_is_found_for_any_legal_value():
    assert locale_for("") == "en_US"
    assert locale_for(r"ISO 2022 IR 144\ISO 2022 IR 100") == "ru_RU"
    assert locale_for(r"\ISO 2022 IR 100\ISO 2022 IR 149") == "ko_KR"


@cache
def alphabet(name: str, *, first_group: bool = False) -> str:
    terms = CHARACTER_SETS[name].terms
    if terms and TERMS[terms[-1]].codec:
        return "aé漢王홍😀" if TERMS[terms[0]].codec != "gbk" else "a漢王é誠觀"
    values = (terms or ("",))[: 1 if first_group else None]
    tables = [list(characters(e).values()) for term in values for e in TERMS[term or "ISO 2022 IR 6"].elements]
    return "".join(sorted({char for table in tables for char in table[:: len(table) // 60 or 1]} - set("\\^=¥")))


@cache
def texts(name: str, *, first_group: bool = False) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(alphabet(name, first_group=first_group)), max_size=6)


@pytest.mark.parametrize("name", CHARACTER_SETS)
@settings(max_examples=10, deadline=None, database=None)
@given(data=st.data())
def test_text_comes_back(name, data):
    terms = CHARACTER_SETS[name].terms
    lines = data.draw(st.lists(texts(name), min_size=1, max_size=3))
    for vr, delimiter in (("LO", "\\"), ("LT", "\r\n")):
        text = delimiter.join(lines)
        assert decode(encode(text, vr, terms), vr, terms) == text
    first = data.draw(texts(name, first_group=True))
    name_value = f"{first}^{first}=" + "^".join(lines) + "=" + "^".join(reversed(lines))
    encoded = encode(name_value, "PN", terms)
    assert decode(encoded, "PN", terms) == name_value
    assert b"\x1b" not in encoded[: len(encode(first, "PN", terms))]


def test_pydicom_reads_the_examples_likewise():
    for _, terms, vr, text, data in EXAMPLES:
        if vr == "PN" and terms != CHINESE:
            assert str(PersonName(data).decode(convert_encodings(list(check(terms))))) == text.rstrip("=")


def test_terms_are_named_as_they_stand():
    with pytest.raises(CharacterSetError, match=r"ISO 2022 IR 13\\ISO 2022 IR 87 cannot encode '한'"):
        encode("A=한", "PN", KATAKANA)
    with pytest.raises(CharacterSetError, match="the default repertoire cannot encode"):
        encode("한", "LO", "")


@pytest.mark.parametrize("vr", ["LO", "SH", "UC", "PN"])
def test_in_vrs_of_several_values_a_backslash_ends_what_was_designated(vr):
    lead = "A=" if vr == "PN" else ""
    text, data = f"{lead}山\\{lead}山", b"\x1b$B;3\x1b(B"
    encoded = (lead.encode() + data) + b"\\" + (lead.encode() + data)
    assert encode(text, vr, KANJI) == encoded
    assert decode(encoded, vr, KANJI) == text


@pytest.mark.parametrize("vr", ["LT", "ST", "UT"])
def test_in_vrs_of_one_value_a_backslash_is_text(vr):
    assert encode("山\\山", vr, KANJI) == b"\x1b$B;3\x1b(B\\\x1b$B;3\x1b(B"
    assert encode("¥", vr, "ISO_IR 13") == b"\\"


@pytest.mark.parametrize("vr", ["LO", "SH", "UC", "PN"])
def test_a_yen_sign_would_divide_values(vr):
    with pytest.raises(CharacterSetError, match="¥"):
        encode("1 ¥", vr, "ISO_IR 13")


@pytest.mark.parametrize("vr", ["AE", "CS", "UR", "UI", "DS"])
def test_other_vrs_have_no_character_set(vr):
    for work in (lambda: encode("A", vr, ()), lambda: decode(b"A", vr, ())):
        with pytest.raises(CharacterSetError, match="no effect"):
            work()


@pytest.mark.parametrize("name", CHARACTER_SETS)
def test_every_set_has_a_locale_whose_names_there_are(name):
    assert locale_for(CHARACTER_SETS[name].terms) in AVAILABLE_LOCALES


@pytest.mark.parametrize(
    ("terms", "data"), [("ISO_IR 100", b"\x1b-A\xe4"), ("", b"\x1b(BA"), ("ISO_IR 13", b"\x1b)I\xb1")]
)
def test_one_set_alone_has_no_escape_sequences(terms, data):
    with pytest.raises(CharacterSetError, match="no escape sequence that"):
        decode(data, "LO", terms)


@pytest.mark.parametrize(
    ("term", "later", "there"),
    [
        ("ISO_IR 126", "€₯ͺ", "£¦«"),
        ("ISO_IR 138", "\u200e\u200f", "את"),
        (r"ISO 2022 IR 6\ISO 2022 IR 149", "€®", "℡\u3164"),
    ],
)
def test_characters_of_a_later_edition_are_not_in_the_registered_set(term, later, there):
    for character in later:
        with pytest.raises(CharacterSetError):
            encode(character, "LO", term)
    assert decode(encode(there, "LO", term), "LO", term) == there
