"""What stands beside the transcript of a case: its battery's orders, their survey, and what other cases performed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scansim.inputs import InputError
from scansim.network.transcript import Transcript, load_transcript
from scansim.vocabulary.services import MPPS

_ORDERS, _SURVEY, _STORED = "orders.json", "survey", "stored"


@dataclass(frozen=True)
class OtherCase:
    """Another case of the battery: when it began, in ns of the run if that is known, and its ledger."""

    name: str
    began: int | None
    ledger: dict[str, Any]


@dataclass(frozen=True)
class Beside:
    """The folder of a battery as it is at one time, ``changed`` in ns; what is not there, or damaged, is nothing."""

    folder: Path
    changed: int

    @classmethod
    def of(cls, transcript: Transcript) -> Beside | None:
        """What stands beside a scenario; None when it is no case of a battery, or the survey itself."""
        if transcript.scenario.get("orders") is not True or transcript.folder.name == _SURVEY:
            return None
        folder = transcript.folder.parent
        told = [folder / name / "scenario.json" for name in (_SURVEY, _STORED)]
        return cls(folder, max(map(_changed, (folder, folder / _ORDERS, *told))))

    def orders(self) -> Iterator[dict[str, Any]]:
        """Orders as they were made: ``id``, whether ``placed``, and the ``item`` in DICOM JSON."""
        facts = _json(self.folder / _ORDERS)
        yield from _dicts(facts.get("orders") if isinstance(facts, dict) else None)

    def survey(self) -> Transcript | None:
        """The case that looked at what the worklist holds."""
        return self._case(_SURVEY)

    def stored(self) -> Transcript | None:
        """The case that stored the studies of the battery."""
        return self._case(_STORED) if (self.folder / _STORED / "scenario.json").is_file() else None

    def _case(self, name: str) -> Transcript | None:
        try:
            return load_transcript(self.folder / name)
        except InputError:
            return None

    def performing(self) -> Iterator[OtherCase]:
        """Cases that asked for performed steps."""
        for path in sorted(self.folder.glob("*/steps.json")):
            if any(each.get("service") == MPPS.name for each in _dicts(_json(path))):
                scenario, ledger = _json(path.parent / "scenario.json"), _json(path.parent / "ledger.json")
                began = scenario.get("began_ns") if isinstance(scenario, dict) else None
                ledger = ledger if isinstance(ledger, dict) else {}
                yield OtherCase(path.parent.name, began if isinstance(began, int) else None, ledger)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _dicts(held: object) -> Iterator[dict[str, Any]]:
    return (each for each in held if isinstance(each, dict)) if isinstance(held, list) else iter(())
