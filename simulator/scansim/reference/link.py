"""What is known about one association whose answers are rewritten."""

from __future__ import annotations

from dataclasses import dataclass, field

from scansim.wire import pdu as p


@dataclass
class Link:
    """One association that is being rewritten.

    ``closing`` is set when the connection is to end after what was sent; ``held`` are PDVs that wait for company,
    ``pending`` is the last Pending response as it was sent. ``repeated`` is what is sent again and again from now on,
    whatever the peer says, with a pause in s. ``spent`` holds the defects that show once in a run, and have shown.
    """

    request: p.AssociateRQ | None = None
    accepted: tuple[int, ...] = ()
    closing: bool = False
    held: list[p.PDV] = field(default_factory=list)
    pending: bytes = b""
    repeated: tuple[bytes, float] | None = None
    spent: set[str] = field(default_factory=set)

    @property
    def max_length(self) -> int:
        """Maximum Length that the peer announced, in bytes; 0 for none."""
        return (self.request.user.max_length or 0) if self.request is not None else 0

    def context(self, abstract_syntax: str) -> int | None:
        """Id of the accepted Presentation Context of a SOP Class."""
        proposed = self.request.contexts if self.request is not None else ()
        ids = (each.context_id for each in proposed if each.abstract_syntax == abstract_syntax)
        return next((each for each in ids if each in self.accepted), None)
