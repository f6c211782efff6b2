"""disturb: what happens to associations over time, and where the state machine has no place for it (PS3.8 7, 9.2)."""

from __future__ import annotations

import time
from typing import Any

from scansim.exam import provoking
from scansim.exam.disturbing import BARE, MIDWAY, Disturb
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.network.association import Association, propose
from scansim.network.bounds import Bounds
from scansim.network.failures import AssociationError
from scansim.network.provoked import Heard, Provoked
from scansim.network.recording import Recorder
from scansim.site import Address
from scansim.vocabulary import services
from scansim.vocabulary.disturbances import DISTURBED, FOLLOWS, Way
from scansim.vocabulary.outcome import Cause, Initiator
from scansim.vocabulary.status import shown
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, Value

#: How long anything is waited for here, where the site would wait longer, in s.
_LONGEST = 10.0
#: Between two looks whether the target serves again, in s.
_BETWEEN = 0.5
#: A context that nobody proposed.
_NOT_PROPOSED = 251
#: In which ways associations that were held are ended, in turn.
_ENDINGS = ("release", "abort", "close", "reset")


@step(Disturb)
def disturb(exam: Exam, step: Disturb) -> str:
    """Disturb each distinct AE; what one of them cannot be asked does not keep the others from it."""
    offered = exam.site.offered()
    if step.at is not None and step.at not in offered:
        raise Stopped(f"the site names no {step.at} service", Cause.NOT_OFFERED)
    chosen = [offered[step.at]] if step.at is not None else [*offered.values()]
    told: list[str] = []
    failed: list[Stopped] = []
    for address in {(each.host, each.port, each.ae): each for each in chosen}.values():
        try:
            told.append(f"{address}: {_Disturber(exam, step, address).run()}")
        except AssociationError as error:
            failed.append(Stopped(f"{address}: {error}", error.cause))
        except Stopped as error:
            failed.append(error)
    if failed and not told:
        raise failed[0]
    return "; ".join([*told, *map(str, failed)])


def _place(address: Address) -> tuple[str, int]:
    return address.host, address.port


