"""The form as a whole, and the chapters that nothing drives: they load, are rendered, and their claims are undriven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from scanproof.statements.classic import PresentationContexts
from scanproof.statements.form.cells import Cell, Checked, Many, Open, Some, Term, Text, annex, ours, words
from scanproof.statements.form.commitment import Commitment
from scanproof.statements.form.network import Acceptance, Network, Parameters
from scanproof.statements.form.overview import Overview
from scanproof.statements.form.performed_step import Mpps
from scanproof.statements.form.query_retrieve import QueryRetrieve
from scanproof.statements.form.storage import Storage
from scanproof.statements.form.worklist import Worklist
from scansim.inputs import Strict
from scansim.site import check_ae

#: Services as Annex N and we call them, and which of ours each is.
SERVICES: Mapping[str, tuple[str, ...]] = {
    "verification": ("verification",),
    "storage": ("storage",),
    "basic_worklist_management": ("worklist",),
    "modality_performed_procedure_step": ("mpps",),
    "storage_commitment": ("commitment",),
    "query_retrieve": ("query", "retrieve"),
    "worklist": ("worklist",),
    "mpps": ("mpps",),
    "commitment": ("commitment",),
    "query": ("query",),
    "retrieve": ("retrieve",),
    "unified_procedure_step": ("ups",),
    "instance_availability_notification": ("ian",),
    "print_management": ("print",),
    "other": ("other",),
}


class Template(Strict):
    """Which template of PS3.2 the statement follows."""

    annex: Literal["N"] = "N"
    edition: Text | None = None


class CoverPage(Strict):
    """0 Cover page."""

    vendor: Text | None = None
    product: Text
    versions: Some[Text]
    date: Text | None = None
    document: Open = None
    revision: Open = None
    address: Open = None
    language: Open = None
    copyright: Open = None


def _switch(value: Any) -> bool:
    if (value in ("on", "Y", True) and value != 1) or value is True:
        return True
    if value in ("off", "N") or value is False:
        return False
    raise ValueError(f"on or off is wanted, not {value!r}")


Switch = Annotated[bool, Checked(_switch, {"enum": ["on", "off", "Y", "N", True, False]})]


class HoldsFor(Strict):
    """The configuration that the statement holds for."""

    command_line: Text | None = None
    configuration: Text | None = None
    options: dict[str, Switch] = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """In one line."""
        options = ", ".join(f"{name} {'on' if on else 'off'}" for name, on in self.options.items())
        return "; ".join(filter(None, (self.command_line, self.configuration, options)))


_NAME = words(*SERVICES)


def _services(names: Any) -> tuple[str, ...]:
    if isinstance(names, str):
        names = [names]
    if not isinstance(names, list | tuple):
        raise ValueError(f"a list of services is wanted, not {names!r}; there are {', '.join(SERVICES)}")
    return tuple(_NAME.check(name) for name in names)


ServiceNames = Annotated[tuple[str, ...], Checked(_services, {"type": "array", "items": _NAME.schema})]


class Services(Strict):
    """5.2 and 5.3: what each service does."""

    basic_worklist_management: Worklist | None = None
    modality_performed_procedure_step: Mpps | None = None
    storage: Storage | None = None
    storage_commitment: Commitment | None = None
    query_retrieve: QueryRetrieve | None = None
    unified_procedure_step: Open = annex("5-6 on", "inferred")
    instance_availability_notification: Open = annex("5-8", "inferred")
    print_management: Open = annex("5-19 to 5-60", "read in part")
    web: Open = annex("5-61 to 5-156", "read in part")
    media: Open = annex("5.4", "outline")
    real_time_video: Open = annex("5.5", "outline")
    cross_service: Open = annex("5.6", "outline")
    character_sets: Open = annex("5-165", "read")


class Entity(Strict):
    """One Application Entity: its services, and what differs from what is said of the product (4.1, 5.1, 7.2)."""

    services: ServiceNames | None = annex("5-1", "inferred")
    description: Text | None = None
    presentation_contexts: Some[PresentationContexts] | None = annex("7.2.n.3", "outline")
    association_parameters: Parameters | None = None
    association_acceptance: Acceptance | None = None
    association_initiation: Open = annex("7.2.n.3", "read in part")
    own_services: Services | None = ours(description="chapters of services that stand in place of the product's")
    specific_character_sets: Many[Term] | None = annex("5.7", "outline")
    closed_list: Cell | None = ours()


class ParameterRow(Strict):
    """A row of table 6-1."""

    parameter: Text
    configurable: Annotated[str | None, words("USER", "SERVICE", "FIXED")] = None
    default: Open = None
    comments: Open = None


class Configuration(Strict):
    """6 Configuration."""

    general: Many[ParameterRow] | None = annex("6-1", "read")
    services: Open = annex("6.2", "read in part")
    web: Open = annex("6.3", "outline")
    media: Open = annex("6.4", "outline")
    real_time_video: Open = annex("6.5", "outline")


class Security(Strict):
    """8 Security."""

    transport_profiles: Open = annex("8.4", "outline")
    user_identity: Open = annex("8.5", "outline")
    audit: Open = annex("A.C", "outline")
    network_requirements: Open = annex("8.2", "outline")
    ports: Open = annex("8.3", "outline")
    profiles: Open = annex("8.4", "outline")
    web: Open = annex("8.6", "outline")
    other: Open = annex("8.7", "outline")


def _titles(value: dict[str, Entity]) -> dict[str, Entity]:
    if not value:
        raise ValueError("at least one is wanted here: its AE title, and what it has")
    titles = [check_ae(title) for title in value]
    twice = [title for title, number in Counter(titles).items() if number > 1]
    if twice:
        raise ValueError(f"AE title {twice[0]} stands twice")
    without = [title for title, entity in value.items() if entity.services is None]
    if len(value) > 1 and without:
        raise ValueError(
            f"{', '.join(without)}: with several Application Entities each has services, out of {', '.join(SERVICES)}"
        )
    return dict(zip(titles, value.values(), strict=True))


class Form(Strict):
    """A Conformance Statement close to PS3.2 Annex N."""

    conformance_statement: Literal["1"] = Field(description="version of this form")
    template: Template = Template()
    cover_page: CoverPage
    holds_for: HoldsFor = ours(HoldsFor())
    overview: Overview = Overview()
    implementation_model: Open = annex("4", "outline")
    application_entities: dict[str, Entity]
    services: Services = Services()
    configuration: Configuration | None = None
    network: Network | None = None
    security: Security | None = None
    iods: Open = annex("9-1 to 9-53", "read in part")
    display: Open = annex("5-12 to 5-14", "read in part")
    sr_content: Open = annex("A.B", "outline")
    attribute_mapping: Open = annex("A.D", "outline")
    code_sets: Open = annex("A.E", "outline")

    @field_validator("application_entities")
    @classmethod
    def _entities(cls, value: dict[str, Entity]) -> dict[str, Entity]:
        return _titles(value)

    @model_validator(mode="before")
    @classmethod
    def _version_is_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("conformance_statement") == 1:
            return {**data, "conformance_statement": "1"}
        return data
