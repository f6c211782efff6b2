"""Checks of the instances that a client sends: by their IODs, beside their command sets, and beside each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanproof.check import Fact, Observation, Proof, Scope, Seen, check, fail, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.evidence.client_exam import PATIENT
from scanproof.evidence.client_given import GivenItem
from scanproof.evidence.client_identity import differing
from scanproof.evidence.differences import SILENT, Difference, differences
from scanproof.evidence.source import last, plain
from scanproof.finding import Level
from scanproof.iod import IodFinding, IodLevel, SeriesFinding
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import Exchange
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE

_FORWARDED = "Where this sender only passes on what others made, the maker of the instance has to correct it."
#: Rules about bytes and groups that dimse.dataset-well-formed and dataset.no-command-groups tell.
_TOLD_OF_BYTES = (
    *("not-dicom", "truncated", "element-truncated", "element-order", "element-twice", "odd-length"),
    *("sequence-truncated", "group-forbidden", "group-length", "vr-unknown"),
)
#: What leaves nothing to be read of a data set.
_UNREADABLE = "deflate"


def _wording(text: str) -> str:
    """A message without what differs from one instance to the next."""
    return re.sub(r"'[^']*'|\d+(\.\d+)*", "#", text)


@dataclass
class _Cause:
    """One finding of the IOD checker, and in how many instances it is."""

    finding: IodFinding
    first: Exchange
    contradicts: bool
    times: int = 0


@check(
    "client.iod",
    title="The instances that a client sends conform to their IODs",
    clause="PS3.4 B.2.1 (2018-2024); PS3.3 Annex A (2026b); PS3.5 6.2, 7.4 (2013)",
    level=Level.SHALL,
    service="storage",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="no error of the IOD checker",
    hint=f"The rule in brackets: scanproof check --explain RULE. {_FORWARDED}",
)
def iod(client: ClientEvidence) -> Seen:
    """An instance has the attributes, values and encoding of its Information Object Definition.

    What an image lacks when it leaves the scanner nobody can add later: it is refused, or filed wrongly, by the next
    archive that looks.

    The data set of each C-STORE is checked as it came over the wire, without its pixels where the record does not keep
    them. What is allowed, or left open, and likely to hurt is a warning. What is alike in many instances is told once.
    A value that our own worklist gave with the same fault is only told. What the bytes of a data set are like, other
    checks tell.
    """
    causes: dict[tuple[str, ...], _Cause] = {}
    given: dict[tuple[str, str], Fact] = {}
    unknown: dict[str, Fact] = {}
    clean = 0
    for operation in client.asked.requests("C-STORE-RQ"):
        request = operation.request
        checked = client.asked.checked(request)
        if checked is None or any(finding.rule == _UNREADABLE for finding in checked.findings):
            continue  # dimse.dataset-well-formed tells
        clean += 1
        dirty = False
        for finding in checked.findings:
            if finding.rule == "iod-not-checked":
                text = f"instances of SOP Class {checked.sop_class} were not held against an IOD: {finding.message}"
                unknown.setdefault(checked.sop_class, Fact(text, request))
            if finding.level is IodLevel.INFO or finding.rule in _TOLD_OF_BYTES:
                continue
            by = client.given.explains(request, finding.tag, finding.rule, finding.message)
            if by is not None:
                given.setdefault((finding.tag, finding.rule), _as_given(finding, request, by))
                continue
            dirty = True
            two = request.id in client.exam.conflicts
            key = (finding.level.value, finding.rule, plain(finding.tag), _wording(finding.message), str(two))
            causes.setdefault(key, _Cause(finding, request, two)).times += 1
        clean -= dirty
    yield from unknown.values()
    yield from given.values()
    for cause in causes.values():
        yield _told(cause)
    if clean:
        yield replace(ok("conforms"), times=clean)


def _as_given(finding: IodFinding, request: Exchange, by: Exchange) -> Fact:
    return Fact(f"{finding.tag}: {finding.message}; so it stood in the worklist item {by.id} of our target", request)


def _told(cause: _Cause) -> Observation:
    finding = cause.finding
    say = fail if finding.level is IodLevel.ERROR else warn
    many = f", and alike in {cause.times - 1} more" if cause.times > 1 else ""
    text = f"{finding.message} ({finding.rule}, {finding.clause}){many}"
    because = cause.first if cause.contradicts else None  # held against the IOD of a class that it may not be of
    return replace(say(text, cause.first, tag=finding.tag or None, because=because), times=cause.times)


@check(
    "client.instance-named",
    title="A C-STORE-RQ names the instance that its data set is",
    clause="PS3.7 9.1.1 (2018-2024)",
    level=Level.SHALL,
    service="storage",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="SOP Class and SOP Instance UID as in the data set",
    hint=f"Fill the command set from the data set that is sent. {_FORWARDED}",
)
def instance_named(client: ClientEvidence) -> Iterator[Observation]:
    """Affected SOP Class and Instance UID are those of the instance in the data set.

    An instance that is called by two names is stored under one of them, and asked for under the other.

    Command set and data set of each C-STORE are compared; whether there is one, and whether both fit the
    Presentation Context, other checks tell.
    """
    for operation in client.asked.requests("C-STORE-RQ"):
        request = operation.request
        conflicts = client.exam.conflicts.get(request.id, ())
        for name, own, named in conflicts:
            # a malformed UID, and another class than that of the context, the checks of command sets tell
            told = not is_uid(named) or (name == "SOPClassUID" and own == request.abstract_syntax)
            because = request if told else None
            yield fail(f"{own} in the data set, {named} in the command set", request, tag=name, because=because)
        if not conflicts and request.message.dataset is not None:
            yield ok("as in the data set", request)


#: What another system may correct without making another instance (PS3.4 B.4.1.3).
_CORRECTED = (
    *("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "OtherPatientIDs"),
    *("OtherPatientIDsSequence", "StudyInstanceUID", "SeriesInstanceUID", "AccessionNumber", "StudyID"),
    *("StudyDescription", "ReferringPhysicianName", "RequestAttributesSequence", "PatientAge", "PatientComments"),
)
#: What is another one when pixels are encoded in another transfer syntax (PS3.5 8.2).
_OF_THE_ENCODING = ("PhotometricInterpretation", "PlanarConfiguration")
_NATIVE = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG)
#: What a system that keeps an instance says of where it is.
_OF_THE_STORE = ("RetrieveAETitle", "InstanceAvailability", "RetrieveURL", "TimezoneOffsetFromUTC")


@check(
    "client.instance-once",
    title="A SOP Instance UID names one object",
    clause="PS3.5 9 (2024e)",
    level=Level.SHALL,
    service="storage",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="the same content whenever an instance is sent again",
    hint="Give a changed image a UID of its own.",
)
def instance_once(client: ClientEvidence) -> Iterator[Observation]:
    """A UID identifies one object: what is sent under it later is the same.

    Of two images under one UID an archive keeps the first, or the last; the other one is lost, and nobody is told.

    Each C-STORE of an instance that was sent before is compared with the first one, pixels in one transfer syntax by
    what the record keeps of them. Corrected patient and study data, which an archive may change without making another
    instance, are a warning, and so is another compressed stream, which may be of the same pixels; changes that Original
    Attributes Sequence tells of are none.
    """
    first: dict[str, Exchange] = {}
    for operation in client.asked.requests("C-STORE-RQ"):
        request = operation.request
        uid = request.command.sop_instance_uid or ""
        if request.message.dataset is None or not uid or request.id in client.exam.conflicts:
            continue
        before = first.setdefault(uid, request)
        if before is request:
            continue
        changed = list(_changes(before, request))
        names = ", ".join(dict.fromkeys(each.path.partition("[")[0].partition(" ")[0] for each in changed[:5]))
        text = f"{uid} was sent before with another content: {names or 'other pixels'}"
        if changed and all(each.path.partition("[")[0].strip() in _CORRECTED for each in changed):
            yield warn(text, request, tag=changed[0].path)
        elif changed:
            yield fail(text, request, tag=changed[0].path)
        elif _other_pixels(before, request):
            # of two streams that differ the pixels may be the same: they may have been encoded anew
            say = warn if request.transfer_syntax not in _NATIVE else fail
            yield say(text, request, tag="PixelData")
        else:
            yield ok("the same", request)


def _changes(before: Exchange, again: Exchange) -> Iterator[Difference]:
    one, other = before.dataset, again.dataset
    assert one is not None
    assert other is not None
    for each in differences(one, other):
        if before.transfer_syntax != again.transfer_syntax and each.path in _OF_THE_ENCODING:
            continue
        if each.kind not in SILENT and not each.recorded and last(each.path) not in _OF_THE_STORE:
            yield each


def _other_pixels(before: Exchange, again: Exchange) -> bool:
    """Whether the pixels are surely others: in one transfer syntax, by digest or bytes."""
    if before.transfer_syntax != again.transfer_syntax:
        return False
    if before.message.elided or again.message.elided:
        if before.digest and again.digest:
            return before.digest != again.digest
        return before.message.elided != again.message.elided
    one, other = (exchange.dataset.element("PixelData") if exchange.dataset else None for exchange in (before, again))
    return one is not None and other is not None and one.value != other.value


@check(
    "client.instances-agree",
    title="The instances of one study and series agree with each other",
    clause="PS3.3 A.1.2 (2024e); PS3.5 9 (2024e)",
    level=Level.SHALL,
    service="storage",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="one patient in a study, one device and frame of reference in a series, UIDs that name one thing",
    hint=f"Fill patient, study and series attributes of all instances from one source. {_FORWARDED}",
)
def instances_agree(client: ClientEvidence) -> Seen:
    """The instances of a study are of one patient and one study, those of a series of one device and frame of
    reference; every UID names one thing.

    An archive that is sent two patients in one study shows the images of one of them under the other.

    All instances that the client sent are compared with each other. Where our own worklist gave one study two values,
    that is only told.
    """
    exam = client.asked.exam
    if exam.last is None:
        return
    wrong = [finding for finding in exam.series.findings() if finding.level is IodLevel.ERROR]
    others = {uid for found in client.exam.conflicts.values() for _, *both in found for uid in both}
    found = False
    for finding in wrong:
        if finding.rule == "uid-reuse" and finding.entity in others:
            continue  # client.instance-named tells which of its names is wrong
        text = f"{finding.message} ({finding.rule})"
        by = _given_twice(finding, client.given.items)
        if by is not None:
            yield Fact(f"{finding.tag}: {text}; so stood in the worklist items of our target", by)
            continue
        found = True
        differ = _messages(client, finding)
        itself = next((each for each in differ if _is_at_fault(client, each, finding.tag)), None)
        itself = itself or next((each for each in differ if _is_of_another(client, each, finding.tag)), None)
        first = differ[0] if differ else exam.last
        yield fail(text, first, tag=finding.tag, clause=finding.clause, because=itself)
    if not found:
        yield replace(ok("agree"), times=len(exam))


def _messages(client: ClientEvidence, finding: SeriesFinding) -> list[Exchange]:
    """The C-STOREs of the instances that differ, as far as the finding names them."""
    return [
        operation.request
        for operation in client.asked.requests("C-STORE-RQ")
        if operation.request.id in finding.examples
    ]


def _is_at_fault(client: ClientEvidence, store: Exchange, tag: str) -> bool:
    """Whether the value of an instance that differs is at fault by itself: client.iod tells, and that explains it."""
    checked = client.asked.checked(store)
    return checked is not None and any(plain(each.tag) == tag for each in checked.errors)


def _is_of_another(client: ClientEvidence, store: Exchange, tag: str) -> bool:
    """Whether an instance has another value than its step, or its worklist item: that says which of them is wrong."""
    group = next((each for each in client.exam.alike if each.first is store), None)
    step = client.exam.step_of(group) if group is not None else None
    if group is None or tag not in PATIENT:
        return False
    if step is not None and step.create is not None:
        compared = [step.patient]
    else:
        patient = "".join(group.values.get("PatientID", ()))
        items = client.given.meant(group.requests[0], patient, store.message.ended)
        compared = [item.held.values for item in items]
    return bool(compared) and all(differing(each, group.values, (tag,)) for each in compared)


def _given_twice(finding: SeriesFinding, items: tuple[GivenItem, ...]) -> Exchange | None:
    """The message in which our own worklist gave a study another value than before; None where it did not."""
    values: dict[tuple[str, ...], Exchange] = {}
    for item in items:
        if item.ids.study == finding.entity and finding.tag in item.held.values:
            values.setdefault(item.held.values[finding.tag], item.exchange)
    return list(values.values())[-1] if len(values) > 1 else None
