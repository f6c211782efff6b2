"""The field cases IOD-* and CHR-* of cases.md: where another checker gave a wrong verdict, or missed a fault."""

from __future__ import annotations

import pytest

from scanproof.iod import Checker
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.iod_data import CT, ENHANCED_MR, GOOD, MR, SC, encode, structure


def check(attributes):
    """(level, rule, path) of a data set's findings, without notes."""
    return check_bytes(encode(attributes))


def check_bytes(data):
    findings = Checker().check_dataset(data, EXPLICIT_LITTLE).findings
    return [(f.level.value, f.rule, f.tag) for f in findings if f.level != "info"]


def check_name(name, terms="ISO_IR 192"):
    """Check a CT with these bytes as Patient's Name, and these as Specific Character Set."""
    data = encode(GOOD[CT] | {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "N" * 40})
    for vr, old, new in (("CS", b"ISO_IR 192", terms.encode()), ("PN", b"N" * 40, name)):
        assert data.count(old) == 1
        padded = new + b" " * (len(new) % 2)
        data = data.replace(_short(vr, old), _short(vr, padded))
    return check_bytes(data)


def _short(vr, value):
    return vr.encode() + len(value).to_bytes(2, "little") + value


# --- IOD-01: conditions whose controlling value sits per frame -------------------------------------------------------


def frame(**more):
    kind = {"FrameType": ["ORIGINAL", "PRIMARY", "M", "NONE"], "PixelPresentation": "MONOCHROME"}
    return {"MRImageFrameTypeSequence": [kind]} | more


MODIFIER = {
    "InversionRecovery": "YES",
    "InversionTimes": [100.0],
    "FlowCompensation": "NONE",
    "Spoiling": "RF",
    "T2Preparation": "NO",
    "SpectrallySelectedExcitation": "NONE",
    "SpatialPresaturation": "NONE",
    "PartialFourier": "NO",
    "ParallelAcquisition": "NO",
}


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "per-frame"])
def test_iod_01_the_frame_type_decides_for_a_shared_macro_too(shared):
    groups = {"MRModifierSequence": [MODIFIER]}
    attributes = {
        "SOPClassUID": ENHANCED_MR,
        "EchoPulseSequence": "GRADIENT",
        "NumberOfFrames": "2",
        "SharedFunctionalGroupsSequence": [groups if shared else {}],
        "PerFrameFunctionalGroupsSequence": [frame() if shared else frame(**groups)] * 2,
    }
    assert not [tag for _, _, tag in check(attributes) if "MRModifierSequence" in tag]


def test_iod_01_a_macro_in_both_is_an_error():
    groups = {"MRModifierSequence": [MODIFIER]}
    attributes = {
        "SOPClassUID": ENHANCED_MR,
        "SharedFunctionalGroupsSequence": [groups],
        "PerFrameFunctionalGroupsSequence": [frame(**groups)],
    }
    found = ("error", "functional-group-twice", "PerFrameFunctionalGroupsSequence[1] > MRModifierSequence")
    assert found in check(attributes)


# --- IOD-02: conditions judged on what the checker cannot know -------------------------------------------------------


@pytest.mark.parametrize(
    ("sop_class", "attributes"),
    [
        (SC, {"PatientPosition": "HFS"}),  # not a class that the text names
        (CT, {"PatientSexNeutered": "ALTERED"}),  # "if the patient is an animal"
        (CT, {"ContentDate": "20260102"}),  # "if the images are temporally related"
        (CT, {"RescaleType": "HU"}),
    ],
)
def test_iod_02_undecidable_conditions_give_no_error(sop_class, attributes):
    assert check(GOOD[sop_class] | attributes) == []


def test_iod_02_a_header_alone_has_the_same_errors_as_the_whole():
    good = GOOD[CT] | {"PatientSex": "X", "PixelPaddingValue": 0}
    header = {name: value for name, value in good.items() if name != "PixelData"}
    errors = [found for found in check(good) if found[0] == "error"]
    lacking = ("error", "pixel-data-missing", "PixelData")
    assert [found for found in check(header) if found[0] == "error" and found != lacking] == errors
    assert lacking in check(header)


# --- IOD-03 and IOD-04: enumerated values and defined terms ----------------------------------------------------------


