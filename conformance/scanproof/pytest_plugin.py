"""The pytest plugin: a target as a fixture, and scenario files as tests.

A scenario file (YAML with ``id``, ``modality``, and ``steps`` or ``cases``) where pytest collects is one test, and each
scenario of a set (``id``, ``title`` and ``scenarios``) is one. In Python::

    def test_routine_ct(dicom_target):
        dicom_target.check("ct-routine")

The target is the one of ``--dicom-target`` or ``--dicom-site``, else the embedded reference target, of which each
process (each worker of pytest-xdist) has its own. Another one, such as a container on a port of its own, is given by
overriding the fixture ``dicom_site``.

Everything heavy is imported when a test needs it: a project that has none pays nothing for the plugin.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scanproof.pytest_covered import Covered
from scanproof.pytest_words import failure, why_not

if TYPE_CHECKING:
    from scanproof.results import ScenarioResult
    from scanproof.session import Session
    from scansim.exam.scenario_set import Limit
    from scansim.identity.chosen import Choice
    from scansim.site import Site

_SCENARIO_KEYS = ("id", "modality", "steps|cases")
_SET_KEYS = ("id", "title", "scenarios")
#: No scenario is longer; what is, is some other YAML, and is not read.
_LONGEST_SCENARIO = 1 << 20

_SITE = pytest.StashKey["Site | None"]()
_COVERED = pytest.StashKey["Covered"]()
_CHOICE = pytest.StashKey["Choice | None"]()


class DicomWarning(UserWarning):
    """A finding that does not fail a test: WARN or NOT_DECLARED."""


class NotConformant(AssertionError):
    """A scenario has findings that fail, or could not be judged; ``result`` holds them all."""

    def __init__(self, text: str, result: ScenarioResult) -> None:
        super().__init__(text)
        self.result = result


# --- options ----------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name the target."""
    group = parser.getgroup("scanproof", "DICOM conformance (scanproof)")
    group.addoption("--dicom-target", metavar="AET@HOST:PORT", help="target with every service at one address")
    group.addoption("--dicom-site", metavar="FILE", help="site file of the target; default: embedded reference target")
    repeated = "Conformance Statement to judge against; again for each other one"
    group.addoption("--dicom-statement", metavar="FILE", action="append", help=repeated)
    group.addoption("--dicom-patient", metavar="KEY|name=…,id=…", help="whom exams are for, as scanproof run takes it")
    group.addoption("--dicom-character-set", metavar="SET", help="Specific Character Set of exams")
    group.addoption("--dicom-locale", metavar="LOCALE", help="whose names made-up patients have")
    group.addoption("--dicom-odd-data", action="store_true", help="send what no scanner should; never to a live system")
    group.addoption("--dicom-own-files", action="store_true", help="send files of your own; they may be real people's")
    group.addoption("--dicom-heavy", action="store_true", help="run large and long cases as well")
    group.addoption("--dicom-seed", metavar="N", type=int, help="seed of patients and pixels; default: a new one")
    group.addoption("--dicom-run-id", metavar="ID", help="repeats the UIDs of the run that had it; default: new ones")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that cannot be used before anything is collected."""
    config.stash[_SITE] = config.stash[_CHOICE] = None
    config.stash[_COVERED] = Covered()
    chosen = [config.getoption(f"dicom_{name}") for name in ("patient", "character_set", "locale")]
    target, site, given = (config.getoption(f"dicom_{name}") for name in ("target", "site", "statement"))
    if target and site:
        raise pytest.UsageError("give either --dicom-target or --dicom-site")
    if (config.getoption("dicom_seed") or 0) < 0:
        raise pytest.UsageError("--dicom-seed: a seed is 0 or more")
    run_id = config.getoption("dicom_run_id")
    if not (target or site or given or run_id or any(chosen)):
        return
    from scanproof.declarations import of_site
    from scanproof.session import check_run_id
    from scansim.identity.chosen import from_command_line
    from scansim.inputs import InputError
    from scansim.site import load_site, parse_target, single_target

    try:
        config.stash[_CHOICE] = from_command_line(chosen[0], chosen[1], chosen[2], "--dicom-")
        if target:
            config.stash[_SITE] = single_target(*parse_target(target))
        elif site:
            config.stash[_SITE] = load_site(Path(site))
        if run_id is not None:
            check_run_id(run_id)
        of_site(config.stash[_SITE], [Path(path) for path in given or ()])
    except InputError as error:
        raise pytest.UsageError(re.sub("--(target|run-id)", r"--dicom-\1", str(error))) from None


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the target when one was given."""
    names = ("target", "site", "statement", "seed", "run_id")
    given = [f"{name.replace('_', ' ')} {value}" for name in names if (value := _option(config, name))]
    return f"scanproof: {', '.join(given)}" if given else None


