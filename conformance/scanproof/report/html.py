"""report.html: one self-contained file for the administrator of a PACS or RIS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from scanproof.finding import SEVERITY, Finding, Verdict
from scanproof.report import claims, pictures, sequence, tables, words
from scanproof.report.groups import Group, groups
from scanproof.results import ClaimOutcome, ExchangeView, Results, ScenarioResult

if TYPE_CHECKING:
    from jinja2 import Template

#: Verdicts that are folded away below what is to be done.
FOLDED = (Verdict.NOT_DECLARED, Verdict.PASS, Verdict.NOT_APPLICABLE)

#: Objects that are listed as created at the target; results.json has all of them.
CREATED_SHOWN = 500

OUTCOMES = {
    ClaimOutcome.CONTRADICTED: "what was seen is not what is declared",
    ClaimOutcome.NOT_DECLARED: "it works, though nobody declared it",
    ClaimOutcome.NOT_TESTED: "this run did not exercise it",
    ClaimOutcome.OBSERVED: "seen to be so",
}


class Anchors:
    """Unique ids for links, readable and free of markup."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}

    def make(self, *parts: str) -> str:
        """Return an id made of some names; a number is added when another thing has it."""
        wanted = re.sub(r"[^A-Za-z0-9._-]+", "-", "_".join(parts))
        anchor, number = wanted, self._numbers.get(wanted, 1)
        while anchor in self._taken:
            number += 1
            anchor = f"{wanted}_{number}"
        self._taken.add(anchor)
        self._numbers[wanted] = number
        return anchor


@dataclass(frozen=True)
class Line:
    """One element of a decoded message; ``hit`` when it is the attribute that a finding speaks of."""

    text: str
    depth: int
    hit: bool


@dataclass(frozen=True)
class MessageBlock:
    """One decoded message, ready to draw; the request it answers, as (anchor or nothing, id, name)."""

    anchor: str
    view: ExchangeView
    command: tuple[Line, ...]
    dataset: tuple[Line, ...]
    request: tuple[str, str, str] | None


@dataclass(frozen=True)
class FindingBlock:
    """One finding with its links.

    ``also`` tells where else it was seen, ``consequences`` what it explains. ``message`` is the message that it rests
    on when it is drawn here; ``message_anchor`` where it is drawn otherwise; ``place`` its name, empty when it rests on
    none.
    """

    anchor: str
    number: int
    finding: Finding
    count: int
    also: str
    explained: str
    consequences: tuple[Finding, ...]
    message: MessageBlock | None
    message_anchor: str
    place: str
    claim_anchor: str


@dataclass(frozen=True)
class FindingsBlock:
    """The findings of one scenario, or of the run: what is to be done, and the others by verdict."""

    name: str
    title: str
    verdict: Verdict
    counts: dict[Verdict, int]
    to_do: tuple[FindingBlock, ...]
    folded: dict[Verdict, tuple[FindingBlock, ...]]


@dataclass(frozen=True)
class ScenarioBlock:
    """One scenario: its picture, its findings, the messages drawn nowhere else.

    ``targets`` and ``associations`` hold the anchor of each message and each association by its id.
    """

    anchor: str
    result: ScenarioResult
    steps: str
    picture: sequence.Picture | None
    targets: dict[str, str]
    associations: dict[str, str]
    findings: FindingsBlock
    messages: tuple[MessageBlock, ...]
    courses: tuple[tables.Course, ...]


@dataclass(frozen=True)
class Blocks:
    """The blocks of one scenario, or of all its cases, which are open where there is something to see."""

    group: Group
    anchor: str
    blocks: tuple[ScenarioBlock, ...]
    counts: dict[Verdict, int]

    @property
    def is_open(self) -> bool:
        """Whether it is shown at once."""
        return not self.group.folded or any(block.findings.to_do for block in self.blocks)

    @property
    def parted(self) -> tuple[list[ScenarioBlock], list[ScenarioBlock]]:
        """Of the cases those in which somebody has to look at something, and the others."""
        shown = {result.label for result in self.group.shown}
        loud = [block for block in self.blocks if block.result.label in shown]
        return loud, [block for block in self.blocks if block.result.label not in shown]


def _is_about(line: str, tag: str | None) -> bool:
    """Whether a line shows the attribute at the end of a tag path such as ``SourceImageSequence[1] > SOPClassUID``."""
    name = (tag or "").rpartition(">")[2].partition("[")[0].strip()
    return bool(name) and re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", line) is not None


