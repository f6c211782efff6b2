"""The files of a File-set as its DICOMDIR names them: in a folder, or in an archive."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanproof.iod.command.sources import ArchiveError, Source, members, read_member

#: Bytes of a file that are read: its File Meta Information and more.
_HEAD = 1 << 14
_PREFIX_AT, _PREFIX = 128, b"DICM"


class Files:
    """The files beside and below a DICOMDIR.

    File IDs are compared without regard to case, as the file systems of media do: a disc that was copied often has
    small letters.

    Parameters
    ----------
    directory : Source
        The DICOMDIR.
    """

    def __init__(self, directory: Source) -> None:
        self._archive = directory.path if directory.member else ""
        own = directory.member or directory.path
        self._root = own.rpartition("/")[0] if directory.member else str(Path(own).parent)
        self._own = own.rpartition("/")[2]
        self._named: set[str] = set()
        #: Files that were asked for.
        self.asked = 0
        self._in_archive = {name.casefold(): name for name in members(directory.path)} if directory.member else {}

    def head(self, components: Sequence[str]) -> bytes | None:
        """Beginning of the file that a File ID names; None where there is none."""
        self.asked += 1
        if any(each in ("", ".", "..") or "/" in each or "\0" in each for each in components):
            return None  # never a file outside of the File-set
        self._named.add("/".join(components).casefold())
        if self._archive:
            name = self._in_archive.get("/".join(filter(None, (self._root, *components))).casefold())
            try:
                return read_member(self._archive, name, _HEAD) if name is not None else None
            except ArchiveError:
                return b""
        path = _found(Path(self._root), components)
        return None if path is None else _beginning(path)

    def unnamed(self) -> tuple[int, str]:
        """Number of DICOM files that were not asked for, and one of them."""
        number, example = 0, ""
        for name in self._all():
            if name.casefold() in self._named or name == self._own:
                continue
            if self._begins_as_dicom(name):
                number += 1
                example = example or name
        return number, example

    def _all(self) -> Iterator[str]:
        """Names of all files, as seen from the DICOMDIR."""
        if self._archive:
            inside = f"{self._root}/" if self._root else ""
            yield from (name[len(inside) :] for name in self._in_archive.values() if name.startswith(inside))
            return
        for folder, folders, names in os.walk(self._root):
            folders.sort()
            inside = Path(folder).relative_to(self._root).as_posix()
            yield from (name if inside == "." else f"{inside}/{name}" for name in sorted(names))

    def _begins_as_dicom(self, name: str) -> bool:
        if self._archive:
            try:
                whole = "/".join(filter(None, (self._root, name)))
                head = read_member(self._archive, whole, _PREFIX_AT + len(_PREFIX))
            except ArchiveError:
                return False
        else:
            head = _beginning(Path(self._root) / name, _PREFIX_AT + len(_PREFIX))
        return head[_PREFIX_AT:] == _PREFIX


def _found(root: Path, components: Sequence[str]) -> Path | None:
    """The file of a File ID below a folder, whatever the case of its letters."""
    path = root.joinpath(*components)
    if path.is_file():
        return path
    path = root
    for component in components:
        try:
            names = [each.name for each in path.iterdir()]
        except OSError:
            return None
        found = [name for name in names if name.casefold() == component.casefold()]
        if not found:
            return None
        path = path / found[0]
    return path if path.is_file() else None


def _beginning(path: Path, size: int = _HEAD) -> bytes:
    try:
        if not path.is_file():  # a pipe would never end
            return b""
        with path.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""
