"""Tables of a report that are no findings: how long things took, and who saw the worklist item when."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scanproof.evidence.times import FIRST_ANSWER, OPENED, REPORTED
from scanproof.results import OperationTimes, Results, ScenarioResult, StorageRate
from scansim.vocabulary.services import SERVICES

#: What a performed step goes through, in the order of columns.
MOMENTS = ("before N-CREATE", "after N-CREATE", "after IN PROGRESS", "after COMPLETED", "after DISCONTINUED")
#: The ends of a bar, in s: its length is the logarithm.
_SHORTEST, _LONGEST = 1e-4, 100.0
#: Steps that are told of in a terminal.
_STEPS_TOLD = 3

_CALLED = {
    OPENED: "association opened",
    FIRST_ANSWER: "C-FIND, first answer",
    REPORTED: "N-EVENT-REPORT after N-ACTION",
}


def took(seconds: float) -> str:
    """A time in words.

    >>> took(0.00042), took(0.0123), took(0.4), took(12.34), took(100)
    ('0.42 ms', '12 ms', '400 ms', '12.3 s', '100 s')
    """
    if seconds < 1:
        thousandth = seconds * 1000
        return f"{thousandth:.0f} ms" if thousandth >= 9.95 else f"{thousandth:.2g} ms"
    return f"{seconds:.0f} s" if seconds >= 99.95 else f"{seconds:.3g} s"


def called(operation: str) -> str:
    """What a kind of operation is called in a report."""
    return _CALLED.get(operation, operation)


def title_of(service: str) -> str:
    """What people call a service."""
    return SERVICES[service].title if service in SERVICES else service


def bar(seconds: float) -> int:
    """Length of a bar in per cent, on a scale of logarithms."""
    part = math.log(max(seconds, _SHORTEST) / _SHORTEST) / math.log(_LONGEST / _SHORTEST)
    return round(100 * min(1.0, part))


def rate(storage: StorageRate) -> str:
    """How fast images went."""
    speed = f"{storage.images_per_second:g} images/s, {storage.megabytes_per_second:g} MB/s"
    where = f"{storage.scenario}{f', step {storage.step}' if storage.step else ''}"
    return f"{storage.images} images in {took(storage.seconds)} ({where}): {speed}"


def times_in_lines(results: Results) -> list[str]:
    """The times of a run in a few lines: a line for each AE, and the biggest steps that stored images.

    How long it took to open an association, and to the first answer of a query, the other reports have.
    """
    of: dict[str, list[OperationTimes]] = {}
    for each in results.times.operations:
        if each.operation not in (OPENED, FIRST_ANSWER):
            of.setdefault(each.party, []).append(each)
    lines = [f"{party}, median (worst): {', '.join(map(_brief, times))}" for party, times in of.items()]
    rates = [each for each in results.times.storage if each.images > 1]
    return [*lines, *map(rate, sorted(rates, key=lambda each: -each.images)[:_STEPS_TOLD])]


def _brief(times: OperationTimes) -> str:
    doubt = ", 40 ms pattern" if times.held_back else ""
    service = f"{times.service} " if times.operation == "C-FIND" else ""
    worst = f" ({took(times.worst)}{doubt})" if times.count > 1 or doubt else ""
    return f"{service}{called(times.operation)} {took(times.median)}{worst}"


@dataclass(frozen=True)
class Course:
    """Who saw one item when: a row for each query, a cell for each moment, empty where nobody asked."""

    item: str
    moments: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def courses(scenario: ScenarioResult) -> list[Course]:
    """A table for each item of a scenario."""
    items: dict[str, dict[str, dict[str, list[bool]]]] = {}
    for each in scenario.item_course:
        items.setdefault(each.item, {}).setdefault(each.query, {}).setdefault(each.when, []).append(each.present)
    found = []
    for item, queries in items.items():
        asked = dict.fromkeys(when for cells in queries.values() for when in cells)
        moments = (*(each for each in MOMENTS if each in asked), *(each for each in asked if each not in MOMENTS))
        rows = ((query, tuple(_cell(cells.get(when, [])) for when in moments)) for query, cells in queries.items())
        found.append(Course(item, moments, tuple(rows)))
    return found


def _cell(present: list[bool]) -> str:
    if not present:
        return ""
    said = ("not in the list", "in the list")
    return ", then ".join(said[each] for at, each in enumerate(present) if not at or each is not present[at - 1])
