#!/usr/bin/env python3
"""Checking speed: scanproof's IOD checker beside dciodvfy and pydicom's mere reading of headers, in one run, one core.

    .venv/bin/python -m tests.bench.check [--instances 400] [--json] [--before CHECKOUT]

Three series of files on disk: CT images of 70 elements, MR images, and CT images of 250 elements. Every instance has
its own UID, number, position and times; "first" is the first pass of a new checker over them, "again" the second.
dciodvfy (dicom3tools) is run as it is, a process for each file. Only the ratios mean anything: machines differ. Also:
what a structure costs that is new, to a checker that has learned nothing and within an MR exam of short series, beside
another checkout of this project where one is given; the time from the start of Python to the first finding, and the
resident memory over 20,000 checks of instances that all differ; `scanproof check` of a folder of 20,000 small files, by
one process and by one a core, with what its biggest process needs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path

from tests.support.processes import environment

#: One series, without the localizers and maps of a whole exam.
MR = """id: mr-series
title: one MR series
object: mr
phantom: abdomen
series:
  - {{description: T1, sequence: spin-echo, slices: {count}, thickness: 1.0, spacing: 1.0, matrix: 128, tr: 500.0,
     te: [12.0]}}
"""
_ASKED = 40  # files for dciodvfy, which takes its time


def make(folder: Path, made: str, count: int, elements: int | None) -> list[Path]:
    """Generate a series, with elements taken out or put in until there are `elements`."""
    from pydicom import dcmread

    from scansim.generate import Order, choose, generate
    from scansim.images import MAKERS, find_protocol

    if made == "mr":
        folder.mkdir()
        (folder / "mr-series.yaml").write_text(MR.format(count=count))
        protocol = find_protocol(str(folder / "mr-series.yaml"), MAKERS)
    else:
        protocol = choose(made, None, count)
    written = generate(Order(protocol, seed=1, day=date(2026, 1, 2)), folder / "files")
    paths = [folder / "files" / file.file for file in written]
    for path in paths if elements else ():
        ds = dcmread(path)
        if len(ds) > elements:
            optional = _optional(ds)
            for keyword in optional[: len(ds) - elements]:
                del ds[keyword]
        else:
            block = ds.private_block(0x0029, "SCANSIM BENCH", create=True)
            for number in range(elements - len(ds)):
                vr, value = (("DS", f"{number}.5"), ("LO", f"value {number}"), ("IS", str(number)))[number % 3]
                block.add_new(number, vr, value)
        ds.save_as(path)
    return paths


def _optional(ds: object) -> list[str]:
    """Keywords that can be taken out one by one without an error of the checker."""
    from pydicom.dataset import Dataset

    from scanproof.iod import Checker

    assert isinstance(ds, Dataset)
    if not _OPTIONAL:
        checker, left = Checker(), Dataset()
        left.update(ds)
        left.file_meta = ds.file_meta
        for keyword in [element.keyword for element in ds if element.keyword]:
            kept = left[keyword]
            del left[keyword]
            if checker.check(left).errors:
                left[keyword] = kept
            else:
                _OPTIONAL.append(keyword)
    return [keyword for keyword in _OPTIONAL if keyword in ds]


_OPTIONAL: list[str] = []


def rate(work: Callable[[Path], object], paths: Sequence[Path]) -> float:
    """Files per second."""
    began = time.perf_counter()
    for path in paths:
        work(path)
    return len(paths) / (time.perf_counter() - began)


def compare(paths: Sequence[Path], program: str | None) -> dict[str, float]:
    """Rates of all of them on one series, the best of two rounds each."""
    from pydicom import dcmread

    from scanproof.iod import Checker

    found: dict[str, float] = {"elements": float(len(dcmread(paths[-1])))}
    for _ in range(2):
        checker = Checker()
        checker.check_file(paths[0])
        rounds = {
            "first": rate(checker.check_file, paths[1:]),
            "again": rate(checker.check_file, paths[1:]),
            "pydicom": rate(lambda path: dcmread(path, stop_before_pixels=True), paths[: max(100, len(paths) // 4)]),
        }
        if program is not None:
            rounds["dciodvfy"] = rate(lambda path: subprocess.run([program, path], capture_output=True), paths[:_ASKED])
        for name, value in rounds.items():
            found[name] = max(found.get(name, 0.0), value)
    return found


#: Milliseconds for a file when nothing is learned, and for one of the exam, the first time and again.
_NEW = """
import json, sys, time
from pathlib import Path
from scanproof.iod import Checker

def best(rounds):
    return 1000 * sum(map(min, zip(*rounds))) / len(rounds[0])

def timed(checkers):
    for checker, data in zip(checkers, files):
        began = time.perf_counter()
        checker.check_bytes(data)
        yield time.perf_counter() - began

