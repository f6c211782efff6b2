"""The wheel: it holds the data that the programs need, the entry points, and no test."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PIP_NO_INDEX": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def shipped(folder: Path, pattern: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob(pattern)}


@pytest.mark.parametrize(
    ("source", "pattern", "target"),
    [
        ("scenarios", "*.yaml", "scansim/builtin"),
        ("simulator/scansim", "*.py", "scansim"),
        ("conformance/scanproof", "*.py", "scanproof"),
        ("conformance/scanproof", "*.j2", "scanproof"),
        ("conformance/scanproof", "*.css", "scanproof"),
        ("conformance/scanproof", "*.zip", "scanproof"),
        ("conformance/scanproof", "py.typed", "scanproof"),
        ("simulator/scansim", "py.typed", "scansim"),
    ],
)
def test_everything_that_belongs_there_is_there(wheel, source, pattern, target):
    wanted = {f"{target}/{name}" for name in shipped(ROOT / source, pattern)}
    assert wanted
    assert wanted - set(wheel.namelist()) == set()


def test_scenarios_sites_and_statements_are_built_in(wheel):
    for folder in ("", "sites/", "statements/"):
        prefix = f"scansim/builtin/{folder}"
        assert [
            n for n in wheel.namelist() if n.startswith(prefix) and n.endswith(".yaml") and "/" not in n[len(prefix) :]
        ]


def test_nothing_else_is_there(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"scansim", "scanproof"}
    strays = [
        n for n in wheel.namelist() if "/test_" in n or "__pycache__" in n or n.endswith((".pyc", ".wire", ".dcm"))
    ]
    assert strays == []


def test_the_entry_points_are_there(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    points = configparser.ConfigParser()
    points.read_string(wheel.read(name).decode())
    assert points["console_scripts"]["scanproof"] == "scanproof.cli:program"
    assert points["pytest11"]["scanproof"] == "scanproof.pytest_plugin"
    for module in ("scanproof/cli/__init__.py", "scanproof/pytest_plugin.py"):
        assert module in wheel.namelist()


def test_the_metadata_name_python_and_the_libraries(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    text = wheel.read(name).decode()
    assert "Requires-Python: >=3.11" in text
    for library in ("pydicom", "pynetdicom", "pydantic", "typer", "jinja2", "numpy", "rich"):
        assert f"Requires-Dist: {library}" in text
