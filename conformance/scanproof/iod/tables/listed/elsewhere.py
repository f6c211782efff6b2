"""Values of attributes of radiotherapy, segmentations, presentation states, volumes and registrations (PS3.3, 2020).

Those of `_ENUMERATED` and `_TERMS` have one list wherever they stand; where modules differ, it is what any allows.
"""

from __future__ import annotations

from scanproof.iod.tables.listed.lists import Listed, one_of, parse, terms

_ENUMERATED = """
AlternateBeamDoseType BeamDoseType: PHYSICAL | EFFECTIVE
AnchorPointAnnotationUnits BoundingBoxAnnotationUnits GraphicAnnotationUnits: PIXEL | DISPLAY | MATRIX
AnchorPointVisibility ImageHorizontalFlip ShowTickLabel Underlined Bold Italic: Y | N
BeamDoseMeaning: BEAM_LEVEL | FRACTION_LEVEL
BeamLimitingDeviceRotationDirection GantryPitchRotationDirection GantryRotationDirection
  PatientSupportRotationDirection TableTopEccentricRotationDirection TableTopPitchRotationDirection
  TableTopRollRotationDirection: CW | CC | NONE
BeamType: STATIC | DYNAMIC
BlendingPosition: SUPERIMPOSED | UNDERLYING
BlockDivergence CompensatorDivergence: PRESENT | ABSENT
BlockMountingPosition: PATIENT_SIDE | SOURCE_SIDE
BlockType: SHIELDING | APERTURE
BoundingBoxTextHorizontalJustification: LEFT | CENTER | RIGHT
BrachyTreatmentTechnique: INTRALUMENARY | INTRACAVITARY | INTERSTITIAL | CONTACT | INTRAVASCULAR | PERMANENT
CompensatorMountingPosition: PATIENT_SIDE | SOURCE_SIDE | DOUBLE_SIDED
DVHROIContributionType: INCLUDED | EXCLUDED
DVHType: DIFFERENTIAL | CUMULATIVE | NATURAL
DataPathAssignment: PRIMARY_PVALUES | PRIMARY_SINGLE | SECONDARY_SINGLE | SECONDARY_HIGH | SECONDARY_LOW
DataPathID: PRIMARY | SECONDARY
DepthValueAveragingFlag ModelMirroring ModelModification: YES | NO
DoseUnits: GY | RELATIVE
FillMode: SOLID | STIPPELED
FiniteVolume Manifold: YES | NO | UNKNOWN
FluenceDataSource: CALCULATED | MEASURED
FluenceMode: STANDARD | NON_STANDARD
GraphicDimensions: 2
LineDashingStyle: SOLID | DASHED
MaskSelectionMode: SYSTEM | USER
PatientFrameOfReferenceSource: TABLE | ESTIMATED | REGISTRATION
PositionMeasuringDeviceUsed: RIGID | FREEHAND
PresentationSizeMode: SCALE TO FIT | TRUE SIZE | MAGNIFY
RTImagePlane: NORMAL | NON_NORMAL
ReportedValuesOrigin: OPERATOR | PLAN | ACTUAL
ScanSpotReorderingAllowed: ALLOWED | NOT_ALLOWED | NOT ALLOWED
SegmentAlgorithmType: AUTOMATIC | SEMIAUTOMATIC | MANUAL
SegmentationFractionalType: PROBABILITY | OCCUPANCY
SegmentationType: BINARY | FRACTIONAL | LABELMAP
SegmentsOverlap: YES | UNDEFINED | NO
ShadowStyle: NORMAL | OUTLINED | OFF
SourceStrengthUnits: AIR_KERMA_RATE | DOSE_RATE_WATER
SurfaceProcessing: YES | NO
TickAlignment: BOTTOM | CENTER | TOP
TickLabelAlignment: BOTTOM | TOP
TissueHeterogeneityCorrection: IMAGE | ROI_OVERRIDE | WATER
"""

