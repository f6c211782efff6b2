"""query-worklist: C-FIND of the Modality Worklist as a console sends it (PS3.4 Annex K)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Literal, Self

from pydantic import Field
from pydicom.dataset import Dataset

from scansim.exam.edited import Edited
from scansim.exam.edits import Values, order_of, put, references
from scansim.exam.keys_file import keys_of_file
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped, text_of
from scansim.exam.step import Thing
from scansim.exam.worklist import Found, find, find_command
from scansim.identity.carried import carried, character_set
from scansim.identity.names import wildcard
from scansim.inputs import Document, Location
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import SUCCESS, shown
from scansim.vocabulary.uids import VERIFICATION, WORKLIST
from scansim.wire.charsets import CHARACTER_SETS
from scansim.wire.dimse import FIELD_OF, Value

#: How long an answer to a C-CANCEL behind the end of the query is waited for, in s.
_LINGER = 0.5


class QueryWorklist(Edited):
    """C-FIND of the Modality Worklist as a console sends it, or with keys of the scenario's own."""

    verb = "query-worklist"
    service = services.WORKLIST
    gives = (Thing.ITEMS,)
    only_asks = True

    scope: Literal["console", "all"] = Field(
        "console",
        description="console: the items of our station, of the scenario's modality and of the run's date, unless one "
        "of the next three says otherwise; all: none of them is asked for",
    )
    station: Literal["ours", "any"] | None = Field(
        None, description="Scheduled Station AE Title: our AE title, or universal; left out: as scope says"
    )
    day: Literal["today", "any"] | None = Field(
        None, description="Scheduled Procedure Step Start Date: the run's date, or universal; left out: as scope says"
    )
    modality: Literal["ours", "any"] | None = Field(
        None, description="Modality: the scenario's, or universal; left out: as scope says"
    )
    patient: Literal["any", "id", "name", "wildcard", "ordered"] = Field(
        "any",
        description="Patient ID or Patient's Name of the item that was chosen; wildcard: the family name of that with "
        "an asterisk behind it; ordered: Patient ID of the order that "
        "was placed, or else of the patient that was chosen for the exam; or universal",
    )
    keys: Values = Field(
        {},
        description="matching and return keys of the scenario's own, path to value: a value, a range, a wild card; "
        "null is universal, a list has several values, a sequence is a list of items; $ID.Keyword is a value of an "
        "order",
    )
    keys_file: str = Field(
        "", description="YAML file beside the scenario with more of them: path to value, or a list of return keys"
    )
    only_keys: bool = Field(False, description="true: no other keys than those, neither to match nor to return")
    name: str = Field("", description="what another query calls it by same_as")
    same_as: str = Field("", description="an earlier query of the case that has to bring the same items")
    cancel: Literal["early", "late", "after"] | None = Field(
        None,
        description="when C-CANCEL is sent: early, before anything is answered; late, after cancel_after items; after "
        "the final response",
    )
    cancel_after: int = Field(1, ge=1, description="items after which a late C-CANCEL is sent")
    parallel: int = Field(1, ge=1, le=64, description="associations that ask the same at a time")

    @property
    def named(self) -> str:
        """What another query calls it."""
        return self.name

    @property
    def refers_to(self) -> str:
        """The query that it is compared with."""
        return self.same_as

    def resolved(self, document: Document, at: Location, modality: object) -> Self:
        """Read the keys of ``keys_file``."""
        if not self.keys_file:
            return self
        given = keys_of_file(QueryWorklist, self.keys_file, document, at)
        return self.model_copy(update={"keys": {**given, **self.keys}, "keys_file": ""})


# Asked for by every console that follows IHE Scheduled Workflow (RAD TF-2, RAD-5): the Type 1 and 2 return keys of
# PS3.4 Table K.6-1 that reach images and MPPS, and the code sequences of procedure and protocol.
_ROOT_KEYS = (
    "AccessionNumber",
    "ReferringPhysicianName",
    "ReferencedStudySequence",
    "ReferencedPatientSequence",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientWeight",
    "MedicalAlerts",
    "Allergies",
    "PregnancyStatus",
    "StudyInstanceUID",
    "RequestingPhysician",
    "RequestedProcedureDescription",
    "RequestedProcedureCodeSequence",
    "AdmissionID",
    "SpecialNeeds",
    "CurrentPatientLocation",
    "PatientState",
    "RequestedProcedureID",
    "RequestedProcedurePriority",
    "PatientTransportArrangements",
    "ConfidentialityConstraintOnPatientDataDescription",
)
_STEP_KEYS = (
    "Modality",
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "ScheduledPerformingPhysicianName",
    "ScheduledProcedureStepDescription",
    "ScheduledProtocolCodeSequence",
    "ScheduledProcedureStepID",
    "ScheduledStationName",
    "ScheduledProcedureStepLocation",
)
_CODE_KEYS = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_CODE_SEQUENCES = ("RequestedProcedureCodeSequence", "ScheduledProtocolCodeSequence")
_REFERENCE_SEQUENCES = ("ReferencedStudySequence", "ReferencedPatientSequence")
_REFERENCE_KEYS = ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")


