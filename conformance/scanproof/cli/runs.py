"""Commands that lead to a verdict: run, judge."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanproof.cli.application import app, day_of, forget_output, progress_bar
from scanproof.cli.wanted import services_of, time_of, with_accession
from scanproof.profile import Profile
from scanproof.signals import Signals, taking_signals

if TYPE_CHECKING:
    from scanproof.results import Results

#: Run when no scenario is named: what does no harm anywhere, and what the embedded target is asked beyond that.
ROUTINE = ("ct-routine", "mr-routine", "refusals")
EMBEDDED = (*ROUTINE, "names", "final-state")
#: Run as well where a statement claims character sets.
CLAIMED = ("names",)


_PROFILE = "what fails: what has to be (dicom), what should be as well (strict), what IHE demands beyond it (ihe-swf)"


class FailOn(StrEnum):
    """From which verdict on the exit code is 1."""

    FAIL = "fail"
    WARN = "warn"
    NOT_TESTED = "not-tested"
    NEVER = "never"


def _print(results: Results, reports: Sequence[Path], more: Sequence[str] = ()) -> None:
    """Print what was found; where nobody reads on, the reports are there all the same."""
    from rich.console import Console

    from scanproof.report.terminal import summary

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    try:
        summary(results, Plain(soft_wrap=False), reports)
        for line in more:
            typer.echo(line)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):  # a pipe, or a terminal, that is gone
            raise
        forget_output()


@app.command()
def run(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(help="ids of built-in scenarios, or files or folders of them; full is every one of them"),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="AET@HOST:PORT", help="one AE that offers every service")
    ] = None,
    site: Annotated[Path | None, typer.Option(help="site file: an AE for each service")] = None,
    statement: Annotated[
        list[Path] | None,
        typer.Option(
            help="a Conformance Statement: a YAML file, or the name of a built-in one; again for each other one"
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder for reports and transcript; a new one if left out")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="reproduces patients, numbers and pixels; fresh if left out")
    ] = None,
    run_id: Annotated[
        str | None, typer.Option(metavar="ID", help="repeats the UIDs of the run that had it; fresh if left out")
    ] = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="the exams' day; today if left out")] = None,
    patient: Annotated[
        str | None,
        typer.Option(
            metavar="KEY|name=…,id=…",
            help="whom exams are for: a special patient, such as kanji-5c, or name=,id=,issuer=,birth_date=,sex= as "
            "the hospital prescribes it; a patient that is not obviously synthetic is taken from here and from the "
            "site file alone, never from a scenario",
        ),
    ] = None,
    character_set: Annotated[
        str | None, typer.Option(help=r"Specific Character Set of exams, such as 'ISO_IR 144' or '\ISO 2022 IR 87'")
    ] = None,
    locale: Annotated[str | None, typer.Option(help="whose names made-up patients have, such as ja_JP")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="run this scenario or case alone: mpps-battery/duplicate; again for others"),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(metavar="ID[=REASON]", help="leave this scenario or case out; the report shows the reason"),
    ] = None,
    odd_data: Annotated[
        bool, typer.Option("--odd-data", help="send what no scanner should as well; never to a live system")
    ] = False,
    own_files: Annotated[
        bool,
        typer.Option("--own-files", help="send files of your own where a case names them; they may be real people's"),
    ] = False,
    heavy: Annotated[bool, typer.Option("--heavy", help="run large and long cases as well")] = False,
    store: Annotated[
        bool,
        typer.Option(
            "--store",
            help="of what the statement claims, store each SOP Class in each Transfer Syntax, an instance each",
        ),
    ] = False,
    within: Annotated[
        str | None,
        typer.Option(metavar="MINUTES", help="what has not begun then is not tested: 30, 90s; a set has its own time"),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan",
            help="print the cases, what they leave and how long they take, and stop; of a statement's claims as a file "
            "that run takes",
        ),
    ] = False,
    fail_on: Annotated[FailOn, typer.Option(help="from which verdict on the exit code is 1")] = FailOn.FAIL,
    profile: Annotated[Profile, typer.Option(help=_PROFILE)] = Profile.DICOM,
    jobs: Annotated[
        int,
        typer.Option(
            "-j", "--jobs", min=1, max=64, help="exams side by side; worth it where the target takes its time to answer"
        ),
    ] = 1,
    calling_ae: Annotated[str, typer.Option(help="our AE title, with --target")] = "SCANPROOF",
    services: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME", help="services that have to be there, with --target: worklist,storage"),
    ] = None,
    accession: Annotated[
        str | None, typer.Option(help="Accession Number of the worklist item to take, of those that are there")
    ] = None,
    allow_remote: Annotated[bool, typer.Option("--allow-remote", help="--target may be another machine")] = False,
    listen: Annotated[
        int, typer.Option(min=0, max=65535, help="our port for commitment results, with --target")
    ] = 11113,
    timeout: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=SECONDS", help="how long to wait, for all services: response=60, operation=300, …"),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=NUMBER", help="how much a target may send: answers=50000, operation=64 (MiB), …"),
    ] = None,
) -> None:
    """Run exams against a target, judge every answer, and report it.

    Without --target and --site, the embedded reference target is started, tested and stopped. With a statement and no
    scenario, what the statement claims is tested.

    \b
    Examples:
      scanproof run
      scanproof run full
      scanproof run ct-routine --target PACS@127.0.0.1:11112
      scanproof run --site hospital.yaml --statement pacs.yaml --statement ris.yaml --out result
      scanproof run --target RIS@127.0.0.1:104 --services worklist,mpps
      scanproof run --site hospital.yaml --patient 'name=TEST^HOSPITAL,id=12345,birth_date=19700101,sex=F'
      scanproof run names --target PACS@127.0.0.1:11112
      scanproof run --target PACS@127.0.0.1:11112 --statement pacs.yaml --plan
      scanproof run mpps-battery --target RIS@127.0.0.1:104 --odd-data --plan
      scanproof run --only worklist-battery/range-combined --site hospital.yaml
      scanproof run worklist-battery --site hospital.yaml --skip 'worklist-battery/cancel-late=it hangs, ticket 471'
      scanproof run --site hospital.yaml --timeout operation=300 --limit answers=50000
      scanproof run full --site hospital.yaml --within 30
      scanproof run my-scenarios/ --site hospital.yaml -j 4 --fail-on warn
    """
    from scanproof.claim_plan import PLAN, claim_plan
    from scanproof.claim_plan_text import plan_text
    from scanproof.claimed import claimed_character_sets
    from scanproof.cli.called import command
    from scanproof.conclude import exit_code
    from scanproof.coverage import refuse_unknown_proofs
    from scanproof.declarations import of_site
    from scanproof.plan import planned, within_lines
    from scanproof.session import check_run_id, fresh_run_id, fresh_seed, open_session, promises_of
    from scansim.builtin_files import builtin_folder
    from scansim.exam.cases import exams
    from scansim.exam.scenario_files import find_named
    from scansim.exam.selection import Selection, select
    from scansim.identity.chosen import from_command_line
    from scansim.images.sections import forget
    from scansim.inputs import InputError
    from scansim.site import ListenerAddress, adjustment, check_ae, load_site, parse_target, single_target

    if target is not None and site is not None:
        raise InputError("give --target or --site, not both")
    day, given = day_of(date), statement or []
    chosen_seed = fresh_seed() if seed is None else seed
    chosen_id = fresh_run_id() if run_id is None else check_run_id(run_id)
    choice = from_command_line(patient, character_set, locale)
    where = None
    if site is not None:
        where = load_site(site)
    elif target is not None:
        try:
            listener = ListenerAddress(ae=check_ae(calling_ae), port=listen)
        except ValueError as error:
            raise InputError(f"--calling-ae: {error}") from None
        ae, host, port = parse_target(target)
        where = single_target(ae, host, port, calling_ae=listener.ae, listener=listener, allow_remote=allow_remote)
    elif not statement:
        statement = [builtin_folder() / "statements" / "reference.yaml"]
    statements = statement or []
    declared = of_site(where, statements)
    default: tuple[str, ...] = EMBEDDED if where is None else ROUTINE
    if where is not None and claimed_character_sets(declared):
        default += CLAIMED
    told = bool(given) or any(address.statement for address in (where.offered().values() if where is not None else ()))
    if store and (scenarios or not told):
        raise InputError("--store goes with the plan of a statement: give one, and name no scenario")
    claims = claim_plan(declared, store=store, within=within) if told and not scenarios else None
    known = claims.known if claims is not None else {}
    if only and not scenarios:
        scenarios = list(dict.fromkeys(name.partition("/")[0] for name in only))
    if claims is not None and not known and not scenarios:
        raise InputError(f"nothing that the statement claims can be tested here: {'; '.join(claims.why_not)}")
    named = find_named(scenarios or ((PLAN,) if known else default), time_of(within), known)
    chosen = named.scenarios
    refuse_unknown_proofs(chosen)
    wanted = services_of(services, where)
    if accession is not None:
        where = with_accession(where, accession)
    adjusted = adjustment(timeout or (), limit or ())
    if where is not None:
        where = adjusted(where)
    parts = [each.partition("=") for each in skip or ()]
    skipped = {each: reason for name, _, reason in parts for each in named.each([name])}
    odd = odd_data or where is None or where.odd_data
    own = own_files or (where is not None and where.own_files)
    selection = Selection(named.each(only or ()), skipped, odd, heavy, own, named.limits, named.only)
    every = exams(chosen, choice, *([where] if where is not None else []), claimed=claimed_character_sets(declared))
    places_orders = where is None or where.orders.folder is not None
    selected = select(every, selection, where, places_orders=places_orders)  # refused before a socket opens
    if plan and claims is not None and not scenarios:
        typer.echo(plan_text(claims, chosen, *selected, places_orders=places_orders, site=where), nl=False)
        raise typer.Exit(0)
    if named.limits:
        typer.echo("\n".join(within_lines(named.limits, selected[0])))
    if plan:
        typer.echo(planned(chosen, *selected, places_orders=places_orders, site=where))
        raise typer.Exit(0)
    options: dict[str, Sequence[object]] = {
        "--target": [target],
        "--site": [site],
        "--calling-ae": [calling_ae if target is not None and calling_ae != "SCANPROOF" else None],
        "--services": [services],
        "--accession": [accession],
        "--timeout": timeout or [],
        "--limit": limit or [],
        "--listen": [listen if target is not None and listen != 11113 else None],
        "--statement": given,
        "--patient": [patient],
        "--character-set": [character_set],
        "--locale": [locale],
        "--seed": [chosen_seed],
        "--date": [day.isoformat()],
        "--only": only or [],
        "--skip": skip or [],
        "--within": [within],
        "--profile": [profile.value if profile is not Profile.DICOM else None],
    }
    switches = {"--allow-remote": allow_remote, "--odd-data": odd_data, "--own-files": own_files, "--heavy": heavy}
    switches["--store"] = store
    flags = [name for name, given in switches.items() if given]
    folder = out or Path(f"scanproof-out/{day:%Y%m%d}-{chosen_seed}-{chosen_id}")
    typer.echo(
        f"seed {chosen_seed}, date {day.isoformat()}, run id {chosen_id}: the same exams again with "
        f"--seed {chosen_seed} --date {day}, with the same UIDs too with --run-id {chosen_id}"
    )
    listening = any(scenario.listens for scenario in chosen)
    with taking_signals() as signals, signals.noted():
        with open_session(where, listening=listening, stop=signals.stop) as session, progress_bar() as progress:
            replace(session, site=adjusted(session.site)).run(
                chosen,
                folder / "transcript",
                seed=chosen_seed,
                day=day,
                statements=statements,
                jobs=jobs,
                promises=promises_of(session.site, named.promising, named=bool(scenarios), services=wanted),
                progress=progress,
                choice=choice,
                run_id=chosen_id,
                repeated=run_id is not None,
                command=partial(command, named, scenarios or [], options, flags),
                selection=selection,
                profile=profile,
            )
        forget()  # what the painters keep; the judge of a big exam has use for its room
        results, reports = _reported(folder, signals)
        _print(results, reports, _kept_for_nobody_else(folder) if where is not None else [])
        raise typer.Exit(3 if signals.stop.is_set() else exit_code(results, fail_on.value))


def _reported(folder: Path, signals: Signals) -> tuple[Results, list[Path]]:
    """Judge a run and write its reports; one that somebody wanted to end while that was done says so."""
    from scanproof.report import write_reports
    from scanproof.session import collect, note_interruption
    from scansim.inputs import InputError

    transcript = folder / "transcript"
    results = collect(transcript)
    try:
        late = results.complete and signals.stop.is_set()
        if late:
            results = note_interruption(results, transcript)
        reports = write_reports(results, folder)
        if results.complete and signals.stop.is_set() and not late:
            results = note_interruption(results, transcript)
            reports = write_reports(results, folder)
    except InputError as error:
        told = f"the run is whole, and is judged by: scanproof judge {shlex.quote(str(folder))} --out ANOTHER-FOLDER"
        raise InputError(f"{error}\n{told}") from None
    return results, reports


def _kept_for_nobody_else(folder: Path) -> list[str]:
    """What is said of the place of people's data."""
    from scansim.files import open_to_others

    told = [f"private: {folder} holds what the site's systems answered, people's data if they have any; keep it so."]
    if open_to_others(folder):
        told.append(f"private: the files are for you alone, but others may list the folder: chmod 700 {folder}")
    return told


