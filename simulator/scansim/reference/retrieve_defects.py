"""Planted defects of C-MOVE and C-GET: what is sent, and what is said of it, and the cases that meet it."""

from __future__ import annotations

from scansim.reference.defect import Defect


def _of(name: str, check: str, summary: str, *cases: str, also: tuple[str, ...] = ()) -> Defect:
    return Defect(name, summary, (check,), cases=tuple(f"retrieve-battery/{case}" for case in cases), also=also)


RETRIEVE_DEFECTS = (
    # --- the final status ---
    _of(
        "retrieve-refused",
        "retrieve.accepted",
        "every C-MOVE and C-GET is refused with C000H",
        "study[get]",
        also=("retrieve.failed-list", "retrieve.unknown-destination"),
    ),
    _of(
        "retrieve-all-failed-success",
        "retrieve.final-status",
        "Success, though every sub-operation failed",
        "answered[get+fail-all]",
        "answered[move+fail-all]",
    ),
    _of(
        "retrieve-all-failed-warning",
        "retrieve.final-status",
        "a warning, though every sub-operation failed",
        "answered[move+fail-all]",
    ),
    _of(
        "retrieve-some-failed-success",
        "retrieve.final-status",
        "Success, though some sub-operations failed",
        "answered[get+fail-some]",
        "answered[move+fail-some]",
    ),
    _of(
        "retrieve-warned-success",
        "retrieve.final-status",
        "Success, though sub-operations ended with a warning",
        "answered[get+warn-some]",
    ),
    _of(
        "retrieve-unknown-destination-taken",
        "retrieve.unknown-destination",
        "C-MOVE to a destination that is not known succeeds",
        "unknown-destination",
    ),
    _of(
        "retrieve-odd-identifier-taken",
        "retrieve.odd-identifier",
        "an Identifier without level or key is taken for one of which nothing is there",
        "level[get-none]",
        "lacks-key[move+IMAGE+SOPInstanceUID]",
    ),
    _of("retrieve-cancel-ignored", "retrieve.cancel", "C-CANCEL of a retrieval is ignored", "cancel-after-one[get]"),
    _of("retrieve-ends-as-cancelled", "retrieve.cancel", "retrievals end with FE00H by themselves", "study[get]"),
    # --- what is sent ---
    _of(
        "retrieve-one-too-few",
        "retrieve.complete",
        "the last instance is left out",
        "study[get]",
        "study[move]",
        also=("retrieve.failed-list",),
    ),
    _of(
        "retrieve-stale-index",
        "retrieve.complete",
        "what was stored is found after a moment only",
        "study[get]",
        "image[move+several]",
    ),
    _of(
        "retrieve-ignores-series",
        "retrieve.only-asked",
        "at SERIES and IMAGE level the whole study is sent",
        "series[get+one]",
        "image[move+one]",
    ),
    _of(
        "retrieve-other-study",
        "retrieve.only-asked",
        "instances of other studies are sent along",
        "study[get]",
        "study[move]",
        also=("retrieve.counts-agree", "retrieve.failed-list"),
    ),
    _of(
        "retrieve-one-twice",
        "retrieve.once",
        "the last instance is sent twice",
        "study[get]",
        "study[move]",
        also=("retrieve.counts-agree", "retrieve.failed-list"),
    ),
    _of(
        "retrieve-get-elsewhere",
        "retrieve.association",
        "C-GET sends to the requester's address on another association",
        "study[get]",
    ),
    _of(
        "retrieve-role-ignored",
        "retrieve.role",
        "C-GET sends where the requestor is not the SCP",
        "not-taken[get+no-role]",
    ),
    _of(
        "retrieve-explicit-only",
        "retrieve.default-syntax",
        "for C-MOVE only the transfer syntax of storage is proposed",
        "study[move]",
    ),
    _of("retrieve-no-originator", "retrieve.originator", "C-STORE-RQs name no Move Originator", "study[move]"),
    _of(
        "retrieve-another-originator",
        "retrieve.originator",
        "C-STORE-RQs name the target itself as Move Originator",
        "study[move]",
    ),
    _of(
        "retrieve-priority-undefined",
        "retrieve.store-request",
        "C-STORE-RQs have a priority that is not defined",
        "study[get]",
        "study[move]",
    ),
    _of(
        "retrieve-priorities-differ",
        "retrieve.priority",
        "every other sub-operation has a higher priority",
        "study[get]",
        "study[move]",
    ),
    # --- numbers ---
    _of(
        "retrieve-pending-lacks-remaining",
        "retrieve.pending-counts",
        "Pending responses lack the number of remaining sub-operations",
        "study[get]",
        "study[move]",
    ),
    _of(
        "retrieve-final-lacks-counts",
        "retrieve.final-counts",
        "the final response to C-MOVE has no numbers",
        "study[move]",
    ),
    _of(
        "retrieve-cancel-lacks-counts",
        "retrieve.final-counts",
        "a Cancel has no numbers",
        "cancel-after-one[get]",
        "cancel-after-one[move]",
    ),
    _of(
        "retrieve-final-remaining",
        "retrieve.final-remaining",
        "the final response has the number of remaining sub-operations",
        "study[get]",
    ),
    _of(
        "retrieve-counts-ahead",
        "retrieve.counts-agree",
        "Pending responses count a sub-operation as completed before it is sent",
        "study[get]",
        "study[move]",
    ),
    _of(
        "retrieve-counts-failed-as-completed",
        "retrieve.counts-agree",
        "the final response counts failed sub-operations as completed",
        "answered[get+fail-some]",
    ),
    # --- the list ---
    _of(
        "retrieve-without-list",
        "retrieve.failed-list",
        "the Failed SOP Instance UID List is never sent",
        "answered[get+fail-some]",
        "answered[move+fail-all]",
        "not-taken[move+none]",
    ),
    _of(
        "retrieve-list-of-the-others",
        "retrieve.failed-list",
        "the Failed SOP Instance UID List has the instances that were taken",
        "answered[get+fail-some]",
        also=("retrieve.no-data-set",),
    ),
    _of(
        "retrieve-list-in-pending",
        "retrieve.no-data-set",
        "Pending responses have the list of what has failed so far",
        "answered[get+fail-some]",
    ),
    _of("retrieve-empty-list-in-success", "retrieve.no-data-set", "Success comes with an empty list", "study[get]"),
    _of(
        "retrieve-list-with-character-set",
        "retrieve.list-character-set",
        "the list comes with a Specific Character Set",
        "answered[move+fail-all]",
    ),
)
