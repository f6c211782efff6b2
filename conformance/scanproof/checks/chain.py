"""Checks of the way of images through the site: from the AE that takes them to those that commit and find them."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, Proof, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.kept import failed_items, rightly_asked
from scanproof.evidence.parties import THE_SITE
from scanproof.evidence.promises import named
from scanproof.evidence.queries import Query
from scanproof.finding import Level, Verdict
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import CANCEL


@check(
    "site.chain",
    title="What one AE of the site acknowledged, the AE that is asked for it has",
    clause="",
    level=Level.SITE,
    expected="each instance that storage acknowledged, found or committed at the AE that the site names for that",
    hint="Follow one of these instances: does the gateway forward it, to where, and what is it answered?",
    proven_by=Proof.SET_UP,
)
def chain(evidence: Evidence) -> Iterator[Observation]:
    """A site that stores at one AE, and queries or commits at another, promises that images get from one to the other.

    A router that says Success and loses images is the fault that nobody sees until the patient is back: the scanner has
    deleted them, and the archive never had them.

    Success of storage speaks of the SCP's own storing (PS3.4 B.2.2), so no clause is broken by either AE: the promise
    of the site file is. The instances that were acknowledged are compared with those that the other AE found, after it
    was given the time of timeouts.settle, and with those that it reported as not there.
    """
    where = named(evidence.transcript.scenario)
    if not any(evidence.elsewhere(service) for service in ("query", "commitment")):
        yield Observation(Verdict.NOT_APPLICABLE, "what is stored is not asked for at another AE")
        return
    kept = {instance.sop_instance_uid for instance in evidence.stored if instance.clean}
    if not kept:
        return
    storage = where.get("storage", ("", "", 0))[0]
    for service, seen in (("query", _not_found(evidence)), ("commitment", _not_committed(evidence))):
        if seen is None or not evidence.elsewhere(service):
            continue
        missing, how, exchange = seen
        missing &= kept
        text = f"{storage} acknowledged {len(kept)} instances, {where[service][0]} has"
        if not missing:
            yield ok(f"{text} all of them ({how})", exchange, party=THE_SITE)
            continue
        has = "none" if missing == kept else f"{len(kept) - len(missing)} of them"
        first = f", {min(missing)} is missing" if missing != kept else ""
        yield fail(f"{text} {has} ({how}{first})", exchange, party=THE_SITE, tag="SOPInstanceUID")


def _not_found(evidence: Evidence) -> tuple[set[str], str, Exchange | None] | None:
    """Acknowledged instances that no query found, and the last answer; None when there was no whole query for them."""
    asked = [query for query in evidence.settled_queries if query.level == "IMAGE" and query.succeeded]
    if not asked:
        return None
    found = {answer.text("SOPInstanceUID") for query in asked for _, answer in query.answers}
    missing = {instance.sop_instance_uid for instance in evidence.stored} - found
    return missing, f"queries find {len(found)}", asked[-1].operation.final


def _not_committed(evidence: Evidence) -> tuple[set[str], str, Exchange | None] | None:
    """Instances that a commitment report says are not there; None without a report."""
    failed: set[str] = set()
    for transaction, _ in evidence.reported:
        missing = {uid for uid, reason in failed_items(transaction.content) if reason == str(0x0112)}
        failed |= missing & rightly_asked(evidence, transaction).keys()
    if not evidence.reported:
        return None
    return failed, f"a commitment report misses {len(failed)}", evidence.reported[-1][1].request


@check(
    "query.found-at-once",
    title="What was stored is found at once",
    clause="",
    level=Level.EXPECTED,
    service="query",
    expected="the stored instances among the answers to the first query for them",
    hint="Tell the scanner's vendor how long the archive takes: a console that asks once takes the images for lost.",
)
def found_at_once(evidence: Evidence) -> Iterator[Observation]:
    """An archive finds what it has acknowledged when it is asked right after.

    Scanners that check whether their images arrived mostly ask once, and raise an alarm when nothing is found.

    What the first query did not find is asked for again, for the time that the site file gives. Found then, it is a
    warning with the seconds since the first query; never found is for other checks.
    """
    first: dict[bytes, Query] = {}
    settled = {id(query) for query in evidence.settled_queries}
    for query in evidence.archive_queries:
        final, request = query.operation.final, query.operation.request
        if query.level != "IMAGE" or final is None or final.command.status == CANCEL:
            continue  # a query that we cancelled may have found all of it
        before = first.setdefault(request.encoded or b"", query)
        if id(query) not in settled or not query.answers:
            continue
        if len(before.answers) < len(query.answers):
            waited = (request.message.ended - before.operation.request.message.ended) / 1e9
            yield warn(f"found {waited:.1f} s after the first query for it", final)
        else:  # what was asked for twice and found both times was there at once
            yield ok("found at once", final)
