"""The command that drafts a statement from what a target does: probe."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanproof.cli.application import app, day_of, progress_bar
from scanproof.signals import taking_signals

if TYPE_CHECKING:
    from scanproof.probe.asking import Wanted
    from scanproof.probing import Probe
    from scansim.site import Site


@app.command()
def probe(
    target: Annotated[str | None, typer.Argument(metavar="[AET@HOST:PORT]", help="the AE that is probed")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="where the draft goes; required")
    ] = None,
    site: Annotated[Path | None, typer.Option(help="site file, in place of AET@HOST:PORT")] = None,
    ae: Annotated[
        str | None, typer.Option(metavar="AET", help="with --site: which of its AEs, where it names several")
    ] = None,
    store: Annotated[
        bool, typer.Option("--store", help="store one synthetic study, and ask for it by each key; it stays there")
    ] = False,
    odd_data: Annotated[
        bool, typer.Option("--odd-data", help="send wrong AE titles and the like as well; never to a live system")
    ] = False,
    limits: Annotated[
        bool, typer.Option("--limits", help="open up to 64 associations at once, and be silent for minutes")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="folder for the transcript; a new one if left out")] = None,
    force: Annotated[bool, typer.Option("--force", help="write over a draft that is there")] = False,
    allow_remote: Annotated[bool, typer.Option("--allow-remote", help="the target may be another machine")] = False,
    calling_ae: Annotated[str, typer.Option(help="our AE title, without --site")] = "SCANPROOF",
    listen: Annotated[
        int, typer.Option(min=0, max=65535, help="our port for commitment results and C-MOVE, without --site")
    ] = 11113,
    timeout: Annotated[
        list[str] | None, typer.Option(metavar="NAME=SECONDS", help="how long to wait: associate=3, response=60, …")
    ] = None,
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="whose worklist; today if left out")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="of the study that is stored; fresh if left out")] = None,
    run_id: Annotated[str | None, typer.Option(metavar="ID", help="of its UIDs; fresh if left out")] = None,
) -> None:
    """Draft a Conformance Statement from what a target accepts and answers, one association at a time.

    What it negotiates, how it takes wrong titles (--odd-data), which keys its worklist matches, and with --store what
    it does with a study. Each line cites what it rests on; ? is a question to the vendor. No value of anybody's data
    is in the draft.

    \b
    Examples:
      scanproof probe PACS@127.0.0.1:11112 -o draft.yaml
      scanproof probe PACS@127.0.0.1:11112 -o draft.yaml --store --odd-data --limits
      scanproof probe --site hospital.yaml --ae PACS -o draft.yaml --out probed
    """
    from scanproof.probe.asking import Wanted
    from scanproof.probing import Probe
    from scanproof.session import check_run_id, fresh_run_id, fresh_seed, open_session
    from scansim.inputs import InputError
    from scansim.site import adjustment

    if output is None:
        raise InputError("-o FILE says where the draft goes")
    if output.is_dir() or not output.parent.is_dir():
        raise InputError(f"{output}: is a folder" if output.is_dir() else f"{output.parent}: no such folder")
    if output.exists() and not force:
        raise InputError(f"{output}: is there already; --force writes over it")
    day = day_of(date)
    where = adjustment(timeout or ())(_where(target, site, ae, calling_ae, listen, allow_remote))
    wanted = Wanted(store, odd_data or where.odd_data, limits)
    number = fresh_seed() if seed is None else seed
    name = fresh_run_id() if run_id is None else check_run_id(run_id)
    folder = out or Path(f"scanproof-out/probe-{day:%Y%m%d}-{number}-{name}")
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: is not empty; give another --out")
    typer.echo(f"probing {_title(where)}: {_told(wanted)}")
    began = time.monotonic()
    with taking_signals() as signals, signals.noted():
        with open_session(where, listening=store, stop=signals.stop) as session, progress_bar() as progress:
            made = Probe(session, folder, wanted, number, day, name, progress)
            seen = made.run()
        if not seen.reached:
            shutil.rmtree(folder, ignore_errors=True)
            if out is None:
                with contextlib.suppress(OSError):  # other runs may be in it
                    folder.parent.rmdir()
            typer.echo(f"scanproof: {seen.unreachable}; nothing was written", err=True)
            raise typer.Exit(3)
        _write(made, output, _title(where))
    typer.echo(f"{output}: drafted in {time.monotonic() - began:.0f} s; transcript: {folder}")
    typer.echo(f"private: {folder} holds what the target answered, people's data if it has any; keep it so.")
    if not made.complete:
        typer.echo("scanproof: interrupted: the draft is partial, and says so", err=True)
        raise typer.Exit(3)


def _where(
    target: str | None, site: Path | None, ae: str | None, calling_ae: str, listen: int, allow_remote: bool
) -> Site:
    """The one AE that is probed, as a site; InputError for none, or one of several that is not named."""
    from scansim.inputs import InputError, did_you_mean
    from scansim.site import ListenerAddress, check_ae, load_site, parse_target, single_target

    if (target is None) == (site is None):
        raise InputError("give AET@HOST:PORT or --site, one of them")
    if target is not None:
        try:
            listener = ListenerAddress(ae=check_ae(calling_ae), port=listen)
            title, host, port = parse_target(target)
            return single_target(
                title, host, port, calling_ae=listener.ae, listener=listener, allow_remote=allow_remote
            )
        except (InputError, ValueError) as error:
            raise InputError(str(error).replace("--target ", "")) from None
    assert site is not None
    where = load_site(site)
    titles = list(dict.fromkeys(str(address) for address in where.offered().values()))
    chosen = [each for each in titles if ae in (None, each, each.partition("@")[0])]
    if len(chosen) != 1:
        hint = did_you_mean(ae, titles) if ae is not None and not chosen else ""
        raise InputError(f"{site}: a draft is of one AE{hint}; say --ae and one of {', '.join(titles)}")
    services = {name: address for name, address in where.services.items() if str(address) == chosen[0]}
    return where.model_copy(update={"services": services})


def _title(where: Site) -> str:
    return str(next(iter(where.offered().values())))


def _told(wanted: Wanted) -> str:
    """What is asked, what is left, and how long it takes."""
    parts = ["every SOP Class with every Transfer Syntax, today's worklist (a minute at most targets)"]
    parts += ["one study of two images, which stays there"] if wanted.store else []
    parts += ["wrong AE titles and the like"] if wanted.odd else []
    parts += ["64 associations at once, and silence (three minutes)"] if wanted.limits else []
    return "; ".join(parts)


def _write(made: Probe, output: Path, address: str) -> None:
    """Write the draft of what was seen, whole or not."""
    from scanproof.probe.drafting import drafted
    from scanproof.statements.writing import written
    from scansim.files import write_atomically

    partial = "" if made.complete else "interrupted before all had been asked"
    title = address.partition("@")[0]
    draft = drafted(made.seen.run, ae=title, day=made.day.isoformat(), partial=partial)
    text = written(draft.data, behind=draft.comments, head=draft.head)
    write_atomically((output, text.encode()))
