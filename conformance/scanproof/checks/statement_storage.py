"""The Conformance Statement against what an archive keeps, changes and answers (PS3.2 N.5.2.5.2, N.7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Kept, Observation, Proof, check, fail, ok
from scanproof.evidence import Evidence
from scanproof.evidence.differences import Difference, Kind
from scanproof.evidence.read_back import Returned
from scanproof.evidence.stated_answers import Answered, entity_of, stores
from scanproof.evidence.stated_copies import CHANGES, GONE, MORE, Copy, copies, keywords
from scanproof.finding import Level
from scanproof.stated_statuses import statuses
from scanproof.statements import Claim
from scanproof.statements.codes import fits
from scansim.vocabulary.status import is_success, shown
from scansim.wire.dataset import DataSet

Seen = Iterator[Observation | Kept]

#: Warnings of a C-STORE by which an archive says that it coerced something (PS3.4 Table B.2-1).
_COERCED = 0xB000
_FULL, _BASE = 2, 1


@check(
    "statement.storage-level",
    title="An archive keeps what its Level of Conformance promises",
    clause="PS3.2 N.5.2.5.2 Table N.5-10 (2023a); PS3.4 B.4.1 (c. 2020)",
    level=Level.DECLARED,
    service="storage",
    proven_by=Proof.STATEMENTS,
    expected="level 2: every attribute, private ones as well; level 1: every attribute of Type 1 and 2",
    hint="correct the level in the Conformance Statement, or what the archive leaves out",
)
def storage_level(evidence: Evidence) -> Seen:
    """An archive of level 2 keeps all attributes of an instance, private ones as well; one of level 1 those of Type 1
    and 2, and one of level 0 what it chooses.

    Storage Commitment can be promised at level 2 alone, and what is not kept is lost when the scanner has deleted it.

    Each instance that comes back is compared with what was sent. What is missing contradicts level 2, and level 1 where
    the IOD asks for it; what the archive is declared to remove does not count. Level 2 is observed when an instance
    with private elements comes back whole. Without a way to read back nothing is observed.
    """
    for each in copies(evidence):
        claim = each.entity.one("storage-level")
        if claim is None:
            continue
        level, answer = int(claim.data["level"]), each.returned.request
        gone = [d for d in each.differences if d.kind in GONE and not _is_declared(each, d)]
        if level == _BASE:
            gone = [d for d in gone if keywords(d).replace(".", ">") in each.lacks_now]
        if level not in (_FULL, _BASE) or not gone:
            if level != _FULL or each.has_private:
                yield Kept(claim.id, answer)
                yield ok("everything came back" if level == _FULL else "what the level promises came back", answer)
            continue
        yield Kept(claim.id, answer, kept=False)
        more = f", and {len(gone) - 1} more" if len(gone) > 1 else ""
        text = f"{keywords(gone[0])} is {gone[0].kind}{more}"
        yield fail(text, answer, tag=gone[0].path, claim=claim.id, expected=claim.text)


def _is_declared(copy: Copy, difference: Difference) -> bool:
    """Whether the statement says that this befalls an attribute."""
    return any(_row_fits(claim, copy, difference) for claim in copy.entity.of("storage-coercion"))


def _row_fits(claim: Claim, copy: Copy, difference: Difference) -> bool:
    return (
        _concerns(claim, copy)
        and keywords(difference) == claim.data["path"]
        and CHANGES.get(difference.kind) == str(claim.data["change"]).upper()
    )


def _concerns(claim: Claim, copy: Copy) -> bool:
    return str(claim.data.get("sop_class") or "ALL") in ("ALL", copy.sop_class)


@check(
    "statement.storage-coercion",
    title="An archive coerces the attributes that its statement lists, and as it says",
    clause="PS3.2 N.5.2.5.2 Table N.5-11 (2023a); PS3.4 B.4.1.3 (c. 2020)",
    level=Level.DECLARED,
    service="storage",
    proven_by=Proof.STATEMENTS,
    expected="the changes that the statement lists, and none where it lists none",
    hint="correct the table of coercions in the Conformance Statement, or the rules of the archive",
)
def storage_coercion(evidence: Evidence) -> Iterator[Observation | Kept | Fact]:
    """An archive modifies, adds and removes attributes as its statement says, and records it there where it says so.

    Two copies of an image differ, and who knows the statement knows which of them is the scanner's.

    Each instance that comes back is compared with what was sent, attribute by attribute. A change that is listed is
    observed; one that is to be recorded in Original Attributes Sequence and is not contradicts it, and so does an
    attribute that is always added or removed and came as it was. Where the statement says that there is no coercion,
    another value, one more, or B000H contradicts that. Another change beside a list is a note.
    """
    yield from _warned(evidence)
    for each in copies(evidence):
        none = each.entity.one("storage-no-coercion")
        rows = [claim for claim in each.entity.of("storage-coercion") if _concerns(claim, each)]
        answer = each.returned.request
        if none is not None:
            changed = [d for d in each.differences if d.kind in MORE or d.kind is Kind.CHANGED]
            yield Kept(none.id, answer, kept=not changed)
            if changed:
                more = f", and {len(changed) - 1} more" if len(changed) > 1 else ""
                text = f"{keywords(changed[0])} is {changed[0].kind}{more}"
                yield fail(text, answer, tag=changed[0].path, claim=none.id, expected=none.text)
            else:
                yield ok("as it was sent", answer)
        elif rows:
            yield from _listed(each, rows)


def _warned(evidence: Evidence) -> Seen:
    """A C-STORE of a right instance that is answered with B000H where nothing is coerced."""
    for each in stores(evidence):
        none = each.entity.one("storage-no-coercion")
        if none is not None and each.status == _COERCED and not each.faults:
            yield Kept(none.id, each.answer, kept=False)
            yield fail(shown(each.status), each.answer, claim=none.id, expected=none.text)


def _listed(copy: Copy, rows: list[Claim]) -> Iterator[Observation | Kept | Fact]:
    answer = copy.returned.request
    for claim in rows:
        path, change = str(claim.data["path"]), str(claim.data["change"]).upper()
        found = next((d for d in copy.differences if _row_fits(claim, copy, d)), None)
        if found is not None:
            kept = not claim.data.get("recorded") or found.recorded
            yield Kept(claim.id, answer, kept=kept)
            if kept:
                yield ok(f"{path} is {found.kind}, as stated", answer)
            else:
                text = f"{path} is {found.kind}, and the Original Attributes Sequence does not tell of it"
                yield fail(text, answer, tag=found.path, claim=claim.id, expected=claim.text)
        elif str(claim.data.get("condition") or "").upper() == "ALWAYS" and "." not in path:
            undone = {"ADDED": not _has(copy.came, path), "REMOVED": _has(copy.came, path)}
            sent = {"ADDED": not _has(copy.sent, path), "REMOVED": _has(copy.sent, path)}
            if undone.get(change) and sent.get(change):
                yield Kept(claim.id, answer, kept=False)
                text = f"{path} is {'not added' if change == 'ADDED' else 'there as it was sent'}"
                yield fail(text, answer, tag=path, claim=claim.id, expected=claim.text)
    for difference in copy.differences:
        change = CHANGES.get(difference.kind, "")
        if change and not any(_row_fits(claim, copy, difference) for claim in rows):
            yield Fact(f"seen, not stated: {keywords(difference)} is {difference.kind}", answer)


def _has(dataset: DataSet, name: str) -> bool:
    return name in dataset and not dataset.is_empty(name)


_AGAIN = {"storage.same-instance-again": "same", "storage.changed-again": "other"}


@check(
    "statement.storage-duplicate",
    title="An archive does with an instance that it has what its statement says",
    clause="PS3.2 N.5.2.5.2 (2023a); PS3.4 B.4 (c. 2020)",
    level=Level.DECLARED,
    service="storage",
    proven_by=Proof.STATEMENTS,
    expected="the same instance, or another one under its UID, is refused, kept beside or replaced as stated",
    hint="correct the Conformance Statement, or the setting of the archive for duplicates",
)
def storage_duplicate(evidence: Evidence) -> Seen:
    """An archive that is sent an instance which it has, with the same content or with another one, refuses it, keeps
    the first, or replaces it, as its statement says.

    Scanners send again whatever was not answered; what is corrected at the scanner comes under the same UID.

    The status of each C-STORE of an instance that the archive had taken is compared with the statement. Which of two
    contents it keeps is seen where the instance comes back; with the same content there is nothing to see of it.
    """
    for each in stores(evidence):
        content = _AGAIN.get(_repeats(evidence, each), "")
        for claim in each.entity.of("storage-duplicate"):
            if content and claim.data["content"] == content:
                yield from _again(claim, each)
    for returned in evidence.read_back:
        entity = entity_of(evidence, returned.sent)
        if entity is None or returned.versions < 2 or not returned.version or evidence.repeated:
            continue
        for claim in entity.of("storage-duplicate"):
            if claim.data["content"] == "other" and claim.data["does"] in ("keep_first", "replace"):
                yield from _version(claim, returned)


def _repeats(evidence: Evidence, each: Answered) -> str:
    """By its bytes: whether the instance was taken before, with the same content or with another one."""
    found = {fault.deviation for fault in each.faults} | {each.asked.deviation}
    return next((name for name in ("storage.changed-again", "storage.same-instance-again") if name in found), "")


def _again(claim: Claim, each: Answered) -> Seen:
    does, code = str(claim.data["does"]), str(claim.data.get("code") or "")
    refused = not is_success(each.status)
    others = [fault for fault in each.faults if fault.deviation not in _AGAIN]
    if does == "refuse":
        kept = refused and (not code or fits(code, each.status))
        if refused and others:
            return  # it may be refused for something else
    elif code and not others:
        kept = fits(code, each.status)
    elif refused:
        if others or does == "keep_first":
            return  # who refuses the second one keeps the first as well
        kept = False
    elif claim.data["content"] == "other":
        return  # which of the two is kept is seen when it comes back
    else:
        kept = True
    yield Kept(claim.id, each.answer, kept=kept)
    if kept:
        yield ok(shown(each.status), each.answer)
    else:
        yield fail(shown(each.status), each.answer, claim=claim.id, expected=claim.text)


def _version(claim: Claim, returned: Returned) -> Seen:
    first = returned.version == 1
    kept = first == (claim.data["does"] == "keep_first")
    yield Kept(claim.id, returned.request, kept=kept)
    text = f"what came back is what was sent as number {returned.version} of {returned.versions}"
    if kept:
        yield ok(text, returned.request)
    else:
        yield fail(text, returned.request, claim=claim.id, expected=claim.text)


@check(
    "statement.storage-status",
    title="An archive answers with the statuses that its statement lists",
    clause="PS3.2 N.7.3.2 (2023a); PS3.7 C (2018-2024)",
    level=Level.DECLARED,
    service="storage",
    proven_by=Proof.STATEMENTS,
    expected="for a condition that the statement lists, the status that it gives",
    hint="correct the table of statuses in the Conformance Statement, or the archive",
)
def storage_status(evidence: Evidence) -> Iterator[Observation | Kept | Fact]:
    """What the statement lists as the statuses of C-STORE is what the archive answers.

    Whether a scanner sends again, goes on or stops is decided by the status.

    The status of each C-STORE is looked up. For a condition whose words leave no doubt and that we brought about,
    another failure contradicts it. A status that no row has is a note.
    """
    yield from statuses(stores(evidence), "storage-status")
