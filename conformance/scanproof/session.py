"""One run from beginning to end: target, orders, listener, scenarios, judgement."""

from __future__ import annotations

import contextlib
import re
import secrets
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pydicom.dataset import Dataset

from scanproof import __version__, run_facts
from scanproof.again import checked_commands
from scanproof.claim_counts import claim_counts
from scanproof.claimed import claimed_character_sets
from scanproof.claims import evaluate, questions
from scanproof.conclude import conclude
from scanproof.course import Course
from scanproof.declarations import of_site, of_transcript, sources
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Finding, Note, Verdict
from scanproof.judge import Judgement, judge, judge_run
from scanproof.left_behind import created_uids, left_open, ordered_uids
from scanproof.order_folder import OrderFolder
from scanproof.pictures import pictures_of
from scanproof.profile import Profile, told
from scanproof.results import EDITION, Results, ScenarioResult, Tool
from scanproof.signals import taking_signals
from scanproof.strays import STRAYS, load_strays, stray_facts
from scanproof.timings import times_of
from scanproof.view import association_views, exchange_views, item_course, patient, step_results
from scansim.exam.cases import exams
from scansim.exam.run import RunSettings
from scansim.exam.scenario import Scenario
from scansim.exam.selection import Selection, own_of, select
from scansim.identity.chosen import Choice
from scansim.inputs import InputError
from scansim.network.listener import Listener
from scansim.network.transcript import load_transcript
from scansim.reference import process
from scansim.reference.config import ReferenceConfig
from scansim.site import ListenerAddress, Site, Timeouts, single_target
from scansim.stopping import Flag
from scansim.vocabulary.outcome import Promiser
from scansim.vocabulary.services import COMMITMENT, RETRIEVE

INTERRUPTED = "interrupted by the user: what follows is what had been observed by then"
LATE = "interrupted by the user after the last exam: all of it had been observed, and is judged"

#: The embedded target answers in milliseconds; what takes this long will not come. Its statement promises a commitment
#: result sooner than that.
EMBEDDED_TIMEOUTS = Timeouts(connect=5, associate=5, response=10, commitment=6, hold=1, settle=1)

Progress = Callable[[str, str, int, int], None]


def promises_of(
    site: Site, scenarios: Sequence[Scenario], *, named: bool = True, services: Sequence[str] = ()
) -> dict[str, Promiser]:
    """Who promises each service of a run.

    Parameters
    ----------
    site : Site
        A site file promises every service that it names.
    scenarios : sequence of Scenario
        Those that the user `named` promise the services that they are there to prove.
    services : sequence of str
        What --services names.
    """
    if site.promises:
        return dict.fromkeys(site.offered(), Promiser.SITE)
    proven = [service for scenario in scenarios for service in scenario.proven_services] if named else []
    return {**dict.fromkeys(proven, Promiser.SCENARIO), **dict.fromkeys(services, Promiser.OPTION)}


def fresh_seed() -> int:
    """A seed that no other run has."""
    return secrets.randbelow(2**31)


def fresh_run_id() -> str:
    """A run id that no other run has: its UIDs are new to every target."""
    return secrets.token_hex(4)


def check_run_id(text: str) -> str:
    """Return a run id; InputError for what is none."""
    if not re.fullmatch(r"[0-9A-Za-z._-]{1,32}", text):
        raise InputError(f"--run-id {text!r}: 1 to 32 letters, digits, dots, hyphens")
    return text


