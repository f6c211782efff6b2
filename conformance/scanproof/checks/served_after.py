"""Checks of whether a target serves the next association, and has its places again, behind one that was odd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanproof.check import Fact, Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.association_requests import requested
from scanproof.evidence.disturbances import Follower, disturbances, follower, held
from scanproof.evidence.next_served import Followed, ended, followed, later
from scanproof.evidence.unusual_requests import unusual
from scanproof.finding import Level
from scansim.site import is_loopback
from scansim.vocabulary.disturbances import WAYS

#: Result of an A-ASSOCIATE-RJ that says: not now (PS3.8 Table 9-21).
_TRANSIENT = 2
#: Until when a target serves at once, and from when on it is worth a warning, in s.
_SOON, _LATE = 1.0, 3.0
_SLOWER = 3  # times as slow as before, of a target that is always slow
_REFUSED = "refused"  # of a connection: the host is there, and the program is not


@check(
    "association.served-after",
    title="The next association is served, whatever became of the one before",
    clause="",
    level=Level.EXPECTED,
    expected="C-ECHO answered on the next association, at once",
    hint="Its log should tell whether it ended, waits for the association that was disturbed, or keeps its place.",
)
def served_after(evidence: Evidence) -> Iterator[Observation | Fact]:
    """One association, or one connection, that goes wrong is nothing to the others.

    A port scan at night ends the worklist, and in the morning no scanner has a patient.

    Right behind each disturbance another association is asked for, with C-ECHO on it. Where it is not served it is
    asked for again for a while; a target that served before, and does not any more, has ended, hangs, or keeps the
    places. One that serves again after more than a moment warns, with the seconds; so does one that goes on rejecting
    for want of room, for others may have it. The C-ECHO behind an A-ASSOCIATE-RQ that a case describes is looked at in
    the same way, where there was another in front of it.
    """
    for disturbed in disturbances(evidence.transcript.associations):
        if disturbed.followers and disturbed.before is not None and disturbed.way is not None:
            what = WAYS[disturbed.way].told + (f' ("{disturbed.detail}")' if disturbed.detail else "")
            seen = _served(disturbed.followers, follower(disturbed.before), what)
            yield seen
            yield from (replace(seen, where=each) for each in later(evidence, disturbed))
    for each in followed(evidence.associations):
        rejected = any(one.rejection is not None for one in each.followers)  # association.slots-given-back tells
        if not rejected and (each.unserved or each.followers[-1].served is not None):
            yield _served(each.followers, each.before, _described(each))
    for last, name in ended(evidence):
        found = requested(last)
        what = "a disturbance" if found is None or not found.edited else "an A-ASSOCIATE-RQ that a case describes"
        text = f"served behind {what}, and then no more: the connection is refused; the target has ended, it seems"
        yield fail(text, where=name)


def _described(each: Followed) -> str:
    found = requested(each.association)
    why = (found.told if found is not None else "") or unusual(each.association)
    quoted = why.replace('"', "'")
    return "an A-ASSOCIATE-RQ that a case describes" + (f' with "{quoted}"' if why else "")


def _served(followers: tuple[Follower, ...], before: Follower, what: str) -> Observation:
    first, last, behind = followers[0], followers[-1], f"behind: {what}"
    where = last.association.id
    if last.served is not None:
        seconds = (last.served - first.asked) / 1e9
        usual = (before.served - before.asked) / 1e9 if before.served is not None else 0.0
        if len(followers) == 1 and seconds < max(_LATE, _SLOWER * usual):
            return ok("served", where=where)
        if seconds < _SOON:
            return ok(f"served after {seconds:.2g} s; at first {first.why}", where=where)
        earlier = f"; before that {first.why}" if first.served is None else ""
        return warn(f"served only after {seconds:.2g} s{earlier}; {behind}", where=where)
    seconds = (last.ended - first.asked) / 1e9
    tried = f"{len(followers)} times in {seconds:.0f} s" if len(followers) > 1 else f"in {seconds:.0f} s"
    text = f"not served, {tried}: {last.why}"
    if last.rejection is not None and last.rejection.result == _TRANSIENT:
        return warn(f"{text}; its places are not given back, or others have them; {behind}", where=where)
    if last.unreachable and _REFUSED not in last.unreachable.casefold() and not _is_here(last):
        return inconclusive(f"{text}; {behind}", where=where, hint=_NETWORK)
    return fail(f"{text}: {_kind(last)}; {behind}", where=where)


_NETWORK = "Look at the network between this machine and the target, then run the case again."


def _is_here(last: Follower) -> bool:
    return is_loopback(str(last.association.facts.get("host", "")))


def _kind(last: Follower) -> str:
    """What a target is that does not serve any more."""
    if last.unreachable:
        gone = _REFUSED in last.unreachable.casefold()
        return "the target has ended, or listens no more" if gone else "the target takes no more connections"
    if last.rejection is not None:
        return "the target rejects whom it took before"
    return "the target hangs" if last.silent else "the target ends what it took before"


@check(
    "association.places-again",
    title="The places of associations are given back, however these ended",
    clause="",
    level=Level.EXPECTED,
    expected="as many associations at a time as before",
    hint="A place is to be given back when an association is released, aborted or lost, and not only released.",
)
def places_again(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A target serves so many associations at a time. Each place is free again when its association ends.

    One that counts only what is released works until the first scanner is switched off in mid-series, and the next one.

    Associations are opened and held, as far as the target takes them, and ended by release, abort, close and reset in
    turn; then as many are asked for, again and again for some seconds. Fewer warn, for others may have come meanwhile;
    none is a failure.
    """
    for each in held(evidence.transcript.associations):
        where, ends = each.association.id, ", ".join(dict.fromkeys(each.endings))
        if each.second >= each.first:
            yield ok(f"{each.first} at a time, ended by {ends}, and {each.second} again", where=where)
            continue
        why = f": {'; '.join(each.refusals)}" if each.refusals else ""
        text = f"{each.first} at a time, and only {each.second} when they had ended by {ends}{why}"
        yield warn(text, where=where) if each.second else fail(text, where=where)
