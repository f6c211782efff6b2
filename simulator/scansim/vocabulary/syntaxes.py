"""The transfer syntaxes that a virtual scanner can send images in (PS3.5 Annex A), by the names of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)


@dataclass(frozen=True)
class Syntax:
    """A transfer syntax that `scansim.images.pixels` can encode images in.

    Parameters
    ----------
    name : str
        What it is called on the command line.
    uid : str
        Its UID (PS3.6 A).
    encapsulated : bool
        Whether Pixel Data is compressed and encapsulated (PS3.5 A.4) instead of native.
    lossy_method : str, optional
        Value of Lossy Image Compression Method (0028,2114); None when the pixels stay as they are.
    needs_extra : str, optional
        The optional dependency of this package that its encoder is in; None when it is always there.
    """

    name: str
    uid: str
    encapsulated: bool
    lossy_method: str | None = None
    needs_extra: str | None = None

    @property
    def title(self) -> str:
        """The name that PS3.6 A gives it."""
        return UID(self.uid).name

    @property
    def lossy(self) -> bool:
        """Whether pixels change."""
        return self.lossy_method is not None


#: Every transfer syntax that we write, by name; Explicit VR Big Endian is retired (PS3.5 A.3) and here for tests.
SYNTAXES: Mapping[str, Syntax] = {
    syntax.name: syntax
    for syntax in (
        Syntax("implicit", ImplicitVRLittleEndian, encapsulated=False),
        Syntax("explicit", ExplicitVRLittleEndian, encapsulated=False),
        Syntax("deflated", DeflatedExplicitVRLittleEndian, encapsulated=False),
        Syntax("big-endian", ExplicitVRBigEndian, encapsulated=False),
        Syntax("rle", RLELossless, encapsulated=True),
        Syntax("jpeg", JPEGBaseline8Bit, encapsulated=True, lossy_method="ISO_10918_1", needs_extra="jpeg"),
        Syntax("jpeg-lossless", JPEGLosslessSV1, encapsulated=True, needs_extra="jpeg"),
        Syntax("jpegls", JPEGLSLossless, encapsulated=True),
        Syntax("jpegls-near", JPEGLSNearLossless, encapsulated=True, lossy_method="ISO_14495_1"),
        Syntax("j2k", JPEG2000Lossless, encapsulated=True),
        Syntax("j2k-lossy", JPEG2000, encapsulated=True, lossy_method="ISO_15444_1"),
        Syntax("htj2k", HTJ2KLossless, encapsulated=True, needs_extra="htj2k"),
    )
}
