"""The Conformance Statements of a run, and which Application Entities of the site each of them promises for.

A statement promises for its own AEs only: for those whose titles it has, and for that of a service whose entry in the
site file names it (``statement: FILE``). One statement with one AE stands for the only AE of a site under any title.
An AE that no statement stands for is judged by the standard alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from scanproof.statements import ApplicationEntity, Claim, Statement, file_of, load_statement
from scansim.inputs import InputError
from scansim.site import Site


@dataclass(frozen=True)
class Bound:
    """One statement, and the services of the site file whose entries name it."""

    statement: Statement
    services: tuple[str, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """AE titles that it has."""
        return tuple(entity.ae for entity in self.statement.application_entities)


@dataclass(frozen=True)
class Declarations:
    """What the statements of a run say, and of whom; false when there is none.

    ``site`` is the address of each service, AE@HOST:PORT, by the service's name.
    """

    bound: tuple[Bound, ...] = ()
    site: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.bound)

    @property
    def title(self) -> str:
        """Product and version of each statement."""
        return "; ".join(each.statement.title for each in self.bound)

    def entity(self, called_ae: str, place: str = "") -> ApplicationEntity | None:
        """What a statement says of a called AE, at HOST:PORT if that is known; None when no statement stands for it."""
        called_ae = called_ae.strip(" ")
        at_place = self._by_address.get(f"{called_ae}@{place}")
        return at_place or self._by_title.get(called_ae) or self._sole

    def statement_of(self, called_ae: str, place: str = "") -> Statement | None:
        """The statement that stands for a called AE, at HOST:PORT if that is known, if one does."""
        entity = self.entity(called_ae, place)
        statements = (each.statement for each in self.bound)
        return next((each for each in statements if any(own is entity for own in each.application_entities)), None)

    @property
    def titles(self) -> frozenset[str]:
        """AE titles of every statement."""
        return frozenset(title for each in self.bound for title in each.titles)

    def of_service(self, service: str) -> ApplicationEntity | None:
        """What a statement says of the AE that the site names for a service."""
        return self.entity(*_split(self.site[service])) if service in self.site else None

    def stands_for(self, entity: ApplicationEntity) -> tuple[str, ...]:
        """Addresses of the site that an entity of a statement stands for."""
        addresses = dict.fromkeys(self.site.values())
        return tuple(address for address in addresses if self.entity(*_split(address)) is entity)

    def silent(self, service: str) -> str:
        """Why nothing is declared about a service, or about anything when it is empty; empty when something is."""
        if not self:
            return "no Conformance Statement was given"
        if not self.site:
            return ""
        names = [service] if service in self.site else [*self.site] if not service else []
        entities = [entity for name in names if (entity := self.of_service(name)) is not None]
        if service in self.site and entities and not entities[0].offers(service):
            return f"the Conformance Statement of {entities[0].ae} does not offer {service}"
        if entities or not names:
            return ""
        titles = ", ".join(dict.fromkeys(_split(self.site[name])[0] for name in names))
        return f"no Conformance Statement was given for {titles}"

    def claims(self) -> Iterator[tuple[ApplicationEntity, Claim]]:
        """Yield every claim of every statement, with the entity that it is about."""
        for each in self.bound:
            for entity in each.statement.application_entities:
                yield from ((entity, claim) for claim in entity.claims())

    def notes(self) -> Iterator[str]:
        """Yield what the reader has to know of whom the statements were held against."""
        sites = ", ".join(dict.fromkeys(_split(address)[0] for address in self.site.values()))
        for each in self.bound:
            title = each.statement.title
            if self._sole is not None and self._sole.ae not in self._titles_of_the_site:
                yield f"the Conformance Statement of {title} stands for {sites}, the only AE of the site"
            elif self.site and not any(self.stands_for(entity) for entity in each.statement.application_entities):
                titles = ", ".join(each.titles)
                yield (
                    f"the Conformance Statement of {title} was held against nobody: its AE titles ({titles}) are none "
                    f"of the site's ({sites}); 'statement: FILE' at a service of the site file says whose it is"
                )

    @cached_property
    def _titles_of_the_site(self) -> frozenset[str]:
        return frozenset(_split(address)[0] for address in self.site.values())

    @cached_property
    def _by_address(self) -> dict[str, ApplicationEntity]:
        """Address to entity, where the site file says so."""
        found: dict[str, ApplicationEntity] = {}
        for each in self.bound:
            for service in each.services:
                address = self.site.get(service)
                entity = _fitting(each, _split(address)[0]) if address is not None else None
                if address is not None and entity is not None:
                    found.setdefault(address, entity)
        return found

    @cached_property
    def _by_title(self) -> dict[str, ApplicationEntity]:
        """AE title to entity. One that the site file gives another title has that one, wherever it is called."""
        found = {address.rpartition("@")[0]: entity for address, entity in self._by_address.items()}
        for each in self.bound:
            if each.services and len(each.titles) == 1:
                continue
            for entity in each.statement.application_entities:
                found.setdefault(entity.ae, entity)
        return found

    @cached_property
    def _sole(self) -> ApplicationEntity | None:
        """The one entity of the one statement, where the site has one AE."""
        if len(self.bound) != 1 or self.bound[0].services or len(set(self.site.values())) > 1:
            return None
        entities = self.bound[0].statement.application_entities
        return entities[0] if len(entities) == 1 else None

    def replaced(self, others: tuple[Bound, ...]) -> Declarations:
        """The same site with other statements; one with the AE titles of a former one stands for whom that one did."""
        former = {each.titles: each.services for each in self.bound}
        return replace(self, bound=tuple(replace(each, services=former.get(each.titles, ())) for each in others))


def _split(address: str) -> tuple[str, str]:
    title, _, place = address.rpartition("@")
    return title, place


def _fitting(bound: Bound, title: str) -> ApplicationEntity | None:
    """The entity of a statement that the site file names for an AE: the only one, or the one of that title."""
    entities = bound.statement.application_entities
    return entities[0] if len(entities) == 1 else next((each for each in entities if each.ae == title), None)


@dataclass(frozen=True)
class Source:
    """A statement's file, and the services of the site file whose entries name it."""

    path: Path
    services: tuple[str, ...] = ()


