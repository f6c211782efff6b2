"""One fault is one finding: what follows from it is silent."""

from __future__ import annotations

import warnings
from io import BytesIO

import pytest
from pydicom import dcmread

from scanproof.iod import Checker
from scanproof.iod.across.series import text_of
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.iod_data import CT, ENHANCED_CT, GOOD, MR, SC, encode, errors, structure, warned
from tests.support.minimal_files import file_of, made
from tests.support.sr_data import changed, document

KO, DOSE_SR, SEGMENTATION, PARAMETRIC_MAP, HEIGHT_MAP = (
    f"1.2.840.10008.5.1.4.1.1.{last}" for last in ("88.59", "88.67", "66.4", "30", "66.8")
)
GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


@pytest.mark.parametrize("sop_class", [CT, ENHANCED_CT, KO, PARAMETRIC_MAP])
def test_a_file_that_was_cut_off_has_one_finding(sop_class):
    data, checker = file_of(made(sop_class)), Checker()
    for stop in range(133, len(data) - 300, 61):
        found = errors(checker.check_bytes(data[:stop]).findings)
        assert len(found) == 1, stop


def test_a_file_that_ends_between_two_elements():
    data = file_of(made(CT))
    (finding,) = [each for each in Checker().check_bytes(data[: data.index(b"\x28\0\x02\0")]).findings if each.tag]
    assert (finding.rule, finding.tag, finding.level) == ("truncated", "PixelData", "error")
    assert "SamplesPerPixel" in finding.message


def test_what_lacks_its_pixels_alone_was_not_cut_off():
    data = file_of(made(CT))
    found = errors(Checker().check_bytes(data[: data.index(b"\xe0\x7f\x10\0")]).findings)
    assert found == [("pixel-data-missing", "PixelData")]


@pytest.mark.parametrize("missing", GROUPS)
def test_groups_that_are_missing_as_a_whole(missing):
    found = dcmread(BytesIO(file_of(made(ENHANCED_CT))))
    del found[missing]
    said = [each for each in Checker().check_pydicom(found).findings if each.level == "error"]
    assert [each.tag for each in said] == [missing]


def test_headers_of_a_map_of_integers_may_describe_them():
    found = dcmread(BytesIO(file_of(made(PARAMETRIC_MAP))))
    for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        if name in found:
            del found[name]
    assert errors(Checker(headers=True).check_pydicom(found).findings) == []


def test_floats_in_a_class_that_has_integers():
    image = GOOD[CT] | {"FloatPixelData": bytes(4)}
    del image["PixelData"]
    found = Checker().check_dataset(encode(image), EXPLICIT_LITTLE).findings
    assert errors(found) == [("pixel-data-missing", "PixelData")]


def test_an_attribute_of_pixels_is_missing_once():
    assert errors(structure({"SOPClassUID": HEIGHT_MAP}))[-1:] == [("pixel-data-missing", "FloatPixelData")]
    assert ("type1-missing", "FloatPixelData") not in errors(structure({"SOPClassUID": HEIGHT_MAP}))


@pytest.mark.parametrize(
    ("sop_class", "keyword", "value", "rule"),
    [
        (CT, "PatientSex", "m", "enumerated-value"),
        (MR, "ApplicableSafetyStandardAgency", "iec", "vr-grammar-cs"),
        (SC, "ConversionType", "wsd", "vr-grammar-cs"),
        (SC, "PlanarConfiguration", 2, "enumerated-value"),
    ],
)
def test_a_malformed_value_is_wrong_once(sop_class, keyword, value, rule):
    more = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PixelData": bytes(6)} if value == 2 else {}
    findings = Checker().check_dataset(encode(GOOD[sop_class] | more | {keyword: value}), EXPLICIT_LITTLE).findings
    assert [*errors(findings), *warned(findings)] == [(rule, keyword)]


def test_bits_that_contradict_are_not_held_against_the_syntax():
    image = GOOD[SC] | {"BitsStored": 17, "HighBit": 16, "PixelData": bytes(2)}
    found = Checker().check_dataset(encode(image), "1.2.840.10008.1.2.4.50").findings
    assert [tag for rule, tag in errors(found) if rule != "encapsulation"] == ["BitsAllocated"]


def test_a_transfer_syntax_that_is_no_uid_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = GOOD[CT] | {"LossyImageCompression": "00"}
        assert errors(Checker().check_dataset(encode(image), "1.2.840.1\x81.1.2").findings) == []


@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG])
def test_names_in_findings_of_series_are_in_their_character_set(syntax):
    charset = encode({"SpecificCharacterSet": "ISO_IR 144"}, syntax)
    assert text_of("PatientName", "Люкceмбypг".encode("iso8859_5"), charset) == "Люкceмбypг"
    assert text_of("PatientName", b"Buc", b"") == "Buc"


