"""Associations and connections that we disturbed: what we did by the bytes, what the target did, and what came next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from scanproof.evidence.associations import place_of
from scansim.network.transcript import AssociationRecord, Event
from scansim.vocabulary.disturbances import DISTURBED, FOLLOWS, PDUS, Way
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.stream import PduEvent

#: Of a time that we meant to wait, so much is enough.
_NEARLY = 0.9


@dataclass(frozen=True)
class Follower:
    """An association that we asked for right behind a disturbance.

    ``asked`` is when, ``served`` when C-ECHO was answered on it, or when it was taken without C-ECHO, in ns; None when
    it was not served, and ``why`` says what became of it.
    """

    association: AssociationRecord
    asked: int
    served: int | None
    why: str

    @property
    def rejection(self) -> p.AssociateRJ | None:
        """The A-ASSOCIATE-RJ that it met."""
        answer = self.association.answer
        return answer.pdu if answer is not None and isinstance(answer.pdu, p.AssociateRJ) else None

    @property
    def silent(self) -> bool:
        """Whether nothing came any more, and the connection stayed."""
        return self.association.event(Happening.TIMEOUT) is not None

    @property
    def ended(self) -> int:
        """When it was given up, in ns."""
        passed = [event.ended for event in (*self.association.sent, *self.association.received)]
        return max((*passed, *(event.time for event in self.association.events)), default=self.asked)

    @property
    def unreachable(self) -> str:
        """Why there was no connection; empty when there was one."""
        failed = self.association.event(Happening.CONNECT_FAILED)
        return str(failed.facts.get("reason") or "no reason") if failed is not None else ""


@dataclass(frozen=True)
class Disturbed:
    """One disturbance.

    ``way`` is None for one of a newer release. ``before`` is an association that the same address had taken earlier,
    and ``followers`` are those that we asked for behind it.
    """

    association: AssociationRecord
    began: Event
    before: AssociationRecord | None
    followers: tuple[Follower, ...]

    @property
    def way(self) -> Way | None:
        """What was done, by the record."""
        name = self.began.facts.get("way")
        return Way(name) if name in set(Way) else None

    @property
    def told(self) -> str:
        """Its name, with what it was done with."""
        return " ".join(filter(None, (str(self.began.facts.get("way")), self.detail)))

    @property
    def detail(self) -> str:
        """What it was done with: the PDU that came unexpected, or where it came; empty for neither."""
        inside = {"command": "in a command set", "data": "in a data set", "nothing": "while nothing is under way"}
        return self.pdu or inside.get(self.inside, "")

    @property
    def pdu(self) -> str:
        """The PDU that came unexpected, by its name; empty for none."""
        return str(self.began.facts.get("pdu") or "")

    @property
    def inside(self) -> str:
        """Where it came: in a command set, in a data set, or in nothing."""
        return str(self.began.facts.get("inside") or "")

    # --- what the target did ------------------------------------------------------------------------------------------

    @cached_property
    def came(self) -> tuple[PduEvent, ...]:
        """What came behind it, in order."""
        return tuple(event for event in self.association.received if event.ended >= self.began.time)

    @property
    def abort(self) -> p.Abort | None:
        """The first A-ABORT that came."""
        return next((event.pdu for event in self.came if isinstance(event.pdu, p.Abort)), None)

    @property
    def released(self) -> int:
        """How many A-RELEASE-RPs came."""
        return sum(isinstance(event.pdu, p.ReleaseRP) for event in self.came)

    @property
    def behind_release(self) -> tuple[PduEvent, ...]:
        """What came behind the first A-RELEASE-RP."""
        at = next((at for at, event in enumerate(self.came, 1) if isinstance(event.pdu, p.ReleaseRP)), len(self.came))
        return self.came[at:]

    @property
    def answers(self) -> int:
        """How many responses came."""
        came = (each for each in self.association.exchanges if not each.sent and each.command.is_response)
        return sum(each.message.ended >= self.began.time for each in came)

    @property
    def others(self) -> tuple[PduEvent, ...]:
        """What came that is neither A-ABORT, nor A-RELEASE-RP, nor data."""
        return tuple(each for each in self.came if not isinstance(each.pdu, p.Abort | p.ReleaseRP | p.PData))

    @property
    def data_came(self) -> bool:
        """Whether a P-DATA-TF came."""
        return any(isinstance(event.pdu, p.PData) for event in self.came)

    @property
    def closed(self) -> bool:
        """Whether the target closed the connection."""
        return self.association.closed_by_peer is not None

    @property
    def broken(self) -> bool:
        """Whether the connection broke, and nobody can say who did it."""
        return self.association.lost is not None and not self.closed

    @property
    def silent(self) -> float | None:
        """How long we waited in vain at last, in s; None when something came, or the connection ended."""
        waits = [event for event in self.association.events if event.name == Happening.TIMEOUT]
        spoke = max((event.began for event in self.association.sent), default=0)
        waited = next((event for event in waits if event.time > spoke), None)
        seconds = waited.facts.get("seconds") if waited is not None else None
        return float(seconds) if isinstance(seconds, int | float) else None

    @property
    def asked_again(self) -> bool:
        """Whether we sent a request behind it."""
        return bool(self._commands)

    @property
    def idle_ended(self) -> bool:
        """Whether the target ended an association that was idle, before we asked for something again."""
        return not self._commands and bool(self.came or self.closed)

    # --- what we did, by the bytes ------------------------------------------------------------------------------------

    @property
    def shown(self) -> bool:
        """Whether the disturbance that was meant stands in the record."""
        way = self.way
        if way is None:
            return False
        sent, bare = self.association.sent, self.association.accepted is None
        match way:
            case Way.CLOSE_AT_ONCE:
                return not sent and not self.association.begun and self._ended_by_us == "close"
            case Way.IDLE_BEFORE_REQUEST:
                return not sent and not self.association.begun
            case Way.HALF_REQUEST:
                return not sent and self.association.begun[:1] == bytes((p.ASSOCIATE_RQ,))
            case Way.UNEXPECTED_BEFORE:
                return bare and bool(sent) and sent[0].pdu_type == PDUS.get(self.pdu)
        if bare:
            return False
        if way is Way.SLOTS:
            return True
        if way in (Way.ABORT, Way.CLOSE, Way.RESET, Way.HALF_CLOSE):
            return self._midway and self._ended(way)
        return self._within(way)

    @property
    def _ended_by_us(self) -> str:
        ended = self.association.event(Happening.CLOSED_BY_US)
        return str(ended.facts.get("how")) if ended is not None else ""

    def _ended(self, way: Way) -> bool:
        if way is Way.ABORT:
            return bool(self.association.went(p.Abort))
        return self._ended_by_us == {Way.CLOSE: "close", Way.RESET: "reset", Way.HALF_CLOSE: "half"}[way]

    @property
    def _commands(self) -> list[p.PDV]:
        return [pdv for pdv in self._fragments if pdv.is_command]

    @property
    def _fragments(self) -> list[p.PDV]:
        return [
            pdv for event in self.association.went(p.PData) if isinstance(event.pdu, p.PData) for pdv in event.pdu.pdvs
        ]

    @property
    def _midway(self) -> bool:
        """Whether a command set, or a data set, has begun and not ended; or nothing has."""
        if self.inside == "nothing":
            return not self._fragments
        of_command = self.inside == "command"
        its = [pdv for pdv in self._fragments if pdv.is_command is of_command]
        return bool(its) and not any(pdv.is_last for pdv in its)

    def _within(self, way: Way) -> bool:
        association, pdus = self.association, self.association.went(p.PData)
        alone = [event.pdu.pdvs for event in pdus if isinstance(event.pdu, p.PData)]
        match way:
            case Way.UNEXPECTED:
                kinds = [event.pdu_type for event in association.sent[1:]]
                return PDUS.get(self.pdu) in kinds
            case Way.RELEASE_UNASKED:
                return bool(association.went(p.ReleaseRP)) and not association.came(p.ReleaseRQ)
            case Way.RELEASE_TWICE:
                return len(association.went(p.ReleaseRQ)) > 1
            case Way.RELEASE_OUTSTANDING:
                return self._release_crosses
            case Way.IDLE_ESTABLISHED:
                return self.idle_ended or self._was_idle
            case Way.COMMAND_AND_DATA:
                return any({pdv.is_command for pdv in pdvs} == {True, False} for pdvs in alone)
            case Way.TWO_FRAGMENTS:
                return any(_count(pdvs) > 1 and _ends(pdvs) == 1 for pdvs in alone)
            case Way.TWO_MESSAGES:
                return any(_ends(pdvs) > 1 for pdvs in alone)
            case Way.SMALL_FRAGMENTS:
                return bool(self._commands) and all(pdv.length <= 2 for pdv in self._commands)
            case Way.ODD_FRAGMENTS:
                return any(pdv.length % 2 for pdv in self._fragments)
            case Way.EMPTY_FRAGMENT:
                return any(not pdv.length for pdv in self._fragments)
            case Way.CONTEXT_NOT_ACCEPTED:
                taken = {each.context_id for each in self._accepted.contexts if each.result == 0}
                return any(pdv.context_id not in taken for pdv in self._fragments)
            case Way.BEYOND_MAXIMUM:
                most = self._accepted.user.max_length or 0
                return bool(most) and any(event.length - 6 > most for event in pdus)
            case Way.SHORTER_THAN_STATED:
                return association.begun[:1] == bytes((p.P_DATA_TF,))
        return any(problem.grade is p.Grade.FAULT for event in pdus for problem in event.problems)

    @property
    def _accepted(self) -> p.AssociateAC:
        accepted = self.association.accepted
        assert accepted is not None  # asked of associations alone
        return accepted

    @property
    def _release_crosses(self) -> bool:
        """Whether A-RELEASE-RQ went out before the request in front of it was answered."""
        asked = next(iter(self.association.went(p.ReleaseRQ)), None)
        responses = [each for each in self.association.exchanges if not each.sent]
        requests = [each for each in self.association.exchanges if each.sent]
        crossed = asked is not None and all(each.message.ended >= asked.began for each in responses)
        return bool(requests) and crossed

    @property
    def _was_idle(self) -> bool:
        wait = self.began.facts.get("wait")
        first = next((event.began for event in self.association.went(p.PData)), None)
        if first is None or not isinstance(wait, int | float):
            return False
        return first - self.began.time >= _NEARLY * wait * 1e9


def _count(pdvs: Sequence[p.PDV]) -> int:
    return sum(pdv.times for pdv in pdvs)


def _ends(pdvs: Sequence[p.PDV]) -> int:
    return sum(pdv.times for pdv in pdvs if pdv.is_last)


def disturbances(associations: Sequence[AssociationRecord]) -> Iterator[Disturbed]:
    """Yield each disturbance that was begun; `associations` are all of a scenario, in their order."""
    for at, association in enumerate(associations):
        began = association.event(Happening.DISTURBANCE)
        if began is None or not association.ours:
            continue
        place = place_of(association)
        earlier = [each for each in associations[:at] if each.accepted is not None and place_of(each) == place]
        followers = [each for each in associations[at + 1 :] if each.facts.get(FOLLOWS) == association.id]
        before = earlier[-1] if earlier else association if association.accepted is not None else None
        yield Disturbed(association, began, before, tuple(map(follower, followers)))


def follower(association: AssociationRecord) -> Follower:
    """What became of an association that we asked for to see whether the target serves, or as a scanner does."""
    asked = association.events[0].time if association.events else 0
    accepted = association.accepted
    if accepted is not None:
        proposed = association.request.pdu if association.request is not None else None
        named = {each.context_id: each.abstract_syntax for each in getattr(proposed, "contexts", ())}
        taken = [each for each in accepted.contexts if each.result == 0 and named.get(each.context_id) == VERIFICATION]
        answers = [each for each in association.exchanges if not each.sent and each.command.is_response]
        if answers:
            return Follower(association, asked, answers[0].message.ended, "")
        if not taken and association.answer is not None:
            return Follower(association, asked, association.answer.ended, "")
        return Follower(association, asked, None, f"it is accepted, and C-ECHO is not answered{_how(association)}")
    return Follower(association, asked, None, _refused(association))


def _refused(association: AssociationRecord) -> str:
    failed = association.event(Happening.CONNECT_FAILED)
    if failed is not None:
        return f"there is no connection ({failed.facts.get('reason')})"
    answer = association.answer
    if answer is None:
        return f"A-ASSOCIATE-RQ is not answered{_how(association)}"
    if isinstance(answer.pdu, p.AssociateRJ):
        return f"it is rejected with {answer.pdu.result}/{answer.pdu.source}/{answer.pdu.reason}"
    return f"A-ASSOCIATE-RQ is answered by {answer.name}"


def _how(association: AssociationRecord) -> str:
    waited = association.event(Happening.TIMEOUT)
    if waited is not None:
        seconds = waited.facts.get("seconds")
        return f" within {seconds:g} s" if isinstance(seconds, int | float) else " in time"
    if association.came(p.Abort):
        return ", A-ABORT comes"
    return ", the connection is closed" if association.closed_by_peer is not None else ""


@dataclass(frozen=True)
class Held:
    """Associations that were held at one address: how many at first, and how many when those had ended."""

    association: AssociationRecord
    first: int
    second: int
    endings: tuple[str, ...]
    refusals: tuple[str, ...]


def held(associations: Sequence[AssociationRecord]) -> Iterator[Held]:
    """Yield what became of associations that were held, of each address."""
    of_slots = [each for each in associations if each.facts.get(DISTURBED) == Way.SLOTS]
    for place in dict.fromkeys(map(place_of, of_slots)):
        here = [each for each in of_slots if place_of(each) == place]
        turns = {turn: [each for each in here if each.facts.get("turn") == turn] for turn in (1, 2)}
        first = [each for each in turns[1] if each.accepted is not None]
        endings = [each.event(Happening.DISTURBANCE) for each in first]
        if not first or None in endings:
            continue
        told = tuple(str(each.facts.get("ended_by")) for each in endings if each is not None)
        again = [each for each in turns[2] if each.accepted is not None]
        refusals = tuple(dict.fromkeys(_refused(each) for each in turns[2] if each.accepted is None))
        yield Held(first[-1], len(first), len(again), told, refusals)
