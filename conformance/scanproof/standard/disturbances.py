"""What the standard leaves an acceptor to do about a disturbance (`scansim.vocabulary.disturbances`): one row a way.

PS3.8 9.2 has an action for every event in every state. Which reason an A-ABORT has is prescribed nowhere, no time
within which anything has to come, and ARTIM is for each system to say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scanproof.finding import Level
from scanproof.standard.deviations import Answer
from scansim.vocabulary.disturbances import Way

_RIGHT, _NOTE, _TOLERABLE, _WRONG = Answer.RIGHT, Answer.NOTE, Answer.TOLERABLE, Answer.WRONG


@dataclass(frozen=True)
class Reactions:
    """What each reaction to one disturbance is.

    Parameters
    ----------
    wanted : str
        The right one in words.
    clause : str
        What prescribes it, with the edition.
    abort : Answer
        An A-ABORT.
    closed : Answer
        The end of the connection, without a PDU before it.
    answered : Answer
        A response, or A-RELEASE-RP where that was asked for.
    silent : Answer
        That nothing came, and the connection stayed: of what a time-out ends that nobody declares it is right, else it
        is a hang, which warns where we did what we should not, and fails where we were right.
    provider : bool
        Whether the A-ABORT is the service provider's (AA-8): no user has a part in what the state machine does.
    """

    wanted: str
    clause: str
    abort: Answer
    closed: Answer
    answered: Answer
    silent: Answer
    level: Level = Level.SHALL
    provider: bool = False


_PACKING = "PS3.8 E.1 (2013, 2024e)"
_TABLE = "PS3.8 9.2 Table 9-10 (2018-2024)"
_OPEN = "the connection closed without a PDU when ARTIM is over, or open until then"
_PACKED = "the response"

#: Nothing came that could be answered, and when ARTIM ends nobody has declared.
_WAITS = Reactions(_OPEN, "PS3.8 9.1.4, 9.2 AA-2 (2018-2024)", _NOTE, _RIGHT, _WRONG, _RIGHT)
_LEGAL = Reactions(_PACKED, _PACKING, _WRONG, _WRONG, _RIGHT, _WRONG)
_INVALID = Reactions("A-ABORT", "PS3.8 9.2 AA-8, 9.3.8 (2018-2024)", _RIGHT, _TOLERABLE, _TOLERABLE, _TOLERABLE)
_UNEXPECTED = Reactions("A-ABORT of the provider", _TABLE, _RIGHT, _TOLERABLE, _WRONG, _TOLERABLE, provider=True)
_LOST = Reactions("the connection closed", "PS3.8 9.2 AA-4 (2018-2024)", _NOTE, _RIGHT, _WRONG, _TOLERABLE)

REACTIONS = {
    Way.IDLE_BEFORE_REQUEST: replace(_WAITS, abort=_TOLERABLE),
    Way.HALF_REQUEST: _WAITS,  # half a PDU may well be an invalid one, to which A-ABORT is the answer
    Way.SHORTER_THAN_STATED: Reactions(
        "the connection open, or ended when the target has waited long enough",
        "PS3.8 9.3.5 (2013)",
        _RIGHT,
        _TOLERABLE,
        _TOLERABLE,  # it has read less than was stated
        _RIGHT,  # no clause says how long a PDU may take
        Level.SHOULD,
    ),
    Way.UNEXPECTED_BEFORE: Reactions(
        "A-ABORT (AA-1)", "PS3.8 9.2 Table 9-10, AA-1 (2018-2024)", _RIGHT, _TOLERABLE, _WRONG, _TOLERABLE
    ),
    Way.UNEXPECTED: _UNEXPECTED,
    Way.RELEASE_UNASKED: _UNEXPECTED,
    Way.IDLE_ESTABLISHED: Reactions(
        "the response to C-ECHO-RQ",
        "PS3.7 9.1.5 (2013)",
        _TOLERABLE,  # no text says how long an association may be idle
        _TOLERABLE,
        _RIGHT,
        _WRONG,
    ),
    Way.COMMAND_AND_DATA: _LEGAL,
    Way.TWO_FRAGMENTS: _LEGAL,  # strongly recommended against, and receivers have to take it
    Way.SMALL_FRAGMENTS: _LEGAL,
    Way.ABORT: Reactions(
        "the connection closed, and no PDU", "PS3.8 7.3, 9.2 AA-3 (2018-2024)", _TOLERABLE, _RIGHT, _WRONG, _TOLERABLE
    ),
    Way.HALF_CLOSE: _LOST,
    Way.LONGER_THAN_STATED: _INVALID,
    Way.FRAGMENT_TOO_LONG: _INVALID,
    Way.FRAGMENT_TOO_SHORT: _INVALID,
    Way.CONTEXT_NOT_ACCEPTED: _INVALID,
    # what a receiver is not obliged to look at, and may well take
    Way.BEYOND_MAXIMUM: Reactions(
        "A-ABORT, or the response", "PS3.8 D.1 (2013; 2020a)", _RIGHT, _TOLERABLE, _NOTE, _TOLERABLE
    ),
    Way.TWO_MESSAGES: Reactions("A-ABORT, or both responses", _PACKING, _RIGHT, _TOLERABLE, _NOTE, _TOLERABLE),
    Way.ODD_FRAGMENTS: Reactions("A-ABORT, or the response", _PACKING, _RIGHT, _TOLERABLE, _RIGHT, _TOLERABLE),
    # "receivers are advised" to take it
    Way.EMPTY_FRAGMENT: Reactions("the response", _PACKING, _TOLERABLE, _TOLERABLE, _RIGHT, _TOLERABLE, Level.SHOULD),
    Way.RELEASE_OUTSTANDING: Reactions(
        "A-RELEASE-RP, with or without the response before it",
        "PS3.8 7.2.2.2 (2020; 2024e)",
        _TOLERABLE,
        _TOLERABLE,
        _RIGHT,
        _TOLERABLE,
    ),
    # the second comes in Sta13, which ignores it, or in Sta8, which aborts
    Way.RELEASE_TWICE: Reactions(
        "one A-RELEASE-RP, or A-ABORT of the service provider",
        "PS3.8 7.2.2.4 (2020; 2024e), 9.2 Table 9-10 (2018-2024)",
        _RIGHT,
        _TOLERABLE,
        _RIGHT,
        _TOLERABLE,
    ),
}

#: A-ABORT before A-ASSOCIATE-RQ is no such PDU as any other: the connection is closed (AA-2).
ABORT_BEFORE = Reactions("the connection closed (AA-2)", _TABLE, _TOLERABLE, _RIGHT, _WRONG, _TOLERABLE)
