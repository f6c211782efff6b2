"""Rules about cells that contradict one another: the same thing stated at two places, differently."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.statements import Claim
from scanproof.statements.lint.rules import Found, Severity, Subject, rule
from scansim.vocabulary.uids import uid_name

_ACCEPTANCE = "network.association_acceptance"


@rule(
    "contradiction",
    Severity.ERROR,
    what="What is stated twice is stated alike.",
    hint="Decide which of the two holds, and correct the other; leave out what need not be said twice.",
)
def contradiction(subject: Subject) -> Iterator[Found]:
    """An overview and a table of an AE that differ leave the reader to guess, and whatever the product does it breaks
    one of them."""
    for mistake in subject.statement.mistakes:
        if mistake.rule == "contradiction":
            yield Found(mistake.line, mistake.text)
    yield from _class_denied(subject)


def _class_denied(subject: Subject) -> Iterator[Found]:
    """A class that an AE has and has not, in the same role."""
    claimed: dict[tuple[str, str, str], Claim] = {}
    for claim in subject.of("context"):
        claimed.setdefault((claim.ae, claim.role, str(claim.data["sop_class"])), claim)
    for denied in subject.of("not-supported"):
        uid = str(denied.data["sop_class"])
        other = claimed.get((denied.ae, denied.role, uid))
        if other is not None:
            text = f"{denied.ae} is {denied.role} of {uid_name(uid)} (line {other.line}), and here it is not"
            yield Found(denied.line, text)


@rule(
    "title-and-rejection",
    Severity.WARNING,
    what="A title that is not checked is no reason to reject an association.",
    hint="Correct called_ae_title_checked or calling_ae_title_checked, or the row of the rejection.",
    clause="PS3.8 Table 9-21 (2024e)",
)
def title_and_rejection(subject: Subject) -> Iterator[Found]:
    """Reason 7 of source 1 is that the called AE title was not recognized, reason 3 that the calling one was not; who
    checks neither cannot tell."""
    for kind, reason, title in (("called-title-checked", 7, "called"), ("calling-title-checked", 3, "calling")):
        rejections = {
            claim.ae: claim
            for claim in subject.of("rejection")
            if claim.data.get("source") == 1 and claim.data.get("reason") == reason
        }
        for claim in subject.of(kind):
            other = rejections.get(claim.ae)
            if not claim.data.get("checked") and other is not None:
                text = f"{claim.ae} does not check the {title} AE title, and rejects what it does not recognize"
                yield Found(claim.line, f"{text} (line {other.line})", f"{_ACCEPTANCE}.rejections")


_REASONS = {1: (1, 2, 3, 7), 2: (1, 2), 3: (1, 2)}


@rule(
    "rejection-values",
    Severity.WARNING,
    what="Result, source and reason of a rejection are ones that PS3.8 defines.",
    hint="Look the reason up in PS3.8 Table 9-21; a status of a DIMSE response does not belong here.",
    clause="PS3.8 Table 9-21 (2024e)",
)
def rejection_values(subject: Subject) -> Iterator[Found]:
    """A table of rejections that has statuses such as A702 in it tells what a C-STORE is answered, not an
    association."""
    for claim in subject.of("rejection"):
        result, source, reason = (claim.data.get(name) for name in ("result", "source", "reason"))
        wrong = [f"result {result}"] if result is not None and result not in (1, 2) else []
        if source is not None and source not in _REASONS:
            wrong.append(f"source {source}")
        elif isinstance(source, int) and reason is not None and reason not in _REASONS[source]:
            wrong.append(f"reason {reason} of source {source}")
        if wrong:
            text = f"{claim.ae} rejects with {' and '.join(wrong)}, which PS3.8 does not define"
            yield Found(claim.line, text, f"{_ACCEPTANCE}.rejections")


@rule(
    "limit-and-rejection",
    Severity.WARNING,
    what="Who has no limit of associations does not reject for it.",
    hint="State the number under maximum_associations, or take the row of the rejection away.",
    clause="PS3.8 Table 9-21 (2024e)",
)
def limit_and_rejection(subject: Subject) -> Iterator[Found]:
    """No limit, and a rejection once the local limit is exceeded: which of the two a modality has to reckon with
    decides how many exams may be sent at once."""
    unlimited = {c.ae: c for c in subject.of("maximum-associations") if c.data.get("count", 1) is None}
    for claim in subject.of("rejection"):
        limit = unlimited.get(claim.ae)
        if limit is not None and claim.data.get("source") == 3 and claim.data.get("reason") == 2:
            text = f"{claim.ae} has no limit of associations (line {limit.line}), and rejects once it is exceeded"
            yield Found(claim.line, text, f"{_ACCEPTANCE}.rejections")


@rule(
    "cancel-and-status",
    Severity.WARNING,
    what="Who does not honour C-CANCEL does not end a query with FE00.",
    hint="Correct c_find_cancel, or take the row of FE00 away: the template has it word for word.",
    clause="PS3.4 C.4.1.1.4 Table C.4-1 (2020)",
)
def cancel_and_status(subject: Subject) -> Iterator[Found]:
    """FE00 says that matching was ended by a cancel; the row is in the template and often stays."""
    for cancel, status in (("worklist-cancel", "worklist-status"), ("query-cancel", "query-status")):
        ended = {claim.ae: claim for claim in subject.of(status) if claim.data.get("code") == "FE00"}
        for claim in subject.of(cancel):
            other = ended.get(claim.ae)
            if claim.data.get("honoured") is False and other is not None:
                yield Found(claim.line, f"{claim.ae} does not honour C-CANCEL, and ends with FE00 (line {other.line})")
