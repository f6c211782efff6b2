"""dciodvfy as an oracle: what it calls an error, the IOD checker calls one on the same attribute, or there is a reason.

Compared are all mutants of the library, and each attribute of a good CT and MR image deleted, emptied, garbled and
doubled; test_real_files.py does the same on real files. The reasons are those of tests/real/kinds.yaml, which
docs/iod-disagreements.md tells; a reason that no longer explains anything must go.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from pydicom.datadict import DicomDictionary, keyword_for_tag, tag_for_keyword

from scanproof.iod import Checker, IodFinding
from scansim.generate import Order, choose, generate
from scansim.images import MAKERS, builtin_protocols, find_protocol, resized
from scansim.inputs import InputError
from scansim.mutants import LOOKALIKES, MUTANTS, MutantError, mutate, prepare, sop_class_uid
from scansim.mutants.surgery import Element, File, parse
from scansim.wire.dataset import keyword
from tests.support.others import dicom3tools
from tests.support.sample import sample
from tools.real_files import kinds

TIMEOUT_S = 20
DAY = date(2026, 1, 2)
#: Name of the reason to what it explains in a line of dciodvfy; why, and who is right, tests/real/kinds.yaml has.
REASONS = {kind.name: kind.pattern for kind in kinds("images")}
#: The same for the library of mutants, beside those above.
REASONS_OF_MUTANTS = {kind.name: kind.pattern for kind in kinds("mutants")}
#: Rules of encoding: dciodvfy loses the thread and calls missing what follows, so only that there is an error counts.
ENCODING = (
    *("element-length", "element-order", "element-truncated", "element-twice", "encapsulation", "vr-unknown"),
    *("sequence-truncated", "transfer-syntax-unknown", "meta-mismatch", "meta-prefix", "group-forbidden"),
)


# --- dciodvfy ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dciodvfy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Iterable[bytes]], list[list[str]]]:
    """Run dciodvfy over the bytes of files; the lines of each that are errors, or none where it aborts."""
    program = dicom3tools("dciodvfy")
    folder = tmp_path_factory.mktemp("oracle")

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


def named(findings: Iterable[IodFinding]) -> set[str]:
    """Last steps of the paths of errors."""
    return {re.sub(r"\[\d+\]", "", finding.tag).split(" > ")[-1] for finding in findings if finding.level == "error"}


def unexplained(
    lines: Iterable[str], findings: Iterable[IodFinding], reasons: dict[str, str], used: set[str]
) -> Iterator[str]:
    """Yield the errors of dciodvfy that the checker does not have and that no reason explains."""
    ours = named(findings)
    for line in lines:
        if attributes(line) & ours:
            continue
        reason = next((name for name, pattern in reasons.items() if re.search(pattern, line)), None)
        if reason is None:
            yield line
        else:
            used.add(reason)


# --- automatic mutants ------------------------------------------------------------------------------------------------

_TEXT = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")


def _even(value: bytes, vr: str) -> bytes:
    return value + (b"\0" if vr == "UI" else b" ") * (len(value) % 2)


def _emptied(element: Element) -> Element:
    return replace(element, value=b"", items=None if element.items is None else ())


def _garbled(element: Element) -> Element:
    if element.vr in _TEXT:
        return replace(element, value=_even(b"?" + element.value.rstrip(b" \0")[1:] + b"~", element.vr))
    return replace(element, value=bytes(byte ^ 0xFF for byte in element.value))


def _doubled(element: Element) -> Element:
    if element.vr in _TEXT:
        value = element.value.rstrip(b" \0")
        return replace(element, value=_even(value + b"\\" + value, element.vr))
    return replace(element, value=element.value * 2)


_CHANGES: dict[str, Callable[[Element], Element | None]] = {
    "deleted": lambda element: None,
    "emptied": _emptied,
    "garbled": _garbled,
    "doubled": _doubled,
}


def automatic(file: File) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of each attribute at the top deleted, emptied, garbled and doubled."""
    for number, element in enumerate(file.elements):
        for name, change in _CHANGES.items():
            if element.items is not None and name in ("garbled", "doubled"):
                continue
            changed = change(element)
            middle = () if changed is None else (changed,)
            elements = (*file.elements[:number], *middle, *file.elements[number + 1 :])
            yield f"{keyword(element.tag)} {name}", replace(file, elements=elements).encode()


