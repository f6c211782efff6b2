"""Rules about status codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scanproof.statements.lint.rules import Found, Severity, Subject, plain, rule

_CODE = re.compile(r"[0-9A-Fa-f]{1,4}[xX]{0,3}")
#: Words of the column Service Status to the class of status (PS3.7 C).
_CLASSES = {
    "success": "Success", "pending": "Pending", "cancel": "Cancel", "warning": "Warning",
    "failure": "Failure", "failed": "Failure", "refused": "Failure", "error": "Failure",
}  # fmt: skip
#: Codes that one text calls a warning and another one a failure.
_EITHER = ("0107", "0116", "0001")


def _coded(subject: Subject) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Line, code and row of every row that has a status code."""
    for place, row in subject.mappings:
        code = plain(row.get("code"))
        if isinstance(code, str) and _CODE.fullmatch(code) and len(code) == 4:
            yield subject.line(*place), code.upper(), {str(key): plain(value) for key, value in row.items()}


def _class_of(code: str) -> str:
    if code == "0000":
        return "Success"
    if code in ("FF00", "FF01"):
        return "Pending"
    if code == "FE00":
        return "Cancel"
    if code.startswith("B"):
        return "Warning"
    return "Failure"


@rule(
    "status-class",
    Severity.ERROR,
    what="The word for a status and its code are of the same class.",
    hint="Success is 0000, Pending FF00 and FF01, Cancel FE00, Warning Bxxx; most others are failures.",
    clause="PS3.7 C (2020)",
)
def status_class(subject: Subject) -> Iterator[Found]:
    """A code that is called a warning in one cell and is a failure by its number in the next one: a modality that goes
    by the number will say that the images are lost."""
    for line, code, row in _coded(subject):
        said = _CLASSES.get(str(row.get("status", "")).casefold())
        if said and code not in _EITHER and said != _class_of(code):
            yield Found(line, f"{row['status']} with {code}, which is a code of class {_class_of(code)}")


@rule(
    "template-code",
    Severity.NOTE,
    what="Codes are not those that the template of Annex N has wrong.",
    hint="SOP Class not supported is 0122, not authorized 0124; 0112 is No such SOP Instance, 0214 is in no list.",
    clause="PS3.7 C (2020); PS3.2 Table N.7-42 (2024d)",
)
def template_code(subject: Subject) -> Iterator[Found]:
    """Table 7-42 of the template calls 0112 SOP Class not supported, and lists 0214 for Not authorized. What copies it
    is not the product's fault, but no product sends it."""
    for line, code, row in _coded(subject):
        words = " ".join(str(value) for key, value in row.items() if key not in ("code", "status")).casefold()
        if code == "0214":
            yield Found(line, "0214 is no code of PS3.7; not authorized is 0124")
        elif code == "0112" and "class" in words and "not supported" in words:
            yield Found(line, "0112 is No such SOP Instance; SOP Class not supported is 0122")
