"""Values of single elements: VR, VM, grammar, lengths, character sets, lists of values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom._dicom_dict import DicomDictionary

from scanproof.iod.judgement.values import is_surely_right, judge_element
from scansim.wire.dataset import DataSet, Element
from tests.support.iod_data import CT, DX, GOOD, MR, US, dataset, elements, errors, structure, warned


def judge(keyword_or_tag, vr, raw, charset=b""):
    parts = {0x00080005: Element(0x00080005, "CS", charset, 0)} if charset else {}
    element = Element(keyword_or_tag, vr, raw, 0)
    return list(judge_element(DataSet({**parts, keyword_or_tag: element}), element))


PATIENT_NAME, PATIENT_ID, COMMENTS, STATION = 0x00100010, 0x00100020, 0x00104000, 0x00080055


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"PatientSex": "X"}, ("enumerated-value", "PatientSex")),
        ({"PatientIdentityRemoved": "TRUE"}, ("enumerated-value", "PatientIdentityRemoved")),
        ({"PixelRepresentation": 2}, ("enumerated-value", "PixelRepresentation")),
        ({"ScanningSequence": ["SE", "XX"]}, ("enumerated-value", "ScanningSequence")),
        ({"ScanningSequence": ["SE", ""]}, ("enumerated-value", "ScanningSequence")),
        ({"FieldOfViewRotation": "90.5"}, ("enumerated-value", "FieldOfViewRotation")),
    ],
)
def test_enumerated_values_are_errors(attributes, found):
    assert errors(elements(attributes)) == [found]


@pytest.mark.parametrize(
    "attributes",
    [
        {"PatientSex": ""},
        {"ScanningSequence": ["SE", "EP"]},
        {"FieldOfViewRotation": "90.0"},  # decimal numbers are compared as numbers
        {"FieldOfViewRotation": "+9E1"},
        {"LossyImageCompression": "01"},
    ],
)
def test_right_values_have_no_finding(attributes):
    assert elements(attributes) == []


def test_defined_terms_only_warn():
    assert warned(elements({"PatientPosition": "HFX"})) == [("defined-term", "PatientPosition")]
    assert errors(elements({"PatientPosition": "HFX"})) == []


def test_an_unknown_vr_says_nothing_of_a_value_that_nobody_knows():
    assert judge(0x00091001, "UN", b"\0\1") == []


@pytest.mark.parametrize(
    ("sop_class", "attributes", "rule"),
    [
        (CT, {"ImageType": ["FRESH", "PRIMARY", "AXIAL"]}, "enumerated-value"),
        (CT, {"ImageType": ["ORIGINAL", "TERTIARY", "AXIAL"]}, "enumerated-value"),
        (CT, {"ImageType": ["ORIGINAL", "", "AXIAL"]}, "enumerated-value"),
        (CT, {"ImageType": ["ORIGINAL"]}, "vm"),
        (CT, {"ImageType": ["ORIGINAL", "PRIMARY"]}, "vm"),
        (CT, {"BitsAllocated": 8}, "enumerated-value"),
        (CT, {"PhotometricInterpretation": "RGB"}, "enumerated-value"),
        (MR, {"MRAcquisitionType": "1D"}, "enumerated-value"),
        (MR, {"InPlanePhaseEncodingDirection": "COLUMN"}, "enumerated-value"),
    ],
)
def test_lists_of_modules(sop_class, attributes, rule):
    (name,) = attributes
    assert errors(structure(GOOD[sop_class] | attributes)) == [(rule, name)]


@pytest.mark.parametrize(
    ("sop_class", "attributes"),
    [
        (CT, {"ImageType": ["ORIGINAL", "PRIMARY", "OTHER"]}),
        (MR, {"ScanOptions": "XX"}),
        (CT, {"RescaleType": "XX"}),
    ],
)
def test_terms_of_modules_only_warn(sop_class, attributes):
    (name,) = attributes
    findings = structure(GOOD[sop_class] | attributes)
    assert (errors(findings), warned(findings)) == ([], [("defined-term", name)])


def test_terms_beyond_the_enumerated_ones_may_be_empty():
    assert warned(structure(GOOD[MR] | {"ImageType": ["ORIGINAL", "PRIMARY", "", "X"]})) == []


def test_one_keyword_has_different_values_in_different_modules():
    good = {"SOPClassUID": DX, "Modality": "DX", "RescaleType": "HU", "PixelRepresentation": 1}
    found = errors(structure(GOOD[CT] | good))
    assert ("enumerated-value", "RescaleType") in found
    assert ("enumerated-value", "PixelRepresentation") in found


@pytest.mark.parametrize(("flags", "expected"), [(0x1F, []), (0x21, [("defined-term", "bits 00000020H are reserved")])])
def test_region_flags_are_bits(flags, expected):
    region = {"RegionFlags": flags}
    findings = structure({"SOPClassUID": US, "SequenceOfUltrasoundRegions": [region]}, complete=False)
    assert [(f.rule, f.message) for f in findings if f.tag.endswith("RegionFlags")] == expected


@pytest.mark.parametrize(
    ("modality", "level", "rule"),
    [("PT", "error", "modality-sop-class"), ("XYZ", "error", "modality-sop-class")],
)
def test_modality_goes_with_the_sop_class(modality, level, rule):
    (finding,) = [f for f in structure(GOOD[CT] | {"Modality": modality}) if f.tag == "Modality"]
    assert (finding.level, finding.rule) == (level, rule)


def test_modality_of_a_secondary_capture_is_free():
    sc = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}
    assert [f for f in structure(sc | {"Modality": "CT"}, complete=False) if f.tag == "Modality"] == []
    found = [f for f in structure(sc | {"Modality": "XYZ"}, complete=False) if f.tag == "Modality"]
    assert [(f.rule, f.level) for f in found] == [("defined-term", "warning")]


@pytest.mark.parametrize(
    ("tag", "vr", "raw", "rules"),
    [
        (0x00080020, "DA", b"2026-1-2", ["vr-grammar-da"]),
        (0x00080020, "DA", b"2026010203", ["value-too-long"]),
        (0x00101010, "AS", b"0075Y ", ["value-too-long"]),
        (0x00080060, "CS", b"ct", ["vr-grammar-cs"]),
        (0x00180015, "CS", b"A" * 18, ["value-too-long"]),
        (STATION, "AE", b"    ", ["vr-grammar-ae"]),
        (0x0020000D, "UI", b"1.2.3 ", ["vr-grammar-ui"]),
        (0x0020000D, "UI", b"1.2.3\0", []),
        (COMMENTS, "LT", b"one\r\ntwo\x0c ", []),
        (COMMENTS, "LT", b"one\x01two ", ["vr-grammar-lt"]),
        (0x00280030, "DS", b"1\\2\\3 ", ["vm"]),
        (0x00280010, "US", b"\1\0\2\0", ["vm"]),
        (0x00280010, "US", b"\1\0\2", ["odd-length"]),
        (0x00280010, "UL", b"\1\0\0\0", ["vr-mismatch"]),
        (PATIENT_NAME, "PN", b"A^B^C^D^E^F ", ["vr-grammar-pn"]),
        (PATIENT_NAME, "PN", b"A=B=C=D ", ["vr-grammar-pn"]),
        (PATIENT_NAME, "PN", b"A" * 66, ["value-too-long"]),
        (0x00090010, "SH", b"SCANSIM ", ["private-creator-vr"]),
        (0x00090010, "LO", b"A\\B ", ["vm"]),
        (0x00090010, "LO", b"M\xfcller", ["charset-bytes"]),
    ],
)
def test_grammar_lengths_and_numbers(tag, vr, raw, rules):
    found = [finding.rule for finding in judge(tag, vr, raw, b"ISO_IR 100")]
    assert found == rules


@pytest.mark.parametrize(
    ("charset", "raw", "rules"),
    [
        (b"", b"M\xfcller", ["charset-bytes"]),
        (b"ISO_IR 6", b"M\xfcller", ["charset-bytes"]),
        (b"ISO_IR 100", b"M\xfcller", []),
        (b"ISO_IR 192", "Müller ".encode(), []),
        (b"ISO_IR 192", b"M\xfcller", ["charset-bytes"]),
        (b"ISO_IR 203", b"\xa4 AA", []),
        (b"ISO_IR 149", b"\xb1\xe8", []),  # the term is wrong, and reported there
    ],
)
def test_bytes_and_character_sets(charset, raw, rules):
    assert [finding.rule for finding in judge(PATIENT_NAME, "PN", raw, charset)] == rules


def test_items_inherit_the_character_set_and_may_have_their_own():
    attributes = {"SpecificCharacterSet": "ISO_IR 192", "OtherPatientIDsSequence": [{"PatientID": "Müller"}]}
    assert errors(elements(attributes)) == []
    decoded = dataset(attributes | {"OtherPatientIDsSequence": [{"SpecificCharacterSet": "", "PatientID": "x"}]})
    (item,) = decoded.items("OtherPatientIDsSequence")
    item.elements[PATIENT_ID] = Element(PATIENT_ID, "LO", "Müller ".encode(), 0)
    element = decoded.element("OtherPatientIDsSequence")
    assert element is not None
    found = errors(judge_element(decoded, element))
    assert found == [("charset-bytes", "OtherPatientIDsSequence[1] > PatientID")]


# --- values that are not decoded --------------------------------------------------------------------------------------

PLAIN = {
    "CS": ("ORIGINAL", "ORIGINAL\\PRIMARY", "A" * 17, "small", "A\\\\B", "ISO_IR 100"),
    "DA": ("20260131", "1999", "20260230"),
    "DS": ("1.5", "1\\-2\\3", "1e5", "1,5", " .5 \\+1.E-3", "1.23456789012345678"),
    "DT": ("20260131101530.5+0100", "20260131101530", "2026", "20261301"),
    "IS": ("12", "1.0", "99999999999"),
    "LO": ("HEAD 1", "(a) b/c", "a\\b", "", "x" * 65, "\x1b$B"),
    "PN": ("Doe^Jane", "Doe^^^^^^", "a=b=c=d", "x" * 65, "Doe\\Roe"),
    "SH": ("HEAD 1", "a\\b", "", "x" * 17),
    "TM": ("101530.5", "10:15", "246060"),
    "UI": ("1.2.840", "1.02", "1.2 "),
    "US": ("ab", "abcd", "abc"),
    "FD": ("abcdefgh", "abcd"),
}
#: Tags with the VRs that they have, as far as `PLAIN` has values of them; some belong into no data set, or to nobody.
TAGS = {tag: vrs for tag, entry in DicomDictionary.items() if (vrs := [vr for vr in PLAIN if vr in entry[0]])}
TAGS |= {0x00090010: ["LO"], 0x00091001: ["DS"], 0x00080000: ["US"], 0x60003000: ["US"], 0xFFFEE000: ["US"]}


@pytest.mark.long
@settings(max_examples=500, deadline=None)
@given(tag=st.sampled_from(sorted(TAGS)), data=st.data())
def test_what_is_surely_right_has_no_finding_when_it_is_judged(tag, data):
    vr = data.draw(st.sampled_from(TAGS[tag]) | st.sampled_from(sorted(PLAIN)))
    text = data.draw(st.sampled_from(PLAIN[vr]) | st.text("0123456789.-+e\\^ AZ(", max_size=20))
    padding = "\0" if vr == "UI" else " "
    raw = (text + padding * data.draw(st.integers(0, 2))).encode("latin-1")
    if is_surely_right(tag, vr.encode(), raw):
        assert judge(tag, vr, raw) == []


@pytest.mark.parametrize(
    ("tag", "vr", "raw"),
    [(0x00080018, b"UI", b"1.2.3\0"), (0x00200032, b"DS", b"1\\2\\3 "), (0x0008103E, b"LO", b"T1 axial"),
     (0x00180089, b"IS", b"256 "), (0x00280010, b"US", b"\0\1"), (0x00080050, b"SH", b""),
     (0x00100010, b"PN", b"Doe^Jane"), (0x00080060, b"CS", b"MR")],
)  # fmt: skip
def test_what_is_new_in_most_instances_is_surely_right(tag, vr, raw):
    assert is_surely_right(tag, vr, raw)


@pytest.mark.parametrize(
    ("tag", "vr", "raw"),
    [(0x00200032, b"DS", b"1\\2 "), (0x00080018, b"LO", b"1.2.3 "), (0x00100040, b"CS", b"M "),
     (0x00280103, b"US", b"\2\0"), (0x00080005, b"CS", b"ISO_IR 7"), (0x00020000, b"UL", bytes(4)),
     (0x00091001, b"LO", b"ab"), (0x00080018, b"UI", b"1.2.3")],
)  # fmt: skip
def test_what_may_be_wrong_is_judged(tag, vr, raw):
    assert not is_surely_right(tag, vr, raw)
