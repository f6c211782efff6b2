"""The conversation of a scenario as a sequence diagram: positions only, in px; the template draws it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from scanproof.finding import SEVERITY, Verdict
from scanproof.results import AssociationView, ExchangeView, ScenarioResult
from scansim.vocabulary.outcome import Initiator

HARNESS_X = 91
LINE = 15
#: Width of a character of a label; generous, because the reader's font is not known.
CHARACTER = 7.3
LANE_WIDTH = 178
LANE_CHARACTERS = 19
BADGE_WIDTH = 148
LABEL_WIDTH = (200, 330)
#: Rows of one picture; messages on which no finding rests give way first.
MOST_ROWS = 90


@dataclass(frozen=True)
class Mark:
    """A finding that rests on a message or an association: its verdict, its number in the report, its anchor."""

    verdict: Verdict
    number: int
    anchor: str


@dataclass(frozen=True)
class Lane:
    """One partner of the conversation, drawn as a lifeline."""

    x: int
    title: tuple[str, ...]
    address: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One line of the picture.

    ``kind``: step (a heading), open, message, end, more (messages left out). ``y`` is where the arrow is; the label's
    lines stand above it. ``marks``: the findings that rest on it, worst first.
    """

    kind: str
    association: str = ""
    lane: int = 0
    outgoing: bool = True
    label: str = ""
    status: str = ""
    lines: tuple[str, ...] = ()
    time: float | None = None
    exchange: str = ""
    broken: bool = False
    marks: tuple[Mark, ...] = ()
    repeats: int = 1
    y: int = 0

    @property
    def verdict(self) -> str:
        """Worst verdict that rests on it, in lower case for the style sheet; empty when none does."""
        return self.marks[0].verdict.value.lower() if self.marks else ""

    @property
    def badge(self) -> str:
        """Worst verdict and the numbers of the findings, such as ``FAIL 1, 4``."""
        numbers = [str(mark.number) for mark in self.marks]
        return f"{self.marks[0].verdict} {', '.join(numbers[:3])}{', …' if numbers[3:] else ''}" if numbers else ""


@dataclass(frozen=True)
class Band:
    """The time in which an association stood."""

    lane: int
    top: int
    bottom: int


@dataclass(frozen=True)
class Picture:
    """A sequence diagram, placed."""

    width: int
    height: int
    top: int
    harness_x: int
    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    bands: tuple[Band, ...] = field(default=())

    @property
    def badge_x(self) -> int:
        """Where the verdicts stand."""
        return self.width - BADGE_WIDTH


def _wrap(text: str, characters: int) -> tuple[str, ...]:
    return tuple(textwrap.wrap(text, characters, break_on_hyphens=False)) or ("",)


def _wrap_name(text: str, characters: int) -> tuple[str, ...]:
    """Break a host name, an address or a list of services after a dot, colon, hyphen or blank, else where it must."""
    lines = [""]
    for piece in re.split(r"(?<=[.:\- ])", text):
        if len(lines[-1]) + len(piece.rstrip()) > characters and lines[-1]:
            lines.append("")
        lines[-1] += piece
    return tuple(part for line in lines for part in _wrap(line.strip(), characters))


def _partners(associations: Sequence[AssociationView]) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """(AE title, address) of each partner, and the partner of each association.

    A target that calls back does so from a port of no meaning: it is the partner of that AE title if there is one. A
    connection that failed has no AE title: it is the partner of that address if there is one.
    """
    ours = [each for each in associations if each.initiator is Initiator.HARNESS]
    named = [(each.called_ae.strip(), each.peer) for each in ours if each.called_ae.strip()]
    keys = list(dict.fromkeys(named))
    lanes: dict[str, int] = {}
    for association in associations:
        harness = association.initiator is Initiator.HARNESS
        title = (association.called_ae if harness else association.calling_ae).strip()
        known = next(
            (
                index
                for index, (other, address) in enumerate(keys)
                if (not title or other == title) and (address == association.peer or not harness)
            ),
            None,
        )
        if known is None:
            keys.append((title, association.peer))
            known = len(keys) - 1
        lanes[association.id] = known
    return keys, lanes