def _empty(keywords: tuple[str, ...]) -> Dataset:
    keys = Dataset()
    for keyword in keywords:
        if keyword in _CODE_SEQUENCES:
            setattr(keys, keyword, [_empty(_CODE_KEYS)])
        elif keyword in _REFERENCE_SEQUENCES:
            setattr(keys, keyword, [_empty(_REFERENCE_KEYS)])
        else:
            setattr(keys, keyword, None)
    return keys


def query_keys(exam: Exam, step: QueryWorklist) -> Dataset:
    """The C-FIND identifier: station, date and modality as matching keys, everything else as return keys."""
    keys = Dataset() if step.only_keys else _console_keys(exam, step)
    for path, value in step.keys.items():
        put(keys, path, exam.resolved(value, others=True))
    if "SpecificCharacterSet" not in keys and (terms := _terms(exam, step)):
        keys.SpecificCharacterSet = terms
    return step.edit(exam, keys)


def _terms(exam: Exam, step: QueryWorklist) -> list[str]:
    """Character set of the keys: that of the first order that one of them is of, or the one chosen for the exam."""
    values = (exam.resolved(value, others=True) for value in step.keys.values())
    if str([*values]).isascii():
        return []
    for name in filter(None, map(order_of, references(step.keys))):
        if (terms := (exam.ordered(name) or Dataset()).get("SpecificCharacterSet")) is not None:
            return [terms] if isinstance(terms, str) else [*map(str, terms)]
    chosen = exam.scenario.character_set or "ISO_IR 192"
    return [*CHARACTER_SETS[chosen].terms] if chosen in CHARACTER_SETS else chosen.split("\\")


def _console_keys(exam: Exam, step: QueryWorklist) -> Dataset:
    address = exam.address(services.WORKLIST)
    keys = _empty(_ROOT_KEYS)
    scheduled = _empty(_STEP_KEYS)
    console = step.scope == "console"
    station, day, modality = (
        console if asked is None else asked != "any" for asked in (step.station, step.day, step.modality)
    )
    scheduled.ScheduledStationAETitle = exam.site.calling(address) if station else ""
    scheduled.ScheduledProcedureStepStartDate = exam.day.strftime("%Y%m%d") if day else ""
    scheduled.Modality = exam.scenario.modality if modality else ""
    keys.ScheduledProcedureStepSequence = [scheduled]
    if step.patient == "ordered":
        if exam.order is not None:
            keys.PatientID = exam.order.PatientID
        elif exam.patient is not None:
            keys.PatientID = exam.patient(exam.identity).patient_id
    elif step.patient != "any":
        item = exam.known().item
        keyword = "PatientID" if step.patient == "id" else "PatientName"
        element = carried(item, keyword)
        if element is not None:
            keys.SpecificCharacterSet = character_set(item)
            keys[keyword] = element
            if step.patient == "wildcard" and (family := wildcard(text_of(item, keyword))):
                keys.PatientName = family
    return keys


@step(QueryWorklist)
def query_worklist(exam: Exam, step: QueryWorklist) -> str:
    """C-FIND; the items that can be read become the exam's choice."""
    address = exam.address(services.WORKLIST)
    keys = query_keys(exam, step)
    if step.parallel == 1:
        found = _ask(exam, step, keys)
    else:
        with ThreadPoolExecutor(step.parallel) as pool:
            asked = [pool.submit(_ask, exam, step, keys) for _ in range(step.parallel)]
        found = [each.result() for each in asked][-1]
    odd = step.cancel is not None or step.intent(None) is not None
    if found.status != SUCCESS and not odd:
        raise Stopped(f"{address} ended the worklist query with {shown(found.status)}", Cause.TARGET)
    exam.items, exam.brought_by = found.items, found.brought_by
    told = f"{len(found.items)} items" + (f", {found.unreadable} that cannot be read" if found.unreadable else "")
    return f"{told}, then {shown(found.status)}" if odd else told


def _ask(exam: Exam, step: QueryWorklist, keys: Dataset) -> Found:
    """Send the query on an association of its own."""
    purpose = {key: value for key, value in (("query", step.name), ("compared_with", step.same_as)) if value}
    with exam.use(services.WORKLIST, WORKLIST) as (association, agreed):
        found = find(
            association,
            agreed,
            keys,
            step.cancel_after if step.cancel == "late" else None,
            early=step.cancel == "early",
            command=step.commanded(exam, find_command()),
            intent=step.intent(None),
            purpose=purpose,
        )
        if step.cancel == "after":
            association.cancel(agreed)
            association.begin("an answer to a C-CANCEL that came too late", 2 * _LINGER)
            association.next_message(_LINGER)  # there is to be none: it would be taken for that of the next request
            if (verification := association.contexts.get(VERIFICATION)) is not None:
                echo: dict[str, Value] = {"CommandField": FIELD_OF["C-ECHO-RQ"], "AffectedSOPClassUID": VERIFICATION}
                association.response(verification, echo)
    return found
