"""Our own SCP: takes the associations that a target opens to us, for Storage Commitment results and what we retrieve.

Whoever calls waits in the `lobby` until something is said; then a thread of its own holds the `conversation`, as long
as there is a place for one. Whose report came, `reports` knows; what came for nobody, `strays` keep.
"""

from __future__ import annotations

import contextlib
import resource
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scansim.files import TemporaryFolder
from scansim.inputs import InputError
from scansim.network.acceptor import Names
from scansim.network.bounds import Budget
from scansim.network.call import GLANCE, Call, Purse
from scansim.network.conversation import Account, Conversation
from scansim.network.lobby import Lobby, Visitor, listen
from scansim.network.manner import Manner
from scansim.network.recording import Recorder, TranscriptWriter
from scansim.network.reports import Expectation, Expectations, Told
from scansim.network.retrievals import Awaited, Retrievals
from scansim.network.strays import Strays
from scansim.site import Limits, ListenerAddress, Site, Timeouts
from scansim.vocabulary.outcome import Initiator
from scansim.vocabulary.services import COMMITMENT as COMMITMENT_SERVICE
from scansim.vocabulary.services import RETRIEVE as RETRIEVE_SERVICE

#: How long one that brought nothing of ours is let alone when others want its place, in seconds: before it has brought
#: an A-ASSOCIATE-RQ, after that, and when it comes from who is to report.
_OPENING, _STRANGER, _REPORTER = 1.0, 1.0, 1.25
#: Places that are kept for who is to report.
_RESERVE = 4
#: How often to try again what this machine had no means for, in seconds.
_AGAIN = 0.05
#: Connections on which nothing has been said, at most; fewer where the machine gives us few file descriptors.
_LOBBY = 256


