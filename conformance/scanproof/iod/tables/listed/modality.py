"""Modality (0008,0060) against the SOP Class, and its defined terms (PS3.3 C.7.3.1.1.1)."""

from __future__ import annotations

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.clauses import iod_named

_CLAUSE = "PS3.3 C.7.3.1.1.1 (2020, 2024e)"

#: IOD to the modalities that its objects have, by the definition of the term or the enumeration of the series module.
_WANTED = {
    "ct-image": "CT",
    "mr-image": "MR",
    "enhanced-ct-image": "CT",
    "legacy-converted-enhanced-ct-image": "CT",
    "enhanced-mr-image": "MR",
    "enhanced-mr-color-image": "MR",
    "mr-spectroscopy": "MR",
    "legacy-converted-enhanced-mr-image": "MR",
    "digital-x-ray-image": "DX PX IO MG",
    "digital-mammography-x-ray-image": "MG",
    "digital-intra-oral-x-ray-image": "IO",
    "breast-tomosynthesis-image": "MG",
    "nuclear-medicine-image": "NM",
    "positron-emission-tomography-image": "PT",
    "enhanced-pet-image": "PT",
    "enhanced-xa-image": "XA RF",
    "enhanced-xrf-image": "XA RF",
    "key-object-selection-document": "KO",
    "basic-text-sr": "SR",
    "enhanced-sr": "SR",
    "comprehensive-sr": "SR",
    "comprehensive-3d-sr": "SR",
    "x-ray-radiation-dose-sr": "SR",
    "rt-dose": "RTDOSE",
    "rt-plan": "RTPLAN",
    "rt-structure-set": "RTSTRUCT",
    "rt-image": "RTIMAGE",
    "segmentation": "SEG",
    "grayscale-softcopy-presentation-state": "PR",
    "spatial-registration": "REG",
    "rt-ion-plan": "RTPLAN",
    "surface-segmentation": "SEG",
    "enhanced-us-volume": "US IVUS",
    "real-world-value-mapping": "RWV",
    "color-softcopy-presentation-state": "PR",
    "pseudo-color-softcopy-presentation-state": "PR",
    "blending-softcopy-presentation-state": "PR",
    "xa-xrf-grayscale-softcopy-presentation-state": "PR",
    **dict.fromkeys(("enhanced-xa-image", "enhanced-xrf-image"), "XA RF"),
    **dict.fromkeys(("surface-scan-mesh", "surface-scan-point-cloud"), "OSS"),
    **dict.fromkeys(("ophthalmic-thickness-map", "corneal-topography-map"), "OPM"),
    **dict.fromkeys(("ophthalmic-photography-8-bit-image", "ophthalmic-photography-16-bit-image"), "OP"),
    "breast-projection-x-ray-image": "MG",
    "intravascular-optical-coherence-tomography-image": "IVOCT",
    "spatial-fiducials": "FID",
    "stereometric-relationship": "SMR",
    "ophthalmic-tomography-image": "OPT",
    "ophthalmic-optical-coherence-tomography-en-face-image": "OPTENF",
    "ophthalmic-optical-coherence-tomography-b-scan-volume-analysis": "OPTBSV",
    "vl-whole-slide-microscopy-image": "SM",
    "lensometry-measurements": "LEN",
    "autorefraction-measurements": "AR",
    "keratometry-measurements": "KER",
    "subjective-refraction-measurements": "SRF",
    "visual-acuity-measurements": "VA",
    "ophthalmic-axial-measurements": "OAM",
    "intraocular-lens-calculations": "IOL",
    "ophthalmic-visual-field-static-perimetry-measurements": "OPV",
    **dict.fromkeys(
        (
            *("volume-rendering-volumetric-presentation-state", "variable-modality-lut-softcopy-presentation-state"),
            *("planar-mpr-volumetric-presentation-state", "advanced-blending-presentation-state"),
            "basic-structured-display",
        ),
        "PR",
    ),
    **dict.fromkeys(
        (
            *("spectacle-prescription-report", "macular-grid-thickness-and-volume-report", "extensible-sr"),
            *("procedure-log", "mammography-cad-sr", "chest-cad-sr", "colon-cad-sr", "acquisition-context-sr"),
            *("radiopharmaceutical-radiation-dose-sr", "patient-radiation-dose-sr", "simplified-adult-echo-sr"),
            *("implantation-plan-sr-document", "planned-imaging-agent-administration-sr"),
            "performed-imaging-agent-administration-sr",
        ),
        "SR",
    ),
}
#: Where the term is usual and no enumeration demands it: a warning.
_USUAL = {
    "computed-radiography-image": "CR",
    "ultrasound-image": "US IVUS",
    "ultrasound-multi-frame-image": "US IVUS",
    "x-ray-angiographic-image": "XA",
    "x-ray-radiofluoroscopic-image": "RF XA",
}

_TERMS = frozenset(
    (
        *("ANN", "AR", "ASMT", "AU", "BDUS", "BI", "BMD", "CFM", "CR", "CT", "CTPROTOCOL", "DMS", "DG", "DOC", "DX"),
        *("ECG", "EEG", "EMG", "EOG", "EPS", "ES", "FID", "GM", "HC", "HD", "IO", "IOL", "IVOCT", "IVUS", "KER", "KO"),
        "LEN",
        *("LS", "MG", "MR", "M3D", "NM", "OAM", "OCT", "OP", "OPM", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS", "OT"),
        *("PA", "PLAN", "POS", "PR", "PT", "PX", "REG", "RESP", "RF", "RG", "RTDOSE", "RTIMAGE", "RTINTENT", "RTPLAN"),
        *("RTRAD", "RTRECORD", "RTSEGANN", "RTSTRUCT", "RWV", "SEG", "SM", "SMR", "SR", "SRF", "STAIN", "TEXTUREMAP"),
        *("ANN", "TG", "US", "VA", "XA", "XAPROTOCOL", "XC"),
    )
)


def modality_finding(iod: str, modality: str) -> IodFinding | None:
    """What is to be said of a value of Modality in an object of an IOD; None when it is right."""
    wanted = _WANTED.get(iod)
    if wanted is not None:
        if modality in wanted.split():
            return None
        text = f"{modality!r}, where the {iod_named(iod)} has {' or '.join(wanted.split())}"
        return IodFinding("modality-sop-class", IodLevel.ERROR, "Modality", text, _CLAUSE)
    usual = _USUAL.get(iod)
    if usual is not None and modality not in usual.split():
        text = f"{modality!r}, where {' or '.join(usual.split())} is usual for the {iod_named(iod)}"
        return IodFinding("modality-sop-class", IodLevel.WARNING, "Modality", text, _CLAUSE)
    if modality not in _TERMS:
        return IodFinding("defined-term", IodLevel.WARNING, "Modality", f"{modality!r} is no defined term", _CLAUSE)
    return None