_TERMS = """
ApplicatorApertureShape: SYM_SQUARE | SYM_RECTANGLE | SYM_CIRCULAR
BrachyAccessoryDeviceType: SHIELD | DILATATION | MOLD | PLAQUE | FLAB
BrachyTreatmentType: MANUAL | HDR | MDR | LDR | PDR
CompensatorType: STANDARD | DYNAMIC
CompoundGraphicType: MULTILINE | INFINITELINE | CUTLINE | RANGELINE | RULER | AXIS | CROSSHAIR | ARROW | RECTANGLE |
  ELLIPSE
DVHVolumeUnits: CM3 | PERCENT | PER_U
DoseReferenceStructureType: POINT | VOLUME | COORDINATES | SITE
DoseReferenceType: TARGET | ORGAN_AT_RISK
DoseSummationType: PLAN | MULTI_PLAN | PLAN_OVERVIEW | FRACTION | BEAM | BRACHY | FRACTION_SESSION | BEAM_SESSION |
  BRACHY_SESSION | CONTROL_POINT | RECORD
DoseType: PHYSICAL | EFFECTIVE | ERROR
FixationDeviceType: BITEBLOCK | HEADFRAME | MASK | MOLD | CAST | HEADREST | BREAST_BOARD | BODY_FRAME | VACUUM_MOLD |
  WHOLE_BODY_POD | RECTAL_BALLOON
FontNameType: ISO_32000
GeneralAccessoryType: GRATICULE | IMAGE_DETECTOR | RETICLE
HighDoseTechniqueType: TBI | HDR
LateralSpreadingDeviceType: SCATTERER | MAGNET
MaskOperation: NONE | AVG_SUB | TID | REV_TID
PlanIntent: CURATIVE | PALLIATIVE | PROPHYLACTIC | VERIFICATION | MACHINE_QA | RESEARCH | SERVICE
ROIGenerationAlgorithm: AUTOMATIC | SEMIAUTOMATIC | MANUAL
ROIPhysicalProperty: REL_MASS_DENSITY | REL_ELEC_DENSITY | EFFECTIVE_Z | EFF_Z_PER_A | REL_STOP_RATIO |
  ELEM_FRACTION | MEAN_EXCI_ENERGY
RTPlanGeometry: PATIENT | TREATMENT_DEVICE
RTPlanRelationship: PRIOR | ALTERNATIVE | PREDECESSOR | VERIFIED_PLAN | CONCURRENT
RTROIRelationship: SAME | ENCLOSED | ENCLOSING
RangeModulatorType: FIXED | WHL_FIXEDWEIGHTS | WHL_MODWEIGHTS
RangeShifterType: ANALOG | BINARY
RecommendedViewingMode: SUB | NAT
ReferenceDoseDefinition: HIGHEST | MAXIMUM | CENTER
ScanMode: NONE | UNIFORM | MODULATED | MODULATED_SPEC
SetupDeviceType: LASER_POINTER | DISTANCE_METER | TABLE_HEIGHT | MECHANICAL_PTR | ARC
SetupTechnique: ISOCENTRIC | FIXED_SSD | TBI | BREAST_BRIDGE | SKIN_APPOSITION
ShieldingDeviceType: GUM | EYE | GONAD
SkipFrameRangeFlag: DISPLAY | SKIP
SourceApplicatorType: FLEXIBLE | RIGID
SourceMovementType: STEPWISE | FIXED | OSCILLATING | UNIDIRECTIONAL
SpatialTransformOfDose: NONE | RIGID | NON_RIGID
UltrasoundAcquisitionGeometry: APEX | PATIENT
"""

_CLAUSE = "PS3.3 Annex C (2020)"

ELSEWHERE: dict[str, Listed] = {
    **parse(_ENUMERATED, enumerated=True, clause=_CLAUSE),
    **parse(_TERMS, enumerated=False, clause=_CLAUSE),
}

