"""The plan of a statement as a file that `run` takes, with what there is to know of it in comments."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

import yaml

from scanproof.claim_plan import ClaimPlan
from scanproof.plan import duration, leaves, not_run_lines, plural, seconds
from scansim.exam.scenario import Case, Scenario
from scansim.exam.selection import NotRun
from scansim.inputs import SCALARS
from scansim.site import Site
from scansim.vocabulary.services import ADDRESSED


class _Dumper(yaml.SafeDumper):
    """What it writes is read as the same by `scansim.inputs`, whose numbers have other forms."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.yaml_implicit_resolvers = {
    first: [*yaml.SafeDumper.yaml_implicit_resolvers.get(first, []), *SCALARS.get(first, [])]
    for first in {**yaml.SafeDumper.yaml_implicit_resolvers, **SCALARS}
}


def plan_text(
    plan: ClaimPlan,
    named: Sequence[Scenario],
    exams: Sequence[Scenario],
    others: Sequence[NotRun],
    *,
    places_orders: bool,
    site: Site | None = None,
) -> str:
    """Return the plan as YAML; `site` is None for one that offers everything.

    Parameters
    ----------
    plan : ClaimPlan
        What is planned.
    named : sequence of Scenario
        Its scenarios.
    exams, others
        What of it is run with the options that were given, and what is not.
    places_orders : bool
        Whether orders get into the worklist.
    site : Site, optional
        Where the services are.
    """
    comments = [*_comments(plan, named, exams, others, places_orders, site)]
    wrapped = [line for comment in comments for line in _LINES.wrap(comment)]
    text = yaml.dump(
        dict(plan.data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=118
    )
    return "\n".join([*wrapped, text])


_LINES = textwrap.TextWrapper(
    118, initial_indent="# ", subsequent_indent="#   ", break_long_words=False, break_on_hyphens=False
)


def _comments(
    plan: ClaimPlan,
    named: Sequence[Scenario],
    exams: Sequence[Scenario],
    others: Sequence[NotRun],
    places_orders: bool,
    site: Site | None,
) -> Iterator[str]:
    offered = site.offered() if site is not None else ADDRESSED
    run = [exam for exam in exams if not (isinstance(exam, Case) and exam.out_of_scope(offered))]
    takes = duration(sum(map(seconds, run)))
    yield f"{plural(len(run), 'exam')}, about {takes} where the target answers at once; nothing was sent"
    orders = {exam.id: exam.orders for exam in run if isinstance(exam, Case) and exam.orders}
    if orders and places_orders:
        number = sum(order.count for specs in orders.values() for order in specs)
        yield f"puts {plural(number, 'order')} into the worklist"
    kept = Counter(what for exam in run for what in leaves(exam))
    for scenario in named:
        if scenario.leaves and any(exam.id == scenario.id for exam in run):
            yield f"{scenario.id} leaves {scenario.leaves}"
    if kept:
        yield f"cases leave: {', '.join(f'{what} (in {number})' for what, number in kept.items())}"
    elif not any(scenario.leaves for scenario in named):
        yield "leaves nothing at the target"
    yield from (line.strip() for line in not_run_lines(others))
    if plan.unstored:
        pairs = len({claim for case in plan.unstored for claim in case.claims})
        cases = plural(len(plan.unstored), "case")
        yield f"not run: {cases}, in which each of {pairs} claimed pairs is stored: --store"
    reasons = Counter(plan.cases.reasons.values())
    seen = {*plan.cases.built_in, *(claim for case in plan.cases.made for claim in case.claims)}
    yield f"{plural(len(seen), 'claim')} can be observed by it"
    for reason, number in reasons.most_common():
        yield f"{plural(number, 'claim')} cannot: {reason}"
    yield "run it by: scanproof run FILE, with the site and the statement; each option above can be given then, too"
