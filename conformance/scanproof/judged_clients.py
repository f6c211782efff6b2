"""The clients of a recording, judged: each one is an entry of the results, as a scenario of a run is.

What our own target did is never charged to a client: not what it sent, not its time-outs, not a planted defect.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanproof.causes import attributed
from scanproof.check import Check
from scanproof.evidence import ClientEvidence
from scanproof.evidence.client_course import left_waiting
from scanproof.finding import Finding, Note, Verdict, worst
from scanproof.gathered import Judged
from scanproof.judge import judge_client
from scanproof.profile import Profile
from scansim.network.transcript import AssociationRecord, Exchange
from scansim.wire import pdu as p

#: Checks of scenarios and runs that are right of a client, where what it sent is what was received: of its PDUs and
#: fragments, its command sets and data sets, how it ends associations, what it proposes as a requestor; and of what it
#: answers as an acceptor, where our target called it. What is left out asks for what a service's SCP owes, for what
#: the harness itself sent, or for what a run had arranged.
FITTING = frozenset(
    (
        "association.abort-defined",
        "association.accepted-syntax-offered",
        "association.answered-properly",
        "association.application-context",
        "association.async-window",
        "association.closed-with-a-word",
        "association.context-result-defined",
        "association.context-results",
        "association.default-syntax-accepted",
        "association.default-syntax-proposed",
        "association.echoed-fields",
        "association.extended-negotiation",
        "association.implementation-class-uid",
        "association.implementation-version",
        "association.max-length-item",
        "association.nothing-after-release",
        "association.pdata-one-message",
        "association.pdu-length-limit",
        "association.pdu-well-formed",
        "association.pdv-even",
        "association.pdv-not-empty",
        "association.proposed-ids",
        "association.rejected-context-item",
        "association.release",
        "association.role-selection",
        "association.room-for-answers",
        "association.user-identity",
        "commitment.extended-negotiation",
        "dataset.no-command-groups",
        "dimse.affected-sop-class",
        "dimse.affected-sop-instance",
        "dimse.command-field",
        "dimse.command-set-encoding",
        "dimse.data-set-type",
        "dimse.dataset-well-formed",
        "dimse.error-comment",
        "dimse.message-id",
        "dimse.one-final-response",
        "dimse.presentation-context",
        "dimse.required-elements",
        "dimse.response-received",
        "dimse.status-legal",
    )
)

#: Checks that rest on the client's own bytes, whatever our target said before. What any other one finds decides nothing
#: where our target itself was at fault.
BY_ITSELF = frozenset(
    (
        "association.abort-defined",
        "association.application-context",
        "association.default-syntax-proposed",
        "association.implementation-class-uid",
        "association.implementation-version",
        "association.max-length-item",
        "association.pdata-one-message",
        "association.pdu-well-formed",
        "association.pdv-even",
        "association.pdv-not-empty",
        "association.proposed-ids",
        "association.room-for-answers",
        "client.action-type",
        "client.ae-titles",
        "client.application-context",
        "client.commitment-request",
        "client.confirms-scp-role",
        "client.data-set",
        "client.default-syntax",
        "client.field-values",
        "client.ignores",
        "client.implementation-class-uid",
        "client.instance-named",
        "client.instance-once",
        "client.instances-agree",
        "client.iod",
        "client.mpps-create",
        "client.mpps-end",
        "client.mpps-set",
        "client.operation",
        "client.other-fields",
        "client.proposed-roles",
        "client.proposed-uids",
        "client.protocol-version",
        "client.query-character-set",
        "client.query-keys",
        "client.query-level",
        "client.required-fields",
        "client.retrieve-keys",
        "client.speaks-dicom",
        "client.step-images",
        "client.step-instances",
        "client.text-in-its-set",
        "client.user-identity",
        "client.values",
        "client.worklist-keys",
        "commitment.extended-negotiation",
        "dataset.no-command-groups",
        "dimse.command-set-encoding",
        "dimse.data-set-type",
        "dimse.error-comment",
    )
)
_DEVIATIONS = (Verdict.FAIL, Verdict.WARN)
_QUIET = (Verdict.PASS, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class JudgedClient:
    """One client with what was found of it; ``crashed`` names the checks that failed themselves.

    ``seen_on`` has the ids of the associations that each of the findings was seen on.
    """

    evidence: ClientEvidence
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    crashed: tuple[str, ...]
    seen_on: tuple[frozenset[str], ...] = ()

    def on(self, association: str) -> JudgedClient:
        """What was found on one association, and what is of none."""
        both = zip(self.findings, self.seen_on, strict=True)
        kept = [each for each in both if association in each[1] or not any(each[1])]
        findings, seen_on = tuple(each for each, _ in kept), tuple(each for _, each in kept)
        return replace(self, findings=findings, seen_on=seen_on)

    @property
    def verdict(self) -> Verdict:
        """The worst of what was found, consequences apart; PASS where nothing is wrong with what it did."""
        return worst([each.verdict for each in self.findings if each.root is None])

    @property
    def faults(self) -> list[Finding]:
        """What is wrong with it, the first of each entry."""
        return self._entries(Verdict.FAIL)

    @property
    def warnings(self) -> list[Finding]:
        """What is allowed and likely to hurt, the first of each entry."""
        return self._entries(Verdict.WARN)

    def _entries(self, verdict: Verdict) -> list[Finding]:
        found = {each.group: each for each in reversed(self.findings) if each.verdict is verdict and each.root is None}
        return list(reversed(found.values()))


def fits(check: Check) -> bool:
    """Whether a check of scenarios or of runs is right of a client."""
    return check.id in FITTING


def judged_client(
    client: ClientEvidence, profile: Profile = Profile.DICOM, checks: Sequence[Check] | None = None
) -> JudgedClient:
    """Judge what one client did; a pure function of the arguments."""
    judgement = judge_client(client, fits, checks, profile)
    judged = [_of_the_client(client, _excused(client, _caused(client, each))) for each in judgement.judged]
    found = attributed(judged, [client.received])
    notes = tuple(note.model_copy(update={"text": client_for_target(note.text)}) for _, note in judgement.notes)
    seen_on = tuple(each.associations for each in found)
    return JudgedClient(client, tuple(each.finding for each in found), notes, judgement.crashed, seen_on)


def _caused(client: ClientEvidence, judged: Judged) -> Judged:
    """What follows from another fault in the bytes of the same message is a consequence of that.

    An odd value makes the last fragment odd; fragments of two messages that are mixed make neither of them.
    """
    finding = judged.finding
    if finding.verdict is not Verdict.FAIL or judged.because is not None:
        return judged
    if finding.check == _ODD:
        odd = [each for name in judged.associations for each in _odd_messages(client, name)]
        return replace(judged, because=odd[0]) if odd else judged
    association = client.received.association((finding.exchange or "").partition(".")[0])
    exchanges = association.exchanges if association is not None else ()
    mixed = next((each for each in exchanges if each.id == finding.exchange and _is_mixed(each)), None)
    return replace(judged, because=mixed) if mixed is not None and finding.check != _MIXED else judged


#: The checks that tell of an odd fragment, and of fragments of two messages that are mixed.
_ODD, _MIXED = "association.pdv-even", "association.pdata-one-message"


def _is_mixed(exchange: Exchange) -> bool:
    return any(problem.code == "context-changed" for problem in exchange.message.problems)


def _odd_messages(client: ClientEvidence, name: str) -> list[Exchange]:
    """The messages of an association whose odd length explains every odd fragment on it; none when it does not."""
    association = client.received.association(name)
    if association is None:
        return []
    data = [event.pdu for event in association.received if isinstance(event.pdu, p.PData)]
    fragments = sum(each.times for pdu in data for each in pdu.pdvs if each.length % 2)
    received = [each for each in association.exchanges if not each.sent]
    odd = [each for each in received if len(each.message.command_bytes) % 2 or each.message.dataset_length % 2]
    told = [each for each in odd if _has_odd_value(each)]
    return told if len(odd) == fragments and told else []


def _has_odd_value(exchange: Exchange) -> bool:
    dataset = exchange.dataset
    problems = [*exchange.command.problems, *(dataset.problems if dataset is not None else ())]
    return any(problem.grade is p.Grade.FAULT for problem in problems)


def _excused(client: ClientEvidence, judged: Judged) -> Judged:
    """What a client made of our target's own faults decides nothing."""
    finding = judged.finding
    if finding.check in BY_ITSELF or finding.verdict not in _DEVIATIONS:
        return judged
    defect = str(client.received.transcript.scenario.get("defect", ""))
    on = [client.received.association(each) for each in judged.associations]
    if defect:
        why = f"it had the defect {defect} planted"
    elif on and all(each is not None and _sent_what_is_malformed(each) for each in on):
        why = "what it sent is malformed"
    elif on and all(each is not None and left_waiting(each) for each in on):
        why = "it left a request without an answer"
    else:
        return judged
    text = f"{finding.actual}; our own target may be the cause: {why}"
    return replace(judged, finding=finding.model_copy(update={"verdict": Verdict.INCONCLUSIVE, "actual": text}))


def _sent_what_is_malformed(association: AssociationRecord) -> bool:
    """Whether PDUs of our own target are at fault."""
    return any(problem.grade is p.Grade.FAULT for event in association.sent for problem in event.problems)


def _of_the_client(client: ClientEvidence, judged: Judged) -> Judged:
    """The finding in words of a client: the party under test, which checks of runs call the target."""
    finding = judged.finding
    words = {name: client_for_target(getattr(finding, name)) for name in ("title", "expected", "actual", "hint")}
    party = str(client.received.transcript.scenario["party"])
    return replace(judged, finding=finding.model_copy(update={**words, "party": party}))


def client_for_target(text: str) -> str:
    """A text about the target in words of a client."""
    return re.sub(r"\b([Tt])he target\b", lambda found: f"{found[1]}he client", text)
