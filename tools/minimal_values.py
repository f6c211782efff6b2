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
    "pet-series": {"Units": "BQML", "DecayCorrection": "START"},
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
                "ValueType": "CODE",  # which every document may contain, but Key Objects
                "ConceptNameCodeSequence": [code("121071", "DCM", "Finding")],
                "ConceptCodeSequence": [code("281900007", "SCT", "No abnormality detected")],
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
    "TimezoneOffsetFromUTC": "+0000",
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
  enhanced-x-ray-radiation-dose-sr waveform-annotation-sr
  spectacle-prescription-report macular-grid-thickness-and-volume-report
SRF: subjective-refraction-measurements
US: ultrasound-image ultrasound-multi-frame-image enhanced-us-volume
VA: visual-acuity-measurements
XA: enhanced-xrf-image x-ray-angiographic-image enhanced-xa-image x-ray-3d-angiographic-image
  x-ray-3d-craniofacial-image
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
