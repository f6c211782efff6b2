"""The registry of planted defects: one named wrong behaviour each, and the checks that must notice it."""

from __future__ import annotations

from dataclasses import replace

from scansim.reference.admission_defects import ADMISSION_DEFECTS
from scansim.reference.answer_defects import ANSWERS
from scansim.reference.association_defects import ASSOCIATION_DEFECTS
from scansim.reference.commitment_defects import COMMITMENT_DEFECTS
from scansim.reference.context_defects import CONTEXT_DEFECTS
from scansim.reference.defect import Defect
from scansim.reference.defect import behaviour as _behaviour
from scansim.reference.defect import of_names as _of_names
from scansim.reference.defect import rewrite as _rewrite
from scansim.reference.given_wrong import GIVEN_WRONG
from scansim.reference.mpps_defects import MPPS_DEFECTS
from scansim.reference.pair_defects import PAIR_DEFECTS
from scansim.reference.query_defects import QUERY_DEFECTS
from scansim.reference.readback_defects import READBACK_DEFECTS
from scansim.reference.retrieve_defects import RETRIEVE_DEFECTS
from scansim.reference.state_defects import STATE_DEFECTS
from scansim.reference.storage_defects import KEPT_DEFECTS, STORAGE_DEFECTS
from scansim.reference.worklist_defects import WORKLIST_DEFECTS

