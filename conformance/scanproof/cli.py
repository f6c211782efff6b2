"""The command line. Every import that costs time is made inside the command that needs it."""

from __future__ import annotations

import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from scanproof.results import Results

from scanproof import cli_files
from scanproof.cli_app import app, day_of, progress_bar

#: Run when no scenario is named: against a target, and against the embedded one.
ROUTINE = ("ct-routine", "mr-routine")
EMBEDDED = (*ROUTINE, "refusals")


class FailOn(StrEnum):
    """From which verdict on the exit code is 1."""

    FAIL = "fail"
    WARN = "warn"
    NEVER = "never"


class Delivery(StrEnum):
    """Which association a commitment result comes on."""

    SAME = "same"
    NEW = "new"


def _report(results: Results, out: Path, fail_on: FailOn) -> NoReturn:
    from rich.console import Console

    from scanproof.report import write_reports
    from scanproof.report.terminal import summary
    from scanproof.session import exit_code

    reports = write_reports(results, out)
    summary(results, Console(soft_wrap=False), reports)
    raise typer.Exit(exit_code(results, fail_on.value))


@app.command()
def run(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="ids of built-in scenarios, scenario files, or folders of them")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="AET@HOST:PORT", help="one AE that offers every service")
    ] = None,
    site: Annotated[Path | None, typer.Option(help="site file: an AE for each service")] = None,
    statement: Annotated[Path | None, typer.Option(help="the target's Conformance Statement (YAML)")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for reports and transcript; a new one if left out")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="reproduces UIDs, patients and pixels; fresh if left out")
    ] = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="the exams' day; today if left out")] = None,
    fail_on: Annotated[FailOn, typer.Option(help="from which verdict on the exit code is 1")] = FailOn.FAIL,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, max=64, help="scenarios side by side")] = 1,
    calling_ae: Annotated[str, typer.Option(help="our AE title, with --target")] = "SCANPROOF",
    listen: Annotated[
        int, typer.Option(min=0, max=65535, help="our port for commitment results, with --target")
    ] = 11113,
) -> None:
    """Run exams against a target, judge every answer, and report it.

    Without --target and --site, the embedded reference target is started, tested and stopped.

    \b
    Examples:
      scanproof run
      scanproof run ct-routine --target PACS@127.0.0.1:11112
      scanproof run --site hospital.yaml --statement pacs.yaml --out result
      scanproof run my-scenarios/ --site hospital.yaml -j 4 --fail-on warn
    """
    from scanproof.session import collect, fresh_seed, open_session
    from scanproof.statement import load_statement
    from scansim.inputs import InputError
    from scansim.scenario import builtin_folder, find_scenarios
    from scansim.target import ListenerAddress, check_ae, load_site, parse_target, single_target

    if target is not None and site is not None:
        raise InputError("give --target or --site, not both")
    day = day_of(date)
    chosen_seed = fresh_seed() if seed is None else seed
    chosen = find_scenarios(scenarios or (EMBEDDED if target is None and site is None else ROUTINE))
    where = None
    if site is not None:
        where = load_site(site)
    elif target is not None:
        try:
            listener = ListenerAddress(ae=check_ae(calling_ae), port=listen)
        except ValueError as error:
            raise InputError(f"--calling-ae: {error}") from None
        where = single_target(*parse_target(target), calling_ae=listener.ae, listener=listener)
    elif statement is None:
        statement = builtin_folder() / "statements" / "reference.yaml"
    if statement is not None:
        load_statement(statement)
    folder = out or Path(f"scanproof-out/{day:%Y%m%d}-{chosen_seed}")
    typer.echo(
        f"seed {chosen_seed}, date {day.isoformat()}: the same exams again with --seed {chosen_seed} --date {day}"
    )
    listening = any("commitment" in scenario.services for scenario in chosen)
    try:
        with open_session(where, listening=listening) as session, progress_bar() as progress:
            session.run(
                chosen,
                folder / "transcript",
                seed=chosen_seed,
                day=day,
                statement=statement,
                jobs=jobs,
                progress=progress,
            )
    except KeyboardInterrupt:
        if not (folder / "transcript" / "run.json").is_file():
            raise
    _report(collect(folder / "transcript"), folder, fail_on)


