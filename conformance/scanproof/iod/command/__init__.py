"""`scanproof check`: files and folders in, a report out; a second opinion of dciodvfy where it is asked for."""

from __future__ import annotations

from typing import Any

from scanproof.iod.command.check import check_paths
from scanproof.iod.command.options import Options
from scanproof.iod.command.second_opinion import find_program

__all__ = ["Options", "check_paths", "find_program", "json_schema"]


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a profile file, for editors."""
    from scanproof.iod.command import profile_file  # its models take their time, which a check without one spares

    return profile_file.json_schema()
