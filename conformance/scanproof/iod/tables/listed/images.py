"""Values of the modules of images of one modality: PET, NM, X-ray, mammography, US, multi-frame SC (PS3.3 C.8)."""

from __future__ import annotations

from scanproof.iod.tables.listed.lists import Listed, numbers, one_of, terms

_CHARACTERISTICS, _EXAMINATION = frozenset(("ORIGINAL", "DERIVED")), frozenset(("PRIMARY", "SECONDARY"))
_GRAY = one_of("MONOCHROME1", "MONOCHROME2")
_YES_NO = one_of("YES", "NO")
_PROGRESSION = one_of(
    *("APEX_TO_BASE", "BASE_TO_APEX", "ANT_TO_INF", "INF_TO_ANT", "SEPTUM_TO_WALL", "WALL_TO_SEPTUM"),
    clause="PS3.3 10.20.1.1 (2020)",
)
_SCAN_PROGRESSION = one_of("FEET_TO_HEAD", "HEAD_TO_FEET")
_SHAPES = one_of("RECTANGLE", "ROUND", "HEXAGONAL")
_UNITS = (
    *("CNTS", "NONE", "CM2", "CM2ML", "PCNT", "CPS", "BQML", "MGMINML", "UMOLMINML", "MLMING", "MLG", "1CM"),
    *("UMOLML", "PROPCNTS", "PROPCPS", "MLMINML", "MLML", "GML", "STDDEV"),
)
_CONDITIONS = ("CNTS", "DENS", "MANU", "OVFL", "TIME", "TRIG")
_US_TYPES = (
    *("ABDOMINAL", "BREAST", "CHEST", "ENDOCAVITARY", "ENDORECTAL", "ENDOVAGINAL", "EPICARDIAL", "FETAL HEART"),
    *("GYNECOLOGY", "INTRACARDIAC", "INTRAOPERATIVE", "INTRAVASCULAR", "MUSCULOSKELETAL", "NEONATAL HEAD"),
    *("OBSTETRICAL", "OPHTHALMIC", "PEDIATRIC", "PELVIC", "RETROPERITONEAL", "SCROTAL", "SMALL PARTS", "TEE"),
    *("THYROID", "TRANSCRANIAL", "TTE", "US BIOPSY", "VASCULAR"),
)
_BIOPSY = tuple(
    f"{when}{side}"
    for when, sides in (
        ("STEREO", ("_SCOUT", "_MINUS", "_PLUS")),
        *((when, ("", "_MINUS", "_PLUS")) for when in ("PREFIRE", "POSTFIRE", "POSTBIOPSY", "POSTMARKER")),
    )
    for side in sides
)
_BREAST = (*_BIOPSY, "TOMO_PROJ", "TOMOSYNTHESIS", "TOMO_SCOUT", "PRE_CONTRAST", "POST_CONTRAST")


def _image_type(
    third: tuple[str, ...], *more: frozenset[str], enumerated: bool = True, at_least: int = 3, clause: str
) -> Listed:
    """Image Type with a third value that the modality specifies."""
    values = (_CHARACTERISTICS, _EXAMINATION, frozenset(third), *more)
    by_index = {number: listed for number, listed in enumerate(values, 1) if listed}
    at = frozenset(by_index) if enumerated else frozenset((1, 2))
    return Listed(by_index=by_index, enumerated_at=at, at_least=at_least, clause=clause)


_ACQUISITION = "breast-tomosynthesis-acquisition", "XRay3DAcquisitionSequence"
_REGIONS = "us-region-calibration", "SequenceOfUltrasoundRegions"

