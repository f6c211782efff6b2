#!/usr/bin/env python3
"""An exam of 200, 2,000 and 20,000 CT images: time and memory to run it, to judge it, and to report it.

    .venv/bin/python -m tests.bench.scale [--images 200 2000 20000] [--matrix 512] [--json]

The embedded reference target is told the exam, gets its images, commits to them and is asked for them again; it keeps
them all, which is 10 GB of temporary files for 20,000 of 512 x 512. Every number of images has a process of its own.
Memory is the most that the process, or the target's, had resident until a phase ended. Times are of one machine on one
day: what says whether the work grows with the exam is the cost of an image beside that of an image of the smallest
exam, both timed in one run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCES = [str(ROOT), str(ROOT / "simulator"), str(ROOT / "conformance")]

IMAGES = (200, 2_000, 20_000)
PHASES = ("run", "judge", "report")
EXAM = """\
id: exam
title: a CT exam of many images
modality: CT
procedure: {{code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}}
steps:
  - query-worklist
  - choose-item
  - create-mpps
  - acquire: {{protocol: slices.yaml, instances: {images}}}
  - store
  - set-mpps: {{status: COMPLETED}}
  - commit
  - query-study
"""
PROTOCOL = """\
id: slices
title: slices of the abdomen
object: ct
phantom: abdomen
series:
  - axial: {{description: Slices, slices: 128, thickness: 3, step: 3, field_of_view: 400, matrix: {matrix}}}
"""

#: Seconds and resident megabytes, ours and the target's, of each phase.
Figures = dict[str, dict[str, float]]


def most_resident(pid: int | str) -> float:
    """The most that a process had resident until now, in MB; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM:")), 0.0)


def inside(images: int, matrix: int, work: Path) -> Figures:
    """Take one exam through all phases in this process; a fault of either side ends it."""
    from scanproof.finding import Verdict
    from scanproof.report import write_reports
    from scanproof.session import EMBEDDED_TIMEOUTS, Session, collect
    from scansim.exam.scenario_files import find_scenarios
    from scansim.images.sections import forget
    from scansim.network.listener import Listener
    from scansim.reference import process
    from scansim.reference.config import ReferenceConfig
    from scansim.site import ListenerAddress, single_target

    scenario = work / "exam.yaml"
    scenario.write_text(EXAM.format(images=images))
    (work / "slices.yaml").write_text(PROTOCOL.format(matrix=matrix))
    figures: Figures = {}
    # The target looks at every image before it reports.
    timeouts = EMBEDDED_TIMEOUTS.model_copy(update={"response": 60, "commitment": 60 + images / 100})
    with Listener(ListenerAddress(port=0)) as listener:
        config = ReferenceConfig(folder=work / "target", peers={listener.ae: ("127.0.0.1", listener.port)})
        with process.start(config) as target:
            ours = ListenerAddress(ae=listener.ae, port=listener.port)
            site = single_target(target.ae, target.host, target.port, listener=ours, timeouts=timeouts, promised=True)
            session, exam = Session(site, listener, target.add_order), find_scenarios([str(scenario)])
            began = time.perf_counter()
            session.run(exam, work / "out", seed=1, day=date(2026, 1, 2))
            took = time.perf_counter() - began
            figures["run"] = {"s": took, "MB": most_resident("self"), "target MB": most_resident(target.pid)}
    forget()
    began = time.perf_counter()
    results = collect(work / "out")
    figures["judge"] = {"s": time.perf_counter() - began, "MB": most_resident("self")}
    began = time.perf_counter()
    write_reports(results, work / "out")
    figures["report"] = {"s": time.perf_counter() - began, "MB": most_resident("self")}
    bad = [f.check for f in results.all_findings if f.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)]
    steps = [f"{step.verb}: {step.detail}" for step in results.scenarios[0].steps if step.outcome != "done"]
    if bad or steps:
        sys.exit(f"{images} images: {bad} {steps}")
    return figures


def measure(images: Sequence[int], matrix: int) -> dict[int, Figures]:
    """Take each exam through a process of its own."""
    measured = {}
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(SOURCES)}
    for count in images:
        with tempfile.TemporaryDirectory(prefix="scanproof-bench-") as work:
            argv = [
                sys.executable,
                "-m",
                "tests.bench.scale",
                "--inside",
                work,
                "--images",
                str(count),
                "--matrix",
                str(matrix),
            ]
            done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            sys.exit(done.returncode)
        measured[count] = json.loads(done.stdout.splitlines()[-1])
    return measured


def show(measured: Mapping[int, Mapping[str, Mapping[str, float]]]) -> str:
    """Time and memory of each phase; of an image beside an image of the smallest exam."""
    smallest = min(measured)
    lines = []
    for phase in PHASES:
        for images, figures in measured.items():
            one = figures[phase]
            beside = one["s"] / images / (measured[smallest][phase]["s"] / smallest)
            target = f", the target {one['target MB']:.0f} MB" if "target MB" in one else ""
            lines.append(
                f"{phase:<7}{images:>7,} images{one['s']:>9.1f} s{one['s'] / images * 1000:>8.2f} ms an image, "
                f"{beside:.2f} of one of {smallest:,}; {one['MB']:.0f} MB{target}"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=IMAGES)
    parser.add_argument("--matrix", type=int, default=512, help="Rows and Columns")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside is not None:
        figures: Any = inside(given.images[0], given.matrix, given.inside)
        print(json.dumps(figures))
        return
    measured = measure(given.images, given.matrix)
    print(json.dumps(measured, indent=2) if given.json else show(measured))


if __name__ == "__main__":
    main()
