"""The reference target's database and files: orders, performed steps, instances, commitments."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydicom.dataset import Dataset
from pydicom.uid import UID

from scansim.files import make_private, private
from scansim.reference.skim import Walk
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import decode, encode, unread

_CHUNK = 1 << 18  # bytes
_LONGEST_VALUE = 1 << 16  # bytes
_PIXELS = 0x7FE00001

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, item BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS steps (uid TEXT PRIMARY KEY, status TEXT NOT NULL, step BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS instances (
    uid TEXT PRIMARY KEY, sop_class TEXT NOT NULL, series TEXT NOT NULL, study TEXT NOT NULL, patient TEXT NOT NULL,
    modality TEXT NOT NULL, transfer_syntax TEXT NOT NULL, path TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_series ON instances (series);
CREATE INDEX IF NOT EXISTS by_study ON instances (study);
CREATE TABLE IF NOT EXISTS commitments (
    uid TEXT PRIMARY KEY, requester TEXT NOT NULL, request BLOB NOT NULL, done INTEGER NOT NULL DEFAULT 0
);
"""


@dataclass(frozen=True)
class Instance:
    """One stored instance: its place in the information model, and its file."""

    uid: str
    sop_class: str
    series: str
    study: str
    patient: str
    modality: str
    transfer_syntax: str
    path: Path

    def header(self) -> Dataset:
        """Read everything before Pixel Data, its values as bytes; what is longer than an answer holds is left out."""
        syntax = UID(self.transfer_syntax)
        parts: list[bytes] = []
        with self.data() as file:
            for tag, raw in Walk(file, syntax, longest=1 << 40, most=1 << 40).elements(_LONGEST_VALUE):
                if tag >= _PIXELS:
                    break
                parts.append(raw or b"")
        return unread(b"".join(parts), EXPLICIT_LITTLE if syntax.is_encapsulated or syntax.is_deflated else syntax)

    def data(self) -> BinaryIO:
        """Open the file at the data set, as it was received."""
        file = self.path.open("rb")
        file.seek(140)  # preamble, prefix, and all of Group Length but its value (PS3.10 7.1)
        file.seek(struct.unpack("<I", file.read(4))[0], os.SEEK_CUR)
        return file


def pack(ds: Dataset) -> bytes:
    """Encode a dataset in Explicit VR Little Endian, as the database keeps it."""
    return encode(ds, EXPLICIT_LITTLE)


def unpack(data: bytes) -> Dataset:
    """Decode what `pack` encoded."""
    return decode(data, EXPLICIT_LITTLE)


