"""One file through everything that judges it by itself: what a process of `scanproof check` does."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanproof.iod.across.series import SeriesFinding
from scanproof.iod.command.dicomdir import MEDIA_STORAGE_DIRECTORY, judge_directory
from scanproof.iod.command.edition import Edition, edition_of
from scanproof.iod.command.file_set import Files
from scanproof.iod.command.options import Options
from scanproof.iod.command.second_opinion import ask, differences
from scanproof.iod.command.selection import Selection
from scanproof.iod.command.sources import ArchiveError, Source, is_regular, read_member
from scanproof.iod.engine.checker import Checker
from scanproof.iod.engine.cross import WANTED
from scanproof.iod.finding import Checked, Findings, IodFinding

if TYPE_CHECKING:
    from scanproof.iod.command.profile import Profile

#: A file in a folder that is named so and is no DICOM file is a finding; another one is passed over.
_SUFFIXES = (".dcm", ".dicom", ".ima")
_KEPT = frozenset(WANTED.values())


@dataclass(slots=True)
class Judged:
    """What became of one file.

    ``checked`` is None when there was nothing to check: ``remark`` says why, or else the file was passed over. ``lost``
    says that there may have been something to check. ``left_out`` counts findings by what turned them off,
    ``opinions`` are where dciodvfy says otherwise.
    """

    name: str
    checked: Checked | None = None
    remark: str = ""
    lost: bool = False
    left_out: Counter[str] = field(default_factory=Counter)
    opinions: tuple[str, ...] = ()


class Measure:
    """What findings are measured by: the edition, the profile, and what was asked for of the rules."""

    def __init__(self, options: Options) -> None:
        self.edition: Edition | None = edition_of(options.edition)
        self.profile = _profile(options.profile) if options.profile is not None else None
        self._selection = Selection(options.only, options.skip)

    def measured(self, findings: Sequence[IodFinding], sop_class: str, left_out: Counter[str]) -> Findings:
        """The findings that count, as they count; what is turned off is counted."""
        found = []
        for finding in findings:
            kept = self.profile.measured(finding, sop_class, left_out) if self.profile is not None else finding
            if kept is not None and self._selection.takes(kept.rule, left_out):
                found.append(kept)
        return tuple(found)

    def measured_series(self, findings: list[SeriesFinding], left_out: Counter[str]) -> list[SeriesFinding]:
        """The same of findings across instances, which are of no one class."""
        return [each for each in self.measured(findings, "", left_out) if isinstance(each, SeriesFinding)]


def _profile(path: Path) -> Profile:
    from scanproof.iod.command.profile import Profile  # the models of its file take their time: not without one
    from scanproof.iod.command.profile_file import load_profile

    return Profile(load_profile(path))


class Judging:
    """Judges files one after the other.

    Parameters
    ----------
    options : Options
        What is asked.
    program : str or None
        dciodvfy, where a second opinion is wanted.
    scratch : str or None
        A folder for what dciodvfy is to read out of an archive.
    """

    def __init__(self, options: Options, program: str | None, scratch: str | None) -> None:
        self._measure = Measure(options)
        wanting = (self._measure.profile, self._measure.edition)
        self._checker = Checker(
            wanted={tag: name for each in wanting if each for tag, name in each.wanted.items()}, headers=options.headers
        )
        self._program = program
        self._scratch = scratch

    def judge(self, source: Source) -> Judged:
        """Judge one file."""
        if source.problem:
            return Judged(source.name, remark=source.problem, lost=source.lost)
        try:
            if source.member:
                checked = self._checker.check_bytes(read_member(source.path, source.member))
            elif not is_regular(source.path):
                return Judged(source.name, remark="cannot be read: not a regular file")
            else:
                checked = self._checker.check_file(source.path)
        except ArchiveError as error:
            return Judged(source.name, remark=str(error), lost=True)
        except OSError as error:
            return Judged(source.name, remark=f"cannot be read: {error.strerror}", lost=True)
        if not checked.is_dicom:
            if source.named:
                return Judged(source.name, remark=checked.findings[0].message)
            if not (source.member or source.path).lower().endswith(_SUFFIXES):
                return Judged(source.name)
        return self._judged(source, checked)

    def _judged(self, source: Source, checked: Checked) -> Judged:
        """Judge what was checked by the profile and the edition; the facts are those that instances are compared by."""
        measure, done = self._measure, Judged(source.name)
        findings = list(checked.findings)
        if checked.sop_class == MEDIA_STORAGE_DIRECTORY:
            findings += _of_directory(source)
        if measure.edition is not None:
            findings = measure.edition.measured(checked, findings)
        if self._program is not None and checked.is_dicom:  # before the profile, of which dciodvfy knows nothing
            done.opinions = self._opinions(self._program, source, findings)
        if measure.profile is not None and checked.is_dicom:
            findings += measure.profile.judge(checked)
        measured = measure.measured(findings, checked.sop_class, done.left_out)
        facts = checked.facts
        if measure.profile is not None or measure.edition is not None:
            facts = {name: value for name, value in facts.items() if name in _KEPT}
        done.checked = replace(checked, findings=measured, facts=facts)
        return done

    def _opinions(self, program: str, source: Source, findings: list[IodFinding]) -> tuple[str, ...]:
        if not source.member:
            return tuple(differences(ask(program, source.path), findings))
        with tempfile.NamedTemporaryFile(dir=self._scratch, suffix=".dcm") as file:
            file.write(read_member(source.path, source.member))
            file.flush()
            return tuple(differences(ask(program, file.name), findings))


def _of_directory(source: Source) -> list[IodFinding]:
    """What the records of a DICOMDIR are worth; of one that cannot be read again nothing more is said."""
    try:
        data = read_member(source.path, source.member) if source.member else Path(source.path).read_bytes()
        return judge_directory(data, Files(source))
    except (OSError, ArchiveError):
        return []