def small(data: bytes) -> bytes:
    """The file with 16 x 16 pixels: it is told many times."""
    file = parse(data)
    for name in ("Rows", "Columns"):
        file = file.put(name, replace(file.get(name), value=struct.pack("<H", 16)))
    return file.put("PixelData", replace(file.get("PixelData"), value=bytes(512))).encode()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One axial slice of each modality, by SOP Class."""
    found = {}
    for made, protocol, which in (("ct", None, 4), ("mr", "mr-small", 3)):  # an axial slice, a spin echo
        folder = tmp_path_factory.mktemp(made)
        written = generate(Order(choose(made, protocol, 5 if made == "ct" else None), seed=1, day=DAY), folder)
        data = small((folder / written[which].file).read_bytes())
        found[sop_class_uid(parse(data))] = data
    return found


@pytest.mark.long
def test_each_attribute_of_a_good_image_deleted_emptied_garbled_doubled(sources, dciodvfy):
    cases = [pair for data in sources.values() for pair in automatic(parse(data))]
    assert len(cases) > 500
    checker = Checker()
    for data, errors in zip(sources.values(), dciodvfy(sources.values()), strict=True):
        assert (named(checker.check_bytes(data).findings), errors) == (set(), [])
    wrong, used = {}, set()
    for (name, data), lines in zip(cases, dciodvfy(data for _, data in cases), strict=True):
        lacking = list(unexplained(lines, checker.check_bytes(data).findings, REASONS, used))
        if lacking:
            wrong[name] = lacking
    assert wrong == {}
    assert used == set(REASONS), "a reason that explains nothing any more"


@pytest.mark.long
@pytest.mark.parametrize("name", sample(builtin_protocols(), kind=lambda name: find_protocol(name, MAKERS).object))
def test_whatever_the_simulator_makes_has_no_error(name, tmp_path):
    protocol = find_protocol(name, MAKERS)
    with suppress(InputError):  # the number of images of some cannot be chosen
        protocol = resized(protocol, 4)
    if protocol.object in ("dx", "cr"):  # what shows on the picture takes seconds, and is nobody's error
        little = tuple(plan.model_copy(update={"rows": 64, "columns": 64}) for plan in protocol.series)
        protocol = protocol.model_copy(update={"series": little})
    checker = Checker()
    written = generate(Order(protocol, seed=3, day=DAY), tmp_path)
    found = {file.file: named(checker.check_file(tmp_path / file.file).findings) for file in written}
    assert {name: errors for name, errors in found.items() if errors} == {}


@pytest.mark.long
def test_the_library_of_mutants(sources, dciodvfy):
    cases = []
    for name, mutant in MUTANTS.items():
        for sop_class in mutant.applies_to:
            with suppress(MutantError):  # not of this image
                cases.append((mutant, mutate(name, sources[sop_class])))
    assert len(cases) > 400
    wrong, used = {}, set()
    for (mutant, data), lines in zip(cases, dciodvfy(data for _, data in cases), strict=True):
        findings = Checker().check_bytes(data).findings
        lacking = list(unexplained(lines, findings, REASONS | REASONS_OF_MUTANTS, used))
        if lacking and not (mutant.rule in ENCODING and named(findings)):
            wrong[mutant.name] = lacking
    assert wrong == {}
    assert set(REASONS_OF_MUTANTS) <= used, "a reason that explains nothing any more"


def test_what_looks_wrong_and_is_right_has_no_error(sources, tmp_path):
    checker, wrong = Checker(), {}
    written = generate(Order(choose("ct", "ct-qc", 3), seed=1, day=DAY), tmp_path)
    signed = (tmp_path / written[-1].file).read_bytes()
    for name, lookalike in LOOKALIKES.items():
        for sop_class in lookalike.applies_to:
            source = signed if name == "padding-value-signed" else sources[sop_class]
            before = named(checker.check_bytes(prepare(name, source)).findings)
            found = named(checker.check_bytes(mutate(name, source)).findings)
            if found or before:
                wrong[name] = (before, found)
    assert wrong == {}
