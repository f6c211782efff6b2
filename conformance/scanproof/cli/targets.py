"""Commands around the reference target: target, selftest."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanproof.cli.application import app, progress_bar
from scanproof.signals import taking_signals

if TYPE_CHECKING:
    from scansim.network.tap import Recording


class Delivery(StrEnum):
    """Which association a commitment result comes on."""

    SAME = "same"
    NEW = "new"


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
    orders: Annotated[int, typer.Option(min=0, max=10_000, help="orders to seed for today")] = 2,
    station: Annotated[
        str, typer.Option(metavar="AET", help="station AE title that orders are scheduled for")
    ] = "SCANPROOF",
    commitment: Annotated[Delivery, typer.Option(help="association of commitment results")] = Delivery.NEW,
    delay: Annotated[float, typer.Option(min=0, max=3600, help="seconds before a commitment result")] = 0.05,
    defect: Annotated[str | None, typer.Option(help="one wrong behaviour; see: scanproof list defects")] = None,
    record: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="record what clients send, and judge them; it may be real people's data"),
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="with --record: Pixel Data as well")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="with --record: only whom --peer names, and only calls of --ae")
    ] = False,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="listen on another address than this machine's loopback")
    ] = False,
) -> None:
    """Run the reference target in the foreground: a correct worklist, MPPS, storage, commitment and query SCP.

    It prints one line, AE@HOST:PORT ready, when it takes associations, and ends with Ctrl-C, SIGTERM or SIGHUP.
    With --record it takes whoever calls, says of each association what was wrong with it, and leaves a report.

    \b
    Examples:
      scanproof target --record recorded
      scanproof target
      scanproof target --port 4242 --orders 10 --peer SCANPROOF=127.0.0.1:11113
      scanproof target --defect worklist-ignores-modality
    """
    import sqlite3

    from scansim.files import refused
    from scansim.inputs import InputError
    from scansim.reference import __main__ as reference
    from scansim.reference.defects import DEFECTS
    from scansim.site import is_loopback

    if defect is not None and defect not in DEFECTS:
        raise InputError(f"--defect {defect}: not known; there are: {', '.join(sorted(DEFECTS))}")
    if record is None and (whole or strict):
        raise InputError(f"{'--whole' if whole else '--strict'} goes with --record")
    if not allow_remote and not is_loopback(host):
        told = f"--host {host}: not this machine's loopback: whoever reaches it could store data here"
        raise InputError(f"{told}; --allow-remote listens there all the same")
    arguments = ["--ae", ae, "--host", host, "--port", str(port), "--orders", str(orders)]
    arguments += ["--station", station]
    arguments += ["--commitment", commitment.value, "--delay", str(delay)]
    for known in peer if peer else ["SCANPROOF=127.0.0.1:11113"]:
        arguments += ["--peer", known]
    if folder is not None:
        arguments += ["--folder", str(folder)]
    if defect is not None:
        arguments += ["--defect", defect]
    if record is not None:
        arguments += ["--any-class", "--admits", "known" if strict else "all"]
    try:
        if record is not None:
            options = {"commitment": commitment.value, "orders": orders, "strict": strict, "peers": peer or []}
            facts = {"ae": ae, "host": host, "port": port, "defect": defect or "", "options": options}
            code = _record(record, facts, whole=whole, serve=partial(reference.main, arguments))
        else:
            code = reference.main(arguments)
    except sqlite3.Error as error:
        where = folder or "a temporary folder"
        raise InputError(f"{where}: the target cannot keep its data there: {error}; give another --folder") from None
    except OSError as error:
        if error.filename is not None:
            raise refused(Path(error.filename), error) from None
        raise InputError(f"{host}:{port}: the target cannot listen there: {error.strerror}") from None
    raise typer.Exit(code)


def _record(folder: Path, facts: dict[str, Any], *, whole: bool, serve: Callable[[Recording], int]) -> int:
    """Serve, recording; then judge what was recorded, and say where the report is."""
    from datetime import datetime

    from scanproof.collected_clients import collect_recording
    from scanproof.live import LiveLines
    from scanproof.report import words, write_reports
    from scansim.inputs import InputError
    from scansim.network.tap import Recording

    def put(line: str) -> None:
        print(line, flush=True)

    started = datetime.now().astimezone().isoformat(timespec="seconds")
    recording = Recording(folder, {"started": started, **facts}, whole=whole)
    lines = LiveLines(folder, put)
    recording.ended = lines.ended
    told = f"recording into {folder}, for you alone: what clients send may be real people's data"
    recording.told = lambda: lines.begin(told)
    try:
        code = serve(recording)
    finally:
        lines.finish()
    judge = f"what was recorded is judged by: scanproof judge {shlex.quote(str(folder))}"
    if recording.error is not None:
        raise InputError(f"{recording.error}\n{judge}")
    try:
        with taking_signals():
            results = collect_recording(folder)
            reports = write_reports(results, folder)
    except (InputError, KeyboardInterrupt) as error:
        raise InputError(f"{str(error) or 'interrupted'}\n{judge}") from None
    with contextlib.suppress(OSError, ValueError):
        put(f"{words.word(words.overall(results))}: {words.printable(words.headline(results))}")
        put(f"report: {reports[-1]}")
    return code


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

    with taking_signals() as signals, signals.noted(), progress_bar() as progress:
        rows = matrix(defects or None, jobs=jobs, progress=progress)
        signals.stop.check()
    if json:
        import json as json_module

        typer.echo(json_module.dumps([row.as_dict() for row in rows], indent=2))
    else:
        typer.echo(show(rows))
    raise typer.Exit(0 if all(row.proved for row in rows) else 1)
