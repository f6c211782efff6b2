"""What a response said, in the words of a finding."""

from __future__ import annotations

from scansim.transcript import Exchange
from scansim.wire.dataset import keyword


def told(response: Exchange) -> str:
    """The status of a response with what goes along with it: comment, Error ID, offending elements."""
    command = response.command
    if command.status is None:
        return "no Status"
    parts = [command.text("ErrorComment") or ""]
    if (error_id := command.number("ErrorID")) is not None:
        parts.append(f"Error ID {error_id:04X}H")
    for name, label in (("OffendingElement", "Offending Element"), ("AttributeIdentifierList", "attributes")):
        tags = command.values.get(name)
        if isinstance(tags, tuple) and tags:
            parts.append(f"{label} {', '.join(keyword(tag) for tag in tags)}")
    more = "; ".join(part for part in parts if part)
    return f"{command.status:04X}H" + (f" ({more})" if more else "")
