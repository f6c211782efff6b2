"""Checks of the set-up: what was promised is there, and each step comes to its end. None of them cites a clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanproof.check import OUR_DEFECT, Fact, Observation, Proof, check, fail, inconclusive, ok
from scanproof.evidence import Evidence
from scanproof.evidence.admissions import admissions
from scanproof.evidence.association_requests import is_edited
from scanproof.evidence.associations import called_ae, place_of
from scanproof.evidence.beginnings import items_are_cut
from scanproof.evidence.next_served import told
from scanproof.evidence.parties import OURSELVES, THE_SITE
from scanproof.evidence.promises import promised, promiser_of, services_at
from scanproof.finding import Level, Verdict
from scanproof.standard.mwl_table import STEP
from scansim.network.transcript import AssociationRecord, StepRecord
from scansim.vocabulary.outcome import Cause, Happening, Outcome, Promiser
from scansim.vocabulary.services import RETRIEVE, SERVICES
from scansim.vocabulary.uids import uid_name
from scansim.wire import pdu as p

#: What a promise rests on, by who made it.
_RESTS_ON = {Promiser.SITE: Level.SITE, Promiser.OPTION: Level.SITE, Promiser.SCENARIO: Level.EXPECTED}


def _promise(evidence: Evidence, service: str, by: Promiser, ae: str) -> str:
    title = SERVICES[service].title if service in SERVICES else service
    return {
        Promiser.SITE: f"the site file names {ae} for {service}",
        Promiser.OPTION: f"--services names {service}, of {ae}",
        Promiser.SCENARIO: f"{evidence.scenario} proves {title}, of {ae}",
    }[by]


@check(
    "site.reachable",
    title="Each Application Entity of the site can be reached",
    clause="",
    level=Level.SITE,
    expected="a TCP connection to host and port of the site file",
    hint="Check host, port and firewall, and that the service is running; then run again.",
    proven_by=Proof.SET_UP,
)
def reachable(evidence: Evidence) -> Iterator[Observation]:
    """Where the site file says that a service is, something accepts connections.

    It is the first thing that goes wrong on the day of the installation: a port that is closed, a firewall between.

    Each attempt to connect is looked at. One that came to nothing says nothing of the target, which nobody has talked
    to; where the target was there a moment before, and a case has described what it got, association.served-after
    tells of it.
    """
    gone = told(evidence)
    for association in evidence.associations:
        if not association.ours or association.id in gone:
            continue
        failed = association.event(Happening.CONNECT_FAILED)
        if failed is not None:
            text = f"no connection to {place_of(association)}: {failed.facts.get('reason')}"
            yield inconclusive(text, where=association.id)
        else:
            yield ok("connected", where=association.id)


@check(
    "site.association-accepted",
    title="Each Application Entity of the site accepts our association",
    clause="",
    level=Level.SITE,
    expected="A-ASSOCIATE-AC for the AE titles of the site file",
    hint="Check the called AE title in the site file, and that the target knows our calling AE title.",
    proven_by=Proof.SET_UP,
)
def association_accepted(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An AE that the site file names accepts associations of the AE title that the site file gives us.

    A title that was mistyped on one of both sides is the commonest fault of an installation; no service works then.

    Each A-ASSOCIATE-RJ is looked at. A permanent one breaks the promise of the site file; where nobody promised
    anything, or the target says that it cannot now and again not two seconds later, it decides nothing. Nor does an
    A-ABORT in the place of an answer, which says no reason. What a case described association.valid-request and
    association.deviating-request tell.
    """
    rejected_before: set[tuple[object, ...]] = set()
    let_in: set[tuple[object, ...]] = set()
    ours = [each for each in evidence.associations if each.ours and not is_edited(each)]
    forgotten = {each.association.id for each in admissions((evidence,)) if each.contradicts}
    for index, association in enumerate(ours):
        answer = association.answer.pdu if association.answer is not None else None
        if isinstance(answer, p.AssociateAC):
            yield ok("accepted", where=association.id)
            let_in.add(_address(association)[:4])
        if isinstance(answer, p.Abort):
            yield _aborted(association, known=_address(association)[:4] in let_in)
        if not isinstance(answer, p.AssociateRJ) or (answer.source, answer.reason) not in p.REJECTIONS:
            continue  # a rejection that is not defined is told by association.answered-properly
        ae, by = called_ae(association), promiser_of(association, evidence.transcript.scenario)
        calling = association.facts.get("calling_ae")
        text = f"{ae} rejects the association of {calling}: {p.describe_rejection(answer)}"
        where, hint = _address(association), _remedy_of(answer, association)
        if evidence.our_titles and calling not in evidence.our_titles:
            yield Fact(f"{text}; it was not told of that title, and may well do so")
            continue
        if answer.result != 1:
            after = ours[index + 1] if index + 1 < len(ours) else None
            if where not in rejected_before and after is not None and _address(after) == where:
                rejected_before.add(where)  # it was asked for once more, and that is what counts
                continue
            yield inconclusive(f"{text}, and so again later", where=association.id, hint=hint)
        elif association.id in forgotten:
            continue  # association.admitted-again tells
        elif by in (Promiser.SITE, Promiser.OPTION):
            services = _in_words(services_at(association, evidence.transcript.scenario))
            yield fail(f"{_promise(evidence, services, by, ae)}; {text}", where=association.id, hint=hint)
        else:
            yield inconclusive(text, where=association.id, hint=hint)


