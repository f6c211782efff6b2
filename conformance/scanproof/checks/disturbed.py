"""Checks of what an acceptor does when an association goes on as it should not (PS3.8 7, 9.1.4, 9.2, 9.3, E.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from scanproof.check import OUR_DEFECT, Fact, Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.disturbances import Disturbed, disturbances
from scanproof.finding import Level
from scanproof.standard.deviations import Answer
from scanproof.standard.disturbances import ABORT_BEFORE, REACTIONS, Reactions
from scansim.vocabulary.disturbances import WAYS, Way
from scansim.wire import pdu as p

_IDLE = (Way.IDLE_BEFORE_REQUEST, Way.HALF_REQUEST)
_UNEXPECTED = (Way.UNEXPECTED_BEFORE, Way.UNEXPECTED, Way.RELEASE_UNASKED)
_INVALID = (
    *(Way.LONGER_THAN_STATED, Way.SHORTER_THAN_STATED, Way.FRAGMENT_TOO_LONG, Way.FRAGMENT_TOO_SHORT),
    *(Way.CONTEXT_NOT_ACCEPTED, Way.BEYOND_MAXIMUM, Way.TWO_MESSAGES, Way.ODD_FRAGMENTS, Way.EMPTY_FRAGMENT),
)
_LEGAL = (Way.COMMAND_AND_DATA, Way.TWO_FRAGMENTS, Way.SMALL_FRAGMENTS)
_RELEASES = (Way.RELEASE_OUTSTANDING, Way.RELEASE_TWICE)

#: What the target did, and what that is; None for the answer where it did nothing, which is a result of its own.
_Reaction = tuple[Answer | None, str]


def _row(disturbed: Disturbed) -> Reactions | None:
    way = disturbed.way
    if way is Way.UNEXPECTED_BEFORE and disturbed.pdu == "a-abort":
        return ABORT_BEFORE
    return REACTIONS.get(way) if way is not None else None


def _seen(evidence: Evidence, ways: Collection[Way]) -> Iterator[tuple[Disturbed, Reactions]]:
    """Disturbances of some ways that stand in the bytes, and that the network did not end."""
    for disturbed in disturbances(evidence.transcript.associations):
        row = _row(disturbed)
        if disturbed.way in ways and row is not None and disturbed.shown and not disturbed.broken:
            yield disturbed, row


def _unseen(evidence: Evidence, ways: Collection[Way]) -> Iterator[Observation]:
    """What of these ways decides nothing: it did not go out, or the network ended it."""
    for disturbed in disturbances(evidence.transcript.associations):
        if disturbed.way not in ways:
            continue
        where = disturbed.association.id
        if not disturbed.shown and disturbed.association.lost is not None:
            yield inconclusive(f"the connection ended before it went out: {disturbed.told}", where=where, hint=_AGAIN)
        elif not disturbed.shown:
            yield inconclusive(f"the record does not show it: {disturbed.told}", where=where, hint=OUR_DEFECT)
        elif disturbed.broken:
            yield inconclusive(f"the connection broke: {disturbed.told}", where=where, hint=_AGAIN)


_AGAIN = "Look at the network between this machine and the target, then run the case again."


def _wanted(disturbed: Disturbed) -> int:
    """How many responses there are to be."""
    return 2 if disturbed.way is Way.TWO_MESSAGES else 1


def _reaction(disturbed: Disturbed, row: Reactions) -> _Reaction:
    """What the target did about a disturbance."""
    wanted = _wanted(disturbed)
    if disturbed.way in _RELEASES:
        return _release(disturbed, row)
    if disturbed.others:
        name = disturbed.others[0].name
        asks = isinstance(disturbed.others[0].pdu, p.ReleaseRQ) and disturbed.way is Way.IDLE_ESTABLISHED
        return (Answer.NOTE if asks else Answer.WRONG), f"{name} came"
    if disturbed.answers >= wanted:
        return row.answered, "it was answered" if wanted == 1 else "both were answered"
    if disturbed.abort is not None:
        return _abort(disturbed.abort, row)
    if disturbed.data_came and not disturbed.answers:
        return row.answered, "P-DATA-TF came"
    if disturbed.released:
        return Answer.WRONG, "A-RELEASE-RP came"
    return _end(disturbed, row)


def _abort(abort: p.Abort, row: Reactions) -> _Reaction:
    shown = f"A-ABORT, source {abort.source}, reason {abort.reason}"
    if row.provider and row.abort is Answer.RIGHT and abort.source == 0:
        return Answer.TOLERABLE, f"{shown}: as of the service user, where the provider aborts (source 2)"
    return row.abort, shown


def _end(disturbed: Disturbed, row: Reactions) -> _Reaction:
    if disturbed.closed:
        return row.closed, "the connection was closed without a PDU"
    return None, ""


def _release(disturbed: Disturbed, row: Reactions) -> _Reaction:
    if disturbed.others:
        return Answer.WRONG, f"{disturbed.others[0].name} came"
    if disturbed.behind_release:
        first = disturbed.behind_release[0]
        # the second A-RELEASE-RQ may have come behind the reply, where it is to be ignored
        ignored = disturbed.way is Way.RELEASE_TWICE and isinstance(first.pdu, p.Abort)
        return (Answer.TOLERABLE if ignored else Answer.WRONG), f"{first.name} behind A-RELEASE-RP"
    if disturbed.released:
        return row.answered, "A-RELEASE-RP came"
    if disturbed.abort is not None:
        return _abort(disturbed.abort, row)
    return _end(disturbed, row)


def _judged(evidence: Evidence, ways: Collection[Way]) -> Iterator[Observation | Fact]:
    """What the target did about each disturbance of some ways, against its row."""
    yield from _unseen(evidence, ways)
    for disturbed, row in _seen(evidence, ways):
        answer, did = _reaction(disturbed, row)
        where = disturbed.association.id
        text = f"{did}: {_told(disturbed)}"
        if answer is Answer.WRONG:
            yield fail(text, where=where, expected=row.wanted, clause=row.clause, level=row.level)
        elif answer is Answer.TOLERABLE:
            yield warn(text, where=where, expected=row.wanted, clause=row.clause, level=row.level)
        elif answer is not None:
            yield ok(text, where=where)


def _told(disturbed: Disturbed) -> str:
    """What was done, in words; with what in double quotes, so that one reaction to each of them is one entry."""
    told = WAYS[disturbed.way].told if disturbed.way is not None else disturbed.told
    return f'{told} ("{disturbed.detail}")' if disturbed.detail else told


@check(
    "association.idle-connection",
    title="A connection without a request is closed without a word",
    clause="PS3.8 9.1.4, 9.2 AA-2 (2018-2024)",
    level=Level.SHALL,
    expected="the connection closed without a PDU when ARTIM is over, or open until then",
    hint="Before A-ASSOCIATE-RQ there is nobody to talk to: close the connection when ARTIM is over.",
)
def idle_connection(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An acceptor starts ARTIM when a connection is opened, and closes the connection when it is over and no
    A-ASSOCIATE-RQ has come. It sends nothing.

    Port scanners and balancers open connections all day long. What answers them fills its log with associations that
    nobody asked for.

    A connection is opened, and nothing is sent on it, or half of an A-ASSOCIATE-RQ. What comes is looked at. How long
    ARTIM lasts each system says for itself, so that a connection which stays open for our time is no fault.
    """
    yield from _judged(evidence, _IDLE)
    for disturbed, _ in _seen(evidence, _IDLE):
        if disturbed.silent is not None:
            yield ok(f"open, and nothing came in {disturbed.silent:g} s", where=disturbed.association.id)


