"""Chapter 1: SOP Classes, their Transfer Syntaxes and roles, character sets (PS3.2 N.1); and the claims of contexts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, model_validator
from pydicom._uid_dict import UID_dictionary

from scanproof.statements.claim import Role, character_set_claim_id, context_claim_id
from scanproof.statements.form.cells import (
    Cell,
    Many,
    Named,
    NamedClass,
    NamedSyntax,
    Open,
    OwnUid,
    Some,
    Term,
    Text,
    annex,
    ours,
    words,
)
from scanproof.statements.form.writer import Writer
from scanproof.statements.remarks import Mistake
from scansim.inputs import Location, Strict
from scansim.vocabulary.services import SERVICES
from scansim.vocabulary.uids import uid_keyword

_DEFAULT = Named(uid="1.2.840.10008.1.2", name="Implicit VR Little Endian")


class Roles(Strict):
    """Whether a SOP Class is used, and provided."""

    scu: Cell | None = None
    scp: Cell | None = None


class Function(Strict):
    """What the product does with instances; S, SE, SP, P: standard, standard extended, specialised, private."""

    create: Annotated[str | None, words("Y", "N", "OPTION", "S", "SE", "SP", "P")] = None
    display: Cell | None = None
    process: Cell | None = None
    archive: Cell | None = None


class _Row(Strict):
    """A SOP Class, and the Transfer Syntaxes that it is taken in: by sets, one by one, or both."""

    sop_class: NamedClass
    uid: OwnUid | None = Field(None, description="its UID, when sop_class is its name: the two have to agree")
    transfer_syntax_sets: Some[Text] | None = None
    transfer_syntaxes: Some[NamedSyntax] | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_uid(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "uid" not in data:
            return data
        rest = {key: value for key, value in data.items() if key != "uid"}
        return {**rest, "sop_class": {"uid": data["uid"], "name": data.get("sop_class", "")}}


class ServiceRow(_Row):
    """A row of tables 1-3 to 1-7."""

    scu: Cell | None = None
    scp: Cell | None = None
    extended_negotiation: Open = None

    def roles(self) -> tuple[tuple[Role, str, str], ...]:
        """Role, cell and the key that it stands at, of each that is stated."""
        both: tuple[tuple[Role, str | None, str], ...] = (("SCU", self.scu, "scu"), ("SCP", self.scp, "scp"))
        return tuple((role, cell, key) for role, cell, key in both if cell is not None)


class StorageRow(_Row):
    """A row of table 1-1."""

    dimse: Roles | None = None
    web: Open = None
    media: Open = None
    function: Function | None = None

    def roles(self) -> tuple[tuple[Role, str, str], ...]:
        """Role, cell and the key that it stands at, of each that is stated."""
        said = self.dimse or Roles()
        both: tuple[tuple[Role, str | None, str], ...] = (("SCU", said.scu, "scu"), ("SCP", said.scp, "scp"))
        return tuple((role, cell, key) for role, cell, key in both if cell is not None)


class Verification(Strict):
    """Table 1-3."""

    scu: Cell | None = None
    scp: Cell | None = None
    transfer_syntax_sets: Some[Text] | None = None
    transfer_syntaxes: Some[NamedSyntax] | None = None


class Content(Strict):
    """1.1 Content and Transfer."""

    transfer_syntax_sets: dict[str, Some[NamedSyntax]] = annex("1-2", "referred to", {})
    storage_sop_classes: Many[StorageRow] = annex("1-1", "read in part", ())
    closed_list: Cell | None = ours(description="Y: whatever is not listed is refused")
    sr_root_templates: Open = annex("1.1.1", "outline")


class Dimse(Strict):
    """1.2 DIMSE services."""

    verification: Verification | None = annex("1-3", "inferred")
    workflow_management: Many[ServiceRow] = annex("1-5", "inferred", ())
    query_retrieve: Many[ServiceRow] = annex("1-6", "read", ())
    printing: Many[ServiceRow] = annex("1-7", "inferred", ())


class Overview(Strict):
    """1 Overview."""

    content_and_transfer: Content = Content()
    dimse_services: Dimse = Dimse()
    web_services: Open = annex("1-8 on", "referred to")
    media_services: Open = annex("1.4", "outline")
    real_time_video: Open = annex("1.5", "outline")
    de_identification: Open = annex("1.6", "outline")
    specific_character_sets: Many[Term] | None = annex("1.7", "outline")


_CONTENT: Location = ("overview", "content_and_transfer")
_DIMSE: Location = ("overview", "dimse_services")


def rows(said: Overview) -> Iterator[tuple[StorageRow | ServiceRow, str, Location]]:
    """Yield each row with a SOP Class, the service that it is of, and its place."""
    for index, row in enumerate(said.content_and_transfer.storage_sop_classes):
        yield row, "storage", (*_CONTENT, "storage_sop_classes", index)
    if (verification := said.dimse_services.verification) is not None:
        echo = ServiceRow.model_validate({"sop_class": "Verification"})
        stated = {name: getattr(verification, name) for name in verification.model_fields_set}
        yield echo.model_copy(update=stated), "verification", (*_DIMSE, "verification")
    dimse = said.dimse_services
    groups = {
        "workflow_management": dimse.workflow_management,
        "query_retrieve": dimse.query_retrieve,
        "printing": dimse.printing,
    }
    for name, group in groups.items():
        for index, service_row in enumerate(group):
            yield service_row, _service(service_row.sop_class.uid, name), (*_DIMSE, name, index)


def _service(uid: str, table: str) -> str:
    for name, service in SERVICES.items():
        if service.has(uid):
            return name
    keyword = uid_keyword(uid)
    for begin, name in (
        ("ModalityPerformedProcedureStep", "mpps"),
        ("StorageCommitment", "commitment"),
        ("UnifiedProcedureStep", "ups"),
        ("InstanceAvailability", "ian"),
    ):
        if keyword.startswith(begin):
            return name
    if table == "printing":
        return "print"
    return "retrieve" if keyword.endswith(("Move", "Get")) else "query" if table == "query_retrieve" else "other"


def context_claims(to: Writer, said: Overview, services: frozenset[str] | None) -> frozenset[str]:
    """Make the claims of contexts that belong to some services, all of them when None; private storage classes."""
    private = set()
    sets = said.content_and_transfer.transfer_syntax_sets
    for row, service, at in rows(said):
        if services is not None and service not in services:
            continue
        syntaxes = _syntaxes(to, row, sets, at)
        if not to.named(row.sop_class, (*at, "sop_class")):
            continue
        if service == "storage" and row.sop_class.uid not in UID_dictionary:
            private.add(row.sop_class.uid)
        for role, cell, key in row.roles():
            place = (*at, "dimse", key) if isinstance(row, StorageRow) else (*at, key)
            if cell == "N":
                _not_supported(to, row.sop_class, role, place)
                continue
            if service == "storage" and row.transfer_syntax_sets is None and row.transfer_syntaxes is None:
                _without_syntaxes(to, row, at)
            for syntax in syntaxes or (() if service == "storage" else (_DEFAULT,)):
                _context(to, row.sop_class, syntax, role, place, cell)
    if said.content_and_transfer.closed_list == "Y":
        closed(to, (*_CONTENT, "closed_list"))
    return frozenset(private)


def closed(to: Writer, at: Location) -> None:
    """Make the claim that what is not listed is refused."""
    to.add("closed-list", "closed-list", "refuses whatever its statement does not list", at)


def _context(to: Writer, sop_class: Named, syntax: Named, role: Role, at: Location, cell: str) -> None:
    name = context_claim_id("", role, sop_class.uid, syntax.uid).removeprefix(".")
    data = {"sop_class": sop_class.uid, "transfer_syntax": syntax.uid}
    to.add("context", name, f"is {role} of {sop_class.name} in {syntax.name}", at, data, role=role, cell=cell)


def _not_supported(to: Writer, sop_class: Named, role: Role, at: Location) -> None:
    name = f"{role.lower()}.{uid_keyword(sop_class.uid)}.not-supported"
    to.add("not-supported", name, f"is no {role} of {sop_class.name}", at, {"sop_class": sop_class.uid}, role=role)


def _without_syntaxes(to: Writer, row: _Row, at: Location) -> None:
    place = ".".join(map(str, at))
    if not any(each.place.startswith(f"{place}.transfer_syntax") for each in to.source.questions):
        text = f"{row.sop_class.name} has no Transfer Syntaxes, so nothing is claimed of it"
        to.mistakes.append(Mistake("warning", "no-syntax", to.source.document.line(at), text))


def _syntaxes(to: Writer, row: _Row, sets: Mapping[str, Sequence[Named]], at: Location) -> tuple[Named, ...]:
    found: dict[Named, None] = {}
    for name in row.transfer_syntax_sets or ():
        for index, syntax in enumerate(sets.get(name, ())):
            if to.named(syntax, (*_CONTENT, "transfer_syntax_sets", name, index)):
                found.setdefault(syntax)
    for index, syntax in enumerate(row.transfer_syntaxes or ()):
        if to.named(syntax, (*at, "transfer_syntaxes", index)):
            found.setdefault(syntax)
    return tuple(found)


def character_set_claims(to: Writer, terms: Sequence[str], at: Location) -> None:
    """Make a claim of each term of Specific Character Set."""
    for index, term in enumerate(terms):
        name = character_set_claim_id("", term).removeprefix(".")
        to.add("character-set", name, f"supports the character set {term}", (*at, index), {"term": term}, role="")


def undriven_claims(to: Writer, said: Overview, of: str) -> None:
    """Make claims of what nothing drives: functions, media and web roles."""
    for index, row in enumerate(said.content_and_transfer.storage_sop_classes):
        at = (*_CONTENT, "storage_sop_classes", index)
        chapter, name = "overview", f"overview.{uid_keyword(row.sop_class.uid)}"
        functions = row.function.model_dump(exclude_none=True) if row.function is not None else None
        for key, value in (("function", functions), ("media", row.media), ("web", row.web)):
            if value is not None:
                to.undriven(chapter, {key: value}, at, of=of, name=name)
    for key in ("web_services", "media_services", "real_time_video", "de_identification"):
        value = getattr(said, key)
        if value is not None:
            to.undriven("overview", {key: value}, ("overview",), of=of)
    templates = said.content_and_transfer.sr_root_templates
    if templates is not None:
        to.undriven("overview", {"sr_root_templates": templates}, _CONTENT, of=of)
