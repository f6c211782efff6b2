"""Wrong behaviours of Storage: refusals without a cause, answers too early, and what is kept in place of what came."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from struct import pack
from typing import BinaryIO

from pydicom.uid import UID
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context

from scansim.reference.defects import DEFECTS
from scansim.reference.skim import Walk
from scansim.reference.state import Target
from scansim.vocabulary.uids import PRIVATE_SYNTAX
from scansim.wire.dimse import Command

_PATIENT_ID, _PIXEL_DATA = 0x00100020, 0x7FE00010
_OTHER_PATIENT = b"SYN-SOMEBODY-ELSE "
_LOST = 4096  # bytes of a fragment that got lost
_WHOLE = 1 << 40  # bytes


#: Status, comment on it, and the element that it is about.
Answer = tuple[int, str | None, int | None]


def stubborn(target: Target, session: int) -> Answer | None:
    """What a C-STORE is refused with by a defect, whatever it is; None where none does."""
    if target.planted("storage-refuses"):
        return 0xA700, "planted defect: no room today", None
    if target.planted("storage-refuses-patient"):
        return 0xA779, "planted defect: the patient is another one", None
    if target.planted("storage-full-for-a-while"):
        target.returned["C-STORE"] += 1
        if 1 < target.returned["C-STORE"] <= 3:
            return 0xA700, "planted defect: no room right now", None
    if target.planted("storage-jams-after-fault") and target.returned[_refused(session)]:
        return 0xC001, "planted defect: something was wrong before", None
    return None


def note_refusal(target: Target, session: int) -> None:
    """Note that a C-STORE of an association was refused."""
    target.returned[_refused(session)] += 1


def note_again(target: Target, uid: str) -> None:
    """Note that an instance is stored that is there."""
    if target.planted("storage-resend-duplicates") and target.store.instances(uid=[uid]):
        target.returned[f"stored again: {uid}"] += 1


def copies(target: Target, uid: str) -> int:
    """How often an instance is in the answers to a query."""
    return 1 + target.returned[f"stored again: {uid}"]


def _refused(session: int) -> str:
    return f"C-STORE refused on {session}"


def answer_to(command: Command) -> dict[str, object]:
    """The command set of a Success that answers a C-STORE."""
    return {
        "AffectedSOPClassUID": command.text("AffectedSOPClassUID"),
        "CommandField": 0x8001,
        "MessageIDBeingRespondedTo": command.number("MessageID"),
        "Status": 0x0000,
        "AffectedSOPInstanceUID": command.text("AffectedSOPInstanceUID"),
    }


def busy(asking: Association, patience: float) -> bool:
    """Whether another association is open, and does not end in a moment."""
    until = time.monotonic() + patience
    server = asking._server
    while server is not None and any(each is not asking and each.is_established for each in server.active_associations):
        if time.monotonic() > until:
            return True
        time.sleep(0.005)
    return False


def with_any_syntax(contexts: Iterable[PresentationContext]) -> list[PresentationContext]:
    """Presentation Contexts that take a private transfer syntax as well."""
    found = []
    for context in contexts:
        wider = build_context(str(context.abstract_syntax), [*context.transfer_syntax, PRIVATE_SYNTAX])
        wider.scu_role, wider.scp_role = context.scu_role, context.scp_role
        found.append(wider)
    return found


#: Encoded elements of a data set at the root: tag, and bytes with the header.
_Elements = Iterable[tuple[int, bytes]]


def kept(planted: Callable[[str], bool], stream: BinaryIO, syntax: UID) -> BinaryIO:
    """What is kept of a data set that was received: the stream itself, unless a defect has it otherwise."""
    for name, change in _CHANGES.items():
        if name in DEFECTS and planted(name) and syntax.is_little_endian and not syntax.is_deflated:
            walk = Walk(stream, syntax, longest=_WHOLE, most=_WHOLE)
            elements = [(tag, raw or b"") for tag, raw in walk.elements(_WHOLE)]
            return io.BytesIO(b"".join(change(elements, syntax.is_implicit_VR)))
    return stream


def _coerced(elements: _Elements, implicit: bool) -> Iterable[bytes]:
    for tag, raw in elements:
        if tag == _PATIENT_ID:
            length = pack("<I" if implicit else "<H", len(_OTHER_PATIENT))
            raw = raw[: 4 if implicit else 6] + length + _OTHER_PATIENT
        yield raw


def _public(elements: _Elements, _implicit: bool) -> Iterable[bytes]:
    return (raw for tag, raw in elements if not tag >> 16 & 1)


def _coarser(elements: _Elements, implicit: bool) -> Iterable[bytes]:
    for tag, raw in elements:
        head = 8 if implicit else 12
        if tag == _PIXEL_DATA and raw[head - 4 : head] != b"\xff\xff\xff\xff":
            every, mask = (2, 0xFC) if raw[4:6] != b"OB" else (1, 0xFC)
            value = bytearray(raw[head:])
            value[::every] = bytes(byte & mask for byte in value[::every])
            raw = raw[:head] + bytes(value)
        yield raw


def _shorter(elements: _Elements, _implicit: bool) -> Iterable[bytes]:
    for tag, raw in elements:
        yield raw[:-_LOST] if tag == _PIXEL_DATA and len(raw) > 2 * _LOST else raw


_CHANGES: dict[str, Callable[[_Elements, bool], Iterable[bytes]]] = {
    "storage-coerces-silently": _coerced,
    "storage-drops-private": _public,
    "storage-transcodes-lossy": _coarser,
    "storage-loses-fragment": _shorter,
}
