"""The lint of statements: what is wrong, doubtful or left over in the text itself, before any target is asked."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanproof.statements.form import unread
from scanproof.statements.lint.rules import Rule, Severity, Subject, explain, registered, rule_of
from scanproof.statements.statement import of_document
from scansim.inputs import load

__all__ = ["Finding", "Rule", "Severity", "all_rules", "counted", "explained", "lint"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found in a file."""

    file: str
    line: int
    level: Severity
    rule: str
    text: str

    def __str__(self) -> str:
        """As compilers write it, so that editors go to the line."""
        text = "".join(character if character.isprintable() else "\ufffd" for character in self.text)
        return f"{self.file}:{self.line}: {self.level}: {self.rule}: {text}"

    def as_data(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return asdict(self)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule, by id."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return registered()


def lint(path: Path) -> list[Finding]:
    """Look at one file; findings in the order of its lines. InputError when it cannot be read as a statement."""
    document = load(path)
    subject = Subject(document, of_document(document))
    titles = [entity.ae for entity in subject.statement.application_entities]
    found: dict[tuple[int, Severity, str, str], list[str]] = {}
    for rule in all_rules().values():
        for each in rule.finds(subject):
            level = rule.severity
            text = each.text
            if each.field and level is not Severity.NOTE and (why := unread(each.field)):
                level, text = Severity.NOTE, f"{text} (a note alone: {why})"
            whose, _, rest = text.partition(" ")
            if whose not in titles:
                whose, rest = "", text
            found.setdefault((max(each.line, 1), level, rule.id, rest), []).append(whose)
    order = list(Severity)
    told = [
        Finding(str(path), line, level, rule_id, f"{_all(whose)} {rest}".lstrip())
        for (line, level, rule_id, rest), whose in found.items()
    ]
    return sorted(told, key=lambda each: (each.line, order.index(each.level), each.rule, each.text))


def _all(titles: list[str]) -> str:
    """AE titles in a row; what is said once of the product is one finding, however many have it."""
    first, *others = dict.fromkeys(titles)
    return f"{first} (and {', '.join(others)})" if others else first


def counted(findings: list[Finding]) -> str:
    """How many there are of each level, in a line."""
    counts = Counter(each.level for each in findings)
    return ", ".join(f"{counts[level]} {level}{'' if counts[level] == 1 else 's'}" for level in Severity)


def explained(rule_id: str) -> str:
    """What a rule demands, and why; InputError for one that there is not."""
    all_rules()
    return explain(rule_of(rule_id))
