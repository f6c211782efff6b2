"""What `scanproof check` prints: text grouped by finding, or JSON.

::

    {"version", "edition",
     "files": [{"path", "sop_class", "findings": [{"rule", "level", "tag", "message", "clause",
                                                   "number", "offset", "advice"}]}],
     "series_findings": [{"rule", …, "advice", "files": [path]}],
     "not_checked": [{"path", "why"}], "left_out": [{"why", "count"}], "partial": "why"}

``tag`` is the path in keywords, ``number`` that in tags, ``offset`` a byte or null, ``edition`` that of the structure
that files are judged by. The last three are there only where a file could not be read (200 of them at most), where
findings were turned off, and where the check was ended before the last file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanproof import __version__
from scanproof.harmless import in_json
from scanproof.iod.across.series import SeriesFinding
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.rules import advise
from scanproof.iod.tables.knowledge import load_knowledge

#: From bad to harmless.
LEVELS = (IodLevel.ERROR, IodLevel.WARNING, IodLevel.INFO)


def as_dict(finding: IodFinding) -> dict[str, object]:
    """A finding as the JSON report has it; of one across instances with the files that show it."""
    row: dict[str, object] = {
        "rule": finding.rule,
        "level": finding.level.value,
        "tag": finding.tag,
        "message": finding.message,
        "clause": finding.clause,
        "number": finding.number,
        "offset": finding.offset,
        "advice": advise(finding),
    }
    if isinstance(finding, SeriesFinding):
        row["files"] = list(finding.examples)
    return row


def json_report(
    files: Iterable[tuple[str, str, Iterable[IodFinding]]],
    series: Iterable[IodFinding],
    facts: Callable[[], Mapping[str, object]] = dict,
) -> Iterator[str]:
    """Yield the JSON report in pieces.

    Parameters
    ----------
    files : iterable of (path, SOP Class UID, findings)
        May be an iterator: each file is written as it comes, and not kept.
    series : iterable of IodFinding
        Findings across instances; asked for after the last file.
    facts : callable, optional
        What is told beside them, by name; asked for last.
    """
    about = {"version": __version__, "edition": load_knowledge().edition}
    yield f'{json.dumps(about)[:-1]},\n "files": ['
    for number, (path, sop_class, findings) in enumerate(files):
        row = {"path": path, "sop_class": sop_class, "findings": [as_dict(finding) for finding in findings]}
        yield (",\n " if number else "\n ") + in_json(json.dumps(row, ensure_ascii=False))
    yield '\n], "series_findings": '
    yield in_json(json.dumps([as_dict(finding) for finding in series], indent=1, ensure_ascii=False))
    for name, value in facts().items():
        yield f",\n {json.dumps(name)}: {in_json(json.dumps(value, ensure_ascii=False))}"
    yield "}"


@dataclass
class Group:
    """The same finding of many files: how many, and an example."""

    example: IodFinding
    path: str
    count: int = 0
    files: int = 0
    messages: set[str] = field(default_factory=set)
    last: str = ""


#: Groups that are kept apart; beyond them there is one for each rule.
_MOST_GROUPS = 2_000


class Summary:
    """Findings grouped by rule and attribute as they come; 500 slices with one fault make one group."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str, str, str], Group] = {}
        self.files = 0
        self.clean = 0

    def add(self, path: str, findings: Iterable[IodFinding]) -> None:
        """Take note of the findings of a file."""
        self.files += 1
        worst = IodLevel.INFO
        for finding in findings:
            if finding.level is not IodLevel.INFO:
                worst = finding.level
            # the same attribute of another item is the same finding; rows of a profile are told apart
            row = finding.clause if finding.rule.startswith("profile-") else ""
            key = (finding.level.value, finding.rule, re.sub(r"\[\d+\]", "[]", finding.tag), row)
            if len(self._groups) >= _MOST_GROUPS and key not in self._groups:
                key = (finding.level.value, finding.rule, "", "")  # whatever the attribute: nobody reads that many
            group = self._groups.setdefault(key, Group(finding, path))
            group.count += 1
            group.files += group.last != path
            group.last = path
            if len(group.messages) < 8:
                group.messages.add(finding.message)
        self.clean += worst is IodLevel.INFO

    def counts(self) -> dict[IodLevel, int]:
        """Number of findings of each level."""
        found = dict.fromkeys(LEVELS, 0)
        for group in self._groups.values():
            found[group.example.level] += group.count
        return found

    def lines(self, series: Iterable[SeriesFinding], edition: str) -> Iterator[str]:
        """Yield the report in text, the worst first."""
        order = {level: number for number, level in enumerate(LEVELS)}
        groups = sorted(self._groups.values(), key=lambda group: (order[group.example.level], -group.count))
        for group in groups:
            yield from _group_lines(group)
        across = sorted(series, key=lambda finding: order[finding.level])
        for finding in across:
            yield from _finding_lines(finding, "across instances")
            if finding.examples:
                yield f"    see {', '.join(finding.examples)}"
        counts = self.counts()
        for finding in across:
            counts[finding.level] += 1
        if groups or across:
            yield ""
        shown = ", ".join(f"{number} {_plural(level.value, number)}" for level, number in counts.items() if number)
        files = f"{self.files} {_plural('file', self.files)}"
        good = f"{self.clean} without error or warning"
        yield f"{files} checked against edition {edition}, {good}: {shown or 'no finding'}"
        if groups or across:
            yield f"structure and types are of {edition}; conditions and values were read in the edition of the clause"


def _plural(word: str, number: int) -> str:
    return word if number == 1 or word == "info" else f"{word}s"


def _group_lines(group: Group) -> Iterator[str]:
    where = f"{group.count} x in {group.files} {_plural('file', group.files)}" if group.count > 1 else "once"
    yield from _finding_lines(group.example, where)
    others = len(group.messages) - 1
    more = f" (and {others} more {_plural('value', others)})" if 0 < others < 7 else ""
    more = " (and other values)" if len(group.messages) >= 8 else more
    offset = f", byte {group.example.offset}" if group.example.offset is not None else ""
    yield f"    for example {group.path}{offset}{more}"


def _finding_lines(finding: IodFinding, where: str) -> Iterator[str]:
    tag = f"{_place(finding)}: " if finding.tag else ""
    yield f"{finding.level.value.upper():<8}{finding.rule}  {where}"
    yield f"    {tag}{finding.message}"
    yield f"    {finding.clause}"
    if finding.level is not IodLevel.INFO:
        yield f"    -> {advise(finding)}"


def _place(finding: IodFinding) -> str:
    """The path of a finding with the tag beside the last keyword: ``Sequence[1] > (0008,1155) Keyword``."""
    around, arrow, last = finding.tag.rpartition(" > ")
    number = finding.number.rpartition(" > ")[2].partition("[")[0]
    return finding.tag if number in last else f"{around}{arrow}{number} {last}"
