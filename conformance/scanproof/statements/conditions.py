"""Conditions as statements word them: which of the things that we can bring about a free text means.

Only words that leave no doubt are read. Of every other condition nothing is known: what is stated for it can be seen,
and cannot be contradicted.
"""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE

#: What an association is rejected for, by the deviation of our request; ``full`` is no deviation.
_REJECTIONS = (
    (re.compile(r"\bcalled\b", _FLAGS), "association.called-title"),
    (re.compile(r"\bcalling\b", _FLAGS), "association.calling-title"),
    (re.compile(r"application[- ]context", _FLAGS), "association.application-context"),
    (re.compile(r"protocol[- ]version", _FLAGS), "association.protocol-version"),
    (re.compile(r"\b(too many|limit|maximum|associations? (are )?open|congest|busy|exceed)", _FLAGS), "full"),
)

#: Kind of claims, and operation, to what a failure is stated for, by the deviation of our request.
_STATUSES: dict[tuple[str, str], tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]] = {
    ("storage-status", ""): (
        (re.compile(r"(invalid|malformed).*\buid|\buid.*(invalid|malformed)", _FLAGS), ("storage.malformed-uid",)),
    ),
    ("mpps-status", "N-CREATE"): (
        (
            re.compile(r"duplicate|already (there|exists|created)|(step|instance) of that uid is there", _FLAGS),
            ("mpps.create-again", "mpps.create-again-changed"),
        ),
        (re.compile(r"(other than|is not|not) in progress", _FLAGS), ("mpps.create-not-in-progress",)),
        (
            re.compile(r"without (a )?value|no value|empty|missing attribute value", _FLAGS),
            ("mpps.create-empty-mandatory",),
        ),
        (re.compile(r"missing attribute|attribute.* (is )?(missing|absent)", _FLAGS), ("mpps.create-lacks-mandatory",)),
    ),
    ("mpps-status", "N-SET"): (
        (
            re.compile(
                r"no longer be updated|(already|step is|has been) (completed|discontinued|ended|final)|step has ended",
                _FLAGS,
            ),
            ("mpps.set-after-final",),
        ),
        (
            re.compile(r"no such (step|instance|sop)|unknown (step|instance)|does not exist|not found", _FLAGS),
            ("mpps.set-unknown-step",),
        ),
    ),
    ("commitment-status", "N-ACTION"): (
        (
            re.compile(r"unknown (requester|ae|calling)|not configured|requester is (not known|unknown)", _FLAGS),
            ("commitment.unknown-requester",),
        ),
        (
            re.compile(r"no such action|(another|unknown|invalid|wrong) action type", _FLAGS),
            ("commitment.wrong-action-type",),
        ),
        (re.compile(r"well-known (sop )?instance|than the well-known one", _FLAGS), ("commitment.wrong-instance",)),
    ),
}


def rejection_condition(text: str) -> str:
    """What a rejection is stated for, by the deviation of a request, ``full`` for no room; empty where unclear."""
    found = {name for words, name in _REJECTIONS if words.search(text)}
    return found.pop() if len(found) == 1 else ""


def status_conditions(kind: str, operation: str, text: str) -> tuple[str, ...]:
    """Deviations of our requests for which a failure is stated; none where it is unclear.

    Rows of one code are one claim, its conditions apart by semicolons.
    """
    known = _STATUSES.get((kind, operation), ())
    found = (next((names for words, names in known if words.search(part)), ()) for part in text.split(";"))
    return tuple(dict.fromkeys(name for names in found for name in names))
