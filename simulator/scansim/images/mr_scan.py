"""What a series of an MR protocol is, and the pixels of its images, whichever kind of object holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import ceil
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from scansim.images import mr_signal as physics
from scansim.images.geometry import ORIENTATIONS, Plane, Stack, Vector, turned
from scansim.images.protocol import Acquisition
from scansim.images.sections import section
from scansim.images.tissue import INDEX
from scansim.inputs import InputError, Strict

_BRIGHTEST = 2400  # stored value of the brightest tissue in the series' brightest image, of 4095
_POINT_SPREAD = 0.12  # weight of a neighbour
_ECHO_SPACING, _OVERHEAD = 8.0, 10.0  # ms: between refocusing pulses; around the echoes of a slice
#: Thinnest slice in mm.
THINNEST = 0.5

_SOFT = ("white matter", "grey matter", "muscle", "liver", "kidney")

Orientation = Literal["axial", "coronal", "sagittal"]
Map = Literal["trace", "adc"]


class Turn(Strict):
    """Rotation of the stack about an axis of the patient, right-handed."""

    axis: Literal["x", "y", "z"]
    degrees: float = Field(ge=-90, le=90)


class Series(Strict):
    """One series of an MR protocol: acquired by a pulse sequence, or a map calculated from an earlier series."""

    description: str = Field(min_length=1, max_length=64, description="Series Description (0008,103E)")
    sequence: physics.Kind | Map
    source: str = Field("", description="maps only: Series Description of the diffusion series they come from")
    orientations: tuple[Orientation, ...] = Field(("axial",), min_length=1, description="one stack of slices in each")
    turns: tuple[Turn, ...] = Field((), description="oblique stacks: turned about these axes in this order")
    centre: Vector = Field((0.0, 0.0, 0.0), description="middle of the stack in mm, patient coordinates")
    slices: int = Field(1, ge=1, description="per stack")
    thickness: float = Field(5.0, ge=THINNEST, description="Slice Thickness in mm")
    spacing: float | None = Field(None, gt=0, description="Spacing Between Slices in mm; the thickness when absent")
    matrix: int = Field(256, ge=16, le=1024, description="rows and columns")
    field_of_view: float = Field(230.0, gt=0, description="side of the square image in mm")
    phase: Literal["row", "column"] = Field("row", description="In-plane Phase Encoding Direction")
    tr: float = Field(500.0, gt=0, description="Repetition Time in ms")
    te: tuple[float, ...] = Field((10.0,), min_length=1, description="Echo Time in ms of each echo")
    ti: float = Field(0.0, ge=0, description="Inversion Time in ms; inversion-recovery only")
    flip: float = Field(90.0, gt=0, le=180, description="Flip Angle in degrees; other than 90 for gradient-echo only")
    echo_train: int = Field(1, ge=1, description="Echo Train Length; turbo-spin-echo and inversion-recovery only")
    averages: int = Field(1, ge=1, description="Number of Averages")
    bandwidth: float = Field(130.0, gt=0, description="Pixel Bandwidth in Hz/pixel")
    fat_saturation: bool = False
    b_values: tuple[float, ...] = Field((), description="diffusion only: b-values in s/mm2; three directions above 0")

    @model_validator(mode="after")
    def _consistent(self) -> Series:
        kind, given = self.sequence, self.model_fields_set
        if kind in ("trace", "adc"):
            if wrong := given - {"description", "sequence", "source", "layout"}:
                raise ValueError(f"a map takes {', '.join(sorted(wrong))} from its source")
            if not self.source:
                raise ValueError("a map needs source, the description of a diffusion series before it")
            return self
        if "source" in given:
            raise ValueError("source is for maps only")
        for key, kinds in (
            ("ti", ("inversion-recovery",)),
            ("b_values", ("diffusion",)),
            ("echo_train", ("turbo-spin-echo", "inversion-recovery")),
        ):
            if key in given and kind not in kinds:
                raise ValueError(f"{key} is for {', '.join(kinds)} only")
        if kind == "inversion-recovery" and not 0 < self.ti < self.tr:
            raise ValueError(f"inversion-recovery needs a ti between 0 and tr, {self.tr:g} ms")
        if kind == "diffusion" and (0.0 not in self.b_values or max(self.b_values) == 0 or len(self.te) > 1):
            raise ValueError("diffusion needs b_values with 0 and at least one above it, and one te")
        if self.flip != 90 and kind != "gradient-echo":
            raise ValueError("flip is for gradient-echo only, the others excite by 90 degrees")
        if list(self.te) != sorted(set(self.te)) or self.te[0] <= 0 or self.te[-1] >= self.tr:
            raise ValueError(f"te has to rise, from above 0 to below tr, {self.tr:g} ms")
        if self.echo_train > self.matrix:
            raise ValueError(f"echo_train is at most matrix, {self.matrix}")
        return self

    @property
    def step(self) -> float:
        """Spacing Between Slices in mm."""
        return self.thickness if self.spacing is None else self.spacing

    @property
    def technique(self) -> physics.Technique:
        """What decides the contrast."""
        if self.sequence == "trace" or self.sequence == "adc":
            raise ValueError("a map has no pulse sequence of its own")
        return physics.Technique(self.sequence, self.tr, self.ti, self.flip, self.fat_saturation)

    @property
    def weightings(self) -> tuple[tuple[float, Vector | None], ...]:
        """b-value in s/mm2 and unit vector of the diffusion gradient of each pass, b = 0 without one."""
        axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
        return tuple((b, axis) for b in self.b_values or (0.0,) for axis in (axes if b > 0 else (None,)))

    @property
    def train(self) -> int:
        """Lines of k-space per excitation: all of them in echo planar imaging."""
        return self.matrix if self.sequence == "diffusion" else self.echo_train

    @property
    def per_pass(self) -> int:
        """Slices that fit into one TR."""
        return max(1, int(self.tr // (max(self.te[-1], self.echo_train * _ECHO_SPACING) + _OVERHEAD)))

    @property
    def duration(self) -> timedelta:
        """How long one pass over a stack takes."""
        passes = ceil(self.slices / self.per_pass)
        return timedelta(milliseconds=self.tr * ceil(self.matrix / self.train) * self.averages * passes)

    @property
    def pulses(self) -> list[float]:
        """Flip angles in degrees of the RF pulses of one slice in one TR."""
        refocusing = 0 if self.sequence == "gradient-echo" else max(self.echo_train, len(self.te))
        return [self.flip, *[180.0] * (refocusing + (self.ti > 0))]

    def stack(self, orientation: Orientation) -> Stack:
        """The stack of slices in an orientation, turned as the protocol says."""
        directions = ORIENTATIONS[orientation]
        for turn in self.turns:
            directions = turned(directions, turn.axis, turn.degrees)
        pixel = self.field_of_view / self.matrix
        middle = Plane(self.centre, *directions, (self.matrix, self.matrix), (pixel, pixel), self.thickness)
        return Stack(middle, self.step, self.slices)


@dataclass(frozen=True)
class Block:
    """Slices of a series that are alike but for their place: one orientation, echo and diffusion weighting.

    Parameters
    ----------
    number : int
        Place in the series, from 0.
    pass_number : int
        Acquisition Number, from 1; the echoes of a pass share it.
    orientation : str
        Which stack.
    stack : Stack
        Its planes.
    echo : int
        Echo Number, from 1.
    te, b : float
        Echo time in ms and b-value in s/mm2.
    direction : Vector or None
        Of the diffusion gradient, in patient coordinates.
    values : tuple of int
        Stored value of each tissue, before noise.
    """

    number: int
    pass_number: int
    orientation: Orientation
    stack: Stack
    echo: int
    te: float
    b: float
    direction: Vector | None
    values: tuple[int, ...]

    @property
    def window(self) -> int:
        """Window Width, from 0 up, that shows soft tissue in the middle."""
        return max(10, round(1.9 * sum(self.values[INDEX[name]] for name in _SOFT) / len(_SOFT)))


@dataclass(frozen=True)
class Scan:
    """An acquired series: its blocks, and the pixels of every image, which can be had again at any time.

    The phantom is named here, because an acquisition may go on with another one.
    """

    acquisition: Acquisition
    phantom: str
    number: int
    series: Series

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Pass after pass: weightings, in each the orientations, in each the echoes."""
        series, technique = self.series, self.series.technique
        tables = {(te, b): technique.table(te, b) for te in series.te for b, _ in series.weightings}
        gain = _BRIGHTEST / max(float(table.max()) for table in tables.values())
        passes = [(b, way, orientation) for b, way in series.weightings for orientation in series.orientations]
        return tuple(
            Block(
                number=index * len(series.te) + echo,
                pass_number=index + 1,
                orientation=orientation,
                stack=series.stack(orientation),
                echo=echo + 1,
                te=te,
                b=b,
                direction=direction,
                values=tuple(round(gain * float(value)) for value in tables[te, b]),
            )
            for index, (b, direction, orientation) in enumerate(passes)
            for echo, te in enumerate(series.te)
        )

    @cached_property
    def noise_level(self) -> float:
        """Standard deviation of the noise in each receiver channel, in stored values."""
        series, technique = self.series, self.series.technique
        voxel = (series.field_of_view / series.matrix) ** 2 * series.thickness
        brightest = max(float(technique.table(te, 0.0).max()) for te in series.te)
        level = physics.noise_level(voxel, series.matrix, series.averages, series.bandwidth)
        return level * _BRIGHTEST / brightest

    @cached_property
    def _noise(self) -> physics.Rician:
        rng = self.acquisition.identity.rng("mr noise", self.acquisition.ledger.study_instance_uid, self.number)
        return physics.Rician(rng, self.series.matrix**2)

    def values(self, block: Block, index: int) -> physics.Stored:
        """Stored values of one image, shape (rows, columns)."""
        clean = section(self.phantom, block.values, block.stack.plane(index), _POINT_SPREAD)
        number = block.number * len(block.stack) + index
        return physics.stored(self._noise.add(clean.astype(np.float32), self.noise_level, number))

    def sop_instance_uid(self, block: Block, index: int) -> str:
        """SOP Instance UID of one single-frame image."""
        return self.acquisition.instance_uid(block.number * len(block.stack) + index, self.number)