@app.command()
def judge(
    folder: Annotated[Path, typer.Argument(help="the --out folder of a run, or its transcript folder")],
    statement: Annotated[Path | None, typer.Option(help="another Conformance Statement than the run's")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the reports; DIR/judged if left out")] = None,
    fail_on: Annotated[FailOn, typer.Option(help="from which verdict on the exit code is 1")] = FailOn.FAIL,
) -> None:
    """Judge a recorded run again, offline.

    \b
    Examples:
      scanproof judge scanproof-out/20261125-1234
      scanproof judge result --statement pacs-4.2.yaml --out result-4.2
    """
    from scanproof.session import collect

    transcript = folder / "transcript" if (folder / "transcript").is_dir() else folder
    _report(collect(transcript, statement), out or folder / "judged", fail_on)


@app.command()
def target(
    ae: Annotated[str, typer.Option(help="AE title")] = "REFERENCE",
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port to listen on; 0 takes a free one")] = 11112,
    folder: Annotated[Path | None, typer.Option(help="where data are kept; temporary if left out")] = None,
    peer: Annotated[
        list[str] | None,
        typer.Option(metavar="AET=HOST:PORT", help="an AE that we may call: C-MOVE, commitment results"),
    ] = None,
    orders: Annotated[int, typer.Option(min=0, max=10_000, help="orders to seed for today, for station SCANPROOF")] = 2,
    commitment: Annotated[Delivery, typer.Option(help="association of commitment results")] = Delivery.NEW,
    delay: Annotated[float, typer.Option(min=0, max=3600, help="seconds before a commitment result")] = 0.05,
    defect: Annotated[str | None, typer.Option(help="one wrong behaviour; see: scanproof list defects")] = None,
) -> None:
    """Run the reference target in the foreground: a correct worklist, MPPS, storage, commitment and query SCP.

    It prints one line, AE@HOST:PORT ready, when it takes associations, and ends with Ctrl-C or SIGTERM.

    \b
    Examples:
      scanproof target
      scanproof target --port 4242 --orders 10 --peer SCANPROOF=127.0.0.1:11113
      scanproof target --defect worklist-ignores-modality
    """
    from scansim.inputs import InputError
    from scansim.reference import __main__ as reference
    from scansim.reference.defects import DEFECTS

    if defect is not None and defect not in DEFECTS:
        raise InputError(f"--defect {defect}: not known; there are: {', '.join(sorted(DEFECTS))}")
    arguments = ["--ae", ae, "--host", host, "--port", str(port), "--orders", str(orders)]
    arguments += ["--commitment", commitment.value, "--delay", str(delay)]
    for known in peer if peer else ["SCANPROOF=127.0.0.1:11113"]:
        arguments += ["--peer", known]
    if folder is not None:
        arguments += ["--folder", str(folder)]
    if defect is not None:
        arguments += ["--defect", defect]
    try:
        code = reference.main(arguments)
    except OSError as error:
        raise InputError(f"{host}:{port}: the target cannot listen there: {error.strerror}") from None
    raise typer.Exit(code)


@app.command()
def selftest(
    defects: Annotated[list[str] | None, typer.Argument(help="names of defects; all if left out")] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, max=16, help="targets side by side")] = 2,
    json: Annotated[bool, typer.Option("--json", help="the matrix as JSON")] = False,
) -> None:
    """Prove the checks: switch on one defect of the reference target at a time, and see which checks notice it.

    \b
    Examples:
      scanproof selftest
      scanproof selftest worklist-ignores-modality mpps-final-not-final
    """
    from scanproof.selftest import matrix, show

    with progress_bar() as progress:
        rows = matrix(defects or None, jobs=jobs, progress=progress)
    if json:
        import json as json_module

        typer.echo(json_module.dumps([row.as_dict() for row in rows], indent=2))
    else:
        typer.echo(show(rows))
    raise typer.Exit(0 if all(row.proved for row in rows) else 1)


app.command()(cli_files.check)
app.command()(cli_files.generate)
app.command(name="list")(cli_files.list_)
app.command()(cli_files.schema)


def _came_of_ctrl_c(error: BaseException | None) -> bool:
    """Whether an exit is typer's own for Ctrl-C; its code is another one from release to release."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def main() -> None:
    """Entry point: turns expected failures into a message and the right exit code."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what a library says of a target's bytes is the checks' to say
    try:
        app()
    except SystemExit as error:
        if not _came_of_ctrl_c(error):
            raise
        typer.echo("scanproof: interrupted", err=True)
        sys.exit(3)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        from scansim.inputs import InputError
        from scansim.reference.process import ReferenceTargetError

        if isinstance(error, InputError):
            typer.echo(f"scanproof: {error}", err=True)
            sys.exit(2)
        if isinstance(error, ReferenceTargetError):
            typer.echo(f"scanproof: {error}", err=True)
            sys.exit(3)
        raise


if __name__ == "__main__":
    main()
