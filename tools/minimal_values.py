"""What :mod:`tools.minimal_instances` puts into the attributes that an IOD asks for; all of it is made up."""

from __future__ import annotations

from typing import Any

ABSENT = object()
FILLED = object()
TWICE = object()
BY_HAND = ("sr-document-content",)
NOT_STORED = ("1.2.840.10008.1.3.10",)


def code(value: str, scheme: str, meaning: str, **more: Any) -> dict[str, Any]:
    """A coded entry (PS3.3 8.8)."""
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning, **more}


_SAME = {"ReferencedFrameOfReferenceUID": "FrameOfReferenceUID"}


def uid(of: str) -> str:
    """A UID of the run, the same for what has the same name."""
    return f"uid:{_SAME.get(of, of)}"


CODE = ("113691", "DCM", "IEC Body Dosimetry Phantom")
CT = "1.2.840.10008.5.1.4.1.1.2"

BY_VR: dict[str, Any] = {
    "AE": "SYNTHETIC",
    "AS": "040Y",
    "AT": 0x00200037,
    "CS": "NONE",
    "DA": "20200102",
    "DS": 1,
    "DT": "20200102101010",
    "FL": 1.0,
    "FD": 1.0,
    "IS": 1,
    "LO": "SYNTHETIC",
    "LT": "SYNTHETIC",
    "PN": "Synthetic^Test",
    "SH": "SYNTHETIC",
    "SL": 1,
    "SS": 1,
    "ST": "SYNTHETIC",
    "TM": "101010",
    "UC": "SYNTHETIC",
    "UL": 1,
    "UR": "http://localhost/",
    "US": 1,
    "UT": "SYNTHETIC",
    "OB": "hex:0000",
    "OW": "hex:0000",
    "OF": "hex:00000000",
    "OL": "hex:00000000",
    "OD": "hex:0000000000000000",
    "OV": "hex:0000000000000000",
    "SV": 1,
    "UV": 1,
}

BY_KEYWORD: dict[str, Any] = {
    "ReferencedSOPClassUID": CT,
    "Rows": 32,
    "Columns": 32,
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "ImagePositionPatient": [0, 0, 0],
    "FrameOfReferenceTransformationMatrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
}

