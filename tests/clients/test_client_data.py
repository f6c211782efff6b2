"""What clients send: what is right or left to them, what is told once, and what is never charged to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scanproof.evidence import ClientEvidence
from scanproof.evidence.client_identity import How, differing
from scanproof.finding import Verdict
from scanproof.judged_clients import JudgedClient, judged_client
from scanproof.session import open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.reference.given_wrong import GIVEN_WRONG
from scansim.site import Address, ListenerAddress, Site
from tests.support import exam_messages as right
from tests.support.building import MPPS, Story
from tests.support.client_defects_data import RIGHT
from tests.support.client_exam import INSTANCES, MPPS_UID, Exam, another, created, put, remove
from tests.support.clients import client_of, deviations, target_that_records
from tests.support.sample import sample


def told(folder: Path, tell: Callable[[Exam], object]) -> JudgedClient:
    """What is found of a client that did something."""
    story = Story(folder)
    tell(Exam(story))
    found = judged_client(client_of(story))
    assert found.crashed == ()
    return found


def verdicts(found: JudgedClient) -> list[tuple[str, str]]:
    """Check and verdict of what is not met, consequences apart."""
    return sorted((each.check, each.verdict.value) for each in deviations(found))


@pytest.mark.parametrize("name", sample(RIGHT, every=1))
def test_what_a_client_may_do_has_no_fault_and_no_warning(name: str, tmp_path: Path) -> None:
    found = told(tmp_path, RIGHT[name])
    assert [f"{each.check} {each.verdict}: {each.actual}" for each in deviations(found)] == []
    assert any(each.verdict is Verdict.PASS for each in found.findings)


def test_a_right_exam_is_looked_at_by_every_check_of_its_data(tmp_path: Path) -> None:
    found = told(tmp_path, Exam.whole)
    assert found.verdict is Verdict.PASS
    passed = {
        each.check for each in found.findings if each.check.startswith("client.") and each.verdict is Verdict.PASS
    }
    assert passed >= {
        *("client.iod", "client.instance-named", "client.instances-agree", "client.mpps-create", "client.mpps-end"),
        *("client.mpps-sequence", "client.mpps-set", "client.step-images", "client.step-instances", "client.values"),
        *("client.commitment-request", "client.item-performed"),
    }


def _store_again(*changes: Callable[[Dataset], object]) -> Callable[[Exam], None]:
    def tell(exam: Exam) -> None:
        exam.store(INSTANCES[0])
        exam.store(INSTANCES[0], changes=changes)

    return tell


def _end_again(exam: Exam) -> None:
    exam.create()
    exam.set("COMPLETED")
    exam.set("COMPLETED")


def _performed(*changes: Callable[[Dataset], object]) -> Callable[[Exam], None]:
    def tell(exam: Exam) -> None:
        exam.worklist(another(right.item(), put("PatientName", "Yamada^Tarou^^Dr")))
        exam.create(*changes)

    return tell


#: Where the standard leaves room, or the harm is small, it is a warning; what stands beside it is none.
LEVELS: dict[str, tuple[Callable[[Exam], None], str]] = {
    "corrected patient": (_store_again(put("PatientName", "Else^Somebody")), "WARN"),
    "other image": (_store_again(put("SliceThickness", "9")), "FAIL"),
    "end once more": (_end_again, "WARN"),
    "a name without its title": (_performed(put("PatientName", "Yamada^Tarou")), "WARN"),
    "a name in capitals": (_performed(put("PatientName", "YAMADA^TAROU^^DR")), "WARN"),
    "a name without components": (_performed(put("PatientName", "Yamada Tarou Dr")), "WARN"),
    "a family name alone": (_performed(put("PatientName", "Yamada")), "FAIL"),
    "another name": (_performed(put("PatientName", "Suzuki^Tarou")), "FAIL"),
    "no sex": (_performed(put("PatientName", "Yamada^Tarou^^Dr"), put("PatientSex", "")), "WARN"),
}


@pytest.mark.parametrize("name", LEVELS)
def test_how_bad_it_is(name: str, tmp_path: Path) -> None:
    tell, verdict = LEVELS[name]
    assert [each for _, each in verdicts(told(tmp_path, tell))] == [verdict]


def test_one_fault_of_many_instances_is_one_entry_with_their_number(tmp_path: Path) -> None:
    def series(exam: Exam) -> None:
        exam.store(*(f"2.25.71{number}" for number in range(20)), changes=[remove("PatientBirthDate")])

    found = told(tmp_path, series)
    (fault,) = deviations(found)
    assert (fault.check, fault.count) == ("client.iod", 20)
    assert "alike in 19 more" in fault.actual


@pytest.mark.parametrize("verb", ["create", "store"])
def test_a_value_that_our_own_worklist_gave_wrongly_is_told_and_not_charged(verb: str, tmp_path: Path) -> None:
    wrong = put("PatientBirthDate", "1970-01-01")

    def exam(exam: Exam) -> None:
        exam.worklist(another(right.item(), wrong))
        if verb == "create":
            exam.create(wrong)
        else:
            exam.store(INSTANCES[0], changes=[wrong])

    found = told(tmp_path, exam)
    assert verdicts(found) == []
    assert any("PatientBirthDate" in note.text and "a01.s1" in note.text for note in found.notes)


def test_the_same_value_without_our_worklist_is_the_clients(tmp_path: Path) -> None:
    found = told(tmp_path, lambda exam: exam.create(put("PatientBirthDate", "1970-01-01")))
    assert verdicts(found) == [("client.values", "FAIL")]


def test_a_step_that_is_of_another_patient_is_one_entry_though_its_images_contradict_it(tmp_path: Path) -> None:
    found = told(tmp_path, lambda exam: exam.whole(create=[put("PatientID", "OTHER")]))
    assert verdicts(found) == [("client.item-performed", "FAIL")]
    assert any(each.check == "client.step-images" and each.root for each in found.findings)


def test_images_and_step_that_agree_on_another_patient_than_the_item_are_one_entry(tmp_path: Path) -> None:
    other = put("PatientID", "OTHER")
    found = told(tmp_path, lambda exam: exam.whole(create=[other], images=[other]))
    assert verdicts(found) == [("client.item-performed", "FAIL")]


def test_an_item_that_was_edited_between_two_queries_may_be_taken_over_either_way(tmp_path: Path) -> None:
    def exam(exam: Exam) -> None:
        exam.worklist()
        exam.worklist(another(right.item(), put("PatientID", "CORRECTED")))
        exam.create()

    assert verdicts(told(tmp_path, exam)) == []


def test_an_item_that_came_after_the_step_explains_nothing(tmp_path: Path) -> None:
    def exam(exam: Exam) -> None:
        exam.create(put("PatientID", "OTHER"))
        exam.worklist()

    assert verdicts(told(tmp_path, exam)) == []


def test_a_short_number_of_another_patient_is_no_item_of_this_one(tmp_path: Path) -> None:
    """Scheduled Procedure Step IDs such as 1 are everywhere: alone they tie nothing."""
    scheduled = "ScheduledStepAttributesSequence"

    def exam(exam: Exam) -> None:
        exam.worklist()
        exam.create(
            put(f"{scheduled}.StudyInstanceUID", "2.25.7500"),
            put(f"{scheduled}.AccessionNumber", ""),
            put(f"{scheduled}.RequestedProcedureID", ""),
            put("PatientID", "SOMEBODY"),
            put("PatientName", "Somebody"),
        )

    assert verdicts(told(tmp_path, exam)) == []


def test_what_is_not_here_is_told(tmp_path: Path) -> None:
    def exam(exam: Exam) -> None:
        exam.create()
        exam.set("COMPLETED")
        exam.commit()
        exam.create(uid="2.25.7999")

    texts = [note.text for note in told(tmp_path, exam).notes]
    assert any("instances that it names were not sent here" in text for text in texts)
    assert any("names were not sent here" in text and "step 2.25.7001" in text for text in texts)
    assert any("step 2.25.7999 was not ended" in text for text in texts)


def test_a_step_that_was_asked_for_once_more_as_no_answer_came_is_a_step(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam = Exam(story)
    exam.worklist()
    link = exam.open(MPPS)
    link.ask("N-CREATE-RQ", created(), sent=False, AffectedSOPInstanceUID=MPPS_UID)
    link.abort(sent=True)
    exam.create(put("PatientID", "OTHER"))
    exam.set("COMPLETED", instances=())
    client = client_of(story)
    found = judged_client(client)
    assert client.exam.steps[MPPS_UID].create is not None
    assert client.exam.steps[MPPS_UID].ended
    assert verdicts(found) == [("client.item-performed", "FAIL")]


def scanned(folder: Path, defect: str | None = None) -> ClientEvidence:
    """Our own scanner, at our target that records, with a defect or without."""
    with target_that_records(folder, defect=defect) as at:
        step = put("ScheduledProcedureStepSequence.ScheduledStationAETitle", "SCANPROOF")
        at.store.add_order(another(right.item(), step))
        place = Address(ae="REFERENCE", host="127.0.0.1", port=at.port)
        services = dict.fromkeys(("worklist", "mpps", "storage"), place)
        with open_session(Site(services=services, listener=ListenerAddress(port=0))) as session:
            session.run(find_scenarios(["ct-routine"]), folder / "out", seed=1, day=date(2026, 1, 2))
    (client,) = at.clients()
    return client


@pytest.mark.long
def test_our_own_scanner_at_our_target_that_records_has_no_fault(tmp_path: Path) -> None:
    client = scanned(tmp_path)
    found = judged_client(client)
    assert verdicts(found) == []
    assert len(client.exam.instances) > 10
    assert {"client.item-performed", "client.step-images"} <= {each.check for each in found.findings}


@pytest.mark.long
@pytest.mark.parametrize("defect", sample(GIVEN_WRONG, every=3))
def test_what_our_target_gives_wrongly_is_not_the_clients(defect: str, tmp_path: Path) -> None:
    found = judged_client(scanned(tmp_path, defect))
    assert found.crashed == ()
    assert [each for each in verdicts(found) if each[0].startswith("client.")] == []


@pytest.mark.parametrize(
    ("wanted", "got", "how"),
    [
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou", How.PART),
        ("Yamada^Tarou=山田^太郎", "=山田^太郎", How.PART),
        ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=??^??", How.DAMAGED),
        ("Yamada^Tarou", "Yamada^Tarou^^^", None),
        ("Müller^Jürgen", "Muller^Jurgen", How.FORM),
        ("Müller^Jürgen", "M\ufffdller^J\ufffdrgen", How.DAMAGED),
        ("Müller^Jürgen", "M^J", How.DAMAGED),
        ("Müller^Jürgen", "", How.LOST),
        ("Müller^Jürgen", "Meier^Jürgen", How.OTHER),
        ("", "Meier^Jürgen", None),
    ],
)
def test_what_befell_a_name(wanted: str, got: str, how: How | None) -> None:
    found = differing({"PatientName": (wanted,)}, {"PatientName": (got,)})
    assert [each.how for each in found] == ([] if how is None else [how])
