"""The dependency rule (docs: ARCHITECTURE.md), and what the command line may not load before it has to."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from scansim.vocabulary import uids

ROOT = Path(__file__).parents[2]
SCANSIM, SCANPROOF = ROOT / "simulator" / "scansim", ROOT / "conformance" / "scanproof"
SOURCES = sorted([*SCANSIM.rglob("*.py"), *SCANPROOF.rglob("*.py")])

#: Of scansim, every module of scanproof may use these values ...
VALUES = {
    "vocabulary", "inputs", "files", "builtin_files", "wire", "site", "network.transcript", "exam.scenario",
    "exam.scenario_set", "images.minimal", "images.thumbnail",
}  # fmt: skip
#: ... and those that run something may use these too.
RUNNERS = {
    "session", "course", "plan", "claim_plan", "claim_plan_text", "signals", "order_folder", "cli", "catalogue",
    "selftest", "pytest_plugin", "probe", "probing",
}  # fmt: skip
RUNNING = {
    "identity.chosen", "identity.ids", "identity.orders", "network.listener", "network.recording", "network.tap",
    "stopping", "exam.cases", "exam.run", "exam.scenario_files", "exam.selection", "images.sections", "steps",
    "generate", "reference.process", "reference.config", "reference.defects", "reference.__main__",
}  # fmt: skip


def module_name(path: Path) -> str:
    root = SCANSIM.parent if path.is_relative_to(SCANSIM) else SCANPROOF.parent
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path, *, late: bool = True) -> tuple[str, ...]:
    """Full names of what a module imports; `late` ones stand inside functions."""
    return tuple(_imports(path, late))


def _imports(path: Path, late: bool) -> Iterator[str]:
    tree = parsed(path)
    skipped: set[ast.AST] = set()
    if not late:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                skipped |= set(ast.walk(node))
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                skipped |= {inner for part in node.body for inner in ast.walk(part)}
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def users(package: str) -> set[str]:
    """Modules that import a package, anywhere in them."""
    return {
        module_name(path)
        for path in SOURCES
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    }


def test_the_sources_are_found():
    assert len(SOURCES) > 60
    assert {"scansim", "scanproof", "scansim.wire.pdu", "scanproof.cli"} <= {module_name(path) for path in SOURCES}


def _edges() -> dict[str, set[str]]:
    """Module to the modules of ours that it imports anywhere, late and for type checking as well."""
    names = {module_name(path): path for path in SOURCES}
    edges: dict[str, set[str]] = {}
    for name, path in names.items():
        whole = {imported if imported in names else imported.rpartition(".")[0] for imported in imports(path)}
        edges[name] = (whole & names.keys()) - {name}
    return edges


def test_no_module_imports_itself_by_way_of_others():
    edges = _edges()
    assert edges["scanproof.cli.runs"] >= {"scanproof.session", "scanproof.cli.application"}
    while True:
        imported = set().union(*edges.values())
        outside = [name for name, needed in edges.items() if not needed & edges.keys() or name not in imported]
        if not outside:
            break
        for name in outside:
            del edges[name]
    assert edges == {}, "each of these imports another one of these"


#: Modules that may be longer than 400 lines, with the reason.
LONG: dict[str, str] = {}


def test_a_module_has_400_lines_at_most():
    lines = {module_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    long = {name: count for name, count in lines.items() if count > 400}
    assert long.keys() == LONG.keys(), f"{long}: split each by meaning, or give a reason above"


#: The public face of the IOD checker, and its rooms: each uses itself and those before it.
IOD_FACES = ("scanproof.iod", "scanproof.iod.rules", "scanproof.iod.command")
IOD_ROOMS = ("finding", "encoded", "tables", "judgement", "engine", "across", "rules", "command")


def is_public(name: str) -> bool:
    face, _, what = name.rpartition(".")
    return name in IOD_FACES or (face in IOD_FACES and what in import_module(face).__all__)


def test_the_outside_sees_the_face_of_the_iod_checker_alone():
    outside = [path for path in SOURCES if not module_name(path).startswith("scanproof.iod")]
    used = {name: path for path in outside for name in imports(path) if name.startswith("scanproof.iod")}
    assert {"scanproof.iod.Checker", "scanproof.iod.command.check_paths"} <= used.keys()
    assert {name: path.name for name, path in used.items() if not is_public(name)} == {}


def test_the_rooms_of_the_iod_checker_stand_in_one_order():
    rooms = {path.relative_to(SCANPROOF / "iod").with_suffix("").parts[0] for path in (SCANPROOF / "iod").rglob("*.py")}
    assert rooms - {"__init__"} == set(IOD_ROOMS)
    for path in (SCANPROOF / "iod").rglob("*.py"):
        room = path.relative_to(SCANPROOF / "iod").with_suffix("").parts[0]
        for name in imports(path) if room != "__init__" else ():
            if name.startswith("scanproof.iod."):
                assert name.split(".")[2] in IOD_ROOMS[: IOD_ROOMS.index(room) + 1], f"{path}: {name}"


def test_scansim_never_imports_scanproof():
    assert [name for name in users("scanproof") if name.split(".")[0] == "scansim"] == []


def test_only_the_reference_target_uses_pynetdicom():
    assert users("pynetdicom")
    assert [name for name in users("pynetdicom") if not name.startswith("scansim.reference")] == []


def test_only_the_reports_use_jinja2():
    assert [name for name in users("jinja2") if not name.startswith("scanproof.report")] == []


def test_the_codec_needs_no_socket_and_nothing_else_of_scansim_but_the_vocabulary():
    implementation = ("scansim.IMPLEMENTATION_CLASS_UID", "scansim.IMPLEMENTATION_VERSION_NAME")
    for path in (SCANSIM / "wire").glob("*.py"):
        for name in imports(path):
            assert not name.startswith(("socket", "threading", "asyncio")), f"{path}: {name}"
            ours = name.startswith("scansim.") and name not in implementation
            assert not ours or name.startswith(("scansim.wire", "scansim.vocabulary")), f"{path}: {name}"


def test_scanproof_takes_from_scansim_what_it_may():
    for path in SCANPROOF.rglob("*.py"):
        name = module_name(path).removeprefix("scanproof.")
        allowed = VALUES | (RUNNING if name.split(".")[0] in RUNNERS else set())
        for imported in imports(path):
            if imported.split(".")[0] != "scansim" or imported == "scansim.__version__":
                continue
            inside = imported.removeprefix("scansim.")
            assert any(inside == one or inside.startswith(f"{one}.") for one in allowed), f"{path}: {imported}"


CHECKS = sorted(path for path in (SCANPROOF / "checks").glob("*.py") if path.stem != "__init__")
EVIDENCE = sorted((SCANPROOF / "evidence").glob("*.py"))


def test_a_module_of_checks_has_checks_and_imports_no_other_one():
    assert CHECKS
    for path in CHECKS:
        assert any(imported == "scanproof.check.check" for imported in imports(path)), path
        siblings = [imported for imported in imports(path) if imported.startswith("scanproof.checks")]
        assert siblings == [], f"{path}: what several checks ask is evidence"


def test_checks_and_evidence_touch_neither_network_nor_files():
    assert EVIDENCE
    outside = {"socket", "subprocess", "os", "pathlib", "threading", "time"}
    for path in (*CHECKS, *EVIDENCE):
        assert {imported.split(".")[0] for imported in imports(path)} & outside == set(), path


def test_a_target_and_its_judge_share_no_table():
    """docs/decisions/0007: a wrong row in one of them must not make the other one agree."""
    judged = [name for name in users("scanproof.standard") if name.startswith("scansim.")]
    kept = [name for name in users("scansim.reference") if name.startswith(("scanproof.standard", "scanproof.checks"))]
    assert judged + kept == []


#: UIDs that the vocabulary names; mutants, and tables of syntaxes and of IODs, have others.
NAMED = {value for value in vars(uids).values() if isinstance(value, str) and value.startswith("1.2.840.10008.")}


def test_a_uid_that_the_vocabulary_names_is_written_nowhere_else():
    for path in SOURCES:
        written = {node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant)}
        assert path.stem == "uids" or written & NAMED == set(), path


HEAVY = {"pynetdicom", "pydicom", "numpy", "jinja2", "yaml", "pydantic", "faker", "scansim"}


def test_the_command_line_loads_nothing_heavy_at_module_level():
    for path in (SCANPROOF / "cli").glob("*.py"):
        assert {name.split(".")[0] for name in imports(path, late=False)} & HEAVY == set(), path


def test_help_answers_without_loading_what_only_a_run_needs():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "scanproof", "--help"],
        capture_output=True, text=True, timeout=30, check=True, cwd=ROOT,
    )  # fmt: skip
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "typer" in loaded
    assert loaded & HEAVY == set()
    assert "run" in done.stdout
