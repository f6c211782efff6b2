"""Results with as many claims as a product has that takes every image in every Transfer Syntax."""

from __future__ import annotations

from pydicom._uid_dict import UID_dictionary

from scanproof.claim_counts import claim_counts
from scanproof.results import ClaimOutcome, ClaimResult, QuestionView, Results
from scansim.vocabulary.uids import uid_keyword, uid_name
from tests.support import report_example

_OF_KIND = {
    kind: [uid for uid, each in UID_dictionary.items() if each[1] == kind] for kind in ("SOP Class", "Transfer Syntax")
}
SYNTAXES = _OF_KIND["Transfer Syntax"][:33]
STORAGE = [uid for uid in _OF_KIND["SOP Class"] if "Storage" in UID_dictionary[uid][0] and "5.1.4.1.1" in uid][:119]
SERVICES = [uid for uid in _OF_KIND["SOP Class"] if uid not in STORAGE][:8]


def context(sop_class: str, syntax: str, outcome: ClaimOutcome, role: str = "SCP", **more: str) -> ClaimResult:
    """The claim of a context of one AE."""
    return ClaimResult.model_validate(
        {
            "id": f"ARCHIVE.{role.lower()}.{uid_keyword(sop_class)}.{uid_keyword(syntax)}",
            "text": f"ARCHIVE is {role} of {uid_name(sop_class)} in {uid_name(syntax)}",
            "outcome": outcome,
            "kind": "context",
            "role": role,
            "ae": "ARCHIVE",
            "cases": ["claims/contexts"],
            "sop_class": sop_class,
            "transfer_syntax": syntax,
            **more,
        }
    )


def claims() -> list[ClaimResult]:
    """What somebody claims as SCP and as SCU, and what became of it: 4,191 contexts as SCP."""
    seen = {"evidence": "ct-routine/a02.r4", "depth": "negotiated"}
    exchanged = {**seen, "depth": "exchanged"}
    found = []
    for number, sop_class in enumerate(STORAGE):
        for place, syntax in enumerate(SYNTAXES):
            depth = exchanged if number % 3 and place < 2 else seen
            found.append(context(sop_class, syntax, ClaimOutcome.OBSERVED, **depth))
    for sop_class in SERVICES:
        for place, syntax in enumerate(SYNTAXES):
            outcome = ClaimOutcome.OBSERVED if not place else ClaimOutcome.CONTRADICTED
            found.append(context(sop_class, syntax, outcome, **seen))
    why = "nothing in this run has the target as SCU of it"
    found += [
        context(each, syntax, ClaimOutcome.NOT_TESTED, "SCU", reason=why) for each in STORAGE for syntax in SYNTAXES
    ]
    odd = "odd data: scanproof run --only claims-query/keys --odd-data tests it"
    return [
        *found,
        other("ARCHIVE.maximum-pdu", ClaimOutcome.OBSERVED, "maximum-pdu", evidence="ct-routine/a01"),
        other("ARCHIVE.level", ClaimOutcome.CONTRADICTED, "storage-level", role="SCP"),
        other("ARCHIVE.tls", ClaimOutcome.NOT_TESTED, "undriven", reason="no driver yet"),
        *(
            other(f"ARCHIVE.key.{number}", ClaimOutcome.NOT_TESTED, "query-key", role="SCP", reason=odd)
            for number in range(40)
        ),
        other("ARCHIVE.scp.x.y", ClaimOutcome.NOT_DECLARED, "context", role="SCP"),
    ]


def other(name: str, outcome: ClaimOutcome, kind: str, **more: str) -> ClaimResult:
    """Any other claim."""
    told = {"id": name, "text": f"what {name} says", "outcome": outcome, "kind": kind, "ae": "ARCHIVE", **more}
    return ClaimResult.model_validate(told)


def results() -> Results:
    """The example run with these claims."""
    told = claims()
    questions = [QuestionView(statement="Archive 1.0", place="services.storage.scp.level_of_conformance", line=12)]
    update = {"claims": told, "claim_counts": claim_counts(told), "questions": questions}
    return report_example.results().model_copy(update=update)