@check(
    "association.unexpected-pdu",
    title="A PDU that has no place is answered by A-ABORT",
    clause="PS3.8 9.2 Table 9-10 (2018-2024)",
    level=Level.SHALL,
    expected="A-ABORT",
    hint="Table 9-10 has an action for each event in each state: AA-1 before an association, AA-8 on one.",
)
def unexpected_pdu(evidence: Evidence) -> Iterator[Observation | Fact]:
    """What has no place in the state that the acceptor is in makes it abort: before A-ASSOCIATE-RQ by AA-1, on an
    association by AA-8, as the service provider. An A-ABORT that comes first of all just ends the connection.

    A side that has lost its place and is answered as if nothing were wrong goes on with associations that the other one
    does not have.

    Each PDU is sent where it has no place, one of a type that there is none of as well. Closing the connection without
    a word warns, and so does an A-ABORT as of the user on an association; which reason it has is free.
    """
    yield from _judged(evidence, _UNEXPECTED)


@check(
    "association.invalid-pdu",
    title="A P-DATA-TF that is none is answered by A-ABORT, or by the response",
    clause="PS3.8 9.2 AA-8, 9.3.5 (2013, 2018-2024)",
    level=Level.SHALL,
    expected="A-ABORT, or what a receiver makes of it",
    hint="Lengths that do not add up leave nothing to go on with: abort, with source 2.",
)
def invalid_pdu(evidence: Evidence) -> Iterator[Observation | Fact]:
    """Lengths that do not add up and contexts that nobody proposed make a PDU invalid: A-ABORT (AA-8). Of other faults,
    such as a fragment of an odd length, a receiver may make what it likes.

    A receiver that reads over a wrong length stores whatever comes behind it.

    C-ECHO-RQ and C-STORE-RQ are sent in P-DATA-TFs with false lengths, on another context, beyond the Maximum Length
    that the target stated, two of them in one, and in fragments that are odd or empty. What is taken all the same
    warns where nothing allows it; closing the connection without a word does, too.
    """
    yield from _judged(evidence, _INVALID)
    for disturbed, row in _seen(evidence, (Way.SHORTER_THAN_STATED,)):
        if disturbed.silent is not None and row.silent is Answer.RIGHT:
            yield ok(f"it waits; nothing came in {disturbed.silent:g} s", where=disturbed.association.id)


