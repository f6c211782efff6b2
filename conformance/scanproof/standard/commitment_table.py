"""PS3.4 Tables J.3-1 and J.3-2: what a commitment request and its report carry (2013, and 2018 to 2024).

Paths are keywords joined by ``>``; the types are those of the side that sends.
"""

from __future__ import annotations

#: N-ACTION, Action Type 1.
REQUEST = {
    "TransactionUID": "1",
    "ReferencedSOPSequence": "1",
    "ReferencedSOPSequence>ReferencedSOPClassUID": "1",
    "ReferencedSOPSequence>ReferencedSOPInstanceUID": "1",
}

#: N-EVENT-REPORT, in the items of both lists. The Transaction UID, the lists, SOP Classes and reasons have checks of
#: their own.
REPORT_ITEMS = {
    "ReferencedSOPSequence>ReferencedSOPInstanceUID": "1",
    "FailedSOPSequence>ReferencedSOPInstanceUID": "1",
}

#: Either at the root, for every instance, or in the items: never at both places.
ONE_PLACE = ("RetrieveAETitle", "StorageMediaFileSetID", "StorageMediaFileSetUID")
