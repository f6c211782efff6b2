"""Conditions of encapsulated documents and of registrations (PS3.3 C.20.2, C.24.2)."""

from __future__ import annotations

from scanproof.iod.tables.conditions.shorthand import of
from scanproof.iod.tables.logic import ALWAYS, Condition, present, required_if, value_is

_CDA = "1.2.840.10008.5.1.4.1.1.104.2"
_tree = required_if(present("ContentSequence"))

ENCAPSULATED: dict[tuple[str, str], Condition] = {
    **of("encapsulated-document", required_if(value_is("SOPClassUID", _CDA)), "HL7InstanceIdentifier"),
    **of("encapsulated-document", _tree, "ValueType", "ContinuityOfContent"),
    # of two alternatives the first alone is asked for: one fault, one finding
    **of(
        "spatial-registration",
        required_if(~present("ReferencedImageSequence"), ALWAYS),
        "RegistrationSequence>FrameOfReferenceUID",
    ),
}
