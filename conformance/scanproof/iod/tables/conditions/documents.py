"""Conditions of Key Object Selection and SR documents, beside those of the content tree."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.tables.logic import ALWAYS, Condition, Expression, Scope, Truth, required_if, value_is
from scansim.wire.dataset import DataSet


def _content(item: DataSet) -> Iterator[DataSet]:
    yield item
    for child in item.items("ContentSequence"):
        yield from _content(child)


def _any_reference(scope: Scope) -> Truth:
    return any(item.items("ReferencedSOPSequence") for item in _content(scope[-1]))


def _several_studies(scope: Scope) -> Truth:
    return len(scope[-1].items("CurrentRequestedProcedureEvidenceSequence")) > 1


_references = Expression(_any_reference, frozenset(), "the content tree references instances")
_studies = Expression(_several_studies, frozenset(), "instances of several studies are referenced")
_GENERAL = "sr-document-general"


def _observer(sequence: str) -> dict[tuple[str, str], Condition]:
    device, person = value_is("ObserverType", "DEV"), value_is("ObserverType", "PSN")
    return {
        (_GENERAL, f"{sequence}>{keyword}"): required_if(kind, ALWAYS)
        for kind, keywords in (
            (device, ("DeviceUID", "Manufacturer", "ManufacturerModelName", "StationName")),
            (person, ("PersonIdentificationCodeSequence",)),
        )
        for keyword in keywords
    }


DOCUMENTS: dict[tuple[str, str], Condition] = {
    ("key-object-document", "IdenticalDocumentsSequence"): required_if(_studies, ALWAYS),
    (_GENERAL, "CurrentRequestedProcedureEvidenceSequence"): required_if(_references, ALWAYS),
    (_GENERAL, "VerifyingObserverSequence"): required_if(value_is("VerificationFlag", "VERIFIED")),
    **_observer("AuthorObserverSequence"),
    **_observer("ParticipantSequence"),
}
