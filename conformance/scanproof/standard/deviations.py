"""What the standard lets an SCP answer to a request that deviates: one row a deviation.

Where it only describes an answer, another one is tolerable or a note; where no text obliges, nothing is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanproof.finding import Level
from scansim.vocabulary.status import is_success


class Answer(StrEnum):
    """What an answer is, given what was asked."""

    RIGHT = "right"
    NOTE = "note"  #: nobody forbids it, and it is worth telling
    TOLERABLE = "tolerable"
    WRONG = "wrong"


@dataclass(frozen=True)
class Row:
    """Answers to one deviation.

    Parameters
    ----------
    wanted : str
        The right answer in words.
    clause : str
        What prescribes or describes it, with the edition.
    level : Level
        What a wrong or tolerable answer rests on.
    done : Answer
        What 0000H or a warning is.
    failure : Answer
        What a failure is that is none of `right`.
    right : tuple of int
        Statuses that the text names, whatever others of their kind are.
    tolerable : tuple of int
        Failures that are so at most, whatever others are.
    """

    wanted: str
    clause: str
    level: Level
    done: Answer
    failure: Answer
    right: tuple[int, ...] = ()
    tolerable: tuple[int, ...] = ()

    def judge(self, status: int | None) -> Answer:
        """What a status is."""
        if status in self.right:
            return Answer.RIGHT
        if is_success(status):
            return self.done
        return Answer.TOLERABLE if status in self.tolerable else self.failure


_MANDATORY = "PS3.4 5.4.2.1 (c. 2020; 2024d, 2026b in part)"
_UNKNOWN = "PS3.7 10.1.3.1.9, C.5.19 (2018-2024); PS3.4 F.7.2.2.3 (2024e)"
_RIGHT, _NOTE, _TOLERABLE, _WRONG = Answer.RIGHT, Answer.NOTE, Answer.TOLERABLE, Answer.WRONG

_UNMATCHED = Row(
    "a failure, such as A900H or Cxxx",
    "PS3.4 K.4.1.1.4, Table K.4-1 (2018-2024)",
    Level.INFO,  # no text says what becomes of a key that cannot be matched: ignored, or matched with nothing, too
    done=_NOTE,
    failure=_RIGHT,
)
#: Of an Identifier that is none of its SOP Class; what then is sent all the same is for the check of what was asked for.
_UNFIT = Row(
    "a failure, such as A900H or Cxxx",
    "PS3.4 C.4.2.1.5, C.4.3.1.4, Tables C.4-2, C.4-3 (c. 2020)",
    Level.SHOULD,  # the tables describe the answer, and no sentence obliges
    done=_TOLERABLE,
    failure=_RIGHT,
)

_UNPROCESSED = Row(
    "a failure, such as A900H or Cxxx",
    "PS3.4 C.4.1.1.4, C.4.1.3.1, Table C.4-1 (2013-2024)",
    Level.INFO,  # who cannot process it shall refuse it; who can, in some way of his own, breaks no rule
    done=_NOTE,
    failure=_RIGHT,
)

ROWS = {
    "worklist.malformed-key": _UNMATCHED,
    "worklist.two-steps": _UNMATCHED,
    "query.no-level": _UNPROCESSED,
    "query.unknown-level": _UNPROCESSED,
    "query.level-of-other-model": _UNPROCESSED,
    "query.no-unique-key": _UNPROCESSED,
    "query.key-of-level-above": _UNPROCESSED,
    "query.malformed-key": _UNPROCESSED,
    "mpps.create-again": Row(
        "0111H, duplicate SOP Instance",
        "PS3.7 10.1.5.1.6, C.5.8 (2018-2024)",
        Level.SHOULD,  # the text describes the answer and demands none
        done=_TOLERABLE,
        failure=_NOTE,
        right=(0x0111,),
    ),
    "mpps.create-again-changed": Row(
        "0111H, duplicate SOP Instance",
        "PS3.4 F.7.2.2.2 (2018-2024); PS3.5 9 (2024e)",
        Level.SHALL,  # values change by N-SET only
        done=_WRONG,
        failure=_TOLERABLE,
        right=(0x0111,),
    ),
    "mpps.create-not-in-progress": Row(
        "0106H, invalid attribute value",
        "PS3.4 F.7.2.1.3 (c. 2020)",
        Level.SHALL,
        done=_WRONG,
        failure=_TOLERABLE,
        right=(0x0106,),
    ),
    "mpps.create-lacks-mandatory": Row(
        "0120H, missing attribute", _MANDATORY, Level.SHALL, done=_WRONG, failure=_TOLERABLE, right=(0x0120,)
    ),
    "mpps.create-empty-mandatory": Row(
        "0121H, missing attribute value", _MANDATORY, Level.SHALL, done=_WRONG, failure=_TOLERABLE, right=(0x0121,)
    ),
    "mpps.create-empty-item": Row(
        "a failure", "PS3.4 F.7.2.1.2 (2013, c. 2020)", Level.SHOULD, done=_TOLERABLE, failure=_RIGHT
    ),
    "mpps.create-without-uid": Row(
        "a failure, or 0000H with a SOP Instance UID of the target's",
        "PS3.7 10.1.5.1.4 (2013)",
        Level.SHALL,  # a success without a UID is for the check of UIDs
        done=_RIGHT,
        failure=_RIGHT,
    ),
    "mpps.create-malformed-uid": Row(
        "0117H, invalid SOP Instance",
        "PS3.7 10.1.5.1.6, C.5.12 (2018-2024)",
        Level.SHOULD,  # the text describes the answer; it is the SCU that shall make UIDs by the rules
        done=_TOLERABLE,
        failure=_NOTE,
        right=(0x0117,),
    ),
    "mpps.set-unknown-step": Row(
        "0112H, no such SOP Instance", _UNKNOWN, Level.SHALL, done=_WRONG, failure=_TOLERABLE, right=(0x0112,)
    ),
    "mpps.set-unknown-step-malformed": Row(
        "0112H, no such SOP Instance, or 0117H, invalid SOP Instance",
        _UNKNOWN,
        Level.SHALL,
        done=_WRONG,
        failure=_TOLERABLE,
        right=(0x0112, 0x0117),
    ),
    "mpps.set-after-final": Row(
        "0110H, with a comment that the step has ended",
        "PS3.4 F.7.2.2.3 (c. 2020, 2024e)",
        Level.SHALL,
        done=_WRONG,
        failure=_TOLERABLE,
        right=(0x0110,),
    ),
    "mpps.set-not-allowed": Row(
        "a failure", "PS3.4 Table F.7.2-1 (c. 2020, 2024d)", Level.SHOULD, done=_NOTE, failure=_RIGHT
    ),
    # what binds the SCU alone: an SCP may take it and may refuse it
    "mpps.set-not-created": Row(
        "anything", "PS3.4 F.7.2.2.2 (2018-2024)", Level.SHOULD, done=_NOTE, failure=_RIGHT, right=(0x0107,)
    ),
    "mpps.set-empty-value": Row("anything", "PS3.4 5.4.2.1 (2018-2024)", Level.SHOULD, done=_NOTE, failure=_RIGHT),
    "mpps.set-final-incomplete": Row("anything", "PS3.4 F.7.2.2.2 (c. 2020)", Level.SHOULD, done=_NOTE, failure=_RIGHT),
    # F.7.2.2.1 forbids it to the SCU, and F.7.2.2.3 has the SCP combine the sets, or say 0106H when it cannot
    "mpps.set-other-character-set": Row(
        "0000H, or 0106H, invalid attribute value",
        "PS3.4 F.7.2.2.1, F.7.2.2.3 (2018-2024)",
        Level.SHOULD,
        done=_RIGHT,
        failure=_NOTE,
        right=(0x0106,),
    ),
    "mpps.set-status-unknown": Row(
        "0106H, invalid attribute value, or 0116H, attribute value out of range",
        "PS3.7 10.1.3.1.9, C.4.3, C.5.11 (2018-2024)",
        Level.SHOULD,
        done=_TOLERABLE,
        failure=_RIGHT,
        right=(0x0116,),
    ),
    # PS3.7 10.1.3.1.9 does not list 0120H for N-SET, and PS3.4 wants it: neither code is wrong
    "mpps.set-lacks-mandatory": Row(
        "0120H, missing attribute", _MANDATORY, Level.SHALL, done=_WRONG, failure=_TOLERABLE, right=(0x0120, 0x0121)
    ),
    "mpps.set-empty-mandatory": Row(
        "0121H, missing attribute value",
        _MANDATORY,
        Level.SHALL,
        done=_WRONG,
        failure=_TOLERABLE,
        right=(0x0120, 0x0121),
    ),
    "mpps.get-unknown-step": Row(
        "0112H, no such SOP Instance",
        "PS3.4 F.8.2.1.3; PS3.7 10.1.2.1.9, C.5.19 (2018-2024)",
        Level.SHALL,
        done=_WRONG,
        failure=_NOTE,
        right=(0x0112,),
    ),
    "commitment.unknown-instance": Row(
        "0000H; the report says which instance is not there",
        "",
        Level.EXPECTED,
        done=_RIGHT,
        failure=_WRONG,
        tolerable=(0x0112,),  # it is for the SOP Instance of the request, not for those that it names
    ),
    "commitment.no-transaction": Row("a failure", _MANDATORY, Level.SHALL, done=_WRONG, failure=_RIGHT),
    "commitment.no-list": Row("a failure", _MANDATORY, Level.SHALL, done=_WRONG, failure=_RIGHT),
    "commitment.empty-list": Row("a failure", _MANDATORY, Level.SHALL, done=_WRONG, failure=_RIGHT),
    "commitment.wrong-action-type": Row(
        "0123H, no such action",
        "PS3.7 C.5.24 (2018-2024)",
        Level.SHALL,
        done=_WRONG,
        failure=_TOLERABLE,
        right=(0x0123,),
    ),
    "commitment.wrong-instance": Row(
        "a failure", "PS3.4 J.3.5 (2018-2024)", Level.SHOULD, done=_TOLERABLE, failure=_RIGHT
    ),
    "commitment.duplicates": Row(
        "a failure, or each instance once in the report",
        "PS3.4 J.3.2.1.1.3 (c. 2020)",
        Level.SHOULD,  # an instance in both lists is for the check of overlaps
        done=_RIGHT,
        failure=_RIGHT,
    ),
    "storage.same-instance-again": Row(
        "anything",
        "PS3.4 B.4 (c. 2020)",
        Level.INFO,  # a status that no table lists is for the check of statuses
        done=_RIGHT,
        failure=_RIGHT,
    ),
    "retrieve.never-stored": Row(
        "anything",
        "PS3.4 C.4.2.3.1, C.4.3.3.1 (c. 2020)",
        Level.INFO,  # no text says what a retrieval of nothing is: it has failed, or there was nothing to fail
        done=_RIGHT,
        failure=_RIGHT,
    ),
    "retrieve.unknown-destination": Row(
        "A801H, Move Destination unknown",
        "PS3.4 C.4.2.1.5, Table C.4-2 (c. 2020)",
        Level.SHALL,
        done=_WRONG,
        failure=_TOLERABLE,
        right=(0xA801,),
    ),
    "retrieve.unknown-level": _UNFIT,
    "retrieve.no-unique-key": _UNFIT,
}
