"""5.2.7 Query/Retrieve: keys by model and level, negotiation, C-MOVE and C-GET."""

from __future__ import annotations

from typing import Annotated

from scanproof.statements.form.cells import Cell, Code, Many, Open, Text, annex, ours, words
from scanproof.statements.form.tables import (
    Cancel,
    KeyRow,
    StatusRow,
    cancel_claim,
    each_key,
    key_claims,
    negotiation_claims,
)
from scanproof.statements.form.writer import Writer
from scansim.inputs import Location, Strict

_LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")


class Levels(Strict):
    """Keys by level; those of the patient stand at STUDY in Study Root."""

    PATIENT: Many[KeyRow] | None = None
    STUDY: Many[KeyRow] | None = None
    SERIES: Many[KeyRow] | None = None
    IMAGE: Many[KeyRow] | None = None


class QueryNegotiation(Strict):
    """What extended negotiation of C-FIND may ask (PS3.4 C.5.1)."""

    relational_queries: Cell | None = None
    date_time_matching: Cell | None = None
    fuzzy_matching: Cell | None = None
    timezone_adjustment: Cell | None = None


class FindScp(Strict):
    """What the SCP of C-FIND does."""

    keys: Levels | None = annex("5-18", "read")
    complete: Cell | None = ours(description="Y: no other key is supported")
    extended_negotiation: QueryNegotiation | None = annex("5-18", "read")
    c_find_cancel: Cancel = annex("5-18", "read")
    status_codes: Many[StatusRow] | None = annex("7-48 on", "read in part")
    unsupported_key: Text | None = ours()
    unknown_private_keys: Text | None = annex("5-18", "read")
    person_name_matching: Open = annex("5-18", "read")
    character_sets: Open = annex("5-18", "read")


class MoveScp(Strict):
    """What the SCP of C-MOVE does."""

    destinations: Text | None = ours()
    association: Annotated[
        str | None, words("one_per_request", "one_per_study", "one_per_series", "one_per_instance", "kept_open")
    ] = ours()
    status_unknown_destination: Code | None = ours()
    status_codes: Many[StatusRow] | None = annex("7-50 on", "inferred")
    c_move_cancel: Open = None
    extended_negotiation: Open = annex("5.2.7", "outline")
    transfer_syntaxes: Open = None


class GetScp(Strict):
    """What the SCP of C-GET does."""

    status_codes: Many[StatusRow] | None = annex("7-50 on", "inferred")
    c_get_cancel: Open = None
    extended_negotiation: Open = annex("5.2.7", "outline")
    transfer_syntaxes: Open = None


class Model(Strict):
    """One Query/Retrieve Information Model."""

    find_scu: Open = annex("5-17", "read in part")
    find_scp: FindScp | None = None
    move_scu: Open = annex("5.2.7", "outline")
    move_scp: MoveScp | None = annex("5.2.7", "outline")
    get_scu: Open = annex("5.2.7", "outline")
    get_scp: GetScp | None = annex("5.2.7", "outline")


class QueryRetrieve(Strict):
    """5.2.7."""

    patient_root: Model | None = None
    study_root: Model | None = None


def claims(to: Writer, said: QueryRetrieve, at: Location, services: frozenset[str] | None) -> None:
    """Make the claims of each model, of queries or retrievals or both."""
    for name in ("patient_root", "study_root"):
        model = getattr(said, name)
        if model is None:
            continue
        if services is None or "query" in services:
            _find(to, name, model, (*at, name))
        if services is None or "retrieve" in services:
            _retrieve(to, name, model, (*at, name))


def _find(to: Writer, model: str, said: Model, at: Location) -> None:
    if said.find_scu is not None:
        to.undriven("query", {model: {"find_scu": said.find_scu}}, at[:-1], "SCU")
    if said.find_scp is None:
        return
    scp, at = said.find_scp, (*at, "find_scp")
    facts, where, name = {"model": model}, f"{model.replace('_', ' ').title()} queries", f"query.{model}"
    for level in _LEVELS:
        rows = getattr(scp.keys, level) if scp.keys is not None else None
        place = (*at, "keys", level)
        kinds, known = ("query-key", "query-return-key"), {**facts, "level": level}
        asked = f"{where} of level {level}"
        key_claims(to, rows or (), place, kinds=kinds, name=f"{name}.{level}", where=asked, facts=known)
        for path, row, here in each_key(rows or (), place):
            if row.case_sensitive is not None:
                sensitive = {"case_sensitive": {path: row.case_sensitive}}
                to.undriven("query", {level: sensitive}, here, "SCP", name=name)
    cancel_claim(to, "query-cancel", scp.c_find_cancel, (*at, "c_find_cancel"), name, where, facts)
    negotiated = scp.extended_negotiation
    negotiation_claims(to, "query-negotiation", negotiated, (*at, "extended_negotiation"), name, where, facts)
    to.statuses("query-status", f"{name}.status", scp.status_codes, (*at, "status_codes"), facts)
    if scp.complete == "Y":
        to.undriven("keys", {model: "complete"}, (*at, "complete"), "SCP")
    for field in ("unsupported_key", "unknown_private_keys", "person_name_matching", "character_sets"):
        if getattr(scp, field) is not None:
            to.undriven("query", {field: getattr(scp, field)}, at, "SCP", name=name)


def _retrieve(to: Writer, model: str, said: Model, at: Location) -> None:
    for field in ("move_scu", "get_scu"):
        if getattr(said, field) is not None:
            to.undriven("retrieve", {model: {field: getattr(said, field)}}, at[:-1], "SCU")
    facts, name, root = {"model": model}, f"retrieve.{model}", model.replace("_", " ").title()
    if (move := said.move_scp) is not None:
        here = (*at, "move_scp")
        if move.association is not None:
            told = f"sends what a {root} C-MOVE asks for: {move.association.replace('_', ' ')}"
            data = {**facts, "association": move.association}
            to.add("move-association", f"{name}.move.association", told, (*here, "association"), data)
        if (code := move.status_unknown_destination) is not None:
            told = f"answers a {root} C-MOVE to an unknown destination with {code}"
            place = (*here, "status_unknown_destination")
            to.add("move-unknown-destination", f"{name}.move.unknown-destination", told, place, {**facts, "code": code})
        _statuses(to, name, "C-MOVE", move.status_codes, (*here, "status_codes"), facts)
        for field in ("destinations", "c_move_cancel", "extended_negotiation", "transfer_syntaxes"):
            if getattr(move, field) is not None:
                to.undriven("retrieve", {"move": {field: getattr(move, field)}}, here, "SCP", name=name)
    if (get := said.get_scp) is not None:
        here = (*at, "get_scp")
        _statuses(to, name, "C-GET", get.status_codes, (*here, "status_codes"), facts)
        for field in ("c_get_cancel", "extended_negotiation", "transfer_syntaxes"):
            if getattr(get, field) is not None:
                to.undriven("retrieve", {"get": {field: getattr(get, field)}}, here, "SCP", name=name)


def _statuses(
    to: Writer, name: str, operation: str, rows: tuple[StatusRow, ...] | None, at: Location, facts: dict[str, str]
) -> None:
    of = operation.removeprefix("C-").lower()
    known = {**facts, "operation": operation}
    to.statuses("retrieve-status", f"{name}.{of}.status", rows, at, known)
