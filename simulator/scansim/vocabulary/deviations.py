"""What a request of ours may be meant to be other than valid: each deviation by its name, and the rule that it breaks.

The transcript holds the intent beside the bytes; what answers the standard leaves to each is the judge's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Name to the clause of what it goes against, or, where a request is legal by itself, of what makes it odd.
DEVIATIONS = {
    "association.called-title": "PS3.8 9.3.4 Table 9-21 (2024e)",  # none of the AE that is called
    "association.calling-title": "PS3.8 9.3.4 Table 9-21 (2024e)",  # one that nobody was told of
    "association.malformed-title": "PS3.8 9.3.2 Table 9-11 (2019a)",  # blank, or with characters that no title has
    "association.protocol-version": "PS3.8 9.3.2 Table 9-11 (2019a)",  # bit 0 is not set
    "association.application-context": "PS3.8 7.1.1.2, Annex A (2013; 2019a)",  # not DICOM's
    "association.context-ids": "PS3.8 9.3.2.2, 7.1.1.13 (2013; 2019a)",  # even, or one twice
    "association.context-incomplete": "PS3.8 9.3.2.2 (2013; 2019a)",  # not one Abstract, or no Transfer Syntax
    "association.malformed-uid": "PS3.5 9.1 (2024e)",  # of a context, or of the implementation
    "association.user-information": "PS3.8 D.1 (2018-2024); PS3.7 D.3.3.2 (2013)",  # lacking, doubled, or malformed
    "association.version-name": "PS3.7 D.3.3.2.3 (2024c)",  # not 1 to 16 characters
    "association.role-value": "PS3.7 D.3.3.4.1 (2020)",  # neither 0 nor 1
    "association.user-identity": "PS3.7 D.3.3.7.1 (2020)",  # of a type, or with a flag, that is not defined
    "association.item-order": "PS3.8 9.3.1 (2013; 2024d)",  # not that of the types
    "association.malformed": "PS3.8 9.3.1, 9.3.2 (2013; 2019a)",  # items lacking, doubled, misplaced, of a wrong length
    "association.no-room": "PS3.8 D.1 (2018-2024)",  # a Maximum Length of 1 to 7: legal, and no answer fits in
    "association.unknown-classes": "PS3.8 9.3.3.2 Table 9-18 (2013)",  # legal: no Abstract Syntax is DICOM's
    "association.unknown-user": "PS3.7 D.3.3.7 (2020)",  # legal: a user identity that nobody was told of
    "worklist.malformed-key": "PS3.4 C.2.2.2 (2024d), Table K.6-1 (2018-2024)",  # a value that no matching knows
    "worklist.two-steps": "PS3.4 Table K.6-1 (2018-2024)",  # two items in the Scheduled Procedure Step Sequence
    "query.no-level": "PS3.4 C.4.1.1.3.1 (2013-2024)",
    "query.unknown-level": "PS3.4 C.4.1.1.3.1, C.6 (2013-2024)",  # a value that is none of the four
    "query.level-of-other-model": "PS3.4 C.6.2.1 (2013, c. 2020)",  # PATIENT in Study Root
    "query.no-unique-key": "PS3.4 C.4.1.2.1 (2013-2024)",  # not one value for a level above, or none of the level's own
    "query.key-of-level-above": "PS3.4 C.4.1.2.1 (2013-2024)",  # another than its unique key
    "query.malformed-key": "PS3.4 C.2.2.2 (2024d)",  # a value that no matching knows
    "mpps.create-again": "PS3.5 9 (2024e)",  # the same N-CREATE once more
    "mpps.create-again-changed": "PS3.5 9 (2024e)",  # another one under the same UID
    "mpps.create-without-uid": "PS3.4 F.7.2.1.2 (2013, c. 2020)",
    "mpps.create-malformed-uid": "PS3.5 9.1 (2024e)",
    "mpps.create-not-in-progress": "PS3.4 F.7.2.1.2 (c. 2020)",
    "mpps.create-lacks-mandatory": "PS3.4 5.4.2.1, Table F.7.2-1 (2018-2024)",
    "mpps.create-empty-mandatory": "PS3.4 5.4.2.1, Table F.7.2-1 (2018-2024)",
    "mpps.create-empty-item": "PS3.4 F.7.2.1.2 (2013, c. 2020)",  # an item without an attribute
    "mpps.set-unknown-step": "PS3.4 F.7.2.2.3 (2024e)",
    "mpps.set-unknown-step-malformed": "PS3.4 F.7.2.2.3 (2024e); PS3.5 9.1 (2024e)",  # under what is no UID
    "mpps.set-after-final": "PS3.4 F.7.2.2.3 (2024e)",
    "mpps.set-not-allowed": "PS3.4 F.7.2.2.2, Table F.7.2-1 (2018-2024)",
    "mpps.set-not-created": "PS3.4 F.7.2.1.2, F.7.2.2.2 (2018-2024)",  # what the N-CREATE did not have
    "mpps.set-other-character-set": "PS3.4 F.7.2.2.1 (2018-2024)",  # than the N-CREATE was in
    "mpps.set-status-unknown": "PS3.4 Table F.1-3 (2024e)",  # none of the three states
    "mpps.set-lacks-mandatory": "PS3.4 5.4.2.1, Table F.7.2-1 (2018-2024)",  # in an item
    "mpps.set-empty-mandatory": "PS3.4 5.4.2.1, Table F.7.2-1 (2018-2024)",  # in an item
    "mpps.set-empty-value": "PS3.4 5.4.2.1, Table F.7.2-1 (2018-2024)",  # of Type 3/1, at zero length
    "mpps.set-final-incomplete": "PS3.4 F.7.2.2.2, Table F.7.2-1 (2018-2024)",
    "mpps.get-unknown-step": "PS3.4 F.8.2.1.3 (2018-2024)",
    "commitment.unknown-instance": "PS3.4 J.3.2.1.2 (2013)",
    "commitment.no-transaction": "PS3.4 5.4.2.1, Table J.3-1 (2013, 2018-2024)",
    "commitment.no-list": "PS3.4 5.4.2.1, Table J.3-1 (2013, 2018-2024)",
    "commitment.empty-list": "PS3.4 5.4.2.1, Table J.3-1 (2013, 2018-2024)",
    "commitment.item-lacks-mandatory": "PS3.4 5.4.2.1, Table J.3-1 (2013, 2018-2024)",
    "commitment.wrong-action-type": "PS3.4 J.3.2.1 (2013)",
    "commitment.wrong-instance": "PS3.4 J.3.5 (2018-2024)",
    "commitment.wrong-requested-class": "PS3.4 J.3.4 (2018-2024)",  # in the command set
    "commitment.duplicates": "PS3.4 J.3.2.1.1.3 (c. 2020)",
    "commitment.wrong-class": "PS3.4 Table J.3-1 (2013, 2018-2024)",  # of an instance that was sent with another one
    "commitment.transaction-again": "PS3.4 J.3.2.1.2, J.3.3.1.2 (2013)",
    "commitment.unknown-requester": "PS3.4 J.3.2 (2013)",  # an AE title of ours that nobody was told of
    "storage.same-instance-again": "PS3.4 B.4 (c. 2020)",
    "storage.changed-again": "PS3.5 9 (2024e)",  # other content under the UID of what was stored
    "storage.uid-conflict": "PS3.7 9.1.1.1.5 (2018-2024)",  # command set and data set name two instances
    "storage.class-conflict": "PS3.7 9.1.1.1.4 (2018-2024)",  # command set, data set and context name two SOP Classes
    "storage.command-incomplete": "PS3.7 9.1.1, Table 9.3-1 (2018-2024)",
    "storage.no-data-set": "PS3.7 9.1.1, Table 9.3-1 (2018-2024)",
    "storage.malformed-uid": "PS3.5 9.1 (2024e)",  # the instance is called by what is no UID
    "storage.faulty-object": "PS3.4 B.4.1.1 (2013, c. 2020)",  # it does not conform to its IOD, or to PS3.5
    "retrieve.never-stored": "PS3.4 C.4.2.3.1, C.4.3.3.1 (c. 2020)",  # legal, and nothing is to be found
    "retrieve.unknown-destination": "PS3.4 C.4.2.1.5, Table C.4-2 (c. 2020)",
    "retrieve.unknown-level": "PS3.4 C.4.2.1.4.1, C.6.1.1, C.6.2.1 (c. 2020)",  # none, or one that the model has not
    "retrieve.no-unique-key": "PS3.4 C.4.2.2.1, C.4.3.2.1 (c. 2020)",  # of the level, or of one above it
}

#: Those of an A-ASSOCIATE-RQ itself, and which of them break no rule and may be met anywhere.
ASSOCIATIONS = tuple(name for name in DEVIATIONS if name.startswith("association."))
LEGAL_ASSOCIATIONS = ("association.unknown-classes", "association.unknown-user")


@dataclass(frozen=True)
class Intent:
    """What a request was meant to be: one deviation, where in its data set it stands, and what it goes against.

    That of an A-ASSOCIATE-RQ is told before it, and has no data set.
    """

    deviation: str
    path: str = ""
    clause: str = ""

    @classmethod
    def of(cls, deviation: str, path: str = "") -> Intent:
        """A deviation of the table; KeyError when there is none of that name."""
        return cls(deviation, path, DEVIATIONS[deviation])

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Intent:
        """What a transcript says, of a newer release as well."""
        return cls(*(str(facts.get(name) or "") for name in ("deviation", "path", "clause")))

    @property
    def facts(self) -> dict[str, str]:
        """As the transcript holds it."""
        return {"deviation": self.deviation, "path": self.path, "clause": self.clause}