@pytest.mark.parametrize(
    ("keyword", "value", "said"),
    [
        ("StudyTime", b" 1010 ", ("error", "vr-grammar-tm")),
        ("AcquisitionDateTime", b" 2020 ", ("error", "vr-grammar-dt")),
        ("AcquisitionDateTime", b"20200230", ("error", "vr-grammar-dt")),
        ("AcquisitionDateTime", b"20200229101010-0000 ", ("warning", "vr-grammar-dt")),
        ("AcquisitionDateTime", b"20200229101010+1401 ", ("warning", "vr-grammar-dt")),
        ("AcquisitionDateTime", b"202002291010+1400 ", None),
        ("AcquisitionDateTime", b"20200229 ", None),
        ("StudyInstanceUID", b" 2.25.1 ", ("error", "vr-grammar-ui")),
        ("StudyInstanceUID", b"2.25.1 \0", ("warning", "vr-grammar-ui")),
        ("TimezoneOffsetFromUTC", b"0100", ("error", "vr-grammar-sh")),
        ("TimezoneOffsetFromUTC", b"-0000 ", ("error", "vr-grammar-sh")),
        ("TimezoneOffsetFromUTC", b"+9900 ", ("warning", "vr-grammar-sh")),
        ("TimezoneOffsetFromUTC", b"-0500 ", None),
        ("TimezoneOffsetFromUTC", b"", None),
        ("SeriesNumber", b" 1", None),
        ("PixelSpacing", b" 1\\ 1", None),
    ],
)
def test_blanks_days_and_offsets(keyword, value, said):
    marked = encode(GOOD[CT] | {keyword: "0.0" if "UID" in keyword else ""})
    empty = encode({keyword: "0.0" if "UID" in keyword else ""})
    value += b" " * (len(value) % 2)
    data = marked.replace(empty, empty[:6] + len(value).to_bytes(2, "little") + value)
    found = [each for each in Checker().check_dataset(data, EXPLICIT_LITTLE).findings if each.tag == keyword]
    assert {(each.level.value, each.rule) for each in found} - {("error", "type1-empty")} >= ({said} if said else set())
    assert said or not [each for each in found if each.level != "info"]


def test_a_wrong_vr_is_one_fault():
    data = encode(GOOD[CT] | {"AcquisitionNumber": 7}).replace(b"IS\x02\x007 ", b"CS\x02\x00a ")
    assert errors(Checker().check_dataset(data, EXPLICIT_LITTLE).findings) == [("vr-mismatch", "AcquisitionNumber")]


def _document(**changes):
    made = document("10011")
    number = next(i for i, item in enumerate(made["ContentSequence"]) if item["ValueType"] == "CODE")
    return structure(
        {"SOPClassUID": DOSE_SR} | changed(made, (number,), **changes)
    ), f"ContentSequence[{number + 1}] > "


@pytest.mark.parametrize(
    ("changes", "rule", "name"),
    [
        ({"RelationshipType": "HAS PROPERTIES"}, "sr-relationship", "RelationshipType"),
        ({"RelationshipType": "HAS FOO"}, "enumerated-value", "RelationshipType"),
        ({"ValueType": "FOO"}, "enumerated-value", "ValueType"),
        ({"ValueType": "TEXT"}, "sr-template-type", "ValueType"),
    ],
)
def test_a_content_item_is_wrong_once(changes, rule, name):
    before, _ = _document()
    findings, path = _document(**changes)
    said = [each for each in errors(findings) if each not in errors(before)]
    assert said == [(rule, f"{path}{name}")]
    assert not [tag for _, tag in warned(findings) if tag.startswith(path)]


@pytest.mark.parametrize(
    ("sop_class", "keyword", "said"),
    [
        (ENHANCED_CT, "Manufacturer", ("type1-missing", "Manufacturer")),
        (ENHANCED_CT, "DimensionIndexSequence", ("condition-missing", "DimensionIndexSequence")),
        (ENHANCED_CT, "NumberOfFrames", ("type1-missing", "NumberOfFrames")),
        (SEGMENTATION, "SegmentSequence", ("type1-missing", "SegmentSequence")),
        (CT, "SamplesPerPixel", ("type1-missing", "SamplesPerPixel")),
    ],
)
def test_what_is_absent_is_missed_once(sop_class, keyword, said):
    found = dcmread(BytesIO(file_of(made(sop_class))))
    del found[keyword]
    assert errors(Checker().check_pydicom(found).findings) == [said]
