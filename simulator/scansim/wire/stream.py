"""One direction of a connection: bytes in, PDUs and whole DIMSE messages out."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from scansim.wire import parse
from scansim.wire import pdu as p
from scansim.wire.dimse import Buffer, Command, decode_command
from scansim.wire.pdu import PDU, PDV, Problem
from scansim.wire.problems import Problems

#: A PDU that states more than this is taken for bytes of another protocol or for a broken length.
LONGEST_PDU = 1 << 30
#: Bytes that are kept of what is no PDU.
_LONGEST_UNKNOWN = 1 << 16


@dataclass(frozen=True, slots=True)
class PduEvent:
    """One PDU as it passed, or several P-DATA-TFs that are alike (`Passed`).

    ``offset`` and ``length`` are the byte range in its direction, header included; ``began`` and ``ended`` the times
    of its first and last byte, in nanoseconds on the transcript's clock. Offsets of problems count from the PDU's body.
    ``times`` is how many P-DATA-TFs it stands for: then offset and ``began`` are of the first of them, ``ended`` and
    ``last_offset`` of the last.
    """

    pdu: PDU
    pdu_type: int
    offset: int
    length: int
    began: int
    ended: int
    problems: tuple[Problem, ...] = ()
    times: int = 1
    last: int | None = None

    @property
    def last_offset(self) -> int:
        """Where the last of them begins."""
        return self.offset if self.last is None else self.last

    @property
    def name(self) -> str:
        """Such as ``A-ASSOCIATE-AC``."""
        return p.PDU_NAMES.get(self.pdu_type, f"PDU type {self.pdu_type:02X}H")


@dataclass(frozen=True, slots=True)
class Message:
    """One DIMSE message, command set and data set put together.

    ``dataset`` is None when no data set fragment came; ``elided`` counts its last bytes that were not kept, ``filed``
    those that whoever gives the message has elsewhere; ``number`` counts the messages of its direction from 1.
    """

    context_id: int
    command: Command
    command_bytes: bytes
    dataset: bytes | None
    elided: int
    offset: int
    end: int
    began: int
    ended: int
    problems: tuple[Problem, ...] = ()
    number: int = 0
    filed: int = 0

    @property
    def dataset_length(self) -> int:
        """Length of the encoded data set in bytes, kept and elided."""
        return len(self.dataset or b"") + self.filed + self.elided


class PduDecoder:
    """Cut a byte stream into PDUs.

    After bytes that cannot be a PDU (``broken``), nothing more is decoded: a length that cannot be believed gives no
    place to go on from.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._elided = 0
        self._offset = 0
        self._began = 0
        self.broken = False

    @property
    def pending(self) -> bytes:
        """Bytes of a PDU that is not complete yet."""
        return bytes(self._buffer)

    def feed(self, data: Buffer, time: int) -> Iterator[PduEvent]:
        """Take received bytes and yield each PDU that they complete."""
        if not self._buffer:
            self._began = time
        self._buffer += data[: max(0, _LONGEST_UNKNOWN - len(self._buffer))] if self.broken else data
        yield from self._drain(time)

    def gap(self, length: int, time: int) -> Iterator[PduEvent]:
        """Take `length` bytes that were not kept; they end inside the P-DATA-TF that has begun, or with it."""
        if not self.broken:
            self._elided += length
        yield from self._drain(time)

    def _drain(self, time: int) -> Iterator[PduEvent]:
        while not self.broken and len(self._buffer) >= 6:
            kind, length = struct.unpack_from(">BxI", self._buffer)
            if kind not in p.PDU_NAMES or length > LONGEST_PDU:
                self.broken = True
                body = bytes(memoryview(self._buffer)[6 : 6 + _LONGEST_UNKNOWN])
                text = (
                    f"PDU type {kind:02X}H is not defined"
                    if kind not in p.PDU_NAMES
                    else f"{p.PDU_NAMES[kind]} states {length} bytes"
                )
                problem = Problem("not-a-pdu", 0, text)
                yield PduEvent(
                    p.Unknown(kind, body), kind, self._offset, len(self._buffer), self._began, time, (problem,)
                )
                return
            if len(self._buffer) + self._elided < 6 + length:
                return
            kept = max(0, length - self._elided)  # a gap longer than its PDU stands in a damaged record only
            with memoryview(self._buffer) as view:
                body = bytes(view[6 : 6 + kept])
            decoded, problems = parse.decode(kind, body, length - kept)
            yield PduEvent(decoded, kind, self._offset, 6 + length, self._began, time, problems)
            del self._buffer[: 6 + kept]
            self._elided = 0
            self._offset += 6 + length
            self._began = time


