"""What dciodvfy and dcentvfy say of the good files, the mutants and the look-alikes: the labels are honest."""

from __future__ import annotations

import re
import subprocess

import pytest
from pydicom.datadict import dictionary_description, tag_for_keyword

from scansim.mutants import (
    LOOKALIKES,
    MUTANTS,
    OBJECT_MUTANTS,
    SERIES_MUTANTS,
    mutate,
    mutate_series,
    prepare,
    sop_class_uid,
)
from scansim.mutants.surgery import parse
from tests.support.minimal_files import file_of, made
from tests.support.others import dicom3tools
from tests.support.small_exam import small_exam

pytestmark = [pytest.mark.peer, pytest.mark.long]

#: Each runs in a fraction of a second; one that hangs must not hang the tests.
TIMEOUT_S = 20


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return {made.upper(): small_exam(made, tmp_path_factory.mktemp(made)) for made in ("ct", "mr")}


@pytest.fixture(scope="module")
def sources(exams):
    """One axial slice of CT and of MR, and a small instance of each other SOP Class."""
    others = {sop_class for mutant in OBJECT_MUTANTS.values() for sop_class in mutant.applies_to}
    return {
        **{sop_class_uid(parse(files[2])): files[2] for files in exams.values()},
        **{sop_class: file_of(made(sop_class)) for sop_class in others},
    }


class Validator:
    """dciodvfy on bytes, each distinct file once."""

    def __init__(self, folder):
        self.program = dicom3tools("dciodvfy")
        self.path = folder / "file.dcm"
        self.said = {}

    def lines(self, data):
        if data not in self.said:
            self.path.write_bytes(data)
            done = subprocess.run([self.program, self.path], capture_output=True, timeout=TIMEOUT_S)
            self.said[data] = [line.decode("latin-1") for line in (done.stderr + done.stdout).splitlines()]
        return self.said[data]


@pytest.fixture(scope="module")
def dciodvfy(tmp_path_factory):
    return Validator(tmp_path_factory.mktemp("dciodvfy"))


SINGLE = {**MUTANTS, **OBJECT_MUTANTS}
CASES = [(name, sop_class) for name, each in {**SINGLE, **LOOKALIKES}.items() for sop_class in each.applies_to]


def errors(lines):
    return [line for line in lines if re.search(r"\bError\b", line)]


def naming(lines, *paths):
    """The lines that name the last attribute of one of these paths, by keyword, by tag or by name."""
    found = []
    for path in paths:
        step = re.sub(r"\[\d+\]", "", path).split(" > ")[-1]
        tag = tag_for_keyword(step)
        if tag is None:
            words = [f"(0x{step[1:5].lower()},0x{step[6:10].lower()})"]
        else:
            words = [step, dictionary_description(tag), f"(0x{tag >> 16:04x},0x{tag & 0xFFFF:04x})"]
        found += [line for line in lines if any(word in line for word in words)]
    return found


def test_good_files_have_no_error(exams, dciodvfy):
    for files in exams.values():
        for data in files:
            assert errors(dciodvfy.lines(data)) == []


def ids(case):
    kind = {"2": "CT", "4": "MR"}.get(case[1].removeprefix("1.2.840.10008.5.1.4.1.1."), "object")
    return f"{case[0]}-{kind}"


@pytest.mark.parametrize("case", [case for case in CASES if case[0] in SINGLE], ids=ids)
def test_mutants_are_seen_unless_there_is_a_reason(case, sources, dciodvfy):
    name, sop_class = case
    mutant = SINGLE[name]
    before = dciodvfy.lines(prepare(name, sources[sop_class]))
    assert errors(before) == [], "what the mutant is made of must be good"
    new = [line for line in dciodvfy.lines(mutate(name, sources[sop_class])) if line not in before]
    judged = errors(new) if mutant.level == "error" else new
    named = naming(judged, mutant.tag, *mutant.touches)
    told = [line for line in judged if mutant.seen_as in line] if mutant.seen_as else named
    assert not (mutant.seen_as and named), "dciodvfy names the attribute after all"
    if mutant.visible_to_dciodvfy:
        assert told, f"dciodvfy says nothing of {mutant.touches}: {new}"
    else:
        assert not told, f"labelled as invisible ({mutant.blind}), and dciodvfy says {told}"


@pytest.mark.parametrize("case", [case for case in CASES if case[0] in LOOKALIKES], ids=ids)
def test_lookalikes_pass_unless_there_is_a_reason(case, sources, dciodvfy):
    name, sop_class = case
    before = dciodvfy.lines(prepare(name, sources[sop_class]))
    assert errors(before) == []
    found = errors(dciodvfy.lines(mutate(name, sources[sop_class])))
    if LOOKALIKES[name].false_alarm:
        assert found, "no false alarm any more: take the label away"
    else:
        assert found == []


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_dcentvfy_sees_what_instances_disagree_in(modality, exams, tmp_path):
    dcentvfy = dicom3tools("dcentvfy")

    def said(files):
        paths = []
        for number, data in enumerate(files):
            paths.append(tmp_path / f"{number}.dcm")
            paths[-1].write_bytes(data)
        done = subprocess.run([dcentvfy, *paths], capture_output=True, timeout=TIMEOUT_S)
        return [line.decode("latin-1") for line in (done.stderr + done.stdout).splitlines()]

    assert said(exams[modality]) == []
    wrong = {}
    for name, mutant in SERIES_MUTANTS.items():
        if sop_class_uid(parse(exams[modality][0])) in mutant.applies_to:
            lines = said(mutate_series(name, exams[modality]))
            if bool(lines) != mutant.visible_to_dcentvfy:
                wrong[name] = lines
    assert wrong == {}
