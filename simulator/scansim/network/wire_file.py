"""The ``.wire`` file of one association: its records one by one, and a message again from where it stands.

Of an association that carried very much, the data sets beyond the first megabytes stay in its file.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import BinaryIO

from scansim.inputs import InputError
from scansim.wire.stream import Message, MessageAssembler, PduDecoder

MAGIC = b"SPWIRE1\n"
#: Head of a record: kind, time in ns, length in bytes.
RECORD_HEAD = struct.Struct("<cQI")

#: Bytes of data sets of one direction that are held in memory.
_HELD = 1 << 23


def records(data: bytes) -> Iterator[tuple[str, int, int, bytes]]:
    """Yield (kind, time, length, payload) of each whole record; a record that was cut off ends the walk."""
    yield from records_of(BytesIO(data))


def records_of(file: BinaryIO, at: int = len(MAGIC)) -> Iterator[tuple[str, int, int, bytes]]:
    """Yield (kind, time, length, payload) of each whole record of a file, from the one that begins at `at`."""
    end = file.seek(0, SEEK_END)
    file.seek(at)
    while len(head := file.read(RECORD_HEAD.size)) == RECORD_HEAD.size:
        kind, when, length = RECORD_HEAD.unpack(head)
        size = 0 if kind in (b"G", b"g") else length
        at += RECORD_HEAD.size + size
        if at > end:
            return
        yield kind.decode("latin-1"), when, length, file.read(size)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message begins: in which record of its file, and how many bytes of its direction behind.

    ``size`` is the number of bytes of its data set that are there.
    """

    path: Path
    sent: bool
    record: int
    skip: int
    size: int

    def read(self) -> bytes:
        """Read the message's data set again.

        Raises
        ------
        InputError
            When the file is not what it was.
        """
        decoder, assembler, skip = PduDecoder(), MessageAssembler(), self.skip
        try:
            with self.path.open("rb") as file:
                for kind, _, length, payload in records_of(file, self.record):
                    if kind == ("G" if self.sent else "g"):
                        events = decoder.gap(length, 0)
                    elif kind == ("S" if self.sent else "R"):
                        events = decoder.feed(payload[skip:], 0)
                        skip = 0
                    else:
                        continue
                    for event in events:
                        for message in assembler.feed(event):
                            return message.dataset or b""
                        if len(begun := assembler.begun) >= self.size:  # behind it nothing was kept
                            return bytes(begun)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {error.strerror}") from None
        raise InputError(f"{self.path}: damaged: it has changed since it was read")


class Places:
    """Where the messages of one direction stand in their file, as it is read."""

    def __init__(self, path: Path | None, sent: bool) -> None:
        self._path = path
        self._sent = sent
        self._records: deque[tuple[int, int]] = deque()  # byte of the direction, and where the record begins
        self._bytes = 0
        self._end = 0
        self._held = 0

    def passed(self, record: int, length: int) -> None:
        """Note a record of the direction that begins at `record`, and holds or stands for `length` bytes."""
        self._records.append((self._bytes, record))
        self._bytes += length

    def keep(self, message: Message) -> tuple[Message, Place | None]:
        """Return the message that has just been completed, without its data set when that stays where it is."""
        before, self._end = self._end, message.end
        while len(self._records) > 1 and self._records[1][0] <= message.offset:
            self._records.popleft()
        size = len(message.dataset or b"")
        self._held += size
        if self._path is None or self._held <= _HELD or not size or message.offset < before:
            return message, None  # one that shares a P-DATA-TF with another is not found again
        self._held -= size
        first, record = self._records[0]
        place = Place(self._path, self._sent, record, message.offset - first, size)
        return replace(message, dataset=b"", filed=size), place
