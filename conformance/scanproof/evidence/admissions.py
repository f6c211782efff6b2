"""Our requests for an association in the order of time: which were let in, and what we held open meanwhile."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanproof.evidence.association_requests import is_edited
from scanproof.evidence.scenario import Evidence
from scansim.network.transcript import AssociationRecord
from scansim.wire import pdu as p

#: PS3.8 Table 9-21: the result of a permanent rejection, and source and reason for AE titles that are not known.
_PERMANENT, _UNKNOWN_TITLES = 1, ((1, 3), (1, 7))
#: The clocks of two scenarios are compared by when they began, which older transcripts know to the second.
_UNSURE = 1.5


@dataclass(frozen=True)
class Admission:
    """One request of ours that was accepted or rejected.

    ``address`` is (host, port); ``held`` the number of other associations of ours that were open there when it was
    rejected, or may have been; ``rejection`` is None for one that was let in. ``before`` are the different ones to the
    same address with the same AE titles that had been let in when this one was rejected, ``times`` how often.
    """

    evidence: Evidence
    association: AssociationRecord
    request: p.AssociateRQ
    address: tuple[str, int]
    held: int
    rejection: p.AssociateRJ | None
    before: tuple[p.AssociateRQ, ...] = ()
    times: int = 0

    @property
    def contradicts(self) -> bool:
        """Whether it was rejected for good, against what was let in before.

        A rejection that blames the AE titles contradicts any of those, another one only what asked for the same.
        """
        if self.rejection is None or self.rejection.result != _PERMANENT or not self.before:
            return False
        blames_titles = (self.rejection.source, self.rejection.reason) in _UNKNOWN_TITLES
        return blames_titles or self.request in self.before

    @property
    def titles(self) -> tuple[str, str]:
        """Called and calling AE title."""
        return self.request.called_ae, self.request.calling_ae


@dataclass(frozen=True)
class _Span:
    """When an association was open, in s; of another scenario's clock no better than to the second."""

    evidence: Evidence
    association: AssociationRecord
    address: tuple[str, int]
    began: float
    answered: float
    ended: float


def _base(evidence: Evidence) -> float:
    """When a scenario began, in s: since the run began, or in older transcripts by the clock on the wall."""
    facts = evidence.transcript.scenario
    if isinstance(facts.get("began_ns"), int):
        return float(facts["began_ns"]) / 1e9
    try:
        return datetime.fromisoformat(str(facts.get("started", ""))).timestamp()
    except ValueError:
        return 0.0


def _span(evidence: Evidence, association: AssociationRecord) -> _Span | None:
    if not association.ours or association.request is None:
        return None
    passed = [event.ended for event in (*association.sent, *association.received)]
    passed += [event.time for event in association.events]
    answered = association.answer.ended if association.answer is not None else association.request.ended
    address = (str(association.facts.get("host", "")), int(association.facts.get("port", 0)))
    base, began, ended = _base(evidence), association.request.began, max(passed)
    return _Span(evidence, association, address, base + began / 1e9, base + answered / 1e9, base + ended / 1e9)


def admissions(scenarios: Sequence[Evidence]) -> Iterator[Admission]:
    """Yield every request of ours that was accepted or rejected, in the order of time.

    Those that a case described are none that a scanner sends, and say nothing of whom a target lets in.
    """
    found = [_span(evidence, association) for evidence in scenarios for association in evidence.associations]
    spans = sorted((span for span in found if span is not None), key=lambda span: span.began)
    opened = _Opened(spans)
    let_in: dict[tuple[object, ...], dict[p.AssociateRQ, int]] = {}
    for span in spans:
        if is_edited(span.association):
            continue
        answer = span.association.answer.pdu if span.association.answer is not None else None
        request = span.association.request.pdu if span.association.request is not None else None
        if not isinstance(request, p.AssociateRQ) or not isinstance(answer, p.AssociateAC | p.AssociateRJ):
            continue
        before = let_in.setdefault((span.address, request.called_ae, request.calling_ae), {})
        if isinstance(answer, p.AssociateAC):
            before[request] = before.get(request, 0) + 1
            yield Admission(span.evidence, span.association, request, span.address, 0, None)
        else:
            seen = (span.evidence, span.association, request, span.address, opened.at(span), answer)
            yield Admission(*seen, tuple(before), sum(before.values()))


class _Opened:
    """When associations that were let in began and ended, in order: at each address, and of each scenario there."""

    def __init__(self, spans: Sequence[_Span]) -> None:
        self._times: dict[tuple[object, ...], tuple[list[float], list[float]]] = {}
        for span in spans:
            if span.association.accepted is not None:
                for key in ((span.address,), (span.address, id(span.evidence))):
                    began, ended = self._times.setdefault(key, ([], []))
                    began.append(span.began)
                    ended.append(span.ended)
        for began, ended in self._times.values():
            began.sort()
            ended.sort()

    def at(self, span: _Span) -> int:
        """How many were open while one was being rejected, or may have been."""
        own = (span.address, id(span.evidence))
        others = self._open((span.address,), span, _UNSURE) - self._open(own, span, _UNSURE)
        return others + self._open(own, span, 0.0)

    def _open(self, key: tuple[object, ...], span: _Span, unsure: float) -> int:
        """All of them, but those that began after it was answered, and those that had ended before it began."""
        began, ended = self._times.get(key, ([], []))
        later = len(began) - bisect_left(began, span.answered + unsure)
        return len(began) - later - bisect_right(ended, span.began - unsure)
