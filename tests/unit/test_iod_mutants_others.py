"""What automatic mutants of the other classes showed: each with what breaks it, and what must not be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanproof.iod import Checker
from scanproof.iod.judgement import references
from scanproof.iod.tables.knowledge import load_knowledge
from scansim.mutants import OBJECT_MUTANTS, bases, mutate, prepare
from scansim.mutants.surgery import both, delete, insert, insert_element, parse, sequence, value
from tests.support.minimal_files import file_of, made

_STORAGE = "1.2.840.10008.5.1.4.1.1"
SEG, MAP, SURFACES, PLAN, RT_IMAGE = (f"{_STORAGE}.{end}" for end in ("66.4", "30", "66.5", "481.5", "481.1"))
PSEUDO, STATE, MAPPING, KO = (f"{_STORAGE}.{end}" for end in ("11.3", "11.1", "67", "88.59"))
MEASURES = "SharedFunctionalGroupsSequence[1] > PixelMeasuresSequence[1] > SpacingBetweenSlices"
NUMBER = "SegmentSequence[1] > SegmentNumber"
SHOWN = "PerFrameFunctionalGroupsSequence[1] > SegmentIdentificationSequence[1] > ReferencedSegmentNumber"
RED = "RedPaletteColorLookupTable"


def errors(sop_class, *changes, checker=None):
    data = both(*changes)(parse(file_of(made(sop_class)))).encode()
    found = (checker or Checker()).check_bytes(data).findings
    return {(finding.rule, finding.tag) for finding in found if finding.level == "error"}


@pytest.fixture(scope="module")
def checker():
    return Checker()


WRONG = [
    (
        MAP,
        [insert("ConcatenationFrameOffsetNumber", b"\1\0\0\0")],
        "condition-forbidden",
        "ConcatenationFrameOffsetNumber",
    ),
    (SEG, [insert("InConcatenationTotalNumber", b"\1\0")], "frame-count", "InConcatenationTotalNumber"),
    (SEG, [insert("ExtendedOffsetTable", bytes(8))], "pixel-data-place", "ExtendedOffsetTable"),
    (SEG, [value("NumberOfFrames", "-7")], "frame-count", "NumberOfFrames"),
    (MAP, [insert(MEASURES, "-7")], "geometry-spacing", MEASURES),
    (PLAN, [insert("PixelPaddingValue", b"\1\0", "US")], "condition-forbidden", "PixelPaddingValue"),
    (MAPPING, [delete("ReferencedSeriesSequence")], "condition-missing", "ReferencedSeriesSequence"),
    (SURFACES, [value(NUMBER, b"\2\0")], "identifier-order", NUMBER),
    (PSEUDO, [value(f"{RED}Data", bytes(6))], "lut-length", f"{RED}Data"),
    (PSEUDO, [value(f"{RED}Descriptor", b"\0\1\0\0\7\0")], "enumerated-value", f"{RED}Descriptor"),
    (PSEUDO, [delete(f"{RED}Data")], "condition-missing", f"{RED}Data"),
    (PSEUDO, [insert(f"Segmented{RED}Data", b"\1\0", "OW")], "condition-forbidden", f"Segmented{RED}Data"),
    (STATE, [insert("RadiusOfCircularShutter", "1 ")], "condition-missing", "ShutterPresentationValue"),
    (RT_IMAGE, [value("BitsStored", b"\x08\0"), value("HighBit", b"\7\0")], "enumerated-value", "BitsStored"),
    (RT_IMAGE, [delete("PatientOrientation")], "condition-missing", "PatientOrientation"),
]


@pytest.mark.parametrize(("sop_class", "changes", "rule", "path"), WRONG, ids=[f"{row[2]} {row[3]}" for row in WRONG])
def test_a_mutant_is_found(sop_class, changes, rule, path, checker):
    assert errors(sop_class, checker=checker) == set()
    assert (rule, path) in errors(sop_class, *changes, checker=checker)


_WITH_UID = [insert("ConcatenationUID", "1.2.3.4"), insert("InConcatenationNumber", b"\1\0")]
_WITH_UID += [
    insert("ConcatenationFrameOffsetNumber", bytes(4)),
    insert("SOPInstanceUIDOfConcatenationSource", "1.2.3"),
]


@pytest.mark.parametrize(
    ("sop_class", "changes"),
    [
        pytest.param(SEG, [*_WITH_UID, insert("InConcatenationTotalNumber", b"\2\0")], id="a concatenation"),
        pytest.param(MAP, [insert(MEASURES, "0 ")], id="slices at one place"),
        pytest.param(MAP, [insert("PixelPaddingValue", b"\1\0", "US")], id="padding of pixels"),
        pytest.param(RT_IMAGE, [value("PixelRepresentation", b"\1\0")], id="signed pixels of 16 bits"),
        pytest.param(RT_IMAGE, [value("PatientOrientation", "")], id="no orientation is known"),
        pytest.param(STATE, [insert("PatientComments", "none")], id="no shutter"),
    ],
)
def test_what_the_standard_leaves_open_is_no_error(sop_class, changes, checker):
    assert errors(sop_class, *changes, checker=checker) == set()


def test_what_was_found_of_one_segmentation_says_nothing_of_the_next(checker):
    """The numbers that refer to each other are no part of what a structure is remembered by."""
    assert errors(SEG, checker=checker) == set()
    assert errors(SEG, value(NUMBER, b"\2\0"), checker=checker) == {
        ("identifier-order", NUMBER),
        ("reference-missing", SHOWN),
    }
    assert errors(SEG, checker=checker) == set()


def test_iods_with_numbers_that_refer_to_each_other_are_judged_anew():
    knowledge = load_knowledge()
    judged = {*references._IDENTIFIED, *references._COUNTED, "rt-dose"}
    by_key = {knowledge.iod(uid).key: knowledge.iod(uid) for uid in knowledge._sop_classes}
    assert {key for key in judged if not by_key[key].all_count} == set()
    assert not by_key["ct-image"].all_count


def test_palettes_of_8_bits_stand_in_bytes_or_in_words(checker):
    for length in (256, 512):
        change = both(value(f"{RED}Descriptor", b"\0\1\0\0\x08\0"), value(f"{RED}Data", bytes(length)))
        assert errors(PSEUDO, change, checker=checker) == set()


def test_two_inputs_are_blended(checker):
    blending = f"{_STORAGE}.11.4"
    file = parse(file_of(made(blending)))
    element = file.get("BlendingSequence")
    more = file.put("BlendingSequence", replace(element, items=(element.items or ()) * 2))
    assert ("item-count", "BlendingSequence") in {
        (finding.rule, finding.tag) for finding in checker.check_bytes(more.encode()).findings
    }


def test_one_purpose_of_a_source_image(checker):
    """In derivation and in references of frames alike."""
    code = {"CodeValue": "121322", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Source image"}
    source = {
        "ReferencedSOPClassUID": f"{_STORAGE}.2",
        "ReferencedSOPInstanceUID": "1.2.3.4",
        "PurposeOfReferenceCodeSequence": sequence("PurposeOfReferenceCodeSequence", code, code),
    }
    derivation = sequence(
        "DerivationImageSequence",
        {
            "SourceImageSequence": sequence("SourceImageSequence", source),
            "DerivationCodeSequence": sequence("DerivationCodeSequence", code),
        },
    )
    path = "SharedFunctionalGroupsSequence[1] > DerivationImageSequence"
    found = errors(MAP, insert_element(path, derivation), checker=checker)
    wanted = f"{path}[1] > SourceImageSequence[1] > PurposeOfReferenceCodeSequence"
    assert ("item-count", wanted) in found


@pytest.fixture(scope="module")
def instances():
    return {uid: file_of(made(uid)) for each in OBJECT_MUTANTS.values() for uid in each.applies_to}


@pytest.mark.parametrize("name", OBJECT_MUTANTS)
def test_a_mutant_of_an_object_is_found_under_its_own_rule(name, instances, checker):
    mutant = OBJECT_MUTANTS[name]
    (sop_class,) = mutant.applies_to
    good, bad = prepare(name, instances[sop_class]), mutate(name, instances[sop_class])
    assert [finding for finding in checker.check_bytes(good).findings if finding.level == "error"] == []
    found = {(finding.rule, finding.tag, str(finding.level)) for finding in checker.check_bytes(bad).findings}
    assert (mutant.rule, mutant.tag, mutant.level) in found
    # in Implicit VR as well
    implicit = bases.implicit(parse(bad)).encode()
    found = {(finding.rule, finding.tag, str(finding.level)) for finding in checker.check_bytes(implicit).findings}
    assert (mutant.rule, mutant.tag, mutant.level) in found


def test_the_rules_of_what_refers_to_each_other_have_mutants():
    wanted = {"reference-missing", "identifier-twice", "identifier-order", "count-disagrees", "point-count", "meterset"}
    wanted |= {"grid-offsets", "lut-length", "sr-evidence", "sr-relationship", "sr-template-extra"}
    assert wanted <= {mutant.rule for mutant in OBJECT_MUTANTS.values()}
