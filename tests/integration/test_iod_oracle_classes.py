"""dciodvfy as an oracle, class by class: each attribute of a valid instance changed, each that may be there added.

At any depth attributes are deleted, emptied, garbled, doubled, and given another value; what the IOD has besides is put
in at the top. What dciodvfy calls an error, the checker calls one on the same attribute, or a reason of
tests/support/oracle_reasons.py explains it; of the errors that the checker ought to have, it has at least 98 % in each
class. The mutants of a class are sampled by their names: some are tried in README's run, more in CI.
"""

from __future__ import annotations

import os
from datetime import date
from functools import cache
from itertools import chain
from zlib import crc32

import pytest

from scanproof.iod import Checker
from scanproof.iod.tables.knowledge import load_knowledge
from scansim.generate import Order, choose, generate
from scansim.images import minimal
from tests.support import dciodvfy
from tests.support.automatic_mutants import cases, small
from tests.support.minimal_files import file_of, made
from tests.support.oracle_reasons import REASONS, unexplained

DAY = date(2026, 1, 2)
LEAST = 0.98
WHOLE = os.environ.get("SCANPROOF_WHOLE", "") not in ("", "0")
#: Of so many mutants one is tried.
SHARE = 6 if WHOLE else 30

IMAGES = (
    *("ct-image", "mr-image", "enhanced-ct-image", "enhanced-mr-image"),
    *("positron-emission-tomography-image", "nuclear-medicine-image"),
    *("x-ray-angiographic-image", "x-ray-radiofluoroscopic-image", "enhanced-xa-image", "enhanced-xrf-image"),
    *("digital-mammography-x-ray-image", "breast-tomosynthesis-image"),
    *("digital-x-ray-image", "computed-radiography-image"),
    *("secondary-capture-image", "multi-frame-single-bit-secondary-capture-image"),
    *("multi-frame-grayscale-byte-secondary-capture-image", "multi-frame-grayscale-word-secondary-capture-image"),
    "multi-frame-true-color-secondary-capture-image",
    *("ultrasound-image", "ultrasound-multi-frame-image", "enhanced-us-volume"),
)
OTHERS = (
    *("basic-text-sr", "enhanced-sr", "comprehensive-sr", "comprehensive-3d-sr", "x-ray-radiation-dose-sr"),
    "key-object-selection-document",
    *("segmentation", "parametric-map", "surface-segmentation", "real-world-value-mapping", "spatial-registration"),
    *("grayscale-softcopy-presentation-state", "color-softcopy-presentation-state"),
    *("pseudo-color-softcopy-presentation-state", "blending-softcopy-presentation-state"),
    "xa-xrf-grayscale-softcopy-presentation-state",
    *("rt-image", "rt-dose", "rt-structure-set", "rt-plan", "rt-ion-plan"),
    *("encapsulated-pdf", "encapsulated-cda", "encapsulated-stl"),
)
CLASSES = (*IMAGES, *OTHERS)

#: What the simulator makes of an object, which has more than a minimal instance: its name, and how many images.
GENERATED = {
    "ct-image": ("ct", None, 5, 4),
    "mr-image": ("mr", "mr-small", None, 3),
    "enhanced-ct-image": ("enhanced-ct", None, 2, 0),
    "enhanced-mr-image": ("enhanced-mr", "enhanced-mr-small", None, 0),
    "computed-radiography-image": ("cr", None, None, 0),
    "digital-x-ray-image": ("dx", None, None, 0),
    "ultrasound-image": ("us", None, None, 0),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return dciodvfy.runner(tmp_path_factory.mktemp("oracle"))


@cache
def iod_of(sop_class):
    return load_knowledge().iod(sop_class)


def sop_classes(key: str) -> list[str]:
    """SOP Classes of an IOD that there is a minimal instance of."""
    return [uid for uid in sorted(minimal.sop_classes()) if iod_of(uid).key == key]


def bases(key, folder):
    """Valid instances: the minimal one of each SOP Class; of the whole run one that the simulator makes as well."""
    yield from ((file_of(made(uid)), iod_of(uid)) for uid in sop_classes(key))
    if WHOLE and key in GENERATED:
        name, protocol, count, which = GENERATED[key]
        written = generate(Order(choose(name, protocol, count), seed=1, day=DAY), folder)
        yield small((folder / written[which].file).read_bytes()), iod_of(sop_classes(key)[0])


def is_tried(number: int, name: str) -> bool:
    """Whether a mutant of a base is in the sample: as long as its name is what it is."""
    return crc32(f"{number} {name}".encode()) % SHARE == 0


@pytest.mark.long
@pytest.mark.parametrize("key", CLASSES)
def test_each_attribute_of_a_valid_instance_changed(key, run, tmp_path):
    checker, wrong, used, same = Checker(), {}, {}, 0
    for number, (base, iod) in enumerate(bases(key, tmp_path)):
        tried = [(name, file.encode()) for name, file in cases(base, iod) if is_tried(number, name)]
        assert tried
        before, *said = run(chain((base,), (data for _, data in tried)))
        assert dciodvfy.named(checker.check(base).findings) == set()
        for (name, data), lines in zip(tried, said, strict=True):
            found, lacking = unexplained(lines, frozenset(before), name, checker.check(data).findings, used)
            same += found
            if lacking:
                wrong[f"{number} {name}"] = lacking
    assert wrong == {}
    missed = sum(count for name, count in used.items() if REASONS[name].right == "dciodvfy")
    assert not WHOLE or same >= LEAST * (same + missed), used


@pytest.mark.long
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.whole] * each.generated) for name, each in REASONS.items()]
)
def test_a_reason_explains_something(name, run, tmp_path):
    key, example = REASONS[name].example
    found = ((base, file) for base, iod in bases(key, tmp_path) for case, file in cases(base, iod) if case == example)
    used: dict[str, int] = {}
    for base, file in found:
        before, said = run((base, file.encode()))
        unexplained(said, frozenset(before), example, Checker().check(file.encode()).findings, used)
    assert name in used
