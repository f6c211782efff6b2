"""How claims about associations are observed: by each of them, by deviating requests, and by holding and waiting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanproof.observing import Made, observing
from scanproof.statements import Claim
from scanproof.statements.conditions import rejection_condition

#: What begins an association and nothing more.
_ANY = ("association-battery/ends[release]",)
_BATTERY = "association-battery/"
#: A request that brings about what a rejection is stated for, by its deviation.
_REJECTED = {
    "association.called-title": "wrong-title[other]",
    "association.calling-title": "unknown-caller[sixteen-characters]",
    "association.application-context": "other-application-context[1.2.3.4]",
    "association.protocol-version": "other-version[0]",
}
#: As many associations as one case holds, and as long as one waits, in s.
_MOST, _LONGEST = 999, 590
#: A wait up to which nobody has to ask for it.
_SHORT = 10


def _rejection(claim: Claim) -> Iterator[str]:
    condition = rejection_condition(str(claim.data.get("condition") or ""))
    cases = [_REJECTED[condition]] if condition in _REJECTED else [] if condition == "full" else [*_REJECTED.values()]
    yield from (f"{_BATTERY}{case}" for case in cases)


def _associations(claims: Sequence[Claim]) -> Iterator[Made]:
    """As many as are stated, and one more; those of one AE have one number."""
    for claim in claims:
        count = claim.data["count"]
        if count is None or not 1 <= int(count) <= _MOST:
            continue
        yield Made(
            {
                "id": f"associations-{count}",
                "title": f"{count} associations at a time, and one more",
                "heavy": True,
                "steps": [{"disturb": {"way": "slots", "count": int(count) + 1, "ends": "release", "at": "$at"}}],
            },
            (claim.id,),
        )


def _artim(claims: Sequence[Claim]) -> Iterator[Made]:
    """Longer than the timer is stated to last, by half of it."""
    for claim in claims:
        seconds = claim.data["seconds"]
        wait = round(1.5 * float(seconds) + 3) if seconds is not None else 0
        if not 0 < wait <= _LONGEST:
            continue
        document = {
            "id": f"artim-{wait}",
            "title": f"A connection on which nothing is sent for {wait} s",
            "steps": [{"disturb": {"way": "idle-before-request", "wait": wait, "at": "$at"}}],
        }
        yield Made(document if wait <= _SHORT else {**document, "heavy": True}, (claim.id,))


for _kind in ("application-context", "implementation-class-uid", "implementation-version-name", "maximum-pdu"):
    observing(_kind, built_in=lambda claim: _ANY)
observing(
    "asynchronous-window", built_in=lambda claim: (f"{_BATTERY}async-window[8+8]", f"{_BATTERY}async-window[0+0]")
)
observing(
    "maximum-associations",
    made=_associations,
    reason=f"no number of associations proves that there is no limit, and one case holds {_MOST + 1} at most",
)
observing("called-title-checked", built_in=lambda claim: (f"{_BATTERY}wrong-title[other]",))
observing("calling-title-checked", built_in=lambda claim: (f"{_BATTERY}unknown-caller[sixteen-characters]",))
observing(
    "rejection",
    built_in=_rejection,
    reason="nothing here brings it about by itself; where associations are held, for their maximum, it is seen",
)
observing(
    "artim-timeout",
    made=_artim,
    reason=f"no case waits longer than {_LONGEST} s",
)
