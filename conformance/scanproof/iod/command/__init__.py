"""`scanproof check`: files and folders in, a report out; a second opinion of dciodvfy where it is asked for."""

from scanproof.iod.command.check import check_paths
from scanproof.iod.command.options import Options
from scanproof.iod.command.profile_file import json_schema
from scanproof.iod.command.second_opinion import find_program

__all__ = ["Options", "check_paths", "find_program", "json_schema"]
