"""Checks of what different services of a site say of the same instances: committed, found, given back."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from scanproof.check import Observation, check, fail, ok
from scanproof.evidence import Evidence
from scanproof.evidence.associations import called_ae
from scanproof.evidence.commitment import Transaction
from scanproof.evidence.kept import failed_items, rightly_asked
from scanproof.finding import Level
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import SUCCESS
from scansim.wire.dataset import DataSet

_NOT_THERE = str(0x0112)


@dataclass(frozen=True)
class _Asked:
    """A query or retrieval of instances that ended with Success: its keys, and the instances that it brought."""

    operation: Operation
    final: Exchange
    keys: DataSet
    brought: Set[str]

    @property
    def who(self) -> str:
        """What brought them, and where."""
        words = {"C-FIND-RQ": "query", "C-GET-RQ": "C-GET", "C-MOVE-RQ": "C-MOVE"}
        return f"the {words[self.operation.request.name]} of {called_ae(self.operation.association)}"

    def names(self, study: str, series: str, instance: str) -> bool:
        """Whether its keys name an instance."""
        keys = (("StudyInstanceUID", study), ("SeriesInstanceUID", series), ("SOPInstanceUID", instance))
        return all(value in self.keys.values(name) or not self.keys.text(name) for name, value in keys)


@check(
    "commitment.agreement",
    title="Commitment, query and retrieval say the same of an instance",
    clause="",
    level=Level.EXPECTED,
    service="commitment",
    expected="what was committed is found and comes back, and what is found or comes back is not reported as missing",
    hint="Ask both for one of these instances: does commitment look into the same database as the other?",
)
def agreement(evidence: Evidence) -> Iterator[Observation]:
    """What one service of an archive has taken responsibility for, another one finds and gives back, and what it has,
    the first one does not report as not there.

    When they differ nobody can tell by either whether the image is safe: the scanner deletes what was committed, and
    the reader does not find it.

    Instances that a report commits, or reports as not there (0112H), are looked for in the answers to IMAGE queries
    that were sent later and ended with Success, and among what came of C-GETs and C-MOVEs to us that did. Nothing
    obliges an archive to offer what it has committed to queries (PS3.4 B.1.2), so it is against the purpose of the
    test; where another check has found out which of both is wrong, this follows from it, and says who said what.
    """
    places = {instance.sop_instance_uid: (instance.study, instance.series) for instance in evidence.stored}
    others = [*_queries(evidence), *_retrievals(evidence)]
    for transaction, report in evidence.reported:
        asked = rightly_asked(evidence, transaction)
        good = {uid for uid, _ in transaction.listed("ReferencedSOPSequence")} & asked.keys()
        missing = {uid for uid, why in failed_items(transaction.content) if why == _NOT_THERE} & asked.keys()
        for other in others:
            if other.operation.request.message.began < report.request.message.ended:
                continue
            named = {uid for uid in good | missing if uid in places and other.names(*places[uid], uid)}
            yield from _compared(evidence, transaction, other, good & named, missing & named)


def _queries(evidence: Evidence) -> Iterator[_Asked]:
    for query in evidence.settled_queries:
        final = query.operation.final
        if query.level == "IMAGE" and query.succeeded and final is not None:
            found = frozenset(answer.text("SOPInstanceUID") for _, answer in query.answers)
            yield _Asked(query.operation, final, query.keys, found)


def _retrievals(evidence: Evidence) -> Iterator[_Asked]:
    received = evidence.requests("C-STORE-RQ", sent=False)
    asked = (*evidence.requests("C-GET-RQ"), *evidence.requests("C-MOVE-RQ"))
    # of what was asked again the last one: an archive gets time to index
    last = {(each.request.name, each.request.abstract_syntax, each.request.encoded): each for each in asked}
    for operation in last.values():
        request, final = operation.request, operation.final
        to_us = request.command.text("MoveDestination") in (None, *evidence.our_titles)
        if final is None or final.command.status != SUCCESS or request.dataset is None or not to_us:
            continue
        if request.dataset.text("QueryRetrieveLevel") in ("STUDY", "SERIES", "IMAGE"):
            later = (each for each in received if each.request.message.ended > request.message.began)
            came = frozenset(each.request.command.sop_instance_uid or "" for each in later)
            yield _Asked(operation, final, request.dataset, came)


def _compared(
    evidence: Evidence, transaction: Transaction, other: _Asked, good: Set[str], missing: Set[str]
) -> Iterator[Observation]:
    report, commits = transaction.report, called_ae(transaction.action.association)
    if report is None or not (good or missing):
        return
    if lost := sorted(good - other.brought):
        text = (
            f"{commits} committed {len(good)} instances ({report.request.id}), and {other.who} has "
            f"{len(good & other.brought)} of them ({other.final.id}): {lost[0]} is missing"
        )
        yield fail(text, other.final, tag="SOPInstanceUID", because=_root_of_other(evidence, other))
    if there := sorted(missing & other.brought):
        text = (
            f"{commits} reported {len(missing)} instances as not there ({report.request.id}), and {other.who} "
            f"has {len(there)} of them ({other.final.id}): {there[0]} is one"
        )
        yield fail(text, report.request, tag="FailedSOPSequence", because=_root_of_report(evidence, report.request))
    if not lost and not there:
        yield ok(f"commitment and {other.who} agree", other.final)


def _root_of_other(evidence: Evidence, other: _Asked) -> Exchange:
    """Where it would be told that what was stored is not found: there, or of the whole site at its last query."""
    if other.operation.request.name != "C-FIND-RQ" or not evidence.elsewhere("query"):
        return other.final
    return [*_queries(evidence)][-1].final


def _root_of_report(evidence: Evidence, report: Exchange) -> Exchange:
    """Where it would be told that what was stored is reported as missing: there, or of the site at its last report."""
    return evidence.reported[-1][1].request if evidence.elsewhere("commitment") else report
