"""What is sent to who retrieves, changed as a planted defect of giving back has it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from struct import pack
from typing import Any, BinaryIO

from pydicom.uid import UID, SecondaryCaptureImageStorage
from pynetdicom.association import Association

from scansim.reference.sending import Primitive
from scansim.reference.skim import MalformedError, TooMuchError, Walk
from scansim.reference.state import Target
from scansim.reference.store import Instance
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE

Sender = Callable[[int, dict[str, Any], bytes | BinaryIO], Primitive | None]
#: Encoded elements at the root of a data set: tag, and bytes with the header.
Elements = Iterable[tuple[int, bytes]]

_MOST = 1 << 40
_LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
_CHARACTER_SET, _SOP_CLASS, _SOP_INSTANCE = 0x00080005, 0x00080016, 0x00080018
_SERIES_DESCRIPTION, _NAME, _PATIENT_ID, _NEUTERED = 0x0008103E, 0x00100010, 0x00100020, 0x00102203
_PROTOCOL, _MATRIX, _STEP_DESCRIPTION, _LOSSY, _PIXEL_DATA = 0x00181030, 0x00181310, 0x00400254, 0x00282110, 0x7FE00010
_OTHER_CLASS = "readback-other-class"
_LOST = 4096  # bytes of pixels


def giving(target: Target, association: Association, sender: Sender) -> Sender:
    """The sender of instances on an association; one that spoils them where a defect is planted."""
    planted = [change for name, change in _CHANGES.items() if target.planted(name)]
    if not planted:
        return sender
    syntaxes = {context.context_id: UID(context.transfer_syntax[0]) for context in association.accepted_contexts}

    def spoiling(context_id: int, command: dict[str, Any], data: bytes | BinaryIO) -> Primitive | None:
        syntax = syntaxes[context_id]
        whole = data if isinstance(data, bytes) else data.read()
        if syntax in (EXPLICIT_LITTLE, IMPLICIT_LITTLE) or syntax.is_encapsulated:
            try:
                walk = Walk(io.BytesIO(whole), syntax, longest=_MOST, most=_MOST)
                elements = [(tag, raw or b"") for tag, raw in walk.elements(_MOST)]
            except (MalformedError, TooMuchError):
                return sender(context_id, command, whole)
            for change in planted:
                elements = list(change(elements, syntax == IMPLICIT_LITTLE))
            whole = b"".join(raw for _, raw in elements)
        return sender(context_id, command, whole)

    return spoiling


def as_given(target: Target, instances: list[Instance]) -> list[Instance]:
    """Instances as they are sent on an association of the target's own: of another SOP Class where that is planted."""
    if target.planted(_OTHER_CLASS):
        return [replace(instance, sop_class=SecondaryCaptureImageStorage) for instance in instances]
    return instances


# --- elements as they are encoded -------------------------------------------------------------------------------------


def _value(raw: bytes, implicit: bool) -> bytes:
    return raw[_head(raw, implicit) :]


def _head(raw: bytes, implicit: bool) -> int:
    return 12 if not implicit and raw[4:6] in _LONG else 8


def _with(raw: bytes, value: bytes, implicit: bool) -> bytes:
    """An element with another value, of a length that is stated."""
    head = _head(raw, implicit)
    short = not implicit and head == 8
    return raw[: head - (2 if short else 4)] + pack("<H" if short else "<I", len(value)) + value


def _new(tag: int, vr: bytes, value: bytes, implicit: bool) -> tuple[int, bytes]:
    head = pack("<HH", tag >> 16, tag & 0xFFFF)
    return tag, head + (pack("<I", len(value)) if implicit else vr + pack("<H", len(value))) + value


def _put(tag: int, vr: bytes, value: bytes) -> Callable[[Elements, bool], Elements]:
    """Give an attribute a value, and add it where it is not."""

    def change(elements: Elements, implicit: bool) -> Elements:
        return sorted([*((one, raw) for one, raw in elements if one != tag), _new(tag, vr, value, implicit)])

    return change


def _to(tag: int, new: Callable[[bytes], bytes]) -> Callable[[Elements, bool], Elements]:
    """Change the value of an attribute where it is."""

    def change(elements: Elements, implicit: bool) -> Elements:
        for one, raw in elements:
            yield one, _with(raw, new(_value(raw, implicit)), implicit) if one == tag else raw

    return change


