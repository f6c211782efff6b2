"""Checks across instances: one patient, study, series, frame of reference and equipment; UIDs; numbers.

Instances are given one by one and not kept: of each series the combinations of values that came up are counted, of each
image its number and position. 100,000 instances need some 50 MB.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydicom.datadict import dictionary_VR

from scanproof.iod.across.single_slices import SingleSlices
from scanproof.iod.across.slices import Slices
from scanproof.iod.encoded.encoding import IMPLICIT, guess
from scanproof.iod.finding import Checked, IodFinding, IodLevel
from scansim.vocabulary.values import normal
from scansim.wire import dataset as wire

_CONTEXT = "PS3.3 A.1.2 (2024e)"
_ENTITIES = "PS3.3 A.1.2.3 (2020)"
_UID = "PS3.5 9 (2024e)"
_RECODED = "PS3.3 C.7.6.1.1.5, C.12.4.1.1 (2020)"

_PATIENT = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "IssuerOfPatientID")
_STUDY = ("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName", "StudyDescription")
_SERIES = (
    *("Modality", "SeriesNumber", "SeriesDate", "SeriesTime", "SeriesDescription", "Laterality"),
    *("BodyPartExamined", "PatientPosition", "ProtocolName"),
)
_FRAME = ("FrameOfReferenceUID", "PositionReferenceIndicator")
_EQUIPMENT = (
    *("Manufacturer", "InstitutionName", "StationName", "ManufacturerModelName", "DeviceSerialNumber"),
    "SoftwareVersions",
)
#: Rule and attributes of what the instances of a study share, and of what those of a series share besides.
_OF_STUDY = (("patient-disagrees", _PATIENT), ("study-disagrees", _STUDY))
_OF_SERIES = (
    *_OF_STUDY,
    ("study-disagrees", ("StudyInstanceUID",)),
    ("series-disagrees", _SERIES),
    ("frame-of-reference-disagrees", _FRAME),
    ("equipment-disagrees", _EQUIPMENT),
)
#: Combinations of values of one study or series that are kept; more are counted as one.
_MOST = 256
_KINDS = {
    "StudyInstanceUID": "study",
    "SeriesInstanceUID": "series",
    "FrameOfReferenceUID": "frame of reference",
    "SOPInstanceUID": "instance",
}


@dataclass(frozen=True)
class SeriesFinding(IodFinding):
    """A finding of several instances.

    Parameters
    ----------
    entity : str
        UID of the study or series concerned.
    examples : tuple of str
        Names of instances that differ, as they were given to `SeriesChecker.add`; the first of each value.
    """

    entity: str = ""
    examples: tuple[str, ...] = ()


class _Values:
    """Combinations of values of some attributes, each with its count and the name of its first instance."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._seen: dict[tuple[bytes | None, ...], list[int | str]] = {}

    def add(self, facts: Mapping[str, bytes], charset: bytes, name: str) -> None:
        key = (charset, *map(facts.get, self._names))
        found = self._seen.get(key)
        if found is not None:
            found[0] += 1  # type: ignore[operator]  # the count is the first of the two
        elif len(self._seen) < _MOST:
            self._seen[key] = [1, name]

    def variants(self, blank: bool) -> Iterator[tuple[str, dict[str, tuple[int, str]]]]:
        """Yield each attribute with several values: value to (count, name of the first); `blank`: so is no value."""
        if len(self._seen) < 2:
            return
        for number, keyword in enumerate(self._names, 1):
            if len({key[number] for key in self._seen}) < 2:
                continue
            found: dict[str, tuple[str, int, str]] = {}
            for key, (count, name) in self._seen.items():
                raw = key[number]
                shown = text_of(keyword, raw or b"", key[0] or b"")
                if not shown and not blank:
                    continue
                same = comparable(keyword, shown)
                first = found.get(same, (shown, 0, str(name)))
                found[same] = (first[0], first[1] + int(count), first[2])
            if len(found) > 1:
                yield keyword, {shown: (count, name) for shown, count, name in found.values()}


@dataclass
class _Series:
    values: _Values
    slices: Slices
    numbers: set[int] = field(default_factory=set)
    twice: dict[int, str] = field(default_factory=dict)
    first: str = ""
    instances: int = 0


