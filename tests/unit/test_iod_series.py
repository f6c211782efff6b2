"""Instances together: entities, UIDs, numbers, and the geometry of a series; 100,000 of them in bounded memory."""

from __future__ import annotations

import tracemalloc

import pytest

from scanproof.iod import Checked, SeriesChecker
from scanproof.iod.across.slices import Slices

CHARSET = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 192"


def image(number, charset=b"", **changes):
    texts = {
        "StudyInstanceUID": "1.1",
        "SeriesInstanceUID": "1.2",
        "FrameOfReferenceUID": "1.3",
        "SOPInstanceUID": f"1.4.{number}",
        "InstanceNumber": str(number),
        "PatientID": "P1",
        "PatientName": "Synthetic^Sam",
        "StudyTime": "1015",
        "ImageType": "ORIGINAL\\PRIMARY\\AXIAL",
        "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
        "ImagePositionPatient": f"0\\0\\{5 * number}",
        "PixelSpacing": "0.5\\0.5",
        "SliceThickness": "5",
        "Rows": "\x00\x02",
        **changes,
    }
    facts = {
        name: value if isinstance(value, bytes) else value.encode() for name, value in texts.items() if value != ""
    }
    return Checked("", (), facts, charset)


def found(*images):
    series = SeriesChecker()
    for number, each in enumerate(images):
        series.add(each, f"file{number}")
    return [(finding.rule, finding.tag) for finding in series.findings()]


def stack(count=6, **changes):
    return [image(number, **changes) for number in range(1, count + 1)]


def test_a_good_series():
    assert found(*stack()) == []
    assert found() == []
    assert found(Checked("", ())) == []