_BEAM_DEVICES = one_of("X", "Y", "ASYMX", "ASYMY", "MLCX", "MLCY", "MLCX1", "MLCX2", "MLCY1", "MLCY2")
_GRAPHICS = one_of("POINT", "POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE")
_NUMBERS_1 = one_of("1")
_DERIVED = Listed(
    by_index={1: frozenset(("DERIVED",)), 2: frozenset(("PRIMARY",))},
    at_least=2,
    at_most=2,
    clause="PS3.3 Table C.8.20-2 (2020)",
)
_FRAMES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_ANNOTATION = "GraphicAnnotationSequence>GraphicObjectSequence"
_MATRIX_TYPE, _TRANSFORMATIONS = "FrameOfReferenceTransformationMatrixType", ("RIGID", "RIGID_SCALE", "AFFINE")
_MATRICES, _REGISTERED = "MatrixRegistrationSequence>MatrixSequence", "MatrixRegistrationSequence"
_DEFORMED = "DeformableRegistrationSequence>"

#: By module and path inside it.
ELSEWHERE_MODULES: dict[tuple[str, str], Listed] = {
    # --- radiotherapy ---
    ("rt-image", "ImageType"): Listed(
        by_index={
            1: frozenset(("ORIGINAL", "DERIVED")),
            2: frozenset(("PRIMARY", "SECONDARY")),
            3: frozenset(("DRR", "PORTAL", "SIMULATOR", "RADIOGRAPH", "BLANK", "FLUENCE")),
        },
        at_least=3,
        clause="PS3.3 Table C.8-38 (2020)",
    ),
    # other IODs, as Standard Extended ones, have other words for it
    ("approval", "ApprovalStatus"): one_of("APPROVED", "UNAPPROVED", "REJECTED"),
    ("rt-image", "ConversionType"): terms("DV", "DI", "DF", "WSD"),
    ("rt-image", "PrimaryDosimeterUnit"): one_of("MU", "MINUTE"),
    ("rt-image", "PixelIntensityRelationshipSign"): one_of("1", "-1"),
    ("rt-image", "SamplesPerPixel"): _NUMBERS_1,
    ("rt-image", "PhotometricInterpretation"): one_of("MONOCHROME2"),
    ("rt-image", "BitsAllocated"): one_of("8", "16"),
    ("rt-dose", "SamplesPerPixel"): _NUMBERS_1,
    ("rt-dose", "PhotometricInterpretation"): one_of("MONOCHROME2"),
    ("rt-dose", "BitsAllocated"): one_of("16", "32"),
    ("rt-beams", "BeamSequence>PrimaryDosimeterUnit"): one_of("MU", "MINUTE"),
    ("rt-beams", "BeamSequence>RadiationType"): terms("PHOTON", "ELECTRON", "NEUTRON", "PROTON"),
    ("rt-beams", "BeamSequence>WedgeSequence>WedgeType"): terms("STANDARD", "DYNAMIC", "MOTORIZED"),
    ("rt-ion-beams", "IonBeamSequence>PrimaryDosimeterUnit"): one_of("MU", "NP"),
    ("rt-ion-beams", "IonBeamSequence>RadiationType"): terms("PHOTON", "PROTON", "ION"),
    ("rt-ion-beams", "IonBeamSequence>IonWedgeSequence>WedgeType"): terms(
        "STANDARD", "MOTORIZED", "PARTIAL_STANDARD", "PARTIAL_MOTORIZ"
    ),
    ("rt-ion-beams", "IonBeamSequence>PatientSupportType"): terms("TABLE", "CHAIR"),
    ("roi-contour", "ROIContourSequence>ContourSequence>ContourGeometricType"): one_of(
        *("POINT", "OPEN_PLANAR", "OPEN_NONPLANAR", "CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
    ),
    ("rt-roi-observations", "RTROIObservationsSequence>RTROIInterpretedType"): terms(
        *("EXTERNAL", "PTV", "CTV", "GTV", "TREATED_VOLUME", "IRRAD_VOLUME", "BOLUS", "AVOIDANCE", "ORGAN", "MARKER"),
        *("REGISTRATION", "ISOCENTER", "CONTRAST_AGENT", "CAVITY", "BRACHY_CHANNEL", "BRACHY_ACCESSORY", "SUPPORT"),
        *("BRACHY_SRC_APP", "BRACHY_CHNL_SHLD", "FIXATION", "DOSE_REGION", "CONTROL", "DOSE_MEASUREMENT", "DEVICE"),
    ),
    **{
        (module, f"{path}>RTBeamLimitingDeviceType"): _BEAM_DEVICES
        for module, path in (
            ("rt-image", "ExposureSequence>BeamLimitingDeviceSequence"),
            ("rt-tolerance-tables", "ToleranceTableSequence>BeamLimitingDeviceToleranceSequence"),
            ("rt-beams", "BeamSequence>BeamLimitingDeviceSequence"),
            ("rt-beams", "BeamSequence>ControlPointSequence>BeamLimitingDevicePositionSequence"),
            ("rt-ion-beams", "IonBeamSequence>IonBeamLimitingDeviceSequence"),
            ("rt-ion-beams", "IonBeamSequence>IonControlPointSequence>BeamLimitingDevicePositionSequence"),
        )
    },
    # of photons through a C-arm (second generation) a wedge may be in partially as well
    **{
        (module, f"{path}WedgePositionSequence>WedgePosition"): one_of("IN", "OUT")
        for module, path in (
            ("rt-beams", "BeamSequence>ControlPointSequence>"),
            ("rt-beams-session-record", "TreatmentSessionBeamSequence>ControlPointDeliverySequence>"),
            ("rt-ion-beams", "IonBeamSequence>IonControlPointSequence>Ion"),
            ("rt-ion-beams-session-record", "TreatmentSessionIonBeamSequence>IonControlPointDeliverySequence>Ion"),
        )
    },
    # --- registrations: after a deformation the same words are terms, not an enumeration ---
    ("spatial-registration", f"RegistrationSequence>{_MATRICES}>{_MATRIX_TYPE}"): one_of(*_TRANSFORMATIONS),
    ("deformable-spatial-registration", f"{_DEFORMED}PreDeformation{_REGISTERED}>{_MATRIX_TYPE}"): one_of(
        *_TRANSFORMATIONS
    ),
    ("deformable-spatial-registration", f"{_DEFORMED}PostDeformation{_REGISTERED}>{_MATRIX_TYPE}"): terms(
        *_TRANSFORMATIONS
    ),
    # --- segmentations and parametric maps ---
    ("segmentation-image", "ImageType"): _DERIVED,
    ("segmentation-image", "SamplesPerPixel"): _NUMBERS_1,
    ("segmentation-image", "PhotometricInterpretation"): one_of("MONOCHROME2", "PALETTE COLOR"),
    ("segmentation-image", "PixelRepresentation"): one_of("0"),
    **{
        (
            "segmentation-multi-frame-functional-groups",
            f"{groups}>SegmentIdentificationSequence>ReferencedSegmentNumber",
        ): Listed(at_most=1)
        for groups in _FRAMES
    },
    ("parametric-map-image", "ImageType"): Listed(
        by_index={1: frozenset(("DERIVED",)), 2: frozenset(("PRIMARY",))},
        at_least=4,
        at_most=4,
        clause="PS3.3 Table C.8.32-2 (2020)",
    ),
    ("parametric-map-image", "PixelPresentation"): one_of("COLOR_RANGE", "MONOCHROME"),
    ("parametric-map-image", "SamplesPerPixel"): _NUMBERS_1,
    ("parametric-map-image", "PhotometricInterpretation"): one_of("MONOCHROME2"),
    ("parametric-map-image", "BitsAllocated"): one_of("16", "32", "64"),
    ("parametric-map-image", "BitsStored"): one_of("16"),
    ("parametric-map-image", "HighBit"): one_of("15"),
    ("parametric-map-image", "PresentationLUTShape"): one_of("IDENTITY"),
    ("parametric-map-image", "BurnedInAnnotation"): one_of("NO"),
    **{
        (
            "parametric-map-multi-frame-functional-groups",
            f"{groups}>ParametricMapFrameTypeSequence>FrameType",
        ): Listed(
            by_index={1: frozenset(("DERIVED",)), 2: frozenset(("PRIMARY",))},
            at_least=4,
            at_most=4,
            clause="PS3.3 Table C.8.32-3 (2020)",
        )
        for groups in _FRAMES
    },
    **{
        ("parametric-map-multi-frame-functional-groups", f"{groups}>PixelValueTransformationSequence>{keyword}"): listed
        for groups in _FRAMES
        for keyword, listed in (
            ("RescaleIntercept", one_of("0")),
            ("RescaleSlope", one_of("1")),
            ("RescaleType", one_of("US")),
        )
    },
    # --- presentation states ---
    ("softcopy-presentation-lut", "PresentationLUTShape"): one_of("IDENTITY", "INVERSE"),
    ("presentation-state-mask", "MaskSubtractionSequence>MaskOperation"): one_of("AVG_SUB", "TID"),
    ("presentation-state-mask", "RecommendedViewingMode"): one_of("SUB"),
    ("spatial-transformation", "ImageRotation"): one_of("0", "90", "180", "270"),
    ("graphic-annotation", f"{_ANNOTATION}>GraphicType"): _GRAPHICS,
    ("graphic-annotation", f"{_ANNOTATION}>GraphicFilled"): one_of("Y", "N"),
    ("bitmap-display-shutter", "ShutterShape"): one_of("BITMAP"),
    ("xa-xrf-presentation-state-shutter", "FrameDisplayShutterSequence>ShutterShape"): one_of(
        "RECTANGULAR", "CIRCULAR", "POLYGONAL"
    ),
    (
        "xa-xrf-presentation-state-presentation",
        "MultiFramePresentationSequence>PreferredPlaybackSequencing",
    ): one_of("0", "1"),
    # --- Enhanced US Volume ---
    ("enhanced-us-image", "SamplesPerPixel"): _NUMBERS_1,
    ("enhanced-us-image", "PhotometricInterpretation"): one_of("MONOCHROME2"),
    ("enhanced-us-image", "BitsAllocated"): one_of("8", "16"),
    ("enhanced-us-image", "PixelRepresentation"): one_of("0"),
    ("enhanced-us-image", "DimensionOrganizationType"): one_of("3D", "3D_TEMPORAL"),
    ("enhanced-us-image", "PresentationLUTShape"): one_of("IDENTITY"),
    ("enhanced-us-image", "RescaleIntercept"): one_of("0"),
    ("enhanced-us-image", "RescaleSlope"): one_of("1"),
    ("enhanced-us-image", "BurnedInAnnotation"): one_of("NO"),
    ("ultrasound-frame-of-reference", "VolumeToTransducerRelationship"): one_of(
        "FIXED", "POSITION_VAR", "ORIENTATION_VAR", "VARIABLE"
    ),
    ("ivus-image", "IVUSAcquisition"): terms("MOTOR_PULLBACK", "MANUAL_PULLBACK", "SELECTIVE", "GATED_PULLBACK"),
    ("enhanced-palette-color-lookup-table", "BlendingLUT1Sequence>BlendingLUT1TransferFunction"): one_of(
        "CONSTANT", "ALPHA_1", "ALPHA_2", "TABLE"
    ),
    ("enhanced-palette-color-lookup-table", "BlendingLUT2Sequence>BlendingLUT2TransferFunction"): one_of(
        "CONSTANT", "ONE_MINUS", "ALPHA_1", "ALPHA_2", "TABLE"
    ),
    (
        "enhanced-palette-color-lookup-table",
        "EnhancedPaletteColorLookupTableSequence>RGBLUTTransferFunction",
    ): one_of("EQUAL_RGB", "TABLE"),
    (
        "enhanced-palette-color-lookup-table",
        "EnhancedPaletteColorLookupTableSequence>AlphaLUTTransferFunction",
    ): one_of("NONE", "IDENTITY", "TABLE"),
}
