"""Checks across services: order, worklist item, images, MPPS and archive speak of the same exam."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from pydicom.datadict import dictionary_VR, tag_for_keyword

from scanproof.check import (
    Fact,
    Observation,
    Proof,
    Scope,
    Seen,
    check,
    consequence,
    fail,
    inconclusive,
    ok,
    warn,
)
from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.associations import succeeded
from scanproof.evidence.item_course import course
from scanproof.evidence.known import identity_of
from scanproof.evidence.ledger import Held
from scanproof.evidence.store_faults import is_apart
from scanproof.finding import Level, Verdict
from scanproof.standard import mwl_table as table
from scanproof.standard.datasets import value_findings
from scanproof.standard.text_damage import damage, folded
from scanproof.standard.value_grammar import TEXT_VRS
from scansim.network.transcript import Exchange
from scansim.vocabulary import values as value_form
from scansim.vocabulary.uids import MPPS
from scansim.wire.dataset import DataSet, keyword

_WITHOUT_VALUE = "returned without a value"
_OUR_DEFECT = "report this as a defect of scanproof, with the transcript folder: our own message was wrong"


def normal(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Values of an attribute in a form in which equal ones are equal: no padding, no empty ends, numbers as numbers."""
    tag = tag_for_keyword(name)
    vr = dictionary_VR(tag) if tag is not None else "UN"
    return tuple(value_form.normal(vr, value) for value in values)


def _shown(values: tuple[str, ...]) -> str:
    return repr("\\".join(values))


@check(
    "identity.order-item",
    title="What was ordered is what the worklist returns",
    clause="PS3.4 K.4.1.3.1, Table K.6-1 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="each value of the order that was asked for, unchanged",
    hint="Follow this attribute from the order into the worklist: where is it cut, converted or lost?",
)
def order_item(evidence: Evidence) -> Iterator[Observation]:
    """An item carries the values that the SCP holds of the step: those of the order. The SCP may add others.

    What the console takes over stands in every image and report; a digit lost here is a patient lost there.

    Only where the harness placed an order itself: each value of it that the query asked for is compared with the item,
    padding, trailing delimiters of names and notations of numbers and times aside, codes by value and scheme. A value
    that came back empty fails for Type 1 and is a warning otherwise; so is one that differs in case or accents only.
    Letters that the worklist's character set does not have are an expectation: no clause says which sets a worklist
    supports. Several stations are right when the ordered one is among them. Of several items of one accession, that of
    the ordered step is compared. An absent attribute is judged by the worklist's checks.
    """
    order = evidence.order
    if order is None:
        yield from _orders_of_battery(evidence)
        return
    for query in evidence.worklist_queries:
        ours = order.among(query.answers)
        step = order.held.items.get(table.STEP, (Held({}, {}),))[0].first("ScheduledProcedureStepID")
        same = ours.where(partial(_is_step, step))
        judged = [list(_compared(query.keys, order.held, item, response)) for response, item in same or ours]
        # RISs number steps anew: then it is the one that is most like the order
        yield from (each for seen in (judged if same else sorted(judged, key=len)[:1]) for each in seen)


def _orders_of_battery(evidence: Evidence) -> Iterator[Observation]:
    """Each answer that is one of the orders which the cases of a battery share, compared with that."""
    ordered = evidence.known.ordered
    for query in evidence.worklist_queries if ordered else ():
        for response, item in query.answers:
            known = ordered.get(identity_of(item)[:2])
            if known is not None:
                yield from _compared(query.keys, known.held, item, response)


def _is_step(wanted: str, item: DataSet) -> bool:
    return any(step.text("ScheduledProcedureStepID") == wanted for step in item.items(table.STEP))


def _compared(keys: DataSet, held: Held, item: DataSet, response: Exchange) -> Iterator[Observation]:
    wrong = {finding.tag for finding in value_findings(item)}
    seen = [_explained(each, wrong) for each in _differences(keys, held, item, response)]
    yield from seen or [ok("as ordered", response)]


def _explained(seen: Observation, wrong: set[str]) -> Observation:
    """A value that is no value of its attribute at all is told of by the check that finds so: it is one fault."""
    nothing = seen.verdict is Verdict.FAIL and seen.actual == _WITHOUT_VALUE
    return replace(seen, because=seen.exchange) if seen.tag in wrong or nothing else seen


