"""5.2.2 Modality Performed Procedure Step: what the SCP requires, and what it does once a step has ended."""

from __future__ import annotations

from pydantic import Field, model_validator

from scanproof.statements.form.cells import Attributes, Cell, Code, Many, Open, Some, Text, annex, ours
from scanproof.statements.form.tables import StatusRow, undriven_fields
from scanproof.statements.form.writer import Writer
from scansim.inputs import Location, Strict


class RequiredRow(Strict):
    """A row of table 5-5: an attribute, and whether it is required; with ``in``, those in items of a sequence."""

    attribute: Attributes | None = None
    within: Attributes | None = Field(None, alias="in")
    attributes: Some[RequiredRow] | None = None
    required_in_n_create: Cell | None = None
    required_in_n_set: Cell | None = None
    tag: Open = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> RequiredRow:
        if (self.attribute is None) == (self.within is None):
            raise ValueError("either attribute, or in with attributes, is wanted here")
        if (self.within is None) != (self.attributes is None):
            raise ValueError("in and attributes belong together")
        return self


class MppsScp(Strict):
    """What the SCP does."""

    attributes: Many[RequiredRow] | None = annex("5-5", "read")
    n_set_after_final_state: Code | None = ours(description="what an N-SET after COMPLETED or DISCONTINUED is answered")
    duplicate_sop_instance: Code | None = ours(description="what an N-CREATE of a step that is there is answered")
    status_codes: Many[StatusRow] | None = annex("7-14 on", "inferred")
    on_n_create: Text | None = annex("5.2.2", "read")
    on_n_set: Text | None = annex("5.2.2", "read")
    effect_on_worklist: Text | None = ours()


class Mpps(Strict):
    """5.2.2."""

    scu: Open = annex("5-4", "inferred")
    scp: MppsScp | None = None


def claims(to: Writer, said: Mpps, at: Location) -> None:
    """Make the claims of the SCP, and undriven ones of the SCU."""
    if said.scu is not None:
        to.undriven("mpps", {"scu": said.scu}, at, "SCU")
    if said.scp is None:
        return
    scp, at = said.scp, (*at, "scp")
    _required(to, scp.attributes or (), (*at, "attributes"), "")
    for name, kind, code, words in (
        ("after-final", "mpps-after-final", scp.n_set_after_final_state, "an N-SET after the final state"),
        ("duplicate", "mpps-duplicate", scp.duplicate_sop_instance, "an N-CREATE of a step that is there"),
    ):
        field = "n_set_after_final_state" if name == "after-final" else "duplicate_sop_instance"
        if code is not None:
            to.add(kind, f"mpps.{name}", f"answers {words} with {code}", (*at, field), {"code": code})
    to.statuses("mpps-status", "mpps.status", scp.status_codes, (*at, "status_codes"), {"operation": ""})
    undriven_fields(to, scp, ("on_n_create", "on_n_set", "effect_on_worklist"), at, "mpps", "SCP")


def _required(to: Writer, rows: tuple[RequiredRow, ...], at: Location, above: str) -> None:
    for index, row in enumerate(rows):
        here = (*at, index)
        for keyword in (*(row.attribute or ()), *(row.within or ())):
            path = f"{above}{keyword}"
            for operation, cell in (("N-CREATE", row.required_in_n_create), ("N-SET", row.required_in_n_set)):
                if cell is not None:
                    told = f"{'requires' if cell != 'N' else 'does not require'} {path} in {operation}"
                    data = {"operation": operation, "path": path, "required": cell != "N"}
                    to.add("mpps-required", f"mpps.required.{operation}.{path}", told, here, data, cell=cell)
            if row.attributes is not None:
                _required(to, row.attributes, (*here, "attributes"), f"{path}.")
