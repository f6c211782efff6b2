"""The command line, one module a group of commands; what costs time is imported inside the command that needs it."""

from __future__ import annotations

import sys
import warnings

import typer

from scanproof.cli import files, lists, runs, targets
from scanproof.cli.application import app

__all__ = ["app", "files", "lists", "main", "runs", "targets"]


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