WITH_MODULE: dict[str, dict[str, Any]] = {
    "image-pixel": {"PixelData": "pixels"},
    "general-series": {"BodyPartExamined": "HEAD"},
    "general-image": {"PatientOrientation": ["L", "P"]},
    "multi-frame": {"FrameIncrementPointer": 0x00181063, "FrameTime": 40},
    "multi-frame-dimension": {
        "DimensionOrganizationSequence": [{"DimensionOrganizationUID": uid("dimension")}],
        "DimensionIndexSequence": [
            {
                "DimensionOrganizationUID": uid("dimension"),
                "DimensionIndexPointer": 0x00209056,
                "FunctionalGroupPointer": 0x00209111,
                "DimensionDescriptionLabel": "Stack ID",
            },
        ],
    },
    "waveform": {"WaveformSequence>ChannelDefinitionSequence>ChannelTimeSkew": 0},
    "displayed-area": {"DisplayedAreaSelectionSequence>PresentationPixelAspectRatio": [1, 1]},
    "sr-document-content": {
        "ConceptNameCodeSequence": [code("18748-4", "LN", "Diagnostic imaging report")],
        "ValueType": "CONTAINER",
        "ContinuityOfContent": "SEPARATE",
        "ContentSequence": [
            {
                "RelationshipType": "CONTAINS",
                "ValueType": "TEXT",
                "TextValue": "SYNTHETIC",
                "ConceptNameCodeSequence": [code("121106", "DCM", "Comment")],
            },
        ],
    },
    "encapsulated-document": {"EncapsulatedDocument": "hex:53594e544845544943", "BurnedInAnnotation": "NO"},
}
FRAME_CONTENT: dict[str, Any] = {"StackID": "1", "InStackPositionNumber": 1, "DimensionIndexValues": [1]}
BY_KEYWORD |= {
    "ImageType": ["DERIVED", "PRIMARY"],
    "FrameType": ["DERIVED", "PRIMARY", "VOLUME", "NONE"],
    "PixelPresentation": "MONOCHROME",
    "VolumetricProperties": "VOLUME",
    "VolumeBasedCalculationTechnique": "NONE",
    "RescaleType": "US",
    "RescaleIntercept": 0,
    "RescaleSlope": 1,
    "FrameVOILUTSequence": [{"WindowCenter": 2048, "WindowWidth": 4096}],
    "WaveformOriginality": "ORIGINAL",
    "WaveformBitsAllocated": 16,
    "WaveformSampleInterpretation": "SS",
    "DisplayedAreaTopLeftHandCorner": [1, 1],
    "DisplayedAreaBottomRightHandCorner": [32, 32],
    "PresentationSizeMode": "SCALE TO FIT",
    "RadiationSetting": "GR",
    "GeometricalProperties": "UNIFORM",
    "ContentQualification": "RESEARCH",
    "BurnedInAnnotation": "NO",
    "LossyImageCompression": "00",
    "PresentationLUTShape": "IDENTITY",
    "SegmentAlgorithmType": "MANUAL",
    "SegmentationType": "BINARY",
    "DerivationImageSequence": [
        {"SourceImageSequence": [], "DerivationCodeSequence": [code("113072", "DCM", "Multiplanar reformatting")]}
    ],
    "DerivationCodeSequence": [code("113072", "DCM", "Multiplanar reformatting")],
    "ComplexImageComponent": "MAGNITUDE",
    "AcquisitionContrast": "UNKNOWN",
    "CountsSource": "EMISSION",
    "IVUSAcquisition": "MANUAL",
    "HangingProtocolLevel": "SINGLE_USER",
    "ImageSetSelectorUsageFlag": "MATCH",
    "SelectorAttributeVR": "CS",
    "ImageSetSelectorCategory": "RELATIVE_TIME",
}
BY_KEYWORD |= {
    "PixelMeasuresSequence": [{"PixelSpacing": [1, 1], "SliceThickness": 1}],
    "PlaneOrientationSequence": [{"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}],
    "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 0]}],
    "CollimatorShapeSequence": [
        {"CollimatorShape": "CIRCULAR", "CenterOfCircularCollimator": [16, 16], "RadiusOfCircularCollimator": 10}
    ],
    "RealWorldValueMappingSequence": [
        {
            "LUTLabel": "SYNTHETIC",
            "LUTExplanation": "SYNTHETIC",
            "RealWorldValueFirstValueMapped": 0,
            "RealWorldValueLastValueMapped": 255,
            "RealWorldValueIntercept": 0,
            "RealWorldValueSlope": 1,
            "MeasurementUnitsCodeSequence": [code("mm", "UCUM", "mm")],
        }
    ],
    "BreastImplantPresent": "NO",
    "AliasedDataType": "NO",
    "PositionMeasuringDeviceUsed": "FREEHAND",
    "AcousticCouplingMediumFlag": "NO",
    "FrameOfReferenceTransformationMatrixType": "RIGID",
    "FiniteVolume": "NO",
    "Manifold": "NO",
    "SpecimenLabelInImage": "NO",
    "FocusMethod": "AUTO",
    "ExtendedDepthOfField": "NO",
    "ViewingDistanceType": "DISTANCE",
    "OptotypePresentation": "SINGLE",
    "VisualFieldShape": "CIRCLE",
    "MeasurementLaterality": "R",
    "StimulusResults": "SEEN",
    "AnnotationCoordinateType": "2D",
    "AnnotationGroupGenerationType": "MANUAL",
    "GraphicType": "POINT",
    "AnnotationAppliesToAllOpticalPaths": "YES",
    "RTImagePlane": "NORMAL",
    "DoseUnits": "GY",
    "BrachyTreatmentTechnique": "INTRACAVITARY",
    "TreatmentTerminationStatus": "NORMAL",
    "CurrentTreatmentStatus": "ON_TREATMENT",
    "DataRepresentation": "COMPLEX",
    "SignalDomainColumns": "FREQUENCY",
    "TimeOfFlightInformationUsed": "FALSE",
    "TableMotion": "STATIC",
    "PositionerType": "NONE",
    "ApplicableSafetyStandardAgency": "IEC",
    "PlaneIdentification": "MONOPLANE",
    **dict.fromkeys(
        (
            "DecayCorrected",
            "AttenuationCorrected",
            "ScatterCorrected",
            "DeadTimeCorrected",
            "GantryMotionCorrected",
            "PatientMotionCorrected",
            "CountLossNormalizationCorrected",
            "RandomsCorrected",
            "NonUniformRadialSamplingCorrected",
            "SensitivityCalibrated",
            "DetectorNormalizationCorrection",
            "ExcessiveFixationLossesDataFlag",
            "CatchTrialsDataFlag",
            "FalseNegativesEstimateFlag",
            "ExcessiveFalseNegativesDataFlag",
            "FalsePositivesEstimateFlag",
            "ExcessiveFalsePositivesDataFlag",
            "PresentedVisualStimuliDataFlag",
            "FovealSensitivityMeasured",
            "FovealPointNormativeDataFlag",
            "ScreeningBaselineMeasured",
            "BlindSpotLocalized",
            "TestPointNormalsDataFlag",
            "VisualFieldTestNormalsFlag",
            "ShortTermFluctuationCalculated",
            "ShortTermFluctuationProbabilityCalculated",
            "CorrectedLocalizedDeviationFromNormalCalculated",
            "CorrectedLocalizedDeviationFromNormalProbabilityCalculated",
        ),
        "NO",
    ),
}
_HEAD = code("69536005", "SCT", "Head")
_REFERENCE = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "uid:ReferencedSOPInstanceUID"}
_CONCATENATION = {"InConcatenationNumber": 1, "InConcatenationTotalNumber": 1, "ConcatenationFrameOffsetNumber": 0}
_WHEN = {
    f"PerFrameFunctionalGroupsSequence>FrameContentSequence>Frame{name}": value
    for name, value in (
        ("ReferenceDateTime", "20200102101010"),
        ("AcquisitionDateTime", "20200102101010"),
        ("AcquisitionDuration", 1),
    )
}
_ALTERNATE = {
    f"TreatmentDeviceIdentificationSequence>DeviceAlternateIdentifier{part}": value
    for part, value in (("", "SYNTHETIC"), ("Type", "BARCODE"), ("Format", "CODE_128"))
}
_DEEP = {"BitsStored": 16, "HighBit": 15}
_TYPE4 = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
_ENHANCED = {
    "ImageType": _TYPE4,
    "BurnedInAnnotation": "NO",
    "LossyImageCompression": "00",
    "ContentQualification": "RESEARCH",
    "PresentationLUTShape": "IDENTITY",
}
_PALETTE = {
    f"{color}PaletteColorLookupTable{part}": value
    for color in ("Red", "Green", "Blue")
    for part, value in (("Descriptor", [256, 0, 16]), ("Data", f"hex:{'ff' * 512}"))
}
_PIXEL = "PixelMeasures PlaneOrientation"
_PATIENT = f"{_PIXEL} FrameAnatomy"
_FRAME = "FrameContent PlanePosition"
_GRAY8 = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
_RGB = {**_GRAY8, "SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
_SR = {"Modality": "SR"}

BY_IOD: dict[str, dict[str, Any]] = {
    "enhanced-xa-image enhanced-xrf-image": {
        "shared": "FrameAnatomy FrameVOILUT IrradiationEventIdentification FramePixelDataProperties",
        "frame": "FrameContent",
    },
    "legacy-converted-enhanced-pet-image": {
        "shared": f"{_PIXEL} PETFrameType",
        "frame": f"{_FRAME} UnassignedPerFrameConvertedAttributes",
    },
    "x-ray-3d-angiographic-image x-ray-3d-craniofacial-image": {
        "shared": f"{_PATIENT} FrameVOILUT XRay3DFrameType",
        "frame": _FRAME,
    },
    "breast-tomosynthesis-image": {
        "shared": f"{_PATIENT} PixelValueTransformation",
        "frame": f"{_FRAME} XRay3DFrameType",
    },
    "breast-projection-x-ray-image": {
        "shared": "FrameAnatomy PixelValueTransformation FrameVOILUT IrradiationEventIdentification FieldOfView "
        "FramePixelDataProperties CollimatorShape XRayGeometry XRayAcquisitionDose IsocenterReferenceSystem",
        "frame": "FrameContent",
    },
    "enhanced-pet-image": {
        "shared": f"{_PATIENT} PixelValueTransformation RadiopharmaceuticalUsage PETFrameType",
        "frame": _FRAME,
    },
    "intravascular-optical-coherence-tomography-image": {
        "shared": "PixelMeasures FrameAnatomy IntravascularOCTFrameType",
        "frame": "FrameContent IntravascularFrameContent",
    },
    "legacy-converted-enhanced-ct-image": {
        "shared": f"{_PIXEL} CTImageFrameType",
        "frame": f"{_FRAME} UnassignedPerFrameConvertedAttributes",
    },
    "parametric-map": {
        "shared": f"{_PIXEL} PixelValueTransformation RealWorldValueMapping ParametricMapFrameType",
        "frame": _FRAME,
    },
    "enhanced-mr-image": {"shared": f"{_PATIENT} PixelValueTransformation MRImageFrameType", "frame": _FRAME},
    "mr-spectroscopy": {"shared": f"{_PATIENT} MRSpectroscopyFrameType", "frame": _FRAME},
    "legacy-converted-enhanced-mr-image": {
        "shared": f"{_PIXEL} MRImageFrameType",
        "frame": f"{_FRAME} UnassignedPerFrameConvertedAttributes",
    },
    "enhanced-us-volume": {
        "shared": "PixelMeasures FrameVOILUT PlaneOrientationVolume ImageDataType USImageDescription",
        "frame": "FrameContent PlanePositionVolume",
    },
    "photoacoustic-image": {
        "shared": "PixelMeasures PlaneOrientationVolume PhotoacousticImageFrameType ImageDataType",
        "frame": "FrameContent PlanePositionVolume",
    },
    "segmentation": {
        "modules": "frame-of-reference",
        "shared": _PIXEL,
        "frame": f"{_FRAME} DerivationImage SegmentIdentification",
        "BitsAllocated": 1,
        "BitsStored": 1,
        "HighBit": 0,
    },
    "1.2.840.10008.5.1.4.1.1.66.7": {"SegmentationType": "LABELMAP", **_GRAY8},
    "height-map-segmentation": {"shared": _PIXEL, "frame": f"{_FRAME} DerivationImage SegmentIdentification"},
    "ophthalmic-tomography-image": {"shared": _PATIENT, "frame": _FRAME},
    "ophthalmic-optical-coherence-tomography-b-scan-volume-analysis": {
        "shared": f"{_PATIENT} FrameVOILUT",
        "frame": f"{_FRAME} DerivationImage",
    },
    "vl-whole-slide-microscopy-image": {
        "shared": "PixelMeasures OpticalPathIdentification WholeSlideMicroscopyImageFrameType",
        "frame": "FrameContent PlanePositionSlide",
    },
    "confocal-microscopy-image confocal-microscopy-tiled-pyramidal-image": {
        "shared": "PixelMeasures OpticalPathIdentification ConfocalMicroscopyImageFrameType FrameAnatomy",
        "frame": "FrameContent PlanePositionSlide",
    },
    "enhanced-ct-image enhanced-mr-image legacy-converted-enhanced-ct-image legacy-converted-enhanced-mr-image "
    "legacy-converted-enhanced-pet-image enhanced-pet-image": _ENHANCED,
    "ct-image": {"ImageType": ["DERIVED", "PRIMARY", "AXIAL"], "PatientPosition": "HFS"},
    "mr-image": {"ImageType": ["DERIVED", "PRIMARY", "OTHER"], "PatientPosition": "HFS"},
    "positron-emission-tomography-image": {"PatientPosition": "HFS"},
    "pseudo-color-softcopy-presentation-state color-palette": _PALETTE,
    "encapsulated-pdf": {"MIMETypeOfEncapsulatedDocument": "application/pdf"},
    "encapsulated-stl": {"MIMETypeOfEncapsulatedDocument": "model/stl"},
    "encapsulated-obj": {"MIMETypeOfEncapsulatedDocument": "model/obj"},
    "encapsulated-mtl": {"MIMETypeOfEncapsulatedDocument": "model/mtl"},
    "1.2.840.10008.5.1.4.1.1.1.1.1  1.2.840.10008.5.1.4.1.1.1.2.1 1.2.840.10008.5.1.4.1.1.1.3.1": {
        "PresentationIntentType": "FOR PROCESSING",
        "WindowCenter": ABSENT,
        "WindowWidth": ABSENT,
    },
    "ultrasound-image ultrasound-multi-frame-image": _GRAY8,
    "vl-endoscopic-image video-endoscopic-image vl-microscopic-image video-microscopic-image "
    "vl-slide-coordinates-microscopic-image vl-photographic-image video-photographic-image "
    "dermoscopic-photography-image vl-whole-slide-microscopy-image "
    "multi-frame-true-color-secondary-capture-image ophthalmic-photography-8-bit-image": _RGB,
    "multi-frame-grayscale-byte-secondary-capture-image enhanced-us-volume photoacoustic-image": _GRAY8,
    "multi-frame-single-bit-secondary-capture-image": {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0},
    "digital-x-ray-image": {"WindowCenter": 2048, "WindowWidth": 4096, "AnatomicRegionSequence": [_HEAD]},
    "digital-mammography-x-ray-image": {"WindowCenter": 2048, "WindowWidth": 4096, "PositionerType": "MAMMOGRAPHIC"},
    "digital-intra-oral-x-ray-image": {
        "WindowCenter": 2048,
        "WindowWidth": 4096,
        "BodyPartExamined": "JAW",
        "AnatomicRegionSequence": [code("661005", "SCT", "Jaw region")],
        "PrimaryAnatomicStructureSequence": [code("38199008", "SCT", "Tooth")],
    },
    "encapsulated-cda": {"MIMETypeOfEncapsulatedDocument": "text/XML", "HL7InstanceIdentifier": "2.25.1^SYNTHETIC"},
    "grayscale-softcopy-presentation-state": {"PresentationLUTShape": "IDENTITY"},
    "volume-rendering-volumetric-presentation-state planar-mpr-volumetric-presentation-state": {
        "VolumetricPresentationStateInputSequence>WindowCenter": 128,
        "VolumetricPresentationStateInputSequence>WindowWidth": 256,
    },
    "blending-softcopy-presentation-state": {
        **_PALETTE,
        "BlendingSequence>RescaleIntercept": 0,
        "BlendingSequence>RescaleSlope": 1,
        "BlendingSequence>RescaleType": "HU",
        "BlendingSequence>BlendingPosition": "UNDERLYING",
        "BlendingSequence": TWICE,
    },
    "advanced-blending-presentation-state": {
        "PixelPresentation": "TRUE_COLOR",
        "BlendingDisplaySequence>BlendingMode": "EQUAL",
    },
    "x-ray-angiographic-image x-ray-radiofluoroscopic-image": {
        "ImageType": ["DERIVED", "PRIMARY", "SINGLE PLANE"],
        "XRayTubeCurrent": None,
        "ExposureTime": None,
        "Exposure": None,
    },
    "nuclear-medicine-image": {
        **_DEEP,
        "ImageType": ["DERIVED", "PRIMARY", "STATIC", "EMISSION"],
        "FrameTime": ABSENT,
        "FrameIncrementPointer": [0x00540010, 0x00540020],
        "ActualFrameDuration": 1000,
        "EnergyWindowVector": 1,
        "DetectorVector": 1,
    },
    "positron-emission-tomography-image ": {**_DEEP, "PatientPosition": ABSENT, "SeriesType": ["WHOLE BODY", "IMAGE"]},
    "legacy-converted-enhanced-pet-image enhanced-pet-image": {**_ENHANCED, **_DEEP},
    "x-ray-3d-angiographic-image x-ray-3d-craniofacial-image breast-tomosynthesis-image parametric-map "
    "enhanced-xa-image enhanced-xrf-image vl-whole-slide-microscopy-image mr-spectroscopy enhanced-mr-color-image "
    "intravascular-optical-coherence-tomography-image": {"ImageType": _TYPE4},
    "breast-tomosynthesis-image breast-projection-x-ray-image": {"BreastImplantPresent": "NO"},
    "enhanced-xa-image enhanced-xrf-image ": {"PlaneIdentification": "MONOPLANE"},
    "breast-projection-x-ray-image ": {
        "PositionerType": "MAMMOGRAPHIC",
        "XRayTubeCurrentInmA": 100,
        "ExposureTimeInms": 100,
        "ExposureInmAs": 10,
        "frame": "FrameContent DerivationImage",
    },
    "enhanced-pet-image ": {"PerFrameFunctionalGroupsSequence>FrameContentSequence>TemporalPositionIndex": 1},
    "basic-structured-display": {
        "NominalScreenDefinitionSequence>ScreenMinimumGrayscaleBitDepth": 8,
        "StructuredDisplayImageBoxSequence>ReferencedImageSequence": [_REFERENCE],
    },
    "intravascular-optical-coherence-tomography-image ": {
        "VolumetricProperties": "DISTORTED",
        "PresentationLUTShape": "IDENTITY",
        "InterpolationType": "BILINEAR",
        "PerFrameFunctionalGroupsSequence>IntravascularFrameContentSequence>SeamLineLocation": 0,
    },
    "enhanced-ct-image enhanced-mr-image enhanced-mr-color-image mr-spectroscopy": {"PatientPosition": "HFS"},
    "enhanced-ct-image": {
        **_ENHANCED,
        "PatientPosition": "HFS",
        "shared": f"{_PATIENT} IrradiationEventIdentification CTImageFrameType PixelValueTransformation",
        "frame": _FRAME,
        "SharedFunctionalGroupsSequence>PixelValueTransformationSequence>RescaleType": "HU",
    },
    "enhanced-mr-image enhanced-mr-color-image ": {
        "ApplicableSafetyStandardAgency": "IEC",
        "ComplexImageComponent": "MAGNITUDE",
        "AcquisitionContrast": "UNKNOWN",
        "SharedFunctionalGroupsSequence>MRImageFrameTypeSequence>ComplexImageComponent": "MAGNITUDE",
        "SharedFunctionalGroupsSequence>MRImageFrameTypeSequence>AcquisitionContrast": "UNKNOWN",
    },
    "enhanced-mr-color-image": {
        **_ENHANCED,
        **_RGB,
        "shared": f"{_PATIENT} MRImageFrameType",
        "frame": _FRAME,
        "PixelPresentation": "TRUE_COLOR",
    },
    "mr-spectroscopy ": {
        "ContentQualification": "RESEARCH",
        "ApplicableSafetyStandardAgency": "IEC",
        "Rows": 1,
        "Columns": 1,
        "VolumeLocalizationSequence": [
            {"SlabThickness": 1, "SlabOrientation": [0, 0, 1], "MidSlabPosition": [0, 0, 0]}
        ],
        "SpectroscopyData": f"hex:{'00' * 8}",
    },
    "rt-image": {"ImageType": ["DERIVED", "PRIMARY", "DRR"]},
    "rt-structure-set": {"modules": "frame-of-reference"},
    "rt-beams-treatment-record": {
        "modules": "rt-beams-session-record",
        "PrimaryDosimeterUnit": "MU",
        "TreatmentSessionBeamSequence>BeamType": "STATIC",
        "TreatmentSessionBeamSequence>NumberOfWedges": 0,
        "TreatmentSessionBeamSequence>BeamLimitingDeviceLeafPairsSequence": [
            {"RTBeamLimitingDeviceType": "X", "NumberOfLeafJawPairs": 1}
        ],
    },
    "rt-ion-beams-treatment-record": {
        "modules": "rt-ion-beams-session-record",
        "PrimaryDosimeterUnit": "MU",
        "TreatmentSessionIonBeamSequence>BeamType": "STATIC",
        **{
            f"TreatmentSessionIonBeamSequence>NumberOf{name}": 0
            for name in (
                "Wedges",
                "Compensators",
                "Boli",
                "Blocks",
                "RangeShifters",
                "LateralSpreadingDevices",
                "RangeModulators",
            )
        },
    },
    "rt-brachy-treatment-record": {
        "TreatmentSessionApplicationSetupSequence>RecordedChannelSequence>BrachyControlPointDeliveredSequence": TWICE
    },
    "c-arm-photon-electron-radiation tomotherapeutic-radiation robotic-arm-radiation rt-radiation-salvage-record "
    "tomotherapeutic-radiation-record c-arm-photon-electron-radiation-record robotic-arm-radiation-record": _ALTERNATE,
    "enhanced-us-volume photoacoustic-image ": {
        "ImageType": ["ORIGINAL", "PRIMARY", "ABDOMINAL", "NONE"],
        "DimensionOrganizationType": "3D",
        "PresentationLUTShape": "IDENTITY",
        **_WHEN,
    },
    "spatial-registration": {"RegistrationSequence>FrameOfReferenceUID": uid("FrameOfReferenceUID")},
    "spatial-fiducials": {
        "FiducialSetSequence>FrameOfReferenceUID": uid("FrameOfReferenceUID"),
        "FiducialSetSequence>FiducialSequence>ContourData": [0, 0, 0],
        "FiducialSetSequence>FiducialSequence>NumberOfContourPoints": 1,
    },
    "tractography-results": {"TrackSetSequence>RecommendedDisplayCIELabValue": [65535, 32896, 32896]},
    "real-world-value-mapping": {"ReferencedSeriesSequence": FILLED},
    "multi-frame-single-bit-secondary-capture-image multi-frame-grayscale-byte-secondary-capture-image "
    "multi-frame-grayscale-word-secondary-capture-image multi-frame-true-color-secondary-capture-image": {
        "NumberOfFrames": 2,
        "NominalScannedPixelSpacing": [1, 1],
    },
    "multi-frame-grayscale-byte-secondary-capture-image multi-frame-grayscale-word-secondary-capture-image": {
        "PresentationLUTShape": "IDENTITY",
        "RescaleIntercept": 0,
        "RescaleSlope": 1,
        "RescaleType": "US",
    },
    "video-endoscopic-image video-microscopic-image video-photographic-image": {"AnatomicRegionSequence": [_HEAD]},
    "vl-slide-coordinates-microscopic-image": {"PositionReferenceIndicator": "SLIDE_CORNER"},
    "ophthalmic-photography-8-bit-image ophthalmic-photography-16-bit-image": {
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "AcquisitionDateTime": "20200102101010",
    },
    "ophthalmic-photography-16-bit-image": {**_DEEP, "PresentationLUTShape": "IDENTITY"},
    "ophthalmic-tomography-image ": _CONCATENATION,
    "ophthalmic-optical-coherence-tomography-en-face-image": {
        "ReferencedSurfaceMeshIdentificationSequence": [
            {
                "ReferencedSOPInstanceUID": "uid:ReferencedSOPInstanceUID",
                "ReferencedSurfaceNumber": 1,
                "SegmentedPropertyTypeCodeSequence": [code("128292", "DCM", "RPE Basement Membrane")],
                "SurfaceMeshZPixelOffset": 0,
            }
        ],
        "PresentationLUTShape": "IDENTITY",
    },
    "ophthalmic-optical-coherence-tomography-b-scan-volume-analysis ": {
        **_WHEN,
        **_CONCATENATION,
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "OCTBscanAnalysisAcquisitionParametersSequence>BscanCycleTime": 1,
    },
    "vl-whole-slide-microscopy-image ": {
        "modules": "frame-of-reference",
        "ImagedVolumeWidth": 1,
        "ImagedVolumeHeight": 1,
        "ImagedVolumeDepth": 1,
        "ImageOrientationSlide": [0, -1, 0, -1, 0, 0],
        "PositionReferenceIndicator": "SLIDE_CORNER",
        "OpticalPathSequence>IlluminationColorCodeSequence": [code("414298005", "SCT", "Full Spectrum")],
        "OpticalPathSequence>ICCProfile": f"hex:{'00' * 128}",
    },
    "encapsulated-obj encapsulated-mtl ": {"modules": "icc-profile", "ICCProfile": f"hex:{'00' * 128}"},
    "dermoscopic-photography-image ": {
        "FrameOfReferenceUID": uid("FrameOfReferenceUID"),
        "PositionReferenceIndicator": None,
    },
    "lensometry-measurements": {"UnspecifiedLateralityLensSequence": FILLED},
    "visual-acuity-measurements": {"ReferencedRefractiveMeasurementsSequence": []},
    "spectacle-prescription-report": {
        "modules": "clinical-trial-subject clinical-trial-study clinical-trial-series",
        "ClinicalTrialSubjectID": "SYNTHETIC",
    },
    "ophthalmic-thickness-map corneal-topography-map": {"PixelSpacing": [2, 1], "PixelAspectRatio": [2, 1]},
    "ophthalmic-visual-field-static-perimetry-measurements": {
        "OphthalmicPatientClinicalInformationRightEyeSequence": FILLED
    },
    "corneal-topography-map": {**_GRAY8, **_PALETTE, "PhotometricInterpretation": "PALETTE COLOR"},
    "ambulatory-ecg": {"modules": "acquisition-context"},
    "microscopy-bulk-simple-annotations": {
        "AnnotationGroupSequence>PointCoordinatesData": f"hex:{'00' * 8}",
        "PixelOriginInterpretation": "FRAME",
        "ReferencedSeriesSequence": [
            {"SeriesInstanceUID": "uid:ReferencedSeriesInstanceUID", "ReferencedInstanceSequence": [_REFERENCE]}
        ],
        "ReferencedImageSequence": [_REFERENCE],
    },
    "hanging-protocol": {
        "HangingProtocolDefinitionSequence>Modality": "CT",
        "ImageSetsSequence>ImageSetSelectorSequence>SelectorCSValue": "CT",
        "ImageSetsSequence>TimeBasedImageSetsSequence>RelativeTime": [0, 0],
        "ImageSetsSequence>TimeBasedImageSetsSequence>RelativeTimeUnits": "DAYS",
    },
    "color-palette": {
        f"{color}PaletteColorLookupTable{part}": value
        for color in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 8]), ("Data", f"hex:{'ff' * 256}"))
    },
    "enhanced-rt-image": {"shared": _PIXEL, "frame": _FRAME},
}

