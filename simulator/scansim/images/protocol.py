"""Protocols: which series a scanner makes for an examination, as YAML in ``scenarios/protocols``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydicom.dataset import Dataset

from scansim.builtin_files import builtin_folder
from scansim.identity import carried as exam
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.images.anatomy import PHANTOMS, Phantom
from scansim.images.instance import Instance
from scansim.inputs import Document, InputError, Strict, did_you_mean, load, validate

Extra = Literal["dose-report", "dose-page", "key-objects"]
PhantomName = Literal["head", "thorax", "abdomen", "qc"]

_POSITIONING = timedelta(seconds=60)


class Protocol(Strict):
    """One protocol file. ``series`` are validated by the kind of object that is made."""

    id: str = Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="lower case words joined by hyphens; the file's name"
    )
    title: str = Field(min_length=1, max_length=64, description="Protocol Name (0018,1030)")
    object: str = Field(description="what is made: ct, mr, enhanced-ct, …")
    phantom: PhantomName
    codes: tuple[str, ...] = Field((), description="Scheduled Protocol Code Values that choose this protocol")
    default: bool = Field(False, description="true: taken when nothing chooses another one for the object")
    series: tuple[Any, ...] = Field(min_length=1)
    short: int | None = Field(
        None,
        ge=1,
        description="how many images, or frames of Enhanced CT, a run makes of it unless it wants all: neighbouring "
        "slices in the middle",
    )
    extras: tuple[Extra, ...] = Field((), description="objects that are made of the finished exam")


@dataclass(frozen=True)
class Maker:
    """What makes one kind of object: one module of this package.

    Parameters
    ----------
    object : str
        Its name in protocols and on the command line.
    modality : str
        Modality (0008,0060).
    model : type
        pydantic model of one series of a protocol.
    make : callable
        Makes the instances of one series.
    resize : callable
        The protocol's series changed so that they make a given number of instances in all.
    shorten : callable, optional
        The series changed to a given number of slices in all, where an instance holds many; else `resize` does that.
    """

    object: str
    modality: str
    model: type[Strict]
    make: Callable[[Acquisition, Any], Iterator[Instance]]
    resize: Callable[[Sequence[Any], int], Sequence[Any]]
    shorten: Callable[[Sequence[Any], int], Sequence[Any]] | None = None


@dataclass(frozen=True)
class SeriesRecord:
    """A finished series, for what refers to it.

    Parameters
    ----------
    number : int
        Series Number.
    uid, description : str
        Series Instance UID and Series Description.
    instances : tuple of (str, str)
        SOP Class UID and SOP Instance UID of each instance, in order.
    plan : object
        The series of the protocol that it was made by.
    first, last : pydicom.dataset.Dataset
        First and last instance without Pixel Data, of many frames the first and the last: dose report and dose page
        read them. The same data set when there is one instance.
    """

    number: int
    uid: str
    description: str
    instances: tuple[tuple[str, str], ...]
    plan: Any
    first: Dataset = field(default_factory=Dataset)
    last: Dataset = field(default_factory=Dataset)


@dataclass
class Acquisition:
    """One exam being acquired by a protocol: identity, clock, and what is finished.

    ``now`` moves forward only. ``shared`` holds what every instance of the exam has in common. ``injected`` is when
    contrast agent was given, or None before that. ``variant`` names what becomes of the pixels after they are made: the
    lossy transfer syntax, or nothing. ``keys`` are of the series so far, by their numbers: UIDs of another plan, or
    after other series, are others.
    """

    ledger: Ledger
    identity: Identity
    protocol: Protocol
    shared: Dataset
    now: datetime
    number: int = 0
    variant: str = ""
    keys: tuple[str, ...] = ()
    finished: list[SeriesRecord] = field(default_factory=list)
    injected: datetime | None = None

    @property
    def phantom(self) -> Phantom:
        """What lies on the table."""
        return PHANTOMS[self.protocol.phantom]

    def uid(self, *parts: object) -> str:
        """UID of something of this exam; the same parts give the same UID."""
        return self.identity.uid("image", self.ledger.study_instance_uid, self.ledger.pps_id, *parts)

    def go_on(self, protocol: Protocol) -> None:
        """Take another protocol for the series that follow; numbers, clock and records go on."""
        self.protocol = protocol
        self.shared.ProtocolName = protocol.title

    def title(self, series_uid: str) -> str:
        """Protocol Name of a finished series: what its images say, and MPPS of it; else that of the protocol."""
        names = (record.first.get("ProtocolName") for record in self.finished if record.uid == series_uid)
        return str(next(names, None) or self.protocol.title)

    def next_series(self, plan: Strict | str) -> None:
        """Begin a series by a plan of the protocol, or by the name of an extra."""
        said = plan if isinstance(plan, str) else plan.model_dump_json()
        before = self.keys[-1] if self.keys else ""
        text = "\n".join((before, self.protocol.object, self.protocol.phantom, said))
        self.keys = (*self.keys, blake2b(text.encode(), digest_size=8).hexdigest())
        self.number += 1

    def _key(self, number: int) -> str:
        return self.keys[number - 1] if number <= len(self.keys) else ""

    def instance_uid(self, index: int, number: int | None = None) -> str:
        """SOP Instance UID of an instance of a series, of that which is being made if no number is given."""
        number = self.number if number is None else number
        return self.uid("instance", number, self._key(number), self.variant, index)

    def irradiation_uid(self, number: int, *parts: object) -> str:
        """Irradiation Event UID of an acquisition: what becomes of the pixels makes no other one."""
        return self.uid("irradiation event", number, self._key(number), *parts)

    def common(self, sop_class_uid: str, description: str) -> Dataset:
        """What the instances of the series that is being made share: exam, series, numbers and times."""
        ds = deepcopy(self.shared)  # pydicom assigns to an element in place: it must not be the exam's
        ds.SOPClassUID = sop_class_uid
        ds.SeriesInstanceUID = self.uid("series", self.number, self._key(self.number), self.variant)
        ds.SeriesNumber = str(self.number)
        ds.SeriesDescription = description
        ds.SeriesDate, ds.SeriesTime = exam.date_time(self.now)
        ds.BodyPartExamined = self.phantom.body_part
        return ds


def begin(ledger: Ledger, identity: Identity, protocol: Protocol, variant: str = "") -> Acquisition:
    """Put the patient on the table: one Frame of Reference, the exam's clock at its beginning."""
    shared = exam.attributes(ledger)
    acquisition = Acquisition(ledger, identity, protocol, shared, ledger.begin + _POSITIONING, variant=variant)
    shared.FrameOfReferenceUID = acquisition.uid("frame of reference")
    shared.PositionReferenceIndicator = ""
    shared.ProtocolName = protocol.title
    return acquisition


