"""Planted defects of the upper layer: what the target answers, how it ends associations, and what it opens itself."""

from __future__ import annotations

from scansim.reference.defect import behaviour, rewrite

ASSOCIATION_DEFECTS = (
    # --- as acceptor ---
    rewrite(
        "association-undefined-rejection",
        "association.answered-properly",
        "each A-ASSOCIATE-RQ is rejected with the reserved reason 1/1/5",
    ),
    rewrite("association-ac-empty", "association.answered-properly", "each A-ASSOCIATE-AC is a header without a body"),
    rewrite(
        "association-ac-cut",
        "association.answered-properly",
        "the connection is closed in the middle of each A-ASSOCIATE-AC",
    ),
    rewrite(
        "association-ac-false-length",
        "association.answered-properly",
        "each A-ASSOCIATE-AC states 1000 bytes more than it has",
    ),
    rewrite(
        "association-ac-release", "association.answered-properly", "each A-ASSOCIATE-RQ is answered by A-RELEASE-RQ"
    ),
    rewrite(
        "association-release-asked-back",
        "association.release",
        "A-RELEASE-RQ is answered by A-RELEASE-RQ, again and again",
    ),
    rewrite(
        "association-version-2", "association.accepted-version", "each A-ASSOCIATE-AC has 0002H as Protocol-version"
    ),
    rewrite("association-context-dropped", "association.context-results", "the last context gets no result item"),
    rewrite("association-context-doubled", "association.context-results", "the last context gets two result items"),
    rewrite(
        "association-syntax-not-offered",
        "association.accepted-syntax-offered",
        "the last context is accepted with a transfer syntax that was not offered for it",
    ),
    rewrite(
        "association-rejected-item-bare",
        "association.rejected-context-item",
        "the result items of rejected contexts have no transfer syntax; the last context is rejected if none is",
        "statement.context-accepted",
    ),
    rewrite(
        "association-undefined-result",
        "association.context-result-defined",
        "rejected contexts get result 7; the last context does if none is rejected",
    ),
    rewrite(
        "association-no-implementation-class",
        "association.implementation-class-uid",
        "the A-ASSOCIATE-AC has no Implementation Class UID",
    ),
    rewrite(
        "association-long-version",
        "association.implementation-version",
        "the Implementation Version Name of the A-ASSOCIATE-AC has 22 characters",
    ),
    rewrite("association-no-max-length", "association.max-length-item", "the A-ASSOCIATE-AC has no Maximum Length"),
    rewrite(
        "association-async-unasked",
        "association.async-window",
        "the A-ASSOCIATE-AC has an asynchronous window nobody asked for, or a wider one than offered",
    ),
    rewrite(
        "association-role-unasked",
        "association.role-selection",
        "the A-ASSOCIATE-AC answers a role selection that was not proposed",
    ),
    rewrite(
        "association-other-application-context",
        "association.application-context",
        "the A-ASSOCIATE-AC names another application context",
    ),
    rewrite(
        "association-malformed", "association.pdu-well-formed", "three bytes that are no item end the A-ASSOCIATE-AC"
    ),
    rewrite(
        "association-two-transfer-syntaxes",
        "association.pdu-well-formed",
        "the first accepted context has a second transfer syntax",
    ),
    rewrite(
        "association-abstract-syntax-answered",
        "association.pdu-well-formed",
        "the first accepted context has an abstract syntax, as in a request",
    ),
    rewrite(
        "association-two-application-contexts",
        "association.pdu-well-formed",
        "the A-ASSOCIATE-AC names its application context twice",
    ),
    rewrite(
        "association-context-proposed-back",
        "association.pdu-well-formed",
        "the A-ASSOCIATE-AC has a presentation context item of a request",
    ),
    rewrite(
        "association-two-user-informations",
        "association.pdu-well-formed",
        "the A-ASSOCIATE-AC has its User Information twice",
    ),
    rewrite(
        "association-items-out-of-order",
        "association.pdu-well-formed",
        "the User Information of the A-ASSOCIATE-AC stands before the results",
    ),
    rewrite(
        "association-two-max-lengths",
        "association.pdu-well-formed",
        "the A-ASSOCIATE-AC states its Maximum Length twice",
    ),
    rewrite(
        "association-common-negotiation-answered",
        "association.pdu-well-formed",
        "the A-ASSOCIATE-AC has SOP Class Common Extended Negotiation, which is for requests only",
    ),
    rewrite(
        "association-pdu-too-long",
        "association.pdu-length-limit",
        "command sets are padded (0000,51B0) and sent in one PDU longer than the announced Maximum Length",
    ),
    rewrite(
        "association-pdu-mixes-messages",
        "association.pdata-one-message",
        "a Pending response and the next response share one P-DATA-TF",
    ),
    rewrite("association-empty-pdv", "association.pdv-not-empty", "a PDV without data precedes each command set"),
    rewrite("association-odd-pdv", "association.pdv-even", "command sets are cut after their first byte"),
    rewrite("association-release-unanswered", "association.release", "A-RELEASE-RQ gets no answer"),
    rewrite(
        "association-closes",
        "association.release",
        "the connection is closed behind the first final response",
        "association.closed-with-a-word",
        "dimse.response-received",
    ),
    rewrite("association-aborts", "association.no-abort", "A-ABORT follows the first final response"),
    rewrite(
        "association-extended-unasked",
        "association.extended-negotiation",
        "the A-ASSOCIATE-AC answers an extended negotiation of the worklist that nobody proposed",
    ),
    rewrite(
        "association-identity-unasked",
        "association.user-identity",
        "the A-ASSOCIATE-AC answers a user identity that nobody presented",
    ),
    rewrite(
        "commitment-extended-answered",
        "commitment.extended-negotiation",
        "the A-ASSOCIATE-AC answers an extended negotiation of Storage Commitment",
    ),
    rewrite(
        "association-max-length-2", "association.max-length-item", "the A-ASSOCIATE-AC states a Maximum Length of 2"
    ),
    rewrite(
        "association-titles-not-echoed", "association.echoed-fields", "the AE titles of the A-ASSOCIATE-AC are blank"
    ),
    rewrite(
        "association-default-syntax-refused",
        "association.default-syntax-accepted",
        "the last context is refused with result 4, although Implicit VR Little Endian was offered for it",
    ),
    rewrite(
        "commitment-closes-idle",
        "association.closed-with-a-word",
        "the connection is closed behind N-ACTION-RSP, with the report still to come",
    ),
    rewrite("association-aborts-owing", "association.no-abort", "C-ECHO is answered with A-ABORT"),
    rewrite("association-aborts-release", "association.no-abort", "A-RELEASE-RQ is answered with A-ABORT"),
    rewrite(
        "association-aborts-undefined",
        "association.abort-defined",
        "A-RELEASE-RQ is answered with A-ABORT, source 1, reason 3",
        "association.no-abort",
    ),
    rewrite(
        "association-aborts-after-release",
        "association.nothing-after-release",
        "A-ABORT follows A-RELEASE-RP",
    ),
    behaviour(
        "verification-refused",
        "verification.offered",
        "Verification is refused with result 3, against the statement of the target",
    ),
    behaviour("slots-not-freed", "association.slots-given-back", "the fifth association and all later get 2/3/2"),
    behaviour("titles-forgotten", "association.admitted-again", "the fifth association and all later get 1/1/3"),
    # --- as requestor ---
    behaviour(
        "commitment-explicit-only",
        "association.default-syntax-proposed",
        "the association of the report proposes Explicit VR Little Endian alone (commitment on a new association)",
    ),
    behaviour(
        "commitment-jpeg-only",
        "association.default-syntax-proposed",
        "the association of the report proposes JPEG Baseline alone (commitment on a new association)",
        "commitment.report-received",
    ),
    behaviour(
        "stray-doubled-ids",
        "association.proposed-ids",
        "an association before that of the report proposes two contexts under one ID",
    ),
    behaviour(
        "stray-even-id",
        "association.proposed-ids",
        "an association before that of the report proposes a context under the ID 2",
    ),
    behaviour(
        "stray-max-length-2",
        "association.room-for-answers",
        "an association before that of the report states a Maximum Length of 2, and pings",
    ),
    behaviour(
        "stray-without-contexts",
        "association.stray-well-formed",
        "an association before that of the report proposes no context",
    ),
    behaviour(
        "stray-other-title",
        "association.calls-our-title",
        "an association before that of the report calls somebody else, and pings",
    ),
    behaviour(
        "stray-without-role",
        "commitment.stray-role",
        "an association before that of the report proposes Storage Commitment without a role, and brings nothing",
    ),
    behaviour(
        "stray-nameless-report",
        "commitment.stray-transaction",
        "an association before that of the report brings one without Event Information",
    ),
    behaviour(
        "stray-silent",
        "association.brings-something",
        "an association before that of the report brings nothing",
    ),
)
