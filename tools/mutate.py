#!/usr/bin/env python3
"""Break the code one place at a time and count how often the unit tests notice.

    pip install coverage && python -m tools.mutate --seed 1 --count 300 --paths simulator/scansim/wire

A seeded random sample of the places that can be mutated is drawn from `--paths`. Each mutant is written into a copy of
the tree, never into the working tree, and run against the tests that execute its line: first those of the test file
that is most about the module, then the others, quickest first, as far as `--budget` seconds reach. What no test
notices is printed as a diff: a missing test, an equivalent mutant, or code that nobody needs. Which test executes which
line is measured once a run, under coverage with one context a test; `--map` keeps that for another run on the same
sources. What can be mutated, and what is not: `tools/mutations.py`.

Exit status 1 when fewer than `--least` percent are killed.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import difflib
import gc
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tools.mutations import Place, places

ROOT = Path(__file__).parents[1]
#: Where the packages are, from the root.
PACKAGES = ("simulator", "conformance", ".")
LEFT_OUT = (".git", ".venv", ".tox", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", "build", "dist")
#: Loaded once, before the runs are forked off, those that are there; nothing of ours, which differs in each mutant.
LOADED_ONCE = (
    *("faker", "hypothesis.extra.numpy", "imagecodecs", "jinja2", "jsonschema", "junitparser", "numpy", "pydantic"),
    *("pydicom", "pynetdicom", "rich.console", "typer", "xdist", "yaml"),
)
MAP = "mutate-map.json"
#: Seconds of measured test time in a mutant's first run.
FIRST = 5.0


# -- which test executes which line -----------------------------------------------------------------------------------


@dataclass
class Measured:
    """What was measured: each test's duration in s, and the tests that executed each line of each file."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]

    @cached_property
    def shares(self) -> dict[str, dict[str, float]]:
        """For each test file, how many of the lines that it executes are in each module."""
        executed: dict[str, Counter[str]] = defaultdict(Counter)
        for module, by_line in self.lines.items():
            for tests in by_line.values():
                for file in {_file(test) for test in tests}:
                    executed[file][module] += 1
        return {
            file: {module: number / modules.total() for module, number in modules.items()}
            for file, modules in executed.items()
        }

    def stages(self, place: Place, budget: float) -> list[list[str]]:
        """Tests that execute a place, to be run in turn: the quick ones of the file that is most about it, the others.

        Each stage goes from the quickest to the slowest; the others are those that `budget` seconds reach.
        """
        by_line = self.lines.get(place.path, {})
        found = {test for line in range(place.line, place.end_line + 1) for test in by_line.get(line, ())}
        if not found:  # executed when the module is imported: a test that reads a constant executes no line of it
            about = {file for file, modules in self.shares.items() if place.path in modules}
            found = {test for test in self.seconds if _file(test) in about}
        if not found:
            return []
        best = max(sorted(map(_file, found)), key=lambda file: self.shares[file][place.path])
        first = self._quickest({test for test in found if _file(test) == best}, FIRST)
        # a cache or a fixture that several tests share has run in the first of them only
        neighbours = {test for test in self.seconds if _file(test) == best}
        others = self._quickest((found | neighbours) - set(first), budget)
        return [stage for stage in (first, others) if stage]

    def _quickest(self, tests: set[str], seconds: float) -> list[str]:
        """The quickest tests that together take no longer, and one in any case."""
        chosen: list[str] = []
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            seconds -= self.seconds[test]
            if chosen and seconds < 0:
                break
            chosen.append(test)
        return chosen


def _file(test: str) -> str:
    return test.partition("::")[0]


class _Measuring:
    """pytest plugin: a coverage context for each test, and its duration."""

    def __init__(self, measured: Any) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.measured.switch_context(item.nodeid)
        result = yield
        self.measured.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.outcome != "passed":
            self.failed.add(report.nodeid)


