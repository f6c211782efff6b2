"""Tissues: what a CT and an MR scanner see of them.

CT values are typical clinical ones in HU at 120 kV. Relaxation times are rounded literature values at 1.5 T in ms,
proton density is relative to water, the apparent diffusion coefficient is in 1e-3 mm2/s. They are there to look and
behave plausibly, not to be measured against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tissue:
    """One material.

    Parameters
    ----------
    hu : int
        CT value without contrast agent.
    t1, t2 : float
        Relaxation times in ms.
    density : float
        Proton density, 0 to 1.
    diffusion : float
        Apparent diffusion coefficient in 1e-3 mm2/s.
    enhancement : mapping
        HU that a contrast phase adds.
    lipid : float
        Part of the protons that fat saturation suppresses, 0 to 1.
    """

    hu: int
    t1: float = 1.0
    t2: float = 1.0
    density: float = 0.0
    diffusion: float = 0.0
    enhancement: Mapping[str, int] = field(default_factory=dict)
    lipid: float = 0.0


_VESSEL = {"arterial": 260, "venous": 120, "delayed": 70}
_KIDNEY = {"arterial": 110, "venous": 150, "delayed": 120}
_LIVER = {"arterial": 15, "venous": 55, "delayed": 35}
_SPLEEN = {"arterial": 70, "venous": 65, "delayed": 40}
_MUSCLE = {"arterial": 4, "venous": 12, "delayed": 12}
_BRAIN = {"arterial": 3, "venous": 5, "delayed": 4}

TISSUES: Mapping[str, Tissue] = {
    "air": Tissue(-1000),
    "lung": Tissue(-850, 1200, 40, 0.15, 0.1),
    "gas": Tissue(-950),
    "fat": Tissue(-100, 260, 80, 0.9, 0.05, lipid=1.0),
    "muscle": Tissue(50, 900, 50, 0.75, 1.4, _MUSCLE),
    "liver": Tissue(60, 500, 43, 0.75, 1.1, _LIVER),
    "spleen": Tissue(48, 780, 62, 0.8, 0.9, _SPLEEN),
    "kidney": Tissue(32, 680, 75, 0.85, 2.0, _KIDNEY),
    "blood": Tissue(42, 1350, 200, 0.85, 1.6, _VESSEL),
    "spongy bone": Tissue(220, 550, 50, 0.5, 0.3, lipid=0.5),
    "bone": Tissue(850, 300, 1, 0.05, 0.0),
    "white matter": Tissue(27, 650, 78, 0.7, 0.75, _BRAIN),
    "grey matter": Tissue(37, 1000, 100, 0.8, 0.85, _BRAIN),
    "fluid": Tissue(8, 4000, 1800, 1.0, 3.0),
    "eye": Tissue(10, 3800, 1500, 0.98, 2.9),
    "lesion": Tissue(30, 1400, 140, 0.85, 0.45, {"arterial": 35, "venous": 60, "delayed": 50}),
    "stroke": Tissue(22, 1200, 130, 0.82, 0.4),
    "water": Tissue(0, 2800, 1600, 1.0, 2.1),
    "acrylic": Tissue(120),
    "polyethylene": Tissue(-95),
    "teflon": Tissue(950),
    "polystyrene": Tissue(-40),
    "couch": Tissue(-180),
    "foam": Tissue(-940),
}

#: Order of the tissues in label images.
NAMES: tuple[str, ...] = tuple(TISSUES)
INDEX: Mapping[str, int] = {name: index for index, name in enumerate(NAMES)}
