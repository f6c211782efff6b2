"""Catalogues: scenarios, steps, protocols, checks and defects as rows, for people, as JSON and as Markdown."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

from scanproof.checks import all_checks
from scanproof.plan import duration, leaves, seconds
from scanproof.statements import built_in_statements, load_statement
from scansim.exam.cases import exams
from scansim.exam.scenario_files import builtin_scenarios, builtin_sets, find_named, load_scenario, load_set
from scansim.generate import protocol_rows
from scansim.reference.defects import DEFECTS
from scansim.steps import VERBS

Row = dict[str, Any]


def _scenarios() -> list[Row]:
    rows = []
    for path in builtin_scenarios().values():
        scenario = load_scenario(path)
        made = exams([scenario])
        rows.append(
            {
                "id": scenario.id,
                "title": scenario.title,
                "modality": scenario.modality,
                "services": list(scenario.services),
                "steps": [step.verb for step in scenario.steps],
                "cases": len(made) if scenario.cases or scenario.each else 0,
                "leaves": scenario.leaves or ", ".join(leaves(scenario)),
                "seconds": round(sum(map(seconds, made)), 2),
            }
        )
    return [*rows, *map(_set, builtin_sets().values())]


def _set(path: Path) -> Row:
    """The row of a set of scenarios: what they are together."""
    told, named = load_set(path), find_named([str(path)])
    made = exams(named.scenarios)
    return {
        "id": path.stem,
        "title": told.title,
        "modality": "",
        "services": list(dict.fromkeys(service for each in named.scenarios for service in each.services)),
        "steps": [],
        "cases": len(made),
        "leaves": "",
        "seconds": round(sum(map(seconds, made)), 2),
        "scenarios": [each.id for each in named.scenarios],
        "within": told.within.seconds if told.within is not None else None,
    }


def _steps() -> list[Row]:
    rows = []
    for name, verb in VERBS.items():
        usual = verb.model.model_construct()
        schema = verb.model.model_json_schema()
        required = schema.get("required", ())
        rows.append(
            {
                "verb": name,
                "title": " ".join((verb.model.__doc__ or "").split()),
                "service": verb.model.service.title if verb.model.service is not None else "",
                "needs": list(dict.fromkeys(thing.value for thing in usual.needs())),
                "gives": [thing.value for thing in verb.model.gives],
                "parameters": [
                    {
                        "name": parameter,
                        "allowed": _allowed(told),
                        "required": parameter in required,
                        "default": told.get("default"),
                        "description": told["description"],
                    }
                    for parameter, told in schema.get("properties", {}).items()
                ],
            }
        )
    return rows


def _allowed(schema: dict[str, Any]) -> str:
    """What a parameter may be, in words, from its JSON Schema."""
    if options := schema.get("anyOf"):
        return " or ".join(_allowed(option) for option in options if option.get("type") != "null")
    if "const" in schema:
        return str(schema["const"])
    if values := schema.get("enum"):
        return ", ".join(map(str, values))
    bounds = [str(schema[key]) for key in ("minimum", "maximum") if key in schema]
    kind = {"boolean": "true, false", "integer": "a whole number", "string": "text"}.get(schema.get("type", ""), "")
    return f"{kind} from {' to '.join(bounds)}" if bounds else kind


def _checks() -> list[Row]:
    caught_by = {
        check: [defect.name for defect in DEFECTS.values() if check in defect.checks] for check in all_checks()
    }
    return [
        {
            "id": check.id,
            "title": check.title,
            "level": check.level.value,
            "clause": check.clause,
            "service": check.service,
            "judges": check.judges.value,
            "expected": check.expected,
            "requirement": check.requirement,
            "reason": check.reason,
            "method": check.method,
            "hint": check.hint,
            "proven_by": check.proven_by.value,
            "proven_because": check.proven_by.reason,
            "defects": caught_by[check.id],
        }
        for check in all_checks().values()
    ]


def _rests_on(row: Row) -> str:
    """Level of a check, and its clause if it cites one."""
    return ", ".join(filter(None, (row["level"], row["clause"])))


def _defects() -> list[Row]:
    return [
        {"name": defect.name, "summary": defect.summary, "checks": list(defect.checks)} for defect in DEFECTS.values()
    ]


def _statements() -> list[Row]:
    rows = []
    for name, path in built_in_statements().items():
        statement = load_statement(path)
        rows.append(
            {
                "name": name,
                "product": statement.title,
                "holds_for": statement.configuration,
                "application_entities": [entity.ae for entity in statement.application_entities],
                "claims": len(statement.claims()),
            }
        )
    return rows


def _rules() -> list[Row]:
    from scanproof.iod import rules

    return [
        {
            "id": rule.id,
            "levels": [level.value for level in rules.levels_of(rule.id)],
            "requirement": rule.requirement,
            "reason": rule.reason,
            "clause": rule.clause,
            "hint": rule.hint,
        }
        for rule in rules.RULES.values()
    ]


def catalogue(what: str) -> list[Row]:
    """Return the rows of what `scanproof list` lists: ``scenarios``, ``statements``, ``steps``, and so on."""
    return {
        "scenarios": _scenarios,
        "statements": _statements,
        "steps": _steps,
        "protocols": protocol_rows,
        "checks": _checks,
        "rules": _rules,
        "defects": _defects,
    }[what]()


def show(what: str, rows: list[Row]) -> str:
    """Return the rows as text, one paragraph each."""
    lines = []
    for row in rows:
        if what == "defects":
            lines += [row["name"], f"    {row['summary']}", f"    must be caught by: {', '.join(row['checks'])}"]
        elif what == "rules":
            lines += [f"{row['id']}  [{' or '.join(row['levels'])}]"]
            for text in (row["requirement"], row["clause"]):
                lines += textwrap.wrap(text, 110, initial_indent="    ", subsequent_indent="    ")
        elif what == "protocols":
            usual = ", the usual one" if row["default"] else ""
            codes = f"; chosen by {', '.join(row['codes'])}" if row["codes"] else ""
            extras = f" and {', '.join(row['extras'])}" if row["extras"] else ""
            lines += [
                row["id"],
                f"    {row['title']}",
                f"    {row['object']}{usual}: {row['series']} series{extras}{codes}",
            ]
        elif what == "statements":
            told = f"{row['product']}: {row['claims']} claims of {', '.join(row['application_entities'])}"
            held = [f"it holds for: {row['holds_for']}"] if row["holds_for"] else []
            lines.append(row["name"])
            for text in (told, *held):
                lines += textwrap.wrap(text, 110, initial_indent="    ", subsequent_indent="        ")
        elif what == "steps":
            lines += [row["verb"], *textwrap.wrap(row["title"], 110, initial_indent="    ", subsequent_indent="    ")]
            for parameter in row["parameters"]:
                text = f"{parameter['name']}: {parameter['allowed']}{_default(parameter)}; {parameter['description']}"
                lines += textwrap.wrap(text, 110, initial_indent="    ", subsequent_indent="        ")
        elif what == "scenarios" and "scenarios" in row:
            lines += [row["id"], f"    {row['title']}"]
            of = f"{', '.join(row['scenarios'])}: {row['cases']} exams"
            takes = f"about {duration(row['seconds'])} where the target answers at once"
            told = f"{of}; {takes}" + (f", within {duration(row['within'])}" if row["within"] else "")
            lines += textwrap.wrap(told, 110, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
        elif what == "scenarios":
            number = f"{row['cases']} cases" if row["cases"] != 1 else "1 case"
            of = ", each ".join(filter(None, (number if row["cases"] else "", ", ".join(row["steps"]))))
            lines += [row["id"], f"    {row['title']}", f"    {row['modality']}: {of}"]
            left = f"leaves {row['leaves']}; " if row["leaves"] else ""
            lines += textwrap.wrap(
                f"{left}about {duration(row['seconds'])} where the target answers at once",
                110,
                initial_indent="    ",
                subsequent_indent="    ",
            )
        else:
            body = textwrap.fill(row["requirement"], 110, initial_indent="    ", subsequent_indent="    ")
            lines += [row["id"], f"    {row['title']}  [{_rests_on(row)}]", body]
            lines.append(f"    proven by {_proof(row)}")
        lines.append("")
    return "\n".join([*lines, f"{len(rows)} {what}"])


def _default(parameter: Row) -> str:
    if parameter["required"]:
        return "; required"
    default = parameter["default"]
    return (
        ""
        if default in (None, "", [], {})
        else f"; {str(default).lower() if isinstance(default, bool) else default} if left out"
    )


def steps_markdown() -> str:
    """Return the steps as Markdown, for docs/steps.md."""
    parts = [
        "# Steps\n\nGenerated by `tools/regenerate` from `simulator/scansim/steps/`; do not edit. "
        "A scenario is a list of these, in the order in which a scanner does them.\n"
    ]
    for row in _steps():
        facts = [
            f"{label}: {text}"
            for label, text in (
                ("service", row["service"]),
                ("needs", ", ".join(row["needs"])),
                ("gives", ", ".join(row["gives"])),
            )
            if text
        ]
        parts.append(f"\n## `{row['verb']}`\n\n{row['title']}\n")
        if facts:
            parts.append(f"\n*{'; '.join(facts)}.*\n")
        if row["parameters"]:
            parts.append("\n| parameter | allowed | meaning |\n|---|---|---|\n")
            parts += [
                f"| `{each['name']}` | {each['allowed']}{_default(each)} | {each['description']} |\n"
                for each in row["parameters"]
            ]
    return "".join(parts)


def _proof(row: Row, quote: str = "") -> str:
    """What proves a check: its defects, or mutated transcripts and why it is those."""
    if row["proven_because"]:
        return f"mutated transcripts: {row['proven_because']}"
    return ", ".join(f"{quote}{name}{quote}" for name in row["defects"])


def checks_markdown() -> str:
    """Return the check catalogue as Markdown, for docs/checks.md."""
    parts = ["# Checks\n\nGenerated by `tools/regenerate`; do not edit.\n"]
    service = None
    for row in _checks():
        head = row["id"].split(".")[0]
        if head != service:
            parts.append(f"\n## {head}\n")
            service = head
        of_run = "; judges the whole run" if row["judges"] == "run" else ""
        parts.append(
            f"\n### `{row['id']}`\n\n{row['title']}. *{_rests_on(row)}{of_run}.*\n\n"
            f"{row['requirement']}\n\n**Why it matters.** {row['reason']}\n\n**How it is tested.** {row['method']}\n\n"
            f"**Expected:** {row['expected']}. **What to do:** {row['hint']}\n\n**Proven by:** {_proof(row, '`')}.\n"
        )
    return "".join(parts)


if __name__ == "__main__":
    print({"checks": checks_markdown, "steps": steps_markdown}[sys.argv[1]](), end="")
