"""What a form says: the claims of each Application Entity, from all chapters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanproof.statements.claim import context_claim_id
from scanproof.statements.entity import ApplicationEntity
from scanproof.statements.form import commitment, overview, performed_step, query_retrieve, storage, worklist
from scanproof.statements.form.chapters import SERVICES, Entity, Form
from scanproof.statements.form.network import acceptance_claims, parameter_claims, without
from scanproof.statements.form.plain import Plain
from scanproof.statements.form.writer import Writer
from scanproof.statements.remarks import Mistakes
from scansim.inputs import Location, Strict, did_you_mean

#: What ids of claims begin with that hold of the product, whichever AE it is.
PRODUCT = "product"

#: Services that nothing here drives.
UNDRIVEN = (
    *("unified_procedure_step", "instance_availability_notification", "print_management", "web", "media"),
    *("real_time_video", "cross_service", "character_sets"),
)


def entities(form: Form, source: Plain, mistakes: Mistakes) -> tuple[ApplicationEntity, ...]:
    """What a form says of each Application Entity; what is wrong in it goes into `mistakes`."""
    on = frozenset(name for name, switched in form.holds_for.options.items() if switched)
    found = []
    for number, (title, entity) in enumerate(form.application_entities.items()):
        to = Writer(title, source, on, mistakes)
        private = _of_entity(to, form, entity, ("application_entities", title))
        if number == 0:
            _of_product(to, form)
        found.append(ApplicationEntity(title, tuple(to.claims.values()), private))
    return tuple(found)


def unknown_sets(form: Form, source: Plain) -> Iterator[str]:
    """Yield what is wrong with rows that name a set of Transfer Syntaxes that there is not."""
    sets = form.overview.content_and_transfer.transfer_syntax_sets
    for row, _, at in overview.rows(form.overview):
        for index, name in enumerate(row.transfer_syntax_sets or ()):
            if name not in sets and not _is_asked(source, f"overview.content_and_transfer.transfer_syntax_sets.{name}"):
                place = (*at, "transfer_syntax_sets", index)
                known = f"there are {', '.join(sets)}" if sets else "there are none"
                where = f"{source.document.line(place)}: {'.'.join(map(str, place))}"
                told = f"no set {name!r} of Transfer Syntaxes; {known}{did_you_mean(name, sets)}"
                yield f"{source.document.path}:{where}: {told}"


def _is_asked(source: Plain, place: str) -> bool:
    """Whether a place, or what it would stand in, is a question."""
    return any(f"{place}.".startswith(f"{each.place}.") for each in source.questions)


def _of_entity(to: Writer, form: Form, entity: Entity, at: Location) -> frozenset[str]:
    services = None
    if entity.services is not None:
        services = frozenset(ours for name in entity.services for ours in SERVICES[name])
    said = form.overview
    if entity.presentation_contexts is None:
        private = overview.context_claims(to, said, services)
    else:
        private = _contexts(to, entity, (*at, "presentation_contexts"))
        if said.content_and_transfer.closed_list == "Y" and entity.closed_list is None:
            overview.closed(to, ("overview", "content_and_transfer", "closed_list"))
    if entity.closed_list == "Y":
        overview.closed(to, (*at, "closed_list"))
    if entity.specific_character_sets is not None:
        overview.character_set_claims(to, entity.specific_character_sets, (*at, "specific_character_sets"))
    else:
        terms = said.specific_character_sets or ()
        overview.character_set_claims(to, terms, ("overview", "specific_character_sets"))
    _network(to, form, entity, at)
    _services(to, form, entity, services, at)
    if entity.association_initiation is not None:
        to.undriven("association", {"association_initiation": entity.association_initiation}, at)
    if entity.own_services is not None:
        for name in UNDRIVEN:
            if (value := getattr(entity.own_services, name)) is not None:
                to.undriven("services", {name: value}, (*at, "own_services"))
    return private


def _contexts(to: Writer, entity: Entity, at: Location) -> frozenset[str]:
    private = set()
    for index, group in enumerate(entity.presentation_contexts or ()):
        for sop_class in group.sop_classes:
            if group.private_storage:
                private.add(sop_class.uid)
            for role in group.roles:
                for syntax in group.transfer_syntaxes:
                    name = context_claim_id("", role, sop_class.uid, syntax.uid).removeprefix(".")
                    text = f"is {role} of {sop_class.name} in {syntax.name}"
                    data = {"sop_class": sop_class.uid, "transfer_syntax": syntax.uid}
                    to.add("context", name, text, (*at, index), data, role=role)
    return frozenset(private)


def _network(to: Writer, form: Form, entity: Entity, at: Location) -> None:
    own, rules = entity.association_parameters, entity.association_acceptance
    if own is not None:
        parameter_claims(to, own, (*at, "association_parameters"))
    if rules is not None:
        acceptance_claims(to, rules, (*at, "association_acceptance"))
    network = form.network
    if network is not None and network.association_parameters is not None:
        said = without(network.association_parameters, own)
        parameter_claims(to, said, ("network", "association_parameters"))
    if network is not None and network.association_acceptance is not None:
        accepted = without(network.association_acceptance, rules)
        acceptance_claims(to, accepted, ("network", "association_acceptance"))


def _services(to: Writer, form: Form, entity: Entity, services: frozenset[str] | None, at: Location) -> None:
    """Make the claims of the chapters of services: the AE's own, where it has one, else the product's."""
    chapters: tuple[tuple[str, str, Any], ...] = (
        ("worklist", "basic_worklist_management", worklist.claims),
        ("mpps", "modality_performed_procedure_step", performed_step.claims),
        ("storage", "storage", storage.claims),
        ("commitment", "storage_commitment", commitment.claims),
    )
    for service, name, claims in chapters:
        chapter, place = _chapter(form, entity, name, at)
        if chapter is not None and (services is None or service in services):
            claims(to, chapter, place)
    models, place = _chapter(form, entity, "query_retrieve", at)
    if models is not None:
        query_retrieve.claims(to, models, place, services)


def _chapter(form: Form, entity: Entity, name: str, at: Location) -> tuple[Any, Location]:
    own = getattr(entity.own_services, name, None)
    if own is not None:
        return own, (*at, "own_services", name)
    return getattr(form.services, name), ("services", name)


def _of_product(to: Writer, form: Form) -> None:
    """Make the undriven claims of the product as a whole; they stand with its first AE."""
    overview.undriven_claims(to, form.overview, PRODUCT)
    _open(to, form.services, UNDRIVEN, ("services",), "services")
    if form.configuration is not None:
        names = ("general", "services", "web", "media", "real_time_video")
        _open(to, form.configuration, names, ("configuration",), "configuration")
    if form.network is not None:
        fields = ("association_initiation", "failure_behavior_as_initiator", "failure_behavior_as_acceptor")
        _open(to, form.network, (*fields, "status_codes"), ("network",), "network")
    if form.security is not None:
        _open(to, form.security, tuple(type(form.security).model_fields), ("security",), "security")
    for name in ("iods", "display", "sr_content", "attribute_mapping", "code_sets"):
        value = getattr(form, name)
        if value is not None:
            to.undriven(name, value, (name,), of=PRODUCT)


def _open(to: Writer, said: Strict, names: tuple[str, ...], at: Location, chapter: str) -> None:
    plain = said.model_dump(exclude_unset=True)
    for name in names:
        if plain.get(name) is not None:
            value = plain[name]
            to.undriven(chapter, {name: list(value) if isinstance(value, tuple) else value}, at, of=PRODUCT)
