"""One message of a transcript, whose data set is decoded when somebody asks for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scansim.network.wire_file import Place
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.status import is_pending
from scansim.wire import dataset as wire_dataset
from scansim.wire.dimse import Command
from scansim.wire.stream import Message

#: So many messages behind a request of ours are looked at when they had no end.
_OF_A_FLOOD = 500


class _Decoded:
    """Which messages hold their data set decoded: as many as a few megabytes of encoded ones, those asked for last."""

    MOST = 1 << 21

    def __init__(self) -> None:
        self._holding: deque[tuple[Exchange, int]] = deque()
        self._bytes = 0

    def hold(self, exchange: Exchange, size: int) -> None:
        """Note that a message holds a data set now; some that were asked for before let theirs go."""
        self._holding.append((exchange, size))
        self._bytes += size
        while self._bytes > self.MOST and len(self._holding) > 1:
            other, freed = self._holding.popleft()
            self._bytes -= freed
            other.let_go()


_DECODED = _Decoded()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One decoded message: which way, on which association and Presentation Context, with its bytes and times.

    ``number`` counts the messages of one direction; ``id`` is such as ``a03.r2``: association 3, received, second.
    ``digest`` is the SHA-256 of what was not kept of its data set; of compressed Pixel Data, ``pixels`` is that of the
    pixels before, native and little endian, and ``stream`` that of the fragments as one.
    ``intent`` is what a request of ours was meant to be; None when it was meant to be valid, or nobody says.
    ``purpose`` says what it is for: ``query`` its name, ``compared_with`` that of the one that it has to agree with.
    ``place`` is where its data set is, when it stayed in the file: ``encoded`` has it in any case.
    ``mirrored`` says that it is read from the other side's view: its ``id`` stays what it is in the record.
    """

    association: str
    sent: bool
    number: int
    message: Message
    abstract_syntax: str
    transfer_syntax: str
    digest: str = ""
    pixels: str = ""
    stream: str = ""
    intent: Intent | None = None
    purpose: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    mirrored: bool = False
    _held: wire_dataset.DataSet | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Stable name within the scenario."""
        return f"{self.association}.{'s' if self.sent is not self.mirrored else 'r'}{self.number}"

    @property
    def command(self) -> Command:
        """The command set."""
        return self.message.command

    @property
    def name(self) -> str:
        """The message's name, such as C-FIND-RSP."""
        return self.message.command.name

    @property
    def encoded(self) -> bytes | None:
        """The encoded data set, as far as it was kept; None when there is none."""
        return self.message.dataset if self.place is None else self.place.read()

    @property
    def dataset(self) -> wire_dataset.DataSet | None:
        """The data set, decoded leniently in the context's transfer syntax; None when there is none.

        It is decoded when it is asked for, and anew when many others have been asked for since.
        """
        held = self._held
        if held is None and self.message.dataset is not None:
            encoded = self.encoded or b""
            held = wire_dataset.read(encoded, self.transfer_syntax or wire_dataset.IMPLICIT_LITTLE)
            object.__setattr__(self, "_held", held)
            _DECODED.hold(self, len(encoded) + 64)
        return held

    def let_go(self) -> None:
        """Forget the decoded data set."""
        object.__setattr__(self, "_held", None)


def put_in_order(exchanges: list[Exchange], exchange: Exchange) -> None:
    """Add a message; a request of ours before what came when its data set was still on its way."""
    at = len(exchanges)
    if _asks(exchange):
        while at and _came_meanwhile(exchanges[at - 1], exchange):
            at -= 1
    exchanges.insert(at, exchange)


def _came_meanwhile(other: Exchange, request: Exchange) -> bool:
    """Whether a message of the target began after a request of ours did, and does not answer the one before that."""
    command = other.command
    number = command.number("MessageIDBeingRespondedTo") if command.is_response else None
    of_it = not command.is_response or (number is not None and number == request.command.number("MessageID"))
    return not other.sent and of_it and other.message.began > request.message.began


def note_digests(exchanges: list[Exchange], payload: bytes, sent: bool = True) -> None:
    """Note the digests of what was sent last, or received: of its elided pixels, in Explicit VR, of its fragments."""
    at = next((at for at in reversed(range(len(exchanges))) if exchanges[at].sent is sent), None)
    if at is not None:
        digest, pixels, stream = (_hex(payload[start : start + 32]) for start in (0, 32, 64))
        exchanges[at] = replace(exchanges[at], digest=digest, pixels=pixels, stream=stream)


def _hex(digest: bytes) -> str:
    """A digest in hexadecimal; empty for zeros, which stand for one that was not made."""
    return digest.hex() if any(digest) else ""


def first_of_a_flood(exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    """The messages of an association on which something had to be ended: of very many the first, and the last.

    Nobody learns more from the ten thousandth item of a flood, and judging it would take minutes.
    """
    since = 0
    for exchange, following in zip(exchanges, [*exchanges[1:], None], strict=False):
        since = 0 if _asks(exchange) else since + 1
        is_last = following is None or _asks(following)
        if since <= _OF_A_FLOOD or (not exchange.sent and (is_last or not _is_more_of_it(exchange))):
            yield exchange


def _asks(exchange: Exchange) -> bool:
    """Whether a message is a request of ours."""
    return exchange.sent and not exchange.command.is_response


def _is_more_of_it(exchange: Exchange) -> bool:
    """Whether a message of the target ends nothing: a Pending response, or a request."""
    return not exchange.command.is_response or is_pending(exchange.command.status)
