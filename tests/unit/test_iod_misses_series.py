"""Slices that are a series each: legal, and told as a warning where there are many of them."""

from __future__ import annotations

import pytest

from scanproof.iod import Checked, SeriesChecker

CT, DX = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.1.1"


def image(number, series, **changes):
    facts = {
        "SOPClassUID": CT,
        "StudyInstanceUID": "2.25.1",
        "SeriesInstanceUID": f"2.25.2.{series}",
        "SOPInstanceUID": f"2.25.3.{number}",
        "SeriesNumber": "4",
        **changes,
    }
    return Checked(CT, (), {name: value.encode() for name, value in facts.items()})


def found(images):
    checker = SeriesChecker()
    for number, each in enumerate(images):
        checker.add(each, f"file{number}")
    return [(each.level.value, each.tag) for each in checker.findings() if each.rule == "single-slices"]


def test_many_slices_with_one_series_number():
    assert found(image(number, number) for number in range(12)) == [("warning", "SeriesNumber")]
    written = [image(number, number, SeriesNumber="+04 " if number % 2 else "4") for number in range(12)]
    assert found(written) == [("warning", "SeriesNumber")]


def test_each_image_of_a_study_a_series_of_its_own():
    images = [image(number, number, SeriesNumber=str(number)) for number in range(12)]
    assert found(images) == [("warning", "SeriesInstanceUID")]


@pytest.mark.parametrize(
    "images",
    [
        [image(number, 0) for number in range(12)],
        [image(number, number) for number in range(4)],
        [image(number, number, SeriesNumber=str(number)) for number in range(9)],
        [image(number, number // 2) for number in range(12)],
        [image(number, number, SOPClassUID=DX) for number in range(12)],
        [image(number, number, StudyInstanceUID=f"2.25.9.{number}") for number in range(12)],
        [image(number, number, SeriesNumber="") for number in range(9)],
        [*(image(number, number, SeriesNumber=str(number)) for number in range(12)), image(12, 0), image(13, 0)],
    ],
)
def test_what_is_usual_says_nothing(images):
    assert found(images) == []


def tilted(number, shift, tilt):
    place = {
        "ImageOrientationPatient": "1\\0\\0\\0\\0.966\\0.2588",
        "ImagePositionPatient": f"0\\{shift}\\{5 * number}",
    }
    return image(number, 0, InstanceNumber=str(number), GantryDetectorTilt=tilt, **place)


@pytest.mark.parametrize(
    ("shifts", "tilt", "warns"),
    [
        ((0, 0, 0, 0, 0, 0), "15", False),
        ((0, 0, 0, 0, 0, 0), "0", True),
        ((0, 0, 0, 0, 0, 0), "", True),
        ((0, 0, 3, 0, 0, 0), "15", True),
    ],
)
def test_slices_of_a_tilted_gantry_lie_on_the_line_of_the_table(shifts, tilt, warns):
    checker = SeriesChecker()
    for number, shift in enumerate(shifts, 1):
        checker.add(tilted(number, shift, tilt), f"file{number}")
    said = [each.message for each in checker.findings() if each.rule == "geometry-slice-order"]
    assert any("along their normal" in message for message in said) is warns
