"""What options of `run` ask for: services, a length of time, an item of the worklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scansim.exam.scenario_set import Span
    from scansim.site import Site


def services_of(text: str | None, where: Site | None) -> list[str]:
    """Names of --services; InputError for one that is none, or without a --target that they are said of."""
    from scansim.inputs import InputError, did_you_mean
    from scansim.vocabulary.services import ADDRESSED

    if text is None:
        return []
    if where is None or where.promises:
        raise InputError("--services goes with --target: a site file promises what it names")
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in ADDRESSED:
            hint = did_you_mean(name, ADDRESSED) or ";"
            raise InputError(f"--services: no service {name!r}{hint} allowed: {', '.join(ADDRESSED)}")
    return names


def time_of(text: str | None) -> Span | None:
    """The time that --within names; InputError for what is none."""
    from scansim.exam.scenario_set import span
    from scansim.inputs import InputError

    try:
        return span(text) if text is not None else None
    except ValueError as error:
        raise InputError(f"--within: {error}") from None


def with_accession(where: Site | None, accession: str) -> Site:
    """The site with the worklist item that is to be taken; InputError where orders are placed by us."""
    from scansim.inputs import InputError
    from scansim.site import Orders

    if where is None or not where.orders.existing:
        raise InputError("--accession names an item that is there already; this run places its own orders")
    return where.model_copy(update={"orders": Orders(existing=True, accession=accession)})
