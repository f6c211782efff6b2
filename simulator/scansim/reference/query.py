"""Query/Retrieve, C-FIND in Patient Root and Study Root (PS3.4 C.4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scansim.reference import key_values, spoil, wrong_queries
from scansim.reference.connection import Request, UndecodableError
from scansim.reference.hierarchy import LEVELS, check_above, check_no_key_above, level_of, tags_below
from scansim.reference.identifier import Returns, project
from scansim.reference.key_values import KeyValueError
from scansim.reference.matching import texts
from scansim.reference.state import Target
from scansim.reference.store import Instance
from scansim.vocabulary.uids import PATIENT_ROOT
from scansim.wire.encoding import decoded

SUCCESS, PENDING = 0x0000, 0xFF00
OUT_OF_RESOURCES, IDENTIFIER_DOES_NOT_MATCH, UNABLE_TO_PROCESS = 0xA700, 0xA900, 0xC000


def selected(target: Target, identifier: Dataset, level: str, top: str = "PATIENT") -> list[Instance]:
    """Instances that the unique keys of an identifier select, from `top` down to `level`."""
    where = {}
    order = list(LEVELS)
    for name, (keyword, column) in [(each, LEVELS[each]) for each in order[order.index(top) :]]:
        values = [value for value in texts(identifier.get(Tag(keyword))) if value]
        if values and not (name == "PATIENT" and any(char in value for value in values for char in "*?")):
            where[column] = values
        if name == level:
            break
    return target.store.instances(**where)


def find(target: Target, request: Request) -> None:
    """Answer a query by the hierarchical search of C.4.1.3.1.1."""
    try:
        identifier = request.dataset()
        level = level_of(request.sop_class, identifier)
        below = tags_below(level)
        keys = Dataset()
        for key in identifier:
            if key.tag not in below:
                keys.add(key)
        key_values.check(keys)
        check_above(request.sop_class, keys, level)
        check_no_key_above(request.sop_class, keys, level)
    except UndecodableError as error:
        return request.respond(UNABLE_TO_PROCESS, ErrorComment=f"identifier: {error}")
    except KeyValueError as error:
        return request.respond(IDENTIFIER_DOES_NOT_MATCH, OffendingElement=error.tag, ErrorComment=str(error))
    if target.planted("query-refuses"):
        return request.respond(OUT_OF_RESOURCES, ErrorComment="planted defect: no answers today")
    if target.planted("query-late") and level == "IMAGE":
        asked = f"instances of {identifier.get('SeriesInstanceUID')}"
        target.returned[asked] += 1
        if target.returned[asked] == 1:
            return request.respond(SUCCESS)
    matches = wrong_queries.test_of(target, keys)
    answer = None
    late_answer = wrong_queries.late_answer(target, request)
    # in Study Root, Patient ID is a key like others: what has none matches any
    top = "PATIENT" if request.sop_class.startswith(PATIENT_ROOT) else "STUDY"
    for entity in _entities(target, identifier, level, top):
        if request.cancelled and wrong_queries.interrupted(target, request):
            return None
        if spoil.found(target, keys) and matches(_known(entity, keys)):
            before, answer = answer, project(keys, entity, Returns(every=True))
            answer.QueryRetrieveLevel = level
            answer.RetrieveAETitle = target.config.ae
            spoil.study(target, answer)
            wrong_queries.spoil(target, answer, before)
            for _ in wrong_queries.times(target, request):
                request.respond(PENDING, None if target.planted("query-pending-without-identifier") else answer)
    request.respond(SUCCESS, answer if target.planted("query-final-with-identifier") else None)
    return late_answer()


def _known(entity: Dataset, keys: Dataset) -> Dataset:
    """What an entity has of the keys, its text decoded."""
    wanted = [Tag("SpecificCharacterSet"), *keys.keys()]
    return decoded(Dataset({tag: entity.get_item(tag) for tag in wanted if tag in entity}))


def _entities(target: Target, identifier: Dataset, level: str, top: str) -> Iterator[Dataset]:
    """Yield one dataset for each entity of a level: the first instance's attributes and what is counted.

    What has no value of the unique key, as a patient without an ID, is no entity of the level (C.2.2.1.1).
    """
    column = LEVELS[level][1]
    groups: dict[str, list[Instance]] = {}
    for instance in selected(target, identifier, level, top):
        if not getattr(instance, column):
            continue
        groups.setdefault(getattr(instance, wrong_queries.column(target, column)), []).append(instance)
    if target.planted("query-forgets") and groups:
        groups.popitem()
    for group in groups.values():
        try:
            entity = group[0].header()
        except OSError:  # the file went away
            continue
        _count(entity, level, wrong_queries.counted(target, group))
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
