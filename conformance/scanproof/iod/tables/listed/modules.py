"""Values of attributes by module and path inside it, where a module narrows what is allowed elsewhere."""

from __future__ import annotations

from scanproof.iod.tables.listed.lists import Listed, numbers, one_of, terms

_CHARACTERISTICS = frozenset(("ORIGINAL", "DERIVED"))
_EXAMINATION = frozenset(("PRIMARY", "SECONDARY"))
_GRAY = one_of("MONOCHROME1", "MONOCHROME2")
_RESCALE_TERMS = terms("OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT")
_FILTER_MATERIALS = ("MOLYBDENUM", "ALUMINUM", "COPPER", "RHODIUM", "NIOBIUM", "EUROPIUM", "LEAD")
_FILTERS = ("STRIP", "WEDGE", "BUTTERFLY", "MULTIPLE", "FLAT", "NONE")
_PRESENTATIONS = ("COLOR", "MONOCHROME", "MIXED", "TRUE_COLOR")
_TECHNIQUES = (
    *("MAX_IP", "MIN_IP", "VOLUME_RENDER", "SURFACE_RENDER", "MPR", "CURVED_MPR", "NONE", "MIXED"),
    "AVERAGE_IP",
)
_CONTRASTS = (
    *("DIFFUSION", "FLOW_ENCODED", "FLUID_ATTENUATED", "PERFUSION", "PROTON_DENSITY", "STIR", "TAGGING", "T1", "T2"),
    *("T2_STAR", "TOF", "UNKNOWN", "MIXED"),
)
_COMPONENTS = ("MAGNITUDE", "PHASE", "REAL", "IMAGINARY", "MIXED")
_UNITS = numbers(*range(13))
_REGION = "us-region-calibration", "SequenceOfUltrasoundRegions"


def _image_type(
    *, third: tuple[str, ...] = (), mixed: bool = False, secondary: bool = True, exactly: int = 0, clause: str
) -> Listed:
    by_index = {
        1: _CHARACTERISTICS | {"MIXED"} if mixed else _CHARACTERISTICS,
        2: _EXAMINATION if secondary else frozenset(("PRIMARY",)),
    }
    if third:
        by_index[3] = frozenset(third)
    return Listed(by_index=by_index, at_least=exactly or 2, at_most=exactly, clause=clause)


_MULTI_FRAME_TYPE = _image_type(mixed=True, secondary=False, exactly=4, clause="PS3.3 C.8.16.1 (2020)")
#: Of X-rays, where nothing is derived from contrast: value 4 is NONE.
_X_RAY_TYPE, _X_RAY_FRAME_TYPE = (
    Listed(
        by_index={1: _CHARACTERISTICS | more, 2: frozenset(("PRIMARY",)), 4: frozenset(("NONE",))},
        enumerated_at=frozenset((1, 2, 4)),
        at_least=4,
        at_most=4,
        clause="PS3.3 C.8.19.2.1.1 (2020)",
    )
    for more in (frozenset(("MIXED",)), frozenset[str]())
)
_FRAME_TYPE = _image_type(secondary=False, exactly=4, clause="PS3.3 C.8.16.1 (2020)")


def _frames(kind: str, path: str, listed: Listed) -> dict[tuple[str, str], Listed]:
    """A list of a functional group, shared or of a frame."""
    iod = kind if "-" in kind else f"enhanced-{kind}-image"
    return {
        (f"{iod}-multi-frame-functional-groups", f"{groups}FunctionalGroupsSequence>{path}"): listed
        for groups in ("Shared", "PerFrame")
    }


