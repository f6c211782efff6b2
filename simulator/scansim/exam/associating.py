"""An A-ASSOCIATE-RQ as a case describes it: what differs from the one that we send else, down to single bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from scansim import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scansim.inputs import Strict
from scansim.network.association import OUR_MAX_LENGTH
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.encoding import TRANSFER_SYNTAXES

#: Bytes of an AE title field (PS3.8 9.3.2).
_TITLE = 16


def _hex(text: str) -> str:
    bytes.fromhex(text)
    return text


def _type(text: str) -> str:
    if len(text) != 3 or not text.endswith("H"):
        raise ValueError(f"{text!r}: the type of an item is two hexadecimal digits and an H, such as 51H")
    int(text[:2], 16)
    return text


def _as_text(value: object) -> object:
    """Take a number for the text that it was written as, such as a UID of two components."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _ascii(text: str) -> str:
    text.encode("latin-1")
    return text


Hex = Annotated[str, BeforeValidator(_as_text), AfterValidator(_hex)]
ItemType = Annotated[str, AfterValidator(_type)]
Bytes = Annotated[str, BeforeValidator(_as_text), AfterValidator(_ascii)]
TitleText = Annotated[Bytes, Field(max_length=_TITLE)]
Number16 = Annotated[int, Field(ge=0, le=0xFFFF)]
Number8 = Annotated[int, Field(ge=0, le=0xFF)]


class Title(Strict):
    """An AE title field: another title, or that of the site in another form."""

    text: Bytes | None = Field(None, max_length=_TITLE, description="the title; left out: that of the site")
    case: Literal["as-is", "lower", "upper"] = Field("as-is", description="as-is, lower or upper")
    before: int = Field(0, ge=0, le=15, description="spaces before it, which are not significant")
    pad: Literal["spaces", "nul"] = Field("spaces", description="what fills the 16 bytes: spaces, or nul (00H)")

    def field(self, own: str) -> bytes | None:
        """The 16 bytes, for a site that has this title; None when it has no room, or another form of it is the same."""
        text = own if self.text is None else self.text
        changed = {"lower": text.lower(), "upper": text.upper()}.get(self.case, text)
        value = (" " * self.before + changed).encode("latin-1")
        edited = value.ljust(_TITLE, b"\0" if self.pad == "nul" else b" ")
        wanted = self.text is None and self != Title()
        unchanged = wanted and edited == own.encode("latin-1").ljust(_TITLE)
        return None if len(value) > _TITLE or unchanged else edited


class Item(Strict):
    """One item or sub-item as it is."""

    type: ItemType = Field(description="its type, such as 5AH")
    value: Hex = Field("", description="its value in hexadecimal digits")
    length: Number16 | None = Field(None, description="what its Item-length says; left out: how long the value is")

    @property
    def encoded(self) -> bytes:
        """Its bytes."""
        value = bytes.fromhex(self.value)
        return struct.pack(">BxH", self.kind, len(value) if self.length is None else self.length) + value

    @property
    def kind(self) -> int:
        """Its type as a number."""
        return int(self.type[:2], 16)


class Context(Strict):
    """One Presentation Context that is proposed."""

    id: Number8 = Field(1, description="Presentation-context-ID")
    abstract: Bytes | None = Field(VERIFICATION, description="Abstract Syntax; null leaves it out")
    transfer: tuple[Bytes, ...] = Field(TRANSFER_SYNTAXES, description="Transfer Syntaxes, none or more")

    @property
    def encoded(self) -> bytes:
        """The item."""
        abstract = b"" if self.abstract is None else p.encode_item(0x30, self.abstract.encode("latin-1"))
        transfer = b"".join(p.encode_item(0x40, uid.encode("latin-1")) for uid in self.transfer)
        return p.encode_item(0x20, bytes((self.id, 0, 0, 0)) + abstract + transfer)


