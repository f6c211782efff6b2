"""Checks of whole messages: that they come, once, on the right context, with data sets that can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanproof.check import Observation, check, fail, inconclusive, ok
from scanproof.evidence import Evidence
from scanproof.evidence.breaks import all_kept, half_come, still_coming
from scanproof.evidence.endings import ending_of, instead_of_answer
from scanproof.evidence.overruns import broken_off_operations
from scanproof.evidence.store_faults import began_wrong, is_meant_wrong
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord, Operation
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.status import SEVERAL_RESPONSES, is_pending
from scansim.wire import pdu as p


def _asked(operations: Iterable[Operation]) -> list[Operation]:
    """Our requests that call for a response; C-CANCEL has none of its own (PS3.7 9.3.2.3)."""
    return [operation for operation in operations if operation.request.sent and operation.request.name != "C-CANCEL-RQ"]


#: What to do about a connection that the target ended under a request, about an answer that takes longer than we wait,
#: and about a connection that the network may have cut.
_LOST = "Look in the target's log whether it ended, or crashed, at this request; a firewall may have cut it as well."
_SLOW = "If the target, or the way to it, is that slow, raise timeouts.response in the site file, and run again."
_CUT = "Check the network between this machine and the target, then run again."


@check(
    "dimse.response-received",
    title="Every request gets its response",
    clause="PS3.7 7.5.3, 9.1, 10.1 (2013)",
    level=Level.SHALL,
    expected="a final response within the configured time",
    hint="An error is answered with a failure status; silence leaves the modality waiting.",
)
def response_received(evidence: Evidence) -> Iterator[Observation]:
    """Each confirmed request is answered by a final response on the same association, whatever went wrong.

    A console that waits blocks the operator; after its timeout it drops the association and everything queued on it.

    For each request that we sent, a final response is looked for, also where the target closed the connection before,
    or sent another PDU in its place, such as A-RELEASE-RQ. When the target aborted, the check of aborts tells; what
    never came to its end dimse.operation-ends; of an instance that was spoiled on purpose storage.invalid-request; when
    we ended the association ourselves, nothing can be said. A target that stops reading while a request is under way
    answers nothing either. Where the connection broke without a word of the target, or nothing on the network could be
    reached from then on, the network may have been cut, which is nobody's fault here; nor is an answer that was still
    coming, piece by piece, when the time was over.
    """
    asked = _asked(evidence.operations)
    last = {operation.association.id: operation.request.id for operation in asked}
    broken_off = broken_off_operations(evidence.associations)
    for operation in asked:
        request, association = operation.request, operation.association
        told = request.id in broken_off or any(response.command.status is None for response in operation.responses)
        if operation.final is not None:
            yield _answered(operation)
        elif not told and not association.came(p.Abort) and not is_meant_wrong(request):
            yield _unanswered(evidence, operation, is_last=request.id == last[association.id])
    for association in evidence.associations:
        if not began_wrong(association):
            yield from _not_taken(evidence, association)


def _answered(operation: Operation) -> Observation:
    """What to say of a request with a final response: it may have come when we had given up."""
    final, request, waited = operation.final, operation.request, operation.association.event(Happening.TIMEOUT)
    assert final is not None
    if waited is None or not request.message.ended <= waited.time < final.message.began:
        return ok(final.name, final)
    seconds = (final.message.began - request.message.ended) / 1e9
    text = f"{final.name} came {seconds:.3g} s after {request.name}, when we had given up"
    return inconclusive(text, final, hint=_SLOW, level=Level.EXPECTED)


def _unanswered(evidence: Evidence, operation: Operation, *, is_last: bool) -> Observation:
    """What to say of a request without final response, on an association that the target did not abort."""
    request, association = operation.request, operation.association
    waited, half = association.event(Happening.TIMEOUT), half_come(association)
    more = f"; {half}" if half else ""
    if is_last and (other := instead_of_answer(association, request)) is not None:
        return fail(f"{other.name} instead of an answer to {request.name}", request)
    if not all_kept(association):
        return inconclusive(f"whether {request.name} was answered, the record does not tell: it is cut short", request)
    text = f"{request.name} was not answered{more}"
    if waited is not None and is_last:
        text = f"no final response to {request.name} within {waited.facts.get('seconds')} s{more}"
    if is_last and (cut := evidence.cuts.get(association.id)) is not None:
        return inconclusive(f"{text}; {cut.text}", request, hint=_CUT)
    if is_last and still_coming(association):
        return inconclusive(f"{text}, and more was coming", request, hint=_SLOW, level=Level.EXPECTED)
    if waited is not None and is_last:
        return inconclusive(text, request) if _has_a_wrong_status(operation) else fail(text, request)
    if association.closed_by_peer is not None:
        text = f"the target closed the connection before {request.name} was answered{more}"
        return fail(text, request, hint=_LOST)
    return inconclusive(f"{request.name} was not answered before the association ended", request)


def _has_a_wrong_status(operation: Operation) -> bool:
    """Whether Pending stands where one response is all there is: dimse.status-legal tells, and that explains this."""
    return any(is_pending(each.command.status) and each.name not in SEVERAL_RESPONSES for each in operation.responses)


def _not_taken(evidence: Evidence, association: AssociationRecord) -> Iterator[Observation]:
    """What to say of a message of ours that did not go out whole."""
    stalled = association.event(Happening.SEND_TIMEOUT)
    ending = ending_of(association) if stalled is None and association.lost is not None else None
    if stalled is None and (ending is None or not ending.cut_off or ending.abort is not None):
        return
    cut = evidence.cuts.get(association.id)
    if stalled is not None:
        text = f"took no more bytes for {stalled.facts.get('seconds')} s"
        if cut is not None:
            yield inconclusive(f"{text}: {cut.text}", where=association.id, hint=_CUT)
        else:
            yield fail(text, where=association.id)
    elif cut is not None:
        yield inconclusive(f"a message did not go out whole: {cut.text}", where=association.id, hint=_CUT)
    elif association.closed_by_peer is not None:
        text = "the target closed the connection while a message was being sent"
        yield fail(text, where=association.id, hint=_LOST)


@check(
    "dimse.one-final-response",
    title="A request gets exactly one final response, and nothing after it",
    clause="PS3.7 9.1.2.1, 9.3.2.2 (2013); PS3.4 C.4.1.3, K.4.1.3 (c. 2020)",
    level=Level.SHALL,
    expected="Pending responses, then one that is not Pending",
    hint="Send the final response once, after the last match.",
)
def one_final_response(evidence: Evidence) -> Iterator[Observation]:
    """An operation ends with one response that is not Pending; none follows it.

    The second one is taken for the answer to the next request, and from then on every answer is one late.

    The responses between two requests on one association are counted.
    """
    for operation in _asked(evidence.operations):
        finals = [r for r in operation.responses if not is_pending(r.command.status)]
        if not finals:
            continue
        if len(finals) > 1:
            yield fail(f"{len(finals)} final responses to {operation.request.name}", finals[1])
        elif operation.responses[-1] is not finals[0]:
            yield fail(f"a Pending response behind the final one to {operation.request.name}", operation.responses[-1])
        else:
            yield ok("one", finals[0])


@check(
    "dimse.presentation-context",
    title="A message of the target travels on an accepted Presentation Context, a response on its request's",
    clause="PS3.7 7.5.3, 8.1 (2013); PS3.8 9.3.5.1",
    level=Level.SHALL,
    expected="the Presentation Context ID of the request; for a request of the target, an accepted one",
    hint="Answer on the Presentation Context that the request came on.",
)
def presentation_context(evidence: Evidence) -> Iterator[Observation]:
    """A response comes on the Presentation Context of its request; whatever the target sends comes on an accepted one.

    On another context the data set would be read in another transfer syntax: the worklist fills with garbage.

    The context ID of each received message is compared with that of the request, or with the accepted ones. A message
    that came in place of an A-ASSOCIATE-AC association.answered-properly tells.
    """
    for operation in evidence.operations:
        if operation.request.sent:
            wanted = operation.request.message.context_id
            for response in operation.responses:
                got = response.message.context_id
                if got == wanted:
                    yield ok(f"context {got}", response)
                else:
                    yield fail(f"{response.name} on context {got}", response, expected=f"context {wanted}")
        elif operation.request.transfer_syntax:
            yield ok(f"context {operation.request.message.context_id}", operation.request)
        elif operation.association.accepted is not None:
            yield fail(
                f"{operation.request.name} on context {operation.request.message.context_id}, which is not accepted",
                operation.request,
            )


@check(
    "dimse.dataset-well-formed",
    title="Data sets of the target can be read in the accepted transfer syntax",
    clause="PS3.5 7.1, 7.5, A.1, A.2 (2013)",
    level=Level.SHALL,
    expected="elements in ascending order whose lengths, items and delimiters add up",
    hint="The offset counts from the start of the data set; the transcript holds the bytes.",
)
def dataset_well_formed(evidence: Evidence) -> Iterator[Observation]:
    """A data set is a run of elements in ascending order, encoded in the transfer syntax of its Presentation Context,
    with even lengths; sequences and items end where their lengths or delimiters say.

    What one parser forgives, the next one on the ward does not: the item vanishes from the worklist.

    The bytes of each received data set are walked in the accepted transfer syntax; nothing is repaired. One on a
    context that is not accepted has no encoding: dimse.presentation-context tells.
    """
    for exchange in evidence.received:
        if exchange.dataset is None or not exchange.transfer_syntax:
            continue
        faults = [problem for problem in exchange.dataset.problems if problem.grade is p.Grade.FAULT]
        for problem in faults:
            yield fail(f"{exchange.name}, byte {problem.offset}: {problem.text}", exchange)
        if not faults:
            yield ok(f"{len(exchange.dataset.elements)} elements", exchange)
