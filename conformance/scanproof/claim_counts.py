"""How many claims of each role and section were decided, and how that is said in a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanproof.results import ClaimCounts, ClaimOutcome, ClaimResult
from scanproof.statements import KINDS

#: Section of Presentation Contexts, and of what results of before say of anything else.
CONTEXTS, OTHERS = KINDS["context"].section, "other claims"
ROLES = ("SCP", "SCU", "")


def context_of(claim: ClaimResult) -> tuple[str, str]:
    """SOP Class and Transfer Syntax of a claim about a Presentation Context, by their UIDs; empty for any other.

    Results of before tell them by their ids, and so by keywords: ``PACS.scp.CTImageStorage.ImplicitVRLittleEndian``.
    """
    if claim.sop_class:
        return claim.sop_class, claim.transfer_syntax
    role = f".{role_of(claim).lower()}."
    if claim.kind not in ("context", "") or role not in claim.id or role == "..":
        return "", ""
    sop_class, _, syntax = claim.id.partition(role)[2].rpartition(".")
    return sop_class, syntax


def role_of(claim: ClaimResult) -> str:
    """Role of a claim; of results of before by its id."""
    if claim.role or claim.kind not in ("context", ""):
        return claim.role
    return next((role for role in ("SCP", "SCU") if f".{role.lower()}." in claim.id), "")


def section_of(claim: ClaimResult) -> str:
    """What a claim is about."""
    if claim.kind in KINDS:
        return KINDS[claim.kind].section
    return CONTEXTS if any(context_of(claim)) else OTHERS


def drives(claim: ClaimResult) -> bool:
    """Whether anything here drives a claim."""
    return claim.kind not in KINDS or KINDS[claim.kind].driver


def stated(claims: Iterable[ClaimResult]) -> list[ClaimResult]:
    """Those that the statements make: what works unclaimed is no claim."""
    return [claim for claim in claims if claim.outcome is not ClaimOutcome.NOT_DECLARED]


def claim_counts(claims: Iterable[ClaimResult]) -> list[ClaimCounts]:
    """Count claims by role and section, in the order of the roles and the sections."""
    found: dict[tuple[str, str], list[ClaimResult]] = {}
    for claim in stated(claims):
        found.setdefault((role_of(claim), section_of(claim)), []).append(claim)
    sections = [*dict.fromkeys(kind.section for kind in KINDS.values()), OTHERS]
    order = sorted(found, key=lambda key: (ROLES.index(key[0]), sections.index(key[1])))
    return [_counts(role, section, found[role, section]) for role, section in order]


def _counts(role: str, section: str, claims: Sequence[ClaimResult]) -> ClaimCounts:
    driven = [claim for claim in claims if drives(claim)]
    outcomes = [claim.outcome for claim in driven]
    decided = [claim for claim in driven if claim.outcome is not ClaimOutcome.NOT_TESTED]
    return ClaimCounts.model_validate(
        {
            "role": role,
            "section": section,
            "stated": len(driven),
            "observed": outcomes.count(ClaimOutcome.OBSERVED),
            "contradicted": outcomes.count(ClaimOutcome.CONTRADICTED),
            "not_tested": outcomes.count(ClaimOutcome.NOT_TESTED),
            "negotiated": sum(claim.depth == "negotiated" for claim in decided),
            "exchanged": sum(claim.depth == "exchanged" for claim in decided),
            "contexts": sum(bool(any(context_of(claim))) for claim in driven),
            "contexts_decided": sum(bool(any(context_of(claim))) for claim in decided),
            "no_driver": len(claims) - len(driven),
        }
    )


def in_words(counts: Sequence[ClaimCounts]) -> list[tuple[str, str]]:
    """What is called how, and how many of its claims were decided: a pair for each role.

    >>> told = ClaimCounts(role="SCP", section="associations", stated=42, observed=38, not_tested=4)
    >>> in_words([told])
    [('SCP', '38 of 42 claims decided (90 %)')]
    """
    return [
        (role or "the AE as a whole", told)
        for role in ROLES
        if (told := _of_role([c for c in counts if c.role == role]))
    ]


def _of_role(counts: Sequence[ClaimCounts]) -> str:
    if not any(each.stated for each in counts):
        return ""
    if not any(each.decided for each in counts):
        return "not tested"
    contexts = sum(each.contexts for each in counts)
    others = sum(each.stated for each in counts) - contexts
    of_contexts = sum(each.contexts_decided for each in counts)
    of_others = sum(each.decided for each in counts) - of_contexts
    negotiated, exchanged = (sum(getattr(each, n) for each in counts) for n in ("negotiated", "exchanged"))
    depths = f"; {negotiated:,} negotiated, {exchanged:,} exchanged" if negotiated or exchanged else ""
    parts = []
    if contexts:
        parts.append(
            f"{of_contexts:,} of {contexts:,} context claims decided ({percent(of_contexts, contexts)}{depths})"
        )
    if others:
        noun = "others" if contexts else "claims"
        parts.append(f"{of_others:,} of {others:,} {noun} decided ({percent(of_others, others)})")
    return ", ".join(parts)


def percent(number: int, of: int) -> str:
    """A part of a whole, rounded down, so that 100 % is all of it.

    >>> percent(4190, 4191), percent(1, 4191), percent(4191, 4191)
    ('99 %', 'less than 1 %', '100 %')
    """
    whole = 100 * number // of
    return "less than 1 %" if number and not whole else f"{whole} %"
