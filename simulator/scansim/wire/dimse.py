"""DIMSE command sets (PS3.7 6.3, 9.3, 10.3, Annex E) and their fragments."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scansim.wire.pdu import Problem
from scansim.wire.problems import Problems

Buffer = bytes | bytearray | memoryview
Value = int | str | tuple[int, ...]

NO_DATASET = 0x0101

#: Elements of a command set that are kept though PS3.7 does not know them, and bytes of each.
_MOST_UNKNOWN, _LONGEST_UNKNOWN = 100, 256
#: Bytes of a text, and values of a list of tags, that are read.
_LONGEST_TEXT, _MOST_TAGS = 4096, 1024

# PS3.7 Table E.1-1: tag -> (keyword, VR); the retired elements of E.2 are of no use here.
ELEMENTS: dict[int, tuple[str, str]] = {
    0x00000000: ("CommandGroupLength", "UL"),
    0x00000002: ("AffectedSOPClassUID", "UI"),
    0x00000003: ("RequestedSOPClassUID", "UI"),
    0x00000100: ("CommandField", "US"),
    0x00000110: ("MessageID", "US"),
    0x00000120: ("MessageIDBeingRespondedTo", "US"),
    0x00000600: ("MoveDestination", "AE"),
    0x00000700: ("Priority", "US"),
    0x00000800: ("CommandDataSetType", "US"),
    0x00000900: ("Status", "US"),
    0x00000901: ("OffendingElement", "AT"),
    0x00000902: ("ErrorComment", "LO"),
    0x00000903: ("ErrorID", "US"),
    0x00001000: ("AffectedSOPInstanceUID", "UI"),
    0x00001001: ("RequestedSOPInstanceUID", "UI"),
    0x00001002: ("EventTypeID", "US"),
    0x00001005: ("AttributeIdentifierList", "AT"),
    0x00001008: ("ActionTypeID", "US"),
    0x00001020: ("NumberOfRemainingSuboperations", "US"),
    0x00001021: ("NumberOfCompletedSuboperations", "US"),
    0x00001022: ("NumberOfFailedSuboperations", "US"),
    0x00001023: ("NumberOfWarningSuboperations", "US"),
    0x00001030: ("MoveOriginatorApplicationEntityTitle", "AE"),
    0x00001031: ("MoveOriginatorMessageID", "US"),
}
TAGS = {keyword: tag for tag, (keyword, _) in ELEMENTS.items()}

COMMAND_FIELDS = {
    0x0001: "C-STORE-RQ",
    0x8001: "C-STORE-RSP",
    0x0010: "C-GET-RQ",
    0x8010: "C-GET-RSP",
    0x0020: "C-FIND-RQ",
    0x8020: "C-FIND-RSP",
    0x0021: "C-MOVE-RQ",
    0x8021: "C-MOVE-RSP",
    0x0030: "C-ECHO-RQ",
    0x8030: "C-ECHO-RSP",
    0x0FFF: "C-CANCEL-RQ",
    0x0100: "N-EVENT-REPORT-RQ",
    0x8100: "N-EVENT-REPORT-RSP",
    0x0110: "N-GET-RQ",
    0x8110: "N-GET-RSP",
    0x0120: "N-SET-RQ",
    0x8120: "N-SET-RSP",
    0x0130: "N-ACTION-RQ",
    0x8130: "N-ACTION-RSP",
    0x0140: "N-CREATE-RQ",
    0x8140: "N-CREATE-RSP",
    0x0150: "N-DELETE-RQ",
    0x8150: "N-DELETE-RSP",
}
FIELD_OF = {name: code for code, name in COMMAND_FIELDS.items()}


@dataclass(frozen=True, slots=True)
class Command:
    """One decoded command set: keyword to value, unknown elements as ``(gggg,eeee)``."""

    values: Mapping[str, Value]
    problems: tuple[Problem, ...] = ()

    def number(self, keyword: str) -> int | None:
        """Value of a US, UL element, or None when it is absent or has no number."""
        value = self.values.get(keyword)
        return value if isinstance(value, int) else None

    def text(self, keyword: str) -> str | None:
        """Value of a UI, AE or LO element without padding, or None when it is absent."""
        value = self.values.get(keyword)
        return value if isinstance(value, str) else None

    @property
    def name(self) -> str:
        """The message's name, such as ``C-STORE-RSP``, or ``command XXXXH``."""
        code = self.number("CommandField")
        if code is None:
            return "command without Command Field"
        return COMMAND_FIELDS.get(code, f"command {code:04X}H")

    @property
    def is_response(self) -> bool:
        """Whether bit 15 of Command Field is set (PS3.7 Annex E)."""
        return bool((self.number("CommandField") or 0) & 0x8000)

    @property
    def has_dataset(self) -> bool:
        """Whether Command Data Set Type announces a data set (anything but 0101H; PS3.7 E.1)."""
        return self.number("CommandDataSetType") not in (NO_DATASET, None)

    @property
    def status(self) -> int | None:
        """Status (0000,0900)."""
        return self.number("Status")

    @property
    def sop_class_uid(self) -> str | None:
        """Affected, else Requested SOP Class UID."""
        return self.text("AffectedSOPClassUID") or self.text("RequestedSOPClassUID")

    @property
    def sop_instance_uid(self) -> str | None:
        """Affected, else Requested SOP Instance UID."""
        return self.text("AffectedSOPInstanceUID") or self.text("RequestedSOPInstanceUID")