class SeriesChecker:
    """Compares instances as they come; `findings` says what does not fit together.

    >>> from scanproof.iod import Checker
    >>> checker, series = Checker(), SeriesChecker()
    >>> for path in []:
    ...     series.add(checker.check_file(path), path)
    >>> series.findings()
    []

    Parameters
    ----------
    same : callable, optional
        Whether the instances of two names are one and the same file. Asked of two with one SOP Instance UID: copies of
        a file are one instance, which is no fault, and are counted once.
    recoded : callable, optional
        Whether they differ in nothing but the encoding, which is no fault either. Asked where `same` says no.
    """

    def __init__(
        self, same: Callable[[str, str], bool] | None = None, recoded: Callable[[str, str], bool] | None = None
    ) -> None:
        self._same = same
        self._recoded = recoded
        self._encodings: dict[bytes, list[str]] = {}
        self._first: dict[bytes, str] = {}
        self._copies: dict[bytes, list[str]] = {}
        self._studies: dict[bytes, _Values] = {}
        self._series: dict[bytes, _Series] = {}
        self._single = SingleSlices()
        self._uids: dict[bytes, str] = {}
        self._shared: dict[tuple[bytes, str, str], tuple[int, str]] = {}

    def add(self, checked: Checked, name: str = "") -> None:
        """Take note of an instance; `name` is how findings call it, such as its path."""
        facts, charset = checked.facts, checked.charset
        study, series = facts.get("StudyInstanceUID", b""), facts.get("SeriesInstanceUID", b"")
        if not series or self._is_copy(facts, name):
            return
        self._register(facts, name)
        known = self._studies.get(study)
        if known is None:
            known = self._studies[study] = _Values(tuple(each for _, names in _OF_STUDY for each in names))
        known.add(facts, charset, name)
        mine = self._series.get(series)
        if mine is None:
            values = _Values(tuple(each for _, names in _OF_SERIES for each in names))
            mine = self._series[series] = _Series(values, Slices(), first=name)
        mine.instances += 1
        mine.values.add(facts, charset, name)
        number = _integer(facts.get("InstanceNumber", b""))
        if number is not None:
            if number in mine.numbers and len(mine.twice) < _MOST:
                mine.twice.setdefault(number, name)
            mine.numbers.add(number)
        mine.slices.add(facts, number)
        self._single.add(facts, name)

    def _is_copy(self, facts: Mapping[str, bytes], name: str) -> bool:
        """Note the first file of an instance; whether this one is a copy of it."""
        uid = facts.get("SOPInstanceUID", b"").rstrip(b"\0 ")
        if self._same is None or not uid:
            return False
        first = self._first.setdefault(uid, name)
        if first == name:
            return False
        if self._same(first, name):
            self._copies.setdefault(uid, [first]).append(name)
        elif self._recoded is not None and self._recoded(first, name):
            self._encodings.setdefault(uid, [first]).append(name)
        else:
            return False
        return True

    def _register(self, facts: Mapping[str, bytes], name: str) -> None:
        """Note what each UID names; one that names two things, or two instances, is a finding."""
        for keyword, kind in _KINDS.items():
            uid = facts.get(keyword, b"").rstrip(b"\0 ")
            if not uid:
                continue
            before = self._uids.setdefault(uid, kind) if kind != "instance" else self._uids.get(uid)
            if before is None:
                self._uids[uid] = kind
            elif before != kind or kind == "instance":
                key = (uid, before, keyword)
                if len(self._shared) < _MOST or key in self._shared:
                    count, first = self._shared.get(key, (0, name))
                    self._shared[key] = (count + 1, first)

    def findings(self) -> list[SeriesFinding]:
        """What does not fit together; it may be asked at any time."""
        found = [*self._copy_findings(), *self._uid_findings()]
        for uid, series in self._series.items():
            entity = _plain(uid)
            # one device made them in one go: what one of them has and another lacks disagrees as well
            found += _disagreements(_OF_SERIES, series.values, entity, "series", blank=True)
            if series.twice:
                numbers = ", ".join(map(str, sorted(series.twice)[:5]))
                text = f"series {entity}: several instances have Instance Number {numbers}"
                examples = tuple(series.twice.values())[:3]
                clause = "PS3.3 Table C.7-9 (2026b)"
                found.append(
                    SeriesFinding(
                        "instance-number", IodLevel.WARNING, "InstanceNumber", text, clause, None, entity, examples
                    )
                )
            for rule, tag, text, clause in series.slices.judge():
                text, names = f"series {entity}: {text}", (series.first,) if series.first else ()
                found.append(SeriesFinding(rule, IodLevel.WARNING, tag, text, clause, None, entity, names))
        for uid, tag, what, examples in self._single.judge():
            entity = _plain(uid)
            text = f"study {entity}: {what}"
            found.append(SeriesFinding("single-slices", IodLevel.WARNING, tag, text, _ENTITIES, None, entity, examples))
        said = {(finding.rule, finding.tag) for finding in found}
        for uid, study in self._studies.items():
            disagreements = _disagreements(_OF_STUDY, study, _plain(uid), "study", blank=False)
            found += [each for each in disagreements if (each.rule, each.tag) not in said]
        return found

    def _copy_findings(self) -> Iterator[SeriesFinding]:
        """Copies are one object under several names (PS3.5 9): a note, one for all of them."""
        if self._copies:
            names = next(iter(self._copies.values()))
            text = f"the same file {len(names)} times"
            if len(self._copies) > 1:
                text = f"{len(self._copies)} files are here several times, the first of them {len(names)} times"
            yield SeriesFinding("file-copies", IodLevel.INFO, "SOPInstanceUID", text, _UID, None, "", tuple(names[:3]))
        if self._encodings:
            names = next(iter(self._encodings.values()))
            text = f"the same instance in {len(names)} encodings"
            if len(self._encodings) > 1:
                text = (
                    f"{len(self._encodings)} instances are here in several encodings, the first of them in {len(names)}"
                )
            yield SeriesFinding(
                "instance-recoded", IodLevel.INFO, "SOPInstanceUID", text, _RECODED, None, "", tuple(names[:3])
            )

    def _uid_findings(self) -> Iterator[SeriesFinding]:
        for (uid, before, keyword), (count, name) in self._shared.items():
            shown = _plain(uid)
            if before == "instance" and keyword == "SOPInstanceUID":
                text = f"{count + 1} instances have the SOP Instance UID {shown}"
            else:
                text = f"{shown} is the UID of a {before}, and {keyword} of {count} instances"
            names = tuple(dict.fromkeys(filter(None, (self._first.get(uid), name))))
            yield SeriesFinding("uid-reuse", IodLevel.ERROR, keyword, text, _UID, None, shown, names)


