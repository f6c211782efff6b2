"""How claims about Storage Commitment are observed: by its reports, and by a listener of ours that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.observing import observing
from scanproof.statements import Claim
from scanproof.statements.codes import fits

_COMMITMENT = "commitment-battery/"
_STORED = f"{_COMMITMENT}all-stored[stays]"
_NEVER = f"{_COMMITMENT}never-sent[stays]"
_RETRIED = tuple(
    f"{_COMMITMENT}{case}"
    for case in ("listener-released[down-then-up]", "listener-released[rejecting]", "listener[silent]")
)
_REASONS = {"0112": "never-sent[stays]", "0119": "wrong-class", "0131": "transaction-again"}
_CODES = {
    0x0000: ("all-stored[stays]", "never-sent[stays]"),
    0x0110: ("unknown-requester",),
    0x0112: ("wrong-instance",),
    0x0114: ("wrong-instance",),
    0x0117: ("wrong-instance",),
    0x0118: ("wrong-requested-class",),
    0x0119: ("wrong-requested-class",),
    0x0120: ("lacks[TransactionUID]", "lacks[ReferencedSOPSequence]"),
    0x0121: ("empty[TransactionUID]", "empty[ReferencedSOPSequence]"),
    0x0123: ("wrong-action-type[2]",),
    0x0124: ("unknown-requester",),
}


def _failure(claim: Claim) -> Iterator[str]:
    case = _REASONS.get(str(claim.data["code"]))
    if case is not None:
        yield f"{_COMMITMENT}{case}"


def _status(claim: Claim) -> Iterator[str]:
    if claim.data["operation"] != "N-ACTION":
        return
    for code, cases in _CODES.items():
        if fits(str(claim.data["code"]), code):
            yield from (f"{_COMMITMENT}{case}" for case in cases)


observing("delivery", built_in=lambda claim: (_STORED, _NEVER))
observing("typical", built_in=lambda claim: (_STORED, _NEVER))
observing("maximum", built_in=lambda claim: (_STORED, _NEVER))
observing("commitment-known-requesters", built_in=lambda claim: (f"{_COMMITMENT}unknown-requester",))
observing("commitment-retries", built_in=lambda claim: _RETRIED)
observing("commitment-retry-interval", built_in=lambda claim: _RETRIED)
observing(
    "commitment-failure", built_in=_failure, reason="nothing here brings it about: it is observed where it is seen"
)
observing("commitment-retrieve-ae", built_in=lambda claim: (_STORED,))
observing("commitment-retention", reason="nothing on the wire shows how long it keeps them")
observing(
    "commitment-status",
    built_in=_status,
    reason="what an SCP does about our answers to its reports is not seen on the wire, or nothing here brings it about",
)
