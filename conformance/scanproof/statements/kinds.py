"""The kinds of claims: where each stands in PS3.2 Annex N, what its data are, and whether anything here drives it.

A kind whose ``driver`` is false is loaded, linted and rendered, and its claims are NOT_TESTED "no driver yet". Which
cases can observe a claim is for :mod:`scanproof.claim_cases` to say; what was seen of it for the checks that name it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of claims.

    ``section`` groups kinds for people; ``service`` is the one that has to be there for it to be tested, or empty;
    ``data`` names the keys of a claim's data.
    """

    name: str
    section: str
    service: str = ""
    data: tuple[str, ...] = ()
    driver: bool = True


_OF = {
    "presentation contexts": (
        Kind("context", "", "", ("sop_class", "transfer_syntax")),
        Kind("not-supported", "", "", ("sop_class",)),  # stated as N; refusing it is observed
        Kind("closed-list", "", "", ()),  # whatever is not listed is refused
        Kind("character-set", "", "", ("term",)),
    ),
    "associations": (
        Kind("application-context", "", "", ("uid",)),
        Kind("implementation-class-uid", "", "", ("uid",)),
        Kind("implementation-version-name", "", "", ("name",)),
        Kind("maximum-pdu", "", "", ("bytes",)),  # what it announces that it receives; 0: no limit
        Kind("asynchronous-window", "", "", ("invoked", "performed")),
        Kind("maximum-associations", "", "", ("count",)),  # as acceptor; None: no limit
        Kind("called-title-checked", "", "", ("checked",)),  # bool
        Kind("calling-title-checked", "", "", ("checked",)),
        Kind("syntax-selection", "", "", ("rule",)),  # first_proposed, own_preference; then perhaps "order"
        Kind("rejection", "", "", ("result", "source", "reason", "condition")),
        Kind("artim-timeout", "", "", ("seconds",)),
    ),
    "worklist": (
        Kind("worklist-key", "", "worklist", ("path", "matching")),  # keyword path; one claim a Matching Type
        Kind("worklist-return-key", "", "worklist", ("path",)),
        Kind("worklist-case-sensitive", "", "worklist", ("path", "sensitive")),
        Kind("worklist-cancel", "", "worklist", ("honoured",)),
        Kind("worklist-negotiation", "", "worklist", ("aspect", "supported")),  # fuzzy_matching, date_time_matching
        Kind("worklist-status", "", "worklist", ("status", "code", "condition")),
    ),
    "query and retrieve": (
        Kind("query-key", "", "query", ("model", "level", "path", "matching")),  # model: study_root, patient_root
        Kind("query-return-key", "", "query", ("model", "level", "path")),
        Kind("query-cancel", "", "query", ("model", "honoured")),
        Kind("query-negotiation", "", "query", ("model", "aspect", "supported")),
        Kind("query-status", "", "query", ("model", "status", "code", "condition")),
        Kind("move-association", "", "retrieve", ("model", "association")),
        Kind("move-unknown-destination", "", "retrieve", ("model", "code")),
        Kind("retrieve-status", "", "retrieve", ("model", "operation", "status", "code", "condition")),
    ),
    "modality performed procedure step": (
        Kind("mpps-required", "", "mpps", ("operation", "path", "required")),  # N-CREATE or N-SET; bool
        Kind("mpps-after-final", "", "mpps", ("code",)),  # what an N-SET after the final state is answered
        Kind("mpps-duplicate", "", "mpps", ("code",)),
        Kind("mpps-status", "", "mpps", ("operation", "status", "code", "condition")),
    ),
    "storage": (
        Kind("storage-level", "", "storage", ("level",)),  # 0, 1, 2
        Kind("storage-duplicate", "", "storage", ("content", "does", "code")),  # content: same, other
        Kind("storage-coercion", "", "storage", ("path", "sop_class", "change", "condition", "recorded")),
        Kind("storage-no-coercion", "", "storage", ()),
        Kind("storage-status", "", "storage", ("status", "code", "condition")),
    ),
    "storage commitment": (
        Kind("delivery", "", "commitment", ("delivery",)),  # same, new, either
        Kind("typical", "", "commitment", ("seconds",)),
        Kind("maximum", "", "commitment", ("seconds",)),
        Kind("commitment-known-requesters", "", "commitment", ("only",)),
        Kind("commitment-retries", "", "commitment", ("count",)),
        Kind("commitment-retry-interval", "", "commitment", ("seconds",)),
        Kind("commitment-failure", "", "commitment", ("code", "condition", "supported")),
        Kind("commitment-retrieve-ae", "", "commitment", ("present",)),
        Kind("commitment-retention", "", "commitment", ("duration",)),
        Kind("commitment-status", "", "commitment", ("operation", "status", "code", "condition")),
    ),
    "no driver yet": (Kind("undriven", "", "", ("chapter", "what", "said"), driver=False),),
}

#: Every kind, by name.
KINDS = {
    kind.name: Kind(kind.name, section, kind.service, kind.data, kind.driver)
    for section, kinds in _OF.items()
    for kind in kinds
}
