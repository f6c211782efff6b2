"""What a CT protocol says of its series, and what follows from it: geometry, time, exposure, dose and noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, cos, radians, sqrt
from typing import Literal

from pydantic import Field, model_validator

from scansim.images.geometry import ORIENTATIONS, Plane, Stack, Vector, turned
from scansim.images.sections import KEPT_SLICES, MOST_SLICES
from scansim.inputs import Strict

Phase = Literal["native", "arterial", "venous", "delayed"]
KernelName = Literal["soft", "standard", "lung", "bone"]

#: Seconds from the injection of contrast agent to a phase.
DELAYS: Mapping[str, int] = {"arterial": 30, "venous": 70, "delayed": 240}

#: CTDIvol in mGy for 100 mAs at 120 kV, and noise in HU there for 5 mm and the standard kernel: head, any other.
_CTDI, _NOISE = (14.0, 7.0), (4.0, 11.0)

_THINNEST = 0.5  # mm
_BACK_AND_FORTH = 1.0  # s that the table takes from one rotation to the next without pitch


@dataclass(frozen=True)
class Kernel:
    """A reconstruction kernel: Convolution Kernel, its noise relative to the standard one, weight of a neighbour."""

    name: str
    noise: float
    blur: float


KERNELS: Mapping[str, Kernel] = {
    "soft": Kernel("SOFT", 0.7, 0.25),
    "standard": Kernel("STANDARD", 1.0, 0.2),
    "lung": Kernel("LUNG", 2.4, 0.05),
    "bone": Kernel("BONE", 2.8, 0.0),
}


def dosimetry_phantom(body_part: str) -> tuple[str, str, str]:
    """Code of the phantom that CTDIvol refers to: 16 cm for heads, 32 cm for bodies."""
    if body_part == "HEAD":
        return "113690", "DCM", "IEC Head Dosimetry Phantom"
    return "113691", "DCM", "IEC Body Dosimetry Phantom"


@dataclass(frozen=True)
class Technique:
    """How a series is exposed.

    Parameters
    ----------
    kvp : float
        Tube voltage in kV.
    current : int
        Tube current in mA.
    seconds : float
        How long one place of the patient is exposed: the whole localizer, or rotation time over pitch.
    rotating : bool
        Whether the tube rotates: a localizer has no CTDIvol here.
    """

    kvp: float
    current: int
    seconds: float
    rotating: bool = True

    @property
    def milliseconds(self) -> int:
        """Exposure Time (0018,1150)."""
        return round(self.seconds * 1000)

    @property
    def microampere_seconds(self) -> int:
        """Exposure in uAs (0018,1153): current times time."""
        return self.current * self.milliseconds

    @property
    def milliampere_seconds(self) -> float:
        """Effective exposure in mAs."""
        return self.microampere_seconds / 1000

    def ctdi(self, body_part: str) -> float:
        """CTDIvol in mGy: proportional to mAs, and to about the 2.3rd power of the voltage."""
        base = _CTDI[0] if body_part == "HEAD" else _CTDI[1]
        return round(float(base * self.milliampere_seconds / 100 * (self.kvp / 120) ** 2.3), 2)

    def noise(self, body_part: str, thickness: float) -> float:
        """Standard deviation in HU in a slice of `thickness` mm: it falls with the root of mAs times thickness."""
        base = _NOISE[0] if body_part == "HEAD" else _NOISE[1]
        return float(base * sqrt(100 / self.milliampere_seconds * 5 / thickness) * (120 / self.kvp) ** 1.2)


class Localizer(Strict):
    """A projection with a standing tube, to plan the series on."""

    description: str = Field("Localizer", min_length=1, max_length=64, description="Series Description")
    view: Literal["frontal", "lateral"] = "frontal"
    length: int = Field(512, ge=64, le=1500, description="mm along the patient: Rows, at 1 mm")
    width: int = Field(512, ge=64, le=700, description="mm across the patient: Columns, at 1 mm")
    centre: float = Field(0, description="z of the middle in mm")
    kvp: float = Field(120, gt=0, le=150, description="tube voltage in kV")
    current: int = Field(35, gt=0, le=1000, description="tube current in mA")
    table_speed: float = Field(100, gt=0, description="mm/s")

    @property
    def plane(self) -> Plane:
        """The plane through the middle of the patient that the rays are collected in."""
        along, down = ORIENTATIONS["coronal" if self.view == "frontal" else "sagittal"]
        return Plane((0.0, 0.0, self.centre), along, down, (self.length, self.width), (1.0, 1.0), 1.0)

    @property
    def technique(self) -> Technique:
        """How it is exposed."""
        return Technique(self.kvp, self.current, self.length / self.table_speed, rotating=False)


class Axial(Strict):
    """Slices across the patient, from head to feet."""

    description: str = Field(min_length=1, max_length=64, description="Series Description")
    slices: int = Field(ge=1, le=MOST_SLICES)
    thickness: float = Field(ge=_THINNEST, le=50, description="Slice Thickness in mm")
    step: float = Field(
        gt=0, le=50, description="mm of table travel from slice to slice: the thickness, or less where slices overlap"
    )
    centre: tuple[float, float, float] = Field((0, 0, 0), description="x, y, z of the middle of the series in mm")
    field_of_view: float = Field(400, ge=50, le=700, description="Reconstruction Diameter in mm")
    matrix: int = Field(512, ge=64, le=1024, multiple_of=2, description="Rows and Columns")
    tilt: float = Field(0, ge=-30, le=30, description="Gantry/Detector Tilt in degrees; needs pitch 0")
    phase: Phase = Field("native", description="contrast phase")
    kernel: KernelName = "standard"
    bits: Literal[12, 16] = Field(12, description="12: unsigned, Rescale Intercept -1024; 16: signed, intercept 0")
    window: tuple[float, float] = Field((40, 400), description="Window Center and Width in HU")
    kvp: float = Field(120, gt=0, le=150, description="tube voltage in kV")
    current: int = Field(200, gt=0, le=1500, description="tube current in mA")
    rotation: float = Field(0.5, gt=0, le=10, description="Revolution Time in s")
    pitch: float = Field(1.0, ge=0, le=4, description="Spiral Pitch Factor; 0: step by step, without spiral")
    rows: int = Field(64, ge=1, le=320, description="detector rows")
    collimation: float = Field(40, gt=0, le=160, description="Total Collimation Width in mm")

    @model_validator(mode="after")
    def _tilted_by_steps(self) -> Axial:
        if self.tilt and self.pitch:
            raise ValueError("a tilted gantry needs pitch: 0")
        return self

    @property
    def stack(self) -> Stack:
        """Where the slices lie. A tilted gantry does not tilt the table: the slices are shifted, not turned."""
        along, down = turned(ORIENTATIONS["axial"], "x", self.tilt)
        size = self.field_of_view / self.matrix
        middle = Plane(self.centre, along, down, (self.matrix, self.matrix), (size, size), self.thickness)
        travel: Vector | None = (0.0, 0.0, 1.0) if self.tilt else None
        return Stack(middle, -self.step, self.slices, travel)

    @property
    def coverage(self) -> float:
        """Mm along the table from the first to the last edge of the slices."""
        return (self.slices - 1) * self.step + self.thickness

    @property
    def spacing(self) -> float:
        """Spacing Between Slices in mm: along their normal, which under a tilted gantry is not the table's way."""
        return self.step * cos(radians(self.tilt))

    @property
    def top(self) -> float:
        """Z of the first slice's upper edge in mm."""
        return self.centre[2] + self.coverage / 2

    @property
    def feed(self) -> float:
        """Table Feed per Rotation in mm."""
        return self.pitch * self.collimation

    @property
    def technique(self) -> Technique:
        """How it is exposed: time is Revolution Time over pitch, and so the exposure is the effective one."""
        return Technique(self.kvp, self.current, self.rotation / self.pitch if self.pitch else self.rotation)

    @property
    def seconds(self) -> float:
        """How long the acquisition takes."""
        if self.pitch:
            return self.coverage / self.feed * self.rotation
        return ceil(round(self.coverage / self.collimation, 6)) * (self.rotation + _BACK_AND_FORTH)

    def reached(self, z: float) -> float:
        """Seconds from the start to when a slice is acquired whose upper edge is at `z` mm.

        A spiral moves on; rotations without pitch give several slices at once.
        """
        way = max(0.0, self.top - z)
        if self.pitch:
            return way / self.feed * self.rotation
        return int(way / self.collimation + 1e-6) * (self.rotation + _BACK_AND_FORTH)


