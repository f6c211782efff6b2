"""docs/verdicts.md: what came of each case of the batteries on each real target; see tools/verdicts."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scanproof.finding import Finding, Verdict
from scanproof.results import Results
from tools.verdicts_targets import TARGETS, tables

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "verdicts.md"
#: What a person wrote, after the verdicts had been looked at.
CLOSING = ROOT / "tools" / "verdicts-closing.md"

MARKS = {
    Verdict.FAIL: "**FAIL**",
    Verdict.WARN: "WARN",
    Verdict.INCONCLUSIVE: "*open*",
    Verdict.NOT_DECLARED: "pass",
    Verdict.PASS: "pass",
    Verdict.NOT_TESTED: "·",
    Verdict.NOT_APPLICABLE: "–",
}
TOLD = (Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE)
#: Whether a C-CANCEL comes before the last answer is the moment's affair; of 500 items (`many`) it does.
OF_THE_MOMENT = ("cancel-early", "cancel-late", "cancel-at-once", "cancel-after-one")
#: How much still comes behind a C-CANCEL is the machine's affair as well, where it is a warning.
CANCELS = ("worklist.cancel", "query.cancel", "retrieve.cancel")
_ANOTHER_RUN = "it is heavy"
_CASES_NAMED = 4

#: How many runs stand side by side: most of what a run takes, it waits.
SIDE_BY_SIDE = 4

HEAD = """\
<!-- printed by: tools/verdicts -->
# Verdicts on real targets

What came of each case of the batteries, and of some exams, on targets that others wrote, installed from their
packages: with odd data, and of the heavy cases those of a long worklist. Each battery had a target that was just
started, with empty folders. `tests/integration/test_verdicts.py` runs them again and compares; `tools/verdicts` makes
this page anew.

"""
LEGEND = """\
**FAIL**, WARN, pass: the case's verdict, and the numbers of the causes that it shows, which stand in the part of the
target. A pass is one of what was looked at: that a target leaves an optional key out of matching is a note, for
instance. *open*: tried, and could not be decided. `·`: not tested, because the target offers nothing that the case
could be tried on, or because something before it went wrong. `–`: out of scope, for the site names no such service.
Empty: no case of that target (`names` has those character sets that are claimed, or else common ones). A battery is
run on the targets that serve what it is about.

Cases that are left out, for what comes of them depends on the moment: `cancel-early`, `cancel-late`, `cancel-at-once`
and `cancel-after-one`, in each battery; on dcmqrscp `storage-battery/parallel`, whose processes come into each other's
way now and then; on pynetdicom's servers those cases of `association-battery` for which its ten places may still be
taken by associations that hang.

