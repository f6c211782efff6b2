"""Checks of who is let in over a whole run: what was accepted once is accepted again."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, Scope, check, fail, ok, warn
from scanproof.evidence import RunEvidence
from scanproof.evidence.admissions import Admission
from scanproof.finding import Level

#: PS3.8 Table 9-21: the result of a transient rejection; source and reason for congestion, and a limit reached.
_TRANSIENT, _FULL = 2, ((3, 1), (3, 2))


@check(
    "association.slots-given-back",
    title="No association is rejected for want of room while we hold none",
    clause="",
    level=Level.EXPECTED,
    expected="room for an association when all earlier ones have ended",
    hint="Its associations may not end when they are released: look for open ones in its log, and who else holds some.",
    judges=Scope.RUN,
)
def slots_given_back(run: RunEvidence) -> Iterator[Observation]:
    """When an association ends, its place is free for the next one.

    A target that forgets to give places back works until noon, and then rejects every scanner until it is restarted.

    Transient rejections for congestion or a local limit are looked at where the target had let us in before and no
    association of ours was open there. Others may hold its places, so it warns, with the number and the first of them.
    """
    for address in dict.fromkeys(each.address for each in run.admissions):
        here = [each for each in run.admissions if each.address == address]
        first = next((at for at, each in enumerate(here) if _is_full(each)), None)
        if first is None:
            if any(each.rejection is None for each in here):
                yield ok(f"{len(here)} associations")
        elif any(each.rejection is None for each in here[:first]):
            count = sum(map(_is_full, here))
            again = any(each.rejection is None for each in here[first:])
            since = f"the {_ordinal(first + 1)} association{'' if again else ' on'}"
            rejection = here[first].rejection
            numbers = f"{rejection.result}/{rejection.source}/{rejection.reason}" if rejection is not None else ""
            later = f"; {count} in all, others were let in later" if again else f"; {count} in all"
            text = f"rejected with {numbers} from {since}{later}; none was open"
            yield warn(text, where=here[first].association.id, scenario=here[first].evidence.label)


def _is_full(admission: Admission) -> bool:
    rejection = admission.rejection
    return (
        rejection is not None
        and rejection.result == _TRANSIENT
        and (rejection.source, rejection.reason) in _FULL
        and not admission.held
    )


def _ordinal(number: int) -> str:
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


@check(
    "association.admitted-again",
    title="Whom the target let in once it lets in again",
    clause="",
    level=Level.SITE,
    expected="A-ASSOCIATE-AC, or a transient rejection, for AE titles that were accepted before",
    hint="Did somebody change its configuration during the run, or are two systems behind this address?",
    judges=Scope.RUN,
)
def admitted_again(run: RunEvidence) -> Iterator[Observation]:
    """The site file gives the AE titles by which a target knows us. One that accepted them does not reject them for
    good a moment later.

    Two systems behind one address, of which one is not configured, lose every second study.

    Each permanent rejection is compared with the associations before it at the same address with the same AE titles.
    One that blames the titles contradicts any of them; one for another reason, only what asked for exactly the same.
    """
    for admission in run.admissions:
        where, scenario = admission.association.id, admission.evidence.label
        rejection = admission.rejection
        if rejection is None:
            yield ok("let in", where=where, scenario=scenario)
        elif admission.contradicts:
            called, calling = admission.titles
            numbers = f"{rejection.result}/{rejection.source}/{rejection.reason}"
            text = f"{called} rejects {calling} with {numbers}, which it had accepted {admission.times} times"
            yield fail(text, where=where, scenario=scenario)
