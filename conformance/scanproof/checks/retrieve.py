"""Checks of C-MOVE and C-GET: whether they are carried out, and what the final status says (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanproof.acceptance import acceptance, deviating, sent_by_us
from scanproof.check import OUR_DEFECT, Fact, Observation, Proof, check, fail, inconclusive, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.evidence.associations import called_ae
from scanproof.evidence.parties import THE_SITE
from scanproof.evidence.retrieves import GET, MOVE, Retrieval
from scanproof.finding import Level
from scansim.network.transcript import Exchange
from scansim.vocabulary.services import RETRIEVE
from scansim.vocabulary.status import CANCEL, SUCCESS, is_success, is_warning, shown

_DESTINATION_UNKNOWN = 0xA801
#: What to do about our own bounds.
_RAISE = "If that is right for this target, raise limits.operation and limits.transcript in the site file."
_CLAUSE = "PS3.4 C.4.2.3.1 (2024d), C.4.3.3.1 (2024e)"


def _valid(evidence: Evidence) -> Iterator[Retrieval]:
    """Retrievals that were answered, and deviate in nothing that makes a refusal right."""
    for retrieval in evidence.retrievals:
        if retrieval.final is not None and retrieval.watched and not evidence.asked(retrieval.operation).deviation:
            yield retrieval


@check(
    "dataset.retrieve-request",
    title="Our retrievals are legal",
    clause="PS3.4 C.4.2.2.1, C.4.3.2.1 (2024d), C.4.2.1.4.1 (c. 2020)",
    level=Level.INFO,
    service="retrieve",
    expected="a level of the model, one value of each unique key above it, and values of the key at it",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def retrieve_request(evidence: Evidence) -> Iterator[Observation]:
    """A retrieval names its level, one value of the unique key of each level above, and what it wants at the level.

    A target is judged by what it sends; a request that is wrong itself proves nothing.

    The Identifier and the Move Destination of each C-MOVE and C-GET that we sent are looked at. What is wrong is our
    own defect, unless it was meant to be.
    """
    for name in (MOVE, GET):
        for operation in evidence.requests(name):
            if operation.request.dataset is not None:
                yield sent_by_us(evidence.asked(operation), "legal")


@check(
    "retrieve.accepted",
    title="A retrieval of what was stored is carried out",
    clause="",
    level=Level.EXPECTED,
    service="retrieve",
    expected="0000H for a retrieval of which nothing failed with us",
    hint="See in the target's log what kept it from finding or sending the instances.",
)
def accepted(evidence: Evidence) -> Iterator[Observation]:
    """What was stored can be had again, by each level of the model and by each key that the standard has for it.

    A workstation that cannot fetch the images shows none, and the study exists on the archive's disk only.

    Each C-MOVE and C-GET of what the target stored is looked at, with every instance taken that came. Where a C-MOVE
    was refused and no association has come so far, the target may not know our listener, or may not reach it: that
    decides nothing. The refusal of a list in which one UID is unknown warns, as no text speaks of it.
    """
    reached = {
        called_ae(retrieval.operation.association)
        for retrieval in evidence.retrievals
        if retrieval.is_move and (retrieval.subs or retrieval.opened)
    }
    listener = evidence.transcript.scenario.get("listener")
    before = listener.get("reached_by") if isinstance(listener, Mapping) else ()
    reached |= {str(ae) for ae in before or ()}
    for retrieval in evidence.retrievals:
        final, known = retrieval.final, called_ae(retrieval.operation.association) in reached
        if final is not None and retrieval.watched and retrieval.is_move and not known and _is_lost(retrieval):
            text = f"{retrieval.name} was answered {told(final)}, and nothing came to our listener"
            yield inconclusive(text, final, hint=_register(evidence, retrieval))
    for retrieval in _valid(evidence):
        final, known = retrieval.final, called_ae(retrieval.operation.association) in reached
        hindered = retrieval.failed or retrieval.hindered or retrieval.is_cancelled or retrieval.unsure
        if final is None or not retrieval.wanted or hindered or retrieval.status == CANCEL:
            continue
        if retrieval.is_move and not known and not is_success(retrieval.status):
            continue
        if retrieval.strangers and not is_success(retrieval.status):
            yield warn(f"{retrieval.name} of what is stored and what never was: {told(final)}", final)
        else:
            seen = acceptance(evidence.asked(retrieval.operation), f"{retrieval.name} at {retrieval.level} level")
            yield from (seen,) if seen is not None else ()


def _is_lost(retrieval: Retrieval) -> bool:
    """Whether a C-MOVE to us may have been refused for our sake: as unknown, or though what it asked for is there."""
    if retrieval.status == _DESTINATION_UNKNOWN:
        return True
    refused = retrieval.status != CANCEL and not is_success(retrieval.status)
    return refused and bool(retrieval.wanted) and not retrieval.is_cancelled


def _register(evidence: Evidence, retrieval: Retrieval) -> str:
    """What to do so that a C-MOVE reaches us."""
    listener = evidence.transcript.scenario.get("listener")
    port = listener.get("port") if isinstance(listener, Mapping) else ""
    destination = retrieval.operation.request.command.text("MoveDestination")
    return (
        f"Register {destination} with this machine's address and port {port} as a C-MOVE destination at the target, "
        "and see that it can reach it (listener.host of the site file)."
    )


@check(
    "retrieve.final-status",
    title="The final status says what became of the sub-operations: Success, Warning or Failure",
    clause=_CLAUSE,
    level=Level.SHALL,
    service="retrieve",
    expected="Success when all succeeded, a failure when all failed, else Warning (B000H)",
    hint="Count what the C-STORE-RSPs said, and what could not be sent; choose the status by that.",
)
def final_status(evidence: Evidence) -> Iterator[Observation | Fact]:
    """The final response says Success if all sub-operations were successful, Failure or Refused if all failed, and
    Warning in every other case. An instance for which there is no Presentation Context is a failed one.

    A workstation that is told Success deletes its list: the images that it refused are missing when they are read.

    The status is compared with our own answers to the instances that came, and with what we took none of. Where the
    wording of the tables leaves room (B000H for all failed, a failure for some) it warns. What nobody stored has no
    right status: that is told as a note.
    """
    for retrieval in evidence.retrievals:
        final, deviation = retrieval.final, evidence.asked(retrieval.operation).deviation
        if final is None or retrieval.unsure or not retrieval.watched or retrieval.status == CANCEL:
            continue
        if not retrieval.last and not retrieval.subs:
            continue  # nothing was found yet; retrieve.complete tells
        if deviation == "retrieve.never-stored" and not retrieval.subs:
            yield Fact(f"{retrieval.name} of what was never stored was answered {told(final)}", final, _CLAUSE)
        elif not deviation:
            seen = _status(retrieval, final)
            if seen is not None:
                yield seen


def _status(retrieval: Retrieval, final: Exchange) -> Observation | None:
    """What to say of a final status; None where there was no sub-operation that we know of."""
    status = retrieval.status
    left_out = [uid for uid in retrieval.missing if uid in retrieval.hindered]
    bad = len(retrieval.failed) + len(left_out)
    warned = retrieval.seen("Warning")
    good = len(retrieval.came) - len(retrieval.failed)
    if not retrieval.came and not left_out:
        return None
    seen = f"{good - warned} succeeded, {warned} with a warning, {bad} failed"
    text = f"{seen}; {retrieval.name} was answered {told(final)}"
    if status == SUCCESS:
        return fail(text, final) if bad or warned else ok(text, final)
    if is_warning(status):
        if bad and not good:
            return warn(text, final)
        right = bad or warned or retrieval.missing
        return ok(text, final) if right else fail(text, final, because=retrieval.told_of_others)
    if good:
        room = bad or retrieval.missing or retrieval.is_cancelled
        return warn(text, final) if room else fail(text, final, because=retrieval.told_of_others)
    return ok(text, final)


@check(
    "retrieve.unknown-destination",
    title="A C-MOVE to a destination that nobody knows is refused",
    clause="PS3.4 C.4.2.1.5, Table C.4-2 (c. 2020)",
    level=Level.SHALL,
    service="retrieve",
    expected="A801H, Move Destination unknown",
    hint="Look the Move Destination up before anything is sent; answer A801H when it is not known.",
)
def unknown_destination(evidence: Evidence) -> Iterator[Observation | Fact]:
    """The table has a status of its own for a Move Destination that the SCP does not know.

    Whoever types a wrong title is told that the images are on their way, and waits for them.

    C-MOVEs to an AE title that nobody has are looked at. Another failure than A801H warns.
    """
    for operation in evidence.requests(MOVE):
        asked = evidence.asked(operation)
        if asked.deviation == "retrieve.unknown-destination":
            seen = deviating(asked, f"C-MOVE to {operation.request.command.text('MoveDestination')}")
            if seen is not None:
                yield seen


@check(
    "retrieve.odd-identifier",
    title="An Identifier that is none of its information model is refused",
    clause="PS3.4 C.4.2.1.5, C.4.3.1.4, Tables C.4-2, C.4-3 (c. 2020)",
    level=Level.SHOULD,
    service="retrieve",
    expected="a failure, such as A900H or Cxxx",
    hint="Check Query/Retrieve Level and unique keys before anything is sent.",
)
def odd_identifier(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A retrieval without level, with a level that its model has not, or without the unique keys down to it is none
    that can be carried out. The tables have A900H for it, and no sentence demands that.

    Of a request that lost its key somebody takes what he gets for what he asked: everything, or nothing.

    C-MOVEs and C-GETs with such an Identifier are looked at. One that succeeds warns.
    """
    for retrieval in evidence.retrievals:
        asked = evidence.asked(retrieval.operation)
        if asked.deviation in ("retrieve.unknown-level", "retrieve.no-unique-key"):
            seen = deviating(asked, f"{retrieval.name} with an odd Identifier")
            if seen is not None:
                yield seen


