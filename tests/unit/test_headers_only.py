"""Headers alone of what passes: whatever the pieces in which it comes, the record reads as if all had been kept."""

from __future__ import annotations

import hashlib
import random
from io import BytesIO

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset

from scansim.network.headers import DIGEST, GAP, KEEP, HeadersOnly
from scansim.wire import pdu as p
from scansim.wire.dataset import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, encode_command, fragments
from scansim.wire.stream import Message, MessageAssembler, PduDecoder

JPEG = "1.2.840.10008.1.2.4.50"
PIXELS = bytes(range(256)) * 40


def instance(*, encapsulated: bool = False) -> Dataset:
    """A data set with what a walk has to go over: sequences of both kinds, one with pixels of its own."""
    icon = Dataset()
    icon.PixelData = b"icon" * 8
    icon["PixelData"].VR = "OW"
    nested = Dataset()
    nested.CodeValue = "1"
    ds = Dataset()
    ds.SOPInstanceUID, ds.PatientName = "1.2.3", "DOE^JANE"
    ds.ProcedureCodeSequence = [nested, nested]
    ds["ProcedureCodeSequence"].is_undefined_length = True
    ds.IconImageSequence = [icon]
    ds.IconImageSequence[0].is_undefined_length_sequence_item = True
    ds.add_new(0x00091010, "OB", b"x" * 300)
    ds.PixelData = encapsulate([PIXELS]) if encapsulated else PIXELS
    ds["PixelData"].VR = "OB" if encapsulated else "OW"
    ds["PixelData"].is_undefined_length = encapsulated
    return ds


def encoded(ds: Dataset, syntax: str) -> bytes:
    stream = DicomIO(BytesIO())
    stream.is_implicit_VR, stream.is_little_endian = syntax == IMPLICIT_LITTLE, syntax != EXPLICIT_BIG
    write_dataset(stream, ds)
    return stream.parent.getvalue()


def messages(data: bytes, longest: int = 1000) -> bytes:
    """Two C-STORE-RQs in P-DATA-TFs of at most so many bytes, and a C-ECHO-RQ between them."""
    store = encode_command({"CommandField": FIELD_OF["C-STORE-RQ"], "MessageID": 1, "CommandDataSetType": 1})
    echo = encode_command({"CommandField": FIELD_OF["C-ECHO-RQ"], "MessageID": 2, "CommandDataSetType": 0x0101})
    found = b""
    for command, dataset in ((store, data), (echo, None), (store, data)):
        for head, views in fragments(1, True, [command], longest):
            found += head + b"".join(views)
        for head, views in fragments(1, False, [dataset], longest) if dataset is not None else ():
            found += head + b"".join(views)
    return found


def passed(stream: bytes, syntax: str, pieces: list[int]) -> tuple[list[Message], list[bytes], int]:
    """What a reader of the record sees, the digests, and how many bytes were kept."""
    only, decoder, assembler = HeadersOnly({1: syntax}), PduDecoder(), MessageAssembler()
    found: list[Message] = []
    digests, kept, at = list[bytes](), 0, 0
    for size in [*pieces, len(stream)]:
        for kind, piece in only.feed(stream[at : at + size]):
            if kind == DIGEST:
                digests.append(piece)
                continue
            assert kind in (KEEP, GAP)
            kept += len(piece) if kind == KEEP else 0
            events = decoder.feed(bytes(piece), 0) if kind == KEEP else decoder.gap(piece, 0)
            for event in events:
                found += assembler.feed(event)
        at += size
    return found, digests, kept


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, JPEG])
@pytest.mark.parametrize("size", [1, 7, 1000, 1006, 100_000])
def test_pixels_are_left_out_and_all_else_is_there(syntax: str, size: int) -> None:
    data = encoded(instance(encapsulated=syntax == JPEG), syntax)
    value = data.index(encapsulate([PIXELS]) if syntax == JPEG else PIXELS)
    stream = messages(data)
    found, digests, kept = passed(stream, syntax, [size] * (len(stream) // size))
    assert [message.command.name for message in found] == ["C-STORE-RQ", "C-ECHO-RQ", "C-STORE-RQ"]
    for message in (found[0], found[2]):
        assert message.dataset == data[:value]
        assert message.elided == len(data) - value
    assert digests == [hashlib.sha256(data[value:]).digest()] * 2
    assert kept < 2 * (value + 2000)


def test_pieces_of_any_length_come_to_the_same() -> None:
    data, pick = encoded(instance(), EXPLICIT_LITTLE), random.Random(1)
    stream = messages(data, longest=137)
    whole = passed(stream, EXPLICIT_LITTLE, [])
    for _ in range(20):
        pieces = [pick.randint(1, 400) for _ in range(60)]
        found, digests, kept = passed(stream, EXPLICIT_LITTLE, pieces)
        assert [(m.dataset, m.elided) for m in found] == [(m.dataset, m.elided) for m in whole[0]]
        assert (digests, kept) == whole[1:]


@pytest.mark.parametrize("syntax", [DEFLATED_LITTLE, "1.2.3"])
def test_what_cannot_be_followed_is_kept(syntax: str) -> None:
    stream = messages(b"\x01\x02\x03" * 500)
    _, digests, kept = passed(stream, syntax, [99] * 10)
    assert (digests, kept) == ([], len(stream))


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 40,
        b"\x16\x03\x01\x02\x00" + bytes(500),
        b"\x04\x00\x00\x00\x00\x03abc" * 5,
        b"\x04\x00\x00\x00\x00\x10\xff\xff\xff\xff\x01\x00" + bytes(50),
        p.encode(p.ReleaseRQ()) + b"\x05",
        b"\x04\x00\x00\x00\x00\x06\x00\x00\x00\x02\x01\x02" * 3,
    ],
)
def test_garbage_is_kept_as_it_came(stream: bytes) -> None:
    only = HeadersOnly({1: EXPLICIT_LITTLE})
    kept = b"".join(bytes(piece) for at in range(len(stream)) for _, piece in only.feed(stream[at : at + 1]))
    assert kept == stream