def _differences(
    keys: DataSet, held: Held, item: DataSet, response: Exchange, path: str = "", tag: str = ""
) -> Iterator[Observation]:
    for key in keys.elements.values():
        name = keyword(key.tag)
        element = item.elements.get(key.tag)
        if element is None or name == "SpecificCharacterSet":
            continue
        here = tag + name
        if path + name in table.CODE_SEQUENCES:
            yield from _code_differences(held.items.get(name, ()), item.items(name), response, here)
        elif name == table.STEP:
            for ordered, step in zip(held.items.get(name, ()), item.items(name), strict=False):
                nested = key.items[0] if key.items else DataSet({})
                yield from _differences(nested, ordered, step, response, f"{name}>", f"{here}[1] > ")
        elif ordered_values := held.values.get(name, ()):
            got = item.values(name)
            expected = _shown(ordered_values)
            if not got:
                say = fail if path + name in table.TYPE_1 else warn
                yield say(_WITHOUT_VALUE, response, expected=expected, tag=here)
            elif normal(name, got) != normal(name, ordered_values) and not _among(name, ordered_values, got):
                if _folded(name, got) == _folded(name, ordered_values):
                    yield warn(_shown(got), response, expected=expected, tag=here)
                elif _is_text(name) and _is_damaged(ordered_values, got):
                    yield fail(_shown(got), response, expected=expected, tag=here, level=Level.EXPECTED)
                else:
                    yield fail(_shown(got), response, expected=expected, tag=here)


#: What an item may have more of than the order: any of several stations may do the step.
_STATIONS = ("ScheduledStationAETitle", "ScheduledStationName")


def _among(name: str, ordered: tuple[str, ...], got: tuple[str, ...]) -> bool:
    return name in _STATIONS and set(normal(name, ordered)) <= set(normal(name, got))


