"""Presentation Contexts: every claim of an SCP is decided by negotiation, in few associations that carry nothing else.

What is exchanged beside that comes of the cases that use a service. As SCU a target is seen when it acts as requestor:
in the sub-operations of a C-MOVE, and with the report of a commitment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanproof.observing import Made, observing
from scanproof.statements import Claim
from scansim.vocabulary.services import COMMITMENT, MPPS, QUERY, RETRIEVE, SERVICES, STORAGE, WORKLIST
from scansim.vocabulary.uids import uid_keyword
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE

#: Of each service, a case that does what the service is for, and that is run anywhere.
_EXCHANGING = {
    WORKLIST.name: "worklist-battery/no-match",
    MPPS.name: "mpps-battery/progress",
    STORAGE.name: "storage-battery/plain",
    COMMITMENT.name: "commitment-battery/never-sent",
    QUERY.name: "query-battery/nobody",
    RETRIEVE.name: "retrieve-battery/study",
}
#: The storage class of what that case stores, and of what an archive is asked to send.
_STORED, _SENT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
#: What is offered in several orders, where the choice is a matter of preference: what everybody has, and images.
_CHOICES = (
    (
        ["Verification", "StudyRootQueryRetrieveInformationModelFind"],
        ["ExplicitVRLittleEndian", "ImplicitVRLittleEndian"],
    ),
    (
        ["CTImageStorage", "SecondaryCaptureImageStorage"],
        ["ExplicitVRLittleEndian", "ImplicitVRLittleEndian", "JPEGBaseline8Bit", "JPEG2000Lossless", "RLELossless"],
    ),
)


def _service(sop_class: str) -> str:
    return next((name for name, each in SERVICES.items() if each.has(sop_class)), "")


def _exchanged(claim: Claim) -> Iterable[str]:
    """Cases in which an operation is carried out in the context, or in which the target proposes it."""
    sop_class = str(claim.data["sop_class"])
    service, syntax = _service(sop_class), claim.data["transfer_syntax"]
    if claim.role == "SCU":
        return (_EXCHANGING[RETRIEVE.name],) if sop_class == _SENT else ()
    if syntax not in (EXPLICIT_LITTLE, IMPLICIT_LITTLE) or service not in _EXCHANGING:
        return ()
    return (_EXCHANGING[service],) if service != STORAGE.name or sop_class == _STORED else ()


def groups(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """SOP Classes that share their Transfer Syntaxes, as the step has them."""
    of_class: dict[str, dict[str, None]] = {}
    for claim in claims:
        of_class.setdefault(str(claim.data["sop_class"]), {}).setdefault(str(claim.data["transfer_syntax"]))
    sharing: dict[tuple[str, ...], list[str]] = {}
    for sop_class, syntaxes in of_class.items():
        sharing.setdefault(tuple(map(uid_keyword, syntaxes)), []).append(uid_keyword(sop_class))
    return [{"sop_classes": classes, "transfer_syntaxes": [*syntaxes]} for syntaxes, classes in sharing.items()]


def _case(name: str, title: str, claims: Sequence[Claim], *steps: dict[str, Any]) -> Made:
    made = [{"negotiate": {"at": "$at", **step}} for step in steps]
    return Made({"id": name, "title": title, "steps": made}, tuple(claim.id for claim in claims))


def _negotiated(claims: Sequence[Claim]) -> Iterator[Made]:
    served = [claim for claim in claims if claim.role == "SCP"]
    if served:
        title = "Each SOP Class that is declared, in each of its Transfer Syntaxes by itself"
        yield _case("contexts", title, served, {"contexts": groups(served)})


def _refused(claims: Sequence[Claim]) -> Iterator[Made]:
    served = [claim for claim in claims if claim.role != "SCU"]
    if served:
        group = {
            "sop_classes": [uid_keyword(str(claim.data["sop_class"])) for claim in served],
            "transfer_syntaxes": [uid_keyword(IMPLICIT_LITTLE), uid_keyword(EXPLICIT_LITTLE)],
        }
        yield _case("not-supported", "SOP Classes that are said not to be supported", served, {"contexts": [group]})


def _closed(claims: Sequence[Claim]) -> Iterator[Made]:
    title = "Every SOP Class of PS3.6 in every Transfer Syntax, of which a closed list is taken and nothing else"
    yield _case("closed-list", title, claims, {"contexts": "all"})


def _preferred(claims: Sequence[Claim]) -> Iterator[Made]:
    groups = [{"sop_classes": classes, "transfer_syntaxes": syntaxes} for classes, syntaxes in _CHOICES]
    title = "Transfer Syntaxes offered together in several orders, and each by itself"
    turned = {"contexts": groups, "offer": "together", "orders": "turned"}
    yield _case("syntax-selection", title, claims, {"contexts": groups}, turned)


observing("context", built_in=_exchanged, made=_negotiated)
observing("not-supported", made=_refused)
observing("closed-list", made=_closed)
observing("syntax-selection", made=_preferred)
