"""The first exam of a process loads and paints what later ones have: its time is none of a peer's doing."""

from __future__ import annotations

import pytest

from tests.hostile.meeting import meet


@pytest.fixture(scope="session", autouse=True)
def _warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    meet(None, tmp_path_factory.mktemp("warm") / "transcript", "exam")
    meet(None, tmp_path_factory.mktemp("warm") / "transcript", "store")
