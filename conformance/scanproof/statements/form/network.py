"""Chapter 7: association parameters, what is accepted and what is rejected."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, cast

from pydantic import model_validator

from scanproof.statements.form.cells import (
    Cell,
    Limit,
    Many,
    NamedSyntax,
    Open,
    OwnUid,
    Seconds,
    Some,
    Text,
    Whole,
    annex,
    ours,
    whole,
    words,
)
from scanproof.statements.form.tables import undriven_fields
from scanproof.statements.form.writer import Writer
from scansim.inputs import Location, Strict

Said = TypeVar("Said", bound=Strict)


class PduLength(Strict):
    """Maximum length of PDUs in bytes; none: there is no limit, 0 in the A-ASSOCIATE."""

    receive: Limit = None
    send: Limit = None

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, data: Any) -> Any:
        return data if isinstance(data, dict) else {"receive": data}


class Associations(Strict):
    """How many associations there may be at a time."""

    acceptor: Limit = None
    initiator: Limit = None

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, data: Any) -> Any:
        return data if isinstance(data, dict) else {"acceptor": data}


class Window(Strict):
    """Asynchronous Operations Window; 0: no limit."""

    invoked: Whole
    performed: Whole


class Parameters(Strict):
    """Tables 7-1 and 7-2."""

    application_context_name: OwnUid | None = annex("7-2", "read in part")
    implementation_class_uid: OwnUid | None = annex("7-2", "read in part")
    implementation_version_name: Text | None = annex("7-2", "read in part")
    maximum_pdu_length: PduLength | None = annex("7-2", "read in part")
    artim_timeout_s: Seconds | None = annex("7-2", "read in part")
    maximum_associations: Associations | None = annex("7-2", "inferred")
    asynchronous_operations_window: Window | None = annex("7-2", "inferred")
    association_timeout_s: Open = annex("7-2", "inferred")
    dimse_timeout_s: Open = annex("7-2", "inferred")
    idle_timeout_s: Open = ours()


class Rejection(Strict):
    """Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 Table 9-21)."""

    result: Annotated[int, whole(1, 2)]
    source: Annotated[int, whole(1, 3)]
    reason: Annotated[int, whole(0, 255)]
    condition: Text | None = None


class Acceptance(Strict):
    """7.2.n.4."""

    called_ae_title_checked: Cell | None = annex("7-3 on", "inferred")
    calling_ae_title_checked: Cell | None = annex("7-3 on", "inferred")
    transfer_syntax_selection: Annotated[str | None, words("first_proposed", "own_preference")] = annex(
        "7-3 on", "inferred"
    )
    preferred_transfer_syntaxes: Some[NamedSyntax] | None = ours(description="in this order, with own_preference")
    rejections: Many[Rejection] | None = annex("7-3 on", "inferred")
    extended_negotiation: Open = annex("7-3 on", "inferred")


class Network(Strict):
    """7 Network and Media Communication Details."""

    association_parameters: Parameters | None = None
    association_acceptance: Acceptance | None = None
    association_initiation: Open = annex("7.2.n.3", "read in part")
    failure_behavior_as_initiator: Open = annex("7-8", "read")
    failure_behavior_as_acceptor: Open = annex("7-9", "read in part")
    status_codes: Open = annex("7-10 on", "read in part")


def parameter_claims(to: Writer, said: Parameters, at: Location) -> None:
    """Make the claims of an AE's association parameters."""
    for kind, field, words_, key in (
        ("application-context", "application_context_name", "Application Context Name", "uid"),
        ("implementation-class-uid", "implementation_class_uid", "Implementation Class UID", "uid"),
    ):
        uid = getattr(said, field)
        if uid is not None and to.named(uid, (*at, field)):
            _add(to, kind, f"has {words_} {uid.uid}", (*at, field), {key: uid.uid})
    if (name := said.implementation_version_name) is not None:
        place = (*at, "implementation_version_name")
        _add(to, "implementation-version-name", f"has Implementation Version Name {name}", place, {"name": name})
    if (pdu := said.maximum_pdu_length) is not None and "receive" in pdu.model_fields_set:
        told = "receives PDUs of any length" if not pdu.receive else f"receives PDUs of at most {pdu.receive} bytes"
        _add(to, "maximum-pdu", told, (*at, "maximum_pdu_length"), {"bytes": pdu.receive or 0})
    if pdu is not None and "send" in pdu.model_fields_set:
        to.undriven("association", {"maximum_pdu_length_sent": pdu.send or "none"}, (*at, "maximum_pdu_length"))
    if (window := said.asynchronous_operations_window) is not None:
        data = {"invoked": window.invoked, "performed": window.performed}
        told = f"invokes {window.invoked} and performs {window.performed} operations at a time"
        _add(to, "asynchronous-window", told, (*at, "asynchronous_operations_window"), data)
    if (most := said.maximum_associations) is not None and "acceptor" in most.model_fields_set:
        told = (
            "accepts any number of associations" if most.acceptor is None else f"accepts {most.acceptor} associations"
        )
        _add(to, "maximum-associations", f"{told} at a time", (*at, "maximum_associations"), {"count": most.acceptor})
    if most is not None and "initiator" in most.model_fields_set:
        place, count = (*at, "maximum_associations"), "none" if most.initiator is None else most.initiator
        to.undriven("association", {"maximum_associations_as_initiator": count}, place)
    if "artim_timeout_s" in said.model_fields_set:
        seconds = said.artim_timeout_s
        if seconds is not None:
            _add(
                to,
                "artim-timeout",
                f"has an ARTIM timer of {seconds:g} s",
                (*at, "artim_timeout_s"),
                {"seconds": seconds},
            )
    undriven_fields(to, said, ("association_timeout_s", "dimse_timeout_s", "idle_timeout_s"), at, "association")


