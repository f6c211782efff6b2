"""The transcript: every byte of every association, both directions, with times, and what the steps were.

On disk, one folder per scenario::

    scenario.json     what was to be done: scenario, seed, date, site; written before the first socket opens
    steps.json        each step as it went; rewritten after each step
    ledger.json       the exam's identity as the harness knows it
    a01.wire …        one association each, records in the order of events
    thumbnails/       of an exam that retrieves: small pictures of what it stored, a PNG for each SOP Instance UID

Beside them, in a folder ``_strays`` of the same kind without steps, what somebody opened to our listener and what
brought no report of the run. An association whose begin has the purpose ``brought-elsewhere`` is another exam's, and
stands here for the commitment report of this one that came on it.

A ``.wire`` file is ``SPWIRE1\\n`` and records of kind (1 byte), time in ns since the run began (8 bytes), length (4),
payload; all little endian. Kinds: ``S`` sent bytes, ``R`` received bytes, ``G`` a gap of sent bytes that were not kept
(no payload; it ends with its P-DATA-TF), ``D`` SHA-256 of the gaps of the message before it, ``g`` and ``d`` the same
of received bytes, in a recording alone, ``E`` an event as JSON.
Behind the digest of compressed Pixel Data stand two more, zeros where one was not made: of its pixels as they are in
Explicit VR Little Endian, and of its fragments as one stream without the offset table.
An event ``purpose`` says what the request that is sent next is for, such as the name of a query. An event ``intent``
says in what it was meant to deviate, of an A-ASSOCIATE-RQ too; without one it was meant to be valid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from scansim.inputs import InputError
from scansim.network.exchange import Exchange as Exchange
from scansim.network.exchange import first_of_a_flood, note_digests, put_in_order
from scansim.network.step_record import StepRecord as StepRecord
from scansim.network.step_record import steps_in
from scansim.network.wire_file import MAGIC as MAGIC
from scansim.network.wire_file import RECORD_HEAD as RECORD_HEAD
from scansim.network.wire_file import Places, records_of
from scansim.network.wire_file import records as records
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Happening, Initiator
from scansim.vocabulary.status import is_pending
from scansim.wire import pdu as p
from scansim.wire.stream import MessageAssembler, Passed, PduDecoder, PduEvent

#: Folder of the pictures of what was stored.
THUMBNAILS = "thumbnails"


@dataclass(frozen=True)
class Event:
    """Something that is not bytes; ``time`` in ns since the scenario began."""

    name: str
    time: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """A request and every response message that followed before the next request the same way."""

    association: AssociationRecord
    request: Exchange
    responses: tuple[Exchange, ...]

    @property
    def final(self) -> Exchange | None:
        """The last response that is not Pending, or None."""
        return next((rsp for rsp in reversed(self.responses) if not is_pending(rsp.command.status)), None)

    @property
    def pending(self) -> tuple[Exchange, ...]:
        """The Pending responses."""
        return tuple(rsp for rsp in self.responses if is_pending(rsp.command.status))


def _cancels(exchange: Exchange) -> bool:
    """Whether a message is a C-CANCEL, which has no response of its own: what follows answers the request before it."""
    return exchange.name == "C-CANCEL-RQ"


@dataclass(frozen=True)
class AssociationRecord:
    """One association, decoded from its record.

    ``sent`` and ``received`` are its PDUs, P-DATA-TFs that are alike as one (`scansim.wire.stream.Passed`).
    ``unparsed`` are received bytes that make no whole PDU; ``unfinished`` says that a received message has no end.
    Neither is said where not all that came was kept: what is behind it nobody knows.
    ``heard`` is when bytes were received last, before our first time-out if there was one; in ns, 0 for never.
    ``intent`` is what the A-ASSOCIATE-RQ itself was meant to be other than valid.
    ``begun`` are sent bytes that make no whole PDU.
    """

    id: str
    facts: Mapping[str, Any]
    sent: tuple[PduEvent, ...]
    received: tuple[PduEvent, ...]
    exchanges: tuple[Exchange, ...]
    events: tuple[Event, ...]
    unparsed: bytes = b""
    unfinished: bool = False
    heard: int = 0
    intent: Intent | None = None
    begun: bytes = b""

    @property
    def ours(self) -> bool:
        """Whether we opened it."""
        return self.facts.get("initiator") != Initiator.TARGET

    @property
    def service(self) -> str:
        """What it was opened for: a service name or ``verification``."""
        return str(self.facts.get("service", ""))

    @cached_property
    def request(self) -> PduEvent | None:
        """The A-ASSOCIATE-RQ, whoever sent it."""
        return next((e for e in (self.sent if self.ours else self.received) if isinstance(e.pdu, p.AssociateRQ)), None)

    @cached_property
    def answer(self) -> PduEvent | None:
        """The first PDU that the acceptor sent: A-ASSOCIATE-AC, -RJ, A-ABORT or something else."""
        return next(iter(self.received if self.ours else self.sent), None)

    @property
    def accepted(self) -> p.AssociateAC | None:
        """The A-ASSOCIATE-AC, if that was the answer."""
        return self.answer.pdu if self.answer and isinstance(self.answer.pdu, p.AssociateAC) else None

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Requests of either side with their responses, in order."""
        found: list[tuple[Exchange, list[Exchange]]] = []
        asked: dict[bool, list[Exchange]] = {}  # by the side that asked, what has answered its last request
        for exchange in self.exchanges:
            if exchange.command.is_response:
                asked.get(not exchange.sent, []).append(exchange)
                continue
            found.append((exchange, []))
            if not _cancels(exchange):
                asked[exchange.sent] = found[-1][1]
        return tuple(Operation(self, request, tuple(responses)) for request, responses in found)

    def event(self, name: Happening) -> Event | None:
        """First event of a name."""
        return next((event for event in self.events if event.name == name), None)

    def came(self, *kinds: type[p.PDU]) -> tuple[PduEvent, ...]:
        """Received PDUs of some kinds."""
        return tuple(event for kind in kinds for event in self._by_kind[False].get(kind, ()))

    def went(self, *kinds: type[p.PDU]) -> tuple[PduEvent, ...]:
        """Sent PDUs of some kinds."""
        return tuple(event for kind in kinds for event in self._by_kind[True].get(kind, ()))

    @cached_property
    def _by_kind(self) -> Mapping[bool, Mapping[type[p.PDU], list[PduEvent]]]:
        found: dict[bool, dict[type[p.PDU], list[PduEvent]]] = {True: {}, False: {}}
        for sent, events in ((True, self.sent), (False, self.received)):
            for event in events:
                found[sent].setdefault(type(event.pdu), []).append(event)
        return found

    @property
    def lost(self) -> Event | None:
        """The end of the connection that was not ours: the peer closed it, or it broke."""
        return self.event(Happening.CLOSED_BY_PEER) or self.event(Happening.CONNECTION_LOST)

    @property
    def closed_by_peer(self) -> Event | None:
        """The end of the connection that the peer made, by FIN or RST; None when the network may have cut it."""
        broken = self.event(Happening.CONNECTION_LOST)
        by_peer = broken if broken is not None and broken.facts.get("by_peer") is True else None
        return self.event(Happening.CLOSED_BY_PEER) or by_peer

    @property
    def overrun(self) -> Event | None:
        """Where we ended what did not come to its end.

        Its facts are ``waiting`` (for what), ``bound`` (operation, step, answers, bytes, pdus), ``seconds``,
        ``messages`` and ``bytes`` that had come, and ``limit``.
        """
        return self.event(Happening.OVERRUN)

    @property
    def not_kept(self) -> Event | None:
        """From where on received bytes are not in the record: nothing that came, or did not, is known from there on."""
        return self.event(Happening.NOT_KEPT)