def _native(new: Callable[[bytes], bytes]) -> Callable[[Elements, bool], Elements]:
    """Change native pixels: what does so to fragments damages their encapsulation, or a code stream, not a pixel."""
    change = _to(_PIXEL_DATA, new)

    def changed(elements: Elements, implicit: bool) -> Elements:
        for tag, raw in elements:
            encapsulated = tag == _PIXEL_DATA and raw[_head(raw, implicit) - 4 :][:4] == b"\xff\xff\xff\xff"
            yield from [(tag, raw)] if encapsulated else change([(tag, raw)], implicit)

    return changed


def _without(lost: Callable[[int], bool]) -> Callable[[Elements, bool], Elements]:
    def change(elements: Elements, _implicit: bool) -> Elements:
        return ((tag, raw) for tag, raw in elements if not lost(tag))

    return change


# --- what becomes of them ---------------------------------------------------------------------------------------------


def _last_item_gone(elements: Elements, implicit: bool) -> Elements:
    for tag, raw in elements:
        value = _value(raw, implicit)
        if value[:4] == b"\xfe\xff\x00\xe0" and tag != _PIXEL_DATA:
            kept, at = 0, 0
            while at + 8 <= len(value) and value[at : at + 4] == b"\xfe\xff\x00\xe0":
                kept, at = at, at + 8 + int.from_bytes(value[at + 4 : at + 8], "little")
            raw = _with(raw, value[:kept], implicit) if kept else raw
        yield tag, raw


def _question_marks(value: bytes) -> bytes:
    """Each byte of a letter that is not ASCII as a question mark, escape sequences left out."""
    out = bytearray()
    foreign, at = False, 0
    while at < len(value):
        if value[at] == 0x1B:
            foreign = value[at + 1 : at + 2] == b"$"
            at += 4 if value[at : at + 4] in (b"\x1b$(D", b"\x1b$)C", b"\x1b$)A") else 3
            continue
        plain = value[at] < 0x80 and not (foreign and value[at] not in b"=^\\ ")
        out.append(value[at] if plain else ord("?"))
        foreign = foreign and value[at] not in b"=^\\"
        at += 1
    return bytes(out) + b" " * (len(out) % 2)


def _swapped(value: bytes) -> bytes:
    swapped = bytearray(value)
    swapped[0 : len(value) // 2 * 2 : 2], swapped[1::2] = value[1::2], value[0 : len(value) // 2 * 2 : 2]
    return bytes(swapped)


def _one_bit(value: bytes) -> bytes:
    middle = len(value) // 2
    return value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]


def _lossy(elements: Elements, implicit: bool) -> Elements:
    coarser = _native(lambda value: bytes(byte & 0xFC if at % 2 == 0 else byte for at, byte in enumerate(value)))
    return coarser(_put(_LOSSY, b"CS", b"01")(elements, implicit), implicit)


_CHANGES: dict[str, Callable[[Elements, bool], Elements]] = {
    "readback-loses-element": _without(lambda tag: tag == _PROTOCOL),
    "readback-empties-element": _to(_SERIES_DESCRIPTION, lambda _: b""),
    "readback-loses-item": _last_item_gone,
    "readback-loses-private": _without(lambda tag: tag >> 16 & 1 == 1),
    "readback-loses-creator": _without(lambda tag: tag >> 16 & 1 == 1 and 0x10 <= tag & 0xFFFF <= 0xFF),
    "readback-coerces": _to(_PATIENT_ID, lambda _: b"SYN-SOMEBODY-ELSE "),
    "readback-changes-value": _to(_SERIES_DESCRIPTION, lambda _: b"ANOTHER SERIES"),
    "readback-cuts-value": _to(_STEP_DESCRIPTION, lambda value: value[:4]),
    "readback-damages-text": _to(_NAME, _question_marks),
    "readback-relabels": _put(_CHARACTER_SET, b"CS", b"ISO_IR 100"),
    "readback-swaps-numbers": _to(_MATRIX, _swapped),
    "readback-pads-wrongly": _to(_SOP_CLASS, lambda value: value.replace(b"\0", b" ")),
    "readback-adds-wrong": _put(_NEUTERED, b"CS", b"MAYBE "),
    "readback-changes-pixels": _native(_one_bit),
    "readback-swaps-pixels": _native(_swapped),
    "readback-cuts-pixels": _native(lambda value: value[:-_LOST]),
    "readback-lossy": _lossy,
    _OTHER_CLASS: _to(_SOP_CLASS, lambda _: SecondaryCaptureImageStorage.encode() + b"\0"),
    "readback-other-instance": _to(_SOP_INSTANCE, lambda _: b"2.25.271828182845904523536\0"[:26]),
}
