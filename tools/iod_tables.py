#!/usr/bin/env python3
"""Compact highdicom's tables of the standard into the package: conformance/scanproof/iod/tables/iods.zip.

    pip install highdicom==0.28.2 && python tools/iod_tables.py

highdicom (MIT) carries the structure of all IODs of edition 2026b as JSON in a private folder; its layout may change,
so the minor version is pinned, and tests/unit/test_iod_tables.py compares the package's file with the source when
highdicom is installed. The archive is written reproducibly: the same source gives the same bytes.
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

EDITION = "2026b"
VERSION = "0.28"
TARGET = Path(__file__).parents[1] / "conformance" / "scanproof" / "iod" / "tables" / "iods.zip"
_EPOCH = (1980, 1, 1, 0, 0, 0)

Node = dict[str, list[Any]]


def read_source() -> dict[str, Any]:
    """Read highdicom's three tables."""
    version = importlib.metadata.version("highdicom")
    if not version.startswith(f"{VERSION}."):
        sys.exit(f"highdicom {version} is installed, {VERSION}.x is wanted: its private tables may have changed")
    folder = importlib.resources.files("highdicom") / "_standard"
    names = ("sop_class_iod_map", "iod_module_map", "module_attribute_map")
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in names}


def nest(rows: list[dict[str, Any]]) -> Node:
    """Rows with paths as a tree: keyword to [type, children]."""
    root: Node = {}
    for row in rows:
        level = root
        for part in row["path"]:
            level = level.setdefault(part, ["", {}])[1]
        kind = row["type"] if row["type"] not in (None, "None") else ""
        entry = level.setdefault(row["keyword"], [kind, {}])
        entry[0] = kind
    return root


def build(source: dict[str, Any]) -> dict[str, bytes]:
    """Entries of the archive by name."""
    iods = {
        key: [[module["key"], module["usage"], module["ie"]] for module in modules]
        for key, modules in source["iod_module_map"].items()
    }
    index = {"edition": EDITION, "sop_classes": source["sop_class_iod_map"], "iods": iods}
    entries = {"index.json": index}
    entries |= {f"{key}.json": nest(rows) for key, rows in source["module_attribute_map"].items()}
    return {name: json.dumps(value, separators=(",", ":"), sort_keys=True).encode() for name, value in entries.items()}


def write(entries: dict[str, bytes], target: Path) -> None:
    """Write the archive with fixed times and order."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[name])


if __name__ == "__main__":
    write(build(read_source()), TARGET)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, edition {EDITION}")