@pytest.mark.parametrize("attributes", [{"ScanningSequence": ["SE", "EP"]}, {"PatientSex": ""}])
def test_iod_03_lists_are_per_value_and_type_2_may_be_empty(attributes):
    assert check(GOOD[MR] | attributes) == []


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"ScanningSequence": ["SE", "XX"]}, "value 2 is 'XX'"),
        ({"ScanningSequence": ["SE", ""]}, "value 2 of 2 is empty"),
        ({"ImageType": ["ORIGINAL", "THIRD", "OTHER"]}, "value 2 is 'THIRD'"),
    ],
)
def test_iod_03_the_wrong_value_is_named(attributes, said):
    (name,) = attributes
    findings = Checker().check_dataset(encode(GOOD[MR] | attributes), EXPLICIT_LITTLE).findings
    (finding,) = [finding for finding in findings if finding.level == "error"]
    assert (finding.rule, finding.tag) == ("enumerated-value", name)
    assert said in finding.message


def test_iod_03_a_third_value_of_image_type_is_judged_by_its_index():
    assert check(GOOD[CT] | {"ImageType": ["ORIGINAL", "PRIMARY", "PRIMARY"]}) == [
        ("warning", "defined-term", "ImageType")
    ]


def test_iod_04_terms_may_be_extended_and_enumerations_not():
    assert check(GOOD[SC] | {"Modality": "ZZ"}) == [("warning", "defined-term", "Modality")]
    assert check(GOOD[SC] | {"PatientSex": "X"}) == [("error", "enumerated-value", "PatientSex")]
    assert check(GOOD[SC] | {"BodyPartExamined": "ELSEWHERE"}) == []


def test_iod_04_attributes_outside_the_iod_are_a_note():
    findings = Checker().check_dataset(encode(GOOD[CT] | {"RetrieveAETitle": "A"}), EXPLICIT_LITTLE).findings
    assert [(finding.rule, finding.level) for finding in findings] == [("standard-extended", "info")]


# --- IOD-07: crash, or a wrong "unknown class" -----------------------------------------------------------------------


def test_iod_07_a_sequence_with_the_vr_of_a_text():
    derivation = encode(GOOD[CT] | {"DerivationCodeSequence": [{"CodeMeaning": "x"}]})
    whole = encode({"DerivationCodeSequence": [{"CodeMeaning": "x"}]})
    wrong = whole[:4] + b"LO" + b"\x06\x00" + b"words "
    found = check_bytes(derivation.replace(whole, wrong))
    assert [each for each in found if each[2] == "DerivationCodeSequence"] == [
        ("error", "vr-mismatch", "DerivationCodeSequence")
    ]


def test_iod_07_a_private_class_is_not_checked_and_ct_is_known():
    rules = [f.rule for f in structure(GOOD[CT] | {"SOPClassUID": "2.25.31415"})]
    assert rules == ["iod-not-checked"]
    assert structure(GOOD[CT]) == ()


def test_iod_07_every_truncation_is_a_finding_and_none_an_exception():
    data = encode(GOOD[CT] | {"ProcedureCodeSequence": [{"CodeValue": "P1", "CodeMeaning": "x"}]})
    for syntax in (EXPLICIT_LITTLE, IMPLICIT_LITTLE):
        for length in range(len(data)):
            Checker().check_dataset(data[:length], syntax)
    for length in range(8, len(data) - 1, 7):
        findings = Checker().check_dataset(data[:length], EXPLICIT_LITTLE).findings
        assert findings, f"cut after {length} bytes"


# --- IOD-08: lengths -------------------------------------------------------------------------------------------------

UTF_8 = {"SpecificCharacterSet": "ISO_IR 192"}


@pytest.mark.parametrize("groups", [(63, 63, 64), (1, 63, 64)])
def test_iod_08_names_of_three_full_groups_pass(groups):
    assert check_name("=".join("A" * length for length in groups).encode()) == []


def test_iod_08_sixty_four_with_a_delimiter_is_a_warning_at_most_and_sixty_five_an_error():
    assert {level for level, _, _ in check_name("=".join(["A" * 64] * 3).encode())} == {"warning"}
    assert ("error", "value-too-long", "PatientName") in check_name(b"A" * 65)