def _rows(
    scenario: ScenarioResult,
    associations: Sequence[AssociationView],
    lanes: Mapping[str, int],
    marks: Mapping[str, tuple[Mark, ...]],
) -> list[Row]:
    """Every row in the order of time, without heights."""
    messages: dict[str, list[ExchangeView]] = {association.id: [] for association in associations}
    for exchange in scenario.exchanges:
        messages[exchange.association].append(exchange)
    found: list[tuple[float, int, Row]] = []
    last = 0.0
    for index, association in enumerate(associations):
        mine = messages[association.id]
        begin = association.seconds if association.seconds is not None else mine[0].seconds if mine else last
        end = max([begin, *(exchange.seconds for exchange in mine)])
        last = end
        lane, outgoing = lanes[association.id], association.initiator is Initiator.HARNESS
        other = "client" if scenario.is_client else "target"
        label = f"Association {association.id}" + ("" if outgoing else f" opened by the {other}")
        label += f" ({association.service})" if association.service else ""
        opened = Row("open", association.id, lane, outgoing, label, time=begin)
        found.append((begin, index, replace(opened, marks=marks.get(association.id, ()))))
        for exchange in mine:
            row = Row("message", association.id, lane, exchange.direction == "sent", exchange.name)
            row = replace(row, status=exchange.status or "", time=exchange.seconds, exchange=exchange.id)
            found.append((exchange.seconds, index, replace(row, marks=marks.get(exchange.id, ()))))
        missing = (association.messages or 0) - len(mine)
        if missing > 0:
            found.append((end, index, Row("more", association.id, lane, repeats=missing)))
        if association.ended:
            orderly = association.ended.startswith("released")
            found.append(
                (end, index, Row("end", association.id, lane, outgoing, association.ended, broken=not orderly))
            )
    found.sort(key=lambda entry: entry[:2])  # stable: what is simultaneous on one association keeps its order
    return [row for _, _, row in found]


def _same(one: Row, other: Row) -> bool:
    if one.marks or other.marks or one.kind != "message" or other.kind != "message":
        return False
    return (one.association, one.outgoing, one.label, one.status) == (
        other.association,
        other.outgoing,
        other.label,
        other.status,
    )


def _fold(rows: Sequence[Row]) -> list[Row]:
    """Draw a message, or a request with its response, that comes again and again just once, with its number."""
    folded: list[Row] = []
    at = 0
    while at < len(rows):
        best, repeats = 1, 1
        for period in (1, 2):
            times = 1
            while all(
                at + times * period + k < len(rows) and _same(rows[at + k], rows[at + times * period + k])
                for k in range(period)
            ):
                times += 1
            if times > 1 and times * period > best * repeats:
                best, repeats = period, times
        folded += [replace(row, repeats=repeats) if repeats > 1 else row for row in rows[at : at + best]]
        at += best * repeats
    return folded


def _shorten(rows: Sequence[Row]) -> list[Row]:
    """Leave out messages on which nothing rests once the picture is long enough."""
    room = MOST_ROWS - sum(row.kind != "message" or bool(row.marks) for row in rows)
    kept: list[Row] = []
    for row in rows:
        if row.kind != "message" or row.marks or room > 0:
            room -= row.kind == "message" and not row.marks
            kept.append(row)
        elif kept and kept[-1].kind == "more" and kept[-1].association == row.association:
            kept[-1] = replace(kept[-1], repeats=kept[-1].repeats + row.repeats)
        else:
            kept.append(Row("more", row.association, row.lane, repeats=row.repeats))
    return kept


