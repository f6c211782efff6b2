"""What several checks say alike."""

from __future__ import annotations

from scanproof.check import Observation, fail, warn
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import shown
from scansim.wire.dataset import keyword


def told(response: Exchange) -> str:
    """The status of a response with what goes along with it: comment, Error ID, offending elements."""
    command = response.command
    if command.status is None:
        return "no Status"
    parts = [command.text("ErrorComment") or ""]
    if (error_id := command.number("ErrorID")) is not None:
        parts.append(f"Error ID {shown(error_id)}")
    for name, label in (("OffendingElement", "Offending Element"), ("AttributeIdentifierList", "attributes")):
        tags = command.values.get(name)
        if isinstance(tags, tuple) and tags:
            parts.append(f"{label} {', '.join(keyword(tag) for tag in tags)}")
    more = "; ".join(part for part in parts if part)
    return shown(command.status) + (f" ({more})" if more else "")


def deviation(surely: bool, what: str, exchange: Exchange, tag: str) -> Observation:
    """FAIL for what surely breaks a rule, WARN where the standard leaves room."""
    return fail(what, exchange, tag=tag) if surely else warn(what, exchange, tag=tag)