def test_iod_08_characters_are_counted_and_not_bytes():
    assert check(GOOD[CT] | UTF_8 | {"InstitutionName": "山" * 64}) == []
    assert check(GOOD[CT] | UTF_8 | {"InstitutionName": "山" * 65}) == [("error", "value-too-long", "InstitutionName")]
    assert check(GOOD[CT] | {"PatientID": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}) == []


# --- IOD-10: empty Patient ID ----------------------------------------------------------------------------------------


def test_iod_10_an_empty_patient_id_passes():
    assert check(GOOD[CT] | {"PatientID": ""}) == []
    issuer = {"IssuerOfPatientIDQualifiersSequence": [{"IdentifierTypeCode": "MR"}]}
    assert check(GOOD[CT] | {"PatientID": ""} | issuer) == []


# --- CHR: character sets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "nearest"),
    [("ISO_IR 149", r"\ISO 2022 IR 149"), ("ISO IR 192", "ISO_IR 192"), ("UTF8", "ISO_IR 192")],
)
def test_chr_01_invented_terms_are_errors_and_the_nearest_is_named(terms, nearest):
    findings = Checker().check_dataset(encode(GOOD[CT] | {"SpecificCharacterSet": terms}), EXPLICIT_LITTLE).findings
    (finding,) = [finding for finding in findings if finding.level == "error"]
    assert (finding.rule, finding.tag) == ("charset-term", "SpecificCharacterSet")
    assert nearest in finding.message


KANJI, ASCII, KOREAN = b"\x1b$B", b"\x1b(B", b"\x1b$)C"


def kanji(text):
    return text.encode("iso2022_jp").removesuffix(ASCII) + ASCII


@pytest.mark.parametrize("text", ["充", "構", "表"], ids=["3D", "5E-near", "5C-near"])
def test_chr_02_delimiter_bytes_inside_kanji_are_none(text):
    name = b"Yamada^Tarou=" + kanji(text) + b"^" + kanji(text) + b"=" + kanji("やまだ") + b"^" + kanji("たろう")
    assert check_name(name, r"\ISO 2022 IR 87") == []


@pytest.mark.parametrize(
    "terms",
    [r"ISO_IR 13\ISO 2022 IR 87", "ISO 2022 IR 87", r"GB18030\ISO_IR 192", r"ISO_IR 192\ISO 2022 IR 87"],
)
def test_chr_04_illegal_mixtures_are_errors(terms):
    assert ("error", "charset-term", "SpecificCharacterSet") in check_name(b"A^B", terms)


@pytest.mark.parametrize("terms", [r"\ISO 2022 IR 87", "ISO_IR 203", r"ISO 2022 IR 6\ISO 2022 IR 203"])
def test_chr_04_an_empty_first_value_and_latin_9_are_legal(terms):
    assert check_name(b"A^B", terms) == []


@pytest.mark.parametrize(
    ("terms", "name", "wrong"),
    [
        # G1 under the default repertoire needs no way back
        (r"\ISO 2022 IR 149", b"Kim^Min=" + KOREAN + b"\xb1\xe8^" + KOREAN + b"\xb9\xce", False),
        # G0 still holds kanji at the delimiter, at the end
        (r"\ISO 2022 IR 87", b"Yamada^T=" + KANJI + b"\x3b\x33^" + KANJI + b"\x45\x44" + ASCII, True),
        (r"\ISO 2022 IR 87", b"Yamada^T=" + kanji("山") + b"^" + KANJI + b"\x45\x44", True),
        # the escape sequence is not repeated behind the delimiter
        (r"\ISO 2022 IR 149", b"Kim^Min=" + KOREAN + b"\xb1\xe8^\xb9\xce", True),
        # value 1 has a G1 half, which is not restored
        (r"ISO 2022 IR 100\ISO 2022 IR 101", b"A=\x1b-B\xb1^B", True),
        # an escape sequence in the alphabetic group
        (r"\ISO 2022 IR 87", kanji("山") + b"^B", True),
    ],
)
def test_chr_04_escape_sequences(terms, name, wrong):
    found = [("error", "charset-bytes", "PatientName")] if wrong else []
    assert check_name(name, terms) == found
