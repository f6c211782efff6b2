"""Checks of Query: whether the archive knows what it was sent (PS3.4 Annex C, FIND)."""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern

from scanproof.acceptance import acceptance, deviating
from scanproof.check import Fact, Observation, Seen, blamed, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.cancels import is_cancelled
from scanproof.evidence.oracle import wild_cards
from scanproof.evidence.storage import Stored
from scanproof.evidence.store_faults import is_apart
from scanproof.finding import Level
from scanproof.standard.query_table import UNIQUE_KEYS, levels
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import CANCEL
from scansim.wire.dataset import DataSet


@check(
    "query.accepted",
    title="A query of the archive ends with Success",
    clause="",
    level=Level.EXPECTED,
    service="query",
    expected="Pending for each match, then 0000H",
    hint="Look into the archive's log for this query; mostly the calling AE title may not query.",
)
def accepted(evidence: Evidence) -> Seen:
    """An SCP that can process the query answers each match with Pending and ends with Success; no match is Success
    too.

    A scanner that cannot query does not know whether its images arrived, nor finds the prior ones.

    The final status of each query is looked at, in Study Root and in Patient Root; its keys are those of the levels. In
    a character set that no statement declares, matching is undefined (PS3.4 C.2.2.2), and a refusal decides nothing. Of
    one that was meant to be none for its model it is told how it was answered. A Cancel, and what follows a C-CANCEL of
    ours, is judged by another check.
    """
    for find in evidence.archive_queries:
        final = find.operation.final
        if final is None or final.command.status in (None, CANCEL):
            continue
        if is_cancelled(find.operation) and find.operation.pending:
            continue
        undeclared = evidence.undeclared_terms(find)
        asked = evidence.asked(find.operation)
        seen = acceptance(asked, f"the {find.level} query", undeclared=undeclared)
        told_of = seen or deviating(asked, f"a query ({asked.deviation})")
        yield from () if told_of is None else (told_of,)


#: Queries that name no level that an answer could repeat.
_NO_LEVEL = ("query.no-level", "query.unknown-level")


@check(
    "query.level",
    title="Answers name the level of the query",
    clause="PS3.4 C.4.1.1.3.2 (2018-2024)",
    level=Level.SHALL,
    service="query",
    expected="Query/Retrieve Level (0008,0052) as in the request",
    hint="Return (0008,0052) with the level that was asked for.",
)
def level(evidence: Evidence) -> Iterator[Observation]:
    """Each answer carries Query/Retrieve Level, equal to that of the request.

    By it a workstation tells a study from a series; without it, some show nothing.

    Each answer to our queries is looked at, but to one that named no level, or one that there is not.
    """
    for find in evidence.archive_queries:
        if evidence.asked(find.operation).deviation in _NO_LEVEL:
            continue
        for response, answer in find.answers:
            got = answer.text("QueryRetrieveLevel")
            if got == find.level:
                yield ok(got, response)
            else:
                yield fail(f"{got or 'absent'}", response, expected=find.level, tag="QueryRetrieveLevel")


@check(
    "query.unique-keys",
    title="Answers are about what was asked for",
    clause="PS3.4 C.2.2.1.1, C.2.2.2.1, C.4.1.1.3.2 (2018-2024)",
    level=Level.SHALL,
    service="query",
    expected="unique keys equal to those of the request, and a value of the level's own",
    hint="Match the unique keys of the query's level and of the levels above it.",
)
def unique_keys(evidence: Evidence) -> Iterator[Observation]:
    """Every SCP supports the unique keys: an answer agrees with those that had a value, has one of its own level, and
    none that is empty.

    Another patient's study among the answers is read as this patient's prior.

    The study, series and instance UIDs of each answer are compared with the keys of its query, in Patient Root the
    Patient ID as well, which may have wild cards. A key of a level above may be left out of the answer, but not be
    empty.
    """
    for find in evidence.archive_queries:
        own = UNIQUE_KEYS.get(find.level, "")
        names = [UNIQUE_KEYS[each] for each in levels(patient_root=find.patient_root)]
        for response, answer in find.answers:
            wrong = []
            for name in names:
                wanted, got = find.keys.values(name), answer.values(name)
                fits = name == "PatientID" and any(wild_cards.fits(each, got[0]) for each in wanted if got)
                if wanted and got and got[0] not in wanted and not fits:
                    other = fail(got[0], response, expected="\\".join(wanted), tag=name)
                    wrong.append(blamed(other, evidence.given_wrong.get(name)))
                elif name == own and not got and name in find.keys:
                    wrong.append(fail("no value", response, expected=f"the {find.level}'s own {name}", tag=name))
                elif wanted and answer.is_empty(name):
                    wrong.append(fail("no value", response, expected="\\".join(wanted), tag=name))
            yield from wrong or [ok("unique keys agree", response)]


