"""Checks of the responses to C-MOVE and C-GET: numbers of sub-operations, and the list of what failed."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.retrieves import COUNTS, Retrieval, counts
from scanproof.finding import Level, Verdict
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import CANCEL, SUCCESS, is_success, shown
from scansim.wire.dataset import DataSet, keyword, tag_of

_COUNTS_CLAUSE = "PS3.4 C.4.2.1.6 to C.4.2.1.9, C.4.3.1.5 to C.4.3.1.8 (c. 2020)"
_LIST_CLAUSE = "PS3.4 C.4.2.1.4.2, C.4.3.1.3.2 (c. 2020)"
_ENDS = COUNTS[1:]
#: Failed SOP Instance UID List as an element of a command set, where it has no place.
_LIST = "(0008,0058)"
#: Statuses that speak of sub-operations: unable to perform them, and one or more failed (PS3.4 Table C.4-2).
_OF_SUB_OPERATIONS = (0xA702, 0xB000, CANCEL)


def _observed(evidence: Evidence) -> Iterator[Retrieval]:
    """Retrievals whose sub-operations we saw all, as far as there were any."""
    return (each for each in evidence.retrievals if each.watched and not each.unsure)


@check(
    "retrieve.pending-counts",
    title="A Pending response has all four numbers of sub-operations",
    clause="PS3.4 C.4.2.3.1 (2024d), C.4.3.3.1 (2024e)",
    level=Level.SHALL,
    service="retrieve",
    expected="Number of Remaining, Completed, Failed and Warning Sub-operations",
    hint="Send all four numbers in each Pending response, or no Pending responses.",
)
def pending_counts(evidence: Evidence) -> Iterator[Observation]:
    """Pending responses are the SCP's choice; each one indicates how many sub-operations remain, and how many have been
    completed, failed, and completed with a warning.

    A progress bar that lacks one of them stands still, or divides by what is not there.

    Every Pending response to a C-MOVE or C-GET is looked at.
    """
    for retrieval in evidence.retrievals:
        for response in retrieval.operation.pending:
            lacking = [name for name in COUNTS if name not in counts(response)]
            if lacking:
                yield fail(f"Pending without {', '.join(lacking)}", response)
            else:
                yield ok("all four", response)


@check(
    "retrieve.final-counts",
    title="The final response has the numbers of sub-operations that belong into it",
    clause="PS3.4 C.4.2.3.1 (2024d), C.4.3.3.1 (2024e)",
    level=Level.SHALL,
    service="retrieve",
    expected="Number of Completed, Failed and Warning Sub-operations",
    hint="Send these three numbers in the final response.",
)
def final_counts(evidence: Evidence) -> Iterator[Observation]:
    """The final response to a C-MOVE indicates the numbers of completed and failed sub-operations and of those with a
    warning; so does a Cancel of both operations. The parameters themselves only may be there, so that a lack of them
    warns, but for Cancel.

    Without them nobody knows how many images a warning is about.

    The final responses of operations that had a sub-operation are looked at; in C-GET those with status Cancel only.
    """
    for retrieval in evidence.retrievals:
        final = retrieval.final
        cancelled = retrieval.status == CANCEL
        if final is None or not (cancelled or (retrieval.is_move and retrieval.subs)):
            continue
        lacking = [name for name in _ENDS if name not in counts(final)]
        text = f"{shown(retrieval.status)} without {', '.join(lacking)}"
        if lacking:
            yield fail(text, final) if cancelled else warn(text, final)
        else:
            yield ok("all three", final)


@check(
    "retrieve.final-remaining",
    title="Number of Remaining Sub-operations is not in a final response",
    clause="PS3.4 C.4.2.1.6, C.4.3.1.5 (c. 2020)",
    level=Level.SHALL,
    service="retrieve",
    expected="no Number of Remaining Sub-operations beside Success, Warning or Failure",
    hint="Leave (0000,1020) out of the final response; a Cancel may have it.",
)
def final_remaining(evidence: Evidence) -> Iterator[Observation]:
    """Responses with status Success, Warning or Failure do not contain the number of remaining sub-operations; one with
    Cancel may.

    Many send a zero, which harms nobody; a number that is none says that something was forgotten.

    The final responses to C-MOVE and C-GET are searched for it. It warns.
    """
    for retrieval in evidence.retrievals:
        final = retrieval.final
        if final is None or retrieval.status == CANCEL:
            continue
        remaining = counts(final).get("Remaining")
        if remaining is None:
            yield ok("absent", final)
        else:
            yield warn(f"{remaining} remaining beside {shown(retrieval.status)}", final)


@check(
    "retrieve.counts-agree",
    title="The numbers of sub-operations are those that there were",
    clause=_COUNTS_CLAUSE,
    level=Level.SHALL,
    service="retrieve",
    expected="as many completed, failed and with a warning as we answered so",
    hint="Count a sub-operation when its C-STORE-RSP has come, by the status in it.",
)
def counts_agree(evidence: Evidence) -> Iterator[Observation]:
    """The numbers say how many sub-operations have been completed, have failed, or have been completed with a warning,
    and how many remain.

    They are what a workstation compares its own list with; where they are wrong, it believes that it has everything.

    The numbers of each response are compared with what we had answered by then. Failed ones may be more by those that
    never came, and fewer by those that were taken when they were sent again. A Pending response may be behind, and not
    ahead. A Cancel may have crossed our last answer. The sum of
    the four stays the same.
    """
    for retrieval in _observed(evidence):
        found = [seen for response in retrieval.operation.pending for seen in _so_far(retrieval, response)]
        found += _at_the_end(retrieval)
        yield from found
        if all(seen.verdict is Verdict.PASS for seen in found):
            yield from _sums(retrieval)


def _answered(retrieval: Retrieval, kind: str, until: int) -> int:
    """How many of the sub-operations that had come when a response did were answered so.

    Our answers are recorded when they have gone out, which may be after what follows from them came elsewhere.
    """
    return sum(sub.kind == kind and sub.request.message.ended <= until for sub in retrieval.subs)


def _name(kind: str) -> str:
    """Keyword of a number, by which findings about it are one."""
    return f"NumberOf{kind}Suboperations"


def _so_far(retrieval: Retrieval, response: Exchange) -> Iterator[Observation]:
    told = counts(response)
    for kind in ("Completed", "Warning"):
        seen = _answered(retrieval, kind, response.message.ended)
        if told.get(kind, 0) > seen:
            text = f"Pending: {kind} {told[kind]}, and {seen} were answered so by then"
            yield fail(text, response, tag=_name(kind))
            return
    yield ok(f"{told}", response)


def _at_the_end(retrieval: Retrieval) -> Iterator[Observation]:
    final = retrieval.final
    told = counts(final) if final is not None else {}
    if final is None or not told:
        return
    wrong: dict[str, str] = {}
    for kind in ("Completed", "Warning"):
        seen = _answered(retrieval, kind, final.message.ended)
        crossed = retrieval.is_cancelled and bool(retrieval.subs) and retrieval.subs[-1].kind == kind
        if kind in told and told[kind] != seen and not (crossed and told[kind] == seen - 1):
            wrong[kind] = f"{kind} {told[kind]}, and {seen} were answered so by then"
    mended = sum(subs[0].kind == "Failed" and uid not in retrieval.failed for uid, subs in retrieval.came.items())
    lowest = (
        max(len(retrieval.failed), _answered(retrieval, "Failed", final.message.ended) - mended)
        if mended
        else (_answered(retrieval, "Failed", final.message.ended))
    )
    lowest -= lowest > 0 and retrieval.is_cancelled and retrieval.subs[-1].kind == "Failed"
    highest = sum(sub.kind == "Failed" for sub in retrieval.subs) + len(retrieval.missing)
    if "Failed" in told and not lowest <= told["Failed"] <= max(lowest, highest):
        wrong["Failed"] = f"Failed {told['Failed']}, and {lowest} were answered so"
    if wrong:
        text, why = f"{shown(retrieval.status)}: {'; '.join(wrong.values())}", None
        if set(wrong) == {"Failed"}:  # retrieve.failed-list tells of those that nobody asked for
            why = retrieval.told_of_others
        yield fail(text, final, tag=_name(next(iter(wrong))), because=why)
    else:
        yield ok(", ".join(f"{kind} {number}" for kind, number in told.items()), final)


def _sums(retrieval: Retrieval) -> Iterator[Observation]:
    """The total, which is known from the first Pending response on."""
    first = 0
    for response in retrieval.operation.responses:
        told = counts(response)
        if len(told) < len(COUNTS):
            continue
        total = sum(told.values())
        if first and total != first:
            yield warn(f"{first} sub-operations in all, and later {total}", response)
            return
        first = first or total


def _list(response: Exchange) -> tuple[DataSet | None, tuple[str, ...]]:
    """The data set of a response, and what its Failed SOP Instance UID List holds."""
    dataset = response.dataset
    listed = dataset.values("FailedSOPInstanceUIDList") if dataset is not None else ()
    return dataset, tuple(uid for uid in listed if uid)


def _beside_the_list(dataset: DataSet | None) -> list[str]:
    """Attributes that a response has beside its list; a Specific Character Set is for a check of its own."""
    known = (tag_of("FailedSOPInstanceUIDList"), tag_of("SpecificCharacterSet"))
    return [keyword(tag) for tag in (dataset.elements if dataset is not None else ()) if tag not in known]


@check(
    "retrieve.failed-list",
    title="What failed is in the Failed SOP Instance UID List, and nothing else",
    clause=_LIST_CLAUSE,
    level=Level.SHALL,
    service="retrieve",
    expected="the UID of each instance whose sub-operation failed",
    hint="Put the SOP Instance UIDs of failed sub-operations into (0008,0058) of the final response.",
)
def failed_list(evidence: Evidence) -> Iterator[Observation]:
    """A final response with status Cancel, Failure, Refused or Warning lists the UIDs of the instances whose
    sub-operations failed.

    By the list the workstation asks again for what it lacks; without it, for everything or for nothing.

    The list is compared with the instances that we answered with a failure, and with those that we took no Presentation
    Context of. One that we took has no place in it, nor has one that was not asked for. Where nothing came, and the
    status is of something else than sub-operations, the lack of it warns; so does a UID that is in it twice, and what
    else is in the data set.
    """
    for retrieval in _observed(evidence):
        final = retrieval.final
        if final is None or retrieval.status == SUCCESS or (retrieval.is_move and not retrieval.watched):
            continue
        left_out = [uid for uid in retrieval.missing if uid in retrieval.hindered]
        owed = {*retrieval.failed, *([] if retrieval.status == CANCEL else left_out)}
        dataset, listed = _list(final)
        known = {*retrieval.came, *retrieval.wanted}
        taken = {uid for uid in retrieval.came if uid not in retrieval.failed}
        if owed and not listed:
            text = f"{shown(retrieval.status)} without the list; {len(owed)} failed"
            if _LIST in final.command.values:  # dimse.command-set-encoding tells
                yield fail(f"{text}; it stands in the command set", final, because=final)
                continue
            surely = bool(retrieval.failed) or retrieval.status in _OF_SUB_OPERATIONS
            yield fail(text, final) if surely else warn(text, final)
        elif lacking := sorted(owed - set(listed)):
            yield fail(f"not in the list: {', '.join(lacking[:3])}", final, tag="FailedSOPInstanceUIDList")
        elif wrong := sorted(set(listed) & taken):
            yield fail(f"in the list, though we took it: {', '.join(wrong[:3])}", final, tag="FailedSOPInstanceUIDList")
        elif retrieval.wanted and (strange := sorted(set(listed) - known)):
            yield fail(f"in the list, and never asked for: {', '.join(strange[:3])}", final)
        elif len(set(listed)) < len(listed):
            yield warn(f"{len(listed)} UIDs, of which {len(set(listed))} differ", final, tag="FailedSOPInstanceUIDList")
        elif listed and (more := _beside_the_list(dataset)):
            yield warn(f"beside the list: {', '.join(more[:3])}", final)
        elif listed:
            yield ok(f"{len(listed)} instances", final)


@check(
    "retrieve.no-data-set",
    title="Without a failed sub-operation a response has no data set",
    clause=f"{_LIST_CLAUSE}; PS3.7 9.1.3.1, 9.1.4.1 (c. 2020)",
    level=Level.SHALL,
    service="retrieve",
    expected="a data set beside a final response to which instances failed, and none else",
    hint="Send no data set with Pending and Success, nor where the list would be empty.",
)
def no_data_set(evidence: Evidence) -> Iterator[Observation]:
    """The Identifier of a response is there for the list of what failed: if nothing failed, no data set is sent, and
    none with Pending.

    A workstation that does not expect it takes the next message for its data set.

    Every response to a C-MOVE or C-GET is looked at. A failure may list what it could not send at all.
    """
    for retrieval in evidence.retrievals:
        for response in retrieval.operation.responses:
            status = response.command.status
            dataset, listed = _list(response)
            if dataset is None:
                yield ok("none", response)
                continue
            owed = response is retrieval.final and bool(retrieval.failed or retrieval.missing or not retrieval.watched)
            if owed and status != SUCCESS and (listed or not is_success(status)):
                yield ok("with what failed", response)
            else:
                text = f"{shown(status)} with a data set of {len(dataset.elements)} elements"
                others = retrieval.told_of_others if response is retrieval.final and status != SUCCESS else None
                yield fail(text, response, because=others)  # retrieve.failed-list tells of those


@check(
    "retrieve.list-character-set",
    title="Specific Character Set is not in the response's Identifier",
    clause=_LIST_CLAUSE,
    level=Level.SHALL,
    service="retrieve",
    expected="no Specific Character Set (0008,0005)",
    hint="Leave (0008,0005) out: the list has nothing but UIDs.",
)
def list_character_set(evidence: Evidence) -> Iterator[Observation]:
    """Specific Character Set is not present in the Identifier of a response.

    UIDs need none; a strict reader stops at an attribute that has no place there.

    The data sets of responses to C-MOVE and C-GET are searched for it.
    """
    for retrieval in evidence.retrievals:
        for response in retrieval.operation.responses:
            dataset = response.dataset
            if dataset is None:
                continue
            if "SpecificCharacterSet" in dataset:
                yield fail(f"{dataset.text('SpecificCharacterSet') or 'empty'}", response, tag="SpecificCharacterSet")
            else:
                yield ok("absent", response)
