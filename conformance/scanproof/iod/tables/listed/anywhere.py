"""Values of attributes that have one list, wherever in PS3.3 they stand (read in the edition of 2020).

An attribute whose lists differ between modules has here what any of them allows; `modules` has the narrower ones.
"""

from __future__ import annotations

from scanproof.iod.tables.listed.lists import Listed, parse

_ENUMERATED = """
ASLBolusCutoffFlag ASLCrusherFlag BloodSignalNulling BurnedInAnnotation CalibrationImage ConstantVolumeFlag
  ContrastBolusAgentAdministered ContrastBolusAgentDetected ContrastBolusIngredientOpaque
  DetectorConditionsNominalFlag EchoPlanarPulseSequence FieldOfViewHorizontalFlip FluoroscopyFlag
  FunctionalSettlingPhaseFramesPresent InversionRecovery MultiCoilElementUsed MultiPlanarExcitation
  MultienergyCTAcquisition MultipleSpinEcho ParallelAcquisition PartialFourier PatientIdentityRemoved PhaseContrast
  QuadratureReceiveCoil QualityControlImage QualityControlSubject RecognizableVisualFeatures SaturationRecovery
  SettlingPhaseFrame StereoPairsPresent T2Preparation TimeOfFlightContrast: NO | YES
ASLContext: CONTROL | LABEL | M_ZERO_SCAN
AcquisitionTimeSynchronized AngioFlag BeatRejectionFlag ContextGroupExtensionFlag VariableFlipAngleFlag: N | Y
AliasedDataType: NO | YES
AnatomicalOrientationType: BIPED | QUADRUPED
ArterialSpinLabelingContrast: CONTINUOUS | PSEUDOCONTINUOUS | PULSED
BlockIdentifyingInformationStatus: MIXED | SAFE | UNSAFE
CardiacSynchronizationTechnique: NONE | PACED | PROSPECTIVE | REALTIME | RETROSPECTIVE
CassetteOrientation: LANDSCAPE | PORTRAIT
CollimatorShape: CIRCULAR | POLYGONAL | RECTANGULAR
CompletionFlag: COMPLETE | PARTIAL
ConsentForDistributionFlag: NO | WITHDRAWN | YES
ContentQualification: PRODUCT | RESEARCH | SERVICE
ContinuityOfContent: CONTINUOUS | SEPARATE
DetectorActiveShape: HEXAGONAL | RECTANGLE | ROUND
EchoPulseSequence: BOTH | GRADIENT | SPIN
EndingRespiratoryPhase StartingRespiratoryPhase: EXPIRATION | INSPIRATION | MAXIMUM | MINIMUM
EntranceDoseDerivation: ESAK | ESDBS | ESDNOBS | IAK
FieldOfViewRotation: 0 | 90 | 180 | 270
FlowCompensationDirection: FREQUENCY | OTHER | PHASE | PHASE_AND_FREQ | SLICE_AND_FREQ | SLICE_AND_PHASE |
  SLICE_FREQ_PHASE | SLICE_SELECT
FrameLaterality ImageLaterality Laterality: B | L | R | U
GeometricalProperties: NON_UNIFORM | UNIFORM
InPlanePhaseEncodingDirection: COL | COLUMN | OTHER | ROW
InstanceOriginStatus: IMPORTED | LOCAL
InterventionStatus: INTERMEDIATE | NONE | POST | PRE
LongitudinalTemporalInformationModified: MODIFIED | REMOVED | UNMODIFIED
LossyImageCompression: 00 | 01
MagnetizationTransfer: NONE | OFF_RESONANCE | ON_RESONANCE
ObserverType: DEV | PSN
OversamplingPhase: 2D | 2D_3D | 3D | NONE
PartialFourierDirection: COMBINATION | FREQUENCY | PHASE | SLICE_SELECT
PatientSex: F | M | O
PatientSexNeutered: ALTERED | UNALTERED
PixelIntensityRelationshipSign: -1 | 1
PixelOriginInterpretation: FRAME | VOLUME
PregnancyStatus: 1 | 2 | 3 | 4
PreliminaryFlag: FINAL | PRELIMINARY
PresentationIntentType: FOR PRESENTATION | FOR PROCESSING
PresentationLUTShape: IDENTITY | INVERSE | LIN OD
QueryRetrieveView: CLASSIC | ENHANCED
RotationDirection: CC | CW
SOPInstanceStatus: AC | AO | NS | OR
ScanningSequence: EP | GR | IR | RM | SE
SegmentedKSpaceTraversal: FULL | PARTIAL | SINGLE
ShutterShape: BITMAP | CIRCULAR | POLYGONAL | RECTANGULAR
SliceProgressionDirection: ANT_TO_INF | APEX_TO_BASE | BASE_TO_APEX | INF_TO_ANT | SEPTUM_TO_WALL | WALL_TO_SEPTUM
SmokingStatus: NO | UNKNOWN | YES
SpatialLocationsPreserved: NO | REORIENTED_ONLY | YES
SpectrallySelectedExcitation: FAT | NONE | WATER
Spoiling: GRADIENT | NONE | RF | RF_AND_GRADIENT
SynchronizationTrigger: EXTERNAL | NO TRIGGER | PASSTHRU | SOURCE
TimeDistributionProtocol: GPS | IRIG | NTP | PTP | SNTP
PixelRepresentation PlanarConfiguration UltrasoundColorDataPresent: 0 | 1
VerificationFlag: UNVERIFIED | VERIFIED
VolumetricProperties: DISTORTED | MIXED | SAMPLED | VOLUME
"""

