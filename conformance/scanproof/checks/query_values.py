"""Checks of what answers of the archive say of an entity: its own values, right counts, where it is to be had."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from pydicom.datadict import dictionary_VR

from scanproof.check import Fact, Observation, Seen, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.archive import KnownEntity
from scanproof.evidence.queries import Query
from scanproof.evidence.store_faults import is_apart
from scanproof.finding import Level
from scanproof.standard import query_table as table
from scanproof.standard.text_damage import damage
from scansim.network.transcript import Exchange
from scansim.vocabulary import values as value_form
from scansim.wire.dataset import DataSet

#: What is no value of an entity, or has a check of its own.
_OTHERS = {
    *(*table.NO_KEYS, *table.GATHERED, *table.UNIQUE_KEYS.values()),
    *(name for names in table.COUNTED.values() for name in names),
} - {"PatientID"}


@check(
    "query.values",
    title="An answer says of an entity what was stored of it",
    clause="PS3.4 C.4.1.3.1, C.4.1.3.1.1 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="the values of the entity itself, as they were stored",
    hint="See whether the archive puts the answer together from the records of several entities.",
)
def values(evidence: Evidence) -> Iterator[Observation]:
    """A response contains the values of a single match: those of the entity that its unique key names.

    An accession, or a birth date, of another study leads to another patient's report.

    Answers about what the battery stored with Success before are compared with it, attribute by attribute, in a form in
    which equal values are equal. A value that another entity of this run has, and this one has not, is of somebody
    else; text that lost letters, or has others in their place, is damaged, which nobody asks of an archive. Any other
    difference only warns, as an archive may have been told to correct what it gets. Counts have a check of their own,
    and what the exam itself stored is compared by those of stored identity.
    """
    for query in evidence.archive_queries:
        known = _by_key(evidence, query)
        for response, answer in query.answers:
            entity = known.get(answer.text(table.UNIQUE_KEYS.get(query.level, "")))
            if entity is not None:
                yield from _compared(query, response, answer, entity, [*known.values()])


def _by_key(evidence: Evidence, query: Query) -> dict[str, KnownEntity]:
    """What the battery stored, by the unique key of the query's level."""
    return {each.key: each for each in evidence.archive.entities(query) if not each.shared}


def _compared(
    query: Query, response: Exchange, answer: DataSet, entity: KnownEntity, others: list[KnownEntity]
) -> Iterator[Observation]:
    seen, equal = list[Observation](), 0
    for name, stored in entity.held.values.items():
        if name not in query.keys or name not in answer or name in _OTHERS:
            continue
        if name in table.keys_below(query.level):
            continue
        got, wanted = answer.values(name), _normal(name, stored)
        if _normal(name, got) == wanted or "\ufffd" in "".join(got) or (got == () and not any(stored)):
            equal += 1
            continue
        text = repr("\\".join(got)) if any(got) else "no value"
        expected = repr("\\".join(stored)) if any(stored) else "no value"
        same = (
            each for each in others if each is not entity and _normal(name, _held(each, name)) == _normal(name, got)
        )
        of = next(same, None)
        what = damage("\\".join(stored), "\\".join(got)) if _is_text(name) else ""
        if what:
            hint = "See in which character set the archive keeps and returns text: what that cannot write is lost."
            told = f"{text} came: {what}" if any(got) else "it came without a value"
            seen.append(fail(told, response, expected=expected, tag=name, level=Level.EXPECTED, hint=hint))
        elif of is not None and any(got):
            seen.append(fail(f"{text}, which is that of {of.name}", response, expected=expected, tag=name))
        else:
            seen.append(warn(f"{text} came", response, expected=expected, tag=name, level=Level.SHOULD))
    yield from seen or ([ok(f"{equal} values as they were stored", response)] if equal else [])


def _is_text(name: str) -> bool:
    try:
        return dictionary_VR(name) in ("LO", "LT", "PN", "SH", "ST", "UC", "UT")
    except KeyError:  # private, or newer than we are
        return False


def _held(entity: KnownEntity, name: str) -> tuple[str, ...]:
    return entity.held.values.get(name, ())


def _normal(name: str, held: tuple[str, ...]) -> tuple[str, ...]:
    try:
        vr = dictionary_VR(name)
    except KeyError:  # private, or newer than we are
        vr = "LO"
    return tuple(value_form.normal(vr, unicodedata.normalize("NFC", value)) for value in held if value)


