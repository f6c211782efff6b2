"""The folder of a generated exam, which appears when everything is in it, and its manifest, which stands beside it."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from scansim.inputs import InputError

#: What the manifest's name adds to that of the folder: it stands beside the folder, which holds DICOM files only.
MANIFEST = ".manifest.json"


def manifest_of(out: Path) -> Path:
    """Return where the manifest of a folder of files is: beside it, under its name with ``.manifest.json``.

    Raises
    ------
    InputError
        For the root of the file system, which has no name and nothing beside it.
    """
    folder = Path(os.path.abspath(out))  # noqa: PTH100 - resolve() would go to where a link points
    if not folder.name:
        raise InputError(f"{out}: the files need a folder of their own; their manifest stands beside it")
    return folder.with_name(folder.name + MANIFEST)


@contextlib.contextmanager
def unfinished(out: Path, manifest: Path) -> Iterator[Path]:
    """Give a hidden folder to write into; what is in it goes to `out`, and its manifest, unless something is raised.

    It is where it can be moved from: in `out` if that is there, else in the folder nearest above it that is there.
    """
    if out.exists() and not out.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(out))
    if manifest.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(manifest))
    above = out if out.is_dir() else next(parent for parent in Path(os.path.abspath(out)).parents if parent.exists())  # noqa: PTH100
    place = above / f".{out.name or 'exam'}.{secrets.token_hex(4)}.tmp"
    waiting = manifest.with_name(f".{manifest.name}.{secrets.token_hex(4)}.tmp")
    made: list[Path] = []  # folders, the outermost last
    try:
        place.mkdir()
        yield place
        for folder in out.parents if not out.is_dir() else ():
            if folder.is_dir():
                break
            made.append(folder)
        manifest.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(place / MANIFEST, waiting)
        try:
            _appear(place, out, waiting, manifest)
        except KeyboardInterrupt:  # some of it is there: the rest as well, so that no half of an exam is left
            _appear(place, out, waiting, manifest)
            raise
    except BaseException as error:
        if isinstance(error, OSError) and str(error.filename or "").startswith(str(place)):
            error.filename = str(out)  # which is what the user knows of
        shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):  # a file in the way of its folder, for one
            waiting.unlink(missing_ok=True)
        for folder in made:
            with contextlib.suppress(OSError):  # something else is in it by now, or it was never made
                folder.rmdir()
        raise


def _appear(place: Path, out: Path, waiting: Path, manifest: Path) -> None:
    """Move what is still to be moved to where it belongs: files first, and the manifest that lists them last."""
    if place.is_dir() and not out.is_dir():
        place.replace(out)
    if place.is_dir():
        for entry in sorted(place.iterdir()):
            if (out / entry.name).is_dir():
                shutil.rmtree(out / entry.name)
            entry.replace(out / entry.name)
        place.rmdir()
    if waiting.exists():
        waiting.replace(manifest)