def _label(row: Row) -> str:
    if row.kind == "more":
        return f"{row.repeats} more {'message' if row.repeats == 1 else 'messages'}, not drawn"
    times = f" × {row.repeats}" if row.repeats > 1 else ""
    return f"{row.label}{times} {row.status}".strip()


def draw(scenario: ScenarioResult, marks: Mapping[str, Sequence[Mark]]) -> Picture | None:
    """Place the conversation of a scenario.

    Parameters
    ----------
    scenario : ScenarioResult
        Its associations and messages.
    marks : mapping
        Findings by the id of the message or association that they rest on.

    Returns
    -------
    Picture or None
        None when there was no association.
    """
    known = {association.id for association in scenario.associations}
    unknown = dict.fromkeys(e.association for e in scenario.exchanges if e.association not in known)
    associations = [
        *scenario.associations,
        *(
            AssociationView(id=i, initiator=Initiator.HARNESS, peer="", calling_ae="", called_ae="", ended="")
            for i in unknown
        ),
    ]
    if not associations:
        return None
    messages = {exchange.id for exchange in scenario.exchanges}
    placed: dict[str, list[Mark]] = {}
    for where, here in marks.items():
        # a message that was not kept: its association stands for it
        placed.setdefault(where if where in messages else where.split(".")[0], []).extend(here)
    ordered = {
        where: tuple(sorted(here, key=lambda mark: (SEVERITY.index(mark.verdict), mark.number)))
        for where, here in placed.items()
    }
    keys, lanes = _partners(associations)
    if scenario.is_client:
        keys = [(title or "client", address) for title, address in keys]
    rows = _with_steps(scenario, _shorten(_fold(_rows(scenario, associations, lanes, ordered))))
    return _place(rows, keys, lanes, associations)


def _with_steps(scenario: ScenarioResult, rows: Sequence[Row]) -> list[Row]:
    """Put each step's name above its first association."""
    above = {step.associations[0]: step for step in scenario.steps if step.associations}
    found: list[Row] = []
    for row in rows:
        if row.kind == "open" and row.association in above:
            step = above[row.association]
            found.append(Row("step", label=f"Step {step.number}: {step.verb}"))
        found.append(row)
    return found


def _place(
    rows: Sequence[Row],
    keys: Sequence[tuple[str, str]],
    lanes: Mapping[str, int],
    associations: Sequence[AssociationView],
) -> Picture:
    longest = max(len(_label(row)) for row in rows)
    label_width = min(max(int(longest * CHARACTER) + 20, LABEL_WIDTH[0]), LABEL_WIDTH[1])
    characters = int((label_width - 20) / CHARACTER)
    drawn = []
    for index, (title, address) in enumerate(keys):
        services = dict.fromkeys(a.service for a in associations if lanes[a.id] == index and a.service)
        name = _wrap_name(", ".join(services), LANE_CHARACTERS) if services else ()
        x = HARNESS_X + label_width + LANE_WIDTH // 2 + index * LANE_WIDTH
        drawn.append(Lane(x, (*name, title or "target"), _wrap_name(address, LANE_CHARACTERS) if address else ()))
    top = 22 + LINE * max(len(lane.title) + len(lane.address) for lane in drawn)
    y = top + 8
    placed: list[Row] = []
    begun: dict[str, Band] = {}
    bands: list[Band] = []
    for row in rows:
        lines = _wrap(_label(row), characters if row.kind != "step" else 60)
        y += LINE * len(lines) + (14 if row.kind == "step" else 9)
        placed.append(replace(row, lines=lines, y=y))
        if row.kind == "open":
            begun[row.association] = Band(row.lane, y, y)
        elif row.kind == "end":
            bands.append(replace(begun.pop(row.association), bottom=y))
    bands += [replace(band, bottom=y + 10) for band in begun.values()]
    width = drawn[-1].x + LANE_WIDTH // 2 + BADGE_WIDTH
    return Picture(width, y + 24, top, HARNESS_X, tuple(drawn), tuple(placed), tuple(bands))
