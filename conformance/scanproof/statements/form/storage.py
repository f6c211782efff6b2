"""5.2.5 Storage: level, duplicates, coercion, statuses of the SCP."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import model_validator

from scanproof.statements.form.cells import (
    NAMED_SCHEMA,
    Attribute,
    Checked,
    Code,
    Many,
    Named,
    Open,
    Text,
    annex,
    ours,
    read_class,
    whole,
    words,
)
from scanproof.statements.form.tables import StatusRow, undriven_fields
from scanproof.statements.form.writer import Writer
from scansim.inputs import Location, Strict
from scansim.vocabulary.uids import uid_keyword

_ALL = "ALL"


def _all_or_class(value: Any) -> Any:
    if isinstance(value, str) and value != _ALL and value.upper() == _ALL:
        raise ValueError(f"ALL or a SOP Class is wanted, not {value!r}; did you mean ALL?")
    return _ALL if value == _ALL else read_class(value)


AllOrClass = Annotated[Any, Checked(_all_or_class, {"anyOf": [{"const": _ALL}, NAMED_SCHEMA]})]
Does = Annotated[str | None, words("keep_first", "replace", "keep_both", "refuse", keep_last="replace")]


class Duplicate(Strict):
    """What becomes of a second instance with a SOP Instance UID that is there; ``status`` is that of a refusal."""

    same_content: Does = None
    other_content: Does = None
    status: Code | None = None
    same_content_status: Code | None = None
    other_content_status: Code | None = None


class Coercion(Strict):
    """A row of table 5-11."""

    attribute: Attribute
    tag: Open = None
    sop_class: AllOrClass = "ALL"
    type_of_change: Annotated[str, words("MODIFIED", "ADDED", "REMOVED")]
    new_value: Text | None = None
    condition: Annotated[str | None, words("ALWAYS", "EXTERNAL", "CONFIGURATION", "OTHER")] = None
    comments: Text | None = None
    recorded_in: Text | None = ours()

    @model_validator(mode="after")
    def _explained(self) -> Coercion:
        if self.condition == "OTHER" and self.comments is None:
            raise ValueError("condition OTHER wants comments that say which")
        return self


class StorageScp(Strict):
    """What the SCP does."""

    level_of_conformance: Annotated[int | None, whole(0, 2)] = annex("5-10", "read")
    level_of_digital_signature_support: Annotated[int | None, whole(1, 3)] = annex("5-10", "read")
    duplicate_sop_instance: Duplicate | None = ours()
    attribute_coercion: Many[Coercion] | None = annex("5-11", "read", description="[]: nothing is coerced")
    status_codes: Many[StatusRow] | None = annex("7-43", "read in part")
    limitations: Open = annex("5-12 to 5-14", "read in part")
    retention: Text | None = ours()


class Storage(Strict):
    """5.2.5."""

    scu: Open = annex("5-9", "read in part")
    scp: StorageScp | None = None


def claims(to: Writer, said: Storage, at: Location) -> None:
    """Make the claims of the SCP, and undriven ones of the SCU."""
    if said.scu is not None:
        to.undriven("storage", {"scu": said.scu}, at, "SCU")
    if said.scp is None:
        return
    scp, at = said.scp, (*at, "scp")
    if scp.level_of_conformance is not None:
        told, level = f"stores with conformance of level {scp.level_of_conformance}", scp.level_of_conformance
        to.add("storage-level", "storage.level", told, (*at, "level_of_conformance"), {"level": level})
    if scp.duplicate_sop_instance is not None:
        _duplicates(to, scp.duplicate_sop_instance, (*at, "duplicate_sop_instance"))
    _coercion(to, scp.attribute_coercion, (*at, "attribute_coercion"))
    to.statuses("storage-status", "storage.status", scp.status_codes, (*at, "status_codes"))
    names = ("level_of_digital_signature_support", "limitations", "retention")
    undriven_fields(to, scp, names, at, "storage", "SCP")


def _duplicates(to: Writer, said: Duplicate, at: Location) -> None:
    for content, does, own in (
        ("same", said.same_content, said.same_content_status),
        ("other", said.other_content, said.other_content_status),
    ):
        if does is not None:
            code = own or (said.status if does == "refuse" else None) or ""
            answered = f", status {code}" if code else ""
            told = f"of an instance that is there already, with {content} content: {does.replace('_', ' ')}{answered}"
            data = {"content": content, "does": does, "code": code}
            to.add("storage-duplicate", f"storage.duplicate.{content}", told, (*at, f"{content}_content"), data)


def _coercion(to: Writer, rows: tuple[Coercion, ...] | None, at: Location) -> None:
    if rows == ():
        to.add("storage-no-coercion", "storage.no-coercion", "coerces no attribute", at)
    for index, row in enumerate(rows or ()):
        sop_class = row.sop_class
        if isinstance(sop_class, Named):
            if not to.named(sop_class, (*at, index, "sop_class")):
                continue
            uid, word = sop_class.uid, uid_keyword(sop_class.uid)
        else:
            uid = word = _ALL
        told = (
            f"{row.type_of_change.lower()} {row.attribute} of {word}: {(row.condition or 'condition unstated').lower()}"
        )
        data = {
            "path": row.attribute,
            "sop_class": uid,
            "change": row.type_of_change,
            "condition": row.condition or "",
            "recorded": (row.recorded_in or "").replace(" ", "").startswith("OriginalAttributes"),
        }
        name = f"storage.coercion.{word}.{row.attribute}"
        to.add("storage-coercion", name, f"coerces: {told}", (*at, index), data)
