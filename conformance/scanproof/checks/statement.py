"""The Conformance Statement against what the target does: how commitment results come, and character sets."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Kept, Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.commitment import REPORTED, Transaction
from scanproof.finding import Level, Verdict
from scanproof.standard.value_grammar import TERMS
from scanproof.statements import ApplicationEntity, Commitment, character_set_claim_id, commitment_claim_id


def _declared(evidence: Evidence) -> Iterator[tuple[Transaction, ApplicationEntity, Commitment]]:
    """Yield each accepted commitment request to an Application Entity that says how its results come."""
    for seen in evidence.transactions:
        if seen.entity is not None and seen.entity.commitment is not None:
            yield seen, seen.entity, seen.entity.commitment


@check(
    "statement.commitment-delivery",
    title="Commitment results come on the association that is declared",
    clause="PS3.2 N.5.2.6.2 (2024c)",
    level=Level.DECLARED,
    service="commitment",
    expected="the N-EVENT-REPORT comes as the statement says",
    hint="correct the Conformance Statement, or the target's setting for the delivery of commitment results",
)
def commitment_delivery(evidence: Evidence) -> Iterator[Observation | Kept]:
    """The N-EVENT-REPORT comes on the association of the N-ACTION or on a new one, as the statement says.

    A modality that listens on no port cannot take a new association, and one that releases at once gets nothing on the
    old one; who believed the statement waits for a result that never arrives, and keeps images it could delete.

    The association that brought the report is compared with the declared one. A report on a new association after the
    harness had released the old one contradicts nothing, for the target had no other way left.
    """
    words = {"same": "the association of the N-ACTION", "new": "a new association", "either": "either association"}
    for seen, entity, declared in _declared(evidence):
        if seen.report is None or seen.came_on is None or declared.delivery is None:
            continue
        came = f"the N-EVENT-REPORT came on {words[seen.came_on]}"
        kept = seen.delivered_as(declared.delivery)
        if kept:
            yield Kept(commitment_claim_id(entity.ae, "delivery"), seen.report.request)
            yield ok(came, seen.report.request)
        elif kept is None:
            text = f"{came}, after the harness had released the first one; a longer timeouts.hold of the site decides"
            yield Observation(Verdict.NOT_APPLICABLE, text, seen.report.request)
        else:
            yield fail(
                came,
                seen.report.request,
                expected=f"the N-EVENT-REPORT comes on {words[declared.delivery]}",
                claim=commitment_claim_id(entity.ae, "delivery"),
            )


@check(
    "statement.commitment-time",
    title="Commitment results come within the time that is declared",
    clause="PS3.2 N.5.2.6.2 (2024c)",
    level=Level.DECLARED,
    service="commitment",
    expected="the N-EVENT-REPORT comes within the time that the statement gives",
    hint="find out what delays the report, or correct the time in the Conformance Statement",
)
def commitment_time(evidence: Evidence) -> Iterator[Observation | Kept]:
    """The N-EVENT-REPORT comes within the declared maximum, and ordinarily within the typical time.

    A modality gives up waiting after the time that it was configured with, and then keeps its images and alarms the
    operator; that time is chosen by the statement.

    The time from the end of the N-ACTION request to the report is compared with the statement: later than a maximum
    fails, later than a typical time warns. A statement without any time is told so when no report came; that it did
    not come is judged by commitment.report-received.
    """
    for seen, entity, declared in _declared(evidence):
        limit, typical = declared.max_seconds, declared.typical_seconds
        if seen.report is None:
            owed = evidence.asked(seen.action).deviation in REPORTED and not seen.hindered
            if seen.action.final is not None and limit is None and typical is None and owed:
                hint = "state the typical time, and the longest one, in the Conformance Statement"
                expected = "the statement says how long a report takes"
                yield warn("no report came, and no time is declared", seen.action.final, expected=expected, hint=hint)
            continue
        if seen.seconds is None:
            continue
        for kind, stated in (("typical", typical), ("maximum", limit)):
            if stated is not None and seen.seconds <= stated:
                yield Kept(commitment_claim_id(entity.ae, kind), seen.report.request)
        if seen.hindered:
            continue  # our own listener may have kept it waiting
        exchange, actual = seen.report.request, f"the N-EVENT-REPORT came after {_rounded(seen.seconds)} s"
        if limit is not None and seen.seconds > limit:
            claim = commitment_claim_id(entity.ae, "maximum")
            yield fail(actual, exchange, expected=f"it comes within {limit:g} s at most", claim=claim)
        elif typical is not None and seen.seconds > typical:
            claim, expected = commitment_claim_id(entity.ae, "typical"), f"it typically comes within {typical:g} s"
            yield Observation(Verdict.WARN, actual, exchange, expected, claim=claim)
        elif limit is not None or typical is not None:
            yield ok(actual, exchange)


def _rounded(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.3f}"


@check(
    "statement.character-set",
    title="Text travels in declared character sets",
    clause="PS3.2 A.6 (2019d)",
    level=Level.DECLARED,
    expected="the terms of Specific Character Set are among those that the statement lists",
    hint="add the character set to the Conformance Statement, or configure the target not to use it",
)
def character_set(evidence: Evidence) -> Iterator[Observation | Kept]:
    """What a target sends, and what it takes with success, is in the character sets that its statement lists.

    A hospital that buys by the statement finds the names of a whole language garbled, or working by luck.

    The defined terms of Specific Character Set of each data set that the target sent or took are compared with the
    list; nothing is said when the statement has none, and undefined terms are for worklist.character-set to tell. One
    that works though it is not listed is not declared, which is no fault of the target.
    """
    for text in evidence.texts:
        if not text.entity.character_sets:
            continue
        for term in text.terms:
            if term in text.entity.character_sets:
                yield Kept(character_set_claim_id(text.entity.ae, term), text.exchange)
                yield ok(term, text.exchange, claim=character_set_claim_id(text.entity.ae, term))
            elif term in TERMS:
                name = text.exchange.name
                yield Observation(Verdict.NOT_DECLARED, f"{name} in {term}", text.exchange, tag="SpecificCharacterSet")