class Reconstruction(Strict):
    """Other slices of the axial series before it: one acquisition, one irradiation, another kernel or thickness."""

    description: str = Field(min_length=1, max_length=64, description="Series Description")
    slices: int = Field(ge=1, le=MOST_SLICES)
    thickness: float = Field(ge=_THINNEST, le=50, description="Slice Thickness in mm")
    step: float = Field(gt=0, le=50, description="mm from slice to slice along the table")
    field_of_view: float | None = Field(None, ge=50, le=700, description="mm; left out: that of the axial series")
    kernel: KernelName = "standard"
    bits: Literal[12, 16] = Field(12, description="12: unsigned, Rescale Intercept -1024; 16: signed, intercept 0")
    window: tuple[float, float] = Field((40, 400), description="Window Center and Width in HU")

    @property
    def coverage(self) -> float:
        """Mm along the table from the first to the last edge of the slices."""
        return (self.slices - 1) * self.step + self.thickness

    def of(self, acquired: Axial) -> Axial:
        """What the axial series would have been with these slices."""
        changes = self.model_dump(exclude={"field_of_view"} if self.field_of_view is None else set())
        return acquired.model_copy(update=changes)


class Reformat(Strict):
    """Slices along the patient, computed of the axial slices before it."""

    description: str = Field(min_length=1, max_length=64, description="Series Description")
    orientation: Literal["coronal", "sagittal", "oblique"]
    angle: float = Field(0, ge=-90, le=90, description="degrees that oblique planes are turned from coronal, about z")
    slices: int = Field(ge=1, le=MOST_SLICES)
    thickness: float = Field(3, ge=_THINNEST, le=50, description="Slice Thickness in mm")
    step: float = Field(gt=0, le=50, description="mm from slice to slice")

    def stack(self, source: Axial) -> Stack:
        """Where the slices lie: as wide as the source's field of view, as high as what the source covers."""
        if self.orientation == "oblique":
            along, down = turned(ORIENTATIONS["coronal"], "z", self.angle)
        else:
            along, down = ORIENTATIONS[self.orientation]
        size = source.field_of_view / source.matrix
        rows = max(2, 2 * round(source.coverage / size / 2))
        middle = Plane(source.centre, along, down, (rows, source.matrix), (size, size), self.thickness)
        return Stack(middle, self.step, self.slices)


