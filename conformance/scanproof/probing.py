"""The course of a probe: each phase asks by what those before it showed, one association at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from scanproof.evidence import Evidence, RunEvidence
from scanproof.probe import archive, asking, contexts, worklist
from scanproof.probe.asking import Wanted
from scanproof.probe.seen import Seen
from scanproof.session import Progress, Session
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import find_named
from scansim.exam.selection import Selection
from scansim.inputs import Document
from scansim.network.transcript import load_transcript
from scansim.vocabulary.services import COMMITMENT, QUERY, RETRIEVE, WORKLIST


@dataclass
class Probe:
    """A probe of one Application Entity.

    ``folder`` gets a run for each phase, with a transcript as every run has. ``complete`` says whether all phases came
    to their end.
    """

    session: Session
    folder: Path
    wanted: Wanted
    seed: int
    day: date
    run_id: str
    progress: Progress | None = None
    complete: bool = True
    _evidence: list[Evidence] = field(default_factory=list)

    @property
    def seen(self) -> Seen:
        """What has been seen by now."""
        return Seen(RunEvidence(tuple(self._evidence)))

    def run(self) -> Seen:
        """Ask phase by phase, as far as anybody lets us; nothing more where the target is not reached."""
        self._phase("1-contact", asking.contact(self.wanted.contexts))
        if not self.seen.reached:
            self.complete = False
        if self.complete:
            self._phase("2-services", *self._services())
        if self.complete:
            self._phase("3-keys", *self._keys())
        if self.complete and self.wanted.limits:
            self._phase("4-limits", asking.limits())
        return self.seen

    def _services(self) -> list[dict[str, Any]]:
        """What is asked of services that were accepted."""
        accepted, offered = contexts.accepted(self.seen), self.session.site.offered()
        found = [asking.selection(*chosen)] if (chosen := contexts.several(accepted)) is not None else []
        if models := contexts.extended(accepted):
            found.append(asking.negotiation(models))
        if WORKLIST.name in offered and contexts.takes(accepted, WORKLIST.name):
            found.append(asking.worklist())
        if self.wanted.store and contexts.takes_ct(accepted):
            asked = QUERY.name in offered
            retrieved = asked and RETRIEVE.name in offered
            found.append(
                asking.study(
                    find=asked and bool(contexts.models(accepted, "find")),
                    gets=contexts.models(accepted, "get") if retrieved else (),
                    moves=contexts.models(accepted, "move") if retrieved else (),
                    commitment=COMMITMENT.name in offered and contexts.takes(accepted, COMMITMENT.name),
                    odd=self.wanted.odd,
                )
            )
        return found

    def _keys(self) -> list[dict[str, Any]]:
        """A query for each key and way of matching, of an item that came and of the study that was stored."""
        found = []
        if asked := worklist.asked(self.seen, self.day):
            found.append(asking.queries(asking.KEYS + "-worklist", "The keys of the worklist, one by one", asked))
        if self.wanted.store and (asked := archive.asked(self.seen)):
            found.append(asking.queries(asking.KEYS + "-archive", "The keys of the archive, one by one", asked))
        return found

    def _phase(self, name: str, *documents: Mapping[str, Any]) -> None:
        if not documents:
            return
        folder = self.folder / name / "transcript"
        try:
            whole = self.session.run(
                [_scenario(document) for document in documents],
                folder,
                seed=self.seed,
                day=self.day,
                run_id=self.run_id,
                repeated=False,
                promises={},
                progress=self.progress,
                selection=Selection(odd=self.wanted.odd, heavy=True),
            )
        finally:
            self._evidence += _evidence(folder)
        self.complete = whole and self.complete


def _scenario(document: Mapping[str, Any]) -> Scenario:
    """A scenario of plain data; between its cases nothing is asked, for each is about one question."""
    name = str(document["id"])
    found = find_named([name], known={name: Document(Path(f"{name}.yaml"), dict(document), {})})
    return found.scenarios[0].model_copy(update={"between": ()})


def _evidence(folder: Path) -> list[Evidence]:
    """The evidence of what was begun, in the order of the run."""
    files = sorted(folder.rglob("scenario.json"), key=lambda path: path.stat().st_mtime_ns)
    return [Evidence(load_transcript(path.parent)) for path in files]
