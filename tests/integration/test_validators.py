"""Independent judges of everything that the simulator makes: dciodvfy for each instance, dcentvfy for whole exams."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from scansim.generate import Order, Written, generate
from scansim.identity.people import SPECIAL
from scansim.images import MAKERS, find_protocol, resized
from scansim.images.protocol import builtin_protocols
from scansim.inputs import InputError
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire import charsets
from tests.support.others import dicom3tools, package

pytestmark = [pytest.mark.peer, pytest.mark.long, pytest.mark.whole]

DAY = date(2026, 1, 2)

#: Every warning that may remain, and why it is no fault of the instance.
WARNINGS = {
    r"Unrecognized defined term <PHANTOM> .*<Body Part Examined>": "what lies on the table is one; terms may be added",
    r"Unrecognized defined term <(DIFFUSION|ADC)> for value 4 of attribute <(Frame|Image) Type>": (
        "PS3.3 C.8.16.1.3 has them for diffusion maps; dciodvfy's list lacks them"
    ),
    r"not present in standard DICOM IOD - \(0x0018,0x908[79]\)": "b-value and direction have no other standard place",
    r"this is a Standard Extended SOP Class": "the two diffusion attributes before it",
}
#: The one thing that dcentvfy says of whole exams.
ENTITIES = {
    r"Element=<AccessionNumber> IE <Series> versus <Study>": (
        "its table puts the Accession Number of SR documents at another level than that of images; both are equal"
    ),
}


def made(tmp_path: Path, order: Order) -> list[tuple[Written, Path]]:
    return [(written, tmp_path / written.file) for written in generate(order, tmp_path)]


def ends(written: list[tuple[Written, Path]]) -> list[Path]:
    """The first and the last instance of each series."""
    series: dict[str, list[Path]] = {}
    for each, path in written:
        series.setdefault(each.series_instance_uid, []).append(path)
    return list(dict.fromkeys(path for paths in series.values() for path in (paths[0], paths[-1])))


def told(lines: str, explained: Iterable[str]) -> list[str]:
    """Errors, and warnings that are not explained."""
    found = [line for line in lines.splitlines() if line.startswith(("Error", "Warning"))]
    return [line for line in found if not any(re.search(pattern, line) for pattern in explained)]


def dciodvfy(path: Path) -> list[str]:
    argv = [dicom3tools("dciodvfy"), path]
    done = subprocess.run(argv, capture_output=True, encoding="latin-1", timeout=60, check=False)
    assert done.returncode >= 0, f"dciodvfy ended by signal {-done.returncode}"
    return told(done.stdout + done.stderr, WARNINGS)


@pytest.mark.parametrize("name", sorted(builtin_protocols()))
def test_every_protocol(tmp_path, name):
    protocol = find_protocol(name, MAKERS)
    with contextlib.suppress(InputError):  # not all have a number of slices to choose
        protocol = resized(protocol, 8)
    written = made(tmp_path, Order(protocol, 1, DAY))
    assert {path.name: found for path in ends(written) if (found := dciodvfy(path))} == {}
    argv = [dicom3tools("dcentvfy"), *(path for _, path in written)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert told(done.stdout + done.stderr, ENTITIES) == []


#: (syntax, protocol). dciodvfy does not inflate: it reads the compressed bytes as elements. JPEG Baseline has 8 bits.
IN_SYNTAXES = [
    (syntax, name)
    for syntax in sorted(SYNTAXES)
    for name in ("ct-abdomen", "mr-small", "enhanced-ct-head", "us-abdomen")
    if syntax != "deflated" and (syntax != "jpeg" or name == "us-abdomen")
]


@pytest.mark.parametrize(("syntax", "name"), IN_SYNTAXES)
def test_every_transfer_syntax(tmp_path, name, syntax):
    if SYNTAXES[syntax].needs_extra:
        package("imagecodecs", "imagecodecs")
    order = Order(resized(find_protocol(name, MAKERS), 3), 1, DAY, syntax=SYNTAXES[syntax])
    assert {path.name: found for _, path in made(tmp_path, order) if (found := dciodvfy(path))} == {}


#: What dciodvfy says of names that are right, and why it is wrong. Our own reader (`charsets.decode`) is strict, and
#: tests/unit/test_charsets.py holds these bytes against the examples of PS3.5 Annexes H to K.
OF_NAMES = {
    r"PN Patient's Name .*Length invalid for this VR": "counts bytes over all groups; PS3.5 6.2.1.2 has 64 each",
    r"PN Patient's Name .*Character invalid for character repertoire": "does not know the characters of IR 13 and GBK",
    r"Value Multiplicity.*Element=<PatientName>": "takes 5CH inside a two-byte character for a delimiter",
    r"PN Patient's Name .*Retired Person Name form": "a name of one component is allowed; or 5CH as above",
    r"Unrecognized defined term <ISO(_IR| 2022 IR) 203>": "Latin-9 came with a later edition than its list",
    r"^Error - Dicom dataset contains invalid data values": "the sum of the lines above it",
    r"needed to build DICOMDIR - Patient ID": "Patient ID is Type 2, and this patient has none",
}


def of_name(tmp_path: Path, **options: str) -> list[str]:
    protocol = resized(find_protocol("ct-scout", MAKERS), 1)
    ((_, path),) = made(tmp_path, Order(protocol, 1, DAY, **options))
    return [line for line in dciodvfy(path) if not any(re.search(pattern, line) for pattern in OF_NAMES)]


@pytest.mark.parametrize("name", sorted(charsets.CHARACTER_SETS))
def test_every_character_set(tmp_path, name):
    assert of_name(tmp_path, character_set=name) == []


@pytest.mark.parametrize("name", sorted(SPECIAL))
def test_every_special_patient(tmp_path, name):
    assert of_name(tmp_path, special=name) == []
