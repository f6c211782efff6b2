"""Studies of a battery: what is made of them, who may name them, and the case that stores them before the others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanproof.iod import Checker
from scansim.exam.cases import exams
from scansim.exam.edits import order_of, references
from scansim.exam.order_book import NoOrder
from scansim.exam.scenario import Case, Scenario
from scansim.exam.scenario_files import find_scenarios, load_scenario
from scansim.exam.selection import Selection, select
from scansim.exam.study_book import StudyBook
from scansim.identity.ids import Identity
from scansim.inputs import InputError
from scansim.site import single_target
from scansim.steps.query_images import Query
from scansim.steps.store_studies import StoreStudies
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import encode

DAY = date(2026, 3, 4)
HEAD = """\
id: mine
title: Mine
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
studies:
  - {id: head, series: [CT, MR], instances: 2, day: -1, time: "0930", set: {StudyDescription: $run}}
  - {id: kanji, patient: kanji-5c, empty: [AccessionNumber], remove: [StudyID]}
"""
CASES = """\
cases:
  - {id: by-id, title: T, steps: [{query: {keys: {PatientID: $head.PatientID}}}]}
  - {id: third, title: T, steps: [{query: {keys: {SeriesInstanceUID: "$head[3].SeriesInstanceUID"}}}]}
  - {id: empty, title: T, steps: [{query: {keys: {AccessionNumber: $kanji.AccessionNumber}}}]}
  - {id: odd, title: T, steps: [{query: {level: PATIENT, keys: {PatientID: $head.PatientID}}}]}
  - {id: none, title: T, steps: [verify]}
