"""query: C-FIND of the archive at any level, in Patient Root or Study Root (PS3.4 C.4.1, C.6.1, C.6.2)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field
from pydicom.dataset import Dataset

from scansim.exam.edited import VALID, Edited
from scansim.exam.edits import Values, order_of, put, references
from scansim.exam.keys_file import keys_of_file
from scansim.exam.order_book import NoOrder
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.inputs import Document, Location
from scansim.network.association import Agreed, Association
from scansim.steps.store_studies import StoreStudies
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import SUCCESS, is_pending, shown
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND, VERIFICATION
from scansim.wire.charsets import CHARACTER_SETS
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.encoding import encode

#: How long an answer to a C-CANCEL behind the end of the query is waited for, in s.
_LINGER = 0.5
#: How long to wait before what was not found is asked for again, in s.
_AGAIN = 0.5

_MODELS = {"study-root": STUDY_ROOT_FIND, "patient-root": PATIENT_ROOT_FIND}
# Return keys: unique and required keys of each level (Tables C.6-1 to C.6-5), and optional ones that are widely asked
# for. None of a level above belongs into a hierarchical query but its unique key (C.4.1.2.1).
_PATIENT = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "NumberOfPatientRelatedStudies"),
    *("NumberOfPatientRelatedSeries", "NumberOfPatientRelatedInstances"),
)
_STUDY = (
    *("StudyDate", "StudyTime", "AccessionNumber", "StudyID", "StudyInstanceUID", "StudyDescription"),
    *("ReferringPhysicianName", "ModalitiesInStudy", "SOPClassesInStudy", "NumberOfStudyRelatedSeries"),
    "NumberOfStudyRelatedInstances",
)
_SERIES = ("Modality", "SeriesNumber", "SeriesInstanceUID", "SeriesDescription", "NumberOfSeriesRelatedInstances")
_IMAGE = ("InstanceNumber", "SOPInstanceUID", "SOPClassUID")
_RETURNED = {"PATIENT": _PATIENT, "STUDY": _STUDY, "SERIES": _SERIES, "IMAGE": _IMAGE}
_OF_PATIENT_IN_STUDY_ROOT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")


class Query(Edited):
    """C-FIND of the archive at one level of one information model, with keys of the scenario's own."""

    verb = "query"
    service = services.QUERY
    only_asks = True

    model: Literal["study-root", "patient-root"] = Field("study-root", description="information model")
    level: Literal["PATIENT", "STUDY", "SERIES", "IMAGE"] = Field(
        "STUDY",
        description="Query/Retrieve Level; each level above it needs one value of its unique key: PatientID in "
        "patient-root, StudyInstanceUID, SeriesInstanceUID",
    )
    keys: Values = Field(
        {},
        description="matching and return keys, path to value: a value, a range, a wild card, a list of UIDs; null is "
        "universal; $ID.Keyword is a value of a study of the battery. Beside them the unique and required keys of the "
        "level, and common optional ones, are asked for with zero length",
    )
    keys_file: str = Field(
        "", description="YAML file beside the scenario with more of them: path to value, or a list of return keys"
    )
    only_keys: bool = Field(False, description="true: no other keys than those, neither to match nor to return")
    name: str = Field("", description="what another query calls it by same_as")
    same_as: str = Field("", description="an earlier query of the case that has to bring the same answers")
    cancel: Literal["early", "late", "after"] | None = Field(
        None,
        description="when C-CANCEL is sent: early, before anything is answered; late, after cancel_after answers; "
        "after the final response",
    )
    cancel_after: int = Field(1, ge=1, description="answers after which a late C-CANCEL is sent")
    at_least: int = Field(
        0,
        ge=0,
        description="how many answers there are to be: with fewer it is asked again, as long as timeouts.settle of the "
        "site says",
    )

    @property
    def named(self) -> str:
        """What another query calls it."""
        return self.name

    @property
    def refers_to(self) -> str:
        """The query that it is compared with."""
        return self.same_as

    @property
    def odd(self) -> bool:
        """Whether it is not meant to be a right query."""
        return super().odd or self.means not in (None, VALID) or self._deviates is not None

    @property
    def _deviates(self) -> str | None:
        """The deviation that its parameters are, whatever its keys are."""
        return "query.level-of-other-model" if self.level == "PATIENT" and self.model == "study-root" else None

    def orders_needed(self) -> Iterator[str]:
        """No orders: what its keys name are studies of the battery."""
        return iter(())

    def orders_named(self) -> Iterator[str]:
        """Yield the id of each study of its battery that it names."""
        yield from filter(None, map(order_of, references(self.model_dump())))

    def resolved(self, document: Document, at: Location, modality: object) -> Self:
        """Read the keys of ``keys_file``."""
        if not self.keys_file:
            return self
        given = keys_of_file(Query, self.keys_file, document, at)
        return self.model_copy(update={"keys": {**given, **self.keys}, "keys_file": ""})