def _disagreements(
    shared: Sequence[tuple[str, Sequence[str]]], values: _Values, entity: str, kind: str, *, blank: bool
) -> Iterator[SeriesFinding]:
    rules = {keyword: rule for rule, names in shared for keyword in names}
    for keyword, variants in values.variants(blank):
        ordered = sorted(variants.items(), key=lambda item: -item[1][0])
        shown = ", ".join(f"{value!r} ({count})" for value, (count, _) in ordered[:4])
        more = f" and {len(ordered) - 4} more" if len(ordered) > 4 else ""
        text = f"{kind} {entity}: its instances disagree: {shown}{more}"
        examples = tuple(name for _, (_, name) in ordered[1:4])
        yield SeriesFinding(rules[keyword], IodLevel.ERROR, keyword, text, _CONTEXT, None, entity, examples)


def _plain(uid: bytes) -> str:
    return uid.rstrip(b"\0 ").decode("latin-1")


def _integer(raw: bytes) -> int | None:
    text = raw.strip(b"\0 ").decode("latin-1")
    return int(text) if re.fullmatch(r"[+-]?\d{1,12}", text) else None


def text_of(keyword: str, raw: bytes, charset: bytes) -> str:
    """Values of an attribute as text, in the character set of its data set, whose encoded element `charset` is."""
    tag = wire.tag_of(keyword)
    element = wire.Element(tag, dictionary_VR(tag)[:2], raw, 0)
    announced = guess(charset) or IMPLICIT  # by its VR, and the order of its bytes
    encodings = wire.read(charset, announced.transfer_syntax).encodings
    return "\\".join(wire.DataSet({tag: element}, (), True, encodings).values_of(element))


def comparable(keyword: str, text: str) -> str:
    """A value of an attribute in a form in which equal ones are equal."""
    return normal(dictionary_VR(wire.tag_of(keyword)), text)