#: What to do about a study that was stored with warnings, and is not found.
_MOVED = "See what the archive changed: under another Study Instance UID the images are not found with their exam."


@check(
    "query.study-found",
    title="A study that was stored is found, once",
    clause="PS3.4 B.2.2, C.4.1.3 (2013)",
    level=Level.SHALL,
    service="query",
    expected="exactly one answer for the Study Instance UID",
    hint="Success on C-STORE says that the instance is stored; an archive that indexes later should answer later.",
)
def study_found(evidence: Evidence) -> Iterator[Observation | Fact]:
    """Success on C-STORE means stored, and each match that the SCP knows is answered: the study is found, and as one.

    A study that cannot be found is not read; one that is there twice is read by halves.

    The answers to the STUDY query with our Study Instance UID are counted, when an instance of it was stored before
    and the query ended with Success; of a query that was asked again, the last one. Where the site has another AE for
    queries than for storage, the images had to be passed on, which site.chain judges. A study that is not found warns
    where each of its images was stored with a warning, by which an archive announces another Study Instance UID.
    """
    studies = {instance.study for instance in evidence.stored} if not evidence.elsewhere("query") else set()
    for find in (query for query in evidence.settled_queries if query.level == "STUDY"):
        wanted = find.keys.values("StudyInstanceUID")
        if len(wanted) != 1 or wanted[0] not in studies or not find.succeeded:
            continue
        found = [response for response, answer in find.answers if answer.text("StudyInstanceUID") == wanted[0]]
        spoiled = [image for image in evidence.stored if image.study == wanted[0] and is_apart(image.operation.request)]
        if len(found) == 1:
            yield ok("one answer", found[0])
        elif found and spoiled:  # of another patient, maybe: then it is not one study any more
            text = f"{len(found)} answers for the study, of which an instance was altered on purpose"
            yield Fact(text, find.operation.final)
        else:
            hint = "One study is one entry: look how its records differ, and why they were not put together."
            text = f"{len(found)} answers for the study"
            images = [image for image in evidence.stored if image.study == wanted[0]]
            if not found and not any(image.clean for image in images):
                told_of = f"{text}, whose images were all stored with a warning: is it another study now?"
                yield warn(told_of, find.operation.final, hint=_MOVED)
                continue
            seen = fail(text, find.operation.final, hint=hint if found else "")
            yield blamed(seen, evidence.asked(find.operation).because)


@check(
    "query.found-by-patient",
    title="A study is found by the patient's own name and ID",
    clause="",
    level=Level.EXPECTED,
    service="query",
    expected="our study among the answers to a query with exactly its Patient's Name, or its Patient ID",
    hint="Compare name and key in the archive's database, letter by letter: which of them was converted?",
)
def found_by_patient(evidence: Evidence) -> Iterator[Observation]:
    """A study that was stored is among the answers to a query with the Patient's Name, or the Patient ID, of its
    images, when the key has the very letters that were stored, in the character set in which they were.

    People look for a patient by name. One that is found by UID alone has no prior images for whoever looks.

    STUDY queries whose only matching key is the Patient's Name or the Patient ID of stored images are looked at, when
    they ended with Success. How an SCP matches case, accents and wild cards in names is its own affair (PS3.4
    C.2.2.2.1); the same name is the same name.
    """
    by: dict[tuple[str, tuple[str, ...], tuple[str, ...]], set[str]] = {}
    for image in (*evidence.stored, *(each.stored for each in evidence.archive.beside)):
        for name in _PATIENT_KEYS:
            by.setdefault((name, image.dataset.values(name), _set_of(image.dataset, name)), set()).add(image.study)
    for find in (query for query in evidence.archive_queries if query.level == "STUDY" and query.succeeded):
        asked = evidence.entity_oracle(find).matching
        if len(asked) != 1 or asked[0] not in _PATIENT_KEYS:
            continue
        name, value = asked[0], find.keys.values(asked[0])
        if len(value) != 1 or set("*?") & set(value[0]):  # a name that was damaged before it came to us may have them
            continue
        found = {answer.text("StudyInstanceUID") for _, answer in find.answers}
        for uid in sorted(by.get((name, value, _set_of(find.keys, name)), ())):
            if uid in found:
                yield ok(f"found by {name}", find.operation.final)
                continue
            text = f"{len(find.answers)} answers, and study {uid} is not among them"
            expected = f"the study of {value[0]!r}"
            because = evidence.asked(find.operation).because or _why_not(evidence, uid, name, value)
            yield fail(text, find.operation.final, expected=expected, tag=name, because=because)