"""


@dataclass(frozen=True)
class Outcome:
    """What one target came to: a mark for each case, and a line for each FAIL, WARN and open question.

    The n-th line is cause n; where a case has causes, their numbers stand behind its mark.
    """

    product: str
    marks: Mapping[str, str]
    lines: Sequence[str]
    not_run: Mapping[str, int] = field(default_factory=dict)  # reason, and of how many cases


def outcome(product: str, runs: Sequence[Results], moment: Sequence[str] = ()) -> Outcome:
    """What runs say of a target, without anything that others of it would not say again, as of cases in `moment`."""
    cases = {
        case.label: case
        for results in runs
        for case in results.scenarios
        if not _of_the_moment(case.label, moment) and not case.not_run.startswith(_ANOTHER_RUN)
    }
    causes = _causes(runs, moment)
    marks = {}
    for label, case in cases.items():
        numbers = [str(n) for n, same in enumerate(causes, 1) if any(it.label == label for it in same)]
        marks[label] = " ".join([MARKS[case.verdict], ", ".join(numbers)]).strip()
    # which order it is that could not be had tells nobody anything here
    reasons = (re.sub(r"the order \S+ \(.*\);", "an order of its own;", case.not_run) for case in cases.values())
    not_run = Counter(plain(reason) for reason in reasons if reason)
    return Outcome(product, marks, tuple(map(_line, causes)), not_run)


def _of_the_moment(label: str, moment: Sequence[str]) -> bool:
    table = label.partition("[")[0]
    return table in moment or table.partition("/")[2] in OF_THE_MOMENT


def _causes(runs: Sequence[Results], moment: Sequence[str]) -> list[list[Finding]]:
    """What was found of each cause: the worst first, else in the order in which they came up."""
    groups: dict[tuple[int, Verdict, str], list[Finding]] = {}
    for number, results in enumerate(runs):
        for each in results.all_findings:
            fleeting = each.check in CANCELS and each.verdict is Verdict.WARN
            if each.root is None and each.verdict in TOLD and not fleeting and not _of_the_moment(each.label, moment):
                groups.setdefault((number, each.verdict, each.group), []).append(each)
    causes: dict[str, list[Finding]] = {}
    for same in groups.values():
        causes.setdefault(_said(same[0]), []).extend(same)
    return sorted(causes.values(), key=lambda same: TOLD.index(same[0].verdict))


def _said(first: Finding) -> str:
    rests_on = first.clause or f"no clause: {first.level.lower()}"
    tag = f"{first.tag}: " if first.tag else ""
    return f"{first.verdict} `{first.check}` ({rests_on}): {plain(tag + first.actual)}"


def _line(same: Sequence[Finding]) -> str:
    cases = list(dict.fromkeys(each.label for each in same if each.label))
    named = ", ".join(f"`{label}`" for label in cases[:_CASES_NAMED])
    more = f" and {len(cases) - _CASES_NAMED} more cases" if len(cases) > _CASES_NAMED else ""
    return f"{_said(same[0])}." + (f" In {named}{more}." if cases else "")


def plain(text: str) -> str:
    """A text on one line, for Markdown, without what is new in each run: UIDs, its digits, addresses, times.

    Whether the message behind a faulty one was begun when the target ended the association is the moment's affair, too.
    """
    text = text.replace("before a message that was being sent was answered", "before C-STORE-RQ was answered")
    text = re.sub(r"\b\d+(?:\.\d+){5,}\b|\b2\.25\.\d+\b|\b\d+(?:\.\d+)+\.\d{6,}\b", "UID", text)
    text = re.sub(r"\b\d{8}(?=-[A-Z])", "RUN", text)
    text = re.sub(r"@(?:127\.0\.0\.1|\[::1\]):\d+", "", text)
    text = re.sub(r"\b\d+\.\d+ (m?s)\b", r"N \1", text)
    # a UID of a run may be shorter than that of another
    text = re.sub(r"\bGroup Length is \d+, \d+ bytes|\bbyte \d+: \(", _with_n, text)
    text = re.sub(r"\bwithin \d+ s\b", "within N s", text)
    text = re.sub(r"/tmp/\S+?(?=[\s,;:)]|$)", "FILE", text)
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip().removesuffix(".")


def _with_n(found: re.Match[str]) -> str:
    return re.sub(r"\d+", "N", found[0])


def page(outcomes: Mapping[str, Outcome], closing: str) -> str:
    """The page of all targets."""
    return "".join([HEAD, _targets(outcomes), LEGEND, _matrix(outcomes), *map(section, outcomes.items()), closing])


def _targets(outcomes: Mapping[str, Outcome]) -> str:
    lines = [
        "## Targets",
        "",
        "| target | product | how it was started | services of the site file |",
        "|---|---|---|---|",
    ]
    for name, its in outcomes.items():
        target = TARGETS[name]
        lines.append(f"| {name} | {its.product} | {target.started} | {', '.join(target.services) or 'all'} |")
    return "\n".join([*lines, "", "## Cases", "", ""])


def _matrix(outcomes: Mapping[str, Outcome]) -> str:
    together = {name: names for names in tables() for name in names}
    names = (case.partition("/")[0] for its in outcomes.values() for case in its.marks)
    return "".join(_table(each, outcomes) for each in dict.fromkeys(together.get(name, (name,)) for name in names))


def _table(names: Sequence[str], outcomes: Mapping[str, Outcome]) -> str:
    """The cases of a battery, or of some exams, and the targets on which they were run."""
    ran = {
        target: marks
        for target, its in outcomes.items()
        if (marks := {case: mark for case, mark in its.marks.items() if case.partition("/")[0] in names})
    }
    cases = dict.fromkeys(case for marks in ran.values() for case in marks)
    lines = [f"### {', '.join(names)}", "", "| case | " + " | ".join(ran) + " |", "|---" * (1 + len(ran)) + "|"]
    lines += [
        "| `" + case + "` | " + " | ".join(marks.get(case, "") for marks in ran.values()) + " |" for case in cases
    ]
    return "\n".join([*lines, "", ""])


def section(of: tuple[str, Outcome]) -> str:
    """What was found of one target."""
    name, its = of
    lines = [f"{number}. {line}" for number, line in enumerate(its.lines, 1)]
    not_run = [f"- Not run, {count} cases: {reason}." for reason, count in its.not_run.items()]
    parts = ["\n".join(part) for part in (lines or ["Nothing to say against it."], not_run) if part]
    return "\n\n".join([f"## {name}: {its.product}", *parts, ""]) + "\n"


def read(text: str, name: str) -> Outcome | None:
    """What a page says of a target; None when it is not there."""
    heading = re.search(rf"^## {re.escape(name)}: (.*)\n\n((?:.+\n)*)", text, re.MULTILINE)
    if heading is None:
        return None
    marks, head = {}, [""]
    for row in re.findall(r"^\| .* \|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        if not cells[0].startswith("`"):
            head = cells
        elif name in head and (mark := cells[head.index(name)]):
            marks[cells[0].strip("`")] = mark
    part = text[heading.end() :].partition("\n## ")[0] if heading[2].startswith(("1. ", "Nothing")) else ""
    not_run = re.findall(r"^- Not run, (\d+) cases: (.*)\.$", heading[2] + part, re.MULTILINE)
    lines = re.findall(r"^\d+\. (.*)", heading[2], re.MULTILINE)
    return Outcome(heading[1], marks, tuple(lines), {reason: int(count) for count, reason in not_run})


def differences(told: Outcome, seen: Outcome) -> list[str]:
    """What a run found that the page does not say, and the other way about."""
    found = []
    for case in dict.fromkeys([*told.marks, *seen.marks]):
        was, now = (re.sub(r" [\d, ]+$", "", its.marks.get(case, "no such case")) for its in (told, seen))
        if was != now:
            found.append(f"{case}: was {was}, is {now}")
    found += [f"is told and was not found: {line}" for line in told.lines if line not in seen.lines]
    found += [f"was found and is not told: {line}" for line in seen.lines if line not in told.lines]
    return found


def ran(*names: str) -> dict[str, Outcome]:
    """Run the batteries against targets, several runs side by side."""
    # what is not installed is told before anything is run
    products = {name: TARGETS[name].product() for name in names}
    runs = [(number, name, options) for name in names for number, options in enumerate(TARGETS[name].runs())]
    # one run of each target after the other: those of the embedded one would be slow beside each other
    runs.sort(key=lambda run: run[0])
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        results = list(pool.map(lambda run: _run(*run[1:]), runs))
    of = {name: [its for (_, whose, _), its in zip(runs, results, strict=True) if whose == name] for name in names}
    return {name: outcome(products[name], of[name], TARGETS[name].moment) for name in names}


def _run(name: str, options: Sequence[str]) -> Results:
    """Run it, and once more when nothing came of it: a machine that has too much to do starts a target too late."""
    started = time.monotonic()
    try:
        results = TARGETS[name].run(*options)
    except RuntimeError as error:
        sys.stderr.write(f"once more: {name}: {' '.join(options)}: {error}\n")
        results = TARGETS[name].run(*options)
    sys.stderr.write(f"{time.monotonic() - started:4.0f} s  {name}: {' '.join(options)}\n")
    return results


def main() -> None:
    """Write the page, or show the part that some targets have in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--show", metavar="TARGET", choices=TARGETS, nargs="+", help="print what is found of these, and write nothing"
    )
    parser.add_argument(
        "--anew", metavar="TARGET", choices=TARGETS, nargs="+", help="run these alone; of the others the page stays"
    )
    given = parser.parse_args()
    wanted, anew = given.show, given.anew
    try:
        outcomes = ran(*(wanted or anew or TARGETS))
    except (pytest.skip.Exception, pytest.fail.Exception) as lacking:
        sys.exit(f"tools/verdicts: {lacking}")
    if wanted:
        sys.stdout.write(_matrix(outcomes) + "".join(map(section, outcomes.items())))
    else:
        text = PAGE.read_text(encoding="utf-8") if anew else ""
        outcomes = {name: its for name in TARGETS if (its := outcomes.get(name) or read(text, name)) is not None}
        PAGE.write_text(page(outcomes, CLOSING.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
