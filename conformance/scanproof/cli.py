"""The command line. Every import that costs time is made inside the command that needs it."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from datetime import date

    from scanproof.results import Results
    from scanproof.session import Progress

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Virtual scanners that prove a PACS, a RIS or an archive before a real one is plugged in.",
    epilog="Exit codes: 0 nothing found; 1 findings; 2 bad input or usage; 3 could not test.",
)

#: Run when no scenario is named: against a target, and against the embedded one.
ROUTINE = ("ct-routine", "mr-routine")
EMBEDDED = (*ROUTINE, "refusals")


class FailOn(StrEnum):
    """From which verdict on the exit code is 1."""

    FAIL = "fail"
    WARN = "warn"
    NEVER = "never"


class Threshold(StrEnum):
    """From which level of finding on the exit code of a check is 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


class Listed(StrEnum):
    """What can be listed."""

    SCENARIOS = "scenarios"
    PROTOCOLS = "protocols"
    CHECKS = "checks"
    DEFECTS = "defects"


class Schema(StrEnum):
    """Files that have a JSON Schema."""

    SCENARIO = "scenario"
    PROTOCOL = "protocol"
    SITE = "site"
    STATEMENT = "statement"
    RESULTS = "results"


class Delivery(StrEnum):
    """Which association a commitment result comes on."""

    SAME = "same"
    NEW = "new"


def _day(text: str | None) -> date:
    from datetime import date

    from scansim.inputs import InputError

    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--date {text!r}: the form is YYYY-MM-DD") from None