_PATIENT_KEYS = ("PatientName", "PatientID")


def _set_of(dataset: DataSet, name: str) -> tuple[str, ...]:
    """The character set of a value; none for one that is the same in every set."""
    plain = all(value.isascii() for value in dataset.values(name))
    return () if plain else dataset.values("SpecificCharacterSet")


def _why_not(evidence: Evidence, study: str, name: str, value: tuple[str, ...]) -> Exchange | None:
    """The answer about a study with another value than the images have, or the query for its UID that found nothing."""
    for find in (query for query in evidence.settled_queries if query.level == "STUDY"):
        ours = find.answers.where(lambda answer: answer.text("StudyInstanceUID") == study)
        for response, answer in ours:
            if name in answer and answer.values(name) != value:
                return response
        if not ours and find.keys.values("StudyInstanceUID") == (study,):
            return find.operation.final
    return None


@check(
    "storage.found",
    title="Each stored instance is found",
    clause="PS3.4 B.2.2, B.2.3, C.4.1.3 (2013)",
    level=Level.SHALL,
    service="query",
    expected="every instance that was answered 0000H, under its SOP Class",
    hint="Look for these instances in the archive: were they not kept, or deleted by a quota or a rule? They were "
    "acknowledged, and the scanner may delete them.",
)
def found(evidence: Evidence) -> Iterator[Observation]:
    """Success on C-STORE means that the instance is stored; the archive then knows it by its UID and SOP Class.

    After Success the scanner deletes: what the archive lost in between is lost for good.

    The instances that were answered 0000H are looked for among the answers to the IMAGE queries of their series that
    ended with Success, of a query that was asked again the last one. An instance that was stored with a warning is not
    looked for. Where the site has another AE for queries than for storage, site.chain judges.
    """
    of_series: dict[str, list[Stored]] = {}
    for instance in evidence.stored if not evidence.elsewhere("query") else ():
        if instance.clean:
            of_series.setdefault(instance.series, []).append(instance)
    for find in (query for query in evidence.settled_queries if query.level == "IMAGE"):
        study, one = find.keys.text("StudyInstanceUID"), find.keys.text("SOPInstanceUID")
        mine = [
            instance
            for instance in of_series.get(find.keys.text("SeriesInstanceUID"), ())
            if study in ("", instance.study) and one in ("", instance.sop_instance_uid)
        ]
        if not mine or find.operation.final is None:
            continue
        if not find.succeeded:
            final = find.operation.final  # why it did not is told where it rests on the same response
            text = "the query did not end with Success, so not every match need have been sent"
            yield inconclusive(text, final, because=final)
            continue
        answers = {
            answer.text("SOPInstanceUID"): (response, intern(answer.text("SOPClassUID")))
            for response, answer in find.answers
        }
        missing = [instance for instance in mine if instance.sop_instance_uid not in answers]
        if missing:
            first = missing[0].sop_instance_uid
            text = f"{len(missing)} of {len(mine)} stored instances are not found, {first} the first"
            lost = fail(text, find.operation.final, tag="SOPInstanceUID")
            yield blamed(lost, evidence.asked(find.operation).because)
        for instance in mine:
            if instance.sop_instance_uid not in answers:
                continue
            response, got = answers[instance.sop_instance_uid]
            if got and got != instance.sop_class_uid:
                yield fail(f"found as {got}", response, expected=instance.sop_class_uid, tag="SOPClassUID")
            elif not missing:
                yield ok("found", response)
