"""Protocol files: what is refused and how, which one is chosen, and a schema that agrees with the loader."""

from __future__ import annotations

from functools import cache

import jsonschema
import pytest
import yaml

from scansim.images import MAKERS, builtin_protocols, choose_protocol, default_protocol, find_protocol, resized
from scansim.images.protocol import json_schema
from scansim.inputs import InputError

GOOD = """id: mine
title: Mine
object: ct
phantom: head
series:
  - localizer: {view: lateral}
  - axial: {description: Brain, slices: 4, thickness: 5, step: 5}
"""


def write(folder, text, name="mine.yaml"):
    path = folder / name
    path.write_text(text)
    return str(path)


@cache
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema(MAKERS))


@pytest.mark.parametrize("name", builtin_protocols())
def test_built_in_protocols_load_and_fit_the_schema(name):
    protocol = find_protocol(name, MAKERS)
    assert protocol.id == name
    schema().validate(yaml.safe_load(builtin_protocols()[name].read_text()))


def test_each_object_has_one_usual_protocol():
    protocols = [find_protocol(name, MAKERS) for name in builtin_protocols()]
    usual = [protocol.object for protocol in protocols if protocol.default]
    assert sorted(usual) == sorted(MAKERS)
    assert default_protocol("ct", MAKERS).id == "ct-abdomen"


def test_codes_choose_and_stand_in_one_protocol_only():
    codes = [code for name in builtin_protocols() for code in find_protocol(name, MAKERS).codes]
    assert len(codes) == len(set(codes))
    assert choose_protocol("CT", ["CTHEAD-N"], MAKERS).id == "ct-head"
    assert choose_protocol("CT", ["UNKNOWN", "CTQC"], MAKERS).id == "ct-qc"
    assert choose_protocol("CT", [], MAKERS).id == "ct-abdomen"
    assert choose_protocol("MR", ["CTQC"], MAKERS).object == "mr"
    with pytest.raises(InputError, match="modality PT"):
        choose_protocol("PT", [], MAKERS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("object: ct", "object: pet"), "mine.yaml:3: object 'pet' is unknown; allowed: ct, "),
        (GOOD.replace("id: mine", "id: other"), "mine.yaml:1: id 'other' is not the file's name 'mine'"),
        (GOOD.replace("phantom: head", "phantom: foot"), "mine.yaml:4: phantom: Input should be 'head', "),
        (GOOD.replace("slices: 4", "slices: 257"), "mine.yaml:7: series.1.axial.slices: Input should be less than"),
        (GOOD.replace("view: lateral", "veiw: lateral"), "mine.yaml:6: series.0.localizer.veiw: unknown key; allowed"),
        (GOOD.replace("step: 5}", "step: 5, tilt: 9}"), "mine.yaml:7: series.1.axial: a tilted gantry needs pitch: 0"),
        (GOOD.replace("- localizer", "- frontal"), "mine.yaml:6: series.0.frontal: unknown key; allowed here: axial, "),
        (GOOD + "extras: [coffee]\n", "mine.yaml:8: extras.0: Input should be 'dose-report', "),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_is_allowed(tmp_path, text, told):
    with pytest.raises(InputError) as caught:
        find_protocol(write(tmp_path, text), MAKERS)
    assert any(line.startswith(told) for line in str(caught.value).replace(f"{tmp_path}/", "").splitlines())


def test_an_unknown_one_is_told_with_what_there_is():
    with pytest.raises(InputError, match=r"ct-hed: no such protocol; did you mean ct-head\? built in: .*ct-abdomen"):
        find_protocol("ct-hed", MAKERS)


def test_the_schema_is_one_and_refuses_what_loading_refuses():
    jsonschema.Draft202012Validator.check_schema(json_schema(MAKERS))
    schema().validate(yaml.safe_load(GOOD))
    for bad in (GOOD.replace("slices: 4", "slices: 257"), GOOD.replace("object: ct", "object: mr")):
        with pytest.raises(jsonschema.ValidationError):
            schema().validate(yaml.safe_load(bad))


@pytest.mark.parametrize("object_", ["ct", "mr", "cr", "dx", "us", "enhanced-ct"])
def test_a_protocol_can_be_resized(object_):
    protocol = resized(default_protocol(object_, MAKERS), 3)
    assert protocol.series
