"""What is tested: the site's services, their addresses, our own AE title and listener, and where orders come from."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, model_validator

from scansim.identity.chosen import CharacterSetKey, LocaleKey, PatientKey, conflict
from scansim.inputs import Document, InputError, Strict, load, validate
from scansim.vocabulary.services import ADDRESSED, SERVICES, Service


def check_ae(title: str) -> str:
    r"""Return an AE title without outer spaces; ValueError unless it has 1 to 16 printable characters, no ``\``."""
    title = title.strip(" ")
    if not re.fullmatch(r"[ -\[\]-~]{1,16}", title):
        raise ValueError(f"{title!r} is no AE title: 1 to 16 characters of ISO 646, no backslash (PS3.5 6.2)")
    return title


AeTitle = Annotated[str, AfterValidator(check_ae)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


def endpoint(host: str, port: int) -> str:
    """HOST:PORT, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine only: ``localhost`` or a literal loopback address; nothing is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_host(host: str) -> str:
    """Return a host name or address without the brackets that an IPv6 address may stand in."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") and ":" in host else host


Host = Annotated[str, Field(min_length=1), AfterValidator(check_host)]


class Timeouts(Strict):
    """How long to wait, in seconds.

    ``connect`` for TCP; ``associate`` for the answer to A-ASSOCIATE-RQ and A-RELEASE-RQ; ``response`` for each DIMSE
    response; ``commitment`` for the N-EVENT-REPORT after the N-ACTION-RSP; ``hold`` for how long of that the N-ACTION's
    own association stays open; ``settle`` for what was stored to be found by a query; ``again`` before an association
    that was rejected for the moment is asked for once more.

    Two more are absolute, whatever keeps coming: ``operation`` for all of a request and its responses, ``step`` for all
    of a scenario's step.
    """

    connect: Seconds = 5.0
    associate: Seconds = 10.0
    response: Seconds = 30.0
    commitment: Seconds = 30.0
    hold: Seconds = 3.0
    settle: Seconds = 10.0
    again: Seconds = 2.0
    operation: Seconds = 120.0
    step: Annotated[float, Field(gt=0, le=86400)] = 1800.0


class Limits(Strict):
    """How much a peer may send before we end it.

    ``answers`` to one request, beyond as many as it may have; ``operation`` in MiB for all that it sends meanwhile;
    ``transcript`` in MiB for all that targets send in a run, of which one operation gets a quarter of what is left.
    What was stored may come back beyond that when it is retrieved.
    ``strangers`` are associations to our listener at a time that brought nothing of ours.
    """

    answers: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    operation: Annotated[int, Field(ge=1, le=4096)] = 32
    transcript: Annotated[int, Field(ge=1, le=1 << 20)] = 160
    strangers: Annotated[int, Field(ge=1, le=1000)] = 16


class Address(Strict):
    """One service's Application Entity."""

    ae: AeTitle
    host: Host
    port: Port
    calling_ae: AeTitle | None = Field(None, description="our AE title towards this service, when it is another one")
    timeouts: Timeouts = Timeouts()
    statement: Path | None = Field(
        None, description="Conformance Statement (YAML) of this AE; relative to the site file"
    )
    tls: None = Field(None, description="reserved: TLS is not there yet")

    def __str__(self) -> str:
        return f"{self.ae}@{endpoint(self.host, self.port)}"


class ListenerAddress(Strict):
    """Where we listen for Storage Commitment results on a new association."""

    ae: AeTitle = "SCANPROOF"
    host: Host = Field("127.0.0.1", description="the local address to bind; 0.0.0.0 or :: for all of this machine's")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(11113, description="0 takes a free port")
    allow_remote: bool = Field(False, description="true: other machines may call, though no host may be one")


def _known_service(name: str) -> str:
    if name not in ADDRESSED:
        raise ValueError(f"unknown service; allowed here: {', '.join(sorted(ADDRESSED))}")
    return name


ServiceName = Annotated[str, AfterValidator(_known_service)]


def _a_property_each(schema: dict[str, Any]) -> None:
    """Name the services in the JSON Schema, so that editors can."""
    address = schema.pop("additionalProperties")
    schema["properties"] = {name: {**address, "description": SERVICES[name].title} for name in ADDRESSED}
    schema["additionalProperties"] = False


class Orders(Strict):
    """How orders get into the worklist: files in a folder, or nothing to do because they are there."""

    folder: Path | None = Field(None, description="one worklist file per order; relative to the site file")
    existing: bool = Field(False, description="use what the worklist holds")
    accession: str | None = Field(None, description="with existing: the Accession Number of the item to take")

    @model_validator(mode="after")
    def _one_way(self) -> Orders:
        if bool(self.folder) == self.existing:
            raise ValueError("give either folder: PATH or existing: true")
        if self.accession and not self.existing:
            raise ValueError("accession goes with existing: true")
        return self


class Site(Strict):
    """A site file."""

    calling_ae: AeTitle = "SCANPROOF"
    listener: ListenerAddress = ListenerAddress()
    services: Mapping[ServiceName, Address | None] = Field(
        description="where each service is; one that is left out is not offered", json_schema_extra=_a_property_each
    )
    orders: Orders = Orders(existing=True)
    limits: Limits = Limits()
    patient: PatientKey = None
    character_set: CharacterSetKey = None
    locale: LocaleKey = None
    allow_remote: bool = Field(False, description="true: hosts that are not this machine are meant")
    odd_data: bool = Field(
        False, description="true: batteries may send what no scanner should, as with --odd-data; never to a live system"
    )
    own_files: bool = Field(
        False,
        description="true: cases may send files of the user's own, which may be real people's, as with --own-files",
    )
    all_aes: bool = Field(False, description="true: the systems tested have no other AEs than those named here")
    _asked: bool = PrivateAttr(default=False)

    @property
    def promises(self) -> bool:
        """Whether it says that its services are there; one AE that is just asked for all of them promises nothing."""
        return not self._asked

    def address(self, service: Service) -> Address | None:
        """Address of a service, or None when the site does not offer it."""
        return self.services.get(service.name)

    def calling(self, address: Address) -> str:
        """Our AE title towards an address."""
        return address.calling_ae or self.calling_ae

    @property
    def titles(self) -> frozenset[str]:
        """Every AE title that is ours, of the listener and towards each service."""
        return frozenset((self.listener.ae, self.calling_ae, *map(self.calling, self.offered().values())))

    def offered(self) -> dict[str, Address]:
        """Return every service that the site offers."""
        return {name: address for name in ADDRESSED if (address := self.services.get(name)) is not None}