class Role(Strict):
    """SCP/SCU Role Selection (54H)."""

    sop_class: Bytes = Field(VERIFICATION, description="SOP Class UID")
    scu: Number8 = Field(1, description="SCU-role, 0 or 1")
    scp: Number8 = Field(0, description="SCP-role, 0 or 1")

    @property
    def encoded(self) -> bytes:
        """The sub-item."""
        return p.encode_item(0x54, _counted(self.sop_class) + bytes((self.scu, self.scp)))


class Extended(Strict):
    """SOP Class Extended Negotiation (56H)."""

    sop_class: Bytes = Field(description="SOP Class UID")
    information: Hex = Field("", description="service-class-application-information in hexadecimal digits")

    @property
    def encoded(self) -> bytes:
        """The sub-item."""
        return p.encode_item(0x56, _counted(self.sop_class) + bytes.fromhex(self.information))


class CommonExtended(Strict):
    """SOP Class Common Extended Negotiation (57H)."""

    sop_class: Bytes = Field(description="SOP Class UID")
    service_class: Bytes = Field("1.2.840.10008.4.2", description="Service Class UID; left out: that of Storage")
    related: tuple[Bytes, ...] = Field((), description="Related General SOP Class UIDs")

    @property
    def encoded(self) -> bytes:
        """The sub-item."""
        related = b"".join(map(_counted, self.related))
        value = _counted(self.sop_class) + _counted(self.service_class) + struct.pack(">H", len(related)) + related
        return p.encode_item(0x57, value)


class UserIdentity(Strict):
    """User Identity (58H)."""

    type: Number8 = Field(
        1, description="1 username, 2 username and passcode, 3 Kerberos ticket, 4 SAML assertion, 5 JSON Web Token"
    )
    response: Number8 = Field(0, description="Positive-response-requested: 0 or 1")
    primary: Bytes = Field("scanproof", description="Primary-field: username, ticket, assertion or token")
    secondary: Bytes = Field("", description="Secondary-field: the passcode of type 2")

    @property
    def encoded(self) -> bytes:
        """The sub-item."""
        return p.encode_item(
            0x58, bytes((self.type, self.response)) + _counted(self.primary) + _counted(self.secondary)
        )


class User(Strict):
    """The User Information item: what is left out of this description stands in it as it does else."""

    max_length: int | None = Field(
        OUR_MAX_LENGTH, ge=0, le=0xFFFFFFFF, description="Maximum Length (51H), 0 for no limit; null leaves it out"
    )
    implementation_class: Bytes | None = Field(
        IMPLEMENTATION_CLASS_UID, description="Implementation Class UID (52H); null leaves it out"
    )
    version_name: Bytes | None = Field(
        IMPLEMENTATION_VERSION_NAME, description="Implementation Version Name (55H); null leaves it out"
    )
    async_window: tuple[Number16, Number16] | None = Field(
        None, description="operations invoked and performed (53H), 0 for any number; such as [1, 1]"
    )
    roles: tuple[Role, ...] = Field((), description="SCP/SCU Role Selection (54H), each with sop_class, scu and scp")
    extended: tuple[Extended, ...] = Field(
        (), description="SOP Class Extended Negotiation (56H), each with sop_class and information"
    )
    common_extended: tuple[CommonExtended, ...] = Field(
        (), description="SOP Class Common Extended Negotiation (57H), each with sop_class, service_class and related"
    )
    identity: UserIdentity | None = Field(
        None, description="User Identity (58H), with type, response, primary and secondary"
    )
    add: tuple[Item, ...] = Field((), description="sub-items behind those, each with type, value and length")
    order: tuple[ItemType, ...] = Field((), description="types of sub-items that come first, in this order")

    @property
    def encoded(self) -> bytes:
        """The item."""
        parts: list[tuple[int, bytes]] = []
        if self.max_length is not None:
            parts.append((0x51, p.encode_item(0x51, struct.pack(">I", self.max_length))))
        if self.implementation_class is not None:
            parts.append((0x52, p.encode_item(0x52, self.implementation_class.encode("latin-1"))))
        if self.async_window is not None:
            parts.append((0x53, p.encode_item(0x53, struct.pack(">HH", *self.async_window))))
        parts += ((0x54, each.encoded) for each in self.roles)
        if self.version_name is not None:
            parts.append((0x55, p.encode_item(0x55, self.version_name.encode("latin-1"))))
        parts += ((0x56, each.encoded) for each in self.extended)
        parts += ((0x57, each.encoded) for each in self.common_extended)
        if self.identity is not None:
            parts.append((0x58, self.identity.encoded))
        parts += ((each.kind, each.encoded) for each in self.add)
        return p.encode_item(0x50, b"".join(_ordered(parts, self.order)))


