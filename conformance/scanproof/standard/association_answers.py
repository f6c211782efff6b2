"""What the standard lets an acceptor answer to an A-ASSOCIATE-RQ that deviates: one row a deviation.

No text bounds the time of an answer, so that silence is tolerable where the request is at fault, and wrong where it
breaks no rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.finding import Level
from scanproof.standard.deviations import Answer

_RIGHT, _NOTE, _TOLERABLE, _WRONG = Answer.RIGHT, Answer.NOTE, Answer.TOLERABLE, Answer.WRONG

#: What obliges an acceptor to answer a request that can be read, and to abort what cannot.
_ANSWER = "PS3.8 9.2.2, 9.2.3 Table 9-10 (2013; 2020)"


@dataclass(frozen=True)
class Admitting:
    """Answers to one deviation.

    Parameters
    ----------
    wanted : str
        The right answer in words.
    clause : str
        What prescribes or describes it, with the edition.
    accepted : Answer
        What A-ASSOCIATE-AC is.
    rejected : Answer
        What an A-ASSOCIATE-RJ is whose source and reason are defined and none of `right`.
    aborted, closed, silent : Answer
        What A-ABORT is, the end of the connection without a PDU, and nothing at all in the time.
    right : tuple of (int, int)
        Source and reason of rejections that the text names.
    """

    wanted: str
    clause: str
    accepted: Answer
    rejected: Answer
    aborted: Answer = _TOLERABLE
    closed: Answer = _TOLERABLE
    silent: Answer = _TOLERABLE
    right: tuple[tuple[int, int], ...] = ()
    level: Level = Level.SHALL

    def rejection(self, source: int, reason: int) -> Answer:
        """What a rejection with a defined source and reason is."""
        return _RIGHT if (source, reason) in self.right else self.rejected


#: Of what cannot be read as it should: refused, ended, or taken all the same, for no text has an acceptor look at it.
_MALFORMED = Admitting("A-ASSOCIATE-RJ or A-ABORT", _ANSWER, accepted=_NOTE, rejected=_RIGHT, aborted=_RIGHT)
#: Of what binds the requestor alone.
_ANY = Admitting("anything but silence", _ANSWER, accepted=_RIGHT, rejected=_RIGHT, aborted=_RIGHT)

ADMITTING = {
    "association.called-title": Admitting(
        "A-ASSOCIATE-RJ with source 1, reason 7; or acceptance, where any title will do",
        "PS3.8 9.3.4 Table 9-21 (2024e); 7.1.1.4, 9.2.2 (2013)",
        accepted=_NOTE,
        rejected=_TOLERABLE,
        closed=_WRONG,
        right=((1, 7),),
    ),
    "association.calling-title": Admitting(
        "A-ASSOCIATE-RJ with source 1, reason 3; or acceptance, where anybody may call",
        "PS3.8 9.3.4 Table 9-21 (2024e); 7.1.1.3, 9.2.2 (2013)",
        accepted=_NOTE,
        rejected=_TOLERABLE,
        closed=_WRONG,
        right=((1, 3),),
    ),
    "association.malformed-title": Admitting(
        "A-ASSOCIATE-RJ", "PS3.8 9.3.2 Table 9-11, 9.3.4 Table 9-21 (2019a; 2024e)", accepted=_NOTE, rejected=_RIGHT
    ),
    "association.protocol-version": Admitting(
        "A-ASSOCIATE-RJ with source 2, reason 2",
        "PS3.8 9.3.2 Table 9-11 (2019a), 9.3.4 Table 9-21 (2024e)",
        accepted=_TOLERABLE,
        rejected=_TOLERABLE,
        closed=_WRONG,
        right=((2, 2),),
    ),
    "association.application-context": Admitting(
        "A-ASSOCIATE-RJ with source 1, reason 2; or A-ASSOCIATE-AC that names another one",
        "PS3.8 7.1.1.2 (2013; 2020), 9.3.4 Table 9-21 (2024e)",
        accepted=_TOLERABLE,  # one that names another one is right
        rejected=_TOLERABLE,
        closed=_WRONG,
        right=((1, 2),),
    ),
    "association.context-ids": _MALFORMED,
    "association.context-incomplete": _MALFORMED,
    "association.item-order": _MALFORMED,
    "association.malformed": _MALFORMED,
    "association.malformed-uid": _ANY,
    "association.user-information": _ANY,
    "association.version-name": _ANY,
    "association.role-value": _ANY,
    "association.user-identity": _ANY,
    "association.no-room": Admitting(
        "acceptance or A-ASSOCIATE-RJ", "PS3.8 D.1 (2018-2024), 9.2.2 (2013)", accepted=_RIGHT, rejected=_RIGHT
    ),
    "association.unknown-classes": Admitting(
        "A-ASSOCIATE-AC with a result of 1 to 4 for each context",
        "PS3.8 9.3.3.2 Table 9-18 (2013), 9.2.2 (2013)",
        accepted=_RIGHT,
        rejected=_NOTE,
        closed=_WRONG,
        silent=_WRONG,
    ),
    "association.unknown-user": Admitting(
        "acceptance or A-ASSOCIATE-RJ",
        "PS3.7 D.3.3.7 (2020); PS3.8 9.2.2 (2013)",
        accepted=_RIGHT,
        rejected=_RIGHT,
        closed=_WRONG,
        silent=_WRONG,
    ),
}