_TERMS = """
AnodeTargetMaterial: MOLYBDENUM | RHODIUM | TUNGSTEN
ApplicableSafetyStandardAgency: FDA | IEC | MHW
BulkMotionCompensationTechnique: CORRECTION | GATING | NONE | REALTIME | RETROSPECTIVE | TRACKING
BulkMotionSignalSource: JOINT | MR_PHASE | NAVIGATOR
CardiacBeatRejectionTechnique: NONE | PVC | QRS_LOOP | RR_INTERVAL
CardiacCyclePosition: END_DIASTOLE | END_SYSTOLE | UNDETERMINED
CassetteSize: 10INX12IN | 11INX14IN | 14INX14IN | 14INX17IN | 18CMX24CM | 24CMX30CM | 30CMX35CM | 30CMX40CM |
  35CMX35CM | 35CMX43CM | 8INX10IN
CertificateType: X509_1993_SIG
CertifiedTimestampType: CMS_TSP
CodingSchemeRegistry: HL7
CodingSchemeURLType: CSV | DOC | OWL
ContainerComponentMaterial: GLASS | METAL | PLASTIC
ContrastBolusAgentPhase: ARTERIAL | CAPILLARY | DELAYED | DYNAMIC | IMMEDIATE | PORTAL_VENOUS | POST_CONTRAST |
  PRE_CONTRAST | STEADY_STATE | VENOUS
ContrastBolusIngredient: BARIUM | CARBON DIOXIDE | GADOLINIUM | IODINE
ConvolutionKernelGroup: BONE | BRAIN | CONSTANT_ANGLE | LUNG | SOFT_TISSUE
CoverageOfKSpace: CYLINDRICAL | ELLIPSOIDAL | FULL | WEIGHTED
DecompositionMethod: HYBRID | IMAGE_BASED | PROJECTION_BASED
DetectorConfiguration: AREA | SLOT
DeviceAlternateIdentifierType: BARCODE | RFID
DeviceDiameterUnits: FR | GA | IN | MM
DiffusionAnisotropyType: FRACTIONAL | RELATIVE | VOLUME_RATIO
DiffusionDirectionality: BMATRIX | DIRECTIONAL | ISOTROPIC | NONE
DistributionType: NAMED_PROTOCOL | PUBLIC_RELEASE | RESTRICTED_REUSE
EquipmentCoordinateSystemIdentification: ISOCENTER
ExposureControlMode: AUTOMATIC | MANUAL
ExposureStatus: ABORTED | NORMAL
FlowCompensation: ACCELERATION | NONE | OTHER | VELOCITY
GeometryOfKSpaceTraversal: RADIAL | RECTILINEAR | SPIRAL
GradientOutputType: DB_DT | ELECTRIC_FIELD | PER_NERVE_STIM
KSpaceFiltering: COSINE | COSINE_SQUARED | FERMI | GAUSSIAN | HAMMING | HANNING | LORENTZIAN | LRNTZ_GSS_TRNSFM |
  NONE | RIESZ | TUKEY
LongitudinalTemporalEventType: BASELINE | ENROLLMENT
MACAlgorithm: MD5 | RIPEMD160 | SHA1 | SHA256 | SHA384 | SHA512
MultienergyDetectorType: INTEGRATING | MULTILAYER | PHOTON_COUNTING
MultienergySourceTechnique: CONSTANT_SOURCE | SWITCHING_SOURCE
OperatingMode: IEC_FIRST_LEVEL | IEC_NORMAL | IEC_SECOND_LEVEL
OperatingModeType: GRADIENT | RF | STATIC FIELD
ParallelAcquisitionTechnique: OTHER | PILS | SENSE | SMASH
ParticipationType: ATTEST | ENT | SOURCE
PlaneIdentification: MONOPLANE | PLANE A | PLANE B
PositionerMotion: DYNAMIC | STATIC
PatientPosition: HFP | HFS | HFDR | HFDL | FFDR | FFDL | FFP | FFS | LFP | LFS | RFP | RFS | AFDR | AFDL | PFDR |
  PFDL
PhotometricInterpretation: MONOCHROME1 | MONOCHROME2 | PALETTE COLOR | RGB | HSV | ARGB | CMYK | YBR_FULL |
  YBR_FULL_422 | YBR_PARTIAL_422 | YBR_PARTIAL_420 | YBR_ICT | YBR_RCT | XYB
ReasonForTheAttributeModification: COERCE | CORRECT
ReceiveCoilType: BODY | MULTICOIL | SURFACE | VOLUME
RectificationType: CONST POTENTIAL | SINGLE PHASE | THREE PHASE
RectilinearPhaseEncodeReordering: CENTRIC | LINEAR | REVERSE_CENTRIC | REVERSE_LINEAR | SEGMENTED
ResonantNucleus: 129XE | 13C | 19F | 1H | 23NA | 31P | 3HE | 7LI
RespiratoryCyclePosition: END_RESPIR | START_RESPIR | UNDETERMINED
RespiratoryTriggerType: AMPLITUDE | BOTH | TIME
SequenceVariant: MP | MTC | NONE | OSP | SK | SP | SS | TRSS
SpatialPresaturation: NONE | SLAB
SpecificAbsorptionRateDefinition: IEC_HEAD | IEC_LOCAL | IEC_PARTIAL_BODY | IEC_WHOLE_BODY
SpectrallySelectedSuppression: FAT | FAT_AND_WATER | NONE | SILICON_GEL | WATER
SteadyStatePulseSequence: FREE_PRECESSION | LONGITUDINAL | NONE | TIME_REVERSED | TRANSVERSE
TableType: FIXED | NONE | TILTING
Tagging: GRID | LINE | NONE
TomoClass: MOTION | TOMOSYNTHESIS
TomoType: CIRCULAR | LINEAR | POLYCYCLOIDAL | SPIRAL
TransducerType: CURVED LINEAR | ENDOCAV_AA | ENDOCAV_CLA | ENDOCAV_LINEAR | ENDOCAV_MECH | ENDOCAV_PA | IV_PHASED |
  IV_ROT MIRROR | IV_ROT XTAL | LINEAR | SECTOR_ANNULAR | SECTOR_MECH | SECTOR_PHASED | SINGLE CRYSTAL | SPLIT XTAL
  CWD | VECTOR_PHASED
TransmitCoilType: BODY | SURFACE | VOLUME
TypeOfInstances: CDA | DICOM
TypeOfPatientID: BARCODE | RFID | TEXT
VOILUTFunction: LINEAR | LINEAR_EXACT | SIGMOID
UniversalEntityIDType: DNS | EUI64 | ISO | URI | UUID | X400 | X500
"""

ANYWHERE: dict[str, Listed] = {
    **parse(_ENUMERATED, enumerated=True),
    **parse(_TERMS, enumerated=False),
}
