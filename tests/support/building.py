"""Transcripts made by hand: what the harness and a target would have said to each other, without a socket.

::

    story = Story(tmp_path, ledger={"study_instance_uid": "1.2.3"})
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", keys)
    link.answer(0xFF00, item)
    link.answer(0x0000)
    link.release()
    found = observe("worklist.query-accepted", story.evidence())

Every message goes through the real codec and recorder, so a check sees what it would see of a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset

from scanproof import check as registry
from scanproof.check import Fact, Observation
from scanproof.claims import evaluate
from scanproof.declarations import Bound, Declarations
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Verdict, worst
from scanproof.judge import judge, judge_run
from scanproof.results import ClaimResult
from scanproof.statements import Statement
from scanproof.statements.classic import ClassicStatement
from scanproof.statements.statement import of_classic
from scansim.network.recording import Recorder, TranscriptWriter
from scansim.network.transcript import Exchange, Transcript, load_transcript
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.services import ADDRESSED
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, NO_DATASET, TAGS, Value, encode_command, fragments

VERIFICATION = "1.2.840.10008.1.1"
WORKLIST = "1.2.840.10008.5.1.4.31"
MPPS = "1.2.840.10008.3.1.2.3.3"
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"

#: Requests that name their class and instance as Requested, not as Affected (PS3.7 10.3).
_REQUESTED = ("N-SET-RQ", "N-ACTION-RQ", "N-GET-RQ", "N-DELETE-RQ")


def encode(ds: Dataset, transfer_syntax: str) -> bytes:
    """Encode a data set as pydicom does; the values go out as they stand."""
    buffer = BytesIO()
    stream = DicomIO(buffer)
    stream.is_implicit_VR = transfer_syntax == IMPLICIT_LITTLE
    stream.is_little_endian = transfer_syntax != EXPLICIT_BIG
    write_dataset(stream, ds)
    return buffer.getvalue()


@dataclass
class _Asked:
    """The last request of one side."""

    name: str
    command: Mapping[str, Value]
    context: int


@dataclass
class Link:
    """One association under construction; whoever opened it, "we" are the harness."""

    recorder: Recorder
    contexts: Mapping[int, tuple[str, str]]
    ours: bool
    max_length: int = 16384
    _asked: dict[bool, _Asked] = field(default_factory=dict)
    _message_id: int = 0

    def raw(self, data: bytes, *, sent: bool) -> None:
        """Bytes as they are, also such as are no PDU."""
        if sent:
            self.recorder.sent([data])
        else:
            self.recorder.received(data)

    def pdu(self, pdu: p.PDU, *, sent: bool) -> None:
        """One PDU."""
        self.raw(p.encode(pdu), sent=sent)

    def event(self, name: str, **facts: Any) -> None:
        """Something that is not bytes, such as ``closed-by-peer`` or ``timeout`` (waiting=, seconds=)."""
        self.recorder.event(name, **facts)

    def message(
        self, context: int, command: bytes, dataset: bytes | None, *, sent: bool, elided: int = 0, digest: bytes = b""
    ) -> None:
        """One message from its encoded command set and data set; the last `elided` bytes are not kept."""
        self._fragments(context, True, command, sent, 0)
        if dataset is not None:
            self._fragments(context, False, dataset, sent, elided)
        if digest:
            self.recorder.digest(digest)

    def _fragments(self, context: int, is_command: bool, data: bytes, sent: bool, elided: int) -> None:
        kept = len(data)
        for head, views in fragments(context, is_command, [data, bytes(elided)], self.max_length):
            length = sum(len(view) for view in views)
            shown = b"".join(views)[: max(0, kept)]
            kept -= length
            self.raw(head + shown, sent=sent)
            if length > len(shown):
                self.recorder.gap(length - len(shown))

    def ask(
        self,
        name: str,
        dataset: Dataset | bytes | None = None,
        *,
        sent: bool = True,
        context: int | None = None,
        elided: int = 0,
        intent: Intent | None = None,
        **command: Value | None,
    ) -> None:
        """Record a request.

        Parameters
        ----------
        name : str
            Such as ``C-FIND-RQ``.
        dataset : Dataset or bytes, optional
            Encoded in the context's transfer syntax; bytes go as they are.
        sent : bool
            Whether we ask; False for a request of the target.
        context : int, optional
            Presentation Context ID; the first one when left out.
        elided : int
            Bytes of pixel data after `dataset` of which the transcript keeps only the length.
        intent : Intent, optional
            In what it is meant to deviate.
        **command
            Elements of the command set by keyword, on top of the usual ones; None leaves one out.
        """
        chosen = context if context is not None else next(iter(self.contexts))
        abstract_syntax = self.contexts.get(chosen, ("", ""))[0]
        self._message_id += 1
        role = "Requested" if name in _REQUESTED else "Affected"
        values: dict[str, Value | None] = {
            "CommandField": FIELD_OF[name],
            "MessageID": self._message_id,
            f"{role}SOPClassUID": abstract_syntax,
        }
        if name.startswith("C-") and name not in ("C-ECHO-RQ", "C-CANCEL-RQ"):
            values["Priority"] = 0
        if name == "C-CANCEL-RQ":
            del values["MessageID"], values["AffectedSOPClassUID"]
            asked = self._asked.get(sent)
            values["MessageIDBeingRespondedTo"] = asked.command["MessageID"] if asked is not None else 1
        if name == "N-ACTION-RQ":
            values |= {"RequestedSOPInstanceUID": COMMITMENT_INSTANCE, "ActionTypeID": 1}
        if name == "N-EVENT-REPORT-RQ":
            values |= {"AffectedSOPInstanceUID": COMMITMENT_INSTANCE, "EventTypeID": 1}
        if intent is not None:
            self.event("intent", **intent.facts)
        whole = self._send(chosen, {**values, **command}, dataset, sent, elided)
        if name != "C-CANCEL-RQ":
            self._asked[sent] = _Asked(name, whole, chosen)

    def answer(
        self,
        status: int | None = 0x0000,
        dataset: Dataset | bytes | None = None,
        *,
        sent: bool = False,
        context: int | None = None,
        **command: Value | None,
    ) -> None:
        """Record a response to the other side's last request; a `status` of None leaves Status out."""
        asked = self._asked.get(not sent) or _Asked("C-ECHO-RQ", {}, next(iter(self.contexts)))
        values: dict[str, Value | None] = {
            "CommandField": FIELD_OF[asked.name] | 0x8000,
            "MessageIDBeingRespondedTo": asked.command.get("MessageID", 1),
            "Status": status,
        }
        for echoed in ("SOPClassUID", "SOPInstanceUID"):
            value = asked.command.get(f"Affected{echoed}") or asked.command.get(f"Requested{echoed}")
            if value is not None:
                values[f"Affected{echoed}"] = value
        self._send(context if context is not None else asked.context, {**values, **command}, dataset, sent, 0)

    def _send(
        self,
        context: int,
        command: Mapping[str, Value | None],
        dataset: Dataset | bytes | None,
        sent: bool,
        elided: int,
    ) -> Mapping[str, Value]:
        values = {"CommandDataSetType": NO_DATASET if dataset is None else 0x0001, **command}
        whole = {keyword: value for keyword, value in values.items() if value is not None}
        assert whole.keys() <= TAGS.keys(), f"no elements of a command set: {whole.keys() - TAGS.keys()}"
        if isinstance(dataset, Dataset):
            dataset = encode(dataset, self.contexts.get(context, ("", IMPLICIT_LITTLE))[1])
        self.message(context, encode_command(whole), dataset, sent=sent, elided=elided)
        return whole

    def release(self) -> None:
        """The opener releases, the other side answers, the record ends."""
        self.pdu(p.ReleaseRQ(), sent=self.ours)
        self.pdu(p.ReleaseRP(), sent=not self.ours)
        self.recorder.close()

    def abort(self, *, sent: bool = False, source: int = 0, reason: int = 0) -> None:
        """One side aborts, and the record ends."""
        self.pdu(p.Abort(source, reason), sent=sent)
        self.recorder.close()