IMAGES: dict[tuple[str, str], Listed] = {
    # --- PET ---
    ("pet-series", "SUVType"): one_of("BSA", "BW", "LBM", "LBMJAMES128", "LBMJANMA", "IBW"),
    ("pet-series", "CountsSource"): one_of("EMISSION", "TRANSMISSION"),
    ("pet-series", "SeriesType"): Listed(
        by_index={
            1: frozenset(("STATIC", "DYNAMIC", "GATED", "WHOLE BODY")),
            2: frozenset(("IMAGE", "REPROJECTION")),
        },
        at_least=2,
    ),
    ("pet-series", "Units"): terms(*_UNITS),
    ("pet-series", "ReprojectionMethod"): terms("SUM", "MAX PIXEL"),
    ("pet-series", "CorrectedImage"): terms(
        *("DECY", "ATTN", "SCAT", "DTIM", "MOTN", "PMOT", "CLN", "RAN", "RADL", "DCAL", "NORM")
    ),
    ("pet-series", "RandomsCorrectionMethod"): terms("NONE", "DLYD", "SING"),
    ("pet-series", "DecayCorrection"): terms("NONE", "START", "ADMIN"),
    ("pet-series", "AcquisitionStartCondition"): terms("DENS", "RDD", "MANU", "TIME", "AUTO", "TRIG"),
    ("pet-series", "AcquisitionTerminationCondition"): terms("RDD", *_CONDITIONS),
    ("pet-series", "FieldOfViewShape"): terms("CYLINDRICAL RING", "HEXAGONAL", "MULTIPLE PLANAR"),
    ("pet-series", "TypeOfDetectorMotion"): terms("NONE", "STEP AND SHOOT", "CONTINUOUS", "WOBBLE", "CLAMSHELL"),
    ("pet-series", "CollimatorType"): terms("NONE", "RING"),
    ("pet-series", "SecondaryCountsType"): terms("DLYD", "SCAT", "SING", "DTIM"),
    ("pet-series", "ScanProgressionDirection"): _SCAN_PROGRESSION,
    ("pet-multi-gated-acquisition", "TriggerSourceOrType"): terms("EKG"),
    ("pet-image", "SamplesPerPixel"): numbers(1),
    ("pet-image", "PhotometricInterpretation"): one_of("MONOCHROME2", clause="PS3.3 C.8.9.4.1.2 (2020)"),
    ("pet-image", "BitsAllocated"): numbers(16),
    ("pet-image", "BitsStored"): numbers(16),
    ("pet-image", "RescaleIntercept"): numbers(0),
    ("pet-image", "SliceProgressionDirection"): _PROGRESSION,
    # --- NM ---
    ("nm-image", "ImageType"): _image_type(
        ("STATIC", "DYNAMIC", "GATED", "WHOLE BODY", "TOMO", "GATED TOMO", "RECON TOMO", "RECON GATED TOMO"),
        frozenset(("EMISSION", "TRANSMISSION")),
        clause="PS3.3 C.8.4.9.1.1 (2020)",
    ),
    ("nm-image", "AcquisitionTerminationCondition"): terms(*_CONDITIONS),
    ("nm-image", "CorrectedImage"): terms(
        *("UNIF", "COR", "NCO", "DECY", "ATTN", "SCAT", "DTIM", "NRGY", "LIN", "MOTN", "CLN")
    ),
    ("nm-image", "WholeBodyTechnique"): one_of("1PS", "2PS", "PCN", "MSP"),
    ("nm-image", "TriggerSourceOrType"): terms("EKG"),
    ("nm-image", "ScanProgressionDirection"): _SCAN_PROGRESSION,
    ("nm-image-pixel", "SamplesPerPixel"): numbers(1),
    ("nm-image-pixel", "PhotometricInterpretation"): one_of(
        "MONOCHROME2", "PALETTE COLOR", clause="PS3.3 C.8.4.7.1.1 (2020)"
    ),
    ("nm-image-pixel", "BitsAllocated"): numbers(8, 16),
    ("nm-detector", "DetectorInformationSequence>CollimatorType"): terms(
        *("PARA", "PINH", "FANB", "CONE", "SLNT", "ASTG", "DIVG", "NONE", "UNKN")
    ),
    ("nm-detector", "DetectorInformationSequence>FieldOfViewShape"): terms("RECTANGLE", "ROUND", "HEXAGONAL"),
    ("nm-tomo-acquisition", "TypeOfDetectorMotion"): one_of("STEP AND SHOOT", "CONTINUOUS", "ACQ DURING STEP"),
    ("nm-phase", "PhaseInformationSequence>PhaseDescription"): one_of(
        *("FLOW", "WASHOUT", "UPTAKE", "EMPTYING", "EXCRETION")
    ),
    ("nm-reconstruction", "SliceProgressionDirection"): _PROGRESSION,
    # --- CT and MR, US and SC: the same direction ---
    ("ct-image", "SliceProgressionDirection"): _PROGRESSION,
    ("mr-image", "SliceProgressionDirection"): _PROGRESSION,
    ("sc-image", "SliceProgressionDirection"): _PROGRESSION,
    # --- XA and XRF ---
    ("x-ray-image", "ImageType"): _image_type(
        ("SINGLE PLANE", "BIPLANE A", "BIPLANE B"), clause="PS3.3 C.8.7.1.1.1 (2020)"
    ),
    ("x-ray-image", "SamplesPerPixel"): numbers(1),
    ("x-ray-image", "PhotometricInterpretation"): one_of("MONOCHROME2"),
    ("x-ray-image", "BitsAllocated"): numbers(8, 16, clause="PS3.3 C.8.7.1.1.6 (2020)"),
    ("x-ray-image", "BitsStored"): numbers(8, 10, 12, 16, clause="PS3.3 C.8.7.1.1.7 (2020)"),
    ("x-ray-image", "PixelRepresentation"): numbers(0),
    ("x-ray-image", "PixelIntensityRelationship"): terms("LIN", "LOG", "DISP"),
    ("x-ray-image", "FrameIncrementPointer"): one_of("(0018,1063)", "(0018,1065)"),
    ("x-ray-acquisition", "RadiationSetting"): one_of("SC", "GR"),
    ("x-ray-acquisition", "RadiationMode"): terms("CONTINUOUS", "PULSED"),
    ("x-ray-acquisition", "FieldOfViewShape"): terms("ROUND", "RECTANGLE"),
    ("x-ray-acquisition", "Grid"): terms("IN", "NONE"),
    ("x-ray-table", "TableMotion"): terms("STATIC", "DYNAMIC"),
    ("xa-positioner", "PositionerMotion"): terms("STATIC", "DYNAMIC"),
    ("x-ray-acquisition-dose", "OrganExposed"): terms("BREAST", "GONADS", "BONE MARROW", "FETUS", "LENS"),
    ("mask", "MaskSubtractionSequence>MaskOperation"): terms("NONE", "AVG_SUB", "TID", "REV_TID"),
    ("mask", "MaskSubtractionSequence>MaskSelectionMode"): one_of("SYSTEM", "USER"),
    ("mask", "RecommendedViewingMode"): terms("SUB", "NAT"),
    ("cine", "PreferredPlaybackSequencing"): numbers(0, 1),
    # --- DX, mammography, tomosynthesis, intra-oral ---
    ("mammography-image", "ImageType"): _image_type(
        ("", *_BREAST), enumerated=False, at_least=2, clause="PS3.3 C.8.11.7.1.4 (2020)"
    ),
    ("mammography-image", "PositionerType"): one_of("MAMMOGRAPHIC", "NONE"),
    ("mammography-image", "PositionerPrimaryAngleDirection"): one_of("CW", "CC"),
    ("mammography-image", "ImageLaterality"): one_of("R", "L", "B"),
    ("mammography-image", "OrganExposed"): one_of("BREAST"),
    ("mammography-image", "BreastImplantPresent"): _YES_NO,
    ("mammography-image", "PartialView"): _YES_NO,
    ("intra-oral-image", "PositionerType"): one_of("NONE", "CEPHALOSTAT", "RIGID"),
    ("intra-oral-image", "ImageLaterality"): one_of("R", "L", "B"),
    ("breast-view", "BreastImplantPresent"): _YES_NO,
    ("breast-view", "PartialView"): _YES_NO,
    ("enhanced-mammography-image", "PositionerType"): one_of("MAMMOGRAPHIC"),
    ("enhanced-mammography-image", "DetectorType"): terms("DIRECT", "SCINTILLATOR", "STORAGE", "FILM"),
    ("enhanced-mammography-image", "SamplesPerPixel"): numbers(1),
    ("enhanced-mammography-image", "PhotometricInterpretation"): _GRAY,
    ("enhanced-mammography-image", "BitsAllocated"): numbers(8, 16),
    ("enhanced-mammography-image", "BitsStored"): numbers(*range(8, 17)),
    ("enhanced-mammography-image", "PixelRepresentation"): numbers(0),
    ("enhanced-mammography-image", "BurnedInAnnotation"): one_of("NO"),
    ("enhanced-mammography-image", "PresentationLUTShape"): one_of("IDENTITY", "INVERSE"),
    ("breast-tomosynthesis-contributing-sources", "ContributingSourcesSequence>DetectorType"): terms(
        *("DIRECT", "SCINTILLATOR", "STORAGE")
    ),
    ("x-ray-3d-image", "ImageType"): Listed(
        by_index={1: _CHARACTERISTICS | {"MIXED"}, 2: frozenset(("PRIMARY",))},
        at_least=4,
        at_most=4,
        clause="PS3.3 C.8.16.1 (2020)",
    ),
    **{
        (
            "breast-tomosynthesis-image-multi-frame-functional-groups",
            f"{groups}FunctionalGroupsSequence>PixelValueTransformationSequence>{keyword}",
        ): listed
        for groups in ("Shared", "PerFrame")
        for keyword, listed in (
            ("RescaleIntercept", numbers(0)),
            ("RescaleSlope", numbers(1)),
            ("RescaleType", one_of("US")),
        )
    },
    (_ACQUISITION[0], f"{_ACQUISITION[1]}>FieldOfViewShape"): one_of("RECTANGLE"),
    (_ACQUISITION[0], f"{_ACQUISITION[1]}>XRayReceptorType"): one_of("DIGITAL_DETECTOR"),
    (
        _ACQUISITION[0],
        f"{_ACQUISITION[1]}>PerProjectionAcquisitionSequence>PositionerPrimaryAngleDirection",
    ): one_of("CW", "CC"),
    # --- US ---
    ("us-image", "ImageType"): _image_type(_US_TYPES, enumerated=False, at_least=2, clause="PS3.3 C.8.5.6.1.1 (2020)"),
    ("us-image", "PhotometricInterpretation"): terms(
        *("MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "YBR_PARTIAL_420"),
        clause="PS3.3 C.8.5.6.1.2 (2020)",
    ),
    ("us-image", "PixelRepresentation"): numbers(0, clause="PS3.3 C.8.5.6.1.3 (2020)"),
    ("us-image", "BeatRejectionFlag"): one_of("Y", "N"),
    ("us-image", "SliceProgressionDirection"): _PROGRESSION,
    (_REGIONS[0], f"{_REGIONS[1]}>PixelComponentPhysicalUnits"): numbers(*range(13), clause="PS3.3 C.8.5.5.1.6 (2020)"),
    (_REGIONS[0], f"{_REGIONS[1]}>PixelComponentDataType"): numbers(*range(11), clause="PS3.3 C.8.5.5.1.7 (2020)"),
    # --- multi-frame SC ---
    ("sc-multi-frame-image", "PresentationLUTShape"): one_of("IDENTITY"),
    ("sc-multi-frame-image", "RescaleType"): terms("US"),
    ("sc-multi-frame-image", "DigitizingDeviceTransportDirection"): one_of("ROW", "COLUMN"),
}
