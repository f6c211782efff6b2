"""What somebody reads of a run against a hostile peer: every report, and whether it can do harm."""

from __future__ import annotations

import io
import re

from rich.console import Console

from scanproof.report.files import RENDERERS
from scanproof.report.terminal import summary
from scanproof.results import Results

#: Markup and control characters of a peer's that must not get through as they are.
_MARKUP = (b"<script>alert", b"<img src=x", b"<b>\"'")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: Those that a terminal that reads UTF-8 obeys as well.
_MORE_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")


def reports(results: Results) -> dict[str, bytes]:
    """Every report, as bytes."""
    screen = io.StringIO()
    summary(results, Console(file=screen, width=120))
    return {"terminal": screen.getvalue().encode(), **{name: render(results) for name, render in RENDERERS.items()}}


def harm(results: Results) -> list[str]:
    """What of a peer's got through to a reader."""
    found = []
    for name, data in reports(results).items():
        if _CONTROLS.search(data) or (name == "terminal" and _MORE_CONTROLS.search(data)):
            found.append(f"{name}: control characters")
        if name == "report.html":
            found += [f"{name}: {markup!r}" for markup in _MARKUP if markup in data]
    return found
