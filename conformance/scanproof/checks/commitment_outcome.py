"""Checks of what a Storage Commitment report may not claim: what never came, what was not kept whole (PS3.4 J.3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.kept import failed_items, stored_classes, stored_statuses
from scanproof.finding import Level
from scansim.vocabulary.status import shown
from scansim.vocabulary.uids import uid_name

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

    Instances of the request that no C-STORE had stored when the report came are looked for in both of its lists.
    """
    for transaction, report in evidence.reported:
        stored = stored_statuses(evidence, report.request.message.ended)
        good = {uid for uid, _ in transaction.listed("ReferencedSOPSequence")}
        for uid in sorted((good & set(transaction.requested)) - stored.keys()):
            yield fail(f"{uid} was never stored by then, and is reported as committed", report.request)
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


@check(
    "commitment.wrong-class",
    title="No instance is committed under another SOP Class than its own",
    clause="PS3.3 C.14.1.1 (2020a); PS3.4 J.3.3.1.2 (2013)",
    level=Level.SHALL,
    service="commitment",
    expected="an instance that the request names with another SOP Class is reported as failed, 0119H",
    hint="Compare the Referenced SOP Class UID with that of the stored instance.",
)
def wrong_class(evidence: Evidence) -> Iterator[Observation]:
    """The request names instances by class and UID. One that is stored under another SOP Class is not the one that is
    asked for: there is a Failure Reason for that, class/instance conflict.

    Two objects under one UID are what comes of it: the modality deletes the one, and the archive has the other.

    The SOP Class of each item of the request is compared with that of the C-STORE, and the instance looked for among
    those that were committed. The text defines the reason, and does not say that the SCP has to compare: a warning.
    """
    classes = stored_classes(evidence)
    for transaction, report in evidence.reported:
        good = {uid for uid, _ in transaction.listed("ReferencedSOPSequence")}
        for uid, named in transaction.requested.items():
            own = classes.get(uid, named)
            if own == named:
                continue
            if uid in good:
                text = f"{uid} was stored as {uid_name(own)}, and is committed as {uid_name(named)}"
                yield warn(text, report.request)
            else:
                yield ok("not committed under another class", report.request)


@check(
    "commitment.reason-fits",
    title="The Failure Reason fits what is wrong with the instance",
    clause="PS3.3 C.14.1.1 (2020a)",
    level=Level.SHALL,
    service="commitment",
    expected="0112H for an instance that is not there, 0119H for one of another SOP Class, 0131H only for a "
    "Transaction UID that is in use; 0110H says nothing wrong",
    hint="Tell the reasons apart: the modality sends again what is missing, and nothing else.",
)
def reason_fits(evidence: Evidence) -> Iterator[Observation]:
    """Each Failure Reason has its meaning: not there (0112H), of another SOP Class (0119H), a class that is not
    supported (0122H), a Transaction UID in use (0131H), no room (0213H), or a failure of any kind (0110H).

    By the reason a modality decides whether to send the images again, to alarm somebody, or to give up.

    The reason of each instance that failed, and that we did not expect to be committed, is held against what we know of
    it: whether it was sent, with which SOP Class, and whether the Transaction UID was used before. A reason that cannot
    fit warns, as only the SCP knows what went on in it; values that are not defined are for commitment.failure-reason.
    """
    classes = stored_classes(evidence)
    sent = {each.request.command.sop_instance_uid for each in evidence.stores}
    lost: set[str] = set()  # reported as failed, though stored, when nothing was wrong with the request
    for transaction, report in evidence.reported:
        stored = stored_statuses(evidence, report.request.message.ended)
        if not transaction.reused:
            lost |= {uid for uid, _ in failed_items(transaction.content) if uid in stored}
        for uid, reason in failed_items(transaction.content):
            named = transaction.requested.get(uid)
            conflict = classes.get(uid, named) != named
            if (
                named is None
                or not reason.isdigit()
                or (uid in stored and not conflict and (uid in lost or not transaction.reused))
            ):
                continue  # that what is stored fails at all is for commitment.committed
            fits = {
                0x0110: True,
                0x0112: uid not in stored or conflict,
                0x0119: conflict,
                0x0122: named not in classes.values(),
                0x0131: transaction.reused,
                0x0213: uid in sent,
            }
            what = (
                "is stored under another SOP Class" if conflict else "is stored" if uid in stored else "is not stored"
            )
            if fits.get(int(reason)) is False:
                yield warn(f"{shown(int(reason))} for an instance that {what}", report.request, tag="FailureReason")
            elif int(reason) in fits:
                yield ok(shown(int(reason)), report.request)
