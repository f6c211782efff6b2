"""The reports as files: each written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from scanproof.report import html, json_report, junit
from scanproof.results import Results
from scansim.inputs import InputError

RENDERERS = {"results.json": json_report.render, "junit.xml": junit.render, "report.html": html.render}


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file such that a reader sees the old one or the new one, also after a power cut.

    Raises
    ------
    InputError
        When the file cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
    with contextlib.suppress(OSError):  # the file is there; some network file systems cannot sync a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_reports(results: Results, folder: Path) -> list[Path]:
    """Write results.json, junit.xml and report.html into a folder, which is made when it is not there.

    Returns
    -------
    list of Path
        The files, in that order.

    Raises
    ------
    InputError
        With path and reason, when the folder or a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror or error}") from None
    written = []
    for name, render in RENDERERS.items():
        write_atomically(folder / name, render(results))
        written.append(folder / name)
    return written
