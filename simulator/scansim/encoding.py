"""pydicom data sets to bytes and back, for the messages that we make and the worklist items that we use."""

from __future__ import annotations

import warnings
from io import BytesIO

from pydicom import config
from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE

#: What we propose for everything that is not pixels, in our order of preference.
TRANSFER_SYNTAXES = (EXPLICIT_LITTLE, IMPLICIT_LITTLE)


def encode(ds: Dataset, transfer_syntax: str) -> bytes:
    """Encode a data set in one of the native transfer syntaxes (PS3.5 A.1 to A.3)."""
    buffer = BytesIO()
    stream = DicomIO(buffer)
    stream.is_implicit_VR = transfer_syntax == IMPLICIT_LITTLE
    stream.is_little_endian = transfer_syntax != EXPLICIT_BIG
    write_dataset(stream, ds)
    return buffer.getvalue()


def decode(data: bytes, transfer_syntax: str) -> Dataset:
    """Decode a data set as pydicom reads it.

    Raises
    ------
    ValueError
        When pydicom can make nothing of it.
    """
    try:
        with warnings.catch_warnings(), config.disable_value_validation():
            warnings.simplefilter("ignore")
            ds = read_dataset(
                BytesIO(data), transfer_syntax == IMPLICIT_LITTLE, transfer_syntax != EXPLICIT_BIG, len(data)
            )
            ds.decode()
            return Dataset(ds)
    except Exception as error:  # pydicom raises a dozen kinds for malformed data sets; all mean the same here
        raise ValueError(f"the data set cannot be read: {type(error).__name__}: {error}") from None
