"""How a step went, and why it did not go on: what transcripts hold and judges read."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How a step went."""

    DONE = "done"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    REFUSED = "refused"  #: the target takes associations, and not this SOP Class
    NOT_OFFERED = "not-offered"  #: the site does not name the service


class Cause(StrEnum):
    """Why a step did not go on."""

    NONE = ""
    TARGET = "target"  #: what the target answered, or did not answer
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"  #: A-ASSOCIATE-RJ
    REFUSED = "refused"  #: no Presentation Context for the SOP Class
    NOT_OFFERED = "not-offered"  #: by the site: out of scope
    BLOCKED = "blocked"  #: by an earlier step
    SETUP = "setup"  #: what the user has to arrange
    INTERRUPTED = "interrupted"
    HARNESS = "harness"  #: our own failure

    @property
    def outcome(self) -> Outcome:
        """How a step went that did not go on for this cause."""
        own = {Cause.NOT_OFFERED: Outcome.NOT_OFFERED, Cause.BLOCKED: Outcome.BLOCKED, Cause.REFUSED: Outcome.REFUSED}
        return own.get(self, Outcome.STOPPED)


class Promiser(StrEnum):
    """Who said that a service is there."""

    SITE = "site"  #: the site file names it
    OPTION = "option"  #: --services of the command line
    SCENARIO = "scenario"  #: a scenario that the user named proves it


#: Verb of the step, and purpose of the association, by which a performed procedure step that was left open is ended.
END_OPEN_STEP = "end-open-step"

#: Purpose of an association that stands in an exam's transcript because it brought the exam's commitment report, and is
#: another exam's.
BROUGHT_ELSEWHERE = "brought-elsewhere"


class Initiator(StrEnum):
    """Who opened an association."""

    HARNESS = "harness"
    TARGET = "target"

    @property
    def other(self) -> Initiator:
        """Who was at the other end."""
        return Initiator.HARNESS if self is Initiator.TARGET else Initiator.TARGET


class Happening(StrEnum):
    """What happened to a connection beside the bytes."""

    OPEN = "open"
    CONNECT_FAILED = "connect-failed"
    CLOSED_BY_PEER = "closed-by-peer"
    CONNECTION_LOST = "connection-lost"
    TIMEOUT = "timeout"  #: waited for an answer in vain
    SEND_TIMEOUT = "send-timeout"  #: the peer took no more bytes
    OVERRUN = "overrun"  #: more came than we take, or longer than we wait, and never what was waited for
    TURNED_AWAY = "turned-away"  #: we ended a call to our listener, because others waited for the place
    NOT_KEPT = "not-kept"  #: bytes came that the record does not hold, because it is long enough
    INTENT = "intent"  #: the request that follows was meant to deviate
    DISTURBANCE = "disturbance"  #: what follows is no exchange: which way of `disturbances`, and how it was done
    CLOSED_BY_US = "closed-by-us"  #: how we ended the connection: closed, half of it, or reset
    PURPOSE = "purpose"  #: what the request that follows is for: its name, and that of what it is compared with
