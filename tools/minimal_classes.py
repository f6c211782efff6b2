"""What :mod:`tools.minimal_instances` puts into the instances of single IODs and SOP Classes, beside what all have.

``modules`` are those of usage C or U that are used, ``shared`` and ``frame`` the functional groups (without the word
Sequence); any other key is an attribute, by the path of keywords from the top.
"""

from __future__ import annotations

from typing import Any

from tools.minimal_values import ABSENT, CT, FILLED, TWICE, code, uid

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

#: IODs, or SOP Classes by UID, and what they have; of several rows the later ones win.
BY_IOD: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "key-object-selection-document",
        {
            "ConceptNameCodeSequence": [code("113000", "DCM", "Of Interest")],
            "ContentTemplateSequence": [{"MappingResource": "DCMR", "TemplateIdentifier": "2010"}],
            "ContentSequence": [
                {"RelationshipType": "CONTAINS", "ValueType": "IMAGE", "ReferencedSOPSequence": [_REFERENCE]},
            ],
        },
    ),
    (
        "enhanced-xa-image enhanced-xrf-image",
        {
            "shared": "FrameAnatomy FrameVOILUT IrradiationEventIdentification FramePixelDataProperties",
            "frame": "FrameContent",
        },
    ),
    (
        "legacy-converted-enhanced-pet-image",
        {
            "shared": f"{_PIXEL} PETFrameType",
            "frame": f"{_FRAME} UnassignedPerFrameConvertedAttributes",
        },
    ),
    (
        "x-ray-3d-angiographic-image x-ray-3d-craniofacial-image",
        {
            "shared": f"{_PATIENT} FrameVOILUT XRay3DFrameType",
            "frame": _FRAME,
        },
    ),
    (
        "breast-tomosynthesis-image",
        {
            "shared": f"{_PATIENT} PixelValueTransformation FrameVOILUT",
            "frame": f"{_FRAME} DerivationImage XRay3DFrameType",
        },
    ),
    (
        "breast-projection-x-ray-image",
        {
            "shared": "FrameAnatomy PixelValueTransformation FrameVOILUT IrradiationEventIdentification FieldOfView "
            "FramePixelDataProperties CollimatorShape XRayGeometry XRayAcquisitionDose IsocenterReferenceSystem",
            "frame": "FrameContent",
        },
    ),
    (
        "enhanced-pet-image",
        {
            "shared": f"{_PATIENT} PixelValueTransformation FrameVOILUT RealWorldValueMapping RadiopharmaceuticalUsage "
            "PETFrameType",
            "frame": _FRAME,
        },
    ),
    (
        "intravascular-optical-coherence-tomography-image",
        {
            "shared": "PixelMeasures FrameAnatomy IntravascularOCTFrameType",
            "frame": "FrameContent IntravascularFrameContent",
        },
    ),
    (
        "legacy-converted-enhanced-ct-image",
        {
            "shared": f"{_PIXEL} CTImageFrameType",
            "frame": f"{_FRAME} UnassignedPerFrameConvertedAttributes",
        },
    ),
    (
        "parametric-map",
        {
            **_DEEP,
            "PixelData": "pixels",
            "Rows": 32,
            "Columns": 32,
            "PhotometricInterpretation": "MONOCHROME2",
            "PixelRepresentation": 0,
            "shared": f"{_PATIENT} PixelValueTransformation FrameVOILUT RealWorldValueMapping ParametricMapFrameType",
            "frame": _FRAME,
        },
    ),
    (
        "enhanced-mr-image",
        {"shared": f"{_PATIENT} PixelValueTransformation MRImageFrameType", "frame": _FRAME},
    ),
    (
        "mr-spectroscopy",
        {"shared": f"{_PATIENT} MRSpectroscopyFrameType", "frame": _FRAME},
    ),
    (
        "legacy-converted-enhanced-mr-image",
        {
            "shared": f"{_PIXEL} MRImageFrameType",
            "frame": f"{_FRAME} UnassignedPerFrameConvertedAttributes",
        },
    ),
    (
        "enhanced-us-volume",
        {
            "shared": "PixelMeasures FrameVOILUT PlaneOrientationVolume ImageDataType USImageDescription",
            "frame": "FrameContent PlanePositionVolume",
        },
    ),
    (
        "photoacoustic-image",
        {
            "shared": "PixelMeasures PlaneOrientationVolume PhotoacousticImageFrameType ImageDataType",
            "frame": "FrameContent PlanePositionVolume",
        },
    ),
    (
        "segmentation",
        {
            "modules": "frame-of-reference",
            "shared": _PIXEL,
            "frame": f"{_FRAME} DerivationImage SegmentIdentification",
            "BitsAllocated": 1,
            "BitsStored": 1,
            "HighBit": 0,
        },
    ),
    (
        "1.2.840.10008.5.1.4.1.1.66.7",
        {"SegmentationType": "LABELMAP", **_GRAY8},
    ),
    (
        "height-map-segmentation",
        {
            "shared": _PIXEL,
            "frame": f"{_FRAME} DerivationImage SegmentIdentification",
            "BitsAllocated": 32,  # of Float Pixel Data, of which there is one
            **dict.fromkeys(("Rows", "Columns"), 1),
        },
    ),
    (
        "ophthalmic-tomography-image",
        {"shared": _PATIENT, "frame": _FRAME},
    ),
    (
        "ophthalmic-optical-coherence-tomography-b-scan-volume-analysis",
        {
            "shared": f"{_PATIENT} FrameVOILUT",
            "frame": f"{_FRAME} DerivationImage",
        },
    ),
    (
        "vl-whole-slide-microscopy-image",
        {
            "shared": "PixelMeasures OpticalPathIdentification WholeSlideMicroscopyImageFrameType",
            "frame": "FrameContent PlanePositionSlide",
        },
    ),
    (
        "confocal-microscopy-image confocal-microscopy-tiled-pyramidal-image",
        {
            "OpticalPathSequence>IlluminationWaveLength": 488,
            "shared": "PixelMeasures OpticalPathIdentification ConfocalMicroscopyImageFrameType FrameAnatomy",
            "frame": "FrameContent PlanePositionSlide",
        },
    ),
    (
        "enhanced-ct-image enhanced-mr-image legacy-converted-enhanced-ct-image legacy-converted-enhanced-mr-image "
        "legacy-converted-enhanced-pet-image enhanced-pet-image",
        _ENHANCED,
    ),
    (
        "ct-image",
        {"ImageType": ["DERIVED", "PRIMARY", "AXIAL"], "PatientPosition": "HFS"},
    ),
    (
        "mr-image",
        {"ImageType": ["DERIVED", "PRIMARY", "OTHER"], "PatientPosition": "HFS"},
    ),
    (
        "positron-emission-tomography-image",
        {"PatientPosition": "HFS"},
    ),
    (
        "pseudo-color-softcopy-presentation-state color-palette",
        _PALETTE,
    ),
    (
        "encapsulated-pdf",
        {"MIMETypeOfEncapsulatedDocument": "application/pdf"},
    ),
    (
        "encapsulated-stl",
        {"MIMETypeOfEncapsulatedDocument": "model/stl"},
    ),
    (
        "encapsulated-obj",
        {"MIMETypeOfEncapsulatedDocument": "model/obj"},
    ),
    (
        "encapsulated-mtl",
        {"MIMETypeOfEncapsulatedDocument": "model/mtl"},
    ),
    (
        "1.2.840.10008.5.1.4.1.1.1.1.1 1.2.840.10008.5.1.4.1.1.1.2.1 1.2.840.10008.5.1.4.1.1.1.3.1",
        {
            "PresentationIntentType": "FOR PROCESSING",
            "WindowCenter": ABSENT,
            "WindowWidth": ABSENT,
        },
    ),
    (
        "ultrasound-image ultrasound-multi-frame-image",
        _GRAY8,
    ),
    (
        "vl-endoscopic-image video-endoscopic-image vl-microscopic-image video-microscopic-image "
        "vl-slide-coordinates-microscopic-image vl-photographic-image video-photographic-image "
        "dermoscopic-photography-image vl-whole-slide-microscopy-image "
        "multi-frame-true-color-secondary-capture-image ophthalmic-photography-8-bit-image",
        _RGB,
    ),
    (
        "multi-frame-grayscale-byte-secondary-capture-image enhanced-us-volume photoacoustic-image",
        _GRAY8,
    ),
    (
        "multi-frame-single-bit-secondary-capture-image",
        {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0},
    ),
    (
        "digital-x-ray-image",
        {"WindowCenter": 2048, "WindowWidth": 4096, "AnatomicRegionSequence": [_HEAD]},
    ),
    (
        "digital-mammography-x-ray-image",
        {"WindowCenter": 2048, "WindowWidth": 4096, "PositionerType": "MAMMOGRAPHIC"},
    ),
    (
        "digital-intra-oral-x-ray-image",
        {
            "WindowCenter": 2048,
            "WindowWidth": 4096,
            "BodyPartExamined": "JAW",
            "AnatomicRegionSequence": [code("661005", "SCT", "Jaw region")],
            "PrimaryAnatomicStructureSequence": [code("38199008", "SCT", "Tooth")],
        },
    ),
    (
        "encapsulated-cda",
        {"MIMETypeOfEncapsulatedDocument": "text/XML", "HL7InstanceIdentifier": "2.25.1^SYNTHETIC"},
    ),
    (
        "grayscale-softcopy-presentation-state xa-xrf-grayscale-softcopy-presentation-state",
        {"PresentationLUTShape": "IDENTITY"},
    ),
    (
        "volume-rendering-volumetric-presentation-state planar-mpr-volumetric-presentation-state",
        {
            "VolumetricPresentationStateInputSequence>WindowCenter": 128,
            "VolumetricPresentationStateInputSequence>WindowWidth": 256,
        },
    ),
    (
        "blending-softcopy-presentation-state",
        {
            **_PALETTE,
            "BlendingSequence>RescaleIntercept": 0,
            "BlendingSequence>RescaleSlope": 1,
            "BlendingSequence>RescaleType": "HU",
            "BlendingSequence>BlendingPosition": "UNDERLYING",
            "BlendingSequence": TWICE,
        },
    ),
    (
        "advanced-blending-presentation-state",
        {
            "PixelPresentation": "TRUE_COLOR",
            "BlendingDisplaySequence>BlendingMode": "EQUAL",
        },
    ),
    (
        "x-ray-angiographic-image x-ray-radiofluoroscopic-image",
        {
            "ImageType": ["DERIVED", "PRIMARY", "SINGLE PLANE"],
            "XRayTubeCurrent": None,
            "ExposureTime": None,
            "Exposure": None,
        },
    ),
    (
        "nuclear-medicine-image",
        {
            **_DEEP,
            "ImageType": ["DERIVED", "PRIMARY", "STATIC", "EMISSION"],
            "FrameTime": ABSENT,
            "FrameIncrementPointer": [0x00540010, 0x00540020],
            "ActualFrameDuration": 1000,
            "EnergyWindowVector": 1,
            "DetectorVector": 1,
        },
    ),
    (
        "positron-emission-tomography-image",
        {**_DEEP, "PatientPosition": ABSENT, "SeriesType": ["WHOLE BODY", "IMAGE"], "DecayFactor": 1},
    ),
    (
        "legacy-converted-enhanced-pet-image enhanced-pet-image",
        {**_ENHANCED, **_DEEP},
    ),
    (
        "x-ray-3d-angiographic-image x-ray-3d-craniofacial-image breast-tomosynthesis-image parametric-map "
        "enhanced-xa-image enhanced-xrf-image vl-whole-slide-microscopy-image mr-spectroscopy enhanced-mr-color-image "
        "intravascular-optical-coherence-tomography-image",
        {"ImageType": _TYPE4},
    ),
    (
        "breast-tomosynthesis-image breast-projection-x-ray-image",
        {"BreastImplantPresent": "NO"},
    ),
    (
        "enhanced-xa-image enhanced-xrf-image",
        {"PlaneIdentification": "MONOPLANE"},
    ),
    (
        "breast-projection-x-ray-image",
        {
            "PositionerType": "MAMMOGRAPHIC",
            "PatientOrientation": ["A", "F"],
            "XRayTubeCurrentInmA": 100,
            "ExposureTimeInms": 100,
            "ExposureInmAs": 10,
            "frame": "FrameContent DerivationImage",
        },
    ),
    (
        "enhanced-pet-image",
        {"PerFrameFunctionalGroupsSequence>FrameContentSequence>TemporalPositionIndex": 1},
    ),
    (
        "basic-structured-display",
        {
            "NominalScreenDefinitionSequence>ScreenMinimumGrayscaleBitDepth": 8,
            "StructuredDisplayImageBoxSequence>ReferencedImageSequence": [_REFERENCE],
            "ReferencedSeriesSequence": [
                {"SeriesInstanceUID": "uid:ReferencedSeriesInstanceUID", "ReferencedInstanceSequence": [_REFERENCE]}
            ],
        },
    ),
    (
        "intravascular-optical-coherence-tomography-image",
        {
            "VolumetricProperties": "DISTORTED",
            "PresentationLUTShape": "IDENTITY",
            "InterpolationType": "BILINEAR",
            "PerFrameFunctionalGroupsSequence>IntravascularFrameContentSequence>SeamLineLocation": 0,
        },
    ),
    (
        "enhanced-ct-image enhanced-mr-image enhanced-mr-color-image mr-spectroscopy",
        {"PatientPosition": "HFS"},
    ),
    (
        "enhanced-ct-image",
        {
            **_ENHANCED,
            "PatientPosition": "HFS",
            "shared": f"{_PATIENT} IrradiationEventIdentification CTImageFrameType PixelValueTransformation",
            "frame": _FRAME,
            "SharedFunctionalGroupsSequence>PixelValueTransformationSequence>RescaleType": "HU",
        },
    ),
    (
        "enhanced-mr-image enhanced-mr-color-image",
        {
            "ApplicableSafetyStandardAgency": "IEC",
            "ComplexImageComponent": "MAGNITUDE",
            "AcquisitionContrast": "UNKNOWN",
            "SharedFunctionalGroupsSequence>MRImageFrameTypeSequence>ComplexImageComponent": "MAGNITUDE",
            "SharedFunctionalGroupsSequence>MRImageFrameTypeSequence>AcquisitionContrast": "UNKNOWN",
        },
    ),
    (
        "enhanced-mr-color-image",
        {
            **_ENHANCED,
            **_RGB,
            "shared": f"{_PATIENT} MRImageFrameType",
            "frame": _FRAME,
            "PixelPresentation": "TRUE_COLOR",
        },
    ),
    (
        "mr-spectroscopy",
        {
            "ContentQualification": "RESEARCH",
            "ApplicableSafetyStandardAgency": "IEC",
            "Rows": 1,
            "Columns": 1,
            "VolumeLocalizationSequence": [
                {"SlabThickness": 1, "SlabOrientation": [0, 0, 1], "MidSlabPosition": [0, 0, 0]}
            ],
            "SpectroscopyData": f"hex:{'00' * 8}",
        },
    ),
    (
        "rt-image",
        {"ImageType": ["DERIVED", "PRIMARY", "DRR"]},
    ),
    (
        "rt-structure-set",
        {"modules": "frame-of-reference"},
    ),
    (
        "rt-beams-treatment-record",
        {
            "modules": "rt-beams-session-record",
            "PrimaryDosimeterUnit": "MU",
            "TreatmentSessionBeamSequence>BeamType": "STATIC",
            "TreatmentSessionBeamSequence>NumberOfWedges": 0,
            "TreatmentSessionBeamSequence>BeamLimitingDeviceLeafPairsSequence": [
                {"RTBeamLimitingDeviceType": "X", "NumberOfLeafJawPairs": 1}
            ],
        },
    ),
    (
        "rt-ion-beams-treatment-record",
        {
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
    ),
    (
        "rt-brachy-treatment-record",
        {"TreatmentSessionApplicationSetupSequence>RecordedChannelSequence>BrachyControlPointDeliveredSequence": TWICE},
    ),
    (
        "c-arm-photon-electron-radiation tomotherapeutic-radiation robotic-arm-radiation rt-radiation-salvage-record "
        "tomotherapeutic-radiation-record c-arm-photon-electron-radiation-record robotic-arm-radiation-record",
        _ALTERNATE,
    ),
    (
        "enhanced-us-volume photoacoustic-image",
        {
            "ImageType": ["ORIGINAL", "PRIMARY", "ABDOMINAL", "NONE"],
            "DimensionOrganizationType": "3D",
            "PresentationLUTShape": "IDENTITY",
            **_WHEN,
        },
    ),
    (
        "spatial-registration",
        {"RegistrationSequence>FrameOfReferenceUID": uid("FrameOfReferenceUID")},
    ),
    (
        "spatial-fiducials",
        {
            "FiducialSetSequence>FrameOfReferenceUID": uid("FrameOfReferenceUID"),
            "FiducialSetSequence>FiducialSequence>ContourData": [0, 0, 0],
            "FiducialSetSequence>FiducialSequence>NumberOfContourPoints": 1,
        },
    ),
    (
        "tractography-results",
        {"TrackSetSequence>RecommendedDisplayCIELabValue": [65535, 32896, 32896]},
    ),
    (
        "real-world-value-mapping",
        {"ReferencedSeriesSequence": FILLED},
    ),
    (
        "multi-frame-single-bit-secondary-capture-image multi-frame-grayscale-byte-secondary-capture-image "
        "multi-frame-grayscale-word-secondary-capture-image multi-frame-true-color-secondary-capture-image",
        {
            "NumberOfFrames": 2,
            "NominalScannedPixelSpacing": [1, 1],
        },
    ),
    (
        "multi-frame-grayscale-byte-secondary-capture-image multi-frame-grayscale-word-secondary-capture-image",
        {
            "PresentationLUTShape": "IDENTITY",
            "RescaleIntercept": 0,
            "RescaleSlope": 1,
            "RescaleType": "US",
        },
    ),
    (
        "video-endoscopic-image video-microscopic-image video-photographic-image",
        {"AnatomicRegionSequence": [_HEAD]},
    ),
    (
        "vl-slide-coordinates-microscopic-image",
        {"PositionReferenceIndicator": "SLIDE_CORNER"},
    ),
    (
        "ophthalmic-photography-8-bit-image ophthalmic-photography-16-bit-image",
        {
            "ImageType": ["ORIGINAL", "PRIMARY"],
            "AcquisitionDateTime": "20200102101010",
        },
    ),
    (
        "ophthalmic-photography-16-bit-image",
        {**_DEEP, "PresentationLUTShape": "IDENTITY"},
    ),
    (
        "wide-field-ophthalmic-photography-stereographic-projection-image "
        "wide-field-ophthalmic-photography-3d-coordinates-image",
        {"PresentationLUTShape": "IDENTITY"},
    ),
    (
        "ophthalmic-tomography-image",
        _CONCATENATION,
    ),
    (
        "ophthalmic-optical-coherence-tomography-en-face-image",
        {
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
    ),
    (
        "ophthalmic-optical-coherence-tomography-b-scan-volume-analysis",
        {
            **_WHEN,
            **_CONCATENATION,
            "ImageType": ["ORIGINAL", "PRIMARY"],
            "OCTBscanAnalysisAcquisitionParametersSequence>BscanCycleTime": 1,
        },
    ),
    (
        "vl-whole-slide-microscopy-image",
        {
            "modules": "frame-of-reference",
            "ImagedVolumeWidth": 1,
            "ImagedVolumeHeight": 1,
            "ImagedVolumeDepth": 1,
            "ImageOrientationSlide": [0, -1, 0, -1, 0, 0],
            "PositionReferenceIndicator": "SLIDE_CORNER",
            "OpticalPathSequence>IlluminationColorCodeSequence": [code("414298005", "SCT", "Full Spectrum")],
            "OpticalPathSequence>ICCProfile": f"hex:{'00' * 128}",
        },
    ),
    (
        "encapsulated-obj encapsulated-mtl",
        {"modules": "icc-profile", "ICCProfile": f"hex:{'00' * 128}"},
    ),
    (
        "dermoscopic-photography-image",
        {
            "FrameOfReferenceUID": uid("FrameOfReferenceUID"),
            "PositionReferenceIndicator": None,
        },
    ),
    (
        "lensometry-measurements",
        {"UnspecifiedLateralityLensSequence": FILLED},
    ),
    (
        "visual-acuity-measurements",
        {"ReferencedRefractiveMeasurementsSequence": []},
    ),
    (
        "spectacle-prescription-report",
        {
            "modules": "clinical-trial-subject clinical-trial-study clinical-trial-series",
            "ClinicalTrialSubjectID": "SYNTHETIC",
        },
    ),
    (
        "ophthalmic-thickness-map corneal-topography-map",
        {"PixelSpacing": [2, 1], "PixelAspectRatio": [2, 1]},
    ),
    (
        "ophthalmic-visual-field-static-perimetry-measurements",
        {"OphthalmicPatientClinicalInformationRightEyeSequence": FILLED},
    ),
    (
        "corneal-topography-map",
        {**_GRAY8, **_PALETTE, "PhotometricInterpretation": "PALETTE COLOR"},
    ),
    (
        "ambulatory-ecg",
        {"modules": "acquisition-context"},
    ),
    (
        "microscopy-bulk-simple-annotations",
        {
            "AnnotationGroupSequence>PointCoordinatesData": f"hex:{'00' * 8}",
            "PixelOriginInterpretation": "FRAME",
            "ReferencedSeriesSequence": [
                {"SeriesInstanceUID": "uid:ReferencedSeriesInstanceUID", "ReferencedInstanceSequence": [_REFERENCE]}
            ],
            "ReferencedImageSequence": [_REFERENCE],
        },
    ),
    (
        "hanging-protocol",
        {
            "HangingProtocolDefinitionSequence>Modality": "CT",
            "ImageSetsSequence>ImageSetSelectorSequence>SelectorCSValue": "CT",
            "ImageSetsSequence>TimeBasedImageSetsSequence>RelativeTime": [0, 0],
            "ImageSetsSequence>TimeBasedImageSetsSequence>RelativeTimeUnits": "DAYS",
        },
    ),
    (
        "color-palette",
        {
            f"{color}PaletteColorLookupTable{part}": value
            for color in ("Red", "Green", "Blue")
            for part, value in (("Descriptor", [256, 0, 8]), ("Data", f"hex:{'ff' * 256}"))
        },
    ),
    (
        "enhanced-rt-image",
        {"shared": _PIXEL, "frame": _FRAME},
    ),
)
