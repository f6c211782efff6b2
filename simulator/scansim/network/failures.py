"""Why a conversation could not go on.

Exceptions::

    AssociationError              the conversation could not go on; ``cause`` says whose doing it was
    ├── Unreachable               no TCP connection
    ├── NotDicom                  the peer answered with bytes that are no PDU
    ├── Unexpected                a PDU that has no place where it came
    ├── Silent                    no answer within the configured time
    ├── Endless                   more and more came, and never what was waited for
    ├── Rejected                  A-ASSOCIATE-RJ
    ├── Aborted                   A-ABORT
    ├── ConnectionLost            TCP closed or reset without A-RELEASE or A-ABORT
    └── NotAccepted               no Presentation Context for what was to be sent

None of them is a verdict: the recorded bytes and events are what gets judged.
"""

from __future__ import annotations

from typing import ClassVar

from scansim.vocabulary.outcome import Cause
from scansim.wire import pdu as p


class AssociationError(Exception):
    """The conversation could not go on."""

    cause: ClassVar[Cause] = Cause.TARGET


class Unreachable(AssociationError):
    """No TCP connection."""

    cause = Cause.UNREACHABLE


class NotDicom(AssociationError):
    """Bytes that are no PDU."""


class Unexpected(AssociationError):
    """A PDU that has no place where it came (PS3.8 9.2.3)."""


class Silent(AssociationError):
    """No answer in time."""


class Endless(AssociationError):
    """More and more came, and never what was waited for."""


#: Result of an A-ASSOCIATE-RJ that says: not now (PS3.8 Table 9-21).
REJECTED_TRANSIENT = 2


class Rejected(AssociationError):
    """A-ASSOCIATE-RJ."""

    cause = Cause.REJECTED

    def __init__(self, pdu: p.AssociateRJ) -> None:
        super().__init__(f"the association was rejected: {p.describe_rejection(pdu)}")
        self.pdu = pdu


class Aborted(AssociationError):
    """A-ABORT."""


class ConnectionLost(AssociationError):
    """TCP closed or reset."""


class NotAccepted(AssociationError):
    """No accepted Presentation Context."""

    cause = Cause.REFUSED