def _option(config: pytest.Config, name: str) -> str | None:
    value = config.getoption(f"dicom_{name}")
    return ", ".join(value) if isinstance(value, list) else None if value is None else str(value)


# --- fixtures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DicomTarget:
    """A target that scenarios are run against; ``site`` tells its addresses."""

    site: Site
    seed: int
    _session: Session
    _statements: tuple[Path, ...]
    _run_id: str | None
    _folder: Callable[[str], Path]
    _covered: Covered
    _choice: Choice | None
    _odd_data: bool = False
    _heavy: bool = False
    _own_files: bool = False
    _runs: dict[str, int] = field(default_factory=dict)

    def run(self, scenario: str | Path, seed: int | None = None, only: Sequence[str] = ()) -> ScenarioResult:
        """Run one scenario against the target and judge it; nothing is raised for what is found.

        Parameters
        ----------
        scenario : str or pathlib.Path
            Id of a built-in scenario, or a file.
        seed : int, optional
            Seed of patient, numbers and pixels. Without one, each run of a scenario gets another, made of the
            session's. UIDs are new each time, unless ``--dicom-run-id`` repeats them.
        only : sequence of str, optional
            Ids of the cases that are run, of a battery.
        """
        return self._run(scenario, seed, only)[0]

    def check(self, scenario: str | Path, seed: int | None = None, only: Sequence[str] = ()) -> ScenarioResult:
        """Run one scenario as `run` does, and fail, skip or warn according to its findings.

        Raises
        ------
        NotConformant
            For every finding that is FAIL or INCONCLUSIVE: what could not be judged has not passed.
        pytest.skip.Exception
            When nothing of what the scenario is there to prove was tested, or applies to the target.

        Findings that are WARN or NOT_DECLARED become a `DicomWarning`.
        """
        __tracebackhide__ = True  # the findings tell more than our own lines do
        return self._check(scenario, seed, only)

    def _check(
        self,
        scenario: str | Path,
        seed: int | None = None,
        only: Sequence[str] = (),
        within: Sequence[Limit] = (),
        member: str = "",
    ) -> ScenarioResult:
        """As `check`; of a set, its `member` is run."""
        from scanproof.finding import Verdict

        __tracebackhide__ = True
        result, reproduction = self._run(scenario, seed, only, within, member)
        roots = [each for each in result.findings if each.root is None]
        failed = [each for each in roots if each.verdict is Verdict.FAIL]
        undecided = [each for each in roots if each.verdict is Verdict.INCONCLUSIVE]
        if failed or undecided:
            raise NotConformant(failure(result, failed, undecided, reproduction), result)
        for finding in roots:
            if finding.verdict in (Verdict.WARN, Verdict.NOT_DECLARED):
                text = f"{result.id}: {finding.verdict.value} {finding.check}: {finding.actual}"
                warnings.warn(DicomWarning(text), stacklevel=2)
        if result.verdict in (Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE):
            pytest.skip(f"{result.id}: {why_not(result)}")
        return result

    def _run(
        self,
        name: str | Path,
        seed: int | None,
        only: Sequence[str],
        within: Sequence[Limit] = (),
        member: str = "",
    ) -> tuple[ScenarioResult, str]:
        from datetime import date

        from scanproof.session import collect
        from scansim.exam.scenario_files import find_named
        from scansim.exam.selection import Selection

        named = find_named([str(name)])
        found = [each for each in named.scenarios if member in ("", each.id)]
        if len(found) != 1:
            raise ValueError(f"{name}: {len(found)} scenarios; name one of them")
        scenario = found[0]
        seed = self._next_seed(scenario.id) if seed is None else seed
        folder = self._folder(scenario.id)
        selection = Selection(
            tuple(only),
            odd=self._odd_data or self.site.odd_data,
            heavy=self._heavy,
            own_files=self._own_files or self.site.own_files,
            within=tuple(within),
            of_sets=named.only,
        )
        run = partial(self._session.run, statements=self._statements, choice=self._choice, run_id=self._run_id)
        run = partial(run, selection=selection)
        if not run(found, folder, seed=seed, day=date.today()):
            raise KeyboardInterrupt
        results = collect(folder)
        self._covered.add(results)
        return results.as_one(), f"seed {seed}, run id {results.run_id}; transcript in {folder}"

    def _next_seed(self, scenario: str) -> int:
        from hashlib import sha256

        number = self._runs[scenario] = self._runs.get(scenario, -1) + 1
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        if not number and not worker:
            return self.seed
        return int.from_bytes(sha256(f"{self.seed}/{worker}/{number}".encode()).digest()[:4], "big") >> 1