@dataclass(frozen=True)
class Transcript:
    """One scenario's transcript, decoded; ``missing`` names what it lacks of what had been written."""

    folder: Path
    scenario: Mapping[str, Any]
    steps: tuple[StepRecord, ...]
    ledger: Mapping[str, Any]
    associations: tuple[AssociationRecord, ...]
    missing: tuple[str, ...] = field(default=())

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation of every association, in the order of the associations."""
        return tuple(operation for association in self.associations for operation in association.operations)


class _AssociationReader:
    """Decode the records of one association, as whoever recorded it saw it or, mirrored, as the other end did."""

    def __init__(self, name: str, path: Path | None = None, mirrored: bool = False) -> None:
        self.name = name
        self.mirrored = mirrored
        self.places = {sent: Places(path, sent is not mirrored) for sent in (True, False)}
        self.decoders = {True: PduDecoder(), False: PduDecoder()}
        self.assemblers = {True: MessageAssembler(), False: MessageAssembler()}
        self.pdus = {True: Passed(), False: Passed()}
        self.exchanges: list[Exchange] = []
        self.events: list[Event] = []
        self.proposed: dict[int, str] = {}
        self.agreed: dict[int, str] = {}
        self.intent: Intent | None = None
        self.begun = False
        self.meant: Intent | None = None
        self.purpose: dict[str, str] = {}
        self.heard = 0
        self.timed_out = False
        self.kept = True
        self.read_to = len(MAGIC)

    def take(self, event: PduEvent, sent: bool) -> None:
        self.pdus[sent].add(event)
        self.begun = True
        if isinstance(event.pdu, p.AssociateRQ):
            self.proposed = {context.context_id: context.abstract_syntax for context in event.pdu.contexts}
        elif isinstance(event.pdu, p.AssociateAC):
            self.agreed = {c.context_id: c.transfer_syntax or "" for c in event.pdu.contexts if c.result == 0}
        for message in self.assemblers[sent].feed(event):
            intent, purpose = None, dict[str, str]()
            if sent and not message.command.is_response:
                intent, self.intent = self.intent, None
                purpose, self.purpose = self.purpose, {}
            kept, place = self.places[sent].keep(message)
            put_in_order(
                self.exchanges,
                Exchange(
                    self.name,
                    sent,
                    message.number,
                    kept,
                    self.proposed.get(message.context_id, ""),
                    self.agreed.get(message.context_id, ""),
                    intent=intent,
                    purpose=purpose,
                    place=place,
                    mirrored=self.mirrored,
                ),
            )

    def read(self, file: BinaryIO) -> AssociationRecord:
        for kind, when, length, payload in records_of(file):
            here = self.read_to
            self.read_to += RECORD_HEAD.size + len(payload)
            if kind == "E":
                facts = json.loads(payload)
                if not isinstance(facts, dict) or not isinstance(facts.get("event"), str):
                    raise ValueError("an event without a name")
                name = facts.pop("event")
                if name == Happening.INTENT and not self.begun:  # before any PDU: of the A-ASSOCIATE-RQ
                    self.meant = Intent.read(facts)
                elif name == Happening.INTENT:
                    self.intent = Intent.read(facts)
                elif name == Happening.PURPOSE:
                    self.purpose = {str(key): str(value) for key, value in facts.items()}
                else:
                    self.events.append(Event(name, when, facts))
                    self.timed_out = self.timed_out or name == Happening.TIMEOUT
                    self.kept = self.kept and name != Happening.NOT_KEPT
            elif kind in ("D", "d"):
                note_digests(self.exchanges, payload, (kind == "D") is not self.mirrored)
            elif kind in ("G", "g"):
                sent = (kind == "G") is not self.mirrored
                self.places[sent].passed(here, length)
                for event in self.decoders[sent].gap(length, when):
                    self.take(event, sent)
            elif kind in ("S", "R"):
                sent = (kind == "S") is not self.mirrored
                if not sent and not self.timed_out:
                    self.heard = when
                if not sent and not self.kept:
                    continue  # what stood between is missing: these bytes begin anywhere
                self.places[sent].passed(here, length)
                for event in self.decoders[sent].feed(payload, when):
                    self.take(event, sent)
            else:
                raise ValueError(f"a record of kind {kind!r}, which is none")
        if self.intent is not None:  # of a request that did not go out whole
            self.events.append(Event(Happening.INTENT, 0, self.intent.facts))
        overran = any(event.name == Happening.OVERRUN for event in self.events)
        opened = next((event.facts for event in self.events if event.name == "open"), {})
        if self.mirrored:
            opened = {**opened, "initiator": Initiator(opened.get("initiator", Initiator.HARNESS)).other}
        return AssociationRecord(
            self.name,
            opened,
            self.pdus[True].events(),
            self.pdus[False].events(),
            tuple(first_of_a_flood(self.exchanges) if overran else self.exchanges),
            tuple(self.events),
            self.decoders[False].pending if self.kept else b"",
            self.assemblers[False].unfinished and self.kept,
            self.heard,
            self.meant,
            self.decoders[True].pending,
        )


def read_association(path: Path, *, mirrored: bool = False) -> AssociationRecord:
    """Decode one ``.wire`` file, also one that was cut off anywhere. InputError when it is none."""
    return _read(path, mirrored)[0]


def _read(path: Path, mirrored: bool = False) -> tuple[AssociationRecord, bool]:
    """One association, and whether the last record of its file is whole."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(MAGIC))
            if not MAGIC.startswith(magic):
                raise InputError(f"{path}: not a transcript of an association (SPWIRE1)")
            reader = _AssociationReader(path.stem, path, mirrored)
            record = reader.read(file)
            return record, reader.read_to == path.stat().st_size
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: damaged: {error}") from None


