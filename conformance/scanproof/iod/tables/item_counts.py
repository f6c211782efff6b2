"""Sequences that may have one item only (PS3.3, read in the edition of 2020)."""

from __future__ import annotations

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.clauses import text_clause
from scanproof.iod.tables.single_items import SINGLE

_ONE_ITEM = frozenset(
    (
        *("ASLBolusCutoffTimingSequence", "AssigningAgencyOrDepartmentCodeSequence", "AssigningFacilitySequence"),
        *("AssigningJurisdictionCodeSequence", "BreedRegistryCodeSequence", "CTAcquisitionTypeSequence"),
        *("CTDIPhantomTypeCodeSequence", "CTImageFrameTypeSequence", "CTPositionSequence", "CTReconstructionSequence"),
        *("CTTableDynamicsSequence", "CardiacSynchronizationSequence", "ConceptCodeSequence"),
        *("ContentTemplateSequence", "ContrastBolusAdministrationRouteSequence", "CustodialOrganizationSequence"),
        *("DeviceTypeCodeSequence", "DiffusionBMatrixSequence", "DiffusionGradientDirectionSequence"),
        *("FrameAnatomySequence", "FrameContentSequence", "FrameVOILUTSequence", "FunctionalMRSequence"),
        "MRSpectroscopyFrameTypeSequence",
        *("IconImageSequence", "InstitutionalDepartmentTypeCodeSequence", "IrradiationEventIdentificationSequence"),
        *("IssuerOfAccessionNumberSequence", "IssuerOfAdmissionIDSequence", "IssuerOfPatientIDQualifiersSequence"),
        *("IssuerOfServiceEpisodeIDSequence", "MRAveragesSequence", "MRDiffusionSequence", "MREchoSequence"),
        *("MRFOVGeometrySequence", "MRImageFrameTypeSequence", "MRImagingModifierSequence", "MRMetaboliteMapSequence"),
        *("MRModifierSequence", "MRTimingAndRelatedParametersSequence", "MRTransmitCoilSequence"),
        *("MeasurementUnitsCodeSequence", "MetaboliteMapCodeSequence", "ModalityLUTSequence"),
        *("ModifiedAttributesSequence", "OrderFillerIdentifierSequence", "OrderPlacerIdentifierSequence"),
        *("PatientSpeciesCodeSequence", "PixelMeasuresSequence", "PixelValueTransformationSequence"),
        *("PlaneOrientationSequence", "PlanePositionSequence", "ReferringPhysicianIdentificationSequence"),
        *("RequestingServiceCodeSequence", "RespiratorySynchronizationSequence", "SeriesDescriptionCodeSequence"),
        *("SharedFunctionalGroupsSequence", "SpecimenTypeCodeSequence", "TemporalPositionSequence"),
        *("AdministrationRouteCodeSequence", "ConceptNameCodeSequence", "InterventionDrugCodeSequence"),
        *("PatientGantryRelationshipCodeSequence", "PatientOrientationModifierCodeSequence"),
        *("ProjectionEponymousNameCodeSequence", "RadionuclideCodeSequence", "RadiopharmaceuticalCodeSequence"),
        *("WaterEquivalentDiameterCalculationMethodCodeSequence", "XRay3DFrameTypeSequence"),
    )
)
#: Sequences that may have more items in another module.
_IN_MODULES = {
    ("general-image", "AnatomicRegionSequence"): "PS3.3 Table 10-5 (2026b)",
    ("dx-anatomy-imaged", "AnatomicRegionSequence"): "PS3.3 Table 10-5 (2026b)",
    ("image-pixel", "IconImageSequence"): "PS3.3 Table C.7-11b (2026b)",
}
#: The same, where the table of the module says so.
_BY_TABLE = frozenset(
    (
        ("patient", "ReferencedPatientSequence"),
        *((module, "ViewCodeSequence") for module in ("breast-view", "dx-positioning", "mammography-image")),
        *((module, "ViewCodeSequence") for module in ("ct-image", "mr-image", "pet-image", "sc-image", "us-image")),
        ("nm-detector", "DetectorInformationSequence>ViewCodeSequence"),
        *(("enhanced-us-image", name) for name in ("TransducerApplicationCodeSequence", "ViewCodeSequence")),
        *((module, "AnatomicRegionSequence") for module in ("mammography-image", "intra-oral-image", "cr-image")),
        *((module, "AnatomicRegionSequence") for module in ("ct-image", "mr-image", "nm-image", "pet-image")),
        *((module, "AnatomicRegionSequence") for module in ("us-image", "x-ray-image")),
        *(
            (module, "ReferencedPerformedProcedureStepSequence")
            for module in ("general-series", "dx-series", "enhanced-mammography-series")
        ),
        *(
            (module, "RequestAttributesSequence>RequestedProcedureCodeSequence")
            for module in ("general-series", "mammography-series", "enhanced-mammography-series")
        ),
        *((module, "PatientOrientationCodeSequence") for module in ("nm-pet-patient-orientation", "dx-positioning")),
    )
)
#: Sequences of a number of items: one of them underlies, the other is laid over it.
_EXACT = {("presentation-state-blending", "BlendingSequence"): 2}
#: The same by the sequence around them, in every module that has it.
_BY_SEQUENCE = frozenset(
    (
        *(
            f"{sequence}>PurposeOfReferenceCodeSequence"
            for sequence in (
                *("ReferencedImageSequence", "ReferencedInstanceSequence", "SourceImageSequence"),
                "SourceInstanceSequence",
            )
        ),
        "FrameAnatomySequence>AnatomicRegionSequence",
    )
)


def count_finding(module: str, path: str, count: int, here: str) -> IodFinding | None:
    """What is to be said of a sequence with `count` items; ``path`` is that inside the module."""
    exact = _EXACT.get((module, path))
    if exact is not None and count not in (0, exact):
        text = f"{count} items, where {exact} are wanted"
        return IodFinding("item-count", IodLevel.ERROR, here, text, text_clause(module, path))
    if count < 2:
        return None
    keyword = path.rpartition(">")[2]
    last_two = ">".join(path.split(">")[-2:])
    single = keyword in _ONE_ITEM or keyword in SINGLE or (module, path) in _BY_TABLE or last_two in _BY_SEQUENCE
    clause = _IN_MODULES.get((module, path)) or (text_clause(module, path) if single else "")
    if not clause:
        return None
    return IodFinding("item-count", IodLevel.ERROR, here, f"{count} items, where one is allowed", clause)