@check(
    "query.counts",
    title="Numbers of related studies, series and instances are right, or absent",
    clause="PS3.4 C.3.4, Table C.3-1 (c. 2020), C.2.2.1.3 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="as many as were stored, every Modality and SOP Class of them, or no such attribute",
    hint="Count when the query is answered, or bring the count up to date whenever an instance is stored.",
)
def counts(evidence: Evidence) -> Iterator[Observation]:
    """An SCP need not support the numbers of related entities, nor the modalities and SOP classes of a study. One that
    returns them says how many there are, and which.

    A workstation that got as many images as the count says takes a study for complete, and nobody reads the rest.

    Answers about what this run stored with Success before are compared with it, of a query that was asked again the
    last one. Fewer than were stored is a deviation, of an exam's own study a warning: it may be counted a moment later.
    More only warns, since an archive may have objects of its own; of an exam, whose study and patient it may have had
    before, it says nothing. What has no value is told as such by nobody: the SCP does not know it.
    Where an instance was spoiled on purpose, how its archive counts it is its affair.
    """
    if any(is_apart(image.operation.request) for image in evidence.stored):
        return
    for query in evidence.settled_queries:
        known = {each.key: each for each in evidence.archive.entities(query)}
        for response, answer in query.answers:
            entity = known.get(answer.text(table.UNIQUE_KEYS.get(query.level, "")))
            if entity is None:
                continue
            seen = [*_numbers(response, answer, entity), *_gathered(response, answer, entity)]
            told = [name for name in (*entity.counts, *entity.gathered) if answer.values(name)]
            yield from seen or ([ok(f"{len(told)} of them are right", response)] if told else [])


def _numbers(response: Exchange, answer: DataSet, entity: KnownEntity) -> Iterator[Observation]:
    for name, wanted in entity.counts.items():
        text = answer.text(name)
        if not (text.isdecimal() and len(text) < 12):
            continue  # none, or one that the check of values tells of
        if (got := int(text)) < wanted:
            say = warn if entity.shared else fail  # of what was just stored, it may be counted a moment later
            yield say(text, response, expected=str(wanted), tag=name)
        elif got > wanted and not entity.shared:
            yield warn(f"{text}, and this run stored fewer", response, expected=str(wanted), tag=name)


def _gathered(response: Exchange, answer: DataSet, entity: KnownEntity) -> Iterator[Observation]:
    for name, wanted in entity.gathered.items():
        got = answer.values(name)
        if not any(got):
            continue
        text, expected = "\\".join(got), "\\".join(wanted)
        if missing := [each for each in wanted if each not in got]:
            yield fail(f"{text}, without {', '.join(missing)}", response, expected=expected, tag=name)
        elif (extra := [each for each in got if each not in wanted]) and not entity.shared:
            yield warn(f"{text}, with {', '.join(extra)}", response, expected=expected, tag=name)


@check(
    "query.where",
    title="What an answer says of where the entity is to be had means something",
    clause="PS3.4 C.4.1.1.3.2 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="Retrieve AE Title with a value at IMAGE level; an Instance Availability that is enumerated, or none",
    hint="Return (0008,0054) with the AE title that retrieves take; workstations send their C-MOVE there.",
)
def where(evidence: Evidence) -> Seen:
    """Each answer has Retrieve AE Title, or Storage Media File-Set ID and UID, in whatever the query asked. They may be
    empty but at the lowest level. Instance Availability may be there, and then has one of four values.

    A workstation with several archives retrieves a study from where the answer says; without it, it asks in vain.

    These attributes are looked at in each answer to our queries. That none of them is there is told once for a query
    and no more: who asked knows an AE that has the study.
    """
    for query in evidence.archive_queries:
        nowhere = 0
        for response, answer in query.answers:
            available = answer.values("InstanceAvailability")
            if "InstanceAvailability" in answer and available not in _AVAILABLE:
                text = "\\".join(available) or "no value"
                expected = "ONLINE, NEARLINE, OFFLINE or UNAVAILABLE, or no such attribute"
                yield fail(text, response, expected=expected, tag="InstanceAvailability")
            elif not any(name in answer for name in _PLACES):
                nowhere += 1
            elif query.level == "IMAGE" and not any(any(answer.values(name)) for name in _PLACES):
                yield fail("no value at the lowest level", response, tag="RetrieveAETitle")
            else:
                yield ok("\\".join(answer.values("RetrieveAETitle")) or "told", response)
        if nowhere:
            text = f"{nowhere} answers without Retrieve AE Title and without Storage Media File-Set ID or UID"
            yield Fact(text, query.operation.final, "PS3.4 C.4.1.1.3.2 (c. 2020)")


_AVAILABLE = (("ONLINE",), ("NEARLINE",), ("OFFLINE",), ("UNAVAILABLE",))
_PLACES = ("RetrieveAETitle", "StorageMediaFileSetID", "StorageMediaFileSetUID")
