"""Clients at our own target, recorded and judged in this process: what a check of clients is tried on.

::

    with target_that_records(tmp_path) as at:
        with associated(at.port, CT_IMAGE, calling_ae="MODSIM") as raw: ...
    results = at.results()                       # of every client, as `scanproof judge DIR` has them
    (client,) = at.clients()                     # their ClientEvidence

    found = judged(tmp_path, drive)              # the same for one client: what was found of it
    assert_faults(found, "dimse.request-elements")

`drive` is given the port. Transcripts that no real client makes are written by `tests.support.building.Story`, with
``by_target=True`` for what the client opened, and read by `client_of`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanproof.collected_clients import collect_recording
from scanproof.evidence import ClientEvidence
from scanproof.finding import Finding, Verdict
from scanproof.judged_clients import JudgedClient, judged_client
from scanproof.recording import evidence_of, load
from scanproof.results import Results
from scansim.network.tap import Recording
from scansim.reference.config import ReferenceConfig
from scansim.reference.server import serve
from scansim.reference.store import Store
from tests.support.building import Story


@dataclass(frozen=True)
class Recorded:
    """Our target while it records, and what came of it when it has ended."""

    folder: Path
    port: int
    store: Store
    ended: list[Path] = field(default_factory=list)

    def clients(self) -> list[ClientEvidence]:
        """Each client that came."""
        return list(load(self.folder).evidence())

    def results(self) -> Results:
        """What `scanproof judge` makes of it."""
        return collect_recording(self.folder)


@contextmanager
def target_that_records(folder: Path, *, whole: bool = False, **config: Any) -> Iterator[Recorded]:
    """Our target on a thread, recording into a folder below `folder`; `config` as in `ReferenceConfig`."""
    data, number = folder / "data", sum(1 for _ in folder.glob("recorded*"))
    data.mkdir(exist_ok=True)
    where, ended = folder / f"recorded{number}", list[Path]()
    settings = ReferenceConfig(**{"folder": data, "admits": "all", "any_class": True, "artim": 5.0, **config})
    facts = {"started": "2026-11-29T10:00:00+01:00", "defect": settings.defect or ""}
    recording = Recording(where, facts, whole=whole, ended=ended.append)
    ready: queue.Queue[str] = queue.Queue()
    end, store = threading.Event(), Store(data)
    serving = threading.Thread(target=serve, args=(settings, ready.put, end, recording), daemon=True)
    serving.start()
    try:
        port = int(ready.get(timeout=10).rpartition(":")[2])
        yield Recorded(where, port, store, ended)
    finally:
        end.set()
        serving.join(10)
        store.close()
        assert not serving.is_alive()


def recorded(folder: Path, drive: Callable[[int], object], **config: Any) -> Recorded:
    """Let a client do something at our target, and end it."""
    with target_that_records(folder, **config) as at:
        drive(at.port)
    return at


def judged(folder: Path, drive: Callable[[int], object], **config: Any) -> JudgedClient:
    """The same of a single client: what was found of it."""
    (client,) = recorded(folder, drive, **config).clients()
    return judged_client(client)


def client_of(story: Story, name: str = "MODSIM@127.0.0.1", **facts: Any) -> ClientEvidence:
    """The client of a transcript that was written by hand, as if our target had recorded it."""
    for link in story.links:
        link.recorder.close()
    paths = sorted(story.writer.folder.glob("a*.wire"))
    return evidence_of(
        {"ae": "REFERENCE", "host": "127.0.0.1", "port": 11112, **facts}, story.writer.folder, name, paths
    )


def deviations(found: JudgedClient) -> list[Finding]:
    """What is not met, could not be judged or gave a warning, consequences apart."""
    quiet = (Verdict.PASS, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)
    return [each for each in found.findings if each.verdict not in quiet and each.root is None]


def assert_faults(found: JudgedClient, *checks: str) -> None:
    """Assert that these checks, and no others, have found a fault."""
    assert sorted({each.check for each in deviations(found) if each.verdict is Verdict.FAIL}) == sorted(checks), [
        f"{each.check}: {each.actual}" for each in deviations(found)
    ]