COMMON: dict[tuple[str, str], Listed] = {
    # --- every image of one frame ---
    ("general-image", "ImageType"): _image_type(clause="PS3.3 C.7.6.1.1.2 (2020)"),
    ("general-image", "PresentationLUTShape"): one_of("IDENTITY", "INVERSE"),
    ("general-series", "Laterality"): one_of("R", "L"),
    ("cr-series", "ViewPosition"): terms("AP", "PA", "LL", "RL", "RLD", "LLD", "RLO", "LLO"),
    ("modality-lut", "RescaleType"): _RESCALE_TERMS,
    # --- CT and MR ---
    ("ct-image", "ImageType"): Listed(
        by_index={3: frozenset(("AXIAL", "LOCALIZER"))}, at_least=3, clause="PS3.3 C.8.2.1.1.1 (2020)"
    ),
    ("ct-image", "SamplesPerPixel"): numbers(1),
    ("ct-image", "PhotometricInterpretation"): _GRAY,
    ("ct-image", "BitsAllocated"): numbers(16),
    ("ct-image", "BitsStored"): numbers(12, 13, 14, 15, 16),
    ("ct-image", "RescaleType"): _RESCALE_TERMS,
    ("mr-image", "ImageType"): Listed(
        by_index={
            3: frozenset(
                (
                    *("DENSITY MAP", "DIFFUSION MAP", "IMAGE ADDITION", "MODULUS SUBTRACT", "MPR", "OTHER"),
                    *("PHASE MAP", "PHASE SUBTRACT", "PROJECTION IMAGE", "T1 MAP", "T2 MAP", "VELOCITY MAP"),
                )
            )
        },
        at_least=3,
        clause="PS3.3 C.8.3.1.1.1 (2020)",
    ),
    ("mr-image", "SamplesPerPixel"): numbers(1),
    ("mr-image", "PhotometricInterpretation"): _GRAY,
    ("mr-image", "BitsAllocated"): numbers(16),
    ("mr-image", "InPlanePhaseEncodingDirection"): one_of("ROW", "COL"),
    ("mr-image", "MRAcquisitionType"): one_of("2D", "3D"),
    ("mr-image", "ScanOptions"): terms("PER", "RG", "CG", "PPG", "FC", "PFF", "PFP", "SP", "FS"),
    # --- SC, CR, DX ---
    ("sc-equipment", "ConversionType"): terms("DV", "DI", "DF", "WSD", "SD", "SI", "DRW", "SYN"),
    ("cr-image", "PhotometricInterpretation"): _GRAY,
    ("dx-image", "PhotometricInterpretation"): _GRAY,
    ("dx-image", "BitsAllocated"): numbers(8, 16),
    ("dx-image", "BitsStored"): numbers(*range(6, 17)),
    ("dx-image", "PixelRepresentation"): numbers(0),
    ("dx-image", "SamplesPerPixel"): numbers(1),
    ("dx-image", "PixelIntensityRelationship"): one_of("LIN", "LOG"),
    ("dx-image", "PixelIntensityRelationshipSign"): numbers(1, -1),
    ("dx-image", "PresentationLUTShape"): one_of("IDENTITY", "INVERSE"),
    ("dx-image", "RescaleIntercept"): numbers(0),
    ("dx-image", "RescaleSlope"): numbers(1),
    ("dx-image", "RescaleType"): one_of("US"),
    ("dx-detector", "DetectorType"): terms("DIRECT", "SCINTILLATOR", "STORAGE", "FILM"),
    ("dx-detector", "FieldOfViewShape"): one_of("RECTANGLE", "ROUND", "HEXAGONAL"),
    ("display-shutter", "ShutterShape"): one_of("RECTANGULAR", "CIRCULAR", "POLYGONAL"),
    ("dx-positioning", "PositionerType"): terms(
        "CARM", "COLUMN", "MAMMOGRAPHIC", "PANORAMIC", "CEPHALOSTAT", "RIGID", "NONE"
    ),
    ("x-ray-filtration", "FilterMaterial"): terms(*_FILTER_MATERIALS),
    ("x-ray-filtration", "FilterType"): terms(*_FILTERS),
    ("x-ray-grid", "Grid"): terms("FIXED", "FOCUSED", "RECIPROCATING", "PARALLEL", "CROSSED", "NONE"),
    # --- US ---
    (_REGION[0], f"{_REGION[1]}>PhysicalUnitsXDirection"): _UNITS,
    (_REGION[0], f"{_REGION[1]}>PhysicalUnitsYDirection"): _UNITS,
    (_REGION[0], f"{_REGION[1]}>RegionSpatialFormat"): numbers(*range(6)),
    (_REGION[0], f"{_REGION[1]}>RegionDataType"): numbers(*range(9), *range(0x0A, 0x13)),
    (_REGION[0], f"{_REGION[1]}>PixelComponentOrganization"): numbers(0, 1, 2, 3),
    # a bit field: priority, scaling protection, Doppler scale, two bits of scrolling
    (_REGION[0], f"{_REGION[1]}>RegionFlags"): Listed(bits=0x1F, clause="PS3.3 C.8.5.5.1.3 (2020)"),
    ("us-image", "IVUSAcquisition"): terms("MOTOR_PULLBACK", "MANUAL_PULLBACK", "SELECTIVE", "GATED_PULLBACK"),
    # --- Enhanced CT and MR ---
    **{
        (f"enhanced-{kind}-image", keyword): listed
        for kind in ("ct", "mr")
        for keyword, listed in (
            ("ImageType", _MULTI_FRAME_TYPE),
            ("PixelPresentation", one_of(*_PRESENTATIONS)),
            ("VolumeBasedCalculationTechnique", terms(*_TECHNIQUES)),
            ("BurnedInAnnotation", one_of("NO")),
            ("PresentationLUTShape", one_of("IDENTITY")),
        )
    },
    ("enhanced-ct-image", "PhotometricInterpretation"): one_of("MONOCHROME2"),
    ("enhanced-mr-image", "AcquisitionContrast"): terms(*_CONTRASTS),
    ("enhanced-mr-image", "ComplexImageComponent"): terms(*_COMPONENTS),
    ("multi-frame-dimension", "DimensionOrganizationType"): terms("3D", "3D_TEMPORAL", "TILED_FULL", "TILED_SPARSE"),
    ("cardiac-synchronization", "CardiacSignalSource"): terms("ECG", "VCG", "PP", "MR"),
    ("respiratory-synchronization", "RespiratoryMotionCompensationTechnique"): terms(
        *("NONE", "BREATH_HOLD", "REALTIME", "GATING", "TRACKING", "PHASE_ORDERING", "PHASE_RESCANNING"),
        *("RETROSPECTIVE", "CORRECTION"),
    ),
    ("respiratory-synchronization", "RespiratorySignalSource"): terms(
        "NONE", "BELT", "NASAL_PROBE", "CO2_SENSOR", "NAVIGATOR", "MR_PHASE", "ECG"
    ),
    ("mr-pulse-sequence", "MRAcquisitionType"): terms("1D", "2D", "3D"),
    **_frames("ct", "CTImageFrameTypeSequence>FrameType", _FRAME_TYPE),
    **_frames("mr", "MRImageFrameTypeSequence>FrameType", _FRAME_TYPE),
    **_frames("ct", "CTImageFrameTypeSequence>PixelPresentation", one_of(*_PRESENTATIONS)),
    **_frames("mr", "MRImageFrameTypeSequence>PixelPresentation", one_of(*_PRESENTATIONS)),
    **_frames("mr", "MRImageFrameTypeSequence>AcquisitionContrast", terms(*_CONTRASTS)),
    **_frames("mr", "MRImageFrameTypeSequence>ComplexImageComponent", terms(*_COMPONENTS)),
    **_frames("mr", "MRFOVGeometrySequence>InPlanePhaseEncodingDirection", one_of("COLUMN", "ROW", "OTHER")),
    **_frames("ct", "CTXRayDetailsSequence>FilterMaterial", terms(*_FILTER_MATERIALS, "MIXED")),
    **_frames(
        "ct", "CTXRayDetailsSequence>FilterType", terms("WEDGE", "BUTTERFLY", "MULTIPLE", "FLAT", "SHAPED", "NONE")
    ),
    **_frames("ct", "CTReconstructionSequence>ReconstructionAlgorithm", terms("FILTER_BACK_PROJ", "ITERATIVE")),
    **_frames("mr", "PixelValueTransformationSequence>RescaleType", one_of("US")),
    # --- Enhanced XA and XRF, tomosynthesis, US volumes ---
    ("enhanced-xa-xrf-image", "ImageType"): _X_RAY_TYPE,
    ("enhanced-xa-xrf-image", "PhotometricInterpretation"): _GRAY,
    ("enhanced-xa-xrf-image", "PixelRepresentation"): numbers(0),
    **_frames("xa", "FramePixelDataPropertiesSequence>FrameType", _X_RAY_FRAME_TYPE),
    **_frames("xrf", "FramePixelDataPropertiesSequence>FrameType", _X_RAY_FRAME_TYPE),
    ("x-ray-3d-image", "PhotometricInterpretation"): one_of("MONOCHROME2"),
    ("x-ray-3d-image", "PixelPresentation"): one_of(*_PRESENTATIONS),
    **_frames("breast-tomosynthesis-image", "XRay3DFrameTypeSequence>FrameType", _FRAME_TYPE),
    **_frames("breast-tomosynthesis-image", "XRay3DFrameTypeSequence>PixelPresentation", one_of(*_PRESENTATIONS)),
    **_frames("enhanced-us-volume", "USImageDescriptionSequence>FrameType", _FRAME_TYPE),
    **_frames("enhanced-us-volume", "USImageDescriptionSequence>VolumeBasedCalculationTechnique", terms(*_TECHNIQUES)),
    ("enhanced-ct-image", "BitsStored"): numbers(12, 16),
    **_frames("ct", "PixelValueTransformationSequence>RescaleType", _RESCALE_TERMS),
    ("enhanced-mr-image", "PhotometricInterpretation"): one_of(
        *("MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420", "XYB"),
        clause="PS3.3 C.8.13.1.1.2 (2020)",
    ),
}
