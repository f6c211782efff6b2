"""Checks of whole data sets of PS3.4 services: types in items, values, query keys, by the hand-written tables.

What the checks of a service judge of its data sets, these leave to them; attributes that no table has, as newer
editions add them, are never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydicom.datadict import dictionary_VM

from scanproof.check import OUR_DEFECT, Fact, Observation, Proof, Seen, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.commitment import LISTS
from scanproof.finding import Level
from scanproof.iod import IodFinding, IodLevel, judge_element, private_findings
from scanproof.standard import commitment_table, mpps_table, mwl_table
from scanproof.standard.attribute_types import lacking
from scanproof.standard.value_grammar import mistakes
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import COMMITMENT, MPPS, STUDY_ROOT_FIND, WORKLIST
from scansim.wire.dataset import DataSet, Element, keyword

#: Read of the bytes by the check of well-formed data sets.
_BYTES = ("odd-length", "group-length", "attribute-retired", "attribute-unknown")
#: Judged by worklist.value-syntax and worklist.character-set.
_WORKLIST_VALUES = ("vr-grammar", "value-too-long", "vr-mismatch", "charset", *_BYTES)
#: VRs whose keys may have wild cards (PS3.4 C.2.2.2.4), and ranges (C.2.2.2.5).
_WILD = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")
_RANGES = ("DA", "TM", "DT")

Wrong = tuple[str, str]


def value_findings(
    dataset: DataSet, without: tuple[str, ...] = _BYTES, *, warnings: bool = False
) -> Iterator[IodFinding]:
    """Errors of elements and private blocks; rules that begin with one of `without` are left out."""
    levels = (IodLevel.ERROR, IodLevel.WARNING) if warnings else (IodLevel.ERROR,)
    for element in dataset.elements.values():
        for finding in judge_element(dataset, element):
            if finding.level in levels and not finding.rule.startswith(without):
                yield finding
    yield from private_findings(dataset)


def _observed(findings: Iterator[IodFinding], exchange: Exchange) -> Iterator[Observation]:
    for finding in findings:
        say = fail if finding.level is IodLevel.ERROR else warn
        yield say(_said(finding), exchange, tag=finding.tag)


def _said(finding: IodFinding) -> str:
    return f"{finding.message} ({finding.rule}, {finding.clause})"


def _ours(operation: Operation, wrong: list[Wrong], good: str) -> Observation:
    if not wrong:
        return ok(good, operation.request)
    shown = "; ".join(f"{tag}: {what}" for tag, what in wrong[:3])
    return inconclusive(f"{operation.request.name}: {shown}", operation.request, hint=OUR_DEFECT)


# --- queries ----------------------------------------------------------------------------------------------------------


def illegal_keys(
    keys: DataSet, return_only: tuple[str, ...] = (), single: tuple[str, ...] = (), path: str = ""
) -> Iterator[Wrong]:
    """Yield (tag, what) of each key that no query may have: values, ranges, wild cards, lists, items."""
    for element in keys.elements.values():
        here = path + keyword(element.tag)
        if element.items is not None:
            if len(element.items) > 1:
                yield here, f"{len(element.items)} items, where a sequence key has one"
            for item in element.items:
                if here in return_only:
                    yield from _not_empty(item, here)
                else:
                    yield from illegal_keys(item, return_only, single, f"{here}>")
        elif element.tag != 0x00080005:
            yield from ((here, what) for what in _illegal_values(keys, element, here in single))


def _not_empty(item: DataSet, path: str) -> Iterator[Wrong]:
    for tag, _, element in item.walk(f"{path}>"):
        if not element.is_empty and element.items is None:
            yield tag, "a value, where the table has no matching"


def _illegal_values(keys: DataSet, element: Element, single: bool) -> Iterator[str]:
    values, vr = keys.values_of(element), element.vr
    if len(values) > 1 and vr != "UI":
        yield f"{len(values)} values, where only UIDs are asked for in lists"
        return
    for value in values:
        wild = re.search(r"[*?]", value) is not None
        if wild and (vr not in _WILD or single):
            yield f"{value!r} has wild cards, which do not match here"
        elif vr in _RANGES and "-" in value:
            first, _, last = value.partition("-")
            parts = [part.strip() for part in (first, last) if part.strip()]
            if not parts:
                yield f"{value!r} is a range without an end"
            yield from (what for part in parts for _, what in mistakes(vr, part))
        elif not wild:
            yield from (what for sure, what in mistakes(vr, value) if sure)


@check(
    "dataset.worklist-request",
    title="Our worklist queries are legal",
    clause="PS3.4 C.2.2.2 (2024d), K.6.1.2.2, Table K.6-1 (2018-2024)",
    level=Level.INFO,
    service="worklist",
    expected="keys with single values, ranges and wild cards only where they match, one item in each sequence",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def worklist_request(evidence: Evidence) -> Iterator[Observation]:
    """A query asks with values that its matching knows: ranges for dates and times, wild cards for text, lists for
    UIDs, zero length for whatever is only returned.

    A target is judged by its answers to these keys; a query that is wrong itself proves nothing.

    Every key of each query that we sent is looked at. What is wrong is our own defect and never the target's.
    """
    for operation in evidence.requests("C-FIND-RQ", WORKLIST):
        if operation.request.dataset is not None:
            wrong = list(illegal_keys(operation.request.dataset, mwl_table.RETURN_ONLY, mwl_table.SINGLE_VALUE))
            yield _ours(operation, wrong, "legal")


@check(
    "dataset.query-request",
    title="Our queries of the archive are legal",
    clause="PS3.4 C.2.2.2 (2024d), C.4.1.1.3.1 (2018-2024)",
    level=Level.INFO,
    service="query",
    expected="a level, the unique keys above it, and values that its matching knows",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def query_request(evidence: Evidence) -> Iterator[Observation]:
    """A hierarchical query names its level and gives one value for the unique key of each level above it.

    A target is judged by its answers to these keys; a query that is wrong itself proves nothing.

    Every key of each Study Root query that we sent is looked at. What is wrong is our own defect.
    """
    levels = (("STUDY", "StudyInstanceUID"), ("SERIES", "SeriesInstanceUID"), ("IMAGE", "SOPInstanceUID"))
    for operation in evidence.requests("C-FIND-RQ", STUDY_ROOT_FIND):
        keys = operation.request.dataset
        if keys is None:
            continue
        wrong = list(illegal_keys(keys))
        level = keys.text("QueryRetrieveLevel")
        if level not in dict(levels):
            wrong.append(("QueryRetrieveLevel", f"{level!r} is no level of Study Root"))
        else:
            above = [name for other, name in levels[: [name for name, _ in levels].index(level)]]
            wrong += [(name, "no single value") for name in above if len(keys.values(name)) != 1]
        yield _ours(operation, wrong, "legal")


@check(
    "dataset.worklist-response",
    title="Worklist items are right in what no matching looks at",
    clause="PS3.4 Table K.6-1, K.6-1a (2018-2024); PS3.3 C.7.1.1 (2020); PS3.5 7.8.1 (2025a)",
    level=Level.SHALL,
    service="worklist",
    expected="items of optional sequences with their Type 1 and 2 attributes, enumerated values, whole private blocks",
    hint="Correct the attribute where the worklist takes it from; leave an optional sequence out if it is unknown.",
)
def worklist_response(evidence: Evidence) -> Iterator[Observation]:
    """Items of the optional sequences have what the table wants in them: documents, specimens and protocols have their
    UIDs. Values are those that are enumerated, as many as the attribute has; private elements have their creator.

    A sex that no console knows, or a document without its UID, is copied into each image of the exam.

    Each item is walked. Attributes of Type 1 and 2 at its root and in its step, syntax and character sets have checks
    of their own; an attribute that the table does not have is never wrong.
    """
    for query in evidence.worklist_queries:
        for response, item in query.answers:
            seen = [fail(what, response, tag=tag) for tag, what in lacking(item, mwl_table.IN_ITEMS, query.keys)]
            findings = (
                each for each in value_findings(item, _WORKLIST_VALUES, warnings=True) if not _is_one_value(each)
            )
            seen += _observed(findings, response)
            yield from seen or [ok("as the table wants it", response)]


def _is_one_value(finding: IodFinding) -> bool:
    """Whether several values stand where one belongs: the check of syntax says so."""
    name = re.sub(r"\[\d+\]", "", finding.tag.split(" > ")[-1])
    try:
        return finding.rule == "vm" and dictionary_VM(name) == "1"
    except (KeyError, ValueError):
        return False


@check(
    "dataset.query-response",
    title="Answers of the archive are well formed",
    clause="PS3.5 6.1.2, 6.2, Table 6.2-1 (2013, 2020a); PS3.4 C.2.2.1 (2018-2024)",
    level=Level.SHALL,
    service="query",
    expected="values as PS3.5 writes them, in the character set that the answer announces",
    hint="Correct what the archive's database holds, or how it writes it out.",
)
def query_response(evidence: Evidence) -> Seen:
    """Each value has the form, the length and the number of values of its attribute, in the character set that the
    answer announces; private elements have their creator.

    A workstation drops an answer that it cannot read: the prior study is there and nobody sees it.

    Every element of each answer to our Study Root queries is looked at. A value that comes back as it was stored is not
    the archive's: it is a consequence where a worklist item had it so, and only told otherwise.
    """
    for find in evidence.archive_queries:
        for response, answer in find.answers:
            seen: list[Observation | Fact] = []
            for finding in value_findings(answer):
                given = _given(evidence, answer, finding)
                if given is not None and not given.sent:
                    seen.append(fail(_said(finding), response, tag=finding.tag, because=given))
                elif given is not None:
                    seen.append(Fact(f"{finding.tag} comes back as it was stored: {finding.message}", response))
                else:
                    seen += _observed(iter((finding,)), response)
            yield from seen or [ok("well formed", response)]


def _given(evidence: Evidence, answer: DataSet, finding: IodFinding) -> Exchange | None:
    """Where the archive has a fault from: the worklist item that had it first, else our C-STORE; None: its own."""
    try:
        element = answer.element(finding.tag)
    except KeyError:  # in an item, or private
        return None
    if element is None:
        return None
    stored = (image for image in evidence.stored if _has(image.dataset, finding, element))
    store = next((image.operation.request for image in stored), None)
    if store is None:
        return None
    answers = (each for query in evidence.worklist_queries for each in query.answers)
    return next((response for response, item in answers if _has(item, finding, element)), store)


def _has(dataset: DataSet, finding: IodFinding, wrong: Element) -> bool:
    """Whether the same value stands in a data set, and is at fault there in the same way."""
    element = dataset.element(finding.tag)
    if element is None or element.value.rstrip(b"\0 ") != wrong.value.rstrip(b"\0 "):
        return False
    return any(own.rule == finding.rule for own in judge_element(dataset, element))


# --- performed procedure steps ----------------------------------------------------------------------------------------


@check(
    "dataset.mpps-request",
    title="Our performed procedure steps are complete",
    clause="PS3.4 F.7.2.1.2, F.7.2.2.2, Table F.7.2-1 (2018-2024)",
    level=Level.INFO,
    service="mpps",
    expected="every attribute of Type 1 and 2, nothing in an N-SET that it may not set, and a complete final state",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def mpps_request(evidence: Evidence) -> Iterator[Observation]:
    """An N-CREATE carries every attribute of Type 1 and 2; an N-SET sets only what it may, and whole items; when a
    step ends, it has its end, its series and their instances.

    A target is judged by what it does with these; a step that is wrong itself proves nothing.

    Each N-CREATE and N-SET that we sent is compared with the table, the final state with what all of them set
    together. What is wrong is our own defect and never the target's.
    """
    states: dict[str, DataSet] = {}
    for operation in evidence.operations:
        request, dataset = operation.request, operation.request.dataset
        creates = request.name == "N-CREATE-RQ"
        if not request.sent or request.abstract_syntax != MPPS or dataset is None:
            continue
        wrong = list(lacking(dataset, mpps_table.IN_ITEMS))
        wrong += [(finding.tag, finding.message) for finding in value_findings(dataset)]
        uid = request.command.sop_instance_uid or ""
        done = operation.final is not None and is_success(operation.final.command.status)
        if creates:
            wrong += [(path, "absent, or without a value") for path in mpps_table.lacking_in_create(dataset)]
        else:
            wrong += [(name, "an N-SET may not set it") for name in mpps_table.NOT_IN_SET if name in dataset]
        known = states.get(uid)
        if done and (creates or known is not None):
            states[uid] = DataSet({**(known.elements if known is not None else {}), **dataset.elements})
            if dataset.text("PerformedProcedureStepStatus") in mpps_table.FINAL_STATES:
                wrong += list(lacking(states[uid], _final_types(dataset)))
        yield _ours(operation, wrong, "complete")


def _final_types(dataset: DataSet) -> Mapping[str, str]:
    """Types of the final state; a step that was discontinued before a series began has no series to tell of."""
    if dataset.text("PerformedProcedureStepStatus") == "DISCONTINUED" and not dataset.items("PerformedSeriesSequence"):
        return {path: kind for path, kind in mpps_table.FINAL.items() if path != "PerformedSeriesSequence"}
    return mpps_table.FINAL


# --- commitment -------------------------------------------------------------------------------------------------------


@check(
    "dataset.commitment-request",
    title="Our commitment requests are complete",
    clause="PS3.4 J.3.2.1.1, Table J.3-1 (2013, 2018-2024)",
    level=Level.INFO,
    service="commitment",
    expected="a Transaction UID, and each instance once, with its SOP Class",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def commitment_request(evidence: Evidence) -> Iterator[Observation]:
    """A request has a Transaction UID of its own, and names each instance once, with its class.

    A target is judged by what it reports of them; a request that is wrong itself proves nothing.

    Each N-ACTION that we sent is compared with the table. What is wrong is our own defect and never the target's.
    """
    transactions: list[str] = []
    for operation in evidence.requests("N-ACTION-RQ", COMMITMENT):
        dataset = operation.request.dataset
        if dataset is None:
            continue
        wrong = list(lacking(dataset, commitment_table.REQUEST))
        wrong += [(finding.tag, finding.message) for finding in value_findings(dataset)]
        uids = [item.text("ReferencedSOPInstanceUID") for item in dataset.items("ReferencedSOPSequence")]
        if len(set(uids)) < len(uids):
            wrong.append(("ReferencedSOPSequence", "an instance is named twice"))
        transaction = dataset.text("TransactionUID")
        if transaction in transactions:
            wrong.append(("TransactionUID", "used before"))
        transactions.append(transaction)
        yield _ours(operation, wrong, f"{len(uids)} instances")


@check(
    "dataset.commitment-report",
    title="Commitment reports are well formed",
    clause="PS3.4 Table J.3-2 (2013, 2018-2024); PS3.5 6.2, Table 6.2-1 (2013, 2020a)",
    level=Level.SHALL,
    service="commitment",
    expected="items with their instance, values as PS3.5 writes them, retrieve and media attributes at one place",
    hint="Write each item with class and instance; put Retrieve AE Title either at the root or into the items.",
)
def commitment_report(evidence: Evidence) -> Iterator[Observation]:
    """Each item of a report names an instance; where to fetch it from, or the media that it is on, stands at the root
    or in the items and not in both. Values have the form of their VR.

    A report that a modality cannot read is no report: images stay on the scanner, or are sent again.

    Each report that belongs to a request is walked. Transaction, lists, classes and reasons have checks of their own.
    """
    for transaction, report in evidence.reported:
        content = transaction.content
        if content is None:
            continue
        seen = [fail(what, report.request, tag=tag) for tag, what in lacking(content, commitment_table.REPORT_ITEMS)]
        for name in commitment_table.ONE_PLACE:
            if name in content and any(name in item for each in LISTS for item in content.items(each)):
                seen.append(fail("at the root and in the items", report.request, tag=name))
        seen += _observed(value_findings(content), report.request)
        yield from seen or [ok("well formed", report.request)]
