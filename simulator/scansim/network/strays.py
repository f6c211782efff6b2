"""What came to our listener that no exam asked for: told a line each and kept with every byte, both up to a limit."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scansim.network.recording import Recorder, TranscriptWriter

#: Lines to tell; of the others there is a count.
_MOST_LINES = 20
#: Records that are kept, and PDUs in all of them; those of who is to report may fill all of it, those of others half.
_MOST_RECORDS, _MOST_PDUS = 200, 20_000


@dataclass
class Stray:
    """An association that has brought no report of the run; ``told`` what came of it, empty while it is open.

    ``reported`` says which report it brought, if any; ``known`` that it comes from who is to report; ``pdus`` and
    ``bytes`` how many have come.
    """

    recorder: Recorder
    peer: str
    calling_ae: str = ""
    reported: str = ""
    told: str = ""
    known: bool = False
    pdus: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        who = f"{self.calling_ae}@{self.peer}" if self.calling_ae else self.peer
        told = self.told or "has an association open that brought no awaited report"
        return f"{who} {told}{self.reported}"

    @property
    def matters(self) -> bool:
        """Whether it is worth a line before others."""
        return self.known or bool(self.reported)


class Strays:
    """Every stray of a run. Safe to use from several threads.

    Parameters
    ----------
    most_bytes : int
        Size of all records together.
    """

    def __init__(self, most_bytes: int) -> None:
        self._lock = threading.Lock()
        self._most_bytes = most_bytes
        self._open: list[Stray] = []
        self._kept: list[Stray] = []
        self._lines: list[str] = []
        self._untold = 0

    def begin(self, stray: Stray) -> None:
        """Note an association that has just been opened."""
        with self._lock:
            self._open.append(stray)

    def taken(self, stray: Stray) -> None:
        """It brought a report of the run: it is none."""
        with self._lock:
            self._open = [each for each in self._open if each is not stray]

    def ended(self, stray: Stray) -> None:
        """Keep its record if there is room, and what is to be told."""
        with self._lock:
            if stray not in self._open:
                return
            self._open.remove(stray)
            self._keep(stray)

    def _keep(self, stray: Stray) -> None:
        part = 1 if stray.known else 2
        if (
            len(self._kept) < _MOST_RECORDS // part
            and stray.bytes + sum(each.bytes for each in self._kept) <= self._most_bytes // part
            and stray.pdus + sum(each.pdus for each in self._kept) <= _MOST_PDUS // part
        ):
            self._kept.append(stray)
            return
        with contextlib.suppress(OSError):
            stray.recorder.path.unlink()
        self._tell(str(stray))

    def turned_away(self, who: str, why: str) -> None:
        """Note a connection of which there is no record."""
        with self._lock:
            self._tell(f"{who} {why}")

    def _tell(self, line: str) -> None:
        if len(self._lines) < _MOST_LINES:
            self._lines.append(line)
        else:
            self._untold += 1

    def lines(self) -> tuple[str, ...]:
        """What came, a line each, first what matters; of what is too much the number."""
        with self._lock:
            first = [str(each) for each in self._kept if each.matters]
            others = [*(str(each) for each in self._kept if not each.matters), *self._lines]
            shown = [*first[:_MOST_LINES], *others[:_MOST_LINES]]
            left = len(first) + len(others) + self._untold - len(shown)
            return (*shown, *([f"{left} connections more brought nothing for us"] if left else []))

    def hand_over(self, folder: Path, facts: Mapping[str, Any], began: int) -> tuple[str, ...]:
        """Put the records into a transcript of their own, which is made only when there is one; what came is forgotten.

        Returns
        -------
        tuple of str
            What came, as `lines` tells it.

        Raises
        ------
        InputError
            When `folder` cannot be written.
        """
        with self._lock:
            left, self._open = self._open, []
            for stray in left:
                self._keep(stray)
        told = self.lines()
        with self._lock:
            strays, self._kept = self._kept, []
            self._lines, self._untold = [], 0
        if strays:
            writer = TranscriptWriter(folder, facts)
            writer.began = began
            for stray in strays:
                stray.recorder.flush()
                writer.adopt(stray.recorder.path)
        return told