#: Modality by IOD.
_MODALITIES = """
AU: basic-voice-audio-waveform general-audio-waveform
CFM: confocal-microscopy-image confocal-microscopy-tiled-pyramidal-image
CR: computed-radiography-image
CT: ct-image enhanced-ct-image legacy-converted-enhanced-ct-image
CTPROTOCOL: ct-defined-procedure-protocol ct-performed-procedure-protocol
DMS: dermoscopic-photography-image
DOC: encapsulated-pdf encapsulated-cda
DX: digital-x-ray-image
ECG: 12-lead-ecg general-ecg ambulatory-ecg general-32-bit-ecg
EEG: routine-scalp-electroencephalogram sleep-electroencephalogram
EMG: electromyogram
EOG: electrooculogram
EPS: basic-cardiac-electrophysiology-waveform
ES: vl-endoscopic-image video-endoscopic-image
FID: spatial-fiducials
GM: vl-microscopic-image video-microscopic-image
HD: hemodynamic-waveform arterial-pulse-waveform
IO: digital-intra-oral-x-ray-image
IOL: intraocular-lens-calculations
IVOCT: intravascular-optical-coherence-tomography-image
KER: keratometry-measurements
KO: key-object-selection-document
LEN: lensometry-measurements
M3D: encapsulated-stl encapsulated-obj encapsulated-mtl
MG: digital-mammography-x-ray-image breast-tomosynthesis-image breast-projection-x-ray-image
MR: mr-image enhanced-mr-image enhanced-mr-color-image mr-spectroscopy legacy-converted-enhanced-mr-image
  parametric-map tractography-results
NM: nuclear-medicine-image
OAM: ophthalmic-axial-measurements
OP: ophthalmic-photography-8-bit-image ophthalmic-photography-16-bit-image
  wide-field-ophthalmic-photography-stereographic-projection-image
  wide-field-ophthalmic-photography-3d-coordinates-image
OPM: ophthalmic-thickness-map corneal-topography-map
OPT: ophthalmic-tomography-image
OPTBSV: ophthalmic-optical-coherence-tomography-b-scan-volume-analysis
OPTENF: ophthalmic-optical-coherence-tomography-en-face-image
OPV: ophthalmic-visual-field-static-perimetry-measurements
OSS: surface-scan-mesh surface-scan-point-cloud
OT: secondary-capture-image multi-frame-single-bit-secondary-capture-image
  multi-frame-grayscale-byte-secondary-capture-image multi-frame-grayscale-word-secondary-capture-image
  multi-frame-true-color-secondary-capture-image raw-data
PA: photoacoustic-image
PLAN: rt-beams-delivery-instruction rt-brachy-application-setup-delivery-instruction
POS: body-position-waveform
PR: grayscale-softcopy-presentation-state color-softcopy-presentation-state
  pseudo-color-softcopy-presentation-state blending-softcopy-presentation-state
  xa-xrf-grayscale-softcopy-presentation-state planar-mpr-volumetric-presentation-state
  advanced-blending-presentation-state volume-rendering-volumetric-presentation-state
  variable-modality-lut-softcopy-presentation-state basic-structured-display waveform-presentation-state
  waveform-acquisition-presentation-state
PT: positron-emission-tomography-image enhanced-pet-image legacy-converted-enhanced-pet-image
REG: spatial-registration deformable-spatial-registration
RESP: respiratory-waveform multi-channel-respiratory-waveform
RF: x-ray-radiofluoroscopic-image
RTDOSE: rt-dose
RTIMAGE: rt-image enhanced-rt-image enhanced-continuous-rt-image
RTINTENT: rt-physician-intent
RTPLAN: rt-plan rt-ion-plan
RTRAD: rt-radiation-set c-arm-photon-electron-radiation tomotherapeutic-radiation robotic-arm-radiation
  rt-radiation-set-delivery-instruction rt-treatment-preparation rt-patient-position-acquisition-instruction
RTRECORD: rt-beams-treatment-record rt-brachy-treatment-record rt-treatment-summary-record
  rt-ion-beams-treatment-record rt-radiation-record-set rt-radiation-salvage-record
  tomotherapeutic-radiation-record c-arm-photon-electron-radiation-record robotic-arm-radiation-record
RTSEGANN: rt-segment-annotation
RTSTRUCT: rt-structure-set
RWV: real-world-value-mapping
SEG: segmentation height-map-segmentation surface-segmentation
SM: vl-slide-coordinates-microscopic-image vl-whole-slide-microscopy-image
SMR: stereometric-relationship
SR: basic-text-sr enhanced-sr comprehensive-sr comprehensive-3d-sr extensible-sr procedure-log mammography-cad-sr
  chest-cad-sr x-ray-radiation-dose-sr radiopharmaceutical-radiation-dose-sr colon-cad-sr
  implantation-plan-sr-document acquisition-context-sr simplified-adult-echo-sr patient-radiation-dose-sr
  planned-imaging-agent-administration-sr performed-imaging-agent-administration-sr
  enhanced-x-ray-radiation-dose-sr waveform-annotation-sr spectacle-prescription-report macular-grid-thickness-and-volume-report
SRF: subjective-refraction-measurements
US: ultrasound-image ultrasound-multi-frame-image enhanced-us-volume
VA: visual-acuity-measurements
XA: enhanced-xrf-image x-ray-angiographic-image enhanced-xa-image x-ray-3d-angiographic-image x-ray-3d-craniofacial-image
XAPROTOCOL: xa-defined-procedure-protocol xa-performed-procedure-protocol
XC: vl-photographic-image video-photographic-image
AR: autorefraction-measurements
ASMT: content-assessment-results
ANN: microscopy-bulk-simple-annotations
OT : protocol-approval
"""
MODALITY = {
    iod: line.split(":")[0].strip()
    for line in _MODALITIES.replace("\n  ", " ").strip().splitlines()
    for iod in line.split(":")[1].split()
}
