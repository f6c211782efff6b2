"""YAML input: what is wrong is named by file and line, with what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from scansim.inputs import InputError, Strict, load, validate


class Wheel(Strict):
    spokes: int = Field(ge=3)
    rim: str = "steel"


class Bike(Strict):
    name: str
    wheels: tuple[Wheel, ...] = ()
    spare: Wheel | None = None
    named: dict[str, Wheel] = Field(default_factory=dict)


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "bike.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path) -> Bike:
    document = load(path)
    return validate(Bike, document, document.data)


def error(folder: Path, text: str | bytes) -> str:
    path = write(folder, text)
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\ncolour: red\n", "bike.yaml:2: colour: unknown key; allowed here: name, named, spare, wheels"),
        (
            "name: x\nwheels:\n  - spokes: 3\n  - spokes: 4\n    tyre: 1\n",
            "bike.yaml:5: wheels.1.tyre: unknown key; allowed here: rim, spokes",
        ),
        (
            "name: x\nspare:\n  spokes: 3\n  tyre: 1\n",
            "bike.yaml:4: spare.tyre: unknown key; allowed here: rim, spokes",
        ),
        (
            "name: x\nnamed:\n  front:\n    spokes: 3\n    tyre: 1\n",
            "bike.yaml:5: named.front.tyre: unknown key; allowed here: rim, spokes",
        ),
        ("wheels: []\n", "bike.yaml:1: name: required, but not there"),
        ("name: x\nspare: {rim: y}\n", "bike.yaml:2: spare.spokes: required, but not there"),
        ("name: 12\n", "bike.yaml:1: name: Input should be a valid string, not 12"),
        ("name: x\nspare:\n  spokes: many\n", "bike.yaml:3: spare.spokes: Input should be a valid integer"),
        (
            "name: x\nspare:\n  spokes: 2\n",
            "bike.yaml:3: spare.spokes: Input should be greater than or equal to 3, not 2",
        ),
        ("name: x\nwheels: 3\n", "bike.yaml:2: wheels: a list is wanted here, not 3"),
        ("- name\n", "bike.yaml:1: a mapping is wanted here, not ['name']; keys: name, wheels, spare, named"),
        ("~\n", "bike.yaml:1: a mapping is wanted here, not nothing"),
        ("name: x\nname: y\n", "bike.yaml:2: 'name' stands twice, first on line 1"),
        ("name: x\nspare:\n  spokes: 3\n  spokes: 4\n", "bike.yaml:4: 'spokes' stands twice, first on line 3"),
        ("name: x\nspare:\n\tspokes: 3\n", "bike.yaml:3: not YAML: "),
        ("name: x\n  spokes: 3\n", "bike.yaml:2: not YAML: mapping values are not allowed"),
        ("name: [x\n", "bike.yaml:2: not YAML: "),
        ("name: x\n---\nname: y\n", "bike.yaml:2: not YAML: "),
        ("name: !!python/object/apply:os.getcwd []\n", "bike.yaml:1: not YAML: could not determine a constructor"),
        ("name: *nobody\n", "bike.yaml:1: not YAML: found undefined alias"),
        ("? [a, b]\n: c\n", "bike.yaml:1: "),
        ("? {a: b}\n: c\n", "bike.yaml:1: "),
        ("", "bike.yaml:1: the file is empty"),
        ("# only a comment\n", "bike.yaml:1: the file is empty"),
        (b"name: \xff\xfe\n", "bike.yaml: byte 6 is not UTF-8; write the file in UTF-8"),
        ("name: a\x01b\n", "bike.yaml: not YAML: "),
        ("a: &a [*a]\n", "bike.yaml: nested too deep, or an anchor that holds itself"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_is_allowed(tmp_path, text, told):
    assert error(tmp_path, text).startswith(told)


def test_every_mistake_of_a_file_is_told_at_once(tmp_path):
    lines = error(tmp_path, "wheels:\n  - spokes: 1\n  - rim: x\ncolour: red\n").splitlines()
    assert [line.split(": ")[0] for line in lines] == ["bike.yaml:1", "bike.yaml:2", "bike.yaml:3", "bike.yaml:4"]


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    with pytest.raises(InputError, match=r"cannot be read: "):
        load(tmp_path / name)


def test_a_name_with_a_nul_byte_is_no_traceback(tmp_path):
    with pytest.raises(InputError):
        load(tmp_path / "a\0b.yaml")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("1:2:3", "1:2:3"),
        ("0x1F", "0x1F"),
        ("0123", "0123"),
        ("1_000", "1_000"),
        ("2026-01-02", "2026-01-02"),
        ("1e3", "1e3"),
        ("true", True),
        ("false", False),
        ("-12", -12),
        ("0", 0),
        ("1.5", 1.5),
        ("~", None),
        ("null", None),
        ('"12"', "12"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(tmp_path, written, value):
    data = load(write(tmp_path, f"a: {written}\n")).data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_a_merge_key_is_no_repeated_key(tmp_path):
    document = load(write(tmp_path, "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n"))
    assert document.data["b"] == {"x": 1, "y": 2}


def test_a_line_is_that_of_the_nearest_thing_that_is_there(tmp_path):
    document = load(write(tmp_path, "name: x\nwheels:\n- spokes: 3\n"))
    assert document.line(("wheels", 0, "rim")) == 3
    assert document.line(("wheels", 7)) == 2
    assert document.line(("nowhere",)) == 1


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert load(write(tmp_path, b"\xef\xbb\xbfname: x\n")).data == {"name": "x"}


def test_thousandfold_nesting_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="nested too deep"):
        load(write(tmp_path, "[" * 3000 + "]" * 3000))


def test_anchors_that_multiply_each_other_are_an_input_error(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    with pytest.raises(InputError, match="anchors"):
        load(write(tmp_path, "\n".join(lines)))