class Series(Strict):
    """One series: exactly one of the four."""

    localizer: Localizer | None = None
    axial: Axial | None = None
    reconstruction: Reconstruction | None = None
    reformat: Reformat | None = None

    @model_validator(mode="after")
    def _one(self) -> Series:
        plans = (self.localizer, self.axial, self.reconstruction, self.reformat)
        if sum(plan is not None for plan in plans) != 1:
            raise ValueError("a series is one of localizer, axial, reconstruction and reformat")
        return self

    @property
    def instances(self) -> int:
        """How many images it makes."""
        plan = self.axial or self.reconstruction or self.reformat
        return plan.slices if plan is not None else 1

    @property
    def crosses(self) -> bool:
        """Whether it is of slices across the patient."""
        return self.axial is not None or self.reconstruction is not None


def resize(series: Sequence[Series], count: int) -> Sequence[Series]:
    """Change the series so that they make `count` instances in all.

    Fewer: reformats go first, then slices are taken from the ends, so that those in the middle are left, neighbours as
    they were; localizers stay while a slice is left. More: slices become more and thinner, and then the last axial
    series is repeated, as time points of a dynamic examination.
    """
    across = [plan for plan in series if plan.crosses]
    if not across:
        return [series[index % len(series)] for index in range(count)]
    scouts = [plan for plan in series if plan.localizer is not None][: max(0, count - len(across))]
    reformats = [plan for plan in series if plan.reformat is not None]
    slices, after = ([plan.instances for plan in plans] for plans in (across, reformats))
    left = count - len(scouts)
    more = left - sum(slices) - sum(after)
    if more <= 0:
        slices = _shares(min(left, sum(slices)), slices)
        after = _shares(left - sum(slices), after)
    else:
        added = _shares(more, _room(across))
        slices = [each + some for each, some in zip(slices, added, strict=True)]
        more -= sum(added)
    waiting, following = iter(slices), iter(after)
    kept: list[Series] = []
    acquired: Axial | None = None
    for plan in series:
        if plan.crosses:
            if share := next(waiting):
                kept.append(_with_slices(plan, share, acquired))
                acquired = kept[-1].axial or acquired
        elif plan.reformat is not None:
            if share := next(following):
                changed = plan.reformat.model_copy(update={"slices": share})
                kept.append(plan.model_copy(update={"reformat": changed}))
        elif any(plan is scout for scout in scouts):
            kept.append(plan)
    last = next(plan.axial for plan in reversed(kept) if plan.axial is not None)
    for point in range(2, 2 + ceil(more / KEPT_SLICES)):
        share = min(KEPT_SLICES, more - (point - 2) * KEPT_SLICES)
        again = last.model_copy(update={"description": f"{last.description[:54]} t{point}", "slices": share})
        kept.append(Series(axial=again))
    return kept


