"""What an exam leaves behind: performed procedure steps that are still IN PROGRESS are ended as DISCONTINUED.

A run that was interrupted, a scenario that never ends its step, a final N-SET that was refused: a RIS keeps such a step
open for ever, and whoever looks at the worklist believes that the patient is still on the table.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from scansim.exam.performed_step import set_dataset, told
from scansim.exam.state import Exam, Stopped
from scansim.inputs import InputError
from scansim.network.association import Association, Proposal, propose
from scansim.network.bounds import Bounds
from scansim.network.failures import AssociationError
from scansim.network.recording import Recorder, Unrecorded
from scansim.site import Address, Timeouts
from scansim.vocabulary import services
from scansim.vocabulary.outcome import END_OPEN_STEP, Cause, Initiator, Outcome
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import MPPS, VERIFICATION
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.encoding import TRANSFER_SYNTAXES, encode

#: Nobody waits longer than this for a target, in s, only to put things in order.
_PATIENCE = 5.0


@contextlib.contextmanager
def put_in_order(exam: Exam, exams: list[Exam]) -> Iterator[None]:
    """End what an exam leaves open, however it goes on in here; meanwhile it is among the `exams` that run."""
    exams.append(exam)
    try:
        yield
    finally:
        end_open_steps(exam)
        exams.remove(exam)


def end_open_steps(exam: Exam) -> None:
    """End each step that an exam leaves open, where the target still answers, and record how that went.

    It may be called by several threads: each step is ended once, and who comes second waits for the first.
    """
    with exam.open_steps.ending:
        for uid in exam.open_steps.uids:
            try:
                _record(exam, uid)
            finally:
                exam.open_steps.given_up(uid)


def _record(exam: Exam, uid: str) -> None:
    began = exam.writer.seconds()
    associations: list[str] = []
    cause = Cause.NONE
    interrupt: KeyboardInterrupt | None = None
    try:
        detail = _discontinue(exam, uid, associations, exam.writer.recorder)
    except InputError:  # a full disk: the step is ended all the same, though nobody will read of it
        if not exam.hurry.is_set():
            with contextlib.suppress(Stopped):
                _discontinue(exam, uid, associations, Unrecorded)
        raise
    except Stopped as error:
        detail, cause = str(error), error.cause
    except KeyboardInterrupt as error:
        detail, cause, interrupt = "interrupted by the user", Cause.INTERRUPTED, error
    exam.writer.step(
        number=len(exam.scenario.steps) + 1,
        verb=END_OPEN_STEP,
        service=services.MPPS.name,
        outcome=Outcome.STOPPED if cause else Outcome.DONE,
        root=0,
        detail=f"{uid}: {detail}",
        cause=cause,
        began=began,
        ended=exam.writer.seconds(),
        associations=associations,
    )
    if interrupt is not None:
        raise interrupt


def _discontinue(exam: Exam, uid: str, associations: list[str], recorded: Callable[..., Recorder]) -> str:
    """N-SET DISCONTINUED on an association of its own; Stopped when it cannot be, or is refused."""
    address = exam.site.address(services.MPPS)
    if address is None:
        raise Stopped("the site names no mpps service", Cause.NOT_OFFERED)
    try:
        association = _associate(exam, address, associations, recorded)
        try:
            agreed = association.contexts.get(MPPS)
            if agreed is None:
                raise Stopped(f"{address} accepts no Presentation Context for MPPS", Cause.REFUSED)
            command: dict[str, Value] = {
                "CommandField": FIELD_OF["N-SET-RQ"],
                "RequestedSOPClassUID": MPPS,
                "RequestedSOPInstanceUID": uid,
            }
            ds = set_dataset(exam, exam.known(), "DISCONTINUED")
            answer = association.response(agreed, command, [encode(ds, agreed.transfer_syntax)])
        except KeyboardInterrupt:
            association.abort()
            raise
        finally:
            association.release()
    except AssociationError as error:
        raise Stopped(f"{address}: {error}", error.cause) from None
    if not is_success(answer.command.status):
        raise Stopped(f"N-SET DISCONTINUED was answered {told(answer)}", Cause.TARGET)
    return f"N-SET DISCONTINUED was answered {told(answer)}"


def _associate(exam: Exam, address: Address, associations: list[str], recorded: Callable[..., Recorder]) -> Association:
    calling_ae = exam.site.calling(address)
    recorder = recorded(
        initiator=Initiator.HARNESS,
        service=services.MPPS.name,
        host=address.host,
        port=address.port,
        called_ae=address.ae,
        calling_ae=calling_ae,
        purpose=END_OPEN_STEP,
    )
    associations.append(recorder.name)
    proposals = [Proposal(MPPS, TRANSFER_SYNTAXES), Proposal(VERIFICATION, TRANSFER_SYNTAXES)]
    rq = propose(address.ae, calling_ae, proposals)
    short = _short(address.timeouts)
    bounds = Bounds(exam.budget, time.monotonic() + short.step, stop=exam.hurry)
    return Association.request(address.host, address.port, rq, recorder, short, bounds)


def _short(timeouts: Timeouts) -> Timeouts:
    """The same timeouts, none longer than somebody waits who has interrupted the run."""
    names = ("connect", "associate", "response", "operation", "step")
    return timeouts.model_copy(update={name: min(_PATIENCE, getattr(timeouts, name)) for name in names})
