"""Checks of how the archive answers: with Pending, with required keys, with nothing unasked or empty (PS3.4 C.4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, deviation, fail, ok, told
from scanproof.evidence import Evidence
from scanproof.evidence.queries import says_nothing_how
from scanproof.evidence.unasked import is_private, surplus
from scanproof.finding import Level
from scanproof.standard import query_table as table
from scansim.vocabulary.status import shown


@check(
    "query.pending-has-identifier",
    title="Each Pending response to a query of the archive carries an answer",
    clause="PS3.7 9.1.2.1.5 (2013); PS3.4 C.4.1.3.1 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="a data set in every response with FF00H or FF01H",
    hint="Send the match as the data set of the Pending response.",
)
def pending_has_identifier(evidence: Evidence) -> Iterator[Observation]:
    """A Pending response is one match, and carries its identifier as the data set. FF01H is as good as FF00H.

    A match without data is a study that is there and that nobody can open.

    The data set of each Pending response to our queries is looked for.
    """
    for find in evidence.archive_queries:
        for response in find.operation.pending:
            if response.dataset is None:
                yield fail(f"{shown(response.command.status)} without a data set", response)
            else:
                yield ok(f"{len(response.dataset.elements)} attributes", response)


@check(
    "query.final-no-identifier",
    title="The response that ends a query of the archive carries no answer",
    clause="PS3.7 9.1.2.1.5, 9.3.2.2 (2013); PS3.4 C.4.1.3.1 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="Command Data Set Type 0101H and no data set in the response that ends the query",
    hint="Send every match with Pending, and the final response without a data set.",
)
def final_no_identifier(evidence: Evidence) -> Iterator[Observation]:
    """Identifiers come with Pending only; the response that ends a query, well or not, has none.

    Some workstations ignore such an answer, so that a study is missing; others trip over it when they release.

    The final response to each query is looked at.
    """
    for find in evidence.archive_queries:
        final = find.operation.final
        if final is None:
            continue
        if final.command.has_dataset or final.dataset is not None:
            yield fail(f"{told(final)} with a data set", final)
        else:
            yield ok("no data set", final)


@check(
    "query.required-keys",
    title="Required keys come back, with or without a value",
    clause="PS3.4 C.4.1.1.3.2 with notes 1 and 2 (c. 2020), Tables C.6-1 to C.6-5 (2018-2020)",
    level=Level.SHALL,
    service="query",
    expected="every required key of the level that was asked for, with zero length where nothing is known",
    hint="Return the attribute with zero length; workstations look it up without asking whether it is there.",
)
def required_keys(evidence: Evidence) -> Iterator[Observation]:
    """An SCP supports the required keys of each level: an answer carries those that were asked for, without a value
    when the entity has none.

    What is absent is shown as unknown by one workstation, and makes the next one drop the study.

    The required keys of the query's own level are looked for in each answer, as far as they were asked for. Optional
    keys are not: an SCP that does not support one shall leave it out.
    """
    for find in evidence.archive_queries:
        required = table.required_keys(find.level, patient_root=find.patient_root)
        asked = [name for name in required if name in find.keys]
        for response, answer in find.answers if asked else ():
            missing = [name for name in asked if name not in answer]
            for name in missing:
                yield fail("absent", response, tag=name)
            if not missing:
                yield ok(f"{len(asked)} required keys", response)


@check(
    "query.only-requested",
    title="An answer holds no attribute that was not asked for",
    clause="PS3.4 C.4.1.1.3.2 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="the attributes of the query, its level, where the entity is to be had, and unique keys of levels above",
    hint="Return what was asked for; more is at best ignored.",
)
def only_requested(evidence: Evidence) -> Iterator[Observation]:
    """A response shall hold the attributes of the request, and of others only the level, the character set and time
    zone, where and whether the entity is to be had, and the unique keys of the levels above.

    Workstations mostly ignore the surplus, but patient data goes where nobody asked for it.

    Each answer is compared with the keys of its query; what a query asks for as a whole sequence is not looked into.
    Private attributes fail, as nobody else knows what they mean; an attribute of the standard is a warning, as it does
    no harm. Group lengths, and groups below 0008, which have a check of their own, are left out.
    """
    for find in evidence.archive_queries:
        allowed = (*table.UNASKED, *table.unique_keys_above(find.level, patient_root=find.patient_root))
        for response, answer in find.answers:
            seen = [
                deviation(is_private(tag), "nobody asked for it", response, path)
                for path, tag in surplus(find.keys, answer, allowed, {}, table.UNASKED[:2])
            ]
            yield from seen or [ok("nothing else", response)]


@check(
    "query.no-empty-character-set",
    title="No answer has an empty Specific Character Set or time zone",
    clause="PS3.4 C.2.2.2 (c. 2020; 2024d), C.4.1.1.3.2 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="the attribute with a value, or no such attribute",
    hint="Leave (0008,0005) and (0008,0201) out where there is nothing to say: absent is the default.",
)
def no_empty_character_set(evidence: Evidence) -> Iterator[Observation]:
    """Specific Character Set and Timezone Offset From UTC say how the answer is to be read. Either has a value, or it
    is absent, which means the default; it is never sent with zero length.

    Some workstations take the empty value for the name of a character set that they do not have, and drop the study.

    Both attributes are looked at at the root of each answer.
    """
    for find in evidence.archive_queries:
        for response, answer in find.answers:
            empty = says_nothing_how(answer)
            for name in empty:
                yield fail("sent with zero length", response, tag=name)
            if not empty:
                yield ok("none", response)