class Store:
    """Database and files below one folder.

    Any thread may call any method, and several processes may have the same folder open: the runner adds orders while
    the server reads them. Files appear whole or not at all. What was answered with success survives the end of the
    process; a power failure may lose the last transactions, since the disk is not forced for each one. Nobody else can
    read them. `trouble` is told what could not be written, beside the exception.
    """

    def __init__(self, folder: Path, trouble: Callable[[str], None] = lambda _text: None) -> None:
        self.folder = folder
        self._trouble = trouble
        make_private(folder / "instances", exist_ok=True)
        with suppress(FileExistsError):  # sqlite would make it as the umask says
            os.close(private(str(folder / "reference.sqlite"), os.O_CREAT | os.O_EXCL | os.O_RDWR))
        self._lock = threading.RLock()
        self._database = sqlite3.connect(
            folder / "reference.sqlite", timeout=10, check_same_thread=False, isolation_level=None
        )
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what is done inside one transaction that no other thread or process comes between."""
        with self._lock:
            self._rows("BEGIN IMMEDIATE")
            try:
                yield
                self._rows("COMMIT")
            except BaseException:
                with suppress(sqlite3.OperationalError):  # sqlite has done it itself when the disk is full
                    self._database.execute("ROLLBACK")
                raise

    def _rows(self, query: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._database.execute(query, tuple(values)).fetchall()
            except sqlite3.OperationalError as error:
                self._trouble(f"{self.folder}: {error}")
                raise

    # --- orders -------------------------------------------------------------------------------------------------------

    def add_order(self, item: Dataset) -> None:
        """Add a worklist item, with the attributes of PS3.4 Table K.6-1."""
        self._rows("INSERT INTO orders (item) VALUES (?)", (pack(item),))

    def orders(self) -> list[bytes]:
        """Worklist items as `pack` made them, oldest first."""
        return [bytes(row[0]) for row in self._rows("SELECT item FROM orders ORDER BY id")]

    # --- performed procedure steps ------------------------------------------------------------------------------------

    def add_step(self, uid: str, step: Dataset) -> bool:
        """Add a performed procedure step; False when its UID is in use."""
        try:
            self._rows(
                "INSERT INTO steps (uid, status, step) VALUES (?, ?, ?)",
                (uid, step.PerformedProcedureStepStatus, pack(step)),
            )
        except sqlite3.IntegrityError:
            return False
        return True

    def step(self, uid: str) -> Dataset | None:
        """Performed procedure step, or None when there is none of that UID."""
        rows = self._rows("SELECT step FROM steps WHERE uid = ?", (uid,))
        return unpack(bytes(rows[0][0])) if rows else None

    def steps(self) -> list[Dataset]:
        """All performed procedure steps, oldest first."""
        return [unpack(bytes(row[0])) for row in self._rows("SELECT step FROM steps ORDER BY rowid")]

    def set_step(self, uid: str, step: Dataset) -> None:
        """Replace a performed procedure step."""
        self._rows(
            "UPDATE steps SET status = ?, step = ? WHERE uid = ?", (step.PerformedProcedureStepStatus, pack(step), uid)
        )

    # --- instances ----------------------------------------------------------------------------------------------------

    def path_for(self, uid: str) -> Path:
        """File of an instance."""
        return self.folder / "instances" / f"{uid}.dcm"

    def add_instance(self, instance: Instance, preamble: bytes, data: BinaryIO) -> None:
        """Keep an instance; one of the same UID is replaced. OSError when the file cannot be written.

        Parameters
        ----------
        instance : Instance
            What it is, and where its file is to be.
        preamble : bytes
            What stands before the data set in the file.
        data : binary file
            The data set as it was received, from where it stands.
        """
        half = instance.path.with_suffix(f".{threading.get_ident()}.part")
        try:
            with open(half, "wb", opener=private) as file:
                file.write(preamble)
                shutil.copyfileobj(data, file, _CHUNK)
            os.replace(half, instance.path)  # noqa: PTH105 - the very call that is atomic
        except OSError as error:
            self._trouble(f"{instance.path}: {error.strerror or error}")
            with suppress(OSError):
                half.unlink(missing_ok=True)
            raise
        self._rows(
            "INSERT OR REPLACE INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(instance.uid, instance.sop_class, instance.series, instance.study, instance.patient),
                *(instance.modality, instance.transfer_syntax, instance.path.name),
            ),
        )

    def instances(self, **where: Iterable[str]) -> list[Instance]:
        """Instances, oldest first, whose columns (uid, series, study, patient) have one of the given values."""
        clauses, values = ["1"], []
        for column, wanted in where.items():  # as JSON: a statement has no room for 40,000 values by themselves
            clauses.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(wanted)))
        rows = self._rows(
            "SELECT uid, sop_class, series, study, patient, modality, transfer_syntax, path FROM instances "
            f"WHERE {' AND '.join(clauses)} ORDER BY rowid",
            values,
        )
        return [
            Instance(uid, sop_class, series, study, patient, modality, syntax, self.folder / "instances" / name)
            for uid, sop_class, series, study, patient, modality, syntax, name in rows
        ]

    # --- commitments --------------------------------------------------------------------------------------------------

    def begin_commitment(self, uid: str, requester: str, request: Dataset) -> bool:
        """Note a commitment request; False when its Transaction UID is in use by one that is not reported yet."""
        with self.transaction():
            if self._rows("SELECT 1 FROM commitments WHERE uid = ? AND NOT done", (uid,)):
                return False
            self._rows("INSERT OR REPLACE INTO commitments VALUES (?, ?, ?, 0)", (uid, requester, pack(request)))
        return True

    def commitment_known(self, uid: str) -> bool:
        """Whether there was a commitment request of this Transaction UID, reported or not."""
        return bool(self._rows("SELECT 1 FROM commitments WHERE uid = ?", (uid,)))

    def end_commitment(self, uid: str) -> None:
        """Note that a commitment request was reported."""
        self._rows("UPDATE commitments SET done = 1 WHERE uid = ?", (uid,))

    def open_commitments(self) -> list[tuple[str, Dataset]]:
        """Requester and request of each commitment that is not reported yet, left over from an earlier run."""
        rows = self._rows("SELECT requester, request FROM commitments WHERE NOT done ORDER BY rowid")
        return [(str(row[0]), unpack(bytes(row[1]))) for row in rows]
