"""What is acquired: the plan of a series, one instance, and the modality that makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from struct import pack

from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from scansim.images.phantom import Kind, Pixels, Plane

_PIXEL_DATA_TAG = pack("<HH", 0x7FE0, 0x0010)


@dataclass(frozen=True)
class SeriesPlan:
    """One series to acquire.

    Parameters
    ----------
    kind : str
        ``localizer`` (a frontal plane) or ``axial`` (equidistant slices).
    instances : int
        How many, at least 1.
    description : str
        Series Description (0008,103E); empty for the modality's usual one.
    """

    kind: Kind
    instances: int
    description: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("localizer", "axial"):
            raise ValueError(f"series kind {self.kind!r}: allowed are localizer and axial")
        if self.instances < 1:
            raise ValueError(f"a series of {self.instances} instances: at least 1 is allowed")


@dataclass(frozen=True)
class Instance:
    """One acquired image.

    Parameters
    ----------
    dataset : pydicom.dataset.Dataset
        Everything but Pixel Data and File Meta Information. Read it only: the instances of an exam share elements.
    pixels : bytes
        The value of Pixel Data: 16 bit, little endian, rows from the top.
    """

    dataset: Dataset
    pixels: bytes

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID (0008,0016)."""
        return str(self.dataset.SOPClassUID)

    @property
    def sop_instance_uid(self) -> str:
        """SOP Instance UID (0008,0018)."""
        return str(self.dataset.SOPInstanceUID)

    @property
    def series_instance_uid(self) -> str:
        """Series Instance UID (0020,000E)."""
        return str(self.dataset.SeriesInstanceUID)

    @property
    def series_description(self) -> str:
        """Series Description (0008,103E)."""
        return str(self.dataset.SeriesDescription)

    @property
    def protocol_name(self) -> str:
        """Protocol Name (0018,1030), which MPPS names for each series too."""
        return str(self.dataset.ProtocolName)

    def encode(self, transfer_syntax: str) -> tuple[bytes, bytes]:
        """Encode the data set in a native little endian transfer syntax.

        Returns
        -------
        tuple of bytes
            Everything up to and including the header of Pixel Data, and the value of Pixel Data.

        Raises
        ------
        ValueError
            For another transfer syntax than Implicit or Explicit VR Little Endian.
        """
        if transfer_syntax not in (ImplicitVRLittleEndian, ExplicitVRLittleEndian):
            raise ValueError(f"transfer syntax {transfer_syntax}: allowed are Implicit and Explicit VR Little Endian")
        buffer = BytesIO()
        stream = DicomIO(buffer)
        stream.is_implicit_VR = transfer_syntax == ImplicitVRLittleEndian
        stream.is_little_endian = True
        write_dataset(stream, self.dataset)
        # Explicit VR: OW, two reserved bytes and a length of 32 bits (PS3.5 7.1.2); implicit: the length alone (7.1.3).
        vr = b"" if stream.is_implicit_VR else b"OW\0\0"
        buffer.write(_PIXEL_DATA_TAG + vr + pack("<I", len(self.pixels)))
        return buffer.getvalue(), self.pixels


@dataclass(frozen=True)
class Scanner:
    """What one modality adds to an exam.

    Parameters
    ----------
    sop_class_uid : str
        SOP Class of its images.
    size : int
        Rows and columns.
    spacing : mapping of str to float
        Pixel Spacing in mm of each kind of series.
    localizer_thickness : float
        Slice Thickness of a localizer in mm.
    pace : float
        Seconds from one instance to the next.
    noise : float
        Standard deviation of the noise in stored values.
    describe : callable
        Gives the attributes of the image modules for a plane; the instances of a series share them.
    render : callable
        Gives the stored values in a plane without noise, shape (rows, columns).
    lowest : int
        The lowest stored value.
    """

    sop_class_uid: str
    size: int
    spacing: Mapping[Kind, float]
    localizer_thickness: float
    pace: float
    noise: float
    describe: Callable[[Plane], Dataset]
    render: Callable[[Plane], Pixels]
    lowest: int
