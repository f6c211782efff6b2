"""dciodvfy as an oracle: what it calls an error, the IOD checker calls one on the same attribute, or there is a reason.

Compared are all mutants of the library, and each attribute of a good CT and MR image deleted, emptied, garbled and
doubled; test_iod_oracle_classes.py does the same with every class, test_real_files.py on real files. The reasons are
those of tests/real/kinds.yaml, which docs/iod-disagreements.md tells; one that no longer explains anything must go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest

from scanproof.iod import Checker, IodFinding
from scansim.generate import Order, choose, generate
from scansim.images import MAKERS, builtin_protocols, find_protocol, resized
from scansim.inputs import InputError
from scansim.mutants import LOOKALIKES, MUTANTS, MutantError, mutate, prepare, sop_class_uid
from scansim.mutants.surgery import File, parse
from tests.support.automatic_mutants import changed, small
from tests.support.dciodvfy import Run, attributes, named, runner
from tests.support.sample import sample
from tools.real_files import kinds

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
def dciodvfy(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return runner(tmp_path_factory.mktemp("oracle"))


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


def automatic(file: File) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of each attribute at the top deleted, emptied, garbled and doubled, no sequence doubled."""
    for kind in ("deleted", "emptied", "garbled", "doubled"):
        for path, elements in changed(file.elements, kind):
            if " > " not in path and not (kind == "doubled" and path.endswith("Sequence")):
                yield f"{path} {kind}", replace(file, elements=elements).encode()


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
@pytest.mark.whole  # test_iod_oracle_classes.py has a sample of it
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