def identifier(exam: Exam, step: Query) -> Dataset:
    """The C-FIND identifier: the level, return keys of it, and the keys of the step."""
    keys = Dataset()
    keys.QueryRetrieveLevel = step.level
    if not step.only_keys:
        of_patient = step.level == "STUDY" and step.model == "study-root"
        for keyword in (*_RETURNED[step.level], *(_OF_PATIENT_IN_STUDY_ROOT if of_patient else ())):
            setattr(keys, keyword, None)
    for path, value in step.keys.items():
        put(keys, path, exam.resolved(value))
    if "SpecificCharacterSet" not in keys and (terms := _terms(exam, step)):
        keys.SpecificCharacterSet = terms
    return step.edit(exam, keys)


def _terms(exam: Exam, step: Query) -> list[str]:
    """Character set of the keys: that of the first study that one of them is of, or the one chosen for the exam."""
    if str([exam.resolved(value) for value in step.keys.values()]).isascii():
        return []
    for name in filter(None, map(order_of, references(step.keys))):
        image = _image(exam, name)
        if image is not None and (terms := image.get("SpecificCharacterSet")) is not None:
            return [terms] if isinstance(terms, str) else [*map(str, terms)]
    chosen = exam.scenario.character_set or "ISO_IR 192"
    return [*CHARACTER_SETS[chosen].terms] if chosen in CHARACTER_SETS else chosen.split("\\")


def _image(exam: Exam, name: str) -> Dataset | None:
    try:
        return exam.studies.image(name) if exam.studies is not None and exam.studies.has(name) else None
    except NoOrder:
        return None


@step(Query)
def query(exam: Exam, step: Query) -> str:
    """C-FIND; asked again while fewer answers came than there are to be."""
    address = exam.address(services.QUERY)
    sop_class = _MODELS[step.model]
    try:
        keys = identifier(exam, step)
    except Stopped as error:
        stored = next(
            (number for number, each in enumerate(exam.scenario.steps, 1) if each.verb == StoreStudies.verb), 0
        )
        raise Stopped(str(error), Cause.BLOCKED if stored else error.cause, stored) from None
    until = time.monotonic() + address.timeouts.settle
    with exam.use(services.QUERY, sop_class) as (association, agreed):
        matches, status = _find(exam, step, association, agreed, keys)
        while matches < step.at_least and status == SUCCESS and time.monotonic() < until:
            exam.stop.sleep(min(_AGAIN, until - time.monotonic()))
            matches, status = _find(exam, step, association, agreed, keys)
        if step.cancel == "after":
            association.cancel(agreed)
            association.begin("an answer to a C-CANCEL that came too late", 2 * _LINGER)
            association.next_message(_LINGER)  # there is to be none: it would be taken for that of the next request
            if (verification := association.contexts.get(VERIFICATION)) is not None:
                echo: dict[str, Value] = {"CommandField": FIELD_OF["C-ECHO-RQ"], "AffectedSOPClassUID": VERIFICATION}
                association.response(verification, echo)
    odd = step.cancel is not None or step.odd
    if status != SUCCESS and not odd:
        raise Stopped(f"{address} ended the {step.level} query with {shown(status)}", Cause.TARGET)
    return f"{matches} answers, then {shown(status)}" if odd else f"{matches} answers"


def _find(exam: Exam, step: Query, association: Association, agreed: Agreed, keys: Dataset) -> tuple[int, int | None]:
    """Send one C-FIND; returns how many Pending responses came, and the last status."""
    command: dict[str, Value] = {
        "CommandField": FIELD_OF["C-FIND-RQ"],
        "AffectedSOPClassUID": _MODELS[step.model],
        "Priority": 0,
    }
    purpose = {key: value for key, value in (("query", step.name), ("compared_with", step.same_as)) if value}
    matches, status = 0, None
    for message in association.operation(
        agreed,
        step.commanded(exam, command),
        [encode(keys, agreed.transfer_syntax)],
        intent=step.intent(step._deviates, "QueryRetrieveLevel" if step._deviates else ""),
        purpose=purpose,
        cancel=step.cancel == "early",
        expected=step.at_least,
    ):
        status = message.command.status
        if not is_pending(status):
            continue
        matches += 1
        if step.cancel == "late" and matches == step.cancel_after:
            association.cancel(agreed)
    return matches, status
