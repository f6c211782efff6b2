"""Planted defects of Storage Commitment: what is taken, what is reported, where and how often."""

from __future__ import annotations

from scansim.reference.defect import Defect, behaviour


def _of_battery(name: str, check: str, summary: str, *cases: str, more: tuple[str, ...] = ()) -> Defect:
    return Defect(name, summary, (check, *more), cases=tuple(f"commitment-battery/{case}" for case in cases))


_TAKES = "commitment.invalid-request"

COMMITMENT_DEFECTS = (
    # --- whole exams ---
    behaviour("commitment-refuses", "commitment.request-accepted", "every N-ACTION is refused with 0110H"),
    behaviour(
        "commitment-reports-refused",
        "commitment.refused-not-reported",
        "every N-ACTION is refused with 0110H, and reported all the same (commitment on a new association)",
        "commitment.request-accepted",
    ),
    behaviour("commitment-no-report", "commitment.report-received", "no N-EVENT-REPORT is ever sent"),
    behaviour("commitment-other-transaction", "commitment.transaction-uid", "reports name another Transaction UID"),
    behaviour("commitment-event-type", "commitment.event-type", "Event Types 1 and 2 are exchanged"),
    behaviour("commitment-undefined-event", "commitment.event-type", "Event Type ID is 3"),
    behaviour("commitment-commits-unknown", "commitment.never-sent", "instances that never came are committed"),
    behaviour("commitment-drops-instance", "commitment.union", "reports leave one instance out"),
    behaviour(
        "commitment-overlap",
        "commitment.no-overlap",
        "one committed instance is listed as failed as well",
        "commitment.committed",
    ),
    behaviour(
        "commitment-undefined-reason",
        "commitment.failure-reason",
        "one stored instance is reported as failed, with the undefined reason A700H",
        "commitment.committed",
    ),
    behaviour("commitment-fails-stored", "commitment.committed", "one stored instance is reported as failed, 0110H"),
    behaviour(
        "commitment-role-missing",
        "commitment.role-selection",
        "the association of the report does not propose the SCP role (commitment on a new association)",
    ),
    behaviour(
        "commitment-calling-ae",
        "commitment.calling-ae",
        "the association of the report is opened by SOMEONE (commitment on a new association)",
    ),
    behaviour(
        "commitment-called-ae",
        "commitment.calling-ae",
        "the association of the report calls SOMEBODY (commitment on a new association)",
    ),
    behaviour(
        "commitment-other-instance",
        "commitment.well-known-instance",
        "reports are addressed to another SOP Instance than the well-known one",
    ),
    behaviour(
        "commitment-same-association",
        "statement.commitment-delivery",
        "reports come on the association of the request, against the statement of the target",
    ),
    behaviour(
        "commitment-late",
        "statement.commitment-time",
        "reports come 3 s late, after the time that the target's statement calls typical",
    ),
    behaviour("commitment-other-class", "commitment.sop-class", "reports name Secondary Capture for every instance"),
    behaviour(
        "commitment-two-places",
        "dataset.commitment-report",
        "Retrieve AE Title stands at the root of reports and in their items",
    ),
    behaviour(
        "commitment-long-title", "dataset.commitment-report", "Retrieve AE Title of reports has more than 16 characters"
    ),
    behaviour(
        "commitment-item-without-instance",
        "dataset.commitment-report",
        "reports have one item more, without a SOP Instance UID",
        "commitment.union",
    ),
    # --- what is taken ---
    _of_battery(
        "commitment-takes-empty-list", _TAKES, "a request with an empty list is taken", "empty[ReferencedSOPSequence]"
    ),
    _of_battery(
        "commitment-takes-no-list", _TAKES, "a request without a list is taken", "lacks[ReferencedSOPSequence]"
    ),
    _of_battery(
        "commitment-takes-no-transaction",
        _TAKES,
        "a request without a Transaction UID, or with an empty one, is taken and never reported",
        "lacks[TransactionUID]",
        "empty[TransactionUID]",
    ),
    _of_battery(
        "commitment-takes-bare-items",
        _TAKES,
        "a request whose items lack their SOP Class or Instance UID is taken, and not reported",
        "lacks[ReferencedSOPSequence.ReferencedSOPClassUID]",
    ),
    _of_battery("commitment-takes-any-action", _TAKES, "any Action Type ID is taken for 1", "wrong-action-type[2]"),
    _of_battery(
        "commitment-other-refusal", _TAKES, "another Action Type ID is refused with 0110H", "wrong-action-type[2]"
    ),
    _of_battery(
        "commitment-takes-any-instance",
        _TAKES,
        "the well-known SOP Instance of the request is not looked at",
        "wrong-instance",
    ),
    _of_battery(
        "commitment-reason-as-status",
        "dimse.status-legal",
        "a Transaction UID that was used before is refused with 0131H, which is no status",
        "transaction-again",
    ),
    _of_battery(
        "commitment-refuses-unknown",
        "commitment.request-accepted",
        "a request for an instance that is not there is refused with 0112H",
        "never-sent[stays]",
    ),
    _of_battery(
        "commitment-drops-unknown",
        "association.no-abort",
        "a request of an AE title that nobody knows gets an A-ABORT in place of a response",
        "unknown-requester",
    ),
    # --- what is reported ---
    _of_battery(
        "commitment-early", "commitment.never-sent", "everything is committed before it was looked up", "before-storing"
    ),
    _of_battery(
        "commitment-class-blind",
        "commitment.wrong-class",
        "instances are committed whatever SOP Class they are named with",
        "wrong-class",
    ),
    _of_battery(
        "commitment-wrong-reason",
        "commitment.reason-fits",
        "what is not there is reported as a conflict of class and instance, 0119H",
        "never-sent[stays]",
        "some-missing",
    ),
    _of_battery(
        "commitment-always-in-use",
        "commitment.reason-fits",
        "what is not there is reported with 0131H, duplicate Transaction UID",
        "never-sent[stays]",
    ),
    _of_battery(
        "commitment-of-lost",
        "commitment.agreement",
        "C-STORE warns with B000H and keeps nothing, and everything that is asked for is committed",
        "all-stored[stays]",
        more=("storage.warning", "query.study-found"),
    ),
    # --- where, and how often ---
    _of_battery(
        "commitment-same-only",
        "commitment.report-received",
        "a report whose request's association has ended is not sent",
        "never-sent[released]",
    ),
    _of_battery(
        "commitment-no-retry",
        "commitment.sent-again",
        "a report that could not be delivered is not sent again",
        "listener-released[rejecting]",
        "listener[silent]",
        "listener-released[no-role]",
    ),
    _of_battery(
        "commitment-unconfirmed-role",
        "commitment.role-confirmed",
        "reports are sent though the SCP role was not confirmed",
        "listener-released[no-role]",
    ),
    _of_battery(
        "commitment-reports-twice",
        "commitment.reported-once",
        "reports are sent once more, though they were answered with Success",
        "never-sent[stays]",
    ),
    _of_battery(
        "commitment-changes-its-mind",
        "commitment.same-report",
        "a report that is sent again has another Failure Reason",
        "listener[silent]",
    ),
    _of_battery(
        "commitment-retries-as-another",
        "commitment.transaction-uid",
        "a report that is sent again has a Transaction UID of its own",
        "listener[silent]",
    ),
    _of_battery(
        "commitment-retries-without-role",
        "commitment.role-selection",
        "a report that is sent again comes on an association without the SCP role",
        "listener[silent]",
        "listener-released[rejecting]",
    ),
)
