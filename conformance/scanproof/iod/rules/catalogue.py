"""The catalogue of rules: what each demands, why that matters in a hospital, where it stands, and what to do.

Every id that the checker gives a finding is here; `scanproof check --explain RULE` prints an entry.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from functools import lru_cache

from pydicom._dicom_dict import DicomDictionary

from scanproof.iod.rules import of_encoding, of_files, of_iods, of_references
from scanproof.iod.rules.levels import levels_of
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
_MOST_MEANT = 6
_WHY = {
    "as": "Doses and norms are looked up by it; a number without unit is years to one reader, days to another.",
    "da": "Receivers drop the date, or the whole object: the study sorts to the bottom, or is not found by its day.",
    "ds": "The number is read as 0 or as another one: distances, slices and doses are wrong.",
    "is": "The number is read as 0 or not at all: images lose their order.",
    "pn": "The patient is not matched with the order, and a second patient is registered.",
    "tm": "Receivers drop the time, or the whole object; series and phases sort wrongly.",
    "ui": "An identifier that is not well formed is refused, or changed on its way and then names another object.",
}
_DO = {
    "cs": "Find where the value comes from; often it is free text, or in small letters, where a code is wanted.",
    "da": "Write the date without separators, as 20251231, whatever the locale of the system is.",
    "ds": "Write the number with a point, without unit or separators, whatever the locale of the system is.",
    "ui": "Make the UID anew, of numbers and dots alone, and wherever the object is referenced as well.",
}


def _grammar(vr: str, form: str) -> Rule:
    reason = _WHY.get(vr, "Receivers refuse the object, cut the value, or read another one out of it.")
    hint = _DO.get(
        vr, "Find where the value comes from, mostly a field of an HL7 message or of a form, and mend it there."
    )
    return Rule(f"vr-grammar-{vr}", f"A value of VR {vr.upper()} is {form}.", reason, "PS3.5 Table 6.2-1 (2020a)", hint)


#: Every rule by its id.
RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in sorted(
        (
            *of_encoding.RULES,
            *of_iods.RULES,
            *of_references.RULES,
            *of_files.RULES,
            *(_grammar(vr, form) for vr, form in _FORMS.items()),
        ),
        key=lambda rule: rule.id,
    )
}


def rule_of(name: str) -> Rule:
    """Rule of an id, or of a part that only one id has; InputError with what was probably meant otherwise."""
    rule = RULES.get(name.strip().casefold())
    if rule is not None:
        return rule
    words = [word.rstrip("s") for word in re.findall(r"[a-z0-9]+", name.casefold())]
    parts = [each for each in RULES.values() if words and all(word in each.id for word in words)]
    if len(parts) == 1:
        return parts[0]
    if not words:
        raise InputError(f"{name!r}: give the id of a rule, or a part of one (scanproof list rules has all)")
    raise InputError(f"{name}: no such rule{_meant(name, words, parts)} (scanproof list rules has all)")


@lru_cache(maxsize=1)
def _attributes() -> frozenset[str]:
    """Keywords and names of the dictionary, in small letters."""
    return frozenset(entry[at].casefold() for entry in DicomDictionary.values() for at in (2, 4))


def _meant(name: str, words: Sequence[str], parts: Sequence[Rule]) -> str:
    """What was probably meant: ids that have all the words, like ids, or rules that speak of the words."""
    if not parts and name.strip().casefold() in _attributes():
        return ", but an attribute: rules say what is wrong with one, such as type1-missing or enumerated-value"
    near = "" if parts else did_you_mean(name, RULES, most=3, cutoff=0.5)
    if near:
        return near
    said = parts or [
        each
        for each in RULES.values()
        if words and all(word in f"{each.requirement} {each.reason}".casefold() for word in words)
    ]
    names = [each.id for each in said[:_MOST_MEANT]]
    more = f" ({len(said)} rules are like that)" if len(said) > _MOST_MEANT else ""
    return f"; did you mean {', '.join(names[:-1])}{' or ' if names[1:] else ''}{names[-1]}?{more}" if said else ""


def explain(rule: Rule) -> str:
    """A rule in words, for a terminal of 100 columns."""

    def block(head: str, text: str) -> str:
        return textwrap.fill(f"{head}{text}", 100, subsequent_indent=" " * 4)

    return "\n".join(
        (
            rule.id,
            "",
            block("Requirement: ", rule.requirement),
            block("Level: ", " or ".join(level.value for level in levels_of(rule.id))),
            block("Why it matters: ", rule.reason),
            block("Clause: ", rule.clause),
            block("What to do: ", rule.hint),
        )
    )
