"""Conditions of Type 1C and 2C attributes and of modules of usage C, written by hand in three-valued logic.

`find` gives that of an attribute: by its module and its path inside (``Sequence>Keyword``), else by the sequence around
it and its keyword, else by its keyword alone, which is how a macro's attributes are met in every module that includes
it. `MODULES` maps (IOD, module) to the condition of a module, `GROUPS` an IOD to those of its functional groups.
`WRITTEN_FOR` names the IODs whose conditions are written as far as a data set can decide them; of the others the
checker says that they are not. The words were read in the editions that the clauses name, 2020 where they name none.
"""

from __future__ import annotations

from scanproof.iod.tables.conditions.by_class import BY_CLASS
from scanproof.iod.tables.conditions.documents import DOCUMENTS
from scanproof.iod.tables.conditions.encapsulated import ENCAPSULATED
from scanproof.iod.tables.conditions.enhanced import ENHANCED, ENHANCED_GROUPS, ENHANCED_MODULES
from scanproof.iod.tables.conditions.frames import FRAMES
from scanproof.iod.tables.conditions.groups import CONCATENATIONS, MORE_GROUPS
from scanproof.iod.tables.conditions.images import IMAGE_MODULES, IMAGES
from scanproof.iod.tables.conditions.macros import MACROS
from scanproof.iod.tables.conditions.microscopy import MICROSCOPY
from scanproof.iod.tables.conditions.multi_frame import MULTI_FRAME, MULTI_FRAME_GROUPS, MULTI_FRAME_MODULES
from scanproof.iod.tables.conditions.nuclear import NUCLEAR, NUCLEAR_MODULES
from scanproof.iod.tables.conditions.patient import PATIENT
from scanproof.iod.tables.conditions.presentation import PRESENTATION, PRESENTATION_MODULES, STYLES
from scanproof.iod.tables.conditions.radiotherapy import BEAM_MACROS, RADIOTHERAPY, RADIOTHERAPY_MODULES
from scanproof.iod.tables.conditions.references import INSTANCE_REFERENCES
from scanproof.iod.tables.conditions.segmentation import SEGMENTATION, SEGMENTATION_MODULES, TRACKING
from scanproof.iod.tables.conditions.ultrasound_volume import ULTRASOUND_VOLUME, ULTRASOUND_VOLUME_MODULES
from scanproof.iod.tables.conditions.xray import XRAY, XRAY_GROUPS, XRAY_MODULES
from scanproof.iod.tables.logic import Condition

__all__ = ["ALL", "GROUPS", "MODULES", "WRITTEN_FOR", "find"]

_ATTRIBUTES: dict[tuple[str, str], Condition] = {
    **PATIENT,
    **IMAGES,
    **DOCUMENTS,
    **ENHANCED,
    **BY_CLASS,
    **RADIOTHERAPY,
    **NUCLEAR,
    **XRAY,
    **MULTI_FRAME,
    **SEGMENTATION,
    **PRESENTATION,
    **ULTRASOUND_VOLUME,
    **ENCAPSULATED,
    **MICROSCOPY,
    **CONCATENATIONS,
    **INSTANCE_REFERENCES,
}
_MACROS: dict[str, Condition] = {
    **MACROS,
    **FRAMES,
    **BEAM_MACROS,
    **TRACKING,
    **STYLES,
}
MODULES: dict[tuple[str, str], Condition] = {
    **IMAGE_MODULES,
    **ENHANCED_MODULES,
    **RADIOTHERAPY_MODULES,
    **NUCLEAR_MODULES,
    **XRAY_MODULES,
    **MULTI_FRAME_MODULES,
    **SEGMENTATION_MODULES,
    **PRESENTATION_MODULES,
    **ULTRASOUND_VOLUME_MODULES,
}
GROUPS: dict[str, dict[str, Condition]] = {
    **ENHANCED_GROUPS,
    **XRAY_GROUPS,
    **MULTI_FRAME_GROUPS,
    **MORE_GROUPS,
}
#: Every condition, for what it looks at.
ALL: tuple[Condition, ...] = (
    *_ATTRIBUTES.values(),
    *_MACROS.values(),
    *MODULES.values(),
    *(condition for groups in GROUPS.values() for condition in groups.values()),
)

WRITTEN_FOR = frozenset(
    (
        *("ct-image", "mr-image", "enhanced-ct-image", "enhanced-mr-image", "secondary-capture-image"),
        *("computed-radiography-image", "digital-x-ray-image", "ultrasound-image", "key-object-selection-document"),
        *("positron-emission-tomography-image", "nuclear-medicine-image", "ultrasound-multi-frame-image"),
        *("x-ray-angiographic-image", "x-ray-radiofluoroscopic-image", "digital-mammography-x-ray-image"),
        *("breast-tomosynthesis-image", "digital-intra-oral-x-ray-image"),
        *("multi-frame-single-bit-secondary-capture-image", "multi-frame-true-color-secondary-capture-image"),
        *("multi-frame-grayscale-byte-secondary-capture-image", "multi-frame-grayscale-word-secondary-capture-image"),
        *("rt-image", "rt-dose", "rt-structure-set", "rt-plan", "rt-ion-plan"),
        *("segmentation", "parametric-map", "surface-segmentation", "enhanced-us-volume", "encapsulated-pdf"),
        *("encapsulated-cda", "encapsulated-stl", "real-world-value-mapping", "spatial-registration"),
        *("grayscale-softcopy-presentation-state", "color-softcopy-presentation-state"),
        *("pseudo-color-softcopy-presentation-state", "blending-softcopy-presentation-state"),
        "xa-xrf-grayscale-softcopy-presentation-state",
        *("basic-text-sr", "enhanced-sr", "comprehensive-sr", "comprehensive-3d-sr", "x-ray-radiation-dose-sr"),
    )
)

_TABULATED = "TabulatedValuesSequence"


def find(module: str, path: str) -> Condition | None:
    """Condition of an attribute by its module and path; None when none is written: it is not decided then."""
    steps = path.split(">")
    if _TABULATED in steps[:-1]:
        return None  # newer than 2020, and no content item though the keywords are its
    return (
        _ATTRIBUTES.get((module, path))
        or (_MACROS.get(">".join(steps[-2:])) if len(steps) > 1 else None)
        or _MACROS.get(steps[-1])
    )
