"""The transcript of associations to our listener that belong to no scenario: beside the scenarios, and like one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanproof.declarations import Declarations
from scanproof.evidence import Evidence
from scansim.network.transcript import load_transcript
from scansim.site import Site

#: Its folder; no scenario can be called so.
STRAYS = "_strays"


def stray_facts(site: Site, listener: Mapping[str, Any]) -> dict[str, Any]:
    """What its scenario.json says: whom strays may have come from, and whom they may have called."""
    return {
        "id": STRAYS,
        "title": "Associations to our listener that brought no report of the run",
        "calling_ae": site.calling_ae,
        "listener": dict(listener),
        "site": {name: {"ae": each.ae, "host": each.host} for name, each in site.offered().items()},
    }


def load_strays(folder: Path, declarations: Declarations) -> Evidence | None:
    """Evidence of the strays of a run, by its ``transcript`` folder; None when there were none."""
    if not (folder / STRAYS / "scenario.json").is_file():
        return None
    return Evidence(load_transcript(folder / STRAYS), declarations)
