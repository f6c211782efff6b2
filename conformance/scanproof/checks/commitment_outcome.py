"""Checks of what a Storage Commitment report may not claim: what never came, what was not kept whole (PS3.4 J.3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.kept import failed_items, stored_statuses
from scanproof.finding import Level
from scansim.vocabulary.status import shown

#: C-STORE status: elements were discarded (Table B.2-1).
_DISCARDED = 0xB006


@check(
    "commitment.never-sent",
    title="What was never stored is not committed",
    clause="PS3.4 J.3.3.1.2 (2013)",
    level=Level.SHALL,
    service="commitment",
    expected="an instance that was never sent, or that was refused, is reported as failed",
    hint="Look the instance up before it is committed: a list of names is not proof of what is there.",
)
def never_sent(evidence: Evidence) -> Iterator[Observation]:
    """An instance that the SCP never got, or that it refused, cannot be committed.

    Commitment of what is not there is the worst answer of all: the modality deletes the only copy.

    Instances of the request that no C-STORE stored are looked for in both of the report's lists.
    """
    stored = stored_statuses(evidence)
    for transaction, report in evidence.reported:
        good = {uid for uid, _ in transaction.listed("ReferencedSOPSequence")}
        for uid in sorted((good & set(transaction.requested)) - stored.keys()):
            yield fail(f"{uid} was never stored, and is reported as committed", report.request)
        for uid, _ in failed_items(transaction.content):
            if uid not in stored:
                yield ok("never stored and not committed", report.request)


@check(
    "commitment.discarded",
    title="No instance of which elements were discarded is committed",
    clause="PS3.4 J.3.3.1.2, B.4.1.1 (c. 2020)",
    level=Level.SHALL,
    service="commitment",
    expected="no commitment of what C-STORE answered B006H, as commitment takes storage of Level 2",
    hint="Keep every element of what is to be committed, or report it as failed.",
)
def discarded(evidence: Evidence) -> Iterator[Observation]:
    """Commitment is for instances that are kept whole, private elements included (Level 2). B006H says that some
    elements were discarded: the two contradict each other.

    The modality deletes the only copy that still had the elements.

    Each instance of a request that was stored is looked up in the report's lists. The contradiction is a warning, as it
    does not show which of both is wrong.
    """
    stored = stored_statuses(evidence)
    for transaction, report in evidence.reported:
        good = {uid for uid, _ in transaction.listed("ReferencedSOPSequence")}
        for uid in (uid for uid in transaction.requested if uid in stored):
            if uid not in good and stored[uid] == _DISCARDED:
                yield ok("answered B006H and not committed", report.request)
            elif stored[uid] == _DISCARDED:
                yield warn("answered B006H, elements were discarded, and committed", report.request)
            elif uid in good:
                yield ok(f"answered {shown(stored[uid])} and committed", report.request)


@check(
    "commitment.no-empty-list",
    title="A report has no empty list of committed instances",
    clause="PS3.4 Table J.3-2 (2013); PS3.5 7.4.2 (2013)",
    level=Level.SHALL,
    expected="no Referenced SOP Sequence where nothing was committed",
    hint="Leave Referenced SOP Sequence out when no instance was committed.",
    service="commitment",
)
def no_empty_list(evidence: Evidence) -> Iterator[Observation]:
    """Referenced SOP Sequence stands in a report for the instances that were committed. Where none was, it is absent:
    its condition does not hold, and nothing says that it may be there all the same.

    A modality that counts items is not misled; one that takes an empty list for a broken report keeps waiting.

    The sequence is looked at in each report. An empty one beside failures is no more than a warning; without any, the
    instances of the request are missing, which another check tells.
    """
    for transaction, report in evidence.reported:
        content = transaction.content
        if content is None:
            continue
        if not content.is_empty("ReferencedSOPSequence"):
            yield ok("no empty list", report.request)
        elif "FailedSOPSequence" in content:
            yield warn("present without an item", report.request, tag="ReferencedSOPSequence")
