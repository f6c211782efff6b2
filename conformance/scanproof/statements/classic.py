"""The first form of statement files: contexts, how commitment results come, and character sets. It still loads.

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

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from scanproof.standard.value_grammar import TERMS, nearest_term
from scanproof.statements.claim import Claim, character_set_claim_id, commitment_claim_id, context_claim_id
from scanproof.statements.entity import ApplicationEntity, Delivery
from scanproof.statements.registered import SopClass, TransferSyntax
from scansim.inputs import Strict
from scansim.site import AeTitle
from scansim.vocabulary.uids import COMMITMENT

Role = Literal["SCU", "SCP"]

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


class _Entity(Strict):
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
    def _commitment_is_offered(self) -> _Entity:
        groups = [each for each in self.presentation_contexts if "SCP" in each.roles]
        offered = any(sop_class.uid == COMMITMENT for each in groups for sop_class in each.sop_classes)
        if self.commitment is not None and not offered:
            raise ValueError(f"{self.ae} has commitment, but not StorageCommitmentPushModel as SCP among its contexts")
        return self

    def said(self) -> ApplicationEntity:
        """What it says, as claims in the order of the file."""
        declared: dict[tuple[Role, SopClass], dict[TransferSyntax, None]] = {}
        for group in self.presentation_contexts:
            for sop_class in group.sop_classes:
                for role in group.roles:
                    declared.setdefault((role, sop_class), {}).update(dict.fromkeys(group.transfer_syntaxes))
        claims = [
            Claim(
                context_claim_id(self.ae, role, sop_class.uid, syntax.uid),
                f"{self.ae} is {role} of {sop_class.name} in {syntax.name}",
                "context",
                self.ae,
                role,
                {"sop_class": sop_class.uid, "transfer_syntax": syntax.uid},
            )
            for (role, sop_class), syntaxes in declared.items()
            for syntax in syntaxes
        ]
        if self.commitment is not None:
            claims += _commitment_claims(self.ae, self.commitment)
        claims += [
            Claim(
                character_set_claim_id(self.ae, term),
                f"{self.ae} supports the character set {term}",
                "character-set",
                self.ae,
                data={"term": term},
            )
            for term in self.character_sets
        ]
        groups = (group for group in self.presentation_contexts if group.private_storage)
        private = frozenset(sop_class.uid for group in groups for sop_class in group.sop_classes)
        return ApplicationEntity(self.ae, tuple(claims), private)


def _commitment_claims(ae: str, said: Commitment) -> list[Claim]:
    where = {"same": "the association of the request", "new": "a new association", "either": "either association"}
    made: list[tuple[str, str, dict[str, Any]]] = [
        ("delivery", f"sends commitment results on {where[said.delivery]}", {"delivery": said.delivery})
    ]
    for kind, words, seconds in (
        ("typical", "sends commitment results typically within", said.typical_seconds),
        ("maximum", "sends commitment results never later than", said.max_seconds),
        ("commitment-retry-interval", "sends a report that could not be delivered again within", said.retry_seconds),
    ):
        if seconds is not None:
            made.append((kind, f"{words} {seconds:g} s", {"seconds": seconds}))
    if said.known_requesters_only:
        made.append(("commitment-known-requesters", "refuses requesters that it does not know", {"only": True}))
    ids = {kind: kind.removeprefix("commitment-") for kind, _, _ in made}
    return [Claim(commitment_claim_id(ae, ids[k]), f"{ae} {text}", k, ae, "SCP", data) for k, text, data in made]


class ClassicStatement(Strict):
    """A file of the first form."""

    product: Product
    application_entities: Some[_Entity]

    @field_validator("application_entities")
    @classmethod
    def _titles_differ(cls, entities: tuple[_Entity, ...]) -> tuple[_Entity, ...]:
        titles = [entity.ae for entity in entities]
        for title in titles:
            if titles.count(title) > 1:
                raise ValueError(f"AE title {title} stands twice; put its presentation_contexts together")
        return entities

    def entities(self) -> tuple[ApplicationEntity, ...]:
        """What it says of each Application Entity."""
        return tuple(entity.said() for entity in self.application_entities)