"""


def battery(folder: Path, head: str = HEAD, cases: str = CASES) -> Scenario:
    path = folder / "mine.yaml"
    path.write_text(head.replace('"0930"', '"093000"') + cases)
    return load_scenario(path)


def book(folder: Path, run: str = "r1") -> StudyBook:
    return StudyBook(battery(folder), DAY, Identity(1, DAY, "mine", run))


def test_images_of_a_study(tmp_path: Path) -> None:
    images = [*book(tmp_path).images()]
    head, kanji = images[:4], images[4]
    assert [str(each.Modality) for each in head] == ["CT", "CT", "MR", "MR"]
    assert [(int(each.SeriesNumber), int(each.InstanceNumber)) for each in head] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert {(each.StudyDate, each.StudyTime) for each in head} == {("20260303", "093000")}
    assert len({each.SOPInstanceUID for each in images}) == len(images) == 5
    assert len({each.SeriesInstanceUID for each in head}) == 2
    assert head[0].StudyDescription.isdecimal()
    assert (kanji.AccessionNumber or "", "StudyID" in kanji) == ("", False)
    assert "=" in str(kanji.PatientName)


def test_they_are_right_images(tmp_path: Path) -> None:
    for image in [*book(tmp_path).images()][:4]:  # of the last one the battery takes Study ID away
        checked = Checker().check_dataset(
            encode(image, EXPLICIT_LITTLE), EXPLICIT_LITTLE, sop_class=str(image.SOPClassUID)
        )
        assert [str(finding) for finding in checked.errors] == []


def test_what_they_are_found_by_is_of_one_run(tmp_path: Path) -> None:
    first, again, other = (next(book(tmp_path, run).images()) for run in ("r1", "r1", "r2"))
    for name in ("StudyInstanceUID", "SOPInstanceUID", "PatientID", "AccessionNumber", "StudyID"):
        assert first[name].value == again[name].value
        assert first[name].value != other[name].value
    assert first.PatientName == other.PatientName


def test_a_value_of_a_study_stands_for_what_was_taken(tmp_path: Path) -> None:
    studies = book(tmp_path)
    with pytest.raises(NoOrder, match="head was never sent, for want of a storage service"):
        studies.lookup("$head.PatientID")
    images = [*studies.images()]
    studies.stored[str(images[0].SOPInstanceUID)] = 0xA700
    with pytest.raises(NoOrder, match="head was not stored"):
        studies.lookup("$head.PatientID")
    studies.stored.update({str(image.SOPInstanceUID): 0 for image in images})
    studies.stored[str(images[1].SOPInstanceUID)] = 0xA700
    assert studies.lookup("$head.PatientID") == images[0].PatientID
    assert studies.lookup("$head[3].SeriesInstanceUID") == images[2].SeriesInstanceUID
    for reference, why in (("$head[2].PatientID", "not stored"), ("$kanji.StudyID", "no StudyID")):
        with pytest.raises(NoOrder, match=why):
            studies.lookup(reference)


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("$knee.PatientID", "no order 'knee'"),
        ("$head[5].PatientID", "there are head[1] to head[4]"),
        ("$head.Nothing", "no attribute Nothing"),
    ],
)
def test_what_no_study_has(tmp_path: Path, reference: str, told: str) -> None:
    cases = f'cases: [{{id: a, title: T, steps: [{{query: {{keys: {{PatientID: "{reference}"}}}}}}]}}]\n'
    with pytest.raises(InputError) as error:
        battery(tmp_path, cases=cases)
    assert told in str(error.value)
    assert "mine.yaml:8" in str(error.value)


@pytest.mark.parametrize(
    ("studies", "told"),
    [
        ("studies: [{id: a}, {id: a}]", "a stands twice"),
        ("orders: [{id: a}]\nstudies: [{id: a}]", "a stands twice"),
        ("studies: [{id: a, character_set: ISO_IR 100, set: {PatientName: Synthetic-Я}}]", "cannot"),
        ("studies: [{id: a, series: []}]", "series"),
    ],
)
def test_a_study_that_cannot_be(tmp_path: Path, studies: str, told: str) -> None:
    head = HEAD.partition("studies:")[0] + studies + "\n"
    with pytest.raises(InputError, match=told):
        battery(tmp_path, head, "cases: [{id: a, title: T, steps: [verify]}]\n")


def selected(folder: Path, *only: str, odd: bool = False) -> list[Case]:
    every = exams([battery(folder)])
    run, _ = select(every, Selection(only, odd=odd), single_target("T", "127.0.0.1", 1), places_orders=True)
    assert all(isinstance(each, Case) for each in run)
    return run  # type: ignore[return-value]


def test_they_are_stored_before_whatever_case_is_run(tmp_path: Path) -> None:
    labels = [exam.label for exam in selected(tmp_path)]
    assert labels == [f"mine/{name}" for name in ("stored", "by-id", "third", "empty", "none")]  # PATIENT is odd there
    assert [exam.label for exam in selected(tmp_path, "mine/third")] == ["mine/stored", "mine/third"]
    assert "mine/odd" in [exam.label for exam in selected(tmp_path, odd=True)]


def test_nothing_is_stored_where_nobody_can_look_for_it(tmp_path: Path) -> None:
    site = single_target("T", "127.0.0.1", 1)
    storage = site.model_copy(update={"services": {"storage": site.services["storage"]}})
    run, _ = select(exams([battery(tmp_path)]), Selection(), storage, places_orders=True)
    assert "mine/stored" not in [exam.label for exam in run]


def test_the_case_that_stores_looks_for_each_series(tmp_path: Path) -> None:
    stored = selected(tmp_path)[0]
    assert stored.prepares
    assert stored.leaves == "2 studies with 5 small images"
    verbs = [step.verb for step in stored.steps]
    assert verbs == ["verify", "store-studies", "query", "query", "query", "verify"]
    looks = [step for step in stored.steps if isinstance(step, Query)]
    assert [(look.at_least, look.keys["SeriesInstanceUID"]) for look in looks] == [
        (2, "$head[1].SeriesInstanceUID"),
        (2, "$head[3].SeriesInstanceUID"),
        (1, "$kanji.SeriesInstanceUID"),
    ]
    assert any(isinstance(step, StoreStudies) for step in stored.steps)


def test_no_query_of_the_battery_asks_for_all_that_an_archive_has() -> None:
    """Each has a matching key with a value of this run."""
    (scenario,) = find_scenarios(["query-battery"])
    seen = 0
    for case in scenario.cases:
        for step in case.steps:
            if isinstance(step, Query):
                seen += 1
                named = [*map(order_of, references(step.keys))]
                assert any(named) or "$run" in str(step.keys), case.id
    assert seen > 120
    assert (
        scenario.leaves == f"{len(scenario.studies)} studies with {sum(s.count for s in scenario.studies)} small images"
    )


def test_keys_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "console.yaml").write_text("{PatientID: $head.PatientID, StudyDate: null}\n")
    (tmp_path / "list.yaml").write_text("[StudyDescription, PatientSex]\n")
    cases = """\
cases:
  - {id: a, title: T, steps: [{query: {keys_file: console.yaml, keys: {StudyDate: $today}, only_keys: true}}]}
  - {id: b, title: T, steps: [{query: {keys_file: list.yaml}}]}
"""
    first, second = (case.steps[0] for case in battery(tmp_path, cases=cases).cases)
    assert isinstance(first, Query)
    assert isinstance(second, Query)
    assert first.keys == {"PatientID": "$head.PatientID", "StudyDate": "$today"}
    assert second.keys == {"StudyDescription": None, "PatientSex": None}
    (tmp_path / "list.yaml").write_text("[NoSuchKey]\n")
    with pytest.raises(InputError, match=r"keys_file: .*no attribute NoSuchKey"):
        battery(tmp_path, cases=cases)


@pytest.mark.parametrize(
    ("step", "odd"),
    [
        (Query(), False),
        (Query(model="patient-root", level="PATIENT"), False),
        (Query(level="PATIENT"), True),
        (Query(means="query.no-unique-key"), True),
        (Query(means="valid"), False),
        (Query(remove=("StudyDate",)), False),
        (Query(command={"Priority": 7}), True),
    ],
)
def test_what_is_odd(step: Query, odd: bool) -> None:
    assert step.odd is odd
