"""The files of a small exam for tests of what is done to files: a localizer, and a series of four slices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from scansim.generate import Order, choose, generate
from scansim.images import MAKERS, find_protocol

MR = """id: mr-five
title: MR of five images
object: mr
phantom: abdomen
series:
  - {description: Localizer, sequence: gradient-echo, orientations: [coronal], matrix: 64, thickness: 8.0, tr: 8.6,
     te: [4.0], flip: 20.0}
  - {description: T1, sequence: spin-echo, slices: 4, thickness: 5.0, spacing: 6.0, matrix: 64, tr: 500.0, te: [12.0]}
"""


def small_exam(made: str, folder: Path) -> list[bytes]:
    """Five files of a CT or an MR exam, in the order of acquisition."""
    if made == "ct":
        protocol = choose("ct", None, 5)
    else:
        (folder / "mr-five.yaml").write_text(MR)
        protocol = find_protocol(str(folder / "mr-five.yaml"), MAKERS)
    files = generate(Order(protocol, seed=1, day=date(2026, 1, 2)), folder / "exam")
    return [(folder / "exam" / file.file).read_bytes() for file in files]