class Listener:
    """Accept associations until closed; each one is recorded, and goes to the exam that its report belongs to.

    What belongs to no exam is kept until `hand_over_strays`.

    Parameters
    ----------
    address : ListenerAddress
        Where to listen, and our AE title there.
    timeouts : Timeouts
        How long a caller may take.
    names : Names
        Our other AE titles, and who is to report.
    limits : Limits
        How much a caller may take; reports of the run are taken from ``budget``, what targets may send in all of it.

    Raises
    ------
    InputError
        When the port cannot be had.
    """

    def __init__(
        self,
        address: ListenerAddress,
        timeouts: Timeouts | None = None,
        names: Names | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.ae = address.ae
        self.names = names or Names(frozenset((address.ae,)))
        self._timeouts = timeouts or Timeouts()
        limits = limits or Limits()
        self.budget = Budget(limits)
        self._lock = threading.Lock()
        self._expectations = Expectations()
        self._retrievals = Retrievals(self._expectations)
        self._strays = Strays(limits.transcript * (1 << 20) // 8)
        self._purse = Purse(limits.operation * (1 << 20))
        self._calls: list[Call] = []
        self._queue: deque[Visitor] = deque()
        self._threads: list[threading.Thread] = []
        self._count = 0
        self._closing = threading.Event()
        self._manner: Manner | None = None
        self._shut_until = 0.0
        self._door_moved = threading.Condition()
        self._shut = False
        self._began = time.perf_counter_ns()
        self._spool = TemporaryFolder("scanproof-listener-")
        try:
            listening = listen(address)
        except InputError:
            self._spool.cleanup()
            raise
        self.port: int = listening.getsockname()[1]
        room = min(_LOBBY, max(8, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4))
        self._lobby = Lobby(listening, self._timeouts.associate, room, self._strays.turned_away)
        self._accepting = threading.Thread(target=self._accept, name="listener", daemon=True)
        self._accepting.start()

    @classmethod
    def of_site(cls, site: Site) -> Listener:
        """The listener of a site."""
        asked = site.address(COMMITMENT_SERVICE) or site.address(RETRIEVE_SERVICE)
        return cls(site.listener, asked.timeouts if asked is not None else None, Names.of_site(site), site.limits)

    @classmethod
    def local(cls, reporter: str, timeouts: Timeouts) -> Listener:
        """A listener on a free loopback port, for a target on this machine."""
        address = ListenerAddress(port=0)
        return cls(address, timeouts, Names(frozenset((address.ae,)), frozenset((reporter,))))

    @property
    def facts(self) -> dict[str, Any]:
        """What a transcript says of it."""
        reached_by = {"reached_by": sorted(self._retrievals.reached)} if self._retrievals.reached else {}
        return {"ae": self.ae, "port": self.port, "titles": sorted(self.names.ours), **reached_by}

    @property
    def trouble(self) -> str:
        """What could not be recorded because of our own disk: then a report that is missing is nobody's fault."""
        return self._spool.trouble

    @property
    def strays(self) -> tuple[str, ...]:
        """What came that no exam asked for and that has ended, a line each."""
        return self._strays.lines()

    def expect(self, transaction_uid: str, instances: frozenset[str], writer: TranscriptWriter) -> Expectation:
        """Say that a report will come; it is taken for `writer`'s exam, also when it comes too late."""
        expectation = Expectation(transaction_uid, instances, writer)
        self._expectations.add(expectation)
        return expectation

    def expect_instances(self, awaited: Awaited) -> None:
        """Say that instances will come by C-MOVE; Storage is taken until they are forgotten."""
        self._retrievals.add(awaited)

    def is_known_to(self, ae: str) -> bool:
        """Whether an AE that was asked to send instances has opened an association to us in this run."""
        return ae in self._retrievals.reached

    def whose(self, told: Told) -> Expectation | None:
        """Whose report it is that came on an association of an exam's own, when it is not that exam's."""
        return self._expectations.whose(told)

    def lend(self, expectation: Expectation, recorder: Recorder, writer: TranscriptWriter) -> None:
        """Note that a report came on the association of another exam, whose record it stands in."""
        self._expectations.lend(expectation, recorder, writer)

    def ended(self, expectation: Expectation, recorder: Recorder) -> None:
        """Put the record of such an association, which has ended, into the transcript of the exam that it concerns."""
        self._expectations.ended(expectation, recorder)

    def forget(self, expectation: Expectation) -> None:
        """Wait no longer; a report whose association is still open is taken over as far as it has been recorded."""
        self._expectations.forget(expectation)

    @contextlib.contextmanager
    def behaving(self, manner: Manner | None) -> Iterator[None]:
        """Treat whoever calls as a manner says, for its exam; the port is open again at the end."""
        self._manner = manner
        try:
            yield
        finally:
            self._manner = None
            self._move_door(0.0)

    def shut(self, seconds: float) -> None:
        """Close the port for some time from now on; whoever calls meanwhile is refused."""
        self._move_door(time.monotonic() + seconds)

    def _move_door(self, shut_until: float) -> None:
        with self._door_moved:
            self._shut_until = shut_until
            self._door_moved.wait_for(lambda: self._shut == (self._shut_until > time.monotonic()), 4 * GLANCE)

    def hand_over_strays(self, folder: Path, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Put the records of associations that belong to no exam into a transcript of their own, and forget the exams.

        Returns
        -------
        tuple of str
            What came that no exam asked for, a line each up to a number, and what kept us from taking calls.

        Raises
        ------
        InputError
            When `folder`, which is made only when there is something to put there, cannot be written.
        """
        self._expectations.forget_all()
        self._retrievals.forget_all()
        told = self._strays.hand_over(folder, facts, self._began)
        troubles, self._lobby.troubles = self._lobby.troubles, 0
        if troubles:
            text = f"no connection could be taken {troubles} times for a moment: {self._lobby.trouble}"
            told = (*told, text)
        return told

    def close(self) -> None:
        """Stop accepting, end what is open, and free the port."""
        self._closing.set()
        self._lobby.wake()
        self._accepting.join(2)
        self._lobby.close()
        for visitor in self._queue:
            visitor.sock.close()
        until = time.monotonic() + 2
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._spool.cleanup()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- who comes in --------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                self._look_at_the_door()
                spoken = self._lobby.spoken(_AGAIN if self._queue else GLANCE)
            except OSError:
                if self._closing.wait(_AGAIN):
                    return
                continue
            for visitor in spoken:
                if self.names.seem_to_report(visitor.calling_ae, visitor.host):
                    self._queue.appendleft(visitor)
                else:
                    self._queue.append(visitor)
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            self._let_in()

    def _look_at_the_door(self) -> None:
        wanted = self._shut_until > time.monotonic()
        if wanted != self._shut:
            with self._door_moved:
                (self._lobby.shut if wanted else self._lobby.open)()
                self._shut = wanted
                self._door_moved.notify_all()

    def _let_in(self) -> None:
        """Serve those who wait for a place, as many as there is one for."""
        for _ in range(len(self._queue)):
            visitor = self._queue.popleft()
            if time.monotonic() - visitor.since > self._timeouts.associate:
                self._strays.turned_away(str(visitor), "was turned away: every place was taken")
                visitor.sock.close()
            elif not (self._has_room(visitor) and self._start(visitor)):
                self._queue.appendleft(visitor)
                break
        most = self.budget.limits.strangers + _LOBBY
        while len(self._queue) > most:
            visitor = self._queue.pop()
            self._strays.turned_away(str(visitor), "was turned away: too many wait for a place")
            visitor.sock.close()

    def _has_room(self, visitor: Visitor) -> bool:
        """Whether there is a place; if not, somebody who has brought nothing is asked to go."""
        with self._lock:
            strangers = [call for call in self._calls if not call.brought]
            reserve = _RESERVE if self.names.seem_to_report(visitor.calling_ae, visitor.host) else 0
            if len(strangers) < self.budget.limits.strangers + reserve:
                return True
            going = [call for call in strangers if call.unwanted]
            for call in going:
                if time.monotonic() > call.leave_by:
                    call.cut()
            others = [call for call in strangers if not call.unwanted and call.age > _patience(call)]
            others.sort(key=lambda each: each.rank)
            for call in others[: len(self._queue) + 1 - len(going)]:
                call.leave("brought nothing of ours while others waited for the place")
            return False

    def _start(self, visitor: Visitor) -> bool:
        """Serve a visitor on a thread of its own; False when there is none to be had now."""
        self._count += 1
        path = Path(self._spool.name) / f"l{self._count:05d}.wire"
        facts = {"initiator": Initiator.TARGET, "service": COMMITMENT_SERVICE.name}
        try:
            recorder = Recorder(path, 0, {**facts, "host": visitor.host, "port": visitor.port})
        except (InputError, MemoryError) as error:
            return self._cannot(f"cannot record: {error}")
        try:
            call = Call(visitor, recorder, self._timeouts, self.budget.limits, self._purse, self._closing)
            thread = threading.Thread(target=self._serve, args=(call,), name=path.stem, daemon=True)
            with self._lock:
                self._calls.append(call)
            thread.start()
        except (OSError, RuntimeError, MemoryError) as error:
            with self._lock:
                self._calls = [each for each in self._calls if each.recorder is not recorder]
            with contextlib.suppress(InputError):
                recorder.close()
            path.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                return self._cannot(str(error) or "no memory")
            self._strays.turned_away(str(visitor), f"broke the connection: {error.strerror or error}")
            visitor.sock.close()
            return True
        self._threads.append(thread)
        return True

    def _cannot(self, reason: str) -> bool:
        self._lobby.troubles += 1
        self._lobby.trouble = self._lobby.trouble or reason
        return False

    def _serve(self, call: Call) -> None:
        account = Account(self._strays, self.budget)
        conversation = Conversation(
            call, self.names, self._timeouts, self._expectations, account, self._retrievals, self._manner
        )
        try:
            conversation.hold()
        finally:
            with self._lock:
                self._calls = [each for each in self._calls if each is not call]
            conversation.end()


def _patience(call: Call) -> float:
    if call.request is None:
        return _OPENING
    return _REPORTER if call.known else _STRANGER