@app.command()
def judge(
    folder: Annotated[Path, typer.Argument(help="the --out folder of a run, or what target --record wrote")],
    statement: Annotated[
        list[Path] | None, typer.Option(help="another Conformance Statement than the run's; again for each other one")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the reports; DIR/judged if left out")] = None,
    fail_on: Annotated[FailOn, typer.Option(help="from which verdict on the exit code is 1")] = FailOn.FAIL,
    profile: Annotated[Profile | None, typer.Option(help=f"{_PROFILE}; the run's own if left out")] = None,
) -> None:
    """Judge a recorded run again, offline; or the clients that target --record saw.

    \b
    Examples:
      scanproof judge scanproof-out/20261125-1234
      scanproof judge recorded --fail-on warn
      scanproof judge result --statement pacs-4.2.yaml --out result-4.2
    """
    from scanproof.collected_clients import collect_recording
    from scanproof.conclude import exit_code
    from scanproof.recording import is_recording
    from scanproof.report import write_reports
    from scanproof.session import collect
    from scansim.inputs import InputError

    if is_recording(folder):
        if statement:
            raise InputError("--statement goes with a run: nothing is declared of the clients of a recording")
        results = collect_recording(folder, profile)
    else:
        transcript = folder / "transcript" if (folder / "transcript").is_dir() else folder
        results = collect(transcript, statement or [], profile)
    with taking_signals() as signals:
        with signals.noted():
            reports = write_reports(results, out or folder / "judged")
        signals.stop.check()
    _print(results, reports)
    raise typer.Exit(exit_code(results, fail_on.value))
