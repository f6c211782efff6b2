"""Commands for files, without a network: check, generate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scanproof.cli.application import app, day_of, progress_bar
from scanproof.signals import taking_signals

_MOST = 100_000  # images of an exam


class Threshold(StrEnum):
    """From which level of finding on the exit code of a check is 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


@app.command()
def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="DICOM files, and folders or zip archives of them"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="every file with its findings, as JSON")] = False,
    errors_only: Annotated[
        bool, typer.Option("--errors-only", help="leave warnings and notes out, but for notes of what was not judged")
    ] = False,
    fail_on: Annotated[Threshold, typer.Option(help="from which level on the exit code is 1")] = Threshold.ERROR,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="run dciodvfy too, and show where it says otherwise")
    ] = False,
    headers: Annotated[
        bool, typer.Option("--headers", help="headers alone are given: images without pixels are no error")
    ] = False,
    profile: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="what you ask of files beside the standard, and how bad you take findings"),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE", help="go by this rule alone, or by those of a pattern: 'type1-*'; again for others"
        ),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE[=REASON]", help="leave this rule out; the report shows the reason"),
    ] = None,
    edition: Annotated[
        str | None, typer.Option(help="edition of the standard to go by where a rule is known to have changed: 2020c")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, max=256, help="processes at most; one a core if left out")
    ] = None,
    explain: Annotated[
        str | None, typer.Option(metavar="RULE", help="tell what a rule demands, and why; a part will do")
    ] = None,
) -> None:
    """Check DICOM files against their IODs, each by itself and all together, offline.

    Findings are grouped: one line for the same fault in 500 slices. A DICOMDIR is compared with its files.

    \b
    Examples:
      scanproof check study/
      scanproof check image.dcm --json
      scanproof check study/ --errors-only --fail-on warning --second-opinion
      scanproof check exam.zip --profile our-archive.yaml
      scanproof check study/ --skip 'geometry-*=scouts of ours' --only 'type?-*'
      scanproof check --explain type1-missing
      scanproof list rules
    """
    from scansim.inputs import InputError

    if explain is not None:
        from scanproof.iod import rules

        try:
            typer.echo(rules.explain(rules.rule_of(explain)))
        except InputError as error:
            raise InputError(f"--explain {error}") from None
        return
    if not paths:
        raise InputError("check: give a file or a folder, or --explain RULE")
    if "" in paths:  # as a path it would be this folder
        raise InputError("check: an empty path; is a variable of a script not set?")
    from scanproof.iod import IodLevel
    from scanproof.iod.command import Options, check_paths

    reasons = {name: reason for name, _, reason in (each.partition("=") for each in skip or ())}
    options = Options(
        errors_only=errors_only,
        fail_on=None if fail_on is Threshold.NEVER else IodLevel(fail_on.value),
        as_json=json,
        second_opinion=second_opinion,
        headers=headers,
        profile=profile,
        only=tuple(only or ()),
        skip=reasons,
        edition=edition,
        jobs=jobs,
    )
    with taking_signals() as signals, signals.noted(), progress_bar() as progress:
        code = check_paths(
            [Path(path) for path in paths],
            options,
            lambda piece: typer.echo(piece, nl=False),
            lambda line: typer.echo(line, err=True),
            (lambda done, total: progress("check", "files", done, total)) if progress else None,
            signals.stop.is_set,
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
        str,
        typer.Option(
            metavar="N|all", help="how many images, neighbouring slices if fewer; all: the exam as a clinic makes it"
        ),
    ] = "all",
    seed: Annotated[int | None, typer.Option(min=0, help="reproduces the files; fresh if left out")] = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="the exam's day; today if left out")] = None,
    transfer_syntax: Annotated[
        str, typer.Option(help="implicit, explicit, deflated, big-endian, rle, jpeg, jpeg-lossless, jpegls, j2k, …")
    ] = "explicit",
    charset: Annotated[str, typer.Option(help="Specific Character Set, such as 'ISO_IR 192'")] = "",
    locale: Annotated[str, typer.Option(help="whose names, such as de_DE or ja_JP")] = "",
    patient: Annotated[str, typer.Option(help="a special patient, such as name-64 or no-birth-date")] = "",
    mutant: Annotated[str, typer.Option(help="one defect, made in one of the files or in the longest series")] = "",
    dicomdir: Annotated[bool, typer.Option("--dicomdir", help="as a File-set with a DICOMDIR")] = False,
) -> None:
    """Write one synthetic exam as DICOM files into a folder of their own.

    Their names, UIDs and SHA-256 are listed beside it, in FOLDER.manifest.json.

    \b
    Examples:
      scanproof generate ct --out ct-exam --instances 50
      scanproof generate mr --out mr-exam --seed 7 --date 2026-01-31
      scanproof generate ct --protocol ct-head --out head --transfer-syntax j2k --dicomdir
      scanproof generate ct --out bad --mutant type1-missing-modality
    """
    from scanproof.session import fresh_seed
    from scansim import generate as generating
    from scansim.files import refused

    day = day_of(date)
    chosen_seed = fresh_seed() if seed is None else seed
    count = _count(instances)
    order = generating.Order(
        protocol=generating.choose(made, protocol, count),
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
    with progress_bar() as progress:
        try:
            files = generating.generate(
                order,
                out,
                (lambda done: progress(made, "written", done, max(done, count or 0))) if progress else None,
            )
        except OSError as error:
            raise refused(Path(error.filename or out), error) from None
    typer.echo(f"{len(files)} files in {out}")


def _count(instances: str) -> int | None:
    """How many images --instances wants; None for all of the protocol."""
    from scansim.inputs import InputError

    if instances == "all":
        return None
    if not instances.isascii() or not instances.isdigit() or not 1 <= int(instances) <= _MOST:
        raise InputError(f"--instances {instances}: allowed are 1 to {_MOST}, or all")
    return int(instances)
