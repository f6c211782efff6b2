"""The real command line, ``python -m scanproof`` or its entry point in this process, and what a run leaves behind."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest

from scanproof import cli
from scanproof.results import Results
from tests.support.processes import environment

#: A run of all scenarios takes about 3 s on an idle machine.
TIMEOUT = 120


def command(*argv: str | Path | int) -> list[str]:
    return [sys.executable, "-m", "scanproof", *map(str, argv)]


def scanproof(*argv: str | Path | int, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line tool; whatever it is asked, it shows no traceback."""
    done = subprocess.run(
        command(*argv), cwd=cwd, env=environment(), capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def main(*argv: str | Path | int) -> subprocess.CompletedProcess[str]:
    """Run the tool's entry point in this process: as `scanproof`, without the start of Python and all the imports."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["scanproof", *map(str, argv)]),
        warnings.catch_warnings(),  # it silences them for its process
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        cli.main()
    code = ended.value.code or 0
    assert isinstance(code, int), code
    assert "Traceback" not in out.getvalue() + err.getvalue(), err.getvalue()
    return subprocess.CompletedProcess([*map(str, argv)], code, out.getvalue(), err.getvalue())


def results(out: Path) -> Results:
    """Read results.json; it has to be valid."""
    return Results.model_validate_json((out / "results.json").read_bytes())


def deviations(of: Results) -> set[tuple[str, str]]:
    """(check, verdict) of every finding that says something against the target and that no other explains."""
    return {
        (finding.check, finding.verdict.value)
        for finding in of.all_findings
        if finding.verdict not in ("PASS", "NOT_TESTED", "NOT_APPLICABLE") and finding.root is None
    }


@contextmanager
def target(*argv: str | int, listener: int | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run ``scanproof target`` on a free port; yields its AET@HOST:PORT and the process."""
    known = [] if listener is None else ["--peer", f"SCANPROOF=127.0.0.1:{listener}"]
    process = subprocess.Popen(
        command("target", "--port", 0, *known, *argv), env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.endswith(" ready\n"), line
        yield line.removesuffix(" ready\n"), process
    finally:
        process.terminate()
        process.communicate(timeout=20)
