"""The reports as files: all of them written whole, or none."""

from __future__ import annotations

from pathlib import Path

from scanproof.report import html, json_report, junit
from scanproof.results import Results
from scansim.files import make_private, write_atomically

RENDERERS = {"results.json": json_report.render, "junit.xml": junit.render, "report.html": html.render}


def write_reports(results: Results, folder: Path) -> list[Path]:
    """Write results.json, junit.xml and report.html into a folder, which is made when it is not there.

    They are for nobody but who runs this: what a site's own worklist returned is people's data.

    Returns
    -------
    list of Path
        The files, in that order.

    Raises
    ------
    InputError
        With path and reason, when the folder or a file cannot be written; reports that were there stay as they are.
    """
    make_private(folder, exist_ok=True)
    written = [folder / name for name in RENDERERS]
    contents = [render(results) for render in RENDERERS.values()]
    write_atomically(*zip(written, contents, strict=True), sync=True)
    return written
