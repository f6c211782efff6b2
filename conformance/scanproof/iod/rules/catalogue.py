"""The catalogue of rules: what each demands, why that matters in a hospital, where it stands, and what to do.

Every id that the checker gives a finding is here; `scanproof check --explain RULE` prints an entry.
"""

from __future__ import annotations

import textwrap

from scanproof.iod.rules import of_encoding, of_iods, of_references
from scanproof.iod.rules.rule import Rule
from scansim.inputs import InputError, did_you_mean

_FORMS = {
    "ae": "an AE title of 1 to 16 characters, not blanks alone, without control characters",
    "as": "an age of three digits and D, W, M or Y",
    "cs": "at most 16 of A-Z, 0-9, blank and underscore",
    "da": "a day of the calendar as YYYYMMDD",
    "ds": "a decimal number of at most 16 characters, with a point and no comma, no unit",
    "dt": "a date and time YYYYMMDDHHMMSS.FFFFFF&ZZXX, cut off anywhere from the right",
    "is": "an integer of at most 12 characters that fits into 32 bits",
    "lo": "up to 64 characters without control characters",
    "lt": "up to 10240 characters; of control characters only line breaks, form feed and tabulator",
    "pn": "up to three groups of up to five components, up to 64 characters a group",
    "sh": "up to 16 characters without control characters",
    "st": "up to 1024 characters; of control characters only line breaks, form feed and tabulator",
    "tm": "a time HHMMSS.FFFFFF, cut off from the right at a whole component",
    "uc": "characters without control characters",
    "ui": "numbers without leading zeros, joined by dots, at most 64 characters, padded with a NUL",
    "ur": "an absolute URI without blanks before it",
    "ut": "text; of control characters only line breaks, form feed and tabulator",
}
_WHY = {
    "as": "Doses and norms are looked up by it; a number without unit is years to one reader, days to another.",
    "da": "Receivers drop the date, or the whole object: the study sorts to the bottom, or is not found by its day.",
    "ds": "The number is read as 0 or as another one: distances, slices and doses are wrong.",
    "is": "The number is read as 0 or not at all: images lose their order.",
    "pn": "The patient is not matched with the order, and a second patient is registered.",
    "tm": "Receivers drop the time, or the whole object; series and phases sort wrongly.",
    "ui": "An identifier that is not well formed is refused, or changed on its way and then names another object.",
}


def _grammar(vr: str, form: str) -> Rule:
    reason = _WHY.get(vr, "Receivers refuse the object, cut the value, or read another one out of it.")
    hint = "Find where the value comes from: mostly a field of an HL7 message, or a locale, that is passed on as it is."
    return Rule(f"vr-grammar-{vr}", f"A value of VR {vr.upper()} is {form}.", reason, "PS3.5 Table 6.2-1 (2020a)", hint)


#: Every rule by its id.
RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in sorted(
        (
            *of_encoding.RULES,
            *of_iods.RULES,
            *of_references.RULES,
            *(_grammar(vr, form) for vr, form in _FORMS.items()),
        ),
        key=lambda rule: rule.id,
    )
}


def rule_of(name: str) -> Rule:
    """Rule of an id; InputError with what is like it when there is none."""
    rule = RULES.get(name)
    if rule is None:
        raise InputError(f"{name}: no such rule{did_you_mean(name, RULES, most=3, cutoff=0.5)}")
    return rule


def explain(rule: Rule) -> str:
    """A rule in words, for a terminal of 100 columns."""

    def block(head: str, text: str) -> str:
        return textwrap.fill(f"{head}{text}", 100, subsequent_indent=" " * 4)

    return "\n".join(
        (
            rule.id,
            "",
            block("Requirement: ", rule.requirement),
            block("Why it matters: ", rule.reason),
            block("Clause: ", rule.clause),
            block("What to do: ", rule.hint),
        )
    )
