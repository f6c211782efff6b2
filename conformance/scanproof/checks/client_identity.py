"""Checks of who and what a client says its exam is of: worklist item, performed step and instances beside each other.

Which Study Instance UID, Accession Number and IDs an exam of several orders has, no SHALL of DICOM says (PS3.17 J is
informative, and PS3.4 F.7.2.1.2 leaves the modality a study of its own). Who the patient is, is the purpose of it all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

from scanproof.check import Fact, Observation, Proof, Scope, Seen, check, fail, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.evidence.client_exam import Alike, ClientStep, ids_of
from scanproof.evidence.client_given import GivenItem, Ids, steps_of
from scanproof.evidence.client_identity import Differs, How, differing, told
from scanproof.finding import Level, Verdict
from scansim.network.transcript import Exchange
from scansim.wire.dataset import DataSet

_FORWARDED = "Where this sender only passes on what others made, look at their maker."
#: Whose loss leaves an image without its patient; other values may be unknown to whoever sends them.
_WHO = ("PatientID", "PatientName")
_COPIED = "PS3.17 J.2.1, J.4 (informative)"


def _patient(
    differs: Differs, exchange: Exchange, where: str, *, because: Exchange | None = None, many: int = 1
) -> Observation:
    """What to say of a value of the patient that differs: another one fails, another way to write it warns."""
    text = f"{told(differs)} stands in {where}"
    mild = differs.how in (How.FORM, How.PART) or (differs.how is How.LOST and differs.name not in _WHO)
    say = warn if mild else fail
    return replace(say(text, exchange, expected=repr(differs.wanted), tag=differs.name, because=because), times=many)


def _faulty(client: ClientEvidence, group: Alike) -> frozenset[str]:
    """Attributes of instances whose value is at fault by itself, or absent: client.iod tells, which explains more."""
    checked = client.asked.checked(group.first)
    return frozenset(each.tag for each in checked.errors) if checked is not None else frozenset()


def _on_the_way(
    differs: Differs, exchange: Exchange, item: GivenItem | None, faulty: bool, many: int = 1
) -> Observation:
    """What to say of a value that is another one than in the worklist item; one at fault by itself is told as that."""
    where = f"the worklist item {item.exchange.id}" if item is not None else "its worklist item"
    return _patient(differs, exchange, where, because=exchange if faulty else None, many=many)


def _items(client: ClientEvidence, ids: Ids, patient: str, exchange: Exchange) -> tuple[GivenItem, ...]:
    return client.given.meant(ids, patient, exchange.message.ended)


def _against(
    items: Iterable[GivenItem], values: dict[str, tuple[str, ...]]
) -> tuple[tuple[Differs, ...], GivenItem | None]:
    """How values differ from those of the item that they are most like, and that item."""
    compared = [(differing(item.held.values, values), item) for item in items]
    return min(compared, key=lambda each: len(each[0]), default=((), None))


def _is_ours(differs: Differs, items: Iterable[GivenItem]) -> bool:
    """Whether our own worklist gave the value with a fault: nobody can take that over."""
    return any(differs.name in item.faulty for item in items)


@check(
    "client.item-performed",
    title="The performed step is of the patient of its worklist item",
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="patient, study, accession and IDs as our worklist gave them",
    hint="Follow this attribute from the worklist answer to the N-CREATE: where is it cut, converted or lost?",
)
def item_performed(client: ClientEvidence) -> Seen:
    """A performed step that was made for a worklist item is of that item's patient, and carries its study, accession
    and IDs.

    By these the RIS finds the order: a step of another patient closes the wrong one.

    Each N-CREATE is compared with the items that our target gave before, of which it has the Study Instance UID or the
    Accession Number, or the ID of the step with that of the procedure or the patient. Names are compared as text,
    whatever their character sets. Another patient, or no patient, fails; another way to write the same, and a name
    without its ideographic group or its suffix, is a warning. The study or the accession of an order of another patient
    fails; other ones, and other IDs, are a warning where one step is of one item, and told otherwise. A step of no item
    is an unscheduled one, and right.
    """
    for step in client.exam.steps.values():
        if step.create is None:
            continue
        request, patient = step.create.request, step.patient
        several = len(step.scheduled) > 1
        seen: list[Observation | Fact] = []
        for number, scheduled in enumerate(step.scheduled, 1):
            ids = ids_of(scheduled, scheduled)
            items = _items(client, ids, "".join(patient.get("PatientID", ())), request)
            if not items:
                continue
            differs, item = _against(items, dict(patient))
            faulty = {fault.path for fault in client.asked.asked(step.create).faults}
            for each in differs:
                if _is_ours(each, items):
                    seen.append(Fact(f"{each.name}: our worklist gave {each.wanted!r}, which is at fault", request))
                else:
                    seen.append(_on_the_way(each, request, item, each.name in faulty))
            single = not several and len(steps_of(items)) == 1
            others = _unless_another(seen, _other_ids(client, ids, items, request, "the step", single))
            seen += [replace(each, because=request) if _is_told(each, number, faulty) else each for each in others]
            seen += _codes(scheduled, items, request, single)
            seen += _texts(scheduled, items, request)
            if not any(isinstance(each, Observation) for each in seen):
                seen.append(ok("as the item says", request))
        yield from seen


def _unless_another(
    seen: Iterable[Observation | Fact], others: Iterable[Observation | Fact]
) -> Iterator[Observation | Fact]:
    """What is said of IDs: where it is of another patient altogether, that other IDs are theirs is no second thing."""
    another = any(isinstance(each, Observation) and each.verdict is Verdict.FAIL and each.tag in _WHO for each in seen)
    for each in others:
        yield Fact(each.actual, each.exchange) if another and isinstance(each, Observation) else each


def _words(group: Alike, items: Iterable[GivenItem]) -> Iterator[Observation]:
    """Names and descriptions in instances that were damaged on their way from the item."""
    dataset = group.first.dataset
    if dataset is None:
        return
    for name in ("ReferringPhysicianName", "RequestingPhysician", "RequestedProcedureDescription"):
        got = {name: dataset.values(name)}
        compared = [differing(item.held.values, got, [name]) for item in items if any(got[name])]
        if compared and all(each and each[0].how is How.DAMAGED for each in compared):
            yield replace(warn(told(compared[0][0]), group.first, tag=name), times=len(group.uids))


def _is_told(seen: Observation | Fact, number: int, faulty: Iterable[str]) -> TypeGuard[Observation]:
    """Whether an ID in one item of a step is at fault by itself, or absent: that is told of it."""
    if not isinstance(seen, Observation):
        return False
    places = (re.split(r"\s*>\s*", path) for path in faulty)
    return any(place == [f"ScheduledStepAttributesSequence[{number}]", seen.tag] for place in places)


def _of_another(client: ClientEvidence, ids: Ids, items: tuple[GivenItem, ...], name: str, got: str) -> str:
    """Who else our worklist gave a study or an accession to, by Patient ID; empty for nobody."""
    own = {each.held.first("PatientID") for each in items}
    of = {"StudyInstanceUID": lambda each: each.ids.study, "AccessionNumber": lambda each: each.ids.accession}
    if not got or name not in of:
        return ""
    others = [each.held.first("PatientID") for each in client.given.items if of[name](each) == got]
    return next((each for each in others if each and each not in own), "")


def _other_ids(
    client: ClientEvidence, ids: Ids, items: tuple[GivenItem, ...], exchange: Exchange, whose: str, single: bool
) -> Iterator[Observation | Fact]:
    """Study, accession and IDs that no item has: a warning for one step of one item; those of another patient fail."""
    for name, got, wanted in (
        ("StudyInstanceUID", ids.study, [item.ids.study for item in items]),
        ("AccessionNumber", ids.accession, [item.ids.accession for item in items]),
        ("RequestedProcedureID", ids.procedure, [item.ids.procedure for item in items]),
        ("ScheduledProcedureStepID", ids.step, [item.ids.step for item in items]),
    ):
        known = [each for each in dict.fromkeys(wanted) if each]
        if not known or got in known:
            continue
        if not got and name != "AccessionNumber" and whose != "the step":
            continue  # Request Attributes Sequence is optional in an image
        text = f"{whose} has {name} {got!r}, and the worklist item {known[0]!r}"
        if other := _of_another(client, ids, items, name, got):
            yield fail(f"{text}: it is of an order of {other!r}", exchange, expected=known[0], tag=name)
        elif single and not any(name in item.faulty for item in items):
            yield warn(text, exchange, expected=known[0], tag=name)
        else:
            yield Fact(text, exchange, _COPIED)


def _texts(scheduled: DataSet, items: tuple[GivenItem, ...], request: Exchange) -> Iterator[Observation]:
    """Descriptions that were damaged on their way; others than the item has are right, somebody may have typed them."""
    for name, level in (("RequestedProcedureDescription", "held"), ("ScheduledProcedureStepDescription", "step")):
        got = {name: scheduled.values(name)}
        held = [item.held if level == "held" else item.step for item in items]
        compared = [differing(each.values, got, [name]) for each in held if any(got[name])]
        if compared and all(each and each[0].how is How.DAMAGED for each in compared):
            yield warn(told(compared[0][0]), request, tag=name)


def _codes(
    scheduled: DataSet, items: tuple[GivenItem, ...], request: Exchange, single: bool
) -> Iterator[Observation | Fact]:
    """Scheduled Protocol Codes that are others than in the item; none at all says nothing."""
    got = {(each.text("CodeValue"), each.text("CodingSchemeDesignator"))
           for each in scheduled.items("ScheduledProtocolCodeSequence")}  # fmt: skip
    wanted = {
        (each.first("CodeValue"), each.first("CodingSchemeDesignator"))
        for item in items
        for each in item.step.items.get("ScheduledProtocolCodeSequence", ())
    }
    strange = sorted(got - wanted - {("", "")})
    if wanted and strange:
        text = f"Scheduled Protocol Code {strange[0]}, and the worklist item has {sorted(wanted)[0]}"
        tag = "ScheduledProtocolCodeSequence"
        yield warn(text, request, tag=tag) if single else Fact(text, request, _COPIED)


@check(
    "client.item-images",
    title="The instances are of the patient of their worklist item",
    clause="",
    level=Level.EXPECTED,
    service="storage",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="patient, study and accession as our worklist gave them",
    hint=f"Follow this attribute from the worklist answer to the image: where is it cut, or typed again? {_FORWARDED}",
)
def item_images(client: ClientEvidence) -> Seen:
    """Instances that were made for a worklist item are of that item's patient, study and accession.

    An image under another patient is the worst that an imaging department can do; one without accession is not found
    by whoever has to report it.

    Instances of which no performed step is in the record are compared with the items that our target gave before, of
    which they have the Study Instance UID or the Accession Number, or the ID of the step; the others are compared with
    their step, and that with the item. Verdicts are those of client.item-performed. Instances of no item are those of
    an unscheduled exam, or of another worklist, and right.
    """
    for group in client.exam.alike:
        step = client.exam.step_of(group)
        ids = group.requests[0]
        patient = "".join(group.values.get("PatientID", ()))
        items = _items(client, ids, patient, group.first)
        if not items or (step is not None and step.create is not None):
            continue
        faulty, seen = _faulty(client, group), list[Observation | Fact]()
        differs, item = _against(items, dict(group.values))
        for each in differs:
            if _is_ours(each, items):
                seen.append(Fact(f"{each.name}: our worklist gave {each.wanted!r}, which is at fault", group.first))
            else:
                seen.append(_on_the_way(each, group.first, item, each.name in faulty, len(group.uids)))
        single = len(group.requests) == 1 and len(steps_of(items)) == 1
        seen += _unless_another(seen, _other_ids(client, ids, items, group.first, "the instance", single))
        seen += _words(group, items)
        if not any(isinstance(each, Observation) for each in seen):
            seen.append(replace(ok("as the item says", group.first), times=len(group.uids)))
        yield from seen


@check(
    "client.step-images",
    title="The instances are of the patient and the study of their performed step",
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="one patient and one study in step and instances",
    hint="Fill both from one source; a patient who is corrected at the console is corrected in both.",
)
def step_images(client: ClientEvidence) -> Seen:
    """The instances of a performed step are of its patient, and of a study that it names.

    Where they contradict each other the archive asks the RIS which is right, and the exam waits in a list that nobody
    reads.

    Instances that refer to a step, or that it names, are compared with its N-CREATE. Another patient fails; another
    study, accession or ID is a warning where one step is of one item, and told where it is of several. A Modality that
    none of them has is a warning.
    """
    for group in client.exam.alike:
        step = client.exam.step_of(group)
        if step is None or step.create is None:
            continue
        request, (own, given) = step.create.request, _of_the_step(client, step)
        faulty, seen = _faulty(client, group), list[Observation | Fact]()
        for each in differing(step.patient, group.values):
            if each.name in given:
                continue
            # where it is the step that has not what its item has, that explains it
            because = request if each.name in own else group.first if each.name in faulty else None
            where = f"its performed step {request.id}"
            seen.append(_patient(each, group.first, where, because=because, many=len(group.uids)))
        seen += _of_modality(client, step, request, own)
        of_study = _of_study(_Step(step.create.request, [ids_of(each, each) for each in step.scheduled]), group, own)
        seen += _unless_another(seen, of_study)
        seen += _words(
            group, _items(client, group.requests[0], "".join(group.values.get("PatientID", ())), group.first)
        )
        yield from seen
        if not any(isinstance(each, Observation) for each in seen):
            yield replace(ok("as the step says", group.first), times=len(group.uids))


def _of_modality(
    client: ClientEvidence, step: ClientStep, request: Exchange, told: frozenset[str]
) -> Iterator[Observation]:
    """Another Modality in the step than in any instance that it names; some of its instances may be of another one."""
    dataset = request.dataset
    own = dataset.text("Modality") if dataset is not None else ""
    series = {each.series for each in step.named.values()}
    sent = frozenset[str]().union(*(client.exam.modalities.get(uid, frozenset()) for uid in series)) - {""}
    if own and sent and own not in sent and "Modality" not in told:
        yield warn(f"Modality {own!r}, and the instances that it names have {sorted(sent)}", request, tag="Modality")


def _of_the_step(client: ClientEvidence, step: ClientStep) -> tuple[frozenset[str], frozenset[str]]:
    """What of the patient a step has wrongly, or otherwise than its worklist item, and what the item gave wrongly."""
    if step.create is None:
        return frozenset(), frozenset()
    found = {re.split(r"\s*>\s*", fault.path)[-1] for fault in client.asked.asked(step.create).faults}
    given: set[str] = set()
    for scheduled in step.scheduled:
        patient, ids = "".join(step.patient.get("PatientID", ())), ids_of(scheduled, scheduled)
        items = _items(client, ids, patient, step.create.request)
        found |= {each.name for each in _against(items, dict(step.patient))[0]}
        others = _other_ids(client, ids, items, step.create.request, "the step", len(step.scheduled) == 1)
        found |= {each.tag for each in others if isinstance(each, Observation) and each.tag}
        given |= {name for item in items for name in item.faulty}
    return frozenset(found), frozenset(given)


@dataclass(frozen=True)
class _Step:
    """A performed step, with what it says of each item that it is of."""

    request: Exchange
    scheduled: list[Ids]


def _of_study(step: _Step, group: Alike, told: frozenset[str]) -> Iterator[Observation | Fact]:
    """Study, accession and IDs of instances that their step does not have; `told` is what the step has wrongly."""
    own = group.requests[0]
    single = len(step.scheduled) == 1 and len(group.requests) == 1
    for name, got, known in (
        ("StudyInstanceUID", own.study, [each.study for each in step.scheduled if each.study]),
        ("AccessionNumber", own.accession, [each.accession for each in step.scheduled if each.accession]),
        ("RequestedProcedureID", own.procedure, [each.procedure for each in step.scheduled if each.procedure]),
        ("ScheduledProcedureStepID", own.step, [each.step for each in step.scheduled if each.step]),
    ):
        if not known or got in known or (not got and name != "AccessionNumber"):
            continue
        text = (
            f"{f'{name} {got!r}' if got else f'no {name}'}, and its performed step {step.request.id} has {known[0]!r}"
        )
        if single:
            because = step.request if name in told else None
            seen = warn(text, group.first, expected=known[0], tag=name, because=because)
            yield replace(seen, times=len(group.uids))
        else:
            yield Fact(f"{len(group.uids)} instances: {text}", group.first, _COPIED)