@dataclass(frozen=True)
class Session:
    """An open target with our listener: scenarios can be run against it.

    ``site`` is complete: for the embedded target it names the ports that were taken.
    """

    site: Site
    listener: Listener | None
    orders: Callable[[Dataset], None] | None
    trouble: Callable[[], str] = str  # what the embedded target could not write, empty when it could

    def run(
        self,
        scenarios: Sequence[Scenario],
        folder: Path,
        *,
        seed: int,
        day: date,
        statements: Sequence[Path] = (),
        jobs: int = 1,
        promises: Mapping[str, Promiser] | None = None,
        progress: Progress | None = None,
        choice: Choice | None = None,
        run_id: str | None = None,
        repeated: bool | None = None,
        command: Callable[[Sequence[Scenario]], str] | None = None,
        selection: Selection | None = None,
        profile: Profile = Profile.DICOM,
    ) -> bool:
        """Run scenarios, or their cases, and leave their transcripts in `folder`.

        `choice` is who the patient is, whatever site and scenarios choose.

        `promises` tells who promised each service: when it is left out, as `promises_of` says of named scenarios.
        `run_id` is a fresh one when left out; `repeated` says that a run before had it, as one that is given usually.
        `command` gives the command line that runs some of the scenarios again. `profile` is the measure by which they
        will be judged. `selection` says which cases are run: when it is left out, all but heavy ones, and those with
        odd data where the site allows that.

        Returns
        -------
        bool
            Whether all came to their end; False after Ctrl-C, SIGTERM or SIGHUP, which are taken meanwhile.

        Raises
        ------
        InputError
            When the folder cannot be written or holds a transcript already, a chosen patient cannot be had, or our
            listener or the embedded target cannot write.
        """
        claimed = claimed_character_sets(of_site(self.site, statements))
        every = exams(scenarios, choice or Choice(), self.site, claimed=claimed)
        selection = selection or Selection(odd=self.site.odd_data, own_files=self.site.own_files)
        scenarios, left_out = select(every, selection, self.site, places_orders=self.orders is not None)
        own = list(dict.fromkeys(filter(None, map(own_of, scenarios))))
        facts: dict[str, Any] = {
            "seed": seed,
            "date": day.isoformat(),
            "run_id": fresh_run_id() if run_id is None else run_id,
            "repeated": run_id is not None if repeated is None else repeated,
            "started": datetime.now().astimezone().isoformat(timespec="seconds"),
            "scenarios": [scenario.label for scenario in scenarios],
            "target": [f"{name}: {address}" for name, address in self.site.offered().items()],
            "profile": profile.value,
            "statements": [],
            "complete": False,
            "notes": [
                f"{each} were sent: this folder holds their data, people's if they are of people" for each in own
            ],
            "not_run": [each.facts for each in left_out],
        }
        if command is not None:
            facts["again"] = {"": command(scenarios), **{each.label: command([each]) for each in scenarios}}
        run_facts.begin(folder, facts, sources(self.site, statements))
        if promises is None:
            promises = promises_of(self.site, scenarios)
        with taking_signals() as signals, signals.noted():
            settings = RunSettings(
                self.site,
                seed,
                day,
                self.listener,
                self.orders,
                progress,
                run_id=facts["run_id"],
                repeated=facts["repeated"],
                promises=promises,
                stop=signals.stop,
                hurry=signals.hurry,
            )
            try:
                course = Course(scenarios, settings, folder, selection.within)
                try:
                    course.run(jobs)
                    facts["complete"] = True
                except KeyboardInterrupt:
                    facts["notes"].append(INTERRUPTED)
                ended = {each.label for each in course.not_run}
                facts["not_run"] += [each.facts for each in course.not_run]
                facts["scenarios"] = [label for label in facts["scenarios"] if label not in ended]
                if self.listener is not None:
                    strays = self.listener.hand_over_strays(
                        folder / STRAYS, stray_facts(self.site, self.listener.facts)
                    )
                    facts["notes"] += [f"listener: {stray}" for stray in strays]
                trouble = self.trouble() or (self.listener.trouble if self.listener is not None else "")
                if trouble:
                    facts["complete"] = False
                    facts["notes"].append(f"what was refused or is missing is our own doing: {trouble}")
                run_facts.write(folder, facts)
            except InputError as error:
                broken = {"complete": False, "notes": [*facts["notes"], f"the run broke off: {error}"]}
                with contextlib.suppress(InputError):
                    run_facts.write(folder, facts | broken)
                told = f"what had been seen by then is judged by: scanproof judge {shlex.quote(str(folder))}"
                raise InputError(f"{error}\n{told}") from None
        if trouble:
            raise InputError(trouble)
        return bool(facts["complete"])


@contextlib.contextmanager
def open_session(
    site: Site | None,
    *,
    defect: str | None = None,
    commitment: Literal["same", "new"] = "new",
    timeouts: Timeouts = EMBEDDED_TIMEOUTS,
    listening: bool = True,
    stop: Flag | None = None,
) -> Iterator[Session]:
    """Open what a run needs, and close it whatever happens.

    Parameters
    ----------
    site : Site, optional
        The target; the embedded reference target on free loopback ports when left out.
    defect, commitment, timeouts
        For the embedded target: the wrong behaviour to switch on; how it delivers commitment results; how long it is
        waited for.
    listening : bool
        Whether a commitment result has to be waited for.
    stop : Flag, optional
        Ends the opening, with KeyboardInterrupt.

    Raises
    ------
    InputError
        When the listener's port cannot be had, or the embedded target has no place for its data.
    ReferenceTargetError
        When the embedded target does not come up.
    """
    stop = stop or Flag()
    with contextlib.ExitStack() as stack:
        if site is None:
            listener = stack.enter_context(Listener.local(ReferenceConfig.ae, timeouts))
            config = ReferenceConfig(
                peers={listener.ae: ("127.0.0.1", listener.port)}, defect=defect, commitment=commitment
            )
            target = stack.enter_context(process.start(config, stop=stop))
            embedded = single_target(
                target.ae,
                target.host,
                target.port,
                listener=ListenerAddress(ae=listener.ae, port=listener.port),
                timeouts=timeouts,
                promised=True,
            ).model_copy(update={"odd_data": True})
            stop.check()
            yield Session(embedded, listener, target.add_order, target.trouble)
            return
        needed = listening and any(site.address(service) is not None for service in (COMMITMENT, RETRIEVE))
        ours = stack.enter_context(Listener.of_site(site)) if needed else None
        orders = None
        if site.orders.folder is not None:
            orders = OrderFolder(site.orders.folder)
            stack.callback(orders.remove)
        stop.check()
        yield Session(site, ours, orders)


