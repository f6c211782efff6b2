"""A multi-frame image of any length, made frame by frame while it leaves: nothing of it is held (PS3.3 A.8.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import MultiFrameGrayscaleWordSecondaryCaptureImageStorage

from scansim.images.instance import Instance
from scansim.images.template import pixel_data_header
from scansim.wire.dataset import IMPLICIT_LITTLE
from scansim.wire.encoding import encode

#: What the new image has from the one that it is made of: patient, study, equipment, and how its samples are stored.
_GROUPS = (0x0008, 0x0010, 0x0020, 0x0028)
_NOT_TAKEN = (
    *("ImageType", "AcquisitionDate", "AcquisitionTime", "AcquisitionNumber", "FrameOfReferenceUID"),
    *("PositionReferenceIndicator", "ImagePositionPatient", "ImageOrientationPatient", "SliceLocation"),
    *("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "PixelPaddingValue", "SourceImageSequence"),
    *("PixelSpacing", "RescaleType", "ReferencedImageSequence", "AnatomicRegionSequence", "PatientPosition"),
    *("LossyImageCompression", "IrradiationEventUID", "SmallestImagePixelValue", "LargestImagePixelValue"),
)
_FRAME_TIME = Tag("FrameTime")


@dataclass(frozen=True)
class Cine:
    """One Multi-frame Grayscale Word Secondary Capture Image.

    Parameters
    ----------
    still : Instance
        The image that its frames are made of: each is turned a little further than the one before.
    count : int
        How many frames.
    sop_instance_uid, series_instance_uid : str
        What it is called.
    """

    still: Instance
    count: int
    sop_instance_uid: str
    series_instance_uid: str

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID."""
        return str(MultiFrameGrayscaleWordSecondaryCaptureImageStorage)

    @cached_property
    def _frame(self) -> bytes:
        return self.still.pixels()

    @property
    def length(self) -> int:
        """Bytes of the value of Pixel Data."""
        return self.count * len(self._frame)

    def dataset(self) -> Dataset:
        """The data set without Pixel Data."""
        still, ds = self.still.view(), Dataset()
        for element in still:
            if element.tag.group in _GROUPS and element.keyword not in _NOT_TAKEN:
                ds[element.tag] = element
        ds.SOPClassUID, ds.SOPInstanceUID = self.sop_class_uid, self.sop_instance_uid
        ds.SeriesInstanceUID, ds.SeriesNumber, ds.InstanceNumber = self.series_instance_uid, "900", "1"
        ds.SeriesDescription = "Cine"
        ds.ImageType = ["DERIVED", "SECONDARY"]
        ds.ConversionType = "WSD"
        ds.PatientOrientation = ""
        ds.BurnedInAnnotation = "NO"
        ds.LossyImageCompression = "00"
        ds.NumberOfFrames = str(self.count)
        ds.FrameIncrementPointer = _FRAME_TIME
        ds.FrameTime = "40"
        ds.PixelRepresentation = 0
        ds.PresentationLUTShape = "IDENTITY"
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
        return ds

    def head(self, transfer_syntax: str) -> bytes:
        """Encode in Implicit or Explicit VR Little Endian what stands before the value of Pixel Data."""
        return encode(self.dataset(), transfer_syntax) + pixel_data_header(
            self.length, transfer_syntax == IMPLICIT_LITTLE
        )

    def chunks(self) -> Iterator[bytes]:
        """Yield the frames."""
        frame = self._frame
        for number in range(self.count):
            at = 2 * number % len(frame)
            yield frame[at:]
            yield frame[:at]