#: Sub-operations that may have been under way when the C-CANCEL came, and ns that it may take to be looked at.
_UNDER_WAY, _IN_TIME = 1, 1_000_000_000


@check(
    "retrieve.cancel",
    title="A C-CANCEL ends the retrieval, with status Cancel",
    clause=_CLAUSE,
    level=Level.SHALL,
    service="retrieve",
    expected="FE00H soon after the C-CANCEL; FE00H never without one",
    hint="Look for a C-CANCEL between two sub-operations, on the association of the request.",
)
def cancel(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A C-CANCEL interrupts the sub-operations, and the final response has the status Cancel.

    Whoever has opened the wrong patient waits for a thousand images, or pulls the plug.

    What came behind each C-CANCEL of ours is looked at. One more instance may have been under way. More of them fail in
    C-GET, where our answer to the one comes behind the C-CANCEL on the same association, so that it has been read; in
    C-MOVE, over two associations, they warn within a second. One that came before the first instance and was not seen
    warns. A retrieval that had sent everything by then ends as it is; one that was interrupted, and says something else
    than Cancel, fails where that is Success. FE00H that nobody asked for is a deviation as well.
    """
    for retrieval in evidence.retrievals:
        final, seen = retrieval.final, retrieval.cancel
        if final is None or retrieval.unsure:
            continue
        if seen is None or not seen.in_time:
            if retrieval.status == CANCEL:
                yield fail(f"{retrieval.name} was answered FE00H, and no C-CANCEL was sent", final)
            continue
        after = [sub for sub in retrieval.subs if sub.request.message.began > seen.cancel.message.ended]
        late = [sub for sub in after if sub.request.message.ended - seen.cancel.message.ended > _IN_TIME]
        left = [uid for uid in retrieval.missing if uid not in retrieval.hindered]
        text = f"{len(after)} instances came behind the C-CANCEL; then {shown(retrieval.status)}"
        if retrieval.status == CANCEL:
            yield warn(text, final) if len(after) > _UNDER_WAY and late else ok(text, final)
        elif len(after) > _UNDER_WAY:
            surely = bool(late or not retrieval.is_move) and len(after) < len(retrieval.subs)
            yield fail(text, final) if surely else warn(text, final)
        elif left and retrieval.subs and is_success(retrieval.status):
            text = f"interrupted by the C-CANCEL, {len(left)} instances were not sent; then {shown(retrieval.status)}"
            yield fail(text, final) if retrieval.status == SUCCESS else warn(text, final)
        elif is_success(retrieval.status):
            yield Fact(f"the retrieval had ended when the C-CANCEL came: {text}", final, _CLAUSE)


#: What to do about instances that are not where they were when they were stored with a warning.
_MOVED = "See what the archive changed: with another study or patient, images are not found with those of their exam."


@check(
    "retrieve.complete",
    title="All that was stored and asked for is sent",
    clause=_CLAUSE,
    level=Level.SHALL,
    service="retrieve",
    expected="a sub-operation for each stored instance of what the Identifier names",
    hint="Look up all instances below the unique keys, those that were stored just now as well.",
)
def complete(evidence: Evidence) -> Iterator[Observation]:
    """The SCP starts a sub-operation for each stored instance that belongs to the patient, studies, series or instances
    of the Identifier.

    A series that lacks a slice is read as if it were whole, for Success stands below it.

    What was stored with Success, or a warning, is compared with what came, when the retrieval ended with Success or
    Warning. What was stored with a warning may have been given another study or patient, which is announced by that: it
    warns. What we do not take is for retrieve.final-status; what was found only when it was asked for again warns.
    Where another AE stored than the one that is asked, the way between them is the site's.
    """
    elsewhere = evidence.elsewhere(RETRIEVE.name)
    before: Retrieval | None = None
    for retrieval in _valid(evidence):
        missing = [uid for uid in retrieval.missing if uid not in retrieval.hindered]
        if not retrieval.last and not retrieval.subs:
            before = before or retrieval
            continue
        first, before = before, None
        final, count = retrieval.final, len(retrieval.wanted)
        if retrieval.unsure and missing:
            text = f"{count - len(missing)} of {count} instances came before we ended the association"
            yield inconclusive(text, final, hint=_RAISE)
        if not retrieval.wanted or not is_success(retrieval.status) or retrieval.unsure or retrieval.is_cancelled:
            continue
        text = f"{count - len(missing)} of {count} instances came by {retrieval.name} at {retrieval.level} level"
        if missing and elsewhere:
            yield fail(f"{text}; another AE had stored them", final, level=Level.SITE, clause="", party=THE_SITE)
        elif missing and (warned := [retrieval.wanted[uid] for uid in missing if not retrieval.wanted[uid].clean]):
            yield warn(f"{text}; of the others some were stored with {shown(warned[0].status)}", final, hint=_MOVED)
        elif missing and is_warning(retrieval.status):
            yield fail(f"{text}, {told(final) if final else ''}", final, level=Level.EXPECTED, clause="")
        elif missing:
            yield fail(f"{text}; missing: {', '.join(missing[:3])}", final)
        elif first is not None:
            ended = retrieval.operation.request.message.ended - first.operation.request.message.ended
            yield warn(f"{text}, {ended / 1e9:.1f} s after they were asked for first", final, level=Level.EXPECTED)
        elif retrieval.wanted and not retrieval.hindered:
            yield ok(text, final)