def note_interruption(results: Results, folder: Path) -> Results:
    """Note that somebody wanted a run to end when all of it had been observed, in its transcript and its results."""
    facts = run_facts.read(folder)
    before = len(facts["notes"])
    facts["notes"].append(LATE)
    run_facts.write(folder, facts)
    return results.model_copy(update={"notes": [*results.notes[:before], LATE, *results.notes[before:]]})


# --- judging ----------------------------------------------------------------------------------------------------------


def collect(folder: Path, statements: Sequence[Path] = (), profile: Profile | None = None) -> Results:
    """Judge every transcript in `folder` and put the results together.

    Parameters
    ----------
    folder : pathlib.Path
        The ``transcript`` folder of a run.
    statements : sequence of pathlib.Path
        Other Conformance Statements than the run's own.
    profile : Profile, optional
        Another measure than the run's own.

    Raises
    ------
    InputError
        When there is no transcript, or it or the statement cannot be read.
    """
    facts = run_facts.read(folder)
    declared = of_transcript(folder, facts, statements)
    profile = profile or Profile(facts.get("profile", Profile.DICOM))
    notes: list[str] = [*facts["notes"], *told(profile), *declared.notes()]
    judged, whole = list[tuple[Evidence, Judgement]](), bool(facts["complete"])
    for label in facts["scenarios"]:
        if not (folder / label / "scenario.json").is_file():
            whole = False
            notes.append(f"{label} was not begun")
            continue
        evidence = Evidence(load_transcript(folder / label), declared)
        judgement = judge(evidence, profile=profile)
        judged.append((evidence, judgement))
        if facts["complete"] and evidence.missing:
            notes.append(f"{label}: its transcript lacks {', '.join(evidence.missing)}")
            whole = False
        notes += [f"{label}: check {check} failed itself" for check in judgement.crashed]
    run = RunEvidence(tuple(evidence for evidence, _ in judged), declared, load_strays(folder, declared))
    of_run = judge_run(run, profile=profile)
    notes += [f"check {check} failed itself" for check in of_run.crashed]
    conclusion = conclude(judged, of_run, checked_commands(facts.get("again")))
    scenarios: list[ScenarioResult] = []
    for evidence, judgement in judged:
        label = evidence.label
        facts_told = [note for of, note in (*judgement.notes, *of_run.notes) if of == label]
        findings = conclusion.of_scenario[label]
        shown = [*findings, *(each for each in conclusion.of_run if label in (each.case, each.scenario))]
        first = all(each.id != evidence.scenario for each in scenarios)  # orders of a battery are told once
        ordered = ordered_uids(evidence.transcript) if first else []
        try:
            result = _scenario(evidence, findings, shown, facts_told, conclusion.verdicts[label])
            scenarios.append(result.model_copy(update={"created": [*ordered, *result.created]}))
        except (AttributeError, LookupError, TypeError, ValueError) as error:  # no run writes what leads to these
            what = " ".join(str(error).split())
            raise InputError(f"{evidence.transcript.folder}: damaged: {type(error).__name__}: {what}") from None
    scenarios += run_facts.not_run(facts)
    kept = [*(each for _, judgement in judged for each in judgement.kept), *of_run.kept]
    findings = [*(each for label in conclusion.of_scenario.values() for each in label), *conclusion.of_run]
    left_out = {each["label"]: each["reason"] for each in facts.get("not_run", ())}
    claims = evaluate(run, kept, findings, left_out)
    return Results(
        tool=Tool(version=__version__, edition=EDITION),
        started=facts["started"],
        seed=facts["seed"],
        date=facts["date"],
        run_id=facts.get("run_id", ""),
        target=facts["target"],
        profile=profile.value,
        statement=declared.title if declared else None,
        complete=whole,
        summary=conclusion.summary,
        consequences=conclusion.consequences,
        services=conclusion.services,
        coverage=conclusion.coverage,
        scenarios=scenarios,
        findings=conclusion.of_run,
        claims=claims,
        claim_counts=claim_counts(claims),
        questions=questions(declared),
        times=times_of(run.scenarios),
        notes=notes,
    )


def _scenario(
    evidence: Evidence, findings: Sequence[Finding], shown: Sequence[Finding], notes: Sequence[Note], verdict: Verdict
) -> ScenarioResult:
    """One scenario's results; `shown` are all findings that rest on its messages."""
    quiet = (Verdict.PASS, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)
    deviations = {each.exchange for each in shown if each.exchange is not None and each.verdict not in quiet}
    transcript = evidence.transcript
    return ScenarioResult(
        id=evidence.scenario,
        case=evidence.case,
        title=transcript.scenario["title"],
        verdict=verdict,
        patient=patient(transcript),
        steps=step_results(transcript),
        findings=list(findings),
        notes=list(notes),
        item_course=item_course(evidence),
        created=created_uids(transcript),
        left_open=left_open(transcript),
        associations=association_views(transcript),
        exchanges=exchange_views(transcript, deviations),
        pictures=pictures_of(evidence),
    )
