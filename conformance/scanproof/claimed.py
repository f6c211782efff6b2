"""What the statements claim of the AEs of a site: what a run may choose by."""

from __future__ import annotations

from scanproof.declarations import Declarations


def claimed_character_sets(declarations: Declarations) -> tuple[str, ...] | None:
    """Terms of Specific Character Set that all AEs of the site claim whose statement lists any; None when none does.

    A name goes through all of them: what one of them does not claim, it does not owe.
    """
    entities = (declarations.of_service(service) for service in declarations.site)
    lists = [entity.character_sets for entity in entities if entity is not None and entity.character_sets]
    if not lists:
        return None
    return tuple(term for term in lists[0] if all(term in each for each in lists))
