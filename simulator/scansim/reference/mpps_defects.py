"""Planted defects of MPPS that the battery comes across: what an MPPS manager takes, changes or says wrongly."""

from __future__ import annotations

from scansim.reference.defect import Defect


def _of_battery(name: str, check: str, summary: str, *cases: str) -> Defect:
    return Defect(name, summary, (check,), cases=tuple(f"mpps-battery/{case}" for case in cases))


MPPS_DEFECTS = (
    # --- what is taken ---
    _of_battery(
        "mpps-missing-accepted",
        "mpps.missing-attribute",
        "requests that lack a mandatory attribute are taken",
        "lacks[PatientSex]",
        "set-lacks[ProtocolName]",
    ),
    _of_battery(
        "mpps-empty-accepted",
        "mpps.empty-attribute",
        "requests whose attributes of Type 1 are empty are taken",
        "empty[Modality]",
        "set-empty[SeriesInstanceUID]",
    ),
    _of_battery(
        "mpps-first-status-accepted",
        "mpps.first-status",
        "steps can be created as COMPLETED or DISCONTINUED",
        "first-status[COMPLETED]",
    ),
    _of_battery(
        "mpps-empty-item-accepted",
        "mpps.empty-item",
        "items without an attribute are taken",
        "empty-item[ProcedureCodeSequence]",
    ),
    _of_battery(
        "mpps-any-uid-accepted", "mpps.uid-rules", "steps are created under whatever stands for a UID", "malformed-uid"
    ),
    _of_battery(
        "mpps-any-status-accepted", "mpps.set-status", "N-SET takes a status that no step has", "set-status-unknown"
    ),
    _of_battery(
        "mpps-patient-changed",
        "mpps.not-allowed",
        "N-SET gives a step to another patient",
        "set-not-allowed[PatientID]",
    ),
    # --- what a refusal says ---
    _of_battery(
        "mpps-list-names-another",
        "mpps.attribute-list",
        "0120H names Performed Station AE Title, whatever is missing",
        "lacks[PatientSex]",
    ),
    _of_battery(
        "mpps-invalid-names-another",
        "mpps.attribute-list",
        "0106H comes with the Modality, whatever is invalid",
        "first-status[COMPLETED]",
    ),
    # --- what is done though it was refused ---
    _of_battery(
        "mpps-refused-end-done",
        "mpps.refused-unchanged",
        "an N-SET that ends a step without what its end needs is refused, and done",
        "final-lacks[PerformedProcedureStepEndDate]",
    ),
    _of_battery(
        "mpps-refused-patient-changed",
        "mpps.refused-unchanged",
        "an N-SET of the patient is refused, and done",
        "set-not-allowed[PatientID]",
    ),
    _of_battery(
        "mpps-duplicate-overwrites",
        "mpps.refused-unchanged",
        "a second N-CREATE under one UID is refused, and overwrites the step",
        "duplicate-changed",
    ),
    # --- what is read ---
    _of_battery("mpps-get-refused", "mpps.get-accepted", "every N-GET is refused with 0110H", "get"),
    _of_battery("mpps-get-leaves-out", "mpps.get-attributes", "N-GET leaves out Performed Station AE Title", "get"),
    _of_battery("mpps-get-other-value", "mpps.get-values", "N-GET gives back another Patient ID", "get"),
    _of_battery(
        "mpps-mixes-character-sets",
        "mpps.get-values",
        "text that an N-SET brings in another character set loses its letters",
        "set-other-character-set",
    ),
    _of_battery("mpps-get-unknown", "mpps.get-unknown", "N-GET of an unknown step succeeds", "get-unknown"),
)
