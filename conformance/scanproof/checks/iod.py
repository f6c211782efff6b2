"""Checks of composite instances on the wire, ours and the target's, by the IOD checker; and of the exam as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.acceptance import sent_by_us
from scanproof.check import OUR_DEFECT, Fact, Observation, Proof, check, consequence, inconclusive, ok
from scanproof.evidence import Evidence
from scanproof.evidence.source import plain
from scanproof.evidence.store_faults import is_apart
from scanproof.finding import Level, Verdict
from scanproof.given_back import given_back
from scanproof.iod import IodLevel, against_item, against_step
from scansim.vocabulary.uids import MPPS


@check(
    "iod.ours",
    title="The instances that we send conform to their IODs",
    clause="PS3.3 Annex A (2026b); PS3.5 6.2, 7.4 (2013)",
    level=Level.INFO,
    service="storage",
    expected="no error of the IOD checker",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def ours(evidence: Evidence) -> Iterator[Observation]:
    """Every instance that we send has the attributes, values and encoding of its Information Object Definition.

    A target that refuses a wrong instance is right; a virtual scanner that sends one proves nothing.

    The data set of each C-STORE is checked as it went over the wire, without its pixels where the transcript does not
    keep them. An error is our own defect, or that of a value which the worklist item gave, and never the archive's.
    """
    for operation in evidence.requests("C-STORE-RQ"):
        checked = evidence.checked(operation.request)
        if checked is None:
            continue
        yield sent_by_us(evidence.asked(operation), "conforms")


@check(
    "iod.received",
    title="The instances that the target sends conform to their IODs",
    clause="PS3.4 B.2.2, C.4.2.2 (2013, 2018-2024); PS3.3 Annex A (2026b)",
    level=Level.SHALL,
    service="retrieve",
    expected="no error of the IOD checker that the instance did not come with",
    hint="The rule in brackets: scanproof check --explain RULE. Look at what the archive coerces on its way out.",
)
def received(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An instance that an archive gives out has the attributes, values and encoding of its Information Object
    Definition.

    What a workstation gets is what is read: an attribute that was lost or changed in the archive is lost for good.

    The data set of each C-STORE that the target sends us is checked, of instances that we had stored. An error that the
    instance had already when we sent it is not the target's, nor one that other checks tell as a loss or a change; what
    follows from such a one is its consequence.
    """
    for back in given_back(evidence):
        exchange = back.returned.request
        new = [finding for finding in back.new_findings if not back.is_told(finding.tag)]
        for finding in new:
            text = f"{finding.message} ({finding.rule}, {finding.clause})"
            itself = any(plain(each.path) == plain(finding.tag) for each in back.returned.differences)
            if not itself and back.returned.is_other:
                yield consequence(text, exchange, exchange, tag=finding.tag or None)
            else:
                verdict = Verdict.FAIL if finding.level is IodLevel.ERROR else Verdict.WARN
                yield back.say(verdict, text, finding.tag)
        if not new:
            yield ok("conforms", exchange)


@check(
    "exam.instances",
    title="The instances of our exam belong together",
    clause="PS3.3 A.1.2 (2024e), C.7.6.2.1.1 (2020a); PS3.5 9 (2024e)",
    level=Level.INFO,
    service="storage",
    expected="one patient, study and equipment, UIDs that differ, slices that make volumes",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def instances(evidence: Evidence) -> Iterator[Observation]:
    """The instances of an exam are of one patient and study, those of a series of one device and frame of reference;
    every UID names one thing.

    An archive that splits such a study does what it was told; then nothing of the exam can be judged.

    All instances that we sent are compared with each other. A contradiction is our own defect.
    """
    exam = evidence.exam
    if exam.last is None:
        return
    wrong = [finding for finding in exam.series.findings() if finding.level is IodLevel.ERROR]
    for finding in wrong:
        yield inconclusive(f"{finding.tag}: {finding.message} ({finding.rule})", exam.last, hint=OUR_DEFECT)
    if not wrong:
        yield ok(f"{len(exam)} instances belong together", exam.last)


@check(
    "exam.images",
    title="Our images carry what the worklist item says",
    clause="IHE RAD TF-2 Appendix A; PS3.3 Table C.7-1, C.7-3, 10-9 (2020)",
    level=Level.INFO,
    service="storage",
    expected="patient, study, physician and request of the item in every image",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def images(evidence: Evidence) -> Iterator[Observation]:
    """An image takes patient, study, referring physician and request from the item that it was made for, in whichever
    character set.

    By these the archive and the RIS find the order: one that was changed by the scanner is the scanner's fault.

    Each image that we sent is compared with the worklist item that was chosen, where both have a value. A difference
    is our own defect, but for a value that was at fault in the item, which no scanner can carry over as it is.
    """
    item, source = evidence.item, evidence.source
    if not item.values:
        return
    steps = item.items.get("ScheduledProcedureStepSequence", ())
    step = steps[0].values if steps else {}
    for operation in evidence.requests("C-STORE-RQ"):
        dataset = operation.request.dataset
        if dataset is None or is_apart(operation.request):
            continue
        wrong = list(against_item(dataset, item.values, step))
        shown = "; ".join(f"{finding.tag}: {finding.message}" for finding in wrong[:3])
        if wrong and source is not None and source.gave_wrong(finding.tag for finding in wrong):
            yield consequence(shown, operation.request, source.exchange, tag=wrong[0].tag)
        elif wrong:
            yield inconclusive(shown, operation.request, hint=OUR_DEFECT)
        else:
            yield ok("as the item says", operation.request)


@check(
    "exam.performed",
    title="Our performed step names each instance under its series and class",
    clause="PS3.4 F.7.2.2.2, Table F.7.2-1 (2018-2024)",
    level=Level.INFO,
    service="mpps",
    expected="series and SOP Classes as in the images",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def performed(evidence: Evidence) -> Iterator[Observation]:
    """A performed procedure step names each instance under the series and the SOP Class that it has.

    The RIS counts with it, and the archive tells by it whether all images have come.

    Each N-SET with series is compared with the images that were sent. A difference is our own defect.
    """
    sent = evidence.stored
    for operation in evidence.requests("N-SET-RQ", MPPS):
        dataset = operation.request.dataset
        if dataset is None or not sent or not dataset.items("PerformedSeriesSequence"):
            continue
        wrong = list(against_step(dataset, (instance.dataset for instance in sent)))
        if wrong:
            shown = "; ".join(f"{finding.tag}: {finding.message}" for finding in wrong[:3])
            yield inconclusive(shown, operation.request, hint=OUR_DEFECT)
        else:
            yield ok("as in the images", operation.request)
