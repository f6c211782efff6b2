"""Rules about services: what belongs together, and which Transfer Syntaxes a class has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydicom.uid import UID

from scanproof.statements import KINDS, ApplicationEntity, Claim
from scanproof.statements.lint.rules import Found, Severity, Subject, rule
from scansim.vocabulary import uids
from scansim.vocabulary.services import SERVICES
from scansim.vocabulary.uids import is_storage_class, uid_keyword, uid_name

_DEFAULT = "1.2.840.10008.1.2"
#: Cells of the overview that say nothing of what an SCP supports.
_ELSE = ("scu", "closed_list", "specific_character_sets", "create", "display", "process", "archive", "media")
_NATIVE = (_DEFAULT, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")


def _named(of: Sequence[str], most: int = 3) -> str:
    """Names of SOP Classes, the first few of many."""
    more = f" and {len(of) - most} more" if len(of) > most else ""
    return ", ".join(uid_name(uid) for uid in of[:most]) + more


def _contexts(entity: ApplicationEntity) -> dict[tuple[str, str], list[Claim]]:
    """Role and SOP Class to the claims that it is supported in a Transfer Syntax."""
    contexts: dict[tuple[str, str], list[Claim]] = {}
    for claim in entity.claims():
        if claim.kind == "context":
            contexts.setdefault((claim.role, str(claim.data["sop_class"])), []).append(claim)
    return contexts


@rule(
    "default-syntax",
    Severity.WARNING,
    what="A SOP Class is supported in Implicit VR Little Endian, whatever else it is supported in.",
    hint="Add ImplicitVRLittleEndian to its Transfer Syntaxes, if the product takes it.",
    clause="PS3.5 10.1 (2019b, 2024e)",
)
def default_syntax(subject: Subject) -> Iterator[Found]:
    """Every implementation has to support the default Transfer Syntax: it is the one that any two have in common. The
    standard waives it where there is nothing but pixels that were compressed with loss, or that are too long."""
    doubtful = [each.text for each in subject.statement.mistakes if each.rule in ("uid-name", "uid-form")]
    if any(uid_name(_DEFAULT) in text or "keyword of a Transfer Syntax" in text for text in doubtful):
        return  # it may be the very one
    for entity in subject.statement.application_entities:
        without: dict[tuple[str, tuple[str, ...]], list[tuple[str, int]]] = {}
        for (role, sop_class), claims in _contexts(entity).items():
            syntaxes = tuple(str(claim.data["transfer_syntax"]) for claim in claims)
            names = (f"{sop_class} ", uid_name(sop_class), uid_keyword(sop_class))
            video = all("MPEG" in uid_keyword(uid) or "HEVC" in uid_keyword(uid) for uid in syntaxes)
            if _DEFAULT not in syntaxes and not video and not any(name in text for name in names for text in doubtful):
                without.setdefault((role, syntaxes), []).append((sop_class, claims[0].line))
        for (role, syntaxes), classes in without.items():
            only = ", ".join(uid_name(uid) for uid in syntaxes[:3]) + (" and others" if len(syntaxes) > 3 else "")
            what = _named([uid for uid, _ in classes])
            text = f"{entity.ae} is {role} of {what} in {only}, but not in Implicit VR Little Endian"
            yield Found(min(line for _, line in classes), text)


@rule(
    "commitment-without-storage",
    Severity.WARNING,
    what="A product that takes or asks for storage commitment is a storage SCP or SCU as well.",
    hint="List the storage classes, or say in a comment whose instances it commits to.",
    clause="PS3.4 J.1.1 (2020)",
)
def commitment_without_storage(subject: Subject) -> Iterator[Found]:
    """Commitment is about instances that were stored before; without storage there are none, unless another product
    stores them."""
    storage: set[str] = set()
    commitment: dict[str, Claim] = {}
    for claim in subject.of("context"):
        if claim.data["sop_class"] == uids.COMMITMENT:
            commitment.setdefault(claim.role, claim)
        elif is_storage_class(str(claim.data["sop_class"])):
            storage.add(claim.role)
    private = any(entity.private_storage for entity in subject.statement.application_entities)
    if subject.asks("overview", "content_and_transfer", besides=("closed_list",)):
        return
    for role, claim in commitment.items():
        if role not in storage and not private:
            yield Found(claim.line, f"{claim.ae} is {role} of storage commitment, and nothing is {role} of storage")


@rule(
    "verification",
    Severity.WARNING,
    what="A product that accepts associations is SCP of Verification.",
    hint="Add Verification as SCP, if the product answers C-ECHO.",
    clause="PS3.2 7.1 (2022c)",
)
def verification(subject: Subject) -> Iterator[Found]:
    """Whoever accepts associations has to accept Verification: by it a hospital's engineer sees whether the address is
    right."""
    provided = [claim for claim in subject.of("context") if claim.role == "SCP"]
    if subject.asks("overview", "dimse_services", "verification", besides=_ELSE):
        return
    if provided and all(claim.data["sop_class"] != uids.VERIFICATION for claim in provided):
        yield Found(provided[0].line, "nothing is SCP of Verification, though associations are accepted")


@rule(
    "compressed-service",
    Severity.NOTE,
    what="Compressed Transfer Syntaxes are listed for classes that have pixel data.",
    hint="Give services that send no pixels a set of their own, with the uncompressed Transfer Syntaxes alone.",
)
def compressed_service(subject: Subject) -> Iterator[Found]:
    """One list for all classes claims each class in each syntax, and few products mean it: what encapsulates pixels
    has no use for a query, a worklist or an echo, and is mostly refused there."""
    for entity in subject.statement.application_entities:
        odd = {
            (role, sop_class): claims[0].line
            for (role, sop_class), claims in _contexts(entity).items()
            if not is_storage_class(sop_class)
            and not UID(sop_class).is_private
            and any(_encapsulates(str(claim.data["transfer_syntax"])) for claim in claims)
        }
        for role in sorted({role for role, _ in odd}):
            classes = [uid for each, uid in odd if each == role]
            line = min(line for (each, _), line in odd.items() if each == role)
            yield Found(line, f"{entity.ae} is {role} of {_named(classes)} in compressed Transfer Syntaxes as well")


def _encapsulates(syntax: str) -> bool:
    return syntax not in _NATIVE and UID(syntax).is_transfer_syntax and UID(syntax).is_encapsulated


@rule(
    "commitment-delivery",
    Severity.NOTE,
    what="An SCP of storage commitment says on which association its reports come.",
    hint="State same_association (Y, N) under services.storage_commitment.scp.n_event_report.",
    clause="PS3.4 J.3.3.1.2 (2013)",
)
def commitment_delivery(subject: Subject) -> Iterator[Found]:
    """Two products may both support commitment and never meet: one waits on the association of its request, the other
    opens one to an address that nobody configured."""
    for entity in subject.statement.application_entities:
        claims = entity.claims()
        offered = next((c for c in claims if c.role == "SCP" and c.data.get("sop_class") == uids.COMMITMENT), None)
        if offered is not None and offered.kind == "context" and not any(c.kind == "delivery" for c in claims):
            yield Found(offered.line, f"{entity.ae} does not say on which association commitment reports come")


_OF_MODEL = {
    ("study_root", "query"): uids.STUDY_ROOT_FIND,
    ("patient_root", "query"): uids.PATIENT_ROOT_FIND,
    ("study_root", "C-MOVE"): uids.STUDY_ROOT_MOVE,
    ("patient_root", "C-MOVE"): uids.PATIENT_ROOT_MOVE,
    ("study_root", "C-GET"): uids.STUDY_ROOT_GET,
    ("patient_root", "C-GET"): uids.PATIENT_ROOT_GET,
}


@rule(
    "service-without-class",
    Severity.WARNING,
    what="What is described of a service belongs to a SOP Class that is supported as SCP.",
    hint="Add the SOP Class to the overview, or take the description away.",
)
def service_without_class(subject: Subject) -> Iterator[Found]:
    """Keys, statuses or times of a service that nobody can ask for: the row of its SOP Class is missing above, and a
    missing row says that it is not supported. Where no class is listed at all, or one is a question, there is no row
    to miss."""
    listed = any(claim.role == "SCP" for claim in subject.of("context"))
    if not listed or subject.asks("overview", besides=_ELSE):
        return
    for entity in subject.statement.application_entities:
        claims = entity.claims()
        provided = {str(c.data["sop_class"]) for c in claims if c.kind == "context" and c.role == "SCP"}
        told: set[str] = set()
        for claim in claims:
            service = KINDS[claim.kind].service
            if not service or claim.role == "SCU":
                continue
            operation = "C-MOVE" if claim.kind.startswith("move-") else str(claim.data.get("operation", service))
            sop_class = _OF_MODEL.get((str(claim.data.get("model", "")), operation))
            what = uid_name(sop_class) if sop_class else SERVICES[service].title
            there = sop_class in provided if sop_class else any(map(SERVICES[service].has, provided))
            private = service == "storage" and entity.private_storage
            if not there and not private and what not in told:
                told.add(what)
                yield Found(claim.line, f"{entity.ae} is not SCP of {what}, of which this is said: {claim.text}")
