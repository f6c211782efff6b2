#!/usr/bin/env python3
"""A whole exam: one `scanproof run` of 102 CT images, beside DCMTK's findscu and storescu, to one reference target.

    .venv/bin/python -m tests.bench.exam [--rounds 5] [--json]

Needs DCMTK. Both sides are started as a user starts them, in turns, and the best of each counts: machines are noisy,
and only the ratio means anything. scanproof paints its images, runs an exam from the worklist to the commitment of its
images, judges the transcript and writes the reports. DCMTK asks the worklist and sends files that are there already:
images of the same protocol, as many and as large. It has TCP_NODELAY=1 in its environment, as scanproof has the option.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [str(ROOT), str(ROOT / "simulator"), str(ROOT / "conformance")]

INSTANCES = 102
SCENARIO = f"""\
id: exam
title: CT exam of {INSTANCES} images
modality: CT
procedure: {{code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}}
steps:
  - query-worklist
  - choose-item: {{take: first}}
  - create-mpps
  - acquire: {{instances: {INSTANCES}}}
  - store
  - set-mpps: {{status: COMPLETED}}
  - commit
"""
#: What a console asks the worklist: the keys that findscu is given.
KEYS = (
    "PatientName",
    "PatientID",
    "AccessionNumber",
    "StudyInstanceUID",
    "RequestedProcedureID",
    "ScheduledProcedureStepSequence[0].Modality=CT",
    "ScheduledProcedureStepSequence[0].ScheduledStationAETitle=SCANPROOF",
    "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepSequence[0].ScheduledProcedureStepID",
)


class Took(NamedTuple):
    """Seconds by the clock, and of a processor, without those of the target."""

    wall: float
    cpu: float


def timed(argv: Sequence[str], env: Mapping[str, str]) -> Took:
    """Run a program to its end, which has to be a good one."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{argv[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def measure(work: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Start the target and time both sides in turns; the first turn compiles our modules and does not count."""
    from scansim.generate import Order, choose, generate
    from scansim.identity.ids import Identity
    from scansim.identity.orders import PROCEDURES, order
    from scansim.reference import process
    from scansim.reference.config import ReferenceConfig
    from tests.support.netns import require

    findscu, storescu = require("findscu", "dcmtk"), require("storescu", "dcmtk")
    files = work / "files"
    generate(Order(choose("ct", None, INSTANCES), seed=1, day=date(2026, 1, 2)), files)
    scenario = work / "exam.yaml"
    scenario.write_text(SCENARIO)
    listener = free_port()
    config = ReferenceConfig(peers={"SCANPROOF": ("127.0.0.1", listener)})
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPATH": os.pathsep.join(SOURCES), "PYTHONPYCACHEPREFIX": str(work / "compiled"), "TCP_NODELAY": "1"}
    best: dict[str, Took] = {}
    with process.start(config) as target:
        now, procedure = datetime.now(), PROCEDURES["CT"]
        target.add_order(
            order(
                Identity(1, now.date(), "bench"), modality="CT", station_ae="SCANPROOF", start=now, procedure=procedure
            )
        )
        to = ["-aet", "SCANPROOF", "-aec", target.ae]
        where = [target.host, str(target.port)]
        keys = [part for key in KEYS for part in ("-k", key)]
        for number in range(rounds + 1):
            run = [sys.executable, "-m", "scanproof", "run", str(scenario), "--seed", str(number)]
            run += ["--target", f"{target.ae}@{target.host}:{target.port}", "--listen", str(listener)]
            took = {
                "scanproof run": timed([*run, "--out", str(work / f"out-{number}")], env),
                "findscu": timed([findscu, "-W", *to, *keys, *where], env),
                "storescu": timed([storescu, *to, "+sd", *where, str(files)], env),
            }
            for name, one in took.items():
                if number:
                    known = best.get(name, one)
                    best[name] = Took(min(one.wall, known.wall), min(one.cpu, known.cpu))
    return {name: one._asdict() for name, one in best.items()}


def show(took: Mapping[str, Mapping[str, float]]) -> str:
    """Times and ratios, a line each."""
    lines = [f"{name:<22}{one['wall']:>8.2f} s{one['cpu']:>8.2f} s of a processor" for name, one in took.items()]
    dcmtk = sum(took[name]["wall"] for name in ("findscu", "storescu"))
    lines.append(f"scanproof / (findscu + storescu): {took['scanproof run']['wall'] / dcmtk:.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print the times as JSON")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scanproof-bench-") as work:
        try:
            took = measure(Path(work), max(1, given.rounds))
        except pytest.skip.Exception as error:
            sys.exit(str(error))
    print(json.dumps(took, indent=2) if given.json else show(took))


if __name__ == "__main__":
    main()
