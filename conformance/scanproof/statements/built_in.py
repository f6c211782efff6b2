"""The statements that come with scanproof, by name: ``orthanc-1.10.1`` stands for the file of that name."""

from __future__ import annotations

from pathlib import Path

from scansim.builtin_files import builtin_folder
from scansim.inputs import InputError, did_you_mean

_ENDS = (".yaml", ".yml")


def built_in_statements() -> dict[str, Path]:
    """Name to file of every statement that comes with the package."""
    return {path.stem: path for path in sorted((builtin_folder() / "statements").glob("*.yaml"))}


def file_of(given: Path) -> Path:
    """The file that somebody named: itself, or the built-in statement of that name.

    Names have dots, so it is the end ``.yaml`` that makes a file name of one; a file of the name comes first.

    Raises
    ------
    InputError
        When it is a bare name, and no statement comes with the package under it.
    """
    name = str(given)
    if given.name != name or name.endswith(_ENDS) or given.is_file():
        return given
    known = built_in_statements()
    if name not in known:
        told = f"{name} is no file and no built-in statement{did_you_mean(name, known)}"
        raise InputError(f"{told}; built in are {', '.join(known)}")
    return known[name]
