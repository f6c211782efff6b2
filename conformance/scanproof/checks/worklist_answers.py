"""Checks of how a worklist query is answered: Pending, items, and the end (PS3.4 K.4.1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.acceptance import acceptance, deviating
from scanproof.check import Fact, Observation, check, fail, ok, told
from scanproof.evidence import Evidence
from scanproof.evidence.cancels import is_cancelled
from scanproof.finding import Level
from scansim.vocabulary.status import CANCEL, shown
from scansim.vocabulary.uids import WORKLIST


@check(
    "worklist.query-accepted",
    title="A worklist query ends with Success",
    clause="",
    level=Level.EXPECTED,
    service="worklist",
    expected="Pending for each match, then 0000H",
    hint="Look into the worklist server's log for this query; the scanner's console shows an error and no patients.",
)
def query_accepted(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An SCP that can process the query answers each match with Pending and ends with Success; no match is Success
    too.

    With a failure the console shows an error instead of the day's patients, and technologists type names by hand.

    The final status of each query is looked at. Its keys are those of Table K.6-1, so a refusal is no answer to them;
    a refusal is shown with what the target said about it. Of keys that were meant to be such as no matching knows it is
    told how they were answered. In a character set that no statement declares, matching is undefined (PS3.4 C.2.2.2),
    and a refusal decides nothing. A Cancel, and what follows a C-CANCEL of ours, is judged by other checks.
    """
    for query in evidence.worklist_queries:
        final = query.operation.final
        if final is None or final.command.status in (None, CANCEL):
            continue
        if is_cancelled(query.operation) and query.operation.pending:
            continue
        undeclared = evidence.undeclared_terms(query)
        asked = evidence.asked(query.operation)
        seen = acceptance(asked, "the query", undeclared=undeclared)
        told_of = seen or deviating(asked, f"a query ({asked.deviation})")
        yield from () if told_of is None else (told_of,)


@check(
    "worklist.pending-has-identifier",
    title="Each Pending response carries an item",
    clause="PS3.7 9.1.2.1.5 (2013); PS3.4 K.4.1.3 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="a data set in every response with FF00H or FF01H",
    hint="Send the matching item as the data set of the Pending response.",
)
def pending_has_identifier(evidence: Evidence) -> Iterator[Observation]:
    """A Pending response is one match, and carries its identifier as the data set. FF01H is as good as FF00H.

    A match without data is a patient who is in the worklist and not on the console.

    The data set of each Pending response to our queries is looked for.
    """
    for operation in evidence.requests("C-FIND-RQ", WORKLIST):
        for response in operation.pending:
            if response.dataset is None:
                yield fail(f"{shown(response.command.status)} without a data set", response)
            else:
                yield ok(f"{len(response.dataset.elements)} attributes", response)


@check(
    "worklist.final-no-identifier",
    title="The final response carries no item",
    clause="PS3.7 9.1.2.1.5, 9.3.2.2 (2013); PS3.4 K.4.1.3 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="Command Data Set Type 0101H and no data set in the response that ends the query",
    hint="Send every match with Pending, and the final response without a data set.",
)
def final_no_identifier(evidence: Evidence) -> Iterator[Observation]:
    """Identifiers come with Pending only; the response that ends a query has Command Data Set Type 0101H and no data
    set.

    Some consoles ignore such an item, so that a patient is missing; others trip over it when they release.

    The final response to each query is looked at, and whether data set fragments follow it that none announced.
    """
    for operation in evidence.requests("C-FIND-RQ", WORKLIST):
        final = operation.final
        if final is None:
            continue
        stray = any(
            not later.sent and later.message.offset > final.message.offset and not later.message.command_bytes
            for later in operation.association.exchanges
        )
        if final.command.has_dataset or final.dataset is not None or stray:
            yield fail(f"{told(final)} with a data set", final)
        else:
            yield ok("no data set", final)


@check(
    "worklist.no-unsolicited-cancel",
    title="A query that nobody cancelled does not end with Cancel",
    clause="PS3.4 K.4.1.3, Table K.4-1 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="FE00H only after our C-CANCEL",
    hint="FF00H and FF01H say that matches go on, FE00H that a C-CANCEL ended the query.",
)
def no_unsolicited_cancel(evidence: Evidence) -> Iterator[Observation]:
    """FE00H tells that matching ended because of a C-CANCEL; it is no Pending status.

    The console takes the list as cut short, or drops the items behind it.

    FE00H is looked for among the responses to queries that we did not cancel.
    """
    for operation in evidence.requests("C-FIND-RQ", WORKLIST):
        ended = next((rsp for rsp in operation.responses if rsp.command.status == CANCEL), None)
        if ended is None:
            if operation.final is not None:
                yield ok("none", operation.final)
            continue
        so_far = operation.association.exchanges[: operation.association.exchanges.index(ended)]
        asked_to = any(exchange.sent and exchange.name == "C-CANCEL-RQ" for exchange in so_far)
        yield ok("after our C-CANCEL", ended) if asked_to else fail("FE00H though no C-CANCEL was sent", ended)
