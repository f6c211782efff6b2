"""Conditions of Key Object Selection and SR documents, beside those of the content tree."""

from __future__ import annotations

from scanproof.iod.tables.evidence import OTHER, named, referenced
from scanproof.iod.tables.logic import ALWAYS, Condition, Expression, Scope, Truth, required_if, value_is


def _any_current(scope: Scope) -> Truth:
    """Whether the content tree references what is no evidence of other procedures."""
    others = named(scope[-1], OTHER)
    return any(reference.text("ReferencedSOPInstanceUID") not in others for reference, _ in referenced(scope[-1]))


def _several_studies(scope: Scope) -> Truth:
    return len(scope[-1].items("CurrentRequestedProcedureEvidenceSequence")) > 1


_references = Expression(
    _any_current,
    frozenset(),
    "the content tree references instances that Pertinent Other Evidence Sequence does not name",
)
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
