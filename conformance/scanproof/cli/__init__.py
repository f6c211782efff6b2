"""The command line, one module a group of commands; what costs time is imported inside the command that needs it."""

from __future__ import annotations

import errno
import sys
import warnings
from contextlib import suppress

import typer

from scanproof.cli import files, lists, probing, runs, statements, targets
from scanproof.cli.application import app, forget_output
from scanproof.harmless import on_lines
from scanproof.signals import taking_signals

__all__ = ["app", "files", "lists", "main", "probing", "program", "runs", "statements", "targets"]

#: What a write to standard output fails with; of a file it would be said which.
_NO_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF, errno.EFBIG)


def _came_of(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an exit is typer's own for an exception; its code is another one from release to release."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None


def _say(text: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        typer.echo(f"scanproof: {on_lines(text)}", err=True)


def _code() -> int:
    """Run the command line; an expected failure becomes a message and its exit code."""
    try:
        try:
            app()
        except SystemExit as error:
            if _came_of(error, BrokenPipeError):
                raise BrokenPipeError from None
            if _came_of(error, KeyboardInterrupt):
                raise KeyboardInterrupt from None
            if sys.stdout is not None:  # it was closed before we began
                sys.stdout.flush()
            return error.code if isinstance(error.code, int) else 2 * (error.code is not None)
    except KeyboardInterrupt:
        _say("interrupted")
        return 3
    except BrokenPipeError:  # as in `scanproof check study | head`: it has not come to its end
        forget_output()
        return 3
    except OSError as error:
        if error.filename is None and error.errno in _NO_OUTPUT:
            forget_output()
            _say(f"standard output: cannot be written: {error.strerror}; send it somewhere else")
        else:
            _say(f"{error.filename or type(error).__name__}: {error.strerror or error}")
        return 2
    except Exception as error:
        from scansim.inputs import InputError
        from scansim.reference.process import ReferenceTargetError

        if isinstance(error, InputError):
            _say(str(error))
            return 2
        if isinstance(error, ReferenceTargetError):
            _say(str(error))
            return 3
        raise
    return 0


def main() -> None:
    """Run the command line, and exit with its code."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what a library says of a target's bytes is the checks' to say
    with taking_signals():
        code = _code()
    sys.exit(code)


def program() -> None:
    """Entry point: `main` as a process of its own."""
    with taking_signals(to_the_end=True):
        main()
