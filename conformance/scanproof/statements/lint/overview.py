"""Rules about the overview and what Application Entities say for themselves."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.statements import ApplicationEntity
from scanproof.statements.form import overview
from scanproof.statements.form.chapters import SERVICES, Form
from scanproof.statements.lint.rules import Found, Severity, Subject, rule
from scansim.vocabulary.uids import uid_name

_MOST = 3


def _stated(said: Form, subject: Subject) -> Iterator[tuple[str, str, str, str, frozenset[str], int]]:
    """Role, SOP Class, cell, service, Transfer Syntaxes and line of each row of the overview that can be used."""
    sets = said.overview.content_and_transfer.transfer_syntax_sets
    for row, service, at in overview.rows(said.overview):
        named = [each for name in row.transfer_syntax_sets or () for each in sets.get(name, ())]
        syntaxes = frozenset(each.uid for each in (*named, *(row.transfer_syntaxes or ())) if not each.mistake)
        if row.sop_class.mistake:
            continue
        for role, cell, _ in row.roles():
            yield role, row.sop_class.uid, cell, service, syntaxes, subject.line(*at)


def _services(said: Form, ae: str) -> frozenset[str] | None:
    names = said.application_entities[ae].services
    return None if names is None else frozenset(ours for name in names for ours in SERVICES[name])


def _contexts(entities: list[ApplicationEntity]) -> dict[tuple[str, str], dict[str, int]]:
    """Role and SOP Class to the Transfer Syntaxes that any of some AEs has, with the line of each."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for entity in entities:
        for claim in entity.claims():
            if claim.kind == "context":
                key = (claim.role, str(claim.data["sop_class"]))
                found.setdefault(key, {}).setdefault(str(claim.data["transfer_syntax"]), claim.line)
    return found


@rule(
    "overview-and-entity",
    Severity.ERROR,
    what="The overview and the presentation contexts of the Application Entities agree.",
    hint="Correct the one that is wrong; a run takes what the Application Entity says for itself.",
)
def overview_and_entity(subject: Subject) -> Iterator[Found]:
    """Who buys reads the overview, who connects reads the contexts of the AE: in a published statement three classes
    are in both and differ, supported above and not below."""
    said = subject.form
    if said is None:
        return
    own = {ae for ae, entity in said.application_entities.items() if entity.presentation_contexts is not None}
    entities = list(subject.statement.application_entities)
    all_contexts = _contexts(entities)
    own_contexts = _contexts([entity for entity in entities if entity.ae in own])
    rows: dict[tuple[str, str], tuple[set[str], int]] = {}
    for role, uid, cell, service, syntaxes, line in _stated(said, subject):
        name = f"{role} of {uid_name(uid)}"
        there = own_contexts.get((role, uid))
        if cell == "N":
            if there is not None:
                other = next(iter(there.values()))
                yield Found(line, f"by the overview nothing is {name}, by the contexts of an AE it is (line {other})")
            continue
        rows.setdefault((role, uid), (set(), line))[0].update(syntaxes)
        having = {ae for ae in said.application_entities if (_services(said, ae) or {service}) & {service}}
        if (role, uid) not in all_contexts and having and having <= own:
            yield Found(line, f"by the overview it is {name}, and no AE has it among its presentation_contexts")
    for (role, uid), (stated, line) in rows.items():
        there = own_contexts.get((role, uid))
        if not stated or there is None or set(all_contexts[role, uid]) != set(there):
            continue
        differ = sorted(stated ^ set(there))
        if differ:
            names = ", ".join(map(uid_name, differ[:_MOST])) + (" and others" if len(differ) > _MOST else "")
            other = min(there.values())
            text = (
                f"{role} of {uid_name(uid)}: the overview and the contexts of the AE (line {other}) differ in {names}"
            )
            yield Found(line, text)
    yield from _beyond(said, own_contexts, set(rows))


def _beyond(said: Form, contexts: dict[tuple[str, str], dict[str, int]], rows: set[tuple[str, str]]) -> Iterator[Found]:
    """What an AE has beyond a list that is closed."""
    if said.overview.content_and_transfer.closed_list != "Y" or not rows:
        return
    for (role, uid), syntaxes in contexts.items():
        if (role, uid) not in rows:
            text = f"{role} of {uid_name(uid)} is not in the overview, whose list is closed"
            yield Found(min(syntaxes.values()), text)


@rule(
    "unmapped-service",
    Severity.WARNING,
    what="Every service of the overview is one of an Application Entity.",
    hint="Name the service at the Application Entity that has it, under application_entities.",
)
def services_are_mapped(subject: Subject) -> Iterator[Found]:
    """Whoever configures the peer needs to know at which AE title and port it is; nothing is claimed of a service that
    no AE has."""
    said = subject.form
    if said is None:
        return
    lists = [_services(said, ae) for ae in said.application_entities]
    if None in lists:
        return
    had = frozenset(service for each in lists if each is not None for service in each)
    told: set[str] = set()
    for _, uid, cell, service, _, line in _stated(said, subject):
        if cell != "N" and service not in had and service not in told:
            told.add(service)
            text = f"{uid_name(uid)} is supported, but no Application Entity has its service"
            yield Found(line, text, "application_entities.AE.services")
