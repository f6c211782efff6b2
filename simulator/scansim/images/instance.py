"""Acquired instances: one of a templated series of slices, or a data set by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from scansim.images.template import Template, pixel_data_header
from scansim.wire.dataset import IMPLICIT_LITTLE
from scansim.wire.encoding import encode


@dataclass(frozen=True)
class SliceSeries:
    """A series of single-frame images that differ in a few top-level elements and in their pixels.

    Parameters
    ----------
    common : pydicom.dataset.Dataset
        What the instances share; no Pixel Data.
    differing : callable
        Index from 0 to keyword and text of each element that differs, always the same keywords.
    pixels : callable
        Index to the value of Pixel Data, little endian.
    count : int
        How many instances.
    """

    common: Dataset
    differing: Callable[[int], Mapping[str, str]]
    pixels: Callable[[int], bytes]
    count: int
    _templates: dict[str, Template] = field(default_factory=dict, repr=False)
    _latest: dict[int, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def values(self, index: int) -> Mapping[str, str]:
        """What `differing` gives; the latest is kept, for an instance is asked for its UID before it is encoded."""
        values = self._latest.get(index)
        if values is None:
            values = self.differing(index)
            self._latest.clear()
            self._latest[index] = values
        return values

    def template(self, transfer_syntax: str) -> Template:
        """The series' template in Implicit or Explicit VR Little Endian."""
        template = self._templates.get(transfer_syntax)
        if template is None:
            template = Template(self.common, tuple(self.differing(0)), transfer_syntax)
            self._templates[transfer_syntax] = template
        return template

    def __iter__(self) -> Iterator[Slice]:
        return (Slice(self, index) for index in range(self.count))


@dataclass(frozen=True, slots=True)
class Slice:
    """One image of a `SliceSeries`; nothing of it is made before it is asked for."""

    series: SliceSeries
    index: int

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID."""
        return str(self.series.common.SOPClassUID)

    @property
    def sop_instance_uid(self) -> str:
        """SOP Instance UID."""
        return self.series.values(self.index)["SOPInstanceUID"]

    @property
    def series_instance_uid(self) -> str:
        """Series Instance UID."""
        return str(self.series.common.SeriesInstanceUID)

    @property
    def series_description(self) -> str:
        """Series Description."""
        return str(self.series.common.get("SeriesDescription", ""))

    @property
    def is_image(self) -> bool:
        """Whether it has pixels; what has none is a non-image composite object."""
        return True

    def dataset(self) -> Dataset:
        """The data set as pydicom holds it, without Pixel Data: the slow way, for other encodings and for proof."""
        return deepcopy(self.view())

    def view(self) -> Dataset:
        """The same to be read only: it shares elements with the series, and costs a tenth."""
        ds = Dataset()
        ds.update(self.series.common)
        for keyword, value in self.series.values(self.index).items():
            setattr(ds, keyword, value.split("\\") if "\\" in value else value)
        return ds

    def pixels(self) -> bytes:
        """The value of Pixel Data, native and little endian."""
        return self.series.pixels(self.index)

    def encode(self, transfer_syntax: str) -> tuple[bytes, bytes]:
        """Encode in Implicit or Explicit VR Little Endian: all before the value of Pixel Data, and that value."""
        pixels = self.pixels()
        template = self.series.template(transfer_syntax)
        return template.fill(self.series.values(self.index), len(pixels)), pixels


@dataclass(frozen=True)
class Whole:
    """A data set by itself: a multi-frame image, a report, a key object selection.

    Parameters
    ----------
    content : pydicom.dataset.Dataset
        Everything but Pixel Data.
    frames : callable, optional
        The value of Pixel Data, native and little endian; None when the object has none.
    """

    content: Dataset
    frames: Callable[[], bytes] | None = None

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID."""
        return str(self.content.SOPClassUID)

    @property
    def sop_instance_uid(self) -> str:
        """SOP Instance UID."""
        return str(self.content.SOPInstanceUID)

    @property
    def series_instance_uid(self) -> str:
        """Series Instance UID."""
        return str(self.content.get("SeriesInstanceUID", ""))  # some classes are of no series

    @property
    def series_description(self) -> str:
        """Series Description."""
        return str(self.content.get("SeriesDescription", ""))

    @property
    def is_image(self) -> bool:
        """Whether it has pixels; what has none is a non-image composite object."""
        return self.frames is not None

    def dataset(self) -> Dataset:
        """The data set without Pixel Data."""
        return deepcopy(self.content)

    def view(self) -> Dataset:
        """The same to be read only."""
        return self.content

    def pixels(self) -> bytes:
        """The value of Pixel Data; empty when there is none."""
        return self.frames() if self.frames is not None else b""

    def encode(self, transfer_syntax: str) -> tuple[bytes, bytes]:
        """Encode in Implicit or Explicit VR Little Endian: all before the value of Pixel Data, and that value."""
        encoded, pixels = encode(self.content, transfer_syntax), self.pixels()
        if not pixels:
            return encoded, b""
        vr = b"OW" if int(self.content.BitsAllocated) > 8 else b"OB"
        return encoded + pixel_data_header(len(pixels), transfer_syntax == IMPLICIT_LITTLE, vr), pixels


Instance = Slice | Whole