def _counted(text: str) -> bytes:
    value = text.encode("latin-1")
    return struct.pack(">H", len(value)) + value


def _ordered(parts: Sequence[tuple[int, bytes]], first: Sequence[str]) -> list[bytes]:
    """Items of the types that come first, in that order, and the others as they stand."""
    wanted = [int(kind[:2], 16) for kind in first]
    return [value for _, value in sorted(parts, key=lambda part: [*wanted, part[0]].index(part[0]))]


class RequestEdits(Strict):
    """What differs in an A-ASSOCIATE-RQ from the one that we send else; the fields of the step `associate`."""

    called: TitleText | Title | None = Field(
        None,
        description="Called-AE-title: another one, or a mapping with text, case (lower, upper), before (spaces) and "
        "pad (nul); left out: that of the site",
    )
    calling: TitleText | Title | None = Field(None, description="Calling-AE-title, in the same forms")
    protocol_version: Number16 = Field(1, description="Protocol-version, of which bit 0 is version 1")
    reserved: Hex = Field("", max_length=64, description="bytes 43 to 74 in hexadecimal digits, filled up with zeros")
    application_context: Bytes | None = Field(
        p.APPLICATION_CONTEXT, description="Application Context Name; null leaves the item out"
    )
    contexts: tuple[Context, ...] = Field(
        (Context(),), description="Presentation Contexts, each with id, abstract and transfer; left out: Verification"
    )
    repeat: int = Field(
        1, ge=1, le=1000, description="how often the contexts are proposed, each time under the following odd ids"
    )
    user: User | None = Field(
        User(),
        description="User Information: max_length, implementation_class, version_name, async_window, roles, extended, "
        "common_extended, identity, add, order; null leaves the item out",
    )
    add: tuple[Item, ...] = Field((), description="items behind all others, each with type, value and length")
    order: tuple[ItemType, ...] = Field((), description="types of items that come first, in this order")
    raw: Hex = Field("", description="the items themselves in hexadecimal digits, in place of all of those")

    @property
    def is_edited(self) -> bool:
        """Whether anything differs."""
        return any(getattr(self, name) != field.default for name, field in RequestEdits.model_fields.items())

    def body(self, called_ae: str, calling_ae: str) -> bytes | None:
        """The PDU without its header; None where the titles of the site leave no room for what is wanted of them."""
        titles = [_title(self.called, called_ae), _title(self.calling, calling_ae)]
        if any(title is None for title in titles):
            return None
        reserved = bytes.fromhex(self.reserved).ljust(32, b"\0")
        head = struct.pack(">H2x16s16s32s", self.protocol_version, *titles, reserved)
        return head + (bytes.fromhex(self.raw) or b"".join(_ordered(self._items(), self.order)))

    def _items(self) -> list[tuple[int, bytes]]:
        parts = []
        if self.application_context is not None:
            parts.append((0x10, p.encode_item(0x10, self.application_context.encode("latin-1"))))
        for number in range(self.repeat):
            for context in self.contexts:
                number_of_it = (context.id + 2 * number * len(self.contexts)) % 256
                parts.append((0x20, context.model_copy(update={"id": number_of_it}).encoded))
        if self.user is not None:
            parts.append((0x50, self.user.encoded))
        return [*parts, *((each.kind, each.encoded) for each in self.add)]


def _title(wanted: str | Title | None, own: str) -> bytes | None:
    if wanted is None:
        return own.encode("latin-1").ljust(_TITLE)
    return (wanted if isinstance(wanted, Title) else Title(text=wanted)).field(own)