class _Disturber:
    """One AE while it is disturbed in one way."""

    def __init__(self, exam: Exam, step: Disturb, address: Address) -> None:
        self._exam, self._step, self._address = exam, step, address
        self._most = min(address.timeouts.associate, _LONGEST)
        here = [name for name, each in exam.site.offered().items() if (each.host, each.port) == _place(address)]
        self._rq = propose(address.ae, exam.site.calling(address), provoking.proposals(here))

    def run(self) -> str:
        """Disturb, look whether the next association is served, and say how both went."""
        way = self._step.way
        if way is Way.SLOTS:
            name, became = self._slots()
            return f"{became}; {self._next(name)}"
        line = self._connected() if way in BARE else self._associated()
        try:
            if way in BARE:
                heard = self._before(line)
            elif way in MIDWAY:
                heard = self._midway(line)
            else:
                heard = self._within(line)
        except KeyboardInterrupt:
            line.abort()
            raise
        finally:
            line.close()
        return f"{heard}; {self._next(line.recorder.name)}"

    # --- connections --------------------------------------------------------------------------------------------------

    def _record(self, **facts: Any) -> Recorder:
        exam, address = self._exam, self._address
        recorder = exam.writer.recorder(
            initiator=Initiator.HARNESS,
            service=services.VERIFICATION.name,
            host=address.host,
            port=address.port,
            called_ae=address.ae,
            calling_ae=exam.site.calling(address),
            **facts,
        )
        exam.opened.append(recorder.name)
        return recorder

    def _bounds(self) -> Bounds:
        exam, address = self._exam, self._address
        return Bounds(exam.budget, exam.step_began + address.timeouts.step, str(address), exam.stop)

    def _connected(self) -> Provoked:
        recorder = self._record(**{DISTURBED: self._step.way})
        return Provoked.bare(self._address.host, self._address.port, recorder, self._address.timeouts, self._bounds())

    def _associated(self) -> Provoked:
        recorder = self._record(**{DISTURBED: self._step.way})
        address = self._address
        return Provoked.request(address.host, address.port, self._rq, recorder, address.timeouts, self._bounds())

    # --- before there is an association -------------------------------------------------------------------------------

    def _before(self, line: Provoked) -> Heard:
        step = self._step
        request = p.encode(self._rq)
        line.disturb(step.way, pdu=step.pdu, wait=step.wait)
        match step.way:
            case Way.CLOSE_AT_ONCE:
                line.cut()
                return Heard.ENDED
            case Way.IDLE_BEFORE_REQUEST:
                return line.hear(step.wait, "the end of an idle connection")
            case Way.HALF_REQUEST:
                line.say(request[: len(request) // 2])
                return line.hear(step.wait, "the end of a connection with half of an A-ASSOCIATE-RQ")
            case _:
                line.say(provoking.pdu_named(step.pdu, self._rq))
                return self._reaction(line)

    def _reaction(self, line: Provoked) -> Heard:
        """Wait for what a PDU without a place calls for: A-ABORT, and then the end of the connection."""
        heard = line.hear(self._most, "A-ABORT, or the end of the connection", line.has_pdu)
        return self._ending(line) if heard is Heard.ENOUGH else heard

    def _ending(self, line: Provoked) -> Heard:
        """Read what is behind an A-ABORT of the target, and close first, as its receiver has to."""
        line.hear(0.05, "")
        return Heard.ENOUGH

    # --- in the middle of a message -----------------------------------------------------------------------------------

    def _midway(self, line: Provoked) -> Heard:
        step = self._step
        data = half = b""
        if step.inside == "data":
            found = provoking.image(self._exam, line.contexts, line.next_id())
            found = found or provoking.question(self._exam, line.contexts, line.next_id())
            if found is None:
                raise self._no_dataset()
            agreed, command, dataset = found
            half = dataset[: len(dataset) // 4 * 2]
            data = provoking.of_fragments(agreed.context_id, (True, True, command))
            data += provoking.of_fragments(agreed.context_id, (False, False, half))
        elif step.inside == "command":
            context = self._echo_context(line)
            half = provoking.echo_command(line.next_id())[:20]
            data = provoking.of_fragments(context, (True, False, half))
        line.disturb(step.way, inside=step.inside)
        if data:
            line.say(data)
        if step.way in (Way.CLOSE, Way.RESET):
            line.cut(reset=step.way is Way.RESET)
            return Heard.ENDED
        if step.way is Way.ABORT:
            line.say(p.encode(p.Abort(0, 0)))
            return line.hear(self._most, "the end of the connection after A-ABORT")
        line.close_half()
        return line.hear(self._most, "the end of the connection of which our half is closed")

    def _no_dataset(self) -> Stopped:
        text = f"{self._address} accepts no Presentation Context of a request with a data set"
        return Stopped(text, Cause.REFUSED)

    def _echo_context(self, line: Provoked) -> int:
        """Id of the context of C-ECHO; where it is not taken, of any other."""
        agreed = line.contexts.get(VERIFICATION) or next(iter(line.accepted), None)
        if agreed is None:
            raise Stopped(f"{self._address} accepts no Presentation Context", Cause.REFUSED)
        return agreed.context_id

    def _verifies(self, line: Provoked) -> int:
        agreed = line.contexts.get(VERIFICATION)
        if agreed is None:
            raise Stopped(f"{self._address} accepts no Presentation Context for C-ECHO", Cause.REFUSED)
        return agreed.context_id

    # --- on an association --------------------------------------------------------------------------------------------

    def _within(self, line: Provoked) -> Heard:
        step, number = self._step, line.next_id()
        match step.way:
            case Way.IDLE_ESTABLISHED:
                context = self._verifies(line)
                line.disturb(step.way, wait=step.wait)
                heard = line.hear(step.wait, "nothing: the association is idle", line.has_pdu)
                if heard is not Heard.SILENT:
                    return heard
                line.say(provoking.of_fragments(context, (True, True, provoking.echo_command(number))))
                return self._answered(line)
            case Way.UNEXPECTED:
                line.disturb(step.way, pdu=step.pdu)
                line.say(provoking.pdu_named(step.pdu, self._rq))
                return self._reaction(line)
            case Way.RELEASE_UNASKED:
                line.disturb(step.way)
                line.say(p.encode(p.ReleaseRP()))
                return self._reaction(line)
            case Way.RELEASE_TWICE:
                line.disturb(step.way)
                line.say(p.encode(p.ReleaseRQ()) * 2)
                return self._released(line)
            case Way.RELEASE_OUTSTANDING:
                context = self._verifies(line)
                line.disturb(step.way)
                echo = provoking.of_fragments(context, (True, True, provoking.echo_command(number)))
                line.say(echo + p.encode(p.ReleaseRQ()))
                return self._released(line)
        data = self._packed(line, number)
        line.disturb(step.way, wait=step.wait)
        line.say(data)
        if step.way is Way.SHORTER_THAN_STATED:
            return line.hear(step.wait, "the end of a connection with half of a P-DATA-TF", line.has_any)
        return self._answered(line, 2 if step.way is Way.TWO_MESSAGES else 1)

    def _packed(self, line: Provoked, number: int) -> bytes:
        """A request, put into P-DATA-TFs in a way of its own."""
        way = self._step.way
        if way is Way.COMMAND_AND_DATA:
            self._answered_apart(line, number)
            agreed, command, dataset = self._with_dataset(line, line.next_id())
            return provoking.of_fragments(agreed.context_id, (True, True, command), (False, True, dataset))
        if way is Way.BEYOND_MAXIMUM:
            if not line.peer_max_length or line.peer_max_length > 1 << 24:
                raise Stopped(f"{self._address} states no Maximum Length that can be exceeded", Cause.REFUSED)
            found = provoking.image(self._exam, line.contexts, number, line.peer_max_length + 4096)
            if found is None:
                raise Stopped(f"{self._address} accepts no Presentation Context for images", Cause.REFUSED)
            agreed, command, dataset = found
            whole = provoking.of_fragments(agreed.context_id, (True, True, command))
            return whole + provoking.of_fragments(agreed.context_id, (False, True, dataset))
        context = _NOT_PROPOSED if way is Way.CONTEXT_NOT_ACCEPTED else self._verifies(line)
        echo = provoking.echo_command(number)
        one = provoking.of_fragments(context, (True, True, echo))
        half = len(echo) // 4 * 2
        match way:
            case Way.TWO_FRAGMENTS:
                return provoking.of_fragments(context, (True, False, echo[:half]), (True, True, echo[half:]))
            case Way.SMALL_FRAGMENTS:
                pieces = [echo[at : at + 2] for at in range(0, len(echo), 2)]
                last = len(pieces) - 1
                return b"".join(
                    provoking.of_fragments(context, (True, at == last, piece)) for at, piece in enumerate(pieces)
                )
            case Way.ODD_FRAGMENTS:
                first, second = echo[: half + 1], echo[half + 1 :]
                return provoking.of_fragments(context, (True, False, first)) + provoking.of_fragments(
                    context, (True, True, second)
                )
            case Way.EMPTY_FRAGMENT:
                return provoking.of_fragments(context, (True, False, b"")) + one
            case Way.TWO_MESSAGES:
                second = provoking.echo_command(line.next_id())
                return provoking.of_fragments(context, (True, True, echo), (True, True, second))
            case Way.LONGER_THAN_STATED:
                return provoking.restated(one, pdu_by=-8)
            case Way.SHORTER_THAN_STATED:
                return provoking.restated(one, pdu_by=100, fragment_by=100)
            case Way.FRAGMENT_TOO_LONG:
                return provoking.restated(one, fragment_by=100)
            case Way.FRAGMENT_TOO_SHORT:
                return provoking.restated(one, fragment_by=-8)
            case _:
                return one

    def _with_dataset(self, line: Provoked, number: int) -> provoking.Request:
        found = provoking.question(self._exam, line.contexts, number)
        found = found or provoking.image(self._exam, line.contexts, number)
        if found is None:
            raise self._no_dataset()
        return found

    def _answered_apart(self, line: Provoked, number: int) -> None:
        """Send such a request as everybody does: what is not answered so shows nothing in one P-DATA-TF."""
        agreed, command, dataset = self._with_dataset(line, number)
        line.say(provoking.of_fragments(agreed.context_id, (True, True, command)))
        line.say(provoking.of_fragments(agreed.context_id, (False, True, dataset)))
        heard = line.hear(self._most, "a response", line.has_any)
        if heard is not Heard.ENOUGH or line.next_message(0) is None:
            text = f"{self._address} does not answer the request in P-DATA-TFs of its own either"
            raise Stopped(text, Cause.TARGET)

    def _answered(self, line: Provoked, times: int = 1) -> Heard:
        """Wait for responses, and release where they came; A-ABORT and the end of the connection end it as well."""

        def enough() -> bool:
            return line.has_pdu() or line.answers >= times

        heard = line.hear(self._most, "a response, A-ABORT or the end of the connection", enough)
        if heard is Heard.ENOUGH:
            if line.has_pdu():
                return self._ending(line)
            line.release()
        return heard

    def _released(self, line: Provoked) -> Heard:
        """Wait for A-RELEASE-RP or A-ABORT, and a moment for what may stand behind it."""
        heard = line.hear(self._most, "A-RELEASE-RP, A-ABORT or the end of the connection", line.has_pdu)
        if heard is Heard.ENOUGH:
            line.hear(0.3, "")
        return heard

    # --- several at once ----------------------------------------------------------------------------------------------

    def _slots(self) -> tuple[str, str]:
        """Hold associations, end each in another way, and ask for as many again; returns the last one's name."""
        first = self._hold(1, self._step.count)
        name = first[-1].recorder.name if first else self._exam.opened[-1]
        endings = _ENDINGS if self._step.ends == "turned" else _ENDINGS[:1]
        for place, line in enumerate(first):
            how = endings[place % len(endings)]
            line.disturb(Way.SLOTS, turn=1, ended_by=how)
            if how == "release":
                line.release()
            elif how == "abort":
                line.abort()
            else:
                line.cut(reset=how == "reset")
        until = time.monotonic() + self._most
        second = self._hold(2, len(first))
        while len(second) < len(first) and time.monotonic() < until:
            self._exam.stop.sleep(_BETWEEN)
            second += self._hold(2, len(first) - len(second))
        for line in second:
            line.release()
        return name, f"{len(first)} at a time, and {len(second)} when they had ended"

    def _hold(self, turn: int, count: int) -> list[Provoked]:
        """Ask for associations until one is refused, and hold them."""
        held: list[Provoked] = []
        address = self._address
        for _ in range(count):
            recorder = self._record(**{DISTURBED: Way.SLOTS, "turn": turn})
            try:
                line = Provoked.request(
                    address.host, address.port, self._rq, recorder, address.timeouts, self._bounds()
                )
            except AssociationError:
                break
            except KeyboardInterrupt:
                for each in held:
                    each.abort()
                raise
            held.append(line)
        return held

    # --- is it there still --------------------------------------------------------------------------------------------

    def _next(self, name: str) -> str:
        """C-ECHO on another association, at once, and again for a while where it is not served."""
        began = time.monotonic()
        until, tries = began + self._most, 0
        while True:
            tries += 1
            try:
                told = self._echo(name)
            except AssociationError as error:
                if time.monotonic() > until and tries > 1:
                    return f"the next association is not served: {error}"
                self._exam.stop.sleep(_BETWEEN)
            else:
                return f"the next association {told} after {time.monotonic() - began:.2f} s"

    def _echo(self, name: str) -> str:
        address, recorder = self._address, self._record(**{FOLLOWS: name})
        rq = propose(address.ae, self._exam.site.calling(address), [provoking.ECHO])
        line = Association.request(address.host, address.port, rq, recorder, address.timeouts, self._bounds())
        try:
            agreed = line.contexts.get(VERIFICATION)
            if agreed is None:
                return "is taken, without C-ECHO,"
            command: dict[str, Value] = {"CommandField": FIELD_OF["C-ECHO-RQ"], "AffectedSOPClassUID": VERIFICATION}
            return f"answers C-ECHO with {shown(line.response(agreed, command).command.status)}"
        except KeyboardInterrupt:
            line.abort()
            raise
        finally:
            line.release()