class Story:
    """A scenario's transcript under construction; `scenario` adds to or replaces facts of scenario.json."""

    def __init__(self, folder: Path, *, ledger: Mapping[str, Any] | None = None, **scenario: Any) -> None:
        number = sum(1 for _ in folder.glob("story*"))
        facts = {"id": "unit", "title": "unit", "modality": "CT", "services": [], "verbs": [], "calling_ae": "SCANNER"}
        self.writer = TranscriptWriter(folder / f"story{number}", {**facts, **scenario})
        self.links: list[Link] = []
        self.called: list[str] = []
        self.ledger = dict(ledger or {})
        self._steps = 0

    def associate(
        self,
        *abstract_syntaxes: str,
        service: str = "",
        transfer_syntax: str = EXPLICIT_LITTLE,
        by_target: bool = False,
        rq: Mapping[str, Any] | None = None,
        ac: Mapping[str, Any] | None = None,
        answer: p.PDU | None = None,
        answered: bool = True,
        **facts: Any,
    ) -> Link:
        """Begin an association, negotiated as it should be.

        Parameters
        ----------
        *abstract_syntaxes : str
            One Presentation Context each, with the IDs 1, 3, 5 …
        service : str
            What it is opened for.
        transfer_syntax : str
            What is accepted; explicit and implicit little endian and this one are proposed.
        by_target : bool
            Whether the target opens it.
        rq, ac : mapping, optional
            Fields of `AssociateRQ` and `AssociateAC` to replace, such as ``{"called_ae": "X"}``.
        answer : PDU, optional
            What the acceptor sends in place of an A-ASSOCIATE-AC.
        answered : bool
            False when the acceptor sends nothing at all.
        **facts
            More facts of the record's ``open`` event.
        """
        proposed = tuple(dict.fromkeys((EXPLICIT_LITTLE, IMPLICIT_LITTLE, transfer_syntax)))
        user = p.UserInformation(16384, "2.25.1", "TEST")
        request = p.AssociateRQ(
            "SCANNER" if by_target else "TARGET",
            "TARGET" if by_target else "SCANNER",
            tuple(
                p.ProposedContext(2 * index + 1, uid, proposed) for index, uid in enumerate(abstract_syntaxes or ("",))
            ),
            user,
        )
        request = replace(request, **(rq or {}))
        accepted = p.AssociateAC(
            request.called_ae,
            request.calling_ae,
            tuple(p.ContextResult(context.context_id, 0, transfer_syntax) for context in request.contexts),
            replace(user, roles=request.user.roles) if by_target else user,  # our listener confirms them
        )
        accepted = replace(accepted, **(ac or {}))
        recorder = self.writer.recorder(
            **{
                "initiator": "target" if by_target else "harness",
                "service": service,
                "host": "127.0.0.1",
                "port": 104,
                "called_ae": request.called_ae,
                "calling_ae": request.calling_ae,
                **facts,
            }
        )
        abstract = {context.context_id: context.abstract_syntax for context in request.contexts}
        contexts = {
            result.context_id: (abstract.get(result.context_id, ""), result.transfer_syntax or IMPLICIT_LITTLE)
            for result in accepted.contexts
        }
        link = Link(recorder, contexts, not by_target)
        self.links.append(link)
        self.called += [] if by_target else [f"{request.called_ae}@127.0.0.1:104"]
        link.pdu(request, sent=not by_target)
        if answered:
            link.pdu(answer or accepted, sent=by_target)
        return link

    def wait(self, seconds: float) -> None:
        """Let time pass on the transcript's clock, without waiting."""
        self.writer.began -= int(seconds * 1e9)
        for link in self.links:
            link.recorder._began -= int(seconds * 1e9)

    def step(
        self,
        verb: str,
        service: str = "",
        outcome: str = "done",
        detail: str = "",
        cause: str = "",
        associations: Sequence[str] = (),
    ) -> None:
        """Note a step; associations as ``a01``."""
        self._steps += 1
        self.writer.step(
            number=self._steps,
            verb=verb,
            service=service,
            outcome=outcome,
            detail=detail,
            cause=cause,
            began=0.0,
            ended=self.writer.seconds(),
            associations=list(associations),
        )

    def transcript(self) -> Transcript:
        """Write what is open to disk, and load it as the judge does."""
        for link in self.links:
            link.recorder.close()
        self.writer.ledger(self.ledger)
        return load_transcript(self.writer.folder)

    def evidence(self, *statements: Statement | None) -> Evidence:
        """What checks look at, with statements that stand for their AE titles, or for the only AE that was called."""
        addresses = [*dict.fromkeys(self.called)]
        site = dict(zip(ADDRESSED, addresses + addresses[-1:] * len(ADDRESSED), strict=False))
        bound = tuple(Bound(statement) for statement in statements if statement is not None)
        return Evidence(self.transcript(), Declarations(bound, site))


