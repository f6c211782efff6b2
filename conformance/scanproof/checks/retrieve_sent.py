"""Checks of what a target sends for C-MOVE and C-GET: where, what, how often, and as whom (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.read_back import breaks_off
from scanproof.evidence.retrieves import NATIVE, Retrieval, SubOperation
from scanproof.finding import Level
from scansim.vocabulary.uids import uid_name
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE


def _subs(evidence: Evidence) -> Iterator[tuple[Retrieval, SubOperation]]:
    """Every instance that came, with the retrieval that it belongs to."""
    for retrieval in evidence.retrievals:
        for sub in retrieval.subs:
            yield retrieval, sub


#: What to do about an association that calls somebody else.
_CALL = "Call the destination by the AE title that the C-MOVE names, and that it is registered by."


@check(
    "retrieve.association",
    title="C-GET sends on its own association, C-MOVE on another",
    clause="PS3.4 C.4.2 (2025a), C.4.2.3.1 (2024d), C.4.3.3.1 (2024e)",
    level=Level.SHALL,
    service="retrieve",
    expected="the association of the request for C-GET, another one for C-MOVE",
    hint="Send for C-GET on the association of the request, for C-MOVE on one to the Move Destination.",
)
def association(evidence: Evidence) -> Iterator[Observation]:
    """The C-STOREs of a C-GET go over the association of the request; those of a C-MOVE always over another one.

    A workstation behind a firewall asks by C-GET because nobody can call it: what goes elsewhere never arrives.

    The association of each instance that came is compared with that of the request. One for a C-MOVE that calls
    another AE title than the Move Destination warns: whoever looks at how he is called rejects it.
    """
    for retrieval, sub in _subs(evidence):
        same = sub.operation.association.id == retrieval.operation.association.id
        if same is retrieval.is_move:
            where = "the association of the request" if same else "another association"
            yield fail(f"an instance of the {retrieval.name} came on {where}", sub.request)
        elif retrieval.is_move and (called := _called(sub)) not in (None, retrieval.destination):
            text = f"an association to {called or 'nobody'} for a C-MOVE to {retrieval.destination}"
            yield warn(text, sub.request, level=Level.SHOULD, hint=_CALL)
        else:
            yield ok("where it belongs", sub.request)


#: What an instance belongs to, as it is told.
_ABOVE = (("study", "StudyInstanceUID"), ("series", "SeriesInstanceUID"))


def _called(sub: SubOperation) -> str | None:
    """AE title that an association of the target calls; None where its request is none."""
    association = sub.operation.association
    rq = association.request.pdu if association.request is not None else None
    return rq.called_ae.strip() if isinstance(rq, p.AssociateRQ) else None


#: Identifiers that do not say what they name.
_ODD = ("retrieve.unknown-level", "retrieve.no-unique-key")


@check(
    "retrieve.only-asked",
    title="Nothing is sent but what the Identifier names",
    clause="PS3.4 C.4.2.3.1 (2024d), C.4.3.3.1 (2024e)",
    level=Level.SHALL,
    service="retrieve",
    expected="instances of the patient, studies, series or instances of the Identifier",
    hint="Match each unique key of the Identifier, from the top of the model down to its level.",
)
def only_asked(evidence: Evidence) -> Iterator[Observation]:
    """Sub-operations are those of the stored instances that belong to what the unique keys of the Identifier name.

    Images of somebody else in an open study are read as the patient's own.

    Each instance that came is one of those that we stored below these keys, or has their values in its data set. What
    an Identifier without its level or a key of it names, no text says: then it warns.
    """
    for retrieval, sub in _subs(evidence):
        if retrieval.names(sub):
            yield ok("asked for", sub.request)
        else:
            held = ((name, sub.value(key)) for name, key in _ABOVE)
            where = ", ".join(f"{name} {value}" for name, value in held if value)
            text = f"{sub.uid} of {where or 'an unknown study'} was not asked for"
            odd = evidence.asked(retrieval.operation).deviation in _ODD
            yield warn(text, sub.request) if odd else fail(text, sub.request)


@check(
    "retrieve.once",
    title="An instance that was taken is not sent again",
    clause="",
    level=Level.EXPECTED,
    service="retrieve",
    expected="each instance once for one retrieval",
    hint="Look for doubled rows in the target's index.",
)
def once(evidence: Evidence) -> Iterator[Observation]:
    """One sub-operation for each stored instance is enough; no text forbids more.

    Twice the time, and numbers that do not fit the study.

    Instances that came again for one retrieval though we had taken them warn. A second attempt after a failure does
    not, nor do the several that we stored with other content under one UID, when each comes once.
    """
    versions = {each.request.id: each.version for each in evidence.read_back if each.versions > 1}
    for retrieval in evidence.retrievals:
        for uid, subs in retrieval.came.items():
            taken = [sub for sub in subs if sub.kind != "Failed"]
            again = subs[-1]
            kept = [versions.get(sub.request.id, 0) for sub in taken]
            if all(kept) and len(taken) == len(subs) == len(set(kept)):
                yield ok("each of what we stored under one UID once", again.request)
            elif len(taken) > 1 or (taken and again is not taken[-1]):
                yield warn(f"{uid} came {len(subs)} times", again.request)
            else:
                yield ok("once", again.request)


@check(
    "retrieve.originator",
    title="What is sent for a C-MOVE names its originator",
    clause="PS3.7 9.1.1.1, 9.3.1.1 (c. 2020)",
    level=Level.SHOULD,
    service="retrieve",
    expected="Move Originator AE Title = who sent the C-MOVE, Move Originator Message ID = that of the C-MOVE",
    hint="Copy the calling AE title and the Message ID of the C-MOVE-RQ into each C-STORE-RQ.",
)
def originator(evidence: Evidence) -> Iterator[Observation]:
    """The C-STORE-RQ of a sub-operation contains the AE title of the AE that invoked the C-MOVE, and its Message ID.
    The service definition leaves them to the user, so that a lack of them warns; what is there has to be right.

    A workstation that has sent several C-MOVEs knows by these whose images come, and files them.

    (0000,1030) and (0000,1031) of each instance that came for a C-MOVE are compared with its request.
    """
    for retrieval, sub in _subs(evidence):
        if not retrieval.is_move:
            continue
        command, asked = sub.request.command, retrieval.operation
        title = command.text("MoveOriginatorApplicationEntityTitle")
        number = command.number("MoveOriginatorMessageID")
        wanted = (str(asked.association.facts.get("calling_ae", "")), asked.request.command.number("MessageID"))
        if (title, number) == wanted:
            yield ok(f"{title}, {number}", sub.request)
        elif title in (None, wanted[0]) and number in (None, wanted[1]):
            lacking = [name for name, value in (("AE Title", title), ("Message ID", number)) if value is None]
            yield warn(f"no Move Originator {' and '.join(lacking)}", sub.request)
        else:
            text = f"Move Originator {title or 'without AE title'}, Message ID {number}"
            yield fail(text, sub.request, expected=f"{wanted[0]}, Message ID {wanted[1]}", level=Level.SHALL)


#: PS3.7 9.3.1.1: LOW, MEDIUM and HIGH.
_PRIORITIES = (0, 1, 2)


@check(
    "retrieve.store-request",
    title="The target's C-STORE-RQ says what it brings",
    clause="PS3.7 9.1.1.1, 9.3.1.1 (c. 2020)",
    level=Level.SHALL,
    service="retrieve",
    expected="the SOP Class of its context, the UIDs of its data set, a Message ID and a priority",
    hint="Fill the C-STORE-RQ from the instance that is sent, and send it on a context of its SOP Class.",
)
def store_request(evidence: Evidence) -> Iterator[Observation]:
    """A C-STORE-RQ carries Message ID, Affected SOP Class UID, Affected SOP Instance UID and Priority; class and
    instance are those of the data set, and the class that of the Presentation Context.

    An image is filed under the UID of the command by one archive, and under that of its data set by the next.

    The command set of each instance that came is compared with its context and its data set.
    """
    for _, sub in _subs(evidence):
        wrong = [*_wrong(sub)]
        if wrong:
            yield fail("; ".join(wrong), sub.request)
        else:
            yield ok("as its data set", sub.request)


def _wrong(sub: SubOperation) -> Iterator[str]:
    command, dataset = sub.request.command, sub.request.dataset
    sop_class = command.text("AffectedSOPClassUID")
    if command.number("MessageID") is None:
        yield "no Message ID"
    if sop_class is None:
        yield "no Affected SOP Class UID"
    elif sub.request.abstract_syntax and sop_class != sub.request.abstract_syntax:
        yield f"{uid_name(sop_class)} on a context of {uid_name(sub.request.abstract_syntax)}"
    if command.text("AffectedSOPInstanceUID") is None:
        yield "no Affected SOP Instance UID"
    if (priority := command.number("Priority")) not in _PRIORITIES:
        yield "no Priority" if priority is None else f"Priority {priority}"
    if dataset is None:
        yield "no data set"
        return
    if breaks_off(sub.request):  # dimse.dataset-well-formed tells
        return
    for name, value in (("SOPClassUID", sop_class), ("SOPInstanceUID", command.text("AffectedSOPInstanceUID"))):
        if value is not None and dataset.text(name) != value:
            yield f"{name} {dataset.text(name) or 'absent'} in the data set, {value} in the command set"


@check(
    "retrieve.priority",
    title="All sub-operations of a retrieval have the same priority",
    clause="PS3.4 C.4.2.1.2 (2025a), C.4.3.1.2 (c. 2020)",
    level=Level.SHALL,
    service="retrieve",
    expected="one value of Priority in all C-STORE-RQs of a retrieval",
    hint="Choose the priority once for each C-MOVE or C-GET.",
)
def priority(evidence: Evidence) -> Iterator[Observation]:
    """Whatever is made of the priority that was asked for, the same one is used for all C-STORE sub-operations.

    Slices that overtake each other come to the reader as a stack with holes.

    The priorities of what came for each C-MOVE and C-GET are put side by side.
    """
    for retrieval in evidence.retrievals:
        seen = {sub.request.command.number("Priority"): sub.request for sub in retrieval.subs}
        if len(seen) > 1:
            yield fail(f"priorities {', '.join(map(str, seen))}", [*seen.values()][-1])
        elif seen:
            yield ok(f"priority {next(iter(seen))}", next(iter(seen.values())))


@check(
    "retrieve.role",
    title="C-GET sends only what its requestor is the SCP of",
    clause="PS3.7 D.3.3.4 (2020, 2024e); PS3.4 C.4.3.2.1 (2024d)",
    level=Level.SHALL,
    service="retrieve",
    expected="no C-STORE-RQ on a context for which the requestor is not SCP",
    hint="Look at the role selection of the association before a sub-operation; without it count it as failed.",
)
def role(evidence: Evidence) -> Iterator[Observation]:
    """On the association of a C-GET the requestor is SCP of Storage only as far as that was negotiated: without role
    selection the acceptor sends nothing.

    A modality that stores and asks on one association gets images that it never wanted, and aborts.

    Instances that came by C-GET are compared with the roles that were agreed on.
    """
    for retrieval, sub in _subs(evidence):
        if retrieval.is_move or sub.operation.association.id != retrieval.operation.association.id:
            continue
        sop_class = sub.request.abstract_syntax or sub.request.command.sop_class_uid or ""
        if sop_class in retrieval.granted:
            yield ok("the requestor is SCP", sub.request)
        else:
            yield fail(f"{uid_name(sop_class)}, of which the requestor is not SCP", sub.request)


@check(
    "retrieve.default-syntax",
    title="For what it has in native form, the target proposes Implicit VR Little Endian",
    clause="PS3.5 10.1 a (2020; 2024e in part)",
    level=Level.SHALL,
    service="retrieve",
    expected="Implicit VR Little Endian in one of the contexts of each Storage SOP Class",
    hint="Propose Implicit VR Little Endian for each SOP Class, beside whatever else the target can send.",
)
def default_syntax(evidence: Evidence) -> Iterator[Observation]:
    """A requestor offers DICOM's default transfer syntax for each abstract syntax that it proposes. Only pixel data
    that it has in compressed form alone is a reason not to.

    A destination that takes the default alone gets nothing.

    The contexts of associations that brought what a C-MOVE asked for are put together by SOP Class, for classes of
    which the target was given native images only.
    """
    for retrieval in evidence.retrievals:
        syntaxes: dict[str, set[str]] = {}
        for stored in retrieval.wanted.values():
            syntaxes.setdefault(stored.sop_class_uid, set()).add(stored.operation.request.transfer_syntax)
        native = {uid for uid, each in syntaxes.items() if each <= set(NATIVE)}
        for opened in retrieval.opened if retrieval.is_move else ():
            rq = opened.request.pdu if opened.request is not None else None
            if not isinstance(rq, p.AssociateRQ):
                continue
            for uid in dict.fromkeys(each.abstract_syntax for each in rq.contexts if each.abstract_syntax in native):
                offered = [each.transfer_syntaxes for each in rq.contexts if each.abstract_syntax == uid]
                names = list(dict.fromkeys(syntax for several in offered for syntax in several))
                if IMPLICIT_LITTLE in names:
                    yield ok(uid_name(uid), where=opened.id)
                else:
                    yield fail(f"{uid_name(uid)}: {', '.join(map(uid_name, names))} only", where=opened.id)