def test_how_a_value_is_written_does_not_matter():
    name = "Müller^Änne"
    images = [
        image(1, PatientName="Synthetic^Sam^^", StudyTime="101500.000"),
        *[image(number) for number in (2, 3)],
    ]
    assert found(*images) == []
    latin = image(1, b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100", PatientName=name.encode("latin-1"))
    assert found(latin, image(2, CHARSET, PatientName=name.encode())) == []
    assert found(latin, image(2, CHARSET, PatientName=name.encode() + b"x")) == [("patient-disagrees", "PatientName")]


def test_of_a_series_a_missing_value_disagrees_of_a_study_it_does_not():
    assert found(image(1), image(2, BodyPartExamined="HEAD")) == [("series-disagrees", "BodyPartExamined")]
    other = {"SeriesInstanceUID": "1.9", "FrameOfReferenceUID": "1.8"}
    assert found(image(1), image(2, StudyDescription="Head", **other)) == []
    assert found(image(1, StudyDescription="Neck"), image(2, StudyDescription="Head", **other)) == [
        ("study-disagrees", "StudyDescription")
    ]


def test_a_disagreement_is_told_once_with_its_counts():
    series = SeriesChecker()
    for number in range(1, 100):
        series.add(image(number, PatientID="P2" if number == 50 else "P1"), f"file{number}")
    (finding,) = series.findings()
    assert (finding.rule, finding.level, finding.entity) == ("patient-disagrees", "error", "1.2")
    assert "'P1' (98), 'P2' (1)" in finding.message
    assert finding.examples == ("file50",)
    assert series.findings() == [finding], "it may be asked again"


def test_two_patients_are_no_disagreement():
    assert (
        found(
            image(1),
            image(2, PatientID="P2", StudyInstanceUID="2.1", SeriesInstanceUID="2.2", FrameOfReferenceUID="2.3"),
        )
        == []
    )


def test_uids_name_one_thing_across_instances():
    assert found(image(1), image(1)) == [("uid-reuse", "SOPInstanceUID"), ("instance-number", "InstanceNumber")]
    other = {"StudyInstanceUID": "3.1", "FrameOfReferenceUID": "3.3"}
    assert ("uid-reuse", "SeriesInstanceUID") in found(image(1), image(2, SeriesInstanceUID="1.4.1", **other))
    assert ("uid-reuse", "SOPInstanceUID") in found(image(1), image(2, SOPInstanceUID="1.2"))
    assert found(image(1), image(2, SeriesInstanceUID="3.2", StudyInstanceUID="3.1")) == [], "one frame of reference"


def test_a_series_is_of_one_study_and_frame():
    assert ("study-disagrees", "StudyInstanceUID") in found(image(1), image(2, StudyInstanceUID="1.9"))
    assert found(image(1), image(2, FrameOfReferenceUID="1.9")) == [
        ("frame-of-reference-disagrees", "FrameOfReferenceUID")
    ]


# --- geometry ---------------------------------------------------------------------------------------------------------

ORDER = ("geometry-slice-order", "ImagePositionPatient")


def test_gaps_and_places_held_twice():
    assert found(*[image(n) for n in (1, 2, 3, 5, 6)]) == [ORDER]
    series = Slices()
    for number in (1, 2, 3, 5, 6, 8):
        series.add(image(number).facts, number)
    assert [text for _, _, text, _ in series.judge()] == [
        "2 slices are missing: 5 to 10 mm from slice to slice, mostly 5"
    ]
    images = stack()
    images[2] = image(3, ImagePositionPatient="0\\0\\10")
    assert ORDER in found(*images)


def test_order_by_number_and_line():
    swapped = [image(1), image(2, ImagePositionPatient="0\\0\\15"), image(3, ImagePositionPatient="0\\0\\10"), image(4)]
    assert found(*swapped) == [ORDER]
    assert found(*[image(number, ImagePositionPatient=f"0\\0\\{-5 * number}") for number in range(1, 6)]) == []
    assert found(*[image(number, ImagePositionPatient=f"{number}\\0\\{5 * number}") for number in range(1, 6)]) == [
        ORDER
    ]
    assert found(*reversed(stack())) == [], "in which order they come does not matter"


def test_what_makes_several_volumes_is_no_place_held_twice():
    echoes = [
        image(n + 10 * e, EchoNumbers=str(e), ImagePositionPatient=f"0\\0\\{5 * n}") for e in (1, 2) for n in range(5)
    ]
    assert found(*echoes) == []
    phases = [
        image(n + 10 * e, AcquisitionNumber=str(e), ImagePositionPatient=f"0\\0\\{5 * n}")
        for e in (1, 2)
        for n in range(5)
    ]
    assert found(*phases) == []
    unnamed = [image(n + 10 * e, ImagePositionPatient=f"0\\0\\{5 * n}") for e in (1, 2) for n in range(5)]
    assert found(*unnamed) == [], "as many at each place: phases that nothing tells apart"


def test_one_matrix_spacing_and_plane():
    assert found(*stack(5), image(6, Rows="\x00\x01")) == [("mixed-matrix", "Rows")]
    assert found(*stack(5), image(6, PixelSpacing="1\\1")) == [("geometry-spacing", "PixelSpacing")]
    tilted = image(6, ImageOrientationPatient="1\\0\\0\\0\\0\\-1")
    assert found(*stack(5), tilted) == [("geometry-orientation", "ImageOrientationPatient")]
    planes = ["1\\0\\0\\0\\1\\0", "1\\0\\0\\0\\0\\-1", "0\\1\\0\\0\\0\\-1"]
    assert found(*[image(n, ImageOrientationPatient=plane) for n, plane in enumerate(planes, 1)]) == [], "three planes"
    localizer = {"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}
    assert found(image(1, **localizer), image(2, Rows="\x00\x01", **localizer)) == []


def test_stated_spacing():
    assert found(*stack(SpacingBetweenSlices="5")) == []
    assert found(*stack(SpacingBetweenSlices="3")) == [("geometry-spacing", "SpacingBetweenSlices")]


@pytest.mark.parametrize("broken", ["", "1\\2", "a\\b\\c", "1\\2\\nan", "1e400\\0\\0"])
def test_positions_that_are_none_are_left_out(broken):
    assert found(*stack(4), image(9, ImagePositionPatient=broken)) == []


@pytest.mark.long
@pytest.mark.whole
def test_memory_for_a_hundred_thousand_instances():
    series = SeriesChecker()
    tracemalloc.start()
    for number in range(100_000):
        series.add(image(number), "a/path/to/an/image/of/usual/length.dcm")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert series.findings() == []
    assert peak < 80e6


# --- folders as users have them ---------------------------------------------------------------------------------------


def folder(*images, same=lambda first, second: first[0] == second[0]):
    """Findings of images by name; those are one file whose names begin alike."""
    series = SeriesChecker(same)
    for name, each in images:
        series.add(each, name)
    return [(finding.rule, finding.level.value, finding.message) for finding in series.findings()]


def test_copies_of_a_file_are_a_note():
    others = [(f"{number}.dcm", image(number)) for number in range(2, 7)]
    assert folder(("a", image(1)), *others, ("ab", image(1)), ("ac", image(1))) == [
        ("file-copies", "info", "the same file 3 times")
    ]
    twice = [*others, *[(f"{name}-copy", each) for name, each in others]]
    assert folder(*twice) == [
        ("file-copies", "info", "5 files are here several times, the first of them 2 times"),
    ]


def test_another_file_with_the_same_uid_is_no_copy():
    found = folder(("a", image(1)), ("ab", image(1)), ("b", image(1, PatientID="P2")))
    assert [(rule, level) for rule, level, _ in found if level != "warning"] == [
        ("file-copies", "info"),
        ("uid-reuse", "error"),
        ("patient-disagrees", "error"),
    ]


def test_a_series_for_each_slice_is_legal():
    """PS3.3 A.1.2.3 says what may not share a series, and nothing of how many there are."""
    assert found(*[image(number, SeriesInstanceUID=f"1.2.{number}", SeriesNumber="1") for number in range(1, 7)]) == []
