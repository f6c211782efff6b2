"""Checks of whole data sets of PS3.4 services: types in items, values, query keys, by the hand-written tables.

What the checks of a service judge of its data sets, these leave to them; attributes that no table has, as newer
editions add them, are never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from pydicom.datadict import dictionary_VM

from scanproof.acceptance import sent_by_us
from scanproof.check import OUR_DEFECT, Fact, Observation, Proof, Seen, blamed, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.commitment import LISTS
from scanproof.evidence.source import last
from scanproof.finding import Level
from scanproof.iod import IodFinding, IodLevel, judge_element
from scanproof.standard import commitment_table, mwl_table
from scanproof.standard.attribute_types import lacking
from scanproof.standard.datasets import BYTES, value_findings
from scansim.network.transcript import Exchange
from scansim.vocabulary.uids import COMMITMENT, MPPS, WORKLIST
from scansim.wire.dataset import DataSet

#: Judged by worklist.value-syntax and worklist.character-set.
_WORKLIST_VALUES = ("vr-grammar", "value-too-long", "vr-mismatch", "charset", *BYTES)


def _observed(findings: Iterator[IodFinding], exchange: Exchange) -> Iterator[Observation]:
    return (_as_observed(finding, exchange) for finding in findings)


def _as_observed(finding: IodFinding, exchange: Exchange) -> Observation:
    say = fail if finding.level is IodLevel.ERROR else warn
    return say(f"{finding.message} ({finding.rule}, {finding.clause})", exchange, tag=finding.tag)


# --- queries ----------------------------------------------------------------------------------------------------------


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
            yield sent_by_us(evidence.asked(operation), "legal")


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

    Every key of each query of the archive that we sent is looked at. What is wrong is our own defect.
    """
    for find in evidence.archive_queries:
        yield sent_by_us(evidence.asked(find.operation), "legal")


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

    Every element of each answer to our queries is looked at. What is wrong with a value that the archive was
    sent with a fault of another's is no fault of the archive; one that comes back as we stored it is only told.
    """
    given = evidence.given_wrong
    ours: Mapping[tuple[int, bytes], Collection[str]] | None = None
    for find in evidence.archive_queries:
        for response, answer in find.answers:
            seen: list[Observation | Fact] = []
            for finding in value_findings(answer):
                source = given.get(last(finding.tag))
                ours = _faulty_values(evidence) if ours is None else ours
                if source is None and _is_ours(ours, answer, finding):
                    seen.append(Fact(f"{finding.tag} comes back as it was stored: {finding.message}", response))
                else:
                    seen.append(blamed(_as_observed(finding, response), source))
            yield from seen or [ok("well formed", response)]


def _is_ours(ours: Mapping[tuple[int, bytes], Collection[str]], answer: DataSet, finding: IodFinding) -> bool:
    """Whether a stored image has the same value, and it is at fault there in the same way."""
    try:
        wrong = answer.element(finding.tag)
    except KeyError:  # in an item, or private
        return False
    return wrong is not None and finding.rule in ours.get((wrong.tag, wrong.value.rstrip(b"\0 ")), ())


def _faulty_values(evidence: Evidence) -> dict[tuple[int, bytes], set[str]]:
    """Rules that values of stored images break, by tag and value."""
    found: dict[tuple[int, bytes], set[str]] = {}
    for image in evidence.stored:
        checked = evidence.checked(image.operation.request)
        if checked is not None and not checked.findings:
            continue
        dataset = image.dataset
        for element in dataset.elements.values():
            for finding in judge_element(dataset, element):
                found.setdefault((element.tag, element.value.rstrip(b"\0 ")), set()).add(finding.rule)
    return found


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
    for operation in evidence.operations:
        request = operation.request
        if request.sent and request.abstract_syntax == MPPS and request.dataset is not None:
            yield sent_by_us(evidence.asked(operation), "complete")


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
    for operation in evidence.requests("N-ACTION-RQ", COMMITMENT):
        if operation.request.dataset is not None:
            instances = len(operation.request.dataset.items("ReferencedSOPSequence"))
            yield sent_by_us(evidence.asked(operation), f"{instances} instances")


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
