"""Query/Retrieve, C-FIND in Patient Root and Study Root (PS3.4 C.4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from scansim.reference import spoil
from scansim.reference.connection import Request, UndecodableError
from scansim.reference.identifier import Returns, project
from scansim.reference.matching import matches, texts
from scansim.reference.state import Target
from scansim.reference.store import Instance
from scansim.vocabulary.uids import PATIENT_ROOT
from scansim.wire.encoding import decoded

SUCCESS, PENDING, CANCEL = 0x0000, 0xFF00, 0xFE00
OUT_OF_RESOURCES, IDENTIFIER_DOES_NOT_MATCH, UNABLE_TO_PROCESS = 0xA700, 0xA900, 0xC000

#: Levels from the top with their unique keys (PS3.4 C.6.1.1, C.6.2.1), and the column that the store keeps them in.
LEVELS = {
    "PATIENT": ("PatientID", "patient"),
    "STUDY": ("StudyInstanceUID", "study"),
    "SERIES": ("SeriesInstanceUID", "series"),
    "IMAGE": ("SOPInstanceUID", "uid"),
}

#: Attributes of a level that mean nothing at the levels above: neither keys nor returned there.
_BELONGS_TO = {
    "SERIES": ("Modality", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "NumberOfSeriesRelatedInstances"),
    "IMAGE": ("SOPInstanceUID", "SOPClassUID", "InstanceNumber"),
    "STUDY": ("StudyInstanceUID", "StudyID", "StudyDate", "StudyTime", "AccessionNumber", "StudyDescription"),
}


class LevelError(Exception):
    """The identifier does not fit its information model; the text says why."""


def level_of(request: Request, identifier: Dataset) -> str:
    """Query/Retrieve Level of an identifier; LevelError when the model of the request has no such level."""
    level = str(identifier.get("QueryRetrieveLevel") or "")
    if level not in LEVELS:
        raise LevelError(f"Query/Retrieve Level {level!r}")
    if level == "PATIENT" and not request.sop_class.startswith(PATIENT_ROOT):
        raise LevelError("Study Root has no PATIENT level")
    return level


def selected(target: Target, identifier: Dataset, level: str) -> list[Instance]:
    """Instances that the unique keys of an identifier select, down to `level`."""
    where = {}
    for name, (keyword, column) in LEVELS.items():
        values = [value for value in texts(identifier.get(Tag(keyword))) if value]
        if values and not (name == "PATIENT" and any(char in value for value in values for char in "*?")):
            where[column] = values
        if name == level:
            break
    return target.store.instances(**where)


def find(target: Target, request: Request) -> None:
    """Answer a query. Keys of levels above may be left out: relational queries do no harm here (C.4.1.2.2)."""
    try:
        identifier = request.dataset()
        level = level_of(request, identifier)
    except UndecodableError as error:
        return request.respond(UNABLE_TO_PROCESS, ErrorComment=f"identifier: {error}")
    except LevelError as error:
        return request.respond(
            IDENTIFIER_DOES_NOT_MATCH, OffendingElement=Tag("QueryRetrieveLevel"), ErrorComment=str(error)
        )
    if target.planted("query-refuses"):
        return request.respond(OUT_OF_RESOURCES, ErrorComment="planted defect: no answers today")
    if target.planted("query-late") and level == "IMAGE":
        asked = f"instances of {identifier.get('SeriesInstanceUID')}"
        target.returned[asked] += 1
        if target.returned[asked] == 1:
            return request.respond(SUCCESS)
    below = _tags_below(level)
    keys = Dataset()
    for key in identifier:
        if key.tag not in below:
            keys.add(key)
    answer = None
    for entity in _entities(target, identifier, level):
        if request.cancelled:
            return request.respond(CANCEL)
        if spoil.found(target, keys) and matches(keys, _known(entity, keys), unknown_matches=True):
            answer = project(keys, entity, Returns(every=True))
            answer.QueryRetrieveLevel = level
            answer.RetrieveAETitle = target.config.ae
            spoil.study(target, answer)
            request.respond(PENDING, None if target.planted("query-pending-without-identifier") else answer)
    return request.respond(SUCCESS, answer if target.planted("query-final-with-identifier") else None)


def _known(entity: Dataset, keys: Dataset) -> Dataset:
    """What an entity has of the keys, its text decoded."""
    wanted = [Tag("SpecificCharacterSet"), *keys.keys()]
    return decoded(Dataset({tag: entity.get_item(tag) for tag in wanted if tag in entity}))


def _tags_below(level: str) -> frozenset[BaseTag]:
    order = list(LEVELS)
    return frozenset(Tag(keyword) for name in order[order.index(level) + 1 :] for keyword in _BELONGS_TO.get(name, ()))


def _entities(target: Target, identifier: Dataset, level: str) -> Iterator[Dataset]:
    """Yield one dataset for each entity of a level: the first instance's attributes and what is counted."""
    column = LEVELS[level][1]
    groups: dict[str, list[Instance]] = {}
    for instance in selected(target, identifier, level):
        groups.setdefault(getattr(instance, column), []).append(instance)
    if target.planted("query-forgets") and groups:
        groups.popitem()
    for group in groups.values():
        try:
            entity = group[0].header()
        except OSError:  # the file went away
            continue
        _count(entity, level, group)
        yield entity


def _count(entity: Dataset, level: str, group: list[Instance]) -> None:
    """Add what is known by counting (PS3.4 C.3.4) and what every answer has."""
    entity.InstanceAvailability = "ONLINE"
    if level == "PATIENT":
        entity.NumberOfPatientRelatedStudies = len({instance.study for instance in group})
        entity.NumberOfPatientRelatedSeries = len({instance.series for instance in group})
        entity.NumberOfPatientRelatedInstances = len(group)
    elif level == "STUDY":
        entity.ModalitiesInStudy = sorted({instance.modality for instance in group if instance.modality})
        entity.SOPClassesInStudy = sorted({instance.sop_class for instance in group})
        entity.NumberOfStudyRelatedSeries = len({instance.series for instance in group})
        entity.NumberOfStudyRelatedInstances = len(group)
    elif level == "SERIES":
        entity.NumberOfSeriesRelatedInstances = len(group)
