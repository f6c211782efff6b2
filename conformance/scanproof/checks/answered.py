"""Checks of what comes in answer to A-ASSOCIATE-RQ, whatever it is (PS3.8 9.2, 9.3.3, 9.3.4)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.association_requests import deviates, is_edited
from scanproof.evidence.beginnings import begun, ends_before_its_length, is_echo, spoke_dicom, unreadable, where_of
from scanproof.evidence.breaks import half_come, still_coming
from scanproof.evidence.next_served import told
from scanproof.evidence.overruns import STEP
from scanproof.evidence.unusual_requests import unusual
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p
from scansim.wire.stream import PduEvent

#: PS3.8 Table 9-21: the reasons that are defined for each source.
_DEFINED_REASONS = {1: (1, 2, 3, 7), 2: (1, 2), 3: (1, 2)}
#: What to do where nothing says that it is a DICOM node, or something that it is none, and where the network is gone.
_WHO_IS_IT = "Check host and port; another program, or a node that takes only TLS, may be listening there."
_ANOTHER = "Check host and port: another program (a web server?) listens there."
_NETWORK = "Check the network between this machine and the target, then run again."
_SLOW = "If the way to the target is that slow, raise timeouts.associate in the site file, and run again."
_PATIENCE = "If that is right for this target, raise timeouts.step in the site file, and run again."


@check(
    "association.answered-properly",
    title="A-ASSOCIATE-RQ is answered by A-ASSOCIATE-AC, or by A-ASSOCIATE-RJ with a defined reason",
    clause="PS3.8 9.3.3 Table 9-17 (2019a), 9.3.4 Table 9-21 (2024e); 7.1.1, 9.2.2 (2013)",
    level=Level.SHALL,
    expected="A-ASSOCIATE-AC; or A-ASSOCIATE-RJ with result 1 or 2 and a source and reason of Table 9-21",
    hint="Look in the target's log for this association; a refusal needs A-ASSOCIATE-RJ with a reason that is defined.",
)
def answered_properly(evidence: Evidence) -> Iterator[Observation]:
    """An acceptor answers each A-ASSOCIATE-RQ with A-ASSOCIATE-AC or A-ASSOCIATE-RJ, whole and as long as it says. A
    rejection carries result 1 or 2, a source of 1, 2 or 3, and a reason that is defined for that source; the others are
    reserved. A rejection that gives no reason is legal, and warned of.

    The reason is all that an engineer sees in front of a scanner that cannot connect: a wrong number sends him to the
    wrong AE title, and silence sends him to the firewall.

    The first PDU after each of our A-ASSOCIATE-RQs is looked at, and what is there of one that has no end. Any other
    PDU in the place of an answer, and an A-ASSOCIATE-AC of which nothing can be read, are deviations. Where a peer
    never spoke DICOM in this run, nothing says that it is a DICOM node at all, so silence, other bytes, and our own
    request sent back decide nothing; nor does silence when the network may have been cut. Of what a case described
    association.deviating-request tells whether the answer fits, association.no-hang of silence, and
    association.served-after of what is not served right behind it.
    """
    spoken, gone = spoke_dicom(evidence.associations), told(evidence)
    for association in evidence.associations:
        if not association.ours or association.request is None:
            continue
        others = spoken.get(where_of(association), set())
        spoke = len(others) > (association.id in others)
        if association.id in gone or _is_told_elsewhere(association):
            continue
        if association.answer is None:
            yield from _no_answer(evidence, association, spoke=spoke)
        else:
            yield _answer(association, association.answer, spoke=spoke)


def _is_told_elsewhere(association: AssociationRecord) -> bool:
    """Whether it is for the checks of requests that a case described: an abort, a refusal by row, and silence."""
    if not is_edited(association) or association.overrun is not None:
        return False
    if association.answer is None:
        silent = association.event(Happening.TIMEOUT) is not None
        return not association.unparsed and (silent or bool(deviates(association)))
    pdu = association.answer.pdu
    if isinstance(pdu, p.AssociateRJ):
        return pdu.result in (1, 2) and pdu.reason in _DEFINED_REASONS.get(pdu.source, ())
    return isinstance(pdu, p.Abort)


def _no_answer(evidence: Evidence, association: AssociationRecord, *, spoke: bool) -> Iterator[Observation]:
    """What to say where no whole PDU came; nothing when the run was broken off while it waited."""
    if "beside" in association.facts:  # nobody has to take one more than are open: association.several tells
        return
    where, overrun, kind = association.id, association.overrun, begun(association)
    if (cut := evidence.cuts.get(association.id)) is not None:
        yield inconclusive(f"no answer came: {cut.text}", where=where, hint=_NETWORK)
        return
    if overrun is not None and overrun.facts.get("bound") == STEP:
        yield inconclusive("the time for the whole step was over before an answer came", where=where, hint=_PATIENCE)
        return
    if overrun is not None:
        text = f"{overrun.facts.get('bytes') or 0:,} bytes came, and no end of an answer"
    elif association.lost is not None:
        how = "in the middle of its answer" if kind else "without answering"
        text = f"the target closed the connection {how}"
        if is_edited(association) and (what := unusual(association)):
            text = f'{text}, to a request with "{what}"'
    elif association.event(Happening.TIMEOUT):
        text = "no whole answer came in time" if kind else "no answer came in time"
    else:
        return
    if whole := ends_before_its_length(association):
        text = f"{text}: its items end after {whole:,} bytes"
    if half := half_come(association):
        text = f"{text}; {half}"
    if kind and still_coming(association):
        yield inconclusive(f"{text}, and more was coming", where=where, hint=_SLOW, level=Level.EXPECTED)
    elif spoke or kind:
        yield fail(text, where=where)
    else:
        text = f"{text}; whether a DICOM node listens there is not known"
        yield inconclusive(text, where=where, hint=_WHO_IS_IT)


def _answer(association: AssociationRecord, answer: PduEvent, *, spoke: bool) -> Observation:
    """What to say of the first PDU that came."""
    pdu, where = answer.pdu, association.id
    if isinstance(pdu, p.AssociateAC):
        return ok("A-ASSOCIATE-AC", where=where)
    if isinstance(pdu, p.AssociateRJ):
        return _rejection(association, pdu)
    if isinstance(pdu, p.Abort):
        return warn(f"A-ABORT (source {pdu.source}, reason {pdu.reason}) instead of a rejection", where=where)
    if wrong := unreadable(association):
        return fail(f"{answer.name} that cannot be read: {wrong}", where=where)
    if not spoke and is_echo(association):
        text = "our own A-ASSOCIATE-RQ came back; whether a DICOM node listens there is not known"
        return inconclusive(text, where=where, hint=_WHO_IS_IT)
    start = association.unparsed[:40] or bytes((answer.pdu_type,))
    malformed = any(problem.grade is p.Grade.FAULT for problem in answer.problems)
    if not spoke and malformed and not isinstance(pdu, p.AssociateRQ):
        return inconclusive(f"the port answers, but not with DICOM: {start!r}", where=where, hint=_ANOTHER)
    if isinstance(pdu, p.Unknown):
        return fail(f"answered by bytes that are no PDU: {start!r}", where=where)
    return fail(f"answered by {answer.name}", where=where)


def _rejection(association: AssociationRecord, pdu: p.AssociateRJ) -> Observation:
    shown = f"result {pdu.result}, source {pdu.source}, reason {pdu.reason}"
    if pdu.result not in (1, 2) or pdu.reason not in _DEFINED_REASONS.get(pdu.source, ()):
        return fail(f"A-ASSOCIATE-RJ with {shown}", where=association.id)
    if (pdu.source, pdu.reason) == (1, 1):
        return warn(f"A-ASSOCIATE-RJ with {shown}: no reason given", where=association.id)
    return ok(f"A-ASSOCIATE-RJ with {shown}", where=association.id)
