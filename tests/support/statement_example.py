"""A statement in the form of Annex N that has nothing wrong in it; tests plant mistakes into it."""

RIGHT = """\
conformance_statement: "1"
template: {annex: N, edition: 2025a}
cover_page: {vendor: Hospital Systems, product: Small Archive, versions: ["2.4.1"], date: "2026-11-01"}
overview:
  content_and_transfer:
    transfer_syntax_sets:
      A: [ImplicitVRLittleEndian, ExplicitVRLittleEndian]
      B: [ImplicitVRLittleEndian, ExplicitVRLittleEndian, JPEGLSLossless, JPEG2000Lossless]
    closed_list: Y
    storage_sop_classes:
      - {sop_class: CTImageStorage, uid: "1.2.840.10008.5.1.4.1.1.2", transfer_syntax_sets: [B],
         dimse: {scu: Y, scp: Y}, media: N, function: {create: N, display: N, process: N, archive: Y}}
      - {sop_class: MRImageStorage, transfer_syntax_sets: [A], dimse: {scp: Y}, function: {archive: Y}}
  dimse_services:
    verification: {scu: Y, scp: Y}
    workflow_management:
      - {sop_class: ModalityWorklistInformationModelFind, transfer_syntax_sets: [A], scp: Y}
      - {sop_class: StorageCommitmentPushModel, transfer_syntaxes: [ImplicitVRLittleEndian], scp: Y}
    query_retrieve:
      - {sop_class: StudyRootQueryRetrieveInformationModelFind, transfer_syntax_sets: [A], scp: Y}
      - {sop_class: StudyRootQueryRetrieveInformationModelMove, transfer_syntax_sets: [A], scp: Y}
  specific_character_sets: [ISO_IR 100, ISO_IR 192]
application_entities:
  ARCHIVE: {services: [verification, storage, storage_commitment, query_retrieve]}
  WORKLIST: {services: [verification, basic_worklist_management]}
services:
  basic_worklist_management:
    scp:
      keys:
        - {attribute: PatientName, matching: [SINGLE_VALUE, WILDCARD], case_sensitive: N}
        - {attribute: PatientID, matching: [SINGLE_VALUE]}
        - {attribute: [RequestedProcedureID, AccessionNumber], matching: [UNIVERSAL]}
        - in: ScheduledProcedureStepSequence
          attributes:
            - {attribute: [ScheduledStationAETitle, Modality], matching: [SINGLE_VALUE]}
            - attribute: [ScheduledProcedureStepStartDate, ScheduledProcedureStepStartTime]
              matching: [SINGLE_VALUE, RANGE]
            - {attribute: ScheduledPerformingPhysicianName, matching: [SINGLE_VALUE, WILDCARD]}
      c_find_cancel: honoured
  storage:
    scp:
      level_of_conformance: 2
      attribute_coercion:
        - {attribute: PatientID, sop_class: ALL, type_of_change: MODIFIED, new_value: local ID, condition: EXTERNAL}
      status_codes:
        - {status: Success, code: "0000", condition: stored on disk}
        - {status: Warning, code: "B000", condition: coerced}
        - {status: Failure, code: "A700", condition: less than 1 GB free}
  storage_commitment:
    scp:
      n_event_report: {same_association: N, typical_delay_s: 10, maximum_delay_s: 3600}
      failure_reasons:
        "0112": instance unknown
        "0119": class differs from the stored one
  query_retrieve:
    study_root:
      find_scp:
        keys:
          STUDY:
            - {attribute: [StudyDate, StudyTime], matching: [SINGLE_VALUE, RANGE]}
            - {attribute: [PatientName, PatientID, AccessionNumber, StudyID], matching: [SINGLE_VALUE, WILDCARD]}
            - {attribute: StudyInstanceUID, matching: [SINGLE_VALUE, UID]}
          SERIES:
            - {attribute: [Modality, SeriesNumber], matching: [SINGLE_VALUE]}
            - {attribute: SeriesInstanceUID, matching: [SINGLE_VALUE, UID]}
          IMAGE:
            - {attribute: InstanceNumber, matching: [SINGLE_VALUE]}
            - {attribute: SOPInstanceUID, matching: [SINGLE_VALUE, UID]}
      move_scp: {destinations: configured, association: one_per_request, status_unknown_destination: "A801"}
configuration:
  general: [{parameter: dimse_timeout_s, configurable: SERVICE, default: 60}]
  services: {storage: {local: {called_ae_title: {default: ARCHIVE}, port: {default: 11112, configurable: USER}}}}
network:
  association_parameters:
    application_context_name: "1.2.840.10008.3.1.1.1"
    implementation_class_uid: "1.3.6.1.4.1.5962.5"
    maximum_associations: {acceptor: 20, initiator: 4}
  association_acceptance:
    called_ae_title_checked: Y
    calling_ae_title_checked: N
    rejections:
      - {result: 1, source: 1, reason: 7, condition: unknown called AE title}
      - {result: 2, source: 3, reason: 2, condition: 20 associations open}
iods: []
"""
