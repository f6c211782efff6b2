"""Clients with several AE titles: what only their requests together tell.

A scanner may ask for its worklist under one title, and store under another. Each title is judged by itself; who the
patient is has to be the same in all that one device says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from scanproof.checks import all_checks
from scanproof.evidence import ClientEvidence
from scanproof.finding import Finding, Verdict
from scanproof.judged_clients import JudgedClient, judged_client
from scanproof.profile import Profile
from scanproof.recording import NOBODY, Recording, evidence_of

#: Checks that compare what was sent under one title with what was given, or sent, under another.
ACROSS = ("client.item-images", "client.item-performed", "client.step-images", "client.step-instances")
#: Bytes of records that are read once more for it.
_MOST = 500_000_000
_SERVICES = {"C-FIND-RQ": 1, "N-CREATE-RQ": 2, "N-SET-RQ": 2, "C-STORE-RQ": 3}


def kinds_of(client: ClientEvidence) -> frozenset[int]:
    """What a client did of an exam, in the order of an exam: its worklist, its steps, its images."""
    names = {each.request.name for each in client.received.operations if not each.request.sent}
    return frozenset(_SERVICES[name] for name in names & _SERVICES.keys())


def judged_hosts(
    recording: Recording, kinds: Mapping[str, frozenset[int]], known: set[tuple[str, str | None, str | None]]
) -> Iterator[JudgedClient]:
    """Judge the AE titles of each host together, and yield what that alone has found.

    Parameters
    ----------
    recording : Recording
        With several clients.
    kinds : mapping
        What each of its clients did of an exam, by its label.
    known : set of tuple
        What was found of each title by itself: check, attribute and message.
    """
    for host, names in _hosts(recording, kinds).items():
        paths = sorted({path for name in names for path in recording.clients[name]}, key=_number)
        if sum(path.stat().st_size for path in paths) > _MOST:
            continue
        titles = ", ".join(name.rpartition("@")[0] for name in names)
        client = evidence_of(recording.facts, recording.folder, f"{titles}@{host}", paths)
        found = judged_client(client, Profile.DICOM, [all_checks()[each] for each in ACROSS])
        mine = [_is_new(each, known) for each in found.findings]
        if any(mine):
            findings = tuple(each for each, new in zip(found.findings, mine, strict=True) if new)
            seen_on = tuple(each for each, new in zip(found.seen_on, mine, strict=True) if new)
            yield replace(found, findings=findings, seen_on=seen_on, notes=())


def _number(path: Path) -> tuple[int, str]:
    return len(path.stem), path.stem


def _hosts(recording: Recording, kinds: Mapping[str, frozenset[int]]) -> dict[str, list[str]]:
    """Hosts of which one title goes on with an exam that another one has begun."""
    found: dict[str, list[str]] = {}
    for name in recording.clients:
        title, _, host = name.rpartition("@")
        if title != NOBODY and kinds.get(name):
            found.setdefault(host, []).append(name)
    return {host: names for host, names in found.items() if len(names) > 1 and _go_on([kinds[each] for each in names])}


def _go_on(kinds: list[frozenset[int]]) -> bool:
    return any(min(one) < max(other) for one in kinds for other in kinds if one is not other)


def _is_new(finding: Finding, known: set[tuple[str, str | None, str | None]]) -> bool:
    deviates = finding.verdict in (Verdict.FAIL, Verdict.WARN)
    return deviates and (finding.check, finding.tag, finding.exchange) not in known