_ALL = (
    *ASSOCIATION_DEFECTS,
    *WORKLIST_DEFECTS,
    *QUERY_DEFECTS,
    # --- DIMSE ---
    _rewrite(
        "dimse-group-length", "dimse.command-set-encoding", "Command Group Length is two bytes too large in responses"
    ),
    _rewrite("dimse-order", "dimse.command-set-encoding", "the last two elements of command sets change places"),
    _rewrite("dimse-command-field", "dimse.command-field", "successful final responses carry another Command Field"),
    _rewrite("dimse-message-id", "dimse.message-id", "final responses answer another Message ID"),
    _rewrite(
        "dimse-no-message-id",
        "dimse.required-elements",
        "responses lack Message ID Being Responded To",
        "dimse.message-id",
    ),
    _rewrite("dimse-sop-class", "dimse.affected-sop-class", "responses name another Affected SOP Class UID"),
    _rewrite(
        "dimse-sop-instance",
        "dimse.affected-sop-instance",
        "responses but those of N-CREATE name another Affected SOP Instance UID",
    ),
    _rewrite(
        "dimse-dataset-type",
        "dimse.data-set-type",
        "Command Data Set Type of C-STORE responses says that no data set follows, and one does",
    ),
    _rewrite(
        "dimse-undefined-status",
        "dimse.status-legal",
        "C-FIND ends with status 7777H",
        "worklist.query-accepted",
        "query.accepted",
    ),
    _rewrite("dimse-two-finals", "dimse.one-final-response", "C-FIND and C-STORE get their final response twice"),
    _rewrite("dimse-long-comment", "dimse.error-comment", "final responses carry an Error Comment of 100 characters"),
    _rewrite("dimse-silent", "dimse.response-received", "the final response of C-FIND is not sent"),
    _rewrite(
        "dimse-pending-for-ever",
        "dimse.operation-ends",
        "the first query that has a match is answered with it for ever, also after C-CANCEL",
    ),
    _rewrite("dimse-store-pending", "dimse.operation-ends", "the first C-STORE is answered with FF00H for ever"),
    _rewrite(
        "dimse-requests-instead",
        "dimse.operation-ends",
        "C-ECHO requests come without end in place of the first query's final response",
    ),
    _rewrite(
        "dimse-release-instead",
        "dimse.response-received",
        "A-RELEASE-RQ comes in place of the first query's final response",
    ),
    _rewrite("dimse-other-context", "dimse.presentation-context", "final responses go out on another context"),
    _rewrite("dimse-dataset-cut", "dimse.dataset-well-formed", "data sets of responses end with half an element"),
    # --- verification ---
    _behaviour("echo-fails", "verification.success", "C-ECHO is answered with 0122H"),
    # --- worklist ---
    _behaviour("worklist-refuses", "worklist.query-accepted", "every query is refused with A700H"),
    _behaviour(
        "worklist-pending-without-identifier",
        "worklist.pending-has-identifier",
        "Pending responses have no identifier",
        "worklist.order-returned",
    ),
    _behaviour(
        "worklist-final-with-identifier",
        "worklist.final-no-identifier",
        "the final response repeats the last identifier",
    ),
    _behaviour(
        "worklist-unsolicited-cancel", "worklist.no-unsolicited-cancel", "queries end with FE00H without a C-CANCEL"
    ),
    _behaviour("worklist-sps-missing", "worklist.sps-sequence", "items have no Scheduled Procedure Step Sequence"),
    _behaviour("worklist-sps-two-items", "worklist.sps-sequence", "the step's sequence has two items"),
    _behaviour(
        "worklist-sps-flat",
        "worklist.sps-not-flat",
        "the step's attributes stand at the root as well",
        "worklist.only-requested",
    ),
    _behaviour("worklist-type1-missing", "worklist.return-type1", "Requested Procedure ID is left out"),
    _behaviour("worklist-type1-empty", "worklist.return-type1", "Requested Procedure ID has no value"),
    _behaviour(
        "worklist-code-bare",
        "worklist.return-type1",
        "procedure codes have no Coding Scheme Designator",
        "identity.order-item",
    ),
    _behaviour(
        "worklist-type2-missing", "worklist.return-type2", "Type 2 attributes but the identifying ones are left out"
    ),
    _behaviour(
        "worklist-type1c-missing",
        "worklist.return-type1c",
        "both the step's description and its protocol code are left out",
    ),
    _behaviour("worklist-unrequested", "worklist.only-requested", "Patient Comments come without being asked for"),
    _behaviour("worklist-ignores-modality", "worklist.matches-keys", "Modality is not matched"),
    _behaviour("worklist-ignores-station", "worklist.matches-keys", "Scheduled Station AE Title is not matched"),
    _behaviour("worklist-ignores-date", "worklist.matches-keys", "Scheduled Procedure Step Start Date is not matched"),
    _behaviour("worklist-ignores-patient-id", "worklist.matches-keys", "Patient ID is not matched"),
    _behaviour("worklist-ignores-patient-name", "worklist.matches-keys", "Patient's Name is not matched"),
    _behaviour("worklist-skips-a-match", "worklist.order-returned", "the first match of each query is not returned"),
    _behaviour("worklist-bad-date", "worklist.value-syntax", "the start date of steps is 2026-01-02"),
    _behaviour(
        "worklist-undefined-character-set",
        "worklist.character-set-terms",
        "items are labelled with the term ISO_IR 149",
    ),
    _behaviour("worklist-unlabelled-text", "worklist.character-set", "Latin-1 stands without Specific Character Set"),
    _behaviour(
        "worklist-mislabelled-text", "worklist.character-set", "Latin-1 stands under ISO_IR 192, which is UTF-8"
    ),
    _behaviour(
        "worklist-undeclared-character-set",
        "statement.character-set",
        "items come with code extension to Latin-2, ISO 2022 IR 101, which the statement does not list",
    ),
    _behaviour(
        "worklist-unlisted-pregnancy",
        "dataset.worklist-response",
        "Pregnancy Status is 0 for whoever is not pregnant, which is none of its values",
    ),
    *(_behaviour(name, fault.check, fault.summary) for name, fault in GIVEN_WRONG.items()),
    # --- storage ---
    _behaviour("storage-refuses", "storage.accepted", "every C-STORE is refused with A700H"),
    _behaviour("storage-warns", "storage.warning", "every C-STORE is answered with B000H"),
    _behaviour(
        "storage-forgets",
        "commitment.committed",
        "C-STORE succeeds and nothing is kept; a query finds nothing either",
        "storage.found",
        "query.study-found",
    ),
    _behaviour(
        "query-forgets",
        "storage.found",
        "queries leave out the last patient, study, series or instance",
        "query.study-found",
    ),
    _behaviour("query-late", "query.found-at-once", "the first query for the instances of a series finds none"),
    _behaviour("query-refuses", "query.accepted", "every Query/Retrieve C-FIND is refused with A700H"),
    _behaviour("query-empty-key", "query.unique-keys", "answers have no value of SOP Instance UID", "storage.found"),
    _behaviour("query-other-class", "storage.found", "answers name Secondary Capture for every instance"),
    _behaviour("query-other-level", "query.level", "answers name the PATIENT level, whatever was asked for"),
    _behaviour(
        "query-other-series", "query.unique-keys", "answers name another series than the one that was asked for"
    ),
    _behaviour(
        "query-retired-model",
        "statement.undeclared",
        "Patient/Study Only FIND is served, which was retired and is not in the statement",
    ),
    _behaviour(
        "query-dotted-date", "dataset.query-response", "answers have the Study Date as ACR-NEMA had, 2026.01.02"
    ),
    # --- identity ---
    _behaviour("worklist-other-patient", "identity.order-item", "items name another patient than their order"),
    _behaviour(
        "worklist-unstable",
        "identity.item-stable",
        "items have another Accession Number from the second query on",
        "identity.order-item",
    ),
    # --- names ---
    _of_names("query-drops-letters", "identity.text-kept", "queries answer names without what Latin-1 has not"),
    _of_names("query-empty-name", "identity.text-kept", "queries answer with no value of a name that is not ASCII"),
    _of_names("query-ascii-names", "query.found-by-patient", "nothing is found by a name that is not ASCII"),
    _of_names("worklist-relabels", "identity.order-item", "text of other ISO 8859 sets is labelled ISO_IR 100"),
)

