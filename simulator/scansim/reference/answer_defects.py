"""Planted defects of what answers are made of: (name, checks that must notice it, what the target does)."""

from __future__ import annotations

ANSWERS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    # --- groups that are in no data set ---
    ("worklist-comment-in-item", ("dataset.no-command-groups",), "items have an Error Comment (0000,0902)"),
    ("query-file-group", ("dataset.no-command-groups",), "answers have a Transfer Syntax UID (0002,0010)"),
    (
        "commitment-comment-in-dataset",
        ("dataset.no-command-groups", "commitment.request-accepted"),
        "every N-ACTION is refused, with the reason in a data set of the response",
    ),
    # --- how an answer is to be read ---
    (
        "worklist-empty-character-set",
        ("worklist.no-empty-character-set",),
        "Specific Character Set of items has zero length",
    ),
    ("worklist-empty-time-zone", ("worklist.no-empty-character-set",), "Timezone Offset of items has zero length"),
    ("query-empty-character-set", ("query.no-empty-character-set",), "Specific Character Set of answers is empty"),
    # --- what nobody asked for ---
    ("worklist-private", ("worklist.only-requested",), "items have a private block that nobody asked for"),
    (
        "worklist-private-without-creator",
        ("worklist.only-requested", "dataset.worklist-response"),
        "items have a private attribute without its creator",
    ),
    ("query-unrequested", ("query.only-requested",), "Patient Comments come without being asked for"),
    ("query-private", ("query.only-requested",), "answers have a private block that nobody asked for"),
    (
        "query-private-without-creator",
        ("query.only-requested", "dataset.query-response"),
        "answers have a private attribute without its creator",
    ),
    # --- keys ---
    ("query-required-missing", ("query.required-keys",), "answers leave out Study ID and Instance Number"),
    ("query-empty-series", ("query.unique-keys",), "answers have no value of Series Instance UID"),
    ("query-decimal-number", ("dataset.query-response",), "Instance Number of answers is 3.0, which is no IS"),
    # --- what was stored ---
    (
        "query-other-patient",
        ("storage.coercion-announced", "identity.study"),
        "queries answer with another patient",
    ),
    ("query-empty-accession", ("identity.text-kept",), "answers have no value of Accession Number"),
    ("query-question-marks", ("identity.text-kept",), "letters of names in answers are question marks"),
    ("query-cuts-ids", ("storage.coercion-announced",), "Patient ID of answers is cut after three characters"),
    ("query-other-accession", ("identity.study",), "answers name another Accession Number"),
    ("storage-discards", ("storage.warning", "commitment.discarded"), "every C-STORE is answered with B006H"),
    (
        "storage-refuses-patient",
        ("storage.accepted", "storage.refusal-meaning"),
        "every C-STORE is refused with A779H, as the patient is another one",
    ),
    (
        "commitment-empty-list",
        ("commitment.no-empty-list", "commitment.committed"),
        "every instance is reported as failed, for lack of resources, beside an empty list of committed ones",
    ),
    # --- the responses that answers come in ---
    (
        "query-pending-without-identifier",
        ("query.pending-has-identifier", "query.study-found", "storage.found"),
        "Pending responses to queries of the archive have no identifier",
    ),
    (
        "query-final-with-identifier",
        ("query.final-no-identifier",),
        "the final response to queries of the archive repeats the last identifier",
    ),
    # --- one step in several queries ---
    (
        "worklist-new-procedure",
        ("identity.item-stable", "identity.order-item"),
        "items have another Requested Procedure ID from the second query on",
    ),
    ("worklist-upper-names", ("identity.order-item",), "items have the Patient's Name in capitals"),
)
