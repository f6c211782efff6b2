"""5.2.1 Basic Worklist Management: keys of the SCP, and what becomes of items."""

from __future__ import annotations

from scanproof.statements.form.cells import Cell, Many, Open, Text, annex, ours
from scanproof.statements.form.tables import (
    Cancel,
    KeyRow,
    StatusRow,
    cancel_claim,
    each_key,
    key_claims,
    negotiation_claims,
    undriven_fields,
)
from scanproof.statements.form.writer import Writer
from scansim.inputs import Location, Strict


class WorklistNegotiation(Strict):
    """What extended negotiation of C-FIND may ask of a worklist (PS3.4 K.5)."""

    fuzzy_matching: Cell | None = None
    date_time_matching: Cell | None = None
    timezone_adjustment: Cell | None = None


class WorklistScp(Strict):
    """What the SCP does."""

    keys: Many[KeyRow] | None = annex("5-3", "inferred")
    complete: Cell | None = ours(description="Y: no other key is supported")
    c_find_cancel: Cancel = ours()
    extended_negotiation: WorklistNegotiation | None = annex("7-3", "inferred")
    status_codes: Many[StatusRow] | None = annex("7-11", "read in part")
    item_removed_when: Text | None = ours()
    unsupported_key: Text | None = ours()
    person_name_matching: Open = ours()


class Worklist(Strict):
    """5.2.1."""

    scu: Open = annex("5-2", "read in part")
    scp: WorklistScp | None = None


def claims(to: Writer, said: Worklist, at: Location) -> None:
    """Make the claims of the SCP, and undriven ones of the SCU."""
    if said.scu is not None:
        to.undriven("worklist", {"scu": said.scu}, at, "SCU")
    if said.scp is None:
        return
    scp, at = said.scp, (*at, "scp")
    kinds = ("worklist-key", "worklist-return-key")
    key_claims(to, scp.keys or (), (*at, "keys"), kinds=kinds, name="worklist", where="the worklist", facts={})
    for path, row, place in each_key(scp.keys or (), (*at, "keys")):
        if row.case_sensitive is not None:
            sensitive = row.case_sensitive != "N"
            told = f"matches {path} {'with' if sensitive else 'without'} regard to case"
            data = {"path": path, "sensitive": sensitive}
            name = f"worklist.case-sensitive.{path}"
            to.add("worklist-case-sensitive", name, told, place, data, cell=row.case_sensitive)
    cancel_claim(to, "worklist-cancel", scp.c_find_cancel, (*at, "c_find_cancel"), "worklist", "worklist queries", {})
    negotiated, where = scp.extended_negotiation, (*at, "extended_negotiation")
    negotiation_claims(to, "worklist-negotiation", negotiated, where, "worklist", "worklist queries", {})
    to.statuses("worklist-status", "worklist.status", scp.status_codes, (*at, "status_codes"))
    if scp.complete == "Y":
        to.undriven("keys", {"worklist": "complete"}, (*at, "complete"), "SCP")
    undriven_fields(to, scp, ("item_removed_when", "unsupported_key", "person_name_matching"), at, "worklist", "SCP")
