"""How a client went about its associations at our target, read from the record as our target saw it.

A client's request is one that was received; what our target sent it is its answer.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanproof.evidence.user_items import EXTENDED
from scansim.network.transcript import AssociationRecord, Exchange
from scansim.vocabulary.status import is_pending
from scansim.wire import pdu as p
from scansim.wire.items import Item, fields

#: A request that our target left without an answer for so long, in s, is given up: what its client does then is right.
PATIENCE = 5.0


@dataclass
class Asked:
    """One request of a client; ``answered`` is the final response, None when our target sent none."""

    request: Exchange
    answered: Exchange | None = None

    @property
    def number(self) -> int | None:
        """Message ID."""
        return self.request.command.number("MessageID")

    @property
    def closed(self) -> float:
        """Until when it was open, in ns: until it was answered, or our target had been silent for long."""
        if self.answered is not None:
            return self.answered.message.began
        return self.request.message.ended + PATIENCE * 1e9


def asked_of_us(association: AssociationRecord) -> tuple[Asked, ...]:
    """Requests of the client that are to be answered, in order, with their answers by Message ID.

    An answer that names none of them is that of the first which is open: our target's mistake is not the client's.
    """
    found: list[Asked] = []
    waiting: dict[int, None] = {}  # places in `found`, in order
    by_number: dict[int | None, deque[int]] = {}
    for exchange in association.exchanges:
        command = exchange.command
        if not exchange.message.command_bytes:
            continue  # fragments of a data set that nothing announced are no request
        if not exchange.sent and not command.is_response and exchange.name != "C-CANCEL-RQ":
            waiting[len(found)] = None
            by_number.setdefault(command.number("MessageID"), deque()).append(len(found))
            found.append(Asked(exchange))
        elif exchange.sent and command.is_response and not is_pending(command.status) and waiting:
            number = command.number("MessageIDBeingRespondedTo")
            if not by_number.get(number):
                number = found[next(iter(waiting))].number
            at = by_number[number].popleft()
            del waiting[at]
            found[at].answered = exchange
    return tuple(found)


def open_before(asked: Iterable[Asked]) -> Iterator[tuple[Asked, int, bool]]:
    """Yield each request, how many before it were open when it began, and whether one of these has its Message ID."""
    closing: list[tuple[float, int, int | None]] = []
    numbers: Counter[int | None] = Counter()
    for at, each in enumerate(asked):
        began = each.request.message.began
        while closing and closing[0][0] <= began:
            numbers[heapq.heappop(closing)[2]] -= 1
        yield each, len(closing), each.number is not None and numbers[each.number] > 0
        heapq.heappush(closing, (each.closed, at, each.number))
        numbers[each.number] += 1


def outstanding(association: AssociationRecord, time: int) -> Asked | None:
    """The last request of the client that had no final response at a time, in ns; None when all had."""
    asked = [each for each in asked_of_us(association) if each.request.message.ended <= time]
    return next((each for each in reversed(asked) if each.closed > time), None)


def left_waiting(association: AssociationRecord) -> bool:
    """Whether our target had left a request of the client without an answer for long when the client ended it all."""
    ends = [event.began for event in association.came(p.Abort, p.ReleaseRQ)]
    ends += [association.lost.time] if association.lost is not None else []
    waited = [each.request.message.ended for each in asked_of_us(association) if each.answered is None]
    return bool(ends and waited) and min(ends) - max(waited) >= PATIENCE * 1e9


def owed(association: AssociationRecord, time: int) -> Exchange | None:
    """The request of our target that the client had not answered at a time, in ns; None when there was none."""
    for operation in association.operations:
        request, final = operation.request, operation.final
        due = request.sent and request.name != "C-CANCEL-RQ" and request.message.ended <= time
        if due and (final is None or final.message.began > time):
            return request
    return None


def window(association: AssociationRecord) -> int:
    """How many requests the client may have open at once, 0 for any number (PS3.7 D.3.3.3)."""
    request = association.request.pdu if association.request is not None else None
    accept = association.accepted
    if not isinstance(request, p.AssociateRQ) or accept is None:
        return 1
    if request.user.async_window is None or accept.user.async_window is None:
        return 1
    invoked, performed = accept.user.async_window
    return performed if association.ours else invoked


def may_ask(association: AssociationRecord, sop_class: str, *, as_scp: bool) -> bool:
    """Whether the client may ask for something of an abstract syntax in one role (PS3.7 D.3.3.4)."""
    request = association.request.pdu if association.request is not None else None
    accept = association.accepted
    scu, scp = 1, 0  # of whoever opened the association
    if isinstance(request, p.AssociateRQ) and accept is not None:
        proposed = next((role for role in request.user.roles if role.sop_class_uid == sop_class), None)
        confirmed = next((role for role in accept.user.roles if role.sop_class_uid == sop_class), None)
        if proposed is not None and confirmed is not None:
            scu, scp = proposed.scu & confirmed.scu, proposed.scp & confirmed.scp
    opener = scp if as_scp else scu
    other = scu if as_scp else scp  # the acceptor is SCP where the requestor is SCU
    return bool(other if association.ours else opener)


def relational(association: AssociationRecord, sop_class: str) -> bool:
    """Whether relational queries or retrievals were agreed for a class: the first byte of 56H (PS3.4 C.5.1.1)."""
    request = association.request.pdu if association.request is not None else None
    if not isinstance(request, p.AssociateRQ) or association.accepted is None:
        return False
    return all(_first_byte(user, sop_class) == 1 for user in (request.user, association.accepted.user))


def _first_byte(user: p.UserInformation, sop_class: str) -> int:
    for kind, value in user.other:
        parts = fields(Item(kind, value, 0)) if kind == EXTENDED else None
        if parts and parts[0].decode("latin-1").strip("\0 ") == sop_class:
            return parts[1][0] if parts[1] else 0
    return 0


@dataclass(frozen=True)
class GivenUp:
    """An association that a client opened and ended right behind our A-ASSOCIATE-AC, without a message.

    ``odd`` says what was in the A-ASSOCIATE-AC that the client is not to look at, by kind: ``titles``, ``roles`` or
    ``items``. ``how`` says in words how it ended it.
    """

    association: AssociationRecord
    how: str
    odd: dict[str, str]


def given_up(associations: Sequence[AssociationRecord]) -> Iterator[GivenUp]:
    """Yield what a client ended although everything that it proposed was accepted, and nothing else was wrong.

    Nothing is said where the client ends others in the same way, whose A-ASSOCIATE-AC has nothing odd in it.
    """
    ended = [GivenUp(each, how, _odd(each)) for each in associations if (how := _left_at_once(each))]
    if all(each.odd for each in ended):
        yield from ended


def _left_at_once(association: AssociationRecord) -> str:
    """How the client ended an association that it had opened, before any message; empty when it did not."""
    accept, request, answer = association.accepted, association.request, association.answer
    if association.ours or accept is None or request is None or answer is None:
        return ""
    if not isinstance(request.pdu, p.AssociateRQ) or association.exchanges:
        return ""
    taken = {each.context_id for each in accept.contexts if each.result == 0}
    granted = {each.abstract_syntax for each in request.pdu.contexts if each.context_id in taken}
    if any(each.abstract_syntax not in granted for each in request.pdu.contexts):
        return ""
    if any(problem.grade is p.Grade.FAULT for problem in answer.problems):
        return ""
    if association.went(p.Abort) or association.came(p.ReleaseRQ) or association.came(p.PData):
        return ""
    if association.came(p.Abort):
        return "aborted"
    return "closed the connection" if association.closed_by_peer is not None else ""


def _odd(association: AssociationRecord) -> dict[str, str]:
    """What an A-ASSOCIATE-AC of ours has that its receiver has to leave alone, by kind, in words."""
    request = association.request.pdu if association.request is not None else None
    accept = association.accepted
    if not isinstance(request, p.AssociateRQ) or accept is None:
        return {}
    found = {}
    titles = (request.called_ae, request.calling_ae, request.reserved)
    if (accept.called_ae, accept.calling_ae, accept.reserved) != titles:
        found["titles"] = f"AE titles {accept.called_ae!r} and {accept.calling_ae!r}"
    proposed = {role.sop_class_uid for role in request.user.roles}
    if any(role.sop_class_uid not in proposed for role in accept.user.roles):
        found["roles"] = "roles that were not proposed"
    problems = association.answer.problems if association.answer is not None else ()
    if any(problem.code == "item-undefined" for problem in problems):
        found["items"] = "items of a type that is not defined"
    return found
