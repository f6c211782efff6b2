"""Files of a run: for nobody but who runs it, whole or not at all, and a message where they cannot be written.

What a site's own worklist returns is people's data, whatever the umask says.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from scansim.inputs import InputError

_OWN_FOLDER, _OWN_FILE = 0o700, 0o600
#: What may be done about a place that cannot be written.
_ADVICE = {
    errno.ENOSPC: "make room there, or give another place with {setting}",
    errno.EDQUOT: "make room in your quota, or give another place with {setting}",
    errno.EROFS: "give a place that can be written with {setting}",
    errno.EACCES: "ask for the right to write there, or give another place with {setting}",
    errno.EPERM: "ask for the right to write there, or give another place with {setting}",
    errno.ENOENT: "its folder is gone: keep it while this runs, or give another one with {setting}",
    errno.ENOTDIR: "a file is in the way: move it, or give another place with {setting}",
    errno.EEXIST: "something is in the way: move it, or give another place with {setting}",
    errno.EISDIR: "a folder is in the way: move it, or give another place with {setting}",
    errno.EIO: "look after the disk, or give another place with {setting}",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close other programs: the machine has no file handle left",
    errno.ENAMETOOLONG: "give a shorter path with {setting}",
}
#: What is no trouble of the disk, and may be over soon.
_PASSING = (errno.EMFILE, errno.ENFILE)


class TemporaryFolder:
    """A temporary folder for nobody else; ``trouble`` says what could not be written there, empty when all could.

    Raises
    ------
    InputError
        When there can be none.
    """

    def __init__(self, prefix: str) -> None:
        try:
            self._folder = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        except OSError as error:
            where = error.filename or os.environ.get("TMPDIR") or "/tmp"
            told = f"{where}: no temporary folder can be made there: {error.strerror or error}"
            raise InputError(f"{told}; set TMPDIR to a folder that can be written") from None
        self.name = self._folder.name
        self.path = Path(self.name)
        self.trouble = ""
        _temporary[self.path] = self

    def cleanup(self) -> None:
        """Take it away."""
        _temporary.pop(self.path, None)
        self._folder.cleanup()


#: The temporary folders that are there.
_temporary: dict[Path, TemporaryFolder] = {}


def refused(path: Path, error: OSError, what: str = "written", setting: str = "--out") -> InputError:
    """Make the error for a file or folder that cannot be written, made or read: why, and what to do about it.

    `setting` is what gives another place; for what is in a temporary folder it is TMPDIR.
    """
    temporary = next((_temporary[each] for each in (path, *path.parents) if each in _temporary), None)
    advice = _ADVICE.get(error.errno or 0, "").format(setting="TMPDIR" if temporary is not None else setting)
    told = f"{path}: cannot be {what}: {error.strerror or error}{f'; {advice}' if advice else ''}"
    if temporary is not None and error.errno not in _PASSING:
        temporary.trouble = temporary.trouble or told
    return InputError(told)


def private(path: str, flags: int) -> int:
    """Open a file for nobody else; an ``opener`` of `open`."""
    file = os.open(path, flags, _OWN_FILE)
    with contextlib.suppress(OSError):  # a file system without permissions
        os.fchmod(file, _OWN_FILE)
    return file


def make_private(folder: Path, *, exist_ok: bool = False) -> None:
    """Make a folder for nobody else, and those around it that are missing; InputError when it cannot be made.

    With `exist_ok`, one that is there is taken as it is.
    """
    try:
        for missing in reversed([each for each in folder.parents if not each.exists()]):
            _make(missing, exist_ok=True)
        _make(folder, exist_ok=exist_ok)
    except OSError as error:
        raise refused(folder, error, "made") from None


def _make(folder: Path, *, exist_ok: bool) -> None:
    try:
        folder.mkdir(_OWN_FOLDER)
    except FileExistsError:
        if not exist_ok or not folder.is_dir():
            raise
        return
    with contextlib.suppress(OSError):  # a file system without permissions
        folder.chmod(_OWN_FOLDER)


def open_to_others(folder: Path) -> bool:
    """Whether others than its owner may look into a folder."""
    try:
        return bool(folder.stat().st_mode & 0o077)
    except OSError:
        return False


def write_atomically(*files: tuple[Path, bytes | Iterable[bytes]], sync: bool = False) -> None:
    """Replace files whole: a reader sees the old ones or the new ones, and all of them are written before any appears.

    What is long may come in parts. With `sync` that holds after a power cut as well.

    Raises
    ------
    InputError
        When one cannot be written; nothing is left behind.
    """
    waiting: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, content in files:
            waiting.append((path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp"), path))
            _write(waiting[-1][0], content, sync)
        for temporary, path in waiting:
            temporary.replace(path)
    except OSError as error:
        raise refused(path, error) from None
    finally:
        for temporary, _ in waiting:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    if sync:
        for folder in {path.parent for path, _ in files}:
            _sync_folder(folder)


def _write(path: Path, content: bytes | Iterable[bytes], sync: bool) -> None:
    with open(path, "xb", opener=private) as file:
        file.writelines((content,) if isinstance(content, bytes) else content)
        if sync:
            file.flush()
            os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    with contextlib.suppress(OSError):  # the files are there; some network file systems cannot sync a folder
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """Give a temporary folder, and take it away afterwards; InputError when there can be none."""
    folder = TemporaryFolder(prefix)
    try:
        yield folder.path
    finally:
        folder.cleanup()
