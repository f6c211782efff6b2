"""Checks of what is answered to a C-STORE that is not as it should be, and when (PS3.4 Annex B; PS3.7 9.1.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scanproof.acceptance import deviating
from scanproof.check import Fact, Observation, check, fail, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.evidence.associations import succeeded
from scanproof.evidence.store_faults import STORAGE, began_wrong
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p


@check(
    "storage.invalid-request",
    title="An instance that contradicts itself is not stored without a word",
    clause="PS3.4 B.2.2, B.2.3, Table B.2-1 (c. 2020); PS3.7 9.1.1 (2018-2024)",
    level=Level.SHOULD,
    service="storage",
    expected="a failure where command set and data set name two instances, and where there is no data set",
    hint="Compare the UIDs of the command set with those of the data set before an instance is stored.",
)
def invalid_request(evidence: Evidence) -> Iterator[Observation | Fact]:
    """Success says that the SOP Instance of the request is stored. One that is called by two names is stored under one
    of them, and not found under the other; where there is no data set, nothing can have been stored.

    The scanner asks for commitment under the name that the archive does not know, and keeps the image for ever, or
    deletes it, and the archive has it under a name that nobody looks for.

    C-STOREs that were meant to deviate are looked at: other UIDs in the command set than in the data set, elements that
    are missing, no data set, and instances that do not conform. No SCP has to look for the last (PS3.4 B.4.1.1), so
    taking and refusing them are both right; what follows has to be stored all the same, which storage.accepted judges.
    One that is not answered at all is a warning: no text says what is to be done with bytes that cannot be read.
    """
    for operation in evidence.requests("C-STORE-RQ"):
        asked = evidence.asked(operation)
        if asked.deviation not in STORAGE:
            continue
        if (seen := deviating(asked, f"a C-STORE ({asked.deviation})")) is not None:
            yield seen
        elif operation.final is None and (how := _left_unanswered(operation.association)):
            yield warn(f"{how}; it was {asked.deviation}", operation.request, hint=_ANSWER)
    for association in evidence.associations:
        if began_wrong(association) and (how := _left_unanswered(association)):
            yield warn(f"{how} while it was being sent", where=association.id, hint=_ANSWER)


#: What to do about an instance that ended more than itself.
_ANSWER = "Answer what cannot be read with a failure: the images behind it wait, or are lost with the association."


def _left_unanswered(association: AssociationRecord) -> str:
    """What became of the last request, where the target neither answered nor aborted; empty where it did."""
    waited = association.event(Happening.TIMEOUT) or association.event(Happening.SEND_TIMEOUT)
    if association.came(p.Abort):
        return ""
    if waited is not None:
        return f"no answer came within {waited.facts.get('seconds')} s"
    return "the connection was closed without an answer" if association.lost is not None else ""


@check(
    "storage.early-success",
    title="No C-STORE is answered with Success before all of it has come",
    clause="PS3.7 9.1.1.2 (c. 2020)",
    level=Level.SHALL,
    service="storage",
    expected="Success or a warning behind the last fragment of the data set; a failure may come sooner",
    hint="Answer when the last fragment has come and is kept.",
)
def early_success(evidence: Evidence) -> Iterator[Observation]:
    """An SCP may refuse an instance while its data set is still coming. Success and warnings it shall not say before it
    has received the whole.

    A scanner that was told that the image is stored may delete it, and the connection may break in its last fragment.

    When the last fragment of a data set was handed to the network, and when the response had come, is compared, where
    the record has the response before that fragment. A case of the storage battery waits there on purpose.
    """
    for operation in evidence.stores:
        final = succeeded(operation)
        if final is None:
            continue
        if final.message.ended < operation.request.message.ended:
            seconds = (operation.request.message.ended - final.message.ended) / 1e9
            yield fail(f"{told(final)} came {seconds:.2g} s before the last fragment was sent", final)
        else:
            yield ok("behind the last fragment", final)


@check(
    "storage.stored-once",
    title="An instance that is stored again is there once",
    clause="PS3.4 C.2.2.1.1, C.4.1.3 (2018-2024)",
    level=Level.SHALL,
    service="query",
    expected="one answer for each SOP Instance UID at IMAGE level",
    hint="A SOP Instance UID names one object: replace it, or keep the first, when it comes once more.",
)
def stored_once(evidence: Evidence) -> Iterator[Observation]:
    """A unique key identifies one entity of its level: a query of instances has one answer for each.

    Where a study has been sent twice, a viewer shows each image twice, and measures a volume of twice the slices.

    The answers to our IMAGE queries are counted by SOP Instance UID, of the instances that we stored.
    """
    sent = Counter(image.instance for image in evidence.stored)
    for find in evidence.archive_queries:
        if find.level != "IMAGE":
            continue
        answers = Counter(answer.text("SOPInstanceUID") for _, answer in find.answers)
        twice = [uid for uid, count in answers.items() if count > 1 and uid in sent]
        if twice:
            times = f"was stored {sent[twice[0]]} times" if sent[twice[0]] > 1 else "was stored once"
            text = f"{answers[twice[0]]} answers for {twice[0]}, which {times}"
            yield fail(text, find.operation.final, tag="SOPInstanceUID")
        elif any(uid in sent for uid in answers):
            yield ok("one answer for each", find.operation.final)
