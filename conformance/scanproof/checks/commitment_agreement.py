"""Checks of what different services of a site say of the same instances: committed, found, given back."""

from __future__ import annotations

from collections.abc import Iterator, Set

from scanproof.check import Observation, check, fail, ok
from scanproof.evidence import Evidence
from scanproof.evidence.associations import called_ae
from scanproof.evidence.commitment import Transaction
from scanproof.evidence.kept import failed_items, rightly_asked
from scanproof.evidence.queries import Query
from scanproof.finding import Level
from scansim.network.transcript import Exchange

_NOT_THERE = str(0x0112)


@check(
    "commitment.agreement",
    title="Commitment and query say the same of an instance",
    clause="",
    level=Level.EXPECTED,
    service="commitment",
    expected="what was committed is found, and what is found is not reported as missing",
    hint="Ask both for one of these instances: does commitment look into the same database as the query?",
)
def agreement(evidence: Evidence) -> Iterator[Observation]:
    """What one service of an archive has taken responsibility for, another one finds, and what it finds, the first one
    does not report as not there.

    When they differ nobody can tell by either whether the image is safe: the scanner deletes what was committed, and
    the reader does not find it.

    Instances that a report commits, or reports as not there (0112H), are looked for in the answers to IMAGE queries
    of their series that were sent later and ended with Success. Nothing obliges an archive to offer what it has
    committed to queries (PS3.4 B.1.2), so it is against the purpose of the test; where another check has found out
    which of both is wrong, this follows from it, and says who said what.
    """
    series = {instance.sop_instance_uid: (instance.study, instance.series) for instance in evidence.stored}
    images = [each for each in evidence.settled_queries if each.level == "IMAGE" and each.succeeded]
    for transaction, report in evidence.reported:
        asked = rightly_asked(evidence, transaction)
        good = {uid for uid, _ in transaction.listed("ReferencedSOPSequence")} & asked.keys()
        missing = {uid for uid, why in failed_items(transaction.content) if why == _NOT_THERE} & asked.keys()
        for query in images:
            if query.operation.request.message.began < report.request.message.ended:
                continue
            mine = {uid for uid, (study, of) in series.items() if _asks_for(query, study, of, uid)}
            found = {answer.text("SOPInstanceUID") for _, answer in query.answers}
            yield from _compared(evidence, transaction, query, good & mine, missing & mine, found)


def _asks_for(query: Query, study: str, series: str, instance: str) -> bool:
    keys = (("StudyInstanceUID", study), ("SeriesInstanceUID", series), ("SOPInstanceUID", instance))
    return all(query.keys.text(name) in ("", value) for name, value in keys)


def _compared(
    evidence: Evidence, transaction: Transaction, query: Query, good: Set[str], missing: Set[str], found: Set[str]
) -> Iterator[Observation]:
    report, final = transaction.report, query.operation.final
    if report is None or final is None or not (good or missing):
        return
    commits, finds = called_ae(transaction.action.association), called_ae(query.operation.association)
    if lost := sorted(good - found):
        text = (
            f"{commits} committed {len(good)} instances ({report.request.id}), and the query of {finds} finds "
            f"{len(good & found)} of them ({final.id}): {lost[0]} is missing"
        )
        yield fail(text, final, tag="SOPInstanceUID", because=_root_of_query(evidence, final))
    if there := sorted(missing & found):
        text = (
            f"{commits} reported {len(missing)} instances as not there ({report.request.id}), and the query of {finds} "
            f"finds {len(there)} of them ({final.id}): {there[0]} is one"
        )
        yield fail(text, report.request, tag="FailedSOPSequence", because=_root_of_report(evidence, report.request))
    if not lost and not there:
        yield ok("commitment and query agree", final)


def _root_of_query(evidence: Evidence, final: Exchange) -> Exchange:
    """Where it would be told that what was stored is not found: there, or of the whole site at its last query."""
    if not evidence.elsewhere("query"):
        return final
    asked = [each for each in evidence.settled_queries if each.level == "IMAGE" and each.succeeded]
    return asked[-1].operation.final or final


def _root_of_report(evidence: Evidence, report: Exchange) -> Exchange:
    """Where it would be told that what was stored is reported as missing: there, or of the site at its last report."""
    return evidence.reported[-1][1].request if evidence.elsewhere("commitment") else report
