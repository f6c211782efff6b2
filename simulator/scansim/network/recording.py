"""Recording: each association's bytes to disk as they pass, and the steps beside them (format: `transcript`)."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from scansim.files import make_private, private, refused, write_atomically
from scansim.inputs import InputError
from scansim.network.transcript import MAGIC, RECORD_HEAD, THUMBNAILS
from scansim.network.wire_file import records_of
from scansim.vocabulary.outcome import Happening
from scansim.wire.dimse import Buffer

#: In place of a digest that was not made.
_UNKNOWN = bytes(32)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8", "surrogateescape")


class Recorder:
    """Record one association as it happens.

    What cannot be written raises InputError: a run whose transcript is lost has observed nothing. The record is for
    nobody but who runs it. Another thread than the one that writes may `flush` and `seal` it.
    """

    def __init__(self, path: Path, began: int, facts: Mapping[str, Any]) -> None:
        self.path = path
        self.name = path.stem
        self._began = began
        self._lock = threading.Lock()
        self._sealed = False
        try:
            self._file = open(path, "xb", buffering=1 << 16, opener=private)  # noqa: SIM115 - see private
        except OSError as error:
            raise refused(path, error) from None
        try:
            self._file.write(MAGIC)
            self.event(Happening.OPEN, **facts)
        except InputError:
            with contextlib.suppress(OSError):
                self._file.close()
            with contextlib.suppress(OSError):
                path.unlink()  # an empty record would be a damaged one
            raise

    def _head(self, kind: bytes, length: int) -> bytes:
        return RECORD_HEAD.pack(kind, time.perf_counter_ns() - self._began, length)

    def _write(self, *parts: Buffer) -> None:
        """Write records whole: Ctrl-C comes between two calls, and half a record would spoil all that follow it."""
        with self._lock:
            if self._sealed:
                raise InputError(f"{self.path}: the run has ended")
            try:
                self._file.write(b"".join(parts))
            except OSError as error:
                raise refused(self.path, error) from None

    def sent(self, parts: Sequence[Buffer], gap: int = 0) -> None:
        """Record bytes that were handed to the socket, and `gap` more behind them by their number only."""
        known = [self._head(b"S", sum(len(part) for part in parts)), *parts] if parts else []
        self._write(*known, *([self._head(b"G", gap)] if gap else []))

    def received(self, data: Buffer) -> None:
        """Record bytes that came from the socket."""
        self._write(self._head(b"R", len(data)), data)

    def gap(self, length: int, *, sent: bool = True) -> None:
        """Record `length` bytes, sent or received, by their number only."""
        self._write(self._head(b"G" if sent else b"g", length))

    def digest(self, digest: bytes, pixels: bytes = b"", stream: bytes = b"", *, sent: bool = True) -> None:
        """Record the SHA-256 of the gaps of one message, and those of its pixels and its stream if there are any."""
        if pixels or stream:
            digest += (pixels or _UNKNOWN) + (stream or _UNKNOWN)
        self._write(self._head(b"D" if sent else b"d", len(digest)), digest)

    def event(self, event: str, **facts: Any) -> None:
        """Record something that is not bytes: connected, closed by the peer, waited in vain."""
        data = json.dumps({"event": event, **facts}).encode()
        self._write(self._head(b"E", len(data)), data)
        self.flush()

    def flush(self) -> None:
        """Write what is buffered, if that is not done yet; another thread may call this."""
        with self._lock:
            try:
                if not self._file.closed:
                    self._file.flush()
            except OSError as error:
                raise refused(self.path, error) from None

    def close(self) -> None:
        """Write what is buffered and close."""
        with self._lock:
            try:
                self._file.close()
            except OSError as error:
                raise refused(self.path, error) from None

    def seal(self) -> None:
        """Close, and take nothing more: whoever writes after the end of the run gets an InputError."""
        self._sealed = True
        with contextlib.suppress(InputError):
            self.close()


class Unrecorded(Recorder):
    """In place of a record that cannot be written, for what has to be said to a target all the same."""

    def __init__(self, **_facts: Any) -> None:
        self.path = Path(os.devnull)
        self.name = ""
        self._began = 0
        self._lock = threading.Lock()
        self._sealed = False
        self._file = self.path.open("wb")


def _shifted(file: BinaryIO, by: int, facts: Mapping[str, Any]) -> Iterator[bytes]:
    """A record in parts, its times moved by so many ns, with `facts` beside those of its begin."""
    yield MAGIC
    for number, (kind, when, length, payload) in enumerate(records_of(file)):
        if facts and number == 0:
            payload = json.dumps({**json.loads(payload), **facts}).encode()
            length = len(payload)
        yield RECORD_HEAD.pack(kind.encode("latin-1"), max(0, when + by), length)
        yield payload


class TranscriptWriter:
    """The transcript of one scenario while it runs. Safe to use from several threads."""

    def __init__(self, folder: Path, scenario: Mapping[str, Any]) -> None:
        self.folder = folder
        self.began = time.perf_counter_ns()
        self._lock = threading.Lock()
        self._associations = 0
        self._steps: list[dict[str, Any]] = []
        self._recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()
        self._sealed = False
        make_private(folder)
        write_atomically((folder / "scenario.json", _json(scenario)))

    def seconds(self) -> float:
        """Seconds since the scenario began."""
        return (time.perf_counter_ns() - self.began) / 1e9

    def recorder(self, **facts: Any) -> Recorder:
        """Begin the record of an association; `facts` say who opened it, to whom, for which service."""
        with self._lock:
            self._refuse_when_sealed()
            self._associations += 1
            recorder = Recorder(self.folder / f"a{self._associations:02d}.wire", self.began, facts)
            self._recorders.add(recorder)
        return recorder

    def adopt(self, path: Path, *, began: int = 0, name: str = "", **facts: Any) -> str:
        """Take over the record of an association that another thread keeps, its times put on this scenario's clock.

        Parameters
        ----------
        path : pathlib.Path
            The record, flushed.
        began : int
            Zero of its times, in ns.
        name : str
            What it was called when it was taken over before, shorter than it is now.
        **facts
            Added to what its begin says.

        Returns
        -------
        str
            What it is called here.
        """
        try:
            file = path.open("rb")
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
        with file, self._lock:
            self._refuse_when_sealed()
            if not name:
                self._associations += 1
                name = f"a{self._associations:02d}"
            write_atomically((self.folder / f"{name}.wire", _shifted(file, began - self.began, facts)))
        return name

    def step(self, **facts: Any) -> None:
        """Note a step that has ended."""
        with self._lock:
            self._refuse_when_sealed()
            self._steps.append(facts)
            write_atomically((self.folder / "steps.json", _json(self._steps)))

    @property
    def has_thumbnails(self) -> bool:
        """Whether there are any."""
        return (self.folder / THUMBNAILS).is_dir()

    def thumbnail(self, uid: str, png: bytes) -> None:
        """Keep a small picture of an instance that was stored."""
        with self._lock:
            self._refuse_when_sealed()
            make_private(self.folder / THUMBNAILS, exist_ok=True)
            write_atomically((self.folder / THUMBNAILS / f"{uid}.png", png))

    def ledger(self, facts: Mapping[str, Any]) -> None:
        """Note the exam's identity as it is now."""
        with self._lock:
            self._refuse_when_sealed()
            write_atomically((self.folder / "ledger.json", _json(facts)))

    @property
    def sealed(self) -> bool:
        """Whether nothing more is taken."""
        return self._sealed

    def seal(self) -> None:
        """Take nothing more: a thread that outlives its run can no longer change what is judged and reported."""
        with self._lock:
            self._sealed = True
            recorders = [*self._recorders]
        for recorder in recorders:
            recorder.seal()

    def _refuse_when_sealed(self) -> None:
        if self._sealed:
            raise InputError(f"{self.folder}: the run has ended")