def _in_words(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _remedy_of(rejection: p.AssociateRJ, association: AssociationRecord) -> str:
    """What to do about a rejection; empty when the check's own advice fits it."""
    facts = association.facts
    if rejection.result != 1:
        return "It says that it cannot take more now: run again when it is less busy, or raise its limit."
    if (rejection.source, rejection.reason) == (1, 3):
        return (
            f"Register {facts.get('calling_ae')} with this machine's address at the target, or call from an AE title "
            "that it knows."
        )
    if (rejection.source, rejection.reason) == (1, 7):
        where = place_of(association)
        return f"Ask for the AE title of what listens at {where}: {called_ae(association)} is none of its own."
    return ""


def _aborted(association: AssociationRecord, *, known: bool) -> Observation:
    """A target that answers A-ASSOCIATE-RQ with A-ABORT; `known` when it has let the same AE titles in before."""
    calling = association.facts.get("calling_ae")
    text = f"{called_ae(association)} aborts the association of {calling} instead of answering"
    hint = f"Our AE title {calling} may have to be registered at the target, with this machine's address."
    return inconclusive(text, where=association.id, hint="" if known else hint)


def _address(association: AssociationRecord) -> tuple[object, ...]:
    return tuple(association.facts.get(name) for name in ("called_ae", "calling_ae", "host", "port", "service"))


@check(
    "site.service-offered",
    title="What was promised is offered: each SOP Class of the exam, by the AE that is named for it",
    clause="",
    level=Level.SITE,
    expected="an accepted Presentation Context for each SOP Class of a service that was promised",
    hint="Give the right AE in the site file, switch the service on at the target, or leave it out of the site file.",
    proven_by=Proof.SET_UP,
)
def service_offered(evidence: Evidence) -> Iterator[Observation]:
    """A service that the site file names, that --services names, or that a scenario is there to prove, is offered for
    every SOP Class which the exam needs.

    The scanner is configured from the same list: what is not there on the day is a worklist that stays empty, or
    images that nobody keeps.

    The results of the Presentation Contexts of each accepted association are read, for the SOP Classes of the service
    that it was opened for. A service that nobody promised and that is refused is told in the headline, and is no fault.
    Retrieve is there when one of its SOP Classes is: many archives offer C-MOVE alone.
    """
    for association in evidence.associations:
        accept = association.accepted
        request = association.request.pdu if association.request is not None else None
        by = promised(evidence.transcript.scenario).get(association.service)
        if not association.ours or accept is None or by is None or not isinstance(request, p.AssociateRQ):
            continue
        results = {context.context_id: context.result for context in accept.contexts}
        taken = {each.abstract_syntax for each in request.contexts if results.get(each.context_id) == 0}
        ae = called_ae(association)
        for context in request.contexts:
            sop_class = context.abstract_syntax
            optional = association.facts.get("optional") or ()  # in this form nobody has to take it
            if not SERVICES[association.service].has(sop_class) or sop_class in optional:
                continue
            if sop_class in taken:
                yield ok(f"{ae} takes {uid_name(sop_class)}", where=association.id)
                continue
            if association.service == RETRIEVE.name and any(map(RETRIEVE.has, taken)):
                continue
            result = results.get(context.context_id)
            if result is None and items_are_cut(association):
                continue  # it may have been in what was cut; association.pdu-well-formed tells
            how = f"result {result}" if result is not None else "it has no result"
            text = f"{_promise(evidence, association.service, by, ae)}; {ae} refuses {uid_name(sop_class)} ({how})"
            yield fail(text, where=association.id, level=_RESTS_ON[by])


#: What to do about an item that is not there: when nothing is, when others are, when it is there for somebody else.
_SCHEDULE = "Schedule one for this station, date and modality, or let the site file's orders put one."
_NAME_ONE = "Name one of those that it holds with --accession, or schedule the one that was named."
_RESCHEDULE = "Schedule what it has for this station, date and modality, or ask as the station that it is meant for."


@check(
    "site.worklist-item",
    title="The worklist holds an item for the exam",
    clause="",
    level=Level.EXPECTED,
    service="worklist",
    expected="an item for our station, the scenario's modality and the day",
    hint=_SCHEDULE,
    proven_by=Proof.SET_UP,
)
def worklist_item(evidence: Evidence) -> Iterator[Observation | Fact]:
    """With orders that are there already, the worklist has an item that the exam can be made for.

    Without one nothing of the order can be followed into images and reports: the most valuable part of the test is
    missing, and a green would hide it.

    What was chosen is read in the exam's ledger. An earlier run may have completed the item, so that its absence says
    nothing of the worklist; an order that this run placed is judged by worklist.order-returned. Several items of which
    none is named are no fault either.
    """
    ledger = evidence.ledger
    why = ledger.get("unscheduled")
    queries = evidence.worklist_queries
    final = queries[0].operation.final if queries else None
    if not isinstance(why, dict):
        if ledger.get("scheduled"):
            yield ok("an item was taken", final)
        return
    step = next((each for each in evidence.steps.begun if each.verb == "choose-item"), None)
    reason, cause = str(why.get("reason", "")), why.get("cause")
    if cause == Cause.SETUP:
        where = step.associations[0] if step and step.associations else ""
        hint = _SCHEDULE if not queries or not queries[0].answers else _NAME_ONE
        if hint is _SCHEDULE and any(query.answers for query in queries[1:2]):
            hint = _RESCHEDULE
        yield Observation(Verdict.INCONCLUSIVE, reason, final, where=where, tag=STEP, hint=hint)
    elif cause == Cause.NONE:
        yield Fact(f"the exam is unscheduled: {reason}")


@check(
    "site.steps",
    title="Each step of the scenario comes to its end",
    clause="",
    level=Level.EXPECTED,
    expected="every step done",
    hint="Mend what stopped this step, then run again.",
    proven_by=Proof.SET_UP,
)
def steps(evidence: Evidence) -> Iterator[Observation]:
    """What the scenario is to do can be done: no step ends before it has done its part.

    What a step could not do was not tested. Without a word about it the report would look better than it is.

    The record of each step is read. Why it stopped is mostly told by another check, of which this then is a
    consequence; alone it is what could not be decided. What came later after all was not lost.
    """
    for step in evidence.steps.begun:
        if step.outcome is Outcome.DONE and step.associations:
            yield ok(f"{step.verb} was done", where=step.associations[0])
        elif step.outcome is Outcome.STOPPED and evidence.caught_up(step):
            yield ok(f"{step.verb}: what it waited for came later", where=step.associations[0])
        elif step.outcome is Outcome.STOPPED:
            hint, party = _remedy(step)
            where = step.associations[-1] if step.associations else ""
            text = f"step {step.number}, {step.verb}: {step.detail}"
            yield inconclusive(text, where=where, hint=hint, party=party)


def _remedy(step: StepRecord) -> tuple[str, str]:
    """What to do about a step that stopped, and whose it is when that is nobody at the other end."""
    return {
        Cause.SETUP: ("Arrange what the message says, then run again.", THE_SITE),
        Cause.HARNESS: (OUR_DEFECT, OURSELVES),
        Cause.INTERRUPTED: ("Run again, to the end.", OURSELVES),
    }.get(step.cause, ("", ""))
