"""Rows of conditions that several attributes of a module share."""

from __future__ import annotations

from scanproof.iod.tables.logic import Condition


def of(module: str, condition: Condition, *paths: str) -> dict[tuple[str, str], Condition]:
    """One condition for attributes of a module, each by its path inside it."""
    return {(module, path): condition for path in paths}