def acceptance_claims(to: Writer, said: Acceptance, at: Location) -> None:
    """Make the claims of what an AE accepts and rejects."""
    for who in ("called", "calling"):
        field = f"{who}_ae_title_checked"
        cell = getattr(said, field)
        if cell is not None:
            checked = cell != "N"
            told = f"{'checks' if checked else 'does not check'} the {who} AE title"
            _add(to, f"{who}-title-checked", told, (*at, field), {"checked": checked}, cell=cell)
    if (rule := said.transfer_syntax_selection) is not None:
        place = (*at, "preferred_transfer_syntaxes")
        order = [
            each.uid
            for index, each in enumerate(said.preferred_transfer_syntaxes or ())
            if to.named(each, (*place, index))
        ]
        told = "takes the first Transfer Syntax that it can" if rule == "first_proposed" else "prefers its own order"
        data: dict[str, Any] = {"rule": rule, **({"order": tuple(order)} if order else {})}
        _add(to, "syntax-selection", told, (*at, "transfer_syntax_selection"), data)
    found: dict[tuple[int, int, int], tuple[dict[str, None], Location]] = {}
    for index, row in enumerate(said.rejections or ()):
        key = row.result, row.source, row.reason
        conditions, _ = found.setdefault(key, ({}, (*at, "rejections", index)))
        if row.condition:
            conditions.setdefault(row.condition)
    for (result, source, reason), (conditions, where) in found.items():
        why = "; ".join(conditions)
        row_data = {"result": result, "source": source, "reason": reason, "condition": why}
        told = f"rejects with {result}/{source}/{reason}: {why or 'condition unstated'}"
        _add(to, "rejection", told, where, row_data, name=f"rejection.{result}-{source}-{reason}")
    undriven_fields(to, said, ("extended_negotiation",), at, "association")


def _add(
    to: Writer, kind: str, text: str, at: Location, data: dict[str, Any], *, cell: str = "Y", name: str = ""
) -> None:
    to.add(kind, f"association.{name or kind}", text, at, data, role="", cell=cell)


def without(said: Said, own: Said | None) -> Said:
    """What is said of the product, but for what an AE's own table says (7-2 in place of 7-1)."""
    if own is None:
        return said
    left = said.model_fields_set - own.model_fields_set
    kept = type(said).model_construct(_fields_set=set(left), **{name: getattr(said, name) for name in left})
    return cast("Said", kept)