def source_scan(acquisition: Acquisition, series: Series) -> Scan:
    """Return the finished diffusion series that a map is calculated from.

    Raises
    ------
    InputError
        When there is none of that description before it.
    """
    for record in reversed(acquisition.finished):
        plan = record.plan
        if type(plan) is type(series) and plan.sequence == "diffusion" and record.description == series.source:
            return Scan(acquisition, acquisition.protocol.phantom, record.number, plan)
    raise InputError(
        f"protocol {acquisition.protocol.id}: series {series.description!r}: no diffusion series {series.source!r} "
        "before it"
    )


def calculate(scan: Scan, kind: Map, sources: Sequence[Block], index: int) -> physics.Stored:
    """Stored values of one slice of a map: ADC in 1e-6 mm2/s, or the trace weighted image of a b-value.

    Parameters
    ----------
    scan : Scan
        The diffusion series.
    kind : str
        Which map.
    sources : sequence of Block
        The blocks that go into it; for an ADC, one of them at b = 0.
    index : int
        Slice, from 0.
    """
    if kind == "trace":
        return physics.geometric_mean([scan.values(block, index) for block in sources])
    unweighted = next(scan.values(block, index) for block in sources if block.b == 0)
    weighted = [(block.b, scan.values(block, index)) for block in sources if block.b > 0]
    return physics.apparent_diffusion(unweighted, weighted, 6 * scan.noise_level)
