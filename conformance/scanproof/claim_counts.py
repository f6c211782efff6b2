"""How many claims of each role and section were decided, and how that is said in a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanproof.results import ClaimCounts, ClaimOutcome, ClaimResult
from scanproof.statements import KINDS

#: Section of what stands in results of before kinds were told, and of Presentation Contexts.
CONTEXTS = KINDS["context"].section
ROLES = ("SCP", "SCU", "")


def role_of(claim: ClaimResult) -> str:
    """Role of a claim; of results of before by its id, such as ``PACS.scp.CTImageStorage.ImplicitVRLittleEndian``."""
    parts = claim.id.split(".")
    if claim.kind or claim.role or len(parts) < 4:
        return claim.role
    return next((part.upper() for part in parts[1:-2] if part in ("scp", "scu")), "")


def section_of(claim: ClaimResult) -> str:
    """What a claim is about."""
    return KINDS[claim.kind].section if claim.kind in KINDS else CONTEXTS


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
    sections = list(dict.fromkeys(kind.section for kind in KINDS.values()))
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
        (role or "either role", told) for role in ROLES if (told := _of_role([c for c in counts if c.role == role]))
    ]


def _of_role(counts: Sequence[ClaimCounts]) -> str:
    if not any(each.stated for each in counts):
        return ""
    if not any(each.decided for each in counts):
        return "not tested"
    contexts = [each for each in counts if each.section == CONTEXTS]
    others = [each for each in counts if each.section != CONTEXTS]
    parts = []
    for noun, several in (("context claims", contexts), ("others" if contexts else "claims", others)):
        number, of = sum(each.decided for each in several), sum(each.stated for each in several)
        negotiated, exchanged = (sum(getattr(each, n) for each in several) for n in ("negotiated", "exchanged"))
        depths = f"; {negotiated:,} negotiated, {exchanged:,} exchanged" if negotiated or exchanged else ""
        if of:
            parts.append(f"{number:,} of {of:,} {noun} decided ({percent(number, of)}{depths})")
    return ", ".join(parts)


def percent(number: int, of: int) -> str:
    """A part of a whole, rounded down, so that 100 % is all of it.

    >>> percent(4190, 4191), percent(1, 4191), percent(4191, 4191)
    ('99 %', 'less than 1 %', '100 %')
    """
    whole = 100 * number // of
    return "less than 1 %" if number and not whole else f"{whole} %"
