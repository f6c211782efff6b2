"""The command line's application and what its commands share. Costly imports are made inside the functions."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, cast

import typer

if TYPE_CHECKING:
    from datetime import date

    from scanproof.session import Progress

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Virtual scanners that prove a PACS, a RIS or an archive before a real one is plugged in.",
    epilog="Exit codes: 0 nothing found; 1 findings; 2 bad input or usage; 3 could not test, or interrupted.",
)


def day_of(text: str | None) -> date:
    """Day that an option names, today without one; InputError for another form than YYYY-MM-DD."""
    from datetime import date

    from scansim.inputs import InputError

    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--date {text!r}: the form is YYYY-MM-DD") from None


def forget_output() -> None:
    """Let what is still to be printed go nowhere: nobody reads on, or it cannot be written."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class _Terminal:
    """Standard error, for as long as there is a terminal: SIGHUP says that it is gone, and the run has to be ended."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


@contextlib.contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """Show steps as they run, on standard error, when that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
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
    with Progress(*columns, console=Console(file=cast("IO[str]", _Terminal(sys.stderr))), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(name: str, what: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total, what=what)
            bar.update(tasks[name], completed=done, total=total, what=f"{what} {done}/{total}")

        yield show