def observe(check_id: str, evidence: Evidence) -> list[Observation]:
    """What one check says; its module has to be imported."""
    check = registry._CHECKS[check_id]
    judged = RunEvidence((evidence,), evidence.declarations) if check.judges is registry.Scope.RUN else evidence
    found = [seen for seen in check.function(judged) if isinstance(seen, Observation)]
    for seen in found:  # a report shows both of them
        assert isinstance(seen.actual, str)
        assert seen.exchange is None or isinstance(seen.exchange, Exchange)
    return found


def facts(check_id: str, evidence: Evidence) -> list[str]:
    """What one check tells beside its verdicts."""
    check = registry._CHECKS[check_id]
    judged = RunEvidence((evidence,), evidence.declarations) if check.judges is registry.Scope.RUN else evidence
    return [seen.text for seen in check.function(judged) if isinstance(seen, Fact)]


def verdict(check_id: str, evidence: Evidence) -> Verdict:
    """The worst verdict of one check: PASS where it saw nothing wrong, NOT_APPLICABLE where it saw nothing."""
    return worst([seen.verdict for seen in observe(check_id, evidence)])


def deviations(check_id: str, evidence: Evidence) -> list[tuple[str, str | None]]:
    """(verdict, tag path) of every observation that is no PASS."""
    return [(seen.verdict.value, seen.tag) for seen in observe(check_id, evidence) if seen.verdict is not Verdict.PASS]


def stated(file: Mapping[str, Any]) -> Statement:
    """What a statement file of the first form says."""
    return of_classic(ClassicStatement.model_validate(file))


def claims_of(run: RunEvidence) -> list[ClaimResult]:
    """What becomes of each claim by what all checks see, in scenarios and in the run."""
    judged = [(evidence.label, judge(evidence)) for evidence in run.scenarios]
    of_run = judge_run(run)
    kept = [each for _, judgement in [*judged, ("", of_run)] for each in judgement.kept]
    findings = [each for _, judgement in [*judged, ("", of_run)] for each in judgement.findings]
    return evaluate(run, kept, findings)
