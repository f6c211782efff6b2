"""What we do to an association, or to a connection, that no exchange of messages is: each way by its name.

A disturbance is no request: it is what happens over time, or with the transport, and what comes where the state machine
of PS3.8 9.2 has no place for it. The transcript names it before its first byte; the judge looks for it in the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """What is done; the names are those of scenario files and transcripts."""

    CLOSE_AT_ONCE = "close-at-once"
    IDLE_BEFORE_REQUEST = "idle-before-request"
    HALF_REQUEST = "half-request"
    UNEXPECTED_BEFORE = "unexpected-before-request"
    IDLE_ESTABLISHED = "idle-established"
    COMMAND_AND_DATA = "command-and-data"
    TWO_FRAGMENTS = "two-fragments"
    SMALL_FRAGMENTS = "small-fragments"
    ABORT = "abort"
    CLOSE = "close"
    RESET = "reset"
    HALF_CLOSE = "half-close"
    UNEXPECTED = "unexpected"
    LONGER_THAN_STATED = "length-too-short"
    SHORTER_THAN_STATED = "length-too-long"
    FRAGMENT_TOO_LONG = "fragment-length-too-long"
    FRAGMENT_TOO_SHORT = "fragment-length-too-short"
    CONTEXT_NOT_ACCEPTED = "context-not-accepted"
    BEYOND_MAXIMUM = "beyond-maximum-length"
    TWO_MESSAGES = "two-messages"
    ODD_FRAGMENTS = "odd-fragments"
    EMPTY_FRAGMENT = "empty-fragment"
    RELEASE_OUTSTANDING = "release-outstanding"
    RELEASE_UNASKED = "release-reply-unasked"
    RELEASE_TWICE = "release-twice"
    SLOTS = "slots"


@dataclass(frozen=True)
class Kind:
    """What a way is: in words, the clause that it is about, and whether no scanner does it."""

    told: str
    clause: str
    odd: bool = False


WAYS = {
    Way.CLOSE_AT_ONCE: Kind("connect and close, as a port probe does", "PS3.8 9.2 (2018-2024)"),
    Way.IDLE_BEFORE_REQUEST: Kind("connect, and send nothing", "PS3.8 9.1.4, 9.2 (2018-2024)"),
    Way.HALF_REQUEST: Kind("connect, and send half of an A-ASSOCIATE-RQ", "PS3.8 9.2 (2018-2024)"),
    Way.UNEXPECTED_BEFORE: Kind("a PDU before any A-ASSOCIATE-RQ", "PS3.8 9.2 Table 9-10 (2018-2024)", odd=True),
    Way.IDLE_ESTABLISHED: Kind("nothing for some seconds on an association, then C-ECHO", "PS3.8 7.2, 9.2 (2018-2024)"),
    Way.COMMAND_AND_DATA: Kind("command set and data set of a request in one P-DATA-TF", "PS3.8 E.1 (2013, 2024e)"),
    Way.TWO_FRAGMENTS: Kind("two fragments of a command set in one P-DATA-TF", "PS3.8 E.1 (2013, 2024e)"),
    Way.SMALL_FRAGMENTS: Kind("a command set in fragments of two bytes", "PS3.8 E.1 (2013, 2024e)"),
    Way.ABORT: Kind("A-ABORT in the middle of a message", "PS3.8 7.3, 9.2 (2018-2024)"),
    Way.CLOSE: Kind("close the connection in the middle of a message", "PS3.8 9.2 (2018-2024)"),
    Way.RESET: Kind("reset the connection (RST) in the middle of a message", "PS3.8 9.2 (2018-2024)"),
    Way.HALF_CLOSE: Kind("close our sending half (FIN) of the connection, and read on", "PS3.8 9.2 (2018-2024)"),
    Way.UNEXPECTED: Kind("a PDU that has no place on an association", "PS3.8 9.2 Table 9-10 (2018-2024)", odd=True),
    Way.LONGER_THAN_STATED: Kind("more bytes than a P-DATA-TF states", "PS3.8 9.3.1, 9.3.5 (2013)", odd=True),
    Way.SHORTER_THAN_STATED: Kind("fewer bytes than a P-DATA-TF states", "PS3.8 9.3.1, 9.3.5 (2013)", odd=True),
    Way.FRAGMENT_TOO_LONG: Kind("a fragment that states more than its P-DATA-TF has", "PS3.8 9.3.5.1 (2013)", odd=True),
    Way.FRAGMENT_TOO_SHORT: Kind(
        "a fragment that states less than its P-DATA-TF has", "PS3.8 9.3.5.1 (2013)", odd=True
    ),
    Way.CONTEXT_NOT_ACCEPTED: Kind(
        "C-ECHO-RQ on a context that was not proposed", "PS3.8 9.3.5.1, E.1 (2013)", odd=True
    ),
    Way.BEYOND_MAXIMUM: Kind("a P-DATA-TF beyond the target's Maximum Length", "PS3.8 D.1 (2013; 2020a)", odd=True),
    Way.TWO_MESSAGES: Kind("two C-ECHO-RQs in one P-DATA-TF", "PS3.8 E.1 (2013, 2024e)", odd=True),
    Way.ODD_FRAGMENTS: Kind("fragments of an odd length", "PS3.8 E.1 (2013)", odd=True),
    Way.EMPTY_FRAGMENT: Kind("a fragment without data", "PS3.8 E.1 (2013)", odd=True),
    Way.RELEASE_OUTSTANDING: Kind(
        "A-RELEASE-RQ behind a request that is not answered", "PS3.8 7.2 (2020; 2024e)", odd=True
    ),
    Way.RELEASE_UNASKED: Kind("A-RELEASE-RP that nobody asked for", "PS3.8 9.2 Table 9-10 (2018-2024)", odd=True),
    Way.RELEASE_TWICE: Kind("a second A-RELEASE-RQ behind the first", "PS3.8 9.2 Table 9-10 (2018-2024)", odd=True),
    Way.SLOTS: Kind("several associations at once, ended in different ways, then as many again", ""),
}

#: PDUs that may come where they have no place, by their names here; the last one is of a type that there is none of.
PDUS = {
    "a-associate-rq": 0x01,
    "a-associate-ac": 0x02,
    "a-associate-rj": 0x03,
    "p-data-tf": 0x04,
    "a-release-rq": 0x05,
    "a-release-rp": 0x06,
    "a-abort": 0x07,
    "unknown": 0x0B,
}

#: What the begin of a record has: of what is disturbed, and of what looks whether the target serves afterwards.
DISTURBED, FOLLOWS = "disturbance", "follows"
