"""How claims about character sets are observed: by names that go through the whole exam in each of them."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.observing import observing
from scanproof.statements import Claim


def _names(claim: Claim) -> Iterator[str]:
    """Its case; a term of code extension stands beside others that are claimed, in a case that is called by both."""
    term = str(claim.data["term"])
    yield "names" if term.startswith("ISO 2022") else f"names/{term.replace(' ', '_')}"


observing("character-set", built_in=_names)
