"""What is advised for bytes that are not in the character set that is announced: it fits the bytes, or says so."""

from __future__ import annotations

import pytest

from scanproof.iod.judgement.charset_hint import likely_set
from scanproof.standard.value_grammar import character_set_mistakes, like_term
from tests.support.iod_data import elements

KANA_AND_KANJI = "ﾔﾏﾀﾞ^ﾀﾛｳ=".encode("shift_jis") + b"\x1b$B;3ED\x1b(J"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("Müller".encode(), "valid UTF-8: announce ISO_IR 192"),
        ("山田^太郎".encode(), "valid UTF-8"),
        ("Müller^Jérôme".encode("latin-1"), "ISO_IR 100 if the language is West European"),
        ("Страница".encode("iso8859_5"), "bytes alone do not tell"),
        ("山田^太郎".encode("shift_jis"), "look like Shift JIS"),
        ("Yamada^Tarou=山田^太郎".encode("iso2022_jp"), r"announce '\\ISO 2022 IR 87'"),
        (KANA_AND_KANJI, r"announce 'ISO 2022 IR 13\\ISO 2022 IR 87'"),
        ("山田".encode("iso2022_jp"), "the first component group of a name has none"),
        (b"A=\x1b$Z11", "none of the defined terms"),
        ("김희중".encode("euc_kr"), r"\ISO 2022 IR 149 (Korean)"),
        ("王^小东".encode("gb18030"), "GB18030 or GBK"),
        ("“Müller”".encode("cp1252"), "code page of Windows"),
    ],
)
def test_the_advice_fits_the_bytes(raw, said):
    assert said in likely_set(raw, "PN", ())


def test_what_is_announced_is_not_advised_again():
    assert "announce ISO_IR 100" not in likely_set("Müller".encode("latin-1"), "PN", ("ISO_IR 100",))
    assert "announce" not in likely_set(b"\x1b$B;3ED\x1b(B", "LO", ("", "ISO 2022 IR 87"))


def test_the_finding_has_the_advice():
    found = [finding for finding in elements({"PatientComments": b"M\xfcller at 9"}) if finding.rule == "charset-bytes"]
    assert [finding.tag for finding in found] == ["PatientComments"]
    assert "ISO_IR 100" in found[0].advice


@pytest.mark.parametrize(
    ("term", "meant"),
    [
        ("49534f5f495220313030", "ISO_IR 100"),
        ("ISO-8859-1", "ISO_IR 100"),
        ("latin1", "ISO_IR 100"),
        ("UTF-8", "ISO_IR 192"),
        ("ISO_IR 87", r"\ISO 2022 IR 87"),
        ("GB18030-2000", "GB18030"),
        ("whatever", ""),
    ],
)
def test_a_term_that_is_none(term, meant):
    assert like_term(term) == meant
    ((sure, text),) = character_set_mistakes([term])
    assert sure
    assert (f"'{meant}'" in text) is bool(meant)
    assert ("nearest" in text) is bool(meant)
