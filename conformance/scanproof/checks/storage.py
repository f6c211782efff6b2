"""Checks of Storage: how each instance was answered (PS3.4 Annex B)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.acceptance import acceptance, deviating
from scanproof.check import Fact, Observation, blamed, check, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.evidence.associations import succeeded
from scanproof.evidence.store_faults import is_meant_wrong
from scanproof.finding import Level
from scansim.vocabulary.status import is_listed, is_warning, within

#: Out of resources, and a mismatch of data set and SOP Class: no archive refuses by these what it has already.
_NOT_FOR_BEING_THERE = "A700-A9FF"
_AGAIN, _AGAIN_TOLD = "storage.same-instance-again", "C-STORE of an instance that was stored before"


@check(
    "storage.accepted",
    title="Each instance is stored",
    clause="",
    level=Level.EXPECTED,
    service="storage",
    expected="0000H, or a warning of BxxxH with which the instance is stored all the same",
    hint="The status class tells where to look: A7xx space, A9xx a mismatch of data set and SOP Class, Cxxx the log.",
)
def accepted(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An SCP that accepted the Presentation Context of a SOP Class stores its instances and says so with Success or a
    warning. No text forces it to: that a valid instance is refused is against the purpose of the test.

    An image that was refused is missing from the study, and after the scanner's disk is cleared it is gone.

    The final status of each C-STORE is looked at; a refusal is shown with what the target said about it. It says
    nothing about the target when the instance was at fault, or when an earlier run may have stored one under the same
    UID. An instance that was stored and is sent again may be refused: it stays stored.
    """
    for operation in evidence.stores:
        asked = evidence.asked(operation)
        status = (operation.final.command.status or 0) if operation.final is not None else 0
        there = evidence.repeated and not within(status, _NOT_FOR_BEING_THERE)
        seen = acceptance(asked, "C-STORE", there_already=there)
        if seen is not None:
            yield seen
        elif asked.deviation == _AGAIN and (again := deviating(asked, _AGAIN_TOLD)) is not None:
            yield again


@check(
    "storage.warning",
    title="Instances are stored as they were sent",
    clause="PS3.4 B.2.3, Table B.2-1 (2016c)",
    level=Level.SHOULD,
    service="storage",
    expected="0000H",
    hint="Find out which elements the archive changes or drops, and whether readers and measurements need them.",
)
def warning(evidence: Evidence) -> Iterator[Observation]:
    """With a warning the instance is stored, but not as it was sent: elements were changed (B000H) or dropped
    (B006H), or the data set does not fit its SOP Class (B007H).

    What is dropped is missing when it is read; what is changed no longer agrees with RIS and MPPS.

    The final status of each stored instance is looked at.
    """
    meanings = {0xB000: "elements were coerced", 0xB006: "elements were discarded", 0xB007: "SOP Class mismatch"}
    for operation in evidence.stores:
        final = succeeded(operation)
        if final is None or is_meant_wrong(operation.request):  # what it says of those is for the check of them
            continue
        status = final.command.status or 0
        if not is_warning(status):
            yield ok("0000H", final)
            continue
        listed = "" if is_listed("C-STORE-RSP", status) else ", a warning that Table B.2-1 does not list"
        meaning = f", {meanings[status]}" if status in meanings else ""
        yield blamed(warn(f"{told(final)}{meaning}{listed}", final), evidence.asked(operation).because)
