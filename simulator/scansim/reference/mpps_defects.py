"""Planted defects of MPPS: what a manager takes, refuses, changes or says wrongly, and the cases that meet it."""

from __future__ import annotations

from scansim.reference.defect import Defect, behaviour


def _of_battery(name: str, check: str, summary: str, *cases: str, more: tuple[str, ...] = ()) -> Defect:
    return Defect(name, summary, (check, *more), cases=tuple(f"mpps-battery/{case}" for case in cases))


MPPS_DEFECTS = (
    # --- whole exams ---
    behaviour("mpps-create-refused", "mpps.create-accepted", "every N-CREATE is refused with 0110H"),
    behaviour("mpps-progress-refused", "mpps.progress-accepted", "N-SET is refused while the step is in progress"),
    behaviour("mpps-final-refused", "mpps.final-accepted", "N-SET to COMPLETED or DISCONTINUED is refused"),
    # --- the step that is named ---
    _of_battery(
        "mpps-create-other-uid",
        "mpps.create-uid",
        "N-CREATE answers with a UID that was not asked for, and with none when the SCP was to choose",
        "final-without-images[COMPLETED]",
        "without-uid",
        more=("dimse.affected-sop-instance",),
    ),
    _of_battery(
        "mpps-duplicate-create-accepted",
        "mpps.duplicate-create",
        "N-CREATE of an existing step succeeds",
        "duplicate",
        "duplicate-changed",
    ),
    _of_battery(
        "mpps-unknown-step-failure", "mpps.unknown-step", "N-SET of an unknown step fails with 0110H", "set-unknown"
    ),
    _of_battery(
        "mpps-unknown-step-accepted",
        "mpps.unknown-step",
        "N-SET of an unknown step succeeds",
        "set-unknown",
        "set-unknown-malformed",
    ),
    # --- the end ---
    _of_battery(
        "mpps-final-not-final",
        "mpps.final-is-final",
        "a step that has ended can still be set",
        "set-after-completed",
        "set-after-discontinued",
    ),
    _of_battery(
        "mpps-final-without-detail",
        "mpps.final-error-detail",
        "N-SET of a step that has ended is refused without Error ID and Error Comment",
        "set-after-completed[COMPLETED]",
    ),
    # --- what is taken ---
    _of_battery(
        "mpps-missing-accepted",
        "mpps.missing-attribute",
        "N-CREATEs that lack a mandatory attribute are taken",
        "lacks[PatientSex]",
        "lacks[ScheduledStepAttributesSequence.AccessionNumber]",
    ),
    _of_battery(
        "mpps-item-missing-accepted",
        "mpps.missing-attribute",
        "N-SETs whose items lack a mandatory attribute are taken",
        "set-lacks[ProtocolName]",
    ),
    _of_battery(
        "mpps-empty-accepted",
        "mpps.empty-attribute",
        "N-CREATEs whose attributes of Type 1 are empty are taken",
        "empty[Modality]",
        "empty[ScheduledStepAttributesSequence]",
    ),
    _of_battery(
        "mpps-item-empty-accepted",
        "mpps.empty-attribute",
        "N-SETs whose items have an empty attribute of Type 1 are taken",
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
        "mpps-refused-create-done",
        "mpps.refused-unchanged",
        "an N-CREATE without a mandatory attribute is refused, and done",
        "lacks[PatientSex]",
    ),
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
