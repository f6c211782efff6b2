"""A profile at work: levels of findings, and findings of its own, found by the raw values that a check has at hand.

What is asked of one attribute hangs on its bytes, the SOP Class and the character set alone, and is remembered by them:
a series costs one look.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property

from pydicom.datadict import dictionary_VR

from scanproof.iod.command.dicomdir import MEDIA_STORAGE_DIRECTORY
from scanproof.iod.command.profile_file import STEP, ForbidRow, ProfileFile, RequireRow, RuleRow, rows_of
from scanproof.iod.engine.memo import Memo
from scanproof.iod.finding import Checked, Findings, IodFinding, IodLevel
from scansim.inputs import Document
from scansim.wire import dataset as wire

_INDEX = re.compile(r"\[\d+\]")
_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
#: Rules by which the bytes of an attribute were not read: whether it is there, and what it says, is not judged then.
_UNREAD = ("element-length", "element-truncated", "sequence-truncated", "vr-unknown", "element-twice", "element-order")
#: Rules by which the bytes end before the data set does.
_CUT = ("truncated", "element-truncated", "sequence-truncated", "deflate", "checker-limit")
_MOST_SHOWN = 64


@dataclass(frozen=True)
class _Asked:
    """One row that asks something of an attribute, with its path and where it stands in the file."""

    row: RequireRow | ForbidRow
    steps: tuple[str, ...]
    clause: str

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """What each value has to fit."""
        return re.compile(self.row.matches) if isinstance(self.row, RequireRow) and self.row.matches else None


class Profile:
    """A profile file, ready to judge.

    Parameters
    ----------
    loaded : (ProfileFile, Document)
        What `load_profile` gives.
    """

    def __init__(self, loaded: tuple[ProfileFile, Document]) -> None:
        self._file, document = loaded
        self._name = self._file.name
        self._where = {
            (kind, number): f"{self._name} ({document.path.name}:{document.line((kind, number))})"
            for kind in ("rules", "require", "forbid")
            for number in range(len(getattr(self._file, kind)))
        }
        asked: list[tuple[str, Sequence[RequireRow | ForbidRow]]] = [
            ("require", self._file.require),
            ("forbid", self._file.forbid),
        ]
        self._asked = [
            _Asked(row, tuple(row.tag.split(STEP)), f"profile {self._where[kind, number]}")
            for kind, rows in asked
            for number, row in enumerate(rows)
        ]
        self._memo: Memo[tuple[object, ...], Findings] = Memo(4_000)
        self._fitting: Memo[tuple[str, str, str], tuple[int, RuleRow] | str] = Memo(20_000)
        self._of_class: Memo[str, tuple[list[_Asked], tuple[str, ...]]] = Memo(500)
        self.wanted: Mapping[int, str] = {wire.tag_of(asked.steps[0]): _name(asked.steps[0]) for asked in self._asked}

    # -- levels --------------------------------------------------------------------------------------------------------

    def measured(self, finding: IodFinding, sop_class: str, left_out: Counter[str]) -> IodFinding | None:
        """The finding with the level of the last row that fits it; None when that turns it off, which is counted."""
        if finding.clause.startswith("profile "):
            return finding
        key = (finding.rule, _INDEX.sub("", finding.tag), sop_class)
        self._fitting.turn()
        fitting = self._fitting.get(key)
        if fitting is None:
            rows = [(number, row) for number, row in enumerate(self._file.rules) if _is_about(row, *key)]
            fitting = rows[-1] if rows else "none"
            self._fitting.put(key, fitting)
        if isinstance(fitting, str):
            return finding
        number, row = fitting
        where = self._where["rules", number]
        if row.level == "off":
            left_out[f"by profile {where}" + (f": {row.reason}" if row.reason else "")] += 1
            return None
        level = IodLevel(row.level)
        clause = finding.clause if level is finding.level else f"{finding.clause}; {level.value} by profile {where}"
        message = f"{finding.message} ({row.message})" if row.message else finding.message
        return replace(finding, level=level, clause=clause, message=message)

    # -- what it asks for ----------------------------------------------------------------------------------------------

    def judge(self, checked: Checked) -> Findings:
        """What the profile finds in a data set."""
        self._memo.turn()
        asked, names = self._rows(checked.sop_class)
        if not asked:
            return ()
        unread = _unread(checked)
        facts = checked.facts
        key = (checked.sop_class, checked.transfer_syntax, checked.charset, unread, *map(facts.get, names))
        found = self._memo.get(key)
        if found is None:
            found = tuple(finding for each in asked for finding in _judge(each, checked, unread))
            self._memo.put(key, found, sum(len(facts.get(name, b"")) for name in names))
        return found

    def _rows(self, sop_class: str) -> tuple[list[_Asked], tuple[str, ...]]:
        """Rows about a SOP Class, and the attributes that they look at."""
        found = self._of_class.get(sop_class)
        if found is None:
            # a DICOMDIR holds no attributes of patients at its top: only rows that name its class are about it
            directory = sop_class == MEDIA_STORAGE_DIRECTORY
            asked = [
                each
                for each in self._asked
                if (each.row.sop_class or not directory) and rows_of(each.row.sop_class, sop_class)
            ]
            found = asked, tuple(dict.fromkeys(_name(each.steps[0]) for each in asked))
            self._of_class.turn()
            self._of_class.put(sop_class, found)
        return found


def _name(step: str) -> str:
    """An attribute as facts call it."""
    return wire.keyword(wire.tag_of(step))


def _is_about(row: RuleRow, rule: str, tag: str, sop_class: str) -> bool:
    """Whether a row fits a finding; an attribute by itself is meant wherever it stands."""
    tags = (tag, tag.rpartition(STEP)[2])
    return (
        fnmatchcase(rule, row.rule)
        and any(fnmatchcase(each, row.tag) for each in tags)
        and rows_of(row.sop_class, sop_class)
    )


def _unread(checked: Checked) -> tuple[str, ...]:
    """Attributes at the top that could not be read; ``*`` when any may be missing behind the end."""
    found = [_INDEX.sub("", each.tag).split(STEP)[0] for each in checked.findings if each.rule in _UNREAD]
    # behind the pixels nothing stands that is asked for
    cut = any(each.rule in _CUT and "PixelData" not in each.tag for each in checked.findings)
    if cut or not checked.facts:
        found.append("*")
    return tuple(found)


def _judge(asked: _Asked, checked: Checked, unread: tuple[str, ...]) -> Iterator[IodFinding]:
    """What one row finds in a data set."""
    top = _name(asked.steps[0])
    raw = checked.facts.get(top)
    if top in unread or (raw is None and "*" in unread):
        return
    dataset = wire.DataSet({}) if raw is None else _decoded(top, raw, checked, nested=len(asked.steps) > 1)
    for path, holder, at_end in _places(asked.steps, dataset, ""):
        if isinstance(asked.row, ForbidRow):
            if at_end and path.rpartition(STEP)[2] in holder:
                yield _finding("profile-forbidden", asked, path, "there, and should not be")
        else:
            yield from _judge_required(asked, asked.row, path, holder, at_end)


def _places(steps: tuple[str, ...], holder: wire.DataSet, before: str) -> Iterator[tuple[str, wire.DataSet, bool]]:
    """Yield where a path leads: path, data set, and whether that is its end; else the sequence there has no items."""
    name = _name(steps[0])
    if len(steps) == 1:
        yield before + name, holder, True
        return
    items = holder.items(name)
    if not items:
        yield before + name, holder, False
    for number, item in enumerate(items, 1):
        yield from _places(steps[1:], item, f"{before}{name}[{number}]{STEP}")


def _judge_required(
    asked: _Asked, row: RequireRow, path: str, holder: wire.DataSet, at_end: bool
) -> Iterator[IodFinding]:
    name = path.rpartition(STEP)[2]
    if not at_end:
        if row.type < 3:
            last = asked.steps[-1]
            yield _finding("profile-required", asked, path, f"no item, and so no {last}, which is wanted")
        return
    element = holder.element(name)
    if element is None:
        if row.type < 3:
            yield _finding("profile-required", asked, path, "absent, and wanted")
        return
    if element.is_empty:
        if row.type == 1:
            yield _finding("profile-required", asked, path, "empty, and a value is wanted")
        return
    for number, value in enumerate(holder.values(name), 1):
        shown = value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}…"
        if row.values and not any(_equal(value, each) for each in row.values):
            text = f"value {number} is {shown!r}, not one of {', '.join(row.values)}"
            yield _finding("profile-value", asked, path, text)
        elif asked.pattern is not None and not asked.pattern.fullmatch(value):
            text = f"value {number} is {shown!r}, which does not match {row.matches}"
            yield _finding("profile-value", asked, path, text)


def _equal(value: str, wanted: str) -> bool:
    """Whether two values are the same, as texts or as numbers."""
    if value == wanted:
        return True
    try:
        return float(value) == float(wanted)
    except ValueError:
        return False


def _finding(rule: str, asked: _Asked, path: str, text: str) -> IodFinding:
    row = asked.row
    message = f"{text}: {row.message}" if row.message else text
    return IodFinding(rule, IodLevel(row.level), path, message, asked.clause, advice=row.advice)


def _decoded(name: str, raw: bytes, checked: Checked, *, nested: bool) -> wire.DataSet:
    """The attribute as the only one of a data set; a sequence is read with its items."""
    tag = wire.tag_of(name)
    syntax = checked.transfer_syntax
    syntax = syntax if syntax in (wire.IMPLICIT_LITTLE, wire.EXPLICIT_BIG) else wire.EXPLICIT_LITTLE
    announced = wire.read(checked.charset, syntax).encodings
    little = syntax != wire.EXPLICIT_BIG
    vr = _vr(tag)
    if nested or vr == "SQ":
        return wire.read(checked.charset + _sequence(tag, raw, syntax), syntax)
    element = wire.Element(tag, "LO" if vr == "UN" else vr, raw, 0)  # the value of a private one as text
    return wire.DataSet({tag: element}, (), little, announced)


def _vr(tag: int) -> str:
    try:
        return dictionary_VR(tag)[:2]
    except KeyError:
        return "UN"


def _sequence(tag: int, raw: bytes, syntax: str) -> bytes:
    """A sequence of undefined length with these items; a delimiter that it has already ends it as well."""
    order = "little" if syntax != wire.EXPLICIT_BIG else "big"
    head = b"".join(part.to_bytes(2, order) for part in (tag >> 16, tag & 0xFFFF))  # type: ignore[arg-type]
    end = _END if order == "little" else b"\xff\xfe\xe0\xdd\0\0\0\0"
    if syntax == wire.IMPLICIT_LITTLE:
        return head + b"\xff" * 4 + raw + end
    inside = raw[12:14]  # behind the head of the item and a tag
    known = inside.isalpha() and inside.isupper()
    # PS3.5 6.2.2: what was sent as UN is Implicit VR inside
    return head + (b"SQ" if known or len(raw) < 16 else b"UN") + b"\0\0" + b"\xff" * 4 + raw + end
