"""Key Object Selection Document (PS3.3 A.35.4): the images of an exam that were rejected for their quality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydicom.uid import KeyObjectSelectionDocumentStorage

from scansim.images import sr_content as sr
from scansim.images.instance import Instance, Whole
from scansim.images.protocol import Acquisition

_MOST = 2
_TITLE = ("113001", "DCM", "Rejected for Quality Reasons")
_REASON = ("111210", "DCM", "Motion blur")  # PS3.16 CID 7011


def make(acquisition: Acquisition) -> Iterator[Instance]:
    """Reject the last images, two at most, of the last acquired series (PS3.16 TID 2010); nothing without one.

    The caller has given the document's series its number, as before `Maker.make`, and reads what is ``finished``.
    """
    acquired = [record for record in acquisition.finished if "ORIGINAL" in record.first.get("ImageType", ())]
    if not acquired:
        return
    series = acquired[-1]
    rejected = replace(series, instances=series.instances[-_MOST:])
    content = sr.root(
        _TITLE,
        "2010",
        sr.code(("113011", "DCM", "Document Title Modifier"), _REASON, relation="HAS CONCEPT MOD"),
        sr.code(
            ("121049", "DCM", "Language of Content Item and Descendants"),
            ("en", "RFC5646", "English"),
            relation="HAS CONCEPT MOD",
        ),
        *sr.observer(acquisition),
        sr.text(("113012", "DCM", "Key Object Description"), "SYNTHETIC: rejected by the simulated operator"),
        *(sr.image(*instance) for instance in rejected.instances),
    )
    ds = sr.document(acquisition, KeyObjectSelectionDocumentStorage, "KO", "Rejected images", content)
    # Exactly what the document refers to, not everything that there is (PS3.3 C.17.6.2)
    ds.CurrentRequestedProcedureEvidenceSequence = sr.evidence(acquisition, [rejected])
    yield Whole(ds)