@dataclass
class _Partial:
    """A message under assembly."""

    context_id: int
    offset: int
    began: int
    command: bytearray = field(default_factory=bytearray)
    decoded: Command | None = None
    dataset: bytearray | None = None
    elided: int = 0
    problems: Problems = field(default_factory=Problems)


class MessageAssembler:
    """Put PDVs together into messages (PS3.8 Annex E, PS3.7 6.3.1), whatever their packing."""

    def __init__(self) -> None:
        self._partial: _Partial | None = None
        self._finished = 0

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._partial is not None

    @property
    def begun(self) -> Buffer:
        """The data set of the message that has begun, as far as it came."""
        return (self._partial.dataset or b"") if self._partial is not None else b""

    def feed(self, event: PduEvent) -> Iterator[Message]:
        """Take one P-DATA-TF and yield each message that it completes."""
        if not isinstance(event.pdu, p.PData):
            return
        for pdv in event.pdu.pdvs:
            yield from self._take(pdv, event)

    def _take(self, pdv: PDV, event: PduEvent) -> Iterator[Message]:
        if pdv.is_command and self._partial is not None and self._partial.decoded is not None:
            self._partial.problems.append(
                Problem("dataset-missing", event.offset, "the announced data set did not come to its end")
            )
            yield self._finish(event)
        partial = self._partial
        if partial is None:
            partial = self._partial = _Partial(pdv.context_id, event.offset, event.began)
        if pdv.context_id != partial.context_id:
            partial.problems.append(
                Problem(
                    "context-changed",
                    event.offset,
                    f"a fragment on Presentation Context {pdv.context_id} inside a message on {partial.context_id}",
                )
            )
        if pdv.is_command:
            partial.command += pdv.data
            if pdv.is_last:
                partial.decoded = decode_command(bytes(partial.command))
                if not partial.decoded.has_dataset:
                    yield self._finish(event)
            return
        if not partial.command:
            partial.problems.append(
                Problem("stray-dataset", event.offset, "data set fragments that no command set announced")
            )
        if partial.dataset is None:
            partial.dataset = bytearray()
        partial.dataset += pdv.data
        partial.elided += pdv.elided
        if pdv.is_last:
            yield self._finish(event)

    def _finish(self, event: PduEvent) -> Message:
        partial = self._partial
        assert partial is not None
        self._partial = None
        self._finished += 1
        return Message(
            partial.context_id,
            partial.decoded or decode_command(bytes(partial.command)),
            bytes(partial.command),
            None if partial.dataset is None else bytes(partial.dataset),
            partial.elided,
            partial.offset,
            event.offset + event.length,
            partial.began,
            event.ended,
            partial.problems.told(),
            self._finished,
        )


class Passed:
    """The PDUs of one direction, for a record that keeps what a reader asks for, and of data just the form.

    P-DATA-TFs of one form between two other PDUs are one event, where their first one stood: of the same length, with
    fragments of the same kinds and lengths, and with the same problems. Their data are in the messages.
    """

    def __init__(self) -> None:
        self._events: list[PduEvent] = []
        self._alike: dict[tuple[object, ...], int] = {}
        self._more: dict[int, tuple[int, int, int]] = {}  # of an event: how often, offset and end of the last

    def add(self, event: PduEvent) -> None:
        """Take the next PDU."""
        if not isinstance(event.pdu, p.PData):
            self._alike.clear()
            self._events.append(event)
            return
        form = _form(event.pdu.pdvs)
        key = (event.length, form, event.problems)
        at = self._alike.setdefault(key, len(self._events))
        if at == len(self._events):
            pdvs = tuple(PDV(of, command, last, b"", length, n) for (of, command, last, length), n in form)
            self._events.append(replace(event, pdu=p.PData(pdvs)))
        else:
            times, _, _ = self._more.get(at, (1, 0, 0))
            self._more[at] = (times + 1, event.offset, event.ended)

    def events(self) -> tuple[PduEvent, ...]:
        """What passed, in order."""
        found = self._events
        for at, (times, offset, ended) in self._more.items():
            found[at] = replace(found[at], times=times, last=offset, ended=ended)
        return tuple(found)


def _form(pdvs: Sequence[PDV]) -> tuple[tuple[tuple[int, bool, bool, int], int], ...]:
    """Context, kind and length of each different fragment, and how many there are."""
    if len(pdvs) == 1:
        (one,) = pdvs
        return (((one.context_id, one.is_command, one.is_last, one.length), 1),)
    counts: dict[tuple[int, bool, bool, int], int] = {}
    for each in pdvs:
        key = (each.context_id, each.is_command, each.is_last, each.length)
        counts[key] = counts.get(key, 0) + 1
    return tuple(counts.items())
