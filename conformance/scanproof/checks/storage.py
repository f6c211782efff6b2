"""Checks of Storage: how each instance was answered (PS3.4 Annex B)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import FRESH_UIDS, THERE_ALREADY, Observation, check, fail, inconclusive, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.evidence.associations import succeeded
from scanproof.finding import Level
from scansim.vocabulary.status import is_listed, is_warning, within

#: Out of resources, and a mismatch of data set and SOP Class: no archive refuses by these what it has already.
_NOT_FOR_BEING_THERE = "A700-A9FF"


@check(
    "storage.accepted",
    title="Each instance is stored",
    clause="PS3.4 B.2.2 (2013), B.2.3, Table B.2-1 (2016c)",
    level=Level.SHALL,
    service="storage",
    expected="0000H, or a warning of BxxxH with which the instance is stored all the same",
    hint="The status class tells where to look: A7xx space, A9xx a mismatch of data set and SOP Class, Cxxx the log.",
)
def accepted(evidence: Evidence) -> Iterator[Observation]:
    """An SCP that accepted the Presentation Context of a SOP Class stores its instances and says so with Success or a
    warning.

    An image that was refused is missing from the study, and after the scanner's disk is cleared it is gone.

    The final status of each C-STORE is looked at; a refusal is shown with what the target said about it. One of an
    instance that an earlier run may have stored under the same UID decides nothing.
    """
    for operation in evidence.stores:
        final = operation.final
        if succeeded(operation) is not None:
            yield ok("stored", final)
        elif final is not None and evidence.repeated and not within(final.command.status or 0, _NOT_FOR_BEING_THERE):
            yield inconclusive(f"C-STORE was answered {told(final)}: {THERE_ALREADY}", final, hint=FRESH_UIDS)
        elif final is not None:
            yield fail(f"C-STORE was answered {told(final)}", final)


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
        if final is None:
            continue
        status = final.command.status or 0
        if not is_warning(status):
            yield ok("0000H", final)
            continue
        listed = "" if is_listed("C-STORE-RSP", status) else ", a warning that Table B.2-1 does not list"
        meaning = f", {meanings[status]}" if status in meanings else ""
        yield warn(f"{told(final)}{meaning}{listed}", final)