def _shares(count: int, most: Sequence[int]) -> list[int]:
    """Share out `count`, or what there is room for: evenly, the first ones one more, but to none more than `most`."""
    shares, left = [0] * len(most), list(range(len(most)))
    while left and count:
        even = {place: (count + len(left) - 1 - rank) // len(left) for rank, place in enumerate(left)}
        full = [place for place in left if most[place] <= even[place]]
        for place in full or left:
            shares[place] = most[place] if full else even[place]
            count -= shares[place]
        left = [place for place in left if place not in full] if full else []
    return shares


def _room(across: Sequence[Series]) -> list[int]:
    """How many slices more each series may have: as many as are kept, and no thinner than they can be."""
    room, acquired = [], 0.0
    for plan in across:
        acquired = plan.axial.coverage if plan.axial is not None else acquired
        most = min(max(KEPT_SLICES, plan.instances), int(acquired / _THINNEST))
        room.append(max(0, most - plan.instances))
    return room


def _with_slices(plan: Series, slices: int, acquired: Axial | None) -> Series:
    """Change the number of slices; more of them are thinner, so that they cover the same, or what was acquired."""
    across = plan.axial or plan.reconstruction
    assert across is not None
    factor = min(1.0, across.slices / slices)
    if plan.axial is None and acquired is not None:
        factor = min(factor, acquired.coverage / ((slices - 1) * across.step + across.thickness))
    changes = {
        "slices": slices,
        "thickness": max(_THINNEST, round(across.thickness * factor, 3)),
        "step": max(_THINNEST, round(across.step * factor, 3)),
    }
    changed = across.model_copy(update=changes)
    return plan.model_copy(update={"axial" if plan.axial is not None else "reconstruction": changed})