def _encode_value(vr: str, value: Value) -> bytes:
    if vr == "US":
        return struct.pack("<H", value)
    if vr == "AT":
        tags = value if isinstance(value, tuple) else (value,)
        return b"".join(struct.pack("<HH", int(tag) >> 16, int(tag) & 0xFFFF) for tag in tags)
    data = str(value).encode("utf-8")
    return data + (b"\0" if vr == "UI" else b" ") * (len(data) % 2)


def encode_command(values: Mapping[str, Value]) -> bytes:
    """Encode a command set, Implicit VR Little Endian, ascending, with its group length (PS3.7 6.3.1).

    Raises
    ------
    KeyError
        For a keyword that PS3.7 Annex E does not know.
    """
    elements = []
    for tag in sorted(TAGS[keyword] for keyword in values if keyword != "CommandGroupLength"):
        keyword, vr = ELEMENTS[tag]
        data = _encode_value(vr, values[keyword])
        elements.append(struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(data)) + data)
    body = b"".join(elements)
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def _decode_value(vr: str, raw: bytes) -> Value | None:
    if vr == "US":
        return int(struct.unpack("<H", raw)[0]) if len(raw) == 2 else None
    if vr == "UL":
        return int(struct.unpack("<I", raw)[0]) if len(raw) == 4 else None
    if vr == "AT":
        if len(raw) % 4:
            return None
        return tuple(group << 16 | element for group, element in struct.iter_unpack("<HH", raw[: 4 * _MOST_TAGS]))
    text = raw[:_LONGEST_TEXT].decode("utf-8" if vr == "LO" else "latin-1", "replace").rstrip("\0").strip(" ")
    return sys.intern(text) if vr == "UI" else text  # the same few, and in a request and its response


def decode_command(data: bytes) -> Command:
    """Decode a command set; what is malformed is listed in ``problems`` with its offset."""
    values: dict[str, Value] = {}
    problems = Problems()
    unknown = 0
    offset, previous = 0, -1
    while offset < len(data):
        if offset + 8 > len(data):
            problems.append(Problem("element-truncated", offset, f"{len(data) - offset} bytes are no element header"))
            break
        group, element, length = struct.unpack_from("<HHI", data, offset)
        tag = group << 16 | element
        if group != 0:
            problems.append(Problem("not-group-0000", offset, f"({group:04X},{element:04X}) in a command set"))
        if tag <= previous:
            problems.append(Problem("order", offset, f"({group:04X},{element:04X}) is not in ascending order"))
        previous = tag
        raw = data[offset + 8 : offset + 8 + length]
        if len(raw) < length:
            problems.append(
                Problem("element-length", offset, f"({group:04X},{element:04X}) states {length} bytes, {len(raw)} left")
            )
        if length % 2:
            problems.append(Problem("odd-length", offset, f"({group:04X},{element:04X}) has odd length {length}"))
        keyword, vr = ELEMENTS.get(tag, (f"({group:04X},{element:04X})", "UN"))
        unknown += vr == "UN"
        value = raw[:_LONGEST_UNKNOWN].hex() if vr == "UN" else _decode_value(vr, raw)
        if vr == "UN" and unknown > _MOST_UNKNOWN:
            pass
        elif value is None:
            problems.append(Problem("value-length", offset, f"{keyword} has {length} bytes, which no {vr} has"))
        else:
            values[keyword] = value
        offset += 8 + length
    stated = values.get("CommandGroupLength")
    if stated is None:
        problems.append(Problem("group-length", 0, "Command Group Length (0000,0000) is absent"))
    elif stated != len(data) - 12:
        problems.append(
            Problem("group-length", 0, f"Command Group Length is {stated}, {len(data) - 12} bytes follow it")
        )
    return Command(values, problems.told())


def fragments(
    context_id: int, is_command: bool, parts: Iterable[Buffer], max_length: int, length: int | None = None
) -> Iterator[tuple[bytes, list[Buffer]]]:
    """Cut one command set or data set into P-DATA-TF PDUs of one PDV each.

    Parameters
    ----------
    context_id : int
        Presentation Context ID.
    is_command : bool
        Whether `parts` are a command set.
    parts : iterable of buffers
        The encoded bytes, in order; they are not copied.
    max_length : int
        The receiver's Maximum Length in bytes of the PDU's variable field, 0 for no limit (PS3.8 D.1).
    length : int, optional
        How many bytes `parts` are in all, where they are not to be held at once: each is taken when it is due.

    Yields
    ------
    header, buffers
        The 12 bytes of PDU and PDV header, and the views of the fragment that follows. Fragments are even (PS3.8 E.1).
    """
    room = (max_length - 6 if max_length else 1 << 20) & ~1
    if room < 2:
        raise ValueError(f"a maximum length of {max_length} leaves no room for a fragment")
    if length is None:
        parts = [*parts]
        length = sum(len(part) for part in parts)
    coming = (memoryview(part) for part in parts if len(part))
    view, left = memoryview(b""), length
    while True:
        take = min(room, left)
        left -= take
        header = struct.pack(">BxIIBB", 0x04, take + 6, take + 2, context_id, int(is_command) | (2 if not left else 0))
        chosen: list[Buffer] = []
        while take:
            if not view:
                following = next(coming, None)
                if following is None:
                    raise ValueError(f"{left + take} of {length} bytes are missing")
                view = following
            chosen.append(view[:take])
            take -= len(chosen[-1])
            view = view[len(chosen[-1]) :]
        yield header, chosen
        if not left:
            return
