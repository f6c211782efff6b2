"""dciodvfy beside the checker: what it calls an error, by attribute, and what of that the checker does not."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydicom.datadict import DicomDictionary, keyword_for_tag, tag_for_keyword

from scanproof.iod import IodFinding
from tests.support.others import dicom3tools

TIMEOUT_S = 20

#: Runs it over the bytes of files: the lines of each that are errors, or none where it aborts.
Run = Callable[[Iterable[bytes]], list[list[str]]]


def runner(folder: Path) -> Run:
    """What runs dciodvfy, on as many files at once as there are cores; the test is skipped where there is none."""
    program = dicom3tools("dciodvfy")

    def run(pair: tuple[int, bytes]) -> list[str]:
        path = folder / f"{pair[0]}.dcm"
        path.write_bytes(pair[1])
        done = subprocess.run([program, path], capture_output=True, timeout=TIMEOUT_S, check=False)
        path.unlink()
        if done.returncode < 0:  # a signal: no verdict
            return []
        lines = (done.stderr + done.stdout).decode("latin-1").splitlines()
        return [line for line in lines if re.search(r"\bError\b", line)]

    def all_of(files: Iterable[bytes]) -> list[list[str]]:
        with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            return list(pool.map(run, enumerate(files)))

    return all_of


_BY_NAME = {entry[2]: entry[4] for entry in DicomDictionary.values() if entry[2]}
_NAMES = re.compile("|".join(re.escape(name) for name in sorted(_BY_NAME, key=len, reverse=True) if " " in name))


def attributes(line: str) -> set[str]:
    """Keywords of the attributes that a line names: by keyword, by tag, by name."""
    found = set(re.findall(r"(?:Element=<|</)(\w+)", line))
    for group, element in re.findall(r"\(0x(\w{4}),0x(\w{4})\)", line):
        tag = int(group + element, 16)
        found.add(keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
    if not found:
        found = {_BY_NAME[name] for name in _NAMES.findall(line)}
        found |= {_BY_NAME[name] for name in re.findall(r"attribute <([^>]*)>", line) if name in _BY_NAME}
        found |= {word for word in re.findall(r"\b[A-Z]\w+\b", line) if tag_for_keyword(word) is not None}
    return found


def named(findings: Iterable[IodFinding], level: str = "error") -> set[str]:
    """Last steps of the paths of errors."""
    return {re.sub(r"\[\d+\]", "", finding.tag).split(" > ")[-1] for finding in findings if finding.level == level}
