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