def sources(site: Site | None, given: Sequence[Path]) -> tuple[Source, ...]:
    """Files of the statements of a run, each once: those that the site file names, then those that are given.

    One that is given may be the name of a built-in statement.
    """
    found: dict[Path, Source] = {}
    for name, address in (site.offered() if site is not None else {}).items():
        if address.statement is not None:
            before = found.get(address.statement.resolve(), Source(address.statement))
            found[address.statement.resolve()] = replace(before, services=(*before.services, name))
    for path in map(file_of, given):
        found.setdefault(path.resolve(), Source(path))
    return tuple(found.values())


def of_site(site: Site | None, given: Sequence[Path]) -> Declarations:
    """What is declared of a site, by the statements that it names and those that are given; InputError as loading."""
    offered = site.offered() if site is not None else {}
    return load_declarations(sources(site, given), {name: str(address) for name, address in offered.items()})


def load_declarations(wanted: Sequence[Source], site: Mapping[str, str]) -> Declarations:
    """Load the statements of a run.

    Raises
    ------
    InputError
        When one is not valid, has several AEs of which none is that of a service that names it, or shares an AE title
        with another one.
    """
    bound = tuple(Bound(load_statement(each.path), each.services) for each in wanted)
    for source, each in zip(wanted, bound, strict=True):
        for service in each.services:
            title = _split(site.get(service, ""))[0]
            if title and _fitting(each, title) is None:
                raise InputError(
                    f"{source.path}: none of its AEs ({', '.join(each.titles)}) is {title}, whose Conformance "
                    f"Statement it is by services.{service} of the site file"
                )
    _check_titles(bound)
    return Declarations(bound, site)


def _check_titles(bound: Sequence[Bound]) -> None:
    """InputError for an AE title that two statements have: nobody could tell whose claim is whose."""
    counts = Counter(title for each in bound for title in each.titles)
    for title, count in counts.items():
        if count > 1:
            products = " and ".join(each.statement.title for each in bound if title in each.titles)
            raise InputError(
                f"AE title {title} is in the Conformance Statements of {products}: name it differently in one of them, "
                "and say by 'statement: FILE' at the services of the site file whose it is"
            )


def of_transcript(folder: Path, facts: Mapping[str, Any], others: Sequence[Path] = ()) -> Declarations:
    """What was declared of the target of a recorded run.

    Parameters
    ----------
    folder : pathlib.Path
        The ``transcript`` folder.
    facts : mapping
        Its run.json.
    others : sequence of pathlib.Path
        Other statements in place of the run's own. One with the AE titles of one of those stands for whom that did.

    Raises
    ------
    InputError
        When a statement cannot be used.
    """
    site = {name: address for name, _, address in (line.partition(": ") for line in facts["target"])}
    own = [Source(folder / each["file"], tuple(each["services"])) for each in facts.get("statements", ())]
    if not own and (folder / "statement.yaml").is_file():  # a run of before several could be given
        own = [Source(folder / "statement.yaml")]
    recorded = load_declarations(own, site)
    if not others:
        return recorded
    return recorded.replaced(load_declarations([Source(file_of(path)) for path in others], site).bound)
