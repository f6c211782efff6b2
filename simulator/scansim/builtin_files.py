"""Where the scenarios, protocols, sites and statements are that come with the package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def builtin_folder() -> Path:
    """Folder of the scenarios; protocols, sites and statements are folders in it."""
    installed = Path(__file__).parent / "builtin"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "scenarios"
