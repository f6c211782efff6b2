"""What one scenario showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from scanproof.declarations import Declarations
from scanproof.evidence.apart import judged
from scanproof.evidence.archive import KnownArchive
from scanproof.evidence.breaks import Cut, cuts_of
from scanproof.evidence.character_sets import TextSeen, texts_seen, undeclared_terms
from scanproof.evidence.commitment import Transaction, brought_elsewhere, refused, transactions
from scanproof.evidence.contexts import ContextSeen, contexts_seen
from scanproof.evidence.known import KnownItems
from scanproof.evidence.ledger import Held, Order, from_json
from scanproof.evidence.mpps import StepRequest, concerns_steps
from scanproof.evidence.oracle import EntityOracle, Oracle
from scanproof.evidence.parties import party_of, titles_of
from scanproof.evidence.performed_steps import PerformedStep, followed
from scanproof.evidence.promises import is_elsewhere
from scanproof.evidence.queries import Query, queries, settled
from scanproof.evidence.read_back import Returned, returned
from scanproof.evidence.requests import Asked, Requests
from scanproof.evidence.retrieves import Retrieval, retrievals
from scanproof.evidence.source import Source, last, source_of
from scanproof.evidence.steps import Steps
from scanproof.evidence.storage import Entity, Instances, Stored, entities, stored_instances
from scanproof.evidence.store_faults import contradicts, is_apart
from scanproof.evidence.user_items import extension_agreed
from scanproof.iod import Checked, Checker
from scansim.network.transcript import AssociationRecord, Exchange, Operation, StepRecord, Transcript
from scansim.vocabulary.outcome import END_OPEN_STEP, Cause
from scansim.vocabulary.services import QUERY
from scansim.vocabulary.uids import COMMITMENT, MPPS, PATIENT_ROOT_FIND, STUDY_ROOT_FIND, WORKLIST


@dataclass(frozen=True)
class Evidence:
    """What checks look at: one scenario's transcript, and what is declared of the target."""

    transcript: Transcript
    declarations: Declarations = field(default_factory=Declarations)

    @property
    def scenario(self) -> str:
        """Id of the scenario."""
        return str(self.transcript.scenario["id"])

    @property
    def case(self) -> str:
        """Id of the case of the scenario that this is, such as ``names/ISO_IR_100``; empty for one without cases."""
        return str(self.transcript.scenario.get("case", ""))

    @property
    def label(self) -> str:
        """What tells it from every other of the run: the case's id, or the scenario's."""
        return self.case or self.scenario

    @property
    def repeated(self) -> bool:
        """Whether a run before had the same run id, and so the same UIDs: the target may have what we send."""
        return self.transcript.scenario.get("repeated") is True

    def party(self, place: str | None) -> str:
        """Whom a message or an association, by its id, was with; empty for anything else."""
        return self._parties.get((place or "").partition(".")[0], "")

    @cached_property
    def _parties(self) -> Mapping[str, str]:
        whoever = str(self.transcript.scenario.get("party", ""))  # of a recording, all is with one client
        return {each.id: whoever or party_of(each) for each in self.transcript.associations}

    @property
    def associations(self) -> tuple[AssociationRecord, ...]:
        """Every association, whoever opened it; but for those that only put in order what the exam left open.

        One of another exam, which stands here for the report that it brought, is judged there.
        """
        return self._judged.associations

    def association(self, name: str) -> AssociationRecord | None:
        """The association of an id; None when there is none, or when it is no evidence."""
        return self._by_id.get(name)

    @cached_property
    def _by_id(self) -> Mapping[str, AssociationRecord]:
        return {association.id: association for association in self.associations}

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, whoever asked for it, in the order of the associations."""
        return self._judged.operations

    @cached_property
    def _judged(self) -> Transcript:
        return judged(self.transcript)

    @cached_property
    def cuts(self) -> Mapping[str, Cut]:
        """Associations that the network may have cut, by their ids."""
        return cuts_of(self.transcript.associations)

    @cached_property
    def received(self) -> tuple[Exchange, ...]:
        """Every message of the target."""
        return tuple(e for association in self.associations for e in association.exchanges if not e.sent)

    @cached_property
    def _operations_by_name(self) -> Mapping[tuple[str, bool], list[Operation]]:
        found: dict[tuple[str, bool], list[Operation]] = {}
        for operation in self.operations:
            found.setdefault((operation.request.name, operation.request.sent), []).append(operation)
        return found

    def requests(self, name: str, abstract_syntax: str | None = None, *, sent: bool = True) -> tuple[Operation, ...]:
        """Requests of a name, such as ``C-FIND-RQ``, with their responses: ours, or the target's when not `sent`."""
        named = self._operations_by_name.get((name, sent), ())
        return tuple(each for each in named if abstract_syntax in (None, each.request.abstract_syntax))

    def find_of(self, exchange: str) -> Operation | None:
        """The C-FIND of ours that a message, by its id, is the request or a response of."""
        return self._finds.get(exchange)

    @cached_property
    def _finds(self) -> Mapping[str, Operation]:
        finds = reversed(self.requests("C-FIND-RQ"))
        return {each.id: find for find in finds for each in (find.request, *find.responses)}

    @cached_property
    def steps(self) -> Steps:
        """Steps as far as the scenario went."""
        verbs = self.transcript.scenario.get("verbs")
        steps = tuple(step for step in self.transcript.steps if step.verb != END_OPEN_STEP)
        return Steps(steps, len(verbs) if isinstance(verbs, list) else 0)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the transcript of a scenario that came to its end lacks: files were damaged since."""
        begun, planned = len(self.steps.begun), self.steps.planned
        return (*self.transcript.missing, *([f"{planned - begun} of {planned} steps"] if begun < planned else ()))

    @cached_property
    def contexts(self) -> tuple[ContextSeen, ...]:
        """Presentation Contexts that we proposed on associations which were accepted."""
        return tuple(contexts_seen(self.associations, self.declarations))

    @cached_property
    def texts(self) -> tuple[TextSeen, ...]:
        """What travelled in an announced character set between us and entities of a statement."""
        return tuple(texts_seen(self.associations, self.declarations))

    def undeclared_terms(self, query: Query) -> tuple[str, ...]:
        """Terms of the character set of a query's text that no statement declares: how it is matched is undefined."""
        return undeclared_terms(query.keys, query.operation.association, self.declarations)

    @cached_property
    def worklist_queries(self) -> tuple[Query, ...]:
        """Our worklist queries in order."""
        return tuple(queries(self.requests("C-FIND-RQ", WORKLIST)))

    def oracle(self, query: Query) -> Oracle:
        """What computes which items are in the answer to a worklist query."""
        name = query.operation.request.id
        if name not in self._oracles:
            negotiated, unread = self._read(query)
            self._oracles[name] = Oracle(query.keys, negotiated=negotiated, unread=unread)
        return self._oracles[name]

    @cached_property
    def _oracles(self) -> dict[str, Oracle]:
        return {}

    def _read(self, query: Query) -> tuple[bool, bool]:
        """How its keys are read: whether extended matching of names was agreed, and whether its text is undeclared."""
        request = query.operation.request
        negotiated = extension_agreed(query.operation.association, request.abstract_syntax)
        return negotiated, bool(self.undeclared_terms(query))

    @cached_property
    def known(self) -> KnownItems:
        """What is known to be in the worklist."""
        return KnownItems(self.transcript, self.order, self.worklist_queries, self.requests("N-CREATE-RQ", MPPS))

    @cached_property
    def archive_queries(self) -> tuple[Query, ...]:
        """Our queries of the archive in order, in Study Root and in Patient Root."""
        models = (STUDY_ROOT_FIND, PATIENT_ROOT_FIND)
        return tuple(queries(each for each in self.requests("C-FIND-RQ") if each.request.abstract_syntax in models))

    @cached_property
    def settled_queries(self) -> tuple[Query, ...]:
        """The same without those that were asked again later."""
        return settled(self.archive_queries)

    @cached_property
    def retrievals(self) -> tuple[Retrieval, ...]:
        """Our C-MOVEs and C-GETs in order, each with what came of it."""
        return retrievals(self.operations, self.associations, self.stored, self.our_titles)

    def entity_oracle(self, query: Query) -> EntityOracle:
        """What computes which entities are in the answer to a query of the archive."""
        name = query.operation.request.id
        if name not in self._entity_oracles:
            negotiated, unread = self._read(query)
            oracle = EntityOracle(query.keys, patient_root=query.patient_root, negotiated=negotiated, unread=unread)
            self._entity_oracles[name] = oracle
        return self._entity_oracles[name]

    @cached_property
    def _entity_oracles(self) -> dict[str, EntityOracle]:
        return {}

    @cached_property
    def archive(self) -> KnownArchive:
        """What is known to be in the archive."""
        return KnownArchive(self.transcript, self.stored, elsewhere=self.elsewhere(QUERY.name))

    def elsewhere(self, service: str) -> bool:
        """Whether a service is at another AE than storage, so that what was stored had to be passed on to it."""
        return is_elsewhere(service, self.transcript.scenario, self.declarations)

    @cached_property
    def step_requests(self) -> tuple[StepRequest, ...]:
        """Our answered N-CREATEs and N-SETs of performed procedure steps, in order."""
        return tuple(each for each, _ in self.performed_steps if each.operation.request.name != "N-GET-RQ")

    @cached_property
    def performed_steps(self) -> tuple[tuple[StepRequest, PerformedStep], ...]:
        """The same and N-GETs, each with what its step held before."""
        return tuple(followed(filter(concerns_steps, self.operations)))

    @cached_property
    def stores(self) -> tuple[Operation, ...]:
        """Our C-STOREs that were answered with a status."""
        asked = self.requests("C-STORE-RQ")
        return tuple(each for each in asked if each.final is not None and each.final.command.status is not None)

    @cached_property
    def _checker(self) -> Checker:
        return Checker()

    @cached_property
    def _checked(self) -> dict[str, Checked]:
        return {}

    def checked(self, store: Exchange) -> Checked | None:
        """What the IOD checker says of a C-STORE's data set, whoever sent it, without facts; None when it has none."""
        if store.message.dataset is None:
            return None
        if store.id not in self._checked:
            checked = self._checker.check_dataset(
                store.encoded or b"",
                store.transfer_syntax,
                elided=store.message.elided,
                sop_class=store.command.sop_class_uid or "",
            )
            if store.sent and not is_apart(store):
                self._exam.add(checked, store)
            kind = (checked.findings, checked.sop_class, checked.charset, checked.transfer_syntax)
            self._checked[store.id] = self._alike.setdefault(kind, replace(checked, facts={}))
        return self._checked[store.id]

    @property
    def exam(self) -> Instances:
        """What the instances that we sent show together."""
        for operation in self.requests("C-STORE-RQ"):
            self.checked(operation.request)
        return self._exam

    @cached_property
    def _exam(self) -> Instances:
        return Instances()

    @cached_property
    def _alike(self) -> dict[tuple[object, ...], Checked]:
        """One for all that say the same: of 20,000 images nearly all do."""
        return {}

    @cached_property
    def source(self) -> Source | None:
        """The message that brought the item which the exam was made for, if one did."""
        brought = (answer for query in self.worklist_queries for answer, _ in query.answers)
        return source_of(self.ledger.get("origin"), brought, str(self.ledger.get("study_instance_uid") or ""))

    @cached_property
    def _requests(self) -> Requests:
        capture = bool(self.transcript.scenario.get("capture"))
        return Requests(self.operations, self.source, self.checked, capture, self.our_titles)

    @cached_property
    def our_titles(self) -> frozenset[str]:
        """Our AE titles: that of our listener, and those that we call with; none of a capture, which is not ours."""
        return titles_of(self.transcript.scenario, self.associations)

    def asked(self, operation: Operation) -> Asked:
        """What is wrong with a request of ours, and whose doing it is."""
        return self._requests.of(operation)

    def provoked(self, association: AssociationRecord) -> Exchange | None:
        """The message whose value was at fault in the last request of an association, if that was never answered."""
        ours = [operation for operation in association.operations if operation.request.sent]
        return self.asked(ours[-1]).because if ours and ours[-1].final is None else None

    @cached_property
    def given_wrong(self) -> Mapping[str, Exchange]:
        """Attributes that were at fault when we sent them on, with the message that we had them from."""
        return {
            last(fault.path): fault.source
            for operation in self.operations
            for fault in self.asked(operation).faults
            if fault.source is not None
        }

    @cached_property
    def stored(self) -> tuple[Stored, ...]:
        """Instances that the target said it stored, but for those of which nobody can say which they are."""
        return tuple(stored_instances(each for each in self.stores if not contradicts(each.request)))

    @cached_property
    def read_back(self) -> tuple[Returned, ...]:
        """Instances that we stored and that came back, each compared with what we sent."""
        return tuple(returned(self.requests("C-STORE-RQ"), self.requests("C-STORE-RQ", sent=False)))

    @cached_property
    def entities(self) -> Mapping[tuple[str, str], Entity]:
        """What was stored, by level and UID of study, series or instance."""
        return entities(self.stored)

    @cached_property
    def transactions(self) -> tuple[Transaction, ...]:
        """Our accepted Storage Commitment requests with their reports."""
        return transactions(self._actions, self.reports, self.declarations)

    def caught_up(self, step: StepRecord) -> bool:
        """Whether the reports that a step waited for in vain came later all the same."""
        its = [each for each in self.transactions if each.action.association.id in step.associations]
        return step.cause is Cause.TARGET and bool(its) and all(each.report is not None for each in its)

    @property
    def _actions(self) -> tuple[Operation, ...]:
        return self.requests("N-ACTION-RQ", COMMITMENT)

    @cached_property
    def reports(self) -> tuple[Operation, ...]:
        """Storage Commitment reports of the target that came here, and those for us that came to another scenario."""
        elsewhere = brought_elsewhere(self.transcript.associations, self._actions)
        return (*self.requests("N-EVENT-REPORT-RQ", sent=False), *elsewhere)

    @cached_property
    def refused_actions(self) -> tuple[tuple[Operation, Operation | None], ...]:
        """Our N-ACTIONs that were refused, each with a report that came of it all the same."""
        return refused(self._actions, self.reports)

    @cached_property
    def other_reports(self) -> tuple[Operation, ...]:
        """Reports that came here and are those of no request of ours, or not the first one."""
        mine = [report for _, report in self.reported] + [report for _, report in self.refused_actions if report]
        known = {report.request.id for report in mine}
        return tuple(each for each in self.requests("N-EVENT-REPORT-RQ", sent=False) if each.request.id not in known)

    @cached_property
    def reported(self) -> tuple[tuple[Transaction, Operation], ...]:
        """Transactions that were reported, with their reports."""
        return tuple((each, each.report) for each in self.transactions if each.report is not None)

    @cached_property
    def every_report(self) -> tuple[tuple[Transaction, Operation], ...]:
        """Every report of a transaction, those that came again behind the first as well."""
        return tuple((each, report) for each, first in self.reported for report in (first, *each.repeats))

    @property
    def ledger(self) -> Mapping[str, Any]:
        """The exam's identity as the harness knows it."""
        return self.transcript.ledger

    @cached_property
    def order(self) -> Order | None:
        """The order that the harness placed, if it did."""
        order = self.ledger.get("order")
        return Order(from_json(order)) if isinstance(order, dict) else None

    @cached_property
    def performed(self) -> Mapping[str, list[tuple[Held, str]]]:
        """Performed steps that are of items of their own, by UID: each item, with its Study Instance UID."""
        held = self.ledger.get("performed")
        return {
            str(uid): [(from_json(each.get("item")), str(each.get("study_instance_uid"))) for each in items]
            for uid, items in (held.items() if isinstance(held, dict) else ())
        }

    @cached_property
    def item(self) -> Held:
        """The worklist item that the exam was made for; without values when there was none."""
        return from_json(self.ledger.get("item"))
