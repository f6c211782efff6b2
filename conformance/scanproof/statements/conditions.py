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
            re.compile(r"duplicate|already (there|exists|created)", _FLAGS),
            ("mpps.create-again", "mpps.create-again-changed"),
        ),
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
            re.compile(r"no such|unknown (step|instance)|does not exist|not found", _FLAGS),
            ("mpps.set-unknown-step",),
        ),
    ),
    ("commitment-status", "N-ACTION"): (
        (re.compile(r"unknown (requester|ae|calling)|not configured", _FLAGS), ("commitment.unknown-requester",)),
        (re.compile(r"no such action", _FLAGS), ("commitment.wrong-action-type",)),
    ),
}


def rejection_condition(text: str) -> str:
    """What a rejection is stated for, by the deviation of a request, ``full`` for no room; empty where unclear."""
    found = {name for words, name in _REJECTIONS if words.search(text)}
    return found.pop() if len(found) == 1 else ""


def status_conditions(kind: str, operation: str, text: str) -> tuple[str, ...]:
    """Deviations of our requests for which a failure is stated; none where it is unclear."""
    found = [names for words, names in _STATUSES.get((kind, operation), ()) if words.search(text)]
    return found[0] if found else ()