def load_protocol(path: Path, makers: Mapping[str, Maker]) -> Protocol:
    """Load one protocol file; InputError names file, line and what is allowed."""
    return _validated(load(path), makers)


@cache
def _shipped(path: Path) -> Document:
    """A file of the package, read once: every exam looks through all of them for its protocol."""
    return load(path)


def _validated(document: Document, makers: Mapping[str, Maker]) -> Protocol:
    protocol = validate(Protocol, document, document.data)
    maker = makers.get(protocol.object)
    if maker is None:
        raise document.error(("object",), f"object {protocol.object!r} is unknown; allowed: {', '.join(makers)}")
    if protocol.id != document.path.stem:
        raise document.error(("id",), f"id {protocol.id!r} is not the file's name {document.path.stem!r}")
    series = tuple(validate(maker.model, document, raw, ("series", index)) for index, raw in enumerate(protocol.series))
    return protocol.model_copy(update={"series": series})


def builtin_protocols() -> dict[str, Path]:
    """Id to file of every protocol that comes with the package."""
    return {path.stem: path for path in sorted((builtin_folder() / "protocols").glob("*.yaml"))}


def find_protocol(name: str, makers: Mapping[str, Maker]) -> Protocol:
    """Load a protocol by id or file name; InputError for an unknown one, with the ids that there are."""
    known = builtin_protocols()
    if name in known:
        return _validated(_shipped(known[name]), makers)
    path = Path(name)
    if not path.is_file():
        hint = did_you_mean(name, known) or ";"
        raise InputError(f"{name}: no such protocol{hint} built in: {', '.join(known)}")
    return load_protocol(path, makers)


def choose_protocol(modality: str, codes: Sequence[str], makers: Mapping[str, Maker]) -> Protocol:
    """Protocol that a Scheduled Protocol Code names for a modality, else the modality's default."""
    candidates = [
        protocol
        for path in builtin_protocols().values()
        if makers[(protocol := _validated(_shipped(path), makers)).object].modality == modality
    ]
    named = [protocol for protocol in candidates if set(codes) & set(protocol.codes)]
    # single-frame objects first: they are what a target is most likely to take
    chosen = named or sorted(
        (protocol for protocol in candidates if protocol.default),
        key=lambda protocol: protocol.object != modality.lower(),
    )
    if not chosen:
        raise InputError(f"no protocol makes images of modality {modality}")
    return chosen[0]


def default_protocol(object_: str, makers: Mapping[str, Maker]) -> Protocol:
    """Protocol that is taken for a kind of object when nothing chooses another one."""
    protocols = [_validated(_shipped(path), makers) for path in builtin_protocols().values()]
    return next(protocol for protocol in protocols if protocol.object == object_ and protocol.default)


def json_schema(makers: Mapping[str, Maker]) -> dict[str, Any]:
    """JSON Schema (2020-12) of a protocol file, for editors: the series depend on the object."""
    schema = Protocol.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    choices = []
    for name, maker in makers.items():
        part = maker.model.model_json_schema(ref_template=f"#/$defs/{name}/$defs/{{model}}")
        definitions[name] = part
        series = {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/{name}"}}
        choices.append({"properties": {"object": {"const": name}, "series": series}})
    schema["properties"]["object"]["enum"] = list(makers)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "oneOf": choices}