files = [Path(path).read_bytes() for path in sys.argv[1:]]
Checker().check_bytes(files[0])
alone = [list(timed([Checker() for _ in files])) for _ in range(10)]
exams = [Checker() for _ in range(10)]
first, again = ([list(timed([exam] * len(files))) for exam in exams] for _ in range(2))
print(json.dumps({"nothing learned": best(alone), "exam": best(first), "exam again": best(again)}))
"""


def new_structures(folder: Path, before: Path | None) -> dict[str, dict[str, float]]:
    """Milliseconds a file with new structures takes, here and before: of an MR exam of seven series of three images."""
    from scansim.generate import Order, choose, generate

    written = generate(Order(choose("mr", None, 21), seed=1, day=date(2026, 1, 2)), folder)
    files = [str(folder / file.file) for file in written]
    trees = {"here": environment()}
    if before is not None:
        trees["before"] = environment(PYTHONPATH=f"{before / 'simulator'}{os.pathsep}{before / 'conformance'}")
    found: dict[str, dict[str, float]] = {}
    for _ in range(3):
        for tree, env in trees.items():
            done = subprocess.run(
                [sys.executable, "-c", _NEW, *files], check=True, capture_output=True, timeout=60, env=env
            )
            times = json.loads(done.stdout)
            found[tree] = {name: min(value, found.get(tree, times)[name]) for name, value in times.items()}
    return found


def cold_start(path: Path) -> float:
    """Seconds from the start of Python to the findings of one file."""
    code = "import sys; from scanproof.iod import Checker; print(len(Checker().check_file(sys.argv[1]).findings))"
    times = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", code, str(path)], check=True, capture_output=True, timeout=60, env=environment()
        )
        times.append(time.perf_counter() - began)
    return min(times)


def _resident() -> float:
    """Resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory(path: Path, count: int = 20_000) -> list[float]:
    """Resident memory in MiB at five moments of `count` checks, each of another instance."""
    from scanproof.iod import Checker
    from scansim.mutants.surgery import parse

    data = path.read_bytes()
    file = parse(data)
    uid = file.get("SOPInstanceUID").value.rstrip(b"\0")
    cut = data.rindex(b"\xe0\x7f\x10\x00")
    head, pixels = data[:cut], data[cut:]
    checker, seen = Checker(), []
    for number in range(count):
        own = str(number).encode()
        checker.check_bytes(head.replace(uid, uid[: len(uid) - len(own)] + own) + pixels)
        if number % (count // 5) == count // 5 - 1:
            seen.append(round(_resident(), 1))
    return seen


#: Prints seconds and MiB of a check of a folder by so many processes, once all modules are loaded.
_COMMAND = """
import json, resource, sys, time
from pathlib import Path
from scanproof.iod.command import Options, check_paths
began = time.perf_counter()
check_paths([Path(sys.argv[1])], Options(jobs=int(sys.argv[2])), lambda _: None, lambda _: None)
most = max(resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([time.perf_counter() - began, most / 1024]))
"""


def by_processes(path: Path, folder: Path, cores: Collection[int], count: int = 20_000) -> dict[int, dict[str, float]]:
    """Files per second and MiB of `scanproof check` by one process, and by one a core."""
    from pydicom import dcmread, dcmwrite
    from pydicom.filebase import DicomBytesIO

    ds = dcmread(path)
    ds.Rows, ds.Columns, ds.PixelData, ds.InstanceNumber = 8, 8, bytes(128), 1_000_001
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{ds.StudyInstanceUID[:40]}.1000001"
    buffer = DicomBytesIO()
    dcmwrite(buffer, ds)
    for number in range(count):
        part = folder / str(number // 1000)
        part.mkdir(parents=True, exist_ok=True)
        own = str(1_000_001 + number).encode()
        (part / f"{number}.dcm").write_bytes(buffer.getvalue().replace(b"1000001", own))
    found: dict[int, dict[str, float]] = {}
    for jobs in sorted({1, len(cores)}):
        done = subprocess.run(
            [sys.executable, "-c", _COMMAND, str(folder), str(jobs)],
            check=True,
            capture_output=True,
            timeout=300,
            env=environment(),
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        seconds, mebibytes = json.loads(done.stdout)
        found[jobs] = {"files/s": count / seconds, "MiB": mebibytes}
    return found


def main() -> None:
    """Run it, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--before", type=Path, help="another checkout, for what new structures cost there")
    arguments = parser.parse_args()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    from scanproof.iod.command import find_program

    program = find_program()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        series = {
            "CT, 70 elements": make(folder / "ct", "ct", arguments.instances, 70),
            "MR": make(folder / "mr", "mr", arguments.instances, None),
            "CT, 250 elements": make(folder / "wide", "ct", arguments.instances, 250),
        }
        rows = {title: compare(paths, program) for title, paths in series.items()}
        new = new_structures(folder / "exam", arguments.before)
        start = cold_start(series["MR"][-1])
        resident = memory(series["CT, 70 elements"][-1])
        command = by_processes(series["CT, 70 elements"][-1], folder / "many", cores)
    if arguments.json:
        told = {"series": rows, "new_structures_ms": new, "cold_start_s": start, "resident_mib": resident}
        told["command"] = command
        print(json.dumps(told, indent=2))
        return
    print(
        f"{'instances/s':<20}{'first':>9}{'again':>9}{'pydicom':>9}{'dciodvfy':>10}{'x pydicom':>11}{'x dciodvfy':>12}"
    )
    for title, row in rows.items():
        theirs = row.get("dciodvfy")
        peer = f"{theirs:>10.0f}" if theirs else f"{'-':>10}"
        ratio = f"{row['first'] / theirs:>12.0f}" if theirs else f"{'-':>12}"
        own = f"{row['first']:>9.0f}{row['again']:>9.0f}{row['pydicom']:>9.0f}"
        print(f"{title:<20}{own}{peer}{row['first'] / row['pydicom']:>11.1f}{ratio}   {row['elements']:.0f} elements")
    for name, value in new["here"].items():
        earlier = new.get("before", {}).get(name)
        ratio = f", before {earlier:.2f} ms: {earlier / value:.1f} times as fast now" if earlier else ""
        print(f"MR exam of short series, {name}: {value:.2f} ms a file{ratio}")
    print(f"first finding {start:.2f} s after the start of Python")
    for jobs, row in command.items():
        print(
            f"scanproof check -j {jobs}, 20,000 small files: {row['files/s']:.0f} files/s, {row['MiB']:.0f} MiB at most"
        )
    print(f"resident memory over 20,000 checks, MiB: {', '.join(f'{value:.1f}' for value in resident)}")


if __name__ == "__main__":
    main()
