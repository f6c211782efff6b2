"""A transcript of a big exam, made of that of a small one: no network, no pixels, as many images as are wanted.

One C-STORE of the small exam is said again under other UIDs; MPPS, the commitment and its report name all of them, and
so do the answers to the query of images.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path

from pydicom.dataset import Dataset

from scansim.network.transcript import MAGIC, RECORD_HEAD, Exchange, load_transcript
from scansim.wire import pdu as p
from scansim.wire.dimse import encode_command, fragments
from scansim.wire.encoding import decode, encode

#: Bytes of Pixel Data of each image; they are not kept.
PIXELS = 524288


class _Wire:
    """One record of an association that is written as it goes."""

    def __init__(self, path: Path, facts: dict[str, object], began: int) -> None:
        self._file = path.open("wb")
        self._file.write(MAGIC)
        self._clock = count(began, 100_000)
        self.record(b"E", json.dumps({"event": "open", **facts}).encode())

    def record(self, kind: bytes, payload: bytes) -> None:
        """Write one record."""
        self._file.write(RECORD_HEAD.pack(kind, next(self._clock), len(payload)) + payload)

    def gap(self, length: int) -> None:
        """Write that some bytes were sent and not kept."""
        self._file.write(RECORD_HEAD.pack(b"G", next(self._clock), length))

    def message(
        self, like: Exchange, number: int, dataset: bytes | None, most: int = 16384, **values: str | int
    ) -> None:
        """Write a whole message as another one was, with its own number and values."""
        command = {**like.command.values, **values}
        command.pop("CommandGroupLength", None)
        command["MessageIDBeingRespondedTo" if like.command.is_response else "MessageID"] = number
        parts = [(True, encode_command(command)), *([(False, dataset)] if dataset is not None else [])]
        data = bytearray()
        for is_command, part in parts:
            for header, views in fragments(like.message.context_id, is_command, [part], most):
                data += header + b"".join(views)
        self.record(b"S" if like.sent else b"R", bytes(data))

    def store(self, like: Exchange, number: int, dataset: bytes, pdu: int, uid: str) -> None:
        """Write a C-STORE whose pixels were not kept, in P-DATA-TFs of up to `pdu` bytes."""
        command = {**like.command.values, "MessageID": number, "AffectedSOPInstanceUID": uid}
        command.pop("CommandGroupLength", None)
        kept = bytearray()
        for header, views in fragments(like.message.context_id, True, [encode_command(command)], pdu):
            kept += header + b"".join(views)
        left, at = len(dataset) + PIXELS, 0
        while left:
            size = min(pdu - 6, left)
            left -= size
            kept += struct.pack(">BxIIBB", 4, size + 6, size + 2, like.message.context_id, 0 if left else 2)
            here = dataset[at : at + size]
            at += len(here)
            self.record(b"S", bytes(kept + here))
            kept.clear()
            if size > len(here):
                self.gap(size - len(here))
        self.record(b"D", bytes(32))

    def close(self, ours: bool) -> None:
        """Write the release that whoever opened it asked for."""
        self.record(b"S" if ours else b"R", p.encode(p.ReleaseRQ()))
        self.record(b"R" if ours else b"S", p.encode(p.ReleaseRP()))
        self._file.close()


def uid_of(number: int) -> str:
    """The UID of an instance, as long as those of the small exam."""
    return f"2.25.3{number:038d}"


def _many(items: list[Dataset], uids: list[str]) -> Iterator[Dataset]:
    for uid in uids:
        item = deepcopy(items[0])
        item.ReferencedSOPInstanceUID = uid
        yield item


def _enlarged(data: bytes, syntax: str, uids: list[str]) -> bytes:
    """A data set in which each list of instances names all of them; in MPPS the last series has them all."""
    ds = decode(data, syntax)
    if ds.get("PerformedSeriesSequence"):
        last = ds.PerformedSeriesSequence[-1]
        last.ReferencedImageSequence = list(_many(list(last.ReferencedImageSequence), uids))
        ds.PerformedSeriesSequence = [last]
    if ds.get("ReferencedSOPSequence"):
        ds.ReferencedSOPSequence = list(_many(list(ds.ReferencedSOPSequence), uids))
    return encode(ds, syntax)


def enlarge(small: Path, big: Path, images: int, pdu: int = 131072, *, spoilt: bool = False, again: int = 0) -> None:
    """Write the transcript of a run like that of `small`, whose only scenario has a storage of several images.

    Parameters
    ----------
    small : pathlib.Path
        The ``transcript`` folder of a run of one scenario.
    big : pathlib.Path
        Where to; it is not there yet.
    images : int
        How many images are stored.
    pdu : int
        Longest P-DATA-TF that the archive takes, in bytes of its variable field.
    spoilt : bool
        Whether each image is answered with a warning, and for another instance.
    again : int
        How often each other association is recorded again.
    """
    facts = json.loads((small / "run.json").read_text())
    (name,) = facts["scenarios"]
    big.mkdir(parents=True)
    for path in small.glob("*.*"):
        shutil.copy(path, big)
    (big / name).mkdir()
    source = load_transcript(small / name)
    uids = [uid_of(number) for number in range(1, images + 1)]
    stored = [each.request.dataset for each in source.operations if each.request.name == "C-STORE-RQ"]
    assert stored[-1] is not None
    series = stored[-1].text("SeriesInstanceUID")
    clock = 0
    for association in source.associations:
        out = big / name / f"{association.id}.wire"
        asked = [each for each in association.operations if each.request.name in ("C-STORE-RQ", "N-ACTION-RQ")]
        listing = association.service in ("storage", "query", "mpps") or asked or not association.ours
        if not listing:
            shutil.copy(small / name / out.name, out)
            continue
        assert association.request is not None
        assert association.answer is not None
        clock = max(clock, association.request.began)
        wire = _Wire(out, dict(association.facts), clock)
        ours = association.ours
        wire.record(b"S" if ours else b"R", p.encode(association.request.pdu))
        wire.record(b"R" if ours else b"S", p.encode(association.answer.pdu))
        operations = association.operations[-1:] if association.service == "storage" else association.operations
        number = 0
        for operation in operations:
            request, final = operation.request, operation.final
            assert final is not None
            data = request.message.dataset
            if request.name == "C-STORE-RQ":
                assert data is not None
                old = (request.command.sop_instance_uid or "").encode()
                for number, uid in enumerate(uids, 1):
                    assert len(uid) == len(old)
                    wire.store(request, number, data.replace(old, uid.encode()), pdu, uid)
                    other = {"AffectedSOPInstanceUID": uid_of(10**6 + number), "Status": 0xB000} if spoilt else {}
                    wire.message(final, number, None, **{"AffectedSOPInstanceUID": uid, **other})
                continue
            number += 1
            syntax = request.transfer_syntax
            wire.message(request, number, None if data is None else _enlarged(data, syntax, uids), 1 << 17)
            pending = operation.pending
            keys = request.dataset
            if (
                keys is not None
                and keys.text("QueryRetrieveLevel") == "IMAGE"
                and keys.text("SeriesInstanceUID") == series
            ):
                for uid in uids:
                    answer = decode(pending[-1].message.dataset or b"", syntax)
                    answer.SOPInstanceUID = uid
                    wire.message(pending[-1], number, encode(answer, syntax))
                pending = ()
            for each in pending:
                wire.message(each, number, each.message.dataset)
            wire.message(final, number, final.message.dataset)
        wire.close(ours)
        clock = next(wire._clock)
    number = len(source.associations)
    for association in source.associations:
        for _ in range(again if association.service != "storage" else 0):
            number += 1
            shutil.copy(small / name / f"{association.id}.wire", big / name / f"a{number}.wire")
    for path in (small / name).glob("*.json"):
        shutil.copy(path, big / name)
    ledger = json.loads((small / name / "ledger.json").read_text())
    ledger["instances"] = [{**ledger["instances"][-1], "sop_instance_uid": uid} for uid in uids]
    (big / name / "ledger.json").write_text(json.dumps(ledger))
