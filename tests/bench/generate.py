#!/usr/bin/env python3
"""Speed and memory of image generation: 512 x 512 CT with noise, on one core to memory, and as files.

    .venv/bin/python -m tests.bench.generate [--instances 2000] [--json]

Three rates are timed in one run, since only ratios mean anything from machine to machine: our path; pydicom building a
data set of the same elements and writing it, with the same pixels; and the machine copying as many bytes. Rendering the
volume is timed apart. Peak memory is that of a process of its own, after 100 and after 20,000 instances. Files go to a
RAM disk where there is one (/dev/shm), volumes rendered and manifest written, beside hashing and writing as many bytes
one file after the other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from io import BytesIO
from pathlib import Path

EXPLICIT = "1.2.840.10008.1.2.1"
_MEMORY = (100, 20_000)
_BY_PYDICOM = 200  # instances


def _stream(instances: int):  # type: ignore[no-untyped-def]
    from scansim.generate import Order, choose, exam_instances

    return exam_instances(Order(choose("ct", "ct-qc", instances), seed=1, day=date(2026, 1, 2)))


def ours(instances: int) -> tuple[float, float, int]:
    """Seconds to render the volumes, instances/s after that, and bytes of one instance."""
    began = time.perf_counter()
    size = 0
    for instance in _stream(min(instances, 128)):
        size = sum(map(len, instance.encode(EXPLICIT)))
    built = time.perf_counter() - began
    best = 0.0
    for _ in range(3):
        stream = iter(_stream(instances))
        next(stream).encode(EXPLICIT)
        began = time.perf_counter()
        for instance in stream:
            instance.encode(EXPLICIT)
        best = max(best, (instances - 1) / (time.perf_counter() - began))
    return built, best, size


def by_pydicom() -> float:
    """Instances/s when each is built element by element and written by pydicom; the pixels are there already."""
    from pydicom import dcmwrite
    from pydicom.dataset import Dataset, FileMetaDataset

    made = [(instance.dataset(), instance.pixels()) for instance in _stream(16)]
    began = time.perf_counter()
    for number in range(_BY_PYDICOM):
        source, pixels = made[number % len(made)]
        ds = Dataset()
        for element in source:
            ds.add_new(element.tag, element.VR, element.value)
        ds.add_new(0x7FE00010, "OW", pixels)
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = EXPLICIT
        dcmwrite(BytesIO(), ds, enforce_file_format=True)
    return _BY_PYDICOM / (time.perf_counter() - began)


def copying(size: int) -> float:
    """Instances/s when all that is done is to copy as many bytes."""
    source = bytearray(size)
    began = time.perf_counter()
    for _ in range(2000):
        bytes(source)
    return 2000 / (time.perf_counter() - began)


def files(instances: int, size: int) -> tuple[float, float]:
    """Instances/s as `scanproof generate` writes them, and when all that is done is to hash and write as many bytes."""
    from scansim.generate import Order, choose, generate

    order = Order(choose("ct", "ct-qc", instances), seed=1, day=date(2026, 1, 2))
    memory = Path("/dev/shm")
    made = plain = 0.0
    for _ in range(3):
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
            began = time.perf_counter()
            generate(order, Path(folder) / "ct")
            made = max(made, instances / (time.perf_counter() - began))
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
            content = bytes(size)
            began = time.perf_counter()
            for number in range(instances):
                hashlib.sha256(content).digest()
                (Path(folder) / f"{number}.dcm").write_bytes(content)
            plain = max(plain, instances / (time.perf_counter() - began))
    return made, plain


def peak(instances: int) -> float:
    """Peak memory in MiB of a process that makes as many instances and keeps none."""
    code = (
        "import resource; from tests.bench import generate as bench\n"
        f"for instance in bench._stream({instances}): instance.encode(bench.EXPLICIT)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
        cwd=Path(__file__).parents[2],
    )
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    built, rate, size = ours(given.instances)
    slow, copied = by_pydicom(), copying(size)
    written, hashed = files(given.instances, size)
    memory = {str(count): round(peak(count), 1) for count in _MEMORY}
    result = {
        "bytes_per_instance": size,
        "volume_seconds": round(built, 2),
        "instances_per_second": round(rate),
        "pydicom_instances_per_second": round(slow),
        "times_pydicom": round(rate / slow, 1),
        "copy_instances_per_second": round(copied),
        "share_of_copy_rate": round(rate / copied, 3),
        "files_per_second": round(written),
        "hash_and_write_per_second": round(hashed),
        "share_of_hash_and_write_rate": round(written / hashed, 2),
        "peak_mib": memory,
    }
    if given.json:
        print(json.dumps(result, indent=1))
    else:
        for name, value in result.items():
            print(f"{name:<30} {value}")


if __name__ == "__main__":
    main()