@pytest.fixture(scope="session")
def dicom_site(pytestconfig: pytest.Config) -> Site | None:
    """The site under test; None is the embedded reference target. Override it to start a target of your own."""
    return pytestconfig.stash[_SITE]


@pytest.fixture(scope="session")
def dicom_target(
    dicom_site: Site | None, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DicomTarget]:
    """The target under test, open for the whole session; see `DicomTarget`."""
    from contextlib import ExitStack

    from scanproof.session import fresh_seed, open_session
    from scansim.inputs import InputError

    seed, given = pytestconfig.getoption("dicom_seed"), pytestconfig.getoption("dicom_statement")
    with ExitStack() as stack:
        try:
            session = stack.enter_context(open_session(dicom_site))
        except InputError as error:
            hint = " (the workers of pytest-xdist cannot share it)" if "PYTEST_XDIST_WORKER" in os.environ else ""
            pytest.fail(f"{error}{hint}", pytrace=False)
        yield DicomTarget(
            session.site,
            fresh_seed() if seed is None else seed,
            session,
            tuple(Path(path) for path in given or ()),
            pytestconfig.getoption("dicom_run_id"),
            lambda name: tmp_path_factory.mktemp(f"dicom-{name}-", numbered=True),
            pytestconfig.stash[_COVERED],
            pytestconfig.stash[_CHOICE],
            pytestconfig.getoption("dicom_odd_data"),
            pytestconfig.getoption("dicom_heavy"),
            pytestconfig.getoption("dicom_own_files"),
        )


# --- scenario files ---------------------------------------------------------------------------------------------------


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect YAML files that are scenarios; other YAML is left alone."""
    if file_path.suffix not in (".yaml", ".yml") or not _looks_like_a_scenario(file_path):
        return None
    collector: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collector


def _looks_like_a_scenario(path: Path) -> bool:
    """Whether the top-level keys are there; by their spelling, so that YAML of others is not even parsed."""
    try:
        if path.stat().st_size > _LONGEST_SCENARIO:
            return False
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(
        all(re.search(rf"^(?:{key})\s*:", text, re.MULTILINE) for key in keys) for keys in (_SCENARIO_KEYS, _SET_KEYS)
    )


class ScenarioFile(pytest.File):
    """A scenario file: one test, or one for each scenario of a set."""

    def collect(self) -> Iterable[pytest.Item]:
        """Make the tests; a file that is not valid is a collection error that names file and line."""
        from scanproof.coverage import refuse_unknown_proofs
        from scansim.exam.scenario_files import find_named
        from scansim.inputs import InputError

        try:
            named = find_named([str(self.path)])
            refuse_unknown_proofs(named.scenarios)
        except InputError as error:
            raise self.CollectError(str(error)) from None

        path = str(self.path)  # a set may hold the scenario itself, or choose cases of it

        def test(scenario: str) -> Callable[[DicomTarget], None]:
            # a function, so that the target is a fixture like any other, and can be overridden as such
            def run(dicom_target: DicomTarget) -> None:
                dicom_target._check(path, within=named.limits, member=scenario)

            return run

        for scenario in named.scenarios:
            name = f"{self.path.stem}[{scenario.id}]" if named.sets else scenario.id
            yield ScenarioItem.from_parent(self, name=name, callobj=test(scenario.id))


class ScenarioItem(pytest.Function):
    """The test of one scenario file."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show findings for what they are; our own traceback tells a reader nothing about the target."""
        if isinstance(excinfo.value, NotConformant):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Report the scenario file as the test's place."""
        return self.path, None, f"scenario {self.name}"


# --- what the session covered -----------------------------------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was covered: a green says nothing of what was not tested."""
    covered = config.stash.get(_COVERED, None)
    if covered is None or not covered.runs:
        return
    terminalreporter.section("scanproof")
    terminalreporter.write_line(covered.line)
    if not covered.proved:
        terminalreporter.write_line("no scenario proved anything: this is no green")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker of pytest-xdist has covered."""
    told = getattr(node, "workeroutput", {}).get("scanproof")
    covered = node.config.stash.get(_COVERED, None)
    if told and covered is not None:
        covered.runs += told["runs"]
        covered.proved += told["proved"]
        covered.tested.update(told["tested"])
        covered.untested.update(told["untested"])


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A session in which every scenario was not tested or did not apply has not passed."""
    covered = session.config.stash.get(_COVERED, None)
    if covered is None or not covered.runs:
        return
    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # a worker: the controller has the last word
        output["scanproof"] = {
            "runs": covered.runs,
            "proved": covered.proved,
            "tested": sorted(covered.tested),
            "untested": sorted(covered.untested),
        }
    elif not covered.proved and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
