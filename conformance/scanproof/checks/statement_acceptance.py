"""The Conformance Statement against whom a target lets in: titles, rejections, how many, and how long it waits."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Kept, Observation, Proof, Scope, check, fail, ok, warn
from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.stated_associations import FULL, Room, Turned, idle_connections, rooms, turned, written
from scanproof.finding import Level
from scanproof.statements import ApplicationEntity, Claim
from scanproof.statements.conditions import rejection_condition

#: Deviation of a request to the kind of claims that says whether it is looked at, and the reason that blames it.
_TITLES = {
    "association.called-title": ("called-title-checked", 7),
    "association.calling-title": ("calling-title-checked", 3),
}
#: A rejection for good, and the reason that names none (PS3.8 Table 9-21).
_PERMANENT, _NO_REASON = 1, 1
#: Associations that somebody who has no limit is sure to have room for.
_FEW = 8
#: Within how much of the stated time a connection is closed that nobody uses: both clocks and both machines are in it.
_LEAST, _MOST, _BESIDE = 0.5, 1.5, 2.0


@check(
    "statement.titles-checked",
    title="AE titles are checked as declared",
    clause="PS3.2 N.7.2 (2024c); PS3.8 9.3.4 Table 9-21 (2024e)",
    level=Level.DECLARED,
    proven_by=Proof.STATEMENTS,
    expected="a title that is not known is rejected where the statement says that it is checked, and else accepted",
    hint="correct the Conformance Statement, or the setting of the target: who may talk to it is a matter of security",
)
def titles_checked(evidence: Evidence) -> Iterator[Observation | Kept]:
    """An Application Entity rejects a Called, or Calling, AE title that it does not know where its statement says that
    it checks them, and accepts it where the statement says that it does not.

    A hospital that was told that strangers are kept out lets everybody in; one that was told the contrary cannot
    connect its new scanner.

    Requests with an AE title that is nobody's are compared with the statement. A title in lower case decides nothing
    when it is accepted: no statement says whether case counts. A rejection for want of room says nothing, nor does an
    A-ABORT or silence.
    """
    for each in turned(evidence):
        kind, reason = _TITLES.get(each.deviation, ("", 0))
        claim = each.entity.one(kind) if kind else None
        if claim is None:
            yield from _blamed(each)
            continue
        checked, where = bool(claim.data["checked"]), each.association.id
        if each.numbers is None and (not checked or not _in_other_case(each)):
            kept = not checked
        elif each.numbers is not None and each.numbers[0] == _PERMANENT:
            kept = checked
            if not checked and each.numbers[2] not in (reason, _NO_REASON):
                continue
        else:
            continue
        yield from _said(each, claim, kept, where)


def _said(each: Turned, claim: Claim, kept: bool, where: str) -> Iterator[Observation | Kept]:
    yield Kept(claim.id, where=where, kept=kept)
    if kept:
        yield ok(each.told, where=where)
    else:
        yield fail(f"{_title(each)} is {each.told}", where=where, claim=claim.id, expected=claim.text)


def _blamed(each: Turned) -> Iterator[Observation | Kept]:
    """A right request that is rejected for a title which is said not to be checked."""
    if each.deviation or each.numbers is None:
        return
    for kind, reason in _TITLES.values():
        claim = each.entity.one(kind)
        if claim is not None and not claim.data["checked"] and each.numbers == (_PERMANENT, 1, reason):
            yield from _said(each, claim, False, each.association.id)


def _title(each: Turned) -> str:
    request = each.association.request
    title = getattr(request.pdu if request is not None else None, "called_ae", "")
    if each.deviation != "association.called-title":
        title = getattr(request.pdu if request is not None else None, "calling_ae", "")
    return str(title).strip() or "a blank title"


def _in_other_case(each: Turned) -> bool:
    """Whether the title that deviates is the right one but for its case: whether that counts, nobody says."""
    if each.deviation not in _TITLES:
        return False
    name = "called_ae" if each.deviation == "association.called-title" else "calling_ae"
    return _title(each).casefold() == str(each.association.facts.get(name, "")).casefold()


@check(
    "statement.rejection",
    title="Associations are rejected with the declared result, source and reason",
    clause="PS3.2 N.7.2 (2024c); PS3.8 9.3.4 Table 9-21 (2024e)",
    level=Level.DECLARED,
    proven_by=Proof.STATEMENTS,
    expected="the result, source and reason that the statement gives for this condition",
    hint="correct the table of rejections in the Conformance Statement, or the target",
)
def rejection(evidence: Evidence) -> Iterator[Observation | Kept | Fact]:
    """An Application Entity rejects an association with the numbers that its statement gives for the condition.

    Who stands before a scanner that does not connect has these three numbers and nothing else.

    Requests with an unknown Called or Calling AE title, another application context or Protocol-version, and requests
    that found no room, are compared with what the statement lists for that condition, where its words leave no doubt.
    What is listed for another condition is observed when it is seen. A rejection that is not listed is a note.
    """
    for each in turned(evidence):
        claims = each.entity.of("rejection")
        if not claims:
            continue
        condition = each.deviation or ("full" if each.numbers in FULL else "")
        stated = [claim for claim in claims if _condition(claim) == condition] if condition else []
        where, seen = each.association.id, each.numbers
        if seen is None and (not stated or _in_other_case(each)):
            continue
        fitting = [claim for claim in claims if seen == _numbers(claim)]
        fitting = [claim for claim in fitting if _condition(claim) in ("", condition)]
        for claim in fitting:
            yield Kept(claim.id, where=where)
        if fitting:
            yield ok(each.told, where=where)
        elif stated:
            for claim in stated:
                yield Kept(claim.id, where=where, kept=False)
            if seen is not None or not _told_of_title(each.entity, condition):
                wanted = " or ".join(written(_numbers(claim)) for claim in stated)
                text = f"{condition.partition('.')[2] or 'no room'}: {each.told}"
                yield fail(text, where=where, claim=stated[0].id, expected=f"rejected with {wanted}")
        elif seen is not None:
            yield Fact(f"seen, not stated: an association {each.told} ({where})", scenario=evidence.label)


def _numbers(claim: Claim) -> tuple[int, int, int]:
    return int(claim.data["result"]), int(claim.data["source"]), int(claim.data["reason"])


def _condition(claim: Claim) -> str:
    return rejection_condition(str(claim.data.get("condition") or ""))


def _told_of_title(entity: ApplicationEntity, condition: str) -> bool:
    """Whether another check tells that this is accepted, against a claim of its own."""
    claim = entity.one(_TITLES.get(condition, ("", 0))[0])
    return claim is not None and bool(claim.data["checked"])


@check(
    "statement.maximum-associations",
    title="As many associations are accepted at a time as declared",
    clause="PS3.2 N.7.1 (2024c)",
    level=Level.DECLARED,
    proven_by=Proof.STATEMENTS,
    expected="room for as many associations as the statement gives",
    hint="who else holds associations there? Else correct the Conformance Statement, or the setting of the target",
    judges=Scope.RUN,
)
def maximum_associations(run: RunEvidence) -> Iterator[Observation | Kept]:
    """An Application Entity accepts as many associations at a time as its statement gives.

    A department plans by it how many scanners send at a time; the one too many is turned away in the middle of the day.

    Where associations were held on purpose, their number is compared with the statement; and wherever one was turned
    away for want of room, how many of ours were open then. Fewer than stated fails. More are no fault, and warned of:
    the statement says less than is so. That there is no limit cannot be shown; it is contradicted where there is no
    room beside fewer than 8.
    """
    for each in rooms(run):
        claim = each.entity.one("maximum-associations")
        if claim is None:
            continue
        stated = claim.data["count"]
        yield from _unlimited(each, claim) if stated is None else _limited(each, claim, int(stated))


def _limited(each: Room, claim: Claim, stated: int) -> Iterator[Observation | Kept]:
    where, scenario = each.association.id, each.evidence.label
    if each.refused is not None and each.held < stated:
        yield Kept(claim.id, where=where, scenario=scenario, kept=False)
        text = f"{_ordinal(each.held + 1)}: {each.how}, while {each.held} of ours were open"
        yield fail(text, where=where, scenario=scenario, claim=claim.id, expected=claim.text)
    elif each.held >= stated:
        yield Kept(claim.id, where=where, scenario=scenario)
        if each.held > stated:
            text = f"{each.held} at a time were accepted"
            yield warn(text, where=where, scenario=scenario, expected=claim.text)
        else:
            yield ok(f"{each.held} at a time", where=where, scenario=scenario)


def _unlimited(each: Room, claim: Claim) -> Iterator[Observation | Kept]:
    if each.refused is None or each.held >= _FEW:
        return
    where, scenario = each.association.id, each.evidence.label
    yield Kept(claim.id, where=where, scenario=scenario, kept=False)
    text = f"{_ordinal(each.held + 1)}: {each.how}, while {each.held} of ours were open"
    yield fail(text, where=where, scenario=scenario, claim=claim.id, expected=claim.text)


def _ordinal(number: int) -> str:
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"the {number}{ending}"


@check(
    "statement.artim",
    title="A connection without a request is closed when the declared ARTIM timer expires",
    clause="PS3.2 N.7.1 (2024c); PS3.8 9.1.5 (2018-2024)",
    level=Level.DECLARED,
    proven_by=Proof.STATEMENTS,
    expected="the connection is closed after about the time that the statement gives",
    hint="correct the Conformance Statement, or the setting of the target",
)
def artim(evidence: Evidence) -> Iterator[Observation | Kept]:
    """An acceptor closes a connection on which no A-ASSOCIATE-RQ comes when its ARTIM timer expires, after the time
    that its statement gives.

    A target that waits for ever runs out of connections, one that waits too short loses scanners on slow lines.

    The time until such a connection was closed is compared with the statement: half of it to one and a half is about
    that time. Neither the standard nor a statement says how exact it is, so another time is a warning and decides
    nothing; nor does one that was not closed before we gave up.
    """
    for each in idle_connections(evidence):
        claim = each.entity.one("artim-timeout")
        if claim is None or claim.data["seconds"] is None:
            continue
        stated, where = float(claim.data["seconds"]), each.disturbed.association.id
        longest = _MOST * stated + _BESIDE
        if each.ended and _LEAST * stated <= each.seconds <= longest:
            yield Kept(claim.id, where=where)
            yield ok(f"closed after {each.seconds:.1f} s", where=where)
        elif each.ended or each.seconds > longest:
            what = "closed" if each.ended else "not closed"
            within = "after" if each.ended else "within"
            yield warn(f"{what} {within} {each.seconds:.1f} s", where=where, expected=claim.text)
