"""Functional groups that an IOD has in the frames alone, or shared alone (PS3.3 Annex A, 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """Keywords of the groups that stand in the frames alone, and of those that are shared alone.

    ``every_frame`` says that Frame Content is mandatory, so that every frame has an item.
    """

    clause: str
    frames: frozenset[str] = frozenset(("FrameContentSequence",))
    shared: frozenset[str] = frozenset()
    every_frame: bool = True


_CONTENT = "FrameContentSequence"
_CONVERTED = frozenset((_CONTENT, "UnassignedPerFrameConvertedAttributesSequence"))
_UNASSIGNED = frozenset(("UnassignedSharedConvertedAttributesSequence",))


def _converted(section: str) -> Places:
    return Places(f"PS3.3 {section} (2020)", _CONVERTED, _UNASSIGNED)


PLACES: Mapping[str, Places] = {
    **{
        key: Places(f"PS3.3 {section} (2020)")
        for key, section in (
            ("enhanced-mr-image", "A.36.2.4"),
            ("enhanced-mr-color-image", "A.36.2.4"),
            ("mr-spectroscopy", "A.36.3.4"),
            ("enhanced-ct-image", "A.38.1.4"),
            ("enhanced-xa-image", "A.47.4"),
            ("enhanced-xrf-image", "A.48.4"),
            ("ophthalmic-tomography-image", "A.52.4.3"),
            ("x-ray-3d-angiographic-image", "A.53.4"),
            ("x-ray-3d-craniofacial-image", "A.54.4"),
            ("enhanced-pet-image", "A.56.4"),
            ("intravascular-optical-coherence-tomography-image", "A.66.4"),
            ("breast-projection-x-ray-image", "A.74.4"),
        )
    },
    # Frame Content of a segmentation is mandatory, and may be shared by what is said of it there
    "segmentation": Places("PS3.3 A.51.5 (2020)", frozenset()),
    "vl-whole-slide-microscopy-image": Places("PS3.3 A.32.8.4 (2020)", every_frame=False),
    "breast-tomosynthesis-image": Places("PS3.3 A.55.4 (2020)", frozenset((_CONTENT, "XRay3DFrameTypeSequence"))),
    "enhanced-us-volume": Places(
        "PS3.3 A.59.4 (2020)",
        frozenset((_CONTENT, "PlanePositionVolumeSequence")),
        frozenset(("PlaneOrientationVolumeSequence", "USImageDescriptionSequence")),
    ),
    "ophthalmic-optical-coherence-tomography-b-scan-volume-analysis": Places(
        "PS3.3 A.84.3.2 (2020)", frozenset((_CONTENT, "DerivationImageSequence"))
    ),
    "legacy-converted-enhanced-ct-image": _converted("A.70.4"),
    "legacy-converted-enhanced-mr-image": _converted("A.71.4"),
    "legacy-converted-enhanced-pet-image": _converted("A.72.4"),
    "parametric-map": _converted("A.75.5"),
}
