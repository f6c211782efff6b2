"""What is to be checked: files, folders, and the files in zip archives, found one by one and never listed whole."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scanproof.iod.across.recoded import same_but_encoding

#: What is called so in a folder is opened as an archive.
_ARCHIVE = ".zip"
#: Between the archive and the file in it, in the name that the report has.
_INSIDE = "!/"
#: Bytes of one file of an archive at most; a longer one is to be unpacked first.
_LONGEST = 1 << 30
#: Deflate packs 1032 times at most: an archive that states more holds the same bytes again and again.
_MOST_PACKED = 1100
_READ = 1 << 20
_LINK = "a link to a folder, not followed; name it to check it, too"


@dataclass(frozen=True, slots=True)
class Source:
    """One file, by itself or in an archive; ``named`` says that it was named, not found in a folder.

    ``problem`` is set for what cannot be checked, which is then all that there is of it; ``lost`` says that there may
    be something to check.
    """

    path: str
    named: bool = False
    member: str = ""
    problem: str = ""
    lost: bool = True

    @property
    def name(self) -> str:
        """How the report calls it."""
        return f"{self.path}{_INSIDE}{self.member}" if self.member else self.path


class ArchiveError(Exception):
    """A file of an archive cannot be read; the message says why."""


def is_regular(path: str) -> bool:
    """Whether a path is a regular file, of which alone the end will come; OSError where there is none."""
    return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116  # a Path a file takes as long as much of a check


def find_sources(paths: Sequence[Path]) -> Iterator[Source]:
    """Yield each file; folders are walked in order of names, links to folders told and not followed."""
    for path in paths:
        if not path.is_dir():
            yield from _opened(str(path), named=True)
            continue
        closed: list[OSError] = []
        for folder, folders, names in os.walk(path, onerror=closed.append):
            yield from _closed(closed)
            folders.sort()
            inside = "" if folder == "." else folder.rstrip(os.sep) + os.sep  # joined as text: a Path a file takes long
            for name in sorted(names):
                yield from _opened(inside + name, named=False)
            for name in folders:
                if os.path.islink(inside + name):  # noqa: PTH114  # as above
                    yield Source(inside + name, problem=_LINK, lost=False)
        yield from _closed(closed)


def _closed(errors: list[OSError]) -> Iterator[Source]:
    """What there is to say of folders that could not be listed."""
    while errors:
        error = errors.pop(0)
        yield Source(str(error.filename), problem=f"the folder cannot be read: {error.strerror}")


def count(paths: Sequence[Path]) -> int:
    """Number of files, an archive counted as one."""
    return sum(sum(len(names) for _, _, names in os.walk(path)) if path.is_dir() else 1 for path in paths)


def _opened(path: str, *, named: bool) -> Iterator[Source]:
    """The file, or what is in it when it is an archive."""
    # nothing but a regular file: a pipe would never end
    if not path.lower().endswith(_ARCHIVE) or not Path(path).is_file():
        yield Source(path, named)
        return
    try:
        listed = _archive(path).infolist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        yield Source(path, named, problem=f"no archive that can be read: {_words(error)}")
        return
    stated = sum(info.file_size for info in listed)
    packed = Path(path).stat().st_size
    if stated > _MOST_PACKED * packed:
        what = f"its files have {stated} bytes in {packed}, as in no archive made in earnest"
        yield Source(path, named, problem=what)
        return
    for info in sorted(listed, key=lambda each: each.filename):
        if not info.is_dir():
            yield Source(path, False, info.filename, _refusal(info))


def _refusal(info: zipfile.ZipInfo) -> str:
    """Why a file of an archive is not read; empty when it is."""
    if info.flag_bits & 1:
        return "encrypted: unpack the archive with its password first"
    if info.file_size > _LONGEST:
        return f"unpacked it has {info.file_size >> 20} MiB, more than {_LONGEST >> 20}: unpack the archive first"
    if info.filename.lower().endswith(_ARCHIVE):
        return "an archive in an archive: unpack it first"
    return ""


@lru_cache(maxsize=2)
def _archive(path: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def forget_archives() -> None:
    """Close the archives that are open; they are opened anew when they are read."""
    _archive.cache_clear()


def members(path: str) -> list[str]:
    """Names of the files in an archive."""
    return [info.filename for info in _archive(path).infolist() if not info.is_dir()]


def read_member(path: str, member: str, most: int = _LONGEST) -> bytes:
    """Bytes of a file in an archive, the first `most` of them.

    Raises
    ------
    ArchiveError
        When it cannot be unpacked.
    """
    parts, left = [], most
    try:
        with _archive(path).open(member) as file:
            while left > 0 and (part := file.read(min(left, _READ))):
                parts.append(part)
                left -= len(part)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise ArchiveError(f"cannot be unpacked: {_words(error)}") from None
    except KeyError:
        raise ArchiveError("not in the archive") from None
    return b"".join(parts)


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


def same_file(first: str, second: str) -> bool:
    """Whether the files of two names are equal, byte for byte."""
    try:
        if Path(first).stat().st_size != Path(second).stat().st_size:
            return False
        with Path(first).open("rb") as one, Path(second).open("rb") as other:
            while (part := one.read(_READ)) == other.read(_READ):
                if not part:
                    return True
            return False
    except OSError:
        pass
    try:
        return _content(first) == _content(second)
    except (OSError, ArchiveError):
        return False


def same_instance(first: str, second: str) -> bool:
    """Whether the files of two names hold one instance in different encodings; very long ones are not compared."""
    try:
        if any(Path(name).is_file() and Path(name).stat().st_size > _LONGEST for name in (first, second)):
            return False
        return same_but_encoding(_content(first), _content(second))
    except (OSError, ArchiveError):
        return False


def _content(name: str) -> bytes:
    if Path(name).is_file():
        return Path(name).read_bytes()
    path, inside, member = name.rpartition(_INSIDE)
    while inside and not Path(path).is_file():  # a name in the archive may have it, too
        path, inside, more = path.rpartition(_INSIDE)
        member = f"{more}{_INSIDE}{member}"
    return read_member(path, member)
