"""Checks of the performed procedure steps of a client: each request by its table, and one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Observation, Proof, Scope, Seen, check, fail, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.evidence.client_exam import ClientStep, Named
from scanproof.evidence.fault import Fault
from scanproof.evidence.mpps import Kind, step_uid
from scanproof.evidence.source import plain
from scanproof.finding import Level
from scanproof.standard import mpps_table
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import COMMITMENT, MPPS

_NO_DATA_SET = "there is no data set"
_OF_CREATE = tuple(
    f"mpps.create-{what}"
    for what in ("lacks-mandatory", "empty-mandatory", "empty-item", "not-in-progress", "without-uid")
)


def _requests(client: ClientEvidence, name: str) -> Iterator[tuple[Operation, tuple[Fault, ...]]]:
    for operation in client.asked.requests(name, MPPS):
        yield operation, client.asked.asked(operation).faults


def _or_given(client: ClientEvidence, request: Exchange, fault: Fault) -> Observation | Fact:
    """What is wrong with a request; only told where our own worklist gave it so."""
    by = client.given.explains(request, fault.path, fault.rule, fault.what)
    if by is not None:
        return Fact(f"{fault}; so it stood in the worklist item {by.id} of our target", request)
    return fail(fault.what, request, tag=fault.path or None)


@check(
    "client.mpps-create",
    title="A client's N-CREATE of a performed step is complete, and IN PROGRESS",
    clause="PS3.4 F.7.2.1.2, Table F.7.2-1 (2013, 2018-2024)",
    level=Level.SHALL,
    service="mpps",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="a UID, IN PROGRESS, every Type 1 attribute with a value, every Type 2 attribute, empty if unknown",
    hint="Send a Type 2 attribute without a value where nothing is known of it, as of an unscheduled step.",
)
def mpps_create(client: ClientEvidence) -> Seen:
    """An N-CREATE carries every attribute of Type 1 and 2 of the table, also in the items of Scheduled Step Attributes
    Sequence; those of Type 2 may be empty. The SCU supplies the UID of the step, and creates it IN PROGRESS.

    A strict RIS answers 0120H and the exam has no step: the order stays open, and the bill is not written.

    Each N-CREATE is compared with the table; attributes on which texts of the standard disagree are left out. What our
    own worklist gave so is only told.
    """
    for operation, faults in _requests(client, "N-CREATE-RQ"):
        request = operation.request
        wrong = [each for each in faults if each.deviation in _OF_CREATE or each.what == _NO_DATA_SET]
        seen = [_or_given(client, request, fault) for fault in wrong]
        if request.command.text("RequestedSOPInstanceUID"):  # in the place of the Affected one: client.required-fields
            seen = [
                each for each, fault in zip(seen, wrong, strict=True) if not fault.deviation.endswith("-without-uid")
            ]
        yield from seen
        if not any(isinstance(each, Observation) for each in seen):
            yield ok("complete", request)


@check(
    "client.mpps-set",
    title="A client's N-SET sets what it may set",
    clause="PS3.4 F.7.2.2.1, F.7.2.2.2, Table F.7.2-1 (2013, 2018-2024)",
    level=Level.SHALL,
    service="mpps",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="attributes that the N-CREATE created and the table allows, with values, whole items and a state",
    hint="Send patient, schedule and start with the N-CREATE alone, and there every attribute that is set later.",
)
def mpps_set(client: ClientEvidence) -> Seen:
    """An N-SET changes attributes that were created and that the table allows in an N-SET; what it sets has a value,
    items have their Type 1 and 2 attributes, and the status is one that a step has.

    A RIS that refuses such an N-SET never learns that the exam has ended.

    Each N-SET is compared with the table and with what was created. An optional attribute that was not created, and
    another character set than that of the N-CREATE, are warnings; what a N-CREATE has to have and did not have is told
    there. Where the N-CREATE is not in the record, only the table is asked.
    """
    for operation, faults in _requests(client, "N-SET-RQ"):
        request = operation.request
        told: list[Observation | Fact] = []
        for fault in faults:
            if fault.deviation == "mpps.set-not-created":
                if fault.path not in mpps_table.CREATE:
                    told.append(warn(fault.what, request, tag=fault.path))
            elif fault.deviation == "mpps.set-other-character-set":
                told.append(warn(fault.what, request, tag=fault.path))
            elif fault.what == _NO_DATA_SET or (
                fault.deviation.startswith("mpps.set-") and fault.deviation != "mpps.set-final-incomplete"
            ):
                told.append(_or_given(client, request, fault))
        yield from told
        if not any(isinstance(each, Observation) for each in told):
            yield ok("as the table allows", request)


@check(
    "client.mpps-end",
    title="A performed step that a client ends has its end and its series",
    clause="PS3.4 F.7.2.2.2, Table F.7.2-1 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="End Date, End Time and a series, of N-CREATE and N-SETs together",
    hint="Send them with the last N-SET; a step of which no image was made has a series without images.",
)
def mpps_end(client: ClientEvidence) -> Iterator[Observation]:
    """When a step is COMPLETED or DISCONTINUED, Performed Procedure Step End Date, End Time and Performed Series
    Sequence have values; a series may be without images.

    From these the RIS knows what was done, and the archive whether all images have come.

    What N-CREATE and all N-SETs of a step set together is looked at when it ends.
    """
    for operation, faults in _requests(client, "N-SET-RQ"):
        dataset = operation.request.dataset
        if dataset is None or dataset.text("PerformedProcedureStepStatus") not in mpps_table.FINAL_STATES:
            continue
        wrong = [each for each in faults if each.deviation == "mpps.set-final-incomplete"]
        yield from (fail(each.what, operation.request, tag=each.path) for each in wrong)
        if not wrong and step_uid(operation) in client.exam.steps:
            yield ok("whole", operation.request)


@check(
    "client.mpps-sequence",
    title="A client creates a performed step, changes it while it is IN PROGRESS, and ends it once",
    clause="PS3.4 F.7.2.1.2, F.7.2.2.2, F.7.2.2.3 (2013, 2018-2024); PS3.7 10.1.5.1.6 (2020)",
    level=Level.SHALL,
    service="mpps",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="N-CREATE, N-SETs with all items so far, one N-SET with a final state",
    hint="Keep the whole list of series until the step ends, and send nothing behind its end.",
)
def mpps_sequence(client: ClientEvidence) -> Seen:
    """A step is created once and changed only until it is COMPLETED or DISCONTINUED. An N-SET that carries a sequence
    carries all of its items, those of earlier N-SETs too.

    What is set behind the end is refused, or rewrites what was reported; a series that is left out is lost at the RIS.

    N-CREATEs and N-SETs are followed by what our target answered them. The same request once more is a warning, as its
    sender may not have seen the answer; so are images that an N-SET does not name any more and that never came here, as
    somebody may have deleted them, and an N-SET on a step that our target does not know and nobody created here. A step
    that was created before the record began, or elsewhere, and one that was never ended, are told.
    """
    later = {step_uid(operation) for kind, operation, _ in client.exam.requests if kind is Kind.CREATE}
    asked_for = {step_uid(each) for _, each, _ in client.exam.requests if each.request.name == "N-CREATE-RQ"}
    before: dict[tuple[str, str], Exchange] = {}
    foreign: set[str] = set()
    created: set[str] = set()
    for kind, operation, status in client.exam.requests:
        request, uid = operation.request, step_uid(operation)
        same = _same(before.get((uid, request.name)), request)
        before[uid, request.name] = request
        if kind is Kind.AFTER_FINAL:
            text = f"an N-SET{f' to {status}' if status else ''} on a step that had ended"
            yield warn(f"{text}: the same once more", request) if same else fail(text, request)
        elif kind is Kind.CREATE_AGAIN:
            text = f"a second N-CREATE of {uid}"
            yield warn(f"{text}: the same once more", request) if same else fail(f"{text}, with other content", request)
        elif kind is Kind.UNKNOWN and uid in later and uid not in created:
            yield fail(f"an N-SET on {uid} before its N-CREATE", request)
        elif kind is Kind.UNKNOWN and uid not in foreign:
            foreign.add(uid)
            text = f"step {uid or 'without UID'} was not created here: before the record began, or elsewhere"
            refused = operation.final is not None and not is_success(operation.final.command.status)
            if refused and uid and uid not in asked_for:
                yield warn(f"{text}, and our target does not know it", request)
            else:
                yield Fact(text, request)
        elif kind in (Kind.CREATE, Kind.PROGRESS, Kind.FINAL):
            created.add(uid)
            yield ok("in turn", request)
    for step in client.exam.steps.values():
        yield from _lost(client, step)
        if step.create is not None and not step.ended:
            yield Fact(f"step {step.uid} was not ended while this was recorded", step.create.request)


def _same(before: Exchange | None, request: Exchange) -> bool:
    return before is not None and before.encoded == request.encoded


def _lost(client: ClientEvidence, step: ClientStep) -> Iterator[Observation]:
    """Series and images that a later list of the same step does not have any more."""
    held: dict[str, dict[str, Named]] = {}
    for request, found in step.series_lists():
        for series, images in held.items():
            gone = [uid for uid in images if uid not in found.get(series, {})]
            if series not in found:
                sent = series in {each.series for each in client.exam.instances.values()}
                say = fail if sent or not images else warn
                yield say(f"series {series} is not named any more", request, tag="PerformedSeriesSequence")
            elif gone:
                say = fail if any(uid in client.exam.instances for uid in gone) else warn
                text = f"{len(gone)} of {len(images)} instances of series {series} are not named any more"
                yield say(text, request, tag="PerformedSeriesSequence")
        held = found


@check(
    "client.step-instances",
    title="A performed step names the instances that the client made in it",
    clause="PS3.4 F.7.2.2.2, Table F.7.2-1 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="each instance under the series and the SOP Class that it has",
    hint="Fill the Performed Series Sequence from the instances as they are sent.",
)
def step_instances(client: ClientEvidence) -> Seen:
    """A performed procedure step names each instance under the series and the SOP Class that it has, and when it ends
    all that were made in it.

    The RIS counts with it, and the archive tells by it whether all images have come.

    The instances that each step names are compared with those that were sent here. One that was sent, is of the step,
    and is not named when that has ended, is a warning; one that is named and never came is told: it may have gone to
    another archive. Instances that refer to another step than the one that names them are a warning.
    """
    instances = client.exam.instances
    yield from _of_two_steps(client)
    for step in client.exam.steps.values():
        wrong = False
        for uid, named in step.named.items():
            sent = instances.get(uid)
            if sent is None:
                continue
            for what, own, said in (
                ("series", sent.series, named.series),
                ("SOP Class", sent.sop_class, named.sop_class),
            ):
                if own and said and own != said:
                    wrong = True
                    text = f"{uid} is named with {what} {said}, and has {own}"
                    yield fail(text, named.by, tag="PerformedSeriesSequence")
        last = next(reversed([request for request, _ in step.series_lists()]), None)
        missing = [uid for uid in step.named if uid not in instances]
        if missing:
            text = f"{len(missing)} of {len(step.named)} instances that step {step.uid} names were not sent here"
            yield Fact(text, last)
        if step.ended:
            forgotten = list(_forgotten(client, step)) if last is not None else []  # client.mpps-end tells
            if forgotten:
                wrong = True
                text = f"{len(forgotten)} instances of step {step.uid} are not named in it, such as {forgotten[0]}"
                yield warn(text, last or (step.sets[-1].request if step.sets else None), tag="PerformedSeriesSequence")
            elif step.named and not wrong:
                yield ok("as they were sent", last)


def _of_two_steps(client: ClientEvidence) -> Iterator[Observation]:
    """Instances that are named by one step, and say that they are of another one."""
    for group in client.exam.alike:
        for step in client.exam.steps.values():
            named = [uid for uid in group.uids if uid in step.named]
            if named and group.steps and step.uid not in group.steps:
                text = f"{len(named)} instances refer to step {group.steps[0]}, and {step.uid} names them"
                yield warn(text, group.first, tag="ReferencedPerformedProcedureStepSequence")


def _forgotten(client: ClientEvidence, step: ClientStep) -> Iterator[str]:
    """Instances that were sent, and that say themselves that they are of a step which does not name them."""
    for group in client.exam.alike:
        if step.uid in group.steps:
            yield from (uid for uid in group.uids if uid not in step.named)


@check(
    "client.values",
    title="The values of a client's performed steps and commitment requests are well formed",
    clause="PS3.5 6.1.2, 6.2, Table 6.2-1, 7.8.1 (2013, 2020a); PS3.3 C.12.1.1.2",
    level=Level.SHALL,
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="values as PS3.5 writes them, in the character set that the data set announces",
    hint="Correct the value where it comes from; what was typed at the console is checked there.",
)
def values(client: ClientEvidence) -> Seen:
    """Each value has the form, the length and the number of values of its attribute, in the character set that the data
    set announces; private elements have their creator.

    A RIS that cannot read one value refuses the whole step, or files it under a name that nobody has.

    Each N-CREATE, N-SET and N-ACTION is walked. What our own worklist gave so is only told. A value that its table
    does not know the checks of the tables tell.
    """
    for name, syntax in (("N-CREATE-RQ", MPPS), ("N-SET-RQ", MPPS), ("N-ACTION-RQ", COMMITMENT)):
        for operation in client.asked.requests(name, syntax):
            found = client.asked.asked(operation).faults
            by_table = {each.path for each in found if each.path and not _is_of_a_value(each)}
            faults = [each for each in found if _is_of_a_value(each) and each.path not in by_table]
            seen = [_or_given(client, operation.request, each) for each in faults]
            yield from seen
            if not any(isinstance(each, Observation) for each in seen):
                yield ok("well formed", operation.request)


def _is_of_a_value(fault: Fault) -> bool:
    """Whether a rule of single values is broken, and none of a table; groups of no data set other checks tell."""
    return fault.rule not in ("", "type", "table", "group-forbidden") and bool(plain(fault.path) or fault.rule)