def measure(tree: Path, paths: list[str], tests: list[str]) -> Measured:
    """Run the tests under coverage in a process of its own."""
    target = tree / MAP
    child = _fork(tree, lambda: _measure(paths, tests, target))
    _, status = os.waitpid(child, 0)
    if not target.exists():
        sys.exit(f"the tests could not be measured (status {os.waitstatus_to_exitcode(status)}), see {tree}/output")
    return _load(target)


def _measure(paths: list[str], tests: list[str], target: Path) -> int:
    import coverage

    measured = coverage.Coverage(data_file=None, include=[f"{path}*" for path in paths], config_file=False)
    measured.start()
    plugin = _Measuring(measured)
    pytest.main(["-q", "-n0", "-p", "no:cacheprovider", "-m", "not long and not peer", *tests], [plugin])
    measured.stop()
    data = measured.get_data()
    lines = {}
    for name in data.measured_files():
        contexts = data.contexts_by_lineno(name).items()
        lines[str(Path(name).relative_to(Path.cwd()))] = {
            line: sorted(set(found) - plugin.failed - {""}) for line, found in contexts
        }
    print(f"{len(plugin.seconds)} tests measured; failed or skipped without a mutant: {sorted(plugin.failed)}")
    seconds = {test: took for test, took in plugin.seconds.items() if test not in plugin.failed}
    target.write_text(json.dumps({"seconds": seconds, "lines": lines}))
    return 0


def _load(target: Path) -> Measured:
    content = json.loads(target.read_text())
    lines = {path: {int(line): tests for line, tests in found.items()} for path, found in content["lines"].items()}
    return Measured(content["seconds"], lines)


# -- runs -------------------------------------------------------------------------------------------------------------


