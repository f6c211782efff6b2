"""What edition 2020c of the standard did not have yet: read in PS3.6 6 to 8 and A of that edition, beside today's.

Attributes and UIDs that were retired before, or that a later edition took back, are in none of the lists.
"""

from __future__ import annotations

EDITION = "2020c"

_ATTRIBUTES = """
    AbsorbedDoseToMetersetRatio AcousticCouplingMediumCodeSequence AcousticCouplingMediumFlag
    AcousticCouplingMediumSoundSpeed AcousticCouplingMediumTemperature AcquiredSubtractionMaskFlag
    AcquisitionDeviceSequence AcquisitionFieldOfViewLabel AcquisitionInitiationSequence AcquisitionMethod
    AcquisitionMode AcquisitionSignalType AcquisitionSubtaskIndex AcquisitionSubtaskSequence
    AcquisitionTaskApplicabilitySequence AcquisitionTaskIndex AcquisitionTaskSequence
    AcquisitionTaskWorkitemCodeSequence AcquisitionUID ActiveImageAreaOverlayGroup AdditionalRTAccessoryDeviceSequence
    AnalogFilterCharacteristicsSequence AnalogFilterRollOff AnalogFilterType AnnotationAppliesToAllOpticalPaths
    AnnotationAppliesToAllZPlanes AnnotationCoordinateType AnnotationGroupAlgorithmIdentificationSequence
    AnnotationGroupDescription AnnotationGroupGenerationType AnnotationGroupLabel AnnotationGroupSequence
    AnnotationGroupUID AnnotationIndexList AnnotationPropertyCategoryCodeSequence AnnotationPropertyTypeCodeSequence
    AnnotationPropertyTypeModifierCodeSequence ApplicatorShapeReferencedROINumber AppliedMaskSubtractionFlag
    BeamHardeningCorrectionTechnique BeamHoldOriginatingDeviceSequence BeamHoldTransition BeamHoldTransitionDateTime
    BeamHoldTransitionTriggerSource BeamModifierCoordinatesPresenceFlag CTImagingAcquisitionParameterSequence
    CalibrationDateTime CalibrationReferencePointDepth CellValuesSequence CenterFrequency
    ClinicalTrialTimePointTypeCodeSequence CommonZCoordinateValue ConceptualVolumeIdentificationSequence
    ConfocalMicroscopyImageFrameTypeSequence ConfocalMode ContactMethod ContainerFileType
    ContrastBolusAutoInjectionTriggerFlag ContrastBolusInjectionDelay DataElement DataElementConditionality
    DataElementDescription DataElementLabelItemSequence DataElementLabelSequence DataElementMaximumCharacters
    DataElementMinimumCharacters DataElementName DateOfInstallation DateOfManufacture DelineatedRadiationFieldSize
    DetectorPositioningType DevicePositionParameterSequence DevicePositionToEquipmentMappingMatrix
    DeviceSpecificAcquisitionParameterSequence DigitalFilterCharacteristicsSequence DigitalFilterOrder
    DigitalFilterTypeCodeSequence DisplacementMatrix DisplacementReferenceLabel
    DisplacementReferenceLocationCodeSequence DoseCalibrationConditionsSequence DoseCalibrationConditionsVerifiedFlag
    DoseModeName DoseValueInterpretation DoublePointCoordinatesData EmitterColorTemperature EmptyValueMatchingSequence
    EncapsulatedPixelDataValueTotalLength EnergyDerivationCodeSequence EnhancedRTBeamLimitingDeviceDefinitionFlag
    EnhancedRTBeamLimitingDeviceSequence EnhancedRTBeamLimitingOpeningSequence EthnicGroupCodeSequence
    ExcitationEnergy ExcitationPulseDuration ExcitationSpectralWidth ExcitationWavelength ExcitationWavelengthSequence
    ExpirationDateTime ExtendedMatchingMechanisms FailedStudySequence FileAccessSequence FileAccessURI
    FileLengthInContainer FileOffsetInContainer FileSetAccessSequence FilenameInContainer
    FilterHighFrequencyCharacteristicsSequence FilterLookupTableData FilterLookupTableDescription
    FilterLookupTableSequence FilterLowFrequencyCharacteristicsSequence FluoroscopyLastImageHoldPersistenceFlag
    FluoroscopyPersistenceFlag FolderAccessURI FractionalBandwidth FrequencyEncodingCodeSequence
    GatingBeamHoldTransitionSequence GeneralMatchingSequence IlluminationTranslationFlag ImageAcquisitionDepth
    ImageDataTypeCodeSequence ImageFilterDetailsSequence ImageReceptorPositionSequence ImagingApertureSequence
    ImagingApertureSpecificationType ImagingDeviceLocationMatrixSequence ImagingDeviceLocationParameterSequence
    ImagingEquipmentToTreatmentDeliveryDeviceRelationshipSequence ImagingSourceLocationSpecificationType
    ImagingSourcePositionSequence ImagingSourceToBeamModifierDefinitionPlaneDistance ImmersionMedia
    IncorporatedInventoryInstanceSequence InventoriedInstancesSequence InventoriedSeriesSequence
    InventoriedStudiesSequence InventoryAccessEndPointsSequence InventoryCompletionStatus InventoryInstanceDescription
    InventoryLevel InventoryPurpose IssuerOfClinicalTrialProtocolID IssuerOfClinicalTrialSeriesID
    IssuerOfClinicalTrialSiteID IssuerOfClinicalTrialSubjectID IssuerOfClinicalTrialSubjectReadingID
    IssuerOfClinicalTrialTimePointID ItemInventoryDateTime KVImagingGenerationParametersSequence
    LightSourcePolarization LinearityCorrectionTechnique ListOfUIDMatchingSequence LowerCutoffFrequency
    MVImagingGenerationParametersSequence MagnitudeEncodingCodeSequence MaximumCumulativeMetersetExposure
    MaximumNumberOfRecords MetadataSequence NotchFilterCharacteristicsSequence NumberOfAcquisitionDevices
    NumberOfAnnotations NumberOfFractionsIncluded NumberOfStudyRecordsInInstance NumberOfTableColumns
    NumberOfTableRows ObjectSoundSpeed ObservationStartDateTime OmittedRadiationSequence OpticalMagnificationFactor
    OtherClinicalTrialProtocolIDsSequence ParallelRTBeamDelimiterOpeningExtents PatientSetupPhotoDescription
    PatientSupportDisplacementSequence PatientToEquipmentRelationshipSequence
    PatientTreatmentPreparationDeviceSequence PatientTreatmentPreparationMethodCodeSequence
    PatientTreatmentPreparationMethodDescription PatientTreatmentPreparationProcedureCodeSequence
    PatientTreatmentPreparationProcedureIndex PatientTreatmentPreparationProcedureParameterDescription
    PatientTreatmentPreparationProcedureParameterSequence PatientTreatmentPreparationProcedureSequence
    PatientTreatmentPreparationSequence PhotoacousticExcitationCharacteristicsSequence
    PhotoacousticImageFrameTypeSequence PlanOverviewIndex PlanOverviewSequence PositionAcquisitionTemplateCodeSequence
    PositionAcquisitionTemplateDescription PositionAcquisitionTemplateID
    PositionAcquisitionTemplateIdentificationSequence PositionAcquisitionTemplateName PrescriptionOverviewSequence
    PriorRecordKey ProjectionImagingAcquisitionParameterSequence PyramidDescription PyramidLabel PyramidUID
    ROICreatorSequence ROIDateTime ROIInterpreterSequence ROIObservationContextCodeSequence ROIObservationDateTime
    RTAcquisitionPatientPositionSequence RTDeliveryStartPatientPositionSequence RTImageFrameContextSequence
    RTImageFrameGeneralContentSequence RTImageFrameImagingDevicePositionSequence
    RTImageFrameMVRadiationAcquisitionSequence RTImageFrameRadiationAcquisitionSequence
    RTImageFramekVRadiationAcquisitionSequence RTImageScopeSequence RTPatientPositionDisplacementSequence
    RTPatientPositionScopeSequence RTPatientPositionSequence RTRadiationSetDeliveryUsage RTRadiationTaskSequence
    RTTreatmentPreparationPatientPositionSequence RadiationOrderIndex RangeMatchingSequence
    ReasonForOmissionCodeSequence ReasonForRemovalCodeSequence ReconstructionPipelineType RecordKey
    RecordedBlockSlabSequence ReferencedBaselineParametersRTRadiationInstanceSequence
    ReferencedInstancesBySOPClassSequence ReferencedOpticalPathIdentifier ReferencedPatientSetupPhotoSequence
    ReferencedPatientSetupProcedureIndex ReferencedPlanOverviewIndex ReferencedPositionReferenceInstanceSequence
    ReferencedRTTreatmentPreparationSequence ReferencedTreatmentPositionGroupUID RemovedFromOperationalUse
    RequestedLateralityCodeSequence RequestedSeriesDescriptionCodeSequence RequestedStatusInterval RetainInstances
    ScanArcType ScanStartPositionSequence ScanStopPositionSequence ScopeOfInventorySequence
    SelectedFrameFunctionalGroupsSequence SelectedFrameNumber SelectorOVValue SelectorSVValue SelectorUVValue
    SoundSpeedCorrectionMechanismCodeSequence SourcePixelPlanesCharacteristicsSequence SourceSeriesInformationSequence
    SourceSeriesSequence StartCumulativeMeterset StopCumulativeMeterset StoredInstanceBaseURI
    StoredInstanceTransferSyntaxUID StudyAccessEndPointsSequence StudyUpdateDateTime SubtaskWorkitemCodeSequence
    SummarizedFilterLookupTable SyntheticData TableColumnDefinitionSequence TableColumnNumber
    TableRowDefinitionSequence TableRowNumber TableTopPositionAlignmentUID TabulatedValuesSequence TissueLocation
    TotalNumberOfStudyRecords TotalPrescriptionDose TransactionStatus TransactionStatusComment
    TransducerIdentificationSequence TransducerResponseSequence TransducerTechnologySequence UpdatedMetadataSequence
    UpperCutoffFrequency UpperLimitNumberOfPersistentFluoroscopyFrames UsedRTStructureSetROISequence
    VariableModalityLUTSequence VertexDistance WaveformAmplifierType WaveformFilterDescription WaveformFilterType
    XAAcquisitionDuration XAAcquisitionFrameRate XAAcquisitionPhaseDetailsSequence XAPlaneDetailsSequence
    XRayFilterDetailsSequence
    """
