"""Storage Commitment transactions: each accepted N-ACTION with its N-EVENT-REPORT.

Which report belongs to which request is decided here and nowhere else, by the strongest that ties them:

1. the Transaction UID of the request, which PS3.4 J.3.3.1.1 has a report carry;
2. of a report that names no request's: an instance of the request in one of its lists;
3. else the association of the request, unless it names a transaction and instances of its own: those an earlier run of
   ours may have asked for, or whoever else has our AE title, and the target is right to report them wherever it can.

By 2 and 3 a report belongs to the first request that was sent before it and has none yet, and that its Transaction UID
is wrong is for the check of that UID to say, and for no other. What nothing ties belongs to no request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from scanproof.declarations import Declarations
from scanproof.evidence.associations import called_ae, given_up, place_of, succeeded
from scanproof.statements import ApplicationEntity, Delivery
from scansim.network.transcript import AssociationRecord, Operation
from scansim.vocabulary.outcome import BROUGHT_ELSEWHERE
from scansim.vocabulary.status import SUCCESS, is_success
from scansim.wire import pdu as p
from scansim.wire.dataset import DataSet

#: Ways of our listener that keep a new association from bringing the report at the first try.
HINDERS = ("down-then-up", "rejecting", "no-role")
#: Deviations after which a request that is taken has to be reported; others bind nobody to it.
REPORTED = ("", "commitment.unknown-instance", "commitment.wrong-class", "commitment.duplicates")
#: The lists of a report (PS3.4 Table J.3-2): what is committed, and what is not.
LISTS = ("ReferencedSOPSequence", "FailedSOPSequence")


@dataclass(frozen=True)
class Transaction:
    """One N-ACTION that was accepted, and the report that belongs to it, if one came.

    ``entity`` is what a statement says of the called Application Entity, None when none stands for it. ``repeats`` are
    further reports of the same transaction; ``reused`` says that a request before had the same Transaction UID.
    """

    action: Operation
    report: Operation | None
    entity: ApplicationEntity | None = None
    repeats: tuple[Operation, ...] = ()
    reused: bool = False

    @property
    def uid(self) -> str:
        """Transaction UID of the request."""
        return transaction_uid(self.action)

    @cached_property
    def requested(self) -> dict[str, str]:
        """SOP Class UID by SOP Instance UID of each instance of the request."""
        return dict(_listed(self.action, "ReferencedSOPSequence"))

    @property
    def content(self) -> DataSet | None:
        """Event Information of the report."""
        return self.report.request.dataset if self.report is not None else None

    def listed(self, sequence: str) -> list[tuple[str, str]]:
        """(SOP Instance UID, SOP Class UID) of each item of a sequence of the report."""
        return _listed(self.report, sequence) if self.report is not None else []

    def echoes(self, instance: str) -> bool:
        """Whether the report names an instance in one list alone, and no more often than the request names it."""
        asked = [uid for uid, _ in _listed(self.action, "ReferencedSOPSequence")].count(instance)
        counts = [[uid for uid, _ in self.listed(name)].count(instance) for name in LISTS]
        return 0 in counts and max(counts) <= asked

    @property
    def listener(self) -> str:
        """How our listener behaved meanwhile, as `scansim.network.manner.Way` has it; empty for as always."""
        return self.action.request.purpose.get("listener", "")

    @property
    def hindered(self) -> bool:
        """Whether a report on a new association could not come at once, because of us."""
        return self.listener in HINDERS and self.came_on != "same"

    @property
    def delivered(self) -> Operation | None:
        """The first of its reports that we answered with Success, if one was."""
        reports = (self.report, *self.repeats) if self.report is not None else ()
        return next((each for each in reports if answered(each) == SUCCESS), None)

    @property
    def seconds(self) -> float | None:
        """From the end of the request to the report; None without one."""
        if self.report is None:
            return None
        return (self.report.request.message.ended - self.action.request.message.ended) / 1e9

    @property
    def waited(self) -> float | None:
        """From the response to the report, in s, which is what we wait; None without one of both."""
        final = self.action.final
        if self.report is None or final is None:
            return None
        return (self.report.request.message.ended - final.message.ended) / 1e9

    @property
    def came_on(self) -> Delivery | None:
        """Whether the report came on the ``same`` association or a ``new`` one.

        None without a report, and for one on another association of ours, which is neither.
        """
        if self.report is None:
            return None
        if self.report.association.id == self.action.association.id:
            return "same"
        return None if self.report.association.ours else "new"

    def delivered_as(self, declared: Delivery) -> bool | None:
        """Whether the report came as declared.

        None when that cannot be said: no report, one on another association of ours, or one on a new association after
        we had released the one that it was declared for, which leaves the target no other way (PS3.4 J.3.3.1.2).
        """
        if self.report is None or self.came_on is None:
            return None
        if declared in ("either", self.came_on):
            return True
        opened = self.report.association.request
        if declared == "same" and (opened is None or opened.began >= given_up(self.action.association)):
            return None
        return False


def answered(report: Operation) -> int | None:
    """Status that we answered a report with; None when we did not, or when the target had gone by then."""
    final, association = report.final, report.association
    if final is None:
        return None
    gone = [event.ended for event in association.came(p.Abort) if event.ended <= final.message.ended]
    return None if gone else final.command.status


def transaction_uid(operation: Operation) -> str:
    """Transaction UID (0008,1195) of a request or of a report; empty when it has none."""
    return operation.request.dataset.text("TransactionUID") if operation.request.dataset is not None else ""


def _listed(operation: Operation, sequence: str) -> list[tuple[str, str]]:
    dataset = operation.request.dataset
    items = dataset.items(sequence) if dataset is not None else ()
    return [(item.text("ReferencedSOPInstanceUID"), item.text("ReferencedSOPClassUID")) for item in items]


def transactions(
    actions: Sequence[Operation], reports: Sequence[Operation], declarations: Declarations
) -> tuple[Transaction, ...]:
    """Pair each accepted N-ACTION with its report.

    Parameters
    ----------
    actions, reports : sequence of Operation
        Our N-ACTIONs in order, also those that were not accepted, and the target's N-EVENT-REPORTs.
    declarations : Declarations
        For what they say of the called Application Entities.
    """
    accepted = [action for action in actions if succeeded(action) is not None]
    asked = {transaction_uid(action) for action in actions}
    reports = sorted(reports, key=lambda report: report.request.message.ended)
    nobodys = [report for report in reports if transaction_uid(report) not in asked]
    report_of: dict[str, Operation] = {}
    used: set[str] = set()
    known: dict[str, set[str]] = {}  # read once of each: a request may name very many, and there may be many reports

    def listed(operation: Operation) -> set[str]:
        name = operation.request.id
        if name not in known:
            known[name] = _instances(operation)
        return known[name]

    def by_instance(action: Operation, report: Operation) -> bool:
        return _is_later(action, report) and not listed(action).isdisjoint(listed(report))

    ties = ((_by_uid, reports), (by_instance, nobodys), (_by_association, nobodys))
    for tied, candidates in ties:
        for report in candidates:
            waiting = (action for action in accepted if action.request.id not in report_of and tied(action, report))
            action = next(waiting, None) if report.request.id not in used else None
            if action is not None:
                report_of[action.request.id] = report
                used.add(report.request.id)
    found = []
    left = [report for report in reports if report.request.id not in used]
    unknown = {report.request.id for report in nobodys}
    before: set[str] = set()
    for action in actions:
        uid, first = transaction_uid(action), report_of.get(action.request.id)
        reused = uid in before
        before |= {uid} - {""}
        if succeeded(action) is None:
            continue
        repeats = []
        for report in left if first is not None else ():
            same_instance = report.request.id in unknown and by_instance(action, report)
            if report.request.id not in used and _is_again(action, first, report, same_instance):
                repeats.append(report)
                used.add(report.request.id)
        entity = declarations.entity(called_ae(action.association), place_of(action.association))
        found.append(Transaction(action, first, entity, tuple(repeats), reused))
    return tuple(found)


def _is_again(action: Operation, first: Operation | None, report: Operation, same_instance: bool) -> bool:
    """Whether a report is one more of a request that has been reported.

    One that names another transaction, and an instance of the request, is taken for that only where we have provoked
    that it is sent again: it may be what an earlier run asked for.
    """
    if first is None or report.request.message.ended < first.request.message.ended:
        return False
    uids = {transaction_uid(action), transaction_uid(first)} - {""}
    return transaction_uid(report) in uids or (same_instance and "listener" in action.request.purpose)


def _by_uid(action: Operation, report: Operation) -> bool:
    return transaction_uid(action) == transaction_uid(report)


def _by_association(action: Operation, report: Operation) -> bool:
    same = action.association.id == report.association.id
    return same and _is_later(action, report) and not (transaction_uid(report) and _instances(report))


def _instances(operation: Operation) -> set[str]:
    """Instances that a report, or a request, lists."""
    return {instance for sequence in LISTS for instance, _ in _listed(operation, sequence) if instance}


def brought_elsewhere(associations: Sequence[AssociationRecord], actions: Sequence[Operation]) -> tuple[Operation, ...]:
    """Reports of requests of this scenario that came on associations of others, whose records stand here as well."""
    asked = {transaction_uid(action) for action in actions}
    named = {instance for action in actions for instance in _instances(action)}
    return tuple(
        operation
        for association in associations
        if association.facts.get("purpose") == BROUGHT_ELSEWHERE
        for operation in association.operations
        if is_report(operation) and (transaction_uid(operation) in asked or _instances(operation) & named)
    )


def is_report(operation: Operation) -> bool:
    """Whether an operation is an N-EVENT-REPORT of the target."""
    return not operation.request.sent and operation.request.name == "N-EVENT-REPORT-RQ"


def refused(
    actions: Sequence[Operation], reports: Sequence[Operation]
) -> tuple[tuple[Operation, Operation | None], ...]:
    """N-ACTIONs that were refused, each with the first report that names its transaction all the same, if there is one.

    A transaction that was asked for twice is left out: its report is that of the request that was accepted.
    """
    taken = {transaction_uid(action) for action in actions if succeeded(action) is not None}
    found = []
    for action in actions:
        final, uid = action.final, transaction_uid(action)
        status = final.command.status if final is not None else None
        if status is not None and not is_success(status) and uid and uid not in taken:
            found.append((action, next((report for report in reports if transaction_uid(report) == uid), None)))
    return tuple(found)


def _is_later(action: Operation, report: Operation) -> bool:
    return report.request.message.ended >= action.request.message.ended
