"""``run.json``: what a run as a whole was, and whether it came to its end; beside it, copies of the statements."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scanproof.again import checked_commands
from scanproof.declarations import Source
from scanproof.finding import Verdict
from scanproof.profile import Profile
from scanproof.results import ScenarioResult
from scansim.files import make_private, refused, write_atomically
from scansim.inputs import InputError


def begin(folder: Path, facts: dict[str, Any], statements: Sequence[Source]) -> None:
    """Make the folder of a run's transcript, with copies of the statements, which are added to the facts.

    Raises
    ------
    InputError
        When it cannot be written, or holds a transcript already.
    """
    make_private(folder, exist_ok=True)
    try:
        if (folder / "run.json").exists():
            raise InputError(f"{folder}: holds a transcript already; give another --out")
    except OSError as error:
        raise refused(folder, error) from None
    for number, source in enumerate(statements, 1):
        copy = folder / f"statement-{number:02d}.yaml"
        try:
            content = source.path.read_bytes()
        except OSError as error:
            raise refused(source.path, error, "read") from None
        write_atomically((copy, content))
        facts["statements"].append({"file": copy.name, "services": list(source.services)})
    write(folder, facts)


def write(folder: Path, facts: Mapping[str, Any]) -> None:
    """Replace ``run.json``; InputError when it cannot be written."""
    text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    write_atomically((folder / "run.json", text.encode(errors="backslashreplace")))


def read(folder: Path) -> dict[str, Any]:
    """Read ``run.json``; InputError when there is none, or it is not what a run writes."""
    path = folder / "run.json"
    try:
        facts = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{folder}: no transcript of a run here: run.json: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: damaged: not JSON: {error}") from None
    kinds = {"seed": int, "complete": bool, **dict.fromkeys(("date", "started"), str)}
    kinds |= dict.fromkeys(("scenarios", "target", "notes"), list)
    for name, kind in kinds.items():
        value = facts.get(name) if isinstance(facts, dict) else None
        texts = value if isinstance(value, list) else ()
        if not isinstance(value, kind) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"{path}: damaged: {name} is not what a run writes there")
    if not isinstance(facts.get("run_id", ""), str):
        raise InputError(f"{path}: damaged: run_id is not what a run writes there")
    if checked_commands(facts.get("again", {})) is None:
        raise InputError(f"{path}: damaged: again is not what a run writes there")
    if not _are_not_run(facts.get("not_run", [])):
        raise InputError(f"{path}: damaged: not_run is not what a run writes there")
    if facts.get("profile", Profile.DICOM) not in list(Profile):
        raise InputError(f"{path}: damaged: profile is not what a run writes there")
    statements = facts.get("statements", [])
    if not isinstance(statements, list) or not all(map(_is_a_statement, statements)):
        raise InputError(f"{path}: damaged: statements is not what a run writes there")
    return dict(facts)


def not_run(facts: Mapping[str, Any]) -> list[ScenarioResult]:
    """Results of the cases that were not run, each with the reason."""
    return [
        ScenarioResult(
            id=each["scenario"],
            case=each["label"] if each["label"] != each["scenario"] else "",
            title=each["title"],
            verdict=Verdict.NOT_TESTED,
            not_run=each["reason"],
            steps=[],
            findings=[],
        )
        for each in facts.get("not_run", ())
    ]


def _are_not_run(entries: object) -> bool:
    names = {"label", "scenario", "title", "reason"}
    return isinstance(entries, list) and all(
        isinstance(each, dict) and names == set(each) and all(isinstance(text, str) for text in each.values())
        for each in entries
    )


def _is_a_statement(entry: object) -> bool:
    file, services = (entry.get("file"), entry.get("services")) if isinstance(entry, dict) else (None, None)
    named = isinstance(file, str) and re.fullmatch(r"statement-\d+\.yaml", file) is not None
    return named and isinstance(services, list) and all(isinstance(service, str) for service in services)
