"""query-study: does the archive know what it was sent? (PS3.4 Annex C, Study Root FIND)."""

from __future__ import annotations

import time
from collections import Counter
from typing import Literal, Self

from pydantic import Field, model_validator
from pydicom.dataset import Dataset

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped, text_of
from scansim.exam.step import Step, Thing
from scansim.identity.carried import carried, character_set
from scansim.identity.ledger import Ledger
from scansim.identity.names import wildcard
from scansim.network.association import Agreed, Association, Proposal
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import SUCCESS, is_pending, is_success, shown
from scansim.vocabulary.uids import PATIENT_STUDY_ONLY_FIND, STUDY_ROOT_FIND
from scansim.wire.dimse import FIELD_OF
from scansim.wire.encoding import TRANSFER_SYNTAXES, encode


class QueryStudy(Step):
    """C-FIND at STUDY and IMAGE level for what was stored; in the retired model at STUDY level, where it is served.

    What is not found at once is asked for again until it is there, as long as ``timeouts.settle`` of the site says.
    Where nothing was stored, the study is asked for all the same, which has to find nothing, and then the studies of
    the exam's own day.
    """

    verb = "query-study"
    service = services.QUERY
    without = (Thing.STORED,)

    model: Literal["study-root", "patient-study-only"] = Field(
        "study-root", description="information model; patient-study-only was retired, and an SCP may refuse it"
    )
    by: Literal["study", "name", "id", "wildcard"] = Field(
        "study",
        description="what the study is looked for by: its Study Instance UID, or the Patient's Name or Patient ID of "
        "its images, in their character set, or (wildcard) the family name with an asterisk behind it; by these at "
        "STUDY level alone",
    )

    @model_validator(mode="after")
    def _by_patient_in_study_root(self) -> Self:
        if self.by != "study" and self.model != "study-root":
            raise ValueError(f"by: {self.by} goes with model: study-root")
        return self


# Required keys of the STUDY level (PS3.4 Table C.6-5), and the optional ones that most archives answer.
_STUDY_KEYS = (
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "PatientName",
    "PatientID",
    "StudyID",
    "NumberOfStudyRelatedSeries",
    "NumberOfStudyRelatedInstances",
)

#: How long to wait before what was not found is asked for again, in s.
_AGAIN = 0.5
_NO_DATE = ("StudyInstanceUID", *(keyword for keyword in _STUDY_KEYS if keyword != "StudyDate"))


def _identifier(level: str, keys: dict[str, str], wanted: tuple[str, ...]) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    for keyword in wanted:
        setattr(ds, keyword, None)
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


def _find(
    association: Association,
    agreed: Agreed,
    identifier: Dataset,
    sop_class: str = STUDY_ROOT_FIND,
    expected: int = 0,
) -> int:
    """Send one C-FIND; returns the number of matches. Stopped when it ends with a failure."""
    matches, status = 0, None
    for message in association.operation(
        agreed,
        {"CommandField": FIELD_OF["C-FIND-RQ"], "AffectedSOPClassUID": sop_class, "Priority": 0},
        [encode(identifier, agreed.transfer_syntax)],
        expected=expected,
    ):
        status = message.command.status
        matches += is_pending(status)
    if status != SUCCESS:
        raise Stopped(f"{identifier.QueryRetrieveLevel} query was answered {shown(status)}", Cause.TARGET)
    return matches


def _series(ledger: Ledger) -> Counter[str]:
    """How many instances of each series were stored."""
    return Counter(r.series_instance_uid for r in ledger.instances if is_success(r.stored))


@step(QueryStudy)
def query_study(exam: Exam, step: QueryStudy) -> str:
    """C-FIND the study, then the instances of each of its series by their unique keys."""
    ledger = exam.known()
    if step.model == "patient-study-only":
        return _query_retired(exam, ledger)
    if step.by != "study":
        return _query_patient(exam, ledger, "PatientID" if step.by == "id" else "PatientName", step.by)
    with exam.use(services.QUERY, STUDY_ROOT_FIND) as (association, agreed):
        study = {"StudyInstanceUID": ledger.study_instance_uid}
        studies = _find(association, agreed, _identifier("STUDY", study, _STUDY_KEYS))
        if not _series(ledger):
            universal = _find(association, agreed, _identifier("STUDY", {"StudyDate": f"{exam.day:%Y%m%d}"}, _NO_DATE))
            return f"nothing was stored: {studies} study found, and {universal} of this day"
        stored = sum(is_success(record.stored) for record in ledger.instances)
        began = time.monotonic()
        until = began + exam.address(services.QUERY).timeouts.settle
        images = _images(association, agreed, ledger)
        asked_again = False
        while (studies < 1 or images < stored) and time.monotonic() < until:
            asked_again = True
            exam.stop.sleep(min(_AGAIN, until - time.monotonic()))
            studies = _find(association, agreed, _identifier("STUDY", study, _STUDY_KEYS))
            images = _images(association, agreed, ledger)
    late = f", asked again for {time.monotonic() - began:.1f} s" if asked_again else ""
    return f"{studies} study, {images} instances found{late}"


def _images(association: Association, agreed: Agreed, ledger: Ledger) -> int:
    """C-FIND the instances of each series that was stored."""
    found = 0
    for uid, stored in _series(ledger).items():
        of = next((each.study_instance_uid for each in ledger.instances if each.series_instance_uid == uid), "")
        keys = {"StudyInstanceUID": of or ledger.study_instance_uid, "SeriesInstanceUID": uid}
        wanted = ("SOPInstanceUID", "SOPClassUID", "InstanceNumber")
        found += _find(association, agreed, _identifier("IMAGE", keys, wanted), expected=stored)
    return found


def _query_patient(exam: Exam, ledger: Ledger, keyword: str, by: str) -> str:
    """C-FIND the study by what its images say of the patient, as a console does that looks for prior ones."""
    element = carried(ledger.item, keyword)
    if element is None:
        return f"the patient has no {keyword} to look for"
    identifier = _identifier("STUDY", {}, ("StudyInstanceUID", *_STUDY_KEYS))
    identifier.SpecificCharacterSet = character_set(ledger.item)
    identifier[keyword] = element
    if by == "wildcard" and (family := wildcard(text_of(ledger.item, keyword))):
        identifier.PatientName = family
    with exam.use(services.QUERY, STUDY_ROOT_FIND) as (association, agreed):
        return f"found by {by}: {_find(association, agreed, identifier)}"


def _query_retired(exam: Exam, ledger: Ledger) -> str:
    """C-FIND the study in the Patient/Study Only model; that it is not served says nothing of the Query service."""
    proposals = [Proposal(PATIENT_STUDY_ONLY_FIND, TRANSFER_SYNTAXES)]
    with exam.association(exam.address(services.QUERY), services.QUERY, proposals) as association:
        agreed = association.contexts.get(PATIENT_STUDY_ONLY_FIND)
        if agreed is None:
            return "Patient/Study Only, which was retired, is not offered"
        patient = str(ledger.item.get("PatientID") or "")  # unique key of the level above
        keys = {"PatientID": patient, "StudyInstanceUID": ledger.study_instance_uid}
        identifier = _identifier("STUDY", keys, _STUDY_KEYS)
        identifier.SpecificCharacterSet = character_set(ledger.item)
        studies = _find(association, agreed, identifier, PATIENT_STUDY_ONLY_FIND)
    return f"{studies} study found in Patient/Study Only, which was retired"