def _lines(texts: Iterable[str], tag: str | None) -> tuple[Line, ...]:
    return tuple(
        Line(text.lstrip(" "), min(len(text) - len(text.lstrip(" ")), 24), _is_about(text, tag)) for text in texts
    )


def _requests(scenario: ScenarioResult) -> dict[str, ExchangeView]:
    """Request of each response by the response's id: the last one before it, the other way, on its association."""
    asked: dict[tuple[str, str, str], ExchangeView] = {}
    found: dict[str, ExchangeView] = {}
    for exchange in scenario.exchanges:
        service, _, kind = exchange.name.rpartition("-")
        if kind == "RQ":
            asked[exchange.association, service, exchange.direction] = exchange
        elif kind == "RSP":
            other = "received" if exchange.direction == "sent" else "sent"
            request = asked.get((exchange.association, service, other))
            if request:
                found[exchange.id] = request
    return found


class _ScenarioBuilder:
    """Lay out one scenario."""

    def __init__(self, scenario: ScenarioResult, anchors: Anchors, claimed: Mapping[str, str]) -> None:
        self.scenario = scenario
        self.anchors = anchors
        self.claims = claimed
        self.anchor = anchors.make("scenario", scenario.label)
        # a message without its elements is drawn in the picture and has no place of its own
        self.exchanges = {e.id: e for e in scenario.exchanges if e.command or e.dataset or e.problems}
        self.targets = {name: anchors.make("message", scenario.label, name) for name in self.exchanges}
        self.associations = {
            each.id: anchors.make("association", scenario.label, each.id) for each in scenario.associations
        }
        self.places = {**self.associations, **self.targets}
        self.requests = _requests(scenario)
        self.drawn: set[str] = set()

    def message(self, exchange: ExchangeView, tag: str | None = None) -> MessageBlock:
        """Lay out one message."""
        self.drawn.add(exchange.id)
        request = self.requests.get(exchange.id)
        link = (self.targets.get(request.id, ""), request.id, request.name) if request else None
        command, dataset = _lines(exchange.command, tag), _lines(exchange.dataset, tag)
        return MessageBlock(self.targets[exchange.id], exchange, command, dataset, link)

    def entry(self, entry: words.Numbered) -> FindingBlock:
        """Lay out an entry to act on."""
        return _of_entry(self.finding(entry.finding, entry.number), entry)

    def finding(self, finding: Finding, number: int = 0) -> FindingBlock:
        """Lay out one finding; a finding to act on shows its message, unless one before it did."""
        exchange = self.exchanges.get(finding.exchange or "")
        here = exchange is not None and number > 0 and exchange.id not in self.drawn
        return FindingBlock(
            anchor=self.anchors.make("finding", self.scenario.label, finding.check),
            number=number,
            finding=finding,
            count=finding.count,
            also="",
            explained="",
            consequences=(),
            message=self.message(exchange, finding.tag) if exchange and here else None,
            message_anchor=self.places.get(finding.exchange or "", ""),
            place=finding.exchange or "",
            claim_anchor=self.claims.get(finding.claim or "", ""),
        )

    def build(self, to_do: list[words.Numbered], of_the_run: Iterable[FindingBlock]) -> ScenarioBlock:
        """Lay out the scenario with its findings to act on; those `of_the_run` are marked where they rest here."""
        scenario = self.scenario
        first = tuple(self.entry(each) for each in to_do)
        roots = [finding for finding in scenario.findings if finding.root is None]
        folded = {verdict: tuple(self.finding(each) for each in roots if each.verdict is verdict) for verdict in FOLDED}
        marks: dict[str, list[sequence.Mark]] = {}
        for block in (*first, *(each for each in of_the_run if each.finding.label == scenario.label)):
            if block.finding.exchange:
                mark = sequence.Mark(block.finding.verdict, block.number, block.anchor)
                marks.setdefault(block.finding.exchange, []).append(mark)
        return ScenarioBlock(
            anchor=self.anchor,
            result=scenario,
            steps=words.steps_in_words(scenario),
            picture=sequence.draw(scenario, marks),
            targets=self.targets,
            associations=self.associations,
            findings=FindingsBlock(
                scenario.label, scenario.title, scenario.verdict, _counts(scenario.findings), first, folded
            ),
            messages=tuple(self.message(e) for e in self.exchanges.values() if e.id not in self.drawn),
            courses=tuple(tables.courses(scenario)),
        )


