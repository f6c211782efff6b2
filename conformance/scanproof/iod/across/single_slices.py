"""Studies in which each slice is a series of its own, as converters make them: legal, and no use to a viewer.

PS3.3 A.1.2.3 (2020) says what may not share a series; nothing forbids many of them, so this is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

#: CT, MR and PET of one frame: images that make volumes, of which one by itself is rare.
_OF_SLICES = frozenset(f"1.2.840.10008.5.1.4.1.1.{last}".encode() for last in ("2", "4", "128"))
#: So many series of one image each are no chance: a scout, a screen save and a few single ones are usual.
_LEAST = 5


@dataclass
class _Study:
    """Series of slices of one study: how many images each has, and how often a number names one."""

    images: dict[bytes, int] = field(default_factory=dict)
    numbers: dict[bytes, list[bytes]] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)


class SingleSlices:
    """Counts the images of the series of each study."""

    def __init__(self) -> None:
        self._studies: dict[bytes, _Study] = {}

    def add(self, facts: Mapping[str, bytes], name: str) -> None:
        """Take note of an image."""
        if facts.get("SOPClassUID", b"").rstrip(b"\0 ") not in _OF_SLICES:
            return
        study = self._studies.setdefault(facts.get("StudyInstanceUID", b""), _Study())
        series = facts.get("SeriesInstanceUID", b"")
        count = study.images[series] = study.images.get(series, 0) + 1
        if count == 1:
            number = facts.get("SeriesNumber", b"").strip(b"\0 ").lstrip(b"+0")
            study.numbers.setdefault(number, []).append(series)
            study.names[series] = name

    def judge(self) -> Iterator[tuple[bytes, str, str, tuple[str, ...]]]:
        """Yield (Study Instance UID, attribute, what, examples) of each study that has too many series of one slice."""
        for uid, study in self._studies.items():
            for number, members in study.numbers.items():
                single = [series for series in members if study.images[series] == 1]
                if number and len(single) >= _LEAST and len(single) == len(members):
                    text = f"{len(single)} series of one image each have Series Number {number.decode('latin-1')}"
                    yield uid, "SeriesNumber", text, self._examples(study, single)
                    break
            else:
                if len(study.images) >= 2 * _LEAST and set(study.images.values()) == {1}:
                    text = f"each of {len(study.images)} images is a series of its own"
                    yield uid, "SeriesInstanceUID", text, self._examples(study, list(study.images))

    @staticmethod
    def _examples(study: _Study, series: list[bytes]) -> tuple[str, ...]:
        return tuple(study.names[each] for each in series[:3])