def _read_json(path: Path, otherwise: Any) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return otherwise
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON: {error}") from None


def load_transcript(folder: Path, *, mirrored: bool = False) -> Transcript:
    """Load one scenario's transcript; `mirrored` is as the other end saw it, who sent what was received.

    Raises
    ------
    InputError
        When the folder is no transcript, or a file in it cannot be read.
    """
    scenario = _read_json(folder / "scenario.json", None)
    if scenario is None:
        raise InputError(f"{folder}: no transcript here: scenario.json is missing")
    if not isinstance(scenario, dict) or not isinstance(scenario.get("id"), str):
        raise InputError(f"{folder / 'scenario.json'}: damaged: the scenario's id is not in it")
    try:
        steps = steps_in(_read_json(folder / "steps.json", []))
    except (TypeError, KeyError, ValueError) as error:
        raise InputError(f"{folder / 'steps.json'}: damaged: {error}") from None
    ledger = _read_json(folder / "ledger.json", {})
    if not isinstance(ledger, dict):
        raise InputError(f"{folder / 'ledger.json'}: damaged: not a mapping")
    paths = sorted(folder.glob("a*.wire"), key=_number)
    read = [(path, *_read(path, mirrored)) for path in paths]
    missing = tuple(f"the end of {path.name}" for path, _, whole in read if not whole)
    return Transcript(folder, scenario, steps, ledger, tuple(record for _, record, _ in read), missing)


def _number(path: Path) -> int:
    digits = path.stem[1:]
    return int(digits) if digits.isdigit() else 0
