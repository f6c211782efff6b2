"""Conformance Statements as data: what a target claims, in a YAML file that is close to the tables of PS3.2.

::

    product: {name: Some Archive, version: "4.2"}
    application_entities:
      - ae: ARCHIVE
        presentation_contexts:
          - sop_classes: [Verification, StudyRootQueryRetrieveInformationModelFind]
            transfer_syntaxes: [ImplicitVRLittleEndian, ExplicitVRLittleEndian]
          - sop_classes: [CTImageStorage, {name: MR Image Storage, uid: 1.2.840.10008.5.1.4.1.1.4}]
            roles: [SCU, SCP]
            transfer_syntaxes: [1.2.840.10008.1.2, 1.2.840.10008.1.2.1]
          - sop_classes: [StorageCommitmentPushModel]
            transfer_syntaxes: [ImplicitVRLittleEndian]
        commitment: {delivery: new, typical_seconds: 2, max_seconds: 60}
        character_sets: [ISO_IR 100, ISO_IR 192]

Every combination of SOP Class, role and Transfer Syntax is one claim, and so are each fact of ``commitment``
and each term of ``character_sets``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema
from pydicom._uid_dict import UID_dictionary

from scanproof.standard.value_grammar import TERMS, nearest_term
from scansim.inputs import Strict, did_you_mean, load, validate
from scansim.site import AeTitle
from scansim.vocabulary.services import SERVICES, STORAGE
from scansim.vocabulary.uids import COMMITMENT, uid_keyword, uid_name

Role = Literal["SCU", "SCP"]
Delivery = Literal["same", "new", "either"]
ClaimKind = Literal["context", "delivery", "typical", "maximum", "character-set"]

_DICOM_ROOT = "1.2.840.10008."
_UID_FORM = re.compile(r"(?=.{1,64}$)(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
_UID_OF_KEYWORD = {entry[4]: uid for uid, entry in UID_dictionary.items() if entry[4]}


def _plain(name: str) -> str:
    """Reduce a name to what tells it from another one."""
    name = re.sub(r"\bLE\b", "Little Endian", re.sub(r"\bBE\b", "Big Endian", name))
    letters = "".join(character for character in name.casefold() if character.isalnum())
    return letters.removesuffix("transfersyntax").removesuffix("sopclass")


_UIDS_OF_NAME: dict[str, str] = {}
for _uid, _entry in UID_dictionary.items():
    for _name in filter(None, (_entry[0], _entry[4])):
        _UIDS_OF_NAME.setdefault(_plain(_name), _uid)


class _Registered(Strict):
    """A UID, written as itself, as its keyword, or with its name as a mapping: then the two must agree."""

    kinds: ClassVar[tuple[str, ...]]

    uid: str = Field(description="UID, or the keyword of a registered one")
    name: str = Field("", description="its name in PS3.6; needed only for a UID that is not registered there")

    @model_validator(mode="before")
    @classmethod
    def _resolve(cls, data: Any) -> Any:
        given = {"uid": data} if isinstance(data, str) else data
        written = given.get("uid") if isinstance(given, dict) else None
        if not isinstance(written, str) or given.keys() - {"uid", "name"}:
            raise ValueError(f"a UID or keyword of a {cls.kinds[0]} is wanted, or {{uid: …, name: …}}, not {data!r}")
        uid = _UID_OF_KEYWORD.get(written, written)
        name = str(given.get("name") or "")
        cls._check(uid, name)
        return {"uid": uid, "name": uid_name(uid) if uid in UID_dictionary else name or uid}

    @classmethod
    def _check(cls, uid: str, name: str) -> None:
        """ValueError for what is no UID, one of another kind, or one beside the name of another."""
        if not _UID_FORM.fullmatch(uid):
            known = [keyword for keyword, of in _UID_OF_KEYWORD.items() if UID_dictionary[of][1] in cls.kinds]
            hint = did_you_mean(uid, known)
            raise ValueError(f"{uid!r} is neither a UID (PS3.5 9.1) nor the keyword of a {cls.kinds[0]}{hint}")
        entry = UID_dictionary.get(uid)
        if entry is None:
            if uid.startswith(_DICOM_ROOT) and not name:
                raise ValueError(f"{uid} is not in PS3.6 as known here; if it is right, give its name too")
            other = _UIDS_OF_NAME.get(_plain(name)) if name else None
            if other is not None:
                raise ValueError(f"{uid} is not {name!r}, which is {other}")
            return
        if entry[1] not in cls.kinds:
            raise ValueError(f"{uid} is the {entry[1]} {entry[0]!r}, where a {cls.kinds[0]} belongs")
        if name and _plain(name) not in (_plain(entry[0]), _plain(entry[4])):
            other = _UIDS_OF_NAME.get(_plain(name))
            belongs = f", which is {other}" if other is not None else ""
            raise ValueError(f"{uid} is {entry[0]!r}, not {name!r}{belongs}")

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler.resolve_ref_schema(handler(core_schema))]}


class SopClass(_Registered):
    """A SOP Class."""

    kinds = ("SOP Class", "Meta SOP Class")


class TransferSyntax(_Registered):
    """A Transfer Syntax."""

    kinds = ("Transfer Syntax",)


Item = TypeVar("Item")


def _not_empty(items: tuple[Item, ...]) -> tuple[Item, ...]:
    if not items:
        raise ValueError("at least one is wanted here")
    return items


# Not by min_length: pydantic would report a list whose every item is wrong as empty, on top of what is wrong with them.
Some = Annotated[tuple[Item, ...], AfterValidator(_not_empty), Field(json_schema_extra={"minItems": 1})]


def _text(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"a version is text; write it in quotes, or {value!r} is all that is left of it")
    return value


class Product(Strict):
    """What the statement is about."""

    name: str = Field(min_length=1, max_length=200)
    version: Annotated[str, BeforeValidator(_text)] = Field(min_length=1, max_length=64)


class PresentationContexts(Strict):
    """SOP Classes that share roles and Transfer Syntaxes."""

    sop_classes: Some[SopClass]
    roles: Some[Role] = ("SCP",)
    transfer_syntaxes: Some[TransferSyntax]
    private_storage: bool = Field(False, description="true: the private SOP Classes among them are storage classes")


class Commitment(Strict):
    """How the results of Storage Commitment come (PS3.2 N.5.2.6.2)."""

    delivery: Delivery = Field(description="on the association of the N-ACTION, on a new one, or either")
    typical_seconds: float | None = Field(None, gt=0, description="time that it usually takes")
    max_seconds: float | None = Field(None, gt=0, description="time that it never exceeds")
    known_requesters_only: bool = Field(
        False, description="true: a request of an AE title whose address is not configured is refused"
    )
    retry_seconds: float | None = Field(
        None, gt=0, description="time within which a report that could not be delivered is sent again"
    )

    @model_validator(mode="after")
    def _order(self) -> Commitment:
        if (self.typical_seconds or 0) > (self.max_seconds or float("inf")):
            raise ValueError("typical_seconds is longer than max_seconds")
        return self


@dataclass(frozen=True)
class Claim:
    """One thing that the statement says.

    ``data`` holds the facts: ``ae``, ``role``, ``sop_class`` and ``transfer_syntax`` of a context, ``ae`` and
    ``delivery``, ``ae`` and ``seconds``, or ``ae`` and ``term``.
    """

    id: str
    text: str
    kind: ClaimKind
    data: Mapping[str, str | float]


def context_claim_id(ae: str, role: Role, sop_class: str, transfer_syntax: str) -> str:
    """Id of the claim that an AE takes a SOP Class in a role with a Transfer Syntax."""
    return f"{ae}.{role.lower()}.{uid_keyword(sop_class)}.{uid_keyword(transfer_syntax)}"


def commitment_claim_id(ae: str, kind: ClaimKind) -> str:
    """Id of a claim about the results of Storage Commitment."""
    return f"{ae}.commitment.{kind}"


def character_set_claim_id(ae: str, term: str) -> str:
    """Id of the claim that an AE supports a term of Specific Character Set."""
    return f"{ae}.character-set.{term.replace(' ', '_')}"


class ApplicationEntity(Strict):
    """One Application Entity of the product."""

    ae: AeTitle = Field(description="AE title; with a single Application Entity the site may use another one")
    presentation_contexts: Some[PresentationContexts]
    commitment: Commitment | None = None
    character_sets: tuple[str, ...] = Field((), description="terms of Specific Character Set that are supported")

    @field_validator("character_sets")
    @classmethod
    def _terms_are_defined(cls, terms: tuple[str, ...]) -> tuple[str, ...]:
        for term in terms:
            if term not in TERMS:
                near = nearest_term(term)
                raise ValueError(f"{term!r} is no defined term of Specific Character Set; the nearest is {near!r}")
        return terms

    @model_validator(mode="after")
    def _commitment_is_offered(self) -> ApplicationEntity:
        if self.commitment is not None and not self.transfer_syntaxes(COMMITMENT):
            raise ValueError(f"{self.ae} has commitment, but not StorageCommitmentPushModel as SCP among its contexts")
        return self

    @cached_property
    def _declared(self) -> dict[tuple[Role, str], dict[str, str]]:
        """Role and SOP Class to its Transfer Syntaxes with their names."""
        declared: dict[tuple[Role, str], dict[str, str]] = {}
        for group in self.presentation_contexts:
            for sop_class in group.sop_classes:
                for role in group.roles:
                    syntaxes = declared.setdefault((role, sop_class.uid), {})
                    syntaxes |= {syntax.uid: syntax.name for syntax in group.transfer_syntaxes}
        return declared

    @cached_property
    def _names(self) -> dict[str, str]:
        return {each.uid: each.name for group in self.presentation_contexts for each in group.sop_classes}

    @cached_property
    def _private_storage(self) -> frozenset[str]:
        groups = (group for group in self.presentation_contexts if group.private_storage)
        return frozenset(c.uid for group in groups for c in group.sop_classes if c.uid not in UID_dictionary)

    def transfer_syntaxes(self, sop_class: str, role: Role = "SCP") -> tuple[str, ...]:
        """Transfer Syntax UIDs that are declared for a SOP Class in a role; none when it is not declared."""
        return tuple(self._declared.get((role, sop_class), ()))

    def offers(self, service: str) -> bool:
        """Whether a SOP Class of a service is declared as SCP."""
        provided = [uid for role, uid in self._declared if role == "SCP"]
        private = self._private_storage if service == STORAGE.name else ()
        return any(SERVICES[service].has(uid) or uid in private for uid in provided)

    def claims(self) -> tuple[Claim, ...]:
        """Every claim, in the order of the file."""
        found = [
            Claim(
                context_claim_id(self.ae, role, uid, syntax),
                f"{self.ae} is {role} of {self._names[uid]} in {name}",
                "context",
                {"ae": self.ae, "role": role, "sop_class": uid, "transfer_syntax": syntax},
            )
            for (role, uid), syntaxes in self._declared.items()
            for syntax, name in syntaxes.items()
        ]
        if self.commitment is not None:
            found += _commitment_claims(self.ae, self.commitment)
        found += [
            Claim(
                character_set_claim_id(self.ae, term),
                f"{self.ae} supports the character set {term}",
                "character-set",
                {"ae": self.ae, "term": term},
            )
            for term in self.character_sets
        ]
        return tuple(found)


def _commitment_claims(ae: str, commitment: Commitment) -> list[Claim]:
    where = {"same": "the association of the request", "new": "a new association", "either": "either association"}
    found = [
        Claim(
            commitment_claim_id(ae, "delivery"),
            f"{ae} sends commitment results on {where[commitment.delivery]}",
            "delivery",
            {"ae": ae, "delivery": commitment.delivery},
        )
    ]
    times: tuple[tuple[ClaimKind, str, float | None], ...] = (
        ("typical", "typically within", commitment.typical_seconds),
        ("maximum", "never later than", commitment.max_seconds),
    )
    for kind, words, seconds in times:
        if seconds is not None:
            text = f"{ae} sends commitment results {words} {seconds:g} s"
            found.append(Claim(commitment_claim_id(ae, kind), text, kind, {"ae": ae, "seconds": seconds}))
    return found


class Statement(Strict):
    """The Conformance Statement of a target."""

    product: Product
    application_entities: Some[ApplicationEntity]

    @field_validator("application_entities")
    @classmethod
    def _titles_differ(cls, entities: tuple[ApplicationEntity, ...]) -> tuple[ApplicationEntity, ...]:
        titles = [entity.ae for entity in entities]
        for title in titles:
            if titles.count(title) > 1:
                raise ValueError(f"AE title {title} stands twice; put its presentation_contexts together")
        return entities

    @property
    def title(self) -> str:
        """Product and version."""
        return f"{self.product.name} {self.product.version}"

    def offers(self, service: str) -> bool:
        """Whether any Application Entity provides a service: worklist, mpps, storage, commitment, query, verification.

        A service is provided when one of its SOP Classes is declared with the role SCP.
        """
        return any(entity.offers(service) for entity in self.application_entities)

    def claims(self) -> tuple[Claim, ...]:
        """Every claim of every Application Entity."""
        return tuple(claim for entity in self.application_entities for claim in entity.claims())


def load_statement(path: Path) -> Statement:
    """Load a Conformance Statement; InputError names file, line and what is allowed, one line per mistake."""
    document = load(path)
    return validate(Statement, document, document.data)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a statement file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Statement.model_json_schema()}
