#!/usr/bin/env python3
"""Sending speed: scanproof beside DCMTK's storescu and pynetdicom's send_c_store, to one storescp, in one run.

    .venv/bin/python -m tests.bench.send [--instances 400] [--json]

Needs root and DCMTK (the receiver listens on every address, so all of it runs in a network namespace of its own). Each
sender sends the same CT instances of 512 x 512 on one association; scanproof records its transcript while it sends.
Only the ratios mean anything: machines differ, and both sides of a ratio are timed in one run. Where nobody waits for
delayed acknowledgements, each sender sends three times and the best counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

PORTS = {"as installed": 11201, "TCP_NODELAY=1": 11202}
CT_CLASS_UID = "1.2.840.10008.5.1.4.1.1.2"


def with_scanproof(port: int, folder: Path, work: Path, nodelay: bool) -> None:
    """Send as the step `store` does: transcript on, the pixels digested on other threads, a few images ahead."""
    from scansim.ahead import ahead
    from scansim.network.association import Association, Proposal, propose
    from scansim.network.channel import Elided
    from scansim.network.recording import TranscriptWriter
    from scansim.site import Timeouts
    from scansim.wire.dimse import FIELD_OF
    from scansim.wire.encoding import TRANSFER_SYNTAXES

    writer = TranscriptWriter(work / f"transcript-{time.monotonic_ns()}", {"id": "bench"})
    rq = propose("STORESCP", "BENCH", [Proposal(CT_CLASS_UID, TRANSFER_SYNTAXES)])
    association = Association.request("127.0.0.1", port, rq, writer.recorder(service="storage"), Timeouts())
    context = association.context(CT_CLASS_UID)
    with ahead(lambda encoded: Elided.of(encoded[2]), ENCODED) as digested:
        for (uid, head, _), pixels in zip(ENCODED, digested, strict=True):
            command = {
                "CommandField": FIELD_OF["C-STORE-RQ"],
                "AffectedSOPClassUID": CT_CLASS_UID,
                "AffectedSOPInstanceUID": uid,
                "Priority": 0,
            }
            answer = association.response(context, command, [head], pixels)
            assert answer.command.status == 0, answer.command
    association.release()


def with_pynetdicom(port: int, folder: Path, work: Path, nodelay: bool) -> None:
    """Send data sets that are in memory, as `send_c_store` takes them."""
    from pynetdicom import AE

    ae = AE("BENCH")
    ae.add_requested_context(CT_CLASS_UID, "1.2.840.10008.1.2.1")
    assoc = ae.associate("127.0.0.1", port)
    assert assoc.is_established
    for ds in DATASETS:
        assert assoc.send_c_store(ds).Status == 0
    assoc.release()


def with_storescu(port: int, folder: Path, work: Path, nodelay: bool) -> None:
    """Send the files with DCMTK, which takes the option from its environment as the receiver does."""
    from tests.support.others import require

    argv = [require("storescu", "dcmtk"), "-aec", "STORESCP", "+sd", "127.0.0.1", str(port), str(folder)]
    env = {**os.environ, **({"TCP_NODELAY": "1"} if nodelay else {})}
    subprocess.run(argv, check=True, capture_output=True, timeout=300, env=env)


SENDERS: dict[str, Callable[[int, Path, Path, bool], None]] = {
    "scanproof": with_scanproof,
    "pynetdicom send_c_store": with_pynetdicom,
    "storescu": with_storescu,
}
ENCODED: list[tuple[str, bytes, bytes]] = []
DATASETS: list[object] = []


def inside(instances: int, work: Path) -> dict[str, dict[str, float]]:
    """Run in the namespace: make the images, start both receivers, time every pair."""
    import pydicom

    from scansim.generate import Order, choose, generate
    from tests.support.others import require

    files = work / "ct"
    protocol = choose("ct", "ct-qc", instances)  # no localizer: its images are smaller
    for written in generate(Order(protocol, seed=1, day=date(2026, 1, 2)), files):
        path = files / written.file
        ds = pydicom.dcmread(path)
        DATASETS.append(ds)
        raw = path.read_bytes()
        size = len(ds.PixelData)
        start = len(raw) - len(ds.PixelData)
        meta = 144 + int(ds.file_meta.FileMetaInformationGroupLength)
        ENCODED.append((str(ds.SOPInstanceUID), raw[meta:start], raw[start:]))
        assert size == 512 * 512 * 2
    rates: dict[str, dict[str, float]] = {}
    for receiver, port in PORTS.items():
        env = {**os.environ, **({"TCP_NODELAY": "1"} if receiver.startswith("TCP") else {})}
        argv = [require("storescp", "dcmtk"), "--fork", "--ignore", "-pdu", "131072", "-aet", "STORESCP", str(port)]
        with subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(1)
            try:
                for name, send in [*SENDERS.items()] * (3 if receiver.startswith("TCP") else 1):
                    began = time.perf_counter()
                    send(port, files, work, receiver.startswith("TCP"))
                    rate = instances / (time.perf_counter() - began)
                    of = rates.setdefault(name, {})
                    of[receiver] = max(rate, of.get(receiver, 0.0))
            finally:
                process.terminate()
    return rates


def show(rates: dict[str, dict[str, float]]) -> str:
    """Rates and the two promised ratios."""
    lines = [f"{'sender':<26}" + "".join(f"{receiver:>18}" for receiver in PORTS) + "   instances/s"]
    for name, by_receiver in rates.items():
        lines.append(f"{name:<26}" + "".join(f"{by_receiver[receiver]:>18.0f}" for receiver in PORTS))
    ours = rates["scanproof"]
    nodelay, installed = "TCP_NODELAY=1", "as installed"
    lines += [
        f"scanproof / pynetdicom, {nodelay}: {ours[nodelay] / rates['pynetdicom send_c_store'][nodelay]:.1f}",
        f"scanproof / storescu, {installed}: {ours[installed] / rates['storescu'][installed]:.1f}",
        f"scanproof / storescu, {nodelay}: {ours[nodelay] / rates['storescu'][nodelay]:.2f}",
    ]
    return "\n".join(lines)


def main() -> None:
    """Start the namespace, run in it, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=400)
    parser.add_argument("--json", action="store_true", help="print rates as JSON")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        print(json.dumps(inside(options.instances, options.inside)))
        return
    from tests.support.netns import Namespace

    with Namespace() as ns, tempfile.TemporaryDirectory() as work:
        argv = [sys.executable, "-m", "tests.bench.send", "--instances", str(options.instances), "--inside", work]
        done = ns.run(argv, 600, check=True)
    rates = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(rates, indent=2) if options.json else show(rates))


if __name__ == "__main__":
    main()
