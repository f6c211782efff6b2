"""Pairs of SOP Class and Transfer Syntax that are stored: one small instance each, where a run asks for that.

What no instance is made of, and what a Transfer Syntax cannot hold, is decided by negotiation alone: `not_made` says
why. SOP Classes that are retired or private are not stored either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanproof.observing import Made, storing
from scanproof.observing.contexts import groups
from scanproof.statements import Claim
from scansim.images import minimal


def not_made(claim: Claim) -> str:
    """Why no instance of the pair of a claim can be stored; empty when one can."""
    if claim.role != "SCP":
        return "the target is not SCP of it"
    return minimal.obstacle(str(claim.data["sop_class"]), str(claim.data["transfer_syntax"]))


def _stored(claims: Sequence[Claim]) -> Iterator[Made]:
    can = [claim for claim in claims if not not_made(claim)]
    if can:
        document = {
            "id": "each-pair",
            "title": "One small instance is stored in each pair of SOP Class and Transfer Syntax that is declared",
            "leaves": f"a study of {len(can)} small instances" if len(can) > 1 else "a small instance",
            "steps": [{"store-each": {"contexts": groups(can)}}],
        }
        yield Made(document, tuple(claim.id for claim in can))


storing("context", _stored)
