"""What is asked of `scanproof check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanproof.iod.finding import IodLevel


@dataclass(frozen=True)
class Options:
    """What is asked of a check.

    Parameters
    ----------
    errors_only : bool
        Leave warnings and notes out of the report.
    fail_on : IodLevel or None
        From which level on the exit code is 1; None: never.
    as_json : bool
        JSON in place of text.
    second_opinion : bool
        Show where dciodvfy says otherwise.
    profile : Path or None
        The file that says what is asked for beside the standard, and how bad what is.
    only : tuple of str
        Rules to go by alone, ids or patterns with ``*``; empty: all.
    skip : mapping of str to str
        Rules to leave out, with the reason or nothing.
    edition : str or None
        The edition to go by where a rule changed; None: that of the tables.
    jobs : int or None
        Processes at most; None: one a core.
    headers : bool
        Headers alone are given: an image without pixels is no error.
    """

    errors_only: bool = False
    fail_on: IodLevel | None = IodLevel.ERROR
    as_json: bool = False
    second_opinion: bool = False
    profile: Path | None = None
    only: tuple[str, ...] = ()
    skip: Mapping[str, str] = field(default_factory=dict)
    edition: str | None = None
    jobs: int | None = None
    headers: bool = False