#: Keywords of attributes that came later.
LATER_ATTRIBUTES = frozenset(_ATTRIBUTES.split())

_RETIRED = """
    AttachedContours BottomRightHandCornerOfLocalizerArea ContourOffsetVector ContourSlabThickness DoseValue
    EstimatedDoseSaving PatientSetupUID ROIObservationDescription ROIObservationLabel RTDoseROISequence
    ReferencedImageNavigationSequence ReferencedPatientAliasSequence ReferencedRTPatientSetupSequence
    RoboticBaseLocationIndicator TopLeftHandCornerOfLocalizerArea TreatmentSites TreatmentTerminationCode
    WeightingLookupTableData WeightingLookupTableDescriptor
    """
#: Keywords of attributes that were retired later.
RETIRED_LATER = frozenset(_RETIRED.split())

_UIDS = """
    1.2.1.98 1.2.4.100.1 1.2.4.101.1 1.2.4.102.1 1.2.4.103.1 1.2.4.104.1 1.2.4.105.1 1.2.4.106.1 1.2.4.201 1.2.4.202
    1.2.4.203 1.2.4.204 1.2.4.205 5.1.4.1.1.6.3 5.1.4.1.1.9.1.4 5.1.4.1.1.11.12 5.1.4.1.1.77.1.7 5.1.4.1.1.77.1.8
    5.1.4.1.1.77.1.9 5.1.4.1.1.88.76 5.1.4.1.1.88.77 5.1.4.1.1.91.1 5.1.4.1.1.200.7 5.1.4.1.1.200.8 5.1.4.1.1.201.1
    5.1.4.1.1.201.2 5.1.4.1.1.201.3 5.1.4.1.1.201.4 5.1.4.1.1.201.5 5.1.4.1.1.201.6 5.1.4.1.1.481.21 5.1.4.1.1.481.22
    5.1.4.1.1.481.23 5.1.4.1.1.481.24 5.1.4.1.1.481.25
    """
#: SOP Classes and Transfer Syntaxes that came later.
LATER_UIDS = frozenset(f"1.2.840.10008.{number}" for number in _UIDS.split())