def _fork(tree: Path, work: Callable[[], int]) -> int:
    """Do something in a child process in the copied tree; returns its id, which is that of its process group too."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setsid()
        os.chdir(tree)
        output = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        folders = [str(tree / package) for package in PACKAGES]
        sys.path[:0] = folders
        os.environ["PYTHONPATH"] = os.pathsep.join(folders)
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class _Chosen:
    """pytest plugin: of what was collected only some tests, in a given order."""

    def __init__(self, tests: list[str]) -> None:
        self.order = {test: index for index, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
        )


def _run(tests: list[str]) -> int:
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # two mutants within a second would share what was compiled
    files = list(dict.fromkeys(_file(test) for test in tests))
    options = ["-x", "-q", "-n0", "--assert=plain", "--hypothesis-profile=mutate", "--hypothesis-seed=0"]
    return int(pytest.main([*options, "-p", "no:cacheprovider", *files], [_Chosen(tests)]))


@dataclass
class Running:
    """One mutant in a copy of the tree, the tests that it still has to pass, and the run that is under way."""

    place: Place
    tree: Path
    source: str
    stages: deque[list[str]]
    seconds: dict[str, float]
    child: int = 0
    until: float = 0.0

    def start(self) -> None:
        """Run the next tests."""
        tests = self.stages.popleft()
        self.until = time.monotonic() + 30 + 10 * sum(self.seconds[test] for test in tests)
        self.child = _fork(self.tree, lambda: _run(tests))

    def outcome(self) -> str:
        """Return what is known by now: empty while the tests run."""
        done, status = os.waitpid(self.child, os.WNOHANG)
        if not done:
            if time.monotonic() < self.until:
                return ""
            os.killpg(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
            return "killed (time)"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child, signal.SIGKILL)  # what a test left behind
        code = os.waitstatus_to_exitcode(status)
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return "killed"
        if not self.stages:
            return "survived"
        self.start()
        return ""


def run_mutant(place: Place, tree: Path, tests: Measured, budget: float) -> Running | None:
    """Write a mutant into its tree and start its tests; None when no test executes it."""
    stages = tests.stages(place, budget)
    if not stages:
        return None
    path = tree / place.path
    source = path.read_text()
    path.write_text(place.applied(source))
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()
    running = Running(place, tree, source, deque(stages), tests.seconds)
    running.start()
    return running


def run_all(sample: list[Place], trees: list[Path], tests: Measured, budget: float) -> Iterator[tuple[Place, str]]:
    """Yield each mutant and what became of it; as many at a time as there are trees."""
    waiting, free, under_way = deque(sample), list(trees), list[Running]()
    while waiting or under_way:
        while waiting and free:
            tree = free.pop()
            started = run_mutant(waiting[0], tree, tests, budget)
            place = waiting.popleft()
            if started is None:
                free.append(tree)
                yield place, "survived"
            else:
                under_way.append(started)
        for running in list(under_way):
            outcome = running.outcome()
            if outcome:
                (running.tree / running.place.path).write_text(running.source)
                under_way.remove(running)
                free.append(running.tree)
                yield running.place, outcome
        time.sleep(0.02)


def difference(place: Place, source: str) -> str:
    """Return a mutant as the lines that it changes."""
    changed = difflib.unified_diff(source.splitlines(), place.applied(source).splitlines(), n=0, lineterm="")
    return "\n".join(f"    {line}" for line in list(changed)[3:])


def sources(paths: list[str]) -> list[str]:
    """Python files under some paths, relative to the root."""
    given = [ROOT / path for path in paths]
    found = [file for path in given for file in ([path] if path.is_file() else path.rglob("*.py"))]
    return sorted({str(file.relative_to(ROOT)) for file in found})


def prepare(tree: Path) -> None:
    """Copy the sources, and load what every run needs and no mutant changes."""
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
    compileall.compile_dir(tree, quiet=2)
    for name in LOADED_ONCE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # a failure is enough: no smaller example of it is looked for
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutate", phases=phases, deadline=None, database=None)
    gc.collect()
    gc.freeze()


def arguments_of(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=300, help="mutants in the sample")
    parser.add_argument("--paths", nargs="+", required=True, help="files and folders to mutate")
    parser.add_argument("--tests", nargs="+", default=["tests/unit", "tests/checks"], help="test files and folders")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of tests for one mutant, as measured")
    parser.add_argument("--map", type=Path, help="keep here, or take from here, which test executes which line")
    parser.add_argument("--only", nargs="*", default=[], help="of the sample, only these FILE:LINE")
    parser.add_argument("--least", type=float, default=0.0, help="percent that have to be killed")
    return parser.parse_args(argv)


def main() -> int:
    """Draw, run and tell."""
    arguments = arguments_of()
    files = sources(arguments.paths)
    everything = [place for path in files for place in places(path, (ROOT / path).read_text())]
    sample = random.Random(arguments.seed).sample(everything, min(arguments.count, len(everything)))
    if arguments.only:
        sample = [place for place in sample if f"{place.path}:{place.line}" in arguments.only]
    print(f"seed {arguments.seed}: {len(sample)} of {len(everything)} mutants of {len(files)} files", flush=True)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        trees = [Path(folder) / str(number) for number in range(arguments.jobs)]
        prepare(trees[0])
        if arguments.map and arguments.map.exists():
            tests = _load(arguments.map)
        else:
            tests = measure(trees[0], files, arguments.tests)
            print((trees[0] / "output").read_text().splitlines()[-1], flush=True)
            if arguments.map:
                shutil.copy(trees[0] / MAP, arguments.map)
        for tree in trees[1:]:
            shutil.copytree(trees[0], tree)
        for _, outcome in run_all([Place(sample[0].path, 1, 0, 1, 0, "none", "")], trees, tests, arguments.budget):
            if outcome != "survived":
                sys.exit(f"the tests fail without a mutant:\n{(trees[-1] / 'output').read_text()}")
        for place, outcome in run_all(sample, trees, tests, arguments.budget):
            counts[outcome] += 1
            print(f"{counts.total()} of {len(sample)} {place.path}:{place.line} {place.kind} {outcome}", flush=True)
            if outcome == "survived":
                print(difference(place, (ROOT / place.path).read_text()), flush=True)
    killed = counts.total() - counts["survived"]
    rate = 100 * killed / max(1, counts.total())
    print(f"seed {arguments.seed}: {killed} of {counts.total()} killed, {rate:.1f} %: {dict(counts)}")
    return int(rate < arguments.least)


if __name__ == "__main__":
    sys.exit(main())
