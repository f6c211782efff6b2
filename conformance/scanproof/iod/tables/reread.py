"""Attributes whose descriptions were read in a newer edition than 2020, since their type or place has changed."""

from __future__ import annotations

#: Row (kind, module or macro, path in its table) to the edition.
EDITIONS: dict[tuple[str, str, str], str] = {}