def _of_entry(block: FindingBlock, entry: words.Numbered) -> FindingBlock:
    """The block of an entry's first finding with what else belongs to it."""
    return replace(
        block,
        count=entry.times,
        also=words.seen_elsewhere(entry),
        explained=words.explained(entry),
        consequences=entry.consequences,
    )


def _counts(findings: list[Finding]) -> dict[Verdict, int]:
    """Entries by verdict, without consequences."""
    roots = {(each.group or id(each), each.verdict) for each in findings if each.root is None}
    return {verdict: sum(found is verdict for _, found in roots) for verdict in SEVERITY}


def _run_block(
    results: Results,
    to_do: list[words.Numbered],
    anchors: Anchors,
    messages: dict[str, str],
    claimed: Mapping[str, str],
) -> FindingsBlock:
    """Lay out what is found of the run as a whole, with links to the messages of the scenarios."""

    def lay_out(finding: Finding, number: int = 0) -> FindingBlock:
        return FindingBlock(
            anchor=anchors.make("finding", "run", finding.check),
            number=number,
            finding=finding,
            count=finding.count,
            also="",
            explained="",
            consequences=(),
            message=None,
            message_anchor=messages.get(words.place(finding), ""),
            place=words.place(finding) if finding.exchange else "",
            claim_anchor=claimed.get(finding.claim or "", ""),
        )

    return FindingsBlock(
        "the run",
        "what only all scenarios together show",
        words.of_the_run(results),
        _counts(results.findings),
        tuple(_of_entry(lay_out(each.finding, each.number), each) for each in to_do),
        {verdict: tuple(lay_out(each) for each in results.findings if each.verdict is verdict) for verdict in FOLDED},
    )


def _grouped(results: Results, scenarios: list[ScenarioBlock], anchors: Anchors) -> list[Blocks]:
    """The blocks of scenarios, those of the cases of one together."""
    by_label = {block.result.label: block for block in scenarios}
    found = []
    for group in groups(results):
        blocks = tuple(by_label[each.label] for each in group.scenarios)
        counts = _counts([finding for each in group.scenarios for finding in each.findings])
        found.append(Blocks(group, anchors.make("scenarios", group.name), blocks, counts))
    return found


@cache
def _template() -> Template:
    """The template, compiled once: that takes longer than to fill it in."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # not at start: --help has to answer fast
    from markupsafe import Markup

    def harmless(value: object) -> object:
        return words.printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("scanproof", "report"),
        autoescape=True,
        finalize=harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["word"] = words.word
    environment.globals["tables"] = tables
    return environment.get_template("report.html.j2")


def render(results: Results) -> bytes:
    """Return report.html: UTF-8, everything inline, no script; each text from outside is escaped."""
    anchors = Anchors()
    stated = claims.lay_out(results, anchors.make)
    to_do = words.to_do(results)
    builders = [_ScenarioBuilder(scenario, anchors, stated.anchors) for scenario in results.scenarios]
    messages = {
        f"{builder.scenario.label}/{name}": anchor
        for builder in builders
        for name, anchor in (*builder.associations.items(), *builder.targets.items())
    }
    of_the_run = _run_block(
        results, [each for each in to_do if each.scenario is None], anchors, messages, stated.anchors
    )
    scenarios = [
        builder.build([each for each in to_do if each.scenario is builder.scenario], of_the_run.to_do)
        for builder in builders
    ]
    findings = [*(block.findings for block in scenarios), *([of_the_run] if results.findings else [])]
    text = _template().render(
        results=results,
        verdict=words.overall(results),
        headline=words.headline(results),
        scenarios=scenarios,
        groups=_grouped(results, scenarios, anchors),
        of_the_run=of_the_run,
        findings=findings,
        not_tested=[each for each in results.all_findings if each.verdict is Verdict.NOT_TESTED and each.root is None],
        entries=sorted((each for block in findings for each in block.to_do), key=lambda block: block.number),
        claims=stated,
        messages=messages,
        verdicts=SEVERITY,
        folded=FOLDED,
        meaning=words.MEANING,
        basis=words.BASIS,
        outcomes=OUTCOMES,
        plural=words.plural,
        left_open=words.left_open,
        created_shown=CREATED_SHOWN,
        why_partial=words.why_partial(results),
        images_back=pictures.chosen(results),
    )
    return text.encode("utf-8")