_OF_ANSWERS = tuple(Defect(name, summary, checks) for name, checks, summary in ANSWERS)

#: What notices a defect as well, where a whole battery asks more than the cases do that come across it.
_ALSO = {
    "query-relabels": ("dataset.query-response",),
    "state-invalid-closed": ("association.unexpected-pdu",),  # a PDU of no type is an invalid one
    "query-cancel-refused": ("query.accepted",),  # where the C-CANCEL was there before any match
    "query-forgets": ("query.counts", "query.matches-complete", "query.same-answers"),
    "query-other-series": ("query.each-once", "query.matches-complete", "query.unknown-matches"),
    "query-empty-character-set": ("dataset.query-response", "query.values"),  # letters are read without it
    "query-zero-length": ("query.found-by-patient", "query.unknown-matches"),
    "commitment-refuses": ("commitment.invalid-request",),  # 0110H to another action, for which there is 0123H
    "commitment-commits-unknown": ("commitment.wrong-class",),
    "commitment-early": ("commitment.wrong-class",),
    # what was lost is missing from what comes back, where a case asks for that
    "commitment-of-lost": ("commitment.never-sent", "commitment.wrong-class", "retrieve.complete"),
    "storage-forgets": ("retrieve.complete",),
    "query-late": ("storage.found",),  # where nothing is asked again, it is missing
    "query-twice": ("query.study-found",),  # a study of the exam that its own UID finds twice is that check's to tell
    "commitment-same-only": ("commitment.sent-again", "statement.commitment-delivery"),
    "commitment-no-report": ("commitment.sent-again",),
    "commitment-item-without-instance": ("commitment.failure-reason",),  # where the item stands among failed ones
    "worklist-ignores-date": ("worklist.matches-complete",),  # a time range without its dates is another one
    "worklist-skips-a-match": ("worklist.matches-complete",),
    "worklist-mislabelled-text": ("worklist.value-syntax",),  # escape sequences, with a backslash in them
    "worklist-name-outside-set": ("worklist.matches-keys",),
    "worklist-cancel-refused": ("worklist.query-accepted",),  # where the C-CANCEL was there before any match
    "worklist-empty-character-set": ("worklist.character-set",),  # what is not ASCII is not labelled then
}

_OF_BATTERIES = (
    *ADMISSION_DEFECTS,
    *CONTEXT_DEFECTS,
    *(*MPPS_DEFECTS, *STORAGE_DEFECTS, *KEPT_DEFECTS, *COMMITMENT_DEFECTS),
    *(*RETRIEVE_DEFECTS, *READBACK_DEFECTS, *STATE_DEFECTS, *PAIR_DEFECTS),
)

#: All defects by name.
DEFECTS: dict[str, Defect] = {
    defect.name: replace(defect, also=_ALSO.get(defect.name, defect.also))
    for defect in (*_ALL, *_OF_ANSWERS, *_OF_BATTERIES)
}
