"""Planted defects of the state machine: what an acceptor does about what is out of order, and what it keeps."""

from __future__ import annotations

from scansim.reference.defect import Defect

#: The battery that comes across them.
BATTERY = "association-battery"


def _of(name: str, checks: str | tuple[str, ...], summary: str, *cases: str) -> Defect:
    named = (checks,) if isinstance(checks, str) else checks
    return Defect(name, summary, named, cases=tuple(f"{BATTERY}/{case}" for case in cases))


STATE_DEFECTS: tuple[Defect, ...] = (
    # --- before an association ---
    _of(
        "state-idle-answered",
        "association.idle-connection",
        "a connection on which nothing comes for 0.5 s is answered by A-ASSOCIATE-RJ",
        "idle-connection",
        "half-request",
    ),
    _of(
        "state-late-after-probe",
        "association.served-after",
        "behind a connection that was closed at once, nobody is let in for 2 s",
        "port-probe",
    ),
    _of(
        "state-hangs-after-half-request",
        "association.served-after",
        "behind half of an A-ASSOCIATE-RQ, no other one is answered for 2.5 s",
        "half-request",
    ),
    _of(
        "state-ends-after-half-request",
        "association.served-after",
        "the target ends when half of an A-ASSOCIATE-RQ has come",
        "half-request",
    ),
    _of(
        "state-ends-after-rejection",
        "association.served-after",
        "the target ends when it has rejected an A-ASSOCIATE-RQ for a blank title, or for its application context",
        "other-application-context[1.2.3.4]",
    ),
    _of(
        "state-unexpected-answered",
        "association.unexpected-pdu",
        "a PDU that has no place is answered by A-RELEASE-RP",
        "unexpected-before[p-data-tf]",
        "unexpected[a-associate-ac]",
    ),
    # --- on an association ---
    _of(
        "state-unexpected-ignored",
        "association.reacts",
        "a PDU that has no place is read over",
        "unexpected[a-associate-rq]",
        "unexpected-before[a-release-rq]",
    ),
    _of(
        "state-abort-undefined",
        "association.abort-defined",
        "what has no place on an association is answered by A-ABORT of source 1",
        "unexpected[a-associate-rj]",
    ),
    _of(
        "state-invalid-closed",
        "association.invalid-pdu",
        "the connection is closed without a word on an invalid P-DATA-TF",
        "length[fragment-length-too-long]",
        "fragments[context-not-accepted]",
    ),
    _of(
        "state-one-fragment-each",
        "association.fragments-taken",
        "a P-DATA-TF of more than one fragment is answered by A-ABORT",
        "packing[command-and-data]",
        "packing[two-fragments]",
    ),
    _of(
        "state-small-fragments-unread",
        "association.reacts",
        "a message is lost whose fragments are smaller than four bytes",
        "packing[small-fragments]",
    ),
    _of(
        "state-idle-dropped",
        "association.idle-kept",
        "an association on which nothing comes for 1 s is aborted",
        "idle-association",
    ),
    # --- the end ---
    _of(
        "state-abort-answered",
        "association.abort-obeyed",
        "A-ABORT is answered by A-RELEASE-RP",
        "abort[command]",
        "abort[nothing]",
    ),
    _of(
        "state-abort-ignored",
        "association.reacts",
        "the connection stays open after A-ABORT",
        "abort[data]",
    ),
    _of(
        "state-close-answered",
        "association.close-noticed",
        "the end of the connection is answered by A-RELEASE-RQ",
        "half-closed[command]",
        "half-closed[nothing]",
    ),
    _of(
        "state-released-twice",
        "association.release-crossed",
        "a second A-RELEASE-RQ is answered by a second A-RELEASE-RP",
        "release[release-twice]",
    ),
    _of(
        "state-places-kept",
        "association.places-again",
        "of four places, those are never given back whose associations ended by A-ABORT or with their connection",
        "slots",
    ),
)