def _refuse_remote(site: Site, where: str, how: str) -> None:
    if site.allow_remote:
        return
    for name, address in site.offered().items():
        if not is_loopback(address.host):
            raise InputError(
                f"{where}: services.{name}.host {address.host!r} is not this machine; to send there on purpose, {how}"
            )


def _refuse_callers(site: Site, where: str, how: str) -> None:
    """Nobody but this machine is let in at our listener unless somebody said so."""
    if not (site.allow_remote or site.listener.allow_remote or is_loopback(site.listener.host)):
        raise InputError(
            f"{where}: listener.host {site.listener.host!r} lets other machines call; to be called on purpose, {how}"
        )


def load_site(path: Path) -> Site:
    """Load a site file; InputError names file, line and what is allowed."""
    document = load(path)
    site = validate(Site, document, document.data)
    if not site.offered():
        raise document.error(("services",), f"no service is given; known: {', '.join(ADDRESSED)}")
    _refuse_remote(site, f"{path}:{document.line(('services',))}", "use a site file with allow_remote: true")
    _refuse_callers(
        site,
        f"{path}:{document.line(('listener', 'host'))}",
        "write allow_remote: true beside it, or at the top of the site file for targets as well",
    )
    if (found := conflict(site, synthetic=False)) is not None:
        raise document.error(*found)
    if site.orders.folder is not None:
        folder = (path.parent / site.orders.folder).resolve()
        if not folder.is_dir():
            raise document.error(("orders", "folder"), f"orders.folder: {folder} is no folder; create it")
        site = site.model_copy(update={"orders": Orders(folder=folder)})
    return site.model_copy(update={"services": {**site.services, **_with_statements(document, site)}})


def _with_statements(document: Document, site: Site) -> dict[str, Address]:
    """The services that name a Conformance Statement, with the path of it."""
    found: dict[str, Address] = {}
    for name, address in site.offered().items():
        if address.statement is not None:
            path = (document.path.parent / address.statement).resolve()
            if not path.is_file():
                where = ("services", name, "statement")
                raise document.error(where, f"services.{name}.statement: {path} is no file")
            found[name] = address.model_copy(update={"statement": path})
    return found


def parse_target(text: str) -> tuple[str, str, int]:
    """Split ``AET@HOST:PORT``; InputError tells the form."""
    match = re.fullmatch(r"(?P<ae>[^@]+)@(?P<host>\[[^\]]+\]|[^:@]+):(?P<port>[0-9]{1,5})", text)
    if match is None or not 1 <= int(match["port"]) <= 65535:
        raise InputError(f"--target {text!r}: the form is AET@HOST:PORT, such as PACS@127.0.0.1:11112")
    try:
        return check_ae(match["ae"]), match["host"].strip("[]"), int(match["port"])
    except ValueError as error:
        raise InputError(f"--target {text!r}: {error}") from None


def single_target(
    ae: str,
    host: str,
    port: int,
    *,
    calling_ae: str = "SCANPROOF",
    listener: ListenerAddress | None = None,
    timeouts: Timeouts | None = None,
    allow_remote: bool = False,
    promised: bool = False,
) -> Site:
    """Site in which one AE is asked for every service; `promised` says that it has all of them."""
    address = Address(ae=ae, host=host, port=port, timeouts=timeouts or Timeouts())
    site = Site(
        calling_ae=calling_ae,
        listener=listener or ListenerAddress(ae=calling_ae),
        services=dict.fromkeys(ADDRESSED, address),
        allow_remote=allow_remote,
    )
    site._asked = not promised
    how = "give --allow-remote, or a site file with allow_remote: true"
    _refuse_remote(site, f"--target {address}", how)
    _refuse_callers(site, f"--target {address}", how)
    return site


def adjustment(timeouts: Sequence[str] = (), limits: Sequence[str] = ()) -> Callable[[Site], Site]:
    """What gives a site other timeouts for all its services, and other limits, each as ``NAME=NUMBER``.

    Raises
    ------
    InputError
        For another form, a name that there is not, or a number that is not allowed.
    """
    times = _settings(Timeouts, "--timeout", timeouts)
    most = _settings(Limits, "--limit", limits)

    def adjusted(site: Site) -> Site:
        services = {
            name: address.model_copy(update={"timeouts": address.timeouts.model_copy(update=times)})
            for name, address in site.offered().items()
        }
        changed = {"services": {**site.services, **services}, "limits": site.limits.model_copy(update=most)}
        return site.model_copy(update=changed)

    return adjusted


def _settings(model: type[Timeouts | Limits], option: str, given: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            checked = model.model_validate({name: number}, strict=False)
        except ValidationError as error:
            wrong = error.errors()[0]
            names = ", ".join(model.model_fields)
            why = f"allowed: {names}" if name not in model.model_fields else wrong["msg"]
            raise InputError(f"{option} {text!r}: {why}; the form is NAME=NUMBER") from None
        found[name] = getattr(checked, name)
    return found