@check(
    "association.fragments-taken",
    title="Fragments are taken in each form that they may have",
    clause="PS3.8 E.1 (2013, 2024e)",
    level=Level.SHALL,
    expected="the response",
    hint="A P-DATA-TF may have several fragments of one message, command set and data set too, and be very small.",
)
def fragments_taken(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A P-DATA-TF may carry command set and data set of one message, or several fragments of one of them; a fragment
    may be as small as two bytes.

    One scanner sends each image in one P-DATA-TF if it can. An archive that reads the first fragment of each loses
    every image of it.

    A query that finds nothing, or an image where none is taken, is sent in one P-DATA-TF; C-ECHO-RQ in two fragments in
    one, and in fragments of two bytes. A response of any status shows that it was read.
    """
    yield from _judged(evidence, _LEGAL)


@check(
    "association.idle-kept",
    title="An association on which nothing was sent for a while is served",
    clause="PS3.7 9.1.5 (2013)",
    level=Level.SHALL,
    expected="the response to C-ECHO-RQ",
    hint="Give associations of scanners minutes: images are made between two of them.",
)
def idle_kept(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An association lasts until somebody ends it. How long one may be idle no text says, so that its end only warns.

    A scanner opens one for a series, and sends an image whenever there is one, which takes minutes.

    Nothing is sent on an association for some seconds, then C-ECHO-RQ. A target that ended it before that warns.
    """
    yield from _judged(evidence, (Way.IDLE_ESTABLISHED,))


@check(
    "association.abort-obeyed",
    title="After A-ABORT the target says nothing, and closes the connection",
    clause="PS3.8 7.3, 9.2 AA-3 (2018-2024)",
    level=Level.SHALL,
    expected="the connection closed, and no PDU",
    hint="Whoever receives A-ABORT closes the connection (AA-3), and forgets the message that had begun.",
)
def abort_obeyed(evidence: Evidence) -> Iterator[Observation | Fact]:
    """With A-ABORT the association is over. Who receives it tells its user, closes the connection, and sends nothing.

    Scanners abort when somebody presses a button. A target that keeps what is aborted runs out of places.

    A-ABORT is sent in the middle of a command set, of a data set, and while nothing is under way. What comes behind it
    is looked at.
    """
    yield from _judged(evidence, (Way.ABORT,))


@check(
    "association.close-noticed",
    title="The end of the connection is noticed",
    clause="PS3.8 9.2 AA-4 (2018-2024)",
    level=Level.SHALL,
    expected="the connection closed",
    hint="What reads the end of the stream closes its side too (AA-4).",
)
def close_noticed(evidence: Evidence) -> Iterator[Observation | Fact]:
    """When the transport connection ends, the association does: the acceptor tells its user, and closes its side.

    A scanner that is switched off leaves half a connection. A target that never notices has a place less each time.

    Our sending half is closed in the middle of a command set, of a data set, and while nothing is under way. What comes
    on the other half is looked at; A-ABORT is as good as nothing, for nobody owes it.
    """
    yield from _judged(evidence, (Way.HALF_CLOSE,))


@check(
    "association.release-crossed",
    title="A release that crosses something ends with one A-RELEASE-RP",
    clause="PS3.8 7.2.2 (2020; 2024e), 9.2 Table 9-10 (2018-2024)",
    level=Level.SHALL,
    expected="one A-RELEASE-RP, and nothing behind it",
    hint="What is still to be answered goes out before A-RELEASE-RP; what comes behind that is ignored.",
)
def release_crossed(evidence: Evidence) -> Iterator[Observation | Fact]:
    """After A-RELEASE-RQ the acceptor may still send what it has to, or abort; behind its A-RELEASE-RP it sends nothing
    more.

    A console in a hurry asks for release while an answer is under way. One that comes behind the reply is read by
    nobody, or taken for the next association's.

    A-RELEASE-RQ is sent right behind C-ECHO-RQ, and twice. Responses may come in front of A-RELEASE-RP, or not at all;
    an A-ABORT in place of it warns behind a request that was not answered, and is right behind a second A-RELEASE-RQ.
    """
    yield from _judged(evidence, _RELEASES)


@check(
    "association.reacts",
    title="The target answers, or ends the connection",
    clause="",
    level=Level.EXPECTED,
    expected="a PDU, or the end of the connection, in the configured time",
    hint="It neither answers nor closes: somebody waits there without a time-out of his own.",
)
def reacts(evidence: Evidence) -> Iterator[Observation | Fact]:
    """Whatever comes, an acceptor does something about it. No clause says within what time, so that a hang is a result
    of its own.

    Whoever hangs holds a place, and a scanner's whole time-out, which is minutes.

    After each disturbance that calls for an answer or an end one of them is waited for. Neither is a failure where what
    we sent was right, and a warning where it was not, or where only the end of the connection was still to come.
    """
    ways = [way for way in REACTIONS if REACTIONS[way].silent is not Answer.RIGHT]
    for disturbed, row in _seen(evidence, ways):
        where, seconds, way = disturbed.association.id, disturbed.silent, disturbed.way
        answered = way not in _RELEASES and disturbed.answers >= _wanted(disturbed)  # association.release has the rest
        if seconds is None or way is None or answered:
            yield ok("an answer, or the end of the connection", where=where)
            continue
        if way is Way.IDLE_ESTABLISHED and not disturbed.asked_again:
            continue
        came = f"only {disturbed.answers} of 2 responses came" if disturbed.answers else "it hangs: nothing came"
        text = f"{came} in {seconds:g} s, and the connection stayed open: {_told(disturbed)}"
        yield fail(text, where=where) if row.silent is Answer.WRONG else warn(text, where=where)
