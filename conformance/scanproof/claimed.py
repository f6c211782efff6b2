"""What a statement claims of the AEs of a site: what a run may choose by."""

from __future__ import annotations

from scanproof.statement import Statement
from scansim.site import Site


def claimed_character_sets(statement: Statement | None, site: Site) -> tuple[str, ...] | None:
    """Terms of Specific Character Set that all AEs of the site claim whose statement lists any; None when none does.

    A name goes through all of them: what one of them does not claim, it does not owe.
    """
    if statement is None:
        return None
    entities = (statement.entity(address.ae) for address in site.offered().values())
    lists = [entity.character_sets for entity in entities if entity is not None and entity.character_sets]
    if not lists:
        return None
    return tuple(term for term in lists[0] if all(term in each for each in lists))