def _folded(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Values without case and accents, as far as they are text."""
    return tuple(folded(value) if _is_text(name) else value for value in normal(name, values))


def _is_damaged(ordered: tuple[str, ...], got: tuple[str, ...]) -> bool:
    """Whether letters beyond ISO 646 suffered, which an SCP may answer without (PS3.4 C.2.2.2, K.2.2.2)."""
    wanted = "\\".join(ordered)
    return not wanted.isascii() and bool(damage(wanted, "\\".join(got)))


def _is_text(name: str) -> bool:
    tag = tag_for_keyword(name)
    return tag is not None and dictionary_VR(tag) in TEXT_VRS


def _code_differences(
    ordered: tuple[Held, ...], items: tuple[DataSet, ...], response: Exchange, tag: str
) -> Iterator[Observation]:
    codes = {(item.first("CodeValue"), item.first("CodingSchemeDesignator")) for item in ordered}
    codes = {code for code in codes if code[0]}
    got = {(item.text("CodeValue"), item.text("CodingSchemeDesignator")) for item in items if item.text("CodeValue")}
    expected = _codes(codes)
    if codes and not items:
        yield warn("returned without a code", response, expected=expected, tag=tag)
    elif got and not codes <= got:
        yield fail(_codes(got), response, expected=expected, tag=tag)


def _codes(codes: set[tuple[str, str]]) -> str:
    return ", ".join(f"({value}, {scheme})" for value, scheme in sorted(codes))


#: What is given once with the order; the rest of an item's identity may be corrected while the patient waits.
_GIVEN_ONCE = ("StudyInstanceUID", "RequestedProcedureID")
_IDENTIFYING = ("PatientID", "PatientName", "AccessionNumber", *_GIVEN_ONCE)


@dataclass(frozen=True)
class _Returned:
    """Identifying values of one item as one query returned them."""

    scenario: str
    values: Mapping[str, tuple[str, ...]]

    def changed(self, later: Mapping[str, tuple[str, ...]]) -> list[str]:
        return [name for name in self.values if name in later and self.values[name] != later[name]]


@check(
    "identity.item-stable",
    title="The same step has the same identity in every query",
    clause="",
    level=Level.EXPECTED,
    service="worklist",
    judges=Scope.RUN,
    expected="patient, accession, study and procedure as they were returned before",
    hint="Store the identifiers with the order; do not make them when they are asked for.",
)
def item_stable(run: RunEvidence) -> Seen:
    """A step's identifiers are facts of the order: a later query returns them as an earlier one did.

    A Study Instance UID that is made anew for each query tears one exam into several studies, an accession that
    changes loses the report.

    Items of different queries, of one scenario or of several, are taken for the same step when Scheduled Procedure
    Step ID and study, or step, procedure and accession, are equal; then their identifying values are compared, as far
    as both have them. Another study or requested procedure fails; another patient or accession is a warning, as
    somebody may have corrected it meanwhile. When the item is in the list, and when not, is told.
    """
    before: dict[tuple[str, ...], list[_Returned]] = {}
    for evidence in run.scenarios:
        told = course(evidence)
        if told is not None:
            yield Fact(told[0], told[1], "PS3.4 F.7.2.1 note, F.7.2.1.3 note (c. 2020)", evidence.label)
        for query in evidence.worklist_queries:
            now: dict[tuple[str, ...], list[_Returned]] = {}
            answers: list[tuple[Exchange, list[tuple[str, ...]], _Returned]] = []
            for response, item in query.answers:
                values = {name: normal(name, item.values(name)) for name in _IDENTIFYING if item.values(name)}
                answers.append((response, _names_of(item), _Returned(evidence.label, values)))
                for name in answers[-1][1]:
                    now.setdefault(name, []).append(answers[-1][2])
            for response, names, returned in answers:
                known = [
                    earlier
                    for name in names
                    for earlier in before.get(name, ())
                    # one that is still there as it was has not become this one: their numbers are alike
                    if not any(each is not returned and not earlier.changed(each.values) for each in now[name])
                ]
                if known and not all(earlier.changed(returned.values) for earlier in known):
                    yield ok("as before", response, scenario=evidence.label)
                elif known:
                    closest = min(known, key=lambda earlier: len(earlier.changed(returned.values)))
                    yield from _changes(closest, returned.values, response, evidence.label)
            for step, held in now.items():
                before.setdefault(step, held)


def _changes(
    earlier: _Returned, values: Mapping[str, tuple[str, ...]], response: Exchange, scenario: str
) -> Iterator[Observation]:
    place = "before" if earlier.scenario == scenario else f"in {earlier.scenario}"
    for name in earlier.changed(values):
        expected = f"{_shown(earlier.values[name])}, as {place}"
        got = _shown(values[name])
        if name in _GIVEN_ONCE:
            yield fail(got, response, expected=expected, tag=name, scenario=scenario)
        else:
            yield warn(f"{got}: edited meanwhile?", response, expected=expected, tag=name, scenario=scenario)


def _names_of(item: DataSet) -> list[tuple[str, ...]]:
    """What tells a step from others, in two ways."""
    step = next((step.text("ScheduledProcedureStepID") for step in item.items(table.STEP)), "")
    ways = (
        (step, item.text("StudyInstanceUID")),
        (step, item.text("RequestedProcedureID"), item.text("AccessionNumber")),
    )
    return [way for way in ways if all(way)]


#: An attribute, if it is one's value that differs, and what.
Wrong = tuple[str, str]


@check(
    "identity.sent",
    title="Our own messages agree with each other",
    clause="IHE RAD TF-2 Appendix A; PS3.4 F.7.2.2.2, J.3.2.1.2 (2013)",
    level=Level.INFO,
    expected="images, MPPS and commitment request of one exam, with the item's identity",
    hint=_OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def sent(evidence: Evidence) -> Iterator[Observation]:
    """Images, performed step and commitment request carry the study, the accession and the patient of the worklist
    item, and each other's UIDs; the step that ends names every instance, the request every stored one.

    A target is judged by what it was sent: a virtual scanner that contradicts itself proves nothing.

    Each message that we sent is compared with the exam's ledger. A difference is our own defect, but for a value that
    was at fault in the item, which no scanner can carry over as it is.
    """
    ledger = evidence.ledger
    if not ledger.get("study_instance_uid"):
        return
    item, source = evidence.item, evidence.source
    study, performed = str(ledger["study_instance_uid"]), evidence.performed
    known = {str(entry["sop_instance_uid"]) for entry in _entries(ledger.get("instances"))}
    step = str(ledger.get("mpps_uid") or "")
    due = evidence.steps.done_before("create-mpps", "acquire")
    images: list[str] = []
    kept: list[str] = []
    for operation in evidence.operations:
        request, dataset = operation.request, operation.request.dataset
        if not request.sent or dataset is None or request.intent is not None:
            continue
        wrong: list[Wrong] = []
        if request.name == "C-STORE-RQ":
            uid = request.command.sop_instance_uid or ""
            images.append(uid)
            kept += [uid] if succeeded(operation) is not None else []
            if is_apart(request):
                continue
            wrong = [*_exam(dataset, dataset, item, study), *_step_reference(dataset, step, due=due)]
            wrong += [] if uid in known else [("", f"SOP Instance UID {uid}")]
        elif request.name == "N-CREATE-RQ" and request.abstract_syntax == MPPS:
            uid = request.command.sop_instance_uid or ""
            of = performed.get(uid) or [(item, study)]
            for scheduled in dataset.items("ScheduledStepAttributesSequence"):
                wrong += sorted([_exam(dataset, scheduled, *each) for each in of], key=len)[0]
            other = uid and uid not in performed and step not in ("", uid)
            wrong += [("", f"SOP Instance UID {uid}")] if other else []
        elif request.name == "N-SET-RQ" and request.abstract_syntax == MPPS:
            wrong = _performed(dataset, images, known)
        elif request.name == "N-ACTION-RQ":
            named = {entry.text("ReferencedSOPInstanceUID") for entry in dataset.items("ReferencedSOPSequence")}
            wrong = [("", f"stored instance {uid} is not named") for uid in kept if uid not in named]
        else:
            continue
        text = f"{request.name}: {'; '.join(what for _, what in wrong[:3])}"
        if wrong and source is not None and source.gave_wrong(name or "-" for name, _ in wrong):
            yield consequence(text, request, source.exchange, tag=wrong[0][0])
        elif wrong:
            yield inconclusive(text, request, hint=_OUR_DEFECT)
        else:
            yield ok(f"{request.name} agrees", request)


def _entries(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _exam(patient: DataSet, study_level: DataSet, item: Held, study: str) -> list[Wrong]:
    """What differs from the ledger, by attribute: the study's UID, and of the item what it has a value for."""
    wrong: list[Wrong] = []
    uid = study_level.text("StudyInstanceUID")
    if uid != study:
        wrong.append(("StudyInstanceUID", f"Study Instance UID {uid}"))
    levels = {"PatientID": patient, "PatientName": patient, "AccessionNumber": study_level}
    for name, level in levels.items():
        wanted = item.values.get(name, ())
        if wanted and normal(name, level.values(name)) != normal(name, wanted):
            wrong.append((name, f"{name} {level.text(name)!r} where the item has {_shown(wanted)}"))
    return wrong


def _step_reference(image: DataSet, wanted: str, *, due: bool) -> list[Wrong]:
    """Whether an image refers to the performed step; it is due when the step was created before the image was made."""
    references = image.items("ReferencedPerformedProcedureStepSequence")
    named = [reference.text("ReferencedSOPInstanceUID") for reference in references]
    if (due and wanted and not named) or any(uid != wanted for uid in named):
        return [("", f"the performed step is {', '.join(named) or 'not named'} where it is {wanted or 'none'}")]
    return []


def _performed(dataset: DataSet, images: list[str], known: set[str]) -> list[Wrong]:
    """What is wrong with the instances of an N-SET: those that were sent before are in it, and none that does not
    exist.
    """
    named = [
        reference.text("ReferencedSOPInstanceUID")
        for series in dataset.items("PerformedSeriesSequence")
        for name in ("ReferencedImageSequence", "ReferencedNonImageCompositeSOPInstanceSequence")
        for reference in series.items(name)
    ]
    wrong = [("", f"instance {uid} is not one of the exam") for uid in named if uid not in known]
    if dataset.text("PerformedProcedureStepStatus") in ("COMPLETED", "DISCONTINUED"):
        told = set(named)
        wrong += [("", f"instance {uid} is not named") for uid in images if uid not in told]
    return wrong