@contextlib.contextmanager
def _progress() -> Iterator[Progress | None]:
    """Show steps as they run, on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        TextColumn("{task.fields[what]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(name: str, what: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total, what=what)
            bar.update(tasks[name], completed=done, total=total, what=f"{what} {done}/{total}")

        yield show


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
    day = _day(date)
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
        with open_session(where, listening=listening) as session, _progress() as progress:
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
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH...", help="DICOM files, and folders of them")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="every file with its findings, as JSON")] = False,
    errors_only: Annotated[bool, typer.Option("--errors-only", help="leave warnings and notes out")] = False,
    fail_on: Annotated[Threshold, typer.Option(help="from which level on the exit code is 1")] = Threshold.ERROR,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="run dciodvfy too, and show where it says otherwise")
    ] = False,
    explain: Annotated[str | None, typer.Option(metavar="RULE", help="tell what a rule demands, and why")] = None,
) -> None:
    """Check DICOM files against their IODs, each by itself and all together, offline.

    Findings are grouped: one line for the same fault in 500 slices.

    \b
    Examples:
      scanproof check study/
      scanproof check image.dcm --json
      scanproof check study/ --errors-only --fail-on warning --second-opinion
      scanproof check --explain type1-missing
    """
    from scansim.inputs import InputError

    if explain is not None:
        from scanproof.iod import rules

        try:
            typer.echo(rules.explain(rules.rule_of(explain)))
        except rules.UnknownRule as error:
            near = f"; near it: {', '.join(error.nearest)}" if error.nearest else ""
            raise InputError(f"--explain {explain}: no such rule{near}") from None
        return
    if not paths:
        raise InputError("check: give a file or a folder, or --explain RULE")
    from scanproof.iod.command import Options, check_paths
    from scanproof.iod.finding import IodLevel

    options = Options(
        errors_only=errors_only,
        fail_on=None if fail_on is Threshold.NEVER else IodLevel(fail_on.value),
        as_json=json,
        second_opinion=second_opinion,
    )
    with _progress() as progress:
        code = check_paths(
            paths,
            options,
            lambda piece: typer.echo(piece, nl=False),
            lambda line: typer.echo(line, err=True),
            (lambda done, total: progress("check", "files", done, total)) if progress else None,
        )
    raise typer.Exit(code)


@app.command()
def generate(
    made: Annotated[
        str, typer.Argument(metavar="OBJECT", help="what to make: ct, mr, … see: scanproof list protocols")
    ],
    out: Annotated[Path, typer.Option(help="folder for the files; made if it is not there")],
    protocol: Annotated[
        str | None, typer.Option(help="id of a protocol, or a protocol file; the object's usual")
    ] = None,
    instances: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="how many images; the protocol's own if left out")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="reproduces the files; fresh if left out")] = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="the exam's day; today if left out")] = None,
    transfer_syntax: Annotated[
        str, typer.Option(help="implicit, explicit, deflated, big-endian, rle, jpeg, jpeg-lossless, jpegls, j2k, …")
    ] = "explicit",
    charset: Annotated[str, typer.Option(help="Specific Character Set, such as 'ISO_IR 192'")] = "",
    locale: Annotated[str, typer.Option(help="whose names, such as de_DE or ja_JP")] = "",
    patient: Annotated[str, typer.Option(help="a special patient, such as long-name or no-birth-date")] = "",
    mutant: Annotated[str, typer.Option(help="one defect, made in one of the files or in the longest series")] = "",
    dicomdir: Annotated[bool, typer.Option("--dicomdir", help="as a File-set with a DICOMDIR")] = False,
) -> None:
    """Write one synthetic exam as DICOM files, with a manifest.json of their names, UIDs and SHA-256.

    \b
    Examples:
      scanproof generate ct --out ct-exam --instances 50
      scanproof generate mr --out mr-exam --seed 7 --date 2026-01-31
      scanproof generate ct --protocol ct-head --out head --transfer-syntax j2k --dicomdir
      scanproof generate ct --out bad --mutant type1-missing-modality
    """
    from scanproof.session import fresh_seed
    from scansim import generate as generating
    from scansim.inputs import InputError

    day = _day(date)
    chosen_seed = fresh_seed() if seed is None else seed
    order = generating.Order(
        protocol=generating.choose(made, protocol, instances),
        seed=chosen_seed,
        day=day,
        syntax=generating.syntax(transfer_syntax),
        character_set=charset,
        locale=locale,
        special=patient,
        mutant=mutant,
        dicomdir=dicomdir,
    )
    typer.echo(f"seed {chosen_seed}, date {day.isoformat()}, protocol {order.protocol.id}")
    with _progress() as progress:
        try:
            files = generating.generate(
                order,
                out,
                (lambda done: progress(made, "written", done, max(done, instances or 0))) if progress else None,
            )
        except OSError as error:
            raise InputError(f"{error.filename or out}: cannot be written: {error.strerror}") from None
    typer.echo(f"{len(files)} files in {out}")


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


@app.command(name="list")
def list_(
    what: Annotated[Listed, typer.Argument(help="what to list")],
    json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """List the built-in scenarios, the protocols, the checks, or the defects of the reference target.

    \b
    Examples:
      scanproof list scenarios
      scanproof list checks --json
      scanproof list defects --json
    """
    from scanproof.catalogue import catalogue, show

    rows = catalogue(what.value)
    if json:
        import json as json_module

        typer.echo(json_module.dumps(rows, indent=2, ensure_ascii=False))
    else:
        typer.echo(show(what.value, rows))


@app.command()
def schema(of: Annotated[Schema, typer.Argument(help="which file")]) -> None:
    """Print the JSON Schema of a file that scanproof reads or writes.

    \b
    Examples:
      scanproof schema scenario > scenario.schema.json
      scanproof schema results
    """
    import json

    from scanproof import results, statement
    from scansim import scenario
    from scansim.generate import protocol_schema
    from scansim.target import Site

    made = {
        Schema.SCENARIO: scenario.json_schema,
        Schema.PROTOCOL: protocol_schema,
        Schema.SITE: lambda: {"$schema": "https://json-schema.org/draft/2020-12/schema", **Site.model_json_schema()},
        Schema.STATEMENT: statement.json_schema,
        Schema.RESULTS: results.json_schema,
    }[of]()
    typer.echo(json.dumps(made, indent=2))


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

    with _progress() as progress:
        rows = matrix(defects or None, jobs=jobs, progress=progress)
    if json:
        import json as json_module

        typer.echo(json_module.dumps([row.as_dict() for row in rows], indent=2))
    else:
        typer.echo(show(rows))
    raise typer.Exit(0 if all(row.proved for row in rows) else 1)


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
